//! Revenue by what caused it: wallet type, rate card, rate, a dimension such as the model, customer,
//! month.

use std::collections::{BTreeMap, BTreeSet};

use scrip_journal::{Account, AccountClass};
use scrip_units::{Month, Unit};

use crate::fact::Fact;
use crate::report::{Period, Report, Tie};
use crate::table::{Cell, Column, ColumnKind, ReportError, Row, RowKind, Table, add, sub};
use crate::trial_balance::{balances, by_class};

/// What the rows are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevenueBy {
    /// Wallet type that paid.
    WalletType,
    /// Rate card.
    RateCard,
    /// Rate: card, version and row.
    Rate,
    /// A dimension that the meter reports, such as `model`.
    Dimension(String),
    /// Customer.
    Customer,
    /// Month in which it was recognised.
    Month,
    /// Month in which the service was delivered.
    ServiceMonth,
    /// Kind of the lot.
    LotKind,
}

impl RevenueBy {
    fn heading(&self) -> (String, String) {
        let (key, heading) = match self {
            Self::WalletType => ("wallet_type", "Wallet type"),
            Self::RateCard => ("rate_card", "Rate card"),
            Self::Rate => ("rate", "Rate"),
            Self::Dimension(name) => return (name.clone(), name.clone()),
            Self::Customer => ("customer", "Customer"),
            Self::Month => ("month", "Month"),
            Self::ServiceMonth => ("service_month", "Service month"),
            Self::LotKind => ("lot_kind", "Kind of lot"),
        };
        (key.to_owned(), heading.to_owned())
    }

    fn row_of(&self, fact: &Fact) -> Option<String> {
        match self {
            Self::WalletType => fact.wallet_type.as_ref().map(ToString::to_string),
            Self::RateCard => fact.rate.as_ref().map(|rate| rate.card.to_string()),
            Self::Rate => fact.rate.as_ref().map(ToString::to_string),
            Self::Dimension(name) => fact.dimensions.get(name.as_str()).map(ToString::to_string),
            Self::Customer => fact.customer.as_ref().map(ToString::to_string),
            Self::Month => Some(fact.month.to_string()),
            Self::ServiceMonth => fact.service_month.map(|month| month.to_string()),
            Self::LotKind => fact.lot_kind.clone(),
        }
    }
}

/// Columns of money: key, heading.
const LINES: [(&str, &str); 5] = [
    ("usage", "Usage"),
    ("breakage", "Breakage"),
    ("overage", "Overage"),
    ("other", "Other revenue"),
    ("contra", "Contra revenue"),
];

fn line_of(account: Account) -> Option<usize> {
    match (account, account.class()) {
        (Account::RevenueUsage, _) => Some(0),
        (Account::RevenueBreakage, _) => Some(1),
        (Account::RevenueOverage, _) => Some(2),
        (_, AccountClass::Revenue) => Some(3),
        (_, AccountClass::ContraRevenue) => Some(4),
        _ => None,
    }
}

type Key = Option<String>;
type Money = BTreeMap<Unit, BTreeMap<Key, [i128; LINES.len()]>>;
type Consumed = BTreeMap<Key, BTreeMap<Unit, i128>>;

/// Revenue of a period by one dimension, per currency, and the units consumed. With a single
/// currency the units stand in the same rows; with several they have a table of their own, because
/// units belong to no currency.
///
/// # Errors
/// [`ReportError`].
pub fn revenue_by(
    facts: &[Fact],
    by: &RevenueBy,
    from: Month,
    to: Month,
) -> Result<Report, ReportError> {
    let period = Period::between(from, to)?;
    let (mut money, mut consumed) = (Money::new(), Consumed::new());
    for fact in facts.iter().filter(|fact| period.contains(fact.month)) {
        if let Some(line) = line_of(fact.account) {
            let lines = money.entry(fact.unit).or_default().entry(by.row_of(fact)).or_default();
            let steps = sub(fact.credit, fact.debit, fact.account.code())?;
            lines[line] = add(lines[line], steps, fact.account.code())?;
        } else if fact.account == Account::UnitsConsumed {
            let sum = consumed.entry(by.row_of(fact)).or_default().entry(fact.unit).or_default();
            *sum = add(*sum, sub(fact.debit, fact.credit, "units consumed")?, "units consumed")?;
        }
    }
    let mut tables = Vec::new();
    match money.len() {
        1 => {
            for (unit, lines) in &money {
                tables.push(table(by, Some((*unit, lines)), Some(&consumed))?);
            }
        }
        _ => {
            for (unit, lines) in &money {
                tables.push(table(by, Some((*unit, lines)), None)?);
            }
            if !consumed.is_empty() {
                tables.push(table(by, None, Some(&consumed))?);
            }
        }
    }
    let ties = ties(facts, period, &money)?;
    let name = format!("Revenue by {}", by.heading().1.to_lowercase());
    Ok(Report { name, period, tables, ties })
}

/// The table of a period in which nothing was booked: its headings, and a total of nothing.
///
/// # Errors
/// [`ReportError`].
pub fn no_revenue(by: &RevenueBy, currency: Unit) -> Result<Table, ReportError> {
    table(by, Some((currency, &BTreeMap::new())), None)
}

