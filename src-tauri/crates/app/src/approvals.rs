//! Approvals: asking a second person, and deciding.
//!
//! A request is an operation of its own (`request_approval`) that holds the operations it asks for; a
//! decision is another (`decide_request`), whose id follows from the request's, so that there is one at
//! the most, whoever decides at the same moment. Approving applies what was asked for in the same
//! transaction. So the ledger, its audit trail and whoever follows it have all of it.

mod attaching;
mod deciding;
mod fault;
mod merging;
mod need;
mod proposals;

use std::collections::BTreeMap;

use scrip_catalog::{Catalog, Change, difference_by_version};
use scrip_engine::approval::{
    self, ApprovalFault, content_of_request, decision_id, text_of_preview,
};
use scrip_engine::operation::{AttachedPreview, Proposed, RequestApproval, Verdict};
use scrip_engine::{Action, Operation};
use scrip_journal::Hash;
use scrip_store::{LedgerStore, OperationFilter, OperationRecord, Page};
use scrip_units::{Actor, Instant, OperationId};
use serde::Serialize;

use crate::audit::{self, TrailRow};
use crate::config;
use crate::error::AppError;
use crate::operate::{OperationView, line_of, run_one, view};
use crate::session::{Edge, Session, stored_document};
use crate::workspace::Workspace;

pub(crate) use attaching::attached;
pub use attaching::{Attachable, AttachedView, Attaching, Grounds, KeptHere, attachable};
pub(crate) use deciding::check_decided;
use deciding::check_decision;
pub use deciding::{decide, put_decision, put_renewal, renew};
pub use fault::RequestError;
pub use merging::{ConflictView, MergeView, check_choices, merge};
pub(crate) use merging::{all_in_question, brought_together};
pub use need::{ListView, NeedView, RuleView, list_with_rules, need, needs, rules};
pub use proposals::{Held, Proposal, ask_for_draft, proposals, publishing};
pub(crate) use proposals::{draft_to_publish, follow_drafts, held, open, put_away_published};

/// Days after which a request lapses when no rule says so.
const USUAL_DAYS: u16 = 14;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits.
    Open,
    /// It waits, and another configuration has come into force since.
    Stale,
    /// It waited too long.
    Lapsed,
    /// It was approved and applied.
    Approved,
    /// It was rejected.
    Rejected,
    /// It was taken back.
    Withdrawn,
}

impl State {
    /// The name in files and on the screen.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Stale => "stale",
            Self::Lapsed => "lapsed",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether somebody still has to do something about it.
    #[must_use]
    pub fn waits(self) -> bool {
        matches!(self, Self::Open | Self::Stale)
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl From<Verdict> for State {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Approve => Self::Approved,
            Verdict::Reject => Self::Rejected,
            Verdict::Withdraw => Self::Withdrawn,
        }
    }
}

/// An operation that a request asks for.
#[derive(Debug, Clone, Serialize)]
pub struct AskedView {
    /// Its code.
    pub op: String,
    /// Its id.
    pub id: String,
    /// From when it counts.
    pub at: String,
    /// Its customer, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// What it says, in words; nothing for a configuration, whose changes are told.
    pub says: String,
    /// Its own reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl From<&Operation> for AskedView {
    fn from(operation: &Operation) -> Self {
        Self {
            op: operation.action.code().to_owned(),
            id: operation.id.to_string(),
            at: operation.at.to_string(),
            customer: operation.customer().map(ToString::to_string),
            says: audit::in_words(operation),
            reason: operation.reason.clone(),
        }
    }
}

/// A request.
#[derive(Debug, Clone, Serialize)]
pub struct RequestView {
    /// Its id.
    pub id: String,
    /// What became of it.
    pub state: State,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub asked_at: String,
    /// Why, in the words of who asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is asked for.
    pub operations: Vec<AskedView>,
    /// The hash of what is asked for: what an approval names.
    pub content: String,
    /// The configuration under which it was looked at.
    pub revision: u64,
    /// When it lapses.
    pub lapses_at: String,
    /// The name of the preview that goes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// Who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<String>,
    /// What they said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What stands in the way of whoever looks at a request; nothing where they may.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Barred {
    /// Of approving it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approve: Option<String>,
    /// Of rejecting it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reject: Option<String>,
    /// Of taking it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdraw: Option<String>,
    /// Of asking again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renew: Option<String>,
}

