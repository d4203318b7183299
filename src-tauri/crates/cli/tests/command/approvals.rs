//! Approvals: asking, deciding, what overtakes a request, and what cannot be forged.

use serde_json::Value;

use crate::books::{Books, GRANTS, PRICING};

const RULES: &str = r#"
[[approvals]]
code = "money"
operations = ["refund_grant", "void_lot"]
approvers = ["ben", "carla"]

[[approvals]]
code = "prices"
operations = ["apply_configuration"]
"#;

/// Books with rules, and Acme's grants in them.
fn ruled() -> Books {
    let books = Books::folder();
    books.write("pricing.toml", format!("{PRICING}{RULES}"));
    books.run(&["init", "--config", "pricing.toml"]).ok();
    books.operate(GRANTS).ok();
    books
}

const REFUND: [&str; 11] = [
    "refund",
    "--customer",
    "acme",
    "--lot",
    "buy-1",
    "--units",
    "8",
    "--id",
    "r-1",
    "--actor",
    "ana",
];

fn ask(books: &Books, request: &str) -> Value {
    let named = format!("--ask={request}");
    books.json(&[&REFUND[..], &["--at", "2026-01-20", &named]].concat())["request"].clone()
}

fn approve<'a>(request: &'a str, content: &'a Value, actor: &'a str) -> [&'a str; 7] {
    let content = content.as_str().unwrap();
    ["request", "approve", request, "--content", content, "--actor", actor]
}

#[test]
fn what_a_rule_names_is_done_by_two_people_or_not_at_all() {
    let books = ruled();
    let alone = [&REFUND[..], &["--at", "2026-01-20"]].concat();
    books.refuses(3, &["rule money", "--ask", "ben or carla"], |books| books.run(&alone));
    let tried = books.run(&[&alone[..], &["--dry-run"]].concat()).ok();
    assert!(tried.contains("Not without a second person"), "{tried}");

    let request = ask(&books, "q-1");
    assert_eq!((&request["state"], &request["asked_by"]), (&"open".into(), &"ana".into()));
    assert_eq!(books.available("acme", "standard", "2026-02-01"), "100.00");
    let content = &request["content"];
    for (actor, words) in [("ana", "cannot decide"), ("dora", "may not approve by rule money")] {
        books.refuses(3, &[words], |books| books.run(&approve("q-1", content, actor)));
    }
    let other = Value::from("0123456789ab");
    books.refuses(4, &["look at it again"], |books| books.run(&approve("q-1", &other, "ben")));

    books.run(&approve("q-1", content, "ben")).ok();
    assert_eq!(books.available("acme", "standard", "2026-02-01"), "92.00");
    books.refuses(4, &["decided by ben already: approved"], |books| {
        books.run(&approve("q-1", content, "carla"))
    });
    books.sound();
}

#[test]
fn a_request_is_rejected_with_a_reason_and_withdrawn_by_who_asked() {
    let books = ruled();
    ask(&books, "q-1");
    let withdraw = |actor| ["request", "withdraw", "q-1", "--actor", actor];
    books.refuses(3, &["ana asked for it"], |books| books.run(&withdraw("ben")));
    let reject = |id, why, actor| ["request", "reject", id, "--reason", why, "--actor", actor];
    books.refuses(2, &["say why"], |books| books.run(&reject("q-1", " ", "ben")));
    books.refuses(3, &["may not approve"], |books| books.run(&reject("q-1", "no", "dora")));
    books.run(&withdraw("ana")).ok();
    ask(&books, "q-2");
    books.run(&reject("q-2", "the wrong lot", "ben")).ok();
    let all = books.json(&["request", "list", "--all"]);
    let states: Vec<_> = all.as_array().unwrap().iter().map(|r| &r["state"]).collect();
    assert_eq!(states, ["rejected", "withdrawn"]);
    assert_eq!(all[0]["comment"], "the wrong lot");
    assert_eq!(books.json(&["request", "list"]).as_array().unwrap().len(), 0);
    assert_eq!(books.available("acme", "standard", "2026-02-01"), "100.00");
    books.sound();
}

