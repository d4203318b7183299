//! Delivery costs: what an event says itself, or which row of a cost card applies to it, and what it
//! costs. Nothing is posted.

use serde_json::Value;

use super::configuration::{Configuration, most_specific};
use super::fraction::Fraction;
use super::pricing::window_holds;
use super::reading::{decimal, list, one_unit, text};

/// What usage costs to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// The card, version and row that say so; none if the event does.
    pub row: Option<String>,
    /// Currency.
    pub currency: String,
    /// Smallest steps of it, exactly.
    pub steps: Fraction,
}

impl Configuration {
    /// What an event costs: what it says itself, unless the version of the cost card in force comes before
    /// that and has a row for it. None if nobody knows.
    #[must_use]
    pub fn cost_of(&self, event: &Value, at: i64) -> Option<Cost> {
        let own = &event["delivery_cost"];
        let own = decimal(own, "amount").map(|amount| {
            let currency = text(own, "currency").to_owned();
            let steps = amount.times(one_unit(self.scale(&currency)));
            Cost { row: None, currency, steps }
        });
        match (own, self.cost_by_card(event, at)) {
            (_, Some((cost, true))) => Some(cost),
            (own, by_card) => own.or(by_card.map(|(cost, _)| cost)),
        }
    }

    /// What the row says that matches usage, and whether that comes before what an event says.
    fn cost_by_card(&self, event: &Value, at: i64) -> Option<(Cost, bool)> {
        let meter = text(event, "meter");
        let second = self.zone.second_of_week(at);
        self.all("cost_cards").iter().find_map(|card| {
            let version = self.version_at(card, at)?;
            let rows = list(version, "rates").iter();
            let rows = rows.filter(|row| text(row, "meter") == meter && window_holds(row, second));
            let (_, row) = most_specific(rows, &event["dimensions"])?;
            let quantity = match text(self.one("meters", meter)?, "aggregation") {
                "count" => Fraction::ONE,
                _ => decimal(event, "quantity")?,
            };
            let per = decimal(row, "per").unwrap_or(Fraction::ONE);
            let cost = quantity.times(decimal(row, "cost")?).over(per);
            let currency = text(card, "currency").to_owned();
            let steps = cost.times(one_unit(self.scale(&currency)));
            let row =
                format!("{}@{}/{}", text(card, "code"), version["version"], text(row, "code"));
            Some((Cost { row: Some(row), currency, steps }, version["prefer"] == "card"))
        })
    }
}
