//! A month's work: import, post, balance, expire, report, verify, explain, ledger, charts.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::books::{Books, GRANTS, PRICING, USAGE};

/// Two months posted and expired.
fn months() -> Books {
    let books = Books::imported();
    books.run(&["post", "--as-of", "2026-03-01"]).ok();
    books.run(&["expire", "--as-of", "2026-03-01"]).ok();
    books
}

#[test]
fn posting_burns_promotional_credits_first_and_charges_overage() {
    let books = Books::imported();
    let view = books.json(&["post", "--as-of", "2026-02-01"]);
    assert_eq!((&view["customers"], &view["priced"]), (&2.into(), &5.into()), "{view:#}");
    // Acme in January: 3000 large tokens are 9 credits, 5000 small are 5; 10 are promotional.
    assert_eq!(books.available("acme", "promo", "2026-02-01"), "0.00");
    assert_eq!(books.available("acme", "standard", "2026-02-01"), "96.00");
    // Globex: 1500 large tokens are 4.50 credits; 1 is covered, 3.50 cost 0.42.
    let globex = books.json(&["balance", "globex", "--as-of", "2026-02-01"]);
    assert_eq!(globex["unbilled"]["EUR"], "0.42");
    // As of an earlier day the later usage has not happened.
    assert_eq!(books.available("acme", "promo", "2026-01-11"), "1.00");
    let again = books.json(&["post", "--as-of", "2026-02-01"]);
    assert_eq!((&again["priced"], &again["entries"]), (&0.into(), &0.into()), "once is enough");
    books.run(&["post", "--as-of", "2026-03-01"]).ok();
    assert_eq!(books.available("acme", "standard", "2026-03-01"), "36.00");
    books.sound();
}

#[test]
fn months_posted_one_by_one_or_at_once_are_the_same() {
    let (at_once, one_by_one) = (Books::imported(), Books::imported());
    at_once.run(&["post", "--as-of", "2026-03-01"]).ok();
    for day in ["2026-01-11", "2026-02-01", "2026-03-01"] {
        one_by_one.run(&["post", "--as-of", day]).ok();
    }
    for report in ["trial-balance", "units"] {
        let tables = |books: &Books| books.json(&["report", report])["tables"].clone();
        assert_eq!(tables(&at_once), tables(&one_by_one), "{report}");
    }
}

#[test]
fn what_expires_is_breakage() {
    let books = Books::granted();
    books.run(&["expire", "--as-of", "2026-02-05"]).ok();
    assert_eq!(books.available("acme", "promo", "2026-02-05"), "0.00");
    let dry = books.json(&["ledger", "--kind", "expiry"]);
    let entry = &dry["entries"][0];
    assert_eq!(entry["booked_on"], "2026-02-04", "30 days after, by the entity's calendar");
    books.run(&["expire", "--as-of", "2027-02-01"]).ok();
    // Both purchases, 90.00 and 1.00, expired unused.
    let revenue = books.run(&["report", "revenue"]).ok();
    let total = revenue.lines().find(|line| line.starts_with("Total")).unwrap();
    assert!(total.contains("91.00"), "{revenue}");
    books.sound();
}

