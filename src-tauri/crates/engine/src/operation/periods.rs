//! Closing periods.

use super::*;

/// Closes everything through a day: nothing is booked on it or before it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosePeriod {
    /// The last day of a calendar month that is over. Every earlier day is closed with it.
    #[serde(deserialize_with = "scrip_units::time::day")]
    #[schemars(with = "String")]
    pub through: Date,
}
