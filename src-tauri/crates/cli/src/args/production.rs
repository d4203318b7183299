//! Arguments about a production ledger.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// How a production ledger is reached.
#[derive(Debug, Args)]
pub(crate) struct ProductionArgs {
    /// The production ledger instead of that of the workspace: `postgres://name@host:5432/database`. The
    /// password comes from PGPASSWORD, a password file or the keychain, or is asked for. The folder keeps
    /// the usage archive.
    #[arg(long, global = true, value_name = "URL", env = "SCRIP_DATABASE", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// The authority (PEM) that the database's certificate is signed by; the system's if absent.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "SCRIP_DATABASE_AUTHORITY",
        hide_env_values = true,
        conflicts_with = "database_without_tls"
    )]
    pub(crate) database_authority: Option<PathBuf>,
    /// Speak to a database on this machine without TLS.
    #[arg(long, global = true)]
    pub(crate) database_without_tls: bool,
}

/// How to pull.
#[derive(Debug, Args)]
pub(crate) struct PullArgs {
    /// Begin at the start, leaving out what is here: after production was moved, or recovered without
    /// losing anything.
    #[arg(long)]
    pub(crate) from_the_start: bool,
    /// Put the password that the server takes into the keychain of this system.
    #[arg(long)]
    pub(crate) remember: bool,
}

/// What to forget.
#[derive(Debug, Args)]
pub(crate) struct DisconnectArgs {
    /// Forget the password in the keychain alone.
    #[arg(long)]
    pub(crate) password: bool,
}

/// How to push.
#[derive(Debug, Args)]
pub(crate) struct PushArgs {
    /// Try the first item at production and take it back.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `outbox`.
#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// List what waits to be done at production, in its order.
    #[command(after_help = "Example: scrip -w desk outbox list")]
    List,
    /// Show an item, and what it would do now as far as the copy knows.
    #[command(after_help = "Example: scrip -w desk outbox show 1")]
    Show(OutboxNumber),
    /// Decide on an item again: together with what was published since, or with what it would cause now.
    #[command(
        after_help = "Example: scrip -w desk outbox renew 1 --take 'customers[acme].name=theirs'
         scrip -w desk outbox renew --all --dry-run"
    )]
    Renew(RenewItem),
    /// Take an item out: it is not done.
    #[command(after_help = "Example: scrip -w desk outbox discard 1")]
    Discard(OutboxNumber),
}

/// An item of the outbox.
#[derive(Debug, Args)]
pub(crate) struct OutboxNumber {
    /// Its number.
    pub(crate) number: u64,
}

/// `outbox renew`.
#[derive(Debug, Args)]
pub(crate) struct RenewItem {
    /// Its number.
    #[arg(required_unless_present = "all")]
    pub(crate) number: Option<u64>,
    /// All that would cause other entries now than those that were shown, or were kept back, up to the first
    /// that has to be looked at by itself.
    #[arg(long, conflicts_with_all = ["number", "take", "set"])]
    pub(crate) all: bool,
    /// Show what would be decided again, and decide nothing.
    #[arg(long, requires = "all")]
    pub(crate) dry_run: bool,
    /// Of a place that both changed, whose value is taken: PATH=ours or PATH=theirs; may be repeated.
    #[arg(long, value_name = "PATH=SIDE")]
    pub(crate) take: Vec<String>,
    /// Of such a place, another value than either: PATH=VALUE; may be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
}
