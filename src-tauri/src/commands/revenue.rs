//! Reports of the books, what their figures are made of, and their files.

use scrip_app::asked::{self, BreakdownView};
use scrip_app::make_up::{self, CellAt};
use scrip_app::reporting::{self, FileFormat, Made, ReportKind, Window};
use scrip_revenue::{Cell, Column, ColumnKind, Row, RowKind, Table, Tie};
use scrip_units::format_steps;
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::State;
use tauri::ipc::Channel;

use crate::commands::ledger::LedgerEntry;
use crate::commands::parse;
use crate::desk::Desk;
use crate::edge::now;
use crate::failure::Failure;
use crate::task::{Progress, Task};

/// As many parts of a figure, entries of a part or events of an entry are listed; the rest is added up.
const LISTED: usize = 200;

/// Which report, of which months.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct AskedReport {
    /// `roll-forward`, `waterfall`, `revenue`, `units`, `trial-balance`, `journal`.
    pub report: String,
    /// What its rows are.
    pub by: Option<String>,
    /// First month.
    pub from: String,
    /// Last month.
    pub to: String,
    /// Only what counts at this instant.
    pub as_of: Option<String>,
}

impl AskedReport {
    fn read(&self) -> Result<(ReportKind, Window), Failure> {
        let kind = ReportKind::named(&self.report, self.by.as_deref())?;
        let months = (parse(&self.from)?, parse(&self.to)?);
        let as_of = self.as_of.as_deref().map(parse).transpose()?;
        Ok((kind, asked::window(months, as_of)?))
    }
}

/// What the rows of a report may be.
#[derive(Debug, Serialize, Type)]
pub struct Breakdown {
    /// The code to ask with.
    pub code: String,
    /// In words.
    pub label: String,
}

impl From<BreakdownView> for Breakdown {
    fn from(view: BreakdownView) -> Self {
        Self { code: view.code, label: view.label }
    }
}

/// What may be asked of the reports.
#[derive(Debug, Serialize, Type)]
pub struct ReportChoices {
    /// What the journal may be broken down by.
    pub journal_by: Vec<Breakdown>,
    /// What a roll-forward may be broken down by.
    pub roll_forward_by: Vec<Breakdown>,
    /// What revenue may be broken down by.
    pub revenue_by: Vec<Breakdown>,
    /// Months, the latest first.
    pub months: Vec<String>,
    /// The last day that is closed.
    pub closed_through: Option<String>,
}

/// What may be asked of the reports of these books.
///
/// # Errors
/// When the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn report_choices(desk: State<'_, Desk>) -> Result<ReportChoices, Failure> {
    let view = asked::choices(&desk.books().await?, now()?).await?;
    Ok(ReportChoices {
        journal_by: view.journal_by.into_iter().map(Breakdown::from).collect(),
        roll_forward_by: view.roll_forward_by.into_iter().map(Breakdown::from).collect(),
        revenue_by: view.revenue_by.into_iter().map(Breakdown::from).collect(),
        months: view.months,
        closed_through: view.closed_through,
    })
}

/// A column of a report.
#[derive(Debug, Serialize, Type)]
pub struct ReportColumn {
    /// Its name for programs.
    pub key: String,
    /// Its heading.
    pub heading: String,
    /// Whether its cells are numbers.
    pub is_number: bool,
    /// Whether its cells are sums of postings, and can be taken apart.
    pub is_amount: bool,
    /// The unit that all its cells share.
    pub unit: Option<String>,
}

impl From<&Column> for ReportColumn {
    fn from(column: &Column) -> Self {
        Self {
            key: column.key.clone(),
            heading: column.heading.clone(),
            is_number: column.kind.is_numeric(),
            is_amount: matches!(column.kind, ColumnKind::Amount(_) | ColumnKind::Units(_)),
            unit: column.kind.unit().map(|unit| unit.code().to_string()),
        }
    }
}

/// A row of a report.
#[derive(Debug, Serialize, Type)]
pub struct ReportRow {
    /// Whether it is a sum of others.
    pub is_sum: bool,
    /// Its cells as plain texts; empty where there is no figure.
    pub cells: Vec<String>,
}

