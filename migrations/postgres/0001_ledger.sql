-- The production ledger on PostgreSQL, format 1: the same ledger as that of a workspace, under names
-- instead of numbers.
--
-- Rows name customers, wallets, lots and rates by their codes, so that a row means the same in every
-- database and customers can live on different servers: the customer is in the key of everything that
-- grows with usage. Amounts are bigint, counted in the smallest step of their unit. Instants are
-- microseconds since 1970-01-01T00:00:00Z (timestamptz in the views), hashes are the 32 bytes of BLAKE3.
--
-- Everything but the tables projection_* is append-only. The database itself holds these rules,
-- whoever asks (error class SC):
--   SC001  nothing is changed, removed or truncated
--   SC002  an entry follows the head of its customer's chain (number and hash)
--   SC003  an entry balances per unit, and has as many postings as it says when its transaction ends
--   SC004  nothing is booked in a closed period
--   SC005  a posting's lot, unit and account are in the ledger, an entry is recorded with its operation
--   SC006  rows are added through the parent table, never to a partition

CREATE TABLE formats (
    version integer PRIMARY KEY
);
INSERT INTO formats (version) VALUES (1);

CREATE TABLE workspace (
    id integer PRIMARY KEY CHECK (id = 1),
    workspace_id text NOT NULL,
    created_at bigint NOT NULL,
    program_version text NOT NULL
);

-- Dictionaries: what a code means, once and for good.

CREATE TABLE accounts (
    code text PRIMARY KEY,
    number text NOT NULL,
    name text NOT NULL
);

CREATE TABLE units (
    code text PRIMARY KEY,
    scale smallint NOT NULL CHECK (scale BETWEEN 0 AND 9)
);

CREATE TABLE customers (
    code text COLLATE "C" PRIMARY KEY
);

-- The ledger.

-- `xid` is the transaction that recorded the operation. Sequences are taken before a commit, so a
-- higher one may be seen before a lower; readers that must not miss any go by (xid, seq) and only
-- below pg_snapshot_xmin(pg_current_snapshot()).
CREATE TABLE operations (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL,
    id text NOT NULL UNIQUE,
    kind text NOT NULL,
    customer text,
    actor text NOT NULL,
    at bigint NOT NULL,
    recorded_at bigint NOT NULL,
    config_revision bigint NOT NULL,
    body text NOT NULL CHECK (body::json IS NOT NULL),
    body_hash bytea NOT NULL CHECK (length(body_hash) = 32)
);
CREATE INDEX operations_by_xid ON operations (xid, seq);

CREATE TABLE lots (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    customer text COLLATE "C" NOT NULL,
    code text NOT NULL,
    wallet text NOT NULL,
    wallet_type text NOT NULL,
    kind text NOT NULL,
    unit text NOT NULL,
    granted_on date NOT NULL,
    effective_at bigint NOT NULL,
    expires_at bigint,
    units bigint NOT NULL,
    consideration bigint,
    consideration_unit text,
    operation_seq bigint NOT NULL,
    PRIMARY KEY (customer, code),
    CHECK ((consideration IS NULL) = (consideration_unit IS NULL))
) PARTITION BY HASH (customer);
CREATE INDEX lots_by_seq ON lots (seq);
CREATE INDEX lots_by_wallet ON lots (customer, wallet, seq);

CREATE TABLE lot_changes (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    customer text COLLATE "C" NOT NULL,
    lot text NOT NULL,
    expires_at bigint,              -- NULL for never
    operation_seq bigint NOT NULL,
    PRIMARY KEY (customer, lot, seq)
);

CREATE TABLE entries (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    operation_seq bigint NOT NULL,
    customer text COLLATE "C" NOT NULL,
    number bigint NOT NULL CHECK (number > 0),
    kind text NOT NULL,
    effective_at bigint NOT NULL,
    booked_on date NOT NULL,
    late boolean NOT NULL,
    memo text NOT NULL,
    lines integer NOT NULL CHECK (lines > 0),
    detail bytea CHECK (length(detail) = 32),
    previous bytea NOT NULL CHECK (length(previous) = 32),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (customer, number)
) PARTITION BY HASH (customer);
CREATE INDEX entries_by_seq ON entries (seq);
CREATE INDEX entries_by_day ON entries (booked_on);
CREATE INDEX entries_by_operation ON entries (operation_seq);

