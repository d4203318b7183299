//! The contract-liability roll-forward (ASC 606-10-50-8, IFRS 15.116): what was owed to customers at
//! the start, what came and went in between and why, what is owed at the end.
//!
//! Liabilities and what adds to them are shown positive; what takes from them is negative.

use std::collections::{BTreeMap, BTreeSet};

use scrip_journal::{Account, AccountClass, EntryKind};
use scrip_units::{Month, Unit};

use crate::fact::Fact;
use crate::report::{Period, Report, Tie};
use crate::table::{Cell, Column, ColumnKind, ReportError, Row, RowKind, Table, add, sub};
use crate::trial_balance::{balances, by_class};

/// What the rows of a roll-forward are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollForwardBy {
    /// A row for each wallet type.
    WalletType,
    /// A row for each kind of lot.
    LotKind,
    /// A row for each customer.
    Customer,
    /// A row for each contract-liability account.
    Account,
    /// One row for each currency, in one table.
    Currency,
}

impl RollForwardBy {
    fn key_and_heading(self) -> (&'static str, &'static str) {
        match self {
            Self::WalletType => ("wallet_type", "Wallet type"),
            Self::LotKind => ("lot_kind", "Kind of lot"),
            Self::Customer => ("customer", "Customer"),
            Self::Account => ("account", "Account"),
            Self::Currency => ("currency", "Currency"),
        }
    }

    /// The row a fact belongs to; `None` when the fact does not say.
    fn row_of(self, fact: &Fact) -> Option<String> {
        match self {
            Self::WalletType | Self::LotKind if fact.account == Account::ClUpfrontFee => {
                Some(crate::FEES.to_owned())
            }
            Self::WalletType => fact.wallet_type.as_ref().map(ToString::to_string),
            Self::LotKind => fact.lot_kind.clone(),
            Self::Customer => fact.customer.as_ref().map(ToString::to_string),
            Self::Account => Some(format!("{} {}", fact.account.number(), fact.account.name())),
            Self::Currency => Some(fact.unit.code().to_string()),
        }
    }
}

/// Columns between opening and closing: key, heading.
const MOVEMENTS: [(&str, &str); 9] = [
    ("purchases", "Purchases and grants"),
    ("usage", "Usage"),
    ("fees", "Fees earned"),
    ("breakage", "Breakage"),
    ("refunds", "Refunds"),
    ("voids", "Voids"),
    ("transfers", "Transfers"),
    ("adjustments", "Adjustments"),
    ("other", "Other"),
];

/// The column of fees earned, which is shown only where there are fees.
const FEES_EARNED: usize = 2;

