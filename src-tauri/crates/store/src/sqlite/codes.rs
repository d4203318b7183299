//! The dictionaries on the reading side: which code a number stands for.
//!
//! Dictionaries only grow, and a number is committed no later than the first row that uses it. So
//! what was read once stays right, and reading what is new after the rows is enough.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use scrip_journal::entry::ReportDimensions;
use scrip_journal::{Account, RateRef};
use scrip_units::{CustomerCode, LotId, Unit, WalletCode, WalletTypeCode};
use sqlx::SqliteConnection;

use super::fault::Place;
use super::rows::Reading;
use super::words::{rate_of, unit_of};
use crate::error::StoreError;

/// What numbers stand for, as far as it was read. Number `n` is at index `n - 1`.
#[derive(Debug, Default)]
pub(super) struct Codes {
    accounts: Vec<Account>,
    units: Vec<Unit>,
    customers: Vec<CustomerCode>,
    wallet_types: Vec<WalletTypeCode>,
    wallets: Vec<WalletCode>,
    rates: Vec<RateRef>,
    dimension_sets: Vec<Arc<ReportDimensions>>,
}

impl Codes {
    /// Reads what was added since the last time.
    pub(super) async fn refresh(
        &mut self,
        c: &mut SqliteConnection,
        place: &Place,
    ) -> Result<(), StoreError> {
        let sql = "SELECT id, code FROM accounts WHERE id > ? ORDER BY id";
        extend(c, place, ("accounts", sql), &mut self.accounts, |row| {
            row.text(1)?.parse().map_err(|fault| row.wrong(1, fault))
        })
        .await?;
        let sql = "SELECT id, code, scale FROM units WHERE id > ? ORDER BY id";
        extend(c, place, ("units", sql), &mut self.units, |row| unit_of(row, 1)).await?;
        let sql = "SELECT id, code FROM customers WHERE id > ? ORDER BY id";
        extend(c, place, ("customers", sql), &mut self.customers, |row| row.code(1)).await?;
        let sql = "SELECT id, code FROM wallet_types WHERE id > ? ORDER BY id";
        extend(c, place, ("wallet_types", sql), &mut self.wallet_types, |row| row.code(1)).await?;
        let sql = "SELECT id, code FROM wallets WHERE id > ? ORDER BY id";
        extend(c, place, ("wallets", sql), &mut self.wallets, |row| row.code(1)).await?;
        let sql = "SELECT id, card, version, rate FROM rates WHERE id > ? ORDER BY id";
        extend(c, place, ("rates", sql), &mut self.rates, |row| rate_of(row, 1)).await?;
        let sql = "SELECT id, canonical FROM dimension_sets WHERE id > ? ORDER BY id";
        extend(c, place, ("dimension_sets", sql), &mut self.dimension_sets, |row| {
            let set: BTreeMap<String, String> =
                serde_json::from_str(row.text(1)?).map_err(|fault| row.wrong(1, fault))?;
            Ok(Arc::new(set.into_iter().map(|(k, v)| (k.into(), v.into())).collect()))
        })
        .await
    }

    /// The account in a column.
    pub(super) fn account(&self, row: &Reading<'_>, at: usize) -> Result<Account, StoreError> {
        find(&self.accounts, row, at).copied()
    }
    /// The unit in a column.
    pub(super) fn unit(&self, row: &Reading<'_>, at: usize) -> Result<Unit, StoreError> {
        find(&self.units, row, at).copied()
    }
    /// The customer in a column, if there is one.
    pub(super) fn customer(
        &self,
        row: &Reading<'_>,
        at: usize,
    ) -> Result<Option<CustomerCode>, StoreError> {
        find_or_null(&self.customers, row, at)
    }
    /// The wallet type in a column, if there is one.
    pub(super) fn wallet_type(
        &self,
        row: &Reading<'_>,
        at: usize,
    ) -> Result<Option<WalletTypeCode>, StoreError> {
        find_or_null(&self.wallet_types, row, at)
    }
    /// The wallet in a column, if there is one.
    pub(super) fn wallet(
        &self,
        row: &Reading<'_>,
        at: usize,
    ) -> Result<Option<WalletCode>, StoreError> {
        find_or_null(&self.wallets, row, at)
    }
    /// The rate in a column, if there is one.
    pub(super) fn rate(&self, row: &Reading<'_>, at: usize) -> Result<Option<RateRef>, StoreError> {
        find_or_null(&self.rates, row, at)
    }
    /// The dimensions in a column; none for an absent set.
    pub(super) fn dimensions(
        &self,
        row: &Reading<'_>,
        at: usize,
    ) -> Result<Arc<ReportDimensions>, StoreError> {
        Ok(find_or_null(&self.dimension_sets, row, at)?.unwrap_or_default())
    }
}

async fn extend<T>(
    connection: &mut SqliteConnection,
    place: &Place,
    (table, sql): (&'static str, &'static str),
    known: &mut Vec<T>,
    read: impl Fn(&Reading<'_>) -> Result<T, StoreError>,
) -> Result<(), StoreError> {
    let last = i64::try_from(known.len()).unwrap_or(i64::MAX);
    let rows = sqlx::query(sql)
        .bind(last)
        .fetch_all(connection)
        .await
        .map_err(place.cannot("read its dictionaries"))?;
    for (expected, row) in (last + 1..).zip(&rows) {
        let row = Reading { row, table, place };
        let id = row.number(0)?;
        if id != expected {
            return Err(row.wrong(0, format!("number {expected} is missing before {id}")));
        }
        known.push(read(&row)?);
    }
    Ok(())
}

fn find<'a, T>(known: &'a [T], row: &Reading<'_>, at: usize) -> Result<&'a T, StoreError> {
    let id = row.number(at)?;
    usize::try_from(id - 1)
        .ok()
        .and_then(|index| known.get(index))
        .ok_or_else(|| row.wrong(at, format!("number {id} is not in its dictionary")))
}

fn find_or_null<T: Clone>(
    known: &[T],
    row: &Reading<'_>,
    at: usize,
) -> Result<Option<T>, StoreError> {
    match row.number_or_null(at)? {
        None => Ok(None),
        Some(_) => find(known, row, at).cloned().map(Some),
    }
}

/// The ids of lots, by their sequence. There may be millions, so they are read as needed.
pub(super) async fn lot_ids(
    connection: &mut SqliteConnection,
    place: &Place,
    lots: &BTreeSet<i64>,
) -> Result<HashMap<i64, LotId>, StoreError> {
    let keys: Vec<i64> = lots.iter().copied().collect();
    let mut ids = HashMap::with_capacity(keys.len());
    for keys in keys.chunks(20_000) {
        let rows =
            sqlx::query("SELECT seq, code FROM lots WHERE seq IN (SELECT value FROM json_each(?))")
                .bind(serde_json::Value::from(keys).to_string())
                .fetch_all(&mut *connection)
                .await
                .map_err(place.cannot("read its lots"))?;
        for row in &rows {
            let row = Reading { row, table: "lots", place };
            ids.insert(row.number(0)?, row.code(1)?);
        }
    }
    Ok(ids)
}
