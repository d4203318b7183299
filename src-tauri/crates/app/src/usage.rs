//! Usage: import into the archive, and posting of what is archived and not yet posted.

use std::collections::{BTreeMap, BTreeSet};

use scrip_engine::operation::PostUsage;
use scrip_engine::{Action, Applied, Operation, SegmentWindow, events_hash};
use scrip_journal::Hash;
use scrip_rating::UsageBatch;
use scrip_store::{
    DetailRecord, ImportRecord, KeyFileRecord, LedgerStore, SegmentProgress, SegmentRecord,
    WriteTransaction,
};
use scrip_units::{Instant, OperationId};
use scrip_usage::{
    Archive, Control, DetailWriter, ImportOptions, ImportOutcome, Mapping, Progress, SegmentInfo,
    Source, UsageError,
};
use serde::Serialize;

use crate::archiving;
use crate::detail::detail_rows;
use crate::error::AppError;
use crate::session::{self, Edge, Outcome, Session, stored_catalog};
use crate::view::{AlertView, WaitingView};
use crate::workspace::Workspace;

/// The latest instant of usage that has been posted.
pub(crate) async fn posted_until<S: LedgerStore>(store: &S) -> Result<Option<Instant>, AppError> {
    let posted: BTreeMap<u32, Instant> =
        store.progress().await?.into_iter().map(|p| (p.segment, p.posted_until)).collect();
    let mut latest = None;
    for record in store.segments().await? {
        let info: SegmentInfo =
            serde_json::from_str(&record.info).map_err(|e| AppError::stored("segment", e))?;
        if let Some(until) = posted.get(&record.segment).filter(|until| **until > info.first_at) {
            latest = latest.max(Some((*until).min(info.last_at)));
        }
    }
    Ok(latest)
}

/// Imports a file: writes its segments, then makes them count in one transaction.
///
/// # Errors
/// The archive's, with nothing imported, or the store's.
pub async fn import<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    source: &Source,
    mapping: &Mapping,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress) -> Control,
) -> Result<ImportOutcome, AppError> {
    let config = workspace.store().config_latest().await?.ok_or(AppError::NoConfiguration)?;
    let catalog = stored_catalog(&config)?;
    // The archive is this import's until its end, so that two imports cannot take the same segment
    // numbers or the same event keys, and nobody sweeps away what is being written.
    let mut tx = session::begin(workspace.store()).await?;
    tx.own_archive().await?;
    let archive = workspace.archive().await?;
    archive.sweep_orphans()?;
    let outcome = archive
        .import(source, mapping, &catalog, options, progress)
        .map_err(|error| unreadable_source(error, source))?;
    if outcome.segments.is_empty() {
        tx.rollback().await?;
        return Ok(outcome);
    }
    let text =
        |value: Result<String, serde_json::Error>| value.map_err(|e| AppError::stored("import", e));
    let id = format!("import-{}", outcome.segments.first().map_or(0, |s| s.seq));
    let import = ImportRecord {
        id: id.clone(),
        source_name: source.path().display().to_string(),
        source_hash: outcome.source_hash.parse()?,
        mapping: text(serde_json::to_string(mapping))?,
        received_at: edge.now,
        summary: text(serde_json::to_string(&outcome))?,
        operation: None,
    };
    tx.add_import(&import).await?;
    let mut segments = Vec::new();
    for segment in &outcome.segments {
        let info = text(serde_json::to_string(segment))?;
        segments.push(SegmentRecord { segment: segment.seq, import: id.clone(), info });
    }
    tx.add_segments(&segments).await?;
    let mut keys = Vec::new();
    if let Some(file) = &outcome.keys {
        let info = text(serde_json::to_string(file))?;
        keys.push(KeyFileRecord { file: file.seq, import: id.clone(), info });
    }
    tx.add_key_files(&keys).await?;
    let mut manifest = archive.manifest();
    manifest.segments.extend(outcome.segments.iter().cloned());
    manifest.keys.extend(outcome.keys.iter().cloned());
    archiving::hand_in(&mut tx, archive.root(), &manifest.files()).await?;
    tx.commit().await?;
    Ok(outcome)
}

/// A file that is not the Parquet it says it is, is wrong input and not a fault of the archive.
fn unreadable_source(error: UsageError, source: &Source) -> AppError {
    match &error {
        UsageError::Parquet { path, .. } if path == source.path() => {
            AppError::Argument(error.to_string())
        }
        _ => error.into(),
    }
}

/// A mapping that a file was imported with before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedMapping {
    /// Name of the file that was imported with it last.
    pub file: String,
    /// When that was.
    pub received_at: Instant,
    /// The mapping as TOML.
    pub toml: String,
}

