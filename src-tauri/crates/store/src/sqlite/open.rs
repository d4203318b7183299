//! Creating a ledger file and opening one, with everything that may be wrong with it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, SqlitePool};
use tokio::sync::RwLock;

use super::fault::Place;
use super::{Genesis, Mode, SqliteOptions, SqliteStore};
use crate::error::StoreError;

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("../../../migrations/sqlite");

/// The newest format of tables that this program knows; the number of the last migration.
pub const FORMAT: i64 = 8;

/// `SCrp`, in the header of the file: this SQLite file is a Scrip ledger.
const APPLICATION: u32 = 0x5343_7270;
const MAGIC: &[u8] = b"SQLite format 3\0";
const READERS_MAX: u32 = 4;

fn place(path: &Path, options: &SqliteOptions) -> Place {
    Place { ledger: path.display().to_string().into(), patience: options.patience }
}

/// Creates the file under another name, and gives it its own when it is complete.
pub(super) async fn create(
    path: &Path,
    genesis: &Genesis,
    options: &SqliteOptions,
) -> Result<(), StoreError> {
    let place = place(path, options);
    if path.symlink_metadata().is_ok() {
        return Err(StoreError::Exists { ledger: place.name() });
    }
    let unreachable =
        |source: io::Error| StoreError::Unreachable { ledger: place.name(), source: source.into() };
    let draft = draft_path(path);
    // Of a program that had this number and ended half-way.
    if draft.exists() {
        fs::remove_file(&draft).map_err(unreachable)?;
    }
    let outcome = fill(&draft, genesis, &place).await;
    let outcome = match outcome {
        Ok(()) => publish(&draft, path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => StoreError::Exists { ledger: place.name() },
            _ => unreachable(error),
        }),
        Err(error) => Err(error),
    };
    if outcome.is_err() {
        // Nothing refers to the draft.
        drop(fs::remove_file(&draft));
    }
    outcome
}

/// A name that nobody else uses: whoever makes the same ledger at once has a draft of their own, and one of
/// them gives it the ledger's name.
fn draft_path(path: &Path) -> PathBuf {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{}.new", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}

async fn fill(draft: &Path, genesis: &Genesis, place: &Place) -> Result<(), StoreError> {
    // A rollback journal, so that the header is in the file itself from the beginning.
    let mut connection = SqliteConnectOptions::new()
        .filename(draft)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Delete)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .connect()
        .await
        .map_err(place.cannot("be created"))?;
    migrate(&mut connection, place).await?;
    sqlx::query(
        "INSERT INTO workspace (id, workspace_id, created_at, program_version) \
         VALUES (1, ?, ?, ?)",
    )
    .bind(&genesis.workspace_id)
    .bind(genesis.created_at.micros())
    .bind(&genesis.program_version)
    .execute(&mut connection)
    .await
    .map_err(place.cannot("be created"))?;
    connection.close().await.map_err(place.cannot("be created"))
}