fn table(
    by: &RevenueBy,
    money: Option<(Unit, &BTreeMap<Key, [i128; LINES.len()]>)>,
    consumed: Option<&Consumed>,
) -> Result<Table, ReportError> {
    let (key, heading) = by.heading();
    let mut columns = vec![Column::new(key, heading, ColumnKind::Text)];
    if let Some((unit, _)) = money {
        let kind = ColumnKind::Amount(Some(unit));
        columns.extend(LINES.iter().map(|(key, heading)| Column::new(*key, *heading, kind)));
        columns.push(Column::new("total", "Total", kind).sum_of(1..1 + LINES.len()));
    }
    let units: BTreeSet<Unit> =
        consumed.into_iter().flatten().flat_map(|(_, of)| of.keys().copied()).collect();
    for unit in &units {
        let key = format!("consumed_{}", unit.code());
        columns.push(Column::new(key, "Consumed", ColumnKind::Units(Some(*unit))));
    }
    let title = match money {
        Some((unit, _)) => format!("Revenue, {}", unit.code()),
        None => "Units consumed".to_owned(),
    };
    let mut table = Table::new(title, columns);
    if money.is_some() {
        table.subtitle.push("Revenue is positive; contra revenue takes from it.".into());
    }
    let keys: BTreeSet<&Key> = money
        .into_iter()
        .flat_map(|(_, lines)| lines.keys())
        .chain(consumed.into_iter().flat_map(BTreeMap::keys))
        .collect();
    // Named rows first, in their order, then what carries no such name.
    let named = keys.iter().filter(|key| key.is_some());
    for key in named.chain(keys.iter().filter(|key| key.is_none())) {
        let label = (*key).clone().unwrap_or_else(|| crate::NOT_KEPT.to_owned());
        let mut cells = vec![Cell::text(label)];
        if let Some((unit, lines)) = money {
            let mut total = 0;
            for steps in lines.get(*key).copied().unwrap_or_default() {
                total = add(total, steps, "revenue")?;
                cells.push(Cell::Amount(steps, unit));
            }
            cells.push(Cell::Amount(total, unit));
        }
        for unit in &units {
            let of_row = consumed.and_then(|consumed| consumed.get(*key));
            let steps = of_row.and_then(|of| of.get(unit)).copied().unwrap_or(0);
            cells.push(Cell::Amount(steps, *unit));
        }
        table.rows.push(Row::detail(cells));
    }
    let details = 0..table.rows.len();
    table.push_sum(RowKind::Total(vec![details]), vec![Cell::text("Total")])?;
    Ok(table)
}

fn ties(facts: &[Fact], period: Period, money: &Money) -> Result<Vec<Tie>, ReportError> {
    let classes = [AccountClass::Revenue, AccountClass::ContraRevenue];
    let booked = by_class(&balances(facts, period)?, &classes)?;
    let mut ties = Vec::new();
    for (unit, balance) in booked {
        let mut total = 0;
        for steps in money.get(&unit).into_iter().flat_map(BTreeMap::values).flatten() {
            total = add(total, *steps, "revenue")?;
        }
        ties.push(Tie::new(
            format!("Revenue and trial balance, {}", unit.code()),
            unit,
            ("total of the report", total),
            ("revenue accounts", -balance),
        ));
    }
    Ok(ties)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{amounts, books, month};

    fn rows(by: &RevenueBy) -> Vec<(String, Vec<i128>)> {
        let report = revenue_by(&books(), by, month("2026-01"), month("2026-03")).unwrap();
        assert!(report.ties_hold(), "{:?}", report.ties);
        report.tables[0].verify().unwrap();
        report.tables[0].rows.iter().map(|r| (r.cells[0].plain(), amounts(r))).collect()
    }

    #[test]
    fn every_dimension_adds_up_to_the_same_revenue() {
        for by in [
            RevenueBy::WalletType,
            RevenueBy::RateCard,
            RevenueBy::Rate,
            RevenueBy::Dimension("model".into()),
            RevenueBy::Customer,
            RevenueBy::Month,
            RevenueBy::ServiceMonth,
            RevenueBy::LotKind,
        ] {
            let rows = rows(&by);
            // Usage, breakage, overage, other, contra, total, credits consumed.
            let total = vec![55_000, 10_000, 2000, 2000, -1000, 68_000, 6000];
            assert_eq!(rows.last(), Some(&("Total".into(), total)), "{by:?}");
        }
    }

    #[test]
    fn revenue_without_the_dimension_stands_last() {
        assert_eq!(
            rows(&RevenueBy::Dimension("model".into())),
            [
                ("haiku".into(), vec![20_000, 0, 0, 0, 0, 20_000, 2000]),
                ("opus".into(), vec![35_000, 0, 2000, 0, 0, 37_000, 4000]),
                (crate::NOT_KEPT.into(), vec![0, 10_000, 0, 2000, -1000, 11_000, 0]),
                ("Total".into(), vec![55_000, 10_000, 2000, 2000, -1000, 68_000, 6000]),
            ]
        );
    }

    #[test]
    fn late_usage_is_revenue_of_a_later_month_for_an_earlier_service_month() {
        let usage = |by| -> Vec<_> { rows(&by).into_iter().map(|(k, a)| (k, a[0])).collect() };
        let month = |m: &str, steps| (m.to_owned(), steps);
        assert_eq!(
            usage(RevenueBy::Month)[1..3],
            [month("2026-02", 15_000), month("2026-03", 10_000)]
        );
        assert_eq!(usage(RevenueBy::ServiceMonth)[1], month("2026-02", 25_000));
    }
}
