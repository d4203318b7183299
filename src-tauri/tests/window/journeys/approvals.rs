//! Approvals: what one person may not do alone is asked for, looked at by another, and done or not; what
//! was overtaken is brought together, place by place.

use crate::books::{add_rules, grant, month_of, publish_meanwhile};
use crate::desktop::Desktop;
use crate::journeys::keyboard::{shows_focus, tab_to};
use crate::journeys::preview::keep_preview;

/// Records what is done from now on under another name, as another person at this machine would.
#[track_caller]
fn becomes(desktop: &Desktop, name: &str) {
    desktop.open_screen("Settings");
    desktop.sees("who is never the one who asked");
    desktop.fill("Your name, as it is recorded with what you do", name);
    desktop.click("button", "Record under this name");
    desktop.sees(&format!("recorded by {}", name.replace(' ', "_")));
}

/// Types the next version of the card and asks for it.
#[track_caller]
fn ask_for_card(desktop: &Desktop, cells: &str) {
    desktop.open_screen("Rate cards");
    desktop.click("button", "New version of table");
    desktop.by_role("heading", "table version 3");
    desktop.click("table", "Rates of table version 3");
    desktop.paste(cells);
    desktop.sees("Nothing is wrong");
    desktop.click("button", "Publish…");
    desktop.fill("What it is for", "small warehouses cost more from December");
    desktop.sees("What changes");
    desktop.sees("Anybody but you may approve it.");
}

#[test]
fn a_card_is_asked_for_by_one_person_and_published_by_another() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    add_rules(&books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Approvals");
    desktop.sees("Nothing was asked for yet");
    desktop.sees("What needs a second person");
    desktop.pictures("approvals-none");

    ask_for_card(&desktop, "Rate\tPrice, credits\nwarehouse-xs\t1.10\nwarehouse-s\t2.20\n");
    desktop.painted();
    desktop.picture("approval-publish");
    desktop.is_accessible("the publishing of a card that needs a second person");
    desktop.click("button", "Ask for approval");
    desktop.by_role("heading", "Publish a configuration");
    desktop.sees("tester asked for it and cannot decide it: somebody else has to");
    desktop.by_role("button", "Withdraw");
    desktop.sees("1 approval waits");
    desktop.pictures("approval-own");

    desktop.open_screen("Rate cards");
    desktop.sees("in review");
    desktop.pictures("cards-in-review");
    desktop.open_screen("Overview");
    desktop.by_role("heading", "Drafts and approvals waiting");
    desktop.settled();
    let show = "document.getElementById('waiting').scrollIntoView(); return true";
    desktop.driver.run(show, &[]).unwrap();
    desktop.pictures("overview-waiting");

    // Ben looks, and approves by keyboard alone.
    becomes(&desktop, "Ben Visser");
    desktop.press(&["Ctrl", "0"]);
    desktop.by_role("heading", "Approvals");
    desktop.sees("small warehouses cost more from December");
    desktop.pictures("approvals");
    tab_to(&desktop, "Publish a configuration");
    shows_focus(&desktop);
    desktop.press(&["Enter"]);
    desktop.sees("price of rate warehouse-xs, version 3, rate card table");
    desktop.pictures("approval-to-decide");
    tab_to(&desktop, "A word with it");
    desktop.type_keys("as agreed with sales");
    tab_to(&desktop, "Approve and publish");
    shows_focus(&desktop);
    desktop.press(&["Enter"]);
    desktop.sees("approved by Ben_Visser");
    desktop.sees("as agreed with sales");
    desktop.sees_no_more("1 approval waits");
    desktop.pictures("approval-approved");

    desktop.open_screen("Rate cards");
    desktop.sees("3 versions");
    desktop.sees("scheduled");
    desktop.sees_no_more("in review");
    desktop.open_screen("Audit trail");
    desktop.sees("as agreed with sales");
    desktop.sees("small warehouses cost more from December");
    desktop.pictures("approval-trail");
}

