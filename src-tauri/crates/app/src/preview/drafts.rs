//! Drafts as the scenarios of a preview.

use scrip_catalog::{Change, ChangeKind, Problem, RateCard, version_difference};
use scrip_preview::{Scenario, Timing};
use scrip_store::LedgerStore;
use scrip_units::PlanCode;

use crate::drafts::{Item, check, list, load};
use crate::error::AppError;
use crate::session::stored_document;
use crate::workspace::Workspace;

/// A draft, with what it would change.
#[derive(Debug, Clone)]
pub struct DraftView {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub note: String,
    /// When it was saved last, and by whom.
    pub saved: Option<(String, String)>,
    /// What it changes in the configuration in force.
    pub changes: Vec<Change>,
    /// Why it cannot be previewed: it cannot be read, or is no valid configuration.
    pub errors: Vec<String>,
}

/// The drafts of a workspace, in order of name.
///
/// # Errors
/// [`AppError::NoConfiguration`], or the store's.
pub async fn drafts<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Vec<DraftView>, AppError> {
    let mut views = Vec::new();
    for listed in list(workspace)? {
        views.push(match listed.draft {
            Err(error) => DraftView {
                name: listed.name,
                note: String::new(),
                saved: None,
                changes: Vec::new(),
                errors: vec![error.to_string()],
            },
            Ok(draft) => {
                let checked = check(workspace, &draft, None).await?;
                let problems = checked.problems.iter().filter(|problem| problem.is_error());
                DraftView {
                    name: listed.name,
                    note: draft.note,
                    saved: Some((draft.saved_at.to_string(), draft.saved_by.to_string())),
                    changes: in_words(&draft.rate_cards, checked.changes),
                    errors: problems.map(Problem::to_string).collect(),
                }
            }
        });
    }
    Ok(views)
}

/// The changes, a new version of a rate card as what it changes against the version before it.
fn in_words(cards: &[Item<RateCard>], changes: Vec<Change>) -> Vec<Change> {
    let mut words = Vec::new();
    for change in changes {
        let versions = cards.iter().filter_map(|Item { after: card, .. }| {
            let version = card.versions.iter().find(|version| {
                change.kind == ChangeKind::Added
                    && change.path
                        == format!("rate_cards[{}].versions[{}]", card.code, version.version)
            })?;
            let before = card.versions.iter().map(|v| v.version);
            let before = before.filter(|number| *number < version.version).max()?;
            version_difference(card, before, version.version)
        });
        match versions.flatten().collect::<Vec<_>>() {
            none if none.is_empty() => words.push(change),
            found => words.extend(found),
        }
    }
    words
}

/// The scenario that some drafts make together.
///
/// # Errors
/// [`AppError::UnknownDraft`], [`AppError::Argument`] when two of them change the same item or nothing is
/// changed, or the store's.
pub async fn scenario_of<S: LedgerStore>(
    workspace: &Workspace<S>,
    name: &str,
    drafts: &[PlanCode],
    timing: Timing,
) -> Result<Scenario, AppError> {
    let config = workspace.store().config_latest().await?.ok_or(AppError::NoConfiguration)?;
    let live = stored_document(&config)?;
    let mut document = live.clone();
    let mut taken: Vec<(String, &PlanCode)> = Vec::new();
    for draft in drafts {
        let loaded = load(workspace, draft)?;
        for item in loaded.items() {
            if let Some((_, other)) = taken.iter().find(|(known, _)| *known == item) {
                return Err(AppError::Argument(format!(
                    "the drafts {other} and {draft} both change {item}: put them into different scenarios"
                )));
            }
            taken.push((item, draft));
        }
        document = loaded.document(&document);
    }
    if document == live {
        return Err(AppError::Argument(format!(
            "scenario {name} changes nothing: choose a draft for it"
        )));
    }
    Ok(Scenario { name: name.to_owned(), draft: document, timing })
}
