//! Help, completions, and arguments that make no sense.

use crate::books::{Books, finish, scrip};

/// Every command, with its parent if it has one.
fn commands() -> Vec<Vec<String>> {
    let mut all = Vec::new();
    let mut open = vec![Vec::<String>::new()];
    while let Some(path) = open.pop() {
        let help = help(&path);
        let listed = help.split("Commands:\n").nth(1).unwrap_or_default();
        let names = listed
            .lines()
            .take_while(|line| !line.is_empty())
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next())
            .filter(|name| *name != "help");
        for name in names {
            let mut path = path.clone();
            path.push(name.to_owned());
            open.push(path);
        }
        if !path.is_empty() {
            all.push(path);
        }
    }
    all
}

fn help(path: &[String]) -> String {
    let mut command = scrip();
    command.args(path).arg("--help");
    finish(command).ok()
}

#[test]
fn every_command_has_an_example_in_its_help() {
    let commands = commands();
    assert!(commands.len() >= 18, "{commands:?}");
    for path in &commands {
        let help = help(path);
        let is_group = help.contains("Commands:\n");
        assert!(is_group || help.contains("Example: scrip "), "{path:?}: {help}");
    }
}

#[test]
fn the_help_lists_the_exit_codes() {
    let help = help(&[]);
    for code in ["0 done", "2 the input", "3 the books refuse", "4 the same id", "8 the books"] {
        assert!(help.contains(code), "{code}: {help}");
    }
}

#[test]
fn every_command_is_described() {
    let guide = std::fs::read_to_string(crate::fences::docs().join("cli.md")).unwrap();
    for path in commands() {
        let name = format!("`scrip {}", path.join(" "));
        assert!(guide.contains(&name), "docs/cli.md does not say what {name}` does");
    }
}

#[test]
fn completions_are_written_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let mut command = scrip();
        command.args(["completions", shell]);
        let script = finish(command).ok();
        assert!(script.contains("roll-forward"), "{shell}: {script}");
    }
}

#[test]
fn arguments_that_make_no_sense_are_named() {
    let books = Books::granted();
    for (arguments, word) in [
        (&["balance"][..], "<CUSTOMER>"),
        (&["balance", "acme", "--as-of", "yesterday"], "yesterday"),
        (&["report", "profit"], "profit"),
        (&["report", "revenue", "--month", "2026-13"], "2026-13"),
        (&["report", "revenue", "--from", "2026-02", "--to", "2026-01"], "backwards"),
        (&["report", "roll-forward", "--by", "colour"], "colour"),
        (&["report", "waterfall", "--format", "hledger"], "journal"),
        (&["ledger", "--kind", "theft"], "theft"),
        (&["ledger", "--from", "01.02.2026"], "--from"),
        (&["chart", "burn-down", "--out", "a.svg"], "--wallet"),
        (&["chart", "burn-down", "--wallet", "w", "--out", "a.svg"], "say which"),
        (&["report", "statement"], "say which"),
        (&["report", "revenue", "--customer", "acme"], "takes no customer"),
        (&["balance", "acme", "--customer", "acme"], "cannot be used with"),
        (&["chart", "revenue", "--out", "a.gif"], "a.gif"),
        (&["completions", "cobol"], "cobol"),
        (
            &[
                "grant",
                "--customer",
                "acme",
                "--wallet",
                "standard",
                "--units",
                "1",
                "--price",
                "1",
            ],
            "--currency",
        ),
    ] {
        books.refuses(2, &[word], |books| books.run(arguments));
    }
}

#[test]
fn the_one_customer_that_a_command_looks_at_is_its_argument_or_is_named() {
    let books = Books::granted();
    for command in [
        &["balance"][..],
        &["burn-rate"],
        &["hold", "list"],
        &["invoice", "list"],
        &["invoice", "draft"],
        &["report", "statement"],
    ] {
        let as_of: &[&str] = match command[0] {
            "balance" | "burn-rate" => &["--as-of", "2026-03-01"],
            "report" => &["--month", "2026-01"],
            _ => &[],
        };
        let run = |customer: &[&str]| books.run(&[command, customer, as_of].concat()).ok();
        let without_clock = |text: String| {
            text.lines().filter(|line| !line.contains("read at")).collect::<Vec<_>>().join("\n")
        };
        let (argument, named) = (run(&["acme"]), run(&["--customer", "acme"]));
        assert_eq!(without_clock(argument), without_clock(named), "{command:?}");
        let nobody = books.run(&[command, &["nobody"], as_of].concat());
        nobody.fails(5, &["nobody"]);
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let nowhere = Books::folder();
    for arguments in [&["status"][..], &["verify"], &["balance", "acme"], &["report", "journal"]] {
        nowhere.run(arguments).fails(5, &["not a Scrip workspace", "scrip init"]);
    }
    let books = Books::granted();
    books.refuses(5, &["nobody"], |books| books.run(&["balance", "nobody"]));
    books.refuses(5, &["r99"], |books| books.run(&["explain", "r99"]));
    books.refuses(5, &["o99"], |books| books.run(&["audit", "o99"]));
    let chart = ["chart", "burn-down", "--customer", "nobody", "--wallet", "w", "--out", "a.svg"];
    books.refuses(5, &["nobody"], |books| books.run(&chart));
}

#[test]
fn errors_are_json_when_json_is_asked_for() {
    let books = Books::granted();
    let ran = books.run(&["balance", "nobody", "--json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (5, ""));
    let view: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!(view["error"]["code"], "not_found");
    assert_eq!(view["error"]["retryable"], false);
    assert!(view["error"]["message"].as_str().unwrap().contains("nobody"));
}
