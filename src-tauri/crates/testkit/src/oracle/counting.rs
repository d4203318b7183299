//! What an event costs: the rounded total of the billing period with it, less what was charged before.

use super::books::Books;
use super::calendar::billing_period;
use super::fraction::{Fraction, Mode};
use super::pricing::{self, Grain};
use super::reading::{decimal, one_unit, steps, text};
use super::usage::{Account, Met, Priced};

/// What events of an account were counted and charged for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub(super) quantity: i64,
    pub(super) exact: Fraction,
    pub(super) charged: i64,
}

impl Books {
    /// What was counted for an account.
    pub(super) fn counted(&self, customer: &str, account: &Account) -> Counted {
        let before = self.before(customer, account);
        Counted {
            quantity: before.iter().map(|p| p.quantity).sum(),
            exact: before.iter().fold(Fraction::ZERO, |sum, p| sum.plus(p.exact)),
            charged: before.iter().map(|p| p.charge).sum(),
        }
    }

    /// An event with its converted quantity, before it is priced.
    pub(super) fn unpriced(&self, met: &Met<'_>) -> Result<Priced, &'static str> {
        let configuration = &self.configuration;
        let meter = configuration.one("meters", text(met.event, "meter")).ok_or("unknown_meter")?;
        let meter_unit = text(meter, "unit");
        let quantity = match meter["aggregation"].as_str() {
            Some("count") => one_unit(configuration.scale(meter_unit)).whole(Mode::Down),
            _ => steps(met.event, "quantity", configuration.scale(meter_unit)).unwrap_or_default(),
        };
        let day = configuration.zone.day_of(met.at);
        let begins_on = configuration.billing_day(met.customer);
        let (mut period, mut end) = billing_period(day, begins_on);
        // When all its days are closed, usage counts in the period of the first open day.
        if let Some(closed) = self.closed.filter(|closed| end - 1 <= *closed) {
            (period, end) = billing_period(closed + 1, begins_on);
        }
        let priced = met.priced(period, end);
        let before = self.of_rate(met.customer, &priced.account);
        let quantity_unit = met.rate["quantity_unit"].as_str().unwrap_or(meter_unit);
        let (quantity, conversions) =
            self.convert(met, (&before, period), quantity, (meter_unit, quantity_unit))?;
        Ok(Priced { quantity, conversions, ..priced })
    }

    /// What a quantity costs at a rate after what was counted, in steps, exactly.
    pub(super) fn costs(&self, met: &Met<'_>, counted: &Counted, quantity: i64) -> Fraction {
        let configuration = &self.configuration;
        let meter = configuration.one("meters", text(met.event, "meter"));
        let meter_unit = meter.map_or("", |meter| text(meter, "unit"));
        let quantity_unit = met.rate["quantity_unit"].as_str().unwrap_or(meter_unit);
        let of_unit = one_unit(configuration.scale(met.unit()));
        let units = |steps| Fraction::of(steps).over(one_unit(configuration.scale(quantity_unit)));
        let total = |steps| pricing::total(&met.rate, units(steps)).times(of_unit);
        let mut increment = total(counted.quantity + quantity).minus(total(counted.quantity));
        if text(&met.rate, "model") == "percentage" {
            increment = pricing::percentage(&met.rate, units(quantity)).times(of_unit);
        }
        // What was charged stays, but nothing is added beyond the maximum.
        if let Some(most) = decimal(&met.rate, "maximum") {
            let room = most.times(of_unit).minus(counted.exact);
            if increment.compare(room).is_gt() && increment.compare(Fraction::ZERO).is_gt() {
                increment =
                    if room.compare(Fraction::ZERO).is_gt() { room } else { Fraction::ZERO };
            }
        }
        increment
    }

    /// What an event costs: the rounded total of the period less what was charged before.
    pub(super) fn charge(&self, met: &Met<'_>) -> Result<Priced, &'static str> {
        let priced = self.unpriced(met)?;
        let counted = self.counted(met.customer, &priced.account);
        let increment = self.costs(met, &counted, priced.quantity);
        let of_unit = one_unit(self.configuration.scale(met.unit()));
        let grain = Grain::read(&met.rate["rounding"], "mode", of_unit);
        let (charge, exact) = if met.alone() {
            // Rounded on its own: no fraction is carried on.
            let charge = grain.round(increment);
            (charge, Fraction::of(counted.charged + charge).minus(counted.exact))
        } else {
            (grain.round(counted.exact.plus(increment)) - counted.charged, increment)
        };
        // Only what is known to have come from somewhere can be given back; the rest waits.
        let found = self.customers.get(met.customer);
        let traced = found.and_then(|customer| customer.draws.get(&priced.account));
        let traced = traced.into_iter().flatten().filter(|drawn| drawn.back);
        let traced: i64 = traced.map(|drawn| drawn.units).sum();
        Ok(Priced { exact, charge: charge.max(-traced), ..priced })
    }
}
