//! Preview: what a change of the configuration would have done to the books.
//!
//! The operations of the ledger are applied again, in the order in which they were recorded: once
//! under the configurations they were recorded under (the baseline), and once for each scenario, under
//! the same configurations with the scenario's changes in them. Until the first operation that reaches
//! into the window all runs are the same, and are made once.
//!
//! Owns: which document a scenario puts in the place of a recorded one; the runs; the figures of a run
//! and their comparison.
//! Deliberately does not know: where operations and usage come from, how figures are shown.
//!
//! Invariants:
//! - The baseline goes through the same engine as the ledger, so its chains are those of the ledger: a
//!   preview of what is published equals what is posted (DESIGN, section 11, 11).
//! - Nothing is written anywhere.
//! - Figures are sums of postings in smallest steps, 128 bits wide; nothing is rounded.

pub mod compare;
mod costs;
pub mod figures;
pub mod replay;
pub mod scenario;
pub mod trace;

pub use compare::{Comparison, CustomerChange, Spread};
pub use figures::{CustomerFigures, Figures, RateFigures, WalletFigures};
pub use replay::{Event, Replay, Run, Undone, Window};
pub use scenario::{Scenario, ScenarioError, Timing};
pub use trace::{EventAt, Trace, TracedEvent};
