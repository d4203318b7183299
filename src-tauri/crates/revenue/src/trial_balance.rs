//! The trial balance: what every account has taken on each side, per unit, up to the end of a month.
//!
//! Every other report is tied to it, so it is computed in the plainest way there is: one pass over
//! the facts, summed by account and unit, nothing derived.

use std::collections::BTreeMap;
use std::ops::Range;

use scrip_journal::{Account, AccountClass};
use scrip_units::{Month, Unit};

use crate::fact::Fact;
use crate::report::{Period, Report, Tie};
use crate::table::{Cell, Column, ColumnKind, ReportError, Row, RowKind, Table, add, sub};

/// Both sides of an account in one unit, in smallest steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sides {
    /// Sum of debits.
    pub debit: i128,
    /// Sum of credits, a positive number.
    pub credit: i128,
}

impl Sides {
    /// Debits less credits.
    ///
    /// # Errors
    /// [`ReportError::Overflow`].
    pub fn balance(&self) -> Result<i128, ReportError> {
        sub(self.debit, self.credit, "a balance")
    }

    pub(crate) fn take(&mut self, fact: &Fact) -> Result<(), ReportError> {
        self.debit = add(self.debit, fact.debit, fact.account.code())?;
        self.credit = add(self.credit, fact.credit, fact.account.code())?;
        Ok(())
    }
}

/// The two sides of every account and unit that has any posting.
pub type Balances = BTreeMap<(Unit, Account), Sides>;

/// The balances of all accounts over the facts of a period.
///
/// # Errors
/// [`ReportError::Overflow`].
pub fn balances(facts: &[Fact], period: Period) -> Result<Balances, ReportError> {
    let mut balances = Balances::new();
    for fact in facts.iter().filter(|fact| period.contains(fact.month)) {
        balances.entry((fact.unit, fact.account)).or_default().take(fact)?;
    }
    Ok(balances)
}

/// Sums, per unit, the balances (debits less credits) of the accounts whose class is asked for.
pub(crate) fn by_class(
    balances: &Balances,
    classes: &[AccountClass],
) -> Result<BTreeMap<Unit, i128>, ReportError> {
    let mut sums = BTreeMap::new();
    for ((unit, account), sides) in balances {
        if classes.contains(&account.class()) {
            let sum = sums.entry(*unit).or_default();
            *sum = add(*sum, sides.balance()?, account.code())?;
        }
    }
    Ok(sums)
}

/// The trial balance at the end of the month `as_of`: the money ledger and the units ledger.
/// Balances are debits less credits; every unit adds up to zero.
///
/// # Errors
/// [`ReportError::Overflow`].
pub fn trial_balance(facts: &[Fact], as_of: Month) -> Result<Report, ReportError> {
    let period = Period::up_to(as_of);
    let balances = balances(facts, period)?;
    let (mut tables, mut ties) = (Vec::new(), Vec::new());
    for (title, ledger, units) in
        [("Money ledger", "the money ledger", false), ("Units ledger", "the units ledger", true)]
    {
        let of_ledger: Vec<_> = balances
            .iter()
            .filter(|((_, account), _)| (account.class() == AccountClass::Units) == units)
            .collect();
        let table = section(title, units, &of_ledger)?;
        for row in &table.rows {
            if let (
                RowKind::Total(_),
                [.., Cell::Amount(debit, unit), Cell::Amount(credit, _), _],
            ) = (&row.kind, row.cells.as_slice())
            {
                ties.push(Tie::new(
                    format!("Debits and credits of {ledger}, {}", unit.code()),
                    *unit,
                    ("debits", *debit),
                    ("credits", *credit),
                ));
            }
        }
        tables.push(table);
    }
    Ok(Report { name: "Trial balance".into(), period, tables, ties })
}

fn section(
    title: &str,
    units: bool,
    balances: &[(&(Unit, Account), &Sides)],
) -> Result<Table, ReportError> {
    let kind = if units { ColumnKind::Units(None) } else { ColumnKind::Amount(None) };
    let mut table = Table::new(
        title,
        vec![
            Column::new("unit", "Unit", ColumnKind::Text),
            Column::new("account", "Account", ColumnKind::Text),
            Column::new("account_name", "Account name", ColumnKind::Text),
            Column::new("debit", "Debit", kind),
            Column::new("credit", "Credit", kind),
            Column::new("balance", "Balance", kind),
        ],
    );
    table.subtitle.push("Balances are debits less credits; each unit adds up to zero.".into());
    for of_unit in balances.chunk_by(|left, right| left.0.0 == right.0.0) {
        let first = table.rows.len();
        for ((unit, account), sides) in of_unit {
            table.rows.push(Row::detail(vec![
                Cell::text(unit.code().as_str()),
                Cell::text(account.number()),
                Cell::text(account.name()),
                Cell::Amount(sides.debit, *unit),
                Cell::Amount(sides.credit, *unit),
                Cell::Amount(sides.balance()?, *unit),
            ]));
        }
        let details: Range<usize> = first..table.rows.len();
        let unit = of_unit.first().map(|((unit, _), _)| unit.code().to_string());
        let labels = vec![Cell::optional(unit), Cell::Empty, Cell::text("Total")];
        table.push_sum(RowKind::Total(vec![details]), labels)?;
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{books, month};

    #[test]
    fn both_ledgers_add_up_to_zero_per_unit() {
        let report = trial_balance(&books(), month("2026-03")).unwrap();
        for table in &report.tables {
            table.verify().unwrap();
            for row in table.rows.iter().filter(|row| row.kind != RowKind::Detail) {
                assert!(matches!(row.cells[5], Cell::Amount(0, _)), "{row:?}");
            }
        }
        assert_eq!(report.ties.len(), 3);
        assert!(report.ties_hold());
    }

    #[test]
    fn what_is_booked_later_is_not_in_it() {
        let report = trial_balance(&books(), month("2025-12")).unwrap();
        assert!(report.tables.iter().all(|table| table.rows.is_empty()));
    }

    #[test]
    fn a_ledger_that_does_not_balance_breaks_its_tie() {
        let mut facts = books();
        facts.remove(0);
        assert!(!trial_balance(&facts, month("2026-03")).unwrap().ties_hold());
    }

    #[test]
    fn sums_that_leave_128_bits_are_refused() {
        let mut facts = books();
        facts[0].debit = i128::MAX;
        facts[1] = facts[0].clone();
        assert!(matches!(
            trial_balance(&facts, month("2026-03")),
            Err(ReportError::Overflow { .. })
        ));
    }
}
