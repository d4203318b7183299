//! The write transaction: whole or not at all, beside those of other customers.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use scrip_journal::{Chain, Entry, Hash};
use scrip_store::{
    AlertRecord, BookRecord, CloseRecord, ConfigRecord, DetailRecord, ExchangeRateRecord,
    FactQuery, FoundEvent, ImportRecord, KeyFileRecord, LotChangeRecord, LotRecord,
    OperationDetail, OperationEvent, OperationRecord, RateFilter, SegmentProgress, SegmentRecord,
    Snapshot, StoreError, StoredOperation, WriteTransaction,
};
use scrip_units::{CustomerCode, Date, EventKey, OperationId, Scale, UnitCode};
use sqlx::Transaction;
use sqlx::postgres::Postgres;

use super::fault::{Heard, Place};
use super::rows::{Reading, all, day_number, stored};
use super::{charges, facts, read};

/// The key of the lock that every writer shares, and that whoever brings a configuration, a close or exchange
/// rates takes alone: "scrip" in ASCII.
pub(super) const GATE: i64 = 0x73_63_72_69_70;
/// The key of the lock of whoever writes to the usage archive: "usage" in ASCII.
const ARCHIVE: i64 = 0x75_73_61_67_65;
/// The first key of the locks of ids that are claimed; the second is a hash of the id: "oper" in ASCII.
const CLAIMS: i32 = 0x6f_70_65_72;
/// Forget what is known rather than hold more codes than this in memory.
const KNOWN_MAX: usize = 2_000_000;

/// Codes that are known to be in the ledger, so that they need not be looked for.
#[derive(Debug, Default)]
pub(super) struct Words {
    customers: HashSet<CustomerCode>,
    units: HashMap<UnitCode, Scale>,
}

/// A write transaction of a PostgreSQL ledger.
pub struct PostgresWrite {
    pub(super) tx: Transaction<'static, Postgres>,
    pub(super) place: Place,
    /// Codes that this transaction found or added; handed to the store on commit.
    words: Words,
    /// Chain heads that this transaction has locked, as it leaves them.
    pub(super) heads: HashMap<CustomerCode, Chain>,
    shared: Arc<Mutex<Words>>,
    /// Set while a step runs and cleared when it succeeds, so that a step that failed or was
    /// cancelled half-way can never be committed.
    broken: bool,
}

impl PostgresWrite {
    pub(super) fn new(
        tx: Transaction<'static, Postgres>,
        place: Place,
        shared: Arc<Mutex<Words>>,
    ) -> Self {
        Self { tx, place, words: Words::default(), heads: HashMap::new(), shared, broken: false }
    }

