//! Deciding about requests, and asking again: at once, or, on a copy, by way of the outbox.

use std::collections::BTreeMap;

use scrip_catalog::{Choice, Document, three_way};
use scrip_engine::approval::{approved, decision_id};
use scrip_engine::operation::{
    ApplyConfiguration, DecideRequest, Proposed, RequestApproval, Verdict,
};
use scrip_engine::{Action, Operation, Rejection};
use scrip_store::{LedgerStore, WriteTransaction};
use scrip_units::{Instant, OperationId};

use super::{
    Attaching, DecisionView, Grounds, RequestError, ask, attached, content, may_decide, may_renew,
    proposals, request_of, request_view, show, stored,
};
use crate::error::AppError;
use crate::operate::{run_one, view};
use crate::outbox::{self, OutboxError, QueuedView};
use crate::session::{Edge, Session, stored_document};
use crate::workspace::Workspace;

/// A request, and the operations of a decision about it: the decision itself, and what it approves.
struct Decided {
    request: Operation,
    action: RequestApproval,
    operations: Vec<Operation>,
}

/// What a decision records, once nothing stands in its way.
async fn decided<W: WriteTransaction>(
    session: &mut Session<W>,
    edge: &Edge,
    (id, verdict): (&OperationId, Verdict),
    given: Option<&str>,
    comment: Option<&str>,
) -> Result<Decided, AppError> {
    let (request, action) = asked(session, id).await?;
    let decision_id = decision_id(id).map_err(|e| AppError::Argument(e.to_string()))?;
    // Whoever decides about it just now is waited for, and is named then.
    session.tx().claim(&decision_id).await?;
    not_decided(session, (id, &decision_id), None).await?;
    let found = content(&action)?;
    let comment = comment.map(str::trim).filter(|text| !text.is_empty());
    let decision = Operation {
        id: decision_id,
        at: edge.now,
        actor: edge.actor.clone(),
        reason: comment.map(str::to_owned),
        approval: None,
        action: Action::DecideRequest(DecideRequest {
            request: id.clone(),
            asked_by: request.actor.clone(),
            verdict,
            content: found,
        }),
    };
    // Who may not decide at all is told so first.
    may_decide(&session.book.catalog, (&request, &action), verdict, &edge.actor)
        .map_err(Rejection::from)?;
    if verdict == Verdict::Reject && comment.is_none() {
        return Err(RequestError::ReasonMissing { request: id.clone() }.into());
    }
    if verdict == Verdict::Approve {
        let given = given.unwrap_or_default();
        if given.len() < 12 || !found.to_string().starts_with(given) {
            let (request, given) = (id.clone(), given.to_owned());
            return Err(RequestError::OtherContent { request, found, given }.into());
        }
    }
    let now = (edge.now, session.book.catalog.revision());
    check_decision((id, &action), now, verdict)?;
    let mut operations = vec![decision];
    if verdict == Verdict::Approve {
        operations.extend(approved(id, &action, &edge.actor).map_err(Rejection::from)?);
    }
    Ok(Decided { request, action, operations })
}

async fn asked<W: WriteTransaction>(
    session: &mut Session<W>,
    id: &OperationId,
) -> Result<(Operation, RequestApproval), AppError> {
    let unknown = || RequestError::Unknown { request: id.clone() };
    let request = session.tx().operation(id).await?.ok_or_else(unknown)?;
    let request = stored(&request.operation)?;
    let Action::RequestApproval(action) = &request.action else { return Err(unknown().into()) };
    let action = action.clone();
    Ok((request, action))
}

/// Begins to decide about a request, as what it asks for has to be recorded.
async fn begin<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    id: &OperationId,
) -> Result<Session<S::Write>, AppError> {
    // A request never changes.
    let found = workspace.store().operation(id).await?;
    let request = found.map(|found| stored(&found.operation)).transpose()?;
    match request.as_ref().map(|request| &request.action) {
        Some(Action::RequestApproval(action)) => {
            Session::begin_for(workspace, edge, action.proposed()).await
        }
        _ => Err(RequestError::Unknown { request: id.clone() }.into()),
    }
}

