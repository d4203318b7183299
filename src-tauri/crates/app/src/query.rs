//! Questions: balances, entries, the draws and the explanation of an event, the state of the workspace.

use std::collections::BTreeMap;
use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_engine::CustomerBook;
use scrip_journal::Account;
use scrip_store::{EntryFilter, EntryIndex, LedgerStore, Page, StoredEntry, Unfinished};
use scrip_units::{CustomerCode, Instant, LotId, TimeError, Unit, WalletCode, When, format_steps};
use scrip_wallet::Lot;
use serde::Serialize;

use crate::error::AppError;
use crate::session::read_book;
use crate::view::EntryView;
use crate::workspace::Workspace;

pub use crate::draws::{EventDraws, EventSource, event_draws};
pub use crate::explain::{ExplainView, Hypothetical, explain_event, explain_hypothetical};

/// A lot, as a balance shows it.
#[derive(Debug, Clone, Serialize)]
pub struct LotView {
    /// Lot.
    pub lot: String,
    /// Wallet.
    pub wallet: String,
    /// Wallet type.
    pub wallet_type: String,
    /// Kind.
    pub kind: &'static str,
    /// Unit.
    pub unit: String,
    /// Units issued.
    pub issued: String,
    /// Units left, whether or not they are usable.
    pub left: String,
    /// Units usable at the instant asked for.
    pub available: String,
    /// Units reserved by holds and draft invoices.
    pub held: String,
    /// From when it is usable.
    pub effective_at: String,
    /// Until when, exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// `usable`, `not_yet_effective`, `expired`, `frozen` (by a chargeback),
    /// `held` (all that is left of it) or `used_up`.
    pub state: &'static str,
    /// Consideration not yet recognised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrying: Option<String>,
    /// Currency of the consideration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The exchange rate of the day on which it was bought in another currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<LotExchangeView>,
}

/// What a lot bought in another currency was worth in that of the books, on the day it was bought.
#[derive(Debug, Clone, Serialize)]
pub struct LotExchangeView {
    /// Who published the rate.
    pub source: String,
    /// The day on which it was published.
    pub day: String,
    /// Units of the currency of the books for one unit of the currency paid, as an exact fraction.
    pub rate: String,
    /// The whole consideration in the currency of the books.
    pub consideration: String,
    /// The currency of the books.
    pub currency: String,
}

pub(crate) fn lot_exchange(lot: &Lot) -> Option<LotExchangeView> {
    let (exchange, functional) = (lot.exchange.as_ref()?, lot.functional()?);
    Some(LotExchangeView {
        source: exchange.source.clone(),
        day: exchange.day.to_string(),
        rate: exchange.rate.to_string(),
        consideration: functional.to_decimal_string(),
        currency: functional.unit().code().to_string(),
    })
}

/// A wallet's balance.
#[derive(Debug, Clone, Serialize)]
pub struct WalletView {
    /// Wallet.
    pub wallet: String,
    /// Wallet type.
    pub wallet_type: String,
    /// Unit.
    pub unit: String,
    /// Usable at the instant asked for, less what the wallet is overdrawn by: then it may be below
    /// zero.
    pub available: String,
    /// What the wallet is overdrawn by; absent when it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdrawn: Option<String>,
    /// Reserved by holds and draft invoices at the instant asked for.
    pub held: String,
}

/// A customer's balances at an instant.
#[derive(Debug, Clone, Serialize)]
pub struct BalanceView {
    /// Customer.
    pub customer: String,
    /// The instant.
    pub as_of: String,
    /// Wallets.
    pub wallets: Vec<WalletView>,
    /// Lots.
    pub lots: Vec<LotView>,
    /// Earned and not yet invoiced, by currency.
    pub unbilled: BTreeMap<String, String>,
    /// Invoiced and not yet paid, by currency.
    pub receivable: BTreeMap<String, String>,
    /// Fees charged in advance and not yet earned, by currency.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub deferred_fees: BTreeMap<String, String>,
}

pub(crate) async fn book_of<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
) -> Result<CustomerBook, AppError> {
    match workspace.store().book(customer).await? {
        Some(record) => read_book(&record),
        None => Ok(CustomerBook::new(customer.clone())),
    }
}

