//! The archive: the folder, the committed files, and what is asked of them one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use scrip_catalog::{Catalog, DeliveryCost};
use scrip_rating::{Place, UsageBatch};
use scrip_units::{CustomerCode, EventKey, Instant, MemberCode, MeterCode};
use serde::Serialize;

use crate::error::UsageError;
use crate::files::{FileLock, hash_file, sync_folder};
use crate::import::{self, Control, ImportOptions, ImportOutcome, Progress};
use crate::key_file::KeyFile;
use crate::manifest::{DetailInfo, KeyFileInfo, Manifest, SegmentInfo, SegmentWindow};
use crate::mapping::Mapping;
use crate::reader::UsageReader;
use crate::scan::{self, CustomerScan, Windowed};
use crate::segment::key_hash;
use crate::segment_file::SegmentFile;
use crate::source::Source;
use crate::vocabulary::Vocabulary;

/// The usage archive of one workspace.
///
/// It sees the files of the manifest it was opened with and those it has adopted since.
#[derive(Debug)]
pub struct Archive {
    root: PathBuf,
    segments: BTreeMap<u32, Committed>,
    keys: Vec<KeyFileInfo>,
    details: Vec<DetailInfo>,
}

#[derive(Debug)]
struct Committed {
    info: SegmentInfo,
    /// Read when it is first needed.
    file: OnceLock<Arc<SegmentFile>>,
}

/// A committed event with all its texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArchivedEvent {
    /// The segment it is in.
    pub segment: u32,
    /// Its row in the segment.
    pub row: u32,
    /// Its idempotency key.
    pub key: EventKey,
    /// Who used it.
    pub customer: CustomerCode,
    /// Which member, if any.
    pub member: Option<MemberCode>,
    /// The meter.
    pub meter: MeterCode,
    /// Dimension values by name.
    pub dimensions: BTreeMap<String, String>,
    /// Quantity in smallest steps of the meter's unit.
    pub quantity: i64,
    /// What it cost to deliver, if it says so itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_cost: Option<DeliveryCost>,
    /// When it was used.
    pub occurred_at: Instant,
    /// When it was received.
    pub received_at: Instant,
}

/// A committed file that is missing or is not what was committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, in a sentence.
    pub problem: String,
}

const FOLDERS: [&str; 5] = ["segments", "keys", "detail", "rejects", "staging"];

impl Archive {
    /// Opens the archive in a folder, which is made if it is not there. The files of the manifest
    /// must be there in their committed sizes; [`Archive::verify`] also reads them.
    ///
    /// # Errors
    /// [`UsageError::Damaged`], [`UsageError::Manifest`] or [`UsageError::Io`].
    pub fn open(root: &Path, manifest: Manifest) -> Result<Self, UsageError> {
        for folder in FOLDERS {
            let path = root.join(folder);
            fs::create_dir_all(&path).map_err(UsageError::io("create", &path))?;
        }
        let mut archive = Self {
            root: root.to_owned(),
            segments: BTreeMap::new(),
            keys: Vec::new(),
            details: Vec::new(),
        };
        let Manifest { segments, keys, details } = manifest;
        archive.add(segments, keys)?;
        for detail in details {
            archive.adopt_detail(detail)?;
        }
        Ok(archive)
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The committed files.
    #[must_use]
    pub fn manifest(&self) -> Manifest {
        Manifest {
            segments: self.segments().cloned().collect(),
            keys: self.keys.clone(),
            details: self.details.clone(),
        }
    }

    /// The committed segments by number: rows, customers, first and last event of each.
    pub fn segments(&self) -> impl Iterator<Item = &SegmentInfo> {
        self.segments.values().map(|committed| &committed.info)
    }

    /// A window over every event of the archive.
    #[must_use]
    pub fn everything(&self) -> Vec<SegmentWindow> {
        self.segments.keys().map(|seq| SegmentWindow::whole(*seq)).collect()
    }

    /// Imports a file. Nothing counts until the caller has committed the outcome's infos to its
    /// manifest and then told the archive with [`Archive::adopt`]; if the commit fails, call
    /// [`Archive::discard`].
    ///
    /// One import runs at a time. The caller's thread reads, one more writes.
    ///
    /// # Errors
    /// Any [`UsageError`]; nothing is left behind but, for [`UsageError::RowsRejected`], the
    /// rejects file.
    pub fn import(
        &self,
        source: &Source,
        mapping: &Mapping,
        catalog: &Catalog,
        options: &ImportOptions,
        progress: &mut dyn FnMut(Progress) -> Control,
    ) -> Result<ImportOutcome, UsageError> {
        let vocabulary = Vocabulary::of(catalog);
        import::run(self, source, mapping, &vocabulary, options, progress)
    }

    /// Tells the archive that an import is committed.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub fn adopt(&mut self, outcome: &ImportOutcome) -> Result<(), UsageError> {
        self.add(outcome.segments.clone(), outcome.keys.iter().cloned().collect())
    }

