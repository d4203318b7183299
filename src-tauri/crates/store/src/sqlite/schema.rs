//! Whether a ledger's tables and guards are those that the migrations made: a ledger from which a
//! trigger was removed still opens, but nothing in it is append-only any more.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Row};

use super::fault::Place;
use super::open::MIGRATIONS;
use crate::error::StoreError;

const DOING: &str = "compare its tables with its migrations";

/// What is in a file: kind and name of each object, and the statement that made it.
type Objects = BTreeMap<(String, String), String>;

async fn objects(connection: &mut SqliteConnection, place: &Place) -> Result<Objects, StoreError> {
    // What SQLite makes itself (`sqlite_stat1`, indexes of keys) and sqlx's own list are not ours.
    let rows = sqlx::query(
        "SELECT type, name, sql FROM sqlite_schema \
         WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         AND name <> '_sqlx_migrations'",
    )
    .fetch_all(connection)
    .await
    .map_err(place.cannot(DOING))?;
    let read = |row: sqlx::sqlite::SqliteRow| {
        let sql: String = row.try_get(2)?;
        let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(((row.try_get(0)?, row.try_get(1)?), sql))
    };
    rows.into_iter().map(read).collect::<Result<_, _>>().map_err(place.cannot(DOING))
}

/// What an empty ledger of a format has.
async fn expected(format: i64, place: &Place) -> Result<Objects, StoreError> {
    let mut fresh =
        SqliteConnectOptions::new().in_memory(true).connect().await.map_err(place.cannot(DOING))?;
    let until = MIGRATIONS.iter().filter(|migration| migration.version <= format).cloned();
    let migrations = Migrator { migrations: Cow::Owned(until.collect()), ..Migrator::DEFAULT };
    migrations
        .run_direct(None, &mut fresh, false)
        .await
        .map_err(|error| place.migration(error, format))?;
    objects(&mut fresh, place).await
}

/// Every difference between the ledger and an empty one of its format, in words.
pub(super) async fn findings(
    connection: &mut SqliteConnection,
    place: &Place,
) -> Result<Vec<String>, StoreError> {
    let format: i64 = sqlx::query_scalar("SELECT max(version) FROM formats")
        .fetch_one(&mut *connection)
        .await
        .map_err(place.cannot(DOING))?;
    let (mut found, expected) = (objects(connection, place).await?, expected(format, place).await?);
    let mut findings = Vec::new();
    for ((kind, name), sql) in expected {
        match found.remove(&(kind.clone(), name.clone())) {
            None => findings.push(format!("the {kind} {name} is missing")),
            Some(other) if other != sql => {
                findings.push(format!("the {kind} {name} is not the one that Scrip made"));
            }
            Some(_) => {}
        }
    }
    findings.extend(
        found.into_keys().map(|(kind, name)| format!("the {kind} {name} was not made by Scrip")),
    );
    Ok(findings)
}
