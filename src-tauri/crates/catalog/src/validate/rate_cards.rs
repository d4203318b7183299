//! Rate cards: versions, rows, what they are priced in, and who they are for.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use scrip_units::{MeterCode, RateCode, UnitCode, Zone};

use super::amounts::{not_negative, positive, rounding_step};
use super::coverage::Grid;
use super::names::{Names, Use, unique};
use super::pricing::{self, Place};
use super::references::{known_unit, payable_unit, unknown_meter};
use super::rows::Rows;
use super::{cells, timeline, windows};
use crate::document::{
    AppliesTo, Document, OveragePrice, Rate, RateCard, RateCardVersion, Unmatched,
};
use crate::problem::{Problem, ProblemCode, Severity};
use crate::version::{Effective, InForce, Version};

/// Checks every rate card.
pub(crate) fn check(document: &Document, names: &Names<'_>, problems: &mut Vec<Problem>) {
    check_with(document, names, &|_| true, problems);
}

/// Checks every rate card; `blank_usage` says of which meters usage without dimension values is to have
/// a row.
pub(crate) fn check_with(
    document: &Document,
    names: &Names<'_>,
    blank_usage: &dyn Fn(&MeterCode) -> bool,
    problems: &mut Vec<Problem>,
) {
    let zone = document.entity.time_zone;
    unique("rate_cards", "rate card", document.rate_cards.iter().map(|c| &c.code), problems);
    for card in &document.rate_cards {
        let path = format!("rate_cards[{}]", card.code);
        payable_unit(names, &format!("{path}.unit"), card.unit, problems);
        let what = format!("rate card {}", card.code);
        timeline::check(&path, &what, card, zone, problems);
        let last = card.published(zone).last().map(|(_, version)| version.version);
        for version in &card.versions {
            let path = format!("{path}.versions[{}]", version.version);
            self::version(&path, card, version, names, problems);
            // A version that has been replaced cannot be mended, and prices no new usage.
            let replaced = version.is_published() && last != Some(version.version);
            rows(&path, (card, version, replaced), (names, blank_usage), problems);
        }
        same_quantity_units(&path, card, names, problems);
    }
    for_everyone(document, zone, problems);
}

fn version(
    path: &str,
    card: &RateCard,
    version: &RateCardVersion,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    if version.rates.is_empty() {
        let message = format!(
            "Version {} of rate card {} has no rates, so it prices nothing. Add one, or remove the version.",
            version.version, card.code
        );
        problems.push(Problem::error(ProblemCode::NoRows, format!("{path}.rates"), message));
    }
    if let Some(overage) = &version.overage {
        self::overage(&format!("{path}.overage"), card, overage, names, problems);
    }
    unique(&format!("{path}.rates"), "rate", version.rates.iter().map(|r| &r.code), problems);
    for rate in &version.rates {
        self::rate(&format!("{path}.rates[{}]", rate.code), card, rate, names, problems);
    }
}

fn overage(
    path: &str,
    card: &RateCard,
    overage: &OveragePrice,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let currency = overage.currency;
    if names.unit(currency) != Some(Use::Currency) {
        let message = format!(
            "Overage of rate card {} is charged in {currency}, which is not an ISO 4217 currency. Use a code such as EUR.",
            card.code
        );
        let path = format!("{path}.currency");
        problems.push(Problem::error(ProblemCode::NotACurrency, path, message));
    }
    let what = format!("The overage price of rate card {}", card.code);
    not_negative(&format!("{path}.price"), &what, overage.price, problems);
    let what = format!("The quantity that the overage price of rate card {} is for", card.code);
    positive(&format!("{path}.per"), &what, overage.per, problems);
}

fn rate(path: &str, card: &RateCard, rate: &Rate, names: &Names<'_>, problems: &mut Vec<Problem>) {
    let meter = names.meter(&rate.meter);
    match meter {
        Some(meter) => cells::check(path, &rate.matches, meter, problems),
        None => problems.push(unknown_meter(&format!("{path}.meter"), &rate.meter)),
    }
    if let Some(unit) = rate.quantity_unit {
        known_unit(names, &format!("{path}.quantity_unit"), unit, problems);
    }
    let quantity_unit = rate.quantity_unit.or_else(|| meter.map(|m| m.unit));
    let charge_unit = Some(card.unit);
    pricing::check(&Place { path, names, quantity_unit, charge_unit }, rate, problems);
    if let Some(step) = rate.rounding.step {
        rounding_step(&format!("{path}.rounding.step"), (step, card.unit), names, problems);
    }
    wallet_types(path, card, rate, names, problems);
}

/// A row keeps its counters from version to version by keeping its code, so what it counts may not
/// change.
fn same_quantity_units(
    path: &str,
    card: &RateCard,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let mut before: HashMap<&RateCode, (UnitCode, u32)> = HashMap::new();
    let mut versions: Vec<_> = card.versions.iter().collect();
    versions.sort_by_key(|version| version.version);
    for version in versions {
        for rate in &version.rates {
            let of_meter = || names.meter(&rate.meter).map(|meter| meter.unit);
            let Some(unit) = rate.quantity_unit.or_else(of_meter) else { continue };
            let (first, since) = *before.entry(&rate.code).or_insert((unit, version.version));
            if first == unit || since == version.version {
                continue;
            }
            let message = format!(
                "Rate {} of rate card {} prices {unit} in version {} and {first} in version {since}, and what was used in a billing period goes on being counted when the version changes. Give the row that prices {unit} a code of its own.",
                rate.code, card.code, version.version
            );
            let path =
                format!("{path}.versions[{}].rates[{}].quantity_unit", version.version, rate.code);
            problems.push(Problem::error(ProblemCode::QuantityUnitChanged, path, message));
        }
    }
}

