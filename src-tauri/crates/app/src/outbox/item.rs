//! What waits: one file for each item, written whole.

use std::path::{Path, PathBuf};

use scrip_catalog::Document;
use scrip_engine::operation::{Proposed, Verdict};
use scrip_engine::{Action, Operation};
use scrip_journal::Hash;
use scrip_store::LedgerStore;
use scrip_units::{Actor, Instant, OperationId};
use serde::{Deserialize, Serialize};

use super::OutboxError;
use super::lock::Held;
use super::shown::ShownEntry;
use crate::approvals::AskedView;
use crate::config;
use crate::error::AppError;
use crate::operate::events;
use crate::reversal::taken_back;
use crate::workspace::Workspace;

/// Folder of the outbox inside a workspace.
pub const OUTBOX_FOLDER: &str = "outbox";

/// Format of its files.
pub(super) const FORMAT: &str = "scrip-outbox/1";

/// Why the last push left an item where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptBack {
    /// When.
    pub at: Instant,
    /// Why.
    pub why: String,
}

/// What waits to be done at production.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub(super) format: String,
    /// Its place in the order in which things were decided.
    pub number: u64,
    /// When it was decided.
    pub queued_at: Instant,
    /// By whom.
    pub queued_by: Actor,
    /// The id of the ledger it is for.
    pub ledger: String,
    /// The configuration under which it was looked at.
    pub revision: u64,
    /// That configuration itself, where it is not published yet but waits before this item: its number may
    /// come to be another's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Box<Document>>,
    /// What is to be done, all of it or nothing.
    pub operations: Vec<Proposed>,
    /// Hash over the entries that were shown, without what every other entry changes: their numbers and
    /// hashes.
    pub effect: Hash,
    /// Those entries; absent where none was shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<ShownEntry>,
    /// Why it is still here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_back: Option<KeptBack>,
}

impl Item {
    pub(super) fn operations(&self) -> impl Iterator<Item = &Operation> + Clone {
        self.operations.iter().map(|Proposed(operation)| &**operation)
    }

    /// What it asks a second person for.
    pub(super) fn asked(&self) -> impl Iterator<Item = &Operation> {
        self.operations().flat_map(|operation| {
            match &operation.action {
                Action::RequestApproval(action) => action.operations.as_slice(),
                _ => &[],
            }
            .iter()
            .map(|Proposed(one)| &**one)
        })
    }

    /// Whether it publishes a configuration, or asks for that or anything else: which stands or falls with
    /// the configuration it was decided on.
    pub(super) fn stands_on_configuration(&self) -> bool {
        self.operations().any(|operation| {
            matches!(operation.action, Action::ApplyConfiguration(_) | Action::RequestApproval(_))
        })
    }

    pub(super) fn is_about_usage(&self) -> bool {
        let about = |one: &Operation| !events(one).is_empty() || !taken_back(one).is_empty();
        self.operations().any(about)
    }

    /// The configurations that it publishes itself, and those that it asks for.
    pub(super) fn documents(&self) -> (Vec<&Document>, Vec<&Document>) {
        let own = self.operations().filter_map(Operation::configuration).collect();
        (own, self.asked().filter_map(Operation::configuration).collect())
    }
}

impl Item {
    /// What the configurations of it change in one, in words.
    pub(super) fn changes(&self, before: &Document) -> Vec<String> {
        let (own, asked) = self.documents();
        let documents = own.into_iter().chain(asked);
        documents.flat_map(|document| config::changes(before, document)).collect()
    }
}

/// What an item is, beside what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// It does something.
    Act,
    /// It asks a second person.
    Request,
    /// It approves what another asked for.
    Approval,
    /// It rejects that.
    Rejection,
    /// It takes a request back.
    Withdrawal,
}

/// An item as people see it.
#[derive(Debug, Clone, Serialize)]
pub struct ItemView {
    /// Its number.
    pub number: u64,
    /// What it is.
    pub sort: Sort,
    /// When it was decided.
    pub queued_at: String,
    /// By whom.
    pub queued_by: String,
    /// The configuration under which it was looked at.
    pub revision: u64,
    /// What is to be done.
    pub operations: Vec<AskedView>,
    /// What it asks a second person for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<AskedView>,
    /// The name of the preview that goes with what it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// When the last push left it here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_back_at: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_back: Option<String>,
}

impl From<&Item> for ItemView {
    fn from(item: &Item) -> Self {
        let sort = |operation: &Operation| match &operation.action {
            Action::RequestApproval(_) => Sort::Request,
            Action::DecideRequest(action) => match action.verdict {
                Verdict::Approve => Sort::Approval,
                Verdict::Reject => Sort::Rejection,
                Verdict::Withdraw => Sort::Withdrawal,
            },
            _ => Sort::Act,
        };
        let preview = item.operations().find_map(|operation| match &operation.action {
            Action::RequestApproval(action) => action.preview.as_ref(),
            _ => None,
        });
        Self {
            preview: preview.map(|preview| preview.name.to_string()),
            number: item.number,
            sort: item.operations().next().map_or(Sort::Act, sort),
            queued_at: item.queued_at.to_string(),
            queued_by: item.queued_by.to_string(),
            revision: item.revision,
            operations: item.operations().map(AskedView::from).collect(),
            asked: item.asked().map(AskedView::from).collect(),
            kept_back_at: item.kept_back.as_ref().map(|kept| kept.at.to_string()),
            kept_back: item.kept_back.as_ref().map(|kept| kept.why.clone()),
        }
    }
}

