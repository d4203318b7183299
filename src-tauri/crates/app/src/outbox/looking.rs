//! Looking at what waits, and deciding on it again.

use std::collections::BTreeMap;

use scrip_catalog::{Choice, Document, MergeConflict, three_way};
use scrip_engine::approval::{configuration_of, content_of_configuration};
use scrip_engine::operation::Proposed;
use scrip_engine::{Action, Operation};
use scrip_store::LedgerStore;
use scrip_units::Instant;
use serde::Serialize;

use super::OutboxError;
use super::item::{Item, ItemView, before, item};
use super::lock::Held;
use super::queueing::QueuedView;
use super::shown::{ShownEntry, effect, looked_at, shown};
use super::trying::{Tried, configuration_after, tried};
use crate::approvals::{MergeView, all_in_question, brought_together, follow_drafts};
use crate::config;
use crate::error::AppError;
use crate::operate::OperationView;
use crate::session::{Edge, stored_document};
use crate::workspace::Workspace;

/// An item with what it would do now.
#[derive(Debug, Clone, Serialize)]
pub struct ItemDetail {
    /// The item.
    pub item: ItemView,
    /// What it changes in the configuration it was decided on, in words; none if it publishes nothing.
    pub changes: Vec<String>,
    /// What was published since, as far as the copy knows, in words; told with `changes` only.
    pub published_since: Vec<String>,
    /// The places that both change, and differently.
    pub conflicts: Vec<MergeConflict>,
    /// What its operations, or those that it asks for, would cause now, as far as the copy knows.
    pub effects: Vec<OperationView>,
    /// What was shown when it was queued.
    pub shown: Vec<ShownEntry>,
    /// Whether that is what they would cause now.
    pub as_shown: bool,
    /// Whether another configuration is in force than the one that it stands on, as far as the copy knows.
    pub is_overtaken: bool,
    /// What it would do now, in a word by which [`renew`] knows that this was looked at; none where the copy
    /// would refuse it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// Why the copy would refuse it now, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The operations as they are written.
    pub texts: Vec<String>,
}

/// The configurations that an item publishes or asks for.
fn documents_mut(item: &mut Item) -> Vec<&mut Document> {
    fn of(operation: &mut Operation) -> Vec<&mut Document> {
        match &mut operation.action {
            Action::ApplyConfiguration(action) => vec![&mut *action.document],
            Action::RequestApproval(action) => {
                action.operations.iter_mut().flat_map(|Proposed(one)| of(one)).collect()
            }
            _ => Vec::new(),
        }
    }
    item.operations.iter_mut().flat_map(|Proposed(operation)| of(operation)).collect()
}

/// A configuration with its revision.
type Numbered = (Document, u64);

/// The configuration that an item was decided on, and the one that it comes upon now: the newest that the
/// copy knows, after what waits before it.
async fn bases<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (item, before): (&Item, &[Item]),
) -> Result<(Numbered, Numbered), AppError> {
    let now = configuration_after(workspace, edge, before).await?;
    let base = match (&item.base, workspace.store().config(item.revision).await?) {
        (Some(base), _) => (**base).clone(),
        (None, Some(base)) => stored_document(&base)?,
        (None, None) => now.0.clone(),
    };
    Ok(((base, item.revision), now))
}

/// Tries operations after what waits before them.
async fn tried_after<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    before: &[Item],
    operations: impl Iterator<Item = &Operation>,
) -> Result<Tried, AppError> {
    let operations: Vec<_> = operations.map(|one| (1, one.clone())).collect();
    tried(workspace, edge, before, ("", &operations)).await.map_err(AppError::without_place)
}

