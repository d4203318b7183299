//! CSV: RFC 4180, UTF-8, one heading row and then the detail rows, nothing else.
//!
//! Amounts are plain decimals (`-1234.50`), days ISO dates, months `2026-03`; a heading names the unit
//! where the whole column shares it. Totals are left out, so that a program that adds up a column
//! gets the right answer; spreadsheets with totals are what [`crate::xlsx`] is for.
//!
//! Text that a spreadsheet would take for a formula (its first character is `=`, `+`, `-`, `@`, a
//! tab or a carriage return) gets a `'` before it. Numbers are never touched: `-5.00` stays `-5.00`.

use std::io::Write;

use ::csv::{Terminator, Writer, WriterBuilder};
use scrip_journal::{AccountNames, Entry};
use scrip_revenue::{
    Cell, Column, JournalTotals, Row, RowKind, Table, journal_columns, journal_rows,
};

use crate::error::ExportError;

/// Makes text harmless to spreadsheets, see the module.
#[must_use]
pub fn guard(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn writer<W: Write>(target: W) -> Writer<W> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(target)
}

fn headings<W: Write>(csv: &mut Writer<W>, columns: &[Column]) -> Result<(), ExportError> {
    csv.write_record(columns.iter().map(|column| guard(&column.heading_with_unit())))?;
    Ok(())
}

fn record<W: Write>(csv: &mut Writer<W>, row: &Row) -> Result<(), ExportError> {
    for cell in &row.cells {
        let plain = cell.plain();
        csv.write_field(if let Cell::Text(text) = cell { guard(text) } else { plain })?;
    }
    csv.write_record(None::<&[u8]>)?;
    Ok(())
}

/// Writes the headings and the detail rows of one table.
///
/// # Errors
/// [`ExportError::Io`] or [`ExportError::Csv`].
pub fn write_table(table: &Table, target: impl Write) -> Result<(), ExportError> {
    let mut csv = writer(target);
    headings(&mut csv, &table.columns)?;
    for row in table.rows.iter().filter(|row| row.kind == RowKind::Detail) {
        record(&mut csv, row)?;
    }
    csv.flush()?;
    Ok(())
}

/// Writes a journal entry by entry, with the memory of one entry.
pub struct JournalCsv<W: Write> {
    csv: Writer<W>,
    names: AccountNames,
    totals: JournalTotals,
}

impl<W: Write> JournalCsv<W> {
    /// Starts a journal with its headings; accounts are called as the company calls them.
    ///
    /// # Errors
    /// [`ExportError::Io`] or [`ExportError::Csv`].
    pub fn try_new(target: W, names: AccountNames) -> Result<Self, ExportError> {
        let mut csv = writer(target);
        headings(&mut csv, &journal_columns())?;
        Ok(Self { csv, names, totals: JournalTotals::default() })
    }

    /// Writes an entry, a row for each posting.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn entry(&mut self, entry: &Entry) -> Result<(), ExportError> {
        self.totals.take(entry)?;
        for row in journal_rows(entry, &self.names) {
            record(&mut self.csv, &row)?;
        }
        Ok(())
    }

    /// Ends the file; the totals hold the ties of what was written.
    ///
    /// # Errors
    /// [`ExportError::Io`].
    pub fn finish(mut self) -> Result<JournalTotals, ExportError> {
        self.csv.flush()?;
        Ok(self.totals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrip_revenue::{Column, ColumnKind};
    use scrip_units::{Unit, UnitCode};

    fn written(table: &Table) -> String {
        let mut bytes = Vec::new();
        write_table(table, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn text_cannot_become_a_formula_and_numbers_stay_numbers() {
        let eur = Unit::currency(UnitCode::try_new("EUR").unwrap()).unwrap();
        let mut table = Table::new(
            "t",
            vec![
                Column::new("who", "Who", ColumnKind::Text),
                Column::new("paid", "Paid", ColumnKind::Amount(Some(eur))),
            ],
        );
        for text in ["=1+1", "+49 20", "-x", "@sum", "\tx", "plain", "a,\"b\"\nc"] {
            table.rows.push(Row::detail(vec![Cell::text(text), Cell::Amount(-500, eur)]));
        }
        let details = 0..table.rows.len();
        table.push_sum(RowKind::Total(vec![details]), vec![Cell::text("Total")]).unwrap();
        assert_eq!(
            written(&table),
            "Who,Paid (EUR)\r\n'=1+1,-5.00\r\n'+49 20,-5.00\r\n'-x,-5.00\r\n'@sum,-5.00\r\n\
             '\tx,-5.00\r\nplain,-5.00\r\n\"a,\"\"b\"\"\nc\",-5.00\r\n"
        );
    }
}
