//! Counters: what a customer has used and been charged in a billing period.

mod begun;

pub use begun::{Begun, Paid};

use scrip_units::Exact;
use serde::{Deserialize, Serialize};

use crate::curve::{Curve, Grain, RatingError};

/// The running state of one rate (or one conversion) in one billing period.
///
/// `exact` is the exact cumulative charge; `fixed` is what has been charged in whole steps. They
/// differ by less than one rounding grain, unless a version that began in the middle of the period
/// made dearer units cheaper: then `fixed` is ahead until usage has caught up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counter {
    /// Quantity so far, in smallest steps.
    pub quantity: i64,
    /// Exact cumulative charge, in smallest steps.
    #[serde(with = "fraction")]
    exact: Fraction,
    /// Charged so far, in smallest steps.
    pub fixed: i64,
}

/// A fraction that is not brought to lowest terms, because it keeps its curve's denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Default for Fraction {
    fn default() -> Self {
        Self { numerator: 0, denominator: 1 }
    }
}

impl Fraction {
    fn minus(self, other: Self) -> Result<Self, RatingError> {
        let numerator = other.numerator.checked_neg().ok_or(RatingError::TooManyDigits)?;
        self.plus(numerator, other.denominator)
    }

    fn plus(self, numerator: i128, denominator: i128) -> Result<Self, RatingError> {
        if self.denominator == denominator {
            let numerator =
                self.numerator.checked_add(numerator).ok_or(RatingError::TooManyDigits)?;
            return Ok(Self { numerator, denominator });
        }
        // The price changed within the period: bring both to a common denominator.
        let sum = Exact::ratio(self.numerator, self.denominator)?
            .try_add(Exact::ratio(numerator, denominator)?)?;
        Ok(Self { numerator: sum.numerator(), denominator: sum.denominator() })
    }
}

mod fraction {
    use super::Fraction;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Fraction, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&format_args!("{}/{}", value.numerator, value.denominator))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Fraction, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        let bad = || serde::de::Error::custom(format!("{text:?} is not a fraction"));
        let (numerator, denominator) = text.split_once('/').ok_or_else(bad)?;
        let fraction = Fraction {
            numerator: numerator.parse().map_err(|_| bad())?,
            denominator: denominator.parse().map_err(|_| bad())?,
        };
        if fraction.denominator > 0 { Ok(fraction) } else { Err(bad()) }
    }
}

impl Counter {
    /// What `quantity` more costs, and the counter after it. The charge may be negative when a
    /// retrospective tier is crossed.
    ///
    /// # Errors
    /// [`RatingError`]; the counter is then unchanged.
    pub fn advance(
        &self,
        curve: &Curve,
        grain: Grain,
        quantity: i64,
    ) -> Result<(i64, Counter), RatingError> {
        let (increment, after) = self.increment(curve, quantity)?;
        let exact = self.exact.plus(increment.numerator, increment.denominator)?;
        let fixed = grain.round(exact.numerator, exact.denominator)?;
        let charge = fixed.checked_sub(self.fixed).ok_or(RatingError::ChargeTooLarge)?;
        Ok((charge, Counter { quantity: after, exact, fixed }))
    }

    /// As [`Counter::advance`], with the charge of this event rounded on its own.
    ///
    /// # Errors
    /// [`RatingError`]; the counter is then unchanged.
    pub fn advance_alone(
        &self,
        curve: &Curve,
        grain: Grain,
        quantity: i64,
    ) -> Result<(i64, Counter), RatingError> {
        let (increment, after) = self.increment(curve, quantity)?;
        let charge = grain.round(increment.numerator, increment.denominator)?;
        let fixed = self.fixed.checked_add(charge).ok_or(RatingError::ChargeTooLarge)?;
        Ok((
            charge,
            Counter {
                quantity: after,
                exact: Fraction { numerator: i128::from(fixed), denominator: 1 },
                fixed,
            },
        ))
    }

    /// What is charged less without `quantity` (below zero when it was dearer with it), and the counter
    /// after it: the difference between the cumulative charge with and without the quantity, the
    /// last-in part of the curve. Without any quantity nothing is left of the charge, whatever versions
    /// made it up.
    ///
    /// # Errors
    /// [`RatingError`]; the counter is then unchanged.
    pub fn retract(
        &self,
        curve: &Curve,
        grain: Grain,
        quantity: i64,
    ) -> Result<(i64, Counter), RatingError> {
        let (less, after) = self.decrement(curve, quantity)?;
        let exact = self.exact.minus(less)?;
        // Below zero only where versions that look back follow others: then usage has to catch up.
        let exact = if after == 0 { Fraction::default() } else { exact };
        let fixed = grain.round(exact.numerator, exact.denominator)?.max(0);
        let less = self.fixed.checked_sub(fixed).ok_or(RatingError::ChargeTooLarge)?;
        Ok((less, Counter { quantity: after, exact, fixed }))
    }

