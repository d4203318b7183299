//! Wallets of another unit that pay what those of the charge's unit cannot.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use proptest::prelude::*;
use scrip_catalog::Catalog;
use scrip_engine::{Applied, Book, CustomerBook, Operation, Rejection, apply};
use scrip_journal::Account;
use serde_json::{Value, json};

/// A credit is worth 0.037 EUR in the balance and 0.05 beyond it; the spare wallet comes after it.
const WORLD: &str = r#"
format = "scrip-config/1"
[entity]
code = "books"
name = "Books"
currency = "EUR"
time_zone = "Europe/Berlin"
[[units]]
code = "credits"
kind = "credit"
scale = 1
[[units]]
code = "points"
kind = "credit"
[[units]]
code = "tokens"
kind = "usage"
[[meters]]
code = "llm"
unit = "tokens"
dimensions = [{ name = "model" }]
[[conversions]]
code = "in-euro"
from = "credits"
to = "EUR"
versions = [
    { version = 1, effective_at = "2026-01-01", factors = [{ operation = "multiply", factor = "0.037" }] },
    { version = 2, effective_at = "2026-01-20", factors = [{ operation = "multiply", factor = "0.07" }] },
]
[[conversions]]
code = "in-points"
from = "credits"
to = "points"
versions = [{ version = 1, effective_at = "2026-01-01", factors = [{ operation = "multiply", factor = "10" }] }]
[[wallet_types]]
code = "pack"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-01-01", fallbacks = ["balance", "points"], beyond = "overage" }]
[[wallet_types]]
code = "balance"
unit = "EUR"
versions = [{ version = 1, effective_at = "2026-01-01", beyond = "reject" }]
[[wallet_types]]
code = "points"
unit = "points"
versions = [{ version = 1, effective_at = "2026-01-01", BEYOND }]
[[rate_cards]]
code = "card"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-01-01", overage = { currency = "EUR", price = "0.05" }, rates = [
    { code = "any", meter = "llm", model = "per_unit", price = "1", wallet_types = ["pack"] },
    { code = "back", meter = "llm", match = { model = "back" }, model = "volume", tiers = [{ up_to = "100", price = "2" }, { price = "1" }], wallet_types = ["pack"] },
] }]
[[customers]]
code = "acme"
LIMITS
"#;

struct Books(Book, u32);

impl Books {
    fn new(beyond: &str, limits: &str) -> Self {
        Self::of(&WORLD.replace("BEYOND", beyond).replace("LIMITS", limits))
    }

    fn of(world: &str) -> Self {
        let catalog = Catalog::try_new(toml::from_str(world).unwrap(), 1).unwrap();
        Self(Book::new(Arc::new(catalog)).unwrap(), 0)
    }

