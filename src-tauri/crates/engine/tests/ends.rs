//! Ends that move: with the customer's contract, and with the usage of the wallet.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_engine::{Applied, Book, ContractFault, Operation, Rejection, apply};
use scrip_wallet::Lot;
use serde_json::{Value, json};

const WORLD: &str = r#"
format = "scrip-config/1"
[entity]
code = "acme-bv"
name = "Acme BV"
currency = "EUR"
time_zone = "Europe/Amsterdam"
[[units]]
code = "credits"
kind = "credit"
scale = 2
[[meters]]
code = "calls"
unit = "calls"
[[units]]
code = "calls"
kind = "usage"
scale = 0
[[rate_cards]]
code = "card"
unit = "credits"
[[rate_cards.versions]]
version = 1
effective_at = "2025-01-01"
rates = [{ code = "call", meter = "calls", model = "per_unit", price = "1", wallet_types = ["idle"] }]
[[wallet_types]]
code = "tranche"
unit = "credits"
versions = [{ version = 1, effective_at = "2025-01-01", expiry = { rule = "end_of_contract" } }]
[[wallet_types]]
code = "idle"
unit = "credits"
versions = [{ version = 1, effective_at = "2025-01-01", expiry = { rule = "after_inactivity", days = 30 } }]
[[wallet_types]]
code = "pool"
unit = "credits"
versions = [
    { version = 1, effective_at = "2025-01-01", expiry = { rule = "on", at = "2026-03-01" } },
    { version = 2, effective_at = "2026-01-01", expiry = { rule = "never" }, rollover = {} },
]
[[customers]]
code = "northwind"
[[customers]]
code = "globex"
"#;

fn world() -> Book {
    let catalog = Catalog::try_new(toml::from_str(WORLD).unwrap(), 1).unwrap();
    Book::new(Arc::new(catalog)).unwrap()
}

fn run(book: &mut Book, operation: Value) -> Result<Applied, Rejection> {
    apply(book, &Operation::from_value(operation).unwrap(), None)
}

fn operate(book: &mut Book, op: &str, (id, at): (&str, &str), members: &Value) -> Applied {
    try_operate(book, op, (id, at), members).unwrap()
}

fn try_operate(
    book: &mut Book,
    op: &str,
    (id, at): (&str, &str),
    members: &Value,
) -> Result<Applied, Rejection> {
    let mut operation = json!({ "op": op, "id": id, "at": at, "actor": "test" });
    let all = operation.as_object_mut().unwrap();
    all.insert("customer".into(), "northwind".into());
    all.extend(members.as_object().unwrap().clone());
    run(book, operation)
}

fn grant(book: &mut Book, wallet: &str, (id, at): (&str, &str)) {
    let price = json!({ "net": "100.00", "currency": "EUR" });
    let grant = json!({ "wallet": wallet, "units": "100", "kind": "purchased", "price": price });
    operate(book, "grant_credits", (id, at), &grant);
}

fn contract(book: &mut Book, at: &str, last_day: &str) -> Result<Applied, Rejection> {
    try_operate(book, "set_contract_end", (last_day, at), &json!({ "last_day": last_day }))
}

fn lot<'a>(book: &'a Book, id: &str) -> &'a Lot {
    let mut lots = book.customers.values().flat_map(|customer| &customer.lots);
    lots.find(|lot| lot.id.as_str() == id).unwrap()
}

fn end(book: &Book, id: &str) -> String {
    lot(book, id).expires_at.unwrap().to_string()
}

fn used(book: &mut Book, id: &str, at: &str, days: &[&str]) -> Applied {
    let event = |day: &&str| {
        json!({ "key": format!("{id}-{day}"), "meter": "calls", "quantity": "1",
        "occurred_at": format!("{day}T12:00:00Z") })
    };
    let events: Vec<Value> = days.iter().map(event).collect();
    operate(book, "record_usage", (id, at), &json!({ "events": events }))
}

#[test]
fn a_lot_ends_with_the_contract_and_needs_one() {
    let mut book = world();
    let price = json!({ "net": "100.00", "currency": "EUR" });
    let sold = json!({ "wallet": "tranche", "units": "100", "kind": "purchased", "price": price });
    let refused = try_operate(&mut book, "grant_credits", ("a", "2026-01-05T09:00:00Z"), &sold);
    assert!(
        matches!(refused, Err(Rejection::Contract(ContractFault::Unknown { .. }))),
        "{refused:?}"
    );
    contract(&mut book, "2026-01-05T08:00:00Z", "2026-06-30").unwrap();
    grant(&mut book, "tranche", ("a", "2026-01-05T09:00:00Z"));
    assert_eq!(end(&book, "a"), "2026-06-30T22:00:00Z");
}

