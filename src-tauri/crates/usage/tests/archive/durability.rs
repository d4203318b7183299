//! Crashes, cancellations, damage.

use std::fs;

use scrip_usage::{Archive, Control, Manifest, Mapping, Phase, Source, UsageError};

use crate::support::{Desk, HEADER, MAPPING};

fn rows(from: u32, count: u32) -> String {
    (from..from + count).map(|n| format!("k{n},c1,,input,{n},,,2026-01-01T00:00:00Z\n")).collect()
}

#[test]
fn what_was_never_committed_is_swept() {
    let mut desk = Desk::new();
    desk.import_csv(&rows(0, 10));
    let committed = desk.archive.manifest();
    let lost = desk.try_csv(&rows(10, 10)).unwrap();
    fs::write(desk.path("usage/staging/half"), "written").unwrap();
    fs::create_dir(desk.path("usage/staging/import")).unwrap();
    // The process dies here: the outcome was not committed.
    desk.reopen(committed.clone());
    assert_eq!(desk.dump().len(), 10);
    let swept = desk.archive.sweep_orphans().unwrap();
    assert_eq!(swept.len(), 4);
    assert!(swept.iter().any(|path| path.ends_with(&lost.segments[0].file)));
    assert_eq!(desk.archive.sweep_orphans().unwrap().len(), 0);
    // The same file imports again as if it had never been tried.
    assert_eq!(desk.import_csv(&rows(5, 15)).events, 10);
    assert_eq!(desk.dump().len(), 20);
}

#[test]
fn an_outcome_that_cannot_be_committed_can_be_discarded() {
    let desk = Desk::new();
    let outcome = desk.try_csv(&rows(0, 10)).unwrap();
    assert_eq!((desk.files("segments").len(), desk.files("keys").len()), (1, 1));
    desk.archive.discard(&outcome).unwrap();
    desk.assert_clean();
}

#[test]
fn cancelling_leaves_nothing_at_any_time() {
    let desk = Desk::new();
    let path = desk.file("rows.csv", format!("{HEADER}{}{}", rows(0, 60_000), rows(0, 10)));
    let mapping = Mapping::from_toml(MAPPING).unwrap();
    let mut calls_max = 0;
    for stop_at in [0, 1, 2, 3, 50, 200, usize::MAX] {
        let mut calls = 0;
        let mut last = None;
        let result = desk.archive.import(
            &Source::file(&path),
            &mapping,
            &desk.catalog,
            &desk.options,
            &mut |progress| {
                last = Some(progress);
                calls += 1;
                if calls > stop_at { Control::Cancel } else { Control::Continue }
            },
        );
        calls_max = calls_max.max(calls);
        if stop_at == usize::MAX {
            let last = last.unwrap();
            assert_eq!(last.phase, Phase::Finishing);
            assert_eq!((last.rows_read, last.events), (60_010, 60_010));
            assert_eq!(last.bytes_read, last.bytes_total);
            desk.archive.discard(&result.unwrap()).unwrap();
        } else {
            assert!(matches!(result.unwrap_err(), UsageError::Cancelled), "{stop_at}");
        }
        desk.assert_clean();
    }
    assert!(calls_max > 200);
}

#[test]
fn one_import_runs_at_a_time() {
    let desk = Desk::new();
    let path = desk.file("long.csv", format!("{HEADER}{}", rows(0, 20_000)));
    let mapping = Mapping::from_toml(MAPPING).unwrap();
    let mut inner = None;
    let outer = desk.archive.import(
        &Source::file(&path),
        &mapping,
        &desk.catalog,
        &desk.options,
        &mut |_| {
            inner.get_or_insert_with(|| desk.try_csv(&rows(0, 1)).unwrap_err().to_string());
            Control::Continue
        },
    );
    assert!(outer.is_ok());
    assert!(inner.unwrap().contains("another import into"));
}

#[test]
fn committed_files_are_checked_by_size_when_opened_and_by_hash_when_verified() {
    let mut desk = Desk::new();
    desk.import_csv(&rows(0, 100));
    let manifest = desk.archive.manifest();
    let json = serde_json::to_string(&manifest).unwrap();
    assert_eq!(serde_json::from_str::<Manifest>(&json).unwrap(), manifest);
    let verify = |desk: &Desk| desk.archive.verify(&mut |_| Control::Continue).unwrap();
    assert_eq!(verify(&desk), []);

    let path = desk.path("usage/segments").join(&manifest.segments[0].file);
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    fs::write(&path, &flipped).unwrap();
    desk.reopen(manifest.clone());
    let damages = verify(&desk);
    assert_eq!(damages.len(), 1);
    assert!(damages[0].problem.contains("has the hash"), "{}", damages[0].problem);

    fs::write(&path, &whole[..50]).unwrap();
    let error = Archive::open(&desk.path("usage"), manifest.clone()).unwrap_err();
    assert!(error.to_string().contains("has 50 bytes instead of"), "{error}");
    fs::remove_file(&path).unwrap();
    let error = Archive::open(&desk.path("usage"), manifest.clone()).unwrap_err();
    assert!(error.to_string().contains("is missing"), "{error}");
    let twice = Manifest {
        segments: [manifest.segments.clone(), manifest.segments.clone()].concat(),
        ..Manifest::default()
    };
    fs::write(&path, &whole).unwrap();
    let error = Archive::open(&desk.path("usage"), twice).unwrap_err();
    assert!(error.to_string().contains("listed twice"), "{error}");
}
