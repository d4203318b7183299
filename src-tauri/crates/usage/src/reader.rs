//! Usage of one customer after another, as the operations of a posting ask for it.
//!
//! A posting leaves an operation for each customer, in ascending order of code. Whoever applies them
//! again asks for the same customers in the same order, so a place is kept in every segment and the
//! next customer is usually the one it stands at: a segment is read once, not once for each customer.

use std::collections::BTreeMap;

use scrip_rating::UsageBatch;
use scrip_units::CustomerCode;

use crate::archive::Archive;
use crate::cursor::{BatchBuilder, SegmentCursor};
use crate::error::UsageError;
use crate::manifest::SegmentWindow;
use crate::scan::{Windowed, union};

/// Customers that are passed over before the wanted one is looked up instead.
const PASSED_MAX: usize = 32;

/// Segments in which a place is kept; each costs an open file and one decoded batch.
const OPEN_MAX: usize = 64;

/// Reads the usage of customers in any order; quickest in ascending order of code.
#[derive(Debug)]
pub struct UsageReader<'a> {
    archive: &'a Archive,
    open: BTreeMap<u32, Open>,
    builder: BatchBuilder,
}

/// A place in a segment, for one union of windows.
#[derive(Debug)]
struct Open {
    spans: Vec<(i64, i64)>,
    cursor: SegmentCursor,
}

impl<'a> UsageReader<'a> {
    pub(crate) fn new(archive: &'a Archive) -> Self {
        Self { archive, open: BTreeMap::new(), builder: BatchBuilder::default() }
    }

    /// The usage of one customer in the windows: what [`Archive::customer`] says.
    ///
    /// # Errors
    /// As [`Archive::scan`].
    pub fn customer(
        &mut self,
        customer: &CustomerCode,
        windows: &[SegmentWindow],
    ) -> Result<UsageBatch, UsageError> {
        for windowed in self.archive.windowed(windows)? {
            self.take(customer.as_str(), windowed)?;
        }
        let nothing = || UsageBatch::empty(customer.clone());
        Ok(self.builder.finish(customer.as_str())?.unwrap_or_else(nothing))
    }

    /// Gives what a segment has of the customer to the builder, and keeps the place after it.
    fn take(&mut self, customer: &str, (file, windows): Windowed) -> Result<(), UsageError> {
        let spans = union(&windows);
        let kept = match self.open.remove(&file.segment) {
            Some(mut open) => (open.spans == spans && open.reaches(customer)?).then_some(open),
            None => None,
        };
        let mut open = match kept {
            Some(open) => open,
            None => {
                let (Some(first), Some(last)) = (spans.first(), spans.last()) else {
                    return Ok(());
                };
                let Some(from) = file.rows_of(customer)?.first().map(|rows| rows.start) else {
                    return Ok(());
                };
                let rows = file.rows_between(first.0, last.1);
                let rows = rows.into_iter().filter(|rows| rows.end > from);
                let rows = rows.map(|rows| rows.start.max(from)..rows.end).collect();
                let cursor = SegmentCursor::new(&file, rows, spans.clone())?;
                Open { spans, cursor }
            }
        };
        open.cursor.take(customer, &mut self.builder)?;
        if self.open.len() >= OPEN_MAX {
            self.open.clear();
        }
        self.open.insert(file.segment, open);
        Ok(())
    }
}

impl Open {
    /// Moves to the customer if it is not far ahead; whether it stands at it.
    fn reaches(&mut self, customer: &str) -> Result<bool, UsageError> {
        for _ in 0..PASSED_MAX {
            match self.cursor.customer()? {
                Some(at) if at < customer => self.cursor.pass(),
                at => return Ok(at == Some(customer)),
            }
        }
        Ok(false)
    }
}
