//! Plans: which there are, what they say in words, and the calendar of what they grant and charge.
//!
//! The calendar is the engine's: a subscriber of a book of its own is subscribed, and what falls due
//! is done. So month ends, leap days and daylight saving are those of a real subscription.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::Datelike;
use scrip_catalog::{
    Catalog, Document, Earned, Effective, Every, GrantMode, Plan, PlanCharge, PlanGrant, PlanPrice,
    PlanVersion, PriceTax, PriceTaxKind, Proration, Status, Version, WalletType,
};
use scrip_engine::operation::{RunSchedule, SetContractEnd, Settlement, Subscribe};
use scrip_engine::{Action, Applied, Book, CustomerBook, Operation, apply};
use scrip_reports::charts::PlanCalendar;
use scrip_reports::format::grouped_text;
use scrip_store::LedgerStore;
use scrip_units::period::add_months_clamped;
use scrip_units::{CustomerCode, Date, Instant, PlanCode, Unit, When, Zone, format_steps};
use serde::Serialize;
use serde_json::json;

use crate::cards::{VersionState, states};
use crate::designing;
use crate::error::AppError;
use crate::session::Edge;
use crate::wallet_types::words;
use crate::workspace::Workspace;

mod drawing;

pub use drawing::chart;

/// Dates of each line that a calendar shows.
pub const DATES: usize = 12;
/// Months of the sums, and of the picture, which shows one more so that the year's end is seen.
const MONTHS: i64 = 12;
/// Years that it looks ahead at the most, and acts of the engine.
const YEARS: i64 = 30;
const OPERATIONS: u32 = 3_000;
const NAME: &str = "example";

/// A version, as a list shows it.
#[derive(Debug, Clone, Serialize)]
pub struct PlanVersionView {
    /// Number.
    pub version: u32,
    /// When it takes effect, as it is written: a day or an instant.
    pub effective_at: String,
    /// How far it has come.
    pub state: VersionState,
}

/// A plan, as a list shows it.
#[derive(Debug, Clone, Serialize)]
pub struct PlanView {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// What the version in force grants and charges, in words; the latest where none is in force.
    pub lines: Vec<String>,
    /// Versions, the latest first.
    pub versions: Vec<PlanVersionView>,
}

/// A date of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanDate {
    /// The line of the plan.
    pub line: String,
    /// Its how-manyth date, from 1.
    pub number: u32,
    /// The day.
    pub day: Date,
    /// Day of the week, in three letters.
    pub weekday: String,
    /// The instant.
    pub at: Instant,
    /// Units granted; empty for a charge.
    pub units: String,
    /// Their unit.
    pub unit: String,
    /// What is charged; empty for nothing.
    pub price: String,
    /// Its currency.
    pub currency: String,
    /// The first day on which the units cannot be used any more, if they end.
    pub ends: Option<Date>,
    /// The instant from which on they cannot.
    pub ends_at: Option<Instant>,
}

/// A version of a plan with its calendar.
#[derive(Debug, Clone, Serialize)]
pub struct CalendarView {
    /// The plan.
    pub plan: PlanView,
    /// The version.
    pub shown: PlanVersionView,
    /// What each line says.
    pub lines: Vec<String>,
    /// The day on which the subscription starts.
    pub start: Date,
    /// The dates, in their order.
    pub dates: Vec<PlanDate>,
    /// What was refused, in words: then the calendar ends there.
    pub refused: Option<String>,
    /// The height of a picture that shows every line, in logical pixels.
    pub height: u32,
    /// What is granted in the first twelve months, by unit.
    pub granted: Vec<PlanTotal>,
    /// What is charged in the first twelve months, net, by currency.
    pub charged: Vec<PlanTotal>,
}

/// A sum of the first twelve months.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanTotal {
    /// Unit or currency.
    pub unit: String,
    /// Amount.
    pub amount: String,
}

/// All plans of a document.
#[must_use]
pub fn plans(document: &Document, now: Instant) -> Vec<PlanView> {
    document.plans.iter().map(|plan| view(document, plan, now)).collect()
}

