//! The usage archive: where usage events live, column by column.
//!
//! Owns: the import of files (CSV, JSON Lines, Parquet; plain, gzip, zstd) into Parquet segments;
//! the idempotency of event keys over all imports; the scan of usage by customer for posting and
//! preview; the columnar detail of which event burned what. Everything lies under one folder.
//! Deliberately does not know: prices, wallets, accounts, the ledger database, clocks. Times are
//! arguments. Nothing here is asynchronous; an import uses one thread beside the caller's.
//!
//! Invariants:
//! - A file counts only when the caller has committed its line of the [`Manifest`]. What a crash
//!   leaves behind is swept by [`Archive::sweep_orphans`].
//! - Committed files never change. Every one of them has the BLAKE3 hash of its bytes in its line.
//! - An event key occurs once in the archive. The same key with other content is refused.
//! - A quantity is the exact decimal of the source or the row is rejected; nothing is rounded and
//!   nothing passes through a float.
//! - The events of a scan do not depend on the order in which they were in their files.
//!
//! ```text
//! <root>/segments/<seq>-<hash>.parquet   usage events, sorted by customer, time, key hash
//! <root>/keys/<seq>-<hash>.keys          hashes of the event keys of one import, sorted
//! <root>/detail/<seq>-<hash>.parquet     what each event of one posting run burned
//! <root>/rejects/<seq>.csv               the rows that the latest import could not take
//! <root>/staging/                        files being written
//! ```

pub mod archive;
mod csv_rows;
mod cursor;
mod dedupe;
pub mod detail;
pub mod error;
mod files;
pub mod import;
mod json_rows;
mod key_file;
mod key_spill;
mod layout;
pub mod manifest;
pub mod mapping;
mod parquet_rows;
mod plan;
pub mod posted_cards;
mod reader;
pub mod reject;
mod reject_list;
mod rewrite;
mod row;
mod scan;
mod segment;
mod segment_file;
mod source;
mod template;
mod time_text;
mod transfer;
mod vocabulary;

pub use archive::{Archive, ArchivedEvent, Damage};
pub use detail::{DetailOutcome, DetailRow, DetailRows, DetailWriter};
pub use error::UsageError;
pub use files::FileLock;
pub use import::{Control, ImportOptions, ImportOutcome, Phase, Progress};
pub use layout::SEGMENT_ROWS;
pub use manifest::{DetailInfo, FileName, KeyFileInfo, Manifest, SegmentInfo, SegmentWindow};
pub use mapping::{EventRule, Format, Key, Mapping, MappingError, OccurredAt, Quantity, Text};
pub use posted_cards::{PostedCard, PostedCards};
pub use reader::UsageReader;
pub use reject::{OnReject, Reject, RejectCode, RejectCounts};
pub use scan::CustomerScan;
pub use scrip_rating::{Place, Shape, UsageBatch, UsageEvent};
pub use source::Source;
pub use transfer::{Incoming, ListedFile, Outgoing};
