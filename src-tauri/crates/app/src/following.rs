//! A workspace that follows a production ledger: pull, and compare.

use std::ops::ControlFlow;
use std::path::Path;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use scrip_production::sync::{
    self, CloseDifference, ConfigurationApart, Difference, EntryInBrief, News, OperationDifference,
    OperationsApart, Pull, Pulling, Reconciliation, Revision, Side, SyncError, Tell,
};
use scrip_production::{Ledger, PostgresStore};
use scrip_store::{LedgerStore, Mode, SqliteStore};
use scrip_units::{Instant, format_steps};
use scrip_usage::FileLock;
use serde::Serialize;

use crate::archiving;
pub use crate::archiving::UsagePulled;
use crate::error::AppError;
use crate::query::UnfinishedView;
use crate::waiting;
use crate::workspace::{Database, LEDGER_FILE, Workspace};
pub use scrip_production::sync::Cure;

/// What a pull brought.
#[derive(Debug, Clone, Serialize)]
pub struct PullView {
    /// The production ledger.
    pub ledger: String,
    /// Whether the workspace was made for it.
    pub made: bool,
    /// What came.
    #[serde(flatten)]
    pub pulled: sync::Pulled,
    /// What came of the usage archive.
    pub usage: UsagePulled,
    /// The proof over all chains of the workspace, as it is now.
    pub checkpoint: String,
}

/// Held while somebody makes a copy or pulls into it: the books of an earlier moment must not be put over
/// those of a later one.
const LOCK_FILE: &str = "pull.lock";

/// Keeps other pulls into the copy in a folder out until it is dropped, in this and in other programs.
fn lock(root: &Path) -> Result<FileLock, AppError> {
    let path = root.join(LOCK_FILE);
    let taken = FileLock::take(&path).map_err(AppError::file(&path))?;
    taken.ok_or_else(|| AppError::Pulling { path: root.to_owned() })
}

/// Whether a pull that waits is still wanted is asked this often.
const ASKED_EVERY: Duration = Duration::from_millis(200);

/// Whom a pull tells how far it is, and who says whether to go on.
struct Told<'t, 'a>(Mutex<(&'t mut Tell<'a>, Pulling)>);

impl Told<'_, '_> {
    /// Tells how far it is now; without a word of that, asks again with the last one.
    fn tell(&self, at: Option<Pulling>) -> ControlFlow<()> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (tell, last) = &mut *told;
        *last = at.unwrap_or(*last);
        tell(*last)
    }

    /// Does a part of the pull while it is wanted. A server that holds its answer back keeps nobody from
    /// stopping: the work is dropped then, which is to the copy as if the program had ended there.
    async fn while_wanted<T>(
        &self,
        work: impl Future<Output = Result<T, AppError>>,
    ) -> Result<T, AppError> {
        let mut work = pin!(work);
        loop {
            match tokio::time::timeout(ASKED_EVERY, work.as_mut()).await {
                Ok(done) => return done,
                Err(_) if self.tell(None).is_break() => return Err(SyncError::Cancelled.into()),
                Err(_) => {}
            }
        }
    }
}