#[test]
fn a_lot_that_was_adjusted_within_the_liability_keeps_its_version_of_the_wallet_type() {
    let mut book = world();
    let given = json!({ "wallet": "pool", "units": "10", "kind": "promotional" });
    operate(&mut book, "grant_credits", ("old", "2025-06-01T09:00:00Z"), &given);
    let more = json!({ "lot": "old", "units": "1", "counter": "liability", "approver": "ben", "reason": "by hand" });
    operate(&mut book, "adjust_balance", ("more", "2026-02-01T09:00:00Z"), &more);
    assert_eq!(lot(&book, "more").wallet_type_version, 1, "the newer version lets units roll over");
    operate(&mut book, "expire_lots", ("end", "2026-03-02T09:00:00Z"), &json!({}));
    assert_eq!((lot(&book, "more").available, lot(&book, "more").expired), (0, 1_100));
}

#[test]
fn a_contract_that_is_extended_or_ends_early_moves_its_lots_by_an_entry_each() {
    let mut book = world();
    contract(&mut book, "2026-01-05T08:00:00Z", "2026-06-30").unwrap();
    grant(&mut book, "tranche", ("a", "2026-01-05T09:00:00Z"));
    grant(&mut book, "tranche", ("b", "2026-02-05T09:00:00Z"));
    let longer = contract(&mut book, "2026-03-01T09:00:00Z", "2026-12-31").unwrap();
    assert_eq!((longer.entries.len(), longer.lot_changes.len()), (2, 2));
    assert_eq!(end(&book, "a"), "2026-12-31T23:00:00Z");
    assert!(longer.entries[0].body.memo.contains("with the contract"));
    let again = contract(&mut book, "2026-03-02T09:00:00Z", "2026-12-31").unwrap();
    assert!(again.entries.is_empty());
    // Ended early: the lots end with it, and what is left is breakage on that day.
    contract(&mut book, "2026-03-15T09:00:00Z", "2026-03-31").unwrap();
    let swept = operate(&mut book, "expire_lots", ("sweep", "2026-04-02T00:00:00Z"), &json!({}));
    assert_eq!(swept.entries[0].body.effective_at.to_string(), "2026-03-31T22:00:00Z");
    // What has ended does not come back with a new contract.
    contract(&mut book, "2026-04-02T09:00:00Z", "2027-03-31").unwrap();
    assert_eq!(end(&book, "a"), "2026-03-31T22:00:00Z");
    grant(&mut book, "tranche", ("c", "2026-04-03T09:00:00Z"));
    assert_eq!(end(&book, "c"), "2027-03-31T22:00:00Z");
}

#[test]
fn a_contract_is_not_ended_in_the_past_nor_before_a_lot_of_it_begins() {
    let mut book = world();
    let past = contract(&mut book, "2026-01-05T23:30:00Z", "2026-01-05");
    assert!(matches!(past, Err(Rejection::Contract(ContractFault::Over { .. }))), "{past:?}");
    assert!(book.customers.is_empty());
    contract(&mut book, "2026-01-05T22:30:00Z", "2026-01-05").unwrap();
    contract(&mut book, "2026-01-05T22:40:00Z", "2026-12-31").unwrap();
    let later = json!({ "wallet": "tranche", "units": "100", "kind": "promotional",
        "effective_at": "2026-07-01" });
    operate(&mut book, "grant_credits", ("later", "2026-01-06T09:00:00Z"), &later);
    let before = contract(&mut book, "2026-02-01T00:00:00Z", "2026-06-30");
    assert!(
        matches!(before, Err(Rejection::Contract(ContractFault::BeforeLot { .. }))),
        "{before:?}"
    );
    assert_eq!(end(&book, "later"), "2026-12-31T23:00:00Z");
}

#[test]
fn a_lot_extended_by_hand_or_moved_to_another_customer_leaves_the_contract() {
    let mut book = world();
    contract(&mut book, "2026-01-05T08:00:00Z", "2026-06-30").unwrap();
    grant(&mut book, "tranche", ("a", "2026-01-05T09:00:00Z"));
    grant(&mut book, "tranche", ("b", "2026-01-05T09:00:00Z"));
    let by_hand = json!({ "lot": "a", "expires_at": "2027-01-01" });
    operate(&mut book, "extend_lot", ("by-hand", "2026-02-01T00:00:00Z"), &by_hand);
    let moved = json!({ "lot": "b", "units": "40", "to_customer": "globex" });
    operate(&mut book, "transfer_units", ("moved", "2026-02-01T00:00:00Z"), &moved);
    contract(&mut book, "2026-03-01T00:00:00Z", "2026-09-30").unwrap();
    assert_eq!(end(&book, "a"), "2026-12-31T23:00:00Z");
    assert_eq!(end(&book, "b"), "2026-09-30T22:00:00Z");
    assert_eq!(end(&book, "moved"), "2026-06-30T22:00:00Z");
}

