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
//! - Sums are 128-bit and checked. A report carries the ties it must satisfy and says whether they
//!   hold; it never adjusts a figure to make one hold.

pub mod daily_journal;
pub mod fact;
pub mod journal;
pub mod margin;
pub mod own_accounts;
pub mod recognition;
pub mod report;
pub mod revenue_by;
pub mod roll_forward;
pub mod table;
#[cfg(test)]
mod testing;
pub mod trial_balance;
pub mod units_roll_forward;
pub mod waterfall;

pub use daily_journal::DailyJournal;
pub use fact::Fact;
pub use journal::{JournalTotals, journal, journal_columns, journal_rows};
pub use margin::{MarginLine, margin};
pub use own_accounts::call_accounts;
pub use recognition::{Lot, RecognitionError};
pub use report::{Period, Report, ReportHeader, Tie};
pub use revenue_by::{RevenueBy, no_revenue, revenue_by};
pub use roll_forward::{RollForwardBy, roll_forward};
pub use table::{Cell, Column, ColumnKind, ReportError, Row, RowKind, Table};
pub use trial_balance::{Balances, Sides, balances, trial_balance};
pub use units_roll_forward::units_roll_forward;
pub use waterfall::waterfall;

/// What stands in a report for postings that do not carry the dimension it is broken down by.
pub const NOT_KEPT: &str = "(none)";

/// What stands in a report for fees that are charged in advance and belong to no lot.
pub const FEES: &str = "Fees charged in advance";
