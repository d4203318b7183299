//! What became of the units that were issued: consumed, expired, refunded, transferred, held, or
//! still available.

use std::collections::BTreeMap;

use scrip_journal::{Account, AccountClass};
use scrip_units::{Month, Unit};

use crate::fact::Fact;
use crate::report::{Period, Report, Tie};
use crate::table::{Cell, Column, ColumnKind, ReportError, Row, RowKind, Table, add, sub};

/// Columns: account, key, heading. Issued is the sum of all the others.
const PARTS: [(Account, &str, &str); 6] = [
    (Account::UnitsConsumed, "consumed", "Consumed"),
    (Account::UnitsExpired, "expired", "Expired"),
    (Account::UnitsRefunded, "refunded", "Refunded or voided"),
    (Account::UnitsTransferred, "transferred", "Transferred out"),
    (Account::UnitsHeld, "held", "Held"),
    (Account::UnitsAvailable, "available", "Available"),
];

#[derive(Debug, Clone, Copy, Default)]
struct Line {
    issued: i128,
    parts: [i128; PARTS.len()],
}

/// Units issued and what became of them, per unit and wallet type, up to the end of the month
/// `as_of`. Issued = consumed + expired + refunded + transferred out + held + available, in every
/// row: each row is a tie.
///
/// # Errors
/// [`ReportError`].
pub fn units_roll_forward(facts: &[Fact], as_of: Month) -> Result<Report, ReportError> {
    let period = Period::up_to(as_of);
    let mut lines: BTreeMap<Unit, BTreeMap<Option<String>, Line>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| period.contains(fact.month)) {
        if fact.account.class() != AccountClass::Units {
            continue;
        }
        let row = fact.wallet_type.as_ref().map(ToString::to_string);
        let line = lines.entry(fact.unit).or_default().entry(row).or_default();
        let steps = sub(fact.debit, fact.credit, fact.account.code())?;
        match PARTS.iter().position(|(account, ..)| *account == fact.account) {
            Some(part) => line.parts[part] = add(line.parts[part], steps, fact.account.code())?,
            // Grants credit the account of issued units.
            None => line.issued = sub(line.issued, steps, fact.account.code())?,
        }
    }
    let (mut tables, mut ties) = (Vec::new(), Vec::new());
    for (unit, of_unit) in &lines {
        let kind = ColumnKind::Units(Some(*unit));
        let mut columns = vec![
            Column::new("wallet_type", "Wallet type", ColumnKind::Text),
            Column::new("issued", "Issued", kind),
        ];
        columns.extend(PARTS.iter().map(|(_, key, heading)| Column::new(*key, *heading, kind)));
        let mut table = Table::new(format!("Units, {}", unit.code()), columns);
        table.subtitle.push(
            "Issued = consumed + expired + refunded or voided + transferred out + held + available."
                .into(),
        );
        for (row, line) in of_unit {
            let label = row.clone().unwrap_or_else(|| crate::NOT_KEPT.to_owned());
            let mut found = 0;
            let mut cells = vec![Cell::text(label.as_str()), Cell::Amount(line.issued, *unit)];
            for steps in line.parts {
                found = add(found, steps, "units")?;
                cells.push(Cell::Amount(steps, *unit));
            }
            table.rows.push(Row::detail(cells));
            ties.push(Tie::new(
                format!("Units issued and found, {label}, {}", unit.code()),
                *unit,
                ("issued", line.issued),
                ("consumed, expired, refunded, transferred, held and available", found),
            ));
        }
        let details = 0..table.rows.len();
        table.push_sum(RowKind::Total(vec![details]), vec![Cell::text("Total")])?;
        tables.push(table);
    }
    Ok(Report { name: "Units roll-forward".into(), period, tables, ties })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{amounts, books, month};

    #[test]
    fn every_unit_issued_is_somewhere() {
        let report = units_roll_forward(&books(), month("2026-03")).unwrap();
        assert!(report.ties_hold(), "{:?}", report.ties);
        let rows: Vec<_> =
            report.tables[0].rows.iter().map(|r| (r.cells[0].plain(), amounts(r))).collect();
        report.tables[0].verify().unwrap();
        assert_eq!(
            rows,
            [
                ("img".into(), vec![5000, 1000, 0, 1500, 0, 200, 2300]),
                ("std".into(), vec![10_560, 5000, 1000, 0, 0, 0, 4560]),
                ("Total".into(), vec![15_560, 6000, 1000, 1500, 0, 200, 6860]),
            ]
        );
    }

    #[test]
    fn a_lost_unit_breaks_the_tie_of_its_wallet_type() {
        let mut facts = books();
        let lost = facts.iter().position(|f| f.account == Account::UnitsExpired).unwrap();
        facts.remove(lost);
        let report = units_roll_forward(&facts, month("2026-03")).unwrap();
        let broken: Vec<_> = report.ties.iter().filter(|t| !t.holds).collect();
        assert_eq!(broken.len(), 1);
        assert!(broken[0].name.contains("std"), "{}", broken[0]);
    }
}
