//! Putting things into the outbox, after trying them on the copy.

use scrip_engine::operation::Proposed;
use scrip_engine::{Action, Operation, Rejection};
use scrip_store::LedgerStore;
use scrip_units::{OperationId, PlanCode};
use serde::Serialize;

use super::OutboxError;
use super::item::{FORMAT, Item, ItemView, before};
use super::lock::Held;
use super::shown::{effect, shown};
use super::trying::{Tried, tried};
use crate::approvals::{Grounds, attached, draft_to_publish, request_of};
use crate::drafts::Draft;
use crate::error::AppError;
use crate::operate::OperationView;
use crate::session::Edge;
use crate::workspace::Workspace;

/// What queueing did.
#[derive(Debug, Clone, Serialize)]
pub struct QueuedView {
    /// The item; none when the same operations are done or queued already.
    pub item: Option<ItemView>,
    /// What they would cause.
    pub effects: Vec<OperationView>,
    /// What they, or those that they ask for, change in the configuration that they come upon, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
}

/// The id of a request, and the grounds on which it is made.
pub type Request<'a> = (&'a OperationId, Grounds<'a>);

/// Puts operations into the outbox of a copy, after trying them there: what the books refuse now is not
/// queued. With `asking`, what is queued is the request of that id that a second person approve them.
///
/// # Errors
/// [`OutboxError::NoCopy`]; as [`crate::operate::operate`].
pub async fn queue<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    asking: Option<Request<'_>>,
    file: &str,
    operations: &[(usize, Operation)],
) -> Result<QueuedView, AppError> {
    let tried = on_the_copy(workspace, edge, (file, operations)).await?;
    if asking.is_none()
        && tried.is_new()
        && let Some(fault) = tried.unapproved
    {
        return Err(Rejection::Approval(fault).into());
    }
    enqueue(workspace, edge, asking, tried).await
}

/// As [`queue`], but what is queued is the request where a rule asks for a second person, and the operations
/// themselves where none does. What they would cause is handed to `agrees` first.
///
/// # Errors
/// What `agrees` says; as [`queue`].
pub async fn put<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    request: Request<'_>,
    operations: &[Operation],
    agrees: &(dyn Fn(&[OperationView]) -> Result<(), AppError> + Sync),
) -> Result<QueuedView, AppError> {
    let operations: Vec<_> = operations.iter().map(|one| (1, one.clone())).collect();
    let tried = on_the_copy(workspace, edge, ("", &operations)).await;
    let tried = tried.map_err(AppError::without_place)?;
    agrees(&tried.views)?;
    let asking = tried.unapproved.is_some().then_some(request);
    enqueue(workspace, edge, asking, tried).await
}

/// Puts the publishing of a draft into the outbox, or the request for it where a rule asks for a second
/// person. The draft stays until it is published.
///
/// # Errors
/// [`OutboxError::Waits`]; as [`put`] and [`crate::approvals::ask_for_draft`].
pub async fn put_draft<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (request, operation): (&OperationId, &OperationId),
    grounds: impl Into<Grounds<'_>>,
    draft: (&PlanCode, u64),
) -> Result<QueuedView, AppError> {
    let grounds = grounds.into().trimmed();
    let operation = draft_to_publish(workspace, edge, operation, draft).await?;
    put(workspace, edge, (request, grounds), &[operation], &|_| Ok(())).await
}

/// The number under which a draft waits in the outbox to be published or asked for, as it stands.
///
/// # Errors
/// [`AppError::File`] when the outbox cannot be read.
pub(crate) fn number_of<S: LedgerStore>(
    workspace: &Workspace<S>,
    draft: &Draft,
) -> Result<Option<u64>, AppError> {
    let holds = |item: &Item| {
        let (own, asked) = item.documents();
        // What it only stands on, another item publishes.
        let own_change = !item.base.as_ref().is_some_and(|base| draft.is_in(base));
        own_change && own.into_iter().chain(asked).any(|document| draft.is_in(document))
    };
    Ok(before(workspace, u64::MAX)?.iter().find(|item| holds(item)).map(|item| item.number))
}

/// The number under which a decision about a request waits in the outbox.
///
/// # Errors
/// [`AppError::File`] when the outbox cannot be read.
pub(crate) fn decision_about<S: LedgerStore>(
    workspace: &Workspace<S>,
    request: &OperationId,
) -> Result<Option<u64>, AppError> {
    let decides = |operation: &Operation| match &operation.action {
        Action::DecideRequest(decision) => decision.request == *request,
        _ => false,
    };
    let waiting = before(workspace, u64::MAX)?;
    Ok(waiting.iter().find(|item| item.operations().any(decides)).map(|item| item.number))
}

async fn on_the_copy<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    operations: (&str, &[(usize, Operation)]),
) -> Result<Tried, AppError> {
    if workspace.store().follows().await?.is_none() {
        return Err(OutboxError::NoCopy.into());
    }
    tried(workspace, edge, &before(workspace, u64::MAX)?, operations).await
}

async fn enqueue<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    asking: Option<Request<'_>>,
    tried: Tried,
) -> Result<QueuedView, AppError> {
    if !tried.is_new() {
        return Ok(QueuedView { item: None, effects: tried.views, changes: Vec::new() });
    }
    // A request posts nothing.
    let own_effect = effect(if asking.is_some() { &[] } else { &tried.views })?;
    let operations = match asking {
        None => tried.completed,
        Some((id, grounds)) => {
            let preview = attached(workspace, &tried.catalog, grounds.preview, &tried.completed)?;
            let asked = (tried.completed, preview);
            vec![request_of(&tried.catalog, edge, (id, grounds.reason), asked)?]
        }
    };
    let mut item = Item {
        format: FORMAT.to_owned(),
        // It gets its own where nobody else can take the same.
        number: 0,
        queued_at: edge.now,
        queued_by: edge.actor.clone(),
        ledger: workspace.store().meta().await?.workspace_id,
        revision: tried.catalog.revision(),
        base: (!tried.is_published).then(|| Box::new(tried.catalog.document().clone())),
        operations: operations.into_iter().map(|one| Proposed(Box::new(one))).collect(),
        effect: own_effect,
        shown: shown(&tried.views),
        kept_back: None,
    };
    if !item.stands_on_configuration() {
        item.base = None;
    }
    Held::take(workspace)?.add(workspace, &mut item)?;
    let changes = item.changes(tried.catalog.document());
    Ok(QueuedView { item: Some((&item).into()), effects: tried.views, changes })
}
