//! Trying on the copy what waits, and what is to wait: in a transaction that is always taken back.

use std::sync::Arc;

use scrip_catalog::{Catalog, Document};
use scrip_engine::Operation;
use scrip_engine::approval::ApprovalFault;
use scrip_store::{LedgerStore, WriteTransaction};
use scrip_units::OperationId;
use scrip_usage::Archive;

use super::OutboxError;
use super::item::{Item, before};
use crate::approvals;
use crate::error::{AppError, First};
use crate::operate::{OperationView, line_of, run_one, view};
use crate::session::{Edge, Session, stored_document};
use crate::workspace::Workspace;

/// What operations do on the copy, after what waits before them.
pub(super) struct Tried {
    /// As they are recorded.
    pub(super) completed: Vec<Operation>,
    pub(super) views: Vec<OperationView>,
    /// The configuration they are decided on.
    pub(super) catalog: Arc<Catalog>,
    /// Whether that is published.
    pub(super) is_published: bool,
    pub(super) unapproved: Option<ApprovalFault>,
}

impl Tried {
    pub(super) fn is_new(&self) -> bool {
        self.views.iter().any(|view| view.outcome != "already_applied")
    }
}

/// Does what an item says in a session, as it is done at production.
pub(super) async fn run_item<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    archive: Option<&Archive>,
    session: &mut Session<S::Write>,
    item: &Item,
) -> Result<Vec<OperationView>, AppError> {
    let in_force = Arc::clone(&session.book.catalog);
    let mut views = Vec::new();
    for operation in item.operations() {
        // An answer may have been lost on the way: what is done is done, whatever was published since.
        let is_done = session.tx().operation(&operation.id).await?.is_some();
        if !is_done && is_overtaken(item, &in_force) {
            let (number, revision, now) = (item.number, item.revision, in_force.revision());
            return Err(OutboxError::Stale { number, revision, now }.into());
        }
        approvals::check_decided(session, edge, operation).await?;
        let (operation, outcome) = run_one(workspace, archive, session, ("", 1), operation)
            .await
            .map_err(AppError::without_place)?;
        views.push(view(1, &operation, &outcome));
    }
    Ok(views)
}

/// Whether another configuration is in force than the one that an item stands on.
fn is_overtaken(item: &Item, in_force: &Catalog) -> bool {
    let is_other = match &item.base {
        Some(base) => **base != *in_force.document(),
        None => item.revision != in_force.revision(),
    };
    item.stands_on_configuration() && is_other
}

/// A session on the copy in which these items have been done. It ends before the first that cannot be: a
/// push ends there too.
async fn session_after<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    archive: &Archive,
    mut items: &[Item],
) -> Result<Session<S::Write>, AppError> {
    'again: loop {
        let mut session = Session::trial(workspace, edge).await?;
        for (place, item) in items.iter().enumerate() {
            let done = run_item(workspace, edge, Some(archive), &mut session, item).await.is_ok();
            if !done || session.unapproved().is_some() {
                // What was refused leaves a session that can only be dropped.
                drop(session);
                items = &items[..place];
                continue 'again;
            }
        }
        return Ok(session);
    }
}

pub(super) async fn tried<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    before: &[Item],
    (file, operations): (&str, &[(usize, Operation)]),
) -> Result<Tried, AppError> {
    let archive = workspace.archive().await?;
    let mut session = session_after(workspace, edge, &archive, before).await?;
    let catalog = Arc::clone(&session.book.catalog);
    let (mut completed, mut views, mut unapproved) = (Vec::new(), Vec::new(), None);
    let first = |place: usize, id: &OperationId| {
        let queued = before.iter().find(|item| item.operations().any(|one| one.id == *id));
        let queued = queued.map(|item| First::Queued(item.number));
        queued.or_else(|| line_of(&operations[..place], id))
    };
    for (place, (line, operation)) in operations.iter().enumerate() {
        let at = (file, *line);
        approvals::check_decided(&mut session, edge, operation).await?;
        let (operation, outcome) = run_one(workspace, Some(&archive), &mut session, at, operation)
            .await
            .map_err(|error| error.found_by(|id| first(place, id)))?;
        let mut view = view(*line, &operation, &outcome);
        if let Some(fault) = session.unapproved().filter(|_| unapproved.is_none()) {
            view.needs_approval = Some(fault.to_string());
            unapproved = Some(fault.clone());
        }
        views.push(view);
        completed.push(operation);
    }
    session.rollback().await?;
    let is_published = catalog.revision() <= workspace.store().config_revision().await?;
    Ok(Tried { completed, views, catalog, is_published, unapproved })
}

/// What operations would do on a copy, after what waits in its outbox. Nothing is queued.
///
/// # Errors
/// As [`crate::operate::operate`].
pub async fn rehearse<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    operations: &[(usize, Operation)],
) -> Result<Vec<OperationView>, AppError> {
    let waiting = before(workspace, u64::MAX)?;
    let tried = tried(workspace, edge, &waiting, ("", operations)).await;
    Ok(tried.map_err(AppError::without_place)?.views)
}

/// The configuration that comes after what waits in the outbox before this number, with its revision; the
/// newest where nothing waits.
pub(crate) async fn configuration<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    number: u64,
) -> Result<(Document, u64), AppError> {
    configuration_after(workspace, edge, &before(workspace, number)?).await
}

/// The configuration that comes after these items.
pub(super) async fn configuration_after<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    waiting: &[Item],
) -> Result<(Document, u64), AppError> {
    if waiting.iter().all(|item| item.documents().0.is_empty()) {
        let config = workspace.store().config_latest().await?.ok_or(AppError::NoConfiguration)?;
        return Ok((stored_document(&config)?, config.revision));
    }
    let archive = workspace.archive().await?;
    let session = session_after(workspace, edge, &archive, waiting).await?;
    let catalog = Arc::clone(&session.book.catalog);
    session.rollback().await?;
    Ok((catalog.document().clone(), catalog.revision()))
}
