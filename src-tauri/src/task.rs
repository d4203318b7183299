//! Long work: off the window's thread, with progress that the screen shows and a way to stop it.
//!
//! The screen makes an id, calls a command with it and a channel, and may call `cancel_task` with the
//! same id. The work asks [`Task::report`] as it goes along and ends itself when that says so, in the
//! place where it can: a use case that is stopped has changed nothing.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use specta::Type;
use tauri::ipc::Channel;

use crate::failure::Failure;

/// Reports closer together than this are not sent: nobody reads them.
const QUIET: Duration = Duration::from_millis(100);

/// How far a task is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Progress {
    /// What it is doing, in words.
    pub step: String,
    /// How many are done, as a whole number.
    pub done: String,
    /// Of how many, where that is known.
    pub total: Option<String>,
    /// Thousandths that are done, where the total is known.
    pub permille: Option<u16>,
    /// Seconds that are left at the pace so far, where that can be told.
    pub seconds_left: Option<u32>,
}

impl Progress {
    /// How far work is that was not begun here: nobody knows its pace.
    pub(crate) fn of((step, done, total): (&str, u64, Option<u64>)) -> Self {
        progress(step, done, total, Duration::ZERO)
    }
}

/// The tasks under way, by the ids that the screens gave them.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tasks(Arc<Mutex<HashMap<String, Arc<AtomicBool>>>>);

impl Tasks {
    /// Runs long work on a thread of its own and waits for its end.
    ///
    /// # Errors
    /// What the work fails with; a defect when it panics, or when the id is in use.
    pub(crate) async fn run<T, W, F>(
        &self,
        id: String,
        channel: Channel<Progress>,
        work: W,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
        W: FnOnce(Task) -> F + Send + 'static,
        F: Future<Output = Result<T, Failure>>,
    {
        let stop = Arc::new(AtomicBool::new(false));
        {
            let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if running.insert(id.clone(), Arc::clone(&stop)).is_some() {
                return Err(Failure::defect(format!("task {id} is under way already")));
            }
        }
        let task = Task { stop, channel, began: Instant::now(), step: None, told: None };
        let runtime = tokio::runtime::Handle::current();
        // The future is made on the thread that runs it, so it need not be `Send`.
        let done = tokio::task::spawn_blocking(move || runtime.block_on(work(task))).await;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        done.unwrap_or_else(|error| Err(Failure::defect(format!("task {id} broke off: {error}"))))
    }

    /// Asks a task to stop. One that has ended meanwhile is nothing to complain about.
    pub(crate) fn cancel(&self, id: &str) {
        if let Some(stop) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id) {
            stop.store(true, Ordering::Relaxed);
        }
    }
}

/// A task, as its work sees it.
pub(crate) struct Task {
    stop: Arc<AtomicBool>,
    channel: Channel<Progress>,
    began: Instant,
    step: Option<String>,
    told: Option<Instant>,
}

impl Task {
    /// Tells how far the work is, and learns whether to go on.
    pub(crate) fn report(&mut self, step: &str, done: u64, total: Option<u64>) -> ControlFlow<()> {
        let now = Instant::now();
        let is_new = self.step.as_deref() != Some(step);
        if is_new {
            self.step = Some(step.to_owned());
            self.began = now;
        }
        if is_new || self.told.is_none_or(|told| now.duration_since(told) >= QUIET) {
            self.told = Some(now);
            let progress = progress(step, done, total, now.duration_since(self.began));
            // The screen may be gone; the work goes on until somebody stops it.
            let _ = self.channel.send(progress);
        }
        if self.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// As [`Task::report`], for work that ends by an error.
    pub(crate) fn step(&mut self, step: &str) -> Result<(), Failure> {
        match self.report(step, 0, None) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(scrip_app::AppError::Cancelled.into()),
        }
    }

    /// Tells what the work does next, which it does whether or not it is to stop.
    pub(crate) fn announce(&mut self, step: &str) {
        let _ = self.report(step, 0, None);
    }

    /// Whether it is to stop.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn progress(step: &str, done: u64, total: Option<u64>, elapsed: Duration) -> Progress {
    let share = total.filter(|total| *total > 0).map(|total| {
        let permille = u128::from(done.min(total)) * 1000 / u128::from(total);
        u16::try_from(permille).unwrap_or(1000)
    });
    // A pace needs a while to be one.
    let seconds_left =
        total.filter(|_| done > 0 && elapsed >= Duration::from_secs(2)).map(|total| {
            let left =
                elapsed.as_millis() * u128::from(total.saturating_sub(done)) / u128::from(done);
            u32::try_from(left.div_ceil(1000)).unwrap_or(u32::MAX)
        });
    Progress {
        step: step.to_owned(),
        done: done.to_string(),
        total: total.map(|total| total.to_string()),
        permille: share,
        seconds_left,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel() -> (Channel<Progress>, Arc<Mutex<Vec<String>>>) {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hear = Arc::clone(&heard);
        let channel = Channel::new(move |body| {
            if let tauri::ipc::InvokeResponseBody::Json(json) = body {
                hear.lock().unwrap().push(json);
            }
            Ok(())
        });
        (channel, heard)
    }

    #[test]
    fn progress_tells_the_share_and_the_time_left() {
        let told = progress("Reading", 250, Some(1_000), Duration::from_secs(4));
        assert_eq!((told.permille, told.seconds_left), (Some(250), Some(12)));
        let told = progress("Reading", 250, None, Duration::from_secs(4));
        assert_eq!((told.permille, told.seconds_left), (None, None));
        let told = progress("Reading", 5, Some(0), Duration::from_secs(1));
        assert_eq!((told.permille, told.seconds_left), (None, None));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_task_reports_and_stops_when_it_is_cancelled() {
        let tasks = Tasks::default();
        let (channel, heard) = channel();
        let stopper = tasks.clone();
        let result: Result<(), Failure> = tasks
            .run("t1".to_owned(), channel, move |mut task| async move {
                for done in 0.. {
                    if task.report("Counting", done, Some(10)).is_break() {
                        return Err(scrip_app::AppError::Cancelled.into());
                    }
                    stopper.cancel("t1");
                }
                Ok(())
            })
            .await;
        assert_eq!(result.unwrap_err().code, crate::failure::FailureCode::Cancelled);
        assert!(heard.lock().unwrap()[0].contains("Counting"));
        assert!(tasks.0.lock().unwrap().is_empty());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn work_that_panics_is_a_defect_and_not_the_end_of_the_window() {
        let tasks = Tasks::default();
        let result: Result<(), Failure> =
            tasks.run("t2".to_owned(), channel().0, |_| async { panic!("of a test") }).await;
        assert_eq!(result.unwrap_err().code, crate::failure::FailureCode::Defect);
    }
}
