//! Arguments. Every command has an example in its help.

pub(crate) mod corrections;
pub(crate) mod customer;
pub(crate) mod holds;
mod inquiry;
pub(crate) mod invoices;
mod lots;
mod pricing;
mod production;
mod reports;
pub(crate) mod requests;
mod wallets;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use corrections::{Adjust, ChargeBack, Convert, Refund, Reverse, Transfer};
use customer::OneCustomer;
use holds::HoldCommand;
use invoices::InvoiceCommand;
use requests::RequestCommand;

pub(crate) use inquiry::{
    Audit, Customers, Explain, ExportKept, FxCommand, FxImport, FxShow, KeptName, Preview,
    PreviewFormat, PreviewsCommand,
};
pub(crate) use wallets::{WalletsCommand, WalletsPreview};

pub(crate) use lots::{
    ByHand, Complete, Contract, Extend, RefundCharge, Reinstate, Subscribe, TopUp, Unsubscribe,
};
pub(crate) use pricing::{CardsCommand, Compare, DraftAt, DraftName, DraftsCommand, PublishDraft};
pub(crate) use production::{
    DisconnectArgs, OutboxCommand, OutboxNumber, ProductionArgs, PullArgs, PushArgs, RenewItem,
};
pub(crate) use reports::{Chart, ChartName, Report, ReportFormat, ReportName};

