//! One type for both ledgers, so that what is written for a store runs on either.

use scrip_journal::{Checkpoint, Entry, Hash};
use scrip_revenue::Fact;
use scrip_store::{
    AlertRecord, BookRecord, CloseRecord, ConfigRecord, CustomerHead, DetailRecord, EntryFilter,
    EntryIndex, ExchangeRateRecord, FactQuery, FoundEvent, ImportRecord, KeyFileRecord,
    LedgerStore, LotChangeRecord, LotFilter, LotRecord, Meta, OperationDetail, OperationEvent,
    OperationFilter, OperationMark, OperationRecord, OperationShare, Page, RateFilter,
    SegmentProgress, SegmentRecord, Snapshot, SqliteStore, StandingRecord, Status, StoreError,
    StoredEntry, StoredLot, StoredOperation, Unfinished, WriteTransaction, sqlite::SqliteWrite,
};
use scrip_units::{Actor, CustomerCode, Date, EventKey, Instant, OperationId};

use crate::postgres::{PostgresStore, PostgresWrite};

/// A ledger: the file of a workspace, or the production ledger on a server.
#[derive(Debug, Clone)]
pub enum Ledger {
    /// A file on this machine.
    Local(SqliteStore),
    /// A PostgreSQL database.
    Production(PostgresStore),
}

/// A write transaction of either.
pub enum LedgerWrite {
    /// Of a file.
    Local(Box<SqliteWrite>),
    /// Of a database.
    Production(Box<PostgresWrite>),
}

impl Ledger {
    /// The file, where it is one.
    #[must_use]
    pub fn local(&self) -> Option<&SqliteStore> {
        match self {
            Self::Local(store) => Some(store),
            Self::Production(_) => None,
        }
    }

    /// Closes every connection of all handles.
    ///
    /// # Errors
    /// Those of [`SqliteStore::close`]; what was committed is safe even then.
    pub async fn close(self) -> Result<(), StoreError> {
        match self {
            Self::Local(store) => store.close().await,
            Self::Production(store) => {
                store.close().await;
                Ok(())
            }
        }
    }
}

impl From<SqliteStore> for Ledger {
    fn from(store: SqliteStore) -> Self {
        Self::Local(store)
    }
}

impl From<PostgresStore> for Ledger {
    fn from(store: PostgresStore) -> Self {
        Self::Production(store)
    }
}

/// Methods that hand everything over to the ledger that is meant.
macro_rules! reads {
    ($($name:ident($($argument:ident: $of:ty),*) -> $gives:ty;)*) => {$(
        async fn $name(&self, $($argument: $of),*) -> Result<$gives, StoreError> {
            match self {
                Self::Local(store) => store.$name($($argument),*).await,
                Self::Production(store) => store.$name($($argument),*).await,
            }
        }
    )*};
}
macro_rules! writes {
    ($($name:ident($($argument:ident: $of:ty),*) -> $gives:ty;)*) => {$(
        async fn $name(&mut self, $($argument: $of),*) -> Result<$gives, StoreError> {
            match self {
                Self::Local(tx) => tx.$name($($argument),*).await,
                Self::Production(tx) => tx.$name($($argument),*).await,
            }
        }
    )*};
}

impl LedgerStore for Ledger {
    type Write = LedgerWrite;

    fn place(&self) -> &str {
        match self {
            Self::Local(store) => store.place(),
            Self::Production(store) => store.place(),
        }
    }

    async fn begin(&self) -> Result<LedgerWrite, StoreError> {
        Ok(match self {
            Self::Local(store) => LedgerWrite::Local(Box::new(store.begin().await?)),
            Self::Production(store) => LedgerWrite::Production(Box::new(store.begin().await?)),
        })
    }

    async fn begin_alone(&self) -> Result<LedgerWrite, StoreError> {
        Ok(match self {
            Self::Local(store) => LedgerWrite::Local(Box::new(store.begin_alone().await?)),
            Self::Production(store) => {
                LedgerWrite::Production(Box::new(store.begin_alone().await?))
            }
        })
    }

