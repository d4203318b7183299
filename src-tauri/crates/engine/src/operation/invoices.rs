//! Invoices.

use super::*;

/// Invoices overage that was earned but not yet billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InvoiceOverage {
    /// The customer.
    pub customer: CustomerCode,
    /// ISO 4217 currency.
    pub currency: UnitCode,
    /// Net amount; everything unbilled if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Number>,
    /// Tax on top of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Number>,
}

/// Makes the draft invoice of a billing period final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinalizeInvoice {
    /// The customer.
    pub customer: CustomerCode,
    /// Any day of the billing period.
    #[serde(deserialize_with = "scrip_units::time::day")]
    #[schemars(with = "String")]
    pub period: Date,
    /// ISO 4217 currency; that of the books if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<UnitCode>,
    /// Number of the invoice; the next of the customer and year if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<InvoiceNumber>,
    /// Tax on top of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Number>,
    /// Which tax.
    #[serde(default)]
    pub tax_kind: Tax,
}

/// What becomes of the usage of an invoice that is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VoidedUsage {
    /// It stands on the draft of its period again.
    #[default]
    Draft,
    /// It is not charged: what burned returns to its lots, and overage is taken back.
    Return,
}

impl VoidedUsage {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    fn is_draft(&self) -> bool {
        *self == Self::Draft
    }
}

/// Takes a final invoice back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VoidInvoice {
    /// The customer.
    pub customer: CustomerCode,
    /// Number of the invoice.
    pub invoice: InvoiceNumber,
    /// What becomes of its usage.
    #[serde(default, skip_serializing_if = "VoidedUsage::is_draft")]
    pub usage: VoidedUsage,
}

/// Takes a draft away: what it holds returns to its lots, and its overage is not charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscardDraft {
    /// The customer.
    pub customer: CustomerCode,
    /// Any day of the billing period.
    #[serde(deserialize_with = "scrip_units::time::day")]
    #[schemars(with = "String")]
    pub period: Date,
    /// ISO 4217 currency; that of the books if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<UnitCode>,
}

/// Credits a part of an invoice or of the purchase of a lot, or all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditNote {
    /// The customer.
    pub customer: CustomerCode,
    /// Number of the invoice; or else a lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceNumber>,
    /// A lot whose purchase was invoiced and is not paid: its price goes down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotId>,
    /// Net amount credited; all that may be if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Number>,
    /// The units that burned with an invoice return to their lots; what is left of a lot is taken back.
    /// Only when all that is left is credited.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_units: bool,
}

/// Gives up a claim that will not be paid: all that is open of an invoice, or the price of a lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteOff {
    /// The customer.
    pub customer: CustomerCode,
    /// Number of the invoice; or else a lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceNumber>,
    /// A lot whose purchase was invoiced and is not paid. What is left of it is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotId>,
    /// The tax on it is not owed any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tax_relief: bool,
}
