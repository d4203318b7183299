//! Approvals: what a second person is asked for, what they decide, and what was overtaken.

use std::collections::BTreeMap;

use scrip_app::acts;
use scrip_app::approvals::{
    self, AskedView, Barred, ConflictView, DecisionView, MergeView, NeedView, RequestDetail,
    RequestView, RuleView, State as RequestState,
};
use scrip_app::audit::TrailRow;
use scrip_app::cards::sheet as sheets;
use scrip_app::waiting::{self, Subject, WaitingView};
use scrip_catalog::{Choice, Side};
use scrip_engine::Operation;
use scrip_engine::operation::Verdict;
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::State;

use crate::commands::acts::{ActEntry, refused};
use crate::commands::attached::{AskedGrounds, RequestPreview};
use crate::commands::audit::TrailChange;
use crate::commands::parse;
use crate::desk::Desk;
use crate::edge::{edge, new_id, now};
use crate::failure::Failure;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RequestStanding {
    /// It waits.
    Waiting,
    /// It waits, and another configuration has come into force since.
    Stale,
    /// It waited too long.
    Lapsed,
    /// It was approved and done.
    Approved,
    /// It was rejected.
    Rejected,
    /// It was taken back.
    Withdrawn,
}

impl From<RequestState> for RequestStanding {
    fn from(state: RequestState) -> Self {
        match state {
            RequestState::Open => Self::Waiting,
            RequestState::Stale => Self::Stale,
            RequestState::Lapsed => Self::Lapsed,
            RequestState::Approved => Self::Approved,
            RequestState::Rejected => Self::Rejected,
            RequestState::Withdrawn => Self::Withdrawn,
        }
    }
}

/// The second person that something needs.
#[derive(Debug, Serialize, Type)]
pub struct ApprovalNeed {
    /// The rule that says so.
    pub rule: String,
    /// Who may approve, but for who asks.
    pub approvers: Vec<String>,
    /// Whether anybody else may.
    pub anybody: bool,
    /// Days after which what is asked for lapses.
    pub valid_days: u16,
}

impl From<NeedView> for ApprovalNeed {
    fn from(view: NeedView) -> Self {
        let NeedView { rule, approvers, anybody, valid_days } = view;
        Self { rule, approvers, anybody, valid_days }
    }
}

/// A rule: what needs a second person.
#[derive(Debug, Serialize, Type)]
pub struct ApprovalRule {
    /// Code.
    pub rule: String,
    /// The operations.
    pub operations: Vec<String>,
    /// Who may approve; empty for anybody but who asks.
    pub approvers: Vec<String>,
    /// Days after which what is asked for lapses.
    pub valid_days: u16,
}

impl From<RuleView> for ApprovalRule {
    fn from(view: RuleView) -> Self {
        let RuleView { rule, operations, approvers, valid_days } = view;
        Self { rule, operations, approvers, valid_days }
    }
}

/// An operation that a request asks for.
#[derive(Debug, Serialize, Type)]
pub struct AskedOperation {
    /// What it does.
    pub kind: String,
    /// Its id.
    pub operation: String,
    /// From when it counts.
    pub at: String,
    /// Its customer.
    pub customer: Option<String>,
    /// What it says, in words.
    pub says: String,
}

impl From<AskedView> for AskedOperation {
    fn from(view: AskedView) -> Self {
        Self {
            kind: view.op,
            operation: view.id,
            at: view.at,
            customer: view.customer,
            says: view.says,
        }
    }
}

/// A request.
#[derive(Debug, Serialize, Type)]
pub struct RequestLine {
    /// Its id.
    pub request: String,
    /// What became of it.
    pub standing: RequestStanding,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub asked_at: String,
    /// Why.
    pub reason: Option<String>,
    /// What is asked for.
    pub operations: Vec<AskedOperation>,
    /// The hash of what is asked for: what an approval names.
    pub content: String,
    /// The configuration under which it was looked at.
    pub revision: String,
    /// When it lapses.
    pub lapses_at: String,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<String>,
    /// What they said.
    pub comment: Option<String>,
}

impl From<RequestView> for RequestLine {
    fn from(view: RequestView) -> Self {
        Self {
            request: view.id,
            standing: view.state.into(),
            asked_by: view.asked_by,
            asked_at: view.asked_at,
            reason: view.reason,
            operations: view.operations.into_iter().map(AskedOperation::from).collect(),
            content: view.content,
            revision: view.revision.to_string(),
            lapses_at: view.lapses_at,
            decided_by: view.decided_by,
            decided_at: view.decided_at,
            comment: view.comment,
        }
    }
}

