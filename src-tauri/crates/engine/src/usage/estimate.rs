//! What usage would cost now and who would pay for it, without anything being charged.

use scrip_units::{Unit, WalletTypeCode};
use scrip_wallet::candidates;

use super::versions::{self, Terms};
use super::*;

/// What usage would cost.
pub(crate) struct Estimate {
    /// The unit of the charge.
    pub(crate) unit: Unit,
    /// The charge; below zero when a lower tier would give back.
    pub(crate) charge: i64,
    /// The lots that may pay, in the order in which they burn.
    pub(crate) order: Vec<usize>,
    /// The type of the first wallet that may pay.
    pub(crate) wallet_type: Option<WalletTypeCode>,
}

/// Rates usage that occurs at the operation's instant by the counters as they are; no counter moves.
pub(crate) fn estimate(
    cause: &Cause<'_>,
    book: &CustomerBook,
    shape: &Shape,
    quantity: i64,
) -> Result<Estimate, Rejection> {
    let at = cause.operation.at;
    let refused = |refusal| Rejection::Refused {
        event: cause.operation.id.to_string(),
        refusal,
        limit: None,
    };
    let routing = cause.rater.route(&book.customer, shape, at);
    let (rate, conversions) = match routing.route {
        Route::Priced { rate, conversions } => (rate, conversions),
        Route::Free { .. } => return Err(Rejection::HoldOfFreeUsage),
        Route::Refused(refusal) => return Err(refused(refusal)),
    };
    let place = Place { segment: 0, row: 0 };
    let located = |source| Rejection::Rating { place, source };
    let billing_day = cause.catalog.customer(&book.customer).map_or(1, |c| c.billing_day);
    let day = cause.catalog.zone().day_of(at);
    let own = BillingPeriod::containing(day, billing_day);
    let period = counting_period(own, book.closed_through, billing_day).first_day;
    let counter = |period, subject| {
        book.counters.get(&CounterKey { period, subject }).copied().unwrap_or_default()
    };
    let event =
        UsageEvent { occurred_at: at, quantity, shape: 0, place, key_order: 0, member: u32::MAX };
    let mut converted = cause.rater.quantity(shape, &event);
    for conversion in conversions.iter() {
        let subject = Subject::Conversion {
            conversion: conversion.code.clone(),
            card: rate.card.clone(),
            rate: rate.rate.clone(),
        };
        let before = counter(conversion_period(conversion, period, book.closed_through), subject);
        converted =
            before.advance(&conversion.curve, conversion.grain, converted).map_err(located)?.0;
    }
    let funding = Funding {
        unit: rate.unit.code(),
        meter: &shape.meter,
        dimensions: &shape.dimensions,
        wallet_types: &rate.wallet_types,
        at,
    };
    let first = candidates(cause.catalog, &book.wallets, &funding).into_iter().next();
    let order = plan(cause.catalog, &book.wallets, &book.lots, &funding).lots;
    let subject =
        |rate: &PricedRate| Subject::Charge { card: rate.card.clone(), rate: rate.rate.clone() };
    let bought = versions::bought(book, &order);
    let mut slots: Vec<Subject> = Vec::new();
    let (customer, rater) = (&book.customer, cause.rater);
    let (honoured, _) = Honoured::collect(rater, (customer, shape, at), (&rate, &bought), |rate| {
        let subject = subject(rate);
        let slot = slots.iter().position(|known| *known == subject).unwrap_or_else(|| {
            slots.push(subject);
            slots.len() - 1
        });
        Terms { rate: Arc::clone(rate), key: NO_RATE, slot }
    });
    let charge = if honoured.is_empty() {
        rate.charge(&counter(period, subject(&rate)), converted).map_err(located)?.0
    } else {
        // Only what is available can be held.
        let available = versions::sources(&book.lots, &order, at)
            .filter(|take| take.available > 0)
            .map(|take| Take { expired: 0, ..take });
        let spread =
            honoured.spread(available, |slot| counter(period, slots[slot].clone()), converted);
        let spread = spread.map_err(located)?;
        spread.given().checked_add(spread.uncovered).ok_or(Rejection::Overflow)?
    };
    Ok(Estimate {
        unit: rate.unit,
        charge,
        order,
        wallet_type: first.map(|candidate| candidate.wallet_type),
    })
}
