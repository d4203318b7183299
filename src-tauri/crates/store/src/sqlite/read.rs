//! Reads of single records and small lists.

use scrip_journal::{Chain, Checkpoint};
use scrip_units::{Amount, Code, CustomerCode, Date, Instant, OperationId};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite};

use super::fault::Place;
use super::rows::{Reading, day_number, stored};
use super::words::unit_of;
use crate::error::StoreError;
use crate::query::{LotFilter, Page};
use crate::record::{
    AlertRecord, BookRecord, CloseRecord, ConfigRecord, CustomerHead, DetailRecord, ImportRecord,
    KeyFileRecord, LotRecord, Meta, OperationRecord, SegmentProgress, SegmentRecord,
    StandingRecord, Status, StoredLot, StoredOperation,
};

/// Runs a query and reads every row.
pub(super) async fn all<T>(
    connection: &mut SqliteConnection,
    place: &Place,
    table: &'static str,
    query: sqlx::query::Query<'_, Sqlite, sqlx::sqlite::SqliteArguments>,
    read: impl Fn(&Reading<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let rows: Vec<SqliteRow> =
        query.fetch_all(connection).await.map_err(place.cannot("read its records"))?;
    rows.iter().map(|row| read(&Reading { row, table, place })).collect()
}

pub(super) async fn meta(
    connection: &mut SqliteConnection,
    place: &Place,
) -> Result<Meta, StoreError> {
    let query = sqlx::query(
        "SELECT workspace_id, (SELECT max(version) FROM formats), created_at, program_version \
         FROM workspace",
    );
    let read = |row: &Reading<'_>| {
        Ok(Meta {
            workspace_id: row.text(0)?.to_owned(),
            format_version: row.number(1)?,
            created_at: row.instant(2)?,
            program_version: row.text(3)?.to_owned(),
        })
    };
    all(connection, place, "workspace", query, read)
        .await?
        .pop()
        .ok_or_else(|| place.unreadable("workspace", "there is no row"))
}

pub(super) async fn status(
    connection: &mut SqliteConnection,
    place: &Place,
    has_sums: bool,
) -> Result<Status, StoreError> {
    // An entry knows how many postings it has, so without totals one pass over the entries tells both.
    let totals = if has_sums {
        "(SELECT coalesce(max(postings), 0) AS postings, max(last_at) AS last_at \
          FROM projection_totals)"
    } else {
        "(SELECT coalesce(sum(lines), 0) AS postings, max(effective_at) AS last_at FROM entries)"
    };
    let sql = format!(
        "SELECT (SELECT coalesce(max(seq), 0) FROM operations), \
                (SELECT coalesce(max(seq), 0) FROM entries), \
                totals.postings, \
                (SELECT count(*) FROM customers), \
                (SELECT coalesce(max(seq), 0) FROM lots), \
                (SELECT count(*) FROM projection_books), \
                (SELECT count(*) FROM imports), \
                (SELECT count(*) FROM segments), \
                (SELECT count(*) FROM details), \
                (SELECT coalesce(max(revision), 0) FROM configs), \
                (SELECT min(booked_on) FROM entries), \
                (SELECT max(booked_on) FROM entries), \
                totals.last_at, \
                (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size) \
         FROM {totals} AS totals",
    );
    let query = sqlx::query(AssertSqlSafe(sql));
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
    let status = all(connection, place, "the ledger", query, read).await?;
    Ok(status.into_iter().next().unwrap_or_default())
}

/// Columns of an operation. The customer is no join: with statistics of a small ledger SQLite would then
/// read all operations for each id.
pub(super) const OPERATION: &str = "SELECT o.seq, o.id, o.kind, \
     (SELECT c.code FROM customers AS c WHERE c.id = o.customer_id), o.actor, o.at, o.recorded_at, \
     o.config_revision, o.body, o.body_hash FROM operations AS o";

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
    connection: &mut SqliteConnection,
    place: &Place,
    id: &OperationId,
) -> Result<Option<StoredOperation>, StoreError> {
    let sql = format!("{OPERATION} WHERE o.id = ?");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(id.as_str());
    Ok(all(connection, place, "operations", query, read_operation).await?.pop())
}

pub(super) async fn operations(
    connection: &mut SqliteConnection,
    place: &Place,
    page: Page,
) -> Result<Vec<StoredOperation>, StoreError> {
    let sql = format!("{OPERATION} WHERE o.seq > ? ORDER BY o.seq LIMIT ?");
    let after = stored("the sequence", page.after)?;
    let query = sqlx::query(AssertSqlSafe(sql)).bind(after).bind(page.limit);
    all(connection, place, "operations", query, read_operation).await
}

