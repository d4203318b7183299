//! Reaching a server, making the ledger in it, and opening the ledger that is there.

use std::fs::File;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use scrip_journal::Account;
use scrip_store::{Genesis, Mode, StoreError};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgSslMode};
use tokio::net::TcpStream;

use super::address::{self, Address, FORM, Password};
use super::fault::Place;
use super::{PostgresStore, read};

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("../../../migrations/postgres");

/// The newest format this program knows.
pub const FORMAT: i64 = 4;

/// Where everything of the ledger is, so that a database may hold other things as well.
const SCHEMA: &str = "scrip";

/// By what a server is known to be the company's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Trust {
    /// Its certificate is signed by an authority that the operating system trusts, and names the host
    /// (`sslmode=verify-full`).
    #[default]
    System,
    /// Its certificate is signed by the authority in this PEM file, and names the host.
    Authority(PathBuf),
    /// Nothing: the connection is not encrypted. Only for a server on this machine.
    LoopbackOnly,
}

/// How a ledger is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresOptions {
    /// How long to wait for another writer, or for a connection.
    pub patience: Duration,
    /// The longest time a single statement may take.
    pub statement: Duration,
    /// Connections at most.
    pub connections: u32,
    /// By what the server is known.
    pub trust: Trust,
    /// The password, instead of the one in the address, in `PGPASSWORD` or in a password file.
    pub password: Option<Password>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(10),
            statement: Duration::from_secs(300),
            connections: 6,
            trust: Trust::System,
            password: None,
        }
    }
}

/// What bringing a ledger up to date did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Upgraded {
    /// The ledger.
    pub ledger: String,
    /// The format that it had.
    pub from: i64,
    /// The format that it has.
    pub to: i64,
}

/// The parts of an address, with everything that every connection is set to.
fn parts(url: &str, options: &PostgresOptions) -> Result<(PgConnectOptions, Place), StoreError> {
    let address: Address = url.parse()?;
    let name = address.place().to_owned();
    let not_trusted =
        |what: String| StoreError::NotTrusted { ledger: name.clone(), source: what.into() };
    // The address may hold a password, so not even a faulty one is repeated.
    let connect = PgConnectOptions::from_str(url).map_err(|_| address::faulty(FORM))?;
    let connect = match &options.password {
        Some(password) => connect.password(password.reveal()),
        None => connect,
    };
    let connect = match &options.trust {
        Trust::System => connect.ssl_mode(PgSslMode::VerifyFull),
        Trust::Authority(file) => {
            if let Err(error) = File::open(file) {
                let what = format!("the authority {} cannot be read: {error}", file.display());
                return Err(not_trusted(what));
            }
            connect.ssl_mode(PgSslMode::VerifyFull).ssl_root_cert(file)
        }
        Trust::LoopbackOnly => {
            let host = connect.get_host();
            let here = ["localhost", "127.0.0.1", "::1", "[::1]"].contains(&host);
            if !here && !host.starts_with('/') {
                let what = "a connection without TLS is for a server on this machine alone";
                return Err(not_trusted(what.to_owned()));
            }
            connect.ssl_mode(PgSslMode::Disable)
        }
    };
    let milliseconds = |time: Duration| time.as_millis().to_string();
    let connect = connect.application_name("scrip").options([
        ("search_path", SCHEMA.to_owned()),
        ("timezone", "UTC".to_owned()),
        ("lock_timeout", milliseconds(options.patience)),
        ("statement_timeout", milliseconds(options.statement)),
        ("idle_in_transaction_session_timeout", milliseconds(options.statement)),
        ("default_transaction_isolation", "read committed".to_owned()),
        // Statements are small and many, and ask for keys in arrays, whose length a plan for just these
        // values takes for the size of the answer: compiling and planning each again cost fifty times
        // what they do.
        ("jit", "off".to_owned()),
        ("plan_cache_mode", "force_generic_plan".to_owned()),
    ]);
    Ok((
        connect,
        Place {
            ledger: name.into(),
            patience: options.patience,
            silence: options.statement + options.patience,
        },
    ))
}

/// Connects, or says why not: a server that refuses is not asked again until patience ends, as a pool would.
async fn reach(
    connect: PgConnectOptions,
    place: &Place,
    connections: u32,
) -> Result<PgPool, StoreError> {
    let (host, port) = (connect.get_host().trim_matches(['[', ']']), connect.get_port());
    if !host.starts_with('/')
        && let Ok(Err(error)) =
            tokio::time::timeout(place.patience, TcpStream::connect((host, port))).await
        && error.kind() == std::io::ErrorKind::ConnectionRefused
    {
        return Err(StoreError::NotReached { ledger: place.name(), source: Box::new(error) });
    }
    let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(place.patience);
    pool.connect_with(connect).await.map_err(|error| place.not_reached(error))
}

/// Whether there is a schema of Scrip that this role may not look into.
async fn is_kept_out(pool: &PgPool) -> bool {
    let sql = "SELECT coalesce(NOT has_schema_privilege(to_regnamespace('scrip'), 'USAGE'), false)";
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap_or(false)
}

