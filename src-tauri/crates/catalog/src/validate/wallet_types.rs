//! Wallet types: policies that do not contradict each other, and fallbacks that lead somewhere.

use std::collections::{BTreeSet, HashMap, HashSet};

use scrip_units::{Instant, Zone};

use super::amounts::positive;
use super::names::{Names, Use, unique};
use super::references::{payable_unit, unknown_meter};
use super::{alerts, cells, holds, limits, rollover, timeline, top_up};
use crate::document::{
    Beyond, Conversion, Document, DrawKey, ExpiryRule, RateCard, RateCardVersion, WalletType,
    WalletTypeVersion,
};
use crate::problem::{Problem, ProblemCode};
use crate::version::{Effective, InForce};

/// Checks every wallet type.
pub(crate) fn check(document: &Document, names: &Names<'_>, problems: &mut Vec<Problem>) {
    let zone = document.entity.time_zone;
    let codes = document.wallet_types.iter().map(|w| &w.code);
    unique("wallet_types", "wallet type", codes, problems);
    for wallet_type in &document.wallet_types {
        let path = format!("wallet_types[{}]", wallet_type.code);
        payable_unit(names, &format!("{path}.unit"), wallet_type.unit, problems);
        let what = format!("wallet type {}", wallet_type.code);
        timeline::check(&path, &what, wallet_type, zone, problems);
        for version in &wallet_type.versions {
            let path = format!("{path}.versions[{}]", version.version);
            scope(&path, version, names, problems);
            fallbacks(&path, wallet_type, version, (names, &document.conversions), problems);
            draw_order(&path, wallet_type, version, problems);
            expiry(&format!("{path}.expiry"), wallet_type, &version.expiry, zone, problems);
            limits::wallet_type(&path, wallet_type, version, names, problems);
            rollover::check(&path, wallet_type, version, names, problems);
            holds::check(&path, wallet_type, version, problems);
            top_up::check(&path, wallet_type, version, names, problems);
            alerts::check(&path, wallet_type, version, names, problems);
            overage_limit(&path, wallet_type, version, problems);
        }
    }
    fallback_cycles(document, zone, problems);
    overage_prices(document, names, problems);
}

fn scope(path: &str, version: &WalletTypeVersion, names: &Names<'_>, problems: &mut Vec<Problem>) {
    for (row, scope) in version.scope.iter().enumerate() {
        let path = format!("{path}.scope[{row}]");
        match names.meter(&scope.meter) {
            Some(meter) => cells::check(&path, &scope.matches, meter, problems),
            None => problems.push(unknown_meter(&format!("{path}.meter"), &scope.meter)),
        }
    }
}