/// A request with what it would do now.
#[derive(Debug, Clone, Serialize)]
pub struct RequestDetail {
    /// The request.
    pub request: RequestView,
    /// What it changes in the configuration under which it was looked at; none if it publishes nothing.
    pub changes: Vec<Change>,
    /// What its operations would cause now, one after the other; empty once it is decided.
    pub effects: Vec<OperationView>,
    /// Why it cannot be applied now, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The preview that goes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<AttachedView>,
    /// The operations as they are written, and then the preview: the texts that `content` is the hash of.
    pub texts: Vec<String>,
    /// What stands in the way of who looks.
    pub barred: Barred,
    /// What was recorded about it: that it was asked for, the decision, what was done then.
    pub trail: Vec<TrailRow>,
}

/// What asking or deciding did.
#[derive(Debug, Clone, Serialize)]
pub struct DecisionView {
    /// The request as it stands.
    pub request: RequestView,
    /// What the operations would cause, or caused.
    pub effects: Vec<OperationView>,
    /// What they change in the configuration in force, in words; told when it is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
    /// What could not be put away after it: the ledger has everything all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
}

fn stored(record: &OperationRecord) -> Result<Operation, AppError> {
    Operation::from_json(&record.body)
        .map_err(|e| AppError::stored(format!("operation {}", record.id), e))
}

fn request_view(
    request: &Operation,
    decision: Option<&Operation>,
    (now, revision): (Instant, u64),
) -> Result<Option<RequestView>, AppError> {
    let Action::RequestApproval(action) = &request.action else { return Ok(None) };
    let state = match decision.map(|decision| &decision.action) {
        Some(Action::DecideRequest(decided)) => decided.verdict.into(),
        _ if action.lapses_at <= now => State::Lapsed,
        _ if action.revision != revision => State::Stale,
        _ => State::Open,
    };
    let asked = action.proposed().map(AskedView::from);
    Ok(Some(RequestView {
        id: request.id.to_string(),
        state,
        asked_by: request.actor.to_string(),
        asked_at: request.at.to_string(),
        reason: request.reason.clone(),
        operations: asked.collect(),
        content: content(action)?.to_string(),
        revision: action.revision,
        lapses_at: action.lapses_at.to_string(),
        preview: action.preview.as_ref().map(|preview| preview.name.to_string()),
        decided_by: decision.map(|decision| decision.actor.to_string()),
        decided_at: decision.map(|decision| decision.at.to_string()),
        comment: decision.and_then(|decision| decision.reason.clone()),
    }))
}

fn content(action: &RequestApproval) -> Result<Hash, AppError> {
    content_of_request(action).map_err(|e| AppError::stored("request", e))
}

/// Tries operations in a session that is then taken back; returns them as they would be recorded.
async fn tried<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    file: &str,
    operations: &[(usize, Operation)],
) -> Result<(Vec<Operation>, Vec<OperationView>, u64), AppError> {
    let mut session = Session::trial(workspace, edge).await?;
    let revision = session.book.catalog.revision();
    let archive = workspace.archive().await?;
    let (mut completed, mut views) = (Vec::new(), Vec::new());
    for (place, (line, operation)) in operations.iter().enumerate() {
        let (operation, outcome) =
            run_one(workspace, Some(&archive), &mut session, (file, *line), operation)
                .await
                .map_err(|error| error.found_by(|id| line_of(&operations[..place], id)))?;
        views.push(view(*line, &operation, &outcome));
        completed.push(operation);
    }
    session.rollback().await?;
    Ok((completed, views, revision))
}

