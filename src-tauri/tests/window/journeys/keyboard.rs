//! By keyboard alone: a first run from a template, the palette, the cheat sheet, an act on a customer.

use serde_json::json;

use crate::desktop::Desktop;

/// The most steps with Tab from one end of a page to the other.
const TABS_MAX: usize = 80;

/// Presses Tab until what has the focus is called this; the name is a label or the text.
#[track_caller]
pub(super) fn tab_to(desktop: &Desktop, name: &str) {
    let script = "const one = document.activeElement; \
        const label = one?.getAttribute('aria-label') ?? one?.labels?.[0]?.textContent ?? one?.textContent; \
        return (label ?? '').replace(/\\s+/g, ' ').trim()";
    for _ in 0..TABS_MAX {
        let focused = desktop.driver.run(script, &[]).unwrap();
        if focused.as_str().is_some_and(|label| label.starts_with(name)) {
            return;
        }
        desktop.press(&["Tab"]);
    }
    panic!("Tab does not come to {name}: {}", desktop.text());
}

/// Whether what has the focus is seen to have it.
#[track_caller]
pub(super) fn shows_focus(desktop: &Desktop) {
    let script = "const style = getComputedStyle(document.activeElement); \
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0";
    desktop.until("a visible focus", script, &[]);
}

#[test]
fn a_first_run_and_the_palette_and_the_cheat_sheet_need_no_pointer() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("first-books");
    let desktop = Desktop::start(&[]);
    desktop.by_role("button", "Open a workspace");
    tab_to(&desktop, "Make a new one");
    shows_focus(&desktop);
    desktop.press(&["Enter"]);
    desktop.sees("Start from");
    // The template gallery: arrows choose.
    let script = "return document.querySelectorAll('input[name=template]').length || null";
    let templates = desktop.until("the templates", script, &[]).as_u64().unwrap();
    assert!(templates >= 6, "{templates} templates");
    let is_radio = "return document.activeElement?.name === 'template'";
    for _ in 0..TABS_MAX {
        if desktop.driver.run(is_radio, &[]).unwrap() == json!(true) {
            break;
        }
        desktop.press(&["Tab"]);
    }
    desktop.press(&["Down"]);
    desktop.press(&["Down"]);
    desktop.until(
        "the third template",
        "return document.querySelectorAll('input[name=template]')[2].checked",
        &[],
    );
    desktop.painted();
    desktop.picture("keyboard-templates");
    tab_to(&desktop, "With");
    desktop.press(&["Down"]);
    tab_to(&desktop, "Folder");
    desktop.type_keys(books.to_str().unwrap());
    desktop.press(&["Enter"]);
    desktop.by_role("heading", "Overview");
    assert!(books.join("ledger.sqlite").exists());

    desktop.press(&["Ctrl", "k"]);
    desktop.by_role("textbox", "Find a screen or an act");
    desktop.type_keys("cust");
    desktop.press(&["Enter"]);
    desktop.by_role("heading", "Customers");
    tab_to(&desktop, "Name or code");
    shows_focus(&desktop);
    desktop.press(&["Escape"]);
    desktop.press(&["Ctrl", "k"]);
    desktop.by_role("textbox", "Find a screen or an act");
    desktop.press(&["Escape"]);
    desktop.press(&["Ctrl", "5"]);
    desktop.by_role("heading", "Preview");
    desktop.press(&["?"]);
    desktop.by_role("heading", "Keys");
    desktop.is_accessible("the cheat sheet");
    desktop.press(&["Escape"]);
    desktop.sees_no_more("Show this sheet");
}
