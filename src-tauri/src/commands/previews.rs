//! Finished previews: kept with the workspace, opened again, written to files, followed to the event.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use scrip_app::preview::kept::{self, KeptHead};
use scrip_app::preview::{self, EventsAsked, Finished, tables};
use scrip_app::reporting::FileFormat;
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::State;
use tauri::ipc::Channel;

use crate::commands::parse;
use crate::commands::preview::{
    AskedPreview, FinishedPreview, PreviewMadeOf, PreviewResult, unsigned,
};
use crate::commands::revenue::{Exported, NamedValue, WrittenFile};
use crate::desk::Desk;
use crate::edge::new_id;
use crate::failure::Failure;
use crate::task::{Progress, Task};

/// Finished previews that can be kept and exported; older ones are forgotten.
const HELD: usize = 4;

/// The last finished previews of this run of the program.
#[derive(Debug, Default)]
pub(crate) struct FinishedPreviews(Mutex<Vec<(String, Finished)>>);

impl FinishedPreviews {
    pub(crate) fn put(&self, handle: &str, finished: Finished) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(0, (handle.to_owned(), finished));
        held.truncate(HELD);
    }

    fn get(&self, handle: &str) -> Result<Finished, Failure> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = held.iter().find(|(known, _)| known == handle);
        found.map(|(_, finished)| finished.clone()).ok_or_else(|| {
            Failure::input(&"this preview is not held any more: run it, or open it, again")
        })
    }
}

/// Keeps a finished preview with the workspace, under a name.
///
/// # Errors
/// When the name is taken or none, or the folder cannot be written.
#[tauri::command]
#[specta::specta]
pub async fn keep_preview(
    desk: State<'_, Desk>,
    handle: String,
    name: String,
    note: String,
) -> Result<(), Failure> {
    let (books, finished) = (desk.books().await?, desk.previews.get(&handle)?);
    Ok(kept::keep(&books, (&parse(name.trim())?, &note), &finished)?)
}

/// A kept preview, as a list shows it.
#[derive(Debug, Serialize, Type)]
pub struct KeptPreview {
    /// Its name.
    pub name: String,
    /// What it was run for.
    pub note: String,
    /// What it is; none where it cannot be read.
    pub head: Option<KeptPreviewHead>,
    /// Why it cannot be read.
    pub unreadable: Option<String>,
}

/// What was compared, when and by whom.
#[derive(Debug, Serialize, Type)]
pub struct KeptPreviewHead {
    /// When it was run.
    pub made_at: String,
    /// By whom.
    pub made_by: String,
    /// Scenarios, with the hashes of their drafts.
    pub made_of: Vec<PreviewMadeOf>,
    /// First day.
    pub from: String,
    /// Last day.
    pub through: String,
    /// Whether the baseline reproduced the ledger.
    pub exact: bool,
}

/// The kept previews, the latest first.
///
/// # Errors
/// When their folder cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn kept_previews(desk: State<'_, Desk>) -> Result<Vec<KeptPreview>, Failure> {
    let kept = kept::kept(&desk.books().await?)?.into_iter().map(|line| {
        let (head, unreadable) = match line.head {
            KeptHead::Preview(head) => (Some(head), None),
            KeptHead::Unreadable(why) => (None, Some(why)),
        };
        let head = head.map(|head| KeptPreviewHead {
            made_at: head.made_at.to_string(),
            made_by: head.made_by.to_string(),
            made_of: head.scenarios.into_iter().map(PreviewMadeOf::from).collect(),
            from: head.view.from,
            through: head.view.through,
            exact: head.view.backtest.exact,
        });
        KeptPreview { name: line.name, note: line.note, head, unreadable }
    });
    Ok(kept.collect())
}

/// A kept preview, opened.
#[derive(Debug, Serialize, Type)]
pub struct OpenedPreview {
    /// Its name.
    pub name: String,
    /// What it was run for.
    pub note: String,
    /// The preview.
    pub preview: FinishedPreview,
    /// Entries that were recorded since.
    pub entries_since: String,
    /// Whether another configuration was put into force since.
    pub is_reconfigured: bool,
    /// Drafts that are not what they were, or gone.
    pub changed_drafts: Vec<String>,
    /// Whether running it again would ask the same question.
    pub is_same_question: bool,
}

/// Opens a kept preview.
///
/// # Errors
/// When there is none of this name, or it cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn open_preview(desk: State<'_, Desk>, name: String) -> Result<OpenedPreview, Failure> {
    let books = desk.books().await?;
    let opened = kept::open(&books, &parse(&name)?)?;
    let standing = preview::standing(&books, &opened.preview).await?;
    let handle = new_id()?.to_string();
    desk.previews.put(&handle, opened.preview.clone());
    Ok(OpenedPreview {
        name: opened.name.to_string(),
        note: opened.note,
        is_same_question: standing.is_same_question(),
        entries_since: standing.entries_since.to_string(),
        is_reconfigured: standing.is_reconfigured,
        changed_drafts: standing.changed_drafts,
        preview: FinishedPreview::of(handle, opened.preview),
    })
}

/// Throws a kept preview away.
///
/// # Errors
/// When there is none of this name, or it cannot be removed.
#[tauri::command]
#[specta::specta]
pub async fn discard_preview(desk: State<'_, Desk>, name: String) -> Result<(), Failure> {
    Ok(kept::discard(&desk.books().await?, &parse(&name)?)?)
}

/// What a preview is written as.
#[derive(Debug, Clone, Copy, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PreviewFormat {
    /// One CSV file for each table.
    Csv,
    /// One workbook.
    Xlsx,
}

