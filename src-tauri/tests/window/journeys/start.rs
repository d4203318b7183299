//! Starting: without a workspace, with one, with a folder that is none.

use crate::books::month_of;
use crate::desktop::Desktop;

#[test]
fn without_a_workspace_the_window_asks_for_one() {
    let desktop = Desktop::start(&[]);
    desktop.by_role("button", "Open a workspace");
    assert_eq!(desktop.driver.title().unwrap(), "Scrip");
    for theme in ["light", "dark"] {
        // There is no palette before a workspace is open, so the page is told as the settings would.
        let wear = "document.documentElement.dataset.theme = arguments[0]; return true";
        desktop.driver.run(wear, &[serde_json::json!(theme)]).unwrap();
        desktop.painted();
        desktop.picture(&format!("start-empty-{theme}"));
        desktop.is_accessible(&format!("the start in {theme} colours"));
    }

    desktop.click("button", "Make a new one");
    desktop.by_role("textbox", "Folder");
    desktop.sees("Start from");
    desktop.painted();
    desktop.picture("start-new");
    desktop.is_accessible("the start of a new workspace");
}

#[test]
fn a_new_workspace_is_made_from_a_template() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("first-books");
    let desktop = Desktop::start(&[]);
    desktop.click("button", "Make a new one");
    desktop.fill("Folder", books.to_str().unwrap());
    desktop.click("button", "Make the workspace");
    desktop.by_role("heading", "Overview");
    assert!(books.join("ledger.sqlite").exists());
    desktop.open_screen("Ledger");
    desktop.by_role("heading", "Ledger");
    desktop.pictures("ledger-new");
}

#[test]
fn the_demo_is_made_with_progress_and_leaves_nothing_when_it_is_stopped() {
    let desktop = Desktop::start(&[]);
    desktop.click("button", "Explore the demo");
    desktop.by_role("button", "Stop");
    desktop.painted();
    desktop.picture("start-demo");
    desktop.click("button", "Stop");
    desktop.sees("Nothing of the demo is left.");
    assert_eq!(desktop.workspaces_made(), 0);
}

#[test]
fn a_folder_without_a_ledger_is_told_from_a_workspace_and_nothing_is_made_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let desktop = Desktop::start(&[folder.path().to_str().unwrap()]);
    desktop.sees("holds no Scrip workspace.");
    desktop.sees("Nothing was changed.");
    desktop.sees("Choose the folder that holds ledger.sqlite");
    desktop.painted();
    desktop.picture("start-no-workspace");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_workspace_that_was_open_is_offered_again() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.by_role("heading", "Overview");
    desktop.click("button", "Workspace acme-books");
    desktop.click("menuitem", "Close this workspace");
    desktop.click("button", "acme-books…");
    desktop.by_role("heading", "Overview");
}

#[test]
fn a_second_start_hands_its_workspace_to_the_first_window() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("acme-books"), folder.path().join("other-books"));
    month_of("universal-credit", &first);
    month_of("money-wallet", &second);
    let desktop = Desktop::start(&[first.to_str().unwrap()]);
    desktop.by_role("button", "Workspace acme-books");
    desktop.start_again(&[second.to_str().unwrap()]);
    desktop.by_role("button", "Workspace other-books");
    desktop.start_again(&[]);
    desktop.by_role("button", "Workspace other-books");
}
