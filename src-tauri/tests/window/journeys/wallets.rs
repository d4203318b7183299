//! Wallets and expiry: read in words, tried out on an example, drafted, published; plans by date, and
//! designed.

use crate::books::month_of;
use crate::desktop::Desktop;

/// Types over what stands in a field, as a person does who marks it first.
#[track_caller]
fn retype(desktop: &Desktop, label: &str, text: &str) {
    const BACKSPACE: char = '\u{E003}';
    desktop.click("textbox", label);
    desktop.press(&["Ctrl", "a"]);
    desktop.driver.press(&[BACKSPACE]).expect("a key");
    let field = desktop.by_role("textbox", label);
    desktop.driver.type_into(&field, text).expect("a field");
}

#[test]
fn a_wallet_type_is_read_tried_out_drafted_and_published() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("campus-books");
    month_of("organisation-pool", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Wallets");
    desktop.sees("Expires 12 months after the purchase.");
    desktop.sees("month: grants 2,000 credits to wallet monthly every month");
    desktop.pictures("wallets-list");

    desktop.click("link", "Organisation pool");
    desktop.sees("When a draw leaves 100 credits or less, the wallet buys 300 credits.");
    desktop.by_role("table", "Steps of the example");
    desktop.sees("300.00 credits are bought as lot pool/top-up-1.");
    desktop.sees("Show as a table");
    desktop.pictures("wallets-type");

    desktop.click("button", "Change the example");
    retype(&desktop, "Units a day", "lots");
    desktop.sees("Correct it and try again.");
    desktop.pictures("wallets-example-wrong");
    desktop.click("button", "Back to the proposed example");

    desktop.click("button", "Draft a new version");
    desktop.by_role("button", "Publish");
    retype(&desktop, "Months", "6");
    desktop.sees("Expires 6 months after the purchase.");
    desktop.sees("Saved");
    retype(&desktop, "In a billing period at most", "-5");
    desktop.sees("overage_limit");
    desktop.pictures("wallets-draft-wrong");
    retype(&desktop, "In a billing period at most", "250");
    desktop.sees_no_more("overage_limit");
    desktop.pictures("wallets-draft");

    desktop.click("button", "Publish");
    desktop.by_role("table", "Version 2 against version 1");
    desktop.painted();
    desktop.picture("wallets-publish");
    desktop.is_accessible("what a draft changes");
    desktop.click("button", "Publish version 2 from…");
    desktop.sees("Version 2 of pool is published");
    desktop.by_role("button", "Draft a new version");
    desktop.sees("scheduled");
}

#[test]
fn the_dates_of_a_plan_are_those_of_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("campus-books");
    month_of("organisation-pool", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Wallets");
    desktop.click("link", "Campus");
    desktop.sees("The next twelve dates of each line");
    desktop.fill("A subscription that starts on", "2027-08-31");
    desktop.press(&["Enter"]);
    desktop.sees("29 Feb 2028");
    desktop.pictures("wallets-plan");
    desktop.fill("A subscription that starts on", "soon");
    desktop.press(&["Enter"]);
    desktop.sees("Correct it and try again.");
}

#[test]
fn a_plan_is_designed_with_its_calendar_drawn_and_published() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("campus-books");
    month_of("organisation-pool", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Wallets");
    desktop.click("button", "New plan");
    desktop.fill("Code", "department");
    desktop
        .fill("Name", "Department of Molecular and Environmental Sciences, with its own invoice");
    desktop.is_accessible("a new plan");
    desktop.click("button", "Begin the draft");
    desktop.sees("The version grants and charges nothing yet.");

    desktop.click("button", "Add a grant");
    desktop.sees("grants[0].units needs a value; nothing is saved without it");
    desktop.pictures("wallets-plan-draft-wrong");
    desktop.fill("Units", "500");
    desktop.sees("grant-1: grants 500 credits");
    desktop.choose("Kind", "purchased");
    desktop.sees("is purchased and has no price. Add one.");
    desktop.fill("For, net", "400");
    desktop.sees("for 400 GBP");
    desktop.click("button", "Add a charge");
    desktop.fill("Price, net", "250");
    desktop.sees("Saved");
    desktop.fill("A subscription that starts on", "2027-08-31");
    desktop.click("button", "Show its dates");
    desktop.sees("Granted in the first twelve months");
    desktop.sees("6,000.00 credits");
    desktop.pictures("wallets-plan-draft");

    desktop.click("button", "Publish");
    desktop.by_role("table", "What the draft changes");
    desktop.painted();
    desktop.picture("wallets-plan-publish");
    desktop.is_accessible("what a draft of a plan changes");
    desktop.click("button", "Publish version 1 from…");
    desktop.sees("Version 1 of department is published");
    desktop.by_role("button", "Draft a new version");
    desktop.sees("scheduled");
    desktop.pictures("wallets-plan-published");
}
