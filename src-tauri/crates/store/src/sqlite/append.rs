//! Appending an operation with its entries, postings and lots.

use std::collections::BTreeSet;

use scrip_journal::{Chain, Entry, Posting};
use scrip_units::{CustomerCode, OperationId};

use super::rows::{Reading, Table, day_number, stored};
use super::sums::Summed;
use super::words::{CustomerWords, LotWord, New, Wanted, month_number};
use super::write::SqliteWrite;
use crate::error::StoreError;
use crate::record::{LotRecord, OperationRecord};

static OPERATIONS: Table = Table::new(
    "operations",
    &[
        "seq",
        "id",
        "kind",
        "customer_id",
        "actor",
        "at",
        "recorded_at",
        "config_revision",
        "body",
        "body_hash",
    ],
    "append an operation",
);
static LOTS: Table = Table::new(
    "lots",
    &[
        "seq",
        "customer_id",
        "code",
        "wallet_id",
        "wallet_type_id",
        "kind",
        "unit_id",
        "granted_on",
        "effective_at",
        "expires_at",
        "units",
        "consideration",
        "consideration_unit_id",
        "operation_seq",
    ],
    "append lots",
);
static ENTRIES: Table = Table::new(
    "entries",
    &[
        "seq",
        "operation_seq",
        "customer_id",
        "number",
        "kind",
        "effective_at",
        "booked_on",
        "memo",
        "lines",
        "detail",
        "previous",
        "hash",
        "late",
    ],
    "append entries",
);
static POSTINGS: Table = Table::new(
    "postings",
    &[
        "entry_seq",
        "line",
        "account_id",
        "unit_id",
        "amount",
        "wallet_id",
        "lot_seq",
        "rate_id",
        "dimension_set_id",
        "service_day",
    ],
    "append postings",
);

/// A posting in the numbers of the ledger.
struct PostingRow {
    entry_seq: i64,
    line: i64,
    account: i64,
    unit: i64,
    amount: i64,
    named: Named,
    service_day: Option<i64>,
}

/// The numbers of what a posting may name.
#[derive(Clone, Copy)]
struct Named {
    wallet: Option<i64>,
    lot: Option<LotWord>,
    rate: Option<i64>,
    dimension_set: Option<i64>,
}

impl SqliteWrite {
    /// See [`crate::WriteTransaction::append`].
    pub(super) async fn append_all(
        &mut self,
        operation: &OperationRecord,
        entries: &[Entry],
        lots: &[LotRecord],
    ) -> Result<u64, StoreError> {
        self.refuse_repetition(operation).await?;
        let customers = entries.iter().map(|entry| &entry.customer);
        let customers = customers.chain(lots.iter().map(|lot| &lot.customer));
        let customers: BTreeSet<_> = customers.chain(&operation.customer).collect();
        self.load_heads(&customers).await?;
        self.follow(&operation.id, entries)?;
        let place = self.place.clone();
        self.words.find_customers(&mut self.tx, &place, customers, New::Added).await?;
        self.words.find(&mut self.tx, &place, wanted(entries, lots)).await?;

        let operation_seq = self.append_operation(operation).await?;
        self.append_lots(lots, operation_seq).await?;
        self.append_entries(entries, operation_seq).await?;
        u64::try_from(operation_seq).map_err(|fault| place.unreadable("operations", fault))
    }

    async fn refuse_repetition(&mut self, operation: &OperationRecord) -> Result<(), StoreError> {
        let row = sqlx::query("SELECT body_hash FROM operations WHERE id = ?")
            .bind(operation.id.as_str())
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(self.place.cannot("look for an operation"))?;
        let Some(row) = row else { return Ok(()) };
        let row = Reading { row: &row, table: "operations", place: &self.place };
        Err(StoreError::duplicate_operation(&operation.id, row.hash(0)?, operation.body_hash))
    }

