//! Settings and the audit trail: what the books are set to, and who changed what.

use crate::books::month_of;
use crate::desktop::Desktop;

#[test]
fn the_window_is_set_and_what_is_done_is_recorded_under_the_name_that_was_set() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Settings");
    desktop.sees("Contract liability: purchased credits");
    desktop.sees("recorded by tester");
    desktop.sees("no operation needs a second person");
    desktop.pictures("settings");

    desktop.fill("Your name, as it is recorded with what you do", "Ana Okafor");
    desktop.click("button", "Record under this name");
    desktop.sees("recorded by Ana_Okafor");
    desktop.press(&["Ctrl", "k"]);
    desktop.click("option", "Write amounts below zero in parentheses");
    desktop.sees("(1,234.50)");
}

#[test]
fn an_operation_is_found_in_the_trail_and_leads_to_its_entries() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Audit trail");
    desktop.by_role("table", "Operations, the latest first");
    desktop.click("table", "Operations, the latest first");
    desktop.press(&["End"]);
    desktop.sees("It is the first configuration of these books.");
    desktop.pictures("audit-trail");

    desktop.fill("Customer", "cascade");
    desktop.press(&["Enter"]);
    desktop.by_role("button", "Show all");
    desktop.click("table", "Operations, the latest first");
    desktop.press(&["End"]);
    desktop.sees("The command as it was recorded");
    desktop.pictures("audit-operation");
    desktop.click("link", "Show its 1 entry");
    desktop.by_role("heading", "Ledger");
    desktop.sees("1 entry");
}
