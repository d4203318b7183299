//! Costs of closed days: what the margin of a closed month was told with stays.

use scrip_units::{Instant, Zone};

use super::Step;
use crate::document::{CostCard, CostPreference, CostRate, CostVersion, Document};
use crate::problem::{Problem, ProblemCode};
use crate::version::{Effective, Version};

/// Everything about costs that forbids `new` to follow `old` when all before `open` is closed. Costs are
/// no part of the books, so those of open days may be put right; but a version that took effect on a
/// closed day stays as it was published, and none is added there.
#[must_use]
pub fn check_closed_costs(old: &Document, new: &Document, open: Instant) -> Vec<Problem> {
    let mut step = Step { old, new, frozen_before: Some(open), problems: Vec::new() };
    for card in &old.cost_cards {
        let after = new.cost_cards.iter().find(|other| other.code == card.code);
        step.closed_costs(card, after, open);
    }
    // Books that told no costs so far may be told those of their past.
    let first = old.cost_cards.is_empty();
    for card in new.cost_cards.iter().filter(|_| !first) {
        let before = old.cost_cards.iter().find(|other| other.code == card.code);
        step.added_costs(before, card, open);
    }
    step.problems
}

/// The published versions that took effect before an instant.
fn closed(card: &CostCard, zone: Zone, open: Instant) -> Vec<&CostVersion> {
    let published = card.published(zone).into_iter();
    published.take_while(|(at, _)| *at < open).map(|(_, version)| version).collect()
}

/// The version with its rows in the order of their codes: the order they are written in tells nothing.
fn told(version: &CostVersion) -> (u32, scrip_units::When, CostPreference, Vec<&CostRate>) {
    let mut rates: Vec<_> = version.rates.iter().collect();
    rates.sort_by(|a, b| a.code.cmp(&b.code));
    (version.version, version.effective_at, version.prefer, rates)
}

impl Step<'_> {
    /// What was in force on closed days is still there.
    fn closed_costs(&mut self, old: &CostCard, new: Option<&CostCard>, open: Instant) {
        let stood = closed(old, self.old.entity.time_zone, open);
        if stood.is_empty() {
            return;
        }
        let (code, path) = (&old.code, format!("cost_cards[{}]", old.code));
        let Some(new) = new else {
            let message = format!(
                "The cost card {code} was removed, and tells what usage of closed days cost. Put it back; to end it, publish a version without rows."
            );
            return self.error(ProblemCode::Removed, path, message);
        };
        let what = format!("currency of cost card {code}");
        self.fixed(format!("{path}.currency"), &what, (&old.currency, &new.currency));
        let stands = closed(new, self.new.entity.time_zone, open);
        for version in stood {
            if !stands.iter().any(|other| told(other) == told(version)) {
                let number = version.version;
                let message = format!(
                    "Version {number} of cost card {code} tells what usage of closed days cost, and has been changed or removed. Put it back as it was, and publish the change as a new version from {open} or later."
                );
                let path = format!("{path}.versions[{number}]");
                self.error(ProblemCode::PublishedVersionChanged, path, message);
            }
        }
    }

    /// Nothing new takes effect on closed days.
    fn added_costs(&mut self, old: Option<&CostCard>, new: &CostCard, open: Instant) {
        let stood = old.map(|old| closed(old, self.old.entity.time_zone, open)).unwrap_or_default();
        for version in closed(new, self.new.entity.time_zone, open) {
            let number = version.version;
            if stood.iter().any(|other| other.number() == number) {
                continue; // Whether it is the same is told above.
            }
            let code = &new.code;
            let message = format!(
                "Version {number} of cost card {code} takes effect before {open}, and the days before are closed with what usage was known to cost. Let it take effect then or later."
            );
            let path = format!("cost_cards[{code}].versions[{number}].effective_at");
            self.error(ProblemCode::TooEarly, path, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = r#"format = "scrip-config/1"
[entity]
code = "nl"
name = "Example BV"
currency = "EUR"
time_zone = "UTC"
[[cost_cards]]
code = "cloud"
currency = "EUR"
[[cost_cards.versions]]
version = 1
effective_at = "2026-01-01"
rates = [{ code = "a", meter = "llm", cost = "0.1" }, { code = "b", meter = "gpu", cost = "2" }]
[[cost_cards.versions]]
version = 2
effective_at = "2026-02-01"
rates = [{ code = "a", meter = "llm", cost = "0.3" }]
"#;

    /// The problems after one replacement, when all before an instant is closed.
    #[track_caller]
    fn check((from, to): (&str, &str), open: &str, expected: &[&str]) {
        assert!(OLD.contains(from), "{from}");
        let old = Document::from_toml(OLD).unwrap();
        let new = Document::from_toml(&OLD.replacen(from, to, 1)).unwrap();
        let found: Vec<String> = check_closed_costs(&old, &new, open.parse().unwrap())
            .iter()
            .map(|p| format!("{} {}", p.code, p.path))
            .collect();
        assert_eq!(found, expected, "{from} -> {to}");
    }

    #[test]
    fn the_first_costs_of_all_may_be_those_of_closed_days() {
        let (bare, _) = OLD.split_once("[[cost_cards]]").unwrap();
        let old = Document::from_toml(bare).unwrap();
        let new = Document::from_toml(OLD).unwrap();
        assert_eq!(check_closed_costs(&old, &new, "2026-06-01T00:00:00Z".parse().unwrap()), []);
    }

    const FEBRUARY: &str = "2026-02-01T00:00:00Z";

    #[test]
    fn what_closed_days_cost_stays() {
        let first = "published_version_changed cost_cards[cloud].versions[1]";
        for (change, want) in [
            (("\"0.1\"", "\"0.2\""), vec![first]),
            (("effective_at = \"2026-01-01\"", "effective_at = \"2026-01-02\""), vec![first]),
            (("rates", "status = \"draft\"\nrates"), vec![first]),
            (
                ("currency = \"EUR\"\n[[", "currency = \"USD\"\n[["),
                vec!["fixed_property cost_cards[cloud].currency"],
            ),
            (
                ("\"cloud\"", "\"other\""),
                vec![
                    "removed cost_cards[cloud]",
                    "too_early cost_cards[other].versions[1].effective_at",
                ],
            ),
            (
                ("2026-02-01", "2026-01-31"),
                vec!["too_early cost_cards[cloud].versions[2].effective_at"],
            ),
        ] {
            check(change, FEBRUARY, &want);
            // Nothing is closed: what is known better later is put right.
            check(change, "2026-01-01T00:00:00Z", &[]);
        }
    }

    #[test]
    fn what_open_days_cost_may_be_put_right() {
        for change in [
            ("\"0.3\"", "\"0.4\""),
            ("2026-02-01", "2026-02-02"),
            ("effective_at = \"2026-02-01\"", "effective_at = \"2026-02-01\"\nstatus = \"draft\""),
            ("code = \"cloud\"", "code = \"cloud\"\nname = \"The cloud\""),
            // The same number written otherwise, and rows in another order.
            ("\"0.1\"", "\"0.10\""),
            (
                r#"{ code = "a", meter = "llm", cost = "0.1" }, { code = "b", meter = "gpu", cost = "2" }"#,
                r#"{ code = "b", meter = "gpu", cost = "2" }, { code = "a", meter = "llm", cost = "0.1" }"#,
            ),
        ] {
            check(change, FEBRUARY, &[]);
        }
    }
}