-- Debits are positive, credits negative.
CREATE TABLE postings (
    customer text COLLATE "C" NOT NULL,
    number bigint NOT NULL,         -- of the entry
    line integer NOT NULL CHECK (line > 0),
    account text NOT NULL,
    unit text NOT NULL,
    amount bigint NOT NULL,
    wallet text,
    lot text,
    card text,
    version bigint,
    rate text,
    dimensions text CHECK (json_typeof(dimensions::json) = 'object'),
    service_day date,
    PRIMARY KEY (customer, number, line),
    CHECK ((card IS NULL) = (version IS NULL) AND (card IS NULL) = (rate IS NULL))
) PARTITION BY HASH (customer);

CREATE TABLE configs (
    revision bigint PRIMARY KEY CHECK (revision > 0),
    document text NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    applied_at bigint NOT NULL,
    operation_seq bigint NOT NULL REFERENCES operations (seq)
);

-- The manifest of the usage archive: a file of the archive exists once its row is here.

CREATE TABLE imports (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,
    source_name text NOT NULL,
    source_hash bytea NOT NULL CHECK (length(source_hash) = 32),
    mapping text NOT NULL CHECK (mapping::json IS NOT NULL),
    received_at bigint NOT NULL,
    summary text NOT NULL CHECK (summary::json IS NOT NULL),
    operation_seq bigint REFERENCES operations (seq)
);

CREATE TABLE segments (
    segment bigint PRIMARY KEY,
    import_seq bigint NOT NULL REFERENCES imports (seq),
    info text NOT NULL CHECK (info::json IS NOT NULL)
);

CREATE TABLE key_files (
    file bigint PRIMARY KEY,
    import_seq bigint NOT NULL REFERENCES imports (seq),
    info text NOT NULL CHECK (info::json IS NOT NULL)
);

CREATE TABLE details (
    detail bigint PRIMARY KEY,
    info text NOT NULL CHECK (info::json IS NOT NULL)
);

-- How events inside operations were charged, and exchange rates as they were published.

CREATE TABLE operation_details (
    operation_seq bigint NOT NULL REFERENCES operations (seq),
    part integer NOT NULL CHECK (part >= 0),
    customer text NOT NULL,
    entry_number bigint NOT NULL CHECK (entry_number >= 0),
    body text NOT NULL CHECK (body::json IS NOT NULL),
    PRIMARY KEY (operation_seq, part)
);

CREATE TABLE operation_events (
    customer text COLLATE "C" NOT NULL,
    key text NOT NULL,
    operation_seq bigint NOT NULL REFERENCES operations (seq),
    position integer NOT NULL CHECK (position >= 0),
    PRIMARY KEY (customer, key)
);
CREATE INDEX operation_events_by_key ON operation_events (key);

CREATE TABLE exchange_rates (
    source text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    day date NOT NULL,
    base text NOT NULL,
    rate text NOT NULL,             -- decimal text
    operation_seq bigint NOT NULL REFERENCES operations (seq),
    PRIMARY KEY (source, currency, day)
);

-- Everything through a day is closed, with what proves that nothing of it has changed since.
CREATE TABLE period_closes (
    through date PRIMARY KEY,
    operation_seq bigint NOT NULL UNIQUE REFERENCES operations (seq),
    checkpoint bytea NOT NULL CHECK (length(checkpoint) = 32),
    chains bigint NOT NULL,
    entries bigint NOT NULL,
    config_revision bigint NOT NULL,
    trial_balance text NOT NULL CHECK (trial_balance::json IS NOT NULL)
);

CREATE TABLE alerts (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operation_seq bigint NOT NULL REFERENCES operations (seq),
    customer text COLLATE "C" NOT NULL,
    wallet text NOT NULL,
    code text NOT NULL,
    at bigint NOT NULL,
    figures text NOT NULL CHECK (figures::json IS NOT NULL)
);
CREATE INDEX alerts_by_customer ON alerts (customer, at);

-- Projections: can be rebuilt from the tables above, and are the only ones that change.

-- The head of every chain. Its row is what a writer locks before it spends.
CREATE TABLE projection_heads (
    customer text COLLATE "C" PRIMARY KEY,
    number bigint NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32)
);

CREATE TABLE projection_books (
    customer text COLLATE "C" PRIMARY KEY,
    number bigint NOT NULL,
    head bytea NOT NULL CHECK (length(head) = 32),
    next_due bigint,
    state text NOT NULL
);
CREATE INDEX projection_books_by_due ON projection_books (next_due) WHERE next_due IS NOT NULL;

CREATE TABLE projection_segment_progress (
    segment bigint PRIMARY KEY REFERENCES segments (segment),
    posted_until bigint NOT NULL
);

-- Partitions: customers by hash, so that a customer's rows stay together and can move together.

