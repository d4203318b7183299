//! Closing a month: what should be so before, and the close itself.
//!
//! The engine refuses to close what is not over or closed already. Everything else here is the operator's
//! to judge: a month may be closed although a check does not hold, when somebody says why.

use std::collections::BTreeMap;

use scrip_engine::Operation;
use scrip_revenue::RollForwardBy;
use scrip_store::LedgerStore;
use scrip_units::{Instant, Month, OperationId};
use serde::Serialize;
use serde_json::json;

use crate::acts;
use crate::approvals::DecisionView;
use crate::error::AppError;
use crate::operate::{Mode, operate};
use crate::outbox::{self, QueuedView};
use crate::periods::{CloseView, closes};
use crate::reporting::{ReportKind, Window, make};
use crate::session::Edge;
use crate::workspace::Workspace;

/// As many findings of a check are listed; the rest is counted in the last.
const FINDINGS_MAX: usize = 8;

/// Something that should be so before a month is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClosingCheck {
    /// What should be so, in words.
    pub check: &'static str,
    /// Whether it is.
    pub holds: bool,
    /// Whether the close is refused where it is not.
    pub must: bool,
    /// What stands against it.
    pub findings: Vec<String>,
}

impl ClosingCheck {
    fn new(check: &'static str, must: bool, mut findings: Vec<String>) -> Self {
        let more = findings.len().saturating_sub(FINDINGS_MAX);
        let holds = findings.is_empty();
        findings.truncate(FINDINGS_MAX);
        if more > 0 {
            findings.push(format!("and {more} more"));
        }
        Self { check, holds, must, findings }
    }
}

/// Whether a month is ready to be closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadinessView {
    /// The month.
    pub month: String,
    /// Its last day: everything through it would be closed.
    pub through: String,
    /// The last day that is closed now.
    pub closed_through: Option<String>,
    /// Checks.
    pub checks: Vec<ClosingCheck>,
    /// Whether the engine would close it.
    pub may_close: bool,
    /// Whether every check holds; otherwise a close needs a reason.
    pub is_ready: bool,
}

impl ReadinessView {
    /// Refuses a close that would leave something behind, unless it is said why.
    ///
    /// # Errors
    /// [`AppError::Argument`].
    pub fn accepted_for(&self, reason: Option<&str>) -> Result<(), AppError> {
        if !self.may_close
            || self.is_ready
            || reason.is_some_and(|reason| !reason.trim().is_empty())
        {
            return Ok(());
        }
        let open = self.checks.iter().filter(|check| !check.holds);
        let open =
            open.map(|check| format!("{} - not so: {}", check.check, check.findings.join(", ")));
        Err(AppError::Argument(format!(
            "not all holds that should before {} is closed ({}): give the reason to close it all the same",
            self.month,
            open.collect::<Vec<_>>().join("; ")
        )))
    }
}

/// Holds the books against what should be so before a month is closed.
///
/// # Errors
/// [`AppError::NoConfiguration`], or the store's and the archive's.
pub async fn readiness<S: LedgerStore>(
    workspace: &Workspace<S>,
    month: Month,
    now: Instant,
) -> Result<ReadinessView, AppError> {
    let zone = workspace.catalog().await?.zone();
    let (through, span) = (month.last_day(), month.instants(zone)?);
    let closed = workspace.store().closes().await?.last().map(|close| close.through);
    let mut over = Vec::new();
    if zone.day_of(now) <= through {
        over.push(format!("it ends on {through}"));
    }
    let mut open = Vec::new();
    if let Some(closed) = closed.filter(|closed| *closed >= through) {
        open.push(format!("everything through {closed} is closed"));
    }
    let checks = vec![
        ClosingCheck::new("The month is over", true, over),
        ClosingCheck::new("It is not closed yet", true, open),
        ClosingCheck::new(
            "Its usage has arrived up to the last day",
            false,
            arrived(workspace, span.end).await?,
        ),
        ClosingCheck::new(
            "The usage that has arrived is posted",
            false,
            posted(workspace, span.end).await?,
        ),
        ClosingCheck::new(
            "What was due is done: expiry, grants, top-ups",
            false,
            due(workspace, span.end).await?,
        ),
        ClosingCheck::new("Its reports tie", false, ties(workspace, month, now).await?),
    ];
    Ok(ReadinessView {
        month: month.to_string(),
        through: through.to_string(),
        closed_through: closed.map(|day| day.to_string()),
        may_close: checks.iter().all(|check| check.holds || !check.must),
        is_ready: checks.iter().all(|check| check.holds),
        checks,
    })
}

