//! Reads of single records and small lists.

use scrip_journal::{Chain, Checkpoint};
use scrip_store::{
    AlertRecord, BookRecord, CloseRecord, ConfigRecord, CustomerHead, DetailRecord, ImportRecord,
    KeyFileRecord, LotFilter, LotRecord, Meta, OperationRecord, Page, SegmentProgress,
    SegmentRecord, StandingRecord, Status, StoreError, StoredLot, StoredOperation,
};
use scrip_units::{Code, CustomerCode, Date, Instant, OperationId};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, QueryBuilder};

use super::fault::Place;
use super::rows::{Reading, all, day_number, stored};

pub(super) async fn meta(c: &mut PgConnection, place: &Place) -> Result<Meta, StoreError> {
    let query = sqlx::query(
        "SELECT workspace_id, (SELECT max(version) FROM formats)::bigint, created_at, \
                program_version FROM workspace",
    );
    let read = |row: &Reading<'_>| {
        Ok(Meta {
            workspace_id: row.text(0)?.to_owned(),
            format_version: row.number(1)?,
            created_at: row.instant(2)?,
            program_version: row.text(3)?.to_owned(),
        })
    };
    all(c, place, "workspace", query, read)
        .await?
        .pop()
        .ok_or_else(|| place.unreadable("workspace", "there is no row"))
}

pub(super) async fn status(c: &mut PgConnection, place: &Place) -> Result<Status, StoreError> {
    let query = sqlx::query(
        "SELECT (SELECT count(*) FROM operations), \
                (SELECT coalesce(sum(number), 0)::bigint FROM projection_heads), \
                (SELECT coalesce(sum(lines), 0)::bigint FROM entries), \
                (SELECT count(*) FROM customers), \
                (SELECT count(*) FROM lots), \
                (SELECT count(*) FROM projection_books), \
                (SELECT count(*) FROM imports), \
                (SELECT count(*) FROM segments), \
                (SELECT count(*) FROM details), \
                (SELECT coalesce(max(revision), 0) FROM configs), \
                (SELECT min(booked_on) - DATE '1970-01-01' FROM entries), \
                (SELECT max(booked_on) - DATE '1970-01-01' FROM entries), \
                (SELECT max(effective_at) FROM entries), \
                pg_database_size(current_database())",
    );
    let read = |row: &Reading<'_>| {
        Ok(Status {
            operations: row.count(0)?,
            entries: row.count(1)?,
            postings: row.count(2)?,
            customers: row.count(3)?,
            lots: row.count(4)?,
            books: row.count(5)?,
            imports: row.count(6)?,
            segments: row.count(7)?,
            details: row.count(8)?,
            config_revision: row.count(9)?,
            first_day: row.day_or_null(10)?,
            last_day: row.day_or_null(11)?,
            last_at: row.instant_or_null(12)?,
            bytes: row.count(13)?,
        })
    };
    let status = all(c, place, "the ledger", query, read).await?;
    Ok(status.into_iter().next().unwrap_or_default())
}

/// Columns of an operation.
pub(super) const OPERATION: &str = "SELECT seq, id, kind, customer, actor, at, recorded_at, config_revision, \
     body, body_hash FROM operations";

pub(super) fn read_operation(row: &Reading<'_>) -> Result<StoredOperation, StoreError> {
    Ok(StoredOperation {
        seq: row.count(0)?,
        operation: OperationRecord {
            id: row.code(1)?,
            kind: row.text(2)?.to_owned(),
            customer: row.code_or_null(3)?,
            actor: row.code(4)?,
            at: row.instant(5)?,
            recorded_at: row.instant(6)?,
            config_revision: row.count(7)?,
            body: row.text(8)?.to_owned(),
            body_hash: row.hash(9)?,
        },
    })
}

pub(super) async fn operation(
    c: &mut PgConnection,
    place: &Place,
    id: &OperationId,
) -> Result<Option<StoredOperation>, StoreError> {
    let sql = format!("{OPERATION} WHERE id = $1");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(id.as_str());
    Ok(all(c, place, "operations", query, read_operation).await?.pop())
}

pub(super) async fn operations(
    c: &mut PgConnection,
    place: &Place,
    page: Page,
) -> Result<Vec<StoredOperation>, StoreError> {
    let sql = format!("{OPERATION} WHERE seq > $1 ORDER BY seq LIMIT $2");
    let after = stored("the sequence", page.after)?;
    let query = sqlx::query(AssertSqlSafe(sql)).bind(after).bind(i64::from(page.limit));
    all(c, place, "operations", query, read_operation).await
}

