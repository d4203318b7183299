//! Wallets of other units that pay what those of the charge's unit cannot.
//!
//! Owns: how many units of the charge a wallet of another unit pays for, and what it gives for them.
//! Deliberately does not know: how the factor came about ([`scrip_rating::Conversion`]).
//!
//! What is given is the rounded cumulative amount in the other unit, of customer, rate, conversion and
//! billing period, less what was given before, so that small charges lose nothing; wallets of several types
//! that hold one unit share the count. A wallet that has less than all that is left pays for the most whole
//! steps of the charge that it can; what it keeps then is less than the next step costs.

use scrip_rating::{Conversion, RatingError};
use scrip_wallet::crossings;

use super::*;
use crate::top_up;
use crate::usage::versions::sources;

/// Wallets of one type that hold another unit.
pub(super) struct Crossing {
    plan: scrip_wallet::Crossing,
    conversion: Conversion,
    /// The number of the rate, paid in the other unit.
    key: u32,
    /// The number of the counter: units of the charge so far, and what was given for them.
    slot: usize,
}

/// What wallets of one type give for a charge.
pub(super) struct Crossed {
    /// Position of the crossing.
    at: usize,
    /// Units of the charge that are paid for.
    units: i64,
    counter: Counter,
    takes: Vec<Take>,
}

/// The most of `wanted` units that can be had for `have` units of the other wallet.
fn most(
    conversion: &Conversion,
    counter: &Counter,
    (wanted, have): (i64, i64),
) -> Result<(i64, i64, Counter), RatingError> {
    let costs = |units: i64| counter.advance(&conversion.curve, conversion.grain, units);
    let (charge, next) = costs(wanted)?;
    if charge <= have {
        return Ok((wanted, charge, next));
    }
    let (mut low, mut high) = (0, wanted);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if costs(middle)?.0 <= have {
            low = middle;
        } else {
            high = middle;
        }
    }
    let (charge, next) = costs(low)?;
    Ok((low, charge, next))
}

