//! How fast a workspace is filled from a production ledger, and one customer after the other posts into
//! it: `cargo bench -p scrip-production -- 1000000`.
//!
//! The number is how many entries, of four postings each, in operations of fifty. The floor is what psql
//! needs to COPY the same tables to nowhere, on the same server and the same machine. With the address of a
//! ledger that an earlier run has filled, `-- postgres://...`, that one is pulled again.
#![expect(clippy::print_stdout, reason = "prints its measurements")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails has nothing to go on with")]

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::process::Command;
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
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};

const CUSTOMERS: usize = 2_000;
const ENTRIES_EACH: usize = 50;
/// Operations in one transaction of the server while it is filled.
const COMMIT: usize = 200;
/// Operations that are appended as a program does it; the others are loaded, which is much faster.
const APPENDED: usize = 2_000;

fn main() {
    let wanted = std::env::args().filter_map(|word| word.parse::<usize>().ok()).next();
    let there = std::env::args().find(|word| word.starts_with("postgres://"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match there {
            Some(url) => measure(&url).await,
            None => {
                let cluster = Cluster::start().unwrap();
                let url = cluster.database().unwrap();
                make(&url, wanted.unwrap_or(20_000)).await;
                measure(&url).await;
            }
        }
    });
}

fn options() -> PostgresOptions {
    PostgresOptions { trust: Trust::LoopbackOnly, ..PostgresOptions::default() }
}

fn genesis() -> Genesis {
    Genesis {
        workspace_id: "bench".into(),
        created_at: Instant::MIN,
        program_version: "bench".into(),
    }
}

fn report(what: &str, took: Duration, count: usize) {
    let millis = took.as_millis().max(1);
    println!("{what:<52} {millis:>8} ms {:>9} a second", count as u128 * 1000 / millis);
}

/// Makes a ledger of so many entries.
async fn make(url: &str, wanted: usize) {
    PostgresStore::install(url, &genesis(), &options()).await.unwrap();
    let production = PostgresStore::open(url, Mode::ReadWrite, &options()).await.unwrap();
    let operations = (wanted / ENTRIES_EACH).max(1);
    let mut chains = vec![Chain::default(); CUSTOMERS];
    let appended = operations.min(APPENDED);
    let clock = Stopwatch::now();
    fill(&production, appended, &mut chains).await;
    report("append into PostgreSQL, entries", clock.elapsed(), appended * ENTRIES_EACH);
    load(url, appended..operations, &mut chains).await;
}

