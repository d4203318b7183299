//! The commands: each opens the workspace, calls one use case and renders.

mod attached;
mod audit;
mod bulk;
mod configure;
mod corrections;
mod demo;
mod exchange;
mod explain;
mod following;
mod holds;
mod inspect;
mod invoices;
mod lots;
mod outbox;
mod overview;
mod password;
mod periods;
mod preview;
mod previews;
mod pricing;
mod report;
mod requests;
mod template;
mod usage;
mod wallets;
mod warn;
mod write;

use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use scrip_app::connection::Connection;
use scrip_app::operate::counts_from;
use scrip_app::workspace::Database;
use scrip_app::{AppError, Workspace};
use scrip_engine::Operation;
use scrip_production::{Ledger, Trust};
use scrip_store::{LedgerStore, Mode};
use scrip_units::{Instant, OperationId, When, Zone};
use serde_json::Value;

pub(crate) use self::outbox::next_of_alone;
use self::password::{Reached, reach};
use crate::args::requests::RequestCommand;
use crate::args::{Args, Command, FxCommand, UsageCommand, WalletsCommand};
use crate::failure::Failure;
use crate::output::Output;

/// An open workspace, or a production ledger.
pub(crate) type Books = Workspace<Ledger>;

/// Whether a command can ask for an approval in the place of doing what it does. All others refuse
/// `--ask`: what was to be asked for must never be done.
fn can_ask(command: &Command) -> bool {
    matches!(
        command,
        Command::Apply(_)
            | Command::Drafts(_)
            | Command::Operate(_)
            | Command::Grant(_)
            | Command::Refund(_)
            | Command::Transfer(_)
            | Command::Convert(_)
            | Command::Adjust(_)
            | Command::Reverse(_)
            | Command::Chargeback(_)
            | Command::Hold(_)
            | Command::Invoice(_)
            | Command::Subscribe(_)
            | Command::Unsubscribe(_)
            | Command::TopUp(_)
            | Command::Extend(_)
            | Command::CompleteSetup(_)
            | Command::RefundCharge(_)
            | Command::Contract(_)
            | Command::Reinstate(_)
            | Command::Close(_)
            | Command::Request(RequestCommand::Renew(_))
    )
}

/// Whether a command decides about a request: on a copy, that can be queued.
fn is_decision(command: &Command) -> bool {
    use RequestCommand::{Approve, Reject, Withdraw};
    matches!(command, Command::Request(Approve(_) | Reject(_) | Withdraw(_)))
}

