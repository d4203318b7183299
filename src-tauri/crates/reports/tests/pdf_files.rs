//! Documents: what another program reads on their pages. Without pdftotext that part is skipped.
#![allow(clippy::unwrap_used, reason = "a function of a test fails the test that calls it")]

mod common;

use std::process::Command;

use scrip_reports::format::grouped;
use scrip_reports::{ExportError, pdf};
use scrip_revenue::{Cell, Column, ColumnKind, Period, Report, Row, RowKind, Table};

fn document(report: &Report) -> Result<Vec<u8>, ExportError> {
    let mut file = Vec::new();
    pdf::write_report(&common::header(&common::entries()), report, &mut file)?;
    Ok(file)
}

/// The text of each page, without blanks; `None` without the program that reads it.
fn pages(document: &[u8]) -> Option<Vec<String>> {
    let program = common::program("pdftotext")?;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.pdf");
    std::fs::write(&file, document).unwrap();
    let mut command = Command::new(program);
    let read = command.args(["-layout", "-enc", "UTF-8"]).arg(&file).arg("-").output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let text = String::from_utf8(read.stdout).unwrap();
    let mut pages: Vec<String> =
        text.split('\u{c}').map(|page| page.split_whitespace().collect()).collect();
    pages.pop();
    Some(pages)
}

fn no_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}

/// A table of as many rows as wanted, with a total.
fn long(rows: usize, name: &str) -> Report {
    let eur = common::unit("EUR");
    let mut table = Table::new(
        "Amounts",
        vec![
            Column::new("who", "Customer", ColumnKind::Text),
            Column::new("amount", "Amount", ColumnKind::Amount(Some(eur))),
        ],
    );
    for steps in 0..rows {
        let amount = Cell::Amount(i128::try_from(steps).unwrap(), eur);
        table.rows.push(Row::detail(vec![Cell::text(format!("{name}{steps}")), amount]));
    }
    let details = 0..table.rows.len();
    table.push_sum(RowKind::Total(vec![details]), vec![Cell::text("Total")]).unwrap();
    let period = Period::up_to(common::month("2026-03"));
    Report { name: "Amounts".into(), period, tables: vec![table], ties: Vec::new() }
}

#[test]
fn every_figure_of_every_report_is_on_paper() {
    let entries = common::entries();
    let header = common::header(&entries);
    for (name, report) in common::reports(&entries) {
        let document = document(&report).unwrap();
        let Some(pages) = pages(&document) else { return };
        let text = pages.concat();
        for said in [&report.name, &header.entity, &header.checkpoint.hash.to_string()] {
            assert!(text.contains(&no_blanks(said)), "{name} does not say {said}");
        }
        for basis in &header.basis {
            assert!(text.contains(&no_blanks(basis)), "{name} does not say {basis}");
        }
        let cells = report.tables.iter().flat_map(|table| &table.rows).flat_map(|row| &row.cells);
        for cell in cells {
            if let Cell::Amount(steps, unit) = cell {
                let shown =
                    if *steps == 0 { "\u{2013}".into() } else { grouped(*steps, unit.scale()) };
                assert!(text.contains(&shown), "{name} does not show {shown}");
            }
        }
        for tie in &report.ties {
            let shown = grouped(tie.left, tie.unit.scale());
            assert!(tie.left == 0 || text.contains(&shown), "{name} does not show {shown}");
        }
        for (index, page) in pages.iter().enumerate() {
            let number = format!("Page{}of{}", index + 1, pages.len());
            assert!(page.contains(&number), "{name}: {number} is missing");
            assert!(page.contains(&no_blanks(&header.checkpoint.hash.short().to_string())));
        }
    }
}

#[test]
fn the_same_report_makes_the_same_bytes() {
    let (_, report) = common::reports(&common::entries()).swap_remove(0);
    let document = document(&report);
    assert_eq!(document.unwrap(), self::document(&report).unwrap());
}

#[test]
fn a_long_table_has_its_headings_on_every_page_and_its_total_not_alone() {
    // Some lengths around the end of a page, so that one of them would leave the total alone.
    for rows in 138..146 {
        let Some(pages) = pages(&document(&long(rows, "northwind-")).unwrap()) else { return };
        assert!(pages.len() >= 3, "{} pages", pages.len());
        for page in &pages {
            assert!(page.contains("Customer(EUR)"), "{page}");
        }
        let last = pages.last().unwrap();
        let row = format!("northwind-{}", rows - 1);
        assert!(last.contains("Total") && last.contains(&row), "{rows}: {last}");
        for row in 0..rows {
            assert!(pages.iter().any(|page| page.contains(&format!("northwind-{row}"))));
        }
    }
}

#[test]
fn a_name_in_other_letters_is_drawn_as_boxes_and_said_so() {
    let Some(pages) = pages(&document(&long(1, "北京-")).unwrap()) else { return };
    assert!(pages[0].contains("\u{25a1}\u{25a1}-0"), "{}", pages[0]);
    assert!(pages[0].contains("standsforacharacter"), "{}", pages[0]);
    let Some(pages) = self::pages(&document(&long(1, "Łódź-Жук-")).unwrap()) else { return };
    assert!(pages[0].contains("Łódź-Жук-0") && !pages[0].contains("stands"), "{}", pages[0]);
}

#[test]
fn a_report_that_is_too_long_or_does_not_add_up_is_not_printed() {
    let error = document(&long(pdf::ROWS_MAX, "a")).unwrap_err();
    assert!(matches!(error, ExportError::TooLong { rows: 50_001, .. }), "{error}");
    assert!(error.to_string().contains("as XLSX or CSV"), "{error}");
    let mut wrong = long(3, "a");
    wrong.tables[0].rows[1].cells[1] = Cell::Amount(77, common::unit("EUR"));
    assert!(matches!(document(&wrong).unwrap_err(), ExportError::Report(_)));
    let empty = Report { tables: vec![Table::new("None", Vec::new())], ..long(0, "") };
    assert!(document(&empty).is_ok());
}