/// Brings the workspace in a folder up to date with a production ledger. Where the folder has no workspace,
/// one is made that follows it.
///
/// # Errors
/// [`AppError::Sync`]; what was pulled before stays. [`AppError::Pulling`], and the operating system's.
pub async fn pull(
    root: &Path,
    database: &Database,
    how: Pull,
    now: Instant,
    tell: &mut Tell<'_>,
) -> Result<(Workspace<Ledger>, PullView), AppError> {
    let told = Told(Mutex::new((tell, Pulling::default())));
    let greeting = async {
        let production = database.open(Mode::ReadOnly).await?;
        let id = production.meta().await?.workspace_id;
        Ok((production, id))
    };
    let (production, id) = told.while_wanted(greeting).await?;
    std::fs::create_dir_all(root).map_err(AppError::file(root))?;
    // Before the workspace is made: another program may be making it.
    let _lock = lock(root)?;
    let made = !root.join(LEDGER_FILE).exists();
    let workspace = if made {
        Workspace::create(root, &id, now).await?
    } else {
        Workspace::<SqliteStore>::open(root, Mode::ReadWrite).await?
    };
    let bringing = bring(&production, &workspace, (how, now), &told);
    let (pulled, usage) = match told.while_wanted(bringing).await {
        Ok(brought) => brought,
        Err(error) => {
            // Whoever opens the copy next finds nothing under way. What was committed is safe even where the
            // file cannot be folded up.
            let _ = workspace.close().await;
            return Err(error);
        }
    };
    let ledger = production.place().to_owned();
    production.close().await;
    let checkpoint = workspace.store().checkpoint().await?.hash.to_string();
    // What was asked for here may be approved there by now. A draft that cannot be put away stays, and is
    // told to be overtaken when it is opened.
    waiting::put_away_published(&workspace).await?;
    Ok((workspace.into(), PullView { ledger, made, pulled, usage, checkpoint }))
}

/// Brings what production recorded, and then the files of its usage archive.
async fn bring(
    production: &PostgresStore,
    copy: &Workspace<SqliteStore>,
    (how, now): (Pull, Instant),
    told: &Told<'_, '_>,
) -> Result<(sync::Pulled, UsagePulled), AppError> {
    let tell = &mut |at| told.tell(Some(at));
    let (pulled, lines) = sync::pull(production, copy.store(), how, now, tell).await?;
    let at = Pulling {
        operations: pulled.operations,
        entries: pulled.entries,
        total: pulled.operations,
        ..Pulling::default()
    };
    let mut tell = |files, files_total| told.tell(Some(Pulling { files, files_total, ..at }));
    let usage = archiving::take_over(production, copy, lines, &mut tell).await;
    let usage = usage.map_err(|error| match error {
        AppError::Cancelled => SyncError::Cancelled.into(),
        other => other,
    })?;
    Ok((pulled, usage))
}

/// Opens a production ledger to read.
///
/// # Errors
/// The store's.
pub async fn open(database: &Database) -> Result<PostgresStore, AppError> {
    database.open(Mode::ReadOnly).await
}

/// Looks whether a production ledger is there, and lets in whoever asks; and where a copy is given, whether
/// it is the one that the copy follows.
///
/// # Errors
/// The store's; [`SyncError::OtherLedger`].
pub async fn greet(
    database: &Database,
    copy: Option<&Workspace<SqliteStore>>,
) -> Result<(), AppError> {
    let production = open(database).await?;
    match copy {
        None => drop(production.meta().await?),
        Some(copy) => drop(sync::recognise(&production, copy.store()).await?),
    }
    production.close().await;
    Ok(())
}

/// What production has recorded since a copy was pulled last: a question of a few rows.
///
/// # Errors
/// [`AppError::Sync`].
pub async fn news(
    copy: &Workspace<SqliteStore>,
    production: &PostgresStore,
) -> Result<News, AppError> {
    Ok(sync::news(production, copy.store()).await?)
}

/// The ledger that a workspace is a copy of; none for a ledger of its own.
///
/// # Errors
/// The store's.
pub async fn followed(copy: &Workspace<SqliteStore>) -> Result<Option<String>, AppError> {
    Ok(copy.store().follows().await?)
}

/// Up to when a copy has everything that its ledger recorded; none for a ledger of its own, and for a copy
/// whose first pull has not come to its end.
///
/// # Errors
/// The store's.
pub async fn pulled_at(copy: &Workspace<SqliteStore>) -> Result<Option<Instant>, AppError> {
    Ok(copy.store().following().await?.and_then(|following| following.pulled_at))
}

/// One of two ledgers.
#[derive(Debug, Clone, Serialize)]
pub struct SideView {
    /// The ledger as people call it.
    pub ledger: String,
    /// Chains, one a customer.
    pub chains: u64,
    /// Entries.
    pub entries: u64,
    /// The proof over all chains.
    pub checkpoint: String,
}

