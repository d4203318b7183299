//! Rows that cannot be imported: each reason, and what happens then.

use std::fs;

use scrip_usage::{RejectCode, UsageError};

use crate::support::{Desk, HEADER, MAPPING};

const GOOD: &str = "good,c1,,input,1,,,2026-01-01T00:00:00Z";

#[test]
fn every_reason_has_its_code() {
    for (row, code) in [
        ("k,c1,,input,1,,2026-01-01T00:00:00Z", RejectCode::BadRow),
        ("k,cX,,input,1,,,2026-01-01T00:00:00Z", RejectCode::UnknownCustomer),
        ("k,,,input,1,,,2026-01-01T00:00:00Z", RejectCode::UnknownCustomer),
        ("k,c1,two words,input,1,,,2026-01-01T00:00:00Z", RejectCode::BadMember),
        ("k,c1,,input,1,,,2026-01-01", RejectCode::BadTime),
        ("k,c1,,input,1,,,1969-12-31T23:59:59Z", RejectCode::Before1970),
        ("k,c1,,input,1,,,2026-11-21T12:00:00.000001Z", RejectCode::FutureTime),
        (",c1,,input,1,,,2026-01-01T00:00:00Z", RejectCode::BadKey),
        ("a b,c1,,input,1,,,2026-01-01T00:00:00Z", RejectCode::BadKey),
        ("k,c1,,inptu,1,,,2026-01-01T00:00:00Z", RejectCode::UnknownMeter),
        ("k,c1,,input,1,,eu,2026-01-01T00:00:00Z", RejectCode::UnknownDimension),
        ("k,c1,,audio,1,,asia,2026-01-01T00:00:00Z", RejectCode::ValueNotAllowed),
        ("k,c1,,input,,,,2026-01-01T00:00:00Z", RejectCode::BadQuantity),
        ("k,c1,,input,1e3,,,2026-01-01T00:00:00Z", RejectCode::BadQuantity),
        ("k,c1,,input,1.5,,,2026-01-01T00:00:00Z", RejectCode::BadQuantity),
        ("k,c1,,audio,0.0001,,,2026-01-01T00:00:00Z", RejectCode::BadQuantity),
        ("k,c1,,input,-1,,,2026-01-01T00:00:00Z", RejectCode::NegativeQuantity),
        ("k,c1,,input,-99999999999999999999,,,2026-01-01T00:00:00Z", RejectCode::NegativeQuantity),
        ("k,c1,,input,1000000000000001,,,2026-01-01T00:00:00Z", RejectCode::QuantityTooLarge),
        ("k,c1,,input,99999999999999999999,,,2026-01-01T00:00:00Z", RejectCode::QuantityTooLarge),
        ("good,c1,,input,2,,,2026-01-01T00:00:00Z", RejectCode::DuplicateKeyOtherContent),
        ("good,c2,,input,1,,,2026-01-01T00:00:00Z", RejectCode::DuplicateKeyOtherContent),
        ("good,c1,,input,1,m,,2026-01-01T00:00:00Z", RejectCode::DuplicateKeyOtherContent),
        ("good,c1,ann,input,1,,,2026-01-01T00:00:00Z", RejectCode::DuplicateKeyOtherContent),
        ("good,c1,,input,1,,,2026-01-01T00:00:01Z", RejectCode::DuplicateKeyOtherContent),
    ] {
        let mut desk = Desk::new();
        let error = desk.try_csv(&format!("{GOOD}\n{row}\n")).unwrap_err();
        let UsageError::RowsRejected { counts, rejects_file, rows, .. } = &error else {
            panic!("{row}: {error}")
        };
        assert_eq!((counts.0.get(&code), counts.total(), *rows), (Some(&1), 1, 2), "{row}");
        let listed = fs::read_to_string(rejects_file).unwrap();
        assert!(listed.contains(&format!("\n3,{code},")), "{row}: {listed}");
        // Nothing was imported, and the file may be corrected and imported.
        desk.assert_clean();
        assert_eq!(desk.import_csv(&format!("{GOOD}\n")).events, 1);
        assert_eq!(desk.files("rejects"), Vec::<String>::new());
    }
}

#[test]
fn what_is_just_within_the_limits_is_taken() {
    let mut desk = Desk::new();
    let outcome = desk.import_csv(
        "k1,c1,,input,1000000000000000,,,1970-01-01T00:00:00Z\n\
         k2,c1,,input,0,,,2026-11-21T12:00:00Z\n\
         k3,c1,,input,1.000,,,2026-01-01T00:00:00Z\n\
         k4,c1,,audio,0.001,,us,2026-01-01T00:00:00Z\n",
    );
    assert_eq!(outcome.events, 4);
}

