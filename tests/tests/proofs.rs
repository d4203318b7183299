//! The page on the model checker tells the truth: every invariant of the design has a test, every test and
//! file that the page names exists, and no file of the model checker is left out.
#![expect(clippy::expect_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What all mechanisms share.
const SHARED: [&str; 14] = [
    "books",
    "burns",
    "calendar",
    "compare",
    "compare_invoices",
    "configure",
    "counting",
    "fraction",
    "mod",
    "payments",
    "posted",
    "reading",
    "releases",
    "schedule",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// All Rust sources under a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("a folder");
    for path in entries.map(|entry| entry.expect("it is read").path()) {
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// What a text has between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn functions() -> BTreeSet<String> {
    let mut found = Vec::new();
    for folder in ["src-tauri/crates", "tests"] {
        sources(&root().join(folder), &mut found);
    }
    let texts = found.iter().map(|path| read(path));
    let names = texts.flat_map(|text| {
        let parts = text.split("fn ").skip(1).map(|rest| {
            let name = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next();
            name.unwrap_or_default().to_owned()
        });
        parts.collect::<Vec<_>>()
    });
    names.collect()
}

#[test]
fn each_of_the_twelve_invariants_has_a_test_that_exists() {
    let page = read(&root().join("docs/model-checker.md"));
    let functions = functions();
    for number in 1..=12 {
        let row = page.lines().find(|line| line.starts_with(&format!("| {number} |")));
        let row = row.unwrap_or_else(|| panic!("docs/model-checker.md has no row {number}"));
        let tests: Vec<_> = quoted(row).collect();
        assert!(!tests.is_empty(), "no test of invariant {number} is named: {row}");
        for test in tests {
            assert!(functions.contains(test), "there is no test {test} of invariant {number}");
        }
    }
}

#[test]
fn every_test_and_file_of_a_mechanism_exists_and_none_is_left_out() {
    let page = read(&root().join("docs/model-checker.md"));
    let (_, mechanisms) = page.split_once("## The mechanisms").expect("the table of mechanisms");
    let functions = functions();
    let kit = root().join("src-tauri/crates/testkit/src");
    let rows: Vec<Vec<&str>> = mechanisms
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| mechanism"))
        .map(|line| line.trim_matches('|').split(" | ").collect())
        .collect();
    assert!(rows.len() > 20, "the table is not read");
    let mut named = BTreeSet::new();
    for row in &rows {
        for (column, folder) in [(1, "generate"), (2, "oracle")] {
            for name in quoted(row[column]) {
                let file = kit.join(folder).join(format!("{name}.rs"));
                let is_known = file.exists()
                    || functions.contains(name)
                    || kit.join(name).exists()
                    || name == "runs_out_within";
                assert!(is_known, "neither {folder}/{name}.rs nor a test {name} exists: {row:?}");
                named.insert(format!("{folder}/{name}.rs"));
            }
        }
    }
    for folder in ["generate", "oracle"] {
        for entry in std::fs::read_dir(kit.join(folder)).expect("a folder") {
            let path = entry.expect("it is read").path();
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            let is_named = named.contains(&format!("{folder}/{name}.rs")) || SHARED.contains(&name);
            assert!(is_named, "{folder}/{name}.rs is of no mechanism in docs/model-checker.md");
        }
    }
}
