//! Usage as the engine sees it: the events of one customer, small and in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use scrip_catalog::DeliveryCost;
use scrip_units::{CustomerCode, Instant, MemberCode, MeterCode};

/// Where an event stands in the usage archive: segment and row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Number of the segment in the manifest; 0 for events that came inside an operation.
    pub segment: u32,
    /// Row in the segment, from 0.
    pub row: u32,
}

/// What events have in common: meter and dimension values. A batch holds each combination once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shape {
    /// The meter.
    pub meter: MeterCode,
    /// The dimension values by name. A declared dimension that the event does not give is absent.
    pub dimensions: BTreeMap<Arc<str>, Arc<str>>,
}

/// One usage event, without its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageEvent {
    /// When the usage occurred.
    pub occurred_at: Instant,
    /// Quantity in smallest steps of the meter's unit.
    pub quantity: i64,
    /// Index into [`UsageBatch::shapes`].
    pub shape: u32,
    /// Where the event is archived.
    pub place: Place,
    /// First eight bytes (big endian) of the BLAKE3 hash of the idempotency key: the tie-breaker
    /// among events of one instant, the same in whatever order they arrived.
    pub key_order: u64,
    /// Index into [`UsageBatch::members`], or `u32::MAX` for none.
    pub member: u32,
}

impl UsageEvent {
    /// The posting order: by time, then by key, then by place.
    #[must_use]
    pub fn order(&self) -> (Instant, u64, Place) {
        (self.occurred_at, self.key_order, self.place)
    }
}

/// The usage of one customer that is posted together, in posting order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageBatch {
    /// Whose usage it is.
    pub customer: CustomerCode,
    /// The distinct combinations of meter and dimension values.
    pub shapes: Vec<Shape>,
    /// The distinct members.
    pub members: Vec<MemberCode>,
    /// The events, sorted by [`UsageEvent::order`].
    pub events: Vec<UsageEvent>,
    /// What events cost to deliver, of those that say it themselves.
    pub costs: BTreeMap<Place, DeliveryCost>,
}

impl UsageBatch {
    /// A batch without events.
    #[must_use]
    pub fn empty(customer: CustomerCode) -> Self {
        Self {
            customer,
            shapes: Vec::new(),
            members: Vec::new(),
            events: Vec::new(),
            costs: BTreeMap::new(),
        }
    }
}
