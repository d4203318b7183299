//! Every file is in the shape of the house, and migrations stay as they were.

use std::fs;

use scrip_tests::{assert_none, hygiene, migrations, tree};

#[test]
fn every_rust_file_is_in_shape() {
    let files = tree::rust_files().unwrap();
    assert!(files.iter().any(|file| file.path == "src-tauri/crates/units/src/lib.rs"));
    assert_none(files.iter().flat_map(hygiene::check).collect());
}

#[test]
fn migrations_are_listed_and_unchanged() {
    let files = tree::files_under("migrations", ".sql").unwrap();
    let list = tree::root().join(migrations::LIST);
    let list = if list.exists() { fs::read_to_string(list).unwrap() } else { String::new() };
    assert_none(migrations::check(&list, &files));
}
