//! The debit/credit journal: every posting of every entry as a row.
//!
//! Rows are made one entry at a time, so that a journal of any length can be written with the memory
//! of one entry; [`JournalTotals`] keeps the sums for its ties.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use scrip_journal::{AccountClass, AccountNames, Entry, Posting};
use scrip_units::Unit;

use crate::report::{Period, Report, Tie};
use crate::table::{Cell, Column, ColumnKind, ReportError, Row, Table, add};
use crate::trial_balance::Sides;

/// The columns of the journal.
#[must_use]
pub fn journal_columns() -> Vec<Column> {
    use ColumnKind::{Amount, Count, Date, Text};
    [
        ("date", "Date", Date),
        ("entry", "Entry", Count),
        ("kind", "Kind", Text),
        ("customer", "Customer", Text),
        ("account", "Account", Text),
        ("account_name", "Account name", Text),
        ("debit", "Debit", Amount(None)),
        ("credit", "Credit", Amount(None)),
        ("unit", "Unit", Text),
        ("wallet", "Wallet", Text),
        ("lot", "Lot", Text),
        ("rate", "Rate", Text),
        ("dimensions", "Dimensions", Text),
        ("service_day", "Service day", Date),
        ("memo", "Memo", Text),
        ("late", "Late", Text),
    ]
    .into_iter()
    .map(|(key, heading, kind)| Column::new(key, heading, kind))
    .collect()
}

/// The report dimensions of a posting as one text: `model=opus; region=eu`.
#[must_use]
pub fn dimensions_text(posting: &Posting) -> String {
    let mut text = String::new();
    for (name, value) in posting.dimensions.iter() {
        let separator = if text.is_empty() { "" } else { "; " };
        // Writing into a string cannot fail.
        let _ = write!(text, "{separator}{name}={value}");
    }
    text
}

/// The rows of one entry, one for each posting, in the order of the entry, with the accounts as the
/// company calls them.
pub fn journal_rows<'a>(
    entry: &'a Entry,
    names: &'a AccountNames,
) -> impl Iterator<Item = Row> + 'a {
    entry.body.postings.iter().map(move |posting| {
        let unit = posting.amount.unit();
        let steps = i128::from(posting.amount.steps());
        let (debit, credit) = if steps < 0 {
            (Cell::Empty, Cell::Amount(-steps, unit))
        } else {
            (Cell::Amount(steps, unit), Cell::Empty)
        };
        let dimensions = dimensions_text(posting);
        Row::detail(vec![
            Cell::Date(entry.body.booked_on),
            Cell::Count(entry.number),
            Cell::text(entry.body.kind.code()),
            Cell::text(entry.customer.as_str()),
            Cell::text(names.number(posting.account)),
            Cell::text(names.name(posting.account)),
            debit,
            credit,
            Cell::text(unit.code().as_str()),
            Cell::optional(posting.wallet.as_ref()),
            Cell::optional(posting.lot.as_ref()),
            Cell::optional(posting.rate.as_ref()),
            Cell::optional(Some(dimensions).filter(|text| !text.is_empty())),
            posting.service_day.map_or(Cell::Empty, Cell::Date),
            Cell::optional(Some(&entry.body.memo).filter(|memo| !memo.is_empty())),
            Cell::optional(entry.late.then_some("late")),
        ])
    })
}

/// Sums of debits and credits per ledger and unit, kept while a journal is written.
#[derive(Debug, Clone, Default)]
pub struct JournalTotals {
    sums: BTreeMap<(bool, Unit), Sides>,
    /// Entries so far.
    pub entries: u64,
    /// Postings so far.
    pub postings: u64,
}

impl JournalTotals {
    /// Counts an entry in.
    ///
    /// # Errors
    /// [`ReportError::Overflow`].
    pub fn take(&mut self, entry: &Entry) -> Result<(), ReportError> {
        self.entries += 1;
        for posting in &entry.body.postings {
            self.postings += 1;
            let units = posting.account.class() == AccountClass::Units;
            let sides = self.sums.entry((units, posting.amount.unit())).or_default();
            let steps = i128::from(posting.amount.steps());
            if steps < 0 {
                sides.credit = add(sides.credit, -steps, "the journal")?;
            } else {
                sides.debit = add(sides.debit, steps, "the journal")?;
            }
        }
        Ok(())
    }

    /// Debits against credits, per ledger and unit.
    #[must_use]
    pub fn ties(&self) -> Vec<Tie> {
        self.sums
            .iter()
            .map(|((units, unit), sides)| {
                let ledger = if *units { "units ledger" } else { "money ledger" };
                Tie::new(
                    format!("Debits and credits of the {ledger}, {}", unit.code()),
                    *unit,
                    ("debits", sides.debit),
                    ("credits", sides.credit),
                )
            })
            .collect()
    }

    /// Debits and credits, first of the money ledger, then of the units ledger.
    pub fn sides(&self) -> impl Iterator<Item = (Unit, Sides)> + '_ {
        self.sums.iter().map(|((_, unit), sides)| (*unit, *sides))
    }
}

/// The journal as one table in memory, for a screen or a short period; exports of many entries write
/// [`journal_rows`] one entry at a time instead. `period` is what the entries were chosen by.
///
/// # Errors
/// [`ReportError::Overflow`].
pub fn journal<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    period: Period,
) -> Result<Report, ReportError> {
    let names = AccountNames::default();
    let mut table = Table::new("Journal", journal_columns());
    let mut totals = JournalTotals::default();
    for entry in entries {
        totals.take(entry)?;
        table.rows.extend(journal_rows(entry, &names));
    }
    Ok(Report { name: "Journal".into(), period, ties: totals.ties(), tables: vec![table] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrip_journal::{Account, Chain, Draft, EntryKind};
    use scrip_units::{Amount, CustomerCode, Instant, OperationId};

    #[test]
    fn debits_and_credits_of_both_ledgers_are_kept_apart() {
        let (eur, credits) = (crate::testing::eur(), crate::testing::unit("credit"));
        let draft = Draft {
            kind: EntryKind::Purchase,
            operation: OperationId::try_new("op-1").unwrap(),
            effective_at: Instant::MIN,
            booked_on: "2026-01-05".parse().unwrap(),
            memo: "100 credits".into(),
            detail: None,
            postings: vec![
                Posting::new(Account::CashClearing, Amount::from_steps(eur, 1000)),
                Posting::new(Account::ClPurchased, Amount::from_steps(eur, -1000)),
                Posting::new(Account::UnitsAvailable, Amount::from_steps(credits, 100)),
                Posting::new(Account::UnitsIssued, Amount::from_steps(credits, -100)),
            ],
        };
        let acme = CustomerCode::try_new("acme").unwrap();
        let entry = Chain::default().seal(&acme, draft).unwrap();
        let period = Period::up_to("2026-01".parse().unwrap());
        let report = journal([&entry], period).unwrap();
        report.tables[0].verify().unwrap();
        assert!(report.ties_hold());
        assert_eq!(report.ties.len(), 2);
        let second: Vec<_> = report.tables[0].rows[1].cells.iter().map(Cell::plain).collect();
        assert_eq!(
            second.join("|"),
            "2026-01-05|1|purchase|acme|2000|Contract liability: purchased credits||10.00|EUR||||||100 credits|"
        );
    }
}
