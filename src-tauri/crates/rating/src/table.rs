//! Finding the most specific row that matches some dimension values.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use scrip_catalog::Cells;

/// Rows grouped by which dimensions they fix, the most specific groups first.
#[derive(Debug, Clone, Default)]
pub struct Table {
    groups: Vec<Group>,
}

#[derive(Debug, Clone)]
struct Group {
    fixed: Vec<Arc<str>>,
    rows: Rows,
}

/// Rows by the values of the dimensions that they fix.
type Rows = HashMap<Vec<Arc<str>>, Vec<usize>>;

/// Whether a cell matches anything.
fn is_wildcard(value: &str) -> bool {
    value == "*"
}

impl Table {
    /// A table of rows by their cells; the row's position is what [`Table::find`] returns.
    pub fn new<'a>(rows: impl IntoIterator<Item = (usize, &'a Cells)>) -> Self {
        let mut groups: BTreeMap<Vec<Arc<str>>, Rows> = BTreeMap::new();
        for (index, cells) in rows {
            let fixed = cells.iter().filter(|(_, value)| !is_wildcard(value));
            let (names, values): (Vec<_>, Vec<_>) = fixed
                .map(|(name, value)| (Arc::from(name.as_str()), Arc::from(value.as_str())))
                .unzip();
            groups.entry(names).or_default().entry(values).or_default().push(index);
        }
        let mut groups: Vec<_> =
            groups.into_iter().map(|(fixed, rows)| Group { fixed, rows }).collect();
        groups
            .sort_by(|a, b| b.fixed.len().cmp(&a.fixed.len()).then_with(|| a.fixed.cmp(&b.fixed)));
        Self { groups }
    }

    /// The most specific row that matches; a dimension that is absent matches wildcards only.
    #[must_use]
    pub fn find(&self, dimensions: &BTreeMap<Arc<str>, Arc<str>>) -> Option<usize> {
        self.find_among(dimensions, |_| true)
    }

    /// The same among rows that are admitted; of rows with the same cells the first.
    pub fn find_among(
        &self,
        dimensions: &BTreeMap<Arc<str>, Arc<str>>,
        admitted: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        self.groups.iter().find_map(|group| {
            let values: Option<Vec<_>> =
                group.fixed.iter().map(|name| dimensions.get(name).cloned()).collect();
            group.rows.get(&values?)?.iter().copied().find(|row| admitted(*row))
        })
    }
}

/// Whether cells match some dimension values.
#[must_use]
pub fn cells_match(cells: &Cells, dimensions: &BTreeMap<Arc<str>, Arc<str>>) -> bool {
    cells.iter().all(|(name, wanted)| {
        is_wildcard(wanted)
            || dimensions.get(name.as_str()).is_some_and(|value| **value == **wanted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(pairs: &[(&str, &str)]) -> Cells {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }
    fn values(pairs: &[(&str, &str)]) -> BTreeMap<Arc<str>, Arc<str>> {
        pairs.iter().map(|(n, v)| (Arc::from(*n), Arc::from(*v))).collect()
    }

    #[test]
    fn the_most_specific_row_wins() {
        let rows = [
            cells(&[]),
            cells(&[("model", "opus")]),
            cells(&[("model", "opus"), ("type", "input")]),
            cells(&[("model", "*"), ("type", "input")]),
        ];
        let table = Table::new(rows.iter().enumerate());
        for (dimensions, want) in [
            (values(&[("model", "opus"), ("type", "input")]), Some(2)),
            (values(&[("model", "opus"), ("type", "output")]), Some(1)),
            (values(&[("model", "haiku"), ("type", "input")]), Some(3)),
            (values(&[("model", "haiku")]), Some(0)),
        ] {
            assert_eq!(table.find(&dimensions), want, "{dimensions:?}");
        }
        assert_eq!(
            Table::new(rows[2..3].iter().enumerate()).find(&values(&[("model", "opus")])),
            None
        );
    }
}
