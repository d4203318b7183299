//! Bulk runs of random rows: all of them, exactly as one operation after the other, or none; a second run
//! of the same rows changes nothing.
#![expect(clippy::expect_used, reason = "a test that cannot go on should stop")]

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::select;
use scrip_app::bulk::{BulkOptions, bulk};
use scrip_app::operate::Mode;
use scrip_app::{Edge, Workspace, config};
use scrip_journal::Chain;
use scrip_store::{LedgerStore, SqliteStore};
use scrip_testkit::generate::configuration::{Kind, world};
use scrip_testkit::generate::{Known, resolve};
use scrip_testkit::history::Drawn;
use scrip_testkit::ledger::Refused;
use scrip_testkit::{Ledger, budget};
use scrip_units::{Actor, CustomerCode, OperationId};
use serde_json::{Value, json};

/// A row: customer, units, kind, and the price, which a gift has none of.
fn row() -> impl Strategy<Value = [String; 4]> {
    // One in some is refused: nobody is called so, and nothing is not granted.
    let customer = select(vec!["acme", "acme", "acme", "acme", "acme", "acme", "acme", "nobody"]);
    let units = prop_oneof![
        15 => (1_i64..5000).prop_map(|n| format!("{}.{:02}", n / 100, n % 100)),
        1 => Just("0".to_owned()),
    ];
    let price = prop_oneof![Just(None), (0_i64..900).prop_map(Some)];
    (customer, units, price).prop_map(|(customer, units, price)| {
        let kind = if price.is_some() { "purchased" } else { "promotional" };
        let price =
            price.map_or(String::new(), |cents| format!("{}.{:02}", cents / 100, cents % 100));
        [customer.to_owned(), units, kind.to_owned(), price]
    })
}

fn operation([customer, units, kind, price]: &[String; 4], number: usize) -> Value {
    let mut operation = json!({
        "op": "grant_credits", "wallet_type": "w0", "units": units, "kind": kind,
        "at": "2026-01-05T00:00:00Z",
    });
    if !price.is_empty() {
        operation["price"] = json!({ "net": price, "currency": "EUR" });
    }
    let mut operation = resolve(&operation, &format!("b:{number}"), &Known::default());
    operation["customer"] = customer.as_str().into();
    operation
}

async fn heads(workspace: &Workspace<SqliteStore>) -> Vec<(CustomerCode, Chain)> {
    let heads = workspace.store().heads().await.expect("the ledger is read");
    heads.into_iter().map(|head| (head.customer, head.chain)).collect()
}

async fn check(world: &Value, rows: &[[String; 4]]) -> Result<(), TestCaseError> {
    let mut ledger = Ledger::configured(world).map_err(TestCaseError::fail)?;
    let mut all = true;
    for (number, row) in (1..).zip(rows) {
        match ledger.run(&operation(row, number)) {
            Ok(_) => {}
            Err(Refused::Rejected(_)) => all = false,
            Err(Refused::Broken(why)) => return Err(TestCaseError::fail(why)),
        }
    }
    let folder = tempfile::TempDir::new().expect("a folder");
    let now = "2026-06-01T00:00:00Z".parse().expect("an instant");
    let edge = Edge { now, actor: Actor::try_new("oracle").expect("a name") };
    let workspace = Workspace::create(folder.path(), "w", now).await.expect("it is made");
    let id = OperationId::try_new("configured").expect("an id");
    let file = ("world.json", world.to_string());
    let applied = config::apply(&workspace, &edge, &id, (file.0, &file.1), Mode::Commit).await;
    applied.expect("it is applied");
    let mut table = "customer,wallet_type,units,kind,price.net,price.currency\n".to_owned();
    for [customer, units, kind, price] in rows {
        let currency = if price.is_empty() { "" } else { "EUR" };
        writeln!(table, "{customer},w0,{units},{kind},{price},{currency}").expect("it is text");
    }
    let path = folder.path().join("rows.csv");
    std::fs::write(&path, table).expect("it is written");
    let mut before = Vec::new();
    for (mode, runs) in [(Mode::DryRun, 1), (Mode::Commit, 2)] {
        for _ in 0..runs {
            let at = Some("2026-01-05T00:00:00Z".parse().expect("an instant"));
            let options = BulkOptions {
                op: "grant_credits",
                batch: "b",
                set: &[],
                at,
                customers_where: &[],
                shown: 0,
                mode,
            };
            let done = bulk(&workspace, &edge, Some(&path), &options).await;
            prop_assert_eq!(done.is_ok(), all, "{:?}", done);
            let found = heads(&workspace).await;
            if mode == Mode::DryRun || !all {
                prop_assert_eq!(&found, &before, "nothing is changed");
                continue;
            }
            let own = ledger.book.customers.iter();
            before = own.map(|(code, own)| (code.clone(), own.chain)).collect();
            prop_assert_eq!(&found, &before, "as one after the other");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(budget(24))]

    #[test]
    fn a_bulk_run_is_all_of_its_rows_or_none(
        world in world(Kind { versions: false, ..Kind::ALL }).prop_map(Drawn),
        rows in prop::collection::vec(row(), 1..10),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(check(&world.0, &rows))?;
    }
}
