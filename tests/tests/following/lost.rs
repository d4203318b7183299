//! What no chain holds: operations without entries, the configuration, closed periods. A server that lost or
//! changed them is noticed, and a copy that has them is never called the same.

use std::ops::ControlFlow;

use scrip_app::operate::{Mode, operate};
use scrip_app::workspace::Database;
use scrip_app::{Workspace, config, following};
use scrip_catalog::Document;
use scrip_journal::Hash;
use scrip_production::PostgresStore;
use scrip_production::sync::{Cure, From, Pull, Reconciliation, SyncError, cure, pull, reconcile};
use scrip_store::{CloseRecord, LedgerStore, Mode as Access, WriteTransaction};
use scrip_units::OperationId;

use crate::server::{Both, edge, now, options};
use crate::{by, credit, customer_of, note, pulled, refused, run, same};

const FROM_THE_START: Pull = Pull { from: From::TheStart, page: 500, at_once: 0 };

/// The ledger of a dump, loaded into another database.
async fn restored(both: &Both, dump: &[u8]) -> (String, PostgresStore) {
    let url = both.cluster.database().unwrap();
    both.cluster.restore(url.rsplit('/').next().unwrap(), dump).unwrap();
    let store = PostgresStore::open(&url, Access::ReadOnly, &options()).await.unwrap();
    (url, store)
}

/// What a comparison of the desk with a server finds, and what it says to do.
async fn compared(both: &Both, production: &PostgresStore) -> (Reconciliation, Cure) {
    let found = reconcile(&both.desk, production).await.unwrap();
    let cure = cure(production, &both.desk, &found).await.unwrap();
    (found, cure)
}

/// Neither a pull nor one from the start goes on with a server that the copy is not a copy of.
async fn is_refused(both: &Both, production: &PostgresStore) {
    let operations = both.desk.status().await.unwrap().operations;
    for how in [Pull::default(), FROM_THE_START] {
        let error = refused(production, &both.desk, how).await;
        assert!(matches!(error, SyncError::ServerChanged { .. }), "{error}");
        assert!(error.to_string().contains("`scrip reconcile`"), "{error}");
    }
    assert_eq!(both.desk.status().await.unwrap().operations, operations);
}

/// Publishes a configuration at production, with another name for the first customer.
async fn publish(both: &Both, id: &str, name: &str) {
    let text = config::export(&both.production, config::Format::Json).await.unwrap();
    let mut document = Document::from_json(&text).unwrap();
    document.customers[0].name = name.to_owned();
    let id = OperationId::try_new(id).unwrap();
    let operation = config::operation(&edge(), &id, ("prices.json", &document.to_json())).unwrap();
    let operations = [(1, operation)];
    operate(&both.production, &edge(), "prices.json", &operations, Mode::Commit).await.unwrap();
}

