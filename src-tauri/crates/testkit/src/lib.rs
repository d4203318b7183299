//! What tests of several crates share: a ledger that checks itself, a text language for worked
//! cases, generators of small worlds, and an oracle that recomputes everything in the plainest way.
//!
//! Owns: [`Ledger`] (a book with its operations and entries, whose laws are checked after every
//! step), [`script`] (the case language), [`oracle`] (the independent model), [`generate`] and
//! [`history`] (a random history, run through both).
//! Deliberately does not know: storage, files, shells. Only tests may depend on this crate.
//!
//! The oracle shares no code with rating, wallet, revenue and engine: it has its own fractions, its
//! own calendar, its own tiers, its own draw order and its own entries. Where both agree, two readings
//! of the guides agree.
//!
//! **What is modelled, and what is only held against the laws.** The oracle models usage (every pricing
//! model, times of the week, maxima, included quantities, conversions of quantities, own cards, named
//! wallets and fallbacks, overage and its limits, giving back), grants, payments and invoices, refunds
//! and voids of a lot, expiry, rollover, the schedule, extension and reinstatement, holds, transfers,
//! closed periods, changes of the configuration, several customers and zones. Conversions between
//! wallets, refunds of wallets and by amount, partial voids, adjustments, chargebacks, top-ups, invoices
//! and what drafts hold have
//! steps in the random histories, and after each of these every law of the books is checked; what
//! exactly they post is tested beside the engine.

mod budget;
pub mod generate;
pub mod history;
pub mod laws;
pub mod ledger;
pub mod oracle;
pub mod script;

pub use budget::budget;
pub use ledger::Ledger;
