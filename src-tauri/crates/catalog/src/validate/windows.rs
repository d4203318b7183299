//! Windows of rates: rows that match the same usage may share it only at different times, and a row
//! without a window needs a time that is left to it.

use std::collections::{BTreeMap, BTreeSet};

use super::timeline;
use crate::document::{Cells, DAY_MINUTES, RateCard, RateCardVersion, TimeWindow};
use crate::matching::fixed;
use crate::problem::{Problem, ProblemCode};

/// The rows that stand for their cells when times do not matter.
pub(crate) struct Timed {
    /// Every row without a window, and one for cells that have only rows with windows.
    pub(crate) standing: Vec<usize>,
    /// Of these, the ones whose windows leave times of the week open.
    pub(crate) partial: BTreeSet<usize>,
}

/// The minutes of a week at which a window holds.
fn week(window: &TimeWindow) -> Vec<bool> {
    let minutes = (0..7).flat_map(|day| (0..DAY_MINUTES).map(move |minute| (day, minute)));
    minutes.map(|(day, minute)| window.holds(day, minute)).collect()
}

/// Reports windows of rows with the same cells that hold at the same time, at the later row, and
/// rows without a window to which windows leave no time.
pub(crate) fn check(
    (path, card, version): (&str, &RateCard, &RateCardVersion),
    positions: &[usize],
    problems: &mut Vec<Problem>,
) -> Timed {
    let mut timed = Timed { standing: Vec::new(), partial: BTreeSet::new() };
    let mut by_cells: BTreeMap<Vec<(&str, &str)>, Vec<usize>> = BTreeMap::new();
    for position in positions {
        let rate = &version.rates[*position];
        if rate.when.is_none() {
            timed.standing.push(*position);
        }
        by_cells.entry(cells(&rate.matches)).or_default().push(*position);
    }
    for rows in by_cells.into_values() {
        let windowed: Vec<_> = rows
            .iter()
            .filter_map(|row| Some((*row, version.rates[*row].when.as_ref()?)))
            .collect();
        let Some((first, _)) = windowed.first() else { continue };
        let mut taken: Vec<Option<usize>> = vec![None; 7 * usize::from(DAY_MINUTES)];
        for (row, window) in &windowed {
            let holds = week(window);
            let clash = taken.iter().zip(&holds).find_map(|(taken, now)| taken.filter(|_| *now));
            if let Some(other) = clash {
                let rate = &version.rates[*row];
                let message = format!(
                    "In version {} of rate card {}, rows {} and {} match the same usage at the same time. Let their windows not overlap.",
                    version.version, card.code, version.rates[other].code, rate.code
                );
                problems.push(Problem {
                    severity: timeline::severity(version),
                    code: ProblemCode::AmbiguousRates,
                    path: format!("{path}.rates[{}].when", rate.code),
                    message,
                });
            }
            for (taken, _) in taken.iter_mut().zip(holds).filter(|(_, now)| *now) {
                taken.get_or_insert(*row);
            }
        }
        if windowed.len() == rows.len() {
            timed.standing.push(*first);
            if taken.iter().any(Option::is_none) {
                timed.partial.insert(*first);
            }
        } else if taken.iter().all(Option::is_some) {
            let never = rows.iter().map(|row| &version.rates[*row]).filter(|r| r.when.is_none());
            for rate in never {
                let message = format!(
                    "In version {} of rate card {}, row {} never applies: windows of other rows with the same match take the whole week. Remove it, or leave it a time.",
                    version.version, card.code, rate.code
                );
                let path = format!("{path}.rates[{}]", rate.code);
                problems.push(Problem::warning(ProblemCode::UnreachableRow, path, message));
            }
        }
    }
    timed.standing.sort_unstable();
    timed
}

fn cells(cells: &Cells) -> Vec<(&str, &str)> {
    fixed(cells).collect()
}
