//! Entries read back exactly as they were sealed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use scrip_journal::entry::ReportDimensions;
use scrip_journal::{Draft, Entry, Posting};
use scrip_store::{EntryFilter, EntryIndex, Page, StoreError, StoredEntry};
use scrip_units::{CustomerCode, OperationId};
use sqlx::postgres::{PgConnection, Postgres};
use sqlx::{AssertSqlSafe, Executor, QueryBuilder};

use super::copied::copied;
use super::fault::{Heard, Place};
use super::rows::{Reading, Row, all, day_number, stored};

/// Sets of dimensions that were read already, by their text: postings share few.
type Known = HashMap<String, Arc<ReportDimensions>>;

/// See [`scrip_store::LedgerStore::entries`].
pub(super) async fn entries(
    c: &mut PgConnection,
    place: &Place,
    filter: &EntryFilter,
    page: Page,
) -> Result<Vec<StoredEntry>, StoreError> {
    let mut sql = question(filter, page)?;
    let mut entries = all(c, place, "entries", sql.build(), entry).await?;
    with_postings(c, place, &mut entries).await?;
    Ok(entries)
}

/// Reads the postings of entries.
async fn with_postings(
    c: &mut PgConnection,
    place: &Place,
    entries: &mut [StoredEntry],
) -> Result<(), StoreError> {
    let mut known = Known::new();
    for part in entries.chunks_mut(1000) {
        let customers: Vec<&str> = part.iter().map(|e| e.entry.customer.as_str()).collect();
        let numbers = part.iter().map(|e| stored("the entry number", e.entry.number));
        let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
        let query = sqlx::query(AssertSqlSafe(format!(
            "SELECT w.place::bigint, {POSTING} \
             FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS w (customer, number, place) \
             JOIN postings AS p ON p.customer = w.customer AND p.number = w.number \
             JOIN units AS u ON u.code = p.unit ORDER BY w.place, p.line"
        )))
        .bind(customers)
        .bind(numbers);
        let rows = c.fetch_all(query).heard(place, "read its entries").await?;
        for row in &rows {
            let row = Reading { row: Row::Asked(row), table: "postings", place };
            let posting = posting(&row, &mut known)?;
            let index = usize::try_from(row.number(0)? - 1).ok();
            let entry = index.and_then(|index| part.get_mut(index));
            let entry = entry.ok_or_else(|| row.wrong(0, "a posting without an entry"))?;
            entry.entry.body.postings.push(posting);
        }
    }
    Ok(())
}

/// The entries of operations, by operation and in order, as a pull takes them: copied, and put in order
/// here, because the server would sort each page on its disk.
pub(super) async fn of_operations(
    c: &mut PgConnection,
    place: &Place,
    operations: &BTreeMap<i64, OperationId>,
) -> Result<Vec<StoredEntry>, StoreError> {
    let Some(range) = among(operations) else { return Ok(Vec::new()) };
    let mut entries = Vec::new();
    let sql = format!("SELECT {ENTRY} FROM entries AS e WHERE {range}");
    copied(c, place, "entries", &sql, |row| {
        if let Some(operation) = operations.get(&row.number(1)?) {
            entries.push(entry_of(row, operation.clone())?);
        }
        Ok(())
    })
    .await?;
    entries.sort_unstable_by_key(|stored| (stored.operation_seq, stored.seq));

    let mut places: HashMap<CustomerCode, HashMap<u64, usize>> = HashMap::new();
    for (place, StoredEntry { entry, .. }) in entries.iter().enumerate() {
        places.entry(entry.customer.clone()).or_default().insert(entry.number, place);
    }
    // A customer's entries lie together, and those of a page follow each other.
    let sql = format!(
        "SELECT p.customer, {POSTING}, p.number, p.line::bigint FROM \
             (SELECT e.customer, min(e.number) AS first, max(e.number) AS last \
             FROM entries AS e WHERE {range} GROUP BY e.customer) AS page \
         JOIN postings AS p ON p.customer = page.customer \
             AND p.number BETWEEN page.first AND page.last \
         JOIN units AS u ON u.code = p.unit"
    );
    let (mut postings, mut known) = (Vec::new(), Known::new());
    copied(c, place, "postings", &sql, |row| {
        let (customer, number) = (row.text(0)?, row.count(12)?);
        if let Some(place) = places.get(customer).and_then(|numbers| numbers.get(&number)) {
            postings.push((*place, row.number(13)?, posting(row, &mut known)?));
        }
        Ok(())
    })
    .await?;
    postings.sort_unstable_by_key(|(place, line, _)| (*place, *line));
    let mut postings = postings.into_iter().peekable();
    for (place, stored) in entries.iter_mut().enumerate() {
        let own = std::iter::from_fn(|| postings.next_if(|(of, _, _)| *of == place));
        stored.entry.body.postings = own.map(|(_, _, posting)| posting).collect();
    }
    Ok(entries)
}

/// A condition that the entries of these operations meet, and where few lie between them a few others.
fn among(operations: &BTreeMap<i64, OperationId>) -> Option<String> {
    let (first, last) = (operations.first_key_value()?.0, operations.last_key_value()?.0);
    let count = i64::try_from(operations.len()).ok()?;
    if last - first < 2 * count {
        return Some(format!("e.operation_seq BETWEEN {first} AND {last}"));
    }
    let seqs: Vec<String> = operations.keys().map(i64::to_string).collect();
    Some(format!("e.operation_seq = ANY ('{{{}}}'::bigint[])", seqs.join(",")))
}

/// Columns of a posting, from the second.
const POSTING: &str = "p.account, p.amount, p.unit, u.scale::bigint, p.wallet, p.lot, p.card, \
     p.version::bigint, p.rate, p.dimensions, p.service_day - DATE '1970-01-01'";

