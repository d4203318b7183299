//! The production ledger that a copy follows: how it is reached, how fresh the copy is, pulling, comparing.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use scrip_app::connection::Connection;
use scrip_app::following;
use scrip_app::{Workspace, keychain, workspace};
use scrip_production::sync::{From, Pull, Pulling};
use scrip_production::{Password, Trust};
use scrip_store::{Mode, SqliteStore};
use scrip_units::Instant;
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::State;
use tauri::ipc::Channel;

use crate::commands::workspace::{WorkspaceStatus, status_of};
use crate::desk::Desk;
use crate::edge::now;
use crate::failure::Failure;
use crate::task::{Progress, Task};

/// What a pull does before anything has come.
const ASKING: &str = "Asking production";

/// How a copy reaches its ledger. The password is not part of it.
#[derive(Debug, Serialize, Type)]
pub struct ProductionConnection {
    /// The ledger as people call it: `host:port/database`.
    pub place: String,
    /// The name by which it is read.
    pub user: String,
    /// The address.
    pub address: String,
    /// The file of the authority that signs its server's certificate; those of the system if absent.
    pub authority: Option<String>,
    /// Whether it is spoken to without TLS, on this machine.
    pub without_tls: bool,
    /// Whether the password is in the keychain of this system.
    pub keychain: bool,
}

impl std::convert::From<Connection> for ProductionConnection {
    fn from(connection: Connection) -> Self {
        let Connection { address, trust, keychain } = connection;
        Self {
            place: address.place().to_owned(),
            user: address.user().to_owned(),
            address: address.url().to_owned(),
            authority: match &trust {
                Trust::Authority(file) => Some(file.display().to_string()),
                Trust::System | Trust::LoopbackOnly => None,
            },
            without_tls: trust == Trust::LoopbackOnly,
            keychain,
        }
    }
}

/// Where a ledger is, as a person types it.
#[derive(Debug, Deserialize, Type)]
pub struct ProductionTarget {
    /// The address. A password in it is used and not kept.
    pub address: String,
    /// The file of the authority; those of the system if empty.
    pub authority: String,
    /// Whether to speak without TLS, on this machine.
    pub without_tls: bool,
}

impl ProductionTarget {
    fn read(&self) -> Result<(Connection, Option<Password>), Failure> {
        let authority = self.authority.trim();
        let trust = match (self.without_tls, authority) {
            (true, _) => Trust::LoopbackOnly,
            (false, "") => Trust::System,
            (false, file) => Trust::Authority(PathBuf::from(file)),
        };
        Ok(Connection::of(&self.address, trust)?)
    }
}

/// How the line to production is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// The server answers.
    Connected,
    /// It has been asked for the first time.
    Connecting,
    /// It does not answer, or not so that it can be followed.
    Lost,
    /// A person has disconnected.
    Closed,
    /// It is not known how to reach it.
    Unknown,
}

/// The production ledger of a copy, and how fresh the copy is.
#[derive(Debug, Serialize, Type)]
pub struct ProductionState {
    /// The ledger that it is a copy of.
    pub ledger: String,
    /// How it is reached; none where that is not known.
    pub connection: Option<ProductionConnection>,
    /// How the line is.
    pub line: LineState,
    /// Why it is lost.
    pub failure: Option<Failure>,
    /// Seconds until the server is asked again by itself, after a failure that may pass.
    pub again_in: Option<u32>,
    /// Whether the window knows a password until it ends.
    pub knows_password: bool,
    /// Up to when everything that production recorded is here; none while the first pull has not come to
    /// its end.
    pub as_of: Option<String>,
    /// How many seconds ago that was.
    pub age: u32,
    /// Operations there that are not here, as far as is known.
    pub behind: String,
    /// How far the pull that is under way has come, where one is.
    pub pulling: Option<Progress>,
    /// Pulls by themselves that have brought something since the workspace was opened.
    pub brought: u32,
}

/// How the open workspace reaches the production ledger that it follows; none where that is not known.
///
/// # Errors
/// When what is kept about it cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn production_connection(
    desk: State<'_, Desk>,
) -> Result<Option<ProductionConnection>, Failure> {
    let books = desk.books().await?;
    Ok(Connection::read(books.root())?.map(ProductionConnection::from))
}

