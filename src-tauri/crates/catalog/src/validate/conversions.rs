//! Conversions: factors, and exactly one way from what is metered to what is priced.

use std::collections::{BTreeMap, HashSet};

use scrip_units::{MeterCode, UnitCode, Zone};

use super::amounts::{not_negative, positive, rounding_step};
use super::coverage::Grid;
use super::names::{Names, Use, unique};
use super::references::known_unit;
use super::rows::Rows;
use super::{cells, timeline};
use crate::document::{
    Conversion, ConversionVersion, Document, ExchangeRule, Meter, Rate, RateCardVersion,
};
use crate::matching::conversion_paths;
use crate::problem::{Problem, ProblemCode, Severity};
use crate::version::{Effective, Version};

/// Checks every conversion, and that every rate's quantity can be reached from its meter.
pub(crate) fn check(document: &Document, names: &Names<'_>, problems: &mut Vec<Problem>) {
    let conversions = &document.conversions;
    unique("conversions", "conversion", conversions.iter().map(|c| &c.code), problems);
    let mut ends = HashSet::new();
    for conversion in conversions {
        let path = format!("conversions[{}]", conversion.code);
        known_unit(names, &format!("{path}.from"), conversion.from, problems);
        known_unit(names, &format!("{path}.to"), conversion.to, problems);
        if !ends.insert((conversion.from, conversion.to)) {
            let message = format!(
                "Another conversion than {} also converts {} to {}. Make them versions of one conversion, or remove one.",
                conversion.code, conversion.from, conversion.to
            );
            let code = ProblemCode::AmbiguousConversion;
            problems.push(Problem::error(code, path.clone(), message));
        }
        let what = format!("conversion {}", conversion.code);
        let zone = document.entity.time_zone;
        timeline::check(&path, &what, conversion, zone, problems);
        let meters = meters_before(document, conversion);
        for version in &conversion.versions {
            let path = format!("{path}.versions[{}]", version.version);
            self::version(&path, (conversion, version), (&meters, names), problems);
        }
    }
    cycles(conversions, problems);
    reached(document, names, problems);
}

/// The meters whose usage may come through a conversion.
fn meters_before<'a>(document: &'a Document, conversion: &Conversion) -> Vec<&'a Meter> {
    let leads = |meter: &&Meter| {
        !conversion_paths(&document.conversions, meter.unit, conversion.from, 1).is_empty()
    };
    document.meters.iter().filter(leads).collect()
}