    /// Tells the archive that the detail of a posting run is committed.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub fn adopt_detail(&mut self, detail: DetailInfo) -> Result<(), UsageError> {
        check_size(&self.detail_path(&detail), detail.bytes)?;
        self.details.push(detail);
        Ok(())
    }

    /// Removes the files of an import that could not be committed.
    ///
    /// # Errors
    /// [`UsageError::Io`]; what is left is swept as an orphan later.
    pub fn discard(&self, outcome: &ImportOutcome) -> Result<(), UsageError> {
        let segments = outcome.segments.iter().map(|s| self.segment_path(s));
        let keys = outcome.keys.iter().map(|k| self.key_path(k));
        for path in segments.chain(keys) {
            fs::remove_file(&path).map_err(UsageError::io("remove", &path))?;
        }
        Ok(())
    }

    fn add(
        &mut self,
        segments: Vec<SegmentInfo>,
        keys: Vec<KeyFileInfo>,
    ) -> Result<(), UsageError> {
        for info in segments {
            check_size(&self.segment_path(&info), info.bytes)?;
            let seq = info.seq;
            let committed = Committed { info, file: OnceLock::new() };
            if seq == 0 || self.segments.insert(seq, committed).is_some() {
                let problem = format!("segment {seq} is listed twice, or is 0");
                return Err(UsageError::Manifest { problem });
            }
        }
        for info in keys {
            let path = self.key_path(&info);
            if !path.exists() {
                return Err(UsageError::damaged(&path, "is missing"));
            }
            self.keys.push(info);
        }
        Ok(())
    }

    /// Removes files that no line of the manifest names: what a crash or a failed commit left.
    /// Nothing may be written to the archive meanwhile. Says what was removed.
    ///
    /// # Errors
    /// [`UsageError::ImportRunning`] or [`UsageError::Io`].
    pub fn sweep_orphans(&self) -> Result<Vec<PathBuf>, UsageError> {
        let _lock = self.lock()?;
        let mut listed: BTreeSet<PathBuf> = BTreeSet::new();
        listed.extend(self.segments().map(|info| self.segment_path(info)));
        listed.extend(self.keys.iter().map(|info| self.key_path(info)));
        listed.extend(self.details.iter().map(|info| self.detail_path(info)));
        let mut removed = Vec::new();
        for folder in ["segments", "keys", "detail", "staging"] {
            let folder = self.root.join(folder);
            for entry in fs::read_dir(&folder).map_err(UsageError::io("read", &folder))? {
                let path = entry.map_err(UsageError::io("read", &folder))?.path();
                if listed.contains(&path) {
                    continue;
                }
                let gone =
                    if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                gone.map_err(UsageError::io("remove", &path))?;
                removed.push(path);
            }
            sync_folder(&folder)?;
        }
        removed.sort();
        Ok(removed)
    }

    /// Reads every committed file and compares its hash with the manifest. Calls `progress` with
    /// each file before it is read.
    ///
    /// # Errors
    /// Only when the caller cancels; a file that cannot be read is a damage.
    pub fn verify(
        &self,
        progress: &mut dyn FnMut(&Path) -> Control,
    ) -> Result<Vec<Damage>, UsageError> {
        let segments = self.segments().map(|s| (self.segment_path(s), &s.hash));
        let keys = self.keys.iter().map(|k| (self.key_path(k), &k.hash));
        let details = self.details.iter().map(|d| (self.detail_path(d), &d.hash));
        let mut damages = Vec::new();
        for (path, hash) in segments.chain(keys).chain(details) {
            if progress(&path) == Control::Cancel {
                return Err(UsageError::Cancelled);
            }
            let problem = match hash_file(&path) {
                Ok((found, _)) if found.to_hex().as_str() == hash => continue,
                Ok((found, _)) => format!("has the hash {found} instead of {hash}"),
                Err(error) => error.to_string(),
            };
            damages.push(Damage { path, problem });
        }
        Ok(damages)
    }

    /// The usage of all customers in the windows, customer by customer in ascending order of code.
    /// Memory is bounded by the largest customer and one decoded batch of each segment.
    ///
    /// # Errors
    /// [`UsageError::NoSuchPlace`] for a window on a segment that is not committed, and errors of
    /// reading.
    pub fn scan(&self, windows: &[SegmentWindow]) -> Result<CustomerScan, UsageError> {
        CustomerScan::new(self.windowed(windows)?)
    }

    /// The usage of one customer in the windows. Reads only the row groups that hold it.
    ///
    /// # Errors
    /// As [`Archive::scan`].
    pub fn customer(
        &self,
        customer: &CustomerCode,
        windows: &[SegmentWindow],
    ) -> Result<UsageBatch, UsageError> {
        scan::one_customer(self.windowed(windows)?, customer)
    }

    /// Reads one customer after another; quickest in ascending order of code.
    #[must_use]
    pub fn reader(&self) -> UsageReader<'_> {
        UsageReader::new(self)
    }

    /// Where the event with a key is, if it is committed.
    ///
    /// # Errors
    /// Errors of reading.
    pub fn find(&self, key: &EventKey) -> Result<Option<Place>, UsageError> {
        let hash = key_hash(key.as_str());
        for file in self.key_files()? {
            if let Some(known) = file.find(hash)? {
                return Ok(Some(known.place));
            }
        }
        Ok(None)
    }

    /// A committed event.
    ///
    /// # Errors
    /// [`UsageError::NoSuchPlace`] and errors of reading.
    pub fn event(&self, place: Place) -> Result<ArchivedEvent, UsageError> {
        self.segment(place.segment, place.row)?.event(place)
    }

    /// The committed detail files.
    #[must_use]
    pub fn details(&self) -> &[DetailInfo] {
        &self.details
    }

    pub(crate) fn windowed(&self, windows: &[SegmentWindow]) -> Result<Vec<Windowed>, UsageError> {
        let mut by_segment: BTreeMap<u32, Vec<SegmentWindow>> = BTreeMap::new();
        for window in windows {
            by_segment.entry(window.segment).or_default().push(*window);
        }
        by_segment.into_iter().map(|(seq, spans)| Ok((self.segment(seq, 0)?, spans))).collect()
    }

    fn segment(&self, segment: u32, row: u32) -> Result<Arc<SegmentFile>, UsageError> {
        let no_such = || UsageError::NoSuchPlace { segment, row };
        let committed = self.segments.get(&segment).ok_or_else(no_such)?;
        if row >= committed.info.rows {
            return Err(no_such());
        }
        if let Some(file) = committed.file.get() {
            return Ok(Arc::clone(file));
        }
        let file = SegmentFile::open(self.segment_path(&committed.info), segment)?;
        Ok(Arc::clone(committed.file.get_or_init(|| Arc::new(file))))
    }

    pub(crate) fn key_files(&self) -> Result<Vec<KeyFile>, UsageError> {
        self.keys.iter().map(|info| KeyFile::open(self.key_path(info), info.rows)).collect()
    }

    /// The number of the next segment.
    pub(crate) fn next_seq(&self) -> u32 {
        self.segments.last_key_value().map_or(1, |(seq, _)| seq.saturating_add(1))
    }

    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn segment_path(&self, info: &SegmentInfo) -> PathBuf {
        self.root.join("segments").join(&info.file)
    }

    fn key_path(&self, info: &KeyFileInfo) -> PathBuf {
        self.root.join("keys").join(&info.file)
    }

    pub(crate) fn detail_path(&self, info: &DetailInfo) -> PathBuf {
        self.root.join("detail").join(&info.file)
    }

    /// Keeps other imports out until it is dropped, in this and in other processes.
    pub(crate) fn lock(&self) -> Result<FileLock, UsageError> {
        let path = self.root.join("import.lock");
        let taken = FileLock::take(&path).map_err(UsageError::io("lock", &path))?;
        taken.ok_or_else(|| UsageError::ImportRunning { root: self.root.clone() })
    }
}

fn check_size(path: &Path, bytes: u64) -> Result<(), UsageError> {
    match fs::metadata(path) {
        Ok(found) if found.len() == bytes => Ok(()),
        Ok(found) => Err(UsageError::damaged(
            path,
            format!("has {} bytes instead of the {bytes} that were committed", found.len()),
        )),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(UsageError::damaged(path, "is missing"))
        }
        Err(error) => Err(UsageError::io("read", path)(error)),
    }
}