    /// Loads the chain heads of customers, for those not loaded in this transaction.
    async fn load_heads(&mut self, customers: &BTreeSet<&CustomerCode>) -> Result<(), StoreError> {
        let missing: Vec<&str> = customers
            .iter()
            .filter(|customer| !self.heads.contains_key(**customer))
            .map(|customer| customer.as_str())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let sql = "SELECT c.code, e.number, e.hash \
                   FROM json_each(?) AS j CROSS JOIN customers AS c ON c.code = j.value \
                   CROSS JOIN entries AS e ON e.customer_id = c.id AND e.number = \
                       (SELECT max(number) FROM entries WHERE customer_id = c.id)";
        let rows = sqlx::query(sql)
            .bind(serde_json::Value::from(missing).to_string())
            .fetch_all(&mut *self.tx)
            .await
            .map_err(self.place.cannot("read the heads of chains"))?;
        for customer in customers {
            self.heads.entry((*customer).clone()).or_default();
        }
        for row in &rows {
            let row = Reading { row, table: "entries", place: &self.place };
            let chain = Chain { number: row.count(1)?, head: row.hash(2)? };
            self.heads.insert(row.code(0)?, chain);
        }
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

    /// Takes the next free numbers of a table; asks the ledger once per transaction, in which
    /// nobody else takes any.
    async fn take_numbers(&mut self, table: &Table, count: usize) -> Result<i64, StoreError> {
        let first = match self.next.get(table.name()) {
            Some(next) => *next,
            None => table.next(&mut self.tx, &self.place).await?,
        };
        let too_many = || StoreError::TooLarge { what: "the number of rows", value: u64::MAX };
        let count = i64::try_from(count).map_err(|_| too_many())?;
        self.next.insert(table.name(), first.checked_add(count).ok_or_else(too_many)?);
        Ok(first)
    }

    async fn append_operation(&mut self, operation: &OperationRecord) -> Result<i64, StoreError> {
        let seq = self.take_numbers(&OPERATIONS, 1).await?;
        let customer = operation.customer.as_ref();
        let customer = customer.and_then(|code| self.words.customer(code)).map(|words| words.id);
        let revision = stored("the configuration revision", operation.config_revision)?;
        OPERATIONS
            .insert(&mut self.tx, &self.place, &[operation], |operation, values| {
                values.number(seq);
                values.text(operation.id.as_str());
                values.text(&operation.kind);
                values.number_or_null(customer);
                values.text(operation.actor.as_str());
                values.number(operation.at.micros());
                values.number(operation.recorded_at.micros());
                values.number(revision);
                values.text(&operation.body);
                values.hash(&operation.body_hash);
            })
            .await?;
        Ok(seq)
    }

    async fn append_lots(
        &mut self,
        lots: &[LotRecord],
        operation_seq: i64,
    ) -> Result<(), StoreError> {
        if lots.is_empty() {
            return Ok(());
        }
        let first = self.take_numbers(&LOTS, lots.len()).await?;
        for (seq, lot) in (first..).zip(lots) {
            let known = self.words.customer(&lot.customer);
            if known.is_some_and(|words| words.lots.contains_key(&lot.lot)) {
                let id = format!("{} of {}", lot.lot, lot.customer);
                return Err(StoreError::Duplicate { what: "lot", id });
            }
            let word = LotWord {
                seq,
                wallet_type: self.words.wallet_type(&lot.wallet_type).unwrap_or(0),
                kind: self.words.kind_of_lot(&lot.kind),
                granted_month: month_number(lot.granted_on),
            };
            self.words.learn_lot(&lot.customer, &lot.lot, word);
        }
        self.sums.lots_from(first);
        let numbered: Vec<(i64, &LotRecord)> = (first..).zip(lots).collect();
        let words = &self.words;
        LOTS.insert(&mut self.tx, &self.place, &numbered, |(seq, lot), values| {
            let customer = words.customer(&lot.customer);
            let consideration = lot.consideration.as_ref();
            values.number(*seq);
            values.number_or_null(customer.map(|words| words.id));
            values.text(lot.lot.as_str());
            values
                .number_or_null(customer.and_then(|words| words.wallets.get(&lot.wallet)).copied());
            values.number_or_null(words.wallet_type(&lot.wallet_type));
            values.text(&lot.kind);
            values.number_or_null(words.unit(lot.unit));
            values.number(day_number(lot.granted_on));
            values.number(lot.effective_at.micros());
            values.number_or_null(lot.expires_at.map(|at| at.micros()));
            values.number(lot.units);
            values.number_or_null(consideration.map(|amount| amount.steps()));
            values.number_or_null(consideration.and_then(|amount| words.unit(amount.unit())));
            values.number(operation_seq);
        })
        .await
    }

    async fn append_entries(
        &mut self,
        entries: &[Entry],
        operation_seq: i64,
    ) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let first = self.take_numbers(&ENTRIES, entries.len()).await?;
        let mut numbered = Vec::with_capacity(entries.len());
        for (seq, entry) in (first..).zip(entries) {
            numbered.push((seq, stored("the entry number", entry.number)?, entry));
        }
        let words = &self.words;
        ENTRIES
            .insert(&mut self.tx, &self.place, &numbered, |(seq, number, entry), values| {
                let body = &entry.body;
                values.number(*seq);
                values.number(operation_seq);
                values.number_or_null(words.customer(&entry.customer).map(|words| words.id));
                values.number(*number);
                values.text(body.kind.code());
                values.number(body.effective_at.micros());
                values.number_or_null(words.day(body.booked_on));
                values.text(&body.memo);
                values.number_or_null(i64::try_from(body.postings.len()).ok());
                values.hash_or_null(body.detail.as_ref());
                values.hash(&entry.previous);
                values.hash(&entry.hash);
                values.number(i64::from(entry.late));
            })
            .await?;
        // Some thousand rows at a time, so that memory does not grow with the operation.
        let mut rows = Vec::new();
        for (seq, _, entry) in numbered {
            self.rows_of(seq, entry, &mut rows)?;
            if rows.len() >= 10_000 {
                self.append_postings(&rows).await?;
                rows.clear();
            }
        }
        self.append_postings(&rows).await
    }

