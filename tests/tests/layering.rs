//! The house stands: arrows between crates go down, and pure crates are pure.

use scrip_tests::{assert_none, layering, metadata, purity, tree};

#[test]
fn arrows_between_crates_go_down_in_tiers() {
    assert_none(layering::check(&metadata::of_members().unwrap()));
}

#[test]
fn pure_crates_depend_on_nothing_impure() {
    assert_none(purity::check_dependencies(&metadata::of_members().unwrap()));
}

#[test]
fn pure_crates_name_no_file_clock_or_random_source() {
    let files = tree::rust_files().unwrap();
    assert_none(files.iter().flat_map(purity::check_paths).collect());
}

#[test]
fn floating_point_is_for_charts_only() {
    let files = tree::rust_files().unwrap();
    assert_none(files.iter().flat_map(purity::check_floats).collect());
}
