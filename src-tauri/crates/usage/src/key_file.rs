//! Key files: the hashes of the event keys of one import, sorted, with the place of each event.
//!
//! ```text
//! "SCRKEYS1"                       8 bytes
//! records, sorted by hash         32 bytes each: hash (16, big endian), content hash (8),
//!                                 segment (4), row (4), little endian
//! index                           257 x 8 bytes: records before each first byte, and all
//! "SCRKEYS1"                       8 bytes
//! ```

use std::io::Write;
use std::path::{Path, PathBuf};

use scrip_rating::Place;

use crate::error::UsageError;
use crate::files::{Finished, OffsetFile, StagedFile};
use crate::key_spill::{KeyRecord, PARTS, array};

const MAGIC: &[u8; 8] = b"SCRKEYS1";
const RECORD_BYTES: usize = 32;
const INDEX_BYTES: usize = (PARTS + 1) * 8 + MAGIC.len();
/// Records read at once when one is looked for.
const BLOCK_RECORDS: u64 = 64;

/// What a key file says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) hash: u128,
    pub(crate) content: u64,
    pub(crate) place: Place,
}

fn known(bytes: &[u8; RECORD_BYTES]) -> Known {
    Known {
        hash: u128::from_be_bytes(array(&bytes[..16])),
        content: u64::from_le_bytes(array(&bytes[16..24])),
        place: Place {
            segment: u32::from_le_bytes(array(&bytes[24..28])),
            row: u32::from_le_bytes(array(&bytes[28..])),
        },
    }
}

/// A committed key file.
#[derive(Debug)]
pub(crate) struct KeyFile {
    path: PathBuf,
    index: Vec<u64>,
}

impl KeyFile {
    /// Reads the index of a file that should have this many records.
    pub(crate) fn open(path: PathBuf, rows: u64) -> Result<Self, UsageError> {
        let file = OffsetFile::open(&path)?;
        let mut bytes = vec![0; INDEX_BYTES];
        let size = MAGIC.len() as u64 + rows * RECORD_BYTES as u64 + INDEX_BYTES as u64;
        if file.length() != size {
            let problem = format!("has {} bytes instead of {size}", file.length());
            return Err(UsageError::damaged(&path, problem));
        }
        file.read_exact_at(&mut bytes, size - INDEX_BYTES as u64)
            .map_err(UsageError::io("read", &path))?;
        let (numbers, magic) = bytes.split_at(INDEX_BYTES - MAGIC.len());
        let index: Vec<u64> =
            numbers.as_chunks::<8>().0.iter().map(|n| u64::from_le_bytes(*n)).collect();
        if magic != MAGIC || !index.is_sorted() || index.last() != Some(&rows) {
            return Err(UsageError::damaged(&path, "is not a key file"));
        }
        Ok(Self { path, index })
    }

    fn span(&self, part: usize) -> (u64, u64) {
        (self.index[part], self.index[part + 1])
    }

    fn read(&self, file: &OffsetFile, from: u64, count: u64) -> Result<Vec<Known>, UsageError> {
        let length = usize::try_from(count).unwrap_or(0) * RECORD_BYTES;
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, MAGIC.len() as u64 + from * RECORD_BYTES as u64)
            .map_err(UsageError::io("read", &self.path))?;
        Ok(bytes.as_chunks::<RECORD_BYTES>().0.iter().map(known).collect())
    }

    /// What the file says of a key.
    pub(crate) fn find(&self, hash: u128) -> Result<Option<Known>, UsageError> {
        let part = usize::from(hash.to_be_bytes()[0]);
        let (start, end) = self.span(part);
        if start == end {
            return Ok(None);
        }
        self.find_in(&OffsetFile::open(&self.path)?, hash)
    }

    fn find_in(&self, file: &OffsetFile, hash: u128) -> Result<Option<Known>, UsageError> {
        let (mut low, mut high) = self.span(usize::from(hash.to_be_bytes()[0]));
        // Hashes are spread evenly, so the second eight bits and on tell about where a key stands.
        let within = u128::from(high - low);
        let share = ((hash << 8) >> 64) * within;
        let mut guess = low + u64::try_from(share >> 64).unwrap_or(0);
        while low < high {
            let from = guess.saturating_sub(BLOCK_RECORDS / 2).clamp(low, high - 1);
            let block = self.read(file, from, BLOCK_RECORDS.min(high - from))?;
            match block.binary_search_by_key(&hash, |known| known.hash) {
                Ok(at) => return Ok(Some(block[at])),
                Err(0) => high = from,
                Err(at) if at == block.len() => low = from + block.len() as u64,
                Err(_) => return Ok(None),
            }
            guess = low + (high - low) / 2;
        }
        Ok(None)
    }

    /// What the file says of the keys of a part, in their order. The keys are sorted.
    pub(crate) fn find_all(
        &self,
        part: usize,
        hashes: &[u128],
    ) -> Result<Vec<(usize, Known)>, UsageError> {
        let (start, end) = self.span(part);
        let mut found = Vec::new();
        if start == end || hashes.is_empty() {
            return Ok(found);
        }
        let file = OffsetFile::open(&self.path)?;
        // A lookup costs about one block.
        if (hashes.len() as u64).saturating_mul(BLOCK_RECORDS) < end - start {
            for (index, hash) in hashes.iter().enumerate() {
                if let Some(known) = self.find_in(&file, *hash)? {
                    found.push((index, known));
                }
            }
            return Ok(found);
        }
        let all = self.read(&file, start, end - start)?;
        let mut rest = all.iter().peekable();
        for (index, hash) in hashes.iter().enumerate() {
            while rest.next_if(|known| known.hash < *hash).is_some() {}
            if let Some(known) = rest.peek().filter(|known| known.hash == *hash) {
                found.push((index, **known));
            }
        }
        Ok(found)
    }

    /// All records, part by part.
    pub(crate) fn part(&self, part: usize) -> Result<Vec<Known>, UsageError> {
        let (start, end) = self.span(part);
        self.read(&OffsetFile::open(&self.path)?, start, end - start)
    }
}

