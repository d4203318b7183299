//! Alerts: each is told of once for each time its condition begins, at the instant it is seen.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_engine::{Book, Operation, apply};

fn book(alerts: &str) -> Book {
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
[[meters]]
code = "usage"
unit = "item"
[[wallet_types]]
code = "std"
unit = "credits"
versions = [{{ version = 1, effective_at = "2025-01-01", alerts = [{alerts}] }}]
[[rate_cards]]
code = "card"
unit = "credits"
versions = [{{ version = 1, effective_at = "2025-01-01", rates = [
  {{ code = "r", meter = "usage", model = "per_unit", price = "1" }} ] }}]
[[customers]]
code = "acme"
"#
    );
    let catalog = Catalog::try_new(toml::from_str(&document).unwrap(), 1).unwrap();
    Book::new(Arc::new(catalog)).unwrap()
}

/// Runs an operation and gives the alerts it raised: `code at figure`.
fn run(book: &mut Book, operation: &str, figure: &str) -> Vec<String> {
    let applied = apply(book, &Operation::from_json(operation).unwrap(), None).unwrap();
    let text = |alert: &scrip_engine::AlertFact| {
        let figure = alert.figures.get(figure).cloned().unwrap_or_default();
        format!("{} {} {figure}", alert.code, alert.at)
    };
    applied.alerts.iter().map(text).collect()
}

fn grant(lot: &str, at: &str, units: &str, until: &str) -> String {
    format!(
        r#"{{"op":"grant_credits","id":"{lot}","at":"{at}T00:00:00Z","actor":"m","customer":"acme","wallet":"std","units":"{units}","kind":"promotional","expires_at":"{until}"}}"#
    )
}

fn used(id: &str, at: &str, items: &str) -> String {
    format!(
        r#"{{"op":"record_usage","id":"{id}","at":"{at}T12:00:00Z","actor":"m","customer":"acme","events":[{{"key":"{id}","meter":"usage","quantity":"{items}"}}]}}"#
    )
}