/// Every request, and what needs one.
#[derive(Debug, Serialize, Type)]
pub struct Requests {
    /// Requests, the latest first.
    pub requests: Vec<RequestLine>,
    /// The rules in force.
    pub rules: Vec<ApprovalRule>,
}

/// What stands in the way of who looks; nothing where they may.
#[derive(Debug, Serialize, Type)]
pub struct BarredFrom {
    /// Of approving.
    pub approve: Option<String>,
    /// Of rejecting.
    pub reject: Option<String>,
    /// Of taking it back.
    pub withdraw: Option<String>,
    /// Of asking again.
    pub renew: Option<String>,
}

impl From<Barred> for BarredFrom {
    fn from(barred: Barred) -> Self {
        let Barred { approve, reject, withdraw, renew } = barred;
        Self { approve, reject, withdraw, renew }
    }
}

/// Something that was recorded about a request.
#[derive(Debug, Serialize, Type)]
pub struct RequestStep {
    /// Its place in the ledger.
    pub seq: String,
    /// The operation.
    pub operation: String,
    /// What it does.
    pub kind: String,
    /// Who caused it.
    pub actor: String,
    /// When it was recorded.
    pub recorded_at: String,
    /// Why.
    pub reason: Option<String>,
}

impl From<TrailRow> for RequestStep {
    fn from(row: TrailRow) -> Self {
        Self {
            seq: row.seq.to_string(),
            operation: row.operation,
            kind: row.kind,
            actor: row.actor,
            recorded_at: row.recorded_at,
            reason: row.reason,
        }
    }
}

/// A request with what it would do now.
#[derive(Debug, Serialize, Type)]
pub struct RequestInWhole {
    /// The request.
    pub request: RequestLine,
    /// What it changes in the configuration under which it was looked at; at most as many as are listed.
    pub changes: Vec<TrailChange>,
    /// How many it changes.
    pub change_count: u32,
    /// The entries that it would cause now; none once it is decided.
    pub entries: Vec<ActEntry>,
    /// Why it could not be done now, if so.
    pub refused: Option<String>,
    /// The preview that goes with it.
    pub preview: Option<RequestPreview>,
    /// The operations as they are written, and then the preview.
    pub texts: Vec<String>,
    /// What stands in the way of who looks.
    pub barred: BarredFrom,
    /// Who looks.
    pub viewer: String,
    /// What was recorded about it.
    pub trail: Vec<RequestStep>,
}

/// Changes that are listed.
const CHANGES_MAX: usize = 500;

fn changes(found: Vec<scrip_app::audit::Change>) -> (Vec<TrailChange>, u32) {
    let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
    (found.into_iter().take(CHANGES_MAX).map(TrailChange::from).collect(), count)
}

impl From<(RequestDetail, String)> for RequestInWhole {
    fn from((detail, viewer): (RequestDetail, String)) -> Self {
        let (changes, change_count) = changes(detail.changes);
        let entries = detail.effects.into_iter().flat_map(|effect| effect.entries);
        Self {
            request: detail.request.into(),
            changes,
            change_count,
            entries: entries.map(ActEntry::from).collect(),
            refused: detail.refused,
            preview: detail.preview.map(RequestPreview::from),
            texts: detail.texts,
            barred: detail.barred.into(),
            viewer,
            trail: detail.trail.into_iter().map(RequestStep::from).collect(),
        }
    }
}

/// What is decided about a request.
#[derive(Debug, Clone, Copy, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RequestVerdict {
    /// It is done, as it was looked at.
    Approve,
    /// It is not done.
    Reject,
    /// Who asked takes it back.
    Withdraw,
}

impl From<RequestVerdict> for Verdict {
    fn from(verdict: RequestVerdict) -> Self {
        match verdict {
            RequestVerdict::Approve => Self::Approve,
            RequestVerdict::Reject => Self::Reject,
            RequestVerdict::Withdraw => Self::Withdraw,
        }
    }
}

/// Whose value a place takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum MergeSide {
    /// What was asked for.
    Ours,
    /// What was published since.
    Theirs,
    /// Another value.
    Another,
}

/// What was chosen for a place that both changed.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct MergeChoice {
    /// The place.
    pub path: String,
    /// Whose value.
    pub side: MergeSide,
    /// The other value, where it is another.
    pub value: Option<String>,
}

pub(super) fn chosen(choices: Vec<MergeChoice>) -> BTreeMap<String, Choice> {
    let choice = |choice: MergeChoice| {
        let taken = match choice.side {
            MergeSide::Ours => Choice::Take(Side::Ours),
            MergeSide::Theirs => Choice::Take(Side::Theirs),
            MergeSide::Another => Choice::Set(choice.value.unwrap_or_default()),
        };
        (choice.path, taken)
    };
    choices.into_iter().map(choice).collect()
}

