//! The import of a file: read, map, sort, write, compare keys, put in place.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use scrip_units::Instant;
use serde::Serialize;

use crate::archive::Archive;
use crate::csv_rows::CsvRows;
use crate::dedupe::{self, Conflict, Other, RowSet, Verdict};
use crate::error::UsageError;
use crate::files::{Finished, sync_folder};
use crate::json_rows::JsonRows;
use crate::key_spill::KeySpill;
use crate::layout::SEGMENT_ROWS;
use crate::manifest::{KeyFileInfo, SegmentInfo};
use crate::mapping::{Format, Key, Mapping};
use crate::parquet_rows::ParquetRows;
use crate::plan::{Bounds, Plan, RowEvents};
use crate::reject::{OnReject, Reject, RejectCode, RejectCounts};
use crate::reject_list::{self, RejectList};
use crate::rewrite;
use crate::row::{Advance, RowReader};
use crate::segment::{Block, Gathered, StagedSegment};
use crate::segment_file::SegmentFile;
use crate::source::{Compression, Source};
use crate::vocabulary::Vocabulary;

/// What an import is told besides its file and mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOptions {
    /// When the events are received.
    pub received_at: Instant,
    /// What happens when rows cannot be imported.
    pub on_reject: OnReject,
    /// An event of more units than this is not believed.
    pub quantity_max_units: u64,
    /// How much later than `received_at` an event may have occurred, for clocks that are ahead.
    pub future_tolerance_seconds: u32,
    /// At most this many rejected rows are listed; all are counted.
    pub rejects_listed_max: usize,
    /// Events in a segment, at most [`SEGMENT_ROWS`] and a row more.
    pub segment_rows: usize,
    /// Keys kept in memory before they are put into a temporary file; 48 bytes each.
    pub keys_in_memory_max: usize,
}

impl ImportOptions {
    /// The defaults: stop at rejected rows, 10^15 units, a day of tolerance, 10,000 rows listed.
    #[must_use]
    pub fn new(received_at: Instant) -> Self {
        Self {
            received_at,
            on_reject: OnReject::Stop,
            quantity_max_units: 1_000_000_000_000_000,
            future_tolerance_seconds: 86_400,
            rejects_listed_max: 10_000,
            segment_rows: SEGMENT_ROWS,
            keys_in_memory_max: 1_500_000,
        }
    }

    /// The same, but rejected rows are left out and the others imported.
    #[must_use]
    pub fn skipping_rejects(self) -> Self {
        Self { on_reject: OnReject::Skip, ..self }
    }
}

/// What an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Reading rows and writing segments.
    Reading,
    /// Comparing keys with each other and with earlier imports.
    ComparingKeys,
    /// Taking duplicates out and putting files in place.
    Finishing,
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// Rows read.
    pub rows_read: u64,
    /// Bytes of the file read, as compressed.
    pub bytes_read: u64,
    /// Bytes of the file.
    pub bytes_total: u64,
    /// Events made of the rows.
    pub events: u64,
    /// Rows rejected.
    pub rejects: u64,
}

/// The caller's answer to a progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Stop and leave nothing behind.
    Cancel,
}

/// What an import made: files that count once their infos are committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportOutcome {
    /// The new segments; none if every event was there before.
    pub segments: Vec<SegmentInfo>,
    /// The new key file, if there are new events.
    pub keys: Option<KeyFileInfo>,
    /// BLAKE3 hash of the file's decompressed content, in hexadecimal.
    pub source_hash: String,
    /// Rows of the file.
    pub rows_read: u64,
    /// Rows that made no event, by a condition or a quantity of zero.
    pub rows_without_events: u64,
    /// New events.
    pub events: u64,
    /// Events left out because the same event is there already.
    pub duplicates: u64,
    /// Rejected rows, and rejected events among duplicates of keys, by reason.
    pub rejects: RejectCounts,
    /// The list of them, if there are any.
    pub rejects_file: Option<PathBuf>,
}

/// Rows between two looks at the caller's wish.
const PROGRESS_ROWS: u64 = 16_384;
/// Events that travel together.
const BLOCK_ROWS: usize = 16_384;
/// Blocks under way.
const BLOCKS_AHEAD: usize = 4;

/// A folder of files being written, emptied at the start and removed at the end.
struct Staging(PathBuf);

