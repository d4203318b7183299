-- Requests, publications and closes are a few among very many operations. Format 8.

PRAGMA user_version = 8;
INSERT INTO formats (version) VALUES (8);

CREATE INDEX operations_by_kind ON operations (kind);