fn movement_of(kind: EntryKind) -> usize {
    match kind {
        EntryKind::Purchase
        | EntryKind::TopUp
        | EntryKind::Grant
        | EntryKind::OpeningBalance
        | EntryKind::Charge => 0,
        EntryKind::Usage | EntryKind::Reversal => 1,
        EntryKind::Recognition => FEES_EARNED,
        EntryKind::Expiry => 3,
        EntryKind::Refund | EntryKind::Chargeback => 4,
        // A payment brings back what was written off.
        EntryKind::Void | EntryKind::WriteOff | EntryKind::Payment => 5,
        // What moves from lot to lot of one customer adds up to nothing.
        EntryKind::Transfer | EntryKind::Conversion | EntryKind::Rollover => 6,
        EntryKind::Adjustment | EntryKind::CreditNote => 7,
        EntryKind::TrueUp
        | EntryKind::Invoice
        | EntryKind::Extension
        | EntryKind::Hold
        | EntryKind::Release
        | EntryKind::InvoiceVoid => 8,
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Line {
    opening: i128,
    movements: [i128; MOVEMENTS.len()],
    closing: i128,
}

type Lines = BTreeMap<Unit, BTreeMap<Option<String>, Line>>;

/// The roll-forward of contract liabilities over a period, one table per currency (or one table of
/// currencies). `lots` is the sum of the carrying amounts of all lots at the end of the period, per
/// currency, and of what is deferred of fees: the third leg of the tie.
///
/// # Errors
/// [`ReportError`].
pub fn roll_forward(
    facts: &[Fact],
    period: Period,
    by: RollForwardBy,
    lots: &BTreeMap<Unit, i128>,
) -> Result<Report, ReportError> {
    let lines = lines(facts, period, by)?;
    let tables = if by == RollForwardBy::Currency {
        vec![table(by, None, lines.iter().flat_map(|(u, of)| of.iter().map(|(r, l)| (*u, r, l))))?]
    } else {
        lines
            .iter()
            .map(|(unit, of)| table(by, Some(*unit), of.iter().map(|(r, l)| (*unit, r, l))))
            .collect::<Result<_, _>>()?
    };
    let ties = ties(facts, period.to, &lines, lots)?;
    Ok(Report { name: "Contract-liability roll-forward".into(), period, tables, ties })
}

/// The closing contract liability per currency and row, positive: what the waterfall ties to.
pub(crate) fn closing(facts: &[Fact], to: Month) -> Result<BTreeMap<Unit, i128>, ReportError> {
    let mut sums = BTreeMap::new();
    for (unit, lines) in lines(facts, Period::up_to(to), RollForwardBy::Currency)? {
        for line in lines.values() {
            let sum = sums.entry(unit).or_default();
            *sum = add(*sum, line.closing, "the closing contract liability")?;
        }
    }
    Ok(sums)
}

fn lines(facts: &[Fact], period: Period, by: RollForwardBy) -> Result<Lines, ReportError> {
    let mut lines = Lines::new();
    for fact in facts {
        if fact.account.class() != AccountClass::ContractLiability || fact.month > period.to {
            continue;
        }
        // A liability grows on the credit side.
        let steps = sub(fact.credit, fact.debit, fact.account.code())?;
        let line = lines.entry(fact.unit).or_default().entry(by.row_of(fact)).or_default();
        let part = if period.is_before(fact.month) {
            &mut line.opening
        } else {
            &mut line.movements[movement_of(fact.kind)]
        };
        *part = add(*part, steps, fact.account.code())?;
        line.closing = add(line.closing, steps, fact.account.code())?;
    }
    for of_unit in lines.values_mut() {
        of_unit.retain(|_, line| {
            line.opening != 0 || line.closing != 0 || line.movements.iter().any(|m| *m != 0)
        });
    }
    Ok(lines)
}

fn table<'a>(
    by: RollForwardBy,
    unit: Option<Unit>,
    lines: impl Iterator<Item = (Unit, &'a Option<String>, &'a Line)>,
) -> Result<Table, ReportError> {
    let (key, heading) = by.key_and_heading();
    let kind = ColumnKind::Amount(unit);
    let mut columns = vec![Column::new(key, heading, ColumnKind::Text)];
    columns.push(Column::new("opening", "Opening", kind));
    let lines: Vec<_> = lines.collect();
    let fees = lines.iter().any(|(_, _, line)| line.movements[FEES_EARNED] != 0);
    let shown: Vec<usize> =
        (0..MOVEMENTS.len()).filter(|movement| *movement != FEES_EARNED || fees).collect();
    let movements = shown.iter().map(|movement| MOVEMENTS[*movement]);
    columns.extend(movements.map(|(key, heading)| Column::new(key, heading, kind)));
    columns.push(Column::new("closing", "Closing", kind).sum_of(1..2 + shown.len()));
    let title = match unit {
        Some(unit) => format!("Contract liabilities, {}", unit.code()),
        None => "Contract liabilities".to_owned(),
    };
    let mut table = Table::new(title, columns);
    table.subtitle.push(
        "What is owed is positive; what takes from it is negative. Refundable deposits are not in it."
            .into(),
    );
    for (unit, row, line) in lines {
        let mut cells = vec![Cell::text(row.clone().unwrap_or_else(|| crate::NOT_KEPT.to_owned()))];
        cells.push(Cell::Amount(line.opening, unit));
        cells.extend(shown.iter().map(|shown| Cell::Amount(line.movements[*shown], unit)));
        cells.push(Cell::Amount(line.closing, unit));
        table.rows.push(Row::detail(cells));
    }
    if unit.is_some() {
        let details = 0..table.rows.len();
        table.push_sum(RowKind::Total(vec![details]), vec![Cell::text("Total")])?;
    }
    Ok(table)
}

fn ties(
    facts: &[Fact],
    to: Month,
    lines: &Lines,
    lots: &BTreeMap<Unit, i128>,
) -> Result<Vec<Tie>, ReportError> {
    let trial_balance =
        by_class(&balances(facts, Period::up_to(to))?, &[AccountClass::ContractLiability])?;
    let units: BTreeSet<Unit> =
        lines.keys().chain(trial_balance.keys()).chain(lots.keys()).copied().collect();
    let mut ties = Vec::new();
    for unit in units {
        let (mut moved, mut closing) = (0, 0);
        for line in lines.get(&unit).into_iter().flat_map(BTreeMap::values) {
            moved = add(moved, line.opening, "the opening contract liability")?;
            for movement in line.movements {
                moved = add(moved, movement, "the movements of contract liabilities")?;
            }
            closing = add(closing, line.closing, "the closing contract liability")?;
        }
        let code = unit.code();
        let booked = -trial_balance.get(&unit).copied().unwrap_or(0);
        let carried = lots.get(&unit).copied().unwrap_or(0);
        let fees = facts.iter().any(|f| f.account == Account::ClUpfrontFee && f.unit == unit);
        let of = if fees { " and deferred fees" } else { "" };
        ties.push(Tie::new(
            format!("Opening and movements, {code}"),
            unit,
            ("opening and movements", moved),
            ("closing", closing),
        ));
        ties.push(Tie::new(
            format!("Closing and trial balance, {code}"),
            unit,
            ("closing", closing),
            ("contract-liability accounts", booked),
        ));
        ties.push(Tie::new(
            format!("Lots and closing, {code}"),
            unit,
            (&format!("carrying amounts of lots{of}"), carried),
            ("closing", closing),
        ));
    }
    Ok(ties)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{amounts, books, carried, eur, month};

    fn march() -> Period {
        Period::between(month("2026-02"), month("2026-03")).unwrap()
    }

    #[test]
    fn every_break_down_opens_moves_and_closes() {
        for by in [
            RollForwardBy::WalletType,
            RollForwardBy::LotKind,
            RollForwardBy::Customer,
            RollForwardBy::Account,
            RollForwardBy::Currency,
        ] {
            let report = roll_forward(&books(), march(), by, &carried()).unwrap();
            assert!(report.ties_hold(), "{by:?}: {:?}", report.ties);
            for table in &report.tables {
                table.verify().unwrap();
            }
            // One table of currencies has no total; its first row is that of the euro.
            let rows = &report.tables[0].rows;
            let euro = if by == RollForwardBy::Currency { &rows[0] } else { rows.last().unwrap() };
            // Opening, bought, used, expired, refunded, voided, moved, adjusted, other, closing.
            assert_eq!(
                amounts(euro),
                [70_000, 50_000, -25_000, -10_000, -15_000, 0, 0, 0, 0, 70_000],
                "{by:?}"
            );
        }
    }

    #[test]
    fn a_lot_that_is_not_in_the_accounts_breaks_the_tie() {
        let mut lots = carried();
        *lots.get_mut(&eur()).unwrap() += 1;
        let report = roll_forward(&books(), march(), RollForwardBy::Customer, &lots).unwrap();
        let broken: Vec<_> = report.ties.iter().filter(|t| !t.holds).map(|t| &t.name).collect();
        assert_eq!(broken, ["Lots and closing, EUR"]);
    }

    #[test]
    fn a_period_that_runs_backwards_is_refused() {
        assert!(Period::between(month("2026-03"), month("2026-02")).is_err());
    }
}
