//! The statement of a customer for some months: what its wallets held, got and used, what was paid and
//! what is owed, and what is left and until when.
//!
//! Entries count by their accounting day, as in every report. The closing balance of each wallet is found
//! twice: by adding up its entries one by one, and by the sums that the ledger keeps.

use std::collections::BTreeMap;

use scrip_journal::{Account, Entry, EntryKind};
use scrip_revenue::{Cell, Column, ColumnKind, Period, Report, Row, RowKind, Table, Tie};
use scrip_store::{EntryFilter, FactColumn, FactGroup, FactQuery, LedgerStore, Page};
use scrip_units::{Amount, CustomerCode, Instant, TimeError, Unit, WalletCode};

use crate::error::AppError;
use crate::query::balance;
use crate::reporting::{Made, Window, header};
use crate::workspace::Workspace;

/// What happened to a wallet in the months, in smallest steps of its unit.
#[derive(Debug, Default)]
struct Movement {
    opening: i128,
    added: i128,
    used: i128,
    expired: i128,
    other: i128,
    rows: Vec<Row>,
    closing: i128,
}

/// What was charged and paid in the months, by currency.
#[derive(Debug, Default)]
struct Money {
    rows: Vec<Row>,
}

/// The statement of a customer.
///
/// # Errors
/// [`AppError::UnknownCustomer`], or the store's.
pub async fn statement<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
    window: Window,
    now: Instant,
) -> Result<Made, AppError> {
    let catalog = workspace.catalog().await?;
    let unknown = || AppError::UnknownCustomer { customer: customer.clone() };
    let name = &catalog.customer(customer).ok_or_else(unknown)?.name;
    let mut header = header(workspace, now).await?;
    window.tell(&mut header);
    let query = FactQuery {
        group: FactGroup::of(&[FactColumn::Wallet]),
        booked_before: window.before(),
        effective_until: window.effective_until,
        customer: Some(customer.clone()),
        ..FactQuery::default()
    };
    let mut snapshot = workspace.store().snapshot(&[query]).await?;
    header.checkpoint = snapshot.checkpoint;
    let facts = snapshot.facts.pop().unwrap_or_default();
    let (wallets, money) = read(workspace, customer, window).await?;
    let mut ties = Vec::new();
    for ((wallet, unit), movement) in &wallets {
        let own = facts.iter().filter(|fact| {
            fact.account == Account::UnitsAvailable
                && fact.unit == *unit
                && fact.wallet.as_ref() == Some(wallet)
        });
        let sum: i128 = own.map(|fact| fact.debit - fact.credit).sum();
        let left = ("the closing balance of the statement", movement.closing);
        ties.push(Tie::new(format!("Units of {wallet}"), *unit, left, ("the ledger", sum)));
    }
    let mut tables = vec![balances(&wallets)];
    tables.extend(wallets.into_iter().map(|((wallet, unit), movement)| {
        let mut table = Table::new(format!("Movements of {wallet}"), movement_columns(unit));
        table.rows = movement.rows;
        table
    }));
    tables.push(paid(money));
    tables.push(lots(workspace, customer, window).await?);
    let title = if name.is_empty() || name == customer.as_str() {
        format!("Statement of {customer}")
    } else {
        format!("Statement of {name} ({customer})")
    };
    let period = Period::between(window.from, window.to)?;
    Ok(Made { header, report: Report { name: title, period, tables, ties } })
}

async fn read<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
    window: Window,
) -> Result<(BTreeMap<(WalletCode, Unit), Movement>, Money), AppError> {
    let filter = EntryFilter {
        customer: Some(customer.clone()),
        booked_before: window.before(),
        effective_until: window.effective_until,
        ..EntryFilter::default()
    };
    let (mut wallets, mut money) = (BTreeMap::new(), Money::default());
    let (mut entries, mut after) = (Vec::new(), 0);
    loop {
        let page = workspace.store().entries(&filter, Page::after(after, 1_000)).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        entries.extend(page.into_iter().map(|stored| stored.entry));
    }
    // A customer reads days: usage is posted after a purchase that came later.
    entries.sort_by_key(|entry| entry.body.booked_on);
    for entry in &entries {
        let is_before = entry.body.booked_on < window.from.first_day();
        move_units(&mut wallets, entry, is_before);
        if !is_before {
            money.take(entry);
        }
    }
    Ok((wallets, money))
}

fn move_units(
    wallets: &mut BTreeMap<(WalletCode, Unit), Movement>,
    entry: &Entry,
    is_before: bool,
) {
    let mut changes: BTreeMap<(WalletCode, Unit), i128> = BTreeMap::new();
    for posting in entry.body.postings.iter().filter(|p| p.account == Account::UnitsAvailable) {
        if let Some(wallet) = &posting.wallet {
            let key = (wallet.clone(), posting.amount.unit());
            *changes.entry(key).or_default() += i128::from(posting.amount.steps());
        }
    }
    for ((wallet, unit), change) in changes {
        let movement = wallets.entry((wallet, unit)).or_default();
        movement.closing += change;
        if is_before {
            movement.opening += change;
            continue;
        }
        match entry.body.kind {
            EntryKind::Expiry => movement.expired += change,
            EntryKind::Usage => movement.used += change,
            _ if change > 0 => movement.added += change,
            _ => movement.other += change,
        }
        movement.rows.push(Row::detail(vec![
            Cell::Date(entry.body.booked_on),
            Cell::text(words(entry.body.kind)),
            Cell::text(&entry.body.memo),
            Cell::Amount(change, unit),
            Cell::Amount(movement.closing, unit),
        ]));
    }
}

