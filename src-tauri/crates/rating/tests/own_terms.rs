//! What is agreed with one customer, and when a new version counts.
#![expect(clippy::unwrap_used, reason = "tests")]

use scrip_catalog::{Catalog, Document};
use scrip_rating::{Counter, Rater, Route, Shape};
use scrip_units::Instant;

const CONFIGURATION: &str = r#"
format = "scrip-config/1"
entity = { code = "de", name = "Europe", currency = "EUR", time_zone = "Europe/Berlin" }
units = [{ code = "tokens", kind = "usage" }]
meters = [{ code = "llm", unit = "tokens", dimensions = [{ name = "model" }] }]

[[rate_cards]]
code = "list"
unit = "EUR"
price_changes = "AT"
versions = [
    { version = 1, effective_at = "2026-01-01", rates = [
        { code = "all", meter = "llm", model = "per_unit", price = "3" },
        { code = "large", meter = "llm", match = { model = "large" }, maximum = "100", model = "graduated",
          tiers = [{ up_to = "10", price = "10", flat = "5" }, { price = "8" }] },
    ] },
    { version = 2, effective_at = "2026-04-01", rates = [
        { code = "all", meter = "llm", model = "per_unit", price = "4" },
    ] },
]

[[customers]]
code = "listed"

[[customers]]
code = "agreed"
overrides = [
    { code = "partner", card = "list", effective_at = "2026-02-01", percent = "-10" },
    { code = "small-fix", card = "list", rate = "all", effective_at = "2026-03-01", until = "2026-05-01", price = "7", per = "2" },
]

[[customers]]
code = "loyal"
billing_day = 5
card_versions = [{ card = "list", version = 1, effective_at = "2026-04-01", until = "2026-06-01" }]

[[customers]]
code = "early"
card_versions = [{ card = "list", version = 2, effective_at = "2026-02-15" }]

[[customers]]
code = "fifteenth"
billing_day = 15
"#;

fn rater(changes: &str) -> Rater {
    let document = Document::from_toml(&CONFIGURATION.replace("AT", changes)).unwrap();
    Rater::compile(&Catalog::try_new(document, 1).unwrap()).unwrap()
}

/// Charge of one token, in cents, and the row's version; then until when that holds.
fn price(rater: &Rater, customer: &str, when: &str) -> (i64, u32, Instant) {
    let shape = Shape { meter: "llm".parse().unwrap(), dimensions: Default::default() };
    let routing = rater.route(&customer.parse().unwrap(), &shape, when.parse().unwrap());
    let Route::Priced { rate, .. } = routing.route else { panic!("{:?}", routing.route) };
    (rate.charge(&Counter::default(), 1).unwrap().0, rate.version, routing.until)
}

#[test]
fn an_override_holds_for_its_time_and_the_one_for_a_row_wins() {
    let rater = rater("at_instant");
    for (when, charge) in [
        ("2026-01-31T23:59:59+01:00", 300),
        ("2026-02-01T00:00:00+01:00", 270),
        ("2026-03-01T00:00:00+01:00", 350),
        ("2026-04-30T23:59:59+02:00", 350),
        ("2026-05-01T00:00:00+02:00", 360),
    ] {
        assert_eq!(price(&rater, "agreed", when).0, charge, "{when}");
        assert_ne!(price(&rater, "listed", when).0, charge.min(299), "{when}");
    }
    let until = price(&rater, "agreed", "2026-02-10T00:00:00Z").2;
    assert_eq!(until.to_string(), "2026-02-28T23:00:00Z");
}

#[test]
fn a_percentage_scales_every_amount_of_the_row_but_its_maximum() {
    let rater = rater("at_instant");
    let dimensions = [("model".into(), "large".into())].into_iter().collect();
    let shape = Shape { meter: "llm".parse().unwrap(), dimensions };
    let charges = |customer: &str| {
        let at = "2026-02-10T00:00:00Z".parse().unwrap();
        let routing = rater.route(&customer.parse().unwrap(), &shape, at);
        let Route::Priced { rate, .. } = routing.route else { panic!() };
        let (first, counter) = rate.charge(&Counter::default(), 5).unwrap();
        let (second, _) = rate.charge(&counter, 100).unwrap();
        (first, second)
    };
    // 5 + 5 x 10 = 55, and the rest of 100; a tenth less of 55 is 49.50.
    assert_eq!(charges("listed"), (5500, 4500));
    assert_eq!(charges("agreed"), (4950, 5050));
}

#[test]
fn a_customer_may_stay_on_a_version_or_get_it_early() {
    let rater = rater("at_instant");
    for (customer, when, version) in [
        ("listed", "2026-03-31T21:59:59Z", 1),
        ("listed", "2026-03-31T22:00:00Z", 2),
        ("loyal", "2026-05-31T21:59:59Z", 1),
        ("loyal", "2026-05-31T22:00:00Z", 2),
        ("early", "2026-02-14T22:59:59Z", 1),
        ("early", "2026-02-14T23:00:00Z", 2),
    ] {
        assert_eq!(price(&rater, customer, when).1, version, "{customer} {when}");
    }
}

#[test]
fn a_new_version_may_wait_for_the_next_billing_period() {
    // KB-VERSION-01: within a period the price stays; it changes at the next period's start.
    let rater = rater("next_period");
    for (customer, when, version) in [
        ("listed", "2026-03-31T22:00:00Z", 2),
        ("fifteenth", "2026-04-01T12:00:00Z", 1),
        ("fifteenth", "2026-04-14T21:59:59Z", 1),
        ("fifteenth", "2026-04-14T22:00:00Z", 2),
        // The card's first version counts although the period began before it.
        ("fifteenth", "2026-01-02T00:00:00Z", 1),
    ] {
        assert_eq!(price(&rater, customer, when).1, version, "{customer} {when}");
    }
}

#[test]
fn an_override_that_cannot_be_kept_exactly_is_an_error_and_never_left_out() {
    let (price, per) = (format!("0.{}1", "0".repeat(27)), "9".repeat(28));
    let text = CONFIGURATION.replace("AT", "at_instant");
    let text =
        text.replace(r#"price = "7", per = "2""#, &format!("price = '{price}', per = '{per}'"));
    let catalog = Catalog::try_new(Document::from_toml(&text).unwrap(), 1).unwrap();
    let (path, _) = Rater::compile(&catalog).unwrap_err();
    assert_eq!(path, "customers[agreed].overrides[small-fix]");
}
