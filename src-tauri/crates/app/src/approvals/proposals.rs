//! Configurations that wait for a second person, and the drafts that they were made of.
//!
//! Nothing is written into a draft when it is asked for: a draft is in review while a request that waits
//! holds all that it changes, as it changes it. Whoever goes on with it has a draft again, and the request
//! asks for what it asked for.

use scrip_catalog::Document;
use scrip_engine::operation::RequestApproval;
use scrip_engine::{Action, Operation};
use scrip_store::LedgerStore;
use scrip_units::{Instant, OperationId, PlanCode, When};
use serde::Serialize;

use super::{DecisionView, Grounds, RequestError, RequestView, all, ask};
use crate::drafts::{self, Draft};
use crate::error::AppError;
use crate::outbox;
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
        for operation in action.proposed() {
            if let Some(document) = operation.configuration()
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

/// Where a draft waits, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// In a request, for a second person.
    Request(String),
    /// In the outbox, under this number.
    Queued(u64),
}

/// Where a draft waits, if it does.
pub(crate) fn held<S: LedgerStore>(
    workspace: &Workspace<S>,
    proposals: &[Proposal],
    draft: &Draft,
) -> Result<Option<Held>, AppError> {
    if let Some(request) = review_of(proposals, draft) {
        return Ok(Some(Held::Request(request)));
    }
    Ok(outbox::number_of(workspace, draft)?.map(Held::Queued))
}

/// Asks a second person to publish a draft, which stays.
///
/// # Errors
/// [`RequestError::Asked`]; as [`drafts::proposal`] and [`ask`].
pub async fn ask_for_draft<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (request, operation): (&OperationId, &OperationId),
    grounds: impl Into<Grounds<'_>>,
    draft: (&PlanCode, u64),
) -> Result<DecisionView, AppError> {
    let grounds = grounds.into().trimmed();
    let operation = draft_to_publish(workspace, edge, operation, draft).await?;
    let asked = ask(workspace, edge, (request, grounds), "", &[(1, operation)]).await;
    asked.map_err(AppError::without_place)
}

/// The operation that publishes a draft which waits nowhere yet.
///
/// # Errors
/// [`RequestError::Asked`], [`outbox::OutboxError::Waits`]; as [`drafts::proposal`].
pub(crate) async fn draft_to_publish<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    operation: &OperationId,
    (name, saved): (&PlanCode, u64),
) -> Result<Operation, AppError> {
    let draft = drafts::load(workspace, name)?;
    if draft.saved != saved {
        return Err(AppError::DraftConflict { name: name.to_string() });
    }
    publishing(workspace, edge, operation, (&draft, None)).await
}

/// The operation that publishes a draft which waits nowhere yet, from another date on if one is given.
///
/// # Errors
/// [`RequestError::Asked`], [`outbox::OutboxError::Waits`]; as [`drafts::proposal`].
pub async fn publishing<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    operation: &OperationId,
    (draft, at): (&Draft, Option<When>),
) -> Result<Operation, AppError> {
    let name = &draft.name;
    match held(workspace, &proposals(workspace, edge.now).await?, &draft.published(at))? {
        Some(Held::Request(request)) => {
            Err(RequestError::Asked { draft: name.to_string(), request }.into())
        }
        Some(Held::Queued(number)) => {
            Err(outbox::OutboxError::Waits { what: format!("draft {name}"), number }.into())
        }
        None => drafts::proposal(workspace, edge, operation, (draft, at)).await,
    }
}

/// The drafts that hold what `holds` says, and do something with each. Says what could not be done.
fn with_drafts<S: LedgerStore>(
    workspace: &Workspace<S>,
    holds: impl Fn(&Draft) -> bool,
    act: impl Fn(&Draft) -> Result<(), AppError>,
) -> Vec<String> {
    let listed = match drafts::list(workspace) {
        Ok(listed) => listed,
        Err(error) => return vec![format!("the drafts cannot be put away: {error}")],
    };
    let mut left = Vec::new();
    for draft in listed.into_iter().filter_map(|listed| listed.draft.ok()) {
        if holds(&draft)
            && let Err(error) = act(&draft)
        {
            left.push(format!("draft {} cannot be put away: {error}", draft.name));
        }
    }
    left
}

fn holds(action: &RequestApproval, draft: &Draft) -> bool {
    action.proposed().filter_map(Operation::configuration).any(|document| draft.is_in(document))
}

/// Throws away the drafts that an approved request has published. The ledger has it by then, and a draft
/// is no part of it: one that cannot be removed stays, which is said, and is told to be overtaken when it is
/// opened.
pub(super) fn put_away_drafts<S: LedgerStore>(
    workspace: &Workspace<S>,
    action: &RequestApproval,
) -> Vec<String> {
    let discard = |draft: &Draft| drafts::discard(workspace, &draft.name);
    with_drafts(workspace, |draft| holds(action, draft), discard)
}

/// The same for configurations that were published.
pub(crate) fn put_away_published<S: LedgerStore>(
    workspace: &Workspace<S>,
    documents: &[&Document],
) -> Vec<String> {
    let holds = |draft: &Draft| documents.iter().any(|document| draft.is_in(document));
    with_drafts(workspace, holds, |draft| drafts::discard(workspace, &draft.name))
}

/// Brings the drafts of a request that was renewed to what it asks for now.
pub(super) fn move_drafts<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (action, base, live): (&RequestApproval, &Document, &Document),
    renewed: &[Operation],
) -> Vec<String> {
    let documents = |operations: &mut dyn Iterator<Item = &Operation>| {
        operations.filter_map(Operation::configuration).cloned().collect::<Vec<_>>()
    };
    let before = documents(&mut action.proposed());
    let after = documents(&mut renewed.iter());
    follow_drafts(workspace, edge, (base, live), (&before, &after))
}

/// Brings the drafts that are in configurations, and not in the one that those began from, to what they have
/// become.
pub(crate) fn follow_drafts<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (base, live): (&Document, &Document),
    (before, after): (&[Document], &[Document]),
) -> Vec<String> {
    let follow = |draft: &Draft| {
        for document in after {
            let moved = draft.moved(live, document);
            match moved.items().as_slice() {
                [] => drafts::discard(workspace, &draft.name)?,
                _ => drafts::save(workspace, edge, &moved).map(|_| ())?,
            }
        }
        Ok(())
    };
    let holds =
        |draft: &Draft| before.iter().any(|document| draft.is_in(document)) && !draft.is_in(base);
    with_drafts(workspace, holds, follow)
}
