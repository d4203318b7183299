//! Files: written beside their place, hashed on the way, made durable, then renamed; read by offset.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use crate::error::UsageError;
use crate::manifest::FileName;

const BUFFER_BYTES: usize = 64 << 10;

/// A lock on a file, against everybody else in this and in other processes, until it is dropped.
#[derive(Debug)]
pub struct FileLock(File);

impl FileLock {
    /// Takes the lock of a file, which is made if it is not there; none when somebody else has it.
    ///
    /// # Errors
    /// The operating system's.
    pub fn take(path: &Path) -> io::Result<Option<Self>> {
        let file = File::create(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The same, after whoever has it. To be used where nobody has it for long.
    ///
    /// # Errors
    /// The operating system's.
    pub fn wait(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        loop {
            match file.lock() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                taken => return taken.map(|()| Self(file)),
            }
        }
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // A process that another thread is just starting has the file open as well for a moment, and with it
        // the lock; closing alone would leave it there. A file that cannot be unlocked is closed next.
        let _ = self.0.unlock();
    }
}

/// A file being written. It is removed when it is dropped, unless it was published.
#[derive(Debug)]
pub(crate) struct StagedFile {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl StagedFile {
    pub(crate) fn create(path: PathBuf) -> Result<Self, UsageError> {
        let file = File::create(&path).map_err(UsageError::io("create", &path))?;
        let file = BufWriter::with_capacity(BUFFER_BYTES, file);
        Ok(Self { path, file: Some(file), hasher: blake3::Hasher::new(), bytes: 0 })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes what was written durable.
    pub(crate) fn finish(mut self) -> Result<Finished, UsageError> {
        let path = self.path.clone();
        if let Some(mut file) = self.file.take() {
            file.flush().map_err(UsageError::io("write", &path))?;
            file.get_ref().sync_all().map_err(UsageError::io("write", &path))?;
        }
        let hash = self.hasher.finalize().to_hex().to_string();
        let bytes = self.bytes;
        // From here on the finished file owns the path.
        self.path = PathBuf::new();
        Ok(Finished { path, hash, bytes })
    }
}

impl Write for StagedFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let Some(file) = &mut self.file else { return Ok(0) };
        let n = file.write(buffer)?;
        self.hasher.update(&buffer[..n]);
        self.bytes += n as u64;
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            // What cannot be removed now is swept as an orphan later.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A file that is written and durable, but not yet in its place; removed when dropped.
#[derive(Debug)]
pub(crate) struct Finished {
    path: PathBuf,
    /// BLAKE3 hash in hexadecimal.
    pub(crate) hash: String,
    pub(crate) bytes: u64,
}

impl Finished {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The name that it will have.
    pub(crate) fn name(&self, seq: u32, extension: &str) -> FileName {
        FileName::numbered(seq, &self.hash, extension)
    }

    /// Puts it in its place. The folder still needs [`sync_folder`].
    pub(crate) fn publish(
        mut self,
        folder: &Path,
        name: impl AsRef<Path>,
    ) -> Result<PathBuf, UsageError> {
        let to = folder.join(name);
        fs::rename(&self.path, &to).map_err(UsageError::io("rename", &self.path))?;
        self.path = PathBuf::new();
        Ok(to)
    }
}

impl Drop for Finished {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes renames in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), UsageError> {
    // Other systems have no handle on a folder; their renames are durable with the file.
    if cfg!(unix) {
        let handle = File::open(folder).map_err(UsageError::io("open", folder))?;
        handle.sync_all().map_err(UsageError::io("write", folder))?;
    }
    Ok(())
}

/// The BLAKE3 hash of a file's bytes and their number.
pub(crate) fn hash_file(path: &Path) -> Result<(blake3::Hash, u64), UsageError> {
    let mut file = File::open(path).map_err(UsageError::io("open", path))?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let n = file.read(&mut buffer).map_err(UsageError::io("read", path))?;
        if n == 0 {
            return Ok((hasher.finalize(), bytes));
        }
        hasher.update(&buffer[..n]);
        bytes += n as u64;
    }
}

/// A file that is read at offsets, by several readers through one handle.
#[derive(Debug, Clone)]
pub(crate) struct OffsetFile {
    file: Arc<File>,
    length: u64,
    bytes_read: Arc<AtomicU64>,
}

impl OffsetFile {
    pub(crate) fn open(path: &Path) -> Result<Self, UsageError> {
        let file = File::open(path).map_err(UsageError::io("open", path))?;
        let length = file.metadata().map_err(UsageError::io("read", path))?.len();
        Ok(Self { file: Arc::new(file), length, bytes_read: Arc::default() })
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Bytes read through this handle so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    #[cfg(unix)]
    fn read_some(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&*self.file, buffer, at)
    }

    #[cfg(windows)]
    fn read_some(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&*self.file, buffer, at)
    }

    /// Fills the buffer from an offset.
    pub(crate) fn read_exact_at(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        let mut done = 0;
        while done < buffer.len() {
            match self.read_some(&mut buffer[done..], at + done as u64) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => done += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.bytes_read.fetch_add(done as u64, Ordering::Relaxed);
        Ok(())
    }
}

impl Length for OffsetFile {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for OffsetFile {
    type T = BufReader<OffsetReader>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::new(OffsetReader { file: self.clone(), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let mut buffer = vec![0; length];
        self.read_exact_at(&mut buffer, start)?;
        Ok(buffer.into())
    }
}

/// Reads on from an offset.
#[derive(Debug)]
pub(crate) struct OffsetReader {
    file: OffsetFile,
    at: u64,
}

impl Read for OffsetReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read_some(buffer, self.at)?;
        self.at += n as u64;
        self.file.bytes_read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_ends_when_it_is_dropped_whoever_has_the_file_open_still() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let lock = FileLock::take(&path).unwrap().unwrap();
        assert!(FileLock::take(&path).unwrap().is_none());
        let inherited = lock.0.try_clone().unwrap();
        drop(lock);
        assert!(FileLock::take(&path).unwrap().is_some());
        drop(inherited);
    }
}