#[test]
fn stopping_lists_every_row_and_skipping_imports_the_others() {
    let mut desk = Desk::new();
    desk.options.rejects_listed_max = 3;
    let rows = "\
k1,c1,,input,1,,,2026-01-01T00:00:00Z
k2,cX,,input,1,,,2026-01-01T00:00:00Z
k1,c1,,input,2,,,2026-01-01T00:00:00Z
k3,c1,,input,x,,,2026-01-01T00:00:00Z
k1,c1,,input,1,,,2026-01-01T00:00:00Z
k4,cX,,input,1,,,2026-01-01T00:00:00Z
k5,c2,,input,1,,,2026-01-01T00:00:00Z
";
    let error = desk.try_csv(rows).unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with("4 of 7 rows of "), "{message}");
    assert!(
        message.contains("(unknown_customer 2, bad_quantity 1, duplicate_key_other_content 1)"),
        "{message}"
    );
    desk.assert_clean();

    desk.options = desk.options.clone().skipping_rejects();
    let outcome = desk.import_csv(rows);
    assert_eq!((outcome.events, outcome.duplicates, outcome.rejects.total()), (2, 1, 4));
    let listed = fs::read_to_string(outcome.rejects_file.unwrap()).unwrap();
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines[0], "line,code,reason,key,text");
    assert_eq!(lines.len(), 4);
    assert!(lines[1].starts_with("3,unknown_customer,\"the customer \"\"cX\"\" is not in"));
    assert!(lines[1].ends_with(",k2,\"k2,cX,,input,1,,,2026-01-01T00:00:00Z\""), "{}", lines[1]);
    assert_eq!(
        lines[2],
        "4,duplicate_key_other_content,line 2 of this file has the same key and other content,k1,"
    );
    assert!(lines[3].starts_with("5,bad_quantity,"));
    assert_eq!(desk.dump().len(), 2);
    desk.assert_clean();
}

#[test]
fn a_row_is_taken_whole_or_not_at_all() {
    let mut desk = Desk::new();
    desk.options = desk.options.clone().skipping_rejects();
    let mapping = MAPPING.replace(
        "[[events]]",
        "[[events]]\nmeter = \"output\"\nkey_suffix = \"/out\"\nquantity = { constant = \"1\" }\n[[events]]",
    );
    let rows = "k1,c1,,input,x,,,2026-01-01T00:00:00Z\nk2,c1,,input,5,,,2026-01-01T00:00:00Z\n";
    let path = desk.file("rows.csv", format!("{HEADER}{rows}"));
    let outcome = desk.import(&path, &mapping);
    assert_eq!((outcome.events, outcome.rejects.total()), (2, 1));
}

#[test]
fn a_conflict_with_an_earlier_import_names_its_place() {
    let mut desk = Desk::new();
    desk.import_csv("k1,c1,,input,1,,,2026-01-01T00:00:00Z\n");
    let error = desk.try_csv("k1,c1,,input,2,,,2026-01-01T00:00:00Z\n").unwrap_err();
    let UsageError::RowsRejected { rejects_file, .. } = error else { panic!("{error}") };
    let listed = fs::read_to_string(rejects_file).unwrap();
    assert!(
        listed.contains(
            "an event imported before (segment 1, row 0) has the same key and other content\",k1,"
        ),
        "{listed}"
    );
}

#[test]
fn a_row_without_its_part_of_the_key_is_rejected_whatever_is_added_to_it() {
    // Two requests without an id would be one event, and the second would never be charged.
    let suffixed = MAPPING.replace("[[events]]", "[[events]]\nkey_suffix = \"/input\"");
    let template =
        MAPPING.replace("key = { column = \"key\" }", "key = { template = \"{member}-{key}\" }");
    for mapping in [suffixed, template] {
        let desk = Desk::new();
        let rows = format!(
            "{HEADER}\n,c1,,input,1,,,2026-01-01T00:00:00Z\n,c1,,input,1,,,2026-01-01T00:00:00Z\n"
        );
        let path = desk.file("rows.csv", rows);
        let error = desk.try_import(&path, &mapping).unwrap_err();
        let UsageError::RowsRejected { counts, .. } = &error else { panic!("{error}") };
        assert_eq!(counts.0.get(&RejectCode::BadKey), Some(&2));
        desk.assert_clean();
    }
}
