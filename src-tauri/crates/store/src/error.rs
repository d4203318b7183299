//! Everything that can go wrong between the program and a ledger.

use std::time::Duration;

use scrip_journal::{ChainError, Hash};
use scrip_units::{CustomerCode, LotId, OperationId, UnitCode};

use crate::record::Unfinished;

/// The error underneath, of whichever database it was.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a ledger could not be opened, read or written.
///
/// Unless a variant says otherwise nothing was changed: a write transaction that met an error can
/// only be rolled back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else is writing.
    #[error(
        "somebody else is writing to the ledger {ledger}: another program that has it open, or other work of this one. Waited {waited:?}; nothing was changed. Close the other program or wait until the work is done, then try again"
    )]
    Busy {
        /// The ledger.
        ledger: String,
        /// How long this program waited.
        waited: Duration,
    },
    /// There is no ledger at the place given.
    #[error("there is no ledger at {ledger}: check the path, or create a workspace there")]
    Missing {
        /// The ledger.
        ledger: String,
    },
    /// A ledger would be overwritten.
    #[error("{ledger} exists already and was left as it is: open it, or choose another folder")]
    Exists {
        /// The ledger.
        ledger: String,
    },
    /// The file is something else.
    #[error("{ledger} is not a Scrip ledger ({found}); it was left as it is")]
    NotALedger {
        /// The ledger.
        ledger: String,
        /// What it is instead.
        found: String,
    },
    /// The ledger was written by a newer version of the program.
    #[error(
        "the ledger {ledger} has format {found}, and this version of Scrip knows formats up to {known}; it was left as it is. Open it with the newer version of Scrip"
    )]
    NewerFormat {
        /// The ledger.
        ledger: String,
        /// Format of the ledger.
        found: i64,
        /// Newest format this program knows.
        known: i64,
    },
    /// A ledger on a server, which is brought up to date on purpose: other programs work with it.
    #[error(
        "the ledger {ledger} has format {found}, and this version of Scrip works with format {known}; it was left as it is. Whoever owns its tables brings it up to date with `scrip upgrade --database URL`"
    )]
    OlderFormat {
        /// The ledger.
        ledger: String,
        /// Format of the ledger.
        found: i64,
        /// The format this program works with.
        known: i64,
    },
    /// The ledger's file is damaged.
    #[error(
        "the ledger {ledger} is damaged ({what}); nothing was written to it. Keep a copy of the file as it is and restore the last backup"
    )]
    Damaged {
        /// The ledger.
        ledger: String,
        /// What was found.
        what: String,
    },
    /// The ledger may not be written.
    #[error(
        "the ledger {ledger} is read-only, so nothing was changed. Open it for writing, or give the file and its folder write permission"
    )]
    ReadOnly {
        /// The ledger.
        ledger: String,
    },
    /// The role that somebody was let in with may not do this.
    #[error(
        "{what} at {ledger}, so nothing was changed. Whoever runs the server gives names their roles: scrip_reader reads, scrip_operator records what people decide"
    )]
    NotAllowed {
        /// The ledger.
        ledger: String,
        /// What the server said.
        what: String,
    },
    /// The server ended what it was doing.
    #[error(
        "the server of {ledger} gave up what it was asked to do ({doing}): {what}. Nothing was changed; try again"
    )]
    GivenUp {
        /// The ledger.
        ledger: String,
        /// What was being done, as an infinitive.
        doing: &'static str,
        /// What the server said.
        what: String,
    },
    /// No server answers.
    #[error(
        "the server of {ledger} cannot be reached: {source}. Check the address and the network, then try again"
    )]
    NotReached {
        /// The ledger.
        ledger: String,
        /// What the network said.
        source: BoxError,
    },
    /// The server is not known to be the right one.
    #[error(
        "the server of {ledger} is not trusted: {source}. Nothing was sent to it. Check the host's name, and name the authority that signed its certificate"
    )]
    NotTrusted {
        /// The ledger.
        ledger: String,
        /// What is wrong with its certificate.
        source: BoxError,
    },
    /// The server lets nobody in by that name and password.
    #[error("{ledger} does not let this name in: {source}. Check the name and its password")]
    NotLetIn {
        /// The ledger.
        ledger: String,
        /// What the server said; never the password.
        source: BoxError,
    },
    /// The operating system refuses.
    #[error("the ledger {ledger} cannot be opened: {source}. Check the permissions of the folder")]
    Unreachable {
        /// The ledger.
        ledger: String,
        /// What the operating system said.
        source: BoxError,
    },
    /// No room is left.
    #[error(
        "there is no room left for the ledger {ledger}; the change was undone and what was stored before is safe. Free disk space, then try again"
    )]
    Full {
        /// The ledger.
        ledger: String,
    },
    /// A copy of another ledger of which a part is here.
    #[error(
        "the copy {ledger} is not whole: its pull has brought {done} of {total} operations from {follows}, and no figure is made of a part. Go on with `scrip pull`"
    )]
    Unfinished {
        /// The ledger.
        ledger: String,
        /// The ledger that it is a copy of.
        follows: String,
        /// Operations that came.
        done: u64,
        /// Operations that were to come.
        total: u64,
    },
    /// Somebody else extended the chain since the entry was made.
    #[error(
        "entry {number} of {customer} does not follow the stored chain, which ends at entry {stored}: the book changed meanwhile. Nothing was stored; load the customer's book again and repeat the operation"
    )]
    Conflict {
        /// The customer.
        customer: CustomerCode,
        /// Number of the entry that was refused.
        number: u64,
        /// Number of the last entry in the ledger.
        stored: u64,
    },
    /// A configuration revision that does not follow the last.
    #[error(
        "configuration revision {revision} does not follow the stored revision {stored}: somebody published meanwhile. Nothing was stored; compare with revision {stored} and publish again"
    )]
    ConfigConflict {
        /// The revision that was refused.
        revision: u64,
        /// The last revision in the ledger; 0 for none.
        stored: u64,
    },
    /// The operation is in the ledger already.
    #[error(
        "operation {id} is in the ledger already, with {}; nothing was stored twice",
        if *.same { "the same content" } else { "another content" }
    )]
    DuplicateOperation {
        /// The operation.
        id: OperationId,
        /// Whether the stored body has the same hash.
        same: bool,
    },
    /// A record with this name is in the ledger already.
    #[error("the {what} {id} is in the ledger already; nothing was stored twice")]
    Duplicate {
        /// What kind of record.
        what: &'static str,
        /// Its name.
        id: String,
    },
    /// The record refers to one that the ledger does not have.
    #[error("{by} refers to the {what} {id}, which is not in the ledger; nothing was stored")]
    Unknown {
        /// What kind of record is missing.
        what: &'static str,
        /// Its name.
        id: String,
        /// What refers to it.
        by: String,
    },
    /// A posting of a lot that no grant recorded.
    #[error(
        "entry {number} of {customer} posts to lot {lot}, whose grant is not in the ledger; nothing was stored"
    )]
    UnknownLot {
        /// The customer.
        customer: CustomerCode,
        /// Number of the entry.
        number: u64,
        /// The lot.
        lot: LotId,
    },
    /// A unit is used with other decimals than it has in the ledger.
    #[error(
        "{unit} has {stored} decimals in the ledger and {given} here: the decimals of a unit never change; nothing was stored"
    )]
    UnitScale {
        /// The unit.
        unit: UnitCode,
        /// Decimals in the ledger.
        stored: u8,
        /// Decimals given.
        given: u8,
    },
    /// An entry that names another operation than the one it is stored with.
    #[error(
        "entry {number} of {customer} belongs to operation {found} and was handed over with operation {given}; nothing was stored"
    )]
    ForeignEntry {
        /// The customer.
        customer: CustomerCode,
        /// Number of the entry.
        number: u64,
        /// The operation the entry names.
        found: OperationId,
        /// The operation being stored.
        given: OperationId,
    },
    /// An entry that does not balance or does not hash to what it says.
    #[error("the entry was refused and nothing was stored: {0}")]
    Entry(#[source] ChainError),
    /// Something tried to change what is stored.
    #[error("the ledger {ledger} is append-only: {what}. Nothing was changed")]
    AppendOnly {
        /// The ledger.
        ledger: String,
        /// What the database said.
        what: String,
    },
    /// A stored value cannot be read as what it should be.
    #[error(
        "{record} in the ledger {ledger} cannot be read: {what}. Nothing was changed; check the ledger's integrity"
    )]
    Unreadable {
        /// The ledger.
        ledger: String,
        /// The table, with the row where it is known.
        record: String,
        /// What is wrong with it.
        what: String,
    },
    /// A number that the ledger cannot hold.
    #[error("{what} {value} is larger than the ledger can hold; nothing was stored")]
    TooLarge {
        /// What it counts.
        what: &'static str,
        /// The number.
        value: u64,
    },
    /// Going on after a step of the same write transaction failed.
    #[error(
        "an earlier step of this write to {ledger} failed or was cancelled, so the whole of it was undone. Begin again"
    )]
    Abandoned {
        /// The ledger.
        ledger: String,
    },
    /// Anything else the database says.
    #[error("the ledger {ledger} could not {doing}: {source}")]
    Database {
        /// The ledger.
        ledger: String,
        /// What was being done, as an infinitive: `append an operation`.
        doing: &'static str,
        /// What the database said.
        source: BoxError,
    },
}

impl StoreError {
    /// Whether the same call may succeed when it is repeated: at once for a conflict, after the
    /// book was loaded again; later for a ledger that is busy.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Conflict { .. } | Self::GivenUp { .. })
    }

    /// The error of a checked entry: a conflict if it does not follow the chain, else the entry's
    /// own fault.
    #[must_use]
    pub fn of_chain(error: ChainError, stored: u64) -> Self {
        match error {
            ChainError::Broken { customer, number, .. } => {
                Self::Conflict { customer, number, stored }
            }
            other => Self::Entry(other),
        }
    }

    /// The error for a copy that was to get more.
    #[must_use]
    pub fn unfinished(ledger: &str, part: Unfinished) -> Self {
        let Unfinished { ledger: follows, done, total } = part;
        Self::Unfinished { ledger: ledger.to_owned(), follows, done, total }
    }

    /// The error for an operation that is stored already.
    #[must_use]
    pub fn duplicate_operation(id: &OperationId, stored: Hash, given: Hash) -> Self {
        Self::DuplicateOperation { id: id.clone(), same: stored == given }
    }
}
