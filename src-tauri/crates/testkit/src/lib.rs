//! What tests of several crates share: a ledger that checks itself, a text language for worked
//! cases, generators of small worlds, and an oracle that recomputes everything in the plainest way.
//!
//! Owns: [`Ledger`] (a book with its operations and entries, whose laws are checked after every
//! step), [`script`] (the case language), [`oracle`] (the independent model), [`generate`] and
//! [`history`] (a random history, run through both).
//! [`cluster`] starts a PostgreSQL server of its own for those tests that need one.
//! Deliberately does not know: storage, shells. Only tests may depend on this crate.
//!
//! The oracle shares no code with rating, wallet, revenue and engine: it has its own fractions, its
//! own calendar, its own tiers, its own draw order and its own entries. Where both agree, two readings
//! of the guides agree.
//!
//! **What is modelled, and what is only held against the laws.** The oracle models usage (every pricing
//! model, times of the week, maxima, minima of rows and cards, included quantities, conversions of
//! quantities, own cards, own prices and versions, prices from the next period, rates honoured as bought,
//! named wallets and fallbacks, overage and its limits, overdrafts, allowances and spend limits, giving
//! back), grants, plans and their charges, top-ups, payments, draft and final invoices with their lines,
//! wallets that burn at invoice, credit notes, write-offs, refunds, voids, adjustments and chargebacks,
//! expiry, contracts, inactivity, rollover, the schedule, extension and reinstatement, holds, transfers and
//! conversions, fallbacks to other units, exchange rates, usage that is taken back, commitments, closed
//! periods, alerts, changes of the configuration, several customers and zones. docs/model-checker.md says
//! which test holds which invariant and which mechanism.

mod budget;
pub mod charged;
pub mod cluster;
pub mod generate;
pub mod history;
pub mod laws;
pub mod ledger;
pub mod oracle;
pub mod script;
mod standing;

pub use budget::budget;
pub use ledger::Ledger;
