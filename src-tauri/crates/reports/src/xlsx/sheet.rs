//! What all sheets have in common: title block, headings, widths, print set-up.

use rust_xlsxwriter::{IgnoreError, Note, Worksheet};
use scrip_revenue::{Column, ColumnKind, Period, Report, ReportHeader};
use scrip_units::Scale;

use super::number::TOO_LONG;
use super::styles::Styles;
use crate::error::ExportError;
use crate::format::grouped;

/// Widest and narrowest column, in characters.
const WIDTHS: std::ops::RangeInclusive<u16> = 9..=64;
/// Height of a line of headings, in points.
const LINE_POINTS: u16 = 15;
/// DIN A4.
const PAPER_A4: u8 = 9;
/// The last row of a sheet, from zero.
const LAST_ROW: u32 = 1_048_575;
/// Longest name of a sheet.
const NAME_CHARS_MAX: usize = 31;

/// What stands above the table: who, what, when, on which basis, from which ledger.
pub(super) struct TitleBlock {
    title: String,
    table: String,
    lines: Vec<String>,
    footer: String,
}

impl TitleBlock {
    pub(super) fn new(
        header: &ReportHeader,
        report: &Report,
        table: &str,
        about: &[String],
    ) -> Self {
        Self::of(header, (&report.name, report.period), table, about)
    }

    /// A block for a report of a name and a period, with the title of a table and what is said about
    /// it.
    pub(super) fn of(
        header: &ReportHeader,
        (name, period): (&str, Period),
        table: &str,
        about: &[String],
    ) -> Self {
        let mut lines = vec![
            format!("{}, functional currency {}", header.entity, header.currency),
            format!(
                "Period: {}. Read at {} (days of {})",
                header.covers(period),
                header.as_of,
                header.zone
            ),
        ];
        lines.extend(header.basis.iter().map(|basis| format!("Basis: {basis}")));
        let checkpoint = &header.checkpoint;
        lines.push(format!(
            "Ledger checkpoint {}: {} entries in {} chains; configuration revision {}",
            checkpoint.hash,
            grouped(i128::from(checkpoint.entries), Scale::ZERO),
            grouped(i128::from(checkpoint.chains), Scale::ZERO),
            header.config_revision
        ));
        lines.extend(about.iter().cloned());
        // A footer holds 255 characters; `&` begins a code in it.
        let name_part: String = format!("{}, {name}", header.entity).chars().take(120).collect();
        let footer = format!(
            "&L{}&CPage &P of &N&RCheckpoint {}",
            name_part.replace('&', "&&"),
            checkpoint.hash.short()
        );
        Self { title: name.to_owned(), table: table.to_owned(), lines, footer }
    }

    /// Position of the row with the headings, which comes after a blank row.
    pub(super) fn heading_row(&self) -> u32 {
        u32::try_from(self.lines.len()).unwrap_or(u32::MAX / 2) + 3
    }

    /// Writes the block and the headings, freezes them, sets widths and print set-up. Gives the
    /// position of the first row below.
    pub(super) fn write(
        &self,
        sheet: &mut Worksheet,
        styles: &Styles,
        headings: &[(String, bool)],
        widths: &[usize],
    ) -> Result<u32, ExportError> {
        let heading_row = self.heading_row();
        for (index, width) in widths.iter().enumerate() {
            let width =
                u16::try_from(*width).unwrap_or(u16::MAX).clamp(*WIDTHS.start(), *WIDTHS.end());
            sheet.set_column_width(column(index)?, width)?;
        }
        sheet.set_landscape().set_paper_size(PAPER_A4).set_print_fit_to_pages(1, 0);
        sheet.set_repeat_rows(heading_row, heading_row)?;
        sheet.set_footer(&self.footer);
        sheet.set_freeze_panes(heading_row + 1, 1)?;
        // Account numbers are names, and amounts with too many digits are text on purpose.
        let last = column(headings.len().saturating_sub(1))?;
        let as_text = IgnoreError::NumberStoredAsText;
        sheet.ignore_error_range(heading_row, 0, LAST_ROW, last, as_text)?;
        sheet.write_string_with_format(0, 0, &self.title, &styles.title)?;
        sheet.write_string_with_format(1, 0, &self.table, &styles.table)?;
        for (row, line) in (2..).zip(&self.lines) {
            sheet.write_string_with_format(row, 0, line, &styles.note)?;
        }
        let lines =
            headings.iter().zip(widths).map(|((heading, _), width)| wrapped(heading, *width));
        let lines = u16::try_from(lines.max().unwrap_or(1)).unwrap_or(1);
        sheet.set_row_height(heading_row, lines.saturating_mul(LINE_POINTS))?;
        let mut after_number = false;
        for (index, (heading, is_right)) in headings.iter().enumerate() {
            let style = match (*is_right, after_number) {
                (true, _) => &styles.heading_right,
                (false, false) => &styles.heading,
                (false, true) => &styles.heading_indented,
            };
            after_number = *is_right;
            sheet.write_string_with_format(heading_row, column(index)?, heading, style)?;
        }
        Ok(heading_row + 1)
    }
}

