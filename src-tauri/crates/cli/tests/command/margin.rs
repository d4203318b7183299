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
fn what_was_posted_costs_under_the_card_that_priced_it() {
    let of_its_own = r#"
[[rate_cards]]
code = "own"
unit = "credits"
applies_to = "assigned"
versions = [{ version = 1, effective_at = "2026-01-01", overage = { currency = "EUR", price = "1" }, rates = [{ code = "own", meter = "llm", model = "per_unit", price = "7" }] }]
"#;
    let configuration = format!("{PRICING}{of_its_own}{}", costs("EUR"));
    let books = posted(&configuration);
    books
        .operate(
            r#"{"op":"record_usage","id":"live","at":"2026-02-25T00:00:00Z","actor":"t","customer":"acme","events":[{"key":"x1","meter":"llm","quantity":"1000","dimensions":{"model":"large","token_type":"output"}}]}"#,
        )
        .ok();
    let before = rows(&books, "rate-card");
    assert_eq!(cell(&before, "list@1", 4), "-3.85");
    // From now on the customer has a card of its own: usage of January and February had not.
    let named =
        configuration.replace("name = \"Acme BV\"", "name = \"Acme BV\"\nrate_cards = [\"own\"]");
    books.write("pricing.toml", named);
    books.run(&["apply", "pricing.toml"]).ok();
    assert_eq!(rows(&books, "rate-card"), before);
    books.sound();
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

/// Usage of the example whose large rows of January say what they cost.
fn with_own_costs(configuration: &str, currency: &str) -> Books {
    let books = posted(
        &configuration
            .replace("code = \"globex\"", "code = \"globex\"\n[[customers]]\ncode = \"own\""),
    );
    books.write(
        "mapping.toml",
        MAPPING.replacen(
            "skip_zero = true",
            &format!("skip_zero = true\ndelivery_cost = {{ amount = {{ column = \"cost\" }}, currency = \"{currency}\" }}"),
            1,
        ),
    );
    books.write(
        "own.csv",
        "request,customer,at,model,input,output,cost\no1,own,2026-01-10T09:00:00Z,large,1000,1000,0.333\no2,own,2026-02-11T09:00:00Z,small,0,1000,\n",
    );
    books.run(&["usage", "import", "own.csv", "--mapping", "mapping.toml"]).ok();
    books.run(&["post", "--as-of", "2026-03-01"]).ok();
    books
}

#[test]
fn what_an_event_says_that_it_cost_counts_before_the_card() {
    let books = with_own_costs(&format!("{PRICING}{}", costs("EUR")), "EUR");
    // 0.10 in and 0.01 for the small model by the card, and 0.333 out instead of 0.20.
    assert_eq!(cell(&rows(&books, "customer"), "own", 4), "-0.44");
    assert_eq!(cell(&rows(&books, "customer"), "acme", 4), "-3.45");
    let explained = books.json(&["explain", "o1/output"]);
    assert_eq!(explained["own_cost"], "0.333 EUR", "{explained:#}");
    assert!(explained["cost"].is_null());
    books.run(&["explain", "o1/output"]).says(&["Cost       0.333 EUR, as the event says"]);
    let report = books.run(&["report", "margin", "--month", "2026-01"]).ok();
    assert!(
        report.contains("Delivery cost of events that say it themselves (1): theirs"),
        "{report}"
    );
    books.sound();

    let first = costs("EUR").replace("version = 1,", "version = 1, prefer = \"card\",");
    let books = with_own_costs(&format!("{PRICING}{first}"), "EUR");
    assert_eq!(cell(&rows(&books, "customer"), "own", 4), "-0.31");
    let explained = books.json(&["explain", "o1/output"]);
    assert_eq!(explained["cost"]["rate"], "out", "{explained:#}");
    assert!(explained["own_cost"].is_null());
}

#[test]
fn own_costs_need_no_card_and_are_converted_as_those_of_cards() {
    let books = with_own_costs(PRICING, "USD");
    let report = books.json(&["report", "margin", "--month", "2026-01", "--by", "customer"]);
    let tables = report["tables"].as_array().or_else(|| report["report"]["tables"].as_array());
    let dollars = tables.unwrap().iter().find(|table| table.to_string().contains("USD")).unwrap();
    assert!(dollars.to_string().contains("-0.33"), "{dollars:#}");

    let valued = PRICING
        .replace("currency = \"EUR\"\ntime", "currency = \"EUR\"\nexchange_rates = \"ecb\"\ntime");
    let books = with_own_costs(&valued, "USD");
    books.write("fx.csv", "Date,USD,\n2026-01-09,2.0,\n2026-02-20,1.25,\n");
    books.run(&["fx", "import", "fx.csv"]).ok();
    assert_eq!(cell(&rows(&books, "customer"), "own", 4), "-0.17");
}

#[test]
fn events_inside_operations_say_their_cost_too_and_taken_back_cost_nothing() {
    let books = posted(&format!("{PRICING}{}", costs("EUR")));
    let record = |id: &str, cost: &str| {
        format!(
            r#"{{"op":"record_usage","id":"{id}","at":"2026-02-25T00:00:00Z","actor":"t","customer":"acme","events":[{{"key":"{id}","meter":"llm","quantity":"1000","dimensions":{{"model":"large","token_type":"output"}},"delivery_cost":{cost}}}]}}"#
        )
    };
    books.operate(&record("x1", r#"{"amount":"7.00","currency":"EUR"}"#)).ok();
    assert_eq!(cell(&rows(&books, "customer"), "acme", 4), "-10.45");
    for (cost, says) in [
        (r#"{"amount":"-1","currency":"EUR"}"#, "may not be negative"),
        (r#"{"amount":"0.0000000000000000001","currency":"EUR"}"#, "18"),
        (r#"{"amount":"1","currency":"credits"}"#, "credits is not a currency"),
    ] {
        books.refuses(3, &["operations.jsonl:1", says], |books| books.operate(&record("x2", cost)));
    }
    // The same key with another cost is another event.
    books.refuses(4, &["x1"], |books| {
        books.operate(
            &record("x1", r#"{"amount":"8.00","currency":"EUR"}"#)
                .replace("\"id\":\"x1\"", "\"id\":\"x3\""),
        )
    });
    books
        .operate(r#"{"op":"reverse_usage","id":"back","at":"2026-02-26T00:00:00Z","actor":"t","customer":"acme","keys":["x1"],"reason":"wrong"}"#)
        .ok();
    assert_eq!(cell(&rows(&books, "customer"), "acme", 4), "-3.45");
    books.sound();
}

#[test]
fn a_preview_compares_delivery_cost_and_margin() {
    let books = with_own_costs(&format!("{PRICING}{}", costs("EUR")), "EUR");
    let dearer =
        costs("EUR").replace("cost = \"0.10\"", "cost = \"0.30\"").replace("[[customers]]", "");
    let configuration = books.read("pricing.toml").replace(&costs("EUR"), &dearer);
    books.write("dearer.toml", configuration);
    books
        .operate(r#"{"op":"reverse_usage","id":"back","at":"2026-02-26T00:00:00Z","actor":"t","customer":"acme","keys":["r1/output"],"reason":"wrong"}"#)
        .ok();
    let view = books.json(&[
        "preview",
        "--scenario",
        "dearer.toml",
        "--from",
        "2026-01-01",
        "--through",
        "2026-02-28",
    ]);
    let line = |what: &str| {
        let lines = view["lines"].as_array().unwrap();
        let line =
            lines.iter().find(|line| line["what"] == what).unwrap_or_else(|| panic!("{view:#}"));
        line["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    // The report says the same of the baseline.
    let total = rows(&books, "customer").last().unwrap().clone();
    assert_eq!(line("Delivery cost"), [total[4].trim_start_matches('-'), "6.69"]);
    assert_eq!(line("Margin of usage")[0], total[5]);
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
