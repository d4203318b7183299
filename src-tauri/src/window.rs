//! The window itself: one, with the front end inside it, and everything that it may call.

use std::path::Path;

use tauri::{App, AppHandle, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

use crate::arguments::Arguments;
use crate::commands;
use crate::desk::Desk;
use crate::edge::set_operator;
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
        // Before all others, as it asks: a second start ends here, raises the first window and hands it
        // the workspace that it was started with.
        .plugin(tauri_plugin_single_instance::init(|app, arguments, folder| {
            started_again(app, &arguments, Path::new(&folder));
        }))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_window_state::Builder::default().build())
        .invoke_handler(commands.invoke_handler())
        .setup(move |app| Ok(set_up(app, arguments)?))
        .run(tauri::generate_context!())
}

fn set_up(app: &mut App, arguments: Arguments) -> Result<(), tauri::Error> {
    let settings = SettingsFile::read(app.path().app_config_dir()?.join("settings.json"));
    let theme = settings.settings().theme;
    // A name that was allowed when it was set; if it is not any more, the system's is recorded.
    let _ = set_operator(&settings.settings().operator);
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

/// Raises the window; a second start with a folder, which it names from where it was started, opens it.
fn started_again(app: &AppHandle, arguments: &[String], folder: &Path) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    raise_window(&window);
    let started = Arguments::read(arguments.iter().skip(1).map(Into::into));
    let Ok(Arguments { workspace: Some(workspace), .. }) = started else { return };
    let (app, workspace) = (app.clone(), folder.join(workspace));
    tauri::async_runtime::spawn(async move {
        app.state::<Desk>().start_with(workspace).await;
        // The page begins anew, as at a first start. One that is gone shows nothing anyway.
        let _ = window.eval("window.location.replace('index.html')");
    });
}

/// A window manager may refuse; then the window is where it was.
fn raise_window(window: &WebviewWindow) {
    let _ = window.unminimize();
    let _ = window.set_focus();
}
