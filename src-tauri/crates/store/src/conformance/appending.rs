//! Appending, and reading back what was appended.

use std::sync::Arc;

use scrip_journal::{Account, Chain, EntryKind, Hash, RateRef, checkpoint};
use scrip_units::{Date, Instant};

use super::sample::{self, Chains, Step, append, code, day, draft, noon, posting, unit};
use super::{Harness, Outcome, ensure, equal, refused};
use crate::contract::{LedgerStore, WriteTransaction};
use crate::error::StoreError;
use crate::query::{EntryFilter, EntryIndex, FactQuery, LotFilter, Page};
use crate::record::{LotChangeRecord, StoredOperation};

pub(super) async fn a_new_ledger_is_empty<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let status = store.status().await?;
    equal("operations and entries", &(status.operations, status.entries), &(0, 0))?;
    equal("days", &(status.first_day, status.last_day), &(None, None))?;
    ensure("it says who it is", !store.meta().await?.workspace_id.is_empty())?;
    ensure("it has a format", store.meta().await?.format_version > 0)?;
    equal("checkpoint", &store.checkpoint().await?, &checkpoint([]))?;
    equal("configuration", &store.config_latest().await?, &None)?;
    equal("books", &store.books(None, 10).await?, &Vec::new())?;
    equal("facts", &store.facts(&FactQuery::default()).await?.len(), &0)
}

/// An operation whose entries use everything an entry can hold, at its limits.
fn extremes(chains: &mut Chains) -> Step {
    let mut operation = sample::operation("extremes", None);
    operation.body = "{\"text\":\"ünï \\\"code\\\" 元\"}".into();
    operation.config_revision = 1 << 40;
    operation.at = Instant::MIN;
    operation.recorded_at = Instant::MAX;
    let mut lot = sample::lot("extremes", "!~customer", "lot/~");
    lot.units = i64::MAX;
    lot.consideration = None;
    lot.expires_at = None;
    lot.effective_at = Instant::MAX;
    lot.unit = unit("nano.units-9", 9);
    let (nano, yen) = (lot.unit, unit("JPY", 0));
    let mut last = posting(Account::UnitsIssued, nano, 1).of_lot(&lot.wallet, &lot.lot);
    last.rate = Some(RateRef { card: code("c"), version: u32::MAX, rate: code("r") });
    last.dimensions = Arc::new([("".into(), "".into()), ("a\"b".into(), "元".into())].into());
    last.service_day = Date::from_ymd_opt(9999, 12, 31);
    let mut body = draft(
        "extremes",
        EntryKind::OpeningBalance,
        0,
        vec![
            posting(Account::UnitsAvailable, nano, i64::MAX),
            posting(Account::UnitsAvailable, nano, i64::MIN).of_lot(&lot.wallet, &lot.lot),
            last,
            posting(Account::OpeningEquity, yen, 0),
        ],
    );
    body.memo = "a 'quoted' memo; DROP TABLE entries; -- ünï".into();
    body.detail = Some(Hash::of(b"detail"));
    body.booked_on = Date::from_epoch_days(0).unwrap_or_default();
    let first = chains.seal("!~customer", body);
    let mut body = draft("extremes", EntryKind::Void, 0, vec![posting(Account::VatOutput, yen, 0)]);
    body.memo = String::new();
    body.effective_at = Instant::MAX;
    let second = chains.seal("another", body);
    (operation, vec![first, second], vec![lot])
}

