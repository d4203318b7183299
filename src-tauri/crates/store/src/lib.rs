//! The ledger store: what any ledger must offer, and the SQLite ledger of a workspace.
//!
//! Owns: the contract between the program and a ledger ([`LedgerStore`], [`WriteTransaction`]), the
//! records that cross it, the suite that every implementation must pass, and the
//! implementation for one file on this machine ([`sqlite`]).
//! Deliberately does not know: what an operation means, how a book is computed, prices, usage
//! events, clocks. Bodies of operations, books and documents are opaque JSON text to it.
//!
//! Invariants:
//! - An entry is stored only if it follows the stored head of its customer's chain, hashes to what
//!   it says and balances; two writers can therefore never both spend the same balance.
//! - Nothing is updated or deleted except in tables named `projection_*`, which can be rebuilt from
//!   the others; the database refuses it, whoever asks.
//! - A write transaction is stored whole or not at all; what `commit` acknowledged survives a crash.
//! - Every read is in a stated order that does not depend on the plan of a query.

pub mod conformance;
pub mod contract;
pub mod error;
pub mod query;
pub mod record;
pub mod sqlite;

pub use contract::{ARCHIVE_PART_BYTES, LedgerStore, StoreFuture, WriteTransaction, checkpoint_of};
pub use error::{BoxError, StoreError};
pub use query::{
    EntryFilter, EntryIndex, FactColumn, FactGroup, FactQuery, LotFilter, OperationFilter, Page,
    RateFilter,
};
pub use record::{
    AlertRecord, BookRecord, CloseRecord, ConfigRecord, CustomerHead, DetailRecord,
    ExchangeRateRecord, FoundEvent, ImportRecord, KeyFileRecord, LotChangeRecord, LotRecord, Meta,
    OperationDetail, OperationEvent, OperationMark, OperationRecord, OperationShare,
    SegmentProgress, SegmentRecord, Snapshot, StandingRecord, Status, StoredEntry, StoredLot,
    StoredOperation, Unfinished,
};
pub use sqlite::{Genesis, Mode, SqliteOptions, SqliteStore};
