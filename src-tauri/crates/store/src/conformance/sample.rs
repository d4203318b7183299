//! Sample operations, entries and lots; deterministic, and sealed in chains of their own.
#![expect(clippy::expect_used, reason = "the sample is fixed; a fault in it is the suite's own")]

use std::collections::BTreeMap;
use std::sync::Arc;

use scrip_journal::{Account, Chain, Draft, Entry, EntryKind, Hash, Posting, RateRef};
use scrip_units::{Amount, Code, Date, Instant, Scale, Unit, UnitCode};

use super::{Failure, Outcome};
use crate::contract::{LedgerStore, WriteTransaction};
use crate::record::{LotRecord, OperationRecord, StoredEntry};
use crate::{EntryFilter, Page};

/// Reads a code of the sample.
pub(super) fn code<C: Code>(text: &str) -> C {
    C::try_new(text).expect("a code of the sample")
}

/// A unit with some decimals.
pub(super) fn unit(text: &str, decimals: u8) -> Unit {
    let code = UnitCode::try_new(text).expect("a unit of the sample");
    Unit::new(code, Scale::try_new(decimals).expect("decimals of the sample"))
}

/// A day of January 2026 and the days after, from 0.
pub(super) fn day(number: u64) -> Date {
    Date::from_epoch_days(20_454)
        .and_then(|day| day.checked_add_days(chrono::Days::new(number)))
        .expect("a day of the sample")
}

/// Noon of a day.
pub(super) fn noon(number: u64) -> Instant {
    let micros = i64::from(day(number).to_epoch_days()) * 86_400_000_000 + 43_200_000_000;
    Instant::from_micros(micros).expect("an instant of the sample")
}

/// An operation; its body says what it is called.
pub(super) fn operation(id: &str, customer: Option<&str>) -> OperationRecord {
    let body = format!("{{\"id\":\"{id}\"}}");
    OperationRecord {
        id: code(id),
        kind: "sample".into(),
        customer: customer.map(code),
        actor: code("alice@example.com"),
        at: noon(0),
        recorded_at: noon(1),
        config_revision: 3,
        body_hash: Hash::of(body.as_bytes()),
        body,
    }
}

/// A lot of 100.00 credits for 10.00 EUR.
pub(super) fn lot(operation: &str, customer: &str, name: &str) -> LotRecord {
    LotRecord {
        lot: code(name),
        customer: code(customer),
        wallet: code("main"),
        wallet_type: code("credits-type"),
        kind: "purchased".into(),
        unit: unit("credits", 2),
        granted_on: day(0),
        effective_at: noon(0),
        expires_at: Some(noon(365)),
        units: 10_000,
        consideration: Some(Amount::from_steps(unit("EUR", 2), 1_000)),
        operation: code(operation),
    }
}

/// A posting without wallet, lot or rate.
pub(super) fn posting(account: Account, unit: Unit, steps: i64) -> Posting {
    Posting::new(account, Amount::from_steps(unit, steps))
}

/// A draft of an entry.
pub(super) fn draft(operation: &str, kind: EntryKind, on: u64, postings: Vec<Posting>) -> Draft {
    Draft {
        kind,
        operation: code(operation),
        effective_at: noon(on),
        booked_on: day(on),
        memo: format!("entry of {operation}"),
        detail: None,
        postings,
    }
}

/// The postings of a purchase of a lot.
pub(super) fn purchase(lot: &LotRecord) -> Vec<Posting> {
    let paid = lot.consideration.map_or(0, |amount| amount.steps());
    let money = unit("EUR", 2);
    vec![
        posting(Account::CashClearing, money, paid),
        posting(Account::ClPurchased, money, -paid).of_lot(&lot.wallet, &lot.lot),
        posting(Account::UnitsAvailable, lot.unit, lot.units).of_lot(&lot.wallet, &lot.lot),
        posting(Account::UnitsIssued, lot.unit, -lot.units).of_lot(&lot.wallet, &lot.lot),
    ]
}