#[test]
fn usage_moves_the_end_once_a_day_without_an_entry_of_its_own() {
    let mut book = world();
    grant(&mut book, "idle", ("a", "2026-01-01T09:00:00Z"));
    assert_eq!(end(&book, "a"), "2026-01-31T23:00:00Z");
    let days = ["2026-01-10", "2026-01-20", "2026-02-15"];
    let applied = used(&mut book, "u", "2026-02-16T00:00:00Z", &days);
    assert_eq!(end(&book, "a"), "2026-03-17T23:00:00Z");
    assert_eq!((applied.entries.len(), applied.lot_changes.len()), (3, 1));
    assert_eq!(lot(&book, "a").available, 9700);
    let same = used(&mut book, "v", "2026-02-16T00:00:00Z", &["2026-02-15"]);
    assert!(same.lot_changes.is_empty());
}

#[test]
fn an_expiry_that_late_usage_disproves_is_taken_back_at_its_instant() {
    let mut book = world();
    grant(&mut book, "idle", ("a", "2026-01-01T09:00:00Z"));
    let swept = operate(&mut book, "expire_lots", ("sweep", "2026-02-10T00:00:00Z"), &json!({}));
    assert_eq!(swept.entries.len(), 1);
    let late = used(&mut book, "late", "2026-02-11T00:00:00Z", &["2026-01-20"]);
    assert_eq!(end(&book, "a"), "2026-02-19T23:00:00Z");
    let back = &late.entries[0];
    assert_eq!(back.body.effective_at, swept.entries[0].body.effective_at);
    assert!(back.body.memo.contains("taken back"), "{}", back.body.memo);
    let a = lot(&book, "a");
    assert_eq!((a.available, a.expired, a.consumed, a.carrying()), (9900, 0, 100, 9900));
    // Without more usage it ends again, later.
    let swept = operate(&mut book, "expire_lots", ("again", "2026-03-10T00:00:00Z"), &json!({}));
    assert_eq!(swept.entries[0].body.effective_at.to_string(), "2026-02-19T23:00:00Z");
}

#[test]
fn the_end_is_the_same_in_any_order_of_arrival_with_or_without_a_sweep() {
    let days = ["2026-01-20", "2026-02-15", "2026-03-10", "2026-04-02"];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        for sweeps in [false, true] {
            let mut book = world();
            grant(&mut book, "idle", ("a", "2026-01-01T09:00:00Z"));
            // A lot that never ends pays while the other seems to be over.
            let other = json!({ "wallet": "idle", "units": "100", "kind": "promotional",
                "expires_at": "never" });
            operate(&mut book, "grant_credits", ("b", "2026-01-01T09:00:00Z"), &other);
            for (step, day) in order.into_iter().enumerate() {
                let id = format!("u{step}");
                if sweeps {
                    let sweep = ("sweep", "2026-04-10T00:00:00Z");
                    operate(&mut book, "run_schedule", sweep, &json!({}));
                }
                used(&mut book, &id, "2026-04-10T00:00:00Z", &[days[day]]);
            }
            assert_eq!(end(&book, "a"), "2026-05-02T22:00:00Z", "{order:?} {sweeps}");
            assert_eq!(lot(&book, "a").expired, 0, "{order:?} {sweeps}");
        }
    }
}

#[test]
fn a_refund_pays_back_all_that_a_lot_carried_of_which_only_a_part_has_expired() {
    let mut book = world();
    let price = json!({ "net": "2.22", "currency": "EUR" });
    let sold = json!({ "wallet": "idle", "units": "147.48", "kind": "purchased", "price": price,
        "expires_at": "2026-01-18" });
    operate(&mut book, "grant_credits", ("a", "2026-01-01T00:00:00Z"), &sold);
    let held = json!({ "wallet": "idle", "units": "16.95" });
    operate(&mut book, "place_hold", ("hold", "2026-01-05T00:00:00Z"), &held);
    let captured = json!({ "hold": "hold", "units": "0.01" });
    operate(&mut book, "capture_hold", ("capture", "2026-01-18T00:00:00Z"), &captured);
    // What was held beyond that has expired, what was available is not swept yet.
    assert_eq!((lot(&book, "a").available, lot(&book, "a").expired), (13053, 1694));
    let refund = json!({ "lot": "a", "include_expired": true });
    operate(&mut book, "refund_grant", ("refund", "2026-01-19T00:00:00Z"), &refund);
    assert_eq!(lot(&book, "a").withdrawn, 222);
}

#[test]
fn usage_never_moves_an_end_back_that_was_set_by_hand() {
    let mut book = world();
    grant(&mut book, "idle", ("a", "2026-01-01T09:00:00Z"));
    let by_hand = json!({ "lot": "a", "expires_at": "2026-06-01" });
    operate(&mut book, "extend_lot", ("by-hand", "2026-01-05T00:00:00Z"), &by_hand);
    used(&mut book, "u", "2026-05-11T00:00:00Z", &["2026-01-20"]);
    assert_eq!(end(&book, "a"), "2026-05-31T22:00:00Z");
    used(&mut book, "v", "2026-05-26T00:00:00Z", &["2026-05-25"]);
    assert_eq!(end(&book, "a"), "2026-06-24T22:00:00Z");
}
