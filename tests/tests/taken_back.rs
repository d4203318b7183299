//! Usage that is taken back beside other mechanisms: the smallest histories in which something went wrong
//! once, run through the engine and the oracle side by side.
#![expect(clippy::expect_used, reason = "a test that cannot go on should stop")]

use scrip_testkit::history::History;
use serde_json::{Value, json};

const FIRST: &str = "2026-01-01T00:00:00Z";

/// One credit an item, from one wallet; a credit of overage is one euro.
fn world(terms: &Value) -> Value {
    let mut version = json!({ "version": 1, "effective_at": "2000-01-01", "beyond": "overage" });
    for (name, value) in terms.as_object().into_iter().flatten() {
        version[name] = value.clone();
    }
    json!({
        "format": "scrip-config/1",
        "entity": { "code": "books", "name": "Books", "currency": "EUR", "time_zone": "UTC" },
        "units": [
            { "code": "credits", "kind": "credit", "scale": 2 },
            { "code": "item", "kind": "usage", "scale": 2 },
        ],
        "meters": [{ "code": "usage", "unit": "item" }],
        "wallet_types": [{ "code": "w0", "unit": "credits", "versions": [version] }],
        "rate_cards": [{ "code": "card", "unit": "credits", "versions": [{
            "version": 1, "effective_at": "2000-01-01",
            "overage": { "currency": "EUR", "price": "1" },
            "rates": [{ "code": "r0", "meter": "usage", "model": "per_unit", "price": "1" }],
        }] }],
        "customers": [{ "code": "acme" }],
    })
}

fn grant(units: &str, price: &str) -> Value {
    json!({ "op": "grant_credits", "at": FIRST, "wallet": "w0", "units": units, "kind": "purchased",
        "price": { "net": price, "currency": "EUR" } })
}

fn usage(key: &str, quantity: &str, at: &str) -> Value {
    json!({ "op": "record_usage", "at": at, "events": [
        { "key": key, "meter": "usage", "quantity": quantity, "occurred_at": at },
    ] })
}

fn back(keys: &[&str], at: &str) -> Value {
    json!({ "op": "reverse_usage", "at": at, "keys": keys, "reason": "wrong" })
}

fn run(world: &Value, steps: Vec<Value>) -> History {
    History::play(world, "acme", steps).expect("both agree, and every law holds")
}

/// A cent that was released beyond the share of the units gone went back with units that only wait for
/// their invoice: breakage was below zero.
#[test]
fn units_that_wait_for_their_invoice_release_nothing() {
    let history = run(
        &world(&json!({ "burns": "invoice" })),
        vec![
            grant("84.71", "12.69"),
            usage("k0", "0.08", FIRST),
            json!({ "op": "finalize_invoice", "at": FIRST, "period": "2026-01-01" }),
            json!({ "op": "refund_grant", "at": FIRST, "lot": "o0", "amount": "0.01" }),
            back(&["k0"], FIRST),
            usage("k1", "0.01", FIRST),
        ],
    );
    assert_eq!(history.on("revenue_breakage", "EUR"), 0);
}

/// The versions of the card wait for the next billing period; billing periods begin on the first.
fn waiting() -> Value {
    let mut world = world(&json!({ "rates": "original" }));
    world["rate_cards"][0]["price_changes"] = "next_period".into();
    let mut second = world["rate_cards"][0]["versions"][0].clone();
    (second["version"], second["effective_at"]) = (2.into(), "2026-01-10".into());
    second["rates"][0]["price"] = "3".into();
    if let Some(versions) = world["rate_cards"][0]["versions"].as_array_mut() {
        versions.push(second);
    }
    world
}

fn billed_from_the_fifteenth(at: &str) -> Value {
    json!({ "op": "apply_configuration", "at": at, "which": 0, "change": { "billing_day": 15 } })
}

/// By the billing day of now the second version counted for usage of 20 January already.
#[test]
fn usage_is_taken_back_at_the_version_that_counted_by_the_billing_day_of_then() {
    let at = "2026-01-20T00:00:00Z";
    let history = run(
        &waiting(),
        vec![
            usage("k0", "1", at),
            usage("k1", "1", at),
            billed_from_the_fifteenth(at),
            back(&["k0"], at),
        ],
    );
    assert_eq!(history.on("revenue_overage", "EUR"), -100);
}

