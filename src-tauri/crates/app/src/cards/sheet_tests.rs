use scrip_catalog::Status;
use scrip_store::SqliteStore;
use scrip_units::{Instant, OperationId, When};
use tempfile::TempDir;

use super::GridRow;
use super::sheet::{self, NewCard, Place, Typed};
use crate::config;
use crate::error::AppError;
use crate::operate::Mode;
use crate::session::Edge;
use crate::workspace::Workspace;

const PRICING: &str = r#"
format = "scrip-config/1"
entity = { code = "e", name = "E", currency = "EUR", time_zone = "Europe/Berlin" }
units = [{ code = "credits", kind = "credit", scale = 2 }, { code = "tokens", kind = "usage" }]
customers = [{ code = "acme" }]

[[meters]]
code = "llm"
unit = "tokens"
dimensions = [{ name = "model", values = ["large", "small"] }]

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
overage = { currency = "EUR", price = "0.01" }
rates = [
    { code = "large", meter = "llm", match = { model = "large" }, model = "per_unit", price = "3", per = "1000" },
    { code = "any", meter = "llm", model = "per_unit", price = "1", per = "1000" },
]
"#;

fn edge(at: &str) -> Edge {
    Edge { now: at.parse().unwrap(), actor: "ana".parse().unwrap() }
}

fn now() -> Instant {
    "2026-03-10T00:00:00Z".parse().unwrap()
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

async fn begun(workspace: &Workspace<SqliteStore>) -> (Place, Vec<GridRow>, When) {
    let edge = Edge { now: now(), ..edge("2026-03-10T00:00:00Z") };
    let place = sheet::begin(workspace, &edge, &"list".parse().unwrap(), 1).await.unwrap();
    let view = sheet::open(workspace, &place, now()).await.unwrap();
    (place, view.grid.rows, view.grid.effective_at.parse().unwrap())
}

#[tokio::test]
async fn the_next_version_is_begun_as_a_copy_for_the_first_day_of_the_next_month() {
    let (_folder, workspace) = books().await;
    let (place, rows, effective_at) = begun(&workspace).await;
    assert_eq!((place.version, place.draft.as_ref().unwrap().as_str()), (2, "list-v2"));
    assert_eq!(effective_at.to_string(), "2026-04-01");
    assert_eq!(rows.len(), 2);
    let (second, ..) = begun(&workspace).await;
    assert_eq!(second.draft.unwrap().as_str(), "list-v2-2", "another draft is another name");
    let all = sheet::all(&workspace, now()).await.unwrap();
    assert_eq!((all.cards.len(), all.drafts.len()), (1, 2));
    assert_eq!(all.units, ["credits", "EUR"]);
}

#[tokio::test]
async fn a_sheet_is_checked_against_the_version_before_it() {
    let (_folder, workspace) = books().await;
    let (place, mut rows, effective_at) = begun(&workspace).await;
    rows[0].price = "3.30".into();
    rows[1].price = "cheap".into();
    let typed = Typed { place: &place, effective_at, rows: &rows };
    let checked = sheet::check(&workspace, &typed, now()).await.unwrap();
    assert!(!checked.readable);
    let problem = &checked.problems[0];
    assert_eq!((problem.row, problem.column.as_deref()), (Some(1), Some("price")));
    let first = &checked.changes[0];
    assert_eq!((first.row, first.percent.as_deref()), (0, Some("+10.0")));
    assert_eq!(first.was["price"], "3");

    rows.pop();
    let early: When = "2025-12-01".parse().unwrap();
    let typed = Typed { place: &place, effective_at: early, rows: &rows };
    let checked = sheet::check(&workspace, &typed, now()).await.unwrap();
    assert_eq!(checked.gone, ["any"]);
    let codes: Vec<_> = checked.problems.iter().map(|p| p.code.as_str()).collect();
    assert!(codes.contains(&"hole"), "small has no price: {codes:?}");
}

#[tokio::test]
async fn what_is_half_typed_is_saved_and_not_published() {
    let (_folder, workspace) = books().await;
    let (place, mut rows, effective_at) = begun(&workspace).await;
    rows[0].price = "dear".into();
    let name = place.draft.clone().unwrap();
    let typed = Typed { place: &place, effective_at, rows: &rows };
    let edge = edge("2026-03-10T00:00:00Z");
    let draft = sheet::save(&workspace, &edge, &typed, (1, "spring")).await.unwrap();
    assert_eq!(draft.saved, 2);
    let view = sheet::open(&workspace, &place, now()).await.unwrap();
    assert_eq!(view.grid.rows[0].price, "dear", "it is as it was typed");
    assert_eq!(view.draft.unwrap().note, "spring");
    assert!(sheet::all(&workspace, now()).await.unwrap().drafts[0].is_half_typed);
    let refused = sheet::publish(&workspace, &edge, (&id("p1"), Mode::Commit), (&name, 2)).await;
    assert!(matches!(refused, Err(AppError::Argument(_))), "{refused:?}");

    let stale = sheet::save(&workspace, &edge, &typed, (1, "")).await;
    assert!(matches!(stale, Err(AppError::DraftConflict { .. })), "{stale:?}");
}

#[tokio::test]
async fn a_sheet_is_published_from_its_date_and_compared() {
    let (_folder, workspace) = books().await;
    let (place, mut rows, _) = begun(&workspace).await;
    rows[0].price = "4.50".into();
    let effective_at: When = "2026-05-01".parse().unwrap();
    let typed = Typed { place: &place, effective_at, rows: &rows };
    let edge = edge("2026-03-10T00:00:00Z");
    let draft = sheet::save(&workspace, &edge, &typed, (1, "")).await.unwrap();
    assert_eq!(draft.half_typed, []);
    let live = Place { version: 1, draft: None, ..place.clone() };
    let compared = sheet::compare(&workspace, (&live, &place), now()).await.unwrap();
    assert_eq!(compared.rows[0].percent.as_deref(), Some("+50.0"));
    assert_eq!(compared.rows[1].changed, Vec::<String>::new());

    let name = place.draft.clone().unwrap();
    let stale = sheet::publish(&workspace, &edge, (&id("p1"), Mode::Commit), (&name, 1)).await;
    assert!(matches!(stale, Err(AppError::DraftConflict { .. })), "{stale:?}");
    let act = (&id("p2"), Mode::Commit);
    sheet::publish(&workspace, &edge, act, (&name, draft.saved)).await.unwrap();
    let catalog = workspace.catalog().await.unwrap();
    let version = &catalog.document().rate_cards[0].versions[1];
    assert_eq!((version.status, version.effective_at), (Status::Published, effective_at));
    assert!(sheet::all(&workspace, now()).await.unwrap().drafts.is_empty());
}

#[tokio::test]
async fn a_new_card_begins_without_rates_and_its_code_is_free() {
    let (_folder, workspace) = books().await;
    let edge = edge("2026-03-10T00:00:00Z");
    let new = |code: &str| NewCard {
        code: code.parse().unwrap(),
        name: String::new(),
        unit: "credits".parse().unwrap(),
    };
    let taken = sheet::begin_card(&workspace, &edge, new("list")).await;
    assert!(matches!(taken, Err(AppError::Argument(_))), "{taken:?}");
    let place = sheet::begin_card(&workspace, &edge, new("batch")).await.unwrap();
    let view = sheet::open(&workspace, &place, now()).await.unwrap();
    assert!(view.base.is_none() && view.grid.rows.is_empty());
    assert_eq!(view.grid.dimensions[0].name, "model", "every meter may be priced");
}
