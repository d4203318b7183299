//! The workspace: one folder with the ledger and the usage archive beside it.

use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use scrip_catalog::Catalog;
use scrip_engine::Book;
use scrip_production::{Ledger, PostgresOptions, PostgresStore, Upgraded};
use scrip_store::{
    DetailRecord, Genesis, KeyFileRecord, LedgerStore, Mode, SegmentRecord, SqliteStore, StoreError,
};
use scrip_units::Instant;
use scrip_usage::{Archive, Manifest};

use crate::archiving;
use crate::error::AppError;
use crate::session::stored_catalog;

/// File of the ledger inside a workspace.
pub const LEDGER_FILE: &str = "ledger.sqlite";
/// Folder of the usage archive inside a workspace.
pub const USAGE_FOLDER: &str = "usage";

/// An open workspace.
#[derive(Debug, Clone)]
pub struct Workspace<S> {
    root: PathBuf,
    store: S,
    /// The catalog that was read last: reading one of 100,000 customers takes long.
    catalog: Arc<Mutex<Option<Arc<Catalog>>>>,
    /// A book without customers under the catalog that was used last: making its rates ready takes long.
    book: Arc<Mutex<Option<Book>>>,
}

impl Workspace<SqliteStore> {
    /// Makes a workspace in a folder, which is made if it is not there.
    ///
    /// # Errors
    /// The store's when there is one already, or the operating system's.
    pub async fn create(root: &Path, id: &str, now: Instant) -> Result<Self, AppError> {
        std::fs::create_dir_all(root).map_err(AppError::file(root))?;
        let store = SqliteStore::create(root.join(LEDGER_FILE), &genesis(id, now)).await?;
        Ok(Self::new(root, store))
    }

    /// Opens the workspace in a folder.
    ///
    /// # Errors
    /// [`AppError::NoWorkspace`], or the store's: a newer version, damage, no permission.
    pub async fn open(root: &Path, mode: Mode) -> Result<Self, AppError> {
        let ledger = root.join(LEDGER_FILE);
        if !ledger.exists() {
            return Err(AppError::NoWorkspace { path: root.to_owned() });
        }
        Ok(Self::new(root, SqliteStore::open(ledger, mode).await?))
    }

    /// Closes the workspace and folds the ledger's log into its file.
    ///
    /// # Errors
    /// The store's; what was committed is safe even then.
    pub async fn close(self) -> Result<(), AppError> {
        Ok(self.store.close().await?)
    }
}

/// A production ledger, and how it is reached.
#[derive(Clone)]
pub struct Database {
    /// `postgres://name@host:5432/database`. It may hold a password, so it is never shown.
    pub url: String,
    /// Trust, time limits, and the password where it is not in the address.
    pub options: PostgresOptions,
    /// Why the keychain did not give the password that it keeps; none where it did, or was not asked.
    pub keychain: Option<String>,
}

impl Database {
    /// A ledger that is reached without a keychain.
    #[must_use]
    pub fn new(url: String, options: PostgresOptions) -> Self {
        Self { url, options, keychain: None }
    }

    /// Opens the ledger.
    ///
    /// # Errors
    /// The store's. Where the server wants a password that the keychain did not give, it says why not; where
    /// it wants none, a keychain that cannot be used is in nobody's way.
    pub async fn open(&self, mode: Mode) -> Result<PostgresStore, AppError> {
        let opened = PostgresStore::open(&self.url, mode, &self.options).await;
        Ok(opened.map_err(|error| self.with_keychain(error))?)
    }

