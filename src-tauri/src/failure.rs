//! What went wrong, as the window shows it: what happened, what was kept, what to do.
//!
//! One conversion from the errors of the use cases, so that every screen says the same of the same.

use scrip_app::approvals::RequestError;
use scrip_app::outbox::OutboxError;
use scrip_app::{AppError, Code};
use scrip_engine::Rejection;
use scrip_production::sync::SyncError;
use scrip_store::StoreError;
use serde::Serialize;
use specta::Type;

/// What a screen acts on; the message is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The input is wrong; correct it and try again.
    Invalid,
    /// The state of the books does not allow it.
    Rejected,
    /// The same key with other content.
    Conflict,
    /// There is no such thing.
    NotFound,
    /// Somebody else is writing; try again.
    Busy,
    /// Files or database cannot be read or written.
    Storage,
    /// The books do not verify or do not tie.
    Unsound,
    /// The user stopped it.
    Cancelled,
    /// No workspace is open.
    NoWorkspace,
    /// The open workspace does not know how to reach a production ledger.
    NotConnected,
    /// The production ledger lets nobody in by this name without another password.
    PasswordNeeded,
    /// The server of the production ledger does not answer.
    Offline,
    /// The server of the production ledger is not known to be the right one.
    Untrusted,
    /// The open workspace is a copy of which a part is here: its pull was stopped, or is under way.
    Unfinished,
    /// The program itself is at fault.
    Defect,
}

impl From<Code> for FailureCode {
    fn from(code: Code) -> Self {
        match code {
            Code::Invalid => Self::Invalid,
            Code::Rejected => Self::Rejected,
            Code::Conflict => Self::Conflict,
            Code::NotFound => Self::NotFound,
            Code::Busy => Self::Busy,
            Code::Storage => Self::Storage,
            Code::Unsound => Self::Unsound,
            Code::Cancelled => Self::Cancelled,
        }
    }
}

/// One of several things that are wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct FieldProblem {
    /// Where: the path of a member of a document, a row of a file.
    pub place: String,
    /// What is wrong there.
    pub message: String,
    /// The line in the file, where it is known.
    pub line: Option<u32>,
    /// Whether it stands in the way, or is only worth knowing.
    pub is_error: bool,
}

/// Why a command failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Failure {
    /// What a screen acts on.
    pub code: FailureCode,
    /// What happened, to which record.
    pub what: String,
    /// What was kept.
    pub kept: String,
    /// What to do next.
    pub todo: String,
    /// Whether the same call may succeed when it is made again.
    pub retryable: bool,
    /// Everything that is wrong with the input, where there is more than one thing.
    pub problems: Vec<FieldProblem>,
}

impl Failure {
    /// An input that is wrong in one place.
    pub(crate) fn input(error: &dyn std::fmt::Display) -> Self {
        Self::of(FailureCode::Invalid, &error.to_string())
    }

    /// An input that is wrong in several places.
    pub(crate) fn in_places(what: &str, problems: Vec<FieldProblem>) -> Self {
        Self::of(FailureCode::Invalid, what).with(problems)
    }

    /// No workspace is open.
    pub(crate) fn no_workspace() -> Self {
        Self::of(FailureCode::NoWorkspace, "No workspace is open")
    }

    /// The open workspace follows no production ledger, or does not know how to reach it.
    pub(crate) fn not_connected() -> Self {
        Self::of(FailureCode::NotConnected, "It is not known how to reach the production ledger")
    }

    /// A person has closed the line to the production ledger.
    pub(crate) fn disconnected() -> Self {
        Self::of(
            FailureCode::NotConnected,
            "The window was disconnected from the production ledger",
        )
        .todo("Connect on the Production screen.")
    }

    /// The program itself is at fault.
    pub(crate) fn defect(what: impl Into<String>) -> Self {
        Self::of(FailureCode::Defect, &what.into())
    }

    /// The password of a production ledger could not be taken out of the keychain.
    pub(crate) fn not_forgotten(error: AppError) -> Self {
        let is_of_keychain = matches!(error, AppError::Keychain { .. });
        let failure = Self::from(error);
        if !is_of_keychain {
            return failure;
        }
        Self {
            kept: "The password is in it as before.".to_owned(),
            ..failure.todo("Unlock it, then try again.")
        }
    }

