//! Exports: what turns the tables and entries of the books into files that other people and programs
//! read.
//!
//! Owns: CSV, spreadsheets, documents, the text of the plain-text accounting programs, and charts.
//! Deliberately does not know: where figures come from, which
//! report is wanted, where a file is to be put, clocks.
//!
//! Invariants:
//! - No figure is changed on its way out: what a format cannot hold to the last digit is written as
//!   text and said so.
//! - The same input makes the same bytes.
//! - Floating point exists in [`charts`] and in `pdf/draw.rs` only, for the coordinates of what is
//!   drawn.

pub mod charts;
pub mod csv;
pub mod error;
mod font;
pub mod format;
pub mod ledger_text;
pub mod pdf;
pub mod projection;
mod ties;
pub mod xlsx;

pub use charts::{Chart, Look, Theme};
pub use error::ExportError;
pub use projection::Projection;
