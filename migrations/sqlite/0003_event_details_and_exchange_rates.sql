-- How events inside operations were charged, and exchange rates.
--
-- Usage that comes inside an operation has no place in the archive. What it drew from which lot at
-- which rate is kept here, a row for each entry (and one, with entry number 0, for events that caused
-- no posting); the hash of the text's meaning is in the entry.

PRAGMA user_version = 3;
INSERT INTO formats (version) VALUES (3);

CREATE TABLE operation_details (
    operation_seq INTEGER NOT NULL REFERENCES operations (seq),
    part INTEGER NOT NULL CHECK (part >= 0),
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    entry_number INTEGER NOT NULL CHECK (entry_number >= 0),
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (operation_seq, part)
) STRICT, WITHOUT ROWID;

-- Which operation an event came in, and where in it.
CREATE TABLE operation_events (
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    key TEXT NOT NULL,
    operation_seq INTEGER NOT NULL REFERENCES operations (seq),
    position INTEGER NOT NULL CHECK (position >= 0),
    PRIMARY KEY (customer_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX operation_events_by_key ON operation_events (key);

-- What one unit of the base currency was worth on a day, as it was published: decimal text.
CREATE TABLE exchange_rates (
    source TEXT NOT NULL,
    currency TEXT NOT NULL,
    day INTEGER NOT NULL,               -- days since 1970-01-01
    base TEXT NOT NULL,
    rate TEXT NOT NULL,
    operation_seq INTEGER NOT NULL REFERENCES operations (seq),
    PRIMARY KEY (source, currency, day)
) STRICT, WITHOUT ROWID;

-- Append-only: no change, no removal, no replacement.

CREATE TRIGGER operation_details_refuse_update BEFORE UPDATE ON operation_details
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: operation_details are never changed'); END;
CREATE TRIGGER operation_details_refuse_delete BEFORE DELETE ON operation_details
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: operation_details are never removed'); END;
CREATE TRIGGER operation_details_refuse_replace BEFORE INSERT ON operation_details
WHEN EXISTS (SELECT 1 FROM operation_details WHERE operation_seq = NEW.operation_seq AND part = NEW.part)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: operation_details are never replaced'); END;
CREATE TRIGGER operation_events_refuse_update BEFORE UPDATE ON operation_events
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: operation_events are never changed'); END;
CREATE TRIGGER operation_events_refuse_delete BEFORE DELETE ON operation_events
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: operation_events are never removed'); END;
CREATE TRIGGER operation_events_refuse_replace BEFORE INSERT ON operation_events
WHEN EXISTS (SELECT 1 FROM operation_events WHERE customer_id = NEW.customer_id AND key = NEW.key)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: operation_events are never replaced'); END;
CREATE TRIGGER exchange_rates_refuse_update BEFORE UPDATE ON exchange_rates
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: exchange_rates are never changed'); END;
CREATE TRIGGER exchange_rates_refuse_delete BEFORE DELETE ON exchange_rates
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: exchange_rates are never removed'); END;
CREATE TRIGGER exchange_rates_refuse_replace BEFORE INSERT ON exchange_rates
WHEN EXISTS (SELECT 1 FROM exchange_rates WHERE source = NEW.source AND currency = NEW.currency AND day = NEW.day)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: exchange_rates are never replaced'); END;
