//! Numbers: not below zero, above zero, and no finer than their unit.

use scrip_units::{Number, UnitCode, parse_steps};

use super::names::Names;
use crate::problem::{Problem, ProblemCode};

/// Reports a number below zero. `what` names it at the beginning of a sentence.
pub(crate) fn not_negative(path: &str, what: &str, number: Number, problems: &mut Vec<Problem>) {
    if number.is_negative() {
        let message = format!("{what} is {number}, below zero. Use zero or more.");
        problems.push(Problem::error(ProblemCode::Negative, path, message));
    }
}

/// Reports a number that is not above zero.
pub(crate) fn positive(path: &str, what: &str, number: Number, problems: &mut Vec<Problem>) {
    if !number.is_positive() {
        let message = format!("{what} is {number}. Use a number above zero.");
        problems.push(Problem::error(ProblemCode::NotPositive, path, message));
    }
}

/// Reports a number that is not a whole number of the unit's smallest steps.
pub(crate) fn in_steps(
    path: &str,
    what: &str,
    (number, unit): (Number, UnitCode),
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    if names.unit(unit).is_none() {
        return;
    }
    if let Err(error) = parse_steps(&number.to_string(), names.scale(unit), unit.as_str()) {
        let message = format!("{what} cannot be kept in {unit}: {error}. Use fewer digits.");
        problems.push(Problem::error(ProblemCode::TooManyDecimals, path, message));
    }
}

/// Reports a rounding step that is not above zero or not a multiple of the unit's smallest step.
pub(crate) fn rounding_step(
    path: &str,
    (step, unit): (Number, UnitCode),
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let smallest = names.scale(unit);
    let fits = parse_steps(&step.to_string(), smallest, unit.as_str()).is_ok();
    if names.unit(unit).is_some() && !(step.is_positive() && fits) {
        let message = format!(
            "The rounding step {step} is not a multiple of the smallest step of {unit}, which has {} decimals. Use a multiple above zero.",
            smallest.decimals()
        );
        problems.push(Problem::error(ProblemCode::RoundingStep, path, message));
    }
}
