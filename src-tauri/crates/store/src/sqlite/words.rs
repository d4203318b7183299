//! The dictionaries on the writing side: which number stands for a code.
//!
//! Numbers are never changed once committed, whoever committed them, so a committed dictionary may
//! be kept from one write transaction to the next; that of a transaction that is rolled back is
//! dropped with it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::Datelike;
use scrip_journal::entry::ReportDimensions;
use scrip_journal::{Account, RateRef};
use scrip_units::{CustomerCode, Date, LotId, Scale, Unit, UnitCode, WalletCode, WalletTypeCode};
use serde_json::Value;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::fault::Place;
use super::rows::{Reading, Table, day_number};
use crate::error::StoreError;

const DOING: &str = "add to its dictionaries";
/// Forget what is known rather than hold more codes than this in memory.
const KNOWN_MAX: usize = 2_000_000;

static DAYS: Table = Table::new("days", &["id", "date", "month"], DOING);
static ACCOUNTS: Table = Table::new("accounts", &["id", "code", "number", "name"], DOING);
static UNITS: Table = Table::new("units", &["id", "code", "scale"], DOING);
static CUSTOMERS: Table = Table::new("customers", &["id", "code"], DOING);
static WALLET_TYPES: Table = Table::new("wallet_types", &["id", "code"], DOING);
static WALLETS: Table = Table::new("wallets", &["id", "customer_id", "code"], DOING);
static RATES: Table = Table::new("rates", &["id", "card", "version", "rate"], DOING);
static DIMENSION_SETS: Table = Table::new("dimension_sets", &["id", "canonical"], DOING);

/// What a customer's codes stand for.
#[derive(Debug, Default)]
pub(super) struct CustomerWords {
    /// Number of the customer.
    pub(super) id: i64,
    /// Numbers of its wallets.
    pub(super) wallets: HashMap<WalletCode, i64>,
    /// Its lots.
    pub(super) lots: HashMap<LotId, LotWord>,
}

/// What a lot's id stands for, with what sums are kept apart by: nothing of it ever changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct LotWord {
    /// Sequence of the lot.
    pub(super) seq: i64,
    /// Number of its wallet type.
    pub(super) wallet_type: i64,
    /// Its kind, a number that [`Words::lot_kind`] knows.
    pub(super) kind: u32,
    /// The accounting month of its grant: twelve times the year, plus the month less one.
    pub(super) granted_month: i64,
}

/// What codes stand for, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Words {
    days: HashSet<i64>,
    accounts: HashMap<Account, i64>,
    units: HashMap<UnitCode, (i64, Scale)>,
    customers: HashMap<CustomerCode, CustomerWords>,
    wallet_types: HashMap<WalletTypeCode, i64>,
    lot_kinds: Vec<String>,
    rates: HashMap<RateRef, i64>,
    dimension_sets: HashMap<Arc<ReportDimensions>, i64>,
    known: usize,
}

/// Codes whose numbers are wanted.
#[derive(Debug, Default)]
pub(super) struct Wanted<'a> {
    pub(super) days: BTreeSet<Date>,
    pub(super) accounts: BTreeSet<Account>,
    pub(super) units: BTreeSet<Unit>,
    pub(super) wallet_types: BTreeSet<&'a WalletTypeCode>,
    pub(super) wallets: BTreeSet<(&'a CustomerCode, &'a WalletCode)>,
    pub(super) lots: BTreeSet<(&'a CustomerCode, &'a LotId)>,
    pub(super) rates: BTreeSet<&'a RateRef>,
    pub(super) dimension_sets: BTreeSet<&'a Arc<ReportDimensions>>,
}

impl Words {
    /// Begins anew when memory would grow without end.
    pub(super) fn bounded(self) -> Self {
        if self.known > KNOWN_MAX { Self::default() } else { self }
    }