impl Staging {
    fn new(path: PathBuf) -> Result<Self, UsageError> {
        if path.exists() {
            fs::remove_dir_all(&path).map_err(UsageError::io("remove", &path))?;
        }
        fs::create_dir_all(&path).map_err(UsageError::io("create", &path))?;
        Ok(Self(path))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed now is swept as an orphan later.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Files put in their places, taken away again unless all of them could be.
struct Published(Vec<PathBuf>);

impl Published {
    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}

pub(crate) fn run(
    archive: &Archive,
    source: &Source,
    mapping: &Mapping,
    vocabulary: &Vocabulary,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress) -> Control,
) -> Result<ImportOutcome, UsageError> {
    let _lock = archive.lock()?;
    mapping.check()?;
    let staging = Staging::new(archive.folder("staging").join("import"))?;
    let format = mapping.format.or_else(|| source.format_by_name());
    let format =
        format.ok_or_else(|| UsageError::UnknownFormat { path: source.path().to_owned() })?;
    let (_, bytes_total, compression) = source.open()?;
    let prefix = if mapping.key == Key::RowNumber {
        format!("row-{}", &source.content_hash()?.to_hex()[..16])
    } else {
        String::new()
    };
    let tolerance = i64::from(options.future_tolerance_seconds) * 1_000_000;
    let latest = options.received_at.micros().saturating_add(tolerance);
    let bounds = Bounds {
        latest: Instant::from_micros(latest).unwrap_or(Instant::MAX),
        quantity_max_units: options.quantity_max_units,
    };
    let plan = Plan::new(mapping, vocabulary, bounds, &prefix)?;
    let import = Import {
        archive,
        source,
        options,
        staging: &staging.0,
        first_seq: archive.next_seq(),
        watch: Watch {
            progress,
            last: Progress {
                phase: Phase::Reading,
                rows_read: 0,
                bytes_read: 0,
                bytes_total,
                events: 0,
                rejects: 0,
            },
        },
        rejects: RejectList::new(options.rejects_listed_max),
        rows_without_events: 0,
    };
    match format {
        Format::Csv => {
            let delimiter = match mapping.delimiter {
                // Checked to be ASCII.
                Some(delimiter) => u8::try_from(delimiter).unwrap_or(b','),
                None => source.delimiter_by_name(),
            };
            let reader = CsvRows::open(source.stream()?, delimiter, plan.columns())?;
            import.all(reader, plan)
        }
        Format::JsonLines => {
            let reader = JsonRows::open(source.stream()?, plan.columns());
            import.all(reader, plan)
        }
        Format::Parquet if compression != Compression::None => Err(UsageError::Decompress {
            path: source.path().to_owned(),
            message: "a Parquet file is compressed inside; decompress it first".to_owned(),
        }),
        Format::Parquet => {
            let hash = source.content_hash()?;
            let reader = ParquetRows::open(source.path(), hash, plan.columns())?;
            import.all(reader, plan)
        }
    }
}

/// The caller's view of the import.
struct Watch<'a> {
    progress: &'a mut dyn FnMut(Progress) -> Control,
    last: Progress,
}

impl Watch<'_> {
    fn tell(&mut self) -> Result<(), UsageError> {
        match (self.progress)(self.last) {
            Control::Continue => Ok(()),
            Control::Cancel => Err(UsageError::Cancelled),
        }
    }
}

/// What the writing thread made.
struct Written {
    segments: Vec<StagedSegment>,
    spill: KeySpill,
}

struct Import<'a> {
    archive: &'a Archive,
    source: &'a Source,
    options: &'a ImportOptions,
    staging: &'a Path,
    first_seq: u32,
    watch: Watch<'a>,
    rejects: RejectList,
    rows_without_events: u64,
}

