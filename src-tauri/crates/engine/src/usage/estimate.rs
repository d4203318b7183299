//! What usage would cost now and who would pay for it, without anything being charged.

use scrip_units::{Unit, WalletTypeCode};
use scrip_wallet::candidates;

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
    let before =
        counter(period, Subject::Charge { card: rate.card.clone(), rate: rate.rate.clone() });
    let (charge, _) = rate.charge(&before, converted).map_err(located)?;
    let funding = Funding {
        unit: rate.unit.code(),
        meter: &shape.meter,
        dimensions: &shape.dimensions,
        wallet_types: &rate.wallet_types,
        at,
    };
    let first = candidates(cause.catalog, &book.wallets, &funding).into_iter().next();
    Ok(Estimate {
        unit: rate.unit,
        charge,
        order: plan(cause.catalog, &book.wallets, &book.lots, &funding).lots,
        wallet_type: first.map(|candidate| candidate.wallet_type),
    })
}