DO $$
DECLARE
    parent text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['lots', 'entries', 'postings'] LOOP
        FOR part IN 0..15 LOOP
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS 16, REMAINDER %s)',
                parent || '_' || part, parent, part
            );
        END LOOP;
    END LOOP;
END;
$$;

-- The rules.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'SC001',
        MESSAGE = format('the ledger is append-only: %s are never changed or removed', TG_ARGV[0]);
END;
$$;

CREATE FUNCTION refuse_partition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'SC006',
        MESSAGE = format('add rows to %s, not to its partition %s', TG_ARGV[0], TG_TABLE_NAME);
END;
$$;

-- The transaction is recorded by the server, never by whoever writes.
CREATE FUNCTION stamp_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.xid := pg_current_xact_id();
    RETURN NEW;
END;
$$;
CREATE TRIGGER operations_stamp BEFORE INSERT ON operations
FOR EACH ROW EXECUTE FUNCTION stamp_transaction();

CREATE FUNCTION check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fault record;
BEGIN
    SELECT n.customer, n.number, n.booked_on INTO fault FROM added AS n
    WHERE n.booked_on <= (SELECT max(through) FROM period_closes) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'SC004',
            MESSAGE = format('the period is closed: nothing is booked on %s any more', fault.booked_on);
    END IF;

    SELECT n.customer, n.number INTO fault FROM added AS n
    WHERE NOT EXISTS (
        SELECT 1 FROM operations AS o
        WHERE o.seq = n.operation_seq AND o.xid = pg_current_xact_id()
    ) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'SC005',
            MESSAGE = format(
                'entry %s of %s is not recorded with its operation', fault.number, fault.customer
            );
    END IF;

    SELECT c.customer, c.number INTO fault FROM (
        SELECT
            n.customer, n.number, n.previous,
            coalesce(lag(n.number) OVER chain, h.number, 0) AS last,
            coalesce(lag(n.hash) OVER chain, h.hash, decode(repeat('00', 32), 'hex')) AS head
        FROM added AS n LEFT JOIN projection_heads AS h ON h.customer = n.customer
        WINDOW chain AS (PARTITION BY n.customer ORDER BY n.number)
    ) AS c
    WHERE c.number <> c.last + 1 OR c.previous <> c.head LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'SC002',
            MESSAGE = format('entry %s of %s does not follow its chain', fault.number, fault.customer);
    END IF;

    INSERT INTO projection_heads AS h (customer, number, hash)
    SELECT DISTINCT ON (n.customer) n.customer, n.number, n.hash FROM added AS n
    ORDER BY n.customer, n.number DESC
    ON CONFLICT (customer) DO UPDATE SET number = excluded.number, hash = excluded.hash;
    RETURN NULL;
END;
$$;
CREATE TRIGGER entries_check AFTER INSERT ON entries REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION check_entries();

