//! Spreadsheets: what is in the file, and what another program makes of it when it calculates every
//! formula anew. Without LibreOffice that part is skipped with a line that says so.
#![allow(clippy::unwrap_used, reason = "a function of a test fails the test that calls it")]

mod common;

use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use scrip_reports::xlsx::{JournalXlsx, write_report};
use scrip_revenue::{Cell, Column, ColumnKind, Period, Report, Row, RowKind, Table};
use scrip_units::{Scale, Unit, UnitCode, format_steps};

fn workbook(report: &Report) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    write_report(&common::header(&common::entries()), report, &mut file).unwrap();
    file.into_inner()
}

/// The text of a part of the file.
fn part(file: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// The stored value of a cell.
fn stored(sheet: &str, cell: &str) -> Option<String> {
    let (_, rest) = sheet.split_once(&format!("<c r=\"{cell}\""))?;
    let (content, _) = rest.split_once("</c>")?;
    let (_, value) = content.split_once("<v>")?;
    Some(value.split_once("</v>")?.0.to_owned())
}

fn one_column(amounts: &[i64], unit: Unit) -> Report {
    let mut table = Table::new(
        "Amounts",
        vec![
            Column::new("row", "Row", ColumnKind::Text),
            Column::new("amount", "Amount", ColumnKind::Amount(Some(unit))),
        ],
    );
    for steps in amounts {
        let cells = vec![Cell::text("x"), Cell::Amount(i128::from(*steps), unit)];
        table.rows.push(Row::detail(cells));
    }
    let details = 0..table.rows.len();
    table.push_sum(RowKind::Total(vec![details]), vec![Cell::text("Total")]).unwrap();
    Report {
        name: "Amounts".into(),
        period: Period::up_to(common::month("2026-03")),
        tables: vec![table],
        ties: Vec::new(),
    }
}

/// Compares two plain decimals as numbers.
#[track_caller]
fn same_number(left: &str, right: &str) {
    let plain = |text: &str| -> rust_decimal::Decimal {
        text.parse().unwrap_or_else(|_| rust_decimal::Decimal::from_scientific(text).unwrap())
    };
    assert_eq!(plain(left), plain(right));
}

/// The first row below the title block of a report with one line about its table.
const FIRST_ROW: usize = 10;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn numbers_in_the_file_are_our_decimals_to_the_last_digit(
        amounts in prop::collection::vec(-999_999_999_999_999_i64..=999_999_999_999_999, 20),
        decimals in 0_u8..=9,
    ) {
        let unit = Unit::new(UnitCode::try_new("u").unwrap(), Scale::try_new(decimals).unwrap());
        let file = workbook(&one_column(&amounts, unit));
        let sheet = part(&file, "xl/worksheets/sheet1.xml");
        for (index, steps) in amounts.iter().enumerate() {
            let value = stored(&sheet, &format!("B{}", FIRST_ROW + index)).unwrap();
            same_number(&value, &format_steps(i128::from(*steps), unit.scale()));
        }
    }
}

#[test]
fn an_amount_with_too_many_digits_is_text_with_a_note_and_so_is_its_total() {
    let eur = common::unit("EUR");
    let file = workbook(&one_column(&[i64::MAX, 1, 999_999_999_999_999], eur));
    let sheet = part(&file, "xl/worksheets/sheet1.xml");
    assert!(!sheet.contains("SUM("), "{sheet}");
    let strings = part(&file, "xl/sharedStrings.xml");
    assert!(strings.contains("92233720368547758.07"), "{strings}");
    assert!(strings.contains("92243720368547758.07"), "{strings}");
    let notes = part(&file, "xl/comments1.xml");
    assert_eq!(notes.matches("more than 15 digits").count(), 2, "{notes}");
    assert_eq!(stored(&sheet, &format!("B{}", FIRST_ROW + 2)).as_deref(), Some("9999999999999.99"));
    // A total that a spreadsheet could hold, of a part that it could not.
    let file = workbook(&one_column(&[i64::MAX, -i64::MAX, 5], eur));
    let sheet = part(&file, "xl/worksheets/sheet1.xml");
    assert!(!sheet.contains("SUM("));
    assert_eq!(stored(&sheet, &format!("B{}", FIRST_ROW + 3)).as_deref(), Some("0.05"));
    assert!(part(&file, "xl/comments1.xml").contains("a value and not a formula"));
}

#[test]
fn the_same_report_makes_the_same_bytes() {
    let entries = common::entries();
    let (_, report) = &common::reports(&entries)[1];
    assert!(workbook(report) == workbook(report));
}

#[test]
fn a_table_that_contradicts_itself_is_not_written() {
    let mut report = one_column(&[1, 2], common::unit("EUR"));
    report.tables[0].rows[0].cells[1] = Cell::Amount(2, common::unit("EUR"));
    let target = Cursor::new(Vec::new());
    let refused = write_report(&common::header(&common::entries()), &report, target).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "row 2 of \"Amounts\" says 0.03 in the column \"amount\", its parts add up to 0.04"
    );
}

