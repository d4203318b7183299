//! The waterfall: revenue by the month in which it was deferred and the month in which it was
//! recognised, and what is still deferred at the end.

use std::collections::{BTreeMap, BTreeSet};

use scrip_journal::{Account, AccountClass};
use scrip_units::{Month, Unit};

use crate::fact::Fact;
use crate::report::{Period, Report, Tie};
use crate::roll_forward::closing;
use crate::table::{Cell, Column, ColumnKind, ReportError, Row, RowKind, Table, add, sub};
use crate::trial_balance::{balances, by_class};

const REVENUE: [AccountClass; 2] = [AccountClass::Revenue, AccountClass::ContraRevenue];

/// Which revenue a table of the waterfall shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Usage,
    Breakage,
}

impl Part {
    fn has(self, account: Account) -> bool {
        match self {
            Self::All => REVENUE.contains(&account.class()),
            Self::Usage => account == Account::RevenueUsage,
            Self::Breakage => account == Account::RevenueBreakage,
        }
    }

    fn title(self, unit: Unit) -> String {
        match self {
            Self::All => format!("Revenue by month booked, {}", unit.code()),
            Self::Usage => format!("Of which usage, {}", unit.code()),
            Self::Breakage => format!("Of which breakage, {}", unit.code()),
        }
    }
}

#[derive(Debug, Clone, Default)]
struct Line {
    recognised: BTreeMap<Month, i128>,
    deferred: i128,
}

/// Month booked; fees charged in advance, and revenue and liabilities that come from no lot, sort after
/// all months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Booked {
    In(Month),
    Fees,
    Nowhere,
}

impl Booked {
    fn of(fact: &Fact) -> Self {
        match (fact.lot_month, fact.account) {
            (Some(month), _) => Self::In(month),
            (
                None,
                Account::ClUpfrontFee | Account::RevenueSetup | Account::RevenueSubscription,
            ) => Self::Fees,
            (None, _) => Self::Nowhere,
        }
    }
}

/// The waterfall of a period, per currency: rows are months booked (revenue that was never deferred,
/// such as overage, has its own row), columns are months recognised, then what is still deferred at
/// the end of the period; beside it the parts that are usage and breakage.
///
/// # Errors
/// [`ReportError`].
pub fn waterfall(facts: &[Fact], from: Month, to: Month) -> Result<Report, ReportError> {
    let period = Period::between(from, to)?;
    let units: BTreeSet<Unit> = facts
        .iter()
        .filter(|f| f.month <= to && (REVENUE.contains(&f.account.class()) || is_deferred(f)))
        .map(|fact| fact.unit)
        .collect();
    let booked = by_class(&balances(facts, period)?, &REVENUE)?;
    let owed = closing(facts, to)?;
    let (mut tables, mut ties) = (Vec::new(), Vec::new());
    for unit in units {
        for part in [Part::All, Part::Usage, Part::Breakage] {
            let table = table(facts, period, unit, part)?;
            if part == Part::All {
                let total = |key| table.column(key).zip(table.rows.len().checked_sub(1));
                let figure =
                    |key| match total(key).map(|(column, row)| &table.rows[row].cells[column]) {
                        Some(Cell::Amount(steps, _)) => *steps,
                        _ => 0,
                    };
                ties.push(Tie::new(
                    format!("Recognised revenue and trial balance, {}", unit.code()),
                    unit,
                    ("recognised in the period", figure("recognised")),
                    ("revenue accounts", -booked.get(&unit).copied().unwrap_or(0)),
                ));
                ties.push(Tie::new(
                    format!("Still deferred and roll-forward, {}", unit.code()),
                    unit,
                    ("still deferred", figure("deferred")),
                    ("closing of the roll-forward", owed.get(&unit).copied().unwrap_or(0)),
                ));
            }
            if part == Part::All || table.rows.len() > 1 {
                tables.push(table);
            }
        }
    }
    Ok(Report { name: "Revenue waterfall".into(), period, tables, ties })
}

fn is_deferred(fact: &Fact) -> bool {
    fact.account.class() == AccountClass::ContractLiability
}

