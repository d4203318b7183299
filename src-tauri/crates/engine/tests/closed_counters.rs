//! What is counted by day, week, month and billing period: late usage of closed days counts with that of
//! the first open day, and what can count no more is forgotten, so that a book does not grow for ever.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_engine::{Applied, Book, CustomerBook, Operation, Rejection, apply, events_hash};
use scrip_rating::{Place, Shape, UsageBatch, UsageEvent};
use scrip_units::CustomerCode;
use serde_json::{Value, json};

const WORLD: &str = r#"
format = "scrip-config/1"
[entity]
code = "books"
name = "Books"
currency = "EUR"
time_zone = "Europe/Berlin"
[[meters]]
code = "vendors"
unit = "USD"
[[conversions]]
code = "usd-eur"
from = "USD"
to = "EUR"
versions = [{ version = 1, effective_at = "2025-01-01", rates = { source = "ecb" } }]
[[wallet_types]]
code = "money"
unit = "EUR"
versions = [{ version = 1, effective_at = "2025-01-01", beyond = "overage", overage_limit = "1000000", holds = { capture_below = "keep" } }]
[[rate_cards]]
code = "card"
unit = "EUR"
versions = [{ version = 1, effective_at = "2025-01-01", rates = [
  { code = "r", meter = "vendors", quantity_unit = "EUR", model = "volume", tiers = [{ up_to = "100", price = "1" }, { price = "0.9" }] } ] }]
[[customers]]
code = "acme"
billing_day = 15
members = [{ code = "ada", allowances = [
  { wallet_type = "money", units = "10", per = "day" }, { wallet_type = "money", units = "10000", per = "week" },
  { wallet_type = "money", units = "100000", per = "lifetime" } ] }]
spend_limits = [{ unit = "EUR", amount = "100000", per = "month" }, { unit = "EUR", amount = "100000", per = "billing_period" }]
"#;

struct Books(Book, u32);

impl Books {
    fn new() -> Self {
        let catalog = Catalog::try_new(toml::from_str(WORLD).unwrap(), 1).unwrap();
        Self(Book::new(Arc::new(catalog)).unwrap(), 0)
    }

    fn run(&mut self, op: &str, at: &str, members: &Value) -> Result<Applied, Rejection> {
        self.1 += 1;
        let mut operation =
            json!({ "op": op, "id": format!("{op}-{}", self.1), "at": at, "actor": "m" });
        for (name, member) in members.as_object().unwrap() {
            operation[name] = member.clone();
        }
        apply(&mut self.0, &Operation::from_json(&operation.to_string()).unwrap(), None)
    }

    /// Dollars for a euro on some days.
    fn rates(&mut self, days: &[(&str, &str)]) {
        let rates: serde_json::Map<_, _> =
            days.iter().map(|(day, rate)| ((*day).to_owned(), json!({ "USD": rate }))).collect();
        let members = json!({ "source": "ecb", "base": "EUR", "rates": rates });
        self.run("import_exchange_rates", "2026-01-01T00:00:00Z", &members).unwrap();
    }

    fn grant(&mut self, units: &str) {
        let members = json!({
            "customer": "acme", "wallet": "money", "units": units, "kind": "purchased",
            "price": { "net": units, "currency": "EUR" }, "expires_at": "never",
        });
        self.run("grant_credits", "2026-01-01T00:00:00Z", &members).unwrap();
    }

    /// Usage of a member from the archive, in cents.
    fn post(&mut self, at: &str, occurred: &str, cents: i64) -> Result<Applied, Rejection> {
        self.post_pinned(at, occurred, cents, |batch| batch)
    }

    fn post_pinned(
        &mut self,
        at: &str,
        occurred: &str,
        cents: i64,
        posted: impl Fn(UsageBatch) -> UsageBatch,
    ) -> Result<Applied, Rejection> {
        self.1 += 1;
        let event = UsageEvent {
            occurred_at: occurred.parse().unwrap(),
            quantity: cents,
            shape: 0,
            place: Place { segment: self.1, row: 0 },
            key_order: u64::from(self.1),
            member: 0,
        };
        let batch = UsageBatch {
            customer: "acme".parse().unwrap(),
            shapes: vec![Shape {
                meter: "vendors".parse().unwrap(),
                dimensions: Default::default(),
            }],
            members: vec!["ada".parse().unwrap()],
            events: vec![event],
            costs: Default::default(),
        };
        let operation = json!({
            "op": "post_usage", "id": format!("post-{}", self.1), "at": at, "actor": "m",
            "customer": "acme", "windows": [], "events": 1,
            "events_hash": events_hash(&batch).to_string(),
        });
        let operation = Operation::from_json(&operation.to_string()).unwrap();
        apply(&mut self.0, &operation, Some(&posted(batch)))
    }

    fn close(&mut self, through: &str, at: &str) {
        self.run("close_period", at, &json!({ "through": through })).unwrap();
    }

    fn acme(&self) -> &CustomerBook {
        &self.0.customers[&"acme".parse::<CustomerCode>().unwrap()]
    }

    /// Units that have been consumed.
    fn consumed(&self) -> i64 {
        self.acme().lots.iter().map(|lot| lot.consumed).sum()
    }
}

/// The day of the year with a number, from zero.
fn date(day: i32) -> String {
    let start: scrip_units::Date = "2026-01-01".parse().unwrap();
    start.checked_add_days(chrono::Days::new(u64::try_from(day).unwrap())).unwrap().to_string()
}

