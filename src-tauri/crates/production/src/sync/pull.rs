//! Pull: records here what production recorded, page by page, with the cursor in the same transaction.

use std::ops::ControlFlow;

use scrip_store::sqlite::FollowRecord;
use scrip_store::{LedgerStore, SqliteStore, StoreError, WriteTransaction};
use scrip_units::{CustomerCode, Instant};
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use super::{SyncError, recognise, reconcile};
use crate::postgres::{Change, Changes, PostgresStore, ServerIdentity, Span, UsageLines};

/// Books that are read at once.
const BOOKS: u32 = 2_000;

/// How far a workspace has come.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// The moment whose operations are all here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) whole: Option<String>,
    /// The last operations at that moment, to know the server by.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    anchor: String,
    /// The moment whose books are here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) books: Option<String>,
    /// A later moment of which a part is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<Part>,
    /// How far the pull is that brought a part, or operations without the books of their moment: the ledger
    /// in the workspace refuses to give figures then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unfinished: Option<SoFar>,
    /// Whether what came last did not follow what is here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_astray: bool,
}

/// How far a pull is, with what it went on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct SoFar {
    /// Operations that came.
    done: u64,
    /// Operations that there were to come.
    total: u64,
}

impl SoFar {
    fn add(&mut self, page: &[Change]) {
        self.done += page.len() as u64;
        self.total = self.total.max(self.done);
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    until: String,
    /// The highest sequence at the server at that moment.
    last: u64,
    /// The last sequence at the server that is here.
    after: u64,
}

impl Part {
    /// The operations up to the moment that it is a part of.
    fn span<'a>(&'a self, since: Option<&'a str>) -> Span<'a> {
        match since {
            None => Span::UpTo(self.last),
            Some(since) => Span::Between { since, until: &self.until },
        }
    }
}

impl Cursor {
    /// What a pull goes on with, and the moment from which on.
    async fn part(&self, changes: &mut Changes) -> Result<Part, StoreError> {
        match &self.part {
            Some(part) => Ok(part.clone()),
            None => {
                let (until, last) = (changes.moment.clone(), changes.last().await?);
                Ok(Part { until, last, after: 0 })
            }
        }
    }

    /// How many operations are there that are not here, up to the moment of a look.
    pub(super) async fn behind(&self, changes: &mut Changes) -> Result<u64, StoreError> {
        match &self.whole {
            None => {
                let last = changes.last().await?;
                changes.count(Span::UpTo(last)).await
            }
            Some(since) => {
                let until = changes.moment.clone();
                changes.count(Span::Between { since, until: &until }).await
            }
        }
    }
}

/// How far a pull is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pulling {
    /// Operations pulled so far, with those of the pull that was stopped and is gone on with.
    pub operations: u64,
    /// Entries pulled so far.
    pub entries: u64,
    /// Operations that there are to pull.
    pub total: u64,
    /// Files of the usage archive fetched so far, which come after the operations.
    pub files: u64,
    /// Files that there are to fetch.
    pub files_total: u64,
}

/// Told how far a pull is; answers whether to go on.
pub type Tell<'a> = dyn FnMut(Pulling) -> ControlFlow<()> + Send + 'a;

/// How to pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pull {
    /// From where it goes on.
    pub from: From,
    /// Operations that are read at once; at least one.
    pub page: u32,
    /// A copy that is whole stays whole to whoever reads it while no more operations than this come: they are
    /// recorded in one transaction. Where more come, and in a first pull, each page is recorded for itself,
    /// so that what was pulled stays when it is stopped.
    pub at_once: u64,
}

impl Default for Pull {
    fn default() -> Self {
        Self { from: From::WhereItEnded, page: 500, at_once: 20_000 }
    }
}

/// From where a pull goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// From where the last one ended.
    WhereItEnded,
    /// From the beginning, leaving out what is here: after the server was moved, or recovered without
    /// losing anything.
    TheStart,
}

