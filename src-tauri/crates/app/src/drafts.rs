//! Drafts: changes of the configuration that are worked on and not yet in force.
//!
//! A draft holds the items it changes, whole, beside the ledger: `drafts/NAME.json` in the workspace.
//! It is a working file and no part of the books: nothing is priced by it, and losing it loses work but no
//! fact. It remembers each item as it was when the draft began to change it, so that a change that
//! somebody else published meanwhile is a conflict that is shown, never overwritten.

use std::path::PathBuf;

use scrip_catalog::{
    Change, Conversion, CostCard, Document, Plan, Problem, RateCard, Status, WalletType,
    difference, validate,
};
use scrip_engine::Operation;
use scrip_store::LedgerStore;
use scrip_units::{Actor, CardCode, Instant, OperationId, PlanCode, When};
use serde::{Deserialize, Serialize};

use crate::cards::GridRow;
use crate::config::{self, ApplyView};
use crate::error::AppError;
use crate::files;
use crate::operate::Mode;
use crate::outbox;
use crate::session::{Edge, stored_document};
use crate::workspace::Workspace;

/// Folder of the drafts inside a workspace.
pub const DRAFTS_FOLDER: &str = "drafts";

/// An item that a draft changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item<T> {
    /// As it was in force when the draft began to change it; absent for a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<T>,
    /// As it shall be.
    pub after: T,
}

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// What it is called: the name of its file.
    pub name: PlanCode,
    /// The configuration it began from.
    pub base_revision: u64,
    /// Counts the savings; who saves names the one he read.
    pub saved: u64,
    /// When it was saved last.
    pub saved_at: Instant,
    /// By whom.
    pub saved_by: Actor,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Rate cards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rate_cards: Vec<Item<RateCard>>,
    /// Cost cards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cost_cards: Vec<Item<CostCard>>,
    /// Wallet types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wallet_types: Vec<Item<WalletType>>,
    /// Conversions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conversions: Vec<Item<Conversion>>,
    /// Plans.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<Item<Plan>>,
    /// Versions of rate cards with rows that cannot be read yet, as they were typed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub half_typed: Vec<HalfTyped>,
}

/// The rows of a version of a rate card as they were typed, some of which are no rates yet. They are
/// kept so that work may be put away before it is finished; a draft with such rows is not published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HalfTyped {
    /// Card.
    pub card: CardCode,
    /// Version.
    pub version: u32,
    /// All rows of it.
    pub rows: Vec<GridRow>,
}

/// An item that is not in force any more as the draft began to change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// What: `rate_cards[list]`.
    pub path: String,
    /// What the draft changes in it.
    pub ours: Vec<Change>,
    /// What somebody else changed meanwhile.
    pub theirs: Vec<Change>,
}

/// A draft against the configuration in force.
#[derive(Debug, Clone, Serialize)]
pub struct CheckedDraft {
    /// What it changes.
    pub changes: Vec<Change>,
    /// What is wrong with it, as if it were published.
    pub problems: Vec<Problem>,
    /// What was published meanwhile and stands against it.
    pub conflicts: Vec<Conflict>,
}

/// A file of the drafts' folder that cannot be read, or a draft.
#[derive(Debug)]
pub struct Listed {
    /// The name.
    pub name: String,
    /// The draft, or why it cannot be read.
    pub draft: Result<Draft, AppError>,
}

impl Draft {
    /// A draft without changes.
    #[must_use]
    pub fn new(name: PlanCode, base_revision: u64, edge: &Edge) -> Self {
        Self {
            name,
            base_revision,
            saved: 0,
            saved_at: edge.now,
            saved_by: edge.actor.clone(),
            note: String::new(),
            rate_cards: Vec::new(),
            cost_cards: Vec::new(),
            wallet_types: Vec::new(),
            conversions: Vec::new(),
            plans: Vec::new(),
            half_typed: Vec::new(),
        }
    }

