//! Approvals: what needs a second person, and that nobody approves what they do.
//!
//! Owns: the hash of what is approved; the check of an operation against the rules in force; what a
//! request and a decision must be like.
//! Deliberately does not know: whether a request was made and decided, which the ledger knows.
//!
//! `apply` asks for no approval: a preview applies past operations under other configurations, and a
//! rule says who may do something from now on, not what it does. Who records an operation calls
//! [`check`] before, and so does who verifies the ledger.

use scrip_catalog::{Catalog, Document};
use scrip_journal::Hash;
use scrip_units::{Actor, ApprovalCode, Instant, OperationId, PlanCode};

use crate::canonical::canonical;
use crate::operation::{
    Action, AttachedPreview, DecideRequest, Operation, OperationError, Proposed, RequestApproval,
    Verdict,
};

/// The longest canonical text of a preview that goes with a request.
pub const PREVIEW_BYTES_MAX: usize = 32 * 1024;

/// Why an operation is not approved, or a request or decision cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalFault {
    /// A rule asks for a second person.
    #[error(
        "{operation} needs the approval of a second person (rule {rule}): ask for it, and {} approves it",
        who(.approvers)
    )]
    Missing {
        /// The operation's code.
        operation: &'static str,
        /// The rule.
        rule: ApprovalCode,
        /// Who may approve; empty for anybody else.
        approvers: Vec<Actor>,
    },
    /// Who asks is who approves.
    #[error("{approver} asked for it and cannot decide it: somebody else has to")]
    Own {
        /// Both.
        approver: Actor,
    },
    /// The rule names others.
    #[error("{approver} may not approve by rule {rule}: {} may", who(.approvers))]
    NotAnApprover {
        /// Who tried.
        approver: Actor,
        /// The rule.
        rule: ApprovalCode,
        /// Who may.
        approvers: Vec<Actor>,
    },
    /// What was approved is something else.
    #[error("what was approved is not this: its content is {found}, and {approved} was approved")]
    OtherContent {
        /// The hash of what is there.
        found: Hash,
        /// The hash that was approved.
        approved: Hash,
    },
    /// The ledger has no such decision.
    #[error("request {request} was not approved, or asked for something else")]
    NotApproved {
        /// The request.
        request: OperationId,
    },
    /// Nothing is asked for.
    #[error("the request holds no operation")]
    Empty,
    /// A request holds what no request may hold.
    #[error(
        "{operation} {id} cannot be asked for: a request holds operations that people do, without an approval"
    )]
    NotForRequests {
        /// The operation's code.
        operation: &'static str,
        /// Its id.
        id: OperationId,
    },
    /// An operation in a request is of somebody else.
    #[error("{id} is of {actor}, and {asks} asks for it: everybody asks for their own")]
    OtherActor {
        /// The operation.
        id: OperationId,
        /// Its actor.
        actor: Actor,
        /// Who asks.
        asks: Actor,
    },
    /// It lapses before it begins.
    #[error("the request would have lapsed at {lapses_at} already")]
    NoTime {
        /// When.
        lapses_at: Instant,
    },
    /// Only who asked takes a request back.
    #[error("{asked_by} asked for it and alone can take it back; reject it instead")]
    NotYours {
        /// Who asked.
        asked_by: Actor,
    },
    /// A preview goes with what is no configuration, or another one.
    #[error("preview {preview} is not of the configuration that is asked for")]
    OtherPreview {
        /// The preview.
        preview: PlanCode,
    },
    /// A preview is too long.
    #[error(
        "preview {preview} takes {bytes} bytes, and a request holds {PREVIEW_BYTES_MAX} of one"
    )]
    LongPreview {
        /// The preview.
        preview: PlanCode,
        /// Its length.
        bytes: usize,
    },
    /// An operation cannot be written.
    #[error(transparent)]
    Form(#[from] OperationError),
}

fn who(approvers: &[Actor]) -> String {
    match approvers {
        [] => "anybody else".to_owned(),
        [one] => one.to_string(),
        many => many.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
    }
}

/// The hash of an operation as it is approved: of its canonical text without the approval.
///
/// # Errors
/// [`OperationError`].
pub fn content_of(operation: &Operation) -> Result<Hash, OperationError> {
    let bare = Operation { approval: None, ..operation.clone() };
    Ok(Hash::of(bare.to_json()?.as_bytes()))
}

/// The hash of a configuration: of its canonical text, as a ledger keeps it.
///
/// # Errors
/// [`OperationError`].
pub fn content_of_configuration(document: &Document) -> Result<Hash, OperationError> {
    let value = serde_json::to_value(document).map_err(|e| unwritten(&e))?;
    Ok(Hash::of(canonical(&value).as_bytes()))
}

