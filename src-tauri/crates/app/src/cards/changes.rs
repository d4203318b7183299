//! What rows change against those of another version: cell by cell, and the price in per cent.

use std::collections::{BTreeMap, BTreeSet};

use scrip_units::{Decimal, Number};
use serde::Serialize;

use super::rows::{GridRow, GridTier};

/// What a row changes against the row of the same code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowChange {
    /// Row, from 0.
    pub row: usize,
    /// Whether there was no row of that code.
    pub is_new: bool,
    /// What the changed cells held, by column.
    pub was: BTreeMap<String, String>,
    /// Change of the price of one unit in per cent, with its sign and one decimal; absent where it is
    /// the same, or where either has no single price.
    pub percent: Option<String>,
}

/// A row beside the row of the same code in another version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComparedRow {
    /// Code.
    pub code: String,
    /// Its cells in the one version, by column; absent when it has no such row.
    pub left: Option<BTreeMap<String, String>>,
    /// Its cells in the other.
    pub right: Option<BTreeMap<String, String>>,
    /// Columns whose cells differ.
    pub changed: Vec<String>,
    /// As [`RowChange::percent`].
    pub percent: Option<String>,
}

/// Members whose texts are compared as numbers.
const NUMBERS: &[&str] = &["price", "per", "included", "maximum"];

/// Tiers in words: `to 1,000: 2; above: 1 per 10`.
#[must_use]
pub fn tiers_in_words(tiers: &[GridTier]) -> String {
    let one = |tier: &GridTier| {
        let bound = match tier.up_to.trim() {
            "" => "above".to_owned(),
            up_to => format!("to {up_to}"),
        };
        let per = match tier.per.trim() {
            "" | "1" => String::new(),
            per => format!(" per {per}"),
        };
        let flat = match tier.flat.trim() {
            "" => String::new(),
            flat => format!(" and {flat} once"),
        };
        format!("{bound}: {}{per}{flat}", tier.price.trim())
    };
    tiers.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// The cells of a row by column, but for its code; empty ones and wildcards are absent.
#[must_use]
pub fn cells(row: &GridRow) -> BTreeMap<String, String> {
    let tiers = tiers_in_words(&row.tiers);
    let members = [
        ("meter", &row.meter),
        ("model", &row.model),
        ("price", &row.price),
        ("per", &row.per),
        ("tiers", &tiers),
        ("included", &row.included),
        ("maximum", &row.maximum),
        ("quantity_unit", &row.quantity_unit),
        ("wallet_types", &row.wallet_types),
        ("rest", &row.rest),
    ];
    let members = members.into_iter().map(|(name, text)| (name.to_owned(), text));
    let dimensions = row.cells.iter().map(|(name, text)| (format!("match.{name}"), text));
    members
        .chain(dimensions)
        .map(|(name, text)| (name, text.trim().to_owned()))
        .filter(|(name, text)| match (name.as_str(), text.as_str()) {
            // What is absent means these.
            (_, "") | ("per", "1") => false,
            (name, "*") => !name.starts_with("match."),
            _ => true,
        })
        .collect()
}

fn number(text: &str) -> Option<Decimal> {
    text.trim().parse::<Number>().map(Number::decimal).ok()
}

fn same(column: &str, left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    NUMBERS.contains(&column) && number(left).is_some() && number(left) == number(right)
}

/// The columns in which rows differ.
fn changed(left: &BTreeMap<String, String>, right: &BTreeMap<String, String>) -> Vec<String> {
    let columns: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let text = |cells: &BTreeMap<String, String>, column: &str| {
        cells.get(column).cloned().unwrap_or_default()
    };
    let differs = |column: &&&String| !same(column, &text(left, column), &text(right, column));
    columns.iter().filter(differs).map(|column| (*column).clone()).collect()
}

/// The change of the price of one unit, in per cent with one decimal, half away from zero.
fn percent(left: &GridRow, right: &GridRow) -> Option<String> {
    let per = |row: &GridRow| match row.per.trim() {
        "" => Some(Decimal::ONE),
        text => number(text),
    };
    if left.model != right.model || !left.tiers.is_empty() || !right.tiers.is_empty() {
        return None;
    }
    let before = number(&left.price)?.checked_mul(per(right)?)?;
    let after = number(&right.price)?.checked_mul(per(left)?)?;
    let change = after.checked_sub(before)?.checked_mul(Decimal::ONE_HUNDRED)?;
    let percent = change.checked_div(before)?;
    let half = Decimal::new(5, 2);
    let away = if percent.is_sign_negative() { percent - half } else { percent + half };
    let text = format!("{:.1}", away.trunc_with_scale(1));
    match text.as_str() {
        "0.0" | "-0.0" => None,
        text if text.starts_with('-') => Some(text.to_owned()),
        text => Some(format!("+{text}")),
    }
}

/// Rows that change anything against `before`, and the codes of rows of it that are gone.
#[must_use]
pub fn changes(before: &[GridRow], rows: &[GridRow]) -> (Vec<RowChange>, Vec<String>) {
    let known: BTreeMap<&str, &GridRow> = before.iter().map(|row| (row.code.trim(), row)).collect();
    let mut found = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let Some(old) = known.get(row.code.trim()) else {
            found.push(RowChange { row: index, is_new: true, was: BTreeMap::new(), percent: None });
            continue;
        };
        if *old == row {
            continue;
        }
        let (left, right) = (cells(old), cells(row));
        let was: BTreeMap<_, _> = changed(&left, &right)
            .into_iter()
            .map(|column| {
                let text = left.get(&column).cloned().unwrap_or_default();
                (column, text)
            })
            .collect();
        if !was.is_empty() {
            let percent = percent(old, row);
            found.push(RowChange { row: index, is_new: false, was, percent });
        }
    }
    let kept: BTreeSet<&str> = rows.iter().map(|row| row.code.trim()).collect();
    let gone = before.iter().map(|row| row.code.trim()).filter(|code| !kept.contains(code));
    (found, gone.map(str::to_owned).collect())
}

