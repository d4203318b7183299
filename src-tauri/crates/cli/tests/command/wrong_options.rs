//! Options whose text is no amount, no date, no name: the message begins with the option and says what
//! is wrong with the text, and nothing is done.

use crate::books::Books;

const GRANT: &[&str] = &["grant", "--customer", "acme", "--wallet", "standard"];

/// Refused before the books are asked, with a message that begins so.
fn refused(books: &Books, arguments: &[&str], begins: &str) {
    let begins = format!("error: {begins}");
    books.refuses(2, &[&begins], |books| books.run(arguments));
}

#[test]
fn an_amount_that_is_none_is_told_of_its_option() {
    let books = Books::granted();
    for (option, text) in [
        ("--units", "1,000.5"),
        ("--units", "five"),
        ("--price", "1e5"),
        ("--tax", "17,10"),
        ("--currency", "e u"),
    ] {
        let mut given =
            vec![("--units", "5"), ("--price", "1"), ("--tax", "0"), ("--currency", "EUR")];
        given.retain(|(name, _)| *name != option);
        given.push((option, text));
        let given: Vec<&str> = given.into_iter().flat_map(|(name, text)| [name, text]).collect();
        refused(&books, &[GRANT, &given].concat(), &format!("{option}: "));
    }
    let hold = ["hold", "place", "--customer", "acme", "--meter", "llm", "--quantity", "1e3"];
    refused(&books, &hold, "--quantity: \"1e3\" is not a decimal number");
    let adjust = [
        "adjust",
        "--customer",
        "acme",
        "--wallet",
        "standard",
        "--units",
        "5",
        "--counter",
        "concession",
        "--approver",
        "ben",
        "--reason",
        "r",
        "--worth",
        "1.2.3",
        "--currency",
        "EUR",
    ];
    refused(&books, &adjust, "--worth: \"1.2.3\" is not a decimal number");
    let refund = ["refund", "--customer", "two words", "--lot", "buy-1"];
    refused(&books, &refund, "--customer: the customer code \"two words\"");
}

#[test]
fn an_amount_below_zero_is_refused_by_its_own_rule() {
    let books = Books::granted();
    let grant = [GRANT, &["--units", "-5", "--kind", "promotional"]].concat();
    books.refuses(3, &["above zero"], |books| books.run(&grant));
    let refund = ["refund", "--customer", "acme", "--lot", "buy-1", "--fee", "-1"];
    books.refuses(3, &["negative"], |books| books.run(&refund));
}

#[test]
fn a_day_that_is_none_is_told_of_its_option() {
    let books = Books::granted();
    let no_such = |day: &str| format!("there is no such day as {day}");
    let promo = [GRANT, &["--units", "5", "--kind", "promotional"]].concat();
    let preview = |option: &'static str, text: &'static str| {
        let mut given = vec![("--from", "2026-01-01"), ("--through", "2026-01-31")];
        given.retain(|(name, _)| *name != option);
        given.push((option, text));
        let given = given.into_iter().flat_map(|(name, text)| [name, text]);
        ["preview", "--scenario", "pricing.toml"].into_iter().chain(given).collect::<Vec<_>>()
    };
    for (arguments, option, what) in [
        ([&promo[..], &["--at", "2026-02-30"]].concat(), "--at", no_such("2026-02-30")),
        (
            [&promo[..], &["--expires-at", "2026-02-31"]].concat(),
            "--expires-at",
            no_such("2026-02-31"),
        ),
        (
            [&promo[..], &["--expires-at", "soon"]].concat(),
            "--expires-at",
            "\"soon\" is neither a date (2026-04-01) nor an instant (2026-04-01T00:00:00Z), nor \"never\""
                .to_owned(),
        ),
        (vec!["close", "--through", "2026-02-30"], "--through", no_such("2026-02-30")),
        (
            vec!["close", "--through", "2026-02"],
            "--through",
            "\"2026-02\" is not a date: write it like 2026-04-01".to_owned(),
        ),
        (vec!["ledger", "--from", "2026-02-30"], "--from", no_such("2026-02-30")),
        (vec!["ledger", "--to", "2026-02-30"], "--to", no_such("2026-02-30")),
        (vec!["audit", "--from", "2026-02-30"], "--from", no_such("2026-02-30")),
        (preview("--from", "2026-02-30"), "--from", no_such("2026-02-30")),
        (preview("--through", "2026-02-30"), "--through", no_such("2026-02-30")),
        (vec!["report", "revenue", "--as-of", "2026-02-31"], "--as-of", no_such("2026-02-31")),
        (
            vec!["report", "revenue", "--month", "2026-1"],
            "--month",
            "\"2026-1\" is not a month: write it like 2026-04".to_owned(),
        ),
        (
            vec!["report", "revenue", "--month", "2026-01-05"],
            "--month",
            "\"2026-01-05\" is not a month: write it like 2026-04".to_owned(),
        ),
        (
            vec!["report", "revenue", "--month", ""],
            "--month",
            "\"\" is not a month: write it like 2026-04".to_owned(),
        ),
        (vec!["balance", "acme", "--as-of", "2026-02-30"], "--as-of", no_such("2026-02-30")),
        (vec!["alerts", "--since", "2026-02-30"], "--since", no_such("2026-02-30")),
        (vec!["fx", "show", "--from", "2026-02-30"], "--from", no_such("2026-02-30")),
    ] {
        refused(&books, &arguments, &format!("{option}: {what}"));
    }
}

#[test]
fn the_name_of_a_preview_is_no_plan() {
    let books = Books::granted();
    let preview = [
        "preview",
        "--scenario",
        "pricing.toml",
        "--from",
        "2026-01-01",
        "--through",
        "2026-01-31",
        "--keep",
        "a b",
    ];
    refused(&books, &preview, "--keep: the preview's name \"a b\" has the character ' '");
}
