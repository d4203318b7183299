//! Why an export failed.

use scrip_revenue::ReportError;

/// Why an export failed. What was written before is incomplete: throw it away.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The target refused.
    #[error("the file cannot be written: {0}")]
    Io(#[from] std::io::Error),
    /// A row is not CSV.
    #[error("the row cannot be written as CSV: {0}")]
    Csv(#[from] ::csv::Error),
    /// The spreadsheet cannot be made.
    #[error("the spreadsheet cannot be made: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The report itself is wrong.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A picture cannot be drawn.
    #[error("the chart cannot be drawn: {what}")]
    Chart {
        /// What went wrong.
        what: String,
    },
    /// A document cannot be made.
    #[error("the document cannot be made: {what}")]
    Pdf {
        /// What went wrong.
        what: String,
    },
    /// A report has too many rows for a document.
    #[error(
        "the report has {rows} rows, and a document is made for {rows_max} at most; write it as XLSX or CSV, or for a shorter period"
    )]
    TooLong {
        /// Rows of the report, or as many as were read until then.
        rows: usize,
        /// The most that a document holds.
        rows_max: usize,
    },
    /// A unit was not announced before the entries that use it.
    #[error("the unit {unit} is used by entry {entry} but was not among the units of the export")]
    Unit {
        /// Code of the unit.
        unit: String,
        /// Customer and number of the entry.
        entry: String,
    },
}
