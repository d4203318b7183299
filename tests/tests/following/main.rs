//! A workspace follows a production ledger on a real server: it comes to hold exactly the same, however
//! often it is interrupted and whatever else happens meanwhile, and says so when it cannot.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod archive;
mod laws;
mod lost;
mod muddle;
mod outbox;
mod outbox_at_once;
mod part;
mod proxy;
mod roles;
mod server;
mod silence;
mod together;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use scrip_app::operate::{Mode, operate, read_lines};
use scrip_app::verify::verify_folder;
use scrip_app::{AppError, Workspace};
use scrip_production::PostgresStore;
use scrip_production::sync::{From, News, Pull, Pulled, Pulling, SyncError, news, pull, reconcile};
use scrip_store::{
    EntryFilter, FactColumn, FactGroup, FactQuery, LedgerStore, LotFilter, OperationRecord, Page,
    RateFilter, SqliteStore, StoreError, WriteTransaction,
};
use scrip_units::{Actor, CustomerCode, Instant, OperationId};

use proxy::Fate;
use server::{Both, edge, now, options, server};

fn by(page: u32) -> Pull {
    Pull { page, at_once: 0, ..Pull::default() }
}

async fn pulled(production: &PostgresStore, desk: &SqliteStore, how: Pull) -> Pulled {
    pull(production, desk, how, now(), &mut |_| ControlFlow::Continue(())).await.unwrap().0
}

async fn refused(production: &PostgresStore, desk: &SqliteStore, how: Pull) -> SyncError {
    pull(production, desk, how, now(), &mut |_| ControlFlow::Continue(())).await.unwrap_err()
}

/// Everything that a ledger says, but for the sequences, which are each store's own.
async fn said<S: LedgerStore>(store: &S) -> BTreeMap<&'static str, String> {
    let all = Page::first(1_000_000);
    let mut operations = store.operations(all).await.unwrap();
    let mut entries = store.entries(&EntryFilter::default(), all).await.unwrap();
    let mut lots = store.lots(&LotFilter::default(), all).await.unwrap();
    operations.sort_by(|a, b| a.operation.id.cmp(&b.operation.id));
    entries.sort_by_key(|e| (e.entry.customer.clone(), e.entry.number));
    lots.sort_by(|a, b| (&a.lot.customer, &a.lot.lot).cmp(&(&b.lot.customer, &b.lot.lot)));
    let mut details = Vec::new();
    for stored in &operations {
        details.push(store.operation_details(&stored.operation.id).await.unwrap());
    }
    let columns = [FactColumn::Customer, FactColumn::WalletType, FactColumn::Rate, FactColumn::Lot];
    let query = FactQuery { group: FactGroup::of(&columns), ..FactQuery::default() };
    let text = |value: &dyn std::fmt::Debug| format!("{value:#?}");
    BTreeMap::from([
        ("operations", text(&operations.iter().map(|o| &o.operation).collect::<Vec<_>>())),
        ("entries", text(&entries.iter().map(|e| &e.entry).collect::<Vec<_>>())),
        ("lots", text(&lots.iter().map(|l| &l.lot).collect::<Vec<_>>())),
        ("details", text(&details)),
        ("books", text(&store.books(None, 100_000).await.unwrap())),
        ("configuration", text(&store.config_latest().await.unwrap())),
        ("closes", text(&store.closes().await.unwrap())),
        ("alerts", text(&store.alerts(None, Instant::MIN).await.unwrap())),
        ("exchange rates", text(&store.exchange_rates(&RateFilter::default()).await.unwrap())),
        ("facts", text(&store.facts(&query).await.unwrap())),
        ("checkpoint", text(&store.checkpoint().await.unwrap())),
    ])
}

async fn same(both: &Both, desk: &SqliteStore) {
    let (production, copy) = (said(both.store()).await, said(desk).await);
    for (what, text) in &production {
        assert!(copy[what] == *text, "{what} differ:\n{}\n---\n{text}", copy[what]);
    }
    assert!(reconcile(desk, both.store()).await.unwrap().agrees());
}

