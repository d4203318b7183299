//! Previews: the baseline is the ledger, a scenario is what the ledger would have been, and nothing
//! is written.

use serde_json::Value;

use crate::books::{Books, GRANTS, MAPPING, PRICING, USAGE, finish, scrip};

/// The large model at another price, from a day on.
fn dearer(version: u32, effective: &str, price: &str, status: &str) -> String {
    format!(
        r#"
[[rate_cards.versions]]
version = {version}
effective_at = "{effective}"
status = "{status}"
overage = {{ currency = "EUR", price = "0.12" }}
rates = [
    {{ code = "large", meter = "llm", match = {{ model = "large" }}, model = "per_unit", price = "{price}", per = "1000" }},
    {{ code = "small", meter = "llm", match = {{ model = "small" }}, model = "per_unit", price = "1", per = "1000" }},
]
"#
    )
}

/// Books with grants and usage by file, posted, under a configuration.
fn posted(configuration: &str) -> Books {
    let books = Books::folder();
    for (name, text) in [
        ("pricing.toml", configuration),
        ("grants.jsonl", GRANTS),
        ("mapping.toml", MAPPING),
        ("usage.csv", USAGE),
    ] {
        books.write(name, text);
    }
    books.run(&["init", "--config", "pricing.toml"]).ok();
    books.run(&["operate", "grants.jsonl"]).ok();
    books.run(&["usage", "import", "usage.csv", "--mapping", "mapping.toml"]).ok();
    books.run(&["post", "--as-of", "2026-03-01"]).ok();
    books
}

fn february(books: &Books, scenario: &str, more: &[&str]) -> Value {
    let mut arguments = vec!["preview", "--scenario", scenario];
    arguments.extend(["--from", "2026-02-01", "--through", "2026-02-28", "--all"]);
    arguments.extend(more);
    books.json(&arguments)
}

/// The values of every line of one run.
fn values(view: &Value, run: usize) -> Vec<(String, String)> {
    let lines = view["lines"].as_array().unwrap().iter().map(|line| {
        let name =
            format!("{} {} {} {}", line["section"], line["what"], line["movement"], line["unit"]);
        (name, line["values"][run].as_str().unwrap().to_owned())
    });
    lines.collect()
}

#[test]
fn a_scenario_is_what_the_ledger_would_have_been_had_the_price_been_in_force() {
    for price in ["7", "2.5", "0", "40"] {
        let preview = posted(PRICING);
        preview
            .write("dearer.toml", format!("{PRICING}{}", dearer(2, "2026-12-01", price, "draft")));
        let before = preview.json(&["status"]);
        let supposed = february(&preview, "dearer.toml", &[]);
        assert_eq!(supposed["backtest"]["exact"], true);
        assert_eq!(preview.json(&["status"]), before, "a preview writes nothing");

        let real = format!("{PRICING}{}", dearer(2, "2026-02-01", price, "published"));
        let real = posted(&real);
        real.write("same.toml", real.read("pricing.toml"));
        let happened = february(&real, "same.toml", &[]);
        assert_eq!(happened["backtest"]["exact"], true);
        // Lines that are zero in the ledger stand in the preview if they were not in its baseline.
        let happened = values(&happened, 0);
        let nonzero = |lines: Vec<(String, String)>| {
            let lines = lines.into_iter();
            lines
                .filter(|(_, v)| v.contains(|c: char| ('1'..='9').contains(&c)))
                .collect::<Vec<_>>()
        };
        assert_eq!(nonzero(values(&supposed, 1)), nonzero(happened), "price {price}");
    }
}

#[test]
fn what_is_not_changed_makes_no_difference_in_any_template() {
    let mut command = scrip();
    command.args(["templates", "--json"]);
    let view = finish(command).json();
    for template in view["templates"].as_array().unwrap() {
        let name = template["name"].as_str().unwrap();
        let books = Books::folder();
        books.run(&["init", "--template", name]).ok();
        books.write("same.toml", books.run(&["export"]).ok());
        let status = books.json(&["status"]);
        let (from, through) = (&status["first_day"], &status["last_day"]);
        let view = books.json(&[
            "preview",
            "--scenario",
            "same.toml",
            "--from",
            from.as_str().unwrap(),
            "--through",
            through.as_str().unwrap(),
        ]);
        assert_eq!(view["backtest"]["exact"], true, "{name}: {view:#}");
        assert_eq!(view["runs"][1]["undone_count"], 0, "{name}");
        assert!(!view["lines"].as_array().unwrap().is_empty(), "{name}");
        assert_eq!(values(&view, 0), values(&view, 1), "{name}");
    }
}

