//! Scenarios: a changed configuration, and the document it makes of a recorded one.

use std::collections::HashMap;

use scrip_catalog::{
    Conversion, CostCard, Document, Effective, Plan, Problem, RateCard, Status, Version,
    WalletType, validate,
};
use scrip_units::{Instant, When, Zone};

/// When the changes of a scenario count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Timing {
    /// As if the last version of everything that was changed had been in force since the window began,
    /// whatever its date: what next month's prices would have done to last month's usage.
    #[default]
    SinceWindow,
    /// At the dates that the changed document says.
    AsDated,
}

/// A set of proposed changes: a document that was changed, against the one in force.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// What people call it.
    pub name: String,
    /// The changed document. Versions in draft count as if they were published.
    pub draft: Document,
    /// When its changes count.
    pub timing: Timing,
}

/// A scenario that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// Its document is not valid.
    #[error("scenario {name}: {}", list(problems))]
    Invalid {
        /// The scenario.
        name: String,
        /// What is wrong.
        problems: Vec<Problem>,
    },
    /// Its numbers cannot be kept exactly.
    #[error("scenario {name}: {message}")]
    Inexact {
        /// The scenario.
        name: String,
        /// Where and why.
        message: String,
    },
}

fn list(problems: &[Problem]) -> String {
    let errors: Vec<_> =
        problems.iter().filter(|p| p.is_error()).map(ToString::to_string).collect();
    errors.join("; ")
}

impl Scenario {
    /// The configuration that would have to be put into force for the scenario to come true: its document
    /// with every version that it adds or changes against `live` published, at its own date.
    #[must_use]
    pub fn published(&self, live: &Document) -> Document {
        fn publish<T: Versioned>(items: &mut [T], live: &[T], code: impl Fn(&T) -> &str)
        where
            T::Version: Clone + PartialEq,
        {
            let live: HashMap<_, _> = live.iter().map(|item| (code(item), item)).collect();
            for item in items {
                let before = live.get(code(item)).copied();
                *item = published(item, before);
            }
        }
        let mut document = self.draft.clone();
        publish(&mut document.conversions, &live.conversions, |c| c.code.as_str());
        publish(&mut document.wallet_types, &live.wallet_types, |w| w.code.as_str());
        publish(&mut document.rate_cards, &live.rate_cards, |c| c.code.as_str());
        publish(&mut document.cost_cards, &live.cost_cards, |c| c.code.as_str());
        publish(&mut document.plans, &live.plans, |p| p.code.as_str());
        document
    }

    /// The document that stands in the place of `recorded`, a revision that was in force in the ledger,
    /// when `live` is the last one and the window begins at `from`.
    ///
    /// What the operator did not touch is as it was recorded; what was changed or added against `live`
    /// is as in the draft, and what was taken away is not there.
    ///
    /// # Errors
    /// [`ScenarioError::Invalid`] when the result is no valid configuration.
    pub fn over(
        &self,
        recorded: &Document,
        live: &Document,
        from: Instant,
    ) -> Result<Document, ScenarioError> {
        let zone = self.draft.entity.time_zone;
        let place = Timeline { timing: self.timing, from, zone };
        // Taken apart member by member, so that a new one cannot be forgotten here.
        let Document {
            format,
            entity,
            accounts,
            approvals,
            units,
            meters,
            conversions,
            wallet_types,
            rate_cards,
            cost_cards,
            plans,
            customers,
        } = &self.draft;
        let document = Document {
            format: format.clone(),
            entity: entity.clone(),
            // What accounts are called, and who approves what, changes no figure.
            accounts: accounts.clone(),
            approvals: approvals.clone(),
            units: merge((units, &live.units, &recorded.units), |u| u.code.as_str(), as_is),
            meters: merge((meters, &live.meters, &recorded.meters), |m| m.code.as_str(), as_is),
            conversions: merge(
                (conversions, &live.conversions, &recorded.conversions),
                |c| c.code.as_str(),
                |draft, live| place.place(draft, live),
            ),
            wallet_types: merge(
                (wallet_types, &live.wallet_types, &recorded.wallet_types),
                |w| w.code.as_str(),
                |draft, live| place.place(draft, live),
            ),
            rate_cards: merge(
                (rate_cards, &live.rate_cards, &recorded.rate_cards),
                |c| c.code.as_str(),
                |draft, live| place.place(draft, live),
            ),
            cost_cards: merge(
                (cost_cards, &live.cost_cards, &recorded.cost_cards),
                |c| c.code.as_str(),
                |draft, live| place.place(draft, live),
            ),
            plans: merge(
                (plans, &live.plans, &recorded.plans),
                |p| p.code.as_str(),
                |draft, live| place.place(draft, live),
            ),
            customers: merge(
                (customers, &live.customers, &recorded.customers),
                |c| c.code.as_str(),
                as_is,
            ),
        };
        let problems = validate(&document);
        if problems.iter().any(Problem::is_error) {
            return Err(ScenarioError::Invalid { name: self.name.clone(), problems });
        }
        Ok(document)
    }
}

