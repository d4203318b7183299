//! A production ledger for the journeys, on a server of its own, and copies that follow it.

use std::ops::{ControlFlow, Deref};
use std::path::{Path, PathBuf};

use scrip_app::connection::Connection;
use scrip_app::operate::{Mode, operate, read_lines};
use scrip_app::template::{self, Extent};
use scrip_app::workspace::Database;
use scrip_app::{AppError, Edge, Workspace, config, following, outbox};
use scrip_production::sync::Pull;
use scrip_production::{Ledger, Trust};
use scrip_store::SqliteStore;
use scrip_testkit::cluster::Cluster;
use scrip_units::{Actor, Instant, OperationId};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::desktop::Desktop;
use crate::gate::Gate;

/// A ledger on a server.
pub(crate) struct Production {
    server: Cluster,
    url: String,
    folder: TempDir,
    runtime: Runtime,
}

/// The folder of a copy, in a folder that goes with it.
pub(crate) struct CopyFolder {
    _around: TempDir,
    folder: PathBuf,
}

impl CopyFolder {
    /// Where nothing is yet.
    pub(crate) fn new() -> Self {
        let around = tempfile::tempdir().expect("a folder");
        let folder = around.path().join("desk");
        Self { _around: around, folder }
    }

    /// Puts acts into its outbox, each as an item, as the command line does.
    pub(crate) fn queue(&self, lines: &str) {
        let runtime = Runtime::new().expect("threads");
        runtime.block_on(async {
            let books = Workspace::<SqliteStore>::open(self, scrip_store::Mode::ReadWrite).await;
            let books = books.expect("the copy");
            for operation in read_lines("test", lines).expect("operations") {
                let one = std::slice::from_ref(&operation);
                let queued = outbox::queue(&books, &edge("tester"), None, "test", one).await;
                queued.expect("it is queued");
            }
            books.close().await.expect("it closes");
        });
    }

    /// Opens it in a window.
    pub(crate) fn desktop(&self) -> Desktop {
        Desktop::start(&[self.folder.to_str().expect("its name is text")])
    }
}

impl Deref for CopyFolder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.folder
    }
}

fn edge(name: &str) -> Edge {
    Edge {
        now: "2026-11-02T09:00:00Z".parse::<Instant>().expect("an instant"),
        actor: Actor::try_new(name).expect("an actor"),
    }
}

fn id(text: &str) -> OperationId {
    OperationId::try_new(text).expect("an id")
}

impl Production {
    /// A ledger with a month of usage from a template, on a server of its own.
    pub(crate) fn month_of(template: &str) -> Self {
        let server = Cluster::start().expect("a PostgreSQL server: make setup");
        let url = server.database().expect("a database");
        let folder = tempfile::tempdir().expect("a folder");
        let runtime = Runtime::new().expect("threads");
        let production = Self { server, url, folder, runtime };
        production.runtime.block_on(async {
            let database = production.connection().database(None);
            let (root, now) = (production.folder.path(), edge("service").now);
            let ledger = Workspace::create_in(root, &database, "ledger", now).await;
            let ledger = ledger.expect("a ledger");
            let month = template::fill(&ledger, template, Extent::Month, &edge("service")).await;
            month.expect("a month of usage");
            ledger.close().await.expect("it closes");
        });
        production
    }

    /// How it is reached.
    fn connection(&self) -> Connection {
        Connection::of(&self.url, Trust::LoopbackOnly).expect("an address").0
    }

    /// The ledger as people call it.
    pub(crate) fn place(&self) -> String {
        self.connection().address.place().to_owned()
    }

    /// A copy that does not know how its ledger is reached.
    pub(crate) fn copy(&self) -> CopyFolder {
        let copy = CopyFolder::new();
        self.pull_into(&copy);
        copy
    }

    /// A copy that knows how its ledger is reached.
    pub(crate) fn connected_copy(&self) -> CopyFolder {
        let copy = self.copy();
        self.connect(&copy);
        copy
    }

    /// A gate before the server, and the address of the ledger through it.
    pub(crate) fn gate(&self, words: &'static str, often: usize) -> (Gate, String) {
        let gate = Gate::before(self.server.port(), words, often);
        let (there, here) = (format!(":{}/", self.server.port()), format!(":{}/", gate.port()));
        let address = self.url.replace(&there, &here);
        (gate, address)
    }

