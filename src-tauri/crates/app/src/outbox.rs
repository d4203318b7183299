//! The outbox: what is decided at a desk that has only a copy, and done at the production ledger later.
//!
//! An item is an operation, or several that belong together, in `outbox/NNNNNN.json` beside the copy. The
//! copy itself stays what it is, to the byte: what waits is in no balance and no report. An item holds
//! operations, never rows. Pushing hands them to the engine at production, in one transaction, under
//! their own ids, so an answer that was lost on the way costs nothing: the same push again finds them done.
//!
//! An item remembers what was shown when it was queued: the configuration, and the effect of its
//! operations. Production does exactly that or nothing. What publishes a configuration is brought together
//! with what was published since, three ways ([`renew`]); everything else is looked at again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use scrip_catalog::{Catalog, Choice, Document, MergeConflict, three_way};
use scrip_engine::approval::ApprovalFault;
use scrip_engine::canonical::canonical;
use scrip_engine::operation::Proposed;
use scrip_engine::{Action, Operation, Rejection};
use scrip_journal::Hash;
use scrip_production::Ledger;
use scrip_store::{LedgerStore, Mode as Access, SqliteStore, WriteTransaction};
use scrip_units::{Actor, Instant, OperationId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::approvals::{AskedView, request_of};
use crate::config;
use crate::error::{AppError, Code};
use crate::files;
use crate::operate::{Mode, OperationView, events, run_one, view};
use crate::reversal::taken_back;
use crate::session::{Edge, Session, stored_document};
use crate::workspace::{Database, Workspace};

/// Folder of the outbox inside a workspace.
pub const OUTBOX_FOLDER: &str = "outbox";

/// Format of its files.
const FORMAT: &str = "scrip-outbox/1";

/// Why something cannot be queued, pushed or renewed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboxError {
    /// There is nothing to push to.
    #[error("this workspace is no copy of another ledger: do it here, without --queue")]
    NoCopy,
    /// There is no such item.
    #[error("the outbox has no number {number}")]
    Unknown {
        /// Its number.
        number: u64,
    },
    /// The database holds another company's ledger.
    #[error(
        "number {number} of the outbox is for the ledger {expected}, and {ledger} is the ledger {found}; nothing was done"
    )]
    OtherLedger {
        /// The item.
        number: u64,
        /// Where the ledger is.
        ledger: String,
        /// Its id.
        found: String,
        /// The id of the one that the item is for.
        expected: String,
    },
    /// Another configuration was published meanwhile.
    #[error(
        "number {number} of the outbox was decided on under configuration {revision}, and {now} is in force at production: look at both with `scrip outbox show {number}`, then `scrip outbox renew {number}`"
    )]
    Stale {
        /// The item.
        number: u64,
        /// The revision it was decided on.
        revision: u64,
        /// The one in force.
        now: u64,
    },
    /// The books moved.
    #[error(
        "the books have moved since number {number} was queued; it would cause other entries now, so it was not done: look at it with `scrip outbox show {number}`, then `scrip outbox renew {number}`"
    )]
    Moved {
        /// The item.
        number: u64,
    },
    /// It is about usage in an archive that is elsewhere.
    #[error(
        "number {number} of the outbox records usage or takes it back, and the usage archive of production is not here: do it where usage is posted"
    )]
    ArchiveElsewhere {
        /// The item.
        number: u64,
    },
    /// Both changed the same.
    #[error(
        "number {number} of the outbox and what was published since change the same in {} places: choose a side for each",
        .conflicts.len()
    )]
    Conflicts {
        /// The item.
        number: u64,
        /// The places.
        conflicts: Vec<MergeConflict>,
    },
}

/// Why the last push left an item where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptBack {
    /// When.
    pub at: Instant,
    /// Why.
    pub why: String,
}

/// What waits to be done at production.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    format: String,
    /// Its place in the order in which things were decided.
    pub number: u64,
    /// When it was decided.
    pub queued_at: Instant,
    /// By whom.
    pub queued_by: Actor,
    /// The id of the ledger it is for.
    pub ledger: String,
    /// The configuration under which it was looked at.
    pub revision: u64,
    /// What is to be done, all of it or nothing.
    pub operations: Vec<Proposed>,
    /// Hash over the entries that were shown, without what every other entry changes: their numbers and
    /// hashes.
    pub effect: Hash,
    /// Why it is still here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_back: Option<KeptBack>,
}