fn view(document: &Document, plan: &Plan, now: Instant) -> PlanView {
    let states = states(plan, document.entity.time_zone, now);
    let mut versions: Vec<&PlanVersion> = plan.versions.iter().collect();
    versions.sort_by_key(|version| std::cmp::Reverse(version.version));
    let live = plan.at(now, document.entity.time_zone);
    let shown = live.or_else(|| versions.first().copied());
    PlanView {
        code: plan.code.to_string(),
        name: plan.name.clone(),
        lines: shown.map(|version| lines(document, version)).unwrap_or_default(),
        versions: versions
            .into_iter()
            .map(|version| PlanVersionView {
                version: version.version,
                effective_at: version.effective_at.to_string(),
                state: states.get(&version.version).copied().unwrap_or(VersionState::Draft),
            })
            .collect(),
    }
}

fn lines(document: &Document, version: &PlanVersion) -> Vec<String> {
    let grants = version.grants.iter().map(|grant| grant_words(document, grant));
    grants.chain(version.charges.iter().map(charge_words)).collect()
}

fn often(every: Option<Every>) -> String {
    match every {
        None => "once, at the start".to_owned(),
        Some(Every::Months(1)) => "every month".to_owned(),
        Some(Every::Months(months)) => format!("every {months} months"),
        Some(Every::Days(1)) => "every day".to_owned(),
        Some(Every::Days(days)) => format!("every {days} days"),
    }
}

/// A price with the tax on top of it.
fn price_words(price: &PlanPrice) -> String {
    let net = format!("{} {}", grouped_text(&price.amount.to_string()), price.currency);
    match &price.tax {
        None => net,
        Some(PriceTax { percent, kind: PriceTaxKind::Vat }) => {
            format!("{net} and {percent} % VAT on top")
        }
        Some(PriceTax { percent, kind: PriceTaxKind::SalesTax }) => {
            format!("{net} and {percent} % sales tax on top")
        }
    }
}

fn grant_words(document: &Document, grant: &PlanGrant) -> String {
    let found = document.wallet_types.iter().find(|one| one.code == grant.wallet_type);
    let unit = found.map_or_else(String::new, |found| format!(" {}", found.unit));
    let units = grouped_text(&grant.units.to_string());
    let price = grant
        .price
        .as_ref()
        .map_or_else(|| "for nothing".to_owned(), |price| format!("for {}", price_words(price)));
    let mut words = format!(
        "{}: grants {units}{unit} to wallet {} {}, {price} ({}).",
        grant.code,
        grant.wallet_type,
        often(grant.every),
        grant.kind,
    );
    if grant.mode == GrantMode::Reset {
        words += " What is left of the grant before is taken back.";
    }
    if grant.proration == Proration::FirstPeriod {
        words += " A first period that is not whole gives and costs its part.";
    }
    if let Some(rule) = &grant.expiry {
        words += &format!(" {}", words::expiry(rule));
    }
    words
}

fn charge_words(charge: &PlanCharge) -> String {
    let price = price_words(&charge.price);
    let earned = match (charge.earned, charge.months) {
        (Earned::OnCompletion, _) => "earned when the service is complete".to_owned(),
        (Earned::ByDay, Some(months)) => format!("earned by day over {months} months"),
        (Earned::ByDay, None) => "earned by day".to_owned(),
        (Earned::ByMonth, Some(months)) => format!("earned by month over {months} months"),
        (Earned::ByMonth, None) => "earned by month".to_owned(),
        (Earned::WithGrants, _) => "earned with the units that the plan grants first".to_owned(),
    };
    let mut words = format!("{}: charges {price} {}, {earned}.", charge.code, often(charge.every),);
    if charge.proration == Proration::FirstPeriod {
        words += " A first period that is not whole costs its part.";
    }
    words
}

