//! Spreadsheets: a sheet for each table of a report and one for its ties.
//!
//! Cells are typed: numbers are numbers with the decimals of their unit, days are days, text is
//! text. Totals are formulas over the rows they add up, with the value that Scrip computed stored
//! beside the formula, so that a viewer that does not calculate shows the same. An amount of more
//! than 15 digits is text with a note, because a spreadsheet would round it. The same report makes
//! the same bytes: the file carries the instant at which the ledger was read and no other.

mod journal;
mod number;
mod sheet;
mod styles;

use std::io::{Seek, Write};
use std::ops::Range;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Formula, Workbook, Worksheet};
use scrip_revenue::{Cell, ColumnKind, Report, ReportHeader, Row, RowKind, Table, Tie};
use scrip_units::{Unit, format_steps};

use crate::error::ExportError;
use number::{NO_FORMULA, exact, exact_count};
use sheet::{
    TitleBlock, annotate, column, headings, letters, sheet_name, width_of_kind, write_amount,
};
use styles::{RowStyles, Styles};

pub use journal::JournalXlsx;

/// Writes a report as a workbook.
///
/// # Errors
/// [`ExportError::Xlsx`], or [`ExportError::Report`] when a total of a table is not the sum of its
/// parts: a workbook that would change its figures when it calculates is not written.
pub fn write_report(
    header: &ReportHeader,
    report: &Report,
    target: impl Write + Seek + Send,
) -> Result<(), ExportError> {
    let mut workbook = new_workbook(header, &report.name)?;
    let styles = Styles::new();
    let mut names = Vec::new();
    for table in &report.tables {
        table.verify()?;
        let name = sheet_name(&table.title, &names);
        let block = TitleBlock::new(header, report, &table.title, &table.subtitle);
        let sheet = workbook.add_worksheet();
        sheet.set_name(&name)?;
        write_table(sheet, &styles, &block, table)?;
        names.push(name);
    }
    let block = TitleBlock::new(header, report, "Ties", &[crate::ties::about(&report.ties)]);
    let sheet = workbook.add_worksheet();
    sheet.set_name(sheet_name("Ties", &names))?;
    write_ties(sheet, &styles, &block, &report.ties)?;
    workbook.save_to_writer(target)?;
    Ok(())
}

fn new_workbook(header: &ReportHeader, name: &str) -> Result<Workbook, ExportError> {
    let mut workbook = Workbook::new();
    let read_at = header.as_of.micros() / 1_000_000;
    workbook.set_properties(
        &DocProperties::new()
            .set_title(format!("{}, {name}", header.entity))
            .set_comment(format!("Ledger checkpoint {}", header.checkpoint.hash))
            .set_creation_datetime(&ExcelDateTime::from_timestamp(read_at)?),
    );
    Ok(workbook)
}

/// The width that the content of a column asks for.
fn width(table: &Table, index: usize) -> usize {
    let cells = table.rows.iter().filter_map(|row| row.cells.get(index));
    let content = cells.map(|cell| {
        let length = cell.plain().chars().count();
        // Separators between groups of three, and bold totals.
        if matches!(cell, Cell::Amount(..)) { length + length / 3 + 1 } else { length + 1 }
    });
    let column = &table.columns[index];
    let heading = if column.kind.is_numeric() {
        // A heading may wrap at its words.
        column.heading_with_unit().split(' ').map(|word| word.chars().count() + 2).max()
    } else {
        Some(column.heading_with_unit().chars().count() + 2)
    };
    let least = if column.kind.is_numeric() { 12 } else { width_of_kind(column.kind).min(12) };
    content.max().unwrap_or(0).max(heading.unwrap_or(0)).max(least)
}

fn write_table(
    sheet: &mut Worksheet,
    styles: &Styles,
    block: &TitleBlock,
    table: &Table,
) -> Result<(), ExportError> {
    let widths: Vec<usize> = (0..table.columns.len()).map(|index| width(table, index)).collect();
    let first = block.write(sheet, styles, &headings(&table.columns), &widths)?;
    for (position, row) in table.rows.iter().enumerate() {
        let row_styles = match row.kind {
            RowKind::Detail => &styles.detail,
            RowKind::Subtotal(_) => &styles.subtotal,
            RowKind::Total(_) => &styles.total,
        };
        for index in 0..row.cells.len() {
            let at = Place { table, first, position, index };
            write_cell(sheet, &at, row_styles)?;
        }
    }
    Ok(())
}

/// A cell's place in its table and on its sheet.
struct Place<'a> {
    table: &'a Table,
    /// Row of the sheet in which the first row of the table stands.
    first: u32,
    position: usize,
    index: usize,
}

