//! Draft invoices: what stands on them, and what they give up first.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_engine::{Book, Operation, apply};

/// A card of one credit an item, half from the 25th on, and wallets that burn at invoice.
fn world() -> Book {
    let document = r#"
format = "scrip-config/1"
[entity]
code = "books"
name = "Books"
currency = "EUR"
time_zone = "UTC"
[[units]]
code = "credits"
kind = "credit"
[[units]]
code = "item"
kind = "usage"
[[meters]]
code = "usage"
unit = "item"
dimensions = [{ name = "model", report = true }]
[[wallet_types]]
code = "std"
unit = "credits"
versions = [{ version = 1, effective_at = "2025-01-01", beyond = "overage", burns = "invoice" }]
[[rate_cards]]
code = "card"
unit = "credits"
[[rate_cards.versions]]
version = 1
effective_at = "2025-01-01"
overage = { currency = "EUR", price = "0.004" }
[[rate_cards.versions.rates]]
code = "r"
meter = "usage"
model = "volume"
tiers = [{ up_to = "24", price = "1" }, { price = "0.5" }]
[[customers]]
code = "acme"
"#;
    let catalog = Catalog::try_new(toml::from_str(document).unwrap(), 1).unwrap();
    Book::new(Arc::new(catalog)).unwrap()
}

fn used(book: &mut Book, day: u32, model: &str, quantity: u32) {
    let event = format!(
        r#"{{"key":"e{day}","meter":"usage","quantity":"{quantity}","occurred_at":"2026-01-{day:02}T12:00:00Z","dimensions":{{"model":"{model}"}}}}"#
    );
    run(
        book,
        &format!(
            r#"{{"op":"record_usage","id":"u{day}","at":"2026-01-{day:02}T12:00:00Z","actor":"m","customer":"acme","events":[{event}]}}"#
        ),
    );
}

fn run(book: &mut Book, operation: &str) {
    apply(book, &Operation::from_json(operation).unwrap(), None).unwrap();
}

#[test]
fn overage_that_is_not_worth_a_step_yet_stands_on_the_draft() {
    let mut book = world();
    used(&mut book, 5, "a", 1);
    used(&mut book, 6, "a", 1);
    let customer = book.customers.values().next().unwrap();
    let draft = customer.drafts.values().next().unwrap();
    let lines: Vec<_> = draft.lines.iter().map(|line| (line.units, line.money)).collect();
    assert_eq!(lines, [(2, 1)]);
}

#[test]
fn a_lower_tier_takes_the_latest_day_out_of_the_draft_first() {
    let mut book = world();
    run(
        &mut book,
        r#"{"op":"grant_credits","id":"lot","at":"2026-01-01T00:00:00Z","actor":"m","customer":"acme","wallet":"std","units":"100","kind":"purchased","price":{"net":"100.00","currency":"EUR"},"expires_at":"never"}"#,
    );
    used(&mut book, 5, "b", 10);
    used(&mut book, 6, "a", 10);
    used(&mut book, 7, "a", 10);
    let customer = book.customers.values().next().unwrap();
    let draft = customer.drafts.values().next().unwrap();
    let mut held: Vec<_> =
        draft.held.iter().map(|held| (held.day.to_string(), held.units)).collect();
    held.sort();
    assert_eq!(held, [("2026-01-05".to_owned(), 10), ("2026-01-06".to_owned(), 5)]);
}
