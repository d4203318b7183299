//! The files of the usage archive and a ledger on a server: such a ledger keeps them, so that every desk and
//! every service has what was imported and posted, whichever folder it works in.
//!
//! A file is handed in by the transaction that makes it count, and fetched when it is first missed. Its
//! bytes are compared with the hash in the manifest before it counts here.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use scrip_journal::Hash;
use scrip_production::UsageLines;
use scrip_production::sync::SyncError;
use scrip_store::{
    ARCHIVE_PART_BYTES, LedgerStore, SegmentProgress, SqliteStore, WriteTransaction,
};
use scrip_usage::{ListedFile, SegmentInfo};
use serde::Serialize;

use crate::error::AppError;
use crate::workspace::{USAGE_FOLDER, Workspace, manifest_of};

/// Hands to the ledger those of the files that it should keep and does not yet.
pub(crate) async fn hand_in<W: WriteTransaction>(
    tx: &mut W,
    root: &Path,
    files: &[ListedFile],
) -> Result<(), AppError> {
    let mut by_hash = BTreeMap::new();
    for file in files {
        by_hash.insert(file.hash.parse::<Hash>()?, file);
    }
    let hashes: Vec<Hash> = by_hash.keys().copied().collect();
    let mut buffer = vec![0; ARCHIVE_PART_BYTES];
    for hash in tx.lacking_files(&hashes).await? {
        let Some(file) = by_hash.get(&hash) else { continue };
        let mut outgoing = file.open(root)?;
        for part in 0.. {
            let length = outgoing.part(&mut buffer)?;
            if length == 0 {
                break;
            }
            tx.add_archive_part(&hash, part, &buffer[..length]).await?;
        }
    }
    Ok(())
}

/// What fetching brought.
#[derive(Debug, Default)]
pub(crate) struct Fetched {
    files: u64,
    bytes: u64,
    /// Hashes of files that are neither here nor in the ledger.
    lacking: BTreeSet<String>,
}

/// Fetches from the ledger those of the files that are not in the folder. `tell` gets how many have come and
/// how many there are.
///
/// # Errors
/// [`AppError::Cancelled`] when `tell` breaks: what has come stays. The store's and the archive's.
pub(crate) async fn fetch<S: LedgerStore>(
    store: &S,
    root: &Path,
    files: &[ListedFile],
    tell: &mut (dyn FnMut(u64, u64) -> ControlFlow<()> + Send),
) -> Result<Fetched, AppError> {
    let missing: Vec<_> = files.iter().filter(|file| !file.path(root).exists()).collect();
    let total = missing.len() as u64;
    let mut fetched = Fetched::default();
    for file in missing {
        let hash: Hash = file.hash.parse()?;
        let Some(mut content) = store.archive_part(&hash, 0).await? else {
            fetched.lacking.insert(file.hash.clone());
            continue;
        };
        let mut incoming = file.receive(root)?;
        for part in 1.. {
            incoming.part(&content)?;
            if tell(fetched.files, total).is_break() {
                return Err(AppError::Cancelled);
            }
            match store.archive_part(&hash, part).await? {
                Some(next) => content = next,
                None => break,
            }
        }
        fetched.bytes += incoming.finish()?;
        fetched.files += 1;
    }
    Ok(fetched)
}

/// What a pull brought of the usage archive.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct UsagePulled {
    /// Events that were imported at production.
    pub events: u64,
    /// Files of events, of their keys, and of what they burned.
    pub files: u64,
    /// Their size.
    pub bytes: u64,
    /// Files that production does not have, because an older version imported or posted them: they come
    /// after the next import or posting run there.
    pub lacking: u64,
}

/// Lines that are new, of those that came from production. A line that is here differently means that
/// production is not what it was.
fn new_lines<T: PartialEq>(
    (ledger, what): (&str, &str),
    here: &[T],
    there: Vec<T>,
    number: impl Fn(&T) -> u32,
) -> Result<Vec<T>, AppError> {
    let known: BTreeMap<u32, &T> = here.iter().map(|line| (number(line), line)).collect();
    let mut new = Vec::new();
    for line in there {
        match known.get(&number(&line)) {
            None => new.push(line),
            Some(same) if **same == line => {}
            Some(_) => {
                let what = format!("its {what} {} is another", number(&line));
                let ledger = ledger.to_owned();
                return Err(SyncError::ServerChanged { ledger, what }.into());
            }
        }
    }
    Ok(new)
}

/// Brings the usage archive of a copy up to date: first the files, then the lines that make them count.
///
/// # Errors
/// [`SyncError::ServerChanged`], the stores' and the archive's; files that have come stay.
pub(crate) async fn take_over<P: LedgerStore>(
    production: &P,
    copy: &Workspace<SqliteStore>,
    lines: UsageLines,
    tell: &mut (dyn FnMut(u64, u64) -> ControlFlow<()> + Send),
) -> Result<UsagePulled, AppError> {
    let UsageLines { imports, segments, key_files, details, progress } = lines;
    let (place, store) = (production.place(), copy.store());
    let known = store.segments().await?;
    let mut segments = new_lines((place, "segment of usage"), &known, segments, |s| s.segment)?;
    let here = store.key_files().await?;
    let mut key_files = new_lines((place, "file of keys"), &here, key_files, |k| k.file)?;
    let here = store.details().await?;
    let mut details = new_lines((place, "file of burn detail"), &here, details, |d| d.detail)?;

    let manifest = manifest_of(&segments, &key_files, &details)?;
    let files = manifest.files();
    let fetched = fetch(production, &copy.root().join(USAGE_FOLDER), &files, tell).await?;
    let lacking = |hash: &str| fetched.lacking.contains(hash);
    // Lines and manifest are in the same order.
    let mut infos = manifest.segments.iter();
    segments.retain(|_| infos.next().is_some_and(|info| !lacking(&info.hash)));
    let mut infos = manifest.keys.iter();
    key_files.retain(|_| infos.next().is_some_and(|info| !lacking(&info.hash)));
    let mut infos = manifest.details.iter();
    details.retain(|_| infos.next().is_some_and(|info| !lacking(&info.hash)));
    let whole = manifest.segments.iter().filter(|info| !lacking(&info.hash));
    let events = whole.map(|info: &SegmentInfo| u64::from(info.rows)).sum();

    let counted: BTreeSet<u32> = known.iter().chain(&segments).map(|s| s.segment).collect();
    let posted = store.progress().await?;
    let moved = |p: &SegmentProgress| counted.contains(&p.segment) && !posted.contains(p);
    let progress: Vec<_> = progress.into_iter().filter(moved).collect();
    let known: BTreeSet<String> = store.imports().await?.into_iter().map(|i| i.id).collect();
    let imports: Vec<_> = imports.into_iter().filter(|i| !known.contains(&i.id)).collect();
    let is_new = !(imports.is_empty()
        && segments.is_empty()
        && key_files.is_empty()
        && details.is_empty()
        && progress.is_empty());
    if is_new {
        let mut tx = store.begin().await?;
        for import in &imports {
            tx.add_import(import).await?;
        }
        tx.add_segments(&segments).await?;
        tx.add_key_files(&key_files).await?;
        tx.add_details(&details).await?;
        tx.set_progress(&progress).await?;
        tx.commit().await?;
    }
    let (files, bytes, lacking) = (fetched.files, fetched.bytes, fetched.lacking.len() as u64);
    Ok(UsagePulled { events, files, bytes, lacking })
}
