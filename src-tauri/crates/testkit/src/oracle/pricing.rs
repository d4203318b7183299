//! What a quantity costs in total, in the words of each pricing model.

use serde_json::Value;

use super::fraction::{Fraction, Mode};
use super::reading::{decimal, list, text};

/// How a charge or a converted quantity becomes whole steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grain {
    mode: Mode,
    /// Steps in one grain.
    steps: i64,
}

impl Grain {
    /// The usual one.
    pub const STEP: Grain = Grain { mode: Mode::Half, steps: 1 };

    /// The grain that the members `mode` (or `rounding`) and `step` of an object ask for.
    #[must_use]
    pub fn read(object: &Value, name: &str, steps_of_one: Fraction) -> Self {
        let mode = match object[name].as_str() {
            Some("up") => Mode::Up,
            Some("down") => Mode::Down,
            _ => Mode::Half,
        };
        let steps = decimal(object, "step").map_or(1, |step| {
            let steps = step.times(steps_of_one);
            steps.whole(Mode::Down)
        });
        Self { mode, steps }
    }

    /// Rounds an exact number of steps.
    #[must_use]
    pub fn round(self, exact: Fraction) -> i64 {
        exact.over(Fraction::of(self.steps)).whole(self.mode) * self.steps
    }
}

/// Whether more usage can cost less in total.
#[must_use]
pub fn looks_back(rate: &Value) -> bool {
    matches!(text(rate, "model"), "volume" | "stairstep")
}

/// The price in an object: `price` for each `per`, of which one is usual.
#[must_use]
pub fn price(object: &Value) -> Fraction {
    let per = decimal(object, "per").unwrap_or(Fraction::ONE);
    decimal(object, "price").unwrap_or(Fraction::ZERO).over(per)
}

fn reached(rows: &[Value], quantity: Fraction) -> Option<&Value> {
    rows.iter().find(|row| decimal(row, "up_to").is_none_or(|end| quantity.compare(end).is_le()))
}

/// What the quantity of a whole period costs by a rate: both in units, exactly.
#[must_use]
pub fn total(rate: &Value, quantity: Fraction) -> Fraction {
    let quantity = quantity.minus(decimal(rate, "included").unwrap_or(Fraction::ZERO));
    if quantity.compare(Fraction::ZERO).is_le() {
        return Fraction::ZERO;
    }
    let flat = |row: &Value| decimal(row, "flat").unwrap_or(Fraction::ZERO);
    match text(rate, "model") {
        "per_unit" => quantity.times(price(rate)),
        "package" => {
            let size = decimal(rate, "size").unwrap_or(Fraction::ONE);
            let mode = if text(rate, "partial") == "down" { Mode::Down } else { Mode::Up };
            let packages = quantity.over(size).whole(mode);
            decimal(rate, "price").unwrap_or(Fraction::ZERO).times(Fraction::of(packages))
        }
        "graduated" => {
            let (mut from, mut sum) = (Fraction::ZERO, Fraction::ZERO);
            for tier in list(rate, "tiers") {
                if quantity.compare(from).is_le() {
                    break;
                }
                let end = decimal(tier, "up_to").filter(|end| end.compare(quantity).is_lt());
                let to = end.unwrap_or(quantity);
                sum = sum.plus(flat(tier)).plus(to.minus(from).times(price(tier)));
                from = to;
            }
            sum
        }
        "volume" => reached(list(rate, "tiers"), quantity)
            .map_or(Fraction::ZERO, |tier| flat(tier).plus(quantity.times(price(tier)))),
        "stairstep" => reached(list(rate, "steps"), quantity)
            .and_then(|step| decimal(step, "amount"))
            .unwrap_or(Fraction::ZERO),
        _ => Fraction::ZERO,
    }
}
