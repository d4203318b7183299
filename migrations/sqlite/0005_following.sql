-- A workspace that follows a production ledger. Format 5.

PRAGMA user_version = 5;
INSERT INTO formats (version) VALUES (5);

-- The ledger that this one is a copy of, and how far it has come.
CREATE TABLE projection_following (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    ledger TEXT NOT NULL,           -- as people call it, without a password
    server TEXT NOT NULL CHECK (json_valid(server)),
    cursor TEXT NOT NULL CHECK (json_valid(cursor)),
    pulled_at INTEGER NOT NULL
) STRICT;
