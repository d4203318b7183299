//! Books, configuration and the manifest of the usage archive.

use scrip_journal::{Chain, Hash};
use scrip_units::CustomerCode;

use super::sample::{self, append, code, noon};
use super::{Harness, Outcome, ensure, equal, refused};
use crate::contract::{ARCHIVE_PART_BYTES, LedgerStore, WriteTransaction};
use crate::error::StoreError;
use crate::record::{
    AlertRecord, BookRecord, ConfigRecord, DetailRecord, ImportRecord, KeyFileRecord,
    SegmentProgress, SegmentRecord, StandingRecord,
};

fn book(customer: &str, number: u64, due: Option<u64>, state: &str) -> BookRecord {
    let chain = Chain { number, head: Hash::of(state.as_bytes()) };
    BookRecord {
        customer: code(customer),
        chain,
        next_due: due.map(noon),
        state: state.into(),
        standing: None,
    }
}

pub(super) async fn books_are_replaced_whole<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let (first, second) = (book("acme", 1, Some(5), "{\"a\":1}"), book("acme", 2, None, "{}"));
    let acme = code("acme");
    let mut tx = store.begin().await?;
    equal("before", &tx.book(&acme).await?, &None)?;
    tx.save_books(std::slice::from_ref(&first)).await?;
    equal("in its own transaction", &tx.book(&acme).await?, &Some(first.clone()))?;
    tx.commit().await?;
    equal("committed", &store.book(&acme).await?, &Some(first))?;
    let mut tx = store.begin().await?;
    tx.save_books(std::slice::from_ref(&second)).await?;
    tx.commit().await?;
    equal("replaced", &store.book(&acme).await?, &Some(second))?;
    equal("count", &store.status().await?.books, &1)
}

pub(super) async fn books_come_in_order_of_customer<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let mut books: Vec<BookRecord> = (0..700_u64)
        .map(|i| book(&format!("c{i:03}"), i, (i % 7 == 0).then_some(i), "{}"))
        .collect();
    let mut tx = store.begin().await?;
    let shuffled: Vec<BookRecord> = (0..700).map(|i| books[i * 331 % 700].clone()).collect();
    tx.save_books(&shuffled).await?;
    let some: Vec<CustomerCode> = ["c500", "nobody", "c003"].map(code).to_vec();
    let expected = vec![books[3].clone(), books[500].clone()];
    equal("some books", &tx.books(&some).await?, &expected)?;
    tx.commit().await?;
    let some = BookRecord { standing: Some("{\"left\":1}".into()), ..books[1].clone() };
    let mut tx = store.begin().await?;
    tx.save_books(std::slice::from_ref(&some)).await?;
    tx.commit().await?;
    equal("with its standing", &store.book(&some.customer).await?, &Some(some.clone()))?;
    let standing = |book: &BookRecord| StandingRecord {
        customer: book.customer.clone(),
        standing: book.standing.clone().unwrap_or_else(|| book.state.clone()),
    };
    books[1] = some;
    let standings: Vec<_> = books.iter().map(standing).collect();
    ensure("standings", store.standings(None, 2).await? == standings[..2])?;
    let rest = store.standings(Some(&standings[1].customer), 1_000).await?;
    ensure("the rest of the standings", rest == standings[2..])?;
    let after = store.books(None, 300).await?;
    ensure("the first page", after == books[..300])?;
    let after = store.books(after.last().map(|book| &book.customer), 1_000).await?;
    ensure("the rest", after == books[300..])?;
    let due = store.books_due(noon(70), None, 100).await?;
    let expected: Vec<_> = (0..=70).step_by(7).map(|i: usize| books[i].clone()).collect();
    equal("books due", &due, &expected)?;
    let due = store.books_due(noon(70), Some(&code("c056")), 1).await?;
    equal("the next book due", &due, &vec![books[63].clone()])
}

