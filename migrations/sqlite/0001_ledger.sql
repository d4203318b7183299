-- The ledger of a workspace, format 1.
--
-- Everything but the tables projection_* is append-only: triggers at the end refuse every change and
-- every removal, whoever asks. Amounts are INTEGER, counted in the smallest step of their unit.
-- Instants are microseconds since 1970-01-01T00:00:00Z, days are days since 1970-01-01, hashes are
-- the 32 bytes of BLAKE3.

PRAGMA application_id = 1396929136; -- 'SCrp', in the file's header
PRAGMA user_version = 1;            -- the format, in the file's header

CREATE TABLE formats (
    version INTEGER PRIMARY KEY
) STRICT;
INSERT INTO formats (version) VALUES (1);

CREATE TABLE workspace (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    workspace_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    program_version TEXT NOT NULL
) STRICT;

-- Dictionaries: what entries and postings name again and again, once.

CREATE TABLE days (
    id INTEGER PRIMARY KEY,         -- days since 1970-01-01
    date TEXT NOT NULL,             -- 2026-01-31
    month INTEGER NOT NULL          -- twelve times the year, plus the month less one
) STRICT;

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    number TEXT NOT NULL,
    name TEXT NOT NULL
) STRICT;

CREATE TABLE units (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    scale INTEGER NOT NULL CHECK (scale BETWEEN 0 AND 9)
) STRICT;

CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE wallet_types (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE wallets (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    code TEXT NOT NULL,
    UNIQUE (customer_id, code)
) STRICT;

CREATE TABLE rates (
    id INTEGER PRIMARY KEY,
    card TEXT NOT NULL,
    version INTEGER NOT NULL,
    rate TEXT NOT NULL,
    UNIQUE (card, version, rate)
) STRICT;

CREATE TABLE dimension_sets (
    id INTEGER PRIMARY KEY,
    canonical TEXT NOT NULL UNIQUE CHECK (json_valid(canonical)) -- names in order
) STRICT;

-- The ledger.

CREATE TABLE operations (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    customer_id INTEGER REFERENCES customers (id),
    actor TEXT NOT NULL,
    at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    config_revision INTEGER NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    body_hash BLOB NOT NULL CHECK (length(body_hash) = 32)
) STRICT;

CREATE TABLE lots (
    seq INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    code TEXT NOT NULL,
    wallet_id INTEGER NOT NULL REFERENCES wallets (id),
    wallet_type_id INTEGER NOT NULL REFERENCES wallet_types (id),
    kind TEXT NOT NULL,
    unit_id INTEGER NOT NULL REFERENCES units (id),
    granted_on INTEGER NOT NULL REFERENCES days (id),
    effective_at INTEGER NOT NULL,
    expires_at INTEGER,
    units INTEGER NOT NULL,
    consideration INTEGER,
    consideration_unit_id INTEGER REFERENCES units (id),
    operation_seq INTEGER NOT NULL REFERENCES operations (seq),
    UNIQUE (customer_id, code),
    CHECK ((consideration IS NULL) = (consideration_unit_id IS NULL))
) STRICT;
CREATE INDEX lots_by_wallet ON lots (wallet_id);

CREATE TABLE entries (
    seq INTEGER PRIMARY KEY,
    operation_seq INTEGER NOT NULL REFERENCES operations (seq),
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    number INTEGER NOT NULL CHECK (number > 0),
    kind TEXT NOT NULL,
    effective_at INTEGER NOT NULL,
    booked_on INTEGER NOT NULL REFERENCES days (id),
    memo TEXT NOT NULL,
    lines INTEGER NOT NULL CHECK (lines > 0), -- how many postings it has
    detail BLOB CHECK (length(detail) = 32),
    previous BLOB NOT NULL CHECK (length(previous) = 32),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    UNIQUE (customer_id, number)
) STRICT;
CREATE INDEX entries_by_day ON entries (booked_on);
CREATE INDEX entries_by_operation ON entries (operation_seq);

-- Debits are positive, credits negative; every entry adds up to zero per unit, which the program
-- checks before it stores the entry and whenever the ledger is verified.
CREATE TABLE postings (
    entry_seq INTEGER NOT NULL REFERENCES entries (seq),
    line INTEGER NOT NULL CHECK (line > 0),
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    unit_id INTEGER NOT NULL REFERENCES units (id),
    amount INTEGER NOT NULL,
    wallet_id INTEGER REFERENCES wallets (id),
    lot_seq INTEGER REFERENCES lots (seq),
    rate_id INTEGER REFERENCES rates (id),
    dimension_set_id INTEGER REFERENCES dimension_sets (id),
    service_day INTEGER REFERENCES days (id),
    PRIMARY KEY (entry_seq, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE configs (
    revision INTEGER PRIMARY KEY CHECK (revision > 0),
    document TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    applied_at INTEGER NOT NULL,
    operation_seq INTEGER NOT NULL REFERENCES operations (seq)
) STRICT;

-- The manifest of the usage archive: a file of the archive exists once its row is here.

CREATE TABLE imports (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source_name TEXT NOT NULL,
    source_hash BLOB NOT NULL CHECK (length(source_hash) = 32),
    mapping TEXT NOT NULL CHECK (json_valid(mapping)),
    received_at INTEGER NOT NULL,
    summary TEXT NOT NULL CHECK (json_valid(summary)),
    operation_seq INTEGER REFERENCES operations (seq)
) STRICT;

CREATE TABLE segments (
    segment INTEGER PRIMARY KEY,
    import_seq INTEGER NOT NULL REFERENCES imports (seq),
    info TEXT NOT NULL CHECK (json_valid(info))
) STRICT;

CREATE TABLE key_files (
    file INTEGER PRIMARY KEY,
    import_seq INTEGER NOT NULL REFERENCES imports (seq),
    info TEXT NOT NULL CHECK (json_valid(info))
) STRICT;

CREATE TABLE details (
    detail INTEGER PRIMARY KEY,
    info TEXT NOT NULL CHECK (json_valid(info))
) STRICT;

-- Projections: can be rebuilt from the tables above, and are the only ones that change.

CREATE TABLE projection_books (
    customer_id INTEGER PRIMARY KEY REFERENCES customers (id),
    number INTEGER NOT NULL,
    head BLOB NOT NULL CHECK (length(head) = 32),
    next_due INTEGER,
    state TEXT NOT NULL
) STRICT;
CREATE INDEX projection_books_by_due ON projection_books (next_due) WHERE next_due IS NOT NULL;

CREATE TABLE projection_segment_progress (
    segment INTEGER PRIMARY KEY REFERENCES segments (segment),
    posted_until INTEGER NOT NULL
) STRICT;

-- For people: every posting in words.

CREATE VIEW ledger_lines AS
SELECT
    e.seq AS entry_seq,
    p.line AS line,
    c.code AS customer,
    e.number AS number,
    b.date AS booked_on,
    strftime('%Y-%m-%dT%H:%M:%SZ', e.effective_at / 1000000, 'unixepoch') AS effective_at,
    e.kind AS kind,
    a.number AS account_number,
    a.code AS account,
    CASE
        WHEN u.scale = 0 THEN CAST(p.amount AS TEXT)
        ELSE printf(
            '%s%s.%s',
            iif(p.amount < 0, '-', ''),
            ltrim(substr(printf('%020d', p.amount), 2, 18 - u.scale), '0')
                || substr(printf('%020d', p.amount), 20 - u.scale, 1),
            substr(printf('%020d', p.amount), -u.scale)
        )
    END AS amount,
    u.code AS unit,
    w.code AS wallet,
    l.code AS lot,
    r.card AS card,
    r.version AS card_version,
    r.rate AS rate,
    d.canonical AS dimensions,
    s.date AS service_day,
    o.id AS operation,
    e.memo AS memo,
    lower(hex(e.hash)) AS hash
FROM entries AS e
JOIN postings AS p ON p.entry_seq = e.seq
JOIN operations AS o ON o.seq = e.operation_seq
JOIN customers AS c ON c.id = e.customer_id
JOIN days AS b ON b.id = e.booked_on
JOIN accounts AS a ON a.id = p.account_id
JOIN units AS u ON u.id = p.unit_id
LEFT JOIN wallets AS w ON w.id = p.wallet_id
LEFT JOIN lots AS l ON l.seq = p.lot_seq
LEFT JOIN rates AS r ON r.id = p.rate_id
LEFT JOIN dimension_sets AS d ON d.id = p.dimension_set_id
LEFT JOIN days AS s ON s.id = p.service_day;

-- Append-only: no change, no removal.

CREATE TRIGGER formats_refuse_update BEFORE UPDATE ON formats
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: formats are never changed'); END;
CREATE TRIGGER formats_refuse_delete BEFORE DELETE ON formats
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: formats are never removed'); END;
CREATE TRIGGER workspace_refuse_update BEFORE UPDATE ON workspace
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: workspace are never changed'); END;
CREATE TRIGGER workspace_refuse_delete BEFORE DELETE ON workspace
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: workspace are never removed'); END;
CREATE TRIGGER days_refuse_update BEFORE UPDATE ON days
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: days are never changed'); END;
CREATE TRIGGER days_refuse_delete BEFORE DELETE ON days
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: days are never removed'); END;
CREATE TRIGGER accounts_refuse_update BEFORE UPDATE ON accounts
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: accounts are never changed'); END;
CREATE TRIGGER accounts_refuse_delete BEFORE DELETE ON accounts
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: accounts are never removed'); END;
CREATE TRIGGER units_refuse_update BEFORE UPDATE ON units
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: units are never changed'); END;
CREATE TRIGGER units_refuse_delete BEFORE DELETE ON units
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: units are never removed'); END;
CREATE TRIGGER customers_refuse_update BEFORE UPDATE ON customers
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: customers are never changed'); END;
CREATE TRIGGER customers_refuse_delete BEFORE DELETE ON customers
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: customers are never removed'); END;
CREATE TRIGGER wallet_types_refuse_update BEFORE UPDATE ON wallet_types
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: wallet_types are never changed'); END;
CREATE TRIGGER wallet_types_refuse_delete BEFORE DELETE ON wallet_types
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: wallet_types are never removed'); END;
CREATE TRIGGER wallets_refuse_update BEFORE UPDATE ON wallets
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: wallets are never changed'); END;
CREATE TRIGGER wallets_refuse_delete BEFORE DELETE ON wallets
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: wallets are never removed'); END;
CREATE TRIGGER rates_refuse_update BEFORE UPDATE ON rates
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: rates are never changed'); END;
CREATE TRIGGER rates_refuse_delete BEFORE DELETE ON rates
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: rates are never removed'); END;
CREATE TRIGGER dimension_sets_refuse_update BEFORE UPDATE ON dimension_sets
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: dimension_sets are never changed'); END;
CREATE TRIGGER dimension_sets_refuse_delete BEFORE DELETE ON dimension_sets
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: dimension_sets are never removed'); END;
CREATE TRIGGER operations_refuse_update BEFORE UPDATE ON operations
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: operations are never changed'); END;
CREATE TRIGGER operations_refuse_delete BEFORE DELETE ON operations
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: operations are never removed'); END;
CREATE TRIGGER lots_refuse_update BEFORE UPDATE ON lots
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: lots are never changed'); END;
CREATE TRIGGER lots_refuse_delete BEFORE DELETE ON lots
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: lots are never removed'); END;
CREATE TRIGGER entries_refuse_update BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: entries are never changed'); END;
CREATE TRIGGER entries_refuse_delete BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: entries are never removed'); END;
CREATE TRIGGER postings_refuse_update BEFORE UPDATE ON postings
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: postings are never changed'); END;
CREATE TRIGGER postings_refuse_delete BEFORE DELETE ON postings
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: postings are never removed'); END;
CREATE TRIGGER configs_refuse_update BEFORE UPDATE ON configs
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: configs are never changed'); END;
CREATE TRIGGER configs_refuse_delete BEFORE DELETE ON configs
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: configs are never removed'); END;
CREATE TRIGGER imports_refuse_update BEFORE UPDATE ON imports
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: imports are never changed'); END;
CREATE TRIGGER imports_refuse_delete BEFORE DELETE ON imports
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: imports are never removed'); END;
CREATE TRIGGER segments_refuse_update BEFORE UPDATE ON segments
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: segments are never changed'); END;
CREATE TRIGGER segments_refuse_delete BEFORE DELETE ON segments
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: segments are never removed'); END;
CREATE TRIGGER key_files_refuse_update BEFORE UPDATE ON key_files
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: key_files are never changed'); END;
CREATE TRIGGER key_files_refuse_delete BEFORE DELETE ON key_files
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: key_files are never removed'); END;
CREATE TRIGGER details_refuse_update BEFORE UPDATE ON details
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: details are never changed'); END;
CREATE TRIGGER details_refuse_delete BEFORE DELETE ON details
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: details are never removed'); END;

-- An INSERT OR REPLACE removes the row in its way without asking the triggers on DELETE, so a row
-- that is in the way is refused here.

CREATE TRIGGER formats_refuse_replace BEFORE INSERT ON formats
WHEN EXISTS (SELECT 1 FROM formats WHERE version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: formats are never replaced'); END;
CREATE TRIGGER workspace_refuse_replace BEFORE INSERT ON workspace
WHEN EXISTS (SELECT 1 FROM workspace WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: workspace are never replaced'); END;
CREATE TRIGGER days_refuse_replace BEFORE INSERT ON days
WHEN EXISTS (SELECT 1 FROM days WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: days are never replaced'); END;
CREATE TRIGGER accounts_refuse_replace BEFORE INSERT ON accounts
WHEN EXISTS (SELECT 1 FROM accounts WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM accounts WHERE code = NEW.code)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: accounts are never replaced'); END;
CREATE TRIGGER units_refuse_replace BEFORE INSERT ON units
WHEN EXISTS (SELECT 1 FROM units WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM units WHERE code = NEW.code)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: units are never replaced'); END;
CREATE TRIGGER customers_refuse_replace BEFORE INSERT ON customers
WHEN EXISTS (SELECT 1 FROM customers WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM customers WHERE code = NEW.code)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: customers are never replaced'); END;
CREATE TRIGGER wallet_types_refuse_replace BEFORE INSERT ON wallet_types
WHEN EXISTS (SELECT 1 FROM wallet_types WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM wallet_types WHERE code = NEW.code)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: wallet_types are never replaced'); END;
CREATE TRIGGER wallets_refuse_replace BEFORE INSERT ON wallets
WHEN EXISTS (SELECT 1 FROM wallets WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM wallets WHERE customer_id = NEW.customer_id AND code = NEW.code)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: wallets are never replaced'); END;
CREATE TRIGGER rates_refuse_replace BEFORE INSERT ON rates
WHEN EXISTS (SELECT 1 FROM rates WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM rates WHERE card = NEW.card AND version = NEW.version AND rate = NEW.rate)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: rates are never replaced'); END;
CREATE TRIGGER dimension_sets_refuse_replace BEFORE INSERT ON dimension_sets
WHEN EXISTS (SELECT 1 FROM dimension_sets WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM dimension_sets WHERE canonical = NEW.canonical)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: dimension_sets are never replaced'); END;
CREATE TRIGGER operations_refuse_replace BEFORE INSERT ON operations
WHEN EXISTS (SELECT 1 FROM operations WHERE seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM operations WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: operations are never replaced'); END;
CREATE TRIGGER lots_refuse_replace BEFORE INSERT ON lots
WHEN EXISTS (SELECT 1 FROM lots WHERE seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM lots WHERE customer_id = NEW.customer_id AND code = NEW.code)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: lots are never replaced'); END;
CREATE TRIGGER entries_refuse_replace BEFORE INSERT ON entries
WHEN EXISTS (SELECT 1 FROM entries WHERE seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM entries WHERE customer_id = NEW.customer_id AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: entries are never replaced'); END;
CREATE TRIGGER configs_refuse_replace BEFORE INSERT ON configs
WHEN EXISTS (SELECT 1 FROM configs WHERE revision = NEW.revision)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: configs are never replaced'); END;
CREATE TRIGGER imports_refuse_replace BEFORE INSERT ON imports
WHEN EXISTS (SELECT 1 FROM imports WHERE seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM imports WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: imports are never replaced'); END;
CREATE TRIGGER segments_refuse_replace BEFORE INSERT ON segments
WHEN EXISTS (SELECT 1 FROM segments WHERE segment = NEW.segment)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: segments are never replaced'); END;
CREATE TRIGGER key_files_refuse_replace BEFORE INSERT ON key_files
WHEN EXISTS (SELECT 1 FROM key_files WHERE file = NEW.file)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: key_files are never replaced'); END;
CREATE TRIGGER details_refuse_replace BEFORE INSERT ON details
WHEN EXISTS (SELECT 1 FROM details WHERE detail = NEW.detail)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: details are never replaced'); END;

-- The same for postings, and an entry never gets more of them than it was stored with.
CREATE TRIGGER postings_refuse_replace BEFORE INSERT ON postings
WHEN NEW.line > (SELECT lines FROM entries WHERE seq = NEW.entry_seq)
    OR EXISTS (SELECT 1 FROM postings WHERE entry_seq = NEW.entry_seq AND line = NEW.line)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: postings are never replaced or added to an entry'); END;