/// The number of lines a heading takes in a column of some characters.
fn wrapped(heading: &str, width: usize) -> usize {
    let (mut lines, mut used) = (1, 0);
    for word in heading.split(' ').map(|word| word.chars().count()) {
        let wanted = if used == 0 { word } else { used + 1 + word };
        // Bold letters are wider than the figure that widths are counted in.
        if used > 0 && wanted + wanted / 10 >= width {
            lines += 1;
            used = word;
        } else {
            used = wanted;
        }
    }
    lines
}

/// The headings of columns, and whether they stand to the right.
pub(super) fn headings(columns: &[Column]) -> Vec<(String, bool)> {
    columns.iter().map(|c| (c.heading_with_unit(), c.kind.is_numeric())).collect()
}

/// A width for a column of a kind, before its content is known.
pub(super) fn width_of_kind(kind: ColumnKind) -> usize {
    match kind {
        ColumnKind::Text => 16,
        ColumnKind::Date => 12,
        ColumnKind::Month => 9,
        ColumnKind::Amount(_) | ColumnKind::Units(_) => 16,
        ColumnKind::Count => 9,
        ColumnKind::Percent => 10,
    }
}

/// A column as the number that the writer wants.
pub(super) fn column(index: usize) -> Result<u16, ExportError> {
    u16::try_from(index).map_err(|_| rust_xlsxwriter::XlsxError::RowColumnLimitError.into())
}

/// The letters of a column: A, B, ..., Z, AA.
pub(super) fn letters(mut index: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[index % 26]));
        if index < 26 {
            break;
        }
        index = index / 26 - 1;
    }
    letters.iter().rev().collect()
}

/// A name that a sheet may have and that no sheet of the workbook has yet.
pub(super) fn sheet_name(title: &str, taken: &[String]) -> String {
    let clean: String = title
        .chars()
        .map(|c| if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'') { ' ' } else { c })
        .collect();
    let clean = clean.trim();
    let clean = if clean.is_empty() { "Table" } else { clean };
    let mut name: String = clean.chars().take(NAME_CHARS_MAX).collect();
    for number in 2.. {
        if !taken.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
            break;
        }
        let suffix = format!(" ({number})");
        name = clean.chars().take(NAME_CHARS_MAX - suffix.len()).collect::<String>() + &suffix;
    }
    name
}

/// Adds a note to a cell.
pub(super) fn annotate(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
) -> Result<(), ExportError> {
    sheet.insert_note(row, column, &Note::new(text).set_width(260).set_height(90))?;
    Ok(())
}

/// Writes an amount: a number where a spreadsheet holds it exactly, otherwise text with a note.
pub(super) fn write_amount(
    sheet: &mut Worksheet,
    at: (u32, u16),
    (steps, unit): (i128, scrip_units::Unit),
    styles: &super::styles::RowStyles,
) -> Result<(), ExportError> {
    match super::number::exact(steps, unit) {
        Some(number) => {
            sheet.write_with_format(at.0, at.1, number, styles.amount(unit.scale()))?;
        }
        None => {
            let text = scrip_units::format_steps(steps, unit.scale());
            sheet.write_string_with_format(at.0, at.1, text, &styles.long_amount)?;
            annotate(sheet, at.0, at.1, TOO_LONG)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_letters_of_spreadsheets() {
        for (index, want) in
            [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
        {
            assert_eq!(letters(index), want);
        }
    }

    #[test]
    fn sheets_have_names_that_are_allowed_and_their_own() {
        let long = "Revenue by month booked, a_very_long_unit_code";
        let first = sheet_name(long, &[]);
        assert_eq!(first, "Revenue by month booked, a_very");
        assert_eq!(sheet_name(long, &[first.to_uppercase()]), "Revenue by month booked, a_ (2)");
        assert_eq!(sheet_name("a/b:c", &[]), "a b c");
        assert_eq!(sheet_name("'", &[]), "Table");
    }
}
