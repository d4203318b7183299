//! Several programs on one production ledger, on a real server: nothing is spent twice, charged twice,
//! decided twice or lost.

use std::collections::BTreeSet;

use scrip_testkit::cluster::Cluster;
use serde_json::Value;

use crate::books::{Books, GRANTS, PRICING, Ran, USAGE};
use crate::concurrency::{end, start};
use crate::full_disk::{SmallDisk, fill};

/// Runs a command in so many programs at once.
fn at_once(books: &Books, count: usize, arguments: impl Fn(usize) -> Vec<String>) -> Vec<Ran> {
    let programs: Vec<_> = (0..count)
        .map(|number| {
            let arguments = arguments(number);
            start(books, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
        })
        .collect();
    programs.into_iter().map(end).collect()
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

#[test]
fn several_programs_that_post_into_one_server_charge_every_event_once() {
    let server = Cluster::start().unwrap();
    let books = Books::served(&server, PRICING);
    books.operate(GRANTS).ok();
    books.import(USAGE).ok();
    for ran in at_once(&books, 5, |_| words("post --as-of 2026-03-01")) {
        ran.ok();
    }
    let alone = Books::imported();
    alone.run(&["post", "--as-of", "2026-03-01"]).ok();
    for (customer, wallet) in [("acme", "standard"), ("acme", "promo"), ("globex", "standard")] {
        let as_of = "2026-03-01";
        assert_eq!(
            books.available(customer, wallet, as_of),
            alone.available(customer, wallet, as_of)
        );
    }
    assert_eq!(books.json(&["status"])["entries"], alone.json(&["status"])["entries"]);
    books.sound();
}

#[test]
fn several_programs_on_one_server_never_spend_beyond_a_hard_cap() {
    let server = Cluster::start().unwrap();
    let books = Books::served(&server, &PRICING.replace("beyond = \"overage\"\n", ""));
    books.operate(GRANTS).ok();
    let ran = at_once(&books, 8, |number| {
        let name = format!("use-{number}.jsonl");
        let operation = serde_json::json!({
            "op": "record_usage", "id": format!("use-{number}"), "at": "2026-01-07T00:00:00Z",
            "actor": "api", "customer": "globex", "events": [{
                "key": format!("e{number}"), "meter": "llm", "quantity": "100",
                "dimensions": { "model": "large", "token_type": "input" }
            }]
        });
        books.write(&name, operation.to_string());
        vec!["operate".to_owned(), name]
    });
    let codes: Vec<_> = ran.iter().map(|ran| ran.code).collect();
    let count = |wanted| codes.iter().filter(|code| **code == wanted).count();
    assert_eq!((count(0), count(3)), (3, 5), "{ran:?}");
    assert_eq!(books.available("globex", "standard", "2026-01-08"), "0.10");
    books.sound();
}

#[test]
fn a_request_that_many_approve_at_once_is_done_once() {
    let server = Cluster::start().unwrap();
    let rules = "\n[[approvals]]\ncode = \"gifts\"\noperations = [\"grant_credits\"]\n";
    let books = Books::served(&server, &format!("{PRICING}{rules}"));
    let grant = "grant --customer acme --wallet promo --units 10 --kind promotional \
                 --at 2026-01-05 --id gift-1";
    let grant: Vec<_> = grant.split_whitespace().collect();
    books.run(&grant).fails(3, &["approv"]);
    let asked = books.json(&[&grant[..], &["--ask=please"]].concat());
    let content = asked["request"]["content"].as_str().unwrap().to_owned();
    let ran = at_once(&books, 6, |number| {
        words(&format!("request approve please --content {content} --actor person-{number}"))
    });
    let codes: Vec<_> = ran.iter().map(|ran| ran.code).collect();
    let count = |wanted| codes.iter().filter(|code| **code == wanted).count();
    assert_eq!((count(0), count(4)), (1, 5), "{ran:?}");
    assert_eq!(books.available("acme", "promo", "2026-01-06"), "10.00");
    books.sound();
}

#[test]
fn programs_that_write_for_different_customers_all_get_through() {
    let server = Cluster::start().unwrap();
    let books = Books::served(&server, PRICING);
    let ran = at_once(&books, 8, |number| {
        let customer = ["acme", "globex"][number % 2];
        words(&format!(
            "grant --customer {customer} --wallet promo --units 10 --kind promotional \
             --at 2026-01-05 --id gift-{number}"
        ))
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect()
    });
    for ran in ran {
        ran.ok();
    }
    for customer in ["acme", "globex"] {
        assert_eq!(books.available(customer, "promo", "2026-01-06"), "40.00");
    }
    books.sound();
}

#[test]
fn a_pull_onto_a_full_disk_keeps_what_came_and_goes_on_when_there_is_room() {
    let server = Cluster::start().unwrap();
    let books = Books::served(&server, PRICING);
    books.operate(GRANTS).ok();
    let desk = books.desk();
    let Some(_disk) = SmallDisk::mount(&desk.path("books"), "size=4m") else { return };
    desk.run(&["pull"]).ok();
    let line = |n: u32| {
        let reason = "x".repeat(500);
        format!(
            "{{\"op\":\"grant_credits\",\"id\":\"more-{n}\",\"at\":\"2026-01-05T00:00:00Z\",\
             \"actor\":\"ana\",\"customer\":\"acme\",\"wallet\":\"promo\",\"units\":\"1\",\
             \"kind\":\"promotional\",\"reason\":\"{reason}\"}}\n"
        )
    };
    books.operate(&(0..400).map(line).collect::<String>()).ok();
    for leave in [0, 64] {
        fill(&desk.path("books"), leave);
        let ran = desk.run(&["pull"]);
        assert_eq!(ran.code, 7, "{leave}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("room") || ran.stderr.contains("space"), "{}", ran.stderr);
        std::fs::remove_file(desk.path("books/filler")).unwrap();
    }
    desk.run(&["pull"]).ok();
    desk.run(&["reconcile"]).says(&["They are the same."]);
}

#[test]
fn a_copy_knows_from_its_first_pull_how_its_ledger_is_reached() {
    let server = Cluster::start().unwrap();
    let books = Books::served(&server, PRICING);
    books.operate(GRANTS).ok();
    let desk = books.desk();
    let alone = |arguments: &[&str]| desk.alone(arguments);
    alone(&["pull"]).fails(2, &["--database URL"]);
    desk.run(&["pull"]).ok();
    let kept = desk.read("books/production.json");
    assert!(
        kept.contains("scrip-production/1") && kept.contains("\"without_tls\": true"),
        "{kept}"
    );
    alone(&["pull"]).says(&["Nothing new"]);
    alone(&["reconcile"]).says(&["They are the same."]);
    alone(&["push"]).says(&["nothing waits"]);

    // Another company's ledger is not pulled from, and not remembered.
    let other = Books::served(&server, PRICING);
    let (url, tls) = (other.url.clone().unwrap(), "--database-without-tls");
    alone(&["pull", "--database", &url, tls]).fails(4, &["this workspace is a copy of"]);
    assert_eq!(desk.read("books/production.json"), kept);

    // A password in the address is used and not written.
    let url = books.url.clone().unwrap().replace("scrip@", "scrip:Truth-9@");
    desk.write("books/production.json", "{}");
    alone(&["pull"]).fails(2, &["production.json", "missing field"]);
    alone(&["pull", "--database", &url, tls]).ok();
    assert_eq!(desk.read("books/production.json"), kept);
}

#[test]
fn a_decision_is_queued_in_a_copy_and_made_with_the_push() {
    let server = Cluster::start().unwrap();
    let rules = "\n[[approvals]]\ncode = \"gifts\"\noperations = [\"grant_credits\"]\n";
    let books = Books::served(&server, &format!("{PRICING}{rules}"));
    let grant = "grant --customer acme --wallet promo --units 10 --kind promotional \
                 --at 2026-01-05 --id gift-1 --ask=please";
    let asked = books.json(&grant.split_whitespace().collect::<Vec<_>>());
    let content = asked["request"]["content"].as_str().unwrap();
    let desk = books.desk();
    desk.run(&["pull"]).ok();
    let approve = ["request", "approve", "please", "--content", content, "--queue"];
    desk.alone(&[&approve[..], &["--actor", "ben"]].concat())
        .says(&["promotional lot gift-1", "Queued as number 1; `scrip push` does it."]);
    desk.alone(&[&approve[..], &["--actor", "ben"]].concat())
        .fails(4, &["a decision about request please waits in the outbox already, as number 1"]);
    desk.alone(&["outbox", "list"]).says(&["decide_request", "grant_credits of acme"]);
    assert_eq!(books.available("acme", "promo", "2026-01-06"), "0");
    desk.alone(&["push"]).says(&["grant_credits gift-1 is done"]);
    assert_eq!(books.available("acme", "promo", "2026-01-06"), "10.00");
}

#[test]
fn two_programs_pull_into_one_copy_one_after_the_other() {
    let server = Cluster::start().unwrap();
    let books = Books::served(&server, PRICING);
    let desk = books.desk();
    desk.run(&["pull"]).ok();
    books.operate(GRANTS).ok();
    let lock = std::fs::File::create(desk.path("books/pull.lock")).unwrap();
    lock.lock().unwrap();
    desk.run(&["pull"]).fails(6, &["another program is pulling"]);
    lock.unlock().unwrap();
    let ran = at_once(&desk, 4, |_| words("pull"));
    assert!(ran.iter().all(|ran| [0, 6].contains(&ran.code)), "{ran:?}");
    desk.run(&["pull"]).ok();
    desk.run(&["reconcile"]).says(&["They are the same."]);
}

/// A gift of a copy, queued.
fn gift(name: &str) -> Vec<String> {
    let line = format!(
        "grant --customer acme --wallet promo --units 10 --kind promotional --at 2026-01-05 --id {name} --queue"
    );
    words(&line)
}

fn queue(desk: &Books, name: &str) -> Ran {
    desk.alone(&gift(name).iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn programs_that_queue_at_once_lose_nothing_of_each_other() {
    let server = Cluster::start().unwrap();
    let mut desk = Books::served(&server, PRICING).desk();
    desk.run(&["pull"]).ok();
    desk.url = None;
    let mut queued = BTreeSet::new();
    for (number, ran) in
        at_once(&desk, 12, |number| gift(&format!("gift-{number}"))).into_iter().enumerate()
    {
        match ran.code {
            0 => drop(queued.insert(format!("gift-{number}"))),
            _ => drop(ran.fails(6, &["another program is writing"])),
        }
    }
    assert!(!queued.is_empty());
    let items = desk.json(&["outbox", "list"]);
    let all = |what: fn(&Value) -> &Value| {
        items.as_array().unwrap().iter().map(|item| what(item).to_string()).collect::<Vec<_>>()
    };
    let ids = all(|item| &item["operations"][0]["id"]);
    let ids: BTreeSet<_> = ids.iter().map(|id| id.trim_matches('"').to_owned()).collect();
    assert_eq!(ids, queued);
    let numbers: BTreeSet<_> = all(|item| &item["number"]).into_iter().collect();
    assert_eq!(numbers.len(), queued.len());
}

#[test]
fn a_push_that_ends_before_the_last_item_tells_what_it_did_and_where_it_ended() {
    let server = Cluster::start().unwrap();
    let books = Books::served(&server, PRICING);
    let desk = books.desk();
    desk.run(&["pull"]).ok();
    for name in ["gift-1", "gift-2", "gift-3"] {
        queue(&desk, name).ok();
    }
    // Somebody else gives the second, and more of it.
    let theirs =
        gift("gift-2").join(" ").replace("--units 10", "--units 11").replace(" --queue", "");
    books.run(&theirs.split(' ').collect::<Vec<_>>()).ok();
    let ran = desk.alone(&["push", "--json"]);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (told["pushed"][0]["number"].clone(), told["waiting"].clone()),
        (1.into(), 2.into())
    );
    assert_eq!(
        (&told["stopped"]["number"], &told["stopped"]["code"]),
        (&2.into(), &"conflict".into())
    );
    assert!(told["pulled"]["operations"].as_u64().unwrap() > 0, "{told:#}");
    ran.fails(4, &["number 2 is kept back: ", "\"code\": \"conflict\"", "scrip outbox show 2"]);
    desk.alone(&["push"]).fails(4, &["error: number 2 is kept back: ", "other content"]);

    // A file that cannot be read keeps back what comes after it, and nothing that comes before.
    desk.alone(&["outbox", "discard", "2"]).ok();
    queue(&desk, "gift-4").ok();
    desk.write("books/outbox/000004.json", "{");
    let ran = desk.alone(&["push"]);
    assert!(
        ran.stdout.contains("gift-3 is done") && ran.stdout.contains("1 waits still"),
        "{ran:?}"
    );
    ran.fails(8, &["number 4 is kept back: its file cannot be read", "scrip outbox discard 4"]);
    desk.alone(&["outbox", "discard", "4"]).ok();

    // Another program pulls at the end: what was pushed is pushed.
    queue(&desk, "gift-5").says(&["Queued as number 5"]);
    let lock = std::fs::File::create(desk.path("books/pull.lock")).unwrap();
    lock.lock().unwrap();
    let told = desk.alone(&["push", "--json"]).json();
    assert_eq!(told["pushed"][0]["number"], 5);
    assert!(
        told["not_pulled"].as_str().unwrap().contains("another program is pulling"),
        "{told:#}"
    );
    let ran = desk.alone(&["push"]);
    assert!(ran.stderr.contains("note: another program is pulling"), "{ran:?}");
    ran.says(&["nothing waits"]);
    lock.unlock().unwrap();
    desk.alone(&["pull"]).ok();
    desk.alone(&["reconcile"]).says(&["They are the same."]);
}
