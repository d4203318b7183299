//! The statement of a customer, over small books.
#![allow(clippy::unwrap_used, reason = "a function of a test fails the test that calls it")]

use scrip_app::config;
use scrip_app::operate::{Mode, operate, read_lines};
use scrip_app::reporting::{FileFormat, ReportKind, Window, make, write};
use scrip_app::{Edge, Workspace};
use scrip_revenue::Cell;
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

#[tokio::test]
async fn a_statement_ties_and_says_what_was_used_paid_and_left() {
    let (folder, books) = books().await;
    let kind = ReportKind::Statement(code("acme"));
    let month = |text: &str| text.parse().unwrap();
    let window =
        |from, to| Window { from: month(from), to: month(to), as_of: None, effective_until: None };
    let now = at("2026-03-01T00:00:00Z");
    let made = make(&books, &kind, window("2026-01", "2026-01"), now).await.unwrap();
    assert!(made.report.ties_hold() && !made.report.ties.is_empty());
    assert_eq!(made.report.name, "Statement of Acme Robotics (acme)");
    let figures = |made: &scrip_app::reporting::Made, table: usize, row: usize| -> Vec<String> {
        made.report.tables[table].rows[row].cells.iter().map(Cell::plain).collect()
    };
    assert_eq!(
        figures(&made, 0, 0),
        ["standard", "credits", "0.00", "120.00", "-30.00", "0.00", "0.00", "90.00"]
    );
    let money = &made.report.tables[2];
    assert_eq!(money.title, "Money");
    assert_eq!(figures(&made, 2, 0)[4..], ["107.10", "0.00"]);
    let february = make(&books, &kind, window("2026-02", "2026-02"), now).await.unwrap();
    assert_eq!(
        figures(&february, 0, 0)[2..],
        ["90.00", "0.00", "0.00", "0.00", "-10.00", "80.00"],
        "a hold is under Other, and is in the lots"
    );
    let lots = february.report.tables.last().unwrap();
    let held = lots.rows.iter().map(|row| row.cells.last().unwrap().plain());
    assert_eq!(held.collect::<Vec<_>>(), ["10.00"]);
    for (format, start) in [(FileFormat::Pdf, b"%PDF"), (FileFormat::Xlsx, b"PK\x03\x04")] {
        let target = folder.path().join("out");
        let period = window("2026-01", "2026-02");
        let files = write(&books, &kind, period, now, &target, format).await.unwrap();
        assert!(files[0].to_str().unwrap().contains("statement-acme"));
        assert!(std::fs::read(&files[0]).unwrap().starts_with(start));
    }
}