#[test]
fn as_dated_changes_count_at_their_dates() {
    let books = posted(PRICING);
    books.write("december.toml", format!("{PRICING}{}", dearer(2, "2026-12-01", "7", "draft")));
    books.write("february.toml", format!("{PRICING}{}", dearer(2, "2026-02-15", "7", "draft")));
    let later = february(&books, "december.toml", &["--as-dated"]);
    assert_eq!(values(&later, 0), values(&later, 1));
    let inside = february(&books, "february.toml", &["--as-dated"]);
    let since = february(&books, "february.toml", &[]);
    // The only usage of February is on the 20th.
    assert_ne!(values(&inside, 0), values(&inside, 1));
    assert_eq!(values(&inside, 1), values(&since, 1));
}

#[test]
fn a_preview_of_some_customers_counts_only_theirs() {
    let books = posted(PRICING);
    books
        .operate(
            r#"{"op":"transfer_units","id":"gift","at":"2026-02-21T00:00:00Z","actor":"t","customer":"acme","wallet":"standard","to_customer":"globex","units":"0.50"}"#,
        )
        .ok();
    books.write("dearer.toml", format!("{PRICING}{}", dearer(2, "2026-12-01", "7", "draft")));
    let everybody = february(&books, "dearer.toml", &[]);
    let acme = february(&books, "dearer.toml", &["--customer", "acme"]);
    assert_eq!(acme["backtest"]["chains"], 1);
    assert_eq!(acme["backtest"]["exact"], true);
    let line = |view: &Value| view["spreads"][0]["customers"][0].clone();
    assert_eq!(line(&acme), line(&everybody));
    assert_eq!(acme["spreads"][0]["customer_count"], 1);
    let unknown = books.run(&[
        "preview",
        "--scenario",
        "dearer.toml",
        "--from",
        "2026-02-01",
        "--through",
        "2026-02-28",
        "--customer",
        "nobody",
    ]);
    assert_eq!(unknown.code, 5, "{}", unknown.stderr);
}

#[test]
fn an_operation_that_a_scenario_refuses_is_left_out_counted_and_named() {
    let books = posted(PRICING);
    // 87 of 110 are left of Acme's credits after January and 30 more are used in February; at 8 times
    // the price nothing is left to be paid back in March.
    books
        .run(&[
            "refund",
            "--customer",
            "acme",
            "--lot",
            "buy-1",
            "--units",
            "20",
            "--at",
            "2026-02-25",
        ])
        .ok();
    books.write("dear.toml", format!("{PRICING}{}", dearer(2, "2026-12-01", "24", "draft")));
    let view = february(&books, "dear.toml", &[]);
    assert_eq!(view["runs"][0]["undone_count"], 0);
    assert_eq!(view["runs"][1]["undone_count"], 1, "{view:#}");
    assert_eq!(view["runs"][1]["undone"][0]["op"], "refund_grant");
    assert_eq!(view["dry_earlier"]["dear"][0]["customer"], "acme");
    assert_eq!(view["dry_earlier"]["dear"][0]["after"], "2026-02-20");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let books = posted(PRICING);
    books.write("same.toml", PRICING);
    books.write("wrong.toml", PRICING.replace("price = \"3\"", "price = \"three\""));
    for (arguments, code, words) in [
        (
            vec!["--scenario", "same.toml", "--from", "2026-03-01", "--through", "2026-02-01"],
            2,
            "ends on",
        ),
        (
            vec!["--scenario", "wrong.toml", "--from", "2026-02-01", "--through", "2026-02-28"],
            2,
            "wrong.toml",
        ),
        (
            vec!["--scenario", "none.toml", "--from", "2026-02-01", "--through", "2026-02-28"],
            7,
            "none.toml",
        ),
    ] {
        let mut all = vec!["preview"];
        all.extend(arguments);
        let ran = books.run(&all);
        assert_eq!(ran.code, code, "{}", ran.stderr);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
}