/// Whether the last usage that is known is of the last day before `end`, or later.
async fn arrived<S: LedgerStore>(
    workspace: &Workspace<S>,
    end: Instant,
) -> Result<Vec<String>, AppError> {
    let archived = workspace.manifest().await?.segments.iter().map(|s| s.last_at).max();
    let last = archived.max(workspace.store().charged_until().await?);
    let zone = workspace.catalog().await?.zone();
    let last_day = zone.day_of(Instant::from_micros(end.micros() - 1)?);
    Ok(match last {
        None => vec!["no usage is known at all".to_owned()],
        Some(last) if zone.day_of(last) < last_day => vec![format!("the last is of {last}")],
        Some(_) => Vec::new(),
    })
}

/// Segments with usage before `end` that is not posted.
async fn posted<S: LedgerStore>(
    workspace: &Workspace<S>,
    end: Instant,
) -> Result<Vec<String>, AppError> {
    let progress = workspace.store().progress().await?;
    let posted: BTreeMap<u32, Instant> =
        progress.into_iter().map(|p| (p.segment, p.posted_until)).collect();
    let mut findings = Vec::new();
    for segment in &workspace.manifest().await?.segments {
        // The last event is posted when what lies after it is reached.
        let whole = |until: &Instant| *until >= end || *until > segment.last_at;
        if segment.first_at < end && !posted.get(&segment.seq).is_some_and(whole) {
            let from = posted.get(&segment.seq).map_or(segment.first_at, |until| *until);
            findings.push(format!("segment {} is not posted from {from} on", segment.seq));
        }
    }
    Ok(findings)
}

/// Customers with something that was due before `end`.
async fn due<S: LedgerStore>(
    workspace: &Workspace<S>,
    end: Instant,
) -> Result<Vec<String>, AppError> {
    let until = Instant::from_micros(end.micros() - 1)?;
    let mut findings = Vec::new();
    let mut after = None;
    loop {
        let page = workspace.store().books_due(until, after.as_ref(), 500).await?;
        let Some(last) = page.last() else { return Ok(findings) };
        after = Some(last.customer.clone());
        findings.extend(page.iter().filter_map(|book| {
            Some(format!("{} has something due at {}", book.customer, book.next_due?))
        }));
    }
}

async fn ties<S: LedgerStore>(
    workspace: &Workspace<S>,
    month: Month,
    now: Instant,
) -> Result<Vec<String>, AppError> {
    let window = Window { from: month, to: month, as_of: None, effective_until: None };
    let kinds = [
        ReportKind::TrialBalance,
        ReportKind::RollForward(RollForwardBy::Currency),
        ReportKind::Waterfall,
        ReportKind::Units,
    ];
    let mut findings = Vec::new();
    for kind in kinds {
        let report = make(workspace, &kind, window, now).await?.report;
        findings.extend(report.ties.iter().filter(|tie| !tie.holds).map(ToString::to_string));
    }
    Ok(findings)
}

/// Closes everything through the end of a month. Where a check of [`readiness`] does not hold, a reason
/// must be given; it is kept with the operation.
///
/// # Errors
/// [`AppError::Argument`] without a reason where one is needed, [`AppError::Line`] for what the engine
/// refuses, or the store's.
pub async fn close_month<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    id: &OperationId,
    month: Month,
    reason: Option<&str>,
) -> Result<CloseView, AppError> {
    let operation = closing(workspace, edge, id, month, reason).await?;
    operate(workspace, edge, "", &[(1, operation)], Mode::Commit).await?;
    let closed = closes(workspace).await?.into_iter().find(|close| close.operation == id.as_str());
    closed.ok_or_else(|| AppError::stored(format!("close {id}"), "it is missing"))
}

/// Asks a second person to close a month.
///
/// # Errors
/// As [`close_month`] and [`approvals::ask`].
pub async fn ask_to_close<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (request, id): (&OperationId, &OperationId),
    month: Month,
    reason: Option<&str>,
) -> Result<DecisionView, AppError> {
    let operation = closing(workspace, edge, id, month, reason).await?;
    acts::ask(workspace, edge, request, &operation).await
}

