//! A large workspace, made by the use cases that everybody uses: `cargo bench -p scrip-tests --bench
//! large -- 100000 1000000 FOLDER` makes the books of 100,000 customers with about a million entries,
//! and a rate card of 2,000 rates. `make bench-window` measures the window on them.
//!
//! The same numbers give the same books. A folder that is there already is left as it is.
#![expect(clippy::print_stdout, reason = "prints its measurements")]
#![allow(clippy::unwrap_used, reason = "a measurement that fails has nothing to go on with")]

mod company;

use std::fs::File;
use std::io::BufWriter;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant as Clock;

use scrip_app::operate::{Mode, operate, read_lines};
use scrip_app::{Edge, Workspace, config, usage};
use scrip_store::{LedgerStore, SqliteStore};
use scrip_units::{Actor, Instant, OperationId};
use scrip_usage::{Control, ImportOptions, Mapping, Source};
use serde_json::json;

use crate::company::{Company, MAPPING, after, last_day};

const MONTHS: u64 = 12;

fn show(what: &str, clock: Clock, count: u64) {
    let millis = clock.elapsed().as_millis().max(1);
    let rate = u128::from(count) * 1_000 / millis;
    println!("  {what:<36} {millis:>8} ms {count:>10} {rate:>9} a second");
}

fn edge(at: &str) -> Edge {
    Edge { now: at.parse().unwrap(), actor: Actor::try_new("sales").unwrap() }
}

#[tokio::main]
async fn main() {
    // Cargo adds `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let number = |at: usize, fallback| words.get(at).map_or(fallback, |word| word.parse().unwrap());
    let (customers, entries) = (number(0, 1_000), number(1, 10_000));
    let made = tempfile::tempdir().unwrap();
    let folder = words.get(2).map_or_else(|| made.path().join("large"), PathBuf::from);
    if folder.join("ledger.sqlite").exists() {
        println!("{} is there already", folder.display());
        return;
    }
    println!("{customers} customers, about {entries} entries");
    // What a stopped run left is no workspace yet.
    let beside = folder.with_extension("unfinished");
    let _ = std::fs::remove_dir_all(&beside);
    make(&Company::of(customers, entries), &beside).await;
    std::fs::rename(&beside, &folder).unwrap();
}

async fn make(company: &Company, folder: &Path) {
    let clock = Clock::now();
    let books = Workspace::create(folder, "large", "2025-11-01T00:00:00Z".parse().unwrap()).await;
    let books = books.unwrap();
    let text = company.configuration().to_string();
    let id = OperationId::try_new("configure").unwrap();
    let begin = edge("2025-11-01T00:00:00Z");
    config::apply(&books, &begin, &id, ("large.json", &text), Mode::Commit).await.unwrap();
    show("configure", clock, 1);

    let file = folder.with_extension("csv");
    company.usage(BufWriter::with_capacity(1 << 20, File::create(&file).unwrap())).unwrap();
    let clock = Clock::now();
    let options = ImportOptions::new("2026-11-01T00:00:00Z".parse::<Instant>().unwrap());
    let (mapping, source) = (Mapping::from_toml(MAPPING).unwrap(), Source::file(&file));
    let mut go_on = |_| Control::Continue;
    let imported = usage::import(&books, &begin, &source, &mapping, &options, &mut go_on).await;
    show("import, events", clock, imported.unwrap().events);
    std::fs::remove_file(&file).unwrap();

    for month in 0..MONTHS {
        run_month(&books, company, month).await;
    }
    let status = books.store().status().await.unwrap();
    println!("  {} entries, {} postings", status.entries, status.postings);
    books.close().await.unwrap();
}

/// A month as a finance team runs it: grants, usage, what fell due, and the close of the month before.
async fn run_month(books: &Workspace<SqliteStore>, company: &Company, month: u64) {
    let end = after(month);
    let edge = edge(&end);
    let run = async |lines: &str| {
        let operations = read_lines("large", lines).unwrap();
        operate(books, &edge, "large", &operations, Mode::Commit).await.unwrap();
        operations.len() as u64
    };
    let clock = Clock::now();
    let grants = run(&company.grants(month)).await;
    show(&format!("month {month}: grants"), clock, grants);

    let clock = Clock::now();
    let mut go_on = |_| ControlFlow::Continue(());
    let view = usage::post(books, &edge, edge.now, &mut go_on).await.unwrap();
    assert_eq!((view.refused, view.free), (0, 0), "every event has a rate and a wallet");
    show(&format!("month {month}: entries of usage"), clock, view.entries);

    let clock = Clock::now();
    run(&json!({
        "op": "run_schedule", "id": format!("sweep-{month}"), "at": end, "actor": "sales",
    })
    .to_string())
    .await;
    show(&format!("month {month}: schedule"), clock, 1);
    if month > 0 {
        let (through, clock) = (last_day(month - 1), Clock::now());
        run(&json!({
            "op": "close_period", "id": format!("close-{through}"), "at": end, "actor": "sales",
            "through": through.to_string(),
        })
        .to_string())
        .await;
        show(&format!("month {month}: close of the month before"), clock, 1);
    }
}
