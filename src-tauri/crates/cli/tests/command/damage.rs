//! Damage and strangers: a changed byte is found, a newer workspace is left alone.

use std::fs;
use std::path::{Path, PathBuf};

use crate::books::Books;

fn posted() -> Books {
    let books = Books::imported();
    books.run(&["post", "--as-of", "2026-03-01"]).ok();
    books.run(&["expire", "--as-of", "2026-03-01"]).ok();
    books.sound();
    books
}

fn change(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x01;
    fs::write(path, bytes).unwrap();
}

/// Where a text stands in a file, every time.
fn places(path: &Path, text: &str) -> Vec<usize> {
    let bytes = fs::read(path).unwrap();
    let found = bytes.windows(text.len()).enumerate().filter(|(_, w)| *w == text.as_bytes());
    found.map(|(at, _)| at).collect()
}

#[test]
fn a_changed_byte_in_the_ledger_is_found() {
    let books = posted();
    let ledger = books.path("books/ledger.sqlite");
    let whole = fs::read(&ledger).unwrap();
    for text in ["107.10", "promotional lot gift-1", "purchased lot buy-1", "\"units\":\"100\""] {
        let places = places(&ledger, text);
        for at in &places {
            change(&ledger, *at);
            let ran = books.run(&["verify"]);
            assert_eq!(ran.code, 8, "{text} at {at}: {}{}", ran.stdout, ran.stderr);
            fs::write(&ledger, &whole).unwrap();
        }
        if text != "107.10" {
            assert!(!places.is_empty(), "{text}");
        }
    }
    books.sound();
}

#[test]
fn a_table_definition_that_sqlite_cannot_follow_is_found() {
    let books = posted();
    let ledger = books.path("books/ledger.sqlite");
    let whole = fs::read(&ledger).unwrap();
    let places = places(&ledger, "REFERENCES units");
    let mut found = 0;
    for at in places {
        // The table that is referred to is no longer there: `tnits`.
        change(&ledger, at + "REFERENCES ".len());
        let ran = books.run(&["verify"]);
        // A reference from a table without rows is followed by nobody, and says nothing.
        assert!(matches!(ran.code, 0 | 8), "byte {at}: {}{}", ran.stdout, ran.stderr);
        found += usize::from(ran.code == 8);
        fs::write(&ledger, &whole).unwrap();
    }
    assert!(found > 0);
    books.sound();
}

#[test]
fn no_byte_of_the_ledger_changes_what_verify_calls_sound() {
    let books = posted();
    let ledger = books.path("books/ledger.sqlite");
    let whole = fs::read(&ledger).unwrap();
    let checkpoint = books.state()["checkpoint"].clone();
    let seed: u64 = 20_261_121;
    println!("seed {seed}");
    let mut random = seed;
    let mut found = 0;
    for _ in 0..60 {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(random >> 33).unwrap() % whole.len();
        change(&ledger, at);
        let ran = books.run(&["verify", "--json"]);
        match ran.code {
            0 => {
                let view: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
                assert_eq!(view["checkpoint"], checkpoint, "byte {at}");
            }
            8 => found += 1,
            // A changed header is no ledger at all, or one of another version.
            7 if at < 100 => {}
            other => panic!("byte {at}: {other}: {}{}", ran.stdout, ran.stderr),
        }
        fs::write(&ledger, &whole).unwrap();
    }
    println!("{found} of 60 were found; the others were in unused space");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn a_changed_byte_in_the_archive_is_found() {
    let books = posted();
    for folder in ["segments", "keys", "detail"] {
        let folder = books.path("books/usage").join(folder);
        let files = files(&folder);
        assert!(!files.is_empty(), "{}", folder.display());
        for file in files {
            let whole = fs::read(&file).unwrap();
            for at in [0, 4, whole.len() / 2, whole.len() - 1] {
                change(&file, at);
                let ran = books.run(&["verify"]);
                assert_eq!(
                    ran.code,
                    8,
                    "{} byte {at}: {}{}",
                    file.display(),
                    ran.stdout,
                    ran.stderr
                );
                let name = file.file_name().unwrap().to_str().unwrap();
                assert!(format!("{}{}", ran.stdout, ran.stderr).contains(name), "{}", ran.stdout);
            }
            fs::write(&file, &whole[..whole.len() - 1]).unwrap();
            assert_eq!(books.run(&["verify"]).code, 8, "{} cut", file.display());
            fs::remove_file(&file).unwrap();
            assert_eq!(books.run(&["verify"]).code, 8, "{} gone", file.display());
            fs::write(&file, whole).unwrap();
        }
    }
    books.sound();
}

#[test]
fn a_workspace_of_a_newer_version_is_left_alone() {
    let books = posted();
    let ledger = books.path("books/ledger.sqlite");
    // The number of the format stands in the header of the file, at byte 60.
    let mut bytes = fs::read(&ledger).unwrap();
    let own: [u8; 4] = bytes[60..64].try_into().unwrap();
    bytes[60..64].copy_from_slice(&700_u32.to_be_bytes());
    fs::write(&ledger, &bytes).unwrap();
    books.write("grants.jsonl", crate::books::GRANTS);
    for arguments in [
        &["status"][..],
        &["verify"],
        &["operate", "grants.jsonl"],
        &["post"],
        &["apply", "pricing.toml"],
        &["report", "journal"],
    ] {
        books.run(arguments).fails(7, &["format 700", "newer version"]);
    }
    assert_eq!(fs::read(&ledger).unwrap(), bytes, "not a byte was changed");
    bytes[60..64].copy_from_slice(&own);
    fs::write(&ledger, &bytes).unwrap();
    books.sound();
}

#[test]
fn a_file_that_is_no_ledger_is_left_alone() {
    let books = Books::folder();
    fs::create_dir(books.path("books")).unwrap();
    books.write("books/ledger.sqlite", "this is not a database, it is a shopping list".repeat(9));
    books.run(&["status"]).fails(7, &["not a Scrip ledger"]);
    books.write("books/ledger.sqlite", "");
    assert_ne!(books.run(&["status"]).code, 0);
}

#[test]
fn a_file_of_the_archive_that_is_missing_stops_posting() {
    let books = Books::imported();
    let segment = files(&books.path("books/usage/segments")).remove(0);
    let bytes = fs::read(&segment).unwrap();
    fs::remove_file(&segment).unwrap();
    books.run(&["post", "--as-of", "2026-03-01"]).fails(8, &["000001"]);
    fs::write(&segment, bytes).unwrap();
    books.run(&["post", "--as-of", "2026-03-01"]).ok();
    books.sound();
}
