//! How fast a customer's wallets burn and when they run out, from the entries of the ledger; and the
//! alerts that were raised.

use std::collections::{BTreeMap, BTreeSet};

use scrip_catalog::Catalog;
use scrip_engine::CustomerBook;
use scrip_journal::{Account, AccountClass, Draft};
use scrip_store::{AlertRecord, EntryFilter, LedgerStore, Page};
use scrip_units::{
    CustomerCode, Date, Instant, LotId, Rounding, Unit, WalletCode, Zone, div_round, format_steps,
};
use scrip_wallet::{BurnRate, Burned, Depletion, Left, Lot, Outlook, in_draw_order, outlook};
use serde::Serialize;

use crate::error::AppError;
use crate::query::{book_of, catalog};
use crate::view::AlertView;
use crate::workspace::Workspace;

/// A burn rate.
#[derive(Debug, Clone, Serialize)]
pub struct RateView {
    /// Units burned.
    pub burned: String,
    /// Whole days they were burned in.
    pub days: u32,
    /// Units a day, rounded half away from zero to the unit's smallest step.
    pub per_day: String,
}

/// When a wallet runs out.
#[derive(Debug, Clone, Serialize)]
pub struct DepletionView {
    /// The first instant with nothing to use.
    pub at: String,
    /// Its day in the entity's zone.
    pub day: String,
    /// Units that expire unused by then.
    pub unused: String,
}

/// How fast a wallet burns.
#[derive(Debug, Clone, Serialize)]
pub struct WalletBurnView {
    /// Wallet.
    pub wallet: String,
    /// Wallet type.
    pub wallet_type: String,
    /// Unit of all amounts.
    pub unit: String,
    /// Usable now.
    pub available: String,
    /// The last whole day.
    pub last_1: Option<RateView>,
    /// The last seven whole days.
    pub last_7: Option<RateView>,
    /// The last thirty whole days.
    pub last_30: Option<RateView>,
    /// When it runs out at the rate of the last thirty days.
    pub expected: Option<DepletionView>,
    /// At the rate of the week of those that burned most.
    pub earliest: Option<DepletionView>,
    /// At the rate of the week of those that burned least.
    pub latest: Option<DepletionView>,
}

/// How fast a customer's wallets burn.
#[derive(Debug, Clone, Serialize)]
pub struct BurnRateView {
    /// Customer.
    pub customer: String,
    /// The instant.
    pub as_of: String,
    /// Wallets.
    pub wallets: Vec<WalletBurnView>,
}

/// What a lot held by then, in smallest steps.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LotThen {
    /// Units that could be drawn.
    pub(crate) left: i64,
    /// Units reserved.
    pub(crate) held: i64,
    /// Consideration not yet recognised.
    pub(crate) carrying: i64,
}

/// What a customer had burned by then, and what each lot held: lots that are not named did not exist.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) burned: BTreeMap<WalletCode, Burned>,
    pub(crate) lots: BTreeMap<LotId, LotThen>,
}

impl History {
    /// Adds an entry.
    pub(crate) fn add(&mut self, body: &Draft, zone: Zone) {
        for posting in &body.postings {
            let steps = posting.amount.steps();
            if let Some(wallet) = posting.wallet.as_ref().filter(|_| posting.is_burn()) {
                let own = || zone.day_of(body.effective_at);
                let day: Date = posting.service_day.unwrap_or_else(own);
                self.burned.entry(wallet.clone()).or_default().add(day, steps);
            }
            let Some(lot) = &posting.lot else { continue };
            let then = self.lots.entry(lot.clone()).or_default();
            match posting.account {
                Account::UnitsAvailable => then.left += steps,
                Account::UnitsHeld => then.held += steps,
                account if account.class() == AccountClass::ContractLiability => {
                    then.carrying -= steps;
                }
                _ => {}
            }
        }
    }
}

