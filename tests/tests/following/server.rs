//! One server for the tests of this program, with a ledger for whoever asks.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use scrip_app::template::{self, Extent};
use scrip_app::workspace::Database;
use scrip_app::{Edge, Workspace};
use scrip_production::{Ledger, PostgresOptions, PostgresStore, Trust};
use scrip_store::SqliteStore;
use scrip_testkit::cluster::Cluster;
use scrip_units::{Actor, Instant};
use tempfile::TempDir;

static SERVER: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());

/// The server that is running, or a new one. It stops when the last test lets go of it.
pub(crate) fn server() -> Arc<Cluster> {
    let mut running = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = running.upgrade() {
        return server;
    }
    let server = Arc::new(Cluster::start().unwrap_or_else(|error| panic!("{error}")));
    *running = Arc::downgrade(&server);
    server
}

pub(crate) fn edge() -> Edge {
    Edge { now: now(), actor: Actor::try_new("test").unwrap() }
}

pub(crate) fn now() -> Instant {
    "2026-11-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn options() -> PostgresOptions {
    PostgresOptions { trust: Trust::LoopbackOnly, ..PostgresOptions::default() }
}

/// A production ledger, and a workspace to follow it.
pub(crate) struct Both {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) url: String,
    pub(crate) production: Workspace<Ledger>,
    pub(crate) desk: SqliteStore,
    folder: TempDir,
}

impl Both {
    /// A ledger with a month of a template, and an empty workspace.
    pub(crate) async fn of(template: &str) -> Self {
        let both = Self::empty(server()).await;
        template::fill(&both.production, template, Extent::Month, &edge()).await.unwrap();
        both
    }

    /// Two empty ledgers.
    pub(crate) async fn empty(cluster: Arc<Cluster>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = cluster.database().unwrap();
        let database = Database::new(url.clone(), options());
        let root = folder.path().join("production");
        let production = Workspace::create_in(&root, &database, "ledger", now()).await.unwrap();
        let desk = desk(&folder.path().join("desk")).await;
        Self { cluster, url, production, desk, folder }
    }

    /// The production ledger.
    pub(crate) fn store(&self) -> &PostgresStore {
        match self.production.store() {
            Ledger::Production(store) => store,
            Ledger::Local(_) => panic!("production is on a server"),
        }
    }

    /// The folder of the workspace.
    pub(crate) fn desk_folder(&self) -> PathBuf {
        self.folder.path().join("desk")
    }

    /// Another workspace, empty.
    pub(crate) async fn another_desk(&self) -> SqliteStore {
        desk(&self.folder.path().join("another")).await
    }

    /// Runs statements as the owner of the tables.
    pub(crate) fn sql(&self, sql: &str) -> String {
        let database = self.url.rsplit('/').next().unwrap();
        self.cluster.sql(database, &format!("SET search_path = scrip; {sql}")).unwrap()
    }
}

async fn desk(root: &Path) -> SqliteStore {
    Workspace::<SqliteStore>::create(root, "ledger", now()).await.unwrap().store().clone()
}
