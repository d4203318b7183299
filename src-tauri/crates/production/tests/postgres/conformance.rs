//! PostgreSQL keeps the contract: the suite that SQLite passes, on a real server.

use std::sync::Arc;

use scrip_production::PostgresStore;
use scrip_store::conformance::{self, Harness};
use scrip_store::{Mode, StoreError};

use crate::server::{Server, options, server};

/// Every table of the ledger, each with a column to try a change on; partitions are tables too.
const TABLES: &[(&str, &str)] = &[
    ("formats", "version"),
    ("workspace", "program_version"),
    ("accounts", "name"),
    ("units", "scale"),
    ("customers", "code"),
    ("operations", "body"),
    ("lots", "units"),
    ("lots_0", "units"),
    ("lot_changes", "expires_at"),
    ("entries", "memo"),
    ("entries_15", "memo"),
    ("postings", "amount"),
    ("postings_7", "amount"),
    ("configs", "document"),
    ("imports", "summary"),
    ("segments", "info"),
    ("key_files", "info"),
    ("details", "info"),
    ("archive_parts", "content"),
    ("period_closes", "trial_balance"),
    ("alerts", "figures"),
    ("operation_details", "body"),
    ("operation_events", "position"),
    ("exchange_rates", "rate"),
];

struct Databases(Arc<Server>);

impl Harness for Databases {
    type Store = PostgresStore;

    async fn fresh(&self) -> Result<PostgresStore, StoreError> {
        self.0.fresh().await
    }

    async fn again(&self, store: &PostgresStore) -> Result<PostgresStore, StoreError> {
        PostgresStore::open(&self.0.url_of(store), Mode::ReadWrite, &options()).await
    }

    async fn tamper(&self, store: &PostgresStore, sql: String) -> Result<(), String> {
        self.0.sql(store, &sql).map(drop)
    }

    fn tables(&self) -> &'static [(&'static str, &'static str)] {
        TABLES
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_keeps_the_contract() {
    let report = conformance::run(&Databases(server())).await;
    assert!(report.failed.is_empty(), "{report}");
    assert!(report.passed.len() >= 26, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_is_append_only_or_a_projection() {
    let server = server();
    let store = server.fresh().await.unwrap();
    let unguarded = server.sql(
        &store,
        "SELECT c.relname FROM pg_class AS c \
         WHERE c.relnamespace = 'scrip'::regnamespace AND c.relkind IN ('r', 'p') \
             AND c.relname NOT LIKE 'projection%' AND c.relname <> '_sqlx_migrations' \
             AND NOT EXISTS (SELECT 1 FROM pg_trigger AS t \
                 WHERE t.tgrelid = c.oid AND t.tgname = 'refuse_change' AND t.tgenabled = 'O')",
    );
    assert_eq!(unguarded.unwrap(), "");
    let parents = server.sql(
        &store,
        "SELECT count(*) FROM pg_class AS c WHERE c.relnamespace = 'scrip'::regnamespace \
             AND c.relkind IN ('r', 'p') AND NOT c.relispartition \
             AND c.relname NOT LIKE 'projection%' AND c.relname <> '_sqlx_migrations'",
    );
    let listed = TABLES.iter().filter(|(name, _)| !name.ends_with(|c: char| c.is_ascii_digit()));
    assert_eq!(parents.unwrap(), listed.count().to_string(), "add the new table to TABLES");
}
