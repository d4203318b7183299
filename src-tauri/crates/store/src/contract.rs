//! The contract between the program and a ledger.

use scrip_journal::{Checkpoint, Entry, Hash, checkpoint};
use scrip_revenue::Fact;
use scrip_units::{Actor, CustomerCode, Date, EventKey, Instant, OperationId};

use crate::error::StoreError;
use crate::query::{
    EntryFilter, EntryIndex, FactQuery, LotFilter, OperationFilter, Page, RateFilter,
};
use crate::record::{
    AlertRecord, BookRecord, CloseRecord, ConfigRecord, CustomerHead, DetailRecord,
    ExchangeRateRecord, FoundEvent, ImportRecord, KeyFileRecord, LotChangeRecord, LotRecord, Meta,
    OperationDetail, OperationEvent, OperationMark, OperationRecord, OperationShare,
    SegmentProgress, SegmentRecord, Snapshot, StandingRecord, Status, StoredEntry, StoredLot,
    StoredOperation, Unfinished,
};

/// The largest part of a file of the usage archive.
pub const ARCHIVE_PART_BYTES: usize = 1 << 20;

/// A future that may move between threads; what every method of the contract returns.
pub trait StoreFuture<T>: Future<Output = Result<T, StoreError>> + Send {}
impl<T, F: Future<Output = Result<T, StoreError>> + Send> StoreFuture<T> for F {}

