//! Following a production ledger: the first pull, what others do there while the window is open, a server
//! that stops and comes back, and a copy that differs.

use std::path::Path;
use std::sync::Arc;

use scrip_app::Workspace;
use scrip_store::{LedgerStore, Mode, SqliteStore};

use crate::desktop::Desktop;
use crate::production::{CopyFolder, Production};

const PASSWORD: &str = "Tr@uth/9";

fn gift(id: &str) -> String {
    format!(
        r#"{{"op":"grant_credits","id":"{id}","at":"2026-10-31T12:00:00Z","actor":"ana","customer":"cascade","wallet":"capacity","units":"25","kind":"promotional"}}"#
    )
}

/// How many operations a copy has.
fn operations_in(copy: &Path) -> u64 {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let books = Workspace::<SqliteStore>::open(copy, Mode::ReadOnly).await.unwrap();
        let operations = books.store().status().await.unwrap().operations;
        books.close().await.unwrap();
        operations
    })
}

#[test]
fn a_ledger_is_followed_with_a_password_and_what_others_do_there_appears() {
    let production = Production::month_of("universal-credit");
    let address = production.person("desk", PASSWORD);
    let copy = CopyFolder::new();
    let desktop = Desktop::start(&[]);
    desktop.click("button", "Follow a production ledger");
    desktop.sees("This machine has no keychain for you");
    for theme in ["dark", "light"] {
        let wear = "document.documentElement.dataset.theme = arguments[0]; return true";
        desktop.driver.run(wear, &[serde_json::json!(theme)]).unwrap();
        desktop.painted();
        desktop.picture(&format!("follow-{theme}"));
        desktop.is_accessible(&format!("following a ledger in {theme} colours"));
    }
    desktop.fill("Folder of the copy", copy.to_str().unwrap());

    // What is wrong is told apart, and nothing is made.
    desktop.fill("Address", &address.replace("127.0.0.1", "ledger.nowhere.invalid"));
    desktop.click("button", "Make the copy");
    desktop.sees("cannot be reached");
    desktop.sees("No copy was made.");
    desktop.fill("Address", &address);
    desktop.click("button", "Make the copy");
    desktop.sees("is not trusted");
    desktop.sees("no password either");
    desktop.click("checkbox", "Without encryption, for a server on this machine alone");
    desktop.fill("Password, if the server wants one", "not that one");
    desktop.click("button", "Make the copy");
    desktop.sees("does not let this name in");
    desktop.sees("Check the name in the address and its password");
    desktop.painted();
    desktop.picture("follow-wrong-password");
    desktop.is_accessible("a password that is wrong");
    assert!(!copy.exists());

    desktop.fill("Password, if the server wants one", PASSWORD);
    desktop.click("button", "Make the copy");
    desktop.by_role("heading", "Overview");
    desktop.sees("99 entries");
    desktop.sees(&format!("copy of {}", production.place()));
    desktop.sees("connected");
    desktop.open_screen("Production");
    desktop.by_role("heading", "Production");
    desktop.sees("known to this window until it is closed");
    desktop.sees("Not here yet nothing");
    desktop.pictures("production");

    // Somebody grants credits at production on the command line.
    production.operate(&gift("gift-of-a-test"));
    desktop.sees("100 entries");
    desktop.sees("books tie: yes");
    desktop.click("button", "Reconcile");
    desktop.sees("They are the same");
    desktop.click("button", "Pull now");
    desktop.sees("Nothing new.");
    desktop.pictures("production-same");

    // Whoever disconnects keeps what is there, and connects again with the password.
    desktop.click("button", "Disconnect");
    desktop.sees("You have disconnected.");
    desktop.pictures("production-disconnected");
    desktop.fill("Password, if the server wants one", PASSWORD);
    desktop.click("button", "Connect");
    desktop.by_role("button", "Disconnect");
    desktop.quit();
    let home = desktop.home();
    drop(desktop);

    // Another day: nobody but the server knows that a password is needed.
    let again = Desktop::start_in(home, &[copy.to_str().unwrap()]);
    again.sees("password needed");
    again.open_screen("Production");
    again.sees("does not let this name in");
    again.pictures("production-password");
    again.fill("Password, if the server wants one", PASSWORD);
    again.click("button", "Connect");
    again.by_role("button", "Disconnect");
    again.sees("Not here yet nothing");
    for file in ["production.json", "ledger.sqlite", "ledger.sqlite-wal"] {
        let bytes = std::fs::read(copy.join(file)).unwrap_or_default();
        let found = bytes.windows(PASSWORD.len()).any(|bytes| bytes == PASSWORD.as_bytes());
        assert!(!found, "{file} holds the password");
    }
}

/// More operations than two pulled pages have.
const GIFTS: usize = 1_000;
/// How every look at what production recorded begins.
const LOOK: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

