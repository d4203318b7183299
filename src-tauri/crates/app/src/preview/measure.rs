//! What of a preview is not kept with it, because its figures say it: the lengths of bars and the class
//! of each customer's change.

use std::collections::BTreeMap;

use scrip_preview::CustomerChange;
use scrip_preview::compare::class_of;
use scrip_units::CustomerCode;

use super::view::{CustomerLine, LineView, PreviewView, SpreadView};

impl PreviewView {
    /// With the lengths of bars and the classes of customers, from the figures.
    #[must_use]
    pub(super) fn measured(mut self) -> Self {
        bars(&mut self.lines);
        self.spreads.iter_mut().for_each(classes);
        self
    }
}

/// A decimal text as smallest steps: all texts of a unit have the same decimals.
pub(super) fn steps_of(text: &str) -> i128 {
    let digits: String = text.chars().filter(|c| *c != '.').collect();
    digits.parse().unwrap_or_default()
}

/// Bars of a section and a unit stand on one scale.
fn bars(lines: &mut [LineView]) {
    let mut largest: BTreeMap<(String, String), u128> = BTreeMap::new();
    for line in &*lines {
        let largest = largest.entry((line.section.clone(), line.unit.clone())).or_default();
        let sizes = line.values.iter().map(|value| steps_of(value).unsigned_abs());
        *largest = sizes.fold(*largest, u128::max);
    }
    for line in lines {
        let whole = largest.get(&(line.section.clone(), line.unit.clone()));
        let whole = whole.copied().unwrap_or_default();
        let sizes = line.values.iter().map(|value| steps_of(value).unsigned_abs());
        line.permille = sizes.map(|size| permille(size, whole)).collect();
    }
}

fn classes(spread: &mut SpreadView) {
    let largest = spread.classes.iter().map(|class| class.customers).max().unwrap_or_default();
    for class in &mut spread.classes {
        class.permille = permille(u128::from(class.customers), u128::from(largest));
    }
    for line in &mut spread.customers {
        line.class = class(line);
    }
}

fn class(line: &CustomerLine) -> usize {
    let change = CustomerCode::try_new(&line.customer).map(|customer| CustomerChange {
        customer,
        baseline: steps_of(&line.baseline),
        scenario: steps_of(&line.scenario),
        dry_on: (None, None),
    });
    change.as_ref().map_or(0, class_of)
}

/// A share in thousandths, rounded down.
fn permille(part: u128, whole: u128) -> u16 {
    let share = part.saturating_mul(1000).checked_div(whole).unwrap_or_default();
    u16::try_from(share).unwrap_or(1000)
}
