//! From purchase to usage to breakage, with the numbers of a page of paper.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_engine::{Applied, Book, Operation, Rejection, apply};
use scrip_journal::Chain;

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
[[units]]
code = "token"
kind = "usage"
[[meters]]
code = "tokens"
unit = "token"
dimensions = [{ name = "model", report = true }]
[[wallet_types]]
code = "std"
unit = "credits"
versions = [{ version = 1, effective_at = "2025-01-01", beyond = "overage" }]
[[wallet_types]]
code = "promo"
unit = "credits"
versions = [{ version = 1, effective_at = "2025-01-01", priority = 10 }]
[[rate_cards]]
code = "card"
unit = "credits"
[[rate_cards.versions]]
version = 1
effective_at = "2025-01-01"
overage = { currency = "EUR", price = "0.10" }
rates = [
  { code = "any", meter = "tokens", model = "per_unit", price = "1", per = "1000" },
  { code = "vol", meter = "tokens", match = { model = "bulk" }, model = "volume", tiers = [{ up_to = "100000", price = "0.001" }, { price = "0.0005" }] },
]
[[customers]]
code = "northwind"
"#;

fn world() -> Book {
    let catalog = Catalog::try_new(toml::from_str(WORLD).unwrap(), 1).unwrap();
    Book::new(Arc::new(catalog)).unwrap()
}

fn run(book: &mut Book, operation: &str) -> Result<Applied, Rejection> {
    let before = book.customers.clone();
    let result = apply(book, &Operation::from_json(operation).unwrap(), None);
    if result.is_err() {
        assert_eq!(book.customers, before, "a rejected operation leaves no trace");
    }
    for customer in book.customers.values() {
        for lot in &customer.lots {
            assert!(lot.conserves(), "{lot:?}");
            assert!(lot.gone() < lot.issued || lot.carrying() == 0, "{lot:?}");
        }
    }
    result
}

fn lines(applied: &Applied) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in &applied.entries {
        lines.push(format!("{} {}", entry.body.booked_on, entry.body.kind));
        for posting in &entry.body.postings {
            let lot = posting.lot.as_ref().map_or(String::new(), |l| format!(" {l}"));
            lines.push(format!("  {} {}{lot}", posting.account, posting.amount));
        }
    }
    lines
}

const BUY: &str = r#"{"op":"grant_credits","id":"buy","at":"2026-01-05T10:00:00Z","actor":"m","customer":"northwind","wallet":"std","units":"100","kind":"purchased","price":{"net":"50.00","tax":"10.50","currency":"EUR"},"settlement":"invoiced","expires_at":"2026-02-01"}"#;

fn usage(id: &str, at: &str, model: &str, tokens: &str) -> String {
    format!(
        r#"{{"op":"record_usage","id":"{id}","at":"{at}","actor":"m","customer":"northwind","events":[{{"key":"{id}","meter":"tokens","quantity":"{tokens}","dimensions":{{"model":"{model}"}}}}]}}"#
    )
}

#[test]
fn a_purchase_burns_runs_over_and_expires() {
    let mut book = world();
    let bought = run(&mut book, BUY).unwrap();
    assert_eq!(
        lines(&bought),
        [
            "2026-01-05 purchase",
            "  units_available 100.00 credits buy",
            "  units_issued -100.00 credits buy",
            "  accounts_receivable 60.50 EUR",
            "  cl_purchased -50.00 EUR buy",
            "  vat_output_payable -10.50 EUR",
        ]
    );
    let used = run(&mut book, &usage("u1", "2026-01-10T00:00:00Z", "opus", "30000")).unwrap();
    assert_eq!(
        lines(&used),
        [
            "2026-01-10 usage",
            "  units_consumed 30.00 credits buy",
            "  revenue_usage -15.00 EUR buy",
            "  units_available -30.00 credits buy",
            "  cl_purchased 15.00 EUR buy",
        ]
    );
    let sweep = r#"{"op":"expire_lots","id":"x","at":"2026-03-01T00:00:00Z","actor":"m"}"#;
    let expired = run(&mut book, sweep).unwrap();
    assert_eq!(
        lines(&expired),
        [
            "2026-02-01 expiry",
            "  units_expired 70.00 credits buy",
            "  units_available -70.00 credits buy",
            "  cl_purchased 35.00 EUR buy",
            "  revenue_breakage -35.00 EUR buy",
        ]
    );
    // Usage of January that arrives after the sweep still belongs to the lot.
    let late = run(&mut book, &usage("u2", "2026-01-31T22:59:59Z", "opus", "10000")).unwrap();
    assert_eq!(
        lines(&late),
        [
            "2026-01-31 usage",
            "  units_consumed 10.00 credits buy",
            "  revenue_usage -5.00 EUR buy",
            "  units_expired -10.00 credits buy",
            "  revenue_breakage 5.00 EUR buy",
        ]
    );
    // One instant later it is February in Amsterdam: overage.
    let over = run(&mut book, &usage("u3", "2026-01-31T23:00:00Z", "opus", "12345")).unwrap();
    assert_eq!(
        lines(&over),
        ["2026-02-01 usage", "  revenue_overage -1.24 EUR", "  unbilled_receivable 1.24 EUR"]
    );
}