/// Two versions side by side: the rows of the right one in their order, then those that it lacks.
#[must_use]
pub fn compare(left: &[GridRow], right: &[GridRow]) -> Vec<ComparedRow> {
    let known: BTreeMap<&str, &GridRow> = left.iter().map(|row| (row.code.trim(), row)).collect();
    let there: BTreeSet<&str> = right.iter().map(|row| row.code.trim()).collect();
    let beside = |row: &GridRow| {
        let old = known.get(row.code.trim());
        let (before, after) = (old.map(|old| cells(old)), cells(row));
        ComparedRow {
            code: row.code.clone(),
            changed: before.as_ref().map(|left| changed(left, &after)).unwrap_or_default(),
            percent: old.and_then(|old| percent(old, row)),
            left: before,
            right: Some(after),
        }
    };
    let alone = |row: &GridRow| ComparedRow {
        code: row.code.clone(),
        left: Some(cells(row)),
        right: None,
        changed: Vec::new(),
        percent: None,
    };
    let gone = left.iter().filter(|row| !there.contains(row.code.trim()));
    right.iter().map(beside).chain(gone.map(alone)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(code: &str, price: &str, per: &str) -> GridRow {
        GridRow {
            code: code.into(),
            model: "per_unit".into(),
            price: price.into(),
            per: per.into(),
            ..GridRow::default()
        }
    }

    #[test]
    fn a_changed_cell_keeps_what_it_held_and_the_price_of_a_unit_changes_in_per_cent() {
        let before = [row("a", "1.25", "1000"), row("b", "2", ""), row("c", "3", "")];
        let mut wild = row("b", "2.00", "1");
        wild.cells.insert("region".into(), "*".into());
        let after = [row("a", "1.5", "1000"), wild, row("d", "1", "")];
        let (changes, gone) = changes(&before, &after);
        assert_eq!(gone, ["c"]);
        assert_eq!(changes.len(), 2, "{changes:#?}");
        assert_eq!(changes[0].was, BTreeMap::from([("price".to_owned(), "1.25".to_owned())]));
        assert_eq!(changes[0].percent.as_deref(), Some("+20.0"));
        assert!(changes[1].is_new && changes[1].row == 2);
    }

    #[test]
    fn the_change_of_a_price_counts_what_it_is_for() {
        for (left, right, want) in [
            (("1", "1000"), ("2", "2000"), None),
            (("1", "1000"), ("1", "2000"), Some("-50.0")),
            (("3", ""), ("4", ""), Some("+33.3")),
            (("3", ""), ("5", ""), Some("+66.7")),
            (("0", ""), ("5", ""), None),
            (("dear", ""), ("5", ""), None),
        ] {
            let (left, right) = (row("a", left.0, left.1), row("a", right.0, right.1));
            assert_eq!(percent(&left, &right).as_deref(), want, "{left:?} {right:?}");
        }
    }

    #[test]
    fn versions_stand_side_by_side_with_what_the_other_lacks() {
        let left = [row("a", "1", ""), row("gone", "3", "")];
        let right = [row("new", "1", ""), row("a", "2", "")];
        let rows = compare(&left, &right);
        let codes: Vec<_> = rows
            .iter()
            .map(|row| (row.code.as_str(), row.left.is_some(), row.right.is_some()))
            .collect();
        assert_eq!(codes, [("new", false, true), ("a", true, true), ("gone", true, false)]);
        assert_eq!(
            (rows[1].changed.as_slice(), rows[1].percent.as_deref()),
            (&["price".to_owned()][..], Some("+100.0"))
        );
    }
}