fn fallbacks(
    path: &str,
    wallet_type: &WalletType,
    version: &WalletTypeVersion,
    (names, conversions): (&Names<'_>, &[Conversion]),
    problems: &mut Vec<Problem>,
) {
    let code = &wallet_type.code;
    unique(&format!("{path}.fallbacks"), "entry for", &version.fallbacks, problems);
    for fallback in &version.fallbacks {
        let path = format!("{path}.fallbacks[{fallback}]");
        let found = names.wallet_type(fallback);
        if fallback == code {
            let message =
                format!("The wallet type {code} falls back to itself. Remove it from fallbacks.");
            problems.push(Problem::error(ProblemCode::FallbackCycle, path, message));
        } else if let Some(other) = found.filter(|other| other.unit != wallet_type.unit) {
            across(&path, (wallet_type, other), conversions, problems);
        } else if found.is_none() {
            let message = format!(
                "The wallet type {code} falls back to {fallback}, which does not exist. Define it under wallet_types, or remove it here."
            );
            problems.push(Problem::error(ProblemCode::UnknownWalletType, path, message));
        }
    }
}

/// A fallback to another unit: what is left of a charge is converted in one step, and the wallet that
/// pays it cannot be overdrawn.
fn across(
    path: &str,
    (wallet_type, other): (&WalletType, &WalletType),
    conversions: &[Conversion],
    problems: &mut Vec<Problem>,
) {
    let (code, fallback) = (&wallet_type.code, &other.code);
    let leads = |c: &&Conversion| (c.from, c.to) == (wallet_type.unit, other.unit);
    if !conversions.iter().any(|c| leads(&c)) {
        let message = format!(
            "The wallet type {code} holds {} and falls back to {fallback}, which holds {}, and no conversion leads from one to the other. Add one, or name a wallet type that holds {}.",
            wallet_type.unit, other.unit, wallet_type.unit
        );
        problems.push(Problem::error(ProblemCode::UnitMismatch, path, message));
    }
    if other.versions.iter().any(|version| version.beyond == Beyond::Overdraft) {
        let message = format!(
            "The wallet type {code} falls back to {fallback}, which holds another unit and may be overdrawn. What is charged in {} cannot be owed in {}: let {fallback} say beyond = \"overage\" or \"reject\".",
            wallet_type.unit, other.unit
        );
        problems.push(Problem::error(ProblemCode::UnitMismatch, path, message));
    }
}

const CONTRADICTIONS: &[(DrawKey, DrawKey)] = &[
    (DrawKey::PromotionalFirst, DrawKey::PaidFirst),
    (DrawKey::LowestUnitCost, DrawKey::HighestUnitCost),
    (DrawKey::EarliestEffective, DrawKey::LatestEffective),
];

fn draw_order(
    path: &str,
    wallet_type: &WalletType,
    version: &WalletTypeVersion,
    problems: &mut Vec<Problem>,
) {
    let (code, keys) = (&wallet_type.code, &version.draw_order);
    let path = format!("{path}.draw_order");
    let mut seen = HashSet::new();
    for key in keys {
        if !seen.insert(key) {
            let name = key.as_str();
            let message =
                format!("The draw order of wallet type {code} lists {name} twice. Remove one.");
            problems.push(Problem::error(ProblemCode::DrawOrder, path.clone(), message));
        }
    }
    for (one, other) in CONTRADICTIONS {
        if keys.contains(one) && keys.contains(other) {
            let message = format!(
                "The draw order of wallet type {code} has both {} and {}, which contradict each other. Remove one.",
                one.as_str(),
                other.as_str()
            );
            problems.push(Problem::error(ProblemCode::DrawOrder, path.clone(), message));
        }
    }
    let after = keys.iter().skip_while(|key| **key != DrawKey::LotId).nth(1);
    if let Some(key) = after {
        let message = format!(
            "The draw order of wallet type {code} has {} after lot_id, which decides every tie. Move lot_id to the end.",
            key.as_str()
        );
        problems.push(Problem::warning(ProblemCode::DrawOrder, path, message));
    }
}

/// Reports an expiry rule that lets lots end before they begin, or names no instant.
pub(crate) fn expiry(
    path: &str,
    wallet_type: &WalletType,
    rule: &ExpiryRule,
    zone: Zone,
    problems: &mut Vec<Problem>,
) {
    let code = &wallet_type.code;
    match rule {
        ExpiryRule::AfterInactivity { months: 0, days: 0 } => {
            let message = format!(
                "Lots of wallet type {code} expire after 0 months and 0 days without usage, so they never outlive the day. Set months or days."
            );
            problems.push(Problem::error(ProblemCode::Expiry, path, message));
        }
        ExpiryRule::After { months: 0, days: 0 } => {
            let message = format!(
                "Lots of wallet type {code} expire after 0 months and 0 days, so they are never usable. Set months or days, or use the rule never."
            );
            problems.push(Problem::error(ProblemCode::Expiry, path, message));
        }
        ExpiryRule::On { at } => {
            if let Err(error) = at.resolve(zone) {
                let message = format!(
                    "The expiry date of wallet type {code} is not an instant: {error}. Use a date in those years."
                );
                let path = format!("{path}.at");
                problems.push(Problem::error(ProblemCode::DateOutOfRange, path, message));
            }
        }
        ExpiryRule::After { .. }
        | ExpiryRule::Never
        | ExpiryRule::EndOfBillingPeriod
        | ExpiryRule::EndOfContract
        | ExpiryRule::AfterInactivity { .. } => {}
    }
}

fn overage_limit(
    path: &str,
    wallet_type: &WalletType,
    version: &WalletTypeVersion,
    problems: &mut Vec<Problem>,
) {
    let Some(limit) = version.overage_limit else { return };
    let path = format!("{path}.overage_limit");
    let what = format!("The overage limit of wallet type {}", wallet_type.code);
    positive(&path, &what, limit, problems);
    if version.beyond != Beyond::Overage {
        let message = format!(
            "{what} has no effect, because usage beyond the wallet is rejected. Set beyond = \"overage\", or remove the limit."
        );
        problems.push(Problem::error(ProblemCode::OverageLimit, path, message));
    }
}

/// Reports fallbacks that lead back to where they began, among versions in force together.
fn fallback_cycles(document: &Document, zone: Zone, problems: &mut Vec<Problem>) {
    let published = document.wallet_types.iter().flat_map(|w| w.published(zone));
    let instants: BTreeSet<Instant> = published.map(|(at, _)| at).collect();
    let mut reported = HashSet::new();
    for at in instants {
        let in_force: HashMap<_, _> =
            document.wallet_types.iter().filter_map(|w| Some((&w.code, w.at(at, zone)?))).collect();
        for wallet_type in &document.wallet_types {
            let mut way = vec![&wallet_type.code];
            let mut seen = HashSet::new();
            if !returns(&in_force, &mut way, &mut seen) || way.len() < 3 {
                continue;
            }
            let members: BTreeSet<_> = way.iter().copied().collect();
            if !reported.insert(members) {
                continue;
            }
            let circle: Vec<&str> = way.iter().map(|code| code.as_str()).collect();
            let version = in_force[&wallet_type.code].version;
            let path = format!("wallet_types[{}].versions[{version}].fallbacks", wallet_type.code);
            let message = format!(
                "From {at} on, fallbacks lead back to where they began: {}. Remove a fallback of this circle.",
                circle.join(" -> ")
            );
            problems.push(Problem::error(ProblemCode::FallbackCycle, path, message));
        }
    }
}

type Code = scrip_units::WalletTypeCode;

/// Extends a way by fallbacks until it is back at its beginning, if it can be.
fn returns<'a>(
    in_force: &HashMap<&'a Code, &'a WalletTypeVersion>,
    way: &mut Vec<&'a Code>,
    seen: &mut HashSet<&'a Code>,
) -> bool {
    let here = way[way.len() - 1];
    let next = in_force.get(here).map(|v| v.fallbacks.as_slice()).unwrap_or_default();
    for fallback in next {
        way.push(fallback);
        if fallback == way[0] || (seen.insert(fallback) && returns(in_force, way, seen)) {
            return true;
        }
        way.pop();
    }
    false
}

