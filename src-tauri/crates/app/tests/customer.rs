//! The list of customers, a customer's page and the acts on it, over small books.
#![allow(clippy::unwrap_used, reason = "a function of a test fails the test that calls it")]

use scrip_app::config;
use scrip_app::customers::{CustomerFilter, Start, index, rows};
use scrip_app::operate::{Mode, operate, read_lines};
use scrip_app::{AppError, Edge, Workspace, acts, customer};
use scrip_engine::Operation;
use scrip_store::SqliteStore;
use scrip_units::{CustomerCode, Instant, OperationId};
use tempfile::TempDir;

const PRICING: &str = r#"
format = "scrip-config/1"
entity = { code = "e", name = "E", currency = "EUR", time_zone = "Europe/Berlin" }
units = [{ code = "credits", kind = "credit", scale = 2 }, { code = "tokens", kind = "usage" }]
meters = [{ code = "llm", unit = "tokens" }]
customers = [
    { code = "acme", name = "Acme Robotics", plan = "pro", country = "DE", tags = ["pilot"] },
    { code = "globex", name = "Globex", plan = "free", country = "NL" },
    { code = "initech", name = "Initech acme partner", plan = "pro", country = "NL" },
]

[[wallet_types]]
code = "standard"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-01-01" }]

[[rate_cards]]
code = "list"
unit = "credits"

[[rate_cards.versions]]
version = 1
effective_at = "2026-01-01"
rates = [{ code = "any", meter = "llm", model = "per_unit", price = "1", per = "1000" }]
"#;

const HISTORY: &str = r#"
{"op":"grant_credits","id":"inv-1","at":"2026-01-05T09:00:00+01:00","actor":"ana","customer":"acme","wallet":"standard","units":"100","kind":"purchased","price":{"net":"90.00","tax":"17.10","currency":"EUR"},"expires_at":"2026-04-01"}
{"op":"grant_credits","id":"gift","at":"2026-01-06T09:00:00+01:00","actor":"ana","customer":"acme","wallet":"standard","units":"20","kind":"promotional","expires_at":"2026-02-11"}
{"op":"record_usage","id":"u-1","at":"2026-01-31T10:00:00Z","actor":"meter","customer":"acme","events":[{"key":"k1","meter":"llm","quantity":"30000","occurred_at":"2026-01-30T10:00:00Z"}]}
{"op":"place_hold","id":"h-1","at":"2026-02-01T10:00:00Z","actor":"ana","customer":"acme","wallet":"standard","units":"10","hold":"job-7"}
"#;