/// Which expiry of a lot is read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expiry {
    /// What the last change of it says.
    InForce,
    /// What the grant said.
    Granted,
}

/// A question for lots, named `l`, to which conditions are added.
pub(super) fn lots_with(expiry: Expiry) -> String {
    let (table, expires_at) = match expiry {
        Expiry::InForce => ("lots_in_force", "expires_at_in_force"),
        Expiry::Granted => ("lots", "expires_at"),
    };
    format!(
        "SELECT l.seq, l.code, l.customer, l.wallet, l.wallet_type, l.kind, l.unit, u.scale::bigint, \
             l.granted_on - DATE '1970-01-01', l.effective_at, l.{expires_at}, l.units, \
             l.consideration, l.consideration_unit, m.scale::bigint, o.id \
         FROM {table} AS l JOIN units AS u ON u.code = l.unit \
         LEFT JOIN units AS m ON m.code = l.consideration_unit \
         JOIN operations AS o ON o.seq = l.operation_seq"
    )
}

pub(super) async fn lots(
    c: &mut PgConnection,
    place: &Place,
    filter: &LotFilter,
    page: Page,
) -> Result<Vec<StoredLot>, StoreError> {
    let mut sql = QueryBuilder::new(lots_with(Expiry::InForce));
    sql.push(" WHERE l.seq > ");
    sql.push_bind(stored("the sequence", page.after)?);
    if let Some(customer) = &filter.customer {
        sql.push(" AND l.customer = ").push_bind(customer.as_str());
    }
    if let Some(wallet) = &filter.wallet {
        sql.push(" AND l.wallet = ").push_bind(wallet.as_str());
    }
    if let Some(day) = filter.granted_from {
        sql.push(" AND l.granted_on >= DATE '1970-01-01' + ").push_bind(day_number(day));
    }
    if let Some(day) = filter.granted_before {
        sql.push(" AND l.granted_on < DATE '1970-01-01' + ").push_bind(day_number(day));
    }
    sql.push(" ORDER BY l.seq LIMIT ").push_bind(i64::from(page.limit));
    all(c, place, "lots", sql.build(), read_lot).await
}

pub(super) fn read_lot(row: &Reading<'_>) -> Result<StoredLot, StoreError> {
    let consideration = row.number_or_null(12)?.map(|_| row.amount(12)).transpose()?;
    Ok(StoredLot {
        seq: row.count(0)?,
        lot: LotRecord {
            lot: row.code(1)?,
            customer: row.code(2)?,
            wallet: row.code(3)?,
            wallet_type: row.code(4)?,
            kind: row.text(5)?.to_owned(),
            unit: row.unit(6)?,
            granted_on: row.day(8)?,
            effective_at: row.instant(9)?,
            expires_at: row.instant_or_null(10)?,
            units: row.number(11)?,
            consideration,
            operation: row.code(15)?,
        },
    })
}

/// From the entries themselves, not from the projection that writers lock.
pub(super) async fn heads(
    c: &mut PgConnection,
    place: &Place,
) -> Result<Vec<CustomerHead>, StoreError> {
    let query = sqlx::query(
        "SELECT c.code, e.number, e.hash FROM customers AS c CROSS JOIN LATERAL ( \
             SELECT number, hash FROM entries WHERE customer = c.code \
             ORDER BY number DESC LIMIT 1) AS e ORDER BY c.code",
    );
    let read = |row: &Reading<'_>| {
        let chain = Chain { number: row.count(1)?, head: row.hash(2)? };
        Ok(CustomerHead { customer: row.code(0)?, chain })
    };
    all(c, place, "entries", query, read).await
}

/// The number of the last revision of the configuration; 0 for none.
pub(super) async fn config_revision(
    c: &mut PgConnection,
    place: &Place,
) -> Result<u64, StoreError> {
    let query = sqlx::query("SELECT coalesce(max(revision), 0) FROM configs");
    let found = all(c, place, "configs", query, |row| row.count(0)).await?;
    Ok(found.into_iter().next().unwrap_or(0))
}

pub(super) fn read_config(row: &Reading<'_>) -> Result<ConfigRecord, StoreError> {
    Ok(ConfigRecord {
        revision: row.count(0)?,
        document: row.text(1)?.to_owned(),
        hash: row.hash(2)?,
        applied_at: row.instant(3)?,
        operation: row.code(4)?,
    })
}