#[test]
fn every_report_ties_in_every_form() {
    let books = months();
    let checkpoint = books.state()["checkpoint"].as_str().unwrap().to_owned();
    let reports: &[&[&str]] = &[
        &["trial-balance"],
        &["journal"],
        &["roll-forward"],
        &["roll-forward", "--by", "wallet-type"],
        &["roll-forward", "--by", "lot-kind"],
        &["roll-forward", "--by", "customer"],
        &["roll-forward", "--by", "account"],
        &["roll-forward", "--by", "currency"],
        &["waterfall"],
        &["revenue"],
        &["revenue", "--by", "month"],
        &["revenue", "--by", "wallet-type"],
        &["revenue", "--by", "rate-card"],
        &["revenue", "--by", "rate"],
        &["revenue", "--by", "customer"],
        &["revenue", "--by", "service-month"],
        &["revenue", "--by", "lot-kind"],
        &["revenue", "--by", "model"],
        &["units"],
    ];
    let windows: &[&[&str]] = &[
        &[],
        &["--month", "2026-01"],
        &["--from", "2026-01", "--to", "2026-02"],
        &["--as-of", "2026-01-15"],
    ];
    for report in reports {
        for window in windows {
            let arguments = [&["report"], *report, *window].concat();
            let view = books.json(&arguments);
            assert_eq!(view["checkpoint"], checkpoint.as_str(), "{arguments:?}");
            for tie in view["ties"].as_array().unwrap() {
                assert_eq!(tie["holds"], true, "{arguments:?}: {tie}");
                assert_eq!(tie["left"], tie["right"], "{arguments:?}: {tie}");
            }
        }
        let text = books.run(&[&["report"], *report].concat()).ok();
        assert!(text.contains(&checkpoint) && !text.contains("DOES NOT TIE"), "{report:?}: {text}");
        for (format, start) in [("csv", None), ("xlsx", Some(b"PK")), ("pdf", Some(b"%P"))] {
            let folder = format!("{}-{format}", report.join("-"));
            let view = books
                .json(&[&["report"], *report, &["--format", format, "--out", &folder]].concat());
            let files = view["files"].as_array().unwrap();
            assert!(!files.is_empty(), "{report:?}");
            for file in files {
                let bytes = std::fs::read(books.path(file.as_str().unwrap())).unwrap();
                assert!(bytes.len() > 40, "{file}");
                assert!(start.is_none_or(|start| bytes.starts_with(start)), "{file}");
            }
        }
    }
    books.sound();
}

#[test]
fn the_journal_is_written_for_other_programs() {
    let books = months();
    for (format, name, word) in [
        ("hledger", "out/journal.hledger", "commodity"),
        ("beancount", "out/journal.beancount", "open"),
    ] {
        books.run(&["report", "journal", "--format", format, "--out", "out"]).ok();
        assert!(books.read(name).contains(word), "{format}");
    }
}

#[test]
fn as_of_leaves_out_what_came_later() {
    let books = months();
    let total = |arguments: &[&str]| {
        let view = books.json(arguments);
        view["tables"][0]["rows"].to_string()
    };
    let january = total(&["report", "trial-balance", "--month", "2026-01"]);
    assert_eq!(january, total(&["report", "trial-balance", "--as-of", "2026-01-31"]));
    assert_ne!(january, total(&["report", "trial-balance", "--as-of", "2026-01-10"]));
    // What a report says that it covers is what it covers.
    let cut = |report: &str| {
        books.run(&["report", report, "--month", "2026-01", "--as-of", "2026-01-10"])
    };
    cut("trial-balance").says(&["Period up to 2026-01-10", "booked on later days are left out"]);
    cut("revenue").says(&["Period 2026-01-01 to 2026-01-10"]);
    let shown = books.json(&["report", "revenue", "--month", "2026-01", "--as-of", "2026-01-10"]);
    assert_eq!(shown["period"], "2026-01-01 to 2026-01-10");
    books
        .run(&["report", "revenue", "--month", "2026-01", "--as-of", "2025-12-31"])
        .says(&["nothing of it: it is read as of 2025-12-31"]);
    assert_ne!(january, total(&["report", "trial-balance"]));
}

#[test]
fn an_empty_ledger_has_nothing_to_report() {
    let books = Books::new();
    books.refuses(2, &["no entries yet"], |books| books.run(&["report", "revenue"]));
    assert_eq!(books.json(&["ledger"]), serde_json::json!({ "entries": [], "next": null }));
    books.sound();
}

