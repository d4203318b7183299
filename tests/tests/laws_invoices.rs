//! Random histories of wallets that burn at invoice: the laws of the books hold whatever a draft
//! holds, and a draft that is made final and taken back leaves everything as it was.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use scrip_testkit::generate::configuration::{Kind, world};
use scrip_testkit::generate::{invoices, sketch, whole_history};
use scrip_testkit::history::{Drawn, History};
use scrip_units::Date;
use serde_json::{Value, json};

fn config() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(20_261_121),
        max_shrink_iters: 5_000,
        failure_persistence: None,
        ..ProptestConfig::with_cases(100)
    }
}

/// A world in which every wallet that may not be overdrawn burns at invoice.
fn at_invoice(mut document: Value) -> Value {
    for wallet_type in document["wallet_types"].as_array_mut().into_iter().flatten() {
        for version in wallet_type["versions"].as_array_mut().into_iter().flatten() {
            if version["beyond"] != "overdraft" {
                version["burns"] = "invoice".into();
            }
        }
    }
    document
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_laws_hold_whatever_a_draft_holds(
        world in world(Kind::ALL).prop_map(at_invoice).prop_map(Drawn),
        history in whole_history(Kind::ALL, 20),
        ends in prop::collection::vec(
            prop_oneof![
                3 => sketch(invoices::finalize()),
                3 => sketch(invoices::after()),
                1 => sketch(invoices::discard()),
            ],
            0..8,
        ),
    ) {
        let history: Vec<Value> = history.into_iter().chain(ends).collect();
        History::run_by_laws(&world.0, &history).map(drop).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn a_draft_made_final_and_taken_back_is_as_it_was(
        world in world(Kind::ALL).prop_map(at_invoice).prop_map(Drawn),
        history in whole_history(Kind::ALL, 20).prop_map(Drawn),
    ) {
        let mut history =
            History::run_by_laws(&world.0, &history.0).map_err(TestCaseError::fail)?;
        let before = history.ledger.book.customers.clone();
        let drafts: Vec<(String, Date)> = before.values().flat_map(|customer| {
            customer.drafts.iter()
                .filter(|((_, currency), draft)| currency.as_str() == "EUR" && draft.net() >= 0)
                .map(|((first, _), _)| (customer.customer.to_string(), *first))
        }).collect();
        for (customer, period) in &drafts {
            let steps = [
                json!({ "op": "finalize_invoice", "customer": customer, "period": period,
                    "number": format!("all-{period}"), "at": "2026-12-01T00:00:00Z" }),
                json!({ "op": "void_invoice", "customer": customer, "invoice": format!("all-{period}"),
                    "reason": "wrong", "at": "2026-12-01T00:00:01Z" }),
            ];
            for step in &steps {
                history.step(step).map_err(TestCaseError::fail)?;
                let (operation, accepted) = history.operations.last().expect("just run").clone();
                if !accepted {
                    let why = format!("{step} is refused: {:?}", history.ledger.run(&operation));
                    return Err(TestCaseError::fail(history.told(&why)));
                }
            }
        }
        for (code, customer) in &history.ledger.book.customers {
            let earlier = &before[code];
            prop_assert_eq!(&customer.drafts, &earlier.drafts);
            for (open, before) in [
                (&customer.unbilled, &earlier.unbilled), (&customer.receivable, &earlier.receivable),
            ] {
                let differs = |(code, steps): &(_, &i64)| {
                    before.get(*code).copied().unwrap_or_default() != **steps
                };
                prop_assert_eq!(open.iter().find(differs), None);
            }
            for (lot, earlier) in customer.lots.iter().zip(&earlier.lots) {
                prop_assert_eq!(
                    (lot.available, lot.held, lot.consumed, lot.expired, lot.released),
                    (earlier.available, earlier.held, earlier.consumed, earlier.expired,
                        earlier.released),
                );
            }
        }
    }
}