impl Run<'_> {
    /// The wallets of other units that may pay for usage of a lane, and until when their factors hold. A
    /// rate that looks back at earlier units is not paid across units: what it gives back would have to
    /// be converted back.
    pub(super) fn crossings(
        &mut self,
        (shape, at): (&Shape, Instant),
        period: BillingPeriod,
        rate: &Arc<PricedRate>,
        funding: &Funding<'_>,
    ) -> (Vec<Crossing>, Instant) {
        let mut until = Instant::MAX;
        // A hold counts in the unit of the charge, and so does what is captured of it.
        if rate.curve.is_retrospective() || self.hold.is_some() {
            return (Vec::new(), until);
        }
        let plans = crossings(self.catalog, &self.book.wallets, &self.book.lots, funding);
        let mut found = Vec::with_capacity(plans.len());
        for plan in plans {
            let units = (rate.unit.code(), plan.unit);
            let Some(unit) = self.catalog.unit(plan.unit) else { continue };
            let Some(conversion) = self.rater.conversion(units, shape, at) else { continue };
            if let Some(day) = conversion.day {
                // Such a factor is another one every day.
                let next = day.succ_opt().and_then(|d| self.catalog.zone().start_of_day(d).ok());
                until = until.min(next.unwrap_or(Instant::MAX));
            }
            let closed = self.book.closed_through;
            let period = conversion_period(&conversion, period.first_day, closed);
            let subject = Subject::Conversion {
                conversion: conversion.code.clone(),
                card: rate.card.clone(),
                rate: rate.rate.clone(),
            };
            let slot = self.slot(CounterKey { period, subject });
            let key = self.rate_key_in((unit, None), shape, rate);
            found.push(Crossing { plan, conversion, key, slot });
        }
        (found, until)
    }

    /// Beyond all wallets it is as the type of the last one says.
    pub(super) fn beyond_crossing(&self, last: &Crossing, at: Instant, plan: &mut DrawPlan) {
        let version = self.catalog.wallet_type_at(&last.plan.wallet_type, at);
        let own = self.catalog.customer(&self.book.customer).and_then(|c| c.overage_limit);
        plan.beyond = version.map_or(Beyond::Overage, |version| version.beyond);
        plan.overage_limit = own.or(version.and_then(|version| version.overage_limit));
        plan.overdraft = None;
    }

    /// Those of the crossings' wallets whose draws may make a top-up.
    pub(super) fn watched_of(&self, crossings: &[Crossing], at: Instant) -> Vec<WalletCode> {
        let wallets = crossings.iter().flat_map(|crossing| &crossing.plan.wallets);
        wallets.filter(|w| top_up::watches(self.catalog, &self.book, w, at)).cloned().collect()
    }

    /// Those of the crossings' wallets that burn when an invoice is final.
    pub(super) fn at_invoice_of(&self, crossings: &[Crossing], at: Instant) -> Vec<WalletCode> {
        let waits =
            |c: &&Crossing| draft_units::burns_at_invoice(self.catalog, &c.plan.wallet_type, at);
        crossings.iter().filter(waits).flat_map(|c| c.plan.wallets.clone()).collect()
    }

    /// What wallets of other units give for units that no wallet of the charge's unit covers, and how
    /// many of those are left then.
    pub(super) fn cross(
        &self,
        lane: &PricedLane,
        mut uncovered: i64,
        event: &UsageEvent,
    ) -> Result<(i64, Vec<Crossed>), Rejection> {
        let mut crossed: Vec<Crossed> = Vec::new();
        for (at, crossing) in lane.crossings.iter().enumerate() {
            if uncovered <= 0 {
                break;
            }
            let given = || sources(&self.book.lots, &crossing.plan.lots, event.occurred_at);
            let mut have = 0_i64;
            for source in given() {
                have = have.saturating_add(source.available).saturating_add(source.expired);
            }
            if have == 0 {
                continue;
            }
            // Wallets of another type that hold the same unit may have given before.
            let same = |before: &&Crossed| lane.crossings[before.at].slot == crossing.slot;
            let before = crossed.iter().rev().find(same).map(|before: &Crossed| before.counter);
            let counter = before.unwrap_or(self.slots[crossing.slot].counter);
            let (units, charge, counter) = most(&crossing.conversion, &counter, (uncovered, have))
                .map_err(|source| Rejection::Rating { place: event.place, source })?;
            if units == 0 {
                continue;
            }
            let mut wanted = charge;
            let mut takes = Vec::new();
            for source in given() {
                if wanted == 0 {
                    break;
                }
                let available = wanted.min(source.available);
                let expired = (wanted - available).min(source.expired);
                wanted -= available + expired;
                takes.push(Take { available, expired, ..source });
            }
            uncovered -= units;
            crossed.push(Crossed { at, units, counter, takes });
        }
        Ok((uncovered, crossed))
    }

    /// What limits ask of what wallets of other units give.
    pub(super) fn note_crossed(&mut self, lane: &PricedLane, crossed: &[Crossed]) {
        for crossed in crossed {
            let crossing = &lane.crossings[crossed.at];
            let units = crossed.takes.iter().map(|take| take.available + take.expired).sum();
            self.parts.push(Part::Crossed {
                wallet_type: crossing.plan.wallet_type.clone(),
                unit: crossing.plan.unit,
                units,
                paid: crossed.units,
            });
        }
    }

    /// Takes what wallets of another unit give.
    pub(super) fn pay_across(
        &mut self,
        lane: &PricedLane,
        period: BillingPeriod,
        event: &UsageEvent,
        (crossed, figures): (Crossed, &mut (i64, i64)),
    ) -> Result<(), Rejection> {
        let crossing = &lane.crossings[crossed.at];
        self.slots[crossing.slot].counter = crossed.counter;
        if crossed.takes.is_empty() {
            // It is worth less than a step of the other unit so far.
            let outcome = Outcome::Drawn { lot: None };
            self.row(event.place, outcome, crossing.key, (figures.0, figures.1, 0, 0));
            figures.0 = 0;
        }
        for take in crossed.takes {
            let money = self.take(lane, (period, crossing.key), take)?;
            let lot = u32::try_from(take.lot).map_err(|_| Rejection::Overflow)?;
            let units = take.available + take.expired;
            let outcome = Outcome::Drawn { lot: Some(lot) };
            self.row(event.place, outcome, crossing.key, (figures.0, figures.1, units, money));
            figures.0 = 0;
            self.takes.push(take);
        }
        Ok(())
    }
}
