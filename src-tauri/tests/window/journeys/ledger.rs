//! The ledger: found, read, proved.

use crate::books::month_of;
use crate::desktop::Desktop;

#[test]
fn an_entry_is_found_and_read_and_the_ledger_is_proved() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Ledger");
    desktop.sees("99 entries");

    desktop.fill("Customer", "ironwood");
    desktop.press(&["Enter"]);
    desktop.by_role("button", "Show all");
    desktop.click("table", "Entries, the latest first");
    desktop.press(&["End"]);
    desktop.press(&["Up"]);
    desktop.sees("Follows");
    desktop.sees("entry 2 of its chain");
    desktop.pictures("ledger-entry");

    desktop.fill("Booked from", "31 October");
    desktop.press(&["Enter"]);
    desktop.sees("Nothing was changed.");
    desktop.click("button", "Show all");

    desktop.click("button", "Verify");
    desktop.sees("The ledger verifies.");
    desktop.painted();
    desktop.picture("ledger-verified");
    desktop.is_accessible("the proof of the ledger");
    desktop.press(&["Escape"]);

    desktop.click("button", "as of now");
    desktop.fill("Day, or an instant in UTC; a day is read at its end in UTC", "2026-10-05");
    desktop.press(&["Enter"]);
    desktop.sees("5 Oct 2026, 23:59:59");
    desktop.pictures("ledger-past");
}