#[test]
fn several_operations_are_asked_for_together_and_done_together() {
    let books = ruled();
    books.write(
        "both.jsonl",
        r#"{"op":"refund_grant","id":"r-1","at":"2026-01-20T00:00:00Z","actor":"ana","customer":"acme","lot":"buy-1","units":"10"}
{"op":"void_lot","id":"v-1","at":"2026-01-21T00:00:00Z","actor":"ana","customer":"acme","lot":"gift-1","reason":"not theirs"}
"#,
    );
    let asked = books.json(&["operate", "both.jsonl", "--actor", "ana", "--ask=q-1"]);
    let request = &asked["request"];
    assert_eq!(request["operations"].as_array().unwrap().len(), 2);
    books.run(&approve("q-1", &request["content"], "carla")).ok();
    assert_eq!(books.available("acme", "standard", "2026-02-01"), "90.00");
    assert_eq!(books.available("acme", "promo", "2026-01-22"), "0.00");
    // What the books refuse nobody is asked for, and a request holds one's own operations only.
    books.write("two.jsonl", books.read("both.jsonl").replace("r-1", "r-2").replace("v-1", "v-2"));
    books.refuses(3, &["two.jsonl:2"], |books| {
        books.run(&["operate", "two.jsonl", "--actor", "ana", "--ask=q-2"])
    });
    books.refuses(3, &["everybody asks for their own"], |books| {
        let one = books.read("two.jsonl").lines().next().unwrap().to_owned();
        books.write("one.jsonl", &one);
        books.run(&["operate", "one.jsonl", "--actor", "eve", "--ask=q-3"])
    });
    books.sound();
}

#[test]
fn a_command_that_cannot_ask_does_nothing_when_it_is_told_to() {
    let books = ruled();
    for command in [
        &["bulk", "--op", "void_lot", "--batch", "b", "rows.csv", "--ask"][..],
        &["post", "--ask"],
        &["expire", "--as-of", "2027-01-01", "--ask"],
        &["fx", "import", "rates.csv", "--ask"],
    ] {
        books.refuses(2, &["--ask"], |books| books.run(command));
    }
    books.sound();
}

#[test]
fn a_name_in_other_letters_is_no_second_person() {
    let books = ruled();
    let request = ask(&books, "q-1");
    let approval = approve("q-1", &request["content"], "ANA");
    books.refuses(3, &["ANA"], |books| books.run(&approval));
    let rejection = ["request", "reject", "q-1", "--reason", "no", "--actor", "Ana"];
    books.refuses(3, &["Ana"], |books| books.run(&rejection));
    books.run(&approve("q-1", &request["content"], "ben")).ok();
    books.sound();
}

#[test]
fn an_approval_cannot_be_made_up() {
    let books = ruled();
    let request = ask(&books, "q-1");
    let shown = books.json(&["request", "show", "q-1"]);
    let text = shown["texts"][0].as_str().unwrap().to_owned();
    // Nobody has decided: an operation that says so is refused, whatever its hash.
    for content in [request["content"].as_str().unwrap(), &"0".repeat(64)] {
        let mut forged: Value = serde_json::from_str(&text).unwrap();
        forged["approval"] =
            serde_json::json!({ "request": "q-1", "by": "ben", "content": content });
        books.write("forged.jsonl", forged.to_string());
        books.refuses(3, &["was approved"], |books| books.run(&["operate", "forged.jsonl"]));
    }
    books.write(
        "decided.jsonl",
        r#"{"op":"decide_request","id":"q-1/decision","at":"2026-01-20T00:00:00Z","actor":"ben","request":"q-1","asked_by":"ana","verdict":"approve","content":"0000000000000000000000000000000000000000000000000000000000000000"}"#,
    );
    books.refuses(2, &["not by hand"], |books| books.run(&["operate", "decided.jsonl"]));
    books.sound();
}

