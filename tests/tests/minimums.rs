//! The least that a rate, or a card, charges in a billing period, and its true-up.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use proptest::prelude::*;
use scrip_testkit::Ledger;
use scrip_testkit::ledger::Refused;
use serde_json::{Value, json};

/// A card in a unit with two rows, `a` and `b`; versions are a test's own.
fn world(unit: &str, versions: &str, customer: &str) -> String {
    format!(
        r#"format = "scrip-config/1"
entity = {{ code = "us", name = "Example", currency = "USD", time_zone = "America/New_York" }}
units = [
    {{ code = "credits", kind = "credit", scale = 2 }},
    {{ code = "calls", kind = "usage" }},
]
meters = [{{ code = "a", unit = "calls" }}, {{ code = "b", unit = "calls" }}]
customers = [{{ code = "acme", {customer} }}]

[[wallet_types]]
code = "std"
unit = "{unit}"
versions = [{{ version = 1, effective_at = "2026-01-01", beyond = "overage" }}]

[[rate_cards]]
code = "list"
unit = "{unit}"
versions = [{versions}]
"#
    )
}

fn version(number: u32, from: &str, more: &str, rows: &[&str]) -> String {
    let rows: String = rows.iter().map(|row| format!("{{ {row} }},")).collect();
    format!(r#"{{ version = {number}, effective_at = "{from}", {more} rates = [{rows}] }},"#)
}

fn row(code: &str, price: &str, more: &str) -> String {
    format!(r#"code = "{code}", meter = "{code}", model = "per_unit", price = "{price}"{more}"#)
}

struct Books(Ledger, u32);

impl Books {
    fn new(document: &str) -> Self {
        Self(Ledger::open(document).unwrap(), 0)
    }

    fn run(&mut self, op: &str, at: &str, members: &Value) -> usize {
        self.1 += 1;
        let id = format!("op-{}", self.1);
        let mut value = json!({ "op": op, "id": id, "at": at, "actor": "ana" });
        for (name, member) in members.as_object().unwrap() {
            value[name] = member.clone();
        }
        match self.0.apply(&value.to_string()) {
            Ok(applied) => applied.entries.len(),
            Err(Refused::Rejected(why) | Refused::Broken(why)) => panic!("{why}"),
        }
    }

    fn burn(&mut self, at: &str, (meter, quantity): (&str, u32), occurred: &str) {
        let event = json!({ "key": format!("k{}", self.1), "meter": meter,
            "quantity": quantity.to_string(), "occurred_at": occurred });
        self.run("record_usage", at, &json!({ "customer": "acme", "events": [event] }));
    }

    /// What a sweep trues up: day, and the lines in money.
    fn sweep(&mut self, at: &str) -> Vec<String> {
        let before = self.0.entries.len();
        self.run("run_schedule", at, &json!({}));
        self.0.entries[before..].iter().map(shown).collect()
    }

    fn true_ups(&self) -> i64 {
        let entries = self.0.entries.iter().filter(|e| e.body.kind.code() == "true_up");
        let postings = entries.flat_map(|entry| &entry.body.postings);
        let earned = postings.filter(|posting| posting.account.number() == "4010");
        -earned.map(|posting| posting.amount.steps()).sum::<i64>()
    }
}

fn shown(entry: &scrip_journal::Entry) -> String {
    let lines = entry.body.postings.iter().map(|posting| {
        let rate = posting.rate.as_ref().map_or(String::new(), |r| format!(" {}", r.rate));
        format!("{} {}{rate}", posting.account.number(), posting.amount.to_decimal_string())
    });
    format!("{}: {}", entry.body.booked_on, lines.collect::<Vec<_>>().join(", "))
}

#[test]
fn what_is_missing_when_the_billing_period_ends_is_trued_up() {
    let rows = [row("a", "1", r#", minimum = "10""#), row("b", "2", r#", minimum = "4""#)];
    let one = version(1, "2026-01-01", "", &[&rows[0], &rows[1]]);
    let mut books = Books::new(&world("USD", &one, "billing_day = 15"));
    books.burn("2026-01-20T12:00:00Z", ("a", 4), "2026-01-20T12:00:00Z");
    // 14 February in New York still: the period from 15 January is not over.
    books.burn("2026-02-15T04:59:59Z", ("b", 3), "2026-02-15T04:59:59Z");
    assert_eq!(books.sweep("2026-02-15T04:59:59.9Z"), Vec::<String>::new());
    assert_eq!(books.sweep("2026-02-15T05:00:00Z"), ["2026-02-14: 1110 6.00, 4010 -6.00 a"]);
    // Nothing was used in the next one: it owes no minimum. Usage of quantity 0 is use.
    assert_eq!(books.sweep("2026-03-16T00:00:00Z"), Vec::<String>::new());
    books.burn("2026-03-20T12:00:00Z", ("b", 0), "2026-03-20T12:00:00Z");
    assert_eq!(books.sweep("2026-06-01T00:00:00Z"), ["2026-04-14: 1110 4.00, 4010 -4.00 b"]);
    assert_eq!(books.0.replay().unwrap().entries, books.0.entries);
}

#[test]
fn the_minimum_of_a_card_counts_what_its_rows_charge_and_are_trued_up() {
    let rows = [row("a", "1", r#", minimum = "10""#), row("b", "2", "")];
    let one = version(1, "2026-01-01", r#"minimum = "25","#, &[&rows[0], &rows[1]]);
    let mut books = Books::new(&world("USD", &one, ""));
    books.burn("2026-01-20T12:00:00Z", ("a", 4), "2026-01-20T12:00:00Z");
    books.burn("2026-01-21T12:00:00Z", ("b", 3), "2026-01-21T12:00:00Z");
    // 4 + 6, and 6 of row b: 9 are missing.
    let want = "2026-01-31: 1110 15.00, 4010 -6.00 a, 4010 -9.00";
    assert_eq!(books.sweep("2026-03-01T00:00:00Z"), [want]);
}

#[test]
fn missing_credits_are_claimed_at_the_overage_price() {
    let rows = [row("a", "1", r#", minimum = "10""#)];
    let overage = r#"overage = { currency = "USD", price = "1", per = "3" },"#;
    let one = version(1, "2026-01-01", overage, &[&rows[0]]);
    let mut books = Books::new(&world("credits", &one, ""));
    // A gift counts: it is the charge that has a minimum, whoever pays it.
    let gift = json!({ "customer": "acme", "wallet": "std", "units": "3", "kind": "promotional" });
    books.run("grant_credits", "2026-01-02T12:00:00Z", &gift);
    books.burn("2026-01-20T12:00:00Z", ("a", 5), "2026-01-20T12:00:00Z");
    assert_eq!(books.sweep("2026-03-01T00:00:00Z"), ["2026-01-31: 1110 1.67, 4010 -1.67 a"]);
}

#[test]
fn usage_that_comes_after_the_true_up_corrects_it_while_its_period_is_open() {
    let rows = [row("a", "1", r#", minimum = "10""#)];
    let mut books = Books::new(&world("USD", &version(1, "2026-01-01", "", &[&rows[0]]), ""));
    books.burn("2026-01-20T12:00:00Z", ("a", 4), "2026-01-20T12:00:00Z");
    assert_eq!(books.sweep("2026-02-02T00:00:00Z"), ["2026-01-31: 1110 6.00, 4010 -6.00 a"]);
    books.burn("2026-02-03T12:00:00Z", ("a", 2), "2026-01-25T12:00:00Z");
    assert_eq!(books.sweep("2026-02-04T00:00:00Z"), ["2026-01-31: 1110 -2.00, 4010 2.00 a"]);
    books.burn("2026-02-05T12:00:00Z", ("a", 9), "2026-01-26T12:00:00Z");
    assert_eq!(books.sweep("2026-02-06T00:00:00Z"), ["2026-01-31: 1110 -4.00, 4010 4.00 a"]);
    assert_eq!(books.sweep("2026-02-07T00:00:00Z"), Vec::<String>::new());
    // Closed, usage of January counts in February; and a sweep that is late still knows January.
    books.burn("2026-02-08T12:00:00Z", ("a", 1), "2026-02-08T12:00:00Z");
    books.run("close_period", "2026-03-01T12:00:00Z", &json!({ "through": "2026-02-28" }));
    books.burn("2026-03-02T12:00:00Z", ("a", 3), "2026-02-20T12:00:00Z");
    assert_eq!(books.sweep("2026-03-03T00:00:00Z"), ["2026-03-01: 1110 9.00, 4010 -9.00 a"]);
    assert!(books.0.entries.last().unwrap().late);
    assert_eq!(books.sweep("2026-04-02T00:00:00Z"), ["2026-03-31: 1110 7.00, 4010 -7.00 a"]);
}

#[test]
fn the_latest_version_that_priced_the_row_says_the_minimum() {
    let one = version(1, "2026-01-01", "", &[&row("a", "1", "")]);
    let two = version(2, "2026-01-15", "", &[&row("a", "2", r#", minimum = "20""#)]);
    let early = ("2026-01-10T12:00:00Z", ("a", 4), "2026-01-10T12:00:00Z");
    let late = ("2026-01-20T12:00:00Z", ("a", 3), "2026-01-20T12:00:00Z");
    for order in [[early, late], [late, ("2026-01-21T12:00:00Z", early.1, early.2)]] {
        let mut books = Books::new(&world("USD", &(one.clone() + &two), ""));
        order.into_iter().for_each(|(at, what, occurred)| books.burn(at, what, occurred));
        assert_eq!(books.sweep("2026-03-01T00:00:00Z"), ["2026-01-31: 1110 10.00, 4010 -10.00 a"]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever arrives when and whenever a sweep runs, the periods are charged their minima.
    #[test]
    fn the_sum_depends_on_what_was_used_and_not_on_when_it_came(
        (of_row, of_card) in (1_u32..60, 1_u32..120),
        days in prop::collection::vec((1_u32..29, any::<bool>(), 0_u32..15), 1..12),
        moves in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..12),
        sweeps in prop::collection::vec(any::<bool>(), 12),
    ) {
        let rows = [row("a", "1", &format!(r#", minimum = "{of_row}""#)), row("b", "2", "")];
        let card = version(1, "2026-01-01", &format!(r#"minimum = "{of_card}","#), &[&rows[0], &rows[1]]);
        let mut books = Books::new(&world("USD", &card, ""));
        let mut arrive = days.clone();
        for (one, other) in moves {
            arrive.swap(one.index(days.len()), other.index(days.len()));
        }
        for (hour, ((day, is_a, quantity), sweep)) in arrive.iter().zip(sweeps).enumerate() {
            let at = format!("2026-02-02T{hour:02}:00:00Z");
            let meter = if *is_a { "a" } else { "b" };
            books.burn(&at, (meter, *quantity), &format!("2026-01-{day:02}T12:00:00Z"));
            if sweep {
                books.sweep(&format!("2026-02-02T{hour:02}:30:00Z"));
            }
        }
        books.sweep("2026-02-03T00:00:00Z");
        let of = |is: bool, price: u32| {
            let used = days.iter().filter(|(_, a, _)| *a == is);
            used.map(|(_, _, quantity)| quantity * price).sum::<u32>()
        };
        let (a, b) = (of(true, 1), of(false, 2));
        let top = if days.iter().any(|(_, a, _)| *a) { of_row.saturating_sub(a) } else { 0 };
        let card = of_card.saturating_sub(a + b + top);
        prop_assert_eq!(books.true_ups(), i64::from(top + card) * 100);
        prop_assert_eq!(&books.0.replay().unwrap().entries, &books.0.entries);
    }
}