#[test]
fn a_lower_volume_price_gives_units_back_to_the_lots_they_came_from() {
    let mut book = world();
    run(&mut book, BUY).unwrap();
    let promo = r#"{"op":"grant_credits","id":"gift","at":"2026-01-05T10:00:00Z","actor":"m","customer":"northwind","wallet":"promo","units":"60","kind":"promotional","expires_at":"never"}"#;
    run(&mut book, promo).unwrap();
    run(&mut book, &usage("u1", "2026-01-10T00:00:00Z", "bulk", "100000")).unwrap();
    let lots = |book: &Book| {
        book.customers.values().next().unwrap().lots.iter().map(|l| l.available).collect::<Vec<_>>()
    };
    assert_eq!(lots(&book), [6000, 0]);
    // 200,000 at 0.0005 are 100.00 credits, as many as were charged; 100,002 are 50.00.
    let back = run(&mut book, &usage("u2", "2026-01-11T00:00:00Z", "bulk", "2")).unwrap();
    assert_eq!(lots(&book), [10_000, 1000]);
    assert!(
        lines(&back).contains(&"  revenue_usage 20.00 EUR buy".to_owned()),
        "{:?}",
        lines(&back)
    );
    run(&mut book, &usage("u3", "2026-01-12T00:00:00Z", "bulk", "99998")).unwrap();
    assert_eq!(lots(&book), [6000, 0]);
}

#[test]
fn the_same_events_posted_in_any_split_give_the_same_balances() {
    let all = ["1", "333", "999", "12345", "7", "1"];
    let balance = |split: usize| {
        let mut book = world();
        run(&mut book, BUY).unwrap();
        for (n, chunk) in all.chunks(split).enumerate() {
            let events: Vec<_> = chunk
                .iter()
                .enumerate()
                .map(|(i, q)| format!(r#"{{"key":"k{n}-{i}","meter":"tokens","quantity":"{q}","dimensions":{{"model":"m"}}}}"#))
                .collect();
            let operation = format!(
                r#"{{"op":"record_usage","id":"o{n}","at":"2026-01-10T00:00:0{n}Z","actor":"m","customer":"northwind","events":[{}]}}"#,
                events.join(",")
            );
            run(&mut book, &operation).unwrap();
        }
        let customer = book.customers.values().next().unwrap();
        (customer.lots[0].available, customer.lots[0].released)
    };
    assert_eq!(balance(1), balance(6));
    assert_eq!(balance(1), balance(2));
    assert_eq!(balance(1), (10_000 - 1369, 684 + 1));
}

#[test]
fn rejections_say_which_record_and_leave_no_trace() {
    let mut book = world();
    run(&mut book, BUY).unwrap();
    for (operation, want) in [
        (BUY.replace("northwind", "nobody"), "there is no customer nobody"),
        (BUY.to_owned(), "already has a lot buy"),
        (BUY.replace(r#""units":"100""#, r#""units":"0""#), "units must be above zero"),
        (BUY.replace(r#""units":"100""#, r#""units":"0.001""#), "more decimals"),
        (BUY.replace("2026-02-01", "2026-01-05"), "expire at or before"),
        (BUY.replace(r#""wallet":"std""#, r#""wallet":"gold""#), "there is no wallet type gold"),
        (BUY.replace("purchased", "promotional").replace("\"buy\"", "\"b2\""), "has no price"),
        (usage("n", "2026-01-10T00:00:00Z", "m", "-1"), "may not be negative"),
        (
            usage("n", "2026-01-10T00:00:00Z", "m", "1").replace("\"tokens\"", "\"minutes\""),
            "no meter minutes",
        ),
    ] {
        let error = run(&mut book, &operation).unwrap_err().to_string();
        assert!(error.contains(want), "{error}");
    }
    run(&mut book, &usage("k", "2026-01-10T00:00:00Z", "m", "5000")).unwrap();
    let again = run(&mut book, &usage("k", "2026-01-10T00:00:00Z", "m", "5000")).unwrap();
    assert_eq!((again.duplicates, again.entries.len()), (1, 0));
    let conflict = run(&mut book, &usage("k", "2026-01-10T00:00:00Z", "m", "6000")).unwrap_err();
    assert!(conflict.to_string().contains("other content"), "{conflict}");
}

#[test]
fn unused_units_are_refunded_at_cost_less_a_fee() {
    // ref-09: 1,000 credits for 100.00, 250 used, 750 refunded less 10 %.
    let mut book = world();
    let buy = BUY
        .replace(r#""units":"100""#, r#""units":"1000""#)
        .replace("50.00", "100.00")
        .replace("10.50", "0")
        .replace("invoiced", "paid");
    run(&mut book, &buy).unwrap();
    run(&mut book, &usage("u", "2026-01-20T00:00:00Z", "m", "250000")).unwrap();
    let refund = r#"{"op":"refund_grant","id":"r","at":"2026-01-25T00:00:00Z","actor":"m","customer":"northwind","lot":"buy","units":"750","fee":"7.50"}"#;
    let refunded = run(&mut book, refund).unwrap();
    assert_eq!(
        lines(&refunded)[3..],
        [
            "  cl_purchased 75.00 EUR buy",
            "  cash_clearing -67.50 EUR",
            "  revenue_other_fees -7.50 EUR"
        ]
    );
    let error = run(&mut book, &refund.replace("\"r\"", "\"r2\"")).unwrap_err().to_string();
    assert!(error.contains("has 0.00 credits left"), "{error}");
}

#[test]
fn a_book_is_the_same_after_writing_and_reading() {
    let mut book = world();
    let mut chain = Chain::default();
    for operation in [BUY.to_owned(), usage("u", "2026-01-20T00:00:00Z", "bulk", "100001")] {
        for entry in run(&mut book, &operation).unwrap().entries {
            chain.follow(&entry).unwrap();
        }
    }
    let customer = book.customers.values().next().unwrap();
    assert_eq!(customer.chain, chain);
    let text = customer.to_json().unwrap();
    let read = scrip_engine::CustomerBook::from_json(&text).unwrap();
    assert_eq!(&read, customer);
    assert_eq!(read.to_json().unwrap(), text);
}