/// A revision of the configuration; the last one for none.
pub(super) async fn config(
    c: &mut PgConnection,
    place: &Place,
    revision: Option<u64>,
) -> Result<Option<ConfigRecord>, StoreError> {
    let revision = revision.map(|r| stored("the configuration revision", r)).transpose()?;
    let query = sqlx::query(
        "SELECT f.revision, f.document, f.hash, f.applied_at, o.id \
         FROM configs AS f JOIN operations AS o ON o.seq = f.operation_seq \
         WHERE f.revision = coalesce($1, (SELECT max(revision) FROM configs))",
    )
    .bind(revision);
    Ok(all(c, place, "configs", query, read_config).await?.pop())
}

/// Columns of a book.
pub(super) const BOOK: &str =
    "SELECT customer, number, head, next_due, state, standing FROM projection_books";

pub(super) fn read_book(row: &Reading<'_>) -> Result<BookRecord, StoreError> {
    Ok(BookRecord {
        customer: row.code(0)?,
        chain: Chain { number: row.count(1)?, head: row.hash(2)? },
        next_due: row.instant_or_null(3)?,
        state: row.text(4)?.to_owned(),
        standing: row.text_or_null(5)?.map(str::to_owned),
    })
}

/// Standings from the one after `after`.
pub(super) async fn standings(
    c: &mut PgConnection,
    place: &Place,
    after: Option<&CustomerCode>,
    limit: u32,
) -> Result<Vec<StandingRecord>, StoreError> {
    let query = sqlx::query(
        "SELECT customer, coalesce(standing, state) FROM projection_books \
         WHERE customer > $1 ORDER BY customer LIMIT $2",
    );
    let query = query.bind(after.map_or("", Code::as_str)).bind(i64::from(limit));
    let read = |row: &Reading<'_>| {
        Ok(StandingRecord { customer: row.code(0)?, standing: row.text(1)?.to_owned() })
    };
    all(c, place, "projection_books", query, read).await
}

pub(super) async fn books_of(
    c: &mut PgConnection,
    place: &Place,
    customers: &[CustomerCode],
) -> Result<Vec<BookRecord>, StoreError> {
    let codes: Vec<&str> = customers.iter().map(Code::as_str).collect();
    let sql = format!("{BOOK} WHERE customer = ANY($1) ORDER BY customer");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(codes);
    all(c, place, "projection_books", query, read_book).await
}

/// Books from the one after `after`, all or those with something due.
pub(super) async fn books(
    c: &mut PgConnection,
    place: &Place,
    due: Option<Instant>,
    after: Option<&CustomerCode>,
    limit: u32,
) -> Result<Vec<BookRecord>, StoreError> {
    let mut sql = QueryBuilder::new(BOOK);
    sql.push(" WHERE customer > ").push_bind(after.map_or("", Code::as_str));
    if let Some(until) = due {
        sql.push(" AND next_due <= ").push_bind(until.micros());
    }
    sql.push(" ORDER BY customer LIMIT ").push_bind(i64::from(limit));
    all(c, place, "projection_books", sql.build(), read_book).await
}

pub(super) fn read_close(row: &Reading<'_>) -> Result<CloseRecord, StoreError> {
    Ok(CloseRecord {
        through: row.day(0)?,
        operation: row.code(1)?,
        checkpoint: Checkpoint {
            hash: row.hash(2)?,
            chains: row.count(3)?,
            entries: row.count(4)?,
        },
        config_revision: row.count(5)?,
        trial_balance: row.text(6)?.to_owned(),
    })
}

pub(super) async fn closes(
    c: &mut PgConnection,
    place: &Place,
) -> Result<Vec<CloseRecord>, StoreError> {
    let query = sqlx::query(
        "SELECT p.through - DATE '1970-01-01', o.id, p.checkpoint, p.chains, p.entries, \
                p.config_revision, p.trial_balance \
         FROM period_closes AS p JOIN operations AS o ON o.seq = p.operation_seq ORDER BY p.through",
    );
    all(c, place, "period_closes", query, read_close).await
}

pub(super) fn read_alert(row: &Reading<'_>) -> Result<AlertRecord, StoreError> {
    Ok(AlertRecord {
        customer: row.code(0)?,
        wallet: row.code(1)?,
        code: row.text(2)?.to_owned(),
        at: row.instant(3)?,
        figures: row.text(4)?.to_owned(),
        operation: row.code(5)?,
    })
}

