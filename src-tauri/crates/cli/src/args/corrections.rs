//! Arguments of what is put right by hand: moves, refunds, adjustments, chargebacks.

use clap::{Args as ClapArgs, ValueEnum};

/// What operations by hand have in common.
#[derive(Debug, ClapArgs)]
pub(crate) struct ByHand {
    /// Customer.
    #[arg(long)]
    pub(crate) customer: String,
    /// Instant or date; now if absent.
    #[arg(long)]
    pub(crate) at: Option<String>,
    /// Idempotency key; a new one if absent.
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// Why.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Only show the entries.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Which units: of a lot, or of a wallet.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    /// Lot.
    #[arg(long)]
    pub(crate) lot: Option<String>,
    /// Wallet: its lots, in order.
    #[arg(long)]
    pub(crate) wallet: Option<String>,
}

/// `refund`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Refund {
    #[command(flatten)]
    pub(crate) by_hand: ByHand,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Units; all that are left if neither units nor amount are given.
    #[arg(long, allow_negative_numbers = true, conflicts_with = "amount")]
    pub(crate) units: Option<String>,
    /// Money paid back, net of tax and after the fee, instead of units.
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) amount: Option<String>,
    /// Fee kept.
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) fee: Option<String>,
    /// Also pay back what was paid for units that expired.
    #[arg(long)]
    pub(crate) include_expired: bool,
    /// Also pay back what was paid for units that were used.
    #[arg(long)]
    pub(crate) include_used: bool,
    /// Also pay back the tax.
    #[arg(long)]
    pub(crate) with_tax: bool,
}

/// `transfer`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Transfer {
    #[command(flatten)]
    pub(crate) by_hand: ByHand,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Units; all that are left if absent.
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) units: Option<String>,
    /// Customer who gets them; the same if absent.
    #[arg(long, required_unless_present = "to_wallet")]
    pub(crate) to_customer: Option<String>,
    /// Wallet that gets them; the same if absent.
    #[arg(long)]
    pub(crate) to_wallet: Option<String>,
    /// Its type, if it is new and has another name than its type.
    #[arg(long, requires = "to_wallet")]
    pub(crate) to_wallet_type: Option<String>,
}

/// `convert`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Convert {
    #[command(flatten)]
    pub(crate) by_hand: ByHand,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Units exchanged at most; all that are left if absent.
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) units: Option<String>,
    /// Wallet that gets the new units.
    #[arg(long)]
    pub(crate) to_wallet: String,
    /// Its type, if it is new and has another name than its type.
    #[arg(long)]
    pub(crate) to_wallet_type: Option<String>,
}

/// The account that stands against an adjustment.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Counter {
    /// A concession to the customer (4910).
    Concession,
    /// An expense of promotion (5000).
    Promotion,
    /// The contract liability itself (2000): units change, money does not.
    Liability,
}

/// `adjust`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Adjust {
    #[command(flatten)]
    pub(crate) by_hand: ByHand,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Units added, or with a minus taken away: --units=-5.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) units: String,
    /// The account that stands against it.
    #[arg(long)]
    pub(crate) counter: Counter,
    /// What added units are worth in money.
    #[arg(long, allow_negative_numbers = true, requires = "currency")]
    pub(crate) worth: Option<String>,
    /// Currency of the worth.
    #[arg(long, requires = "worth")]
    pub(crate) currency: Option<String>,
    /// Who approved it: somebody else than the actor.
    #[arg(long)]
    pub(crate) approver: String,
}

/// `chargeback`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ChargeBack {
    #[command(flatten)]
    pub(crate) by_hand: ByHand,
    /// Lot that was paid for.
    #[arg(long)]
    pub(crate) lot: String,
    /// Money the bank took, net of tax; all that was paid and not paid back if absent.
    #[arg(long, allow_negative_numbers = true, conflicts_with = "won")]
    pub(crate) amount: Option<String>,
    /// The bank also took the tax.
    #[arg(long, conflicts_with = "won")]
    pub(crate) with_tax: bool,
    /// The bank decided for us: what it took comes back.
    #[arg(long)]
    pub(crate) won: bool,
}

/// `reverse`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Reverse {
    #[command(flatten)]
    pub(crate) by_hand: ByHand,
    /// Keys of the events.
    #[arg(required = true, value_name = "KEY")]
    pub(crate) keys: Vec<String>,
}