/// The mappings that files were imported with, each once, the last used first.
///
/// # Errors
/// [`AppError::Stored`], or the store's.
pub async fn mappings<S: LedgerStore>(
    workspace: &Workspace<S>,
) -> Result<Vec<UsedMapping>, AppError> {
    let mut used: Vec<UsedMapping> = Vec::new();
    for import in workspace.store().imports().await?.into_iter().rev() {
        let unreadable = |e: String| AppError::stored(format!("mapping of {}", import.id), e);
        let mapping: Mapping =
            serde_json::from_str(&import.mapping).map_err(|e| unreadable(e.to_string()))?;
        let toml = mapping.to_toml().map_err(|e| unreadable(e.to_string()))?;
        if used.iter().all(|before| before.toml != toml) {
            let name = std::path::Path::new(&import.source_name).file_name();
            used.push(UsedMapping {
                file: name
                    .map_or_else(|| import.source_name.clone(), |n| n.to_string_lossy().into()),
                received_at: import.received_at,
                toml,
            });
        }
    }
    Ok(used)
}

/// A row that could not be imported, as the rejects file lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Where the row starts in the source.
    pub line: String,
    /// Why, as a code.
    pub code: String,
    /// Why, in a sentence.
    pub reason: String,
    /// The row as it came, cut to 500 characters.
    pub text: String,
}

/// The first rows of a rejects file.
///
/// # Errors
/// The operating system's.
pub fn rejected_rows(
    rejects_file: &std::path::Path,
    limit: usize,
) -> Result<Vec<RejectedRow>, AppError> {
    let wrong = |e: csv::Error| AppError::stored("rejects file", e);
    let file = std::fs::File::open(rejects_file).map_err(AppError::file(rejects_file))?;
    let mut rows = Vec::new();
    for record in csv::Reader::from_reader(file).records().take(limit) {
        let record = record.map_err(wrong)?;
        let field = |at: usize| record.get(at).unwrap_or_default().to_owned();
        rows.push(RejectedRow { line: field(0), code: field(1), reason: field(2), text: field(4) });
    }
    Ok(rows)
}

/// What a posting run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PostView {
    /// Usage before this instant was posted.
    pub until: String,
    /// Customers.
    pub customers: u64,
    /// Events priced.
    pub priced: u64,
    /// Events that cost nothing by their card.
    pub free: u64,
    /// Events refused.
    pub refused: u64,
    /// Refused events by reason.
    pub refused_by_reason: BTreeMap<String, u64>,
    /// Events that had been recorded in operations before.
    pub duplicates: u64,
    /// Entries written.
    pub entries: u64,
    /// Postings written.
    pub postings: u64,
    /// Alerts that were raised.
    pub alerts: Vec<AlertView>,
    /// What fell due and lacks something.
    pub waiting: Vec<WaitingView>,
}

/// How far a posting run is.
#[derive(Debug, Clone, Copy)]
pub struct PostProgress {
    /// Events posted.
    pub events: u64,
    /// Events to post.
    pub total: u64,
}

/// Customers whose state is kept in memory before it is saved.
const CUSTOMERS_PER_FLUSH: u64 = 64;

/// The rows that are archived and not yet posted, up to `until`.
async fn unposted<S: LedgerStore>(
    workspace: &Workspace<S>,
    archive: &Archive,
    until: Instant,
) -> Result<(Vec<SegmentWindow>, u64), AppError> {
    let posted: BTreeMap<u32, Instant> = workspace
        .store()
        .progress()
        .await?
        .into_iter()
        .map(|p| (p.segment, p.posted_until))
        .collect();
    let mut windows = Vec::new();
    let mut rows = 0;
    for segment in archive.segments() {
        let from = posted.get(&segment.seq).copied().unwrap_or(Instant::MIN);
        if from < until && segment.last_at >= from && segment.first_at < until {
            windows.push(SegmentWindow { segment: segment.seq, from, until });
            rows += u64::from(segment.rows);
        }
    }
    Ok((windows, rows))
}

/// Windows as the archive takes them.
pub(crate) fn archive_windows(windows: &[SegmentWindow]) -> Vec<scrip_usage::SegmentWindow> {
    let window = |w: &SegmentWindow| scrip_usage::SegmentWindow {
        segment: w.segment,
        from: w.from,
        until: w.until,
    };
    windows.iter().map(window).collect()
}

