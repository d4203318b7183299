//! The outbox: what is decided at a desk that has only a copy, and done at the production ledger later.
//!
//! An item is an operation, or several that belong together, in `outbox/NNNNNN.json` beside the copy. The
//! copy itself stays what it is, to the byte: what waits is in no balance and no report. An item holds
//! operations, never rows. Pushing hands them to the engine at production, in one transaction, under
//! their own ids, so an answer that was lost on the way costs nothing: the same push again finds them done.
//!
//! An item remembers what was shown when it was queued: the configuration, and the effect of its
//! operations. Production does exactly that or nothing. What publishes a configuration is brought together
//! with what was published since, three ways ([`renew`]); everything else is looked at again.

mod again;
mod fault;
mod item;
mod lock;
mod looking;
mod pushing;
mod queueing;
mod shown;
mod trying;

pub use again::{Again, Alone, AloneView, again, renew_all};
pub use fault::OutboxError;
pub(crate) use fault::places;
pub(crate) use item::waits_from;
pub use item::{
    Item, ItemView, KeptBack, OUTBOX_FOLDER, OutboxView, Sort, UnreadableItem, discard, items, list,
};
pub use looking::{ItemDetail, check_choices, merge, renew, show};
pub use pushing::{PushView, PushedView, Pushing, StoppedView, Tell, push};
pub use queueing::{QueuedView, Request, put, put_draft, queue};
pub(crate) use queueing::{decision_about, number_of};
pub use shown::{ShownEntry, ShownPosting};
pub(crate) use trying::configuration;
pub use trying::rehearse;

#[cfg(test)]
pub(crate) mod tests;
