//! Every screen as a new user meets it: over books in which there is nothing yet, and over books whose
//! names are as long as names get.

use crate::books::{LONG_CUSTOMER_CODE, LONG_REQUEST, long_names, nothing_yet};
use crate::desktop::Desktop;

/// Every screen, by its title in the sidebar.
const SCREENS: [&str; 10] = [
    "Overview",
    "Customers",
    "Rate cards",
    "Wallets",
    "Preview",
    "Approvals",
    "Revenue",
    "Ledger",
    "Audit trail",
    "Settings",
];

fn walk(desktop: &Desktop, name: &str) {
    for screen in SCREENS {
        desktop.open_screen(screen);
        desktop.settled();
        let screen = screen.to_lowercase().replace(' ', "-");
        desktop.pictures(&format!("walk-{name}-{screen}"));
    }
}

#[test]
fn every_screen_of_empty_books_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("new-books");
    nothing_yet(&books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    walk(&desktop, "empty");
    desktop.open_screen("Rate cards");
    desktop.click("link", "From usage to money: the chain");
    desktop.sees("No chain yet");
    desktop.pictures("walk-empty-chain");
}

#[test]
fn long_names_fit_every_screen() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("books-of-a-group-with-a-name-that-is-long");
    long_names(&books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    walk(&desktop, "long");
    desktop.open_screen("Customers");
    desktop.fill("Name or code", "norddeutsche");
    desktop.sees("1 of 1 customer");
    // The name is wider than its column, and the driver clicks on the middle of all of it.
    let open = "location.hash = '#/customers?customer=' + arguments[0]; return true";
    desktop.driver.run(open, &[serde_json::json!(LONG_CUSTOMER_CODE)]).unwrap();
    desktop.by_role("heading", "Wallets");
    desktop.settled();
    desktop.pictures("walk-long-customer");
    let open = "location.hash = '#/approvals?request=' + arguments[0]; return true";
    desktop.driver.run(open, &[serde_json::json!(LONG_REQUEST)]).unwrap();
    desktop.by_role("heading", "Trail");
    desktop.settled();
    desktop.pictures("walk-long-approval");
    desktop.open_screen("Rate cards");
    desktop.click("link", "From usage to money: the chain");
    desktop.settled();
    desktop.pictures("walk-long-chain");
}
