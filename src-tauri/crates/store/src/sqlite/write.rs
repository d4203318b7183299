//! The write transaction: one at a time, whole or not at all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use scrip_journal::{Chain, Entry};
use scrip_units::{CustomerCode, Date, EventKey, OperationId};
use sqlx::{Sqlite, Transaction};
use tokio::sync::RwLock;

use super::fault::Place;
use super::rows::{Reading, Table, day_number, stored};
use super::sums::Sums;
use super::words::{New, Words};
use super::{charges, read};
use crate::contract::WriteTransaction;
use crate::error::StoreError;
use crate::query::{FactQuery, RateFilter};
use crate::record::{
    AlertRecord, BookRecord, CloseRecord, ConfigRecord, DetailRecord, ExchangeRateRecord,
    FoundEvent, ImportRecord, KeyFileRecord, LotChangeRecord, LotRecord, OperationDetail,
    OperationEvent, OperationRecord, SegmentProgress, SegmentRecord, Snapshot, StoredOperation,
};

static BOOKS: Table = Table::replacing(
    "projection_books",
    &["customer_id", "number", "head", "next_due", "state"],
    "ON CONFLICT (customer_id) DO UPDATE SET number = excluded.number, head = excluded.head, \
     next_due = excluded.next_due, state = excluded.state",
    "save books",
);
static STANDINGS: Table = Table::replacing(
    "projection_standings",
    &["customer_id", "standing"],
    "ON CONFLICT (customer_id) DO UPDATE SET standing = excluded.standing",
    "save books",
);
static CONFIGS: Table = Table::new(
    "configs",
    &["revision", "document", "hash", "applied_at", "operation_seq"],
    "add a configuration",
);
static LOT_CHANGES: Table = Table::new(
    "lot_changes",
    &["seq", "lot_seq", "expires_at", "operation_seq"],
    "add changes of lots",
);
static CLOSES: Table = Table::new(
    "period_closes",
    &[
        "through",
        "operation_seq",
        "checkpoint",
        "chains",
        "entries",
        "config_revision",
        "trial_balance",
    ],
    "close a period",
);
static ALERTS: Table = Table::new(
    "alerts",
    &["seq", "operation_seq", "customer_id", "wallet", "code", "at", "figures"],
    "record alerts",
);
static IMPORTS: Table = Table::new(
    "imports",
    &[
        "seq",
        "id",
        "source_name",
        "source_hash",
        "mapping",
        "received_at",
        "summary",
        "operation_seq",
    ],
    "add an import",
);
static SEGMENTS: Table = Table::new("segments", &["segment", "import_seq", "info"], "add segments");
static KEY_FILES: Table = Table::new("key_files", &["file", "import_seq", "info"], "add key files");
static DETAILS: Table = Table::new("details", &["detail", "info"], "add files of detail");
static PROGRESS: Table = Table::replacing(
    "projection_segment_progress",
    &["segment", "posted_until"],
    "ON CONFLICT (segment) DO UPDATE SET posted_until = excluded.posted_until",
    "store how far segments are posted",
);

/// A write transaction of a SQLite ledger.
pub struct SqliteWrite {
    pub(super) tx: Transaction<'static, Sqlite>,
    pub(super) place: Place,
    /// Numbers of codes; handed back to the store on commit.
    pub(super) words: Words,
    /// Chain heads as this transaction leaves them.
    pub(super) heads: HashMap<CustomerCode, Chain>,
    /// Next free numbers of tables, where known.
    pub(super) next: HashMap<&'static str, i64>,
    /// What was appended and is not in the sums yet.
    pub(super) sums: Sums,
    shared: Arc<Mutex<Words>>,
    /// Set while a step runs and cleared when it succeeds, so that a step that failed or was
    /// cancelled half-way can never be committed.
    broken: bool,
}

impl SqliteWrite {
    pub(super) fn new(
        tx: Transaction<'static, Sqlite>,
        place: Place,
        shared: Arc<Mutex<Words>>,
    ) -> Self {
        let words = std::mem::take(&mut *shared.lock().unwrap_or_else(PoisonError::into_inner));
        Self {
            tx,
            place,
            words: words.bounded(),
            heads: HashMap::new(),
            next: HashMap::new(),
            sums: Sums::default(),
            shared,
            broken: false,
        }
    }

    pub(super) fn enter(&mut self) -> Result<(), StoreError> {
        if std::mem::replace(&mut self.broken, true) {
            return Err(StoreError::Abandoned { ledger: self.place.name() });
        }
        Ok(())
    }

