//! Charges of a plan that are a part of what its grants cost.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_engine::{Applied, Book, ChargeFault, Operation, Rejection, apply};
use serde_json::{Value, json};

/// The units of `pro` are good until 1 March, whenever they are granted.
const WORLD: &str = r#"
format = "scrip-config/1"
entity = { code = "acme-bv", name = "Acme BV", currency = "EUR", time_zone = "UTC" }
units = [{ code = "credits", kind = "credit", scale = 2 }]
customers = [{ code = "northwind" }]
[[wallet_types]]
code = "std"
unit = "credits"
versions = [{ version = 1, effective_at = "2025-01-01" }]
[[plans]]
code = "pro"
[[plans.versions]]
version = 1
effective_at = "2025-01-01"
grants = [
    { code = "a", wallet_type = "std", units = "10", kind = "purchased", price = { amount = "1.00", currency = "EUR" }, expiry = { rule = "on", at = "2026-03-01" } },
    { code = "b", wallet_type = "std", units = "10", kind = "purchased", price = { amount = "2.00", currency = "EUR" } },
]
charges = [{ code = "adapt", price = { amount = "10.00", currency = "EUR" }, earned = "with_grants" }]
"#;

fn world() -> Book {
    Book::new(Arc::new(Catalog::try_new(toml::from_str(WORLD).unwrap(), 1).unwrap())).unwrap()
}

fn run(book: &mut Book, mut operation: Value) -> Result<Applied, Rejection> {
    operation["actor"] = "test".into();
    apply(book, &Operation::from_value(operation).unwrap(), None)
}

fn subscribe(book: &mut Book, anchor: &str) -> Result<Applied, Rejection> {
    let operation = json!({ "op": "subscribe", "id": "s", "at": "2026-01-10T00:00:00Z",
        "customer": "northwind", "plan": "pro", "anchor": anchor });
    run(book, operation)
}

#[test]
fn a_charge_is_spread_over_the_first_lots_by_largest_remainder() {
    let mut book = world();
    subscribe(&mut book, "2026-01-10").unwrap();
    let lots = book.customers.values().flat_map(|customer| &customer.lots);
    let paid: Vec<_> = lots.map(|lot| (lot.id.to_string(), lot.consideration)).collect();
    assert_eq!(paid, [("pro/a/1".to_owned(), 100 + 333), ("pro/b/1".to_owned(), 200 + 667)]);
}

#[test]
fn a_subscription_whose_share_of_a_charge_would_buy_nothing_later_is_refused_at_once() {
    let mut book = world();
    let refused = subscribe(&mut book, "2026-03-01").unwrap_err();
    assert!(matches!(refused, Rejection::Charge(ChargeFault::NotSpread { .. })), "{refused}");
    // Otherwise the sweep of everybody would be refused when it begins.
    let sweep = json!({ "op": "run_schedule", "id": "sweep", "at": "2026-04-01T00:00:00Z" });
    run(&mut book, sweep).unwrap();
}
