//! The journal as a workbook, written entry by entry.
//!
//! Rows go to a temporary file as they come, so a million of them need no more memory than one. When
//! a sheet is full (a spreadsheet ends at row 1,048,576) the journal goes on in the next one.

use std::io::{Seek, Write};

use rust_xlsxwriter::Workbook;
use scrip_journal::{AccountNames, Entry};
use scrip_revenue::{
    Cell, JournalTotals, Period, ReportHeader, Row, journal_columns, journal_rows,
};

use super::number::exact_count;
use super::sheet::{TitleBlock, column, headings, write_amount};
use super::styles::Styles;
use super::{new_workbook, write_ties};
use crate::error::ExportError;

/// Rows of a sheet.
const SHEET_ROWS_MAX: u32 = 1_048_576;
/// Characters of each column, in the order of the columns.
const WIDTHS: [usize; 16] = [11, 9, 15, 16, 9, 36, 16, 16, 14, 16, 16, 24, 24, 12, 40, 8];
/// Text columns that stand to the right of numbers.
const AFTER_NUMBERS: [u16; 2] = [2, 8];
const NAME: &str = "Journal";

/// Writes a journal entry by entry.
pub struct JournalXlsx {
    workbook: Workbook,
    header: ReportHeader,
    period: Period,
    styles: Styles,
    names: AccountNames,
    totals: JournalTotals,
    sheets: usize,
    /// The next free row of the last sheet.
    row: u32,
    rows_max: u32,
}

impl JournalXlsx {
    /// Starts a workbook; accounts are called as the company calls them.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn try_new(
        header: ReportHeader,
        period: Period,
        names: AccountNames,
    ) -> Result<Self, ExportError> {
        Self::with_rows_max(header, (period, names), SHEET_ROWS_MAX)
    }

    fn with_rows_max(
        header: ReportHeader,
        (period, names): (Period, AccountNames),
        rows_max: u32,
    ) -> Result<Self, ExportError> {
        let workbook = new_workbook(&header, NAME)?;
        let mut journal = Self {
            workbook,
            header,
            period,
            styles: Styles::new(),
            names,
            totals: JournalTotals::default(),
            sheets: 0,
            row: 0,
            rows_max,
        };
        journal.next_sheet()?;
        Ok(journal)
    }

    fn next_sheet(&mut self) -> Result<(), ExportError> {
        self.sheets += 1;
        let block =
            TitleBlock::of(&self.header, (NAME, self.period), "Every posting of every entry", &[]);
        let name =
            if self.sheets == 1 { NAME.to_owned() } else { format!("{NAME} {}", self.sheets) };
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        self.row = block.write(sheet, &self.styles, &headings(&journal_columns()), &WIDTHS)?;
        Ok(())
    }

    /// Writes an entry, a row for each posting.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn entry(&mut self, entry: &Entry) -> Result<(), ExportError> {
        self.totals.take(entry)?;
        let rows: Vec<Row> = journal_rows(entry, &self.names).collect();
        for row in rows {
            if self.row >= self.rows_max {
                self.next_sheet()?;
            }
            self.write(&row)?;
            self.row += 1;
        }
        Ok(())
    }

    fn write(&mut self, row: &Row) -> Result<(), ExportError> {
        let sheet = self.workbook.worksheet_from_index(self.sheets - 1)?;
        let styles = &self.styles.detail;
        for (index, cell) in row.cells.iter().enumerate() {
            let (at, index) = (self.row, column(index)?);
            match cell {
                Cell::Empty => {}
                Cell::Date(day) => {
                    sheet.write_date_with_format(at, index, day, &styles.date)?;
                }
                Cell::Amount(steps, unit) => {
                    write_amount(sheet, (at, index), (*steps, *unit), styles)?;
                }
                Cell::Count(count) if exact_count(*count).is_some() => {
                    sheet.write_with_format(at, index, exact_count(*count), &styles.count)?;
                }
                Cell::Text(text) if AFTER_NUMBERS.contains(&index) => {
                    sheet.write_string_with_format(at, index, text, &styles.text_indented)?;
                }
                Cell::Text(_) | Cell::Count(_) | Cell::Month(_) | Cell::Percent(_) => {
                    sheet.write_string(at, index, cell.plain())?;
                }
            }
        }
        Ok(())
    }

    /// Writes the totals and ties, and the file.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn finish(
        mut self,
        target: impl Write + Seek + Send,
    ) -> Result<JournalTotals, ExportError> {
        let ties = self.totals.ties();
        let about = [crate::ties::about(&ties)];
        let block = TitleBlock::of(&self.header, (NAME, self.period), "Ties", &about);
        let sheet = self.workbook.add_worksheet();
        sheet.set_name("Ties")?;
        write_ties(sheet, &self.styles, &block, &ties)?;
        self.workbook.save_to_writer(target)?;
        Ok(self.totals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrip_journal::{Account, Chain, Draft, EntryKind, Posting, checkpoint};
    use scrip_units::{Amount, CustomerCode, Instant, OperationId, Unit, Zone};

    #[test]
    fn a_journal_longer_than_a_sheet_goes_on_in_the_next() {
        let eur = Unit::currency("EUR".parse().unwrap()).unwrap();
        let header = ReportHeader {
            entity: "Acme BV".into(),
            currency: eur.code(),
            zone: Zone::UTC,
            as_of: Instant::MIN,
            days: None,
            through: None,
            basis: Vec::new(),
            checkpoint: checkpoint([]),
            config_revision: 0,
        };
        // Title, table, three lines, a blank one and the headings leave five rows of twelve.
        let period = Period::up_to("2026-01".parse().unwrap());
        let mut journal =
            JournalXlsx::with_rows_max(header, (period, AccountNames::default()), 12).unwrap();
        let mut chain = Chain::default();
        for number in 0..6 {
            let draft = Draft {
                kind: EntryKind::Payment,
                operation: OperationId::try_new(&format!("op-{number}")).unwrap(),
                effective_at: Instant::MIN,
                booked_on: "2026-01-05".parse().unwrap(),
                memo: String::new(),
                detail: None,
                postings: vec![
                    Posting::new(Account::CashClearing, Amount::from_steps(eur, 100)),
                    Posting::new(Account::AccountsReceivable, Amount::from_steps(eur, -100)),
                ],
            };
            let acme = CustomerCode::try_new("acme").unwrap();
            journal.entry(&chain.seal(&acme, draft).unwrap()).unwrap();
        }
        assert_eq!((journal.sheets, journal.row), (3, 9));
        let mut file = std::io::Cursor::new(Vec::new());
        assert_eq!(journal.finish(&mut file).unwrap().postings, 12);
    }
}
