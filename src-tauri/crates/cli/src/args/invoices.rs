//! Arguments of invoices.

use clap::{Args as ClapArgs, Subcommand};

use super::corrections::ByHand;
use super::customer::OneCustomer;

/// `invoice`.
#[derive(Debug, Subcommand)]
pub(crate) enum InvoiceCommand {
    /// Show a customer's invoices and drafts, one a line.
    #[command(after_help = "Example: scrip -w books invoice list acme --json")]
    List(ListInvoices),
    /// Show a final invoice with its lines.
    #[command(after_help = "Example: scrip -w books invoice show acme --invoice acme-2026-0001")]
    Show(ShowInvoice),
    /// Show drafts with their lines: what the next invoice of each billing period would say.
    #[command(after_help = "Example: scrip -w books invoice draft acme --period 2026-10-01")]
    Draft(ShowDraft),
    /// Make the draft of a billing period final.
    #[command(
        after_help = "Example: scrip -w books invoice finalize --customer acme --period 2026-10-01 --tax 4.20"
    )]
    Finalize(Finalize),
    /// Take back an invoice that nobody has paid: its usage returns to the draft, or to the lots.
    #[command(
        after_help = "Example: scrip -w books invoice void --customer acme --invoice acme-2026-0001 --reason \"wrong address\""
    )]
    Void(VoidOne),
    /// Take a draft away: its units return to their lots, its overage is not charged.
    #[command(
        after_help = "Example: scrip -w books invoice discard --customer acme --period 2026-10-01 --reason \"test account\""
    )]
    Discard(Discard),
    /// Credit an invoice or an unpaid purchase, or a part of it.
    #[command(
        after_help = "Example: scrip -w books invoice credit --customer acme --invoice acme-2026-0001 --amount 5.00 \\\n           --reason outage"
    )]
    Credit(Credit),
    /// Give up what is open of an invoice, or the price of a lot that was bought on invoice.
    #[command(
        after_help = "Example: scrip -w books invoice write-off --customer acme --invoice acme-2026-0001 --reason insolvent"
    )]
    WriteOff(GiveUp),
}

/// `invoice list`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ListInvoices {
    #[command(flatten)]
    pub(crate) of: OneCustomer,
}

/// `invoice show`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ShowInvoice {
    #[command(flatten)]
    pub(crate) of: OneCustomer,
    /// Number of the invoice.
    #[arg(long)]
    pub(crate) invoice: String,
}

/// `invoice draft`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ShowDraft {
    #[command(flatten)]
    pub(crate) of: OneCustomer,
    /// Any day of the billing period; all periods if absent.
    #[arg(long)]
    pub(crate) period: Option<String>,
}

/// `invoice finalize`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Finalize {
    #[command(flatten)]
    pub(crate) by_hand: ByHand,
    /// Any day of the billing period.
    #[arg(long)]
    pub(crate) period: String,
    /// Currency; that of the books if absent.
    #[arg(long)]
    pub(crate) currency: Option<String>,
    /// Number; the next of the customer and year if absent.
    #[arg(long)]
    pub(crate) number: Option<String>,
    /// Tax on top.
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) tax: Option<String>,
}

/// `invoice void`.
#[derive(Debug, ClapArgs)]
pub(crate) struct VoidOne {
    #[command(flatten)]
    pub(crate) by_hand: ByHand,
    /// Number of the invoice.
    #[arg(long)]
    pub(crate) invoice: String,
    /// What becomes of its usage: `draft` (the draft has it again) or `return` (units return to
    /// their lots, overage is not charged); draft if absent.
    #[arg(long)]
    pub(crate) usage: Option<String>,
}

/// `invoice discard`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Discard {
    #[command(flatten)]
    pub(crate) by_hand: ByHand,
    /// Any day of the billing period.
    #[arg(long)]
    pub(crate) period: String,
    /// Currency; that of the books if absent.
    #[arg(long)]
    pub(crate) currency: Option<String>,
}

/// `invoice credit`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Credit {
    #[command(flatten)]
    pub(crate) by_hand: ByHand,
    #[command(flatten)]
    pub(crate) which: InvoiceOrLot,
    /// Net amount; all that may be credited if absent.
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) amount: Option<String>,
    /// Return the units that burned with an invoice; take back what is left of a lot.
    #[arg(long)]
    pub(crate) with_units: bool,
}

/// What a claim is about.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false)]
pub(crate) struct InvoiceOrLot {
    /// Number of an invoice.
    #[arg(long)]
    pub(crate) invoice: Option<String>,
    /// Lot whose purchase was invoiced.
    #[arg(long)]
    pub(crate) lot: Option<String>,
}

/// `invoice write-off`.
#[derive(Debug, ClapArgs)]
pub(crate) struct GiveUp {
    #[command(flatten)]
    pub(crate) by_hand: ByHand,
    #[command(flatten)]
    pub(crate) which: InvoiceOrLot,
    /// The tax on it is not owed any more.
    #[arg(long)]
    pub(crate) tax_relief: bool,
}