    fn reserve(&self) -> i64 {
        let lots = self.book().lots.iter().filter(|lot| lot.wallet.as_str() == "reserve");
        lots.map(|lot| lot.available).sum()
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

    fn grant(&mut self, wallet: &str, units: &str) {
        let members = json!({
            "customer": "acme", "wallet": wallet, "units": units, "kind": "purchased",
            "price": { "net": "10.00", "currency": "EUR" }, "expires_at": "never",
        });
        self.run("grant_credits", "2026-01-01T00:00:00Z", &members).unwrap();
    }

    fn uses(&mut self, day: u32, quantity: &str, model: &str) -> Result<Applied, Rejection> {
        let key = format!("event-{}", self.1);
        let events = json!([{ "key": key, "meter": "llm", "quantity": quantity, "dimensions": { "model": model } }]);
        let members = json!({ "customer": "acme", "events": events });
        self.run("record_usage", &format!("2026-01-{day:02}T10:00:00Z"), &members)
    }

    fn book(&self) -> &CustomerBook {
        &self.0.customers["acme"]
    }

    /// What is left of each wallet, in smallest steps, and what is unbilled.
    fn left(&self) -> ([i64; 3], i64) {
        let of = |wallet: &str| {
            let lots = self.book().lots.iter().filter(|lot| lot.wallet.as_str() == wallet);
            lots.map(|lot| lot.available).sum()
        };
        let unbilled = self.book().unbilled.values().sum();
        ([of("pack"), of("balance"), of("points")], unbilled)
    }
}

#[test]
fn what_one_wallet_lacks_the_next_one_pays_in_its_own_unit() {
    let mut books = Books::new("beyond = \"overage\"", "");
    books.grant("pack", "5");
    books.grant("balance", "1.00");
    books.grant("points", "35");
    // 5 credits of the pack, 10 x 0.037 = 0.37 of the balance.
    books.uses(5, "15", "m").unwrap();
    assert_eq!(books.left(), ([0, 63, 35], 0));
    // 17 credits in all are 0.629: 0.63 less 0.37.
    books.uses(6, "7", "m").unwrap();
    assert_eq!(books.left(), ([0, 37, 35], 0));
    // 27.1 credits are 1.0027, which is 1.00; 27.2 would be 1.01. The other 2.9 take 29 points.
    books.uses(7, "13", "m").unwrap();
    assert_eq!(books.left(), ([0, 0, 6], 0));
    // 0.6 for the last points, 0.4 x 0.05 = 0.02 of overage.
    books.uses(8, "1", "m").unwrap();
    assert_eq!(books.left(), ([0, 0, 0], 2));
}

#[test]
fn wallets_of_two_types_that_hold_one_unit_share_the_count() {
    let mut books = Books::of(
        &WORLD
            .replace("[\"balance\", \"points\"]", "[\"balance\", \"reserve\"]")
            .replace(
                "[[rate_cards]]",
                "[[wallet_types]]\ncode = \"reserve\"\nunit = \"EUR\"\nversions = [{ version = 1, effective_at = \"2026-01-01\" }]\n[[rate_cards]]",
            )
            .replace("BEYOND", "beyond = \"overage\"")
            .replace("LIMITS", ""),
    );
    books.grant("balance", "0.11");
    books.grant("reserve", "5.00");
    // 3.1 credits are 0.1147: all of the balance. 7 credits are 0.259: 0.15 more.
    books.uses(5, "7", "m").unwrap();
    assert_eq!(books.left().0[1], 0);
    assert_eq!(books.reserve(), 485);
    // 10 credits in all are 0.37: 0.11 more, counted on from 7 and not from 3.9.
    books.uses(6, "3", "m").unwrap();
    assert_eq!(books.reserve(), 474);
}

#[test]
fn a_factor_counts_from_its_instant_on() {
    let mut books = Books::new("beyond = \"overage\"", "");
    books.grant("balance", "5.00");
    books.uses(10, "10", "m").unwrap();
    assert_eq!(books.left().0[1], 463);
    books.uses(20, "10", "m").unwrap();
    assert_eq!(books.left().0[1], 393, "10 x 0.07, and nothing of before is looked at again");
}

#[test]
fn a_refused_event_takes_nothing_from_any_wallet() {
    for (beyond, limits, code) in [
        ("beyond = \"reject\"", "", "hard_cap"),
        ("beyond = \"overage\", overage_limit = \"0.01\"", "", "overage_limit"),
        (
            "beyond = \"overage\"",
            "spend_limits = [{ unit = \"EUR\", amount = \"0.90\", per = \"month\" }]",
            "spend_limit",
        ),
        (
            "beyond = \"overage\"",
            "spend_limits = [{ unit = \"credits\", amount = \"30\", per = \"month\" }]",
            "spend_limit",
        ),
    ] {
        let mut books = Books::new(beyond, limits);
        books.grant("pack", "5");
        books.grant("balance", "1.00");
        books.grant("points", "20");
        let before = books.book().clone();
        let refused = books.uses(5, "40", "m").unwrap_err();
        assert!(
            format!("{refused:?}").to_lowercase().contains(&code.replace('_', "")),
            "{refused:?}"
        );
        assert_eq!(*books.book(), before, "{code}");
        books.uses(5, "20", "m").unwrap();
    }
}

#[test]
fn a_rate_that_looks_back_is_not_paid_across_units() {
    let mut books = Books::new("beyond = \"overage\"", "");
    books.grant("balance", "5.00");
    books.uses(5, "10", "back").unwrap();
    assert_eq!(books.left(), ([0, 500, 0], 100), "20 credits of overage at 0.05");
}

#[test]
fn beyond_a_captured_hold_it_is_as_the_wallets_of_its_own_unit_say() {
    // The points would refuse what is beyond them, but may not pay for a capture.
    let mut books = Books::new(r#"beyond = "reject""#, "");
    books.grant("pack", "1");
    books.grant("points", "1000");
    let at = "2026-01-05T10:00:00Z";
    let hold = json!({ "customer": "acme", "hold": "h", "wallet": "pack", "units": "1" });
    books.run("place_hold", at, &hold).unwrap();
    let events = json!([{ "key": "e", "meter": "llm", "quantity": "5" }]);
    let capture = json!({ "customer": "acme", "hold": "h", "events": events });
    books.run("capture_hold", at, &capture).unwrap();
    assert_eq!(books.book().unbilled.values().copied().collect::<Vec<_>>(), [20]);
}

#[test]
fn a_fallback_to_another_unit_needs_a_conversion_and_no_overdraft() {
    let world = WORLD.replace("LIMITS", "");
    let errors = |text: &str| -> Vec<String> {
        let document = toml::from_str(text).unwrap();
        let problems = Catalog::try_new(document, 1).unwrap_err();
        problems.iter().filter(|p| p.is_error()).map(|p| p.path.clone()).collect()
    };
    let at = "wallet_types[pack].versions[1].fallbacks[points]";
    let lost = world
        .replace("BEYOND", "beyond = \"reject\"")
        .replace("from = \"credits\"\nto = \"points\"", "from = \"points\"\nto = \"credits\"");
    assert_eq!(errors(&lost), [at]);
    let overdrawn = world.replace("BEYOND", "beyond = \"overdraft\", overdraft_limit = \"5\"");
    assert!(errors(&overdrawn).iter().any(|path| path == at));
}

/// An event as the ledger would say it: without a lot where less than a step was paid.
fn posted(
    event: u32,
    calls: &str,
    (units, unit): (&str, Option<&str>),
    lot: Option<&str>,
) -> Value {
    let mut draw = json!({ "units": units, "quantity": calls,
        "rate": { "card": "card", "version": 1, "row": "any" } });
    if let Some(unit) = unit {
        draw["unit"] = unit.into();
    }
    if let Some(lot) = lot {
        draw["lot"] = lot.into();
    }
    let event = json!({ "key": format!("event-{event}"), "meter": "llm", "quantity": calls,
        "dimensions": { "model": "m" }, "occurred_at": "2026-01-05T10:00:00Z" });
    json!({ "event": event, "draws": [draw] })
}

#[test]
fn what_another_unit_paid_is_not_taken_back_even_if_it_was_less_than_a_step() {
    let mut books = Books::of(
        &WORLD
            .replace("0.037", "0.001")
            .replace("BEYOND", "beyond = \"reject\"")
            .replace("LIMITS", ""),
    );
    books.grant("pack", "5");
    books.grant("balance", "1.00");
    books.uses(5, "5", "m").unwrap();
    // 0.001 EUR of the balance, then 0.021 in all.
    books.uses(5, "1", "m").unwrap();
    books.uses(5, "20", "m").unwrap();
    assert_eq!(books.left().0, [0, 98, 0]);
    let before = books.book().clone();
    let balance = books.book().lots[1].id.to_string();
    for (posted, key) in [
        (posted(3, "1", ("0", Some("EUR")), None), "event-3"),
        (posted(4, "20", ("0.02", None), Some(&balance)), "event-4"),
    ] {
        let reverse = json!({ "customer": "acme", "keys": [key], "posted": [posted],
            "reason": "wrong" });
        let refused = books.run("reverse_usage", "2026-01-06T00:00:00Z", &reverse).unwrap_err();
        let says = format!("what event {key} would give back was paid in EUR");
        assert!(refused.to_string().contains(&says), "{refused}");
        assert_eq!(*books.book(), before);
    }
    // What the pack paid goes back to it.
    let pack = books.book().lots[0].id.to_string();
    let own = posted(2, "5", ("5", None), Some(&pack));
    let reverse = json!({ "customer": "acme", "keys": ["event-2"], "posted": [own],
        "reason": "wrong" });
    books.run("reverse_usage", "2026-01-06T00:00:00Z", &reverse).unwrap();
    assert_eq!(books.left().0, [50, 98, 0]);
}

proptest! {
    /// Whatever is used: every entry balances, every lot conserves its units, revenue is what the lots
    /// released, and what the balance gave is the rounded cumulative worth of what it paid for.
    #[test]
    fn nothing_is_lost_between_units(
        (pack, balance, points) in (1_i64..300, 0_i64..300, 1_i64..300),
        events in prop::collection::vec(1_i64..120, 1..12),
    ) {
        let mut books = Books::new("beyond = \"overage\"", "");
        for (wallet, units) in [
            ("pack", format!("{}.{}", pack / 10, pack % 10)),
            ("balance", format!("{}.{:02}", balance / 100, balance % 100)),
            ("points", points.to_string()),
        ] {
            if units.contains(|c: char| ('1'..='9').contains(&c)) {
                books.grant(wallet, &units);
            }
        }
        let (mut charged, mut given) = (0, [0_i64; 3]);
        for quantity in events {
            let before = books.left();
            let applied = books.uses(5, &quantity.to_string(), "m").unwrap();
            charged += quantity * 10;
            let after = books.left();
            for (sum, (b, a)) in given.iter_mut().zip(before.0.iter().zip(after.0)) {
                *sum += b - a;
            }
            let revenue: i64 = applied.entries.iter().flat_map(|e| &e.body.postings)
                .filter(|p| matches!(p.account, Account::RevenueUsage | Account::RevenueOverage))
                .map(|p| -p.amount.steps()).sum();
            let released: i64 = applied.entries.iter().flat_map(|e| &e.body.postings)
                .filter(|p| p.account == Account::ClPurchased).map(|p| p.amount.steps()).sum();
            prop_assert_eq!(revenue, released + after.1 - before.1);
            for entry in &applied.entries {
                entry.body.check().unwrap();
            }
        }
        for lot in &books.book().lots {
            prop_assert!(lot.conserves());
        }
        // In tenths of credits: what each paid for, and what was overage at 0.05.
        let covered = given[0] + given[2];
        let balance_for = charged - covered;
        let (_, unbilled) = books.left();
        if unbilled == 0 && given[1] < balance {
            // 0.037 EUR a credit are 0.37 cents a tenth.
            prop_assert_eq!(given[1], (balance_for * 37 + 50) / 100);
        }
    }
}