pub(super) async fn lots(
    connection: &mut SqliteConnection,
    place: &Place,
    filter: &LotFilter,
    page: Page,
) -> Result<Vec<StoredLot>, StoreError> {
    let mut sql = QueryBuilder::new(
        "SELECT l.seq, l.code, c.code, w.code, t.code, l.kind, u.code, u.scale, l.granted_on, \
                l.effective_at, l.expires_at_in_force, l.units, l.consideration, m.code, m.scale, \
                o.id \
         FROM lots_in_force AS l CROSS JOIN customers AS c ON c.id = l.customer_id \
         CROSS JOIN wallets AS w ON w.id = l.wallet_id \
         CROSS JOIN wallet_types AS t ON t.id = l.wallet_type_id \
         CROSS JOIN units AS u ON u.id = l.unit_id \
         CROSS JOIN operations AS o ON o.seq = l.operation_seq \
         LEFT JOIN units AS m ON m.id = l.consideration_unit_id WHERE l.seq > ",
    );
    sql.push_bind(stored("the sequence", page.after)?);
    if let Some(customer) = &filter.customer {
        sql.push(" AND l.customer_id = (SELECT id FROM customers WHERE code = ");
        sql.push_bind(customer.as_str()).push(")");
    }
    if let Some(wallet) = &filter.wallet {
        sql.push(" AND l.wallet_id IN (SELECT id FROM wallets WHERE code = ");
        sql.push_bind(wallet.as_str()).push(")");
    }
    if let Some(day) = filter.granted_from {
        sql.push(" AND l.granted_on >= ").push_bind(day_number(day));
    }
    if let Some(day) = filter.granted_before {
        sql.push(" AND l.granted_on < ").push_bind(day_number(day));
    }
    sql.push(" ORDER BY l.seq LIMIT ").push_bind(page.limit);
    all(connection, place, "lots", sql.build(), read_lot).await
}

fn read_lot(row: &Reading<'_>) -> Result<StoredLot, StoreError> {
    let consideration = match row.number_or_null(12)? {
        None => None,
        Some(steps) => Some(Amount::from_steps(unit_of(row, 13)?, steps)),
    };
    Ok(StoredLot {
        seq: row.count(0)?,
        lot: LotRecord {
            lot: row.code(1)?,
            customer: row.code(2)?,
            wallet: row.code(3)?,
            wallet_type: row.code(4)?,
            kind: row.text(5)?.to_owned(),
            unit: unit_of(row, 6)?,
            granted_on: row.day(8)?,
            effective_at: row.instant(9)?,
            expires_at: row.instant_or_null(10)?,
            units: row.number(11)?,
            consideration,
            operation: row.code(15)?,
        },
    })
}

pub(super) async fn heads(
    connection: &mut SqliteConnection,
    place: &Place,
    has_sums: bool,
) -> Result<Vec<CustomerHead>, StoreError> {
    let query = sqlx::query(if has_sums {
        "SELECT c.code, h.number, h.hash FROM customers AS c CROSS JOIN projection_heads AS h \
         ON h.customer_id = c.id ORDER BY c.code"
    } else {
        "SELECT c.code, e.number, e.hash FROM customers AS c CROSS JOIN entries AS e \
         ON e.customer_id = c.id AND e.number = \
             (SELECT max(number) FROM entries WHERE customer_id = c.id) \
         ORDER BY c.code"
    });
    let read = |row: &Reading<'_>| {
        let chain = Chain { number: row.count(1)?, head: row.hash(2)? };
        Ok(CustomerHead { customer: row.code(0)?, chain })
    };
    all(connection, place, "entries", query, read).await
}

/// The number of the last revision of the configuration; 0 for none.
pub(super) async fn config_revision(
    connection: &mut SqliteConnection,
    place: &Place,
) -> Result<u64, StoreError> {
    let query = sqlx::query("SELECT coalesce(max(revision), 0) FROM configs");
    let found = all(connection, place, "configs", query, |row| row.count(0)).await?;
    Ok(found.into_iter().next().unwrap_or(0))
}

/// A revision of the configuration; the last one for none.
pub(super) async fn config(
    connection: &mut SqliteConnection,
    place: &Place,
    revision: Option<u64>,
) -> Result<Option<ConfigRecord>, StoreError> {
    let revision = revision.map(|r| stored("the configuration revision", r)).transpose()?;
    let query = sqlx::query(
        "SELECT f.revision, f.document, f.hash, f.applied_at, o.id \
         FROM configs AS f CROSS JOIN operations AS o ON o.seq = f.operation_seq \
         WHERE f.revision = coalesce(?, (SELECT max(revision) FROM configs))",
    )
    .bind(revision);
    let read = |row: &Reading<'_>| {
        Ok(ConfigRecord {
            revision: row.count(0)?,
            document: row.text(1)?.to_owned(),
            hash: row.hash(2)?,
            applied_at: row.instant(3)?,
            operation: row.code(4)?,
        })
    };
    Ok(all(connection, place, "configs", query, read).await?.pop())
}

