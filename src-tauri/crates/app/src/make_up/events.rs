//! The usage behind an entry: the events, and what each drew.

use std::collections::BTreeMap;

use scrip_catalog::Catalog;
use scrip_engine::{Action, Operation};
use scrip_rating::Place;
use scrip_store::{EntryFilter, LedgerStore, Page, StoredEntry};
use scrip_units::{CustomerCode, LotId, parse_steps};
use scrip_usage::{DetailOutcome, DetailRow};
use serde::Serialize;

use crate::detail::detail_rows;
use crate::draws::{inline_events, read_detail};
use crate::error::AppError;
use crate::query::steps_text;
use crate::workspace::Workspace;

/// What one event drew in an entry.
#[derive(Debug, Clone, Serialize)]
pub struct EventLineView {
    /// The event's key.
    pub key: String,
    /// When it occurred.
    pub occurred_at: String,
    /// Meter.
    pub meter: String,
    /// Quantity, with its unit.
    pub quantity: String,
    /// Dimension values.
    pub dimensions: BTreeMap<String, String>,
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

/// The events behind an entry.
#[derive(Debug, Clone, Serialize)]
pub struct EventsView {
    /// How many draws there are; an event that drew from several lots has several.
    pub count: u64,
    /// What all of them moved, by unit and currency.
    pub sums: BTreeMap<String, String>,
    /// The first of them in the order of posting.
    pub events: Vec<EventLineView>,
}

/// The usage behind an entry of a customer's chain, of one lot or of all; empty for an entry that no
/// usage caused. What usage was taken back counts below zero.
///
/// # Errors
/// [`AppError::Argument`] when the customer has no such entry, or the store's and the archive's.
pub async fn entry_events<S: LedgerStore>(
    workspace: &Workspace<S>,
    (customer, seq): (&CustomerCode, u64),
    lot: Option<&LotId>,
    listed: usize,
) -> Result<EventsView, AppError> {
    let stored = entry_at(workspace, customer, seq).await?;
    let what = || format!("operation {}", stored.entry.body.operation);
    let operation = workspace.store().operation(&stored.entry.body.operation).await?;
    let operation = operation.ok_or_else(|| AppError::stored(what(), "it is missing"))?.operation;
    let operation =
        Operation::from_json(&operation.body).map_err(|error| AppError::stored(what(), error))?;
    let catalog = crate::query::catalog(workspace).await?;
    let mut events = Events { catalog: &catalog, lot, view: empty(), sums: BTreeMap::new() };
    if stored.entry.body.detail.is_none() {
        return Ok(events.view);
    }
    if let Action::PostUsage(_) = operation.action {
        let archive = workspace.archive().await?;
        let files: Vec<_> = archive.details().iter().collect();
        for row in archive.detail_of(customer, &files) {
            let row = row?;
            if row.entry != stored.entry.number || !events.counts(&row) {
                continue;
            }
            events.add(&row)?;
            if events.view.events.len() < listed {
                let event = archive.event(Place { segment: row.segment, row: row.row })?;
                let meter = catalog.meter(&event.meter).and_then(|m| catalog.unit(m.unit));
                let quantity = meter.map_or_else(
                    || event.quantity.to_string(),
                    |unit| format!("{} {}", steps_text(event.quantity, unit), unit.code()),
                );
                let line = EventLineView {
                    key: event.key.to_string(),
                    occurred_at: event.occurred_at.to_string(),
                    meter: event.meter.to_string(),
                    quantity,
                    dimensions: event.dimensions,
                    ..events.line(&row)
                };
                events.view.events.push(line);
            }
        }
    } else {
        let written = inline_events(&operation);
        for stored_detail in workspace.store().operation_details(&operation.id).await? {
            if stored_detail.customer != *customer || stored_detail.entry != stored.entry.number {
                continue;
            }
            let detail = read_detail(&operation.id, &stored_detail)?;
            for row in detail_rows(&detail).filter(|row| row.segment == 0) {
                if !events.counts(&row) {
                    continue;
                }
                events.add(&row)?;
                // Rows behind the written events are of those that were taken back.
                let Some(event) = written.get(row.row as usize) else { continue };
                if events.view.events.len() < listed {
                    let unit = catalog.meter(&event.meter).and_then(|m| catalog.unit(m.unit));
                    let text = event.quantity.to_string();
                    let quantity = unit.and_then(|unit| {
                        let code = unit.code();
                        let steps = parse_steps(&text, unit.scale(), code.as_str()).ok()?;
                        Some(format!("{} {code}", steps_text(steps, unit)))
                    });
                    let line = EventLineView {
                        key: event.key.to_string(),
                        occurred_at: event.occurred_at.unwrap_or(operation.at).to_string(),
                        meter: event.meter.to_string(),
                        quantity: quantity.unwrap_or(text),
                        dimensions: event.dimensions.clone(),
                        ..events.line(&row)
                    };
                    events.view.events.push(line);
                }
            }
        }
    }
    Ok(events.done())
}

async fn entry_at<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
    seq: u64,
) -> Result<StoredEntry, AppError> {
    let none = || AppError::Argument(format!("{customer} has no entry at place {seq}"));
    let filter = EntryFilter { customer: Some(customer.clone()), ..EntryFilter::default() };
    let before = seq.checked_sub(1).ok_or_else(none)?;
    let mut page = workspace.store().entries(&filter, Page::after(before, 1)).await?;
    page.pop().filter(|stored| stored.seq == seq).ok_or_else(none)
}