pub(crate) async fn catalog<S: LedgerStore>(
    workspace: &Workspace<S>,
) -> Result<Arc<Catalog>, AppError> {
    workspace.catalog().await
}

/// Refuses a customer that neither the configuration nor the books know, so that a mistyped one is not
/// answered with nothing.
///
/// # Errors
/// [`AppError::UnknownCustomer`], or the store's.
pub async fn check_customer<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
) -> Result<(), AppError> {
    let configured = match catalog(workspace).await {
        Ok(catalog) => catalog.customer(customer).is_some(),
        Err(AppError::NoConfiguration) => false,
        Err(error) => return Err(error),
    };
    if configured || workspace.store().book(customer).await?.is_some() {
        return Ok(());
    }
    Err(AppError::UnknownCustomer { customer: customer.clone() })
}

/// A customer's balances at an instant, from the entries that count by then.
///
/// # Errors
/// [`AppError::UnknownCustomer`], or the store's.
pub async fn balance<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
    as_of: Instant,
) -> Result<BalanceView, AppError> {
    workspace.store().whole().await?;
    let catalog = catalog(workspace).await?;
    if catalog.customer(customer).is_none() {
        return Err(AppError::UnknownCustomer { customer: customer.clone() });
    }
    let book = book_of(workspace, customer).await?;
    let sums = sums_at(workspace, customer, as_of).await?;
    let mut wallets: BTreeMap<String, (String, Unit, [i64; 2])> = BTreeMap::new();
    let mut lots = Vec::new();
    for lot in &book.lots {
        let Some(figures) = sums.lots.get(&lot.id) else { continue };
        let view = lot_view(lot, *figures, as_of);
        let usable = if view.state == "usable" { figures.units } else { 0 };
        let wallet = wallets
            .entry(lot.wallet.to_string())
            .or_insert_with(|| (lot.wallet_type.to_string(), lot.unit.0, [0; 2]));
        wallet.2[0] += usable;
        wallet.2[1] += figures.held;
        lots.push(view);
    }
    for (code, steps) in sums.overdrawn.iter().filter(|(_, steps)| **steps != 0) {
        let Some(own) = book.wallets.get(code) else { continue };
        let definition = catalog.wallet_type(&own.wallet_type);
        let Some(unit) = definition.and_then(|d| catalog.unit(d.unit)) else { continue };
        let wallet = wallets
            .entry(code.to_string())
            .or_insert_with(|| (own.wallet_type.to_string(), unit, [0; 2]));
        wallet.2[0] += steps;
    }
    let overdrawn = |wallet: &str, unit| {
        let steps = sums.overdrawn.get(wallet).filter(|steps| **steps != 0)?;
        Some(steps_text(-steps, unit))
    };
    let texts = |sums: BTreeMap<Unit, i64>| {
        let nonzero = sums.into_iter().filter(|(_, steps)| *steps != 0);
        nonzero.map(|(unit, steps)| (unit.code().to_string(), steps_text(steps, unit))).collect()
    };
    Ok(BalanceView {
        customer: customer.to_string(),
        as_of: as_of.to_string(),
        wallets: wallets
            .into_iter()
            .map(|(wallet, (wallet_type, unit, [available, held]))| WalletView {
                overdrawn: overdrawn(&wallet, unit),
                wallet,
                wallet_type,
                unit: unit.code().to_string(),
                available: steps_text(available, unit),
                held: steps_text(held, unit),
            })
            .collect(),
        lots,
        unbilled: texts(sums.unbilled),
        receivable: texts(sums.receivable),
        deferred_fees: texts(sums.fees),
    })
}

pub(crate) fn steps_text(steps: i64, unit: Unit) -> String {
    format_steps(i128::from(steps), unit.scale())
}

#[derive(Debug, Clone, Copy, Default)]
struct LotFigures {
    units: i64,
    held: i64,
    carrying: i64,
}

#[derive(Debug, Default)]
struct Sums {
    lots: BTreeMap<LotId, LotFigures>,
    /// Units without a lot, by wallet: below zero.
    overdrawn: BTreeMap<WalletCode, i64>,
    unbilled: BTreeMap<Unit, i64>,
    receivable: BTreeMap<Unit, i64>,
    fees: BTreeMap<Unit, i64>,
}

