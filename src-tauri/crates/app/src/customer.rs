//! One customer in whole: wallets with their lots in the order in which they burn, holds, alerts, how
//! fast the wallets burn, and how the balance of each came to be.

use std::collections::BTreeMap;

use scrip_catalog::Catalog;
use scrip_engine::CustomerBook;
use scrip_journal::Account;
use scrip_store::{EntryFilter, LedgerStore, Page};
use scrip_units::{
    CustomerCode, Instant, LotId, Rounding, Scale, Unit, WalletCode, div_round, format_steps,
};
use scrip_wallet::{Lot, left_at_end};
use serde::Serialize;

use crate::burning::{self, History, WalletBurnView, burn_view, history, stack_of_wallet};
use crate::error::AppError;
use crate::holds::{HoldView, holds};
use crate::query::{BalanceView, LotView, PlacedEntry, balance, book_of, steps_text};
use crate::view::{AlertView, EntryView};
use crate::workspace::Workspace;

/// Alerts of so many days are shown with a customer.
const ALERT_DAYS: i64 = 90;
/// Microseconds of a day.
const DAY_MICROS: i64 = 86_400_000_000;
/// Decimals of the price of one unit beyond those of its currency.
const PRICE_DECIMALS: u8 = 4;

/// A lot in its place among those that burn.
#[derive(Debug, Clone, Serialize)]
pub struct StackedLot {
    /// The lot.
    pub lot: LotView,
    /// Accounting day of its grant.
    pub granted_on: String,
    /// What was paid for one unit, in the lot's currency, rounded half away from zero to four decimals
    /// beyond those of the currency; absent when nothing was paid.
    pub unit_price: Option<String>,
    /// The day before which it ends, in the entity's zone: its last day is the one before, unless it
    /// ends during a day.
    pub ends_on: Option<String>,
    /// Whether it ends within thirty days.
    pub ends_soon: bool,
    /// What will be left of it when it ends, at the rate of the last thirty days.
    pub left_at_end: Option<String>,
    /// Its part of what the wallet holds, in thousandths.
    pub share: u16,
    /// The held part of it, in thousandths of what it holds.
    pub held_share: u16,
}

/// A wallet and its lots.
#[derive(Debug, Clone, Serialize)]
pub struct WalletStack {
    /// Wallet.
    pub wallet: String,
    /// Wallet type.
    pub wallet_type: String,
    /// Unit.
    pub unit: String,
    /// Decimals of the unit.
    pub decimals: u8,
    /// Usable, less what the wallet is overdrawn by.
    pub available: String,
    /// What it is overdrawn by.
    pub overdrawn: Option<String>,
    /// Reserved by holds and draft invoices.
    pub held: String,
    /// How fast it burns; absent when it never had a lot.
    pub burn: Option<WalletBurnView>,
    /// Lots with something left, in the order in which they burn; frozen ones last.
    pub lots: Vec<StackedLot>,
    /// Lots of which nothing is left, the latest first.
    pub spent: Vec<StackedLot>,
}

/// A customer in whole, at an instant.
#[derive(Debug, Clone, Serialize)]
pub struct CustomerPage {
    /// Code.
    pub customer: String,
    /// Name.
    pub name: String,
    /// Plan.
    pub plan: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Day of sign-up.
    pub signed_up_on: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// The instant.
    pub as_of: String,
    /// The time zone of the books.
    pub zone: String,
    /// Wallets.
    pub wallets: Vec<WalletStack>,
    /// Holds that have not ended, as they are now.
    pub holds: Vec<HoldView>,
    /// Contract liabilities, by currency.
    pub deferred: BTreeMap<String, String>,
    /// Earned and not yet invoiced, by currency.
    pub unbilled: BTreeMap<String, String>,
    /// Invoiced and not yet paid, by currency.
    pub receivable: BTreeMap<String, String>,
    /// Fees charged in advance and not yet earned, by currency.
    pub deferred_fees: BTreeMap<String, String>,
    /// Alerts of the last ninety days, the latest first.
    pub alerts: Vec<AlertView>,
}

