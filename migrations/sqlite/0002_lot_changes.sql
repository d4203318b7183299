-- Format 2: the expiry of a lot may be moved. The lot's row keeps the expiry of its grant; each change
-- is a row here, and the last one is in force.

INSERT INTO formats (version) VALUES (2);
PRAGMA user_version = 2;

CREATE TABLE lot_changes (
    seq INTEGER PRIMARY KEY,
    lot_seq INTEGER NOT NULL REFERENCES lots (seq),
    expires_at INTEGER,             -- NULL for never
    operation_seq INTEGER NOT NULL REFERENCES operations (seq)
) STRICT;
CREATE INDEX lot_changes_by_lot ON lot_changes (lot_seq, seq);

CREATE TRIGGER lot_changes_refuse_update BEFORE UPDATE ON lot_changes
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: lot_changes are never changed'); END;
CREATE TRIGGER lot_changes_refuse_delete BEFORE DELETE ON lot_changes
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: lot_changes are never removed'); END;
CREATE TRIGGER lot_changes_refuse_replace BEFORE INSERT ON lot_changes
WHEN EXISTS (SELECT 1 FROM lot_changes WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: lot_changes are never replaced'); END;

-- Lots with the expiry in force.
CREATE VIEW lots_in_force AS
SELECT
    l.*,
    CASE
        WHEN EXISTS (SELECT 1 FROM lot_changes AS x WHERE x.lot_seq = l.seq)
        THEN (
            SELECT x.expires_at FROM lot_changes AS x
            WHERE x.lot_seq = l.seq ORDER BY x.seq DESC LIMIT 1
        )
        ELSE l.expires_at
    END AS expires_at_in_force
FROM lots AS l;