fn sweep(id: &str, at: &str) -> String {
    format!(r#"{{"op":"run_schedule","id":"{id}","at":"{at}T00:00:00Z","actor":"m"}}"#)
}

#[test]
fn a_low_balance_is_told_of_once_until_it_has_recovered() {
    let mut book =
        book(r#"{ code = "low", below = "100" }, { code = "fifth", below_percent = "20" }"#);
    let figure = "available";
    assert!(run(&mut book, &grant("a", "2026-01-01", "500", "never"), figure).is_empty());
    assert!(
        run(&mut book, &used("u1", "2026-01-02", "400"), figure).is_empty(),
        "100 is not below"
    );
    let seen = run(&mut book, &used("u2", "2026-01-03", "1"), figure);
    assert_eq!(seen, ["low 2026-01-03T12:00:00Z 99", "fifth 2026-01-03T12:00:00Z 99"]);
    assert!(run(&mut book, &used("u3", "2026-01-04", "1"), figure).is_empty(), "once");
    assert!(
        run(&mut book, &grant("b", "2026-01-05", "2", "never"), figure).is_empty(),
        "100 of 502"
    );
    let seen = run(&mut book, &used("u4", "2026-01-06", "1"), figure);
    assert_eq!(seen, ["low 2026-01-06T12:00:00Z 99"], "again, but the percentage never recovered");
    // An operation of an earlier day does not turn time back.
    assert!(run(&mut book, &grant("c", "2026-01-02", "5", "never"), figure).is_empty());
    let seen = run(&mut book, &used("u5", "2026-01-03", "10"), figure);
    assert_eq!(seen, ["low 2026-01-06T12:00:00Z 94", "fifth 2026-01-06T12:00:00Z 94"]);
}

/// The lot that ends was used up, but what was granted in it counted.
#[test]
fn a_percentage_is_looked_at_when_a_lot_ends_that_was_used_up() {
    let mut book = book(r#"{ code = "fifth", below_percent = "20" }"#);
    let figure = "granted";
    run(&mut book, &grant("a", "2026-01-01", "100", "2026-02-01"), figure);
    run(&mut book, &grant("b", "2026-01-01", "100", "never"), figure);
    let seen = run(&mut book, &used("u1", "2026-01-10", "170"), figure);
    assert_eq!(seen, ["fifth 2026-01-10T12:00:00Z 200"]);
    assert!(run(&mut book, &sweep("s1", "2026-03-01"), figure).is_empty(), "30 of 100");
    let seen = run(&mut book, &used("u2", "2026-03-02", "15"), figure);
    assert_eq!(seen, ["fifth 2026-03-02T12:00:00Z 100"], "it was seen not to hold");
}

#[test]
fn time_does_not_run_backwards_when_a_version_without_alerts_was_in_force() {
    let mut document = book(r#"{ code = "low", below = "100" }"#).catalog.document().clone();
    let versions = &mut document.wallet_types[0].versions;
    let mut without = versions[0].clone();
    without.version = 2;
    without.alerts.clear();
    without.effective_at = toml::from_str::<std::collections::BTreeMap<String, _>>(
        r#"at = "2026-02-01""#,
    )
    .unwrap()["at"];
    versions.push(without);
    let mut book = Book::new(Arc::new(Catalog::try_new(document, 1).unwrap())).unwrap();
    run(&mut book, &grant("a", "2026-01-01", "500", "never"), "available");
    run(&mut book, &used("u1", "2026-02-02", "1"), "available");
    assert!(run(&mut book, &used("u2", "2026-01-03", "450"), "available").is_empty());
}

#[test]
fn each_lot_that_is_about_to_end_is_told_of_when_its_time_comes() {
    let mut book = book(r#"{ code = "ending", expiring_within = { days = 30 } }"#);
    run(&mut book, &grant("a", "2026-01-01", "10", "2026-03-31"), "lot");
    run(&mut book, &grant("b", "2026-01-01", "20", "2026-04-10"), "lot");
    run(&mut book, &grant("c", "2026-01-01", "20", "never"), "lot");
    let customer = book.customers.values().next().unwrap();
    assert_eq!(customer.next_due().unwrap().to_string(), "2026-03-01T00:00:00Z");
    // However late the sweep, each was seen when it was due.
    let seen = run(&mut book, &sweep("s1", "2026-03-20"), "lot");
    assert_eq!(seen, ["ending 2026-03-01T00:00:00Z a", "ending 2026-03-11T00:00:00Z b"]);
    assert!(run(&mut book, &sweep("s2", "2026-03-21"), "lot").is_empty());
}

#[test]
fn a_wallet_that_runs_out_soon_is_told_of_on_the_day_it_becomes_so() {
    let mut book = book(r#"{ code = "dry", runs_out_within = { days = 14 } }"#);
    run(&mut book, &grant("a", "2026-01-01", "300", "never"), "runs_out_at");
    for day in 1..=9 {
        let usage = used(&format!("u{day}"), &format!("2026-01-{day:02}"), "10");
        assert!(run(&mut book, &usage, "runs_out_at").is_empty(), "{day}");
    }
    // 210 left at 10 a day are 21 days; 60 more at once leave 15 at today's rate, and the day after
    // today's burn counts as well.
    assert!(run(&mut book, &used("big", "2026-01-10", "60"), "runs_out_at").is_empty());
    let seen = run(&mut book, &sweep("s", "2026-01-13"), "runs_out_at");
    assert_eq!(seen, ["dry 2026-01-11T00:00:00Z 2026-01-21T00:00:00Z"]);
}

#[test]
fn a_day_that_burns_far_more_than_the_week_before_is_a_spike() {
    let mut book = book(r#"{ code = "spike", spike = { factor = "3" } }"#);
    run(&mut book, &grant("a", "2026-01-01", "1000", "never"), "burned");
    for day in 1..=7 {
        let usage = used(&format!("u{day}"), &format!("2026-01-{day:02}"), "7");
        assert!(
            run(&mut book, &usage, "burned").is_empty(),
            "the wallet is too young on day {day}"
        );
    }
    assert!(run(&mut book, &used("a8", "2026-01-08", "21"), "burned").is_empty(), "three times");
    let seen = run(&mut book, &used("b8", "2026-01-08", "1"), "burned");
    assert_eq!(seen, ["spike 2026-01-08T12:00:00Z 22"]);
    assert!(run(&mut book, &used("c8", "2026-01-08", "50"), "burned").is_empty(), "once");
    // It is yesterday's on the 9th and over on the 10th; then another one is told of.
    run(&mut book, &sweep("s", "2026-01-10"), "burned");
    assert!(book.customers.values().next().unwrap().alerts.standing.is_empty());
    let seen = run(&mut book, &used("u11", "2026-01-11", "200"), "burned");
    assert_eq!(seen, ["spike 2026-01-11T12:00:00Z 200"]);
}

#[test]
fn a_rebuild_raises_the_same_alerts_and_an_empty_configuration_none() {
    let mut without = book("");
    run(&mut without, &grant("a", "2026-01-01", "5", "2026-01-10"), "lot");
    run(&mut without, &used("u", "2026-01-02", "4"), "lot");
    let customer = without.customers.values().next().unwrap();
    assert_eq!(customer.alerts, scrip_engine::alerts::AlertState::default());
    let again = scrip_engine::CustomerBook::from_json(&customer.to_json().unwrap()).unwrap();
    assert_eq!(&again, customer);
}