#[test]
fn an_event_is_explained_before_and_after_it_is_posted() {
    let books = Books::imported();
    let view = books.json(&["explain", "r1/input"]);
    assert_eq!(view["posted"], false);
    assert!(books.run(&["explain", "r1/input"]).ok().contains("Not posted yet"));
    books.run(&["post", "--as-of", "2026-02-01"]).ok();
    let view = books.json(&["explain", "r1/input"]);
    assert_eq!(view["posted"], true);
    assert_eq!(view["quantity"], "2000 tokens");
    assert_eq!(
        (&view["rating"]["card"], &view["rating"]["rate"]),
        (&"list".into(), &"large".into())
    );
    assert_eq!(view["wallets"][0]["wallet"], "promo");
    let draws = view["draws"].as_array().unwrap();
    assert_eq!(draws.len(), 1);
    assert_eq!((&draws[0]["lot"], &draws[0]["units"]), (&"gift-1".into(), &"6.00".into()));
    // Its entry is in the ledger.
    let entry = draws[0]["entry"].as_u64().unwrap();
    let ledger = books.json(&["ledger", "--customer", "acme"]);
    let entries = ledger["entries"].as_array().unwrap();
    let found = entries.iter().find(|e| e["number"] == entry).unwrap();
    assert_eq!(found["kind"], "usage");
    // Overage says so, and wallets that were skipped say why.
    let text = books.run(&["explain", "r3/output"]).ok();
    assert!(text.contains("overage"), "{text}");
}

#[test]
fn an_event_inside_an_operation_is_explained_as_it_was_supposed_to_be() {
    let books = Books::granted();
    let supposed = [
        "explain",
        "--hypothetical",
        "--customer",
        "acme",
        "--meter",
        "llm",
        "--quantity",
        "4050",
        "--dimension",
        "model=large",
        "--dimension",
        "token_type=input",
        "--at",
        "2026-01-10T10:00:00Z",
    ];
    let supposed = books.json(&supposed);
    let event = |customer: &str| {
        format!(
            r#"{{"op":"record_usage","id":"{customer}-use","at":"2026-01-10T10:00:00Z","actor":"t","customer":"{customer}","events":[{{"key":"chat-1","meter":"llm","quantity":"4050","dimensions":{{"model":"large","token_type":"input"}}}}]}}"#
        )
    };
    books.write("use.jsonl", event("acme"));
    books.run(&["operate", "use.jsonl"]).ok();
    let view = books.json(&["explain", "chat-1"]);
    assert_eq!((&view["source"], &view["operation"]), (&"operation".into(), &"acme-use".into()));
    assert_eq!(view["charge"], "12.15 credits");
    // What was supposed is what happened, but for the entry.
    for member in ["quantity", "rating", "charge", "value", "wallets", "occurred_at"] {
        assert_eq!(supposed[member], view[member], "{member}");
    }
    let (before, after) =
        (supposed["draws"].as_array().unwrap(), view["draws"].as_array().unwrap());
    assert_eq!((before.len(), after.len()), (2, 2), "{view:#}");
    for (before, after) in before.iter().zip(after) {
        for member in ["outcome", "lot", "units", "money", "rate"] {
            assert_eq!(before[member], after[member], "{member}");
        }
    }
    // Another customer may use the same key; then the question must say whose.
    books.write("use.jsonl", event("globex"));
    books.run(&["operate", "use.jsonl"]).ok();
    books.refuses(2, &["acme", "globex", "--customer"], |b| b.run(&["explain", "chat-1"]));
    let view = books.json(&["explain", "chat-1", "--customer", "globex"]);
    assert_eq!(view["customer"], "globex");
    assert!(books.run(&["verify"]).ok().contains("details of operations"));
}

#[test]
fn the_ledger_is_read_page_by_page() {
    let books = months();
    let whole = books.json(&["ledger", "--limit", "1000"]);
    let whole = whole["entries"].as_array().unwrap();
    let mut pages = Vec::new();
    let mut after = Some(0);
    while let Some(position) = after {
        let page = books.json(&["ledger", "--limit", "2", "--after", &position.to_string()]);
        let entries = page["entries"].as_array().unwrap();
        assert!(entries.len() <= 2);
        pages.extend(entries.iter().cloned());
        after = page["next"].as_u64();
    }
    assert_eq!(&pages, whole);
    let text = books.run(&["ledger", "--limit", "1"]).ok();
    assert!(text.contains("go on with --after"), "{text}");
}