impl Item {
    fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.iter().map(|Proposed(operation)| &**operation)
    }

    /// Whether it publishes a configuration, or asks for that or anything else: which stands or falls with
    /// the configuration it was decided on.
    fn stands_on_configuration(&self) -> bool {
        self.operations().any(|operation| {
            matches!(operation.action, Action::ApplyConfiguration(_) | Action::RequestApproval(_))
        })
    }

    fn is_about_usage(&self) -> bool {
        let about = |one: &Operation| !events(one).is_empty() || !taken_back(one).is_empty();
        self.operations().any(about)
    }
}

/// An item as people see it.
#[derive(Debug, Clone, Serialize)]
pub struct ItemView {
    /// Its number.
    pub number: u64,
    /// When it was decided.
    pub queued_at: String,
    /// By whom.
    pub queued_by: String,
    /// The configuration under which it was looked at.
    pub revision: u64,
    /// What is to be done.
    pub operations: Vec<AskedView>,
    /// Why the last push left it here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_back: Option<String>,
}

impl From<&Item> for ItemView {
    fn from(item: &Item) -> Self {
        Self {
            number: item.number,
            queued_at: item.queued_at.to_string(),
            queued_by: item.queued_by.to_string(),
            revision: item.revision,
            operations: item.operations().map(AskedView::from).collect(),
            kept_back: item.kept_back.as_ref().map(|kept| kept.why.clone()),
        }
    }
}

/// What queueing did.
#[derive(Debug, Clone, Serialize)]
pub struct QueuedView {
    /// The item; none when the same operations are done or queued already.
    pub item: Option<ItemView>,
    /// What they would cause.
    pub effects: Vec<OperationView>,
}

/// An item with what it would do now.
#[derive(Debug, Clone, Serialize)]
pub struct ItemDetail {
    /// The item.
    pub item: ItemView,
    /// What it changes in the configuration it was decided on, in words; none if it publishes nothing.
    pub changes: Vec<String>,
    /// What was published since, as far as the copy knows, in words; told with `changes` only.
    pub published_since: Vec<String>,
    /// The places that both change, and differently.
    pub conflicts: Vec<MergeConflict>,
    /// What its operations would cause now, as far as the copy knows.
    pub effects: Vec<OperationView>,
    /// Whether that is what was shown when it was queued.
    pub as_shown: bool,
    /// Why the copy would refuse it now, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The operations as they are written.
    pub texts: Vec<String>,
}

/// An item that production has now.
#[derive(Debug, Clone, Serialize)]
pub struct PushedView {
    /// Its number.
    pub number: u64,
    /// What its operations did there.
    pub operations: Vec<OperationView>,
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
}

fn folder<S>(workspace: &Workspace<S>) -> PathBuf
where
    S: LedgerStore,
{
    workspace.root().join(OUTBOX_FOLDER)
}

fn path<S: LedgerStore>(workspace: &Workspace<S>, number: u64) -> PathBuf {
    folder(workspace).join(format!("{number:06}.json"))
}

fn read(path: &PathBuf) -> Result<Item, AppError> {
    let text = std::fs::read(path).map_err(AppError::file(path))?;
    let what = || format!("item of the outbox {}", path.display());
    let item: Item =
        serde_json::from_slice(&text).map_err(|error| AppError::stored(what(), error))?;
    if item.format != FORMAT {
        return Err(AppError::stored(what(), format!("its format is {}", item.format)));
    }
    Ok(item)
}

fn text(item: &Item) -> Result<Vec<u8>, AppError> {
    serde_json::to_vec_pretty(item).map_err(|e| AppError::stored("outbox", e))
}