pub(super) async fn configuration_revisions_follow_each_other<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let (_, steps) = sample::story();
    append(&store, &steps[..2]).await?;
    let revision = |revision: u64, operation: &str| {
        let document = format!("revision = {revision}\n");
        ConfigRecord {
            revision,
            hash: Hash::of(document.as_bytes()),
            document,
            applied_at: noon(revision),
            operation: code(operation),
        }
    };
    let (first, second) = (revision(1, "buy-1"), revision(2, "buy-2"));
    let mut tx = store.begin().await?;
    equal("before", &tx.config_revision().await?, &0)?;
    tx.add_config(&first).await?;
    tx.add_config(&second).await?;
    equal("in its own transaction", &tx.config_revision().await?, &2)?;
    tx.commit().await?;
    equal("the number of the last", &store.config_revision().await?, &2)?;
    equal("the first", &store.config(1).await?, &Some(first))?;
    equal("the latest", &store.config_latest().await?, &Some(second))?;
    equal("one that is not there", &store.config(3).await?, &None)?;
    for number in [1, 2, 4] {
        let mut tx = store.begin().await?;
        refused("a revision out of order", tx.add_config(&revision(number, "buy-1")).await, |e| {
            matches!(e, StoreError::ConfigConflict { stored: 2, .. })
        })?;
    }
    let mut tx = store.begin().await?;
    refused("a revision without operation", tx.add_config(&revision(3, "nothing")).await, |e| {
        matches!(e, StoreError::Unknown { what: "operation", .. })
    })
}

pub(super) async fn alerts_read_back_in_order<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    append(&store, &sample::story().1[..1]).await?;
    let alert = |customer: &str, at: u64, operation: &str| AlertRecord {
        customer: code(customer),
        wallet: code("main"),
        code: "low".into(),
        at: noon(at),
        figures: format!("{{\"available\":\"{at}\"}}"),
        operation: code(operation),
    };
    let given = [alert("globex", 5, "buy-1"), alert("acme", 3, "buy-1"), alert("acme", 4, "buy-1")];
    let mut tx = store.begin().await?;
    tx.add_alerts(&given[..2]).await?;
    tx.add_alerts(&given[2..]).await?;
    tx.add_alerts(&[]).await?;
    tx.commit().await?;
    let all = scrip_units::Instant::MIN;
    equal("alerts", &store.alerts(None, all).await?, &given.to_vec())?;
    let acme = code("acme");
    equal("of one", &store.alerts(Some(&acme), all).await?, &given[1..].to_vec())?;
    equal("since", &store.alerts(Some(&acme), noon(4)).await?, &given[2..].to_vec())?;
    let mut tx = store.begin().await?;
    refused("an alert of nothing", tx.add_alerts(&[alert("acme", 6, "no")]).await, |error| {
        matches!(error, StoreError::Unknown { what: "operation", .. })
    })
}

fn import(id: &str, operation: Option<&str>) -> ImportRecord {
    ImportRecord {
        id: id.into(),
        source_name: "Übersicht 2026.csv".into(),
        source_hash: Hash::of(id.as_bytes()),
        mapping: "{\"customer\":\"Kunde\"}".into(),
        received_at: noon(3),
        summary: "{\"rows\":10}".into(),
        operation: operation.map(code),
    }
}

fn segment(segment: u32, of: &str) -> SegmentRecord {
    SegmentRecord { segment, import: of.into(), info: format!("{{\"rows\":{segment}}}") }
}

pub(super) async fn the_manifest_reads_back<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    append(&store, &sample::story().1[..1]).await?;
    let imports = vec![import("zulu", Some("buy-1")), import("alpha", None)];
    let segments = vec![segment(1, "zulu"), segment(2, "alpha"), segment(u32::MAX, "zulu")];
    let keys = vec![KeyFileRecord { file: 7, import: "alpha".into(), info: "{}".into() }];
    let details = vec![
        DetailRecord { detail: 1, info: "{}".into() },
        DetailRecord { detail: 2, info: "{\"hash\":\"00\"}".into() },
    ];
    let at = |segment, day| SegmentProgress { segment, posted_until: noon(day) };
    let mut tx = store.begin().await?;
    for import in &imports {
        tx.add_import(import).await?;
    }
    tx.add_segments(&segments).await?;
    tx.add_key_files(&keys).await?;
    tx.add_details(&details).await?;
    tx.set_progress(&[at(2, 1), at(1, 9)]).await?;
    tx.commit().await?;
    let mut tx = store.begin().await?;
    tx.set_progress(&[at(2, 4)]).await?;
    tx.commit().await?;

    equal("imports", &store.imports().await?, &imports)?;
    equal("segments", &store.segments().await?, &segments)?;
    equal("key files", &store.key_files().await?, &keys)?;
    equal("details", &store.details().await?, &details)?;
    equal("progress", &store.progress().await?, &vec![at(1, 9), at(2, 4)])
}

