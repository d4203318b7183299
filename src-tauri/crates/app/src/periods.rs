//! Closed periods: what is kept of a close, and whether it still holds.

use std::collections::BTreeMap;

use scrip_engine::Operation;
use scrip_engine::operation::ClosePeriod;
use scrip_journal::Account;
use scrip_revenue::Fact;
use scrip_store::{CloseRecord, FactQuery, LedgerStore, WriteTransaction};
use scrip_units::{Date, Unit, format_steps};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::workspace::Workspace;

/// Debits and credits of an account through the last day of a close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedBalance {
    /// Number of the account.
    pub number: String,
    /// Account.
    pub account: String,
    /// Unit.
    pub unit: String,
    /// Sum of its debits.
    pub debit: String,
    /// Sum of its credits.
    pub credit: String,
}

/// A close of periods.
#[derive(Debug, Clone, Serialize)]
pub struct CloseView {
    /// The last day that it closed.
    pub through: String,
    /// The operation.
    pub operation: String,
    /// Who closed it.
    pub actor: String,
    /// When.
    pub at: String,
    /// Hash over all chain heads at that moment.
    pub checkpoint: String,
    /// Entries in the ledger at that moment.
    pub entries: u64,
    /// Revision of the configuration in force.
    pub config_revision: u64,
    /// The trial balance through that day.
    pub trial_balance: Vec<ClosedBalance>,
}

fn trial_balance(facts: &[Fact]) -> Vec<ClosedBalance> {
    let mut sums: BTreeMap<(Account, Unit), (i128, i128)> = BTreeMap::new();
    for fact in facts {
        let sides = sums.entry((fact.account, fact.unit)).or_default();
        sides.0 += fact.debit;
        sides.1 += fact.credit;
    }
    let balance = |((account, unit), (debit, credit)): ((Account, Unit), (i128, i128))| {
        let text = |steps| format_steps(steps, unit.scale());
        ClosedBalance {
            number: account.number().to_owned(),
            account: account.code().to_owned(),
            unit: unit.code().to_string(),
            debit: text(debit),
            credit: text(credit),
        }
    };
    sums.into_iter().map(balance).collect()
}

fn through(day: Date) -> FactQuery {
    FactQuery { booked_before: day.succ_opt(), ..FactQuery::default() }
}

/// What is kept of a close, of the ledger as the transaction leaves it.
pub(crate) async fn close_record<W: WriteTransaction>(
    tx: &mut W,
    operation: &Operation,
    action: &ClosePeriod,
    config_revision: u64,
) -> Result<CloseRecord, AppError> {
    let mut snapshot = tx.snapshot(&[through(action.through)]).await?;
    let balances = trial_balance(&snapshot.facts.pop().unwrap_or_default());
    Ok(CloseRecord {
        through: action.through,
        operation: operation.id.clone(),
        checkpoint: snapshot.checkpoint,
        config_revision,
        trial_balance: serde_json::to_string(&balances)
            .map_err(|e| AppError::stored("close", e))?,
    })
}

fn balances(close: &CloseRecord) -> Result<Vec<ClosedBalance>, AppError> {
    serde_json::from_str(&close.trial_balance)
        .map_err(|e| AppError::stored(format!("close through {}", close.through), e))
}

/// Every close, the earliest first.
///
/// # Errors
/// The store's.
pub async fn closes<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Vec<CloseView>, AppError> {
    let mut views = Vec::new();
    for close in workspace.store().closes().await? {
        let operation = workspace.store().operation(&close.operation).await?;
        let operation = operation
            .ok_or_else(|| AppError::stored(format!("operation {}", close.operation), "missing"))?
            .operation;
        views.push(CloseView {
            through: close.through.to_string(),
            operation: close.operation.to_string(),
            actor: operation.actor.to_string(),
            at: operation.at.to_string(),
            checkpoint: close.checkpoint.hash.to_string(),
            entries: close.checkpoint.entries,
            config_revision: close.config_revision,
            trial_balance: balances(&close)?,
        });
    }
    Ok(views)
}

/// Closed periods whose trial balance is not what it was when they were closed, in words.
///
/// # Errors
/// The store's.
pub(crate) async fn changed<S: LedgerStore>(
    workspace: &Workspace<S>,
    close: &CloseRecord,
) -> Result<Option<String>, AppError> {
    let now = trial_balance(&workspace.store().facts(&through(close.through)).await?);
    Ok((now != balances(close)?).then(|| {
        format!("the trial balance through {} is not what it was when it was closed", close.through)
    }))
}
