//! Several people record in one ledger at the same moment, each waiting where the other is: what comes of
//! it is as if one had come after the other, and each is told so.

use std::sync::Arc;

use scrip_app::approvals::{self, RequestError};
use scrip_app::operate::{Mode, OperateView, operate, read_lines};
use scrip_app::verify::verify_folder;
use scrip_app::workspace::Database;
use scrip_app::{AppError, Workspace, config};
use scrip_catalog::Document;
use scrip_engine::operation::Verdict;
use scrip_production::{Ledger, PostgresStore};
use scrip_store::{
    LedgerStore, Mode as Access, OperationFilter, Page, SqliteStore, WriteTransaction,
};
use scrip_units::{CustomerCode, OperationId};
use tokio::task::JoinHandle;

use crate::outbox::{Desk, by};
use crate::server::{Both, edge, options};
use crate::{credit, customer_of, run, same};

/// Somebody who has the books of customers, so that whoever records for them waits.
async fn holding(
    store: &PostgresStore,
    customers: &[CustomerCode],
) -> <PostgresStore as LedgerStore>::Write {
    let mut tx = store.begin().await.unwrap();
    tx.books(customers).await.unwrap();
    tx
}

/// Waits until so many wait for a lock of this ledger.
async fn waiting(both: &Both, count: usize) {
    let sql = "SELECT count(*) FROM pg_stat_activity \
               WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..6_000 {
        if both.sql(sql).trim() == count.to_string() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("no {count} of them wait");
}

/// Records operations as another program would.
async fn recording(both: &Both, text: &str) -> JoinHandle<Result<OperateView, AppError>> {
    let books = another(both).await;
    let lines = read_lines("operations", text).unwrap();
    tokio::spawn(async move { operate(&books, &edge(), "operations", &lines, Mode::Commit).await })
}

/// The production ledger, as another program has it open.
async fn another(both: &Both) -> Arc<Workspace<Ledger>> {
    let database = Database::new(both.url.clone(), options());
    let root = both.production.root();
    Arc::new(Workspace::<Ledger>::open_in(root, &database, Access::ReadWrite).await.unwrap())
}

/// Ids of operations in the order in which the ledger has them.
async fn order(both: &Both, ids: [&str; 2]) -> Vec<String> {
    let all = Page::first(1_000_000);
    let found = both.store().find_operations(&OperationFilter::default(), all).await.unwrap();
    let mut found: Vec<_> =
        found.iter().map(|one| (one.seq, one.operation.id.to_string())).collect();
    found.retain(|(_, id)| ids.contains(&id.as_str()));
    found.sort();
    found.into_iter().map(|(_, id)| id).collect()
}

/// A copy comes to hold the same, and everything is as a rebuild makes it.
async fn is_sound(both: &Both) {
    let desk = Desk::of(both).await;
    same(both, desk.copy.store()).await;
    for verified in
        [verify_folder(&both.production).await, verify_folder::<SqliteStore>(&desk.copy).await]
    {
        let verified = verified.unwrap();
        assert!(verified.sound, "{verified:#?}");
    }
}

/// Records something that counts for everybody while a gift has begun and waits: the gift comes before it.
async fn comes_after_what_was_begun(both: &Both, id: &str, operation: &str) {
    let customer = customer_of(both).await;
    let held = holding(both.store(), std::slice::from_ref(&customer)).await;
    let gift = recording(both, &credit(customer.as_str(), "gift")).await;
    waiting(both, 1).await;
    let for_everybody = recording(both, operation).await;
    waiting(both, 2).await;
    held.rollback().await.unwrap();
    gift.await.unwrap().unwrap();
    for_everybody.await.unwrap().unwrap();
    assert_eq!(order(both, ["gift", id]).await, ["gift", id]);
    is_sound(both).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_before_a_close_is_recorded_before_it() {
    let close = "{\"op\":\"close_period\",\"id\":\"close\",\"at\":\"2026-11-02T00:00:00Z\",\
                 \"actor\":\"ana\",\"through\":\"2026-10-31\"}";
    comes_after_what_was_begun(&Both::of("money-wallet").await, "close", close).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_before_other_prices_is_recorded_before_them() {
    let both = Both::of("money-wallet").await;
    let text = config::export(&both.production, config::Format::Json).await.unwrap();
    let mut document = Document::from_json(&text).unwrap();
    document.customers[0].name = "Another".to_owned();
    let id = OperationId::try_new("publish").unwrap();
    let publish = config::operation(&edge(), &id, ("prices.json", &document.to_json())).unwrap();
    comes_after_what_was_begun(&both, "publish", &publish.to_json().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_operation_from_two_programs_is_done_once_and_known_to_the_other() {
    let both = Both::of("money-wallet").await;
    let customer = customer_of(&both).await;
    let held = holding(both.store(), std::slice::from_ref(&customer)).await;
    let gift = credit(customer.as_str(), "gift");
    let (one, other) = (recording(&both, &gift).await, recording(&both, &gift).await);
    waiting(&both, 2).await;
    held.rollback().await.unwrap();
    let mut outcomes = Vec::new();
    for recorded in [one, other] {
        outcomes.push(recorded.await.unwrap().unwrap().operations[0].outcome);
    }
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["already_applied", "applied"]);
    is_sound(&both).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_about_the_same_customers_wait_for_each_other_in_one_order() {
    let both = Both::of("money-wallet").await;
    let heads = both.store().heads().await.unwrap();
    let [a, b] = [&heads[0].customer, &heads[1].customer].map(CustomerCode::clone);
    for round in 0..4 {
        let held = holding(both.store(), &[a.clone(), b.clone()]).await;
        let file = |first: &CustomerCode, second: &CustomerCode, of: &str| {
            let line = |customer: &CustomerCode, number: u32| {
                credit(customer.as_str(), &format!("{of}-{round}-{number}"))
            };
            format!("{}\n{}\n", line(first, 1), line(second, 2))
        };
        let one = recording(&both, &file(&a, &b, "one")).await;
        let other = recording(&both, &file(&b, &a, "other")).await;
        waiting(&both, 2).await;
        held.rollback().await.unwrap();
        one.await.unwrap().unwrap();
        other.await.unwrap().unwrap();
    }
    is_sound(&both).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_of_two_who_decide_is_told_who_was_first() {
    let both = Both::of("money-wallet").await;
    let customer = customer_of(&both).await;
    let gift = read_lines("operations", &credit(customer.as_str(), "gift")).unwrap();
    let request = OperationId::try_new("q-1").unwrap();
    let grounds = approvals::Grounds::default();
    let asked =
        approvals::ask(&both.production, &by("ana"), (&request, grounds), "", &gift).await.unwrap();
    let content = asked.request.content;

    let held = holding(both.store(), std::slice::from_ref(&customer)).await;
    let mut deciding = Vec::new();
    for name in ["ben", "carla"] {
        let (books, request, content) = (another(&both).await, request.clone(), content.clone());
        deciding.push(tokio::spawn(async move {
            let what = (&request, Verdict::Approve);
            approvals::decide(&books, &by(name), what, Some(&content), None).await
        }));
    }
    waiting(&both, 2).await;
    held.rollback().await.unwrap();
    let mut told = Vec::new();
    for decided in deciding {
        if let Err(error) = decided.await.unwrap() {
            assert!(matches!(error, AppError::Request(RequestError::Decided { .. })), "{error:?}");
            told.push(error.to_string());
        }
    }
    assert_eq!(told.len(), 1, "{told:?}");
    is_sound(&both).await;
    run(&both, &credit(customer.as_str(), "later")).await;
}
