//! The rejects file: the rows that an import could not take, for people to correct.

use std::path::{Path, PathBuf};

use crate::error::UsageError;
use crate::files::{StagedFile, sync_folder};
use crate::reject::{Reject, RejectCode, RejectCounts};

/// The file that lists the rejected rows of an import, by the number of its first segment.
pub(crate) fn name(seq: u32) -> String {
    format!("{seq:06}.csv")
}

/// Rejected rows: all counted, the first of them listed.
#[derive(Debug)]
pub(crate) struct RejectList {
    listed: Vec<Reject>,
    listed_max: usize,
    pub(crate) counts: RejectCounts,
    total: u64,
}

impl RejectList {
    pub(crate) fn new(listed_max: usize) -> Self {
        Self { listed: Vec::new(), listed_max, counts: RejectCounts::default(), total: 0 }
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Counts a row and lists what `describe` makes of it, if there is room.
    pub(crate) fn add(&mut self, code: RejectCode, describe: impl FnOnce() -> Reject) {
        self.count(code, 1);
        if self.listed.len() < self.listed_max {
            self.listed.push(describe());
        }
    }

    /// Counts rows that are listed by [`RejectList::list`].
    pub(crate) fn count(&mut self, code: RejectCode, rows: u64) {
        if rows > 0 {
            *self.counts.0.entry(code).or_insert(0) += rows;
            self.total += rows;
        }
    }

    pub(crate) fn list(&mut self, reject: Reject) {
        self.listed.push(reject);
    }

    /// Writes the list, sorted by line.
    pub(crate) fn write(
        &mut self,
        folder: &Path,
        seq: u32,
        staging: &Path,
    ) -> Result<PathBuf, UsageError> {
        self.listed.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        self.listed.truncate(self.listed_max);
        let path = staging.join("rejects.csv");
        let failed = |error: csv::Error| match error.into_kind() {
            csv::ErrorKind::Io(error) => UsageError::io("write", &path)(error),
            other => UsageError::io("write", &path)(std::io::Error::other(format!("{other:?}"))),
        };
        let mut writer = csv::Writer::from_writer(StagedFile::create(path.clone())?);
        writer.write_record(["line", "code", "reason", "key", "text"]).map_err(failed)?;
        for reject in &self.listed {
            let line = reject.line.to_string();
            let record = [&line, reject.code.as_str(), &reject.reason, &reject.key, &reject.text];
            writer.write_record(record).map_err(failed)?;
        }
        let file = writer
            .into_inner()
            .map_err(|error| UsageError::io("write", &path)(error.into_error()))?
            .finish()?;
        let to = file.publish(folder, name(seq))?;
        sync_folder(folder)?;
        Ok(to)
    }
}
