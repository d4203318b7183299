//! `report` and `chart`.

use scrip_app::reporting::{self, FileFormat, Made, ReportKind, TextFormat, Window};
use scrip_reports::charts::Theme;
use scrip_store::{LedgerStore, Mode as Access};
use scrip_units::{Date, Month};
use serde::Serialize;
use serde_json::{Value, json};

use super::inspect::{optional_day, parse};
use super::{Books, open};
use crate::args::customer::MaybeCustomer;
use crate::args::{Args, Chart, ChartName, Report, ReportFormat, ReportName};
use crate::edge::looking;
use crate::failure::Failure;
use crate::output::Output;

/// The customer of a report or chart that is of one, and of none that is of all.
fn of_one<'a>(of: &'a MaybeCustomer, what: &str, is: bool) -> Result<&'a str, Failure> {
    match (of.code(), is) {
        (Some(customer), true) => Ok(customer),
        (None, true) => Err(Failure::usage(format!("{what} is of one customer: say which"))),
        (Some(_), false) => {
            Err(Failure::usage(format!("{what} is of all customers: it takes no customer")))
        }
        (None, false) => Ok(""),
    }
}

fn kind(report: &Report) -> Result<ReportKind, Failure> {
    let name = match report.name {
        ReportName::TrialBalance => "trial-balance",
        ReportName::Journal => "journal",
        ReportName::Waterfall => "waterfall",
        ReportName::Units => "units",
        ReportName::RollForward => "roll-forward",
        ReportName::Margin => "margin",
        ReportName::Revenue => "revenue",
        ReportName::Statement => {
            let customer = of_one(&report.of, "a statement", true)?;
            return Ok(ReportKind::Statement(parse("customer", customer)?));
        }
    };
    of_one(&report.of, "this report", false)?;
    ReportKind::named(name, report.by.as_deref()).map_err(|e| Failure::usage(e.to_string()))
}

async fn window(books: &Books, report: &Report) -> Result<Window, Failure> {
    let as_of = optional_day("as-of", report.as_of.as_ref())?;
    let (from, to) = match (&report.month, &report.from, &report.to) {
        (Some(month), _, _) => {
            let month: Month = parse("month", month)?;
            (month, month)
        }
        (None, Some(from), Some(to)) => (parse("from", from)?, parse("to", to)?),
        _ => ledger_months(books, as_of).await?,
    };
    if from > to {
        return Err(Failure::usage(format!("the period runs backwards: {from} to {to}")));
    }
    Ok(Window { from, to, as_of, effective_until: None })
}

/// The months that the ledger covers.
async fn ledger_months(books: &Books, as_of: Option<Date>) -> Result<(Month, Month), Failure> {
    let status = books.store().status().await?;
    let (Some(first), Some(last)) = (status.first_day, as_of.or(status.last_day)) else {
        return Err(Failure::usage("the ledger has no entries yet, so there is nothing to report"));
    };
    Ok((Month::of(first.min(last)), Month::of(last)))
}

pub(crate) async fn report(args: &Args, report: &Report, out: &mut Output) -> Result<(), Failure> {
    let kind = kind(report)?;
    let books = open(args, Access::ReadOnly).await?;
    let window = window(&books, report).await?;
    let now = looking(args.actor.as_deref())?.now;
    let format = match report.format {
        ReportFormat::Text => {
            let made = reporting::make(&books, &kind, window, now).await?;
            crate::text::report(out, &made.header, &made.report);
            out.result(&report_view(&made));
            return if made.report.ties_hold() { Ok(()) } else { Err(Failure::Unsound) };
        }
        ReportFormat::Csv => FileFormat::Csv,
        ReportFormat::Xlsx => FileFormat::Xlsx,
        ReportFormat::Pdf => FileFormat::Pdf,
        ReportFormat::Hledger | ReportFormat::Beancount => {
            return ledger_text(&books, report, &kind, window, now, out).await;
        }
    };
    let files = reporting::write(&books, &kind, window, now, &report.out, format).await?;
    for file in &files {
        out.line(format!("Wrote {}.", file.display()));
    }
    out.result(&json!({ "files": files }));
    Ok(())
}

