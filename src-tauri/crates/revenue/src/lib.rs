//! Revenue: when a lot's consideration becomes revenue, and the rows of every report.
//!
//! Owns: the recognition formula (accounting rules, section 6), the facts that reports are made of
//! (sums of postings), and the reports themselves as tables of exact amounts with their ties.
//! Deliberately does not know: storage, file formats, wallets' rules, clocks.
//!
//! Invariants:
//! - A lot never recognises more than its consideration; when its units reach zero its carrying
//!   amount is exactly zero, because every posting is the rounded cumulative amount less what was
//!   posted before.

pub mod fact;
pub mod recognition;

pub use fact::Fact;
pub use recognition::{Lot, RecognitionError};