/// All items, in the order in which they were decided.
///
/// # Errors
/// [`AppError::File`], or that one cannot be read.
pub fn items<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Vec<Item>, AppError> {
    let folder = folder(workspace);
    let entries = match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(AppError::file(&folder))?,
    };
    let mut items = Vec::new();
    for entry in entries {
        let path = entry.map_err(AppError::file(&folder))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            items.push(read(&path)?);
        }
    }
    items.sort_unstable_by_key(|item| item.number);
    Ok(items)
}

/// The items as people see them.
///
/// # Errors
/// As [`items`].
pub fn list<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Vec<ItemView>, AppError> {
    Ok(items(workspace)?.iter().map(ItemView::from).collect())
}

fn item<S: LedgerStore>(workspace: &Workspace<S>, number: u64) -> Result<Item, AppError> {
    let path = path(workspace, number);
    if !path.exists() {
        return Err(OutboxError::Unknown { number }.into());
    }
    read(&path)
}

/// Takes an item out of the outbox: it is not done.
///
/// # Errors
/// [`OutboxError::Unknown`], or [`AppError::File`].
pub fn discard<S: LedgerStore>(
    workspace: &Workspace<S>,
    number: u64,
) -> Result<ItemView, AppError> {
    let item = item(workspace, number)?;
    let path = path(workspace, number);
    files::remove(&path).map_err(AppError::file(&path))?;
    Ok(ItemView::from(&item))
}

/// What operations do on the copy, after what waits before them.
struct Tried {
    /// As they are recorded.
    completed: Vec<Operation>,
    views: Vec<OperationView>,
    /// The configuration they are decided on.
    catalog: Arc<Catalog>,
    unapproved: Option<ApprovalFault>,
}

impl Tried {
    fn is_new(&self) -> bool {
        self.views.iter().any(|view| view.outcome != "already_applied")
    }
}

/// The effect of operations, without what any other entry of their customers would change.
fn effect(views: &[OperationView]) -> Result<Hash, AppError> {
    let entries = views.iter().flat_map(|view| &view.entries).map(|entry| {
        json!({
            "customer": entry.customer,
            "kind": entry.kind,
            "operation": entry.operation,
            "booked_on": entry.booked_on,
            "late": entry.late,
            "postings": entry.postings,
        })
    });
    let entries: Vec<_> = entries.collect();
    let value = serde_json::to_value(entries).map_err(|e| AppError::stored("outbox", e))?;
    Ok(Hash::of(canonical(&value).as_bytes()))
}

async fn tried<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    before: &[Item],
    (file, operations): (&str, &[(usize, Operation)]),
) -> Result<Tried, AppError> {
    let archive = workspace.archive().await?;
    let mut session = Session::trial(workspace, edge).await?;
    for operation in before.iter().flat_map(Item::operations) {
        let at = ("", 1);
        if run_one(workspace, Some(&archive), &mut session, at, operation).await.is_err() {
            // What waits before is refused now, and stops the push: it is looked at first then.
            drop(session);
            session = Session::trial(workspace, edge).await?;
            break;
        }
    }
    let before = session.unapproved().cloned();
    let catalog = Arc::clone(&session.book.catalog);
    let (mut completed, mut views) = (Vec::new(), Vec::new());
    for (line, operation) in operations {
        let at = (file, *line);
        let (operation, outcome) =
            run_one(workspace, Some(&archive), &mut session, at, operation).await?;
        views.push(view(*line, &operation, &outcome));
        completed.push(operation);
    }
    let unapproved = session.unapproved().filter(|_| before.is_none()).cloned();
    session.rollback().await?;
    Ok(Tried { completed, views, catalog, unapproved })
}

