//! The overview against books whose figures are known.

use std::ops::ControlFlow;

use scrip_store::SqliteStore;
use scrip_units::{Actor, OperationId};
use tempfile::TempDir;

use super::*;
use crate::operate::Mode;
use crate::{Edge, asked, config, operate, tie};

const PRICING: &str = r#"
format = "scrip-config/1"
entity = { code = "e", name = "E", currency = "EUR", time_zone = "UTC" }
units = [{ code = "credits", kind = "credit", scale = 2 }, { code = "tokens", kind = "usage" }]
meters = [{ code = "llm", unit = "tokens" }]
customers = [{ code = "acme" }, { code = "bolt" }]

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
rates = [{ code = "any", meter = "llm", model = "per_unit", price = "1", per = "100" }]
"#;

/// In February acme buys 100 credits for 100 EUR; in March it uses 40 and bolt buys 10 for 10 EUR.
const OPERATIONS: &str = r#"
{"op":"grant_credits","id":"g1","at":"2026-02-10T09:00:00Z","actor":"ana","customer":"acme","wallet":"standard","units":"100","kind":"purchased","expires_at":"2026-05-01","price":{"net":"100.00","currency":"EUR"}}
{"op":"record_usage","id":"u1","at":"2026-03-04T09:00:00Z","actor":"ana","customer":"acme","events":[{"key":"a","meter":"llm","quantity":"4000"}]}
{"op":"grant_credits","id":"g2","at":"2026-03-05T09:00:00Z","actor":"ana","customer":"bolt","wallet":"standard","units":"10","kind":"purchased","price":{"net":"10.00","currency":"EUR"}}
"#;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

async fn books() -> (TempDir, Workspace<SqliteStore>) {
    let folder = TempDir::new().unwrap();
    let edge = Edge { now: at("2026-03-06T00:00:00Z"), actor: Actor::try_new("ana").unwrap() };
    let workspace = Workspace::create(folder.path(), "w", edge.now).await.unwrap();
    let id = OperationId::try_new("c1").unwrap();
    let file = ("pricing.toml", PRICING);
    config::apply(&workspace, &edge, &id, file, Mode::Commit).await.unwrap();
    let operations = operate::read_lines("operations", OPERATIONS).unwrap();
    let done = operate::operate(&workspace, &edge, "operations", &operations, Mode::Commit).await;
    done.unwrap();
    (folder, workspace)
}

async fn read(books: &Workspace<SqliteStore>, now: &str, as_of: Option<&str>) -> OverviewView {
    let reading = Reading { now: at(now), as_of: as_of.map(at) };
    overview(books, reading, &mut |_, _, _| ControlFlow::Continue(())).await.unwrap()
}

fn last(view: &OverviewView) -> (&str, &str, &str) {
    let month = view.months.last().unwrap();
    (&month.month, &month.net, &month.deferred)
}

#[tokio::test]
async fn as_of_an_earlier_instant_later_entries_do_not_count() {
    let (_folder, books) = books().await;
    let then = read(&books, "2026-03-06T00:00:00Z", Some("2026-02-28T23:59:59Z")).await;
    assert!(then.is_past);
    assert_eq!(last(&then), ("2026-02", "0.00", "100.00"));
    assert_eq!(then.deferred["EUR"], "100.00");
    assert_eq!(then.customers, 1);
    assert_eq!(then.expiring[2].units["credits"], "100.00");
    assert_eq!(then.expiring[2].revenue["EUR"], "100.00");
    assert_eq!(then.ties, None);
}

#[tokio::test]
async fn now_everything_counts_and_the_lots_tie() {
    let (_folder, books) = books().await;
    let now = read(&books, "2026-03-06T00:00:00Z", None).await;
    assert!(!now.is_past && !now.is_behind);
    assert_eq!(last(&now), ("2026-03", "40.00", "70.00"));
    assert_eq!((now.customers, now.ties), (2, Some(true)));
    assert_eq!(now.expiring[1].units["credits"], "60.00");
}

