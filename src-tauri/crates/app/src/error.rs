//! What can go wrong in a use case, and the few codes that shells act on.

use std::path::PathBuf;

use scrip_catalog::Problem;
use scrip_engine::{OperationError, Rejection};
use scrip_journal::ChainError;
use scrip_production::sync::SyncError;
use scrip_revenue::ReportError;
use scrip_store::StoreError;
use scrip_units::{CustomerCode, EventKey, OperationId, TimeError};
use scrip_usage::{RejectCode, UsageError};
use serde::Serialize;

use crate::approvals::RequestError;
use crate::outbox::{Alone, OutboxError};

/// What a shell acts on. Each has its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
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
}

impl Code {
    /// The exit code of the command line.
    #[must_use]
    pub fn exit(self) -> u8 {
        match self {
            Self::Invalid => 2,
            Self::Rejected => 3,
            Self::Conflict => 4,
            Self::NotFound => 5,
            Self::Busy => 6,
            Self::Storage => 7,
            Self::Unsound => 8,
            Self::Cancelled => 9,
        }
    }
}

/// A refused operation with its place, and what was kept.
fn located(file: &str, line: usize, source: &LineError) -> String {
    if file.is_empty() {
        return format!("{source}. Nothing was changed");
    }
    format!("{file}:{line}: {source}. Nothing of the file was applied")
}

/// Where the operation stands that has an id already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// In the ledger.
    Applied,
    /// In the outbox of the copy, under this number.
    Queued(u64),
    /// On this line of the same file.
    Line(usize),
}

impl std::fmt::Display for First {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Applied => f.write_str("was applied before"),
            Self::Queued(number) => write!(f, "waits in the outbox as number {number}"),
            Self::Line(line) => write!(f, "stands on line {line} already"),
        }
    }
}

/// An error of one line of a file of operations.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The line is not an operation.
    #[error(transparent)]
    Form(#[from] OperationError),
    /// The books refuse it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The id was used for another operation.
    #[error("operation {id} {first} with other content; the first one stands")]
    Conflict {
        /// The id.
        id: OperationId,
        /// Where the other one is.
        first: First,
    },
    /// The event came by file before.
    #[error(
        "event {key} is in the usage archive already and is charged when the archive is posted; it was not recorded again"
    )]
    Archived {
        /// The event.
        key: EventKey,
    },
    /// `post_usage` is not for files.
    #[error("{code} is written by the program, not by hand: use the command that does it")]
    NotForFiles {
        /// The operation's code.
        code: &'static str,
    },
}

impl From<LineError> for AppError {
    fn from(error: LineError) -> Self {
        match error {
            LineError::Form(error) => Self::Argument(error.to_string()),
            LineError::Rejected(rejection) => Self::Rejected(rejection),
            LineError::Conflict { id, first } => Self::OperationConflict { id, first },
            LineError::Archived { key } => Self::Archived { key },
            other @ LineError::NotForFiles { .. } => Self::Argument(other.to_string()),
        }
    }
}