    pub(super) fn leave<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
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
            "operation" => "SELECT seq FROM operations WHERE id = ?",
            _ => "SELECT seq FROM imports WHERE id = ?",
        };
        let seq: Option<i64> = sqlx::query_scalar(sql)
            .bind(id)
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(self.place.cannot("look for what a record refers to"))?;
        seq.ok_or_else(|| StoreError::Unknown { what, id: id.to_owned(), by: by() })
    }

    /// Refuses numbers that a table has already, or that come twice.
    async fn refuse_duplicates(
        &mut self,
        what: &'static str,
        sql: &'static str,
        mut numbers: Vec<u32>,
    ) -> Result<(), StoreError> {
        numbers.sort_unstable();
        let twice = numbers.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        let known: Option<i64> = sqlx::query_scalar(sql)
            .bind(serde_json::Value::from(numbers).to_string())
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(self.place.cannot("look for a record"))?;
        match known.or(twice.map(i64::from)) {
            None => Ok(()),
            Some(id) => Err(StoreError::Duplicate { what, id: id.to_string() }),
        }
    }

    async fn save_all_books(&mut self, books: &[BookRecord]) -> Result<(), StoreError> {
        let place = self.place.clone();
        let customers = books.iter().map(|book| &book.customer);
        self.words.find_customers(&mut self.tx, &place, customers, New::Added).await?;
        let mut rows = Vec::with_capacity(books.len());
        for book in books {
            let customer = self.words.customer(&book.customer).map(|words| words.id);
            rows.push((customer, stored("the entry number", book.chain.number)?, book));
        }
        BOOKS
            .insert(&mut self.tx, &place, &rows, |(customer, number, book), values| {
                values.number_or_null(*customer);
                values.number(*number);
                values.hash(&book.chain.head);
                values.number_or_null(book.next_due.map(|at| at.micros()));
                values.text(&book.state);
            })
            .await?;
        STANDINGS
            .insert(&mut self.tx, &place, &rows, |(customer, _, book), values| {
                values.number_or_null(*customer);
                values.text_or_null(book.standing.as_deref());
            })
            .await
    }

    async fn last_config(&mut self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT coalesce(max(revision), 0) FROM configs")
            .fetch_one(&mut *self.tx)
            .await
            .map_err(self.place.cannot("read the configuration"))?;
        Reading { row: &row, table: "configs", place: &self.place }.count(0)
    }

    async fn add_changes_of_lots(&mut self, changes: &[LotChangeRecord]) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut rows = Vec::with_capacity(changes.len());
        for change in changes {
            let by = || format!("a change of lot {}", change.lot);
            let operation = self.seq_of("operation", change.operation.as_str(), by).await?;
            let found = sqlx::query(
                "SELECT l.seq FROM customers AS c CROSS JOIN lots AS l ON l.customer_id = c.id \
                 WHERE c.code = ? AND l.code = ?",
            )
            .bind(change.customer.as_str())
            .bind(change.lot.as_str())
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(self.place.cannot("look for a lot"))?;
            let Some(row) = found else {
                let id = format!("{} of {}", change.lot, change.customer);
                return Err(StoreError::Unknown { what: "lot", id, by: by() });
            };
            let row = Reading { row: &row, table: "lots", place: &self.place };
            rows.push((row.number(0)?, change, operation));
        }
        let first = LOT_CHANGES.next(&mut self.tx, &self.place).await?;
        let numbered: Vec<_> = (first..).zip(rows).collect();
        LOT_CHANGES
            .insert(&mut self.tx, &self.place, &numbered, |(seq, row), values| {
                let (lot, change, operation) = row;
                values.number(*seq);
                values.number(*lot);
                values.number_or_null(change.expires_at.map(|at| at.micros()));
                values.number(*operation);
            })
            .await
    }

    async fn add_next_config(&mut self, config: &ConfigRecord) -> Result<(), StoreError> {
        let last = self.last_config().await?;
        if config.revision != last + 1 {
            return Err(StoreError::ConfigConflict { revision: config.revision, stored: last });
        }
        let by = || format!("configuration revision {}", config.revision);
        let operation = self.seq_of("operation", config.operation.as_str(), by).await?;
        let revision = stored("the configuration revision", config.revision)?;
        CONFIGS
            .insert(&mut self.tx, &self.place, &[config], |config, values| {
                values.number(revision);
                values.text(&config.document);
                values.hash(&config.hash);
                values.number(config.applied_at.micros());
                values.number(operation);
            })
            .await
    }

    async fn add_new_close(&mut self, close: &CloseRecord) -> Result<(), StoreError> {
        if read::closed_through(&mut self.tx, &self.place)
            .await?
            .is_some_and(|day| day >= close.through)
        {
            let id = close.through.to_string();
            return Err(StoreError::Duplicate { what: "closed day", id });
        }
        let by = || format!("the close through {}", close.through);
        let operation = self.seq_of("operation", close.operation.as_str(), by).await?;
        let chains = stored("the number of chains", close.checkpoint.chains)?;
        let entries = stored("the number of entries", close.checkpoint.entries)?;
        let revision = stored("the configuration revision", close.config_revision)?;
        CLOSES
            .insert(&mut self.tx, &self.place, &[close], |close, values| {
                values.number(day_number(close.through));
                values.number(operation);
                values.hash(&close.checkpoint.hash);
                values.number(chains);
                values.number(entries);
                values.number(revision);
                values.text(&close.trial_balance);
            })
            .await
    }

    async fn add_new_alerts(&mut self, alerts: &[AlertRecord]) -> Result<(), StoreError> {
        let place = self.place.clone();
        let customers = alerts.iter().map(|alert| &alert.customer);
        self.words.find_customers(&mut self.tx, &place, customers, New::Added).await?;
        let first = ALERTS.next(&mut self.tx, &place).await?;
        let mut rows = Vec::with_capacity(alerts.len());
        for (seq, alert) in (first..).zip(alerts) {
            let by = || format!("the alert {} of {}", alert.code, alert.customer);
            let operation = self.seq_of("operation", alert.operation.as_str(), by).await?;
            let customer = self.words.customer(&alert.customer).map(|words| words.id);
            rows.push((seq, operation, customer, alert));
        }
        ALERTS
            .insert(&mut self.tx, &place, &rows, |(seq, operation, customer, alert), values| {
                values.number(*seq);
                values.number(*operation);
                values.number_or_null(*customer);
                values.text(alert.wallet.as_str());
                values.text(&alert.code);
                values.number(alert.at.micros());
                values.text(&alert.figures);
            })
            .await
    }

    async fn add_new_import(&mut self, import: &ImportRecord) -> Result<(), StoreError> {
        let by = || format!("import {}", import.id);
        let operation = match &import.operation {
            None => None,
            Some(id) => Some(self.seq_of("operation", id.as_str(), by).await?),
        };
        match self.seq_of("import", &import.id, String::new).await {
            Err(StoreError::Unknown { .. }) => {}
            Err(other) => return Err(other),
            Ok(_) => {
                return Err(StoreError::Duplicate { what: "import", id: import.id.clone() });
            }
        }
        let seq = IMPORTS.next(&mut self.tx, &self.place).await?;
        IMPORTS
            .insert(&mut self.tx, &self.place, &[import], |import, values| {
                values.number(seq);
                values.text(&import.id);
                values.text(&import.source_name);
                values.hash(&import.source_hash);
                values.text(&import.mapping);
                values.number(import.received_at.micros());
                values.text(&import.summary);
                values.number_or_null(operation);
            })
            .await
    }

    /// Adds files that belong to imports: number, import, description.
    async fn add_files(
        &mut self,
        table: &'static Table,
        what: &'static str,
        files: Vec<(u32, &str, &str)>,
    ) -> Result<(), StoreError> {
        let sql = match what {
            "segment" => {
                "SELECT segment FROM segments \
                 WHERE segment IN (SELECT value FROM json_each(?)) ORDER BY segment LIMIT 1"
            }
            _ => {
                "SELECT file FROM key_files \
                 WHERE file IN (SELECT value FROM json_each(?)) ORDER BY file LIMIT 1"
            }
        };
        self.refuse_duplicates(what, sql, files.iter().map(|file| file.0).collect()).await?;
        let mut imports: HashMap<&str, i64> = HashMap::new();
        for (number, import, _) in &files {
            if !imports.contains_key(import) {
                let seq = self.seq_of("import", import, || format!("{what} {number}")).await?;
                imports.insert(import, seq);
            }
        }
        table
            .insert(&mut self.tx, &self.place, &files, |(number, import, info), values| {
                values.number(i64::from(*number));
                values.number_or_null(imports.get(import).copied());
                values.text(info);
            })
            .await
    }

    async fn add_new_details(&mut self, details: &[DetailRecord]) -> Result<(), StoreError> {
        let sql = "SELECT detail FROM details \
                   WHERE detail IN (SELECT value FROM json_each(?)) ORDER BY detail LIMIT 1";
        let numbers = details.iter().map(|detail| detail.detail).collect();
        self.refuse_duplicates("file of detail", sql, numbers).await?;
        DETAILS
            .insert(&mut self.tx, &self.place, details, |detail, values| {
                values.number(i64::from(detail.detail));
                values.text(&detail.info);
            })
            .await
    }

    async fn store_progress(&mut self, progress: &[SegmentProgress]) -> Result<(), StoreError> {
        let segments: Vec<u32> = progress.iter().map(|progress| progress.segment).collect();
        let unknown: Option<i64> = sqlx::query_scalar(
            "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT segment FROM segments) \
             ORDER BY value LIMIT 1",
        )
        .bind(serde_json::Value::from(segments).to_string())
        .fetch_optional(&mut *self.tx)
        .await
        .map_err(self.place.cannot("look for segments"))?;
        if let Some(id) = unknown {
            let by = "a note of how far segments are posted".to_owned();
            return Err(StoreError::Unknown { what: "segment", id: id.to_string(), by });
        }
        PROGRESS
            .insert(&mut self.tx, &self.place, progress, |progress, values| {
                values.number(i64::from(progress.segment));
                values.number(progress.posted_until.micros());
            })
            .await
    }
}

