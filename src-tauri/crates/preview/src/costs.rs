//! What delivering the usage of the window costs under the configuration of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use scrip_catalog::{Catalog, DeliveryCost};
use scrip_engine::operation::PostedEvent;
use scrip_engine::{Action, Book, InlineEvent, key_order};
use scrip_rating::{
    Delivery, DeliveryError, DeliverySums, Place, RatingError, Routing, Shape, UsageBatch,
    UsageEvent,
};
use scrip_units::{CustomerCode, DayCursor, Exact, Instant, Unit, parse_steps};

use crate::replay::{Event, Window};

/// Delivery costs of one run.
#[derive(Debug, Clone)]
pub(crate) struct Costs {
    delivery: Option<Arc<Delivery>>,
    sums: DeliverySums<()>,
    /// Whether there is a cost card, or was.
    has_cards: bool,
    /// The first sum that could not be kept.
    fault: Option<DeliveryError>,
}

/// Usage of an operation whose cost counts, if the operation is not refused.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    delivered: Vec<UsageBatch>,
    taken_back: Vec<UsageBatch>,
}

impl Costs {
    pub(crate) fn new() -> Self {
        Self { delivery: None, sums: DeliverySums::new(None), has_cards: false, fault: None }
    }

    /// Counts by the costs of another catalog from now on.
    pub(crate) fn configure(&mut self, catalog: &Catalog) -> Result<(), (String, RatingError)> {
        let document = catalog.document();
        self.has_cards |= !document.cost_cards.is_empty();
        self.delivery = Some(Arc::new(Delivery::compile(catalog)?));
        let source = document.entity.exchange_rates.clone();
        self.sums.value_in(catalog.functional_currency().zip(source));
        Ok(())
    }

    /// The usage that an operation adds and takes back. Of events that came before nothing counts again,
    /// so this is to be asked before the operation is applied.
    pub(crate) fn usage(&self, event: &Event, book: &Book) -> Usage {
        let mut usage = Usage::default();
        let at = event.operation.at;
        let (customer, events, posted): (_, &[InlineEvent], &[PostedEvent]) =
            match &event.operation.action {
                Action::PostUsage(_) => {
                    let own = event.usage.iter().filter(|b| self.has_cards || !b.costs.is_empty());
                    usage.delivered.extend(own.map(|batch| fresh(batch, book)));
                    return usage;
                }
                Action::RecordUsage(action) => (&action.customer, &action.events, &action.posted),
                Action::CaptureHold(action) => (&action.customer, &action.events, &[]),
                Action::ReverseUsage(action) => (&action.customer, &[], &action.posted),
                _ => return usage,
            };
        let known = book.customers.get(customer).map(|book| &book.inline_events);
        let is_new = |event: &&InlineEvent| {
            known.is_none_or(|known| !known.contains_key(&key_order(&event.key)))
        };
        let new: Vec<&InlineEvent> = events.iter().filter(is_new).collect();
        let superseded = |posted: &&PostedEvent| {
            matches!(event.operation.action, Action::ReverseUsage(_))
                || new.iter().any(|event| event.supersedes.as_ref() == Some(&posted.event.key))
        };
        let back: Vec<&InlineEvent> =
            posted.iter().filter(superseded).map(|posted| &posted.event).collect();
        usage.delivered.extend(batch(&book.catalog, customer, (&new, at)));
        usage.taken_back.extend(batch(&book.catalog, customer, (&back, at)));
        usage
    }

    /// Adds usage of an operation that was applied.
    pub(crate) fn add(
        &mut self,
        window: Window,
        counted: Option<&BTreeSet<CustomerCode>>,
        (usage, catalog): (&Usage, &Catalog),
    ) {
        let counts = |batch: &&UsageBatch| counted.is_none_or(|c| c.contains(&batch.customer));
        let all = usage.delivered.iter().map(|batch| (batch, 1));
        let all = all.chain(usage.taken_back.iter().map(|batch| (batch, -1)));
        for (batch, times) in all.filter(|(batch, _)| counts(batch)) {
            if let Err(fault) = self.add_batch(window, catalog, (batch, times)) {
                self.fault.get_or_insert(fault);
            }
        }
    }

    fn add_batch(
        &mut self,
        window: Window,
        catalog: &Catalog,
        (batch, times): (&UsageBatch, i64),
    ) -> Result<(), DeliveryError> {
        let Some(delivery) = self.delivery.clone() else { return Ok(()) };
        let mut days = DayCursor::new(catalog.zone());
        let mut slots: Vec<Option<Routing>> = batch.shapes.iter().map(|_| None).collect();
        for event in batch.events.iter().filter(|event| window.holds(event.occurred_at)) {
            let place = event.shape as usize;
            let (Some(shape), Ok(day)) = (batch.shapes.get(place), days.day_of(event.occurred_at))
            else {
                continue;
            };
            let own = batch.costs.get(&event.place);
            let cost = delivery.of(&mut slots[place], (&batch.customer, shape), (event, own));
            let quantity = delivery.quantity(shape, event);
            self.sums.add_times(times, (), (day, quantity), cost)?;
        }
        Ok(())
    }

    /// The costs in smallest steps, by currency, exactly.
    pub(crate) fn total(&self, book: &Book) -> Result<BTreeMap<Unit, Exact>, DeliveryError> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let sums = self.sums.sums(book.exchange())?;
        Ok(sums.into_iter().map(|(((), unit), cost)| (unit, cost)).collect())
    }
}

/// A batch without the events that came inside operations before.
fn fresh(batch: &UsageBatch, book: &Book) -> UsageBatch {
    let mut batch = batch.clone();
    if let Some(known) = book.customers.get(&batch.customer) {
        batch.events.retain(|event| !known.inline_events.contains_key(&event.key_order));
    }
    batch
}

/// Events of an operation as a batch; those of meters that are not known are left out.
fn batch(
    catalog: &Catalog,
    customer: &CustomerCode,
    (events, at): (&[&InlineEvent], Instant),
) -> Option<UsageBatch> {
    let mut batch = UsageBatch::empty(customer.clone());
    for (row, event) in (0_u32..).zip(events) {
        let unit = catalog.meter(&event.meter).and_then(|meter| catalog.unit(meter.unit))?;
        let text = event.quantity.to_string();
        let quantity = parse_steps(&text, unit.scale(), unit.code().as_str()).ok()?;
        let dimensions =
            event.dimensions.iter().map(|(n, v)| (Arc::from(n.as_str()), Arc::from(v.as_str())));
        let place = Place { segment: 0, row };
        batch.shapes.push(Shape { meter: event.meter.clone(), dimensions: dimensions.collect() });
        batch.costs.extend(event.delivery_cost.map(|cost: DeliveryCost| (place, cost)));
        batch.events.push(UsageEvent {
            occurred_at: event.occurred_at.unwrap_or(at),
            quantity,
            shape: row,
            place,
            key_order: key_order(&event.key),
            member: u32::MAX,
        });
    }
    Some(batch)
}
