//! `init`, `apply`, `export`.

use crate::books::{Books, PRICING};

#[test]
fn a_workspace_begins_with_an_entity() {
    let books = Books::folder();
    books
        .run(&[
            "init",
            "--name",
            "Muster & Söhne \"Q\"",
            "--time-zone",
            "Europe/Zurich",
            "--currency",
            "CHF",
        ])
        .ok();
    let status = books.json(&["status"]);
    assert_eq!(status["entity"], "Muster & Söhne \"Q\"");
    assert_eq!(status["currency"], "CHF");
    assert_eq!(status["time_zone"], "Europe/Zurich");
    assert_eq!((&status["config_revision"], &status["entries"]), (&1.into(), &0.into()));
    books.sound();
}

#[test]
fn a_workspace_begins_with_the_warnings_of_its_configuration() {
    let books = Books::folder();
    books.write("pricing.toml", PRICING);
    let ran = books.run(&["init", "--config", "pricing.toml"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let warning = "warning: rate_cards[list].versions[1].rates: In version 1 of rate card list, \
                   usage of meter llm that carries no dimension values matches no row";
    assert!(ran.stderr.contains(warning), "{}", ran.stderr);
    let again = books.run(&["apply", "pricing.toml"]);
    assert_eq!(again.stderr, ran.stderr, "as applying tells them");
}

#[test]
fn a_workspace_is_not_made_twice() {
    let books = Books::granted();
    books.refuses(2, &["exists already"], |books| books.run(&["init", "--name", "Other"]));
}

#[test]
fn a_configuration_with_errors_makes_no_workspace() {
    let books = Books::folder();
    books.write("bad.toml", PRICING.replace("unit = \"tokens\"", "unit = \"toads\""));
    books.run(&["init", "--config", "bad.toml"]).fails(2, &["toads"]);
    assert!(!books.path("books").exists());
    books.run(&["init", "--name", "A", "--time-zone", "Mars/Base"]).fails(2, &["Mars/Base"]);
    books.run(&["init", "--name", "A", "--currency", "XXQ"]).fails(2, &["XXQ"]);
    assert!(!books.path("books").exists());
}

fn dearer() -> String {
    let second = r#"
[[rate_cards.versions]]
version = 2
effective_at = "2026-03-01"
overage = { currency = "EUR", price = "0.15" }
rates = [
    { code = "large", meter = "llm", match = { model = "large" }, model = "per_unit", price = "4", per = "1000" },
    { code = "small", meter = "llm", match = { model = "small" }, model = "per_unit", price = "1", per = "1000" },
]

[[customers]]
code = "acme""#;
    PRICING.replacen("\n[[customers]]\ncode = \"acme\"", second, 1)
}

#[test]
fn apply_shows_the_difference_before_it_applies() {
    let books = Books::granted();
    books.write("dearer.toml", dearer());
    let before = books.state();
    let view = books.json(&["apply", "dearer.toml", "--dry-run"]);
    assert_eq!((&view["dry_run"], &view["changed"]), (&true.into(), &true.into()));
    assert_eq!(view["revision"], 2);
    let changes = view["changes"].as_array().unwrap();
    assert!(changes.iter().any(|c| c.as_str().unwrap().contains("list")), "{changes:?}");
    assert_eq!(books.state(), before, "a dry run changes nothing");

    let text = books.run(&["apply", "dearer.toml"]).ok();
    assert!(text.contains("configuration 2 is in force"), "{text}");
    assert!(text.contains(changes[0].as_str().unwrap()), "{text}");
    assert_eq!(books.json(&["status"])["config_revision"], 2);

    let again = books.json(&["apply", "dearer.toml"]);
    assert_eq!((&again["changed"], &again["revision"]), (&false.into(), &2.into()));
    assert_eq!(
        books.json(&["status"])["config_revision"],
        2,
        "nothing differs, nothing is applied"
    );
    books.sound();
}

#[test]
fn an_exported_configuration_applies_without_a_difference() {
    let books = Books::with(&dearer());
    for (name, format) in [("out.toml", "toml"), ("out.json", "json")] {
        books.run(&["export", "--out", name]).ok();
        let screen = books.run(&["export", "--format", format]).ok();
        assert_eq!(books.read(name), screen, "by name and by format are the same");
        let view = books.json(&["apply", name]);
        assert_eq!((&view["changed"], &view["changes"]), (&false.into(), &serde_json::json!([])));
        // Another workspace made of it exports the same.
        let copy = Books::folder();
        copy.write(name, books.read(name));
        copy.run(&["init", "--config", name]).ok();
        assert_eq!(copy.run(&["export", "--format", format]).ok(), screen);
    }
}

#[test]
fn a_published_version_does_not_change() {
    let books = Books::granted();
    books.write("changed.toml", PRICING.replace("price = \"3\"", "price = \"2\""));
    books.refuses(2, &["line ", "rate_cards[list].versions[1]"], |books| {
        books.run(&["apply", "changed.toml"])
    });
    books.refuses(2, &["rate_cards[list].versions[1]"], |books| {
        books.run(&["apply", "changed.toml", "--dry-run"])
    });
}

#[test]
fn what_the_ledger_names_is_not_removed() {
    let books = Books::granted();
    let without = PRICING.replace("\n[[customers]]\ncode = \"globex\"\n", "");
    books.write("without.toml", without);
    books.refuses(2, &["globex"], |books| books.run(&["apply", "without.toml"]));
}

#[test]
fn new_prices_do_not_reach_behind_usage_that_came_inside_operations() {
    let books = Books::granted();
    let used = r#"{"op":"record_usage","id":"live","at":"2026-03-10T00:00:00Z","actor":"api","customer":"acme","events":[{"key":"e1","meter":"llm","quantity":"1000","dimensions":{"model":"large","token_type":"input"}}]}"#;
    books.operate(used).ok();
    books.write("dearer.toml", dearer());
    books.refuses(2, &["in force up to 2026-03-10"], |books| books.run(&["apply", "dearer.toml"]));
    books.write("later.toml", dearer().replace("\"2026-03-01\"", "\"2026-03-11\""));
    books.run(&["apply", "later.toml"]).ok();
    books.sound();
}

#[test]
fn reports_and_journals_have_the_companys_own_account_numbers() {
    let books = Books::granted();
    let own = |code: &str| {
        format!(
            "{PRICING}\n[[accounts]]\ncode = \"{code}\"\nnumber = \"2310\"\nname = \"Deferred revenue\"\n"
        )
    };
    let chart = books.run(&["report", "trial-balance"]).ok();
    assert!(chart.contains("2000") && !chart.contains("2310"), "{chart}");
    books.write("own.toml", own("cl_purchased"));
    let applied = books.run(&["apply", "own.toml"]).ok();
    assert!(applied.contains("2310"), "{applied}");
    let called = books.run(&["report", "trial-balance"]).ok();
    assert!(called.contains("2310") && called.contains("Deferred revenue"), "{called}");
    assert!(!called.contains("Contract liability: purchased credits"), "{called}");
    for format in ["csv", "hledger", "beancount"] {
        books.run(&["report", "journal", "--format", format, "--out", "out"]).ok();
    }
    let accounts = books.json(&["accounts"]);
    let accounts = accounts["accounts"].as_array().unwrap();
    let own_number = |code: &str| {
        let account = accounts.iter().find(|account| account["code"] == code).unwrap();
        account["own_number"].as_str().map(str::to_owned)
    };
    assert_eq!(own_number("cl_purchased").as_deref(), Some("2310"));
    assert_eq!(own_number("revenue_usage"), None);
    books.sound();

    books.write("wrong.toml", own("goodwill"));
    books.refuses(2, &["goodwill"], |books| books.run(&["apply", "wrong.toml"]));
}
