//! What members, teams and the customer may use, have used and have left.

use std::collections::BTreeSet;

use scrip_engine::limits::{Limit, Pool, Spender, of_customer, of_member, of_team};
use scrip_store::LedgerStore;
use scrip_units::{BillingPeriod, CustomerCode, Instant, MemberCode};
use serde::Serialize;

use crate::error::AppError;
use crate::query::{book_of, catalog, steps_text};
use crate::workspace::Workspace;

/// A limit and what is used of it in the window of an instant.
#[derive(Debug, Clone, Serialize)]
pub struct LimitView {
    /// `member`, `team` or `customer`.
    pub of: &'static str,
    /// Whose: the code of the member or team.
    pub code: String,
    /// The wallet type it is about; absent for spend limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wallet_type: Option<String>,
    /// The unit.
    pub unit: String,
    /// `day`, `week`, `month`, `billing_period` or `lifetime`.
    pub per: &'static str,
    /// First day of the window.
    pub from: String,
    /// What may be used in the window.
    pub allowance: String,
    /// What is used.
    pub used: String,
    /// What is left, never below zero.
    pub left: String,
}

/// The limits of a customer: its members, those named in the configuration and those that have used
/// something, its teams, and its own, each in the window of the instant.
///
/// # Errors
/// [`AppError::UnknownCustomer`], or the store's.
pub async fn limits<S: LedgerStore>(
    workspace: &Workspace<S>,
    code: &CustomerCode,
    as_of: Instant,
) -> Result<Vec<LimitView>, AppError> {
    let catalog = catalog(workspace).await?;
    let unknown = || AppError::UnknownCustomer { customer: code.clone() };
    let customer = catalog.customer(code).ok_or_else(unknown)?;
    let book = book_of(workspace, code).await?;
    let mut members: BTreeSet<&MemberCode> = customer.members.iter().map(|m| &m.code).collect();
    members.extend(customer.teams.iter().flat_map(|team| &team.members));
    members.extend(book.spent.keys().filter_map(|key| match &key.spender {
        Spender::Member(member) => Some(member),
        _ => None,
    }));
    let mut found: Vec<Limit> = Vec::new();
    for member in members {
        found.extend(of_member(&catalog, customer, member, as_of));
    }
    for team in &customer.teams {
        found.extend(of_team(&catalog, team, as_of));
    }
    found.extend(of_customer(&catalog, customer));
    let day = catalog.zone().day_of(as_of);
    let period = BillingPeriod::containing(day, customer.billing_day);
    let closed = workspace.store().closes().await?.last().map(|close| close.through);
    let views = found.into_iter().map(|limit| {
        let key = limit.key(day, period, closed);
        let used = book.spent.get(&key).copied().unwrap_or(0);
        let (of, code) = match &limit.spender {
            Spender::Member(member) => ("member", member.to_string()),
            Spender::Team(team) => ("team", team.to_string()),
            Spender::Customer => ("customer", code.to_string()),
        };
        let text = |steps| steps_text(steps, limit.unit);
        LimitView {
            of,
            code,
            wallet_type: match &limit.pool {
                Pool::WalletType(wallet_type) => Some(wallet_type.to_string()),
                Pool::Unit(_) => None,
            },
            unit: limit.unit.code().to_string(),
            per: limit.window.as_str(),
            from: key.from.to_string(),
            allowance: text(limit.most),
            used: text(used),
            left: text(limit.most.saturating_sub(used).max(0)),
        }
    });
    Ok(views.collect())
}
