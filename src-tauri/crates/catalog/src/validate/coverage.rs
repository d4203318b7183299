//! The rows of one version over the dimensions of one meter: which rows collide, what they leave
//! open, and which can never apply.
//!
//! An open dimension has its mentioned values and one symbolic value that stands for every other
//! value and for none. A dimension with declared values has those; usage without one is what
//! [`Grid::has_catch_all`] is for.

use std::collections::{BTreeMap, HashMap};

use crate::document::{Cells, Dimension};
use crate::matching;

use super::gap::{ANY, Gap, OTHER, Search};

/// How an unmentioned value of an open dimension is written.
const OTHER_TEXT: &str = "*other*";

/// A dimension with its values numbered from 1.
struct Axis {
    name: String,
    closed: bool,
    values: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Axis {
    fn of(dimension: &Dimension) -> Self {
        let mut axis = Self {
            name: dimension.name.clone(),
            closed: dimension.values.is_some(),
            values: Vec::new(),
            numbers: HashMap::new(),
        };
        for value in dimension.values.iter().flatten() {
            axis.number(value);
        }
        axis
    }

    fn number(&mut self, value: &str) -> u32 {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        self.values.push(value.to_owned());
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.numbers.insert(value.to_owned(), number);
        number
    }

    fn text(&self, number: u32) -> String {
        let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
        let value = index.and_then(|i| self.values.get(i));
        format!("{}={}", self.name, value.map_or(OTHER_TEXT, String::as_str))
    }
}

/// The most dimensions a meter may have, so that a set of them is one number.
pub(crate) const DIMENSIONS_MAX: usize = 64;

/// A set of axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
struct Axes(u64);

impl Axes {
    const NONE: Axes = Axes(0);

    fn with(self, axis: usize) -> Self {
        Self(self.0 | 1 << axis)
    }

    fn contains(self, axis: usize) -> bool {
        self.0 >> axis & 1 == 1
    }

    fn len(self) -> u32 {
        self.0.count_ones()
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn is_within(self, other: Self) -> bool {
        self.and(other) == self
    }

    fn iter(self) -> impl Iterator<Item = usize> {
        (0..DIMENSIONS_MAX).filter(move |axis| self.contains(*axis))
    }
}

/// A row: for each axis the number of the value it names, or [`ANY`].
struct Row {
    position: usize,
    cells: Vec<u32>,
    fixed: Axes,
}

/// The rows of one version over the dimensions of one meter.
pub(crate) struct Grid {
    axes: Vec<Axis>,
    rows: Vec<Row>,
    by_cells: HashMap<Vec<u32>, usize>,
    by_fixed: BTreeMap<Axes, Vec<usize>>,
}

/// What rows leave open.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Hole {
    /// Every combination of values matches a row.
    None,
    /// An example of values that match no row.
    Example(String),
    /// The combinations are too many to try.
    Unknown,
}

impl Grid {
    /// The grid of rows, each with its position in the version. Rows that name a dimension or a
    /// value that the meter does not have are left out: they match nothing, and are reported where
    /// they stand.
    pub(crate) fn of<'a>(
        dimensions: &[Dimension],
        rows: impl IntoIterator<Item = (usize, &'a Cells)>,
    ) -> Self {
        let dimensions = &dimensions[..dimensions.len().min(DIMENSIONS_MAX)];
        let mut axes: Vec<Axis> = dimensions.iter().map(Axis::of).collect();
        let by_name: HashMap<&str, usize> =
            dimensions.iter().enumerate().map(|(i, d)| (d.name.as_str(), i)).collect();
        let mut grid = Self {
            axes: Vec::new(),
            rows: Vec::new(),
            by_cells: HashMap::new(),
            by_fixed: BTreeMap::new(),
        };
        for (position, cells) in rows {
            if let Some(row) = row(&mut axes, &by_name, position, cells) {
                grid.push(row);
            }
        }
        grid.axes = axes;
        grid
    }

    fn push(&mut self, row: Row) {
        let index = self.rows.len();
        self.by_cells.entry(row.cells.clone()).or_insert(index);
        self.by_fixed.entry(row.fixed).or_default().push(index);
        self.rows.push(row);
    }

