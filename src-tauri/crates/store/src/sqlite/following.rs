//! The ledger that a workspace is a copy of. Only a file follows another ledger, so this is not part of
//! the contract of a store.

use scrip_units::Instant;
use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection};

use super::read::all;
use super::{SqliteStore, SqliteWrite};
use crate::error::StoreError;
use crate::record::Unfinished;

/// The first format of a ledger that can follow another.
const FOLLOWING_SINCE: i64 = 5;
/// Stored as the time of the last whole pull where there was none.
const NEVER: Instant = Instant::MIN;

/// What a workspace knows of the ledger that it follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowRecord {
    /// That ledger as people call it; never with a password.
    pub ledger: String,
    /// Its server and how it is reached, JSON.
    pub server: String,
    /// How far it was pulled, JSON. While a part is here, `unfinished` in it says how many operations came
    /// (`done`) and were to come (`total`).
    pub cursor: String,
    /// When it was pulled to the end last; none where it never was.
    pub pulled_at: Option<Instant>,
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
                pulled_at: Some(row.instant(3)?).filter(|at| *at != NEVER),
            })
        });
        Ok(rows.await?.pop())
    }

    /// How far a copy has come that was to get more.
    pub(super) async fn part(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<Option<Unfinished>, StoreError> {
        if self.format < FOLLOWING_SINCE {
            return Ok(None);
        }
        let query = sqlx::query(
            "SELECT ledger, json_extract(cursor, '$.unfinished.done'), \
                 json_extract(cursor, '$.unfinished.total') FROM projection_following \
             WHERE json_extract(cursor, '$.unfinished') IS NOT NULL",
        );
        let rows = all(connection, &self.place, "projection_following", query, |row| {
            let (done, total) = (row.count(1)?, row.count(2)?);
            Ok(Unfinished { ledger: row.text(0)?.to_owned(), done, total })
        });
        Ok(rows.await?.pop())
    }

    /// A connection to read figures of a ledger that is whole.
    pub(super) async fn whole_reader(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        let mut reader = self.reader().await?;
        self.refuse_part(&mut reader).await?;
        Ok(reader)
    }

    /// Refuses a copy that was to get more, at the moment that a connection reads.
    pub(super) async fn refuse_part(&self, c: &mut SqliteConnection) -> Result<(), StoreError> {
        match self.part(c).await? {
            None => Ok(()),
            Some(part) => Err(StoreError::unfinished(&self.place.ledger, part)),
        }
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
        .bind(record.pulled_at.unwrap_or(NEVER).micros())
        .execute(&mut *self.tx)
        .await
        .map(|_| ())
        .map_err(self.place.cannot("store what it follows"));
        self.leave(done)
    }
}
