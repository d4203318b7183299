//! Cost cards: everything that is checked of rate cards, and prices that are below cost.

use std::collections::HashMap;

use scrip_units::{Exact, MeterCode, Number, Zone};

use super::names::{Names, Use};
use super::rate_cards;
use crate::document::{
    CostCard, CostRate, CostVersion, Document, OveragePrice, Pricing, Rate, RateCard,
    RateCardVersion,
};
use crate::matching::{cells_match, fixed, specificity};
use crate::problem::{Problem, ProblemCode, Severity};
use crate::version::{Effective, Version};

/// Checks every cost card.
pub(crate) fn check(document: &Document, names: &Names<'_>, problems: &mut Vec<Problem>) {
    if document.cost_cards.is_empty() {
        return;
    }
    // Costs are found as prices are, so what is wrong with them is what would be wrong with prices.
    let mut found = Vec::new();
    let blank_usage = |meter: &MeterCode| prices_blank_usage(document, meter);
    rate_cards::check_with(&document.costs_as_prices(), names, &blank_usage, &mut found);
    problems.extend(found.iter().map(as_cost));
    for card in &document.cost_cards {
        if names.unit(card.currency) != Some(Use::Currency) {
            let message = format!(
                "Costs of cost card {} are in {}, which is not an ISO 4217 currency. Use a code such as EUR.",
                card.code, card.currency
            );
            let path = format!("cost_cards[{}].currency", card.code);
            problems.push(Problem::error(ProblemCode::NotACurrency, path, message));
        }
    }
    below_cost(document, names, problems);
}

/// Whether a row of a rate card prices usage of a meter without dimension values; otherwise such usage is
/// refused, and costs nothing.
fn prices_blank_usage(document: &Document, meter: &MeterCode) -> bool {
    let versions = document.rate_cards.iter().flat_map(|card| &card.versions);
    let mut rates = versions.flat_map(|version| &version.rates);
    rates.any(|rate| rate.meter == *meter && fixed(&rate.matches).next().is_none())
}

/// A problem of the prices that the costs were taken for, as one of the costs.
fn as_cost(problem: &Problem) -> Problem {
    let path = problem.path.replacen("rate_cards[", "cost_cards[", 1);
    let path = match path.strip_suffix(".price") {
        Some(rate) => format!("{rate}.cost"),
        None => path,
    };
    let path = match path.strip_suffix("].unit") {
        Some(card) => format!("{card}].currency"),
        None => path,
    };
    let message = problem
        .message
        .replace("rate card", "cost card")
        .replace("Rate card", "Cost card")
        .replace("matches no row and will be rejected", "matches no row and has no cost")
        .replace(", or set unmatched to \"reject\" or \"free\"", "");
    // Usage whose cost is not known is counted without one; that is no reason to stop.
    let severity = match problem.code {
        ProblemCode::Hole | ProblemCode::HoleWithoutValues => Severity::Warning,
        _ => problem.severity,
    };
    Problem { severity, code: problem.code, path, message }
}

/// The row that applies to usage with the values of some cells and no others.
pub(crate) fn applies<'r, R>(
    rows: &'r [R],
    cells: impl Fn(&R) -> &crate::document::Cells,
    usage: &crate::document::Cells,
) -> Option<&'r R> {
    let value = |name: &str| fixed(usage).find(|(n, _)| *n == name).map(|(_, value)| value);
    let matching = rows.iter().filter(|row| cells_match(cells(row), value));
    matching.max_by_key(|row| specificity(cells(row)))
}

/// What a row charges for one unit of quantity in money: in each tier, with the place of the tier in the
/// row; nothing where it cannot be told.
pub(crate) fn prices_of(rate: &Rate, money: &Exact) -> Vec<(Option<usize>, Exact)> {
    let unit = |price: Number, per: Number| {
        price.exact().ok()?.try_div(per.exact().ok()?).ok()?.try_mul(*money).ok()
    };
    let one = |price: Option<Exact>| price.map(|price| (None, price)).into_iter().collect();
    match &rate.pricing {
        Pricing::PerUnit { price, per } => one(unit(*price, *per)),
        Pricing::Package { size, price, .. } => one(unit(*price, *size)),
        Pricing::Graduated { tiers } | Pricing::Volume { tiers } => {
            let prices = tiers.iter().enumerate();
            prices.filter_map(|(n, tier)| Some((Some(n), unit(tier.price, tier.per)?))).collect()
        }
        Pricing::Stairstep { .. } | Pricing::Percentage { .. } => Vec::new(),
    }
}

pub(crate) fn is_below(a: &Exact, b: &Exact) -> bool {
    a.try_sub(*b).is_ok_and(|difference| difference.numerator() < 0)
}