/// Runs a command.
pub(crate) async fn run(args: &Args, out: &mut Output) -> Result<ExitCode, Failure> {
    if args.ask.is_some() && !can_ask(&args.command) {
        return Err(Failure::usage("--ask is for a command whose operations people do by hand"));
    }
    if args.queue {
        if !can_ask(&args.command) && !is_decision(&args.command) {
            return Err(Failure::usage(
                "--queue is for a command whose operations people do by hand",
            ));
        }
        if args.production.database.is_some() {
            return Err(Failure::usage(
                "--queue is for a copy, and --database does it at production at once: leave one out",
            ));
        }
    }
    match &args.command {
        Command::Init(init) => configure::init(args, init, out).await?,
        Command::Templates => template::list(out)?,
        Command::Demo(demo) => demo::run(args, demo, out).await?,
        Command::Apply(apply) => configure::apply(args, apply, out).await?,
        Command::Export(export) => configure::export(args, export, out).await?,
        Command::Operate(operate) => write::operate(args, operate, out).await?,
        Command::Bulk(bulk) => bulk::bulk(args, bulk, out).await?,
        Command::Usage(UsageCommand::Import(import)) => usage::import(args, import, out).await?,
        Command::Grant(grant) => write::grant(args, grant, out).await?,
        Command::Refund(refund) => corrections::refund(args, refund, out).await?,
        Command::Transfer(transfer) => corrections::transfer(args, transfer, out).await?,
        Command::Convert(convert) => corrections::convert(args, convert, out).await?,
        Command::Adjust(adjust) => corrections::adjust(args, adjust, out).await?,
        Command::Reverse(reverse) => corrections::reverse(args, reverse, out).await?,
        Command::Chargeback(back) => corrections::chargeback(args, back, out).await?,
        Command::Hold(hold) => holds::run(args, hold, out).await?,
        Command::Invoice(invoice) => invoices::run(args, invoice, out).await?,
        Command::Post(as_of) => usage::post(args, as_of, out).await?,
        Command::Subscribe(subscribe) => lots::subscribe(args, subscribe, out).await?,
        Command::Unsubscribe(unsubscribe) => lots::unsubscribe(args, unsubscribe, out).await?,
        Command::TopUp(top_up) => lots::top_up(args, top_up, out).await?,
        Command::Extend(extend) => lots::extend(args, extend, out).await?,
        Command::CompleteSetup(complete) => lots::complete(args, complete, out).await?,
        Command::RefundCharge(refund) => lots::refund_charge(args, refund, out).await?,
        Command::Contract(contract) => lots::contract(args, contract, out).await?,
        Command::Reinstate(reinstate) => lots::reinstate(args, reinstate, out).await?,
        Command::RunSchedule(run) => {
            let (customer, as_of) = (run.customer.as_deref(), run.as_of.as_deref());
            write::sweep(args, "run_schedule", (customer, as_of), out).await?;
        }
        Command::Expire(as_of) => {
            write::sweep(args, "expire_lots", (None, as_of.as_of.as_deref()), out).await?;
        }
        Command::Close(close) => periods::close(args, close, out).await?,
        Command::Request(command) => requests::run(args, command, out).await?,
        Command::Periods => periods::periods(args, out).await?,
        Command::Overview(as_of) => overview::overview(args, as_of, out).await?,
        Command::Audit(audit) => audit::audit(args, audit, out).await?,
        Command::Accounts => audit::accounts(args, out).await?,
        Command::Customers(customers) => overview::customers(args, customers, out).await?,
        Command::Balance(balance) => inspect::balance(args, balance, out).await?,
        Command::Ledger(ledger) => inspect::ledger(args, ledger, out).await?,
        Command::Cards(command) => pricing::cards(args, command, out).await?,
        Command::Drafts(command) => pricing::drafts(args, command, out).await?,
        Command::Fx(FxCommand::Import(import)) => exchange::import(args, import, out).await?,
        Command::Fx(FxCommand::Show(show)) => exchange::show(args, show, out).await?,
        Command::Explain(explain) => explain::explain(args, explain, out).await?,
        Command::Report(report) => report::report(args, report, out).await?,
        Command::Alerts(alerts) => warn::alerts(args, alerts, out).await?,
        Command::BurnRate(rate) => warn::burn_rate(args, rate, out).await?,
        Command::Preview(what) => preview::preview(args, what, out).await?,
        Command::Previews(command) => previews::previews(args, command, out).await?,
        Command::Wallets(WalletsCommand::Preview(what)) => {
            wallets::preview(args, what, out).await?;
        }
        Command::Chart(chart) => report::chart(args, chart, out).await?,
        Command::Pull(pull) => following::pull(args, pull, out).await?,
        Command::Disconnect(what) => following::disconnect(args, what, out).await?,
        Command::Reconcile => following::reconcile(args, out).await?,
        Command::Upgrade => following::upgrade(args, out).await?,
        Command::Push(push) => outbox::push(args, push, out).await?,
        Command::Outbox(command) => outbox::run(args, command, out).await?,
        Command::Verify => inspect::verify(args, out).await?,
        Command::Status => inspect::status(args, out).await?,
        Command::Schemas(schemas) => configure::schemas(schemas, out)?,
        Command::Completions(completions) => {
            let mut script = Vec::new();
            clap_complete::generate(completions.shell, &mut Args::command(), "scrip", &mut script);
            out.raw(&String::from_utf8_lossy(&script));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the workspace, or the production ledger where a database is named.
pub(crate) async fn open(args: &Args, mode: Mode) -> Result<Books, Failure> {
    let mut out = Output::new(args.json, args.quiet);
    Ok(match database(args, &mut out).await? {
        Some(database) => Workspace::open_in(&args.workspace, &database, mode).await?,
        None => Workspace::open(&args.workspace, mode).await?.into(),
    })
}

/// The database that is named, if one is.
pub(crate) async fn database(args: &Args, out: &mut Output) -> Result<Option<Database>, Failure> {
    Ok(named(args, out).await?.map(|reached| reached.database))
}

/// The ledger that is named, if one is. Where the copy beside it knows that its password is in the keychain,
/// it is looked for there.
pub(crate) async fn named(args: &Args, out: &mut Output) -> Result<Option<Reached>, Failure> {
    let trust = trust(args)?;
    let Some(url) = &args.production.database else { return Ok(None) };
    let (connection, password) = Connection::of(url, trust)?;
    let connection = connection.with_kept_password(&args.workspace);
    Ok(Some(reach(connection, password, out).await?))
}

/// By what the server of the database that is named is known.
fn trust(args: &Args) -> Result<Trust, Failure> {
    let trust = match (&args.production.database_authority, args.production.database_without_tls) {
        (Some(file), _) => Trust::Authority(file.clone()),
        (None, true) => Trust::LoopbackOnly,
        (None, false) => Trust::System,
    };
    if args.production.database.is_none() && trust != Trust::System {
        return Err(Failure::usage("how a database is reached is for `--database`"));
    }
    Ok(trust)
}

/// Closes the workspace. What was committed is safe even when the log cannot be folded into the
/// ledger's file, on a full disk for one, so that is a note and not a failure.
pub(crate) async fn close(books: Books, out: &mut Output) {
    if let Err(error) = books.close().await {
        out.note(&format!("note: it is done and stored, but {error}"));
    }
}

/// The entity's zone.
pub(crate) async fn zone(books: &Books) -> Result<Zone, Failure> {
    let header = books.store().config_latest().await?.ok_or(AppError::NoConfiguration)?;
    let document: scrip_catalog::Document =
        serde_json::from_str(&header.document).map_err(|e| Failure::usage(e.to_string()))?;
    Ok(document.entity.time_zone)
}

/// A date or an instant as an option, in the entity's zone; `default` if absent.
pub(crate) async fn instant(
    books: &Books,
    (option, text): (&str, Option<&str>),
    default: Instant,
) -> Result<Instant, Failure> {
    let Some(text) = text else { return Ok(default) };
    let when: When = inspect::parse(option, text)?;
    when.resolve(zone(books).await?).map_err(|e| Failure::usage(format!("--{option}: {e}")))
}

/// The id of a command's one operation, and from when it counts: now, if nothing is said. Repeated under its
/// id, it counts from when it did the first time, so that it is the same operation.
pub(crate) async fn id_and_at(
    books: &Books,
    (id, at): (Option<&str>, Option<&str>),
    now: Instant,
) -> Result<(OperationId, Instant), Failure> {
    let Some(id) = id else {
        return Ok((crate::edge::new_id()?, instant(books, ("at", at), now).await?));
    };
    let id: OperationId = inspect::parse("id", id)?;
    let first = match at {
        None => counts_from(books, &id).await?,
        Some(_) => None,
    };
    Ok((id, instant(books, ("at", at), first.unwrap_or(now)).await?))
}

/// The operation that options describe: what is wrong with a member is told of its option.
pub(crate) fn described(members: Value) -> Result<Operation, Failure> {
    Operation::from_value(members).map_err(|error| match &error.member {
        Some(member) => Failure::usage(format!("{}: {}", option(member), error.message)),
        None => Failure::usage(error.to_string()),
    })
}

/// The option that gives a member of an operation: `--price` gives `price.net`.
fn option(member: &str) -> String {
    let name = match member.rsplit('.').next().unwrap_or(member) {
        _ if member.starts_with("keys[") => return "KEY".to_owned(),
        _ if member.starts_with("usage.dimensions") => "dimension",
        "net" => "price",
        "amount" if member == "worth.amount" => "worth",
        name => name,
    };
    format!("--{}", name.replace('_', "-"))
}

/// Reads a text file.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    let bytes =
        std::fs::read(path).map_err(|source| AppError::File { path: path.to_owned(), source })?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        Failure::usage(format!(
            "{}:{line}: the file is not UTF-8; save it as UTF-8 and try again",
            path.display()
        ))
    })
}

/// Writes a text file.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text)
        .map_err(|source| AppError::File { path: path.to_owned(), source })?;
    Ok(())
}
