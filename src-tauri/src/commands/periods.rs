//! Closing a month: what should be so before, the close, and what was closed.

use scrip_app::approvals;
use scrip_app::closing::{self, ClosingCheck, ReadinessView};
use scrip_app::periods::{self, CloseView};
use serde::Serialize;
use specta::Type;
use tauri::State;

use crate::commands::parse;
use crate::commands::requests::{ApprovalNeed, id_of};
use crate::desk::Desk;
use crate::edge::{edge, new_id, now};
use crate::failure::Failure;

/// Something that should be so before a month is closed.
#[derive(Debug, Serialize, Type)]
pub struct MonthCheck {
    /// What should be so.
    pub check: String,
    /// Whether it is.
    pub holds: bool,
    /// Whether the close is refused where it is not.
    pub must: bool,
    /// What stands against it.
    pub findings: Vec<String>,
}

impl From<ClosingCheck> for MonthCheck {
    fn from(check: ClosingCheck) -> Self {
        Self {
            check: check.check.to_owned(),
            holds: check.holds,
            must: check.must,
            findings: check.findings,
        }
    }
}

/// A close of a month and everything before it.
#[derive(Debug, Serialize, Type)]
pub struct ClosedMonth {
    /// The last day that it closed.
    pub through: String,
    /// Who closed it.
    pub actor: String,
    /// When.
    pub at: String,
    /// Hash over all chain heads at that moment.
    pub checkpoint: String,
    /// Entries in the ledger at that moment.
    pub entries: String,
}

impl From<CloseView> for ClosedMonth {
    fn from(close: CloseView) -> Self {
        Self {
            through: close.through,
            actor: close.actor,
            at: close.at,
            checkpoint: close.checkpoint,
            entries: close.entries.to_string(),
        }
    }
}

/// Whether a month is ready to be closed, and what is closed.
#[derive(Debug, Serialize, Type)]
pub struct MonthReadiness {
    /// Everything through this day would be closed.
    pub through: String,
    /// The last day that is closed now.
    pub closed_through: Option<String>,
    /// Checks.
    pub checks: Vec<MonthCheck>,
    /// Whether it can be closed.
    pub may_close: bool,
    /// Whether every check holds; otherwise a close needs a reason.
    pub is_ready: bool,
    /// Every close so far, the earliest first.
    pub closes: Vec<ClosedMonth>,
    /// The second person that closing needs, if it needs one.
    pub needs: Option<ApprovalNeed>,
}

/// Holds the books against what should be so before a month is closed.
///
/// # Errors
/// When it is no month, or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn month_readiness(
    desk: State<'_, Desk>,
    month: String,
) -> Result<MonthReadiness, Failure> {
    let books = desk.books().await?;
    let ReadinessView { through, closed_through, checks, may_close, is_ready, .. } =
        closing::readiness(&books, parse(&month)?, now()?).await?;
    let closes = periods::closes(&books).await?;
    let needs = approvals::needs(&books, "close_period", &edge()?.actor).await?;
    Ok(MonthReadiness {
        through,
        closed_through,
        checks: checks.into_iter().map(MonthCheck::from).collect(),
        may_close,
        is_ready,
        closes: closes.into_iter().map(ClosedMonth::from).collect(),
        needs: needs.map(ApprovalNeed::from),
    })
}

/// Closes a month and everything before it, for good.
///
/// # Errors
/// When it is not over or closed already, a reason is missing, or the ledger cannot be written.
#[tauri::command]
#[specta::specta]
pub async fn close_month(
    desk: State<'_, Desk>,
    month: String,
    reason: Option<String>,
) -> Result<ClosedMonth, Failure> {
    let books = desk.books().await?;
    let (edge, id) = (edge()?, new_id()?);
    let month = parse(&month)?;
    Ok(closing::close_month(&books, &edge, &id, month, reason.as_deref()).await?.into())
}

/// Asks a second person to close a month and everything before it. Says the request.
///
/// # Errors
/// As closing it.
#[tauri::command]
#[specta::specta]
pub async fn ask_to_close_month(
    desk: State<'_, Desk>,
    month: String,
    reason: Option<String>,
) -> Result<String, Failure> {
    let (books, edge, ids) = (desk.books().await?, edge()?, (new_id()?, new_id()?));
    let (ids, month) = ((&ids.0, &ids.1), parse(&month)?);
    Ok(id_of(closing::ask_to_close(&books, &edge, ids, month, reason.as_deref()).await?))
}
