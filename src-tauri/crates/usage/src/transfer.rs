//! Files of the archive on their way between folders: out in parts, in again with their hash compared.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::UsageError;
use crate::files::{StagedFile, sync_folder};
use crate::manifest::{FileName, Manifest};

/// A file that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    folder: &'static str,
    name: FileName,
    /// BLAKE3 hash of its bytes, in lower-case hexadecimal.
    pub hash: String,
}

impl Manifest {
    /// All files, in the order in which they were committed within each kind.
    #[must_use]
    pub fn files(&self) -> Vec<ListedFile> {
        let listed = |folder| {
            move |(name, hash): (&FileName, &String)| ListedFile {
                folder,
                name: name.clone(),
                hash: hash.clone(),
            }
        };
        let segments = self.segments.iter().map(|s| (&s.file, &s.hash)).map(listed("segments"));
        let keys = self.keys.iter().map(|k| (&k.file, &k.hash)).map(listed("keys"));
        let details = self.details.iter().map(|d| (&d.file, &d.hash)).map(listed("detail"));
        segments.chain(keys).chain(details).collect()
    }
}

impl ListedFile {
    /// Where it is in an archive.
    #[must_use]
    pub fn path(&self, root: &Path) -> PathBuf {
        root.join(self.folder).join(&self.name)
    }

    /// Opens it, to be handed out in parts.
    ///
    /// # Errors
    /// [`UsageError::Damaged`] when it is missing, [`UsageError::Io`].
    pub fn open(&self, root: &Path) -> Result<Outgoing, UsageError> {
        let path = self.path(root);
        match File::open(&path) {
            Ok(file) => Ok(Outgoing { file, path }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(UsageError::damaged(&path, "is missing"))
            }
            Err(error) => Err(UsageError::io("open", &path)(error)),
        }
    }

    /// Begins to receive it beside its place in an archive.
    ///
    /// # Errors
    /// [`UsageError::Io`].
    pub fn receive(&self, root: &Path) -> Result<Incoming, UsageError> {
        /// Several may receive the same file at once; the last to end puts the same bytes in place.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let folder = root.join(self.folder);
        let staging = root.join("staging");
        for folder in [&folder, &staging] {
            std::fs::create_dir_all(folder).map_err(UsageError::io("create", folder))?;
        }
        let own = NEXT.fetch_add(1, Ordering::Relaxed);
        let staged = format!("{}.{}-{own}", self.name, std::process::id());
        Ok(Incoming {
            file: StagedFile::create(staging.join(staged))?,
            folder,
            listed: self.clone(),
        })
    }
}

/// A committed file that is handed out.
#[derive(Debug)]
pub struct Outgoing {
    file: File,
    path: PathBuf,
}

impl Outgoing {
    /// The next part: as many bytes as fit, none at the end.
    ///
    /// # Errors
    /// [`UsageError::Io`].
    pub fn part(&mut self, buffer: &mut [u8]) -> Result<usize, UsageError> {
        let mut length = 0;
        while length < buffer.len() {
            match self.file.read(&mut buffer[length..]) {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(UsageError::io("read", &self.path)(error)),
            }
        }
        Ok(length)
    }
}

/// A file that comes from elsewhere. It is gone when it is dropped before its end.
#[derive(Debug)]
pub struct Incoming {
    file: StagedFile,
    folder: PathBuf,
    listed: ListedFile,
}

impl Incoming {
    /// Takes the next part.
    ///
    /// # Errors
    /// [`UsageError::Io`].
    pub fn part(&mut self, content: &[u8]) -> Result<(), UsageError> {
        let path = self.file.path().to_owned();
        self.file.write_all(content).map_err(UsageError::io("write", &path))
    }

    /// Puts it in its place, durably, when it is what the manifest says.
    ///
    /// # Errors
    /// [`UsageError::Damaged`] when its bytes have another hash, [`UsageError::Io`].
    pub fn finish(self) -> Result<u64, UsageError> {
        let Self { file, folder, listed } = self;
        let finished = file.finish()?;
        if finished.hash != listed.hash {
            let problem = format!(
                "came with the hash {} instead of {}, and was left out",
                finished.hash, listed.hash
            );
            return Err(UsageError::damaged(&folder.join(&listed.name), problem));
        }
        let bytes = finished.bytes;
        finished.publish(&folder, &listed.name)?;
        sync_folder(&folder)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(name: &str, content: &[u8]) -> ListedFile {
        let hash = blake3::hash(content).to_hex().to_string();
        let name = name.to_owned().try_into().unwrap();
        ListedFile { folder: "segments", name, hash }
    }

    #[test]
    fn a_file_goes_out_in_parts_and_comes_in_as_it_was() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let content: Vec<u8> = (0..=255).cycle().take(1_000).collect();
        let file = listed("000001-a.parquet", &content);
        std::fs::create_dir_all(from.path().join("segments")).unwrap();
        std::fs::write(file.path(from.path()), &content).unwrap();
        let mut outgoing = file.open(from.path()).unwrap();
        let mut incoming = file.receive(to.path()).unwrap();
        let mut buffer = [0; 300];
        let mut lengths = Vec::new();
        loop {
            let length = outgoing.part(&mut buffer).unwrap();
            if length == 0 {
                break;
            }
            lengths.push(length);
            incoming.part(&buffer[..length]).unwrap();
        }
        assert!(!file.path(to.path()).exists());
        assert_eq!(incoming.finish().unwrap(), 1_000);
        assert_eq!(lengths, [300, 300, 300, 100]);
        assert_eq!(std::fs::read(file.path(to.path())).unwrap(), content);
    }

    #[test]
    fn what_came_broken_or_in_part_is_left_out() {
        let to = tempfile::tempdir().unwrap();
        let file = listed("000001-a.parquet", b"whole");
        let mut incoming = file.receive(to.path()).unwrap();
        incoming.part(b"who").unwrap();
        let error = incoming.finish().unwrap_err().to_string();
        assert!(error.contains("came with the hash"), "{error}");
        drop(file.receive(to.path()).unwrap());
        let left = |folder: &str| std::fs::read_dir(to.path().join(folder)).unwrap().count();
        assert_eq!((left("segments"), left("staging")), (0, 0));
    }
}
