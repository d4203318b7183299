//! The schedule: in order of what was due, each at its instant, however late and however often.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_engine::{Applied, Book, Operation, Rejection, apply};

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
[[wallet_types]]
code = "std"
unit = "credits"
versions = [{ version = 1, effective_at = "2025-01-01" }]
[[customers]]
code = "northwind"
[[customers]]
code = "globex"
"#;

fn world() -> Book {
    let catalog = Catalog::try_new(toml::from_str(WORLD).unwrap(), 1).unwrap();
    let mut book = Book::new(Arc::new(catalog)).unwrap();
    for (id, customer, end) in [
        ("late", "northwind", "2026-03-01"),
        ("early", "northwind", "2026-02-01"),
        ("other", "globex", "2026-02-15"),
    ] {
        let grant = serde_json::json!({
            "op": "grant_credits", "id": id, "at": "2026-01-01T00:00:00Z", "actor": "test",
            "customer": customer, "wallet": "std", "units": "10", "kind": "promotional",
            "expires_at": end,
        });
        run(&mut book, grant).unwrap();
    }
    book
}

fn run(book: &mut Book, operation: serde_json::Value) -> Result<Applied, Rejection> {
    apply(book, &Operation::from_value(operation).unwrap(), None)
}

fn sweep(book: &mut Book, op: &str, customer: Option<&str>, at: &str) -> Vec<(String, String)> {
    let mut operation = serde_json::json!({ "op": op, "id": at, "at": at, "actor": "test" });
    if let Some(customer) = customer {
        operation["customer"] = customer.into();
    }
    let applied = run(book, operation).unwrap();
    let shown = applied
        .entries
        .iter()
        .map(|entry| (entry.customer.to_string(), format!("{}", entry.body.booked_on)));
    shown.collect()
}

#[test]
fn a_late_sweep_dates_each_entry_at_the_instant_it_was_due() {
    for op in ["run_schedule", "expire_lots"] {
        let mut book = world();
        let entries = sweep(&mut book, op, None, "2026-12-31T00:00:00Z");
        let want =
            [("globex", "2026-02-15"), ("northwind", "2026-02-01"), ("northwind", "2026-03-01")];
        assert_eq!(entries, want.map(|(c, d)| (c.to_owned(), d.to_owned())));
        assert!(sweep(&mut book, op, None, "2026-12-31T00:00:00Z").is_empty());
        assert!(book.customers.values().all(|customer| customer.next_due().is_none()));
    }
}

#[test]
fn what_is_due_exactly_at_the_instant_is_done_and_nothing_later() {
    let mut book = world();
    assert_eq!(sweep(&mut book, "run_schedule", None, "2026-01-31T22:59:59.999999Z").len(), 0);
    assert_eq!(sweep(&mut book, "run_schedule", None, "2026-01-31T23:00:00Z").len(), 1);
}

#[test]
fn sweeping_daily_gives_the_same_lots_as_sweeping_once() {
    let (mut daily, mut once) = (world(), world());
    for day in 1..=28 {
        for month in 2..=3 {
            sweep(&mut daily, "run_schedule", None, &format!("2026-{month:02}-{day:02}T12:00:00Z"));
        }
    }
    sweep(&mut once, "run_schedule", None, "2026-03-28T12:00:00Z");
    for (code, customer) in &once.customers {
        assert_eq!(customer.lots, daily.customers[code].lots);
    }
}

#[test]
fn one_customer_is_swept_alone_and_an_unknown_one_is_refused() {
    let mut book = world();
    let entries = sweep(&mut book, "run_schedule", Some("globex"), "2026-12-31T00:00:00Z");
    assert_eq!(entries.len(), 1);
    let unknown = serde_json::json!({
        "op": "run_schedule", "id": "x", "at": "2026-12-31T00:00:00Z", "actor": "test",
        "customer": "nobody",
    });
    assert!(matches!(run(&mut book, unknown), Err(Rejection::UnknownCustomer { .. })));
}
