//! Usage taken back: lots that have ended, limits, overdrafts that were repaid, invoices, closed periods.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_engine::{Applied, Book, CustomerBook, Operation, Rejection, apply};
use serde_json::{Value, json};

const WORLD: &str = r#"
format = "scrip-config/1"
entity = { code = "de", name = "Books", currency = "EUR", time_zone = "Europe/Berlin" }
units = [{ code = "credits", kind = "credit", scale = 2 }, { code = "calls", kind = "usage" }]
meters = [{ code = "api", unit = "calls" }]

[[customers]]
code = "acme"
members = [{ code = "ada", allowances = [{ wallet_type = "std", units = "200", per = "month" }] }]

[[rate_cards]]
code = "list"
unit = "credits"
versions = [{ version = 1, effective_at = "2025-01-01", overage = { currency = "EUR", price = "2" }, rates = [
  { code = "r", meter = "api", model = "graduated", tiers = [{ up_to = "100", price = "1" }, { price = "0.5" }] } ] }]

[[wallet_types]]
code = "std"
unit = "credits"
versions = [{ version = 1, effective_at = "2025-01-01", BEYOND, expiry = { rule = "after", months = 1 } }]
"#;

struct Books(Book, u32);

impl Books {
    fn new(beyond: &str) -> Self {
        let document = toml::from_str(&WORLD.replace("BEYOND", beyond)).unwrap();
        Self(Book::new(Arc::new(Catalog::try_new(document, 1).unwrap())).unwrap(), 0)
    }

    fn run(&mut self, op: &str, at: &str, more: &Value) -> Result<Applied, Rejection> {
        self.1 += 1;
        let mut operation = json!({
            "op": op, "id": format!("o{}", self.1), "at": at, "actor": "ana", "reason": "wrong",
        });
        operation.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        apply(&mut self.0, &Operation::from_value(operation).unwrap(), None)
    }

    fn grant(&mut self, at: &str, lot: &str, units: &str) {
        let grant = json!({
            "customer": "acme", "wallet": "std", "lot": lot, "units": units, "kind": "purchased",
            "price": { "net": units, "currency": "EUR" },
        });
        self.run("grant_credits", at, &grant).unwrap();
    }

    /// Uses calls, and says what the ledger would say of the event.
    fn use_calls(&mut self, at: &str, key: &str, calls: &str) -> Value {
        let event = json!({
            "key": key, "meter": "api", "quantity": calls, "member": "ada", "occurred_at": at,
        });
        let closed = self.0.closed_through;
        let record = json!({ "customer": "acme", "events": [event] });
        let applied = self.run("record_usage", at, &record).unwrap();
        let decimal = |steps: i64| format!("{}.{:02}", steps / 100, steps % 100);
        let mut draws = Vec::new();
        for detail in &applied.detail {
            for row in &detail.rows {
                let mut draw = json!({
                    "rate": { "card": "list", "version": 1, "row": "r" }, "units": decimal(row.units),
                    "quantity": row.quantity.to_string(),
                });
                match row.outcome {
                    scrip_engine::Outcome::Drawn { lot: Some(lot) } => {
                        draw["lot"] = detail.lots[lot as usize].0.to_string().into();
                    }
                    _ => draw["money"] = decimal(row.money).into(),
                }
                draws.push(draw);
            }
        }
        let mut posted = json!({ "event": event, "draws": draws });
        if let Some(closed) = closed {
            posted["closed_through"] = closed.to_string().into();
        }
        posted
    }

    fn reverse(&mut self, at: &str, posted: &Value) -> Result<Vec<String>, Rejection> {
        let keys = [posted["event"]["key"].clone()];
        let reverse = json!({ "customer": "acme", "keys": keys, "posted": [posted] });
        let applied = self.run("reverse_usage", at, &reverse)?;
        let mut lines = Vec::new();
        for entry in &applied.entries {
            lines.push(format!("{} {}", entry.body.kind, entry.body.booked_on));
            let postings = entry.body.postings.iter();
            lines.extend(postings.map(|p| format!("{} {}", p.account.number(), p.amount)));
        }
        Ok(lines)
    }

    fn acme(&self) -> &CustomerBook {
        self.0.customers.values().next().unwrap()
    }

    fn available(&self) -> Vec<i64> {
        self.acme().lots.iter().map(|lot| lot.available).collect()
    }
}

