//! Closed periods: what comes too late is booked on the first open day, marked, and counts in the
//! first open billing period; what is closed never changes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_engine::{Applied, Book, Operation, Rejection, apply};
use scrip_journal::Entry;

/// Ten items are free in each billing period, which begins on the 15th; then a credit an item.
fn document(more: &str) -> String {
    format!(
        r#"
format = "scrip-config/1"
[entity]
code = "books"
name = "Books"
currency = "EUR"
time_zone = "Europe/Berlin"
[[units]]
code = "credits"
kind = "credit"
[[units]]
code = "item"
kind = "usage"
[[meters]]
code = "usage"
unit = "item"
[[wallet_types]]
code = "std"
unit = "credits"
versions = [{{ version = 1, effective_at = "2025-01-01", beyond = "overage" }}]
[[rate_cards]]
code = "card"
unit = "credits"
versions = [
  {{ version = 1, effective_at = "2025-01-01", overage = {{ currency = "EUR", price = "1" }}, rates = [
    {{ code = "r", meter = "usage", model = "per_unit", price = "1", included = "10" }} ] }},
  {more}
]
[[customers]]
code = "acme"
billing_day = 15
"#
    )
}

fn book() -> Book {
    let catalog = Catalog::try_new(toml::from_str(&document("")).unwrap(), 1).unwrap();
    Book::new(Arc::new(catalog)).unwrap()
}

fn run(book: &mut Book, operation: &str) -> Result<Applied, Rejection> {
    apply(book, &Operation::from_json(operation).unwrap(), None)
}

fn grant(book: &mut Book) {
    let text = r#"{"op":"grant_credits","id":"lot","at":"2026-01-05T00:00:00Z","actor":"m","customer":"acme","wallet":"std","units":"1000","kind":"purchased","price":{"net":"100.00","currency":"EUR"},"expires_at":"2026-03-20"}"#;
    run(book, text).unwrap();
}

fn use_items(book: &mut Book, id: &str, at: &str, items: &str) -> Entry {
    let text = format!(
        r#"{{"op":"record_usage","id":"{id}","at":"{at}","actor":"m","customer":"acme","events":[{{"key":"{id}","meter":"usage","quantity":"{items}"}}]}}"#
    );
    run(book, &text).unwrap().entries.remove(0)
}

fn close(book: &mut Book, through: &str, at: &str) -> Result<Applied, Rejection> {
    let text = format!(
        r#"{{"op":"close_period","id":"close-{through}","at":"{at}","actor":"m","through":"{through}"}}"#
    );
    run(book, &text)
}

/// What a charge was: units consumed.
fn consumed(entry: &Entry) -> i64 {
    let postings = entry.body.postings.iter();
    postings.filter(|p| p.account.code() == "units_consumed").map(|p| p.amount.steps()).sum()
}

fn day(text: &str) -> scrip_units::Date {
    text.parse().unwrap()
}

#[test]
fn a_period_is_closed_once_at_the_end_of_a_month_that_is_over() {
    let mut book = book();
    let after = "2026-04-01T00:00:00Z";
    assert_eq!(
        close(&mut book, "2026-03-30", after),
        Err(Rejection::NotAMonthEnd { through: day("2026-03-30") })
    );
    // In Berlin March ends two hours before it ends in UTC.
    let over = Err(Rejection::PeriodNotOver { through: day("2026-03-31") });
    assert_eq!(close(&mut book, "2026-03-31", "2026-03-31T21:59:59Z"), over);
    assert!(close(&mut book, "2026-03-31", "2026-03-31T22:00:00Z").is_ok());
    for earlier in ["2026-03-31", "2026-02-28"] {
        let (through, closed) = (day(earlier), day("2026-03-31"));
        assert_eq!(
            close(&mut book, earlier, after),
            Err(Rejection::AlreadyClosed { through, closed })
        );
    }
    assert!(close(&mut book, "2026-05-31", "2026-07-01T00:00:00Z").is_ok(), "April goes with May");
}

#[test]
fn what_comes_after_the_close_is_booked_on_the_first_open_day_and_marked_late() {
    let mut book = book();
    grant(&mut book);
    use_items(&mut book, "a", "2026-03-10T12:00:00Z", "110");
    close(&mut book, "2026-03-31", "2026-04-02T00:00:00Z").unwrap();
    let late = use_items(&mut book, "b", "2026-03-11T12:00:00Z", "15");
    assert!(late.late);
    assert_eq!(late.body.booked_on, day("2026-04-01"));
    assert_eq!(late.body.effective_at.to_string(), "2026-03-11T12:00:00Z");
    let service: Vec<_> = late.body.postings.iter().filter_map(|p| p.service_day).collect();
    assert!(service.iter().all(|found| *found == day("2026-03-11")), "{service:?}");
    // A lot that ended in March and is swept in April.
    let sweep = r#"{"op":"run_schedule","id":"s","at":"2026-04-03T00:00:00Z","actor":"m"}"#;
    let expiry = run(&mut book, sweep).unwrap().entries.remove(0);
    assert!(expiry.late);
    assert_eq!(expiry.body.booked_on, day("2026-04-01"));
    let open = use_items(&mut book, "c", "2026-04-01T12:00:00Z", "5");
    assert!(!open.late);
    assert_eq!(open.body.booked_on, day("2026-04-01"));
}

