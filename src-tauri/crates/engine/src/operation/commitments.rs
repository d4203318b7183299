//! Minimum commitments.

use scrip_units::{CardCode, Date};

use super::*;

/// Agrees a minimum with a customer: what its usage is to earn in each window at the least. What is
/// missing at the end of a window is trued up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreeCommitment {
    /// The customer.
    pub customer: CustomerCode,
    /// What the commitment is called; unique for the customer.
    pub commitment: String,
    /// The least that each window earns, net of tax, as a decimal text.
    pub amount: Number,
    /// ISO 4217 currency.
    pub currency: UnitCode,
    /// First day of the first window; not before the day of the operation.
    #[serde(deserialize_with = "scrip_units::time::day")]
    #[schemars(with = "String")]
    pub from: Date,
    /// Calendar months in a window.
    #[serde(default = "one_month")]
    pub months: u32,
    /// First day on which it no longer holds; for good if absent.
    #[serde(
        default,
        deserialize_with = "scrip_units::time::day_or_none",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub until: Option<Date>,
    /// Rate cards whose usage counts; all if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<CardCode>,
}

fn one_month() -> u32 {
    1
}
