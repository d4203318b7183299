//! The files of the checkout.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A text file with its path from the top of the checkout, `/` between its parts.
#[derive(Debug, Clone)]
pub struct File {
    /// `src-tauri/crates/units/src/lib.rs`
    pub path: String,
    /// Its whole text.
    pub text: String,
}

/// The top of the checkout.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Every Rust source of the project, sorted by path.
///
/// # Errors
/// When a folder or file cannot be read.
pub fn rust_files() -> io::Result<Vec<File>> {
    let mut files = files_under("src-tauri", ".rs")?;
    files.extend(files_under("tests", ".rs")?);
    Ok(files)
}

/// Files below a folder whose name ends so; none when the folder does not exist. Build output,
/// packages and hidden folders are passed over.
///
/// # Errors
/// When a folder or file cannot be read.
pub fn files_under(folder: &str, ending: &str) -> io::Result<Vec<File>> {
    let mut found = Vec::new();
    if root().join(folder).is_dir() {
        walk(folder, ending, &mut found)?;
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn walk(folder: &str, ending: &str, found: &mut Vec<File>) -> io::Result<()> {
    for entry in fs::read_dir(root().join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{folder}/{name}");
        if entry.file_type()?.is_dir() {
            let passed_over = ["target", "node_modules"].contains(&name.as_str());
            if !passed_over && !name.starts_with('.') {
                walk(&path, ending, found)?;
            }
        } else if name.ends_with(ending) && !name.starts_with('.') {
            found.push(File { text: fs::read_to_string(entry.path())?, path });
        }
    }
    Ok(())
}