    /// The same, told to whoever has just typed where the ledger is and how it lets them in.
    pub(crate) fn while_connecting(self) -> Self {
        match self.code {
            FailureCode::PasswordNeeded => {
                self.todo("Check the name in the address and its password, then try again.")
            }
            FailureCode::Offline => self.todo(
                "Check the address, the network and whether the server runs, then try again.",
            ),
            _ => self,
        }
    }

    /// The same, where nothing of the outbox was pushed because of it.
    pub(crate) fn before_a_push(self) -> Self {
        Self { kept: "Nothing was pushed; what waits is as it was.".to_owned(), ..self }
    }

    /// The same, where a copy was begun.
    pub(crate) fn of_a_copy_begun(self) -> Self {
        match self.code {
            FailureCode::Cancelled => Self {
                kept: "What was pulled is in the folder.".to_owned(),
                ..self.todo("Follow the same ledger there to go on.")
            },
            _ => self.while_connecting(),
        }
    }

    /// The same, where nothing of a copy is there yet.
    pub(crate) fn before_a_copy(self) -> Self {
        if self.code == FailureCode::Cancelled {
            return Self {
                kept: "No copy was made.".to_owned(),
                ..self.todo("Start it again when you like.")
            };
        }
        let kept = match self.code {
            FailureCode::Untrusted => {
                "Nothing was sent to it, no password either. No copy was made."
            }
            _ => "No copy was made.",
        };
        Self { kept: kept.to_owned(), ..self.while_connecting() }
    }

    fn of(code: FailureCode, what: &str) -> Self {
        let (kept, todo) = usual(code);
        Self {
            code,
            what: sentence(what),
            kept: kept.to_owned(),
            todo: todo.to_owned(),
            retryable: matches!(code, FailureCode::Busy | FailureCode::Offline),
            problems: Vec::new(),
        }
    }

    fn todo(mut self, todo: &str) -> Self {
        todo.clone_into(&mut self.todo);
        self
    }

    fn with(mut self, problems: Vec<FieldProblem>) -> Self {
        self.problems = problems;
        self
    }
}

/// What was kept and what to do, unless an error knows better.
fn usual(code: FailureCode) -> (&'static str, &'static str) {
    const UNCHANGED: &str = "Nothing was changed.";
    match code {
        FailureCode::Invalid => (UNCHANGED, "Correct it and try again."),
        FailureCode::Rejected => (UNCHANGED, "Change what you asked for, or the state it meets."),
        FailureCode::Conflict => {
            ("What was recorded first stands.", "Use another id for another act.")
        }
        FailureCode::NotFound => (UNCHANGED, "Check the name, or choose it from the list."),
        FailureCode::Busy => (UNCHANGED, "Somebody else is writing. Try again in a moment."),
        FailureCode::Storage => (
            "What was committed before is safe.",
            "Check the disk and your permission to the folder, then try again.",
        ),
        FailureCode::Unsound => (
            "Nothing was changed, and nothing may be until it is understood.",
            "Run Verify on the Ledger screen and keep its findings; restore a backup where it says so.",
        ),
        FailureCode::Cancelled => {
            ("What was there before is as it was.", "Start it again when you like.")
        }
        FailureCode::NoWorkspace => {
            (UNCHANGED, "Open a workspace, or make one, on the start screen.")
        }
        FailureCode::NotConnected => {
            (UNCHANGED, "Give its address on the Production screen of a copy.")
        }
        FailureCode::PasswordNeeded => (
            "What was pulled before is here and can be worked with.",
            "Give the password on the Production screen.",
        ),
        FailureCode::Offline => (
            "What was pulled before is here and can be worked with.",
            "Check the network and whether the server runs; the window asks again by itself.",
        ),
        FailureCode::Untrusted => (
            "Nothing was sent to it, no password either. What was pulled before is here.",
            "Check the host's name in the address, and the authority that signs the company's servers.",
        ),
        FailureCode::Unfinished => (
            "What was pulled is here: the ledger shows every entry of it.",
            "Pull on the Production screen, or wait for the end of the pull that is under way there.",
        ),
        FailureCode::Defect => (
            "What was committed before is safe.",
            "Try again; if it comes back, report it with these words.",
        ),
    }
}

