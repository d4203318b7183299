//! Margin: revenue from usage less what delivering it cost.
//!
//! Revenue comes from the postings, cost from outside the books. Both are of the month in which the
//! service was delivered, whenever it was booked.

use std::collections::BTreeMap;

use scrip_journal::Account;
use scrip_units::{Exact, Month, Rounding, Unit};

use crate::fact::Fact;
use crate::report::{Period, Report, Tie};
use crate::table::{Cell, Column, ColumnKind, ReportError, Row, RowKind, Table, add, sub};

/// What was earned and spent for one row, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarginLine {
    /// The row; none for what does not carry the name.
    pub key: Option<String>,
    /// Currency.
    pub currency: Unit,
    /// Revenue of usage, in smallest steps.
    pub usage: i128,
    /// Revenue of overage.
    pub overage: i128,
    /// What delivery cost, in smallest steps, exactly.
    pub cost: Exact,
    /// Usage events.
    pub events: u64,
}

impl MarginLine {
    /// A row without figures.
    #[must_use]
    pub fn empty(key: Option<String>, currency: Unit) -> Self {
        Self { key, currency, usage: 0, overage: 0, cost: Exact::whole(0), events: 0 }
    }
}

/// Revenue of usage by service month, from facts that are kept apart by it: what belongs into the
/// report, by currency. Facts without a service month are no usage.
///
/// # Errors
/// [`ReportError::Overflow`].
pub fn usage_revenue(
    facts: &[Fact],
    period: Period,
) -> Result<Vec<(&Fact, [i128; 2])>, ReportError> {
    let mut found = Vec::new();
    for fact in facts {
        let line = match fact.account {
            Account::RevenueUsage => 0,
            Account::RevenueOverage => 1,
            _ => continue,
        };
        if fact.service_month.is_some_and(|month| period.contains(month)) {
            let mut lines = [0; 2];
            lines[line] = sub(fact.credit, fact.debit, fact.account.code())?;
            found.push((fact, lines));
        }
    }
    Ok(found)
}

/// Whole steps whose sum is the rounded sum of exact ones: each is rounded down, and what is left goes
/// to those that lost most.
fn whole(costs: &[Exact]) -> Result<Vec<i128>, ReportError> {
    let overflow = || ReportError::Overflow { what: "delivery cost".to_owned() };
    let mut total = Exact::whole(0);
    let mut steps = Vec::with_capacity(costs.len());
    let mut lost = Vec::with_capacity(costs.len());
    for (index, cost) in costs.iter().enumerate() {
        total = total.try_add(*cost).map_err(|_| overflow())?;
        let down = cost.numerator().div_euclid(cost.denominator());
        let rest =
            Exact::ratio(cost.numerator().rem_euclid(cost.denominator()), cost.denominator());
        lost.push((rest.map_err(|_| overflow())?, index));
        steps.push(down);
    }
    let rounded = total.round(Rounding::HalfAwayFromZero).map_err(|_| overflow())?;
    let mut sum = 0;
    for step in &steps {
        sum = add(sum, *step, "delivery cost")?;
    }
    lost.sort_by(|(a, i), (b, j)| {
        let larger = b.try_sub(*a).map_or(0, |difference| difference.numerator().signum());
        larger.cmp(&0).then(i.cmp(j))
    });
    let left = usize::try_from(rounded - sum).unwrap_or(0);
    for (_, index) in lost.into_iter().take(left) {
        steps[index] += 1;
    }
    Ok(steps)
}

/// A share of a hundred, in hundredths of a percent; none of nothing.
fn percent(part: i128, whole: i128) -> Cell {
    let hundredths = part
        .checked_mul(10_000)
        .and_then(|part| scrip_units::div_round(part, whole, Rounding::HalfAwayFromZero).ok())
        .and_then(|hundredths| i64::try_from(hundredths).ok());
    hundredths.map_or(Cell::Empty, Cell::Percent)
}

