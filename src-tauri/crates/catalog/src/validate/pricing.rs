//! Pricing models: prices, packages, tiers, steps.

use scrip_units::{Number, UnitCode};

use super::amounts::{in_steps, not_negative, positive};
use super::names::Names;
use crate::document::{Pricing, Rate, Step, Tier};
use crate::problem::{Problem, ProblemCode};

/// Where a rate stands and what its quantities are counted in.
pub(crate) struct Place<'a> {
    pub(crate) path: &'a str,
    pub(crate) names: &'a Names<'a>,
    pub(crate) quantity_unit: Option<UnitCode>,
    pub(crate) charge_unit: Option<UnitCode>,
}

/// Checks the numbers of a rate's pricing model and its included quantity.
pub(crate) fn check(place: &Place<'_>, rate: &Rate, problems: &mut Vec<Problem>) {
    let (path, code) = (place.path, &rate.code);
    if let Some(included) = rate.included {
        let path = format!("{path}.included");
        let what = format!("The included quantity of rate {code}");
        not_negative(&path, &what, included, problems);
        quantity(place, &path, &what, included, problems);
    }
    if let Some(maximum) = rate.maximum {
        let path = format!("{path}.maximum");
        let what = format!("The maximum of rate {code}");
        positive(&path, &what, maximum, problems);
        charge(place, &path, &what, maximum, problems);
    }
    if rate.pricing.is_per_event() {
        per_event(path, rate, problems);
    }
    match &rate.pricing {
        Pricing::PerUnit { price, per } => price_per(path, code.as_str(), *price, *per, problems),
        Pricing::Package { size, price, .. } => {
            let what = format!("The package size of rate {code}");
            positive(&format!("{path}.size"), &what, *size, problems);
            let what = format!("The package price of rate {code}");
            not_negative(&format!("{path}.price"), &what, *price, problems);
        }
        Pricing::Graduated { tiers } | Pricing::Volume { tiers } => {
            self::tiers(place, rate, tiers, problems);
        }
        Pricing::Stairstep { steps } => self::steps(place, rate, steps, problems),
        Pricing::Percentage { percent, fee, at_least, at_most } => {
            not_negative(
                &format!("{path}.percent"),
                &format!("The percentage of rate {code}"),
                *percent,
                problems,
            );
            not_negative(
                &format!("{path}.fee"),
                &format!("The fee of rate {code}"),
                *fee,
                problems,
            );
            for (key, bound) in [("at_least", at_least), ("at_most", at_most)] {
                if let Some(bound) = bound {
                    not_negative(
                        &format!("{path}.{key}"),
                        &format!("The bound of rate {code}"),
                        *bound,
                        problems,
                    );
                }
            }
            if let (Some(least), Some(most)) = (at_least, at_most)
                && least > most
            {
                let message = format!(
                    "Rate {code} charges at least {least} and at most {most} for an event: at_least may not be above at_most."
                );
                problems.push(Problem::error(
                    ProblemCode::Bounds,
                    format!("{path}.at_least"),
                    message,
                ));
            }
        }
    }
}

/// What counts over a billing period has no meaning where each event is priced on its own.
fn per_event(path: &str, rate: &Rate, problems: &mut Vec<Problem>) {
    for (key, is) in [("included", rate.included.is_some()), ("maximum", rate.maximum.is_some())] {
        if is {
            let message = format!(
                "Rate {} prices each event on its own, so it cannot have {key}, which counts over a billing period. Leave it out, or use another pricing model.",
                rate.code
            );
            problems.push(Problem::error(
                ProblemCode::PricedPerEvent,
                format!("{path}.{key}"),
                message,
            ));
        }
    }
}

fn charge(place: &Place<'_>, path: &str, what: &str, number: Number, problems: &mut Vec<Problem>) {
    if let Some(unit) = place.charge_unit {
        in_steps(path, what, (number, unit), place.names, problems);
    }
}

