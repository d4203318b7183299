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
//! - A published version never changes (`check_succession`).
//! - `read(write(document)) == document`.

pub mod catalog;
pub mod document;
pub mod matching;
pub mod problem;
pub mod validate;
pub mod version;

pub use catalog::Catalog;
pub use document::*;
pub use problem::{Problem, ProblemCode, Severity};
pub use validate::validate;
pub use version::{Effective, InForce, Version};
