//! Arguments of what people do to lots by hand, and of the plans that bring them.

use clap::Args as ClapArgs;

/// What every operation by hand may say.
#[derive(Debug, ClapArgs)]
pub(crate) struct ByHand {
    /// Instant or date from which it counts; now if absent.
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

/// `subscribe`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Subscribe {
    /// Customer.
    #[arg(long)]
    pub(crate) customer: String,
    /// Plan.
    #[arg(long)]
    pub(crate) plan: String,
    /// Day from which periods are counted; that of the subscription if absent.
    #[arg(long)]
    pub(crate) anchor: Option<String>,
    /// Invoiced rather than paid at once.
    #[arg(long)]
    pub(crate) invoiced: bool,
    #[command(flatten)]
    pub(crate) hand: ByHand,
}

/// `unsubscribe`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Unsubscribe {
    /// Customer.
    #[arg(long)]
    pub(crate) customer: String,
    /// Plan.
    #[arg(long)]
    pub(crate) plan: String,
    /// Leave what was granted for the current period.
    #[arg(long)]
    pub(crate) at_period_end: bool,
    #[command(flatten)]
    pub(crate) hand: ByHand,
}

/// `top-up`.
#[derive(Debug, ClapArgs)]
pub(crate) struct TopUp {
    /// Customer.
    #[arg(long)]
    pub(crate) customer: String,
    /// Wallet; made if it does not exist.
    #[arg(long)]
    pub(crate) wallet: String,
    /// Units credited.
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) units: String,
    /// Net price charged; by the wallet's top-up terms if absent.
    #[arg(long, allow_negative_numbers = true, requires = "currency")]
    pub(crate) price: Option<String>,
    /// Tax on top of the price.
    #[arg(long, allow_negative_numbers = true, requires = "price")]
    pub(crate) tax: Option<String>,
    /// Currency of the price.
    #[arg(long)]
    pub(crate) currency: Option<String>,
    /// Invoiced rather than paid at once.
    #[arg(long)]
    pub(crate) invoiced: bool,
    #[command(flatten)]
    pub(crate) hand: ByHand,
}

/// `extend`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Extend {
    /// Customer.
    #[arg(long)]
    pub(crate) customer: String,
    /// Lot.
    #[arg(long)]
    pub(crate) lot: String,
    /// Until when it is valid now, exclusive: a date, an instant or `never`.
    #[arg(long)]
    pub(crate) expires_at: String,
    #[command(flatten)]
    pub(crate) hand: ByHand,
}

/// `complete-setup`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Complete {
    /// Customer.
    #[arg(long)]
    pub(crate) customer: String,
    /// Charge: PLAN/CODE/N.
    #[arg(long)]
    pub(crate) charge: String,
    #[command(flatten)]
    pub(crate) hand: ByHand,
}

/// `refund-charge`.
#[derive(Debug, ClapArgs)]
pub(crate) struct RefundCharge {
    /// Customer.
    #[arg(long)]
    pub(crate) customer: String,
    /// Charge: PLAN/CODE/N.
    #[arg(long)]
    pub(crate) charge: String,
    /// Pay back what was earned as well.
    #[arg(long)]
    pub(crate) include_earned: bool,
    /// Pay back the tax on it as well.
    #[arg(long)]
    pub(crate) with_tax: bool,
    #[command(flatten)]
    pub(crate) hand: ByHand,
}

/// `contract`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Contract {
    /// Customer.
    #[arg(long)]
    pub(crate) customer: String,
    /// Last day of the contract.
    #[arg(long)]
    pub(crate) last_day: String,
    #[command(flatten)]
    pub(crate) hand: ByHand,
}

/// `reinstate`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Reinstate {
    /// Customer.
    #[arg(long)]
    pub(crate) customer: String,
    /// Lot that expired.
    #[arg(long)]
    pub(crate) lot: String,
    /// Units given back; all that expired if absent.
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) units: Option<String>,
    /// Until when the new lot is valid, exclusive: a date, an instant or `never`.
    #[arg(long)]
    pub(crate) expires_at: String,
    /// Id of the new lot; the operation's id if absent.
    #[arg(long)]
    pub(crate) new_lot: Option<String>,
    #[command(flatten)]
    pub(crate) hand: ByHand,
}
