//! Facts: one pass over entries and their postings, summed inside SQLite; or of whole months, kept apart
//! by nothing that a customer has of its own, from the sums that are kept.
//!
//! Sums are exact to 128 bits: the upper and lower half of each amount are summed apart, so neither
//! sum can overflow below two thousand million rows; and if one did, SQLite's `sum` would fail
//! rather than round.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use scrip_journal::Account;
use scrip_revenue::Fact;
use scrip_units::{Date, LotId, Month};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{QueryBuilder, Sqlite};
use tokio::sync::RwLock;

use super::codes::{self, Codes};
use super::entries::kind;
use super::fault::Place;
use super::rows::{Reading, day_number};
use super::words::month_number;
use crate::error::StoreError;
use crate::query::{FactColumn, FactGroup, FactQuery};

/// The optional columns in the order of the contract, and how each is computed.
const COLUMNS: [(FactColumn, &str); 9] = [
    (FactColumn::Customer, "e.customer_id"),
    (
        FactColumn::WalletType,
        "coalesce(l.wallet_type_id, (SELECT w.wallet_type_id FROM lots AS w \
         WHERE w.wallet_id = p.wallet_id ORDER BY w.seq DESC LIMIT 1))",
    ),
    (FactColumn::Wallet, "p.wallet_id"),
    (FactColumn::Lot, "p.lot_seq"),
    (FactColumn::LotKind, "l.kind"),
    (FactColumn::LotMonth, "g.month"),
    (FactColumn::Rate, "p.rate_id"),
    (FactColumn::Dimensions, "p.dimension_set_id"),
    (FactColumn::ServiceMonth, "s.month"),
];
/// Sums that are kept, with the columns they are kept apart by.
type Kept = (&'static str, [(FactColumn, &'static str); 3]);
const KEPT: [Kept; 2] = [
    (
        "projection_lot_sums",
        [
            (FactColumn::WalletType, "nullif(s.wallet_type_id, 0)"),
            (FactColumn::LotKind, "nullif(s.lot_kind, '')"),
            (FactColumn::LotMonth, "nullif(s.lot_month, 0)"),
        ],
    ),
    (
        "projection_usage_sums",
        [
            (FactColumn::Rate, "nullif(s.rate_id, 0)"),
            (FactColumn::Dimensions, "nullif(s.dimension_set_id, 0)"),
            (FactColumn::ServiceMonth, "nullif(s.service_month, 0)"),
        ],
    ),
];
/// Sums follow the four columns that every fact has, and optional columns follow the sums.
const FIRST_SUM: usize = 4;
const FIRST_OPTIONAL: usize = 8;

/// Where an optional column is in the rows, if it is kept apart. Columns that are not are not
/// selected: each costs as much as a value would.
fn index_of(group: FactGroup, wanted: FactColumn) -> Option<usize> {
    let selected = COLUMNS.iter().filter(|(column, _)| group.has(*column));
    selected.zip(FIRST_OPTIONAL..).find(|((column, _), _)| *column == wanted).map(|(_, at)| at)
}

/// See [`crate::LedgerStore::facts`].
pub(super) async fn facts(
    connection: &mut SqliteConnection,
    place: &Place,
    codes: &RwLock<Codes>,
    (query, has_sums): (&FactQuery, bool),
) -> Result<Vec<Fact>, StoreError> {
    let mut rows = Vec::new();
    for mut sql in questions(query, has_sums) {
        let found = sql.build().fetch_all(&mut *connection).await;
        rows.extend(found.map_err(place.cannot("sum its postings"))?);
    }
    let mut lots = BTreeSet::new();
    if let Some(at) = index_of(query.group, FactColumn::Lot) {
        for row in &rows {
            lots.extend(Reading { row, table: "postings", place }.number_or_null(at)?);
        }
    }
    let lots = codes::lot_ids(connection, place, &lots).await?;
    codes.write().await.refresh(connection, place).await?;
    let codes = codes.read().await;
    let mut facts = rows
        .iter()
        .map(|row| fact(row, place, query.group, &codes, &lots))
        .collect::<Result<Vec<_>, _>>()?;
    facts.sort_unstable_by(order);
    // Wallets and lots of different customers may have the same code, and a sum may be of two parts.
    facts.dedup_by(|next, fact| {
        let same = order(next, fact).is_eq();
        if same {
            fact.debit += next.debit;
            fact.credit += next.credit;
        }
        same
    });
    Ok(facts)
}

