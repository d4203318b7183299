//! The whole job on a year of usage: `cargo bench -p scrip-tests --bench ledger -- 1000000`.
//!
//! Makes a seeded year ([`world`]), then configures, grants, imports, posts, expires, reports and
//! verifies it, each step in a process of its own, so that its peak memory is its own. The number
//! is how many usage events; `scripts/bench-ledger.sh` runs several sizes.
#![expect(clippy::print_stdout, reason = "prints its measurements")]
#![allow(clippy::unwrap_used, reason = "a measurement that fails has nothing to go on with")]

mod world;

use std::fs::{self, File};
use std::io::BufWriter;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use scrip_app::operate::{Mode, operate, read_lines};
use scrip_app::reporting::{FileFormat, ReportKind, TextFormat, Window, write, write_ledger_text};
use scrip_app::{Edge, Workspace, config, usage, verify};
use scrip_revenue::{RevenueBy, RollForwardBy};
use scrip_store::{LedgerStore, Mode as Access, SqliteStore};
use scrip_units::{Actor, OperationId};
use scrip_usage::{Control, ImportOptions, Mapping, Source};

use crate::world::{MAPPING, World};

const STEPS: [&str; 8] =
    ["generate", "read", "configure", "import", "post", "expire", "report", "verify"];

fn main() {
    // Cargo adds `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.as_slice() {
        [step, events, folder] => run(step, events.parse().unwrap(), Path::new(folder)),
        [events, ..] => every_step(events),
        [] => every_step("100000"),
    }
}

/// Runs each step as a process of its own, in a folder that is kept if the caller names one.
fn every_step(events: &str) {
    let kept = std::env::var_os("SCRIP_BENCH_DIR").map(PathBuf::from);
    let made = tempfile::tempdir().unwrap();
    let folder = kept.as_deref().unwrap_or(made.path());
    println!("{events} usage events");
    for step in STEPS {
        let program = std::env::current_exe().unwrap();
        let status = Command::new(program).arg(step).arg(events).arg(folder).status().unwrap();
        assert!(status.success(), "{step} failed");
    }
    sizes(folder);
}

fn run(step: &str, events: u64, folder: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = Folder(folder.to_owned());
    match step {
        "generate" => folder.generate(events),
        "read" => folder.read(),
        "configure" => runtime.block_on(folder.configure()),
        "import" => runtime.block_on(folder.import()),
        "post" => runtime.block_on(folder.post()),
        "expire" => runtime.block_on(folder.expire()),
        "report" => runtime.block_on(folder.report()),
        _ => runtime.block_on(folder.verify()),
    }
    println!("  {:<40} {:>8} MiB", format!("peak memory of {step}"), peak_memory_mib());
}

/// The time since it was made: on the wall, and of all processors together, which other programs on
/// the machine disturb less.
struct Stopwatch {
    wall: Instant,
    processors: Duration,
}

impl Stopwatch {
    fn now() -> Self {
        Self { wall: Instant::now(), processors: processors() }
    }
}

