//! Preview: drafts put into scenarios, run over a month, compared, looked at by customer.

use std::path::Path;

use scrip_app::drafts::{Draft, save};
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
        let mut draft = Draft::new(PlanCode::try_new(name).unwrap(), 1, &edge);
        note.clone_into(&mut draft.note);
        draft.put_card(&live, card);
        save(&workspace, &edge, &draft).unwrap();
        workspace.close().await.unwrap();
    });
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

    desktop.click("button", "cascade");
    desktop.sees("Entries of the baseline in the ledger");
    desktop.sees("credits per 1,000");
    desktop.pictures("preview-customer");

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
