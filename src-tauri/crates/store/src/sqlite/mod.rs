//! The ledger of a workspace: one SQLite file.
//!
//! One connection writes, up to four read; in WAL mode readers never wait for the writer. Another
//! process may write too: a write transaction takes SQLite's write lock when it begins and reads
//! every chain head it extends inside it, so whoever comes second sees what the first one did. A
//! writer waits for another for a while ([`SqliteOptions::patience`]) and then gives up with a
//! sentence, having changed nothing.

mod append;
mod charges;
mod codes;
mod entries;
mod facts;
mod fault;
mod following;
mod open;
mod read;
mod rows;
mod schema;
mod sums;
mod trail;
mod words;
mod write;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use scrip_revenue::Fact;
use scrip_units::{Actor, CustomerCode, EventKey, Instant, OperationId};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Acquire, Sqlite, SqlitePool};
use tokio::sync::RwLock;

use self::codes::Codes;
use self::fault::Place;
pub use self::following::FollowRecord;
pub use self::open::FORMAT;
pub use self::write::SqliteWrite;
use crate::contract::{LedgerStore, checkpoint_of};
use crate::error::StoreError;
use crate::query::{
    EntryFilter, EntryIndex, FactQuery, LotFilter, OperationFilter, Page, RateFilter,
};
use crate::record::{
    AlertRecord, BookRecord, CloseRecord, ConfigRecord, CustomerHead, DetailRecord,
    ExchangeRateRecord, FoundEvent, ImportRecord, KeyFileRecord, Meta, OperationDetail,
    OperationMark, OperationShare, SegmentProgress, SegmentRecord, Snapshot, StandingRecord,
    Status, StoredEntry, StoredLot, StoredOperation, Unfinished,
};

/// What a ledger is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Reading and writing; tables of an older format are brought up to date.
    ReadWrite,
    /// Reading alone; the file is not changed.
    ReadOnly,
}

/// What a new ledger says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// Id of the workspace, for life.
    pub workspace_id: String,
    /// Now.
    pub created_at: Instant,
    /// Version of this program.
    pub program_version: String,
}

/// How a ledger is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    /// How long a writer waits for another one.
    pub patience: Duration,
    /// The largest number of pages (of 4 KiB) that the file may have; `None` for no limit but the
    /// disk's.
    pub pages_max: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { patience: Duration::from_secs(5), pages_max: None }
    }
}

/// The ledger of a workspace, open.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    place: fault::Place,
    /// The format of the tables, as they were when the ledger was opened and brought up to date.
    format: i64,
    readers: SqlitePool,
    writer: Option<SqlitePool>,
    codes: Arc<RwLock<codes::Codes>>,
    words: Arc<Mutex<words::Words>>,
}

impl SqliteStore {
    /// Creates a ledger and opens it for writing. The file appears at `path` when it is complete.
    ///
    /// # Errors
    /// [`StoreError::Exists`], [`StoreError::Unreachable`], [`StoreError::Full`].
    pub async fn create(path: impl AsRef<Path>, genesis: &Genesis) -> Result<Self, StoreError> {
        Self::create_with(path, genesis, &SqliteOptions::default()).await
    }

    /// As [`SqliteStore::create`], with options.
    ///
    /// # Errors
    /// As [`SqliteStore::create`].
    pub async fn create_with(
        path: impl AsRef<Path>,
        genesis: &Genesis,
        options: &SqliteOptions,
    ) -> Result<Self, StoreError> {
        open::create(path.as_ref(), genesis, options).await?;
        Self::open_with(path, Mode::ReadWrite, options).await
    }

    /// Opens a ledger.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::NotALedger`], [`StoreError::NewerFormat`],
    /// [`StoreError::ReadOnly`], [`StoreError::Unreachable`], [`StoreError::Damaged`].
    pub async fn open(path: impl AsRef<Path>, mode: Mode) -> Result<Self, StoreError> {
        Self::open_with(path, mode, &SqliteOptions::default()).await
    }

    /// As [`SqliteStore::open`], with options.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub async fn open_with(
        path: impl AsRef<Path>,
        mode: Mode,
        options: &SqliteOptions,
    ) -> Result<Self, StoreError> {
        open::open(path.as_ref(), mode, options).await
    }

    /// Closes the ledger and folds SQLite's write-ahead log into the file, so that the file alone
    /// is the ledger. Open transactions and other handles end first.
    ///
    /// # Errors
    /// [`StoreError::Database`]; what was committed is safe even then.
    pub async fn close(self) -> Result<(), StoreError> {
        self.readers.close().await;
        if let Some(writer) = self.writer {
            if let Ok(mut connection) = writer.acquire().await {
                // Another process may be reading; then the log stays beside the file, which is fine.
                let folded =
                    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *connection);
                folded.await.map_err(self.place.cannot("fold its log into the file"))?;
            }
            writer.close().await;
        }
        Ok(())
    }

    /// Whether sums are kept: not in the tables of an older format, which somebody only reads.
    fn has_sums(&self) -> bool {
        self.format >= sums::SINCE
    }

    /// Whether standings are kept.
    fn has_standings(&self) -> bool {
        self.format >= STANDINGS_SINCE
    }

    async fn reader(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.readers.acquire().await.map_err(|error| match error {
            // Not a matter of writers, whom readers never wait for.
            sqlx::Error::PoolTimedOut => StoreError::Database {
                ledger: self.place.name(),
                doing: "be read while so many others read it",
                source: error.into(),
            },
            other => self.place.cannot("be read")(other),
        })
    }
}