async fn sums_at<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
    as_of: Instant,
) -> Result<Sums, AppError> {
    let filter = EntryFilter { customer: Some(customer.clone()), ..EntryFilter::default() };
    let mut sums = Sums::default();
    let mut after = 0;
    loop {
        let page = workspace.store().entries(&filter, Page::after(after, 1_000)).await?;
        let Some(last) = page.last() else { return Ok(sums) };
        after = last.seq;
        for entry in
            page.iter().map(|stored| &stored.entry).filter(|e| e.body.effective_at <= as_of)
        {
            for posting in &entry.body.postings {
                let (unit, steps) = (posting.amount.unit(), posting.amount.steps());
                match (posting.account, &posting.lot) {
                    (Account::UnitsAvailable, Some(lot)) => {
                        sums.lots.entry(lot.clone()).or_default().units += steps;
                    }
                    (Account::UnitsAvailable, None) => {
                        if let Some(wallet) = &posting.wallet {
                            *sums.overdrawn.entry(wallet.clone()).or_default() += steps;
                        }
                    }
                    (Account::UnitsHeld, Some(lot)) => {
                        sums.lots.entry(lot.clone()).or_default().held += steps;
                    }
                    (
                        Account::ClPurchased | Account::ClMaterialRight | Account::ClConcessions,
                        Some(lot),
                    ) => {
                        sums.lots.entry(lot.clone()).or_default().carrying -= steps;
                    }
                    (Account::ClUpfrontFee, _) => *sums.fees.entry(unit).or_default() -= steps,
                    (Account::UnbilledReceivable, _) => {
                        *sums.unbilled.entry(unit).or_default() += steps
                    }
                    (Account::AccountsReceivable, _) => {
                        *sums.receivable.entry(unit).or_default() += steps
                    }
                    _ => {}
                }
            }
        }
    }
}

fn lot_view(lot: &Lot, figures: LotFigures, as_of: Instant) -> LotView {
    let unit = lot.unit.0;
    let state = if figures.units == 0 && figures.held > 0 {
        "held"
    } else if figures.units == 0 {
        "used_up"
    } else if lot.is_frozen() {
        "frozen"
    } else if as_of < lot.effective_at {
        "not_yet_effective"
    } else if lot.is_usable_at(as_of) {
        "usable"
    } else {
        "expired"
    };
    LotView {
        lot: lot.id.to_string(),
        wallet: lot.wallet.to_string(),
        wallet_type: lot.wallet_type.to_string(),
        kind: lot.kind.code(),
        unit: unit.code().to_string(),
        issued: steps_text(lot.issued, unit),
        left: steps_text(figures.units, unit),
        available: steps_text(if state == "usable" { figures.units } else { 0 }, unit),
        held: steps_text(figures.held, unit),
        effective_at: lot.effective_at.to_string(),
        expires_at: lot.expires_at.map(|at| at.to_string()),
        state,
        carrying: lot.currency.map(|c| steps_text(figures.carrying, c.0)),
        currency: lot.currency.map(|c| c.0.code().to_string()),
        exchange: lot_exchange(lot),
    }
}

/// Entries that match a filter, after a position in the ledger.
///
/// # Errors
/// The store's.
pub async fn entries<S: LedgerStore>(
    workspace: &Workspace<S>,
    filter: &EntryFilter,
    page: Page,
) -> Result<(Vec<EntryView>, Option<u64>), AppError> {
    let entries = workspace.store().entries(filter, page).await?;
    let next =
        entries.last().filter(|_| entries.len() as u64 >= u64::from(page.limit)).map(|e| e.seq);
    Ok((entries.iter().map(|stored| EntryView::from(&stored.entry)).collect(), next))
}

/// The instant that people mean by reading the books as of a day or an instant: of a day its end in
/// the entity's zone, with everything that counts on it.
///
/// # Errors
/// [`AppError::Time`], [`AppError::NoConfiguration`], or the store's.
pub async fn as_of<S: LedgerStore>(
    workspace: &Workspace<S>,
    when: When,
) -> Result<Instant, AppError> {
    let day = match when {
        When::At(at) => return Ok(at),
        When::Day(day) => day,
    };
    let next = day.succ_opt().ok_or(TimeError::OutOfRange)?;
    let end = workspace.catalog().await?.zone().start_of_day(next)?;
    Ok(Instant::from_micros(end.micros() - 1)?)
}