fn unwritten(error: &serde_json::Error) -> OperationError {
    OperationError::whole(error.to_string())
}

/// The canonical text of a preview that goes with a request.
///
/// # Errors
/// [`OperationError`].
pub fn text_of_preview(preview: &AttachedPreview) -> Result<String, OperationError> {
    let value = serde_json::to_value(preview).map_err(|e| unwritten(&e))?;
    Ok(canonical(&value))
}

/// The hash of what a request asks for: of the canonical texts of its operations, and of the preview that
/// goes with them, each with a line feed. An operation says what it is (`op`), a preview does not, so no
/// text of the one is one of the other.
///
/// # Errors
/// [`OperationError`].
pub fn content_of_request(request: &RequestApproval) -> Result<Hash, OperationError> {
    let mut text = String::new();
    for operation in request.proposed() {
        text.push_str(&operation.to_json()?);
        text.push('\n');
    }
    if let Some(preview) = &request.preview {
        text.push_str(&text_of_preview(preview)?);
        text.push('\n');
    }
    Ok(Hash::of(text.as_bytes()))
}

/// Whether an operation may be recorded: no rule in force asks for a second person, or one looked at
/// this very operation. That the ledger has the decision, the caller checks.
///
/// # Errors
/// [`ApprovalFault`].
pub fn check(catalog: &Catalog, operation: &Operation) -> Result<(), ApprovalFault> {
    let rule = catalog.approval_rule(operation.action.code());
    let Some(approval) = &operation.approval else {
        return rule.map_or(Ok(()), |rule| {
            Err(ApprovalFault::Missing {
                operation: operation.action.code(),
                rule: rule.code.clone(),
                approvers: rule.approvers.clone(),
            })
        });
    };
    if approval.by == operation.actor {
        return Err(ApprovalFault::Own { approver: approval.by.clone() });
    }
    let found = content_of(operation)?;
    if approval.content != found {
        return Err(ApprovalFault::OtherContent { found, approved: approval.content });
    }
    may_approve(catalog, operation, &approval.by)
}

/// Whether somebody may approve an operation by the rule in force.
///
/// # Errors
/// [`ApprovalFault::NotAnApprover`].
pub fn may_approve(
    catalog: &Catalog,
    operation: &Operation,
    by: &Actor,
) -> Result<(), ApprovalFault> {
    match catalog.approval_rule(operation.action.code()) {
        Some(rule) if !rule.approvers.is_empty() && !rule.approvers.contains(by) => {
            Err(ApprovalFault::NotAnApprover {
                approver: by.clone(),
                rule: rule.code.clone(),
                approvers: rule.approvers.clone(),
            })
        }
        _ => Ok(()),
    }
}

/// A request as it must be: of operations of who asks, none of which is approved or needs no person.
pub(crate) fn request(
    operation: &Operation,
    action: &RequestApproval,
) -> Result<(), ApprovalFault> {
    if action.operations.is_empty() {
        return Err(ApprovalFault::Empty);
    }
    if action.lapses_at <= operation.at {
        return Err(ApprovalFault::NoTime { lapses_at: action.lapses_at });
    }
    for Proposed(asked) in &action.operations {
        let code = asked.action.code();
        let known = scrip_catalog::ApprovedOperation::ALL.iter().any(|o| o.code() == code);
        if !known || asked.approval.is_some() {
            return Err(ApprovalFault::NotForRequests { operation: code, id: asked.id.clone() });
        }
        if asked.actor != operation.actor {
            return Err(ApprovalFault::OtherActor {
                id: asked.id.clone(),
                actor: asked.actor.clone(),
                asks: operation.actor.clone(),
            });
        }
    }
    action.preview.as_deref().map_or(Ok(()), |preview| goes_with(preview, action))
}

/// The configuration that is in force after all of these operations, if one of them brings it.
pub fn configuration_of<'a>(
    operations: impl DoubleEndedIterator<Item = &'a Operation>,
) -> Option<&'a Document> {
    operations.rev().find_map(Operation::configuration)
}

/// Whether a preview is of the configuration that a request asks for, and as short as it must be.
fn goes_with(preview: &AttachedPreview, request: &RequestApproval) -> Result<(), ApprovalFault> {
    let name = || preview.name.clone();
    let asked = configuration_of(request.proposed()).map(content_of_configuration).transpose()?;
    if asked != Some(preview.configuration) {
        return Err(ApprovalFault::OtherPreview { preview: name() });
    }
    let bytes = text_of_preview(preview)?.len();
    if bytes > PREVIEW_BYTES_MAX {
        return Err(ApprovalFault::LongPreview { preview: name(), bytes });
    }
    Ok(())
}

