//! The oracle: an independent model, written for clarity, that recomputes everything from scratch.
//!
//! It knows one customer, one card, one meter, money in euro cents and UTC, and it works in the
//! plainest way the specification can be read: prices are fractions, a period's charge is computed
//! from all the events of the period, every chunk of a charge sorts all lots anew. It shares no code
//! with rating, wallet, revenue and engine.
//!
//! - [`world`] describes a small configuration and writes it as a document.
//! - [`step`] describes an operation and writes it in the documented form.
//! - [`model`] says what the books are after some steps.
//! - [`compare`] holds a ledger against the model.

pub mod compare;
mod draw;
pub mod fraction;
pub mod model;
pub mod step;
pub mod world;

pub use compare::compare;
pub use model::Model;
pub use step::{Event, Step};
pub use world::SmallWorld;
