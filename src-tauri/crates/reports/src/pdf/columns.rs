//! How wide the columns of a table are on paper, and which of them stand on a page.

use std::ops::Range;

use scrip_revenue::{Cell, RowKind, Table};

use super::face::{Milli, Weight};
use super::words::{Words, cell};

/// Sizes of the text of a table, the largest that fits first.
const SIZES: [Milli; 4] = [8_000, 7_500, 7_000, 6_500];
/// The size of a table that is cut into parts because it is too wide for every size.
const SIZE_OF_PARTS: Milli = 7_000;
/// Narrowest column of words, in multiples of the size.
const WORDS_MIN: Milli = 8;

/// Columns that stand side by side on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Positions of the columns and their widths.
    pub(super) columns: Vec<(usize, Milli)>,
    /// Whether some of the words need more than one line.
    pub(super) wraps: bool,
}

impl Part {
    pub(super) fn width(&self, gap: Milli) -> Milli {
        let gaps = Milli::try_from(self.columns.len().saturating_sub(1)).unwrap_or(0) * gap;
        self.columns.iter().map(|(_, width)| width).sum::<Milli>() + gaps
    }
}

/// How a table is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) size: Milli,
    /// More than one when the table is too wide for a page: its first columns stand in every part.
    pub(super) parts: Vec<Part>,
}

impl Setting {
    /// The space between columns.
    pub(super) fn gap(size: Milli) -> Milli {
        size + size / 4
    }

    /// Whether every word of the table stands in one line at the largest size.
    pub(super) fn is_easy(&self) -> bool {
        self.size == SIZES[0] && self.parts.len() == 1 && !self.parts[0].wraps
    }
}

/// What a column asks for: all in one line, and the least it can do with.
#[derive(Debug, Clone, Copy)]
struct Wish {
    natural: Milli,
    least: Milli,
}

impl Wish {
    /// The same at a smaller size than the largest.
    fn at(self, size: Milli) -> Self {
        // Rounded up, so that nothing is cut off.
        let scaled = |width: Milli| {
            let width = i64::from(width) * i64::from(size) / i64::from(SIZES[0]) + 1;
            Milli::try_from(width).unwrap_or(Milli::MAX)
        };
        Self { natural: scaled(self.natural), least: scaled(self.least) }
    }
}

/// What each column asks for at the largest size.
fn wishes(table: &Table, words: &Words) -> Vec<Wish> {
    let size = SIZES[0];
    (0..table.columns.len())
        .map(|index| {
            let column = &table.columns[index];
            let heading = column.heading_with_unit();
            let of_words = heading.split(' ').map(|w| words.width(w, Weight::SemiBold, size)).max();
            let heading_least = of_words.unwrap_or(0);
            let heading_natural = if column.kind.is_numeric() {
                heading_least
            } else {
                words.width(&heading, Weight::SemiBold, size)
            };
            let content = table.rows.iter().filter_map(|row| {
                let text = cell(row.cells.get(index)?);
                let weight = weight(&row.kind);
                Some(words.width(&text, weight, size))
            });
            let content = content.max().unwrap_or(0);
            let natural = content.max(heading_natural);
            let is_words =
                table.rows.iter().any(|row| matches!(row.cells.get(index), Some(Cell::Text(_))));
            let least = if is_words {
                content.min(WORDS_MIN * size).max(heading_least)
            } else {
                content.max(heading_least)
            };
            Wish { natural, least: least.min(natural) }
        })
        .collect()
}

/// The weight of the rows of a kind.
pub(super) fn weight(kind: &RowKind) -> Weight {
    if *kind == RowKind::Detail { Weight::Regular } else { Weight::SemiBold }
}

/// Finds the largest size at which a table fits a width, breaking words into lines where it must; a
/// table that fits at no size is cut into parts.
pub(super) fn fit(table: &Table, words: &Words, width: Milli) -> Setting {
    let largest = wishes(table, words);
    for size in SIZES {
        let wishes: Vec<Wish> = largest.iter().map(|wish| wish.at(size)).collect();
        let columns = 0..wishes.len();
        if let Some(part) =
            side_by_side(&wishes, &columns.collect::<Vec<_>>(), width, Setting::gap(size))
        {
            return Setting { size, parts: vec![part] };
        }
    }
    let size = SIZE_OF_PARTS;
    let wishes: Vec<Wish> = largest.iter().map(|wish| wish.at(size)).collect();
    Setting { size, parts: cut(table, &wishes, width, Setting::gap(size)) }
}