#[test]
fn what_was_published_meanwhile_is_brought_together_or_decided_place_by_place() {
    let books = ruled();
    let base = books.read("pricing.toml");
    let asks = |name: &str, text: &str, request: &str| {
        books.write(name, text);
        let ask = format!("--ask={request}");
        books.json(&["apply", name, "--actor", "ana", &ask])["request"].clone()
    };
    let named = base.replace("name = \"Acme BV\"", "name = \"Acme Holding\"");
    let first = asks("ours.toml", &named, "ours");
    let theirs = base.replace("name = \"Acme BV\"", "name = \"Acme NV\"");
    let theirs = theirs.replace("code = \"globex\"", "code = \"globex\"\nname = \"Globex\"");
    let second = asks("theirs.toml", &theirs, "theirs");
    books.run(&approve("theirs", &second["content"], "ben")).ok();

    let listed = books.json(&["request", "list"]);
    assert_eq!((&listed[0]["id"], &listed[0]["state"]), (&"ours".into(), &"stale".into()));
    books.refuses(4, &["configuration 1, and 2 is in force", "renew"], |books| {
        books.run(&approve("ours", &first["content"], "ben"))
    });
    let renew = ["request", "renew", "ours", "--actor", "ana", "--ask=ours-2"];
    books.refuses(
        4,
        &["customers[acme].name", "it was \"Acme BV\"; ours \"Acme Holding\", theirs \"Acme NV\""],
        |books| books.run(&renew),
    );
    let twice = ["--take", "customers[acme].name=ours", "--set", "customers[acme].name=Acme"];
    books.refuses(2, &["customers[acme].name is chosen twice"], |books| {
        books.run(&[&renew[..], &twice].concat())
    });
    let nonsense = ["--take", "customers[acme].name=ours", "--take", "nonsense=ours"];
    books.refuses(2, &["nonsense is in no conflict", "No place is undecided"], |books| {
        books.run(&[&renew[..], &nonsense].concat())
    });
    let chosen = [&renew[..], &["--take", "customers[acme].name=ours"]].concat();
    let renewed = books.json(&chosen)["request"].clone();
    books.run(&approve("ours-2", &renewed["content"], "ben")).ok();
    let now = books.run(&["export"]).ok();
    assert!(now.contains("name = \"Acme Holding\"") && now.contains("name = \"Globex\""), "{now}");
    assert_eq!(books.json(&["request", "list", "--all"])[1]["state"], "approved");
    books.sound();
}

/// The configuration with another version of its card, in which the large model has this price.
fn priced(price: &str) -> String {
    format!(
        r#"{PRICING}{RULES}
[[rate_cards.versions]]
version = 2
effective_at = "2026-12-01"
overage = {{ currency = "EUR", price = "0.12" }}
rates = [
    {{ code = "large", meter = "llm", match = {{ model = "large" }}, model = "per_unit", price = "{price}", per = "1000" }},
    {{ code = "small", meter = "llm", match = {{ model = "small" }}, model = "per_unit", price = "1", per = "1000" }},
]
"#
    )
}

#[test]
fn a_kept_preview_goes_with_the_request_for_what_it_tests_and_with_no_other() {
    let books = ruled();
    books.write("dearer.toml", priced("7"));
    books.write("still-dearer.toml", priced("8"));
    books
        .run(&[
            "preview",
            "--scenario",
            "dearer.toml",
            "--from",
            "2026-02-01",
            "--through",
            "2026-02-28",
            "--keep",
            "dearer",
        ])
        .ok();
    let apply = |file: &'static str| ["apply", file, "--actor", "ana", "--preview", "dearer"];
    let asking = |file| [&apply(file)[..], &["--ask=q-1"]].concat();
    books.refuses(2, &["--preview goes with a request: add --ask"], |books| {
        books.run(&apply("dearer.toml"))
    });
    let place = "its scenario dearer has 7 at rate_cards[list].versions[2].rates[large].price, \
                 and what is asked for 8";
    books.refuses(2, &[place], |books| books.run(&asking("still-dearer.toml")));
    let other = ["apply", "dearer.toml", "--actor", "ana", "--preview", "nothing", "--ask"];
    books.refuses(5, &["nothing"], |books| books.run(&other));

    let asked = books.run(&asking("dearer.toml")).ok();
    let change = "rate_cards[list].versions[2].rates[large].price: 3 -> 7";
    assert!(asked.contains(change), "{asked}");
    assert!(asked.contains("Asked for as request q-1, with preview dearer."), "{asked}");
    let shown = books.json(&["request", "show", "q-1", "--actor", "ben"]);
    let preview = &shown["preview"];
    assert_eq!(preview["name"], "dearer");
    assert_eq!(preview["kept"], "same");
    assert_eq!(preview["entries_since"], 0);
    assert_eq!(preview["is_reconfigured"], false);
    assert_eq!(preview["backtest"]["exact"], true);
    let told = books.run(&["request", "show", "q-1", "--actor", "ben"]).ok();
    for words in ["Preview dearer, run by ana", "reproduced the ledger exactly", "Kept in this"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let content = &shown["request"]["content"];
    books.run(&approve("q-1", content, "ben")).ok();
    let shown = books.json(&["request", "show", "q-1", "--actor", "ben"]);
    assert_eq!(shown["preview"]["name"], "dearer");
    assert!(shown["preview"]["entries_since"].is_null());
    books.sound();
}
