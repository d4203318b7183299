//! The outbox: what is decided on a copy waits, is pushed, is kept back where something happened meanwhile,
//! and is decided again; nothing looks done before it is.

use crate::desktop::Desktop;
use crate::journeys::keyboard::{shows_focus, tab_to};
use crate::journeys::preview::keep_preview;
use crate::production::Production;

const LOT: &str = "contract-ironwood-2026/2";

/// Opens a customer's page.
#[track_caller]
fn open_customer(desktop: &Desktop) {
    desktop.open_screen("Customers");
    desktop.fill("Name or code", "iron");
    desktop.click("link", "Ironwood…");
    desktop.by_role("heading", "Wallets");
}

/// Looks at a refund of the lot.
#[track_caller]
fn look_at_refund(desktop: &Desktop, units: &str, why: &str) {
    desktop.click("button", &format!("Actions on lot {LOT}"));
    desktop.click("menuitem", "Refund");
    if !units.is_empty() {
        desktop.fill("Units; empty for all that are left", units);
    }
    desktop.fill("Reason", why);
    desktop.click("button", "Show the entries");
    desktop.sees("that the books will write");
}

#[test]
fn what_is_decided_offline_is_done_once_connected_and_kept_back_where_the_books_moved() {
    let production = Production::month_of("universal-credit");
    let copy = production.copy();
    let desktop = copy.desktop();
    desktop.open_screen("Outbox");
    desktop.sees("Nothing waits");
    desktop.sees(&format!("a copy of {}", production.place()));
    desktop.pictures("outbox-empty");

    open_customer(&desktop);
    desktop.click("button", "Grant credits");
    desktop.fill("Units, in credits", "50");
    desktop.fill("Price, net of tax", "120.00");
    desktop.click("button", "Show the entries");
    desktop.sees("that the books will write");
    desktop.sees("once the outbox is pushed");
    desktop.painted();
    desktop.picture("outbox-grant");
    desktop.is_accessible("a grant on a copy");
    desktop.click("button", "Put into the outbox");
    desktop.sees("Put into the outbox as number 1. Nothing is done yet.");
    desktop.sees("1 grant of ironwood waits in the outbox");
    look_at_refund(&desktop, "", "the contract ends early");
    desktop.click("button", "Put into the outbox");
    desktop.sees("1 grant of ironwood and 1 refund of ironwood wait in the outbox");
    desktop.pictures("outbox-customer");
    desktop.open_screen("Overview");
    desktop.sees("1 grant of ironwood and 1 refund of ironwood wait in the outbox");
    desktop.pictures("outbox-overview");

    // What cannot be queued says so, and a draft is queued as well.
    desktop.open_screen("Customers");
    desktop.click("button", "Import usage");
    desktop.sees("cannot wait in the outbox");
    desktop.painted();
    desktop.picture("outbox-no-import");
    desktop.is_accessible("the import of usage on a copy");
    desktop.click("button", "Close");
    desktop.open_screen("Wallets");
    desktop.click("link", "Capacity…");
    desktop.click("button", "Draft a new version");
    desktop.click("button", "Publish");
    desktop.painted();
    desktop.picture("outbox-publish");
    desktop.is_accessible("publishing on a copy");
    desktop.click("button", "Put into the outbox");
    desktop.sees("Put into the outbox as number 3");
    desktop.open_screen("Wallets");
    desktop.click("link", "Capacity…");
    desktop.click("button", "Go on with draft 2");
    desktop.sees("In the outbox: number 3");

    // A file of it is damaged.
    std::fs::write(copy.join("outbox/000004.json"), "{").unwrap();
    desktop.sees("4 wait in the outbox");
    desktop.open_screen("Outbox");
    desktop.sees("Number 4 cannot be read");
    desktop.sees("Publish a configuration");
    desktop.pictures("outbox-unreadable");
    desktop.click("button", "Discard");
    desktop.sees("which cannot be read");
    desktop.click("button", "Discard number 4");
    desktop.sees_no_more("Number 4 cannot be read");

    // Meanwhile somebody pays back a part of it at production.
    production.operate(&format!(
        r#"{{"op":"refund_grant","id":"theirs","at":"2026-10-31T12:00:00Z","actor":"carla","customer":"ironwood","lot":"{LOT}","units":"10"}}"#
    ));
    production.connect(&copy);
    desktop.open_screen("Overview");
    desktop.open_screen("Outbox");
    desktop.click("button", "Push all");
    desktop.sees("1 item is done");
    desktop.sees("Number 2 was kept back: the books have moved");
    desktop.pictures("outbox-kept-back");
    assert_eq!(production.count("kind = 'grant_credits' AND actor = 'tester'"), "1");
    desktop.click("link", "Look at number 2");
    desktop.by_role("heading", "Refund to ironwood");
    desktop.sees("it would cause other entries now");
    desktop.sees("What was shown when it was decided");
    desktop.pictures("outbox-moved");
    // What is sent now waits behind it, and says so.
    open_customer(&desktop);
    desktop.click("button", "Grant credits");
    desktop.fill("Units, in credits", "5");
    desktop.fill("Price, net of tax", "12.00");
    desktop.click("button", "Show the entries");
    desktop.click("button", "Send to production");
    desktop.sees("It is not done. It waits in the outbox as number 5.");
    desktop.sees("It waits behind number 2, which was not done");
    desktop.painted();
    desktop.picture("outbox-not-sent");
    desktop.is_accessible("what could not be sent");
    desktop.click("link", "Look at number 5");
    desktop.click("link", "All that waits");
    desktop.click("link", "Refund to ironwood");
    desktop.click("button", "Decide again with these entries");
    desktop.sees("It is done with the next push.");
    desktop.pictures("outbox-decided-again");
    desktop.click("link", "All that waits");
    desktop.click("button", "Push all");
    desktop.sees("3 items are done");
    desktop.sees("Nothing waits.");
    desktop.pictures("outbox-pushed");
    assert_eq!(production.count("kind = 'refund_grant'"), "2");
    open_customer(&desktop);
    desktop.sees_no_more("in the outbox");
    desktop.pictures("outbox-customer-done");
}

