//! Wallets and lots: who may pay, in which order, and until when.
//!
//! Owns: what a lot is and what may happen to its units; when it is usable and when it expires;
//! which wallets may pay for some usage; the order in which lots burn.
//! Deliberately does not know: prices, accounts, revenue, storage, clocks.
//!
//! Invariants:
//! - Issued = available + held + consumed + expired + refunded + transferred, per lot, at any moment.
//! - A lot is usable when `effective_at <= t < expires_at`, for every reader alike.
//! - The draw order is total: two lots never tie, because the lot id decides last.

pub mod burn;
pub mod draw;
pub mod expiry;
pub mod hold;
pub mod lot;

pub use burn::{BurnRate, Burned, Depletion, Left, Outlook, left_at_end, outlook};
pub use draw::{
    Candidate, Crossing, DrawPlan, Funding, Take, candidates, crossings, in_draw_order, plan,
    wallet_order,
};
pub use expiry::{EndsWith, ExpiryError, Inactivity, Terms, Validity, expires_at};
pub use hold::{HeldFor, HeldPart, Hold};
pub use lot::{Chargeback, Lot, LotExchange, LotKind, LotTax, PriceWrittenOff, TaxKind, Wallet};
