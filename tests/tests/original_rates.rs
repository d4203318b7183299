//! Lots that keep the rates at which they were bought: worked numbers, edges, and the property that
//! `original` charges what `current` does wherever the versions have the same prices.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use proptest::prelude::*;
use scrip_testkit::Ledger;
use scrip_testkit::laws::Applied;
use scrip_testkit::ledger::Refused;
use serde_json::{Value, json};

/// A rate in each of three versions, from the first of January, February and March.
fn world(rates: &str, more: &str, prices: [&str; 3]) -> String {
    let months = ["2026-01-01", "2026-02-01", "2026-03-01"];
    let versions = prices.iter().zip(months).enumerate().map(|(number, (price, from))| {
        format!(
            r#"{{ version = {}, effective_at = "{from}", overage = {{ currency = "EUR", price = "0.10" }}, rates = [{{ code = "use", meter = "llm", {price} }}] }},"#,
            number + 1
        )
    });
    format!(
        r#"format = "scrip-config/1"
entity = {{ code = "nl", name = "Example", currency = "EUR", time_zone = "UTC" }}
units = [
    {{ code = "credits", kind = "credit", scale = 2 }},
    {{ code = "points", kind = "credit", scale = 2 }},
    {{ code = "tokens", kind = "usage" }},
]
meters = [{{ code = "llm", unit = "tokens" }}]
customers = [{{ code = "acme" }}, {{ code = "beta" }}]

[[conversions]]
code = "to-points"
from = "credits"
to = "points"
versions = [{{ version = 1, effective_at = "2026-01-01", factors = [{{ operation = "multiply", factor = "2" }}] }}]

[[wallet_types]]
code = "std"
unit = "credits"
versions = [{{ version = 1, effective_at = "2026-01-01", beyond = "overage", rates = "{rates}", {more} }}]

[[wallet_types]]
code = "other"
unit = "credits"
versions = [{{ version = 1, effective_at = "2026-01-01", beyond = "overage" }}]

[[wallet_types]]
code = "points"
unit = "points"
versions = [{{ version = 1, effective_at = "2026-01-01" }}]

[[rate_cards]]
code = "list"
unit = "credits"
versions = [{}]
"#,
        versions.collect::<String>()
    )
}

struct Books(Ledger, u32);

impl Books {
    fn new(document: &str) -> Self {
        Self(Ledger::open(document).unwrap(), 0)
    }

    fn run(&mut self, op: &str, at: &str, members: &Value) -> Result<Applied, String> {
        self.1 += 1;
        let id = format!("op-{}", self.1);
        let mut value = json!({ "op": op, "id": id, "at": at, "actor": "ana", "customer": "acme" });
        for (name, member) in members.as_object().unwrap() {
            value[name] = member.clone();
        }
        match self.0.apply(&value.to_string()) {
            Ok(applied) => Ok(applied),
            Err(Refused::Rejected(why)) => Err(why),
            Err(Refused::Broken(why)) => panic!("{why}"),
        }
    }

    fn grant(&mut self, at: &str, lot: &str, units: &str) {
        let members = json!({
            "wallet": "std", "lot": lot, "units": units, "kind": "purchased",
            "price": { "net": units, "currency": "EUR" },
        });
        self.run("grant_credits", at, &members).unwrap();
    }

    /// What usage drew: version, quantity and units of each part.
    fn burn(&mut self, at: &str, quantity: &str) -> Vec<String> {
        let event = json!({ "key": format!("k{}", self.1), "meter": "llm", "quantity": quantity });
        let applied = self.run("record_usage", at, &json!({ "events": [event] })).unwrap();
        drawn(&applied)
    }

    fn left(&self, lot: &str) -> i64 {
        let book = self.0.book.customers.values().find(|c| c.customer.as_str() == "acme").unwrap();
        book.lots.iter().find(|l| l.id.as_str() == lot).unwrap().available
    }
}

fn drawn(applied: &Applied) -> Vec<String> {
    let rows = applied.detail.iter().flat_map(|detail| {
        detail.rows.iter().map(|row| {
            let version = detail.rates[row.rate as usize].rate.version;
            let lot = match row.outcome {
                scrip_testkit::laws::Outcome::Drawn { lot: Some(lot) } => {
                    detail.lots[lot as usize].0.to_string()
                }
                other => other.code().to_owned(),
            };
            format!(
                "v{version} {} after {}: {} {lot}",
                row.quantity, row.quantity_before, row.units
            )
        })
    });
    rows.collect()
}