CREATE FUNCTION check_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fault record;
BEGIN
    SELECT n.customer, n.number INTO fault FROM added AS n
    GROUP BY n.customer, n.number, n.unit HAVING sum(n.amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'SC003',
            MESSAGE = format('entry %s of %s does not balance', fault.number, fault.customer);
    END IF;

    SELECT n.customer, n.number INTO fault FROM (
        SELECT customer, number, count(*) AS lines, max(line) AS last FROM added
        GROUP BY customer, number
    ) AS n
    LEFT JOIN entries AS e ON e.customer = n.customer AND e.number = n.number
    WHERE e.lines IS DISTINCT FROM n.lines OR n.last > e.lines LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'SC003',
            MESSAGE = format(
                'entry %s of %s has not as many postings as it says', fault.number, fault.customer
            );
    END IF;

    SELECT n.customer, n.number, n.lot INTO fault
    FROM (
        SELECT customer, lot, min(number) AS number FROM added WHERE lot IS NOT NULL
        GROUP BY customer, lot
    ) AS n
    WHERE NOT EXISTS (SELECT 1 FROM lots AS l WHERE l.customer = n.customer AND l.code = n.lot)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'SC005',
            MESSAGE = format(
                'entry %s of %s posts to lot %s, which was never granted',
                fault.number, fault.customer, fault.lot
            );
    END IF;

    SELECT n.unit, n.account INTO fault FROM (SELECT DISTINCT unit, account FROM added) AS n
    WHERE NOT EXISTS (SELECT 1 FROM units AS u WHERE u.code = n.unit)
        OR NOT EXISTS (SELECT 1 FROM accounts AS a WHERE a.code = n.account)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'SC005',
            MESSAGE = format('unit %s or account %s is not in the ledger', fault.unit, fault.account);
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER postings_check AFTER INSERT ON postings REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION check_postings();

-- When the transaction ends, no entry of its operations may be without postings.
CREATE FUNCTION check_operation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fault record;
BEGIN
    SELECT e.customer, e.number INTO fault FROM entries AS e
    WHERE e.operation_seq = NEW.seq AND NOT EXISTS (
        SELECT 1 FROM postings AS p WHERE p.customer = e.customer AND p.number = e.number
    ) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'SC003',
            MESSAGE = format('entry %s of %s has no postings', fault.number, fault.customer);
    END IF;
    RETURN NULL;
END;
$$;
CREATE CONSTRAINT TRIGGER operations_check AFTER INSERT ON operations
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_operation();

CREATE FUNCTION check_close() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.through <= (SELECT max(through) FROM period_closes) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'SC001',
            MESSAGE = 'the ledger is append-only: a closed period is never closed again';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER period_closes_move_forward BEFORE INSERT ON period_closes
FOR EACH ROW EXECUTE FUNCTION check_close();

-- A trigger of a parent does not fire for its partitions, so each has its own.
DO $$
DECLARE
    t record;
BEGIN
    FOR t IN
        SELECT c.relname AS name, coalesce(p.relname, c.relname) AS ledger, p.relname IS NOT NULL AS is_part
        FROM pg_class AS c
        LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid
        LEFT JOIN pg_class AS p ON p.oid = i.inhparent
        WHERE c.relnamespace = current_schema()::regnamespace
            AND c.relkind IN ('r', 'p')
            AND c.relname NOT LIKE 'projection\_%' AND c.relname <> '_sqlx_migrations'
    LOOP
        EXECUTE format(
            'CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
            'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(%L)', t.name, t.ledger
        );
        IF t.is_part THEN
            EXECUTE format(
                'CREATE TRIGGER refuse_partition BEFORE INSERT ON %I '
                'FOR EACH STATEMENT EXECUTE FUNCTION refuse_partition(%L)', t.name, t.ledger
            );
        END IF;
    END LOOP;
END;
$$;

-- For people.

CREATE VIEW lots_in_force AS
SELECT
    l.*,
    CASE WHEN x.seq IS NULL THEN l.expires_at ELSE x.expires_at END AS expires_at_in_force
FROM lots AS l
LEFT JOIN LATERAL (
    SELECT c.seq, c.expires_at FROM lot_changes AS c
    WHERE c.customer = l.customer AND c.lot = l.code ORDER BY c.seq DESC LIMIT 1
) AS x ON true;

CREATE FUNCTION instant(micros bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURNS NULL ON NULL INPUT
RETURN timestamptz '1970-01-01 00:00:00+00'
    + (micros / 86400000000) * interval '1 day'
    + ((micros % 86400000000) / 1000000) * interval '1 second'
    + (micros % 1000000) * interval '1 microsecond';

-- Every posting in words, amounts as decimals in their unit.
CREATE VIEW ledger_lines AS
SELECT
    e.customer,
    e.number,
    p.line,
    e.booked_on,
    instant(e.effective_at) AS effective_at,
    e.kind,
    a.number AS account_number,
    p.account,
    (p.amount::numeric / (10::numeric ^ u.scale))::numeric(38, 9) AS amount,
    p.unit,
    p.wallet,
    p.lot,
    p.card,
    p.version AS card_version,
    p.rate,
    p.dimensions::jsonb AS dimensions,
    p.service_day,
    o.id AS operation,
    o.actor,
    instant(o.recorded_at) AS recorded_at,
    e.late,
    e.memo,
    encode(e.hash, 'hex') AS hash
FROM entries AS e
JOIN postings AS p ON p.customer = e.customer AND p.number = e.number
JOIN operations AS o ON o.seq = e.operation_seq
JOIN accounts AS a ON a.code = p.account
JOIN units AS u ON u.code = p.unit;

-- Balances of accounts at the end of every month.
CREATE VIEW account_months AS
SELECT
    date_trunc('month', e.booked_on)::date AS month,
    a.number AS account_number,
    p.account,
    p.unit,
    (sum(greatest(p.amount, 0)) / (10::numeric ^ u.scale))::numeric(38, 9) AS debit,
    (sum(greatest(-p.amount, 0)) / (10::numeric ^ u.scale))::numeric(38, 9) AS credit
FROM entries AS e
JOIN postings AS p ON p.customer = e.customer AND p.number = e.number
JOIN accounts AS a ON a.code = p.account
JOIN units AS u ON u.code = p.unit
GROUP BY 1, 2, 3, 4, u.scale;
