//! Documents: a report as the paper that an auditor expects, DIN A4, ready to print and to archive.
//!
//! Owns: how any [`Report`] is set on pages. Title, entity, period, basis and checkpoint stand at the
//! top of the first page, the headings of a table on every page that it runs over, page number and
//! checkpoint at the foot of each, the ties at the end. A table too wide for the paper takes smaller
//! letters, then breaks its words into lines, and at last is cut into parts that repeat its first
//! columns; a figure is never cut off or broken.
//! Deliberately does not know: what a report says, where the file goes.
//!
//! Invariants: every figure of the report is on paper; the same report makes the same bytes; the file
//! is PDF/A-2u, its text can be searched and copied; its one time is the instant at which the ledger
//! was read. Inter has Latin, Greek and Cyrillic letters: another character is drawn as a box and the
//! document says so.

mod columns;
mod compose;
mod draw;
mod face;
mod pages;
mod words;

use std::io::Write;

use chrono::{DateTime, Datelike, Timelike, Utc};
use scrip_revenue::{Report, ReportHeader};
use scrip_units::Instant;

use crate::error::ExportError;
use draw::About;
use words::Words;

/// The most rows that a document is made for: about a thousand pages.
pub const ROWS_MAX: usize = 50_000;

/// Writes a report as a document.
///
/// # Errors
/// [`ExportError::TooLong`] for a report of more than [`ROWS_MAX`] rows; [`ExportError::Report`] when
/// a total is not the sum of its parts, because wrong totals are not printed; [`ExportError::Pdf`];
/// [`ExportError::Io`].
pub fn write_report(
    header: &ReportHeader,
    report: &Report,
    mut target: impl Write,
) -> Result<(), ExportError> {
    let rows = report.tables.iter().map(|table| table.rows.len()).sum();
    if rows > ROWS_MAX {
        return Err(ExportError::TooLong { rows, rows_max: ROWS_MAX });
    }
    for table in &report.tables {
        table.verify()?;
    }
    let words = Words::new()?;
    let composed = compose::compose(header, report, &words);
    let about = About {
        title: format!("{}, {}", header.entity, report.name),
        description: format!(
            "{}. Ledger checkpoint {}",
            header.covers(report.period),
            header.checkpoint.hash
        ),
        made_at: made_at(header.as_of)?,
        foot_left: words.drawable(&format!("{}, {}", header.entity, report.name)),
        foot_right: format!("Checkpoint {}", header.checkpoint.hash.short()),
    };
    target.write_all(&draw::draw(&composed, &about, &words)?)?;
    target.flush()?;
    Ok(())
}

fn made_at(instant: Instant) -> Result<(u16, [u8; 5]), ExportError> {
    let wrong =
        || ExportError::Pdf { what: format!("{instant} is outside the years of a document") };
    let time: DateTime<Utc> =
        DateTime::from_timestamp_micros(instant.micros()).ok_or_else(wrong)?;
    let year = u16::try_from(time.year()).ok().filter(|year| *year <= 9999).ok_or_else(wrong)?;
    let parts = [time.month(), time.day(), time.hour(), time.minute(), time.second()]
        .map(|part| u8::try_from(part).unwrap_or(0));
    Ok((year, parts))
}
