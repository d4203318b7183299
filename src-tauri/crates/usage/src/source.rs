//! The file that is imported: its format, its compression, its bytes.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::error::UsageError;
use crate::mapping::Format;

/// A row of a text file may not be longer than this.
pub(crate) const ROW_BYTES_MAX: u64 = 16 << 20;
/// Bytes asked of the file at once.
pub(crate) const BUFFER_BYTES: usize = 128 << 10;

/// A file to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    path: PathBuf,
}

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Source {
    /// The file at a path. Its compression (gzip, zstd or none) is seen from its first bytes.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The format as the file's name tells it, with `.gz` or `.zst` left aside.
    #[must_use]
    pub fn format_by_name(&self) -> Option<Format> {
        let name = self.path.file_name()?.to_str()?.to_ascii_lowercase();
        let name = [".gz", ".gzip", ".zst", ".zstd"]
            .iter()
            .find_map(|end| name.strip_suffix(end))
            .unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "csv" | "tsv" => Some(Format::Csv),
            "jsonl" | "ndjson" => Some(Format::JsonLines),
            "parquet" | "pq" => Some(Format::Parquet),
            _ => None,
        }
    }

    /// The field separator as the file's name tells it.
    pub(crate) fn delimiter_by_name(&self) -> u8 {
        let name = self.path.to_string_lossy().to_ascii_lowercase();
        if name.contains(".tsv") { b'\t' } else { b',' }
    }

    pub(crate) fn open(&self) -> Result<(File, u64, Compression), UsageError> {
        let mut file = File::open(&self.path).map_err(UsageError::io("open", &self.path))?;
        let read = UsageError::io("read", &self.path);
        let bytes = file.metadata().map_err(UsageError::io("read", &self.path))?.len();
        let mut magic = [0_u8; 4];
        let mut length = 0;
        let mut fill = || -> io::Result<()> {
            while length < magic.len() {
                match file.read(&mut magic[length..])? {
                    0 => break,
                    n => length += n,
                }
            }
            io::Seek::rewind(&mut file)
        };
        fill().map_err(read)?;
        let compression = match magic {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd] => Compression::Zstd,
            _ => Compression::None,
        };
        if length == 0 {
            return Err(UsageError::EmptySource { path: self.path.clone() });
        }
        Ok((file, bytes, compression))
    }

    /// The content, decompressed.
    pub(crate) fn stream(&self) -> Result<ByteStream, UsageError> {
        let (file, _, compression) = self.open()?;
        let gauge = Rc::new(Gauge::default());
        let counted = Counted { file, gauge: Rc::clone(&gauge) };
        let content: Box<dyn Read> = match compression {
            Compression::None => Box::new(counted),
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(
                io::BufReader::with_capacity(BUFFER_BYTES, counted),
            )),
            Compression::Zstd => Box::new(
                zstd::Decoder::with_buffer(io::BufReader::with_capacity(BUFFER_BYTES, counted))
                    .map_err(UsageError::io("read", &self.path))?,
            ),
        };
        let mut stream = ByteStream {
            path: self.path.clone(),
            compression,
            content,
            gauge,
            hasher: blake3::Hasher::new(),
            pending: Vec::new(),
        };
        stream.skip_byte_order_mark()?;
        Ok(stream)
    }

    /// The BLAKE3 hash of the content, decompressed, so that compressing it again changes nothing.
    pub(crate) fn content_hash(&self) -> Result<blake3::Hash, UsageError> {
        let mut stream = self.stream()?;
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return Ok(stream.hasher.finalize()),
                Ok(_) => stream.gauge.row_ended(),
                Err(error) => return Err(stream.fault().error(error, 0)),
            }
        }
    }
}

/// How far the reading has come.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    bytes_read: Cell<u64>,
    since_row: Cell<u64>,
}

impl Gauge {
    /// Bytes of the file, as compressed.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read.get()
    }

    /// Tells that a row was complete; a row that never is would be read into memory whole.
    pub(crate) fn row_ended(&self) {
        self.since_row.set(0);
    }
}

struct Counted {
    file: File,
    gauge: Rc<Gauge>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.gauge.bytes_read.set(self.gauge.bytes_read.get() + to_u64(n));
        Ok(n)
    }
}

fn to_u64(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// The decompressed bytes of a source.
pub(crate) struct ByteStream {
    path: PathBuf,
    compression: Compression,
    content: Box<dyn Read>,
    gauge: Rc<Gauge>,
    hasher: blake3::Hasher,
    pending: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
#[error("the row is too long")]
struct RowTooLong;

impl ByteStream {
    fn skip_byte_order_mark(&mut self) -> Result<(), UsageError> {
        let mut start = [0_u8; 3];
        let mut length = 0;
        while length < start.len() {
            match self.content.read(&mut start[length..]) {
                Ok(0) => break,
                Ok(n) => length += n,
                Err(error) => return Err(self.fault().error(error, 1)),
            }
        }
        self.hasher.update(&start[..length]);
        match &start[..length] {
            [0xef, 0xbb, 0xbf] => {}
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                return Err(UsageError::NotUtf8 { path: self.path.clone(), line: 1 });
            }
            other => self.pending = other.to_vec(),
        }
        Ok(())
    }

    pub(crate) fn gauge(&self) -> Rc<Gauge> {
        Rc::clone(&self.gauge)
    }

    pub(crate) fn content_hash(&self) -> blake3::Hash {
        self.hasher.finalize()
    }

    /// What turns errors of reading into errors with the file.
    pub(crate) fn fault(&self) -> Fault {
        Fault {
            path: self.path.clone(),
            compression: self.compression,
            gauge: Rc::clone(&self.gauge),
        }
    }
}

impl Read for ByteStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let since = self.gauge.since_row.get();
        if since > ROW_BYTES_MAX {
            return Err(io::Error::other(RowTooLong));
        }
        if !self.pending.is_empty() {
            let n = self.pending.len().min(buffer.len());
            buffer[..n].copy_from_slice(&self.pending[..n]);
            self.pending.drain(..n);
            return Ok(n);
        }
        let n = self.content.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        self.gauge.since_row.set(since + to_u64(n));
        Ok(n)
    }
}

/// Tells what an error of reading means for the file.
#[derive(Debug)]
pub(crate) struct Fault {
    path: PathBuf,
    compression: Compression,
    gauge: Rc<Gauge>,
}

impl Fault {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn error(&self, error: io::Error, line: u64) -> UsageError {
        let path = self.path.clone();
        if error.get_ref().is_some_and(|inner| inner.is::<RowTooLong>()) {
            return UsageError::RowTooLong { path, line, limit: ROW_BYTES_MAX };
        }
        if self.compression == Compression::None {
            return UsageError::Io { action: "read", path, source: error };
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                UsageError::Truncated { path, bytes_read: self.gauge.bytes_read() }
            }
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
                UsageError::Decompress { path, message: error.to_string() }
            }
            _ => UsageError::Io { action: "read", path, source: error },
        }
    }
}
