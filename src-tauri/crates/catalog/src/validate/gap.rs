//! The search for a combination of values that no row matches.
//!
//! Rows become a graph: a node is the cells of a row from one axis on, and equal rests of rows are
//! one node. The search splits the nodes that are still possible by the values of one axis after
//! the other. Hundreds of models with the same rows each come down to one state, which is looked
//! at once.

use std::collections::{BTreeMap, HashMap, HashSet};

/// The number of a cell that matches anything.
pub(crate) const ANY: u32 = 0;
/// The number of the value that stands for all that no row mentions.
pub(crate) const OTHER: u32 = 0;

/// Nodes that may be looked at before the search gives up: enough for thousands of rows in
/// practice, and an end for sets of rows that are made to be hard.
const VISITS_MAX: usize = 3_000_000;

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Gap {
    /// Every combination matches a row.
    None,
    /// A combination that matches none, as (axis, number of the value); axes that make no
    /// difference are left out.
    At(Vec<(usize, u32)>),
    /// The search gave up.
    TooMany,
}

struct TooMany;

/// A search over axes, each with the number of its values if only those may occur.
pub(crate) struct Search<'a> {
    axes: &'a [Option<u32>],
    /// For each axis the nodes: the cell there, and the node of the next axis.
    nodes: Vec<Vec<(u32, u32)>>,
    /// For each axis and the end the node that matches whatever comes.
    matching_all: Vec<Option<u32>>,
    start: Vec<u32>,
    covered: HashSet<(usize, Vec<u32>)>,
    visits: usize,
}

impl<'a> Search<'a> {
    pub(crate) fn of(axes: &'a [Option<u32>], rows: &[&[u32]]) -> Self {
        let mut nodes = vec![Vec::new(); axes.len()];
        let mut matching_all = vec![None; axes.len()];
        matching_all.push(Some(0));
        let mut rests = vec![0_u32; rows.len()];
        for axis in (0..axes.len()).rev() {
            let mut numbers: HashMap<(u32, u32), u32> = HashMap::new();
            for (rest, row) in rests.iter_mut().zip(rows) {
                let node = (row[axis], *rest);
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                *rest = *numbers.entry(node).or_insert_with(|| {
                    nodes[axis].push(node);
                    next
                });
                if row[axis] == ANY && matching_all[axis + 1] == Some(node.1) {
                    matching_all[axis] = Some(*rest);
                }
            }
        }
        let start = sorted(rests);
        Self { axes, nodes, matching_all, start, covered: HashSet::new(), visits: 0 }
    }

    pub(crate) fn run(mut self) -> Gap {
        let start = std::mem::take(&mut self.start);
        match self.from(0, start) {
            Ok(None) => Gap::None,
            Ok(Some(mut point)) => {
                point.reverse();
                Gap::At(point)
            }
            Err(TooMany) => Gap::TooMany,
        }
    }

    /// A combination from `axis` on that none of the nodes matches, the last axis first.
    fn from(&mut self, axis: usize, nodes: Vec<u32>) -> Result<Option<Vec<(usize, u32)>>, TooMany> {
        if nodes.is_empty() {
            return Ok(Some(Vec::new()));
        }
        if self.matching_all[axis].is_some_and(|all| nodes.binary_search(&all).is_ok()) {
            return Ok(None);
        }
        let state = (axis, nodes);
        if self.covered.contains(&state) {
            return Ok(None);
        }
        self.visits += state.1.len();
        if self.visits > VISITS_MAX {
            return Err(TooMany);
        }
        let (any, by_value) = self.split(axis, &state.1);
        if by_value.is_empty() {
            return self.from(axis + 1, any);
        }
        if let Some(rest) = self.rest(axis, &by_value)
            && let Some(mut point) = self.from(axis + 1, any.clone())?
        {
            point.push((axis, rest));
            return Ok(Some(point));
        }
        for (value, mut nodes) in by_value {
            nodes.extend(&any);
            if let Some(mut point) = self.from(axis + 1, sorted(nodes))? {
                point.push((axis, value));
                return Ok(Some(point));
            }
        }
        self.covered.insert(state);
        Ok(None)
    }

    fn split(&self, axis: usize, nodes: &[u32]) -> (Vec<u32>, BTreeMap<u32, Vec<u32>>) {
        let mut any = Vec::new();
        let mut by_value: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for node in nodes {
            let Some((cell, next)) =
                usize::try_from(*node).ok().and_then(|n| self.nodes[axis].get(n))
            else {
                continue;
            };
            if *cell == ANY {
                any.push(*next);
            } else {
                by_value.entry(*cell).or_default().push(*next);
            }
        }
        (sorted(any), by_value)
    }

    /// A value of the axis that none of these is, if there can be one.
    fn rest(&self, axis: usize, mentioned: &BTreeMap<u32, Vec<u32>>) -> Option<u32> {
        match self.axes[axis] {
            None => Some(OTHER),
            Some(count) => (1..=count).find(|value| !mentioned.contains_key(value)),
        }
    }
}

fn sorted(mut nodes: Vec<u32>) -> Vec<u32> {
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(axes: &[Option<u32>], rows: &[&[u32]], expected: &Gap) {
        assert_eq!(Search::of(axes, rows).run(), *expected);
    }

    #[test]
    fn a_gap_is_found_where_no_row_matches() {
        check(&[], &[], &Gap::At(vec![]));
        check(&[], &[&[]], &Gap::None);
        check(&[None], &[&[1]], &Gap::At(vec![(0, OTHER)]));
        check(&[None], &[&[1], &[ANY]], &Gap::None);
        check(&[Some(2)], &[&[1], &[2]], &Gap::None);
        check(&[Some(3)], &[&[1], &[2]], &Gap::At(vec![(0, 3)]));
        check(&[None, Some(2)], &[&[ANY, 1], &[1, 2]], &Gap::At(vec![(0, OTHER), (1, 2)]));
        check(&[None, Some(2)], &[&[ANY, 1], &[ANY, 2]], &Gap::None);
    }

    proptest! {
        #[test]
        fn the_search_agrees_with_trying_everything(
            rows in prop::collection::vec(prop::collection::vec(0_u32..3, 3), 0..9),
            closed in prop::collection::vec(any::<bool>(), 3),
        ) {
            let axes: Vec<Option<u32>> = closed.iter().map(|c| c.then_some(2)).collect();
            let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
            let values = |axis: usize| if closed[axis] { 1..=2_u32 } else { 0..=2 };
            let matched = |point: &[u32]| rows.iter().any(|row| {
                row.iter().zip(point).all(|(cell, value)| *cell == ANY || cell == value)
            });
            let mut gap = false;
            for a in values(0) { for b in values(1) { for c in values(2) {
                gap |= !matched(&[a, b, c]);
            }}}
            match Search::of(&axes, &rows).run() {
                Gap::None => prop_assert!(!gap),
                Gap::TooMany => prop_assert!(false),
                Gap::At(point) => {
                    // Axes that are left out make no difference: any value will do.
                    let mut full = [1_u32; 3];
                    for (axis, value) in point { full[axis] = value; }
                    prop_assert!(!matched(&full));
                }
            }
        }
    }
}
