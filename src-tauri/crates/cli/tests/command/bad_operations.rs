//! Operations that are refused: each names its line, and nothing of the file is applied.

use crate::books::Books;

/// Members that replace those of a grant that would be accepted.
fn grant(replaced: &str) -> String {
    let mut grant = serde_json::json!({
        "op": "grant_credits", "id": "g", "at": "2026-01-07T00:00:00Z", "actor": "ana",
        "customer": "acme", "wallet": "standard", "units": "5", "kind": "purchased",
        "price": { "net": "4.50", "currency": "EUR" }
    });
    let replaced: serde_json::Value = serde_json::from_str(replaced).unwrap();
    for (name, value) in replaced.as_object().unwrap() {
        grant[name] = value.clone();
    }
    let members = grant.as_object_mut().unwrap();
    members.retain(|_, value| !value.is_null());
    grant.to_string()
}

fn usage(replaced: &str) -> String {
    let mut event = serde_json::json!({
        "key": "e1", "meter": "llm", "quantity": "1000",
        "dimensions": { "model": "large", "token_type": "input" }
    });
    let replaced: serde_json::Value = serde_json::from_str(replaced).unwrap();
    for (name, value) in replaced.as_object().unwrap() {
        event[name] = value.clone();
    }
    serde_json::json!({
        "op": "record_usage", "id": "u", "at": "2026-01-07T00:00:00Z", "actor": "api",
        "customer": "acme", "events": [event]
    })
    .to_string()
}