impl From<&Row> for ReportRow {
    fn from(row: &Row) -> Self {
        let cells = row.cells.iter().map(Cell::plain).collect();
        Self { is_sum: row.kind != RowKind::Detail, cells }
    }
}

/// A table of a report.
#[derive(Debug, Serialize, Type)]
pub struct ReportTable {
    /// Its title.
    pub title: String,
    /// What is in it and which sign.
    pub notes: Vec<String>,
    /// Columns.
    pub columns: Vec<ReportColumn>,
    /// Rows; sums after the rows that they add up.
    pub rows: Vec<ReportRow>,
}

impl From<&Table> for ReportTable {
    fn from(table: &Table) -> Self {
        Self {
            title: table.title.clone(),
            notes: table.subtitle.clone(),
            columns: table.columns.iter().map(ReportColumn::from).collect(),
            rows: table.rows.iter().map(ReportRow::from).collect(),
        }
    }
}

/// Two figures that must be equal.
#[derive(Debug, Serialize, Type)]
pub struct ReportTie {
    /// What is compared.
    pub name: String,
    /// Where the one figure comes from.
    pub left_label: String,
    /// The one figure.
    pub left: String,
    /// Where the other comes from.
    pub right_label: String,
    /// The other figure.
    pub right: String,
    /// Unit of both.
    pub unit: String,
    /// Whether they are equal.
    pub holds: bool,
}

impl From<&Tie> for ReportTie {
    fn from(tie: &Tie) -> Self {
        let text = |steps| format_steps(steps, tie.unit.scale());
        Self {
            name: tie.name.clone(),
            left_label: tie.left_label.clone(),
            left: text(tie.left),
            right_label: tie.right_label.clone(),
            right: text(tie.right),
            unit: tie.unit.code().to_string(),
            holds: tie.holds,
        }
    }
}

/// A report, with what an auditor asks for above it.
#[derive(Debug, Serialize, Type)]
pub struct ReportSheet {
    /// Its name.
    pub name: String,
    /// The legal entity.
    pub entity: String,
    /// Its currency.
    pub currency: String,
    /// First day; none for a report of everything up to the last.
    pub first_day: Option<String>,
    /// Last day.
    pub last_day: String,
    /// The instant by which entries count, where not everything recorded does.
    pub as_of: Option<String>,
    /// The policies that the figures depend on.
    pub basis: Vec<String>,
    /// Revision of the configuration.
    pub config_revision: String,
    /// Hash over all chain heads.
    pub checkpoint: String,
    /// Entries under it.
    pub entries: String,
    /// When the ledger was read.
    pub read_at: String,
    /// Tables.
    pub tables: Vec<ReportTable>,
    /// Ties.
    pub ties: Vec<ReportTie>,
}

fn sheet(Made { header, report }: &Made, (kind, window): (&ReportKind, Window)) -> ReportSheet {
    let last_day = header.through.unwrap_or(report.period.to.last_day());
    let table = |table: &Table| {
        let mut table = ReportTable::from(table);
        for column in &mut table.columns {
            column.is_amount &= kind.is_sum_of_facts();
        }
        table
    };
    ReportSheet {
        name: report.name.clone(),
        entity: header.entity.clone(),
        currency: header.currency.to_string(),
        first_day: report.period.from.map(|month| month.first_day().to_string()),
        last_day: last_day.to_string(),
        as_of: window.effective_until.map(|at| at.to_string()),
        basis: header.basis.clone(),
        config_revision: header.config_revision.to_string(),
        checkpoint: header.checkpoint.hash.to_string(),
        entries: header.checkpoint.entries.to_string(),
        read_at: header.as_of.to_string(),
        tables: report.tables.iter().map(table).collect(),
        ties: report.ties.iter().map(ReportTie::from).collect(),
    }
}

/// Makes a report.
///
/// # Errors
/// When there is no such report, or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn make_report(
    desk: State<'_, Desk>,
    asked: AskedReport,
) -> Result<ReportSheet, Failure> {
    let books = desk.books().await?;
    let (kind, window) = asked.read()?;
    let made = reporting::make(&books, &kind, window, now()?).await?;
    Ok(sheet(&made, (&kind, window)))
}

/// A figure of a report, by what stands around it.
#[derive(Debug, Deserialize, Type)]
pub struct ReportCell {
    /// Title of the table.
    pub table: String,
    /// The words that the row begins with.
    pub row: Vec<String>,
    /// Whether the row is a sum of others.
    pub is_sum: bool,
    /// Key of the column.
    pub column: String,
}

