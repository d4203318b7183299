//! Operations from a file or from a command: all or nothing.

use scrip_engine::{Action, InlineEvent, Operation, Rejection};
use scrip_store::{LedgerStore, WriteTransaction};
use scrip_units::{CustomerCode, Instant, OperationId};
use scrip_usage::Archive;
use serde::Serialize;

use crate::error::{AppError, First, LineError};
use crate::outbox;
use crate::reversal;
use crate::session::{Edge, Outcome, Session};
use crate::view::{AlertView, EntryView, RefusedView, WaitingView};
use crate::workspace::Workspace;

/// Whether a use case changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It does.
    Commit,
    /// The real path, taken back at the end.
    DryRun,
}

/// What became of one operation.
#[derive(Debug, Clone, Serialize)]
pub struct OperationView {
    /// Line in the file, from 1.
    pub line: usize,
    /// Its id.
    pub id: String,
    /// Its code.
    pub op: String,
    /// `applied` or `already_applied`.
    pub outcome: &'static str,
    /// The entries it caused.
    pub entries: Vec<EntryView>,
    /// Events it recorded as refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedView>,
    /// Alerts it raised.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<AlertView>,
    /// What fell due and waits for something that is missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<WaitingView>,
    /// Of a dry run: why it could not be done without a second person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs_approval: Option<String>,
}

/// What became of a file of operations.
#[derive(Debug, Clone, Serialize)]
pub struct OperateView {
    /// Whether anything was changed.
    pub dry_run: bool,
    /// The operations.
    pub operations: Vec<OperationView>,
}

/// Reads operations, one JSON object a line; empty lines and lines that begin with `#` are skipped.
///
/// # Errors
/// [`AppError::Line`] for the first line that is not an operation, [`AppError::Argument`] where no line is.
pub fn read_lines(file: &str, text: &str) -> Result<Vec<(usize, Operation)>, AppError> {
    let mut operations = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let located = |source| AppError::Line { file: file.to_owned(), line: index + 1, source };
        let operation = Operation::from_json(line).map_err(|e| located(e.into()))?;
        let own = |action: &Action| {
            matches!(
                action,
                Action::PostUsage(_) | Action::RequestApproval(_) | Action::DecideRequest(_)
            )
        };
        if own(&operation.action) {
            return Err(located(LineError::NotForFiles { code: operation.action.code() }));
        }
        operations.push((index + 1, operation));
    }
    if operations.is_empty() {
        return Err(AppError::Argument(format!("{file} has no operation. Nothing was changed")));
    }
    Ok(operations)
}

fn locate(file: &str, line: usize, error: AppError) -> AppError {
    let source = match error {
        AppError::Rejected(rejection) => LineError::Rejected(rejection),
        AppError::OperationConflict { id, first } => LineError::Conflict { id, first },
        AppError::Archived { key } => LineError::Archived { key },
        other => return other,
    };
    AppError::Line { file: file.to_owned(), line, source }
}

/// Runs operations in one transaction: all of them or, at the first that is refused, none. `file` is where
/// they stand; empty for the operation of a command.
///
/// # Errors
/// [`AppError::Line`] naming the line, or the store's.
pub async fn operate<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    file: &str,
    operations: &[(usize, Operation)],
    mode: Mode,
) -> Result<OperateView, AppError> {
    operate_if(workspace, edge, file, operations, &|_| Ok(mode)).await
}

/// As [`operate`], but what they did decides whether it stays.
pub(crate) async fn operate_if<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    file: &str,
    operations: &[(usize, Operation)],
    decide: &(dyn Fn(&[OperationView]) -> Result<Mode, AppError> + Sync),
) -> Result<OperateView, AppError> {
    let records_usage = |(_, operation): &(usize, Operation)| {
        !events(operation).is_empty() || !reversal::taken_back(operation).is_empty()
    };
    let all = operations.iter().map(|(_, operation)| operation);
    let mut session = Session::begin_for(workspace, edge, all).await?;
    // Opened under the write lock, so that no import adds an event behind its back.
    let archive = match operations.iter().any(records_usage) {
        true => Some(workspace.archive().await?),
        false => None,
    };
    let mut views = Vec::with_capacity(operations.len());
    let mut unapproved = None;
    for (place, (line, operation)) in operations.iter().enumerate() {
        let at = (file, *line);
        let (operation, outcome) =
            run_one(workspace, archive.as_ref(), &mut session, at, operation)
                .await
                .map_err(|error| error.found_by(|id| line_of(&operations[..place], id)))?;
        let mut view = view(*line, &operation, &outcome);
        if let Some(fault) = session.unapproved().filter(|_| unapproved.is_none()) {
            view.needs_approval = Some(fault.to_string());
            unapproved = Some((*line, fault.clone()));
        }
        views.push(view);
    }
    let mode = match decide(&views) {
        Ok(mode) => mode,
        Err(error) => {
            session.rollback().await?;
            return Err(error);
        }
    };
    match (mode, unapproved) {
        (Mode::Commit, None) => session.commit().await?,
        (Mode::Commit, Some((line, fault))) => {
            session.rollback().await?;
            return Err(locate(file, line, AppError::Rejected(Rejection::Approval(fault))));
        }
        (Mode::DryRun, _) => session.rollback().await?,
    }
    Ok(OperateView { dry_run: mode == Mode::DryRun, operations: views })
}

