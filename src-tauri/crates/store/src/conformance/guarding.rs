//! What a ledger refuses, and that refusing leaves nothing behind.

use scrip_journal::{Account, Entry, EntryKind, Hash};

use super::sample::{self, Chains, append, code, draft, noon, posting, unit};
use super::{Failure, Harness, Outcome, ensure, equal, refused};
use crate::contract::{LedgerStore, WriteTransaction};
use crate::error::StoreError;
use crate::record::{
    AlertRecord, BookRecord, CloseRecord, ConfigRecord, DetailRecord, ImportRecord, KeyFileRecord,
    LotChangeRecord, SegmentRecord,
};

/// Tries one entry with an operation of its own, and rolls back.
async fn attempt<S: LedgerStore>(
    store: &S,
    entry: Entry,
) -> Result<Result<u64, StoreError>, Failure> {
    let mut tx = store.begin().await?;
    let operation = sample::operation(entry.body.operation.as_str(), None);
    let outcome = tx.append(&operation, &[entry], &[]).await;
    tx.rollback().await?;
    Ok(outcome)
}

pub(super) async fn an_entry_that_does_not_follow_its_chain_is_refused<H: Harness>(
    harness: &H,
) -> Outcome {
    let store = harness.fresh().await?;
    let mut chains = Chains::default();
    append(&store, &[chains.purchase("buy", "acme", "lot")]).await?;
    let before = (store.status().await?, store.checkpoint().await?);
    let euro = unit("EUR", 2);
    let zero =
        |id: &str| draft(id, EntryKind::Payment, 1, vec![posting(Account::CashClearing, euro, 0)]);

    let conflict = |error: &StoreError| {
        matches!(error, StoreError::Conflict { stored: 1, .. }) && error.is_retryable()
    };
    let first_again = Chains::default().seal("acme", zero("first-again"));
    refused("a second first entry", attempt(&store, first_again).await?, conflict)?;
    let second = chains.seal("acme", zero("second"));
    let third = chains.seal("acme", zero("third"));
    refused("an entry after a hole", attempt(&store, third).await?, conflict)?;
    let mut moved = second.clone();
    moved.previous = Hash::of(b"another chain");
    refused("an entry of another chain", attempt(&store, moved).await?, conflict)?;

    let foreign = {
        let mut tx = store.begin().await?;
        tx.append(&sample::operation("somebody-else", None), std::slice::from_ref(&second), &[])
            .await
    };
    refused("an entry of another operation", foreign, |error| {
        matches!(error, StoreError::ForeignEntry { .. })
    })?;
    equal("the ledger", &(store.status().await?, store.checkpoint().await?), &before)?;
    append(&store, &[(sample::operation("second", None), vec![second], Vec::new())]).await
}

pub(super) async fn an_entry_that_was_tampered_with_is_refused<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let euro = unit("EUR", 2);
    let body = draft("op", EntryKind::Payment, 1, vec![posting(Account::CashClearing, euro, 0)]);
    let sealed = Chains::default().seal("acme", body);
    let fault = |error: &StoreError| matches!(error, StoreError::Entry(_));
    let mut changed = sealed.clone();
    changed.body.memo.push('!');
    refused("a changed memo", attempt(&store, changed).await?, fault)?;
    let mut unbalanced = sealed.clone();
    unbalanced.body.postings = vec![posting(Account::CashClearing, euro, 1)];
    refused("an unbalanced entry", attempt(&store, unbalanced).await?, fault)?;
    equal("entries", &store.status().await?.entries, &0)
}

pub(super) async fn records_that_refer_to_nothing_are_refused<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let mut chains = Chains::default();
    append(&store, &[chains.purchase("buy", "acme", "lot")]).await?;
    // The lot exists, but for another customer.
    let lot = sample::lot("use", "globex", "lot");
    let entry =
        chains.seal("globex", draft("use", EntryKind::Usage, 1, sample::usage(&lot, 1, 1, 0, 1)));
    refused("usage of another's lot", attempt(&store, entry).await?, |error| {
        matches!(error, StoreError::UnknownLot { .. })
    })?;
    let mut tx = store.begin().await?;
    let again = sample::lot("grant", "acme", "lot");
    let outcome = tx.append(&sample::operation("grant", None), &[], &[again]).await;
    refused("a lot twice", outcome, |error| {
        matches!(error, StoreError::Duplicate { what: "lot", .. })
    })
}

pub(super) async fn the_decimals_of_a_unit_never_change<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let mut chains = Chains::default();
    append(&store, &[chains.purchase("buy", "acme", "lot")]).await?;
    let euro = unit("EUR", 3);
    let body = draft("op", EntryKind::Payment, 1, vec![posting(Account::CashClearing, euro, 0)]);
    let entry = chains.seal("acme", body);
    refused("EUR with three decimals", attempt(&store, entry).await?, |error| {
        matches!(error, StoreError::UnitScale { stored: 2, given: 3, .. })
    })
}