impl From<ReportCell> for CellAt {
    fn from(cell: ReportCell) -> Self {
        Self { table: cell.table, row: cell.row, is_sum: cell.is_sum, column: cell.column }
    }
}

/// What a lot adds to a figure; without a lot, what belongs to none.
#[derive(Debug, Serialize, Type)]
pub struct FigurePart {
    /// Customer.
    pub customer: String,
    /// Lot.
    pub lot: Option<String>,
    /// Its wallet.
    pub wallet: Option<String>,
    /// Its kind.
    pub lot_kind: Option<String>,
    /// Day on which it was granted.
    pub granted_on: Option<String>,
    /// When it ends or ended.
    pub expires_at: Option<String>,
    /// What it adds.
    pub amount: String,
}

/// What a figure is made of; the parts and the rest add up to it.
#[derive(Debug, Serialize, Type)]
pub struct FigureMakeUp {
    /// The figure.
    pub amount: String,
    /// Its unit; none when nothing adds to it.
    pub unit: Option<String>,
    /// What adds most to it.
    pub parts: Vec<FigurePart>,
    /// How many parts are not listed.
    pub rest_count: String,
    /// What they add.
    pub rest: String,
}

/// The lots that a figure of a report is made of; of one customer when one is asked for.
///
/// # Errors
/// When the report has no such figure, or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn figure_make_up(
    desk: State<'_, Desk>,
    asked: AskedReport,
    cell: ReportCell,
    customer: Option<String>,
) -> Result<FigureMakeUp, Failure> {
    let books = desk.books().await?;
    let (kind, window) = asked.read()?;
    let customer = customer.as_deref().map(parse).transpose()?;
    let of = (&kind, window);
    let view = make_up::make_up(&books, of, &cell.into(), customer.as_ref(), LISTED).await?;
    let part = |part: make_up::PartView| FigurePart {
        customer: part.customer,
        lot: part.lot,
        wallet: part.wallet,
        lot_kind: part.lot_kind,
        granted_on: part.granted_on,
        expires_at: part.expires_at,
        amount: part.amount,
    };
    Ok(FigureMakeUp {
        amount: view.amount,
        unit: view.unit,
        parts: view.parts.into_iter().map(part).collect(),
        rest_count: view.rest_count.to_string(),
        rest: view.rest,
    })
}

/// An entry, and what it adds to a figure.
#[derive(Debug, Serialize, Type)]
pub struct FigureEntry {
    /// The entry.
    pub entry: LedgerEntry,
    /// What it adds.
    pub amount: String,
}

/// The entries behind a part of a figure; those listed and the rest add up to it.
#[derive(Debug, Serialize, Type)]
pub struct FigureEntries {
    /// What the part adds.
    pub amount: String,
    /// Its unit.
    pub unit: Option<String>,
    /// Entries, the latest first.
    pub entries: Vec<FigureEntry>,
    /// How many are not listed.
    pub rest_count: String,
    /// What they add.
    pub rest: String,
}

/// The entries behind a part of a figure: of a customer and a lot, or of a customer and no lot.
///
/// # Errors
/// When the report has no such figure, or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn figure_entries(
    desk: State<'_, Desk>,
    asked: AskedReport,
    cell: ReportCell,
    customer: String,
    lot: Option<String>,
) -> Result<FigureEntries, Failure> {
    let books = desk.books().await?;
    let (kind, window) = asked.read()?;
    let (customer, lot) = (parse(&customer)?, lot.as_deref().map(parse).transpose()?);
    let (of, part) = ((&kind, window), (&customer, lot.as_ref()));
    let view = make_up::part_entries(&books, of, &cell.into(), part, LISTED).await?;
    let entry = |found: make_up::PartEntryView| FigureEntry {
        entry: found.entry.into(),
        amount: found.amount,
    };
    Ok(FigureEntries {
        amount: view.amount,
        unit: view.unit,
        entries: view.entries.into_iter().map(entry).collect(),
        rest_count: view.rest_count.to_string(),
        rest: view.rest,
    })
}

