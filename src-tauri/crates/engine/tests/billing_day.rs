//! Drafts and usage from before the billing day of their customer changed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_engine::{Applied, Book, Operation, Rejection, apply};
use serde_json::{Value, json};

fn world(billing_day: u8) -> Value {
    json!({
        "format": "scrip-config/1",
        "entity": { "code": "us", "name": "Us", "currency": "EUR", "time_zone": "UTC" },
        "units": [{ "code": "calls", "kind": "usage" }],
        "meters": [{ "code": "calls", "unit": "calls" }],
        "rate_cards": [{ "code": "card", "unit": "EUR", "versions": [{
            "version": 1, "effective_at": "2025-01-01",
            "rates": [{ "code": "call", "meter": "calls", "model": "per_unit", "price": "1" }],
        }] }],
        "wallet_types": [{ "code": "std", "unit": "EUR", "versions": [{
            "version": 1, "effective_at": "2025-01-01", "beyond": "overage",
        }] }],
        "customers": [{ "code": "northwind", "billing_day": billing_day }],
    })
}

fn run(book: &mut Book, id: &str, mut operation: Value) -> Result<Applied, Rejection> {
    operation["id"] = id.into();
    operation["actor"] = "test".into();
    apply(book, &Operation::from_value(operation).unwrap(), None)
}

/// Books with a draft of January, whose customer is billed from the 15th by now.
fn books() -> Book {
    let catalog = Catalog::try_new(serde_json::from_value(world(1)).unwrap(), 1).unwrap();
    let mut book = Book::new(Arc::new(catalog)).unwrap();
    let usage = json!({ "op": "record_usage", "at": "2026-01-05T00:00:00Z", "customer": "northwind",
        "events": [{ "key": "k", "meter": "calls", "quantity": "5" }] });
    run(&mut book, "usage", usage).unwrap();
    let change = json!({ "op": "apply_configuration", "at": "2026-01-06T00:00:00Z",
        "document": world(15) });
    run(&mut book, "change", change).unwrap();
    book
}

#[test]
fn a_draft_begun_under_another_billing_day_is_made_final_by_its_first_day() {
    let mut book = books();
    let finalize = json!({ "op": "finalize_invoice", "at": "2026-02-01T00:00:00Z",
        "customer": "northwind", "period": "2026-01-01", "number": "2026-1" });
    run(&mut book, "final", finalize).unwrap();
    let invoice = &book.customers.values().next().unwrap().invoices["2026-1"];
    assert_eq!(
        (invoice.period.to_string(), invoice.period_end.to_string()),
        ("2026-01-01".to_owned(), "2026-02-01".to_owned())
    );
}

#[test]
fn a_draft_begun_under_another_billing_day_is_discarded_by_its_first_day() {
    let mut book = books();
    let discard = json!({ "op": "discard_draft", "at": "2026-02-01T00:00:00Z", "reason": "wrong",
        "customer": "northwind", "period": "2026-01-01" });
    run(&mut book, "discard", discard).unwrap();
    assert!(book.customers.values().next().unwrap().drafts.is_empty());
}

/// Books whose two events of January, at 1 EUR up to 5 calls and 0.50 EUR beyond, are on its draft.
fn tiered() -> Book {
    let with_tiers = |billing_day: u8| {
        let mut world = world(billing_day);
        world["rate_cards"][0]["versions"][0]["rates"][0] = json!({
            "code": "call", "meter": "calls", "model": "graduated",
            "tiers": [{ "up_to": "5", "price": "1" }, { "price": "0.5" }],
        });
        world
    };
    let catalog = Catalog::try_new(serde_json::from_value(with_tiers(1)).unwrap(), 1).unwrap();
    let mut book = Book::new(Arc::new(catalog)).unwrap();
    for (key, day) in [("first", "05"), ("second", "20")] {
        let usage = json!({ "op": "record_usage", "at": format!("2026-01-{day}T00:00:00Z"),
            "customer": "northwind", "events": [{ "key": key, "meter": "calls", "quantity": "5" }] });
        run(&mut book, key, usage).unwrap();
    }
    let change = json!({ "op": "apply_configuration", "at": "2026-01-21T00:00:00Z",
        "document": with_tiers(15) });
    run(&mut book, "change", change).unwrap();
    book
}

/// What the ledger says of an event of [`tiered`].
fn posted(key: &str, day: &str, money: &str) -> Value {
    json!({
        "event": { "key": key, "meter": "calls", "quantity": "5",
            "occurred_at": format!("2026-01-{day}T00:00:00Z") },
        "billing_day": 1,
        "draws": [{ "rate": { "card": "card", "version": 1, "row": "call" }, "quantity": "5",
            "units": money, "money": money }],
    })
}

fn drafts(book: &Book) -> Vec<(String, i64)> {
    let drafts = book.customers.values().flat_map(|northwind| &northwind.drafts);
    drafts.map(|((day, _), draft)| (day.to_string(), draft.net())).collect()
}

#[test]
fn usage_is_taken_back_in_the_billing_period_it_was_posted_in() {
    let mut book = tiered();
    assert_eq!(drafts(&book), [("2026-01-01".to_owned(), 750)]);
    let reverse = json!({ "op": "reverse_usage", "at": "2026-01-22T00:00:00Z", "reason": "wrong",
        "customer": "northwind", "keys": ["first"], "posted": [posted("first", "05", "5.00")] });
    run(&mut book, "first-back", reverse).unwrap();
    // The five calls that remain cost the price of the first five.
    assert_eq!(drafts(&book), [("2026-01-01".to_owned(), 500)]);
    let again = json!({ "op": "record_usage", "at": "2026-01-23T00:00:00Z", "customer": "northwind",
        "posted": [posted("second", "20", "2.50")],
        "events": [{ "key": "third", "meter": "calls", "quantity": "1", "supersedes": "second" }] });
    run(&mut book, "second-again", again).unwrap();
    // What takes its place is usage of the billing period of now.
    assert_eq!(drafts(&book), [("2026-01-15".to_owned(), 100)]);
}

#[test]
fn usage_of_an_invoiced_period_is_taken_back_on_the_next_draft_by_the_billing_day_of_now() {
    let mut book = tiered();
    let finalize = json!({ "op": "finalize_invoice", "at": "2026-02-01T00:00:00Z",
        "customer": "northwind", "period": "2026-01-01", "number": "2026-1" });
    run(&mut book, "final", finalize).unwrap();
    let reverse = json!({ "op": "reverse_usage", "at": "2026-02-02T00:00:00Z", "reason": "wrong",
        "customer": "northwind", "keys": ["first"], "posted": [posted("first", "05", "5.00")] });
    run(&mut book, "first-back", reverse).unwrap();
    assert_eq!(drafts(&book), [("2026-01-15".to_owned(), -250)]);
}