fn wallet_types(
    path: &str,
    card: &RateCard,
    rate: &Rate,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    unique(&format!("{path}.wallet_types"), "entry for", &rate.wallet_types, problems);
    for code in &rate.wallet_types {
        let path = format!("{path}.wallet_types[{code}]");
        match names.wallet_type(code) {
            None => {
                let message = format!(
                    "Rate {} is paid from the wallet type {code}, which does not exist. Define it under wallet_types, or name another.",
                    rate.code
                );
                problems.push(Problem::error(ProblemCode::UnknownWalletType, path, message));
            }
            Some(wallet_type) if wallet_type.unit != card.unit => {
                let message = format!(
                    "Rate {} charges {} and is paid from the wallet type {code}, which holds {}. Name a wallet type that holds {}.",
                    rate.code, card.unit, wallet_type.unit, card.unit
                );
                problems.push(Problem::error(ProblemCode::UnitMismatch, path, message));
            }
            Some(_) => {}
        }
    }
}

fn rows(
    path: &str,
    (card, version, replaced): (&RateCard, &RateCardVersion, bool),
    (names, blank_usage): (&Names<'_>, &dyn Fn(&MeterCode) -> bool),
    problems: &mut Vec<Problem>,
) {
    let mut by_meter: BTreeMap<&MeterCode, Vec<usize>> = BTreeMap::new();
    for (position, rate) in version.rates.iter().enumerate() {
        by_meter.entry(&rate.meter).or_default().push(position);
    }
    let named: Vec<_> = version.rates.iter().map(|r| (r.code.to_string(), &r.matches)).collect();
    for (code, positions) in by_meter {
        let Some(meter) = names.meter(code) else { continue };
        let timed = windows::check((path, card, version), &positions, problems);
        let cells = timed.standing.iter().map(|i| (*i, &version.rates[*i].matches));
        let rows = Rows {
            version: format!("version {} of rate card {}", version.version, card.code),
            usage: format!("usage of meter {code}"),
            path: format!("{path}.rates"),
            severity: timeline::severity(version),
            grid: Grid::of(&meter.dimensions, cells),
            blank_usage: blank_usage(code),
            rows: &named,
        };
        // A row that leaves times of the week open leaves them to less specific rows: it puts none
        // of them out of reach, decides between no two of them, and does not close a hole.
        let lasting = (!timed.partial.is_empty()).then(|| {
            let lasting = timed.standing.iter().filter(|i| !timed.partial.contains(i));
            Grid::of(&meter.dimensions, lasting.map(|i| (*i, &version.rates[*i].matches)))
        });
        rows.ambiguous(lasting.as_ref(), problems);
        let rows = match lasting {
            Some(grid) => Rows { grid, ..rows },
            None => rows,
        };
        rows.unreachable(problems);
        if version.unmatched == Unmatched::Forbidden {
            let severity = if replaced { Severity::Warning } else { rows.severity };
            let rows = Rows { severity, ..rows };
            rows.hole("or set unmatched to \"reject\" or \"free\"", problems);
        }
    }
}

/// Reports two cards for everyone that price the same meter at the same time: which of them
/// applies would depend on their order in the document.
fn for_everyone(document: &Document, zone: Zone, problems: &mut Vec<Problem>) {
    let cards = document.rate_cards.iter().filter(|c| c.applies_to == AppliesTo::Everyone);
    let mut before: HashMap<&MeterCode, Vec<(&RateCard, InForce<'_, RateCardVersion>)>> =
        HashMap::new();
    let mut reported = HashSet::new();
    for card in cards {
        for span in timeline::spans(card, zone) {
            let meters: BTreeSet<&MeterCode> =
                span.version.rates.iter().map(|rate| &rate.meter).collect();
            for meter in meters {
                let others = before.entry(meter).or_default();
                let clash =
                    others.iter().find(|(c, other)| c.code != card.code && other.overlaps(&span));
                if let Some((other, version)) = clash
                    && reported.insert((&other.code, &card.code, meter))
                {
                    let clash = (*other, version.version);
                    problems.push(two_for_everyone(clash, (card, span.version), meter));
                }
                others.push((card, span));
            }
        }
    }
}

fn two_for_everyone(
    (first, earlier): (&RateCard, &RateCardVersion),
    (second, later): (&RateCard, &RateCardVersion),
    meter: &MeterCode,
) -> Problem {
    let message = format!(
        "Rate cards {} (version {}) and {} (version {}) both apply to everyone and both price the meter {meter} at the same time. Let one apply to assigned customers only, or take {meter} out of one.",
        first.code, earlier.version, second.code, later.version
    );
    let path = format!("rate_cards[{}].versions[{}]", second.code, later.version);
    let published = earlier.is_published() && later.is_published();
    let severity = if published { Severity::Error } else { Severity::Warning };
    Problem { severity, code: ProblemCode::AmbiguousCards, path, message }
}