pub(crate) async fn history<S: LedgerStore>(
    workspace: &Workspace<S>,
    (customer, catalog): (&CustomerCode, &Catalog),
    as_of: Instant,
) -> Result<History, AppError> {
    let filter = EntryFilter {
        customer: Some(customer.clone()),
        effective_until: Some(as_of),
        ..EntryFilter::default()
    };
    let mut history = History::default();
    let mut after = 0;
    loop {
        let page = workspace.store().entries(&filter, Page::after(after, 1_000)).await?;
        let Some(last) = page.last() else { return Ok(history) };
        after = last.seq;
        for body in page.iter().map(|stored| &stored.entry.body) {
            history.add(body, catalog.zone());
        }
    }
}

/// The outlook of each wallet that has a lot, or of one.
pub(crate) async fn outlooks<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
    wallet: Option<&WalletCode>,
    as_of: Instant,
) -> Result<Vec<(WalletCode, Unit, Outlook)>, AppError> {
    let catalog = catalog(workspace).await?;
    if catalog.customer(customer).is_none() {
        return Err(AppError::UnknownCustomer { customer: customer.clone() });
    }
    let book = book_of(workspace, customer).await?;
    let history = history(workspace, (customer, &catalog), as_of).await?;
    let wallets = book.wallets.keys().filter(|code| wallet.is_none_or(|wanted| wanted == *code));
    Ok(wallets
        .filter_map(|code| {
            let burned = history.burned.get(code);
            let left = |lot: &Lot| history.lots.get(&lot.id).map(|then| then.left);
            let (unit, outlook) = of_wallet(&catalog, &book, (code, as_of), (burned, left))?;
            Some((code.clone(), unit, outlook))
        })
        .collect())
}

/// The outlook of a wallet from what it burned and what is left of each lot; lots of which nothing is
/// known did not exist yet.
pub(crate) fn of_wallet(
    catalog: &Catalog,
    book: &CustomerBook,
    (code, as_of): (&WalletCode, Instant),
    (burned, left): (Option<&Burned>, impl Fn(&Lot) -> Option<i64>),
) -> Option<(Unit, Outlook)> {
    let stack = stack_of_wallet(catalog, book, (code, as_of), left)?;
    let outlook = stack.outlook(catalog, burned, as_of);
    Some((stack.unit, outlook))
}

/// The lots of a wallet in the order in which they burn.
pub(crate) struct Stack {
    pub(crate) unit: Unit,
    /// Positions in the book.
    pub(crate) order: Vec<usize>,
    pub(crate) lots: Vec<Left>,
}

impl Stack {
    pub(crate) fn outlook(
        &self,
        catalog: &Catalog,
        burned: Option<&Burned>,
        as_of: Instant,
    ) -> Outlook {
        let zone = catalog.zone();
        let since = self.lots.iter().map(|lot| lot.from).min().map(|first| zone.day_of(first));
        outlook(&self.lots, burned.unwrap_or(&Burned::default()), (since, as_of, zone))
    }
}

/// The lots of a wallet that are known and not frozen, in the order in which they burn; none if there
/// are none.
pub(crate) fn stack_of_wallet(
    catalog: &Catalog,
    book: &CustomerBook,
    (code, as_of): (&WalletCode, Instant),
    left: impl Fn(&Lot) -> Option<i64>,
) -> Option<Stack> {
    let wallet = book.wallets.get(code)?;
    let keys = catalog.wallet_type_at(&wallet.wallet_type, as_of);
    let keys = keys.map(|version| version.draw_order.as_slice()).unwrap_or_default();
    let known = |index: &usize| {
        let lot = &book.lots[*index];
        lot.wallet == *code && !lot.is_frozen() && left(lot).is_some()
    };
    let mut order: Vec<usize> = (0..book.lots.len()).filter(known).collect();
    in_draw_order(&book.lots, &mut order, keys);
    let unit = book.lots.get(*order.first()?)?.unit.0;
    let lots = order
        .iter()
        .map(|index| {
            let lot = &book.lots[*index];
            let units = left(lot).unwrap_or(0);
            Left { units, from: lot.effective_at, until: lot.expires_at }
        })
        .collect();
    Some(Stack { unit, order, lots })
}

