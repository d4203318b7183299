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

/// What a single event costs by a percentage: in units, exactly.
#[must_use]
pub fn percentage(rate: &Value, quantity: Fraction) -> Fraction {
    // Below zero where the rounding of a conversion takes a part of earlier usage back.
    if quantity.compare(Fraction::ZERO).is_le() {
        return Fraction::ZERO;
    }
    let number = |name: &str| decimal(rate, name).unwrap_or(Fraction::ZERO);
    let cost = quantity.times(number("percent")).over(Fraction::of(100)).plus(number("fee"));
    let least = decimal(rate, "at_least").filter(|least| cost.compare(*least).is_lt());
    let cost = least.unwrap_or(cost);
    let cost = decimal(rate, "at_most").filter(|most| cost.compare(*most).is_gt()).unwrap_or(cost);
    cost.times(own_part(rate))
}

/// What a customer's own price makes of all money of a row.
fn own_part(rate: &Value) -> Fraction {
    let more = decimal(rate, "own_percent").unwrap_or(Fraction::ZERO);
    Fraction::ONE.plus(more.over(Fraction::of(100)))
}

/// Whether a row applies at a second of the week, counted from the beginning of Sunday.
#[must_use]
pub fn window_holds(rate: &Value, second: i64) -> bool {
    const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let window = &rate["when"];
    if !window.is_object() {
        return true;
    }
    let clock = |name: &str, absent: i64| {
        let mut parts = text(window, name).split(':').map(|part| part.parse::<i64>().ok());
        match (parts.next().flatten(), parts.next().flatten()) {
            (Some(hour), Some(minute)) => (hour * 60 + minute) * 60,
            _ => absent,
        }
    };
    let (from, until) = (clock("from", 0), clock("until", 86_400));
    let length = if until > from { until - from } else { until + 86_400 - from };
    let days = list(window, "weekdays");
    (0..7).filter(|day| days.is_empty() || days.iter().any(|name| name == DAYS[*day])).any(|day| {
        let begins = i64::try_from(day).unwrap_or_default() * 86_400 + from;
        (second - begins).rem_euclid(7 * 86_400) < length
    })
}

/// What the quantity of a whole period costs by a rate: both in units, exactly; never more than the
/// maximum.
#[must_use]
pub fn total(rate: &Value, quantity: Fraction) -> Fraction {
    let total = without_maximum(rate, quantity).times(own_part(rate));
    decimal(rate, "maximum").filter(|most| total.compare(*most).is_gt()).unwrap_or(total)
}

fn without_maximum(rate: &Value, quantity: Fraction) -> Fraction {
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