    /// The customer's words, if the customer is known.
    pub(super) fn customer(&self, code: &CustomerCode) -> Option<&CustomerWords> {
        self.customers.get(code)
    }
    /// The day as it is stored, if it is known.
    pub(super) fn day(&self, day: Date) -> Option<i64> {
        self.days.get(&day_number(day)).copied()
    }
    /// The account's number.
    pub(super) fn account(&self, account: Account) -> Option<i64> {
        self.accounts.get(&account).copied()
    }
    /// The unit's number; of a unit with other decimals, none.
    pub(super) fn unit(&self, unit: Unit) -> Option<i64> {
        self.units.get(&unit.code()).filter(|(_, scale)| *scale == unit.scale()).map(|(id, _)| *id)
    }
    /// The wallet type's number.
    pub(super) fn wallet_type(&self, code: &WalletTypeCode) -> Option<i64> {
        self.wallet_types.get(code).copied()
    }
    /// The rate's number.
    pub(super) fn rate(&self, rate: &RateRef) -> Option<i64> {
        self.rates.get(rate).copied()
    }
    /// The number of a set of dimensions.
    pub(super) fn dimension_set(&self, set: &Arc<ReportDimensions>) -> Option<i64> {
        self.dimension_sets.get(set).copied()
    }

    /// Remembers a lot.
    pub(super) fn learn_lot(&mut self, customer: &CustomerCode, lot: &LotId, word: LotWord) {
        self.customers.entry(customer.clone()).or_default().lots.insert(lot.clone(), word);
        self.known += 1;
    }