fn quantity(
    place: &Place<'_>,
    path: &str,
    what: &str,
    number: Number,
    problems: &mut Vec<Problem>,
) {
    if let Some(unit) = place.quantity_unit {
        in_steps(path, what, (number, unit), place.names, problems);
    }
}

fn price_per(path: &str, what: &str, price: Number, per: Number, problems: &mut Vec<Problem>) {
    let (price_path, per_path) = (format!("{path}.price"), format!("{path}.per"));
    not_negative(&price_path, &format!("The price of {what}"), price, problems);
    positive(&per_path, &format!("The quantity that the price of {what} is for"), per, problems);
}

fn tiers(place: &Place<'_>, rate: &Rate, tiers: &[Tier], problems: &mut Vec<Problem>) {
    let bounds: Vec<Option<Number>> = tiers.iter().map(|t| t.up_to).collect();
    self::bounds(place, (rate, "tiers", "tier"), &bounds, problems);
    for (row, tier) in tiers.iter().enumerate() {
        let path = format!("{}.tiers[{row}]", place.path);
        let what = format!("tier {} of rate {}", row + 1, rate.code);
        price_per(&path, &what, tier.price, tier.per, problems);
        let flat = format!("The flat amount of {what}");
        not_negative(&format!("{path}.flat"), &flat, tier.flat, problems);
    }
}

fn steps(place: &Place<'_>, rate: &Rate, steps: &[Step], problems: &mut Vec<Problem>) {
    let bounds: Vec<Option<Number>> = steps.iter().map(|s| s.up_to).collect();
    self::bounds(place, (rate, "steps", "step"), &bounds, problems);
    for (row, step) in steps.iter().enumerate() {
        let path = format!("{}.steps[{row}].amount", place.path);
        let what = format!("The amount of step {} of rate {}", row + 1, rate.code);
        not_negative(&path, &what, step.amount, problems);
        let before = row.checked_sub(1).map(|before| steps[before].amount);
        if let Some(before) = before.filter(|before| *before > step.amount) {
            let message = format!(
                "{what} is {}, less than the {before} of the step before: using more costs less. Check the amounts.",
                step.amount
            );
            problems.push(Problem::warning(ProblemCode::FallingSteps, path, message));
        }
    }
}

/// Checks that bounds rise and that the last tier, and it alone, has none.
fn bounds(
    place: &Place<'_>,
    (rate, list, one): (&Rate, &str, &str),
    bounds: &[Option<Number>],
    problems: &mut Vec<Problem>,
) {
    let path = format!("{}.{list}", place.path);
    let code = &rate.code;
    let mut error = |path: String, message: String| {
        problems.push(Problem::error(ProblemCode::Tiers, path, message));
    };
    let Some(last) = bounds.len().checked_sub(1) else {
        let message = format!("Rate {code} has no {list}. Add at least one, without up_to.");
        return error(path, message);
    };
    let mut highest = Number::ZERO;
    for (row, bound) in bounds.iter().enumerate() {
        let path = format!("{path}[{row}].up_to");
        let number = row + 1;
        match bound {
            Some(bound) if row == last => error(
                path,
                format!(
                    "The last {one} of rate {code} ends at {bound}, so usage above it has no price. Leave up_to out of the last {one}."
                ),
            ),
            None if row != last => error(
                path,
                format!(
                    "The {one} {number} of rate {code} has no up_to, so the {list} after it are never reached. Give it one; only the last {one} has none."
                ),
            ),
            Some(bound) if *bound <= highest => error(
                path,
                format!(
                    "The {one} {number} of rate {code} ends at {bound}, which is not above {highest}, where it begins. Let the bounds rise."
                ),
            ),
            _ => {}
        }
        highest = bound.unwrap_or(highest).max(highest);
    }
    for (row, bound) in bounds.iter().enumerate() {
        if let Some(bound) = bound {
            let what = format!("The bound of {one} {} of rate {code}", row + 1);
            quantity(place, &format!("{path}[{row}].up_to"), &what, *bound, problems);
        }
    }
}