/// A plan that does not exist yet, as a draft.
///
/// # Errors
/// [`AppError::Argument`] when there is one with this code; [`AppError::File`], or the store's.
pub async fn begin_new<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    code: &PlanCode,
    title: &str,
) -> Result<u32, AppError> {
    designing::begin_new(workspace, edge, code.as_str(), |_, effective_at| {
        let version = PlanVersion {
            version: 1,
            effective_at,
            status: Status::Draft,
            grants: Vec::new(),
            charges: Vec::new(),
        };
        Ok(Plan { code: code.clone(), name: title.to_owned(), versions: vec![version] })
    })
    .await
}

/// A version of a plan, the one that is looked at first if none is named, with the next dates of a
/// subscription that starts on a day; today, or the day on which the version takes effect, if none is.
///
/// # Errors
/// [`AppError::Argument`] when there is no such plan or version. What is not valid is refused, in words.
pub fn calendar(
    document: &Document,
    what: (&PlanCode, Option<u32>),
    (start, now): (Option<Date>, Instant),
) -> Result<CalendarView, AppError> {
    let (plan, version, start) = find(document, what, (start, now))?;
    let missing = || AppError::Argument(format!("there is no plan {} with that version", what.0));
    let view = view(document, plan, now);
    let shown = view.versions.iter().find(|one| one.version == version.number());
    let shown = shown.cloned().ok_or_else(missing)?;
    // A draft that is not valid yet is still looked at: it is edited beside its calendar.
    let (mut calendar, refused) = match worked_out(document, (plan, version), start) {
        Err(AppError::Configuration { problems, .. }) => {
            let told: Vec<_> = problems.into_iter().map(|(problem, _)| problem.message).collect();
            (Calendar::until(Instant::MIN), Some(told.join(" ")))
        }
        other => other?,
    };
    calendar.dates.retain(|date| date.number as usize <= DATES);
    Ok(CalendarView {
        shown,
        lines: lines(document, version),
        plan: view,
        start,
        dates: calendar.dates,
        refused,
        height: PlanCalendar::height(version.grants.len() + version.charges.len()),
        granted: totals(&calendar.granted),
        charged: totals(&calendar.charged),
    })
}

fn totals(sums: &BTreeMap<Unit, i128>) -> Vec<PlanTotal> {
    let sums = sums.iter().filter(|(_, steps)| **steps != 0);
    sums.map(|(unit, steps)| PlanTotal {
        unit: unit.code().to_string(),
        amount: format_steps(*steps, unit.scale()),
    })
    .collect()
}

/// The plan, the version and the day of the start that are asked for.
fn find<'d>(
    document: &'d Document,
    (code, version): (&PlanCode, Option<u32>),
    (start, now): (Option<Date>, Instant),
) -> Result<(&'d Plan, &'d PlanVersion, Date), AppError> {
    let zone = document.entity.time_zone;
    let missing = || AppError::Argument(format!("there is no plan {code} with that version"));
    let plan = document.plans.iter().find(|plan| plan.code == *code).ok_or_else(missing)?;
    let latest = || plan.versions.iter().max_by_key(|version| version.version);
    let version = match version {
        Some(number) => plan.versions.iter().find(|one| one.version == number),
        None => plan.at(now, zone).or_else(latest),
    };
    let version = version.ok_or_else(missing)?;
    let start = match start {
        Some(day) => day,
        None => zone.day_of(now).max(zone.day_of(version.effective_at.resolve(zone)?)),
    };
    Ok((plan, version, start))
}

/// The wallet types as they are at the start, for a book in which nothing is used.
fn wallet_types(document: &Document, start: Instant) -> Vec<WalletType> {
    let zone = document.entity.time_zone;
    let types = document.wallet_types.iter().filter_map(|found| {
        let version = found.at(start, zone).or_else(|| found.versions.last())?;
        let mut version = version.clone();
        version.effective_at = When::At(start);
        version.status = Status::Published;
        version.scope = Vec::new();
        version.fallbacks = Vec::new();
        Some(WalletType { versions: vec![version], ..found.clone() })
    });
    types.collect()
}

