//! Settings: of the person at this machine, and of the books, which only a configuration changes.

use scrip_app::accounts::{self, AccountView};
use scrip_app::query;
use serde::Serialize;
use specta::Type;
use tauri::State;

use crate::desk::Desk;
use crate::edge::{operator, set_operator, system_name};
use crate::failure::Failure;
use crate::settings::Settings;

/// What is set.
#[tauri::command]
#[specta::specta]
#[must_use]
pub fn settings(desk: State<'_, Desk>) -> Settings {
    desk.settings.settings()
}

/// Keeps what is set.
///
/// # Errors
/// When the name cannot be recorded or the file cannot be written.
#[tauri::command]
#[specta::specta]
pub fn set_settings(desk: State<'_, Desk>, settings: Settings) -> Result<(), Failure> {
    set_operator(&settings.operator)?;
    desk.settings.set(settings)
}

/// Under which name operations are recorded.
#[derive(Debug, Serialize, Type)]
pub struct Operator {
    /// The name in use.
    pub name: String,
    /// The name by the system.
    pub system: String,
}

/// Under which name operations are recorded.
///
/// # Errors
/// When the system's name cannot be recorded.
#[tauri::command]
#[specta::specta]
pub fn operator_name() -> Result<Operator, Failure> {
    Ok(Operator { name: operator()?.to_string(), system: system_name()?.to_string() })
}

/// An account of the chart.
#[derive(Debug, Serialize, Type)]
pub struct ChartAccount {
    /// Number in the chart.
    pub number: String,
    /// Code in files and in the ledger.
    pub code: String,
    /// Name in the chart.
    pub name: String,
    /// What kind of account it is.
    pub class: String,
    /// On which side a balance normally stands.
    pub side: String,
    /// The company's own number.
    pub own_number: Option<String>,
    /// The company's own name.
    pub own_name: Option<String>,
}

impl From<AccountView> for ChartAccount {
    fn from(view: AccountView) -> Self {
        Self {
            number: view.number.to_owned(),
            code: view.code.to_owned(),
            name: view.name.to_owned(),
            class: view.class_words().to_owned(),
            side: view.side.to_owned(),
            own_number: view.own_number,
            own_name: view.own_name,
        }
    }
}

/// What the books are set to: by the configuration in force, and when they were made.
#[derive(Debug, Serialize, Type)]
pub struct BooksSettings {
    /// Code of the legal entity.
    pub entity: String,
    /// Its name.
    pub name: String,
    /// Currency of the books.
    pub currency: String,
    /// Zone that decides days and periods.
    pub zone: String,
    /// Source of exchange rates.
    pub exchange_rates: Option<String>,
    /// Revision of the configuration in force.
    pub revision: String,
    /// When it was applied.
    pub applied_at: String,
    /// By whom.
    pub applied_by: String,
    /// The operation that applied it.
    pub applied_in: String,
    /// Id of the workspace, for life.
    pub workspace_id: String,
    /// When the workspace was made.
    pub created_at: String,
    /// By which version of the program.
    pub created_by: String,
    /// Format of the ledger.
    pub format: String,
    /// Size of the ledger in bytes.
    pub bytes: String,
    /// The chart of accounts.
    pub accounts: Vec<ChartAccount>,
}

/// What the books are set to.
///
/// # Errors
/// When no configuration is applied or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn books_settings(desk: State<'_, Desk>) -> Result<BooksSettings, Failure> {
    let books = desk.books().await?;
    let view = query::settings(&books).await?;
    let accounts = accounts::accounts(&books).await?;
    Ok(BooksSettings {
        entity: view.entity,
        name: view.name,
        currency: view.currency,
        zone: view.time_zone,
        exchange_rates: view.exchange_rates,
        revision: view.revision.to_string(),
        applied_at: view.applied_at,
        applied_by: view.applied_by,
        applied_in: view.applied_in,
        workspace_id: view.workspace_id,
        created_at: view.created_at,
        created_by: view.created_by,
        format: view.format.to_string(),
        bytes: view.bytes.to_string(),
        accounts: accounts.into_iter().map(ChartAccount::from).collect(),
    })
}