/// Why a use case failed. Unless it says otherwise, nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The ledger.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The usage archive.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// A report.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Writing a report.
    #[error(transparent)]
    Export(#[from] scrip_reports::ExportError),
    /// An operation is refused.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// A request for approval.
    #[error(transparent)]
    Request(#[from] crate::approvals::RequestError),
    /// Following a production ledger.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// What waits to be done at production.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// The workspace is a copy.
    #[error(
        "this workspace is a copy of {ledger}, and what is done is recorded there; run the command with --database, then `scrip pull`, or with --queue, then `scrip push`"
    )]
    Copy {
        /// The ledger that it follows.
        ledger: String,
    },
    /// What is kept about the connection to production cannot be used.
    #[error("{path}: {what}. Name the ledger again, which writes the file anew")]
    Connection {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The keychain of the operating system.
    #[error(
        "the keychain of this system cannot be used: {what}. The password is asked for each time"
    )]
    Keychain {
        /// What it said; never a password.
        what: String,
    },
    /// Another program pulls.
    #[error(
        "another program is pulling into {path}; nothing was changed. Wait until it is done, then try again"
    )]
    Pulling {
        /// The copy.
        path: PathBuf,
    },
    /// There is no such draft.
    #[error("there is no draft {name}")]
    UnknownDraft {
        /// The name.
        name: String,
    },
    /// Somebody changed what a draft changes.
    #[error(
        "draft {name} was saved, or what it changes was published, by somebody else meanwhile; nothing was overwritten. Look at both, and save or publish again"
    )]
    DraftConflict {
        /// The draft.
        name: String,
    },
    /// There is no such kept preview.
    #[error("no preview is kept under the name {name}")]
    UnknownPreview {
        /// The name.
        name: String,
    },
    /// A kept preview is not written over.
    #[error(
        "a preview is kept under the name {name} already, and is not written over; choose another name, or discard that one first"
    )]
    PreviewExists {
        /// The name.
        name: String,
    },
    /// A scenario of a preview cannot be run.
    #[error(transparent)]
    Scenario(#[from] scrip_preview::ScenarioError),
    /// An event of an operation came by file before.
    #[error(
        "event {key} is in the usage archive already and is charged when the archive is posted; it was not recorded again"
    )]
    Archived {
        /// The event.
        key: EventKey,
    },
    /// A line of a file of operations is refused, or the one operation of a command.
    #[error("{}", located(.file, *.line, .source))]
    Line {
        /// The file; empty for the operation of a command, which is in no file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        source: LineError,
    },
    /// Rows of a bulk run are wrong or refused.
    #[error("{file}: {} rows are wrong or refused. Nothing of the batch was applied", .problems.len())]
    Bulk {
        /// The file.
        file: String,
        /// All of them, in the order of rows.
        problems: Vec<crate::bulk::RowProblem>,
    },
    /// The configuration has errors.
    #[error("the configuration {file} has {} errors; it was not applied", .problems.len())]
    Configuration {
        /// The file.
        file: String,
        /// The errors, each with its line where it is known.
        problems: Vec<(Problem, Option<u32>)>,
    },
    /// The configuration cannot be read.
    #[error("the configuration {file} cannot be read: {message}")]
    ConfigurationText {
        /// The file.
        file: String,
        /// What is wrong, with line and column.
        message: String,
    },
    /// An operation id was used before.
    #[error("operation {id} {first} with other content; the first one stands")]
    OperationConflict {
        /// The id.
        id: OperationId,
        /// Where the other one is.
        first: First,
    },
    /// A choice for a place at which there is none.
    #[error(
        "{} {}: there is nothing to choose, because not both changed it. Nothing was changed",
        .places.join(", "),
        if .places.len() == 1 { "is in no conflict" } else { "are in no conflict" }
    )]
    NotInQuestion {
        /// The places that were given.
        places: Vec<String>,
        /// Those that are still to be decided.
        open: Vec<scrip_catalog::MergeConflict>,
    },
    /// The books are not as they were when an act was looked at.
    #[error(
        "the books have moved since the entries of {operation} were shown; it would cause other entries now, so it was not done"
    )]
    Moved {
        /// The operation.
        operation: OperationId,
    },
    /// No workspace there.
    #[error("{path} is not a Scrip workspace: it has no ledger.sqlite. Make one with `scrip init`")]
    NoWorkspace {
        /// The folder.
        path: PathBuf,
    },
    /// The workspace has no configuration.
    #[error("the workspace has no configuration yet: apply one with `scrip apply FILE`")]
    NoConfiguration,
    /// No such customer.
    #[error("there is no customer {customer}")]
    UnknownCustomer {
        /// The customer.
        customer: CustomerCode,
    },
    /// No such invoice.
    #[error("customer {customer} has no invoice {invoice}")]
    UnknownInvoice {
        /// The customer.
        customer: CustomerCode,
        /// Its number.
        invoice: scrip_units::InvoiceNumber,
    },
    /// No such event.
    #[error("there is no usage event {key} in the archive or in the operations")]
    UnknownEvent {
        /// The key.
        key: EventKey,
    },
    /// No such operation.
    #[error("there is no operation {id} in the ledger")]
    UnknownOperation {
        /// The id.
        id: OperationId,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The books do not verify.
    #[error("the ledger does not verify: {0}")]
    Chain(#[from] ChainError),
    /// A stored record cannot be read back.
    #[error("the stored {what} cannot be read: {message}. Run `scrip verify`")]
    Stored {
        /// What it is.
        what: String,
        /// What is wrong.
        message: String,
    },
    /// An argument is wrong.
    #[error("{0}")]
    Argument(String),
    /// A posting does not fit in a chart or a report.
    #[error("{0} does not hold anything to draw")]
    NothingToDraw(String),
    /// A time is out of range.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// The user stopped it.
    #[error("stopped; nothing was changed")]
    Cancelled,
}

impl AppError {
    /// What a shell acts on.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Store(error) | Self::Sync(SyncError::Store(error)) => store(error),
            Self::Sync(SyncError::Cancelled) => Code::Cancelled,
            Self::Sync(SyncError::NotEmpty { .. } | SyncError::OtherLedger { .. }) => {
                Code::Conflict
            }
            Self::Sync(
                SyncError::ServerChanged { .. }
                | SyncError::Diverged { .. }
                | SyncError::Unreadable { .. },
            ) => Code::Unsound,
            Self::Request(error) => match error {
                RequestError::Unknown { .. } => Code::NotFound,
                RequestError::ReasonMissing { .. }
                | RequestError::NothingTested { .. }
                | RequestError::UntestedPreview { .. }
                | RequestError::OtherPreview { .. } => Code::Invalid,
                RequestError::Lapsed { .. }
                | RequestError::NotWaiting { .. }
                | RequestError::NotYours { .. } => Code::Rejected,
                RequestError::Decided { .. }
                | RequestError::Stale { .. }
                | RequestError::OldPreview { .. }
                | RequestError::Conflicts { .. }
                | RequestError::Asked { .. }
                | RequestError::OtherContent { .. } => Code::Conflict,
            },
            Self::Outbox(error) => match error {
                OutboxError::Unknown { .. } => Code::NotFound,
                OutboxError::NoCopy => Code::Invalid,
                OutboxError::ArchiveElsewhere { .. }
                | OutboxError::Alone { cause: Alone::Refused, .. } => Code::Rejected,
                OutboxError::Alone { cause: Alone::Unreadable, .. } => Code::Unsound,
                OutboxError::BeingSent { .. } | OutboxError::Pushing => Code::Busy,
                OutboxError::Alone { cause: Alone::Overtaken, .. }
                | OutboxError::OtherLedger { .. }
                | OutboxError::Stale { .. }
                | OutboxError::Moved { .. }
                | OutboxError::LookedAtOther { .. }
                | OutboxError::Waits { .. }
                | OutboxError::Conflicts { .. } => Code::Conflict,
            },
            Self::Copy { .. } => Code::Rejected,
            Self::Connection { .. } => Code::Invalid,
            Self::Keychain { .. } => Code::Storage,
            Self::Pulling { .. } => Code::Busy,
            Self::Usage(error) => usage(error),
            Self::NoWorkspace { .. }
            | Self::UnknownCustomer { .. }
            | Self::UnknownInvoice { .. }
            | Self::UnknownDraft { .. }
            | Self::UnknownPreview { .. }
            | Self::UnknownEvent { .. }
            | Self::UnknownOperation { .. } => Code::NotFound,
            Self::Export(scrip_reports::ExportError::TooLong { .. }) => Code::Invalid,
            Self::Export(_) | Self::File { .. } => Code::Storage,
            Self::Rejected(rejection)
            | Self::Line { source: LineError::Rejected(rejection), .. } => rejected(rejection),
            Self::Line {
                source: LineError::Conflict { .. } | LineError::Archived { .. }, ..
            }
            | Self::OperationConflict { .. }
            | Self::DraftConflict { .. }
            | Self::PreviewExists { .. }
            | Self::Moved { .. }
            | Self::Archived { .. } => Code::Conflict,
            Self::Line { .. }
            | Self::Configuration { .. }
            | Self::ConfigurationText { .. }
            | Self::NoConfiguration
            | Self::NotInQuestion { .. }
            | Self::Argument(_)
            | Self::Scenario(_)
            | Self::NothingToDraw(_)
            | Self::Time(_)
            | Self::Report(_) => Code::Invalid,
            Self::Bulk { problems, .. } => {
                if problems.iter().all(|problem| problem.refused) {
                    Code::Rejected
                } else {
                    Code::Invalid
                }
            }
            Self::Chain(_) | Self::Stored { .. } => Code::Unsound,
            Self::Cancelled => Code::Cancelled,
        }
    }

    /// The same error of an operation that stands in no file.
    pub(crate) fn without_place(self) -> Self {
        match self {
            Self::Line { source, .. } => source.into(),
            other => other,
        }
    }

    /// The same error, with where the operation stands that has the id already, if it is known there.
    pub(crate) fn found_by(self, find: impl Fn(&OperationId) -> Option<First>) -> Self {
        match self {
            Self::OperationConflict { id, first } => {
                Self::OperationConflict { first: find(&id).unwrap_or(first), id }
            }
            Self::Line { file, line, source: LineError::Conflict { id, first } } => {
                let first = find(&id).unwrap_or(first);
                Self::Line { file, line, source: LineError::Conflict { id, first } }
            }
            other => other,
        }
    }

    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    pub(crate) fn stored(what: impl Into<String>, message: impl std::fmt::Display) -> Self {
        Self::Stored { what: what.into(), message: message.to_string() }
    }
}

