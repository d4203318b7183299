//! Holds: units reserved for work in progress.

use scrip_catalog::TimeOut;

use super::*;

/// Reserves units of a customer, so that nothing else can draw them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceHold {
    /// The customer.
    pub customer: CustomerCode,
    /// Id of the hold; the operation's id if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldId>,
    /// The wallet of which `units` are held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<WalletCode>,
    /// Units to hold of the wallet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<Number>,
    /// Usage that is expected: what it would cost now is held of the wallets that would pay for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<ExpectedUsage>,
    /// What happens when less is available.
    #[serde(default, skip_serializing_if = "Shortfall::is_default")]
    pub shortfall: Shortfall,
    /// When it times out, exclusive, or `never`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Expiry>,
    /// After which time it times out, counted from the operation's `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_out: Option<TimeOut>,
}

/// Usage that is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectedUsage {
    /// The meter.
    pub meter: MeterCode,
    /// Quantity in the meter's unit, as a decimal text.
    pub quantity: Number,
    /// Dimension values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dimensions: BTreeMap<String, String>,
}

/// What happens when less is available than is to be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shortfall {
    /// The hold is refused.
    #[default]
    Reject,
    /// What is available is held.
    HoldAvailable,
}

impl Shortfall {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Burns what is held: all of it, so many units, or what some events cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaptureHold {
    /// The customer.
    pub customer: CustomerCode,
    /// The hold.
    pub hold: HoldId,
    /// Units to burn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<Number>,
    /// Events to rate and burn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<InlineEvent>,
    /// Whether the hold ends with this capture; by the wallet type's policy if absent.
    #[serde(default, rename = "final", skip_serializing_if = "Option::is_none")]
    pub is_final: Option<bool>,
}

/// Gives held units back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseHold {
    /// The customer.
    pub customer: CustomerCode,
    /// The hold.
    pub hold: HoldId,
    /// Units to give back, those drawn last before the others; all that are held if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<Number>,
}