/// Writes a key file.
#[derive(Debug)]
pub(crate) struct KeyFileWriter {
    file: StagedFile,
    index: Vec<u64>,
    rows: u64,
}

impl KeyFileWriter {
    pub(crate) fn create(path: PathBuf) -> Result<Self, UsageError> {
        let mut file = StagedFile::create(path)?;
        write(&mut file, MAGIC)?;
        Ok(Self { file, index: Vec::with_capacity(PARTS + 1), rows: 0 })
    }

    /// Starts the next part; parts are written in order, each sorted by hash.
    pub(crate) fn start_part(&mut self) {
        self.index.push(self.rows);
    }

    pub(crate) fn push(
        &mut self,
        hash: u128,
        content: u64,
        place: Place,
    ) -> Result<(), UsageError> {
        let mut bytes = [0; RECORD_BYTES];
        bytes[..16].copy_from_slice(&hash.to_be_bytes());
        bytes[16..24].copy_from_slice(&content.to_le_bytes());
        bytes[24..28].copy_from_slice(&place.segment.to_le_bytes());
        bytes[28..].copy_from_slice(&place.row.to_le_bytes());
        self.rows += 1;
        write(&mut self.file, &bytes)
    }

    pub(crate) fn push_record(&mut self, record: &KeyRecord) -> Result<(), UsageError> {
        let place = Place { segment: record.segment, row: record.row };
        self.push(record.hash, record.content, place)
    }

    /// The file and its number of keys.
    pub(crate) fn finish(mut self) -> Result<(Finished, u64), UsageError> {
        self.index.push(self.rows);
        for number in std::mem::take(&mut self.index) {
            write(&mut self.file, &number.to_le_bytes())?;
        }
        write(&mut self.file, MAGIC)?;
        Ok((self.file.finish()?, self.rows))
    }
}

fn write(file: &mut StagedFile, bytes: &[u8]) -> Result<(), UsageError> {
    file.write_all(bytes).map_err(|error| UsageError::io("write", file.path())(error))
}

/// Opens a file that was just written.
pub(crate) fn reopen(path: &Path, rows: u64) -> Result<KeyFile, UsageError> {
    KeyFile::open(path.to_owned(), rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_file(path: &Path, mut hashes: Vec<u128>) -> KeyFile {
        hashes.sort_unstable();
        let mut writer = KeyFileWriter::create(path.to_owned()).unwrap();
        for part in 0..PARTS {
            writer.start_part();
            for (row, hash) in (0..).zip(&hashes) {
                if usize::from(hash.to_be_bytes()[0]) == part {
                    writer.push(*hash, u64::from(row), Place { segment: 3, row }).unwrap();
                }
            }
        }
        let (file, rows) = writer.finish().unwrap();
        let to = file.publish(path.parent().unwrap(), "x.keys").unwrap();
        KeyFile::open(to, rows).unwrap()
    }

    #[test]
    fn every_key_is_found_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let hash = |n: u32| crate::segment::key_hash(&format!("{n}"));
        // Even hashes, and a crowd in one part where guesses go wrong.
        let mut hashes: Vec<u128> = (0..20_000).map(hash).collect();
        hashes.extend((0..2_000_u128).map(|n| (7 << 120) | n));
        let file = write_file(&folder.path().join("t"), hashes.clone());
        for hash in &hashes {
            assert_eq!(file.find(*hash).unwrap().unwrap().hash, *hash);
        }
        for n in 20_000..22_000 {
            assert_eq!(file.find(hash(n)).unwrap(), None);
        }
        assert_eq!(file.find((7 << 120) | 99_999).unwrap(), None);
        for part in [0, 7, 200] {
            let mut asked: Vec<u128> = (0..30_000).map(hash).collect();
            asked.retain(|hash| usize::from(hash.to_be_bytes()[0]) == part);
            asked.sort_unstable();
            let expected = asked.iter().filter(|hash| file.find(**hash).unwrap().is_some()).count();
            assert_eq!(file.find_all(part, &asked).unwrap().len(), expected);
            assert_eq!(
                file.find_all(part, &asked[..1]).unwrap().len(),
                usize::from(file.find(asked[0]).unwrap().is_some())
            );
        }
    }

    #[test]
    fn a_file_of_another_length_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        write_file(&folder.path().join("t"), vec![1, 2]);
        let error = KeyFile::open(folder.path().join("x.keys"), 3).unwrap_err();
        assert!(error.to_string().contains("instead of"), "{error}");
    }
}
