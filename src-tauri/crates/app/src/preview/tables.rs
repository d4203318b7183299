//! A finished preview as tables, and their files.

use std::path::{Path, PathBuf};

use scrip_revenue::{
    Cell, Column, ColumnKind, Period, Report, ReportHeader, Row, RowKind, Table, Tie,
};
use scrip_units::{Date, Month, Scale, Unit, UnitCode};

use super::measure::steps_of;
use super::view::{CustomerLine, PreviewView, SpreadView};
use super::{Finished, MadeOf};
use crate::error::AppError;
use crate::reporting::{FileFormat, Made, write_made};

/// Writes a finished preview into a folder and returns the files: one workbook, or a CSV file for each
/// table. `name` is that of the files.
///
/// # Errors
/// [`AppError::Argument`] for a document, which a comparison is too wide for, the export's or the
/// operating system's.
pub fn write(
    finished: &Finished,
    (folder, name): (&Path, &str),
    format: FileFormat,
) -> Result<Vec<PathBuf>, AppError> {
    if format == FileFormat::Pdf {
        let message = "a preview is written as CSV or XLSX; it is too wide for a page";
        return Err(AppError::Argument(message.to_owned()));
    }
    std::fs::create_dir_all(folder).map_err(AppError::file(folder))?;
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let stem = format!("preview-{}", name.chars().map(safe).collect::<String>());
    write_made(&made(finished)?, &stem, (folder, format))
}

/// The preview as a report.
///
/// # Errors
/// The report's, when a sum does not fit.
pub fn made(finished: &Finished) -> Result<Made, AppError> {
    let view = &finished.view;
    let (from, through): (Date, Date) = (day(&view.from)?, day(&view.through)?);
    let mut tables = vec![comparison(view)];
    let mut ties = Vec::new();
    for spread in &view.spreads {
        let table = customers(spread)?;
        ties.extend(tie(view, spread, &table)?);
        tables.push(table);
    }
    tables.extend([prices(view), dry_earlier(view), events(view), undone(view)]);
    tables.retain(|table| !table.rows.is_empty());
    let report = Report {
        name: "Preview".to_owned(),
        period: Period::between(Month::of(from), Month::of(through))?,
        tables,
        ties,
    };
    let header = ReportHeader {
        entity: view.entity.clone(),
        currency: finished.currency,
        zone: finished.zone,
        as_of: finished.made_at,
        days: Some((from, through)),
        through: None,
        basis: basis(finished),
        checkpoint: finished.checkpoint,
        config_revision: finished.config_revision,
    };
    Ok(Made { header, report })
}

fn basis(finished: &Finished) -> Vec<String> {
    let backtest = &finished.view.backtest;
    let mut basis = vec![if backtest.exact {
        format!("Baseline: reproduces the ledger exactly, {} chains to the hash", backtest.chains)
    } else {
        let (differing, chains) = (backtest.differing.len(), backtest.chains);
        format!("Baseline: does NOT reproduce the ledger, {differing} of {chains} chains differ")
    }];
    for MadeOf { scenario, sources, .. } in &finished.scenarios {
        let sources: Vec<_> = sources
            .iter()
            .map(|source| format!("{} (BLAKE3 {})", source.name, source.hash))
            .collect();
        basis.push(format!("Scenario {scenario}: {}", sources.join(", ")));
    }
    basis.push(if finished.as_dated {
        "The changes count at their own dates".to_owned()
    } else {
        "The changes count from the first day on".to_owned()
    });
    if !finished.customers.is_empty() {
        let codes: Vec<_> = finished.customers.iter().map(ToString::to_string).collect();
        basis.push(format!("Customers: {}", codes.join(", ")));
    }
    basis.push(format!("Run by {}. Nothing was written to the ledger", finished.made_by));
    basis
}

fn day(text: &str) -> Result<Date, AppError> {
    text.parse().map_err(|e| AppError::stored("preview", e))
}

fn optional_day(text: Option<&String>) -> Result<Cell, AppError> {
    Ok(text.map(|text| day(text)).transpose()?.map_or(Cell::Empty, Cell::Date))
}

/// The unit of a figure: all decimals of its text count.
fn unit(code: &str, figure: &str) -> Option<Unit> {
    let decimals = figure.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let scale = Scale::try_new(u8::try_from(decimals).ok()?).ok()?;
    Some(Unit::new(UnitCode::try_new(code).ok()?, scale))
}

/// A figure of a unit; as text if it has more decimals than a unit may.
fn amount(code: &str, figure: &str) -> Cell {
    unit(code, figure)
        .map_or_else(|| Cell::text(figure), |unit| Cell::Amount(steps_of(figure), unit))
}

