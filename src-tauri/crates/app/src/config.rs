//! Configuration as a file: read, compare, apply, export.

use std::sync::Arc;

use scrip_catalog::{
    Catalog, Document, Problem, Severity, difference_by_version, locate, validate,
};
use scrip_engine::operation::ApplyConfiguration;
use scrip_engine::{Action, Book, Operation};
use scrip_journal::Hash;
use scrip_store::{ConfigRecord, LedgerStore, WriteTransaction};
use scrip_units::OperationId;
use serde::Serialize;

use crate::error::AppError;
use crate::operate::Mode;
use crate::outbox;
use crate::session::{self, Edge, Session, document_text, operation_record, stored_document};
use crate::workspace::Workspace;

/// A format of configuration files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// TOML.
    Toml,
    /// JSON.
    Json,
}

impl Format {
    /// The format of a file by its name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        if name.to_ascii_lowercase().ends_with(".json") { Self::Json } else { Self::Toml }
    }
}

/// What applying a configuration did or would do.
#[derive(Debug, Clone, Serialize)]
pub struct ApplyView {
    /// Whether anything was changed.
    pub dry_run: bool,
    /// The revision in force afterwards.
    pub revision: u64,
    /// Whether the document differs from the one in force.
    pub changed: bool,
    /// The differences, in words.
    pub changes: Vec<String>,
    /// Warnings, located.
    pub warnings: Vec<String>,
}

/// Reads a configuration and checks it.
///
/// # Errors
/// [`AppError::ConfigurationText`] with line and column, or [`AppError::Configuration`] with every
/// problem.
pub fn read(file: &str, text: &str) -> Result<(Document, Vec<Problem>), AppError> {
    let document = match Format::of(file) {
        Format::Toml => Document::from_toml(text),
        Format::Json => Document::from_json(text),
    };
    let document = document.map_err(|e| AppError::ConfigurationText {
        file: file.to_owned(),
        message: e.to_string(),
    })?;
    let (errors, warnings): (Vec<_>, Vec<_>) =
        validate(&document).into_iter().partition(|p| p.severity == Severity::Error);
    if errors.is_empty() {
        return Ok((document, warnings));
    }
    Err(located(file, text, errors))
}

fn located(file: &str, text: &str, problems: Vec<Problem>) -> AppError {
    let line = |problem: &Problem| match Format::of(file) {
        Format::Toml => locate(text, &problem.path),
        Format::Json => None,
    };
    let problems = problems.into_iter().map(|p| (line(&p), p)).map(|(line, p)| (p, line)).collect();
    AppError::Configuration { file: file.to_owned(), problems }
}

fn applying(edge: &Edge, id: &OperationId, document: Document) -> Operation {
    Operation {
        id: id.clone(),
        at: edge.now,
        actor: edge.actor.clone(),
        reason: None,
        approval: None,
        action: Action::ApplyConfiguration(ApplyConfiguration { document: Box::new(document) }),
    }
}

/// The operation that applies a configuration file, for whoever asks for its approval.
///
/// # Errors
/// As [`read`].
pub fn operation(
    edge: &Edge,
    id: &OperationId,
    (name, text): (&str, &str),
) -> Result<Operation, AppError> {
    Ok(applying(edge, id, read(name, text)?.0))
}

/// Applies a configuration, or shows what it would change.
///
/// # Errors
/// As [`read`]; a published version that would change is a problem too.
pub async fn apply<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    id: &OperationId,
    file: (&str, &str),
    mode: Mode,
) -> Result<ApplyView, AppError> {
    let (name, text) = file;
    let (document, warnings) = read(name, text)?;
    let is_copy = workspace.store().follows().await?.is_some();
    let before = match workspace.store().config_latest().await? {
        Some(_) if is_copy => Some(outbox::configuration(workspace, edge, u64::MAX).await?.0),
        Some(config) => Some(stored_document(&config)?),
        None => None,
    };
    let changes = before.as_ref().map(|before| changes(before, &document)).unwrap_or_default();
    let changed = before.as_ref() != Some(&document);
    let operation = applying(edge, id, document);
    let revision = if !changed {
        workspace.store().config_latest().await?.map_or(0, |c| c.revision)
    } else if before.is_none() {
        first(workspace, edge, &operation, mode).await?
    } else {
        let done = match mode {
            Mode::DryRun if is_copy => rehearse(workspace, edge, &operation).await,
            _ => next(workspace, edge, &operation, mode).await,
        };
        done.map_err(|error| match error {
            AppError::Rejected(scrip_engine::Rejection::Configuration { problems }) => {
                located(name, text, problems)
            }
            other => other,
        })?
    };
    Ok(ApplyView {
        dry_run: mode == Mode::DryRun,
        revision,
        changed,
        changes,
        warnings: warnings.iter().map(|w| format!("{}: {}", w.path, w.message)).collect(),
    })
}

/// What differs between two configurations, in words: a version that is new by what it changes of the one
/// before it, down to the price, as whoever approves it sees it.
pub(crate) fn changes(old: &Document, new: &Document) -> Vec<String> {
    difference_by_version(old, new).iter().map(ToString::to_string).collect()
}

/// The first configuration of a workspace.
async fn first<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    operation: &Operation,
    mode: Mode,
) -> Result<u64, AppError> {
    let Action::ApplyConfiguration(action) = &operation.action else {
        return Err(AppError::NoConfiguration);
    };
    let catalog = Catalog::try_new((*action.document).clone(), 1)
        .map_err(|problems| scrip_engine::Rejection::Configuration { problems })?;
    Book::new(Arc::new(catalog))?;
    let mut tx = session::begin_alone(workspace.store()).await?;
    let document = document_text(&action.document)?;
    tx.append(&operation_record(operation, edge, 0)?, &[], &[]).await?;
    let record = ConfigRecord {
        revision: 1,
        hash: Hash::of(document.as_bytes()),
        document,
        applied_at: operation.at,
        operation: operation.id.clone(),
    };
    tx.add_config(&record).await?;
    match mode {
        Mode::Commit => tx.commit().await?,
        Mode::DryRun => tx.rollback().await?,
    }
    Ok(1)
}

async fn next<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    operation: &Operation,
    mode: Mode,
) -> Result<u64, AppError> {
    let mut session = Session::begin_for(workspace, edge, std::iter::once(operation)).await?;
    session.know_charged_usage(workspace.store()).await?;
    session.operate(operation, None).await?;
    let revision = session.book.catalog.revision();
    match mode {
        Mode::Commit => session.commit().await?,
        Mode::DryRun => session.rollback().await?,
    }
    Ok(revision)
}

/// What comes of it on a copy, after what waits in its outbox: the revision.
async fn rehearse<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    operation: &Operation,
) -> Result<u64, AppError> {
    outbox::rehearse(workspace, edge, &[(1, operation.clone())]).await?;
    Ok(outbox::configuration(workspace, edge, u64::MAX).await?.1 + 1)
}

/// The configuration in force, as text.
///
/// # Errors
/// [`AppError::NoConfiguration`], or the store's.
pub async fn export<S: LedgerStore>(
    workspace: &Workspace<S>,
    format: Format,
) -> Result<String, AppError> {
    let config = workspace.store().config_latest().await?.ok_or(AppError::NoConfiguration)?;
    let document = stored_document(&config)?;
    match format {
        Format::Toml => document.to_toml().map_err(|e| AppError::stored("configuration", e)),
        Format::Json => Ok(document.to_json()),
    }
}