/// A customer in whole, from the entries that count at an instant.
///
/// # Errors
/// [`AppError::UnknownCustomer`], or the store's.
pub async fn page<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
    as_of: Instant,
) -> Result<CustomerPage, AppError> {
    workspace.store().whole().await?;
    let catalog = workspace.catalog().await?;
    let unknown = || AppError::UnknownCustomer { customer: customer.clone() };
    let known = catalog.customer(customer).ok_or_else(unknown)?;
    let balance = balance(workspace, customer, as_of).await?;
    let book = book_of(workspace, customer).await?;
    let history = history(workspace, (customer, &catalog), as_of).await?;
    let wallets = stacks(&catalog, &book, &balance, (&history, as_of));
    let since = as_of.micros().saturating_sub(ALERT_DAYS * DAY_MICROS);
    let since = Instant::from_micros(since).unwrap_or(Instant::MIN);
    let mut alerts = burning::alerts(workspace, Some(customer), since).await?;
    alerts.retain(|alert| alert.at.parse::<Instant>().is_ok_and(|at| at <= as_of));
    alerts.reverse();
    Ok(CustomerPage {
        customer: customer.to_string(),
        name: known.name.clone(),
        plan: known.plan.clone(),
        country: known.country.clone(),
        signed_up_on: known.signed_up_on.map(|day| day.to_string()),
        tags: known.tags.clone(),
        as_of: as_of.to_string(),
        zone: catalog.zone().to_string(),
        wallets,
        holds: holds(workspace, customer).await?.holds,
        deferred: deferred(&book, &balance),
        unbilled: balance.unbilled,
        receivable: balance.receivable,
        deferred_fees: balance.deferred_fees,
        alerts,
    })
}

/// What the lots carry, by currency: the sum of what the balance says of each.
fn deferred(book: &CustomerBook, balance: &BalanceView) -> BTreeMap<String, String> {
    let mut sums: BTreeMap<Unit, i128> = BTreeMap::new();
    for view in &balance.lots {
        let lot = book.lots.iter().find(|lot| lot.id.as_str() == view.lot);
        let currency = lot.and_then(|lot| lot.currency);
        let (Some(currency), Some(carrying)) = (currency, &view.carrying) else { continue };
        if let Ok(amount) = scrip_units::Amount::parse(carrying, currency.0) {
            *sums.entry(currency.0).or_default() += i128::from(amount.steps());
        }
    }
    let sums = sums.into_iter().filter(|(_, steps)| *steps != 0);
    sums.map(|(unit, steps)| (unit.code().to_string(), format_steps(steps, unit.scale()))).collect()
}

