//! Pushing the outbox: what waits is done at production, item by item, and then pulled.

use std::ops::ControlFlow;

use scrip_app::AppError;
use scrip_app::operate::Mode;
use scrip_app::outbox::{self, Pushing};
use scrip_app::workspace::Database;
use scrip_production::sync::From;
use serde::Serialize;
use specta::Type;
use tauri::State;
use tauri::ipc::Channel;

use crate::commands::acts::ActEntry;
use crate::desk::{Books, Desk};
use crate::edge::edge;
use crate::failure::{Failure, FailureCode};
use crate::line::Line;
use crate::task::{Progress, Task};

/// An item that production has now.
#[derive(Debug, Serialize, Type)]
pub struct PushedItem {
    /// Its number.
    pub number: String,
    /// The entries that it caused there.
    pub entries: Vec<ActEntry>,
}

/// The item that a push ended at.
#[derive(Debug, Serialize, Type)]
pub struct PushStop {
    /// Its number.
    pub number: String,
    /// Why.
    pub why: String,
    /// Whether somebody has to look at it first; otherwise it was the connection or a disk.
    pub is_kept_back: bool,
}

/// What a push did.
#[derive(Debug, Serialize, Type)]
pub struct Pushed {
    /// The production ledger.
    pub ledger: String,
    /// What is done there.
    pub pushed: Vec<PushedItem>,
    /// How many items still wait.
    pub waiting: String,
    /// The item that it ended at, where it ended before the last one.
    pub stopped: Option<PushStop>,
    /// Whether a person stopped it.
    pub was_cancelled: bool,
    /// Why what is done there is not in the copy yet, where it is not.
    pub not_pulled: Option<String>,
}

/// Does at production what waits in the outbox, in its order, until one item is refused, and brings the copy
/// up to date. One push runs at a time, of this program or another.
///
/// # Errors
/// When there is no connection, or production is not as it was when it was pulled last; every item is then as
/// it was.
#[tauri::command]
#[specta::specta]
pub async fn push_outbox(
    desk: State<'_, Desk>,
    task: String,
    progress: Channel<Progress>,
) -> Result<Pushed, Failure> {
    let (books, database, edge) = (desk.books().await?, desk.database().await?, edge()?);
    let line = desk.line.clone();
    let work = move |mut task: Task| async move {
        let mut tell = |at: Pushing| task.report("Doing at production", at.done, Some(at.total));
        let pushed = outbox::push(&books, &database, &edge, Mode::Commit, &mut tell).await;
        let (view, stopped) = pushed.map_err(|error| Failure::from(error).before_a_push())?;
        task.announce("Bringing the copy up to date");
        let stop = view.stopped.map(|stop| PushStop {
            number: stop.number.to_string(),
            why: stop.why,
            is_kept_back: stop.is_kept_back,
        });
        let pushed = view.pushed.into_iter().map(|one| {
            let entries = one.operations.into_iter().flat_map(|operation| operation.entries);
            let entries = entries.map(ActEntry::from).collect();
            PushedItem { number: one.number.to_string(), entries }
        });
        Ok(Pushed {
            ledger: view.ledger,
            pushed: pushed.collect(),
            waiting: view.waiting.to_string(),
            stopped: stop,
            was_cancelled: matches!(stopped, Some(AppError::Cancelled)),
            not_pulled: pull(&books, &database, &line).await,
        })
    };
    desk.tasks.run(task, progress, work).await
}

/// Pulls once, and says why that failed, if so. A pull of another program brings the same.
async fn pull(books: &Books, database: &Database, line: &Line) -> Option<String> {
    let go_on = &mut |_| ControlFlow::Continue(());
    match line.bring(books, database, From::WhereItEnded, go_on).await {
        Err(failure) if failure.code != FailureCode::Busy => Some(failure.what),
        Ok(_) | Err(_) => None,
    }
}
