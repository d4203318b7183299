//! `preview`.

use std::path::Path;

use scrip_app::config;
use scrip_app::preview::{
    AskedDrafts, MadeOf, PreviewView, Request, RunView, Source, SpreadView, finish, kept, tables,
};
use scrip_app::reporting::FileFormat;
use scrip_preview::{Scenario, Timing};
use scrip_store::Mode as Access;

use super::inspect::{day, named, parse};
use super::{Books, open, read};
use crate::args::{Args, Preview, PreviewFormat};
use crate::edge::{edge, looking};
use crate::failure::Failure;
use crate::output::Output;
use crate::text::{counted, grid};

/// A scenario of a file, and what it is made of.
fn scenario(path: &Path, timing: Timing) -> Result<(Scenario, MadeOf), Failure> {
    let shown = path.display().to_string();
    let text = read(path)?;
    let (draft, _) = config::read(&shown, &text)?;
    let name = path.file_stem().map_or(shown, |stem| stem.to_string_lossy().into_owned());
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let sources = vec![Source::file(&file, text.as_bytes())];
    let made_of = MadeOf::new(name.clone(), sources);
    Ok((Scenario { name, draft, timing }, made_of))
}

/// What is asked, with all customers.
async fn asked(books: &Books, what: &Preview) -> Result<(Request, Vec<MadeOf>), Failure> {
    let timing = if what.as_dated { Timing::AsDated } else { Timing::SinceWindow };
    let customers = what.customers.iter().map(|customer| parse("customer", customer));
    let drafts = what
        .drafts
        .iter()
        .map(|name| Ok((name.clone(), vec![named("draft", "draft's name", name)?])));
    let drafts = AskedDrafts {
        scenarios: drafts.collect::<Result<_, Failure>>()?,
        timing,
        from: day("from", &what.from)?,
        through: day("through", &what.through)?,
        customers: customers.collect::<Result<_, _>>()?,
    };
    let (mut request, mut made_of) = drafts.request(books).await?;
    for path in what.scenarios.iter().rev() {
        let (scenario, of) = scenario(path, timing)?;
        request.scenarios.insert(0, scenario);
        made_of.insert(0, of);
    }
    Ok((request, made_of))
}

pub(crate) async fn preview(args: &Args, what: &Preview, out: &mut Output) -> Result<(), Failure> {
    // A name that cannot be one is told before the work, not after it.
    let keep = what.keep.as_ref().map(|name| named("keep", "preview's name", name)).transpose()?;
    let who = args.actor.as_deref();
    let edge = if keep.is_some() { edge(who)? } else { looking(who)? };
    let books = open(args, Access::ReadOnly).await?;
    let asked = asked(&books, what).await?;
    let bar = out.progress("Replaying");
    let finished = finish(&books, &edge, asked, &mut |progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.operations);
        std::ops::ControlFlow::Continue(())
    })
    .await;
    bar.finish_and_clear();
    let finished = finished?;
    let mut written = Vec::new();
    if let Some(name) = &keep {
        kept::keep(&books, (name, &what.note), &finished)?;
    }
    if let Some(folder) = &what.out {
        let window = format!("{}-to-{}", finished.view.from, finished.view.through);
        let name = keep.as_ref().map_or(window, ToString::to_string);
        written = tables::write(&finished, (folder, &name), what.format.into())?;
    }
    let view = if what.all { finished.view } else { finished.view.ends(what.listed) };
    show(&view, out);
    if let Some(name) = keep {
        out.line("");
        out.line(format!("Kept as {name}."));
    }
    for file in &written {
        out.line(format!("Wrote {}.", file.display()));
    }
    out.result(&view);
    Ok(())
}

impl From<PreviewFormat> for FileFormat {
    fn from(format: PreviewFormat) -> Self {
        match format {
            PreviewFormat::Xlsx => Self::Xlsx,
            PreviewFormat::Csv => Self::Csv,
        }
    }
}

