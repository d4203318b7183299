//! What events say that they cost to deliver: kept exactly, a part of what they are.

use std::sync::Arc;

use arrow_array::{ArrayRef, Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use parquet::arrow::ArrowWriter;
use scrip_usage::{Mapping, UsageError};

use crate::support::{Desk, MAPPING};

const HEADER: &str = "key,customer,member,meter,quantity,model,region,at,cost,money\n";

fn mapping() -> String {
    format!(
        "{MAPPING}delivery_cost = {{ amount = {{ column = \"cost\" }}, currency = {{ column = \"money\" }} }}\n"
    )
}

fn row(key: &str, cost: &str, money: &str) -> String {
    format!("{key},c1,,input,10,gpt,,2026-01-01T00:00:00Z,{cost},{money}\n")
}

/// Costs of the events by key, from the scan and from the event itself, which agree.
fn costs(desk: &Desk) -> Vec<String> {
    let mut lines = Vec::new();
    for batch in desk.scan() {
        for event in &batch.events {
            let archived = desk.archive.event(event.place).unwrap();
            let cost = batch.costs.get(&event.place).copied();
            assert_eq!(archived.delivery_cost, cost);
            let cost = cost.map_or("-".to_owned(), |c| format!("{} {}", c.amount, c.currency));
            lines.push(format!("{} {cost}", archived.key));
        }
    }
    lines.sort();
    lines
}

#[test]
fn costs_come_from_every_format_to_the_last_decimal() {
    let rows = [
        ("a", "0.000000000000000013", "EUR"),
        ("b", "", ""),
        ("c", "12.50", "USD"),
        ("d", "0", "EUR"),
    ];
    let want = ["a 0.000000000000000013 EUR", "b -", "c 12.5 USD", "d 0 EUR"];
    let csv: String = rows.iter().map(|(key, cost, money)| row(key, cost, money)).collect();
    let json: String = rows
        .iter()
        .map(|(key, cost, money)| {
            let cost = if cost.is_empty() { "null".to_owned() } else { (*cost).to_owned() };
            format!("{{\"key\":\"{key}\",\"customer\":\"c1\",\"member\":null,\"meter\":\"input\",\"quantity\":10,\"model\":\"gpt\",\"region\":null,\"at\":\"2026-01-01T00:00:00Z\",\"cost\":{cost},\"money\":\"{money}\"}}\n")
        })
        .collect();
    for (name, text) in [("costs.csv", format!("{HEADER}{csv}")), ("costs.jsonl", json)] {
        let mut desk = Desk::new();
        let path = desk.file(name, text);
        desk.import(&path, &mapping());
        assert_eq!(costs(&desk), want, "{name}");
        desk.assert_clean();
    }
}

#[test]
fn a_decimal_column_of_a_parquet_file_is_a_cost() {
    let text = |values: [&str; 2]| -> ArrayRef { Arc::new(StringArray::from_iter_values(values)) };
    let amounts = Decimal128Array::from(vec![Some(1_234_500), None]);
    let times = TimestampMicrosecondArray::from(vec![0, 1]).with_timezone("UTC");
    let batch = RecordBatch::try_from_iter([
        ("key", text(["a", "b"])),
        ("customer", text(["c1", "c1"])),
        ("quantity", text(["1", "2"])),
        ("at", Arc::new(times) as ArrayRef),
        ("cost", Arc::new(amounts.with_precision_and_scale(12, 7).unwrap()) as ArrayRef),
    ]);
    let batch = batch.unwrap();
    let mut desk = Desk::new();
    let path = desk.path("costs.parquet");
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let mapping = r#"
customer = { column = "customer" }
key = { column = "key" }
occurred_at = { format = "timestamp", column = "at" }
[[events]]
meter = "input"
quantity = { column = "quantity" }
delivery_cost = { amount = { column = "cost" }, currency = "EUR" }
"#;
    desk.import(&path, mapping);
    assert_eq!(costs(&desk), ["a 0.12345 EUR", "b -"]);
}

#[test]
fn a_cost_is_a_part_of_what_an_event_is() {
    let mut desk = Desk::new();
    let first =
        desk.file("first.csv", format!("{HEADER}{}{}", row("a", "0.10", "EUR"), row("b", "", "")));
    desk.import(&first, &mapping());
    // The same amount in other digits is the same; another amount, currency, or none is not.
    let same =
        desk.file("same.csv", format!("{HEADER}{}{}", row("a", "0.1", "EUR"), row("b", "", "")));
    assert_eq!(desk.import(&same, &mapping()).duplicates, 2);
    for other in
        [row("a", "0.11", "EUR"), row("a", "0.10", "USD"), row("a", "", ""), row("b", "0", "EUR")]
    {
        let path = desk.file("other.csv", format!("{HEADER}{other}"));
        let refused = desk.try_import(&path, &mapping()).unwrap_err().to_string();
        assert!(refused.contains("duplicate_key_other_content 1"), "{other} {refused}");
    }
}

#[test]
fn files_without_costs_make_the_segments_that_they_always_made() {
    // Imported before there were costs: the archive's bytes are those of then.
    let mut desk = Desk::new();
    let rows = "k1,c2,ann,audio,1.5,whisper,eu,2026-01-02T00:00:00Z\nk2,c1,,input,100,gpt,,2026-01-01T00:00:00.5+01:00\n";
    let outcome = desk.import_csv(rows);
    assert_eq!(
        outcome.segments[0].hash,
        "863e5de8d3c397e56aba78dc53823ba8607b00ab666d7154a299e529112bb29e"
    );
    // An old segment and a new one are read side by side.
    let path = desk.file("new.csv", format!("{HEADER}{}", row("n", "0.5", "EUR")));
    desk.import(&path, &mapping());
    assert_eq!(costs(&desk), ["k1 -", "k2 -", "n 0.5 EUR"]);
    assert_eq!(desk.dump().len(), 3);
}

#[test]
fn costs_survive_a_segment_that_is_written_again() {
    let mut desk = Desk::new();
    let text =
        format!("{HEADER}{}{}{}", row("a", "1", "EUR"), row("a", "1", "EUR"), row("b", "2", "EUR"));
    let path = desk.file("twice.csv", text);
    assert_eq!(desk.import(&path, &mapping()).duplicates, 1);
    assert_eq!(costs(&desk), ["a 1 EUR", "b 2 EUR"]);
}

#[test]
fn what_is_no_cost_is_rejected_with_its_row() {
    for (cost, money) in [
        ("-1", "EUR"),
        ("1e-3", "EUR"),
        ("0.0000000000000000001", "EUR"),
        ("1", "credits"),
        ("1", ""),
    ] {
        let desk = Desk::new();
        let path = desk.file("bad.csv", format!("{HEADER}{}", row("a", cost, money)));
        let refused = desk.try_import(&path, &mapping()).unwrap_err();
        let UsageError::RowsRejected { rejects_file, .. } = refused else { panic!("{refused}") };
        let listed = std::fs::read_to_string(rejects_file).unwrap();
        assert!(listed.contains("2,bad_delivery_cost,"), "{cost} {money}: {listed}");
    }
    let constant = mapping().replace("{ column = \"money\" }", "\"credits\"");
    let desk = Desk::new();
    let path = desk.file("rows.csv", format!("{HEADER}{}", row("a", "1", "EUR")));
    let refused = desk.try_import(&path, &constant).unwrap_err().to_string();
    assert!(refused.contains("events[0].delivery_cost.currency"), "{refused}");
    assert_eq!(
        Mapping::from_toml(&Mapping::from_toml(&mapping()).unwrap().to_toml().unwrap()).unwrap(),
        Mapping::from_toml(&mapping()).unwrap()
    );
}
