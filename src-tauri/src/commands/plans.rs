//! Plans: what they grant and charge, and the dates on which they do.

use scrip_app::designing::{self, Plan};
use scrip_app::plans;
use serde::Serialize;
use specta::Type;
use tauri::State;

use super::charts::{ChartLook, ChartPicture, picture};
use super::overview::UnitAmount;
use super::wallets::WalletVersionState;
use crate::commands::parse;
use crate::desk::Desk;
use crate::edge::now;
use crate::failure::Failure;

/// A version of a plan.
#[derive(Debug, Serialize, Type)]
pub struct PlanVersion {
    /// Number.
    pub version: u32,
    /// When it takes effect: a day or an instant.
    pub effective_at: String,
    /// How far it has come.
    pub state: WalletVersionState,
}

/// A plan.
#[derive(Debug, Serialize, Type)]
pub struct PlanRow {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// What it grants and charges, in words.
    pub lines: Vec<String>,
    /// Versions, the latest first.
    pub versions: Vec<PlanVersion>,
}

/// A date on which a plan grants or charges something.
#[derive(Debug, Serialize, Type)]
pub struct PlanDate {
    /// The line of the plan.
    pub line: String,
    /// Its how-manyth date.
    pub number: u32,
    /// The day.
    pub day: String,
    /// Day of the week.
    pub weekday: String,
    /// The instant.
    pub at: String,
    /// Units granted; empty for a charge.
    pub units: String,
    /// Their unit.
    pub unit: String,
    /// What is charged; empty for nothing.
    pub price: String,
    /// Its currency.
    pub currency: String,
    /// The first day on which the units cannot be used any more, if they end.
    pub ends: Option<String>,
}

/// A version of a plan with its calendar.
#[derive(Debug, Serialize, Type)]
pub struct PlanCalendar {
    /// The plan.
    pub plan: PlanRow,
    /// The version that is shown.
    pub shown: PlanVersion,
    /// The version that may still be edited, if there is a draft.
    pub draft: Option<u32>,
    /// What each line says.
    pub lines: Vec<String>,
    /// The day on which the subscription starts.
    pub start: String,
    /// The dates.
    pub dates: Vec<PlanDate>,
    /// What the engine refused; the calendar ends there.
    pub refused: Option<String>,
    /// The height of the picture that shows every line, in pixels.
    pub height: u32,
    /// What is granted in the first twelve months.
    pub granted: Vec<UnitAmount>,
    /// What is charged in the first twelve months, net.
    pub charged: Vec<UnitAmount>,
}

fn version(view: plans::PlanVersionView) -> PlanVersion {
    PlanVersion { version: view.version, effective_at: view.effective_at, state: view.state.into() }
}

fn row(view: plans::PlanView) -> PlanRow {
    PlanRow {
        code: view.code,
        name: view.name,
        lines: view.lines,
        versions: view.versions.into_iter().map(version).collect(),
    }
}

/// All plans.
///
/// # Errors
/// When the configuration cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn plans(desk: State<'_, Desk>) -> Result<Vec<PlanRow>, Failure> {
    let document = designing::seen(&desk.books().await?).await?;
    Ok(plans::plans(&document, now()?).into_iter().map(row).collect())
}

/// A version of a plan, with the next dates of a subscription that starts on a day.
///
/// # Errors
/// When there is no such plan or version, or the day is none.
#[tauri::command]
#[specta::specta]
pub async fn plan_calendar(
    desk: State<'_, Desk>,
    code: String,
    version: Option<u32>,
    start: Option<String>,
) -> Result<PlanCalendar, Failure> {
    let books = desk.books().await?;
    let document = designing::seen(&books).await?;
    let start = start.as_deref().map(|day| parse(day.trim())).transpose()?;
    let what = (&parse(&code)?, version);
    let view = plans::calendar(&document, what, (start, now()?))?;
    let date = |date: plans::PlanDate| PlanDate {
        line: date.line,
        number: date.number,
        day: date.day.to_string(),
        weekday: date.weekday,
        at: date.at.to_string(),
        units: date.units,
        unit: date.unit,
        price: date.price,
        currency: date.currency,
        ends: date.ends.map(|day| day.to_string()),
    };
    Ok(PlanCalendar {
        plan: row(view.plan),
        shown: self::version(view.shown),
        draft: designing::number::<Plan, _>(&books, &code),
        lines: view.lines,
        start: view.start.to_string(),
        dates: view.dates.into_iter().map(date).collect(),
        refused: view.refused,
        height: view.height,
        granted: view.granted.into_iter().map(total).collect(),
        charged: view.charged.into_iter().map(total).collect(),
    })
}

fn total(total: plans::PlanTotal) -> UnitAmount {
    UnitAmount { unit: total.unit, amount: total.amount }
}

/// The same as a picture.
///
/// # Errors
/// As [`plan_calendar`].
#[tauri::command]
#[specta::specta]
pub async fn plan_chart(
    desk: State<'_, Desk>,
    code: String,
    version: u32,
    start: String,
    look: ChartLook,
) -> Result<ChartPicture, Failure> {
    let document = designing::seen(&desk.books().await?).await?;
    let what = (&parse(&code)?, Some(version));
    let chart = plans::chart(&document, what, (Some(parse(&start)?), now()?), look.into())?;
    picture(&chart, look)
}
