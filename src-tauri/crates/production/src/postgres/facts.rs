//! Facts: one pass over entries and their postings, summed inside PostgreSQL, whose sums of bigint are
//! exact numbers of any size.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use scrip_journal::Account;
use scrip_revenue::Fact;
use scrip_store::{FactColumn, FactQuery, Snapshot, StoreError, checkpoint_of};
use sqlx::QueryBuilder;
use sqlx::postgres::{PgConnection, Postgres};

use super::entries::dimensions;
use super::fault::Place;
use super::read;
use super::rows::{Reading, all, day_number};

/// The optional columns in the order of the contract, and how each is computed. A rate takes three.
const COLUMNS: [(FactColumn, &[&str]); 9] = [
    (FactColumn::Customer, &["e.customer"]),
    (
        FactColumn::WalletType,
        &["coalesce(l.wallet_type, (SELECT w.wallet_type FROM lots AS w \
           WHERE w.customer = p.customer AND w.wallet = p.wallet ORDER BY w.seq DESC LIMIT 1))"],
    ),
    (FactColumn::Wallet, &["p.wallet"]),
    (FactColumn::Lot, &["p.lot"]),
    (FactColumn::LotKind, &["l.kind"]),
    (FactColumn::LotMonth, &["date_trunc('month', l.granted_on)::date - DATE '1970-01-01'"]),
    (FactColumn::Rate, &["p.card", "p.version::bigint", "p.rate"]),
    (FactColumn::Dimensions, &["p.dimensions"]),
    (FactColumn::ServiceMonth, &["date_trunc('month', p.service_day)::date - DATE '1970-01-01'"]),
];
/// Month, account, unit with its decimals and kind come first, then balance and debit.
const FIRST_OPTIONAL: usize = 7;

/// Heads and facts, of one moment when the connection is in a transaction that sees one.
pub(super) async fn snapshot(
    c: &mut PgConnection,
    place: &Place,
    queries: &[FactQuery],
) -> Result<Snapshot, StoreError> {
    let heads = read::heads(c, place).await?;
    let mut sums = Vec::with_capacity(queries.len());
    for query in queries {
        sums.push(facts(c, place, query).await?);
    }
    Ok(Snapshot { checkpoint: checkpoint_of(&heads), facts: sums })
}

/// See [`scrip_store::LedgerStore::facts`].
pub(super) async fn facts(
    c: &mut PgConnection,
    place: &Place,
    query: &FactQuery,
) -> Result<Vec<Fact>, StoreError> {
    let mut sql = question(query);
    let read = |row: &Reading<'_>| fact(row, query);
    let mut facts = all(c, place, "sums of postings", sql.build(), read).await?;
    facts.sort_unstable_by(order);
    Ok(facts)
}

fn question(query: &FactQuery) -> QueryBuilder<Postgres> {
    // Within the sums everything is by its place in the list, so that no expression is written twice.
    let mut sql = QueryBuilder::new(
        "SELECT date_trunc('month', e.booked_on)::date - DATE '1970-01-01', p.account, p.unit, \
                u.scale::bigint, e.kind, sum(p.amount)::text, sum(greatest(p.amount, 0))::text",
    );
    let mut keys = String::from("1, 2, 3, 4, 5");
    let mut place = FIRST_OPTIONAL;
    for (column, expressions) in COLUMNS {
        if !query.group.has(column) {
            continue;
        }
        for expression in expressions {
            sql.push(", ").push(*expression);
            place += 1;
            keys.push_str(&format!(", {place}"));
        }
    }
    sql.push(
        " FROM entries AS e JOIN postings AS p ON p.customer = e.customer AND p.number = e.number \
         JOIN units AS u ON u.code = p.unit",
    );
    let lot = [FactColumn::WalletType, FactColumn::LotKind, FactColumn::LotMonth];
    if lot.iter().any(|column| query.group.has(*column)) {
        sql.push(" LEFT JOIN lots AS l ON l.customer = p.customer AND l.code = p.lot");
    }
    sql.push(" WHERE true");
    if let Some(day) = query.booked_from {
        sql.push(" AND e.booked_on >= DATE '1970-01-01' + ").push_bind(day_number(day));
    }
    if let Some(day) = query.booked_before {
        sql.push(" AND e.booked_on < DATE '1970-01-01' + ").push_bind(day_number(day));
    }
    if let Some(until) = query.effective_until {
        sql.push(" AND e.effective_at <= ").push_bind(until.micros());
    }
    if let Some(customer) = &query.customer {
        sql.push(" AND e.customer = ").push_bind(customer.as_str().to_owned());
    }
    if !query.classes.is_empty() {
        let accounts = Account::ALL.iter().filter(|a| query.classes.contains(&a.class()));
        let codes: Vec<&str> = accounts.map(|account| account.code()).collect();
        sql.push(" AND p.account = ANY(").push_bind(codes).push(")");
    }
    sql.push(" GROUP BY ").push(keys);
    sql
}

fn fact(row: &Reading<'_>, query: &FactQuery) -> Result<Fact, StoreError> {
    let (balance, debit) = (row.sum(5)?, row.sum(6)?);
    let month = row.month_or_null(0)?;
    let mut fact = Fact {
        month: month.ok_or_else(|| row.wrong(0, "an entry without a day"))?,
        account: row.account(1)?,
        unit: row.unit(2)?,
        kind: row.kind(4)?,
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
    let mut at = FIRST_OPTIONAL;
    for (column, expressions) in COLUMNS {
        if !query.group.has(column) {
            continue;
        }
        match column {
            FactColumn::Customer => fact.customer = row.code_or_null(at)?,
            FactColumn::WalletType => fact.wallet_type = row.code_or_null(at)?,
            FactColumn::Wallet => fact.wallet = row.code_or_null(at)?,
            FactColumn::Lot => fact.lot = row.code_or_null(at)?,
            FactColumn::LotKind => fact.lot_kind = row.text_or_null(at)?.map(str::to_owned),
            FactColumn::LotMonth => fact.lot_month = row.month_or_null(at)?,
            FactColumn::Rate => fact.rate = row.rate(at)?,
            FactColumn::Dimensions => {
                if let Some(text) = row.text_or_null(at)? {
                    fact.dimensions = dimensions(row, at, text)?;
                }
            }
            FactColumn::ServiceMonth => fact.service_month = row.month_or_null(at)?,
        }
        at += expressions.len();
    }
    Ok(fact)
}

fn order(a: &Fact, b: &Fact) -> Ordering {
    fn key(f: &Fact) -> impl Ord + '_ {
        let lot = (&f.lot, &f.lot_kind, &f.lot_month);
        let wallet = (&f.customer, &f.wallet_type, &f.wallet);
        (f.month, f.account, f.unit, f.kind, wallet, lot, &f.rate, &f.dimensions, f.service_month)
    }
    key(a).cmp(&key(b))
}
