//! The chain of units: from what is metered, by conversions and rate cards, to credits and to money.
//!
//! Each link is dated configuration of its own. What is shown of a link is its version in force, or the
//! latest where none is; of a conversion that is designed, the version that is looked at.

mod conversions;
#[cfg(test)]
mod tests;

pub use conversions::{
    ConversionPage, ConversionVersionView, ConversionView, FactorView, begin_new, conversion,
    conversions,
};

use scrip_catalog::matching::conversion_paths;
use scrip_catalog::{
    Conversion, ConversionVersion, Document, Effective, Factor, FactorOperation, Meter, Pricing,
    Rate, RateCard, RateCardVersion, Version, WalletType, WalletTypeVersion,
};
use scrip_reports::format::grouped_text;
use scrip_units::{ConversionCode, Instant, UnitCode};
use serde::Serialize;

use crate::wallet_types::words;

/// Rates and factors of a link that are told one by one; the rest are counted.
const TOLD: usize = 3;

/// What a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// A conversion.
    Conversion,
    /// A rate card.
    RateCard,
    /// A wallet type.
    WalletType,
}

/// A link of a chain: a version of something that leads from one unit to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What it is.
    pub kind: LinkKind,
    /// Its code.
    pub code: String,
    /// Its name; empty where it has none.
    pub name: String,
    /// The version.
    pub version: u32,
    /// When it takes effect, as it is written.
    pub effective_at: String,
    /// What it says, in words.
    pub words: Vec<String>,
}

/// A step of a chain: what leads to the next unit, one link or several beside each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainStep {
    /// The links; none where nothing leads there.
    pub links: Vec<Link>,
    /// The unit that it leads to.
    pub to: String,
    /// What that is, in words.
    pub words: String,
}

/// The way of a meter's usage through a rate card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// The meter.
    pub meter: String,
    /// Its unit.
    pub from: String,
    /// The rate card.
    pub card: String,
    /// Whether only customers that name the card are priced by it.
    pub assigned: bool,
    /// The steps.
    pub steps: Vec<ChainStep>,
}

/// A version of a conversion that is looked at in the place of the one in force.
type Shown<'a> = Option<(&'a ConversionCode, u32)>;

/// The chains of a document: one for each meter and unit that a rate card prices.
#[must_use]
pub fn chains(document: &Document, now: Instant) -> Vec<Chain> {
    chains_with(document, None, now)
}

fn chains_with(document: &Document, shown: Shown<'_>, now: Instant) -> Vec<Chain> {
    let mut chains = Vec::new();
    for card in &document.rate_cards {
        let Some(version) = in_force(card, document, now) else { continue };
        for meter in &document.meters {
            let rates = version.rates.iter().filter(|rate| rate.meter == meter.code);
            let mut units: Vec<UnitCode> = Vec::new();
            for rate in rates {
                let unit = rate.quantity_unit.unwrap_or(meter.unit);
                if !units.contains(&unit) {
                    units.push(unit);
                }
            }
            for priced in units {
                let place = Place { document, shown, now, meter, priced };
                chains.push(place.chain(card, version));
            }
        }
    }
    chains
}

/// The version in force; the latest one where none is.
fn in_force<'i, T: Effective>(
    item: &'i T,
    document: &Document,
    now: Instant,
) -> Option<&'i T::Version> {
    let latest = || item.versions().iter().max_by_key(|version| version.number());
    item.at(now, document.entity.time_zone).or_else(latest)
}

/// Where a chain is looked for.
struct Place<'a> {
    document: &'a Document,
    shown: Shown<'a>,
    now: Instant,
    meter: &'a Meter,
    /// The unit that is priced.
    priced: UnitCode,
}

