//! The scan: customers in order, events in posting order, only what the windows hold.

use std::collections::BTreeMap;

use proptest::prelude::*;
use scrip_units::CustomerCode;
use scrip_usage::{SegmentWindow, UsageBatch, UsageError, UsageEvent};

use crate::support::{Desk, at, catalog_of};

/// What matters of a batch: events with their texts, without places.
fn told(batches: &[UsageBatch]) -> Vec<String> {
    let mut lines = Vec::new();
    for batch in batches {
        assert!(batch.events.is_sorted_by_key(UsageEvent::order));
        for event in &batch.events {
            let shape = &batch.shapes[usize::try_from(event.shape).unwrap()];
            let member = usize::try_from(event.member).ok().and_then(|m| batch.members.get(m));
            lines.push(format!(
                "{} {} {shape:?} {member:?} {} {}",
                batch.customer, event.occurred_at, event.quantity, event.key_order
            ));
        }
    }
    lines
}

fn row(n: u32) -> String {
    let meter = if n.is_multiple_of(3) { "output" } else { "input" };
    let member = if n.is_multiple_of(2) { String::new() } else { format!("m{}", n % 4) };
    let model = if n.is_multiple_of(5) { String::new() } else { format!("gpt-{}", n % 6) };
    format!("k{n},c{},{member},{meter},{n},{model},,2026-01-01T00:00:{:02}Z\n", n % 9 + 1, n % 20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_rows_and_their_files_changes_nothing(
        order in Just((0..120_u32).collect::<Vec<_>>()).prop_shuffle(),
        cuts in proptest::collection::vec(1_usize..119, 0..3),
        segment_rows in prop_oneof![Just(1_000_000_usize), 1_usize..60],
    ) {
        let mut straight = Desk::new();
        straight.import_csv(&(0..120).map(row).collect::<String>());
        let want = straight.scan();

        let mut shuffled = Desk::new();
        shuffled.options.segment_rows = segment_rows;
        let mut cuts = cuts;
        cuts.extend([0, 120]);
        cuts.sort_unstable();
        for part in cuts.windows(2).filter(|part| part[0] < part[1]) {
            let text: String = order[part[0]..part[1]].iter().map(|n| row(*n)).collect();
            shuffled.import_csv(&text);
        }
        let got = shuffled.scan();
        prop_assert_eq!(told(&got), told(&want));
        if segment_rows > 120 && cuts.windows(2).filter(|c| c[0] < c[1]).count() == 1 {
            // One file, one segment: to the byte.
            prop_assert_eq!(&got, &want);
            let hashes = |desk: &Desk| -> Vec<String> {
                desk.archive.segments().map(|segment| segment.hash.clone()).collect()
            };
            prop_assert_eq!(hashes(&shuffled), hashes(&straight));
        }
        for batch in &got {
            let everything = shuffled.archive.everything();
            let alone = shuffled.archive.customer(&batch.customer, &everything).unwrap();
            prop_assert_eq!(told(&[alone]), told(std::slice::from_ref(batch)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_reader_says_what_the_archive_says_whatever_it_is_asked(
        segment_rows in prop_oneof![Just(1_000_000_usize), 1_usize..60],
        in_order in any::<bool>(),
        asked in proptest::collection::vec((0..60_u32, 0..4_u32), 1..120),
    ) {
        let customers: Vec<String> = (0..50).map(|n| format!("c{n:02}")).collect();
        let mut desk = Desk::with(catalog_of(&customers));
        desk.options.segment_rows = segment_rows;
        for part in 0..3 {
            // Of customers c01, c02, ... with some missing in each file, more than are passed over.
            let rows = (0..150).filter(|n| n % 50 % (part + 2) != 1).map(|n| {
                let second = n % 20;
                format!("k{part}-{n},c{:02},,input,{n},m{},,2026-01-01T00:00:{second:02}Z\n", n % 50, n % 6)
            });
            desk.import_csv(&rows.collect::<String>());
        }
        let segments: Vec<u32> = desk.archive.segments().map(|segment| segment.seq).collect();
        let mut asked = asked;
        if in_order {
            asked.sort_unstable_by_key(|(customer, windows)| (*windows, *customer));
        }
        let mut reader = desk.archive.reader();
        for (customer, windows) in asked {
            let customer = CustomerCode::try_new(&format!("c{customer:02}")).unwrap();
            let window = |segment: &u32| match windows {
                0 => SegmentWindow::whole(*segment),
                n => SegmentWindow {
                    segment: *segment,
                    from: at("2026-01-01T00:00:00Z"),
                    until: at(&format!("2026-01-01T00:00:0{}Z", 3 * n)),
                },
            };
            let windows: Vec<SegmentWindow> = segments.iter().map(window).collect();
            let want = desk.archive.customer(&customer, &windows).unwrap();
            let got = reader.customer(&customer, &windows).unwrap();
            prop_assert_eq!(&got.events, &want.events);
            prop_assert_eq!(told(&[got]), told(&[want]));
        }
    }
}

#[test]
fn windows_are_half_open_and_overlapping_ones_do_not_count_twice() {
    let mut desk = Desk::new();
    for minute in 0..3 {
        let rows: String = (0..10)
            .map(|n| {
                format!(
                    "k{minute}-{n},c{},,input,{n},,,2026-01-0{}T00:00:00Z\n",
                    n % 2 + 1,
                    n + 1 - n / 9
                )
            })
            .collect();
        desk.import_csv(&rows);
    }
    let window = |segment, from: &str, until: &str| SegmentWindow {
        segment,
        from: at(&format!("2026-01-{from}T00:00:00Z")),
        until: at(&format!("2026-01-{until}T00:00:00Z")),
    };
    let count = |windows: &[SegmentWindow]| -> usize {
        desk.archive.scan(windows).unwrap().map(|b| b.unwrap().events.len()).sum()
    };
    assert_eq!(count(&desk.archive.everything()), 30);
    assert_eq!(count(&[]), 0);
    assert_eq!(count(&[window(1, "01", "02")]), 1);
    assert_eq!(count(&[window(1, "01", "01")]), 0);
    assert_eq!(count(&[window(1, "02", "04"), window(3, "01", "02")]), 3);
    assert_eq!(count(&[window(2, "02", "05"), window(2, "03", "06")]), 4);
    assert_eq!(count(&[window(2, "02", "03"), window(2, "05", "06")]), 2);
    let nobody = CustomerCode::try_new("c9").unwrap();
    assert_eq!(desk.archive.customer(&nobody, &desk.archive.everything()).unwrap().events.len(), 0);
    let error = desk.archive.scan(&[SegmentWindow::whole(9)]).unwrap_err();
    assert!(matches!(error, UsageError::NoSuchPlace { segment: 9, .. }));
}

#[test]
fn customers_that_span_row_groups_come_whole() {
    let mut desk = Desk::new();
    let mut text = String::new();
    for n in 0..200_000_u32 {
        // c5 alone has more than a row group.
        let customer = if n.is_multiple_of(2) { 5 } else { n % 9 + 1 };
        let second = n % 86_400;
        text.push_str(&format!(
            "k{n},c{customer},m{},input,{n},m{},,2026-01-01T{:02}:{:02}:{:02}Z\n",
            n % 3,
            n % 50,
            second / 3600,
            second / 60 % 60,
            second % 60
        ));
    }
    let outcome = desk.import_csv(&text);
    assert_eq!((outcome.segments.len(), outcome.events), (1, 200_000));
    let batches = desk.scan();
    let mut rows: BTreeMap<u32, i64> = BTreeMap::new();
    for batch in &batches {
        let alone = desk.archive.customer(&batch.customer, &desk.archive.everything()).unwrap();
        assert_eq!(&alone.events, &batch.events);
        for event in &batch.events {
            assert!(rows.insert(event.place.row, event.quantity).is_none());
        }
    }
    assert_eq!(rows.len(), 200_000);
    assert_eq!(rows.keys().copied().max(), Some(199_999));
    for row in [0, 65_535, 65_536, 131_072, 199_999] {
        let event = desk.archive.event(scrip_usage::Place { segment: 1, row }).unwrap();
        assert_eq!(event.quantity, rows[&row]);
        assert_eq!(event.key.as_str(), format!("k{}", event.quantity));
    }
    let error = desk.archive.event(scrip_usage::Place { segment: 1, row: 200_000 }).unwrap_err();
    assert!(matches!(error, UsageError::NoSuchPlace { .. }));
    // Dimension values too many for a table of combinations are found all the same.
    let many: String = (0..400)
        .map(|n| {
            format!("x{n},c1,,audio,1,model-{n},{},2026-02-01T00:00:00Z\n", ["eu", "us"][n % 2])
        })
        .collect();
    desk.import_csv(&many);
    let one = CustomerCode::try_new("c1").unwrap();
    let batch = desk.archive.customer(&one, &[SegmentWindow::whole(2)]).unwrap();
    assert_eq!((batch.shapes.len(), batch.events.len()), (400, 400));
}

#[test]
fn an_archive_is_shared_and_a_scan_can_move_to_another_thread() {
    fn shared<T: Send + Sync>() {}
    fn moved<T: Send>() {}
    shared::<scrip_usage::Archive>();
    moved::<scrip_usage::CustomerScan>();
    moved::<scrip_usage::DetailWriter>();
    moved::<UsageError>();
}
