//! What is particular to a ledger in a file: other files, other programs, full disks, damage.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::FutureExt;
use scrip_journal::{Account, Chain, Draft, EntryKind, Hash, Posting};
use scrip_store::{
    BookRecord, EntryFilter, FactQuery, Genesis, LedgerStore, LotRecord, Mode, OperationRecord,
    Page, SqliteOptions, SqliteStore, StandingRecord, StoreError, WriteTransaction,
};
use scrip_units::{
    Actor, Amount, CustomerCode, Date, Instant, LotId, OperationId, Scale, Unit, UnitCode,
    WalletCode, WalletTypeCode,
};
use sqlx::{Connection, SqliteConnection};

fn genesis() -> Genesis {
    Genesis {
        workspace_id: "01900000-0000-7000-8000-000000000000".into(),
        created_at: Instant::from_micros(1_767_225_600_000_000).unwrap(),
        program_version: "0.1.0".into(),
    }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    fn ledger(&self) -> PathBuf {
        self.0.path().join("ledger.sqlite")
    }
    async fn create(&self) -> SqliteStore {
        SqliteStore::create(self.ledger(), &genesis()).await.unwrap()
    }
    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.0.path()).unwrap();
        names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }
}

fn credits() -> Unit {
    Unit::new(UnitCode::try_new("credits").unwrap(), Scale::try_new(2).unwrap())
}

fn acme() -> CustomerCode {
    CustomerCode::try_new("acme").unwrap()
}

fn operation(id: &str) -> OperationRecord {
    let body = "{}".to_owned();
    OperationRecord {
        id: OperationId::try_new(id).unwrap(),
        kind: "grant_credits".into(),
        customer: Some(acme()),
        actor: Actor::try_new("alice").unwrap(),
        at: Instant::MIN,
        recorded_at: Instant::MIN,
        config_revision: 0,
        body_hash: Hash::of(body.as_bytes()),
        body,
    }
}

fn draft(id: &str, lot: &LotRecord) -> Draft {
    let posting = |account, steps| {
        Posting::new(account, Amount::from_steps(credits(), steps)).of_lot(&lot.wallet, &lot.lot)
    };
    Draft {
        kind: EntryKind::Grant,
        operation: OperationId::try_new(id).unwrap(),
        effective_at: Instant::MIN,
        booked_on: Date::from_ymd_opt(2026, 1, 31).unwrap(),
        memo: "a gift".into(),
        detail: None,
        postings: vec![
            posting(Account::UnitsAvailable, 1_234),
            posting(Account::UnitsIssued, -1_234),
        ],
    }
}

fn lot(id: &str) -> LotRecord {
    LotRecord {
        lot: LotId::try_new(&format!("lot-of-{id}")).unwrap(),
        customer: acme(),
        wallet: WalletCode::try_new("main").unwrap(),
        wallet_type: WalletTypeCode::try_new("credits").unwrap(),
        kind: "promotional".into(),
        unit: credits(),
        granted_on: Date::from_ymd_opt(2026, 1, 31).unwrap(),
        effective_at: Instant::MIN,
        expires_at: None,
        units: 1_234,
        consideration: None,
        operation: OperationId::try_new(id).unwrap(),
    }
}

async fn grant(store: &SqliteStore, chain: &mut Chain, id: &str) -> Result<(), StoreError> {
    let lot = lot(id);
    let mut next = *chain;
    let entry = next.seal(&acme(), draft(id, &lot)).unwrap();
    let mut tx = store.begin().await?;
    tx.append(&operation(id), &[entry], &[lot]).await?;
    tx.commit().await?;
    *chain = next;
    Ok(())
}

async fn raw(path: &Path) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn run(path: &Path, sql: &'static str) -> Result<(), sqlx::Error> {
    let mut connection = raw(path).await;
    let outcome = sqlx::query(sql).execute(&mut connection).await.map(drop);
    connection.close().await.unwrap();
    outcome
}

