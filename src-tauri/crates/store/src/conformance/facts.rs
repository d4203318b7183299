//! Facts against sums made one posting at a time.

use std::collections::BTreeMap;

use scrip_journal::{Account, AccountClass, EntryKind, Posting};
use scrip_revenue::Fact;
use scrip_units::{Month, UnitCode};

use super::sample::{self, Chains, append, code, day, draft, noon, posting, unit};
use super::{Failure, Harness, Outcome, ensure, equal};
use crate::contract::LedgerStore;
use crate::query::{FactColumn, FactGroup, FactQuery, LotFilter, Page};
use crate::record::{LotRecord, StoredEntry};

/// The same sums, made by reading every posting.
pub(super) fn sums(entries: &[StoredEntry], lots: &[LotRecord], query: &FactQuery) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for found in entries {
        let (entry, body) = (&found.entry, &found.entry.body);
        let wanted = query.booked_from.is_none_or(|day| body.booked_on >= day)
            && query.booked_before.is_none_or(|day| body.booked_on < day)
            && query.customer.as_ref().is_none_or(|customer| entry.customer == *customer)
            && query.effective_until.is_none_or(|until| body.effective_at <= until);
        for posting in body.postings.iter().filter(|_| wanted) {
            let class = posting.account.class();
            if query.classes.is_empty() || query.classes.contains(&class) {
                let key = key(found, posting, lots, query.group);
                let steps = i128::from(posting.amount.steps());
                let index = facts.iter().position(|fact| same(fact, &key)).unwrap_or_else(|| {
                    facts.push(key);
                    facts.len() - 1
                });
                facts[index].debit += steps.max(0);
                facts[index].credit -= steps.min(0);
            }
        }
    }
    facts
}

fn key(found: &StoredEntry, posting: &Posting, lots: &[LotRecord], group: FactGroup) -> Fact {
    let entry = &found.entry;
    let lot = lots
        .iter()
        .find(|lot| lot.customer == entry.customer && Some(&lot.lot) == posting.lot.as_ref());
    // A wallet's type, where the posting names no lot, is that of its newest lot.
    let newest = || {
        lots.iter().rev().find(|lot| {
            lot.customer == entry.customer && Some(&lot.wallet) == posting.wallet.as_ref()
        })
    };
    let has = |column: FactColumn| group.has(column);
    let typed = lot.or_else(newest).filter(|_| has(FactColumn::WalletType));
    Fact {
        month: Month::of(entry.body.booked_on),
        account: posting.account,
        unit: posting.amount.unit(),
        kind: entry.body.kind,
        customer: has(FactColumn::Customer).then(|| entry.customer.clone()),
        wallet_type: typed.map(|lot| lot.wallet_type.clone()),
        wallet: posting.wallet.clone().filter(|_| has(FactColumn::Wallet)),
        lot: posting.lot.clone().filter(|_| has(FactColumn::Lot)),
        lot_kind: lot.filter(|_| has(FactColumn::LotKind)).map(|lot| lot.kind.clone()),
        lot_month: lot.filter(|_| has(FactColumn::LotMonth)).map(|lot| Month::of(lot.granted_on)),
        rate: posting.rate.clone().filter(|_| has(FactColumn::Rate)),
        dimensions: if has(FactColumn::Dimensions) {
            posting.dimensions.as_ref().clone()
        } else {
            BTreeMap::new()
        },
        service_month: posting.service_day.filter(|_| has(FactColumn::ServiceMonth)).map(Month::of),
        debit: 0,
        credit: 0,
    }
}

fn same(a: &Fact, b: &Fact) -> bool {
    let zero = |fact: &Fact| Fact { debit: 0, credit: 0, ..fact.clone() };
    zero(a) == zero(b)
}

/// Orders facts by everything that tells them apart.
pub(super) fn ordered(mut facts: Vec<Fact>) -> Vec<Fact> {
    facts.sort_by(|a, b| {
        let key = |f: &Fact| {
            let wallet = (f.customer.clone(), f.wallet_type.clone(), f.wallet.clone());
            let lot = (f.lot.clone(), f.lot_kind.clone(), f.lot_month);
            let usage = (f.rate.clone(), f.dimensions.clone(), f.service_month);
            (f.month, f.account, f.unit, f.kind, wallet, lot, usage)
        };
        key(a).cmp(&key(b))
    });
    facts
}