/// Refuses where somebody was first, unless it is the very decision that is at hand.
async fn not_decided<W: WriteTransaction>(
    session: &mut Session<W>,
    (request, decision): (&OperationId, &OperationId),
    own: Option<&Operation>,
) -> Result<(), AppError> {
    let Some(before) = session.tx().operation(decision).await? else { return Ok(()) };
    let before = stored(&before.operation)?;
    if own == Some(&before) {
        return Ok(());
    }
    let request = request.clone();
    let Action::DecideRequest(decided) = &before.action else {
        return Err(RequestError::Unknown { request }.into());
    };
    let (by, verdict) = (before.actor.clone(), decided.verdict.into());
    Err(RequestError::Decided { request, by, verdict }.into())
}

/// Looks again whether a decision that was made on a copy may still be recorded. Anything else may.
///
/// # Errors
/// [`RequestError`], or [`AppError::Rejected`] where this person may not decide.
pub(crate) async fn check_decided<W: WriteTransaction>(
    session: &mut Session<W>,
    edge: &Edge,
    operation: &Operation,
) -> Result<(), AppError> {
    let Action::DecideRequest(decision) = &operation.action else { return Ok(()) };
    session.tx().claim(&operation.id).await?;
    not_decided(session, (&decision.request, &operation.id), Some(operation)).await?;
    if session.tx().operation(&operation.id).await?.is_some() {
        return Ok(());
    }
    let (request, action) = asked(session, &decision.request).await?;
    let catalog = &session.book.catalog;
    may_decide(catalog, (&request, &action), decision.verdict, &operation.actor)
        .map_err(Rejection::from)?;
    let now = (edge.now, catalog.revision());
    Ok(check_decision((&decision.request, &action), now, decision.verdict)?)
}

/// Decides a request, once. Approving names the content that was looked at, and applies it in the same
/// transaction.
///
/// # Errors
/// [`RequestError`]; [`AppError::Rejected`] when the books refuse what was asked for, or this person may
/// not decide; the request stays as it was then.
pub async fn decide<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    what: (&OperationId, Verdict),
    given: Option<&str>,
    comment: Option<&str>,
) -> Result<DecisionView, AppError> {
    let edge = &edge.by_the_clock_of(workspace.store()).await?;
    let mut session = begin(workspace, edge, what.0).await?;
    let Decided { request, action, operations } =
        decided(&mut session, edge, what, given, comment).await?;
    let archive = workspace.archive().await?;
    let mut effects = Vec::new();
    for operation in &operations {
        let (operation, outcome) =
            run_one(workspace, Some(&archive), &mut session, ("", 1), operation).await?;
        effects.push(view(1, &operation, &outcome));
    }
    // The decision itself posts nothing.
    effects.remove(0);
    let revision = session.book.catalog.revision();
    session.commit().await?;
    let left = match what.1 {
        Verdict::Approve => proposals::put_away_drafts(workspace, &action),
        _ => Vec::new(),
    };
    let view = request_view(&request, operations.first(), (edge.now, revision))?;
    let request = view.ok_or_else(|| RequestError::Unknown { request: what.0.clone() })?;
    Ok(DecisionView { request, effects, changes: Vec::new(), left })
}

/// Puts a decision into the outbox of a copy, with what it approves, after trying it there.
///
/// # Errors
/// [`OutboxError::Waits`]; as [`decide`] and [`outbox::put`].
pub async fn put_decision<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    what: (&OperationId, Verdict),
    given: Option<&str>,
    comment: Option<&str>,
) -> Result<QueuedView, AppError> {
    if let Some(number) = outbox::decision_about(workspace, what.0)? {
        let what = format!("a decision about request {}", what.0);
        return Err(OutboxError::Waits { what, number }.into());
    }
    let mut session = Session::trial(workspace, edge).await?;
    let decided = decided(&mut session, edge, what, given, comment).await?;
    session.rollback().await?;
    let request = (what.0, Grounds::default());
    outbox::put(workspace, edge, request, &decided.operations, &|_| Ok(())).await
}

/// What a request asks for, brought together with what was published since.
struct Renewed {
    request: Operation,
    action: RequestApproval,
    base: Document,
    theirs: Document,
    operations: Vec<(usize, Operation)>,
}

