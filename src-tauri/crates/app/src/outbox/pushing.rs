//! Pushing: what waits is done at production, item by item.

use std::ops::ControlFlow;

use scrip_production::Ledger;
use scrip_store::{LedgerStore, Mode as Access, SqliteStore};
use serde::Serialize;

use super::OutboxError;
use super::item::{Item, KeptBack, items, path, remove, write};
use super::shown::effect;
use super::trying::run_item;
use crate::approvals::put_away_published;
use crate::error::{AppError, Code};
use crate::operate::{Mode, OperationView};
use crate::session::{Edge, Session};
use crate::workspace::{Database, Workspace};

/// An item that production has now.
#[derive(Debug, Clone, Serialize)]
pub struct PushedView {
    /// Its number.
    pub number: u64,
    /// What its operations did there.
    pub operations: Vec<OperationView>,
}

/// The item that a push ended at.
#[derive(Debug, Clone, Serialize)]
pub struct StoppedView {
    /// Its number.
    pub number: u64,
    /// Why.
    pub why: String,
    /// Whether the item has to be decided on again; otherwise it was the connection, and the same push may
    /// do it.
    pub is_kept_back: bool,
}

/// What a push did.
#[derive(Debug, Clone, Serialize)]
pub struct PushView {
    /// The production ledger.
    pub ledger: String,
    /// Whether anything was changed.
    pub dry_run: bool,
    /// What is done there.
    pub pushed: Vec<PushedView>,
    /// How many items still wait.
    pub waiting: u64,
    /// The item that it ended at, where it ended before the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<StoppedView>,
}

/// How far a push is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pushing {
    /// The item that comes next.
    pub number: u64,
    /// Items that are done.
    pub done: u64,
    /// Items there were.
    pub total: u64,
}

/// Told before each item how far a push is; answers whether to go on.
pub type Tell<'a> = dyn FnMut(Pushing) -> ControlFlow<()> + Send + 'a;

/// Does at production what waits in the outbox, in its order, each item in a transaction of its own, until
/// one is refused. What is done leaves the outbox; what is refused stays, with the reason.
///
/// # Errors
/// The second of the pair is why it ended before the last item, [`AppError::Cancelled`] where it was told to.
/// The first tells what was done until then, which stays done.
pub async fn push(
    copy: &Workspace<SqliteStore>,
    database: &Database,
    edge: &Edge,
    mode: Mode,
    tell: &mut Tell<'_>,
) -> Result<(PushView, Option<AppError>), AppError> {
    if copy.store().follows().await?.is_none() {
        return Err(OutboxError::NoCopy.into());
    }
    let items = items(copy)?;
    let production = Workspace::<Ledger>::open_in(copy.root(), database, Access::ReadWrite).await?;
    let ledger = production.store().place().to_owned();
    let Ledger::Production(server) = production.store() else {
        return Err(OutboxError::NoCopy.into());
    };
    let edge = &edge.by_the_clock_of(server).await?;
    let total = items.len() as u64;
    let (pushed, dry_run) = (Vec::new(), mode == Mode::DryRun);
    let mut view = PushView { ledger, dry_run, pushed, waiting: total, stopped: None };
    let mut stopped = None;
    for (done, item) in (0..).zip(&items) {
        let number = item.number;
        if tell(Pushing { number, done, total }).is_break() {
            stopped = Some(AppError::Cancelled);
            break;
        }
        match push_one(&production, edge, item, mode).await {
            Ok(operations) => {
                view.pushed.push(PushedView { number, operations });
                if mode == Mode::Commit {
                    view.waiting -= 1;
                    remove(copy, number)?;
                    put_away_published(copy, &item.documents().0);
                }
            }
            Err(error) => {
                let why = reason(&error);
                let is_kept_back = is_of_the_item(&error);
                // Who gave it up meanwhile has given it up.
                if is_kept_back && path(copy, number).exists() {
                    let kept_back = Some(KeptBack { at: edge.now, why: why.clone() });
                    write(copy, &Item { kept_back, ..item.clone() })?;
                }
                view.stopped = Some(StoppedView { number, why, is_kept_back });
                stopped = Some(error);
                break;
            }
        }
        if mode == Mode::DryRun {
            // The next ones stand on this one, which is not done.
            break;
        }
    }
    production.close().await?;
    Ok((view, stopped))
}

/// Whether the reason why an item was not done is the item's and not the connection's.
fn is_of_the_item(error: &AppError) -> bool {
    [Code::Invalid, Code::Rejected, Code::Conflict, Code::NotFound].contains(&error.code())
}

fn reason(error: &AppError) -> String {
    match error {
        AppError::Outbox(error) => error.reason(),
        other => other.to_string(),
    }
}

async fn push_one(
    production: &Workspace<Ledger>,
    edge: &Edge,
    item: &Item,
    mode: Mode,
) -> Result<Vec<OperationView>, AppError> {
    let number = item.number;
    let found = production.store().meta().await?.workspace_id;
    if found != item.ledger {
        let (ledger, expected) = (production.store().place().to_owned(), item.ledger.clone());
        return Err(OutboxError::OtherLedger { number, ledger, found, expected }.into());
    }
    if item.is_about_usage() && !production.manifest().await?.keys.is_empty() {
        return Err(OutboxError::ArchiveElsewhere { number }.into());
    }
    let mut session = Session::begin_for(production, edge, item.operations()).await?;
    let views = run_item(production, edge, None, &mut session, item).await?;
    let is_new = views.iter().any(|view| view.outcome != "already_applied");
    if is_new && effect(&views)? != item.effect {
        return Err(OutboxError::Moved { number }.into());
    }
    match mode {
        Mode::Commit => session.commit().await?,
        Mode::DryRun => session.rollback().await?,
    }
    Ok(views)
}