#[test]
fn a_line_that_is_not_an_operation_is_named() {
    let books = Books::granted();
    for (line, word) in [
        ("not json".to_owned(), "not a JSON object"),
        ("[1]".to_owned(), "JSON object"),
        (r#"{"op":"grant_credits"}"#.to_owned(), "\"id\" is missing"),
        (grant(r#"{"op":"print_money"}"#), "print_money"),
        (grant(r#"{"id":"two words"}"#), "two words"),
        (grant(r#"{"at":"7 January"}"#), "7 January"),
        (grant(r#"{"at":"1969-12-31T23:59:59Z"}"#), "1970"),
        (grant(r#"{"at":"2026-02-30T00:00:00Z"}"#), "2026-02-30"),
        (grant(r#"{"at":"2026-01-07T00:00:00"}"#), "2026-01-07T00:00:00"),
        (grant(r#"{"colour":"red"}"#), "colour"),
        (grant(r#"{"units":5}"#), "decimal number in quotes"),
        (grant(r#"{"units":"five"}"#), "five"),
        (grant(r#"{"units":"1e3"}"#), "1e3"),
        (grant(r#"{"kind":"stolen"}"#), "stolen"),
        (grant(r#"{"customer":null}"#), "customer"),
        (grant(r#"{"customer":""}"#), "customer"),
        (grant(r#"{"expires_at":"someday"}"#), "\"expires_at\": \"someday\" is neither a date"),
        (grant(r#"{"expires_at":"2026-02-31"}"#), "there is no such day as 2026-02-31"),
        (grant(r#"{"price":{"net":"1e5","currency":"EUR"}}"#), "\"price.net\": \"1e5\" is not"),
    ] {
        let text = format!("# a comment\n{}\n{line}\n", grant(r#"{"id":"good"}"#));
        books.refuses(2, &["operations.jsonl:3", word], |books| books.operate(&text));
    }
}

#[test]
fn what_the_books_do_not_allow_is_named() {
    let books = Books::granted();
    for (line, word) in [
        (grant(r#"{"customer":"nobody"}"#), "nobody"),
        (grant(r#"{"wallet":"savings"}"#), "savings"),
        (grant(r#"{"price":{"net":"1","currency":"XBT"}}"#), "XBT"),
        (grant(r#"{"price":{"net":"1","currency":"credits"}}"#), "credits is not a currency"),
        (grant(r#"{"price":{"net":"-1","currency":"EUR"}}"#), "negative"),
        (grant(r#"{"price":{"net":"0.001","currency":"EUR"}}"#), "price.net"),
        (grant(r#"{"units":"-5"}"#), "above zero"),
        (grant(r#"{"units":"0"}"#), "above zero"),
        (grant(r#"{"units":"0.001"}"#), "units"),
        (grant(r#"{"units":"9999999999999999999999"}"#), "units"),
        (grant(r#"{"price":null}"#), "needs a price"),
        (grant(r#"{"kind":"promotional"}"#), "has no price"),
        (grant(r#"{"lot":"buy-1"}"#), "buy-1"),
        (grant(r#"{"expires_at":"2026-01-07"}"#), "expire"),
        (grant(r#"{"wallet_type":"promo"}"#), "is of type standard"),
        (usage(r#"{"meter":"gpu"}"#), "gpu"),
        (usage(r#"{"quantity":"-1"}"#), "negative"),
        (usage(r#"{"quantity":"0.5"}"#), "quantity"),
        (usage(r#"{"quantity":"99999999999999999999"}"#), "quantity"),
        (usage(r#"{"dimensions":{"model":"tiny","token_type":"input"}}"#), "e1"),
    ] {
        let text = format!("{}\n{line}\n", grant(r#"{"id":"good"}"#));
        books.refuses(3, &["operations.jsonl:2", word], |books| books.operate(&text));
    }
}

#[test]
fn amounts_that_do_not_fit_together_are_refused() {
    let books = Books::granted();
    // Each fits in 64 bits of cents, their sum does not.
    let most = r#"{"id":"a","units":"1","price":{"net":"92233720368547758.07","tax":"1","currency":"EUR"}}"#;
    books.refuses(3, &["operations.jsonl:1"], |books| books.operate(&grant(most)));
}

#[test]
fn money_that_is_not_owed_cannot_be_paid_invoiced_or_refunded() {
    let books = Books::granted();
    let operation = |members: &str| {
        format!(
            r#"{{"id":"x","at":"2026-01-08T00:00:00Z","actor":"ana","customer":"acme",{members}}}"#
        )
    };
    for (members, word) in [
        (r#""op":"receive_payment","amount":"1","currency":"EUR""#, "only 0.00 EUR is open"),
        (r#""op":"invoice_overage","currency":"EUR""#, "unbilled"),
        (r#""op":"refund_grant","lot":"buy-9""#, "buy-9"),
        (r#""op":"refund_grant","lot":"buy-1","units":"100.01""#, "100.00"),
        (r#""op":"refund_grant","lot":"buy-1","fee":"90.01""#, "90.01"),
        (r#""op":"refund_grant","lot":"buy-1","fee":"-1""#, "negative"),
        (r#""op":"void_lot","lot":"buy-9""#, "buy-9"),
    ] {
        books.refuses(3, &[":1", word], |books| books.operate(&operation(members)));
    }
}

#[test]
fn an_expired_lot_is_not_refunded() {
    let books = Books::granted();
    let refund = r#"{"op":"refund_grant","id":"x","at":"2027-01-05T00:00:00Z","actor":"ana","customer":"acme","lot":"buy-1"}"#;
    books.refuses(3, &[":1", "buy-1", "expired"], |books| books.operate(refund));
}

#[test]
fn an_event_key_is_used_once() {
    let books = Books::granted();
    books.operate(&usage("{}")).ok();
    let before = books.state();
    books.operate(&usage("{}")).ok();
    assert_eq!(books.state(), before);
    let other = usage(r#"{"quantity":"2000"}"#).replace("\"id\":\"u\"", "\"id\":\"v\"");
    books.refuses(4, &[":1", "e1", "other content"], |books| books.operate(&other));
}

#[test]
fn what_is_dated_in_the_future_counts_from_then() {
    let books = Books::granted();
    books.operate(&grant(r#"{"at":"2031-01-07T00:00:00Z"}"#)).ok();
    assert_eq!(books.available("acme", "standard", "2026-06-01"), "100.00");
    assert_eq!(books.available("acme", "standard", "2031-06-01"), "5.00");
    let early = r#"{"id":"early","effective_at":"2026-09-01"}"#;
    books.operate(&grant(early)).ok();
    let lots = books.json(&["balance", "acme", "--as-of", "2026-06-01"])["lots"].clone();
    assert!(lots.to_string().contains("not_yet_effective"), "{lots:#}");
    assert_eq!(books.available("acme", "standard", "2026-06-01"), "100.00");
    assert_eq!(books.available("acme", "standard", "2026-09-02"), "105.00");
    books.sound();
}

#[test]
fn posting_is_not_written_by_hand() {
    let books = Books::imported();
    let post = r#"{"op":"post_usage","id":"p","at":"2026-02-01T00:00:00Z","actor":"ana","customer":"acme","windows":[],"events":0,"events_hash":"0000000000000000000000000000000000000000000000000000000000000000"}"#;
    books.refuses(2, &[":1", "post_usage", "not by hand"], |books| books.operate(post));
}

#[test]
fn operations_that_are_not_utf8_are_refused_with_their_line() {
    let books = Books::granted();
    let bytes = [grant("{}").as_bytes(), b"\n{\"reason\":\"\xff\"}\n"].concat();
    books.write("latin1.jsonl", bytes);
    books.refuses(2, &["latin1.jsonl:2", "UTF-8"], |books| books.run(&["operate", "latin1.jsonl"]));
    books.refuses(7, &["nowhere.jsonl"], |books| books.run(&["operate", "nowhere.jsonl"]));
}

#[test]
fn a_file_without_operations_or_rows_is_refused_as_empty() {
    let books = Books::granted();
    for empty in ["", "\n# nothing yet\n"] {
        books.refuses(2, &["operations.jsonl has no operation"], |books| books.operate(empty));
    }
    for empty in ["", "customer,wallet,units\n"] {
        books.write("empty.csv", empty);
        let bulk = ["bulk", "empty.csv", "--op", "grant_credits", "--batch", "none"];
        books.refuses(2, &["empty.csv has no rows"], |books| books.run(&bulk));
    }
}

#[test]
fn a_member_that_stands_twice_is_refused_with_its_name() {
    let books = Books::granted();
    for (from, to) in [
        ("\"units\":\"5\"", "\"units\":\"2\",\"units\":\"3\""),
        ("\"net\":\"4.50\"", "\"net\":\"4.50\",\"net\":\"3\""),
    ] {
        let line = grant("{}");
        let line = line.replace(from, to);
        assert!(line.contains(to), "{line}");
        books.refuses(2, &["operations.jsonl:1", "is given twice"], |books| books.operate(&line));
    }
}

#[test]
fn what_needs_a_reason_says_how_to_give_it() {
    let books = Books::imported();
    let reverse = ["reverse", "--customer", "acme", "r1/input"];
    books.run(&["post", "--as-of", "2026-03-01"]).ok();
    books.refuses(3, &["needs a reason: say why", "--reason \"TEXT\" says why."], |books| {
        books.run(&reverse)
    });
    let line = r#"{"op":"reverse_usage","id":"x","at":"2026-03-02T00:00:00Z","actor":"ana","customer":"acme","keys":["r1/input"]}"#;
    books.refuses(3, &["The member \"reason\" says why."], |books| books.operate(line));
}