/// Tenths of a percent, as hundredths.
fn percent(text: Option<&String>) -> Cell {
    let hundredths = text.and_then(|text| i64::try_from(steps_of(text) * 10).ok());
    hundredths.map_or(Cell::Empty, Cell::Percent)
}

fn column(key: String, heading: &str, kind: ColumnKind) -> Column {
    Column::new(key, heading, kind)
}

fn text(key: &str, heading: &str) -> Column {
    Column::new(key, heading, ColumnKind::Text)
}

fn section(code: &str) -> &'static str {
    match code {
        "revenue" => "Revenue",
        "cost" => "Delivery cost and margin",
        "deferred" => "Owed at the end",
        "top_ups" => "Top-ups",
        _ => "Units",
    }
}

fn comparison(view: &PreviewView) -> Table {
    let mut columns = vec![text("section", "Section"), text("what", "What"), text("unit", "Unit")];
    for (number, run) in view.runs.iter().enumerate() {
        let heading = if number == 0 { "Baseline" } else { &run.name };
        columns.push(column(run.name.clone(), heading, ColumnKind::Amount(None)));
        if number > 0 {
            let less = format!("{} less baseline", run.name);
            columns.push(column(
                format!("{}-difference", run.name),
                &less,
                ColumnKind::Amount(None),
            ));
            let share = format!("{} %", run.name);
            columns.push(column(format!("{}-percent", run.name), &share, ColumnKind::Percent));
        }
    }
    let mut table = Table::new("Comparison", columns);
    table.subtitle.push(
        "The ledger's operations again, as they were and with each scenario's changes. Percentages are of \
         the baseline."
            .to_owned(),
    );
    for line in &view.lines {
        let what = match &line.movement {
            Some(movement) => format!("{}, {movement}", line.what),
            None => line.what.clone(),
        };
        let mut cells =
            vec![Cell::text(section(&line.section)), Cell::text(what), Cell::text(&line.unit)];
        for (number, value) in line.values.iter().enumerate() {
            cells.push(amount(&line.unit, value));
            if let Some(scenario) = number.checked_sub(1) {
                cells.push(
                    line.differences
                        .get(scenario)
                        .map_or(Cell::Empty, |difference| amount(&line.unit, difference)),
                );
                cells.push(percent(line.percent.get(scenario).and_then(Option::as_ref)));
            }
        }
        table.rows.push(Row::detail(cells));
    }
    table
}

fn customers(spread: &SpreadView) -> Result<Table, AppError> {
    let figures = |line: &CustomerLine| unit(&spread.currency, &line.baseline);
    let currency = spread.customers.first().and_then(figures);
    let money = || ColumnKind::Amount(currency);
    let columns = vec![
        text("customer", "Customer"),
        Column::new("baseline", "Baseline", money()),
        Column::new("scenario", spread.scenario.clone(), money()),
        Column::new("difference", "Difference", money()),
        Column::new("percent", "%", ColumnKind::Percent),
        Column::new("dry-before", "Dry on, baseline", ColumnKind::Date),
        Column::new("dry-after", "Dry on, scenario", ColumnKind::Date),
    ];
    let mut table = Table::new(
        format!("{}, revenue by customer, {}", spread.scenario, spread.currency),
        columns,
    );
    let about = "Dry is the first day on which usage was not covered by a wallet.";
    table.subtitle.push(about.to_owned());
    for line in &spread.customers {
        table.rows.push(Row::detail(vec![
            Cell::text(&line.customer),
            amount(&spread.currency, &line.baseline),
            amount(&spread.currency, &line.scenario),
            amount(&spread.currency, &line.difference),
            percent(line.percent.as_ref()),
            optional_day(line.dry_before.as_ref())?,
            optional_day(line.dry_after.as_ref())?,
        ]));
    }
    if !table.rows.is_empty() {
        let all = 0..table.rows.len();
        table.push_sum(RowKind::Total(vec![all]), vec![Cell::text("Total")])?;
    }
    Ok(table)
}

