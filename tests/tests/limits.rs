//! Allowances, spend limits and overdrafts at their edges, and in random histories: the laws are
//! checked after every operation.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use proptest::prelude::*;
use scrip_testkit::Ledger;
use scrip_testkit::ledger::Refused;
use serde_json::{Value, json};

/// Two wallet types; `beyond` and customer lines are a test's own.
fn world(beyond: &str, rate: &str, customer: &str) -> String {
    format!(
        r#"format = "scrip-config/1"
[entity]
code = "nl"
name = "Example"
currency = "EUR"
time_zone = "Europe/Amsterdam"
[[units]]
code = "credits"
kind = "credit"
scale = 2
[[units]]
code = "item"
kind = "usage"
scale = 2
[[meters]]
code = "usage"
unit = "item"
[[meters]]
code = "calls"
unit = "item"
[[wallet_types]]
code = "std"
unit = "credits"
versions = [{{ version = 1, effective_at = "2026-01-01", {beyond} }}]
[[rate_cards]]
code = "list"
unit = "credits"
versions = [{{ version = 1, effective_at = "2026-01-01", overage = {{ currency = "EUR", price = "0.5" }}, rates = [{{ code = "use", meter = "usage", {rate} }}] }}]
[[customers]]
code = "acme"
{customer}
"#
    )
}

const PER_UNIT: &str = r#"model = "per_unit", price = "1""#;
const VOLUME: &str =
    r#"model = "volume", tiers = [{ up_to = "10", price = "2" }, { price = "1" }]"#;

struct Books(Ledger, u32);

impl Books {
    fn new(beyond: &str, rate: &str, customer: &str) -> Self {
        Self(Ledger::open(&world(beyond, rate, customer)).unwrap(), 0)
    }

    fn run(&mut self, op: &str, at: &str, members: &Value) -> Result<(), String> {
        self.1 += 1;
        let id = format!("op-{}", self.1);
        let mut value = json!({ "op": op, "id": id, "at": at, "actor": "ana", "customer": "acme" });
        for (name, member) in members.as_object().unwrap() {
            value[name] = member.clone();
        }
        match self.0.apply(&value.to_string()) {
            Ok(_) => Ok(()),
            Err(Refused::Rejected(why)) => Err(why),
            Err(Refused::Broken(why)) => panic!("{why}"),
        }
    }

    fn grant(&mut self, at: &str, units: &str, net: Option<&str>) {
        let mut members = json!({
            "units": units, "wallet": "std", "lot": format!("lot-{at}"),
            "kind": if net.is_some() { "purchased" } else { "promotional" },
        });
        if let Some(net) = net {
            members["price"] = json!({ "net": net, "currency": "EUR" });
        }
        self.run("grant_credits", at, &members).unwrap();
    }

    fn burn(&mut self, at: &str, member: Option<&str>, quantity: &str) -> Result<(), String> {
        let mut event =
            json!({ "key": format!("k{}", self.1), "meter": "usage", "quantity": quantity });
        if let Some(member) = member {
            event["member"] = member.into();
        }
        self.run("record_usage", at, &json!({ "events": [event] }))
    }

    #[track_caller]
    fn entry(&self, want: &str) {
        let entry = self.0.entries.last().unwrap();
        let money =
            |p: &&scrip_journal::Posting| p.account.class() != scrip_journal::AccountClass::Units;
        let lines = entry.body.postings.iter().filter(money);
        let lines: Vec<_> = lines
            .map(|p| format!("{} {}", p.account.number(), p.amount.to_decimal_string()))
            .collect();
        assert_eq!(lines.join(", "), want, "{}", entry.body.memo);
    }
}

#[track_caller]
fn refused(result: Result<(), String>, why: &str) {
    let error = result.unwrap_err();
    assert!(error.contains(why), "{error}");
}

#[test]
fn an_allowance_counts_in_its_window_of_the_zone_and_strands_nothing() {
    let customer = r#"
members = [{ code = "ada", allowances = [{ wallet_type = "std", units = "10", per = "day" }, { wallet_type = "std", units = "15", per = "week" }] }]
teams = [{ code = "lab", members = ["ada", "ben"], allowances = [{ wallet_type = "std", units = "20", per = "lifetime" }] }]
"#;
    let defaults =
        r#"beyond = "overage", allowances = { member = { units = "12", per = "month" } }"#;
    let mut books = Books::new(defaults, PER_UNIT, customer);
    books.grant("2026-01-02T00:00:00Z", "100", None);
    // 2026-01-05 is a Monday; a day begins at 23:00 UTC of the day before.
    books.burn("2026-01-05T22:59:59Z", Some("ada"), "10").unwrap();
    let why = "allowance (member ada: 10.00 credits of std per day)";
    refused(books.burn("2026-01-05T22:59:59.5Z", Some("ada"), "0.01"), why);
    books.burn("2026-01-05T23:00:00Z", Some("ada"), "5").unwrap();
    refused(
        books.burn("2026-01-06T01:00:00Z", Some("ada"), "0.01"),
        "15.00 credits of std per week",
    );
    // Ben has the default of the wallet type, and the team has 5 left.
    refused(
        books.burn("2026-01-06T02:00:00Z", Some("ben"), "12.01"),
        "member ben: 12.00 credits of std per month",
    );
    refused(
        books.burn("2026-01-06T02:00:00Z", Some("ben"), "6"),
        "team lab: 20.00 credits of std for ever",
    );
    books.burn("2026-01-06T02:00:00Z", Some("ben"), "5").unwrap();
    // What they may not use is there for everybody else.
    books.burn("2026-01-06T03:00:00Z", None, "80").unwrap();
    // Overage is not of the pool.
    books.burn("2026-01-12T00:00:00Z", Some("ada"), "50").unwrap();
}

