//! Use cases: what both shells call. A shell parses, calls one function here, and renders.
//!
//! Owns: the workspace as a folder; loading books, applying operations and committing what they
//! cause in one transaction; importing and posting usage; reports over the ledger; verification;
//! the templates and the demo, with their sample usage.
//! Deliberately does not know: arguments, terminals, windows. Time and ids come with the call.
//!
//! Invariants:
//! - Everything that changes goes through one write transaction ([`session::Session`]) and the
//!   engine; a use case that fails has changed nothing.
//! - A file of the archive counts only when its manifest row is committed, together with what
//!   refers to it.

pub mod accounts;
pub mod acts;
pub mod approvals;
mod archiving;
pub mod asked;
pub mod audit;
pub mod bulk;
pub mod burning;
pub mod cards;
pub mod chain;
pub mod charting;
pub mod closing;
pub mod config;
pub mod connection;
pub mod customer;
pub mod customers;
pub mod demo;
pub mod designing;
mod detail;
pub mod drafts;
pub mod draws;
pub mod error;
pub mod exchange;
pub mod explain;
pub mod fields;
mod files;
pub mod following;
pub mod holds;
pub mod invoices;
pub mod keychain;
pub mod limits;
pub mod make_up;
pub mod margin;
pub mod operate;
pub mod outbox;
pub mod overview;
pub mod periods;
pub mod plans;
pub mod preview;
pub mod query;
pub mod reporting;
mod reversal;
pub mod sample;
pub mod schemas;
pub mod session;
mod standing;
pub mod statement;
pub mod template;
pub mod tie;
pub mod usage;
pub mod verify;
pub mod view;
pub mod waiting;
pub mod wallet_types;
pub mod workspace;

pub use error::{AppError, Code};
pub use session::Edge;
pub use workspace::Workspace;
