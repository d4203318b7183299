//! Preview: drafts put into scenarios, run over a month, compared, looked at by customer.

use std::path::Path;

use scrip_app::drafts::{Draft, load, save};
use scrip_app::{Edge, Workspace};
use scrip_catalog::RateCard;
use scrip_store::Mode;
use scrip_units::PlanCode;

use crate::books::month_of;
use crate::desktop::Desktop;

/// Saves a draft of the first card with another version, in which prices are multiplied as text: a digit
/// in front of each.
fn draft(folder: &Path, name: &str, digit: &str, note: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let workspace = Workspace::open(folder, Mode::ReadWrite).await.unwrap();
        let live = workspace.catalog().await.unwrap().document().clone();
        let mut card = serde_json::to_value(&live.rate_cards[0]).unwrap();
        let versions = card["versions"].as_array_mut().unwrap();
        let mut version = versions.last().unwrap().clone();
        version["version"] = (versions.len() + 1).into();
        version["effective_at"] = "2027-01-01".into();
        version["status"] = "draft".into();
        for rate in version["rates"].as_array_mut().unwrap() {
            if let Some(price) = rate["price"].as_str() {
                rate["price"] = format!("{digit}{price}").into();
            }
        }
        versions.push(version);
        let card: RateCard = serde_json::from_value(card).unwrap();
        let edge =
            Edge { now: "2026-11-02T09:00:00Z".parse().unwrap(), actor: "tester".parse().unwrap() };
        let name = PlanCode::try_new(name).unwrap();
        let mut draft = load(&workspace, &name).unwrap_or_else(|_| Draft::new(name, 1, &edge));
        note.clone_into(&mut draft.note);
        draft.put_card(&live, card);
        save(&workspace, &edge, &draft).unwrap();
        workspace.close().await.unwrap();
    });
}

/// Follows a link, wherever on the page it is: names are cut where they are too long for their column.
#[track_caller]
fn follow(desktop: &Desktop, name: &str) {
    let script = "const link = [...document.querySelectorAll('a[href]')] \
        .find((one) => one.textContent.trim() === arguments[0]); \
        link?.click(); return link !== undefined";
    desktop.until(name, script, &[name.into()]);
}

/// Runs a draft over the month that the screen proposes, in a scenario of its own, and keeps what came out.
#[track_caller]
pub(super) fn keep_preview(desktop: &Desktop, draft: &str, name: &str) {
    desktop.open_screen("Preview");
    desktop.choose(draft, "A");
    desktop.click("button", "Run the preview");
    desktop.sees("The baseline reproduces the ledger: exact");
    desktop.click("button", "Keep");
    desktop.fill("Name, without spaces", name);
    desktop.click("button", "Keep the preview");
    desktop.sees(&format!("The preview is kept as {name}."));
}

#[test]
fn drafts_are_tried_on_a_month_and_a_customer_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    draft(&books, "dearer-by-ten", "1", "what if compute costs ten credits more");
    draft(&books, "dearer-by-twenty", "2", "");
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Preview");
    desktop.sees("Nothing run yet");
    desktop.pictures("preview-drafts");

    desktop.choose("dearer-by-ten", "A");
    desktop.choose("dearer-by-twenty", "B");
    desktop.click("button", "Run the preview");
    desktop.sees("The baseline reproduces the ledger: exact");
    desktop.sees("A: revenue by customer, USD");
    desktop.sees("Effective prices");
    desktop.pictures("preview-compared");

    // A difference opens the customers behind it, and a customer its prices and events.
    desktop.click("button", "+…");
    desktop.by_role("table", "Customers who change most");
    desktop.pictures("preview-movers");
    let first = "document.querySelector('aside a[href]')?.click(); return true";
    desktop.driver.run(first, &[]).unwrap();
    desktop.by_role("heading", "ironwood");
    desktop.by_role("table", "Events");
    desktop.sees("of them charged otherwise in a scenario");
    desktop.pictures("preview-customer");
    follow(&desktop, "table/frost-large/input");
    desktop.sees("Events of all rows");
    desktop.by_role("heading", "Events that table/frost-large/input prices");
    follow(&desktop, "All customers");

    // Kept, listed, exported, opened again.
    desktop.click("button", "Keep");
    desktop.fill("Name, without spaces", "dearer compute");
    desktop.click("button", "Keep the preview");
    desktop.sees("no spaces");
    desktop.fill("Name, without spaces", "dearer-compute-for-the-board-meeting-of-november");
    desktop.fill("Note; what it was run for", "What ten and twenty credits more would have done");
    desktop.is_accessible("keeping a preview");
    desktop.click("button", "Keep the preview");
    desktop.sees("The preview is kept as dearer-compute-for-the-board-meeting-of-november.");
    follow(&desktop, "dearer-compute-for-the-board-meeting-of-november");
    desktop.sees("What was compared");
    desktop.sees("by tester");
    desktop.sees("The baseline reproduces the ledger: exact");
    desktop.pictures("preview-kept");
    let out = folder.path().join("out");
    for (format, files) in [("one workbook (XLSX)", 1), ("a file for each table (CSV)", 4)] {
        desktop.click("button", "Export");
        desktop.until(
            format,
            "const label = [...document.querySelectorAll('label')] \
                .find((one) => one.textContent.trim() === arguments[0]); \
             label?.click(); return label !== undefined",
            &[format.into()],
        );
        desktop.fill("Folder", out.to_str().unwrap());
        desktop.click("button", "Write the files");
        desktop.sees("written to");
        desktop.is_accessible("an exported preview");
        desktop.click("button", "Close");
        let written = std::fs::read_dir(&out).unwrap().count();
        assert!(written >= files, "{format}: {written}");
    }
    let workbook = out.join("preview-dearer-compute-for-the-board-meeting-of-november.xlsx");
    assert!(workbook.exists());

    // The draft changes: the figures stay, and customers are not opened any more.
    draft(&books, "dearer-by-ten", "7", "");
    follow(&desktop, "New preview");
    follow(&desktop, "dearer-compute-for-the-board-meeting-of-november");
    desktop.sees("Changed, published or gone: dearer-by-ten.");
    desktop.sees("customers cannot be opened");
    desktop.picture("preview-kept-since");
    desktop.click("button", "Discard");
    desktop.click("button", "Discard the preview");
    desktop.sees("is gone.");
    desktop.sees_no_more("Kept previews");

    desktop.choose("dearer-by-ten", "A");
    // Another window asks for another run, and says so.
    desktop.fill("First day", "10 October");
    desktop.press(&["Tab"]);
    desktop.sees("Run it again.");
    desktop.click("button", "Run the preview");
    desktop.sees("Nothing was changed.");
    desktop.picture("preview-wrong");
}

#[test]
fn without_drafts_the_preview_says_where_they_come_from() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Preview");
    desktop.sees("No drafts yet");
    desktop.pictures("preview-empty");
}
