//! Rows of Parquet files that others wrote.
//!
//! Integers, decimals, texts, booleans and timestamps are taken. Binary floating point is refused:
//! its exact decimals are lost before the file is written.

use std::path::{Path, PathBuf};

use arrow_array::types::{
    ArrowPrimitiveType, Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Int64Array, PrimitiveArray, StringArray, UInt64Array,
};
use arrow_schema::{DataType, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};

use crate::error::UsageError;
use crate::files::OffsetFile;
use crate::row::{Advance, Field, RowReader, cut};

const BATCH_ROWS: usize = 8192;

/// A column of the batch at hand.
enum Column {
    Text(StringArray),
    Boolean(BooleanArray),
    Integer(Int64Array),
    Unsigned(UInt64Array),
    Decimal(PrimitiveArray<Decimal128Type>, u32),
    Micros(Int64Array, bool),
}

/// Reads the rows of a Parquet file.
pub(crate) struct ParquetRows {
    path: PathBuf,
    file: OffsetFile,
    reader: ParquetRecordBatchReader,
    /// For each slot, the column of a batch.
    order: Vec<usize>,
    columns: Vec<Column>,
    rows: usize,
    row: usize,
    number: u64,
    hash: blake3::Hash,
}

impl ParquetRows {
    pub(crate) fn open(
        path: &Path,
        hash: blake3::Hash,
        slots: &[String],
    ) -> Result<Self, UsageError> {
        let file = OffsetFile::open(path)?;
        // Plain types only: what the writer's Arrow had been does not matter here.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file.clone(), options)
            .map_err(UsageError::parquet("read", path))?;
        let schema = builder.schema().clone();
        let mut roots = Vec::with_capacity(slots.len());
        for slot in slots {
            let mut places =
                schema.fields().iter().enumerate().filter(|(_, field)| field.name() == slot);
            let Some((index, field)) = places.next() else {
                let present = schema.fields().iter().map(|f| f.name().clone()).collect();
                let (path, column) = (path.to_owned(), slot.clone());
                return Err(UsageError::MissingColumn { path, column, present });
            };
            if places.next().is_some() {
                return Err(UsageError::ColumnTwice {
                    path: path.to_owned(),
                    column: slot.clone(),
                });
            }
            check_type(path, slot, field.data_type())?;
            roots.push(index);
        }
        let mut projected = roots.clone();
        projected.sort_unstable();
        projected.dedup();
        let order =
            roots.iter().map(|root| projected.partition_point(|other| other < root)).collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), projected);
        let reader = builder
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(UsageError::parquet("read", path))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            reader,
            order,
            columns: Vec::new(),
            rows: 0,
            row: 0,
            number: 0,
            hash,
        })
    }
}

fn check_type(path: &Path, column: &str, data_type: &DataType) -> Result<(), UsageError> {
    let (path, column) = (path.to_owned(), column.to_owned());
    let named = data_type.to_string();
    if data_type.is_floating() {
        return Err(UsageError::FloatColumn { path, column, data_type: named });
    }
    let refuse = |problem| Err(UsageError::ColumnType { path, column, data_type: named, problem });
    match data_type {
        DataType::Utf8
        | DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64
        | DataType::Timestamp(..) => Ok(()),
        DataType::Decimal128(_, scale) if *scale >= 0 => Ok(()),
        DataType::Binary => {
            refuse("bytes that are not declared to be UTF-8 text; write it as text")
        }
        _ => refuse("which is not used here; write it as integer, decimal, text or timestamp"),
    }
}

fn primitive<T: ArrowPrimitiveType>(array: &ArrayRef) -> Option<&PrimitiveArray<T>> {
    array.as_any().downcast_ref()
}

fn integers<T: ArrowPrimitiveType>(array: &ArrayRef) -> Option<Column>
where
    i64: From<T::Native>,
{
    Some(Column::Integer(primitive::<T>(array)?.unary(i64::from)))
}

