//! Drafts of wallet types, from the first change to what is published.

use scrip_store::SqliteStore;
use scrip_units::OperationId;
use tempfile::TempDir;

use super::drafting;
use super::*;
use crate::designing::{self, FormView};
use crate::operate::Mode;
use crate::session::Edge;
use crate::workspace::Workspace;
use scrip_catalog::WalletType;

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
    designing::save::<WalletType, _>(workspace, &edge(), "standard", (form.saved, &fields))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_version_is_drafted_tried_compared_and_published() {
    let (_folder, workspace) = books().await;
    let standard = code("standard");
    assert_eq!(
        designing::begin::<WalletType, _>(&workspace, &edge(), "standard").await.unwrap(),
        2
    );
    assert_eq!(
        designing::begin::<WalletType, _>(&workspace, &edge(), "standard").await.unwrap(),
        2,
        "it stands"
    );
    let form = designing::form::<WalletType, _>(&workspace, "standard").await.unwrap();
    assert_eq!((form.version, form.saved), (2, 1));
    assert_eq!(form.fields["effective_at"], "2026-04-01");
    assert_eq!(form.faults, []);
    let form = change(&workspace, &form, &[("expiry.months", "6"), ("priority", "10")]).await;
    assert_eq!((form.saved, form.faults.len()), (2, 0));

    let seen = designing::seen(&workspace).await.unwrap();
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

    let what = ("standard", form.saved);
    designing::publish::<WalletType, _>(&workspace, &edge(), (&id("p1"), Mode::Commit), what)
        .await
        .unwrap();
    let live = workspace.catalog().await.unwrap();
    assert_eq!(live.revision(), 2);
    assert_eq!(live.wallet_type(&standard).unwrap().versions[1].status, Status::Published);
    assert!(matches!(
        designing::form::<WalletType, _>(&workspace, "standard").await,
        Err(AppError::UnknownDraft { .. })
    ));
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_field() {
    let (_folder, workspace) = books().await;
    designing::begin::<WalletType, _>(&workspace, &edge(), "standard").await.unwrap();
    let form = designing::form::<WalletType, _>(&workspace, "standard").await.unwrap();
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
    let what = ("standard", wrong.saved);
    let refused =
        designing::publish::<WalletType, _>(&workspace, &edge(), (&id("p1"), Mode::Commit), what)
            .await;
    let Err(AppError::Configuration { problems, .. }) = refused else { panic!("{refused:?}") };
    let problems: Vec<_> = problems.into_iter().map(|(problem, _)| problem).collect();
    let faults = designing::faults_of::<WalletType>(&problems, "standard", &wrong);
    assert!(faults.iter().any(|fault| fault.field == "alerts[0].below"), "{faults:?}");
    assert_eq!(
        designing::form::<WalletType, _>(&workspace, "standard").await.unwrap().saved,
        2,
        "it is kept"
    );
    let old = ("standard", 1);
    let stale =
        designing::publish::<WalletType, _>(&workspace, &edge(), (&id("p2"), Mode::Commit), old)
            .await;
    assert!(matches!(stale, Err(AppError::DraftConflict { .. })));
    designing::discard::<WalletType, _>(&workspace, "standard").unwrap();
    assert!(designing::discard::<WalletType, _>(&workspace, "standard").is_err());
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
    let form = designing::form::<WalletType, _>(&workspace, "bonus").await.unwrap();
    assert_eq!(form.faults, []);
    let what = ("bonus", form.saved);
    designing::publish::<WalletType, _>(&workspace, &edge(), (&id("p1"), Mode::Commit), what)
        .await
        .unwrap();
    let live = workspace.catalog().await.unwrap();
    assert_eq!(live.wallet_type(&bonus).unwrap().name, "Bonus credits");
}

#[tokio::test]
async fn a_plan_is_drafted_dated_and_published() {
    use crate::plans;
    use scrip_catalog::Plan;
    let (_folder, workspace) = books().await;
    let team = "team".parse().unwrap();
    plans::begin_new(&workspace, &edge(), &team, "Team").await.unwrap();
    assert!(plans::begin_new(&workspace, &edge(), &team, "Team").await.is_err(), "there is one");
    let form = designing::form::<Plan, _>(&workspace, "team").await.unwrap();
    let mut fields = form.fields.clone();
    for (name, value) in [
        ("grants[0].code", "monthly"),
        ("grants[0].wallet_type", "nothing"),
        ("grants[0].units", "100"),
        ("grants[0].kind", "promotional"),
        ("grants[0].every.months", "1"),
    ] {
        fields.insert(name.to_owned(), value.to_owned());
    }
    let save = (form.saved, &fields);
    let wrong = designing::save::<Plan, _>(&workspace, &edge(), "team", save).await.unwrap();
    assert_eq!(wrong.faults[0].field, "grants[0].wallet_type", "{:?}", wrong.faults);
    let seen = designing::seen(&workspace).await.unwrap();
    let view = plans::calendar(&seen, (&team, None), (None, edge().now)).unwrap();
    assert!(
        view.refused.unwrap().contains("does not exist"),
        "it is looked at although it is wrong"
    );
    fields.insert("grants[0].wallet_type".to_owned(), "standard".to_owned());
    let save = (wrong.saved, &fields);
    let right = designing::save::<Plan, _>(&workspace, &edge(), "team", save).await.unwrap();
    assert_eq!(right.faults, []);
    let seen = designing::seen(&workspace).await.unwrap();
    let start = Some("2027-01-31".parse().unwrap());
    let view = plans::calendar(&seen, (&team, None), (start, edge().now)).unwrap();
    assert_eq!(view.dates[1].day.to_string(), "2027-02-28");
    let what = ("team", right.saved);
    let act = (&id("p1"), Mode::Commit);
    designing::publish::<Plan, _>(&workspace, &edge(), act, what).await.unwrap();
    assert_eq!(workspace.catalog().await.unwrap().plan(&team).unwrap().name, "Team");
}