    /// As [`Counter::retract`], for charges that were each rounded on their own.
    ///
    /// # Errors
    /// [`RatingError`]; the counter is then unchanged.
    pub fn retract_alone(
        &self,
        curve: &Curve,
        grain: Grain,
        quantity: i64,
    ) -> Result<(i64, Counter), RatingError> {
        let (less, after) = self.decrement(curve, quantity)?;
        let less = match after {
            0 => self.fixed,
            _ => grain.round(less.numerator, less.denominator)?.min(self.fixed),
        };
        Ok(self.without(after, less))
    }

    /// The counter without `quantity`, for which `charged` was charged: what one event cost says
    /// nothing of the others.
    ///
    /// # Errors
    /// [`RatingError`] where what is left cannot be kept exactly.
    pub fn retract_charged(
        &self,
        quantity: i64,
        charged: i64,
    ) -> Result<(i64, Counter), RatingError> {
        let after = self.quantity.saturating_sub(quantity).max(0);
        if after == 0 {
            return Ok((self.fixed, Counter::default()));
        }
        let less = charged.min(self.fixed);
        let exact = self.exact.plus(-i128::from(less), 1)?;
        Ok((less, Counter { quantity: after, exact, fixed: self.fixed - less }))
    }

    /// Whether a maximum has cut what was charged, and the charge is not that of the quantity alone.
    pub(crate) fn was_cut(&self, curve: &Curve, alone: bool) -> Result<bool, RatingError> {
        let Some(most) = curve.maximum() else { return Ok(false) };
        let denominator = curve.denominator();
        let room = Fraction { numerator: most, denominator }.minus(self.exact)?;
        if room.numerator > 0 {
            return Ok(false);
        }
        let of_quantity = Fraction { numerator: curve.total(self.quantity)?, denominator };
        Ok(alone || of_quantity.minus(self.exact)?.numerator != 0)
    }

    fn without(&self, quantity: i64, less: i64) -> (i64, Counter) {
        let fixed = self.fixed - less;
        let exact = Fraction { numerator: i128::from(fixed), denominator: 1 };
        (less, Counter { quantity, exact, fixed })
    }

    fn decrement(&self, curve: &Curve, quantity: i64) -> Result<(Fraction, i64), RatingError> {
        let after = self.quantity.checked_sub(quantity).ok_or(RatingError::QuantityTooLarge)?;
        let (after, denominator) = (after.max(0), curve.denominator());
        let numerator = if curve.is_per_event() {
            curve.total(quantity)?
        } else {
            let with = curve.total(self.quantity)?;
            with.checked_sub(curve.total(after)?).ok_or(RatingError::TooManyDigits)?
        };
        Ok((Fraction { numerator, denominator }, after))
    }

