//! Settings of the person at this machine.

use tauri::State;

use crate::desk::Desk;
use crate::failure::Failure;
use crate::settings::Settings;

/// What is set.
#[tauri::command]
#[specta::specta]
#[must_use]
pub fn settings(desk: State<'_, Desk>) -> Settings {
    desk.settings.settings()
}

/// Keeps what is set.
///
/// # Errors
/// When the file cannot be written.
#[tauri::command]
#[specta::specta]
pub fn set_settings(desk: State<'_, Desk>, settings: Settings) -> Result<(), Failure> {
    desk.settings.set(settings)
}
