//! Failures: what is printed and with which exit code.

use std::process::ExitCode;

use scrip_app::approvals::RequestError;
use scrip_app::error::LineError;
use scrip_app::outbox::OutboxError;
use scrip_app::{AppError, Code};
use scrip_catalog::MergeConflict;
use scrip_engine::Rejection;
use scrip_engine::approval::ApprovalFault;
use scrip_production::sync::SyncError;
use scrip_store::StoreError;
use serde::Serialize;

use crate::commands::next_of_alone;
use crate::output::Output;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A use case failed.
    App(Box<AppError>),
    /// The arguments do not make sense together.
    Usage(String),
    /// A use case ended before its end, which says it in its own words.
    Ended {
        /// What the shell acts on.
        code: Code,
        /// Where and why.
        message: String,
        /// What to type next.
        hint: String,
    },
    /// Something was found unsound; it has been printed.
    Unsound,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }
}

impl<E: Into<AppError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::App(Box::new(error.into()))
    }
}

/// An error as `--json` prints it.
#[derive(Serialize)]
struct ErrorView {
    code: Code,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<ProblemView>,
    /// What to type next.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    retryable: bool,
}

#[derive(Serialize)]
struct ProblemView {
    path: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

impl ProblemView {
    /// A place that both sides changed: from what to what.
    fn of_conflict(conflict: &MergeConflict) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        let (base, ours, theirs) =
            (text(&conflict.base), text(&conflict.ours), text(&conflict.theirs));
        let more =
            if conflict.needs_another { "; neither can stand, give another value" } else { "" };
        let wrong = conflict.wrong.as_ref().map(|wrong| format!("{wrong}; ")).unwrap_or_default();
        let message = format!("{wrong}it was {base}; ours {ours}, theirs {theirs}{more}");
        let path = match conflict.path.as_str() {
            "" => "the configuration".to_owned(),
            path => path.to_owned(),
        };
        Self { path, message, line: None }
    }
}

/// What to type next: the use cases know of no command line.
pub(crate) fn hint(error: &AppError) -> Option<String> {
    match error {
        AppError::Rejected(Rejection::Approval(ApprovalFault::Missing { .. }))
        | AppError::Line {
            source: LineError::Rejected(Rejection::Approval(ApprovalFault::Missing { .. })),
            ..
        } => Some("The same command with --ask asks for it.".to_owned()),
        AppError::Line { file, source: LineError::Rejected(Rejection::ReasonMissing { .. }), .. } => {
            Some(match file.is_empty() {
                true => "--reason \"TEXT\" says why.".to_owned(),
                false => "The member \"reason\" says why.".to_owned(),
            })
        }
        AppError::Store(StoreError::NotLetIn { .. })
        | AppError::Sync(SyncError::Store(StoreError::NotLetIn { .. })) => Some(
            "The password comes from PGPASSWORD or a password file (PGPASSFILE), or is asked for on a terminal; `scrip pull --remember` puts it into the keychain."
                .to_owned(),
        ),
        AppError::Request(RequestError::Stale { request, .. }) => {
            Some(format!("`scrip request renew {request}` asks again."))
        }
        AppError::Request(RequestError::Conflicts { .. })
        | AppError::Outbox(OutboxError::Conflicts { .. }) => Some(
            "Choose with --take PATH=ours or PATH=theirs, or give another value with --set PATH=VALUE."
                .to_owned(),
        ),
        AppError::Outbox(OutboxError::Alone { number, cause, .. }) => {
            Some(next_of_alone(*number, *cause))
        }
        AppError::NotInQuestion { open, .. } if open.is_empty() => {
            Some("No place is undecided.".to_owned())
        }
        AppError::NotInQuestion { .. } => Some("These places are undecided.".to_owned()),
        _ => None,
    }
}

impl Failure {
    /// Prints the failure and says how the program ends.
    pub(crate) fn report(self, out: &mut Output) -> ExitCode {
        let (code, message, problems, hint) = match self {
            Self::Unsound => return ExitCode::from(Code::Unsound.exit()),
            Self::Usage(message) => (Code::Invalid, message, Vec::new(), None),
            Self::Ended { code, message, hint } => (code, message, Vec::new(), Some(hint)),
            Self::App(error) => {
                let problems = match &*error {
                    AppError::Configuration { problems, .. } => problems
                        .iter()
                        .map(|(p, line)| ProblemView {
                            path: p.path.clone(),
                            message: p.message.clone(),
                            line: *line,
                        })
                        .collect(),
                    AppError::Bulk { problems, .. } => problems
                        .iter()
                        .map(|problem| ProblemView {
                            path: problem.column.clone().unwrap_or_else(|| "row".to_owned()),
                            message: problem.message.clone(),
                            line: u32::try_from(problem.row).ok(),
                        })
                        .collect(),
                    AppError::NotInQuestion { open: conflicts, .. }
                    | AppError::Request(RequestError::Conflicts { conflicts, .. })
                    | AppError::Outbox(OutboxError::Conflicts { conflicts, .. }) => {
                        conflicts.iter().map(ProblemView::of_conflict).collect()
                    }
                    _ => Vec::new(),
                };
                (error.code(), error.to_string(), problems, hint(&error))
            }
        };
        if out.is_json() {
            let retryable = code == Code::Busy;
            let view = ErrorView { code, message, problems, hint, retryable };
            out.json_error(&view);
        } else {
            out.error(&message);
            for problem in problems {
                let line = problem.line.map_or(String::new(), |line| format!("line {line}, "));
                out.error_detail(&format!("{line}{}: {}", problem.path, problem.message));
            }
            if let Some(hint) = hint {
                out.error_detail(&hint);
            }
        }
        ExitCode::from(code.exit())
    }
}
