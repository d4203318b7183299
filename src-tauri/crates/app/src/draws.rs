//! What an event drew, wherever it came from: a file of the archive, or an operation.

use scrip_catalog::Catalog;
use scrip_engine::{Action, Detail, InlineEvent, Operation};
use scrip_store::{FoundEvent, LedgerStore, OperationDetail, StoredOperation};
use scrip_units::{CustomerCode, EventKey, OperationId, parse_steps};
use scrip_usage::{ArchivedEvent, DetailRow};

use crate::detail::detail_rows;
use crate::error::AppError;
use crate::workspace::Workspace;

/// Where an event came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventSource {
    /// A file: segment and row are those of the event.
    Archive,
    /// An operation, in which the event stands at the row given.
    Operation(OperationId),
}

/// An event and what became of it.
#[derive(Debug, Clone)]
pub struct EventDraws {
    /// The event. For one that came inside an operation the segment is 0 and the row its place in
    /// the operation.
    pub event: ArchivedEvent,
    /// Where it came from.
    pub source: EventSource,
    /// What it drew, in the order it was drawn; empty when it is not posted yet.
    pub rows: Vec<DetailRow>,
}

/// An event by its key, with what it drew: from the archive or from the operation it came in. A
/// customer's key is kept once; without a customer the key must be that of one customer only.
///
/// # Errors
/// [`AppError::UnknownEvent`], [`AppError::Argument`] for a key that several customers have, or the
/// store's and the archive's.
pub async fn event_draws<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: Option<&CustomerCode>,
    key: &EventKey,
) -> Result<EventDraws, AppError> {
    let mut found = workspace.store().find_event(customer, key).await?;
    if found.len() > 1 {
        let customers: Vec<_> = found.iter().map(|f| f.event.customer.to_string()).collect();
        return Err(AppError::Argument(format!(
            "event {key} is of several customers ({}): say which with --customer",
            customers.join(", ")
        )));
    }
    if let Some(found) = found.pop() {
        return from_operation(workspace, found).await;
    }
    let archive = workspace.archive().await?;
    let unknown = || AppError::UnknownEvent { key: key.clone() };
    let place = archive.find(key)?.ok_or_else(unknown)?;
    let event = archive.event(place)?;
    if customer.is_some_and(|customer| *customer != event.customer) {
        return Err(unknown());
    }
    let rows = archive.detail_at(place, &archive.details().iter().collect::<Vec<_>>())?;
    Ok(EventDraws { event, source: EventSource::Archive, rows })
}

async fn from_operation<S: LedgerStore>(
    workspace: &Workspace<S>,
    found: FoundEvent,
) -> Result<EventDraws, AppError> {
    let what = || format!("operation {}", found.operation);
    let stored = workspace.store().operation(&found.operation).await?;
    let stored = stored.ok_or_else(|| AppError::stored(what(), "it is missing"))?;
    let catalog = crate::query::catalog(workspace).await?;
    inline_draws(&catalog, &found, &stored)
}

/// What an event of an operation drew.
///
/// # Errors
/// The operation or its detail as they are stored cannot be read.
pub(crate) fn inline_draws(
    catalog: &Catalog,
    found: &FoundEvent,
    stored: &StoredOperation,
) -> Result<EventDraws, AppError> {
    let what = || format!("operation {}", found.operation);
    let operation = Operation::from_json(&stored.operation.body)
        .map_err(|error| AppError::stored(what(), error))?;
    let event = inline_events(&operation)
        .get(found.event.position as usize)
        .ok_or_else(|| AppError::stored(what(), "the event is missing"))?;
    let unit = catalog.meter(&event.meter).and_then(|meter| catalog.unit(meter.unit));
    let unit = unit.ok_or_else(|| AppError::stored(what(), "the event's meter is missing"))?;
    let quantity = parse_steps(&event.quantity.to_string(), unit.scale(), unit.code().as_str())
        .map_err(|error| AppError::stored(what(), error))?;
    let rows = inline_rows(found)?;
    let event = ArchivedEvent {
        segment: 0,
        row: found.event.position,
        key: event.key.clone(),
        customer: found.event.customer.clone(),
        member: event.member.clone(),
        meter: event.meter.clone(),
        dimensions: event.dimensions.clone(),
        quantity,
        delivery_cost: event.delivery_cost,
        occurred_at: event.occurred_at.unwrap_or(operation.at),
        received_at: stored.operation.recorded_at,
    };
    Ok(EventDraws { event, source: EventSource::Operation(found.operation.clone()), rows })
}

/// What an event of an operation drew, in the order it was drawn.
///
/// # Errors
/// The detail as it is stored cannot be read.
pub fn inline_rows(found: &FoundEvent) -> Result<Vec<DetailRow>, AppError> {
    let mut rows = Vec::new();
    for stored in &found.details {
        let detail = read_detail(&found.operation, stored)?;
        rows.extend(
            detail_rows(&detail).filter(|row| row.segment == 0 && row.row == found.event.position),
        );
    }
    Ok(rows)
}

/// Reads the stored detail of an operation.
pub(crate) fn read_detail(
    operation: &OperationId,
    stored: &OperationDetail,
) -> Result<Detail, AppError> {
    Detail::from_json(&stored.body)
        .map_err(|error| AppError::stored(format!("detail of operation {operation}"), error))
}

/// The events that are written in an operation.
pub(crate) fn inline_events(operation: &Operation) -> &[InlineEvent] {
    match &operation.action {
        Action::RecordUsage(action) => &action.events,
        Action::CaptureHold(action) => &action.events,
        _ => &[],
    }
}