fn words(kind: EntryKind) -> String {
    kind.code().replace('_', " ")
}

fn movement_columns(unit: Unit) -> Vec<Column> {
    vec![
        Column::new("day", "Day", ColumnKind::Date),
        Column::new("what", "What", ColumnKind::Text),
        Column::new("memo", "Memo", ColumnKind::Text),
        Column::new("change", "Change", ColumnKind::Units(Some(unit))),
        Column::new("balance", "Balance", ColumnKind::Units(Some(unit))),
    ]
}

fn balances(wallets: &BTreeMap<(WalletCode, Unit), Movement>) -> Table {
    let units = || ColumnKind::Units(None);
    let columns = vec![
        Column::new("wallet", "Wallet", ColumnKind::Text),
        Column::new("unit", "Unit", ColumnKind::Text),
        Column::new("opening", "Opening", units()),
        Column::new("added", "Added", units()),
        Column::new("used", "Used", units()),
        Column::new("expired", "Expired", units()),
        Column::new("other", "Other", units()),
        Column::new("closing", "Closing", units()).sum_of(2..7),
    ];
    let mut table = Table::new("Wallets", columns);
    let about = "Units that can be used, at the start and at the end of the period. \
                 Held units are in none of them; what was refunded, moved or held is under Other.";
    table.subtitle.push(about.to_owned());
    for ((wallet, unit), movement) in wallets {
        let mut cells = vec![Cell::text(wallet.as_str()), Cell::text(unit.code().as_str())];
        let figures = [
            movement.opening,
            movement.added,
            movement.used,
            movement.expired,
            movement.other,
            movement.closing,
        ];
        cells.extend(figures.map(|steps| Cell::Amount(steps, *unit)));
        table.rows.push(Row::detail(cells));
    }
    table
}

impl Money {
    fn take(&mut self, entry: &Entry) {
        let mut sums: BTreeMap<Unit, [i128; 2]> = BTreeMap::new();
        for posting in &entry.body.postings {
            let place = match posting.account {
                Account::CashClearing => 0,
                Account::AccountsReceivable | Account::UnbilledReceivable => 1,
                _ => continue,
            };
            let steps = i128::from(posting.amount.steps());
            sums.entry(posting.amount.unit()).or_default()[place] += steps;
        }
        for (unit, [paid, owed]) in sums.into_iter().filter(|(_, sums)| *sums != [0, 0]) {
            self.rows.push(Row::detail(vec![
                Cell::Date(entry.body.booked_on),
                Cell::text(words(entry.body.kind)),
                Cell::text(&entry.body.memo),
                Cell::text(unit.code().as_str()),
                Cell::Amount(paid, unit),
                Cell::Amount(owed, unit),
            ]));
        }
    }
}

fn paid(money: Money) -> Table {
    let columns = vec![
        Column::new("day", "Day", ColumnKind::Date),
        Column::new("what", "What", ColumnKind::Text),
        Column::new("memo", "Memo", ColumnKind::Text),
        Column::new("currency", "Currency", ColumnKind::Text),
        Column::new("paid", "Paid", ColumnKind::Amount(None)),
        Column::new("owed", "Change of what is owed", ColumnKind::Amount(None)),
    ];
    let mut table = Table::new("Money", columns);
    let about = "What was paid, below zero what was paid back; and by how much the amount owed rose, \
                 invoiced or not, tax included.";
    table.subtitle.push(about.to_owned());
    table.rows = money.rows;
    table
}

/// Lots with something left at the end of the period.
async fn lots<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
    window: Window,
) -> Result<Table, AppError> {
    let catalog = workspace.catalog().await?;
    let before = window.before().ok_or(TimeError::OutOfRange)?;
    let end = catalog.zone().start_of_day(before)?;
    let end = Instant::from_micros(end.micros() - 1)?;
    let end = window.effective_until.map_or(end, |until| until.min(end));
    let balance = balance(workspace, customer, end).await?;
    let units = || ColumnKind::Units(None);
    let columns = vec![
        Column::new("wallet", "Wallet", ColumnKind::Text),
        Column::new("lot", "Lot", ColumnKind::Text),
        Column::new("kind", "Kind", ColumnKind::Text),
        Column::new("ends", "Ends before", ColumnKind::Date),
        Column::new("unit", "Unit", ColumnKind::Text),
        Column::new("left", "Left", units()),
        Column::new("held", "Held", units()),
    ];
    let mut table = Table::new("What is left at the end", columns);
    for lot in &balance.lots {
        let unit = lot.unit.parse().ok().and_then(|code| catalog.unit(code));
        let Some(unit) = unit else { continue };
        let steps = |text: &str| Amount::parse(text, unit).map_or(0, |a| i128::from(a.steps()));
        let (left, held) = (steps(&lot.left), steps(&lot.held));
        if left == 0 && held == 0 {
            continue;
        }
        let ends = lot.expires_at.as_ref().and_then(|at| at.parse::<Instant>().ok());
        table.rows.push(Row {
            kind: RowKind::Detail,
            cells: vec![
                Cell::text(&lot.wallet),
                Cell::text(&lot.lot),
                Cell::text(lot.kind),
                ends.map_or(Cell::Empty, |at| Cell::Date(catalog.zone().day_of(at))),
                Cell::text(&lot.unit),
                Cell::Amount(left, unit),
                Cell::Amount(held, unit),
            ],
        });
    }
    Ok(table)
}
