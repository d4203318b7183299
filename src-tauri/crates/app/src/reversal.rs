//! Completing operations that take usage back: what the events were charged, from the ledger and the
//! archive, so that the engine finds it in the operation.

use std::borrow::Cow;

use scrip_catalog::{Catalog, Customer};
use scrip_engine::operation::{PostedAs, PostedDraw, PostedEvent, PostedRate, SegmentWindow};
use scrip_engine::{Action, InlineEvent, Operation};
use scrip_store::{LedgerStore, OperationFilter, Page, StoredOperation, WriteTransaction};
use scrip_units::{CustomerCode, Date, EventKey, Number, Unit};
use scrip_usage::{Archive, DetailOutcome, DetailRow};

use crate::draws::{EventDraws, EventSource, inline_draws};
use crate::error::AppError;
use crate::query::steps_text;
use crate::session::{Session, stored_document};
use crate::workspace::Workspace;

/// Keys of the events that an operation takes back.
pub(crate) fn taken_back(operation: &Operation) -> Vec<&EventKey> {
    match &operation.action {
        Action::ReverseUsage(action) => action.keys.iter().collect(),
        Action::RecordUsage(action) => {
            action.events.iter().filter_map(|event| event.supersedes.as_ref()).collect()
        }
        _ => Vec::new(),
    }
}

/// The operation with what the events that it takes back were charged. Whatever it said of that is
/// replaced by what the ledger says, which never changes.
///
/// # Errors
/// [`AppError::UnknownEvent`], or the store's and the archive's.
pub(crate) async fn complete<'o, S: LedgerStore>(
    workspace: &Workspace<S>,
    archive: Option<&Archive>,
    session: &mut Session<S::Write>,
    operation: &'o Operation,
) -> Result<Cow<'o, Operation>, AppError> {
    let keys = taken_back(operation);
    let (Some(customer), false) = (operation.customer(), keys.is_empty()) else {
        return Ok(Cow::Borrowed(operation));
    };
    let mut posted: Vec<PostedEvent> = Vec::new();
    for key in keys {
        if posted.iter().any(|known| known.event.key == *key) {
            continue;
        }
        let draws = find(archive, session, customer, key).await?;
        if !draws.rows.is_empty() {
            posted.push(posted_event(workspace, session, &draws).await?);
        }
    }
    let mut operation = operation.clone();
    match &mut operation.action {
        Action::ReverseUsage(action) => action.posted = posted,
        Action::RecordUsage(action) => action.posted = posted,
        _ => {}
    }
    Ok(Cow::Owned(operation))
}

async fn find<W: WriteTransaction>(
    archive: Option<&Archive>,
    session: &mut Session<W>,
    customer: &CustomerCode,
    key: &EventKey,
) -> Result<EventDraws, AppError> {
    if let Some(found) = session.tx().find_event(Some(customer), key).await?.pop() {
        let what = || format!("operation {}", found.operation);
        let stored = session.tx().operation(&found.operation).await?;
        let stored = stored.ok_or_else(|| AppError::stored(what(), "it is missing"))?;
        return inline_draws(&session.book.catalog, &found, &stored);
    }
    let unknown = || AppError::UnknownEvent { key: key.clone() };
    let archive = archive.ok_or_else(unknown)?;
    let place = archive.find(key)?.ok_or_else(unknown)?;
    let event = archive.event(place)?;
    if event.customer != *customer {
        return Err(unknown());
    }
    let rows = archive.detail_at(place, &archive.details().iter().collect::<Vec<_>>())?;
    Ok(EventDraws { event, source: EventSource::Archive, rows })
}

async fn posted_event<S: LedgerStore>(
    workspace: &Workspace<S>,
    session: &mut Session<S::Write>,
    draws: &EventDraws,
) -> Result<PostedEvent, AppError> {
    let catalog = std::sync::Arc::clone(&session.book.catalog);
    let what = || format!("event {}", draws.event.key);
    let EventDraws { event, rows, .. } = draws;
    let unit = catalog.meter(&event.meter).and_then(|meter| catalog.unit(meter.unit));
    let unit = unit.ok_or_else(|| AppError::stored(what(), "its meter is missing"))?;
    let number =
        |text: String| text.parse::<Number>().map_err(|fault| AppError::stored(what(), fault));
    let posted_as = match rows.first().map(|row| row.outcome) {
        Some(DetailOutcome::Free) => PostedAs::Free,
        Some(DetailOutcome::Rejected) => PostedAs::Refused,
        _ => PostedAs::Charged,
    };
    let mut parts = Vec::new();
    for row in rows.iter().filter(|_| posted_as == PostedAs::Charged) {
        parts.push(
            draw((&catalog, unit), row).ok_or_else(|| AppError::stored(what(), "its draws"))?,
        );
    }
    let posted_by = posted_by(workspace, session, draws).await?;
    let day = catalog.zone().day_of(event.occurred_at);
    let closed_now = session.tx().closed_through().await?;
    let closed_through = match (closed_now.filter(|closed| day <= *closed), &posted_by) {
        (Some(_), Some(by)) => closed_before(workspace, session, by.seq).await?,
        _ => None,
    };
    let billing_day = match &posted_by {
        Some(by) => {
            let decided_on = by.operation.config_revision;
            billed_then(workspace, session, (&event.customer, decided_on)).await?
        }
        None => None,
    };
    Ok(PostedEvent {
        event: InlineEvent {
            key: event.key.clone(),
            meter: event.meter.clone(),
            quantity: number(steps_text(event.quantity, unit))?,
            dimensions: event.dimensions.clone(),
            member: event.member.clone(),
            occurred_at: Some(event.occurred_at),
            delivery_cost: event.delivery_cost,
            supersedes: None,
        },
        posted_as,
        closed_through: closed_through.filter(|closed| day <= *closed),
        billing_day,
        draws: parts,
    })
}