#[test]
fn a_kept_preview_goes_with_what_is_asked_for_and_is_opened_from_the_request() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    add_rules(&books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    ask_for_card(&desktop, "Rate\tPrice, credits\nwarehouse-xs\t1.10\nwarehouse-s\t2.20\n");
    desktop.sees("No kept preview tests this draft as it stands.");
    desktop.painted();
    desktop.picture("approval-without-a-preview");
    desktop.is_accessible("asking without a preview");
    desktop.click("button", "Keep it a draft");
    keep_preview(&desktop, "table-v3", "smaller-warehouses");

    desktop.open_screen("Rate cards");
    desktop.click("link", "table version 3");
    desktop.sees("Nothing is wrong");
    desktop.click("button", "Publish…");
    desktop.choose("Preview that goes with it, for who approves it", "smaller-warehouses");
    desktop.sees("the baseline reproduced the ledger.");
    desktop.painted();
    desktop.picture("approval-with-a-preview");
    desktop.is_accessible("the choice of a preview");
    desktop.click("button", "Ask for approval");
    desktop.by_role("heading", "What a preview of it found");
    desktop.sees("The baseline reproduced the ledger: exact");
    desktop.by_role("table", "Comparison");
    desktop.by_role("table", "Customers who change most, in USD");
    desktop.sees_no_more("Since it was run:");

    // Usage goes on, and Ben sees how old it is before he approves.
    grant(&books, "ironwood", "more-for-ironwood", "5");
    becomes(&desktop, "Ben Visser");
    desktop.open_screen("Approvals");
    desktop.click("link", "Publish a configuration");
    desktop.sees("Since it was run:");
    desktop.sees("1 entry was recorded.");
    desktop.is_accessible("a request with a preview");
    let show = "document.getElementById('request-preview').scrollIntoView(); return true";
    desktop.driver.run(show, &[]).unwrap();
    desktop.pictures("approval-preview");
    desktop.click("button", "Approve and publish");
    desktop.sees("approved by Ben_Visser");
    desktop.sees_no_more("Since it was run:");
    desktop.click("link", "smaller-warehouses");
    desktop.by_role("heading", "Preview: smaller-warehouses");
    desktop.sees("The baseline reproduces the ledger: exact");
}

#[test]
fn what_was_overtaken_is_brought_together_place_by_place_and_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    add_rules(&books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    ask_for_card(
        &desktop,
        "Rate\tPrice, credits\nwarehouse-xs\t1.10\nwarehouse-s\t2.20\nwarehouse-l\t8.80\n",
    );
    let date = "return document.querySelector('[role=dialog] input').value";
    let from = desktop.until("the day it takes effect", date, &[]);
    desktop.click("button", "Ask for approval");
    desktop.by_role("button", "Withdraw");

    publish_meanwhile(&books, from.as_str().unwrap());
    desktop.by_role("button", "Bring together and ask again");
    desktop.sees("stale");
    desktop.pictures("approval-stale");
    desktop.click("button", "Bring together and ask again");
    desktop.sees("3 places to decide");
    desktop.sees("price of rate warehouse-s, version 3, rate card table");
    desktop.pictures("approval-conflicts");
    let choose = "const row = [...document.querySelectorAll('tr')] \
        .find((one) => one.textContent.includes(arguments[0])); \
        row?.querySelectorAll('input[type=radio]')[arguments[1]]?.focus(); \
        return document.activeElement?.type === 'radio'";
    for (rate, side) in [("rate warehouse-xs", 0), ("rate warehouse-l", 1)] {
        desktop.until(rate, choose, &[rate.into(), side.into()]);
        desktop.press(&[" "]);
    }
    desktop.sees("1 place to decide");
    desktop.fill("The other value of effective date of version 4, rate card table", "2027-03-01");
    desktop.press(&["Enter"]);
    desktop.sees("nothing left to decide");
    desktop.sees("What will be asked for");
    desktop.pictures("approval-brought-together");
    desktop.click("button", "Ask again");
    desktop.by_role("heading", "Publish a configuration");
    desktop.sees("tester asked for it and cannot decide it");
    desktop.open_screen("Rate cards");
    desktop.sees("in review");

    becomes(&desktop, "Ben Visser");
    desktop.open_screen("Approvals");
    desktop.click("link", "Publish a configuration");
    desktop.click("button", "Approve and publish");
    desktop.sees("approved by Ben_Visser");
    desktop.open_screen("Rate cards");
    desktop.sees("4 versions");
    desktop.click("link", "table version 4");
    desktop.sees("9.00");
    desktop.sees("1.10");
    desktop.open_screen("Approvals");
    desktop.choose("State", "all");
    desktop.sees("withdrawn");
    desktop.pictures("approvals-all");
}