async fn ledger<H: Harness>(harness: &H) -> Result<H::Store, Failure> {
    let store = harness.fresh().await?;
    let (mut chains, mut steps) = sample::story();
    // An overage: a wallet and no lot; and a wallet that never had one.
    let mut overage = vec![
        posting(Account::UnbilledReceivable, unit("EUR", 2), 77),
        posting(Account::RevenueOverage, unit("EUR", 2), -77),
    ];
    overage[0].wallet = Some(code("main"));
    overage[1].wallet = Some(code("empty"));
    let entry = chains.seal("acme", draft("over", EntryKind::Usage, 33, overage));
    steps.push((sample::operation("over", None), vec![entry], Vec::new()));
    append(&store, &steps).await?;
    Ok(store)
}

pub(super) async fn facts_are_the_sums_of_postings<H: Harness>(harness: &H) -> Outcome {
    let store = ledger(harness).await?;
    let entries = sample::entries(&store).await?;
    let lots = store.lots(&LotFilter::default(), Page::first(100)).await?;
    let lots: Vec<LotRecord> = lots.into_iter().map(|found| found.lot).collect();
    let mut groups: Vec<FactGroup> =
        FactColumn::ALL.iter().map(|column| FactGroup::of(&[*column])).collect();
    groups.extend([FactGroup::default(), FactGroup::of(FactColumn::ALL)]);
    for group in groups {
        for query in [
            FactQuery { group, ..FactQuery::default() },
            FactQuery { group, customer: Some(code("globex")), ..FactQuery::default() },
            FactQuery {
                group,
                booked_from: Some(day(10)),
                booked_before: Some(day(60)),
                classes: vec![AccountClass::Revenue, AccountClass::Units],
                ..FactQuery::default()
            },
            FactQuery { group, effective_until: Some(noon(20)), ..FactQuery::default() },
        ] {
            let found = store.facts(&query).await?;
            equal(&format!("{query:?}"), &found, &ordered(sums(&entries, &lots, &query)))?;
        }
    }
    let nobody = FactQuery { customer: Some(code("nobody")), ..FactQuery::default() };
    equal("facts of nobody", &store.facts(&nobody).await?.len(), &0)
}

pub(super) async fn facts_add_up_to_zero_per_unit<H: Harness>(harness: &H) -> Outcome {
    let store = ledger(harness).await?;
    let query = FactQuery { group: FactGroup::of(FactColumn::ALL), ..FactQuery::default() };
    let mut balances: BTreeMap<UnitCode, i128> = BTreeMap::new();
    for fact in store.facts(&query).await? {
        ensure("debits and credits are not negative", fact.debit >= 0 && fact.credit >= 0)?;
        *balances.entry(fact.unit.code()).or_default() += fact.balance();
    }
    ensure("there are units", !balances.is_empty())?;
    ensure("every unit adds up to zero", balances.values().all(|balance| *balance == 0))
}

pub(super) async fn a_snapshot_is_of_one_moment<H: Harness>(harness: &H) -> Outcome {
    let store = ledger(harness).await?;
    let all = FactQuery { group: FactGroup::of(FactColumn::ALL), ..FactQuery::default() };
    let queries = [FactQuery::default(), all];
    let before = store.snapshot(&queries).await?;
    equal("checkpoint", &before.checkpoint, &store.checkpoint().await?)?;
    for (query, facts) in queries.iter().zip(&before.facts) {
        equal("facts", facts, &store.facts(query).await?)?;
    }
    let step = Chains::default().purchase("later", "initech", "lot");
    append(&store, &[step]).await?;
    let after = store.snapshot(&queries).await?;
    ensure("the checkpoint moves with the facts", after.checkpoint != before.checkpoint)?;
    ensure("the facts move with the checkpoint", after.facts != before.facts)
}

pub(super) async fn sums_are_exact_beyond_sixty_four_bits<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let mut chains = Chains::default();
    let tokens = unit("tokens", 9);
    let entries: Vec<_> = (0..5)
        .map(|_| {
            let postings = vec![
                posting(Account::UnitsAvailable, tokens, i64::MAX),
                posting(Account::UnitsIssued, tokens, i64::MIN),
                posting(Account::UnitsConsumed, tokens, 1),
            ];
            chains.seal("acme", draft("much", EntryKind::Grant, 0, postings))
        })
        .collect();
    append(&store, &[(sample::operation("much", None), entries, Vec::new())]).await?;
    let facts = store.facts(&FactQuery::default()).await?;
    let sums: Vec<_> = facts.iter().map(|f| (f.account, f.debit, f.credit)).collect();
    equal(
        "sums",
        &sums,
        &vec![
            (Account::UnitsAvailable, 5 * i128::from(i64::MAX), 0),
            (Account::UnitsIssued, 0, -5 * i128::from(i64::MIN)),
            (Account::UnitsConsumed, 5, 0),
        ],
    )
}
