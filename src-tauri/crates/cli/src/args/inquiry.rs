//! Arguments of `audit`, `customers`, `fx`, `explain`, `preview` and `previews`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

/// `fx`.
#[derive(Debug, Subcommand)]
pub(crate) enum FxCommand {
    /// Import a file of the European Central Bank's reference rates: CSV, plain, zipped or gzip.
    #[command(after_help = "Example: scrip -w books fx import eurofxref-hist.zip")]
    Import(FxImport),
    /// Show exchange rates.
    #[command(after_help = "Example: scrip -w books fx show --currency USD --from 2026-01-01")]
    Show(FxShow),
}

/// `fx import`.
#[derive(Debug, ClapArgs)]
pub(crate) struct FxImport {
    /// The file.
    pub(crate) file: PathBuf,
    /// Name by which the configuration calls these rates.
    #[arg(long, default_value = "ecb")]
    pub(crate) source: String,
    /// Check and count, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `fx show`.
#[derive(Debug, ClapArgs)]
pub(crate) struct FxShow {
    /// Only rates of this source.
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// Only rates of this currency; may be repeated.
    #[arg(long)]
    pub(crate) currency: Vec<String>,
    /// First day.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Last day.
    #[arg(long)]
    pub(crate) to: Option<String>,
}

/// `audit`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Audit {
    /// Only this operation, in full: its command, and what a configuration changed.
    pub(crate) operation: Option<String>,
    /// Recorded on this day or later.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Recorded on this day or earlier.
    #[arg(long)]
    pub(crate) to: Option<String>,
    /// Only operations of this kind, such as `grant_credits`.
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Only operations that this person or program caused.
    #[arg(long)]
    pub(crate) by: Option<String>,
    /// Only operations about this customer.
    #[arg(long)]
    pub(crate) customer: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: u32,
    /// Only those after this place in the ledger.
    #[arg(long, default_value_t = 0)]
    pub(crate) after: u64,
}

/// `explain`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Explain {
    /// Idempotency key of the event.
    #[arg(required_unless_present = "hypothetical", conflicts_with = "hypothetical")]
    pub(crate) key: Option<String>,
    /// Customer; needed when several customers have events with the key.
    #[arg(long, required_if_eq("hypothetical", "true"))]
    pub(crate) customer: Option<String>,
    /// Explain usage that did not happen.
    #[arg(long, requires_all = ["customer", "meter", "quantity"])]
    pub(crate) hypothetical: bool,
    /// Meter of hypothetical usage.
    #[arg(long, requires = "hypothetical")]
    pub(crate) meter: Option<String>,
    /// Quantity of hypothetical usage, in the meter's unit.
    #[arg(long, allow_negative_numbers = true, requires = "hypothetical")]
    pub(crate) quantity: Option<String>,
    /// A dimension value of hypothetical usage: name=value; may be repeated.
    #[arg(long, requires = "hypothetical", value_name = "NAME=VALUE")]
    pub(crate) dimension: Vec<String>,
    /// When it would occur: a day or an instant; now if absent.
    #[arg(long, requires = "hypothetical")]
    pub(crate) at: Option<String>,
}

/// `preview`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Preview {
    /// A changed configuration (TOML or JSON); up to four scenarios. The file's name names the scenario.
    #[arg(long = "scenario", required_unless_present = "drafts", value_name = "FILE")]
    pub(crate) scenarios: Vec<PathBuf>,
    /// A draft of the workspace as a scenario of its own, named as the draft.
    #[arg(long = "draft", value_name = "NAME")]
    pub(crate) drafts: Vec<String>,
    /// First day of the window, in the entity's zone.
    #[arg(long)]
    pub(crate) from: String,
    /// Last day of the window.
    #[arg(long)]
    pub(crate) through: String,
    /// Let changes count at the dates that the file says, instead of from the first day on.
    #[arg(long)]
    pub(crate) as_dated: bool,
    /// Only this customer; may be repeated.
    #[arg(long = "customer")]
    pub(crate) customers: Vec<String>,
    /// How many customers are listed at either end of each list.
    #[arg(long, default_value_t = 5, conflicts_with = "all")]
    pub(crate) listed: usize,
    /// List every customer.
    #[arg(long)]
    pub(crate) all: bool,
    /// Keep it with the workspace under this name, with every customer.
    #[arg(long, value_name = "NAME")]
    pub(crate) keep: Option<String>,
    /// What it was run for, kept with it.
    #[arg(long, requires = "keep", default_value = "")]
    pub(crate) note: String,
    /// Write it into this folder as well, with every customer.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// What it is written as.
    #[arg(long, value_enum, default_value = "xlsx", requires = "out")]
    pub(crate) format: PreviewFormat,
}

/// A form of a preview's files.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PreviewFormat {
    /// One workbook.
    Xlsx,
    /// A CSV file for each table.
    Csv,
}

/// `previews`.
#[derive(Debug, Subcommand)]
pub(crate) enum PreviewsCommand {
    /// List the previews that are kept: what was compared, when, by whom, with the hashes of the drafts.
    #[command(after_help = "Example: scrip -w books previews list")]
    List,
    /// Show a kept preview, and what happened to the books since.
    #[command(after_help = "Example: scrip -w books previews show dearer-in-march")]
    Show(KeptName),
    /// Write a kept preview to files.
    #[command(
        after_help = "Example: scrip -w books previews export dearer-in-march --out previews-of-march --format csv"
    )]
    Export(ExportKept),
    /// Throw a kept preview away.
    #[command(after_help = "Example: scrip -w books previews discard dearer-in-march")]
    Discard(KeptName),
}

/// A kept preview.
#[derive(Debug, ClapArgs)]
pub(crate) struct KeptName {
    /// Its name.
    pub(crate) name: String,
}

/// `previews export`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ExportKept {
    /// Its name.
    pub(crate) name: String,
    /// Folder to write it into.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// What it is written as.
    #[arg(long, value_enum, default_value = "xlsx")]
    pub(crate) format: PreviewFormat,
}

/// `customers`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Customers {
    /// Words that occur in code or name.
    #[arg(long, default_value = "")]
    pub(crate) search: String,
    /// Only those on this plan.
    #[arg(long)]
    pub(crate) plan: Option<String>,
    /// Only those in this country.
    #[arg(long)]
    pub(crate) country: Option<String>,
    /// Only those with this label.
    #[arg(long)]
    pub(crate) tag: Option<String>,
    /// Only those after this one, in order of code.
    #[arg(long)]
    pub(crate) after: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: usize,
    /// What is usable at this date (its first instant in the entity's zone) or instant; now if absent.
    #[arg(long)]
    pub(crate) as_of: Option<String>,
}
