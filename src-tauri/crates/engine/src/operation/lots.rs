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

/// Lets a lot live longer, before it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendLot {
    /// The customer.
    pub customer: CustomerCode,
    /// The lot.
    pub lot: LotId,
    /// The first instant at which it is no longer usable: later than it was.
    pub expires_at: Expiry,
}

/// Gives expired units back as a concession, in a new lot. Needs a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReinstateLot {
    /// The customer.
    pub customer: CustomerCode,
    /// The lot that expired.
    pub lot: LotId,
    /// Units given back; all that expired if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<Number>,
    /// When the new lot ends.
    pub expires_at: Expiry,
    /// Id of the new lot; the operation's id if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_lot: Option<LotId>,
}
