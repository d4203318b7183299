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

/// Northwind gets two grants a month, one of which ends with its contract, and a monthly top-up.
fn subscribed() -> Book {
    let plans = r#"
exchange_rates = "ecb"
"#;
    let world = WORLD.replace(
        "time_zone = \"Europe/Amsterdam\"",
        &format!("time_zone = \"Europe/Amsterdam\"{plans}"),
    ) + r#"
[[wallet_types]]
code = "gift"
unit = "credits"
versions = [{ version = 1, effective_at = "2025-01-01" }]
[[plans]]
code = "pro"
versions = [{ version = 1, effective_at = "2025-01-01", grants = [
    { code = "agreed", wallet_type = "std", units = "10", kind = "promotional", every = { months = 1 }, expiry = { rule = "end_of_contract" } },
    { code = "extra", wallet_type = "gift", units = "5", kind = "promotional", every = { months = 1 } },
] }]
"#;
    let catalog = Catalog::try_new(toml::from_str(&world).unwrap(), 1).unwrap();
    let mut book = Book::new(Arc::new(catalog)).unwrap();
    for operation in [
        serde_json::json!({ "op": "subscribe", "id": "sub", "at": "2026-01-10T00:00:00Z",
            "customer": "northwind", "plan": "pro", "anchor": "2026-02-01" }),
        serde_json::json!({ "op": "grant_credits", "id": "other", "at": "2026-01-01T00:00:00Z",
            "customer": "globex", "wallet": "std", "units": "10", "kind": "promotional",
            "expires_at": "2026-02-15" }),
    ] {
        run_by(&mut book, operation).unwrap();
    }
    book
}

fn run_by(book: &mut Book, mut operation: serde_json::Value) -> Result<Applied, Rejection> {
    operation["actor"] = "test".into();
    run(book, operation)
}

fn lots(book: &Book, customer: &str) -> Vec<String> {
    book.customers[customer].lots.iter().map(|lot| lot.id.to_string()).collect()
}

fn schedule(book: &mut Book, id: &str, at: &str) -> Vec<String> {
    let sweep = serde_json::json!({ "op": "run_schedule", "id": id, "at": at });
    let waiting = run_by(book, sweep).unwrap().waiting;
    waiting
        .iter()
        .map(|w| {
            format!("{} {} {}: {}", w.customer, w.due, w.what.as_deref().unwrap_or("all"), w.why)
        })
        .collect()
}

#[test]
fn a_grant_that_lacks_a_contract_waits_and_everything_else_goes_on() {
    let mut book = subscribed();
    let waits = schedule(&mut book, "march", "2026-03-02T00:00:00Z");
    assert_eq!(waits.len(), 1, "{waits:?}");
    assert!(
        waits[0].starts_with("northwind 2026-01-31T23:00:00Z grant agreed of plan pro: the lot ends with the contract of customer northwind"),
        "{waits:?}"
    );
    assert_eq!(lots(&book, "northwind"), ["pro/extra/1", "pro/extra/2"]);
    assert_eq!(book.customers["globex"].lots[0].expired, 1000);
    // It is not forgotten by whoever asks what is due, nor by a book that was put away.
    let kept = book.customers["northwind"].to_json().unwrap();
    for northwind in
        [&scrip_engine::CustomerBook::from_json(&kept).unwrap(), &book.customers["northwind"]]
    {
        assert_eq!(northwind.due_since().unwrap().to_string(), "2026-01-31T23:00:00Z");
    }
    assert_eq!(schedule(&mut book, "again", "2026-03-02T00:00:00Z").len(), 1);
    let agreed = serde_json::json!({ "op": "set_contract_end", "id": "contract",
        "at": "2026-03-03T00:00:00Z", "customer": "northwind", "last_day": "2026-12-31" });
    run_by(&mut book, agreed).unwrap();
    assert!(schedule(&mut book, "then", "2026-03-04T00:00:00Z").is_empty());
    assert_eq!(
        lots(&book, "northwind"),
        ["pro/extra/1", "pro/extra/2", "pro/agreed/1", "pro/agreed/2"]
    );
    let granted: Vec<_> =
        book.customers["northwind"].lots.iter().map(|lot| lot.granted_on.to_string()).collect();
    assert_eq!(granted[2..], ["2026-02-01", "2026-03-01"], "on the days on which they were due");
}

#[test]
fn usage_is_posted_while_a_grant_waits() {
    let mut book = subscribed();
    let usage = serde_json::json!({ "op": "place_hold", "id": "h", "at": "2026-03-02T00:00:00Z",
        "customer": "northwind", "hold": "h", "wallet": "gift", "units": "7" });
    let held = run_by(&mut book, usage).unwrap();
    assert_eq!(held.waiting.len(), 1, "{:?}", held.waiting);
    assert_eq!(book.customers["northwind"].lots.iter().map(|lot| lot.held).sum::<i64>(), 700);
}

#[test]
fn who_subscribes_without_a_contract_is_told_at_once() {
    let mut book = subscribed();
    let subscribe = serde_json::json!({ "op": "subscribe", "id": "now",
        "at": "2026-02-10T00:00:00Z", "customer": "globex", "plan": "pro" });
    let refused = run_by(&mut book, subscribe).unwrap_err();
    assert!(matches!(refused, Rejection::Contract(_)), "{refused}");
    assert!(book.customers["globex"].subscriptions.is_empty());
}

#[test]
fn a_top_up_that_lacks_an_exchange_rate_waits_for_it() {
    let mut book = subscribed();
    let top_up = serde_json::json!({ "op": "set_top_up", "id": "top-up", "at": "2026-01-10T00:00:00Z",
        "customer": "globex", "wallet": "std", "monthly_on": 1,
        "top_up": { "add": "20", "price": { "price": "1", "currency": "USD" } } });
    run_by(&mut book, top_up).unwrap();
    let waits = schedule(&mut book, "feb", "2026-02-02T00:00:00Z");
    assert!(
        waits
            .iter()
            .any(|w| w.contains("globex 2026-01-31T23:00:00Z monthly top-up of wallet std")),
        "{waits:?}"
    );
    let rates = serde_json::json!({ "op": "import_exchange_rates", "id": "fx", "at": "2026-02-03T00:00:00Z",
        "source": "ecb", "base": "EUR", "rates": { "2026-01-30": { "USD": "1.25" } } });
    run_by(&mut book, rates).unwrap();
    assert_eq!(schedule(&mut book, "then", "2026-02-04T00:00:00Z").len(), 1, "the grant alone");
    assert_eq!(book.customers["globex"].lots.last().unwrap().issued, 2000);
}
