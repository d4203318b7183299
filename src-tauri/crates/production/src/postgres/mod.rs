//! The ledger in a PostgreSQL database (15 or newer), in a schema of its own.
//!
//! Reads take any connection and see what is committed. A write transaction shares a gate with all
//! other writers, locks the customers it reads to write, and is refused by the database when an
//! entry does not follow its chain, whatever this program believed.

mod address;
mod append;
mod archive;
mod changes;
mod charges;
mod connect;
mod copied;
mod entries;
mod facts;
mod fault;
mod read;
mod rows;
mod schema;
mod trail;
mod write;

use std::sync::{Arc, Mutex};

use scrip_journal::Hash;
use scrip_revenue::Fact;
use scrip_store::{
    AlertRecord, BookRecord, CloseRecord, ConfigRecord, CustomerHead, DetailRecord, EntryFilter,
    EntryIndex, ExchangeRateRecord, FactQuery, FoundEvent, Genesis, ImportRecord, KeyFileRecord,
    LedgerStore, LotFilter, Meta, Mode, OperationDetail, OperationFilter, OperationMark,
    OperationShare, Page, RateFilter, SegmentProgress, SegmentRecord, Snapshot, StandingRecord,
    Status, StoreError, StoredEntry, StoredLot, StoredOperation,
};
use scrip_units::{Actor, CustomerCode, EventKey, Instant, OperationId};
use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres, Transaction};

use self::fault::Heard;

pub use self::address::{Address, Password, password_at_hand};
pub(crate) use self::changes::{Change, Changes, Span};
pub use self::changes::{ServerIdentity, UsageLines};
pub use self::connect::{FORMAT, PostgresOptions, Trust, Upgraded};
pub use self::write::PostgresWrite;

/// Begins to look at one moment of the ledger.
const LOOK: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// A ledger in a PostgreSQL database, open.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    place: fault::Place,
    pool: PgPool,
    writable: bool,
    words: Arc<Mutex<write::Words>>,
}

impl PostgresStore {
    /// Makes the ledger in the database of an address (`postgres://name@host:5432/database`). The role
    /// must own the schema `scrip` or may create it.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the ledger of another workspace is there,
    /// [`StoreError::NotReached`], [`StoreError::NotTrusted`], [`StoreError::NotLetIn`],
    /// [`StoreError::NewerFormat`], [`StoreError::Database`].
    pub async fn install(
        url: &str,
        genesis: &Genesis,
        options: &PostgresOptions,
    ) -> Result<(), StoreError> {
        connect::install(url, genesis, options).await
    }

    /// Brings the tables of an older version up to date. The role must own them.
    ///
    /// # Errors
    /// [`StoreError::NotReached`], [`StoreError::NotTrusted`], [`StoreError::NotLetIn`],
    /// [`StoreError::NewerFormat`], [`StoreError::Database`]; each step is done wholly or not at all.
    pub async fn upgrade(url: &str, options: &PostgresOptions) -> Result<Upgraded, StoreError> {
        connect::upgrade(url, options).await
    }

    /// Opens the ledger that is there.
    ///
    /// # Errors
    /// [`StoreError::NotReached`], [`StoreError::NotTrusted`], [`StoreError::NotLetIn`],
    /// [`StoreError::Missing`], [`StoreError::NotALedger`], [`StoreError::NewerFormat`],
    /// [`StoreError::OlderFormat`].
    pub async fn open(
        url: &str,
        mode: Mode,
        options: &PostgresOptions,
    ) -> Result<Self, StoreError> {
        connect::open(url, mode, options).await
    }

    /// Closes all connections of all handles.
    pub async fn close(self) {
        self.pool.close().await;
    }

    async fn connection(&self) -> Result<PoolConnection<Postgres>, StoreError> {
        self.pool.acquire().await.map_err(|error| self.no_connection("be read", error))
    }

