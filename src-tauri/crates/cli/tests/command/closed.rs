//! Closed months: their reports stay as they are, to the byte, whatever comes later.

use std::collections::BTreeMap;

use crate::books::Books;

const REPORTS: &[&[&str]] = &[
    &["trial-balance"],
    &["journal"],
    &["waterfall"],
    &["units"],
    &["roll-forward"],
    &["roll-forward", "--by", "customer"],
    &["roll-forward", "--by", "lot-kind"],
    &["revenue"],
    &["revenue", "--by", "customer"],
    &["revenue", "--by", "rate"],
    &["revenue", "--by", "model"],
    &["revenue", "--by", "service-month"],
];

/// Every report of January as CSV, and as the screen shows it below its header.
fn january(books: &Books) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for report in REPORTS {
        let window = ["--month", "2026-01"];
        let csv = [&["report"], *report, &window, &["--format", "csv", "--out", "csv"]].concat();
        let made = books.json(&csv);
        for file in made["files"].as_array().unwrap() {
            let name = file.as_str().unwrap();
            files.insert(name.to_owned(), books.read(name));
        }
        let shown = books.json(&[&["report"], *report, &window].concat());
        files.insert(report.join(" "), shown["tables"].to_string() + &shown["ties"].to_string());
    }
    files
}

/// Why it is closed although not all is in its place.
const WHY: &str = "--reason=the rest is posted into February, as agreed with the auditor";

#[test]
fn a_close_that_would_leave_something_behind_needs_a_reason() {
    let books = Books::imported();
    let close = ["close", "--through", "2026-01-31", "--at", "2026-02-02"];
    let looked = books.run(&[&close[..], &["--dry-run"]].concat());
    looked.says(&["is posted: no, so it is closed only with a reason", "Nothing was closed."]);
    books.refuses(
        2,
        &["The usage that has arrived is posted - not so", "give the reason"],
        |books| books.run(&close),
    );
    books.run(&[&close[..], &[WHY]].concat()).says(&["Everything through 2026-01-31 is closed."]);
}

#[test]
fn a_closed_month_never_changes() {
    let books = Books::imported();
    books.run(&["post", "--as-of", "2026-02-01"]).ok();
    books.run(&["close", "--through", "2026-01-31", "--at", "2026-02-02", WHY]).ok();
    let before = january(&books);
    // Usage of January by file and by operation, a gift that is entered too late, a sweep.
    books.write(
        "late.csv",
        "request,customer,at,model,input,output\nr9,acme,2026-01-20T09:00:00Z,large,4000,1000\n",
    );
    books.run(&["usage", "import", "late.csv", "--mapping", "mapping.toml"]).ok();
    books.run(&["post", "--as-of", "2026-03-01"]).ok();
    books
        .operate(
            r#"{"op":"record_usage","id":"u","at":"2026-01-25T00:00:00Z","actor":"a","customer":"globex","events":[{"key":"k","meter":"llm","quantity":"3000","dimensions":{"model":"small","token_type":"input"}}]}
{"op":"grant_credits","id":"gift-2","at":"2026-01-28T00:00:00Z","actor":"ana","customer":"acme","wallet":"promo","units":"10","kind":"promotional"}
"#,
        )
        .ok();
    books.run(&["expire", "--as-of", "2027-06-01"]).ok();
    let after = january(&books);
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (name, text) in &before {
        assert_eq!(text, &after[name], "{name}");
    }
    let entries = books.json(&["ledger", "--limit", "1000"])["entries"].clone();
    let late: Vec<_> = entries.as_array().unwrap().iter().filter(|e| e["late"] == true).collect();
    assert_eq!(late.len(), 3, "two of usage, one gift: {late:#?}");
    assert!(late.iter().all(|e| e["booked_on"] == "2026-02-01"), "{late:#?}");
    let journal = books.json(&["report", "journal", "--month", "2026-02"]);
    assert!(journal["tables"].to_string().contains("\"late\""), "{journal:#}");
    books.sound();
}

#[test]
fn verify_sees_what_was_changed_behind_a_close() {
    let books = Books::granted();
    books.run(&["close", "--through", "2026-01-31", "--at", "2026-02-02", "--id", "c", WHY]).ok();
    let again =
        books.run(&["close", "--through", "2026-01-31", "--at", "2026-02-02", "--id", "c", WHY]);
    assert!(again.ok().contains("was closed before"));
    let other = books.run(&["close", "--through", "2026-01-31", "--at", "2026-02-02"]);
    other.fails(3, &["closed already"]);
    books.run(&["close", "--through", "2026-02-27", "--at", "2026-03-02"]).fails(3, &["last day"]);
    books.run(&["close", "--through", "2026-02-28", "--at", "2026-02-28"]).fails(3, &["not over"]);
    books.sound();
    let text = books.json(&["periods"])["closes"][0].clone();
    assert_eq!(text["through"], "2026-01-31");
    assert_eq!(text["trial_balance"][0]["debit"], "108.10", "{text:#}");
}
