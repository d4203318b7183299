//! The line to the production ledger that the open workspace follows: asked again and again whether there is
//! anything new, which is then pulled, without anybody waiting for it.
//!
//! One round runs at a time. A server that does not answer is asked less and less often, up to a minute; one
//! that lets nobody in is not asked again before a person has given it another password.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use scrip_app::connection::Connection;
use scrip_app::following;
use scrip_app::workspace::Database;
use scrip_production::sync::{From, Pull, Pulled, Pulling, Tell};
use scrip_production::{Password, PostgresStore};

use crate::desk::Books;
use crate::edge::now;
use crate::failure::{Failure, FailureCode};

/// The server is asked this often while it answers.
const EVERY: Duration = Duration::from_secs(3);
/// The usage archive grows without an operation, so everything is looked at this often.
const WHOLE: Duration = Duration::from_secs(60);
/// The first wait after a failure; every further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(4);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How long one question waits for its answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known of the line.
#[derive(Debug, Default)]
struct Known {
    /// The workspace that it is about.
    folder: PathBuf,
    /// How often a person has opened or closed the line: what was asked before counts no more.
    turn: u32,
    /// The password of this session.
    password: Option<Password>,
    /// Whether a person has closed the line.
    is_closed: bool,
    /// The server, while it answers, and how it was reached: so long the keychain is not asked again.
    reached: Option<(PostgresStore, Database)>,
    /// When the last round ended.
    asked: Option<Instant>,
    /// When everything was pulled last.
    pulled: Option<Instant>,
    /// Rounds that failed since the last one that did not.
    failures: u32,
    failure: Option<Failure>,
    is_asking: bool,
    pulling: Option<Pulling>,
    /// The moment whose operations are all here.
    seen: Option<scrip_units::Instant>,
    /// Operations there that are not here.
    behind: u64,
    /// Pulls of this session that brought something.
    brought: u32,
}

/// What a screen is told of the line.
#[derive(Debug, Clone)]
pub(crate) struct LineView {
    pub(crate) is_closed: bool,
    pub(crate) is_connected: bool,
    pub(crate) failure: Option<Failure>,
    pub(crate) pulling: Option<Pulling>,
    pub(crate) seen: Option<scrip_units::Instant>,
    pub(crate) behind: u64,
    pub(crate) brought: u32,
    /// How long until the server is asked again after a failure.
    pub(crate) wait: Option<Duration>,
}

/// The line; a handle that is cheap to clone.
#[derive(Debug, Default, Clone)]
pub(crate) struct Line {
    known: Arc<Mutex<Known>>,
    /// Held by whoever pulls.
    alone: Arc<tokio::sync::Mutex<()>>,
}

