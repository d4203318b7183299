//! Appending an operation with its entries, postings and lots.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use scrip_journal::entry::ReportDimensions;
use scrip_journal::{Chain, Entry};
use scrip_store::{LotRecord, OperationRecord, StoreError};
use scrip_units::{CustomerCode, LotId, OperationId, Scale, Unit, UnitCode};

use super::fault::Heard;
use super::rows::{Reading, all, day_number, stored};
use super::write::PostgresWrite;

/// Postings of one statement, at the least: whole entries, so that the database can check each.
const ROWS: usize = 5_000;

impl PostgresWrite {
    /// See [`scrip_store::WriteTransaction::append`].
    pub(super) async fn append_all(
        &mut self,
        operation: &OperationRecord,
        entries: &[Entry],
        lots: &[LotRecord],
    ) -> Result<u64, StoreError> {
        self.refuse_repetition(operation).await?;
        let customers = entries.iter().map(|entry| &entry.customer);
        let customers: BTreeSet<_> = customers.chain(lots.iter().map(|l| &l.customer)).collect();
        self.lock(customers.iter().copied()).await?;
        self.follow(&operation.id, entries)?;
        self.know_customers(customers.into_iter().chain(&operation.customer)).await?;
        let units = entries.iter().flat_map(|e| &e.body.postings).map(|p| p.amount.unit());
        let paid = lots.iter().filter_map(|lot| lot.consideration).map(|paid| paid.unit());
        self.know_units(units.chain(paid).chain(lots.iter().map(|lot| lot.unit)).collect()).await?;

        let seq = self.append_operation(operation).await?;
        self.append_lots(lots, seq).await?;
        self.refuse_unknown_lots(entries).await?;
        let mut rest = entries;
        while !rest.is_empty() {
            let mut rows = 0;
            let long = |entry: &&Entry| {
                let more = rows < ROWS;
                rows += entry.body.postings.len();
                more
            };
            let (now, later) = rest.split_at(rest.iter().take_while(long).count());
            self.append_entries(now, seq).await?;
            self.append_postings(now).await?;
            rest = later;
        }
        u64::try_from(seq).map_err(|fault| self.place.unreadable("operations", fault))
    }

    async fn refuse_repetition(&mut self, operation: &OperationRecord) -> Result<(), StoreError> {
        let query = sqlx::query("SELECT body_hash FROM operations WHERE id = $1");
        let query = query.bind(operation.id.as_str());
        let read = |row: &Reading<'_>| row.hash(0);
        match all(&mut self.tx, &self.place, "operations", query, read).await?.pop() {
            None => Ok(()),
            Some(stored) => {
                Err(StoreError::duplicate_operation(&operation.id, stored, operation.body_hash))
            }
        }
    }

