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

/// Pays back units at their cost: those of one lot, or of a wallet's lots, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundGrant {
    /// The customer.
    pub customer: CustomerCode,
    /// The lot; or else a wallet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotId>,
    /// The wallet: its lots that were paid for, the newest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<WalletCode>,
    /// Units refunded; all that are left if neither units nor amount are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<Number>,
    /// Money paid back, net of tax and after the fee, instead of units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Number>,
    /// Fee kept, in the lot's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Number>,
    /// Also pays back what was paid for units that expired; breakage is taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub include_expired: bool,
    /// Also pays back what was paid for units that were used; they stay used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub include_used: bool,
    /// Also pays back the tax that was charged on what is paid back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_tax: bool,
}

/// Takes back units without paying anything: those of one lot, or of a wallet's lots in draw order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VoidLot {
    /// The customer.
    pub customer: CustomerCode,
    /// The lot; or else a wallet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotId>,
    /// The wallet: its usable lots, in draw order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<WalletCode>,
    /// Units taken back; all that are left if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<Number>,
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

/// Says until when the customer's contract runs, or that this has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetContractEnd {
    /// The customer.
    pub customer: CustomerCode,
    /// The last day of the contract, in the entity's zone. It must not be over.
    #[serde(deserialize_with = "scrip_units::time::day")]
    #[schemars(with = "String")]
    pub last_day: Date,
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
