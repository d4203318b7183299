//! A program that is killed at any instant loses nothing it acknowledged and leaves nothing half
//! done. The instants come from a seed, which is printed.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::books::{Books, MAPPING};

/// A small generator of numbers, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Rounds of each loop; more with SCRIP_CRASH_ROUNDS.
fn rounds() -> u64 {
    std::env::var("SCRIP_CRASH_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(8)
}

fn seed() -> u64 {
    let seed = std::env::var("SCRIP_SEED").ok().and_then(|n| n.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()));
    println!("SCRIP_SEED={seed}");
    seed
}

/// Runs a command and kills it after a while, unless it ends before. Returns whether it
/// acknowledged.
fn killed(books: &Books, arguments: &[&str], after: Duration) -> bool {
    let mut command = books.command(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    while start.elapsed() < after {
        if let Some(status) = child.try_wait().unwrap() {
            assert_eq!(status.code(), Some(0), "{arguments:?}");
            return true;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    // SIGKILL on Unix.
    child.kill().unwrap();
    child.wait().unwrap().success()
}

/// How long a command takes here, so that kills fall all over it.
fn took(books: &Books, arguments: &[&str]) -> u64 {
    let start = Instant::now();
    books.run(arguments).ok();
    u64::try_from(start.elapsed().as_micros()).unwrap().max(2_000)
}

fn lots(books: &Books) -> Vec<String> {
    let view = books.json(&["balance", "acme", "--as-of", "2026-01-09"]);
    let lots = view["lots"].as_array().unwrap().iter();
    lots.map(|lot| lot["lot"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_file_of_operations_is_applied_whole_or_not_at_all() {
    const LINES: usize = 200;
    let mut random = Random(seed());
    let books = Books::granted();
    let file = |round: u64| -> String {
        let line = |n| {
            format!(
                r#"{{"op":"grant_credits","id":"crash-{round}-{n}","at":"2026-01-05T00:00:00Z","actor":"ana","customer":"acme","wallet":"promo","units":"1","kind":"promotional"}}"#
            )
        };
        (0..LINES).map(|n| line(n) + "\n").collect()
    };
    books.write("round.jsonl", file(1_000_000));
    let micros = took(&books, &["operate", "round.jsonl"]);
    let mut acknowledged = vec![1_000_000];
    for round in 0..rounds() {
        books.write("round.jsonl", file(round));
        let after = Duration::from_micros(random.below(micros * 5 / 4));
        if killed(&books, &["operate", "round.jsonl"], after) {
            acknowledged.push(round);
        }
        let lots = lots(&books);
        for number in 0..=round {
            let prefix = format!("crash-{number}-");
            let count = lots.iter().filter(|lot| lot.starts_with(&prefix)).count();
            assert!(count == 0 || count == LINES, "round {number} is half done: {count}");
        }
        for number in &acknowledged {
            assert!(lots.contains(&format!("crash-{number}-0")), "round {number} was lost");
        }
    }
    books.sound();
    // What was killed can be repeated, and is then there once.
    for round in 0..rounds() {
        books.write("round.jsonl", file(round));
        books.run(&["operate", "round.jsonl"]).ok();
    }
    let expected = 2 + LINES * (1 + usize::try_from(rounds()).unwrap());
    assert_eq!(lots(&books).len(), expected);
    books.sound();
}

fn usage(round: u64) -> String {
    let mut csv = "request,customer,at,model,input,output\n".to_owned();
    for row in 0..3_000 {
        csv.push_str(&format!(
            "c{round}-{row},acme,2026-01-{:02}T09:00:00Z,small,{row},1\n",
            row % 28 + 1
        ));
    }
    csv
}

#[test]
fn an_import_that_is_killed_counts_whole_or_not_at_all() {
    let mut random = Random(seed());
    let books = Books::granted();
    books.write("mapping.toml", MAPPING);
    books.write("usage.csv", usage(1_000_000));
    let import = ["usage", "import", "usage.csv", "--mapping", "mapping.toml"];
    let micros = took(&books, &import);
    let mut events = 6_000;
    for round in 0..rounds() {
        books.write("usage.csv", usage(round));
        let after = Duration::from_micros(random.below(micros * 5 / 4));
        let acknowledged = killed(&books, &import, after);
        let now = books.json(&["status"])["events"].as_u64().unwrap();
        assert!(now == events || now == events + 6_000, "half an import: {events} to {now}");
        assert!(!acknowledged || now == events + 6_000, "an import was lost");
        books.sound();
        // The repeat completes it or finds everything there.
        books.run(&import).ok();
        events += 6_000;
        assert_eq!(books.json(&["status"])["events"], events);
    }
    books.run(&["post", "--as-of", "2026-02-01"]).ok();
    books.sound();
}

#[test]
fn a_posting_run_that_is_killed_is_done_whole_or_not_at_all() {
    let mut random = Random(seed());
    let books = Books::granted();
    books.write("mapping.toml", MAPPING);
    let import = ["usage", "import", "usage.csv", "--mapping", "mapping.toml"];
    books.write("usage.csv", usage(1_000_000));
    books.run(&import).ok();
    let post = ["post", "--as-of", "2026-02-01"];
    let micros = took(&books, &post);
    for round in 0..rounds() {
        books.write("usage.csv", usage(round));
        books.run(&import).ok();
        let before = books.state();
        let after = Duration::from_micros(random.below(micros * 5 / 4));
        let acknowledged = killed(&books, &post, after);
        let now = books.state();
        let done = now["entries"] != before["entries"];
        assert!(done || now["checkpoint"] == before["checkpoint"]);
        assert!(done || !acknowledged, "a posting run was lost");
        books.sound();
        books.run(&post).ok();
        assert_eq!(books.json(&post)["entries"], 0, "everything is posted");
    }
    books.sound();
}
