//! Arguments about a production ledger.

use std::path::PathBuf;

use clap::Args;

/// How a production ledger is reached.
#[derive(Debug, Args)]
pub(crate) struct ProductionArgs {
    /// The production ledger instead of that of the workspace: `postgres://name@host:5432/database`. The
    /// password comes from PGPASSWORD or from a password file. The folder keeps the usage archive.
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
}