/// Puts operations into the outbox of a copy, after trying them there: what the books refuse now is not
/// queued. With `asking`, what is queued is the request of that id that a second person approve them.
///
/// # Errors
/// [`OutboxError::NoCopy`]; as [`crate::operate::operate`].
pub async fn queue<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    asking: Option<(&OperationId, Option<&str>)>,
    file: &str,
    operations: &[(usize, Operation)],
) -> Result<QueuedView, AppError> {
    if workspace.store().follows().await?.is_none() {
        return Err(OutboxError::NoCopy.into());
    }
    let before = items(workspace)?;
    let tried = tried(workspace, edge, &before, (file, operations)).await?;
    if !tried.is_new() {
        return Ok(QueuedView { item: None, effects: tried.views });
    }
    let operations = match (asking, tried.unapproved) {
        (None, Some(fault)) => return Err(Rejection::Approval(fault).into()),
        (None, None) => tried.completed,
        (Some(named), _) => vec![request_of(&tried.catalog, edge, named, tried.completed)?],
    };
    let shown: &[OperationView] = if asking.is_some() { &[] } else { &tried.views };
    let mut item = Item {
        format: FORMAT.to_owned(),
        number: before.last().map_or(0, |last| last.number),
        queued_at: edge.now,
        queued_by: edge.actor.clone(),
        ledger: workspace.store().meta().await?.workspace_id,
        revision: tried.catalog.revision(),
        operations: operations.into_iter().map(|one| Proposed(Box::new(one))).collect(),
        effect: effect(shown)?,
        kept_back: None,
    };
    loop {
        // Another program may queue at the same moment.
        item.number += 1;
        let path = path(workspace, item.number);
        match files::create(&path, &text(&item)?) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            other => {
                other.map_err(AppError::file(&path))?;
                return Ok(QueuedView { item: Some((&item).into()), effects: tried.views });
            }
        }
    }
}

/// The configurations that an item publishes or asks for.
fn documents(item: &mut Item) -> Vec<&mut Document> {
    fn of(operation: &mut Operation) -> Vec<&mut Document> {
        match &mut operation.action {
            Action::ApplyConfiguration(action) => vec![&mut *action.document],
            Action::RequestApproval(action) => {
                action.operations.iter_mut().flat_map(|Proposed(one)| of(one)).collect()
            }
            _ => Vec::new(),
        }
    }
    item.operations.iter_mut().flat_map(|Proposed(operation)| of(operation)).collect()
}

/// The configuration that an item was decided on, and the newest that the copy knows.
async fn bases<S: LedgerStore>(
    workspace: &Workspace<S>,
    item: &Item,
) -> Result<(Document, Document), AppError> {
    let store = workspace.store();
    let now = store.config_latest().await?.ok_or(AppError::NoConfiguration)?;
    let now = stored_document(&now)?;
    let base = match store.config(item.revision).await? {
        Some(base) => stored_document(&base)?,
        // It stands on what waits before it in the outbox.
        None => now.clone(),
    };
    Ok((base, now))
}

async fn tried_of<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    item: &Item,
) -> Result<Tried, AppError> {
    let mut before = items(workspace)?;
    before.retain(|one| one.number < item.number);
    let operations: Vec<_> = item.operations().map(|one| (1, one.clone())).collect();
    tried(workspace, edge, &before, ("", &operations)).await.map_err(AppError::without_place)
}

/// An item with what it would do now, as far as the copy knows.
///
/// # Errors
/// [`OutboxError::Unknown`], or the store's.
pub async fn show<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    number: u64,
) -> Result<ItemDetail, AppError> {
    let mut item = item(workspace, number)?;
    let (base, now) = bases(workspace, &item).await?;
    let (mut changes, mut conflicts) = (Vec::new(), Vec::new());
    for document in documents(&mut item) {
        changes.extend(config::changes(&base, document));
        let merged = three_way(&base, document, &now, &BTreeMap::new());
        conflicts.extend(merged.err().into_iter().flatten());
    }
    let published_since =
        if changes.is_empty() { Vec::new() } else { config::changes(&base, &now) };
    let (mut effects, mut as_shown, mut refused) = (Vec::new(), false, None);
    match tried_of(workspace, edge, &item).await {
        Ok(tried) => {
            as_shown = effect(&tried.views)? == item.effect;
            effects = tried.views;
        }
        Err(error) => refused = Some(error.to_string()),
    }
    let texts =
        item.operations().map(|one| one.to_json().map_err(|e| AppError::stored("outbox", e)));
    Ok(ItemDetail {
        changes,
        published_since,
        conflicts,
        effects,
        as_shown,
        refused,
        texts: texts.collect::<Result<_, _>>()?,
        item: ItemView::from(&item),
    })
}