    /// The number of a kind of lots, in this dictionary alone.
    pub(super) fn kind_of_lot(&mut self, kind: &str) -> u32 {
        let known = self.lot_kinds.iter().position(|known| known == kind);
        let at = known.unwrap_or_else(|| {
            self.lot_kinds.push(kind.to_owned());
            self.lot_kinds.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }
    /// The kind of lots with a number of [`Words::kind_of_lot`].
    pub(super) fn lot_kind(&self, number: u32) -> &str {
        let at = usize::try_from(number).ok();
        at.and_then(|at| self.lot_kinds.get(at)).map_or("", String::as_str)
    }

    /// Finds customers, and adds those that are new.
    pub(super) async fn find_customers<'a>(
        &mut self,
        connection: &mut SqliteConnection,
        place: &Place,
        customers: impl IntoIterator<Item = &'a CustomerCode>,
        new: New,
    ) -> Result<(), StoreError> {
        let wanted: BTreeSet<_> =
            customers.into_iter().filter(|code| !self.customers.contains_key(*code)).collect();
        let texts = wanted.iter().map(|code| code.as_str()).collect();
        let sql = "SELECT id, code FROM customers WHERE code IN (SELECT value FROM json_each(?))";
        for (id, code) in find_texts(connection, place, sql, &CUSTOMERS, texts, new).await? {
            let code = CustomerCode::try_new(&code)
                .map_err(|fault| place.unreadable("customers", fault))?;
            self.customers.insert(code, CustomerWords { id, ..CustomerWords::default() });
            self.known += 1;
        }
        Ok(())
    }

    /// Finds everything wanted and adds what is new; customers must be known. Lots are only found:
    /// what is still unknown afterwards is not in the ledger.
    pub(super) async fn find(
        &mut self,
        connection: &mut SqliteConnection,
        place: &Place,
        wanted: Wanted<'_>,
    ) -> Result<(), StoreError> {
        let wanted = self.unknown(wanted)?;
        self.find_days(connection, place, wanted.days).await?;
        self.find_accounts(connection, place, wanted.accounts).await?;
        self.find_units(connection, place, wanted.units).await?;
        let texts = wanted.wallet_types.iter().map(|code| code.as_str()).collect();
        let sql =
            "SELECT id, code FROM wallet_types WHERE code IN (SELECT value FROM json_each(?))";
        for (id, code) in
            find_texts(connection, place, sql, &WALLET_TYPES, texts, New::Added).await?
        {
            let code = WalletTypeCode::try_new(&code)
                .map_err(|fault| place.unreadable("wallet_types", fault))?;
            self.wallet_types.insert(code, id);
        }
        self.find_wallets(connection, place, wanted.wallets).await?;
        self.find_lots(connection, place, wanted.lots).await?;
        self.find_rates(connection, place, wanted.rates).await?;
        self.find_dimension_sets(connection, place, wanted.dimension_sets).await
    }

    /// What is wanted and not known yet. Nearly everything is known after the first operations, and
    /// each question that is not asked saves a trip to SQLite's thread and back.
    fn unknown<'a>(&self, mut wanted: Wanted<'a>) -> Result<Wanted<'a>, StoreError> {
        wanted.days.retain(|day| self.day(*day).is_none());
        wanted.accounts.retain(|account| self.account(*account).is_none());
        for unit in &wanted.units {
            if let Some((_, stored)) = self.units.get(&unit.code()) {
                same_scale(*unit, *stored)?;
            }
        }
        wanted.units.retain(|unit| self.unit(*unit).is_none());
        wanted.wallet_types.retain(|code| self.wallet_type(code).is_none());
        wanted.wallets.retain(|(customer, wallet)| {
            self.customers.get(*customer).is_none_or(|words| !words.wallets.contains_key(*wallet))
        });
        wanted.lots.retain(|(customer, lot)| {
            self.customers.get(*customer).is_none_or(|words| !words.lots.contains_key(*lot))
        });
        wanted.rates.retain(|rate| self.rate(rate).is_none());
        wanted.dimension_sets.retain(|set| self.dimension_set(set).is_none());
        Ok(wanted)
    }

    async fn find_days(
        &mut self,
        connection: &mut SqliteConnection,
        place: &Place,
        wanted: BTreeSet<Date>,
    ) -> Result<(), StoreError> {
        let keys: Value = wanted.iter().map(|day| Value::from(day_number(*day))).collect();
        let sql = "SELECT id FROM days WHERE id IN (SELECT value FROM json_each(?))";
        for row in &rows_of(connection, place, sql, &keys).await? {
            self.days.insert(Reading { row, table: "days", place }.number(0)?);
        }
        let new: Vec<Date> =
            wanted.into_iter().filter(|day| !self.days.contains(&day_number(*day))).collect();
        DAYS.insert(connection, place, &new, |day, values| {
            values.number(day_number(*day));
            values.text(&day.to_string());
            values.number(month_number(*day));
        })
        .await?;
        self.days.extend(new.into_iter().map(day_number));
        Ok(())
    }

    async fn find_accounts(
        &mut self,
        connection: &mut SqliteConnection,
        place: &Place,
        wanted: BTreeSet<Account>,
    ) -> Result<(), StoreError> {
        let keys: Value = wanted.iter().map(|account| Value::from(account.code())).collect();
        let sql = "SELECT id, code FROM accounts WHERE code IN (SELECT value FROM json_each(?))";
        for row in &rows_of(connection, place, sql, &keys).await? {
            let row = Reading { row, table: "accounts", place };
            let account = row.text(1)?.parse().map_err(|fault| row.wrong(1, fault))?;
            self.accounts.insert(account, row.number(0)?);
        }
        let new = wanted.into_iter().filter(|account| !self.accounts.contains_key(account));
        let new = numbered(connection, place, &ACCOUNTS, new).await?;
        ACCOUNTS
            .insert(connection, place, &new, |(id, account), values| {
                values.number(*id);
                values.text(account.code());
                values.text(account.number());
                values.text(account.name());
            })
            .await?;
        self.accounts.extend(new.into_iter().map(|(id, account)| (account, id)));
        Ok(())
    }

    async fn find_units(
        &mut self,
        connection: &mut SqliteConnection,
        place: &Place,
        wanted: BTreeSet<Unit>,
    ) -> Result<(), StoreError> {
        let keys: Value =
            wanted.iter().map(|unit| Value::from(unit.code().as_str().to_owned())).collect();
        let sql =
            "SELECT id, code, scale FROM units WHERE code IN (SELECT value FROM json_each(?))";
        for row in &rows_of(connection, place, sql, &keys).await? {
            let unit = unit_of(&Reading { row, table: "units", place }, 1)?;
            let id = Reading { row, table: "units", place }.number(0)?;
            self.units.insert(unit.code(), (id, unit.scale()));
        }
        let mut given: HashMap<UnitCode, Scale> =
            self.units.iter().map(|(code, (_, scale))| (*code, *scale)).collect();
        for unit in &wanted {
            same_scale(*unit, *given.entry(unit.code()).or_insert(unit.scale()))?;
        }
        let new = wanted.into_iter().filter(|unit| !self.units.contains_key(&unit.code()));
        let new = numbered(connection, place, &UNITS, new).await?;
        UNITS
            .insert(connection, place, &new, |(id, unit), values| {
                values.number(*id);
                values.text(unit.code().as_str());
                values.number(i64::from(unit.scale().decimals()));
            })
            .await?;
        self.units.extend(new.into_iter().map(|(id, unit)| (unit.code(), (id, unit.scale()))));
        Ok(())
    }

    async fn find_wallets(
        &mut self,
        connection: &mut SqliteConnection,
        place: &Place,
        wanted: BTreeSet<(&CustomerCode, &WalletCode)>,
    ) -> Result<(), StoreError> {
        let sql = "SELECT w.id, j.value ->> 1, j.value ->> 2 FROM json_each(?) AS j \
                   CROSS JOIN wallets AS w \
                   ON w.customer_id = j.value ->> 0 AND w.code = j.value ->> 1";
        let keys = self.keys_by_customer(wanted.iter().map(|(c, w)| (*c, w.as_str())));
        for row in &rows_of(connection, place, sql, &keys).await? {
            let row = Reading { row, table: "wallets", place };
            let customer = self.customers.entry(row.code(2)?).or_default();
            customer.wallets.insert(row.code(1)?, row.number(0)?);
        }
        let new = wanted.into_iter().filter(|(customer, wallet)| {
            self.customers.get(*customer).is_some_and(|words| !words.wallets.contains_key(*wallet))
        });
        let new = numbered(connection, place, &WALLETS, new).await?;
        let customers = &self.customers;
        WALLETS
            .insert(connection, place, &new, |(id, (customer, wallet)), values| {
                values.number(*id);
                values.number_or_null(customers.get(*customer).map(|words| words.id));
                values.text(wallet.as_str());
            })
            .await?;
        for (id, (customer, wallet)) in new {
            let words = self.customers.entry(customer.clone()).or_default();
            words.wallets.insert(wallet.clone(), id);
            self.known += 1;
        }
        Ok(())
    }

    async fn find_lots(
        &mut self,
        connection: &mut SqliteConnection,
        place: &Place,
        wanted: BTreeSet<(&CustomerCode, &LotId)>,
    ) -> Result<(), StoreError> {
        let sql = "SELECT l.seq, j.value ->> 1, j.value ->> 2, l.wallet_type_id, l.kind, g.month \
                   FROM json_each(?) AS j \
                   CROSS JOIN lots AS l ON l.customer_id = j.value ->> 0 AND l.code = j.value ->> 1 \
                   CROSS JOIN days AS g ON g.id = l.granted_on";
        let keys = self.keys_by_customer(wanted.iter().map(|(c, lot)| (*c, lot.as_str())));
        for row in &rows_of(connection, place, sql, &keys).await? {
            let row = Reading { row, table: "lots", place };
            let customer: CustomerCode = row.code(2)?;
            let word = LotWord {
                seq: row.number(0)?,
                wallet_type: row.number(3)?,
                kind: self.kind_of_lot(row.text(4)?),
                granted_month: row.number(5)?,
            };
            self.learn_lot(&customer, &row.code(1)?, word);
        }
        Ok(())
    }

    /// `[[customer's number, code, customer's code], ...]`.
    fn keys_by_customer<'a>(
        &self,
        codes: impl Iterator<Item = (&'a CustomerCode, &'a str)>,
    ) -> Value {
        codes
            .filter_map(|(customer, code)| {
                let id = self.customers.get(customer)?.id;
                Some(Value::from(vec![
                    Value::from(id),
                    Value::from(code),
                    Value::from(customer.as_str()),
                ]))
            })
            .collect()
    }

    async fn find_rates(
        &mut self,
        connection: &mut SqliteConnection,
        place: &Place,
        wanted: BTreeSet<&RateRef>,
    ) -> Result<(), StoreError> {
        let sql = "SELECT r.id, r.card, r.version, r.rate FROM json_each(?) AS j \
                   CROSS JOIN rates AS r ON r.card = j.value ->> 0 AND r.version = j.value ->> 1 \
                   AND r.rate = j.value ->> 2";
        let keys = wanted
            .iter()
            .map(|rate| {
                Value::from(vec![
                    Value::from(rate.card.as_str()),
                    Value::from(rate.version),
                    Value::from(rate.rate.as_str()),
                ])
            })
            .collect();
        for row in &rows_of(connection, place, sql, &keys).await? {
            let row = Reading { row, table: "rates", place };
            self.rates.insert(rate_of(&row, 1)?, row.number(0)?);
        }
        let new = wanted.into_iter().filter(|rate| !self.rates.contains_key(*rate));
        let new = numbered(connection, place, &RATES, new).await?;
        RATES
            .insert(connection, place, &new, |(id, rate), values| {
                values.number(*id);
                values.text(rate.card.as_str());
                values.number(i64::from(rate.version));
                values.text(rate.rate.as_str());
            })
            .await?;
        self.rates.extend(new.into_iter().map(|(id, rate)| (rate.clone(), id)));
        Ok(())
    }

    async fn find_dimension_sets(
        &mut self,
        connection: &mut SqliteConnection,
        place: &Place,
        wanted: BTreeSet<&Arc<ReportDimensions>>,
    ) -> Result<(), StoreError> {
        let canonical: HashMap<String, &Arc<ReportDimensions>> =
            wanted.into_iter().map(|set| (canonical(set), set)).collect();
        let texts = canonical.keys().map(String::as_str).collect();
        let sql = "SELECT id, canonical FROM dimension_sets \
                   WHERE canonical IN (SELECT value FROM json_each(?))";
        for (id, text) in
            find_texts(connection, place, sql, &DIMENSION_SETS, texts, New::Added).await?
        {
            if let Some(set) = canonical.get(&text) {
                self.dimension_sets.insert(Arc::clone(set), id);
            }
        }
        Ok(())
    }
}

