//! Previews that are kept with the workspace: `previews/NAME.json`, beside the ledger and no part of it.
//!
//! A kept preview is never written over: a name stands for one run, so that whoever refers to it refers to
//! these figures.

use std::path::{Path, PathBuf};

use scrip_journal::{Checkpoint, Hash};
use scrip_store::LedgerStore;
use scrip_units::{Actor, CustomerCode, Instant, PlanCode};
use serde::{Deserialize, Serialize};

use super::Finished;
use super::finished::MadeOf;
use super::view::BacktestView;
use crate::error::AppError;
use crate::files;
use crate::workspace::Workspace;

/// Folder of the kept previews inside a workspace.
pub const PREVIEWS_FOLDER: &str = "previews";

/// The form of the file.
const FORMAT: &str = "scrip-preview/1";

/// A kept preview.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    format: String,
    /// What it is called: the name of its file.
    pub name: PlanCode,
    /// What it was run for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The preview.
    pub preview: Finished,
}

/// What is said of a kept preview in a list.
#[derive(Debug, Clone, Serialize)]
pub struct KeptLine {
    /// Its name.
    pub name: String,
    /// What it was run for.
    pub note: String,
    /// What it is, or why it cannot be read.
    #[serde(flatten)]
    pub head: KeptHead,
}

/// The head of a kept preview, or why there is none.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptHead {
    /// What was compared, when and by whom.
    Preview(Head),
    /// Why it cannot be read.
    Unreadable(String),
}

/// What was compared, when and by whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Head {
    /// When it was run.
    pub made_at: Instant,
    /// By whom.
    pub made_by: Actor,
    /// The ledger that was replayed.
    pub checkpoint: Checkpoint,
    /// Scenarios.
    pub scenarios: Vec<MadeOf>,
    /// Customers; all if empty.
    pub customers: Vec<CustomerCode>,
    /// Its window, and how exact its baseline was.
    pub view: HeadView,
}

/// The window of a preview and its backtest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HeadView {
    /// First day.
    pub from: String,
    /// Last day.
    pub through: String,
    /// How exactly the baseline was what the ledger held.
    pub backtest: BacktestView,
}

#[derive(Deserialize)]
struct KeptFile {
    format: String,
    #[serde(default)]
    note: String,
    preview: Head,
}

fn folder<S: LedgerStore>(workspace: &Workspace<S>) -> PathBuf {
    workspace.root().join(PREVIEWS_FOLDER)
}

fn file<S: LedgerStore>(workspace: &Workspace<S>, name: &PlanCode) -> PathBuf {
    // A slash in a code is no folder.
    folder(workspace).join(format!("{}.json", name.as_str().replace('/', "%2F")))
}

/// Keeps a preview under a name, which no other may have.
///
/// # Errors
/// [`AppError::PreviewExists`], or [`AppError::File`].
pub fn keep<S: LedgerStore>(
    workspace: &Workspace<S>,
    (name, note): (&PlanCode, &str),
    preview: &Finished,
) -> Result<(), AppError> {
    let path = file(workspace, name);
    let kept = Kept {
        format: FORMAT.to_owned(),
        name: name.clone(),
        note: note.trim().to_owned(),
        preview: preview.clone(),
    };
    let text = serde_json::to_vec(&kept).map_err(|e| AppError::stored("preview", e))?;
    match files::create(&path, &text) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(AppError::PreviewExists { name: name.to_string() })
        }
        other => other.map_err(AppError::file(&path)),
    }
}

/// All kept previews, the latest first; those that cannot be read, with the reason, last.
///
/// # Errors
/// [`AppError::File`] when the folder cannot be read.
pub fn kept<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Vec<KeptLine>, AppError> {
    let folder = folder(workspace);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(AppError::file(&folder)(error)),
    };
    let mut lines = Vec::new();
    for entry in entries {
        let path = entry.map_err(AppError::file(&folder))?.path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let stem = path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
        let (note, head) = match read::<KeptFile>(&path, |file| &file.format) {
            Ok(file) => (file.note, KeptHead::Preview(file.preview)),
            Err(error) => (String::new(), KeptHead::Unreadable(error.to_string())),
        };
        lines.push(KeptLine { name: stem.replace("%2F", "/"), note, head });
    }
    let made_at = |line: &KeptLine| match &line.head {
        KeptHead::Preview(head) => Some(head.made_at),
        KeptHead::Unreadable(_) => None,
    };
    lines.sort_by(|a, b| made_at(b).cmp(&made_at(a)).then_with(|| a.name.cmp(&b.name)));
    Ok(lines)
}

fn read<T: serde::de::DeserializeOwned>(
    path: &Path,
    format: impl Fn(&T) -> &str,
) -> Result<T, AppError> {
    parsed(path, &std::fs::read(path).map_err(AppError::file(path))?, format)
}

fn parsed<T: serde::de::DeserializeOwned>(
    path: &Path,
    text: &[u8],
    format: impl Fn(&T) -> &str,
) -> Result<T, AppError> {
    let shown = path.display();
    let found: T = serde_json::from_slice(text)
        .map_err(|e| AppError::Argument(format!("{shown} is not a preview: {e}")))?;
    if format(&found) != FORMAT {
        let of = format(&found);
        return Err(AppError::Argument(format!(
            "{shown} is of form {of}, and this program reads {FORMAT}"
        )));
    }
    Ok(found)
}

/// A kept preview by its name.
///
/// # Errors
/// [`AppError::UnknownPreview`], or that it cannot be read.
pub fn open<S: LedgerStore>(workspace: &Workspace<S>, name: &PlanCode) -> Result<Kept, AppError> {
    Ok(open_hashed(workspace, name)?.0)
}

/// The same with the BLAKE3 of its file.
///
/// # Errors
/// As [`open`].
pub(crate) fn open_hashed<S: LedgerStore>(
    workspace: &Workspace<S>,
    name: &PlanCode,
) -> Result<(Kept, Hash), AppError> {
    let path = file(workspace, name);
    let text = match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(AppError::UnknownPreview { name: name.to_string() });
        }
        other => other.map_err(AppError::file(&path))?,
    };
    let mut kept = parsed(&path, &text, |kept: &Kept| &kept.format)?;
    kept.preview.view = kept.preview.view.measured();
    Ok((kept, Hash::of(&text)))
}

/// The BLAKE3 of a kept preview's file; none where there is none of this name.
///
/// # Errors
/// Why the file cannot be read.
pub(crate) fn hash_of<S: LedgerStore>(
    workspace: &Workspace<S>,
    name: &PlanCode,
) -> Result<Option<Hash>, std::io::Error> {
    match std::fs::read(file(workspace, name)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        other => other.map(|text| Some(Hash::of(&text))),
    }
}

/// Throws a kept preview away.
///
/// # Errors
/// [`AppError::UnknownPreview`], or [`AppError::File`].
pub fn discard<S: LedgerStore>(workspace: &Workspace<S>, name: &PlanCode) -> Result<(), AppError> {
    let path = file(workspace, name);
    if !path.exists() {
        return Err(AppError::UnknownPreview { name: name.to_string() });
    }
    std::fs::remove_file(&path).map_err(AppError::file(&path))
}