/// Decides on an item again, as the copy knows the books now: a configuration together with what was
/// published since, everything else as it was, with what it would cause now.
///
/// # Errors
/// [`OutboxError::Conflicts`] for places that both changed and nothing was chosen for; as [`queue`].
pub async fn renew<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    number: u64,
    chosen: &BTreeMap<String, Choice>,
) -> Result<QueuedView, AppError> {
    let mut renewed = item(workspace, number)?;
    let (base, now) = bases(workspace, &renewed).await?;
    for document in documents(&mut renewed) {
        *document = three_way(&base, document, &now, chosen)
            .map_err(|conflicts| OutboxError::Conflicts { number, conflicts })?;
    }
    let tried = tried_of(workspace, edge, &renewed).await?;
    let revision = tried.catalog.revision();
    for Proposed(operation) in &mut renewed.operations {
        match &mut operation.action {
            Action::ApplyConfiguration(_) => operation.at = edge.now,
            Action::RequestApproval(request) => {
                operation.at = edge.now;
                request.revision = revision;
            }
            _ => {}
        }
    }
    // What was tried bears the instant that it had; entries do not depend on when a price is published.
    renewed = Item {
        queued_at: edge.now,
        queued_by: edge.actor.clone(),
        revision,
        effect: effect(&tried.views)?,
        kept_back: None,
        ..renewed
    };
    let path = path(workspace, number);
    files::replace(&path, &text(&renewed)?).map_err(AppError::file(&path))?;
    Ok(QueuedView { item: Some((&renewed).into()), effects: tried.views })
}

/// Does at production what waits in the outbox, in its order, each item in a transaction of its own, until
/// one is refused. What is done leaves the outbox; what is refused stays, with the reason.
///
/// # Errors
/// The second of the pair is why it ended before the last item. The first tells what was done until
/// then, which stays done.
pub async fn push(
    copy: &Workspace<SqliteStore>,
    database: &Database,
    edge: &Edge,
    mode: Mode,
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
    let edge = &Edge { now: server.clock().await?, actor: edge.actor.clone() };
    let mut view = PushView {
        ledger,
        dry_run: mode == Mode::DryRun,
        pushed: Vec::new(),
        waiting: items.len() as u64,
    };
    let mut stopped = None;
    for item in &items {
        match push_one(&production, edge, item, mode).await {
            Ok(operations) => {
                view.pushed.push(PushedView { number: item.number, operations });
                if mode == Mode::Commit {
                    view.waiting -= 1;
                    let path = path(copy, item.number);
                    files::remove(&path).map_err(AppError::file(&path))?;
                }
            }
            Err(error) => {
                keep_back(copy, edge, item, &error)?;
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

/// Writes down why an item stays, where the reason is the item's and not the connection's.
fn keep_back(
    copy: &Workspace<SqliteStore>,
    edge: &Edge,
    item: &Item,
    error: &AppError,
) -> Result<(), AppError> {
    let of_the_item = [Code::Invalid, Code::Rejected, Code::Conflict, Code::NotFound];
    if !of_the_item.contains(&error.code()) {
        return Ok(());
    }
    let kept = KeptBack { at: edge.now, why: error.to_string() };
    let path = path(copy, item.number);
    let item = Item { kept_back: Some(kept), ..item.clone() };
    files::replace(&path, &text(&item)?).map_err(AppError::file(&path))
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
    let mut session = Session::begin(production, edge).await?;
    let now = session.book.catalog.revision();
    let mut views = Vec::new();
    for operation in item.operations() {
        // An answer may have been lost on the way: what is done is done, whatever was published since.
        let is_done = session.tx().operation(&operation.id).await?.is_some();
        if !is_done && item.stands_on_configuration() && now != item.revision {
            let revision = item.revision;
            return Err(OutboxError::Stale { number, revision, now }.into());
        }
        let (operation, outcome) = run_one(production, None, &mut session, ("", 1), operation)
            .await
            .map_err(AppError::without_place)?;
        views.push(view(1, &operation, &outcome));
    }
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