/// The line on which the operation of an id stands.
pub(crate) fn line_of(operations: &[(usize, Operation)], id: &OperationId) -> Option<First> {
    let found = operations.iter().find(|(_, operation)| operation.id == *id);
    found.map(|(line, _)| First::Line(*line))
}

/// From when the operation of an id counts that the ledger has already, or that waits in the outbox of a
/// copy: a command that is repeated and says no date is the same one, not another of the same id.
///
/// # Errors
/// The store's, or that the outbox cannot be read.
pub async fn counts_from<S: LedgerStore>(
    workspace: &Workspace<S>,
    id: &OperationId,
) -> Result<Option<Instant>, AppError> {
    match workspace.store().operation(id).await? {
        Some(stored) => Ok(Some(stored.operation.at)),
        None => outbox::waits_from(workspace, id),
    }
}

/// Runs an operation in a session: returns it as it is recorded, and what became of it.
pub(crate) async fn run_one<S: LedgerStore>(
    workspace: &Workspace<S>,
    archive: Option<&Archive>,
    session: &mut Session<S::Write>,
    (file, line): (&str, usize),
    operation: &Operation,
) -> Result<(Operation, Outcome), AppError> {
    let at = |error| locate(file, line, error);
    prepare(workspace, archive, session, operation).await.map_err(at)?;
    let completed = reversal::complete(workspace, archive, session, operation).await.map_err(at)?;
    let operation = completed.into_owned();
    let outcome = session.operate(&operation, None).await.map_err(at)?;
    Ok((operation, outcome))
}

/// The usage events that an operation brings.
pub(crate) fn events(operation: &Operation) -> &[InlineEvent] {
    match &operation.action {
        Action::RecordUsage(action) => &action.events,
        Action::CaptureHold(action) => &action.events,
        _ => &[],
    }
}

/// Loads what an operation concerns beyond its own customer, and refuses events that the archive
/// holds already.
pub(crate) async fn prepare<S: LedgerStore>(
    workspace: &Workspace<S>,
    archive: Option<&Archive>,
    session: &mut Session<S::Write>,
    operation: &Operation,
) -> Result<(), AppError> {
    match &operation.action {
        Action::RunSchedule(_) | Action::ExpireLots(_) if operation.customer().is_none() => {
            let due = due(workspace, operation.at).await?;
            session.load(&due).await
        }
        Action::ApplyConfiguration(_) => session.know_charged_usage(workspace.store()).await,
        // A repeat is a repeat, also when its events came by file meanwhile.
        Action::RecordUsage(_) | Action::CaptureHold(_)
            if session.tx().operation(&operation.id).await?.is_some() =>
        {
            Ok(())
        }
        Action::RecordUsage(_) | Action::CaptureHold(_) => {
            for event in events(operation) {
                if let Some(archive) = archive
                    && archive.find(&event.key)?.is_some()
                {
                    return Err(AppError::Archived { key: event.key.clone() });
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Customers that the committed ledger knows to have something that is due. Customers changed earlier in
/// the session are loaded already.
async fn due<S: LedgerStore>(
    workspace: &Workspace<S>,
    at: Instant,
) -> Result<Vec<CustomerCode>, AppError> {
    let mut customers: Vec<CustomerCode> = Vec::new();
    loop {
        let page = workspace.store().books_due(at, customers.last(), 1_000).await?;
        if page.is_empty() {
            return Ok(customers);
        }
        customers.extend(page.into_iter().map(|book| book.customer));
    }
}

pub(crate) fn view(line: usize, operation: &Operation, outcome: &Outcome) -> OperationView {
    let (outcome, entries, refused, alerts, waiting) = match outcome {
        Outcome::Applied(applied) => (
            "applied",
            applied.entries.iter().map(EntryView::from).collect(),
            applied.refused.iter().map(RefusedView::from).collect(),
            applied.alerts.iter().map(AlertView::from).collect(),
            applied.waiting.iter().map(WaitingView::from).collect(),
        ),
        Outcome::Already(_) => ("already_applied", Vec::new(), Vec::new(), Vec::new(), Vec::new()),
    };
    OperationView {
        line,
        id: operation.id.to_string(),
        op: operation.action.code().to_owned(),
        outcome,
        entries,
        refused,
        alerts,
        waiting,
        needs_approval: None,
    }
}
