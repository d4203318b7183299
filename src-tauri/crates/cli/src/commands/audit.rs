//! `audit` and `accounts`.

use scrip_app::audit::{self as trail, TrailFilter};
use scrip_app::query;
use scrip_store::{Mode as Access, Page};
use serde_json::json;

use super::inspect::{optional, optional_day, parse};
use super::{Books, open};
use crate::args::{Args, Audit};
use crate::failure::Failure;
use crate::output::Output;
use crate::text::{counted, grid};

pub(crate) async fn audit(args: &Args, wanted: &Audit, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    match &wanted.operation {
        Some(operation) => one(&books, operation, out).await,
        None => list(&books, wanted, out).await,
    }
}

async fn list(books: &Books, wanted: &Audit, out: &mut Output) -> Result<(), Failure> {
    if let Some(kind) = &wanted.kind
        && !trail::kinds().contains(&kind.as_str())
    {
        let kinds = trail::kinds().join(", ");
        return Err(Failure::usage(format!(
            "--kind: {kind:?} is not a kind of operation: use one of {kinds}"
        )));
    }
    let filter = TrailFilter {
        from: optional_day("from", wanted.from.as_ref())?,
        to: optional_day("to", wanted.to.as_ref())?,
        until: None,
        kind: wanted.kind.clone(),
        actor: optional("by", wanted.by.as_ref())?,
        customer: optional("customer", wanted.customer.as_ref())?,
    };
    if let Some(customer) = &filter.customer {
        query::check_customer(books, customer).await?;
    }
    if let Some(actor) = &filter.actor {
        let known = trail::actors(books).await?;
        if !known.contains(actor) {
            let known: Vec<_> = known.iter().map(ToString::to_string).collect();
            out.line(format!("{actor} never did anything here; who did: {}.", known.join(", ")));
        }
    }
    let page = Page::after(wanted.after, wanted.limit);
    let rows = trail::trail(books, &filter, page).await?;
    let next = rows.last().filter(|_| rows.len() as u64 >= u64::from(wanted.limit)).map(|r| r.seq);
    let table: Vec<_> = rows
        .iter()
        .map(|row| {
            let reason = row.reason.as_ref().map(|reason| format!("{reason}: "));
            vec![
                row.seq.to_string(),
                row.recorded_at.clone(),
                row.actor.clone(),
                row.kind.replace('_', " "),
                row.customer.clone().unwrap_or_default(),
                row.operation.clone(),
                format!("{}{}", reason.unwrap_or_default(), row.says),
            ]
        })
        .collect();
    let headings = ["Place", "Recorded", "By", "What", "Customer", "Operation", "In words"];
    grid(out, &headings, &[0], &table);
    if let Some(next) = next {
        out.line(format!("More with --after {next}."));
    }
    out.result(&json!({ "operations": rows, "next": next }));
    Ok(())
}

async fn one(books: &Books, operation: &str, out: &mut Output) -> Result<(), Failure> {
    let found = trail::detail(books, &parse("operation", operation)?).await?;
    let row = &found.row;
    out.line(format!("{}: {} by {}", row.operation, row.kind.replace('_', " "), row.actor));
    out.line(format!("Recorded {}, counts from {}", row.recorded_at, row.at));
    if let Some(reason) = &row.reason {
        out.line(format!("Reason: {reason}"));
    }
    if let Some(revision) = found.configuration {
        let changes = counted(found.changes.len() as u64, "change");
        out.line(format!("Configuration {revision}, {changes}"));
        for change in &found.changes {
            out.line(format!("  {change}"));
        }
    } else {
        out.line(found.body.as_str());
    }
    out.line(format!("{} of the ledger", counted(found.entries, "entry")));
    out.result(&found);
    Ok(())
}

pub(crate) async fn accounts(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let accounts = scrip_app::accounts::accounts(&books).await?;
    let rows: Vec<_> = accounts
        .iter()
        .map(|account| {
            vec![
                account.number.to_owned(),
                account.code.to_owned(),
                account.name.to_owned(),
                account.class_words().to_owned(),
                account.side.to_owned(),
                account.own_number.clone().unwrap_or_default(),
                account.own_name.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let headings = ["Number", "Code", "Name", "Class", "Side", "Own number", "Own name"];
    grid(out, &headings, &[], &rows);
    out.result(&json!({ "accounts": accounts }));
    Ok(())
}
