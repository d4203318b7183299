//! Drafts of wallet types, from the first change to what is published.

use scrip_store::SqliteStore;
use scrip_units::OperationId;
use tempfile::TempDir;

use super::drafting::{self, FormView};
use super::*;
use crate::operate::Mode;
use crate::session::Edge;
use crate::workspace::Workspace;

const PRICING: &str = r#"
format = "scrip-config/1"
entity = { code = "e", name = "Acme BV", currency = "EUR", time_zone = "Europe/Amsterdam" }
units = [{ code = "credits", kind = "credit", scale = 2 }, { code = "tokens", kind = "usage" }]
meters = [{ code = "llm", unit = "tokens" }]

[[wallet_types]]
code = "standard"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-01-01", expiry = { rule = "after", months = 12 } }]
"#;

fn edge() -> Edge {
    Edge { now: "2026-03-10T09:00:00Z".parse().unwrap(), actor: "ana".parse().unwrap() }
}

fn id(text: &str) -> OperationId {
    OperationId::try_new(text).unwrap()
}

fn code(text: &str) -> WalletTypeCode {
    WalletTypeCode::try_new(text).unwrap()
}

async fn books() -> (TempDir, Workspace<SqliteStore>) {
    let folder = TempDir::new().unwrap();
    let workspace = Workspace::create(folder.path(), "w", edge().now).await.unwrap();
    let file = ("pricing.toml", PRICING);
    crate::config::apply(&workspace, &edge(), &id("c1"), file, Mode::Commit).await.unwrap();
    (folder, workspace)
}

async fn change(
    workspace: &Workspace<SqliteStore>,
    form: &FormView,
    values: &[(&str, &str)],
) -> FormView {
    let mut fields = form.fields.clone();
    for (name, value) in values {
        fields.insert((*name).to_owned(), (*value).to_owned());
    }
    drafting::save(workspace, &edge(), &code("standard"), (form.saved, &fields)).await.unwrap()
}

#[tokio::test]
async fn a_version_is_drafted_tried_compared_and_published() {
    let (_folder, workspace) = books().await;
    let standard = code("standard");
    assert_eq!(drafting::begin(&workspace, &edge(), &standard).await.unwrap(), 2);
    assert_eq!(drafting::begin(&workspace, &edge(), &standard).await.unwrap(), 2, "it stands");
    let form = drafting::form(&workspace, &standard).await.unwrap();
    assert_eq!((form.version, form.saved), (2, 1));
    assert_eq!(form.fields["effective_at"], "2026-04-01");
    assert_eq!(form.faults, []);
    let form = change(&workspace, &form, &[("expiry.months", "6"), ("priority", "10")]).await;
    assert_eq!((form.saved, form.faults.len()), (2, 0));

    let seen = drafting::seen(&workspace).await.unwrap();
    let rows = types(&seen, edge().now);
    assert_eq!(rows[0].versions[0].state, VersionState::Draft);
    assert_eq!(rows[0].expiry, "Expires 12 months after the purchase.", "nothing is in force yet");
    let shown = page(&seen, (&standard, Some(2)), edge().now).unwrap();
    let (wallet_type, version) = find(&seen, &standard, 2).unwrap();
    let run = run(&seen, wallet_type, version, &shown.example).unwrap();
    let expired = run.steps.iter().find(|step| step.kind == StepKind::Expired).unwrap();
    assert_eq!(expired.day.to_string(), "2026-10-01");
    let (other, changes) = drafting::compare(&seen, (&standard, 2), edge().now).unwrap();
    let titles: Vec<_> = changes.iter().map(|change| change.title).collect();
    assert_eq!((other, titles), (Some(1), vec!["Priority", "Expiry"]));
    assert_eq!(changes[1].before[0], "Expires 12 months after the purchase.");
    assert_eq!(changes[1].after[0], "Expires 6 months after the purchase.");

    let what = (&standard, form.saved);
    drafting::publish(&workspace, &edge(), (&id("p1"), Mode::Commit), what).await.unwrap();
    let live = workspace.catalog().await.unwrap();
    assert_eq!(live.revision(), 2);
    assert_eq!(live.wallet_type(&standard).unwrap().versions[1].status, Status::Published);
    assert!(matches!(
        drafting::form(&workspace, &standard).await,
        Err(AppError::UnknownDraft { .. })
    ));
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_field() {
    let (_folder, workspace) = books().await;
    let standard = code("standard");
    drafting::begin(&workspace, &edge(), &standard).await.unwrap();
    let form = drafting::form(&workspace, &standard).await.unwrap();
    let unread = change(&workspace, &form, &[("expiry.months", "twelve")]).await;
    assert_eq!(unread.saved, 1, "what cannot be read is not saved");
    assert_eq!(unread.faults[0].field, "expiry.months");
    let values = [
        ("overage_limit", "10"),
        ("alerts[0].code", "low"),
        ("alerts[0].below", "-5"),
        ("rollover.times", "0"),
    ];
    let wrong = change(&workspace, &form, &values).await;
    assert_eq!(wrong.saved, 2, "what is wrong may be put away");
    let places: Vec<_> = wrong.faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(places, ["rollover.times", "alerts[0].below", "overage_limit"]);
    let what = (&standard, wrong.saved);
    let refused = drafting::publish(&workspace, &edge(), (&id("p1"), Mode::Commit), what).await;
    let Err(AppError::Configuration { problems, .. }) = refused else { panic!("{refused:?}") };
    let problems: Vec<_> = problems.into_iter().map(|(problem, _)| problem).collect();
    let faults = drafting::faults_of(&problems, &standard, &wrong);
    assert!(faults.iter().any(|fault| fault.field == "alerts[0].below"), "{faults:?}");
    assert_eq!(drafting::form(&workspace, &standard).await.unwrap().saved, 2, "it is kept");
    let old = (&standard, 1);
    let stale = drafting::publish(&workspace, &edge(), (&id("p2"), Mode::Commit), old).await;
    assert!(matches!(stale, Err(AppError::DraftConflict { .. })));
    drafting::discard(&workspace, &standard).unwrap();
    assert!(drafting::discard(&workspace, &standard).is_err());
}

#[tokio::test]
async fn a_new_wallet_type_is_drafted_and_published() {
    let (_folder, workspace) = books().await;
    let (bonus, unit) = (code("bonus"), "credits".parse().unwrap());
    let new = (&bonus, "Bonus credits", unit);
    drafting::begin_new(&workspace, &edge(), new).await.unwrap();
    assert!(drafting::begin_new(&workspace, &edge(), new).await.is_err(), "there is one");
    let standard = (&code("standard"), "", unit);
    assert!(drafting::begin_new(&workspace, &edge(), standard).await.is_err(), "there is one");
    let nothing = (&code("other"), "", "pebbles".parse().unwrap());
    assert!(drafting::begin_new(&workspace, &edge(), nothing).await.is_err(), "no such unit");
    let form = drafting::form(&workspace, &bonus).await.unwrap();
    assert_eq!(form.faults, []);
    let what = (&bonus, form.saved);
    drafting::publish(&workspace, &edge(), (&id("p1"), Mode::Commit), what).await.unwrap();
    let live = workspace.catalog().await.unwrap();
    assert_eq!(live.wallet_type(&bonus).unwrap().name, "Bonus credits");
}
