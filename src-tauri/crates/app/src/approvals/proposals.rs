//! Configurations that wait for a second person, and the drafts that they were made of.
//!
//! Nothing is written into a draft when it is asked for: a draft is in review while a request that waits
//! holds all that it changes, as it changes it. Whoever goes on with it has a draft again, and the request
//! asks for what it asked for.

use scrip_catalog::Document;
use scrip_engine::operation::{Proposed, RequestApproval};
use scrip_engine::{Action, Operation};
use scrip_store::LedgerStore;
use scrip_units::{Instant, OperationId, PlanCode};

use super::{DecisionView, RequestError, RequestView, all, ask, published_by};
use crate::drafts::{self, Draft};
use crate::error::AppError;
use crate::session::{Edge, stored_document};
use crate::workspace::Workspace;

/// A configuration that waits.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The request.
    pub request: RequestView,
    /// The configuration under which it was looked at.
    pub base: Document,
    /// The configuration that is asked for.
    pub document: Document,
}

/// The configurations that wait for a second person, the latest request first.
///
/// # Errors
/// The store's.
pub async fn proposals<S: LedgerStore>(
    workspace: &Workspace<S>,
    now: Instant,
) -> Result<Vec<Proposal>, AppError> {
    Ok(open(workspace, now).await?.1)
}

/// The requests that wait, the latest first, and the configurations among them.
pub(crate) async fn open<S: LedgerStore>(
    workspace: &Workspace<S>,
    now: Instant,
) -> Result<(Vec<RequestView>, Vec<Proposal>), AppError> {
    let (mut views, mut proposals) = (Vec::new(), Vec::new());
    for (view, request) in all(workspace, now).await? {
        let Action::RequestApproval(action) = &request.action else { continue };
        if !view.state.waits() {
            continue;
        }
        views.push(view.clone());
        for Proposed(operation) in &action.operations {
            if let Some(document) = published_by(operation)
                && let Some(base) = workspace.store().config(action.revision).await?
            {
                proposals.push(Proposal {
                    request: view.clone(),
                    base: stored_document(&base)?,
                    document: document.clone(),
                });
            }
        }
    }
    Ok((views, proposals))
}

/// The request in which a draft waits.
pub(crate) fn review_of(proposals: &[Proposal], draft: &Draft) -> Option<String> {
    let holds = proposals.iter().find(|proposal| draft.is_in(&proposal.document));
    holds.map(|proposal| proposal.request.id.clone())
}

/// Asks a second person to publish a draft, which stays.
///
/// # Errors
/// [`RequestError::Asked`]; as [`drafts::proposal`] and [`ask`].
pub async fn ask_for_draft<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (request, operation): (&OperationId, &OperationId),
    reason: Option<&str>,
    (name, saved): (&PlanCode, u64),
) -> Result<DecisionView, AppError> {
    let draft = drafts::load(workspace, name)?;
    if draft.saved != saved {
        return Err(AppError::DraftConflict { name: name.to_string() });
    }
    if let Some(request) = review_of(&proposals(workspace, edge.now).await?, &draft) {
        return Err(RequestError::Asked { draft: name.to_string(), request }.into());
    }
    let operation = drafts::proposal(workspace, edge, operation, (&draft, None)).await?;
    let reason = reason.map(str::trim).filter(|text| !text.is_empty());
    let asked = ask(workspace, edge, (request, reason), "", &[(1, operation)]).await;
    asked.map_err(AppError::without_place)
}

fn readable<S: LedgerStore>(workspace: &Workspace<S>) -> impl Iterator<Item = Draft> {
    let listed = drafts::list(workspace).unwrap_or_default();
    listed.into_iter().filter_map(|listed| listed.draft.ok())
}

fn holds(action: &RequestApproval, draft: &Draft) -> bool {
    let mut documents = action.operations.iter().filter_map(|Proposed(one)| published_by(one));
    documents.any(|document| draft.is_in(document))
}

/// Throws away the drafts that an approved request has published. The ledger has it by then, and a draft
/// is no part of it: one that cannot be removed stays, and is told to be overtaken when it is opened.
pub(super) fn put_away_drafts<S: LedgerStore>(workspace: &Workspace<S>, action: &RequestApproval) {
    for draft in readable(workspace).filter(|draft| holds(action, draft)) {
        let _ = drafts::discard(workspace, &draft.name);
    }
}

/// Brings the drafts of a request that was renewed to what it asks for now.
pub(super) fn move_drafts<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (action, live): (&RequestApproval, &Document),
    renewed: &[Operation],
) {
    for draft in readable(workspace).filter(|draft| holds(action, draft)) {
        for document in renewed.iter().filter_map(published_by) {
            let moved = draft.moved(live, document);
            // As above: the request holds it.
            let _ = match moved.items().as_slice() {
                [] => drafts::discard(workspace, &draft.name),
                _ => drafts::save(workspace, edge, &moved).map(|_| ()),
            };
        }
    }
}
