//! The schedule: what falls due by itself, in the order in which it was due.
//!
//! Owns: what can fall due and in which order; finding the next and performing it up to an instant.
//! Deliberately does not know: what each of them does - that is the mechanism's own file - and who
//! asks for the sweep and when.
//!
//! To add a mechanism: a variant of [`Due`] at its place in the order, and its two lines in
//! [`Due::next`] and [`Due::perform`]. Both must agree: once performed, an item is not due again at
//! the same instant, or the sweep would never end.

use std::collections::BTreeMap;
use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_rating::Rater;
use scrip_units::Instant;

use crate::apply::{Applied, Effect, Waiting};
use crate::book::{Book, CustomerBook};
use crate::operation::Operation;
use crate::rejection::Rejection;
use crate::{alerts, charges, commitment, expiry, holds, minimum, rollover, subscription, top_up};

/// What falls due by itself. The order of the variants is the order at one instant (decision 0006).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Due {
    /// Holds that time out.
    HoldTimeOut,
    /// Lots whose validity ends.
    Expiry,
    /// Windows of minimum commitments, and billing periods of cards with a minimum, that end.
    TrueUp,
    /// Parts of fees that are earned.
    Recognition,
    /// Grants and charges of plans.
    PlanGrant,
    /// Top-ups on a day of the month.
    TopUp,
    /// Alerts that depend on time.
    Alerts,
}

impl Due {
    /// Everything that can fall due, in the order at one instant.
    pub const ALL: &'static [Due] = &[
        Due::HoldTimeOut,
        Due::Expiry,
        Due::TrueUp,
        Due::Recognition,
        Due::PlanGrant,
        Due::TopUp,
        Due::Alerts,
    ];

    /// The earliest instant at which this falls due for a customer.
    fn next(self, book: &CustomerBook) -> Option<Instant> {
        match self {
            Self::HoldTimeOut => holds::next(book),
            Self::Expiry => expiry::next(book),
            Self::TrueUp => commitment::next(book).into_iter().chain(minimum::next(book)).min(),
            Self::Recognition => charges::next(book),
            Self::PlanGrant => subscription::next(book),
            Self::TopUp => top_up::next(book),
            Self::Alerts => alerts::next(book),
        }
    }

    /// Does what falls due at `at`, the instant that [`Due::next`] gave.
    fn perform(
        self,
        cause: &Cause<'_>,
        book: &mut CustomerBook,
        at: Instant,
    ) -> Result<Effect, Rejection> {
        match self {
            Self::HoldTimeOut => holds::time_out(cause, book, at),
            Self::Expiry => expiry::perform(cause, book, at),
            Self::TrueUp if commitment::next(book) == Some(at) => {
                commitment::perform(cause, book, at)
            }
            Self::TrueUp => minimum::perform(cause, book, at),
            Self::Recognition => charges::perform(cause, book, at),
            Self::PlanGrant => subscription::perform(cause, book, at),
            Self::TopUp => top_up::perform(cause, book, at),
            Self::Alerts => alerts::perform(cause, book, at),
        }
    }
}

impl Due {
    /// The earliest instant at which this falls due and gives the customer units to draw.
    fn next_feed(self, cause: &Cause<'_>, book: &CustomerBook) -> Option<Instant> {
        match self {
            Self::HoldTimeOut => holds::next(book),
            Self::Expiry => rollover::next(cause.catalog, book),
            Self::PlanGrant => subscription::next(book),
            Self::TopUp => top_up::next(book),
            Self::TrueUp | Self::Recognition | Self::Alerts => None,
        }
    }
}

/// What a sweep works with: the configuration in force and the operation that asked for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cause<'a> {
    pub(crate) catalog: &'a Catalog,
    /// For what is rated when it falls due.
    pub(crate) rater: &'a Rater,
    pub(crate) operation: &'a Operation,
}

