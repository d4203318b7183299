//! The roles that ship with the schema: each can do its work and nothing more.

use std::ops::ControlFlow;

use scrip_app::operate::{Mode, operate, read_lines};
use scrip_app::workspace::Database;
use scrip_app::{AppError, Workspace};
use scrip_production::PostgresStore;
use scrip_production::postgres::FORMAT;
use scrip_production::sync::{Pull, pull};
use scrip_store::{Genesis, LedgerStore, Mode as Access, StoreError};

use crate::server::{Both, edge, now, options, server};
use crate::{credit, customer_of};

const ROLES: &str = include_str!("../../../scripts/production-roles.sql");

/// The address of the ledger for a person who is a member of a role.
fn member(both: &Both, name: &str, role: &str) -> String {
    let name = format!("{name}_{}", both.url.rsplit('/').next().unwrap());
    both.sql(&format!("CREATE ROLE {name} LOGIN; GRANT {role} TO {name}"));
    both.url.replace("scrip@", &format!("{name}@"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_of_a_database_who_may_create_roles_sets_them_up_and_upgrades_afterwards() {
    let both = Both::empty(server()).await;
    let name = both.url.rsplit('/').next().unwrap();
    let (owner, own) = (format!("owner_{name}"), format!("own_{name}"));
    both.sql(&format!("CREATE ROLE {owner} LOGIN CREATEROLE"));
    both.cluster.sql("postgres", &format!("CREATE DATABASE {own} OWNER {owner}")).unwrap();
    let url = both.url.replace("scrip@", &format!("{owner}@"));
    let url = format!("{}{own}", url.strip_suffix(name).unwrap());
    let genesis = Genesis {
        workspace_id: "theirs".into(),
        created_at: now(),
        program_version: "test".into(),
    };
    PostgresStore::install(&url, &genesis, &options()).await.unwrap();
    for _ in 0..2 {
        both.cluster.sql_at(&url, ROLES).unwrap();
    }
    let others = "SELECT count(*) FROM pg_class WHERE relnamespace = 'scrip'::regnamespace \
                  AND relkind IN ('r', 'p', 'v') AND relowner <> 'scrip_migrator'::regrole";
    assert_eq!(both.cluster.sql(&own, others).unwrap().trim(), "0");
    assert_eq!(PostgresStore::upgrade(&url, &options()).await.unwrap().to, FORMAT);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_can_do_its_work_and_nothing_more() {
    let both = Both::of("money-wallet").await;
    both.sql(ROLES);
    both.sql(ROLES);
    let line = credit(customer_of(&both).await.as_str(), "later");
    let operations = read_lines("operations", &line).unwrap();

    let reader = member(&both, "ana", "scrip_reader");
    let store = PostgresStore::open(&reader, Access::ReadWrite, &options()).await.unwrap();
    let go_on = &mut |_| ControlFlow::Continue(());
    let (pulled, _) = pull(&store, &both.desk, Pull::default(), now(), go_on).await.unwrap();
    assert!(pulled.entries > 0);
    let folder = tempfile::tempdir().unwrap();
    let reading = Workspace::new(folder.path(), store);
    let refused = operate(&reading, &edge(), "operations", &operations, Mode::Commit).await;
    let refused = refused.unwrap_err();
    assert!(matches!(refused, AppError::Store(StoreError::NotAllowed { .. })), "{refused:?}");
    assert!(refused.to_string().contains("scrip_operator records"), "{refused}");

    // Somebody who is let in and has no role is told so, and not that there is no ledger.
    let nobody = member(&both, "rita", "pg_monitor");
    let outcome = PostgresStore::open(&nobody, Access::ReadOnly, &options()).await;
    assert!(matches!(outcome.err(), Some(StoreError::NotAllowed { .. })));

    // A desk: what a person decides, and nothing of the usage archive.
    let operator = member(&both, "ben", "scrip_operator");
    let database = Database::new(operator.clone(), options());
    let desk = Workspace::open_in(folder.path(), &database, Access::ReadWrite).await.unwrap();
    let gift = credit(customer_of(&both).await.as_str(), "by-a-desk");
    let gift = read_lines("operations", &gift).unwrap();
    operate(&desk, &edge(), "operations", &gift, Mode::Commit).await.unwrap();
    for statement in [
        "INSERT INTO imports DEFAULT VALUES",
        "INSERT INTO segments DEFAULT VALUES",
        "INSERT INTO key_files DEFAULT VALUES",
        "INSERT INTO details DEFAULT VALUES",
        "UPDATE projection_segment_progress SET posted_until = 0",
        "INSERT INTO projection_segment_progress DEFAULT VALUES",
        "DELETE FROM operations",
        "UPDATE lots SET units = 0",
        "INSERT INTO formats VALUES (99)",
        "SET session_replication_role = replica",
    ] {
        let said = both.cluster.sql_at(&operator, &format!("SET search_path = scrip; {statement}"));
        let said = said.unwrap_err();
        assert!(said.contains("permission denied"), "{statement}: {said}");
    }

    let engine = member(&both, "posting", "scrip_engine");
    let database = Database::new(engine.clone(), options());
    let writing = Workspace::open_in(folder.path(), &database, Access::ReadWrite).await.unwrap();
    operate(&writing, &edge(), "operations", &operations, Mode::Commit).await.unwrap();
    for statement in [
        "UPDATE entries SET memo = ''",
        "DELETE FROM postings",
        "TRUNCATE lots",
        "DROP TRIGGER refuse_change ON lots",
        "ALTER TABLE entries DISABLE TRIGGER ALL",
        "UPDATE accounts SET name = ''",
        "INSERT INTO formats VALUES (99)",
        "SET session_replication_role = replica",
    ] {
        let said = both.cluster.sql_at(&engine, &format!("SET search_path = scrip; {statement}"));
        let said = said.unwrap_err();
        assert!(
            said.contains("permission denied") || said.contains("must be owner"),
            "{statement}: {said}"
        );
    }
    assert_eq!(writing.store().integrity().await.unwrap(), Vec::<String>::new());
    let stranger = both.url.replace("scrip@", "nobody@");
    let outcome = PostgresStore::open(&stranger, Access::ReadOnly, &options()).await;
    assert!(matches!(outcome.err(), Some(StoreError::NotLetIn { .. })));
}