/// A ledger. A handle is cheap to clone; all clones are the same ledger.
///
/// Reads see what is committed and never wait for a writer. Every method may fail with
/// [`StoreError::Unreadable`], [`StoreError::Damaged`] or [`StoreError::Database`].
pub trait LedgerStore: Clone + Send + Sync + 'static {
    /// A write transaction.
    type Write: WriteTransaction;

    /// The ledger as people call it: a path, or a server and database.
    fn place(&self) -> &str;

    /// Begins a write transaction: the one that may be open at a time, or one beside those that write for
    /// other customers, as the ledger can. Waits a while for whoever is in the way.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::ReadOnly`].
    fn begin(&self) -> impl StoreFuture<Self::Write>;

    /// Begins a write transaction beside which nobody writes, from its first statement to its end: for
    /// what counts for every operation after it, whoever's that is. A configuration, a close and exchange
    /// rates must be recorded so: what was begun before them is before them in the ledger.
    ///
    /// # Errors
    /// As [`LedgerStore::begin`].
    fn begin_alone(&self) -> impl StoreFuture<Self::Write> {
        self.begin()
    }

    /// The clock that this ledger is recorded by, whoever records; none for that of the machine.
    ///
    /// # Errors
    /// [`StoreError::NotReached`].
    fn clock(&self) -> impl StoreFuture<Option<Instant>> {
        async { Ok(None) }
    }

    /// The ledger that this one is a copy of, as people call it: nothing is recorded in a copy but what
    /// was recorded there. None for a ledger of its own.
    fn follows(&self) -> impl StoreFuture<Option<String>> {
        async { Ok(None) }
    }

    /// How far the ledger has come, where it is a copy that was to get more. Its books are not those of its
    /// entries then, so [`Self::book`], [`Self::books`], [`Self::standings`], [`Self::books_due`],
    /// [`Self::facts`] and [`Self::snapshot`] refuse it as [`StoreError::Unfinished`]. None for a ledger of
    /// its own, and for a copy that is whole.
    fn unfinished(&self) -> impl StoreFuture<Option<Unfinished>> {
        async { Ok(None) }
    }
    /// Refuses a copy that was to get more.
    ///
    /// # Errors
    /// [`StoreError::Unfinished`].
    fn whole(&self) -> impl StoreFuture<()> {
        async {
            match self.unfinished().await? {
                None => Ok(()),
                Some(part) => Err(StoreError::unfinished(self.place(), part)),
            }
        }
    }

    /// What the ledger says about itself.
    fn meta(&self) -> impl StoreFuture<Meta>;
    /// Counts of what is in it.
    fn status(&self) -> impl StoreFuture<Status>;

    /// Everything that is wrong with the ledger below its records - damage, a table or guard that is not
    /// the one Scrip made. Empty for a sound one.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when it is too damaged to be checked.
    fn integrity(&self) -> impl StoreFuture<Vec<String>>;

    /// An operation by its id.
    fn operation(&self, id: &OperationId) -> impl StoreFuture<Option<StoredOperation>>;
    /// Operations in the order of recording.
    fn operations(&self, page: Page) -> impl StoreFuture<Vec<StoredOperation>>;
    /// Operations that match, in the order of recording.
    fn find_operations(
        &self,
        filter: &OperationFilter,
        page: Page,
    ) -> impl StoreFuture<Vec<StoredOperation>>;
    /// How the operations that match fall into pages of so many, as [`Self::entry_index`].
    fn operation_index(&self, filter: &OperationFilter, page: u32) -> impl StoreFuture<EntryIndex>;
    /// All operations as shares, in order, without those that are empty. It reads every operation.
    fn operation_shares(&self) -> impl StoreFuture<Vec<OperationShare>>;
    /// The operations of some shares, in no order. It reads every operation.
    fn operation_marks(&self, shares: &[u8]) -> impl StoreFuture<Vec<OperationMark>>;
    /// Everybody who caused an operation, in order.
    fn actors(&self) -> impl StoreFuture<Vec<Actor>>;

    /// Entries with all their postings, in the order of recording, which within a customer is the
    /// order of the chain.
    fn entries(&self, filter: &EntryFilter, page: Page) -> impl StoreFuture<Vec<StoredEntry>>;
    /// How the entries that match fall into pages of so many: page `n` is what [`Self::entries`] gives
    /// after the `n`th start.
    fn entry_index(&self, filter: &EntryFilter, page: u32) -> impl StoreFuture<EntryIndex>;
    /// Lots in the order of recording.
    fn lots(&self, filter: &LotFilter, page: Page) -> impl StoreFuture<Vec<StoredLot>>;

    /// The latest instant of an entry that carries burn detail: up to there usage has been charged
    /// by the prices that were in force.
    fn charged_until(&self) -> impl StoreFuture<Option<Instant>>;

    /// The head of every chain in order of customer. [`Self::integrity`] compares what is kept of heads
    /// with the entries.
    fn heads(&self) -> impl StoreFuture<Vec<CustomerHead>>;
    /// The proof of the whole ledger, over all heads.
    fn checkpoint(&self) -> impl StoreFuture<Checkpoint> {
        async { Ok(checkpoint_of(&self.heads().await?)) }
    }

    /// Sums of postings; ordered by all columns of a fact, absent before present.
    fn facts(&self, query: &FactQuery) -> impl StoreFuture<Vec<Fact>>;

    /// Facts, and the checkpoint of the very ledger they were summed from, however much is written
    /// meanwhile: what a report is made of.
    fn snapshot(&self, queries: &[FactQuery]) -> impl StoreFuture<Snapshot>;

    /// The number of the last revision of the configuration; 0 for none.
    fn config_revision(&self) -> impl StoreFuture<u64>;
    /// The last revision of the configuration.
    fn config_latest(&self) -> impl StoreFuture<Option<ConfigRecord>>;
    /// A revision of the configuration.
    fn config(&self, revision: u64) -> impl StoreFuture<Option<ConfigRecord>>;

    /// Closes of periods, in order of their days.
    fn closes(&self) -> impl StoreFuture<Vec<CloseRecord>>;

    /// Alerts seen at or after an instant, in the order of recording; of one customer, or of all.
    fn alerts(
        &self,
        customer: Option<&CustomerCode>,
        since: Instant,
    ) -> impl StoreFuture<Vec<AlertRecord>>;

    /// A customer's book.
    fn book(&self, customer: &CustomerCode) -> impl StoreFuture<Option<BookRecord>>;
    /// Books in order of customer, from the one after `after`.
    fn books(&self, after: Option<&CustomerCode>, limit: u32) -> impl StoreFuture<Vec<BookRecord>>;
    /// What is asked of all customers at once, in order of customer, from the one after `after`. It is
    /// much less to read than the books.
    fn standings(
        &self,
        after: Option<&CustomerCode>,
        limit: u32,
    ) -> impl StoreFuture<Vec<StandingRecord>>;
    /// Books with something due at or before `until`, in order of customer, from the one after
    /// `after`.
    fn books_due(
        &self,
        until: Instant,
        after: Option<&CustomerCode>,
        limit: u32,
    ) -> impl StoreFuture<Vec<BookRecord>>;

    /// The details of an operation in order; none for usage of the archive, whose detail is in files.
    fn operation_details(&self, operation: &OperationId) -> impl StoreFuture<Vec<OperationDetail>>;
    /// Events that came inside operations, by key, of one customer or of any, in order of customer.
    fn find_event(
        &self,
        customer: Option<&CustomerCode>,
        key: &EventKey,
    ) -> impl StoreFuture<Vec<FoundEvent>>;

    /// Exchange rates by source, currency and day.
    fn exchange_rates(&self, filter: &RateFilter) -> impl StoreFuture<Vec<ExchangeRateRecord>>;

    /// Imports of usage in the order of recording.
    fn imports(&self) -> impl StoreFuture<Vec<ImportRecord>>;
    /// Segments of the usage archive by number.
    fn segments(&self) -> impl StoreFuture<Vec<SegmentRecord>>;
    /// Key files of the usage archive by number.
    fn key_files(&self) -> impl StoreFuture<Vec<KeyFileRecord>>;
    /// Files of columnar detail by number.
    fn details(&self) -> impl StoreFuture<Vec<DetailRecord>>;
    /// How far segments are posted, by number; a segment that is not listed is not begun.
    fn progress(&self) -> impl StoreFuture<Vec<SegmentProgress>>;
    /// A part, from 0, of a file of the usage archive that this ledger keeps, by the hash of its bytes. None
    /// after the last, and for a file that it does not keep: none is kept where the archive lies beside
    /// the ledger.
    fn archive_part(&self, _file: &Hash, _part: u32) -> impl StoreFuture<Option<Vec<u8>>> {
        async { Ok(None) }
    }
}

