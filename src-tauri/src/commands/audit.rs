//! The audit trail: who changed what and when.

use scrip_app::audit::{self, Change, ChangeKind, TrailDetail, TrailRow};
use scrip_store::Page;
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::State;

use crate::commands::parse;
use crate::desk::Desk;
use crate::failure::Failure;

/// Operations of a page.
const PAGE: u32 = 200;

/// Which operations; every condition that is given must hold.
#[derive(Debug, Default, Deserialize, Type)]
pub struct TrailFilter {
    /// Recorded on this day or later, in the entity's zone.
    pub from: Option<String>,
    /// Recorded on this day or earlier.
    pub to: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Caused by this person or program.
    pub actor: Option<String>,
    /// About this customer.
    pub customer: Option<String>,
    /// Recorded at this instant or earlier: what was known then.
    pub as_of: Option<String>,
}

impl TrailFilter {
    fn read(&self) -> Result<audit::TrailFilter, Failure> {
        Ok(audit::TrailFilter {
            from: self.from.as_deref().map(parse).transpose()?,
            to: self.to.as_deref().map(parse).transpose()?,
            until: self.as_of.as_deref().map(parse).transpose()?,
            kind: self.kind.clone(),
            actor: self.actor.as_deref().map(parse).transpose()?,
            customer: self.customer.as_deref().map(parse).transpose()?,
        })
    }
}

/// An operation of the trail.
#[derive(Debug, Serialize, Type)]
pub struct TrailEntry {
    /// Its place in the ledger, from 1.
    pub seq: String,
    /// Its id.
    pub operation: String,
    /// What it does.
    pub kind: String,
    /// The customer it is about.
    pub customer: Option<String>,
    /// Who caused it.
    pub actor: String,
    /// The instant it counts from.
    pub at: String,
    /// The instant it was recorded.
    pub recorded_at: String,
    /// The configuration it was decided on.
    pub config_revision: String,
    /// What it says, in words.
    pub says: String,
    /// Why, where somebody wrote it down.
    pub reason: Option<String>,
}

impl From<TrailRow> for TrailEntry {
    fn from(row: TrailRow) -> Self {
        Self {
            seq: row.seq.to_string(),
            operation: row.operation,
            kind: row.kind,
            customer: row.customer,
            actor: row.actor,
            at: row.at,
            recorded_at: row.recorded_at,
            config_revision: row.config_revision.to_string(),
            says: row.says,
            reason: row.reason,
        }
    }
}

/// How the trail falls into pages, and what it can be filtered by.
#[derive(Debug, Serialize, Type)]
pub struct TrailIndex {
    /// Operations in the list.
    pub count: u32,
    /// Operations of a page.
    pub page: u32,
    /// Where each page begins.
    pub starts: Vec<String>,
    /// Kinds of operations.
    pub kinds: Vec<String>,
    /// Everybody who caused one.
    pub actors: Vec<String>,
}

/// Something that a configuration changed.
#[derive(Debug, Serialize, Type)]
pub struct TrailChange {
    /// What happened: `added`, `removed` or `changed`.
    pub kind: String,
    /// What, in words.
    pub what: String,
    /// The value before.
    pub old: Option<String>,
    /// The value after.
    pub new: Option<String>,
    /// By how many per cent a number changed, with its sign.
    pub percent: Option<String>,
}

impl From<Change> for TrailChange {
    fn from(change: Change) -> Self {
        let kind = match change.kind {
            ChangeKind::Added => "added",
            ChangeKind::Removed => "removed",
            ChangeKind::Changed => "changed",
        };
        Self {
            kind: kind.to_owned(),
            what: change.what,
            old: change.old,
            new: change.new,
            percent: change.percent,
        }
    }
}

/// An operation in full.
#[derive(Debug, Serialize, Type)]
pub struct TrailDetails {
    /// Entries that it caused.
    pub entries: String,
    /// The configuration that it put in force, if it did.
    pub configuration: Option<String>,
    /// What that configuration changed; at most as many as are listed.
    pub changes: Vec<TrailChange>,
    /// How many it changed.
    pub change_count: u32,
    /// The command as it was recorded.
    pub body: String,
    /// Hash of the command.
    pub hash: String,
}

/// Changes that are listed.
const CHANGES_MAX: usize = 500;

impl From<TrailDetail> for TrailDetails {
    fn from(detail: TrailDetail) -> Self {
        Self {
            entries: detail.entries.to_string(),
            configuration: detail.configuration.map(|revision| revision.to_string()),
            change_count: u32::try_from(detail.changes.len()).unwrap_or(u32::MAX),
            changes: detail.changes.into_iter().take(CHANGES_MAX).map(TrailChange::from).collect(),
            body: detail.body,
            hash: detail.hash,
        }
    }
}

/// How the operations that match fall into pages, so that any of them can be asked for.
///
/// # Errors
/// When the filter is wrong or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn trail_index(
    desk: State<'_, Desk>,
    filter: TrailFilter,
) -> Result<TrailIndex, Failure> {
    let books = desk.books().await?;
    let index = audit::index(&books, &filter.read()?, PAGE).await?;
    let count = u32::try_from(index.count)
        .map_err(|_| Failure::input(&"the list is too long to scroll through: filter it"))?;
    let actors = audit::actors(&books).await?;
    Ok(TrailIndex {
        count,
        page: PAGE,
        starts: index.starts.iter().map(u64::to_string).collect(),
        kinds: audit::kinds().iter().map(|kind| (*kind).to_owned()).collect(),
        actors: actors.iter().map(ToString::to_string).collect(),
    })
}

/// The page of operations that begins after a place in the ledger.
///
/// # Errors
/// When the filter is wrong or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn trail_page(
    desk: State<'_, Desk>,
    filter: TrailFilter,
    start: String,
) -> Result<Vec<TrailEntry>, Failure> {
    let page = Page::after(parse(&start)?, PAGE);
    let rows = audit::trail(&desk.books().await?, &filter.read()?, page).await?;
    Ok(rows.into_iter().map(TrailEntry::from).collect())
}

/// An operation in full: its command, its entries, and what a configuration changed.
///
/// # Errors
/// When there is no such operation or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn trail_details(
    desk: State<'_, Desk>,
    operation: String,
) -> Result<TrailDetails, Failure> {
    Ok(audit::detail(&desk.books().await?, &parse(&operation)?).await?.into())
}
