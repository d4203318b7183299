//! A report set on pages: title block, tables with their headings on every page, ties.

use scrip_revenue::{Cell, Column, ColumnKind, Report, ReportHeader, Row, RowKind, Table, Tie};
use scrip_units::Scale;

use super::columns::{Part, Setting, fit, weight};
use super::face::{Milli, NO_GLYPH, Weight};
use super::pages::{Ink, Mark, Pages, Paper};
use super::words::{Words, cell};
use crate::format::grouped;

const TITLE: Milli = 15_000;
const TABLE_TITLE: Milli = 10_000;
const NOTE: Milli = 7_500;
const THIN: Milli = 400;
const THICK: Milli = 800;

/// Pages and the paper that they are on.
pub(super) struct Composed {
    pub(super) paper: Paper,
    pub(super) pages: Vec<Vec<Mark>>,
}

/// Sets a report.
pub(super) fn compose(header: &ReportHeader, report: &Report, words: &Words) -> Composed {
    let ties = ties(&report.ties);
    let tables = || report.tables.iter().chain(&ties);
    // The words of ties may break; those of the report stand in one line where they can.
    let upright = report.tables.iter().all(|t| fit(t, words, Paper::UPRIGHT.measure()).is_easy());
    let paper = if upright { Paper::UPRIGHT } else { Paper::ON_ITS_SIDE };
    let running_head = words.drawable(&format!(
        "{} \u{b7} {} \u{b7} {}",
        report.name,
        header.entity,
        header.covers(report.period)
    ));
    let mut setter = Setter { words, pages: Pages::new(paper, running_head) };
    setter.title_block(header, report);
    for table in tables() {
        setter.table(table);
    }
    if words.missed_any() {
        setter.pages.skip(6_000);
        setter.note(&format!(
            "{NO_GLYPH} stands for a character that the font of this document has not."
        ));
    }
    Composed { paper, pages: setter.pages.done }
}

/// The ties as a table like any other.
fn ties(ties: &[Tie]) -> Option<Table> {
    if ties.is_empty() {
        return None;
    }
    let columns = vec![
        Column::new("tie", "What must be equal", ColumnKind::Text),
        Column::new("left_is", "One is", ColumnKind::Text),
        Column::new("left", "One", ColumnKind::Amount(None)),
        Column::new("right_is", "The other is", ColumnKind::Text),
        Column::new("right", "The other", ColumnKind::Amount(None)),
        Column::new("unit", "Unit", ColumnKind::Text),
        Column::new("equal", "Equal", ColumnKind::Text),
    ];
    let mut table = Table::new("Ties", columns);
    table.subtitle.push(crate::ties::about(ties));
    for tie in ties {
        table.rows.push(Row::detail(vec![
            Cell::text(&tie.name),
            Cell::text(&tie.left_label),
            Cell::Amount(tie.left, tie.unit),
            Cell::text(&tie.right_label),
            Cell::Amount(tie.right, tie.unit),
            Cell::text(tie.unit.code().as_str()),
            Cell::text(if tie.holds { "yes" } else { "NO" }),
        ]));
    }
    Some(table)
}

struct Setter<'a> {
    words: &'a Words,
    pages: Pages,
}

