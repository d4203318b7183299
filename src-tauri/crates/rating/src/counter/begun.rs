//! An event that several rates price: the lots that pay for it honour different versions of a card.
//!
//! Each part of the quantity costs what it costs at its own rate, after what the counter of that rate
//! has counted; and the event is charged the sum, rounded as a charge is. What a lot gave more or less
//! than its part costs exactly - by less than the price of one step of the quantity - is owed less or
//! more by the parts after it, so nothing is charged twice and nothing is lost.

use scrip_catalog::RoundingOn;

use super::{Counter, Fraction};
use crate::curve::RatingError;
use crate::rater::PricedRate;

/// What an event was charged so far, and what that part of it costs exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Begun {
    units: i64,
    exact: Fraction,
}

/// The part of a quantity that some units paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid {
    /// The quantity, in smallest steps.
    pub quantity: i64,
    /// The counter after it.
    pub counter: Counter,
    /// The event after it.
    pub begun: Begun,
}

impl Begun {
    /// What is owed beyond what was charged.
    fn owed(&self) -> Result<Fraction, RatingError> {
        self.exact.minus(Fraction { numerator: i128::from(self.units), denominator: 1 })
    }
}

impl Counter {
    fn owing(&self, begun: &Begun) -> Result<Counter, RatingError> {
        let owed = begun.owed()?;
        Ok(Counter { exact: self.exact.plus(owed.numerator, owed.denominator)?, ..*self })
    }
}

impl PricedRate {
    /// What the rest of an event costs at this rate, and the counter after it. Never below zero: what
    /// earlier parts gave beyond the exact price waits in the counter for the next usage.
    ///
    /// # Errors
    /// [`RatingError`].
    pub fn charge_rest(
        &self,
        counter: &Counter,
        begun: &Begun,
        quantity: i64,
    ) -> Result<(i64, Counter), RatingError> {
        let owing = counter.owing(begun)?;
        let (charge, mut after) = match self.rounding_on {
            RoundingOn::Cumulative => owing.advance(&self.curve, self.grain, quantity)?,
            RoundingOn::Event => {
                let (increment, after) = owing.increment(&self.curve, quantity)?;
                let event = begun.exact.plus(increment.numerator, increment.denominator)?;
                let event = self.grain.round(event.numerator, event.denominator)?;
                let charge = event.checked_sub(begun.units).ok_or(RatingError::ChargeTooLarge)?;
                (charge, Counter { quantity: after, ..*counter })
            }
        };
        let charge = charge.max(0);
        after.fixed = counter.fixed.checked_add(charge).ok_or(RatingError::ChargeTooLarge)?;
        if self.rounding_on == RoundingOn::Event {
            after.exact = Fraction { numerator: i128::from(after.fixed), denominator: 1 };
        }
        Ok((charge, after))
    }

    /// The part of the rest of an event that `units` pay for at this rate, when they are fewer than it
    /// costs: the quantity whose exact price comes nearest to them, the larger of two as near.
    ///
    /// For a price per unit that is the quantity times units over the charge before rounding, half away
    /// from zero to the step of the quantity.
    ///
    /// # Errors
    /// [`RatingError`].
    pub fn paid_by(
        &self,
        counter: &Counter,
        begun: &Begun,
        (quantity, units): (i64, i64),
    ) -> Result<Paid, RatingError> {
        let owing = counter.owing(begun)?;
        let costs = |part: i64| Ok::<_, RatingError>(owing.increment(&self.curve, part)?.0);
        let given = counter.fixed.checked_add(units).ok_or(RatingError::ChargeTooLarge)?;
        let given = Fraction { numerator: i128::from(given), denominator: 1 };
        let worth = match self.rounding_on {
            RoundingOn::Cumulative => given.minus(owing.exact)?,
            RoundingOn::Event => {
                let units = Fraction { numerator: i128::from(units), denominator: 1 };
                units.minus(begun.owed()?)?
            }
        };
        // The difference of two fractions is below zero when the first is the smaller.
        let below = |a: Fraction, b: Fraction| Ok::<_, RatingError>(a.minus(b)?.numerator < 0);
        let most = |limit: Fraction, from: i64| -> Result<i64, RatingError> {
            let (mut enough, mut too_much) = (from, quantity.saturating_add(1));
            while too_much - enough > 1 {
                let middle = enough + (too_much - enough) / 2;
                if below(limit, costs(middle)?)? {
                    too_much = middle;
                } else {
                    enough = middle;
                }
            }
            Ok(enough)
        };
        let mut part = most(worth, 0)?;
        if part < quantity {
            let next = costs(part + 1)?;
            let (short, over) = (worth.minus(costs(part)?)?, next.minus(worth)?);
            if !below(short, over)? {
                // What costs the same comes with it, such as the rest of a package.
                part = most(next, part + 1)?;
            }
        }
        let cost = costs(part)?;
        let fixed = counter.fixed.checked_add(units).ok_or(RatingError::ChargeTooLarge)?;
        let after = counter.quantity.checked_add(part).ok_or(RatingError::QuantityTooLarge)?;
        // The counter has charged exactly what it was given; the difference goes with the event.
        let exact = match self.rounding_on {
            RoundingOn::Cumulative => counter.exact.plus(i128::from(units), 1)?,
            RoundingOn::Event => Fraction { numerator: i128::from(fixed), denominator: 1 },
        };
        let begun = Begun {
            units: begun.units.checked_add(units).ok_or(RatingError::ChargeTooLarge)?,
            exact: begun.exact.plus(cost.numerator, cost.denominator)?,
        };
        Ok(Paid { quantity: part, counter: Counter { quantity: after, exact, fixed }, begun })
    }
}