impl Line {
    fn known(&self, folder: &Path) -> MutexGuard<'_, Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.folder != folder {
            // What was known was about another workspace.
            let turn = known.turn.wrapping_add(1);
            *known = Known { folder: folder.to_owned(), turn, ..Known::default() };
        }
        known
    }

    /// What is known, for work that began in a turn: none where another workspace is open, or somebody has
    /// opened or closed the line since.
    fn still(&self, folder: &Path, turn: u32) -> Option<MutexGuard<'_, Known>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        (known.folder == folder && known.turn == turn).then_some(known)
    }

    /// The password of this session.
    pub(crate) fn password(&self, folder: &Path) -> Option<Password> {
        self.known(folder).password.clone()
    }

    /// Whether a person has closed the line.
    pub(crate) fn is_closed(&self, folder: &Path) -> bool {
        self.known(folder).is_closed
    }

    /// Begins anew, with this password.
    pub(crate) fn open(&self, folder: &Path, password: Option<Password>) {
        let mut known = self.known(folder);
        let (seen, brought, turn) = (known.seen, known.brought, known.turn.wrapping_add(1));
        let folder = folder.to_owned();
        *known = Known { folder, turn, password, seen, brought, ..Known::default() };
    }

    /// Asks nothing more, and forgets the password of this session.
    pub(crate) fn close(&self, folder: &Path) {
        self.open(folder, None);
        self.known(folder).is_closed = true;
    }

    /// Keeps every other pull of this program out until the guard is dropped.
    pub(crate) async fn alone(&self) -> tokio::sync::OwnedMutexGuard<()> {
        Arc::clone(&self.alone).lock_owned().await
    }

    /// Brings the open copy up to date, after whoever of this program does so now, and keeps in mind what
    /// came: the screens learn of it, whoever pulled.
    ///
    /// # Errors
    /// As [`following::pull`].
    pub(crate) async fn bring(
        &self,
        books: &Books,
        database: &Database,
        from: From,
        tell: &mut Tell<'_>,
    ) -> Result<Pulled, Failure> {
        let _alone = self.alone().await;
        let began = now()?;
        let how = Pull { from, ..Pull::default() };
        let (copy, view) = following::pull(books.root(), database, how, began, tell).await?;
        // What was committed is safe whether or not the file can be folded up.
        let _ = copy.close().await;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.folder == books.root() {
            known_pulled(known, began, &view.pulled);
        }
        Ok(view.pulled)
    }

    /// What is known, at once. Where it is time to, a round begins, of which the next look will know.
    pub(crate) fn look(&self, books: &Books, connection: Option<&Connection>) -> LineView {
        let mut known = self.known(books.root());
        if let Some(connection) = connection
            && known.is_due()
        {
            known.is_asking = true;
            let (line, books, connection) = (self.clone(), books.clone(), connection.clone());
            let (given, turn) = (known.password.clone(), known.turn);
            let runtime = tokio::runtime::Handle::current();
            // A pull is made on the thread that runs it.
            tokio::task::spawn_blocking(move || {
                runtime.block_on(line.round(&books, &connection, (given, turn)));
            });
        }
        LineView {
            is_closed: known.is_closed,
            is_connected: known.reached.is_some() && known.failure.is_none(),
            failure: known.failure.clone(),
            pulling: known.pulling,
            seen: known.seen,
            behind: known.behind,
            brought: known.brought,
            wait: known.left(),
        }
    }

    /// Asks once, and pulls where there is something new.
    async fn round(
        &self,
        books: &Books,
        connection: &Connection,
        (given, turn): (Option<Password>, u32),
    ) {
        let outcome = self.ask(books, connection, (given, turn)).await;
        let Some(mut known) = self.still(books.root(), turn) else { return };
        known.is_asking = false;
        known.pulling = None;
        known.asked = Some(Instant::now());
        match outcome {
            Ok(()) => (known.failures, known.failure) = (0, None),
            // Another program brings what is new; the next look finds it.
            Err(failure) if failure.code == FailureCode::Busy => {}
            Err(failure) => {
                known.failures = known.failures.saturating_add(1);
                known.failure = Some(failure);
                known.reached = None;
            }
        }
    }

    async fn ask(
        &self,
        books: &Books,
        connection: &Connection,
        (given, turn): (Option<Password>, u32),
    ) -> Result<(), Failure> {
        let root = books.root();
        let began = now()?;
        let Some(kept) = self.still(root, turn).map(|known| known.reached.clone()) else {
            return Ok(());
        };
        let (ledger, database) = match kept {
            Some(reached) => reached,
            None => {
                let mut database = connection.reach(given).await;
                database.options.patience = PATIENCE;
                database.options.connections = 2;
                (following::open(&database).await?, database)
            }
        };
        let news = following::news(books, &ledger).await?;
        {
            let Some(mut known) = self.still(root, turn) else { return Ok(()) };
            known.password.clone_from(&database.options.password);
            known.reached = Some((ledger, database.clone()));
            known.behind = news.operations;
            if news.is_none() && known.pulled.is_some_and(|pulled| pulled.elapsed() < WHOLE) {
                known.seen = Some(began);
                return Ok(());
            }
        }
        let tell = &mut |at: Pulling| match self.still(root, turn) {
            Some(mut known) => {
                known.pulling = Some(at);
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        };
        match self.bring(books, &database, From::WhereItEnded, tell).await {
            Err(failure) if failure.code != FailureCode::Cancelled => Err(failure),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

/// Everything that was recorded up to a moment is here.
fn known_pulled(mut known: MutexGuard<'_, Known>, at: scrip_units::Instant, pulled: &Pulled) {
    // Books change without an operation too.
    let brought = pulled.operations > 0 || pulled.books > 0;
    known.seen = Some(at);
    known.pulled = Some(Instant::now());
    known.asked = known.pulled;
    (known.behind, known.failures, known.failure) = (0, 0, None);
    known.brought = known.brought.wrapping_add(u32::from(brought));
}

impl Known {
    /// Whether it is time for a round.
    fn is_due(&self) -> bool {
        let stands = self.failure.as_ref().is_some_and(|failure| stands(failure.code));
        let waited = self.asked.is_none_or(|asked| asked.elapsed() >= self.wait());
        !self.is_closed && !self.is_asking && !stands && waited
    }

    /// How long the next round waits after the last.
    fn wait(&self) -> Duration {
        match self.failures {
            0 => EVERY,
            failures => {
                let doubled = FIRST_WAIT.saturating_mul(1 << (failures - 1).min(8));
                doubled.min(LONGEST_WAIT)
            }
        }
    }

    /// How long until the next round, after a failure that may pass.
    fn left(&self) -> Option<Duration> {
        let failure = self.failure.as_ref()?;
        let asked = self.asked?;
        (!stands(failure.code)).then(|| self.wait().saturating_sub(asked.elapsed()))
    }
}

/// Whether a failure stays until a person does something: trying again would only lock somebody out.
fn stands(code: FailureCode) -> bool {
    matches!(code, FailureCode::PasswordNeeded | FailureCode::Conflict | FailureCode::Unsound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_does_not_answer_is_asked_less_and_less_often() {
        let waits: Vec<u64> = (0..8)
            .map(|failures| Known { failures, ..Known::default() }.wait().as_secs())
            .collect();
        assert_eq!(waits, [3, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn the_screens_are_told_of_a_pull_that_brings_books_alone() {
        let line = Line::default();
        let brought = |pulled: Pulled| {
            known_pulled(line.known(Path::new("/a")), scrip_units::Instant::MIN, &pulled);
            line.known(Path::new("/a")).brought
        };
        assert_eq!(brought(Pulled::default()), 0);
        assert_eq!(brought(Pulled { books: 1, ..Pulled::default() }), 1);
        assert_eq!(brought(Pulled { operations: 1, ..Pulled::default() }), 2);
    }

    #[test]
    fn a_line_that_waits_for_a_person_asks_nothing() {
        let failed = |code| {
            let failure = Failure { code, ..Failure::not_connected() };
            Known { failure: Some(failure), failures: 1, ..Known::default() }
        };
        assert!(Known::default().is_due() && failed(FailureCode::Offline).is_due());
        assert!(!failed(FailureCode::PasswordNeeded).is_due());
        assert!(!Known { is_closed: true, ..Known::default() }.is_due());
        assert!(!Known { is_asking: true, ..Known::default() }.is_due());
        let line = Line::default();
        line.open(Path::new("/a"), Some(Password::new("secret".to_owned())));
        assert!(!format!("{line:?}").contains("secret"));
        assert!(line.password(Path::new("/a")).is_some());
        // What was asked before a person did something counts no more, nor does what another workspace asked.
        let turn = line.known(Path::new("/a")).turn;
        assert!(line.still(Path::new("/a"), turn).is_some());
        assert!(line.still(Path::new("/b"), turn).is_none());
        assert!(line.password(Path::new("/a")).is_some());
        line.open(Path::new("/a"), Some(Password::new("other".to_owned())));
        assert!(line.still(Path::new("/a"), turn).is_none());
        assert!(line.password(Path::new("/b")).is_none());
        assert!(line.password(Path::new("/a")).is_none());
    }
}
