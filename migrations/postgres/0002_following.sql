-- What followers need. Format 2.

INSERT INTO formats (version) VALUES (2);

-- The transaction that changed a book last, as for operations: a book may change without an entry.
ALTER TABLE projection_books ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX projection_books_by_xid ON projection_books (xid);
CREATE TRIGGER projection_books_stamp BEFORE INSERT OR UPDATE ON projection_books
FOR EACH ROW EXECUTE FUNCTION stamp_transaction();

-- What an operation caused is read by its operation.
CREATE INDEX lots_by_operation ON lots (operation_seq);
CREATE INDEX lot_changes_by_operation ON lot_changes (operation_seq);
CREATE INDEX operation_events_by_operation ON operation_events (operation_seq);
CREATE INDEX exchange_rates_by_operation ON exchange_rates (operation_seq);
CREATE INDEX alerts_by_operation ON alerts (operation_seq);
