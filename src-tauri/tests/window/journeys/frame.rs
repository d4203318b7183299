//! The frame: screens, palette, keys, colours, and the ledger that it stands around.

use crate::books::month_of;
use crate::desktop::Desktop;

#[test]
fn screens_are_reached_by_the_sidebar_by_keys_and_by_the_palette() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.by_role("heading", "Overview");
    desktop.pictures("overview");

    desktop.open_screen("Ledger");
    desktop.by_role("table", "Entries, the latest first");
    desktop.pictures("ledger");

    desktop.press(&["Ctrl", "1"]);
    desktop.by_role("heading", "Overview");
    desktop.press(&["Alt", "Left"]);
    desktop.by_role("heading", "Ledger");

    desktop.press(&["Ctrl", "k"]);
    desktop.fill("Find a screen or an act", "overv");
    desktop.picture("palette");
    desktop.press(&["Enter"]);
    desktop.by_role("heading", "Overview");

    desktop.press(&["?"]);
    desktop.by_role("heading", "Keys");
    desktop.picture("keys");
    desktop.press(&["Escape"]);
    desktop.sees_no_more("Show this sheet");
}