/// Revenue, delivery cost and margin of usage, one table for each currency.
///
/// # Errors
/// [`ReportError`].
pub fn margin(
    (key, heading): (&str, &str),
    (from, to): (Month, Month),
    lines: &[MarginLine],
    facts: &[Fact],
    notes: &[String],
) -> Result<Report, ReportError> {
    let period = Period::between(from, to)?;
    let mut by_currency: BTreeMap<Unit, Vec<&MarginLine>> = BTreeMap::new();
    for line in lines {
        by_currency.entry(line.currency).or_default().push(line);
    }
    let mut booked: BTreeMap<Unit, i128> = BTreeMap::new();
    for (fact, [usage, overage]) in usage_revenue(facts, period)? {
        let sum = booked.entry(fact.unit).or_default();
        *sum = add(add(*sum, usage, "usage")?, overage, "overage")?;
    }
    let (mut tables, mut ties) = (Vec::new(), Vec::new());
    for (unit, mut lines) in by_currency {
        // Named rows first, in their order, then what carries no such name.
        lines.sort_by(|a, b| (a.key.is_none(), &a.key).cmp(&(b.key.is_none(), &b.key)));
        let costs = whole(&lines.iter().map(|line| line.cost).collect::<Vec<_>>())?;
        let money = ColumnKind::Amount(Some(unit));
        let mut table = Table::new(
            format!("Margin of usage, {}", unit.code()),
            vec![
                Column::new(key, heading, ColumnKind::Text),
                Column::new("events", "Events", ColumnKind::Count),
                Column::new("usage", "Usage", money),
                Column::new("overage", "Overage", money),
                Column::new("cost", "Delivery cost", money),
                Column::new("margin", "Margin", money).sum_of(2..5),
                Column::new("percent", "Margin of revenue", ColumnKind::Percent),
            ],
        );
        table.subtitle.push("Revenue is positive; delivery cost takes from it.".to_owned());
        table.subtitle.extend(notes.iter().cloned());
        let (mut events, mut earned, mut left) = (0, 0, 0);
        for (line, cost) in lines.iter().zip(costs) {
            let revenue = add(line.usage, line.overage, "revenue")?;
            let margin = sub(revenue, cost, "margin")?;
            events += line.events;
            earned = add(earned, revenue, "revenue")?;
            left = add(left, margin, "margin")?;
            let label = line.key.clone().unwrap_or_else(|| crate::NOT_KEPT.to_owned());
            table.rows.push(Row::detail(vec![
                Cell::text(label),
                Cell::Count(line.events),
                Cell::Amount(line.usage, unit),
                Cell::Amount(line.overage, unit),
                Cell::Amount(-cost, unit),
                Cell::Amount(margin, unit),
                percent(margin, revenue),
            ]));
        }
        let details = 0..table.rows.len();
        let labels = vec![Cell::text("Total"), Cell::Count(events)];
        table.push_sum(RowKind::Total(vec![details]), labels)?;
        if let Some(cell) = table.rows.last_mut().and_then(|row| row.cells.last_mut()) {
            *cell = percent(left, earned);
        }
        ties.push(Tie::new(
            format!("Revenue of usage, {}", unit.code()),
            unit,
            ("revenue of the report", earned),
            ("revenue accounts by service month", booked.remove(&unit).unwrap_or(0)),
        ));
        tables.push(table);
    }
    Ok(Report { name: format!("Margin by {}", heading.to_lowercase()), period, tables, ties })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thirds(count: i128) -> Exact {
        Exact::ratio(count, 3).unwrap()
    }

    #[test]
    fn rounded_costs_add_up_to_the_rounded_sum() {
        for (costs, want) in [
            (vec![thirds(1), thirds(1), thirds(1)], vec![1, 0, 0]),
            (vec![thirds(1), thirds(2), thirds(2)], vec![0, 1, 1]),
            (vec![thirds(4), thirds(0), thirds(-1)], vec![1, 0, 0]),
            (vec![thirds(1)], vec![0]),
            (vec![thirds(2)], vec![1]),
            (vec![], vec![]),
        ] {
            assert_eq!(whole(&costs).unwrap(), want, "{costs:?}");
        }
    }

    #[test]
    fn a_margin_is_of_what_was_earned() {
        assert_eq!(percent(1, 3), Cell::Percent(3333));
        assert_eq!(percent(-5, 10), Cell::Percent(-5000));
        assert_eq!(percent(1, 0), Cell::Empty);
    }
}
