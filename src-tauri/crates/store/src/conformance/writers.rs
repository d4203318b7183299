//! Several writers, and readers beside them.

use scrip_journal::{Account, EntryKind};

use super::sample::{self, Chains, append, code, draft, posting, unit};
use super::{Failure, Harness, Outcome, equal, refused};
use crate::contract::{LedgerStore, WriteTransaction};
use crate::error::StoreError;
use crate::record::BookRecord;

pub(super) async fn readers_see_what_is_committed_and_nothing_else<H: Harness>(
    harness: &H,
) -> Outcome {
    let store = harness.fresh().await?;
    let other = harness.again(&store).await?;
    let (operation, entries, lots) = Chains::default().purchase("buy", "acme", "lot");
    let mut tx = store.begin().await?;
    tx.append(&operation, &entries, &lots).await?;
    for reader in [&store, &other] {
        equal("operations before the commit", &reader.status().await?.operations, &0)?;
        equal("the operation", &reader.operation(&operation.id).await?, &None)?;
    }
    tx.commit().await?;
    for reader in [&store, &other] {
        equal("operations after the commit", &reader.status().await?.operations, &1)?;
        equal("entries", &sample::entries(reader).await?[0].entry, &entries[0])?;
    }
    Ok(())
}

pub(super) async fn a_stale_book_is_a_conflict<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let other = harness.again(&store).await?;
    let (mut mine, mut theirs) = (Chains::default(), Chains::default());
    append(&store, &[mine.purchase("buy", "acme", "lot")]).await?;
    drop(theirs.purchase("buy", "acme", "lot"));
    let lot = sample::lot("buy", "acme", "lot");
    append(&other, &[theirs.usage("theirs", &lot, 1, 1)]).await?;
    let (operation, entries, lots) = mine.usage("mine", &lot, 2, 2);
    let mut tx = store.begin().await?;
    refused("usage of a stale book", tx.append(&operation, &entries, &lots).await, |error| {
        matches!(error, StoreError::Conflict { number: 2, stored: 2, .. })
    })?;
    drop(tx);
    // Loaded again, the same operation goes through.
    append(&store, &[theirs.usage("mine", &lot, 2, 2)]).await
}

/// How many units there are to spend, one at a time.
const BALANCE: u64 = 40;

pub(super) async fn two_writers_never_spend_the_same_balance<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let other = harness.again(&store).await?;
    let mut chains = Chains::default();
    let buy = chains.purchase("buy", "acme", "lot");
    append(&store, &[buy]).await?;
    let mut tx = store.begin().await?;
    let state = BALANCE.to_string();
    let book = BookRecord {
        customer: code("acme"),
        chain: chains.chain("acme"),
        next_due: None,
        state,
        standing: None,
    };
    tx.save_books(&[book]).await?;
    tx.commit().await?;

    let spenders = (0..4).map(|name| spend(name, if name % 2 == 0 { &store } else { &other }));
    let spent = futures_util::future::try_join_all(spenders).await?;
    equal("units spent by all", &spent.iter().sum(), &BALANCE)?;
    equal("entries", &store.status().await?.entries, &(BALANCE + 1))?;
    let book = other.book(&code("acme")).await?;
    equal("what is left", &book.map(|book| book.state), &Some("0".to_owned()))
}

/// Spends one unit at a time until nothing is left, and says how many.
async fn spend<S: LedgerStore>(name: u64, store: &S) -> Result<u64, Failure> {
    let credits = unit("credits", 2);
    let mut spent = 0;
    loop {
        let mut tx = match store.begin().await {
            Err(StoreError::Busy { .. }) => continue,
            other => other?,
        };
        let book = tx.book(&code("acme")).await?;
        let mut book = book.ok_or_else(|| Failure("the book is gone".into()))?;
        let left: u64 = book.state.parse().map_err(|_| Failure("the state changed".into()))?;
        if left == 0 {
            return Ok(spent);
        }
        let id = format!("spend-{name}-{spent}");
        let postings = vec![
            posting(Account::UnitsConsumed, credits, 1),
            posting(Account::UnitsAvailable, credits, -1),
        ];
        let body = draft(&id, EntryKind::Usage, 1, postings);
        let entry = book.chain.seal(&book.customer, body);
        let entry = entry.map_err(|error| Failure(error.to_string()))?;
        tx.append(&sample::operation(&id, Some("acme")), &[entry], &[]).await?;
        book.state = (left - 1).to_string();
        tx.save_books(&[book]).await?;
        tx.commit().await?;
        spent += 1;
    }
}