/// A name and its value.
#[derive(Debug, Serialize, Type)]
pub struct NamedValue {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// What one event drew in an entry.
#[derive(Debug, Serialize, Type)]
pub struct EventDraw {
    /// The event's key.
    pub key: String,
    /// When it occurred.
    pub occurred_at: String,
    /// Meter.
    pub meter: String,
    /// Quantity, with its unit.
    pub quantity: String,
    /// Dimension values.
    pub dimensions: Vec<NamedValue>,
    /// The rate: `card@version/row`.
    pub rate: Option<String>,
    /// Lot; none for overage.
    pub lot: Option<String>,
    /// Units charged.
    pub units: String,
    /// Their unit.
    pub unit: String,
    /// Money recognised or charged.
    pub money: Option<String>,
    /// Its currency.
    pub currency: Option<String>,
}

/// The usage behind an entry.
#[derive(Debug, Serialize, Type)]
pub struct EntryUsage {
    /// How many draws there are.
    pub count: String,
    /// What all of them moved, by unit and currency.
    pub sums: Vec<NamedValue>,
    /// The first of them.
    pub events: Vec<EventDraw>,
}

/// The usage behind an entry, of one lot or of all; empty for an entry that no usage caused.
///
/// # Errors
/// When there is no such entry, or the ledger and the archive cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn entry_usage(
    desk: State<'_, Desk>,
    customer: String,
    seq: String,
    lot: Option<String>,
) -> Result<EntryUsage, Failure> {
    let books = desk.books().await?;
    let (customer, lot) = (parse(&customer)?, lot.as_deref().map(parse).transpose()?);
    let of = (&customer, parse(&seq)?);
    let view = make_up::entry_events(&books, of, lot.as_ref(), LISTED).await?;
    let named = |(name, value): (String, String)| NamedValue { name, value };
    let event = |event: make_up::EventLineView| EventDraw {
        key: event.key,
        occurred_at: event.occurred_at,
        meter: event.meter,
        quantity: event.quantity,
        dimensions: event.dimensions.into_iter().map(named).collect(),
        rate: event.rate,
        lot: event.lot,
        units: event.units,
        unit: event.unit,
        money: event.money,
        currency: event.currency,
    };
    Ok(EntryUsage {
        count: view.count.to_string(),
        sums: view.sums.into_iter().map(named).collect(),
        events: view.events.into_iter().map(event).collect(),
    })
}

/// A file format of reports.
#[derive(Debug, Clone, Copy, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    /// One CSV file for each table.
    Csv,
    /// One workbook.
    Xlsx,
    /// One document, to print and to archive.
    Pdf,
}

/// A file that was written.
#[derive(Debug, Serialize, Type)]
pub struct WrittenFile {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub bytes: String,
}

/// What an export wrote, and where.
#[derive(Debug, Serialize, Type)]
pub struct Exported {
    /// The folder.
    pub folder: String,
    /// The files.
    pub files: Vec<WrittenFile>,
}

/// Writes a report into a folder, which is made when it is not there.
///
/// # Errors
/// When the ledger cannot be read or the folder not be written.
#[tauri::command]
#[specta::specta]
pub async fn export_report(
    desk: State<'_, Desk>,
    asked: AskedReport,
    format: ReportFormat,
    folder: String,
    task: String,
    progress: Channel<Progress>,
) -> Result<Exported, Failure> {
    let books = desk.books().await?;
    let (kind, window) = asked.read()?;
    let format = match format {
        ReportFormat::Csv => FileFormat::Csv,
        ReportFormat::Xlsx => FileFormat::Xlsx,
        ReportFormat::Pdf => FileFormat::Pdf,
    };
    let work = move |mut task: Task| async move {
        task.step("Writing the report")?;
        let place = std::path::absolute(&folder).map_err(|e| Failure::input(&e))?;
        let mut tell = |entries| task.report("Writing the report", entries, None);
        let (of, into) = ((&kind, window), (place.as_path(), format));
        let files = reporting::write_telling(&books, of, now()?, into, &mut tell).await?;
        let written = files.iter().map(|path| WrittenFile {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            bytes: std::fs::metadata(path).map_or(0, |file| file.len()).to_string(),
        });
        Ok(Exported { files: written.collect(), folder: place.display().to_string() })
    };
    desk.tasks.run(task, progress, work).await
}