fn version(
    path: &str,
    (conversion, version): (&Conversion, &ConversionVersion),
    (meters, names): (&[&Meter], &Names<'_>),
    problems: &mut Vec<Problem>,
) {
    if let Some(rule) = &version.rates {
        return exchange(path, (conversion, version, rule), names, problems);
    }
    let path = format!("{path}.factors");
    if version.factors.is_empty() {
        let message = format!(
            "Version {} of conversion {} has no factors. Add one, or remove the version.",
            version.version, conversion.code
        );
        problems.push(Problem::error(ProblemCode::NoRows, path.clone(), message));
    }
    for (row, factor) in version.factors.iter().enumerate() {
        let path = format!("{path}[{row}]");
        let what = format!("Factor {} of conversion {}", row + 1, conversion.code);
        positive(&format!("{path}.factor"), &what, factor.factor, problems);
        if let Some(step) = factor.step {
            rounding_step(&format!("{path}.step"), (step, conversion.to), names, problems);
        }
        if !meters.is_empty() {
            cells::check_any(&path, &factor.matches, meters, problems);
        }
    }
    collisions(&path, (conversion, version), meters, problems);
}

/// A version by exchange rates: between two currencies, and without factors.
fn exchange(
    path: &str,
    (conversion, version, rule): (&Conversion, &ConversionVersion, &ExchangeRule),
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let (code, number) = (&conversion.code, version.version);
    if !version.factors.is_empty() {
        let message = format!(
            "Version {number} of conversion {code} has factors and exchange rates. Remove one of the two."
        );
        let place = format!("{path}.factors");
        problems.push(Problem::error(ProblemCode::AmbiguousConversion, place, message));
    }
    for unit in [conversion.from, conversion.to] {
        if names.unit(unit).is_some_and(|used| used != Use::Currency) {
            let message = format!(
                "Version {number} of conversion {code} converts by exchange rates, and {unit} is not a currency. Use factors, or convert between currencies."
            );
            let place = format!("{path}.rates");
            problems.push(Problem::error(ProblemCode::NotACurrency, place, message));
        }
    }
    source(&format!("{path}.rates.source"), &rule.source, problems);
    let what = format!("The spread of conversion {code}");
    not_negative(&format!("{path}.rates.spread_percent"), &what, rule.spread_percent, problems);
}

/// Reports a source of exchange rates without a name.
pub(crate) fn source(path: &str, source: &str, problems: &mut Vec<Problem>) {
    if source.trim().is_empty() {
        let message = "The source of exchange rates has no name. Use the one given when rates were imported, such as \"ecb\".";
        problems.push(Problem::error(ProblemCode::BadName, path, message));
    }
}

/// Reports factors that match the same usage equally well, once for each pair.
fn collisions(
    path: &str,
    (conversion, version): (&Conversion, &ConversionVersion),
    meters: &[&Meter],
    problems: &mut Vec<Problem>,
) {
    let rows: Vec<_> =
        version.factors.iter().enumerate().map(|(i, f)| (i.to_string(), &f.matches)).collect();
    let mut found = Vec::new();
    for meter in meters {
        let cells = version.factors.iter().map(|f| &f.matches).enumerate();
        let rows = Rows {
            version: format!("version {} of conversion {}", version.version, conversion.code),
            usage: format!("usage of meter {}", meter.code),
            path: path.to_owned(),
            severity: timeline::severity(version),
            grid: Grid::of(&meter.dimensions, cells),
            blank_usage: true,
            rows: &rows,
        };
        let mut here = Vec::new();
        rows.ambiguous(None, &mut here);
        for problem in here {
            if !found.iter().any(|other: &Problem| other.path == problem.path) {
                found.push(problem);
            }
        }
    }
    problems.append(&mut found);
}

/// Reports each circle of conversions at the conversion that closes it.
fn cycles(conversions: &[Conversion], problems: &mut Vec<Problem>) {
    for (index, conversion) in conversions.iter().enumerate() {
        let before = &conversions[..index];
        let back = conversion_paths(before, conversion.to, conversion.from, 1).into_iter().next();
        if let Some(back) = back {
            let units = [conversion.from, conversion.to].into_iter();
            let units: Vec<String> =
                units.chain(back.iter().map(|c| c.to)).map(|u| u.to_string()).collect();
            let units = if conversion.from == conversion.to { &units[..2] } else { &units[..] };
            let message = format!(
                "With conversion {} units lead back to where they began: {}. Remove a conversion of this circle.",
                conversion.code,
                units.join(" -> ")
            );
            let path = format!("conversions[{}]", conversion.code);
            problems.push(Problem::error(ProblemCode::ConversionCycle, path, message));
        }
    }
}

/// A way from a meter's unit to a unit that is priced.
struct Way<'a> {
    meter: &'a Meter,
    to: UnitCode,
    conversions: Vec<&'a Conversion>,
}