    /// The rows of an entry's postings.
    fn rows_of(
        &mut self,
        entry_seq: i64,
        entry: &Entry,
        rows: &mut Vec<PostingRow>,
    ) -> Result<(), StoreError> {
        let customer = self.words.customer(&entry.customer);
        self.sums.add_entry(entry_seq, customer.map_or(0, |words| words.id), entry);
        let mut before: Option<(&Posting, Named)> = None;
        for (line, posting) in (1..).zip(&entry.body.postings) {
            let named = self.named(customer, posting, before.as_ref());
            let row = named.and_then(|named| {
                let row = PostingRow {
                    entry_seq,
                    line,
                    account: self.words.account(posting.account)?,
                    unit: self.words.unit(posting.amount.unit())?,
                    amount: posting.amount.steps(),
                    named,
                    service_day: posting.service_day.map(day_number),
                };
                Some(row)
            });
            let row = row.ok_or_else(|| self.unknown_word(entry, customer, posting))?;
            before = Some((posting, row.named));
            let summed = Summed {
                account: row.account,
                unit: row.unit,
                steps: row.amount,
                wallet: row.named.wallet,
                lot: row.named.lot,
                rate: row.named.rate,
                dimension_set: row.named.dimension_set,
                service_month: posting.service_day.map(month_number),
            };
            self.sums.add(entry, &summed);
            rows.push(row);
        }
        Ok(())
    }