/// A place that both changed.
#[derive(Debug, Serialize, Type)]
pub struct MergePlace {
    /// Where.
    pub path: String,
    /// The same in words.
    pub what: String,
    /// The value both began from; absent where there was none.
    pub base: Option<String>,
    /// What was asked for; absent where it was removed.
    pub ours: Option<String>,
    /// What was published since; absent where it was removed.
    pub theirs: Option<String>,
    /// Whether neither can stand.
    pub needs_another: bool,
    /// Whether it is still to be decided.
    pub is_open: bool,
}

impl From<ConflictView> for MergePlace {
    fn from(view: ConflictView) -> Self {
        Self {
            path: view.conflict.path,
            what: view.what,
            base: view.conflict.base,
            ours: view.conflict.ours,
            theirs: view.conflict.theirs,
            needs_another: view.conflict.needs_another,
            is_open: view.is_open,
        }
    }
}

/// A request and what was published since, brought together.
#[derive(Debug, Serialize, Type)]
pub struct RequestMerge {
    /// The configuration under which it was looked at.
    pub revision: String,
    /// The configuration in force.
    pub now: String,
    /// What the request changes.
    pub ours: Vec<TrailChange>,
    /// How many it changes.
    pub ours_count: u32,
    /// What was published since.
    pub theirs: Vec<TrailChange>,
    /// How many were.
    pub theirs_count: u32,
    /// The places that both changed.
    pub places: Vec<MergePlace>,
    /// What the renewed request would change; absent while a place is open.
    pub merged: Option<Vec<TrailChange>>,
    /// What would be wrong with it.
    pub problems: Vec<String>,
}

impl From<MergeView> for RequestMerge {
    fn from(view: MergeView) -> Self {
        let (ours, ours_count) = changes(view.ours);
        let (theirs, theirs_count) = changes(view.theirs);
        Self {
            revision: view.revision.to_string(),
            now: view.now.to_string(),
            ours,
            ours_count,
            theirs,
            theirs_count,
            places: view.conflicts.into_iter().map(MergePlace::from).collect(),
            merged: view.merged.map(|merged| changes(merged).0),
            problems: view.problems,
        }
    }
}

/// What a draft changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DraftSubject {
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

impl From<Subject> for DraftSubject {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::RateCard => Self::RateCard,
            Subject::CostCard => Self::CostCard,
            Subject::WalletType => Self::WalletType,
            Subject::Conversion => Self::Conversion,
            Subject::Plan => Self::Plan,
        }
    }
}

/// A version that waits in a draft.
#[derive(Debug, Serialize, Type)]
pub struct DraftedVersion {
    /// What.
    pub subject: DraftSubject,
    /// Its code.
    pub code: String,
    /// The version.
    pub version: u32,
}

/// A draft that waits.
#[derive(Debug, Serialize, Type)]
pub struct WaitingDraft {
    /// Name.
    pub draft: String,
    /// What it changes.
    pub versions: Vec<DraftedVersion>,
    /// When it was saved last; absent for one that cannot be read.
    pub saved_at: Option<String>,
    /// By whom.
    pub saved_by: Option<String>,
    /// The request in which it waits for a second person.
    pub request: Option<String>,
    /// The number under which it waits in the outbox.
    pub queued: Option<String>,
}

/// What waits for somebody.
#[derive(Debug, Serialize, Type)]
pub struct Waiting {
    /// Drafts, by name.
    pub drafts: Vec<WaitingDraft>,
    /// Requests, the latest first.
    pub requests: Vec<RequestLine>,
}

impl From<WaitingView> for Waiting {
    fn from(view: WaitingView) -> Self {
        let version = |version: waiting::WaitingVersion| DraftedVersion {
            subject: version.subject.into(),
            code: version.code,
            version: version.version,
        };
        let draft = |draft: waiting::WaitingDraft| WaitingDraft {
            draft: draft.draft,
            versions: draft.versions.into_iter().map(version).collect(),
            saved_at: draft.saved_at,
            saved_by: draft.saved_by,
            request: draft.request,
            queued: draft.queued.map(|number| number.to_string()),
        };
        Self {
            drafts: view.drafts.into_iter().map(draft).collect(),
            requests: view.requests.into_iter().map(RequestLine::from).collect(),
        }
    }
}

