//! Another configuration: what is published stays, and what is new comes after it and after the
//! usage that was posted.

use serde_json::Value;

use super::books::Books;
use super::configuration::Configuration;
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
        self.configuration = next;
        Ok(())
    }
}
