//! Comparison of runs.

use std::collections::{BTreeMap, BTreeSet};

use scrip_units::{CustomerCode, Date, Unit};

use crate::figures::Figures;
use crate::replay::Run;

/// One scenario against the baseline.
#[derive(Debug, Clone)]
pub struct Comparison<'a> {
    /// The baseline.
    pub baseline: &'a Figures,
    /// The scenario.
    pub scenario: &'a Figures,
}

/// What changes for one customer in one currency or unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerChange {
    /// The customer.
    pub customer: CustomerCode,
    /// Before, in smallest steps.
    pub baseline: i128,
    /// With the scenario.
    pub scenario: i128,
    /// First day without cover before, and with the scenario.
    pub dry_on: (Option<Date>, Option<Date>),
}

impl CustomerChange {
    /// The difference.
    #[must_use]
    pub fn difference(&self) -> i128 {
        self.scenario - self.baseline
    }
}

/// How many customers change by how much, in percent of what they paid before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread {
    /// Lower bound in percent, inclusive; none for the first.
    pub from: Option<i32>,
    /// Upper bound, exclusive; none for the last.
    pub until: Option<i32>,
    /// Customers.
    pub customers: u64,
}

/// Bounds of the classes of change, in percent. Exactly no change is a class of its own, which lies
/// between those that end and begin at 0.
const BOUNDS: [i32; 10] = [-50, -25, -10, -5, 0, 5, 10, 25, 50, 100];

impl<'a> Comparison<'a> {
    /// Compares a scenario with the baseline.
    #[must_use]
    pub fn new(baseline: &'a Run, scenario: &'a Run) -> Self {
        Self { baseline: &baseline.figures, scenario: &scenario.figures }
    }

    /// The change of revenue of each customer in a currency, the largest first, those who pay more
    /// before those who pay less; customers without any are left out.
    #[must_use]
    pub fn revenue_by_customer(&self, currency: Unit) -> Vec<CustomerChange> {
        let of = |figures: &Figures, customer: &CustomerCode| {
            let customer = figures.customers.get(customer);
            let revenue = customer.and_then(|c| c.revenue.get(&currency)).copied();
            (revenue, customer.and_then(|c| c.dry_on))
        };
        let named: BTreeSet<&CustomerCode> =
            self.baseline.customers.keys().chain(self.scenario.customers.keys()).collect();
        let changes = named.into_iter().filter_map(|customer| {
            let (before, dry_before) = of(self.baseline, customer);
            let (after, dry_after) = of(self.scenario, customer);
            (before.is_some() || after.is_some()).then(|| CustomerChange {
                customer: customer.clone(),
                baseline: before.unwrap_or_default(),
                scenario: after.unwrap_or_default(),
                dry_on: (dry_before, dry_after),
            })
        });
        let mut changes: Vec<_> = changes.collect();
        changes.sort_by(|a, b| {
            b.difference().cmp(&a.difference()).then_with(|| a.customer.cmp(&b.customer))
        });
        changes
    }

    /// Customers who run dry with the scenario and did not before, or earlier than before.
    #[must_use]
    pub fn dry_earlier(&self) -> Vec<(&CustomerCode, Option<Date>, Date)> {
        let dry = self.scenario.customers.iter().filter_map(|(code, figures)| {
            let after = figures.dry_on?;
            let before = self.baseline.customers.get(code).and_then(|c| c.dry_on);
            before.is_none_or(|before| after < before).then_some((code, before, after))
        });
        dry.collect()
    }
}

/// How many customers fall into each class of change; a customer who paid nothing before and pays
/// now is in the last. The class of exactly no change is `from` and `until` 0.
#[must_use]
pub fn spread(changes: &[CustomerChange]) -> Vec<Spread> {
    let mut classes: BTreeMap<usize, u64> = BTreeMap::new();
    for change in changes {
        *classes.entry(class(change)).or_default() += 1;
    }
    let no_change = zero_at() * 2 + 1;
    let mut spread = Vec::new();
    for index in 0..=BOUNDS.len() {
        let (from, until) = (index.checked_sub(1).map(|i| BOUNDS[i]), BOUNDS.get(index).copied());
        spread.push(Spread {
            from,
            until,
            customers: classes.get(&(index * 2)).copied().unwrap_or_default(),
        });
        if index * 2 + 1 == no_change {
            let customers = classes.get(&no_change).copied().unwrap_or_default();
            spread.push(Spread { from: Some(0), until: Some(0), customers });
        }
    }
    spread
}

/// The place of a change's class in what [`spread`] returns.
#[must_use]
pub fn class_of(change: &CustomerChange) -> usize {
    let (class, zero) = (class(change), zero_at());
    // The class of no change stands behind those below it.
    if class % 2 == 1 { zero + 1 } else { class / 2 + usize::from(class / 2 > zero) }
}

/// Position of the bound 0.
fn zero_at() -> usize {
    BOUNDS.iter().position(|bound| *bound == 0).unwrap_or_default()
}

/// The class of a change: twice the number of bounds at or below it, or the odd number between the
/// two classes at zero for none.
fn class(change: &CustomerChange) -> usize {
    let difference = change.difference();
    if difference == 0 {
        return zero_at() * 2 + 1;
    }
    let base = change.baseline.abs();
    if base == 0 {
        return if difference > 0 { BOUNDS.len() * 2 } else { 0 };
    }
    let below = BOUNDS.iter().filter(|bound| difference * 100 >= i128::from(**bound) * base);
    below.count() * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(baseline: i128, scenario: i128) -> CustomerChange {
        let customer = CustomerCode::try_new("acme").unwrap();
        CustomerChange { customer, baseline, scenario, dry_on: (None, None) }
    }

    #[test]
    fn a_change_falls_into_the_class_of_its_percentage() {
        for (before, after, from, until) in [
            (100, 100, Some(0), Some(0)),
            (0, 0, Some(0), Some(0)),
            (100, 101, Some(0), Some(5)),
            (100, 105, Some(5), Some(10)),
            (100, 99, Some(-5), Some(0)),
            (100, 95, Some(-5), Some(0)),
            (1000, 949, Some(-10), Some(-5)),
            (100, 0, None, Some(-50)),
            (100, 50, Some(-50), Some(-25)),
            (100, 200, Some(100), None),
            (0, 7, Some(100), None),
            (0, -7, None, Some(-50)),
        ] {
            let spread = spread(&[change(before, after)]);
            let found: Vec<_> = spread.iter().filter(|s| s.customers == 1).collect();
            assert_eq!(found.len(), 1, "{before} to {after}");
            assert_eq!((found[0].from, found[0].until), (from, until), "{before} to {after}");
            assert_eq!(
                spread[class_of(&change(before, after))].customers,
                1,
                "{before} to {after}"
            );
        }
    }
}