async fn ledger_text(
    books: &Books,
    report: &Report,
    kind: &ReportKind,
    window: Window,
    now: scrip_units::Instant,
    out: &mut Output,
) -> Result<(), Failure> {
    if *kind != ReportKind::Journal {
        return Err(Failure::usage("only the journal can be written as plain-text accounting"));
    }
    let (format, name) = match report.format {
        ReportFormat::Beancount => (TextFormat::Beancount, "journal.beancount"),
        _ => (TextFormat::Hledger, "journal.hledger"),
    };
    std::fs::create_dir_all(&report.out)
        .map_err(|source| scrip_app::AppError::File { path: report.out.clone(), source })?;
    let path = report.out.join(name);
    reporting::write_ledger_text(books, window, now, &path, format).await?;
    out.line(format!("Wrote {}.", path.display()));
    out.result(&json!({ "files": [path] }));
    Ok(())
}

/// A report as JSON: the shape is documented in docs/cli.md.
fn report_view(made: &Made) -> Value {
    #[derive(Serialize)]
    struct TieView {
        name: String,
        left: String,
        right: String,
        unit: String,
        holds: bool,
    }
    let text = |steps, unit: scrip_units::Unit| scrip_units::format_steps(steps, unit.scale());
    let ties: Vec<_> = made
        .report
        .ties
        .iter()
        .map(|tie| TieView {
            name: tie.name.clone(),
            left: text(tie.left, tie.unit),
            right: text(tie.right, tie.unit),
            unit: tie.unit.code().to_string(),
            holds: tie.holds,
        })
        .collect();
    let tables: Vec<_> = made
        .report
        .tables
        .iter()
        .map(|table| {
            let columns: Vec<_> = table.columns.iter().map(|c| &c.key).collect();
            let rows: Vec<_> = table
                .rows
                .iter()
                .map(|row| json!({ "total": row.kind != scrip_revenue::RowKind::Detail, "cells": row.cells }))
                .collect();
            json!({ "title": table.title, "columns": columns, "rows": rows })
        })
        .collect();
    json!({
        "report": made.report.name,
        "entity": made.header.entity,
        "period": made.header.covers(made.report.period),
        "basis": made.header.basis,
        "checkpoint": made.header.checkpoint.hash,
        "config_revision": made.header.config_revision,
        "read_at": made.header.as_of,
        "ties": ties,
        "tables": tables,
    })
}

pub(crate) async fn chart(args: &Args, chart: &Chart, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let now = looking(args.actor.as_deref())?.now;
    let theme = if chart.dark { Theme::Dark } else { Theme::Light };
    match chart.name {
        ChartName::BurnDown => {
            let customer = parse("customer", of_one(&chart.of, "a burn-down", true)?)?;
            let wallet = parse("wallet", chart.wallet.as_deref().unwrap_or_default())?;
            let as_of = super::instant(&books, ("as-of", chart.as_of.as_deref()), now).await?;
            scrip_app::charting::burn_down(&books, &customer, &wallet, as_of, theme, &chart.out)
                .await?;
        }
        ChartName::Revenue => {
            of_one(&chart.of, "this chart", false)?;
            let (first, last) = ledger_months(&books, None).await?;
            let from = chart.from.as_ref().map_or(Ok(first), |text| parse("from", text))?;
            let to = chart.to.as_ref().map_or(Ok(last), |text| parse("to", text))?;
            let window = Window { from, to, as_of: None, effective_until: None };
            scrip_app::charting::deferred_and_recognised(&books, window, theme, &chart.out).await?;
        }
    }
    out.line(format!("Wrote {}.", chart.out.display()));
    out.result(&json!({ "files": [chart.out] }));
    Ok(())
}