/// Columns of a book; in an older format none has a standing.
fn book_columns(has_standings: bool) -> &'static str {
    if has_standings {
        "SELECT c.code, b.number, b.head, b.next_due, b.state, \
             (SELECT s.standing FROM projection_standings AS s WHERE s.customer_id = c.id) \
         FROM customers AS c CROSS JOIN projection_books AS b ON b.customer_id = c.id"
    } else {
        "SELECT c.code, b.number, b.head, b.next_due, b.state, NULL \
         FROM customers AS c CROSS JOIN projection_books AS b ON b.customer_id = c.id"
    }
}

fn read_book(row: &Reading<'_>) -> Result<BookRecord, StoreError> {
    Ok(BookRecord {
        customer: row.code(0)?,
        chain: Chain { number: row.count(1)?, head: row.hash(2)? },
        next_due: row.instant_or_null(3)?,
        state: row.text(4)?.to_owned(),
        standing: row.text_or_null(5)?.map(str::to_owned),
    })
}

pub(super) async fn books_of(
    connection: &mut SqliteConnection,
    place: &Place,
    (customers, has_standings): (&[CustomerCode], bool),
) -> Result<Vec<BookRecord>, StoreError> {
    let codes: Vec<&str> = customers.iter().map(Code::as_str).collect();
    let book = book_columns(has_standings);
    let sql = format!("{book} WHERE c.code IN (SELECT value FROM json_each(?)) ORDER BY c.code");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(serde_json::Value::from(codes).to_string());
    all(connection, place, "projection_books", query, read_book).await
}

/// Books from the one after `after`, all or those with something due.
pub(super) async fn books(
    connection: &mut SqliteConnection,
    place: &Place,
    (due, after, limit): (Option<Instant>, Option<&CustomerCode>, u32),
    has_standings: bool,
) -> Result<Vec<BookRecord>, StoreError> {
    let mut sql = QueryBuilder::new(book_columns(has_standings));
    let after = after.map_or("", Code::as_str);
    match due {
        None => {
            sql.push(" WHERE c.code > ").push_bind(after);
            sql.push(" ORDER BY c.code LIMIT ").push_bind(limit);
        }
        // The few that are due are found and put in order before any state is read.
        Some(until) => {
            sql.push(" WHERE c.code IN (SELECT d.code FROM projection_books AS n ");
            sql.push("CROSS JOIN customers AS d ON d.id = n.customer_id WHERE n.next_due <= ");
            sql.push_bind(until.micros()).push(" AND d.code > ").push_bind(after);
            sql.push(" ORDER BY d.code LIMIT ").push_bind(limit).push(") ORDER BY c.code");
        }
    }
    all(connection, place, "projection_books", sql.build(), read_book).await
}

/// Standings from the one after `after`; in an older format the states.
pub(super) async fn standings(
    connection: &mut SqliteConnection,
    place: &Place,
    (after, limit): (Option<&CustomerCode>, u32),
    has_standings: bool,
) -> Result<Vec<StandingRecord>, StoreError> {
    let sql = if has_standings {
        "SELECT c.code, coalesce(s.standing, \
             (SELECT b.state FROM projection_books AS b WHERE b.customer_id = c.id)) \
         FROM customers AS c CROSS JOIN projection_standings AS s ON s.customer_id = c.id \
         WHERE c.code > ? ORDER BY c.code LIMIT ?"
    } else {
        "SELECT c.code, b.state \
         FROM customers AS c CROSS JOIN projection_books AS b ON b.customer_id = c.id \
         WHERE c.code > ? ORDER BY c.code LIMIT ?"
    };
    let query = sqlx::query(sql).bind(after.map_or("", Code::as_str)).bind(limit);
    let read = |row: &Reading<'_>| {
        Ok(StandingRecord { customer: row.code(0)?, standing: row.text(1)?.to_owned() })
    };
    all(connection, place, "projection_standings", query, read).await
}

