//! The organisations that pay.

use super::*;

/// The organisation that pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// Code that usage events and operations name.
    pub code: CustomerCode,
    /// Name as printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Cards that apply before those for everyone, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rate_cards: Vec<CardCode>,
    /// Prices agreed with this customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<PriceOverride>,
    /// Versions of cards that this customer stays on, or gets early.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub card_versions: Vec<CardVersion>,
    /// Day of the month on which billing periods start, clamped to short months.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub billing_day: u8,
    /// Plan, for reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Day of sign-up, for cohorts.
    #[serde(
        default,
        deserialize_with = "scrip_units::time::day_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub signed_up_on: Option<Date>,
    /// ISO 3166-1 alpha-2 country, for reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Free labels, for filters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// People of the customer, with what they may use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// Groups of members, with what they may use together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<Team>,
    /// What all of them may use together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spend_limits: Vec<SpendLimit>,
    /// The most overage in one billing period, in money, instead of what wallet types say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overage_limit: Option<Number>,
}

fn first() -> u8 {
    1
}

fn is_first(day: &u8) -> bool {
    *day == 1
}
