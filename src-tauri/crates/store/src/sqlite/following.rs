//! The ledger that a workspace is a copy of. Only a file follows another ledger, so this is not part of
//! the contract of a store.

use scrip_units::Instant;

use super::read::all;
use super::{SqliteStore, SqliteWrite};
use crate::error::StoreError;

/// What a workspace knows of the ledger that it follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowRecord {
    /// That ledger as people call it; never with a password.
    pub ledger: String,
    /// Its server and how it is reached, JSON.
    pub server: String,
    /// How far it was pulled, JSON.
    pub cursor: String,
    /// When it was pulled last.
    pub pulled_at: Instant,
}

impl SqliteStore {
    /// The ledger that this one follows, if it does.
    ///
    /// # Errors
    /// Those of every read.
    pub async fn following(&self) -> Result<Option<FollowRecord>, StoreError> {
        let query =
            sqlx::query("SELECT ledger, server, cursor, pulled_at FROM projection_following");
        let mut connection = self.reader().await?;
        let rows = all(&mut connection, &self.place, "projection_following", query, |row| {
            Ok(FollowRecord {
                ledger: row.text(0)?.to_owned(),
                server: row.text(1)?.to_owned(),
                cursor: row.text(2)?.to_owned(),
                pulled_at: row.instant(3)?,
            })
        });
        Ok(rows.await?.pop())
    }
}

impl SqliteWrite {
    /// Stores what is known of the ledger that this one follows, replacing what was stored.
    ///
    /// # Errors
    /// Those of every write.
    pub async fn set_following(&mut self, record: &FollowRecord) -> Result<(), StoreError> {
        self.enter()?;
        let done = sqlx::query(
            "INSERT INTO projection_following (id, ledger, server, cursor, pulled_at) \
             VALUES (1, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET ledger = excluded.ledger, \
             server = excluded.server, cursor = excluded.cursor, pulled_at = excluded.pulled_at",
        )
        .bind(&record.ledger)
        .bind(&record.server)
        .bind(&record.cursor)
        .bind(record.pulled_at.micros())
        .execute(&mut *self.tx)
        .await
        .map(|_| ())
        .map_err(self.place.cannot("store what it follows"));
        self.leave(done)
    }
}