/// What the engine does from a day on, until every line that comes again has its dates and the months
/// that are summed and drawn are over; and what it refused.
fn worked_out(
    document: &Document,
    (plan, version): (&Plan, &PlanVersion),
    first: Date,
) -> Result<(Calendar, Option<String>), AppError> {
    let zone = document.entity.time_zone;
    let start = zone.start_of_day(first)?;
    let entity = scrip_catalog::Entity { exchange_rates: None, ..document.entity.clone() };
    let version =
        PlanVersion { effective_at: When::At(start), status: Status::Published, ..version.clone() };
    let again = version.grants.iter().filter(|grant| grant.every.is_some()).map(|g| &g.code);
    let charged = version.charges.iter().filter(|charge| charge.every.is_some()).map(|c| &c.code);
    let again: Vec<String> = again.chain(charged).map(ToString::to_string).collect();
    let subscribed = Plan { versions: vec![version], ..plan.clone() };
    let scratch: Document = serde_json::from_value(json!({
        "format": document.format, "entity": entity, "units": document.units,
        "wallet_types": wallet_types(document, start), "plans": [subscribed],
        // Billed from the day of the month on which the subscription starts.
        "customers": [{ "code": NAME, "billing_day": first.day() }],
    }))
    .map_err(|e| AppError::stored("example", e))?;
    let catalog = Catalog::try_new(scratch, 1).map_err(|problems| AppError::Configuration {
        file: format!("plan {}", plan.code),
        problems: problems.into_iter().filter(|p| p.is_error()).map(|p| (p, None)).collect(),
    })?;
    let mut book = Book::new(Arc::new(catalog))?;
    let customer: CustomerCode = text(NAME)?;
    let last = zone.start_of_day(add_months_clamped(first, 12 * YEARS)?)?;
    let drawn = zone.start_of_day(add_months_clamped(first, MONTHS + 1)?)?;
    let year = zone.start_of_day(add_months_clamped(first, MONTHS)?)?;
    let mut calendar = Calendar::until(year);
    let contract =
        SetContractEnd { customer: text(NAME)?, last_day: add_months_clamped(first, 12 * YEARS)? };
    let subscribe = Subscribe {
        customer: text(NAME)?,
        plan: plan.code.clone(),
        anchor: Some(When::Day(first)),
        settlement: Settlement::Invoiced,
    };
    let mut next = Some((start, Action::SetContractEnd(contract)));
    let mut subscribe = Some(Action::Subscribe(subscribe));
    let mut operations = 0;
    while let Some((at, action)) = next.take() {
        operations += 1;
        let operation = Operation {
            id: text(&format!("{NAME}-{operations}"))?,
            at,
            actor: text(NAME)?,
            reason: None,
            approval: None,
            action,
        };
        match apply(&mut book, &operation, None) {
            Ok(applied) => {
                calendar.add(&applied, (&plan.code, zone, at), book.customers.get(&customer));
            }
            Err(rejection) => return Ok((calendar, Some(rejection.to_string()))),
        }
        if let Some(action) = subscribe.take() {
            next = Some((at, action));
        } else if operations < OPERATIONS {
            let due = book.customers.get(&customer).and_then(CustomerBook::next_due);
            let run = RunSchedule { customer: Some(text(NAME)?) };
            let is_wanted = |due: &Instant| *due <= drawn || !calendar.is_full(&again);
            let due = due.filter(|due| *due <= last && is_wanted(due));
            next = due.map(|due| (due, Action::RunSchedule(run)));
        }
    }
    Ok((calendar, None))
}

/// Dates that were found, how many of each line, and the sums of the first months.
struct Calendar {
    dates: Vec<PlanDate>,
    counts: BTreeMap<String, u32>,
    /// Charges that were seen.
    charges: BTreeSet<String>,
    /// The end of the months that are summed.
    year: Instant,
    granted: BTreeMap<Unit, i128>,
    charged: BTreeMap<Unit, i128>,
}

impl Calendar {
    fn until(year: Instant) -> Self {
        Self {
            dates: Vec::new(),
            counts: BTreeMap::new(),
            charges: BTreeSet::new(),
            year,
            granted: BTreeMap::new(),
            charged: BTreeMap::new(),
        }
    }