    /// Whether a row matches everything, usage without any dimension values included.
    pub(crate) fn has_catch_all(&self) -> bool {
        self.by_fixed.contains_key(&Axes::NONE)
    }

    /// Pairs of positions (earlier, later) of rows that match the same usage equally well, unless
    /// a more specific row takes all that both match. At most one pair for each later row.
    pub(crate) fn ambiguous(&self) -> Vec<(usize, usize)> {
        let mut join = Join { grid: self, indexes: HashMap::new() };
        let first = |later: usize| {
            let row = &self.rows[later];
            let twin = self.by_cells.get(&row.cells).filter(|first| **first < later);
            twin.copied().or_else(|| join.rival(later)).map(|earlier| (earlier, later))
        };
        let pairs: Vec<_> = (0..self.rows.len()).filter_map(first).collect();
        pairs.into_iter().map(|(a, b)| (self.rows[a].position, self.rows[b].position)).collect()
    }

    /// Whether a row that fixes more than both takes all usage that both match.
    fn decided(&self, left: &Row, right: &Row) -> bool {
        let both = left.cells.iter().zip(&right.cells).map(|(a, b)| *a.max(b)).collect::<Vec<_>>();
        let fixed = left.fixed.or(right.fixed);
        if self.by_cells.contains_key(&both) {
            return true;
        }
        let more = |set: &&Axes| set.len() > left.fixed.len() && set.is_within(fixed);
        self.by_fixed.keys().filter(more).any(|set| self.by_cells.contains_key(&keep(&both, *set)))
    }