/// What is asked of SQLite: the sums that are kept, where they answer, and what they do not reach.
fn questions(query: &FactQuery, has_sums: bool) -> Vec<QueryBuilder<Sqlite>> {
    let kept = KEPT.iter().find(|(_, columns)| {
        let kept = |column: &FactColumn| columns.iter().any(|(kept, _)| kept == column);
        FactColumn::ALL.iter().all(|column| kept(column) || !query.group.has(*column))
    });
    let whole_months = query.booked_from.is_none_or(|day| day == Month::of(day).first_day());
    let of_all = query.customer.is_none() && query.effective_until.is_none();
    let Some(kept) = kept.filter(|_| has_sums && whole_months && of_all) else {
        return vec![question(query)];
    };
    let mut questions = vec![kept_question(kept, query)];
    if let Some(before) = query.booked_before {
        let first = Month::of(before).first_day();
        if first < before {
            let rest =
                FactQuery { booked_from: query.booked_from.max(Some(first)), ..query.clone() };
            questions.push(question(&rest));
        }
    }
    questions
}

/// The sums that are kept of the whole months of a query.
fn kept_question((table, columns): &Kept, query: &FactQuery) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new(
        "SELECT s.month, s.account_id, s.unit_id, s.kind, sum(s.balance_high), \
         sum(s.balance_low), sum(s.debit_high), sum(s.debit_low)",
    );
    let mut keys = String::from("s.month, s.account_id, s.unit_id, s.kind");
    for (_, expression) in columns.iter().filter(|(column, _)| query.group.has(*column)) {
        sql.push(", ").push(expression);
        keys.push_str(", ");
        keys.push_str(expression);
    }
    sql.push(" FROM ").push(table).push(" AS s WHERE s.postings <> 0");
    if let Some(day) = query.booked_from {
        sql.push(" AND s.month >= ").push_bind(month_number(day));
    }
    if let Some(day) = query.booked_before {
        sql.push(" AND s.month < ").push_bind(month_number(day));
    }
    of_classes(&mut sql, "s.account_id", query);
    sql.push(" GROUP BY ").push(keys);
    sql
}

/// The postings that are asked for, summed.
fn question(query: &FactQuery) -> QueryBuilder<Sqlite> {
    let group = query.group;
    let mut sql = QueryBuilder::new(
        "SELECT b.month, p.account_id, p.unit_id, e.kind, \
         sum(p.amount >> 32), sum(p.amount & 4294967295), \
         sum(iif(p.amount > 0, p.amount >> 32, 0)), \
         sum(iif(p.amount > 0, p.amount & 4294967295, 0))",
    );
    let mut keys = String::from("b.month, p.account_id, p.unit_id, e.kind");
    for (_, expression) in COLUMNS.iter().filter(|(column, _)| group.has(*column)) {
        sql.push(", ").push(expression);
        keys.push_str(", ");
        keys.push_str(expression);
    }
    sql.push(
        " FROM entries AS e CROSS JOIN days AS b ON b.id = e.booked_on \
         CROSS JOIN postings AS p ON p.entry_seq = e.seq",
    );
    let lot = [FactColumn::WalletType, FactColumn::LotKind, FactColumn::LotMonth];
    if lot.iter().any(|column| group.has(*column)) {
        sql.push(" LEFT JOIN lots AS l ON l.seq = p.lot_seq");
    }
    if group.has(FactColumn::LotMonth) {
        sql.push(" LEFT JOIN days AS g ON g.id = l.granted_on");
    }
    if group.has(FactColumn::ServiceMonth) {
        sql.push(" LEFT JOIN days AS s ON s.id = p.service_day");
    }
    sql.push(" WHERE 1");
    if let Some(day) = query.booked_from {
        sql.push(" AND e.booked_on >= ").push_bind(day_number(day));
    }
    if let Some(day) = query.booked_before {
        sql.push(" AND e.booked_on < ").push_bind(day_number(day));
    }
    if let Some(until) = query.effective_until {
        sql.push(" AND e.effective_at <= ").push_bind(until.micros());
    }
    if let Some(customer) = &query.customer {
        sql.push(" AND e.customer_id = (SELECT id FROM customers WHERE code = ");
        sql.push_bind(customer.as_str().to_owned()).push(")");
    }
    of_classes(&mut sql, "p.account_id", query);
    sql.push(" GROUP BY ").push(keys);
    sql
}