/// An entry with its place in the ledger and what its hash stands on.
#[derive(Debug, Clone, Serialize)]
pub struct PlacedEntry {
    /// Its place in the ledger, from 1.
    pub seq: u64,
    /// The hash of the entry before it in the customer's chain.
    pub previous: String,
    /// The hash of the columnar detail that it stands for, if it has any.
    pub detail: Option<String>,
    /// The entry.
    pub entry: EntryView,
}

impl From<&StoredEntry> for PlacedEntry {
    fn from(stored: &StoredEntry) -> Self {
        Self {
            seq: stored.seq,
            previous: stored.entry.previous.to_string(),
            detail: stored.entry.body.detail.map(|detail| detail.to_string()),
            entry: EntryView::from(&stored.entry),
        }
    }
}

/// A page of entries that match a filter, after a position in the ledger.
///
/// # Errors
/// The store's.
pub async fn placed_entries<S: LedgerStore>(
    workspace: &Workspace<S>,
    filter: &EntryFilter,
    page: Page,
) -> Result<Vec<PlacedEntry>, AppError> {
    let entries = workspace.store().entries(filter, page).await?;
    Ok(entries.iter().map(PlacedEntry::from).collect())
}

/// How the entries that match a filter fall into pages of so many.
///
/// # Errors
/// The store's.
pub async fn entry_index<S: LedgerStore>(
    workspace: &Workspace<S>,
    filter: &EntryFilter,
    page: u32,
) -> Result<EntryIndex, AppError> {
    Ok(workspace.store().entry_index(filter, page).await?)
}

/// How far a copy has come that was to get more.
#[derive(Debug, Clone, Serialize)]
pub struct UnfinishedView {
    /// Operations that came.
    pub done: u64,
    /// Operations that were to come.
    pub total: u64,
}

impl From<Unfinished> for UnfinishedView {
    fn from(Unfinished { ledger: _, done, total }: Unfinished) -> Self {
        Self { done, total }
    }
}

/// The state of the workspace.
#[derive(Debug, Clone, Serialize)]
pub struct StatusView {
    /// Folder.
    pub workspace: String,
    /// The ledger that it is a copy of, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<String>,
    /// How far it has come, where it is a copy that was to get more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unfinished: Option<UnfinishedView>,
    /// Entity.
    pub entity: Option<String>,
    /// Currency of the books.
    pub currency: Option<String>,
    /// Time zone of the books.
    pub time_zone: Option<String>,
    /// Revision of the configuration.
    pub config_revision: u64,
    /// Operations.
    pub operations: u64,
    /// Entries.
    pub entries: u64,
    /// Postings.
    pub postings: u64,
    /// Customers with entries.
    pub customers: u64,
    /// Lots.
    pub lots: u64,
    /// Segments of the usage archive.
    pub segments: u64,
    /// Events in the archive.
    pub events: u64,
    /// Latest usage in the archive.
    pub usage_until: Option<String>,
    /// Latest usage that is posted.
    pub posted_until: Option<String>,
    /// First accounting day.
    pub first_day: Option<String>,
    /// Last accounting day.
    pub last_day: Option<String>,
    /// Hash over all chain heads.
    pub checkpoint: String,
    /// Size of the ledger file, in bytes.
    pub ledger_bytes: u64,
}

