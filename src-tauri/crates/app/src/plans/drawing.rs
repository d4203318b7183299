//! The picture of a plan's calendar.

use scrip_catalog::{Document, PlanCharge, PlanGrant};
use scrip_reports::charts::{CalendarDate, CalendarLine, Chart, Lasting, Look, PlanCalendar};
use scrip_reports::format::grouped_text;
use scrip_units::period::add_months_clamped;
use scrip_units::{Date, Instant, PlanCode};

use super::{DATES, MONTHS, PlanDate, find, often, worked_out};
use crate::error::AppError;

/// The calendar as a picture: of the first thirteen months, or of all dates where nothing comes again
/// within them.
///
/// # Errors
/// As [`super::calendar`], and the chart's.
pub fn chart(
    document: &Document,
    what: (&PlanCode, Option<u32>),
    (start, now): (Option<Date>, Instant),
    look: Look,
) -> Result<Chart, AppError> {
    let zone = document.entity.time_zone;
    let (plan, version, start) = find(document, what, (start, now))?;
    let (calendar, _) = worked_out(document, (plan, version), start)?;
    let year = zone.start_of_day(add_months_clamped(start, MONTHS + 1)?)?;
    let is_soon = |date: &&PlanDate| date.number > 1 && date.at < year;
    let last =
        calendar.dates.iter().filter(|date| date.number as usize <= DATES).map(|d| d.at).max();
    let end = match last {
        Some(last) if last > year && !calendar.dates.iter().any(|date| is_soon(&date)) => {
            zone.start_of_day(add_months_clamped(zone.day_of(last), 1)?)?
        }
        _ => year,
    };
    let name = if plan.name.is_empty() { plan.code.as_str() } else { &plan.name };
    let line = |line: &str, words: String| CalendarLine {
        name: line.to_owned(),
        words,
        dates: calendar.dates.iter().filter(|d| d.line == line && d.at <= end).map(drawn).collect(),
    };
    let grants = version.grants.iter().map(|g| line(g.code.as_str(), grant_in_brief(document, g)));
    let charges = version.charges.iter().map(|c| line(c.code.as_str(), charge_in_brief(c)));
    let picture = PlanCalendar {
        subject: format!("{name}, version {}", version.version),
        zone,
        span: (zone.start_of_day(start)?, end),
        lines: grants.chain(charges).collect(),
    };
    Ok(picture.chart(look)?)
}

/// A date as the picture shows it.
fn drawn(date: &PlanDate) -> CalendarDate {
    let mut words = Vec::new();
    if !date.units.is_empty() {
        words.push(format!("Grants {} {}", grouped_text(&date.units), date.unit));
    }
    if !date.price.is_empty() {
        words.push(format!("Charges {} {}", grouped_text(&date.price), date.currency));
    }
    let lasting = match date.ends {
        _ if date.units.is_empty() => Lasting::Moment,
        Some(day) => {
            words.push(format!("Ends on {}", day.format("%-d %b %Y")));
            date.ends_at.map_or(Lasting::Always, Lasting::Until)
        }
        None => {
            words.push("Never ends".to_owned());
            Lasting::Always
        }
    };
    let figure = if date.units.is_empty() { &date.price } else { &date.units };
    let figure = grouped_text(figure.strip_suffix(".00").unwrap_or(figure));
    CalendarDate { at: date.at, lasting, figure, words }
}

fn grant_in_brief(document: &Document, grant: &PlanGrant) -> String {
    let found = document.wallet_types.iter().find(|one| one.code == grant.wallet_type);
    let unit = found.map_or_else(String::new, |found| format!(" {}", found.unit));
    let price = grant.price.as_ref().map_or_else(String::new, |price| {
        format!(" for {} {}", grouped_text(&price.amount.to_string()), price.currency)
    });
    let units = grouped_text(&grant.units.to_string());
    format!("{units}{unit} {}{price}, to wallet {}", often(grant.every), grant.wallet_type)
}

fn charge_in_brief(charge: &PlanCharge) -> String {
    let amount = grouped_text(&charge.price.amount.to_string());
    format!("{amount} {} {}", charge.price.currency, often(charge.every))
}
