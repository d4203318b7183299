//! Rollover: what of a lot lives on when its validity ends.

use super::*;

/// What of a lot goes over into a new lot when its validity ends; the rest expires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rollover {
    /// The part of the units left that rolls over, above 0 and up to 1.
    #[serde(default = "whole", skip_serializing_if = "is_whole")]
    pub fraction: Number,
    /// The most units from rollovers that may stand in the wallet; no limit if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Number>,
    /// How many times the same units may roll over.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u32,
    /// When the new lot expires, counted from the end of the old one; by the wallet type's own rule
    /// if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<ExpiryRule>,
    /// What gives way when the cap is reached.
    #[serde(default, skip_serializing_if = "AboveCap::is_default")]
    pub above_cap: AboveCap,
    /// Kinds of lots that roll over; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<LotKind>,
}

/// What gives way when a rollover would exceed its cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AboveCap {
    /// The new lot: what the cap does not admit expires.
    #[default]
    Truncate,
    /// The oldest rollovers of the wallet are forfeited.
    ForfeitOldest,
}

impl AboveCap {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

fn whole() -> Number {
    Number::ONE
}

fn is_whole(fraction: &Number) -> bool {
    fraction.is_one()
}

fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_once(times: &u32) -> bool {
    *times == 1
}