    /// Locks the chain heads of customers for the rest of the transaction, in order of customer, and
    /// reads them as they are when the lock is held. Whoever else wants to write for one of them
    /// waits; nobody else does.
    pub(super) async fn lock<'a>(
        &mut self,
        customers: impl IntoIterator<Item = &'a CustomerCode>,
    ) -> Result<(), StoreError> {
        let missing: BTreeSet<&CustomerCode> =
            customers.into_iter().filter(|code| !self.heads.contains_key(*code)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let codes: Vec<&str> = missing.iter().map(|code| code.as_str()).collect();
        // A customer without entries gets a head as well, so that there is something to lock.
        sqlx::query(
            "INSERT INTO projection_heads (customer, number, hash) \
             SELECT code, 0, decode(repeat('00', 32), 'hex') FROM unnest($1::text[]) AS c (code) \
             WHERE NOT EXISTS (SELECT 1 FROM projection_heads AS h WHERE h.customer = c.code) \
             ORDER BY code COLLATE \"C\" ON CONFLICT (customer) DO NOTHING",
        )
        .bind(&codes)
        .execute(&mut *self.tx)
        .heard(&self.place, "lock the heads of chains")
        .await?;
        let query = sqlx::query(
            "SELECT customer, number, hash FROM projection_heads WHERE customer = ANY($1) \
             ORDER BY customer FOR UPDATE",
        )
        .bind(codes);
        let read = |row: &Reading<'_>| {
            Ok((row.code(0)?, Chain { number: row.count(1)?, head: row.hash(2)? }))
        };
        let heads = all(&mut self.tx, &self.place, "projection_heads", query, read).await?;
        self.heads.extend(heads);
        Ok(())
    }

    /// Every entry must belong to the operation, follow its chain, hash to what it says, balance.
    fn follow(&mut self, operation: &OperationId, entries: &[Entry]) -> Result<(), StoreError> {
        for entry in entries {
            let customer = &entry.customer;
            if entry.body.operation != *operation {
                return Err(StoreError::ForeignEntry {
                    customer: customer.clone(),
                    number: entry.number,
                    found: entry.body.operation.clone(),
                    given: operation.clone(),
                });
            }
            let chain = self.heads.entry(customer.clone()).or_default();
            let stored = chain.number;
            chain.follow(entry).map_err(|error| StoreError::of_chain(error, stored))?;
        }
        Ok(())
    }

    /// Adds customers that are new.
    pub(super) async fn know_customers<'a>(
        &mut self,
        customers: impl IntoIterator<Item = &'a CustomerCode>,
    ) -> Result<(), StoreError> {
        let new = self.new_customers(customers);
        if new.is_empty() {
            return Ok(());
        }
        let codes: Vec<&str> = new.iter().map(|code| code.as_str()).collect();
        sqlx::query(
            "INSERT INTO customers (code) SELECT code FROM unnest($1::text[]) AS c (code) \
             WHERE NOT EXISTS (SELECT 1 FROM customers AS k WHERE k.code = c.code) \
             ORDER BY code COLLATE \"C\" ON CONFLICT (code) DO NOTHING",
        )
        .bind(codes)
        .execute(&mut *self.tx)
        .heard(&self.place, "add customers")
        .await?;
        self.learn(new.into_iter().cloned(), []);
        Ok(())
    }

    /// Adds units that are new; those that are known must have the same decimals.
    async fn know_units(&mut self, units: BTreeSet<Unit>) -> Result<(), StoreError> {
        let mut given: HashMap<UnitCode, Scale> = HashMap::new();
        let mut new = Vec::new();
        for unit in units {
            let known = self.known_scale(unit.code());
            let scale = *given.entry(unit.code()).or_insert(known.unwrap_or(unit.scale()));
            same_scale(unit, scale)?;
            if known.is_none() {
                new.push(unit);
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let codes: Vec<String> = new.iter().map(|unit| unit.code().as_str().to_owned()).collect();
        let scales: Vec<i16> = new.iter().map(|unit| i16::from(unit.scale().decimals())).collect();
        sqlx::query(
            "INSERT INTO units (code, scale) \
             SELECT code, scale FROM unnest($1::text[], $2::smallint[]) AS n (code, scale) \
             WHERE NOT EXISTS (SELECT 1 FROM units AS u WHERE u.code = n.code) \
             ORDER BY code ON CONFLICT (code) DO NOTHING",
        )
        .bind(&codes)
        .bind(scales)
        .execute(&mut *self.tx)
        .heard(&self.place, "add units")
        .await?;
        let query = sqlx::query("SELECT code, scale::bigint FROM units WHERE code = ANY($1)");
        let read = |row: &Reading<'_>| row.unit(0);
        let stored = all(&mut self.tx, &self.place, "units", query.bind(codes), read).await?;
        let stored: HashMap<UnitCode, Scale> =
            stored.into_iter().map(|unit| (unit.code(), unit.scale())).collect();
        for unit in new {
            same_scale(unit, stored.get(&unit.code()).copied().unwrap_or(unit.scale()))?;
        }
        self.learn([], stored);
        Ok(())
    }

    async fn append_operation(&mut self, operation: &OperationRecord) -> Result<i64, StoreError> {
        let revision = stored("the configuration revision", operation.config_revision)?;
        // Somebody else may have recorded it since it was looked for: then there is no row.
        let sql = "INSERT INTO operations \
             (xid, id, kind, customer, actor, at, recorded_at, config_revision, body, body_hash) \
             VALUES (pg_current_xact_id(), $1, $2, $3, $4, $5, $6, $7, $8, $9) \
             ON CONFLICT (id) DO NOTHING RETURNING seq";
        let query = sqlx::query(sql)
            .bind(operation.id.as_str())
            .bind(&operation.kind)
            .bind(operation.customer.as_ref().map(|code| code.as_str()))
            .bind(operation.actor.as_str())
            .bind(operation.at.micros())
            .bind(operation.recorded_at.micros())
            .bind(revision)
            .bind(&operation.body)
            .bind(operation.body_hash.bytes().as_slice());
        let read = |row: &Reading<'_>| row.number(0);
        let seq = all(&mut self.tx, &self.place, "operations", query, read).await?.pop();
        let Some(seq) = seq else {
            self.refuse_repetition(operation).await?;
            return Err(self
                .place
                .unreadable("operations", "a row that is in the way is not there"));
        };
        Ok(seq)
    }

    async fn append_lots(&mut self, lots: &[LotRecord], seq: i64) -> Result<(), StoreError> {
        if lots.is_empty() {
            return Ok(());
        }
        let texts = |of: fn(&LotRecord) -> &str| lots.iter().map(of).collect::<Vec<&str>>();
        let numbers = |of: fn(&LotRecord) -> i64| lots.iter().map(of).collect::<Vec<i64>>();
        let units: Vec<String> = lots.iter().map(|l| l.unit.code().as_str().to_owned()).collect();
        let paid_in: Vec<Option<String>> = lots
            .iter()
            .map(|l| l.consideration.map(|paid| paid.unit().code().as_str().to_owned()))
            .collect();
        let sql = "INSERT INTO lots (customer, code, wallet, wallet_type, kind, unit, granted_on, \
                 effective_at, expires_at, units, consideration, consideration_unit, operation_seq) \
             SELECT customer, code, wallet, wallet_type, kind, unit, DATE '1970-01-01' + granted_on, \
                 effective_at, expires_at, units, consideration, consideration_unit, $13 \
             FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], \
                 $7::integer[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], \
                 $12::text[]) WITH ORDINALITY AS l (customer, code, wallet, wallet_type, kind, unit, \
                 granted_on, effective_at, expires_at, units, consideration, consideration_unit, \
                 place) ORDER BY place ON CONFLICT (customer, code) DO NOTHING \
             RETURNING customer, code";
        let query = sqlx::query(sql)
            .bind(texts(|lot| lot.customer.as_str()))
            .bind(texts(|lot| lot.lot.as_str()))
            .bind(texts(|lot| lot.wallet.as_str()))
            .bind(texts(|lot| lot.wallet_type.as_str()))
            .bind(texts(|lot| &lot.kind))
            .bind(units)
            .bind(lots.iter().map(|lot| day_number(lot.granted_on)).collect::<Vec<_>>())
            .bind(numbers(|lot| lot.effective_at.micros()))
            .bind(lots.iter().map(|l| l.expires_at.map(|at| at.micros())).collect::<Vec<_>>())
            .bind(numbers(|lot| lot.units))
            .bind(lots.iter().map(|l| l.consideration.map(|p| p.steps())).collect::<Vec<_>>())
            .bind(paid_in)
            .bind(seq);
        let read = |row: &Reading<'_>| Ok((row.code(0)?, row.code(1)?));
        let added: Vec<(CustomerCode, LotId)> =
            all(&mut self.tx, &self.place, "lots", query, read).await?;
        if added.len() != lots.len() {
            let added: BTreeSet<_> = added.into_iter().collect();
            let mut seen = BTreeSet::new();
            let again = lots.iter().find(|lot| {
                let key = (lot.customer.clone(), lot.lot.clone());
                !added.contains(&key) || !seen.insert(key)
            });
            let id = again.map(|lot| format!("{} of {}", lot.lot, lot.customer));
            return Err(StoreError::Duplicate { what: "lot", id: id.unwrap_or_default() });
        }
        Ok(())
    }

    /// Every lot that is posted to must have been granted, now or before.
    async fn refuse_unknown_lots(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        let mut first: BTreeMap<(&CustomerCode, &LotId), u64> = BTreeMap::new();
        for entry in entries {
            for lot in entry.body.postings.iter().filter_map(|posting| posting.lot.as_ref()) {
                first.entry((&entry.customer, lot)).or_insert(entry.number);
            }
        }
        if first.is_empty() {
            return Ok(());
        }
        let customers: Vec<&str> = first.keys().map(|(customer, _)| customer.as_str()).collect();
        let lots: Vec<&str> = first.keys().map(|(_, lot)| lot.as_str()).collect();
        let query = sqlx::query(
            "SELECT w.customer, w.lot FROM unnest($1::text[], $2::text[]) AS w (customer, lot) \
             WHERE NOT EXISTS \
                 (SELECT 1 FROM lots AS l WHERE l.customer = w.customer AND l.code = w.lot) \
             ORDER BY w.customer COLLATE \"C\", w.lot COLLATE \"C\" LIMIT 1",
        )
        .bind(customers)
        .bind(lots);
        let read = |row: &Reading<'_>| Ok((row.code(0)?, row.code(1)?));
        let unknown: Option<(CustomerCode, LotId)> =
            all(&mut self.tx, &self.place, "lots", query, read).await?.pop();
        let Some((customer, lot)) = unknown else { return Ok(()) };
        let number = first.get(&(&customer, &lot)).copied().unwrap_or_default();
        Err(StoreError::UnknownLot { customer, number, lot })
    }

    async fn append_entries(&mut self, entries: &[Entry], seq: i64) -> Result<(), StoreError> {
        let numbers = entries.iter().map(|entry| stored("the entry number", entry.number));
        let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
        let lines = entries.iter().map(|entry| i32::try_from(entry.body.postings.len()));
        let too_many = |_| StoreError::TooLarge { what: "the number of postings", value: u64::MAX };
        let lines = lines.collect::<Result<Vec<_>, _>>().map_err(too_many)?;
        let detail = |entry: &Entry| entry.body.detail.map(|hash| hash.bytes().to_vec());
        sqlx::query(
            "INSERT INTO entries (operation_seq, customer, number, kind, effective_at, booked_on, \
                 late, memo, lines, detail, previous, hash) \
             SELECT $1, customer, number, kind, effective_at, DATE '1970-01-01' + booked_on, \
                 late, memo, lines, detail, previous, hash \
             FROM unnest($2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::integer[], \
                 $7::boolean[], $8::text[], $9::integer[], $10::bytea[], $11::bytea[], $12::bytea[]) \
                 WITH ORDINALITY AS e (customer, number, kind, effective_at, booked_on, late, memo, \
                     lines, detail, previous, hash, place) ORDER BY place",
        )
        .bind(seq)
        .bind(entries.iter().map(|e| e.customer.as_str()).collect::<Vec<_>>())
        .bind(numbers)
        .bind(entries.iter().map(|e| e.body.kind.code()).collect::<Vec<_>>())
        .bind(entries.iter().map(|e| e.body.effective_at.micros()).collect::<Vec<_>>())
        .bind(entries.iter().map(|e| day_number(e.body.booked_on)).collect::<Vec<_>>())
        .bind(entries.iter().map(|e| e.late).collect::<Vec<_>>())
        .bind(entries.iter().map(|e| e.body.memo.as_str()).collect::<Vec<_>>())
        .bind(lines)
        .bind(entries.iter().map(detail).collect::<Vec<_>>())
        .bind(entries.iter().map(|e| e.previous.bytes().as_slice()).collect::<Vec<_>>())
        .bind(entries.iter().map(|e| e.hash.bytes().as_slice()).collect::<Vec<_>>())
        .execute(&mut *self.tx)
        .heard(&self.place, "append entries")
        .await?;
        Ok(())
    }

    async fn append_postings(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        let mut rows = Postings::default();
        for entry in entries {
            rows.add(entry)?;
        }
        sqlx::query(
            "INSERT INTO postings (customer, number, line, account, unit, amount, wallet, lot, card, \
                 version, rate, dimensions, service_day) \
             SELECT customer, number, line, account, unit, amount, wallet, lot, card, version, rate, \
                 dimensions, DATE '1970-01-01' + service_day \
             FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::text[], $5::text[], \
                 $6::bigint[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::text[], \
                 $12::text[], $13::integer[]) AS p (customer, number, line, account, unit, amount, \
                 wallet, lot, card, version, rate, dimensions, service_day)",
        )
        .bind(rows.customers)
        .bind(rows.numbers)
        .bind(rows.lines)
        .bind(rows.accounts)
        .bind(rows.units)
        .bind(rows.amounts)
        .bind(rows.wallets)
        .bind(rows.lots)
        .bind(rows.cards)
        .bind(rows.versions)
        .bind(rows.rates)
        .bind(rows.dimensions)
        .bind(rows.service_days)
        .execute(&mut *self.tx)
        .heard(&self.place, "append postings")
        .await?;
        Ok(())
    }
}

/// Postings by column.
#[derive(Default)]
struct Postings<'a> {
    customers: Vec<&'a str>,
    numbers: Vec<i64>,
    lines: Vec<i32>,
    accounts: Vec<&'a str>,
    units: Vec<String>,
    amounts: Vec<i64>,
    wallets: Vec<Option<&'a str>>,
    lots: Vec<Option<&'a str>>,
    cards: Vec<Option<&'a str>>,
    versions: Vec<Option<i64>>,
    rates: Vec<Option<&'a str>>,
    dimensions: Vec<Option<String>>,
    service_days: Vec<Option<i32>>,
    /// The set of dimensions of the posting before, with its text: postings in a row share it.
    last: Option<(&'a Arc<ReportDimensions>, String)>,
}

impl<'a> Postings<'a> {
    fn add(&mut self, entry: &'a Entry) -> Result<(), StoreError> {
        let number = stored("the entry number", entry.number)?;
        for (line, posting) in (1..).zip(&entry.body.postings) {
            let rate = posting.rate.as_ref();
            self.customers.push(entry.customer.as_str());
            self.numbers.push(number);
            self.lines.push(line);
            self.accounts.push(posting.account.code());
            self.units.push(posting.amount.unit().code().as_str().to_owned());
            self.amounts.push(posting.amount.steps());
            self.wallets.push(posting.wallet.as_ref().map(|code| code.as_str()));
            self.lots.push(posting.lot.as_ref().map(|code| code.as_str()));
            self.cards.push(rate.map(|rate| rate.card.as_str()));
            self.versions.push(rate.map(|rate| i64::from(rate.version)));
            self.rates.push(rate.map(|rate| rate.rate.as_str()));
            let text = self.text_of(&posting.dimensions);
            self.dimensions.push(text);
            self.service_days.push(posting.service_day.map(day_number));
        }
        Ok(())
    }

    fn text_of(&mut self, set: &'a Arc<ReportDimensions>) -> Option<String> {
        if set.is_empty() {
            return None;
        }
        if let Some((last, text)) = &self.last
            && Arc::ptr_eq(last, set)
        {
            return Some(text.clone());
        }
        let object: serde_json::Map<String, serde_json::Value> = set
            .iter()
            .map(|(name, value)| (name.as_ref().to_owned(), value.as_ref().into()))
            .collect();
        let text = serde_json::Value::from(object).to_string();
        self.last = Some((set, text.clone()));
        Some(text)
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