/// The checkpoint over all heads, which must come in order of customer.
#[must_use]
pub fn checkpoint_of(heads: &[CustomerHead]) -> Checkpoint {
    checkpoint(heads.iter().map(|head| (head.customer.as_str(), head.chain)))
}

/// A write transaction: sees its own writes, hides them from everybody until `commit`. Dropping it
/// rolls it back.
///
/// After an error only a rollback is left: every later call, `commit` among them, fails with
/// [`StoreError::Abandoned`], and nothing of the transaction is stored.
pub trait WriteTransaction: Send {
    /// An operation by its id. The caller compares `body_hash`: the same is a repetition, another is
    /// an error.
    fn operation(&mut self, id: &OperationId) -> impl StoreFuture<Option<StoredOperation>>;
    /// Waits for whoever else has claimed this id until he has ended, and keeps it until this ends: who
    /// looks the operation up afterwards finds what the other recorded.
    ///
    /// # Errors
    /// [`StoreError::Busy`].
    fn claim(&mut self, id: &OperationId) -> impl StoreFuture<()>;
    /// A customer's book.
    fn book(&mut self, customer: &CustomerCode) -> impl StoreFuture<Option<BookRecord>>;
    /// The books of these customers, those that exist, in order of customer.
    fn books(&mut self, customers: &[CustomerCode]) -> impl StoreFuture<Vec<BookRecord>>;
    /// The last revision of the configuration; 0 for none.
    fn config_revision(&mut self) -> impl StoreFuture<u64>;

    /// The last day that is closed, if any is.
    fn closed_through(&mut self) -> impl StoreFuture<Option<Date>>;
    /// Facts and checkpoint of the ledger as this transaction leaves it.
    fn snapshot(&mut self, queries: &[FactQuery]) -> impl StoreFuture<Snapshot>;

    /// Appends an operation with the entries and lots it causes, and returns its sequence.
    ///
    /// Entries of one customer must come in the order of the chain, and the database refuses those
    /// that are booked on a closed day.
    ///
    /// # Errors
    /// [`StoreError::DuplicateOperation`], [`StoreError::Conflict`], [`StoreError::Entry`],
    /// [`StoreError::ForeignEntry`], [`StoreError::UnknownLot`], [`StoreError::UnitScale`],
    /// [`StoreError::Duplicate`] for a lot, [`StoreError::Full`].
    fn append(
        &mut self,
        operation: &OperationRecord,
        entries: &[Entry],
        lots: &[LotRecord],
    ) -> impl StoreFuture<u64>;

