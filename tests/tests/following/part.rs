//! A copy of which a part is here: nothing is said of it that needs the whole.

use std::ops::ControlFlow;
use std::path::Path;

use scrip_app::customers::{self, CustomerFilter};
use scrip_app::reporting::{self, ReportKind, Window};
use scrip_app::verify::verify_folder;
use scrip_app::workspace::Database;
use scrip_app::{AppError, Code, Workspace, following, operate, outbox, overview, preview, query};
use scrip_preview::{Scenario, Timing};
use scrip_production::sync::{Pull, Pulling, SyncError};
use scrip_revenue::RollForwardBy;
use scrip_store::{EntryFilter, LedgerStore, Mode as Access, Page, SqliteStore, StoreError};
use scrip_units::{CustomerCode, Instant};
use scrip_usage::FileLock;

use crate::server::{Both, edge, now, options};
use crate::{by, credit, customer_of, run, said, same};

type Copy = Workspace<SqliteStore>;

/// Begins to pull into a folder, and stops after the first page.
async fn begun(both: &Both, root: &Path, how: Pull, at: Instant) -> (Copy, Pulling) {
    let database = Database::new(both.url.clone(), options());
    let mut last = Pulling::default();
    let mut stop = |at: Pulling| match at.operations {
        0 => ControlFlow::Continue(()),
        _ => {
            last = at;
            ControlFlow::Break(())
        }
    };
    let stopped = following::pull(root, &database, how, at, &mut stop).await;
    assert!(matches!(stopped, Err(AppError::Sync(SyncError::Cancelled))));
    (Workspace::open(root, Access::ReadWrite).await.unwrap(), last)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_first_pulls_into_a_folder_do_not_touch_each_other() {
    let both = Both::of("money-wallet").await;
    let database = Database::new(both.url.clone(), options());
    let into = async |root: &Path| {
        let go_on = &mut |_| ControlFlow::Continue(());
        following::pull(root, &database, by(3), now(), go_on).await.map(drop)
    };
    // Another one has begun, and has made nothing yet.
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("new");
    std::fs::create_dir(&root).unwrap();
    let other = FileLock::take(&root.join("pull.lock")).unwrap().unwrap();
    let refused = into(&root).await.unwrap_err();
    assert!(matches!(refused, AppError::Pulling { .. }), "{refused}");
    assert!(!root.join("ledger.sqlite").exists());
    drop(other);

    let (one, two, three) = tokio::join!(into(&root), into(&root), into(&root));
    let all = [one, two, three];
    assert!(all.iter().any(Result::is_ok), "{all:?}");
    for refused in all.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, AppError::Pulling { .. }), "{refused}");
    }
    let copy = Copy::open(&root, Access::ReadOnly).await.unwrap();
    same(&both, copy.store()).await;
}

async fn ended(both: &Both, root: &Path, at: Instant) -> Copy {
    let database = Database::new(both.url.clone(), options());
    let go_on = &mut |_| ControlFlow::Continue(());
    following::pull(root, &database, by(3), at, go_on).await.unwrap();
    Workspace::open(root, Access::ReadWrite).await.unwrap()
}

/// What is asked of books as a whole, by name.
async fn asked(copy: &Copy, customer: &CustomerCode) -> Vec<(&'static str, Result<(), AppError>)> {
    let window = Window {
        from: "2026-01".parse().unwrap(),
        to: "2026-12".parse().unwrap(),
        as_of: None,
        effective_until: None,
    };
    let report = async |kind| reporting::make(copy, &kind, window, now()).await.map(drop);
    let reading = overview::Reading { now: now(), as_of: None };
    let tried = operate::read_lines("operations", &credit(customer.as_str(), "tried")).unwrap();
    let months = preview::Request {
        scenarios: vec![same_prices(copy).await],
        from: "2026-01-01".parse().unwrap(),
        through: "2026-12-31".parse().unwrap(),
        customers: Vec::new(),
        listed: None,
    };
    let all = CustomerFilter::default();
    vec![
        ("balance", query::balance(copy, customer, now()).await.map(drop)),
        (
            "overview",
            overview::overview(copy, reading, &mut |_, _, _| ControlFlow::Continue(()))
                .await
                .map(drop),
        ),
        ("customers", customers::customers(copy, &all, (None, 10), now()).await.map(drop)),
        ("trial balance", report(ReportKind::TrialBalance).await),
        ("roll-forward", report(ReportKind::RollForward(RollForwardBy::WalletType)).await),
        (
            "preview",
            preview::preview(copy, months, &mut |_| ControlFlow::Continue(())).await.map(drop),
        ),
        ("try", outbox::rehearse(copy, &edge(), &tried).await.map(drop)),
        ("verify", verify_folder(copy).await.map(|view| assert!(view.sound, "{view:#?}"))),
    ]
}

