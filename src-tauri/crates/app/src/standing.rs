//! Reading what is asked of all customers at once: the standing that is saved beside each book
//! ([`CustomerBook::standing`]), a twentieth of what the books are.

use scrip_engine::CustomerBook;
use scrip_store::{LedgerStore, StandingRecord};
use scrip_units::CustomerCode;

use crate::error::AppError;
use crate::workspace::Workspace;

/// Standings that are read at a time.
const PAGE: u32 = 2_000;

/// Reads a standing.
fn read(record: &StandingRecord) -> Result<CustomerBook, AppError> {
    CustomerBook::from_json(&record.standing)
        .map_err(|e| AppError::stored(format!("standing of {}", record.customer), e))
}

/// Standings of all customers, some at a time, in order of customer. While some are looked at, the next
/// are read.
pub(crate) struct Standings<'a, S> {
    workspace: &'a Workspace<S>,
    next: Option<Vec<StandingRecord>>,
}

impl<'a, S: LedgerStore> Standings<'a, S> {
    /// From the first customer.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn of(workspace: &'a Workspace<S>) -> Result<Self, AppError> {
        let first = workspace.store().standings(None, PAGE).await?;
        Ok(Self { workspace, next: Some(first) })
    }

    /// The next ones; none at the end.
    ///
    /// # Errors
    /// The store's, or [`AppError::stored`] for a standing that is none.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<CustomerBook>>, AppError> {
        let Some(records) = self.next.take() else { return Ok(None) };
        let Some(last) = records.last().map(|record| record.customer.clone()) else {
            return Ok(None);
        };
        let reading = tokio::task::spawn_blocking(move || {
            records.iter().map(read).collect::<Result<Vec<_>, _>>()
        });
        let following = self.after(&last).await?;
        self.next = Some(following);
        let books = reading.await.map_err(|e| AppError::stored("standings", e))??;
        Ok(Some(books))
    }

    async fn after(&self, last: &CustomerCode) -> Result<Vec<StandingRecord>, AppError> {
        Ok(self.workspace.store().standings(Some(last), PAGE).await?)
    }
}
