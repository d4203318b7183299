//! Lots that honour the rate at which they were bought: every rate that they may meet can be asked
//! what a part of an event costs.

use scrip_units::{Instant, WalletTypeCode};

use super::timeline;
use crate::document::{Document, LotRates, Pricing, Rate, RateCard, RateCardVersion, WalletType};
use crate::problem::{Problem, ProblemCode};
use crate::version::Effective;

/// Checks every card that lots with original rates may be priced by.
pub(crate) fn check(document: &Document, problems: &mut Vec<Problem>) {
    let zone = document.entity.time_zone;
    let original = document.wallet_types.iter().filter_map(|wallet_type| {
        let mut spans = wallet_type.in_force(zone).into_iter();
        let first = spans.find(|span| span.version.rates == LotRates::Original)?;
        Some((wallet_type, first.from))
    });
    let original: Vec<(&WalletType, Instant)> = original.collect();
    for card in &document.rate_cards {
        for span in timeline::spans(card, zone) {
            let until = span.until.unwrap_or(Instant::MAX);
            for rate in &span.version.rates {
                let payer = original.iter().find(|(wallet_type, since)| {
                    *since < until && may_pay(document, card, rate, wallet_type)
                });
                if let Some((wallet_type, _)) = payer {
                    whole((card, span.version, rate), &wallet_type.code, problems);
                }
            }
        }
    }
}

/// Whether lots of a type may pay for usage at a rate: named, as a fallback, or because none is named.
fn may_pay(document: &Document, card: &RateCard, rate: &Rate, wallet_type: &WalletType) -> bool {
    let code = &wallet_type.code;
    let falls_back = |named: &WalletTypeCode| {
        let mut types = document.wallet_types.iter().filter(|other| other.code == *named);
        types.any(|named| named.versions.iter().any(|v| v.fallbacks.contains(code)))
    };
    card.unit == wallet_type.unit
        && (rate.wallet_types.is_empty()
            || rate.wallet_types.contains(code)
            || rate.wallet_types.iter().any(falls_back))
}

type Row<'a> = (&'a RateCard, &'a RateCardVersion, &'a Rate);

fn path((card, version, rate): Row<'_>) -> String {
    format!("rate_cards[{}].versions[{}].rates[{}]", card.code, version.version, rate.code)
}

/// Reports a pricing model that has no price for a part of an event.
fn whole(row: Row<'_>, wallet_type: &WalletTypeCode, problems: &mut Vec<Problem>) {
    let (_, version, rate) = row;
    let why = match &rate.pricing {
        Pricing::Volume { .. } => "the price of all units depends on the last one",
        Pricing::Stairstep { .. } => "a step is one amount, whoever pays for it",
        Pricing::Percentage { fee, at_least, at_most, .. }
            if !fee.is_zero() || at_least.is_some() || at_most.is_some() =>
        {
            "an event has one fee and one bound, however many lots pay for it"
        }
        _ => return,
    };
    let message = format!(
        "Lots of wallet type {wallet_type} keep the rates at which they were bought, so an event may be priced in parts, and rate {} cannot be: {why}. Price it per unit, by package or graduated, name other wallet types in the rate, or set rates = \"current\".",
        rate.code
    );
    let path = format!("{}.model", path(row));
    let severity = timeline::severity(version);
    problems.push(Problem { severity, code: ProblemCode::OriginalRates, path, message });
}
