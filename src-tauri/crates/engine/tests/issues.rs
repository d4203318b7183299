//! Every way in which units come in makes its lot alike: with the exchange rate of its day and the
//! tax that was charged.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_engine::{Applied, Book, Operation, Rejection, apply};
use scrip_wallet::Lot;
use serde_json::{Value, json};

const WORLD: &str = r#"
format = "scrip-config/1"
[entity]
code = "acme-bv"
name = "Acme BV"
currency = "EUR"
time_zone = "Europe/Amsterdam"
exchange_rates = "ecb"
[[units]]
code = "credits"
kind = "credit"
scale = 2
[[wallet_types]]
code = "std"
unit = "credits"
[[wallet_types.versions]]
version = 1
effective_at = "2025-01-01"
expiry = { rule = "after", months = 12 }
rollover = { expiry = { rule = "after", months = 24 } }
top_up = { threshold = "20", add = "100", on = "payment", price = { currency = "USD", price = "0.50" } }
[[plans]]
code = "pro"
[[plans.versions]]
version = 1
effective_at = "2025-01-01"
grants = [{ code = "monthly", wallet_type = "std", units = "10", kind = "purchased", price = { amount = "8.00", currency = "USD" }, every = { months = 1 } }]
[[customers]]
code = "northwind"
"#;

fn world() -> Book {
    let catalog = Catalog::try_new(toml::from_str(WORLD).unwrap(), 1).unwrap();
    let mut book = Book::new(Arc::new(catalog)).unwrap();
    for day in ["2026-01-05", "2026-02-02", "2027-01-04"] {
        let rate = if day == "2026-01-05" { "1.25" } else { "1.60" };
        let id = format!("rates-{day}");
        let rates = json!({ "op": "import_exchange_rates", "id": id, "at": "2027-01-05T00:00:00Z",
            "actor": "test", "source": "ecb", "base": "EUR", "rates": { day: { "USD": rate } } });
        run(&mut book, rates).unwrap();
    }
    book
}

fn run(book: &mut Book, operation: Value) -> Result<Applied, Rejection> {
    apply(book, &Operation::from_value(operation).unwrap(), None)
}

fn operate(book: &mut Book, op: &str, (id, at): (&str, &str), members: &Value) -> Applied {
    let mut operation = json!({ "op": op, "id": id, "at": at, "actor": "test" });
    let all = operation.as_object_mut().unwrap();
    all.insert("customer".into(), "northwind".into());
    all.extend(members.as_object().unwrap().clone());
    run(book, operation).unwrap()
}

fn lot<'a>(book: &'a Book, id: &str) -> &'a Lot {
    let lots = &book.customers.values().next().unwrap().lots;
    lots.iter().find(|lot| lot.id.as_str() == id).unwrap()
}

fn valued(book: &Book, id: &str) -> Option<String> {
    lot(book, id).functional().map(|amount| amount.to_string())
}

fn bought(book: &mut Book) {
    let price = json!({ "net": "50.00", "currency": "USD" });
    let grant = json!({ "wallet": "std", "units": "100", "kind": "purchased", "price": price });
    operate(book, "grant_credits", ("lot", "2026-01-05T09:00:00Z"), &grant);
}

#[test]
fn a_grant_notes_the_rate_of_its_day() {
    let mut book = world();
    bought(&mut book);
    assert_eq!(valued(&book, "lot").as_deref(), Some("40.00 EUR"));
}

#[test]
fn a_top_up_by_hand_notes_the_rate_of_its_day_and_its_tax() {
    let mut book = world();
    bought(&mut book);
    let price = json!({ "net": "50.00", "tax": "10.50", "currency": "USD" });
    let by_hand = json!({ "wallet": "std", "units": "100", "price": price });
    operate(&mut book, "top_up", ("hand", "2026-02-02T09:00:00Z"), &by_hand);
    assert_eq!(valued(&book, "hand").as_deref(), Some("31.25 EUR"));
    assert_eq!(lot(&book, "hand").tax.map(|tax| tax.charged), Some(1050));
}

#[test]
fn a_top_up_that_was_paid_for_notes_the_rate_of_the_day_of_its_payment() {
    let mut book = world();
    bought(&mut book);
    let monthly = json!({ "wallet": "std", "monthly_on": 20,
        "top_up": { "add": "100", "on": "payment", "price": { "currency": "USD", "price": "0.50" } } });
    operate(&mut book, "set_top_up", ("terms", "2026-01-06T09:00:00Z"), &monthly);
    operate(&mut book, "run_schedule", ("sweep", "2026-01-21T09:00:00Z"), &json!({}));
    let paid = json!({ "amount": "50.00", "currency": "USD", "top_up": "std/top-up-1" });
    operate(&mut book, "receive_payment", ("paid", "2026-02-02T09:00:00Z"), &paid);
    assert_eq!(valued(&book, "std/top-up-1").as_deref(), Some("31.25 EUR"));
}

#[test]
fn the_grants_of_a_plan_note_the_rates_of_their_days_however_late_the_sweep_is() {
    let mut book = world();
    let plan = json!({ "plan": "pro" });
    operate(&mut book, "subscribe", ("sub", "2026-01-05T09:00:00Z"), &plan);
    operate(&mut book, "run_schedule", ("sweep", "2026-02-20T09:00:00Z"), &json!({}));
    assert_eq!(valued(&book, "pro/monthly/1").as_deref(), Some("6.40 EUR"));
    assert_eq!(valued(&book, "pro/monthly/2").as_deref(), Some("5.00 EUR"));
}

#[test]
fn a_subscription_whose_day_has_no_rate_is_refused_and_leaves_no_trace() {
    let mut book = world();
    let plan = json!({ "op": "subscribe", "id": "sub", "at": "2026-05-05T09:00:00Z", "actor": "test",
        "customer": "northwind", "plan": "pro" });
    let refused = run(&mut book, plan).unwrap_err();
    assert!(matches!(refused, Rejection::NoExchangeRate { .. }), "{refused}");
    assert!(book.customers.is_empty());
}

#[test]
fn an_adjustment_notes_the_rate_of_its_day() {
    let mut book = world();
    bought(&mut book);
    let add = json!({ "op": "adjust_balance", "id": "more", "at": "2026-02-02T09:00:00Z",
        "actor": "test", "reason": "outage", "customer": "northwind", "wallet": "std", "units": "10",
        "counter": "concession", "worth": { "amount": "8.00", "currency": "USD" },
        "approver": "cfo" });
    run(&mut book, add).unwrap();
    assert_eq!(valued(&book, "more").as_deref(), Some("5.00 EUR"));
}

#[test]
fn what_rolls_over_or_moves_keeps_the_rate_of_the_day_on_which_it_was_bought() {
    let mut book = world();
    bought(&mut book);
    let to = json!({ "lot": "lot", "units": "50", "to_wallet": "other", "to_wallet_type": "std" });
    operate(&mut book, "transfer_units", ("moved", "2026-02-02T09:00:00Z"), &to);
    assert_eq!(valued(&book, "moved").as_deref(), Some("20.00 EUR"));
    operate(&mut book, "expire_lots", ("sweep", "2027-01-05T10:00:00Z"), &json!({}));
    assert_eq!(valued(&book, "lot/r1").as_deref(), Some("20.00 EUR"));
}