/// Asks a second person to approve operations. They are tried first: what the books refuse now, nobody
/// is asked for.
///
/// # Errors
/// As [`crate::operate::operate`]; that the preview cannot be attached; or [`AppError::Rejected`] when a
/// request cannot hold them.
pub async fn ask<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (id, grounds): (&OperationId, Grounds<'_>),
    file: &str,
    operations: &[(usize, Operation)],
) -> Result<DecisionView, AppError> {
    let edge = &edge.by_the_clock_of(workspace.store()).await?;
    let (completed, effects, revision) = tried(workspace, edge, file, operations).await?;
    let mut session = Session::begin(workspace, edge).await?;
    let catalog = &session.book.catalog;
    if revision != catalog.revision() {
        let (request, now) = (id.clone(), catalog.revision());
        return Err(RequestError::Stale { request, revision, now }.into());
    }
    let preview = attached(workspace, catalog, grounds.preview, &completed)?;
    let documents = completed.iter().filter_map(Operation::configuration);
    let changes = documents.flat_map(|one| config::changes(catalog.document(), one)).collect();
    let request = request_of(catalog, edge, (id, grounds.reason), (completed, preview))?;
    session.operate(&request, None).await?;
    session.commit().await?;
    let request = request_view(&request, None, (edge.now, revision))?;
    let request = request.ok_or_else(|| RequestError::Unknown { request: id.clone() })?;
    Ok(DecisionView { request, effects, changes, left: Vec::new() })
}

/// The operation that asks for others, under this configuration.
pub(crate) fn request_of(
    catalog: &Catalog,
    edge: &Edge,
    (id, reason): (&OperationId, Option<&str>),
    (operations, preview): (Vec<Operation>, Option<Box<AttachedPreview>>),
) -> Result<Operation, AppError> {
    let days = |operation: &Operation| {
        catalog.approval_rule(operation.action.code()).map(|rule| rule.valid_days)
    };
    let days = operations.iter().filter_map(days).min().unwrap_or(USUAL_DAYS);
    let lapses = edge.now.micros() + i64::from(days) * 86_400_000_000;
    Ok(Operation {
        id: id.clone(),
        at: edge.now,
        actor: edge.actor.clone(),
        reason: reason.map(str::to_owned),
        approval: None,
        action: Action::RequestApproval(RequestApproval {
            operations: operations.into_iter().map(|one| Proposed(Box::new(one))).collect(),
            revision: catalog.revision(),
            lapses_at: Instant::from_micros(lapses)?,
            preview,
        }),
    })
}

/// The operations of a kind, by the id of the request that they are or decide.
async fn by_request<S: LedgerStore>(
    workspace: &Workspace<S>,
    kind: &str,
) -> Result<BTreeMap<u64, Operation>, AppError> {
    let filter = OperationFilter { kind: Some(kind.to_owned()), ..OperationFilter::default() };
    let (mut found, mut after) = (BTreeMap::new(), 0);
    loop {
        let page = workspace.store().find_operations(&filter, Page::after(after, 1_000)).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.seq;
        for one in &page {
            found.insert(one.seq, stored(&one.operation)?);
        }
    }
}

/// Every request with what was decided, the latest first.
async fn all<S: LedgerStore>(
    workspace: &Workspace<S>,
    now: Instant,
) -> Result<Vec<(RequestView, Operation)>, AppError> {
    let revision = workspace.store().config_revision().await?;
    let requests = by_request(workspace, "request_approval").await?;
    let mut decisions = BTreeMap::new();
    for decision in by_request(workspace, "decide_request").await?.into_values() {
        if let Action::DecideRequest(action) = &decision.action {
            decisions.insert(action.request.clone(), decision);
        }
    }
    let mut found = Vec::new();
    for request in requests.into_values().rev() {
        let decision = decisions.get(&request.id);
        let view = request_view(&request, decision, (now, revision))?;
        found.extend(view.map(|view| (view, request)));
    }
    Ok(found)
}

/// Requests, the latest first: those that wait, or all.
///
/// # Errors
/// The store's.
pub async fn list<S: LedgerStore>(
    workspace: &Workspace<S>,
    now: Instant,
    everything: bool,
) -> Result<Vec<RequestView>, AppError> {
    let views = all(workspace, now).await?.into_iter().map(|(view, _)| view);
    Ok(views.filter(|view| everything || view.state.waits()).collect())
}