impl Import<'_> {
    fn all<R: RowReader>(
        mut self,
        mut reader: R,
        mut plan: Plan<'_>,
    ) -> Result<ImportOutcome, UsageError> {
        let (send, receive) = sync_channel(BLOCKS_AHEAD);
        let writer = Writer {
            staging: self.staging.to_owned(),
            next_seq: self.first_seq,
            received_at: self.options.received_at,
            spill: KeySpill::new(self.staging.join("keys"), self.options.keys_in_memory_max),
        };
        let written = thread::scope(|scope| {
            let writing = scope.spawn(move || writer.write_all(&receive));
            let reading = self.read_rows(&mut reader, &mut plan, &send);
            drop(send);
            let written = match writing.join() {
                Ok(written) => written,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            // Where the writer failed, the reader could only find that it is gone.
            let written = written?;
            reading.map(|()| written)
        })?;
        self.watch.last.bytes_read = self.watch.last.bytes_total;
        let source_hash = reader.content_hash().to_hex().to_string();
        self.finish(written, source_hash)
    }

    fn read_rows<R: RowReader>(
        &mut self,
        reader: &mut R,
        plan: &mut Plan<'_>,
        send: &SyncSender<Block>,
    ) -> Result<(), UsageError> {
        let mut row = RowEvents::default();
        let mut block = Block::default();
        let mut in_segment = 0;
        loop {
            match reader.advance()? {
                Advance::End => break,
                Advance::Bad(reason) => self.reject(reader, (RejectCode::BadRow, reason), ""),
                Advance::Row => match plan.read(reader, &mut row) {
                    Ok(()) if row.events.is_empty() => self.rows_without_events += 1,
                    Ok(()) => {
                        block.push(&row, reader.line());
                        in_segment += row.events.len();
                        self.watch.last.events += row.events.len() as u64;
                    }
                    Err(refusal) => self.reject(reader, refusal, &row.row_key),
                },
            }
            self.watch.last.rows_read += 1;
            if self.watch.last.rows_read.is_multiple_of(PROGRESS_ROWS) {
                self.watch.last.bytes_read = reader.bytes_read();
                self.watch.last.rejects = self.rejects.total();
                self.watch.tell()?;
            }
            let ends_segment = in_segment >= self.options.segment_rows.clamp(1, SEGMENT_ROWS);
            if ends_segment || block.rows() >= BLOCK_ROWS {
                if !ship(&mut block, plan, ends_segment, send) {
                    // The writer has failed and will say why.
                    return Ok(());
                }
                if ends_segment {
                    plan.forget_texts();
                    in_segment = 0;
                }
            }
        }
        ship(&mut block, plan, true, send);
        Ok(())
    }

    fn reject<R: RowReader>(&mut self, reader: &R, refusal: (RejectCode, String), key: &str) {
        let (code, reason) = refusal;
        self.rejects.add(code, || Reject {
            line: reader.line(),
            code,
            reason,
            key: key.to_owned(),
            text: reader.raw(),
        });
    }

    fn finish(
        mut self,
        written: Written,
        source_hash: String,
    ) -> Result<ImportOutcome, UsageError> {
        let Written { mut segments, spill } = written;
        self.watch.last.phase = Phase::ComparingKeys;
        let earlier = self.archive.key_files()?;
        let listed_max = self.options.rejects_listed_max;
        let watch = &mut self.watch;
        let mut verdict =
            dedupe::judge(spill, &earlier, listed_max, self.staging, &mut || watch.tell())?;
        self.list_conflicts(&verdict, &segments)?;
        self.watch.last.rejects = self.rejects.total();
        self.watch.last.phase = Phase::Finishing;
        self.watch.tell()?;
        let rejects_file = if self.rejects.total() == 0 {
            // The list of an earlier attempt would mislead.
            let old = self.archive.folder("rejects").join(reject_list::name(self.first_seq));
            let _ = fs::remove_file(old);
            None
        } else {
            let folder = self.archive.folder("rejects");
            Some(self.rejects.write(&folder, self.first_seq, self.staging)?)
        };
        if let (Some(rejects_file), OnReject::Stop) = (&rejects_file, self.options.on_reject) {
            return Err(UsageError::RowsRejected {
                path: self.source.path().to_owned(),
                rows: self.watch.last.rows_read,
                counts: self.rejects.counts,
                rejects_file: rejects_file.clone(),
            });
        }
        segments = self.take_out(segments, &verdict)?;
        self.publish(segments, verdict.keys.take(), source_hash, &verdict, rejects_file)
    }

    /// Lists events whose key was there with other content, with their keys.
    fn list_conflicts(
        &mut self,
        verdict: &Verdict,
        segments: &[StagedSegment],
    ) -> Result<(), UsageError> {
        self.rejects.count(RejectCode::DuplicateKeyOtherContent, verdict.conflicts_total);
        for segment in segments {
            let mut conflicts: Vec<&Conflict> =
                verdict.conflicts.iter().filter(|c| c.place.segment == segment.seq).collect();
            if conflicts.is_empty() {
                continue;
            }
            conflicts.sort_unstable_by_key(|conflict| conflict.place.row);
            let rows: Vec<u32> = conflicts.iter().map(|conflict| conflict.place.row).collect();
            let file = SegmentFile::open(segment.file.path().to_owned(), segment.seq)?;
            for (conflict, key) in conflicts.into_iter().zip(file.keys_at(&rows)?) {
                let other = match conflict.other {
                    Other::Line(line) => format!("line {line} of this file"),
                    Other::Archived(place) => {
                        format!(
                            "an event imported before (segment {}, row {})",
                            place.segment, place.row
                        )
                    }
                };
                self.rejects.list(Reject {
                    line: conflict.line,
                    code: RejectCode::DuplicateKeyOtherContent,
                    reason: format!("{other} has the same key and other content"),
                    key,
                    text: String::new(),
                });
            }
        }
        Ok(())
    }

    /// Writes the segments that hold duplicates again without them.
    fn take_out(
        &mut self,
        segments: Vec<StagedSegment>,
        verdict: &Verdict,
    ) -> Result<Vec<StagedSegment>, UsageError> {
        let mut kept = Vec::with_capacity(segments.len());
        for segment in segments {
            self.watch.tell()?;
            match verdict.dropped.get(&segment.seq).map(|set| (set, RowSet::len(set))) {
                None => kept.push(segment),
                Some((_, dropped)) if dropped == segment.rows => {}
                Some((set, _)) => kept.push(rewrite::without(&segment, set, self.staging)?),
            }
        }
        Ok(kept)
    }

    fn publish(
        self,
        segments: Vec<StagedSegment>,
        keys: Option<(Finished, u64)>,
        source_hash: String,
        verdict: &Verdict,
        rejects_file: Option<PathBuf>,
    ) -> Result<ImportOutcome, UsageError> {
        let mut published = Published(Vec::new());
        let mut infos = Vec::with_capacity(segments.len());
        let instant = |micros: i64| Instant::from_micros(micros).unwrap_or(Instant::MIN);
        for StagedSegment { seq, file, rows, facts } in segments {
            let name = file.name(seq, "parquet");
            infos.push(SegmentInfo {
                seq,
                file: name.clone(),
                rows,
                bytes: file.bytes,
                hash: file.hash.clone(),
                first_at: instant(facts.first_at),
                last_at: instant(facts.last_at),
                customers: facts.customers,
                received_at: self.options.received_at,
            });
            published.0.push(file.publish(&self.archive.folder("segments"), &name)?);
        }
        let mut key_info = None;
        if let Some((file, rows)) = keys {
            let seq = infos.first().map_or(self.first_seq, |info| info.seq);
            let name = file.name(seq, "keys");
            key_info = Some(KeyFileInfo { seq, file: name.clone(), rows, hash: file.hash.clone() });
            published.0.push(file.publish(&self.archive.folder("keys"), &name)?);
        }
        sync_folder(&self.archive.folder("segments"))?;
        sync_folder(&self.archive.folder("keys"))?;
        published.keep();
        Ok(ImportOutcome {
            events: infos.iter().map(|info| u64::from(info.rows)).sum(),
            segments: infos,
            keys: key_info,
            source_hash,
            rows_read: self.watch.last.rows_read,
            rows_without_events: self.rows_without_events,
            duplicates: verdict.duplicates,
            rejects: self.rejects.counts,
            rejects_file,
        })
    }
}