impl WriteTransaction for SqliteWrite {
    async fn claim(&mut self, _: &OperationId) -> Result<(), StoreError> {
        // Whoever writes is alone already.
        Ok(())
    }

    async fn operation(&mut self, id: &OperationId) -> Result<Option<StoredOperation>, StoreError> {
        self.enter()?;
        let outcome = read::operation(&mut self.tx, &self.place, id).await;
        self.leave(outcome)
    }

    async fn book(&mut self, customer: &CustomerCode) -> Result<Option<BookRecord>, StoreError> {
        Ok(self.books(std::slice::from_ref(customer)).await?.pop())
    }

    async fn books(&mut self, customers: &[CustomerCode]) -> Result<Vec<BookRecord>, StoreError> {
        self.enter()?;
        let outcome = read::books_of(&mut self.tx, &self.place, (customers, true)).await;
        self.leave(outcome)
    }

    async fn config_revision(&mut self) -> Result<u64, StoreError> {
        self.enter()?;
        let outcome = self.last_config().await;
        self.leave(outcome)
    }

    async fn closed_through(&mut self) -> Result<Option<Date>, StoreError> {
        self.enter()?;
        let outcome = read::closed_through(&mut self.tx, &self.place).await;
        self.leave(outcome)
    }

    async fn snapshot(&mut self, queries: &[FactQuery]) -> Result<Snapshot, StoreError> {
        self.enter()?;
        self.store_sums().await?;
        // Codes that this transaction added are not for others to know before it commits.
        let codes = RwLock::default();
        let outcome = super::snapshot_of(&mut self.tx, &self.place, &codes, (queries, true)).await;
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
        // Whoever writes is alone already.
        self.enter()?;
        self.leave(Ok(()))
    }