/// The earliest of some items: by instant, then by the order at one instant.
pub(crate) fn next(book: &CustomerBook, items: &[Due]) -> Option<(Instant, Due)> {
    items.iter().filter_map(|due| Some((due.next(book)?, *due))).min()
}

/// Whether something waits since the operation in work. It is no part of the state: an operation that is
/// refused leaves no trace, and neither does one that tries again in vain.
#[derive(Debug, Clone, Copy, Default)]
pub struct Waits(pub(crate) bool);

impl PartialEq for Waits {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Waits {}

/// Tries what waits again.
pub(crate) fn try_again(book: &mut CustomerBook) {
    let lines = book.subscriptions.values_mut().flat_map(|s| s.lines.values_mut());
    lines.for_each(|line| line.waits = Waits(false));
    book.top_ups.values_mut().for_each(|kept| kept.waits = Waits(false));
}

/// Whether what fell due may wait for what is missing, while everything else goes on.
pub(crate) fn may_wait(why: &Rejection) -> bool {
    matches!(why, Rejection::Contract(_) | Rejection::NoExchangeRate { .. })
}

/// Does everything of `items` that is due for a customer up to and at `until`, each at its instant.
/// What an item makes due in its turn is done as well. On an error the book is not to be used.
pub(crate) fn run(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    items: &[Due],
    until: Instant,
) -> Result<Effect, Rejection> {
    let mut effect = Effect::default();
    while let Some((at, due)) = next(book, items).filter(|(at, _)| *at <= until) {
        effect.add(due.perform(cause, book, at)?);
    }
    Ok(effect)
}

/// The next of what gives the customer units to draw.
pub(crate) fn next_feed(cause: &Cause<'_>, book: &CustomerBook) -> Option<(Instant, Due)> {
    Due::ALL.iter().filter_map(|due| Some((due.next_feed(cause, book)?, *due))).min()
}

/// Does what is due up to and at `until` and gives the customer units to draw, so that what can be
/// spent at an instant never waits for a sweep. On an error the book is not to be used.
pub(crate) fn feed(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    until: Instant,
) -> Result<Effect, Rejection> {
    let mut effect = Effect::default();
    while let Some((at, due)) = next_feed(cause, book).filter(|(at, _)| *at <= until) {
        effect.add(due.perform(cause, book, at)?);
    }
    Ok(effect)
}

/// The operations `run_schedule` and `expire_lots`: one customer, or everyone who is due. What is
/// refused for one of them stays as it was and waits; the others are swept.
pub(crate) fn sweep(
    book: &mut Book,
    operation: &Operation,
    items: &[Due],
) -> Result<Applied, Rejection> {
    let (catalog, rater) = (Arc::clone(&book.catalog), Arc::clone(&book.rater));
    let cause = Cause { catalog: &catalog, rater: &rater, operation };
    let due: Vec<CustomerBook> = match operation.customer() {
        Some(code) if catalog.customer(code).is_none() => {
            return Err(Rejection::UnknownCustomer { customer: code.clone() });
        }
        Some(code) => book.customers.get(code).into_iter().cloned().collect(),
        None => {
            book.customers.values_mut().for_each(try_again);
            let is_due =
                |c: &&CustomerBook| next(c, items).is_some_and(|(at, _)| at <= operation.at);
            book.customers.values().filter(is_due).cloned().collect()
        }
    };
    let mut changed = BTreeMap::new();
    let mut applied = Applied::default();
    for mut customer in due {
        let first = next(&customer, items);
        let effect = match run(&cause, &mut customer, items, operation.at) {
            Err(why) if operation.customer().is_none() => {
                let (customer, due) = (customer.customer, first.map_or(operation.at, |due| due.0));
                applied.waiting.push(Waiting { customer, due, what: None, why });
                continue;
            }
            effect => effect?,
        };
        applied.add(&customer.customer, effect);
        changed.insert(customer.customer.clone(), customer);
    }
    book.customers.extend(changed);
    Ok(applied)
}