#[tokio::test]
async fn a_ledger_is_created_whole_and_never_over_another() {
    let folder = Folder::new();
    let store = folder.create().await;
    let meta = store.meta().await.unwrap();
    assert_eq!(meta.workspace_id, genesis().workspace_id);
    assert_eq!(
        (meta.created_at, meta.format_version),
        (genesis().created_at, scrip_store::sqlite::FORMAT)
    );
    grant(&store, &mut Chain::default(), "gift").await.unwrap();
    store.close().await.unwrap();
    assert_eq!(folder.names(), ["ledger.sqlite"], "the file alone is the ledger");

    let before = fs::read(folder.ledger()).unwrap();
    let error = SqliteStore::create(folder.ledger(), &genesis()).await.unwrap_err();
    assert!(matches!(error, StoreError::Exists { .. }), "{error}");
    assert_eq!(fs::read(folder.ledger()).unwrap(), before);
    assert_eq!(folder.names(), ["ledger.sqlite"]);
    let nowhere = folder.0.path().join("no such folder").join("ledger.sqlite");
    let error = SqliteStore::create(nowhere, &genesis()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn what_is_not_a_ledger_is_named_and_left_alone() {
    let folder = Folder::new();
    let other = folder.0.path().join("other.sqlite");
    let mut connection = SqliteConnection::connect_with(
        &sqlx::sqlite::SqliteConnectOptions::new().filename(&other).create_if_missing(true),
    )
    .await
    .unwrap();
    sqlx::query("CREATE TABLE entries (seq)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let other = fs::read(other).unwrap();
    for (content, found) in [
        (&b""[..], "an empty file"),
        (b"customer,quantity\nacme,1\n", "not an SQLite file"),
        (&other[..40], "an SQLite file that breaks off in its header"),
        (&other, "an SQLite file of another program"),
    ] {
        fs::write(folder.ledger(), content).unwrap();
        for mode in [Mode::ReadOnly, Mode::ReadWrite] {
            let error = SqliteStore::open(folder.ledger(), mode).await.unwrap_err();
            assert!(error.to_string().contains(found), "{error}");
            assert!(error.to_string().contains("ledger.sqlite"), "{error}");
        }
        assert_eq!(fs::read(folder.ledger()).unwrap(), content);
    }
    let error = SqliteStore::open(folder.0.path(), Mode::ReadOnly).await.unwrap_err();
    assert!(error.to_string().contains("a folder"), "{error}");
    let missing = folder.0.path().join("missing");
    let error = SqliteStore::open(&missing, Mode::ReadWrite).await.unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    assert!(!missing.exists());
}

#[tokio::test]
async fn a_ledger_of_a_newer_version_is_not_touched() {
    // Once the header says so, once only the tables do.
    for sql in ["PRAGMA user_version = 700", "INSERT INTO formats (version) VALUES (700)"] {
        let folder = Folder::new();
        folder.create().await.close().await.unwrap();
        run(&folder.ledger(), sql).await.unwrap();
        let before = fs::read(folder.ledger()).unwrap();
        for mode in [Mode::ReadOnly, Mode::ReadWrite] {
            let error = SqliteStore::open(folder.ledger(), mode).await.unwrap_err();
            let newer = matches!(error, StoreError::NewerFormat { found: 700, .. });
            assert!(newer, "{sql}: {error}");
        }
        assert_eq!(fs::read(folder.ledger()).unwrap(), before);
    }
}

#[tokio::test]
async fn a_writer_waits_for_another_program_and_then_says_so() {
    let folder = Folder::new();
    folder.create().await.close().await.unwrap();
    let options = SqliteOptions { patience: Duration::from_millis(50), ..Default::default() };
    let store = SqliteStore::open_with(folder.ledger(), Mode::ReadWrite, &options).await.unwrap();
    let mut other = raw(&folder.ledger()).await;
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let mut chain = Chain::default();
    let error = grant(&store, &mut chain, "gift").await.unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }) && error.is_retryable(), "{error}");
    assert!(error.to_string().contains("ledger.sqlite"), "{error}");
    assert!(error.to_string().contains("50ms"), "{error}");
    assert_eq!(store.status().await.unwrap().operations, 0, "reading goes on");
    lock.rollback().await.unwrap();
    grant(&store, &mut chain, "gift").await.unwrap();

    // In the same program, the one write transaction at a time is waited for likewise.
    let held = store.begin().await.unwrap();
    let error = grant(&store, &mut chain, "second").await.unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    drop(held);
    grant(&store, &mut chain, "second").await.unwrap();
}

