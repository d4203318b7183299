//! The engine: `apply(book, operation)` either returns the entries that the operation causes or a
//! typed rejection. It is the only way anything changes, for every shell, every store and every
//! test.
//!
//! Owns: the operations and their documented form; the state of a customer (wallets, lots,
//! counters, chain head); which entries each operation causes.
//! Deliberately does not know: storage, files, clocks, randomness, who is allowed to do what.
//!
//! Invariants:
//! - A rejected operation leaves the book exactly as it was.
//! - The same book and operation give the same entries, to the byte.
//! - Per lot: issued = available + held + consumed + expired + refunded + transferred, and what
//!   was released of its consideration is the rounded share of the units that are gone.

pub mod accounts;
mod adjustment;
pub mod alerts;
pub mod apply;
pub mod approval;
pub mod book;
pub mod canonical;
mod chargeback;
pub mod charges;
mod choice;
pub mod commitment;
pub mod contract;
mod convert;
pub mod detail;
mod detail_text;
mod draft_units;
mod exchange;
pub mod expiry;
pub mod extension;
pub mod grant;
pub mod holds;
mod inactivity;
pub mod invoice;
mod invoicing;
pub mod invoicing_rejection;
pub mod issue;
pub mod limits;
pub mod minimum;
mod moves;
pub mod operation;
pub mod overdraft;
pub mod period;
mod purchase_credit;
mod refund;
pub mod refusal;
pub mod rejection;
pub mod release;
mod reversal;
pub mod reversal_rejection;
pub mod rollover;
pub mod schedule;
mod standing;
pub mod subscription;
pub mod top_up;
pub mod usage;
mod write_off;

pub use accounts::account_names;
pub use alerts::AlertFact;
pub use apply::{
    Applied, LotChange, LotFact, RefusedEvent, Waiting, apply, events_hash, key_order,
};
pub use approval::ApprovalFault;
pub use book::{Book, CounterKey, CustomerBook, Subject};
pub use charges::{Charge, ChargeFault};
pub use choice::LotFault;
pub use contract::ContractFault;
pub use detail::{Detail, DetailRow, Outcome, RateKey};
pub use operation::{Action, InlineEvent, Operation, OperationError, SegmentWindow};
pub use rejection::Rejection;
pub use schedule::Due;
