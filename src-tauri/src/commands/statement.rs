//! The statement of a customer, as files.

use std::path::Path;

use scrip_app::reporting::{self, FileFormat, ReportKind, Window};
use serde::Deserialize;
use specta::Type;
use tauri::State;
use tauri::ipc::Channel;

use crate::commands::parse;
use crate::desk::Desk;
use crate::edge::now;
use crate::failure::Failure;
use crate::task::Progress;

/// What a statement is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum StatementFormat {
    /// A document to print and to send.
    Pdf,
    /// A workbook.
    Xlsx,
}

/// Writes the statement of a customer for some months into a folder, and says what it wrote.
///
/// # Errors
/// When a month is none, the ledger cannot be read or the folder cannot be written.
#[tauri::command]
#[specta::specta]
#[expect(clippy::too_many_arguments, reason = "a command takes what the window says, one by one")]
pub async fn write_statement(
    desk: State<'_, Desk>,
    customer: String,
    from: String,
    to: String,
    format: StatementFormat,
    folder: String,
    task: String,
    progress: Channel<Progress>,
) -> Result<Vec<String>, Failure> {
    let window =
        Window { from: parse(&from)?, to: parse(&to)?, as_of: None, effective_until: None };
    if window.from > window.to {
        return Err(Failure::input(&format!("the period runs backwards: {from} to {to}")));
    }
    let kind = ReportKind::Statement(parse(&customer)?);
    let format = match format {
        StatementFormat::Pdf => FileFormat::Pdf,
        StatementFormat::Xlsx => FileFormat::Xlsx,
    };
    let books = desk.books().await?;
    let work = move |mut task: crate::task::Task| async move {
        task.step("Reading the entries")?;
        let folder = Path::new(&folder);
        let files = reporting::write(&books, &kind, window, now()?, folder, format).await?;
        Ok(files.iter().map(|file| file.display().to_string()).collect())
    };
    desk.tasks.run(task, progress, work).await
}