/// The first format with standings.
const STANDINGS_SINCE: i64 = 7;

/// Heads and facts, of one moment when the connection is in a transaction.
async fn snapshot_of(
    connection: &mut SqliteConnection,
    place: &Place,
    codes: &RwLock<Codes>,
    (queries, has_sums): (&[FactQuery], bool),
) -> Result<Snapshot, StoreError> {
    let heads = read::heads(connection, place, has_sums).await?;
    let mut facts = Vec::with_capacity(queries.len());
    for query in queries {
        facts.push(facts::facts(connection, place, codes, (query, has_sums)).await?);
    }
    Ok(Snapshot { checkpoint: checkpoint_of(&heads), facts })
}

impl LedgerStore for SqliteStore {
    type Write = SqliteWrite;

    fn place(&self) -> &str {
        &self.place.ledger
    }

    async fn begin(&self) -> Result<SqliteWrite, StoreError> {
        let Some(writer) = &self.writer else {
            return Err(StoreError::ReadOnly { ledger: self.place.name() });
        };
        let tx = writer.begin_with("BEGIN IMMEDIATE").await;
        let tx = tx.map_err(self.place.cannot("begin to write"))?;
        Ok(SqliteWrite::new(tx, self.place.clone(), Arc::clone(&self.words)))
    }

    async fn follows(&self) -> Result<Option<String>, StoreError> {
        Ok(self.following().await?.map(|record| record.ledger))
    }
    async fn unfinished(&self) -> Result<Option<Unfinished>, StoreError> {
        self.part(&mut *self.reader().await?).await
    }

    async fn meta(&self) -> Result<Meta, StoreError> {
        read::meta(&mut *self.reader().await?, &self.place).await
    }
    async fn status(&self) -> Result<Status, StoreError> {
        read::status(&mut *self.reader().await?, &self.place, self.has_sums()).await
    }