    /// Makes a copy, or brings one up to date, as the command line does.
    pub(crate) fn pull_into(&self, copy: &Path) {
        std::fs::create_dir_all(copy).expect("a folder");
        let database = self.connection().database(None);
        self.runtime.block_on(async {
            let go_on = &mut |_| ControlFlow::Continue(());
            let now = edge("tester").now;
            match following::pull(copy, &database, Pull::default(), now, go_on).await {
                // The window is at it.
                Err(AppError::Pulling { .. }) => {}
                pulled => pulled.expect("it is pulled").0.close().await.expect("it closes"),
            }
        });
    }

    /// Tells a copy how the ledger is reached.
    pub(crate) fn connect(&self, copy: &Path) {
        self.connection().save(copy).expect("a connection");
    }

    async fn open(&self) -> Workspace<Ledger> {
        let database: Database = self.connection().database(None);
        let ledger = Workspace::<Ledger>::open_in(
            self.folder.path(),
            &database,
            scrip_store::Mode::ReadWrite,
        );
        ledger.await.expect("the ledger")
    }

    /// Does operations there, as another desk or a service would.
    pub(crate) fn operate(&self, lines: &str) {
        self.runtime.block_on(async {
            let ledger = self.open().await;
            let operations = read_lines("test", lines).expect("operations");
            let done = operate(&ledger, &edge("carla"), "test", &operations, Mode::Commit).await;
            done.expect("they apply");
            ledger.close().await.expect("it closes");
        });
    }

    /// Publishes what a change makes of the configuration in force.
    pub(crate) fn publish(&self, name: &str, change: impl Fn(String) -> String) {
        self.runtime.block_on(async {
            let ledger = self.open().await;
            let text = config::export(&ledger, config::Format::Toml).await.expect("it exports");
            let text = change(text);
            let file = ("changed.toml", text.as_str());
            let done = config::apply(&ledger, &edge("carla"), &id(name), file, Mode::Commit).await;
            done.expect("it is valid");
            ledger.close().await.expect("it closes");
        });
    }

    /// Takes the server away.
    pub(crate) fn stop(&mut self) {
        self.server.kill();
    }

    /// Brings it back.
    pub(crate) fn start_again(&mut self) {
        self.server.restart().expect("the server starts");
    }

    /// How often an operation is in the ledger.
    pub(crate) fn count(&self, filter: &str) -> String {
        let sql = format!("SELECT count(*) FROM scrip.operations WHERE {filter}");
        self.server.sql_at(&self.url, &sql).expect("an answer").trim().to_owned()
    }

    /// The address for a new person, who is let in by a password alone.
    pub(crate) fn person(&self, name: &str, password: &str) -> String {
        self.server.person(name, password, &self.url).expect("a person")
    }

    /// The address of another company's ledger on the same server.
    pub(crate) fn another(&self) -> String {
        let url = self.server.database().expect("a database");
        let (connection, _) = Connection::of(&url, Trust::LoopbackOnly).expect("an address");
        let root = self.folder.path().join("another");
        self.runtime.block_on(async {
            let (database, now) = (connection.database(None), edge("service").now);
            let ledger = Workspace::create_in(&root, &database, "another", now).await;
            ledger.expect("a ledger").close().await.expect("it closes");
        });
        url
    }

    /// Loses an operation with one entry, as a server that was restored from a backup has.
    pub(crate) fn lose(&self, operation: &str) {
        let lost = format!("(SELECT seq FROM operations WHERE id = '{operation}')");
        let sql = format!(
            "SET search_path = scrip; SET session_replication_role = replica; \
             DELETE FROM postings USING entries WHERE postings.customer = entries.customer \
                 AND postings.number = entries.number AND entries.operation_seq = {lost}; \
             WITH gone AS (DELETE FROM entries WHERE operation_seq = {lost} \
                 RETURNING customer, number, previous) \
             UPDATE projection_heads AS h SET number = gone.number - 1, hash = gone.previous \
                 FROM gone WHERE h.customer = gone.customer; \
             DELETE FROM lots WHERE operation_seq = {lost}; \
             DELETE FROM operations WHERE id = '{operation}'"
        );
        self.server.sql_at(&self.url, &sql).expect("it is lost");
    }
}
