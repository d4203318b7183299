//! A committed segment file: which rows hold what, and readers over chosen columns and rows.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::file::metadata::{PageIndexPolicy, RowGroupMetaData};
use parquet::file::statistics::Statistics;
use scrip_catalog::DeliveryCost;
use scrip_rating::Place;
use scrip_units::{CustomerCode, EventKey, Instant, MemberCode, MeterCode, UnitCode};

use crate::archive::ArchivedEvent;
use crate::error::UsageError;
use crate::files::OffsetFile;
use crate::layout::{self, BATCH_ROWS, DIMENSION};

/// A segment with its footer read. The file itself is opened for each reading.
#[derive(Debug)]
pub(crate) struct SegmentFile {
    pub(crate) segment: u32,
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    /// The rows of each row group.
    groups: Vec<Range<usize>>,
}

impl SegmentFile {
    pub(crate) fn open(path: PathBuf, segment: u32) -> Result<Self, UsageError> {
        let file = OffsetFile::open(&path)?;
        let options = ArrowReaderOptions::new().with_offset_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::load(&file, options)
            .map_err(UsageError::parquet("read", &path))?;
        let mut groups = Vec::new();
        let mut start = 0;
        for group in metadata.metadata().row_groups() {
            let rows = usize::try_from(group.num_rows())
                .map_err(|_| UsageError::damaged(&path, "has a row group of no size"))?;
            groups.push(start..start + rows);
            start += rows;
        }
        Ok(Self { segment, path, metadata, groups })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Names of the columns of dimension values.
    pub(crate) fn dimensions(&self) -> impl Iterator<Item = &str> {
        self.metadata.schema().fields().iter().filter_map(|f| f.name().strip_prefix(DIMENSION))
    }

    /// Whether events have delivery costs of their own.
    pub(crate) fn has_costs(&self) -> bool {
        self.column(layout::COST).is_some()
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.metadata.schema().fields().iter().position(|field| field.name() == name)
    }

    fn statistics<'a>(&self, group: &'a RowGroupMetaData, name: &str) -> Option<&'a Statistics> {
        group.column(self.column(name)?).statistics()
    }

    /// The rows that may hold events of the windows, row group by row group.
    pub(crate) fn rows_between(&self, from: i64, until: i64) -> Vec<Range<usize>> {
        let groups = self.metadata.metadata().row_groups().iter().zip(&self.groups);
        groups
            .filter(|(group, _)| match self.statistics(group, layout::OCCURRED_AT) {
                Some(Statistics::Int64(times)) => {
                    times.min_opt().is_none_or(|min| *min < until)
                        && times.max_opt().is_none_or(|max| *max >= from)
                }
                _ => true,
            })
            .map(|(_, rows)| rows.clone())
            .collect()
    }

    /// The rows of a customer.
    pub(crate) fn rows_of(&self, customer: &str) -> Result<Vec<Range<usize>>, UsageError> {
        let wanted = customer.as_bytes();
        let mut found = Vec::new();
        for (group, rows) in self.metadata.metadata().row_groups().iter().zip(&self.groups) {
            if let Some(Statistics::ByteArray(codes)) = self.statistics(group, layout::CUSTOMER) {
                let below = codes.min_opt().is_some_and(|min| wanted < min.data());
                let above = codes.max_opt().is_some_and(|max| wanted > max.data());
                if below || above {
                    continue;
                }
            }
            let mut start = rows.start;
            for batch in self.read(&[layout::CUSTOMER], std::slice::from_ref(rows))? {
                let batch = batch.map_err(UsageError::arrow("read", &self.path))?;
                let column = batch.column(0).as_dictionary::<Int32Type>();
                let values = column.values().as_string::<i32>();
                if let Some(code) = (0..values.len()).find(|code| values.value(*code) == customer) {
                    let keys = column.keys().values();
                    let is = |key: &i32| usize::try_from(*key).is_ok_and(|key| key == code);
                    // Rows are sorted by customer, so its rows are one run.
                    if let Some(first) = keys.iter().position(is) {
                        let length = keys[first..].partition_point(is);
                        found.push(start + first..start + first + length);
                    }
                }
                start += batch.num_rows();
            }
        }
        Ok(join(found))
    }

    /// Reads columns of rows, in the order of the file. Column order is that of the file.
    pub(crate) fn read(
        &self,
        columns: &[&str],
        rows: &[Range<usize>],
    ) -> Result<ParquetRecordBatchReader, UsageError> {
        let fields = self.metadata.schema().fields();
        let wanted = (0..fields.len()).filter(|i| columns.contains(&fields[*i].name().as_str()));
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), wanted);
        self.reader(mask, rows)
    }

    fn reader(
        &self,
        mask: ProjectionMask,
        rows: &[Range<usize>],
    ) -> Result<ParquetRecordBatchReader, UsageError> {
        let mut groups = Vec::new();
        let mut selected = Vec::new();
        let mut base = 0;
        for (index, group) in self.groups.iter().enumerate() {
            let mut any = false;
            let before = rows.partition_point(|span| span.end <= group.start);
            for span in rows[before..].iter().take_while(|span| span.start < group.end) {
                let (start, end) = (span.start.max(group.start), span.end.min(group.end));
                selected.push(base + start - group.start..base + end - group.start);
                any = true;
            }
            if any {
                groups.push(index);
                base += group.len();
            }
        }
        let selected = join(selected);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
            OffsetFile::open(&self.path)?,
            self.metadata.clone(),
        )
        .with_projection(mask)
        .with_batch_size(BATCH_ROWS)
        .with_row_groups(groups);
        let whole = selected.len() == 1 && selected[0] == (0..base);
        let builder = if whole {
            builder
        } else {
            builder.with_row_selection(RowSelection::from_consecutive_ranges(
                selected.into_iter(),
                base,
            ))
        };
        builder.build().map_err(UsageError::parquet("read", &self.path))
    }

    /// All columns of an event.
    pub(crate) fn event(&self, place: Place) -> Result<ArchivedEvent, UsageError> {
        let row = usize::try_from(place.row).unwrap_or(usize::MAX);
        let mut reader =
            self.reader(ProjectionMask::all(), std::slice::from_ref(&(row..row + 1)))?;
        let batch = reader
            .next()
            .transpose()
            .map_err(UsageError::arrow("read", &self.path))?
            .filter(|batch| batch.num_rows() == 1)
            .ok_or_else(|| UsageError::damaged(&self.path, "has fewer rows than it says"))?;
        self.first_event(place, &batch)
            .ok_or_else(|| UsageError::damaged(&self.path, "holds something that is not an event"))
    }

    fn first_event(&self, place: Place, batch: &RecordBatch) -> Option<ArchivedEvent> {
        let text = |name: &str| -> Option<String> {
            let column = batch.column_by_name(name)?.as_dictionary_opt::<Int32Type>()?;
            let values = column.values().as_string_opt::<i32>()?;
            column.key(0).map(|key| values.value(key).to_owned())
        };
        let micros = |name: &str| -> Option<Instant> {
            let column = batch.column_by_name(name)?;
            let column = column.as_primitive_opt::<TimestampMicrosecondType>()?;
            Instant::from_micros(column.value(0)).ok()
        };
        let dimensions: BTreeMap<String, String> = self
            .dimensions()
            .filter_map(|name| Some((name.to_owned(), text(&format!("{DIMENSION}{name}"))?)))
            .collect();
        let key = batch.column_by_name(layout::KEY)?.as_string_opt::<i32>()?.value(0);
        let quantity = batch.column_by_name(layout::QUANTITY)?.as_primitive_opt::<Int64Type>()?;
        let member = text(layout::MEMBER);
        let amount = batch.column_by_name(layout::COST).and_then(|column| {
            let column = column.as_primitive_opt::<Decimal128Type>()?;
            column.is_valid(0).then(|| column.value(0))
        });
        let delivery_cost = match amount {
            Some(atoms) => {
                let currency = UnitCode::try_new(&text(layout::COST_CURRENCY)?).ok()?;
                Some(DeliveryCost::of_atoms(atoms, currency)?)
            }
            None => None,
        };
        Some(ArchivedEvent {
            segment: place.segment,
            row: place.row,
            key: EventKey::try_new(key).ok()?,
            customer: CustomerCode::try_new(&text(layout::CUSTOMER)?).ok()?,
            member: member.map(|m| MemberCode::try_new(&m)).transpose().ok()?,
            meter: MeterCode::try_new(&text(layout::METER)?).ok()?,
            dimensions,
            quantity: quantity.value(0),
            delivery_cost,
            occurred_at: micros(layout::OCCURRED_AT)?,
            received_at: micros(layout::RECEIVED_AT)?,
        })
    }

    /// The keys of rows, which are sorted.
    pub(crate) fn keys_at(&self, rows: &[u32]) -> Result<Vec<String>, UsageError> {
        let spans: Vec<Range<usize>> = rows
            .iter()
            .filter_map(|row| usize::try_from(*row).ok())
            .map(|row| row..row + 1)
            .collect();
        let mut keys = Vec::with_capacity(rows.len());
        for batch in self.read(&[layout::KEY], &join(spans))? {
            let batch = batch.map_err(UsageError::arrow("read", &self.path))?;
            keys.extend(batch.column(0).as_string::<i32>().iter().flatten().map(str::to_owned));
        }
        Ok(keys)
    }

    /// All columns of rows.
    pub(crate) fn read_rows(
        &self,
        rows: &[Range<usize>],
    ) -> Result<ParquetRecordBatchReader, UsageError> {
        self.reader(ProjectionMask::all(), rows)
    }

    /// All columns of all rows.
    pub(crate) fn read_all(&self) -> Result<ParquetRecordBatchReader, UsageError> {
        self.reader(ProjectionMask::all(), &self.groups)
    }
}

/// Joins neighbours of sorted spans.
fn join(spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if last.end == span.start => last.end = span.end,
            _ => joined.push(span),
        }
    }
    joined
}