#[test]
fn a_book_whose_periods_are_closed_does_not_grow_over_a_year() {
    let mut books = Books::new();
    let days: Vec<_> = (0..366).map(date).collect();
    let rates: Vec<_> = days.iter().map(|day| (day.as_str(), "1.17")).collect();
    books.rates(&rates);
    books.grant("100000");
    let mut sizes = Vec::new();
    for day in &days {
        if let Some(month) = day.strip_suffix("-10").filter(|month| *month != "2026-01") {
            let last = days.iter().rposition(|d| *d < format!("{month}-01")).unwrap();
            books.close(&days[last], &format!("{day}T00:00:00Z"));
        }
        books.post(&format!("{day}T12:00:00Z"), &format!("{day}T10:00:00Z"), 801).unwrap();
        if day.ends_with("-28") {
            let acme = books.acme();
            let draws = acme.draws.values().map(Vec::len).sum::<usize>();
            sizes.push(acme.counters.len() + draws + acme.overage.len() + acme.spent.len());
        }
    }
    let (first, most) = (sizes[2], sizes.iter().max().unwrap());
    assert!(*most < first + first / 4, "{sizes:?}");
    assert!(*most < 220, "{sizes:?}");
}

#[test]
fn late_usage_of_a_closed_day_counts_with_the_first_open_day_and_at_its_own_rate() {
    let mut books = Books::new();
    books.rates(&[("2026-01-20", "2"), ("2026-02-01", "4")]);
    books.grant("100");
    // 0.01 USD are 0.005 EUR: the first is rounded up, the second costs nothing.
    books.post("2026-01-20T12:00:00Z", "2026-01-20T10:00:00Z", 1).unwrap();
    assert_eq!(books.consumed(), 1);
    books.close("2026-01-31", "2026-02-02T00:00:00Z");
    // The half cent of the closed day counts no more; this one begins the first of February.
    books.post("2026-02-02T12:00:00Z", "2026-01-20T11:00:00Z", 1).unwrap();
    assert_eq!(books.consumed(), 2);
    // 0.005 and 0.0025 are 0.0075: a cent, which has been charged.
    books.post("2026-02-02T12:00:00Z", "2026-02-01T11:00:00Z", 1).unwrap();
    assert_eq!(books.consumed(), 2);
    // 0.015 are two.
    books.post("2026-02-02T12:00:00Z", "2026-02-01T11:00:00Z", 3).unwrap();
    assert_eq!(books.consumed(), 3);
}

#[test]
fn late_usage_counts_against_the_allowance_of_the_first_open_day() {
    let mut books = Books::new();
    books.rates(&[("2026-01-20", "1"), ("2026-01-30", "1"), ("2026-02-01", "1")]);
    books.grant("100");
    let refused = |applied: Applied| applied.refused.len();
    books.post("2026-01-20T12:00:00Z", "2026-01-20T10:00:00Z", 1000).unwrap();
    assert_eq!(refused(books.post("2026-01-20T12:00:00Z", "2026-01-20T10:00:00Z", 1).unwrap()), 1);
    books.close("2026-01-31", "2026-02-02T00:00:00Z");
    assert_eq!(
        refused(books.post("2026-02-02T12:00:00Z", "2026-01-20T11:00:00Z", 600).unwrap()),
        0
    );
    assert_eq!(
        refused(books.post("2026-02-02T12:00:00Z", "2026-01-30T11:00:00Z", 500).unwrap()),
        1
    );
    assert_eq!(
        refused(books.post("2026-02-02T12:00:00Z", "2026-02-01T11:00:00Z", 401).unwrap()),
        1
    );
    assert_eq!(
        refused(books.post("2026-02-02T12:00:00Z", "2026-02-01T11:00:00Z", 400).unwrap()),
        0
    );
    assert_eq!(
        refused(books.post("2026-02-03T12:00:00Z", "2026-02-02T11:00:00Z", 1000).unwrap()),
        0
    );
}

#[test]
fn a_hold_for_expected_usage_is_converted_by_the_count_of_the_day() {
    let mut books = Books::new();
    books.rates(&[("2026-01-20", "2")]);
    books.grant("100");
    books.post("2026-01-20T10:00:00Z", "2026-01-20T10:00:00Z", 1).unwrap();
    // Another 0.01 USD make 0.01 EUR in all, which has been charged.
    let usage = json!({ "meter": "vendors", "quantity": "0.01" });
    let members = json!({ "customer": "acme", "hold": "h", "usage": usage });
    books.run("place_hold", "2026-01-20T12:00:00Z", &members).unwrap();
    assert_eq!(books.acme().holds.values().next().map_or(0, |hold| hold.units()), 0);
}

#[test]
fn the_hash_of_usage_covers_the_member() {
    let mut books = Books::new();
    books.rates(&[("2026-01-20", "1")]);
    books.grant("100");
    let at = "2026-01-20T12:00:00Z";
    let by_another = |mut batch: UsageBatch| {
        batch.members = vec!["ben".parse().unwrap()];
        batch
    };
    let other = books.post_pinned(at, at, 1, by_another);
    assert!(matches!(other, Err(Rejection::OtherUsage { .. })), "{other:?}");
    let by_nobody = |mut batch: UsageBatch| {
        batch.events[0].member = u32::MAX;
        batch
    };
    let other = books.post_pinned(at, at, 1, by_nobody);
    assert!(matches!(other, Err(Rejection::OtherUsage { .. })), "{other:?}");
    assert_eq!(books.post(at, at, 1).unwrap().priced, 1);
}
