//! Tax on configured prices: of plans' grants and charges, and of top-ups.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_engine::{Applied, Book, Operation, Rejection, apply};
use serde_json::{Value, json};

const WORLD: &str = r#"
format = "scrip-config/1"
entity = { code = "nl", name = "Books", currency = "EUR", time_zone = "UTC" }
units = [{ code = "credits", kind = "credit" }, { code = "calls", kind = "usage" }]
meters = [{ code = "api", unit = "calls" }]
customers = [{ code = "acme" }]
[[rate_cards]]
code = "list"
unit = "credits"
versions = [{ version = 1, effective_at = "2025-01-01", rates = [{ code = "r", meter = "api", model = "per_unit", price = "1" }] }]
[[wallet_types]]
code = "std"
unit = "credits"
versions = [{ version = 1, effective_at = "2025-01-01", top_up = { threshold = "5", add = "10", on = "ON", price = { currency = "EUR", price = "0.33", tax = { percent = "21" } } } }]
[[plans]]
code = "pro"
[[plans.versions]]
version = 1
effective_at = "2025-01-01"
grants = [{ code = "a", wallet_type = "std", units = "10", kind = "purchased", every = { months = 1 }, price = { amount = "9.99", currency = "EUR", tax = { percent = "21" } } }]
charges = [{ code = "fee", price = { amount = "30.00", currency = "EUR", tax = { percent = "8.25", kind = "sales_tax" } }, every = { months = 1 }, earned = "by_day" }]
"#;

struct Books(Book, u32);

impl Books {
    fn new(on: &str) -> Self {
        let document = toml::from_str(&WORLD.replace("ON", on)).unwrap();
        Self(Book::new(Arc::new(Catalog::try_new(document, 1).unwrap())).unwrap(), 0)
    }

    fn run(&mut self, op: &str, at: &str, more: &Value) -> Result<Applied, Rejection> {
        self.1 += 1;
        let mut operation = json!({ "op": op, "id": format!("o{}", self.1), "at": at, "actor": "a",
            "customer": "acme" });
        operation.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        apply(&mut self.0, &Operation::from_value(operation).unwrap(), None)
    }

    /// Money postings of an operation, entry by entry.
    fn money(&mut self, op: &str, at: &str, more: &Value) -> Vec<String> {
        let applied = self.run(op, at, more).unwrap();
        let entries = applied.entries.iter().map(|entry| {
            entry.body.check().unwrap();
            let postings = entry.body.postings.iter();
            let money = postings.filter(|p| p.amount.unit().code().as_str() == "EUR");
            let lines = money.map(|p| format!("{} {}", p.account.number(), p.amount));
            format!("{}: {}", entry.body.kind, lines.collect::<Vec<_>>().join(", "))
        });
        entries.collect()
    }
}

#[test]
fn grants_and_charges_of_a_plan_are_taxed_on_top() {
    let mut books = Books::new("invoice");
    let plan = json!({ "plan": "pro", "settlement": "invoiced" });
    assert_eq!(
        books.money("subscribe", "2026-01-01T00:00:00Z", &plan),
        [
            // 9.99 x 21 % = 2.0979, 30.00 x 8.25 % = 2.475.
            "purchase: 1100 12.09 EUR, 2000 -9.99 EUR, 2100 -2.10 EUR",
            "charge: 1100 32.48 EUR, 2020 -30.00 EUR, 2110 -2.48 EUR",
        ]
    );
    assert_eq!(books.0.customers.values().next().unwrap().receivable.values().sum::<i64>(), 4457);
    // Half of the month is earned: the rest goes back with its part of the tax, then all of it.
    let back = json!({ "charge": "pro/fee/1", "with_tax": true });
    assert_eq!(
        books.money("refund_charge", "2026-01-16T12:00:00Z", &back),
        [
            "recognition: 2020 14.52 EUR, 4040 -14.52 EUR",
            "refund: 2020 15.48 EUR, 2110 1.28 EUR, 1000 -16.76 EUR",
        ]
    );
    let rest = json!({ "charge": "pro/fee/1", "include_earned": true, "with_tax": true });
    assert_eq!(
        books.money("refund_charge", "2026-01-17T12:00:00Z", &rest),
        ["refund: 4900 14.52 EUR, 2110 1.20 EUR, 1000 -15.72 EUR"]
    );
    // The tax is a fact of the lot, and goes back with it.
    let lot = json!({ "lot": "pro/a/1", "with_tax": true });
    assert_eq!(
        books.money("refund_grant", "2026-01-18T00:00:00Z", &lot),
        ["refund: 2000 9.99 EUR, 2100 2.10 EUR, 1000 -12.09 EUR"]
    );
}

#[test]
fn a_top_up_is_taxed_at_once_or_when_it_is_paid() {
    let usage = json!({ "events": [{ "key": "k", "meter": "api", "quantity": "6" }] });
    let plan = json!({ "plan": "pro" });
    let mut books = Books::new("invoice");
    books.run("subscribe", "2026-01-01T00:00:00Z", &plan).unwrap();
    let top_up = "top_up: 1100 3.99 EUR, 2000 -3.30 EUR, 2100 -0.69 EUR";
    assert_eq!(books.money("record_usage", "2026-01-02T00:00:00Z", &usage)[0], top_up);

    let mut books = Books::new("payment");
    books.run("subscribe", "2026-01-01T00:00:00Z", &plan).unwrap();
    books.run("record_usage", "2026-01-02T00:00:00Z", &usage).unwrap();
    let pay =
        |amount: &str| json!({ "amount": amount, "currency": "EUR", "top_up": "std/top-up-1" });
    let refused = books.run("receive_payment", "2026-01-03T00:00:00Z", &pay("3.30")).unwrap_err();
    assert!(refused.to_string().contains("costs 3.99 EUR"), "{refused}");
    assert_eq!(
        books.money("receive_payment", "2026-01-03T00:00:00Z", &pay("3.99")),
        ["top_up: 1000 3.99 EUR, 2000 -3.30 EUR, 2100 -0.69 EUR"]
    );
    // By hand at the price of the terms.
    let by_hand = json!({ "wallet": "std", "units": "10", "settlement": "paid" });
    assert_eq!(
        books.money("top_up", "2026-01-04T00:00:00Z", &by_hand),
        ["top_up: 1000 3.99 EUR, 2000 -3.30 EUR, 2100 -0.69 EUR"]
    );
}

#[test]
fn a_charge_that_is_a_part_of_grants_has_no_tax_of_its_own_and_none_is_below_zero() {
    for (from, to, path) in [
        (
            "earned = \"by_day\"",
            "earned = \"with_grants\"",
            "plans[pro].versions[1].charges[fee].price.tax",
        ),
        ("\"8.25\"", "\"-1\"", "plans[pro].versions[1].charges[fee].price.tax.percent"),
        (
            "tax = { percent = \"21\" } } }]\ncharges",
            "tax = { percent = \"-1\" } } }]\ncharges",
            "plans[pro].versions[1].grants[a].price.tax.percent",
        ),
    ] {
        let text = WORLD.replace("ON", "invoice").replace(from, to);
        let problems = Catalog::try_new(toml::from_str(&text).unwrap(), 1).unwrap_err();
        assert!(problems.iter().any(|p| p.path == path), "{path}: {problems:?}");
    }
}
