//! Operations that are asked for by who, what and when.

use super::sample::{self, append, code, noon};
use super::{Harness, Outcome, equal};
use crate::contract::LedgerStore;
use crate::query::{EntryIndex, OperationFilter, Page};
use crate::record::StoredOperation;

fn places(found: &[StoredOperation]) -> Vec<u64> {
    found.iter().map(|stored| stored.seq).collect()
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
    let found = store.find_operations(&all, Page::after(0, 100)).await?;
    equal("all", &found, &store.operations(Page::first(100)).await?)?;
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
    equal("who", &store.actors().await?, &vec![code("ana"), code("bob")])
}
