//! What the rows of a rate card cost to deliver, and the margin of their prices.
//!
//! As the warning of prices below cost has it: the costs in force when the prices begin to count, a price
//! in credits at what the card says that a credit is worth. Rows that price converted quantities,
//! stairsteps and percentages have no margin that could be told beforehand.

use scrip_units::{CardCode, Exact, Number, Rounding, Scale, UnitCode, format_steps};

use crate::document::{CostRate, Document, Pricing, Rate, RateCard, RateCardVersion};
use crate::validate::cost_cards::{applies, in_force, is_below, money, prices_of, shown};
use crate::validate::names::Names;

/// What a row costs, and its margin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowMargin {
    /// Currency of the cost.
    pub currency: UnitCode,
    /// Cost of the quantity that the row's price is for: a decimal of at most twelve decimals. Where costs
    /// tell more apart than the row does, the highest.
    pub cost: String,
    /// Price less cost, in percent of the price, with one decimal, rounded half away from zero. Of several
    /// tiers or costs the lowest; absent where the price is nothing.
    pub percent: Option<String>,
    /// Whether the price is below cost.
    pub is_below: bool,
    /// Whether there are several prices or costs, of which this is the worst.
    pub is_worst: bool,
}

/// The currency in which a version's prices can be held against costs: there is a cost card in it, and the
/// version says what its unit is worth in it.
#[must_use]
pub fn cost_currency(document: &Document, card: &CardCode, version: u32) -> Option<UnitCode> {
    let (card, version) = find(document, card, version)?;
    let (currency, _) = money(card, version, &Names::of(document))?;
    document.cost_cards.iter().any(|costs| costs.currency == currency).then_some(currency)
}

/// The margin of each row of a version, in its order; none where it cannot be told.
#[must_use]
pub fn row_margins(document: &Document, card: &CardCode, version: u32) -> Vec<Option<RowMargin>> {
    let Some((card, version)) = find(document, card, version) else { return Vec::new() };
    let names = Names::of(document);
    let margins = version.rates.iter().map(|rate| {
        let (currency, money) = money(card, version, &names)?;
        let meters_own = |unit| names.meter(&rate.meter).is_some_and(|meter| meter.unit == unit);
        if rate.quantity_unit.is_some_and(|unit| !meters_own(unit)) {
            return None;
        }
        let cards = document.cost_cards.iter().filter(|costs| costs.currency == currency);
        let costs: Vec<Exact> = cards
            .filter_map(|costs| in_force(costs, version, names.zone()))
            .flat_map(|costs| costs_of(rate, &version.rates, &costs.rates))
            .collect();
        let prices: Vec<Exact> = prices_of(rate, &money).into_iter().map(|(_, p)| p).collect();
        margin(rate, currency, (&prices, &costs))
    });
    margins.collect()
}

fn find<'d>(
    document: &'d Document,
    card: &CardCode,
    version: u32,
) -> Option<(&'d RateCard, &'d RateCardVersion)> {
    let card = document.rate_cards.iter().find(|one| one.code == *card)?;
    Some((card, card.versions.iter().find(|one| one.version == version)?))
}

/// What one unit of usage that a row prices costs: by the row that applies to what it matches, and by those
/// that tell more apart.
fn costs_of(rate: &Rate, prices: &[Rate], costs: &[CostRate]) -> Vec<Exact> {
    let same_meter: Vec<&Rate> = prices.iter().filter(|one| one.meter == rate.meter).collect();
    let costs: Vec<&CostRate> = costs.iter().filter(|one| one.meter == rate.meter).collect();
    let own = applies(&costs, |row| &row.matches, &rate.matches).copied();
    let finer = costs.iter().copied().filter(|cost| {
        applies(&same_meter, |row| &row.matches, &cost.matches)
            .is_some_and(|found| std::ptr::eq(*found, rate))
    });
    let unit = |cost: &CostRate| cost.cost.exact().ok()?.try_div(cost.per.exact().ok()?).ok();
    let mut found: Vec<&CostRate> = own.into_iter().collect();
    found.extend(finer.filter(|cost| !own.is_some_and(|own| std::ptr::eq(own, *cost))));
    found.into_iter().filter_map(unit).collect()
}

