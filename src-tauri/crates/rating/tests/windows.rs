//! Rates that apply at certain times of the week, as a clock on the entity's wall shows them.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use scrip_catalog::{Catalog, Document};
use scrip_rating::{Rater, Route, Shape};
use scrip_units::Instant;

const CONFIGURATION: &str = r#"
format = "scrip-config/1"
entity = { code = "de", name = "Europe", currency = "EUR", time_zone = "Europe/Berlin" }
units = [{ code = "tokens", kind = "usage" }]
meters = [{ code = "llm", unit = "tokens", dimensions = [{ name = "model" }] }]

[[rate_cards]]
code = "list"
unit = "EUR"
versions = [{ version = 1, effective_at = "2026-01-01", rates = [
    { code = "always", meter = "llm", model = "per_unit", price = "3" },
    { code = "night", meter = "llm", when = { from = "22:00", until = "06:10" }, model = "per_unit", price = "1" },
    { code = "weekend", meter = "llm", when = { weekdays = ["sat", "sun"], from = "06:10", until = "22:00" }, model = "per_unit", price = "2" },
    { code = "large", meter = "llm", match = { model = "large" }, model = "per_unit", price = "9" },
] }]
"#;

fn rater() -> Rater {
    let document = Document::from_toml(CONFIGURATION).unwrap();
    Rater::compile(&Catalog::try_new(document, 1).unwrap()).unwrap()
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// The row that prices usage at an instant, and until when it does.
fn route(rater: &Rater, when: &str, model: Option<&str>) -> (String, Instant) {
    let dimensions = model.iter().map(|model| ("model".into(), (*model).into())).collect();
    let shape = Shape { meter: "llm".parse().unwrap(), dimensions };
    let routing = rater.route(&"acme".parse().unwrap(), &shape, at(when));
    match routing.route {
        Route::Priced { rate, .. } => (rate.rate.to_string(), routing.until),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_row_whose_window_holds_wins_and_a_more_specific_row_wins_over_both() {
    let rater = rater();
    // Friday 16 to Sunday 18 January 2026; Berlin is an hour ahead of UTC.
    for (when, row, until) in [
        ("2026-01-16T12:00:00+01:00", "always", "2026-01-16T22:00:00+01:00"),
        ("2026-01-16T21:59:59.999999+01:00", "always", "2026-01-16T22:00:00+01:00"),
        ("2026-01-16T22:00:00+01:00", "night", "2026-01-17T00:00:00+01:00"),
        ("2026-01-17T06:09:59+01:00", "night", "2026-01-17T06:10:00+01:00"),
        ("2026-01-17T06:10:00+01:00", "weekend", "2026-01-17T22:00:00+01:00"),
        ("2026-01-17T23:00:00+01:00", "night", "2026-01-18T00:00:00+01:00"),
        ("2026-01-19T06:10:00+01:00", "always", "2026-01-19T22:00:00+01:00"),
    ] {
        assert_eq!(route(&rater, when, None), (row.to_owned(), at(until)), "{when}");
    }
    assert_eq!(route(&rater, "2026-01-16T23:00:00+01:00", Some("large")).0, "large");
}

#[test]
fn windows_follow_the_wall_clock_when_clocks_change() {
    let rater = rater();
    // On 29 March 2026 clocks go from 02:00 to 03:00: 06:10 is an hour earlier in UTC.
    assert_eq!(route(&rater, "2026-03-28T05:09:00Z", None).0, "night");
    assert_eq!(route(&rater, "2026-03-28T05:10:00Z", None).0, "weekend");
    assert_eq!(route(&rater, "2026-03-29T04:09:00Z", None).0, "night");
    assert_eq!(route(&rater, "2026-03-29T04:10:00Z", None).0, "weekend");
    // On 25 October they go back from 03:00 to 02:00.
    assert_eq!(route(&rater, "2026-10-25T05:09:00Z", None).0, "night");
    assert_eq!(route(&rater, "2026-10-25T05:10:00Z", None).0, "weekend");
}

#[test]
fn a_route_holds_exactly_as_long_as_it_says() {
    let rater = rater();
    // Walks through a fortnight around each change of clocks, from one end of a route to the next.
    for (start, end) in [
        ("2026-03-22T00:00:00Z", "2026-04-05T00:00:00Z"),
        ("2026-10-18T00:00:00Z", "2026-11-01T00:00:00Z"),
    ] {
        let mut now = at(start);
        let mut minutes: BTreeMap<String, i64> = BTreeMap::new();
        while now < at(end) {
            let (row, until) = route(&rater, &now.to_string(), None);
            assert!(until > now);
            let last = Instant::from_micros(until.micros() - 1).unwrap();
            assert_eq!(route(&rater, &last.to_string(), None).0, row, "{now} to {until}");
            *minutes.entry(row).or_default() += (until.micros() - now.micros()) / 60_000_000;
            now = until;
        }
        assert!(minutes.contains_key("weekend"), "{minutes:?}");
    }
}
