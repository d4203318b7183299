//! The usage archive comes over with the entries: a copy previews, explains and verifies as production does,
//! and a service posts from whichever folder it works in.

use std::ops::ControlFlow;
use std::path::Path;

use scrip_app::explain::explain_event;
use scrip_app::following::{self, PullView, UsagePulled};
use scrip_app::preview::{Request, preview};
use scrip_app::usage::{import, post};
use scrip_app::verify::verify_folder;
use scrip_app::workspace::Database;
use scrip_app::{AppError, Workspace};
use scrip_catalog::Document;
use scrip_preview::{Scenario, Timing};
use scrip_production::sync::{Pull, Pulling, SyncError};
use scrip_production::{Ledger, PostgresStore};
use scrip_store::{LedgerStore, Mode as Access, SqliteStore, StoreError};
use scrip_units::EventKey;
use scrip_usage::{Control, ImportOptions, Manifest, Mapping, Source, UsageError};
use tempfile::TempDir;

use crate::server::{Both, edge, now, options};

fn database(both: &Both) -> Database {
    Database::new(both.url.clone(), options())
}

async fn pull_into(folder: &Path, both: &Both) -> PullView {
    let go_on = &mut |_| ControlFlow::Continue(());
    following::pull(folder, &database(both), Pull::default(), now(), go_on).await.unwrap().1
}

async fn copy_in(folder: &TempDir) -> Workspace<SqliteStore> {
    Workspace::<SqliteStore>::open(folder.path(), Access::ReadOnly).await.unwrap()
}

/// Whether a copy has the whole archive, and its operations applied again give its entries.
async fn is_whole(copy: &Workspace<SqliteStore>, both: &Both) {
    assert_eq!(copy.manifest().await.unwrap(), both.production.manifest().await.unwrap());
    assert_eq!(copy.store().progress().await.unwrap(), both.store().progress().await.unwrap());
    assert_eq!(copy.store().imports().await.unwrap(), both.store().imports().await.unwrap());
    let verified = verify_folder(copy).await.unwrap();
    assert!(verified.sound, "{verified:#?}");
    let operations = copy.store().status().await.unwrap().operations;
    assert!(verified.checks.iter().any(|c| c.count == operations), "{verified:#?}");
}

/// A baseline alone, and a scenario without a change, over the month of the template.
async fn previewed<S: LedgerStore>(workspace: &Workspace<S>) -> String {
    let config = workspace.store().config_latest().await.unwrap().unwrap();
    let draft: Document = serde_json::from_str(&config.document).unwrap();
    let scenario = Scenario { name: "the same".to_owned(), draft, timing: Timing::default() };
    let request = Request {
        from: "2026-10-01".parse().unwrap(),
        through: "2026-10-31".parse().unwrap(),
        scenarios: vec![scenario],
        customers: Vec::new(),
        listed: None,
    };
    let view = preview(workspace, request, &mut |_| ControlFlow::Continue(())).await.unwrap();
    assert!(view.backtest.exact);
    serde_json::to_string(&view).unwrap()
}

/// Adds a file of usage at production from a folder, and posts it.
async fn use_more(production: &Workspace<Ledger>, mapping: &Path, csv: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("more.csv");
    std::fs::write(&file, csv).unwrap();
    let mapping = Mapping::from_toml(&std::fs::read_to_string(mapping).unwrap()).unwrap();
    let (source, options) = (Source::file(&file), ImportOptions::new(now()));
    let go_on = &mut |_| Control::Continue;
    import(production, &edge(), &source, &mapping, &options, go_on).await.unwrap();
    let go_on = &mut |_| ControlFlow::Continue(());
    let posted = post(production, &edge(), now(), go_on).await.unwrap();
    assert_eq!(posted.customers, 1, "{posted:?}");
}

/// Usage of the template as it was imported.
fn usage_csv(both: &Both) -> String {
    std::fs::read_to_string(both.production.root().join("sources/usage.csv")).unwrap()
}

/// The first row of the template's usage with another key.
fn another(both: &Both, key: &str) -> String {
    let csv = usage_csv(both);
    let mut lines = csv.lines();
    let (header, row) = (lines.next().unwrap(), lines.next().unwrap());
    let place = header.split(',').position(|name| name == "request_id").unwrap();
    let mut row: Vec<&str> = row.split(',').collect();
    row[place] = key;
    format!("{header}\n{}\n", row.join(","))
}

