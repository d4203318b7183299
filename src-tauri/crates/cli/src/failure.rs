//! Failures: what is printed and with which exit code.

use std::process::ExitCode;

use scrip_app::approvals::RequestError;
use scrip_app::outbox::OutboxError;
use scrip_app::{AppError, Code};
use scrip_catalog::MergeConflict;
use serde::Serialize;

use crate::output::Output;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A use case failed.
    App(Box<AppError>),
    /// The arguments do not make sense together.
    Usage(String),
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
        let message = format!("it was {base}; ours {ours}, theirs {theirs}");
        Self { path: conflict.path.clone(), message, line: None }
    }
}

impl Failure {
    /// Prints the failure and says how the program ends.
    pub(crate) fn report(self, out: &mut Output) -> ExitCode {
        let (code, message, problems) = match self {
            Self::Unsound => return ExitCode::from(Code::Unsound.exit()),
            Self::Usage(message) => (Code::Invalid, message, Vec::new()),
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
                    AppError::Request(RequestError::Conflicts { conflicts, .. })
                    | AppError::Outbox(OutboxError::Conflicts { conflicts, .. }) => {
                        conflicts.iter().map(ProblemView::of_conflict).collect()
                    }
                    _ => Vec::new(),
                };
                (error.code(), error.to_string(), problems)
            }
        };
        if out.is_json() {
            let view = ErrorView { code, message, problems, retryable: code == Code::Busy };
            out.json_error(&view);
        } else {
            out.error(&message);
            for problem in problems {
                let line = problem.line.map_or(String::new(), |line| format!("line {line}, "));
                out.error_detail(&format!("{line}{}: {}", problem.path, problem.message));
            }
        }
        ExitCode::from(code.exit())
    }
}