/// An item with what it would do now, as far as the copy knows.
///
/// # Errors
/// [`OutboxError::Unknown`], or the store's.
pub async fn show<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    number: u64,
) -> Result<ItemDetail, AppError> {
    let (item, before) = (item(workspace, number)?, before(workspace, number)?);
    let ((base, _), (now, _)) = bases(workspace, edge, (&item, &before)).await?;
    let (changes, mut conflicts) = (item.changes(&base), Vec::new());
    let (own, asked) = item.documents();
    for document in own.into_iter().chain(asked) {
        let merged = three_way(&base, document, &now, &BTreeMap::new());
        conflicts.extend(merged.err().into_iter().flatten());
    }
    let published_since =
        if changes.is_empty() { Vec::new() } else { config::changes(&base, &now) };
    let is_overtaken = item.stands_on_configuration() && base != now;
    let (mut effects, mut as_shown, mut refused) = (Vec::new(), false, None);
    let mut own = None;
    match tried_after(workspace, edge, &before, item.operations()).await {
        Ok(tried) => {
            let does = effect(&tried.views)?;
            as_shown = does == item.effect;
            own = Some(does);
            effects = tried.views;
        }
        Err(error) => refused = Some(error.to_string()),
    }
    if item.asked().next().is_some() && refused.is_none() {
        // A request posts nothing; what it asks for does.
        match tried_after(workspace, edge, &before, item.asked()).await {
            Ok(tried) => {
                as_shown = shown(&tried.views) == item.shown;
                effects = tried.views;
            }
            Err(error) => refused = Some(error.to_string()),
        }
    }
    let now = match (own, &refused) {
        (Some(own), None) => Some(looked_at(&own, &shown(&effects))?),
        _ => None,
    };
    let texts =
        item.operations().map(|one| one.to_json().map_err(|e| AppError::stored("outbox", e)));
    Ok(ItemDetail {
        changes,
        published_since,
        conflicts,
        effects,
        as_shown,
        is_overtaken,
        now,
        refused,
        texts: texts.collect::<Result<_, _>>()?,
        item: ItemView::from(&item),
        shown: item.shown,
    })
}

/// Brings the configuration that an item publishes or asks for together with what was published since, with
/// what was chosen so far. Nothing is changed.
///
/// # Errors
/// [`OutboxError::Unknown`], or the store's.
pub async fn merge<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    number: u64,
    chosen: &BTreeMap<String, Choice>,
) -> Result<MergeView, AppError> {
    let (item, before) = (item(workspace, number)?, before(workspace, number)?);
    let ((base, revision), (theirs, now)) = bases(workspace, edge, (&item, &before)).await?;
    let (own, asked) = item.documents();
    let documents: Vec<_> = own.into_iter().chain(asked).collect();
    Ok(brought_together((&base, revision), &documents, (&theirs, now), chosen))
}

/// Refuses a choice for a place that is in no conflict, as one that is mistyped.
///
/// # Errors
/// [`AppError::NotInQuestion`]; [`OutboxError::Unknown`], or the store's.
pub async fn check_choices<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    number: u64,
    chosen: &BTreeMap<String, Choice>,
) -> Result<(), AppError> {
    let (item, before) = (item(workspace, number)?, before(workspace, number)?);
    let ((base, _), (theirs, _)) = bases(workspace, edge, (&item, &before)).await?;
    let (own, asked) = item.documents();
    let documents: Vec<_> = own.into_iter().chain(asked).collect();
    all_in_question(&base, &documents, &theirs, chosen)
}

/// Decides on an item again, as the copy knows the books now: a configuration together with what was
/// published since, everything else as it was, with what it would cause now. Where it is said what was looked
/// at ([`ItemDetail::now`]), exactly that is decided, or nothing.
///
/// # Errors
/// [`OutboxError::Conflicts`] for places that both changed and nothing was chosen for;
/// [`OutboxError::LookedAtOther`]; [`OutboxError::BeingSent`]; as [`super::queue`].
pub async fn renew<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    number: u64,
    chosen: &BTreeMap<String, Choice>,
    looked: Option<&str>,
) -> Result<QueuedView, AppError> {
    let (item, before) = (item(workspace, number)?, before(workspace, number)?);
    let renewed = decided(workspace, edge, (item, &before), chosen, looked).await?;
    let view = renewed.view();
    keep(workspace, edge, &[renewed]).await?;
    Ok(view)
}

