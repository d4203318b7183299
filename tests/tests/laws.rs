//! Random small worlds and histories: the engine against the oracle, and the laws of the books
//! (DESIGN, section 11).
//!
//! A failure prints the document and the operations. Proptest keeps its seed in a file beside this
//! one and tries it first the next time; `PROPTEST_CASES`, `PROPTEST_RNG_SEED` and the other
//! variables of proptest are obeyed, and `SCRIP_LAWS_CASES=10000` makes a long run.
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
use proptest::test_runner::{FileFailurePersistence, TestCaseError};
use scrip_testkit::generate::{event, fit, history, plain_world, world};
use scrip_testkit::ledger::Refused;
use scrip_testkit::oracle::step::{Grant, Paid};
use scrip_testkit::oracle::{Event, Model, SmallWorld, Step, compare};
use scrip_testkit::{Ledger, laws};

fn budget(usual: u32) -> ProptestConfig {
    let asked = std::env::var("SCRIP_LAWS_CASES").ok().and_then(|text| text.parse().ok());
    let cases = asked.or_else(|| std::env::var("PROPTEST_CASES").ok()?.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(usual),
        max_shrink_iters: 20_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    }
}

/// Runs a history through the engine and holds it against the oracle after every step.
fn check(world: &SmallWorld, history: &[(i64, Step)]) -> Result<(), TestCaseError> {
    let document = world.document();
    let mut ledger = Ledger::open(&document).map_err(TestCaseError::fail)?;
    for (index, (at, step)) in history.iter().enumerate() {
        let operation = step.written(&format!("o{index}"), *at);
        let told = |why: String| {
            let before = history.iter().take(index + 1).enumerate();
            let lines: Vec<_> =
                before.map(|(n, (at, step))| step.written(&format!("o{n}"), *at)).collect();
            TestCaseError::fail(format!("{why}\n{document}\n{}", lines.join("\n")))
        };
        let (model, accepted) = Model::after(world, &history[..=index]);
        match ledger.apply(&operation) {
            Ok(applied) => {
                if !accepted {
                    return Err(told("the oracle refuses the last operation".to_owned()));
                }
                if let Step::Use { events, .. } = step {
                    spendable(&ledger, &applied, events).map_err(told)?;
                    repeated(&ledger, step, *at).map_err(told)?;
                }
            }
            Err(Refused::Rejected(why)) if accepted => {
                return Err(told(format!("the oracle accepts the last operation: {why}")));
            }
            Err(Refused::Rejected(_)) => {}
            Err(Refused::Broken(why)) => return Err(told(why)),
        }
        compare(&ledger, &model).map_err(told)?;
    }
    laws::replays(&ledger).map_err(TestCaseError::fail)
}

/// Law 8: every lot that paid was valid when the usage occurred.
fn spendable(
    ledger: &Ledger,
    applied: &scrip_testkit::laws::Applied,
    events: &[Event],
) -> Result<(), String> {
    laws::spendable(ledger, applied, |row| scrip_testkit::oracle::step::instant(events[row].at))
}

/// Law 6: the same events again, in another operation, change nothing.
fn repeated(ledger: &Ledger, step: &Step, at: i64) -> Result<(), String> {
    let mut again = ledger.clone();
    let applied = again.apply(&step.written("again", at)).map_err(|e| format!("{e:?}"))?;
    if !applied.entries.is_empty() || again.book.customers != ledger.book.customers {
        return Err("the same events a second time change something".to_owned());
    }
    Ok(())
}

proptest! {
    #![proptest_config(budget(256))]

    #[test]
    fn the_engine_and_the_oracle_agree(world in world(false), mut history in history(25)) {
        fit(&world, &mut history);
        check(&world, &history)?;
    }

    #[test]
    fn they_agree_where_a_lower_tier_gives_units_back(world in world(true), mut history in history(25)) {
        fit(&world, &mut history);
        check(&world, &history)?;
    }

    #[test]
    fn any_order_of_arrival_gives_the_same_balances(
        world in plain_world(),
        lots in prop::collection::vec((1_i64..20_000, 0_i64..5000), 0..4),
        enough in any::<bool>(),
        mut events in prop::collection::vec(event(), 1..30),
        moves in prop::collection::vec((any::<Index>(), any::<Index>()), 0..40),
        cuts in prop::collection::vec(1_usize..8, 1..30),
    ) {
        let mut world = world;
        let mut lots = lots;
        if enough {
            lots.push((1_000_000_000, 4999));
        } else {
            // Where lots run out, which rate and which period run over depends on the order, and
            // overage money is rounded for each of them.
            world.rates.truncate(1);
        }
        for (key, event) in (0..).zip(&mut events) {
            event.key = key;
            if !enough {
                event.at %= 28 * 1440;
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

/// A ledger whose only wallet holds some lots, valid for the whole time.
fn stocked(world: &SmallWorld, lots: &[(i64, i64)]) -> Result<Ledger, TestCaseError> {
    let mut ledger = Ledger::open(&world.document()).map_err(TestCaseError::fail)?;
    for (lot, (units, net)) in (0..).zip(lots) {
        let grant = Grant {
            lot,
            wallet: 0,
            units: *units,
            kind: "purchased",
            paid: Some(Paid { net: *net, tax: 0, invoiced: false }),
            from: 0,
            until: None,
            priority: None,
        };
        let operation = Step::Grant(grant).written(&format!("g{lot}"), 0);
        ledger.apply(&operation).map_err(|e| TestCaseError::fail(format!("{e:?}")))?;
    }
    Ok(ledger)
}

fn arrive<E: AsRef<[Event]>>(ledger: &Ledger, parts: &[E]) -> Result<Ledger, TestCaseError> {
    let mut ledger = ledger.clone();
    for (index, events) in parts.iter().enumerate() {
        let step = Step::Use { events: events.as_ref().to_vec(), record: false };
        let operation = step.written(&format!("u{index}"), 118 * 1440);
        ledger.apply(&operation).map_err(|e| TestCaseError::fail(format!("{e:?}")))?;
    }
    Ok(ledger)
}

fn lots_of(ledger: &Ledger) -> Vec<(String, i64, i64, i64)> {
    let lots = ledger.book.customers.values().flat_map(|c| &c.lots);
    lots.map(|l| (l.id.to_string(), l.available, l.consumed, l.carrying())).collect()
}
