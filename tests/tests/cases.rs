//! The worked cases: each runs through the engine, or the table says why it does not.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use scrip_testkit::script::{self, Case, table};

const TABLE: &str = include_str!("../fixtures/cases/table.txt");
const PRICING: &str = include_str!("../fixtures/cases/pricing.txt");
const WALLETS: &str = include_str!("../fixtures/cases/wallets.txt");
const REVENUE: &str = include_str!("../fixtures/cases/revenue.txt");
const MOVES: &str = include_str!("../fixtures/cases/moves.txt");
const LIFECYCLE: &str = include_str!("../fixtures/cases/lifecycle.txt");

#[track_caller]
fn run(script: &str) {
    let failures: Vec<String> =
        script::read(script).unwrap().iter().filter_map(|case| case.run().err()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn what_a_quantity_costs() {
    run(PRICING);
}

#[test]
fn which_lots_pay_and_until_when() {
    run(WALLETS);
}

#[test]
fn what_is_booked_and_when() {
    run(REVENUE);
}

#[test]
fn what_moves_and_what_is_paid_back() {
    run(MOVES);
}

#[test]
fn what_happens_to_lots_in_the_course_of_time() {
    run(LIFECYCLE);
}

#[test]
fn a_case_has_a_script_exactly_if_the_table_says_that_it_runs() {
    let cases: Vec<Case> = [PRICING, WALLETS, REVENUE, MOVES]
        .iter()
        .flat_map(|script| script::read(script).unwrap())
        .collect();
    let scripted: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(scripted.len(), cases.len(), "an id has two scripts");
    let listed = table::read(TABLE).unwrap();
    let running = listed.iter().filter(|line| line.status != table::Status::Needs);
    let running: BTreeSet<&str> = running.map(|line| line.id.as_str()).collect();
    assert_eq!(scripted, running);
    let partly = listed.iter().filter(|line| line.status == table::Status::Partly);
    for line in partly {
        assert!(line.note.starts_with("needs:"), "{}: say what the other rows need", line.id);
    }
}

/// Where the collection of worked cases is kept, if it is on this machine: it is not part of the
/// repository.
fn collection() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases");
    let folder = std::env::var_os("SCRIP_CASES").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

#[test]
fn every_case_of_the_collection_is_in_the_table_and_no_other() {
    let listed = table::read(TABLE).unwrap();
    let listed: BTreeSet<String> = listed.into_iter().map(|line| line.id).collect();
    assert_eq!(listed.len(), 153);
    let Some(folder) = collection() else { return };
    let mut collected = BTreeSet::new();
    for file in ["wallets-and-rates.json", "revenue-recognition.json"] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        for case in value["cases"].as_array().unwrap() {
            collected.insert(case["id"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(listed, collected);
}

#[test]
fn a_line_that_does_not_hold_is_reported_with_its_place() {
    for (script, want) in [
        ("case A\n  grant lot 10\n  use 4\n  lot lot 5", "A  line 4: lot lot 5\n    lot is 6.00"),
        ("case A\n  use 1 ! its cap is hard", "was accepted"),
        (
            "case A\n  wallet std beyond = \"reject\"\n  use 1 ! something else",
            "rejected otherwise",
        ),
        ("case A\n  grant lot 10 for 10.00\n  closing: nothing", "cash_clearing 10.00 USD"),
        ("case A\n  frobnicate", "not a line of the case language"),
    ] {
        let failure = script::read(script).unwrap()[0].run().unwrap_err();
        assert!(failure.contains(want), "{failure}");
    }
}
