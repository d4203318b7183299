//! Acts by hand that are looked at before they are done: the entries first, by the same engine and in the
//! same transaction that would write them, and then exactly those, or none.
//!
//! What was looked at is named by the hashes of its entries. An entry's hash stands on the entry before it
//! in the customer's chain, so if anything of the customers concerned has moved meanwhile, the hashes
//! differ and the act is refused.

use std::collections::BTreeMap;

use scrip_engine::{Operation, Rejection};
use scrip_journal::Account;
use scrip_store::LedgerStore;
use scrip_units::{Amount, OperationId, Unit, UnitCode};
use serde::Serialize;

use crate::approvals::{self, DecisionView, NeedView};
use crate::error::AppError;
use crate::operate::{Mode, OperationView, operate_if};
use crate::outbox::{self, QueuedView};
use crate::session::Edge;
use crate::view::EntryView;
use crate::workspace::Workspace;

/// What an act would do.
#[derive(Debug, Clone, Serialize)]
pub struct ActPreview {
    /// The operation, in its canonical form: what is confirmed.
    pub operation: String,
    /// The entries that it would cause.
    pub entries: Vec<EntryView>,
    /// Money that would be paid back, or owed no more, by currency.
    pub paid_back: BTreeMap<String, String>,
    /// Units that would come into wallets, less those that leave them, by unit.
    pub units: BTreeMap<String, String>,
    /// The second person that it needs, if it needs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<NeedView>,
}

/// Applies an operation and takes it back, to show its entries.
///
/// # Errors
/// [`AppError::Rejected`], [`AppError::OperationConflict`], or the store's.
pub async fn preview<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    operation: &Operation,
) -> Result<ActPreview, AppError> {
    let view = match workspace.store().follows().await? {
        Some(_) => only(outbox::rehearse(workspace, edge, &[(1, operation.clone())]).await?)?,
        None => run(workspace, edge, operation, &|_| Ok(Mode::DryRun)).await?,
    };
    let text = operation.to_json().map_err(|e| AppError::stored("operation", e))?;
    let catalog = workspace.catalog().await?;
    let unit = |code: &str| -> Option<Unit> {
        let code = UnitCode::try_new(code).ok()?;
        catalog.unit(code).or_else(|| Unit::currency(code))
    };
    // What is not yet paid is paid back by owing less.
    let money = [Account::CashClearing.code(), Account::AccountsReceivable.code()];
    let (mut cash, mut units): (BTreeMap<Unit, i64>, BTreeMap<Unit, i64>) = Default::default();
    for posting in view.entries.iter().flat_map(|entry| &entry.postings) {
        let sums = match posting.account {
            code if money.contains(&code) => &mut cash,
            code if code == Account::UnitsAvailable.code() => &mut units,
            _ => continue,
        };
        let Some(unit) = unit(&posting.unit) else { continue };
        let amount = Amount::parse(&posting.amount, unit);
        *sums.entry(unit).or_default() += amount.map_or(0, |amount| amount.steps());
    }
    let texts = |sums: BTreeMap<Unit, i64>| {
        let sums = sums.into_iter().filter(|(_, steps)| *steps != 0);
        sums.map(|(unit, steps)| {
            (unit.code().to_string(), Amount::from_steps(unit, steps).to_decimal_string())
        })
        .collect()
    };
    let paid_back = cash.into_iter().filter(|(_, steps)| *steps < 0);
    Ok(ActPreview {
        operation: text,
        entries: view.entries,
        paid_back: texts(paid_back.map(|(unit, steps)| (unit, -steps)).collect()),
        units: texts(units),
        needs: view
            .needs_approval
            .and_then(|_| approvals::need(&catalog, operation.action.code(), &edge.actor)),
    })
}

/// Asks a second person for what was looked at.
///
/// # Errors
/// As [`approvals::ask`].
pub async fn ask<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    request: &OperationId,
    operation: &Operation,
) -> Result<DecisionView, AppError> {
    let asked = (request, operation.reason.as_deref().into());
    let view = approvals::ask(workspace, edge, asked, "", &[(1, operation.clone())]).await;
    view.map_err(AppError::without_place)
}