/// A unit keeps its decimals for life.
fn same_scale(unit: Unit, stored: Scale) -> Result<(), StoreError> {
    if stored == unit.scale() {
        return Ok(());
    }
    let (stored, given) = (stored.decimals(), unit.scale().decimals());
    Err(StoreError::UnitScale { unit: unit.code(), stored, given })
}

/// What to do with codes that the ledger does not have yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum New {
    /// Add them.
    Added,
    /// Leave them unknown.
    Left,
}

/// Twelve times the year, plus the month less one.
pub(super) fn month_number(day: Date) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month0())
}

/// Dimensions as JSON, names in order.
pub(super) fn canonical(set: &ReportDimensions) -> String {
    let object: serde_json::Map<String, Value> = set
        .iter()
        .map(|(name, value)| (name.as_ref().to_owned(), Value::from(value.as_ref())))
        .collect();
    Value::from(object).to_string()
}

/// The unit in columns `at` (code) and the next (decimals).
pub(super) fn unit_of(row: &Reading<'_>, at: usize) -> Result<Unit, StoreError> {
    let code = UnitCode::try_new(row.text(at)?).map_err(|fault| row.wrong(at, fault))?;
    let decimals = u8::try_from(row.number(at + 1)?).map_err(|fault| row.wrong(at + 1, fault))?;
    let scale = Scale::try_new(decimals).map_err(|fault| row.wrong(at + 1, fault))?;
    Ok(Unit::new(code, scale))
}

