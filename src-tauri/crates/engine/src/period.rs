//! Closed periods: which day an entry is booked on, which billing period usage counts in, and the
//! operation that closes.
//!
//! What is closed is one day for the whole ledger: everything through it is closed, everything after
//! it is open, so there are no gaps and it only moves forward.

use scrip_units::{BillingPeriod, Date, Instant, Month, Zone};

use crate::apply::Applied;
use crate::book::Book;
use crate::operation::{ClosePeriod, Operation};
use crate::rejection::Rejection;

/// The first day on which anything can be booked; none when nothing is closed.
#[must_use]
pub fn first_open_day(closed_through: Option<Date>) -> Option<Date> {
    closed_through.and_then(|day| day.succ_opt())
}

/// The first instant that is open; new prices may not reach behind it.
pub(crate) fn closed_until(closed_through: Option<Date>, zone: Zone) -> Option<Instant> {
    first_open_day(closed_through).and_then(|day| zone.start_of_day(day).ok())
}

/// The billing period in whose counters usage of the period `own` counts: that one while any of its
/// days is open, otherwise the one of the first open day.
pub(crate) fn counting_period(
    own: BillingPeriod,
    closed_through: Option<Date>,
    billing_day: u8,
) -> BillingPeriod {
    match first_open_day(closed_through) {
        Some(open) if own.end_day <= open => BillingPeriod::containing(open, billing_day),
        _ => own,
    }
}

/// Closes everything through the last day of a month that is over.
pub(crate) fn close(
    book: &mut Book,
    operation: &Operation,
    action: &ClosePeriod,
) -> Result<Applied, Rejection> {
    let through = action.through;
    if Month::of(through).last_day() != through {
        return Err(Rejection::NotAMonthEnd { through });
    }
    if book.catalog.zone().day_of(operation.at) <= through {
        return Err(Rejection::PeriodNotOver { through });
    }
    if let Some(closed) = book.closed_through.filter(|closed| *closed >= through) {
        return Err(Rejection::AlreadyClosed { through, closed });
    }
    book.close(Some(through));
    Ok(Applied::default())
}