fn empty() -> EventsView {
    EventsView { count: 0, sums: BTreeMap::new(), events: Vec::new() }
}

struct Events<'a> {
    catalog: &'a Catalog,
    lot: Option<&'a LotId>,
    view: EventsView,
    sums: BTreeMap<String, i128>,
}

impl Events<'_> {
    /// Whether a draw is of the lot that was asked for and moved anything.
    fn counts(&self, row: &DetailRow) -> bool {
        let moved = matches!(row.outcome, DetailOutcome::Drawn | DetailOutcome::Overage);
        moved && self.lot.is_none_or(|lot| row.lot.as_deref() == Some(lot.as_str()))
    }

    fn text(&self, steps: i64, unit: &str) -> String {
        let unit = unit.parse().ok().and_then(|code| self.catalog.unit(code));
        unit.map_or_else(|| steps.to_string(), |unit| steps_text(steps, unit))
    }

    fn add(&mut self, row: &DetailRow) -> Result<(), AppError> {
        self.view.count += 1;
        let units = (row.unit.to_string(), row.units);
        let money = row.currency.as_ref().map(|currency| (currency.to_string(), row.money));
        for (unit, steps) in std::iter::once(units).chain(money) {
            let sum = self.sums.entry(unit).or_default();
            *sum = sum.checked_add(i128::from(steps)).ok_or_else(super::too_large)?;
        }
        Ok(())
    }

    /// What the row itself says; what the event says is added by who found it.
    fn line(&self, row: &DetailRow) -> EventLineView {
        let rate = row.card.as_ref().zip(row.rate.as_ref());
        EventLineView {
            key: String::new(),
            occurred_at: String::new(),
            meter: String::new(),
            quantity: String::new(),
            dimensions: BTreeMap::new(),
            rate: rate.map(|(card, rate)| format!("{card}@{}/{rate}", row.version)),
            lot: row.lot.as_ref().map(ToString::to_string),
            units: self.text(row.units, &row.unit),
            unit: row.unit.to_string(),
            money: row.currency.as_ref().map(|currency| self.text(row.money, currency)),
            currency: row.currency.as_ref().map(ToString::to_string),
        }
    }

    fn done(mut self) -> EventsView {
        let catalog = self.catalog;
        let text = |(unit, steps): (String, i128)| {
            let scale = unit.parse().ok().and_then(|code| catalog.unit(code)).map(|u| u.scale());
            let text = scale
                .map_or_else(|| steps.to_string(), |scale| scrip_units::format_steps(steps, scale));
            (unit, text)
        };
        self.view.sums = std::mem::take(&mut self.sums).into_iter().map(text).collect();
        self.view
    }
}
