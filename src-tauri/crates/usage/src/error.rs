//! What can go wrong with the archive. A message says what happened, where, what was kept, and what
//! to do next.

use std::io;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;

use crate::mapping::MappingError;
use crate::reject::RejectCounts;

/// An error of the usage archive.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// A file or folder could not be read or written.
    #[error("could not {action} {}: {source}. Committed usage is untouched{}", path.display(), advice(source))]
    Io {
        /// What was attempted: `read`, `write`, ...
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// A Parquet file could not be read or written.
    #[error("{} is not a Parquet file that can be read or written here: {source}. Committed usage is untouched", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the reader or writer found.
        source: Box<ParquetError>,
    },
    /// A compressed file ends before its end.
    #[error("{} is cut off after {bytes_read} of its bytes: the compressed data has no end. Nothing was imported; fetch the file again", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Bytes of the file that were read.
        bytes_read: u64,
    },
    /// A compressed file is damaged.
    #[error("{} cannot be decompressed: {message}. Nothing was imported; fetch the file again", path.display())]
    Decompress {
        /// The file.
        path: PathBuf,
        /// What the decompressor found.
        message: String,
    },
    /// A text file is not UTF-8.
    #[error("{}, line {line}: not UTF-8. Nothing was imported; save the file as UTF-8", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
    },
    /// A row is longer than any real one, as when a quote is left open.
    #[error("{}, line {line}: the row is longer than {limit} bytes, or a quote is left open. Nothing was imported; correct the line", path.display())]
    RowTooLong {
        /// The file.
        path: PathBuf,
        /// The line on which the row starts.
        line: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The file's name and content do not tell its format.
    #[error("{}: the name does not say whether it is CSV, JSON Lines or Parquet. Set `format` in the mapping", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The file has no header or no rows at all.
    #[error("{} is empty. Nothing was imported", path.display())]
    EmptySource {
        /// The file.
        path: PathBuf,
    },
    /// A column that the mapping names is not in the file.
    #[error("{} has no column {column:?}; it has {}. Nothing was imported; correct the mapping", path.display(), present.join(", "))]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The column asked for.
        column: String,
        /// The columns of the file.
        present: Vec<String>,
    },
    /// A column that the mapping names is twice in the file.
    #[error("{} has the column {column:?} twice. Nothing was imported; rename one of them", path.display())]
    ColumnTwice {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// A Parquet column holds binary floating point, which has no exact decimals.
    #[error("{}: the column {column:?} is floating point ({data_type}), so its exact decimals are lost. Nothing was imported; write it as integer, decimal or text", path.display())]
    FloatColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// Its type.
        data_type: String,
    },
    /// A Parquet column has a type that cannot be used for its purpose.
    #[error("{}: the column {column:?} has the type {data_type}, {problem}. Nothing was imported", path.display())]
    ColumnType {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// Its type.
        data_type: String,
        /// Why that cannot be used, and what can.
        problem: &'static str,
    },
    /// The mapping cannot be used.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// Rows could not be imported and the import was to stop at such.
    #[error("{} of {rows} rows of {} cannot be imported ({counts}). Nothing was imported; the rows are listed in {}. Correct them, or import again and skip them", counts.total(), path.display(), rejects_file.display())]
    RowsRejected {
        /// The file.
        path: PathBuf,
        /// Rows in it.
        rows: u64,
        /// How many and why.
        counts: RejectCounts,
        /// The list of them.
        rejects_file: PathBuf,
    },
    /// The caller cancelled.
    #[error("cancelled. Nothing was imported")]
    Cancelled,
    /// Another import runs in this archive.
    #[error("another import into {} is under way. Nothing was imported; wait for it to end", root.display())]
    ImportRunning {
        /// The archive's folder.
        root: PathBuf,
    },
    /// A committed file is missing or is not what was committed.
    #[error("{} {problem}. Restore it from a backup; the ledger refers to it", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The manifest contradicts itself.
    #[error("the manifest of the usage archive is not sound: {problem}")]
    Manifest {
        /// What is wrong.
        problem: String,
    },
    /// There is no such event or segment.
    #[error("the usage archive has no segment {segment} with a row {row}")]
    NoSuchPlace {
        /// The segment asked for.
        segment: u32,
        /// The row asked for.
        row: u32,
    },
    /// Detail rows did not come in ascending order of customer.
    #[error(
        "the burn detail of {customer} came after that of {after}; customers come in ascending order of code"
    )]
    OutOfOrder {
        /// The customer that came late.
        customer: String,
        /// The customer before.
        after: String,
    },
    /// The archive is full: numbers of segments or rows have run out.
    #[error("{what} has more than can be numbered. Nothing was kept of it")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
    },
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; free some space and try again"
        }
        io::ErrorKind::PermissionDenied => "; check the folder's permissions",
        _ => "",
    }
}

impl UsageError {
    /// For `map_err`: an I/O error with what was attempted and where.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// For `map_err`: a Parquet error with its file. Errors of the disk stay errors of the disk.
    pub(crate) fn parquet(action: &'static str, path: &Path) -> impl FnOnce(ParquetError) -> Self {
        let path = path.to_owned();
        move |source| match source {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(source) => Self::Io { action, path, source: *source },
                Err(inner) => {
                    Self::Parquet { path, source: Box::new(ParquetError::External(inner)) }
                }
            },
            source => Self::Parquet { path, source: Box::new(source) },
        }
    }

    /// For `map_err`: an Arrow error with its file.
    pub(crate) fn arrow(
        action: &'static str,
        path: &Path,
    ) -> impl FnOnce(arrow_schema::ArrowError) -> Self {
        let wrap = Self::parquet(action, path);
        move |source| wrap(ParquetError::from(source))
    }

    pub(crate) fn damaged(path: &Path, problem: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), problem: problem.into() }
    }
}
