//! Usage that is taken back: random histories in which the laws hold, and in which what was posted and
//! taken back has left nothing behind.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use scrip_testkit::budget;
use scrip_testkit::generate::configuration::{Kind, world};
use scrip_testkit::generate::{grants, reversals, sketch, usage, whole_history};
use scrip_testkit::history::{Drawn, History};
use scrip_testkit::ledger::Refused;
use serde_json::{Value, json};

/// A counter with its fraction in lowest terms.
fn counted(counter: &Value) -> Value {
    let exact = counter["exact"].as_str().unwrap_or_default();
    let (above, below) = exact.split_once('/').unwrap_or((exact, "1"));
    let number = |text: &str| text.parse::<i128>().unwrap_or_default();
    let (above, below) = (number(above), number(below));
    let (mut a, mut b) = (above.unsigned_abs(), below.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let divisor = i128::try_from(a.max(1)).unwrap_or(1);
    let exact = format!("{}/{}", above / divisor, below / divisor);
    json!({ "quantity": counter["quantity"], "fixed": counter["fixed"], "exact": exact })
}

/// What stands charged in all billing periods.
fn charged(state: &Option<Value>) -> i64 {
    let counters = state.as_ref().and_then(|state| state["counters"].as_array());
    let of_charge = |pair: &&Value| !pair[0]["subject"]["charge"].is_null();
    let charges = counters.into_iter().flatten().filter(of_charge);
    charges.filter_map(|pair| pair[1]["fixed"].as_i64()).sum()
}

/// What a customer has, without what only remembers that something happened.
fn state(history: &History) -> Option<Value> {
    let mut books = history.ledger.book.customers.values();
    let book = books.find(|book| book.customer.as_str() == "acme")?;
    let lots: Vec<_> = book
        .lots
        .iter()
        .map(|l| (l.id.to_string(), l.available, l.held, l.consumed, l.expired, l.released))
        .collect();
    let some = |steps: &i64| *steps != 0;
    let counters = book.counters.iter().map(|(key, counter)| (key, counted(&json!(counter))));
    let counters: Vec<_> = counters.collect();
    Some(json!({
        "lots": lots,
        "counters": counters,
        "spent": book.spent.iter().collect::<Vec<_>>(),
        "overdrawn": book.overdrawn,
        "overage": book.overage.iter().filter(|(_, steps)| some(steps)).collect::<Vec<_>>(),
        "unbilled": book.unbilled.iter().filter(|(_, steps)| some(steps)).collect::<Vec<_>>(),
        "drafts": book.drafts.iter().collect::<Vec<_>>(),
    }))
}

fn failed(why: String) -> TestCaseError {
    TestCaseError::fail(why)
}

/// Versions that round in other ways leave up to one rounding step.
const ONE_VERSION: Kind = Kind { versions: false, ..Kind::ALL };

proptest! {
    #![proptest_config(budget(100))]

    #[test]
    fn the_laws_hold_whatever_is_taken_back(
        world in world(Kind::ALL).prop_map(Drawn),
        history in whole_history(Kind::ALL, 20),
        ends in prop::collection::vec(
            prop_oneof![
                sketch(usage::record()),
                sketch(reversals::reverse()),
                sketch(reversals::supersede()),
            ],
            0..12,
        ),
    ) {
        let history: Vec<Value> = history.into_iter().chain(ends).collect();
        History::run_by_laws(&world.0, &history).map(drop).map_err(failed)?;
    }

    #[test]
    fn an_event_posted_and_taken_back_leaves_nothing_and_costs_the_same_again(
        world in world(ONE_VERSION).prop_map(Drawn),
        history in whole_history(ONE_VERSION, 15).prop_map(Drawn),
        event in usage::event(),
    ) {
        let mut history = History::run_by_laws(&world.0, &history.0).map_err(failed)?;
        // What is due by then is due before and after.
        let sweep = json!({ "op": "run_schedule", "at": event["occurred_at"] });
        history.step(&sweep).map_err(failed)?;
        prop_assume!(history.operations.last().is_some_and(|(_, accepted)| *accepted));
        prop_assume!(state(&history).is_some());
        let record = |key: &str| {
            let mut event = event.clone();
            event["key"] = key.into();
            json!({ "op": "record_usage", "customer": "acme", "at": event["occurred_at"], "events": [event] })
        };
        let lots = |history: &History| {
            history.ledger.book.customers.values().map(|c| c.lots.len()).sum::<usize>()
        };
        let ends = |history: &History| -> Vec<_> {
            let books = history.ledger.book.customers.values();
            books.flat_map(|c| &c.lots).map(|lot| lot.expires_at).collect()
        };
        let ended = ends(&history);
        let (before, granted) = (state(&history), lots(&history));
        // The counters of a closed period are forgotten with the next usage.
        prop_assume!(history.ledger.book.closed_through.is_none());
        // A reversal dated before an expiry that was swept already puts units back that expire again.
        let mut lots_before = history.ledger.book.customers.values().flat_map(|c| &c.lots);
        prop_assume!(lots_before.all(|lot| lot.expired == 0));
        history.step(&record("once")).map_err(failed)?;
        prop_assume!(history.operations.last().is_some_and(|(_, accepted)| *accepted));
        // A top-up or a rollover stays, and so does an end that moved because the wallet was used.
        prop_assume!(lots(&history) == granted && ends(&history) == ended);
        let posted = state(&history);
        // What reached a lower tier gave units back; without it they are drawn by the lots that pay now.
        prop_assume!(charged(&posted) >= charged(&before));
        let reverse = json!({
            "op": "reverse_usage", "customer": "acme", "at": event["occurred_at"], "keys": ["once"],
            "reason": "wrong",
        });
        history.step(&reverse).map_err(failed)?;
        let (operation, accepted) = history.operations.last().expect("just run");
        if !accepted {
            // What a wallet of another unit paid for is not taken back.
            let why = history.ledger.clone().run(operation);
            let across = matches!(&why, Err(Refused::Rejected(why)) if why.contains("not the unit of its charge"));
            prop_assert!(across, "refused: {operation}");
            return Ok(());
        }
        prop_assert_eq!(state(&history), before, "{}", history.told("left something"));
        history.step(&record("twice")).map_err(failed)?;
        prop_assert_eq!(state(&history), posted);
    }

    #[test]
    fn what_is_taken_back_wholly_has_cost_nothing(
        world in world(Kind::ALL).prop_map(Drawn),
        given in prop::collection::vec(sketch(grants::grant()), 0..5),
        used in prop::collection::vec(sketch(usage::record()), 1..8),
        order in any::<u64>(),
    ) {
        let history: Vec<Value> = given.into_iter().chain(used).collect();
        let mut history = History::run_by_laws(&world.0, &history).map_err(failed)?;
        let events = history.known.events.clone();
        for (customer, keys) in events {
            let keys: std::collections::BTreeSet<_> = keys.into_iter().collect();
            let mut keys: Vec<_> = keys.into_iter().collect();
            let turn = usize::try_from(order % 97).unwrap_or_default() % keys.len().max(1);
            keys.rotate_left(turn);
            for key in keys {
                let reverse = json!({
                    "op": "reverse_usage", "customer": customer, "at": "2026-01-01T00:00:00Z",
                    "keys": [key], "reason": "wrong",
                });
                history.step(&reverse).map_err(failed)?;
                // Without an event the others may cost more than anything can pay.
                prop_assume!(history.operations.last().is_some_and(|(_, accepted)| *accepted));
            }
        }
        for book in history.ledger.book.customers.values() {
            let consumed: i64 = book.lots.iter().map(|lot| lot.consumed).sum();
            let owed: i64 = book.unbilled.values().map(|steps| steps.abs()).sum();
            // A lot that repaid an overdraft gets its units back; that they were beyond it stays counted.
            let counters = book.counters.keys().filter(|key| json!(key)["subject"]["overage"].is_null());
            prop_assert_eq!((consumed, owed, counters.count()), (0, 0, 0),
                "{}", history.told("not all came back"));
        }
    }
}
