//! The layout of segment files: columns, encodings, row groups.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use crate::files::StagedFile;

/// Events in a full segment.
pub const SEGMENT_ROWS: usize = 1_000_000;
/// Events in a row group: what is read at least, and a multiple of [`BATCH_ROWS`].
pub(crate) const ROW_GROUP_ROWS: usize = 65_536;
/// Events decoded at once.
pub(crate) const BATCH_ROWS: usize = 8_192;

pub(crate) const CUSTOMER: &str = "customer";
pub(crate) const OCCURRED_AT: &str = "occurred_at";
pub(crate) const METER: &str = "meter";
pub(crate) const QUANTITY: &str = "quantity";
pub(crate) const MEMBER: &str = "member";
pub(crate) const KEY: &str = "key";
/// First eight bytes of the BLAKE3 hash of the key, big endian. The other bytes are not stored: the
/// key is.
pub(crate) const KEY_ORDER: &str = "key_order";
pub(crate) const RECEIVED_AT: &str = "received_at";
/// What an event cost to deliver, by itself. A segment none of whose events says it has no such column.
pub(crate) const COST: &str = "delivery_cost";
pub(crate) const COST_CURRENCY: &str = "delivery_cost_currency";
/// Digits of a cost, and those of them behind the point.
pub(crate) const COST_DIGITS: u8 = 38;
pub(crate) const COST_DECIMALS: i8 = 18;
/// Prefix of the columns of dimension values.
pub(crate) const DIMENSION: &str = "dim:";

pub(crate) fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

pub(crate) fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The schema of a segment with these dimensions, and with delivery costs where events have some.
pub(crate) fn schema<'a>(dimensions: impl Iterator<Item = &'a str>, has_costs: bool) -> SchemaRef {
    let mut fields = vec![
        Field::new(CUSTOMER, dictionary(), false),
        Field::new(OCCURRED_AT, instant(), false),
        Field::new(METER, dictionary(), false),
        Field::new(QUANTITY, DataType::Int64, false),
        Field::new(MEMBER, dictionary(), true),
        Field::new(KEY, DataType::Utf8, false),
        Field::new(KEY_ORDER, DataType::UInt64, false),
        Field::new(RECEIVED_AT, instant(), false),
    ];
    if has_costs {
        let amount = DataType::Decimal128(COST_DIGITS, COST_DECIMALS);
        fields.push(Field::new(COST, amount, true));
        fields.push(Field::new(COST_CURRENCY, dictionary(), true));
    }
    fields.extend(
        dimensions.map(|name| Field::new(format!("{DIMENSION}{name}"), dictionary(), true)),
    );
    Arc::new(Schema::new(fields))
}

/// What all files of the archive have in common: zstd, statistics of row groups, no timestamps of
/// the machine, so that the same events make the same bytes.
pub(crate) fn properties() -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_created_by("scrip".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_dictionary_page_size_limit(8 << 20)
        .set_data_page_row_count_limit(BATCH_ROWS)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        // Codes have at most 96 bytes; cut bounds would not tell neighbours apart.
        .set_statistics_truncate_length(Some(128))
}

/// A writer of segments.
pub(crate) fn writer(
    file: StagedFile,
    schema: &SchemaRef,
) -> Result<ArrowWriter<StagedFile>, ParquetError> {
    let path = |name: &str| ColumnPath::new(vec![name.to_owned()]);
    let sorting = [0, 1].map(|column| SortingColumn {
        column_idx: column,
        descending: false,
        nulls_first: false,
    });
    let mut properties = properties().set_sorting_columns(Some(sorting.to_vec()));
    // Times and quantities are packed as differences; random hashes only take their room.
    for name in [OCCURRED_AT, QUANTITY] {
        properties = properties
            .set_column_dictionary_enabled(path(name), false)
            .set_column_encoding(path(name), Encoding::DELTA_BINARY_PACKED);
    }
    let properties = properties
        .set_column_dictionary_enabled(path(KEY), false)
        .set_column_statistics_enabled(path(KEY), EnabledStatistics::None)
        .set_column_dictionary_enabled(path(KEY_ORDER), false)
        .set_column_compression(path(KEY_ORDER), Compression::UNCOMPRESSED)
        .set_column_statistics_enabled(path(KEY_ORDER), EnabledStatistics::None)
        .build();
    ArrowWriter::try_new(file, Arc::clone(schema), Some(properties))
}