#[test]
fn late_usage_counts_in_its_billing_period_while_that_is_open_and_then_in_the_first_open_one() {
    // Periods from the 15th: February's ends on 14 March, March's on 14 April.
    let mut book = book();
    grant(&mut book);
    use_items(&mut book, "feb", "2026-03-01T12:00:00Z", "20");
    use_items(&mut book, "mar", "2026-03-15T12:00:00Z", "14");
    close(&mut book, "2026-03-31", "2026-04-01T12:00:00Z").unwrap();
    // The period of 15 March is open: its ten free items are used up.
    assert_eq!(consumed(&use_items(&mut book, "x", "2026-03-16T12:00:00Z", "3")), 3);
    // That of 15 February is closed: its usage counts in the one of 1 April, with 17 before it.
    let counted: Vec<_> = book.customers.values().next().unwrap().counters.values().collect();
    assert!(counted.iter().any(|c| c.quantity == 17), "{counted:?}");
    assert_eq!(consumed(&use_items(&mut book, "y", "2026-03-02T12:00:00Z", "4")), 4);
    let customer = book.customers.values().next().unwrap();
    let quantities: Vec<_> = customer
        .counters
        .iter()
        .filter(|(key, _)| matches!(key.subject, scrip_engine::Subject::Charge { .. }))
        .map(|(key, counter)| (key.period.to_string(), counter.quantity))
        .collect();
    // What the closed period counted is forgotten.
    assert_eq!(quantities, [("2026-03-15".to_owned(), 21)]);
    // And in a period that has not begun to count, what is included there is free.
    close(&mut book, "2026-04-30", "2026-05-01T12:00:00Z").unwrap();
    let text = r#"{"op":"record_usage","id":"z","at":"2026-03-03T12:00:00Z","actor":"m","customer":"acme","events":[{"key":"z","meter":"usage","quantity":"10"}]}"#;
    assert!(run(&mut book, text).unwrap().entries.is_empty());
}

#[test]
fn new_prices_do_not_reach_behind_a_close() {
    let mut book = book();
    close(&mut book, "2026-03-31", "2026-04-01T12:00:00Z").unwrap();
    let apply_from = |book: &mut Book, from: &str| {
        let version = format!(
            r#"{{ version = 2, effective_at = "{from}", overage = {{ currency = "EUR", price = "1" }}, rates = [ {{ code = "r", meter = "usage", model = "per_unit", price = "2" }} ] }}"#
        );
        let document: scrip_catalog::Document = toml::from_str(&document(&version)).unwrap();
        let operation = serde_json::json!({
            "op": "apply_configuration", "id": from, "at": "2026-04-02T00:00:00Z", "actor": "m",
            "document": document
        });
        run(book, &operation.to_string())
    };
    let refused = apply_from(&mut book, "2026-03-31").unwrap_err().to_string();
    assert!(refused.contains("the period is closed"), "{refused}");
    apply_from(&mut book, "2026-04-01").unwrap();
}

#[test]
fn every_entry_is_sealed_where_closed_days_are_known() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let elsewhere = !path.ends_with("book.rs");
            let seals = elsewhere && text.contains("chain.seal");
            assert!(!seals, "{}: seal with CustomerBook::seal", path.display());
            let makes = elsewhere && text.contains("CustomerBook::new(");
            assert!(!makes, "{}: make a customer with Book::new_customer", path.display());
        }
    }
}

/// The document with a cost of items from a day on.
fn with_cost(cost: &str, from: &str) -> String {
    let rate = format!(r#"{{ code = "i", meter = "usage", cost = "{cost}" }}"#);
    let version = format!(r#"{{ version = 1, effective_at = "{from}", rates = [{rate}] }}"#);
    let card =
        format!("[[cost_cards]]\ncode = \"cloud\"\ncurrency = \"EUR\"\nversions = [{version}]\n");
    document("") + &card
}

fn configure(book: &mut Book, id: &str, document: &str) -> Result<Applied, Rejection> {
    let document: scrip_catalog::Document = toml::from_str(document).unwrap();
    let text = serde_json::json!({ "op": "apply_configuration", "id": id,
        "at": "2026-04-02T00:00:00Z", "actor": "m", "document": document });
    run(book, &text.to_string())
}

#[test]
fn costs_are_put_right_until_their_days_are_closed() {
    let mut book = book();
    grant(&mut book);
    use_items(&mut book, "a", "2026-03-10T12:00:00Z", "110");
    // Posted, but open: what it cost may be told and put right.
    configure(&mut book, "c1", &with_cost("0.10", "2026-01-01")).unwrap();
    configure(&mut book, "c2", &with_cost("0.20", "2026-01-01")).unwrap();
    close(&mut book, "2026-03-31", "2026-04-02T00:00:00Z").unwrap();
    let before = book.clone();
    for (id, document, want) in [
        (
            "c3",
            with_cost("0.30", "2026-01-01"),
            "published_version_changed cost_cards[cloud].versions[1]",
        ),
        ("c4", document(""), "removed cost_cards[cloud]"),
    ] {
        let Err(Rejection::Configuration { problems }) = configure(&mut book, id, &document) else {
            panic!("{id} is refused");
        };
        let found: Vec<_> = problems.iter().map(|p| format!("{} {}", p.code, p.path)).collect();
        assert_eq!(found, [want]);
    }
    assert_eq!(book.customers, before.customers);
    assert_eq!(book.catalog.revision(), before.catalog.revision());
}