    fn increment(&self, curve: &Curve, quantity: i64) -> Result<(Fraction, i64), RatingError> {
        let after = self.quantity.checked_add(quantity).ok_or(RatingError::QuantityTooLarge)?;
        let denominator = curve.denominator();
        if curve.is_per_event() {
            return Ok((Fraction { numerator: curve.total(quantity)?, denominator }, after));
        }
        let numerator = curve
            .total(after)?
            .checked_sub(curve.total(self.quantity)?)
            .ok_or(RatingError::TooManyDigits)?;
        let increment = Fraction { numerator, denominator };
        let Some(most) = curve.maximum().filter(|_| numerator > 0) else {
            return Ok((increment, after));
        };
        // What another version charged in the period counts, and what was charged stays.
        let room = Fraction { numerator: most, denominator }.minus(self.exact)?;
        let over = increment.minus(room)?.numerator > 0;
        let room = if room.numerator > 0 { room } else { Fraction::default() };
        Ok((if over { room } else { increment }, after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{Limits, Scales};
    use scrip_catalog::{PartialPackage, Pricing, Step, Tier};
    use scrip_units::{Number, Scale, format_steps};

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }
    fn tier(up_to: Option<&str>, price: &str, flat: &str) -> Tier {
        Tier {
            up_to: up_to.map(number),
            price: number(price),
            per: Number::ONE,
            flat: number(flat),
        }
    }
    fn scales(quantity: u8, charge: u8) -> Scales {
        Scales {
            quantity: Scale::try_new(quantity).unwrap(),
            charge: Scale::try_new(charge).unwrap(),
        }
    }
    /// Charges of the events one after the other, at 3 quantity decimals and 2 charge decimals.
    fn charges(pricing: &Pricing, events: &[&str]) -> Vec<String> {
        let scales = scales(3, 2);
        let curve = Curve::compile(pricing, Limits::default(), scales).unwrap();
        let mut counter = Counter::default();
        let mut out = Vec::new();
        for event in events {
            let quantity = scrip_units::parse_steps(event, scales.quantity, "quantity").unwrap();
            let (charge, next) = counter.advance(&curve, Grain::STEP, quantity).unwrap();
            counter = next;
            out.push(format_steps(i128::from(charge), scales.charge));
        }
        out
    }

    #[test]
    fn graduated_tiers_charge_each_unit_in_its_own_tier() {
        // FP-PRICE-11 and OM-PRICE-02.
        let slab = Pricing::Graduated {
            tiers: vec![
                tier(Some("1"), "10", "0"),
                tier(Some("2"), "20", "0"),
                tier(None, "30", "0"),
            ],
        };
        assert_eq!(charges(&slab, &["2.5"]), ["45.00"]);
        assert_eq!(charges(&slab, &["1", "1", "1"]), ["10.00", "20.00", "30.00"]);
        let flats = Pricing::Graduated {
            tiers: vec![
                tier(Some("5"), "0", "100"),
                tier(Some("10"), "0", "50"),
                tier(Some("15"), "5", "0"),
                tier(None, "1", "0"),
            ],
        };
        assert_eq!(charges(&flats, &["12", "10"]), ["160.00", "22.00"]);
    }

    #[test]
    fn volume_tiers_give_back_when_a_lower_price_is_reached() {
        let volume =
            Pricing::Volume { tiers: vec![tier(Some("100"), "1", "0"), tier(None, "0.5", "0")] };
        assert_eq!(charges(&volume, &["100", "1", "99"]), ["100.00", "-49.50", "49.50"]);
    }

    #[test]
    fn packages_are_charged_when_begun_or_when_full() {
        let package =
            |partial| Pricing::Package { size: number("100"), price: number("1"), partial };
        assert_eq!(
            charges(&package(PartialPackage::Up), &["2", "98", "50", "0"]),
            ["1.00", "0.00", "1.00", "0.00"]
        );
        assert_eq!(charges(&package(PartialPackage::Down), &["50", "200"]), ["0.00", "2.00"]);
    }

    #[test]
    fn a_stairstep_costs_the_amount_of_the_step_reached() {
        let step =
            |up_to: Option<&str>, amount| Step { up_to: up_to.map(number), amount: number(amount) };
        let stairs = Pricing::Stairstep { steps: vec![step(Some("10"), "5"), step(None, "8")] };
        assert_eq!(charges(&stairs, &["3", "7", "1"]), ["5.00", "0.00", "3.00"]);
    }

    #[test]
    fn a_million_events_of_a_fraction_of_a_step_lose_nothing() {
        // 1.3e-10 a token, the smallest real price: 1e6 events of 1,000 tokens cost 0.13.
        let scales = scales(0, 2);
        let curve = Curve::linear(number("0.00000000013"), Number::ONE, scales).unwrap();
        let mut counter = Counter::default();
        let mut total = 0;
        for _ in 0..1_000_000 {
            let (charge, next) = counter.advance(&curve, Grain::STEP, 1_000).unwrap();
            total += charge;
            counter = next;
        }
        assert_eq!(total, 13);
    }

    #[test]
    fn a_price_change_within_the_period_keeps_the_fraction() {
        let scales = scales(0, 2);
        let third = Curve::linear(Number::ONE, number("300"), scales).unwrap();
        let seventh = Curve::linear(Number::ONE, number("700"), scales).unwrap();
        // 1/3 + 1/7 of a cent is 10/21: nothing yet. Another third makes 17/21: one cent.
        let (a, counter) = Counter::default().advance(&third, Grain::STEP, 1).unwrap();
        let (b, counter) = counter.advance(&seventh, Grain::STEP, 1).unwrap();
        let (c, counter) = counter.advance(&third, Grain::STEP, 1).unwrap();
        assert_eq!((a, b, c), (0, 0, 1));
        let text = serde_json::to_string(&counter).unwrap();
        assert_eq!(serde_json::from_str::<Counter>(&text).unwrap(), counter);
    }

    #[test]
    fn included_quantity_is_free_once_a_period() {
        // OM-PRICE-17.
        let scales = scales(0, 2);
        let pricing = Pricing::PerUnit { price: Number::ONE, per: Number::ONE };
        let curve = Curve::compile(
            &pricing,
            Limits { included: Some(number("10")), ..Limits::default() },
            scales,
        )
        .unwrap();
        let (a, counter) = Counter::default().advance(&curve, Grain::STEP, 5).unwrap();
        let (b, counter) = counter.advance(&curve, Grain::STEP, 15).unwrap();
        let (c, _) = counter.advance(&curve, Grain::STEP, 15).unwrap();
        assert_eq!((a, b, c), (0, 1000, 1500));
    }

    #[test]
    fn a_maximum_counts_what_another_version_charged_in_the_period() {
        let scales = scales(0, 2);
        let open = Curve::linear(Number::ONE, Number::ONE, scales).unwrap();
        let limits = Limits { maximum: Some(number("10")), ..Limits::default() };
        let pricing = Pricing::PerUnit { price: Number::ONE, per: number("2") };
        let capped = Curve::compile(&pricing, limits, scales).unwrap();
        // 9.00 at the price without a maximum; of the next 4 x 0.50 only 1.00 is left.
        let (a, counter) = Counter::default().advance(&open, Grain::STEP, 9).unwrap();
        let (b, counter) = counter.advance(&capped, Grain::STEP, 4).unwrap();
        let (c, counter) = counter.advance(&capped, Grain::STEP, 4).unwrap();
        // Without a maximum again, what was cut is not charged after all.
        let (d, counter) = counter.advance(&open, Grain::STEP, 2).unwrap();
        // What stands above a maximum stays.
        let (e, _) = counter.advance(&capped, Grain::STEP, 4).unwrap();
        assert_eq!((a, b, c, d, e), (900, 100, 0, 200, 0));
        let (first, counter) = Counter::default().advance_alone(&open, Grain::STEP, 9).unwrap();
        let (second, _) = counter.advance_alone(&capped, Grain::STEP, 4).unwrap();
        assert_eq!((first, second), (900, 100));
    }

    #[test]
    fn what_is_taken_back_is_the_last_in_part_of_the_curve() {
        let scales = scales(0, 2);
        let pricing =
            Pricing::Graduated { tiers: vec![tier(Some("100"), "1", "0"), tier(None, "0.5", "0")] };
        let curve = Curve::compile(&pricing, Limits::default(), scales).unwrap();
        let (first, counter) = Counter::default().advance(&curve, Grain::STEP, 100).unwrap();
        let (second, counter) = counter.advance(&curve, Grain::STEP, 100).unwrap();
        assert_eq!((first, second), (10_000, 5000));
        // Either of them gives back what the last hundred cost, and both give back everything.
        let (back, counter) = counter.retract(&curve, Grain::STEP, 100).unwrap();
        let (rest, counter) = counter.retract(&curve, Grain::STEP, 100).unwrap();
        assert_eq!((back, rest, counter), (5000, 10_000, Counter::default()));
    }

    #[test]
    fn taking_back_everything_leaves_nothing_of_a_price_that_changed_meanwhile() {
        let scales = scales(0, 2);
        let tiers = vec![tier(Some("100"), "1", "0"), tier(None, "0.5", "0")];
        let old = Curve::compile(&Pricing::Graduated { tiers }, Limits::default(), scales).unwrap();
        let new = Curve::linear(number("2"), Number::ONE, scales).unwrap();
        let (_, counter) = Counter::default().advance(&old, Grain::STEP, 100).unwrap();
        let (_, counter) = counter.advance(&new, Grain::STEP, 100).unwrap();
        let (a, counter) = counter.retract(&old, Grain::STEP, 100).unwrap();
        let (b, counter) = counter.retract(&new, Grain::STEP, 100).unwrap();
        assert_eq!((a, b, counter), (5000, 25_000, Counter::default()));
    }

    #[test]
    fn rounding_remainders_come_back_exactly() {
        let scales = scales(0, 2);
        let third = Curve::linear(Number::ONE, number("300"), scales).unwrap();
        let (_, one) = Counter::default().advance(&third, Grain::STEP, 1).unwrap();
        let (charge, two) = one.advance(&third, Grain::STEP, 1).unwrap();
        let (back, again) = two.retract(&third, Grain::STEP, 1).unwrap();
        assert_eq!((charge, back, again), (1, 1, one));
        let (alone, counter) = one.advance_alone(&third, Grain::STEP, 2).unwrap();
        assert_eq!(counter.retract_alone(&third, Grain::STEP, 2).unwrap().0, alone);
        assert_eq!(counter.retract_charged(3, 1).unwrap(), (1, Counter::default()));
    }

    #[test]
    fn a_grain_rounds_to_multiples() {
        let grain =
            Grain::of(scrip_units::Rounding::Up, Some(number("0.50")), Scale::try_new(2).unwrap())
                .unwrap();
        assert_eq!(grain.round(101, 1), Ok(150));
        assert_eq!(grain.round(100, 1), Ok(100));
        assert!(
            Grain::of(scrip_units::Rounding::Up, Some(number("0.001")), Scale::try_new(2).unwrap())
                .is_err()
        );
    }
}
