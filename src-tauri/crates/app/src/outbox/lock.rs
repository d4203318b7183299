//! Who may change what waits, and which numbers are taken.
//!
//! `lock` in the folder of the outbox is held around each change of an item, by whoever queues, decides
//! again, gives up or pushes, for no longer than files take to be read and written; others wait for it.
//!
//! Sending an item takes as long as production takes, which may be minutes. So a push holds `push.lock` while
//! it lasts, and keeps the number of the item that it is just sending in `sending`: whoever wants to change
//! that one is refused at once. Every other item may be changed meanwhile, and the push reads each under the
//! lock when its turn comes. Both locks end with the program that holds them, however it ends.
//!
//! `last` is the last number that was taken. It outlives the items, so that a number never comes to be
//! another's.

use std::path::{Path, PathBuf};

use scrip_store::LedgerStore;
use scrip_usage::FileLock;

use super::OutboxError;
use super::item::{Item, OUTBOX_FOLDER, item, numbers, path, text};
use crate::error::AppError;
use crate::files;
use crate::workspace::Workspace;

/// Held around each change of an item.
const LOCK_FILE: &str = "lock";
/// Held while the outbox is pushed.
const PUSH_LOCK_FILE: &str = "push.lock";
/// The number of the item that is being sent, while the outbox is pushed.
const SENDING_FILE: &str = "sending";
/// The last number that was taken.
const LAST_FILE: &str = "last";

/// The outbox, while nobody else changes it. Who has it waits for nothing but files, and does not take it
/// again.
pub(super) struct Held {
    folder: PathBuf,
    _lock: FileLock,
}

fn folder<S: LedgerStore>(workspace: &Workspace<S>) -> PathBuf {
    workspace.root().join(OUTBOX_FOLDER)
}

/// The number in a file; none where there is no file.
fn number_in(path: &Path) -> Result<Option<u64>, AppError> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(AppError::file(path)(error)),
        Ok(text) => match text.trim().parse() {
            Ok(number) => Ok(Some(number)),
            Err(error) => Err(AppError::stored(format!("number {}", path.display()), error)),
        },
    }
}

impl Held {
    /// Takes the outbox, after whoever has it.
    pub(super) fn take<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Self, AppError> {
        let folder = folder(workspace);
        std::fs::create_dir_all(&folder).map_err(AppError::file(&folder))?;
        let path = folder.join(LOCK_FILE);
        let lock = FileLock::wait(&path).map_err(AppError::file(&path))?;
        Ok(Self { folder, _lock: lock })
    }

    /// That an item may be changed: nobody is sending it.
    pub(super) fn is_free(&self, number: u64) -> Result<(), AppError> {
        if number_in(&self.folder.join(SENDING_FILE))? != Some(number) {
            return Ok(());
        }
        // A push that was broken off has left its number, but not its lock.
        let path = self.folder.join(PUSH_LOCK_FILE);
        match FileLock::take(&path).map_err(AppError::file(&path))? {
            Some(_) => Ok(()),
            None => Err(OutboxError::BeingSent { number }.into()),
        }
    }

    /// Puts a new item behind all that there ever were, and gives it its number.
    pub(super) fn add<S: LedgerStore>(
        &self,
        workspace: &Workspace<S>,
        item: &mut Item,
    ) -> Result<(), AppError> {
        // An outbox of before has only its files.
        let there = numbers(workspace)?.last().copied();
        let last = number_in(&self.folder.join(LAST_FILE))?.max(there).unwrap_or(0);
        item.number = last.saturating_add(1);
        let (path, text) = (path(workspace, item.number), text(item)?);
        self.used(item.number)?;
        files::create(&path, &text).map_err(AppError::file(&path))
    }

    /// Puts items in the places of what they were, all of them or none.
    pub(super) fn write<S: LedgerStore>(
        &self,
        workspace: &Workspace<S>,
        items: &[&Item],
    ) -> Result<(), AppError> {
        let written = items.iter().map(|item| Ok((path(workspace, item.number), text(item)?)));
        let written = written.collect::<Result<Vec<_>, AppError>>()?;
        let files: Vec<_> = written.iter().map(|(path, text)| (&**path, &**text)).collect();
        files::replace_all(&files).map_err(AppError::file(&self.folder))
    }

    /// Takes an item away: it is done, or given up.
    pub(super) fn remove<S: LedgerStore>(
        &self,
        workspace: &Workspace<S>,
        number: u64,
    ) -> Result<(), AppError> {
        let path = path(workspace, number);
        self.used(number)?;
        files::remove(&path).map_err(AppError::file(&path))
    }

    /// Keeps in mind that a number is taken, before its item is there or after that is gone.
    fn used(&self, number: u64) -> Result<(), AppError> {
        let path = self.folder.join(LAST_FILE);
        if number_in(&path)?.is_some_and(|last| last >= number) {
            return Ok(());
        }
        files::replace(&path, format!("{number}\n").as_bytes()).map_err(AppError::file(&path))
    }
}

/// A push of the outbox, while no other can begin.
pub(super) struct Sending<'a, S> {
    copy: &'a Workspace<S>,
    _lock: FileLock,
}

impl<'a, S: LedgerStore> Sending<'a, S> {
    /// Begins to push, unless somebody does.
    pub(super) fn begin(copy: &'a Workspace<S>) -> Result<Self, AppError> {
        let held = Held::take(copy)?;
        let path = held.folder.join(PUSH_LOCK_FILE);
        let lock = FileLock::take(&path).map_err(AppError::file(&path))?;
        let sending = Self { copy, _lock: lock.ok_or(OutboxError::Pushing)? };
        sending.is_over(&held);
        Ok(sending)
    }

    /// Takes an item, as it stands now, to send it: it is nobody else's until it is taken away or put back.
    /// None where it is gone.
    pub(super) fn take(&self, number: u64) -> Result<Option<Item>, AppError> {
        let held = Held::take(self.copy)?;
        let item = match item(self.copy, number) {
            Err(AppError::Outbox(OutboxError::Unknown { .. })) => return Ok(None),
            other => other?,
        };
        let path = held.folder.join(SENDING_FILE);
        std::fs::write(&path, format!("{number}\n")).map_err(AppError::file(&path))?;
        Ok(Some(item))
    }

    /// Takes away the item that was sent.
    pub(super) fn done(&self, number: u64) -> Result<(), AppError> {
        let held = Held::take(self.copy)?;
        held.remove(self.copy, number)?;
        self.is_over(&held);
        Ok(())
    }

    /// Puts back the item that was not done, with what is to be kept with it.
    pub(super) fn put_back(&self, item: &Item) -> Result<(), AppError> {
        let held = Held::take(self.copy)?;
        self.is_over(&held);
        // Whoever has removed the file itself has given the item up.
        match path(self.copy, item.number).exists() {
            true => held.write(self.copy, &[item]),
            false => Ok(()),
        }
    }

    /// Nothing is being sent. A number that stays counts no longer than the push.
    fn is_over(&self, held: &Held) {
        let _ = std::fs::remove_file(held.folder.join(SENDING_FILE));
    }
}