/// What one unit of a card's charge is in money: itself for a currency, else what it costs beyond the
/// wallets, which is the price of the unit that the card declares.
pub(crate) fn money<'d>(
    card: &'d RateCard,
    version: &'d RateCardVersion,
    names: &Names<'_>,
) -> Option<(scrip_units::UnitCode, Exact)> {
    if names.unit(card.unit) == Some(Use::Currency) {
        return Some((card.unit, Exact::whole(1)));
    }
    let OveragePrice { currency, price, per } = version.overage.as_ref()?;
    Some((*currency, price.exact().ok()?.try_div(per.exact().ok()?).ok()?))
}

/// Warns of prices below cost: of rows of versions that are in force last, scheduled or in draft.
fn below_cost(document: &Document, names: &Names<'_>, problems: &mut Vec<Problem>) {
    let zone = document.entity.time_zone;
    for card in &document.rate_cards {
        let last = card.published(zone).last().map(|(_, version)| version.version);
        for version in &card.versions {
            if version.is_published() && last != Some(version.version) {
                continue;
            }
            let Some((currency, money)) = money(card, version, names) else { continue };
            let mut by_meter: HashMap<&MeterCode, Vec<&Rate>> = HashMap::new();
            for rate in &version.rates {
                by_meter.entry(&rate.meter).or_default().push(rate);
            }
            for costs in document.cost_cards.iter().filter(|c| c.currency == currency) {
                let Some(in_force) = in_force(costs, version, zone) else { continue };
                for (meter, prices) in &by_meter {
                    let path = format!("rate_cards[{}].versions[{}]", card.code, version.version);
                    let rows: Vec<&CostRate> =
                        in_force.rates.iter().filter(|rate| rate.meter == **meter).collect();
                    compare(&path, (prices, &money), (costs, &rows), names, problems);
                }
            }
        }
    }
}

/// The costs at the time from which prices count.
pub(crate) fn in_force<'d>(
    costs: &'d CostCard,
    prices: &RateCardVersion,
    zone: Zone,
) -> Option<&'d CostVersion> {
    let from = prices.effective_at().resolve(zone).ok()?;
    let latest = || costs.published(zone).last().map(|(_, version)| *version);
    // A card in force long since is held against what things cost now.
    let now =
        latest().filter(|version| version.effective_at().resolve(zone).is_ok_and(|at| at > from));
    now.or_else(|| costs.at(from, zone)).or_else(latest)
}

fn compare(
    path: &str,
    (prices, money): (&[&Rate], &Exact),
    (card, costs): (&CostCard, &[&CostRate]),
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let mut told = Vec::new();
    let mut check = |price: &Rate, cost: &CostRate| {
        let meters_own = |unit| names.meter(&price.meter).is_some_and(|meter| meter.unit == unit);
        if price.quantity_unit.is_some_and(|unit| !meters_own(unit)) {
            return;
        }
        let per_unit = || cost.cost.exact().ok()?.try_div(cost.per.exact().ok()?).ok();
        let Some(costs) = per_unit() else { return };
        for (tier, charged) in prices_of(price, money) {
            let place = (price.code.clone(), tier);
            if !is_below(&charged, &costs) || told.contains(&place) {
                continue;
            }
            told.push(place);
            let where_to = tier.map_or_else(
                || "at the lowest".to_owned(),
                |tier| format!("in tier {}", tier.saturating_add(1)),
            );
            let message = format!(
                "Rate {} charges {} {} for a unit {where_to}, and row {} of cost card {} says that it costs {}. Raise the price, or correct the cost.",
                price.code,
                shown(&charged),
                card.currency,
                cost.code,
                card.code,
                shown(&costs)
            );
            let tier = tier.map(|tier| format!(".tiers[{tier}]")).unwrap_or_default();
            let path = format!("{path}.rates[{}]{tier}", price.code);
            problems.push(Problem::warning(ProblemCode::PriceBelowCost, path, message));
        }
    };
    for price in prices {
        if let Some(cost) = applies(costs, |row| &row.matches, &price.matches) {
            check(price, cost);
        }
    }
    // Costs that tell more apart than prices do.
    for cost in costs {
        if let Some(price) = applies(prices, |row| &row.matches, &cost.matches) {
            check(price, cost);
        }
    }
}

/// An exact amount for people: a decimal of at most twelve decimals.
pub(crate) fn shown(exact: &Exact) -> String {
    let decimal = scrip_units::Decimal::try_from_i128_with_scale(exact.numerator(), 0)
        .ok()
        .zip(scrip_units::Decimal::try_from_i128_with_scale(exact.denominator(), 0).ok());
    let quotient = decimal.and_then(|(n, d)| n.checked_div(d));
    quotient.map_or_else(|| exact.to_string(), |q| q.round_dp(12).normalize().to_string())
}
