//! What the database itself refuses, whoever asks, and who waits for whom.

use std::time::Duration;

use scrip_journal::{Chain, Hash};
use scrip_production::{PostgresOptions, PostgresStore};
use scrip_store::{BookRecord, Genesis, LedgerStore, Mode, StoreError, WriteTransaction};
use scrip_units::CustomerCode;

use crate::server::{Server, genesis, options, server};

/// One operation; what follows it is written by hand.
const OPERATION: &str = "INSERT INTO units VALUES ('EUR', 2); \
    INSERT INTO customers VALUES ('acme'); \
    INSERT INTO operations (id, kind, actor, at, recorded_at, config_revision, body, body_hash) \
    VALUES ('op', 'test', 'tester', 0, 0, 0, '{}', decode(repeat('ab', 32), 'hex'));";

/// An entry of the operation.
fn entry(number: u32, lines: u32, previous: &str) -> String {
    format!(
        "INSERT INTO entries (operation_seq, customer, number, kind, effective_at, booked_on, late, \
             memo, lines, previous, hash) \
         SELECT max(seq), 'acme', {number}, 'payment', 0, '2026-03-01', false, '', {lines}, \
             decode(repeat('{previous}', 32), 'hex'), decode(repeat('0{number}', 32), 'hex') \
         FROM operations;"
    )
}

/// A posting of the first entry.
fn posting(line: u32, account: &str, amount: i64, lot: &str) -> String {
    format!("(  'acme', 1, {line}, '{account}', 'EUR', {amount}, {lot})")
}

fn postings(rows: &[String]) -> String {
    let rows = rows.join(", ");
    format!(
        "INSERT INTO postings (customer, number, line, account, unit, amount, lot) VALUES {rows};"
    )
}

