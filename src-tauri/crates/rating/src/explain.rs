//! The explanation of a charge: every step from the event to the amount, in order.

use schemars::JsonSchema;
use scrip_units::{Amount, CardCode, ConversionCode, RateCode};
use serde::Serialize;

use crate::rater::{Conversion, PricedRate};

/// One conversion of an event's quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConversionStep {
    /// Conversion.
    pub conversion: ConversionCode,
    /// Its version.
    pub version: u32,
    /// The factor in words: `/ 1000`.
    pub factor: String,
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
    /// Quantity priced, with its unit.
    pub quantity: String,
    /// Quantity of the customer's billing period before this event.
    pub quantity_before: String,
    /// The exact charge before rounding, as a fraction of the unit's smallest step.
    pub exact_charge_steps: String,
    /// Unit of the charge.
    pub unit: String,
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
    let exact =
        rate.curve.total(after).ok()?.checked_sub(rate.curve.total(quantity_before).ok()?)?;
    let exact = scrip_units::Exact::ratio(exact, rate.curve.denominator()).ok()?;
    let steps = conversions.iter().map(|c| ConversionStep {
        conversion: c.code.clone(),
        version: c.version,
        factor: c.factor.clone(),
        to: c.to.code().to_string(),
    });
    Some(Explanation {
        conversions: steps.collect(),
        card: rate.card.clone(),
        version: rate.version,
        rate: rate.rate.clone(),
        quantity: Amount::from_steps(rate.quantity_unit, quantity).to_string(),
        quantity_before: Amount::from_steps(rate.quantity_unit, quantity_before).to_string(),
        exact_charge_steps: exact.to_string(),
        unit: rate.unit.code().to_string(),
    })
}