/// How the line to production is and how fresh the open copy; none where the workspace is no copy. It answers
/// at once; where it is time to, the server is asked meanwhile, and what is new is pulled.
///
/// # Errors
/// When the copy cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn production_state(desk: State<'_, Desk>) -> Result<Option<ProductionState>, Failure> {
    let books = desk.books().await?;
    let Some(ledger) = following::followed(&books).await? else { return Ok(None) };
    let pulled_at = following::pulled_at(&books).await?;
    let (connection, unreadable) = match Connection::read(books.root()) {
        Ok(connection) => (connection, None),
        Err(error) => (None, Some(Failure::from(error))),
    };
    let line = desk.line.look(&books, connection.as_ref());
    let as_of = line.seen.max(pulled_at);
    let since = as_of.unwrap_or(Instant::MIN);
    let age = now()?.micros().saturating_sub(since.micros()).max(0) / 1_000_000;
    let state = match (&connection, line.is_closed) {
        (None, _) => LineState::Unknown,
        (_, true) => LineState::Closed,
        _ if line.failure.is_some() => LineState::Lost,
        _ if line.is_connected => LineState::Connected,
        _ => LineState::Connecting,
    };
    Ok(Some(ProductionState {
        ledger,
        connection: connection.map(ProductionConnection::from),
        line: state,
        failure: line.failure.or(unreadable),
        again_in: line.wait.map(|wait| u32::try_from(wait.as_secs()).unwrap_or(u32::MAX)),
        knows_password: desk.line.password(books.root()).is_some(),
        as_of: as_of.map(|at| at.to_string()),
        age: u32::try_from(age).unwrap_or(u32::MAX),
        behind: line.behind.to_string(),
        pulling: line.pulling.map(|at| Progress::of(how_far(at))),
        brought: line.brought,
    }))
}

/// Whether this machine has a keychain.
#[tauri::command]
#[specta::specta]
pub async fn keychain_is_there() -> bool {
    keychain::is_there().await
}

/// Connects the open copy to its production ledger: where that was known to be, or at another address of it.
/// The password is used until the program ends, and put into the keychain where that is wanted; that of an
/// address of before is taken out. Answers why either could not be, if so.
///
/// # Errors
/// `NotConnected`, `PasswordNeeded`, `Offline`, `Untrusted`, `Conflict` for another company's ledger; nothing
/// is kept then.
#[tauri::command]
#[specta::specta]
pub async fn connect_production(
    desk: State<'_, Desk>,
    target: Option<ProductionTarget>,
    password: Option<String>,
    remember: bool,
) -> Result<Option<Failure>, Failure> {
    let books = desk.books().await?;
    let root = books.root();
    let (mut connection, in_address) = match &target {
        Some(target) => {
            let (connection, in_address) = target.read()?;
            (connection.with_kept_password(root), in_address)
        }
        None => (Connection::read(root)?.ok_or_else(Failure::not_connected)?, None),
    };
    let given = given(password).or(in_address);
    let greeted = following::greet(&connection.reach(given.clone()).await, Some(&books)).await;
    greeted.map_err(|error| Failure::from(error).while_connecting())?;
    let left = match target {
        Some(_) => connection.take_over(root).await?.map(Failure::not_forgotten),
        None => None,
    };
    desk.line.open(root, given.clone());
    let not_remembered = match given {
        Some(password) if remember => {
            connection.remember_password(root, &password).await.err().map(Failure::from)
        }
        _ => None,
    };
    Ok(not_remembered.or(left))
}

fn given(password: Option<String>) -> Option<Password> {
    password.filter(|password| !password.is_empty()).map(Password::new)
}

/// Asks the production ledger nothing more until somebody connects again. With `forget` it is forgotten how
/// it is reached, and its password in the keychain; the copy stays.
///
/// # Errors
/// When what is kept about it cannot be removed.
#[tauri::command]
#[specta::specta]
pub async fn disconnect_production(desk: State<'_, Desk>, forget: bool) -> Result<(), Failure> {
    let books = desk.books().await?;
    desk.line.close(books.root());
    if forget {
        Connection::forget(books.root()).await.map_err(Failure::not_forgotten)?;
    }
    Ok(())
}

/// Takes the password of the production ledger out of the keychain. The window knows it until it ends.
///
/// # Errors
/// When the keychain cannot be used; the password is in it still.
#[tauri::command]
#[specta::specta]
pub async fn forget_production_password(desk: State<'_, Desk>) -> Result<(), Failure> {
    let books = desk.books().await?;
    let mut connection = Connection::read(books.root())?.ok_or_else(Failure::not_connected)?;
    if desk.line.password(books.root()).is_none() {
        let known = connection.password(None).await.map_err(Failure::not_forgotten)?;
        desk.line.open(books.root(), known);
    }
    connection.forget_password(books.root()).await.map_err(Failure::not_forgotten)
}

/// What a pull brought.
#[derive(Debug, Serialize, Type)]
pub struct PulledNow {
    /// Operations.
    pub operations: String,
    /// Entries.
    pub entries: String,
}

/// Brings the open copy up to date now. From the start leaves out what is here: after production was moved.
///
/// # Errors
/// When the ledger cannot be reached or is not as it was; what was pulled before stays.
#[tauri::command]
#[specta::specta]
pub async fn pull_production(
    desk: State<'_, Desk>,
    from_the_start: bool,
    task: String,
    progress: Channel<Progress>,
) -> Result<PulledNow, Failure> {
    let (books, database, line) = (desk.books().await?, desk.database().await?, desk.line.clone());
    let from = if from_the_start { From::TheStart } else { From::WhereItEnded };
    let work = move |mut task: Task| async move {
        task.step(ASKING)?;
        let tell = &mut |at| tell(&mut task, at);
        let pulled = line.bring(&books, &database, from, tell).await?;
        let (operations, entries) = (pulled.operations.to_string(), pulled.entries.to_string());
        Ok(PulledNow { operations, entries })
    };
    desk.tasks.run(task, progress, work).await
}