async fn notes(both: &Both, names: impl Iterator<Item = String>) {
    for name in names {
        let mut tx = both.store().begin().await.unwrap();
        tx.append(&note(&name), &[], &[]).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_only_the_copy_has_is_a_difference() {
    let both = Both::of("money-wallet").await;
    pulled(both.store(), &both.desk, Pull::default()).await;
    let dump = both.cluster.dump(&both.url).unwrap();
    publish(&both, "renamed", "Another name").await;
    pulled(both.store(), &both.desk, Pull::default()).await;
    same(&both, &both.desk).await;

    let (_, lost) = restored(&both, &dump).await;
    let (found, advice) = compared(&both, &lost).await;
    assert!(!found.agrees() && !found.is_behind());
    assert_eq!((found.customers.len(), found.months.len()), (0, 0));
    assert_eq!((found.operations.only_here, found.operations.count()), (1, 1));
    let only = &found.operations.listed[0];
    assert_eq!((only.id.as_str(), &only.there), ("renamed", &None));
    assert_eq!(only.here.as_ref().unwrap().kind, "apply_configuration");
    let apart = found.configuration.unwrap();
    let revisions = [apart.here, apart.there].map(|side| side.unwrap().revision);
    assert_eq!((revisions, apart.is_behind), ([2, 1], false));
    assert_eq!(advice, Cure::Anew);
    let own = "this workspace has 1 operation that is not there, a configuration 2 of its own";
    assert_eq!(found.own().unwrap(), own);
    is_refused(&both, &lost).await;

    // A copy that has less is only behind, whatever it lacks.
    let behind = both.another_desk().await;
    pulled(&lost, &behind, Pull::default()).await;
    let found = reconcile(&behind, both.store()).await.unwrap();
    assert!(found.is_behind() && !found.agrees() && found.own().is_none());
    assert!(found.configuration.unwrap().is_behind);
    assert_eq!(cure(both.store(), &behind, &found).await.unwrap(), Cure::PullFromTheStart);
    pulled(both.store(), &behind, FROM_THE_START).await;
    same(&both, &behind).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_with_another_content_is_a_difference() {
    let both = Both::of("money-wallet").await;
    notes(&both, ["said".to_owned()].into_iter()).await;
    pulled(both.store(), &both.desk, Pull::default()).await;
    let hash = Hash::of(b"{\"other\":1}");
    both.sql(&format!(
        "SET session_replication_role = replica; UPDATE operations SET body = '{{\"other\":1}}', \
         body_hash = '\\x{hash}' WHERE id = 'said'"
    ));
    let (found, advice) = compared(&both, both.store()).await;
    assert_eq!((found.operations.other, found.operations.count()), (1, 1));
    assert_eq!(found.operations.listed[0].id.as_str(), "said");
    assert_eq!((found.agrees(), found.is_behind(), advice), (false, false, Cure::Anew));
    is_refused(&both, both.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_that_only_the_copy_has_is_a_difference() {
    let both = Both::of("money-wallet").await;
    let dump = both.cluster.dump(&both.url).unwrap();
    let mut tx = both.store().begin().await.unwrap();
    tx.append(&note("closing"), &[], &[]).await.unwrap();
    let close = CloseRecord {
        through: "2025-12-31".parse().unwrap(),
        operation: OperationId::try_new("closing").unwrap(),
        checkpoint: both.store().checkpoint().await.unwrap(),
        config_revision: 1,
        trial_balance: "[]".into(),
    };
    tx.add_close(&close).await.unwrap();
    tx.commit().await.unwrap();
    pulled(both.store(), &both.desk, Pull::default()).await;
    same(&both, &both.desk).await;
    let (_, lost) = restored(&both, &dump).await;
    let (found, advice) = compared(&both, &lost).await;
    assert_eq!((found.closes.len(), found.operations.only_here), (1, 1));
    assert_eq!(found.closes[0].here.as_ref().unwrap().as_str(), "closing");
    assert_eq!((found.agrees(), found.is_behind(), advice), (false, false, Cure::Anew));
    is_refused(&both, &lost).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_that_brings_what_does_not_follow_is_not_advised_again() {
    let both = Both::of("money-wallet").await;
    pulled(both.store(), &both.desk, Pull::default()).await;
    let customer = customer_of(&both).await;
    for gift in ["first", "second"] {
        run(&both, &credit(customer.as_str(), gift)).await;
    }
    // As if the first had been committed at a moment that the copy took for one it has.
    both.sql(
        "SET session_replication_role = replica; UPDATE operations SET xid = \
         ((pg_snapshot_xmax(pg_current_snapshot())::text)::bigint + 100000)::text::xid8 WHERE id = 'first'",
    );
    let error = refused(both.store(), &both.desk, Pull::default()).await;
    assert!(matches!(error, SyncError::Diverged { .. }), "{error}");
    assert!(error.to_string().contains("`scrip pull --from-the-start`"), "{error}");
    let (found, advice) = compared(&both, both.store()).await;
    assert_eq!((found.is_behind(), advice), (true, Cure::PullFromTheStart));
    assert_eq!(pulled(both.store(), &both.desk, FROM_THE_START).await.operations, 2);
    assert_eq!(compared(&both, both.store()).await.1, Cure::Nothing);
    same(&both, &both.desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_only_behind_is_told_which_pull_closes_the_gap() {
    let both = Both::of("money-wallet").await;
    pulled(both.store(), &both.desk, Pull::default()).await;
    assert_eq!(compared(&both, both.store()).await.1, Cure::Nothing);
    notes(&both, (0..30).map(|number| format!("note-{number:02}"))).await;
    let (found, advice) = compared(&both, both.store()).await;
    assert_eq!((found.agrees(), found.is_behind(), advice), (false, true, Cure::Pull));
    assert_eq!((found.operations.only_there, found.operations.listed.len()), (30, 20));

    // The same, on another server.
    let (url, moved) = restored(&both, &both.cluster.dump(&both.url).unwrap()).await;
    let (found, advice) = compared(&both, &moved).await;
    assert_eq!((found.agrees(), found.is_behind(), advice), (false, true, Cure::PullFromTheStart));
    let error = refused(&moved, &both.desk, Pull::default()).await;
    assert!(error.to_string().contains("`scrip pull --from-the-start`"), "{error}");
    assert_eq!(pulled(&moved, &both.desk, FROM_THE_START).await.operations, 30);
    assert_eq!(compared(&both, &moved).await.1, Cure::Nothing);
    // Nothing is missing, and the server is another one still.
    assert_eq!(compared(&both, both.store()).await.1, Cure::PullFromTheStart);

    // A part that was pulled is no copy yet, and goes on.
    let desk = both.another_desk().await;
    let stop = &mut |_| ControlFlow::Break(());
    let page = by(4);
    pull(&moved, &desk, page, now(), stop).await.unwrap_err();
    let found = reconcile(&desk, &moved).await.unwrap();
    assert!(found.unfinished.is_some() && found.is_behind() && !found.agrees());
    assert_eq!(cure(&moved, &desk, &found).await.unwrap(), Cure::Pull);

    let copy = Workspace::new(&both.desk_folder(), both.desk.clone());
    let view = following::reconcile(&copy, &Database::new(url, options())).await.unwrap();
    assert_eq!((view.agrees, view.cure, view.operations.listed.len()), (true, Cure::Nothing, 0));
}