/// Capital letter and full stop: errors of the crates are written to be parts of a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut sentence: String = letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default();
    if !sentence.ends_with(['.', '?']) {
        sentence.push('.');
    }
    sentence
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let failure = Self::of(error.code().into(), &error.to_string());
        match error {
            AppError::Store(error) | AppError::Sync(SyncError::Store(error)) => {
                of_server(failure, &error)
            }
            AppError::NoWorkspace { path } => Self {
                what: format!("{} holds no Scrip workspace.", path.display()),
                ..failure
                    .todo("Choose the folder that holds ledger.sqlite, or make a new workspace.")
            },
            AppError::Moved { .. } => Self {
                kept: "Nothing was changed.".to_owned(),
                ..failure.todo("Look at the entries as they would be now, then confirm those.")
            },
            AppError::Sync(error) => of_following(failure, &error),
            AppError::Keychain { what } => Self {
                what: format!("The keychain of this system cannot be used: {what}."),
                kept: "Nothing was kept in it.".to_owned(),
                ..failure.todo("The password is asked for each time the program starts.")
            },
            AppError::Pulling { .. } => Self {
                what: "Another program is pulling into this copy.".to_owned(),
                ..failure.todo("Wait until it is done: what it brings appears here.")
            },
            AppError::NoConfiguration => Self {
                what: "The workspace has no configuration yet.".to_owned(),
                ..failure.todo("Apply one, or start from a template.")
            },
            AppError::Configuration { problems, .. } => failure.with(
                problems
                    .into_iter()
                    .map(|(problem, line)| FieldProblem {
                        place: problem.path.to_string(),
                        message: problem.message.clone(),
                        line,
                        is_error: true,
                    })
                    .collect(),
            ),
            AppError::Rejected(Rejection::Configuration { problems }) => failure.with(
                problems
                    .into_iter()
                    .map(|problem| FieldProblem {
                        place: problem.path,
                        message: problem.message,
                        line: None,
                        is_error: true,
                    })
                    .collect(),
            ),
            AppError::Request(RequestError::Conflicts { .. }) => {
                failure.todo("Choose a value for each place that both changed, then ask again.")
            }
            AppError::Request(RequestError::Stale { .. }) => {
                failure.todo("Look at what has changed, and have it renewed by who asked for it.")
            }
            AppError::Outbox(OutboxError::Conflicts { .. }) => {
                failure.todo("Choose a value for each place that both changed, then decide again.")
            }
            AppError::Outbox(OutboxError::LookedAtOther { .. }) => Self {
                kept: "Nothing was changed.".to_owned(),
                ..failure.todo("Look at what it would do now, then decide.")
            },
            AppError::Outbox(OutboxError::BeingSent { number }) => Self {
                what: format!("Number {number} is being sent to production just now."),
                ..failure.todo("Wait for the end of the push, then look what became of it.")
            },
            AppError::Outbox(OutboxError::Pushing) => Self {
                what: "The outbox is being pushed already.".to_owned(),
                ..failure.todo("Wait for the end of that push, then look what is left.")
            },
            AppError::Outbox(OutboxError::Waits { .. }) => Self {
                kept: "Nothing was changed.".to_owned(),
                ..failure.todo("Look at it in the outbox: push it, or discard it there.")
            },
            AppError::Request(RequestError::Decided { .. }) => {
                failure.todo("Open it again to see what was decided.")
            }
            AppError::Bulk { problems, .. } => failure.with(
                problems
                    .into_iter()
                    .map(|problem| FieldProblem {
                        place: format!("row {}", problem.row),
                        message: problem.message.clone(),
                        line: None,
                        is_error: true,
                    })
                    .collect(),
            ),
            _ => failure,
        }
    }
}

