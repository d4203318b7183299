//! The entity, units and meters, and what every reference to them must satisfy.

use std::collections::HashSet;

use scrip_units::{MeterCode, Scale, Unit, UnitCode};

use super::cells::empty_value;
use super::coverage::DIMENSIONS_MAX;
use super::names::{Names, Use, unique};
use crate::document::{Document, Meter, UnitDefinition};
use crate::matching::WILDCARD;
use crate::problem::{Problem, ProblemCode};

/// Checks the entity, units and meters.
pub(crate) fn check(document: &Document, names: &Names<'_>, problems: &mut Vec<Problem>) {
    let currency = document.entity.currency;
    if names.unit(currency) != Some(Use::Currency) {
        let message = format!(
            "The books of {} are kept in {currency}, which is not an ISO 4217 currency. Use a code such as EUR.",
            document.entity.code
        );
        problems.push(Problem::error(ProblemCode::NotACurrency, "entity.currency", message));
    }
    if let Some(source) = &document.entity.exchange_rates {
        super::conversions::source("entity.exchange_rates", source, problems);
    }
    unique("units", "unit", document.units.iter().map(|u| u.code), problems);
    for unit in &document.units {
        self::unit(unit, problems);
    }
    unique("meters", "meter", document.meters.iter().map(|m| &m.code), problems);
    for meter in &document.meters {
        let path = format!("meters[{}]", meter.code);
        known_unit(names, &format!("{path}.unit"), meter.unit, problems);
        dimensions(&path, meter, problems);
    }
}

fn unit(unit: &UnitDefinition, problems: &mut Vec<Problem>) {
    let path = format!("units[{}]", unit.code);
    if Unit::currency(unit.code).is_some() {
        let message = format!(
            "The unit {} has the code of an ISO 4217 currency, which needs no definition. Use another code.",
            unit.code
        );
        let path = format!("{path}.code");
        problems.push(Problem::error(ProblemCode::CurrencyCodeTaken, path, message));
    }
    if let Err(error) = Scale::try_new(unit.scale) {
        let message = format!("The unit {} cannot be counted: {error}.", unit.code);
        let path = format!("{path}.scale");
        problems.push(Problem::error(ProblemCode::ScaleOutOfRange, path, message));
    }
}

fn dimensions(path: &str, meter: &Meter, problems: &mut Vec<Problem>) {
    let list = format!("{path}.dimensions");
    if meter.dimensions.len() > DIMENSIONS_MAX {
        let message = format!(
            "The meter {} has {} dimensions, more than the {DIMENSIONS_MAX} that can be told apart. Remove those that no rate needs.",
            meter.code,
            meter.dimensions.len()
        );
        problems.push(Problem::error(ProblemCode::TooManyDimensions, list.clone(), message));
    }
    unique(&list, "dimension", meter.dimensions.iter().map(|d| d.name.as_str()), problems);
    for dimension in &meter.dimensions {
        let (name, meter) = (&dimension.name, &meter.code);
        let path = format!("{list}[{name}]");
        let mut bad = |path: String, message: String| {
            problems.push(Problem::error(ProblemCode::BadName, path, message));
        };
        if name.is_empty() {
            let message = format!("A dimension of meter {meter} has no name. Give it one.");
            bad(format!("{path}.name"), message);
        }
        let Some(values) = &dimension.values else { continue };
        let path = format!("{path}.values");
        if values.is_empty() {
            let message = format!(
                "The dimension {name} of meter {meter} allows no value at all. List values, or leave values out to allow any."
            );
            bad(path.clone(), message);
        }
        if values.iter().any(|value| value == WILDCARD) {
            let message = format!(
                "The dimension {name} of meter {meter} lists \"*\" as a value, which means any. Leave values out to allow any."
            );
            bad(path.clone(), message);
        }
        let mut seen = HashSet::new();
        for value in values {
            empty_value(&format!("the dimension {name} of meter {meter}"), value, &path, problems);
            if !seen.insert(value) {
                let message = format!(
                    "The dimension {name} of meter {meter} lists {value:?} more than once. Remove one."
                );
                let path = path.clone();
                problems.push(Problem::error(ProblemCode::DuplicateCode, path, message));
            }
        }
    }
}

/// Reports a unit that is neither defined nor a currency.
pub(crate) fn known_unit(
    names: &Names<'_>,
    path: &str,
    unit: UnitCode,
    problems: &mut Vec<Problem>,
) {
    if names.unit(unit).is_none() {
        let message = format!(
            "There is no unit {unit}. Define it under units, or use the code of an ISO 4217 currency."
        );
        problems.push(Problem::error(ProblemCode::UnknownUnit, path, message));
    }
}

/// Reports a unit that cannot be held in a wallet.
pub(crate) fn payable_unit(
    names: &Names<'_>,
    path: &str,
    unit: UnitCode,
    problems: &mut Vec<Problem>,
) {
    known_unit(names, path, unit, problems);
    if names.unit(unit) == Some(Use::Usage) {
        let message = format!(
            "The unit {unit} only measures usage. Use a credit unit or a currency, or make {unit} a credit unit."
        );
        problems.push(Problem::error(ProblemCode::WrongUnitKind, path, message));
    }
}

/// A meter that is named and does not exist.
pub(crate) fn unknown_meter(path: &str, meter: &MeterCode) -> Problem {
    let message = format!("There is no meter {meter}. Define it under meters, or name another.");
    Problem::error(ProblemCode::UnknownMeter, path, message)
}