/// An item that is decided again and not kept yet.
pub(super) struct Renewed {
    was: Item,
    pub(super) item: Item,
    effects: Vec<OperationView>,
    /// What it changes in the configuration now.
    changes: Vec<String>,
    /// The configuration that it was decided on before.
    base: Document,
}

impl Renewed {
    pub(super) fn view(&self) -> QueuedView {
        let (effects, changes) = (self.effects.clone(), self.changes.clone());
        QueuedView { item: Some((&self.item).into()), effects, changes }
    }
}

/// Decides on an item again, after what waits before it. Nothing is changed.
pub(super) async fn decided<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (was, before): (Item, &[Item]),
    chosen: &BTreeMap<String, Choice>,
    looked: Option<&str>,
) -> Result<Renewed, AppError> {
    let number = was.number;
    let ((base, _), (now, revision)) = bases(workspace, edge, (&was, before)).await?;
    let mut renewed = was.clone();
    for document in documents_mut(&mut renewed) {
        *document = three_way(&base, document, &now, chosen)
            .map_err(|conflicts| OutboxError::Conflicts { number, conflicts })?;
    }
    for Proposed(operation) in &mut renewed.operations {
        match &mut operation.action {
            Action::ApplyConfiguration(_) => operation.at = edge.now,
            Action::RequestApproval(request) => {
                let lasts = request.lapses_at.micros() - operation.at.micros();
                operation.at = edge.now;
                request.lapses_at = Instant::from_micros(edge.now.micros() + lasts)?;
                request.revision = revision;
                // A preview of something else goes no further.
                let hash =
                    configuration_of(request.proposed()).map(content_of_configuration).transpose();
                let hash = hash.map_err(|e| AppError::stored("outbox", e))?;
                request.preview.take_if(|preview| Some(preview.configuration) != hash);
            }
            _ => {}
        }
    }
    let tried = tried_after(workspace, edge, before, renewed.operations()).await?;
    let (own_effect, mut effects) = (effect(&tried.views)?, tried.views);
    if renewed.asked().next().is_some() {
        effects = tried_after(workspace, edge, before, renewed.asked()).await?.views;
    }
    let shown = shown(&effects);
    if let Some(looked) = looked
        && looked_at(&own_effect, &shown)? != looked
    {
        return Err(OutboxError::LookedAtOther { number }.into());
    }
    let on_waiting = renewed.stands_on_configuration() && !tried.is_published;
    let item = Item {
        queued_at: edge.now,
        queued_by: edge.actor.clone(),
        revision,
        base: on_waiting.then(|| Box::new(tried.catalog.document().clone())),
        effect: own_effect,
        shown,
        kept_back: None,
        ..renewed
    };
    let changes = item.changes(&now);
    Ok(Renewed { was, item, effects, changes, base })
}

/// Keeps what is decided again, all of it or nothing: not where one of the items is gone, is another by now
/// or is being sent.
pub(super) async fn keep<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    renewed: &[Renewed],
) -> Result<(), AppError> {
    {
        let held = Held::take(workspace)?;
        for Renewed { was, .. } in renewed {
            let number = was.number;
            held.is_free(number)?;
            if item(workspace, number)? != *was {
                return Err(OutboxError::LookedAtOther { number }.into());
            }
        }
        let items: Vec<_> = renewed.iter().map(|one| &one.item).collect();
        held.write(workspace, &items)?;
    }
    for Renewed { was, item, base, .. } in renewed {
        let documents = |item: &Item| {
            let (own, asked) = item.documents();
            own.into_iter().chain(asked).cloned().collect::<Vec<_>>()
        };
        let (before, after) = (documents(was), documents(item));
        if !after.is_empty() {
            let live = workspace.catalog().await?;
            // The item holds what it publishes, whatever becomes of a draft.
            follow_drafts(workspace, edge, (base, live.document()), (&before, &after));
        }
    }
    Ok(())
}