/// Rates and burns everything that is archived, occurred before `until` and is not yet posted.
///
/// One transaction: a reader never sees a half-posted month, and a crash leaves nothing half done.
///
/// # Errors
/// [`AppError::Rejected`] when an event cannot be rated at all, or the store's and the archive's;
/// nothing is then posted.
pub async fn post<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    until: Instant,
    progress: &mut dyn FnMut(PostProgress) -> std::ops::ControlFlow<()>,
) -> Result<PostView, AppError> {
    let mut session = Session::on_archive(workspace, edge).await?;
    let archive = workspace.archive().await?;
    archive.sweep_orphans()?;
    let (windows, total) = unposted(workspace, &archive, until).await?;
    let mut view = PostView { until: until.to_string(), ..PostView::default() };
    if windows.is_empty() {
        archiving::hand_in(session.tx(), archive.root(), &archive.manifest().files()).await?;
        session.commit().await?;
        return Ok(view);
    }
    let run = run_name(&windows);
    let seq = archive.details().iter().map(|d| d.seq).max().unwrap_or(0) + 1;
    let mut detail = DetailWriter::create(&archive, seq)?;
    let mut events = 0;
    for batch in archive.scan(&archive_windows(&windows))? {
        let batch = batch?;
        events += batch.events.len() as u64;
        let operation = post_operation(edge, until, &run, &windows, &batch)?;
        if let Outcome::Applied(applied) = session.operate(&operation, Some(&batch)).await? {
            add(&mut view, &applied);
            write_detail(&mut detail, &applied)?;
        }
        if view.customers.is_multiple_of(CUSTOMERS_PER_FLUSH) {
            session.flush().await?;
        }
        if progress(PostProgress { events, total }).is_break() {
            session.rollback().await?;
            return Err(AppError::Cancelled);
        }
    }
    let info = detail.finish()?;
    let text = serde_json::to_string(&info).map_err(|e| AppError::stored("detail", e))?;
    session.tx().add_details(&[DetailRecord { detail: info.seq, info: text }]).await?;
    let done = windows.iter().map(|w| SegmentProgress { segment: w.segment, posted_until: until });
    session.tx().set_progress(&done.collect::<Vec<_>>()).await?;
    let mut manifest = archive.manifest();
    manifest.details.push(info);
    archiving::hand_in(session.tx(), archive.root(), &manifest.files()).await?;
    session.commit().await?;
    Ok(view)
}

/// A short name for a run: the same windows have the same name.
fn run_name(windows: &[SegmentWindow]) -> String {
    let text: String =
        windows.iter().map(|w| format!("{} {} {};", w.segment, w.from, w.until)).collect();
    Hash::of(text.as_bytes()).to_string()[..12].to_owned()
}

fn post_operation(
    edge: &Edge,
    until: Instant,
    run: &str,
    windows: &[SegmentWindow],
    batch: &UsageBatch,
) -> Result<Operation, AppError> {
    let used: BTreeSet<u32> = batch.events.iter().map(|e| e.place.segment).collect();
    let id = format!("post:{run}:{}", batch.customer);
    // A long customer code would make the id too long; its hash names it as well.
    let id = match OperationId::try_new(&id) {
        Ok(id) => id,
        Err(_) => OperationId::try_new(&format!(
            "post:{run}:{}",
            Hash::of(batch.customer.as_str().as_bytes())
        ))
        .map_err(|e| AppError::Argument(e.to_string()))?,
    };
    Ok(Operation {
        id,
        at: until,
        actor: edge.actor.clone(),
        reason: None,
        approval: None,
        action: Action::PostUsage(PostUsage {
            customer: batch.customer.clone(),
            windows: windows.iter().filter(|w| used.contains(&w.segment)).copied().collect(),
            events: batch.events.len() as u64,
            events_hash: events_hash(batch),
        }),
    })
}

fn add(view: &mut PostView, applied: &Applied) {
    view.customers += 1;
    view.priced += applied.priced;
    view.free += applied.free;
    view.duplicates += applied.duplicates;
    view.refused += applied.refused.len() as u64;
    for event in &applied.refused {
        *view.refused_by_reason.entry(event.refusal.code().to_owned()).or_default() += 1;
    }
    view.alerts.extend(applied.alerts.iter().map(AlertView::from));
    view.waiting.extend(applied.waiting.iter().map(WaitingView::from));
    view.entries += applied.entries.len() as u64;
    view.postings += applied.entries.iter().map(|e| e.body.postings.len() as u64).sum::<u64>();
}

fn write_detail(writer: &mut DetailWriter, applied: &Applied) -> Result<(), AppError> {
    for detail in &applied.detail {
        for row in detail_rows(detail) {
            writer.push(&row)?;
        }
    }
    Ok(())
}