/// Runs pricing and books of credit wallets, without a window.
#[derive(Debug, Parser)]
#[command(name = "scrip", version, about = "The finance desk for credit wallets", after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Args {
    /// Folder of the workspace.
    #[arg(
        short,
        long,
        global = true,
        env = "SCRIP_WORKSPACE",
        default_value = ".",
        hide_env_values = true
    )]
    pub(crate) workspace: PathBuf,
    /// The production ledger instead.
    #[command(flatten)]
    pub(crate) production: ProductionArgs,
    /// Print the result as JSON. Amounts are decimal texts.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print neither progress nor notes.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Who does this; the user's name if absent.
    #[arg(long, global = true, env = "SCRIP_ACTOR", hide_env_values = true)]
    pub(crate) actor: Option<String>,
    /// Do not do it, but ask a second person to approve it; `--ask=ID` names the request.
    #[arg(long, global = true, value_name = "ID", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) ask: Option<String>,
    /// Do not do it here, in a copy, but put it into the outbox: `scrip push` does it at production.
    #[arg(long, global = true)]
    pub(crate) queue: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = concat!(
    "Exit codes: 0 done, 2 the input is wrong, 3 the books refuse it, 4 the same id with other content, ",
    "5 not found, 6 somebody else is writing (try again), 7 files or database, ",
    "8 the books do not verify or tie, 9 stopped. After any code but 0 nothing was changed, ",
    "but for `push`: the items that it says are done are done."
);

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a new workspace.
    #[command(
        after_help = "Example: scrip -w books init --config pricing.toml\nFrom a template: scrip init --template money-wallet --dir money-wallet"
    )]
    Init(Init),
    /// List the templates that a workspace can be made from.
    #[command(after_help = "Example: scrip templates")]
    Templates,
    /// Make the demo workspace and do the main job on it: configure, import, post, expire, report, verify.
    #[command(after_help = "Example: scrip demo --dir demo")]
    Demo(Demo),
    /// Show what a configuration file changes, and apply it.
    #[command(after_help = "Example: scrip -w books apply pricing.toml --dry-run")]
    Apply(Apply),
    /// Write the configuration in force.
    #[command(after_help = "Example: scrip -w books export --out pricing.toml")]
    Export(Export),
    /// Run operations from a file, one JSON object a line: all of them or none.
    #[command(after_help = "Example: scrip -w books operate grants.jsonl --dry-run")]
    Operate(Operate),
    /// Run one operation for each row of a CSV file, or for each customer chosen: all or none.
    #[command(
        after_help = "Example: scrip -w books bulk --op grant_credits --batch promo-march --at 2026-03-01 \\\n           --customers-where 'signed_up_on>=2026-03-01' --set wallet=promo --set kind=promotional --set units=1000 --preview"
    )]
    Bulk(Bulk),
    /// Usage events.
    #[command(subcommand)]
    Usage(UsageCommand),
    /// Rate cards and their versions.
    #[command(subcommand)]
    Cards(CardsCommand),
    /// Changes of the configuration that are worked on and not yet in force.
    #[command(subcommand)]
    Drafts(DraftsCommand),
    /// Exchange rates.
    #[command(subcommand)]
    Fx(FxCommand),
    /// Grant credits to a customer.
    #[command(
        after_help = "Example: scrip -w books grant --customer acme --wallet standard --units 1000 \\\n           --kind purchased --price 90.00 --currency EUR --expires-at 2027-01-01"
    )]
    Grant(Grant),
    /// Pay back units: of a lot, or of a wallet's lots, the newest first.
    #[command(
        after_help = "Example: scrip -w books refund --customer acme --lot inv-1001 --units 8 --fee 0.20"
    )]
    Refund(Refund),
    /// Move units to another wallet or another customer, with what was paid for them.
    #[command(
        after_help = "Example: scrip -w books transfer --customer acme --wallet standard --units 100 \\\n           --to-customer globex"
    )]
    Transfer(Transfer),
    /// Exchange units for units of another wallet, by the conversion of the configuration.
    #[command(
        after_help = "Example: scrip -w books convert --customer acme --wallet standard --units 100 \\\n           --to-wallet images"
    )]
    Convert(Convert),
    /// Put a balance right by hand, with a reason and an approver.
    #[command(
        after_help = "Example: scrip -w books adjust --customer acme --wallet standard --units=-5 \\\n           --counter concession --approver bob --reason \"granted twice\""
    )]
    Adjust(Adjust),
    /// Take posted usage back: its units return to the lots they came from.
    #[command(
        after_help = "Example: scrip -w books reverse --customer acme req-17 --reason \"counted twice\""
    )]
    Reverse(Reverse),
    /// Book that a bank took a payment back, or with --won that it gave it back.
    #[command(
        after_help = "Example: scrip -w books chargeback --customer acme --lot inv-1001 --reason \"disputed\""
    )]
    Chargeback(ChargeBack),
    /// Reserve units for work in progress, burn them or give them back.
    #[command(subcommand)]
    Hold(HoldCommand),
    /// Drafts and invoices of billing periods.
    #[command(subcommand)]
    Invoice(InvoiceCommand),
    /// Rate and burn the usage that is archived and not yet posted.
    #[command(after_help = "Example: scrip -w books post --as-of 2026-11-01")]
    Post(AsOf),
    /// Do everything that has fallen due by itself: expiry, rollover and what else is on the calendar.
    #[command(after_help = "Example: scrip -w books run-schedule --as-of 2026-11-01")]
    RunSchedule(RunSchedule),
    /// Subscribe a customer to a plan.
    #[command(
        after_help = "Example: scrip -w books subscribe --customer acme --plan pro --invoiced"
    )]
    Subscribe(Subscribe),
    /// End a customer's subscription to a plan.
    #[command(
        after_help = "Example: scrip -w books unsubscribe --customer acme --plan pro --at-period-end"
    )]
    Unsubscribe(Unsubscribe),
    /// Buy units for a wallet: what is credited and what is charged are two amounts.
    #[command(
        after_help = "Example: scrip -w books top-up --customer acme --wallet standard --units 500 \\\n           --price 450.00 --currency EUR --invoiced"
    )]
    TopUp(TopUp),
    /// Let a lot live longer, before it ends.
    #[command(
        after_help = "Example: scrip -w books extend --customer acme --lot inv-1001 --expires-at 2027-06-01"
    )]
    Extend(Extend),
    /// Make a charge revenue whose service is complete.
    #[command(
        after_help = "Example: scrip -w books complete-setup --customer acme --charge voice/setup/1"
    )]
    CompleteSetup(Complete),
    /// Pay back what of a charge is not earned, and what was if asked.
    #[command(
        after_help = "Example: scrip -w books refund-charge --customer acme --charge voice/fee/1 \\\n           --include-earned --reason \"outage\""
    )]
    RefundCharge(RefundCharge),
    /// Say until when a customer's contract runs; lots that end with it move.
    #[command(
        after_help = "Example: scrip -w books contract --customer acme --last-day 2027-12-31"
    )]
    Contract(Contract),
    /// Give expired units back as a concession, in a new lot.
    #[command(
        after_help = "Example: scrip -w books reinstate --customer acme --lot inv-1001 --units 10 \\\n           --expires-at 2027-06-01 --reason \"goodwill\""
    )]
    Reinstate(Reinstate),
    /// Expire what is left of lots whose validity has ended.
    #[command(after_help = "Example: scrip -w books expire --as-of 2026-11-01")]
    Expire(AsOf),
    /// Close everything through the last day of a month: nothing is booked in it any more.
    #[command(after_help = "Example: scrip -w books close --through 2026-03-31")]
    Close(Close),
    /// What a second person is asked to approve.
    #[command(subcommand)]
    Request(RequestCommand),
    /// Show which periods are closed, and what proves it.
    #[command(after_help = "Example: scrip -w books periods --json")]
    Periods,
    /// Show the state of the books at a glance: what is owed, earned, expires and runs dry.
    #[command(after_help = "Example: scrip -w books overview --as-of 2026-11-01")]
    Overview(AsOf),
    /// Show who changed what and when: every operation, or one in full.
    #[command(
        after_help = "Example: scrip -w books audit --kind apply_configuration --from 2026-10-01"
    )]
    Audit(Audit),
    /// Show the chart of accounts, with what the company calls each account.
    #[command(after_help = "Example: scrip -w books accounts")]
    Accounts,
    /// List customers with what they hold.
    #[command(
        after_help = "Example: scrip -w books customers --search acme --plan scale --limit 20"
    )]
    Customers(Customers),
    /// Show a customer's wallets and lots.
    #[command(after_help = "Example: scrip -w books balance acme --as-of 2026-10-31")]
    Balance(Balance),
    /// Show entries of the ledger.
    #[command(
        after_help = "Example: scrip -w books ledger --customer acme --from 2026-10-01 --to 2026-10-31"
    )]
    Ledger(Ledger),
    /// Explain what a usage event cost, step by step, and who paid.
    #[command(after_help = "Example: scrip -w books explain req-000123/input
         scrip -w books explain --hypothetical --customer acme --meter tokens --quantity 1000 --dimension model=large --at 2026-03-01")]
    Explain(Explain),
    /// Make a report, on the screen or as files.
    #[command(
        after_help = "Example: scrip -w books report revenue --by model --month 2026-10 --format xlsx --out reports
         scrip -w books report roll-forward --by wallet-type --month 2026-10 --format pdf --out reports"
    )]
    Report(Report),
    /// Show the alerts that were raised.
    #[command(after_help = "Example: scrip -w books alerts --customer acme --since 2026-11-01")]
    Alerts(Alerts),
    /// Show how fast a customer's wallets burn, and when they run out.
    #[command(
        after_help = "Example: scrip -w books burn-rate acme --wallet standard --as-of 2026-11-01"
    )]
    BurnRate(BurnRate),
    /// Compare what changed prices, wallets or expiry would have done to the books with what they are.
    #[command(
        after_help = "Example: scrip -w books preview --scenario dearer.toml --from 2026-03-01 --through 2026-03-31
         scrip -w books preview --draft std-card-v7 --from 2026-03-01 --through 2026-03-31 --keep dearer-in-march --out march"
    )]
    Preview(Preview),
    /// Previews that are kept with the workspace.
    #[command(subcommand)]
    Previews(PreviewsCommand),
    /// Wallet types, tried out.
    #[command(subcommand)]
    Wallets(WalletsCommand),
    /// Draw a chart as SVG or PNG.
    #[command(
        after_help = "Example: scrip -w books chart burn-down acme --wallet standard --out burn-down.svg"
    )]
    Chart(Chart),
    /// Rebuild the ledger from its operations and compare, to the hash.
    #[command(after_help = "Example: scrip -w books verify")]
    Verify,
    /// Bring the workspace up to date with the production ledger that it follows; an empty folder begins to.
    #[command(
        after_help = "Example: scrip -w desk pull --database postgres://ana@ledger.example.com/books"
    )]
    Pull(PullArgs),
    /// Forget how a copy reaches its production ledger, and its password in the keychain; the copy stays.
    #[command(after_help = "Example: scrip -w desk disconnect --password")]
    Disconnect(DisconnectArgs),
    /// Compare the workspace with the production ledger, down to the entry.
    #[command(after_help = "Example: scrip -w desk reconcile")]
    Reconcile,
    /// Bring the tables of a production ledger that an older version made up to date.
    #[command(
        after_help = "Example: scrip upgrade --database postgres://owner@ledger.example.com/books"
    )]
    Upgrade,
    /// Do at production what waits in the outbox, then pull.
    #[command(after_help = "Example: scrip -w desk push")]
    Push(PushArgs),
    /// What was decided here and waits to be done at production.
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Show the state of the workspace.
    #[command(after_help = "Example: scrip -w books status --json")]
    Status,
    /// Write the JSON Schemas of configuration, operations and usage mappings.
    #[command(after_help = "Example: scrip schemas --dir docs/schemas")]
    Schemas(Schemas),
    /// Write the completion script of a shell.
    #[command(
        after_help = "Example: scrip completions bash > ~/.local/share/bash-completion/completions/scrip"
    )]
    Completions(Completions),
}

