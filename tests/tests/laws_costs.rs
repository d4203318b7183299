//! Delivery costs on random cost cards: the engine's cost of usage, by the rater that margin reports use,
//! is exactly that of the card as the guide reads.
#![expect(clippy::expect_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use scrip_testkit::generate::configuration::{Kind, world};
use scrip_testkit::generate::{costs, usage};
use scrip_testkit::oracle::fraction::Fraction;
use scrip_testkit::oracle::{configuration::Configuration, instant};
use scrip_testkit::{Ledger, budget};
use serde_json::Value;

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// The row that the engine takes, and the exact cost in smallest steps.
fn cost(ledger: &Ledger, rater: &scrip_rating::Rater, event: &Value) -> Option<(String, Fraction)> {
    let meter = text(event, "meter").parse().expect("a code");
    let dimensions = event["dimensions"].as_object().into_iter().flatten();
    let dimensions = dimensions.map(|(name, value)| {
        (Arc::from(name.as_str()), Arc::from(value.as_str().unwrap_or_default()))
    });
    let unit = ledger.catalog().meter(&meter).and_then(|m| ledger.catalog().unit(m.unit));
    let scale = unit.expect("it is configured").scale();
    let quantity =
        scrip_units::parse_steps(text(event, "quantity"), scale, "").expect("a quantity");
    let quantity = rater.quantity_of(&meter, quantity);
    let shape = scrip_rating::Shape { meter, dimensions: dimensions.collect() };
    let at = text(event, "occurred_at").parse().expect("an instant");
    let customer = "acme".parse().expect("a code");
    let scrip_rating::Route::Priced { rate, .. } = rater.route(&customer, &shape, at).route else {
        return None;
    };
    let total = rate.curve.total(quantity).expect("it fits");
    let name = format!("{}@{}/{}", rate.card, rate.version, rate.rate);
    Some((name, Fraction::new(total, rate.curve.denominator())))
}

proptest! {
    #![proptest_config(budget(128))]

    #[test]
    fn what_usage_costs_to_deliver_is_what_the_cost_card_says(
        world in world(Kind::ALL),
        cards in costs::cards(),
        events in vec(usage::event(), 1..30),
    ) {
        let mut world = world;
        world["cost_cards"] = cards;
        let ledger = Ledger::configured(&world).map_err(TestCaseError::fail)?;
        let rater = scrip_rating::Rater::compile(&ledger.catalog().costs());
        let rater = rater.map_err(|(path, e)| TestCaseError::fail(format!("{path}: {e}")))?;
        let oracle = Configuration::read(&world).map_err(TestCaseError::fail)?;
        for event in &events {
            let at = instant(text(event, "occurred_at")).expect("an instant");
            prop_assert_eq!(cost(&ledger, &rater, event), oracle.cost_of(event, at), "{}", event);
        }
    }
}