    /// What the rows leave open.
    pub(crate) fn hole(&self) -> Hole {
        if self.has_catch_all() {
            return Hole::None;
        }
        let rows: Vec<&[u32]> = self.rows.iter().map(|r| r.cells.as_slice()).collect();
        match self.search(&rows) {
            Gap::None => Hole::None,
            Gap::TooMany => Hole::Unknown,
            Gap::At(point) => {
                let text = point.iter().map(|(axis, number)| self.axes[*axis].text(*number));
                Hole::Example(text.collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn search(&self, rows: &[&[u32]]) -> Gap {
        let count = |axis: &Axis| {
            let count = u32::try_from(axis.values.len()).unwrap_or(u32::MAX);
            axis.closed.then_some(count)
        };
        let axes: Vec<_> = self.axes.iter().map(count).collect();
        Search::of(&axes, rows).run()
    }

    /// Positions of rows that never apply: every value they could match has a more specific row,
    /// and usage without a value has another row too.
    pub(crate) fn unreachable(&self) -> Vec<usize> {
        let closed = self.axes.iter().enumerate().filter(|(_, axis)| axis.closed);
        let closed = closed.fold(Axes::NONE, |set, (axis, _)| set.with(axis));
        let mut join = Join { grid: self, indexes: HashMap::new() };
        let shadowed = self.rows.iter().filter(|row| {
            // The symbolic other value of an open dimension is matched by wildcards only, so only
            // rows that fix nothing but closed dimensions besides can shadow a row completely.
            let within = row.fixed.or(closed);
            within != row.fixed && self.has_generalisation(row) && {
                let shadows = join.more_specific(row, within);
                let rest: Vec<Vec<u32>> =
                    shadows.iter().map(|i| without(&self.rows[*i].cells, row.fixed)).collect();
                let rest: Vec<&[u32]> = rest.iter().map(Vec::as_slice).collect();
                !rest.is_empty() && self.search(&rest) == Gap::None
            }
        });
        shadowed.map(|row| row.position).collect()
    }

    fn has_generalisation(&self, row: &Row) -> bool {
        let less = |set: &&Axes| set.len() < row.fixed.len() && set.is_within(row.fixed);
        let mut sets = self.by_fixed.keys().filter(less);
        sets.any(|set| self.by_cells.contains_key(&keep(&row.cells, *set)))
    }
}

fn row(
    axes: &mut [Axis],
    by_name: &HashMap<&str, usize>,
    position: usize,
    cells: &Cells,
) -> Option<Row> {
    let mut row = Row { position, cells: vec![ANY; axes.len()], fixed: Axes::NONE };
    for (name, value) in matching::fixed(cells) {
        let axis = *by_name.get(name)?;
        if axes[axis].closed && !axes[axis].numbers.contains_key(value) {
            return None;
        }
        row.cells[axis] = axes[axis].number(value);
        row.fixed = row.fixed.with(axis);
    }
    Some(row)
}

/// The cells with everything but `axes` left to any value.
fn keep(cells: &[u32], axes: Axes) -> Vec<u32> {
    cells.iter().enumerate().map(|(i, cell)| if axes.contains(i) { *cell } else { ANY }).collect()
}

/// The cells with `axes` left to any value.
fn without(cells: &[u32], axes: Axes) -> Vec<u32> {
    cells.iter().enumerate().map(|(i, cell)| if axes.contains(i) { ANY } else { *cell }).collect()
}

/// Below this many rows, trying each is faster than an index.
const SMALL: usize = 8;

/// Finds the rows of a group, which fix the same dimensions, that agree with a row on the
/// dimensions both fix.
struct Join<'a> {
    grid: &'a Grid,
    /// By the group and the dimensions looked up by.
    indexes: HashMap<(Axes, Axes), HashMap<Vec<u32>, Vec<usize>>>,
}

impl Join<'_> {
    fn agreeing(&mut self, group: Axes, row: &Row) -> Vec<usize> {
        let rows = &self.grid.rows;
        let members = &self.grid.by_fixed[&group];
        let common = group.and(row.fixed);
        if members.len() <= SMALL {
            let agrees =
                |i: &usize| common.iter().all(|axis| rows[*i].cells[axis] == row.cells[axis]);
            return members.iter().copied().filter(agrees).collect();
        }
        let index = self.indexes.entry((group, common)).or_insert_with(|| {
            let mut index: HashMap<Vec<u32>, Vec<usize>> = HashMap::new();
            for member in members {
                index.entry(keep(&rows[*member].cells, common)).or_default().push(*member);
            }
            index
        });
        index.get(&keep(&row.cells, common)).cloned().unwrap_or_default()
    }

    /// An earlier row that fixes as many but other dimensions and matches the same usage.
    fn rival(&mut self, later: usize) -> Option<usize> {
        let grid = self.grid;
        let row = &grid.rows[later];
        let other = |group: &&Axes| group.len() == row.fixed.len() && **group != row.fixed;
        grid.by_fixed.keys().filter(other).find_map(|group| {
            let rivals = self.agreeing(*group, row).into_iter().take_while(|i| *i < later);
            rivals.into_iter().find(|i| !grid.decided(&grid.rows[*i], row))
        })
    }

    /// The rows that fix more than `row`, nothing outside `within`, and agree with it.
    fn more_specific(&mut self, row: &Row, within: Axes) -> Vec<usize> {
        let groups = self.grid.by_fixed.keys();
        groups
            .filter(|group| group.len() > row.fixed.len() && group.is_within(within))
            .flat_map(|group| self.agreeing(*group, row))
            .collect()
    }
}

const _: () = assert!(ANY == OTHER, "a wildcard cell and an unmentioned value are both number 0");

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Cells {
        let pairs = text.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Dimensions as `model type:input,output`; a list of values closes the dimension.
    fn dimensions(text: &str) -> Vec<Dimension> {
        let one = |word: &str| {
            let (name, values) = word.split_once(':').map_or((word, None), |(n, v)| (n, Some(v)));
            let values = values.map(|v| v.split(',').map(str::to_owned).collect());
            Dimension { name: name.to_owned(), values, report: false }
        };
        text.split_whitespace().map(one).collect()
    }

    fn with_grid<T>(axes: &str, rows: &[&str], ask: impl FnOnce(&Grid) -> T) -> T {
        let rows: Vec<Cells> = rows.iter().map(|row| cells(row)).collect();
        ask(&Grid::of(&dimensions(axes), rows.iter().enumerate()))
    }

    #[test]
    fn equally_specific_rows_collide_unless_a_more_specific_row_decides() {
        let check = |axes: &str, rows: &[&str], expected: &[(usize, usize)]| {
            assert_eq!(with_grid(axes, rows, Grid::ambiguous), expected, "{axes}: {rows:?}");
        };
        check("model region", &["model=a", "model=b"], &[]);
        check("model region", &["model=a", "model=a"], &[(0, 1)]);
        check("model region", &["", "model=* region=*"], &[(0, 1)]);
        check("model region", &["model=a", "region=eu"], &[(0, 1)]);
        check("model region", &["model=a", "region=eu", "model=a region=eu"], &[]);
        check("model region", &["model=a", "model=b", "region=eu", "model=a region=eu"], &[(1, 2)]);
        check("model region", &["model=a", "model=a region=eu", ""], &[]);
        // A row that is no more specific decides nothing, nor does one that takes only a part.
        check("a b c", &["a=1 b=1", "b=1 c=1", "a=1 c=1"], &[(0, 1), (0, 2)]);
        check("a b c", &["a=1", "b=1", "a=1 b=1 c=1"], &[(0, 1)]);
        // Rows with an unknown dimension or value match nothing.
        check("model", &["model=a", "colour=red"], &[]);
        check("type:in,out", &["type=in", "type=sideways", "type=sideways"], &[]);
    }

    #[test]
    fn a_hole_is_shown_by_an_example() {
        let check = |axes: &str, rows: &[&str], expected: &str| {
            let want = match expected {
                "" => Hole::None,
                example => Hole::Example(example.to_owned()),
            };
            assert_eq!(with_grid(axes, rows, Grid::hole), want, "{axes}: {rows:?}");
        };
        check("model", &[""], "");
        check("model", &["model=a"], "model=*other*");
        check("model type:in,out", &["type=in", "type=out"], "");
        check("model type:in,out", &["type=in"], "type=out");
        check("model type:in,out", &["type=in", "model=a type=out"], "model=*other*, type=out");
        check(
            "type:in,out region:eu,us",
            &["type=in", "type=out region=us"],
            "type=out, region=eu",
        );
        check("model region:eu,us", &["model=a", "region=eu", "region=us"], "");
    }

    #[test]
    fn a_row_is_out_of_reach_when_every_value_has_a_more_specific_row() {
        let check = |axes: &str, rows: &[&str], expected: &[usize]| {
            assert_eq!(with_grid(axes, rows, Grid::unreachable), expected, "{axes}: {rows:?}");
        };
        let enumerated = ["", "model=a", "model=a type=in", "model=a type=out"];
        check("model type:in,out", &enumerated, &[1]);
        check("model type:in,out,cached", &enumerated, &[]);
        check("model type", &enumerated, &[]);
        // What is left for it is usage without a type, which no other row takes.
        check("model type:in,out", &enumerated[1..], &[]);
        check("type:in,out", &["", "type=in", "type=out"], &[]);
    }

    #[test]
    fn thousands_of_rows_over_many_values_are_checked_at_once() {
        let mut rows = Vec::new();
        for model in 0..330 {
            for kind in ["in", "out", "cached"] {
                rows.push(cells(&format!("model=m{model} type={kind}")));
                rows.push(cells(&format!("model=m{model} type={kind} region=r{}", model % 7)));
            }
        }
        for region in 0..20 {
            rows.push(cells(&format!("region=r{region}")));
        }
        let axes = dimensions("model type:in,out,cached region tier");
        let grid = Grid::of(&axes, rows.iter().enumerate());
        assert_eq!(grid.ambiguous(), []);
        assert_eq!(grid.hole(), Hole::Example("model=*other*, region=*other*".to_owned()));
        assert_eq!(grid.unreachable(), [0_usize; 0]);
        rows.extend(["type=in", "type=out", "type=cached"].map(cells));
        let grid = Grid::of(&axes, rows.iter().enumerate());
        assert_eq!(grid.hole(), Hole::None);
        assert_eq!(grid.ambiguous().len(), 3, "each type with the first region");
    }
}
