//! The window itself: one, with the front end inside it, and everything that it may call.

use tauri::{App, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

use crate::arguments::Arguments;
use crate::commands;
use crate::desk::Desk;
use crate::settings::{SettingsFile, ThemeSetting};

/// The name of the one window.
pub(crate) const MAIN: &str = "main";

/// Opens the window and returns when it is closed.
///
/// # Errors
/// When there is no display or no web view.
pub fn run(arguments: Arguments) -> Result<(), tauri::Error> {
    let commands = commands::builder();
    tauri::Builder::default()
        // Before all others, as it asks: a second start ends here and raises the first window.
        .plugin(tauri_plugin_single_instance::init(|app, _, _| raise(app)))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_window_state::Builder::default().build())
        .invoke_handler(commands.invoke_handler())
        .setup(move |app| Ok(set_up(app, arguments)?))
        .run(tauri::generate_context!())
}

fn set_up(app: &mut App, arguments: Arguments) -> Result<(), tauri::Error> {
    let settings = SettingsFile::read(app.path().app_config_dir()?.join("settings.json"));
    let theme = settings.settings().theme;
    app.manage(Desk::new(settings, arguments.workspace));
    WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App("index.html".into()))
        .title("Scrip")
        .inner_size(1280.0, 800.0)
        .min_inner_size(960.0, 600.0)
        .initialization_script(first_theme(theme))
        .build()?;
    Ok(())
}

/// Puts the colours on before the first paint, so that a dark window does not flash white.
fn first_theme(theme: ThemeSetting) -> String {
    let name = match theme {
        ThemeSetting::System => "system",
        ThemeSetting::Light => "light",
        ThemeSetting::Dark => "dark",
    };
    format!("document.documentElement?.setAttribute('data-theme', '{name}');")
}

fn raise(app: &tauri::AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        raise_window(&window);
    }
}

/// A window manager may refuse; then the window is where it was.
fn raise_window(window: &WebviewWindow) {
    let _ = window.unminimize();
    let _ = window.set_focus();
}
