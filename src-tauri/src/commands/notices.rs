//! What the desktop tells while the window is not looked at: alerts, and the end of long work.

use scrip_app::burning;
use tauri::{AppHandle, State};

use crate::commands::parse;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::notices;

/// Tells of the alerts that were raised beyond the operations that the window knew of.
///
/// # Errors
/// When the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn tell_alerts(
    app: AppHandle,
    desk: State<'_, Desk>,
    operations: String,
) -> Result<(), Failure> {
    let alerts = burning::alerts_after(&desk.books().await?, parse(&operations)?).await?;
    let text = |alert: &scrip_app::view::AlertView| {
        format!("{} {}: {}", alert.customer, alert.wallet, alert.code.replace('_', " "))
    };
    match alerts.as_slice() {
        [] => {}
        [one] => notices::show(&app, "An alert was raised", &text(one)),
        [first, rest @ ..] => {
            let title = format!("{} alerts were raised", alerts.len());
            notices::show(&app, &title, &format!("{}, and {} more", text(first), rest.len()));
        }
    }
    Ok(())
}

/// Tells that long work has ended: well, or with what happened instead.
#[tauri::command]
#[specta::specta]
pub fn tell_end(app: AppHandle, work: String, failure: Option<String>) {
    match failure {
        None => notices::show(&app, &work, "It is done."),
        Some(failure) => notices::show(&app, &work, &failure),
    }
}