/// A decision as it must be.
pub(crate) fn decide(operation: &Operation, action: &DecideRequest) -> Result<(), ApprovalFault> {
    may_decide(&action.asked_by, &operation.actor, action.verdict)
}

/// Whether somebody may decide so about what another asked for: somebody else, or, to take it back, who
/// asked.
///
/// # Errors
/// [`ApprovalFault::NotYours`], [`ApprovalFault::Own`].
pub fn may_decide(asked_by: &Actor, by: &Actor, verdict: Verdict) -> Result<(), ApprovalFault> {
    match verdict {
        Verdict::Withdraw if asked_by != by => {
            Err(ApprovalFault::NotYours { asked_by: asked_by.clone() })
        }
        Verdict::Approve | Verdict::Reject if asked_by == by => {
            Err(ApprovalFault::Own { approver: by.clone() })
        }
        _ => Ok(()),
    }
}

/// Whether two names are of one person: a name that differs in its case alone is no second person. What was
/// recorded before this was asked stays valid, so that it is asked before a decision is recorded, and not of
/// one that is.
#[must_use]
pub fn is_same_person(one: &Actor, other: &Actor) -> bool {
    one.as_str().eq_ignore_ascii_case(other.as_str())
}

/// The operations of a request as they are applied once somebody has approved it.
///
/// # Errors
/// [`ApprovalFault::Form`].
pub fn approved(
    request: &OperationId,
    action: &RequestApproval,
    by: &Actor,
) -> Result<Vec<Operation>, ApprovalFault> {
    let approved = action.operations.iter().map(|Proposed(operation)| {
        let content = content_of(operation)?;
        let approval =
            crate::operation::Approval { request: request.clone(), by: by.clone(), content };
        Ok(Operation { approval: Some(approval), ..(**operation).clone() })
    });
    approved.collect()
}

/// Whether a request, and what was decided about it, are what an operation's approval says.
#[must_use]
pub fn is_backed(operation: &Operation, request: &Operation, decision: &Operation) -> bool {
    let (Action::RequestApproval(asked), Action::DecideRequest(decided)) =
        (&request.action, &decision.action)
    else {
        return false;
    };
    let Some(approval) = &operation.approval else { return false };
    let asked_for = asked.operations.iter().any(|Proposed(one)| {
        one.id == operation.id && content_of(one).is_ok_and(|content| content == approval.content)
    });
    asked_for
        && decided.verdict == Verdict::Approve
        && approval.request == request.id
        && decided.request == request.id
        && decision.actor == approval.by
        && content_of_request(asked).is_ok_and(|content| content == decided.content)
}

/// The id of the decision about a request: there is one at the most.
///
/// # Errors
/// [`scrip_units::CodeError`] when the request's id leaves no room.
pub fn decision_id(request: &OperationId) -> Result<OperationId, scrip_units::CodeError> {
    OperationId::try_new(&format!("{request}/decision"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_was_recorded_before_previews_has_the_content_that_was_approved() {
        // Of docs/guide/approvals.md, as it was recorded on 2026-11-21.
        let request = r#"{"op":"request_approval","id":"acme-refund","at":"2026-11-21T23:22:55.101675Z","actor":"ana","lapses_at":"2026-11-28T23:22:55.101675Z","operations":[{"actor":"ana","at":"2026-01-19T23:00:00Z","customer":"acme","id":"refund-1","lot":"inv-1","op":"refund_grant","reason":"bought too many","units":"20"}],"reason":"bought too many","revision":1}"#;
        let request = Operation::from_json(request).unwrap();
        let Action::RequestApproval(action) = &request.action else { panic!("{request:?}") };
        assert_eq!(
            content_of_request(action).unwrap().to_string(),
            "d6f1f16df24ded5f18a9f58e8eb77593c28f513b447c58b0a1975350322de599"
        );
    }

    #[test]
    fn a_name_in_other_letters_is_no_second_person() {
        let actor = |name: &str| Actor::try_new(name).unwrap();
        assert!(is_same_person(&actor("ana"), &actor("Ana")));
        assert!(!is_same_person(&actor("ana"), &actor("ben")));
        // What was decided before this was asked is still a decision.
        assert!(may_decide(&actor("ana"), &actor("Ana"), Verdict::Approve).is_ok());
    }

    #[test]
    fn what_may_need_a_second_person_is_an_operation() {
        for operation in scrip_catalog::ApprovedOperation::ALL {
            assert!(Action::CODES.contains(&operation.code()), "{}", operation.code());
        }
    }
}
