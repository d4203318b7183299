//! A workspace that follows a production ledger: pull, and compare.
//!
//! The workspace is a copy: whatever production records is recorded in it by the same operations, entries
//! and hashes, and nothing else. See `docs/decisions/0008-following-production.md`.

mod apart;
mod cure;
mod news;
mod pull;
mod reconcile;

pub use apart::{
    CloseDifference, ConfigurationApart, OperationDifference, OperationInBrief, OperationsApart,
    Revision,
};
pub use cure::{Cure, check, cure, recognise};
pub use news::{News, news};
pub use pull::{From, Pull, Pulled, Pulling, Tell, pull};
pub use reconcile::{
    Difference, EntryDifference, EntryInBrief, MonthDifference, Reconciliation, Side, reconcile,
};

use scrip_store::StoreError;
use scrip_units::CustomerCode;

/// What to do about a ledger that is not the one that was pulled.
const RECONCILE: &str = "Run `scrip reconcile`: where this workspace has nothing of its own, `scrip pull \
     --from-the-start` brings it up to date; else pull into a new workspace and enter again what only this \
     one has";

/// Why a workspace could not be brought up to date. What was pulled before stays.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// One of the ledgers.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored about the followed ledger cannot be read.
    #[error("what this workspace knows of the ledger it follows cannot be read: {what}")]
    Unreadable {
        /// What is wrong.
        what: String,
    },
    /// The workspace has operations of its own.
    #[error(
        "the workspace has {operations} operations of its own and follows no ledger; pull into a new workspace"
    )]
    NotEmpty {
        /// How many.
        operations: u64,
    },
    /// The ledger there is not the one that this workspace is a copy of.
    #[error(
        "{ledger} is the ledger {found}, and this workspace is a copy of {expected}; nothing was done"
    )]
    OtherLedger {
        /// Where it is.
        ledger: String,
        /// Its id.
        found: String,
        /// The id that was expected.
        expected: String,
    },
    /// The server is not the one that was pulled from, or has lost what it had.
    #[error(
        "{ledger} is not as it was when it was pulled last: {what}. Nothing was done, and what was pulled before stays. {RECONCILE}"
    )]
    ServerChanged {
        /// Where it is.
        ledger: String,
        /// What changed.
        what: String,
    },
    /// What came does not follow what is here.
    #[error(
        "entry {number} of {customer} from production does not follow the entries of this workspace, which end at {stored}. What was pulled before stays. {RECONCILE}"
    )]
    Diverged {
        /// The customer.
        customer: CustomerCode,
        /// Number of the entry that came.
        number: u64,
        /// Number of the last entry here.
        stored: u64,
    },
    /// It was told to stop; what was pulled stays.
    #[error("stopped; what was pulled stays, and the next pull goes on from there")]
    Cancelled,
}
