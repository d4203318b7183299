//! A customer's own prices and versions.

use scrip_units::{Instant, Number, Zone};

use super::amounts::{not_negative, positive};
use super::names::{Names, unique};
use crate::document::{CardVersion, Customer, OwnTerm, PriceOverride};
use crate::problem::{Problem, ProblemCode};

/// Checks what is agreed with one customer.
pub(crate) fn check(
    path: &str,
    customer: &Customer,
    (names, zone): (&Names<'_>, Zone),
    problems: &mut Vec<Problem>,
) {
    let codes = customer.overrides.iter().map(|o| &o.code);
    unique(&format!("{path}.overrides"), "override", codes, problems);
    for (index, own) in customer.overrides.iter().enumerate() {
        let path = format!("{path}.overrides[{}]", own.code);
        validity(&path, own, zone, problems);
        price(&path, own, names, problems);
        let same = |other: &PriceOverride| other.card == own.card && other.rate == own.rate;
        let before = customer.overrides[..index].iter().find(|o| same(o) && overlap(*o, own, zone));
        if let Some(other) = before {
            let message = format!(
                "Overrides {} and {} of customer {} hold for the same rates at the same time. End one where the other begins.",
                other.code, own.code, customer.code
            );
            let path = format!("{path}.effective_at");
            problems.push(Problem::error(ProblemCode::OverlappingTerms, path, message));
        }
    }
    for (index, own) in customer.card_versions.iter().enumerate() {
        let path = format!("{path}.card_versions[{}]", own.name());
        validity(&path, own, zone, problems);
        version(&path, own, names, problems);
        let same = |other: &CardVersion| other.card == own.card;
        if customer.card_versions[..index].iter().any(|o| same(o) && overlap(o, own, zone)) {
            let message = format!(
                "Customer {} has two versions of the rate card {} at the same time. End one where the other begins.",
                customer.code, own.card
            );
            let path = format!("{path}.effective_at");
            problems.push(Problem::error(ProblemCode::OverlappingTerms, path, message));
        }
    }
}

fn span(term: &impl OwnTerm, zone: Zone) -> Option<(Instant, Instant)> {
    let until = term.until().map_or(Ok(Instant::MAX), |until| until.resolve(zone));
    Some((term.effective_at().resolve(zone).ok()?, until.ok()?))
}

fn overlap(a: &impl OwnTerm, b: &impl OwnTerm, zone: Zone) -> bool {
    match (span(a, zone), span(b, zone)) {
        (Some(a), Some(b)) => a.0 < b.1 && b.0 < a.1,
        _ => false,
    }
}

fn validity(path: &str, term: &impl OwnTerm, zone: Zone, problems: &mut Vec<Problem>) {
    if span(term, zone).is_none_or(|(from, until)| until <= from) {
        let message =
            format!("{} ends at or before it takes effect. Let it end later.", term.name());
        problems.push(Problem::error(ProblemCode::EmptyValidity, format!("{path}.until"), message));
    }
}

fn unknown_card(path: &str, card: &scrip_units::CardCode) -> Problem {
    let message =
        format!("There is no rate card {card}. Define it under rate_cards, or name another.");
    Problem::error(ProblemCode::UnknownCard, format!("{path}.card"), message)
}

fn price(path: &str, own: &PriceOverride, names: &Names<'_>, problems: &mut Vec<Problem>) {
    let code = &own.code;
    let Some(card) = names.card(&own.card) else {
        problems.push(unknown_card(path, &own.card));
        return;
    };
    if let Some(rate) = &own.rate
        && !card.versions.iter().flat_map(|v| &v.rates).any(|r| r.code == *rate)
    {
        let message = format!(
            "Override {code} is for the rate {rate}, which no version of rate card {} has. Name one that it has.",
            own.card
        );
        problems.push(Problem::error(ProblemCode::UnknownRate, format!("{path}.rate"), message));
    }
    match (own.percent, own.price) {
        (Some(percent), None) => {
            let least = Number::HUNDRED.negated();
            if percent < least {
                let message = format!(
                    "Override {code} takes off {} %, more than the whole price. Use -100 or more.",
                    percent.negated()
                );
                let path = format!("{path}.percent");
                problems.push(Problem::error(ProblemCode::Negative, path, message));
            }
        }
        (None, Some(price)) => {
            not_negative(
                &format!("{path}.price"),
                &format!("The price of {code}"),
                price,
                problems,
            );
        }
        _ => {
            let message = format!("Override {code} needs either percent or price, and not both.");
            problems.push(Problem::error(ProblemCode::OverridePrice, path.to_owned(), message));
        }
    }
    if own.price.is_some() && own.rate.is_none() {
        let message = format!(
            "Override {code} has a price for every row of rate card {}. Name the rate it is for.",
            own.card
        );
        problems.push(Problem::error(ProblemCode::OverridePrice, format!("{path}.rate"), message));
    }
    if let Some(per) = own.per {
        let what = format!("The quantity that the price of {code} is for");
        positive(&format!("{path}.per"), &what, per, problems);
        if own.price.is_none() {
            let message = format!("Override {code} has per without price. Leave it out.");
            let path = format!("{path}.per");
            problems.push(Problem::error(ProblemCode::OverridePrice, path, message));
        }
    }
}

fn version(path: &str, own: &CardVersion, names: &Names<'_>, problems: &mut Vec<Problem>) {
    let Some(card) = names.card(&own.card) else {
        problems.push(unknown_card(path, &own.card));
        return;
    };
    let published = |v: &&crate::document::RateCardVersion| {
        v.version == own.version && v.status == crate::document::Status::Published
    };
    if !card.versions.iter().any(|v| published(&v)) {
        let message = format!(
            "Rate card {} has no published version {}. Name one that it has.",
            own.card, own.version
        );
        let path = format!("{path}.version");
        problems.push(Problem::error(ProblemCode::UnknownVersion, path, message));
    }
}
