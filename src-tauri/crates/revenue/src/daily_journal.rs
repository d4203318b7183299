//! The journal on a few pages: what each account took on each side, day by day.
//!
//! For paper: a month of usage has thousands of lines, and who signs a month off reads days and accounts.
//! Every line stands in the journal itself.

use std::collections::BTreeMap;
use std::ops::Range;

use scrip_journal::{Account, AccountClass, Entry};
use scrip_units::{Date, Unit};

use crate::report::{Period, Report, Tie};
use crate::table::{Cell, Column, ColumnKind, ReportError, Row, RowKind, Table, add};
use crate::trial_balance::Sides;

/// Sums of postings by day, unit and account, taken entry by entry.
#[derive(Debug, Clone, Default)]
pub struct DailyJournal {
    sums: BTreeMap<(Date, Unit, Account), Sides>,
}

impl DailyJournal {
    /// Adds the postings of an entry, on the day on which it is booked.
    ///
    /// # Errors
    /// [`ReportError::Overflow`].
    pub fn take(&mut self, entry: &Entry) -> Result<(), ReportError> {
        for posting in &entry.body.postings {
            let key = (entry.body.booked_on, posting.amount.unit(), posting.account);
            let sides = self.sums.entry(key).or_default();
            let steps = i128::from(posting.amount.steps());
            let side = if steps < 0 { &mut sides.credit } else { &mut sides.debit };
            *side = add(*side, steps.abs(), posting.account.code())?;
        }
        Ok(())
    }

    /// The report of a period: money first, then units, each with its total by unit.
    ///
    /// # Errors
    /// [`ReportError::Overflow`].
    pub fn report(self, period: Period) -> Result<Report, ReportError> {
        let (mut tables, mut ties) = (Vec::new(), Vec::new());
        for (title, units) in [("Money ledger", false), ("Units ledger", true)] {
            let of_ledger = self
                .sums
                .iter()
                .filter(|((_, _, account), _)| (account.class() == AccountClass::Units) == units);
            let mut by_unit: BTreeMap<Unit, Vec<_>> = BTreeMap::new();
            for ((day, unit, account), sides) in of_ledger {
                by_unit.entry(*unit).or_default().push((*day, *account, *sides));
            }
            tables.push(table(title, units, &by_unit, &mut ties)?);
        }
        Ok(Report { name: "Journal by day and account".into(), period, tables, ties })
    }
}

fn table(
    title: &str,
    units: bool,
    by_unit: &BTreeMap<Unit, Vec<(Date, Account, Sides)>>,
    ties: &mut Vec<Tie>,
) -> Result<Table, ReportError> {
    let kind = if units { ColumnKind::Units(None) } else { ColumnKind::Amount(None) };
    let mut table = Table::new(
        title,
        vec![
            Column::new("day", "Day", ColumnKind::Date),
            Column::new("account", "Account", ColumnKind::Text),
            Column::new("account_name", "Account name", ColumnKind::Text),
            Column::new("unit", "Unit", ColumnKind::Text),
            Column::new("debit", "Debit", kind),
            Column::new("credit", "Credit", kind),
        ],
    );
    table.subtitle.push("Sums of the day; every line stands in the journal itself.".into());
    for (unit, rows) in by_unit {
        let first = table.rows.len();
        let mut sum = Sides::default();
        for (day, account, sides) in rows {
            sum.debit = add(sum.debit, sides.debit, account.code())?;
            sum.credit = add(sum.credit, sides.credit, account.code())?;
            table.rows.push(Row::detail(vec![
                Cell::Date(*day),
                Cell::text(account.number()),
                Cell::text(account.name()),
                Cell::text(unit.code().as_str()),
                Cell::Amount(sides.debit, *unit),
                Cell::Amount(sides.credit, *unit),
            ]));
        }
        let details: Range<usize> = first..table.rows.len();
        let code = Cell::text(unit.code().as_str());
        let labels = vec![Cell::Empty, Cell::Empty, Cell::text("Total"), code];
        table.push_sum(RowKind::Total(vec![details]), labels)?;
        ties.push(Tie::new(
            format!("Debits and credits, {}", unit.code()),
            *unit,
            ("debits", sum.debit),
            ("credits", sum.credit),
        ));
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrip_journal::{Chain, Draft, EntryKind, Posting};
    use scrip_units::{Amount, CustomerCode, Instant, OperationId};

    fn entry(chain: &mut Chain, day: &str, lines: &[(Account, Unit, i64)]) -> Entry {
        let draft = Draft {
            kind: EntryKind::Purchase,
            operation: OperationId::try_new(day).unwrap(),
            effective_at: Instant::MIN,
            booked_on: day.parse().unwrap(),
            memo: String::new(),
            detail: None,
            postings: lines
                .iter()
                .map(|(account, unit, steps)| {
                    Posting::new(*account, Amount::from_steps(*unit, *steps))
                })
                .collect(),
        };
        chain.seal(&CustomerCode::try_new("acme").unwrap(), draft).unwrap()
    }

    #[test]
    fn the_postings_of_a_day_are_one_line_for_each_account() {
        let (eur, credits) = (crate::testing::eur(), crate::testing::unit("credit"));
        let bought = |steps: i64| {
            [
                (Account::CashClearing, eur, steps),
                (Account::ClPurchased, eur, -steps),
                (Account::UnitsAvailable, credits, steps),
                (Account::UnitsIssued, credits, -steps),
            ]
        };
        let mut chain = Chain::default();
        let mut journal = DailyJournal::default();
        for (day, steps) in [("2026-01-06", 300), ("2026-01-05", 1000), ("2026-01-05", 500)] {
            journal.take(&entry(&mut chain, day, &bought(steps))).unwrap();
        }
        let report = journal.report(Period::up_to("2026-01".parse().unwrap())).unwrap();
        assert!(report.ties_hold() && report.ties.len() == 2);
        let lines: Vec<_> = report.tables[0]
            .rows
            .iter()
            .map(|row| row.cells.iter().map(Cell::plain).collect::<Vec<_>>().join("|"))
            .collect();
        report.tables.iter().for_each(|table| table.verify().unwrap());
        assert_eq!(
            lines,
            [
                "2026-01-05|1000|Cash clearing|EUR|15.00|0.00",
                "2026-01-05|2000|Contract liability: purchased credits|EUR|0.00|15.00",
                "2026-01-06|1000|Cash clearing|EUR|3.00|0.00",
                "2026-01-06|2000|Contract liability: purchased credits|EUR|0.00|3.00",
                "||Total|EUR|18.00|18.00",
            ]
        );
    }
}
