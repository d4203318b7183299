//! `operate`, `grant`, `run-schedule`, `expire`.

use scrip_app::Edge;
use scrip_app::operate::{Mode, OperateView, operate as run, read_lines};
use scrip_app::view::{AlertView, EntryView, WaitingView};
use scrip_engine::Operation;
use scrip_store::Mode as Access;
use serde_json::{Map, Value, json};

use super::{Books, close, described, id_and_at, instant, open, read, requests};
use crate::args::{Args, Grant, Kind, Operate};
use crate::edge::{edge, new_id};
use crate::failure::Failure;
use crate::output::Output;
use crate::text::{counted, grid};

/// Prints entries as an accountant writes them.
pub(crate) fn print_entries(out: &mut Output, entries: &[EntryView]) {
    for entry in entries {
        let late = if entry.late { " (late)" } else { "" };
        out.line(format!(
            "{}  {} {} no. {}{late}  {}  [{}]",
            entry.booked_on, entry.customer, entry.kind, entry.number, entry.memo, entry.operation
        ));
        let mut rows = Vec::new();
        for posting in &entry.postings {
            let (debit, credit) = match posting.amount.strip_prefix('-') {
                Some(credit) => (String::new(), credit.to_owned()),
                None => (posting.amount.clone(), String::new()),
            };
            let mut about: Vec<String> = Vec::new();
            about.extend(posting.lot.iter().map(|lot| format!("lot {lot}")));
            about.extend(posting.rate.iter().map(|rate| format!("rate {rate}")));
            about.extend(posting.dimensions.iter().map(|(name, value)| format!("{name}={value}")));
            rows.push(vec![
                format!("    {} {}", posting.number, posting.account),
                debit,
                credit,
                posting.unit.clone(),
                about.join(", "),
            ]);
        }
        grid(out, &["    Account", "Debit", "Credit", "Unit", "About"], &[1, 2], &rows);
        out.line("");
    }
}

/// Alerts that were raised, and what fell due and waits.
pub(crate) fn show_noticed(alerts: &[AlertView], waiting: &[WaitingView], out: &mut Output) {
    for alert in alerts {
        out.line(format!("Alert {} of {} / {}", alert.code, alert.customer, alert.wallet));
    }
    for waiting in waiting {
        let what = waiting.what.as_deref().unwrap_or("everything");
        let (customer, due, reason) = (&waiting.customer, &waiting.due, &waiting.reason);
        out.line(format!("Waits: {what} for {customer}, due {due}: {reason}"));
    }
}

/// What operations did or would do; those of a file are named by their lines.
pub(crate) fn show(view: &OperateView, in_file: bool, out: &mut Output) {
    let mut entries = 0_u64;
    for operation in &view.operations {
        if view.dry_run {
            // The one operation of a command stands on no line.
            let place = if in_file { format!("line {}: ", operation.line) } else { String::new() };
            let done = match operation.outcome {
                "applied" => "would be applied",
                _ => "was applied before",
            };
            out.line(format!("{place}{} {} ({done})", operation.op, operation.id));
            print_entries(out, &operation.entries);
        }
        entries += operation.entries.len() as u64;
        if let Some(why) = &operation.needs_approval {
            out.line(format!("Not without a second person: {why}"));
        }
        show_noticed(&operation.alerts, &operation.waiting, out);
    }
    let applied = view.operations.iter().filter(|o| o.outcome == "applied").count();
    let already = view.operations.len() - applied;
    let operations = counted(applied as u64, "operation");
    let mut text = format!("{operations} applied, {}", counted(entries, "entry"));
    if already > 0 {
        text.push_str(&format!("; {already} had been applied before"));
    }
    if view.dry_run {
        text = format!("Dry run: {text}. Nothing was changed");
    }
    out.line(format!("{text}."));
    out.result(view);
}

