//! Another configuration: what is published stays, and what is new comes after it and after the
//! usage that was posted.

use serde_json::Value;

use super::books::Books;
use super::configuration::Configuration;
use super::honoured::splits;
use super::reading::{list, text};

impl Books {
    pub(super) fn configure(&mut self, operation: &Value) -> Result<(), String> {
        let next = Configuration::read(&operation["document"])?;
        for kind in ["rate_cards", "wallet_types", "conversions"] {
            for old in self.configuration.all(kind) {
                let new = next.one(kind, text(old, "code"));
                for version in list(old, "versions") {
                    if !new.is_some_and(|new| list(new, "versions").contains(version)) {
                        return Err("a published version has changed".to_owned());
                    }
                }
            }
            for new in next.all(kind) {
                let old = self.configuration.one(kind, text(new, "code"));
                let published = old.map_or(&[] as &[Value], |old| list(old, "versions"));
                let last = published.iter().map(|version| self.configuration.from(version)).max();
                for version in list(new, "versions").iter().filter(|v| !published.contains(v)) {
                    let from = Some(next.from(version));
                    let opens = self.closed.map(|closed| next.zone.start_of(closed + 1));
                    if from <= last || from <= self.posted_until || from < opens {
                        return Err("the version comes too early".to_owned());
                    }
                }
            }
        }
        if breaks_lots(&next) {
            return Err("a lot could not keep its rate".to_owned());
        }
        self.configuration = next;
        Ok(())
    }
}

/// Whether lots that keep their rates could meet a row without a price for a part of an event.
fn breaks_lots(configuration: &Configuration) -> bool {
    let types = configuration.all("wallet_types");
    types.iter().any(|kind| {
        let keeping = list(kind, "versions").iter().filter(|v| v["rates"] == "original");
        let Some(since) = keeping.map(|version| configuration.from(version)).min() else {
            return false;
        };
        let falls_back = |named: &Value| {
            let mut versions = types.iter().filter(|t| t["code"] == *named);
            versions.any(|t| {
                list(t, "versions").iter().any(|v| list(v, "fallbacks").contains(&kind["code"]))
            })
        };
        let may_pay = |rate: &Value| {
            let named = list(rate, "wallet_types");
            named.is_empty() || named.contains(&kind["code"]) || named.iter().any(falls_back)
        };
        let cards = configuration.all("rate_cards").iter();
        cards.filter(|card| card["unit"] == kind["unit"]).any(|card| {
            let versions = list(card, "versions");
            let begins = |version: &Value| configuration.from(version);
            let lasts = |version: &&Value| {
                let later = versions.iter().map(begins).filter(|from| *from > begins(version));
                later.min().is_none_or(|until| since < until)
            };
            let rates = versions.iter().filter(lasts).flat_map(|version| list(version, "rates"));
            rates.filter(|rate| may_pay(rate)).any(|rate| !splits(rate))
        })
    })
}