    async fn transaction(
        &self,
        begun: impl Future<Output = sqlx::Result<Transaction<'static, Postgres>>>,
        doing: &'static str,
    ) -> Result<Transaction<'static, Postgres>, StoreError> {
        match tokio::time::timeout(self.place.silence, begun).await {
            Ok(begun) => begun.map_err(|error| self.no_connection(doing, error)),
            Err(_) => Err(self.place.silent()),
        }
    }

    /// Begins to write, with the gate as this statement takes it.
    async fn begin_beside(&self, gate: &'static str) -> Result<PostgresWrite, StoreError> {
        if !self.writable {
            return Err(StoreError::ReadOnly { ledger: self.place.name() });
        }
        let doing = "begin to write";
        let mut tx = self.transaction(self.pool.begin(), doing).await?;
        sqlx::query(gate).bind(write::GATE).execute(&mut *tx).heard(&self.place, doing).await?;
        // A writer asks for rows by their keys. Its plans, and those of the rules in the database, are made
        // while tables may be empty still, and are kept: one that reads a whole table, or joins
        // with one, would do so for every customer of a long transaction.
        sqlx::query(
            "SELECT set_config('enable_seqscan', 'off', true), \
                 set_config('enable_hashjoin', 'off', true), \
                 set_config('enable_mergejoin', 'off', true)",
        )
        .execute(&mut *tx)
        .heard(&self.place, doing)
        .await?;
        Ok(PostgresWrite::new(tx, self.place.clone(), Arc::clone(&self.words)))
    }

    /// The error when there is no connection: a server that is gone is not busy.
    fn no_connection(&self, doing: &'static str, error: sqlx::Error) -> StoreError {
        match error {
            sqlx::Error::PoolTimedOut if self.pool.size() == 0 => StoreError::NotReached {
                ledger: self.place.name(),
                source: format!("it does not answer within {:?}", self.place.patience).into(),
            },
            other => self.place.cannot(doing)(other),
        }
    }
}

impl LedgerStore for PostgresStore {
    type Write = PostgresWrite;

    fn place(&self) -> &str {
        &self.place.ledger
    }

    async fn begin(&self) -> Result<PostgresWrite, StoreError> {
        self.begin_beside("SELECT pg_advisory_xact_lock_shared($1)").await
    }

    async fn begin_alone(&self) -> Result<PostgresWrite, StoreError> {
        // From the first statement on: two that hold the lock with others, and then want it alone, would
        // wait for each other.
        self.begin_beside("SELECT pg_advisory_xact_lock($1)").await
    }

    /// The server's clock: what happens at many desks is recorded by one clock, whatever theirs say.
    async fn clock(&self) -> Result<Option<Instant>, StoreError> {
        let doing = "tell the time";
        let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
        let micros: i64 = sqlx::query_scalar(sql)
            .fetch_one(&mut *self.connection().await?)
            .heard(&self.place, doing)
            .await?;
        let now = Instant::from_micros(micros);
        Ok(Some(now.map_err(|error| self.place.unreadable("the server's clock", error))?))
    }

    async fn meta(&self) -> Result<Meta, StoreError> {
        read::meta(&mut *self.connection().await?, &self.place).await
    }
    async fn status(&self) -> Result<Status, StoreError> {
        read::status(&mut *self.connection().await?, &self.place).await
    }

