//! Codes: unique where they are defined, defined where they are used.

use scrip_units::UnitCode;

use super::names::{Names, Use, unique};
use crate::document::{Document, Scope};
use crate::problem::{Problem, ProblemCode};

/// Checks codes and references of everything but customers.
pub(crate) fn check(document: &Document, names: &Names<'_>, problems: &mut Vec<Problem>) {
    unique("units", "unit", document.units.iter().map(|u| u.code), problems);
    unique("meters", "meter", document.meters.iter().map(|m| &m.code), problems);
    unique("conversions", "conversion", document.conversions.iter().map(|c| &c.code), problems);
    let wallet_types = document.wallet_types.iter().map(|w| &w.code);
    unique("wallet_types", "wallet type", wallet_types, problems);
    unique("rate_cards", "rate card", document.rate_cards.iter().map(|c| &c.code), problems);
    for meter in &document.meters {
        known_unit(names, &format!("meters[{}].unit", meter.code), meter.unit, problems);
    }
    for conversion in &document.conversions {
        let path = format!("conversions[{}]", conversion.code);
        known_unit(names, &format!("{path}.from"), conversion.from, problems);
        known_unit(names, &format!("{path}.to"), conversion.to, problems);
    }
    for wallet_type in &document.wallet_types {
        let path = format!("wallet_types[{}]", wallet_type.code);
        payable_unit(names, &format!("{path}.unit"), wallet_type.unit, problems);
        for version in &wallet_type.versions {
            let path = format!("{path}.versions[{}]", version.version);
            for (row, scope) in version.scope.iter().enumerate() {
                self::scope(names, &format!("{path}.scope[{row}]"), scope, problems);
            }
        }
    }
    rate_cards(document, names, problems);
}

fn scope(names: &Names<'_>, path: &str, scope: &Scope, problems: &mut Vec<Problem>) {
    if names.meter(&scope.meter).is_none() {
        problems.push(unknown_meter(&format!("{path}.meter"), &scope.meter));
    }
}

fn rate_cards(document: &Document, names: &Names<'_>, problems: &mut Vec<Problem>) {
    for card in &document.rate_cards {
        let path = format!("rate_cards[{}]", card.code);
        payable_unit(names, &format!("{path}.unit"), card.unit, problems);
        for version in &card.versions {
            let path = format!("{path}.versions[{}]", version.version);
            unique(
                &format!("{path}.rates"),
                "rate",
                version.rates.iter().map(|r| &r.code),
                problems,
            );
            for rate in &version.rates {
                let path = format!("{path}.rates[{}]", rate.code);
                if names.meter(&rate.meter).is_none() {
                    problems.push(unknown_meter(&format!("{path}.meter"), &rate.meter));
                }
                if let Some(unit) = rate.quantity_unit {
                    known_unit(names, &format!("{path}.quantity_unit"), unit, problems);
                }
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

pub(crate) fn unknown_meter(path: &str, meter: &scrip_units::MeterCode) -> Problem {
    let message = format!("There is no meter {meter}. Define it under meters, or name another.");
    Problem::error(ProblemCode::UnknownMeter, path, message)
}
