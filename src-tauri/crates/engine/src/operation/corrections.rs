//! What is put right by hand, and what a bank takes back.

use super::*;

/// The account that stands against an adjustment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counter {
    /// 4910, a concession to the customer.
    Concession,
    /// 5000, an expense of promotion.
    Promotion,
    /// The contract liability itself: units change, the money that waits for them does not.
    Liability,
}

/// What adjusted units are worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Worth {
    /// Amount, as a decimal text.
    pub amount: Number,
    /// ISO 4217 currency.
    pub currency: UnitCode,
}

/// Puts a balance right by hand. The operation must have a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustBalance {
    /// The customer.
    pub customer: CustomerCode,
    /// The lot; or else a wallet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotId>,
    /// The wallet: what is taken comes from its usable lots in draw order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<WalletCode>,
    /// Units added, or with a minus taken away.
    pub units: Number,
    /// The account that stands against it.
    pub counter: Counter,
    /// What added units are worth: required for a concession, optional for a promotion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worth: Option<Worth>,
    /// Who approved it: somebody else than the actor.
    pub approver: Actor,
}

/// The bank took back what was paid for a lot. The operation must have a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChargeBack {
    /// The customer.
    pub customer: CustomerCode,
    /// The lot that was paid for.
    pub lot: LotId,
    /// Money taken back, net of tax; all that was paid and not yet paid back if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Number>,
    /// The bank also took the tax on it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_tax: bool,
}

/// The bank decided for us: what the chargeback took comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WinChargeback {
    /// The customer.
    pub customer: CustomerCode,
    /// The lot.
    pub lot: LotId,
}