    /// Adds changes of lots, in their order; their operations and lots must have been appended.
    ///
    /// # Errors
    /// [`StoreError::Unknown`].
    fn add_lot_changes(&mut self, changes: &[LotChangeRecord]) -> impl StoreFuture<()>;

    /// Stores books, replacing each as a whole.
    fn save_books(&mut self, books: &[BookRecord]) -> impl StoreFuture<()>;

    /// Adds how the events of an operation were charged; the operation must have been appended.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] for an event whose key the customer has already,
    /// [`StoreError::Unknown`].
    fn add_operation_details(
        &mut self,
        operation: &OperationId,
        events: &[OperationEvent],
        details: &[OperationDetail],
    ) -> impl StoreFuture<()>;
    /// As [`LedgerStore::find_event`], with what this transaction added.
    fn find_event(
        &mut self,
        customer: Option<&CustomerCode>,
        key: &EventKey,
    ) -> impl StoreFuture<Vec<FoundEvent>>;

    /// Adds exchange rates of an operation, which must have been appended.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] for a day, currency and source that has a rate,
    /// [`StoreError::Unknown`].
    fn add_exchange_rates(
        &mut self,
        operation: &OperationId,
        rates: &[ExchangeRateRecord],
    ) -> impl StoreFuture<()>;
    /// As [`LedgerStore::exchange_rates`], with what this transaction added.
    fn exchange_rates(&mut self, filter: &RateFilter) -> impl StoreFuture<Vec<ExchangeRateRecord>>;

    /// Adds the next configuration revision; its operation must have been appended.
    ///
    /// # Errors
    /// [`StoreError::ConfigConflict`], [`StoreError::Unknown`].
    fn add_config(&mut self, config: &ConfigRecord) -> impl StoreFuture<()>;

    /// Closes a period; its operation must have been appended.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when the day is closed, [`StoreError::Unknown`].
    fn add_close(&mut self, close: &CloseRecord) -> impl StoreFuture<()>;

    /// Adds alerts; their operations and customers must have been appended.
    ///
    /// # Errors
    /// [`StoreError::Unknown`].
    fn add_alerts(&mut self, alerts: &[AlertRecord]) -> impl StoreFuture<()>;

    /// Waits until nobody else writes to the usage archive of this ledger, and keeps all others from it until
    /// the transaction ends: its files are named and swept by what the ledger says of them. To be called
    /// before anything is read.
    ///
    /// # Errors
    /// [`StoreError::Busy`].
    fn own_archive(&mut self) -> impl StoreFuture<()>;
    /// Which of these files of the usage archive this ledger should keep and does not yet. None where the
    /// archive lies beside the ledger.
    fn lacking_files(&mut self, _files: &[Hash]) -> impl StoreFuture<Vec<Hash>> {
        async { Ok(Vec::new()) }
    }
    /// Keeps a part of a file that the ledger lacks; at most [`ARCHIVE_PART_BYTES`]. Whoever reads it
    /// compares the hash.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`].
    fn add_archive_part(
        &mut self,
        _file: &Hash,
        _part: u32,
        _content: &[u8],
    ) -> impl StoreFuture<()> {
        async { Ok(()) }
    }
    /// Adds an import of usage; its operation, if any, must have been appended.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`], [`StoreError::Unknown`].
    fn add_import(&mut self, import: &ImportRecord) -> impl StoreFuture<()>;
    /// Adds segments of imports that were added.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`], [`StoreError::Unknown`].
    fn add_segments(&mut self, segments: &[SegmentRecord]) -> impl StoreFuture<()>;
    /// Adds key files of imports that were added.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`], [`StoreError::Unknown`].
    fn add_key_files(&mut self, files: &[KeyFileRecord]) -> impl StoreFuture<()>;
    /// Adds files of columnar detail.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`].
    fn add_details(&mut self, details: &[DetailRecord]) -> impl StoreFuture<()>;
    /// Stores how far segments are posted, replacing what was stored.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] for a segment that was not added.
    fn set_progress(&mut self, progress: &[SegmentProgress]) -> impl StoreFuture<()>;

    /// Makes everything durable. Once this returns, no crash loses it.
    fn commit(self) -> impl StoreFuture<()>;
    /// Forgets everything; the same as dropping it, and waits until it is done.
    fn rollback(self) -> impl StoreFuture<()>;
}
