//! Lots of which some units have expired while others are left or come back: what expired stays the last
//! of the units gone, so that its breakage is their share of the price, and none when none is expired.
#![expect(clippy::expect_used, reason = "a test that cannot go on should stop")]

use scrip_testkit::history::History;
use serde_json::{Value, json};

const FIRST: &str = "2026-01-01T00:00:00Z";
const SECOND: &str = "2026-01-02T00:00:00Z";
const END: &str = "2026-01-24T00:00:00Z";

/// One credit an item, from one wallet; all within one month.
fn world() -> Value {
    json!({
        "format": "scrip-config/1",
        "entity": { "code": "books", "name": "Books", "currency": "EUR", "time_zone": "UTC" },
        "units": [
            { "code": "credits", "kind": "credit", "scale": 2 },
            { "code": "item", "kind": "usage", "scale": 2 },
        ],
        "meters": [{ "code": "usage", "unit": "item" }],
        "wallet_types": [{ "code": "w0", "unit": "credits", "versions": [
            { "version": 1, "effective_at": "2000-01-01", "beyond": "reject" },
        ] }],
        "rate_cards": [{ "code": "card", "unit": "credits", "versions": [{
            "version": 1, "effective_at": "2000-01-01",
            "rates": [{ "code": "r0", "meter": "usage", "model": "per_unit", "price": "1" }],
        }] }],
        "customers": [{ "code": "acme" }],
    })
}

fn grant(units: &str) -> Value {
    json!({ "op": "grant_credits", "at": FIRST, "wallet": "w0", "units": units, "kind": "purchased",
        "price": { "net": "0.01", "currency": "EUR" }, "expires_at": "2026-01-24" })
}

fn usage(events: &[(&str, &str)]) -> Value {
    let event = |(key, quantity): &(&str, &str)| json!({ "key": key, "meter": "usage", "quantity": quantity, "occurred_at": FIRST });
    let events: Vec<_> = events.iter().map(event).collect();
    json!({ "op": "record_usage", "at": FIRST, "events": events })
}

/// Two units for a cent, of which one expired while the other was held: it is left again, as of an
/// instant before the end.
fn one_of_two_expired() -> Vec<Value> {
    vec![
        grant("0.02"),
        json!({ "op": "place_hold", "at": FIRST, "wallet": "w0", "units": "0.01" }),
        json!({ "op": "run_schedule", "at": END }),
        json!({ "op": "release_hold", "at": SECOND, "hold": "o1" }),
    ]
}

fn run(steps: Vec<Value>) -> History {
    run_in(&world(), steps)
}

fn run_in(world: &Value, steps: Vec<Value>) -> History {
    History::play(world, "acme", steps).expect("both agree, and every law holds")
}

/// A rounding step of used units stayed revenue when they came back to a lot that was swept already, and
/// late usage of the same units earned it again: revenue was above the price, and breakage below zero.
#[test]
fn what_comes_back_beside_expired_units_takes_its_revenue_along() {
    run(vec![
        grant("46.67"),
        usage(&[("a", "20.24"), ("b", "3.10")]),
        json!({ "op": "run_schedule", "at": END }),
        json!({ "op": "reverse_usage", "at": FIRST, "keys": ["b"], "reason": "wrong" }),
        json!({ "op": "run_schedule", "at": END }),
        usage(&[("c", "3.10")]),
    ]);
}

/// The cent was breakage of the expired unit, and stayed it when usage had taken both.
#[test]
fn usage_of_what_is_left_beside_expired_units_leaves_them_their_share() {
    let mut steps = one_of_two_expired();
    steps.push(usage(&[("a", "0.01")]));
    steps.push(usage(&[("b", "0.01")]));
    let history = run(steps);
    assert_eq!(history.on("revenue_usage", "EUR"), -1);
    assert_eq!(history.on("revenue_breakage", "EUR"), 0);
}