    /// The configuration in force with the draft's items in it.
    #[must_use]
    pub fn document(&self, live: &Document) -> Document {
        let mut document = live.clone();
        replace(&mut document.rate_cards, &self.rate_cards, |a, b| a.code == b.code);
        replace(&mut document.cost_cards, &self.cost_cards, |a, b| a.code == b.code);
        replace(&mut document.wallet_types, &self.wallet_types, |a, b| a.code == b.code);
        replace(&mut document.conversions, &self.conversions, |a, b| a.code == b.code);
        replace(&mut document.plans, &self.plans, |a, b| a.code == b.code);
        document
    }

    /// Whether a configuration holds all that the draft changes, as it would be published.
    #[must_use]
    pub fn is_in(&self, document: &Document) -> bool {
        self.half_typed.is_empty()
            && !self.items().is_empty()
            && self.published(None).document(document) == *document
    }

    /// The draft as it changes `live` to what `to` says of the same things.
    pub(crate) fn moved(&self, live: &Document, to: &Document) -> Self {
        let mut draft = self.clone();
        macro_rules! follow {
            ($list:ident) => {
                draft.$list.clear();
                for item in &self.$list {
                    let find = |document: &Document| {
                        document.$list.iter().find(|one| one.code == item.after.code).cloned()
                    };
                    let (before, Some(mut after)) = (find(live), find(to)) else { continue };
                    let known = before.as_ref().map(|b| b.versions.clone()).unwrap_or_default();
                    for version in &mut after.versions {
                        if !known.contains(version) {
                            version.status = Status::Draft;
                        }
                    }
                    if before.as_ref() != Some(&after) {
                        draft.$list.push(Item { before, after });
                    }
                }
            };
        }
        follow!(rate_cards);
        follow!(cost_cards);
        follow!(wallet_types);
        follow!(conversions);
        follow!(plans);
        draft
    }

    /// What the draft changes, as it is called in a configuration: `rate_cards[list]`.
    #[must_use]
    pub fn items(&self) -> Vec<String> {
        let mut items = Vec::new();
        items.extend(self.rate_cards.iter().map(|i| format!("rate_cards[{}]", i.after.code)));
        items.extend(self.cost_cards.iter().map(|i| format!("cost_cards[{}]", i.after.code)));
        items.extend(self.wallet_types.iter().map(|i| format!("wallet_types[{}]", i.after.code)));
        items.extend(self.conversions.iter().map(|i| format!("conversions[{}]", i.after.code)));
        items.extend(self.plans.iter().map(|i| format!("plans[{}]", i.after.code)));
        items
    }

    /// Puts a changed card into the draft.
    pub fn put_card(&mut self, live: &Document, card: RateCard) {
        put(&mut self.rate_cards, &live.rate_cards, card, |a, b| a.code == b.code);
    }

    /// Puts a changed cost card into the draft.
    pub fn put_cost_card(&mut self, live: &Document, card: CostCard) {
        put(&mut self.cost_cards, &live.cost_cards, card, |a, b| a.code == b.code);
    }

    /// Puts a changed wallet type into the draft.
    pub fn put_wallet_type(&mut self, live: &Document, wallet_type: WalletType) {
        put(&mut self.wallet_types, &live.wallet_types, wallet_type, |a, b| a.code == b.code);
    }

    /// Puts a changed conversion into the draft.
    pub fn put_conversion(&mut self, live: &Document, conversion: Conversion) {
        put(&mut self.conversions, &live.conversions, conversion, |a, b| a.code == b.code);
    }

    /// Puts a changed plan into the draft.
    pub fn put_plan(&mut self, live: &Document, plan: Plan) {
        put(&mut self.plans, &live.plans, plan, |a, b| a.code == b.code);
    }

    /// The draft with every version that it adds or changes published; those without another date from
    /// `at` on, if it is given.
    pub(crate) fn published(&self, at: Option<When>) -> Self {
        let mut draft = self.clone();
        macro_rules! publish {
            ($items:expr) => {
                for item in $items {
                    let before = item.before.as_ref().map(|b| b.versions.clone());
                    let before = before.unwrap_or_default();
                    for version in &mut item.after.versions {
                        if !before.contains(version) {
                            version.status = Status::Published;
                            version.effective_at = at.unwrap_or(version.effective_at);
                        }
                    }
                }
            };
        }
        publish!(&mut draft.rate_cards);
        publish!(&mut draft.cost_cards);
        publish!(&mut draft.wallet_types);
        publish!(&mut draft.conversions);
        publish!(&mut draft.plans);
        draft
    }