/// `init`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Init {
    /// Configuration to apply at once (TOML or JSON).
    #[arg(long, conflicts_with_all = ["name", "currency", "time_zone"])]
    pub(crate) config: Option<PathBuf>,
    /// Name of the legal entity.
    #[arg(long, required_unless_present_any = ["config", "template"])]
    pub(crate) name: Option<String>,
    /// Currency of the books (ISO 4217).
    #[arg(long, default_value = "EUR")]
    pub(crate) currency: String,
    /// Time zone of the books (IANA name).
    #[arg(long, default_value = "UTC")]
    pub(crate) time_zone: String,
    /// Template to make it from, with a month of sample business; `scrip templates` lists them.
    #[arg(long, conflicts_with_all = ["config", "name", "currency", "time_zone"])]
    pub(crate) template: Option<String>,
    /// Of the template, take the configuration only: no customers, no month.
    #[arg(long)]
    pub(crate) configuration_only: bool,
    /// Folder to make the workspace in; that of `--workspace` if absent.
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
}

/// `demo`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Demo {
    /// Folder to make it in.
    #[arg(long, default_value = "demo")]
    pub(crate) dir: PathBuf,
    /// Seed of the generator.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
}

/// `apply`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Apply {
    /// The configuration (TOML or JSON).
    pub(crate) file: PathBuf,
    /// Only show what would change.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// With --ask: attach this kept preview, which has to be of this very configuration.
    #[arg(long, value_name = "NAME", conflicts_with = "dry_run")]
    pub(crate) preview: Option<String>,
}

