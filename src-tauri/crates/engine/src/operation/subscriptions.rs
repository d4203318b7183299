//! Subscriptions to plans.

use scrip_units::PlanCode;

use super::*;

/// Subscribes a customer to a plan: its grants follow by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    /// The customer.
    pub customer: CustomerCode,
    /// The plan.
    pub plan: PlanCode,
    /// The day from which periods are counted, and the first day of the subscription if it is to
    /// come; the operation's `at` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<When>,
    /// How what the grants cost is settled.
    #[serde(default)]
    pub settlement: Settlement,
}

/// The service that a charge is for is complete: what is deferred of it is revenue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteSetup {
    /// The customer.
    pub customer: CustomerCode,
    /// The charge: `PLAN/CHARGE/N`.
    pub charge: String,
}

/// Pays a charge back: what is not earned yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundCharge {
    /// The customer.
    pub customer: CustomerCode,
    /// The charge: `PLAN/CHARGE/N`.
    pub charge: String,
    /// Pay back what was earned as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub include_earned: bool,
    /// Pay back the tax on it as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_tax: bool,
}

/// Ends a subscription: nothing more is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelSubscription {
    /// The customer.
    pub customer: CustomerCode,
    /// The plan.
    pub plan: PlanCode,
    /// Leave what was granted for the current period; if not, what was given away is taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_period_end: bool,
}