/// An entry that differs, as it is in one of the ledgers.
#[derive(Debug, Clone, Serialize)]
pub struct BriefView {
    /// The operation that caused it.
    pub operation: String,
    /// Its kind.
    pub kind: String,
    /// Its accounting day.
    pub booked_on: String,
    /// One sentence.
    pub memo: String,
    /// Its hash.
    pub hash: String,
}

/// An entry that the ledgers do not have alike.
#[derive(Debug, Clone, Serialize)]
pub struct EntryDifferenceView {
    /// Its number in the customer's chain.
    pub number: u64,
    /// What the workspace has.
    pub here: Option<BriefView>,
    /// What production has.
    pub there: Option<BriefView>,
}

/// A customer whose chains differ.
#[derive(Debug, Clone, Serialize)]
pub struct CustomerDifferenceView {
    /// The customer.
    pub customer: String,
    /// `behind` where the workspace has only less, else `differs`.
    pub what: &'static str,
    /// Entries in the workspace.
    pub here: u64,
    /// Entries in production.
    pub there: u64,
    /// How many entries differ.
    pub count: u64,
    /// The first of them.
    pub entries: Vec<EntryDifferenceView>,
}

/// A monthly total that differs.
#[derive(Debug, Clone, Serialize)]
pub struct MonthDifferenceView {
    /// The accounting month.
    pub month: String,
    /// Number of the account.
    pub number: &'static str,
    /// Name of the account.
    pub account: &'static str,
    /// Unit of the balances.
    pub unit: String,
    /// Debits less credits in the workspace.
    pub here: String,
    /// Debits less credits in production.
    pub there: String,
}

/// An operation that the ledgers do not have alike.
#[derive(Debug, Clone, Serialize)]
pub struct OperationDifferenceView {
    /// Its id.
    pub operation: String,
    /// `here` or `there` where only one of them has it, `other` where they have it with another content.
    pub what: &'static str,
    /// What it is.
    pub kind: String,
    /// Whom it concerns, where it is one customer.
    pub customer: Option<String>,
    /// Who caused it.
    pub actor: String,
    /// When it counts.
    pub at: String,
}

/// Operations that the ledgers do not have alike.
#[derive(Debug, Clone, Serialize)]
pub struct OperationsApartView {
    /// How many only the workspace has.
    pub only_here: u64,
    /// How many only production has.
    pub only_there: u64,
    /// How many both have, with another content.
    pub other: u64,
    /// The first of each.
    pub listed: Vec<OperationDifferenceView>,
}

/// A configuration of a ledger.
#[derive(Debug, Clone, Serialize)]
pub struct RevisionView {
    /// Its number.
    pub revision: u64,
    /// The hash of its document.
    pub hash: String,
}

/// The configurations in force, where they are not the same.
#[derive(Debug, Clone, Serialize)]
pub struct ConfigurationApartView {
    /// That of the workspace.
    pub here: Option<RevisionView>,
    /// That of production.
    pub there: Option<RevisionView>,
}

/// A close of periods that the ledgers do not have alike.
#[derive(Debug, Clone, Serialize)]
pub struct CloseDifferenceView {
    /// The last day that it closed.
    pub through: String,
    /// The operation that closed it in the workspace.
    pub here: Option<String>,
    /// The operation that closed it at production.
    pub there: Option<String>,
}

/// What differs between a workspace and production.
#[derive(Debug, Clone, Serialize)]
pub struct ReconcileView {
    /// Whether they are the same.
    pub agrees: bool,
    /// Whether the workspace has nothing that production has not.
    pub is_behind: bool,
    /// What brings them together.
    pub cure: Cure,
    /// What the workspace has that production has not alike, in words.
    pub own: Option<String>,
    /// How far the workspace has come, where it is a copy that was to get more; then no months are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unfinished: Option<UnfinishedView>,
    /// The workspace.
    pub here: SideView,
    /// Production.
    pub there: SideView,
    /// Customers that differ.
    pub customers: Vec<CustomerDifferenceView>,
    /// Monthly totals that differ.
    pub months: Vec<MonthDifferenceView>,
    /// Operations that differ.
    pub operations: OperationsApartView,
    /// The configurations in force, where they differ.
    pub configuration: Option<ConfigurationApartView>,
    /// Closes of periods that differ.
    pub closes: Vec<CloseDifferenceView>,
}

