//! Charts over the ledger.

use std::collections::BTreeMap;
use std::path::Path;

use scrip_journal::{Account, AccountClass};
use scrip_reports::Projection;
use scrip_reports::charts::{
    BurnDown, Chart, DeferredAndRecognised, DeferredMonth, Expiry, Look, Theme,
};
use scrip_store::{EntryFilter, FactQuery, LedgerStore, Page};
use scrip_units::{CustomerCode, Instant, LotId, Month, Unit, WalletCode};

use crate::burning::outlooks;
use crate::error::AppError;
use crate::reporting::{Window, header};
use crate::session::read_book;
use crate::workspace::Workspace;

/// Writes a chart to a file, as its name ends.
pub(crate) fn write(chart: &Chart, path: &Path) -> Result<(), AppError> {
    let name = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    let bytes = match name.as_str() {
        "svg" => chart.svg()?.into_bytes(),
        "png" => chart.png()?,
        _ => {
            return Err(AppError::Argument(format!(
                "{}: a chart is written as .svg or .png",
                path.display()
            )));
        }
    };
    std::fs::write(path, bytes).map_err(AppError::file(path))
}

/// A change of a wallet's balance.
struct Change {
    at: Instant,
    units: i64,
    expired: bool,
}

async fn changes<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
    wallet: &WalletCode,
    as_of: Instant,
) -> Result<Vec<Change>, AppError> {
    let filter = EntryFilter {
        customer: Some(customer.clone()),
        wallet: Some(wallet.clone()),
        ..EntryFilter::default()
    };
    let mut changes = Vec::new();
    let mut after = 0;
    loop {
        let page = workspace.store().entries(&filter, Page::after(after, 1_000)).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for entry in
            page.iter().map(|stored| &stored.entry).filter(|e| e.body.effective_at <= as_of)
        {
            for posting in
                entry.body.postings.iter().filter(|p| p.account == Account::UnitsAvailable)
            {
                if posting.wallet.as_ref() == Some(wallet) {
                    changes.push(Change {
                        at: entry.body.effective_at,
                        units: posting.amount.steps(),
                        expired: entry.body.kind == scrip_journal::EntryKind::Expiry,
                    });
                }
            }
        }
    }
    changes.sort_by_key(|change| change.at);
    Ok(changes)
}

/// Writes the chart of [`burn_down_chart`] to a file, as its name ends.
///
/// # Errors
/// As [`burn_down_chart`], or the operating system's.
pub async fn burn_down<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
    wallet: &WalletCode,
    as_of: Instant,
    theme: Theme,
    path: &Path,
) -> Result<(), AppError> {
    let look = Look { theme, ..Look::default() };
    write(&burn_down_chart(workspace, (customer, wallet), as_of, look).await?, path)
}

