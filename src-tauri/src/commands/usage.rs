//! Usage files: chosen with the system's dialog, read by a mapping, imported and posted.

use std::path::Path;

use scrip_app::{AppError, usage};
use scrip_usage::{Control, ImportOptions, Mapping, OnReject, Source, UsageError};
use serde::Serialize;
use specta::Type;
use tauri::ipc::Channel;
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;

use crate::desk::{Books, Desk};
use crate::edge::{edge, now};
use crate::failure::Failure;
use crate::task::{Progress, Task};

/// Rejected rows that are shown; the rest are in the file.
const REJECTS_SHOWN: usize = 50;
/// The largest mapping file that is read.
const MAPPING_BYTES_MAX: u64 = 1 << 20;

/// A mapping that a file was imported with before.
#[derive(Debug, Serialize, Type)]
pub struct UsageMapping {
    /// Name of that file.
    pub file: String,
    /// When it was imported.
    pub received_at: String,
    /// The mapping as TOML.
    pub toml: String,
}

/// Rows that were refused for one reason.
#[derive(Debug, Serialize, Type)]
pub struct RefusedCount {
    /// The reason, as a code.
    pub reason: String,
    /// How many.
    pub count: String,
}

/// A row that could not be imported.
#[derive(Debug, Serialize, Type)]
pub struct RefusedRow {
    /// Where it starts in the file.
    pub line: String,
    /// Why, in a sentence.
    pub reason: String,
    /// The row as it came.
    pub text: String,
}

/// What became of a file of usage.
#[derive(Debug, Serialize, Type)]
pub struct UsageImport {
    /// Whether anything was imported: rows that cannot be read stop an import that does not skip them.
    pub is_imported: bool,
    /// Rows of the file.
    pub rows: String,
    /// New events.
    pub events: String,
    /// Events left out because they are there already.
    pub duplicates: String,
    /// Rows that made no event.
    pub without_events: String,
    /// Rows refused.
    pub refused: String,
    /// Rows refused, by reason.
    pub reasons: Vec<RefusedCount>,
    /// The file that lists them.
    pub rejects_file: Option<String>,
    /// The first of them.
    pub first: Vec<RefusedRow>,
}

/// What a posting run did.
#[derive(Debug, Serialize, Type)]
pub struct UsagePosted {
    /// Usage before this instant was posted.
    pub until: String,
    /// Customers.
    pub customers: String,
    /// Events priced.
    pub priced: String,
    /// Events that cost nothing by their card.
    pub free: String,
    /// Events refused.
    pub refused: String,
    /// Events refused, by reason.
    pub reasons: Vec<RefusedCount>,
    /// Entries written.
    pub entries: String,
}

/// Asks for a file with the system's own dialog; none when the person closes it.
///
/// # Errors
/// When the dialog answers with something that is no file of this machine.
#[tauri::command]
#[specta::specta]
pub async fn choose_file(
    app: AppHandle,
    title: String,
    kinds: String,
    endings: Vec<String>,
) -> Result<Option<String>, Failure> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let endings: Vec<&str> = endings.iter().map(String::as_str).collect();
    app.dialog().file().set_title(title).add_filter(kinds, &endings).pick_file(move |file| {
        // Whoever asked may be gone.
        let _ = answer.send(file);
    });
    let Some(file) = answered.await.ok().flatten() else { return Ok(None) };
    let file = file.into_path().map_err(|e| Failure::input(&e))?;
    Ok(Some(file.display().to_string()))
}

/// The mappings that files were imported with, the last used first.
///
/// # Errors
/// When the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn usage_mappings(desk: State<'_, Desk>) -> Result<Vec<UsageMapping>, Failure> {
    let mappings = usage::mappings(&desk.books().await?).await?;
    let mapping = |used: usage::UsedMapping| UsageMapping {
        file: used.file,
        received_at: used.received_at.to_string(),
        toml: used.toml,
    };
    Ok(mappings.into_iter().map(mapping).collect())
}

