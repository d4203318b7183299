//! Preview: the ledger replayed through changed configurations, over a window of days.
//!
//! Reads operations and usage as the ledger has them and writes nothing. What a scenario changes, and
//! how a run is made, is `scrip-preview`'s; this module feeds it and puts its figures into words.

mod customer;
mod drafts;
mod finished;
pub mod kept;
mod lines;
mod measure;
pub mod tables;
#[cfg(test)]
mod tests;
mod view;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use scrip_engine::{Action, Operation};
use scrip_preview::{Event, Replay, Run, Scenario, Window};
use scrip_store::{LedgerStore, Page, StoredOperation};
use scrip_units::{CustomerCode, Date};

use crate::error::AppError;
use crate::session::stored_document;
use crate::usage::archive_windows;
use crate::workspace::Workspace;

pub use customer::{
    CustomerPreviewView, EventChargeView, EventPriceView, EventsAsked, PricedByView, RestView,
    customer,
};
pub use drafts::{DraftView, drafts, scenario_of};
pub use finished::{AskedDrafts, Finished, MadeOf, Source, Standing, Tested, finish, standing};
pub use kept::Kept;
pub use view::{
    BacktestView, CustomerLine, DryLine, LineView, MoverLine, MoversView, PreviewView, RateLine,
    RunView, SpreadLine, SpreadView, UndoneView,
};

/// The most scenarios that one preview compares with the baseline (DESIGN, section 8).
pub const SCENARIOS_MAX: usize = 4;

/// What is to be previewed.
#[derive(Debug, Clone)]
pub struct Request {
    /// The changes, each against the configuration in force.
    pub scenarios: Vec<Scenario>,
    /// First day of the window, in the entity's zone.
    pub from: Date,
    /// Last day of the window.
    pub through: Date,
    /// Customers; all if empty.
    pub customers: Vec<CustomerCode>,
    /// How many customers are listed at either end of each list; all if absent.
    pub listed: Option<usize>,
}

/// How far a preview is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Operations replayed.
    pub operations: u64,
    /// Operations in the ledger.
    pub total: u64,
    /// Events of archived usage replayed.
    pub events: u64,
}

/// Operations that are read at a time. Each run goes on by itself between two readings.
const PAGE: u32 = 500;

/// Runs a preview. The ledger may grow meanwhile; what is added is left out.
///
/// # Errors
/// [`AppError::Argument`] for a window or number of scenarios that makes no sense,
/// [`AppError::UnknownCustomer`], [`AppError::Scenario`], [`AppError::Cancelled`], or the store's.
pub async fn preview<S: LedgerStore>(
    workspace: &Workspace<S>,
    request: Request,
    progress: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<PreviewView, AppError> {
    Ok(replay(workspace, request, false, progress).await?.0)
}

/// The runs of a preview, with each event of them if `is_traced`, and what is said of them.
async fn replay<S: LedgerStore>(
    workspace: &Workspace<S>,
    request: Request,
    is_traced: bool,
    progress: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<(PreviewView, Vec<Run>), AppError> {
    if request.through < request.from {
        return Err(AppError::Argument(format!(
            "the window ends on {}, before it begins on {}",
            request.through, request.from
        )));
    }
    if request.scenarios.is_empty() || request.scenarios.len() > SCENARIOS_MAX {
        return Err(AppError::Argument(format!(
            "a preview compares 1 to {SCENARIOS_MAX} scenarios, not {}",
            request.scenarios.len()
        )));
    }
    workspace.store().whole().await?;
    let config = workspace.store().config_latest().await?.ok_or(AppError::NoConfiguration)?;
    let live = stored_document(&config)?;
    let known: BTreeSet<&CustomerCode> = live.customers.iter().map(|c| &c.code).collect();
    if let Some(unknown) = request.customers.iter().find(|code| !known.contains(code)) {
        return Err(AppError::UnknownCustomer { customer: unknown.clone() });
    }
    let zone = live.entity.time_zone;
    let after = request.through.succ_opt().unwrap_or(request.through);
    let window =
        Window { from: zone.start_of_day(request.from)?, until: zone.start_of_day(after)? };
    let total = workspace.store().status().await?.operations;
    let customers = match request.customers.is_empty() {
        true => (None, None),
        false => {
            let counted = request.customers.iter().cloned().collect();
            (Some(with_partners(workspace, &request.customers).await?), Some(counted))
        }
    };
    let archive = workspace.archive().await?;
    let mut usage_of = archive.reader();
    let mut replay = Replay::new(window, live.clone(), customers, request.scenarios.clone());
    if is_traced {
        replay.trace();
    }
    let (mut after, mut events) = (0, 0);
    while after < total {
        let page = workspace.store().operations(Page::after(after, PAGE)).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        let mut steps = Vec::with_capacity(page.len());
        for stored in &page {
            let operation = read(stored)?;
            if !replay.wants(&operation) {
                continue;
            }
            let usage = match &operation.action {
                Action::PostUsage(action) => {
                    Some(usage_of.customer(&action.customer, &archive_windows(&action.windows))?)
                }
                _ => None,
            };
            events += usage.as_ref().map_or(0, |batch| batch.events.len() as u64);
            steps.push(Event { operation, usage });
        }
        replay.step(&steps)?;
        if progress(Progress { operations: after.min(total), total, events }).is_break() {
            return Err(AppError::Cancelled);
        }
    }
    let runs = replay.finish()?;
    let backtest = backtest(workspace, &runs, &request.customers).await?;
    Ok((view::view(&live, &request, &runs, backtest), runs))
}

fn read(stored: &StoredOperation) -> Result<Operation, AppError> {
    Operation::from_json(&stored.operation.body)
        .map_err(|e| AppError::stored(format!("operation {}", stored.operation.id), e))
}

/// The customers, and all those with whom they exchanged units, however far away: without them their
/// transfers cannot be replayed.
async fn with_partners<S: LedgerStore>(
    workspace: &Workspace<S>,
    customers: &[CustomerCode],
) -> Result<BTreeSet<CustomerCode>, AppError> {
    let mut pairs: Vec<(CustomerCode, CustomerCode)> = Vec::new();
    let mut after = 0;
    loop {
        let page = workspace.store().operations(Page::after(after, 5_000)).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for stored in page.iter().filter(|stored| stored.operation.kind == "transfer_units") {
            if let [from, to] = read(stored)?.customers().as_slice() {
                pairs.push(((*from).clone(), (*to).clone()));
            }
        }
    }
    let mut chosen: BTreeSet<CustomerCode> = customers.iter().cloned().collect();
    loop {
        let before = chosen.len();
        for (from, to) in &pairs {
            if chosen.contains(from) || chosen.contains(to) {
                chosen.extend([from.clone(), to.clone()]);
            }
        }
        if chosen.len() == before {
            return Ok(chosen);
        }
    }
}

/// Compares the chains of the baseline with those of the ledger.
async fn backtest<S: LedgerStore>(
    workspace: &Workspace<S>,
    runs: &[Run],
    customers: &[CustomerCode],
) -> Result<BacktestView, AppError> {
    let rebuilt: std::collections::BTreeMap<_, _> =
        runs.first().into_iter().flat_map(Run::chains).collect();
    let mut view = BacktestView { exact: true, chains: 0, differing: Vec::new() };
    for head in workspace.store().heads().await? {
        if !customers.is_empty() && !customers.contains(&head.customer) {
            continue;
        }
        view.chains += 1;
        if rebuilt.get(&head.customer).copied().unwrap_or_default() != head.chain {
            view.exact = false;
            view.differing.push(head.customer.to_string());
        }
    }
    Ok(view)
}
