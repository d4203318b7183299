//! Operations that are asked for by who, what and when.

use super::sample::{self, append, code, noon};
use super::{Harness, Outcome, equal};
use crate::contract::LedgerStore;
use crate::query::{EntryIndex, OperationFilter, Page};
use crate::record::{OperationMark, OperationShare, StoredOperation};

fn places(found: &[StoredOperation]) -> Vec<u64> {
    found.iter().map(|stored| stored.seq).collect()
}

/// The shares of some operations, summed here.
fn shares_of(operations: &[StoredOperation]) -> Vec<OperationShare> {
    let of = |share: u8| {
        let hashes = operations.iter().map(|stored| *stored.operation.body_hash.bytes());
        let words = hashes.filter(|hash| hash[0] == share).map(|hash| {
            let word = hash[1..9].iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
            i128::from(word.cast_signed())
        });
        let words: Vec<i128> = words.collect();
        OperationShare { share, count: words.len() as u64, sum: words.iter().sum() }
    };
    (0..=u8::MAX).map(of).filter(|share| share.count > 0).collect()
}

pub(super) async fn operations_are_filtered<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let steps: Vec<sample::Step> = (0..9_u64)
        .map(|number| {
            let mut operation = sample::operation(&format!("op-{number}"), None);
            operation.kind = if number % 2 == 0 { "even" } else { "odd" }.to_owned();
            operation.actor = code(if number % 3 == 0 { "ana" } else { "bob" });
            operation.recorded_at = noon(number);
            (operation, Vec::new(), Vec::new())
        })
        .collect();
    append(&store, &steps).await?;
    let all = OperationFilter::default();
    let found_all = store.find_operations(&all, Page::after(0, 100)).await?;
    equal("all", &found_all, &store.operations(Page::first(100)).await?)?;
    let filter = OperationFilter {
        kind: Some("even".to_owned()),
        actor: Some(code("bob")),
        recorded_from: Some(noon(1)),
        recorded_before: Some(noon(8)),
        ..OperationFilter::default()
    };
    // 2 and 4: even, not a third, from 1 and before 8.
    let found = store.find_operations(&filter, Page::first(100)).await?;
    equal("filtered", &places(&found), &vec![3, 5])?;
    let found = store.find_operations(&filter, Page::after(3, 1)).await?;
    equal("the next page", &places(&found), &vec![5])?;
    let index = store.operation_index(&all, 4).await?;
    equal("pages", &index, &EntryIndex { count: 9, starts: vec![0, 4, 8] })?;
    let index = store.operation_index(&filter, 1).await?;
    equal("pages of some", &index, &EntryIndex { count: 2, starts: vec![0, 3] })?;
    let nobody = OperationFilter { customer: Some(code("nobody")), ..OperationFilter::default() };
    equal("of nobody", &store.operation_index(&nobody, 10).await?, &EntryIndex::default())?;
    let shares = store.operation_shares().await?;
    equal("shares", &shares, &shares_of(&found_all))?;
    let wanted: Vec<u8> = shares.iter().map(|share| share.share).take(2).collect();
    let mut marks = store.operation_marks(&wanted).await?;
    marks.sort_by(|a, b| a.id.cmp(&b.id));
    let expected = found_all.iter().map(|stored| OperationMark {
        id: stored.operation.id.clone(),
        body_hash: stored.operation.body_hash,
    });
    let expected = expected.filter(|mark| wanted.contains(&mark.body_hash.bytes()[0]));
    equal("marks", &marks, &expected.collect())?;
    equal("no marks", &store.operation_marks(&[]).await?, &Vec::new())?;
    equal("who", &store.actors().await?, &vec![code("ana"), code("bob")])
}