/// Reports card versions without an overage price that a wallet type with overage may need.
fn overage_prices(document: &Document, names: &Names<'_>, problems: &mut Vec<Problem>) {
    let zone = document.entity.time_zone;
    let soft: Vec<(&WalletType, InForce<'_, WalletTypeVersion>)> = document
        .wallet_types
        .iter()
        .filter(|w| names.unit(w.unit) == Some(Use::Credit))
        .flat_map(|w| w.in_force(zone).into_iter().map(move |span| (w, span)))
        .filter(|(_, span)| span.version.beyond != Beyond::Reject)
        .collect();
    for card in &document.rate_cards {
        for span in timeline::spans(card, zone) {
            if span.version.overage.is_some() {
                continue;
            }
            let needs = soft.iter().find(|(wallet_type, other)| {
                wallet_type.unit == card.unit
                    && other.overlaps(&span)
                    && may_burn(span.version, wallet_type)
            });
            if let Some((wallet_type, _)) = needs {
                problems.push(no_overage_price(card, span.version, wallet_type));
            }
        }
    }
}

fn may_burn(version: &RateCardVersion, wallet_type: &WalletType) -> bool {
    let named = |types: &[Code]| types.is_empty() || types.contains(&wallet_type.code);
    version.rates.iter().any(|rate| named(&rate.wallet_types))
}

fn no_overage_price(
    card: &RateCard,
    version: &RateCardVersion,
    wallet_type: &WalletType,
) -> Problem {
    let message = format!(
        "The wallet type {} charges usage beyond it in money, and version {} of rate card {} has no overage price for {}. Add one, or let the wallet type reject such usage.",
        wallet_type.code, version.version, card.code, card.unit
    );
    let path = format!("rate_cards[{}].versions[{}].overage", card.code, version.version);
    let severity = timeline::severity(version);
    Problem { severity, code: ProblemCode::NoOveragePrice, path, message }
}