impl Setter<'_> {
    fn title_block(&mut self, header: &ReportHeader, report: &Report) {
        for line in self.wrapped(&report.name, Weight::SemiBold, TITLE) {
            self.pages.line(&line, Weight::SemiBold, TITLE, Ink::Full);
        }
        for line in self.wrapped(&header.entity, Weight::SemiBold, TABLE_TITLE) {
            self.pages.line(&line, Weight::SemiBold, TABLE_TITLE, Ink::Full);
        }
        self.pages.skip(2_000);
        self.note(&format!(
            "Period: {}. Functional currency {}.",
            header.covers(report.period),
            header.currency
        ));
        self.note(&format!(
            "Read at {} (days of {}), configuration revision {}.",
            header.as_of, header.zone, header.config_revision
        ));
        for basis in &header.basis {
            self.note(&format!("Basis: {basis}"));
        }
        let checkpoint = &header.checkpoint;
        self.note(&format!(
            "Ledger checkpoint {}: {} entries in {} chains.",
            checkpoint.hash,
            grouped(i128::from(checkpoint.entries), Scale::ZERO),
            grouped(i128::from(checkpoint.chains), Scale::ZERO),
        ));
        self.pages.skip(4_000);
        let at = (Paper::MARGIN, self.pages.top);
        let length = self.pages.paper().measure();
        self.pages.mark(Mark::Rule { at, length, thickness: THIN });
        self.pages.skip(6_000);
    }

    fn wrapped(&self, text: &str, weight: Weight, size: Milli) -> Vec<String> {
        self.words.wrap(text, weight, size, self.pages.paper().measure())
    }

    fn note(&mut self, text: &str) {
        for line in self.wrapped(text, Weight::Regular, NOTE) {
            self.pages.line(&line, Weight::Regular, NOTE, Ink::Muted);
        }
    }

    fn table(&mut self, table: &Table) {
        let setting = fit(table, self.words, self.pages.paper().measure());
        let count = setting.parts.len();
        for (index, part) in setting.parts.iter().enumerate() {
            let title = if count == 1 {
                table.title.clone()
            } else {
                format!("{} (part {} of {count})", table.title, index + 1)
            };
            let set = SetTable { table, part, size: setting.size, title };
            self.part(&set, index == 0);
        }
    }

    fn part(&mut self, set: &SetTable, is_first: bool) {
        let heading = set.heading(self.words);
        let rows: Vec<SetRow> = set.table.rows.iter().map(|row| set.row(row, self.words)).collect();
        let subtitles = if is_first { set.table.subtitle.len() } else { 0 };
        let subtitles = Milli::try_from(subtitles).unwrap_or(0) * NOTE * 3 / 2;
        let begin = 40_000 + subtitles + set.height(&heading);
        let first: Milli = rows.iter().take(3).map(|row| set.height(&row.lines)).sum();
        if !self.pages.is_fresh() && !self.pages.has_room(begin + first) {
            self.pages.next_page();
        }
        if !self.pages.is_fresh() {
            self.pages.skip(10_000);
        }
        for line in self.wrapped(&set.title, Weight::SemiBold, TABLE_TITLE) {
            self.pages.line(&line, Weight::SemiBold, TABLE_TITLE, Ink::Full);
        }
        if is_first {
            for line in &set.table.subtitle {
                self.note(line);
            }
        }
        self.pages.skip(3_000);
        self.heading(set, &heading);
        if rows.is_empty() {
            self.note("Nothing in this period.");
        }
        for (index, row) in rows.iter().enumerate() {
            // Totals never stand alone on a page: they take the row above them along.
            let with_totals: Milli = row.with_totals(&rows[index + 1..], set);
            if !self.pages.has_room(with_totals) {
                self.pages.next_page();
                let again = format!("{}, continued", set.title);
                for line in self.wrapped(&again, Weight::SemiBold, TABLE_TITLE) {
                    self.pages.line(&line, Weight::SemiBold, TABLE_TITLE, Ink::Full);
                }
                self.pages.skip(3_000);
                self.heading(set, &heading);
            }
            self.row(set, row);
        }
        self.pages.skip(4_000);
    }

    fn heading(&mut self, set: &SetTable, heading: &[Vec<String>]) {
        let lines = heading.iter().map(Vec::len).max().unwrap_or(1);
        let height = set.height(heading);
        let left = Paper::MARGIN;
        let mut x = left;
        for ((column, width), texts) in set.part.columns.iter().zip(heading) {
            let numeric = set.table.columns[*column].kind.is_numeric();
            // Headings stand on the line above the rows.
            let empty = lines - texts.len();
            for (number, text) in texts.iter().enumerate() {
                let baseline = self.pages.top + set.baseline(empty + number);
                self.text(text, (x, *width, numeric), baseline, (Weight::SemiBold, set.size));
            }
            x += width + Setting::gap(set.size);
        }
        self.pages.skip(height);
        let length = set.part.width(Setting::gap(set.size));
        self.pages.mark(Mark::Rule { at: (left, self.pages.top), length, thickness: THICK });
        self.pages.skip(1_500);
    }

    fn row(&mut self, set: &SetTable, row: &SetRow) {
        let left = Paper::MARGIN;
        if row.weight == Weight::SemiBold {
            let length = set.part.width(Setting::gap(set.size));
            self.pages.mark(Mark::Rule { at: (left, self.pages.top), length, thickness: THIN });
        }
        let mut x = left;
        for ((column, width), texts) in set.part.columns.iter().zip(&row.lines) {
            let numeric = set.table.columns[*column].kind.is_numeric();
            for (number, text) in texts.iter().enumerate() {
                let baseline = self.pages.top + set.baseline(number);
                self.text(text, (x, *width, numeric), baseline, (row.weight, set.size));
            }
            x += width + Setting::gap(set.size);
        }
        self.pages.skip(set.height(&row.lines));
    }

    /// Writes a text into a column: its left edge, its width, whether the text stands at the right.
    fn text(
        &mut self,
        text: &str,
        (left, width, at_right): (Milli, Milli, bool),
        baseline: Milli,
        (weight, size): (Weight, Milli),
    ) {
        if text.is_empty() {
            return;
        }
        let x = if at_right { left + width - self.words.width(text, weight, size) } else { left };
        let text = text.to_owned();
        self.pages.mark(Mark::Text { at: (x, baseline), text, weight, size, ink: Ink::Full });
    }
}

