//! Delivery costs: which row of a cost card applies to usage, and what it costs. Nothing is posted.

use serde_json::Value;

use super::configuration::{Configuration, most_specific};
use super::fraction::Fraction;
use super::pricing::window_holds;
use super::reading::{decimal, list, one_unit, text};

impl Configuration {
    /// What usage of an instant costs: the card, version and row, and the smallest steps of the card's
    /// currency, exactly. None if no row matches.
    #[must_use]
    pub fn cost_of(&self, event: &Value, at: i64) -> Option<(String, Fraction)> {
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
            let steps = cost.times(one_unit(self.scale(text(card, "currency"))));
            let name =
                format!("{}@{}/{}", text(card, "code"), version["version"], text(row, "code"));
            Some((name, steps))
        })
    }
}
