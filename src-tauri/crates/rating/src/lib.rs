//! Rating: from metered usage to a charge.
//!
//! Owns: what a batch of usage looks like to the engine, which rate applies to an event, how
//! quantities are converted, what each pricing model charges, and the explanation of all of it.
//! Deliberately does not know: wallets, lots, money accounts, where usage is stored.

pub mod batch;

pub use batch::{Place, Shape, UsageBatch, UsageEvent};
