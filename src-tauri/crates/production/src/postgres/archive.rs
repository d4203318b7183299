//! The files of the usage archive, which a production ledger keeps, so that every desk and every service
//! has them.

use std::collections::HashSet;

use scrip_journal::Hash;
use scrip_store::StoreError;
use sqlx::postgres::PgConnection;

use super::fault::{Heard, Place};
use super::rows::{Reading, all};
use super::write::PostgresWrite;

/// See [`scrip_store::LedgerStore::archive_part`].
pub(super) async fn part(
    c: &mut PgConnection,
    place: &Place,
    file: &Hash,
    part: u32,
) -> Result<Option<Vec<u8>>, StoreError> {
    let Ok(part) = i32::try_from(part) else { return Ok(None) };
    let query = sqlx::query("SELECT content FROM archive_parts WHERE hash = $1 AND part = $2");
    let query = query.bind(file.bytes().as_slice()).bind(part);
    let read = |row: &Reading<'_>| Ok(row.bytes(0)?.to_vec());
    Ok(all(c, place, "archive_parts", query, read).await?.pop())
}

impl PostgresWrite {
    /// See [`scrip_store::WriteTransaction::lacking_files`].
    pub(super) async fn lacking(&mut self, files: &[Hash]) -> Result<Vec<Hash>, StoreError> {
        let hashes: Vec<&[u8]> = files.iter().map(|file| file.bytes().as_slice()).collect();
        let query = sqlx::query(
            "SELECT hash FROM archive_parts WHERE part = 0 AND hash = ANY($1::bytea[])",
        );
        let read = |row: &Reading<'_>| row.hash(0);
        let query = query.bind(hashes);
        let kept = all(&mut self.tx, &self.place, "archive_parts", query, read).await?;
        let kept: HashSet<Hash> = kept.into_iter().collect();
        Ok(files.iter().filter(|file| !kept.contains(file)).copied().collect())
    }

    /// See [`scrip_store::WriteTransaction::add_archive_part`].
    pub(super) async fn add_part(
        &mut self,
        file: &Hash,
        part: u32,
        content: &[u8],
    ) -> Result<(), StoreError> {
        let added = sqlx::query(
            "INSERT INTO archive_parts (hash, part, content) VALUES ($1, $2::integer, $3) \
             ON CONFLICT (hash, part) DO NOTHING",
        )
        .bind(file.bytes().as_slice())
        .bind(i64::from(part))
        .bind(content)
        .execute(&mut *self.tx)
        .heard(&self.place, "keep files of the archive")
        .await?;
        if added.rows_affected() == 0 {
            let id = format!("{part} of {file}");
            return Err(StoreError::Duplicate { what: "part of a file of the archive", id });
        }
        Ok(())
    }
}
