//! A segment written again without some of its rows.

use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMicrosecondType};
use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;

use crate::dedupe::RowSet;
use crate::error::UsageError;
use crate::files::StagedFile;
use crate::layout;
use crate::segment::{Facts, StagedSegment};
use crate::segment_file::SegmentFile;

/// The segment without the rows of the set.
pub(crate) fn without(
    segment: &StagedSegment,
    dropped: &RowSet,
    staging: &Path,
) -> Result<StagedSegment, UsageError> {
    let path = staging.join(format!("{:06}-kept.parquet", segment.seq));
    let file = SegmentFile::open(segment.file.path().to_owned(), segment.seq)?;
    let mut writer = None;
    let mut tally = Tally::default();
    let mut row = 0;
    for batch in file.read_all()? {
        let batch = batch.map_err(UsageError::arrow("read", file.path()))?;
        let keep: BooleanArray =
            (row..).take(batch.num_rows()).map(|row| Some(!dropped.contains(row))).collect();
        row += u32::try_from(batch.num_rows()).unwrap_or(0);
        let kept = filter_record_batch(&batch, &keep).map_err(UsageError::arrow("write", &path))?;
        tally.count(&kept).ok_or_else(|| {
            UsageError::damaged(file.path(), "holds something that is not an event")
        })?;
        let writer = match &mut writer {
            Some(writer) => writer,
            None => writer.insert(
                layout::writer(StagedFile::create(path.clone())?, &batch.schema())
                    .map_err(UsageError::parquet("write", &path))?,
            ),
        };
        writer.write(&kept).map_err(UsageError::parquet("write", &path))?;
    }
    let writer = writer.ok_or_else(|| UsageError::damaged(file.path(), "has no rows"))?;
    let finished = writer.into_inner().map_err(UsageError::parquet("write", &path))?.finish()?;
    Ok(StagedSegment {
        seq: segment.seq,
        file: finished,
        rows: segment.rows - dropped.len(),
        facts: Facts {
            first_at: tally.first_at.unwrap_or(0),
            last_at: tally.last_at.unwrap_or(0),
            customers: tally.customers,
        },
    })
}

/// What the manifest says of the rows that are kept.
#[derive(Default)]
struct Tally {
    first_at: Option<i64>,
    last_at: Option<i64>,
    customers: u32,
    customer: String,
}

impl Tally {
    fn count(&mut self, batch: &RecordBatch) -> Option<()> {
        let times = batch.column_by_name(layout::OCCURRED_AT)?;
        for time in times.as_primitive_opt::<TimestampMicrosecondType>()?.values() {
            self.first_at = Some(self.first_at.map_or(*time, |first| first.min(*time)));
            self.last_at = Some(self.last_at.map_or(*time, |last| last.max(*time)));
        }
        let customers = batch.column_by_name(layout::CUSTOMER)?.as_dictionary_opt::<Int32Type>()?;
        let values = customers.values().as_string_opt::<i32>()?;
        let mut last = None;
        for code in customers.keys().values() {
            if last == Some(code) {
                continue;
            }
            last = Some(code);
            let customer = values.value(usize::try_from(*code).ok()?);
            if customer != self.customer {
                customer.clone_into(&mut self.customer);
                self.customers += 1;
            }
        }
        Some(())
    }
}
