//! Arithmetic on cells: set, change by a factor or a percentage, round. Exact, in decimals.

use scrip_units::{Decimal, Number};
use serde::{Deserialize, Serialize};

/// What is done to each cell of a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// Another text.
    Set {
        /// The text.
        value: String,
    },
    /// Times a factor: `1.05`.
    Times {
        /// The factor.
        factor: String,
    },
    /// More or less by a percentage: `-10`.
    Percent {
        /// The percentage.
        percent: String,
    },
    /// More or less by an amount.
    Plus {
        /// The amount.
        amount: String,
    },
    /// To the nearest multiple, half away from zero: `0.05`.
    RoundTo {
        /// The step, above zero.
        step: String,
    },
}

/// What became of a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edited {
    /// The text now; as it was when something is wrong.
    pub value: String,
    /// What is wrong.
    pub problem: Option<String>,
}

fn decimal(text: &str) -> Result<Decimal, String> {
    text.trim().parse::<Number>().map(Number::decimal).map_err(|e| e.to_string())
}

/// The product without any digit lost.
fn times(a: Decimal, b: Decimal) -> Result<Decimal, String> {
    let lost = || format!("{a} times {b} has more digits than can be kept");
    let product = a.checked_mul(b).ok_or_else(lost)?;
    // A product that had to be rounded has fewer decimals than its factors together.
    let exact = product.scale() == a.scale() + b.scale() || a.is_zero() || b.is_zero();
    if exact { Ok(product) } else { Err(lost()) }
}

fn round_to(value: Decimal, step: Decimal) -> Result<Decimal, String> {
    if step <= Decimal::ZERO {
        return Err(format!("{step} is not a step to round to: it must be above zero"));
    }
    let scale = value.scale().max(step.scale());
    let steps = |d: Decimal| {
        let factor = 10i128.checked_pow(scale - d.scale())?;
        d.mantissa().checked_mul(factor)
    };
    let lost = || format!("{value} cannot be rounded to {step}: too many digits");
    let (value, step) = (steps(value).ok_or_else(lost)?, steps(step).ok_or_else(lost)?);
    let count = scrip_units::div_round(value, step, scrip_units::Rounding::HalfAwayFromZero)
        .map_err(|e| e.to_string())?;
    let rounded = count.checked_mul(step).ok_or_else(lost)?;
    Decimal::try_from_i128_with_scale(rounded, scale).map_err(|e| e.to_string())
}

fn one(value: &str, edit: &Edit) -> Result<String, String> {
    let changed = match edit {
        Edit::Set { value } => return Ok(value.clone()),
        Edit::Times { factor } => times(decimal(value)?, decimal(factor)?)?,
        Edit::Percent { percent } => {
            let factor = times(decimal(percent)?, Decimal::new(1, 2))?;
            times(decimal(value)?, Decimal::ONE + factor)?
        }
        Edit::Plus { amount } => {
            let (value, amount) = (decimal(value)?, decimal(amount)?);
            value
                .checked_add(amount)
                .ok_or_else(|| format!("{value} plus {amount} is too large"))?
        }
        Edit::RoundTo { step } => round_to(decimal(value)?, decimal(step)?)?,
    };
    Ok(changed.normalize().to_string())
}

/// Does an edit to each of some cells. Empty cells stay empty, but for [`Edit::Set`].
#[must_use]
pub fn edit(values: &[String], edit: &Edit) -> Vec<Edited> {
    let edited = values.iter().map(|value| {
        if value.trim().is_empty() && !matches!(edit, Edit::Set { .. }) {
            return Edited { value: value.clone(), problem: None };
        }
        match one(value, edit) {
            Ok(value) => Edited { value, problem: None },
            Err(problem) => Edited { value: value.clone(), problem: Some(problem) },
        }
    });
    edited.collect()
}
