//! Bulk operations: one operation a row, all of them or none, with a preview of what they would do.

mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use scrip_engine::{Applied, Operation};
use scrip_journal::{Account, AccountClass};
use scrip_store::LedgerStore;
use scrip_units::{CustomerCode, Instant, Unit, format_steps};
use scrip_usage::Archive;
use serde::Serialize;

pub use self::rows::RowProblem;
use self::rows::{BulkRow, Common, of_customers, of_file};
use crate::error::AppError;
use crate::operate::{Mode, prepare};
use crate::reversal;
use crate::session::{Edge, Outcome, Session, stored_document};
use crate::view::EntryView;
use crate::workspace::Workspace;

/// Operations whose books are kept in memory before they are saved.
const OPERATIONS_PER_FLUSH: usize = 1_000;

/// What a bulk run is to do.
#[derive(Debug, Clone)]
pub struct BulkOptions<'a> {
    /// Code of the operation.
    pub op: &'a str,
    /// The batch: ids are made of it and the row, so that a second run changes nothing.
    pub batch: &'a str,
    /// Members that are the same for all rows.
    pub set: &'a [(String, String)],
    /// The instant from which the operations count, unless a column says it.
    pub at: Option<Instant>,
    /// A row for each customer that meets these conditions; used when there is no file.
    pub customers_where: &'a [String],
    /// Rows whose entries are shown.
    pub shown: usize,
    /// Whether it is done or only shown.
    pub mode: Mode,
}

/// A sum of units or of money.
#[derive(Debug, Clone, Serialize)]
pub struct SumView {
    /// Number of the account.
    pub number: &'static str,
    /// Account.
    pub account: &'static str,
    /// Debit less credit.
    pub balance: String,
    /// Unit.
    pub unit: String,
}

/// One of the first rows.
#[derive(Debug, Clone, Serialize)]
pub struct BulkRowView {
    /// Its row.
    pub row: u64,
    /// The operation's id.
    pub id: String,
    /// `applied` or `already_applied`.
    pub outcome: &'static str,
    /// Its entries.
    pub entries: Vec<EntryView>,
}

/// What a bulk run did, or would do.
#[derive(Debug, Clone, Serialize)]
pub struct BulkView {
    /// Whether nothing was changed.
    pub preview: bool,
    /// Operations applied.
    pub applied: u64,
    /// Operations that had been applied before.
    pub already_applied: u64,
    /// Customers concerned.
    pub customers: u64,
    /// Entries.
    pub entries: u64,
    /// Sums by account and unit.
    pub totals: Vec<SumView>,
    /// The first rows.
    pub first: Vec<BulkRowView>,
}

#[derive(Default)]
struct Totals {
    applied: u64,
    already: u64,
    entries: u64,
    customers: BTreeSet<CustomerCode>,
    sums: BTreeMap<(bool, Account, Unit), i128>,
}

impl Totals {
    fn take(&mut self, applied: &Applied) {
        self.applied += 1;
        self.entries += applied.entries.len() as u64;
        self.customers.extend(applied.customers.iter().cloned());
        for posting in applied.entries.iter().flat_map(|entry| &entry.body.postings) {
            let units = posting.account.class() == AccountClass::Units;
            let key = (units, posting.account, posting.amount.unit());
            *self.sums.entry(key).or_default() += i128::from(posting.amount.steps());
        }
    }

    fn view(self, preview: bool, first: Vec<BulkRowView>) -> BulkView {
        let sum = |((_, account, unit), steps): ((bool, Account, Unit), i128)| SumView {
            number: account.number(),
            account: account.code(),
            balance: format_steps(steps, unit.scale()),
            unit: unit.code().to_string(),
        };
        BulkView {
            preview,
            applied: self.applied,
            already_applied: self.already,
            customers: self.customers.len() as u64,
            entries: self.entries,
            totals: self.sums.into_iter().map(sum).collect(),
            first,
        }
    }
}

/// Runs an operation for every row of a file, or for every customer that is chosen: all of them or,
/// when anything is wrong with any row, none.
///
/// # Errors
/// [`AppError::Bulk`] with everything that is wrong, or the store's.
pub async fn bulk<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    file: Option<&Path>,
    options: &BulkOptions<'_>,
) -> Result<BulkView, AppError> {
    let name = file.map_or_else(|| "customers".to_owned(), |path| path.display().to_string());
    let rows = match file {
        Some(path) => of_file(&name, &std::fs::read(path).map_err(AppError::file(path))?)?,
        None => {
            let config =
                workspace.store().config_latest().await?.ok_or(AppError::NoConfiguration)?;
            of_customers(&stored_document(&config)?, options.customers_where)?
        }
    };
    let names = (options.op, options.batch, edge.actor.as_str());
    let common = Common::new(names, options.set, options.at.map(|at| at.to_string()))?;
    let (operations, mut problems) = read(&common, &rows);
    drop(rows);
    let all = operations.iter().map(|(_, operation)| operation);
    let mut session = Session::begin_for(workspace, edge, all).await?;
    let archive = match options.op {
        "record_usage" | "capture_hold" | "reverse_usage" => Some(workspace.archive().await?),
        _ => None,
    };
    let (mut totals, mut first) = (Totals::default(), Vec::new());
    for (count, (row, operation)) in operations.iter().enumerate() {
        let outcome = match run(workspace, archive.as_ref(), &mut session, operation).await {
            Ok(outcome) => outcome,
            // What is refused has left no trace, so the other rows can be tried as well.
            Err(
                error @ (AppError::Rejected(_)
                | AppError::OperationConflict { .. }
                | AppError::Archived { .. }
                | AppError::UnknownEvent { .. }),
            ) => {
                let message = error.to_string();
                problems.push(RowProblem { row: *row, column: None, message, refused: true });
                continue;
            }
            Err(error) => return Err(error),
        };
        let (said, entries) = match &outcome {
            Outcome::Applied(applied) => {
                totals.take(applied);
                ("applied", applied.entries.iter().map(EntryView::from).collect())
            }
            Outcome::Already(_) => {
                totals.already += 1;
                ("already_applied", Vec::new())
            }
        };
        if first.len() < options.shown {
            let id = operation.id.to_string();
            first.push(BulkRowView { row: *row, id, outcome: said, entries });
        }
        if (count + 1).is_multiple_of(OPERATIONS_PER_FLUSH) {
            session.flush().await?;
        }
    }
    if !problems.is_empty() {
        session.rollback().await?;
        problems.sort_by_key(|problem| problem.row);
        return Err(AppError::Bulk { file: name, problems });
    }
    match options.mode {
        Mode::Commit => session.commit().await?,
        Mode::DryRun => session.rollback().await?,
    }
    Ok(totals.view(options.mode == Mode::DryRun, first))
}

/// Runs the operation of a row as it would run from a file of operations.
async fn run<S: LedgerStore>(
    workspace: &Workspace<S>,
    archive: Option<&Archive>,
    session: &mut Session<S::Write>,
    operation: &Operation,
) -> Result<Outcome, AppError> {
    prepare(workspace, archive, session, operation).await?;
    let operation = reversal::complete(workspace, archive, session, operation).await?;
    session.operate(&operation, None).await
}

fn read(common: &Common<'_>, rows: &[BulkRow]) -> (Vec<(u64, Operation)>, Vec<RowProblem>) {
    let (mut operations, mut problems) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match common.operation(row) {
            Ok(operation) => operations.push((row.row, operation)),
            Err(problem) => problems.push(problem),
        }
    }
    (operations, problems)
}
