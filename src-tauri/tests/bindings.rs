//! The front end's types are those of the commands: `ui/src/bindings.ts` is made from them.
#![cfg(feature = "window")]

use std::path::Path;

use specta_typescript::Typescript;

const HEADER: &str = "// Made from the commands in src-tauri/src/commands; do not edit. To make it again:\n\
    // UPDATE_GOLDEN=1 cargo test -p scrip-desktop --features window --test bindings\n";

#[test]
fn the_bindings_are_those_of_the_commands() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/bindings.ts");
    let folder = tempfile::tempdir().expect("a folder");
    let new = folder.path().join("bindings.ts");
    scrip_desktop::commands::builder()
        .export(Typescript::default().header(HEADER), &new)
        .expect("every type of a command can be written as TypeScript");
    let made = std::fs::read_to_string(new).expect("it was written");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &made).expect("ui/src is there");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "ui/src/bindings.ts is not what the commands say. Run: \
         UPDATE_GOLDEN=1 cargo test -p scrip-desktop --features window --test bindings"
    );
}
