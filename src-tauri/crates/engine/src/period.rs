//! Closed periods: which day an entry is booked on, which billing period usage counts in, and the
//! operation that closes.
//!
//! What is closed is one day for the whole ledger: everything through it is closed, everything after
//! it is open, so there are no gaps and it only moves forward.

use scrip_catalog::Window;
use scrip_rating::Conversion;
use scrip_units::period::add_days;
use scrip_units::{BillingPeriod, CardCode, Date, Instant, Month, Zone};

use crate::apply::Applied;
use crate::book::{Book, CounterKey, CustomerBook};
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

/// What the counter of a conversion is named after: the billing period, or, for an exchange rate of a day,
/// that day while it is open, otherwise the first open one.
pub(crate) fn conversion_period(
    conversion: &Conversion,
    period: Date,
    closed_through: Option<Date>,
) -> Date {
    let open = first_open_day(closed_through).unwrap_or(Date::MIN);
    conversion.day.map_or(period, |day| day.max(open))
}

/// No billing period is longer.
const LONGEST_PERIOD: u64 = 31;

/// Whether the counters of a billing period that ends before `end` still count: it has an open day, or
/// the charge is retained. A short month is closed before its counters are forgotten.
pub(crate) fn has_counters(book: &CustomerBook, charge: &CounterKey, end: Date) -> bool {
    let open = first_open_day(book.closed_through).unwrap_or(Date::MIN);
    book.retained.contains_key(charge) || end > open
}

/// Forgets what a customer's usage can count in no more, because all its days are closed: counters and
/// draws of billing periods, conversions by day, overage, and what counts against limits.
pub(crate) fn forget_closed(book: &mut CustomerBook) {
    let Some(open) = first_open_day(book.closed_through) else { return };
    // A customer's billing day may have changed, so the period's own length is not known.
    let counts = |first: Date| add_days(first, LONGEST_PERIOD).is_ok_and(|end| end > open);
    // What is taken back of a charge that is retained corrects the minimum.
    let retained = |first: Date, card: &CardCode| {
        let mut kept = book.retained.keys().filter(|key| key.period == first);
        kept.any(|key| key.subject.rate().0 == card)
    };
    book.minimums.retain(|(first, card), used| {
        used.due.is_some() || counts(*first) || retained(*first, card)
    });
    let waits = |first: Date| book.minimums.keys().any(|(period, _)| *period == first);
    let is_retained = |key: &CounterKey| {
        let of = |kept: &CounterKey| {
            let until = add_days(kept.period, LONGEST_PERIOD);
            kept.subject.rate() == key.subject.rate()
                && kept.period <= key.period
                && until.is_ok_and(|until| key.period < until)
        };
        book.retained.keys().any(of)
    };
    let stays = |key: &CounterKey| counts(key.period) || waits(key.period) || is_retained(key);
    book.counters.retain(|key, _| stays(key));
    book.draws.retain(|key, _| stays(key));
    book.overage.retain(|(first, _), _| counts(*first));
    book.spent.retain(|key, _| match key.window {
        Window::Lifetime => true,
        Window::Day => key.from >= open,
        Window::Week | Window::Month | Window::BillingPeriod => counts(key.from),
    });
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
