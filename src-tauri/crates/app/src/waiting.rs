//! What waits for somebody: drafts that are not published, and requests that are not decided.

use scrip_store::LedgerStore;
use scrip_units::Instant;
use serde::Serialize;

use crate::approvals::{self, Held, RequestView};
use crate::drafts::{self, Draft};
use crate::error::AppError;
use crate::workspace::Workspace;

/// What a draft changes: what its page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A version of a rate card.
    RateCard,
    /// A cost card.
    CostCard,
    /// A wallet type.
    WalletType,
    /// A conversion.
    Conversion,
    /// A plan.
    Plan,
}

/// A version that a draft adds or changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitingVersion {
    /// What.
    pub subject: Subject,
    /// Its code.
    pub code: String,
    /// The version.
    pub version: u32,
}

/// A draft that waits to be published.
#[derive(Debug, Clone, Serialize)]
pub struct WaitingDraft {
    /// Name.
    pub draft: String,
    /// What it changes; empty for a draft that cannot be read, or changes nothing yet.
    pub versions: Vec<WaitingVersion>,
    /// When it was saved last; absent for one that cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved_at: Option<String>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved_by: Option<String>,
    /// The request in which it waits for a second person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The number under which it waits in the outbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queued: Option<u64>,
}

/// Everything that waits.
#[derive(Debug, Clone, Serialize)]
pub struct WaitingView {
    /// Drafts, by name.
    pub drafts: Vec<WaitingDraft>,
    /// Requests, the latest first.
    pub requests: Vec<RequestView>,
}

/// What waits for somebody.
///
/// # Errors
/// [`AppError::File`] when the drafts cannot be listed, or the store's.
pub async fn waiting<S: LedgerStore>(
    workspace: &Workspace<S>,
    now: Instant,
) -> Result<WaitingView, AppError> {
    let (requests, proposals) = approvals::open(workspace, now).await?;
    let mut waiting = Vec::new();
    for listed in drafts::list(workspace)? {
        let draft = listed.draft.ok();
        let held = match &draft {
            Some(draft) => approvals::held(workspace, &proposals, draft)?,
            None => None,
        };
        let (request, queued) = apart(held);
        waiting.push(WaitingDraft {
            draft: listed.name,
            versions: draft.as_ref().map(versions).unwrap_or_default(),
            saved_at: draft.as_ref().map(|draft| draft.saved_at.to_string()),
            saved_by: draft.as_ref().map(|draft| draft.saved_by.to_string()),
            request,
            queued,
        });
    }
    Ok(WaitingView { drafts: waiting, requests })
}

/// Puts the drafts away that a copy's production ledger has published: what was asked for here is approved
/// elsewhere. Says what could not be put away.
///
/// # Errors
/// The store's.
pub async fn put_away_published<S: LedgerStore>(
    workspace: &Workspace<S>,
) -> Result<Vec<String>, AppError> {
    // Reading the configuration of many customers takes long, and there is mostly no draft.
    if drafts::list(workspace).is_ok_and(|listed| listed.is_empty()) {
        return Ok(Vec::new());
    }
    let catalog = match workspace.catalog().await {
        // Nothing is published in a ledger that has just been made.
        Err(AppError::NoConfiguration) => return Ok(Vec::new()),
        catalog => catalog?,
    };
    Ok(approvals::put_away_published(workspace, &[catalog.document()]))
}

/// The request, and the number in the outbox.
pub(crate) fn apart(held: Option<Held>) -> (Option<String>, Option<u64>) {
    match held {
        Some(Held::Request(request)) => (Some(request), None),
        Some(Held::Queued(number)) => (None, Some(number)),
        None => (None, None),
    }
}

fn versions(draft: &Draft) -> Vec<WaitingVersion> {
    let mut found = Vec::new();
    macro_rules! add {
        ($list:ident, $subject:ident) => {
            for item in &draft.$list {
                let before = item.before.as_ref().map(|one| one.versions.as_slice());
                let before = before.unwrap_or_default();
                let new = item.after.versions.iter().filter(|one| !before.contains(one));
                found.extend(new.map(|one| WaitingVersion {
                    subject: Subject::$subject,
                    code: item.after.code.to_string(),
                    version: one.version,
                }));
            }
        };
    }
    add!(rate_cards, RateCard);
    add!(cost_cards, CostCard);
    add!(wallet_types, WalletType);
    add!(conversions, Conversion);
    add!(plans, Plan);
    found
}
