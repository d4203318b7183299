//! Nothing comes in under a licence, from a place, or in a version that `deny.toml` refuses.

use std::{fs, io};

use scrip_tests::licences::{self, Policy};
use scrip_tests::{assert_none, metadata, tree};

fn deny() -> io::Result<String> {
    fs::read_to_string(tree::root().join("deny.toml"))
}

#[test]
fn every_crate_may_come_in() {
    let metadata = metadata::of_everything().unwrap();
    assert!(metadata.packages.len() > metadata.workspace_members.len());
    assert_none(licences::check_crates(&Policy::read(&deny().unwrap()).unwrap(), &metadata));
}

#[test]
fn every_npm_package_that_ships_may_come_in() {
    let lock = fs::read_to_string(tree::root().join("ui/package-lock.json")).unwrap();
    assert_none(licences::check_npm(&Policy::read(&deny().unwrap()).unwrap(), &lock).unwrap());
}
