//! The margin report: by every breakdown, over usage by file and inside operations, in another currency.

use serde_json::Value;

use crate::books::{Books, GRANTS, MAPPING, PRICING, USAGE};

/// Costs in a currency: large is 0.10 a thousand in and 0.20 out, small 0.01.
fn costs(currency: &str) -> String {
    format!(
        r#"
[[cost_cards]]
code = "cloud"
currency = "{currency}"
versions = [{{ version = 1, effective_at = "2026-01-01", rates = [
    {{ code = "in", meter = "llm", match = {{ model = "large", token_type = "input" }}, cost = "0.10", per = "1000" }},
    {{ code = "out", meter = "llm", match = {{ model = "large", token_type = "output" }}, cost = "0.20", per = "1000" }},
    {{ code = "small", meter = "llm", match = {{ model = "small" }}, cost = "0.01", per = "1000" }},
] }}]
"#
    )
}

fn posted(configuration: &str) -> Books {
    let books = Books::folder();
    let configuration = configuration.replace(
        "name = \"Acme BV\"",
        "name = \"Acme BV\"\nplan = \"scale\"\ncountry = \"NL\"\nsigned_up_on = \"2026-01-05\"",
    );
    for (name, text) in
        [("pricing.toml", configuration.as_str()), ("mapping.toml", MAPPING), ("usage.csv", USAGE)]
    {
        books.write(name, text);
    }
    books.run(&["init", "--config", "pricing.toml"]).ok();
    books.operate(GRANTS).ok();
    books.run(&["usage", "import", "usage.csv", "--mapping", "mapping.toml"]).ok();
    books.run(&["post", "--as-of", "2026-03-01"]).ok();
    books
}

/// Rows of the first table as texts: key, events, usage, overage, cost, margin.
fn rows(books: &Books, by: &str) -> Vec<Vec<String>> {
    let report =
        books.json(&["report", "margin", "--from", "2026-01", "--to", "2026-02", "--by", by]);
    let row = |row: &Value| {
        let cells = row["cells"].as_array().unwrap().iter().take(6);
        cells.map(|cell| cell["value"].as_str().unwrap().to_owned()).collect()
    };
    let tables = report["tables"].as_array().or_else(|| report["report"]["tables"].as_array());
    tables.unwrap()[0]["rows"].as_array().unwrap().iter().map(row).collect()
}

fn cell(rows: &[Vec<String>], key: &str, column: usize) -> String {
    let row = rows.iter().find(|row| row[0] == key);
    row.unwrap_or_else(|| panic!("{key}: {rows:?}"))[column].clone()
}

#[test]
fn every_breakdown_adds_up_to_the_same_margin() {
    let books = posted(&format!("{PRICING}{}", costs("EUR")));
    // Acme: 2 + 10 thousand in, 1 + 10 out of the large model, 5 of the small. Globex: 1 in, 0.5 out.
    let by_customer = rows(&books, "customer");
    assert_eq!(cell(&by_customer, "acme", 4), "-3.45");
    assert_eq!(cell(&by_customer, "globex", 4), "-0.20");
    let total = by_customer.last().unwrap()[1..].to_vec();
    for (by, key, cost) in [
        ("plan", "scale", "-3.45"),
        ("cohort", "2026-01", "-3.45"),
        ("country", "NL", "-3.45"),
        ("model", "small", "-0.05"),
        ("rate-card", "list@1", "-3.65"),
        ("month", "2026-02", "-3.00"),
    ] {
        let rows = rows(&books, by);
        assert_eq!(cell(&rows, key, 4), cost, "{by}");
        assert_eq!(rows.last().unwrap()[1..], total, "{by}");
    }
}

#[test]
fn usage_that_was_taken_back_costs_nothing() {
    let books = posted(&format!("{PRICING}{}", costs("EUR")));
    books
        .operate(
            r#"{"op":"record_usage","id":"live","at":"2026-02-25T00:00:00Z","actor":"t","customer":"acme","events":[{"key":"x1","meter":"llm","quantity":"1000","dimensions":{"model":"large","token_type":"output"}}]}"#,
        )
        .ok();
    assert_eq!(cell(&rows(&books, "customer"), "acme", 4), "-3.65");
    for key in ["x1", "r4/output"] {
        books
            .operate(&format!(
                r#"{{"op":"reverse_usage","id":"back-{}","at":"2026-02-26T00:00:00Z","actor":"t","customer":"acme","keys":["{key}"],"reason":"wrong"}}"#,
                key.replace('/', "-")
            ))
            .ok();
    }
    assert_eq!(cell(&rows(&books, "customer"), "acme", 4), "-1.45");
    books.sound();
}

#[test]
fn cost_in_another_currency_is_converted_at_the_rate_of_the_day_of_usage() {
    let valued = PRICING
        .replace("currency = \"EUR\"\ntime", "currency = \"EUR\"\nexchange_rates = \"ecb\"\ntime");
    let books = posted(&format!("{valued}{}", costs("USD")));
    // Without rates the cost stands in a table of its own.
    let alone = rows(&books, "customer");
    assert_eq!(cell(&alone, "acme", 4), "0.00");
    books.write("fx.csv", "Date,USD,\n2026-01-09,2.0,\n2026-02-20,1.25,\n");
    books.run(&["fx", "import", "fx.csv"]).ok();
    // January: 0.40 for the large, 0.05 for the small model at 2 dollars; February 3.00 at 1.25.
    let converted = rows(&books, "month");
    assert_eq!(cell(&converted, "2026-02", 4), "-2.40");
    let no_cards = posted(PRICING).run(&["report", "margin", "--month", "2026-01"]);
    assert_eq!(no_cards.code, 2, "{}", no_cards.stderr);
}