pub(super) async fn a_rollback_leaves_nothing<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let (_, steps) = sample::story();
    append(&store, &steps[..1]).await?;
    let before = (store.status().await?.operations, store.checkpoint().await?);
    for by_dropping in [false, true] {
        let mut tx = store.begin().await?;
        for (operation, entries, lots) in &steps[1..] {
            tx.append(operation, entries, lots).await?;
        }
        if by_dropping {
            drop(tx);
        } else {
            tx.rollback().await?;
        }
        equal(
            "operations and heads",
            &(store.status().await?.operations, store.checkpoint().await?),
            &before,
        )?;
    }
    // The same codes once more: nothing of the transactions that went may be remembered.
    append(&store, &steps[1..]).await?;
    let found: Vec<_> = sample::entries(&store).await?.into_iter().map(|f| f.entry).collect();
    let expected: Vec<_> = steps.iter().flat_map(|step| step.1.clone()).collect();
    equal("entries in the end", &found, &expected)
}

pub(super) async fn a_failed_step_spoils_the_transaction<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let mut chains = Chains::default();
    let (operation, entries, lots) = chains.purchase("buy", "acme", "lot");
    let mut tx = store.begin().await?;
    tx.append(&operation, &entries, &lots).await?;
    ensure("the repetition fails", tx.append(&operation, &entries, &lots).await.is_err())?;
    let abandoned = |error: &StoreError| matches!(error, StoreError::Abandoned { .. });
    refused("another step", tx.save_books(&[]).await, abandoned)?;
    refused("the commit", tx.commit().await, abandoned)?;
    equal("operations", &store.status().await?.operations, &0)?;
    append(&store, &[(operation, entries, lots)]).await
}

pub(super) async fn nothing_is_changed_or_removed<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let (_, steps) = sample::story();
    append(&store, &steps).await?;
    let mut tx = store.begin().await?;
    let (document, info) = ("{}".to_owned(), "{}".to_owned());
    tx.add_config(&ConfigRecord {
        revision: 1,
        hash: Hash::of(document.as_bytes()),
        document,
        applied_at: noon(0),
        operation: code("buy-1"),
    })
    .await?;
    tx.add_import(&ImportRecord {
        id: "import".into(),
        source_name: "usage.csv".into(),
        source_hash: Hash::of(b"usage"),
        mapping: info.clone(),
        received_at: noon(0),
        summary: info.clone(),
        operation: None,
    })
    .await?;
    let import = || "import".to_owned();
    tx.add_segments(&[SegmentRecord { segment: 1, import: import(), info: info.clone() }]).await?;
    tx.add_key_files(&[KeyFileRecord { file: 1, import: import(), info: info.clone() }]).await?;
    tx.add_details(&[DetailRecord { detail: 1, info }]).await?;
    tx.append(
        &sample::operation("extended", None),
        &[],
        &[sample::lot("extended", "acme", "extended")],
    )
    .await?;
    let change = LotChangeRecord {
        customer: code("acme"),
        lot: code("extended"),
        expires_at: None,
        operation: code("extended"),
    };
    tx.add_lot_changes(&[change]).await?;
    tx.add_alerts(&[AlertRecord {
        customer: code("acme"),
        wallet: code("main"),
        code: "low".into(),
        at: noon(0),
        figures: "{}".into(),
        operation: code("buy-1"),
    }])
    .await?;
    let checkpoint = tx.snapshot(&[]).await?.checkpoint;
    tx.add_close(&CloseRecord {
        through: sample::day(0),
        operation: code("buy-1"),
        checkpoint,
        config_revision: 1,
        trial_balance: "[]".into(),
    })
    .await?;
    let (event, detail) =
        (super::charges::event("acme", "e-1", 0), super::charges::detail("acme", 1));
    tx.add_operation_details(&code("buy-1"), &[event], &[detail]).await?;
    tx.add_exchange_rates(&code("buy-1"), &[super::charges::rate("USD", 1, "1.0864")]).await?;
    tx.commit().await?;

    for (table, column) in harness.tables() {
        for sql in
            [format!("UPDATE {table} SET {column} = {column}"), format!("DELETE FROM {table}")]
        {
            match harness.tamper(&store, sql.clone()).await {
                Err(words) => ensure(
                    &format!("{sql} is refused because the ledger is append-only, not: {words}"),
                    words.contains("append-only"),
                )?,
                Ok(()) => return Err(Failure(format!("{sql} was not refused"))),
            }
        }
    }
    let found: Vec<_> = sample::entries(&store).await?.into_iter().map(|f| f.entry).collect();
    let expected: Vec<_> = steps.iter().flat_map(|step| step.1.clone()).collect();
    equal("entries in the end", &found, &expected)?;
    // Projections may be lost: they can be rebuilt.
    let book = BookRecord {
        customer: code("acme"),
        chain: sample::story().0.chain("acme"),
        next_due: None,
        state: "{}".into(),
        standing: None,
    };
    let mut tx = store.begin().await?;
    tx.save_books(&[book]).await?;
    tx.commit().await?;
    harness.tamper(&store, "DELETE FROM projection_books".into()).await.map_err(Failure)?;
    equal("books", &store.books(None, 10).await?.len(), &0)
}
