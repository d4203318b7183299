//! A year of the real trace: `cargo bench -p scrip-tests --bench year -- 2000 52` keeps the books of
//! 2,000 customers for 52 weeks, checks every law of the books and measures each step.
//!
//! The data are in `../shared/data` beside the checkout, or where `SCRIP_DATA` says.
#![expect(clippy::print_stdout, reason = "prints its measurements")]
#![allow(clippy::unwrap_used, reason = "a measurement that fails has nothing to go on with")]

mod books;

use std::path::PathBuf;
use std::time::Instant;

use crate::books::{Books, Year};

fn show(what: &str, clock: Instant, count: u64) {
    let millis = clock.elapsed().as_millis().max(1);
    let rate = u128::from(count) * 1_000 / millis;
    println!("  {what:<36} {millis:>8} ms {count:>10} {rate:>9} a second");
}

fn peak_memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}

#[tokio::main]
async fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let customers = usize::try_from(numbers.first().copied().unwrap_or(100)).unwrap();
    let weeks = numbers.get(1).copied().unwrap_or(8);
    let named = std::env::var_os("SCRIP_DATA").map(PathBuf::from);
    let data = named
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"));
    if !data.join("usage").is_dir() {
        println!("there is no folder of real data (SCRIP_DATA names it)");
        return;
    }
    println!("{customers} customers, {weeks} weeks of the real trace");
    let folder = tempfile::tempdir().unwrap();
    let books = Books::make(Year::read(&data, customers, weeks), folder.path()).await;
    let clock = Instant::now();
    let events = books.import().await;
    show("import, events", clock, events);
    let clock = Instant::now();
    let mut sums = [0; 4];
    for month in 1..=books.months() {
        let (priced, entries, postings, swept) = books.month(month).await;
        for (sum, more) in sums.iter_mut().zip([priced, entries, postings, swept]) {
            *sum += more;
        }
    }
    assert_eq!(sums[0], events, "every event is charged once");
    show("grant, post, sweep, close; events", clock, events);
    println!("    {} entries of usage with {} postings, {} swept", sums[1], sums[2], sums[3]);
    let clock = Instant::now();
    let entries = books.every_law_holds().await;
    show("check every law, entries", clock, entries);
    let clock = Instant::now();
    books.every_report_ties().await;
    show("reports tie, reports", clock, 10);
    let clock = Instant::now();
    books.are_sound().await;
    show("verify by rebuild, entries", clock, entries);
    println!("  peak memory {} MiB", peak_memory_mib());
}