/// Checks for each rate that one way leads from its meter to the unit of its quantity.
fn reached(document: &Document, names: &Names<'_>, problems: &mut Vec<Problem>) {
    let zone = document.entity.time_zone;
    let mut known: BTreeMap<(&MeterCode, UnitCode), Vec<Vec<&Conversion>>> = BTreeMap::new();
    for card in &document.rate_cards {
        for version in &card.versions {
            let mut late = HashSet::new();
            for rate in &version.rates {
                let Some((meter, to)) = wanted(rate, names) else { continue };
                let ways = known
                    .entry((&meter.code, to))
                    .or_insert_with(|| conversion_paths(&document.conversions, meter.unit, to, 2));
                let path = format!(
                    "rate_cards[{}].versions[{}].rates[{}].quantity_unit",
                    card.code, version.version, rate.code
                );
                if let [only] = ways.as_slice() {
                    let way = Way { meter, to, conversions: only.clone() };
                    if late.insert((&meter.code, to)) {
                        in_time(&path, &way, version, zone, problems);
                    }
                } else {
                    problems.push(not_one_way(path, rate, (meter, to), ways));
                }
            }
        }
    }
    let used = known.into_iter().filter_map(|((meter, to), mut ways)| {
        let meter = names.meter(meter)?;
        (ways.len() == 1).then(|| Way { meter, to, conversions: ways.remove(0) })
    });
    for way in used {
        holes(&way, zone, problems);
    }
}

fn wanted<'a>(rate: &Rate, names: &Names<'a>) -> Option<(&'a Meter, UnitCode)> {
    let meter = names.meter(&rate.meter)?;
    let to = rate.quantity_unit.filter(|unit| *unit != meter.unit)?;
    names.unit(to)?;
    Some((meter, to))
}

fn not_one_way(
    path: String,
    rate: &Rate,
    (meter, to): (&Meter, UnitCode),
    ways: &[Vec<&Conversion>],
) -> Problem {
    let (code, from) = (&rate.code, meter.unit);
    if ways.is_empty() {
        let message = format!(
            "Rate {code} prices {to}, and no conversion leads there from {from}, the unit of meter {}. Add a conversion, or price {from}.",
            meter.code
        );
        return Problem::error(ProblemCode::NoConversion, path, message);
    }
    let text = |way: &Vec<&Conversion>| {
        way.iter().map(|c| c.code.to_string()).collect::<Vec<_>>().join(" then ")
    };
    let ways = ways.iter().map(text).collect::<Vec<_>>().join("; or ");
    let message = format!(
        "Rate {code} prices {to}, and there is more than one way to convert {from} to it: {ways}. Remove a conversion so that one way is left."
    );
    Problem::error(ProblemCode::AmbiguousConversion, path, message)
}

/// Warns when a version prices converted usage before its conversions are in force.
fn in_time(
    path: &str,
    way: &Way<'_>,
    version: &RateCardVersion,
    zone: Zone,
    problems: &mut Vec<Problem>,
) {
    let Ok(from) = version.effective_at.resolve(zone) else { return };
    for conversion in &way.conversions {
        let first = conversion.published(zone).first().map(|(at, _)| *at);
        if version.is_published() && first.is_none_or(|first| first > from) {
            let since = first
                .map_or("is never in force".to_owned(), |at| format!("is in force from {at} only"));
            let message = format!(
                "Conversion {} {since}, and usage of meter {} is priced in {} from {from}; usage before the conversion is rejected. Let the conversion take effect no later.",
                conversion.code, way.meter.code, way.to
            );
            problems.push(Problem::warning(ProblemCode::NoConversion, path, message));
        }
    }
}

/// Warns of usage that is priced after a conversion which has no factor for it.
fn holes(way: &Way<'_>, zone: Zone, problems: &mut Vec<Problem>) {
    for conversion in &way.conversions {
        // Of the published versions, the last: the ones before it price no new usage.
        let published = conversion.published(zone);
        let Some((_, version)) = published.last() else { continue };
        if version.rates.is_some() {
            continue;
        }
        let cells = version.factors.iter().map(|f| &f.matches).enumerate();
        let rows = Rows {
            version: format!("version {} of conversion {}", version.version, conversion.code),
            usage: format!("usage of meter {}", way.meter.code),
            path: format!("conversions[{}].versions[{}].factors", conversion.code, version.version),
            severity: Severity::Warning,
            grid: Grid::of(&way.meter.dimensions, cells),
            blank_usage: true,
            rows: &[],
        };
        rows.hole("or such usage is rejected", problems);
    }
}