/// The items of a list: those that the draft did not change as they were recorded, the others as
/// `place` puts the draft's in the place of the live one. An item that is recorded later only, and that
/// the draft leaves alone, is taken as it is later: nothing before it was recorded can have used it.
fn merge<T: Clone + PartialEq>(
    (draft, live, recorded): (&[T], &[T], &[T]),
    code: impl Fn(&T) -> &str,
    place: impl Fn(&T, Option<&T>) -> T,
) -> Vec<T> {
    let by_code = |items: &'_ [T]| -> HashMap<String, usize> {
        items.iter().enumerate().map(|(i, item)| (code(item).to_owned(), i)).collect()
    };
    let (live_by, recorded_by) = (by_code(live), by_code(recorded));
    let items = draft.iter().map(|item| {
        let before = live_by.get(code(item)).and_then(|i| live.get(*i));
        if before != Some(item) {
            return place(item, before);
        }
        let then = recorded_by.get(code(item)).and_then(|i| recorded.get(*i));
        then.unwrap_or(item).clone()
    });
    items.collect()
}

/// An item without versions, as the draft has it.
fn as_is<T: Clone>(draft: &T, _live: Option<&T>) -> T {
    draft.clone()
}

/// Something with versions whose dates a scenario moves.
trait Versioned: Effective + Clone {
    fn versions_mut(&mut self) -> &mut Vec<Self::Version>;
    fn publish(version: &mut Self::Version, number: u32, at: When);
}

macro_rules! versioned {
    ($($owner:ty),*) => {
        $(impl Versioned for $owner {
            fn versions_mut(&mut self) -> &mut Vec<Self::Version> {
                &mut self.versions
            }
            fn publish(version: &mut Self::Version, number: u32, at: When) {
                version.version = number;
                version.effective_at = at;
                version.status = Status::Published;
            }
        })*
    };
}
versioned!(RateCard, CostCard, WalletType, Conversion, Plan);

/// Whether a version is the live one of its number.
fn is_as_live<T: Versioned>(live: Option<&T>, version: &T::Version) -> bool
where
    T::Version: PartialEq,
{
    let before = live.map(Effective::versions).unwrap_or_default();
    before.iter().find(|v| v.number() == version.number()) == Some(version)
}

/// An item with its changed versions published at their dates.
fn published<T: Versioned>(draft: &T, live: Option<&T>) -> T
where
    T::Version: Clone + PartialEq,
{
    let mut item = draft.clone();
    for version in item.versions_mut() {
        if !is_as_live(live, version) {
            let (number, at) = (version.number(), version.effective_at());
            T::publish(version, number, at);
        }
    }
    item
}

/// Where the versions of a changed item go.
#[derive(Debug, Clone, Copy)]
struct Timeline {
    timing: Timing,
    from: Instant,
    zone: Zone,
}

impl Timeline {
    /// A changed item with its changed versions published: at their dates, or the last of them from
    /// the window's start on, after those that were in force before.
    fn place<T: Versioned>(self, draft: &T, live: Option<&T>) -> T
    where
        T::Version: Clone + PartialEq,
    {
        if self.timing == Timing::AsDated {
            return published(draft, live);
        }
        let mut item = draft.clone();
        let same = |version: &T::Version| is_as_live(live, version);
        let at = |version: &T::Version| version.effective_at().resolve(self.zone).ok();
        let changed = draft.versions().iter().filter(|version| !same(version));
        let Some(last) = changed.max_by_key(|version| (at(version), version.number())) else {
            return item;
        };
        let mut versions: Vec<T::Version> = draft.versions().to_vec();
        versions.retain(|version| {
            version.is_published() && same(version) && at(version).is_some_and(|at| at < self.from)
        });
        let highest = versions.iter().map(Version::number).max().unwrap_or_default();
        let mut last = last.clone();
        let number = last.number().max(highest.saturating_add(1));
        T::publish(&mut last, number, When::At(self.from));
        versions.push(last);
        *item.versions_mut() = versions;
        item
    }
}
