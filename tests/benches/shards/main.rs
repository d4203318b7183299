//! How much one PostgreSQL server takes: `cargo bench -p scrip-tests --bench shards -- 200000 2000`.
//!
//! The first number is how many usage events a year has, the second how many events are recorded one by one.
//! The year of the benchmark `ledger` is posted into one ledger, then into two and four ledgers (shards:
//! databases of one server, each with its share of the customers), each by a process of its own. Then one,
//! two and four processes record single events, each of its own customers, into one ledger and into one
//! each.
#![expect(clippy::print_stdout, reason = "prints its measurements")]
#![allow(clippy::unwrap_used, reason = "a measurement that fails has nothing to go on with")]

#[path = "../ledger/world.rs"]
mod world;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use scrip_app::operate::{Mode, operate, read_lines};
use scrip_app::workspace::Database;
use scrip_app::{Edge, Workspace, config, usage};
use scrip_production::{Ledger, PostgresOptions, Trust};
use scrip_store::{LedgerStore, Mode as Access};
use scrip_testkit::cluster::Cluster;
use scrip_units::{Actor, OperationId};
use scrip_usage::{Control, ImportOptions, Mapping, Source};

use crate::world::{MAPPING, World};

/// How many ledgers, or writers.
const SIZES: [usize; 3] = [1, 2, 4];

fn main() {
    // Cargo adds `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    match words.as_slice() {
        ["post", url, folder] => runtime.block_on(post(url, Path::new(folder))),
        ["live", url, folder, writer, customers, events] => {
            let events = events.parse().unwrap();
            runtime.block_on(live((url, Path::new(folder)), writer, customers, events));
        }
        words => {
            let number = |at: usize, usual: u64| {
                words.get(at).map_or(usual, |word| word.parse::<u64>().unwrap())
            };
            runtime.block_on(measure(number(0, 20_000), number(1, 200)));
        }
    }
}

async fn measure(events: u64, single: u64) {
    let cluster = Cluster::start().unwrap();
    let world = World::of(events);
    println!("{events} events posted from the archive, one process a ledger");
    for shards in SIZES {
        let made = tempfile::tempdir().unwrap();
        let ledgers = ledgers(&cluster, &world, (made.path(), shards)).await;
        let clock = Instant::now();
        at_once(
            ledgers.iter().map(|ledger| vec!["post".to_owned(), ledger.url(), ledger.folder()]),
        );
        let took = clock.elapsed();
        let mut entries = 0;
        for ledger in &ledgers {
            entries += ledger.open().await.store().status().await.unwrap().entries;
        }
        show(&format!("post into {shards} ledgers, events"), took, events);
        show(&format!("post into {shards} ledgers, entries"), took, entries);
    }
    println!("{single} events recorded one by one, each in a transaction");
    for writers in SIZES {
        let made = tempfile::tempdir().unwrap();
        let one = ledgers(&cluster, &world, (made.path(), 1)).await;
        let took = record(&one, writers, single);
        show(&format!("{writers} processes into one ledger, events"), took, single);
        if writers > 1 {
            let made = tempfile::tempdir().unwrap();
            let each = ledgers(&cluster, &world, (made.path(), writers)).await;
            let took = record(&each, writers, single);
            show(&format!("{writers} processes into one ledger each, events"), took, single);
        }
    }
}

fn show(what: &str, took: Duration, count: u64) {
    let millis = took.as_millis().max(1);
    let rate = u128::from(count) * 1_000 / millis;
    println!("  {what:<48} {millis:>8} ms {count:>10} {rate:>9} a second");
}

/// Runs this program once for each list of words, all at once, to the end of the last.
fn at_once(all: impl Iterator<Item = Vec<String>>) {
    let program = std::env::current_exe().unwrap();
    let workers = all.map(|words| Command::new(&program).args(words).spawn().unwrap());
    for mut worker in workers.collect::<Vec<_>>() {
        assert!(worker.wait().unwrap().success());
    }
}

/// Events one by one, by so many processes.
fn record(ledgers: &[Place], writers: usize, events: u64) -> Duration {
    let own = (events / writers as u64).to_string();
    let clock = Instant::now();
    at_once((0..writers).map(|writer| {
        let ledger = &ledgers[writer % ledgers.len()];
        // Of a shared ledger each writer has its share of the customers.
        let (part, of) = (writer / ledgers.len(), writers / ledgers.len());
        let customers: Vec<&str> =
            ledger.customers.iter().skip(part).step_by(of).map(|c| &**c).collect();
        let words = [
            "live",
            &ledger.url,
            &ledger.folder(),
            &writer.to_string(),
            &customers.join(","),
            &own,
        ];
        words.map(str::to_owned).into()
    }));
    clock.elapsed()
}

