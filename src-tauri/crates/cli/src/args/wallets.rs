//! Arguments of `wallets`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

/// `wallets`.
#[derive(Debug, Subcommand)]
pub(crate) enum WalletsCommand {
    /// Try a version of a wallet type out on an example: the engine runs it in a book of its own.
    #[command(after_help = "Example: scrip -w books wallets preview --type standard")]
    Preview(WalletsPreview),
}

/// `wallets preview`.
#[derive(Debug, ClapArgs)]
pub(crate) struct WalletsPreview {
    /// Code of the wallet type.
    #[arg(long = "type", value_name = "CODE")]
    pub(crate) wallet_type: String,
    /// The version; the one in force if absent.
    #[arg(long)]
    pub(crate) version: Option<u32>,
    /// A changed configuration (TOML or JSON) instead of the one in force.
    #[arg(long, value_name = "FILE")]
    pub(crate) configuration: Option<PathBuf>,
    /// The example (JSON), as --json writes it; one that fits the version if absent.
    #[arg(long, value_name = "FILE")]
    pub(crate) example: Option<PathBuf>,
    /// Draw it as SVG or PNG.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}