/// Writes a finished preview into a folder, which is made when it is not there.
///
/// # Errors
/// When the preview is not held any more, or the folder cannot be written.
#[tauri::command]
#[specta::specta]
pub async fn export_preview(
    desk: State<'_, Desk>,
    handle: String,
    name: String,
    format: PreviewFormat,
    folder: String,
) -> Result<Exported, Failure> {
    let finished = desk.previews.get(&handle)?;
    let format = match format {
        PreviewFormat::Csv => FileFormat::Csv,
        PreviewFormat::Xlsx => FileFormat::Xlsx,
    };
    let place = std::path::absolute(&folder).map_err(|e| Failure::input(&e))?;
    let folder = place.display().to_string();
    let write = move || tables::write(&finished, (place.as_path(), &name), format);
    let files = tokio::task::spawn_blocking(write).await;
    let files =
        files.map_err(|error| Failure::defect(format!("the export broke off: {error}")))??;
    Ok(Exported { folder, files: files.iter().map(|path| written(path)).collect() })
}

fn written(path: &Path) -> WrittenFile {
    WrittenFile {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        bytes: std::fs::metadata(path).map_or(0, |file| file.len()).to_string(),
    }
}

/// A row of a rate card.
#[derive(Debug, Deserialize, Type)]
pub struct CardRow {
    /// Rate card.
    pub card: String,
    /// Row.
    pub row: String,
}

/// A row of a rate card, and its price in words.
#[derive(Debug, Serialize, Type)]
pub struct PricedBy {
    /// `card@version/row`.
    pub rate: String,
    /// The price: `3 per 1,000`.
    pub price: String,
}

/// What an event was charged in a run.
#[derive(Debug, Serialize, Type)]
pub struct EventCharge {
    /// Rows that priced it.
    pub rates: Vec<PricedBy>,
    /// The charge.
    pub charged: String,
    /// Less the baseline's; none for the baseline.
    pub difference: Option<String>,
    /// Money recognised for it, overage included, by currency.
    pub money: Vec<NamedValue>,
    /// Whether a part was charged in money, for want of units.
    pub has_overage: bool,
    /// Why it was refused.
    pub refused: Option<String>,
}

/// An event before and after.
#[derive(Debug, Serialize, Type)]
pub struct EventPrice {
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
    /// Whether the event was taken back.
    pub is_taken_back: bool,
    /// Unit of the charges; none where every run refused it.
    pub unit: Option<String>,
    /// The charge by run, the baseline first.
    pub runs: Vec<EventCharge>,
}

impl From<preview::EventPriceView> for EventPrice {
    fn from(view: preview::EventPriceView) -> Self {
        let named = |(name, value): (String, String)| NamedValue { name, value };
        let priced = |by: preview::PricedByView| PricedBy { rate: by.rate, price: by.price };
        let charge = |charge: preview::EventChargeView| EventCharge {
            rates: charge.rates.into_iter().map(priced).collect(),
            charged: charge.charged,
            difference: charge.difference.map(unsigned),
            money: charge.money.into_iter().map(named).collect(),
            has_overage: charge.has_overage,
            refused: charge.refused,
        };
        Self {
            key: view.key,
            occurred_at: view.occurred_at,
            meter: view.meter,
            quantity: view.quantity,
            dimensions: view.dimensions.into_iter().map(named).collect(),
            is_taken_back: view.is_taken_back,
            unit: view.unit,
            runs: view.runs.into_iter().map(charge).collect(),
        }
    }
}

/// Charges of the events that are not listed, in a unit.
#[derive(Debug, Serialize, Type)]
pub struct RestCharge {
    /// The unit.
    pub unit: String,
    /// Charges by run, the baseline first.
    pub charged: Vec<String>,
    /// Scenario less baseline, for each scenario.
    pub differences: Vec<String>,
}

/// A preview of one customer, down to its events.
#[derive(Debug, Serialize, Type)]
pub struct CustomerPreview {
    /// The comparison of that customer alone.
    pub result: PreviewResult,
    /// Its events, those whose charge changes most first.
    pub events: Vec<EventPrice>,
    /// How many there are.
    pub event_count: String,
    /// How many are charged otherwise in any scenario.
    pub changed_count: String,
    /// What those that are not listed were charged.
    pub rest: Vec<RestCharge>,
}

/// Runs a preview for one customer and follows its events, all or those that a row priced.
///
/// # Errors
/// As a preview, or when the archive cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn preview_customer(
    desk: State<'_, Desk>,
    asked: AskedPreview,
    customer: String,
    rate: Option<CardRow>,
    task: String,
    progress: Channel<Progress>,
) -> Result<CustomerPreview, Failure> {
    /// As many events are listed; the rest are counted and added up.
    const LISTED: usize = 100;
    let books = desk.books().await?;
    let (request, _) = asked.read()?.request(&books).await?;
    let rate = rate.map(|CardRow { card, row }| Ok::<_, Failure>((parse(&card)?, parse(&row)?)));
    let events =
        EventsAsked { customer: parse(&customer)?, rate: rate.transpose()?, listed: LISTED };
    let work = move |mut task: Task| async move {
        let mut tell = |progress: preview::Progress| {
            task.report("Replaying the customer", progress.operations, Some(progress.total))
        };
        let view = preview::customer(&books, request, &events, &mut tell).await?;
        let rest = |rest: preview::RestView| RestCharge {
            unit: rest.unit,
            charged: rest.charged,
            differences: rest.differences.into_iter().map(unsigned).collect(),
        };
        Ok(CustomerPreview {
            result: view.preview.into(),
            events: view.events.into_iter().map(EventPrice::from).collect(),
            event_count: view.event_count.to_string(),
            changed_count: view.changed_count.to_string(),
            rest: view.rest.into_iter().map(rest).collect(),
        })
    };
    desk.tasks.run(task, progress, work).await
}
