//! What nobody knows is refused and not answered with nothing: a mistyped name looks like an empty book.

use crate::books::Books;

#[test]
fn a_dimension_that_no_meter_reports_is_no_row_of_a_report() {
    let books = Books::granted();
    let report = ["report", "revenue", "--by", "modell"];
    let known = ["--by: \"modell\" is not known for revenue", "rate-card", "lot-kind, model"];
    books.refuses(2, &known, |books| books.run(&report));
    books.run(&["report", "revenue", "--by", "model"]).ok();
}

#[test]
fn a_month_in_which_nothing_was_booked_has_a_file_with_headings() {
    let books = Books::granted();
    let report = ["report", "revenue", "--month", "2025-01", "--format", "csv", "--out", "empty"];
    let shown = books.run(&report).ok();
    assert!(shown.contains("revenue-by-month.csv"), "{shown}");
    let file = books.read("empty/revenue-by-month.csv");
    assert!(file.lines().next().unwrap().contains("Usage (EUR)"), "{file}");
}

#[test]
fn a_customer_that_nobody_knows_has_no_entries_and_no_trail() {
    let books = Books::granted();
    for command in ["ledger", "audit", "alerts"] {
        let asked = [command, "--customer", "harbour"];
        books.refuses(5, &["there is no customer harbour"], |books| books.run(&asked));
        books.run(&[command, "--customer", "acme"]).ok();
    }
}

#[test]
fn a_kind_that_no_operation_has_is_named_with_those_there_are() {
    let books = Books::granted();
    let known = ["--kind: \"grants\" is not a kind of operation", "grant_credits, subscribe"];
    books.refuses(2, &known, |books| books.run(&["audit", "--kind", "grants"]));
}

#[test]
fn who_never_did_anything_is_said_to() {
    let books = Books::granted();
    let shown = books.run(&["audit", "--by", "nobody"]).ok();
    assert!(shown.contains("nobody never did anything here; who did: ana."), "{shown}");
    assert!(!books.run(&["audit", "--by", "ana"]).ok().contains("never did anything"));
}