/// A ledger and the folder of whoever posts into it.
struct Place {
    url: String,
    folder: PathBuf,
    customers: Vec<String>,
}

impl Place {
    fn url(&self) -> String {
        self.url.clone()
    }
    fn folder(&self) -> String {
        self.folder.display().to_string()
    }
    async fn open(&self) -> Workspace<Ledger> {
        open(&self.url, &self.folder).await
    }
}

fn database(url: &str) -> Database {
    let options = PostgresOptions { trust: Trust::LoopbackOnly, ..PostgresOptions::default() };
    Database::new(url.to_owned(), options)
}

async fn open(url: &str, folder: &Path) -> Workspace<Ledger> {
    Workspace::<Ledger>::open_in(folder, &database(url), Access::ReadWrite).await.unwrap()
}

fn edge() -> Edge {
    Edge { now: "2026-01-01T00:00:00Z".parse().unwrap(), actor: Actor::try_new("bench").unwrap() }
}

/// Which ledger a customer is in.
fn shard_of(customer: &str, shards: usize) -> usize {
    customer.rsplit('-').next().and_then(|number| number.parse::<usize>().ok()).unwrap() % shards
}

/// Ledgers on one server, configured alike, each with the lots and the imported usage of its customers.
async fn ledgers(cluster: &Cluster, world: &World, (root, shards): (&Path, usize)) -> Vec<Place> {
    let mut csv = Vec::new();
    world.usage(&mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    let (header, rows) = csv.split_once('\n').unwrap();
    let grants = world.grants();
    let mut places = Vec::new();
    for shard in 0..shards {
        let url = cluster.database().unwrap();
        let folder = root.join(shard.to_string());
        let at = database(&url);
        let books = Workspace::<Ledger>::create_in(&folder, &at, "bench", edge().now);
        let books = books.await.unwrap();
        let id = OperationId::try_new("configure").unwrap();
        let text = world.configuration();
        config::apply(&books, &edge(), &id, ("pricing.toml", &text), Mode::Commit).await.unwrap();
        let own = |customer: &str| shard_of(customer, shards) == shard;
        let of_grant = |line: &str| {
            line.split("\"customer\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
        };
        let lines: String = grants
            .lines()
            .filter(|line| own(&of_grant(line)))
            .map(|line| format!("{line}\n"))
            .collect();
        let mut customers: Vec<String> = lines.lines().map(of_grant).collect();
        customers.sort();
        customers.dedup();
        let operations = read_lines("grants.jsonl", &lines).unwrap();
        operate(&books, &edge(), "grants.jsonl", &operations, Mode::Commit).await.unwrap();
        let file = folder.join("usage.csv");
        let rows = rows.lines().filter(|row| own(row.split(',').nth(1).unwrap()));
        let rows: String = rows.map(|row| format!("{row}\n")).collect();
        std::fs::write(&file, format!("{header}\n{rows}")).unwrap();
        let (source, mapping) = (Source::file(&file), Mapping::from_toml(MAPPING).unwrap());
        let options = ImportOptions::new(edge().now);
        let go_on = &mut |_| Control::Continue;
        usage::import(&books, &edge(), &source, &mapping, &options, go_on).await.unwrap();
        books.close().await.unwrap();
        places.push(Place { url, folder, customers });
    }
    places
}

async fn post(url: &str, folder: &Path) {
    let books = open(url, folder).await;
    let go_on = &mut |_| ControlFlow::Continue(());
    usage::post(&books, &edge(), edge().now, go_on).await.unwrap();
    books.close().await.unwrap();
}

async fn live((url, folder): (&str, &Path), writer: &str, customers: &str, events: u64) {
    let books = open(url, folder).await;
    let customers: Vec<&str> = customers.split(',').collect();
    for (number, customer) in (0..events).zip(customers.iter().cycle()) {
        let line = format!(
            "{{\"op\":\"record_usage\",\"id\":\"live-{writer}-{number}\",\"at\":\"2025-12-31T12:00:00Z\",\
             \"actor\":\"bench\",\"customer\":\"{customer}\",\"events\":[{{\"key\":\"live-{writer}-{number}\",\
             \"meter\":\"tokens\",\"quantity\":\"1000\",\"occurred_at\":\"2025-12-31T11:00:00Z\",\
             \"dimensions\":{{\"model\":\"model-01\",\"direction\":\"input\"}}}}]}}"
        );
        let operations = read_lines("live", &line).unwrap();
        operate(&books, &edge(), "live", &operations, Mode::Commit).await.unwrap();
    }
    books.close().await.unwrap();
}