async fn measure(url: &str) {
    let production = PostgresStore::open(url, Mode::ReadOnly, &options()).await.unwrap();
    let entries = usize::try_from(production.status().await.unwrap().entries).unwrap();
    let floor = (0..3).map(|_| copied(url)).min().unwrap();
    report("floor: psql COPY of the same rows, entries", floor, entries);

    let folder = tempfile::tempdir().unwrap();
    let desk = SqliteStore::create(folder.path().join("ledger.sqlite"), &genesis()).await.unwrap();
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
fn copied(url: &str) -> Duration {
    let clock = Stopwatch::now();
    for table in ["operations", "lots", "entries", "postings"] {
        let sql = format!("COPY (SELECT * FROM scrip.{table}) TO PROGRAM 'cat > /dev/null'");
        assert!(Command::new("psql").args([url, "-qc", &sql]).status().unwrap().success());
    }
    clock.elapsed()
}

fn sealed(chains: &mut [Chain], number: usize) -> (String, Vec<Entry>) {
    let customer = number % CUSTOMERS;
    let id = format!("post-{number}");
    let seal = |index| chains[customer].seal(&code(customer), draft(customer, &id, index));
    let entries = (0..ENTRIES_EACH).map(seal).collect::<Result<_, _>>().unwrap();
    (id, entries)
}

async fn fill(production: &PostgresStore, operations: usize, chains: &mut [Chain]) {
    let mut tx = production.begin().await.unwrap();
    let lots: Vec<LotRecord> = (0..CUSTOMERS).map(lot).collect();
    tx.append(&operation("grants", None), &[], &lots).await.unwrap();
    for number in 0..operations {
        if number % COMMIT == COMMIT - 1 {
            tx.commit().await.unwrap();
            tx = production.begin().await.unwrap();
        }
        let (id, entries) = sealed(chains, number);
        tx.append(&operation(&id, Some(number % CUSTOMERS)), &entries, &[]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Puts more of the same into the tables as the owner of the server can, past the rules of the ledger.
async fn load(url: &str, operations: std::ops::Range<usize>, chains: &mut [Chain]) {
    let mut server = PgConnection::connect(url).await.unwrap();
    let set = "SET search_path = scrip; SET session_replication_role = replica";
    server.execute(sqlx::raw_sql(set)).await.unwrap();
    let counts = "SELECT max(seq), pg_current_xact_id()::text FROM operations";
    let (mut seq, xid): (i64, String) =
        sqlx::query_as(counts).fetch_one(&mut server).await.unwrap();
    let nothing = Hash::of(b"{}");
    for page in operations.clone().step_by(COMMIT * 10) {
        let mut rows = [String::new(), String::new(), String::new()];
        for number in page..(page + COMMIT * 10).min(operations.end) {
            seq += 1;
            let (id, entries) = sealed(chains, number);
            let customer = code(number % CUSTOMERS);
            let at = Instant::MIN.micros();
            writeln!(
                rows[0],
                "{seq},{xid},{id},post_usage,{customer},bench,{at},{at},0,{{}},\\x{nothing}"
            )
            .unwrap();
            for entry in &entries {
                write_entry(&mut rows, seq, entry);
            }
        }
        for (table, rows) in [
            "operations (seq, xid, id, kind, customer, actor, at, recorded_at, config_revision, body, \
             body_hash)",
            "entries (operation_seq, customer, number, kind, effective_at, booked_on, late, memo, lines, \
             previous, hash)",
            "postings (customer, number, line, account, unit, amount, wallet, lot, card, version, rate, \
             dimensions, service_day)",
        ]
        .into_iter()
        .zip(rows)
        {
            let copy = format!("COPY {table} FROM STDIN WITH (FORMAT csv)");
            let mut copy = server.copy_in_raw(&copy).await.unwrap();
            copy.send(rows.into_bytes()).await.unwrap();
            copy.finish().await.unwrap();
        }
    }
    let end = "SELECT setval(pg_get_serial_sequence('operations', 'seq'), (SELECT max(seq) FROM operations)); \
         DELETE FROM projection_heads; \
         INSERT INTO projection_heads (customer, number, hash) \
             SELECT DISTINCT ON (customer) customer, number, hash FROM entries \
             ORDER BY customer, number DESC; \
         ANALYZE";
    server.execute(sqlx::raw_sql(end)).await.unwrap();
    server.close().await.unwrap();
}

fn write_entry(rows: &mut [String; 3], seq: i64, entry: &Entry) {
    let (customer, number, body) = (&entry.customer, entry.number, &entry.body);
    writeln!(
        rows[1],
        "{seq},{customer},{number},{},{},{},{},{},{},\\x{},\\x{}",
        body.kind.code(),
        body.effective_at.micros(),
        body.booked_on,
        entry.late,
        body.memo,
        body.postings.len(),
        entry.previous,
        entry.hash
    )
    .unwrap();
    for (line, posting) in (1..).zip(&body.postings) {
        let rate = posting.rate.as_ref().unwrap();
        let dimensions = serde_json::to_string(&*posting.dimensions).unwrap();
        writeln!(
            rows[2],
            "{customer},{number},{line},{},{},{},{},{},{},{},{},\"{}\",{}",
            posting.account.code(),
            posting.amount.unit().code(),
            posting.amount.steps(),
            posting.wallet.as_ref().unwrap(),
            posting.lot.as_ref().unwrap(),
            rate.card,
            rate.version,
            rate.rate,
            dimensions.replace('"', "\"\""),
            posting.service_day.unwrap()
        )
        .unwrap();
    }
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