async fn run(both: &Both, lines: &str) {
    let operations = read_lines("operations", lines).unwrap();
    operate(&both.production, &edge(), "operations", &operations, Mode::Commit).await.unwrap();
}

fn credit(customer: &str, id: &str) -> String {
    format!(
        "{{\"op\":\"grant_credits\",\"id\":\"{id}\",\"at\":\"2026-10-05T10:00:00Z\",\"actor\":\"ana\",\
         \"customer\":\"{customer}\",\"wallet\":\"balance\",\"units\":\"25.00\",\"kind\":\"promotional\"}}"
    )
}

/// An operation without consequences, to be recorded by hand.
fn note(id: &str) -> OperationRecord {
    OperationRecord {
        id: OperationId::try_new(id).unwrap(),
        kind: "note".into(),
        customer: None,
        actor: Actor::try_new("ana").unwrap(),
        at: now(),
        recorded_at: now(),
        config_revision: 0,
        body: "{}".into(),
        body_hash: scrip_journal::Hash::of(b"{}"),
    }
}

async fn customer_of(both: &Both) -> CustomerCode {
    both.store().heads().await.unwrap()[0].customer.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_template_comes_over_to_the_last_hash() {
    for template in scrip_app::template::list().unwrap() {
        let both = Both::of(&template.name).await;
        let first = pulled(both.store(), &both.desk, Pull::default()).await;
        assert!(first.entries > 0, "{}", template.name);
        same(&both, &both.desk).await;
        let verified = verify_folder(&Workspace::new(&both.desk_folder(), both.desk.clone())).await;
        let verified = verified.unwrap();
        assert!(verified.sound, "{}: {verified:#?}", template.name);
        let again = pulled(both.store(), &both.desk, Pull::default()).await;
        assert_eq!(again, Pulled::default(), "{}", template.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_brings_what_is_new_and_goes_on_after_any_interruption() {
    let both = Both::of("money-wallet").await;
    let whole = pulled(both.store(), &both.another_desk().await, Pull::default()).await;
    // Stopped after every page, and every page is one operation.
    let (mut stops, mut entries) = (0, 0);
    loop {
        let mut last = 0;
        let mut stop = |at: Pulling| {
            last = at.entries;
            ControlFlow::Break(())
        };
        match pull(both.store(), &both.desk, by(1), now(), &mut stop).await {
            Ok((rest, _)) => {
                entries += rest.entries;
                break;
            }
            Err(SyncError::Cancelled) => (stops, entries) = (stops + 1, entries + last),
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((stops >= whole.operations, entries), (true, whole.entries), "{stops} stops");
    same(&both, &both.desk).await;

    let customer = customer_of(&both).await;
    run(&both, &credit(customer.as_str(), "later")).await;
    let new = pulled(both.store(), &both.desk, by(1)).await;
    assert_eq!((new.operations, new.lots, new.books), (1, 1, 1));
    same(&both, &both.desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_late_is_not_missed_and_what_stays_open_keeps_nobody_waiting() {
    let both = Both::of("money-wallet").await;
    pulled(both.store(), &both.desk, Pull::default()).await;
    let mut slow = both.store().begin().await.unwrap();
    slow.append(&note("slow"), &[], &[]).await.unwrap();
    for number in 0..3 {
        let mut quick = both.store().begin().await.unwrap();
        quick.append(&note(&format!("quick-{number}")), &[], &[]).await.unwrap();
        quick.commit().await.unwrap();
        // It has a higher sequence than the one that is open, and a later transaction.
        assert_eq!(pulled(both.store(), &both.desk, Pull::default()).await.operations, 1);
    }
    slow.commit().await.unwrap();
    assert_eq!(pulled(both.store(), &both.desk, Pull::default()).await.operations, 1);
    same(&both, &both.desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_is_told_without_bringing_it() {
    let both = Both::of("money-wallet").await;
    let told = || async { news(both.store(), &both.desk).await };
    let first = told().await.unwrap();
    assert_eq!(first.operations, both.store().status().await.unwrap().operations);
    assert_eq!(both.desk.status().await.unwrap().operations, 0);
    pulled(both.store(), &both.desk, by(7)).await;
    assert!(told().await.unwrap().is_none());
    run(&both, &credit(customer_of(&both).await.as_str(), "later")).await;
    assert_eq!(told().await.unwrap(), News { operations: 1, books: true });
    assert_eq!(told().await.unwrap(), News { operations: 1, books: true });
    pulled(both.store(), &both.desk, Pull::default()).await;
    assert!(told().await.unwrap().is_none());

    // A server that lost what was pulled has no news to give.
    both.sql(
        "SET session_replication_role = replica; UPDATE operations SET body_hash = sha256('x') \
         WHERE id = 'later'",
    );
    let error = told().await.unwrap_err();
    assert!(matches!(error, SyncError::ServerChanged { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_begins_while_a_pull_is_under_way_comes_with_it_or_after_it() {
    let both = Both::of("money-wallet").await;
    let customer = customer_of(&both).await;
    let (mut written, production) = (0, &both);
    let handle = tokio::runtime::Handle::current();
    let mut write = |_: Pulling| {
        if written < 6 {
            written += 1;
            let line = credit(customer.as_str(), &format!("meanwhile-{written}"));
            tokio::task::block_in_place(|| handle.block_on(run(production, &line)));
        }
        ControlFlow::Continue(())
    };
    pull(both.store(), &both.desk, by(3), now(), &mut write).await.unwrap();
    assert!(written > 3);
    pulled(both.store(), &both.desk, Pull::default()).await;
    same(&both, &both.desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_in_the_middle_costs_nothing() {
    let mut cluster = scrip_testkit::cluster::Cluster::start().unwrap();
    let database = cluster.database().unwrap();
    let name = database.rsplit('/').next().unwrap().to_owned();
    // The ledger is filled through a copy of the handle that can be killed afterwards.
    let filled = Both::of("organisation-pool").await;
    let expected = said(filled.store()).await;
    let dump = filled.cluster.dump(&filled.url).unwrap();
    cluster.restore(&name, &dump).unwrap();
    let production =
        PostgresStore::open(&database, scrip_store::Mode::ReadOnly, &options()).await.unwrap();
    let desk = filled.another_desk().await;
    let mut pages = 0;
    let mut kill = |_: Pulling| {
        pages += 1;
        if pages == 3 {
            cluster.kill();
        }
        ControlFlow::Continue(())
    };
    let error = pull(&production, &desk, by(2), now(), &mut kill).await.unwrap_err();
    assert!(matches!(error, SyncError::Store(StoreError::NotReached { .. })), "{error:?}");
    let kept = desk.status().await.unwrap().operations;
    assert!(kept >= 4, "{kept} operations were kept");
    cluster.restart().unwrap();
    let production =
        PostgresStore::open(&database, scrip_store::Mode::ReadOnly, &options()).await.unwrap();
    pulled(&production, &desk, Pull::default()).await;
    let copy = said(&desk).await;
    for (what, text) in &expected {
        assert!(copy[what] == *text, "{what} differ");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_cut_again_and_again_loses_and_doubles_nothing() {
    let both = Both::of("money-wallet").await;
    // Each connection ends in the middle of some answer, the later ones after more of it.
    let mut passed: BTreeMap<usize, usize> = BTreeMap::new();
    let port = both.cluster.port();
    let own = proxy::before(port, move |passing| {
        let limit = 1_500 * (passing.connection + 1) + 977 * (passing.connection % 7);
        let before = passed.entry(passing.connection).or_default();
        if !passing.answers {
            return Fate::Passes;
        }
        let left = limit - *before;
        *before += passing.bytes.len().min(left);
        if passing.bytes.len() > left { Fate::Cut(left) } else { Fate::Passes }
    });
    let url = both.url.replace(&format!(":{port}/"), &format!(":{own}/"));
    let (mut cuts, mut progress) = (0, Vec::new());
    loop {
        let opened = PostgresStore::open(&url, scrip_store::Mode::ReadOnly, &options()).await;
        let outcome = match opened {
            Ok(production) => {
                pull(&production, &both.desk, by(3), now(), &mut |_| ControlFlow::Continue(()))
                    .await
                    .map(drop)
            }
            Err(error) => Err(SyncError::Store(error)),
        };
        let Err(error) = outcome else { break };
        assert!(matches!(error, SyncError::Store(_)), "{error:?}");
        cuts += 1;
        progress.push(both.desk.status().await.unwrap().operations);
        assert!(cuts < 2_000, "no way through: {progress:?}");
    }
    assert!(cuts > 3 && progress.is_sorted(), "{cuts} cuts, {progress:?}");
    same(&both, &both.desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lost_what_was_pulled_is_noticed_and_every_difference_explained() {
    let both = Both::of("money-wallet").await;
    let customer = customer_of(&both).await;
    let before = both.store().heads().await.unwrap();
    pulled(both.store(), &both.desk, Pull::default()).await;
    run(&both, &credit(customer.as_str(), "lost")).await;
    let behind = reconcile(&both.desk, both.store()).await.unwrap();
    assert!(!behind.agrees() && behind.is_behind());
    assert_eq!(behind.customers.len(), 1);
    assert_eq!(behind.customers[0].customer, customer);
    let entry = &behind.customers[0].entries[0];
    assert_eq!(entry.there.as_ref().unwrap().operation.as_str(), "lost");
    pulled(both.store(), &both.desk, Pull::default()).await;

    // As if it were restored from a backup of before.
    let head = before.iter().find(|head| head.customer == customer).unwrap();
    both.sql(&format!(
        "SET session_replication_role = replica; \
         DELETE FROM postings WHERE customer = '{customer}' AND number > {number}; \
         DELETE FROM entries WHERE customer = '{customer}' AND number > {number}; \
         DELETE FROM lots WHERE operation_seq = (SELECT seq FROM operations WHERE id = 'lost'); \
         DELETE FROM operations WHERE id = 'lost'; \
         UPDATE projection_heads SET number = {number}, hash = '\\x{hash}' WHERE customer = '{customer}'",
        number = head.chain.number,
        hash = head.chain.head,
    ));
    let error = refused(both.store(), &both.desk, Pull::default()).await;
    assert!(matches!(error, SyncError::ServerChanged { .. }), "{error}");
    let found = reconcile(&both.desk, both.store()).await.unwrap();
    assert!(!found.is_behind());
    let entry = &found.customers[0].entries[0];
    assert_eq!(entry.here.as_ref().unwrap().operation.as_str(), "lost");
    assert_eq!((entry.number, &entry.there), (head.chain.number + 1, &None));
    let again = Pull { from: From::TheStart, ..Pull::default() };
    let error = refused(both.store(), &both.desk, again).await;
    assert!(error.to_string().contains("1 customer with entries of its own"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_was_moved_is_pulled_from_the_start_and_another_ledger_never() {
    let both = Both::of("money-wallet").await;
    pulled(both.store(), &both.desk, by(7)).await;
    let customer = customer_of(&both).await;
    run(&both, &credit(customer.as_str(), "later")).await;
    let name = both.cluster.database().unwrap();
    let dump = both.cluster.dump(&both.url).unwrap();
    both.cluster.restore(name.rsplit('/').next().unwrap(), &dump).unwrap();
    let moved = PostgresStore::open(&name, scrip_store::Mode::ReadOnly, &options()).await.unwrap();
    let error = refused(&moved, &both.desk, Pull::default()).await;
    assert!(matches!(error, SyncError::ServerChanged { .. }), "{error}");
    let again = Pull { from: From::TheStart, ..Pull::default() };
    assert_eq!(pulled(&moved, &both.desk, again).await.operations, 1);
    same(&both, &both.desk).await;
    assert_eq!(pulled(&moved, &both.desk, Pull::default()).await, Pulled::default());

    let url = both.cluster.database().unwrap();
    let genesis = scrip_store::Genesis {
        workspace_id: "another".into(),
        created_at: now(),
        program_version: "test".into(),
    };
    PostgresStore::install(&url, &genesis, &options()).await.unwrap();
    let other = PostgresStore::open(&url, scrip_store::Mode::ReadOnly, &options()).await.unwrap();
    let error = refused(&other, &both.desk, Pull::default()).await;
    assert!(matches!(error, SyncError::OtherLedger { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_of_a_ledger_that_was_moved_goes_on_while_the_server_comes_to_its_transactions() {
    let both = Both::of("money-wallet").await;
    // As a dump loaded elsewhere leaves it: of transactions that this server has not come to yet.
    both.sql(
        "SET session_replication_role = replica; \
         UPDATE operations SET xid = xid_of.later FROM (SELECT seq, \
             ((pg_snapshot_xmax(pg_current_snapshot())::text)::bigint + 2 * row_number() \
                 OVER (ORDER BY seq))::text::xid8 AS later FROM operations) AS xid_of \
             WHERE xid_of.seq = operations.seq AND operations.seq > 2; \
         UPDATE projection_books SET xid = \
             ((pg_snapshot_xmax(pg_current_snapshot())::text)::bigint + 60)::text::xid8",
    );
    let database = both.url.rsplit('/').next().unwrap();
    let burn = |count: u32| {
        let burn = format!(
            "DO $$ BEGIN FOR i IN 1..{count} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
        );
        both.cluster.sql(database, &burn).unwrap();
    };
    let operations = both.store().status().await.unwrap().operations;
    let (mut stops, mut came) = (0, 0);
    let customer = customer_of(&both).await;
    loop {
        let mut last = 0;
        let mut stop = |at: Pulling| {
            last = at.entries;
            ControlFlow::Break(())
        };
        match pull(both.store(), &both.desk, by(3), now(), &mut stop).await {
            Ok(_) => break,
            Err(SyncError::Cancelled) => {
                (stops, came) = (stops + 1, came + last);
                burn(7);
                // What is recorded meanwhile waits for the pages after it, and for its customer's turn.
                if stops == 2 {
                    run(&both, &credit(customer.as_str(), "meanwhile")).await;
                }
            }
            Err(other) => panic!("after {stops} stops and {came} entries: {other}"),
        }
    }
    assert!(stops > 3, "{stops} stops");
    same(&both, &both.desk).await;
    burn(u32::try_from(2 * operations).unwrap() + 100);
    assert_eq!(pulled(both.store(), &both.desk, by(3)).await.operations, 0);
    same(&both, &both.desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_records_nothing_of_its_own() {
    let both = Both::of("money-wallet").await;
    let folder = tempfile::tempdir().unwrap();
    let database = scrip_app::workspace::Database::new(both.url.clone(), options());
    let go_on = &mut |_| ControlFlow::Continue(());
    let pulled =
        scrip_app::following::pull(folder.path(), &database, Pull::default(), now(), go_on);
    let (desk, view) = pulled.await.unwrap();
    assert!(view.made);
    let line = credit(customer_of(&both).await.as_str(), "mine");
    let operations = read_lines("operations", &line).unwrap();
    let outcome = operate(&desk, &edge(), "operations", &operations, Mode::Commit).await;
    assert!(matches!(outcome, Err(AppError::Copy { .. })), "{outcome:?}");
    let busy = Both::empty(server()).await;
    let mut tx = busy.desk.begin().await.unwrap();
    tx.append(&note("mine"), &[], &[]).await.unwrap();
    tx.commit().await.unwrap();
    let error = refused(busy.store(), &busy.desk, Pull::default()).await;
    assert!(matches!(error, SyncError::NotEmpty { operations: 1 }), "{error}");
}
