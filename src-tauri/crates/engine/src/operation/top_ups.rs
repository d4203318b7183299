//! Top-ups: made by hand, a customer's own terms, and requests that wait for a payment.

use scrip_catalog::TopUp;

use super::*;

/// Buys units for a wallet: what is credited and what is charged are two amounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopUpWallet {
    /// The customer.
    pub customer: CustomerCode,
    /// The wallet; made if it does not exist.
    pub wallet: WalletCode,
    /// The wallet's type, if it is new and has another name than its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet_type: Option<WalletTypeCode>,
    /// Units credited, as a decimal text.
    pub units: Number,
    /// What is charged; by the wallet's top-up terms if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// How it is settled.
    #[serde(default)]
    pub settlement: Settlement,
    /// Id of the lot; the operation's id if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotId>,
    /// Until when, exclusive; by the wallet type's rule if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Expiry>,
}

/// Gives a customer's wallet its own top-up terms, or switches its top-ups off. Without either, the
/// terms of the wallet type hold again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetTopUp {
    /// The customer.
    pub customer: CustomerCode,
    /// The wallet.
    pub wallet: WalletCode,
    /// The terms, instead of those of the wallet type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_up: Option<TopUp>,
    /// Day of the month on which a top-up is made in any case, clamped to short months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly_on: Option<u8>,
    /// No top-ups.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub off: bool,
}

/// Gives up a top-up that waits for its payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelTopUp {
    /// The customer.
    pub customer: CustomerCode,
    /// The top-up.
    pub top_up: LotId,
}
