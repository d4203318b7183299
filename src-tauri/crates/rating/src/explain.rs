//! The explanation of a charge: every step from the event to the amount, in order.

use schemars::JsonSchema;
use scrip_units::{Amount, CardCode, ConversionCode, Exact, RateCode, Unit};
use serde::Serialize;

use crate::rater::{Conversion, PricedRate};

/// One conversion of an event's quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConversionStep {
    /// Conversion.
    pub conversion: ConversionCode,
    /// Its version.
    pub version: u32,
    /// Row of the version, from 1.
    pub row: u32,
    /// The factor in words: `/ 1000`.
    pub factor: String,
    /// Unit converted from.
    pub from: String,
    /// Unit converted to.
    pub to: String,
}

/// How an event was priced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Explanation {
    /// Conversions before the rate, in order.
    pub conversions: Vec<ConversionStep>,
    /// Card.
    pub card: CardCode,
    /// Version in force when the usage occurred.
    pub version: u32,
    /// Row.
    pub rate: RateCode,
    /// The customer's own price that stood in for the row's, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_price: Option<String>,
    /// Quantity priced, with its unit.
    pub quantity: String,
    /// Quantity of the customer's billing period before this event.
    pub quantity_before: String,
    /// The charge before rounding, in units of the card: a decimal, with `...` where it has more
    /// than twelve decimals.
    pub charge_before_rounding: String,
    /// Unit of the charge.
    pub unit: String,
}

/// An exact number of smallest steps as a decimal of whole units, cut after twelve decimals.
#[must_use]
pub fn decimal_text(steps: Exact, unit: Unit) -> Option<String> {
    const DECIMALS: usize = 12;
    let units = steps.try_div(Exact::whole(unit.scale().steps_per_unit())).ok()?;
    let (numerator, denominator) = (units.numerator().unsigned_abs(), units.denominator());
    let denominator = denominator.unsigned_abs();
    let mut rest = numerator % denominator;
    let mut decimals = String::new();
    while rest != 0 && decimals.len() < DECIMALS {
        rest = rest.checked_mul(10)?;
        decimals.push(char::from_digit(u32::try_from(rest / denominator).ok()?, 10)?);
        rest %= denominator;
    }
    while decimals.len() < usize::from(unit.scale().decimals()) {
        decimals.push('0');
    }
    let sign = if units.numerator() < 0 { "-" } else { "" };
    let point = if decimals.is_empty() { "" } else { "." };
    let more = if rest == 0 { "" } else { "..." };
    Some(format!("{sign}{}{point}{decimals}{more}", numerator / denominator))
}

/// Explains what `quantity` after `quantity_before` costs at a rate.
#[must_use]
pub fn explain(
    rate: &PricedRate,
    conversions: &[Conversion],
    quantity: i64,
    quantity_before: i64,
) -> Option<Explanation> {
    let after = quantity_before.checked_add(quantity)?;
    let exact = if rate.curve.is_per_event() {
        rate.curve.total(quantity).ok()?
    } else {
        rate.curve.total(after).ok()?.checked_sub(rate.curve.total(quantity_before).ok()?)?
    };
    let exact = Exact::ratio(exact, rate.curve.denominator()).ok()?;
    let steps = conversions.iter().map(|c| ConversionStep {
        conversion: c.code.clone(),
        version: c.version,
        row: c.row + 1,
        factor: c.factor.clone(),
        from: c.from.code().to_string(),
        to: c.to.code().to_string(),
    });
    Some(Explanation {
        conversions: steps.collect(),
        card: rate.card.clone(),
        version: rate.version,
        rate: rate.rate.clone(),
        own_price: rate.own_price.as_deref().map(str::to_owned),
        quantity: Amount::from_steps(rate.quantity_unit, quantity).to_string(),
        quantity_before: Amount::from_steps(rate.quantity_unit, quantity_before).to_string(),
        charge_before_rounding: decimal_text(exact, rate.unit)?,
        unit: rate.unit.code().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrip_units::Scale;

    #[test]
    fn an_exact_charge_is_written_in_units_with_decimals() {
        let unit = Unit::new("credits".parse().unwrap(), Scale::try_new(2).unwrap());
        for (steps, want) in [
            ((12_045, 2), "60.225"),
            ((100, 1), "1.00"),
            ((-5, 1), "-0.05"),
            ((1, 3), "0.003333333333..."),
            ((0, 1), "0.00"),
        ] {
            let exact = Exact::ratio(steps.0, steps.1).unwrap();
            assert_eq!(decimal_text(exact, unit).unwrap(), want);
        }
    }
}