    async fn add_import(&mut self, import: &ImportRecord) -> Result<(), StoreError> {
        self.enter()?;
        let outcome = self.add_new_import(import).await;
        self.leave(outcome)
    }

    async fn add_segments(&mut self, segments: &[SegmentRecord]) -> Result<(), StoreError> {
        self.enter()?;
        let files = segments.iter().map(|s| (s.segment, s.import.as_str(), s.info.as_str()));
        let outcome = self.add_files(&SEGMENTS, "segment", files.collect()).await;
        self.leave(outcome)
    }

    async fn add_key_files(&mut self, files: &[KeyFileRecord]) -> Result<(), StoreError> {
        self.enter()?;
        let files = files.iter().map(|f| (f.file, f.import.as_str(), f.info.as_str()));
        let outcome = self.add_files(&KEY_FILES, "key file", files.collect()).await;
        self.leave(outcome)
    }

    async fn add_details(&mut self, details: &[DetailRecord]) -> Result<(), StoreError> {
        self.enter()?;
        let outcome = self.add_new_details(details).await;
        self.leave(outcome)
    }

    async fn set_progress(&mut self, progress: &[SegmentProgress]) -> Result<(), StoreError> {
        self.enter()?;
        let outcome = self.store_progress(progress).await;
        self.leave(outcome)
    }

    async fn commit(mut self) -> Result<(), StoreError> {
        self.enter()?;
        self.store_sums().await?;
        self.tx.commit().await.map_err(self.place.cannot("commit"))?;
        *self.shared.lock().unwrap_or_else(PoisonError::into_inner) = self.words;
        Ok(())
    }

    async fn rollback(self) -> Result<(), StoreError> {
        self.tx.rollback().await.map_err(self.place.cannot("roll back"))
    }
}
