//! `close` and `periods`.

use scrip_app::closing::{self, ReadinessView};
use scrip_app::operate::{Mode, operate as run};
use scrip_app::periods as closed;
use scrip_engine::Action;
use scrip_engine::operation::ClosePeriod;
use scrip_store::Mode as Access;
use scrip_units::Month;
use serde_json::json;

use super::{close as close_books, described, id_and_at, open, requests};
use crate::args::{Args, Close};
use crate::edge::edge;
use crate::failure::Failure;
use crate::output::Output;
use crate::text::grid;

pub(crate) async fn close(args: &Args, close: &Close, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadWrite).await?;
    let edge = edge(args.actor.as_deref())?;
    let given = (close.id.as_deref(), close.at.as_deref());
    let (id, at) = id_and_at(&books, given, edge.now).await?;
    let mut operation = json!({
        "op": "close_period", "id": id, "at": at, "actor": edge.actor, "through": close.through
    });
    if let Some(reason) = &close.reason {
        operation["reason"] = reason.clone().into();
    }
    let operation = described(operation)?;
    let id = operation.id.to_string();
    // Whatever is no month's end is refused as what it is.
    if let Action::ClosePeriod(ClosePeriod { through }) = &operation.action
        && Month::of(*through).last_day() == *through
    {
        let ready = closing::readiness(&books, Month::of(*through), operation.at).await?;
        if close.dry_run {
            show(&ready, out);
            out.result(&ready);
            close_books(books, out).await;
            return Ok(());
        }
        ready.accepted_for(close.reason.as_deref())?;
    }
    let mode = if close.dry_run { Mode::DryRun } else { Mode::Commit };
    if requests::is_for_later(args) {
        requests::instead(args, &books, &edge, ("", &[(1, operation)]), out).await?;
        close_books(books, out).await;
        return Ok(());
    }
    let view = run(&books, &edge, "", &[(1, operation)], mode).await?;
    let closed = closed::closes(&books).await?.into_iter().find(|close| close.operation == id);
    if let Some(closed) = &closed {
        let already = view.operations.iter().any(|operation| operation.outcome != "applied");
        let done = if already { "was closed before" } else { "is closed" };
        out.line(format!("Everything through {} {done}.", closed.through));
        out.line(format!("Ledger checkpoint {}", closed.checkpoint));
    }
    out.result(&closed);
    close_books(books, out).await;
    Ok(())
}

/// What should be so before the close, and what is not.
fn show(ready: &ReadinessView, out: &mut Output) {
    for check in &ready.checks {
        let word = match (check.holds, check.must) {
            (true, _) => "yes",
            (false, true) => "no, so it cannot be closed",
            (false, false) => "no, so it is closed only with a reason",
        };
        out.line(format!("{}: {word}", check.check));
        check.findings.iter().for_each(|finding| out.line(format!("  {finding}")));
    }
    out.line("Nothing was closed.");
}

pub(crate) async fn periods(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let closes = closed::closes(&books).await?;
    if closes.is_empty() {
        out.line("Nothing is closed.");
    } else {
        let rows: Vec<_> = closes
            .iter()
            .map(|close| {
                vec![
                    close.through.clone(),
                    close.at.clone(),
                    close.actor.clone(),
                    close.entries.to_string(),
                    close.checkpoint.clone(),
                ]
            })
            .collect();
        grid(out, &["Closed through", "At", "By", "Entries", "Ledger checkpoint"], &[3], &rows);
    }
    out.result(&json!({ "closes": closes }));
    Ok(())
}
