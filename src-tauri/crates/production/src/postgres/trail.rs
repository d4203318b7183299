//! Operations that match a filter: the audit trail.

use scrip_store::{
    EntryIndex, OperationFilter, OperationMark, OperationShare, Page, StoreError, StoredOperation,
};
use scrip_units::Actor;
use sqlx::QueryBuilder;
use sqlx::postgres::{PgConnection, Postgres};

use super::copied::copied;
use super::fault::Place;
use super::rows::{all, stored};
use super::{entries, read};

fn conditions(sql: &mut QueryBuilder<Postgres>, filter: &OperationFilter) {
    if let Some(kind) = &filter.kind {
        sql.push(" AND kind = ").push_bind(kind.clone());
    }
    if let Some(actor) = &filter.actor {
        sql.push(" AND actor = ").push_bind(actor.as_str().to_owned());
    }
    if let Some(customer) = &filter.customer {
        sql.push(" AND customer = ").push_bind(customer.as_str().to_owned());
    }
    if let Some(from) = filter.recorded_from {
        sql.push(" AND recorded_at >= ").push_bind(from.micros());
    }
    if let Some(before) = filter.recorded_before {
        sql.push(" AND recorded_at < ").push_bind(before.micros());
    }
}

/// See [`scrip_store::LedgerStore::find_operations`].
pub(super) async fn find(
    c: &mut PgConnection,
    place: &Place,
    filter: &OperationFilter,
    page: Page,
) -> Result<Vec<StoredOperation>, StoreError> {
    let mut sql = QueryBuilder::new(read::OPERATION);
    sql.push(" WHERE seq > ").push_bind(stored("the sequence", page.after)?);
    conditions(&mut sql, filter);
    sql.push(" ORDER BY seq LIMIT ").push_bind(i64::from(page.limit));
    all(c, place, "operations", sql.build(), read::read_operation).await
}

/// See [`scrip_store::LedgerStore::operation_index`].
pub(super) async fn index(
    c: &mut PgConnection,
    place: &Place,
    filter: &OperationFilter,
    page: u32,
) -> Result<EntryIndex, StoreError> {
    let mut sql = QueryBuilder::new(
        "WITH matching AS (SELECT seq, row_number() OVER (ORDER BY seq) AS place \
         FROM operations WHERE true",
    );
    conditions(&mut sql, filter);
    // The last of every full page, and the last of all.
    sql.push(") SELECT seq, place FROM matching WHERE place % ").push_bind(i64::from(page.max(1)));
    sql.push(" = 0 OR place = (SELECT count(*) FROM matching) ORDER BY place");
    entries::pages(c, place, "operations", sql).await
}

/// See [`scrip_store::LedgerStore::actors`].
pub(super) async fn actors(c: &mut PgConnection, place: &Place) -> Result<Vec<Actor>, StoreError> {
    let query = sqlx::query(
        "SELECT actor FROM (SELECT DISTINCT actor FROM operations) AS a ORDER BY actor COLLATE \"C\"",
    );
    all(c, place, "operations", query, |row| row.code(0)).await
}

/// See [`scrip_store::LedgerStore::operation_shares`].
pub(super) async fn shares(
    c: &mut PgConnection,
    place: &Place,
) -> Result<Vec<OperationShare>, StoreError> {
    let query = sqlx::query(
        "SELECT get_byte(body_hash, 0)::bigint AS share, count(*), \
             sum(('x' || encode(substr(body_hash, 2, 8), 'hex'))::bit(64)::bigint)::text \
         FROM operations GROUP BY share ORDER BY share",
    );
    all(c, place, "operations", query, |row| {
        let share = u8::try_from(row.number(0)?).map_err(|fault| row.wrong(0, fault))?;
        let sum = row.text(2)?.parse().map_err(|fault| row.wrong(2, fault))?;
        Ok(OperationShare { share, count: row.count(1)?, sum })
    })
    .await
}

/// See [`scrip_store::LedgerStore::operation_marks`].
pub(super) async fn marks(
    c: &mut PgConnection,
    place: &Place,
    shares: &[u8],
) -> Result<Vec<OperationMark>, StoreError> {
    let shares = shares.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
    let sql = format!(
        "SELECT id, body_hash FROM operations \
         WHERE get_byte(body_hash, 0) = ANY ('{{{shares}}}'::integer[])"
    );
    let mut marks = Vec::new();
    copied(c, place, "operations", &sql, |row| {
        marks.push(OperationMark { id: row.code(0)?, body_hash: row.hash(1)? });
        Ok(())
    })
    .await?;
    Ok(marks)
}
