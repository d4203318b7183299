//! Usage that arrives late, prices that fall in the middle of a period, and amounts at the edge of
//! what fits: what is posted adds up, and nothing is stuck or half done.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;
use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_engine::{Applied, Book, Operation, Rejection, apply};

/// A card of one credit an item, unless `versions` says otherwise.
fn world(versions: &str) -> Book {
    let document = format!(
        r#"
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
scale = 3
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
versions = [{versions}]
[[customers]]
code = "acme"
"#
    );
    let catalog = Catalog::try_new(toml::from_str(&document).unwrap(), 1).unwrap();
    Book::new(Arc::new(catalog)).unwrap()
}

fn version(number: u32, from: &str, rate: &str) -> String {
    format!(
        r#"{{ version = {number}, effective_at = "{from}", overage = {{ currency = "EUR", price = "1" }}, rates = [{{ code = "r", meter = "usage", {rate} }}] }}"#
    )
}

fn one_credit() -> String {
    version(1, "2025-01-01", r#"model = "per_unit", price = "1""#)
}

fn grant(lot: &str, units: &str, net: &str, more: &str) -> String {
    format!(
        r#"{{"op":"grant_credits","id":"{lot}","at":"2026-01-01T00:00:00Z","actor":"m","customer":"acme","wallet":"std","units":"{units}","kind":"purchased","price":{{"net":"{net}","currency":"EUR"}}{more}}}"#
    )
}

fn usage(id: &str, at: &str, items: &str) -> String {
    format!(
        r#"{{"op":"record_usage","id":"{id}","at":"{at}","actor":"m","customer":"acme","events":[{{"key":"{id}","meter":"usage","quantity":"{items}"}}]}}"#
    )
}

fn run(book: &mut Book, operation: &str) -> Result<Applied, Rejection> {
    apply(book, &Operation::from_json(operation).unwrap(), None)
}

/// Balances in cents, debit positive, of the money accounts that are not zero.
fn balances(applied: &[Applied]) -> BTreeMap<&'static str, i64> {
    let mut sums = BTreeMap::new();
    for posting in applied.iter().flat_map(|a| &a.entries).flat_map(|e| &e.body.postings) {
        if posting.amount.unit().code().as_str() == "EUR" {
            *sums.entry(posting.account.code()).or_default() += posting.amount.steps();
        }
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

#[test]
fn late_usage_takes_no_more_from_breakage_than_was_booked() {
    // 0.02 for three credits, all expired; then each is found to have been used in time.
    for (net, cents) in [("0.02", 2), ("0.01", 1), ("1.00", 100)] {
        let mut book = world(&one_credit());
        let until = r#","expires_at":"2026-02-01""#;
        let mut applied = vec![run(&mut book, &grant("lot", "3", net, until)).unwrap()];
        let sweep = r#"{"op":"expire_lots","id":"x","at":"2026-02-01T00:00:00Z","actor":"m"}"#;
        applied.push(run(&mut book, sweep).unwrap());
        for id in ["a", "b", "c"] {
            applied.push(run(&mut book, &usage(id, "2026-01-15T00:00:00Z", "1")).unwrap());
            let so_far = balances(&applied);
            let of = |account| so_far.get(account).copied().unwrap_or(0);
            assert!(of("revenue_breakage") <= 0, "{net} {id}: {so_far:?}");
            assert_eq!(of("revenue_usage") + of("revenue_breakage"), -cents, "{net} {id}");
        }
        let want = BTreeMap::from([("cash_clearing", cents), ("revenue_usage", -cents)]);
        assert_eq!(balances(&applied), want, "{net}");
    }
}

#[test]
fn units_given_back_by_earlier_usage_do_not_expire_in_a_lot_that_began_later() {
    // The lot begins on the 10th and pays on the 15th; usage of the 5th makes all of it cheaper.
    let volume = version(
        1,
        "2025-01-01",
        r#"model = "volume", tiers = [{ up_to = "100", price = "1" }, { price = "0.5" }]"#,
    );
    let mut book = world(&volume);
    let from = r#","effective_at":"2026-01-10","expires_at":"2026-03-01""#;
    run(&mut book, &grant("lot", "100", "10.00", from)).unwrap();
    run(&mut book, &usage("a", "2026-01-15T00:00:00Z", "100")).unwrap();
    run(&mut book, &usage("b", "2026-01-05T00:00:00Z", "2")).unwrap();
    let lot = &book.customers.values().next().unwrap().lots[0];
    assert_eq!((lot.available, lot.consumed, lot.expired), (49, 51, 0));
}

#[test]
fn a_rounding_that_changes_within_the_period_waits_for_usage_to_catch_up() {
    // Rounded up until the 15th, to the nearest from then on: one credit was charged for a tenth.
    let up =
        version(1, "2025-01-01", r#"model = "per_unit", price = "1", rounding = { mode = "up" }"#);
    let nearest = version(2, "2026-01-15", r#"model = "per_unit", price = "1""#);
    let mut book = world(&format!("{up}, {nearest}"));
    run(&mut book, &grant("lot", "100", "10.00", "")).unwrap();
    run(&mut book, &usage("a", "2026-01-10T00:00:00Z", "0.1")).unwrap();
    run(&mut book, &usage("b", "2026-01-20T00:00:00Z", "0.1")).unwrap();
    let available = |book: &Book| book.customers.values().next().unwrap().lots[0].available;
    assert_eq!(available(&book), 99);
    run(&mut book, &usage("c", "2026-01-21T00:00:00Z", "1.4")).unwrap();
    assert_eq!(available(&book), 98);
}

#[test]
fn a_tier_that_looks_back_gives_back_no_more_than_it_can_trace() {
    // Per unit until the 15th, by volume from then on: what was charged per unit is not traced, so
    // the difference waits for usage to catch up.
    let unit = version(1, "2025-01-01", r#"model = "per_unit", price = "1""#);
    let volume = version(
        2,
        "2026-01-15",
        r#"model = "volume", tiers = [{ up_to = "100", price = "1" }, { price = "0.5" }]"#,
    );
    let mut book = world(&format!("{unit}, {volume}"));
    run(&mut book, &grant("lot", "1000", "100.00", "")).unwrap();
    run(&mut book, &usage("a", "2026-01-10T00:00:00Z", "90")).unwrap();
    run(&mut book, &usage("b", "2026-01-20T00:00:00Z", "10")).unwrap();
    run(&mut book, &usage("c", "2026-01-21T00:00:00Z", "20")).unwrap();
    let consumed = |book: &Book| book.customers.values().next().unwrap().lots[0].consumed;
    assert_eq!(consumed(&book), 90);
    run(&mut book, &usage("d", "2026-01-22T00:00:00Z", "80")).unwrap();
    assert_eq!(consumed(&book), 100);
}

#[test]
fn overage_that_was_given_back_whole_is_forgotten() {
    // A credit of overage costs 0.1 cents: four are charged, given back, and charged again. Eight
    // would make a cent.
    let rate = r#"model = "volume", tiers = [{ up_to = "10", price = "1" }, { up_to = "20" }, { flat = "4" }]"#;
    let cheap = version(1, "2025-01-01", rate)
        .replace(r#"price = "1" }, rates"#, r#"price = "0.001" }, rates"#);
    let mut book = world(&cheap);
    let mut applied = Vec::new();
    for (id, items) in [("a", "4"), ("b", "10"), ("c", "10")] {
        applied.push(run(&mut book, &usage(id, "2026-01-10T00:00:00Z", items)).unwrap());
    }
    assert_eq!(balances(&applied), BTreeMap::new());
}

#[test]
fn an_invoice_that_does_not_fit_leaves_no_trace() {
    let mut book = world(&one_credit());
    let invoiced = r#","settlement":"invoiced""#;
    run(&mut book, &grant("one", "1", "50000000000000000.00", invoiced)).unwrap();
    let before = book.customers.clone();
    let two = grant("two", "1", "50000000000000000.00", invoiced);
    assert_eq!(run(&mut book, &two), Err(Rejection::Overflow));
    assert_eq!(book.customers, before);
}

#[test]
fn overage_is_given_back_at_the_price_at_which_it_was_charged() {
    let volume = |number, from, price| {
        let rate =
            r#"model = "volume", tiers = [{ up_to = "100", price = "1" }, { price = "0.5" }]"#;
        version(number, from, rate)
            .replace("price = \"1\" }, rates", &format!("price = \"{price}\" }}, rates"))
    };
    let cheap = volume(1, "2025-01-01", "0.10");
    let dear = volume(2, "2026-01-15", "1.00");
    let mut book = world(&format!("{cheap}, {dear}"));
    let first = run(&mut book, &usage("u1", "2026-01-10T00:00:00Z", "100")).unwrap();
    // One more item makes all of them half as dear, 51 in whole credits: 49 come back, at the 0.10
    // that was charged for them.
    let second = run(&mut book, &usage("u2", "2026-01-20T00:00:00Z", "1")).unwrap();
    assert_eq!(balances(&[first])["unbilled_receivable"], 1000);
    assert_eq!(balances(&[second])["unbilled_receivable"], -490);
}

#[test]
fn overage_is_given_back_in_the_currency_in_which_it_was_charged() {
    let volume = |number, from, price| {
        let rate =
            r#"model = "volume", tiers = [{ up_to = "100", price = "1" }, { price = "0.5" }]"#;
        version(number, from, rate)
            .replace(r#"currency = "EUR", price = "1" }, rates"#, &format!("{price} }}, rates"))
    };
    let euro = volume(1, "2025-01-01", r#"currency = "EUR", price = "0.105""#);
    let dollar = volume(2, "2026-01-15", r#"currency = "USD", price = "1.003""#);
    let mut book = world(&format!("{euro}, {dollar}"));
    run(&mut book, &usage("u1", "2026-01-10T00:00:00Z", "99")).unwrap();
    // Two in dollars, at 1.003 each: what is left of a cent in euro is none in dollars.
    run(&mut book, &usage("u2", "2026-01-20T00:00:00Z", "1")).unwrap();
    let open = |book: &Book| {
        let customer = book.customers.values().next().unwrap();
        let drafts = customer.drafts.iter();
        let drafts: Vec<_> =
            drafts.map(|((_, code), draft)| (code.to_string(), draft.net())).collect();
        let unbilled = customer.unbilled.iter().map(|(code, steps)| (code.to_string(), *steps));
        let unbilled: Vec<_> = unbilled.filter(|(_, steps)| *steps != 0).collect();
        assert_eq!(drafts, unbilled);
        drafts
    };
    assert_eq!(open(&book), [("EUR".to_owned(), 1040), ("USD".to_owned(), 100)]);
    // One more: 50.5 in whole credits are 51, so 49 come back: one of the dollars, 48 of the euros.
    let back = run(&mut book, &usage("u3", "2026-01-21T00:00:00Z", "1")).unwrap();
    assert_eq!(open(&book), [("EUR".to_owned(), 536)]);
    let posted = back.entries[0].body.postings.iter();
    let posted: Vec<_> = posted
        .map(|p| (p.account.code(), p.amount.unit().code().to_string(), p.amount.steps()))
        .collect();
    assert_eq!(posted.iter().filter(|(_, code, _)| code == "USD").count(), 2, "{posted:?}");
    let rows = &back.detail[0].rows;
    let money: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                back.detail[0].rates[row.rate as usize].currency.unwrap().code().to_string(),
                row.money,
            )
        })
        .collect();
    assert_eq!(money, [("USD".to_owned(), -100), ("EUR".to_owned(), -504)]);
}