pub(super) async fn what_was_appended_reads_back_exactly<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let (mut chains, mut steps) = sample::story();
    steps.push(extremes(&mut chains));
    append(&store, &steps).await?;

    let found = sample::entries(&store).await?;
    let entries: Vec<_> = found.iter().map(|found| found.entry.clone()).collect();
    let expected: Vec<_> = steps.iter().flat_map(|step| step.1.clone()).collect();
    equal("entries", &entries, &expected)?;
    let mut followed = std::collections::BTreeMap::<_, Chain>::new();
    for entry in &entries {
        let chain = followed.entry(entry.customer.as_str().to_owned()).or_default();
        ensure("every entry follows its chain", chain.follow(entry).is_ok())?;
    }
    let operations = store.operations(Page::first(1_000)).await?;
    let expected: Vec<_> = steps.iter().map(|step| step.0.clone()).collect();
    let got: Vec<_> = operations.iter().map(|found| found.operation.clone()).collect();
    equal("operations", &got, &expected)?;
    let numbers: Vec<u64> = operations.iter().map(|found| found.seq).collect();
    equal("sequences", &numbers, &(1..=steps.len() as u64).collect())?;
    for entry in &found {
        let caused = operations.iter().find(|o| o.operation.id == entry.entry.body.operation);
        equal("operation of an entry", &caused.map(|o| o.seq), &Some(entry.operation_seq))?;
    }
    let with_detail = entries.iter().filter(|entry| entry.body.detail.is_some());
    let latest = with_detail.map(|entry| entry.body.effective_at).max();
    ensure("the sample has burn detail", latest.is_some())?;
    equal("charged until", &store.charged_until().await?, &latest)?;
    let lots = store.lots(&LotFilter::default(), Page::first(1_000)).await?;
    let expected: Vec<_> = steps.iter().flat_map(|step| step.2.clone()).collect();
    equal("lots", &lots.into_iter().map(|found| found.lot).collect(), &expected)?;
    let status = store.status().await?;
    let postings = entries.iter().map(|entry| entry.body.postings.len() as u64).sum();
    equal("count of postings", &status.postings, &postings)?;
    equal("count of entries", &status.entries, &(entries.len() as u64))
}

pub(super) async fn an_operation_is_found_by_its_id<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let (operation, entries, lots) = Chains::default().purchase("buy", "acme", "lot");
    let mut tx = store.begin().await?;
    equal("before it is appended", &tx.operation(&operation.id).await?, &None)?;
    let seq = tx.append(&operation, &entries, &lots).await?;
    let expected = Some(StoredOperation { seq, operation });
    let id = code("buy");
    equal("in its own transaction", &tx.operation(&id).await?, &expected)?;
    tx.commit().await?;
    equal("when it is committed", &store.operation(&id).await?, &expected)?;
    equal("another", &store.operation(&code("other")).await?, &None)
}

pub(super) async fn the_same_operation_twice_is_refused<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let mut chains = Chains::default();
    append(&store, &[chains.purchase("buy", "acme", "lot")]).await?;
    let before = store.status().await?;
    let again = sample::operation("buy", Some("acme"));
    let mut tx = store.begin().await?;
    refused("the same again", tx.append(&again, &[], &[]).await, |error| {
        matches!(error, StoreError::DuplicateOperation { same: true, .. })
    })?;
    drop(tx);
    let other = crate::OperationRecord { body_hash: Hash::of(b"other"), ..again };
    let mut tx = store.begin().await?;
    refused("another with its id", tx.append(&other, &[], &[]).await, |error| {
        matches!(error, StoreError::DuplicateOperation { same: false, .. })
    })?;
    drop(tx);
    equal("counts", &store.status().await?, &before)
}