/// The key of an event of the template.
fn event(both: &Both) -> EventKey {
    let csv = usage_csv(both);
    let (header, row) = (csv.lines().next().unwrap(), csv.lines().nth(1).unwrap());
    let place = header.split(',').position(|name| name == "request_id").unwrap();
    EventKey::try_new(&format!("{}/input", row.split(',').nth(place).unwrap())).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_previews_explains_and_verifies_as_production_does() {
    let both = Both::of("money-wallet").await;
    let folder = tempfile::tempdir().unwrap();
    let first = pull_into(folder.path(), &both).await.usage;
    let segments = both.production.manifest().await.unwrap().segments;
    let events = segments.iter().map(|segment| u64::from(segment.rows)).sum::<u64>();
    assert_eq!((first.events, first.files, first.lacking), (events, 3, 0), "{first:?}");
    let copy = copy_in(&folder).await;
    is_whole(&copy, &both).await;
    assert_eq!(previewed(&copy).await, previewed(&both.production).await);
    let key = event(&both);
    let text = |view| serde_json::to_string(&view).unwrap();
    let here = text(explain_event(&copy, None, &key).await.unwrap());
    assert_eq!(here, text(explain_event(&both.production, None, &key).await.unwrap()));
    assert_eq!(pull_into(folder.path(), &both).await.usage, UsagePulled::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn services_post_from_whichever_folder_they_work_in() {
    let both = Both::of("money-wallet").await;
    let desk = tempfile::tempdir().unwrap();
    pull_into(desk.path(), &both).await;
    let mapping = both.production.root().join("sources/mapping.toml");
    let elsewhere = tempfile::tempdir().unwrap();
    let database = database(&both);
    let other = Workspace::<Ledger>::open_in(elsewhere.path(), &database, Access::ReadWrite);
    let other = other.await.unwrap();
    use_more(&other, &mapping, &another(&both, "from-elsewhere")).await;
    use_more(&both.production, &mapping, &another(&both, "from-here")).await;
    // The other folder lacks what was posted here, and the same key is known in both.
    let again = another(&both, "from-here");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("again.csv"), again).unwrap();
    let mapping = Mapping::from_toml(&std::fs::read_to_string(mapping).unwrap()).unwrap();
    let (source, options) =
        (Source::file(folder.path().join("again.csv")), ImportOptions::new(now()));
    let outcome =
        import(&other, &edge(), &source, &mapping, &options, &mut |_| Control::Continue).await;
    assert_eq!(outcome.unwrap().events, 0);
    let usage = pull_into(desk.path(), &both).await.usage;
    // Each row is three events, and each import and posting run leaves three files.
    assert_eq!((usage.events, usage.files), (6, 6), "{usage:?}");
    is_whole(&copy_in(&desk).await, &both).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_that_is_stopped_among_the_files_goes_on_there() {
    let both = Both::of("organisation-pool").await;
    let desk = tempfile::tempdir().unwrap();
    let stop = &mut |at: Pulling| match at.files {
        0 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    };
    let stopped =
        following::pull(desk.path(), &database(&both), Pull::default(), now(), stop).await;
    assert!(matches!(stopped.unwrap_err(), AppError::Sync(SyncError::Cancelled)));
    assert_eq!(copy_in(&desk).await.manifest().await.unwrap(), Manifest::default());
    let rest = pull_into(desk.path(), &both).await.usage;
    assert_eq!(rest.files, 2, "the first file was there already: {rest:?}");
    is_whole(&copy_in(&desk).await, &both).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_comes_damaged_is_left_out_and_comes_when_it_is_whole() {
    let both = Both::of("money-wallet").await;
    let desk = tempfile::tempdir().unwrap();
    let xor = "ALTER TABLE archive_parts DISABLE TRIGGER refuse_change; \
         UPDATE archive_parts SET content = set_byte(content, 100, get_byte(content, 100) # 1); \
         ALTER TABLE archive_parts ENABLE TRIGGER refuse_change";
    both.sql(xor);
    let (database, go_on) = (database(&both), &mut |_| ControlFlow::Continue(()));
    let refused = following::pull(desk.path(), &database, Pull::default(), now(), go_on);
    let refused = refused.await.unwrap_err();
    assert!(matches!(refused, AppError::Usage(UsageError::Damaged { .. })), "{refused}");
    let copy = copy_in(&desk).await;
    assert!(copy.manifest().await.unwrap().segments.is_empty());
    // What is known without the archive is there and holds.
    let verified = verify_folder(&copy).await.unwrap();
    assert!(verified.sound, "{verified:#?}");
    both.sql(xor);
    pull_into(desk.path(), &both).await;
    is_whole(&copy_in(&desk).await, &both).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_an_older_version_is_upgraded_on_purpose_and_hands_its_files_in() {
    let both = Both::of("money-wallet").await;
    both.sql(
        "DROP TABLE archive_parts; DROP INDEX operations_by_kind; \
         ALTER TABLE formats DISABLE TRIGGER refuse_change; \
         DELETE FROM formats WHERE version > 3; \
         ALTER TABLE formats ENABLE TRIGGER refuse_change; \
         DELETE FROM _sqlx_migrations WHERE version > 3",
    );
    let older = PostgresStore::open(&both.url, Access::ReadOnly, &options()).await.unwrap_err();
    assert!(matches!(older, StoreError::OlderFormat { found: 3, known: 4, .. }), "{older}");
    let done = Workspace::<Ledger>::upgrade_in(&database(&both)).await.unwrap();
    assert_eq!((done.from, done.to), (3, 4));
    let done = Workspace::<Ledger>::upgrade_in(&database(&both)).await.unwrap();
    assert_eq!((done.from, done.to), (4, 4));
    assert_eq!(both.store().integrity().await.unwrap(), Vec::<String>::new());

    let desk = tempfile::tempdir().unwrap();
    let usage = pull_into(desk.path(), &both).await.usage;
    assert_eq!((usage.files, usage.events, usage.lacking), (0, 0, 3), "{usage:?}");
    // There is nothing to post, and the files are handed in.
    let go_on = &mut |_| ControlFlow::Continue(());
    post(&both.production, &edge(), now(), go_on).await.unwrap();
    let usage = pull_into(desk.path(), &both).await.usage;
    assert_eq!((usage.files, usage.lacking), (3, 0), "{usage:?}");
    is_whole(&copy_in(&desk).await, &both).await;
}