impl Place<'_> {
    fn chain(&self, card: &RateCard, version: &RateCardVersion) -> Chain {
        let conversions = &self.document.conversions;
        let way = conversion_paths(conversions, self.meter.unit, self.priced, 1).into_iter().next();
        let mut steps = match way {
            Some(way) => way.into_iter().map(|one| self.converted(one)).collect(),
            None => vec![ChainStep {
                links: Vec::new(),
                to: self.priced.to_string(),
                words: format!("No conversion leads here from {}.", self.meter.unit),
            }],
        };
        steps.push(self.priced_by(card, version));
        steps.push(self.paid_by(card, version));
        Chain {
            meter: self.meter.code.to_string(),
            from: self.meter.unit.to_string(),
            card: card.code.to_string(),
            assigned: card.applies_to == scrip_catalog::AppliesTo::Assigned,
            steps,
        }
    }

    fn converted(&self, conversion: &Conversion) -> ChainStep {
        let links = self.version(conversion).map(|version| Link {
            kind: LinkKind::Conversion,
            code: conversion.code.to_string(),
            name: String::new(),
            version: version.version,
            effective_at: version.effective_at.to_string(),
            words: conversion_words(version),
        });
        ChainStep {
            links: links.into_iter().collect(),
            to: conversion.to.to_string(),
            words: "converted and rounded cumulatively, for each customer and billing period"
                .into(),
        }
    }

    fn version<'c>(&self, conversion: &'c Conversion) -> Option<&'c ConversionVersion> {
        match self.shown {
            Some((code, number)) if *code == conversion.code => {
                conversion.versions.iter().find(|version| version.version == number)
            }
            _ => in_force(conversion, self.document, self.now),
        }
    }

    fn rates<'r>(&self, version: &'r RateCardVersion) -> impl Iterator<Item = &'r Rate> {
        let (code, unit, priced) = (self.meter.code.clone(), self.meter.unit, self.priced);
        let is_own =
            move |rate: &&Rate| rate.meter == code && rate.quantity_unit.unwrap_or(unit) == priced;
        version.rates.iter().filter(is_own)
    }

    fn priced_by(&self, card: &RateCard, version: &RateCardVersion) -> ChainStep {
        let told = self.rates(version).map(|rate| rate_words(rate, (card.unit, self.priced)));
        let link = Link {
            kind: LinkKind::RateCard,
            code: card.code.to_string(),
            name: card.name.clone(),
            version: version.version,
            effective_at: version.effective_at.to_string(),
            words: some_of(told.collect(), "rates"),
        };
        ChainStep {
            links: vec![link],
            to: card.unit.to_string(),
            words: "charged: the rounded cumulative charge, less what was charged before".into(),
        }
    }

    /// Who pays, and what a unit is worth then.
    fn paid_by(&self, card: &RateCard, version: &RateCardVersion) -> ChainStep {
        let named: Vec<_> = self.rates(version).flat_map(|rate| &rate.wallet_types).collect();
        let mut paying: Vec<(&WalletType, &WalletTypeVersion)> = Vec::new();
        for wallet_type in &self.document.wallet_types {
            let Some(version) = in_force(wallet_type, self.document, self.now) else { continue };
            let scoped = || {
                wallet_type.unit == card.unit
                    && (version.scope.is_empty()
                        || version.scope.iter().any(|scope| scope.meter == self.meter.code))
            };
            if named.contains(&&wallet_type.code) || (named.is_empty() && scoped()) {
                paying.push((wallet_type, version));
            }
        }
        paying.sort_by_key(|(_, version)| version.priority);
        let link = |(wallet_type, version): &(&WalletType, &WalletTypeVersion)| Link {
            kind: LinkKind::WalletType,
            code: wallet_type.code.to_string(),
            name: wallet_type.name.clone(),
            version: version.version,
            effective_at: version.effective_at.to_string(),
            words: vec![words::beyond(version, wallet_type)],
        };
        let unit = card.unit;
        let beyond = match &version.overage {
            _ if paying.is_empty() => format!("no wallet pays {unit} for this usage"),
            Some(overage) => {
                let per = grouped_text(&overage.per.to_string());
                let price = grouped_text(&overage.price.to_string());
                format!("beyond the wallets {price} {} for {per} {unit}", overage.currency)
            }
            None => "no price beyond the wallets".to_owned(),
        };
        ChainStep {
            links: paying.iter().map(link).collect(),
            to: "money".to_owned(),
            words: format!("what was paid for the lot that burns; {beyond}"),
        }
    }
}

/// The first of some sentences, and how many more there are.
fn some_of(mut told: Vec<String>, what: &str) -> Vec<String> {
    if told.len() > TOLD + 1 {
        let more = told.len() - TOLD;
        told.truncate(TOLD);
        told.push(format!("and {more} more {what}"));
    }
    told
}

/// What a version of a conversion says.
fn conversion_words(version: &ConversionVersion) -> Vec<String> {
    if let Some(rule) = &version.rates {
        let spread = if rule.spread_percent.is_zero() {
            String::new()
        } else {
            format!(" and {} %", rule.spread_percent)
        };
        return vec![format!("at the rates of {}{spread}", rule.source)];
    }
    some_of(version.factors.iter().map(factor_words).collect(), "factors")
}

fn factor_words(factor: &Factor) -> String {
    let sign = match factor.operation {
        FactorOperation::Multiply => "×",
        FactorOperation::Divide => "÷",
    };
    let number = grouped_text(&factor.factor.to_string());
    format!("{sign} {number}{}", matched(factor.matches.iter()))
}

/// Which usage a row matches, as the end of a sentence.
fn matched<'c>(cells: impl Iterator<Item = (&'c String, &'c String)>) -> String {
    let fixed = cells.filter(|(_, value)| *value != "*");
    let told: Vec<_> = fixed.map(|(name, value)| format!("{name} = {value}")).collect();
    if told.is_empty() { String::new() } else { format!(" where {}", told.join(", ")) }
}

fn rate_words(rate: &Rate, (charged, priced): (UnitCode, UnitCode)) -> String {
    let how = match &rate.pricing {
        Pricing::PerUnit { price, per } => {
            let (price, per) = (grouped_text(&price.to_string()), grouped_text(&per.to_string()));
            format!("{price} {charged} for {per} {priced}")
        }
        Pricing::Package { size, price, .. } => {
            let (size, price) = (grouped_text(&size.to_string()), grouped_text(&price.to_string()));
            format!("{price} {charged} for each {size} {priced}")
        }
        Pricing::Graduated { tiers } => format!("{} graduated tiers", tiers.len()),
        Pricing::Volume { tiers } => format!("{} volume tiers", tiers.len()),
        Pricing::Stairstep { steps } => format!("{} steps", steps.len()),
        Pricing::Percentage { percent, .. } => format!("{percent} % of the {priced}"),
    };
    format!("{how}{}", matched(rate.matches.iter()))
}
