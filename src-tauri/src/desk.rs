//! What the window works on: the open workspace, the tasks under way, the settings.

use std::path::{Path, PathBuf};

use scrip_app::Workspace;
use scrip_app::connection::Connection;
use scrip_app::tie::{self, TieView};
use scrip_app::workspace::Database;
use scrip_store::{Mode, SqliteStore};
use tokio::sync::{Mutex, RwLock};

use crate::commands::cards::opened::OpenedSheets;
use crate::commands::previews::FinishedPreviews;
use crate::failure::Failure;
use crate::line::Line;
use crate::settings::SettingsFile;
use crate::task::Tasks;

/// The books of an open workspace; a handle that is cheap to clone.
pub type Books = Workspace<SqliteStore>;

/// What every command gets.
#[derive(Debug)]
pub struct Desk {
    open: RwLock<Option<Books>>,
    /// Long work under way.
    pub(crate) tasks: Tasks,
    /// Rate cards that were opened as sheets.
    pub(crate) sheets: OpenedSheets,
    /// Previews that were run or opened.
    pub(crate) previews: FinishedPreviews,
    /// Settings of the person at this machine.
    pub(crate) settings: SettingsFile,
    /// The workspace that the program was started with, until it is opened.
    start_with: Mutex<Option<PathBuf>>,
    /// Whether the books tie, as it was found last.
    tie: Mutex<Option<(PathBuf, TieView)>>,
    /// The line to the production ledger that the open workspace follows.
    pub(crate) line: Line,
}

impl Desk {
    /// A desk without a workspace.
    pub(crate) fn new(settings: SettingsFile, start_with: Option<PathBuf>) -> Self {
        Self {
            open: RwLock::new(None),
            tasks: Tasks::default(),
            sheets: OpenedSheets::default(),
            previews: FinishedPreviews::default(),
            settings,
            start_with: Mutex::new(start_with),
            tie: Mutex::new(None),
            line: Line::default(),
        }
    }

    /// Opens this workspace when the page asks next.
    pub(crate) async fn start_with(&self, folder: PathBuf) {
        *self.start_with.lock().await = Some(folder);
    }

    /// The books, which stay usable by whoever has them even when another workspace is opened.
    pub(crate) async fn books(&self) -> Result<Books, Failure> {
        self.open.read().await.clone().ok_or_else(Failure::no_workspace)
    }

    /// The books; at the first call those that the program was started with are opened.
    pub(crate) async fn books_or_first(&self) -> Result<Option<Books>, Failure> {
        if let Some(folder) = self.start_with.lock().await.take() {
            return self.open(&folder).await.map(Some);
        }
        Ok(self.open.read().await.clone())
    }

    /// Whether the books tie. What was found is kept until the ledger is another than `checkpoint`; who
    /// asks while it is being found waits for the same answer.
    pub(crate) async fn tie(&self, checkpoint: &str) -> Result<TieView, Failure> {
        let books = self.books().await?;
        let mut kept = self.tie.lock().await;
        if let Some((folder, found)) = &*kept
            && folder == books.root()
            && found.checkpoint == checkpoint
        {
            return Ok(found.clone());
        }
        let found = tie::tie(&books).await?;
        *kept = Some((books.root().to_owned(), found.clone()));
        Ok(found)
    }

    /// The production ledger that the open workspace follows, with the password of this session.
    ///
    /// # Errors
    /// `NotConnected` where the workspace does not know how to reach one. Whether a password is needed is
    /// known to the server alone: a use case that it does not let in fails with `PasswordNeeded`.
    pub(crate) async fn database(&self) -> Result<Database, Failure> {
        let books = self.books().await?;
        let connection = Connection::read(books.root())?.ok_or_else(Failure::not_connected)?;
        if self.line.is_closed(books.root()) {
            return Err(Failure::disconnected());
        }
        let given = self.line.password(books.root());
        Ok(connection.reach(given).await)
    }

    /// Opens the workspace in a folder in place of the one that is open, which stays open when that
    /// fails.
    pub(crate) async fn open(&self, folder: &Path) -> Result<Books, Failure> {
        let folder = std::path::absolute(folder).map_err(|e| Failure::input(&e))?;
        let books = Workspace::open(&folder, Mode::ReadWrite).await?;
        self.take(books.clone()).await;
        Ok(books)
    }

    /// Works on these books from now on.
    pub(crate) async fn take(&self, books: Books) {
        self.settings.remember(books.root());
        let before = self.open.write().await.replace(books);
        close(before).await;
    }

    /// Closes the workspace.
    pub(crate) async fn close(&self) {
        let before = self.open.write().await.take();
        close(before).await;
    }
}

/// What was committed is safe whether or not the file can be folded up, so a failure is no news.
async fn close(books: Option<Books>) {
    if let Some(books) = books {
        let _ = books.close().await;
    }
}
