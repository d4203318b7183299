//! Explanations on random histories: the version, the row and the quantities by which an event is explained
//! are those that priced it, and what they come to before rounding is what it was charged, to within the
//! steps to which its rate rounds.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use scrip_engine::{DetailRow, Outcome};
use scrip_rating::explain::explain;
use scrip_rating::{Grain, Route, Shape, Under};
use scrip_testkit::generate::configuration::{Kind, world};
use scrip_testkit::generate::history;
use scrip_testkit::history::{Drawn, History};
use scrip_testkit::{Ledger, budget};
use scrip_units::{MeterCode, parse_steps};
use serde_json::Value;

/// A period that begins at one rounding does not go on at another.
const ONE_VERSION: Kind = Kind { versions: false, ..Kind::KNOWN };

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn failed(why: &impl ToString) -> TestCaseError {
    TestCaseError::fail(why.to_string())
}

/// Holds what explains an event against what it was charged.
fn check(ledger: &Ledger, event: &Value, priced: &Priced<'_>) -> Result<(), TestCaseError> {
    let meter: MeterCode = text(event, "meter").parse().map_err(|_| failed(&"a code"))?;
    let dimensions = event["dimensions"].as_object().into_iter().flatten();
    let dimensions = dimensions
        .map(|(name, value)| (Arc::from(name.as_str()), value.as_str().unwrap_or_default().into()));
    let shape = Shape { meter, dimensions: dimensions.collect() };
    let at = text(event, "occurred_at").parse().map_err(|_| failed(&"an instant"))?;
    let under = Under { billing_day: None, card: None };
    let customer = &priced.detail.customer;
    let route = ledger.book.rater.route_under(customer, &shape, at, under);
    let Route::Priced { rate, conversions } = route else {
        return Err(failed(&format!("nothing explains {event}")));
    };
    let key = &priced.detail.rates[priced.rows[0].rate as usize];
    prop_assert_eq!(
        (&rate.card, rate.version, &rate.rate),
        (&key.rate.card, key.rate.version, &key.rate.rate)
    );
    // A maximum cuts what the quantity comes to, lots of other versions price parts of their own, and a
    // wallet of another unit pays in that.
    let others = priced.rows.iter().any(|row| {
        let paid = &priced.detail.rates[row.rate as usize];
        row.rate != priced.rows[0].rate || paid.unit != rate.unit
    });
    if rate.limits.maximum.is_some() || others {
        return Ok(());
    }
    let (first, charged) = (priced.rows[0], priced.rows.iter().map(|row| row.units).sum::<i64>());
    let explained = explain(&rate, &conversions, first.quantity, first.quantity_before);
    let explained = explained.ok_or_else(|| failed(&"it is not explained"))?;
    let exact = explained.charge_before_rounding.trim_end_matches('.');
    let (whole, decimals) = exact.split_once('.').unwrap_or((exact, ""));
    let scale = usize::from(rate.unit.scale().decimals());
    let cut = &decimals[..decimals.len().min(scale)];
    let steps =
        parse_steps(&format!("{whole}.{cut}"), rate.unit.scale(), "").map_err(|e| failed(&e))?;
    // What is cut off is less than a step; what the counter had in hand before, and has after, less than one
    // multiple each.
    let Grain { multiple, .. } = rate.grain;
    prop_assert!(
        (charged - steps).abs() <= 2 * multiple + 1,
        "{} is explained by {}, and {} steps were charged",
        event,
        explained.charge_before_rounding,
        charged
    );
    Ok(())
}

/// An event's rows in the detail of an entry.
struct Priced<'a> {
    detail: &'a scrip_engine::Detail,
    rows: Vec<DetailRow>,
}

proptest! {
    #![proptest_config(budget(128))]

    #[test]
    fn what_explains_an_event_is_what_charged_it(
        world in world(ONE_VERSION).prop_map(Drawn),
        history in history(ONE_VERSION, 20).prop_map(Drawn),
    ) {
        let told = History::run_by_laws(&world.0, &history.0).map_err(|why| failed(&why))?;
        let mut ledger = Ledger::configured(&world.0).map_err(|why| failed(&why))?;
        for (operation, _) in told.operations.iter().filter(|(_, accepted)| *accepted) {
            let applied = ledger.run(operation).map_err(|why| failed(&format!("{why:?}")))?;
            if operation["op"] == "apply_configuration" {
                break;
            }
            let Some(events) = operation["events"].as_array() else { continue };
            if operation["op"] != "record_usage" {
                continue;
            }
            for detail in &applied.detail {
                let mut of_events: BTreeMap<u32, Vec<DetailRow>> = BTreeMap::new();
                for row in &detail.rows {
                    let priced = matches!(row.outcome, Outcome::Drawn { .. } | Outcome::Overage { .. });
                    if priced && (row.place.row as usize) < events.len() {
                        of_events.entry(row.place.row).or_default().push(*row);
                    }
                }
                for (place, rows) in of_events {
                    check(&ledger, &events[place as usize], &Priced { detail, rows })
                        .map_err(|why| failed(&told.told(&why.to_string())))?;
                }
            }
        }
    }
}
