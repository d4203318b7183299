//! Many programs write to one workspace at once and some are killed: what was acknowledged is there,
//! nothing is spent twice, nothing is half done. The instants come from a seed, which is printed.

use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::books::{Books, PRICING};

/// A small generator of numbers, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn seeded() -> Self {
        let seed = std::env::var("SCRIP_SEED").ok().and_then(|n| n.parse().ok());
        let seed = seed.unwrap_or_else(|| u64::from(std::process::id()));
        println!("SCRIP_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// An operation in a file of its own.
struct Writer {
    file: String,
    kind: &'static str,
    acknowledged: bool,
}

fn writer(books: &Books, kind: &'static str, number: u64, body: &Value) -> Writer {
    let mut operation = json!({
        "id": format!("{kind}-{number}"), "at": "2026-01-07T00:00:00Z", "actor": "api",
    });
    operation.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    let file = format!("{kind}-{number}.jsonl");
    books.write(&file, operation.to_string());
    Writer { file, kind, acknowledged: false }
}

fn start(books: &Books, file: &str) -> Child {
    let mut command = books.command(&["operate", file, "--json"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Whether a program did it; one that found another writing for too long tries again.
fn did(books: &Books, file: &str, mut program: Child) -> bool {
    match program.wait().unwrap().code() {
        Some(6) => books.run(&["operate", file]).code == 0,
        code => code == Some(0),
    }
}

/// Eight uses of 0.30 of the one credit that Globex has; eight refunds of 20 and eight moves of 15 of
/// the hundred that Acme has; eight gifts.
fn writers(books: &Books) -> Vec<Writer> {
    let mut writers = Vec::new();
    for number in 0..8 {
        let event = json!({
            "key": format!("e{number}"), "meter": "llm", "quantity": "100",
            "dimensions": { "model": "large", "token_type": "input" },
        });
        let usage = json!({ "op": "record_usage", "customer": "globex", "events": [event] });
        let refund =
            json!({ "op": "refund_grant", "customer": "acme", "lot": "buy-1", "units": "20" });
        let transfer = json!({
            "op": "transfer_units", "customer": "acme", "lot": "buy-1", "units": "15",
            "to_wallet": "spare", "to_wallet_type": "standard",
        });
        let gift = json!({
            "op": "grant_credits", "customer": "acme", "wallet": "promo", "units": "1",
            "kind": "promotional",
        });
        writers.push(writer(books, "use", number, &usage));
        writers.push(writer(books, "refund", number, &refund));
        writers.push(writer(books, "move", number, &transfer));
        writers.push(writer(books, "present", number, &gift));
    }
    writers
}

#[test]
fn many_writers_of_whom_some_are_killed_lose_nothing_and_spend_nothing_twice() {
    let mut random = Random::seeded();
    let books = Books::with(&PRICING.replace("beyond = \"overage\"\n", ""));
    books.operate(crate::books::GRANTS).ok();
    let mut writers = writers(&books);
    for together in writers.chunks_mut(8) {
        let programs: Vec<Child> = together.iter().map(|w| start(&books, &w.file)).collect();
        for (writer, mut program) in together.iter_mut().zip(programs) {
            if random.below(3) == 0 {
                std::thread::sleep(Duration::from_micros(random.below(30_000)));
                // SIGKILL on Unix.
                program.kill().unwrap();
            }
            writer.acknowledged = program.wait().unwrap().success();
        }
    }
    // Every writer tries again. What was acknowledged is there, and counts once.
    let mut applied = std::collections::BTreeMap::<&str, u32>::new();
    for writer in &writers {
        let ran = books.run(&["operate", &writer.file, "--json"]);
        if ran.code == 0 {
            let view = ran.json();
            let outcome = view["operations"][0]["outcome"].as_str().unwrap();
            assert!(
                !writer.acknowledged || outcome == "already_applied",
                "{}: {view}",
                writer.file
            );
            *applied.entry(writer.kind).or_default() += 1;
        } else {
            assert!(!writer.acknowledged, "{} was acknowledged: {}", writer.file, ran.stderr);
            assert_eq!(ran.code, 3, "{}: {}", writer.file, ran.stderr);
        }
    }
    assert_eq!((applied["use"], applied["present"]), (3, 8), "the cap is hard");
    assert_eq!(books.available("globex", "standard", "2026-01-08"), "0.10");
    assert_eq!(books.available("acme", "promo", "2026-01-08"), "18.00");
    let (refunds, moves) = (applied["refund"], applied["move"]);
    let left = 100_u32.checked_sub(20 * refunds + 15 * moves).expect("never more than there is");
    assert!(
        left < 15,
        "{refunds} refunds and {moves} moves leave {left}, which one more would take"
    );
    assert_eq!(books.available("acme", "standard", "2026-01-08"), format!("{left}.00"));
    assert_eq!(books.available("acme", "spare", "2026-01-08"), format!("{}.00", 15 * moves));
    books.sound();
}

#[test]
fn programs_that_reserve_the_last_units_at_once_never_reserve_more_than_there_is() {
    let books = Books::with(&PRICING.replace("beyond = \"overage\"\n", ""));
    books.operate(crate::books::GRANTS).ok();
    let hold = json!({
        "op": "place_hold", "customer": "globex", "wallet": "standard", "units": "0.30",
        "expires_at": "never",
    });
    let event = |number: u64| {
        json!({
            "key": format!("e{number}"), "meter": "llm", "quantity": "100",
            "dimensions": { "model": "large", "token_type": "input" },
        })
    };
    let holds: Vec<_> = (0..6).map(|number| writer(&books, "hold", number, &hold)).collect();
    let uses: Vec<_> = (0..3)
        .map(|number| {
            let events = [event(number)];
            let usage = json!({ "op": "record_usage", "customer": "globex", "events": events });
            writer(&books, "use", number, &usage)
        })
        .collect();
    let programs: Vec<_> = holds.iter().chain(&uses).map(|w| start(&books, &w.file)).collect();
    let files = holds.iter().chain(&uses).map(|w| &w.file);
    let won: Vec<bool> = files.zip(programs).map(|(file, p)| did(&books, file, p)).collect();
    let count = won.iter().filter(|won| **won).count();
    assert_eq!(count, 3, "three times 0.30 of 1.00, reserved or used: {won:?}");
    assert_eq!(books.available("globex", "standard", "2026-01-08"), "0.10");
    books.sound();

    // Each hold is captured by three programs at once, with other events: one of them does it.
    let mut captures = Vec::new();
    for (number, _) in
        (0_u64..).zip(&holds).filter(|(number, _)| won[usize::try_from(*number).unwrap()])
    {
        for again in 0..3 {
            let id = 10 + number * 3 + again;
            let capture = json!({
                "op": "capture_hold", "customer": "globex", "hold": format!("hold-{number}"),
                "events": [event(id)],
            });
            captures.push(writer(&books, "capture", id, &capture));
        }
    }
    let held = captures.len() / 3;
    let programs: Vec<_> = captures.iter().map(|w| start(&books, &w.file)).collect();
    let files = captures.iter().map(|w| &w.file);
    let captured = files.zip(programs).map(|(file, p)| did(&books, file, p)).filter(|done| *done);
    assert_eq!(captured.count(), held, "a hold is captured once");
    assert_eq!(books.available("globex", "standard", "2026-01-08"), "0.10");
    books.sound();
}
