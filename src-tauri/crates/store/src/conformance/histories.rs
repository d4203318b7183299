//! Sums over random histories against sums made one posting at a time: after every transaction, and
//! inside it, whether it is committed or taken back.

use scrip_journal::{Account, EntryKind};

use super::facts::{ordered, sums};
use super::sample::{self, Chains, code, day, draft, posting, unit};
use super::{Failure, Harness, Outcome, equal};
use crate::contract::{LedgerStore, WriteTransaction};
use crate::query::{FactColumn, FactGroup, FactQuery, LotFilter, Page};
use crate::record::LotRecord;

/// Seeds of the histories, and transactions of each.
const SEEDS: std::ops::Range<u64> = 1..4;
const TRANSACTIONS: u64 = 16;

/// `SplitMix64`, so that the same seed is the same history everywhere.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}

const CUSTOMERS: [&str; 3] = ["acme", "globex", "initech"];
const WALLETS: [&str; 2] = ["main", "side"];

/// An operation of a kind that is drawn: a purchase, usage of a lot, or an overage without one.
fn step(
    draws: &mut Draws,
    id: &str,
    (chains, lots): (&mut Chains, &mut Vec<LotRecord>),
) -> sample::Step {
    let customer = CUSTOMERS[usize::try_from(draws.below(3)).unwrap_or(0)];
    let (on, row) = (draws.below(90), u32::try_from(draws.below(9)).unwrap_or(0));
    let own = lots.iter().filter(|lot| lot.customer.as_str() == customer).count() as u64;
    match draws.below(3) {
        0 => {
            let mut lot = sample::lot(id, customer, &format!("lot-{id}"));
            lot.wallet = code(WALLETS[usize::try_from(draws.below(2)).unwrap_or(0)]);
            lot.wallet_type = code(["one-type", "other-type"][usize::from(draws.below(4) == 0)]);
            lot.kind = ["purchased", "bonus"][usize::from(draws.below(3) == 0)].to_owned();
            lot.granted_on = day(on);
            let postings = sample::purchase(&lot);
            let entry = chains.seal(customer, draft(id, EntryKind::Purchase, on, postings));
            lots.push(lot.clone());
            (sample::operation(id, Some(customer)), vec![entry], vec![lot])
        }
        1 if own > 0 => {
            let place = usize::try_from(draws.below(own)).unwrap_or(0);
            let mut own = lots.iter().filter(|lot| lot.customer.as_str() == customer);
            let lot = own.nth(place).unwrap_or(&lots[0]).clone();
            chains.usage(id, &lot, row, on)
        }
        _ => {
            let wallet = WALLETS[usize::try_from(draws.below(2)).unwrap_or(0)];
            let cents = 1 + i64::try_from(draws.below(5_000_000_000)).unwrap_or(0);
            let mut postings = vec![
                posting(Account::UnbilledReceivable, unit("EUR", 2), cents),
                posting(Account::RevenueOverage, unit("EUR", 2), -cents),
            ];
            postings[1].wallet = Some(code(wallet));
            let entry = chains.seal(customer, draft(id, EntryKind::Usage, on, postings));
            (sample::operation(id, Some(customer)), vec![entry], Vec::new())
        }
    }
}

fn queries() -> Vec<FactQuery> {
    use FactColumn::{Customer, Dimensions, LotKind, LotMonth, Rate, ServiceMonth, WalletType};
    let groups: [&[FactColumn]; 6] = [
        &[],
        &[WalletType],
        &[WalletType, LotKind, LotMonth],
        &[Rate, Dimensions, ServiceMonth],
        &[WalletType, Rate],
        &[Customer],
    ];
    let windows = [
        (None, None),
        (None, Some(day(31))),
        (None, Some(day(40))),
        (Some(day(31)), Some(day(75))),
        (Some(day(31)), Some(day(33))),
        (Some(day(59)), Some(day(31))),
        (Some(day(12)), None),
    ];
    let with = |group: FactGroup, (booked_from, booked_before)| FactQuery {
        group,
        booked_from,
        booked_before,
        ..FactQuery::default()
    };
    let groups = groups.map(FactGroup::of).into_iter();
    groups.flat_map(|group| windows.map(|window| with(group, window))).collect()
}

/// Compares every sum with the postings that are committed.
async fn compare<S: LedgerStore>(store: &S, what: &str) -> Outcome {
    let entries = sample::entries(store).await?;
    let lots = store.lots(&LotFilter::default(), Page::first(1_000)).await?;
    let lots: Vec<LotRecord> = lots.into_iter().map(|found| found.lot).collect();
    for query in queries() {
        let found = store.facts(&query).await?;
        equal(&format!("{what}: {query:?}"), &found, &ordered(sums(&entries, &lots, &query)))?;
    }
    let postings = entries.iter().map(|found| found.entry.body.postings.len() as u64).sum();
    let last_at = entries.iter().map(|found| found.entry.body.effective_at).max();
    let status = store.status().await?;
    equal(what, &(status.postings, status.last_at), &(postings, last_at))
}

pub(super) async fn sums_follow_every_history<H: Harness>(harness: &H) -> Outcome {
    for seed in SEEDS {
        let store = harness.fresh().await?;
        let mut draws = Draws(seed);
        let (mut chains, mut lots) = (Chains::default(), Vec::new());
        for number in 0..TRANSACTIONS {
            let what = format!("seed {seed}, transaction {number}");
            let (chains_before, lots_before) = (chains.clone(), lots.clone());
            let mut tx = store.begin().await?;
            let mut inside = None;
            for part in 0..1 + draws.below(4) {
                let id = format!("op-{number}-{part}");
                let step = step(&mut draws, &id, (&mut chains, &mut lots));
                tx.append(&step.0, &step.1, &step.2).await?;
                // Sums asked for half-way are not counted again at the end.
                inside = match draws.below(3) {
                    0 => Some(tx.snapshot(&queries()).await?),
                    _ => None,
                };
            }
            if draws.below(4) == 0 {
                tx.rollback().await?;
                (chains, lots) = (chains_before, lots_before);
            } else {
                tx.commit().await?;
                let heads: Vec<_> =
                    chains.heads().map(|(customer, chain)| (code(customer), chain)).collect();
                let found = store.heads().await?;
                let found: Vec<_> = found.into_iter().map(|h| (h.customer, h.chain)).collect();
                equal(&what, &found, &heads)?;
                if let Some(inside) = inside {
                    let outside = store.snapshot(&queries()).await?;
                    equal(&what, &inside.facts, &outside.facts)?;
                    equal(&what, &inside.checkpoint, &outside.checkpoint)?;
                }
            }
            compare(&store, &what).await?;
        }
        let sound = store.integrity().await?;
        if !sound.is_empty() {
            return Err(Failure(format!("seed {seed}: {}", sound.join("; "))));
        }
        // What was written by one handle is carried forward by another.
        let again = harness.again(&store).await?;
        let step = step(&mut draws, "op-again", (&mut chains, &mut lots));
        sample::append(&again, &[step]).await?;
        compare(&again, &format!("seed {seed}, another handle")).await?;
    }
    Ok(())
}
