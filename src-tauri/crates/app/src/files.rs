//! Working files beside the ledger: written whole beside their place, made durable, and then put there, so
//! that whoever reads one reads all of it, also after a crash.

use std::fs::File;
use std::io::Write;
use std::path::Path;

fn write_half(path: &Path, bytes: &[u8]) -> std::io::Result<std::path::PathBuf> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let half = path.with_extension("half");
    let mut file = File::create(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(half)
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
    let half = write_half(path, bytes)?;
    std::fs::rename(half, path)?;
    sync_folder_of(path);
    Ok(())
}

/// Puts a file where none is.
///
/// # Errors
/// [`std::io::ErrorKind::AlreadyExists`] when there is one, and it stays as it is; the operating system's.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let half = write_half(path, bytes)?;
    // A link does not replace.
    let linked = std::fs::hard_link(&half, path);
    // What is left of it is no file of anybody, and does no harm.
    let _ = std::fs::remove_file(&half);
    linked?;
    sync_folder_of(path);
    Ok(())
}

/// Takes a file away for good. One that is gone already is no error.
///
/// # Errors
/// The operating system's.
pub(crate) fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => {
            sync_folder_of(path);
            other
        }
    }
}
