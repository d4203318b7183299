//! How fast a ledger is written and read: `cargo bench -p scrip-store -- 1000000`.
//!
//! Writes one operation of many entries, each of a hundred postings that name wallet, lot, rate,
//! dimensions and service day, and reads everything back. The number is how many postings; the
//! entries are sealed before the clock starts.
#![expect(clippy::print_stdout, reason = "prints its measurements")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails has nothing to go on with")]

use std::sync::Arc;
use std::time::Instant as Stopwatch;

use scrip_journal::{
    Account, AccountClass, Chain, Draft, Entry, EntryKind, Hash, Posting, RateRef,
};
use scrip_store::{
    EntryFilter, FactColumn, FactGroup, FactQuery, Genesis, LedgerStore, LotRecord,
    OperationRecord, Page, SqliteStore, WriteTransaction,
};
use scrip_units::{
    Actor, Amount, CardCode, CustomerCode, Date, Instant, LotId, OperationId, RateCode, Scale,
    Unit, UnitCode, WalletCode, WalletTypeCode,
};

const CUSTOMERS: usize = 2_000;
const LOTS_EACH: usize = 4;
const POSTINGS_EACH: usize = 100;

fn main() {
    let wanted = std::env::args().filter_map(|word| word.parse::<usize>().ok()).next();
    let wanted = wanted.unwrap_or(100_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(measure(wanted));
}

async fn measure(wanted: usize) {
    let folder = tempfile::tempdir().unwrap();
    let genesis = Genesis {
        workspace_id: "bench".into(),
        created_at: Instant::MIN,
        program_version: "bench".into(),
    };
    let store = SqliteStore::create(folder.path().join("ledger.sqlite"), &genesis).await.unwrap();
    let mut chains = vec![Chain::default(); CUSTOMERS];
    let lots: Vec<LotRecord> =
        (0..CUSTOMERS * LOTS_EACH).map(|i| lot(i / LOTS_EACH, i % LOTS_EACH)).collect();
    let mut tx = store.begin().await.unwrap();
    tx.append(&operation("grants"), &[], &lots).await.unwrap();
    tx.commit().await.unwrap();

    let entries: Vec<Entry> = (0..wanted / POSTINGS_EACH)
        .map(|i| {
            let customer = i % CUSTOMERS;
            chains[customer].seal(&code(customer), draft(customer, i)).unwrap()
        })
        .collect();
    let postings = entries.len() * POSTINGS_EACH;
    let report = |what: &str, clock: Stopwatch, count: usize| {
        let millis = clock.elapsed().as_millis().max(1);
        let rate = count as u128 * 1000 / millis;
        println!("{what:<44} {millis:>7} ms {rate:>10} a second");
    };
    let clock = Stopwatch::now();
    let mut tx = store.begin().await.unwrap();
    tx.append(&operation("usage"), &entries, &[]).await.unwrap();
    report("append: hand over postings", clock, postings);
    tx.commit().await.unwrap();
    report("append: until committed, postings", clock, postings);

    let clock = Stopwatch::now();
    let mut page = Page::first(1_000);
    let mut chains = std::collections::HashMap::<CustomerCode, Chain>::new();
    loop {
        let found = store.entries(&EntryFilter::default(), page).await.unwrap();
        let Some(last) = found.last() else { break };
        page.after = last.seq;
        for entry in &found {
            chains.entry(entry.entry.customer.clone()).or_default().follow(&entry.entry).unwrap();
        }
    }
    report("read all entries and follow chains, postings", clock, postings);

    for (name, columns) in [
        ("facts: month, account", &[][..]),
        ("facts: + customer", &[FactColumn::Customer][..]),
        ("facts: + lot", &[FactColumn::Customer, FactColumn::Lot][..]),
        ("facts: + rate, dimensions", &[FactColumn::Rate, FactColumn::Dimensions][..]),
        ("facts: all columns", FactColumn::ALL),
    ] {
        let clock = Stopwatch::now();
        let query = FactQuery { group: FactGroup::of(columns), ..FactQuery::default() };
        let facts = store.facts(&query).await.unwrap();
        report(&format!("{name} ({} facts)", facts.len()), clock, postings);
    }
    let query = FactQuery {
        customer: Some(code(7)),
        group: FactGroup::of(FactColumn::ALL),
        ..FactQuery::default()
    };
    let clock = Stopwatch::now();
    let facts = store.facts(&query).await.unwrap();
    report(&format!("facts: one customer ({} facts)", facts.len()), clock, postings / CUSTOMERS);
    let clock = Stopwatch::now();
    store.checkpoint().await.unwrap();
    report("checkpoint, customers", clock, CUSTOMERS);

    let clock = Stopwatch::now();
    for i in 0..1_000 {
        let customer = i % CUSTOMERS;
        let chain = chains.entry(code(customer)).or_default();
        let mut draft = draft(customer, i);
        let id = format!("live-{i}");
        draft.operation = OperationId::try_new(&id).unwrap();
        draft.postings.truncate(4);
        let entry = chain.seal(&code(customer), draft).unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.append(&operation(&id), &[entry], &[]).await.unwrap();
        tx.commit().await.unwrap();
    }
    report("one entry of four postings a commit", clock, 1_000);
    let clock = Stopwatch::now();
    let mut tx = store.begin().await.unwrap();
    for i in 0..10_000 {
        let customer = i % CUSTOMERS;
        let chain = chains.entry(code(customer)).or_default();
        let mut draft = draft(customer, i);
        let id = format!("many-{i}");
        draft.operation = OperationId::try_new(&id).unwrap();
        draft.postings.truncate(4);
        let entry = chain.seal(&code(customer), draft).unwrap();
        tx.append(&operation(&id), &[entry], &[]).await.unwrap();
    }
    tx.commit().await.unwrap();
    report("the same, ten thousand a commit", clock, 10_000);
    let bytes = store.status().await.unwrap().bytes;
    println!("{} bytes a posting", bytes / postings as u64);
    store.close().await.unwrap();
}

fn code(customer: usize) -> CustomerCode {
    CustomerCode::try_new(&format!("customer-{customer:05}")).unwrap()
}

fn unit(code: &str) -> Unit {
    Unit::new(UnitCode::try_new(code).unwrap(), Scale::try_new(2).unwrap())
}

fn wallet(customer: usize) -> WalletCode {
    WalletCode::try_new(&format!("wallet-{customer:05}")).unwrap()
}

fn lot(customer: usize, number: usize) -> LotRecord {
    LotRecord {
        lot: LotId::try_new(&format!("019b0000-0000-7000-8000-{customer:06}{number:06}")).unwrap(),
        customer: code(customer),
        wallet: wallet(customer),
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

fn operation(id: &str) -> OperationRecord {
    OperationRecord {
        id: OperationId::try_new(id).unwrap(),
        kind: "ingest_usage".into(),
        customer: None,
        actor: Actor::try_new("bench").unwrap(),
        at: Instant::MIN,
        recorded_at: Instant::MIN,
        config_revision: 0,
        body: "{}".into(),
        body_hash: Hash::of(b"{}"),
    }
}

fn draft(customer: usize, number: usize) -> Draft {
    let day =
        |n: usize| Date::from_ymd_opt(2026, 1, 1).unwrap() + chrono::Days::new(n as u64 % 365);
    let accounts = [
        Account::UnitsConsumed,
        Account::UnitsAvailable,
        Account::ClPurchased,
        Account::RevenueUsage,
    ];
    let postings = (0..POSTINGS_EACH).map(|line| {
        let account = accounts[line % 4];
        let (group, sign) = (line / 4, if line % 2 == 0 { 1 } else { -1 });
        let unit = unit(if account.class() == AccountClass::Units { "credits" } else { "EUR" });
        let steps = i64::try_from(group * 7 + 1).unwrap();
        let mut posting = Posting::new(account, Amount::from_steps(unit, sign * steps));
        posting.wallet = Some(wallet(customer));
        posting.lot = Some(lot(customer, group % LOTS_EACH).lot);
        posting.rate = Some(RateRef {
            card: CardCode::try_new("std-card").unwrap(),
            version: 3,
            rate: RateCode::try_new(&format!("rate-{:02}", group % 8)).unwrap(),
        });
        posting.dimensions = Arc::new(
            [("model".into(), format!("model-{}", group % 5).into())].into_iter().collect(),
        );
        posting.service_day = Some(day(number / CUSTOMERS * 7 + group % 7));
        posting
    });
    Draft {
        kind: EntryKind::Usage,
        operation: OperationId::try_new("usage").unwrap(),
        effective_at: Instant::MIN,
        booked_on: day(number / CUSTOMERS * 7 + 7),
        memo: "usage of a week".into(),
        detail: Some(Hash::of(b"detail")),
        postings: postings.collect(),
    }
}
