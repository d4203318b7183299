//! The same event twice changes nothing the second time.

use scrip_units::EventKey;
use scrip_usage::{Key, Mapping};

use crate::support::{Desk, HEADER, MAPPING};

fn rows(range: std::ops::Range<u32>) -> String {
    range
        .map(|n| {
            let (customer, second) = (n % 9 + 1, n * 7 % 60);
            format!("k{n},c{customer},,input,{n},m{},,2026-01-01T00:00:{second:02}Z\n", n % 5)
        })
        .collect()
}

#[test]
fn importing_a_file_again_imports_nothing() {
    let mut desk = Desk::new();
    desk.import_csv(&rows(0..500));
    let before = desk.dump();
    let again = desk.import_csv(&rows(0..500));
    assert_eq!((again.events, again.duplicates, again.rows_read), (0, 500, 500));
    assert_eq!((again.segments.len(), again.keys), (0, None));
    assert_eq!(desk.dump(), before);
    desk.assert_clean();
}

#[test]
fn overlapping_files_import_each_event_once() {
    for (segment_rows, keys_in_memory) in [(1_000_000, 1_000_000), (64, 100), (7, 1)] {
        let mut desk = Desk::new();
        desk.options.segment_rows = segment_rows;
        desk.options.keys_in_memory_max = keys_in_memory;
        let mut counted = Vec::new();
        for range in [0..300, 200..400, 0..1, 399..700, 100..650] {
            let outcome = desk.import_csv(&rows(range));
            counted.push((outcome.events, outcome.duplicates));
        }
        assert_eq!(counted, [(300, 0), (100, 100), (0, 1), (300, 1), (0, 550)]);
        let mut got = desk.dump();
        got.sort();
        let mut once = Desk::new();
        once.import_csv(&rows(0..700));
        let mut want = once.dump();
        want.sort();
        assert_eq!(got, want);
        let unknown = EventKey::try_new("k700").unwrap();
        assert_eq!(desk.archive.find(&unknown).unwrap(), None);
        desk.assert_clean();
    }
}

#[test]
fn duplicates_within_a_file_are_left_out_and_the_rest_keeps_its_places() {
    for segment_rows in [1_000_000, 50, 3] {
        let mut desk = Desk::new();
        desk.options.segment_rows = segment_rows;
        let mut text = rows(0..200);
        text.push_str(&rows(50..150));
        text.push_str(&rows(0..10));
        let outcome = desk.import_csv(&text);
        assert_eq!((outcome.events, outcome.duplicates), (200, 110));
        let infos: u32 = outcome.segments.iter().map(|segment| segment.rows).sum();
        assert_eq!(infos, 200);
        assert_eq!(outcome.keys.as_ref().unwrap().rows, 200);
        // The dump finds every event by its key and reads it at its place.
        assert_eq!(desk.dump().len(), 200);
        let segments = desk.archive.segments().count();
        let batches = desk.scan();
        assert_eq!(batches.iter().map(|b| b.events.len()).sum::<usize>(), 200);
        for info in desk.archive.segments() {
            assert!(info.first_at <= info.last_at && info.customers > 0);
        }
        assert_eq!(segments, outcome.segments.len());
    }
}

#[test]
fn row_numbers_are_keys_of_the_file_however_it_is_compressed() {
    let mut desk = Desk::new();
    let mut mapping = Mapping::from_toml(MAPPING).unwrap();
    mapping.key = Key::RowNumber;
    let mapping = mapping.to_toml().unwrap();
    let text = format!("{HEADER}{}", rows(0..20));
    let plain = desk.file("a.csv", &text);
    let packed = desk.file("b.csv.zst", zstd::encode_all(text.as_bytes(), 3).unwrap());
    let other = desk.file("c.csv", format!("{text}{}", rows(20..21)));
    assert_eq!(desk.import(&plain, &mapping).events, 20);
    assert_eq!(desk.import(&packed, &mapping).events, 0);
    assert_eq!(desk.import(&other, &mapping).events, 21);
}