fn stacks(
    catalog: &Catalog,
    book: &CustomerBook,
    balance: &BalanceView,
    (history, as_of): (&History, Instant),
) -> Vec<WalletStack> {
    let views: BTreeMap<&str, &LotView> =
        balance.lots.iter().map(|lot| (lot.lot.as_str(), lot)).collect();
    let by_id: BTreeMap<&LotId, &Lot> = book.lots.iter().map(|lot| (&lot.id, lot)).collect();
    let stack = |wallet: &crate::query::WalletView| {
        let code: WalletCode = wallet.wallet.parse().ok()?;
        let unit = book.lots.iter().find(|lot| lot.wallet == code).map(|lot| lot.unit.0)?;
        let left = |lot: &Lot| history.lots.get(&lot.id).map(|then| then.left);
        let stack = stack_of_wallet(catalog, book, (&code, as_of), left);
        let outlook = stack.as_ref().map(|s| s.outlook(catalog, history.burned.get(&code), as_of));
        let at_end = match (&stack, outlook.as_ref().and_then(|outlook| outlook.last_30)) {
            (Some(stack), Some(rate)) => left_at_end(&stack.lots, as_of, rate),
            _ => Vec::new(),
        };
        let order = stack.iter().flat_map(|stack| &stack.order);
        let mut order: Vec<(&Lot, Option<i128>)> = order
            .enumerate()
            .map(|(place, index)| (&book.lots[*index], at_end.get(place).copied().flatten()))
            .collect();
        // A frozen lot burns only after its chargeback is won.
        let frozen = by_id.values().filter(|lot| lot.wallet == code && lot.is_frozen());
        order.extend(frozen.map(|lot| (*lot, None)));
        let holds = |lot: &Lot| {
            let view = views.get(lot.id.as_str())?;
            let units = |text: &str| scrip_units::Amount::parse(text, unit).ok();
            Some((units(&view.left)?.steps(), units(&view.held)?.steps()))
        };
        let whole: i128 = order
            .iter()
            .filter_map(|(lot, _)| holds(lot))
            .map(|(left, held)| i128::from(left) + i128::from(held))
            .sum();
        let (mut lots, mut spent) = (Vec::new(), Vec::new());
        for (lot, at_end) in order {
            let (Some(view), Some((left, held))) = (views.get(lot.id.as_str()), holds(lot)) else {
                continue;
            };
            let own = i128::from(left) + i128::from(held);
            let stacked = StackedLot {
                lot: (*view).clone(),
                granted_on: lot.granted_on.to_string(),
                unit_price: unit_price(lot),
                ends_on: lot.expires_at.map(|end| catalog.zone().day_of(end).to_string()),
                ends_soon: lot
                    .expires_at
                    .is_some_and(|end| end.micros() - as_of.micros() < 30 * DAY_MICROS),
                left_at_end: at_end.map(|steps| format_steps(steps, unit.scale())),
                share: thousandths(own, whole),
                held_share: thousandths(i128::from(held), own),
            };
            if own > 0 { lots.push(stacked) } else { spent.push(stacked) }
        }
        spent.sort_by(|a, b| (&b.granted_on, &b.lot.lot).cmp(&(&a.granted_on, &a.lot.lot)));
        let names = (wallet.wallet.clone(), wallet.wallet_type.clone());
        Some(WalletStack {
            wallet: wallet.wallet.clone(),
            wallet_type: wallet.wallet_type.clone(),
            unit: wallet.unit.clone(),
            decimals: unit.scale().decimals(),
            available: wallet.available.clone(),
            overdrawn: wallet.overdrawn.clone(),
            held: wallet.held.clone(),
            burn: outlook.map(|outlook| burn_view(names, unit, &outlook, catalog.zone())),
            lots,
            spent,
        })
    };
    balance.wallets.iter().filter_map(stack).collect()
}

/// A part in thousandths of a whole, rounded half away from zero; 0 of nothing.
fn thousandths(part: i128, whole: i128) -> u16 {
    let share = part.max(0).checked_mul(1_000);
    let share = share.and_then(|part| div_round(part, whole, Rounding::HalfAwayFromZero).ok());
    share.and_then(|share| u16::try_from(share.min(1_000)).ok()).unwrap_or(0)
}

/// What was paid for one unit of a lot.
fn unit_price(lot: &Lot) -> Option<String> {
    let currency = lot.currency?.0;
    let decimals = (currency.scale().decimals() + PRICE_DECIMALS).min(Scale::MAX.decimals());
    let scale = Scale::try_new(decimals).ok()?;
    let power = u32::from(decimals - currency.scale().decimals() + lot.unit.0.scale().decimals());
    let steps = i128::from(lot.consideration).checked_mul(10_i128.checked_pow(power)?)?;
    let price = div_round(steps, i128::from(lot.issued), Rounding::HalfAwayFromZero).ok()?;
    if price == 0 {
        return None;
    }
    let text = format_steps(price, scale);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let least = usize::from(currency.scale().decimals());
    let kept = fraction.trim_end_matches('0').len().max(least).min(fraction.len());
    Some(if kept == 0 { whole.to_owned() } else { format!("{whole}.{}", &fraction[..kept]) })
}

/// Where a page of a timeline begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimelineStart {
    /// After this place in the ledger.
    pub after: u64,
    /// The usable units before it.
    pub balance: String,
}

/// How the entries of a wallet fall into pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimelineIndex {
    /// Entries.
    pub count: u64,
    /// Where each page begins, the oldest first.
    pub starts: Vec<TimelineStart>,
}