/// Alerts from an instant on.
pub(super) async fn alerts(
    c: &mut PgConnection,
    place: &Place,
    customer: Option<&CustomerCode>,
    since: Instant,
) -> Result<Vec<AlertRecord>, StoreError> {
    let mut sql = QueryBuilder::new(
        "SELECT a.customer, a.wallet, a.code, a.at, a.figures, o.id FROM alerts AS a \
         JOIN operations AS o ON o.seq = a.operation_seq WHERE a.at >= ",
    );
    sql.push_bind(since.micros());
    if let Some(customer) = customer {
        sql.push(" AND a.customer = ").push_bind(customer.as_str());
    }
    sql.push(" ORDER BY a.seq");
    all(c, place, "alerts", sql.build(), read_alert).await
}

/// The last day that is closed.
pub(super) async fn closed_through(
    c: &mut PgConnection,
    place: &Place,
) -> Result<Option<Date>, StoreError> {
    let query = sqlx::query("SELECT max(through) - DATE '1970-01-01' FROM period_closes");
    let days = all(c, place, "period_closes", query, |row| row.day_or_null(0)).await?;
    Ok(days.into_iter().flatten().next())
}

pub(super) async fn imports(
    c: &mut PgConnection,
    place: &Place,
) -> Result<Vec<ImportRecord>, StoreError> {
    let query = sqlx::query(
        "SELECT i.id, i.source_name, i.source_hash, i.mapping, i.received_at, i.summary, o.id \
         FROM imports AS i LEFT JOIN operations AS o ON o.seq = i.operation_seq ORDER BY i.seq",
    );
    let read = |row: &Reading<'_>| {
        Ok(ImportRecord {
            id: row.text(0)?.to_owned(),
            source_name: row.text(1)?.to_owned(),
            source_hash: row.hash(2)?,
            mapping: row.text(3)?.to_owned(),
            received_at: row.instant(4)?,
            summary: row.text(5)?.to_owned(),
            operation: row.code_or_null(6)?,
        })
    };
    all(c, place, "imports", query, read).await
}

pub(super) async fn segments(
    c: &mut PgConnection,
    place: &Place,
) -> Result<Vec<SegmentRecord>, StoreError> {
    let query = sqlx::query(
        "SELECT s.segment, i.id, s.info \
         FROM segments AS s JOIN imports AS i ON i.seq = s.import_seq ORDER BY s.segment",
    );
    let read = |row: &Reading<'_>| {
        let (import, info) = (row.text(1)?.to_owned(), row.text(2)?.to_owned());
        Ok(SegmentRecord { segment: row.small(0)?, import, info })
    };
    all(c, place, "segments", query, read).await
}

pub(super) async fn key_files(
    c: &mut PgConnection,
    place: &Place,
) -> Result<Vec<KeyFileRecord>, StoreError> {
    let query = sqlx::query(
        "SELECT k.file, i.id, k.info \
         FROM key_files AS k JOIN imports AS i ON i.seq = k.import_seq ORDER BY k.file",
    );
    let read = |row: &Reading<'_>| {
        let (import, info) = (row.text(1)?.to_owned(), row.text(2)?.to_owned());
        Ok(KeyFileRecord { file: row.small(0)?, import, info })
    };
    all(c, place, "key_files", query, read).await
}

pub(super) async fn details(
    c: &mut PgConnection,
    place: &Place,
) -> Result<Vec<DetailRecord>, StoreError> {
    let query = sqlx::query("SELECT detail, info FROM details ORDER BY detail");
    let read = |row: &Reading<'_>| {
        Ok(DetailRecord { detail: row.small(0)?, info: row.text(1)?.to_owned() })
    };
    all(c, place, "details", query, read).await
}

pub(super) async fn progress(
    c: &mut PgConnection,
    place: &Place,
) -> Result<Vec<SegmentProgress>, StoreError> {
    let query = sqlx::query(
        "SELECT segment, posted_until FROM projection_segment_progress ORDER BY segment",
    );
    let read = |row: &Reading<'_>| {
        Ok(SegmentProgress { segment: row.small(0)?, posted_until: row.instant(1)? })
    };
    all(c, place, "projection_segment_progress", query, read).await
}

pub(super) async fn charged_until(
    c: &mut PgConnection,
    place: &Place,
) -> Result<Option<Instant>, StoreError> {
    let query = sqlx::query("SELECT max(effective_at) FROM entries WHERE detail IS NOT NULL");
    let found = all(c, place, "entries", query, |row: &Reading<'_>| row.instant_or_null(0));
    Ok(found.await?.into_iter().flatten().next())
}
