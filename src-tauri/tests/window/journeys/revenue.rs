//! Revenue: a report read, a figure taken apart down to its usage, files written.

use crate::books::month_of;
use crate::desktop::Desktop;
use crate::driver::Element;

/// Clicks a figure of the first table.
#[track_caller]
fn click_figure(desktop: &Desktop, row: usize, column: usize) {
    let script = "return document.querySelector(`table [data-at=\"${arguments[0]}\"]`)";
    let at = serde_json::json!(format!("{row} {column}"));
    let figure = desktop.until("a figure", script, &[at]);
    desktop.driver.click(&Element::of(&figure).unwrap()).unwrap();
}

/// Clicks the first button of a list in the inspector.
#[track_caller]
fn open_first(desktop: &Desktop, list: &str) {
    let script = "return document.querySelector(`aside ul[aria-label=\"${arguments[0]}\"] button`)";
    let first = desktop.until(list, script, &[serde_json::json!(list)]);
    desktop.driver.click(&Element::of(&first).unwrap()).unwrap();
}

#[test]
fn a_figure_is_taken_apart_into_lots_entries_and_usage() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Revenue");
    desktop.by_role("heading", "Contract-liability roll-forward");
    desktop.sees("Ties");
    desktop.pictures("revenue-roll-forward");

    // What usage took from the liabilities.
    click_figure(&desktop, 0, 3);
    desktop.sees("in all");
    desktop.pictures("revenue-make-up");
    open_first(&desktop, "What the figure is made of");
    desktop.sees("by these entries");
    desktop.pictures("revenue-entries");
    open_first(&desktop, "Entries behind the part");
    desktop.sees("behind it");
    desktop.pictures("revenue-usage");
    desktop.click("button", "Entries of …");
    desktop.click("button", "All parts");
    desktop.sees("in all");
}

#[test]
fn reports_change_and_their_months_stay() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("multi-asset", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Revenue");
    desktop.click("button", "The period before");
    desktop.click("link", "Waterfall");
    desktop.by_role("heading", "Revenue waterfall");
    desktop.pictures("revenue-waterfall");
    desktop.click("button", "The period after");
    desktop.click("link", "Trial balance");
    desktop.by_role("heading", "Trial balance");
    desktop.pictures("revenue-trial-balance");
    desktop.click("link", "Units");
    desktop.by_role("heading", "Units roll-forward");
    desktop.click("link", "Journal");
    desktop.by_role("grid", "Journal, the latest first");
    desktop.click("grid", "Journal, the latest first");
    desktop.press(&["Home"]);
    desktop.sees("Follows");
    desktop.pictures("revenue-journal");
    desktop.choose("Rows", "day");
    desktop.by_role("heading", "Journal by day and account");
    desktop.sees("every line stands in the journal itself");
    desktop.pictures("revenue-journal-by-day");
    desktop.press(&["Alt", "Left"]);
    desktop.press(&["Alt", "Left"]);
    desktop.by_role("heading", "Units roll-forward");
}

#[test]
fn a_report_is_exported_and_the_window_tells_what_it_wrote_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let (books, files) = (folder.path().join("acme-books"), folder.path().join("for the auditor"));
    month_of("universal-credit", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Revenue");
    desktop.by_role("heading", "Contract-liability roll-forward");
    desktop.click("button", "Export");
    desktop.fill("Folder", files.to_str().unwrap());
    desktop.click("button", "Write the files");
    desktop.sees("1 file was written to");
    desktop.sees("for the auditor");
    desktop.painted();
    desktop.picture("revenue-exported");
    desktop.is_accessible("the export of a report");
    assert!(files.join("roll-forward.xlsx").exists());
    let script = "return [...document.querySelectorAll('[role=dialog] label')] \
        .find((label) => label.textContent.includes('PDF')) ?? null";
    let pdf = desktop.until("the choice of PDF", script, &[]);
    desktop.driver.click(&Element::of(&pdf).unwrap()).unwrap();
    desktop.click("button", "Write the files");
    desktop.sees("roll-forward.pdf");
    assert!(files.join("roll-forward.pdf").exists());

    std::fs::write(folder.path().join("a-file"), "").unwrap();
    desktop.fill("Folder", folder.path().join("a-file").to_str().unwrap());
    desktop.click("button", "Write the files");
    desktop.sees("What was committed before is safe.");
    desktop.picture("revenue-not-exported");
}

#[test]
fn a_month_is_closed_when_everything_is_in_its_place_and_not_again() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Revenue");
    desktop.click("button", "Close October 2026");
    desktop.sees("The usage that has arrived is posted");
    desktop.sees("There is no reopening.");
    desktop.painted();
    desktop.picture("revenue-close");
    desktop.is_accessible("the close of a month");
    desktop.click("button", "Close October 2026 for good");
    desktop.sees("October 2026 is closed");
    desktop.sees("closed: these months no longer change");
    desktop.pictures("revenue-closed");
}