#[test]
fn the_ledger_is_filtered() {
    let books = months();
    let numbers = |arguments: &[&str]| -> Vec<Value> {
        let view = books.json(&[&["ledger"], arguments].concat());
        view["entries"].as_array().unwrap().clone()
    };
    let all = numbers(&[]);
    assert_eq!(numbers(&["--from", "2026-01-01", "--to", "2026-12-31"]), all);
    let split = [numbers(&["--to", "2026-01-31"]), numbers(&["--from", "2026-02-01"])].concat();
    assert_eq!(split.len(), all.len());
    let customers: BTreeSet<_> =
        numbers(&["--customer", "globex"]).iter().map(|e| e["customer"].to_string()).collect();
    assert_eq!(customers.len(), 1);
    for (arguments, count) in [
        (&["--operation", "buy-1"][..], 1),
        (&["--kind", "grant"], 1),
        (&["--lot", "gift-1", "--kind", "purchase"], 0),
        (&["--operation", "nothing"], 0),
    ] {
        assert_eq!(numbers(arguments).len(), count, "{arguments:?}");
    }
    assert!(numbers(&["--lot", "gift-1"]).len() > 1);
}

#[test]
fn charts_are_drawn() {
    let books = months();
    let burn_down = ["chart", "burn-down", "--customer", "acme", "--wallet", "standard"];
    for dark in [&[][..], &["--dark"]] {
        for name in ["b.svg", "b.png"] {
            books.run(&[&burn_down, dark, &["--as-of", "2026-03-01", "--out", name]].concat()).ok();
            books.run(&[&["chart", "revenue"], dark, &["--out", name]].concat()).ok();
            let bytes = std::fs::read(books.path(name)).unwrap();
            let start: &[u8] = if name == "b.svg" { b"<svg" } else { b"\x89PNG" };
            assert!(bytes.starts_with(start), "{name}");
        }
    }
    books.run(&["chart", "revenue", "--from", "2026-01", "--to", "2026-12", "--out", "y.svg"]).ok();
}

#[test]
fn a_quiet_run_prints_results_only() {
    let books = months();
    for arguments in [&["status"][..], &["report", "units"], &["post", "--as-of", "2026-04-01"]] {
        let ran = books.run(&[&["--quiet"], arguments].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}");
        let ran = books.run(&[arguments, &["--json"]].concat());
        assert_eq!(ran.stderr, "", "{arguments:?}");
    }
}

#[test]
fn a_posting_run_tells_of_alerts_and_of_what_waits() {
    let books = Books::folder();
    let plan = "
[[plans]]
code = \"agreed\"
versions = [{ version = 1, effective_at = \"2026-01-01\", grants = [
    { code = \"gift\", wallet_type = \"promo\", units = \"5\", kind = \"promotional\", expiry = { rule = \"end_of_contract\" } },
] }]
";
    let pricing = PRICING.replace(
        "beyond = \"overage\"",
        "beyond = \"overage\"\nalerts = [{ code = \"low\", below = \"97\" }]",
    );
    books.write("pricing.toml", format!("{pricing}{plan}"));
    books.run(&["init", "--config", "pricing.toml"]).ok();
    books.operate(GRANTS).ok();
    let anchor = ["--anchor", "2026-01-11", "--at", "2026-01-07", "--id", "sub"];
    books
        .run(&[&["subscribe", "--customer", "globex", "--plan", "agreed"][..], &anchor].concat())
        .ok();
    books.import(USAGE).ok();

    let told = books.run(&["post", "--as-of", "2026-02-01"]).ok();

    assert!(told.contains("Alert low of acme / standard\n"), "{told}");
    assert!(
        told.contains("Waits: grant gift of plan agreed for globex, due 2026-01-10T23:00:00Z: "),
        "{told}"
    );
    books.sound();
}
