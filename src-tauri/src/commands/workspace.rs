//! Workspaces: which is open, which were, and how its books stand.

use std::path::{Path, PathBuf};

use scrip_app::query::{self, StatusView};
use serde::Serialize;
use specta::Type;
use tauri::{AppHandle, State, WebviewWindow};
use tauri_plugin_dialog::DialogExt;

use crate::commands::parse;
use crate::desk::{Books, Desk};
use crate::failure::Failure;

/// How the books stand: what the frame shows at all times.
#[derive(Debug, Serialize, Type)]
pub struct WorkspaceStatus {
    /// The folder.
    pub folder: String,
    /// The folder's own name.
    pub name: String,
    /// The production ledger that it is a copy of; nothing is recorded in a copy.
    pub copy_of: Option<String>,
    /// The legal entity; absent until a configuration is applied.
    pub entity: Option<String>,
    /// Its currency.
    pub currency: Option<String>,
    /// Its time zone.
    pub zone: Option<String>,
    /// Revision of the configuration.
    pub config_revision: String,
    /// Customers with entries.
    pub customers: String,
    /// Operations.
    pub operations: String,
    /// Entries.
    pub entries: String,
    /// Postings.
    pub postings: String,
    /// Usage events in the archive.
    pub events: String,
    /// Latest usage in the archive.
    pub usage_until: Option<String>,
    /// Latest usage that is posted.
    pub posted_until: Option<String>,
    /// First accounting day.
    pub first_day: Option<String>,
    /// Last accounting day.
    pub last_day: Option<String>,
    /// Hash over all chain heads.
    pub checkpoint: String,
}

impl From<(StatusView, &Path)> for WorkspaceStatus {
    fn from((status, root): (StatusView, &Path)) -> Self {
        Self {
            name: name_of(root),
            folder: status.workspace,
            copy_of: status.copy_of,
            entity: status.entity,
            currency: status.currency,
            zone: status.time_zone,
            config_revision: status.config_revision.to_string(),
            customers: status.customers.to_string(),
            operations: status.operations.to_string(),
            entries: status.entries.to_string(),
            postings: status.postings.to_string(),
            events: status.events.to_string(),
            usage_until: status.usage_until,
            posted_until: status.posted_until,
            first_day: status.first_day,
            last_day: status.last_day,
            checkpoint: status.checkpoint,
        }
    }
}

/// A workspace that was open before.
#[derive(Debug, Serialize, Type)]
pub struct RecentWorkspace {
    /// The folder.
    pub folder: String,
    /// The folder's own name.
    pub name: String,
    /// Whether a ledger is still there.
    pub is_there: bool,
}

fn name_of(folder: &Path) -> String {
    folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned()
}

pub(super) async fn status_of(books: &Books) -> Result<WorkspaceStatus, Failure> {
    Ok((query::status(books).await?, books.root()).into())
}

/// How the open workspace stands; at the first call the one that the program was started with is
/// opened. None when there is none.
///
/// # Errors
/// When the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn workspace_status(desk: State<'_, Desk>) -> Result<Option<WorkspaceStatus>, Failure> {
    match desk.books_or_first().await? {
        Some(books) => Ok(Some(status_of(&books).await?)),
        None => Ok(None),
    }
}

/// Opens a workspace in place of the one that is open.
///
/// # Errors
/// When there is none in the folder or it cannot be read; the one that was open stays open.
#[tauri::command]
#[specta::specta]
pub async fn open_workspace(
    desk: State<'_, Desk>,
    folder: String,
) -> Result<WorkspaceStatus, Failure> {
    let books = desk.open(Path::new(&folder)).await?;
    status_of(&books).await
}

/// Closes the workspace.
///
/// # Errors
/// None.
#[tauri::command]
#[specta::specta]
pub async fn close_workspace(desk: State<'_, Desk>) -> Result<(), Failure> {
    desk.close().await;
    Ok(())
}

/// Workspaces that were open before, the last one first.
#[tauri::command]
#[specta::specta]
#[must_use]
pub fn recent_workspaces(desk: State<'_, Desk>) -> Vec<RecentWorkspace> {
    let recent = desk.settings.recent().into_iter().map(|folder| RecentWorkspace {
        name: name_of(&folder),
        is_there: folder.join(scrip_app::workspace::LEDGER_FILE).exists(),
        folder: folder.display().to_string(),
    });
    recent.collect()
}

/// Closes the window, as its own button does: its size and place are kept for the next start.
///
/// # Errors
/// When the system refuses.
#[tauri::command]
#[specta::specta]
pub fn close_window(window: WebviewWindow) -> Result<(), Failure> {
    window.close().map_err(|error| Failure::defect(error.to_string()))
}

/// Takes a workspace off the list of recent ones; its files stay.
///
/// # Errors
/// When the settings cannot be written.
#[tauri::command]
#[specta::specta]
pub fn forget_workspace(desk: State<'_, Desk>, folder: String) -> Result<(), Failure> {
    desk.settings.forget(&PathBuf::from(folder))
}

/// The instant that is meant by reading the books as of a day, which is its end, or as of an instant.
///
/// # Errors
/// When it is neither.
#[tauri::command]
#[specta::specta]
pub async fn resolve_as_of(desk: State<'_, Desk>, text: String) -> Result<String, Failure> {
    Ok(query::as_of(&desk.books().await?, parse(&text)?).await?.to_string())
}

/// Asks for a folder with the system's own dialog; none when the person closes it.
///
/// # Errors
/// When the dialog answers with something that is no folder of this machine.
#[tauri::command]
#[specta::specta]
pub async fn choose_folder(app: AppHandle, title: String) -> Result<Option<String>, Failure> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    app.dialog().file().set_title(title).pick_folder(move |folder| {
        // Whoever asked may be gone.
        let _ = answer.send(folder);
    });
    let Some(folder) = answered.await.ok().flatten() else { return Ok(None) };
    let folder = folder.into_path().map_err(|e| Failure::input(&e))?;
    Ok(Some(folder.display().to_string()))
}
