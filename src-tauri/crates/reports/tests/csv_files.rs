//! CSV files of every report against golden files, and the streamed journal against the one made in
//! memory.
#![allow(clippy::unwrap_used, reason = "a function of a test fails the test that calls it")]

mod common;

use scrip_reports::csv::{JournalCsv, write_table};

fn csv(table: &scrip_revenue::Table) -> String {
    let mut bytes = Vec::new();
    write_table(table, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn every_report_is_the_golden_file() {
    let entries = common::entries();
    for (name, report) in common::reports(&entries) {
        assert!(report.ties_hold(), "{name}: {:?}", report.ties);
        let mut text = String::new();
        for table in &report.tables {
            table.verify().unwrap();
            // Golden files end their lines as the repository does.
            text += &format!("# {}\n{}", table.title, csv(table).replace("\r\n", "\n"));
        }
        common::golden(&format!("{name}.csv"), &text);
    }
}

#[test]
fn the_streamed_journal_is_the_one_made_in_memory() {
    let entries = common::entries();
    let mut bytes = Vec::new();
    let mut journal =
        JournalCsv::try_new(&mut bytes, scrip_journal::AccountNames::default()).unwrap();
    for entry in &entries {
        journal.entry(entry).unwrap();
    }
    let totals = journal.finish().unwrap();
    assert!(totals.ties().iter().all(|tie| tie.holds));
    let reports = common::reports(&entries);
    let (_, report) = reports.iter().find(|(name, _)| *name == "journal").unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), csv(&report.tables[0]));
    assert_eq!((totals.entries, totals.postings), (8, 36));
}