    /// Damaged pages, indexes that disagree with tables, references to nothing, and every table or guard
    /// that is not the one Scrip made.
    async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        let mut connection = self.reader().await?;
        let cannot = self.place.cannot("check its integrity");
        let mut findings: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_all(&mut *connection)
            .await
            .map_err(&cannot)?;
        findings.retain(|finding| finding != "ok");
        let orphans: Vec<String> = sqlx::query_scalar(
            "SELECT 'a row of ' || \"table\" || ' refers to a row of ' || parent || \
             ' that is not there' FROM pragma_foreign_key_check",
        )
        .fetch_all(&mut *connection)
        .await
        .map_err(&cannot)?;
        findings.extend(orphans);
        findings.extend(schema::findings(&mut connection, &self.place).await?);
        if self.has_sums() {
            findings.extend(sums::findings(&mut connection, &self.place).await?);
        }
        Ok(findings)
    }

    async fn operation(&self, id: &OperationId) -> Result<Option<StoredOperation>, StoreError> {
        read::operation(&mut *self.reader().await?, &self.place, id).await
    }
    async fn operations(&self, page: Page) -> Result<Vec<StoredOperation>, StoreError> {
        read::operations(&mut *self.reader().await?, &self.place, page).await
    }
    async fn find_operations(
        &self,
        filter: &OperationFilter,
        page: Page,
    ) -> Result<Vec<StoredOperation>, StoreError> {
        trail::find(&mut *self.reader().await?, &self.place, filter, page).await
    }
    async fn operation_index(
        &self,
        filter: &OperationFilter,
        page: u32,
    ) -> Result<EntryIndex, StoreError> {
        trail::index(&mut *self.reader().await?, &self.place, filter, page).await
    }
    async fn operation_shares(&self) -> Result<Vec<OperationShare>, StoreError> {
        trail::shares(&mut *self.reader().await?, &self.place).await
    }
    async fn operation_marks(&self, shares: &[u8]) -> Result<Vec<OperationMark>, StoreError> {
        trail::marks(&mut *self.reader().await?, &self.place, shares).await
    }
    async fn actors(&self) -> Result<Vec<Actor>, StoreError> {
        trail::actors(&mut *self.reader().await?, &self.place).await
    }

    async fn entries(
        &self,
        filter: &EntryFilter,
        page: Page,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let mut reader = self.reader().await?;
        entries::entries(&mut reader, &self.place, &self.codes, filter, page).await
    }
    async fn entry_index(&self, filter: &EntryFilter, page: u32) -> Result<EntryIndex, StoreError> {
        entries::index(&mut *self.reader().await?, &self.place, filter, page).await
    }
    async fn lots(&self, filter: &LotFilter, page: Page) -> Result<Vec<StoredLot>, StoreError> {
        read::lots(&mut *self.reader().await?, &self.place, filter, page).await
    }

    async fn heads(&self) -> Result<Vec<CustomerHead>, StoreError> {
        read::heads(&mut *self.reader().await?, &self.place, self.has_sums()).await
    }

    async fn facts(&self, query: &FactQuery) -> Result<Vec<Fact>, StoreError> {
        let mut reader = self.whole_reader().await?;
        facts::facts(&mut reader, &self.place, &self.codes, (query, self.has_sums())).await
    }

    async fn snapshot(&self, queries: &[FactQuery]) -> Result<Snapshot, StoreError> {
        let mut reader = self.reader().await?;
        let tx = reader.begin().await;
        let mut tx = tx.map_err(self.place.cannot("begin to read"))?;
        self.refuse_part(&mut tx).await?;
        snapshot_of(&mut tx, &self.place, &self.codes, (queries, self.has_sums())).await
    }

    async fn closes(&self) -> Result<Vec<CloseRecord>, StoreError> {
        read::closes(&mut *self.reader().await?, &self.place).await
    }

    async fn config_revision(&self) -> Result<u64, StoreError> {
        read::config_revision(&mut *self.reader().await?, &self.place).await
    }
    async fn config_latest(&self) -> Result<Option<ConfigRecord>, StoreError> {
        read::config(&mut *self.reader().await?, &self.place, None).await
    }
    async fn config(&self, revision: u64) -> Result<Option<ConfigRecord>, StoreError> {
        read::config(&mut *self.reader().await?, &self.place, Some(revision)).await
    }

    async fn alerts(
        &self,
        customer: Option<&CustomerCode>,
        since: Instant,
    ) -> Result<Vec<AlertRecord>, StoreError> {
        read::alerts(&mut *self.reader().await?, &self.place, customer, since).await
    }

    async fn book(&self, customer: &CustomerCode) -> Result<Option<BookRecord>, StoreError> {
        let customer = std::slice::from_ref(customer);
        let mut reader = self.whole_reader().await?;
        let found = read::books_of(&mut reader, &self.place, (customer, self.has_standings()));
        Ok(found.await?.pop())
    }
    async fn books(
        &self,
        after: Option<&CustomerCode>,
        limit: u32,
    ) -> Result<Vec<BookRecord>, StoreError> {
        let mut reader = self.whole_reader().await?;
        let wanted = (None, after, limit);
        read::books(&mut reader, &self.place, wanted, self.has_standings()).await
    }
    async fn standings(
        &self,
        after: Option<&CustomerCode>,
        limit: u32,
    ) -> Result<Vec<StandingRecord>, StoreError> {
        let mut reader = self.whole_reader().await?;
        read::standings(&mut reader, &self.place, (after, limit), self.has_standings()).await
    }
    async fn books_due(
        &self,
        until: Instant,
        after: Option<&CustomerCode>,
        limit: u32,
    ) -> Result<Vec<BookRecord>, StoreError> {
        let mut reader = self.whole_reader().await?;
        let wanted = (Some(until), after, limit);
        read::books(&mut reader, &self.place, wanted, self.has_standings()).await
    }

    async fn operation_details(
        &self,
        operation: &OperationId,
    ) -> Result<Vec<OperationDetail>, StoreError> {
        charges::operation_details(&mut *self.reader().await?, &self.place, operation).await
    }
    async fn find_event(
        &self,
        customer: Option<&CustomerCode>,
        key: &EventKey,
    ) -> Result<Vec<FoundEvent>, StoreError> {
        charges::find_event(&mut *self.reader().await?, &self.place, customer, key).await
    }
    async fn exchange_rates(
        &self,
        filter: &RateFilter,
    ) -> Result<Vec<ExchangeRateRecord>, StoreError> {
        charges::exchange_rates(&mut *self.reader().await?, &self.place, filter).await
    }

    async fn imports(&self) -> Result<Vec<ImportRecord>, StoreError> {
        read::imports(&mut *self.reader().await?, &self.place).await
    }
    async fn segments(&self) -> Result<Vec<SegmentRecord>, StoreError> {
        read::segments(&mut *self.reader().await?, &self.place).await
    }
    async fn key_files(&self) -> Result<Vec<KeyFileRecord>, StoreError> {
        read::key_files(&mut *self.reader().await?, &self.place).await
    }
    async fn details(&self) -> Result<Vec<DetailRecord>, StoreError> {
        read::details(&mut *self.reader().await?, &self.place).await
    }
    async fn charged_until(&self) -> Result<Option<Instant>, StoreError> {
        read::charged_until(&mut *self.reader().await?, &self.place).await
    }

    async fn progress(&self) -> Result<Vec<SegmentProgress>, StoreError> {
        read::progress(&mut *self.reader().await?, &self.place).await
    }
}