/// A lot that was bought on 20 January honours the version that counted by the billing day of then.
#[test]
fn a_lot_honours_what_counted_by_the_billing_day_of_its_purchase() {
    let bought = "2026-01-20T00:00:00Z";
    let mut pack = grant("10", "10");
    pack["at"] = bought.into();
    let history = run(
        &waiting(),
        vec![pack, billed_from_the_fifteenth(bought), usage("k0", "1", "2026-02-20T00:00:00Z")],
    );
    assert_eq!(history.on("revenue_usage", "EUR"), -100);
}

/// The row and the card charge at least 10 and 30; two versions of the card, the second of 15 January.
fn with_minimum() -> Value {
    let mut world = world(&json!({}));
    let card = &mut world["rate_cards"][0];
    let mut second = card["versions"][0].clone();
    (second["version"], second["effective_at"]) = (2.into(), "2026-01-15".into());
    card["versions"][0]["rates"][0]["minimum"] = "10".into();
    second["minimum"] = "30".into();
    if let Some(versions) = card["versions"].as_array_mut() {
        versions.push(second);
    }
    world
}

fn sweep(at: &str) -> Value {
    json!({ "op": "run_schedule", "at": at })
}

/// It was not used: the minimum was claimed all the same.
#[test]
fn what_was_taken_back_wholly_owes_no_minimum() {
    let late = "2026-02-02T00:00:00Z";
    let steps = vec![usage("k0", "4", FIRST), usage("k1", "1", FIRST), back(&["k0"], FIRST)];
    let mut of_one = steps.clone();
    of_one.push(sweep(late));
    assert_eq!(run(&with_minimum(), of_one.clone()).on("revenue_breakage", "EUR"), -900);
    // Before the sweep, and after it.
    for [first, then] in [[sweep(late), back(&["k1"], late)], [back(&["k1"], late), sweep(late)]] {
        let mut steps = steps.clone();
        steps.extend([first, then, sweep(late)]);
        assert_eq!(run(&with_minimum(), steps).on("revenue_breakage", "EUR"), 0);
    }
}

#[test]
fn the_minimum_is_that_of_the_latest_version_whose_usage_stands() {
    let late = "2026-02-02T00:00:00Z";
    let steps =
        vec![usage("k0", "4", FIRST), usage("k1", "6", "2026-01-20T00:00:00Z"), sweep(late)];
    let history = run(&with_minimum(), steps.clone());
    assert_eq!(history.on("revenue_breakage", "EUR"), -2000);
    let mut steps = steps;
    steps.extend([back(&["k1"], late), sweep(late)]);
    assert_eq!(run(&with_minimum(), steps).on("revenue_breakage", "EUR"), -600);
}

/// Closed, nothing moves, whether the minimum was swept before or not.
#[test]
fn the_minimum_of_a_closed_period_stands() {
    let late = "2026-02-02T00:00:00Z";
    let close = || json!({ "op": "close_period", "at": late, "through": "2026-01-31" });
    for steps in [
        vec![sweep(late), close(), back(&["k0"], late), sweep(late)],
        vec![close(), sweep(late), back(&["k0"], late), sweep(late)],
        vec![close(), back(&["k0"], late), sweep(late)],
    ] {
        let steps = [usage("k0", "4", FIRST)].into_iter().chain(steps).collect();
        let history = run(&with_minimum(), steps);
        assert_eq!(history.on("revenue_breakage", "EUR"), -600);
        assert_eq!(history.on("revenue_overage", "EUR"), 0);
    }
}

/// What is taken back counts against the window of its day, until that is trued up.
#[test]
fn a_commitment_counts_what_is_taken_back_until_it_is_trued_up() {
    let (mid, late) = ("2026-01-20T00:00:00Z", "2026-02-02T00:00:00Z");
    let agreed = json!({ "op": "agree_commitment", "at": FIRST, "commitment": "least",
        "amount": "10.00", "currency": "EUR", "from": "2026-01-01", "until": "2026-02-01" });
    for (then, missing) in [
        (vec![back(&["k0"], mid), sweep(late)], -900),
        (vec![sweep(late), back(&["k0"], late), sweep(late)], -500),
    ] {
        let used = [agreed.clone(), usage("k0", "4", mid), usage("k1", "1", mid)];
        let history = run(&world(&json!({})), used.into_iter().chain(then).collect());
        assert_eq!(history.on("revenue_breakage", "EUR"), missing);
    }
}

