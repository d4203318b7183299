//! Taking usage back through the command, which looks up how it was posted.

use crate::books::{Books, PRICING};

/// The first thousand tokens of a billing period cost 10 credits, the others 1 a thousand.
fn tiered(billing_day: u8) -> String {
    PRICING
        .replace(
            "model = \"per_unit\", price = \"1\", per = \"1000\" }",
            "model = \"graduated\", tiers = [{ up_to = \"1000\", price = \"0.01\" }, { price = \"0.001\" }] }",
        )
        .replace("name = \"Acme BV\"", &format!("name = \"Acme BV\"\nbilling_day = {billing_day}"))
}

/// The archive posts two events of January and an operation a third; then the billing day changes.
fn billed_from_the_fifteenth() -> Books {
    let books = Books::with(&tiered(1));
    books
        .operate(
            r#"{"op":"grant_credits","id":"buy","at":"2026-01-05T00:00:00Z","actor":"ana","customer":"acme","wallet":"standard","units":"100","kind":"purchased","price":{"net":"90.00","currency":"EUR"}}"#,
        )
        .ok();
    books
        .import(
            "request,customer,at,model,input,output
r1,acme,2026-01-10T09:00:00Z,small,1000,0
r2,acme,2026-01-20T09:00:00Z,small,1000,0
",
        )
        .ok();
    books.run(&["post", "--as-of", "2026-01-21"]).ok();
    books
        .operate(
            r#"{"op":"record_usage","id":"live","at":"2026-01-22T00:00:00Z","actor":"api","customer":"acme","events":[{"key":"r3","meter":"llm","quantity":"1000","dimensions":{"model":"small","token_type":"input"}}]}"#,
        )
        .ok();
    books.write("pricing.toml", tiered(15));
    books.run(&["apply", "pricing.toml"]).ok();
    assert_eq!(books.available("acme", "standard", "2026-01-24"), "88.00");
    books
}

#[test]
fn an_event_leaves_the_billing_period_it_was_posted_in_after_the_billing_day_has_changed() {
    let books = billed_from_the_fifteenth();
    let back = |key: &str| {
        books
            .run(&["reverse", "--customer", "acme", key, "--reason", "twice", "--at", "2026-01-25"])
            .ok();
        books.available("acme", "standard", "2026-01-26")
    };
    // Two thousand tokens remain, and cost 11.00.
    assert_eq!(back("r1/input"), "89.00");
    assert_eq!(back("r3"), "90.00");
    assert_eq!(back("r2/input"), "100.00");
    books.sound();
}

#[test]
fn what_was_posted_is_explained_and_taken_back_by_the_card_of_then() {
    let of_its_own = r#"
[[rate_cards]]
code = "own"
unit = "credits"
applies_to = "assigned"
versions = [{ version = 1, effective_at = "2026-01-01", overage = { currency = "EUR", price = "1" }, rates = [{ code = "own", meter = "llm", model = "per_unit", price = "7" }] }]
"#;
    let pricing = PRICING.to_owned() + of_its_own;
    let books = Books::with(&pricing);
    books
        .operate(
            r#"{"op":"grant_credits","id":"buy","at":"2026-01-05T00:00:00Z","actor":"ana","customer":"acme","wallet":"standard","units":"100","kind":"purchased","price":{"net":"90.00","currency":"EUR"}}
{"op":"record_usage","id":"live","at":"2026-01-22T00:00:00Z","actor":"api","customer":"acme","events":[{"key":"r1","meter":"llm","quantity":"1000","dimensions":{"model":"small","token_type":"input"}}]}"#,
        )
        .ok();
    let before = books.json(&["explain", "r1"]);
    let named = "name = \"Acme BV\"\nrate_cards = [\"own\"]";
    let with_card = pricing.replace("name = \"Acme BV\"", named);
    books.write("pricing.toml", with_card);
    books.run(&["apply", "pricing.toml"]).ok();
    assert_eq!(books.json(&["explain", "r1"])["rating"], before["rating"]);
    assert_eq!(books.available("acme", "standard", "2026-01-26"), "99.00");
    books
        .run(&["reverse", "--customer", "acme", "r1", "--reason", "twice", "--at", "2026-01-25"])
        .ok();
    assert_eq!(books.available("acme", "standard", "2026-01-26"), "100.00");
    books.sound();
}

#[test]
fn a_configuration_of_the_same_file_counts_as_before() {
    // Configuration, usage and its reversal in one transaction: nothing of it is committed yet.
    let books = billed_from_the_fifteenth();
    let usage = r#"{"op":"record_usage","id":"new","at":"2026-01-24T00:00:00Z","actor":"api","customer":"acme","events":[{"key":"r4","meter":"llm","quantity":"1000","dimensions":{"model":"small","token_type":"input"}}]}"#;
    let document: toml::Value = toml::from_str(&tiered(20)).unwrap();
    let change = serde_json::json!({ "op": "apply_configuration", "id": "change",
        "at": "2026-01-24T12:00:00Z", "actor": "ana", "document": document });
    let back = r#"{"op":"reverse_usage","id":"back","at":"2026-01-25T00:00:00Z","actor":"ana","customer":"acme","keys":["r4"],"reason":"twice"}"#;
    books.operate(&format!("{usage}\n{change}\n{back}\n")).ok();
    assert_eq!(books.available("acme", "standard", "2026-01-26"), "88.00");
    books.sound();
}

