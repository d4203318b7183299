//! `bulk`.

use scrip_app::bulk::{BulkOptions, bulk as run};
use scrip_app::operate::Mode;
use scrip_store::Mode as Access;

use super::write::print_entries;
use super::{close, instant, open};
use crate::args::{Args, Bulk};
use crate::edge::edge;
use crate::failure::Failure;
use crate::output::Output;
use crate::text::{counted, grid};

pub(crate) async fn bulk(args: &Args, bulk: &Bulk, out: &mut Output) -> Result<(), Failure> {
    let set = bulk.set.iter().map(|text| match text.split_once('=') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
        None => Err(Failure::usage(format!("--set: {text:?} is not NAME=VALUE"))),
    });
    let set = set.collect::<Result<Vec<_>, _>>()?;
    let books = open(args, Access::ReadWrite).await?;
    let edge = edge(args.actor.as_deref())?;
    let at = match &bulk.at {
        Some(text) => Some(instant(&books, ("at", Some(text)), edge.now).await?),
        None => None,
    };
    let options = BulkOptions {
        op: &bulk.op,
        batch: &bulk.batch,
        set: &set,
        at,
        customers_where: &bulk.customers_where,
        shown: if bulk.preview { bulk.show } else { 0 },
        mode: if bulk.preview { Mode::DryRun } else { Mode::Commit },
    };
    let view = run(&books, &edge, bulk.file.as_deref(), &options).await?;
    for row in &view.first {
        out.line(format!("row {}: {} ({})", row.row, row.id, row.outcome));
        print_entries(out, &row.entries);
    }
    let rows: Vec<_> = view
        .totals
        .iter()
        .map(|sum| {
            let account = format!("{} {}", sum.number, sum.account);
            vec![account, sum.balance.clone(), sum.unit.clone()]
        })
        .collect();
    grid(out, &["All rows", "Debit less credit", "Unit"], &[1], &rows);
    let mut text = format!(
        "{} applied for {}, {}",
        counted(view.applied, "operation"),
        counted(view.customers, "customer"),
        counted(view.entries, "entry")
    );
    if view.already_applied > 0 {
        text.push_str(&format!("; {} had been applied before", view.already_applied));
    }
    if view.preview {
        text = format!("Preview: {text}. Nothing was changed");
    }
    out.line(format!("{text}."));
    out.result(&view);
    close(books, out).await;
    Ok(())
}