/// Every request, the latest first, and the rules that ask for one.
///
/// # Errors
/// When the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn requests(desk: State<'_, Desk>) -> Result<Requests, Failure> {
    let books = desk.books().await?;
    let listed = approvals::list_with_rules(&books, now()?).await?;
    Ok(Requests {
        requests: listed.requests.into_iter().map(RequestLine::from).collect(),
        rules: listed.rules.into_iter().map(ApprovalRule::from).collect(),
    })
}

/// A request with what it would do now, and what keeps who looks from deciding about it.
///
/// # Errors
/// When there is none, or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn request_in_whole(
    desk: State<'_, Desk>,
    request: String,
) -> Result<RequestInWhole, Failure> {
    let (books, edge) = (desk.books().await?, edge()?);
    let detail = approvals::show(&books, &edge, &parse(&request)?).await?;
    Ok((detail, edge.actor.to_string()).into())
}

/// Drafts that are not published and requests that are not decided.
///
/// # Errors
/// When the ledger or the drafts cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn waiting_work(desk: State<'_, Desk>) -> Result<Waiting, Failure> {
    Ok(waiting::waiting(&desk.books().await?, now()?).await?.into())
}

/// The second person that publishing needs; none where one person may do it.
///
/// # Errors
/// When the configuration cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn publishing_needs(desk: State<'_, Desk>) -> Result<Option<ApprovalNeed>, Failure> {
    let books = desk.books().await?;
    let needs = approvals::needs(&books, "apply_configuration", &edge()?.actor).await?;
    Ok(needs.map(ApprovalNeed::from))
}

pub(super) fn id_of(asked: DecisionView) -> String {
    asked.request.id
}

/// Asks a second person for an act that was looked at. Says the request.
///
/// # Errors
/// When the books refuse it now.
#[tauri::command]
#[specta::specta]
pub async fn ask_for_act(desk: State<'_, Desk>, operation: String) -> Result<String, Failure> {
    let operation = Operation::from_json(&operation).map_err(|e| Failure::input(&e))?;
    let books = desk.books().await?;
    let asked = acts::ask(&books, &edge()?, &new_id()?, &operation).await;
    Ok(id_of(asked.map_err(refused)?))
}

/// Asks a second person to publish a draft of a rate card. Says the request.
///
/// # Errors
/// When somebody saved it or published the card meanwhile, it is asked for already, or something is wrong
/// with it.
#[tauri::command]
#[specta::specta]
pub async fn ask_for_card_draft(
    desk: State<'_, Desk>,
    draft: String,
    saved: String,
    grounds: AskedGrounds,
) -> Result<String, Failure> {
    let (books, ids) = (desk.books().await?, (new_id()?, new_id()?));
    let draft = (&parse(&draft)?, parse(&saved)?);
    let (ids, preview) = ((&ids.0, &ids.1), grounds.preview()?);
    let grounds = grounds.with(preview.as_ref());
    Ok(id_of(sheets::ask(&books, &edge()?, ids, grounds, draft).await?))
}

/// Decides about a request. Approving names the content that was looked at, and does it. Says what could not
/// be put away after it.
///
/// # Errors
/// When this person may not, it was decided already, or the books refuse it now.
#[tauri::command]
#[specta::specta]
pub async fn decide_request(
    desk: State<'_, Desk>,
    request: String,
    verdict: RequestVerdict,
    content: String,
    comment: Option<String>,
) -> Result<Vec<String>, Failure> {
    let (books, edge, asked) = (desk.books().await?, edge()?, parse(&request)?);
    let (asked, content) = ((&asked, verdict.into()), Some(content.as_str()));
    let decided = approvals::decide(&books, &edge, asked, content, comment.as_deref()).await?;
    Ok(decided.left)
}

/// Brings a request together with what was published since, with what was chosen so far.
///
/// # Errors
/// When there is none, or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn request_merge(
    desk: State<'_, Desk>,
    request: String,
    choices: Vec<MergeChoice>,
) -> Result<RequestMerge, Failure> {
    let books = desk.books().await?;
    Ok(approvals::merge(&books, &parse(&request)?, &chosen(choices)).await?.into())
}

/// Asks again for what was overtaken or has lapsed, as it was brought together. Says the new request.
///
/// # Errors
/// When a place is still open, or the books refuse it now.
#[tauri::command]
#[specta::specta]
pub async fn renew_request(
    desk: State<'_, Desk>,
    request: String,
    choices: Vec<MergeChoice>,
) -> Result<String, Failure> {
    let (books, next) = (desk.books().await?, new_id()?);
    let ids = (&parse(&request)?, &next);
    Ok(id_of(approvals::renew(&books, &edge()?, ids, &chosen(choices)).await?))
}