async fn same_prices(copy: &Copy) -> Scenario {
    let config = copy.store().config_latest().await.unwrap().unwrap();
    let draft = serde_json::from_str(&config.document).unwrap();
    Scenario { name: "the same".to_owned(), draft, timing: Timing::default() }
}

/// Refuses everything that needs the whole, and says why.
async fn is_a_part(copy: &Copy, customer: &CustomerCode, done: u64, total: u64) {
    for (what, outcome) in asked(copy, customer).await {
        let Err(error) = outcome else { panic!("{what} of a part") };
        assert!(matches!(error, AppError::Store(StoreError::Unfinished { .. })), "{what}: {error}");
        assert_eq!(error.code(), Code::Rejected);
        let brought = format!("has brought {done} of {total} operations");
        assert!(error.to_string().contains(&brought), "{what}: {error}");
        assert!(error.to_string().contains("`scrip pull`"), "{what}: {error}");
    }
    // What is here is shown as what it is.
    let all = Page::first(10_000);
    assert!(!query::entries(copy, &EntryFilter::default(), all).await.unwrap().0.is_empty());
    assert!(query::status(copy).await.unwrap().copy_of.is_some());
}

async fn is_whole(both: &Both, copy: &Copy, customer: &CustomerCode) {
    for (what, outcome) in asked(copy, customer).await {
        outcome.unwrap_or_else(|error| panic!("{what}: {error}"));
    }
    same(both, copy.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_figure_is_made_of_a_first_pull_that_was_stopped() {
    let both = Both::of("money-wallet").await;
    let (customer, folder) = (customer_of(&both).await, tempfile::tempdir().unwrap());
    let (copy, at) = begun(&both, folder.path(), by(4), now()).await;
    let total = both.store().status().await.unwrap().operations;
    assert_eq!((at.operations, at.total), (4, total));
    is_a_part(&copy, &customer, 4, total).await;
    assert_eq!(following::pulled_at(&copy).await.unwrap(), None);
    // The next one counts on.
    let (copy, at) = begun(&both, folder.path(), by(3), now()).await;
    assert_eq!((at.operations, at.total), (7, total));
    is_a_part(&copy, &customer, 7, total).await;
    let copy = ended(&both, folder.path(), now()).await;
    is_whole(&both, &copy, &customer).await;
    assert_eq!(following::pulled_at(&copy).await.unwrap(), Some(now()));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_figure_is_made_of_a_later_pull_that_was_stopped() {
    let both = Both::of("money-wallet").await;
    let (customer, folder) = (customer_of(&both).await, tempfile::tempdir().unwrap());
    let (first, later) = (now(), "2026-11-02T00:00:00Z".parse().unwrap());
    is_whole(&both, &ended(&both, folder.path(), first).await, &customer).await;
    for gift in ["one", "two", "three"] {
        run(&both, &credit(customer.as_str(), gift)).await;
    }
    let (copy, at) = begun(&both, folder.path(), by(2), later).await;
    assert_eq!((at.operations, at.total), (2, 3));
    is_a_part(&copy, &customer, 2, 3).await;
    // Everything up to the pull before is here, and not yet up to this one.
    assert_eq!(following::pulled_at(&copy).await.unwrap(), Some(first));
    let copy = ended(&both, folder.path(), later).await;
    is_whole(&both, &copy, &customer).await;
    assert_eq!(following::pulled_at(&copy).await.unwrap(), Some(later));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_comes_at_once_where_it_is_not_much_and_the_copy_stays_whole() {
    let both = Both::of("money-wallet").await;
    let (customer, folder) = (customer_of(&both).await, tempfile::tempdir().unwrap());
    let (first, later) = (now(), "2026-11-02T00:00:00Z".parse().unwrap());
    let before = said(ended(&both, folder.path(), first).await.store()).await;
    for gift in ["one", "two", "three"] {
        run(&both, &credit(customer.as_str(), gift)).await;
    }
    let pages = Pull { page: 2, ..Pull::default() };
    let (copy, at) = begun(&both, folder.path(), pages, later).await;
    assert_eq!((at.operations, at.total), (2, 3));
    for (what, outcome) in asked(&copy, &customer).await {
        outcome.unwrap_or_else(|error| panic!("{what}: {error}"));
    }
    assert_eq!(said(copy.store()).await, before);
    assert_eq!(following::pulled_at(&copy).await.unwrap(), Some(first));
    is_whole(&both, &ended(&both, folder.path(), later).await, &customer).await;
}
