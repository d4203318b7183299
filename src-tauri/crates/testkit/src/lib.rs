//! What tests of several crates share: a ledger that checks itself, a text language for worked
//! cases, generators of small worlds, and an oracle that recomputes everything in the plainest way.
//!
//! Owns: [`Ledger`] (a book with its operations and entries, whose laws are checked after every
//! step), [`script`] (the case language), [`oracle`] (the independent model), [`generate`] and
//! [`history`] (a random history, run through both).
//! Deliberately does not know: storage, files, shells. Only tests may depend on this crate.
//!
//! The oracle shares no code with rating, wallet, revenue and engine: it has its own fractions, its
//! own tiers, its own draw order and its own entries. Where both agree, two readings of the
//! specification agree.

pub mod generate;
pub mod history;
pub mod laws;
pub mod ledger;
pub mod oracle;
pub mod script;

pub use ledger::Ledger;