/// Does operations, or asks a second person to approve them where `--ask` says so, and shows what they
/// cause. `file` is where they stand; empty for the operation of a command.
pub(crate) async fn perform(
    args: &Args,
    books: &Books,
    edge: &Edge,
    (file, operations): (&str, &[(usize, Operation)]),
    mode: Mode,
    out: &mut Output,
) -> Result<(), Failure> {
    if mode == Mode::Commit && requests::is_for_later(args) {
        return requests::instead(args, books, edge, (file, operations), out).await;
    }
    let view = run(books, edge, file, operations, mode).await?;
    // A dry run shows its entries anyway, and a file may hold many.
    if mode == Mode::Commit && file.is_empty() {
        for operation in &view.operations {
            print_entries(out, &operation.entries);
        }
    }
    show(&view, !file.is_empty(), out);
    Ok(())
}

pub(crate) async fn operate(
    args: &Args,
    operate: &Operate,
    out: &mut Output,
) -> Result<(), Failure> {
    let name = operate.file.display().to_string();
    let text = if name == "-" {
        std::io::read_to_string(std::io::stdin())
            .map_err(|source| scrip_app::AppError::File { path: "-".into(), source })?
    } else {
        read(&operate.file)?
    };
    let operations = read_lines(&name, &text)?;
    let books = open(args, Access::ReadWrite).await?;
    let mode = if operate.dry_run { Mode::DryRun } else { Mode::Commit };
    let edge = edge(args.actor.as_deref())?;
    perform(args, &books, &edge, (&name, &operations), mode, out).await?;
    close(books, out).await;
    Ok(())
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Purchased => "purchased",
        Kind::Bonus => "bonus",
        Kind::Promotional => "promotional",
        Kind::Compensation => "compensation",
        Kind::Allocated => "allocated",
        Kind::Migrated => "migrated",
    }
}

/// The operation that the flags of `grant` describe.
fn grant_operation(grant: &Grant, at: &str, id: &str, actor: &str) -> Result<Operation, Failure> {
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    set("op", "grant_credits".into());
    set("id", id.into());
    set("at", at.into());
    set("actor", actor.into());
    set("customer", grant.customer.clone().into());
    set("wallet", grant.wallet.clone().into());
    set("units", grant.units.clone().into());
    set("kind", kind(grant.kind).into());
    if grant.invoiced {
        set("settlement", "invoiced".into());
    }
    let optional = [
        ("wallet_type", &grant.wallet_type),
        ("effective_at", &grant.effective_at),
        ("expires_at", &grant.expires_at),
        ("reason", &grant.reason),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            set(name, value.clone().into());
        }
    }
    if let Some(priority) = grant.priority {
        set("priority", priority.into());
    }
    if let Some(net) = &grant.price {
        let tax = grant.tax.clone().unwrap_or_else(|| "0".to_owned());
        set("price", json!({ "net": net, "tax": tax, "currency": grant.currency }));
    }
    described(Value::Object(members))
}

pub(crate) async fn grant(args: &Args, grant: &Grant, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadWrite).await?;
    let edge = edge(args.actor.as_deref())?;
    let given = (grant.id.as_deref(), grant.at.as_deref());
    let (id, at) = id_and_at(&books, given, edge.now).await?;
    let operation = grant_operation(grant, &at.to_string(), id.as_str(), edge.actor.as_str())?;
    let mode = if grant.dry_run { Mode::DryRun } else { Mode::Commit };
    perform(args, &books, &edge, ("", &[(1, operation)]), mode, out).await?;
    close(books, out).await;
    Ok(())
}

/// Runs an operation that concerns one customer or everyone who is due: `run_schedule`, `expire_lots`.
pub(crate) async fn sweep(
    args: &Args,
    op: &str,
    (customer, as_of): (Option<&str>, Option<&str>),
    out: &mut Output,
) -> Result<(), Failure> {
    let books = open(args, Access::ReadWrite).await?;
    let edge = edge(args.actor.as_deref())?;
    let at = instant(&books, ("as-of", as_of), edge.now).await?;
    let mut operation = json!({ "op": op, "id": new_id()?, "at": at, "actor": edge.actor });
    if let Some(customer) = customer {
        operation["customer"] = customer.into();
    }
    let operation = described(operation)?;
    let view = run(&books, &edge, "", &[(1, operation)], Mode::Commit).await?;
    show(&view, false, out);
    close(books, out).await;
    Ok(())
}
