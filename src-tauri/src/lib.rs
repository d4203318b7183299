//! The desktop window: a shell over the use cases of `scrip-app`, as the command line is.
//!
//! Owns: the open workspace, long tasks with their progress and their cancelling, settings of the
//! person at this machine, and the typed commands that the front end calls. A command parses, calls
//! one use case and renders.
//! Deliberately does not know: any rule of pricing or accounting, and how a screen looks.
//!
//! Invariants:
//! - Amounts, sequences and counts of the ledger cross as text; no amount is ever a JavaScript number.
//! - What goes wrong crosses as [`failure::Failure`]: what happened, what was kept, what to do.
//! - `ui/src/bindings.ts` is made from the commands; `tests/bindings.rs` keeps it so.
#![cfg(feature = "window")]

pub mod arguments;
pub mod commands;
pub mod desk;
mod edge;
pub mod failure;
mod line;
mod notices;
mod settings;
mod task;
mod window;

pub use arguments::Arguments;
pub use window::run;