/// Makes the ledger in an empty schema.
pub(super) async fn install(
    url: &str,
    genesis: &Genesis,
    options: &PostgresOptions,
) -> Result<(), StoreError> {
    let (connect, place) = parts(url, options)?;
    let cannot = place.cannot("make its tables");
    let pool = reach(connect, &place, 1).await?;
    let there = sqlx::query_scalar::<_, bool>("SELECT to_regclass('workspace') IS NOT NULL");
    if there.fetch_one(&pool).await.map_err(&cannot)? {
        let found = read::meta(&mut *pool.acquire().await.map_err(&cannot)?, &place).await?;
        if found.workspace_id != genesis.workspace_id {
            return Err(StoreError::Exists { ledger: place.name() });
        }
    }
    sqlx::query("CREATE SCHEMA IF NOT EXISTS scrip").execute(&pool).await.map_err(&cannot)?;
    MIGRATIONS.run(&pool).await.map_err(|error| place.migration(error, FORMAT))?;
    let mut tx = pool.begin().await.map_err(&cannot)?;
    let added = sqlx::query(
        "INSERT INTO workspace (id, workspace_id, created_at, program_version) \
         VALUES (1, $1, $2, $3) ON CONFLICT (id) DO NOTHING",
    )
    .bind(&genesis.workspace_id)
    .bind(genesis.created_at.micros())
    .bind(&genesis.program_version)
    .execute(&mut *tx)
    .await
    .map_err(&cannot)?;
    if added.rows_affected() == 0 {
        let meta = read::meta(&mut tx, &place).await?;
        if meta.workspace_id != genesis.workspace_id {
            return Err(StoreError::Exists { ledger: place.name() });
        }
    }
    know_accounts(&mut tx, &place).await?;
    tx.commit().await.map_err(&cannot)?;
    pool.close().await;
    Ok(())
}

/// Adds accounts that the ledger does not have yet.
async fn know_accounts(c: &mut PgConnection, place: &Place) -> Result<(), StoreError> {
    let columns =
        |of: fn(&Account) -> &'static str| Account::ALL.iter().map(of).collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO accounts (code, number, name) \
         SELECT code, number, name FROM unnest($1::text[], $2::text[], $3::text[]) \
             AS a (code, number, name) ON CONFLICT (code) DO NOTHING",
    )
    .bind(columns(|account| account.code()))
    .bind(columns(|account| account.number()))
    .bind(columns(|account| account.name()))
    .execute(c)
    .await
    .map_err(place.cannot("make its tables"))?;
    Ok(())
}

/// Brings the tables of an older version up to date, and says from which format to which.
pub(super) async fn upgrade(url: &str, options: &PostgresOptions) -> Result<Upgraded, StoreError> {
    let (connect, place) = parts(url, options)?;
    let pool = reach(connect, &place, 1).await?;
    let cannot = place.cannot("bring its tables up to date");
    let mut connection = pool.acquire().await.map_err(&cannot)?;
    let from = read::meta(&mut connection, &place).await?.format_version;
    if from > FORMAT {
        return Err(StoreError::NewerFormat { ledger: place.name(), found: from, known: FORMAT });
    }
    // Indexes of large tables take as long as they take.
    sqlx::query("SET statement_timeout = 0").execute(&mut *connection).await.map_err(&cannot)?;
    let migrated = MIGRATIONS.run_direct(None, &mut *connection, false).await;
    migrated.map_err(|error| place.migration(error, FORMAT))?;
    know_accounts(&mut connection, &place).await?;
    drop(connection);
    pool.close().await;
    Ok(Upgraded { ledger: place.name(), from, to: FORMAT })
}

/// Opens the ledger that is there.
pub(super) async fn open(
    url: &str,
    mode: Mode,
    options: &PostgresOptions,
) -> Result<PostgresStore, StoreError> {
    let (connect, place) = parts(url, options)?;
    let connect = match mode {
        Mode::ReadWrite => connect,
        Mode::ReadOnly => connect.options([("default_transaction_read_only", "on")]),
    };
    let pool = reach(connect, &place, options.connections).await?;
    let store =
        PostgresStore { pool, writable: mode == Mode::ReadWrite, words: Arc::default(), place };
    let meta = match read::meta(&mut *store.connection().await?, &store.place).await {
        Err(StoreError::NotALedger { .. }) if is_kept_out(&store.pool).await => {
            let what = "permission denied for schema scrip".to_owned();
            return Err(StoreError::NotAllowed { ledger: store.place.name(), what });
        }
        meta => meta?,
    };
    if meta.format_version > FORMAT {
        return Err(StoreError::NewerFormat {
            ledger: store.place.name(),
            found: meta.format_version,
            known: FORMAT,
        });
    }
    if meta.format_version < FORMAT {
        return Err(StoreError::OlderFormat {
            ledger: store.place.name(),
            found: meta.format_version,
            known: FORMAT,
        });
    }
    Ok(store)
}
