//! A request that was overtaken, and what was published since: each side's changes, the places that both
//! changed, and what the request would be once each of them is decided.

use std::collections::BTreeMap;

use scrip_catalog::{
    Change, Choice, Document, MergeConflict, difference_by_version, is_in_question, place_in_words,
    three_way, validate,
};
use scrip_engine::operation::RequestApproval;
use scrip_engine::{Action, Operation};
use scrip_store::LedgerStore;
use scrip_units::OperationId;
use serde::Serialize;

use super::{RequestError, stored};
use crate::error::AppError;
use crate::session::stored_document;
use crate::workspace::Workspace;

/// A place that both changed, and what was chosen for it.
#[derive(Debug, Clone, Serialize)]
pub struct ConflictView {
    /// The place, in words.
    pub what: String,
    /// The place and the three values.
    #[serde(flatten)]
    pub conflict: MergeConflict,
    /// What was chosen; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Choice>,
    /// Whether it is still open: nothing was chosen, or what cannot stand.
    pub is_open: bool,
}

/// A request and what was published since, brought together.
#[derive(Debug, Clone, Serialize)]
pub struct MergeView {
    /// The configuration under which it was looked at.
    pub revision: u64,
    /// The configuration in force.
    pub now: u64,
    /// What the request changes.
    pub ours: Vec<Change>,
    /// What was published since.
    pub theirs: Vec<Change>,
    /// The places that both changed.
    pub conflicts: Vec<ConflictView>,
    /// What the renewed request would change in the configuration in force; absent while a place is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged: Option<Vec<Change>>,
    /// What would be wrong with it, located.
    pub problems: Vec<String>,
}

/// Brings a request together with what was published since, with what was chosen so far. Nothing is
/// changed.
///
/// # Errors
/// [`RequestError::Unknown`], or the store's.
pub async fn merge<S: LedgerStore>(
    workspace: &Workspace<S>,
    id: &OperationId,
    chosen: &BTreeMap<String, Choice>,
) -> Result<MergeView, AppError> {
    let (action, base, theirs) = sides(workspace, id).await?;
    let documents: Vec<_> = action.proposed().filter_map(Operation::configuration).collect();
    Ok(brought_together((&base.0, base.1), &documents, (&theirs.0, theirs.1), chosen))
}

/// A configuration with its revision.
type Numbered = (Document, u64);

/// What a request asks for, the configuration that it began from, and the one in force.
async fn sides<S: LedgerStore>(
    workspace: &Workspace<S>,
    id: &OperationId,
) -> Result<(RequestApproval, Numbered, Numbered), AppError> {
    let unknown = || RequestError::Unknown { request: id.clone() };
    let store = workspace.store();
    let request = store.operation(id).await?.ok_or_else(unknown)?;
    let Action::RequestApproval(action) = stored(&request.operation)?.action else {
        return Err(unknown().into());
    };
    let base = store.config(action.revision).await?.ok_or(AppError::NoConfiguration)?;
    let now = store.config_latest().await?.ok_or(AppError::NoConfiguration)?;
    let (base, theirs) = (stored_document(&base)?, stored_document(&now)?);
    let revision = action.revision;
    Ok((action, (base, revision), (theirs, now.revision)))
}

/// Configurations that began from one, brought together with the one in force, with what was chosen so far.
pub(crate) fn brought_together(
    (base, revision): (&Document, u64),
    documents: &[&Document],
    (theirs, now): (&Document, u64),
    chosen: &BTreeMap<String, Choice>,
) -> MergeView {
    let mut view = MergeView {
        revision,
        now,
        ours: Vec::new(),
        theirs: difference_by_version(base, theirs),
        conflicts: Vec::new(),
        merged: None,
        problems: Vec::new(),
    };
    let mut merged = Some(Vec::new());
    for ours in documents {
        view.ours.extend(difference_by_version(base, ours));
        let open = match three_way(base, ours, theirs, chosen) {
            Ok(document) => {
                view.problems.extend(wrong(&document, theirs));
                if let Some(changes) = &mut merged {
                    changes.extend(difference_by_version(theirs, &document));
                }
                Vec::new()
            }
            Err(open) => {
                merged = None;
                open
            }
        };
        view.conflicts.extend(conflicts(base, ours, theirs, (chosen, &open)));
    }
    view.merged = merged;
    view
}

/// Refuses a choice for a place of a request that is in no conflict, as one that is mistyped.
///
/// # Errors
/// [`AppError::NotInQuestion`]; [`RequestError::Unknown`], or the store's.
pub async fn check_choices<S: LedgerStore>(
    workspace: &Workspace<S>,
    id: &OperationId,
    chosen: &BTreeMap<String, Choice>,
) -> Result<(), AppError> {
    let (action, base, theirs) = sides(workspace, id).await?;
    let documents: Vec<_> = action.proposed().filter_map(Operation::configuration).collect();
    all_in_question(&base.0, &documents, &theirs.0, chosen)
}

/// Refuses choices for places that are in no conflict.
pub(crate) fn all_in_question(
    base: &Document,
    documents: &[&Document],
    theirs: &Document,
    chosen: &BTreeMap<String, Choice>,
) -> Result<(), AppError> {
    let is_known = |place: &&String| {
        documents.iter().any(|ours| is_in_question(base, ours, theirs, (place.as_str(), chosen)))
    };
    let places: Vec<String> = chosen.keys().filter(|place| !is_known(place)).cloned().collect();
    if places.is_empty() {
        return Ok(());
    }
    let mut known = chosen.clone();
    known.retain(|place, _| !places.contains(place));
    let open = documents.iter().filter_map(|ours| three_way(base, ours, theirs, &known).err());
    Err(AppError::NotInQuestion { places, open: open.flatten().collect() })
}

/// Every place that both changed, decided or not: another choice may always be made.
fn conflicts(
    base: &Document,
    ours: &Document,
    theirs: &Document,
    (chosen, open): (&BTreeMap<String, Choice>, &[MergeConflict]),
) -> Vec<ConflictView> {
    let every = three_way(base, ours, theirs, &BTreeMap::new()).err().unwrap_or_default();
    // A date may only turn out to be taken once another place is decided.
    let later = open.iter().filter(|one| !every.iter().any(|other| other.path == one.path));
    let all: Vec<_> = every.iter().chain(later).cloned().collect();
    let view = |conflict: MergeConflict| {
        let found = open.iter().find(|one| one.path == conflict.path);
        ConflictView {
            what: place_in_words(&conflict.path),
            chosen: chosen.get(&conflict.path).cloned(),
            is_open: found.is_some(),
            conflict: found.cloned().unwrap_or(conflict),
        }
    };
    // What another choice has settled is left out.
    let counts = |one: &ConflictView| one.is_open || one.chosen.is_some();
    all.into_iter().map(view).filter(counts).collect()
}

/// What is wrong with a document and not with the one in force.
fn wrong(document: &Document, theirs: &Document) -> Vec<String> {
    let known = validate(theirs);
    let new = validate(document).into_iter().filter(|one| one.is_error() && !known.contains(one));
    new.map(|problem| format!("{}: {}", place_in_words(&problem.path), problem.message)).collect()
}