/// A request with what it would do now.
///
/// # Errors
/// [`RequestError::Unknown`], or the store's.
pub async fn show<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    id: &OperationId,
) -> Result<RequestDetail, AppError> {
    let unknown = || RequestError::Unknown { request: id.clone() };
    let store = workspace.store();
    let revision = store.config_revision().await?;
    let request_stored = store.operation(id).await?.ok_or_else(unknown)?;
    let request = stored(&request_stored.operation)?;
    let mut trail = vec![audit::told(&request_stored)?];
    let decision_id = decision_id(id).map_err(|e| AppError::Argument(e.to_string()))?;
    let decision = match store.operation(&decision_id).await? {
        Some(decision) => {
            trail.push(audit::told(&decision)?);
            Some(stored(&decision.operation)?)
        }
        None => None,
    };
    let view = request_view(&request, decision.as_ref(), (edge.now, revision))?;
    let (Some(view), Action::RequestApproval(action)) = (view, &request.action) else {
        return Err(unknown().into());
    };
    let mut texts = Vec::new();
    let mut changes = Vec::new();
    for operation in action.proposed() {
        texts.push(operation.to_json().map_err(|e| AppError::stored("request", e))?);
        if let Some(document) = operation.configuration()
            && let Some(base) = store.config(action.revision).await?
        {
            changes.extend(difference_by_version(&stored_document(&base)?, document));
        }
        if view.state == State::Approved
            && let Some(done) = store.operation(&operation.id).await?
        {
            trail.push(audit::told(&done)?);
        }
    }
    let preview = match &action.preview {
        Some(preview) => {
            texts.push(text_of_preview(preview).map_err(|e| AppError::stored("request", e))?);
            Some(attaching::seen(workspace, preview, (view.state.waits(), revision)).await?)
        }
        None => None,
    };
    let (mut effects, mut refused) = (Vec::new(), None);
    if view.state.waits() {
        let operations: Vec<_> =
            action.operations.iter().map(|Proposed(one)| (1, (**one).clone())).collect();
        match tried(workspace, edge, "", &operations).await {
            Ok((_, views, _)) => effects = views,
            Err(error) => refused = Some(error.without_place().to_string()),
        }
    }
    let barred = barred(&*workspace.catalog().await?, edge, &request, action, &view);
    Ok(RequestDetail { request: view, changes, effects, refused, preview, texts, barred, trail })
}

/// What keeps somebody from deciding about a request, or from asking again.
fn barred(
    catalog: &Catalog,
    edge: &Edge,
    request: &Operation,
    action: &RequestApproval,
    view: &RequestView,
) -> Barred {
    let decided = view.decided_by.as_ref().map(|by| {
        let state = view.state;
        format!("request {} was decided by {by} already: {state}", view.id)
    });
    let of = |verdict| {
        let who = may_decide(catalog, (request, action), verdict, &edge.actor);
        let now = catalog.revision();
        let what = || check_decision((&request.id, action), (edge.now, now), verdict);
        decided
            .clone()
            .or_else(|| who.err().map(|fault| fault.to_string()))
            .or_else(|| what().err().map(|fault| fault.to_string()))
    };
    let renew = match may_renew(request, edge, view.state) {
        Err(fault) => Some(fault.to_string()),
        Ok(()) => None,
    };
    Barred {
        approve: of(Verdict::Approve),
        reject: of(Verdict::Reject),
        withdraw: of(Verdict::Withdraw),
        renew,
    }
}

/// Whether somebody may decide so, whatever has become of the request.
fn may_decide(
    catalog: &Catalog,
    (request, action): (&Operation, &RequestApproval),
    verdict: Verdict,
    by: &Actor,
) -> Result<(), ApprovalFault> {
    approval::may_decide(&request.actor, by, verdict)?;
    if verdict != Verdict::Withdraw && approval::is_same_person(&request.actor, by) {
        return Err(ApprovalFault::Own { approver: by.clone() });
    }
    if verdict != Verdict::Withdraw {
        for Proposed(operation) in &action.operations {
            approval::may_approve(catalog, operation, by)?;
        }
    }
    Ok(())
}

fn may_renew(request: &Operation, edge: &Edge, state: State) -> Result<(), RequestError> {
    if !state.waits() && state != State::Lapsed {
        return Err(RequestError::NotWaiting { request: request.id.clone(), state });
    }
    if request.actor != edge.actor {
        return Err(RequestError::NotYours { asked_by: request.actor.clone() });
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
