//! Random histories on a real server: production records what the engine does, to the hash, one operation
//! after the other or many at once, and a copy of it is the same. `make laws` runs longer ones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::test_runner::Config;
use scrip_app::operate::{Mode, operate};
use scrip_app::session::{Outcome, Session};
use scrip_app::{AppError, Workspace, config};
use scrip_engine::{Action, Operation};
use scrip_journal::Entry;
use scrip_production::Ledger;
use scrip_production::sync::Pull;
use scrip_rating::UsageBatch;
use scrip_store::{EntryFilter, LedgerStore, Page, StoreError};
use scrip_testkit::budget;
use scrip_testkit::generate::configuration::{Kind, world};
use scrip_testkit::generate::whole_history;
use scrip_testkit::history::{Drawn, History};
use scrip_units::{CustomerCode, OperationId};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::server::{Both, edge, server};
use crate::{pulled, same};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// An operation that was accepted, with the archived usage that it posted.
type Accepted = (Operation, Option<UsageBatch>);

/// Records an operation that was accepted, as often as somebody else is faster.
async fn record(production: &Workspace<Ledger>, accepted: &Accepted) -> Result<(), AppError> {
    loop {
        match attempt(production, accepted).await {
            Err(AppError::Store(StoreError::Busy { .. } | StoreError::Conflict { .. })) => {}
            done => return done,
        }
    }
}

async fn attempt(
    production: &Workspace<Ledger>,
    (operation, usage): &Accepted,
) -> Result<(), AppError> {
    // What concerns all customers finds them; what takes usage back names it wholly, as it was recorded.
    if operation.customers().is_empty() {
        let one = [(1, operation.clone())];
        let done = operate(production, &edge(), "history", &one, Mode::Commit).await?;
        assert!(done.operations.iter().all(|one| one.outcome == "applied"), "{done:?}");
        return Ok(());
    }
    let mut session = Session::begin(production, &edge()).await?;
    let outcome = session.operate(operation, usage.as_ref()).await?;
    assert!(matches!(outcome, Outcome::Applied(_)), "{} was recorded before", operation.id);
    session.commit().await
}

/// A ledger on the server in the world of a history.
async fn production_of(world: &Value) -> Both {
    let both = Both::empty(server()).await;
    let id = OperationId::try_new("world").unwrap();
    let text = world.to_string();
    config::apply(&both.production, &edge(), &id, ("world.json", &text), Mode::Commit)
        .await
        .unwrap();
    both
}

/// Every chain with the hashes of its entries, in order.
fn chains<'a>(entries: impl Iterator<Item = &'a Entry>) -> BTreeMap<CustomerCode, Vec<String>> {
    let mut chains: BTreeMap<CustomerCode, Vec<String>> = BTreeMap::new();
    for entry in entries {
        let line = format!("{} {} {}", entry.number, entry.hash, entry.body.memo);
        chains.entry(entry.customer.clone()).or_default().push(line);
    }
    chains
}

/// Whether the server has the chains and the books that the engine made, and so has a copy.
async fn is_of(both: &Both, history: &History) -> Result<(), TestCaseError> {
    let filter = EntryFilter::default();
    let found = both.store().entries(&filter, Page::first(1_000_000)).await.unwrap();
    let found = chains(found.iter().map(|stored| &stored.entry));
    let wanted = chains(history.ledger.entries.iter());
    prop_assert_eq!(&found, &wanted, "{}", told(history));
    for (customer, book) in &history.ledger.book.customers {
        let stored = both.store().book(customer).await.unwrap().map(|stored| stored.state);
        let wanted = book.to_json().unwrap();
        let is_empty = stored.is_none() && !wanted.contains("\"id\"");
        prop_assert!(
            is_empty || stored.as_deref() == Some(wanted.as_str()),
            "the book of {customer}:\n{stored:?}\n{wanted}\n{}",
            told(history)
        );
    }
    pulled(both.store(), &both.desk, Pull { page: 3, ..Pull::default() }).await;
    same(both, &both.desk).await;
    Ok(())
}

fn told(history: &History) -> String {
    let lines = history.operations.iter().map(|(operation, accepted)| {
        format!("{} {operation}", if *accepted { "accepted" } else { "refused " })
    });
    let lines: Vec<_> = lines.collect();
    format!("# configuration\n{}\n# operations\n{}", history.document, lines.join("\n"))
}

fn accepted(history: &History) -> Vec<Accepted> {
    let read = |(text, usage): (String, _)| (Operation::from_json(&text).unwrap(), usage);
    history.ledger.recorded().map(read).collect()
}

async fn one_after_the_other(history: &History) -> Result<(), TestCaseError> {
    let both = production_of(&history.document).await;
    let mut accepted = accepted(history).into_iter();
    for (operation, is_accepted) in &history.operations {
        if *is_accepted {
            let next = accepted.next().unwrap();
            let done = record(&both.production, &next).await;
            prop_assert!(done.is_ok(), "{}: {done:?}\n{}", next.0.id, told(history));
        } else if let Ok(operation) = Operation::from_value(operation.clone()) {
            let (id, one) = (operation.id.clone(), [(1, operation)]);
            let refused = operate(&both.production, &edge(), "history", &one, Mode::Commit).await;
            prop_assert!(refused.is_err(), "{id}\n{}", told(history));
        }
    }
    is_of(&both, history).await
}

/// Whether an operation reads and writes the book of one customer, and nothing that orders customers.
fn is_of_one(operation: &Operation) -> bool {
    operation.customers().len() == 1
        && !matches!(
            operation.action,
            Action::RunSchedule(_) | Action::FinalizeInvoice(_) | Action::ClosePeriod(_)
        )
}

async fn many_at_once(history: &History) -> Result<(), TestCaseError> {
    let both = production_of(&history.document).await;
    let all = accepted(history);
    let mut rest = all.as_slice();
    while let Some(first) = rest.first() {
        let together = rest.iter().take_while(|(one, _)| is_of_one(one)).count();
        if together == 0 {
            record(&both.production, first).await.unwrap();
            rest = &rest[1..];
            continue;
        }
        let (now, later) = rest.split_at(together);
        let customers: BTreeSet<_> =
            now.iter().flat_map(|(one, _)| one.customers().into_iter().cloned()).collect();
        let tasks = customers.into_iter().map(|customer| {
            let own = now.iter().filter(|(one, _)| one.customers().contains(&&customer));
            let own: Vec<Accepted> = own.cloned().collect();
            let production = both.production.clone();
            tokio::spawn(async move {
                for one in &own {
                    record(&production, one).await.unwrap();
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        rest = later;
    }
    is_of(&both, history).await
}

// Each case has a ledger of its own on the server, so there are few of them, and little is shrunk.
proptest! {
    #![proptest_config(Config { max_shrink_iters: 40, ..budget(4) })]

    #[test]
    fn production_records_what_the_engine_does(
        world in world(Kind::ALL).prop_map(Drawn),
        history in whole_history(Kind::ALL, 30).prop_map(Drawn),
    ) {
        let history = History::run_by_laws(&world.0, &history.0).map_err(TestCaseError::fail)?;
        RUNTIME.block_on(one_after_the_other(&history))?;
    }

    #[test]
    fn what_is_recorded_at_once_is_as_if_one_came_after_the_other(
        world in world(Kind::ALL).prop_map(Drawn),
        history in whole_history(Kind::ALL, 40).prop_map(Drawn),
    ) {
        let history = History::run_by_laws(&world.0, &history.0).map_err(TestCaseError::fail)?;
        RUNTIME.block_on(many_at_once(&history))?;
    }
}