/// The quantity that the row's price is for.
fn per(rate: &Rate) -> Option<Number> {
    match &rate.pricing {
        Pricing::PerUnit { per, .. } => Some(*per),
        Pricing::Package { size, .. } => Some(*size),
        Pricing::Graduated { tiers } | Pricing::Volume { tiers } => tiers.first().map(|t| t.per),
        Pricing::Stairstep { .. } | Pricing::Percentage { .. } => None,
    }
}

fn margin(
    rate: &Rate,
    currency: UnitCode,
    (prices, costs): (&[Exact], &[Exact]),
) -> Option<RowMargin> {
    let lower = |a: Exact, b: Exact| if is_below(&b, &a) { b } else { a };
    let higher = |a: Exact, b: Exact| if is_below(&a, &b) { b } else { a };
    let price = prices.iter().copied().reduce(lower)?;
    let cost = costs.iter().copied().reduce(higher)?;
    let percent = || {
        let share = price.try_sub(cost).ok()?.try_div(price).ok()?;
        let tenths = share.try_mul(Exact::whole(1000)).ok()?.round(Rounding::HalfAwayFromZero);
        Some(format_steps(tenths.ok()?, Scale::try_new(1).ok()?))
    };
    let is_several = |of: &[Exact]| of.iter().any(|one| Some(one) != of.first());
    Some(RowMargin {
        currency,
        cost: shown(&cost.try_mul(per(rate)?.exact().ok()?).ok()?),
        percent: percent(),
        is_below: is_below(&price, &cost),
        is_worst: is_several(prices) || is_several(costs),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"
format = "scrip-config/1"
entity = { code = "e", name = "E", currency = "EUR", time_zone = "UTC" }
units = [{ code = "credits", kind = "credit", scale = 2 }, { code = "tokens", kind = "usage" }]
[[meters]]
code = "llm"
unit = "tokens"
dimensions = [{ name = "model", values = ["large", "small"] }, { name = "kind", values = ["in", "out"] }]
[[rate_cards]]
code = "list"
unit = "credits"
[[rate_cards.versions]]
version = 1
effective_at = "2026-01-01"
overage = { currency = "EUR", price = "0.10" }
rates = [
    { code = "large", meter = "llm", match = { model = "large" }, model = "per_unit", price = "3", per = "1000" },
    { code = "small", meter = "llm", match = { model = "small" }, model = "graduated", tiers = [{ up_to = "1000", price = "2", per = "1000" }, { price = "0.3", per = "1000" }] },
    { code = "step", meter = "llm", match = { model = "small", kind = "out" }, model = "stairstep", steps = [{ amount = "1" }] },
]
[[cost_cards]]
code = "providers"
currency = "EUR"
[[cost_cards.versions]]
version = 1
effective_at = "2026-01-01"
rates = [
    { code = "large-in", meter = "llm", match = { model = "large", kind = "in" }, cost = "0.09", per = "1000" },
    { code = "large-out", meter = "llm", match = { model = "large", kind = "out" }, cost = "0.20", per = "1000" },
    { code = "any", meter = "llm", cost = "0.000031" },
]
"#;

    #[test]
    fn the_margin_of_a_row_is_that_of_its_lowest_price_and_highest_cost() {
        let document: Document = Document::from_toml(DOCUMENT).unwrap();
        let list = CardCode::try_new("list").unwrap();
        assert_eq!(cost_currency(&document, &list, 1).unwrap().as_str(), "EUR");
        assert!(cost_currency(&document, &list, 2).is_none());
        let margins = row_margins(&document, &list, 1);
        let shown: Vec<_> = margins
            .iter()
            .map(|row| {
                let row = row.as_ref()?;
                Some((row.cost.as_str(), row.percent.as_deref()?, row.is_below, row.is_worst))
            })
            .collect();
        // 3 credits at 0.10 EUR are 0.30 EUR; 0.20 of them are cost. The last tier is 0.03 EUR.
        assert_eq!(
            shown,
            [Some(("0.2", "33.3", false, true)), Some(("0.031", "-3.3", true, true)), None]
        );
    }
}
