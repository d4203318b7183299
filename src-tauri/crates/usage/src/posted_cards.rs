//! Which rate card priced each event when it was posted, from the burn detail.
//!
//! Reports ask this of every event of many customers, so the files are opened once and only the columns
//! that answer it are read.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, UInt32Type};
use arrow_array::{Array, RecordBatch};
use scrip_rating::Place;
use scrip_units::CustomerCode;

use crate::archive::Archive;
use crate::error::UsageError;
use crate::segment_file::SegmentFile;

/// The card that priced an event, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedCard {
    /// The event.
    pub place: Place,
    /// The rate card.
    pub card: Arc<str>,
    /// Its version.
    pub version: u32,
}

/// The committed detail files, opened.
#[derive(Debug)]
pub struct PostedCards {
    files: Vec<SegmentFile>,
}

impl Archive {
    /// The cards that priced what was posted.
    ///
    /// # Errors
    /// Errors of reading.
    pub fn posted_cards(&self) -> Result<PostedCards, UsageError> {
        let files = self.details().iter();
        let files = files.map(|info| SegmentFile::open(self.detail_path(info), info.seq));
        Ok(PostedCards { files: files.collect::<Result<_, _>>()? })
    }
}

impl PostedCards {
    /// The cards of a customer's events, in posting order: several for an event that lots of several
    /// versions paid for, none for one that cost nothing or was refused.
    ///
    /// # Errors
    /// Errors of reading.
    pub fn of(&self, customer: &CustomerCode) -> Result<Vec<PostedCard>, UsageError> {
        let mut found = Vec::new();
        for file in &self.files {
            let rows = file.rows_of(customer.as_str())?;
            if rows.is_empty() {
                continue;
            }
            for batch in file.read(&["segment", "row", "card", "version"], &rows)? {
                let batch = batch.map_err(UsageError::arrow("read", file.path()))?;
                decode(&batch, &mut found).ok_or_else(|| {
                    UsageError::damaged(file.path(), "holds something that is not burn detail")
                })?;
            }
        }
        Ok(found)
    }
}

fn decode(batch: &RecordBatch, found: &mut Vec<PostedCard>) -> Option<()> {
    let number = |name| batch.column_by_name(name)?.as_primitive_opt::<UInt32Type>();
    let (segment, row, version) = (number("segment")?, number("row")?, number("version")?);
    let cards = batch.column_by_name("card")?.as_dictionary_opt::<Int32Type>()?;
    let names = cards.values().as_string_opt::<i32>()?;
    let names: Vec<Arc<str>> = names.iter().map(|name| name.unwrap_or_default().into()).collect();
    for at in (0..batch.num_rows()).filter(|at| !cards.keys().is_null(*at)) {
        let name = names.get(usize::try_from(cards.keys().value(at)).ok()?)?;
        found.push(PostedCard {
            place: Place { segment: segment.value(at), row: row.value(at) },
            card: Arc::clone(name),
            version: version.value(at),
        });
    }
    Some(())
}
