//! Ledger text against golden files, and against what hledger and Beancount find in it. A program
//! that is not installed is skipped with a line that says so.
#![allow(clippy::unwrap_used, reason = "a function of a test fails the test that calls it")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use scrip_reports::ledger_text::{Beancount, Format, Hledger, LedgerTextHeader, expected_balances};
use scrip_revenue::{Period, balances};
use scrip_units::{Amount, UnitCode};

type Found = BTreeMap<(String, String), String>;

fn header() -> LedgerTextHeader {
    LedgerTextHeader {
        entity: "Acme & \"Sons\" BV".into(),
        currency: UnitCode::try_new("EUR").unwrap(),
        units: common::units(),
        provenance: "Entries of 2026-01 to 2026-03".into(),
        accounts: scrip_journal::AccountNames::default(),
    }
}

fn hledger_text() -> String {
    let mut ledger = Hledger::try_new(Vec::new(), &header()).unwrap();
    for entry in common::entries() {
        ledger.entry(&entry).unwrap();
    }
    String::from_utf8(ledger.finish().unwrap()).unwrap()
}

fn beancount_text() -> String {
    let mut ledger = Beancount::try_new(Vec::new(), &header()).unwrap();
    for entry in common::entries() {
        ledger.entry(&entry).unwrap();
    }
    String::from_utf8(ledger.finish().unwrap()).unwrap()
}

fn expected(format: Format) -> Found {
    let facts = common::facts(&common::entries());
    let balances = balances(&facts, Period::up_to(common::month("2026-03"))).unwrap();
    expected_balances(format, &balances).unwrap()
}

/// Runs a program and gives what it printed; its failure is the test's.
#[track_caller]
fn run(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).env("LC_ALL", "C.UTF-8").output().unwrap();
    let (out, err) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{} {arguments:?}\n{out}\n{err}", program.display());
    out
}

/// Reads rows of account, unit, number; `scale_of` gives numbers the decimals of their unit.
fn found(csv_text: &str, columns: [usize; 3]) -> Found {
    let mut reader = csv::Reader::from_reader(csv_text.as_bytes());
    let units: BTreeMap<String, _> = common::units()
        .into_iter()
        .flat_map(|u| {
            let code = u.code();
            [(code.to_string(), u), (scrip_reports::ledger_text::beancount_currency(code), u)]
        })
        .collect();
    let mut found = Found::new();
    for record in reader.records() {
        let record = record.unwrap();
        let field = |index: usize| record.get(columns[index]).unwrap().trim().to_owned();
        let (account, unit, number) = (field(0), field(1), field(2));
        if unit.is_empty() {
            continue;
        }
        let amount = Amount::parse(&number, units[&unit]).unwrap();
        if !amount.is_zero() {
            found.insert((account, unit), amount.to_decimal_string());
        }
    }
    found
}

#[test]
fn the_texts_are_the_golden_files() {
    common::golden("ledger.journal", &hledger_text());
    common::golden("ledger.beancount", &beancount_text());
}

#[test]
fn a_unit_that_was_not_announced_is_refused() {
    let mut header = header();
    header.units.retain(|unit| unit.code().as_str() != "KWD");
    let mut ledger = Hledger::try_new(Vec::new(), &header).unwrap();
    let refused: Vec<_> = common::entries().iter().filter_map(|e| ledger.entry(e).err()).collect();
    assert_eq!(refused.len(), 2);
    assert!(refused[0].to_string().contains("KWD"), "{}", refused[0]);
}

#[test]
fn hledger_finds_our_trial_balance() {
    let Some(hledger) = common::program("hledger") else {
        println!("skipped: hledger is not installed (Debian package hledger)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.journal");
    std::fs::write(&file, hledger_text()).unwrap();
    let file = file.to_str().unwrap();
    run(&hledger, &["-f", file, "check", "--strict", "ordereddates"]);
    let csv_text = run(
        &hledger,
        &["-f", file, "balance", "--flat", "--no-elide", "-N", "-O", "csv", "--layout=bare"],
    );
    assert_eq!(found(&csv_text, [0, 1, 2]), expected(Format::Hledger));
    // The customer is a tag: balances of one customer can be asked for.
    let of_acme = run(
        &hledger,
        &["-f", file, "balance", "tag:customer=^initech$", "-N", "-O", "csv", "--layout=bare"],
    );
    assert_eq!(found(&of_acme, [0, 1, 2]).len(), 4, "{of_acme}");
    let wallets = run(&hledger, &["-f", file, "tags", "customer", "--values"]);
    assert!(wallets.contains("globex%28east%29%2C%3B%7C"), "{wallets}");
}

#[test]
fn beancount_finds_our_trial_balance() {
    let named = std::env::var_os("SCRIP_BEAN_CHECK").filter(|named| !named.is_empty());
    let check = named.map(Into::into);
    let Some(check) = check.or_else(|| common::program("bean-check")) else {
        println!(
            "skipped: bean-check is neither on the path nor named by SCRIP_BEAN_CHECK (PyPI package beancount)"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.beancount");
    std::fs::write(&file, beancount_text()).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(run(&check, &[file]), "");
    let query = check.with_file_name("bean-query");
    if !query.is_file() {
        println!("skipped: bean-query is not beside bean-check (PyPI package beanquery)");
        return;
    }
    let csv_text = run(
        &query,
        &[
            "-f",
            "csv",
            file,
            "SELECT account, currency, sum(number) AS total GROUP BY account, currency",
        ],
    );
    assert_eq!(found(&csv_text, [0, 1, 2]), expected(Format::Beancount));
}