#[test]
fn a_captured_difference_beside_expired_units_leaves_them_their_share() {
    let mut steps = one_of_two_expired();
    steps[1]["units"] = "0.01".into();
    steps.push(json!({ "op": "place_hold", "at": SECOND, "wallet": "w0", "units": "0.01" }));
    steps.push(json!({ "op": "capture_hold", "at": SECOND, "hold": "o4", "units": "0.01" }));
    steps.push(usage(&[("b", "0.01")]));
    let history = run(steps);
    assert_eq!(history.on("revenue_usage", "EUR"), -1);
    assert_eq!(history.on("revenue_breakage", "EUR"), 0);
}

/// The rounding step went to the units that rolled over, and used units took it back a second time.
#[test]
fn what_comes_back_after_others_have_rolled_over_takes_no_revenue_that_there_was_not() {
    let mut world = world();
    world["wallet_types"][0]["versions"][0]["rollover"] = json!({ "cap": "4.23" });
    let end = "2026-01-03T00:00:00Z";
    let mut bought = grant("99.21");
    bought["price"]["net"] = "0.05".into();
    bought["expires_at"] = "2026-01-03".into();
    let history = run_in(
        &world,
        vec![
            bought,
            usage(&[("a", "6.20")]),
            json!({ "op": "run_schedule", "at": end }),
            json!({ "op": "reverse_usage", "at": end, "keys": ["a"], "reason": "wrong" }),
        ],
    );
    assert_eq!(history.on("revenue_usage", "EUR"), 0);
}

/// What a unit carries is paid back, also where the sweep has rounded it to breakage.
#[test]
fn a_refund_of_what_is_left_beside_expired_units_leaves_them_their_share() {
    let mut steps = one_of_two_expired();
    steps.push(json!({ "op": "refund_grant", "at": SECOND, "lot": "o0", "units": "0.01" }));
    steps.push(usage(&[("b", "0.01")]));
    let history = run(steps);
    assert_eq!(history.on("cash_clearing", "EUR"), 0);
    assert_eq!(history.on("revenue_breakage", "EUR"), 0);
}

/// A rounding step that stays released is not breakage: there is none of a lot without expired units.
#[test]
fn a_refund_of_a_lot_without_expired_units_touches_no_breakage() {
    let history = run(vec![
        grant("0.02"),
        usage(&[("a", "0.01")]),
        json!({ "op": "refund_grant", "at": SECOND, "lot": "o0" }),
    ]);
    assert_eq!(history.on("revenue_breakage", "EUR"), 0);
}

/// What leaves for another lot takes what it carries along, and not the share of what had expired.
#[test]
fn what_is_moved_beside_expired_units_leaves_them_their_share() {
    let moved = json!({ "op": "transfer_units", "at": SECOND, "lot": "o0", "to_wallet": "w1",
        "to_wallet_type": "w0" });
    let more = json!({ "op": "adjust_balance", "at": SECOND, "lot": "o0", "units": "0.01",
        "counter": "liability", "reason": "typing error", "approver": "bea" });
    for step in [moved, more] {
        let mut steps = one_of_two_expired();
        steps.extend([step, usage(&[("b", "0.01")])]);
        let history = run(steps);
        // The cent went with the unit that was left.
        assert_eq!(history.on("cl_purchased", "EUR"), -1);
        assert_eq!(history.on("revenue_breakage", "EUR"), 0);
        assert_eq!(history.on("revenue_usage", "EUR"), 0);
    }
}

/// The same for a unit that is booked away: its cent stands on the account that was named.
#[test]
fn what_is_adjusted_away_beside_expired_units_leaves_them_their_share() {
    let mut steps = one_of_two_expired();
    steps.push(json!({ "op": "adjust_balance", "at": SECOND, "lot": "o0", "units": "-0.01",
        "counter": "promotion", "reason": "typing error", "approver": "bea" }));
    steps.push(usage(&[("b", "0.01")]));
    let history = run(steps);
    assert_eq!(history.on("promotion_expense", "EUR"), -1);
    assert_eq!(history.on("revenue_breakage", "EUR"), 0);
    assert_eq!(history.on("revenue_usage", "EUR"), 0);
}
