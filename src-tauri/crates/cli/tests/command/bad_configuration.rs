//! Configurations with errors: each is named with its line, and nothing is applied.

use crate::books::{Books, PRICING};

/// The line of the configuration, from 1, that holds a text.
fn line_of(text: &str, needle: &str) -> String {
    let line = text.lines().position(|line| line.contains(needle)).unwrap() + 1;
    format!("line {line}, ")
}

#[track_caller]
fn refused(text: &str, words: &[&str]) {
    let books = Books::granted();
    books.write("bad.toml", text);
    let words: Vec<&str> = [&["bad.toml"], words].concat();
    books.refuses(2, &words, |books| books.run(&["apply", "bad.toml"]));
}

#[test]
fn unknown_units_and_meters_are_named_with_their_line() {
    let text = PRICING.replace("unit = \"tokens\"", "unit = \"toads\"");
    refused(&text, &[&line_of(&text, "\"toads\""), "meters[llm].unit", "toads"]);
    let text =
        PRICING.replace("code = \"large\", meter = \"llm\"", "code = \"large\", meter = \"lmm\"");
    refused(&text, &[&line_of(&text, "\"lmm\""), "rates[large].meter", "lmm"]);
    let text = PRICING.replace("{ model = \"large\" }", "{ model = \"huge\" }");
    refused(&text, &[&line_of(&text, "\"huge\""), "huge"]);
}

#[test]
fn every_error_is_listed_at_once() {
    let text = PRICING
        .replace("unit = \"tokens\"", "unit = \"toads\"")
        .replace("price = \"0.12\"", "price = \"-0.12\"");
    refused(&text, &["toads", "-0.12"]);
}

#[test]
fn negative_and_absurd_numbers_are_refused() {
    let text = PRICING.replace("price = \"3\"", "price = \"-3\"");
    refused(&text, &[&line_of(&text, "\"-3\""), "-3"]);
    let text = PRICING.replace("per = \"1000\"", "per = \"0\"");
    refused(&text, &["rates[large].per"]);
    let text = PRICING.replace("price = \"3\"", "price = \"1e400\"");
    refused(&text, &["1e400", &line_of(&text, "1e400").replace(", ", "")]);
    let text = PRICING.replace("price = \"3\"", "price = 0.1");
    refused(&text, &[&line_of(&text, "price = 0.1").replace(", ", "")]);
    let text = PRICING.replace("scale = 2", "scale = 77");
    refused(&text, &["77"]);
    let text = PRICING.replace("code = \"globex\"", "code = \"globex\"\nbilling_day = 32");
    refused(&text, &["billing_day", "32"]);
}

#[test]
fn a_wrong_time_zone_is_refused() {
    let text = PRICING.replace("Europe/Berlin", "Europe/Atlantis");
    refused(&text, &["Europe/Atlantis", &line_of(&text, "Atlantis").replace(", ", "")]);
}

#[test]
fn the_time_zone_of_books_that_have_entries_does_not_change() {
    let text = PRICING.replace("Europe/Berlin", "Europe/Lisbon");
    refused(&text, &["entity.time_zone"]);
}

#[test]
fn overlapping_card_versions_are_refused() {
    // Two versions that take effect at the same instant.
    let version = "[[rate_cards.versions]]\nversion = 2\neffective_at = \"2026-01-01\"\nrates = [{ code = \"all\", meter = \"llm\", model = \"per_unit\", price = \"1\" }]\n\n[[customers]]\ncode = \"acme\"";
    let text = PRICING.replace("[[customers]]\ncode = \"acme\"", version);
    refused(&text, &["line ", "rate_cards[list].versions[2]"]);
    // The same number twice.
    let text = text.replace("version = 2\n", "version = 1\n");
    refused(&text, &["rate_cards[list].versions"]);
    // A version before one that is published.
    let text = PRICING
        .replace("[[customers]]\ncode = \"acme\"", &version.replace("2026-01-01", "2025-12-01"));
    refused(&text, &["line ", "rate_cards[list].versions[1].effective_at"]);
}

#[test]
fn two_rates_that_match_the_same_usage_are_refused() {
    let text = PRICING.replace("match = { model = \"small\" }", "match = { model = \"large\" }");
    refused(&text, &["rates[small]", "large"]);
}

#[test]
fn a_card_with_holes_is_refused_where_the_hole_is() {
    let text: Vec<_> = PRICING.lines().filter(|line| !line.contains("code = \"small\"")).collect();
    refused(&text.join("\n"), &["line ", "rate_cards[list].versions[1]", "model=small"]);
}

#[test]
fn cyclic_conversions_are_refused() {
    let cycle = r#"
[[units]]
code = "minutes"
kind = "usage"

[[conversions]]
code = "to-minutes"
from = "tokens"
to = "minutes"
versions = [{ version = 1, effective_at = "2026-01-01", factors = [{ operation = "divide", factor = "100" }] }]

[[conversions]]
code = "to-tokens"
from = "minutes"
to = "tokens"
versions = [{ version = 1, effective_at = "2026-01-01", factors = [{ operation = "multiply", factor = "100" }] }]
"#;
    refused(
        &format!("{PRICING}{cycle}"),
        &["line ", "conversions[to-tokens]", "minutes -> tokens -> minutes"],
    );
}

#[test]
fn a_file_that_is_not_toml_or_json_is_refused_with_its_place() {
    refused(
        &PRICING.replace("kind = \"credit\"", "kind = credit"),
        &["line 11, column 8", "units[credits].kind"],
    );
    refused(&PRICING.replace("kind = \"credit\"", "kind = \"credit\"\ncolour = 1"), &["colour"]);
    refused(&PRICING.replace("scrip-config/1", "scrip-config/2"), &["scrip-config/2"]);
    refused("", &["format"]);
    let books = Books::granted();
    books.write("bad.json", "{ \"format\": ");
    books.refuses(2, &["bad.json", "line 1"], |books| books.run(&["apply", "bad.json"]));
}

#[test]
fn a_configuration_that_is_not_utf8_is_refused_with_its_line() {
    let books = Books::granted();
    let latin = [PRICING.as_bytes(), b"name = \"Soci\xe9t\xe9\"\n"].concat();
    books.write("latin1.toml", latin);
    let line = format!("latin1.toml:{}:", PRICING.lines().count() + 1);
    books.refuses(2, &[&line, "UTF-8"], |books| books.run(&["apply", "latin1.toml"]));
    books.run(&["apply", "missing.toml"]).fails(7, &["missing.toml"]);
}

#[test]
fn a_new_price_for_usage_that_is_posted_is_refused() {
    let books = Books::imported();
    books.run(&["post", "--as-of", "2026-03-01"]).ok();
    let version = "[[rate_cards.versions]]\nversion = 2\neffective_at = \"2026-02-01\"\nrates = [{ code = \"all\", meter = \"llm\", model = \"per_unit\", price = \"1\" }]\n\n[[customers]]\ncode = \"acme\"";
    books.write("late.toml", PRICING.replace("[[customers]]\ncode = \"acme\"", version));
    books.refuses(2, &["line ", "rate_cards[list].versions[2]"], |books| {
        books.run(&["apply", "late.toml"])
    });
}