    fn conflicts(&self, live: &Document) -> Vec<Conflict> {
        let mut conflicts = Vec::new();
        macro_rules! compare {
            ($list:ident) => {
                for item in &self.$list {
                    let now = live.$list.iter().find(|one| one.code == item.after.code);
                    if now == item.before.as_ref() {
                        continue;
                    }
                    let alone = |one: Option<&_>| Document {
                        $list: one.into_iter().cloned().collect(),
                        ..bare(live)
                    };
                    let before = alone(item.before.as_ref());
                    conflicts.push(Conflict {
                        path: format!(concat!(stringify!($list), "[{}]"), item.after.code),
                        ours: difference(&before, &alone(Some(&item.after))),
                        theirs: difference(&before, &alone(now)),
                    });
                }
            };
        }
        compare!(rate_cards);
        compare!(cost_cards);
        compare!(wallet_types);
        compare!(conversions);
        compare!(plans);
        conflicts
    }
}

/// A document with an entity and nothing else.
fn bare(document: &Document) -> Document {
    Document {
        format: document.format.clone(),
        entity: document.entity.clone(),
        accounts: Vec::new(),
        approvals: Vec::new(),
        units: Vec::new(),
        meters: Vec::new(),
        conversions: Vec::new(),
        wallet_types: Vec::new(),
        rate_cards: Vec::new(),
        cost_cards: Vec::new(),
        plans: Vec::new(),
        customers: Vec::new(),
    }
}

fn replace<T: Clone>(list: &mut Vec<T>, items: &[Item<T>], same: impl Fn(&T, &T) -> bool) {
    for item in items {
        match list.iter_mut().find(|one| same(one, &item.after)) {
            Some(one) => one.clone_from(&item.after),
            None => list.push(item.after.clone()),
        }
    }
}

fn put<T: Clone + PartialEq>(
    items: &mut Vec<Item<T>>,
    live: &[T],
    after: T,
    same: impl Fn(&T, &T) -> bool,
) {
    match items.iter_mut().find(|item| same(&item.after, &after)) {
        Some(item) => item.after = after,
        None => {
            let before = live.iter().find(|one| same(one, &after)).cloned();
            items.push(Item { before, after });
        }
    }
    // What is as it was is no change.
    items.retain(|item| item.before.as_ref() != Some(&item.after));
}

fn folder<S: LedgerStore>(workspace: &Workspace<S>) -> PathBuf {
    workspace.root().join(DRAFTS_FOLDER)
}

fn file<S: LedgerStore>(workspace: &Workspace<S>, name: &PlanCode) -> PathBuf {
    // A slash in a code is no folder.
    folder(workspace).join(format!("{}.json", name.as_str().replace('/', "%2F")))
}

/// All drafts in order of name; those that cannot be read with the reason.
///
/// # Errors
/// [`AppError::File`] when the folder cannot be read.
pub fn list<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Vec<Listed>, AppError> {
    let folder = folder(workspace);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(AppError::file(&folder)(error)),
    };
    let mut drafts = Vec::new();
    for entry in entries {
        let path = entry.map_err(AppError::file(&folder))?.path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let stem = path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
        drafts.push(Listed { name: stem.replace("%2F", "/"), draft: read(&path) });
    }
    drafts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(drafts)
}

fn read(path: &std::path::Path) -> Result<Draft, AppError> {
    let text = std::fs::read_to_string(path).map_err(AppError::file(path))?;
    serde_json::from_str(&text)
        .map_err(|e| AppError::Argument(format!("{} is not a draft: {e}", path.display())))
}

/// A draft by its name.
///
/// # Errors
/// [`AppError::UnknownDraft`], or that it cannot be read.
pub fn load<S: LedgerStore>(workspace: &Workspace<S>, name: &PlanCode) -> Result<Draft, AppError> {
    let path = file(workspace, name);
    if !path.exists() {
        return Err(AppError::UnknownDraft { name: name.to_string() });
    }
    read(&path)
}

