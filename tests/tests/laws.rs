//! Random small worlds and histories: the engine against the oracle, and the laws of the books
//! (DESIGN, section 11).
//!
//! A failure prints the smallest history that fails, as a configuration and operations that `scrip
//! init` and `scrip operate` take, and the seed of the run. Proptest keeps the seed of the case in a file
//! beside this one and tries it first the next time. The usual run is the same every time; `make laws
//! CASES=20000` is a long run of new histories, and `make laws CASES=20000 SEED=1` is one again.
//!
//! **Where the order of arrival matters, by rule.** Within a billing period tiers count in posting
//! order, and a charge is paid by the lots that are there when it is posted. So another order of
//! arrival may change
//! - which lots pay, when their validity differs: usage of today posted before usage of yesterday may
//!   take units that only yesterday's usage could have had instead, or the other way round;
//! - which events a hard cap or an overage limit refuses: the first that come are served;
//! - what usage pays that arrives before a grant or after a refund, because a later grant never
//!   absorbs earlier usage;
//! - what each event costs in a tier, though not what the period costs;
//! - which rate, day and dimension a flat amount, a retrospective difference or overage is shown
//!   under; and because overage money is rounded for each rate and period, its cents.
//!
//! Where none of that is in play (one soft wallet whose lots are all valid for the whole time, rates
//! that do not look back; and where lots run out, one rate and one period), any order and any split
//! over operations gives the same balances: this is the last law here.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;
use scrip_testkit::budget;
use scrip_testkit::generate::configuration::{Kind, honouring_world, plain_world, world};
use scrip_testkit::generate::usage::event;
use scrip_testkit::generate::{Known, decimal, history, resolve, reversals, time, whole_history};
use scrip_testkit::history::{Drawn, History};
use scrip_testkit::ledger::Ledger;
use serde_json::{Value, json};

/// Runs a history through the engine and holds it against the oracle after every step.
fn check(world: &Drawn<Value>, history: &Drawn<Vec<Value>>) -> Result<(), TestCaseError> {
    History::run(&world.0, &history.0).map(drop).map_err(TestCaseError::fail)
}

const ONE_VERSION: Kind = Kind { looks_back: true, versions: false, more: false };
const FORWARD: Kind = Kind { looks_back: false, ..Kind::KNOWN };

