//! Entries read back exactly as they were sealed.

use std::collections::{BTreeSet, HashMap};

use scrip_journal::{Draft, Entry, EntryKind, Posting};
use scrip_units::{Amount, LotId};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{QueryBuilder, Sqlite};
use tokio::sync::RwLock;

use super::codes::{self, Codes};
use super::fault::Place;
use super::rows::{Reading, day_number, stored};
use crate::error::StoreError;
use crate::query::{EntryFilter, EntryIndex, Page};
use crate::record::StoredEntry;

/// See [`crate::LedgerStore::entries`].
pub(super) async fn entries(
    connection: &mut SqliteConnection,
    place: &Place,
    codes: &RwLock<Codes>,
    filter: &EntryFilter,
    page: Page,
) -> Result<Vec<StoredEntry>, StoreError> {
    let cannot = place.cannot("read its entries");
    let mut sql = question(filter, page)?;
    let heads = sql.build().fetch_all(&mut *connection).await.map_err(&cannot)?;
    let mut entries = heads.iter().map(|row| entry(row, place)).collect::<Result<Vec<_>, _>>()?;
    let mut postings = Vec::new();
    for part in entries.chunks(1000) {
        let seqs: Vec<u64> = part.iter().map(|entry| entry.seq).collect();
        let rows = sqlx::query(
            "SELECT entry_seq, line, account_id, unit_id, amount, wallet_id, lot_seq, rate_id, \
                    dimension_set_id, service_day FROM postings \
             WHERE entry_seq IN (SELECT value FROM json_each(?)) ORDER BY entry_seq, line",
        )
        .bind(serde_json::Value::from(seqs).to_string())
        .fetch_all(&mut *connection)
        .await
        .map_err(&cannot)?;
        postings.push(rows);
    }
    let mut lots = BTreeSet::new();
    for row in postings.iter().flatten() {
        lots.extend(Reading { row, table: "postings", place }.number_or_null(6)?);
    }
    let lots = codes::lot_ids(connection, place, &lots).await?;
    codes.write().await.refresh(connection, place).await?;
    let codes = codes.read().await;
    let mut place_of = HashMap::with_capacity(entries.len());
    place_of.extend(entries.iter().enumerate().map(|(index, entry)| (entry.seq, index)));
    for row in postings.iter().flatten() {
        let row = Reading { row, table: "postings", place };
        let posting = posting(&row, &codes, &lots)?;
        let entry = place_of.get(&row.count(0)?).and_then(|index| entries.get_mut(*index));
        let entry = entry.ok_or_else(|| row.wrong(0, "a posting without an entry"))?;
        entry.entry.body.postings.push(posting);
    }
    Ok(entries)
}

fn question(filter: &EntryFilter, page: Page) -> Result<QueryBuilder<Sqlite>, StoreError> {
    let mut sql = QueryBuilder::new(
        "SELECT e.seq, e.operation_seq, c.code, e.number, e.kind, o.id, e.effective_at, \
                e.booked_on, e.memo, e.detail, e.previous, e.hash, e.late \
         FROM entries AS e CROSS JOIN customers AS c ON c.id = e.customer_id \
         CROSS JOIN operations AS o ON o.seq = e.operation_seq WHERE e.seq > ",
    );
    sql.push_bind(stored("the sequence", page.after)?);
    conditions(&mut sql, filter);
    sql.push(" ORDER BY e.seq LIMIT ").push_bind(page.limit);
    Ok(sql)
}

/// See [`crate::LedgerStore::entry_index`].
pub(super) async fn index(
    connection: &mut SqliteConnection,
    place: &Place,
    filter: &EntryFilter,
    page: u32,
) -> Result<EntryIndex, StoreError> {
    let page = page.max(1);
    let cannot = place.cannot("count its entries");
    if *filter == EntryFilter::default() {
        // Sequences have no gaps, so nothing need be looked at.
        let sql = "SELECT coalesce(max(seq), 0) FROM entries";
        let row = sqlx::query(sql).fetch_one(connection).await.map_err(&cannot)?;
        let count = Reading { row: &row, table: "entries", place }.count(0)?;
        let pages = 0..count.div_ceil(u64::from(page));
        return Ok(EntryIndex { count, starts: pages.map(|n| n * u64::from(page)).collect() });
    }
    let mut sql = QueryBuilder::new(
        "WITH matching AS (SELECT e.seq, row_number() OVER (ORDER BY e.seq) AS place \
         FROM entries AS e WHERE 1",
    );
    conditions(&mut sql, filter);
    // The last of every full page, and the last of all.
    sql.push(") SELECT seq, place FROM matching WHERE place % ").push_bind(page);
    sql.push(" = 0 OR place = (SELECT count(*) FROM matching) ORDER BY place");
    let rows = sql.build().fetch_all(connection).await.map_err(&cannot)?;
    let mut index = EntryIndex::default();
    let mut last = 0;
    for row in &rows {
        let row = Reading { row, table: "entries", place };
        index.starts.push(last);
        last = row.count(0)?;
        index.count = row.count(1)?;
    }
    Ok(index)
}

