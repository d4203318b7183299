-- What is asked of all customers at once, apart from the state that holds each one's whole history.
-- Format 3.

INSERT INTO formats (version) VALUES (3);

-- NULL in books that were saved last by an earlier version: then the state says it.
ALTER TABLE projection_books ADD COLUMN standing text;
