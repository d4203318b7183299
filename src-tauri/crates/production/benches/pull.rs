//! How fast a workspace is filled from a production ledger, and one customer after the other posts into
//! it: `cargo bench -p scrip-production -- 1000000`.
//!
//! The number is how many entries, of four postings each, in operations of fifty. The floor is what psql
//! needs to COPY the same tables to nowhere, on the same server and the same machine.
#![expect(clippy::print_stdout, reason = "prints its measurements")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails has nothing to go on with")]

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use scrip_journal::{Account, Chain, Draft, Entry, EntryKind, Hash, Posting, RateRef};
use scrip_production::sync::{Pull, pull, reconcile};
use scrip_production::{PostgresOptions, PostgresStore, Trust};
use scrip_store::{
    Genesis, LedgerStore, LotRecord, Mode, OperationRecord, SqliteStore, WriteTransaction,
};
use scrip_testkit::cluster::Cluster;
use scrip_units::{
    Actor, Amount, CardCode, CustomerCode, Date, Instant, LotId, OperationId, RateCode, Scale,
    Unit, UnitCode, WalletCode, WalletTypeCode,
};

const CUSTOMERS: usize = 2_000;
const ENTRIES_EACH: usize = 50;
/// Operations in one transaction of the server while it is filled.
const COMMIT: usize = 200;

fn main() {
    let wanted = std::env::args().filter_map(|word| word.parse::<usize>().ok()).next();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(measure(wanted.unwrap_or(20_000)));
}

fn report(what: &str, took: Duration, count: usize) {
    let millis = took.as_millis().max(1);
    println!("{what:<52} {millis:>8} ms {:>9} a second", count as u128 * 1000 / millis);
}

async fn measure(wanted: usize) {
    let cluster = Cluster::start().unwrap();
    let url = cluster.database().unwrap();
    let options = PostgresOptions { trust: Trust::LoopbackOnly, ..PostgresOptions::default() };
    let genesis = Genesis {
        workspace_id: "bench".into(),
        created_at: Instant::MIN,
        program_version: "bench".into(),
    };
    PostgresStore::install(&url, &genesis, &options).await.unwrap();
    let production = PostgresStore::open(&url, Mode::ReadWrite, &options).await.unwrap();

    let operations = (wanted / ENTRIES_EACH).max(1);
    let entries = operations * ENTRIES_EACH;
    let clock = Stopwatch::now();
    fill(&production, operations).await;
    report("append into PostgreSQL, entries", clock.elapsed(), entries);

    let database = url.rsplit('/').next().unwrap();
    let floor = (0..3).map(|_| copied(&cluster, database)).min().unwrap();
    report("floor: psql COPY of the same rows, entries", floor, entries);

    let folder = tempfile::tempdir().unwrap();
    let desk = SqliteStore::create(folder.path().join("ledger.sqlite"), &genesis).await.unwrap();
    let go_on = &mut |_| ControlFlow::Continue(());
    let clock = Stopwatch::now();
    let (pulled, _) = pull(&production, &desk, Pull::default(), Instant::MIN, go_on).await.unwrap();
    let took = clock.elapsed();
    report("pull into an empty workspace, entries", took, entries);
    let hundredths = took.as_millis() * 100 / floor.as_millis().max(1);
    println!("{:<52} {:>5}.{:02}", "ratio to the floor", hundredths / 100, hundredths % 100);
    assert_eq!(pulled.entries, entries as u64);

    let clock = Stopwatch::now();
    pull(&production, &desk, Pull::default(), Instant::MIN, go_on).await.unwrap();
    report("pull of nothing new", clock.elapsed(), 1);
    let clock = Stopwatch::now();
    assert!(reconcile(&desk, &production).await.unwrap().agrees());
    report("reconcile, entries", clock.elapsed(), entries);
    println!("{} bytes here an entry", desk.status().await.unwrap().bytes / entries as u64);
}