/// A text format of documents.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum DocumentFormat {
    /// TOML.
    Toml,
    /// JSON.
    Json,
}

/// `export`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Export {
    /// Format; by the file's name if absent.
    #[arg(long)]
    pub(crate) format: Option<DocumentFormat>,
    /// File to write; the screen if absent.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

/// `operate`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Operate {
    /// The operations, or `-` for standard input.
    pub(crate) file: PathBuf,
    /// Only show the entries that each would cause.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `bulk`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Bulk {
    /// CSV file whose headings are members of the operation (dotted for nested ones: price.net).
    #[arg(required_unless_present = "customers_where", conflicts_with = "customers_where")]
    pub(crate) file: Option<PathBuf>,
    /// The operation: grant_credits, void_lot, adjust_balance, ...
    #[arg(long)]
    pub(crate) op: String,
    /// Name of the batch. Ids are made of it and the row, so that a second run changes nothing.
    #[arg(long)]
    pub(crate) batch: String,
    /// A member that is the same for all rows: NAME=VALUE. A row's own cell comes first.
    #[arg(long)]
    pub(crate) set: Vec<String>,
    /// Date or instant from which the operations count, unless there is a column `at`.
    #[arg(long)]
    pub(crate) at: Option<String>,
    /// A row for each customer of the configuration that meets the condition; several must all hold.
    #[arg(long)]
    pub(crate) customers_where: Vec<String>,
    /// Only show what it would do.
    #[arg(long)]
    pub(crate) preview: bool,
    /// How many of the first rows are shown with their entries in a preview.
    #[arg(long, default_value_t = 3)]
    pub(crate) show: usize,
}

/// `usage`.
#[derive(Debug, Subcommand)]
pub(crate) enum UsageCommand {
    /// Import usage events from CSV, JSON Lines or Parquet, plain, gzip or zstd.
    #[command(
        after_help = "Example: scrip -w books usage import october.csv.gz --mapping mapping.toml"
    )]
    Import(Import),
}

/// `usage import`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Import {
    /// The file.
    pub(crate) file: PathBuf,
    /// How rows become events (TOML).
    #[arg(long)]
    pub(crate) mapping: PathBuf,
    /// Import the good rows although some are rejected; by default a rejected row stops the import.
    #[arg(long)]
    pub(crate) skip_rejects: bool,
}