/// A part of a table at a size.
struct SetTable<'a> {
    table: &'a Table,
    part: &'a Part,
    size: Milli,
    title: String,
}

/// A row, each cell broken into lines.
struct SetRow {
    lines: Vec<Vec<String>>,
    weight: Weight,
    is_total: bool,
}

impl SetRow {
    /// The height of the row and of the totals right below it.
    fn with_totals(&self, below: &[SetRow], set: &SetTable) -> Milli {
        let totals = below.iter().take(4).take_while(|row| row.is_total && !self.is_total);
        set.height(&self.lines) + totals.map(|row| set.height(&row.lines)).sum::<Milli>()
    }
}

impl SetTable<'_> {
    fn line_height(&self) -> Milli {
        self.size * 5 / 4
    }

    /// The baseline of a line of a row, below the top of the row.
    fn baseline(&self, line: usize) -> Milli {
        Milli::try_from(line).unwrap_or(0) * self.line_height() + self.size * 6 / 5
    }

    fn height(&self, cells: &[Vec<String>]) -> Milli {
        let lines = cells.iter().map(Vec::len).max().unwrap_or(1);
        Milli::try_from(lines).unwrap_or(1) * self.line_height() + self.size * 2 / 5
    }

    fn heading(&self, words: &Words) -> Vec<Vec<String>> {
        let wrap = |(column, width): &(usize, Milli)| {
            let heading = self.table.columns[*column].heading_with_unit();
            words.wrap(&heading, Weight::SemiBold, self.size, *width)
        };
        self.part.columns.iter().map(wrap).collect()
    }

    fn row(&self, row: &Row, words: &Words) -> SetRow {
        let weight = weight(&row.kind);
        let wrap = |(column, width): &(usize, Milli)| {
            let text = row.cells.get(*column).map(cell).unwrap_or_default();
            words.wrap(&text, weight, self.size, *width)
        };
        SetRow {
            lines: self.part.columns.iter().map(wrap).collect(),
            weight,
            is_total: row.kind != RowKind::Detail,
        }
    }
}
