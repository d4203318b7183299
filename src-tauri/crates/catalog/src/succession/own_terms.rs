//! What is agreed with a customer: what has been in force stays, and may only be ended.

use scrip_units::Instant;

use super::Step;
use crate::document::{Customer, OwnTerm};
use crate::problem::ProblemCode;

impl Step<'_> {
    /// Compares the own prices and versions of a customer.
    pub(super) fn own_terms(&mut self, old: Option<&Customer>, new: &Customer) {
        let path = format!("customers[{}]", new.code);
        let before = old.map(|c| c.overrides.as_slice()).unwrap_or_default();
        self.terms(&format!("{path}.overrides"), before, &new.overrides);
        let before = old.map(|c| c.card_versions.as_slice()).unwrap_or_default();
        self.terms(&format!("{path}.card_versions"), before, &new.card_versions);
    }

    fn terms<T: OwnTerm>(&mut self, path: &str, old: &[T], new: &[T]) {
        let Some(frozen) = self.frozen_before else { return };
        let zone = self.new.entity.time_zone;
        let at = |when: scrip_units::When| when.resolve(zone).unwrap_or(Instant::MAX);
        let in_force = |term: &&T| at(term.effective_at()) <= frozen;
        for term in old.iter().filter(in_force) {
            // It may get another end, as long as that is not behind what was posted.
            let same = |other: &&T| other.ending(None) == term.ending(None);
            let stands = new.iter().find(same).is_some_and(|other| {
                let ends = |term: &T| term.until().map_or(Instant::MAX, at);
                ends(other) == ends(term) || (ends(other) > frozen && ends(term) > frozen)
            });
            if !stands {
                let message = format!(
                    "{} took effect at {}, and usage up to {frozen} has been posted under it, or the period is closed. Put it back as it was; it may be ended after that.",
                    term.name(),
                    at(term.effective_at())
                );
                let path = format!("{path}[{}]", term.name());
                self.error(ProblemCode::PublishedVersionChanged, path, message);
            }
        }
        for term in new.iter().filter(in_force) {
            if !old.iter().any(|other| other.ending(None) == term.ending(None)) {
                let message = format!(
                    "{} takes effect at {}, and what was in force up to {frozen} stands: usage up to then has been posted, or the period is closed. Let it take effect later than that.",
                    term.name(),
                    at(term.effective_at())
                );
                let path = format!("{path}[{}].effective_at", term.name());
                self.error(ProblemCode::TooEarly, path, message);
            }
        }
    }
}