fn conditions(sql: &mut QueryBuilder<Sqlite>, filter: &EntryFilter) {
    if let Some(customer) = &filter.customer {
        sql.push(" AND e.customer_id = (SELECT id FROM customers WHERE code = ");
        sql.push_bind(customer.as_str().to_owned()).push(")");
    }
    if let Some(day) = filter.booked_from {
        sql.push(" AND e.booked_on >= ").push_bind(day_number(day));
    }
    if let Some(day) = filter.booked_before {
        sql.push(" AND e.booked_on < ").push_bind(day_number(day));
    }
    if let Some(kind) = filter.kind {
        sql.push(" AND e.kind = ").push_bind(kind.code());
    }
    if let Some(operation) = &filter.operation {
        sql.push(" AND e.operation_seq = (SELECT seq FROM operations WHERE id = ");
        sql.push_bind(operation.as_str().to_owned()).push(")");
    }
    // There is no index of postings by wallet or lot; the customer's entries are few enough.
    if let Some(wallet) = &filter.wallet {
        let wallet = wallet.as_str().to_owned();
        sql.push(" AND e.customer_id IN (SELECT customer_id FROM wallets WHERE code = ");
        sql.push_bind(wallet.clone());
        sql.push(") AND EXISTS (SELECT 1 FROM postings AS p WHERE p.entry_seq = e.seq");
        sql.push(" AND p.wallet_id IN (SELECT id FROM wallets WHERE code = ");
        sql.push_bind(wallet).push("))");
    }
    if let Some(lot) = &filter.lot {
        let lot = lot.as_str().to_owned();
        sql.push(" AND e.customer_id IN (SELECT customer_id FROM lots WHERE code = ");
        sql.push_bind(lot.clone());
        sql.push(") AND EXISTS (SELECT 1 FROM postings AS p WHERE p.entry_seq = e.seq");
        sql.push(" AND p.lot_seq IN (SELECT seq FROM lots WHERE code = ");
        sql.push_bind(lot).push("))");
    }
    if let Some(until) = filter.effective_until {
        sql.push(" AND e.effective_at <= ").push_bind(until.micros());
    }
}

fn entry(row: &SqliteRow, place: &Place) -> Result<StoredEntry, StoreError> {
    let row = Reading { row, table: "entries", place };
    Ok(StoredEntry {
        seq: row.count(0)?,
        operation_seq: row.count(1)?,
        entry: Entry {
            customer: row.code(2)?,
            number: row.count(3)?,
            body: Draft {
                kind: kind(&row, 4)?,
                operation: row.code(5)?,
                effective_at: row.instant(6)?,
                booked_on: row.day(7)?,
                memo: row.text(8)?.to_owned(),
                detail: row.hash_or_null(9)?,
                postings: Vec::new(),
            },
            late: row.number(12)? != 0,
            previous: row.hash(10)?,
            hash: row.hash(11)?,
        },
    })
}

/// The kind of entry in a column.
pub(super) fn kind(row: &Reading<'_>, at: usize) -> Result<EntryKind, StoreError> {
    let code = row.text(at)?;
    let kind = EntryKind::ALL.iter().find(|kind| kind.code() == code);
    kind.copied().ok_or_else(|| row.wrong(at, format!("{code:?} is not a kind of entry")))
}

fn posting(
    row: &Reading<'_>,
    codes: &Codes,
    lots: &HashMap<i64, LotId>,
) -> Result<Posting, StoreError> {
    let lot = match row.number_or_null(6)? {
        None => None,
        Some(seq) => {
            let lot = lots.get(&seq).cloned();
            Some(lot.ok_or_else(|| row.wrong(6, format!("lot {seq} is not in the ledger")))?)
        }
    };
    Ok(Posting {
        account: codes.account(row, 2)?,
        amount: Amount::from_steps(codes.unit(row, 3)?, row.number(4)?),
        wallet: codes.wallet(row, 5)?,
        lot,
        rate: codes.rate(row, 7)?,
        dimensions: codes.dimensions(row, 8)?,
        service_day: row.day_or_null(9)?,
    })
}
