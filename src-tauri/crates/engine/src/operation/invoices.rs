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

/// Takes a final invoice back: its lines return to the draft of their period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VoidInvoice {
    /// The customer.
    pub customer: CustomerCode,
    /// Number of the invoice.
    pub invoice: InvoiceNumber,
}

/// Credits a part of an invoice, or all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditNote {
    /// The customer.
    pub customer: CustomerCode,
    /// Number of the invoice.
    pub invoice: InvoiceNumber,
    /// Net amount credited; all that may be if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Number>,
}
