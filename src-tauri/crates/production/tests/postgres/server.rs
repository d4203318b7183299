//! One server for all tests of this program, and a new ledger in it for whoever asks.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use scrip_production::{PostgresOptions, PostgresStore, Trust};
use scrip_store::{Genesis, LedgerStore, Mode, StoreError};
use scrip_testkit::cluster::Cluster;
use scrip_units::Instant;
use tokio::sync::OnceCell;

/// The server, while some test holds it.
static SERVER: Mutex<Weak<Server>> = Mutex::new(Weak::new());

/// The server that is running, or a new one. It stops when the last test lets go of it.
pub(crate) fn server() -> Arc<Server> {
    let mut running = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = running.upgrade() {
        return server;
    }
    let server = Arc::new(Server::start());
    *running = Arc::downgrade(&server);
    server
}

/// The database that others are copied from.
const TEMPLATE: &str = "scrip_template";

/// A server with an empty ledger to copy.
pub(crate) struct Server {
    cluster: Cluster,
    template: OnceCell<()>,
}

/// How tests reach it.
pub(crate) fn options() -> PostgresOptions {
    PostgresOptions { trust: Trust::LoopbackOnly, ..PostgresOptions::default() }
}

/// What every ledger of the tests says about itself.
pub(crate) fn genesis() -> Genesis {
    Genesis {
        workspace_id: "workspace".into(),
        created_at: Instant::MIN,
        program_version: "test".into(),
    }
}

impl Server {
    fn start() -> Self {
        let cluster = Cluster::start().unwrap_or_else(|error| panic!("{error}"));
        Self { cluster, template: OnceCell::new() }
    }

    /// The address of a new, empty ledger.
    pub(crate) async fn ledger(&self) -> Result<String, StoreError> {
        self.template
            .get_or_try_init(async || {
                let sql = format!("CREATE DATABASE {TEMPLATE}");
                self.cluster.sql("postgres", &sql).map_err(unreachable)?;
                PostgresStore::install(&self.cluster.url(TEMPLATE), &genesis(), &options()).await
            })
            .await?;
        self.cluster.copy_of(TEMPLATE).map_err(unreachable)
    }

    /// A new, empty ledger, open.
    pub(crate) async fn fresh(&self) -> Result<PostgresStore, StoreError> {
        PostgresStore::open(&self.ledger().await?, Mode::ReadWrite, &options()).await
    }

    /// The address of a ledger that is open.
    pub(crate) fn url_of(&self, store: &PostgresStore) -> String {
        self.cluster.url(store.place().rsplit('/').next().unwrap_or_default())
    }

    /// Runs statements on a ledger as the owner of its tables.
    pub(crate) fn sql(&self, store: &PostgresStore, sql: &str) -> Result<String, String> {
        let database = store.place().rsplit('/').next().unwrap_or_default();
        self.cluster.sql(database, &format!("SET search_path = scrip; {sql}"))
    }
}

fn unreachable(what: String) -> StoreError {
    StoreError::NotReached { ledger: "the server of the tests".to_owned(), source: what.into() }
}
