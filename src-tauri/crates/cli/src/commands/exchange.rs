//! `fx import`, `fx show`.

use scrip_app::exchange;
use scrip_app::operate::Mode;
use scrip_store::{Mode as Access, RateFilter};
use scrip_units::UnitCode;

use super::inspect::{optional_day, parse};
use super::{close, open};
use crate::args::{Args, FxImport, FxShow};
use crate::edge::edge;
use crate::failure::Failure;
use crate::output::Output;
use crate::text::{counted, grid};

/// Rejected lines that are printed; `--json` has them all.
const REJECTED_SHOWN: usize = 20;

pub(crate) async fn import(
    args: &Args,
    import: &FxImport,
    out: &mut Output,
) -> Result<(), Failure> {
    let books = open(args, Access::ReadWrite).await?;
    let base: UnitCode = parse("base", "EUR")?;
    let mode = if import.dry_run { Mode::DryRun } else { Mode::Commit };
    let edge = edge(args.actor.as_deref())?;
    let from = (import.source.as_str(), base);
    let view = exchange::import(&books, &edge, from, &import.file, mode).await?;
    let days = match (&view.first_day, &view.last_day) {
        (Some(first), Some(last)) => format!(", {first} to {last}"),
        _ => String::new(),
    };
    out.line(format!(
        "{}: {}{days}; {} new, {} known already, {} rejected.",
        view.source,
        counted(view.days, "day"),
        counted(view.added, "rate"),
        view.known,
        view.rejected.len()
    ));
    for rejected in view.rejected.iter().take(REJECTED_SHOWN) {
        out.line(format!("line {}: {}", rejected.line, rejected.problem));
    }
    if view.rejected.len() > REJECTED_SHOWN {
        out.line("...");
    }
    if view.dry_run {
        out.line("Dry run: nothing was changed.");
    }
    out.result(&view);
    close(books, out).await;
    Ok(())
}

pub(crate) async fn show(args: &Args, show: &FxShow, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let currencies: Vec<UnitCode> =
        show.currency.iter().map(|code| parse("currency", code)).collect::<Result<_, _>>()?;
    let filter = RateFilter {
        source: show.source.clone(),
        currencies: (!currencies.is_empty()).then_some(currencies),
        from: optional_day("from", show.from.as_ref())?,
        to: optional_day("to", show.to.as_ref())?,
    };
    let rates = exchange::show(&books, &filter).await?;
    let rows: Vec<_> = rates
        .iter()
        .map(|rate| {
            vec![
                rate.source.clone(),
                rate.day.clone(),
                format!("1 {}", rate.base),
                rate.rate.clone(),
                rate.currency.clone(),
            ]
        })
        .collect();
    grid(out, &["Source", "Day", "Of", "Rate", "Currency"], &[3], &rows);
    out.line(format!("{}.", counted(rates.len() as u64, "rate")));
    out.result(&serde_json::json!({ "rates": rates }));
    Ok(())
}