/// Sends a block with the texts that are new in it. False when nobody receives.
fn ship(
    block: &mut Block,
    plan: &mut Plan<'_>,
    ends_segment: bool,
    send: &SyncSender<Block>,
) -> bool {
    let mut full = std::mem::take(block);
    full.customers = plan.customers.take_fresh();
    full.members = plan.members.take_fresh();
    full.shapes = plan.take_fresh_shapes();
    full.ends_segment = ends_segment;
    send.send(full).is_ok()
}

/// The writing side: gathers blocks and writes segments.
struct Writer {
    staging: PathBuf,
    next_seq: u32,
    received_at: Instant,
    spill: KeySpill,
}

impl Writer {
    fn write_all(mut self, receive: &Receiver<Block>) -> Result<Written, UsageError> {
        let mut segments = Vec::new();
        let mut gathered = Gathered::default();
        // A segment that is not ended is given up: the reader has failed or was cancelled.
        for block in receive {
            let ends_segment = block.ends_segment;
            gathered.take(block);
            if ends_segment && gathered.rows() > 0 {
                let seq = self.next_seq;
                self.next_seq = seq
                    .checked_add(1)
                    .ok_or(UsageError::TooMany { what: "the archive's list of segments" })?;
                let path = self.staging.join(format!("{seq:06}.parquet"));
                let full = std::mem::take(&mut gathered);
                segments.push(full.write(seq, &path, self.received_at, &mut self.spill)?);
            }
        }
        Ok(Written { segments, spill: self.spill })
    }
}