/// A wallet that came later would be charged in money: the overdraft was taken for that.
#[test]
fn an_overdraft_is_taken_back_whatever_wallets_there_are_now() {
    let mut world = world(&json!({ "beyond": "overdraft", "overdraft_limit": "10" }));
    if let Some(types) = world["wallet_types"].as_array_mut() {
        types.push(json!({ "code": "w1", "unit": "credits", "versions": [
            { "version": 1, "effective_at": "2000-01-01", "priority": 20, "beyond": "overage" },
        ] }));
    }
    let late = "2026-02-02T00:00:00Z";
    let history = run(
        &world,
        vec![
            usage("k0", "1", FIRST),
            json!({ "op": "close_period", "at": late, "through": "2026-01-31" }),
            json!({ "op": "grant_credits", "at": late, "wallet_type": "w1", "units": "1",
                "kind": "promotional" }),
            back(&["k0"], late),
        ],
    );
    assert_eq!(history.on("revenue_usage", "EUR"), 0);
    assert_eq!(history.on("revenue_overage", "EUR"), 0);
}

/// A unit that had released nothing came back when half of its lot had rolled over and the rest had
/// expired. By its place among the units gone it carried a cent, which had left with what rolled over:
/// late usage of all other expired units took that cent from breakage, which was below zero then.
#[test]
fn what_comes_back_after_the_end_brings_no_cent_that_has_left() {
    let mut bought = grant("34.33", "21.21");
    bought["expires_at"] = "2026-02-05".into();
    let history = run(
        &world(&json!({ "rollover": { "fraction": "0.5" } })),
        vec![
            bought,
            json!({ "op": "refund_grant", "at": FIRST, "lot": "o0", "units": "0.17" }),
            usage("k0", "0.01", FIRST),
            json!({ "op": "place_hold", "at": FIRST, "wallet": "w0", "units": "5.97" }),
            back(&["k0"], "2026-02-05T00:00:00Z"),
            usage("s0", "14.09", "2026-01-17T00:00:00Z"),
        ],
    );
    // One unit is expired still: it is worth less than half a cent.
    assert_eq!(history.on("revenue_breakage", "EUR"), 0);
    assert_eq!(history.on("revenue_usage", "EUR"), -870);
}

/// Two versions of the card, the second of 15 January with overage in dollars.
fn in_two_currencies(terms: &Value) -> Value {
    let mut world = world(terms);
    let card = &mut world["rate_cards"][0];
    let mut second = card["versions"][0].clone();
    (second["version"], second["effective_at"]) = (2.into(), "2026-01-15".into());
    second["overage"] = json!({ "currency": "USD", "price": "3" });
    if let Some(versions) = card["versions"].as_array_mut() {
        versions.push(second);
    }
    world
}

/// The last units beyond the wallets came back, of whatever version: dollars for what was charged in
/// euros, and of an overdraft euros on the account of the dollars.
#[test]
fn what_is_taken_back_comes_back_in_the_currency_that_charged_it() {
    let (mid, late) = ("2026-01-20T00:00:00Z", "2026-01-25T00:00:00Z");
    let overdraft = json!({ "beyond": "overdraft", "overdraft_limit": "10" });
    for (terms, revenue) in [(json!({}), "revenue_overage"), (overdraft, "revenue_usage")] {
        let used = || vec![usage("k0", "2", FIRST), usage("k1", "1", mid)];
        let history = |key| {
            let mut steps = used();
            steps.push(back(&[key], late));
            run(&in_two_currencies(&terms), steps)
        };
        let first = history("k0");
        assert_eq!((first.on(revenue, "EUR"), first.on(revenue, "USD")), (0, -300), "{terms}");
        let second = history("k1");
        assert_eq!((second.on(revenue, "EUR"), second.on(revenue, "USD")), (-200, 0), "{terms}");
    }
    // A lot that repays the euros leaves the dollars to be taken back.
    let mut world = in_two_currencies(&json!({ "beyond": "overdraft", "overdraft_limit": "10" }));
    world["wallet_types"][0]["versions"][0]["expiry"] = json!({ "rule": "never" });
    let steps = vec![
        usage("k1", "1", mid),
        usage("k0", "2", FIRST),
        grant("1", "1"),
        back(&["k0", "k1"], late),
    ];
    let history = run(&world, steps);
    assert_eq!((history.on("revenue_usage", "EUR"), history.on("revenue_usage", "USD")), (0, 0));
}
