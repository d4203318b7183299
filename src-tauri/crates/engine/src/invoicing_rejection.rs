//! Why an invoice or a draft cannot be changed as an operation asks.

use scrip_units::{Date, InvoiceNumber};

/// Why an invoice or a draft cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvoicingRejection {
    /// Part of a draft was invoiced without it.
    #[error(
        "part of the draft of {period} was invoiced by invoice_overage: make it final and credit it"
    )]
    DraftInvoicedBefore {
        /// First day of the billing period.
        period: Date,
    },
    /// Units return with a credit note of all that is left.
    #[error(
        "the units of invoice {invoice} return when all that is left of it is credited: leave the amount out"
    )]
    UnitsWithAll {
        /// The invoice.
        invoice: InvoiceNumber,
    },
}
