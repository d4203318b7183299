//! Succession: what may follow a configuration that has been in force.
//!
//! The ledger names units, meters, wallet types, cards and customers, and was written under
//! published versions; none of that may change under it. Names, attributes and drafts may.

mod costs;
mod own_terms;

use scrip_units::Instant;
use serde::Serialize;

use crate::document::{Document, Entity, Meter};
use crate::problem::{Problem, ProblemCode};
use crate::version::{Effective, Version};

pub use costs::check_closed_costs;

/// Everything that forbids `new` to follow `old`. A version that is new must take effect after
/// every version published before, and after `frozen_before`, the latest instant whose usage has
/// been posted.
#[must_use]
pub fn check_succession(
    old: &Document,
    new: &Document,
    frozen_before: Option<Instant>,
) -> Vec<Problem> {
    let mut step = Step { old, new, frozen_before, problems: Vec::new() };
    step.entity(&old.entity, &new.entity);
    step.units();
    step.meters();
    step.conversions();
    step.wallet_types();
    step.rate_cards();
    step.plans();
    let before: std::collections::HashMap<_, _> =
        old.customers.iter().map(|customer| (&customer.code, customer)).collect();
    for customer in &new.customers {
        step.own_terms(before.get(&customer.code).copied(), customer);
    }
    for customer in &old.customers {
        if !new.customers.iter().any(|c| c.code == customer.code) {
            step.removed("customers", "customer", customer.code.as_str());
        }
    }
    step.problems
}

struct Step<'a> {
    old: &'a Document,
    new: &'a Document,
    frozen_before: Option<Instant>,
    problems: Vec<Problem>,
}

