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