/// The state of the workspace.
///
/// # Errors
/// The store's.
pub async fn status<S: LedgerStore>(workspace: &Workspace<S>) -> Result<StatusView, AppError> {
    let status = workspace.store().status().await?;
    let catalog = match status.config_revision {
        0 => None,
        _ => Some(workspace.catalog().await?),
    };
    let entity = catalog.as_ref().map(|catalog| &catalog.document().entity);
    let manifest = workspace.manifest().await?;
    let posted = crate::usage::posted_until(workspace.store()).await?;
    Ok(StatusView {
        workspace: workspace.root().display().to_string(),
        copy_of: workspace.store().follows().await?,
        unfinished: workspace.store().unfinished().await?.map(UnfinishedView::from),
        entity: entity.map(|e| e.name.clone()),
        currency: entity.map(|e| e.currency.to_string()),
        time_zone: entity.map(|e| e.time_zone.to_string()),
        config_revision: status.config_revision,
        operations: status.operations,
        entries: status.entries,
        postings: status.postings,
        customers: status.customers,
        lots: status.lots,
        segments: status.segments,
        events: manifest.segments.iter().map(|s| u64::from(s.rows)).sum(),
        usage_until: manifest.segments.iter().map(|s| s.last_at).max().map(|at| at.to_string()),
        posted_until: posted.map(|at| at.to_string()),
        first_day: status.first_day.map(|day| day.to_string()),
        last_day: status.last_day.map(|day| day.to_string()),
        checkpoint: workspace.store().checkpoint().await?.hash.to_string(),
        ledger_bytes: status.bytes,
    })
}

/// What has been recorded so far, at little cost: when it differs from what was seen before, whatever
/// was read of the workspace is to be read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PulseView {
    /// Operations.
    pub operations: u64,
    /// Imports of usage.
    pub imports: u64,
    /// Drafts that wait, by name; those that cannot be read too.
    pub drafts: Vec<String>,
}

/// What has been recorded beyond so many operations, which the caller knows of.
///
/// # Errors
/// The store's, or the operating system's.
pub async fn pulse<S: LedgerStore>(
    workspace: &Workspace<S>,
    known: u64,
) -> Result<PulseView, AppError> {
    let mut operations = known;
    loop {
        let page = workspace.store().operations(Page::after(operations, 500)).await?;
        let Some(last) = page.last() else { break };
        operations = last.seq;
    }
    Ok(PulseView {
        operations,
        imports: workspace.store().imports().await?.len() as u64,
        drafts: crate::drafts::list(workspace)?.into_iter().map(|draft| draft.name).collect(),
    })
}

/// What the books are set to: by the configuration in force, and when they were made.
#[derive(Debug, Clone, Serialize)]
pub struct SettingsView {
    /// Code of the legal entity.
    pub entity: String,
    /// Its name.
    pub name: String,
    /// Currency of the books.
    pub currency: String,
    /// Zone that decides days and periods.
    pub time_zone: String,
    /// Source of exchange rates.
    pub exchange_rates: Option<String>,
    /// Revision of the configuration in force.
    pub revision: u64,
    /// When it was applied.
    pub applied_at: String,
    /// By whom.
    pub applied_by: String,
    /// The operation that applied it.
    pub applied_in: String,
    /// Id of the workspace, for life.
    pub workspace_id: String,
    /// When the workspace was made.
    pub created_at: String,
    /// By which version of the program.
    pub created_by: String,
    /// Format of the ledger.
    pub format: i64,
    /// Size of the ledger in bytes.
    pub bytes: u64,
}

/// What the books are set to.
///
/// # Errors
/// [`AppError::NoConfiguration`], or the store's.
pub async fn settings<S: LedgerStore>(workspace: &Workspace<S>) -> Result<SettingsView, AppError> {
    let store = workspace.store();
    let config = store.config_latest().await?.ok_or(AppError::NoConfiguration)?;
    let applied = store.operation(&config.operation).await?;
    let applied = applied
        .ok_or_else(|| AppError::stored(format!("operation {}", config.operation), "is missing"))?;
    let (meta, bytes) = (store.meta().await?, store.status().await?.bytes);
    let catalog = workspace.catalog().await?;
    let entity = &catalog.document().entity;
    Ok(SettingsView {
        entity: entity.code.to_string(),
        name: entity.name.clone(),
        currency: entity.currency.to_string(),
        time_zone: entity.time_zone.to_string(),
        exchange_rates: entity.exchange_rates.clone(),
        revision: config.revision,
        applied_at: applied.operation.recorded_at.to_string(),
        applied_by: applied.operation.actor.to_string(),
        applied_in: config.operation.to_string(),
        workspace_id: meta.workspace_id,
        created_at: meta.created_at.to_string(),
        created_by: meta.program_version,
        format: meta.format_version,
        bytes,
    })
}
