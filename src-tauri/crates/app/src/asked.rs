//! Reports as people ask for them: by name, by what they are broken down by, and by months.

use scrip_revenue::{RevenueBy, RollForwardBy};
use scrip_store::LedgerStore;
use scrip_units::{Instant, Month};
use serde::Serialize;

use crate::error::AppError;
use crate::margin::MarginBy;
use crate::reporting::{ReportKind, Window};
use crate::workspace::Workspace;

/// As many months after the last entry may be chosen.
const MONTHS_AFTER_MAX: usize = 13;

/// What rows may be, by report: the code to ask with, and its words.
const JOURNAL_BY: [(&str, &str); 2] = [("line", "Line"), ("day", "Day and account")];
const ROLL_FORWARD_BY: [(&str, &str); 5] = [
    ("currency", "Currency"),
    ("wallet-type", "Wallet type"),
    ("lot-kind", "Kind of lot"),
    ("customer", "Customer"),
    ("account", "Account"),
];
const REVENUE_BY: [(&str, &str); 7] = [
    ("month", "Month"),
    ("customer", "Customer"),
    ("wallet-type", "Wallet type"),
    ("lot-kind", "Kind of lot"),
    ("rate-card", "Rate card"),
    ("rate", "Rate"),
    ("service-month", "Service month"),
];

impl ReportKind {
    /// The report of a name, broken down by something; by the first that it may be if nothing is said.
    /// What is no break-down of revenue or margin is a dimension of meters.
    ///
    /// # Errors
    /// [`AppError::Argument`] for a report or a break-down that there is not.
    pub fn named(name: &str, by: Option<&str>) -> Result<Self, AppError> {
        Ok(match name {
            "trial-balance" => Self::TrialBalance,
            "journal" => match by {
                None | Some("line") => Self::Journal,
                Some("day") => Self::DailyJournal,
                Some(other) => {
                    return Err(AppError::Argument(format!(
                        "--by: {other:?} is not known for journal: use line or day"
                    )));
                }
            },
            "waterfall" => Self::Waterfall,
            "units" => Self::Units,
            "roll-forward" => Self::RollForward(match by {
                None | Some("currency") => RollForwardBy::Currency,
                Some("wallet-type") => RollForwardBy::WalletType,
                Some("lot-kind") => RollForwardBy::LotKind,
                Some("customer") => RollForwardBy::Customer,
                Some("account") => RollForwardBy::Account,
                Some(other) => {
                    return Err(AppError::Argument(format!(
                        "--by: {other:?} is not known for roll-forward: use wallet-type, lot-kind, customer, account or currency"
                    )));
                }
            }),
            "margin" => Self::Margin(match by {
                None | Some("month") => MarginBy::Month,
                Some("customer") => MarginBy::Customer,
                Some("plan") => MarginBy::Plan,
                Some("cohort") => MarginBy::Cohort,
                Some("country") => MarginBy::Country,
                Some("rate-card") => MarginBy::Card,
                Some(dimension) => MarginBy::Dimension(dimension.to_owned()),
            }),
            "revenue" => Self::RevenueBy(match by {
                None | Some("month") => RevenueBy::Month,
                Some("wallet-type") => RevenueBy::WalletType,
                Some("rate-card") => RevenueBy::RateCard,
                Some("rate") => RevenueBy::Rate,
                Some("customer") => RevenueBy::Customer,
                Some("service-month") => RevenueBy::ServiceMonth,
                Some("lot-kind") => RevenueBy::LotKind,
                Some(dimension) => RevenueBy::Dimension(dimension.to_owned()),
            }),
            _ => return Err(AppError::Argument(format!("there is no report {name:?}"))),
        })
    }
}

/// What a report may be broken down by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BreakdownView {
    /// The code to ask with.
    pub code: String,
    /// In words.
    pub label: String,
}

/// What may be asked of a ledger's reports.
#[derive(Debug, Clone, Serialize)]
pub struct ChoicesView {
    /// What the journal may be broken down by.
    pub journal_by: Vec<BreakdownView>,
    /// What a roll-forward may be broken down by.
    pub roll_forward_by: Vec<BreakdownView>,
    /// What revenue may be broken down by: also every dimension that the ledger keeps apart.
    pub revenue_by: Vec<BreakdownView>,
    /// The months from the first entry to the last, or to the present one where that is later, the
    /// latest first; none while there are no entries.
    pub months: Vec<String>,
    /// The last day that is closed.
    pub closed_through: Option<String>,
}

/// What may be asked of the reports of this ledger.
///
/// # Errors
/// [`AppError::NoConfiguration`], or the store's.
pub async fn choices<S: LedgerStore>(
    workspace: &Workspace<S>,
    now: Instant,
) -> Result<ChoicesView, AppError> {
    let catalog = workspace.catalog().await?;
    let view = |(code, label): &(&str, &str)| BreakdownView {
        code: (*code).to_owned(),
        label: (*label).to_owned(),
    };
    let mut revenue_by: Vec<BreakdownView> = REVENUE_BY.iter().map(view).collect();
    for dimension in catalog.document().meters.iter().flat_map(|meter| &meter.dimensions) {
        let code = dimension.name.to_string();
        if dimension.report && !revenue_by.iter().any(|known| known.code == code) {
            let label = code.clone();
            revenue_by.push(BreakdownView { code, label });
        }
    }
    let status = workspace.store().status().await?;
    let mut months = Vec::new();
    if let (Some(first), Some(last)) = (status.first_day, status.last_day) {
        let now = Month::of(catalog.zone().day_of(now));
        let last = Month::of(last);
        // A clock that is years away from the entries says nothing about them.
        let near = std::iter::successors(Some(last), |month| Some(month.next()));
        let last = near.take(MONTHS_AFTER_MAX).find(|month| *month == now).unwrap_or(last);
        let all = std::iter::successors(Some(Month::of(first)), |month| Some(month.next()));
        months = all.take_while(|month| *month <= last).map(|month| month.to_string()).collect();
        months.reverse();
    }
    let closed_through = workspace.store().closes().await?.last().map(|c| c.through.to_string());
    Ok(ChoicesView {
        journal_by: JOURNAL_BY.iter().map(view).collect(),
        roll_forward_by: ROLL_FORWARD_BY.iter().map(view).collect(),
        revenue_by,
        months,
        closed_through,
    })
}

/// The months of a report, and the instant by which entries count; all that are recorded if none.
///
/// # Errors
/// [`AppError::Argument`] when the period runs backwards.
pub fn window(
    (from, to): (Month, Month),
    effective_until: Option<Instant>,
) -> Result<Window, AppError> {
    if from > to {
        return Err(AppError::Argument(format!("the period runs backwards: {from} to {to}")));
    }
    Ok(Window { from, to, as_of: None, effective_until })
}