/// Columns of an entry.
const ENTRY: &str = "e.seq, e.operation_seq, e.customer, e.number, e.kind, e.effective_at, \
     e.booked_on - DATE '1970-01-01', e.late, e.memo, e.detail, e.previous, e.hash";

fn question(filter: &EntryFilter, page: Page) -> Result<QueryBuilder<Postgres>, StoreError> {
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(ENTRY)
        .push(", o.id FROM entries AS e JOIN operations AS o ON o.seq = e.operation_seq");
    sql.push(" WHERE e.seq > ");
    sql.push_bind(stored("the sequence", page.after)?);
    conditions(&mut sql, filter);
    sql.push(" ORDER BY e.seq LIMIT ").push_bind(i64::from(page.limit));
    Ok(sql)
}

/// See [`scrip_store::LedgerStore::entry_index`].
pub(super) async fn index(
    c: &mut PgConnection,
    place: &Place,
    filter: &EntryFilter,
    page: u32,
) -> Result<EntryIndex, StoreError> {
    let page = i64::from(page.max(1));
    let mut sql = QueryBuilder::new(
        "WITH matching AS (SELECT e.seq, row_number() OVER (ORDER BY e.seq) AS place \
         FROM entries AS e WHERE true",
    );
    conditions(&mut sql, filter);
    // The last of every full page, and the last of all.
    sql.push(") SELECT seq, place FROM matching WHERE place % ").push_bind(page);
    sql.push(" = 0 OR place = (SELECT count(*) FROM matching) ORDER BY place");
    pages(c, place, "entries", sql).await
}

/// The index of pages whose last sequences and places a question gives.
pub(super) async fn pages(
    c: &mut PgConnection,
    place: &Place,
    table: &'static str,
    mut sql: QueryBuilder<Postgres>,
) -> Result<EntryIndex, StoreError> {
    let read = |row: &Reading<'_>| Ok((row.count(0)?, row.count(1)?));
    let mut index = EntryIndex::default();
    let mut last = 0;
    for (seq, count) in all(c, place, table, sql.build(), read).await? {
        index.starts.push(last);
        (last, index.count) = (seq, count);
    }
    Ok(index)
}

fn conditions(sql: &mut QueryBuilder<Postgres>, filter: &EntryFilter) {
    if let Some(customer) = &filter.customer {
        sql.push(" AND e.customer = ").push_bind(customer.as_str().to_owned());
    }
    if let Some(day) = filter.booked_from {
        sql.push(" AND e.booked_on >= DATE '1970-01-01' + ").push_bind(day_number(day));
    }
    if let Some(day) = filter.booked_before {
        sql.push(" AND e.booked_on < DATE '1970-01-01' + ").push_bind(day_number(day));
    }
    if let Some(kind) = filter.kind {
        sql.push(" AND e.kind = ").push_bind(kind.code());
    }
    if let Some(operation) = &filter.operation {
        sql.push(" AND e.operation_seq = (SELECT seq FROM operations WHERE id = ");
        sql.push_bind(operation.as_str().to_owned()).push(")");
    }
    // There is no index of postings by wallet or lot; the customer's entries are few enough.
    for (column, name) in [
        ("wallet", filter.wallet.as_ref().map(|wallet| wallet.as_str().to_owned())),
        ("lot", filter.lot.as_ref().map(|lot| lot.as_str().to_owned())),
    ] {
        let Some(name) = name else { continue };
        sql.push(" AND EXISTS (SELECT 1 FROM postings AS p WHERE p.customer = e.customer");
        sql.push(" AND p.number = e.number AND p.").push(column);
        sql.push(" = ").push_bind(name).push(")");
    }
    if let Some(until) = filter.effective_until {
        sql.push(" AND e.effective_at <= ").push_bind(until.micros());
    }
}

fn entry(row: &Reading<'_>) -> Result<StoredEntry, StoreError> {
    entry_of(row, row.code(12)?)
}

fn entry_of(row: &Reading<'_>, operation: OperationId) -> Result<StoredEntry, StoreError> {
    Ok(StoredEntry {
        seq: row.count(0)?,
        operation_seq: row.count(1)?,
        entry: Entry {
            customer: row.code(2)?,
            number: row.count(3)?,
            body: Draft {
                kind: row.kind(4)?,
                operation,
                effective_at: row.instant(5)?,
                booked_on: row.day(6)?,
                memo: row.text(8)?.to_owned(),
                detail: row.hash_or_null(9)?,
                postings: Vec::new(),
            },
            late: row.flag(7)?,
            previous: row.hash(10)?,
            hash: row.hash(11)?,
        },
    })
}

fn posting(row: &Reading<'_>, known: &mut Known) -> Result<Posting, StoreError> {
    Ok(Posting {
        account: row.account(1)?,
        amount: row.amount(2)?,
        wallet: row.code_or_null(5)?,
        lot: row.code_or_null(6)?,
        rate: row.rate(7)?,
        dimensions: match row.text_or_null(10)? {
            None => Arc::default(),
            Some(text) => match known.get(text) {
                Some(set) => Arc::clone(set),
                None => {
                    let set = Arc::new(dimensions(row, 10, text)?);
                    known.insert(text.to_owned(), Arc::clone(&set));
                    set
                }
            },
        },
        service_day: row.day_or_null(11)?,
    })
}

/// The dimensions that a text stands for.
pub(super) fn dimensions(
    row: &Reading<'_>,
    column: usize,
    text: &str,
) -> Result<ReportDimensions, StoreError> {
    let set: BTreeMap<String, String> =
        serde_json::from_str(text).map_err(|fault| row.wrong(column, fault))?;
    Ok(set.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
}