/// Compares a workspace with a production ledger.
///
/// # Errors
/// The stores'.
pub async fn reconcile(
    workspace: &Workspace<SqliteStore>,
    database: &Database,
) -> Result<ReconcileView, AppError> {
    let production = database.open(Mode::ReadOnly).await?;
    let found = sync::reconcile(workspace.store(), &production).await?;
    let cure = sync::cure(&production, workspace.store(), &found).await?;
    production.close().await;
    Ok(view(found, cure))
}

fn view(found: Reconciliation, cure: Cure) -> ReconcileView {
    let (agrees, is_behind, own) = (found.agrees(), found.is_behind(), found.own());
    let months = found.months.iter().map(|month| MonthDifferenceView {
        month: month.month.to_string(),
        number: month.account.number(),
        account: month.account.name(),
        unit: month.unit.code().to_string(),
        here: format_steps(month.here, month.unit.scale()),
        there: format_steps(month.there, month.unit.scale()),
    });
    let months = months.collect();
    ReconcileView {
        agrees,
        is_behind,
        cure,
        own,
        unfinished: found.unfinished.map(UnfinishedView::from),
        here: side(found.here),
        there: side(found.there),
        customers: found.customers.into_iter().map(customer).collect(),
        months,
        operations: operations(found.operations),
        configuration: found.configuration.map(configuration),
        closes: found.closes.into_iter().map(close).collect(),
    }
}

fn operations(apart: OperationsApart) -> OperationsApartView {
    let OperationsApart { only_here, only_there, other, listed } = apart;
    let listed = listed.into_iter().filter_map(|OperationDifference { id, here, there }| {
        let what = match (&here, &there) {
            (Some(_), Some(_)) => "other",
            (Some(_), None) => "here",
            (None, _) => "there",
        };
        let shown = here.or(there)?;
        Some(OperationDifferenceView {
            operation: id.to_string(),
            what,
            kind: shown.kind,
            customer: shown.customer.map(|customer| customer.to_string()),
            actor: shown.actor.to_string(),
            at: shown.at.to_string(),
        })
    });
    OperationsApartView { only_here, only_there, other, listed: listed.collect() }
}

fn configuration(apart: ConfigurationApart) -> ConfigurationApartView {
    let view = |Revision { revision, hash }| RevisionView { revision, hash: hash.to_string() };
    ConfigurationApartView { here: apart.here.map(view), there: apart.there.map(view) }
}

fn close(difference: CloseDifference) -> CloseDifferenceView {
    let CloseDifference { through, here, there } = difference;
    let [here, there] = [here, there].map(|operation| operation.map(|id| id.to_string()));
    CloseDifferenceView { through: through.to_string(), here, there }
}

fn side(side: Side) -> SideView {
    let Side { ledger, chains, entries, checkpoint } = side;
    SideView { ledger, chains, entries, checkpoint: checkpoint.to_string() }
}

fn customer(difference: Difference) -> CustomerDifferenceView {
    let what = if difference.is_behind() { "behind" } else { "differs" };
    let entries = difference.entries.into_iter().map(|entry| EntryDifferenceView {
        number: entry.number,
        here: entry.here.map(brief),
        there: entry.there.map(brief),
    });
    CustomerDifferenceView {
        customer: difference.customer.to_string(),
        what,
        here: difference.here,
        there: difference.there,
        count: difference.count,
        entries: entries.collect(),
    }
}

fn brief(entry: EntryInBrief) -> BriefView {
    BriefView {
        operation: entry.operation.to_string(),
        kind: entry.kind.code().to_owned(),
        booked_on: entry.booked_on.to_string(),
        memo: entry.memo,
        hash: entry.hash.to_string(),
    }
}