/// What a pull brought.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Pulled {
    /// Operations.
    pub operations: u64,
    /// Entries.
    pub entries: u64,
    /// Postings.
    pub postings: u64,
    /// Lots.
    pub lots: u64,
    /// Books that changed.
    pub books: u64,
}

/// Brings a workspace up to date with the production ledger that it follows; an empty workspace begins to
/// follow it. Pulling twice brings nothing the second time, and a pull that was interrupted anywhere goes
/// on from what was recorded: a page, or all that is new where that is not much ([`Pull::at_once`]), is one
/// transaction with the cursor in it. The books come with the last page; between transactions the workspace
/// is [`scrip_store::Unfinished`] and gives no figure.
///
/// With it comes what production says about the usage archive at that moment. Its files are the caller's to
/// fetch, and its lines count in the workspace when they are there.
///
/// # Errors
/// [`SyncError`]. What was pulled before stays.
pub async fn pull(
    production: &PostgresStore,
    workspace: &SqliteStore,
    how: Pull,
    now: Instant,
    tell: &mut Tell<'_>,
) -> Result<(Pulled, UsageLines), SyncError> {
    let outcome = bring(production, workspace, (how, now), tell).await;
    if let Err(SyncError::Diverged { .. }) = &outcome {
        remember_astray(workspace).await?;
    }
    outcome
}

/// Keeps in mind that what came does not follow, for whoever compares.
async fn remember_astray(workspace: &SqliteStore) -> Result<(), SyncError> {
    let Some(mut following) = workspace.following().await? else { return Ok(()) };
    let cursor = Cursor { is_astray: true, ..read(&following.cursor)? };
    following.cursor = text(&cursor)?;
    let mut tx = workspace.begin().await?;
    tx.set_following(&following).await?;
    Ok(tx.commit().await?)
}

async fn bring(
    production: &PostgresStore,
    workspace: &SqliteStore,
    (how, now): (Pull, Instant),
    tell: &mut Tell<'_>,
) -> Result<(Pulled, UsageLines), SyncError> {
    let (identity, mut cursor) = match how.from {
        From::WhereItEnded => begin(production, workspace).await?,
        From::TheStart => begin_again(production, workspace).await?,
    };
    cursor.is_astray = false;
    let ledger = production.place();
    let before = workspace.following().await?.and_then(|following| following.pulled_at);
    let record = |cursor: &Cursor| -> Result<FollowRecord, SyncError> {
        Ok(FollowRecord {
            ledger: ledger.to_owned(),
            server: text(&identity)?,
            cursor: text(cursor)?,
            pulled_at: if cursor.unfinished.is_none() { Some(now) } else { before },
        })
    };
    let mut pulled = Pulled::default();
    let mut seen = Seen::begin(production, &cursor, how.page).come().await?;
    let mut so_far = match cursor.unfinished {
        Some(so_far) => so_far,
        None => {
            let total = seen.changes.count(seen.part.span(cursor.whole.as_deref())).await?;
            SoFar { done: 0, total }
        }
    };
    let at_once = cursor.unfinished.is_none() && cursor.books.is_some();
    let mut begun = None;
    loop {
        let Seen { mut changes, part, page, is_full, is_last } = seen;
        if is_full && let Some(change) = page.last() {
            cursor.part = Some(Part { after: change.operation.seq, ..part });
        } else {
            cursor.anchor = changes.anchor(&part.until).await?;
            (cursor.whole, cursor.part) = (Some(part.until), None);
        }
        let mut tx = match begun.take() {
            Some(tx) => tx,
            None => workspace.begin().await?,
        };
        if is_last {
            store(&mut tx, ledger, &page, &mut pulled).await?;
            pulled.books += books(&mut changes, &mut tx, cursor.books.as_deref()).await?;
            (cursor.books, cursor.unfinished) = (Some(changes.moment.clone()), None);
            tx.set_following(&record(&cursor)?).await?;
            tx.commit().await?;
            return Ok((pulled, changes.usage().await?));
        }
        drop(changes);
        so_far.add(&page);
        cursor.unfinished = Some(so_far);
        // The next page is read, on another thread where there is one, while this one is stored.
        let next = Seen::begin(production, &cursor, how.page);
        store(&mut tx, ledger, &page, &mut pulled).await?;
        if at_once && so_far.total <= how.at_once {
            begun = Some(tx);
        } else {
            tx.set_following(&record(&cursor)?).await?;
            tx.commit().await?;
        }
        let (SoFar { done: operations, total }, entries) = (so_far, pulled.entries);
        if tell(Pulling { operations, entries, total, ..Pulling::default() }).is_break() {
            return Err(SyncError::Cancelled);
        }
        seen = next.come().await?;
    }
}