#[test]
fn what_moved_together_is_decided_again_together() {
    const OTHER: &str = "contract-cascade-2025";
    let refund = |id: &str, customer: &str, more: &str| {
        format!(
            r#"{{"op":"refund_grant","id":"{id}","at":"2026-10-31T12:00:00Z","actor":"tester","customer":"{customer}",{more}}}"#
        )
    };
    let of = |lot: &str, units: &str| format!(r#""lot":"{lot}"{units}"#);
    let production = Production::month_of("universal-credit");
    let copy = production.copy();
    copy.queue(&refund("one", "ironwood", &of(LOT, "")));
    copy.queue(&refund("two", "cascade", &of(OTHER, "")));
    // Meanwhile somebody pays back a part of both at production.
    let ten = r#","units":"10""#;
    production.operate(&refund("theirs-1", "ironwood", &of(LOT, ten)));
    production.operate(&refund("theirs-2", "cascade", &of(OTHER, ten)));
    production.connect(&copy);
    let desktop = copy.desktop();
    desktop.open_screen("Outbox");
    desktop.click("button", "Push all");
    desktop.sees("Number 1 was kept back: the books have moved");
    desktop.click("button", "Decide all again");
    desktop.by_role("heading", "Decide again");
    desktop.by_role("heading", "Number 1: Refund to ironwood");
    desktop.by_role("heading", "Number 2: Refund to cascade");
    desktop.pictures("outbox-all-again");
    // What is decided is what was looked at.
    tab_to(&desktop, "Decide all 2 again with these entries");
    shows_focus(&desktop);
    desktop.press(&["Enter"]);
    desktop.sees("2 items are decided again.");
    desktop.by_role("heading", "Outbox");
    desktop.click("button", "Push all");
    desktop.sees("2 items are done");
    assert_eq!(production.count("kind = 'refund_grant'"), "4");
}

#[test]
fn two_desks_that_publish_against_each_other_are_brought_together_place_by_place() {
    let production = Production::month_of("universal-credit");
    let copy = production.copy();
    let desktop = copy.desktop();
    desktop.open_screen("Rate cards");
    desktop.click("button", "New version of table");
    desktop.by_role("heading", "table version 3");
    desktop.click("table", "Rates of table version 3");
    desktop.paste("Rate\tPrice, credits\nwarehouse-xs\t1.10\nwarehouse-s\t2.20\n");
    desktop.sees("Nothing is wrong");
    desktop.click("button", "Publish…");
    desktop.sees("What changes");
    let date = "return document.querySelector('[role=dialog] input').value";
    let from = desktop.until("the day it takes effect", date, &[]);
    desktop.click("button", "Put into the outbox");
    desktop.by_role("heading", "Rate cards");
    desktop.sees("in the outbox");
    desktop.pictures("outbox-cards");

    // Another desk publishes its own third version, from the same day on.
    production.publish("theirs", |text| with_version_3(&text, from.as_str().unwrap()));
    production.connect(&copy);
    desktop.open_screen("Overview");
    desktop.open_screen("Outbox");
    desktop.click("button", "Push all");
    desktop
        .sees("Number 1 was kept back: it was decided on under configuration 1, and 2 is in force");
    desktop.click("link", "Look at number 1");
    desktop.by_role("heading", "Publish a configuration");
    desktop.sees("What was published since");
    desktop.pictures("outbox-overtaken");
    desktop.click("button", "Bring together and decide again");
    desktop.sees("2 places to decide");
    desktop.pictures("outbox-conflicts");
    // By keyboard: mine of the price, another day for the version.
    tab_to(&desktop, "1.10");
    desktop.press(&[" "]);
    desktop.sees("1 place to decide");
    tab_to(&desktop, "The other value of effective date of version 4, rate card table");
    shows_focus(&desktop);
    let clear = "const input = document.activeElement; input.select(); return true";
    desktop.driver.run(clear, &[]).unwrap();
    desktop.type_keys("2027-03-01");
    desktop.press(&["Enter"]);
    desktop.sees("nothing left to decide");
    desktop.sees("What it will change");
    desktop.pictures("outbox-brought-together");
    tab_to(&desktop, "Back to number 1");
    tab_to(&desktop, "Decide again");
    desktop.press(&["Enter"]);
    desktop.sees("It is done with the next push.");
    desktop.click("link", "All that waits");
    desktop.click("button", "Push all");
    desktop.sees("1 item is done");
    desktop.open_screen("Rate cards");
    desktop.sees("4 versions");
    desktop.click("link", "table version 4");
    desktop.sees("1.10");
    desktop.sees("9.00");
}

#[test]
fn what_is_decided_while_connected_is_done_at_once_and_waits_when_the_server_is_gone() {
    let mut production = Production::month_of("universal-credit");
    let copy = production.connected_copy();
    let desktop = copy.desktop();
    // A month is closed.
    desktop.open_screen("Revenue");
    desktop.click("button", "Close October 2026");
    desktop.sees("is done at");
    desktop.painted();
    desktop.picture("outbox-close");
    desktop.is_accessible("closing a month on a copy");
    desktop.click("button", "Send to production");
    desktop.sees("Done at production: October 2026 is closed.");
    assert_eq!(production.count("kind = 'close_period'"), "1");

    open_customer(&desktop);
    desktop.click("button", "Grant credits");
    desktop.fill("Units, in credits", "50");
    desktop.fill("Price, net of tax", "120.00");
    desktop.click("button", "Show the entries");
    desktop.click("button", "Send to production");
    desktop.sees("Done at production: Grant 50.000000 credits.");
    desktop.sees("146.493990 credits");
    desktop.sees_no_more("in the outbox");
    desktop.pictures("outbox-sent");
    assert_eq!(production.count("kind = 'grant_credits' AND actor = 'tester'"), "1");

    production.stop();
    desktop.sees("connection lost");
    open_customer(&desktop);
    look_at_refund(&desktop, "10", "paid twice");
    desktop.click("button", "Put into the outbox");
    desktop.sees("1 refund of ironwood waits in the outbox");
    desktop.click("link", "Look at what waits");
    desktop.sees("It is done with the next push.");
    desktop.open_screen("Outbox");
    desktop.sees("is not connected, so nothing can be pushed now");
    desktop.pictures("outbox-offline");
    production.start_again();
    desktop.click("button", "Push all");
    desktop.sees("1 item is done");
    assert_eq!(production.count("kind = 'refund_grant' AND actor = 'tester'"), "1");
}

/// A configuration with another third version of the card `table`.
fn with_version_3(text: &str, from: &str) -> String {
    let mut document = scrip_catalog::Document::from_toml(text).unwrap();
    let card = document.rate_cards.iter_mut().find(|card| card.code.as_str() == "table").unwrap();
    let mut value = serde_json::to_value(card.versions.last().unwrap()).unwrap();
    value["version"] = (card.versions.len() + 1).into();
    value["effective_at"] = from.into();
    for rate in value["rates"].as_array_mut().unwrap() {
        match rate["code"].as_str() {
            Some("warehouse-xs") => rate["price"] = "1.25".into(),
            Some("warehouse-l") => rate["price"] = "9.00".into(),
            _ => {}
        }
    }
    card.versions.push(serde_json::from_value(value).unwrap());
    document.to_toml().unwrap()
}

const RULES: &str = r#"
[[approvals]]
code = "prices"
operations = ["apply_configuration", "close_period"]
"#;

#[test]
fn what_a_rule_names_is_asked_for_at_production_and_approved_from_another_copy() {
    let production = Production::month_of("universal-credit");
    production.publish("rules", |text| format!("{text}{RULES}"));
    let (mine, theirs) = (production.connected_copy(), production.connected_copy());
    let desktop = mine.desktop();
    desktop.open_screen("Rate cards");
    desktop.click("button", "New version of table");
    desktop.by_role("heading", "table version 3");
    desktop.click("table", "Rates of table version 3");
    desktop.paste("Rate\tPrice, credits\nwarehouse-xs\t1.10\n");
    desktop.sees("Nothing is wrong");
    keep_preview(&desktop, "table-v3", "small-warehouses");
    desktop.open_screen("Rate cards");
    desktop.click("link", "table version 3");
    desktop.sees("Nothing is wrong");
    desktop.click("button", "Publish…");
    desktop.fill("What it is for", "small warehouses cost more");
    desktop.sees("What changes");
    desktop.sees("Anybody but you may approve it.");
    desktop.choose("Preview that goes with it, for who approves it", "small-warehouses");
    desktop.painted();
    desktop.picture("outbox-ask");
    desktop.is_accessible("asking at production");
    desktop.click("button", "Send the request to production");
    desktop.by_role("heading", "Publish a configuration");
    desktop.sees("tester asked for it and cannot decide it");
    desktop.pictures("outbox-asked");
    assert_eq!(production.count("kind = 'request_approval'"), "1");

    // Ben looks from his own copy, and sends his approval.
    production.pull_into(&theirs);
    let other = theirs.desktop();
    other.open_screen("Settings");
    other.fill("Your name, as it is recorded with what you do", "Ben Visser");
    other.click("button", "Record under this name");
    other.sees("recorded by Ben_Visser");
    other.open_screen("Approvals");
    other.click("link", "Publish a configuration");
    other.sees("price of rate warehouse-xs, version 3, rate card table");
    other.by_role("heading", "What a preview of it found");
    other.sees("small-warehouses (not kept in this workspace), run by tester");
    other.pictures("outbox-to-approve");
    tab_to(&other, "Send the approval to production");
    shows_focus(&other);
    other.press(&["Enter"]);
    other.sees("approved by Ben_Visser");
    other.pictures("outbox-approved");
    assert_eq!(production.count("kind = 'apply_configuration'"), "3");

    // It arrives at the desk that asked, and its draft is put away.
    production.pull_into(&mine);
    desktop.sees("approved by Ben_Visser");
    desktop.open_screen("Rate cards");
    desktop.sees("3 versions");
    desktop.sees("scheduled");
    desktop.open_screen("Outbox");
    desktop.sees("Nothing waits");
}