async fn renewed<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    old: &OperationId,
    chosen: &BTreeMap<String, Choice>,
) -> Result<Renewed, AppError> {
    let unknown = || RequestError::Unknown { request: old.clone() };
    let store = workspace.store();
    let before = show(workspace, edge, old).await?.request;
    let request = store.operation(old).await?.ok_or_else(unknown)?;
    let request = stored(&request.operation)?;
    may_renew(&request, edge, before.state)?;
    let Action::RequestApproval(action) = &request.action else { return Err(unknown().into()) };
    let action = action.clone();
    let base = store.config(action.revision).await?.ok_or(AppError::NoConfiguration)?;
    let now = store.config_latest().await?.ok_or(AppError::NoConfiguration)?;
    let (base, theirs) = (stored_document(&base)?, stored_document(&now)?);
    let mut operations = Vec::new();
    for Proposed(operation) in &action.operations {
        let mut operation = (**operation).clone();
        if let Action::ApplyConfiguration(ApplyConfiguration { document }) = &mut operation.action {
            let merged = three_way(&base, document, &theirs, chosen)
                .map_err(|conflicts| RequestError::Conflicts { request: old.clone(), conflicts })?;
            **document = merged;
            operation.at = edge.now;
        }
        operations.push((1, operation));
    }
    Ok(Renewed { request, action, base, theirs, operations })
}

/// Asks again for what another configuration has overtaken: a configuration together with what was
/// published since, everything else as it was. The old request is withdrawn.
///
/// # Errors
/// [`RequestError::Conflicts`] for places that both changed and nothing was chosen for; as [`ask`] and
/// [`decide`].
pub async fn renew<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (old, new): (&OperationId, &OperationId),
    chosen: &BTreeMap<String, Choice>,
) -> Result<DecisionView, AppError> {
    let Renewed { request, action, base, theirs, operations } =
        renewed(workspace, edge, old, chosen).await?;
    let preview = action.preview.as_deref().map(Attaching::Carried);
    let grounds = Grounds { reason: request.reason.as_deref(), preview };
    let mut asked = ask(workspace, edge, (new, grounds), "", &operations).await?;
    let why = format!("renewed as {new}");
    decide(workspace, edge, (old, Verdict::Withdraw), None, Some(&why)).await?;
    let merged: Vec<_> = operations.into_iter().map(|(_, operation)| operation).collect();
    asked.left = proposals::move_drafts(workspace, edge, (&action, &base, &theirs), &merged);
    if let (Some(preview), None) = (&action.preview, &asked.request.preview) {
        let name = &preview.name;
        asked.left.push(format!(
            "preview {name} is of what was asked for before, and does not go with request {new}"
        ));
    }
    Ok(asked)
}

/// Puts asking again into the outbox of a copy: the new request, and that the old one is withdrawn.
///
/// # Errors
/// As [`renew`] and [`outbox::put`].
pub async fn put_renewal<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (old, new): (&OperationId, &OperationId),
    chosen: &BTreeMap<String, Choice>,
) -> Result<QueuedView, AppError> {
    if let Some(number) = outbox::decision_about(workspace, old)? {
        let what = format!("a decision about request {old}");
        return Err(OutboxError::Waits { what, number }.into());
    }
    let Renewed { request, action, base, theirs, operations } =
        renewed(workspace, edge, old, chosen).await?;
    let mut session = Session::trial(workspace, edge).await?;
    let archive = workspace.archive().await?;
    let why = format!("renewed as {new}");
    let withdrawn = decided(&mut session, edge, (old, Verdict::Withdraw), None, Some(&why)).await?;
    // As they would be recorded.
    let mut completed = Vec::new();
    for (_, operation) in &operations {
        let (operation, _) =
            run_one(workspace, Some(&archive), &mut session, ("", 1), operation).await?;
        completed.push(operation);
    }
    session.rollback().await?;
    let catalog = workspace.catalog().await?;
    let merged = completed.clone();
    let asking = (new, request.reason.as_deref());
    let preview = action.preview.as_deref().map(Attaching::Carried);
    let preview = attached(workspace, &catalog, preview, &completed)?;
    let mut together = vec![request_of(&catalog, edge, asking, (completed, preview))?];
    together.extend(withdrawn.operations);
    let queued =
        outbox::put(workspace, edge, (new, Grounds::default()), &together, &|_| Ok(())).await?;
    proposals::move_drafts(workspace, edge, (&action, &base, &theirs), &merged);
    Ok(queued)
}

/// Whether what has become of a request allows a verdict.
pub(super) fn check_decision(
    (id, action): (&OperationId, &RequestApproval),
    (now, revision): (Instant, u64),
    verdict: Verdict,
) -> Result<(), RequestError> {
    let request = id.clone();
    if verdict == Verdict::Approve && action.lapses_at <= now {
        return Err(RequestError::Lapsed { request, lapsed_at: action.lapses_at });
    }
    if verdict == Verdict::Approve && action.revision != revision {
        return Err(RequestError::Stale { request, revision: action.revision, now: revision });
    }
    Ok(())
}
