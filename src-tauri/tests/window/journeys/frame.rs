//! The frame: screens, palette, keys, colours, and the ledger that it stands around.

use crate::books::{begin_draft, grant, month_of, watched};
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

#[test]
fn the_status_line_tells_how_the_books_stand_and_what_others_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.sees("books tie: yes");
    desktop.sees("99 entries");
    desktop.sees("usage to");
    desktop.sees("offline");
    desktop.click("button", "books tie: yes");
    desktop.sees("all postings were added up");
    desktop.painted();
    desktop.picture("books-tie");
    desktop.is_accessible("how the books tie");
    desktop.press(&["Escape"]);

    // Somebody grants credits and begins a draft on the command line.
    grant(&books, "cascade", "gift-of-a-test", "25");
    desktop.sees("100 entries");
    desktop.sees("books tie: yes");
    begin_draft(&books, "dearer");
    desktop.sees("1 draft");
}

#[test]
fn the_desktop_tells_of_an_alert_while_the_window_is_hidden() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("watched-books");
    watched(&books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.sees("books tie: yes");
    let notices = desktop.notices();
    desktop.hide_window();
    // Somebody grants less than the wallet should hold, on the command line.
    grant(&books, "cascade", "too-little", "25");
    notices.hears("string \"Scrip\"");
    notices.hears("An alert was raised");
    notices.hears("cascade capacity: nearly-empty");
}

#[test]
fn the_overview_follows_as_of_and_says_which_month_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.sees("Recognised in October 2026, ");
    desktop.sees("ties to the lots");

    desktop.click("button", "as of now");
    desktop.fill("Day, or an instant in UTC; a day is read at its end in UTC", "2026-10-10");
    desktop.press(&["Enter"]);
    desktop.sees("as of 10 Oct 2026");
    desktop.sees("from the entries by then");
    desktop.pictures("overview-past");

    desktop.click("button", "as of 10 Oct 2026…");
    desktop.click("button", "Back to now");
    desktop.sees("ties to the lots");
}

#[test]
fn the_window_comes_back_where_it_was_and_as_large_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    let place = [60, 40, 1100, 700];
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.by_role("heading", "Overview");
    desktop.driver.place_window(place).unwrap();
    desktop.until("the new size", "return window.innerWidth === 1100", &[]);
    desktop.quit();
    let home = desktop.home();
    drop(desktop);

    let again = Desktop::start_in(home, &[books.to_str().unwrap()]);
    again.by_role("heading", "Overview");
    again.until("the size it had", "return window.innerWidth === 1100", &[]);
    assert_eq!(again.driver.window_place().unwrap(), place.map(u64::from));
}
