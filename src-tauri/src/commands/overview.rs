//! The state of the books at a glance.

use std::collections::BTreeMap;

use scrip_app::overview::{self, EarnedView, ExpiringView, OverviewView, Reading, RunsDryView};
use scrip_app::view::AlertView;
use serde::Serialize;
use specta::Type;
use tauri::State;
use tauri::ipc::Channel;

use crate::commands::parse;
use crate::desk::Desk;
use crate::edge::now;
use crate::failure::Failure;
use crate::task::Progress;

/// An amount in its unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct UnitAmount {
    /// The unit: a currency or a credit unit.
    pub unit: String,
    /// The amount, as a decimal text.
    pub amount: String,
}

pub(super) fn amounts(sums: BTreeMap<String, String>) -> Vec<UnitAmount> {
    sums.into_iter().map(|(unit, amount)| UnitAmount { unit, amount }).collect()
}

/// What was earned in a month, in one currency.
#[derive(Debug, Serialize, Type)]
pub struct EarnedMonth {
    /// The month.
    pub month: String,
    /// The currency.
    pub currency: String,
    /// Credits used.
    pub usage: String,
    /// Credits that will not be used.
    pub breakage: String,
    /// Usage beyond the wallets.
    pub overage: String,
    /// All other revenue.
    pub other: String,
    /// What reduces revenue, as a positive amount.
    pub contra: String,
    /// Revenue, net.
    pub net: String,
    /// Contract liabilities at the month's end.
    pub deferred: String,
}

impl From<EarnedView> for EarnedMonth {
    fn from(view: EarnedView) -> Self {
        Self {
            month: view.month,
            currency: view.currency,
            usage: view.usage,
            breakage: view.breakage,
            overage: view.overage,
            other: view.other,
            contra: view.contra,
            net: view.net,
            deferred: view.deferred,
        }
    }
}

/// Lots that expire within some days.
#[derive(Debug, Serialize, Type)]
pub struct ExpiringCredits {
    /// Within so many days.
    pub days: u32,
    /// Lots with something left.
    pub lots: String,
    /// Customers who hold them.
    pub customers: String,
    /// Units left.
    pub units: Vec<UnitAmount>,
    /// Revenue that their expiry would release.
    pub revenue: Vec<UnitAmount>,
}

impl From<ExpiringView> for ExpiringCredits {
    fn from(view: ExpiringView) -> Self {
        Self {
            days: view.days,
            lots: view.lots.to_string(),
            customers: view.customers.to_string(),
            units: amounts(view.units),
            revenue: amounts(view.revenue),
        }
    }
}

/// A wallet that will run out.
#[derive(Debug, Serialize, Type)]
pub struct RunningDry {
    /// Customer.
    pub customer: String,
    /// Its name.
    pub name: String,
    /// Wallet.
    pub wallet: String,
    /// Unit.
    pub unit: String,
    /// Usable now.
    pub available: String,
    /// The day on which it is empty at the rate of the last thirty days.
    pub day: String,
    /// Units that expire unused by then.
    pub unused: String,
}

impl From<RunsDryView> for RunningDry {
    fn from(view: RunsDryView) -> Self {
        Self {
            customer: view.customer,
            name: view.name,
            wallet: view.wallet,
            unit: view.unit,
            available: view.available,
            day: view.day,
            unused: view.unused,
        }
    }
}

/// A named figure of an alert.
#[derive(Debug, Serialize, Type)]
pub struct AlertFigure {
    /// What it is.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// An alert that was raised.
#[derive(Debug, Serialize, Type)]
pub struct Alert {
    /// Customer.
    pub customer: String,
    /// Wallet.
    pub wallet: String,
    /// Code.
    pub code: String,
    /// When it was seen.
    pub at: String,
    /// The figures then.
    pub figures: Vec<AlertFigure>,
}

impl From<AlertView> for Alert {
    fn from(view: AlertView) -> Self {
        let figures = view.figures.into_iter().map(|(name, value)| AlertFigure { name, value });
        Self {
            customer: view.customer,
            wallet: view.wallet,
            code: view.code,
            at: view.at,
            figures: figures.collect(),
        }
    }
}

/// The state of the books.
#[derive(Debug, Serialize, Type)]
pub struct Overview {
    /// The instant from which the days ahead are counted.
    pub as_of: String,
    /// Whether entries that count later were left out.
    pub is_past: bool,
    /// The month that is shown last.
    pub month: String,
    /// The last accounting day with an entry, where everything recorded is read.
    pub newest_day: Option<String>,
    /// Whether nothing is booked in the month of `as_of`, so that an earlier one is shown.
    pub is_behind: bool,
    /// The currency of the books.
    pub currency: String,
    /// Whether what is left of the lots is what the liability accounts hold; absent for the past.
    pub ties: Option<bool>,
    /// Contract liabilities.
    pub deferred: Vec<UnitAmount>,
    /// The month shown and the twelve before it, oldest first.
    pub months: Vec<EarnedMonth>,
    /// What expires within 30, 60 and 90 days.
    pub expiring: Vec<ExpiringCredits>,
    /// Wallets that run out within 30 days, the soonest first.
    pub runs_dry: Vec<RunningDry>,
    /// How many those are.
    pub runs_dry_count: String,
    /// Customers with wallets.
    pub customers: String,
    /// Alerts of the last thirty days, the latest first.
    pub alerts: Vec<Alert>,
    /// How many those are.
    pub alert_count: String,
}

impl From<OverviewView> for Overview {
    fn from(view: OverviewView) -> Self {
        Self {
            as_of: view.as_of,
            is_past: view.is_past,
            month: view.month,
            newest_day: view.newest_day,
            is_behind: view.is_behind,
            currency: view.currency,
            ties: view.ties,
            deferred: amounts(view.deferred),
            months: view.months.into_iter().map(EarnedMonth::from).collect(),
            expiring: view.expiring.into_iter().map(ExpiringCredits::from).collect(),
            runs_dry: view.runs_dry.into_iter().map(RunningDry::from).collect(),
            runs_dry_count: view.runs_dry_count.to_string(),
            customers: view.customers.to_string(),
            alerts: view.alerts.into_iter().map(Alert::from).collect(),
            alert_count: view.alert_count.to_string(),
        }
    }
}

/// The state of the books, as everything recorded has it or as of an earlier instant: reads every
/// customer's book, so it tells how far it is.
///
/// # Errors
/// When the instant is none, the ledger cannot be read, or it was stopped.
#[tauri::command]
#[specta::specta]
pub async fn overview(
    desk: State<'_, Desk>,
    as_of: Option<String>,
    task: String,
    progress: Channel<Progress>,
) -> Result<Overview, Failure> {
    let books = desk.books().await?;
    let as_of = as_of.as_deref().map(parse).transpose()?;
    let work = move |mut task: crate::task::Task| async move {
        let mut tell = |what: &'static str, done, total| task.report(what, done, Some(total));
        let reading = Reading { now: now()?, as_of };
        Ok(overview::overview(&books, reading, &mut tell).await?.into())
    };
    desk.tasks.run(task, progress, work).await
}