/// A draw in the form in which it stands in an operation; none when its unit or rate is unknown.
fn draw((catalog, meter): (&Catalog, Unit), row: &DetailRow) -> Option<PostedDraw> {
    let text = |steps, code: &str| -> Option<Number> {
        steps_text(steps, catalog.unit(code.parse().ok()?)?).parse().ok()
    };
    let is_overage = row.outcome == DetailOutcome::Overage;
    let money = row.currency.as_ref().filter(|_| is_overage);
    let rate = PostedRate {
        card: row.card.as_ref()?.parse().ok()?,
        version: row.version,
        row: row.rate.as_ref()?.parse().ok()?,
    };
    let card = catalog.card(&rate.card)?;
    let version = card.versions.iter().find(|v| v.version == rate.version)?;
    let priced = version.rates.iter().find(|own| own.code == rate.row)?;
    let quantity_unit = priced.quantity_unit.and_then(|unit| catalog.unit(unit)).unwrap_or(meter);
    let quantity = steps_text(row.converted, quantity_unit).parse().ok()?;
    Some(PostedDraw {
        lot: row.lot.as_ref().map(|lot| lot.parse()).transpose().ok()?,
        rate,
        quantity: Some(quantity).filter(|_| row.converted != 0),
        units: text(row.units, &row.unit)?,
        unit: row.unit.parse().ok().filter(|unit| *unit != card.unit),
        overdrawn: match row.wallet.as_ref().filter(|_| is_overage) {
            Some(wallet) => Some(wallet.parse().ok()?),
            None => None,
        },
        money: match money {
            Some(currency) => Some(text(row.money, currency)?),
            None => None,
        },
    })
}

/// The operation that posted an event: the one it came in, or the run that took its row of the archive.
async fn posted_by<S: LedgerStore>(
    workspace: &Workspace<S>,
    session: &mut Session<S::Write>,
    draws: &EventDraws,
) -> Result<Option<StoredOperation>, AppError> {
    let event = &draws.event;
    if let EventSource::Operation(id) = &draws.source {
        return Ok(session.tx().operation(id).await?);
    }
    let filter = OperationFilter {
        customer: Some(event.customer.clone()),
        kind: Some("post_usage".to_owned()),
        ..OperationFilter::default()
    };
    let mut page = Page::first(1_000);
    loop {
        let operations = workspace.store().find_operations(&filter, page).await?;
        let Some(last) = operations.last() else { return Ok(None) };
        page = Page::after(last.seq, page.limit);
        for stored in operations {
            let what = || format!("operation {}", stored.operation.id);
            let operation = Operation::from_json(&stored.operation.body)
                .map_err(|fault| AppError::stored(what(), fault))?;
            let Action::PostUsage(posting) = &operation.action else { continue };
            let is_within = |window: &SegmentWindow| {
                window.segment == event.segment
                    && (window.from..window.until).contains(&event.occurred_at)
            };
            if posting.windows.iter().any(is_within) {
                return Ok(Some(stored));
            }
        }
    }
}

/// The billing day of a customer in a revision of the configuration, if it is another one now.
async fn billed_then<S: LedgerStore>(
    workspace: &Workspace<S>,
    session: &Session<S::Write>,
    (customer, revision): (&CustomerCode, u64),
) -> Result<Option<u8>, AppError> {
    let day_of = |customers: &[Customer]| {
        customers.iter().find(|c| c.code == *customer).map_or(1, |c| c.billing_day)
    };
    let now = &session.book.catalog;
    if now.revision() == revision {
        return Ok(None);
    }
    let then = match session.replaced(revision) {
        Some(catalog) => day_of(&catalog.document().customers),
        None => match workspace.store().config(revision).await? {
            Some(config) => day_of(&stored_document(&config)?.customers),
            None => {
                return Err(AppError::stored(format!("configuration {revision}"), "it is missing"));
            }
        },
    };
    Ok(Some(then).filter(|then| *then != day_of(&now.document().customers)))
}

/// The last day that was closed before an operation.
async fn closed_before<S: LedgerStore>(
    workspace: &Workspace<S>,
    session: &mut Session<S::Write>,
    seq: u64,
) -> Result<Option<Date>, AppError> {
    let closes = workspace.store().closes().await?;
    let closes = closes.into_iter().map(|close| (close.through, close.operation));
    let all: Vec<_> = closes.chain(session.closes().iter().cloned()).collect();
    let mut closed = None;
    for (through, operation) in all {
        let before = session.tx().operation(&operation).await?.is_some_and(|op| op.seq < seq);
        closed = closed.max(Some(through).filter(|_| before));
    }
    Ok(closed)
}
