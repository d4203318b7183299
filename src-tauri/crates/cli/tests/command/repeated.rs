//! A command that is run again under its id is the same operation, also where it says no date.

use crate::books::Books;

#[test]
fn a_command_without_a_date_is_done_once_under_its_id() {
    let books = Books::granted();
    let commands = [
        "grant --customer acme --wallet promo --kind promotional --units 5 --id same-1",
        "refund --customer acme --lot buy-1 --units 3 --id same-2",
        "extend --customer acme --lot buy-1 --expires-at 2031-01-01 --id same-3",
        "close --through 2025-12-31 --id same-4 --reason none",
    ];
    for command in commands {
        let words: Vec<&str> = command.split_whitespace().collect();
        books.run(&words).ok();
        let before = books.state();
        let again = books.run(&words).ok();
        assert!(again.contains("before"), "{again}");
        assert_eq!(books.state(), before, "{command}");
    }
    // Other content, and another date that is given, are another operation.
    let grant: Vec<&str> = commands[0].split_whitespace().collect();
    for other in [&["--reason", "why not"][..], &["--at", "2026-01-07"]] {
        books.refuses(4, &["operation same-1 was applied before with other content"], |books| {
            books.run(&[&grant[..], other].concat())
        });
    }
    books.sound();
}

#[test]
fn a_dry_run_says_what_would_be_done() {
    let books = Books::granted();
    let grant =
        "grant --customer acme --wallet promo --kind promotional --units 5 --id g --at 2026-01-07";
    let grant: Vec<&str> = grant.split_whitespace().collect();
    let dry = [&grant[..], &["--dry-run"]].concat();
    let shown = books.run(&dry).ok();
    assert!(shown.starts_with("grant_credits g (would be applied)"), "{shown}");
    books.run(&grant).ok();
    let shown = books.run(&dry).ok();
    assert!(shown.starts_with("grant_credits g (was applied before)"), "{shown}");
}

#[test]
fn an_id_that_a_file_has_twice_is_told_by_its_first_line() {
    let books = Books::granted();
    let line = |units: &str| {
        format!(
            r#"{{"op":"grant_credits","id":"twice","at":"2026-01-07T00:00:00Z","actor":"ana","customer":"acme","wallet":"promo","units":"{units}","kind":"promotional"}}"#
        )
    };
    let file = format!("# two\n{}\n{}\n", line("5"), line("6"));
    let words = [":3:", "operation twice stands on line 2 already with other content"];
    books.refuses(4, &words, |books| books.operate(&file));
}