/// The workbook with every stored result of a formula made wrong, so that only a program that
/// calculates can know it.
fn without_results(file: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if name.starts_with("xl/worksheets/sheet") {
            let text = String::from_utf8(bytes).unwrap();
            let mut parts = text.split("</f><v>");
            let mut wrong = parts.next().unwrap().to_owned();
            for part in parts {
                let (_, rest) = part.split_once("</v>").unwrap();
                wrong += &format!("</f><v>0</v>{rest}");
            }
            bytes = wrong.into_bytes();
        }
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Settings of LibreOffice: calculate always when a file is opened.
const RECALCULATE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>"#;

/// Converts files of a folder with LibreOffice.
fn convert(office: &Path, folder: &Path, filter: &str, files: &[&str]) {
    let profile = folder.join("profile");
    std::fs::create_dir_all(profile.join("user")).unwrap();
    std::fs::write(profile.join("user/registrymodifications.xcu"), RECALCULATE).unwrap();
    let output = Command::new(office)
        .arg(format!("-env:UserInstallation=file://{}", profile.display()))
        .args(["--headless", "--convert-to", filter, "--outdir"])
        .arg(folder)
        .args(files.iter().map(|file| folder.join(file)))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// All sheets as CSV, full precision and not as shown: separator, quote, UTF-8, first line, column
/// formats, language, quote all, detect, as shown, formulas, spaces, all sheets.
const AS_CSV: &str =
    "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1";

#[test]
fn another_program_calculates_the_same_totals() {
    let Some(office) = common::program("soffice").or_else(|| common::program("libreoffice")) else {
        println!("skipped: LibreOffice is not installed (Debian package libreoffice-calc)");
        return;
    };
    let entries = common::entries();
    let reports = common::reports(&entries);
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<String> = reports.iter().map(|(name, _)| format!("{name}.xlsx")).collect();
    for ((_, report), file) in reports.iter().zip(&files) {
        // Names a folder in which to keep the workbooks, to look at them.
        if let Some(kept) = std::env::var_os("SCRIP_KEEP_REPORTS") {
            std::fs::write(Path::new(&kept).join(file), workbook(report)).unwrap();
        }
        std::fs::write(folder.path().join(file), without_results(&workbook(report))).unwrap();
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    convert(&office, folder.path(), AS_CSV, &files);
    let (mut totals, mut ties) = (0, 0);
    for (name, report) in &reports {
        for table in &report.tables {
            let rows = sheet_rows(folder.path(), name, &sheet_of(table));
            let first = rows.iter().position(|row| row[0] == table.columns[0].heading_with_unit());
            let rows = &rows[first.unwrap() + 1..];
            assert_eq!(rows.len(), table.rows.len(), "{name}");
            for (found, row) in rows.iter().zip(&table.rows) {
                for (found, cell) in found.iter().zip(&row.cells) {
                    check(found, cell);
                }
                totals += usize::from(row.kind != RowKind::Detail);
            }
        }
        let rows = sheet_rows(folder.path(), name, "Ties");
        let equal: Vec<_> = rows.iter().filter(|row| row[4] == "TRUE").collect();
        assert_eq!(equal.len(), report.ties.len(), "{name}: {rows:?}");
        ties += equal.len();
    }
    println!("{totals} totals and {ties} ties calculated by LibreOffice");
    assert!(totals > 20 && ties > 20);
}

fn sheet_of(table: &Table) -> String {
    table.title.chars().take(31).collect()
}

fn sheet_rows(folder: &Path, name: &str, sheet: &str) -> Vec<Vec<String>> {
    let path = folder.join(format!("{name}-{sheet}.csv"));
    let text = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&*text);
    reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[track_caller]
fn check(found: &str, cell: &Cell) {
    match cell {
        // A sum of floats may be off in its sixteenth digit; at the unit's decimals it may not.
        Cell::Amount(_, unit) => {
            let found: rust_decimal::Decimal = found.parse().unwrap();
            let decimals = u32::from(unit.scale().decimals());
            same_number(&found.round_dp(decimals).to_string(), &cell.plain());
        }
        Cell::Month(month) => assert!(found.contains(&month.to_string()), "{found} {month}"),
        _ => assert_eq!(found, cell.plain()),
    }
}

#[test]
fn the_streamed_journal_holds_every_posting_once() {
    let entries = common::entries();
    let header = common::header(&entries);
    let mut journal = JournalXlsx::try_new(
        header,
        Period::up_to(common::month("2026-03")),
        scrip_journal::AccountNames::default(),
    )
    .unwrap();
    for entry in &entries {
        journal.entry(entry).unwrap();
    }
    let mut file = Cursor::new(Vec::new());
    let totals = journal.finish(&mut file).unwrap();
    assert_eq!(totals.postings, 36);
    let sheet = part(file.get_ref(), "xl/worksheets/sheet1.xml");
    assert_eq!(sheet.matches("<t>EUR</t>").count(), 15, "{sheet}");
    assert!(part(file.get_ref(), "xl/worksheets/sheet2.xml").contains("<f>B11=C11</f>"));
}
