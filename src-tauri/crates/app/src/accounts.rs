//! The chart of accounts, with what the company calls each account.

use scrip_engine::account_names;
use scrip_journal::{Account, AccountClass, AccountNames, Side};
use scrip_store::LedgerStore;
use serde::Serialize;

use crate::error::AppError;
use crate::workspace::Workspace;

/// An account.
#[derive(Debug, Clone, Serialize)]
pub struct AccountView {
    /// Number in the chart.
    pub number: &'static str,
    /// Code in files and in the ledger.
    pub code: &'static str,
    /// Name in the chart.
    pub name: &'static str,
    /// What kind of account it is.
    pub class: AccountClass,
    /// On which side a balance normally stands: `debit` or `credit`.
    pub side: &'static str,
    /// The company's own number, as on reports and exports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_number: Option<String>,
    /// The company's own name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_name: Option<String>,
}

impl AccountView {
    /// The class in words.
    #[must_use]
    pub fn class_words(&self) -> &'static str {
        match self.class {
            AccountClass::Asset => "asset",
            AccountClass::ContractLiability => "contract liability",
            AccountClass::FinancialLiability => "financial liability",
            AccountClass::TaxLiability => "tax liability",
            AccountClass::Revenue => "revenue",
            AccountClass::ContraRevenue => "contra revenue",
            AccountClass::Other => "expense, gain or loss",
            AccountClass::Clearing => "clearing",
            AccountClass::Units => "units",
        }
    }
}

/// What the configuration in force calls the accounts of the chart.
///
/// # Errors
/// [`AppError::NoConfiguration`], or the store's.
pub async fn names<S: LedgerStore>(workspace: &Workspace<S>) -> Result<AccountNames, AppError> {
    let catalog = workspace.catalog().await?;
    // A configuration in force names accounts of the chart only.
    account_names(catalog.document())
        .map_err(|problems| scrip_engine::Rejection::Configuration { problems }.into())
}

/// Every account in the order of the chart.
///
/// # Errors
/// As [`names`].
pub async fn accounts<S: LedgerStore>(
    workspace: &Workspace<S>,
) -> Result<Vec<AccountView>, AppError> {
    let names = names(workspace).await?;
    let view = |account: &Account| {
        let own = names.own(*account);
        AccountView {
            number: account.number(),
            code: account.code(),
            name: account.name(),
            class: account.class(),
            side: match account.normal_side() {
                Side::Debit => "debit",
                Side::Credit => "credit",
            },
            own_number: own.map(|(number, _)| number.to_owned()),
            own_name: own.map(|(_, name)| name.to_owned()),
        }
    };
    Ok(Account::ALL.iter().map(view).collect())
}
