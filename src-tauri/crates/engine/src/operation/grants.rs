//! Grants and payments: how units and money come in.

use scrip_units::TimeError;

use super::*;

/// Money paid for units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Amount net of tax, as a decimal text.
    pub net: Number,
    /// Tax on top of it.
    #[serde(default, skip_serializing_if = "Number::is_zero")]
    pub tax: Number,
    /// Where the tax goes.
    #[serde(default, skip_serializing_if = "Tax::is_default")]
    pub tax_kind: Tax,
    /// ISO 4217 currency.
    pub currency: UnitCode,
}

/// Which tax was charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tax {
    /// Value added tax (account 2100).
    #[default]
    Vat,
    /// Sales tax (account 2110).
    SalesTax,
}

impl Tax {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How a purchase was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// Paid at once.
    #[default]
    Paid,
    /// Invoiced; a payment follows.
    Invoiced,
}

/// When a lot expires, overriding its wallet type's rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Expiry {
    /// The first instant at which it is no longer usable.
    At(When),
    /// Never.
    Never(Never),
}

impl<'de> Deserialize<'de> for Expiry {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        if text == "never" {
            return Ok(Self::Never(Never::Never));
        }
        text.parse().map(Self::At).map_err(|error| match error {
            TimeError::When { .. } => serde::de::Error::custom(format!("{error}, nor \"never\"")),
            other => serde::de::Error::custom(other),
        })
    }
}

/// The word `never`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Never {
    /// Never.
    Never,
}

/// Adds units to a wallet: a new lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantCredits {
    /// The customer.
    pub customer: CustomerCode,
    /// The wallet; made if it does not exist. The wallet type's code if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<WalletCode>,
    /// The wallet's type; the type of the existing wallet, or the type of the wallet's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet_type: Option<WalletTypeCode>,
    /// Units granted, as a decimal text.
    pub units: Number,
    /// How the customer comes by them.
    pub kind: LotKind,
    /// Id of the lot; the operation's id if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotId>,
    /// What was paid. Required for purchased, allocated and migrated lots; the value given for
    /// compensation; not allowed for promotional lots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// How it was settled.
    #[serde(default)]
    pub settlement: Settlement,
    /// From when the lot is usable; the operation's `at` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<When>,
    /// Until when, exclusive; by the wallet type's rule if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Expiry>,
    /// Grant priority: the lower number burns first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
}

/// Records a payment of an invoiced amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceivePayment {
    /// The customer.
    pub customer: CustomerCode,
    /// Amount received, as a decimal text.
    pub amount: Number,
    /// ISO 4217 currency.
    pub currency: UnitCode,
    /// The top-up that waits for this payment, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_up: Option<LotId>,
    /// The invoice that it pays, if it pays a certain one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceNumber>,
    /// The lot whose price was written off, if it pays that after all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotId>,
}
