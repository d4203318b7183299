//! Pull: records here what production recorded, page by page, each with the cursor in one transaction.

use std::ops::ControlFlow;

use scrip_store::sqlite::FollowRecord;
use scrip_store::{LedgerStore, SqliteStore, StoreError, WriteTransaction};
use scrip_units::{CustomerCode, Instant};
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use super::{SyncError, reconcile};
use crate::postgres::{Change, Changes, PostgresStore, ServerIdentity, UsageLines};

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
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    until: String,
    /// The last sequence at the server that is here.
    after: u64,
}

/// How far a pull is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pulling {
    /// Operations pulled so far.
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
    /// Operations that are recorded in one transaction; at least one.
    pub page: u32,
}

impl Default for Pull {
    fn default() -> Self {
        Self { from: From::WhereItEnded, page: 500 }
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
/// on where it was: every page is one transaction with the cursor in it.
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
    let identity = production.identity().await?;
    let mut cursor = match how.from {
        From::WhereItEnded => begin(production, workspace, &identity).await?,
        From::TheStart => begin_again(production, workspace, &identity).await?,
    };
    let record = |cursor: &Cursor| -> Result<FollowRecord, SyncError> {
        Ok(FollowRecord {
            ledger: production.place().to_owned(),
            server: text(&identity)?,
            cursor: text(cursor)?,
            pulled_at: now,
        })
    };
    let mut pulled = Pulled::default();
    let mut seen = Seen::begin(production, &cursor, how.page).come().await?;
    let total = seen.changes.count(cursor.whole.as_deref(), &seen.part.until).await?;
    loop {
        let Seen { mut changes, part, page, is_full, is_last } = seen;
        if is_full && let Some(change) = page.last() {
            cursor.part = Some(Part { after: change.operation.seq, ..part });
        } else {
            cursor.anchor = changes.anchor(&part.until).await?;
            (cursor.whole, cursor.part) = (Some(part.until), None);
        }
        let mut tx = workspace.begin().await?;
        if is_last {
            store(&mut tx, &page, &mut pulled).await?;
            pulled.books += books(&mut changes, &mut tx, cursor.books.as_deref()).await?;
            cursor.books = Some(changes.moment.clone());
            tx.set_following(&record(&cursor)?).await?;
            tx.commit().await?;
            return Ok((pulled, changes.usage().await?));
        }
        drop(changes);
        // The next page is read, on another thread where there is one, while this one is stored.
        let next = Seen::begin(production, &cursor, how.page);
        store(&mut tx, &page, &mut pulled).await?;
        tx.set_following(&record(&cursor)?).await?;
        tx.commit().await?;
        let (operations, entries) = (pulled.operations, pulled.entries);
        let total = total.max(operations);
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
        let part = match &cursor.part {
            Some(part) => part.clone(),
            None => Part { until: changes.moment.clone(), after: 0 },
        };
        let since = cursor.whole.as_deref();
        let page = changes.page((since, &part.until), part.after, limit).await?;
        let is_full = u32::try_from(page.len()).is_ok_and(|count| count == limit);
        let is_last = part.until == changes.moment && !is_full;
        Ok(Self { changes, part, page, is_full, is_last })
    }
}

async fn store(
    tx: &mut <SqliteStore as LedgerStore>::Write,
    page: &[Change],
    pulled: &mut Pulled,
) -> Result<(), SyncError> {
    for change in page {
        add(tx, change, pulled).await?;
    }
    Ok(())
}

/// Looks at the server as closely as a pull does: whether it is the one that a workspace was pulled from, and
/// still has what was pulled. Whoever is about to write there on the ground of the workspace looks first.
///
/// # Errors
/// [`SyncError`].
pub async fn recognise(
    production: &PostgresStore,
    workspace: &SqliteStore,
) -> Result<(), SyncError> {
    let identity = production.identity().await?;
    begin(production, workspace, &identity).await.map(drop)
}

/// Where the workspace stands, when it may be pulled at all.
pub(super) async fn begin(
    production: &PostgresStore,
    workspace: &SqliteStore,
    identity: &ServerIdentity,
) -> Result<Cursor, SyncError> {
    let ledger = || production.place().to_owned();
    let here = workspace.meta().await?.workspace_id;
    if here != identity.workspace_id {
        let found = identity.workspace_id.clone();
        return Err(SyncError::OtherLedger { ledger: ledger(), found, expected: here });
    }
    let Some(following) = workspace.following().await? else {
        return match workspace.status().await?.operations {
            0 => Ok(Cursor::default()),
            operations => Err(SyncError::NotEmpty { operations }),
        };
    };
    let server: ServerIdentity = read(&following.server)?;
    let changed = |what: &str| SyncError::ServerChanged { ledger: ledger(), what: what.to_owned() };
    if server != *identity {
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
    Ok(cursor)
}

/// The beginning, when everything that is here is there as well.
async fn begin_again(
    production: &PostgresStore,
    workspace: &SqliteStore,
    identity: &ServerIdentity,
) -> Result<Cursor, SyncError> {
    let ledger = || production.place().to_owned();
    let here = workspace.meta().await?.workspace_id;
    if here != identity.workspace_id {
        let found = identity.workspace_id.clone();
        return Err(SyncError::OtherLedger { ledger: ledger(), found, expected: here });
    }
    let compared = reconcile(workspace, production).await?;
    let ours = compared.customers.iter().filter(|customer| !customer.is_behind()).count();
    if ours > 0 {
        let what = format!("{ours} customers have entries here that it does not have");
        return Err(SyncError::ServerChanged { ledger: ledger(), what });
    }
    Ok(Cursor::default())
}

async fn add(
    tx: &mut <SqliteStore as LedgerStore>::Write,
    change: &Change,
    pulled: &mut Pulled,
) -> Result<(), SyncError> {
    let record = &change.operation.operation;
    if let Some(known) = tx.operation(&record.id).await? {
        if known.operation.body_hash == record.body_hash {
            return Ok(());
        }
        let (stored, given) = (known.operation.body_hash, record.body_hash);
        return Err(StoreError::duplicate_operation(&record.id, stored, given).into());
    }
    tx.append(record, &change.entries, &change.lots).await.map_err(diverged)?;
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

/// An entry that does not follow the chain here is not a fault of the file.
fn diverged(error: StoreError) -> SyncError {
    match error {
        StoreError::Conflict { ref customer, .. } => {
            SyncError::Diverged { customer: customer.clone(), source: error }
        }
        other => other.into(),
    }
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