#[test]
fn an_event_gives_back_the_last_in_part_of_the_curve_and_limits_follow() {
    let mut books = Books::new("beyond = \"overage\"");
    books.grant("2026-03-01T00:00:00Z", "lot", "500");
    let a = books.use_calls("2026-03-02T00:00:00Z", "a", "100");
    let b = books.use_calls("2026-03-03T00:00:00Z", "b", "100");
    assert_eq!(books.available(), [35_000]);
    books.reverse("2026-03-04T00:00:00Z", &a).unwrap();
    assert_eq!(books.available(), [40_000]);
    assert_eq!(books.acme().spent.values().copied().collect::<Vec<_>>(), [10_000]);
    // Again by another operation is refused, naming the one that did it.
    let again = books.reverse("2026-03-05T00:00:00Z", &a).unwrap_err().to_string();
    assert_eq!(again, "event a was reversed by operation o4; it is reversed once");
    books.reverse("2026-03-06T00:00:00Z", &b).unwrap();
    assert_eq!(books.available(), [50_000]);
    assert!(books.acme().counters.is_empty() && books.acme().spent.is_empty());
}

#[test]
fn of_a_lot_that_has_ended_units_expire_at_once_or_come_back_as_goodwill() {
    let ended = [
        "reversal 2026-03-02",
        "U300 -10.00 credits",
        "4000 10.00 EUR",
        "U400 10.00 credits",
        "4010 -10.00 EUR",
    ];
    for (restored, more) in [
        ("", vec![]),
        (
            ", restored = \"goodwill\"",
            vec![
                "grant 2026-04-10",
                "U100 10.00 credits",
                "U200 -10.00 credits",
                "4910 10.00 EUR",
                "2030 -10.00 EUR",
            ],
        ),
    ] {
        let mut books = Books::new(&format!("beyond = \"reject\"{restored}"));
        books.grant("2026-03-01T00:00:00Z", "lot", "100");
        let a = books.use_calls("2026-03-02T00:00:00Z", "a", "10");
        let lines = books.reverse("2026-04-10T00:00:00Z", &a).unwrap();
        // The end of the lot was not swept yet.
        let swept = lines.iter().position(|line| line == ended[0]).unwrap();
        assert!(lines[0].starts_with("expiry 2026-04-01"), "{lines:?}");
        assert_eq!(lines[swept..], [ended.to_vec(), more].concat());
    }
}

#[test]
fn overage_is_taken_back_on_the_draft_or_when_it_was_invoiced_on_the_next() {
    let mut books = Books::new("beyond = \"overage\"");
    let a = books.use_calls("2026-03-02T00:00:00Z", "a", "10");
    let b = books.use_calls("2026-03-03T00:00:00Z", "b", "5");
    books.reverse("2026-03-04T00:00:00Z", &a).unwrap();
    let net = |books: &Books| -> Vec<_> {
        books.acme().drafts.iter().map(|((day, _), draft)| (day.to_string(), draft.net())).collect()
    };
    assert_eq!(net(&books), [("2026-03-01".to_owned(), 1000)]);
    let finalize = json!({ "customer": "acme", "period": "2026-03-01" });
    books.run("finalize_invoice", "2026-04-01T00:00:00Z", &finalize).unwrap();
    books.reverse("2026-04-02T00:00:00Z", &b).unwrap();
    assert_eq!(net(&books), [("2026-04-01".to_owned(), -1000)]);
    assert_eq!(books.acme().unbilled.values().copied().collect::<Vec<_>>(), [-1000]);
}

#[test]
fn an_overdraft_goes_away_or_returns_to_the_lot_that_repaid_it() {
    let mut books = Books::new("beyond = \"overdraft\", overdraft_limit = \"100\"");
    let a = books.use_calls("2026-03-02T00:00:00Z", "a", "10");
    let b = books.use_calls("2026-03-03T00:00:00Z", "b", "5");
    books.reverse("2026-03-04T00:00:00Z", &b).unwrap();
    assert_eq!(scrip_engine::overdraft::overdrawn(books.acme(), &"std".parse().unwrap()), 1000);
    books.grant("2026-03-05T00:00:00Z", "lot", "50");
    assert_eq!(books.available(), [4000]);
    books.reverse("2026-03-06T00:00:00Z", &a).unwrap();
    assert_eq!(books.available(), [5000]);
    assert_eq!(books.acme().lots[0].carrying(), 5000);
}