    async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        schema::findings(&mut *self.connection().await?, &self.place).await
    }

    async fn operation(&self, id: &OperationId) -> Result<Option<StoredOperation>, StoreError> {
        read::operation(&mut *self.connection().await?, &self.place, id).await
    }
    async fn operations(&self, page: Page) -> Result<Vec<StoredOperation>, StoreError> {
        read::operations(&mut *self.connection().await?, &self.place, page).await
    }
    async fn find_operations(
        &self,
        filter: &OperationFilter,
        page: Page,
    ) -> Result<Vec<StoredOperation>, StoreError> {
        trail::find(&mut *self.connection().await?, &self.place, filter, page).await
    }
    async fn operation_index(
        &self,
        filter: &OperationFilter,
        page: u32,
    ) -> Result<EntryIndex, StoreError> {
        trail::index(&mut *self.connection().await?, &self.place, filter, page).await
    }
    async fn operation_shares(&self) -> Result<Vec<OperationShare>, StoreError> {
        trail::shares(&mut *self.connection().await?, &self.place).await
    }
    async fn operation_marks(&self, shares: &[u8]) -> Result<Vec<OperationMark>, StoreError> {
        trail::marks(&mut *self.connection().await?, &self.place, shares).await
    }
    async fn actors(&self) -> Result<Vec<Actor>, StoreError> {
        trail::actors(&mut *self.connection().await?, &self.place).await
    }

    async fn entries(
        &self,
        filter: &EntryFilter,
        page: Page,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        entries::entries(&mut *self.connection().await?, &self.place, filter, page).await
    }
    async fn entry_index(&self, filter: &EntryFilter, page: u32) -> Result<EntryIndex, StoreError> {
        entries::index(&mut *self.connection().await?, &self.place, filter, page).await
    }
    async fn lots(&self, filter: &LotFilter, page: Page) -> Result<Vec<StoredLot>, StoreError> {
        read::lots(&mut *self.connection().await?, &self.place, filter, page).await
    }
    async fn charged_until(&self) -> Result<Option<Instant>, StoreError> {
        read::charged_until(&mut *self.connection().await?, &self.place).await
    }
    async fn heads(&self) -> Result<Vec<CustomerHead>, StoreError> {
        read::heads(&mut *self.connection().await?, &self.place).await
    }

    async fn facts(&self, query: &FactQuery) -> Result<Vec<Fact>, StoreError> {
        facts::facts(&mut *self.connection().await?, &self.place, query).await
    }
    async fn snapshot(&self, queries: &[FactQuery]) -> Result<Snapshot, StoreError> {
        let mut tx = self.transaction(self.pool.begin_with(LOOK), "begin to read").await?;
        facts::snapshot(&mut tx, &self.place, queries).await
    }

    async fn config_revision(&self) -> Result<u64, StoreError> {
        read::config_revision(&mut *self.connection().await?, &self.place).await
    }
    async fn config_latest(&self) -> Result<Option<ConfigRecord>, StoreError> {
        read::config(&mut *self.connection().await?, &self.place, None).await
    }
    async fn config(&self, revision: u64) -> Result<Option<ConfigRecord>, StoreError> {
        read::config(&mut *self.connection().await?, &self.place, Some(revision)).await
    }

    async fn closes(&self) -> Result<Vec<CloseRecord>, StoreError> {
        read::closes(&mut *self.connection().await?, &self.place).await
    }
    async fn alerts(
        &self,
        customer: Option<&CustomerCode>,
        since: Instant,
    ) -> Result<Vec<AlertRecord>, StoreError> {
        read::alerts(&mut *self.connection().await?, &self.place, customer, since).await
    }

    async fn book(&self, customer: &CustomerCode) -> Result<Option<BookRecord>, StoreError> {
        let customer = std::slice::from_ref(customer);
        Ok(read::books_of(&mut *self.connection().await?, &self.place, customer).await?.pop())
    }
    async fn books(
        &self,
        after: Option<&CustomerCode>,
        limit: u32,
    ) -> Result<Vec<BookRecord>, StoreError> {
        read::books(&mut *self.connection().await?, &self.place, None, after, limit).await
    }
    async fn standings(
        &self,
        after: Option<&CustomerCode>,
        limit: u32,
    ) -> Result<Vec<StandingRecord>, StoreError> {
        read::standings(&mut *self.connection().await?, &self.place, after, limit).await
    }
    async fn books_due(
        &self,
        until: Instant,
        after: Option<&CustomerCode>,
        limit: u32,
    ) -> Result<Vec<BookRecord>, StoreError> {
        read::books(&mut *self.connection().await?, &self.place, Some(until), after, limit).await
    }

    async fn operation_details(
        &self,
        operation: &OperationId,
    ) -> Result<Vec<OperationDetail>, StoreError> {
        charges::operation_details(&mut *self.connection().await?, &self.place, operation).await
    }
    async fn find_event(
        &self,
        customer: Option<&CustomerCode>,
        key: &EventKey,
    ) -> Result<Vec<FoundEvent>, StoreError> {
        charges::find_event(&mut *self.connection().await?, &self.place, customer, key).await
    }
    async fn exchange_rates(
        &self,
        filter: &RateFilter,
    ) -> Result<Vec<ExchangeRateRecord>, StoreError> {
        charges::exchange_rates(&mut *self.connection().await?, &self.place, filter).await
    }

    async fn imports(&self) -> Result<Vec<ImportRecord>, StoreError> {
        read::imports(&mut *self.connection().await?, &self.place).await
    }
    async fn segments(&self) -> Result<Vec<SegmentRecord>, StoreError> {
        read::segments(&mut *self.connection().await?, &self.place).await
    }
    async fn key_files(&self) -> Result<Vec<KeyFileRecord>, StoreError> {
        read::key_files(&mut *self.connection().await?, &self.place).await
    }
    async fn details(&self) -> Result<Vec<DetailRecord>, StoreError> {
        read::details(&mut *self.connection().await?, &self.place).await
    }
    async fn progress(&self) -> Result<Vec<SegmentProgress>, StoreError> {
        read::progress(&mut *self.connection().await?, &self.place).await
    }
    async fn archive_part(&self, file: &Hash, part: u32) -> Result<Option<Vec<u8>>, StoreError> {
        archive::part(&mut *self.connection().await?, &self.place, file, part).await
    }
}
