//! Pushing: what waits is done at production, item by item.

use std::ops::ControlFlow;

use scrip_production::{Ledger, sync};
use scrip_store::{LedgerStore, Mode as Access, SqliteStore};
use serde::Serialize;

use super::OutboxError;
use super::item::{Item, KeptBack, numbers};
use super::lock::Sending;
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
    /// The same in the few codes that shells act on.
    pub code: Code,
    /// Whether somebody has to look at the item first; otherwise it was the connection or a disk, and the
    /// same push may do it.
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
    /// Items that it is past.
    pub done: u64,
    /// Items there were when it began.
    pub total: u64,
}

/// Told before each item how far a push is; answers whether to go on.
pub type Tell<'a> = dyn FnMut(Pushing) -> ControlFlow<()> + Send + 'a;

/// Does at production what waits in the outbox, in its order, each item in a transaction of its own, until
/// one is refused. What is done leaves the outbox; what is refused stays, with the reason. Each item is done
/// as it stands when its turn comes; what is queued meanwhile waits for the next push.
///
/// # Errors
/// Nothing was done then: [`OutboxError::Pushing`], the server's, or [`sync::SyncError`] where it is not as
/// it was when the copy was pulled last.
///
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
    let sending = Sending::begin(copy)?;
    let numbers = numbers(copy)?;
    let production = Workspace::<Ledger>::open_in(copy.root(), database, Access::ReadWrite).await?;
    let ledger = production.store().place().to_owned();
    let Ledger::Production(server) = production.store() else {
        return Err(OutboxError::NoCopy.into());
    };
    // What was decided on the ground of books that the server no longer has is not done upon others.
    sync::check(server, copy.store()).await?;
    let edge = &edge.by_the_clock_of(server).await?;
    let total = numbers.len() as u64;
    let (pushed, dry_run) = (Vec::new(), mode == Mode::DryRun);
    let mut view = PushView { ledger, dry_run, pushed, waiting: total, stopped: None };
    let mut stopped = None;
    for (done, number) in (0..).zip(numbers) {
        if tell(Pushing { number, done, total }).is_break() {
            stopped = Some(AppError::Cancelled);
            break;
        }
        let turn = Turn { copy, sending: &sending, production: &production, edge, mode };
        let Done { operations, ended } = turn.of(number).await;
        let is_done = operations.is_some();
        view.pushed.extend(operations.map(|operations| PushedView { number, operations }));
        if let Some((error, stop)) = ended {
            (view.stopped, stopped) = (Some(stop), Some(error));
            break;
        }
        if is_done && dry_run {
            // The next ones stand on this one, which is not done.
            break;
        }
    }
    view.waiting = left(copy).unwrap_or(total.saturating_sub(view.pushed.len() as u64));
    // What was committed is safe, however the connection ends.
    let _ = production.close().await;
    Ok((view, stopped))
}

/// How many items wait; none where the folder cannot be read.
fn left(copy: &Workspace<SqliteStore>) -> Option<u64> {
    Some(numbers(copy).ok()?.len() as u64)
}

/// What an item's turn needs.
struct Turn<'a> {
    copy: &'a Workspace<SqliteStore>,
    sending: &'a Sending<'a, SqliteStore>,
    production: &'a Workspace<Ledger>,
    edge: &'a Edge,
    mode: Mode,
}

/// What became of an item.
#[derive(Default)]
struct Done {
    /// What its operations did; none where it is not done.
    operations: Option<Vec<OperationView>>,
    /// Why the push ends with it.
    ended: Option<(AppError, StoppedView)>,
}

impl Done {
    fn ended(number: u64, why: String, is_kept_back: bool, error: AppError) -> Self {
        let stop = StoppedView { number, why, code: error.code(), is_kept_back };
        Self { operations: None, ended: Some((error, stop)) }
    }
}

impl Turn<'_> {
    /// Does an item as it stands now. One that is gone was given up meanwhile.
    async fn of(&self, number: u64) -> Done {
        let item = match self.sending.take(number) {
            Ok(Some(item)) => item,
            Ok(None) => return Done::default(),
            Err(error) => {
                let (why, is_kept_back) = match &error {
                    AppError::Stored { message, .. } => {
                        (format!("its file cannot be read: {message}"), true)
                    }
                    other => (other.to_string(), false),
                };
                return Done::ended(number, why, is_kept_back, error);
            }
        };
        match push_one(self.production, self.edge, &item, self.mode).await {
            Ok(operations) => Done { operations: Some(operations), ended: self.put_away(&item) },
            Err(error) => self.keep(item, error),
        }
    }

    /// Takes what is done out of the outbox.
    fn put_away(&self, item: &Item) -> Option<(AppError, StoppedView)> {
        let number = item.number;
        if self.mode == Mode::DryRun {
            return None;
        }
        let error = self.sending.done(number).err();
        put_away_published(self.copy, &item.documents().0);
        let error = error?;
        let why = format!(
            "it is done, but stays in the outbox, where the next push finds it done: {error}"
        );
        Done::ended(number, why, false, error).ended
    }

    /// Keeps what is not done, with the reason where that is its own.
    fn keep(&self, mut item: Item, error: AppError) -> Done {
        let (number, mut why) = (item.number, reason(&error));
        let is_kept_back = is_of_the_item(&error);
        if is_kept_back {
            item.kept_back = Some(KeptBack { at: self.edge.now, why: why.clone() });
            if let Err(error) = self.sending.put_back(&item) {
                why = format!("{why}. That could not be written down with it: {error}");
            }
        }
        Done::ended(number, why, is_kept_back, error)
    }
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