/// The text of a mapping file, once it was read as a mapping.
///
/// # Errors
/// When it cannot be read or is no mapping.
#[tauri::command]
#[specta::specta]
pub async fn read_mapping(file: String) -> Result<String, Failure> {
    let path = Path::new(&file);
    let failed = |source| AppError::File { path: path.to_owned(), source };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > MAPPING_BYTES_MAX {
        return Err(Failure::input(&format!("{file} is too large to be a mapping")));
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    Mapping::from_toml(&text).map_err(|e| Failure::input(&e))?;
    Ok(text)
}

/// Imports a file of usage into the archive.
///
/// # Errors
/// When the file or the mapping cannot be read, or it was stopped; then nothing was imported.
#[tauri::command]
#[specta::specta]
pub async fn import_usage(
    desk: State<'_, Desk>,
    file: String,
    mapping: String,
    skip_refused: bool,
    task: String,
    progress: Channel<Progress>,
) -> Result<UsageImport, Failure> {
    let mapping = Mapping::from_toml(&mapping).map_err(|e| Failure::input(&e))?;
    let books = desk.books().await?;
    let on_reject = if skip_refused { OnReject::Skip } else { OnReject::Stop };
    let work =
        move |task: Task| async move { import(&books, &file, &mapping, on_reject, task).await };
    desk.tasks.run(task, progress, work).await
}

async fn import(
    books: &Books,
    file: &str,
    mapping: &Mapping,
    on_reject: OnReject,
    mut task: Task,
) -> Result<UsageImport, Failure> {
    let edge = edge()?;
    let mut options = ImportOptions::new(edge.now);
    options.on_reject = on_reject;
    let source = Source::file(file);
    let outcome = usage::import(books, &edge, &source, mapping, &options, &mut |progress| {
        let read = task.report("Reading the file", progress.bytes_read, Some(progress.bytes_total));
        if read.is_break() { Control::Cancel } else { Control::Continue }
    })
    .await;
    let refusals = |counts: &scrip_usage::RejectCounts| {
        let counts = counts.0.iter();
        counts
            .map(|(code, count)| RefusedCount {
                reason: code.as_str().to_owned(),
                count: count.to_string(),
            })
            .collect()
    };
    match outcome {
        Ok(outcome) => Ok(UsageImport {
            is_imported: true,
            rows: outcome.rows_read.to_string(),
            events: outcome.events.to_string(),
            duplicates: outcome.duplicates.to_string(),
            without_events: outcome.rows_without_events.to_string(),
            refused: outcome.rejects.total().to_string(),
            reasons: refusals(&outcome.rejects),
            first: first_refused(outcome.rejects_file.as_deref())?,
            rejects_file: outcome.rejects_file.map(|file| file.display().to_string()),
        }),
        Err(AppError::Usage(UsageError::RowsRejected { rows, counts, rejects_file, .. })) => {
            Ok(UsageImport {
                is_imported: false,
                rows: rows.to_string(),
                events: "0".to_owned(),
                duplicates: "0".to_owned(),
                without_events: "0".to_owned(),
                refused: counts.total().to_string(),
                reasons: refusals(&counts),
                first: first_refused(Some(&rejects_file))?,
                rejects_file: Some(rejects_file.display().to_string()),
            })
        }
        Err(error) => Err(error.into()),
    }
}

fn first_refused(file: Option<&Path>) -> Result<Vec<RefusedRow>, Failure> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let row =
        |row: usage::RejectedRow| RefusedRow { line: row.line, reason: row.reason, text: row.text };
    Ok(usage::rejected_rows(file, REJECTS_SHOWN)?.into_iter().map(row).collect())
}

/// Prices and burns all imported usage up to now that is not yet posted.
///
/// # Errors
/// When an event cannot be rated at all, or it was stopped; then nothing was posted.
#[tauri::command]
#[specta::specta]
pub async fn post_usage(
    desk: State<'_, Desk>,
    task: String,
    progress: Channel<Progress>,
) -> Result<UsagePosted, Failure> {
    let books = desk.books().await?;
    let work = move |mut task: Task| async move {
        let view = usage::post(&books, &edge()?, now()?, &mut |progress| {
            task.report("Posting events", progress.events, Some(progress.total))
        })
        .await?;
        let reasons = view.refused_by_reason.into_iter();
        Ok(UsagePosted {
            until: view.until,
            customers: view.customers.to_string(),
            priced: view.priced.to_string(),
            free: view.free.to_string(),
            refused: view.refused.to_string(),
            reasons: reasons
                .map(|(reason, count)| RefusedCount { reason, count: count.to_string() })
                .collect(),
            entries: view.entries.to_string(),
        })
    };
    desk.tasks.run(task, progress, work).await
}