#[test]
fn a_refund_is_asked_for_rejected_with_a_reason_and_another_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    add_rules(&books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    for (units, why) in [("10", "paid twice"), ("20", "the wrong month")] {
        desktop.open_screen("Customers");
        desktop.fill("Name or code", "iron");
        desktop.click("link", "Ironwood…");
        desktop.by_role("heading", "Wallets");
        desktop.click("button", "Actions on lot contract-ironwood-2026/2");
        desktop.click("menuitem", "Refund");
        desktop.fill("Units; empty for all that are left", units);
        desktop.fill("Reason", why);
        desktop.click("button", "Show the entries");
        desktop.sees("Ben_Visser may approve it.");
        desktop.painted();
        desktop.picture("approval-refund");
        desktop.is_accessible("a refund that needs a second person");
        desktop.click("button", "Ask for approval");
        desktop.by_role("heading", "Refund to ironwood");
        desktop.sees("that the books will write");
    }
    desktop.pictures("approval-of-an-act");
    desktop.click("button", "Withdraw");
    desktop.sees("withdrawn by tester");

    becomes(&desktop, "Ben Visser");
    desktop.open_screen("Approvals");
    desktop.sees("1 request");
    desktop.click("link", "Refund to ironwood");
    desktop.click("button", "Reject");
    desktop.sees("Say why request");
    desktop.pictures("approval-without-a-reason");
    desktop.fill("A word with it; a rejection needs one", "they paid once: see invoice 7");
    desktop.click("button", "Reject");
    desktop.sees("rejected by Ben_Visser");
    desktop.sees("they paid once");
    desktop.click("link", "All requests");
    desktop.sees("Nothing waits");
    desktop.pictures("approvals-nothing-waits");
}

#[test]
fn a_wallet_type_and_the_close_of_a_month_are_asked_for_too() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    add_rules(&books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Wallets");
    desktop.click("link", "Capacity…");
    desktop.click("button", "Draft a new version");
    desktop.click("button", "Publish");
    desktop.fill("What it is for, to who approves it", "as it is, to see it asked for");
    desktop.painted();
    desktop.picture("approval-design");
    desktop.is_accessible("the publishing of a wallet type that needs a second person");
    desktop.click("button", "Ask for approval");
    desktop.by_role("heading", "Publish a configuration");
    desktop.open_screen("Wallets");
    desktop.click("link", "Capacity…");
    desktop.click("button", "Go on with draft 2");
    desktop.sees("In review:");
    desktop.pictures("approval-design-in-review");

    desktop.open_screen("Revenue");
    desktop.click("button", "Close October 2026");
    desktop.sees("Closing a period needs a second person");
    desktop.painted();
    desktop.picture("approval-close");
    desktop.click("button", "Ask for approval");
    desktop.by_role("heading", "Close a period");
    desktop.sees("through 2026-10-31");
    desktop.sees("2 approvals wait");
    desktop.pictures("approval-of-a-close");
}
