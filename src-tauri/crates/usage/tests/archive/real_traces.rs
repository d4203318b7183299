//! Real public traces, where the environment variable `SCRIP_DATA` names their folder.

use std::path::PathBuf;

use crate::support::{Desk, catalog_of};

fn data(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("SCRIP_DATA")?;
    let path = PathBuf::from(folder).join("usage").join(file);
    assert!(path.exists(), "{} is not there", path.display());
    Some(path)
}

const AZURE: &str = r#"
customer = "c1"
key = "row_number"
[occurred_at]
format = "pattern"
column = "timestamp"
pattern = "%Y-%m-%d %H:%M:%S%.f"
time_zone = "UTC"
[[events]]
meter = "input"
key_suffix = "/in"
quantity = { column = "context_tokens" }
[[events]]
meter = "output"
key_suffix = "/out"
quantity = { column = "generated_tokens" }
"#;

#[test]
fn a_trace_of_requests_becomes_two_events_a_row() {
    let Some(path) = data("azure_llm_2023_conv.csv.gz") else {
        println!("skipped: SCRIP_DATA is not set");
        return;
    };
    let mut desk = Desk::new();
    let outcome = desk.import(&path, AZURE);
    assert_eq!((outcome.rows_read, outcome.events), (19_366, 38_732));
    let info = &outcome.segments[0];
    // 18:15:46.6805900 and 19:14:08.4xxxxxx: the seventh decimal is cut.
    assert_eq!(info.first_at.to_string(), "2023-11-16T18:15:46.680590Z");
    let batches = desk.scan();
    let mut sums = [0_i64, 0];
    for event in &batches[0].events {
        let shape = &batches[0].shapes[usize::try_from(event.shape).unwrap()];
        sums[usize::from(shape.meter.as_str() == "output")] += event.quantity;
    }
    // The figures that the data's own description gives: 22.4 M in, 4.1 M out.
    assert_eq!((sums[0] / 100_000, sums[1] / 100_000), (223, 40));
    let again = desk.import(&path, AZURE);
    assert_eq!((again.events, again.duplicates), (0, 38_732));
}

#[test]
fn a_trace_of_windows_counts_from_its_start() {
    let Some(path) = data("servegen_requests_10min_week1.csv.gz") else {
        println!("skipped: SCRIP_DATA is not set");
        return;
    };
    let customers: Vec<String> = ["m-large", "m-mid", "m-small"]
        .iter()
        .flat_map(|model| (0..400).map(move |client| format!("{model}-{client}")))
        .collect();
    let mut desk = Desk::with(catalog_of(&customers));
    let mapping = r#"
customer = { template = "{model}-{client}" }
key = { template = "{model}-{client}-{window_start_s}" }
[occurred_at]
format = "offset_seconds"
column = "window_start_s"
origin = "2026-01-05T00:00:00Z"
[[events]]
meter = "input"
quantity = { column = "requests" }
dimensions = { model = { column = "model" } }
"#;
    let outcome = desk.import(&path, mapping);
    assert_eq!(outcome.events, 123_017);
    let total: i64 = desk.scan().iter().flat_map(|b| &b.events).map(|e| e.quantity).sum();
    assert_eq!(total, 1_739_542_930);
    assert_eq!(desk.scan().len(), 272);
}
