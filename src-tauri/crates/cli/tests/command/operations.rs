//! `operate` and `grant`: dry run, all or nothing, repeats.

use crate::books::{Books, GRANTS};

const GIFT: &str = r#"{"op":"grant_credits","id":"gift-2","at":"2026-01-07T00:00:00Z","actor":"ana","customer":"acme","wallet":"promo","units":"5","kind":"promotional"}"#;

#[test]
fn a_dry_run_shows_the_entries_and_changes_nothing() {
    let books = Books::new();
    let before = books.state();
    books.write("grants.jsonl", GRANTS);
    let dry = books.json(&["operate", "grants.jsonl", "--dry-run"]);
    assert_eq!(dry["dry_run"], true);
    assert_eq!(books.state(), before);
    let text = books.run(&["operate", "grants.jsonl", "--dry-run"]).ok();
    for word in [
        "line 1: grant_credits buy-1",
        "cash_clearing",
        "107.10",
        "vat_output",
        "Nothing was changed",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let real = books.json(&["operate", "grants.jsonl"]);
    assert_eq!(real["operations"], dry["operations"], "what was shown is what is done");
    books.sound();
}

#[test]
fn operations_come_from_standard_input_too() {
    let books = Books::new();
    books.write("grants.jsonl", GRANTS);
    let mut command = books.command(&["operate", "-"]);
    command.stdin(std::fs::File::open(books.path("grants.jsonl")).unwrap());
    crate::books::finish(command).ok();
    assert_eq!(books.json(&["status"])["operations"], 4);
}

#[test]
fn one_refused_line_refuses_the_file() {
    let books = Books::granted();
    let lines = format!(
        "# gifts of January\n{GIFT}\n\n{}\n",
        GIFT.replace("gift-2", "gift-3").replace("acme", "nobody")
    );
    books.refuses(
        3,
        &["operations.jsonl:4", "nobody", "Nothing of the file was applied"],
        |books| books.operate(&lines),
    );
}

#[test]
fn the_same_file_twice_changes_nothing_the_second_time() {
    let books = Books::granted();
    let before = books.state();
    let view = books.json(&["operate", "grants.jsonl"]);
    for operation in view["operations"].as_array().unwrap() {
        assert_eq!(operation["outcome"], "already_applied");
    }
    assert_eq!(books.state(), before);
    let text = books.run(&["operate", "grants.jsonl"]).ok();
    assert!(text.contains("3 had been applied before"), "{text}");
}

#[test]
fn white_space_and_the_order_of_members_are_not_content() {
    let books = Books::granted();
    let value: serde_json::Value = serde_json::from_str(GRANTS.lines().next().unwrap()).unwrap();
    let mut members: Vec<_> = value.as_object().unwrap().iter().collect();
    members.reverse();
    let text: Vec<_> = members.iter().map(|(k, v)| format!("\"{k}\" : {v}")).collect();
    let before = books.state();
    books.operate(&format!("{{ {} }}", text.join(" ,\t"))).ok();
    assert_eq!(books.state(), before);
}

#[test]
fn the_same_id_with_other_content_is_a_conflict() {
    let books = Books::granted();
    let other = GRANTS.lines().next().unwrap().replace("\"100\"", "\"200\"");
    books.refuses(4, &["operations.jsonl:2", "buy-1", "other content"], |books| {
        books.operate(&format!("{GIFT}\n{other}\n"))
    });
}

#[test]
fn an_id_used_twice_in_a_file_is_a_repeat_or_a_conflict() {
    let books = Books::granted();
    books.operate(&format!("{GIFT}\n{GIFT}\n")).ok();
    assert_eq!(books.available("acme", "promo", "2026-01-08"), "15.00");
    let again = GIFT.replace("gift-2", "gift-3");
    books.refuses(4, &[":2", "gift-3"], |books| {
        books.operate(&format!("{again}\n{}\n", again.replace("\"5\"", "\"6\"")))
    });
}

#[test]
fn usage_recorded_by_an_operation_is_not_charged_again_by_the_archive() {
    let books = Books::granted();
    let record = r#"{"op":"record_usage","id":"live-1","at":"2026-01-10T09:00:00Z","actor":"api","customer":"acme","events":[{"key":"r1/input","meter":"llm","quantity":"2000","dimensions":{"model":"large","token_type":"input"}}]}"#;
    books.operate(record).ok();
    books.import(crate::books::USAGE).ok();
    let view = books.json(&["post", "--as-of", "2026-02-01"]);
    assert_eq!(view["duplicates"], 1, "{view:#}");
    let before = books.state();
    // The repeat of an operation is a repeat, also after its event came by file.
    let view = books.json(&["operate", "operations.jsonl"]);
    assert_eq!(view["operations"][0]["outcome"], "already_applied");
    assert_eq!(books.state(), before);
    books.sound();
}

#[test]
fn an_event_of_the_archive_is_not_recorded_again_by_an_operation() {
    let books = Books::imported();
    let record = r#"{"op":"record_usage","id":"live-1","at":"2026-01-10T09:00:00Z","actor":"api","customer":"acme","events":[{"key":"r1/input","meter":"llm","quantity":"2000","dimensions":{"model":"large","token_type":"input"}}]}"#;
    books.refuses(4, &["operations.jsonl:1", "r1/input"], |books| books.operate(record));
}

#[test]
fn a_grant_on_the_command_line_is_an_operation() {
    let books = Books::new();
    let arguments = [
        "grant",
        "--customer",
        "acme",
        "--wallet",
        "standard",
        "--units",
        "1000",
        "--price",
        "90.00",
        "--tax",
        "17.10",
        "--currency",
        "EUR",
        "--at",
        "2026-01-05",
        "--expires-at",
        "2027-01-01",
        "--id",
        "inv-77",
        "--invoiced",
        "--priority",
        "5",
        "--reason",
        "order 77",
    ];
    let before = books.state();
    let dry = books.run(&[&arguments[..], &["--dry-run"]].concat()).ok();
    assert_eq!(dry.matches("accounts_receivable").count(), 1, "shown once: {dry}");
    assert_eq!(books.state(), before);
    let view = books.json(&arguments);
    assert_eq!(view["operations"][0]["id"], "inv-77");
    assert_eq!(view["operations"][0]["entries"][0]["booked_on"], "2026-01-05");
    let balance = books.json(&["balance", "acme", "--as-of", "2026-01-06"]);
    assert_eq!(balance["wallets"][0]["available"], "1000.00");
    assert_eq!(balance["lots"][0]["expires_at"], "2026-12-31T23:00:00Z", "Berlin's midnight");
    assert_eq!(balance["receivable"]["EUR"], "107.10");
    let state = books.state();
    books.run(&arguments).ok();
    assert_eq!(books.state(), state, "the same id twice changes nothing");
    let other: Vec<_> = arguments.iter().map(|a| if *a == "1000" { "999" } else { a }).collect();
    books.refuses(4, &["inv-77"], |books| books.run(&other));
}

#[test]
fn a_grant_without_an_id_gets_one_and_never_expires_if_told() {
    let books = Books::new();
    let view = books.json(&[
        "grant",
        "--customer",
        "acme",
        "--wallet",
        "gifts",
        "--wallet-type",
        "promo",
        "--units",
        "7.5",
        "--kind",
        "promotional",
        "--at",
        "2026-01-05",
        "--expires-at",
        "never",
    ]);
    assert_eq!(view["operations"][0]["id"].as_str().unwrap().len(), 36);
    let lot = &books.json(&["balance", "acme", "--as-of", "2030-01-01"])["lots"][0];
    assert_eq!((&lot["state"], &lot["expires_at"]), (&"usable".into(), &serde_json::Value::Null));
}
