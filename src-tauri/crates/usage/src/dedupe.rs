//! Idempotency: which events of an import are new, which came before, which contradict.

use std::collections::BTreeMap;
use std::path::PathBuf;

use scrip_rating::Place;

use crate::error::UsageError;
use crate::files::Finished;
use crate::key_file::{self, KeyFile, KeyFileWriter, Known};
use crate::key_spill::{KeyRecord, KeySpill, PARTS};
use crate::segment::line_of;

/// Rows of a segment that are not kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowSet {
    words: Vec<u64>,
    /// Rows in the words before each.
    before: Vec<u32>,
}

impl RowSet {
    fn place(row: u32) -> (usize, u64) {
        (usize::try_from(row / 64).unwrap_or(usize::MAX), 1 << (row % 64))
    }

    fn insert(&mut self, row: u32) {
        let (word, bit) = Self::place(row);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= bit;
    }

    /// Counts, so that [`RowSet::below`] can be asked.
    fn close(&mut self) {
        let mut sum = 0;
        self.before = self
            .words
            .iter()
            .map(|word| {
                let before = sum;
                sum += word.count_ones();
                before
            })
            .collect();
    }

    pub(crate) fn contains(&self, row: u32) -> bool {
        let (word, bit) = Self::place(row);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// How many rows of the set are below a row.
    fn below(&self, row: u32) -> u32 {
        let (word, bit) = Self::place(row);
        match (self.words.get(word), self.before.get(word)) {
            (Some(bits), Some(before)) => before + (bits & (bit - 1)).count_ones(),
            _ => self.len(),
        }
    }

    pub(crate) fn len(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }
}

/// An event whose key another event has with other content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) line: u64,
    pub(crate) place: Place,
    pub(crate) other: Other,
}

/// The event that came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Other {
    /// In the same import, on this line.
    Line(u64),
    /// Committed before.
    Archived(Place),
}

/// What was found about the keys of an import.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Rows not kept, by segment.
    pub(crate) dropped: BTreeMap<u32, RowSet>,
    pub(crate) duplicates: u64,
    /// The first conflicts by line.
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) conflicts_total: u64,
    /// The key file of what is kept, if anything is.
    pub(crate) keys: Option<(Finished, u64)>,
}

impl Verdict {
    fn keep_first(&mut self, listed_max: usize) {
        self.conflicts.sort_unstable_by_key(|conflict| (conflict.line, conflict.place));
        self.conflicts.truncate(listed_max);
    }
}

/// Compares the keys of an import with each other and with those of earlier imports.
pub(crate) fn judge(
    mut spill: KeySpill,
    earlier: &[KeyFile],
    listed_max: usize,
    staging: &std::path::Path,
    check: &mut dyn FnMut() -> Result<(), UsageError>,
) -> Result<Verdict, UsageError> {
    let mut verdict = Verdict::default();
    let path = |name: &str| -> PathBuf { staging.join(name) };
    let mut writer = KeyFileWriter::create(path("judged.keys"))?;
    for part in 0..PARTS {
        check()?;
        let records = spill.part(part)?;
        writer.start_part();
        let known = known_before(part, &records, earlier)?;
        for group in records.chunk_by(|a, b| a.hash == b.hash) {
            judge_key(group, known.get(&group[0].hash), &mut verdict, &mut writer)?;
        }
        if verdict.conflicts.len() > 2 * listed_max {
            verdict.keep_first(listed_max);
        }
    }
    verdict.keep_first(listed_max);
    for set in verdict.dropped.values_mut() {
        set.close();
    }
    let (file, rows) = writer.finish()?;
    verdict.keys = match (rows, verdict.dropped.is_empty()) {
        (0, _) => None,
        (_, true) => Some((file, rows)),
        (_, false) => Some(renumber(&file, rows, &verdict.dropped, path("renumbered.keys"))?),
    };
    Ok(verdict)
}

fn known_before(
    part: usize,
    records: &[KeyRecord],
    earlier: &[KeyFile],
) -> Result<BTreeMap<u128, Known>, UsageError> {
    let mut known = BTreeMap::new();
    if records.is_empty() || earlier.is_empty() {
        return Ok(known);
    }
    let mut hashes: Vec<u128> = records.iter().map(|record| record.hash).collect();
    hashes.dedup();
    for file in earlier {
        for (_, found) in file.find_all(part, &hashes)? {
            known.insert(found.hash, found);
        }
    }
    Ok(known)
}

/// Judges the events of one key, in the order of their rows.
fn judge_key(
    group: &[KeyRecord],
    known: Option<&Known>,
    verdict: &mut Verdict,
    writer: &mut KeyFileWriter,
) -> Result<(), UsageError> {
    let (content, other, rest) = match (known, group.split_first()) {
        (Some(known), _) => (known.content, Other::Archived(known.place), group),
        (None, Some((first, rest))) => {
            writer.push_record(first)?;
            (first.content, Other::Line(line_of(first.ordinal)), rest)
        }
        (None, None) => return Ok(()),
    };
    for record in rest {
        verdict.dropped.entry(record.segment).or_default().insert(record.row);
        if record.content == content {
            verdict.duplicates += 1;
        } else {
            verdict.conflicts_total += 1;
            verdict.conflicts.push(Conflict {
                line: line_of(record.ordinal),
                place: Place { segment: record.segment, row: record.row },
                other,
            });
        }
    }
    Ok(())
}

/// Writes the key file again with the rows that events have once the others are gone.
fn renumber(
    judged: &Finished,
    rows: u64,
    dropped: &BTreeMap<u32, RowSet>,
    path: PathBuf,
) -> Result<(Finished, u64), UsageError> {
    let file = key_file::reopen(judged.path(), rows)?;
    let mut writer = KeyFileWriter::create(path)?;
    for part in 0..PARTS {
        writer.start_part();
        for Known { hash, content, place } in file.part(part)? {
            let gone = dropped.get(&place.segment).map_or(0, |set| set.below(place.row));
            writer.push(hash, content, Place { row: place.row - gone, ..place })?;
        }
    }
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_below_any_row() {
        let mut set = RowSet::default();
        let rows = [0, 1, 63, 64, 130, 700];
        for row in rows {
            set.insert(row);
        }
        set.close();
        assert_eq!(set.len(), 6);
        for row in 0..1_000 {
            assert_eq!(set.contains(row), rows.contains(&row));
            let want = rows.iter().filter(|r| **r < row).count();
            assert_eq!(usize::try_from(set.below(row)).unwrap(), want, "{row}");
        }
    }
}