/// A page as it was read, and the look at the ledger that it was read in.
struct Seen {
    changes: Changes,
    /// What it is a part of, up to where the page begins.
    part: Part,
    page: Vec<Change>,
    /// Whether more may follow in the same part.
    is_full: bool,
    /// Whether nothing had been committed after it.
    is_last: bool,
}

/// A page that is being read. Whoever drops it leaves it alone: a COPY that ends before its end takes the
/// connection along, which others use.
struct Coming(JoinHandle<Result<Seen, StoreError>>);

impl Coming {
    async fn come(self) -> Result<Seen, SyncError> {
        match self.0.await {
            Ok(seen) => Ok(seen?),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // The program is ending.
            Err(_) => Err(SyncError::Cancelled),
        }
    }
}

impl Seen {
    /// Begins to read the page after a cursor.
    fn begin(production: &PostgresStore, cursor: &Cursor, limit: u32) -> Coming {
        let (production, cursor) = (production.clone(), cursor.clone());
        Coming(tokio::spawn(async move { Self::after(&production, &cursor, limit).await }))
    }

    async fn after(
        production: &PostgresStore,
        cursor: &Cursor,
        limit: u32,
    ) -> Result<Self, StoreError> {
        let mut changes = production.changes().await?;
        let part = cursor.part(&mut changes).await?;
        let span = part.span(cursor.whole.as_deref());
        let page = changes.page(span, part.after, limit).await?;
        let is_full = u32::try_from(page.len()).is_ok_and(|count| count == limit);
        let is_last = part.until == changes.moment && !is_full;
        Ok(Self { changes, part, page, is_full, is_last })
    }
}

async fn store(
    tx: &mut <SqliteStore as LedgerStore>::Write,
    ledger: &str,
    page: &[Change],
    pulled: &mut Pulled,
) -> Result<(), SyncError> {
    for change in page {
        add(tx, change, pulled).await.map_err(|fault| fault.of(ledger))?;
    }
    Ok(())
}

/// Where the workspace stands, when it may be pulled at all, and which server it is pulled from.
pub(super) async fn begin(
    production: &PostgresStore,
    workspace: &SqliteStore,
) -> Result<(ServerIdentity, Cursor), SyncError> {
    let identity = recognise(production, workspace).await?;
    let Some(following) = workspace.following().await? else {
        return match workspace.status().await?.operations {
            0 => Ok((identity, Cursor::default())),
            operations => Err(SyncError::NotEmpty { operations }),
        };
    };
    let server: ServerIdentity = read(&following.server)?;
    let changed = |what: &str| changed(production.place(), what);
    if server != identity {
        return Err(changed("it is on another server, or its server was restored"));
    }
    let cursor: Cursor = read(&following.cursor)?;
    let mut changes = production.changes().await?;
    for moment in cursor.whole.iter().chain(cursor.part.as_ref().map(|part| &part.until)) {
        if changes.is_ahead(moment).await? {
            return Err(changed("transactions that this workspace has seen are unknown to it"));
        }
    }
    if let Some(whole) = &cursor.whole
        && changes.anchor(whole).await? != cursor.anchor
    {
        return Err(changed("its last operations are others"));
    }
    Ok((identity, cursor))
}

