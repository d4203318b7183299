//! Whether a ledger is the one that a workspace follows, and what brings the two together again.

use scrip_store::{LedgerStore, SqliteStore};
use serde::Serialize;

use super::pull::begin;
use super::{Reconciliation, SyncError};
use crate::postgres::{PostgresStore, ServerIdentity};

/// Which server a ledger is on that is the one of a workspace, by the ledger's own id.
///
/// # Errors
/// [`SyncError::OtherLedger`], or the stores'.
pub async fn recognise(
    production: &PostgresStore,
    workspace: &SqliteStore,
) -> Result<ServerIdentity, SyncError> {
    let (identity, expected) = (production.identity().await?, workspace.meta().await?.workspace_id);
    if identity.workspace_id == expected {
        return Ok(identity);
    }
    let (ledger, found) = (production.place().to_owned(), identity.workspace_id);
    Err(SyncError::OtherLedger { ledger, found, expected })
}

/// Whether a ledger is the one that a workspace follows, on the server that it was pulled from, with what was
/// pulled: as closely as a pull looks. A workspace that has pulled nothing yet follows any ledger of its id.
///
/// # Errors
/// [`SyncError::OtherLedger`], [`SyncError::ServerChanged`], [`SyncError::NotEmpty`], or the stores'.
pub async fn check(production: &PostgresStore, workspace: &SqliteStore) -> Result<(), SyncError> {
    begin(production, workspace).await.map(drop)
}

/// What brings a workspace together with the ledger that it was compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cure {
    /// They are the same; nothing.
    Nothing,
    /// A pull.
    Pull,
    /// A pull from the start: the ledger is on another server, its server was recovered, or entries came
    /// from it that do not follow those that are here.
    PullFromTheStart,
    /// A new workspace: this one has what the ledger has not, or is no copy of it.
    Anew,
}

/// What brings a workspace together with a ledger, by what a comparison found.
///
/// # Errors
/// The stores'.
pub async fn cure(
    production: &PostgresStore,
    workspace: &SqliteStore,
    found: &Reconciliation,
) -> Result<Cure, SyncError> {
    if found.own().is_some() {
        return Ok(Cure::Anew);
    }
    match begin(production, workspace).await {
        Ok(_) if found.agrees() => Ok(Cure::Nothing),
        Ok((_, cursor)) if cursor.is_astray => Ok(Cure::PullFromTheStart),
        Ok(_) => Ok(Cure::Pull),
        Err(SyncError::ServerChanged { .. } | SyncError::Unreadable { .. }) => {
            Ok(Cure::PullFromTheStart)
        }
        Err(SyncError::OtherLedger { .. } | SyncError::NotEmpty { .. }) => Ok(Cure::Anew),
        Err(other) => Err(other),
    }
}