const PER_UNIT: [&str; 3] = [
    r#"model = "per_unit", price = "2", per = "1000""#,
    r#"model = "per_unit", price = "2.5", per = "1000""#,
    r#"model = "per_unit", price = "4", per = "1000""#,
];

fn three_lots(document: &str) -> Books {
    let mut books = Books::new(document);
    books.grant("2026-01-10T00:00:00Z", "jan", "3");
    books.grant("2026-02-10T00:00:00Z", "feb", "5");
    books.grant("2026-03-10T00:00:00Z", "mar", "20");
    books
}

#[test]
fn an_event_over_three_lots_is_priced_at_three_versions() {
    let mut books = three_lots(&world("original", "", PER_UNIT));
    // 10,000 tokens are 20.00 at version 1: 3.00 pay for 1,500 of them. The other 8,500 are 21.25 at
    // version 2: 5.00 pay for 2,000. The last 6,500 are 26.00 at version 3: 20.00 pay for 5,000, and
    // 6.00 of the same price are overage.
    assert_eq!(
        books.burn("2026-04-10T00:00:00Z", "10000"),
        [
            "v1 1500 after 0: 300 jan",
            "v2 2000 after 1500: 500 feb",
            "v3 6500 after 3500: 2000 mar",
            "v3 0 after 3500: 600 overage"
        ]
    );
    let mut current = three_lots(&world("current", "", PER_UNIT));
    assert_eq!(
        current.burn("2026-04-10T00:00:00Z", "5000"),
        ["v3 5000 after 0: 300 jan", "v3 0 after 0: 500 feb", "v3 0 after 0: 1200 mar"]
    );
}

