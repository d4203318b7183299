//! Units that move to another wallet, another customer or another unit.

use super::*;

/// Moves units to another wallet of the same unit, of the same customer or of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferUnits {
    /// The customer who gives.
    pub customer: CustomerCode,
    /// The lot; or else a wallet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotId>,
    /// The wallet: its usable lots, in draw order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<WalletCode>,
    /// Units moved; all that are left if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<Number>,
    /// The customer who gets them; the same if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_customer: Option<CustomerCode>,
    /// The wallet that gets them; the wallet they come from if absent. Made if it does not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_wallet: Option<WalletCode>,
    /// Its type, if it is new and has another name than its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_wallet_type: Option<WalletTypeCode>,
}

/// Exchanges units for those of another unit, by the conversion of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConvertUnits {
    /// The customer.
    pub customer: CustomerCode,
    /// The lot; or else a wallet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotId>,
    /// The wallet: its usable lots, in draw order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<WalletCode>,
    /// Units exchanged at most; all that are left if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<Number>,
    /// The wallet that gets the new units. Made if it does not exist.
    pub to_wallet: WalletCode,
    /// Its type, if it is new and has another name than its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_wallet_type: Option<WalletTypeCode>,
}
