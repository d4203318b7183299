//! The grid of rates: filtered, grouped, searched, frozen, filled, changed in ranges, held against costs,
//! compared with another version.

use serde_json::json;

use crate::books::month_of;
use crate::desktop::Desktop;

/// The text of the cells of a column, by the beginning of its name, of the rows that are drawn.
fn column(desktop: &Desktop, name: &str) -> Vec<String> {
    let script = "const heads = [...document.querySelectorAll('[role=columnheader]')]; \
        const at = heads.findIndex((head) => head.textContent.startsWith(arguments[0])); \
        const place = Number(heads[at]?.getAttribute('aria-colindex') ?? at + 1); \
        return [...document.querySelectorAll(`[role=gridcell][aria-colindex=\"${place}\"]`)] \
          .filter((cell) => !cell.hasAttribute('aria-expanded')).map((cell) => cell.textContent)";
    let cells = desktop.driver.run(script, &[json!(name)]).unwrap();
    cells.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap().to_owned()).collect()
}

/// Goes to the first cell of a column with the arrow keys.
fn go_to(desktop: &Desktop, name: &str) {
    let script = "return [...document.querySelectorAll('[role=columnheader]')] \
        .findIndex((head) => head.textContent.startsWith(arguments[0]))";
    let heads =
        desktop.driver.run("return document.querySelectorAll('[role=columnheader]').length", &[]);
    let at = desktop.driver.run(script, &[json!(name)]).unwrap().as_i64().unwrap();
    assert!(at >= 0, "no column {name} among {heads:?}");
    desktop.click("table", "Rates of list version 2");
    desktop.press(&["Ctrl", "Home"]);
    // The first head is that of the numbers of the rows where they have one.
    let first = desktop.driver.run(
        "return document.querySelector('[role=columnheader]').textContent.startsWith('Rate') ? 0 : 1",
        &[],
    );
    for _ in 0..at - first.unwrap().as_i64().unwrap() {
        desktop.press(&["Right"]);
    }
}

/// Empties a field.
#[track_caller]
fn empty(desktop: &Desktop, label: &str) {
    const BACKSPACE: char = '\u{E003}';
    desktop.click("textbox", label);
    desktop.press(&["Ctrl", "a"]);
    desktop.driver.press(&[BACKSPACE]).unwrap();
}

#[test]
fn a_grid_is_filtered_grouped_searched_frozen_filled_and_changed_in_ranges() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("meridian-books");
    month_of("money-wallet", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Rate cards");
    desktop.click("button", "New version of list");
    desktop.by_role("heading", "list version 2");
    desktop.sees("Nothing is wrong");

    // Cost and margin stand beside the price; the mark says where the price is below cost.
    desktop.click("checkbox", "Cost and margin");
    desktop.sees("Cost, USD");
    desktop.sees("70.0 %");
    desktop.pictures("grid-margin");

    desktop.fill("Filter", "model ~ nano, token_type = input");
    desktop.until(
        "two rows",
        "return document.querySelectorAll('[role=rowheader]').length === 2",
        &[],
    );
    assert_eq!(column(&desktop, "Price"), ["0.100", "0.050"]);
    desktop.fill("Filter", "colour = red");
    desktop.sees("Filter: there is no column “colour”");
    desktop.fill("Filter…", "service = batch");
    desktop.until("half", "return document.querySelectorAll('[role=rowheader]').length === 9", &[]);

    desktop.fill("Find", "mini");
    desktop.press(&["Enter"]);
    desktop.choose("Group by", "match.model");
    desktop.sees("summit-large (3)");
    desktop.choose("Freeze up to", "match.token_type");
    desktop.pictures("grid-grouped");
    desktop.click("button", "Close summit-large (3)");
    desktop.by_role("button", "Open summit-large (3)");
    desktop.choose("Group by", "");
    empty(&desktop, "Filter");
    empty(&desktop, "Find");

    // A range: set, by a percentage, rounded; each is one step of undo.
    go_to(&desktop, "Price");
    desktop.press(&["Shift", "Down"]);
    desktop.press(&["Shift", "Down"]);
    desktop.fill("Change 3 selected cells", "+10 %");
    desktop.press(&["Enter"]);
    desktop.sees("3 changed");
    assert_eq!(column(&desktop, "Price")[..3], ["3.300", "1.650", "0.330"]);
    desktop.fill("Change 3 selected cells", "round 0.25");
    desktop.press(&["Enter"]);
    desktop.until("the rounding", "return document.body.innerText.includes('3.250')", &[]);
    assert_eq!(column(&desktop, "Price")[..3], ["3.250", "1.750", "0.250"]);
    desktop.by_role("button", "Undo: round to 0.25, 3 cells");

    // Filled down from the first.
    go_to(&desktop, "Price");
    desktop.press(&["Shift", "Down"]);
    desktop.press(&["Ctrl", "d"]);
    desktop.by_role("button", "Undo: fill 1 cell");
    assert_eq!(column(&desktop, "Price")[..3], ["3.250", "3.250", "0.250"]);
    // Below what it costs: the margin says so.
    go_to(&desktop, "Price");
    desktop.type_keys("0.5");
    desktop.press(&["Enter"]);
    desktop.sees("\u{2212}80.0 %");
    desktop.sees("1 warning");
    desktop.pictures("grid-below-cost");

    desktop.click("button", "Versions and differences");
    desktop.sees("3 of 18 rates differ");
    desktop.pictures("grid-compared");
}
