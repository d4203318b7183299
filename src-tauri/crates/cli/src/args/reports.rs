//! Arguments of reports and charts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::customer::MaybeCustomer;

/// Reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportName {
    /// Balances of all accounts.
    TrialBalance,
    /// Entries with their lines.
    Journal,
    /// Movements of contract liabilities.
    RollForward,
    /// Booked month by recognised month.
    Waterfall,
    /// Revenue by wallet type, rate card, rate, customer, month, kind of lot or a dimension.
    Revenue,
    /// Movements of units.
    Units,
    /// Revenue of usage less delivery cost, by customer, plan, cohort, country, rate card, month or a
    /// dimension.
    Margin,
    /// What one customer held, got, used and paid.
    Statement,
}

/// What a report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// On the screen.
    Text,
    /// CSV files.
    Csv,
    /// A workbook.
    Xlsx,
    /// A document to print and to keep (PDF/A).
    Pdf,
    /// hledger journal (journal only).
    Hledger,
    /// Beancount ledger (journal only).
    Beancount,
}

/// `report`.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// Which report.
    pub(crate) name: ReportName,
    /// One month (2026-10).
    #[arg(long, conflicts_with_all = ["from", "to"])]
    pub(crate) month: Option<String>,
    /// First month.
    #[arg(long, requires = "to")]
    pub(crate) from: Option<String>,
    /// Last month.
    #[arg(long, requires = "from")]
    pub(crate) to: Option<String>,
    /// Last accounting day that counts (2026-10-15).
    #[arg(long)]
    pub(crate) as_of: Option<String>,
    /// By what: wallet-type, rate-card, rate, customer, month, service-month, lot-kind or a
    /// dimension such as model; for roll-forward: wallet-type, lot-kind, customer, account or
    /// currency; for the journal: line or day.
    #[arg(long)]
    pub(crate) by: Option<String>,
    #[command(flatten)]
    pub(crate) of: MaybeCustomer,
    /// What to write.
    #[arg(long, default_value = "text")]
    pub(crate) format: ReportFormat,
    /// Folder for files.
    #[arg(long, default_value = ".")]
    pub(crate) out: PathBuf,
}

/// Charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChartName {
    /// Balance of a wallet over time, with its projected depletion.
    BurnDown,
    /// Deferred balance against recognised revenue by month.
    Revenue,
}

/// `chart`.
#[derive(Debug, Args)]
pub(crate) struct Chart {
    /// Which chart.
    pub(crate) name: ChartName,
    #[command(flatten)]
    pub(crate) of: MaybeCustomer,
    /// Wallet (burn-down).
    #[arg(long, required_if_eq("name", "burn-down"))]
    pub(crate) wallet: Option<String>,
    /// First month (revenue); the ledger's first if absent.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Last month (revenue); the ledger's last if absent.
    #[arg(long)]
    pub(crate) to: Option<String>,
    /// A date or an instant (burn-down); the ledger's end if absent.
    #[arg(long)]
    pub(crate) as_of: Option<String>,
    /// Light on dark.
    #[arg(long)]
    pub(crate) dark: bool,
    /// File to write: .svg or .png.
    #[arg(long)]
    pub(crate) out: PathBuf,
}
