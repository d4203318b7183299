//! Minimum commitments: windows without drift, what counts as earned, and the true-up.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_engine::{Applied, Book, CustomerBook, Operation, Rejection, apply};
use serde_json::{Value, json};

const WORLD: &str = r#"
format = "scrip-config/1"
entity = { code = "nl", name = "Acme BV", currency = "EUR", time_zone = "Europe/Amsterdam" }
units = [{ code = "calls", kind = "usage" }]
meters = [{ code = "api", unit = "calls" }, { code = "other", unit = "calls" }]
customers = [{ code = "acme" }]

[[rate_cards]]
code = "list"
unit = "EUR"
versions = [{ version = 1, effective_at = "2025-01-01", rates = [
    { code = "r", meter = "api", model = "per_unit", price = "1" } ] }]

[[rate_cards]]
code = "side"
unit = "EUR"
versions = [{ version = 1, effective_at = "2025-01-01", rates = [
    { code = "r", meter = "other", model = "per_unit", price = "1" } ] }]

[[wallet_types]]
code = "money"
unit = "EUR"
versions = [{ version = 1, effective_at = "2025-01-01", beyond = "overage" }]
"#;

fn run(book: &mut Book, op: &str, at: &str, more: &Value) -> Result<Applied, Rejection> {
    let mut operation = json!({ "op": op, "id": format!("{op}-{at}"), "at": at, "actor": "test" });
    operation.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    apply(book, &Operation::from_value(operation).unwrap(), None)
}

fn world() -> Book {
    let catalog = Catalog::try_new(toml::from_str(WORLD).unwrap(), 1).unwrap();
    Book::new(Arc::new(catalog)).unwrap()
}

fn agree(book: &mut Book, more: &Value) -> Result<Applied, Rejection> {
    let mut body = json!({ "customer": "acme", "commitment": "c", "amount": "100.00",
        "currency": "EUR", "from": "2026-01-31", "cards": ["list"] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    run(book, "agree_commitment", "2026-01-05T09:00:00Z", &body)
}

fn use_up(book: &mut Book, at: &str, meter: &str, quantity: &str) {
    let event = json!({ "key": format!("{at}-{meter}"), "meter": meter, "quantity": quantity });
    run(book, "record_usage", at, &json!({ "customer": "acme", "events": [event] })).unwrap();
}

/// What is trued up until an instant: day and amount.
fn sweep(book: &mut Book, at: &str) -> Vec<String> {
    let applied = run(book, "run_schedule", at, &json!({})).unwrap();
    let entries = applied.entries.iter().filter(|e| e.body.kind.code() == "true_up");
    let shown =
        |e: &scrip_journal::Entry| format!("{} {}", e.body.booked_on, e.body.postings[0].amount);
    entries.map(shown).collect()
}

#[test]
fn windows_do_not_drift_and_only_the_cards_that_count_earn() {
    let mut book = world();
    agree(&mut book, &json!({})).unwrap();
    use_up(&mut book, "2026-01-30T12:00:00Z", "api", "50");
    use_up(&mut book, "2026-02-27T12:00:00Z", "api", "30");
    use_up(&mut book, "2026-02-27T13:00:00Z", "other", "500");
    use_up(&mut book, "2026-02-28T12:00:00Z", "api", "100");
    // From 31 January until 28 February 30 of 100; from then until 31 March enough; then nothing.
    assert_eq!(sweep(&mut book, "2026-02-27T22:59:59Z"), Vec::<String>::new());
    assert_eq!(
        sweep(&mut book, "2026-04-30T00:00:00Z"),
        ["2026-02-27 70.00 EUR", "2026-04-29 100.00 EUR"]
    );
    // What comes late changes nothing that was trued up.
    use_up(&mut book, "2026-02-27T14:00:00Z", "api", "70");
    assert_eq!(sweep(&mut book, "2026-04-30T00:00:01Z"), Vec::<String>::new());
    let acme: &CustomerBook = book.customers.values().next().unwrap();
    assert_eq!(acme.unbilled.values().sum::<i64>(), (50 + 30 + 500 + 100 + 70 + 70 + 100) * 100);
}

#[test]
fn the_last_window_is_to_earn_its_part_by_days() {
    let mut book = world();
    agree(&mut book, &json!({ "from": "2026-01-10", "months": 3, "until": "2026-05-25" })).unwrap();
    assert_eq!(sweep(&mut book, "2026-04-10T00:00:00Z"), ["2026-04-09 100.00 EUR"]);
    // 45 of the 91 days from 10 April to 10 July.
    assert_eq!(sweep(&mut book, "2027-01-01T00:00:00Z"), ["2026-05-24 49.45 EUR"]);
    let acme = book.customers.values().next().unwrap();
    assert_eq!(acme.next_due(), None);
}

#[test]
fn what_is_given_back_counts_against_what_was_earned() {
    let mut book = world();
    agree(&mut book, &json!({ "cards": [] })).unwrap();
    use_up(&mut book, "2026-02-10T12:00:00Z", "api", "120");
    let acme = book.customers.values().next().unwrap();
    assert_eq!(acme.commitments["c"].earned, [(0, 12_000)].into());
    let text = acme.to_json().unwrap();
    assert_eq!(CustomerBook::from_json(&text).unwrap().to_json().unwrap(), text);
    assert_eq!(sweep(&mut book, "2026-03-01T00:00:00Z"), Vec::<String>::new());
}

#[test]
fn a_commitment_that_makes_no_sense_is_refused_and_named() {
    for (more, want) in [
        (json!({ "amount": "0" }), "amount must be above zero"),
        (json!({ "currency": "calls" }), "calls is not a currency"),
        (json!({ "from": "2026-01-04" }), "before it is agreed on 2026-01-05"),
        (json!({ "until": "2026-01-31" }), "on or before the day on which it begins"),
        (json!({ "months": 0 }), "windows of no months"),
        (json!({ "cards": ["none"] }), "the rate card none, which does not exist"),
        (json!({ "commitment": "" }), "has no name"),
    ] {
        let error = agree(&mut world(), &more).unwrap_err().to_string();
        assert!(error.contains(want), "{error}");
    }
    let mut book = world();
    agree(&mut book, &json!({})).unwrap();
    let again = json!({ "amount": "5.00" });
    assert!(agree(&mut book, &again).unwrap_err().to_string().contains("exists already"));
}
