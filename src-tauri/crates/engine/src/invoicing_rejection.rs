//! Why an invoice or a draft cannot be changed as an operation asks.

use scrip_units::{Date, InvoiceNumber, LotId};

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
    /// Units are taken back with a credit note of all that a lot costs.
    #[error(
        "the units of lot {lot} are taken back when all of it is credited: leave the amount out"
    )]
    UnitsWithAllOfLot {
        /// The lot.
        lot: LotId,
    },
    /// Neither an invoice nor a lot, or both.
    #[error("name an invoice, or a lot whose purchase was invoiced")]
    InvoiceOrLot,
    /// The price of a lot cannot be changed any more.
    #[error(
        "units or money of lot {lot} were refunded, voided, moved, charged back or written off: pay back with refund_grant instead"
    )]
    LotTouched {
        /// The lot.
        lot: LotId,
    },
    /// More than the lot costs.
    #[error("{wanted} was asked for, but lot {lot} costs {most}")]
    MoreThanItCost {
        /// The lot.
        lot: LotId,
        /// Asked for.
        wanted: String,
        /// What it costs.
        most: String,
    },
    /// Nothing of it is written off.
    #[error("nothing of lot {lot} is written off: book the payment without naming it")]
    NotWrittenOff {
        /// The lot.
        lot: LotId,
    },
    /// A lot that is written off is paid whole.
    #[error("{written_off} of lot {lot} is written off, and a payment of it is of that amount")]
    NotTheWhole {
        /// The lot.
        lot: LotId,
        /// What was written off.
        written_off: String,
    },
}
