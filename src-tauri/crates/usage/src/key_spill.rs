//! The keys of an import, parted by their first byte, in bounded memory.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use crate::error::UsageError;
use crate::files::OffsetFile;

/// Parts of the key space: one for each first byte of the hash.
pub(crate) const PARTS: usize = 256;

/// An event's key, content and place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyRecord {
    /// First 16 bytes of the BLAKE3 hash of the key.
    pub(crate) hash: u128,
    /// Orders events as their rows came.
    pub(crate) ordinal: u64,
    /// Hash of what the event says.
    pub(crate) content: u64,
    pub(crate) segment: u32,
    pub(crate) row: u32,
}

const RECORD_BYTES: usize = 40;

impl KeyRecord {
    pub(crate) fn part(&self) -> usize {
        usize::from(self.hash.to_be_bytes()[0])
    }

    fn to_bytes(self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        bytes[..16].copy_from_slice(&self.hash.to_be_bytes());
        bytes[16..24].copy_from_slice(&self.ordinal.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.content.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.segment.to_le_bytes());
        bytes[36..].copy_from_slice(&self.row.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; RECORD_BYTES]) -> Self {
        Self {
            hash: u128::from_be_bytes(array(&bytes[..16])),
            ordinal: u64::from_le_bytes(array(&bytes[16..24])),
            content: u64::from_le_bytes(array(&bytes[24..32])),
            segment: u32::from_le_bytes(array(&bytes[32..36])),
            row: u32::from_le_bytes(array(&bytes[36..])),
        }
    }
}

/// A fixed array of bytes from a slice of the same length.
pub(crate) fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(bytes);
    array
}

/// Records kept in memory until they are too many, then in one temporary file, part by part.
#[derive(Debug)]
pub(crate) struct KeySpill {
    path: PathBuf,
    limit: usize,
    kept: usize,
    parts: Vec<Vec<KeyRecord>>,
    /// For each time that the memory was emptied: where each part starts in the file, and the end.
    runs: Vec<Vec<u64>>,
    file: Option<std::fs::File>,
    written: u64,
    reader: Option<OffsetFile>,
}

impl KeySpill {
    /// At most `limit` records are kept in memory.
    pub(crate) fn new(path: PathBuf, limit: usize) -> Self {
        Self {
            path,
            limit,
            kept: 0,
            parts: vec![Vec::new(); PARTS],
            runs: Vec::new(),
            file: None,
            written: 0,
            reader: None,
        }
    }

    pub(crate) fn push(&mut self, record: KeyRecord) -> Result<(), UsageError> {
        self.parts[record.part()].push(record);
        self.kept += 1;
        if self.kept >= self.limit { self.empty() } else { Ok(()) }
    }

    fn empty(&mut self) -> Result<(), UsageError> {
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                std::fs::File::create(&self.path).map_err(UsageError::io("create", &self.path))?
            }
        };
        let mut writer = BufWriter::with_capacity(256 << 10, file);
        let mut starts = Vec::with_capacity(PARTS + 1);
        for part in &mut self.parts {
            starts.push(self.written);
            for record in part.iter() {
                writer
                    .write_all(&record.to_bytes())
                    .map_err(UsageError::io("write", &self.path))?;
            }
            self.written += (part.len() * RECORD_BYTES) as u64;
            part.clear();
        }
        starts.push(self.written);
        self.runs.push(starts);
        let file = writer
            .into_inner()
            .map_err(|error| UsageError::io("write", &self.path)(error.into_error()))?;
        self.file = Some(file);
        self.kept = 0;
        Ok(())
    }

    /// All records of a part, sorted by hash and then as their rows came.
    pub(crate) fn part(&mut self, part: usize) -> Result<Vec<KeyRecord>, UsageError> {
        let mut records = std::mem::take(&mut self.parts[part]);
        if !self.runs.is_empty() {
            let file = match self.reader.take() {
                Some(file) => file,
                None => OffsetFile::open(&self.path)?,
            };
            let mut bytes = Vec::new();
            for run in &self.runs {
                let (start, end) = (run[part], run[part + 1]);
                bytes.resize(usize::try_from(end - start).unwrap_or(0), 0);
                file.read_exact_at(&mut bytes, start)
                    .map_err(UsageError::io("read", &self.path))?;
                let (chunks, _) = bytes.as_chunks::<RECORD_BYTES>();
                records.extend(chunks.iter().map(KeyRecord::from_bytes));
            }
            self.reader = Some(file);
        }
        records.sort_unstable();
        Ok(records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_whole_and_sorted_whether_spilled_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let records: Vec<KeyRecord> = (0..5_000_u32)
            .map(|row| KeyRecord {
                hash: crate::segment::key_hash(&format!("k{}", row % 3_000)),
                ordinal: u64::from(row),
                content: u64::from(row) * 7,
                segment: 1 + row / 1_000,
                row,
            })
            .collect();
        for limit in [1, 64, 999, 100_000] {
            let mut spill = KeySpill::new(folder.path().join(format!("{limit}")), limit);
            for record in records.iter().rev() {
                spill.push(*record).unwrap();
            }
            let mut back = Vec::new();
            for part in 0..PARTS {
                let part = spill.part(part).unwrap();
                assert!(part.is_sorted());
                back.extend(part);
            }
            let mut want = records.clone();
            want.sort_unstable();
            assert_eq!(back, want, "{limit}");
        }
    }
}
