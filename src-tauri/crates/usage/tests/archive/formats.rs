//! Formats and compressions: the same rows make the same events, and damage is told.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, Decimal128Array, DictionaryArray, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMillisecondArray, TimestampNanosecondArray, UInt64Array,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use scrip_usage::{Mapping, UsageError};

use crate::support::{Desk, HEADER, MAPPING};

const ROWS: &str = "\
k1,c2,ann,audio,1.5,whisper,eu,2026-01-02T00:00:00Z
k2,c1,,input,100,gpt,,2026-01-01T00:00:00.5+01:00
k3,c2,bob,output,7,,,2026-01-01T00:00:00Z
";

fn events() -> Vec<String> {
    [
        "c1 2025-12-31T23:00:00.500Z input{model=gpt} 100 - k2",
        "c2 2026-01-01T00:00:00Z output{} 7 bob k3",
        "c2 2026-01-02T00:00:00Z audio{model=whisper,region=eu} 1500 ann k1",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn the_same_rows_in_any_dress_make_the_same_events() {
    let plain = format!("{HEADER}{ROWS}");
    let crlf = plain.replace('\n', "\r\n");
    let bom = format!("\u{feff}{plain}");
    let quoted = plain.replace("ann", "\"ann\"").replace("k3", "\"k3\"");
    let tabs = plain.replace(',', "\t");
    let blank = format!("{HEADER}\n\n{ROWS}\n");
    let without_last_end = plain.trim_end();
    let two_members = [gzip(&plain.as_bytes()[..90]), gzip(&plain.as_bytes()[90..])].concat();
    for (name, bytes) in [
        ("plain.csv", plain.clone().into_bytes()),
        ("crlf.csv", crlf.into_bytes()),
        ("bom.csv", bom.into_bytes()),
        ("quoted.csv", quoted.into_bytes()),
        ("tabs.tsv", tabs.into_bytes()),
        ("blank.csv", blank.into_bytes()),
        ("end.csv", without_last_end.as_bytes().to_vec()),
        ("gzip.csv.gz", gzip(plain.as_bytes())),
        ("gzip-without-the-name.csv", gzip(plain.as_bytes())),
        ("members.csv.gz", two_members),
        ("zstd.csv.zst", zstd::encode_all(plain.as_bytes(), 1).unwrap()),
    ] {
        let mut desk = Desk::new();
        let path = desk.file(name, bytes);
        let outcome = desk.import(&path, MAPPING);
        assert_eq!((outcome.rows_read, outcome.events), (3, 3), "{name}");
        assert_eq!(desk.dump(), events(), "{name}");
    }
}

#[test]
fn quotes_may_hold_line_ends_and_lines_are_counted_as_people_do() {
    let desk = Desk::new();
    let rows =
        "k1,c1,,input,1,\"a\nb\",,2026-01-01T00:00:00Z\nk2,cX,,input,1,,,2026-01-01T00:00:00Z\n";
    let error = desk.try_csv(rows).unwrap_err();
    let UsageError::RowsRejected { rejects_file, .. } = error else { panic!("{error}") };
    let listed = std::fs::read_to_string(rejects_file).unwrap();
    assert!(listed.contains("\n2,value_not_allowed,"), "{listed}");
    assert!(listed.contains("\n4,unknown_customer,"), "{listed}");
}

#[test]
fn json_lines_keep_the_digits_of_numbers() {
    let mut desk = Desk::new();
    let mapping = r#"
customer = { column = "who.customer" }
member = { column = "who.member" }
key = { template = "j-{id}" }
[occurred_at]
format = "unix_seconds"
column = "ts"
[[events]]
meter = "audio"
quantity = { column = "usage.minutes" }
dimensions = { model = { column = "model" }, region = "eu" }
[[events]]
meter = "input"
key_suffix = "/in"
when = "usage.tokens"
quantity = { column = "usage.tokens" }
"#;
    let lines = r#"{"id":1,"who":{"customer":"c1","member":null},"ts":1767225600.1234567,"usage":{"minutes":0.3,"x":[1,{"y":2}]},"model":"a\u0062"}

{"id":"2","who":{"customer":"c1"},"ts":1767225601,"usage":{"minutes":2,"tokens":900719925474099}}
"#;
    let path = desk.file("events.jsonl", lines);
    let outcome = desk.import(&path, mapping);
    assert_eq!((outcome.rows_read, outcome.events), (2, 3));
    assert_eq!(
        desk.dump(),
        [
            "c1 2026-01-01T00:00:00.123456Z audio{model=ab,region=eu} 300 - j-1",
            "c1 2026-01-01T00:00:01Z input{} 900719925474099 - j-2/in",
            "c1 2026-01-01T00:00:01Z audio{region=eu} 2000 - j-2",
        ]
        .map(str::to_owned)
        .into_iter()
        .collect::<Vec<_>>()
        .tap_sorted(&desk)
    );
}

trait TapSorted {
    fn tap_sorted(self, desk: &Desk) -> Self;
}
impl TapSorted for Vec<String> {
    /// Puts events of the same instant in the order of the archive: by key hash.
    fn tap_sorted(mut self, desk: &Desk) -> Self {
        let order = desk.dump();
        self.sort_by_key(|line| order.iter().position(|other| other == line));
        self
    }
}

#[test]
fn json_lines_that_are_not_objects_are_rejected_one_by_one() {
    let mut desk = Desk::new();
    desk.options = desk.options.clone().skipping_rejects();
    let good = r#"{"key":"k1","customer":"c1","member":"","meter":"input","quantity":"5","at":"2026-01-01T00:00:00Z"}"#;
    let bad = [
        "[1]",
        "{\"key\":",
        "7",
        "{\"key\":\"a\",\"key\":\"b\"}",
        "{\"customer\":{\"a\":1}}",
        "{} {}",
    ];
    let path = desk.file("rows.ndjson", format!("{good}\n{}\n", bad.join("\n")));
    let outcome = desk.import(&path, MAPPING);
    assert_eq!(outcome.events, 1);
    assert_eq!(outcome.rejects.to_string(), "bad_row 6");
}

fn parquet(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

const PARQUET: &str = r#"
customer = { column = "customer" }
key = { column = "key" }
[occurred_at]
format = "timestamp"
column = "at"
[[events]]
meter = "audio"
quantity = { column = "minutes" }
[[events]]
meter = "input"
key_suffix = "/in"
quantity = { column = "tokens" }
skip_zero = true
"#;

#[test]
fn parquet_integers_decimals_and_texts_are_taken_as_they_are() {
    let mut desk = Desk::new();
    let path = desk.path("events.parquet");
    let customers: DictionaryArray<Int32Type> = ["c1", "c2", "c1"].into_iter().collect();
    let nanos = [1_767_225_600_123_456_789, 1_767_225_601_000_000_999, 1_767_225_602_000_000_000];
    parquet(
        &path,
        vec![
            ("customer", Arc::new(customers)),
            ("unused", Arc::new(Float64Array::from(vec![None, None, None]))),
            ("key", Arc::new(Int64Array::from(vec![11, 12, 13]))),
            ("at", Arc::new(TimestampNanosecondArray::from(nanos.to_vec()).with_timezone("UTC"))),
            (
                "minutes",
                Arc::new(
                    Decimal128Array::from(vec![1_500_000, 2_000_000, 1_000])
                        .with_precision_and_scale(20, 6)
                        .unwrap(),
                ),
            ),
            ("tokens", Arc::new(UInt64Array::from(vec![5, 0, 7]))),
        ],
    );
    let outcome = desk.import(&path, PARQUET);
    assert_eq!((outcome.rows_read, outcome.events), (3, 5));
    let mut lines = desk.dump();
    lines.sort();
    assert_eq!(
        lines,
        [
            "c1 2026-01-01T00:00:00.123456Z audio{} 1500 - 11",
            "c1 2026-01-01T00:00:00.123456Z input{} 5 - 11/in",
            "c1 2026-01-01T00:00:02Z audio{} 1 - 13",
            "c1 2026-01-01T00:00:02Z input{} 7 - 13/in",
            "c2 2026-01-01T00:00:01Z audio{} 2000 - 12",
        ]
    );
}

#[test]
fn parquet_local_timestamps_need_their_zone_and_floats_are_refused() {
    let mut desk = Desk::new();
    let path = desk.path("events.parquet");
    let columns = |quantity: ArrayRef| -> Vec<(&str, ArrayRef)> {
        vec![
            ("customer", Arc::new(StringArray::from(vec!["c1"]))),
            ("key", Arc::new(StringArray::from(vec!["k"]))),
            ("at", Arc::new(TimestampMillisecondArray::from(vec![1_767_225_600_000]))),
            ("minutes", quantity),
            ("tokens", Arc::new(Int32Array::from(vec![0]))),
        ]
    };
    parquet(&path, columns(Arc::new(Float64Array::from(vec![None]))));
    let error = desk.try_import(&path, PARQUET).unwrap_err();
    assert!(matches!(&error, UsageError::FloatColumn { column, .. } if column == "minutes"));

    let minutes = Decimal128Array::from(vec![1_5004]).with_precision_and_scale(9, 4).unwrap();
    parquet(&path, columns(Arc::new(minutes)));
    let error = desk.try_import(&path, PARQUET).unwrap_err();
    assert!(error.to_string().contains("bad_time 1"), "{error}");

    let zoned =
        PARQUET.replace("column = \"at\"", "column = \"at\"\ntime_zone = \"Europe/Amsterdam\"");
    let error = desk.try_import(&path, &zoned).unwrap_err();
    assert!(error.to_string().contains("bad_quantity 1"), "{error}");

    parquet(&path, columns(Arc::new(StringArray::from(vec!["1.5004".trim_end_matches('4')]))));
    desk.import(&path, &zoned);
    assert_eq!(desk.dump(), ["c1 2025-12-31T23:00:00Z audio{} 1500 - k"]);
    let error = desk.try_import(&path, &PARQUET.replace("\"tokens\"", "\"gone\"")).unwrap_err();
    assert!(error.to_string().contains("no column \"gone\"; it has customer, key"), "{error}");
}

#[test]
fn a_file_that_is_damaged_leaves_nothing() {
    let desk = Desk::new();
    let mut rows = String::new();
    for n in 0..50_000 {
        rows.push_str(&format!("k{n},c1,,input,{n},m{},,2026-01-01T00:00:00Z\n", n % 7));
    }
    let whole = format!("{HEADER}{rows}").into_bytes();
    let (gz, zst) = (gzip(&whole), zstd::encode_all(&*whole, 1).unwrap());
    let mut latin = whole.clone();
    let middle = whole.len() / 2;
    let place = middle + whole[middle..].windows(2).position(|pair| pair == b",m").unwrap() + 1;
    latin[place] = 0xe9;
    let line = 1 + whole[..place].iter().filter(|byte| **byte == b'\n').count();
    let mut flipped = gz.clone();
    let half = flipped.len() / 2;
    flipped[half..half + 8].fill(0xff);
    let open_quote = format!("{HEADER}{}\n{}", ROWS.replace("ann", "\"ann"), "x".repeat(17 << 20));
    for (name, bytes, want) in [
        ("cut.csv.gz", gz[..gz.len() / 2].to_vec(), "is cut off after"),
        ("tail.csv.gz", gz[..gz.len() - 4].to_vec(), "is cut off after"),
        ("cut.csv.zst", zst[..zst.len() / 2].to_vec(), "is cut off after"),
        ("flipped.csv.gz", flipped, "cannot be decompressed"),
        ("latin.csv", latin, &*format!("line {line}: not UTF-8")),
        ("utf16.csv", vec![0xff, 0xfe, b'k', 0], "line 1: not UTF-8"),
        ("empty.csv", Vec::new(), "is empty"),
        ("quote.csv", open_quote.into_bytes(), "line 2: the row is longer"),
        ("other.txt", whole.clone(), "Set `format`"),
        ("not.parquet", whole.clone(), "is not a Parquet file"),
        ("header.csv", b"key,customer\nk,c1\n".to_vec(), "has no column \"member\""),
        ("twice.csv", format!("key,{HEADER}").into_bytes(), "the column \"key\" twice"),
    ] {
        let error = desk.try_import(&desk.file(name, bytes), MAPPING).unwrap_err();
        assert!(error.to_string().contains(want), "{name}: {error}");
        desk.assert_clean();
    }
    let error = desk.try_import(&desk.path("gone.csv"), MAPPING).unwrap_err();
    assert!(error.to_string().contains("could not open"), "{error}");
}

#[test]
fn mappings_are_checked_before_the_file_is_read() {
    let desk = Desk::new();
    let path = desk.file("rows.csv", format!("{HEADER}{ROWS}"));
    let column_meter = "meter = { column = \"meter\" }";
    let model = "dimensions = { model = { column = \"model\" }, region = { column = \"region\" } }";
    for (from, to, want) in [
        ("format = \"rfc3339\"", "format = \"guess\"", "unknown variant `guess`"),
        ("customer = { column", "customer = { colum", "unknown variant `colum`"),
        ("key = { column = \"key\" }", "key = { template = \"x\" }", "key names no column"),
        ("key = { column = \"key\" }", "key = { template = \"{x\" }", "brace without its pair"),
        (column_meter, "meter = \"outptu\"", "\"outptu\", which is not in the catalog"),
        (column_meter, "meter = \"input\"", "dimensions.region is not a dimension"),
        (
            model,
            "dimensions = {}\n[[events]]\nmeter = \"input\"\nquantity = { constant = \"1\" }",
            "key_suffix must differ",
        ),
        ("[[events]]", "delimiter = \"é\"\n[[events]]", "delimiter"),
    ] {
        assert!(MAPPING.contains(from), "{from}");
        let error = desk.try_import(&path, &MAPPING.replace(from, to)).unwrap_err();
        assert!(error.to_string().contains(want), "{from}: {error}");
    }
}

#[test]
fn a_mapping_is_written_as_it_is_read_and_has_a_schema() {
    let mapping = Mapping::from_toml(PARQUET).unwrap();
    assert_eq!(Mapping::from_toml(&mapping.to_toml().unwrap()).unwrap(), mapping);
    let json = serde_json::to_string(&mapping).unwrap();
    assert_eq!(serde_json::from_str::<Mapping>(&json).unwrap(), mapping);
    let schema = serde_json::to_string(&Mapping::json_schema()).unwrap();
    for word in ["occurred_at", "key_suffix", "offset_seconds", "row_number"] {
        assert!(schema.contains(word), "{word}");
    }
}
