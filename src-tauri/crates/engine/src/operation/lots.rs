//! What happens to lots other than by usage.

use super::*;

/// Expires what is left of lots whose validity has ended at the operation's `at`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpireLots {
    /// One customer; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerCode>,
}

/// Pays back unused units at their cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundGrant {
    /// The customer.
    pub customer: CustomerCode,
    /// The lot.
    pub lot: LotId,
    /// Units refunded; all that are left if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<Number>,
    /// Fee kept, in the lot's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Number>,
}

/// Takes back what is left of a lot without paying anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VoidLot {
    /// The customer.
    pub customer: CustomerCode,
    /// The lot.
    pub lot: LotId,
}