/// Why a copy cannot be brought up to date.
fn of_following(failure: Failure, error: &SyncError) -> Failure {
    let (what, kept, todo) = match error {
        SyncError::OtherLedger { .. } => (
            None,
            "Nothing was pulled; this copy is as it was.",
            "Check the address. Another company's ledger is followed in a folder of its own.",
        ),
        SyncError::NotEmpty { .. } => {
            (None, "Nothing was pulled; that workspace is as it was.", "Choose an empty folder.")
        }
        SyncError::ServerChanged { ledger, what } => (
            Some(format!("{ledger} is not as it was when it was pulled last: {what}.")),
            "What was pulled before is here.",
            "Reconcile to see what differs. Where this copy is only behind, pull from the start. Where \
             production was restored from a backup, follow it in a new folder and enter again what only \
             this copy has.",
        ),
        SyncError::Diverged { customer, number, stored } => (
            Some(format!(
                "Entry {number} of {customer} at production does not follow the entries of this copy, which \
                 end at {stored}."
            )),
            "What was pulled before is here.",
            "Reconcile to see what differs. Where this copy is only behind, pull from the start; else follow \
             the ledger in a new folder and enter again what only this copy has.",
        ),
        SyncError::Unreadable { .. } => {
            (None, "What was pulled before is here.", "Follow the ledger in a new folder.")
        }
        SyncError::Cancelled => {
            (None, "What was pulled stays.", "The next pull goes on from there.")
        }
        SyncError::Store(_) => return failure,
    };
    let what = what.unwrap_or_else(|| failure.what.clone());
    Failure { what, kept: kept.to_owned(), ..failure.todo(todo) }
}

/// What keeps a copy from its ledger, in the codes that a screen reacts to.
fn of_server(failure: Failure, error: &StoreError) -> Failure {
    let (code, what) = match error {
        StoreError::NotReached { ledger, source } => {
            (FailureCode::Offline, format!("The server of {ledger} cannot be reached: {source}"))
        }
        StoreError::NotLetIn { ledger, source } => {
            (FailureCode::PasswordNeeded, format!("{ledger} does not let this name in: {source}"))
        }
        StoreError::NotTrusted { ledger, source } => {
            (FailureCode::Untrusted, format!("The server of {ledger} is not trusted: {source}"))
        }
        StoreError::Unfinished { follows, done, total, .. } => (
            FailureCode::Unfinished,
            format!(
                "This copy is not whole: its pull has brought {done} of {total} operations from {follows}, \
                 and no figure is made of a part"
            ),
        ),
        StoreError::NewerFormat { .. } => {
            return failure.todo("Work with the newer version of Scrip that made it.");
        }
        StoreError::OlderFormat { .. } => {
            return failure.todo(
                "Have its tables brought up to date, or work with the version of Scrip that made it.",
            );
        }
        _ => return failure,
    };
    Failure::of(code, &what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_happened_what_was_kept_and_what_to_do() {
        let failure = Failure::from(AppError::NoWorkspace { path: "/books".into() });
        assert_eq!(failure.code, FailureCode::NotFound);
        assert_eq!(failure.what, "/books holds no Scrip workspace.");
        assert_eq!(failure.kept, "Nothing was changed.");
        assert!(failure.todo.contains("ledger.sqlite"));
    }

    #[test]
    fn every_code_says_what_was_kept_and_what_to_do() {
        for code in [
            FailureCode::Invalid,
            FailureCode::Rejected,
            FailureCode::Conflict,
            FailureCode::NotFound,
            FailureCode::Busy,
            FailureCode::Storage,
            FailureCode::Unsound,
            FailureCode::Cancelled,
            FailureCode::NoWorkspace,
            FailureCode::NotConnected,
            FailureCode::PasswordNeeded,
            FailureCode::Offline,
            FailureCode::Untrusted,
            FailureCode::Unfinished,
            FailureCode::Defect,
        ] {
            let failure = Failure::of(code, "it broke");
            assert_eq!(failure.what, "It broke.");
            assert!(failure.kept.ends_with('.') && failure.todo.ends_with('.'), "{code:?}");
        }
    }
}
