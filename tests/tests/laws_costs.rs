//! Delivery costs on random cost cards, of events that say a cost themselves and others: the engine's cost
//! of usage, as margin reports look it up, is exactly that which the guide says.
#![expect(clippy::expect_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use scrip_rating::delivery::own_in_steps;
use scrip_rating::{Delivered, Delivery, Place, Shape, UsageEvent};
use scrip_testkit::generate::configuration::{Kind, world};
use scrip_testkit::generate::{costs, usage};
use scrip_testkit::oracle::costs::Cost;
use scrip_testkit::oracle::fraction::Fraction;
use scrip_testkit::oracle::{configuration::Configuration, instant};
use scrip_testkit::{Ledger, budget};
use serde_json::Value;

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// Which cost the engine takes, and how much that is.
fn cost(ledger: &Ledger, delivery: &Delivery, event: &Value) -> Option<Cost> {
    let meter = text(event, "meter").parse().expect("a code");
    let dimensions = event["dimensions"].as_object().into_iter().flatten();
    let dimensions = dimensions.map(|(name, value)| {
        (Arc::from(name.as_str()), Arc::from(value.as_str().unwrap_or_default()))
    });
    let unit = ledger.catalog().meter(&meter).and_then(|m| ledger.catalog().unit(m.unit));
    let scale = unit.expect("it is configured").scale();
    let shape = Shape { meter, dimensions: dimensions.collect() };
    let used = UsageEvent {
        occurred_at: text(event, "occurred_at").parse().expect("an instant"),
        quantity: scrip_units::parse_steps(text(event, "quantity"), scale, "").expect("a quantity"),
        shape: 0,
        place: Place { segment: 1, row: 0 },
        key_order: 0,
        member: u32::MAX,
    };
    let own = event.get("delivery_cost").cloned();
    let own = own.map(|own| serde_json::from_value(own).expect("a cost"));
    let customer = "acme".parse().expect("a code");
    match delivery.of(&mut None, (&customer, &shape), (&used, own.as_ref())) {
        Delivered::Unknown => None,
        Delivered::Own(own) => {
            let (steps, unit) = own_in_steps(&own).expect("it can be kept");
            let steps = Fraction::new(steps.numerator(), steps.denominator());
            Some(Cost { row: None, currency: unit.code().to_string(), steps })
        }
        Delivered::Card(rate) => {
            let total = rate.curve.total(delivery.quantity(&shape, &used)).expect("it fits");
            Some(Cost {
                row: Some(format!("{}@{}/{}", rate.card, rate.version, rate.rate)),
                currency: rate.unit.code().to_string(),
                steps: Fraction::new(total, rate.curve.denominator()),
            })
        }
    }
}

proptest! {
    #![proptest_config(budget(128))]

    #[test]
    fn what_usage_costs_to_deliver_is_what_the_cost_card_says(
        world in world(Kind::ALL),
        cards in costs::cards(),
        events in vec((usage::event(), costs::own()), 1..30),
    ) {
        let mut world = world;
        world["cost_cards"] = cards;
        let ledger = Ledger::configured(&world).map_err(TestCaseError::fail)?;
        let delivery = Delivery::compile(ledger.catalog());
        let delivery = delivery.map_err(|(path, e)| TestCaseError::fail(format!("{path}: {e}")))?;
        let oracle = Configuration::read(&world).map_err(TestCaseError::fail)?;
        for (mut event, own) in events {
            if let Some(own) = own {
                event["delivery_cost"] = own;
            }
            let at = instant(text(&event, "occurred_at")).expect("an instant");
            prop_assert_eq!(cost(&ledger, &delivery, &event), oracle.cost_of(&event, at), "{}", event);
        }
    }
}