/// The beginning, when everything that is here is there as well.
async fn begin_again(
    production: &PostgresStore,
    workspace: &SqliteStore,
) -> Result<(ServerIdentity, Cursor), SyncError> {
    let identity = recognise(production, workspace).await?;
    match reconcile(workspace, production).await?.own() {
        None => Ok((identity, Cursor::default())),
        Some(own) => Err(changed(production.place(), &own)),
    }
}

fn changed(ledger: &str, what: &str) -> SyncError {
    SyncError::ServerChanged { ledger: ledger.to_owned(), what: what.to_owned() }
}

/// Why a change could not be recorded here.
enum Fault {
    /// What came is not what this ledger recorded before.
    Other(String),
    /// What came does not follow what is here.
    Diverged(CustomerCode, u64, u64),
    /// The store.
    Store(StoreError),
}

impl std::convert::From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { customer, number, stored } => {
                Self::Diverged(customer, number, stored)
            }
            StoreError::ConfigConflict { revision, stored } => Self::Other(format!(
                "its configuration {revision} does not follow configuration {stored} of this workspace"
            )),
            StoreError::Duplicate { what, id } => Self::Other(format!(
                "this workspace has its {what} {id} already, of another operation"
            )),
            other => Self::Store(other),
        }
    }
}

impl Fault {
    fn of(self, ledger: &str) -> SyncError {
        match self {
            Self::Other(what) => changed(ledger, &what),
            Self::Diverged(customer, number, stored) => {
                SyncError::Diverged { customer, number, stored }
            }
            Self::Store(error) => error.into(),
        }
    }
}

async fn add(
    tx: &mut <SqliteStore as LedgerStore>::Write,
    change: &Change,
    pulled: &mut Pulled,
) -> Result<(), Fault> {
    let record = &change.operation.operation;
    if let Some(known) = tx.operation(&record.id).await? {
        if known.operation.body_hash == record.body_hash {
            return Ok(());
        }
        return Err(Fault::Other(format!("it has operation {} with another content", record.id)));
    }
    tx.append(record, &change.entries, &change.lots).await?;
    tx.add_lot_changes(&change.lot_changes).await?;
    tx.add_exchange_rates(&record.id, &change.rates).await?;
    if !change.events.is_empty() || !change.details.is_empty() {
        tx.add_operation_details(&record.id, &change.events, &change.details).await?;
    }
    if let Some(config) = &change.config {
        tx.add_config(config).await?;
    }
    if let Some(close) = &change.close {
        tx.add_close(close).await?;
    }
    tx.add_alerts(&change.alerts).await?;
    pulled.operations += 1;
    pulled.entries += change.entries.len() as u64;
    let postings = change.entries.iter().map(|entry| entry.body.postings.len() as u64);
    pulled.postings += postings.sum::<u64>();
    pulled.lots += change.lots.len() as u64;
    Ok(())
}

/// Copies the books that changed since a moment.
async fn books(
    changes: &mut Changes,
    tx: &mut <SqliteStore as LedgerStore>::Write,
    since: Option<&str>,
) -> Result<u64, SyncError> {
    let mut count = 0;
    let mut after: Option<CustomerCode> = None;
    loop {
        let page = changes.books(since, after.as_ref(), BOOKS).await?;
        let Some(last) = page.last() else { return Ok(count) };
        after = Some(last.customer.clone());
        tx.save_books(&page).await?;
        count += page.len() as u64;
    }
}

fn text<T: Serialize>(value: &T) -> Result<String, SyncError> {
    serde_json::to_string(value).map_err(|e| SyncError::Unreadable { what: e.to_string() })
}

fn read<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, SyncError> {
    serde_json::from_str(text).map_err(|e| SyncError::Unreadable { what: e.to_string() })
}