    fn with_keychain(&self, error: StoreError) -> StoreError {
        match (error, &self.keychain) {
            (StoreError::NotLetIn { ledger, source }, Some(why)) => {
                let why = format!(
                    "{source}; its password is in the keychain of this system, which cannot be used: {why}"
                );
                StoreError::NotLetIn { ledger, source: why.into() }
            }
            (error, _) => error,
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Workspace<Ledger> {
    /// Makes a production ledger in a database, with the folder for its usage archive.
    ///
    /// # Errors
    /// The store's when there is a ledger already, or the operating system's.
    pub async fn create_in(
        root: &Path,
        database: &Database,
        id: &str,
        now: Instant,
    ) -> Result<Self, AppError> {
        std::fs::create_dir_all(root).map_err(AppError::file(root))?;
        PostgresStore::install(&database.url, &genesis(id, now), &database.options).await?;
        Self::open_in(root, database, Mode::ReadWrite).await
    }

    /// Brings the tables of a production ledger that an older version made up to date. Other programs may
    /// work with it meanwhile; those of an older version are refused afterwards.
    ///
    /// # Errors
    /// The store's; each step is done wholly or not at all.
    pub async fn upgrade_in(database: &Database) -> Result<Upgraded, AppError> {
        let upgraded = PostgresStore::upgrade(&database.url, &database.options).await;
        Ok(upgraded.map_err(|error| database.with_keychain(error))?)
    }

    /// Opens the production ledger in a database, with a folder for its usage archive.
    ///
    /// # Errors
    /// The store's.
    pub async fn open_in(root: &Path, database: &Database, mode: Mode) -> Result<Self, AppError> {
        let store = database.open(mode).await?;
        Ok(Self::new(root, store.into()))
    }

    /// Closes the workspace, and folds the log of a ledger on this machine into its file.
    ///
    /// # Errors
    /// The store's; what was committed is safe even then.
    pub async fn close(self) -> Result<(), AppError> {
        Ok(self.store.close().await?)
    }
}

impl From<Workspace<SqliteStore>> for Workspace<Ledger> {
    fn from(local: Workspace<SqliteStore>) -> Self {
        Self {
            root: local.root,
            store: local.store.into(),
            catalog: local.catalog,
            book: local.book,
        }
    }
}

fn genesis(id: &str, now: Instant) -> Genesis {
    Genesis {
        workspace_id: id.to_owned(),
        created_at: now,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

impl<S: LedgerStore> Workspace<S> {
    /// A workspace over an open ledger.
    #[must_use]
    pub fn new(root: &Path, store: S) -> Self {
        Self { root: root.to_owned(), store, catalog: Arc::default(), book: Arc::default() }
    }

    /// The catalog of the configuration in force. It is read again only when there is a newer one.
    ///
    /// # Errors
    /// [`AppError::NoConfiguration`], or the store's.
    pub async fn catalog(&self) -> Result<Arc<Catalog>, AppError> {
        self.catalog_of(self.store.config_revision().await?).await
    }

    /// The catalog of a revision of the configuration; the one that was read last is kept.
    ///
    /// # Errors
    /// [`AppError::NoConfiguration`], or the store's.
    pub(crate) async fn catalog_of(&self, revision: u64) -> Result<Arc<Catalog>, AppError> {
        let kept = self.catalog.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kept) = kept.filter(|kept| kept.revision() == revision) {
            return Ok(kept);
        }
        let config = self.store.config(revision).await?.ok_or(AppError::NoConfiguration)?;
        let read = Arc::new(stored_catalog(&config)?);
        *self.catalog.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&read));
        Ok(read)
    }

    /// A book without customers under a catalog.
    ///
    /// # Errors
    /// Those of [`Book::new`], never for a catalog that is in force.
    pub(crate) fn book(&self, catalog: Arc<Catalog>) -> Result<Book, AppError> {
        let kept = self.book.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kept) = kept.filter(|kept| Arc::ptr_eq(&kept.catalog, &catalog)) {
            return Ok(kept);
        }
        let made = Book::new(catalog)?;
        *self.book.lock().unwrap_or_else(PoisonError::into_inner) = Some(made.clone());
        Ok(made)
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The ledger.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The archive's manifest, as committed in the ledger.
    ///
    /// # Errors
    /// The store's.
    pub async fn manifest(&self) -> Result<Manifest, AppError> {
        let store = &self.store;
        manifest_of(&store.segments().await?, &store.key_files().await?, &store.details().await?)
    }

    /// The usage archive with what is committed of it. Files that are missed here come from the ledger where
    /// it keeps them.
    ///
    /// # Errors
    /// The store's and the archive's.
    pub async fn archive(&self) -> Result<Archive, AppError> {
        let (root, manifest) = (self.root.join(USAGE_FOLDER), self.manifest().await?);
        let go_on = &mut |_, _| ControlFlow::Continue(());
        archiving::fetch(&self.store, &root, &manifest.files(), go_on).await?;
        Ok(Archive::open(&root, manifest)?)
    }
}

/// The manifest that a ledger's lines make.
pub(crate) fn manifest_of(
    segments: &[SegmentRecord],
    keys: &[KeyFileRecord],
    details: &[DetailRecord],
) -> Result<Manifest, AppError> {
    Ok(Manifest {
        segments: segments.iter().map(|s| info(&s.info, "segment")).collect::<Result<_, _>>()?,
        keys: keys.iter().map(|k| info(&k.info, "key file")).collect::<Result<_, _>>()?,
        details: details.iter().map(|d| info(&d.info, "detail")).collect::<Result<_, _>>()?,
    })
}

fn info<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T, AppError> {
    serde_json::from_str(text).map_err(|e| AppError::stored(what, e))
}