impl Step<'_> {
    fn error(&mut self, code: ProblemCode, path: String, message: String) {
        self.problems.push(Problem::error(code, path, message));
    }

    fn removed(&mut self, list: &str, what: &str, code: &str) {
        let message = format!(
            "The {what} {code} was removed, and the ledger may name it. Put it back; it does no harm unused."
        );
        self.error(ProblemCode::Removed, format!("{list}[{code}]"), message);
    }

    /// Reports a property that is fixed for life. `what` names it: `scale of unit credits`.
    fn fixed<T: PartialEq + Serialize>(&mut self, path: String, what: &str, (old, new): (&T, &T)) {
        if old != new {
            let (old, new) = (plain(old), plain(new));
            let message = format!(
                "The {what} was {old} and is now {new}; it is fixed for life. Put it back, or define a new record under another code."
            );
            self.error(ProblemCode::FixedProperty, path, message);
        }
    }

    fn entity(&mut self, old: &Entity, new: &Entity) {
        self.fixed("entity.code".to_owned(), "code of the entity", (&old.code, &new.code));
        let currency = (&old.currency, &new.currency);
        self.fixed("entity.currency".to_owned(), "currency of the entity", currency);
        let zone = (&old.time_zone, &new.time_zone);
        self.fixed("entity.time_zone".to_owned(), "time zone of the entity", zone);
    }

    fn units(&mut self) {
        for old in &self.old.units {
            let code = old.code;
            match self.new.units.iter().find(|u| u.code == code) {
                None => self.removed("units", "unit", code.as_str()),
                Some(new) => {
                    let what = format!("scale of unit {code}");
                    self.fixed(format!("units[{code}].scale"), &what, (&old.scale, &new.scale));
                    let what = format!("kind of unit {code}");
                    self.fixed(format!("units[{code}].kind"), &what, (&old.kind, &new.kind));
                }
            }
        }
    }

    fn meters(&mut self) {
        for old in &self.old.meters {
            match self.new.meters.iter().find(|m| m.code == old.code) {
                None => self.removed("meters", "meter", old.code.as_str()),
                Some(new) => self.meter(old, new),
            }
        }
    }

    fn meter(&mut self, old: &Meter, new: &Meter) {
        let code = &old.code;
        let path = format!("meters[{code}]");
        let what = format!("unit of meter {code}");
        self.fixed(format!("{path}.unit"), &what, (&old.unit, &new.unit));
        let what = format!("aggregation of meter {code}");
        self.fixed(format!("{path}.aggregation"), &what, (&old.aggregation, &new.aggregation));
        for dimension in &old.dimensions {
            if !new.dimensions.iter().any(|d| d.name == dimension.name) {
                let what = format!("dimension of meter {code},");
                self.removed(&format!("{path}.dimensions"), &what, &dimension.name);
            }
        }
    }

    fn conversions(&mut self) {
        for new in &self.new.conversions {
            let code = &new.code;
            let path = format!("conversions[{code}]");
            let old = self.old.conversions.iter().find(|c| c.code == *code);
            if let Some(old) = old {
                let what = format!("unit that conversion {code} converts from");
                self.fixed(format!("{path}.from"), &what, (&old.from, &new.from));
                let what = format!("unit that conversion {code} converts to");
                self.fixed(format!("{path}.to"), &what, (&old.to, &new.to));
            }
            self.versions(&path, &format!("conversion {code}"), (old, new));
        }
        for old in &self.old.conversions {
            let gone = !self.new.conversions.iter().any(|c| c.code == old.code);
            // Drafts only: it has never been in force.
            if gone && old.versions.iter().any(Version::is_published) {
                self.removed("conversions", "conversion", old.code.as_str());
            }
        }
    }

    fn wallet_types(&mut self) {
        for new in &self.new.wallet_types {
            let code = &new.code;
            let path = format!("wallet_types[{code}]");
            let old = self.old.wallet_types.iter().find(|w| w.code == *code);
            if let Some(old) = old {
                let what = format!("unit of wallet type {code}");
                self.fixed(format!("{path}.unit"), &what, (&old.unit, &new.unit));
            }
            self.versions(&path, &format!("wallet type {code}"), (old, new));
        }
        for old in &self.old.wallet_types {
            if !self.new.wallet_types.iter().any(|w| w.code == old.code) {
                self.removed("wallet_types", "wallet type", old.code.as_str());
            }
        }
    }

    fn plans(&mut self) {
        for new in &self.new.plans {
            let code = &new.code;
            let old = self.old.plans.iter().find(|plan| plan.code == *code);
            self.versions(&format!("plans[{code}]"), &format!("plan {code}"), (old, new));
        }
        for old in &self.old.plans {
            if !self.new.plans.iter().any(|plan| plan.code == old.code) {
                self.removed("plans", "plan", old.code.as_str());
            }
        }
    }

    fn rate_cards(&mut self) {
        for new in &self.new.rate_cards {
            let code = &new.code;
            let path = format!("rate_cards[{code}]");
            let old = self.old.rate_cards.iter().find(|c| c.code == *code);
            if let Some(old) = old {
                let what = format!("unit of rate card {code}");
                self.fixed(format!("{path}.unit"), &what, (&old.unit, &new.unit));
                let what = format!("policy on price changes of rate card {code}");
                let changes = (&old.price_changes, &new.price_changes);
                self.fixed(format!("{path}.price_changes"), &what, changes);
            }
            self.versions(&path, &format!("rate card {code}"), (old, new));
        }
        for old in &self.old.rate_cards {
            if !self.new.rate_cards.iter().any(|c| c.code == old.code) {
                self.removed("rate_cards", "rate card", old.code.as_str());
            }
        }
    }

    /// Published versions stay as they are; new ones come after them.
    fn versions<T: Effective>(&mut self, path: &str, what: &str, (old, new): (Option<&T>, &T))
    where
        T::Version: PartialEq,
    {
        let published = |thing: &'_ T, number: u32| {
            thing.versions().iter().position(|v| v.is_published() && v.number() == number)
        };
        for version in old.into_iter().flat_map(T::versions).filter(|v| v.is_published()) {
            let number = version.number();
            let path = format!("{path}.versions[{number}]");
            if !new.versions().iter().any(|v| v.number() == number) {
                let message = format!(
                    "Version {number} of {what} was published and has been removed. Put it back; to end it, publish a version after it."
                );
                self.error(ProblemCode::PublishedVersionChanged, path, message);
            } else if !new.versions().contains(version) {
                let message = format!(
                    "Version {number} of {what} was published and has been changed. Put it back as it was, and publish the change as a new version."
                );
                self.error(ProblemCode::PublishedVersionChanged, path, message);
            }
        }
        let last = old.and_then(|old| old.published(self.old.entity.time_zone).last().map(|l| l.0));
        for (at, version) in new.published(self.new.entity.time_zone) {
            let number = version.number();
            if old.and_then(|old| published(old, number)).is_none() {
                self.not_too_early(&format!("{path}.versions[{number}]"), what, (number, at), last);
            }
        }
    }

    fn not_too_early(
        &mut self,
        path: &str,
        what: &str,
        (number, at): (u32, Instant),
        last: Option<Instant>,
    ) {
        let path = format!("{path}.effective_at");
        if let Some(last) = last.filter(|last| at <= *last) {
            let message = format!(
                "Version {number} of {what} takes effect at {at}, and a version published before takes effect at {last}. Let it take effect later than that."
            );
            self.error(ProblemCode::TooEarly, path, message);
        } else if let Some(frozen) = self.frozen_before.filter(|frozen| at <= *frozen) {
            let message = format!(
                "Version {number} of {what} takes effect at {at}, and what was in force up to {frozen} stands: usage up to then has been posted under it, or the period is closed. Let it take effect later than that."
            );
            self.error(ProblemCode::TooEarly, path, message);
        }
    }
}