pub(super) async fn many_rows_keep_their_order<H: Harness>(harness: &H) -> Outcome {
    // More than any statement takes at once, and a remainder of every size.
    let store = harness.fresh().await?;
    let mut chains = Chains::default();
    let buy = chains.purchase("buy", "acme", "lot");
    let lot = buy.2[0].clone();
    let bulk: Vec<_> = (0..1_234_u32)
        .map(|row| {
            let mut postings = sample::usage(&lot, 1, 1, row % 40, u64::from(row % 100));
            postings.truncate(2 + 2 * (row as usize % 2));
            let customer = if row.is_multiple_of(3) { "globex" } else { "acme" };
            if customer == "globex" {
                postings.iter_mut().for_each(|posting| posting.lot = None);
            }
            chains.seal(customer, draft("bulk", EntryKind::Usage, u64::from(row / 100), postings))
        })
        .collect();
    let step = (sample::operation("bulk", None), bulk.clone(), Vec::new());
    append(&store, &[buy, step]).await?;
    let filter = EntryFilter { operation: Some(code("bulk")), ..EntryFilter::default() };
    let found = store.entries(&filter, Page::first(5_000)).await?;
    let found: Vec<_> = found.into_iter().map(|found| found.entry).collect();
    ensure("entries and postings are in order", found == bulk)
}

pub(super) async fn entries_are_filtered<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let (_, steps) = sample::story();
    append(&store, &steps).await?;
    let all = sample::entries(&store).await?;
    let none = EntryFilter::default();
    let middle = all.get(all.len() / 2).map(|found| found.entry.body.effective_at);
    let names = |lot: &str, entry: &scrip_journal::Entry| {
        let postings = &entry.body.postings;
        postings.iter().any(|p| p.lot.as_ref().is_some_and(|found| found.as_str() == lot))
    };
    for filter in [
        EntryFilter { customer: Some(code("acme")), ..none.clone() },
        EntryFilter { customer: Some(code("nobody")), ..none.clone() },
        EntryFilter { booked_from: Some(day(18)), booked_before: Some(day(45)), ..none.clone() },
        EntryFilter { kind: Some(EntryKind::Purchase), ..none.clone() },
        EntryFilter { operation: Some(code("use-3")), ..none.clone() },
        EntryFilter { wallet: Some(code("main")), ..none.clone() },
        EntryFilter { lot: Some(code("lot-2")), ..none.clone() },
        EntryFilter { lot: Some(code("lot-1")), customer: Some(code("acme")), ..none.clone() },
        EntryFilter { effective_until: middle, ..none.clone() },
    ] {
        let expected: Vec<_> = all
            .iter()
            .filter(|found| {
                let (entry, body) = (&found.entry, &found.entry.body);
                filter.customer.as_ref().is_none_or(|customer| entry.customer == *customer)
                    && filter.booked_from.is_none_or(|day| body.booked_on >= day)
                    && filter.booked_before.is_none_or(|day| body.booked_on < day)
                    && filter.kind.is_none_or(|kind| body.kind == kind)
                    && filter.operation.as_ref().is_none_or(|id| body.operation == *id)
                    && filter.lot.as_ref().is_none_or(|lot| names(lot.as_str(), entry))
                    && filter.effective_until.is_none_or(|until| body.effective_at <= until)
            })
            .cloned()
            .collect();
        let found = store.entries(&filter, Page::first(1_000)).await?;
        equal(&format!("{filter:?}"), &found, &expected)?;
        let second = store.entries(&filter, Page::after(found.first().map_or(0, |f| f.seq), 1));
        let expected: Vec<_> = expected.into_iter().skip(1).take(1).collect();
        equal("the page after the first", &second.await?, &expected)?;
    }
    Ok(())
}

pub(super) async fn any_page_of_entries_is_found<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let of = |customer: &str| EntryFilter { customer: Some(code(customer)), ..Default::default() };
    equal("an empty ledger", &store.entry_index(&of("acme"), 2).await?, &EntryIndex::default())?;
    let all = EntryFilter::default();
    equal("an empty ledger", &store.entry_index(&all, 2).await?, &EntryIndex::default())?;
    let (_, steps) = sample::story();
    append(&store, &steps).await?;
    for filter in [all, of("acme"), of("nobody")] {
        let found = store.entries(&filter, Page::first(1_000)).await?;
        for size in [1, 2, 3, 1_000] {
            let index = store.entry_index(&filter, size).await?;
            equal("the number of entries", &index.count, &(found.len() as u64))?;
            let mut paged = Vec::new();
            for start in index.starts {
                let page = store.entries(&filter, Page::after(start, size)).await?;
                ensure("no page is empty", !page.is_empty())?;
                paged.extend(page);
            }
            equal(&format!("pages of {size}, {filter:?}"), &paged, &found)?;
        }
    }
    Ok(())
}

