//! Holds: what a wallet type says about units that are reserved.

use super::*;

/// What becomes of holds on wallets of this type, unless a hold says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldPolicy {
    /// How long a hold lasts that names no end; for ever if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_out: Option<TimeOut>,
    /// What happens when more is captured than is held.
    #[serde(default, skip_serializing_if = "CaptureAbove::is_default")]
    pub capture_above: CaptureAbove,
    /// What becomes of the rest when less is captured than is held.
    #[serde(default, skip_serializing_if = "CaptureBelow::is_default")]
    pub capture_below: CaptureBelow,
}

/// A time that passes by the clock: a day is 24 hours, whatever the calendar does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeOut {
    /// Days of 24 hours.
    #[serde(default, skip_serializing_if = "is_none")]
    pub days: u32,
    /// Hours.
    #[serde(default, skip_serializing_if = "is_none")]
    pub hours: u32,
    /// Minutes.
    #[serde(default, skip_serializing_if = "is_none")]
    pub minutes: u32,
    /// Seconds.
    #[serde(default, skip_serializing_if = "is_none")]
    pub seconds: u32,
}

impl TimeOut {
    /// The whole time in seconds.
    #[must_use]
    pub fn in_seconds(self) -> i64 {
        let [days, hours, minutes, seconds] =
            [self.days, self.hours, self.minutes, self.seconds].map(i64::from);
        ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

/// What happens when more is captured than is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaptureAbove {
    /// The difference is drawn from what is available.
    #[default]
    DrawDifference,
    /// The capture is refused.
    Reject,
}

impl CaptureAbove {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What becomes of the rest when less is captured than is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaptureBelow {
    /// It is released, and the hold ends.
    #[default]
    Release,
    /// It stays held.
    Keep,
}

impl CaptureBelow {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