#[test]
fn what_another_unit_paid_is_refused_even_below_its_smallest_step() {
    let books = Books::with(
        &PRICING
            .replace(
                "expiry = { rule = \"after\", months = 12 }",
                "fallbacks = [\"balance\"]\nexpiry = { rule = \"after\", months = 12 }",
            )
            .replace("wallet_types]]\ncode = \"promo\"", "wallet_types]]\ncode = \"balance\"\nunit = \"EUR\"\nversions = [{ version = 1, effective_at = \"2026-01-01\" }]\n\n[[wallet_types]]\ncode = \"promo\"")
            .replace("[[rate_cards]]", "[[conversions]]\ncode = \"in-euro\"\nfrom = \"credits\"\nto = \"EUR\"\nversions = [{ version = 1, effective_at = \"2026-01-01\", factors = [{ operation = \"multiply\", factor = \"0.1\" }] }]\n\n[[rate_cards]]"),
    );
    books
        .operate(
            r#"{"op":"grant_credits","id":"buy","at":"2026-01-05T00:00:00Z","actor":"ana","customer":"acme","wallet":"balance","units":"100","kind":"purchased","price":{"net":"100.00","currency":"EUR"}}
{"op":"record_usage","id":"live","at":"2026-01-22T00:00:00Z","actor":"api","customer":"acme","events":[{"key":"r1","meter":"llm","quantity":"10","dimensions":{"model":"small","token_type":"input"}},{"key":"r2","meter":"llm","quantity":"1000","dimensions":{"model":"small","token_type":"input"}}]}
"#,
        )
        .ok();
    // 0.01 credits are 0.001 EUR.
    assert_eq!(books.available("acme", "balance", "2026-01-23"), "99.90");
    for key in ["r1", "r2"] {
        books.refuses(3, &[key, "paid in EUR", "adjust_balance"], |books| {
            books.run(&[
                "reverse",
                "--customer",
                "acme",
                key,
                "--reason",
                "twice",
                "--at",
                "2026-01-25",
            ])
        });
    }
}

#[test]
fn many_events_are_taken_back_by_a_list_and_every_wrong_row_is_named() {
    let books = billed_from_the_fifteenth();
    let bulk = |rows: &str, more: &[&str]| {
        books.write("back.csv", rows);
        let base = [
            "bulk",
            "back.csv",
            "--op",
            "reverse_usage",
            "--batch",
            "wrong",
            "--at",
            "2026-01-25",
            "--set",
            "customer=acme",
            "--set",
            "reason=twice",
        ];
        books.run(&[base.as_slice(), more].concat())
    };
    let good = "keys\n\"[\"\"r1/input\"\"]\"\n\"[\"\"r3\"\"]\"\n";
    let wrong = format!("{good}\"[\"\"r9\"\"]\"\n\"[\"\"r1/input\"\"]\"\n");
    let before = books.state();
    let refused = bulk(&wrong, &[]);
    assert_ne!(refused.code, 0);
    for word in [
        "2 rows are wrong or refused",
        "r9",
        "was reversed by operation wrong:1",
        "Nothing of the batch",
    ] {
        assert!(refused.stderr.contains(word), "{word}: {}", refused.stderr);
    }
    assert_eq!(books.state(), before);
    bulk(good, &["--preview"]).ok();
    assert_eq!(books.state(), before);
    bulk(good, &[]).ok();
    assert_eq!(books.available("acme", "standard", "2026-01-26"), "90.00");
    bulk(good, &[]).says(&["2 had been applied before"]);
    books.sound();
}

#[test]
fn a_row_of_usage_that_came_by_file_is_named_among_the_others() {
    let books = billed_from_the_fifteenth();
    books.write(
        "usage-rows.csv",
        "events\n\"[{\"\"key\"\":\"\"r1/input\"\",\"\"meter\"\":\"\"llm\"\",\"\"quantity\"\":\"\"1\"\",\"\"dimensions\"\":{\"\"model\"\":\"\"small\"\",\"\"token_type\"\":\"\"input\"\"}}]\"\n\"[{\"\"key\"\":\"\"n\"\",\"\"meter\"\":\"\"none\"\",\"\"quantity\"\":\"\"1\"\"}]\"\n",
    );
    let refused = books.run(&[
        "bulk",
        "usage-rows.csv",
        "--op",
        "record_usage",
        "--batch",
        "u",
        "--at",
        "2026-01-25",
        "--set",
        "customer=acme",
    ]);
    for word in [
        "2 rows are wrong or refused",
        "r1/input is in the usage archive",
        "there is no meter none",
    ] {
        assert!(refused.stderr.contains(word), "{word}: {}", refused.stderr);
    }
}