/// The rate in columns `at` (card), the next (version) and the one after (row).
pub(super) fn rate_of(row: &Reading<'_>, at: usize) -> Result<RateRef, StoreError> {
    Ok(RateRef { card: row.code(at)?, version: row.small(at + 1)?, rate: row.code(at + 2)? })
}

async fn numbered<T>(
    connection: &mut SqliteConnection,
    place: &Place,
    table: &Table,
    items: impl Iterator<Item = T>,
) -> Result<Vec<(i64, T)>, StoreError> {
    let items: Vec<T> = items.collect();
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let first = table.next(connection, place).await?;
    Ok((first..).zip(items).collect())
}

async fn rows_of(
    connection: &mut SqliteConnection,
    place: &Place,
    sql: &'static str,
    keys: &Value,
) -> Result<Vec<SqliteRow>, StoreError> {
    if keys.as_array().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    sqlx::query(sql)
        .bind(keys.to_string())
        .fetch_all(&mut *connection)
        .await
        .map_err(place.cannot("read its dictionaries"))
}

/// Finds texts in a dictionary of two columns, and adds those that are new, in order of text.
async fn find_texts(
    connection: &mut SqliteConnection,
    place: &Place,
    sql: &'static str,
    table: &Table,
    mut texts: BTreeSet<&str>,
    new: New,
) -> Result<Vec<(i64, String)>, StoreError> {
    let keys: Value = texts.iter().map(|text| Value::from(*text)).collect();
    let mut found = Vec::with_capacity(texts.len());
    for row in &rows_of(connection, place, sql, &keys).await? {
        let row = Reading { row, table: table.name(), place };
        let text = row.text(1)?;
        texts.remove(text);
        found.push((row.number(0)?, text.to_owned()));
    }
    if new == New::Left || texts.is_empty() {
        return Ok(found);
    }
    let first = table.next(connection, place).await?;
    let added: Vec<(i64, String)> = (first..).zip(texts.into_iter().map(str::to_owned)).collect();
    table
        .insert(connection, place, &added, |(id, text), values| {
            values.number(*id);
            values.text(text);
        })
        .await?;
    found.extend(added);
    Ok(found)
}
