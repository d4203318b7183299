//! What pure crates must not touch, and where floating point may occur.
//!
//! Clippy refuses single methods (`clippy.toml`); this also sees imports, dependencies and features.

use crate::Offence;
use crate::layering;
use crate::metadata::{Dependency, Metadata};
use crate::source::{self, Token};
use crate::tree::File;

/// Crates that do no I/O, no async, and know no clock, randomness or global state.
const PURE: &[&str] = &["units", "catalog", "rating", "wallet", "journal", "revenue", "engine"];

/// Dependencies that a pure crate has no use for, and families of them (`sqlx-`).
const IMPURE: &[&str] = &[
    "async-std",
    "async-trait",
    "fastrand",
    "futures",
    "futures-",
    "getrandom",
    "hyper",
    "memmap2",
    "mio",
    "notify",
    "rand",
    "rand_",
    "reqwest",
    "rusqlite",
    "smol",
    "socket2",
    "sqlx",
    "sqlx-",
    "tauri",
    "tauri-",
    "tempfile",
    "tokio",
    "tokio-",
    "ureq",
    "walkdir",
];

/// Features that bring a clock or a random source into a crate that is otherwise welcome.
const IMPURE_FEATURES: &[(&str, &[&str])] =
    &[("chrono", &["clock", "now"]), ("uuid", &["fast-rng", "rng", "v1", "v4", "v6", "v7"])];

/// Paths that pure code does not name, and what it does instead.
const IMPURE_PATHS: &[(&str, &str)] = &[
    ("std::fs", "the shells read and write files"),
    ("std::net", "the shells talk to servers"),
    ("std::env", "the shells read the environment"),
    ("std::process", "the shells start and end processes"),
    ("std::thread", "the caller decides about threads"),
    ("std::time::SystemTime", "the caller passes the time"),
    ("std::time::Instant", "the caller passes the time"),
    ("Utc::now", "the caller passes the time"),
    ("Local::now", "the caller passes the time"),
    ("rand", "the caller passes what is random"),
];

/// Where floating point is allowed: a prefix of the path and why. Amounts and rates are never floats.
const FLOATS_ALLOWED: &[(&str, &str)] = &[
    ("src-tauri/crates/reports/src/charts", "plot coordinates"),
    ("src-tauri/crates/reports/src/pdf/draw.rs", "coordinates on paper"),
    ("src-tauri/src/commands/charts.rs", "plot coordinates on their way to the window"),
    (
        "src-tauri/crates/engine/src/operation/reading.rs",
        "kinds of serde's that it hands on; none is read",
    ),
];

/// Checks the direct dependencies of pure crates; what only their tests use is free.
pub fn check_dependencies(metadata: &Metadata) -> Vec<Offence> {
    let mut offences = Vec::new();
    for package in layering::members(metadata) {
        let short = package.name.strip_prefix("scrip-").unwrap_or(&package.name);
        if !PURE.contains(&short) {
            continue;
        }
        for dependency in package.dependencies.iter().filter(|dependency| !dependency.is_dev()) {
            if let Some(why) = impurity(dependency) {
                offences.push(Offence::new(&package.name, format!("is pure, {why}.")));
            }
        }
    }
    offences
}

fn impurity(dependency: &Dependency) -> Option<String> {
    let name = &dependency.name;
    let is_impure =
        |entry: &str| entry == name || (entry.ends_with(['-', '_']) && name.starts_with(entry));
    if IMPURE.iter().any(|entry| is_impure(entry)) {
        return Some(format!("so it must not depend on {name}"));
    }
    let (_, features) = IMPURE_FEATURES.iter().find(|(entry, _)| entry == name)?;
    if let Some(feature) =
        dependency.features.iter().find(|asked| features.contains(&asked.as_str()))
    {
        return Some(format!("so it must not use the feature {feature} of {name}"));
    }
    (name == "chrono" && dependency.uses_default_features).then(|| {
        "so it must switch off the default features of chrono, which read the clock".into()
    })
}

/// Checks one file of a pure crate for files, network, clock, randomness; any other file passes. The
/// test module at its foot is free.
pub fn check_paths(file: &File) -> Vec<Offence> {
    if !is_pure(&file.path) || crate::hygiene::is_test_file(&file.path) {
        return Vec::new();
    }
    let code = source::without_tests(&source::code_of(&file.text));
    let mut offences = Vec::new();
    for (line, path) in source::paths(&source::tokens(&code)) {
        for (impure, instead) in IMPURE_PATHS {
            if names(&path, impure) {
                let what = format!("names {} in a pure crate: {instead}.", path.join("::"));
                offences.push(Offence::at(&file.path, line, what));
            }
        }
    }
    offences
}

fn is_pure(path: &str) -> bool {
    PURE.iter().any(|name| path.starts_with(&format!("src-tauri/crates/{name}/src/")))
}