/// Kinds of lots.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Bought.
    Purchased,
    /// Came with a purchase.
    Bonus,
    /// Given away.
    Promotional,
    /// Given to make up for something.
    Compensation,
    /// A share of a larger contract.
    Allocated,
    /// Opening balance.
    Migrated,
}

/// `grant`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Grant {
    /// Customer.
    #[arg(long)]
    pub(crate) customer: String,
    /// Wallet; made if it does not exist.
    #[arg(long)]
    pub(crate) wallet: String,
    /// Type of the wallet, if it is new and has another name than its type.
    #[arg(long)]
    pub(crate) wallet_type: Option<String>,
    /// Units.
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) units: String,
    /// How the customer comes by them.
    #[arg(long, default_value = "purchased")]
    pub(crate) kind: Kind,
    /// Net price paid.
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
    /// From when it is usable: a date or an instant.
    #[arg(long)]
    pub(crate) effective_at: Option<String>,
    /// Until when, exclusive: a date, an instant or `never`; by the wallet type's rule if absent.
    #[arg(long)]
    pub(crate) expires_at: Option<String>,
    /// Grant priority: the lower number burns first.
    #[arg(long)]
    pub(crate) priority: Option<u32>,
    /// Instant or date of the grant; now if absent.
    #[arg(long)]
    pub(crate) at: Option<String>,
    /// Idempotency key; a new one if absent.
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// Why.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Only show the entry.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Commands with nothing but an instant.
#[derive(Debug, ClapArgs)]
pub(crate) struct AsOf {
    /// A date (its first instant in the entity's zone) or an instant; now if absent.
    #[arg(long)]
    pub(crate) as_of: Option<String>,
}

/// `run-schedule`.
#[derive(Debug, ClapArgs)]
pub(crate) struct RunSchedule {
    /// Only this customer.
    #[arg(long)]
    pub(crate) customer: Option<String>,
    /// A date (its first instant in the entity's zone) or an instant; now if absent.
    #[arg(long)]
    pub(crate) as_of: Option<String>,
}

/// `close`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Close {
    /// The last day to close: the last day of a calendar month that is over (2026-03-31).
    #[arg(long)]
    pub(crate) through: String,
    /// Instant or date of the close; now if absent.
    #[arg(long)]
    pub(crate) at: Option<String>,
    /// Idempotency key; a new one if absent.
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// Why.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Show what should be so before, and close nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `balance`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Balance {
    #[command(flatten)]
    pub(crate) of: OneCustomer,
    /// Show what members, teams and the customer may use, have used and have left instead.
    #[arg(long)]
    pub(crate) members: bool,
    /// A date (its first instant in the entity's zone) or an instant; now if absent.
    #[arg(long)]
    pub(crate) as_of: Option<String>,
}

/// `alerts`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Alerts {
    /// Only this customer.
    #[arg(long)]
    pub(crate) customer: Option<String>,
    /// Only those seen at or after this date (its first instant in the entity's zone) or instant.
    #[arg(long)]
    pub(crate) since: Option<String>,
}

/// `burn-rate`.
#[derive(Debug, ClapArgs)]
pub(crate) struct BurnRate {
    #[command(flatten)]
    pub(crate) of: OneCustomer,
    /// Only this wallet.
    #[arg(long)]
    pub(crate) wallet: Option<String>,
    /// A date (its first instant in the entity's zone) or an instant; now if absent.
    #[arg(long)]
    pub(crate) as_of: Option<String>,
}

/// `ledger`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Ledger {
    /// Only this customer.
    #[arg(long)]
    pub(crate) customer: Option<String>,
    /// First accounting day.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Last accounting day.
    #[arg(long)]
    pub(crate) to: Option<String>,
    /// Only this kind: purchase, grant, usage, expiry, ...
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Only entries of this operation.
    #[arg(long)]
    pub(crate) operation: Option<String>,
    /// Only entries that touch this lot.
    #[arg(long)]
    pub(crate) lot: Option<String>,
    /// Entries shown at most.
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: u32,
    /// Position after which to go on, as printed by the command before.
    #[arg(long, default_value_t = 0)]
    pub(crate) after: u64,
}

/// `schemas`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Schemas {
    /// Folder to write them to.
    #[arg(long, default_value = "docs/schemas")]
    pub(crate) dir: PathBuf,
}

/// `completions`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Completions {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}
