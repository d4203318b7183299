//! SQLite keeps the contract.

use std::sync::atomic::{AtomicU32, Ordering};

use scrip_store::conformance::{self, Harness};
use scrip_store::{Genesis, LedgerStore, Mode, SqliteStore, StoreError};
use scrip_units::Instant;
use sqlx::Connection;

struct Files {
    folder: tempfile::TempDir,
    number: AtomicU32,
}

impl Harness for Files {
    type Store = SqliteStore;

    async fn fresh(&self) -> Result<SqliteStore, StoreError> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let genesis = Genesis {
            workspace_id: format!("workspace-{number}"),
            created_at: Instant::MIN,
            program_version: "test".into(),
        };
        SqliteStore::create(self.folder.path().join(format!("{number}.sqlite")), &genesis).await
    }

    async fn again(&self, store: &SqliteStore) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(store.place(), Mode::ReadWrite).await
    }

    async fn tamper(&self, store: &SqliteStore, sql: String) -> Result<(), String> {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(store.place());
        let mut connection =
            sqlx::SqliteConnection::connect_with(&options).await.map_err(|e| e.to_string())?;
        let outcome = sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await;
        outcome.map(drop).map_err(|error| error.to_string())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_contract() {
    let harness = Files { folder: tempfile::tempdir().unwrap(), number: AtomicU32::new(0) };
    let report = conformance::run(&harness).await;
    assert!(report.failed.is_empty(), "{report}");
    assert!(report.passed.len() >= 26, "{report}");
}