/// The customers of a scenario add up to its line in the comparison.
fn tie(view: &PreviewView, spread: &SpreadView, table: &Table) -> Result<Vec<Tie>, AppError> {
    if spread.customers.len() as u64 != spread.customer_count {
        return Ok(Vec::new());
    }
    let run = view.runs.iter().position(|run| run.name == spread.scenario).unwrap_or_default();
    let line = view.lines.iter().find(|line| {
        line.section == "revenue" && line.what == "Revenue, net" && line.unit == spread.currency
    });
    let details = 0..spread.customers.len();
    let mut ties = Vec::new();
    for (place, of, run) in [(1, "the baseline", 0), (2, spread.scenario.as_str(), run)] {
        let (Some(value), Some(of_customers)) = (
            line.and_then(|line| line.values.get(run)),
            table.sum(place, [details.clone()].as_slice())?,
        ) else {
            continue;
        };
        let Some(unit) = unit(&spread.currency, value) else { continue };
        let (customers, comparison) = (of_customers.0, steps_of(value));
        ties.push(Tie::new(
            format!("Revenue, net, of {of} against {}", spread.scenario),
            unit,
            ("customers", customers),
            ("comparison", comparison),
        ));
    }
    Ok(ties)
}

fn prices(view: &PreviewView) -> Table {
    let mut columns = vec![
        text("card", "Rate card"),
        text("rate", "Rate"),
        text("quantity_unit", "Quantity in"),
        text("unit", "Charged in"),
    ];
    for (number, run) in view.runs.iter().enumerate() {
        let name = if number == 0 { "Baseline" } else { &run.name };
        let units = || ColumnKind::Units(None);
        columns.push(column(
            format!("{}-quantity", run.name),
            &format!("{name}, quantity"),
            units(),
        ));
        columns.push(column(format!("{}-charged", run.name), &format!("{name}, charged"), units()));
        columns.push(column(
            format!("{}-per-1000", run.name),
            &format!("{name}, per 1,000"),
            units(),
        ));
    }
    let mut table = Table::new("Effective prices", columns);
    let about = "What each row of a rate card priced. A charge per 1,000 is rounded to six significant \
                 digits; all else is exact.";
    table.subtitle.push(about.to_owned());
    for rate in &view.rates {
        let mut cells = vec![
            Cell::text(&rate.card),
            Cell::text(&rate.rate),
            Cell::text(&rate.quantity_unit),
            Cell::text(&rate.unit),
        ];
        for ((quantity, charged), price) in
            rate.quantity.iter().zip(&rate.charged).zip(&rate.per_thousand)
        {
            cells.push(amount(&rate.quantity_unit, quantity));
            cells.push(amount(&rate.unit, charged));
            cells.push(price.as_ref().map_or(Cell::Empty, |price| amount(&rate.unit, price)));
        }
        table.rows.push(Row::detail(cells));
    }
    table
}

fn dry_earlier(view: &PreviewView) -> Table {
    let columns = vec![
        text("scenario", "Scenario"),
        text("customer", "Customer"),
        text("before", "Dry on, baseline"),
        text("after", "Dry on, scenario"),
    ];
    let mut table = Table::new("Run dry earlier", columns);
    for (scenario, lines) in &view.dry_earlier {
        for line in lines {
            let before = line.before.as_deref().unwrap_or("not at all");
            let cells = [scenario.as_str(), &line.customer, before, &line.after];
            table.rows.push(Row::detail(cells.map(Cell::text).to_vec()));
        }
    }
    table
}

fn events(view: &PreviewView) -> Table {
    let count = |key: &str, heading: &str| Column::new(key, heading, ColumnKind::Count);
    let columns = vec![
        text("run", "Run"),
        count("charged", "Events charged"),
        count("free", "Events free"),
        count("refused", "Events refused"),
        count("undone", "Operations refused"),
    ];
    let mut table = Table::new("Events and operations", columns);
    for run in &view.runs {
        table.rows.push(Row::detail(vec![
            Cell::text(&run.name),
            Cell::Count(run.charged_events),
            Cell::Count(run.free_events),
            Cell::Count(run.refused_events.values().sum()),
            Cell::Count(run.undone_count),
        ]));
    }
    table
}

fn undone(view: &PreviewView) -> Table {
    let columns = vec![
        text("run", "Run"),
        text("operation", "Operation"),
        text("op", "What"),
        text("customer", "Customer"),
        text("why", "Why"),
    ];
    let mut table = Table::new("Operations that are refused", columns);
    for run in &view.runs {
        for undone in &run.undone {
            table.rows.push(Row::detail(vec![
                Cell::text(&run.name),
                Cell::text(&undone.operation),
                Cell::text(&undone.op),
                Cell::optional(undone.customer.as_ref()),
                Cell::text(&undone.why),
            ]));
        }
        let rest = run.undone_count.saturating_sub(run.undone.len() as u64);
        if rest > 0 {
            table.subtitle.push(format!("{rest} more of {} are not listed.", run.name));
        }
    }
    table
}
