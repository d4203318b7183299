//! Operations that match a filter: the audit trail.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteConnection;
use sqlx::{QueryBuilder, Sqlite};

use super::fault::Place;
use super::read::{self, all};
use super::rows::{Reading, stored};
use crate::error::StoreError;
use crate::query::{EntryIndex, OperationFilter, Page};
use crate::record::{OperationMark, OperationShare, StoredOperation};

fn conditions(sql: &mut QueryBuilder<Sqlite>, filter: &OperationFilter) {
    if let Some(kind) = &filter.kind {
        sql.push(" AND o.kind = ").push_bind(kind.clone());
    }
    if let Some(actor) = &filter.actor {
        sql.push(" AND o.actor = ").push_bind(actor.as_str().to_owned());
    }
    if let Some(customer) = &filter.customer {
        sql.push(" AND o.customer_id = (SELECT id FROM customers WHERE code = ");
        sql.push_bind(customer.as_str().to_owned()).push(")");
    }
    if let Some(from) = filter.recorded_from {
        sql.push(" AND o.recorded_at >= ").push_bind(from.micros());
    }
    if let Some(before) = filter.recorded_before {
        sql.push(" AND o.recorded_at < ").push_bind(before.micros());
    }
}

/// See [`crate::LedgerStore::find_operations`].
pub(super) async fn find(
    connection: &mut SqliteConnection,
    place: &Place,
    filter: &OperationFilter,
    page: Page,
) -> Result<Vec<StoredOperation>, StoreError> {
    let mut sql = QueryBuilder::new(read::OPERATION);
    sql.push(" WHERE o.seq > ").push_bind(stored("the sequence", page.after)?);
    conditions(&mut sql, filter);
    sql.push(" ORDER BY o.seq LIMIT ").push_bind(page.limit);
    all(connection, place, "operations", sql.build(), read::read_operation).await
}

/// See [`crate::LedgerStore::operation_index`].
pub(super) async fn index(
    connection: &mut SqliteConnection,
    place: &Place,
    filter: &OperationFilter,
    page: u32,
) -> Result<EntryIndex, StoreError> {
    let mut sql = QueryBuilder::new(
        "WITH matching AS (SELECT o.seq, row_number() OVER (ORDER BY o.seq) AS place \
         FROM operations AS o WHERE 1",
    );
    conditions(&mut sql, filter);
    // The last of every full page, and the last of all.
    sql.push(") SELECT seq, place FROM matching WHERE place % ").push_bind(page.max(1));
    sql.push(" = 0 OR place = (SELECT count(*) FROM matching) ORDER BY place");
    let read = |row: &Reading<'_>| Ok((row.count(0)?, row.count(1)?));
    let mut index = EntryIndex::default();
    let mut last = 0;
    for (seq, count) in all(connection, place, "operations", sql.build(), read).await? {
        index.starts.push(last);
        (last, index.count) = (seq, count);
    }
    Ok(index)
}

/// See [`crate::LedgerStore::actors`].
pub(super) async fn actors(
    connection: &mut SqliteConnection,
    place: &Place,
) -> Result<Vec<scrip_units::Actor>, StoreError> {
    let query = sqlx::query("SELECT DISTINCT actor FROM operations ORDER BY actor");
    all(connection, place, "operations", query, |row| row.code(0)).await
}

/// See [`crate::LedgerStore::operation_shares`].
pub(super) async fn shares(
    connection: &mut SqliteConnection,
    place: &Place,
) -> Result<Vec<OperationShare>, StoreError> {
    let mut shares: BTreeMap<u8, OperationShare> = BTreeMap::new();
    let cannot = place.cannot("read its records");
    let mut rows = sqlx::query("SELECT body_hash FROM operations").fetch(connection);
    while let Some(row) = rows.try_next().await.map_err(&cannot)? {
        let hash = Reading { row: &row, table: "operations", place }.hash(0)?;
        let [share, a, b, c, d, e, f, g, h, ..] = *hash.bytes();
        let all = shares.entry(share).or_insert(OperationShare { share, count: 0, sum: 0 });
        all.count += 1;
        all.sum += i128::from(i64::from_be_bytes([a, b, c, d, e, f, g, h]));
    }
    Ok(shares.into_values().collect())
}

/// See [`crate::LedgerStore::operation_marks`].
pub(super) async fn marks(
    connection: &mut SqliteConnection,
    place: &Place,
    shares: &[u8],
) -> Result<Vec<OperationMark>, StoreError> {
    let mut marks = Vec::new();
    let cannot = place.cannot("read its records");
    let mut rows = sqlx::query("SELECT id, body_hash FROM operations").fetch(connection);
    while let Some(row) = rows.try_next().await.map_err(&cannot)? {
        let row = Reading { row: &row, table: "operations", place };
        let body_hash = row.hash(1)?;
        if shares.contains(&body_hash.bytes()[0]) {
            marks.push(OperationMark { id: row.code(0)?, body_hash });
        }
    }
    Ok(marks)
}
