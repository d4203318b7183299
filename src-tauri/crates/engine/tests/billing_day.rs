//! A draft that was begun before the billing day of its customer changed.
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