fn lines(
    facts: &[Fact],
    period: Period,
    unit: Unit,
    part: Part,
) -> Result<BTreeMap<Booked, Line>, ReportError> {
    let mut lines: BTreeMap<Booked, Line> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.unit == unit && fact.month <= period.to) {
        // Revenue and liabilities both grow on the credit side.
        let steps = sub(fact.credit, fact.debit, fact.account.code())?;
        if part.has(fact.account) && period.contains(fact.month) {
            let line = lines.entry(Booked::of(fact)).or_default();
            let sum = line.recognised.entry(fact.month).or_default();
            *sum = add(*sum, steps, "recognised revenue")?;
        }
        if part == Part::All && is_deferred(fact) {
            let line = lines.entry(Booked::of(fact)).or_default();
            line.deferred = add(line.deferred, steps, "deferred revenue")?;
        }
    }
    lines.retain(|_, line| line.deferred != 0 || line.recognised.values().any(|s| *s != 0));
    Ok(lines)
}

fn table(facts: &[Fact], period: Period, unit: Unit, part: Part) -> Result<Table, ReportError> {
    let lines = lines(facts, period, unit, part)?;
    let kind = ColumnKind::Amount(Some(unit));
    let first = period.from.unwrap_or(period.to);
    let months: Vec<Month> = std::iter::successors(Some(first), |month| Some(month.next()))
        .take_while(|month| *month <= period.to)
        .collect();
    let mut columns = vec![Column::new("booked", "Booked in", ColumnKind::Text)];
    columns.extend(months.iter().map(|m| Column::new(m.to_string(), m.to_string(), kind)));
    columns.push(Column::new("recognised", "Recognised", kind).sum_of(1..1 + months.len()));
    if part == Part::All {
        columns.push(Column::new("deferred", "Still deferred", kind));
    }
    let mut table = Table::new(part.title(unit), columns);
    table.subtitle.push(
        "Rows: the month in which the credits were booked. Columns: the month in which their revenue was recognised."
            .into(),
    );
    for (booked, line) in lines {
        let label = match booked {
            Booked::In(month) => month.to_string(),
            Booked::Fees => crate::FEES.to_owned(),
            Booked::Nowhere => "Not deferred".to_owned(),
        };
        let mut cells = vec![Cell::text(label)];
        let mut recognised = 0;
        for month in &months {
            let steps = line.recognised.get(month).copied().unwrap_or(0);
            recognised = add(recognised, steps, "recognised revenue")?;
            cells.push(Cell::Amount(steps, unit));
        }
        cells.push(Cell::Amount(recognised, unit));
        if part == Part::All {
            cells.push(Cell::Amount(line.deferred, unit));
        }
        table.rows.push(Row::detail(cells));
    }
    let details = 0..table.rows.len();
    table.push_sum(RowKind::Total(vec![details]), vec![Cell::text("Total")])?;
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{amounts, books, month};

    #[test]
    fn revenue_falls_in_the_month_it_was_booked_and_the_month_it_was_earned() {
        let report = waterfall(&books(), month("2026-01"), month("2026-03")).unwrap();
        assert!(report.ties_hold(), "{:?}", report.ties);
        let titles: Vec<_> = report.tables.iter().map(|t| t.title.as_str()).collect();
        assert_eq!(
            titles,
            [
                "Revenue by month booked, EUR",
                "Of which usage, EUR",
                "Of which breakage, EUR",
                "Revenue by month booked, JPY"
            ]
        );
        let table = &report.tables[0];
        table.verify().unwrap();
        let rows: Vec<_> = table.rows.iter().map(|r| (r.cells[0].plain(), amounts(r))).collect();
        assert_eq!(
            rows,
            [
                ("2026-01".into(), vec![30_000, 15_000, 10_000, 55_000, 45_000]),
                ("2026-02".into(), vec![0, 0, 11_000, 11_000, 25_000]),
                ("Not deferred".into(), vec![0, 2000, 0, 2000, 0]),
                ("Total".into(), vec![30_000, 17_000, 21_000, 68_000, 70_000]),
            ]
        );
        assert_eq!(amounts(report.tables[2].rows.last().unwrap()), [0, 0, 10_000, 10_000]);
    }

    #[test]
    fn lots_booked_before_the_period_keep_their_row() {
        let report = waterfall(&books(), month("2026-03"), month("2026-03")).unwrap();
        assert!(report.ties_hold());
        assert_eq!(report.tables[0].rows[0].cells[0].plain(), "2026-01");
    }
}
