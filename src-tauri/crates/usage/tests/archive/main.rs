//! The usage archive as its callers see it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod delivery_cost;
mod detail;
mod durability;
mod formats;
mod idempotency;
mod real_traces;
mod rejects;
mod scan;
mod support;
