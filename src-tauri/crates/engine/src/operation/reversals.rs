//! Usage that is taken back.

use super::*;

/// A part of what a posted event was charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostedDraw {
    /// The lot that paid; absent for what no wallet covered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotId>,
    /// The rate that priced it.
    pub rate: PostedRate,
    /// Quantity that was priced, as a decimal text; on the first draw at a rate only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Number>,
    /// Units of the charge, as a decimal text; below zero for what a lower tier gave back.
    pub units: Number,
    /// What the units are counted in, where a wallet of another unit paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitCode>,
    /// The wallet that was overdrawn by what no lot covered; absent for what was charged in money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdrawn: Option<WalletCode>,
    /// For what no lot covered: the money it was booked at, as a decimal text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<Number>,
}

/// A row of a version of a rate card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostedRate {
    /// Card.
    pub card: CardCode,
    /// Version.
    pub version: u32,
    /// Row.
    pub row: RateCode,
}

/// What became of a posted event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostedAs {
    /// It was priced.
    #[default]
    Charged,
    /// It cost nothing, because its card says so.
    Free,
    /// It was refused.
    Refused,
}

impl PostedAs {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A posted event and what it was charged, as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostedEvent {
    /// The event.
    pub event: InlineEvent,
    /// What became of it.
    #[serde(rename = "as", default, skip_serializing_if = "PostedAs::is_default")]
    pub posted_as: PostedAs,
    /// The last day that was closed when it was posted.
    #[serde(
        default,
        deserialize_with = "scrip_units::time::day_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub closed_through: Option<Date>,
    /// The customer's billing day when it was posted, if it was another one than now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_day: Option<u8>,
    /// What it was charged, in the order it was drawn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub draws: Vec<PostedDraw>,
}

/// Takes posted events back. The operation must have a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReverseUsage {
    /// The customer.
    pub customer: CustomerCode,
    /// Keys of the events.
    #[schemars(with = "Vec<String>")]
    pub keys: Vec<EventKey>,
    /// What the events were charged: added by the program, which looks it up; leave it out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posted: Vec<PostedEvent>,
}
