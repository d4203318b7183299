//! What typed rates would do: to the usage of the last month, and to one event.

use std::ops::ControlFlow;
use std::sync::Arc;

use scrip_catalog::{Catalog, Document, Status};
use scrip_preview::{Scenario, Timing};
use scrip_store::LedgerStore;
use scrip_units::{Date, Instant, Month, Zone};
use scrip_usage::Manifest;

use super::sheet::{Typed, typed_document};
use crate::error::AppError;
use crate::explain::{ExplainView, Hypothetical, explain_hypothetical_under};
use crate::preview::{PreviewView, Progress, Request, preview};
use crate::workspace::Workspace;

/// How many customers are listed at either end.
const LISTED: usize = 3;

/// The last month that is over and has usage; the month that runs, as far as it has come, when only
/// that has any.
fn month_of_usage(manifest: &Manifest, zone: Zone, now: Instant) -> Option<(Date, Date)> {
    let last = manifest.segments.iter().map(|segment| segment.last_at).max()?;
    let first = manifest.segments.iter().map(|segment| segment.first_at).min()?;
    let (today, last, first) = (zone.day_of(now), zone.day_of(last), zone.day_of(first));
    let month = Month::of(last);
    if month.last_day() < today {
        return Some((month.first_day(), month.last_day()));
    }
    let before = Month::of(month.first_day().pred_opt()?);
    match first <= before.last_day() {
        true => Some((before.first_day(), before.last_day())),
        false => Some((month.first_day(), last)),
    }
}

/// Replays the last month with usage under what is typed, as if it had been in force since the month
/// began, and compares it with the ledger. None when there is no usage yet.
///
/// # Errors
/// As [`typed_document`] and [`preview`]; [`AppError::Cancelled`] when `progress` says so.
pub async fn effect<S: LedgerStore>(
    workspace: &Workspace<S>,
    typed: &Typed<'_>,
    now: Instant,
    progress: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<Option<PreviewView>, AppError> {
    let name = format!("{} version {}", typed.place.card, typed.place.version);
    effect_of(workspace, (name, typed_document(workspace, typed).await?), now, progress).await
}

/// The same for any changed configuration, under a name.
///
/// # Errors
/// As [`preview`]; [`AppError::Cancelled`] when `progress` says so.
pub async fn effect_of<S: LedgerStore>(
    workspace: &Workspace<S>,
    (name, document): (String, Document),
    now: Instant,
    progress: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<Option<PreviewView>, AppError> {
    let manifest = workspace.manifest().await?;
    let Some((from, through)) = month_of_usage(&manifest, document.entity.time_zone, now) else {
        return Ok(None);
    };
    let request = Request {
        scenarios: vec![Scenario { name, draft: document, timing: Timing::SinceWindow }],
        from,
        through,
        customers: Vec::new(),
        listed: Some(LISTED),
    };
    preview(workspace, request, progress).await.map(Some)
}

/// Explains usage that did not happen under what is typed, as if it were published: what it would cost
/// and who would pay. It happens at `usage.at`, or when the version takes effect if that is later.
///
/// # Errors
/// As [`typed_document`] and [`crate::explain::explain_hypothetical`]; [`AppError::Configuration`] when
/// what is typed is no valid configuration.
pub async fn try_event<S: LedgerStore>(
    workspace: &Workspace<S>,
    typed: &Typed<'_>,
    usage: Hypothetical,
) -> Result<ExplainView, AppError> {
    let mut document = typed_document(workspace, typed).await?;
    let place = typed.place;
    let versions = document.rate_cards.iter_mut().filter(|card| card.code == place.card);
    for version in versions.flat_map(|card| &mut card.versions) {
        if version.version == place.version {
            version.status = Status::Published;
        }
    }
    let begins = typed.effective_at.resolve(document.entity.time_zone)?;
    let revision = workspace.store().config_revision().await?;
    let catalog =
        Catalog::try_new(document, revision).map_err(|problems| AppError::Configuration {
            file: format!("rate card {}", place.card),
            problems: problems.into_iter().map(|problem| (problem, None)).collect(),
        })?;
    let usage = Hypothetical { at: usage.at.max(begins), ..usage };
    explain_hypothetical_under(workspace, Arc::new(catalog), &usage).await
}
