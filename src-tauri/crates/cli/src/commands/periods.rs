//! `close` and `periods`.

use scrip_app::operate::{Mode, operate as run};
use scrip_app::periods as closed;
use scrip_store::Mode as Access;
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
    if requests::is_for_later(args) {
        requests::instead(args, &books, &edge, ("", &[(1, operation)]), out).await?;
        close_books(books, out).await;
        return Ok(());
    }
    let view = run(&books, &edge, "", &[(1, operation)], Mode::Commit).await?;
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
