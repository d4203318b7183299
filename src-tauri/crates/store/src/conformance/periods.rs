//! Closed periods, and entries that are late for theirs.

use scrip_journal::{Account, Chain, Entry, EntryKind};

use super::sample::{self, append, code, day, draft, posting, unit};
use super::{Harness, Outcome, ensure, equal, refused};
use crate::contract::{LedgerStore, WriteTransaction};
use crate::error::StoreError;
use crate::query::{EntryFilter, FactQuery, Page};
use crate::record::CloseRecord;

fn close(number: u64, checkpoint: scrip_journal::Checkpoint) -> CloseRecord {
    CloseRecord {
        through: day(number),
        operation: code(&format!("close-{number}")),
        checkpoint,
        config_revision: 3,
        trial_balance: "[]".into(),
    }
}

async fn closed<S: LedgerStore>(store: &S, number: u64) -> Result<CloseRecord, super::Failure> {
    let mut tx = store.begin().await?;
    let operation = sample::operation(&format!("close-{number}"), None);
    tx.append(&operation, &[], &[]).await?;
    let record = close(number, tx.snapshot(&[]).await?.checkpoint);
    tx.add_close(&record).await?;
    equal("in its own transaction", &tx.closed_through().await?, &Some(day(number)))?;
    tx.commit().await?;
    Ok(record)
}

pub(super) async fn a_close_reads_back_and_only_moves_forward<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    append(&store, &sample::story().1).await?;
    let mut tx = store.begin().await?;
    equal("before", &tx.closed_through().await?, &None)?;
    let query = FactQuery::default();
    let within = tx.snapshot(std::slice::from_ref(&query)).await?;
    tx.rollback().await?;
    equal("a snapshot within a transaction", &within, &store.snapshot(&[query]).await?)?;
    let records = vec![closed(&store, 400).await?, closed(&store, 430).await?];
    equal("closes", &store.closes().await?, &records)?;
    equal("checkpoint", &records[1].checkpoint, &store.checkpoint().await?)?;
    for number in [430, 410] {
        let mut tx = store.begin().await?;
        let operation = sample::operation("again", None);
        tx.append(&operation, &[], &[]).await?;
        let again = CloseRecord { operation: operation.id, ..close(number, records[0].checkpoint) };
        refused("a close behind another", tx.add_close(&again).await, |error| {
            matches!(error, StoreError::Duplicate { what: "closed day", .. })
        })?;
    }
    let mut tx = store.begin().await?;
    let nobody = CloseRecord { operation: code("nobody"), ..close(500, records[0].checkpoint) };
    refused("a close of nothing", tx.add_close(&nobody).await, |error| {
        matches!(error, StoreError::Unknown { what: "operation", .. })
    })
}

pub(super) async fn nothing_is_booked_in_a_closed_period<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    closed(&store, 30).await?;
    let euro = unit("EUR", 2);
    let entry = |on, late: bool| -> Entry {
        let postings = vec![
            posting(Account::CashClearing, euro, 1),
            posting(Account::AccountsReceivable, euro, -1),
        ];
        let body = draft("pay", EntryKind::Payment, on, postings);
        let seal = if late { Chain::seal_late } else { Chain::seal };
        match seal(&mut Chain::default(), &code("acme"), body) {
            Ok(entry) => entry,
            Err(error) => unreachable!("{error}"),
        }
    };
    let operation = sample::operation("pay", Some("acme"));
    let mut tx = store.begin().await?;
    let outcome = tx.append(&operation, &[entry(30, false)], &[]).await;
    refused("an entry on a closed day", outcome, |error| {
        matches!(error, StoreError::AppendOnly { .. })
    })?;
    drop(tx);
    let late = entry(31, true);
    let mut tx = store.begin().await?;
    tx.append(&operation, std::slice::from_ref(&late), &[]).await?;
    tx.commit().await?;
    let entries = store.entries(&EntryFilter::default(), Page::first(10)).await?;
    ensure("one entry", entries.len() == 1)?;
    equal("a late entry", &entries[0].entry, &late)
}