pub(crate) fn show(view: &PreviewView, out: &mut Output) {
    let chains = counted(view.backtest.chains, "chain");
    out.line(format!("{}, {} through {}", view.entity, view.from, view.through));
    out.line(if view.backtest.exact {
        format!("The baseline reproduces the ledger exactly: {chains}, to the hash.")
    } else {
        format!(
            "The baseline does NOT reproduce the ledger: {} of {chains} differ. Run `scrip verify`.",
            view.backtest.differing.len()
        )
    });
    for run in &view.runs {
        out.line(events(run));
        for undone in &run.undone {
            let customer = undone.customer.as_deref().unwrap_or("all customers");
            out.line(format!(
                "  {} {} of {customer} cannot be done again: {}",
                undone.op, undone.operation, undone.why
            ));
        }
        let more = run.undone_count.saturating_sub(run.undone.len() as u64);
        if more > 0 {
            out.line(format!("  and {} more", counted(more, "operation")));
        }
    }
    lines(view, out);
    rates(view, out);
    for spread in &view.spreads {
        customers(spread, out);
    }
    for (scenario, dry) in &view.dry_earlier {
        if !dry.is_empty() {
            out.line("");
            out.line(format!("{scenario}: customers who run dry earlier"));
            let rows = dry.iter().map(|line| {
                let before = line.before.clone().unwrap_or_else(|| "not at all".to_owned());
                vec![line.customer.clone(), before, line.after.clone()]
            });
            grid(out, &["Customer", "Baseline", "Scenario"], &[], &rows.collect::<Vec<_>>());
        }
    }
}

fn events(run: &RunView) -> String {
    let refused: u64 = run.refused_events.values().sum();
    format!(
        "{}: {} charged, {} free, {} refused, {} refused",
        run.name,
        counted(run.charged_events, "event"),
        run.free_events,
        refused,
        counted(run.undone_count, "operation")
    )
}

fn lines(view: &PreviewView, out: &mut Output) {
    out.line("");
    let scenarios = view.runs.iter().skip(1);
    let mut headings = vec!["".to_owned(), "Unit".to_owned(), "Baseline".to_owned()];
    for run in scenarios {
        headings.extend([run.name.clone(), "Difference".to_owned(), "%".to_owned()]);
    }
    let rows: Vec<_> = view
        .lines
        .iter()
        .map(|line| {
            let what = match &line.movement {
                Some(movement) => format!("{}, {movement}", line.what),
                None => line.what.clone(),
            };
            let mut row = vec![what, line.unit.clone()];
            row.extend(line.values.first().cloned());
            let rest = line.values.iter().skip(1).zip(&line.differences).zip(&line.percent);
            for ((value, difference), percent) in rest {
                row.extend([
                    value.clone(),
                    difference.clone(),
                    percent.clone().unwrap_or_default(),
                ]);
            }
            row
        })
        .collect();
    let right: Vec<usize> = (2..headings.len()).collect();
    grid(out, &headings.iter().map(String::as_str).collect::<Vec<_>>(), &right, &rows);
}

fn rates(view: &PreviewView, out: &mut Output) {
    if view.rates.is_empty() {
        return;
    }
    out.line("");
    let mut headings = vec!["Rate".to_owned(), "Charged in".to_owned()];
    for run in &view.runs {
        headings.extend([run.name.clone(), "per 1,000".to_owned()]);
    }
    let rows: Vec<_> = view
        .rates
        .iter()
        .map(|rate| {
            let mut row = vec![format!("{}/{}", rate.card, rate.rate), rate.unit.clone()];
            for (charged, price) in rate.charged.iter().zip(&rate.per_thousand) {
                row.extend([charged.clone(), price.clone().unwrap_or_default()]);
            }
            row
        })
        .collect();
    let right: Vec<usize> = (2..headings.len()).collect();
    grid(out, &headings.iter().map(String::as_str).collect::<Vec<_>>(), &right, &rows);
}

fn customers(spread: &SpreadView, out: &mut Output) {
    out.line("");
    out.line(format!(
        "{}: revenue by customer in {}, {}",
        spread.scenario,
        spread.currency,
        counted(spread.customer_count, "customer")
    ));
    let rows: Vec<_> = spread
        .classes
        .iter()
        .filter(|class| class.customers > 0)
        .map(|class| {
            let words = match (class.from, class.until) {
                (Some(0), Some(0)) => "no change".to_owned(),
                (Some(from), Some(until)) => format!("{from} % to {until} %"),
                (Some(from), None) => format!("{from} % and more"),
                (None, until) => format!("below {} %", until.unwrap_or_default()),
            };
            vec![words, class.customers.to_string()]
        })
        .collect();
    grid(out, &["Change", "Customers"], &[1], &rows);
    out.line("");
    let rows: Vec<_> = spread
        .customers
        .iter()
        .map(|line| {
            vec![
                line.customer.clone(),
                line.baseline.clone(),
                line.scenario.clone(),
                line.difference.clone(),
                line.percent.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let headings = ["Customer", "Baseline", "Scenario", "Difference", "%"];
    grid(out, &headings, &[1, 2, 3, 4], &rows);
}