/// The time psql needs to copy the ledger's tables to nowhere.
fn copied(cluster: &Cluster, database: &str) -> Duration {
    let clock = Stopwatch::now();
    for table in ["operations", "lots", "entries", "postings"] {
        let sql = format!("COPY (SELECT * FROM scrip.{table}) TO PROGRAM 'cat > /dev/null'");
        cluster.sql(database, &sql).unwrap();
    }
    clock.elapsed()
}

async fn fill(production: &PostgresStore, operations: usize) {
    let mut chains = vec![Chain::default(); CUSTOMERS];
    let mut tx = production.begin().await.unwrap();
    let lots: Vec<LotRecord> = (0..CUSTOMERS).map(lot).collect();
    tx.append(&operation("grants", None), &[], &lots).await.unwrap();
    for number in 0..operations {
        if number % COMMIT == COMMIT - 1 {
            tx.commit().await.unwrap();
            tx = production.begin().await.unwrap();
        }
        let customer = number % CUSTOMERS;
        let id = format!("post-{number}");
        let seal = |index| chains[customer].seal(&code(customer), draft(customer, &id, index));
        let entries: Vec<Entry> = (0..ENTRIES_EACH).map(seal).collect::<Result<_, _>>().unwrap();
        tx.append(&operation(&id, Some(customer)), &entries, &[]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn code(customer: usize) -> CustomerCode {
    CustomerCode::try_new(&format!("customer-{customer:05}")).unwrap()
}

fn unit(code: &str) -> Unit {
    Unit::new(UnitCode::try_new(code).unwrap(), Scale::try_new(2).unwrap())
}

fn lot_id(customer: usize) -> LotId {
    LotId::try_new(&format!("019b0000-0000-7000-8000-{customer:012}")).unwrap()
}

fn lot(customer: usize) -> LotRecord {
    LotRecord {
        lot: lot_id(customer),
        customer: code(customer),
        wallet: WalletCode::try_new("credits").unwrap(),
        wallet_type: WalletTypeCode::try_new("credits").unwrap(),
        kind: "purchased".into(),
        unit: unit("credits"),
        granted_on: Date::from_ymd_opt(2026, 1, 1).unwrap(),
        effective_at: Instant::MIN,
        expires_at: None,
        units: 1_000_000,
        consideration: Some(Amount::from_steps(unit("EUR"), 100_000)),
        operation: OperationId::try_new("grants").unwrap(),
    }
}

fn operation(id: &str, customer: Option<usize>) -> OperationRecord {
    OperationRecord {
        id: OperationId::try_new(id).unwrap(),
        kind: "post_usage".into(),
        customer: customer.map(code),
        actor: Actor::try_new("bench").unwrap(),
        at: Instant::MIN,
        recorded_at: Instant::MIN,
        config_revision: 0,
        body: "{}".into(),
        body_hash: Hash::of(b"{}"),
    }
}

fn draft(customer: usize, id: &str, index: usize) -> Draft {
    let lines = [
        (Account::UnitsConsumed, "credits", 1),
        (Account::UnitsAvailable, "credits", -1),
        (Account::ClPurchased, "EUR", 1),
        (Account::RevenueUsage, "EUR", -1),
    ];
    let day = Date::from_ymd_opt(2026, 1, 1).unwrap() + chrono::Days::new(index as u64 * 7);
    let postings = lines.map(|(account, code, sign)| {
        let steps = i64::try_from(index * 7 + 1).unwrap();
        let mut posting = Posting::new(account, Amount::from_steps(unit(code), sign * steps));
        posting.wallet = Some(WalletCode::try_new("credits").unwrap());
        posting.lot = Some(lot_id(customer));
        posting.rate = Some(RateRef {
            card: CardCode::try_new("std-card").unwrap(),
            version: 3,
            rate: RateCode::try_new(&format!("rate-{:02}", index % 8)).unwrap(),
        });
        let model = format!("model-{}", index % 5);
        posting.dimensions = Arc::new([("model".into(), model.into())].into_iter().collect());
        posting.service_day = Some(day);
        posting
    });
    Draft {
        kind: EntryKind::Usage,
        operation: OperationId::try_new(id).unwrap(),
        effective_at: Instant::MIN,
        booked_on: day,
        memo: "usage of a week".into(),
        detail: None,
        postings: postings.into(),
    }
}