/// Saves a draft whole, or not at all. `draft.saved` is the count that was read; the one that is
/// returned is one higher.
///
/// # Errors
/// [`AppError::DraftConflict`] when somebody saved it meanwhile, or [`AppError::File`].
pub fn save<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    draft: &Draft,
) -> Result<Draft, AppError> {
    let path = file(workspace, &draft.name);
    let found = if path.exists() { read(&path)?.saved } else { 0 };
    if found != draft.saved {
        return Err(AppError::DraftConflict { name: draft.name.to_string() });
    }
    let saved = Draft {
        saved: found + 1,
        saved_at: edge.now,
        saved_by: edge.actor.clone(),
        ..draft.clone()
    };
    let text = serde_json::to_string_pretty(&saved).map_err(|e| AppError::stored("draft", e))?;
    files::replace(&path, text.as_bytes()).map_err(AppError::file(&path))?;
    Ok(saved)
}

/// Throws a draft away.
///
/// # Errors
/// [`AppError::UnknownDraft`], or [`AppError::File`].
pub fn discard<S: LedgerStore>(workspace: &Workspace<S>, name: &PlanCode) -> Result<(), AppError> {
    let path = file(workspace, name);
    if !path.exists() {
        return Err(AppError::UnknownDraft { name: name.to_string() });
    }
    std::fs::remove_file(&path).map_err(AppError::file(&path))
}

/// Holds a draft against the configuration in force, as if it were published, from `at` on if that is
/// given.
///
/// # Errors
/// [`AppError::NoConfiguration`], or the store's.
pub async fn check<S: LedgerStore>(
    workspace: &Workspace<S>,
    draft: &Draft,
    at: Option<When>,
) -> Result<CheckedDraft, AppError> {
    let config = workspace.store().config_latest().await?.ok_or(AppError::NoConfiguration)?;
    let live = stored_document(&config)?;
    let document = draft.published(at).document(&live);
    Ok(CheckedDraft {
        changes: difference(&live, &document),
        problems: validate(&document),
        conflicts: draft.conflicts(&live),
    })
}

/// Puts a draft into force: one operation, all or nothing. The draft is gone afterwards.
///
/// # Errors
/// [`AppError::DraftConflict`] when what it changes was published otherwise meanwhile,
/// [`AppError::Configuration`] for what is wrong with it, or the store's. The draft is then as it was.
pub async fn publish<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (id, mode): (&OperationId, Mode),
    (draft, at): (&Draft, Option<When>),
) -> Result<ApplyView, AppError> {
    let (name, text) = publishable(workspace, edge, draft, at).await?;
    let view = config::apply(workspace, edge, id, (&name, &text), mode).await?;
    if mode == Mode::Commit && file(workspace, &draft.name).exists() {
        discard(workspace, &draft.name)?;
    }
    Ok(view)
}

/// The operation that puts a draft into force, for whoever asks for its approval. The draft stays.
///
/// # Errors
/// As [`publish`].
pub async fn proposal<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    id: &OperationId,
    (draft, at): (&Draft, Option<When>),
) -> Result<Operation, AppError> {
    let (name, text) = publishable(workspace, edge, draft, at).await?;
    config::operation(edge, id, (&name, &text))
}

/// The configuration that a draft makes of the one in force, or, on a copy, of the one that comes after what
/// waits in the outbox: what it is called, and its text.
async fn publishable<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    draft: &Draft,
    at: Option<When>,
) -> Result<(String, String), AppError> {
    let (live, _) = outbox::configuration(workspace, edge, u64::MAX).await?;
    if !draft.conflicts(&live).is_empty() {
        return Err(AppError::DraftConflict { name: draft.name.to_string() });
    }
    if let Some(half) = draft.half_typed.first() {
        return Err(AppError::Argument(format!(
            "version {} of rate card {} has cells that cannot be read yet; correct them first",
            half.version, half.card
        )));
    }
    let document = draft.published(at).document(&live);
    Ok((format!("draft {}.json", draft.name), document.to_json()))
}

#[cfg(test)]
mod tests;