    reads! {
        clock() -> Option<Instant>;
        follows() -> Option<String>;
        unfinished() -> Option<Unfinished>;
        meta() -> Meta;
        status() -> Status;
        integrity() -> Vec<String>;
        operation(id: &OperationId) -> Option<StoredOperation>;
        operations(page: Page) -> Vec<StoredOperation>;
        find_operations(filter: &OperationFilter, page: Page) -> Vec<StoredOperation>;
        operation_index(filter: &OperationFilter, page: u32) -> EntryIndex;
        operation_shares() -> Vec<OperationShare>;
        operation_marks(shares: &[u8]) -> Vec<OperationMark>;
        actors() -> Vec<Actor>;
        entries(filter: &EntryFilter, page: Page) -> Vec<StoredEntry>;
        entry_index(filter: &EntryFilter, page: u32) -> EntryIndex;
        lots(filter: &LotFilter, page: Page) -> Vec<StoredLot>;
        charged_until() -> Option<Instant>;
        heads() -> Vec<CustomerHead>;
        checkpoint() -> Checkpoint;
        facts(query: &FactQuery) -> Vec<Fact>;
        snapshot(queries: &[FactQuery]) -> Snapshot;
        config_revision() -> u64;
        config_latest() -> Option<ConfigRecord>;
        config(revision: u64) -> Option<ConfigRecord>;
        closes() -> Vec<CloseRecord>;
        alerts(customer: Option<&CustomerCode>, since: Instant) -> Vec<AlertRecord>;
        book(customer: &CustomerCode) -> Option<BookRecord>;
        books(after: Option<&CustomerCode>, limit: u32) -> Vec<BookRecord>;
        standings(after: Option<&CustomerCode>, limit: u32) -> Vec<StandingRecord>;
        books_due(until: Instant, after: Option<&CustomerCode>, limit: u32) -> Vec<BookRecord>;
        operation_details(operation: &OperationId) -> Vec<OperationDetail>;
        find_event(customer: Option<&CustomerCode>, key: &EventKey) -> Vec<FoundEvent>;
        exchange_rates(filter: &RateFilter) -> Vec<ExchangeRateRecord>;
        imports() -> Vec<ImportRecord>;
        segments() -> Vec<SegmentRecord>;
        key_files() -> Vec<KeyFileRecord>;
        details() -> Vec<DetailRecord>;
        progress() -> Vec<SegmentProgress>;
        archive_part(file: &Hash, part: u32) -> Option<Vec<u8>>;
    }
}

impl WriteTransaction for LedgerWrite {
    writes! {
        operation(id: &OperationId) -> Option<StoredOperation>;
        claim(id: &OperationId) -> ();
        book(customer: &CustomerCode) -> Option<BookRecord>;
        books(customers: &[CustomerCode]) -> Vec<BookRecord>;
        config_revision() -> u64;
        closed_through() -> Option<Date>;
        snapshot(queries: &[FactQuery]) -> Snapshot;
        append(operation: &OperationRecord, entries: &[Entry], lots: &[LotRecord]) -> u64;
        add_lot_changes(changes: &[LotChangeRecord]) -> ();
        save_books(books: &[BookRecord]) -> ();
        add_operation_details(
            operation: &OperationId,
            events: &[OperationEvent],
            details: &[OperationDetail]
        ) -> ();
        find_event(customer: Option<&CustomerCode>, key: &EventKey) -> Vec<FoundEvent>;
        add_exchange_rates(operation: &OperationId, rates: &[ExchangeRateRecord]) -> ();
        exchange_rates(filter: &RateFilter) -> Vec<ExchangeRateRecord>;
        add_config(config: &ConfigRecord) -> ();
        add_close(close: &CloseRecord) -> ();
        add_alerts(alerts: &[AlertRecord]) -> ();
        own_archive() -> ();
        lacking_files(files: &[Hash]) -> Vec<Hash>;
        add_archive_part(file: &Hash, part: u32, content: &[u8]) -> ();
        add_import(import: &ImportRecord) -> ();
        add_segments(segments: &[SegmentRecord]) -> ();
        add_key_files(files: &[KeyFileRecord]) -> ();
        add_details(details: &[DetailRecord]) -> ();
        set_progress(progress: &[SegmentProgress]) -> ();
    }

    async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Local(tx) => tx.commit().await,
            Self::Production(tx) => tx.commit().await,
        }
    }

    async fn rollback(self) -> Result<(), StoreError> {
        match self {
            Self::Local(tx) => tx.rollback().await,
            Self::Production(tx) => tx.rollback().await,
        }
    }
}
