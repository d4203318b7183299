-- Closed periods, entries that came too late for theirs, and alerts. Format 4.

PRAGMA user_version = 4;
INSERT INTO formats (version) VALUES (4);

-- Whether an entry's own day was closed when it was booked.
ALTER TABLE entries ADD COLUMN late INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1));

-- Everything through a day is closed, with what proves that nothing of it has changed since.
CREATE TABLE period_closes (
    through INTEGER PRIMARY KEY,    -- days since 1970-01-01
    operation_seq INTEGER NOT NULL UNIQUE REFERENCES operations (seq),
    checkpoint BLOB NOT NULL CHECK (length(checkpoint) = 32),
    chains INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    config_revision INTEGER NOT NULL,
    trial_balance TEXT NOT NULL CHECK (json_valid(trial_balance))
) STRICT;

-- What wallets were warned of, with the figures at that instant.
CREATE TABLE alerts (
    seq INTEGER PRIMARY KEY,
    operation_seq INTEGER NOT NULL REFERENCES operations (seq),
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    wallet TEXT NOT NULL,
    code TEXT NOT NULL,
    at INTEGER NOT NULL,
    figures TEXT NOT NULL CHECK (json_valid(figures))
) STRICT;
CREATE INDEX alerts_by_customer ON alerts (customer_id, at);

-- Append-only, as everything else.

CREATE TRIGGER period_closes_refuse_update BEFORE UPDATE ON period_closes
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: period_closes are never changed'); END;
CREATE TRIGGER period_closes_refuse_delete BEFORE DELETE ON period_closes
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: period_closes are never removed'); END;
CREATE TRIGGER alerts_refuse_update BEFORE UPDATE ON alerts
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: alerts are never changed'); END;
CREATE TRIGGER alerts_refuse_delete BEFORE DELETE ON alerts
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: alerts are never removed'); END;
CREATE TRIGGER alerts_refuse_replace BEFORE INSERT ON alerts
WHEN EXISTS (SELECT 1 FROM alerts WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: alerts are never replaced'); END;

-- A period is closed once, the last day only moves forward, and nothing is booked behind it.
CREATE TRIGGER period_closes_move_forward BEFORE INSERT ON period_closes
WHEN NEW.through <= (SELECT max(through) FROM period_closes)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: a closed period is never closed again'); END;
CREATE TRIGGER entries_refuse_closed_days BEFORE INSERT ON entries
WHEN NEW.booked_on <= (SELECT max(through) FROM period_closes)
BEGIN SELECT RAISE(ABORT, 'the period is closed: nothing is booked in it any more'); END;