/// The column in one of the shapes that rows are read from. The type was checked before.
fn column(array: &ArrayRef) -> Option<Column> {
    let micros = |values: Int64Array, zone: bool| Column::Micros(values, zone);
    match array.data_type() {
        DataType::Utf8 => Some(Column::Text(array.as_any().downcast_ref::<StringArray>()?.clone())),
        DataType::Boolean => {
            Some(Column::Boolean(array.as_any().downcast_ref::<BooleanArray>()?.clone()))
        }
        DataType::Int8 => integers::<Int8Type>(array),
        DataType::Int16 => integers::<Int16Type>(array),
        DataType::Int32 => integers::<Int32Type>(array),
        DataType::Int64 => integers::<Int64Type>(array),
        DataType::UInt8 => integers::<UInt8Type>(array),
        DataType::UInt16 => integers::<UInt16Type>(array),
        DataType::UInt32 => integers::<UInt32Type>(array),
        DataType::UInt64 => Some(Column::Unsigned(primitive::<UInt64Type>(array)?.clone())),
        DataType::Decimal128(_, scale) => Some(Column::Decimal(
            primitive::<Decimal128Type>(array)?.clone(),
            u32::try_from(*scale).ok()?,
        )),
        DataType::Timestamp(unit, zone) => {
            let values = match unit {
                TimeUnit::Second => {
                    primitive::<TimestampSecondType>(array)?.unary(|v| v.saturating_mul(1_000_000))
                }
                TimeUnit::Millisecond => {
                    primitive::<TimestampMillisecondType>(array)?.unary(|v| v.saturating_mul(1_000))
                }
                TimeUnit::Microsecond => primitive::<TimestampMicrosecondType>(array)?.unary(|v| v),
                TimeUnit::Nanosecond => {
                    primitive::<TimestampNanosecondType>(array)?.unary(|v| v.div_euclid(1_000))
                }
            };
            Some(micros(values, zone.is_some()))
        }
        _ => None,
    }
}

impl RowReader for ParquetRows {
    fn advance(&mut self) -> Result<Advance, UsageError> {
        self.row += 1;
        while self.row >= self.rows {
            let Some(batch) = self.reader.next() else { return Ok(Advance::End) };
            let batch = batch.map_err(UsageError::arrow("read", &self.path))?;
            self.columns = batch.columns().iter().filter_map(column).collect();
            if self.columns.len() != batch.num_columns() {
                return Err(UsageError::damaged(
                    &self.path,
                    "changed its types between row groups",
                ));
            }
            self.rows = batch.num_rows();
            self.row = 0;
        }
        self.number += 1;
        Ok(Advance::Row)
    }

    fn line(&self) -> u64 {
        self.number
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn field(&self, slot: usize) -> Field<'_> {
        let row = self.row;
        let Some(column) = self.order.get(slot).and_then(|index| self.columns.get(*index)) else {
            return Field::Absent;
        };
        match column {
            Column::Text(array) if array.is_valid(row) => Field::Text(array.value(row)),
            Column::Boolean(array) if array.is_valid(row) => {
                Field::Text(if array.value(row) { "true" } else { "false" })
            }
            Column::Integer(array) if array.is_valid(row) => Field::Integer(array.value(row)),
            Column::Unsigned(array) if array.is_valid(row) => {
                Field::Decimal { value: i128::from(array.value(row)), scale: 0 }
            }
            Column::Decimal(array, scale) if array.is_valid(row) => {
                Field::Decimal { value: array.value(row), scale: *scale }
            }
            Column::Micros(array, adjusted) if array.is_valid(row) => {
                Field::Micros { micros: array.value(row), adjusted: *adjusted }
            }
            _ => Field::Absent,
        }
    }

    fn raw(&self) -> String {
        let fields: Vec<String> =
            (0..self.order.len()).map(|slot| self.field(slot).to_string()).collect();
        cut(&fields.join(","))
    }

    fn bytes_read(&self) -> u64 {
        self.file.bytes_read()
    }

    fn content_hash(&self) -> blake3::Hash {
        self.hash
    }
}
