//! Stopping long work.

use tauri::State;

use crate::desk::Desk;

/// Asks a task to stop; its own command then fails as cancelled, having changed nothing.
#[tauri::command]
#[specta::specta]
pub fn cancel_task(desk: State<'_, Desk>, task: String) {
    desk.tasks.cancel(&task);
}
