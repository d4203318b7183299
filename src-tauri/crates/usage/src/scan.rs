//! The scan: usage customer by customer, merged over segments.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::iter::FusedIterator;
use std::sync::Arc;

use scrip_rating::UsageBatch;
use scrip_units::CustomerCode;

use crate::cursor::{BatchBuilder, SegmentCursor};
use crate::error::UsageError;
use crate::manifest::SegmentWindow;
use crate::segment_file::SegmentFile;

/// A segment and the windows on it.
pub(crate) type Windowed = (Arc<SegmentFile>, Vec<SegmentWindow>);

/// Half-open spans in microseconds, sorted and apart: the union of the windows.
pub(crate) fn union(windows: &[SegmentWindow]) -> Vec<(i64, i64)> {
    let mut spans: Vec<(i64, i64)> = windows
        .iter()
        .map(|w| (w.from.micros(), w.until.micros()))
        .filter(|(from, until)| from < until)
        .collect();
    spans.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
    for (from, until) in spans {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => joined.push((from, until)),
        }
    }
    joined
}

/// Usage batches in ascending order of customer code. Customers without events in the windows have
/// no batch.
#[derive(Debug)]
pub struct CustomerScan {
    cursors: Vec<SegmentCursor>,
    /// The customer that each cursor stands at, the smallest first.
    heads: BinaryHeap<Reverse<(Arc<str>, usize)>>,
    builder: BatchBuilder,
    failed: bool,
}

impl CustomerScan {
    pub(crate) fn new(segments: Vec<Windowed>) -> Result<Self, UsageError> {
        let mut scan = Self {
            cursors: Vec::with_capacity(segments.len()),
            heads: BinaryHeap::new(),
            builder: BatchBuilder::default(),
            failed: false,
        };
        for (file, windows) in segments {
            let spans = union(&windows);
            let (Some(first), Some(last)) = (spans.first(), spans.last()) else { continue };
            let rows = file.rows_between(first.0, last.1);
            scan.cursors.push(SegmentCursor::new(&file, rows, spans)?);
            scan.advance(scan.cursors.len() - 1)?;
        }
        Ok(scan)
    }

    fn advance(&mut self, index: usize) -> Result<(), UsageError> {
        if let Some(customer) = self.cursors[index].customer()? {
            self.heads.push(Reverse((Arc::from(customer), index)));
        }
        Ok(())
    }

    fn next_batch(&mut self) -> Result<Option<UsageBatch>, UsageError> {
        while let Some(Reverse((customer, index))) = self.heads.pop() {
            self.cursors[index].take(&customer, &mut self.builder)?;
            self.advance(index)?;
            while let Some(Reverse((_, index))) =
                self.heads.peek().filter(|Reverse((other, _))| *other == customer).cloned()
            {
                self.heads.pop();
                self.cursors[index].take(&customer, &mut self.builder)?;
                self.advance(index)?;
            }
            if let Some(batch) = self.builder.finish(&customer)? {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }
}

impl Iterator for CustomerScan {
    type Item = Result<UsageBatch, UsageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.next_batch().transpose();
        self.failed = matches!(next, Some(Err(_)));
        next
    }
}

impl FusedIterator for CustomerScan {}

/// The usage of one customer.
pub(crate) fn one_customer(
    segments: Vec<Windowed>,
    customer: &CustomerCode,
) -> Result<UsageBatch, UsageError> {
    let mut builder = BatchBuilder::default();
    for (file, windows) in segments {
        let rows = file.rows_of(customer.as_str())?;
        if rows.is_empty() {
            continue;
        }
        let mut cursor = SegmentCursor::new(&file, rows, union(&windows))?;
        if cursor.customer()?.is_some() {
            cursor.take(customer.as_str(), &mut builder)?;
        }
    }
    let nothing = || UsageBatch::empty(customer.clone());
    Ok(builder.finish(customer.as_str())?.unwrap_or_else(nothing))
}