/// Only accounts of the classes that are asked for.
fn of_classes(sql: &mut QueryBuilder<Sqlite>, account: &'static str, query: &FactQuery) {
    if query.classes.is_empty() {
        return;
    }
    let accounts = Account::ALL.iter().filter(|a| query.classes.contains(&a.class()));
    let codes: Vec<&str> = accounts.map(|account| account.code()).collect();
    sql.push(" AND ").push(account);
    sql.push(" IN (SELECT id FROM accounts WHERE code IN (SELECT value FROM json_each(");
    sql.push_bind(serde_json::Value::from(codes).to_string()).push(")))");
}

fn fact(
    row: &SqliteRow,
    place: &Place,
    group: FactGroup,
    codes: &Codes,
    lots: &HashMap<i64, LotId>,
) -> Result<Fact, StoreError> {
    let row = &Reading { row, table: "sums of postings", place };
    let sum = |at: usize| -> Result<i128, StoreError> {
        Ok((i128::from(row.number(at)?) << 32) + i128::from(row.number(at + 1)?))
    };
    let (balance, debit) = (sum(FIRST_SUM)?, sum(FIRST_SUM + 2)?);
    let at = |column| index_of(group, column);
    let mut fact = Fact {
        month: month(row, 0)?.ok_or_else(|| row.wrong(0, "an entry without a day"))?,
        account: codes.account(row, 1)?,
        unit: codes.unit(row, 2)?,
        kind: kind(row, 3)?,
        customer: None,
        wallet_type: None,
        wallet: None,
        lot: None,
        lot_kind: None,
        lot_month: None,
        rate: None,
        dimensions: BTreeMap::new(),
        service_month: None,
        debit,
        credit: debit - balance,
    };
    if let Some(at) = at(FactColumn::Customer) {
        fact.customer = codes.customer(row, at)?;
    }
    if let Some(at) = at(FactColumn::WalletType) {
        fact.wallet_type = codes.wallet_type(row, at)?;
    }
    if let Some(at) = at(FactColumn::Wallet) {
        fact.wallet = codes.wallet(row, at)?;
    }
    if let Some(at) = at(FactColumn::Lot) {
        fact.lot = row.number_or_null(at)?.and_then(|seq| lots.get(&seq).cloned());
    }
    if let Some(at) = at(FactColumn::LotKind) {
        fact.lot_kind = row.text_or_null(at)?.map(str::to_owned);
    }
    if let Some(at) = at(FactColumn::LotMonth) {
        fact.lot_month = month(row, at)?;
    }
    if let Some(at) = at(FactColumn::Rate) {
        fact.rate = codes.rate(row, at)?;
    }
    if let Some(at) = at(FactColumn::Dimensions) {
        fact.dimensions = codes.dimensions(row, at)?.as_ref().clone();
    }
    if let Some(at) = at(FactColumn::ServiceMonth) {
        fact.service_month = month(row, at)?;
    }
    Ok(fact)
}

/// The month in a column, which is twelve times the year plus the month less one.
fn month(row: &Reading<'_>, at: usize) -> Result<Option<Month>, StoreError> {
    let Some(number) = row.number_or_null(at)? else { return Ok(None) };
    let day = i32::try_from(number.div_euclid(12))
        .ok()
        .zip(u32::try_from(number.rem_euclid(12)).ok())
        .and_then(|(year, month)| Date::from_ymd_opt(year, month + 1, 1));
    day.map(|day| Some(Month::of(day))).ok_or_else(|| row.wrong(at, "not a month"))
}

fn order(a: &Fact, b: &Fact) -> Ordering {
    fn key(f: &Fact) -> impl Ord + '_ {
        let lot = (&f.lot, &f.lot_kind, &f.lot_month);
        let wallet = (&f.customer, &f.wallet_type, &f.wallet);
        (f.month, f.account, f.unit, f.kind, wallet, lot, &f.rate, &f.dimensions, f.service_month)
    }
    key(a).cmp(&key(b))
}