impl Place<'_> {
    fn row(&self) -> &Row {
        &self.table.rows[self.position]
    }

    fn sheet_row(&self, position: usize) -> Result<u32, ExportError> {
        u32::try_from(position)
            .ok()
            .and_then(|row| self.first.checked_add(row))
            .ok_or_else(|| rust_xlsxwriter::XlsxError::RowColumnLimitError.into())
    }

    /// The formula that gives the cell's value from other cells, if it is a sum of others.
    fn formula(&self) -> Result<Option<Sum>, ExportError> {
        if self.row().kind != RowKind::Detail {
            return self.sum_down(self.row().kind.sums()).map(Some);
        }
        match &self.table.columns[self.index].sum_of {
            Some(columns) => self.sum_across(columns).map(Some),
            None => Ok(None),
        }
    }

    fn sum_down(&self, rows: &[Range<usize>]) -> Result<Sum, ExportError> {
        let letters = letters(self.index);
        let mut parts = Vec::new();
        for range in rows.iter().filter(|range| !range.is_empty()) {
            // Rows are numbered from 1 in formulas.
            let (from, to) = (self.sheet_row(range.start)? + 1, self.sheet_row(range.end)?);
            parts.push(format!("{letters}{from}:{letters}{to}"));
        }
        let cells = rows.iter().flat_map(Clone::clone);
        let all_exact = cells
            .filter_map(|row| self.table.rows.get(row)?.cells.get(self.index))
            .all(Sum::counts_in);
        Ok(Sum {
            formula: format!("=SUM({})", parts.join(",")),
            all_exact: all_exact && !parts.is_empty(),
        })
    }

    fn sum_across(&self, columns: &Range<usize>) -> Result<Sum, ExportError> {
        let row = self.sheet_row(self.position)? + 1;
        let (from, to) = (letters(columns.start), letters(columns.end.saturating_sub(1)));
        let all_exact = self.row().cells[columns.clone()].iter().all(Sum::counts_in);
        Ok(Sum { formula: format!("=SUM({from}{row}:{to}{row})"), all_exact })
    }
}

struct Sum {
    formula: String,
    /// Whether a spreadsheet holds every part as a number.
    all_exact: bool,
}

impl Sum {
    fn counts_in(cell: &Cell) -> bool {
        !matches!(cell, Cell::Amount(steps, unit) if exact(*steps, *unit).is_none())
    }
}

fn write_cell(sheet: &mut Worksheet, at: &Place, styles: &RowStyles) -> Result<(), ExportError> {
    let (row, index) = (at.sheet_row(at.position)?, column(at.index)?);
    let before = at.index.checked_sub(1).map(|before| at.table.columns[before].kind);
    let indented = before.is_some_and(ColumnKind::is_numeric);
    match &at.row().cells[at.index] {
        Cell::Empty => {
            sheet.write_blank(row, index, &styles.text)?;
        }
        Cell::Text(text) => {
            let style = if indented { &styles.text_indented } else { &styles.text };
            sheet.write_string_with_format(row, index, text, style)?;
        }
        Cell::Date(day) => {
            let style = if indented { &styles.date_indented } else { &styles.date };
            sheet.write_date_with_format(row, index, day, style)?;
        }
        Cell::Month(month) => {
            sheet.write_date_with_format(row, index, month.first_day(), &styles.month)?;
        }
        Cell::Count(count) => match exact_count(*count) {
            Some(number) => {
                sheet.write_with_format(row, index, number, &styles.count)?;
            }
            None => {
                sheet.write_string_with_format(
                    row,
                    index,
                    count.to_string(),
                    &styles.long_amount,
                )?;
            }
        },
        Cell::Percent(hundredths) => {
            let share = rust_decimal::Decimal::new(*hundredths, 4);
            sheet.write_with_format(row, index, share, &styles.percent)?;
        }
        Cell::Amount(steps, unit) => write_sum(sheet, at, (*steps, *unit), styles)?,
    }
    Ok(())
}

fn write_sum(
    sheet: &mut Worksheet,
    at: &Place,
    (steps, unit): (i128, Unit),
    styles: &RowStyles,
) -> Result<(), ExportError> {
    let (row, index) = (at.sheet_row(at.position)?, column(at.index)?);
    match at.formula()? {
        Some(sum) if sum.all_exact && exact(steps, unit).is_some() => {
            let formula = Formula::new(sum.formula).set_result(format_steps(steps, unit.scale()));
            sheet.write_formula_with_format(row, index, formula, styles.amount(unit.scale()))?;
        }
        sum => {
            write_amount(sheet, (row, index), (steps, unit), styles)?;
            if sum.is_some_and(|sum| !sum.all_exact) && exact(steps, unit).is_some() {
                annotate(sheet, row, index, NO_FORMULA)?;
            }
        }
    }
    Ok(())
}

fn write_ties(
    sheet: &mut Worksheet,
    styles: &Styles,
    block: &TitleBlock,
    ties: &[Tie],
) -> Result<(), ExportError> {
    let headings = [
        ("Tie", false),
        ("Left", true),
        ("Right", true),
        ("Unit", false),
        ("Equal", false),
        ("Left is", false),
        ("Right is", false),
    ]
    .map(|(heading, is_right)| (heading.to_owned(), is_right));
    let first = block.write(sheet, styles, &headings, &[44, 18, 18, 14, 9, 30, 44])?;
    for (row, tie) in (first..).zip(ties) {
        let detail = &styles.detail;
        sheet.write_string_with_format(row, 0, &tie.name, &detail.text)?;
        write_amount(sheet, (row, 1), (tie.left, tie.unit), detail)?;
        write_amount(sheet, (row, 2), (tie.right, tie.unit), detail)?;
        sheet.write_string_with_format(row, 3, tie.unit.code().as_str(), &detail.text_indented)?;
        let number = row + 1;
        let formula = Formula::new(format!("=B{number}=C{number}")).set_result(if tie.holds {
            "TRUE"
        } else {
            "FALSE"
        });
        let style = if tie.holds { &styles.holds } else { &styles.broken };
        sheet.write_formula_with_format(row, 4, formula, style)?;
        sheet.write_string_with_format(row, 5, &tie.left_label, &detail.text)?;
        sheet.write_string_with_format(row, 6, &tie.right_label, &detail.text)?;
    }
    Ok(())
}
