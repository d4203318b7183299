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

#[cfg(test)]
mod tests {
    use scrip_catalog::Document;
    use scrip_store::SqliteStore;
    use scrip_units::{Date, Month};
    use std::ops::ControlFlow;
    use tempfile::TempDir;

    use super::*;
    use crate::drafts::{Draft, save};
    use crate::preview::{Request, preview};
    use crate::session::Edge;
    use crate::template::{self, Extent, NewWorkspace};

    fn edge() -> Edge {
        Edge { now: "2026-11-02T09:00:00Z".parse().unwrap(), actor: "ana".parse().unwrap() }
    }

    async fn october(dir: &std::path::Path) -> (Workspace<SqliteStore>, Document) {
        let new = NewWorkspace { dir, id: "w", extent: Extent::Month };
        let workspace = template::create("universal-credit", new, &edge()).await.unwrap().0;
        let live = workspace.catalog().await.unwrap().document().clone();
        (workspace, live)
    }

    /// The first card with its last version again, all prices with a digit more before the point.
    fn dearer(live: &Document) -> RateCard {
        let mut card = serde_json::to_value(&live.rate_cards[0]).unwrap();
        let versions = card["versions"].as_array_mut().unwrap();
        let mut version = versions.last().unwrap().clone();
        version["version"] = (versions.len() + 1).into();
        version["effective_at"] = "2027-01-01".into();
        version["status"] = "draft".into();
        for rate in version["rates"].as_array_mut().unwrap() {
            if let Some(price) = rate["price"].as_str() {
                rate["price"] = format!("1{price}").into();
            }
        }
        versions.push(version);
        serde_json::from_value(card).unwrap()
    }

    fn code(text: &str) -> PlanCode {
        PlanCode::try_new(text).unwrap()
    }

    #[tokio::test]
    async fn a_draft_is_a_scenario_and_two_of_the_same_card_are_not_one() {
        let folder = TempDir::new().unwrap();
        let (workspace, live) = october(folder.path()).await;
        for name in ["dearer", "dearer-too"] {
            let mut draft = Draft::new(code(name), 1, &edge());
            draft.put_card(&live, dearer(&live));
            save(&workspace, &edge(), &draft).unwrap();
        }
        std::fs::write(folder.path().join("drafts/broken.json"), "{").unwrap();
        let listed = drafts(&workspace).await.unwrap();
        let names: Vec<_> = listed.iter().map(|draft| draft.name.as_str()).collect();
        assert_eq!(names, ["broken", "dearer", "dearer-too"]);
        assert_eq!((listed[0].errors.len(), listed[1].errors.len()), (1, 0));
        let price = &listed[1].changes;
        assert!(price.iter().any(|change| change.path.ends_with(".price")), "{price:?}");

        let both = [code("dearer"), code("dearer-too")];
        let timing = Timing::SinceWindow;
        let refused = scenario_of(&workspace, "A", &both, timing).await.unwrap_err();
        assert!(refused.to_string().contains("both change"), "{refused}");
        assert!(scenario_of(&workspace, "A", &[], timing).await.is_err());

        let scenario = scenario_of(&workspace, "A", &both[..1], timing).await.unwrap();
        let month: Month = "2026-10".parse().unwrap();
        let request = Request {
            scenarios: vec![scenario],
            from: month.first_day(),
            through: month.last_day(),
            customers: Vec::new(),
            listed: None,
        };
        let view = preview(&workspace, request, &mut |_| ControlFlow::Continue(())).await.unwrap();
        assert!(view.backtest.exact);
        let total = view.lines.iter().find(|line| line.what == "Revenue, net").unwrap();
        assert_ne!(total.values[0], total.values[1]);
        assert_eq!(total.permille.iter().max(), Some(&1000));
        let spread = &view.spreads[0];
        for (place, class) in spread.classes.iter().enumerate() {
            let inside = spread.customers.iter().filter(|customer| customer.class == place);
            assert_eq!(inside.count() as u64, class.customers);
        }
        let _: Date = view.from.parse().unwrap();
    }
}