#[tokio::test]
async fn a_full_disk_undoes_the_change_and_keeps_the_rest() {
    let folder = Folder::new();
    let options = SqliteOptions { pages_max: Some(80), ..Default::default() };
    let store = SqliteStore::create_with(folder.ledger(), &genesis(), &options).await.unwrap();
    let mut chain = Chain::default();
    let mut stored = 0_u64;
    let error = loop {
        match grant(&store, &mut chain, &format!("gift-{stored}")).await {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 10_000, "the limit has no effect");
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert!(stored > 10);
    assert_eq!(store.status().await.unwrap().operations, stored);
    store.close().await.unwrap();

    let store = SqliteStore::open(folder.ledger(), Mode::ReadWrite).await.unwrap();
    assert_eq!(store.integrity().await.unwrap(), Vec::<String>::new());
    assert_eq!(store.checkpoint().await.unwrap().entries, stored);
    grant(&store, &mut chain, "gift-when-there-is-room").await.unwrap();
}

#[tokio::test]
async fn a_ledger_that_may_only_be_read_is_only_read() {
    let folder = Folder::new();
    let store = folder.create().await;
    let mut chain = Chain::default();
    grant(&store, &mut chain, "gift").await.unwrap();
    let reader = SqliteStore::open(folder.ledger(), Mode::ReadOnly).await.unwrap();
    grant(&store, &mut chain, "second").await.unwrap();
    assert_eq!(reader.status().await.unwrap().operations, 2, "it follows the writer");
    let error = reader.begin().await.err().unwrap();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    reader.close().await.unwrap();
    store.close().await.unwrap();

    let before = fs::read(folder.ledger()).unwrap();
    let mut rights = fs::metadata(folder.ledger()).unwrap().permissions();
    rights.set_readonly(true);
    fs::set_permissions(folder.ledger(), rights).unwrap();
    let error = SqliteStore::open(folder.ledger(), Mode::ReadWrite).await.unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    let reader = SqliteStore::open(folder.ledger(), Mode::ReadOnly).await.unwrap();
    assert_eq!(reader.checkpoint().await.unwrap().entries, 2);
    reader.close().await.unwrap();
    assert_eq!(fs::read(folder.ledger()).unwrap(), before);
}

#[tokio::test]
async fn damage_is_found_and_named() {
    let folder = Folder::new();
    let store = folder.create().await;
    let mut chain = Chain::default();
    for number in 0..200 {
        grant(&store, &mut chain, &format!("gift-{number}")).await.unwrap();
    }
    store.close().await.unwrap();
    let mut bytes = fs::read(folder.ledger()).unwrap();
    let pages = bytes.len() / 4096;
    for page in 8..pages {
        // The header of each page; those of the first eight hold the tables' definitions.
        bytes[page * 4096..page * 4096 + 16].fill(0xee);
    }
    fs::write(folder.ledger(), &bytes).unwrap();
    let outcome = match SqliteStore::open(folder.ledger(), Mode::ReadOnly).await {
        Err(error) => Err(error),
        Ok(store) => store.entries(&EntryFilter::default(), Page::first(1_000)).await.map(drop),
    };
    let error = outcome.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("ledger.sqlite"), "{error}");
    assert_eq!(fs::read(folder.ledger()).unwrap(), bytes);
}

#[tokio::test]
async fn a_value_of_another_kind_is_an_error_and_never_zero() {
    let folder = Folder::new();
    let store = folder.create().await;
    grant(&store, &mut Chain::default(), "gift").await.unwrap();
    run(&folder.ledger(), "DROP TRIGGER entries_refuse_update").await.unwrap();
    run(&folder.ledger(), "UPDATE entries SET kind = 'present'").await.unwrap();
    let error = store.entries(&EntryFilter::default(), Page::first(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }), "{error}");
    assert!(error.to_string().contains("present"), "{error}");
}

