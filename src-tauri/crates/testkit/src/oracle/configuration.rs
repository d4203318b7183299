//! The configuration, as the document says it: nothing is prepared, everything is looked up when it
//! is asked for.

use std::rc::Rc;

use std::collections::BTreeMap;

use serde_json::Value;

use super::calendar::{Zone, billing_period};
use super::reading::{list, text, when};

/// A configuration document.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// The document, in its JSON form.
    pub document: Rc<Value>,
    /// The zone of the entity.
    pub zone: Zone,
}

impl Configuration {
    /// The configuration that a document describes.
    ///
    /// # Errors
    /// The zone is none that the oracle knows.
    pub fn read(document: &Value) -> Result<Self, String> {
        let name = text(&document["entity"], "time_zone");
        let zone = Zone::named(name).ok_or_else(|| format!("the oracle knows no zone {name}"))?;
        Ok(Self { document: Rc::new(document.clone()), zone })
    }

    /// The records of a list: `rate_cards`, `wallet_types`, ...
    #[must_use]
    pub fn all(&self, name: &str) -> &[Value] {
        list(&self.document, name)
    }

    /// The record with a code.
    #[must_use]
    pub fn one(&self, name: &str, code: &str) -> Option<&Value> {
        self.all(name).iter().find(|record| text(record, "code") == code)
    }

    /// Decimals of a unit. What the operator does not define is a currency, with cents.
    #[must_use]
    pub fn scale(&self, unit: &str) -> u32 {
        match self.one("units", unit) {
            Some(defined) => {
                let scale = defined["scale"].as_u64().unwrap_or_default();
                u32::try_from(scale).unwrap_or_default()
            }
            None => 2,
        }
    }

    /// Whether a unit is a currency.
    #[must_use]
    pub fn is_currency(&self, unit: &str) -> bool {
        self.one("units", unit).is_none()
    }

    /// From when a version is in force.
    #[must_use]
    pub fn from(&self, version: &Value) -> i64 {
        when(text(version, "effective_at"), self.zone).unwrap_or(i64::MAX)
    }

    /// The version of a card, a wallet type or a conversion that is in force at an instant: of those
    /// that have taken effect, the last.
    #[must_use]
    pub fn version_at<'a>(&self, record: &'a Value, at: i64) -> Option<&'a Value> {
        let begun = list(record, "versions").iter().filter(|version| self.from(version) <= at);
        begun.max_by_key(|version| self.from(version))
    }

    /// The version of a card that counts for a customer: one that was agreed, or the one in force, or
    /// the one that was in force when the billing period began.
    #[must_use]
    pub fn card_version<'a>(
        &'a self,
        card: &'a Value,
        customer: &str,
        at: i64,
    ) -> Option<&'a Value> {
        self.card_version_by(card, customer, (at, self.billing_day(customer)))
    }

    /// As [`Configuration::card_version`], by a billing day.
    #[must_use]
    pub fn card_version_by<'a>(
        &'a self,
        card: &'a Value,
        customer: &str,
        (at, billing_day): (i64, i64),
    ) -> Option<&'a Value> {
        let own = self.one("customers", customer);
        let agreed = own.map_or(&[] as &[Value], |own| list(own, "card_versions")).iter();
        let mut agreed = agreed.filter(|a| a["card"] == card["code"] && self.holds(a, at));
        if let Some(agreed) = agreed.next() {
            return list(card, "versions").iter().find(|v| v["version"] == agreed["version"]);
        }
        if card["price_changes"] == "next_period" {
            let period = billing_period(self.zone.day_of(at), billing_day);
            return self.version_at(card, self.zone.start_of(period.0));
        }
        self.version_at(card, at)
    }

    /// Dimension values of an event that reports break down by.
    #[must_use]
    pub fn reported(&self, event: &Value) -> BTreeMap<String, String> {
        let meter = self.one("meters", text(event, "meter"));
        let all = meter.map_or(&[] as &[Value], |meter| list(meter, "dimensions")).iter();
        let value = |dimension: &Value| {
            let name = text(dimension, "name");
            Some((name.to_owned(), event["dimensions"][name].as_str()?.to_owned()))
        };
        all.filter(|dimension| dimension["report"] == true).filter_map(value).collect()
    }

    /// Whether something agreed holds at an instant.
    fn holds(&self, agreed: &Value, at: i64) -> bool {
        let until = agreed["until"].as_str().and_then(|text| when(text, self.zone));
        self.from(agreed) <= at && until.is_none_or(|until| at < until)
    }

    /// A row as it is for a customer: with its own price, that of the row before that of the card.
    #[must_use]
    pub fn own_rate(&self, customer: &str, card: &Value, rate: &Value, at: i64) -> Value {
        let own = self.one("customers", customer);
        let all = own.map_or(&[] as &[Value], |own| list(own, "overrides")).iter();
        let all = all.filter(|o| o["card"] == card["code"] && self.holds(o, at));
        let mine = all.filter(|o| o["rate"].is_null() || o["rate"] == rate["code"]);
        let mut rate = rate.clone();
        match mine.max_by_key(|o| o["rate"].is_string()) {
            Some(own) if own["percent"].is_string() => rate["own_percent"] = own["percent"].clone(),
            Some(own) => {
                rate["model"] = "per_unit".into();
                rate["price"] = own["price"].clone();
                rate["per"] = own["per"].clone();
            }
            None => {}
        }
        rate
    }

    /// The version of a wallet type that is in force at an instant.
    #[must_use]
    pub fn terms(&self, wallet_type: &str, at: i64) -> Option<&Value> {
        self.version_at(self.one("wallet_types", wallet_type)?, at)
    }

    /// The day of the month on which a customer's billing periods begin.
    #[must_use]
    pub fn billing_day(&self, customer: &str) -> i64 {
        let found = self.one("customers", customer).and_then(|c| c["billing_day"].as_i64());
        found.unwrap_or(1)
    }

    /// The same, with another billing day of a customer.
    #[must_use]
    pub fn billed_on(&self, customer: &str, day: i64) -> Self {
        let mut document = (*self.document).clone();
        let customers = document["customers"].as_array_mut().into_iter().flatten();
        for one in customers.filter(|one| one["code"] == customer) {
            one["billing_day"] = day.into();
        }
        Self { document: Rc::new(document), ..self.clone() }
    }
}

/// Whether cells match some dimension values: an absent cell and `*` match anything.
#[must_use]
pub fn matches(cells: &Value, dimensions: &Value) -> bool {
    let Some(cells) = cells.as_object() else { return true };
    cells.iter().all(|(name, wanted)| wanted == "*" || dimensions.get(name) == Some(wanted))
}

/// The most specific of the rows that match, with its position.
pub fn most_specific<'a>(
    rows: impl Iterator<Item = &'a Value>,
    dimensions: &Value,
) -> Option<(usize, &'a Value)> {
    let named = |row: &Value| {
        let cells = row["match"].as_object();
        cells.map_or(0, |cells| cells.values().filter(|wanted| *wanted != "*").count())
    };
    let found = rows.enumerate().filter(|(_, row)| matches(&row["match"], dimensions));
    // Of two rows with the same cells, the one with times of the week comes first.
    found.max_by_key(|(_, row)| (named(row), row["when"].is_object()))
}