fn edge(at: &str) -> Edge {
    Edge { now: at.parse().unwrap(), actor: "ana".parse().unwrap() }
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn code(text: &str) -> CustomerCode {
    text.parse().unwrap()
}

async fn books() -> (TempDir, Workspace<SqliteStore>) {
    let folder = TempDir::new().unwrap();
    let edge = edge("2026-01-01T00:00:00Z");
    let books = Workspace::create(folder.path(), "w", edge.now).await.unwrap();
    let id = OperationId::try_new("c1").unwrap();
    config::apply(&books, &edge, &id, ("pricing.toml", PRICING), Mode::Commit).await.unwrap();
    let operations = read_lines("history", HISTORY).unwrap();
    operate(&books, &edge, "history", &operations, Mode::Commit).await.unwrap();
    (folder, books)
}

fn refund(id: &str, units: &str) -> Operation {
    let text = format!(
        r#"{{"op":"refund_grant","id":"{id}","at":"2026-02-02T10:00:00Z","actor":"ana","customer":"acme","lot":"inv-1","units":"{units}"}}"#
    );
    Operation::from_json(&text).unwrap()
}

#[tokio::test]
async fn customers_are_found_by_words_plan_country_and_label_from_any_place() {
    let (_folder, books) = books().await;
    let find = async |filter: CustomerFilter, place| {
        let now = at("2026-02-02T00:00:00Z");
        let rows = rows(&books, &filter, (Start::Place(place), 10), now).await.unwrap();
        rows.into_iter().map(|row| row.customer).collect::<Vec<_>>()
    };
    let by = |search: &str| CustomerFilter { search: search.into(), ..CustomerFilter::default() };
    assert_eq!(find(by(""), 1).await, ["globex", "initech"]);
    assert_eq!(find(by("ACME"), 0).await, ["acme", "initech"]);
    assert_eq!(find(by("acme part"), 0).await, ["initech"]);
    assert_eq!(find(by(""), 9).await, [""; 0]);
    let pro = CustomerFilter {
        plan: Some("pro".into()),
        country: Some("NL".into()),
        ..CustomerFilter::default()
    };
    let index = index(&books, &pro).await.unwrap();
    assert_eq!((index.total, index.matching), (3, 1));
    assert_eq!(index.plans, ["free", "pro"]);
    assert_eq!(index.tags, ["pilot"]);
}

#[tokio::test]
async fn a_page_shows_lots_as_they_burn_with_what_is_held_and_what_will_be_left() {
    let (_folder, books) = books().await;
    let page = customer::page(&books, &code("acme"), at("2026-02-02T00:00:00Z")).await.unwrap();
    let wallet = &page.wallets[0];
    assert_eq!((wallet.available.as_str(), wallet.held.as_str()), ("80.00", "10.00"));
    // The gift went first and is used up; the purchase holds the rest.
    let lots: Vec<_> = wallet.lots.iter().map(|lot| lot.lot.lot.as_str()).collect();
    let spent: Vec<_> = wallet.spent.iter().map(|lot| lot.lot.lot.as_str()).collect();
    assert_eq!((lots, spent), (vec!["inv-1"], vec!["gift"]));
    let lot = &wallet.lots[0];
    assert_eq!(lot.unit_price.as_deref(), Some("0.90"));
    assert_eq!((lot.share, lot.held_share), (1000, 111));
    assert!(!lot.ends_soon && lot.left_at_end.is_some(), "{lot:?}");
    assert_eq!(page.holds[0].hold, "job-7");
    assert_eq!(page.deferred["EUR"], "81.00");

    let before = customer::page(&books, &code("acme"), at("2026-01-10T00:00:00Z")).await.unwrap();
    let lots: Vec<_> = before.wallets[0].lots.iter().map(|lot| &*lot.lot.lot).collect();
    assert_eq!(lots, ["gift", "inv-1"], "in the order in which they burn");
    assert_eq!(before.wallets[0].lots[0].share, 167);
    let unknown = customer::page(&books, &code("nobody"), at("2026-01-10T00:00:00Z")).await;
    assert!(matches!(unknown, Err(AppError::UnknownCustomer { .. })));
}

#[tokio::test]
async fn a_timeline_has_the_same_balances_whatever_the_length_of_its_pages() {
    let (_folder, books) = books().await;
    let wallet = "standard".parse().unwrap();
    let of = (&code("acme"), &wallet);
    let mut seen = Vec::new();
    for page in [1, 3, 100] {
        let index = customer::timeline_index(&books, of, None, page).await.unwrap();
        let mut rows = Vec::new();
        for start in &index.starts {
            let found = customer::timeline_page(&books, of, None, (start, page)).await.unwrap();
            rows.extend(found.into_iter().map(|row| (row.change, row.held, row.balance)));
        }
        assert_eq!(index.count, rows.len() as u64);
        seen.push(rows);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[1], seen[2]);
    let row = |change: &str, held: &str, balance: &str| {
        (change.to_owned(), held.to_owned(), balance.to_owned())
    };
    let wanted = [
        row("100.00", "0.00", "100.00"),
        row("20.00", "0.00", "120.00"),
        row("-30.00", "0.00", "90.00"),
        row("-10.00", "10.00", "80.00"),
    ];
    assert_eq!(seen[0], wanted);
}

#[tokio::test]
async fn what_is_confirmed_is_what_was_shown() {
    let (_folder, books) = books().await;
    let edge = edge("2026-02-02T10:00:00Z");
    let shown = acts::preview(&books, &edge, &refund("r-1", "50")).await.unwrap();
    assert_eq!(shown.paid_back["EUR"], "45.00");
    assert_eq!(shown.units["credits"], "-50.00");
    let hashes: Vec<String> = shown.entries.iter().map(|entry| entry.hash.clone()).collect();
    let page = async || {
        let page = customer::page(&books, &code("acme"), at("2026-02-03T00:00:00Z")).await;
        page.unwrap().wallets[0].available.clone()
    };
    assert_eq!(page().await, "80.00", "a preview changes nothing");
    let operation = Operation::from_json(&shown.operation).unwrap();
    let done = acts::confirm(&books, &edge, &operation, &hashes).await.unwrap();
    assert_eq!(done.entries.iter().map(|entry| entry.hash.clone()).collect::<Vec<_>>(), hashes);
    assert_eq!(page().await, "30.00");
    // Once more is no second refund.
    let again = acts::confirm(&books, &edge, &operation, &hashes).await.unwrap();
    assert_eq!(again.outcome, "already_applied");
    assert_eq!(page().await, "30.00");
}

#[tokio::test]
async fn an_act_is_refused_when_the_books_moved_after_it_was_shown() {
    let (_folder, books) = books().await;
    let edge = edge("2026-02-02T10:00:00Z");
    let shown = acts::preview(&books, &edge, &refund("r-1", "50")).await.unwrap();
    let hashes: Vec<String> = shown.entries.iter().map(|entry| entry.hash.clone()).collect();
    let other = [(1, refund("r-0", "1"))];
    operate(&books, &edge, "other", &other, Mode::Commit).await.unwrap();
    let refused = acts::confirm(&books, &edge, &refund("r-1", "50"), &hashes).await.unwrap_err();
    assert!(matches!(refused, AppError::Moved { .. }), "{refused}");
    let page = customer::page(&books, &code("acme"), at("2026-02-03T00:00:00Z")).await.unwrap();
    assert_eq!(page.wallets[0].available, "79.00", "only the other refund was made");
    // What another customer does is no reason to look again.
    let again = acts::preview(&books, &edge, &refund("r-2", "50")).await.unwrap();
    let hashes: Vec<String> = again.entries.iter().map(|entry| entry.hash.clone()).collect();
    let elsewhere = r#"{"op":"grant_credits","id":"g-1","at":"2026-02-02T10:00:00Z","actor":"ana","customer":"globex","wallet":"standard","units":"5","kind":"promotional"}"#;
    let elsewhere = [(1, Operation::from_json(elsewhere).unwrap())];
    operate(&books, &edge, "other", &elsewhere, Mode::Commit).await.unwrap();
    acts::confirm(&books, &edge, &refund("r-2", "50"), &hashes).await.unwrap();
}

#[tokio::test]
async fn a_rejection_names_the_member_that_it_is_about() {
    let (_folder, books) = books().await;
    let edge = edge("2026-02-02T10:00:00Z");
    let member = async |operation: &Operation| match acts::preview(&books, &edge, operation).await {
        Err(AppError::Rejected(rejection)) => acts::member_of(&rejection),
        other => panic!("{other:?}"),
    };
    assert_eq!(member(&refund("r-1", "500")).await, Some("units"));
    let text = r#"{"op":"extend_lot","id":"e-1","at":"2026-02-02T10:00:00Z","actor":"ana","customer":"acme","lot":"inv-1","expires_at":"2026-03-01"}"#;
    assert_eq!(member(&Operation::from_json(text).unwrap()).await, Some("expires_at"));
    let text = r#"{"op":"adjust_balance","id":"a-1","at":"2026-02-02T10:00:00Z","actor":"ana","reason":"x","customer":"acme","lot":"inv-1","units":"1","counter":"concession","approver":"ana","worth":{"amount":"1","currency":"EUR"}}"#;
    assert_eq!(member(&Operation::from_json(text).unwrap()).await, Some("approver"));
    let text = r#"{"op":"transfer_units","id":"t-1","at":"2026-02-02T10:00:00Z","actor":"ana","customer":"acme","lot":"inv-1","to_customer":"nobody"}"#;
    assert_eq!(member(&Operation::from_json(text).unwrap()).await, Some("to_customer"));
}

/// Measured, not judged: `cargo test -p scrip-app --test customer -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "a measurement"]
#[allow(clippy::print_stderr, reason = "what a measurement is for")]
#[allow(clippy::disallowed_methods, reason = "it measures time")]
async fn a_list_of_a_hundred_thousand_customers() {
    use std::fmt::Write as _;
    let mut customers = String::new();
    for number in 0..100_000 {
        let plan = ["pro", "free", "team"][number % 3];
        let country = ["DE", "NL", "US", "JP"][number % 4];
        writeln!(
            customers,
            "[[customers]]\ncode = \"c{number:06}\"\nname = \"Customer {number} of the list\"\n\
             plan = \"{plan}\"\ncountry = \"{country}\"\ntags = [\"cohort-{}\"]",
            number % 12
        )
        .unwrap();
    }
    let start = PRICING.find("customers = [").unwrap();
    let end = PRICING.find("[[wallet_types]]").unwrap();
    let pricing = format!("{}{}{customers}", &PRICING[..start], &PRICING[end..]);
    let folder = TempDir::new().unwrap();
    let edge = edge("2026-01-01T00:00:00Z");
    let books = Workspace::create(folder.path(), "w", edge.now).await.unwrap();
    let id = OperationId::try_new("c1").unwrap();
    config::apply(&books, &edge, &id, ("pricing.toml", &pricing), Mode::Commit).await.unwrap();
    let grants: String = (0..100_000)
        .step_by(50)
        .map(|number| {
            format!(
                "{{\"op\":\"grant_credits\",\"id\":\"g{number}\",\"at\":\"2026-01-05T09:00:00Z\",\
                 \"actor\":\"ana\",\"customer\":\"c{number:06}\",\"wallet\":\"standard\",\
                 \"units\":\"100\",\"kind\":\"promotional\"}}\n"
            )
        })
        .collect();
    let operations = read_lines("grants", &grants).unwrap();
    operate(&books, &edge, "grants", &operations, Mode::Commit).await.unwrap();
    let now = at("2026-02-02T00:00:00Z");
    for search in ["", "customer 99", "nobody"] {
        let filter = CustomerFilter { search: search.into(), ..CustomerFilter::default() };
        for _ in 0..2 {
            let began = std::time::Instant::now();
            let index = index(&books, &filter).await.unwrap();
            let indexed = began.elapsed();
            let middle = usize::try_from(index.matching).unwrap() / 2;
            let page = rows(&books, &filter, (Start::Place(middle), 100), now).await.unwrap();
            eprintln!(
                "{search:?}: {} of {} in {indexed:?}, {} rows from the middle in {:?}",
                index.matching,
                index.total,
                page.len(),
                began.elapsed() - indexed
            );
        }
    }
}
