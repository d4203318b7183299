//! Whether production has anything that a copy has not: a question of a few rows, to be asked often.

use scrip_store::SqliteStore;

use super::SyncError;
use super::pull::begin;
use crate::postgres::PostgresStore;

/// What a pull would bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct News {
    /// Operations that were recorded since the last pull.
    pub operations: u64,
    /// Whether books changed, which can be without an operation, or did not come with theirs.
    pub books: bool,
}

impl News {
    /// Whether there is none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What production has recorded since a workspace was pulled last. The server is looked at as closely as by
/// a pull: one that was moved, restored or exchanged gives no news but an error.
///
/// # Errors
/// [`SyncError`].
pub async fn news(production: &PostgresStore, workspace: &SqliteStore) -> Result<News, SyncError> {
    let (_, cursor) = begin(production, workspace).await?;
    let mut changes = production.changes().await?;
    let operations = cursor.behind(&mut changes).await?;
    let books = cursor.unfinished.is_some()
        || !changes.books(cursor.books.as_deref(), None, 1).await?.is_empty();
    Ok(News { operations, books })
}