#[test]
fn the_first_pull_tells_how_far_it_is_stops_at_once_and_goes_on_where_it_was() {
    let production = Production::month_of("universal-credit");
    let gifts: Vec<String> = (0..GIFTS).map(|number| gift(&format!("gift-{number}"))).collect();
    production.operate(&gifts.join("\n"));
    // Two pages come, and the look for the third gets no answer.
    let (gate, address) = production.gate(LOOK, 2);
    let copy = CopyFolder::new();
    let desktop = Desktop::start(&[]);
    desktop.click("button", "Follow a production ledger");
    desktop.fill("Address", &address);
    desktop.click("checkbox", "Without encryption, for a server on this machine alone");
    desktop.fill("Folder of the copy", copy.to_str().unwrap());
    desktop.click("button", "Make the copy");
    gate.holds();
    desktop.sees("Pulling operations");
    desktop.sees("500 of 1,");
    desktop.painted();
    desktop.picture("follow-pulling");
    desktop.is_accessible("the first pull under way");
    desktop.click("button", "Stop");
    desktop.sees("Stopped. What was pulled is in the folder.");
    desktop.sees("Follow the same ledger there to go on.");
    desktop.painted();
    desktop.picture("follow-stopped");
    desktop.is_accessible("a first pull that was stopped");

    gate.open();
    let pulled = operations_in(&copy);
    assert!(pulled >= 500, "{pulled}");
    desktop.click("button", "Make the copy");
    desktop.by_role("heading", "Overview");
    desktop.sees(&format!("1,{:03} entries", GIFTS - 1_000 + 99));
    desktop.sees("books tie: yes");
    assert_eq!(operations_in(&copy).to_string(), production.count("true"));
    desktop.open_screen("Production");
    desktop.click("button", "Reconcile");
    desktop.sees("They are the same");
}

#[test]
fn a_password_is_kept_in_the_keychain_where_there_is_one() {
    let production = Production::month_of("universal-credit");
    let address = production.person("desk", PASSWORD);
    let copy = CopyFolder::new();
    let home = Arc::new(tempfile::tempdir().unwrap());
    let desktop = Desktop::start_with_keychain(Arc::clone(&home), &[]);
    desktop.click("button", "Follow a production ledger");
    desktop.fill("Address", &address);
    desktop.click("checkbox", "Without encryption, for a server on this machine alone");
    desktop.fill("Password, if the server wants one", PASSWORD);
    desktop.click("checkbox", "Keep it in the keychain of this system");
    desktop.painted();
    desktop.picture("follow-keychain");
    desktop.is_accessible("following a ledger where there is a keychain");
    desktop.fill("Folder of the copy", copy.to_str().unwrap());
    desktop.click("button", "Make the copy");
    desktop.by_role("heading", "Overview");
    desktop.quit();
    drop(desktop);

    // Where the keychain is gone, it is said why a password is needed.
    let without = Desktop::start_in(Arc::clone(&home), &[copy.to_str().unwrap()]);
    without.sees("password needed");
    without.open_screen("Production");
    without.sees("does not let this name in");
    without.sees("keychain of this system, which cannot be used");
    without.pictures("production-no-keychain");
    without.quit();
    drop(without);

    // Another day, nobody is asked.
    let again = Desktop::start_with_keychain(home, &[copy.to_str().unwrap()]);
    again.sees("connected");
    again.open_screen("Production");
    again.sees("in the keychain of this system");
    again.sees("Not here yet nothing");
    again.pictures("production-keychain");
    again.click("button", "Forget it");
    again.sees("known to this window until it is closed");
    again.sees("connected");
}

#[test]
fn a_server_that_stops_is_said_calmly_and_comes_back_by_itself() {
    let mut production = Production::month_of("universal-credit");
    let copy = production.connected_copy();
    let desktop = copy.desktop();
    desktop.sees("99 entries");
    desktop.open_screen("Production");
    desktop.sees("Not here yet nothing");
    production.stop();
    desktop.sees("connection lost");
    desktop.sees("You can look, report and preview as before.");
    desktop.pictures("production-lost");
    desktop.open_screen("Ledger");
    desktop.by_role("table", "Entries, the latest first");
    production.start_again();
    production.operate(&gift("after-the-cut"));
    desktop.sees("100 entries");
    desktop.sees("connected");
    desktop.sees("books tie: yes");
}

#[test]
fn a_copy_that_has_what_production_lost_says_so_down_to_the_entry() {
    let production = Production::month_of("universal-credit");
    production.operate(&gift("lost-by-the-server"));
    let copy = production.connected_copy();
    production.lose("lost-by-the-server");
    let desktop = copy.desktop();
    desktop.open_screen("Production");
    desktop.sees("is not as it was when it was pulled last");
    desktop.click("button", "Reconcile");
    desktop.sees("They differ");
    desktop.sees("This workspace has 1 operation that is not there, 1 customer with entries");
    desktop.sees("promotional lot lost-by-the-server: 25");
    desktop.pictures("production-differs");
    desktop.click("link", "promotional lot lost-by-the-server…");
    desktop.by_role("heading", "Ledger");
    desktop.sees("1 entry");

    // Whoever forgets how it is reached gives the address again, and another company's is refused.
    desktop.open_screen("Production");
    desktop.click("button", "Forget how it is reached");
    desktop.sees("It is not known on this machine how");
    desktop.fill("Address", &production.another());
    desktop.click("checkbox", "Without encryption, for a server on this machine alone");
    desktop.click("button", "Connect");
    desktop.sees("and this workspace is a copy of");
    desktop.sees("this copy is as it was");
    desktop.pictures("production-unknown");
    assert!(!copy.join("production.json").exists());
}