/// Gives the draft its name without ever replacing a file, and makes the name durable.
fn publish(draft: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(draft, path) {
        Ok(()) => fs::remove_file(draft)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
        // A file system without links.
        Err(_) => fs::rename(draft, path)?,
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if cfg!(unix) {
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

async fn migrate(connection: &mut SqliteConnection, place: &Place) -> Result<(), StoreError> {
    MIGRATIONS
        .run_direct(None, connection, false)
        .await
        .map_err(|error| place.migration(error, FORMAT))
}

/// Opens a ledger, having looked at its header before SQLite does.
pub(super) async fn open(
    path: &Path,
    mode: Mode,
    options: &SqliteOptions,
) -> Result<SqliteStore, StoreError> {
    let place = place(path, options);
    inspect(path, &place)?;
    let mut readers = readers(path, options, false);
    let mut found = format_of(&readers, &place).await;
    if mode == Mode::ReadOnly && found.is_err() && is_alone(path) {
        // In a folder that may not be written SQLite cannot keep its index of the log. Without a
        // log there is nothing to index, and nobody can be writing.
        readers.close().await;
        readers = self::readers(path, options, true);
        found = format_of(&readers, &place).await;
    }
    let found = found?;
    if found > FORMAT {
        readers.close().await;
        return Err(StoreError::NewerFormat { ledger: place.name(), found, known: FORMAT });
    }
    let writer = match mode {
        Mode::ReadOnly => None,
        Mode::ReadWrite => Some(writer(path, found, &place, options).await?),
    };
    let format = if writer.is_some() { FORMAT } else { found };
    Ok(SqliteStore {
        place,
        format,
        readers,
        writer,
        codes: Arc::new(RwLock::default()),
        words: Arc::new(Mutex::default()),
    })
}

/// Looks at the header of the file; reads it and nothing else.
fn inspect(path: &Path, place: &Place) -> Result<(), StoreError> {
    let ledger = || place.name();
    let unreachable =
        |source: io::Error| StoreError::Unreachable { ledger: ledger(), source: source.into() };
    let not_a_ledger =
        |found: &str| StoreError::NotALedger { ledger: ledger(), found: found.to_owned() };
    let facts = match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StoreError::Missing { ledger: ledger() });
        }
        other => other.map_err(unreachable)?,
    };
    if !facts.is_file() {
        return Err(not_a_ledger("a folder"));
    }
    let mut header = Vec::with_capacity(100);
    let mut file = File::open(path).map_err(unreachable)?.take(100);
    file.read_to_end(&mut header).map_err(unreachable)?;
    if header.is_empty() {
        return Err(not_a_ledger("an empty file"));
    }
    // https://www.sqlite.org/fileformat.html#the_database_header
    let number_at = |at: usize| {
        let bytes = header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_be_bytes)
    };
    if !header.starts_with(MAGIC) {
        return Err(not_a_ledger("not an SQLite file"));
    }
    match (number_at(68), number_at(60)) {
        (Some(APPLICATION), Some(format)) if i64::from(format) > FORMAT => {
            let found = i64::from(format);
            Err(StoreError::NewerFormat { ledger: ledger(), found, known: FORMAT })
        }
        (Some(APPLICATION), Some(_)) => Ok(()),
        (Some(_), _) => Err(not_a_ledger("an SQLite file of another program")),
        (None, _) => Err(not_a_ledger("an SQLite file that breaks off in its header")),
    }
}

/// Whether there is no log beside the file, or an empty one.
fn is_alone(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    Path::new(&log).metadata().map_or(true, |facts| facts.len() == 0)
}

fn readers(path: &Path, options: &SqliteOptions, immutable: bool) -> SqlitePool {
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(immutable)
        .foreign_keys(true)
        .busy_timeout(options.patience)
        .row_buffer_size(500)
        .pragma("query_only", "ON")
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-32768");
    SqlitePoolOptions::new().max_connections(READERS_MAX).connect_lazy_with(connect)
}

async fn format_of(readers: &SqlitePool, place: &Place) -> Result<i64, StoreError> {
    sqlx::query_scalar("SELECT max(version) FROM formats")
        .fetch_one(readers)
        .await
        .map_err(place.cannot("be opened"))
}

/// Forgets statistics that an earlier version kept. Those of a ledger that has grown since make SQLite
/// read whole tables for a single row, and every query says itself in which order it reads.
async fn forget_statistics(pool: &SqlitePool, place: &Place) -> Result<(), StoreError> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'";
    let kept: i64 = sqlx::query_scalar(sql)
        .fetch_one(pool)
        .await
        .map_err(place.cannot("be opened for writing"))?;
    if kept > 0 {
        // While another program writes they stay, until the ledger is opened the next time.
        drop(sqlx::query("DROP TABLE sqlite_stat1").execute(pool).await);
    }
    Ok(())
}

async fn writer(
    path: &Path,
    found: i64,
    place: &Place,
    options: &SqliteOptions,
) -> Result<SqlitePool, StoreError> {
    // SQLite would open such a file for reading without a word, and fail at the first commit.
    let facts = path.metadata().map_err(|source| StoreError::Unreachable {
        ledger: place.name(),
        source: source.into(),
    })?;
    if facts.permissions().readonly() {
        return Err(StoreError::ReadOnly { ledger: place.name() });
    }
    let mut connect = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.patience)
        .statement_cache_capacity(200)
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-65536");
    if let Some(pages) = options.pages_max {
        connect = connect.pragma("max_page_count", pages.to_string());
    }
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(options.patience)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(connect)
        .await
        .map_err(place.cannot("be opened for writing"))?;
    forget_statistics(&pool, place).await?;
    if found < FORMAT {
        let mut connection = pool.acquire().await.map_err(place.cannot("be opened for writing"))?;
        migrate(&mut connection, place).await?;
    }
    Ok(pool)
}
