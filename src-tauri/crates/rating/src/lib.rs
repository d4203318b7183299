//! Rating: from metered usage to a charge.
//!
//! Owns: what a batch of usage looks like to the engine, which rate applies to an event, how
//! quantities are converted, what each pricing model charges, and the explanation of all of it.
//! Deliberately does not know: wallets' balances, lots, accounts, where usage is stored.
//!
//! Invariants:
//! - A charge is exact until it is fixed: the rounded cumulative charge of customer, rate and
//!   billing period less what was charged before. A million events of a fraction of a step lose
//!   nothing.
//! - The same catalog, counters and event give the same charge; nothing else has an influence.

pub mod batch;
pub mod counter;
pub mod curve;
pub mod delivery;
pub mod exchange;
pub mod explain;
mod own;
pub mod rater;
pub mod table;

pub use batch::{Place, Shape, UsageBatch, UsageEvent};
pub use counter::{Begun, Counter, Paid};
pub use curve::{Curve, Grain, RatingError};
pub use delivery::{Delivered, Delivery, DeliveryError, DeliverySums};
pub use exchange::{ExchangeRates, RateFault};
pub use explain::{ConversionStep, Explanation};
pub use rater::{Conversion, Overage, PricedRate, Rater, Refusal, Route, Routing, Under};
