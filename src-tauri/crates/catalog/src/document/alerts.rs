//! Alerts: what an operator wants to be told about a wallet.

use super::*;

/// One alert of a wallet type: a code and exactly one condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// Code, of its own within the version.
    pub code: AlertCode,
    /// Less than so many units are usable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Number>,
    /// Less than so many percent are usable of what was granted in the lots that are valid now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below_percent: Option<Number>,
    /// A lot with units left ends within this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiring_within: Option<Within>,
    /// The wallet is expected to run out within this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs_out_within: Option<Within>,
    /// A day burns far more than the days before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spike: Option<Spike>,
}

/// A time from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Within {
    /// Days of 24 hours.
    pub days: u32,
}

/// How much more than usual is a spike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spike {
    /// A day's burn above so many times the mean of the seven days before.
    pub factor: Number,
}
