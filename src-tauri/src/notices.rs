//! Notices of the desktop: what came up while nobody looked at the window.
//!
//! Owns: when one is shown. Never while the window has the focus, and never when the person wants none.
//! Deliberately does not know: what an alert is, and whether work went well; who calls says it in words.

use tauri::{AppHandle, Manager};
#[cfg(not(target_os = "linux"))]
use tauri_plugin_notification::NotificationExt;

use crate::desk::Desk;
use crate::settings::NoticesSetting;
use crate::window::MAIN;

/// Shows a notice, unless somebody looks at the window or wants none. A desktop that has no place for
/// notices is no failure: what they tell stands in the window too.
pub(crate) fn show(app: &AppHandle, title: &str, text: &str) {
    let wanted = app.state::<Desk>().settings.settings().notices;
    let focused = app.get_webview_window(MAIN).is_none_or(|w| w.is_focused().unwrap_or(true));
    if is_due(wanted, focused) {
        tell(app, title, text);
    }
}

/// Under the name of the program; the plugin would give that of its file.
#[cfg(target_os = "linux")]
fn tell(app: &AppHandle, title: &str, text: &str) {
    let name = app.config().product_name.clone().unwrap_or_default();
    let mut notice = notify_rust::Notification::new();
    notice.appname(&name).summary(title).body(text).icon("scrip-desktop");
    notice.hint(notify_rust::Hint::DesktopEntry(name));
    tauri::async_runtime::spawn(async move {
        let _ = notice.show();
    });
}

#[cfg(not(target_os = "linux"))]
fn tell(app: &AppHandle, title: &str, text: &str) {
    let _ = app.notification().builder().title(title).body(text).show();
}

fn is_due(wanted: NoticesSetting, focused: bool) -> bool {
    wanted == NoticesSetting::Away && !focused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_due_only_while_nobody_looks_and_somebody_wants_it() {
        assert!(is_due(NoticesSetting::Away, false));
        assert!(!is_due(NoticesSetting::Away, true));
        assert!(!is_due(NoticesSetting::Never, false));
    }
}