/// Puts the close of a month into the outbox of a copy, or the request for it where a rule asks for a second
/// person.
///
/// # Errors
/// As [`close_month`] and [`outbox::put`].
pub async fn put_close<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (request, id): (&OperationId, &OperationId),
    month: Month,
    reason: Option<&str>,
) -> Result<QueuedView, AppError> {
    let operation = closing(workspace, edge, id, month, reason).await?;
    let request = (request, operation.reason.as_deref().into());
    outbox::put(workspace, edge, request, std::slice::from_ref(&operation), &|_| Ok(())).await
}

async fn closing<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    id: &OperationId,
    month: Month,
    reason: Option<&str>,
) -> Result<Operation, AppError> {
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    readiness(workspace, month, edge.now).await?.accepted_for(reason)?;
    let mut operation = json!({
        "op": "close_period", "id": id, "at": edge.now, "actor": edge.actor,
        "through": month.last_day().to_string()
    });
    if let Some(reason) = reason {
        operation["reason"] = reason.into();
    }
    Operation::from_value(operation).map_err(|error| AppError::Argument(error.to_string()))
}

#[cfg(test)]
mod tests {
    use scrip_store::SqliteStore;
    use tempfile::TempDir;

    use super::*;
    use crate::template::{self, Extent, NewWorkspace};

    fn edge(at: &str) -> Edge {
        Edge { now: at.parse().unwrap(), actor: "ana".parse().unwrap() }
    }

    async fn october(dir: &std::path::Path) -> Workspace<SqliteStore> {
        let new = NewWorkspace { dir, id: "w", extent: Extent::Month };
        let now = edge("2026-11-02T09:00:00Z");
        template::create("universal-credit", new, &now).await.unwrap().0
    }

    fn id(text: &str) -> OperationId {
        OperationId::try_new(text).unwrap()
    }

    #[tokio::test]
    async fn a_month_with_everything_in_its_place_is_closed_once() {
        let folder = TempDir::new().unwrap();
        let workspace = october(folder.path()).await;
        let (now, month) = (edge("2026-11-02T09:00:00Z"), "2026-10".parse().unwrap());
        let ready = readiness(&workspace, month, now.now).await.unwrap();
        assert!(ready.is_ready && ready.may_close, "{ready:?}");
        let closed = close_month(&workspace, &now, &id("close-1"), month, None).await.unwrap();
        assert_eq!((closed.through.as_str(), closed.actor.as_str()), ("2026-10-31", "ana"));
        let again = readiness(&workspace, month, now.now).await.unwrap();
        assert!(!again.may_close);
        let refused = close_month(&workspace, &now, &id("close-2"), month, None).await;
        assert!(refused.unwrap_err().to_string().contains("2026-10-31"));
        assert_eq!(closes(&workspace).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_month_that_is_not_over_is_not_closed_for_any_reason() {
        let folder = TempDir::new().unwrap();
        let workspace = october(folder.path()).await;
        let (now, month) = (edge("2026-11-02T09:00:00Z"), "2026-11".parse().unwrap());
        let ready = readiness(&workspace, month, now.now).await.unwrap();
        assert!(!ready.may_close, "{ready:?}");
        let refused = close_month(&workspace, &now, &id("close-1"), month, Some("I want to")).await;
        assert!(refused.is_err());
    }

    #[tokio::test]
    async fn a_month_whose_usage_ends_early_needs_a_reason() {
        let folder = TempDir::new().unwrap();
        let workspace = october(folder.path()).await;
        let (now, month) = (edge("2026-12-02T09:00:00Z"), "2026-11".parse().unwrap());
        let ready = readiness(&workspace, month, now.now).await.unwrap();
        assert!(ready.may_close && !ready.is_ready, "{ready:?}");
        let late = ready.checks.iter().find(|check| check.check.contains("arrived up to")).unwrap();
        assert!(!late.holds && late.findings.len() == 1, "{late:?}");
        let refused = close_month(&workspace, &now, &id("close-1"), month, Some(" ")).await;
        assert!(refused.unwrap_err().to_string().contains("give the reason"));
        let why = Some("no customer worked in November");
        close_month(&workspace, &now, &id("close-1"), month, why).await.unwrap();
    }
}
