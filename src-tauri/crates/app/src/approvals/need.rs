//! Whether something needs a second person, asked before it is done: nobody types for nothing.

use scrip_catalog::{ApprovalRule, Catalog};
use scrip_store::LedgerStore;
use scrip_units::{Actor, Instant};
use serde::Serialize;

use super::{RequestView, list};
use crate::error::AppError;
use crate::workspace::Workspace;

/// The second person that something needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NeedView {
    /// The rule that says so.
    pub rule: String,
    /// Who may approve, but for who asks; nobody is named where anybody else may.
    pub approvers: Vec<String>,
    /// Whether anybody else may approve.
    pub anybody: bool,
    /// Days of 24 hours after which what is asked for lapses.
    pub valid_days: u16,
}

/// A rule of the configuration in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleView {
    /// Code.
    pub rule: String,
    /// The operations that need a second person.
    pub operations: Vec<String>,
    /// Who may approve; empty for anybody but who asks.
    pub approvers: Vec<String>,
    /// Days of 24 hours after which what is asked for lapses.
    pub valid_days: u16,
}

fn names(approvers: &[Actor]) -> impl Iterator<Item = String> + '_ {
    approvers.iter().map(ToString::to_string)
}

/// The second person that an operation needs when `asks` does it; none where one person may do it.
#[must_use]
pub fn need(catalog: &Catalog, operation: &str, asks: &Actor) -> Option<NeedView> {
    let rule = catalog.approval_rule(operation)?;
    Some(NeedView {
        rule: rule.code.to_string(),
        approvers: names(&rule.approvers).filter(|name| name != asks.as_str()).collect(),
        anybody: rule.approvers.is_empty(),
        valid_days: rule.valid_days,
    })
}

/// The same by the configuration in force.
///
/// # Errors
/// [`AppError::NoConfiguration`], or the store's.
pub async fn needs<S: LedgerStore>(
    workspace: &Workspace<S>,
    operation: &str,
    asks: &Actor,
) -> Result<Option<NeedView>, AppError> {
    Ok(need(&*workspace.catalog().await?, operation, asks))
}

/// Every request, and what needs one.
#[derive(Debug, Clone, Serialize)]
pub struct ListView {
    /// Requests, the latest first.
    pub requests: Vec<RequestView>,
    /// The rules in force.
    pub rules: Vec<RuleView>,
}

/// Every request with the rules in force.
///
/// # Errors
/// [`AppError::NoConfiguration`], or the store's.
pub async fn list_with_rules<S: LedgerStore>(
    workspace: &Workspace<S>,
    now: Instant,
) -> Result<ListView, AppError> {
    let rules = rules(&*workspace.catalog().await?);
    Ok(ListView { requests: list(workspace, now, true).await?, rules })
}

/// The rules in force: what needs a second person, and who that may be.
#[must_use]
pub fn rules(catalog: &Catalog) -> Vec<RuleView> {
    let view = |rule: &ApprovalRule| RuleView {
        rule: rule.code.to_string(),
        operations: rule.operations.iter().map(|one| one.code().to_owned()).collect(),
        approvers: names(&rule.approvers).collect(),
        valid_days: rule.valid_days,
    };
    catalog.document().approvals.iter().map(view).collect()
}