    /// Whether every line that comes again has as many dates as are shown.
    fn is_full(&self, again: &[String]) -> bool {
        let count = |line: &String| self.counts.get(line).copied().unwrap_or(0) as usize;
        again.iter().all(|line| count(line) >= DATES)
    }

    fn date(&mut self, line: &str, (at, zone): (Instant, Zone)) -> PlanDate {
        let number = self.counts.entry(line.to_owned()).or_default();
        *number += 1;
        let day = zone.day_of(at);
        PlanDate {
            line: line.to_owned(),
            number: *number,
            day,
            weekday: day.format("%a").to_string(),
            at,
            units: String::new(),
            unit: String::new(),
            price: String::new(),
            currency: String::new(),
            ends: None,
            ends_at: None,
        }
    }

    fn add(
        &mut self,
        applied: &Applied,
        (plan, zone, at): (&PlanCode, Zone, Instant),
        customer: Option<&CustomerBook>,
    ) {
        // Lots that go over into new ones are no grants of the plan.
        for lot in applied.lots.iter().map(|fact| &fact.lot).filter(|lot| lot.parent.is_none()) {
            let Some(line) = line_of(lot.id.as_str(), plan) else { continue };
            let mut date = self.date(line, (lot.effective_at, zone));
            date.units = format_steps(i128::from(lot.issued), lot.unit.0.scale());
            date.unit = lot.unit.0.code().to_string();
            let is_summed = lot.effective_at < self.year;
            if is_summed {
                *self.granted.entry(lot.unit.0).or_default() += i128::from(lot.issued);
            }
            if let Some(currency) = lot.currency.filter(|_| lot.consideration != 0) {
                if is_summed {
                    *self.charged.entry(currency.0).or_default() += i128::from(lot.consideration);
                }
                date.price = format_steps(i128::from(lot.consideration), currency.0.scale());
                date.currency = currency.0.code().to_string();
            }
            date.ends = lot.expires_at.map(|end| zone.day_of(end));
            date.ends_at = lot.expires_at;
            self.dates.push(date);
        }
        for (name, charge) in customer.into_iter().flat_map(|customer| &customer.charges) {
            let Some(line) = line_of(name, plan).filter(|_| self.charges.insert(name.clone()))
            else {
                continue;
            };
            let mut date = self.date(line, (at, zone));
            if at < self.year {
                *self.charged.entry(charge.currency.0).or_default() += i128::from(charge.amount);
            }
            date.price = format_steps(i128::from(charge.amount), charge.currency.0.scale());
            date.currency = charge.currency.0.code().to_string();
            self.dates.push(date);
        }
        self.dates.sort_by(|a, b| (a.at, &a.line).cmp(&(b.at, &b.line)));
    }
}

/// The line of a lot or a charge: `PLAN/LINE/N`.
fn line_of<'a>(name: &'a str, plan: &PlanCode) -> Option<&'a str> {
    let line = name.strip_prefix(plan.as_str())?.strip_prefix('/')?;
    line.rsplit_once('/').map(|(line, _)| line)
}

fn text<T>(text: &str) -> Result<T, AppError>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    text.parse().map_err(|e: T::Err| AppError::Argument(e.to_string()))
}

#[cfg(test)]
mod tests {
    use scrip_reports::charts::Look;

    use super::*;

    const PLANS: &str = r#"
format = "scrip-config/1"
entity = { code = "e", name = "Acme BV", currency = "EUR", time_zone = "Europe/Amsterdam" }
units = [{ code = "credits", kind = "credit", scale = 2 }]

[[wallet_types]]
code = "standard"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-01-01", beyond = "overage" }]

[[plans]]
code = "team"
name = "Team"

[[plans.versions]]
version = 1
effective_at = "2026-01-01"
grants = [
    { code = "monthly", wallet_type = "standard", units = "100", kind = "purchased", every = { months = 1 }, price = { amount = "80.00", currency = "EUR" }, expiry = { rule = "after", months = 1 } },
    { code = "welcome", wallet_type = "standard", units = "25", kind = "promotional" },
]
charges = [
    { code = "set-up", price = { amount = "250.00", currency = "EUR" }, earned = "on_completion" },
    { code = "weekly", price = { amount = "5.00", currency = "EUR" }, every = { days = 7 }, earned = "by_day" },
]
"#;