#[tokio::test]
async fn books_that_end_before_now_show_the_month_of_their_newest_entry() {
    let (_folder, books) = books().await;
    let later = read(&books, "2026-05-20T00:00:00Z", None).await;
    assert!(later.is_behind);
    assert_eq!(last(&later), ("2026-03", "40.00", "70.00"));
    assert_eq!(later.newest_day.as_deref(), Some("2026-03-05"));
    assert_eq!(later.as_of, "2026-05-20T00:00:00Z");
}

#[tokio::test]
async fn books_of_a_later_time_than_the_clock_are_read_at_their_end() {
    let (_folder, books) = books().await;
    let early = read(&books, "2026-01-20T00:00:00Z", None).await;
    assert!(!early.is_past && !early.is_behind);
    assert_eq!(last(&early), ("2026-03", "40.00", "70.00"));
    assert_eq!(early.as_of, "2026-03-05T09:00:00Z");
}

#[tokio::test]
async fn the_books_tie_and_say_of_which_ledger() {
    let (_folder, books) = books().await;
    let found = tie::tie(&books).await.unwrap();
    assert_eq!((found.ties, found.customers, found.differences.len()), (true, 2, 0));
    assert_eq!(found.checkpoint, books.store().checkpoint().await.unwrap().hash.to_string());
}

#[tokio::test]
async fn a_report_as_of_an_instant_has_what_the_overview_has_then_to_the_second() {
    use crate::reporting::{ReportKind, make};
    let (_folder, books) = books().await;
    // A second later bolt buys 10 credits, on the same accounting day.
    let then = at("2026-03-05T08:59:59Z");
    let march = "2026-03".parse().unwrap();
    let closing = async |until| {
        let window = asked::window((march, march), until).unwrap();
        let kind = ReportKind::RollForward(scrip_revenue::RollForwardBy::Currency);
        let made = make(&books, &kind, window, at("2026-03-06T00:00:00Z")).await.unwrap();
        assert!(made.report.ties.iter().all(|tie| tie.holds), "{:?}", made.report.ties);
        let table = &made.report.tables[0];
        let cell = &table.rows[0].cells[table.column("closing").unwrap()];
        (
            cell.plain(),
            made.header.basis.iter().any(|line| line.contains("entries that count later")),
        )
    };
    let view = read(&books, "2026-03-06T00:00:00Z", Some("2026-03-05T08:59:59Z")).await;
    assert_eq!(view.deferred["EUR"], "60.00");
    assert_eq!(closing(Some(then)).await, ("60.00".to_owned(), true));
    assert_eq!(closing(None).await, ("70.00".to_owned(), false));
}

#[tokio::test]
async fn alerts_are_told_of_the_operations_that_nobody_knew_of() {
    let folder = TempDir::new().unwrap();
    let edge = Edge { now: at("2026-03-06T00:00:00Z"), actor: Actor::try_new("ana").unwrap() };
    let workspace = Workspace::create(folder.path(), "w", edge.now).await.unwrap();
    let id = OperationId::try_new("c1").unwrap();
    let pricing = PRICING.replace(
        "versions = [{ version = 1, effective_at = \"2026-01-01\" }]",
        "versions = [{ version = 1, effective_at = \"2026-01-01\", \
         alerts = [{ code = \"low\", below = \"50\" }] }]",
    );
    let file = ("pricing.toml", pricing.as_str());
    config::apply(&workspace, &edge, &id, file, Mode::Commit).await.unwrap();
    let operations = operate::read_lines("operations", OPERATIONS).unwrap();
    let done = operate::operate(&workspace, &edge, "operations", &operations, Mode::Commit).await;
    done.unwrap();
    let told = async |known| {
        let alerts = burning::alerts_after(&workspace, known).await.unwrap();
        alerts.into_iter().map(|alert| alert.customer).collect::<Vec<_>>()
    };
    // Of four operations the last leaves bolt with ten credits; acme still has sixty.
    assert_eq!(told(0).await, ["bolt"]);
    assert_eq!(told(3).await, ["bolt"]);
    assert!(told(4).await.is_empty());
}
