-- Sums of postings and the heads of chains, so that the books are read at a glance however many
-- entries there are. Format 6.
--
-- Only projections: each is what the view below it, or the entries, say at any time. `scrip verify`
-- compares them.

PRAGMA user_version = 6;
INSERT INTO formats (version) VALUES (6);

-- Sums kept apart by what a posting's lot is. A wallet type of 0, a kind of '' and a lot month of 0
-- stand for none. An amount is its upper half times 2^32 plus its lower half: sums of halves cannot
-- overflow, and the lower half of a sum may be more than 2^32.
CREATE TABLE projection_lot_sums (
    month INTEGER NOT NULL,         -- twelve times the year, plus the month less one
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    unit_id INTEGER NOT NULL REFERENCES units (id),
    kind TEXT NOT NULL,
    wallet_type_id INTEGER NOT NULL,
    lot_kind TEXT NOT NULL,
    lot_month INTEGER NOT NULL,
    postings INTEGER NOT NULL,
    balance_high INTEGER NOT NULL,
    balance_low INTEGER NOT NULL,
    debit_high INTEGER NOT NULL,
    debit_low INTEGER NOT NULL,
    PRIMARY KEY (month, account_id, unit_id, kind, wallet_type_id, lot_kind, lot_month)
) STRICT, WITHOUT ROWID;

-- Sums kept apart by what was used. A rate, dimension set or service month of 0 stands for none.
CREATE TABLE projection_usage_sums (
    month INTEGER NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    unit_id INTEGER NOT NULL REFERENCES units (id),
    kind TEXT NOT NULL,
    rate_id INTEGER NOT NULL,
    dimension_set_id INTEGER NOT NULL,
    service_month INTEGER NOT NULL,
    postings INTEGER NOT NULL,
    balance_high INTEGER NOT NULL,
    balance_low INTEGER NOT NULL,
    debit_high INTEGER NOT NULL,
    debit_low INTEGER NOT NULL,
    PRIMARY KEY (month, account_id, unit_id, kind, rate_id, dimension_set_id, service_month)
) STRICT, WITHOUT ROWID;

-- How many postings there are, and the latest instant at which an entry counts.
CREATE TABLE projection_totals (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    postings INTEGER NOT NULL,
    last_at INTEGER
) STRICT;

-- The last entry of every chain.
CREATE TABLE projection_heads (
    customer_id INTEGER PRIMARY KEY REFERENCES customers (id),
    number INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- What the projections say, from the postings themselves. A wallet's type, where a posting names no
-- lot, is that of its newest lot.
CREATE VIEW lot_sums AS
SELECT
    b.month AS month,
    p.account_id AS account_id,
    p.unit_id AS unit_id,
    e.kind AS kind,
    coalesce(
        l.wallet_type_id,
        (
            SELECT w.wallet_type_id FROM lots AS w
            WHERE w.wallet_id = p.wallet_id ORDER BY w.seq DESC LIMIT 1
        ),
        0
    ) AS wallet_type_id,
    coalesce(l.kind, '') AS lot_kind,
    coalesce(g.month, 0) AS lot_month,
    count(*) AS postings,
    sum(p.amount >> 32) AS balance_high,
    sum(p.amount & 4294967295) AS balance_low,
    sum(iif(p.amount > 0, p.amount >> 32, 0)) AS debit_high,
    sum(iif(p.amount > 0, p.amount & 4294967295, 0)) AS debit_low
FROM entries AS e
CROSS JOIN days AS b ON b.id = e.booked_on
CROSS JOIN postings AS p ON p.entry_seq = e.seq
LEFT JOIN lots AS l ON l.seq = p.lot_seq
LEFT JOIN days AS g ON g.id = l.granted_on
GROUP BY 1, 2, 3, 4, 5, 6, 7;

CREATE VIEW usage_sums AS
SELECT
    b.month AS month,
    p.account_id AS account_id,
    p.unit_id AS unit_id,
    e.kind AS kind,
    coalesce(p.rate_id, 0) AS rate_id,
    coalesce(p.dimension_set_id, 0) AS dimension_set_id,
    coalesce(s.month, 0) AS service_month,
    count(*) AS postings,
    sum(p.amount >> 32) AS balance_high,
    sum(p.amount & 4294967295) AS balance_low,
    sum(iif(p.amount > 0, p.amount >> 32, 0)) AS debit_high,
    sum(iif(p.amount > 0, p.amount & 4294967295, 0)) AS debit_low
FROM entries AS e
CROSS JOIN days AS b ON b.id = e.booked_on
CROSS JOIN postings AS p ON p.entry_seq = e.seq
LEFT JOIN days AS s ON s.id = p.service_day
GROUP BY 1, 2, 3, 4, 5, 6, 7;

INSERT INTO projection_lot_sums SELECT * FROM lot_sums;
INSERT INTO projection_usage_sums SELECT * FROM usage_sums;
INSERT INTO projection_totals (id, postings, last_at)
SELECT 1, coalesce(sum(lines), 0), max(effective_at) FROM entries;
INSERT INTO projection_heads (customer_id, number, hash)
SELECT customer_id, number, hash FROM (
    SELECT customer_id, max(number) AS number, hash FROM entries GROUP BY customer_id
);
