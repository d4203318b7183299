//! The production ledger: the same contract as the ledger of a workspace, on PostgreSQL.
//!
//! Owns: the PostgreSQL implementation of [`scrip_store::LedgerStore`], the schema it installs, and how a
//! workspace follows it.
//! Deliberately does not know: what an operation means, prices, usage events, clocks, screens.
//!
//! Invariants:
//! - It passes the same conformance suite as the SQLite ledger.
//! - Writers do not wait for each other unless they write for the same customer: a transaction locks
//!   the chain heads of the customers that it reads to write, in order of customer, and reads each
//!   head only when it holds the lock. Publishing a configuration and closing a period take the
//!   gate alone before they take a sequence: they wait for every writer, and every writer for them.
//! - The database itself refuses what would break the ledger: changes and removals, entries that do
//!   not follow their chain or do not balance, entries in closed periods, postings of lots that were
//!   never granted. See `migrations/postgres`.
//! - What follows something has a higher sequence: the entries of a customer, and everything that comes
//!   after a configuration or a close. Otherwise sequences say nothing of the order of commits, and they
//!   have holes: a transaction that is rolled back keeps the numbers it took.

mod ledger;
pub mod postgres;
pub mod sync;

pub use ledger::{Ledger, LedgerWrite};
pub use postgres::{
    Address, Password, PostgresOptions, PostgresStore, ServerIdentity, Trust, Upgraded, UsageLines,
    password_at_hand,
};