/// A wallet's balance over time, its expiries and its projected depletion.
///
/// # Errors
/// [`AppError::UnknownCustomer`], [`AppError::NothingToDraw`], or the chart's.
pub async fn burn_down_chart<S: LedgerStore>(
    workspace: &Workspace<S>,
    (customer, wallet): (&CustomerCode, &WalletCode),
    as_of: Instant,
    look: Look,
) -> Result<Chart, AppError> {
    let header = header(workspace, as_of).await?;
    let record = workspace.store().book(customer).await?;
    let book = read_book(
        &record.ok_or_else(|| AppError::UnknownCustomer { customer: customer.clone() })?,
    )?;
    let unit = book.lots.iter().find(|lot| lot.wallet == *wallet).map(|lot| lot.unit.0);
    let unit =
        unit.ok_or_else(|| AppError::NothingToDraw(format!("wallet {wallet} of {customer}")))?;
    let changes = changes(workspace, customer, wallet, as_of).await?;
    let mut balance = 0_i128;
    let mut points: Vec<(Instant, i128)> = Vec::new();
    let mut expiries: BTreeMap<Instant, i128> = BTreeMap::new();
    for change in &changes {
        balance += i128::from(change.units);
        match points.last_mut() {
            Some(last) if last.0 == change.at => last.1 = balance,
            _ => points.push((change.at, balance)),
        }
        if change.expired {
            *expiries.entry(change.at).or_default() -= i128::from(change.units);
        }
    }
    let left: BTreeMap<LotId, Instant> = book
        .lots
        .iter()
        .filter(|lot| lot.wallet == *wallet && lot.available > 0)
        .filter_map(|lot| Some((lot.id.clone(), lot.expires_at.filter(|end| *end > as_of)?)))
        .collect();
    for lot in &book.lots {
        if let Some(end) = left.get(&lot.id) {
            *expiries.entry(*end).or_default() += i128::from(lot.available);
        }
    }
    let outlook = outlooks(workspace, customer, Some(wallet), as_of).await?.pop();
    let projection = outlook.and_then(|(_, _, outlook)| {
        Some(Projection {
            expected: outlook.expected?.at,
            earliest: outlook.earliest?.at,
            latest: outlook.latest.map(|latest| latest.at),
        })
    });
    let chart = BurnDown {
        wallet: format!("{customer} / {wallet}"),
        unit,
        zone: header.zone,
        points,
        as_of,
        expiries: expiries.into_iter().map(|(at, units)| Expiry { at, units }).collect(),
        projection,
    };
    Ok(chart.chart(look)?)
}

/// Writes the chart of [`deferred_and_recognised_chart`] to a file, as its name ends.
///
/// # Errors
/// As [`deferred_and_recognised_chart`], or the operating system's.
pub async fn deferred_and_recognised<S: LedgerStore>(
    workspace: &Workspace<S>,
    window: Window,
    theme: Theme,
    path: &Path,
) -> Result<(), AppError> {
    let look = Look { theme, ..Look::default() };
    write(&deferred_and_recognised_chart(workspace, (window, None), look).await?, path)
}

/// Recognised revenue by month against the deferred balance at its end, in the entity's currency; from
/// the entries that count at an instant, if one is given.
///
/// # Errors
/// [`AppError::NothingToDraw`], or the store's and the chart's.
pub async fn deferred_and_recognised_chart<S: LedgerStore>(
    workspace: &Workspace<S>,
    (window, effective_until): (Window, Option<Instant>),
    look: Look,
) -> Result<Chart, AppError> {
    let header = header(workspace, Instant::MAX).await?;
    let unit = Unit::currency(header.currency)
        .ok_or_else(|| AppError::NothingToDraw(format!("the currency {}", header.currency)))?;
    let query = FactQuery {
        booked_before: window.to.last_day().succ_opt(),
        effective_until,
        ..FactQuery::default()
    };
    let mut sums: BTreeMap<Month, DeferredMonth> = BTreeMap::new();
    let mut month = window.from;
    let blank =
        |month| DeferredMonth { month, usage: 0, breakage: 0, overage: 0, other: 0, deferred: 0 };
    while month <= window.to {
        sums.insert(month, blank(month));
        month = month.next();
    }
    for fact in workspace.store().facts(&query).await?.iter().filter(|fact| fact.unit == unit) {
        if fact.account.class() == AccountClass::ContractLiability {
            for sum in sums.range_mut(fact.month..).map(|(_, sum)| sum) {
                sum.deferred -= fact.balance();
            }
        }
        if let Some(sum) = sums.get_mut(&fact.month) {
            use AccountClass::{ContraRevenue, Revenue};
            match (fact.account, fact.account.class()) {
                (Account::RevenueUsage, _) => sum.usage -= fact.balance(),
                (Account::RevenueBreakage, _) => sum.breakage -= fact.balance(),
                (Account::RevenueOverage, _) => sum.overage -= fact.balance(),
                (_, Revenue | ContraRevenue) => sum.other -= fact.balance(),
                _ => {}
            }
        }
    }
    let chart = DeferredAndRecognised {
        subject: header.entity,
        unit,
        months: sums.into_values().collect(),
    };
    Ok(chart.chart(look)?)
}