pub(super) async fn lots_are_filtered<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let mut late = sample::lot("grant", "acme", "late");
    late.granted_on = day(40);
    late.wallet = code("other");
    let lots = [sample::lot("grant", "acme", "a"), late, sample::lot("grant", "globex", "a")];
    append(&store, &[(sample::operation("grant", None), Vec::new(), lots.to_vec())]).await?;
    let none = LotFilter::default();
    for (filter, expected) in [
        (none.clone(), &[0, 1, 2][..]),
        (LotFilter { customer: Some(code("acme")), ..none.clone() }, &[0, 1]),
        (LotFilter { wallet: Some(code("main")), ..none.clone() }, &[0, 2]),
        (LotFilter { granted_from: Some(day(40)), ..none.clone() }, &[1]),
        (LotFilter { granted_before: Some(day(40)), ..none.clone() }, &[0, 2]),
    ] {
        let found = store.lots(&filter, Page::first(10)).await?;
        let expected: Vec<_> = expected.iter().map(|index: &usize| lots[*index].clone()).collect();
        equal(&format!("{filter:?}"), &found.into_iter().map(|f| f.lot).collect(), &expected)?;
    }
    equal("a page", &store.lots(&none, Page::after(1, 1)).await?[0].lot, &lots[1])
}

pub(super) async fn a_lot_shows_the_expiry_in_force<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let lots = [sample::lot("grant", "acme", "a"), sample::lot("grant", "acme", "b")];
    append(&store, &[(sample::operation("grant", None), Vec::new(), lots.to_vec())]).await?;
    let change = |operation: &str, lot: &str, expires_at| LotChangeRecord {
        customer: code("acme"),
        lot: code(lot),
        expires_at,
        operation: code(operation),
    };
    let mut tx = store.begin().await?;
    for id in ["first", "second"] {
        tx.append(&sample::operation(id, None), &[], &[]).await?;
    }
    let changes = [change("first", "a", Some(noon(400))), change("first", "b", Some(noon(500)))];
    tx.add_lot_changes(&changes).await?;
    tx.add_lot_changes(&[]).await?;
    tx.add_lot_changes(&[change("second", "b", None)]).await?;
    tx.commit().await?;
    let found = store.lots(&LotFilter::default(), Page::first(10)).await?;
    let ends: Vec<_> = found.iter().map(|found| found.lot.expires_at).collect();
    equal("the expiry of each lot", &ends, &vec![Some(noon(400)), None])?;
    for wrong in [change("second", "c", None), change("nobody", "a", None)] {
        let mut tx = store.begin().await?;
        let outcome = tx.add_lot_changes(&[wrong]).await;
        refused("a change of nothing", outcome, |error| {
            matches!(error, StoreError::Unknown { .. })
        })?;
    }
    Ok(())
}

pub(super) async fn every_entry_changes_the_checkpoint<H: Harness>(harness: &H) -> Outcome {
    let (store, other) = (harness.fresh().await?, harness.fresh().await?);
    let (chains, steps) = sample::story();
    let mut seen = vec![store.checkpoint().await?];
    for step in &steps {
        append(&store, std::slice::from_ref(step)).await?;
        let now = store.checkpoint().await?;
        ensure("the checkpoint is a new one", !seen.contains(&now))?;
        seen.push(now);
    }
    let expected = checkpoint(chains.heads());
    equal("the checkpoint over all heads", &store.checkpoint().await?, &expected)?;
    append(&other, &steps).await?;
    equal("the checkpoint of another ledger", &other.checkpoint().await?, &expected)
}