#[test]
fn a_lower_tier_lowers_the_count_of_the_member_whose_event_crosses_it() {
    let customer = r#"members = [{ code = "ada", allowances = [{ wallet_type = "std", units = "20", per = "month" }] }]"#;
    let mut books = Books::new(r#"beyond = "reject""#, VOLUME, customer);
    books.grant("2026-01-02T00:00:00Z", "100", None);
    books.burn("2026-01-05T00:00:00Z", Some("ada"), "10").unwrap();
    // 20 are used. One more makes all of them 1 each: 11 in all, 9 less.
    books.burn("2026-01-05T01:00:00Z", Some("ada"), "1").unwrap();
    refused(
        books.burn("2026-01-05T02:00:00Z", Some("ada"), "9.01"),
        "20.00 credits of std per month",
    );
    books.burn("2026-01-05T02:00:00Z", Some("ada"), "9").unwrap();
}

#[test]
fn spend_limits_count_units_whoever_pays_and_money_beyond_the_wallets() {
    let customer = r#"
spend_limits = [{ unit = "credits", amount = "30", per = "month" }, { unit = "EUR", amount = "4", per = "billing_period" }]
overage_limit = "6"
"#;
    let mut books = Books::new(r#"beyond = "overage", overage_limit = "1""#, PER_UNIT, customer);
    books.grant("2026-01-02T00:00:00Z", "10", None);
    books.burn("2026-01-05T00:00:00Z", None, "18").unwrap();
    books.entry("4030 -4.00, 1110 4.00");
    refused(books.burn("2026-01-05T01:00:00Z", None, "1"), "4.00 EUR per billing period");
    books.grant("2026-01-06T00:00:00Z", "50", None);
    books.burn("2026-01-06T01:00:00Z", None, "12").unwrap();
    refused(
        books.burn("2026-01-06T02:00:00Z", None, "0.01"),
        "spend limit of the customer (30.00 credits per month)",
    );
    books.burn("2026-02-01T02:00:00Z", None, "30").unwrap();
}

#[test]
fn an_overdraft_is_repaid_at_the_cost_of_the_lot() {
    let overdraft = r#"beyond = "overdraft", overdraft_limit = "10""#;
    let mut books = Books::new(overdraft, PER_UNIT, "");
    books.burn("2026-01-05T00:00:00Z", None, "8").unwrap();
    books.entry("4000 -4.00, 1110 4.00");
    refused(books.burn("2026-01-05T01:00:00Z", None, "2.01"), "the overdraft limit is reached");
    refused(
        books.run("invoice_overage", "2026-01-05T02:00:00Z", &json!({ "currency": "EUR" })),
        "above zero",
    );
    // 5 units for 1.00: each cost 0.20, and not the 0.50 that was booked.
    books.grant("2026-01-06T00:00:00Z", "5", Some("1.00"));
    books.entry("1000 1.00, 2000 -1.00, 2000 1.00, 4000 -1.00, 4000 2.50, 1110 -2.50");
    // A gift repays too: what was recognised is taken back.
    books.grant("2026-01-07T00:00:00Z", "10", None);
    books.entry("4000 1.50, 1110 -1.50");
    let book = books.0.book.customers.values().next().unwrap();
    assert!(
        book.overdrawn.is_empty() && book.lots[1].available == 700 && book.lots[1].consumed == 300
    );
}

#[test]
fn a_lower_tier_gives_back_to_the_overdraft_or_to_the_lot_that_repaid_it() {
    let overdraft = r#"beyond = "overdraft", overdraft_limit = "100""#;
    let mut books = Books::new(overdraft, VOLUME, "");
    books.burn("2026-01-05T00:00:00Z", None, "10").unwrap();
    books.grant("2026-01-06T00:00:00Z", "12", Some("12.00"));
    // 8 are still overdrawn; the tier gives 9 back: all of them, and 1 to the lot.
    books.burn("2026-01-07T00:00:00Z", None, "1").unwrap();
    let book = books.0.book.customers.values().next().unwrap();
    assert!(book.overdrawn.is_empty());
    assert_eq!((book.lots[0].available, book.lots[0].consumed), (100, 1100));
}

#[test]
fn what_is_given_back_to_an_overdraft_leaves_the_count_at_the_price_at_which_it_was_booked() {
    let overdraft = r#"beyond = "overdraft", overdraft_limit = "100""#;
    let free = format!(
        r#"}}] }}, {{ version = 2, effective_at = "2026-01-10", overage = {{ currency = "EUR", price = "0" }}, rates = [{{ code = "use", meter = "usage", {VOLUME} }}] }}]
[[customers]]"#
    );
    let world = world(overdraft, VOLUME, "").replace("}] }]\n[[customers]]", &free);
    let mut books = Books(Ledger::open(&world).unwrap(), 0);
    books.burn("2026-01-11T00:00:00Z", None, "8").unwrap();
    // 16 were free; 11 cost 1 each: 5 are given back, by an event of the version with a price.
    books.burn("2026-01-05T00:00:00Z", None, "3").unwrap();
    books.burn("2026-01-12T00:00:00Z", None, "1").unwrap();
    books.entry("");
}

#[test]
fn usage_that_a_wallet_type_does_not_admit_does_not_overdraw_it() {
    let overdraft =
        r#"beyond = "overdraft", overdraft_limit = "10", scope = [{ meter = "calls" }]"#;
    let rate = r#"model = "per_unit", price = "1", wallet_types = ["std"]"#;
    let mut books = Books::new(overdraft, rate, "");
    refused(books.burn("2026-01-05T00:00:00Z", None, "8"), "no wallet covers");
}

#[test]
fn a_wallet_that_an_overdraft_makes_is_topped_up_at_once() {
    let overdraft =
        r#"beyond = "overdraft", overdraft_limit = "10", top_up = { threshold = "0", add = "5" }"#;
    let mut books = Books::new(overdraft, PER_UNIT, "");
    books.burn("2026-01-05T00:00:00Z", None, "3").unwrap();
    let book = books.0.book.customers.values().next().unwrap();
    assert!(book.overdrawn.is_empty());
    assert_eq!((book.lots[0].available, book.lots[0].consumed), (200, 300));
}

#[test]
fn a_lot_that_a_top_up_makes_rolls_over_before_the_next_event_of_the_same_posting() {
    let rolls = r#"beyond = "overage", expiry = { rule = "end_of_billing_period" }, rollover = {}, top_up = { threshold = "0", add = "5" }"#;
    let mut books = Books::new(rolls, PER_UNIT, "");
    books.grant("2026-01-02T00:00:00Z", "1", None);
    let event = |key: &str, at: &str| json!({ "key": key, "meter": "usage", "quantity": "1", "occurred_at": at });
    let events = [event("a", "2026-01-05T00:00:00Z"), event("b", "2026-02-01T00:00:00Z")];
    books.run("record_usage", "2026-02-01T00:00:00Z", &json!({ "events": events })).unwrap();
    let book = books.0.book.customers.values().next().unwrap();
    assert_eq!(book.lots[2].id.as_str(), "std/top-up-1/r1");
    assert_eq!((book.lots[2].available, book.lots[2].consumed), (400, 100));
}

fn amount(cents: u16) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

proptest! {
    #![proptest_config(scrip_testkit::budget(200))]
    #[test]
    fn the_laws_hold_whatever_is_overdrawn(
        volume in any::<bool>(),
        steps in prop::collection::vec((0_u8..8, 1_u16..1500, 1_u16..900, any::<bool>()), 1..40),
    ) {
        let overdraft = r#"beyond = "overdraft", overdraft_limit = "20", expiry = { rule = "after", days = 2 }"#;
        let customer = r#"members = [{ code = "ada", allowances = [{ wallet_type = "std", units = "15", per = "day" }] }]"#;
        let rate = if volume { VOLUME } else { PER_UNIT };
        let mut books = Books::new(overdraft, rate, customer);
        for (number, (what, units, money, flag)) in steps.into_iter().enumerate() {
            let at = format!("2026-01-{:02}T{:02}:00:00Z", 2 + number / 10, 2 * (number % 10));
            match what {
                0..=3 => drop(books.burn(&at, flag.then_some("ada"), &amount(units))),
                4 | 5 => books.grant(&at, &amount(units), flag.then(|| amount(money)).as_deref()),
                6 => {
                    let members = json!({
                        "wallet": "std", "units": format!("-{}", amount(units)), "counter": "concession",
                        "approver": "bob", "reason": "test",
                    });
                    drop(books.run("adjust_balance", &at, &members));
                }
                _ => books.run("expire_lots", &at, &json!({})).unwrap(),
            }
        }
        prop_assert_eq!(scrip_testkit::laws::replays(&books.0), Ok(()));
    }
}
