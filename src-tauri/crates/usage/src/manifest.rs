//! The manifest: which files of the archive count. The caller keeps it beside the ledger.

use std::fmt;
use std::path::Path;

use scrip_units::Instant;
use serde::{Deserialize, Serialize};

use crate::error::UsageError;

/// The name of a file in a folder of the archive, which leads nowhere else: a manifest may come from a
/// server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileName(String);

impl FileName {
    /// The name of a file with this number and this hash in hexadecimal: `000012-3f9a0b1c2d3e.parquet`.
    pub(crate) fn numbered(seq: u32, hash: &str, extension: &str) -> Self {
        Self(format!("{seq:06}-{}.{extension}", hash.get(..12).unwrap_or(hash)))
    }
}

impl TryFrom<String> for FileName {
    type Error = UsageError;

    fn try_from(name: String) -> Result<Self, UsageError> {
        // What is one plain component here need not be one on another system.
        let leads_on = name.contains(['/', '\\', ':', '\0']);
        if leads_on || Path::new(&name).file_name().is_none_or(|last| last != name.as_str()) {
            let problem = format!("{name:?} is not the name of a file");
            return Err(UsageError::Manifest { problem });
        }
        Ok(Self(name))
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

impl AsRef<Path> for FileName {
    fn as_ref(&self) -> &Path {
        self.0.as_ref()
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One committed file of usage events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentInfo {
    /// Number of the segment, from 1; what [`scrip_rating::Place::segment`] names.
    pub seq: u32,
    /// File name under `segments/`.
    pub file: FileName,
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
    pub file: FileName,
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
    pub file: FileName,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_elsewhere_is_refused_where_it_is_read() {
        let info = |name: &str| {
            let name = serde_json::Value::from(name);
            format!(r#"{{"seq":1,"file":{name},"rows":1,"hash":"00"}}"#)
        };
        let read = |name: &str| serde_json::from_str::<KeyFileInfo>(&info(name));
        assert_eq!(read("000001-a.keys").unwrap().file.to_string(), "000001-a.keys");
        for name in ["../evil", "/etc/evil", "a/b", "a\\b", "C:evil", "..", ".", "", "a/", "a\0"] {
            let error = read(name).unwrap_err().to_string();
            assert!(error.contains("is not the name of a file"), "{name}: {error}");
        }
    }
}