/// A file of the outbox that cannot be read.
#[derive(Debug, Clone, Serialize)]
pub struct UnreadableItem {
    /// Its number, by the name of the file.
    pub number: u64,
    /// The file.
    pub file: String,
    /// Why.
    pub why: String,
}

/// The outbox as people see it.
#[derive(Debug, Clone, Serialize)]
pub struct OutboxView {
    /// The items, in the order in which they were decided.
    pub items: Vec<ItemView>,
    /// Files that cannot be read. What was decided after one waits with it.
    pub unreadable: Vec<UnreadableItem>,
}

pub(super) fn path<S: LedgerStore>(workspace: &Workspace<S>, number: u64) -> PathBuf {
    workspace.root().join(OUTBOX_FOLDER).join(format!("{number:06}.json"))
}

fn read(path: &Path, number: u64) -> Result<Item, AppError> {
    let text = std::fs::read(path).map_err(AppError::file(path))?;
    let what = || format!("item of the outbox {}", path.display());
    let item: Item =
        serde_json::from_slice(&text).map_err(|error| AppError::stored(what(), error))?;
    if item.format != FORMAT {
        return Err(AppError::stored(what(), format!("its format is {}", item.format)));
    }
    if item.number != number {
        return Err(AppError::stored(what(), format!("it says that it is number {}", item.number)));
    }
    Ok(item)
}

pub(super) fn text(item: &Item) -> Result<Vec<u8>, AppError> {
    serde_json::to_vec_pretty(item).map_err(|e| AppError::stored("outbox", e))
}

/// Every file by its number, in order, with what it holds.
type Files = Vec<(u64, Result<Item, AppError>)>;

fn all<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Files, AppError> {
    let folder = workspace.root().join(OUTBOX_FOLDER);
    let entries = match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(AppError::file(&folder))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(AppError::file(&folder))?.path();
        // Other names are not the outbox's.
        let is_json = path.extension().is_some_and(|extension| extension == "json");
        let number = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        if let Some(number) = number.filter(|_| is_json) {
            files.push((number, read(&path, number)));
        }
    }
    files.sort_unstable_by_key(|(number, _)| *number);
    Ok(files)
}

/// All items, in the order in which they were decided.
///
/// # Errors
/// [`AppError::File`], or that one cannot be read.
pub fn items<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Vec<Item>, AppError> {
    all(workspace)?.into_iter().map(|(_, item)| item).collect()
}

/// The items before this number, or before one that cannot be read: a push ends there.
pub(super) fn before<S: LedgerStore>(
    workspace: &Workspace<S>,
    number: u64,
) -> Result<Vec<Item>, AppError> {
    let before = all(workspace)?.into_iter().take_while(|(other, _)| *other < number);
    Ok(before.map_while(|(_, item)| item.ok()).collect())
}

/// From when the operation of an id counts that waits.
pub(crate) fn waits_from<S: LedgerStore>(
    workspace: &Workspace<S>,
    id: &OperationId,
) -> Result<Option<Instant>, AppError> {
    let waiting = before(workspace, u64::MAX)?;
    let found = waiting.iter().flat_map(Item::operations).find(|one| one.id == *id);
    Ok(found.map(|operation| operation.at))
}

/// The numbers of all files, in order.
pub(super) fn numbers<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Vec<u64>, AppError> {
    Ok(all(workspace)?.into_iter().map(|(number, _)| number).collect())
}

/// The outbox as people see it.
///
/// # Errors
/// [`AppError::File`] when the folder cannot be read.
pub fn list<S: LedgerStore>(workspace: &Workspace<S>) -> Result<OutboxView, AppError> {
    let mut view = OutboxView { items: Vec::new(), unreadable: Vec::new() };
    for (number, item) in all(workspace)? {
        match item {
            Ok(item) => view.items.push(ItemView::from(&item)),
            Err(error) => view.unreadable.push(UnreadableItem {
                number,
                file: path(workspace, number).display().to_string(),
                why: match error {
                    AppError::Stored { message, .. } => message,
                    other => other.to_string(),
                },
            }),
        }
    }
    Ok(view)
}

pub(super) fn item<S: LedgerStore>(
    workspace: &Workspace<S>,
    number: u64,
) -> Result<Item, AppError> {
    let path = path(workspace, number);
    if !path.exists() {
        return Err(OutboxError::Unknown { number }.into());
    }
    read(&path, number)
}

/// Takes an item out of the outbox: it is not done. One that cannot be read is taken out unread.
///
/// # Errors
/// [`OutboxError::Unknown`], [`OutboxError::BeingSent`], or [`AppError::File`].
pub fn discard<S: LedgerStore>(
    workspace: &Workspace<S>,
    number: u64,
) -> Result<Option<ItemView>, AppError> {
    let item = || match item(workspace, number) {
        Err(AppError::Stored { .. }) => Ok(None),
        other => Ok::<_, AppError>(Some(ItemView::from(&other?))),
    };
    item()?;
    let held = Held::take(workspace)?;
    // What was there before is perhaps done by now.
    let gone = item()?;
    held.is_free(number)?;
    held.remove(workspace, number)?;
    Ok(gone)
}
