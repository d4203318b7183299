//! A program that is killed at any instant loses nothing it acknowledged and leaves nothing half
//! done. The program is this test binary, run once more with a ledger in its environment.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test and the program it kills")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use scrip_journal::{Account, Chain, Draft, EntryKind, Hash, Posting};
use scrip_store::{
    BookRecord, EntryFilter, Genesis, LedgerStore, Mode, OperationRecord, Page, SqliteStore,
    WriteTransaction,
};
use scrip_units::{Actor, Amount, CustomerCode, Date, Instant, OperationId, Scale, Unit, UnitCode};

const LEDGER: &str = "SCRIP_CRASH_TEST_LEDGER";
const ROUNDS: u64 = 15;
const CUSTOMERS: usize = 3;
const POSTINGS: i64 = 60;

fn customer(number: usize) -> CustomerCode {
    CustomerCode::try_new(&format!("customer-{number}")).unwrap()
}

fn draft(id: &OperationId, number: u64) -> Draft {
    let unit = Unit::new(UnitCode::try_new("EUR").unwrap(), Scale::try_new(2).unwrap());
    let posting = |account, steps| Posting::new(account, Amount::from_steps(unit, steps));
    let postings = (1..=POSTINGS / 2).flat_map(|steps| {
        [posting(Account::CashClearing, steps), posting(Account::RevenueSetup, -steps)]
    });
    Draft {
        kind: EntryKind::Payment,
        operation: id.clone(),
        effective_at: Instant::MIN,
        booked_on: Date::from_ymd_opt(2026, 1, 1).unwrap(),
        memo: format!("payment {number}"),
        detail: None,
        postings: postings.collect(),
    }
}

/// Appends operations one after the other, each with an entry and a book for every customer, and
/// says so on its output when each is committed.
async fn append_for_ever(ledger: &Path) {
    let store = SqliteStore::open(ledger, Mode::ReadWrite).await.unwrap();
    let mut number = store.status().await.unwrap().operations;
    loop {
        number += 1;
        let id = OperationId::try_new(&format!("op-{number}")).unwrap();
        let mut tx = store.begin().await.unwrap();
        let (mut entries, mut books) = (Vec::new(), Vec::new());
        for index in 0..CUSTOMERS {
            let customer = customer(index);
            let stored = tx.book(&customer).await.unwrap();
            let mut chain = stored.map_or_else(Chain::default, |book| book.chain);
            entries.push(chain.seal(&customer, draft(&id, number)).unwrap());
            let state = number.to_string();
            books.push(BookRecord { customer, chain, next_due: None, state, standing: None });
        }
        let operation = OperationRecord {
            id,
            kind: "record_payment".into(),
            customer: None,
            actor: Actor::try_new("test").unwrap(),
            at: Instant::MIN,
            recorded_at: Instant::MIN,
            config_revision: 0,
            body: format!("{{\"number\":{number}}}"),
            body_hash: Hash::of(&number.to_be_bytes()),
        };
        tx.append(&operation, &entries, &[]).await.unwrap();
        tx.save_books(&books).await.unwrap();
        tx.commit().await.unwrap();
        println!("\nacknowledged {number}");
        std::io::stdout().flush().unwrap();
    }
}

/// Not a test of its own: what the other one kills.
#[tokio::test(flavor = "multi_thread")]
async fn the_program_that_is_killed() {
    if let Some(ledger) = std::env::var_os(LEDGER) {
        append_for_ever(&PathBuf::from(ledger)).await;
    }
}

/// Runs the program until it acknowledged some operations, kills it a little later, and returns
/// the last operation it acknowledged.
fn run_and_kill(ledger: &Path, acknowledgements: u64, later: Duration) -> u64 {
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_program_that_is_killed", "--nocapture"])
        .env(LEDGER, ledger)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(program.stdout.take().unwrap());
    let mut said = output.lines().map_while(Result::ok).filter_map(|line| {
        line.strip_prefix("acknowledged ").and_then(|number| number.parse::<u64>().ok())
    });
    let mut last = 0;
    for _ in 0..acknowledgements {
        last = said.next().unwrap();
    }
    std::thread::sleep(later);
    program.kill().unwrap();
    program.wait().unwrap();
    said.last().unwrap_or(last)
}

#[tokio::test]
async fn what_was_acknowledged_survives_and_nothing_is_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger.sqlite");
    let genesis = Genesis {
        workspace_id: "crash".into(),
        created_at: Instant::MIN,
        program_version: "test".into(),
    };
    SqliteStore::create(&ledger, &genesis).await.unwrap().close().await.unwrap();
    let mut acknowledged = 0;
    for round in 0..ROUNDS {
        // Instants that fall differently into the work of about a millisecond per operation.
        let later = Duration::from_micros(round * 1_637 % 4_001);
        acknowledged = run_and_kill(&ledger, 1 + round * 7 % 30, later).max(acknowledged);
        check(&ledger, acknowledged).await;
    }
    assert!(acknowledged > ROUNDS);
}

async fn check(ledger: &Path, acknowledged: u64) {
    let store = SqliteStore::open(ledger, Mode::ReadOnly).await.unwrap();
    assert_eq!(store.integrity().await.unwrap(), Vec::<String>::new());
    let operations = store.operations(Page::first(u32::MAX)).await.unwrap();
    let count = operations.len() as u64;
    // The last one may have been committed and killed before it could say so.
    assert!((acknowledged..=acknowledged + 1).contains(&count), "{count} of {acknowledged}");
    for (number, found) in (1_u64..).zip(&operations) {
        assert_eq!(found.operation.id.as_str(), format!("op-{number}"));
        assert_eq!(found.operation.body_hash, Hash::of(&number.to_be_bytes()));
    }
    let entries = store.entries(&EntryFilter::default(), Page::first(u32::MAX)).await.unwrap();
    assert_eq!(entries.len(), operations.len() * CUSTOMERS);
    let mut chains: BTreeMap<CustomerCode, Chain> = BTreeMap::new();
    for found in &entries {
        assert_eq!(found.entry.body.postings.len(), usize::try_from(POSTINGS).unwrap());
        chains.entry(found.entry.customer.clone()).or_default().follow(&found.entry).unwrap();
    }
    for book in store.books(None, u32::MAX).await.unwrap() {
        assert_eq!(chains.get(&book.customer), Some(&book.chain));
        assert_eq!(book.state, count.to_string());
    }
    store.close().await.unwrap();
}