/// The postings of usage: `units` credits for `cents`, at a row of a card, for a model.
pub(super) fn usage(lot: &LotRecord, units: i64, cents: i64, row: u32, on: u64) -> Vec<Posting> {
    let rate = RateRef {
        card: code(if row.is_multiple_of(3) { "std-card" } else { "ent-card" }),
        version: row % 2 + 1,
        rate: code(&format!("row-{row}")),
    };
    let dimensions: BTreeMap<Arc<str>, Arc<str>> = [
        ("model".into(), format!("model-{}", row % 4).into()),
        ("region".into(), "eu \"1\"".into()),
    ]
    .into_iter()
    .collect();
    let dimensions = Arc::new(dimensions);
    let (credits, money) = (lot.unit, unit("EUR", 2));
    [
        (Account::UnitsConsumed, credits, units),
        (Account::UnitsAvailable, credits, -units),
        (Account::ClPurchased, money, cents),
        (Account::RevenueUsage, money, -cents),
    ]
    .into_iter()
    .map(|(account, unit, steps)| {
        let mut posting = posting(account, unit, steps).of_lot(&lot.wallet, &lot.lot);
        posting.rate = Some(rate.clone());
        posting.dimensions = Arc::clone(&dimensions);
        posting.service_day = Some(day(on));
        posting
    })
    .collect()
}

/// The chains of a sample, as the engine would keep them.
#[derive(Clone, Default)]
pub(super) struct Chains(BTreeMap<String, Chain>);

impl Chains {
    /// Seals a draft as the customer's next entry.
    pub(super) fn seal(&mut self, customer: &str, draft: Draft) -> Entry {
        let chain = self.0.entry(customer.to_owned()).or_default();
        chain.seal(&code(customer), draft).expect("an entry of the sample balances")
    }

    /// The customer's chain.
    pub(super) fn chain(&self, customer: &str) -> Chain {
        self.0.get(customer).copied().unwrap_or_default()
    }

    /// Every head in order of customer.
    pub(super) fn heads(&self) -> impl Iterator<Item = (&str, Chain)> {
        self.0.iter().map(|(customer, chain)| (customer.as_str(), *chain))
    }

    /// A purchase: its operation, entries and lots.
    pub(super) fn purchase(&mut self, id: &str, customer: &str, name: &str) -> Step {
        let lot = lot(id, customer, name);
        let entry = self.seal(customer, draft(id, EntryKind::Purchase, 0, purchase(&lot)));
        (operation(id, Some(customer)), vec![entry], vec![lot])
    }

    /// Usage of a lot: its operation and entries.
    pub(super) fn usage(&mut self, id: &str, lot: &LotRecord, row: u32, on: u64) -> Step {
        let customer = lot.customer.as_str();
        let postings = usage(lot, 100 + i64::from(row), 10 + i64::from(row), row, on);
        let entry = self.seal(customer, draft(id, EntryKind::Usage, on, postings));
        (operation(id, Some(customer)), vec![entry], Vec::new())
    }
}

/// An operation with what it causes.
pub(super) type Step = (OperationRecord, Vec<Entry>, Vec<LotRecord>);

/// Appends steps, each in a transaction of its own.
pub(super) async fn append<S: LedgerStore>(store: &S, steps: &[Step]) -> Outcome {
    for (operation, entries, lots) in steps {
        let mut tx = store.begin().await?;
        tx.append(operation, entries, lots).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Two customers with purchases and some weeks of usage.
pub(super) fn story() -> (Chains, Vec<Step>) {
    let mut chains = Chains::default();
    let mut steps = vec![
        chains.purchase("buy-1", "acme", "lot-1"),
        chains.purchase("buy-2", "globex", "lot-1"),
        chains.purchase("buy-3", "acme", "lot-2"),
    ];
    let lots: Vec<LotRecord> = steps.iter().flat_map(|step| step.2.clone()).collect();
    for row in 0..12_u32 {
        let lot = &lots[row as usize % 3];
        steps.push(chains.usage(&format!("use-{row}"), lot, row, u64::from(row) * 9));
    }
    (chains, steps)
}

/// Every entry of a ledger, read in small pages.
pub(super) async fn entries<S: LedgerStore>(store: &S) -> Result<Vec<StoredEntry>, Failure> {
    let mut all: Vec<StoredEntry> = Vec::new();
    loop {
        let page = Page { after: all.last().map_or(0, |entry| entry.seq), limit: 7 };
        let mut found = store.entries(&EntryFilter::default(), page).await?;
        if found.is_empty() {
            return Ok(all);
        }
        all.append(&mut found);
    }
}