fn tell(task: &mut Task, at: Pulling) -> ControlFlow<()> {
    let (step, done, total) = how_far(at);
    task.report(step, done, total)
}

/// How far a pull is, in the words of every screen.
fn how_far(at: Pulling) -> (&'static str, u64, Option<u64>) {
    match (at.total, at.files_total) {
        (0, 0) => (ASKING, 0, None),
        (total, 0) => ("Pulling operations", at.operations, Some(total)),
        (_, files) => ("Fetching files of usage", at.files, Some(files)),
    }
}

/// Follows a production ledger in a folder: makes a copy of it there, or goes on with one, and opens it.
///
/// # Errors
/// When the ledger cannot be reached, or the folder holds something else. What was pulled stays there.
#[tauri::command]
#[specta::specta]
pub async fn follow_production(
    desk: State<'_, Desk>,
    copy: NewCopy,
    task: String,
    progress: Channel<Progress>,
) -> Result<FollowedNow, Failure> {
    let NewCopy { target, folder, password, remember } = copy;
    let root = std::path::absolute(Path::new(folder.trim())).map_err(|e| Failure::input(&e))?;
    holds_nothing_else(&root)?;
    let (mut connection, in_address) = target.read()?;
    let given = given(password).or(in_address);
    let (place, database) = (root.clone(), connection.database(given.clone()));
    let mut kept = connection.clone();
    let work = move |mut task: Task| async move {
        task.step(ASKING)?;
        let tell = &mut |at| tell(&mut task, at);
        let done = following::pull(&place, &database, Pull::default(), now()?, tell).await;
        let mut left = None;
        // A copy that was begun and is not whole yet goes on with the same connection.
        if let Ok(copy) = Workspace::<SqliteStore>::open(&place, Mode::ReadOnly).await {
            left = kept.keep(&copy).await?.map(Failure::not_forgotten);
            copy.close().await?;
        }
        done?.0.close().await?;
        Ok(left)
    };
    let was_there = root.join(workspace::LEDGER_FILE).exists();
    let done = desk.tasks.run(task, progress, work).await;
    let is_there = root.join(workspace::LEDGER_FILE).exists();
    let left = done.map_err(|failure| match was_there || is_there {
        true => failure.of_a_copy_begun(),
        false => failure.before_a_copy(),
    })?;
    let books = desk.open(&root).await?;
    desk.line.open(&root, given.clone());
    let not_remembered = match given {
        Some(password) if remember => {
            connection.remember_password(&root, &password).await.err().map(Failure::from)
        }
        _ => None,
    };
    let not_remembered = not_remembered.or(left);
    Ok(FollowedNow { status: status_of(&books).await?, not_remembered })
}

/// A copy that is to be made.
#[derive(Debug, Deserialize, Type)]
pub struct NewCopy {
    /// The ledger.
    pub target: ProductionTarget,
    /// Where the copy will be.
    pub folder: String,
    /// The password, where one is needed.
    pub password: Option<String>,
    /// Whether it is put into the keychain.
    pub remember: bool,
}

/// A copy that was made.
#[derive(Debug, Serialize, Type)]
pub struct FollowedNow {
    /// How it stands.
    pub status: WorkspaceStatus,
    /// Why the password is not in the keychain, where it was to be.
    pub not_remembered: Option<Failure>,
}

/// A folder with other things in it is no place for a copy.
fn holds_nothing_else(root: &Path) -> Result<(), Failure> {
    let is_copy = root.join(workspace::LEDGER_FILE).exists();
    let is_empty = std::fs::read_dir(root).map_or(true, |mut inside| inside.next().is_none());
    match is_copy || is_empty {
        true => Ok(()),
        false => Err(Failure::input(&format!(
            "{} holds other things; choose an empty folder, or a new one",
            root.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pull_is_not_done_while_files_of_usage_come() {
        let of = |operations, files, files_total| {
            let (total, entries) = (operations, 0);
            Progress::of(how_far(Pulling { operations, entries, total, files, files_total }))
        };
        let words = |at: &Progress| (at.step.clone(), at.done.clone(), at.total.clone());
        let (one, all) = (of(0, 0, 0), of(40, 0, 0));
        assert_eq!(words(&one), (ASKING.to_owned(), "0".to_owned(), None));
        let total = Some("40".to_owned());
        assert_eq!(words(&all), ("Pulling operations".to_owned(), "40".to_owned(), total));
        for files in [of(40, 3, 12), of(0, 3, 12)] {
            let total = Some("12".to_owned());
            assert_eq!(
                words(&files),
                ("Fetching files of usage".to_owned(), "3".to_owned(), total)
            );
            assert_eq!(files.permille, Some(250));
        }
    }
}