#[test]
fn a_step_of_the_quantity_is_paid_once_however_many_lots_pay_for_it() {
    // A picture costs 40, then 50, then 10 credits, and is one step of its meter.
    let prices = [("40", "50"), ("40", "10")].map(|(first, then)| {
        let price = |price| format!(r#"model = "per_unit", price = "{price}""#);
        [price(first), price(then), price(then)]
    });
    let open = |prices: &[String; 3], lot: &str| {
        let prices = [&*prices[0], &*prices[1], &*prices[2]];
        let mut books = Books::new(&world("original", "", prices));
        books.grant("2026-01-10T00:00:00Z", "jan", lot);
        books.grant("2026-02-10T00:00:00Z", "feb", "500");
        books
    };
    // 15 of 40 pay for less than half of it: it costs the 50 of the next lot, and 15 are paid.
    let mut books = open(&prices[0], "15");
    let drawn = books.burn("2026-04-10T00:00:00Z", "1");
    assert_eq!(drawn, ["v1 0 after 0: 1500 jan", "v2 1 after 0: 3500 feb"]);
    // 25 of 40 pay for more than half: it costs 40, and the next lot gives the rest.
    let mut books = open(&prices[0], "25");
    let drawn = books.burn("2026-04-10T00:00:00Z", "1");
    assert_eq!(drawn, ["v1 1 after 0: 2500 jan", "v1 0 after 0: 1500 feb"]);
    // 15 were given and it costs 10: the next picture is cheaper by the 5.
    let mut books = open(&prices[1], "15");
    let drawn = books.burn("2026-04-10T00:00:00Z", "1");
    assert_eq!(drawn, ["v1 0 after 0: 1500 jan", "v2 1 after 0: 0 drawn"]);
    assert_eq!(books.burn("2026-04-10T01:00:00Z", "1"), ["v2 1 after 1: 500 feb"]);
}

#[test]
fn tiers_packages_and_free_quantity_count_the_quantity_whichever_version_priced_it() {
    let graduated = |low, high| {
        format!(
            r#"model = "graduated", tiers = [{{ up_to = "100", price = "{low}" }}, {{ price = "{high}" }}]"#
        )
    };
    let (one, two) = (graduated("1", "0.5"), graduated("2", "1"));
    let mut books = Books::new(&world("original", "", [&one, &two, &two]));
    books.grant("2026-01-10T00:00:00Z", "jan", "110");
    books.grant("2026-02-10T00:00:00Z", "feb", "500");
    // 100 at 1.00 and 20 at 0.50 for 110.00; then 80 in the second tier of version 2, at 1.00.
    assert_eq!(
        books.burn("2026-04-10T00:00:00Z", "200"),
        ["v1 120 after 0: 11000 jan", "v2 80 after 120: 8000 feb"]
    );
    let free = |price| format!(r#"model = "per_unit", price = "{price}", included = "10""#);
    let (one, two) = (free("1"), free("2"));
    let mut books = Books::new(&world("original", "", [&one, &two, &two]));
    books.grant("2026-01-10T00:00:00Z", "jan", "5");
    books.grant("2026-02-10T00:00:00Z", "feb", "500");
    assert_eq!(
        books.burn("2026-04-10T00:00:00Z", "20"),
        ["v1 15 after 0: 500 jan", "v2 5 after 15: 1000 feb"]
    );
    let package = |price| format!(r#"model = "package", size = "100", price = "{price}""#);
    let (one, two) = (package("10"), package("20"));
    let mut books = Books::new(&world("original", "", [&one, &two, &two]));
    books.grant("2026-01-10T00:00:00Z", "jan", "16");
    books.grant("2026-02-10T00:00:00Z", "feb", "500");
    // 16 pay for two packages of 10 rather than for one; the third is of version 2.
    assert_eq!(
        books.burn("2026-04-10T00:00:00Z", "250"),
        ["v1 200 after 0: 1600 jan", "v2 50 after 200: 2400 feb"]
    );
}

#[test]
fn the_rate_is_that_of_the_day_on_which_the_lot_was_bought() {
    let mut books = Books::new(&world("original", "", PER_UNIT));
    let bought = |effective: &str| {
        json!({ "wallet": "std", "lot": effective, "units": "2", "kind": "purchased",
                "effective_at": effective, "price": { "net": "2", "currency": "EUR" } })
    };
    // Bought in January for February: January. Recorded in March, effective in February: February.
    let jan = bought("2026-02-05T00:00:00Z");
    books.run("grant_credits", "2026-01-10T00:00:00Z", &jan).unwrap();
    let feb = bought("2026-02-20T00:00:00Z");
    books.run("grant_credits", "2026-03-10T00:00:00Z", &feb).unwrap();
    let drawn = books.burn("2026-04-10T00:00:00Z", "1800");
    assert_eq!(
        drawn,
        [
            "v1 1000 after 0: 200 2026-02-05T00:00:00Z",
            "v2 800 after 1000: 200 2026-02-20T00:00:00Z"
        ]
    );
}

#[test]
fn what_is_held_is_what_the_capture_draws() {
    let mut books = three_lots(&world("original", "", PER_UNIT));
    let hold = json!({ "hold": "job", "usage": { "meter": "llm", "quantity": "5000" } });
    books.run("place_hold", "2026-04-10T00:00:00Z", &hold).unwrap();
    // 3.00 for 1,500, 5.00 for 2,000, and 6.00 for 1,500.
    assert_eq!((books.left("jan"), books.left("feb"), books.left("mar")), (0, 0, 1400));
    let event = json!({ "key": "k", "meter": "llm", "quantity": "5000" });
    let capture = json!({ "hold": "job", "events": [event] });
    let applied = books.run("capture_hold", "2026-04-10T01:00:00Z", &capture).unwrap();
    assert_eq!(
        drawn(&applied),
        ["v1 1500 after 0: 300 jan", "v2 2000 after 1500: 500 feb", "v3 1500 after 3500: 600 mar"]
    );
    assert!(books.0.book.customers.values().all(|customer| customer.holds.is_empty()));

    let policy = r#"holds = { capture_above = "reject" }"#;
    let mut books = three_lots(&world("original", policy, PER_UNIT));
    books.run("place_hold", "2026-04-10T00:00:00Z", &hold).unwrap();
    let event = json!({ "key": "k", "meter": "llm", "quantity": "5010" });
    let capture = json!({ "hold": "job", "events": [event] });
    let why = books.run("capture_hold", "2026-04-10T01:00:00Z", &capture).unwrap_err();
    assert!(why.contains("14.00"), "{why}");
}

#[test]
fn units_that_move_keep_the_rate_of_the_lot_they_come_from() {
    let policy = r#"expiry = { rule = "after", months = 2 }, rollover = { fraction = "1" }"#;
    let mut books = Books::new(&world("original", policy, PER_UNIT));
    books.grant("2026-01-10T00:00:00Z", "jan", "10");
    let moved =
        json!({ "lot": "jan", "units": "4", "to_wallet": "other", "to_wallet_type": "other" });
    books.run("transfer_units", "2026-02-10T00:00:00Z", &moved).unwrap();
    let moved =
        json!({ "lot": "jan", "units": "2", "to_wallet": "points", "to_wallet_type": "points" });
    books.run("convert_units", "2026-02-11T00:00:00Z", &moved).unwrap();
    books.run("run_schedule", "2026-03-20T00:00:00Z", &json!({})).unwrap();
    let book = books.0.book.customers.values().next().unwrap();
    let bought = book.lots[0].rates_as_of;
    assert!(bought.is_some() && book.lots.len() == 4, "{:?}", book.lots);
    assert!(book.lots.iter().all(|lot| lot.rates_as_of == bought));
    let drawn = books.burn("2026-04-01T00:00:00Z", "1000");
    assert!(drawn.iter().all(|row| row.starts_with("v1 ")), "{drawn:?}");
}

fn price() -> impl Strategy<Value = String> {
    let rounding = prop_oneof![
        3 => Just(String::new()),
        1 => Just(r#", rounding = { on = "event" }"#.to_owned()),
        1 => Just(r#", rounding = { mode = "up", step = "0.05" }"#.to_owned()),
        1 => Just(r#", rounding = { on = "event", mode = "down", step = "0.10" }"#.to_owned()),
    ];
    let limits = prop_oneof![
        3 => Just(String::new()),
        1 => (1_u32..3000).prop_map(|free| format!(r#", included = "{free}""#)),
        1 => (1_u32..60).prop_map(|most| format!(r#", maximum = "{most}""#)),
    ];
    let model = prop_oneof![
        (1_u32..9000, 1_u32..2000)
            .prop_map(|(price, per)| format!(r#"model = "per_unit", price = "{price}", per = "{per}00""#)),
        (1_u32..900, 1_u32..500)
            .prop_map(|(size, price)| format!(r#"model = "package", size = "{size}", price = "0.{price:03}""#)),
        (1_u32..3000, 0_u32..900, 0_u32..900, 0_u32..300).prop_map(|(bound, low, high, flat)| format!(
            r#"model = "graduated", tiers = [{{ up_to = "{bound}", price = "0.{low:04}" }}, {{ price = "0.{high:04}", flat = "0.{flat:03}" }}]"#
        )),
    ];
    (model, limits, rounding).prop_map(|(model, limits, rounding)| model + &limits + &rounding)
}

fn cents(steps: u32) -> String {
    format!("{}.{:02}", steps / 100, steps % 100)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn original_charges_what_current_does_where_the_versions_have_one_price(
        price in price(),
        lots in prop::collection::vec((1_u32..3, 1_u32..3000), 1..6),
        events in prop::collection::vec(1_u32..4000, 1..12),
    ) {
        let run = |rates: &str| {
            let mut books = Books::new(&world(rates, "", [&*price, &*price, &*price]));
            for (number, (month, units)) in lots.iter().enumerate() {
                let at = format!("2026-0{month}-1{number}T00:00:00Z");
                books.grant(&at, &format!("lot-{number}"), &cents(*units));
            }
            for (hour, quantity) in events.iter().enumerate() {
                books.burn(&format!("2026-03-10T{hour:02}:00:00Z"), &quantity.to_string());
            }
            let again = books.0.replay().unwrap();
            assert_eq!(again.entries, books.0.entries);
            let book = books.0.book.customers.values().next().unwrap();
            let lots: Vec<_> =
                book.lots.iter().map(|lot| (lot.available, lot.consumed, lot.released)).collect();
            let counters: Vec<_> =
                book.counters.iter().map(|(key, counter)| (key.clone(), counter.fixed)).collect();
            (lots, counters, books.0.money(None))
        };
        prop_assert_eq!(run("current"), run("original"));
    }

    #[test]
    fn the_laws_hold_whatever_lots_honour(
        prices in [price(), price(), price()],
        lots in prop::collection::vec((1_u32..4, 1_u32..3000), 1..8),
        events in prop::collection::vec(0_u32..4000, 1..14),
    ) {
        let mut books = Books::new(&world("original", "", [&*prices[0], &*prices[1], &*prices[2]]));
        for (number, (month, units)) in lots.iter().enumerate() {
            let at = format!("2026-0{month}-1{number}T00:00:00Z");
            books.grant(&at, &format!("lot-{number}"), &cents(*units));
        }
        for (hour, quantity) in events.iter().enumerate() {
            let at = format!("2026-04-1{}T{hour:02}:00:00Z", hour % 7);
            books.burn(&at, &quantity.to_string());
        }
        // No lot is stranded: usage beyond a lot begins when it is empty.
        let book = books.0.book.customers.values().next().unwrap();
        if book.unbilled.values().any(|money| *money > 0) {
            prop_assert!(book.lots.iter().all(|lot| lot.available == 0));
        }
        prop_assert_eq!(&books.0.replay().unwrap().entries, &books.0.entries);
    }
}