    /// Those customers that are not known to be in the ledger.
    pub(super) fn new_customers<'a>(
        &self,
        customers: impl IntoIterator<Item = &'a CustomerCode>,
    ) -> BTreeSet<&'a CustomerCode> {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |code: &CustomerCode| {
            shared.customers.contains(code) || self.words.customers.contains(code)
        };
        customers.into_iter().filter(|code| !known(code)).collect()
    }

    /// The decimals of a unit that is known to be in the ledger.
    pub(super) fn known_scale(&self, unit: UnitCode) -> Option<Scale> {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        self.words.units.get(&unit).or_else(|| shared.units.get(&unit)).copied()
    }

    /// Remembers what is in the ledger now.
    pub(super) fn learn(
        &mut self,
        customers: impl IntoIterator<Item = CustomerCode>,
        units: impl IntoIterator<Item = (UnitCode, Scale)>,
    ) {
        self.words.customers.extend(customers);
        self.words.units.extend(units);
    }

    fn enter(&mut self) -> Result<(), StoreError> {
        if std::mem::replace(&mut self.broken, true) {
            return Err(StoreError::Abandoned { ledger: self.place.name() });
        }
        Ok(())
    }

    fn leave<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        self.broken = outcome.is_err();
        outcome
    }

    /// The number of an operation or import that a record refers to.
    pub(super) async fn seq_of(
        &mut self,
        what: &'static str,
        id: &str,
        by: impl FnOnce() -> String,
    ) -> Result<i64, StoreError> {
        let sql = match what {
            "operation" => "SELECT seq FROM operations WHERE id = $1",
            _ => "SELECT seq FROM imports WHERE id = $1",
        };
        let query = sqlx::query(sql).bind(id);
        let seq = all(&mut self.tx, &self.place, "operations", query, |row| row.number(0)).await?;
        let unknown = || StoreError::Unknown { what, id: id.to_owned(), by: by() };
        seq.first().copied().ok_or_else(unknown)
    }

    /// Waits until no other writer is at work, and keeps all others waiting until the end.
    async fn alone(&mut self) -> Result<(), StoreError> {
        self.only(GATE).await
    }

    /// Waits for whoever records something under an id.
    async fn claim_id(&mut self, id: &OperationId) -> Result<(), StoreError> {
        sqlx::query("SELECT pg_advisory_xact_lock($1, hashtext($2))")
            .bind(CLAIMS)
            .bind(id.as_str())
            .execute(&mut *self.tx)
            .heard(&self.place, "wait for other writers")
            .await?;
        Ok(())
    }

    /// Refuses what counts for every operation after it where others recorded after it meanwhile, which a
    /// transaction that began alone does not meet.
    async fn is_last(&mut self, operation: i64) -> Result<(), StoreError> {
        let query = sqlx::query(
            "SELECT count(*) FROM operations AS own JOIN operations AS later ON later.seq > own.seq \
             WHERE own.seq = $1 AND own.xid = pg_current_xact_id() AND later.xid <> own.xid",
        )
        .bind(operation);
        let later =
            all(&mut self.tx, &self.place, "operations", query, |row| row.number(0)).await?;
        match later.first() {
            Some(1..) => {
                Err(StoreError::Busy { ledger: self.place.name(), waited: self.place.patience })
            }
            _ => Ok(()),
        }
    }

    /// Waits until nobody else has a lock, and keeps it until the end.
    async fn only(&mut self, key: i64) -> Result<(), StoreError> {
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(key)
            .execute(&mut *self.tx)
            .heard(&self.place, "wait for other writers")
            .await?;
        Ok(())
    }

    async fn books_locked(
        &mut self,
        customers: &[CustomerCode],
    ) -> Result<Vec<BookRecord>, StoreError> {
        self.lock(customers).await?;
        read::books_of(&mut self.tx, &self.place, customers).await
    }

    async fn save_all_books(&mut self, books: &[BookRecord]) -> Result<(), StoreError> {
        let customers = books.iter().map(|book| &book.customer);
        self.lock(customers.clone()).await?;
        self.know_customers(customers.clone()).await?;
        let numbers = books.iter().map(|book| stored("the entry number", book.chain.number));
        let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
        sqlx::query(
            "INSERT INTO projection_books (customer, number, head, next_due, state, standing) \
             SELECT customer, number, head, next_due, state, standing \
             FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::bigint[], $5::text[], \
                     $6::text[]) AS b (customer, number, head, next_due, state, standing) \
             ON CONFLICT (customer) DO UPDATE SET number = excluded.number, head = excluded.head, \
                 next_due = excluded.next_due, state = excluded.state, \
                 standing = excluded.standing",
        )
        .bind(customers.map(|code| code.as_str()).collect::<Vec<_>>())
        .bind(numbers)
        .bind(books.iter().map(|book| book.chain.head.bytes().as_slice()).collect::<Vec<_>>())
        .bind(books.iter().map(|book| book.next_due.map(|at| at.micros())).collect::<Vec<_>>())
        .bind(books.iter().map(|book| book.state.as_str()).collect::<Vec<_>>())
        .bind(books.iter().map(|book| book.standing.as_deref()).collect::<Vec<_>>())
        .execute(&mut *self.tx)
        .heard(&self.place, "save books")
        .await?;
        Ok(())
    }

    async fn add_changes_of_lots(&mut self, changes: &[LotChangeRecord]) -> Result<(), StoreError> {
        for change in changes {
            let by = || format!("a change of lot {}", change.lot);
            let operation = self.seq_of("operation", change.operation.as_str(), by).await?;
            let added = sqlx::query(
                "INSERT INTO lot_changes (customer, lot, expires_at, operation_seq) \
                 SELECT customer, code, $3, $4 FROM lots WHERE customer = $1 AND code = $2",
            )
            .bind(change.customer.as_str())
            .bind(change.lot.as_str())
            .bind(change.expires_at.map(|at| at.micros()))
            .bind(operation)
            .execute(&mut *self.tx)
            .heard(&self.place, "add changes of lots")
            .await?;
            if added.rows_affected() == 0 {
                let id = format!("{} of {}", change.lot, change.customer);
                return Err(StoreError::Unknown { what: "lot", id, by: by() });
            }
        }
        Ok(())
    }

    async fn add_next_config(&mut self, config: &ConfigRecord) -> Result<(), StoreError> {
        self.alone().await?;
        let last = read::config_revision(&mut self.tx, &self.place).await?;
        if config.revision != last + 1 {
            return Err(StoreError::ConfigConflict { revision: config.revision, stored: last });
        }
        let by = || format!("configuration revision {}", config.revision);
        let operation = self.seq_of("operation", config.operation.as_str(), by).await?;
        self.is_last(operation).await?;
        sqlx::query(
            "INSERT INTO configs (revision, document, hash, applied_at, operation_seq) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(stored("the configuration revision", config.revision)?)
        .bind(&config.document)
        .bind(config.hash.bytes().as_slice())
        .bind(config.applied_at.micros())
        .bind(operation)
        .execute(&mut *self.tx)
        .heard(&self.place, "add a configuration")
        .await?;
        Ok(())
    }

    async fn add_new_close(&mut self, close: &CloseRecord) -> Result<(), StoreError> {
        self.alone().await?;
        let last = read::closed_through(&mut self.tx, &self.place).await?;
        if last.is_some_and(|day| day >= close.through) {
            let id = close.through.to_string();
            return Err(StoreError::Duplicate { what: "closed day", id });
        }
        let by = || format!("the close through {}", close.through);
        let operation = self.seq_of("operation", close.operation.as_str(), by).await?;
        self.is_last(operation).await?;
        sqlx::query(
            "INSERT INTO period_closes (through, operation_seq, checkpoint, chains, entries, \
                 config_revision, trial_balance) \
             VALUES (DATE '1970-01-01' + $1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(day_number(close.through))
        .bind(operation)
        .bind(close.checkpoint.hash.bytes().as_slice())
        .bind(stored("the number of chains", close.checkpoint.chains)?)
        .bind(stored("the number of entries", close.checkpoint.entries)?)
        .bind(stored("the configuration revision", close.config_revision)?)
        .bind(&close.trial_balance)
        .execute(&mut *self.tx)
        .heard(&self.place, "close a period")
        .await?;
        Ok(())
    }

    async fn add_new_alerts(&mut self, alerts: &[AlertRecord]) -> Result<(), StoreError> {
        self.know_customers(alerts.iter().map(|alert| &alert.customer)).await?;
        for alert in alerts {
            let by = || format!("the alert {} of {}", alert.code, alert.customer);
            let operation = self.seq_of("operation", alert.operation.as_str(), by).await?;
            sqlx::query(
                "INSERT INTO alerts (operation_seq, customer, wallet, code, at, figures) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(operation)
            .bind(alert.customer.as_str())
            .bind(alert.wallet.as_str())
            .bind(&alert.code)
            .bind(alert.at.micros())
            .bind(&alert.figures)
            .execute(&mut *self.tx)
            .heard(&self.place, "record alerts")
            .await?;
        }
        Ok(())
    }

    async fn add_new_import(&mut self, import: &ImportRecord) -> Result<(), StoreError> {
        let by = || format!("import {}", import.id);
        let operation = match &import.operation {
            None => None,
            Some(id) => Some(self.seq_of("operation", id.as_str(), by).await?),
        };
        let added = sqlx::query(
            "INSERT INTO imports (id, source_name, source_hash, mapping, received_at, summary, \
                 operation_seq) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
        )
        .bind(&import.id)
        .bind(&import.source_name)
        .bind(import.source_hash.bytes().as_slice())
        .bind(&import.mapping)
        .bind(import.received_at.micros())
        .bind(&import.summary)
        .bind(operation)
        .execute(&mut *self.tx)
        .heard(&self.place, "add an import")
        .await?;
        if added.rows_affected() == 0 {
            return Err(StoreError::Duplicate { what: "import", id: import.id.clone() });
        }
        Ok(())
    }

    /// Adds files of the archive, each with the import it belongs to if it belongs to one.
    async fn add_files(
        &mut self,
        what: &'static str,
        files: Vec<(u32, Option<&str>, &str)>,
    ) -> Result<(), StoreError> {
        let sql = match what {
            "segment" => {
                "INSERT INTO segments (segment, import_seq, info) VALUES ($1, $2, $3) \
                 ON CONFLICT (segment) DO NOTHING"
            }
            "key file" => {
                "INSERT INTO key_files (file, import_seq, info) VALUES ($1, $2, $3) \
                 ON CONFLICT (file) DO NOTHING"
            }
            _ => {
                "INSERT INTO details (detail, info) SELECT $1, $3 WHERE $2::bigint IS NULL \
                 ON CONFLICT (detail) DO NOTHING"
            }
        };
        for (number, import, info) in files {
            let import = match import {
                None => None,
                Some(id) => Some(self.seq_of("import", id, || format!("{what} {number}")).await?),
            };
            let added = sqlx::query(sql)
                .bind(i64::from(number))
                .bind(import)
                .bind(info)
                .execute(&mut *self.tx)
                .heard(&self.place, "add files of the archive")
                .await?;
            if added.rows_affected() == 0 {
                return Err(StoreError::Duplicate { what, id: number.to_string() });
            }
        }
        Ok(())
    }

    async fn store_progress(&mut self, progress: &[SegmentProgress]) -> Result<(), StoreError> {
        let segments: Vec<i64> = progress.iter().map(|p| i64::from(p.segment)).collect();
        let query = sqlx::query(
            "SELECT w.segment FROM unnest($1::bigint[]) AS w (segment) \
             WHERE w.segment NOT IN (SELECT segment FROM segments) ORDER BY 1 LIMIT 1",
        )
        .bind(&segments);
        let read = |row: &Reading<'_>| row.number(0);
        let unknown = all(&mut self.tx, &self.place, "segments", query, read).await?;
        if let Some(id) = unknown.first() {
            let by = "a note of how far segments are posted".to_owned();
            return Err(StoreError::Unknown { what: "segment", id: id.to_string(), by });
        }
        sqlx::query(
            "INSERT INTO projection_segment_progress (segment, posted_until) \
             SELECT segment, until FROM unnest($1::bigint[], $2::bigint[]) AS p (segment, until) \
             ON CONFLICT (segment) DO UPDATE SET posted_until = excluded.posted_until",
        )
        .bind(segments)
        .bind(progress.iter().map(|p| p.posted_until.micros()).collect::<Vec<_>>())
        .execute(&mut *self.tx)
        .heard(&self.place, "store how far segments are posted")
        .await?;
        Ok(())
    }
}

impl WriteTransaction for PostgresWrite {
    async fn operation(&mut self, id: &OperationId) -> Result<Option<StoredOperation>, StoreError> {
        self.enter()?;
        let outcome = read::operation(&mut self.tx, &self.place, id).await;
        self.leave(outcome)
    }

    async fn claim(&mut self, id: &OperationId) -> Result<(), StoreError> {
        self.enter()?;
        let outcome = self.claim_id(id).await;
        self.leave(outcome)
    }

    async fn book(&mut self, customer: &CustomerCode) -> Result<Option<BookRecord>, StoreError> {
        Ok(self.books(std::slice::from_ref(customer)).await?.pop())
    }

    async fn books(&mut self, customers: &[CustomerCode]) -> Result<Vec<BookRecord>, StoreError> {
        self.enter()?;
        let outcome = self.books_locked(customers).await;
        self.leave(outcome)
    }

    async fn config_revision(&mut self) -> Result<u64, StoreError> {
        self.enter()?;
        let outcome = read::config_revision(&mut self.tx, &self.place).await;
        self.leave(outcome)
    }

    async fn closed_through(&mut self) -> Result<Option<Date>, StoreError> {
        self.enter()?;
        let outcome = read::closed_through(&mut self.tx, &self.place).await;
        self.leave(outcome)
    }

    async fn snapshot(&mut self, queries: &[FactQuery]) -> Result<Snapshot, StoreError> {
        self.enter()?;
        // Alone, so that heads and sums are of one moment although statements see what is new.
        let outcome = match self.alone().await {
            Ok(()) => facts::snapshot(&mut self.tx, &self.place, queries).await,
            Err(error) => Err(error),
        };
        self.leave(outcome)
    }

    async fn append(
        &mut self,
        operation: &OperationRecord,
        entries: &[Entry],
        lots: &[LotRecord],
    ) -> Result<u64, StoreError> {
        self.enter()?;
        let outcome = self.append_all(operation, entries, lots).await;
        self.leave(outcome)
    }

    async fn save_books(&mut self, books: &[BookRecord]) -> Result<(), StoreError> {
        self.enter()?;
        let outcome = self.save_all_books(books).await;
        self.leave(outcome)
    }

    async fn add_lot_changes(&mut self, changes: &[LotChangeRecord]) -> Result<(), StoreError> {
        self.enter()?;
        let outcome = self.add_changes_of_lots(changes).await;
        self.leave(outcome)
    }

    async fn add_operation_details(
        &mut self,
        operation: &OperationId,
        events: &[OperationEvent],
        details: &[OperationDetail],
    ) -> Result<(), StoreError> {
        self.enter()?;
        let outcome = self.add_details_of(operation, events, details).await;
        self.leave(outcome)
    }

    async fn find_event(
        &mut self,
        customer: Option<&CustomerCode>,
        key: &EventKey,
    ) -> Result<Vec<FoundEvent>, StoreError> {
        self.enter()?;
        let outcome = charges::find_event(&mut self.tx, &self.place, customer, key).await;
        self.leave(outcome)
    }

    async fn add_exchange_rates(
        &mut self,
        operation: &OperationId,
        rates: &[ExchangeRateRecord],
    ) -> Result<(), StoreError> {
        self.enter()?;
        let outcome = self.add_rates_of(operation, rates).await;
        self.leave(outcome)
    }

    async fn exchange_rates(
        &mut self,
        filter: &RateFilter,
    ) -> Result<Vec<ExchangeRateRecord>, StoreError> {
        self.enter()?;
        let outcome = charges::exchange_rates(&mut self.tx, &self.place, filter).await;
        self.leave(outcome)
    }

    async fn add_config(&mut self, config: &ConfigRecord) -> Result<(), StoreError> {
        self.enter()?;
        let outcome = self.add_next_config(config).await;
        self.leave(outcome)
    }

    async fn add_close(&mut self, close: &CloseRecord) -> Result<(), StoreError> {
        self.enter()?;
        let outcome = self.add_new_close(close).await;
        self.leave(outcome)
    }

    async fn add_alerts(&mut self, alerts: &[AlertRecord]) -> Result<(), StoreError> {
        if alerts.is_empty() {
            return Ok(());
        }
        self.enter()?;
        let outcome = self.add_new_alerts(alerts).await;
        self.leave(outcome)
    }

    async fn own_archive(&mut self) -> Result<(), StoreError> {
        self.enter()?;
        let outcome = self.only(ARCHIVE).await;
        self.leave(outcome)
    }

    async fn lacking_files(&mut self, files: &[Hash]) -> Result<Vec<Hash>, StoreError> {
        self.enter()?;
        let outcome = self.lacking(files).await;
        self.leave(outcome)
    }

    async fn add_archive_part(
        &mut self,
        file: &Hash,
        part: u32,
        content: &[u8],
    ) -> Result<(), StoreError> {
        self.enter()?;
        let outcome = self.add_part(file, part, content).await;
        self.leave(outcome)
    }

    async fn add_import(&mut self, import: &ImportRecord) -> Result<(), StoreError> {
        self.enter()?;
        let outcome = self.add_new_import(import).await;
        self.leave(outcome)
    }

    async fn add_segments(&mut self, segments: &[SegmentRecord]) -> Result<(), StoreError> {
        self.enter()?;
        let files = segments.iter().map(|s| (s.segment, Some(s.import.as_str()), s.info.as_str()));
        let outcome = self.add_files("segment", files.collect()).await;
        self.leave(outcome)
    }

    async fn add_key_files(&mut self, files: &[KeyFileRecord]) -> Result<(), StoreError> {
        self.enter()?;
        let files = files.iter().map(|f| (f.file, Some(f.import.as_str()), f.info.as_str()));
        let outcome = self.add_files("key file", files.collect()).await;
        self.leave(outcome)
    }

    async fn add_details(&mut self, details: &[DetailRecord]) -> Result<(), StoreError> {
        self.enter()?;
        let files = details.iter().map(|d| (d.detail, None, d.info.as_str()));
        let outcome = self.add_files("file of detail", files.collect()).await;
        self.leave(outcome)
    }

    async fn set_progress(&mut self, progress: &[SegmentProgress]) -> Result<(), StoreError> {
        self.enter()?;
        let outcome = self.store_progress(progress).await;
        self.leave(outcome)
    }

    async fn commit(mut self) -> Result<(), StoreError> {
        self.enter()?;
        self.tx.commit().heard(&self.place, "commit").await?;
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.customers.len() > KNOWN_MAX {
            shared.customers.clear();
        }
        shared.customers.extend(self.words.customers);
        shared.units.extend(self.words.units);
        Ok(())
    }

    async fn rollback(self) -> Result<(), StoreError> {
        self.tx.rollback().heard(&self.place, "roll back").await
    }
}
