//! The catalog: everything an operator configures, as one document.
//!
//! Owns: the shape of units, meters, conversions, wallet types, rate cards and customers; their
//! versions and effective dates; validation with located errors; the structural difference between
//! two catalogs; reading and writing the document as TOML and JSON without loss.
//! Deliberately does not know: usage, balances, lots, accounts, files, clocks.
//!
//! Invariants:
//! - A [`Catalog`] exists only after validation: every reference resolves, every effective date is
//!   an instant, no two rates of a version match the same usage equally well.
//! - A published version never changes, and a record that the ledger may name is never removed
//!   ([`check_succession`]).
//! - What is written is read back equal, as TOML and as JSON; what is misspelt is an error that
//!   shows its line, never ignored.

#[cfg(test)]
mod arbitrary;
pub mod catalog;
pub mod difference;
pub mod document;
pub mod file;
pub mod margin;
pub mod matching;
pub mod merge;
pub mod problem;
pub mod schema;
pub mod source;
pub mod succession;
pub mod validate;
pub mod version;

pub use catalog::Catalog;
pub use difference::{
    Change, ChangeKind, difference, difference_by_version, place_in_words, version_difference,
};
pub use document::*;
pub use file::FileError;
pub use margin::{RowMargin, cost_currency, row_margins};
pub use merge::{Choice, MergeConflict, Side, is_in_question, three_way};
pub use problem::{Problem, ProblemCode, Severity};
pub use schema::{json_schema, json_schema_text};
pub use source::{Source, locate};
pub use succession::{check_closed_costs, check_succession};
pub use validate::validate;
pub use version::{Effective, InForce, Version};
