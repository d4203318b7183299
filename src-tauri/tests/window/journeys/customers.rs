//! Customers: found, granted to, their usage imported, the balance watched, a lot refunded.

use crate::books::month_of;
use crate::desktop::Desktop;

const USAGE: &str = "\
request_id,customer,member,at,size,warehouse_seconds,feature,serverless_seconds,model,\
    input_tokens,output_tokens
late-1,ironwood,,2026-10-31T20:00:00Z,m,36000,,0,,0,0
late-2,ironwood,,2026-10-31T21:00:00Z,l,18000,,0,,0,0
";

#[test]
fn credits_are_granted_and_used_and_refunded_with_their_entries_shown_first() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    let usage = folder.path().join("october-late.csv");
    std::fs::write(&usage, USAGE).unwrap();
    let desktop = Desktop::start(&[books.to_str().unwrap()]);

    desktop.open_screen("Customers");
    desktop.pictures("customers");
    desktop.fill("Name or code", "iron");
    desktop.sees("1 of ");
    desktop.fill("Name or code", "nobody at all");
    desktop.sees("No customer matches");
    desktop.fill("Name or code", "iron");
    desktop.click("link", "Ironwood…");
    desktop.by_role("heading", "Wallets");
    desktop.sees("in the order in which they burn");
    desktop.pictures("customer");

    desktop.click("button", "Grant credits");
    desktop.click("button", "Show the entries");
    desktop.sees("Say how many units.");
    desktop.fill("Units, in credits", "100");
    desktop.fill("Price, net of tax", "240.00");
    desktop.click("button", "Show the entries");
    desktop.sees("that the books will write");
    desktop.painted();
    desktop.picture("customer-grant");
    desktop.is_accessible("the entries of a grant");
    desktop.click("button", "Grant 100.000000 credits");
    desktop.sees("Done: Grant 100.000000 credits.");

    desktop.open_screen("Customers");
    desktop.click("button", "Import usage");
    desktop.fill("File: CSV, JSON Lines or Parquet, plain or compressed", usage.to_str().unwrap());
    desktop.click("button", "Import the file");
    desktop.sees("2 rows read, 2 new events");
    desktop.click("button", "Post the usage");
    desktop.sees("2 events of 1 customer posted in 1 entry");
    desktop.painted();
    desktop.picture("customer-import");
    desktop.is_accessible("the import of usage");
    desktop.click("button", "Close");

    desktop.fill("Name or code", "iron");
    desktop.click("link", "Ironwood…");
    desktop.by_role("heading", "Entries of capacity, in credits");
    desktop.sees("usage of 2026-10-31");

    desktop.click("button", "Actions on lot contract-ironwood-2026/2");
    desktop.click("menuitem", "Refund");
    desktop.fill("Units; empty for all that are left", "100000");
    desktop.click("button", "Show the entries");
    desktop.sees("was asked for");
    desktop.painted();
    desktop.picture("customer-refund-refused");
    desktop.is_accessible("a refused refund");
    desktop.fill("Units; empty for all that are left", "10");
    desktop.click("button", "Show the entries");
    desktop.by_role("button", "Refund 24.00 USD");
    desktop.painted();
    desktop.picture("customer-refund");
    desktop.click("button", "Refund 24.00 USD");
    desktop.sees("Done: Refund 24.00 USD.");
    desktop.pictures("customer-after");
}

/// Opens the menu of a lot and begins an act.
#[track_caller]
fn begin(desktop: &Desktop, act: &str) {
    desktop.click("button", "Actions on lot contract-ironwood-2026/2");
    desktop.click("menuitem", act);
    desktop.sees("left");
}

#[test]
fn units_are_transferred_extended_and_adjusted_with_their_entries_shown_first() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Customers");
    desktop.fill("Name or code", "iron");
    desktop.click("link", "Ironwood…");
    desktop.by_role("heading", "Wallets");

    begin(&desktop, "Transfer");
    desktop.fill("Units; empty for all that are left", "5");
    desktop.fill("To customer; empty for the same", "nobody");
    desktop.click("button", "Show the entries");
    desktop.sees("nobody");
    desktop.is_accessible("a refused transfer");
    desktop.fill("To customer; empty for the same", "cascade");
    desktop.click("button", "Show the entries");
    desktop.sees("that the books will write");
    desktop.painted();
    desktop.picture("customer-transfer");
    desktop.is_accessible("the entries of a transfer");
    desktop.click("button", "Transfer to cascade");
    desktop.sees("Done: Transfer to cascade.");

    begin(&desktop, "Extend");
    desktop.click("button", "Show the entries");
    desktop.sees("Say the last day on which the units can be used.");
    desktop.fill("Last day of use", "2028-12-31");
    desktop.fill("Reason", "Extended by contract");
    desktop.click("button", "Show the entries");
    desktop.sees("that the books will write");
    desktop.painted();
    desktop.picture("customer-extend");
    desktop.click("button", "Extend through…");
    desktop.sees("Done: Extend through");

    begin(&desktop, "Adjust");
    desktop.fill("Units to add; with a minus, to take away", "-2");
    desktop.click("button", "Show the entries");
    desktop.sees("Say who approved it: somebody else than you.");
    desktop.fill("Approved by", "controller");
    desktop.fill("Reason", "Two units were granted by mistake");
    desktop.choose("Against", "liability");
    desktop.click("button", "Show the entries");
    desktop.sees("that the books will write");
    desktop.painted();
    desktop.picture("customer-adjust");
    desktop.is_accessible("the entries of an adjustment");
    desktop.click("button", "Take away 2.000000 credits");
    desktop.sees("Done: Take away 2.000000 credits.");
    desktop.pictures("customer-acted");
}

#[test]
fn the_statement_of_a_customer_is_written_as_pdf_and_as_a_workbook() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("acme-books");
    month_of("universal-credit", &books);
    let out = folder.path().join("statements of october");
    let desktop = Desktop::start(&[books.to_str().unwrap()]);
    desktop.open_screen("Customers");
    desktop.fill("Name or code", "iron");
    desktop.click("link", "Ironwood…");
    desktop.by_role("heading", "Wallets");
    desktop.click("button", "Statement");
    desktop.by_role("heading", "Statement of ironwood");
    desktop.painted();
    desktop.picture("customer-statement");
    desktop.is_accessible("the statement of a customer");
    desktop.fill("Folder", out.to_str().unwrap());
    desktop.fill("First month", "2026-11");
    desktop.click("button", "Write the statement");
    desktop.sees("period runs backwards");
    desktop.fill("First month", "2026-10");
    for (form, file) in [("pdf", "statement-ironwood.pdf"), ("xlsx", "statement-ironwood.xlsx")] {
        desktop.choose("As", form);
        desktop.click("button", "Write the statement");
        desktop.sees(file);
        assert!(out.join(file).exists(), "{file}");
    }
    desktop.painted();
    desktop.picture("customer-statement-written");
}
