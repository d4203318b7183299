//! Arguments of holds.

use clap::{Args as ClapArgs, Subcommand};

use super::corrections::ByHand;
use super::customer::OneCustomer;

/// `hold`.
#[derive(Debug, Subcommand)]
pub(crate) enum HoldCommand {
    /// Reserve units of a wallet, or what some usage would cost.
    #[command(
        after_help = "Example: scrip -w books hold place --customer acme --hold job-1 --wallet standard --units 50 \\\n           --expires-at 2026-11-02"
    )]
    Place(Place),
    /// Burn what is held.
    #[command(
        after_help = "Example: scrip -w books hold capture --customer acme --hold job-1 --units 42"
    )]
    Capture(Capture),
    /// Give held units back.
    #[command(after_help = "Example: scrip -w books hold release --customer acme --hold job-1")]
    Release(Release),
    /// Show holds that have not ended.
    #[command(after_help = "Example: scrip -w books hold list acme --json")]
    List(ListHolds),
}

/// `hold place`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Place {
    #[command(flatten)]
    pub(crate) by_hand: ByHand,
    /// Id of the hold; the operation's id if absent.
    #[arg(long)]
    pub(crate) hold: Option<String>,
    /// Wallet.
    #[arg(long, requires = "units", required_unless_present = "meter")]
    pub(crate) wallet: Option<String>,
    /// Units of the wallet.
    #[arg(long, allow_negative_numbers = true, requires = "wallet")]
    pub(crate) units: Option<String>,
    /// Meter of the usage that is expected.
    #[arg(long, requires = "quantity", conflicts_with = "wallet")]
    pub(crate) meter: Option<String>,
    /// Its quantity.
    #[arg(long, allow_negative_numbers = true, requires = "meter")]
    pub(crate) quantity: Option<String>,
    /// A dimension of it, as NAME=VALUE; may be repeated.
    #[arg(long = "dimension", value_name = "NAME=VALUE", requires = "meter")]
    pub(crate) dimensions: Vec<String>,
    /// Hold what is available, if that is less.
    #[arg(long)]
    pub(crate) or_available: bool,
    /// When it times out, exclusive: a date, an instant or `never`; by the wallet type's policy if absent.
    #[arg(long)]
    pub(crate) expires_at: Option<String>,
}

/// `hold capture`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Capture {
    #[command(flatten)]
    pub(crate) by_hand: ByHand,
    /// The hold.
    #[arg(long)]
    pub(crate) hold: String,
    /// Units to burn; all that are held if absent.
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) units: Option<String>,
    /// End the hold: the rest is released.
    #[arg(long = "final", conflicts_with = "keep")]
    pub(crate) is_final: bool,
    /// Keep the rest held.
    #[arg(long)]
    pub(crate) keep: bool,
}

/// `hold release`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Release {
    #[command(flatten)]
    pub(crate) by_hand: ByHand,
    /// The hold.
    #[arg(long)]
    pub(crate) hold: String,
    /// Units; all that are held if absent.
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) units: Option<String>,
}

/// `hold list`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ListHolds {
    #[command(flatten)]
    pub(crate) of: OneCustomer,
}
