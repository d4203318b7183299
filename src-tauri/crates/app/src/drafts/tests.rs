use scrip_store::SqliteStore;
use tempfile::TempDir;

use super::*;

const PRICING: &str = r#"
format = "scrip-config/1"
entity = { code = "e", name = "E", currency = "EUR", time_zone = "Europe/Berlin" }
units = [{ code = "credits", kind = "credit", scale = 2 }, { code = "tokens", kind = "usage" }]
meters = [{ code = "llm", unit = "tokens" }]
customers = [{ code = "acme" }]

[[wallet_types]]
code = "standard"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-01-01" }]

[[rate_cards]]
code = "list"
unit = "credits"

[[rate_cards.versions]]
version = 1
effective_at = "2026-01-01"
rates = [{ code = "any", meter = "llm", model = "per_unit", price = "3", per = "1000" }]
"#;

fn edge(at: &str) -> Edge {
    Edge { now: at.parse().unwrap(), actor: "ana".parse().unwrap() }
}

fn id(text: &str) -> OperationId {
    OperationId::try_new(text).unwrap()
}

async fn books() -> (TempDir, Workspace<SqliteStore>) {
    let folder = TempDir::new().unwrap();
    let edge = edge("2026-02-01T00:00:00Z");
    let workspace = Workspace::create(folder.path(), "w", edge.now).await.unwrap();
    let file = ("pricing.toml", PRICING);
    config::apply(&workspace, &edge, &id("c1"), file, Mode::Commit).await.unwrap();
    (folder, workspace)
}

async fn live(workspace: &Workspace<SqliteStore>) -> Document {
    workspace.catalog().await.unwrap().document().clone()
}

/// The card with another version, of which the large model costs `price`.
fn dearer(document: &Document, number: u32, price: &str, status: &str) -> RateCard {
    let mut card = document.rate_cards[0].clone();
    let version = serde_json::json!({
        "version": number, "effective_at": "2026-12-01", "status": status,
        "rates": [{ "code": "any", "meter": "llm", "model": "per_unit", "price": price, "per": "1000" }]
    });
    card.versions.push(serde_json::from_value(version).unwrap());
    card
}

fn name(text: &str) -> PlanCode {
    PlanCode::try_new(text).unwrap()
}

#[tokio::test]
async fn a_draft_is_saved_checked_and_published_from_a_date_on() {
    let (_folder, workspace) = books().await;
    let (before, edge) = (live(&workspace).await, edge("2026-03-01T00:00:00Z"));
    let mut draft = Draft::new(name("autumn"), 1, &edge);
    draft.put_card(&before, dearer(&before, 2, "4", "draft"));
    let draft = save(&workspace, &edge, &draft).unwrap();
    assert_eq!(draft.saved, 1);
    assert_eq!(load(&workspace, &draft.name).unwrap(), draft);
    assert_eq!(list(&workspace).unwrap().len(), 1);
    assert_eq!(live(&workspace).await, before, "a draft changes nothing");

    let at: When = "2026-10-01".parse().unwrap();
    let checked = check(&workspace, &draft, Some(at)).await.unwrap();
    assert_eq!(checked.changes.len(), 1);
    assert_eq!(checked.problems.iter().filter(|p| p.is_error()).count(), 0);
    assert_eq!(checked.conflicts, []);

    let dry = (&id("p0"), Mode::DryRun);
    publish(&workspace, &edge, dry, (&draft, Some(at))).await.unwrap();
    assert_eq!(live(&workspace).await, before, "a dry run changes nothing");
    let view = publish(&workspace, &edge, (&id("p1"), Mode::Commit), (&draft, Some(at))).await;
    assert_eq!(view.unwrap().revision, 2);
    let after = live(&workspace).await;
    let version = &after.rate_cards[0].versions[1];
    assert_eq!((version.status, version.effective_at), (Status::Published, at));
    assert_eq!(after.rate_cards[0].versions[0], before.rate_cards[0].versions[0]);
    assert!(list(&workspace).unwrap().is_empty());
    assert!(matches!(load(&workspace, &draft.name), Err(AppError::UnknownDraft { .. })));
}

#[tokio::test]
async fn what_somebody_else_did_meanwhile_is_a_conflict_and_never_overwritten() {
    let (_folder, workspace) = books().await;
    let (before, edge) = (live(&workspace).await, edge("2026-03-01T00:00:00Z"));
    let mut mine = Draft::new(name("mine"), 1, &edge);
    mine.put_card(&before, dearer(&before, 2, "4", "draft"));
    let mine = save(&workspace, &edge, &mine).unwrap();

    // Another saved the same draft: the one who read the first saving is told.
    save(&workspace, &edge, &mine).unwrap();
    let stale = save(&workspace, &edge, &mine);
    assert!(matches!(stale, Err(AppError::DraftConflict { .. })), "{stale:?}");
    let mine = load(&workspace, &mine.name).unwrap();

    // Another published the same card.
    let mut theirs = Draft::new(name("theirs"), 1, &edge);
    theirs.put_card(&before, dearer(&before, 2, "5", "published"));
    publish(&workspace, &edge, (&id("p1"), Mode::Commit), (&theirs, None)).await.unwrap();
    let checked = check(&workspace, &mine, None).await.unwrap();
    assert_eq!(checked.conflicts.len(), 1);
    assert_eq!(checked.conflicts[0].path, "rate_cards[list]");
    assert_eq!((checked.conflicts[0].ours.len(), checked.conflicts[0].theirs.len()), (1, 1));
    let refused = publish(&workspace, &edge, (&id("p2"), Mode::Commit), (&mine, None)).await;
    assert!(matches!(refused, Err(AppError::DraftConflict { .. })), "{refused:?}");
    assert_eq!(load(&workspace, &mine.name).unwrap(), mine, "the work is kept");
}

#[tokio::test]
async fn a_draft_that_is_wrong_is_not_published_and_kept() {
    let (_folder, workspace) = books().await;
    let (before, edge) = (live(&workspace).await, edge("2026-03-01T00:00:00Z"));
    let mut draft = Draft::new(name("wrong"), 1, &edge);
    let mut card = dearer(&before, 2, "4", "draft");
    card.versions[1].rates.clear();
    draft.put_card(&before, card);
    let draft = save(&workspace, &edge, &draft).unwrap();
    let checked = check(&workspace, &draft, None).await.unwrap();
    assert!(checked.problems.iter().any(Problem::is_error));
    let refused = publish(&workspace, &edge, (&id("p1"), Mode::Commit), (&draft, None)).await;
    assert!(matches!(refused, Err(AppError::Configuration { .. })), "{refused:?}");
    assert_eq!(load(&workspace, &draft.name).unwrap(), draft);
    assert_eq!(live(&workspace).await, before);
}

#[tokio::test]
async fn what_is_put_back_is_no_change_and_a_broken_file_is_named() {
    let (folder, workspace) = books().await;
    let (before, edge) = (live(&workspace).await, edge("2026-03-01T00:00:00Z"));
    let mut draft = Draft::new(name("maybe"), 1, &edge);
    draft.put_card(&before, dearer(&before, 2, "4", "draft"));
    draft.put_card(&before, before.rate_cards[0].clone());
    assert!(draft.rate_cards.is_empty());
    std::fs::create_dir(folder.path().join(DRAFTS_FOLDER)).unwrap();
    std::fs::write(folder.path().join("drafts/broken.json"), "{").unwrap();
    let listed = list(&workspace).unwrap();
    assert_eq!(listed[0].name, "broken");
    assert!(listed[0].draft.as_ref().unwrap_err().to_string().contains("broken.json"));
}
