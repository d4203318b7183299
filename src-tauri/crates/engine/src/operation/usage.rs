//! Usage, written in the operation or pointing into the archive.

use super::*;

/// A usage event written in an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InlineEvent {
    /// Idempotency key of the event.
    pub key: EventKey,
    /// The meter.
    pub meter: MeterCode,
    /// Quantity in the meter's unit, as a decimal text.
    pub quantity: Number,
    /// Dimension values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dimensions: BTreeMap<String, String>,
    /// Who used it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberCode>,
    /// When it was used; the operation's `at` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Instant>,
    /// What it cost to deliver, in all, if whoever delivered it says so; nothing is posted for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_cost: Option<DeliveryCost>,
    /// The key of a posted event that it stands in for: that one is taken back first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<EventKey>,
}

/// Rates and burns usage events at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordUsage {
    /// The customer.
    pub customer: CustomerCode,
    /// The events.
    pub events: Vec<InlineEvent>,
    /// Whether a refused event refuses the whole operation or is recorded as refused.
    #[serde(default, skip_serializing_if = "OnRefusal::is_default")]
    pub on_refusal: OnRefusal,
    /// What superseded events were charged: added by the program, which looks it up; leave it out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posted: Vec<PostedEvent>,
}

/// What a refused event does to its operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnRefusal {
    /// The operation is rejected.
    #[default]
    Reject,
    /// The event is recorded as refused; the others are posted.
    Record,
}

impl OnRefusal {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Rows of a usage segment: those that occurred in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentWindow {
    /// The segment.
    pub segment: u32,
    /// Earliest instant, inclusive.
    pub from: Instant,
    /// Latest instant, exclusive.
    pub until: Instant,
}

/// Rates and burns a customer's archived usage. Written by `scrip post`, not by hand: the archive
/// must hold exactly these events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostUsage {
    /// The customer.
    pub customer: CustomerCode,
    /// The rows of the archive that are posted.
    pub windows: Vec<SegmentWindow>,
    /// Number of events.
    pub events: u64,
    /// BLAKE3 hash of the events in posting order.
    #[schemars(with = "String")]
    pub events_hash: Hash,
}