pub(super) async fn the_manifest_takes_no_number_twice<H: Harness>(harness: &H) -> Outcome {
    let store = harness.fresh().await?;
    let mut tx = store.begin().await?;
    tx.add_import(&import("one", None)).await?;
    tx.add_segments(&[segment(1, "one")]).await?;
    tx.add_details(&[DetailRecord { detail: 1, info: "{}".into() }]).await?;
    tx.commit().await?;
    let twice = |error: &StoreError| matches!(error, StoreError::Duplicate { .. });
    let unknown = |error: &StoreError| matches!(error, StoreError::Unknown { .. });
    let mut tx = store.begin().await?;
    refused("an import twice", tx.add_import(&import("one", None)).await, twice)?;
    drop(tx);
    let mut tx = store.begin().await?;
    refused("an import of nothing", tx.add_import(&import("two", Some("no"))).await, unknown)?;
    drop(tx);
    let mut tx = store.begin().await?;
    refused("a segment twice", tx.add_segments(&[segment(1, "one")]).await, twice)?;
    drop(tx);
    let mut tx = store.begin().await?;
    let both = [segment(2, "one"), segment(2, "one")];
    refused("a segment twice at once", tx.add_segments(&both).await, twice)?;
    drop(tx);
    let mut tx = store.begin().await?;
    refused("a segment of nothing", tx.add_segments(&[segment(2, "two")]).await, unknown)?;
    drop(tx);
    let mut tx = store.begin().await?;
    let detail = DetailRecord { detail: 1, info: "{}".into() };
    refused("a file of detail twice", tx.add_details(&[detail]).await, twice)?;
    drop(tx);
    let mut tx = store.begin().await?;
    let progress = SegmentProgress { segment: 5, posted_until: noon(0) };
    refused("progress of nothing", tx.set_progress(&[progress]).await, unknown)?;
    drop(tx);
    equal("segments", &store.segments().await?, &vec![segment(1, "one")])
}

/// A ledger whose archive lies beside it wants no files; every other gives back what it was given.
pub(super) async fn files_of_the_archive_are_kept_whole_or_not_at_all<H: Harness>(
    harness: &H,
) -> Outcome {
    let store = harness.fresh().await?;
    let (first, second) = (Hash::of(b"first"), Hash::of(b"second"));
    let largest = vec![7; ARCHIVE_PART_BYTES];
    let mut tx = store.begin().await?;
    let lacking = tx.lacking_files(&[first, second]).await?;
    if lacking.is_empty() {
        return equal("what is kept", &store.archive_part(&first, 0).await?, &None);
    }
    equal("files that it lacks", &lacking, &vec![first, second])?;
    tx.add_archive_part(&first, 0, &largest).await?;
    tx.add_archive_part(&first, 1, b"end").await?;
    equal("files that it lacks then", &tx.lacking_files(&[first, second]).await?, &vec![second])?;
    equal("before the commit", &store.archive_part(&first, 0).await?, &None)?;
    tx.commit().await?;
    equal("the first part", &store.archive_part(&first, 0).await?, &Some(largest))?;
    equal("the second part", &store.archive_part(&first, 1).await?, &Some(b"end".to_vec()))?;
    equal("after the last part", &store.archive_part(&first, 2).await?, &None)?;
    equal("another file", &store.archive_part(&second, 0).await?, &None)?;
    let mut tx = store.begin().await?;
    let twice = |error: &StoreError| matches!(error, StoreError::Duplicate { .. });
    refused("a part twice", tx.add_archive_part(&first, 1, b"end").await, twice)
}
