//! Working files beside the ledger: written whole beside their place, made durable, and then put there, so
//! that whoever reads one reads all of it, also after a crash. Whoever writes has a half of their own: two
//! who write the same at once do not get into each other's.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// The ending of a file that is being written.
const HALF: &str = "half";
/// Nobody writes a file for so long: a half of that age was left by a program that ended in the middle.
const LEFT_FOR: Duration = Duration::from_hours(24);

/// A file that is being written beside its place. Unless it is moved there, it is removed when it is dropped.
struct Half(Option<PathBuf>);

impl Half {
    fn write(path: &Path, bytes: &[u8]) -> std::io::Result<Self> {
        let folder = path.parent().unwrap_or(Path::new(""));
        std::fs::create_dir_all(folder)?;
        let (half, mut file) = Self::make(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        if let Ok(now) = file.metadata().and_then(|half| half.modified()) {
            sweep(folder, now);
        }
        Ok(half)
    }

    fn path(&self) -> &Path {
        self.0.as_deref().unwrap_or(Path::new(""))
    }

    fn move_to(&mut self, path: &Path) -> std::io::Result<()> {
        std::fs::rename(self.path(), path)?;
        self.0 = None;
        Ok(())
    }

    /// Makes one that is nobody else's.
    fn make(path: &Path) -> std::io::Result<(Self, File)> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        loop {
            // A program of the same number may have left one, or be on another machine.
            let (program, count) = (std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
            let half = path.with_extension(format!("{program}-{count}.{HALF}"));
            match OpenOptions::new().write(true).create_new(true).open(&half) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => return made.map(|file| (Self(Some(half)), file)),
            }
        }
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        if let Some(half) = &self.0 {
            // One that stays is no file of anybody, and is swept later.
            let _ = std::fs::remove_file(half);
        }
    }
}

/// Removes the halves in a folder that nobody can be writing any more. Now is when the file system wrote
/// last, by its own clock.
fn sweep(folder: &Path, now: SystemTime) {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let is_half = |path: &Path| {
        let stem =
            path.file_stem().map(Path::new).filter(|_| path.extension() == Some(HALF.as_ref()));
        let who = stem.and_then(|stem| stem.extension()?.to_str()?.split_once('-'));
        who.is_some_and(|(program, count)| is_number(program) && is_number(count))
    };
    let found = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    for half in found.filter(|found| is_half(&found.path())) {
        let written = half.metadata().and_then(|half| half.modified());
        let age = written.ok().and_then(|written| now.duration_since(written).ok());
        if age.is_some_and(|age| age > LEFT_FOR) {
            // Somebody else may have been faster.
            let _ = std::fs::remove_file(half.path());
        }
    }
}

/// Makes the names in a folder durable, where the system can.
fn sync_folder_of(path: &Path) {
    // Windows opens no folder; its file system keeps names by itself.
    if let Some(Ok(folder)) = path.parent().map(File::open) {
        let _ = folder.sync_all();
    }
}

/// Puts a file in the place of the one that is there, if one is.
///
/// # Errors
/// The operating system's; then the old file is still there.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    replace_all(&[(path, bytes)])
}

/// The same for several files of a folder: none is put in its place before all of them are written.
///
/// # Errors
/// The operating system's. Where one cannot be written, all old files are still there; should one that is
/// written not be moved to its place, those before it are in theirs.
pub(crate) fn replace_all(files: &[(&Path, &[u8])]) -> std::io::Result<()> {
    let halves = files.iter().map(|(path, bytes)| Half::write(path, bytes));
    let mut halves: Vec<_> = halves.collect::<Result<_, _>>()?;
    for (half, (path, _)) in halves.iter_mut().zip(files) {
        half.move_to(path)?;
        sync_folder_of(path);
    }
    Ok(())
}

/// Puts a file where none is.
///
/// # Errors
/// [`ErrorKind::AlreadyExists`] when there is one, and it stays as it is; the operating system's.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let half = Half::write(path, bytes)?;
    // A link does not replace.
    std::fs::hard_link(half.path(), path)?;
    sync_folder_of(path);
    Ok(())
}

/// Takes a file away for good. One that is gone already is no error.
///
/// # Errors
/// The operating system's.
pub(crate) fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => {
            sync_folder_of(path);
            other
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Barrier;

    use super::*;

    /// As many as a busy desk has programs, and more.
    const WRITERS: usize = 12;
    const ROUNDS: usize = 8;

    /// Lets everybody write at once, and says what each did.
    fn at_once<T: Send>(write: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let ready = Barrier::new(WRITERS);
        std::thread::scope(|scope| {
            let writers = (0..WRITERS).map(|writer| {
                let (write, ready) = (&write, &ready);
                scope.spawn(move || {
                    ready.wait();
                    write(writer)
                })
            });
            let writers: Vec<_> = writers.collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        })
    }

    #[test]
    fn whoever_creates_finds_their_own_bytes_in_their_own_file() {
        let folder = tempfile::tempdir().unwrap();
        let place = |number: usize| folder.path().join(format!("{number:06}.json"));
        let mut written = BTreeMap::new();
        for round in 0..ROUNDS {
            // Everybody wants the same number, and takes the next one that is free.
            written.extend(at_once(|writer| {
                let bytes = format!("{writer} {round}").repeat(50);
                let mut number = written.len();
                while let Err(error) = create(&place(number), bytes.as_bytes()) {
                    assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
                    number += 1;
                }
                (number, bytes)
            }));
        }
        for (number, bytes) in &written {
            assert_eq!(std::fs::read_to_string(place(*number)).unwrap(), *bytes, "{number}");
        }
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!((written.len(), left), (WRITERS * ROUNDS, WRITERS * ROUNDS));
    }

    #[test]
    fn whoever_replaces_at_the_same_moment_leaves_one_of_them_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("draft.json");
        let bytes = |writer: usize| format!("{writer} ").repeat(10_000);
        for _ in 0..ROUNDS {
            at_once(|writer| replace(&path, bytes(writer).as_bytes()).unwrap());
            let left = std::fs::read_to_string(&path).unwrap();
            assert!((0..WRITERS).any(|writer| left == bytes(writer)), "{} bytes", left.len());
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_half_that_nobody_can_be_writing_any_more_is_swept_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let age = |name: &str, old: Duration| {
            let path = folder.path().join(name);
            let file = File::create(&path).unwrap();
            let written = file.metadata().unwrap().modified().unwrap();
            file.set_modified(written - old).unwrap();
            path
        };
        let (old, new) = (LEFT_FOR + Duration::from_hours(1), Duration::from_hours(1));
        let left = age("000001.123-0.half", old);
        let kept = [
            age("000002.123-1.half", new),
            age("000003.json", old),
            age("mine.half", old),
            age("mine.by-half.half", old),
        ];
        replace(&folder.path().join("000004.json"), b"{}").unwrap();
        assert!(!left.exists() && kept.iter().all(|path| path.exists()));
    }

    #[test]
    fn several_files_are_replaced_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("1.json"), folder.path().join("2.json"));
        replace_all(&[(&one, b"a"), (&two, b"b")]).unwrap();
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        assert_eq!((read(&one), read(&two)), ("a".to_owned(), "b".to_owned()));
        // The folder of the second cannot be made.
        let bad = one.join("3.json");
        replace_all(&[(&two, b"c"), (&bad, b"d")]).unwrap_err();
        assert_eq!(read(&two), "b");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
