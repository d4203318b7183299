//! The templates: what ships, what a page says of it, and that the page is true.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::books::{Books, finish, scrip};
use crate::documents::run_guide;
use crate::fences::{docs, fences};

fn names() -> Vec<String> {
    let mut command = scrip();
    command.args(["templates", "--json"]);
    let view = finish(command).json();
    let templates = view["templates"].as_array().unwrap();
    templates.iter().map(|template| template["name"].as_str().unwrap().to_owned()).collect()
}

fn page(name: &str) -> PathBuf {
    docs().join("guide/templates").join(format!("{name}.md"))
}

/// The Markdown files below a folder, as links from it.
fn pages(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            pages(&path, &format!("{prefix}{name}/"), found);
        } else if name.ends_with(".md") && name != "README.md" {
            found.insert(format!("{prefix}{name}"));
        }
    }
}

/// Figures with a decimal point in a text, without their thousands separators.
fn figures(text: &str) -> BTreeSet<String> {
    let separators = |c: char| !(c.is_ascii_digit() || c == '.' || c == ',');
    text.split(separators)
        .map(|word| word.trim_matches(['.', ',']).replace(',', ""))
        .filter(|word| word.split('.').count() == 2 && word.starts_with(|c: char| c != '.'))
        .collect()
}

/// Runs the page of a template and holds its words against what it shows.
#[track_caller]
fn run_page(name: &str) {
    run_guide(&format!("guide/templates/{name}.md"));
    let text = std::fs::read_to_string(page(name)).unwrap();
    let blocks = fences(&text);
    let books = Books::folder();
    books.run(&["init", "--template", name]).ok();
    books.sound();
    let configuration = books.read("books/sources/configuration.toml");
    for block in blocks.iter().filter(|block| block.info == "toml") {
        assert!(configuration.contains(&block.text), "{name}:{}: not so configured", block.first);
    }
    let shown: String = blocks.iter().map(|block| block.text.as_str()).collect();
    let inside = |line| blocks.iter().any(|b| (b.first..b.first + b.lines).contains(&line));
    let lines = text.lines().enumerate().filter(|(line, _)| !inside(*line));
    let prose: String = lines.map(|(_, line)| format!("{line}\n")).collect();
    let unknown: Vec<_> = figures(&prose).difference(&figures(&shown)).cloned().collect();
    assert!(unknown.is_empty(), "{name}: no command shows {unknown:?}");
    let commands: String =
        blocks.iter().flat_map(|b| b.text.lines()).filter(|l| l.starts_with("$ ")).collect();
    for word in ["init --template", "balance", "report revenue", "report roll-forward"] {
        assert!(commands.contains(word), "{name} does not show {word}");
    }
}

#[test]
fn the_page_of_speech_is_true() {
    run_page("speech");
}

#[test]
fn the_page_of_universal_credit_is_true() {
    run_page("universal-credit");
}

#[test]
fn the_page_of_money_wallet_is_true() {
    run_page("money-wallet");
}

#[test]
fn the_page_of_bundles_is_true() {
    run_page("bundles");
}

#[test]
fn the_page_of_multi_asset_is_true() {
    run_page("multi-asset");
}

#[test]
fn the_page_of_organisation_pool_is_true() {
    run_page("organisation-pool");
}

#[test]
fn the_page_of_typed_credits_is_true() {
    run_page("typed-credits");
}

#[test]
fn every_template_has_a_page_that_is_run() {
    let run: BTreeSet<String> = include_str!("templates.rs")
        .lines()
        .filter_map(|line| line.trim().strip_prefix("run_page(\"")?.strip_suffix("\");"))
        .map(str::to_owned)
        .collect();
    assert_eq!(names().into_iter().collect::<BTreeSet<_>>(), run);
}

#[test]
fn the_index_of_the_guide_names_every_page_and_no_other() {
    let mut found = BTreeSet::new();
    pages(&docs().join("guide"), "", &mut found);
    let index = std::fs::read_to_string(docs().join("guide/README.md")).unwrap();
    let links: BTreeSet<String> = index
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|link| !link.starts_with(".."))
        .map(str::to_owned)
        .collect();
    assert_eq!(links, found, "left: docs/guide/README.md, right: the pages that there are");
}

#[test]
fn a_template_can_be_taken_without_its_month() {
    for name in names() {
        let books = Books::folder();
        let made = books.json(&["init", "--template", &name, "--configuration-only"]);
        assert_eq!(made["template"]["name"], name.as_str());
        assert!(made["month"].is_null(), "{made}");
        let status = books.json(&["status"]);
        assert_eq!((&status["entries"], &status["events"]), (&0.into(), &0.into()), "{name}");
        assert!(!books.read("books/sources/configuration.toml").contains("[[customers]]"));
        // The customers are added by hand, and the first of them buys something.
        let mut configuration = books.read("books/sources/configuration.toml");
        configuration.push_str("\n[[customers]]\ncode = \"first\"\n");
        books.write("mine.toml", configuration);
        books.run(&["apply", "mine.toml"]).ok();
        books.sound();
    }
}

#[test]
fn a_template_makes_the_same_month_twice() {
    let tables = |_: u8| {
        let books = Books::folder();
        books.run(&["init", "--template", "money-wallet"]).ok();
        books.json(&["report", "trial-balance"])["tables"].clone()
    };
    assert_eq!(tables(1), tables(2));
}

#[test]
fn a_template_is_asked_for_by_its_name_into_a_folder_without_a_workspace() {
    let books = Books::folder();
    books
        .run(&["init", "--template", "free-lunch"])
        .fails(2, &["free-lunch", "money-wallet", "scrip templates"]);
    assert!(!books.path("books").exists());
    books.run(&["init", "--template", "bundles", "--config", "a.toml"]).fails(2, &["--config"]);
    books.run(&["init", "--configuration-only", "--name", "A"]).fails(2, &["--template"]);
    books.run(&["init", "--template", "bundles", "--dir", "elsewhere"]).ok();
    assert!(books.path("elsewhere/ledger.sqlite").exists() && !books.path("books").exists());
    books.run(&["init", "--template", "bundles", "--dir", "elsewhere"]).fails(2, &["elsewhere"]);
}
