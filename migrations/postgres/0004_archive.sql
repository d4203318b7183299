-- The files of the usage archive, so that every desk and every service has what was imported and posted.
-- Format 4.

INSERT INTO formats (version) VALUES (4);

-- A file that segments, key_files or details name, by the BLAKE3 hash of its bytes, in parts from 0. All
-- parts of a file come in one transaction with the row that names it.
CREATE TABLE archive_parts (
    hash bytea NOT NULL CHECK (length(hash) = 32),
    part integer NOT NULL CHECK (part >= 0),
    content bytea NOT NULL CHECK (length(content) BETWEEN 1 AND 4194304),
    PRIMARY KEY (hash, part)
);
-- The files are compressed already.
ALTER TABLE archive_parts ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON archive_parts
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('archive_parts');

-- Requests, publications and closes are a few among very many operations.
CREATE INDEX operations_by_kind ON operations (kind, seq);