/// Does what was looked at: the entries it causes are those of these hashes, or it changes nothing.
///
/// # Errors
/// [`AppError::Moved`] when it would cause other entries now; as [`preview`].
pub async fn confirm<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    operation: &Operation,
    hashes: &[String],
) -> Result<OperationView, AppError> {
    let decide =
        |views: &[OperationView]| as_shown(views, operation, hashes).map(|()| Mode::Commit);
    run(workspace, edge, operation, &decide).await
}

/// Puts what was looked at on a copy into its outbox, or the request for it where a rule asks for a second
/// person: with the entries of these hashes, or not at all.
///
/// # Errors
/// [`AppError::Moved`] when it would cause other entries now; as [`outbox::put`].
pub async fn put<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    request: &OperationId,
    operation: &Operation,
    hashes: &[String],
) -> Result<QueuedView, AppError> {
    let request = (request, operation.reason.as_deref().into());
    let agrees = |views: &[OperationView]| as_shown(views, operation, hashes);
    outbox::put(workspace, edge, request, std::slice::from_ref(operation), &agrees).await
}

fn as_shown(
    views: &[OperationView],
    operation: &Operation,
    hashes: &[String],
) -> Result<(), AppError> {
    let now = views.iter().flat_map(|view| &view.entries).map(|entry| &entry.hash);
    let applied_before = views.iter().all(|view| view.outcome == "already_applied");
    if applied_before || now.eq(hashes) {
        Ok(())
    } else {
        Err(AppError::Moved { operation: operation.id.clone() })
    }
}

async fn run<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    operation: &Operation,
    decide: &(dyn Fn(&[OperationView]) -> Result<Mode, AppError> + Sync),
) -> Result<OperationView, AppError> {
    let operations = [(1, operation.clone())];
    let view = operate_if(workspace, edge, operation.action.code(), &operations, decide).await;
    only(view.map_err(AppError::without_place)?.operations)
}

fn only(views: Vec<OperationView>) -> Result<OperationView, AppError> {
    let first = views.into_iter().next();
    first.ok_or_else(|| AppError::Argument("there is nothing to do".to_owned()))
}

/// The member of an operation that a rejection is about, where it is about one: where a form shows it.
#[must_use]
pub fn member_of(rejection: &Rejection) -> Option<&'static str> {
    Some(match rejection {
        Rejection::Insufficient { .. }
        | Rejection::WalletInsufficient { .. }
        | Rejection::UsedByUnits
        | Rejection::TooFew { .. }
        | Rejection::MoneyWithoutUnits { .. } => "units",
        Rejection::RefundTooHigh { .. } | Rejection::UnitsAndAmount => "amount",
        Rejection::FeeTooHigh { .. } => "fee",
        Rejection::UnknownWalletType { .. }
        | Rejection::NoVersion { .. }
        | Rejection::OtherWalletType { .. }
        | Rejection::NoWallet
        | Rejection::UnknownWallet { .. } => "wallet",
        Rejection::WhichLot
        | Rejection::UnknownLot { .. }
        | Rejection::Lot(_)
        | Rejection::AlreadyEnded { .. }
        | Rejection::Frozen { .. }
        | Rejection::Held { .. }
        | Rejection::LiabilityOfLot
        | Rejection::NotPaidFor { .. } => "lot",
        Rejection::UnknownCustomer { .. } | Rejection::OtherTax { .. } => "to_customer",
        Rejection::SameWallet { .. }
        | Rejection::OtherUnit { .. }
        | Rejection::OtherCurrency { .. } => "to_wallet",
        Rejection::PriceMissing { .. }
        | Rejection::PriceNotAllowed { .. }
        | Rejection::NotACurrency { .. }
        | Rejection::NoExchangeRate { .. } => "price",
        Rejection::EmptyValidity | Rejection::NotLater { .. } => "expires_at",
        Rejection::ReasonMissing { .. } => "reason",
        Rejection::OwnApproval { .. } => "approver",
        Rejection::WorthMissing | Rejection::WorthNotAllowed => "worth",
        Rejection::NotPositive { what } | Rejection::Amount { what, .. } => member_named(what)?,
        Rejection::Negative { what } => member_named(what)?,
        _ => return None,
    })
}

fn member_named(what: &str) -> Option<&'static str> {
    ["units", "amount", "fee", "price", "worth"].into_iter().find(|name| what.contains(name))
}