proptest! {
    #![proptest_config(budget(128))]

    #[test]
    fn the_engine_and_the_oracle_agree(
        world in world(FORWARD).prop_map(Drawn),
        history in history(FORWARD, 25).prop_map(Drawn),
    ) {
        check(&world, &history)?;
    }

    #[test]
    fn they_agree_where_a_lower_tier_gives_units_back(
        world in world(ONE_VERSION).prop_map(Drawn),
        history in history(ONE_VERSION, 25).prop_map(Drawn),
    ) {
        check(&world, &history)?;
    }

    #[test]
    fn they_agree_where_everything_comes_together(
        world in world(Kind::KNOWN).prop_map(Drawn),
        history in history(Kind::KNOWN, 25).prop_map(Drawn),
    ) {
        check(&world, &history)?;
    }

    #[test]
    fn they_agree_where_lots_honour_the_rate_at_which_they_were_bought(
        world in honouring_world(FORWARD).prop_map(Drawn),
        history in history(FORWARD, 25).prop_map(Drawn),
    ) {
        check(&world, &history)?;
    }

    #[test]
    fn they_agree_where_usage_is_taken_back(
        world in world(Kind::KNOWN).prop_map(Drawn),
        history in reversals::history(Kind::KNOWN, 25).prop_map(Drawn),
    ) {
        check(&world, &history)?;
    }

    #[test]
    fn they_agree_where_usage_of_lots_that_honour_their_rate_is_taken_back(
        world in honouring_world(FORWARD).prop_map(Drawn),
        history in reversals::history(FORWARD, 25).prop_map(Drawn),
    ) {
        check(&world, &history)?;
    }

    #[test]
    fn every_law_holds_whatever_happens(
        world in world(Kind::ALL).prop_map(Drawn),
        history in whole_history(Kind::ALL, 30).prop_map(Drawn),
    ) {
        History::run_by_laws(&world.0, &history.0).map(drop).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn every_law_holds_where_lots_honour_the_rate_at_which_they_were_bought(
        world in honouring_world(Kind::ALL).prop_map(Drawn),
        history in whole_history(Kind { looks_back: false, ..Kind::ALL }, 30).prop_map(Drawn),
    ) {
        History::run_by_laws(&world.0, &history.0).map(drop).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn any_order_of_arrival_gives_the_same_balances(
        world in plain_world().prop_map(Drawn),
        lots in prop::collection::vec((1_i64..20_000, 0_i64..5000), 0..4),
        enough in any::<bool>(),
        mut events in prop::collection::vec(event(), 1..30),
        moves in prop::collection::vec((any::<Index>(), any::<Index>()), 0..40),
        cuts in prop::collection::vec(1_usize..8, 1..30),
    ) {
        let Drawn(mut world) = world;
        let mut lots = lots;
        if enough {
            lots.push((1_000_000_000, 4999));
        } else if let Some(rates) = world["rate_cards"][0]["versions"][0]["rates"].as_array_mut() {
            // Where lots run out, which rate and which period run over depends on the order, and
            // overage money is rounded for each of them.
            rates.truncate(1);
        }
        for (key, event) in events.iter_mut().enumerate() {
            event["key"] = format!("k{key}").into();
            event["meter"] = "usage".into();
            if !enough {
                let day = event["occurred_at"].as_str().map_or("01", |at| &at[8..10]).to_owned();
                event["occurred_at"] = format!("2026-01-{day}T12:00:00Z").into();
            }
        }
        let ledger = stocked(&world, &lots)?;
        let mut shuffled = events.clone();
        for (a, b) in moves {
            let (a, b) = (a.index(events.len()), b.index(events.len()));
            shuffled.swap(a, b);
        }
        let at_once = arrive(&ledger, &[&events])?;
        let mut parts = Vec::new();
        let mut rest = shuffled.as_slice();
        for cut in cuts.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (part, after) = rest.split_at(cut.min(rest.len()));
            parts.push(part);
            rest = after;
        }
        let in_parts = arrive(&ledger, &parts)?;
        prop_assert_eq!(lots_of(&at_once), lots_of(&in_parts));
        prop_assert_eq!(at_once.money(None), in_parts.money(None));
    }
}

fn run(ledger: &mut Ledger, id: &str, operation: &Value) -> Result<(), TestCaseError> {
    let operation = resolve(operation, id, &Known::default());
    ledger.run(&operation).map(drop).map_err(|e| TestCaseError::fail(format!("{e:?}")))
}

/// A ledger whose only wallet holds some lots, valid for the whole time.
fn stocked(world: &Value, lots: &[(i64, i64)]) -> Result<Ledger, TestCaseError> {
    let mut ledger = Ledger::configured(world).map_err(TestCaseError::fail)?;
    for (number, (units, net)) in lots.iter().enumerate() {
        let grant = json!({
            "op": "grant_credits", "at": time(0), "customer": "acme", "wallet": "w0",
            "units": decimal(*units, 2), "kind": "purchased", "expires_at": "never",
            "effective_at": "2025-01-01T00:00:00Z",
            "price": { "net": decimal(*net, 2), "currency": "EUR" },
        });
        run(&mut ledger, &format!("g{number}"), &grant)?;
    }
    Ok(ledger)
}

fn arrive<E: AsRef<[Value]>>(ledger: &Ledger, parts: &[E]) -> Result<Ledger, TestCaseError> {
    let mut ledger = ledger.clone();
    for (number, events) in parts.iter().enumerate() {
        let usage = json!({
            "op": "record_usage", "at": time(118 * 1440), "customer": "acme",
            "events": events.as_ref(),
        });
        run(&mut ledger, &format!("u{number}"), &usage)?;
    }
    Ok(ledger)
}

fn lots_of(ledger: &Ledger) -> Vec<(String, i64, i64, i64)> {
    let lots = ledger.book.customers.values().flat_map(|c| &c.lots);
    lots.map(|l| (l.id.to_string(), l.available, l.consumed, l.carrying())).collect()
}