/// Whether a path names something: `std::fs` at its start, a pair like `Utc::now` anywhere in it.
fn names(path: &[String], impure: &str) -> bool {
    let parts: Vec<&str> = impure.split("::").collect();
    if parts[0].starts_with(char::is_uppercase) {
        return path.windows(parts.len()).any(|window| window == parts);
    }
    path.len() >= parts.len() && path.iter().zip(&parts).all(|(found, part)| found == part)
}

/// Checks one file of the product for floating point, tests included: a test that needs a float to
/// know the answer does not know it to the penny.
pub fn check_floats(file: &File) -> Vec<Offence> {
    let in_product = file.path.starts_with("src-tauri/") && file.path.contains("/src/");
    if !in_product || FLOATS_ALLOWED.iter().any(|(prefix, _)| file.path.starts_with(prefix)) {
        return Vec::new();
    }
    source::tokens(&source::code_of(&file.text))
        .iter()
        .filter(|token| is_float(token))
        .map(|token| {
            let what = format!(
                "{}: no floating point here; use the integers and decimals of scrip-units (the \
                 exceptions are in FLOATS_ALLOWED in tests/src/purity.rs).",
                token.text
            );
            Offence::at(&file.path, token.line, what)
        })
        .collect()
}

fn is_float(token: &Token) -> bool {
    let number = token.text.starts_with(|c: char| c.is_ascii_digit());
    ["f32", "f64"].iter().any(|float| {
        token.text == *float
            || (number && !token.text.starts_with("0x") && token.text.ends_with(float))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Package;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    fn lines(offences: &[Offence]) -> Vec<String> {
        offences.iter().map(Offence::to_string).collect()
    }

    #[test]
    fn a_pure_crate_has_no_impure_dependency() {
        let on = |name: &str, features: &[&str], kind: Option<&str>, defaults: bool| Dependency {
            name: name.to_owned(),
            features: features.iter().map(|&feature| feature.to_owned()).collect(),
            kind: kind.map(str::to_owned),
            uses_default_features: defaults,
            ..Dependency::default()
        };
        let package = |name: &str| Package {
            name: name.to_owned(),
            id: name.to_owned(),
            dependencies: vec![
                on("tokio", &[], None, true),
                on("sqlx-core", &[], None, true),
                on("rand_core", &[], Some("build"), true),
                on("random-looking-name", &[], None, true),
                on("tempfile", &[], Some("dev"), true),
                on("uuid", &["serde", "v7"], None, true),
                on("chrono", &["serde"], None, true),
                on("chrono-tz", &[], None, true),
            ],
            ..Package::default()
        };
        let metadata = Metadata {
            packages: vec![package("scrip-wallet"), package("scrip-store")],
            workspace_members: vec!["scrip-wallet".to_owned(), "scrip-store".to_owned()],
        };
        assert_eq!(
            lines(&check_dependencies(&metadata)),
            [
                "scrip-wallet: is pure, so it must not depend on tokio.",
                "scrip-wallet: is pure, so it must not depend on sqlx-core.",
                "scrip-wallet: is pure, so it must not depend on rand_core.",
                "scrip-wallet: is pure, so it must not use the feature v7 of uuid.",
                "scrip-wallet: is pure, so it must switch off the default features of chrono, \
             which read the clock.",
            ]
        );
    }

    #[test]
    fn pure_code_names_no_file_clock_or_random_source() {
        let text = "//! Not std::fs.\nuse std::{fmt, fs,\n  time::SystemTime};\nfn f() {\n  \
                    chrono::Utc::now();\n  rand::random();\n  random::rand();\n}\n\
                    #[cfg(test)]\nmod tests { use std::fs; }\n";
        let path = "src-tauri/crates/journal/src/chain.rs";
        assert_eq!(
            lines(&check_paths(&file(path, text))),
            [
                format!(
                    "{path}:2: names std::fs in a pure crate: the shells read and write files."
                ),
                format!(
                    "{path}:3: names std::time::SystemTime in a pure crate: the caller passes the time."
                ),
                format!(
                    "{path}:5: names chrono::Utc::now in a pure crate: the caller passes the time."
                ),
                format!(
                    "{path}:6: names rand::random in a pure crate: the caller passes what is random."
                ),
            ]
        );
        assert_eq!(check_paths(&file("src-tauri/crates/store/src/lib.rs", text)), []);
        assert_eq!(check_paths(&file("src-tauri/crates/journal/src/chain/tests.rs", text)), []);
    }

    #[test]
    fn floats_are_for_charts_only() {
        let text = "// f64 in words\nlet a: f64 = 1.5;\nlet b = 2_f32;\nlet c = 0xf64;\n";
        let places = |path: &str| -> Vec<String> {
            check_floats(&file(path, text)).into_iter().map(|offence| offence.place).collect()
        };
        for path in ["src-tauri/crates/app/src/a.rs", "src-tauri/crates/reports/src/xlsx.rs"] {
            assert_eq!(places(path), [format!("{path}:2"), format!("{path}:3")]);
        }
        assert!(places("src-tauri/crates/reports/src/charts/waterfall.rs").is_empty());
        assert!(places("src-tauri/crates/reports/src/charts.rs").is_empty());
        assert!(places("tests/tests/scenario.rs").is_empty());
    }
}