#[tokio::test]
async fn no_row_is_replaced_and_no_posting_joins_an_old_entry() {
    let folder = Folder::new();
    let store = folder.create().await;
    grant(&store, &mut Chain::default(), "gift").await.unwrap();
    for sql in [
        "INSERT OR REPLACE INTO formats SELECT * FROM formats",
        "INSERT OR REPLACE INTO workspace SELECT * FROM workspace",
        "INSERT OR REPLACE INTO days SELECT * FROM days",
        "INSERT OR REPLACE INTO accounts SELECT * FROM accounts",
        "INSERT OR REPLACE INTO units SELECT id + 100, code, 3 FROM units",
        "INSERT OR REPLACE INTO customers SELECT id + 100, code FROM customers",
        "INSERT OR REPLACE INTO wallet_types SELECT id, 'x' FROM wallet_types",
        "INSERT OR REPLACE INTO wallets SELECT id + 100, customer_id, code FROM wallets",
        "INSERT OR REPLACE INTO operations SELECT * FROM operations",
        "INSERT OR REPLACE INTO lots SELECT * FROM lots",
        "INSERT OR REPLACE INTO entries SELECT * FROM entries",
        "INSERT OR REPLACE INTO postings SELECT * FROM postings",
        "INSERT INTO postings SELECT entry_seq, line + 2, account_id, unit_id, amount, wallet_id, \
         lot_seq, rate_id, dimension_set_id, service_day FROM postings",
    ] {
        let error = run(&folder.ledger(), sql).await.unwrap_err();
        assert!(error.to_string().contains("append-only"), "{sql}: {error}");
    }
    assert_eq!(store.integrity().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_guard_that_was_removed_or_changed_is_found() {
    let folder = Folder::new();
    let store = folder.create().await;
    for sql in [
        "DROP TRIGGER postings_refuse_update",
        "DROP TRIGGER lots_refuse_delete",
        "CREATE TRIGGER lots_refuse_delete BEFORE DELETE ON lots BEGIN SELECT 1; END",
        "CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT",
    ] {
        run(&folder.ledger(), sql).await.unwrap();
    }
    let findings = store.integrity().await.unwrap();
    assert_eq!(
        findings,
        [
            "the trigger lots_refuse_delete is not the one that Scrip made",
            "the trigger postings_refuse_update is missing",
            "the table notes was not made by Scrip",
        ]
    );
}

#[tokio::test]
async fn a_step_that_is_cancelled_can_never_be_committed() {
    let folder = Folder::new();
    let store = folder.create().await;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.append(&operation("gift"), &[], &[lot("gift")]).now_or_never().is_none());
    let error = tx.commit().await.unwrap_err();
    assert!(matches!(error, StoreError::Abandoned { .. }), "{error}");
    assert_eq!(store.status().await.unwrap().operations, 0);
    grant(&store, &mut Chain::default(), "gift").await.unwrap();
}

#[tokio::test]
async fn people_read_the_ledger_in_words() {
    let folder = Folder::new();
    let store = folder.create().await;
    grant(&store, &mut Chain::default(), "gift").await.unwrap();
    let mut connection = raw(&folder.ledger()).await;
    let lines: Vec<String> = sqlx::query_scalar(
        "SELECT concat_ws(' ', customer, number, booked_on, kind, account_number, account, \
         amount, unit, wallet, lot, operation) FROM ledger_lines ORDER BY entry_seq, line",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(
        lines,
        [
            "acme 1 2026-01-31 grant U100 units_available 12.34 credits main lot-of-gift gift",
            "acme 1 2026-01-31 grant U200 units_issued -12.34 credits main lot-of-gift gift",
        ]
    );
}

#[tokio::test]
async fn a_ledger_keeps_no_statistics_that_would_mislead_the_planner() {
    let folder = Folder::new();
    let store = folder.create().await;
    let mut tx = store.begin().await.unwrap();
    tx.append(&operation("one"), &[], &[]).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await.unwrap();
    run(&folder.ledger(), "ANALYZE").await.unwrap();
    SqliteStore::open(folder.ledger(), Mode::ReadWrite).await.unwrap().close().await.unwrap();
    let mut connection = raw(&folder.ledger()).await;
    let kept: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn a_sum_or_head_that_is_not_that_of_the_entries_is_found() {
    let folder = Folder::new();
    let store = folder.create().await;
    grant(&store, &mut Chain::default(), "gift").await.unwrap();
    for (sql, finding) in [
        (
            "UPDATE projection_lot_sums SET balance_low = balance_low + 1 WHERE debit_low > 0",
            "2 of the kept sums by lots are not those of the postings",
        ),
        (
            "DELETE FROM projection_usage_sums WHERE debit_low > 0",
            "1 of the kept sums by usage are not those of the postings",
        ),
        (
            "UPDATE projection_totals SET postings = 1",
            "1 of the kept counts are not those of the entries",
        ),
        (
            "UPDATE projection_heads SET number = 2",
            "1 of the kept heads of chains are not those of the entries",
        ),
    ] {
        assert!(!store.integrity().await.unwrap().contains(&finding.to_owned()), "{sql}");
        run(&folder.ledger(), sql).await.unwrap();
        assert!(store.integrity().await.unwrap().contains(&finding.to_owned()), "{sql}");
    }
}

/// Takes back what the migrations after format 5 made.
const BACK_TO_FORMAT_5: [&str; 13] = [
    "DROP INDEX operations_by_kind",
    "DROP VIEW lot_sums",
    "DROP VIEW usage_sums",
    "DROP TABLE projection_lot_sums",
    "DROP TABLE projection_usage_sums",
    "DROP TABLE projection_totals",
    "DROP TABLE projection_heads",
    "DROP TABLE projection_standings",
    "DROP TRIGGER formats_refuse_delete",
    "DELETE FROM formats WHERE version > 5",
    "CREATE TRIGGER formats_refuse_delete BEFORE DELETE ON formats
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: formats are never removed'); END",
    "DELETE FROM _sqlx_migrations WHERE version > 5",
    "PRAGMA user_version = 5",
];

#[tokio::test]
async fn a_ledger_without_sums_is_read_as_it_is_and_gets_them_when_it_is_opened_for_writing() {
    let folder = Folder::new();
    let store = folder.create().await;
    let mut chain = Chain::default();
    for id in ["gift", "another"] {
        grant(&store, &mut chain, id).await.unwrap();
    }
    let book = BookRecord {
        customer: acme(),
        chain,
        next_due: None,
        state: "{\"whole\":1}".into(),
        standing: Some("{}".into()),
    };
    let mut tx = store.begin().await.unwrap();
    tx.save_books(std::slice::from_ref(&book)).await.unwrap();
    tx.commit().await.unwrap();
    let query = FactQuery::default();
    let now = (store.status().await.unwrap(), store.snapshot(&[query]).await.unwrap());
    store.close().await.unwrap();
    for sql in BACK_TO_FORMAT_5 {
        run(&folder.ledger(), sql).await.unwrap();
    }
    let old = BookRecord { standing: None, ..book.clone() };
    let state = StandingRecord { customer: acme(), standing: book.state.clone() };
    for mode in [Mode::ReadOnly, Mode::ReadWrite] {
        let store = SqliteStore::open(folder.ledger(), mode).await.unwrap();
        let (status, snapshot) = &now;
        let found = store.status().await.unwrap();
        assert_eq!((found.postings, found.last_at), (status.postings, status.last_at), "{mode:?}");
        assert_eq!(store.snapshot(&[FactQuery::default()]).await.unwrap(), *snapshot, "{mode:?}");
        assert_eq!(store.books(None, 10).await.unwrap(), vec![old.clone()], "{mode:?}");
        assert_eq!(store.standings(None, 10).await.unwrap(), vec![state.clone()], "{mode:?}");
        assert_eq!(store.integrity().await.unwrap(), Vec::<String>::new(), "{mode:?}");
        store.close().await.unwrap();
    }
}

/// With statistics of a ledger that has grown since, SQLite would begin with the largest table.
#[test]
fn the_order_of_tables_is_written_and_never_guessed_from_statistics() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sqlite");
    let mut joins = 0;
    for file in fs::read_dir(sources).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let words: Vec<&str> = text.split_whitespace().filter(|word| *word != "\\").collect();
        for pair in words.windows(2).filter(|pair| pair[1] == "JOIN") {
            joins += 1;
            let is_ordered = pair[0].ends_with("CROSS") || pair[0].ends_with("LEFT");
            assert!(is_ordered, "{}: {} JOIN", path.display(), pair[0]);
        }
    }
    assert!(joins > 20, "{joins} joins were found");
}