/// Processor time of this process, as the kernel counts it: in hundredths of a second.
fn processors() -> Duration {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // User and system time are the 14th and 15th word; the second is the name, in brackets.
    let words = text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: u64 = words.skip(11).take(2).filter_map(|word| word.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Prints one measurement: what, how long, with how much work, how many, how many a second.
fn show(what: &str, clock: &Stopwatch, count: u64) {
    let millis = clock.wall.elapsed().as_millis().max(1);
    let busy = (processors() - clock.processors).as_millis();
    let rate = u128::from(count) * 1_000 / millis;
    println!("  {what:<40} {millis:>8} ms {busy:>8} ms CPU {count:>10} {rate:>9} a second");
}

/// The most memory this process has had, as the kernel counts it.
fn peak_memory_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}

fn edge() -> Edge {
    Edge { now: "2026-01-01T00:00:00Z".parse().unwrap(), actor: Actor::try_new("bench").unwrap() }
}

struct Folder(PathBuf);

impl Folder {
    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn generate(&self, events: u64) {
        let world = World::of(events);
        let clock = Stopwatch::now();
        let file = File::create(self.file("usage.csv")).unwrap();
        let events = world.usage(BufWriter::with_capacity(1 << 20, file)).unwrap();
        show("generate", &clock, events);
        fs::write(self.file("pricing.toml"), world.configuration()).unwrap();
        fs::write(self.file("grants.jsonl"), world.grants()).unwrap();
    }

    /// What reading alone costs.
    fn read(&self) {
        let clock = Stopwatch::now();
        let mut reader = csv::Reader::from_path(self.file("usage.csv")).unwrap();
        let mut record = csv::ByteRecord::new();
        let mut rows = 0;
        while reader.read_byte_record(&mut record).unwrap() {
            rows += 1;
        }
        show("read the CSV file and nothing else, rows", &clock, rows);
    }

    async fn open(&self) -> Workspace<SqliteStore> {
        Workspace::open(&self.file("books"), Access::ReadWrite).await.unwrap()
    }

    async fn configure(&self) {
        let books = Workspace::create(&self.file("books"), "bench", edge().now).await.unwrap();
        let clock = Stopwatch::now();
        let text = fs::read_to_string(self.file("pricing.toml")).unwrap();
        let id = OperationId::try_new("configure").unwrap();
        config::apply(&books, &edge(), &id, ("pricing.toml", &text), Mode::Commit).await.unwrap();
        show("configure", &clock, 1);
        let clock = Stopwatch::now();
        let text = fs::read_to_string(self.file("grants.jsonl")).unwrap();
        let operations = read_lines("grants.jsonl", &text).unwrap();
        operate(&books, &edge(), "grants.jsonl", &operations, Mode::Commit).await.unwrap();
        show("grant, lots", &clock, operations.len() as u64);
        books.close().await.unwrap();
    }

    async fn import(&self) {
        let books = self.open().await;
        let clock = Stopwatch::now();
        let source = Source::file(self.file("usage.csv"));
        let mapping = Mapping::from_toml(MAPPING).unwrap();
        let options = ImportOptions::new(edge().now);
        let outcome =
            usage::import(&books, &edge(), &source, &mapping, &options, &mut |_| Control::Continue)
                .await
                .unwrap();
        show("import, rows", &clock, outcome.rows_read);
        books.close().await.unwrap();
    }

    async fn post(&self) {
        let books = self.open().await;
        let clock = Stopwatch::now();
        let until = edge().now;
        let view =
            usage::post(&books, &edge(), until, &mut |_| ControlFlow::Continue(())).await.unwrap();
        show("post, events", &clock, view.priced);
        show("post, entries", &clock, view.entries);
        show("post, postings", &clock, view.postings);
        assert_eq!((view.refused, view.free), (0, 0), "every event has a rate and a wallet");
        books.close().await.unwrap();
    }

    async fn expire(&self) {
        let books = self.open().await;
        let clock = Stopwatch::now();
        let line =
            r#"{"op":"expire_lots","id":"expire","at":"2026-01-01T00:00:00Z","actor":"bench"}"#;
        let operations = read_lines("expire", line).unwrap();
        let view = operate(&books, &edge(), "expire", &operations, Mode::Commit).await.unwrap();
        let entries = view.operations.iter().map(|operation| operation.entries.len() as u64).sum();
        show("expire, entries", &clock, entries);
        books.close().await.unwrap();
    }

    async fn report(&self) {
        let books = self.open().await;
        let month = |text: &str| text.parse().unwrap();
        let window = Window {
            from: month("2025-01"),
            to: month("2025-12"),
            as_of: None,
            effective_until: None,
        };
        let folder = self.file("reports");
        let kinds = [
            ReportKind::TrialBalance,
            ReportKind::RollForward(RollForwardBy::Currency),
            ReportKind::RollForward(RollForwardBy::WalletType),
            ReportKind::RollForward(RollForwardBy::Customer),
            ReportKind::Waterfall,
            ReportKind::RevenueBy(RevenueBy::WalletType),
            ReportKind::RevenueBy(RevenueBy::Rate),
            ReportKind::RevenueBy(RevenueBy::Dimension("model".into())),
            ReportKind::RevenueBy(RevenueBy::Customer),
            ReportKind::RevenueBy(RevenueBy::ServiceMonth),
            ReportKind::Units,
        ];
        for kind in kinds {
            let clock = Stopwatch::now();
            write(&books, &kind, window, edge().now, &folder, FileFormat::Xlsx).await.unwrap();
            show(&format!("report {}", kind.file_stem()), &clock, 1);
        }
        let postings = books.store().status().await.unwrap().postings;
        let clock = Stopwatch::now();
        let kind = ReportKind::Journal;
        write(&books, &kind, window, edge().now, &folder, FileFormat::Csv).await.unwrap();
        show("report journal as CSV, postings", &clock, postings);
        let clock = Stopwatch::now();
        let path = self.file("ledger.journal");
        write_ledger_text(&books, window, edge().now, &path, TextFormat::Hledger).await.unwrap();
        show("export to hledger, postings", &clock, postings);
        books.close().await.unwrap();
    }

    async fn verify(&self) {
        let books = self.open().await;
        let clock = Stopwatch::now();
        let view = verify::verify(&books).await.unwrap();
        assert!(view.sound, "{:#?}", view.checks);
        show("verify, entries", &clock, view.checks[0].count);
        books.close().await.unwrap();
    }
}

/// Prints how large the files are.
fn sizes(folder: &Path) {
    let books = folder.join("books");
    let usage = books.join("usage");
    for (what, path) in [
        ("usage as CSV", folder.join("usage.csv")),
        ("ledger", books.join("ledger.sqlite")),
        ("usage segments", usage.join("segments")),
        ("event keys", usage.join("keys")),
        ("burn detail", usage.join("detail")),
    ] {
        println!("  {:<40} {:>8} MiB", format!("size of {what}"), size(&path) / (1 << 20));
    }
}

fn size(path: &Path) -> u64 {
    match fs::read_dir(path) {
        Ok(folder) => folder.map(|file| file.unwrap().metadata().unwrap().len()).sum(),
        Err(_) => path.metadata().map_or(0, |facts| facts.len()),
    }
}