pub(super) async fn closes(
    connection: &mut SqliteConnection,
    place: &Place,
) -> Result<Vec<CloseRecord>, StoreError> {
    let query = sqlx::query(
        "SELECT p.through, o.id, p.checkpoint, p.chains, p.entries, p.config_revision, \
                p.trial_balance \
         FROM period_closes AS p CROSS JOIN operations AS o ON o.seq = p.operation_seq \
         ORDER BY p.through",
    );
    let read = |row: &Reading<'_>| {
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
    };
    all(connection, place, "period_closes", query, read).await
}

/// Alerts from an instant on.
pub(super) async fn alerts(
    connection: &mut SqliteConnection,
    place: &Place,
    customer: Option<&CustomerCode>,
    since: Instant,
) -> Result<Vec<AlertRecord>, StoreError> {
    let mut sql = QueryBuilder::new(
        "SELECT c.code, a.wallet, a.code, a.at, a.figures, o.id FROM alerts AS a \
         CROSS JOIN customers AS c ON c.id = a.customer_id \
         CROSS JOIN operations AS o ON o.seq = a.operation_seq WHERE a.at >= ",
    );
    sql.push_bind(since.micros());
    if let Some(customer) = customer {
        sql.push(" AND c.code = ").push_bind(customer.as_str());
    }
    sql.push(" ORDER BY a.seq");
    let read = |row: &Reading<'_>| {
        Ok(AlertRecord {
            customer: row.code(0)?,
            wallet: row.code(1)?,
            code: row.text(2)?.to_owned(),
            at: row.instant(3)?,
            figures: row.text(4)?.to_owned(),
            operation: row.code(5)?,
        })
    };
    all(connection, place, "alerts", sql.build(), read).await
}

/// The last day that is closed.
pub(super) async fn closed_through(
    connection: &mut SqliteConnection,
    place: &Place,
) -> Result<Option<Date>, StoreError> {
    let query = sqlx::query("SELECT max(through) FROM period_closes");
    let days = all(connection, place, "period_closes", query, |row| row.day_or_null(0)).await?;
    Ok(days.into_iter().flatten().next())
}

pub(super) async fn imports(
    connection: &mut SqliteConnection,
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
    all(connection, place, "imports", query, read).await
}

pub(super) async fn segments(
    connection: &mut SqliteConnection,
    place: &Place,
) -> Result<Vec<SegmentRecord>, StoreError> {
    let query = sqlx::query(
        "SELECT s.segment, i.id, s.info \
         FROM segments AS s CROSS JOIN imports AS i ON i.seq = s.import_seq ORDER BY s.segment",
    );
    let read = |row: &Reading<'_>| {
        let (import, info) = (row.text(1)?.to_owned(), row.text(2)?.to_owned());
        Ok(SegmentRecord { segment: row.small(0)?, import, info })
    };
    all(connection, place, "segments", query, read).await
}

pub(super) async fn key_files(
    connection: &mut SqliteConnection,
    place: &Place,
) -> Result<Vec<KeyFileRecord>, StoreError> {
    let query = sqlx::query(
        "SELECT k.file, i.id, k.info \
         FROM key_files AS k CROSS JOIN imports AS i ON i.seq = k.import_seq ORDER BY k.file",
    );
    let read = |row: &Reading<'_>| {
        let (import, info) = (row.text(1)?.to_owned(), row.text(2)?.to_owned());
        Ok(KeyFileRecord { file: row.small(0)?, import, info })
    };
    all(connection, place, "key_files", query, read).await
}

pub(super) async fn details(
    connection: &mut SqliteConnection,
    place: &Place,
) -> Result<Vec<DetailRecord>, StoreError> {
    let query = sqlx::query("SELECT detail, info FROM details ORDER BY detail");
    let read = |row: &Reading<'_>| {
        Ok(DetailRecord { detail: row.small(0)?, info: row.text(1)?.to_owned() })
    };
    all(connection, place, "details", query, read).await
}

pub(super) async fn progress(
    connection: &mut SqliteConnection,
    place: &Place,
) -> Result<Vec<SegmentProgress>, StoreError> {
    let query = sqlx::query(
        "SELECT segment, posted_until FROM projection_segment_progress ORDER BY segment",
    );
    let read = |row: &Reading<'_>| {
        Ok(SegmentProgress { segment: row.small(0)?, posted_until: row.instant(1)? })
    };
    all(connection, place, "projection_segment_progress", query, read).await
}

pub(super) async fn charged_until(
    connection: &mut SqliteConnection,
    place: &Place,
) -> Result<Option<Instant>, StoreError> {
    let query = sqlx::query("SELECT max(effective_at) FROM entries WHERE detail IS NOT NULL");
    let found =
        all(connection, place, "entries", query, |row: &Reading<'_>| row.instant_or_null(0));
    Ok(found.await?.into_iter().flatten().next())
}
