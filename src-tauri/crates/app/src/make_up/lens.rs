//! What a sum of postings adds to one figure of a report.

use std::collections::BTreeMap;
use std::sync::Arc;

use scrip_journal::{Account, AccountClass, AccountNames, EntryKind, RateRef};
use scrip_revenue::{Cell, ColumnKind, Fact, Report, Row, RowKind, Table, call_accounts};
use scrip_units::{CustomerCode, Date, Month, Unit, WalletTypeCode};

use super::{CellAt, too_large};
use crate::error::AppError;
use crate::reporting::{ReportKind, Window, of_facts};

/// Everything of a fact that a report may go by: all but its amounts, its lot and its wallet.
type Shape = (
    (Month, Account, Unit, EntryKind),
    Option<CustomerCode>,
    (Option<WalletTypeCode>, Option<String>, Option<Month>),
    (Option<RateRef>, BTreeMap<Arc<str>, Arc<str>>, Option<Month>),
);

/// What one step on either side adds to the figure.
#[derive(Debug, Clone, Copy)]
struct Share {
    debit: i128,
    credit: i128,
}

/// One figure of a report, seen from its postings.
pub(super) struct Lens<'a> {
    kind: &'a ReportKind,
    window: Window,
    cell: &'a CellAt,
    /// How the report calls its accounts.
    names: AccountNames,
    unit: Option<Unit>,
    shares: BTreeMap<Shape, Share>,
}

impl<'a> Lens<'a> {
    pub(super) fn new(
        (kind, window): (&'a ReportKind, Window),
        cell: &'a CellAt,
        names: AccountNames,
    ) -> Self {
        Self { kind, window, cell, names, unit: None, shares: BTreeMap::new() }
    }

    /// The unit of the figure, once something added to it.
    pub(super) fn unit(&self) -> Option<Unit> {
        self.unit
    }

    /// The day before which nothing adds to the figure, where there is one: balances reach back to the
    /// beginning, movements to the first day of the period.
    pub(super) fn booked_from(&self) -> Option<Date> {
        let column = self.cell.column.as_str();
        let moves = match self.kind {
            ReportKind::RollForward(_) => !matches!(column, "opening" | "closing"),
            ReportKind::Waterfall => column != "deferred",
            ReportKind::RevenueBy(_) => true,
            _ => false,
        };
        moves.then(|| self.window.from.first_day())
    }

    /// Classes of the accounts whose postings may add to the figure; empty for all.
    pub(super) fn classes(&self) -> Vec<AccountClass> {
        use AccountClass::{ContraRevenue, ContractLiability, Revenue, Units};
        match self.kind {
            ReportKind::RollForward(_) => vec![ContractLiability],
            ReportKind::Waterfall if self.cell.column == "deferred" => vec![ContractLiability],
            ReportKind::RevenueBy(_) if self.is_consumed() => vec![Units],
            ReportKind::Waterfall | ReportKind::RevenueBy(_) => vec![Revenue, ContraRevenue],
            ReportKind::Units => vec![Units],
            ReportKind::TrialBalance => {
                let numbered = |account: &&Account| {
                    self.cell.row.iter().any(|words| words == self.names.number(**account))
                };
                Account::ALL.iter().filter(numbered).map(|a| a.class()).collect()
            }
            ReportKind::Journal
            | ReportKind::DailyJournal
            | ReportKind::Margin(_)
            | ReportKind::Statement(_) => Vec::new(),
        }
    }

    /// Units consumed stand in the table of the money, or in one of their own where there is no money
    /// or several currencies.
    fn is_consumed(&self) -> bool {
        matches!(self.kind, ReportKind::RevenueBy(_)) && self.cell.column.starts_with("consumed_")
    }

    /// What a fact adds to the figure, in smallest steps; none where it has no part in it.
    pub(super) fn adds(&mut self, fact: &Fact) -> Result<Option<i128>, AppError> {
        let share = self.share(fact)?;
        if share.debit == 0 && share.credit == 0 {
            return Ok(None);
        }
        let (debit, credit) =
            (share.debit.checked_mul(fact.debit), share.credit.checked_mul(fact.credit));
        let sum = debit.zip(credit).and_then(|(debit, credit)| debit.checked_add(credit));
        sum.map(Some).ok_or_else(too_large)
    }

    fn share(&mut self, fact: &Fact) -> Result<Share, AppError> {
        // A sum of rows does not depend on whose row it is.
        let customer = fact.customer.clone().filter(|_| !self.cell.is_sum);
        let shape: Shape = (
            (fact.month, fact.account, fact.unit, fact.kind),
            customer.clone(),
            (fact.wallet_type.clone(), fact.lot_kind.clone(), fact.lot_month),
            (fact.rate.clone(), fact.dimensions.clone(), fact.service_month),
        );
        if let Some(share) = self.shares.get(&shape) {
            return Ok(*share);
        }
        let one = Fact { customer, lot: None, wallet: None, debit: 1, credit: 0, ..fact.clone() };
        let debit = self.figure(&one)?;
        let credit = self.figure(&Fact { debit: 0, credit: 1, ..one })?;
        let share = Share { debit, credit };
        self.shares.insert(shape, share);
        Ok(share)
    }

    /// The figure in a report of one fact alone; nothing where such a report does not have it.
    fn figure(&mut self, fact: &Fact) -> Result<i128, AppError> {
        let facts = std::slice::from_ref(fact);
        let mut report = of_facts(self.kind, facts, self.window, &BTreeMap::new())?;
        call_accounts(&mut report, &self.names);
        let Some((steps, unit)) = self.find(&report) else { return Ok(0) };
        if steps != 0 {
            self.unit = Some(unit);
        }
        Ok(steps)
    }

    fn find(&self, report: &Report) -> Option<(i128, Unit)> {
        let named = |table: &&Table| table.title == self.cell.table || self.is_consumed();
        report.tables.iter().filter(named).find_map(|table| {
            let column = table.column(&self.cell.column)?;
            let row = table.rows.iter().find(|row| self.is_row(table, row))?;
            match row.cells[column] {
                Cell::Amount(steps, unit) => Some((steps, unit)),
                _ => None,
            }
        })
    }

    fn is_row(&self, table: &Table, row: &Row) -> bool {
        (row.kind != RowKind::Detail) == self.cell.is_sum
            && row_words(table, row).eq(self.cell.row.iter().cloned())
    }
}

/// The words that a row begins with.
pub(super) fn row_words<'a>(table: &'a Table, row: &'a Row) -> impl Iterator<Item = String> + 'a {
    let words = table.columns.iter().take_while(|column| column.kind == ColumnKind::Text);
    words.zip(&row.cells).map(|(_, cell)| cell.plain())
}
