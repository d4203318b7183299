//! What `make run` does where there is no display: the demo, looked at in every screen.

use crate::desktop::Desktop;

#[test]
#[ignore = "make run runs it, on the demo"]
fn the_demo_is_looked_at_in_every_screen() {
    let books = std::env::var("SCRIP_TOUR").expect("SCRIP_TOUR names the workspace");
    let desktop = Desktop::start(&[&books]);
    desktop.by_role("table", "Expiring unless used");
    desktop.pictures("overview");
    desktop.open_screen("Ledger");
    desktop.by_role("table", "Entries, the latest first");
    desktop.pictures("ledger");
    desktop.click("button", "Verify");
    desktop.sees("The ledger verifies.");
    desktop.painted();
    desktop.picture("verified");
}