/// The widths of some columns side by side, if they fit. What is missing is taken from the columns
/// of words, in proportion to what they can give.
fn side_by_side(wishes: &[Wish], columns: &[usize], width: Milli, gap: Milli) -> Option<Part> {
    let natural =
        Part { columns: columns.iter().map(|c| (*c, wishes[*c].natural)).collect(), wraps: false };
    let over = i64::from(natural.width(gap)) - i64::from(width);
    if over <= 0 {
        return Some(natural);
    }
    let give = |c: &usize| i64::from(wishes[*c].natural - wishes[*c].least);
    let all: i64 = columns.iter().map(give).sum();
    if all < over {
        return None;
    }
    let columns = columns
        .iter()
        .map(|c| {
            // Rounded up, so that the sum is never too wide.
            let taken = (give(c) * over + all - 1) / all;
            (*c, wishes[*c].natural - Milli::try_from(taken).unwrap_or(0))
        })
        .collect();
    Some(Part { columns, wraps: true })
}

/// Cuts a table into parts: the columns before the first number in each, then as many of the others
/// as fit, at least one.
fn cut(table: &Table, wishes: &[Wish], width: Milli, gap: Milli) -> Vec<Part> {
    let count = wishes.len();
    let labels =
        table.columns.iter().position(|c| c.kind.is_numeric()).unwrap_or(1).clamp(1, count.max(1));
    let part = |rest: Range<usize>| -> Vec<usize> { (0..labels).chain(rest).collect() };
    let mut parts = Vec::new();
    let mut from = labels;
    while from < count {
        let mut best = None;
        for to in from + 1..=count {
            match side_by_side(wishes, &part(from..to), width, gap) {
                Some(fits) => best = Some((to, fits)),
                None => break,
            }
        }
        let (to, fits) = best.unwrap_or_else(|| {
            let columns = part(from..from + 1);
            let columns = columns.into_iter().map(|c| (c, wishes[c].least)).collect();
            (from + 1, Part { columns, wraps: true })
        });
        parts.push(fits);
        from = to;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrip_revenue::{Column, ColumnKind, Row};
    use scrip_units::Unit;

    const A4_LANDSCAPE: Milli = 762_000;

    fn months(count: usize) -> Table {
        let eur = Unit::currency("EUR".parse().unwrap()).unwrap();
        let mut columns = vec![Column::new("booked", "Booked in", ColumnKind::Text)];
        let mut cells = vec![Cell::text("a rather long name of what was booked")];
        for month in 0..count {
            let key = format!("m{month}");
            columns.push(Column::new(&key, &key, ColumnKind::Amount(Some(eur))));
            cells.push(Cell::Amount(123_456_789, eur));
        }
        let mut table = Table::new("Waterfall", columns);
        table.rows.push(Row::detail(cells));
        table
    }

    #[test]
    fn a_table_shrinks_its_words_then_its_size_and_then_is_cut() {
        let words = Words::new().unwrap();
        assert!(fit(&months(3), &words, A4_LANDSCAPE).is_easy());
        let small = fit(&months(12), &words, A4_LANDSCAPE);
        assert!(small.parts.len() == 1 && !small.is_easy(), "{small:?}");
        let cut = fit(&months(36), &words, A4_LANDSCAPE);
        assert!(cut.parts.len() > 1);
        let mut seen: Vec<usize> = Vec::new();
        for part in &cut.parts {
            assert_eq!(part.columns[0].0, 0, "the names stand in every part");
            assert!(part.width(Setting::gap(cut.size)) <= A4_LANDSCAPE);
            seen.extend(part.columns.iter().skip(1).map(|(column, _)| column));
        }
        assert_eq!(seen, (1..=36).collect::<Vec<_>>(), "every column once, in order");
    }
}
