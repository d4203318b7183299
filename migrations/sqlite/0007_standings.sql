-- What is asked of all customers at once, apart from the state that holds each one's whole history, so
-- that an overview of many customers reads little. Format 7.

PRAGMA user_version = 7;
INSERT INTO formats (version) VALUES (7);

-- A projection, as projection_books: a row for each of its rows. NULL where only the state is known:
-- in books that were saved last by an earlier version.
CREATE TABLE projection_standings (
    customer_id INTEGER PRIMARY KEY REFERENCES customers (id),
    standing TEXT
) STRICT;
INSERT INTO projection_standings (customer_id, standing) SELECT customer_id, NULL FROM projection_books;
