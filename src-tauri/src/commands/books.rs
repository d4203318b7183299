//! The truth about the books at all times: whether they tie, and whether anything was recorded since.

use scrip_app::query::{self, PulseView};
use scrip_app::tie::{Difference, TieView};
use serde::Serialize;
use specta::Type;
use tauri::State;

use crate::commands::parse;
use crate::desk::Desk;
use crate::failure::Failure;

/// Two sums that should be one.
#[derive(Debug, Serialize, Type)]
pub struct TieDifference {
    /// What is summed, in words.
    pub what: String,
    /// The unit.
    pub unit: String,
    /// By the customers' books.
    pub books: String,
    /// By the accounts.
    pub accounts: String,
}

impl From<Difference> for TieDifference {
    fn from(found: Difference) -> Self {
        Self {
            what: found.what.to_owned(),
            unit: found.unit,
            books: found.books,
            accounts: found.accounts,
        }
    }
}

/// Whether the books tie.
#[derive(Debug, Serialize, Type)]
pub struct BooksTie {
    /// Whether they do.
    pub ties: bool,
    /// The ledger that was looked at: the hash over all chain heads.
    pub checkpoint: String,
    /// Customers whose books were read.
    pub customers: String,
    /// Where they do not.
    pub differences: Vec<TieDifference>,
}

impl From<TieView> for BooksTie {
    fn from(view: TieView) -> Self {
        Self {
            ties: view.ties,
            checkpoint: view.checkpoint,
            customers: view.customers.to_string(),
            differences: view.differences.into_iter().map(TieDifference::from).collect(),
        }
    }
}

/// Whether what the customers' books hold is what the accounts hold. The answer is kept for the ledger
/// that it is about: `checkpoint` names it, and the ledger is read again only when it is another.
///
/// # Errors
/// When the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn books_tie(desk: State<'_, Desk>, checkpoint: String) -> Result<BooksTie, Failure> {
    Ok(desk.tie(&checkpoint).await?.into())
}

/// What has been recorded so far.
#[derive(Debug, Serialize, Type)]
pub struct Pulse {
    /// Operations.
    pub operations: String,
    /// Imports of usage.
    pub imports: String,
    /// Drafts that wait, by name.
    pub drafts: Vec<String>,
}

impl From<PulseView> for Pulse {
    fn from(view: PulseView) -> Self {
        Self {
            operations: view.operations.to_string(),
            imports: view.imports.to_string(),
            drafts: view.drafts,
        }
    }
}

/// What has been recorded by anybody beyond the operations that the window knows of. It costs little, so
/// the window asks often.
///
/// # Errors
/// When the ledger or the drafts cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn pulse(desk: State<'_, Desk>, operations: String) -> Result<Pulse, Failure> {
    Ok(query::pulse(&desk.books().await?, parse(&operations)?).await?.into())
}