fn store(error: &StoreError) -> Code {
    match error {
        // Somebody else was faster; the same call made again works on what they left.
        StoreError::Busy { .. }
        | StoreError::GivenUp { .. }
        | StoreError::Conflict { .. }
        | StoreError::ConfigConflict { .. } => Code::Busy,
        StoreError::Missing { .. } => Code::NotFound,
        StoreError::Exists { .. } | StoreError::TooLarge { .. } => Code::Invalid,
        StoreError::DuplicateOperation { .. } => Code::Conflict,
        StoreError::UnitScale { .. } | StoreError::Unfinished { .. } => Code::Rejected,
        StoreError::Damaged { .. } | StoreError::Unreadable { .. } => Code::Unsound,
        _ => Code::Storage,
    }
}

fn usage(error: &UsageError) -> Code {
    match error {
        UsageError::RowsRejected { counts, .. } => {
            let conflicts = counts.0.get(&RejectCode::DuplicateKeyOtherContent);
            if conflicts == Some(&counts.total()) { Code::Conflict } else { Code::Invalid }
        }
        UsageError::Truncated { .. }
        | UsageError::Decompress { .. }
        | UsageError::NotUtf8 { .. }
        | UsageError::RowTooLong { .. }
        | UsageError::UnknownFormat { .. }
        | UsageError::EmptySource { .. }
        | UsageError::MissingColumn { .. }
        | UsageError::ColumnTwice { .. }
        | UsageError::FloatColumn { .. }
        | UsageError::ColumnType { .. }
        | UsageError::Mapping(_) => Code::Invalid,
        UsageError::ImportRunning { .. } => Code::Busy,
        UsageError::Cancelled => Code::Cancelled,
        // A source that is no Parquet is told apart by the import; what is left is the archive.
        UsageError::Parquet { .. }
        | UsageError::Damaged { .. }
        | UsageError::Manifest { .. }
        | UsageError::NoSuchPlace { .. } => Code::Unsound,
        UsageError::Io { .. } | UsageError::OutOfOrder { .. } | UsageError::TooMany { .. } => {
            Code::Storage
        }
    }
}

fn rejected(rejection: &Rejection) -> Code {
    match rejection {
        Rejection::EventConflict { .. } => Code::Conflict,
        Rejection::Configuration { .. } => Code::Invalid,
        _ => Code::Rejected,
    }
}
