//! Several programs on one workspace: one writes, the others wait or say so; nothing is lost.

use std::process::{Child, Stdio};
use std::time::Duration;

use crate::books::{Books, Ran};

/// Starts a command without waiting for it.
pub(crate) fn start(books: &Books, arguments: &[&str]) -> Child {
    let mut command = books.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits for its end.
pub(crate) fn end(child: Child) -> Ran {
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

#[test]
fn grants_of_many_programs_at_once_all_count() {
    let books = Books::new();
    let programs: Vec<_> = (0..12)
        .map(|number| {
            let id = format!("gift-{number}");
            let arguments = [
                "grant",
                "--customer",
                "acme",
                "--wallet",
                "promo",
                "--units",
                "10",
                "--kind",
                "promotional",
                "--at",
                "2026-01-05",
                "--id",
                &id,
            ];
            start(&books, &arguments)
        })
        .collect();
    let mut acknowledged = 0;
    for program in programs {
        let ran = end(program);
        match ran.code {
            0 => acknowledged += 1,
            _ => drop(ran.fails(6, &["another program is writing"])),
        }
    }
    assert!(acknowledged > 0);
    assert_eq!(books.available("acme", "promo", "2026-01-06"), format!("{acknowledged}0.00"));
    books.sound();
}

#[test]
fn the_same_operation_from_many_programs_counts_once() {
    let books = Books::new();
    books.write("grants.jsonl", crate::books::GRANTS);
    let programs: Vec<_> = (0..6).map(|_| start(&books, &["operate", "grants.jsonl"])).collect();
    for program in programs {
        end(program).ok();
    }
    assert_eq!(books.available("acme", "standard", "2026-01-06"), "100.00");
    assert_eq!(books.json(&["status"])["operations"], 4);
    books.sound();
}

#[test]
fn posting_twice_at_once_charges_once() {
    let books = Books::imported();
    let programs: Vec<_> =
        (0..4).map(|_| start(&books, &["post", "--as-of", "2026-03-01"])).collect();
    for program in programs {
        end(program).ok();
    }
    let alone = Books::imported();
    alone.run(&["post", "--as-of", "2026-03-01"]).ok();
    assert_eq!(books.json(&["status"])["entries"], alone.json(&["status"])["entries"]);
    assert_eq!(
        books.available("acme", "standard", "2026-03-01"),
        alone.available("acme", "standard", "2026-03-01")
    );
    books.sound();
}

/// Eight programs try to use 0.30 credits each of the one credit that Globex has.
fn eight_at_once(books: &Books) -> Vec<Ran> {
    let programs: Vec<_> = (0..8)
        .map(|number| {
            let name = format!("use-{number}.jsonl");
            let operation = serde_json::json!({
                "op": "record_usage", "id": format!("use-{number}"), "at": "2026-01-07T00:00:00Z",
                "actor": "api", "customer": "globex", "events": [{
                    "key": format!("e{number}"), "meter": "llm", "quantity": "100",
                    "dimensions": { "model": "large", "token_type": "input" }
                }]
            });
            books.write(&name, operation.to_string());
            start(books, &["operate", &name])
        })
        .collect();
    programs.into_iter().map(end).collect()
}

#[test]
fn many_programs_never_overspend_a_hard_cap() {
    let books = Books::with(&crate::books::PRICING.replace("beyond = \"overage\"\n", ""));
    books.operate(crate::books::GRANTS).ok();
    let codes: Vec<_> = eight_at_once(&books).into_iter().map(|ran| ran.code).collect();
    let count = |wanted| codes.iter().filter(|code| **code == wanted).count();
    assert_eq!((count(0), count(3)), (3, 5), "{codes:?}");
    assert_eq!(books.available("globex", "standard", "2026-01-08"), "0.10");
    books.sound();
}

#[test]
fn many_programs_never_spend_a_credit_twice_before_overage() {
    let books = Books::granted();
    for ran in eight_at_once(&books) {
        ran.ok();
    }
    assert_eq!(books.available("globex", "standard", "2026-01-08"), "0.00");
    let balance = books.json(&["balance", "globex", "--as-of", "2026-01-08"]);
    assert_eq!(balance["unbilled"]["EUR"], "0.17", "1.40 credits at 0.12, rounded once");
    books.sound();
}

#[test]
fn an_import_and_grants_do_not_disturb_each_other() {
    let books = Books::granted();
    let mut csv = "request,customer,at,model,input,output\n".to_owned();
    for row in 0..30_000 {
        csv.push_str(&format!("q{row},acme,2026-01-10T09:00:00Z,small,{row},1\n"));
    }
    books.write("usage.csv", csv);
    books.write("mapping.toml", crate::books::MAPPING);
    let import = start(&books, &["usage", "import", "usage.csv", "--mapping", "mapping.toml"]);
    let mut number = 0;
    let mut import = import;
    while import.try_wait().unwrap().is_none() {
        number += 1;
        let id = format!("during-{number}");
        let arguments = [
            "grant",
            "--customer",
            "globex",
            "--wallet",
            "promo",
            "--units",
            "1",
            "--kind",
            "promotional",
            "--at",
            "2026-01-05",
            "--id",
            &id,
        ];
        let ran = books.run(&arguments);
        if ran.code != 0 {
            ran.fails(6, &["another program is writing"]);
            number -= 1;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    end(import).ok();
    let lots = books.json(&["balance", "globex", "--as-of", "2026-01-07"])["lots"].clone();
    assert_eq!(lots.as_array().unwrap().len(), 1 + number);
    assert_eq!(books.json(&["status"])["events"], 60_000);
    books.sound();
}

#[test]
fn reading_goes_on_while_somebody_writes() {
    let books = Books::imported();
    let post = start(&books, &["post", "--as-of", "2026-03-01"]);
    for _ in 0..5 {
        books.run(&["status"]).ok();
        books.run(&["balance", "acme"]).ok();
    }
    end(post).ok();
    books.sound();
}