    fn of(start: &str) -> CalendarView {
        let document = Document::from_toml(PLANS).unwrap();
        let start = Some(start.parse().unwrap());
        let now = "2026-03-01T09:00:00Z".parse().unwrap();
        calendar(&document, (&"team".parse().unwrap(), None), (start, now)).unwrap()
    }

    fn days(view: &CalendarView, line: &str) -> Vec<String> {
        let dates = view.dates.iter().filter(|date| date.line == line);
        dates.map(|date| format!("{} {}", date.weekday, date.day)).collect()
    }

    #[test]
    fn months_are_clamped_without_drift_and_leap_days_and_clocks_count() {
        let view = of("2027-01-31");
        assert_eq!(view.refused, None);
        let monthly = days(&view, "monthly");
        assert_eq!(monthly.len(), DATES);
        assert_eq!(
            &monthly[..4],
            ["Sun 2027-01-31", "Sun 2027-02-28", "Wed 2027-03-31", "Fri 2027-04-30"]
        );
        let dates: Vec<_> = view.dates.iter().filter(|date| date.line == "monthly").collect();
        assert_eq!(dates[1].at.to_string(), "2027-02-27T23:00:00Z");
        assert_eq!(dates[2].at.to_string(), "2027-03-30T22:00:00Z", "summer time");
        assert_eq!((dates[2].units.as_str(), dates[2].price.as_str()), ("100.00", "80.00"));
        assert_eq!(dates[0].ends.unwrap().to_string(), "2027-02-28");
        assert_eq!(days(&of("2027-08-31"), "monthly")[6], "Tue 2028-02-29", "a leap day");
    }

    #[test]
    fn the_first_year_is_summed_and_drawn() {
        let view = of("2027-01-31");
        let total =
            |unit: &str, amount: &str| PlanTotal { unit: unit.into(), amount: amount.into() };
        // Twelve months and a welcome; and twelve prices, the set-up and 53 weeks that begin in it.
        assert_eq!(view.granted, [total("credits", "1225.00")]);
        assert_eq!(view.charged, [total("EUR", "1475.00")]);
        let document = Document::from_toml(PLANS).unwrap();
        let (team, start) = ("team".parse().unwrap(), Some("2027-01-31".parse().unwrap()));
        let now = "2026-03-01T09:00:00Z".parse().unwrap();
        let chart = chart(&document, (&team, None), (start, now), Look::default()).unwrap();
        let marks = |line: &str| chart.marks().iter().filter(|m| m.label.contains(line)).count();
        let found = (marks("monthly no."), marks("weekly no."), marks("welcome no."));
        assert_eq!(found, (14, 57, 1), "the day on which the thirteenth month ends is drawn too");
    }

    #[test]
    fn what_happens_once_happens_once_and_charges_have_their_dates() {
        let view = of("2027-01-31");
        assert_eq!(days(&view, "welcome"), ["Sun 2027-01-31"]);
        assert_eq!(days(&view, "set-up"), ["Sun 2027-01-31"]);
        let weekly = days(&view, "weekly");
        assert_eq!((weekly.len(), weekly[1].as_str()), (DATES, "Sun 2027-02-07"));
        assert_eq!(
            view.lines[0],
            "monthly: grants 100 credits to wallet standard every month, for 80.00 EUR (purchased). Expires 1 month after the purchase."
        );
        assert_eq!(view.plan.versions[0].state, VersionState::Live);
        let document = Document::from_toml(PLANS).unwrap();
        let now = "2026-03-01T09:00:00Z".parse().unwrap();
        assert!(calendar(&document, (&"team".parse().unwrap(), Some(7)), (None, now)).is_err());
        assert_eq!(plans(&document, now)[0].lines.len(), 4);
    }
}