    /// The numbers of what a posting names; nothing if a code has no number. What repeats the
    /// posting before is not looked up again.
    fn named(
        &self,
        customer: Option<&CustomerWords>,
        posting: &Posting,
        before: Option<&(&Posting, Named)>,
    ) -> Option<Named> {
        let wallet = match (&posting.wallet, before) {
            (None, _) => None,
            (wallet, Some((before, named))) if *wallet == before.wallet => named.wallet,
            (Some(wallet), _) => Some(*customer?.wallets.get(wallet)?),
        };
        let lot = match (&posting.lot, before) {
            (None, _) => None,
            (lot, Some((before, named))) if *lot == before.lot => named.lot,
            (Some(lot), _) => Some(*customer?.lots.get(lot)?),
        };
        let rate = match (&posting.rate, before) {
            (None, _) => None,
            (rate, Some((before, named))) if *rate == before.rate => named.rate,
            (Some(rate), _) => Some(self.words.rate(rate)?),
        };
        let dimension_set = match (&posting.dimensions, before) {
            (set, _) if set.is_empty() => None,
            (set, Some((before, named))) if *set == before.dimensions => named.dimension_set,
            (set, _) => Some(self.words.dimension_set(set)?),
        };
        Some(Named { wallet, lot, rate, dimension_set })
    }

    fn unknown_word(
        &self,
        entry: &Entry,
        customer: Option<&CustomerWords>,
        posting: &Posting,
    ) -> StoreError {
        match &posting.lot {
            Some(lot) if customer.is_none_or(|words| !words.lots.contains_key(lot)) => {
                StoreError::UnknownLot {
                    customer: entry.customer.clone(),
                    number: entry.number,
                    lot: lot.clone(),
                }
            }
            // Everything else was looked for or added just before.
            _ => self.place.unreadable("a dictionary", "a code that was added has no number"),
        }
    }

    async fn append_postings(&mut self, rows: &[PostingRow]) -> Result<(), StoreError> {
        POSTINGS
            .insert(&mut self.tx, &self.place, rows, |row, values| {
                values.number(row.entry_seq);
                values.number(row.line);
                values.number(row.account);
                values.number(row.unit);
                values.number(row.amount);
                values.number_or_null(row.named.wallet);
                values.number_or_null(row.named.lot.map(|lot| lot.seq));
                values.number_or_null(row.named.rate);
                values.number_or_null(row.named.dimension_set);
                values.number_or_null(row.service_day);
            })
            .await
    }
}

/// Every code that entries and lots name.
fn wanted<'a>(entries: &'a [Entry], lots: &'a [LotRecord]) -> Wanted<'a> {
    let mut wanted = Wanted::default();
    for lot in lots {
        wanted.days.insert(lot.granted_on);
        wanted.units.insert(lot.unit);
        wanted.units.extend(lot.consideration.map(|amount| amount.unit()));
        wanted.wallet_types.insert(&lot.wallet_type);
        wanted.wallets.insert((&lot.customer, &lot.wallet));
        // Looked for, so that a repetition is seen.
        wanted.lots.insert((&lot.customer, &lot.lot));
    }
    for entry in entries {
        wanted.days.insert(entry.body.booked_on);
        // Postings of the same lot and rate come together, so most repeat the one before.
        let mut before: Option<&Posting> = None;
        for posting in &entry.body.postings {
            let repeats =
                |same: fn(&Posting, &Posting) -> bool| before.is_some_and(|b| same(b, posting));
            wanted.accounts.insert(posting.account);
            if !repeats(|a, b| a.amount.unit() == b.amount.unit()) {
                wanted.units.insert(posting.amount.unit());
            }
            if !repeats(|a, b| a.service_day == b.service_day) {
                wanted.days.extend(posting.service_day);
            }
            if !repeats(|a, b| a.wallet == b.wallet) {
                wanted.wallets.extend(posting.wallet.as_ref().map(|code| (&entry.customer, code)));
            }
            if !repeats(|a, b| a.lot == b.lot) {
                wanted.lots.extend(posting.lot.as_ref().map(|lot| (&entry.customer, lot)));
            }
            if !repeats(|a, b| a.rate == b.rate) {
                wanted.rates.extend(posting.rate.as_ref());
            }
            if !posting.dimensions.is_empty() && !repeats(|a, b| a.dimensions == b.dimensions) {
                wanted.dimension_sets.insert(&posting.dimensions);
            }
            before = Some(posting);
        }
    }
    wanted
}
