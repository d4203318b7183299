//! The journal: accounts, entries, double entry in units and in money, and the hash chain.
//!
//! Owns: the chart of accounts; what an entry and its postings are; that an entry balances per unit
//! in each of the two ledgers; the canonical encoding of an entry and the chain of hashes over it.
//! Deliberately does not know: why an entry is made, wallets' rules, prices, storage, clocks.
//!
//! Invariants:
//! - A sealed [`Entry`] balances: per unit, the postings of the units ledger add up to zero, and
//!   so do those of the money ledger.
//! - `entry.hash` covers every field of the entry and the hash of the entry before it in the same
//!   customer's chain; changing, removing or reordering anything breaks the chain.

pub mod account;
pub mod chain;
pub mod encoding;
pub mod entry;
pub mod names;

pub use account::{Account, AccountClass, Side};
pub use chain::{Chain, ChainError, Checkpoint, Hash, checkpoint};
pub use entry::{Draft, Entry, EntryError, EntryKind, Posting, RateRef};
pub use names::AccountNames;
