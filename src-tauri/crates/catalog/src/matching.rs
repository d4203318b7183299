//! Matching: when cells admit usage, and how specific they are; the way from unit to unit.

use std::collections::HashSet;

use scrip_units::UnitCode;

use crate::document::{Cells, Conversion};

/// The cell that matches anything, usage without a value included.
pub const WILDCARD: &str = "*";

/// The cells that name a value, by dimension.
pub fn fixed(cells: &Cells) -> impl Iterator<Item = (&str, &str)> {
    let cells = cells.iter().filter(|(_, value)| *value != WILDCARD);
    cells.map(|(name, value)| (name.as_str(), value.as_str()))
}

/// How many dimensions the cells fix. Of the rows that match, the one that fixes most applies.
#[must_use]
pub fn specificity(cells: &Cells) -> usize {
    fixed(cells).count()
}

/// Whether a cell admits the value that usage has for its dimension; usage without a value is
/// admitted by the wildcard only.
#[must_use]
pub fn cell_matches(cell: &str, value: Option<&str>) -> bool {
    cell == WILDCARD || value == Some(cell)
}

/// Whether all cells admit the usage whose values `value_of` gives.
#[must_use]
pub fn cells_match<'v>(cells: &Cells, value_of: impl Fn(&str) -> Option<&'v str>) -> bool {
    fixed(cells).all(|(name, value)| value_of(name) == Some(value))
}

/// The ways from one unit to another that visit no unit twice, at most `limit` of them, those
/// that begin with earlier conversions first. From a unit to itself there is one, the empty one.
#[must_use]
pub fn conversion_paths(
    conversions: &[Conversion],
    from: UnitCode,
    to: UnitCode,
    limit: usize,
) -> Vec<Vec<&Conversion>> {
    let leading = leading_to(conversions, to);
    let mut search = Search { conversions, to, limit, found: Vec::new(), way: Vec::new(), leading };
    search.from(from, &mut vec![from]);
    search.found
}

struct Search<'a> {
    conversions: &'a [Conversion],
    to: UnitCode,
    limit: usize,
    found: Vec<Vec<&'a Conversion>>,
    way: Vec<&'a Conversion>,
    /// The units from which `to` can be reached: other ways are not tried.
    leading: HashSet<UnitCode>,
}

impl Search<'_> {
    fn from(&mut self, unit: UnitCode, seen: &mut Vec<UnitCode>) {
        if unit == self.to {
            self.found.push(self.way.clone());
            return;
        }
        let conversions = self.conversions;
        for step in conversions.iter().filter(|c| c.from == unit) {
            if self.found.len() >= self.limit {
                return;
            }
            if seen.contains(&step.to) || !self.leading.contains(&step.to) {
                continue;
            }
            seen.push(step.to);
            self.way.push(step);
            self.from(step.to, seen);
            self.way.pop();
            seen.pop();
        }
    }
}

fn leading_to(conversions: &[Conversion], to: UnitCode) -> HashSet<UnitCode> {
    let mut leading = HashSet::from([to]);
    loop {
        let before = leading.len();
        let more = conversions.iter().filter(|c| leading.contains(&c.to)).map(|c| c.from);
        let more: Vec<_> = more.collect();
        leading.extend(more);
        if leading.len() == before {
            return leading;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Cells {
        let pairs = text.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn usage_without_a_value_is_admitted_by_the_wildcard_only() {
        for (cell, value, want) in [
            ("*", None, true),
            ("*", Some("opus"), true),
            ("opus", Some("opus"), true),
            ("opus", Some("haiku"), false),
            ("opus", None, false),
        ] {
            assert_eq!(cell_matches(cell, value), want, "{cell} {value:?}");
        }
        let usage = cells("model=opus region=eu");
        let value_of = |name: &str| usage.get(name).map(String::as_str);
        assert!(cells_match(&cells("model=opus type=*"), value_of));
        assert!(!cells_match(&cells("type=input"), value_of));
    }

    #[test]
    fn only_named_values_make_a_row_specific() {
        assert_eq!(specificity(&cells("model=opus type=* region=eu")), 2);
        assert_eq!(specificity(&cells("")), 0);
    }

    #[test]
    fn ways_between_units_are_found_in_the_order_of_the_document() {
        let conversion = |code: &str, from: &str, to: &str| -> Conversion {
            serde_json::from_value(serde_json::json!({
                "code": code, "from": from, "to": to, "versions": []
            }))
            .unwrap()
        };
        let conversions = [
            conversion("tm", "tokens", "minutes"),
            conversion("mt", "minutes", "tokens"),
            conversion("mh", "minutes", "hours"),
            conversion("th", "tokens", "hours"),
        ];
        let ways = |from: &str, to: &str| -> Vec<String> {
            let ways =
                conversion_paths(&conversions, from.parse().unwrap(), to.parse().unwrap(), 9);
            let codes = |way: Vec<&Conversion>| {
                way.iter().map(|c| c.code.as_str()).collect::<Vec<_>>().join(" ")
            };
            ways.into_iter().map(codes).collect()
        };
        assert_eq!(ways("tokens", "hours"), ["tm mh", "th"]);
        assert_eq!(ways("tokens", "tokens"), [""]);
        assert!(ways("hours", "tokens").is_empty());
    }
}
