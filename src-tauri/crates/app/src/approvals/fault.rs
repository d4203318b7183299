//! Why a request cannot be decided, asked for or renewed.

use scrip_catalog::MergeConflict;
use scrip_journal::Hash;
use scrip_units::{Actor, Instant, OperationId, PlanCode};

use super::State;

/// Why a request cannot be decided, or not so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// There is none.
    #[error("there is no request {request}")]
    Unknown {
        /// The id.
        request: OperationId,
    },
    /// It was decided.
    #[error("request {request} was decided by {by} already: {verdict}")]
    Decided {
        /// The request.
        request: OperationId,
        /// By whom.
        by: Actor,
        /// How.
        verdict: State,
    },
    /// It waited too long.
    #[error("request {request} lapsed at {lapsed_at}: ask again")]
    Lapsed {
        /// The request.
        request: OperationId,
        /// When.
        lapsed_at: Instant,
    },
    /// The configuration moved on.
    #[error(
        "request {request} was looked at under configuration {revision}, and {now} is in force: what it does may have changed. Look at it, and renew it to ask again"
    )]
    Stale {
        /// The request.
        request: OperationId,
        /// Its revision.
        revision: u64,
        /// The one in force.
        now: u64,
    },
    /// What was looked at is something else.
    #[error("the content of request {request} is {found}, not {given}: look at it again")]
    OtherContent {
        /// The request.
        request: OperationId,
        /// Its content.
        found: Hash,
        /// What was given.
        given: String,
    },
    /// Both changed the same.
    #[error(
        "request {request} and what was published since change the same in {}: choose a side for each",
        crate::outbox::places(.conflicts)
    )]
    Conflicts {
        /// The request.
        request: OperationId,
        /// The places.
        conflicts: Vec<MergeConflict>,
    },
    /// It does not wait any more.
    #[error("request {request} is {state}, so there is nothing to renew")]
    NotWaiting {
        /// The request.
        request: OperationId,
        /// What became of it.
        state: State,
    },
    /// Only who asked asks again.
    #[error("{asked_by} asked for it and alone can ask for it again")]
    NotYours {
        /// Who asked.
        asked_by: Actor,
    },
    /// The same draft is asked for already.
    #[error("draft {draft} waits for approval already, as request {request}")]
    Asked {
        /// The draft.
        draft: String,
        /// The request.
        request: String,
    },
    /// A preview goes with nothing that it could test.
    #[error("preview {preview} cannot be attached: what is asked for is no configuration")]
    NothingTested {
        /// The preview.
        preview: PlanCode,
    },
    /// A preview was kept before it was noted what previews test.
    #[error(
        "preview {preview} cannot be attached: it was kept before previews noted the configuration that they test. Run it again, and keep it under another name"
    )]
    UntestedPreview {
        /// The preview.
        preview: PlanCode,
    },
    /// Another configuration came into force.
    #[error(
        "preview {preview} cannot be attached: it was run under configuration {then}, and what is asked for changes configuration {now}. Run it again, and keep it under another name"
    )]
    OldPreview {
        /// The preview.
        preview: PlanCode,
        /// The configuration that its scenarios change.
        then: u64,
        /// The one that is changed now.
        now: u64,
    },
    /// A preview tests something else.
    #[error(
        "preview {preview} cannot be attached, because it is of something else than is asked for: its scenario {scenario} {why}. Run a preview of what is asked for, and keep it under another name"
    )]
    OtherPreview {
        /// The preview.
        preview: PlanCode,
        /// The scenario that comes nearest.
        scenario: String,
        /// Where it differs.
        why: String,
    },
    /// A rejection says why.
    #[error("say why request {request} is rejected")]
    ReasonMissing {
        /// The request.
        request: OperationId,
    },
}