/// A value as it is written in files.
fn plain(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arbitrary;
    use proptest::prelude::*;

    const OLD: &str = r#"format = "scrip-config/1"
[entity]
code = "nl"
name = "Example BV"
currency = "EUR"
time_zone = "Europe/Amsterdam"
[[units]]
code = "credits"
kind = "credit"
[[units]]
code = "tokens"
kind = "usage"
[[meters]]
code = "llm"
unit = "tokens"
dimensions = [{ name = "model" }]
[[conversions]]
code = "tc"
from = "tokens"
to = "credits"
[[conversions.versions]]
version = 1
effective_at = "2026-01-01"
factors = [{ operation = "divide", factor = "1000" }]
[[wallet_types]]
code = "std"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-01-01" }]
[[rate_cards]]
code = "card"
unit = "credits"
[[rate_cards.versions]]
version = 1
effective_at = "2026-01-01"
rates = [{ code = "any", meter = "llm", model = "per_unit", price = "1.50" }]
[[rate_cards.versions]]
version = 9
effective_at = "2026-07-01"
status = "draft"
rates = []
[[customers]]
code = "acme"
name = "Acme"
"#;

    /// The problems after replacing parts of the old document.
    #[track_caller]
    fn check(edits: &[(&str, &str)], frozen_before: Option<&str>, expected: &[&str]) {
        let mut text = OLD.to_owned();
        for (from, to) in edits {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        let (old, new) = (Document::from_toml(OLD).unwrap(), Document::from_toml(&text).unwrap());
        let frozen_before = frozen_before.map(|at| at.parse().unwrap());
        let found: Vec<String> = check_succession(&old, &new, frozen_before)
            .iter()
            .map(|p| format!("{} {}", p.code, p.path))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn names_attributes_and_drafts_may_change() {
        check(
            &[
                ("Example BV", "Example NV"),
                ("name = \"Acme\"", "country = \"NL\""),
                ("effective_at = \"2026-07-01\"", "effective_at = \"2026-08-01\""),
                ("{ name = \"model\" }", "{ name = \"region\" }, { name = \"model\" }"),
                // The same number written otherwise is no change.
                ("\"1.50\"", "\"1.5\""),
            ],
            Some("2026-06-01T00:00:00Z"),
            &[],
        );
    }

    #[test]
    fn what_the_ledger_is_written_in_is_fixed_for_life() {
        for (from, to, want) in [
            ("code = \"nl\"", "code = \"be\"", "fixed_property entity.code"),
            ("EUR", "USD", "fixed_property entity.currency"),
            ("Europe/Amsterdam", "UTC", "fixed_property entity.time_zone"),
            ("kind = \"credit\"", "kind = \"usage\"", "fixed_property units[credits].kind"),
            (
                "kind = \"credit\"",
                "kind = \"credit\"\nscale = 2",
                "fixed_property units[credits].scale",
            ),
            ("unit = \"tokens\"", "unit = \"credits\"", "fixed_property meters[llm].unit"),
            (
                "unit = \"tokens\"",
                "unit = \"tokens\"\naggregation = \"count\"",
                "fixed_property meters[llm].aggregation",
            ),
            ("from = \"tokens\"", "from = \"EUR\"", "fixed_property conversions[tc].from"),
            (
                "code = \"std\"\nunit = \"credits\"",
                "code = \"std\"\nunit = \"EUR\"",
                "fixed_property wallet_types[std].unit",
            ),
            (
                "code = \"card\"\nunit = \"credits\"",
                "code = \"card\"\nunit = \"EUR\"",
                "fixed_property rate_cards[card].unit",
            ),
            ("{ name = \"model\" }", "", "removed meters[llm].dimensions[model]"),
        ] {
            check(&[(from, to)], None, &[want]);
        }
    }

    #[test]
    fn records_stay() {
        for (from, to, want) in [
            ("code = \"credits\"", "code = \"other\"", "removed units[credits]"),
            ("code = \"llm\"", "code = \"other\"", "removed meters[llm]"),
            ("code = \"tc\"", "code = \"other\"", "removed conversions[tc]"),
            ("code = \"std\"", "code = \"other\"", "removed wallet_types[std]"),
            ("code = \"card\"", "code = \"other\"", "removed rate_cards[card]"),
            ("code = \"acme\"", "code = \"other\"", "removed customers[acme]"),
        ] {
            check(&[(from, to)], None, &[want]);
        }
    }

    #[test]
    fn a_published_version_is_immutable() {
        let version = "rate_cards[card].versions[1]";
        let changed = format!("published_version_changed {version}");
        check(&[("\"1.50\"", "\"1.51\"")], None, &[&changed]);
        check(
            &[(
                "effective_at = \"2026-01-01\"\nrates",
                "effective_at = \"2026-01-01\"\nstatus = \"draft\"\nrates",
            )],
            None,
            &[&changed],
        );
        check(
            &[("factor = \"1000\"", "factor = \"999\"")],
            None,
            &["published_version_changed conversions[tc].versions[1]"],
        );
        check(
            &[(
                "versions = [{ version = 1, effective_at = \"2026-01-01\" }]",
                "versions = [{ version = 2, effective_at = \"2026-02-01\" }]",
            )],
            None,
            &["published_version_changed wallet_types[std].versions[1]"],
        );
    }

    #[test]
    fn a_new_version_comes_after_what_is_published_and_posted() {
        let publish = |at: &'static str| ("effective_at = \"2026-07-01\"\nstatus = \"draft\"", at);
        let early = "too_early rate_cards[card].versions[9].effective_at";
        let june = publish("effective_at = \"2026-06-01\"");
        check(&[june], None, &[]);
        check(&[june], Some("2026-05-31T21:59:59Z"), &[]);
        check(&[june], Some("2026-05-31T22:00:00Z"), &[early]);
        check(&[publish("effective_at = \"2026-01-01\"")], None, &[early]);
        check(&[publish("effective_at = \"2025-06-01\"")], None, &[early]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_document_may_follow_itself(document in arbitrary::document()) {
            let document = without_repeats(document);
            prop_assert_eq!(check_succession(&document, &document, None), []);
        }
    }

    /// Records of the same code cannot be told apart; validation reports those.
    fn without_repeats(mut document: Document) -> Document {
        document.units.truncate(1);
        document.meters.truncate(1);
        document.conversions.truncate(1);
        document.wallet_types.truncate(1);
        document.rate_cards.truncate(1);
        document
    }
}
