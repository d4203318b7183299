//! The manifest: which files of the archive count. The caller keeps it beside the ledger.

use scrip_units::Instant;
use serde::{Deserialize, Serialize};

/// One committed file of usage events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentInfo {
    /// Number of the segment, from 1; what [`scrip_rating::Place::segment`] names.
    pub seq: u32,
    /// File name under `segments/`.
    pub file: String,
    /// Events in it.
    pub rows: u32,
    /// Size of the file.
    pub bytes: u64,
    /// BLAKE3 hash of the file, in lower-case hexadecimal.
    pub hash: String,
    /// The earliest event's `occurred_at`.
    pub first_at: Instant,
    /// The latest event's `occurred_at`, inclusive.
    pub last_at: Instant,
    /// Distinct customers in it.
    pub customers: u32,
    /// When the events were received.
    pub received_at: Instant,
}

/// One committed file of event key hashes; each import that took events has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyFileInfo {
    /// Number of the first segment of the import it belongs to.
    pub seq: u32,
    /// File name under `keys/`.
    pub file: String,
    /// Keys in it.
    pub rows: u64,
    /// BLAKE3 hash of the file, in lower-case hexadecimal.
    pub hash: String,
}

/// One committed file of burn detail: what the events of one posting run burned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailInfo {
    /// Number of the posting run.
    pub seq: u32,
    /// File name under `detail/`.
    pub file: String,
    /// Rows in it; an event that draws from several lots has several.
    pub rows: u64,
    /// Size of the file.
    pub bytes: u64,
    /// BLAKE3 hash of the file, in lower-case hexadecimal.
    pub hash: String,
}

/// The committed files of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// Usage events.
    #[serde(default)]
    pub segments: Vec<SegmentInfo>,
    /// Event keys.
    #[serde(default)]
    pub keys: Vec<KeyFileInfo>,
    /// Burn detail.
    #[serde(default)]
    pub details: Vec<DetailInfo>,
}

/// The events of one segment that occurred in a span of time. Several windows on one segment mean
/// their union.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentWindow {
    /// The segment.
    pub segment: u32,
    /// The first instant.
    pub from: Instant,
    /// The first instant after the span.
    pub until: Instant,
}

impl SegmentWindow {
    /// All events of a segment that occurred before the end of the year 9999.
    #[must_use]
    pub fn whole(segment: u32) -> Self {
        Self { segment, from: Instant::MIN, until: Instant::MAX }
    }
}
