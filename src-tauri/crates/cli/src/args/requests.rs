//! Arguments of requests for approval.

use clap::{Args as ClapArgs, Subcommand};

/// `request`.
#[derive(Debug, Subcommand)]
pub(crate) enum RequestCommand {
    /// List the requests that wait, or all.
    #[command(after_help = "Example: scrip -w books request list --all")]
    List(ListRequests),
    /// Show what a request asks for, and what it would cause now.
    #[command(after_help = "Example: scrip -w books request show refund-17")]
    Show(ShowRequest),
    /// Approve a request: what it asks for is done at once.
    #[command(
        after_help = "Example: scrip -w books request approve refund-17 --content 3d264f8eff3a --actor ben"
    )]
    Approve(Approve),
    /// Reject a request.
    #[command(
        after_help = "Example: scrip -w books request reject refund-17 --reason \"the wrong invoice\" --actor ben"
    )]
    Reject(Reject),
    /// Take your own request back.
    #[command(after_help = "Example: scrip -w books request withdraw refund-17")]
    Withdraw(Withdraw),
    /// Ask again for what another configuration has overtaken, together with that.
    #[command(
        after_help = "Example: scrip -w books request renew prices --take 'customers[acme].name=theirs'"
    )]
    Renew(Renew),
}

/// `request list`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ListRequests {
    /// Also those that were decided or have lapsed.
    #[arg(long)]
    pub(crate) all: bool,
}

/// `request show`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ShowRequest {
    /// The request.
    pub(crate) id: String,
}

/// `request approve`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Approve {
    /// The request.
    pub(crate) id: String,
    /// The content that was looked at, as `request show` prints it: its first 12 characters or more.
    #[arg(long)]
    pub(crate) content: String,
    /// A word with it.
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

/// `request reject`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Reject {
    /// The request.
    pub(crate) id: String,
    /// Why.
    #[arg(long)]
    pub(crate) reason: String,
}

/// `request withdraw`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Withdraw {
    /// The request.
    pub(crate) id: String,
    /// Why.
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

/// `request renew`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Renew {
    /// The request.
    pub(crate) id: String,
    /// Of a place that both changed, whose value is taken: PATH=ours or PATH=theirs; may be repeated.
    #[arg(long, value_name = "PATH=SIDE")]
    pub(crate) take: Vec<String>,
    /// Of such a place, another value than either: PATH=VALUE; may be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
}