#[test]
fn in_a_closed_period_an_event_gives_back_what_it_was_charged_on_the_first_open_day() {
    let mut books = Books::new("beyond = \"overage\"");
    books.grant("2026-03-20T00:00:00Z", "lot", "500");
    let a = books.use_calls("2026-03-22T00:00:00Z", "a", "100");
    let b = books.use_calls("2026-03-23T00:00:00Z", "b", "100");
    books.run("close_period", "2026-04-02T00:00:00Z", &json!({ "through": "2026-03-31" })).unwrap();
    let late = books.use_calls("2026-03-24T00:00:00Z", "late", "10");
    let lines = books.reverse("2026-04-03T00:00:00Z", &a).unwrap();
    assert_eq!(lines[..2], ["reversal 2026-04-01", "U300 -100.00 credits"]);
    books.reverse("2026-04-03T00:00:00Z", &b).unwrap();
    // What came late counts in April, and leaves it.
    assert_eq!(books.available(), [49_000]);
    books.reverse("2026-04-04T00:00:00Z", &late).unwrap();
    assert_eq!(books.available(), [50_000]);
    assert!(books.acme().counters.is_empty());
}

#[test]
fn what_supersedes_takes_the_old_event_back_or_nothing_happens() {
    let mut books = Books::new("beyond = \"reject\"");
    books.grant("2026-03-01T00:00:00Z", "lot", "100");
    let a = books.use_calls("2026-03-02T00:00:00Z", "a", "60");
    let record = |key: &str, calls: &str| {
        json!({ "customer": "acme", "posted": [a], "events": [
            { "key": key, "meter": "api", "quantity": calls, "supersedes": "a" }] })
    };
    books.run("record_usage", "2026-03-03T00:00:00Z", &record("b", "500")).unwrap_err();
    assert_eq!(books.available(), [4000]);
    books.run("record_usage", "2026-03-03T00:00:00Z", &record("b", "70")).unwrap();
    assert_eq!(books.available(), [3000]);
    // The same event again changes nothing; another one cannot supersede it as well.
    books.run("record_usage", "2026-03-03T00:00:00Z", &record("b", "70")).unwrap();
    assert_eq!(books.available(), [3000]);
    let twice = books.run("record_usage", "2026-03-03T00:00:00Z", &record("c", "1")).unwrap_err();
    assert!(twice.to_string().contains("was reversed by operation"), "{twice}");
}

#[test]
fn a_short_month_is_closed_with_its_last_day() {
    // February has 28 days; counters are forgotten only after the 31 that a period may have.
    let mut books = Books::new("beyond = \"reject\"");
    books.grant("2026-02-10T09:00:00Z", "lot", "300");
    let first = books.use_calls("2026-02-11T09:00:00Z", "first", "100");
    books.use_calls("2026-02-12T09:00:00Z", "second", "100");
    assert_eq!(books.available(), [15_000]);
    let close = json!({ "through": "2026-02-28" });
    books.run("close_period", "2026-03-02T09:00:00Z", &close).unwrap();
    // What it was charged, and not what the period would cost less without it.
    books.reverse("2026-03-02T10:00:00Z", &first).unwrap();
    assert_eq!(books.available(), [25_000]);
}

#[test]
fn what_cost_nothing_leaves_by_the_rate_that_its_lot_honours() {
    // Bought at 100 calls free, while 10 are free by now: no lot paid, so the draw names none.
    let free = |number: u32, from: &str, free: u32| {
        format!(
            "{{ version = {number}, effective_at = \"{from}\", rates = [{{ code = \"r\", meter = \"api\", model = \"graduated\", tiers = [{{ up_to = \"{free}\", price = \"0\" }}, {{ price = \"1\" }}] }}] }}"
        )
    };
    let (card, terms) = WORLD.split_once("versions = [{ version = 1").unwrap();
    let (_, types) = terms.split_once("[[wallet_types]]").unwrap();
    let (old, new) = (free(1, "2025-01-01", 100), free(2, "2026-03-05", 10));
    let world = format!("{card}versions = [{old}, {new}]\n[[wallet_types]]{types}")
        .replace("BEYOND", "beyond = \"reject\", rates = \"original\"");
    let catalog = Catalog::try_new(toml::from_str(&world).unwrap(), 1).unwrap();
    let mut books = Books(Book::new(Arc::new(catalog)).unwrap(), 0);
    books.grant("2026-03-01T00:00:00Z", "lot", "100");
    let a = books.use_calls("2026-03-10T00:00:00Z", "a", "50");
    books.use_calls("2026-03-11T00:00:00Z", "b", "20");
    assert_eq!((books.available(), &a["draws"][0]["lot"]), (vec![10_000], &Value::Null));
    books.reverse("2026-03-12T00:00:00Z", &a).unwrap();
    books.use_calls("2026-03-13T00:00:00Z", "c", "100");
    assert_eq!(books.available(), [8_000], "120 calls, of which 100 are free");
}