/// How fast a customer's wallets burn, and when they run out.
///
/// # Errors
/// [`AppError::UnknownCustomer`], [`AppError::Argument`] for a wallet that has no lots, or the store's.
pub async fn burn_rate<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
    wallet: Option<&WalletCode>,
    as_of: Instant,
) -> Result<BurnRateView, AppError> {
    let zone = catalog(workspace).await?.zone();
    let book = book_of(workspace, customer).await?;
    let found = outlooks(workspace, customer, wallet, as_of).await?;
    if let (Some(wallet), true) = (wallet, found.is_empty()) {
        let message = format!("customer {customer} has no lots in a wallet {wallet} by {as_of}");
        return Err(AppError::Argument(message));
    }
    let wallets = found.iter().map(|(code, unit, outlook)| {
        let wallet_type = book.wallets.get(code).map(|wallet| wallet.wallet_type.to_string());
        let names = (code.to_string(), wallet_type.unwrap_or_default());
        burn_view(names, *unit, outlook, zone)
    });
    Ok(BurnRateView {
        customer: customer.to_string(),
        as_of: as_of.to_string(),
        wallets: wallets.collect(),
    })
}

/// The outlook of a wallet in texts.
pub(crate) fn burn_view(
    (wallet, wallet_type): (String, String),
    unit: Unit,
    outlook: &Outlook,
    zone: Zone,
) -> WalletBurnView {
    let text = |steps: i128| format_steps(steps, unit.scale());
    let rate = |rate: BurnRate| {
        let days = i128::from(rate.days);
        let per_day = div_round(rate.burned, days, Rounding::HalfAwayFromZero);
        RateView { burned: text(rate.burned), days: rate.days, per_day: text(per_day.unwrap_or(0)) }
    };
    let dry = |found: Depletion| DepletionView {
        at: found.at.to_string(),
        day: zone.day_of(found.at).to_string(),
        unused: text(found.unused),
    };
    WalletBurnView {
        wallet,
        wallet_type,
        unit: unit.code().to_string(),
        available: text(outlook.available),
        last_1: outlook.last_day.map(rate),
        last_7: outlook.last_7.map(rate),
        last_30: outlook.last_30.map(rate),
        expected: outlook.expected.map(dry),
        earliest: outlook.earliest.map(dry),
        latest: outlook.latest.map(dry),
    }
}

/// Alerts seen at or after an instant, of one customer or of all, in the order of recording.
///
/// # Errors
/// [`AppError::UnknownCustomer`], or the store's.
pub async fn alerts<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: Option<&CustomerCode>,
    since: Instant,
) -> Result<Vec<AlertView>, AppError> {
    if let Some(customer) = customer
        && catalog(workspace).await?.customer(customer).is_none()
    {
        return Err(AppError::UnknownCustomer { customer: customer.clone() });
    }
    let alerts = workspace.store().alerts(customer, since).await?;
    let view = |alert: AlertRecord| {
        Ok(AlertView {
            customer: alert.customer.to_string(),
            wallet: alert.wallet.to_string(),
            code: alert.code,
            at: alert.at.to_string(),
            figures: serde_json::from_str(&alert.figures)
                .map_err(|e| AppError::stored("alert", e))?,
            operation: Some(alert.operation.to_string()),
        })
    };
    alerts.into_iter().map(view).collect()
}

/// Alerts that were raised by operations beyond so many, which the caller knows of, in the order of
/// recording.
///
/// # Errors
/// The store's.
pub async fn alerts_after<S: LedgerStore>(
    workspace: &Workspace<S>,
    known: u64,
) -> Result<Vec<AlertView>, AppError> {
    let mut new = BTreeSet::new();
    let mut after = known;
    loop {
        let page = workspace.store().operations(Page::after(after, 500)).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        new.extend(page.into_iter().map(|stored| stored.operation.id.to_string()));
    }
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let mut raised = alerts(workspace, None, Instant::MIN).await?;
    raised.retain(|alert| alert.operation.as_ref().is_some_and(|id| new.contains(id)));
    Ok(raised)
}