/// An entry of a wallet with what it did to the wallet.
#[derive(Debug, Clone, Serialize)]
pub struct TimelineRow {
    /// The entry.
    pub placed: PlacedEntry,
    /// Change of the usable units.
    pub change: String,
    /// Change of the held units.
    pub held: String,
    /// The usable units after it.
    pub balance: String,
}

fn of_wallet(customer: &CustomerCode, wallet: &WalletCode, as_of: Option<Instant>) -> EntryFilter {
    EntryFilter {
        customer: Some(customer.clone()),
        wallet: Some(wallet.clone()),
        effective_until: as_of,
        ..EntryFilter::default()
    }
}

/// The change of usable and of held units of a wallet by an entry, in smallest steps.
fn changes(entry: &scrip_journal::Entry, wallet: &WalletCode) -> (i64, i64) {
    let own = entry.body.postings.iter().filter(|p| p.wallet.as_ref() == Some(wallet));
    own.fold((0, 0), |(usable, held), posting| match posting.account {
        Account::UnitsAvailable => (usable + posting.amount.steps(), held),
        Account::UnitsHeld => (usable, held + posting.amount.steps()),
        _ => (usable, held),
    })
}

async fn unit_of<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
    wallet: &WalletCode,
) -> Result<Unit, AppError> {
    let book = book_of(workspace, customer).await?;
    let unit = book.lots.iter().find(|lot| lot.wallet == *wallet).map(|lot| lot.unit.0);
    unit.ok_or_else(|| {
        AppError::Argument(format!("customer {customer} has no lots in a wallet {wallet}"))
    })
}

/// How the entries of a wallet fall into pages of so many, with the balance at the start of each.
///
/// # Errors
/// [`AppError::Argument`] for a wallet without lots, or the store's.
pub async fn timeline_index<S: LedgerStore>(
    workspace: &Workspace<S>,
    (customer, wallet): (&CustomerCode, &WalletCode),
    as_of: Option<Instant>,
    page: u32,
) -> Result<TimelineIndex, AppError> {
    let unit = unit_of(workspace, customer, wallet).await?;
    let filter = of_wallet(customer, wallet, as_of);
    let mut index = TimelineIndex { count: 0, starts: Vec::new() };
    let (mut after, mut balance) = (0, 0_i64);
    loop {
        let entries = workspace.store().entries(&filter, Page::after(after, page)).await?;
        let Some(last) = entries.last() else { return Ok(index) };
        index.starts.push(TimelineStart { after, balance: steps_text(balance, unit) });
        index.count += entries.len() as u64;
        after = last.seq;
        balance += entries.iter().map(|stored| changes(&stored.entry, wallet).0).sum::<i64>();
    }
}

/// A page of a timeline, the oldest entry first.
///
/// # Errors
/// [`AppError::Argument`] for a wallet without lots or a balance that is no amount, or the store's.
pub async fn timeline_page<S: LedgerStore>(
    workspace: &Workspace<S>,
    (customer, wallet): (&CustomerCode, &WalletCode),
    as_of: Option<Instant>,
    (start, page): (&TimelineStart, u32),
) -> Result<Vec<TimelineRow>, AppError> {
    let unit = unit_of(workspace, customer, wallet).await?;
    let filter = of_wallet(customer, wallet, as_of);
    let balance = scrip_units::Amount::parse(&start.balance, unit);
    let mut balance = balance.map_err(|e| AppError::Argument(e.to_string()))?.steps();
    let entries = workspace.store().entries(&filter, Page::after(start.after, page)).await?;
    let row = |stored: &scrip_store::StoredEntry| {
        let (change, held) = changes(&stored.entry, wallet);
        balance += change;
        TimelineRow {
            placed: PlacedEntry {
                seq: stored.seq,
                previous: stored.entry.previous.to_string(),
                detail: stored.entry.body.detail.map(|detail| detail.to_string()),
                entry: EntryView::from(&stored.entry),
            },
            change: steps_text(change, unit),
            held: steps_text(held, unit),
            balance: steps_text(balance, unit),
        }
    };
    Ok(entries.iter().map(row).collect())
}