/// Runs statements in one transaction and gives the words with which they were refused.
fn refused(server: &Server, store: &PostgresStore, statements: &str) -> String {
    let all = format!("BEGIN; {OPERATION} {statements} COMMIT;");
    match server.sql(store, &all) {
        Ok(_) => "not refused".to_owned(),
        Err(words) => words,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_what_would_break_the_ledger() {
    let server = server();
    let store = server.fresh().await.unwrap();
    let both =
        [posting(1, "cash_clearing", 5, "NULL"), posting(2, "accounts_receivable", -5, "NULL")];
    let sound = format!("{}{}", entry(1, 2, "00"), postings(&both));
    let cases = [
        ("a hole in the chain", entry(2, 2, "00"), "does not follow its chain"),
        ("another chain's head", entry(1, 2, "77"), "does not follow its chain"),
        (
            "an entry that does not balance",
            entry(1, 2, "00")
                + &postings(&[both[0].clone(), posting(2, "accounts_receivable", -4, "NULL")]),
            "does not balance",
        ),
        ("an entry without postings", entry(1, 2, "00"), "has no postings"),
        (
            "a posting too few",
            entry(1, 3, "00") + &postings(&both),
            "has not as many postings as it says",
        ),
        (
            "more postings for an entry that is complete",
            format!(
                "{sound}{}",
                postings(&[
                    posting(3, "cash_clearing", 1, "NULL"),
                    posting(4, "accounts_receivable", -1, "NULL")
                ])
            ),
            "has not as many postings as it says",
        ),
        (
            "a lot that was never granted",
            entry(1, 2, "00")
                + &postings(&[both[1].clone(), posting(1, "cash_clearing", 5, "'x'")]),
            "which was never granted",
        ),
        (
            "an account that there is not",
            entry(1, 2, "00") + &postings(&[both[1].clone(), posting(1, "petty_cash", 5, "NULL")]),
            "is not in the ledger",
        ),
        (
            "a row for a partition",
            "INSERT INTO lots_3 SELECT * FROM lots_3;".to_owned(),
            "add rows to lots, not to its partition lots_3",
        ),
        ("an emptied table", "TRUNCATE lots;".to_owned(), "append-only"),
    ];
    for (name, statements, words) in cases {
        let found = refused(&server, &store, &statements);
        assert!(found.contains(words), "{name}: {found}");
    }
    assert_eq!(store.status().await.unwrap().operations, 0, "nothing of it is stored");
    server.sql(&store, &format!("BEGIN; {OPERATION} {sound} COMMIT;")).unwrap();
    let another = server.sql(&store, &entry(2, 2, "01")).unwrap_err();
    assert!(another.contains("is not recorded with its operation"), "{another}");
    let heads = store.heads().await.unwrap();
    assert_eq!(heads[0].chain, Chain { number: 1, head: Hash::from_bytes([1; 32]) });
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_wait_for_the_same_customer_and_for_nobody_else() {
    let server = server();
    let url = server.ledger().await.unwrap();
    let hasty = PostgresOptions { patience: Duration::from_millis(200), ..options() };
    let store = PostgresStore::open(&url, Mode::ReadWrite, &hasty).await.unwrap();
    let customer = |code: &str| CustomerCode::try_new(code).unwrap();
    let book = |code: &str| BookRecord {
        customer: customer(code),
        chain: Chain::default(),
        next_due: None,
        state: "{}".into(),
        standing: None,
    };
    let mut first = store.begin().await.unwrap();
    assert_eq!(first.book(&customer("acme")).await.unwrap(), None);

    let mut other = store.begin().await.unwrap();
    other.save_books(&[book("globex")]).await.unwrap();
    other.commit().await.unwrap();
    assert_eq!(store.books(None, 10).await.unwrap().len(), 1, "it was not kept waiting");

    let mut same = store.begin().await.unwrap();
    let waited = same.book(&customer("acme")).await;
    assert!(matches!(waited, Err(StoreError::Busy { .. })), "{waited:?}");
    drop(same);

    first.save_books(&[book("acme")]).await.unwrap();
    first.commit().await.unwrap();
    let mut next = store.begin().await.unwrap();
    assert_eq!(next.book(&customer("acme")).await.unwrap(), Some(book("acme")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_the_ledger_that_is_meant_is_refused() {
    let server = server();
    let url = server.ledger().await.unwrap();
    let again = PostgresStore::install(&url, &genesis(), &options()).await;
    again.expect("the same workspace may be brought up to date");
    let foreign = Genesis { workspace_id: "another".into(), ..genesis() };
    let outcome = PostgresStore::install(&url, &foreign, &options()).await;
    assert!(matches!(outcome, Err(StoreError::Exists { .. })), "{outcome:?}");

    let store = PostgresStore::open(&url, Mode::ReadOnly, &options()).await.unwrap();
    assert!(matches!(store.begin().await.err(), Some(StoreError::ReadOnly { .. })));
    let missing = format!("{url}_missing");
    let outcome = PostgresStore::open(&missing, Mode::ReadOnly, &options()).await.err();
    assert!(matches!(outcome, Some(StoreError::Missing { .. })), "{outcome:?}");

    // Without TLS only to this machine, and no fault repeats a password.
    let far = "postgres://scrip:secret@ledger.example.com/books";
    let outcome = PostgresStore::open(far, Mode::ReadOnly, &options()).await.err().unwrap();
    let words = outcome.to_string();
    assert!(
        words.contains("ledger.example.com:5432/books") && !words.contains("secret"),
        "{words}"
    );
    let outcome = PostgresStore::open("secret@@", Mode::ReadOnly, &options()).await.err().unwrap();
    assert!(!outcome.to_string().contains("secret"), "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn guards_that_somebody_took_away_are_found() {
    let server = server();
    let cases = [
        ("DROP TRIGGER refuse_change ON lots", "the guard refuse_change of table lots is missing"),
        (
            "ALTER TABLE entries_3 DISABLE TRIGGER refuse_partition",
            "the guard refuse_partition of table entries_3 is switched off",
        ),
        (
            "DROP TRIGGER period_closes_move_forward ON period_closes",
            "the guard period_closes_move_forward of table period_closes is missing",
        ),
        (
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql \
             AS 'BEGIN RETURN NULL; END'",
            "the function refuse_change is not the one Scrip made",
        ),
        (
            "INSERT INTO projection_heads VALUES ('acme', 7, decode(repeat('ab', 32), 'hex'))",
            "the head of acme is not its last entry's",
        ),
    ];
    let sound = server.fresh().await.unwrap();
    assert_eq!(sound.integrity().await.unwrap(), Vec::<String>::new());
    for (statement, finding) in cases {
        let store = server.fresh().await.unwrap();
        server.sql(&store, statement).unwrap();
        assert_eq!(store.integrity().await.unwrap(), vec![finding.to_owned()], "{statement}");
    }
}
