//! Verification: the ledger is rebuilt from its operations and compared, to the hash.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use scrip_catalog::Catalog;
use scrip_engine::approval::{self, ApprovalFault};
use scrip_engine::{Action, Book, CustomerBook, Operation, apply};
use scrip_journal::{Account, AccountClass, Chain, Hash};
use scrip_store::{
    AlertRecord, EntryFilter, LedgerStore, OperationFilter, Page, RateFilter, StoreError,
    StoredOperation,
};
use scrip_units::{CustomerCode, Instant, LotId, Unit};
use scrip_usage::{Archive, Control};
use serde::Serialize;

use crate::error::{AppError, Code};
use crate::session::{alert_records, book_record, operation_details, read_book, stored_catalog};
use crate::usage::archive_windows;
use crate::workspace::Workspace;

/// One thing that was checked.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What was checked, in words.
    pub check: &'static str,
    /// How many were checked.
    pub count: u64,
    /// What was wrong; empty when nothing was.
    pub findings: Vec<String>,
}

/// The result of a verification.
#[derive(Debug, Clone, Serialize)]
pub struct VerifyView {
    /// Whether everything holds.
    pub sound: bool,
    /// Hash over all chain heads.
    pub checkpoint: String,
    /// The checks.
    pub checks: Vec<Check>,
}

/// Findings that are listed of each check.
const FINDINGS_MAX: usize = 20;

#[derive(Default)]
struct Findings {
    count: u64,
    findings: Vec<String>,
}

impl Findings {
    fn find(&mut self, finding: impl std::fmt::Display) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding.to_string());
        }
    }

    fn check(self, check: &'static str) -> Check {
        Check { check, count: self.count, findings: self.findings }
    }
}

/// What a verification is at: in words, how many it has looked at, and of how many.
pub type Tell<'a> = dyn FnMut(&'static str, u64, u64) -> ControlFlow<()> + Send + 'a;

fn go_on(_: &'static str, _: u64, _: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn at(tell: &mut Tell<'_>, what: &'static str, done: u64, total: u64) -> Result<(), AppError> {
    match tell(what, done, total) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(AppError::Cancelled),
    }
}

/// Verifies the ledger: chains and balance of all entries, lots against accounts, stored states and
/// hashes against a rebuild from the operations, and the files of the archive against the manifest.
///
/// # Errors
/// The store's, when something cannot be read at all, or is a copy that is not whole. What does not hold is
/// a finding, not an error.
pub async fn verify<S: LedgerStore>(workspace: &Workspace<S>) -> Result<VerifyView, AppError> {
    verify_telling(workspace, &mut go_on).await
}

/// As [`verify`], telling how far it is; ends as [`AppError::Cancelled`] when it is told to.
///
/// # Errors
/// As [`verify`].
pub async fn verify_telling<S: LedgerStore>(
    workspace: &Workspace<S>,
    tell: &mut Tell<'_>,
) -> Result<VerifyView, AppError> {
    workspace.store().whole().await?;
    let (chains, balances) = chains(workspace, tell).await?;
    let mut checks = vec![chains];
    checks.push(lots(workspace, balances).await?);
    checks.extend(rebuild(workspace, tell).await?);
    at(tell, "Reading the files of the usage archive", 0, 0)?;
    checks.push(files(workspace).await?);
    checks.extend(closes(workspace).await?);
    Ok(VerifyView {
        sound: checks.iter().all(|check| check.findings.is_empty()),
        checkpoint: workspace.store().checkpoint().await?.hash.to_string(),
        checks,
    })
}

/// Verifies a workspace: the database's own check of the ledger and its guards, then [`verify`]. A ledger
/// that is too damaged to be read is a finding too.
///
/// # Errors
/// When the files cannot be reached at all.
pub async fn verify_folder<S: LedgerStore>(
    workspace: &Workspace<S>,
) -> Result<VerifyView, AppError> {
    verify_folder_telling(workspace, &mut go_on).await
}

/// As [`verify_folder`], telling how far it is; ends as [`AppError::Cancelled`] when it is told to.
///
/// # Errors
/// As [`verify_folder`].
pub async fn verify_folder_telling<S: LedgerStore>(
    workspace: &Workspace<S>,
    tell: &mut Tell<'_>,
) -> Result<VerifyView, AppError> {
    at(tell, "Checking the ledger's file", 0, 0)?;
    let mut findings = match workspace.store().integrity().await {
        Ok(findings) => findings,
        Err(error) => vec![damage(error.into())?],
    };
    findings.truncate(FINDINGS_MAX);
    let file = Check {
        check: "the ledger's file is sound and its guards are in place",
        count: 1,
        findings,
    };
    match verify_telling(workspace, tell).await {
        Ok(mut view) => {
            view.sound &= file.findings.is_empty();
            view.checks.insert(0, file);
            Ok(view)
        }
        Err(error) => {
            let findings = vec![damage(error)?];
            let read =
                Check { check: "the ledger and its archive can be read", count: 1, findings };
            Ok(VerifyView { sound: false, checkpoint: String::new(), checks: vec![file, read] })
        }
    }
}

/// What is wrong with the books, in words; an error that is about something else stays one.
fn damage(error: AppError) -> Result<String, AppError> {
    match &error {
        // What SQLite cannot make sense of, while it only reads, is damage too: a table's
        // definition that was changed, for one.
        AppError::Store(StoreError::Database { .. }) => Ok(error.to_string()),
        _ if error.code() == Code::Unsound => Ok(error.to_string()),
        _ => Err(error),
    }
}

type LotBalances = BTreeMap<(CustomerCode, LotId), (i128, i128)>;

/// Follows every chain, and sums units and liability of each lot.
async fn chains<S: LedgerStore>(
    workspace: &Workspace<S>,
    tell: &mut Tell<'_>,
) -> Result<(Check, LotBalances), AppError> {
    let total = workspace.store().status().await?.entries;
    let mut heads: BTreeMap<CustomerCode, Chain> = BTreeMap::new();
    let mut lots = LotBalances::new();
    let mut totals: BTreeMap<(bool, Unit), i128> = BTreeMap::new();
    let mut found = Findings::default();
    let mut after = 0;
    loop {
        let page =
            workspace.store().entries(&EntryFilter::default(), Page::after(after, 2_000)).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        at(tell, "Following every chain of entries", after, total)?;
        for stored in &page {
            found.count += 1;
            let entry = &stored.entry;
            let chain = heads.entry(entry.customer.clone()).or_default();
            if let Err(error) = chain.follow(entry) {
                found.find(error);
                *chain = Chain { number: entry.number, head: entry.hash };
            }
            for posting in &entry.body.postings {
                let steps = i128::from(posting.amount.steps());
                let class = posting.account.class();
                *totals
                    .entry((class == AccountClass::Units, posting.amount.unit()))
                    .or_default() += steps;
                if let Some(lot) = &posting.lot {
                    let sums = lots.entry((entry.customer.clone(), lot.clone())).or_default();
                    if posting.account == Account::UnitsAvailable {
                        sums.0 += steps;
                    } else if class == AccountClass::ContractLiability {
                        sums.1 -= steps;
                    }
                }
            }
        }
    }
    for ((_, unit), total) in totals.iter().filter(|(_, total)| **total != 0) {
        found.find(format!(
            "all postings of {} add up to {total} smallest steps, not zero",
            unit.code()
        ));
    }
    Ok((found.check("entries balance and follow each other in their chains"), lots))
}

/// Compares the units and the carrying amount of every stored lot with its postings.
async fn lots<S: LedgerStore>(
    workspace: &Workspace<S>,
    mut balances: LotBalances,
) -> Result<Check, AppError> {
    let mut found = Findings::default();
    let mut after = None;
    loop {
        let page = workspace.store().books(after.as_ref(), 500).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.customer.clone());
        for record in &page {
            let book = read_book(record)?;
            for lot in &book.lots {
                found.count += 1;
                let posted =
                    balances.remove(&(book.customer.clone(), lot.id.clone())).unwrap_or_default();
                let kept = (i128::from(lot.available), i128::from(lot.carrying()));
                if posted != kept {
                    found.find(format!(
                        "lot {} of {}: the postings leave {} units and {} of money, the lot has {} and {} (smallest steps)",
                        lot.id, book.customer, posted.0, posted.1, kept.0, kept.1
                    ));
                }
                if !lot.conserves() {
                    found.find(format!(
                        "lot {} of {}: its units do not add up to what was issued",
                        lot.id, book.customer
                    ));
                }
            }
        }
    }
    for ((customer, lot), _) in balances.into_iter().filter(|(_, sums)| *sums != (0, 0)) {
        found.find(format!("lot {lot} of {customer} has postings but no lot"));
    }
    Ok(found.check("lots agree with their postings, in units and in money"))
}

/// Whether every segment that was posted is in the archive.
async fn has_posted<S: LedgerStore>(
    workspace: &Workspace<S>,
    archive: &Archive,
) -> Result<bool, AppError> {
    let here: BTreeSet<u32> = archive.segments().map(|segment| segment.seq).collect();
    let filter = OperationFilter { kind: Some("post_usage".into()), ..OperationFilter::default() };
    let mut after = 0;
    loop {
        let page = workspace.store().find_operations(&filter, Page::after(after, 1_000)).await?;
        let Some(last) = page.last() else { return Ok(true) };
        after = last.seq;
        for stored in &page {
            let operation = Operation::from_json(&stored.operation.body)
                .map_err(|e| AppError::stored(format!("operation {}", stored.operation.id), e))?;
            if let Action::PostUsage(action) = &operation.action
                && !action.windows.iter().all(|window| here.contains(&window.segment))
            {
                return Ok(false);
            }
        }
    }
}

/// Applies every operation again and compares the chain heads and states.
async fn rebuild<S: LedgerStore>(
    workspace: &Workspace<S>,
    tell: &mut Tell<'_>,
) -> Result<Vec<Check>, AppError> {
    let total = workspace.store().status().await?.operations;
    let archive = workspace.archive().await?;
    if workspace.store().follows().await?.is_some() && !has_posted(workspace, &archive).await? {
        let check = "operations are not applied again here: usage that they posted has not come from the \
                     ledger that this one follows";
        return Ok(vec![Check { check, count: 0, findings: Vec::new() }]);
    }
    let mut operations = Findings::default();
    let mut details = Findings::default();
    let mut alerts = Vec::new();
    let mut book: Option<Book> = None;
    let mut usage_of = archive.reader();
    let mut after = 0;
    loop {
        let page = workspace.store().operations(Page::after(after, 1_000)).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for stored in &page {
            operations.count += 1;
            at(tell, "Applying every operation again", operations.count, total)?;
            let record = &stored.operation;
            if Hash::of(record.body.as_bytes()) != record.body_hash {
                operations.find(format!(
                    "operation {} was changed: its text has another hash",
                    record.id
                ));
            }
            let operation = Operation::from_json(&record.body)
                .map_err(|e| AppError::stored(format!("operation {}", record.id), e))?;
            let usage = match &operation.action {
                Action::PostUsage(action) => {
                    Some(usage_of.customer(&action.customer, &archive_windows(&action.windows))?)
                }
                _ => None,
            };
            if let Some(book) = &book
                && let Some(why) = unapproved(workspace, book, &operation).await?
            {
                operations.find(format!("operation {}: {why}", record.id));
            }
            let mut made = Vec::new();
            let result = match (&mut book, &operation.action) {
                (Some(book), _) => match apply(book, &operation, usage.as_ref()) {
                    Ok(applied) => {
                        made = made_details(&operation, &applied)?;
                        alerts.extend(alert_records(&applied, &operation)?);
                        Ok(())
                    }
                    Err(rejection) => Err(rejection),
                },
                (empty, Action::ApplyConfiguration(action)) => {
                    Catalog::try_new((*action.document).clone(), 1)
                        .map_err(|problems| scrip_engine::Rejection::Configuration { problems })
                        .and_then(|catalog| Book::new(Arc::new(catalog)))
                        .map(|first| *empty = Some(first))
                }
                (None, _) => {
                    operations
                        .find(format!("operation {} came before any configuration", record.id));
                    Ok(())
                }
            };
            if let (Some(book), Action::ClosePeriod(_), Ok(())) =
                (&book, &operation.action, &result)
            {
                check_close(workspace, (book, &operation), &mut operations).await?;
            }
            let stored = workspace.store().operation_details(&operation.id).await?;
            details.count += stored.len() as u64;
            if stored != made {
                details.find(format!(
                    "the detail of operation {} is not what its events were charged by",
                    record.id
                ));
            }
            if let Err(rejection) = result {
                operations.find(format!(
                    "operation {} is refused when it is applied again: {rejection}",
                    record.id
                ));
            }
        }
    }
    let operations = operations.check("operations apply again as they did");
    let rates = exchange_rates(workspace, book.as_ref()).await?;
    let customers = book.map(|book| book.customers).unwrap_or_default();
    let details = details.check("details of operations are those that their entries prove");
    let mut checks =
        vec![operations, details, compare(workspace, &customers).await?, config(workspace).await?];
    checks.extend(check_alerts(workspace, &alerts).await?);
    checks.extend(rates);
    Ok(checks)
}

/// Compares the recorded alerts with those of a rebuild; nothing when there are none.
async fn check_alerts<S: LedgerStore>(
    workspace: &Workspace<S>,
    rebuilt: &[AlertRecord],
) -> Result<Option<Check>, AppError> {
    let stored = workspace.store().alerts(None, Instant::MIN).await?;
    let mut found = Findings { count: stored.len() as u64, ..Findings::default() };
    if stored != rebuilt {
        let differs = stored.iter().zip(rebuilt).position(|(stored, rebuilt)| stored != rebuilt);
        let place = differs.unwrap_or_else(|| stored.len().min(rebuilt.len())) + 1;
        found.find(format!(
            "the ledger has {} alerts, a rebuild raises {}; they differ from number {place} on",
            stored.len(),
            rebuilt.len()
        ));
    }
    let any = !(stored.is_empty() && rebuilt.is_empty());
    Ok(any.then(|| found.check("alerts are those that a rebuild raises")))
}

/// Compares the exchange rates with those that operations imported; nothing when there are none.
async fn exchange_rates<S: LedgerStore>(
    workspace: &Workspace<S>,
    book: Option<&Book>,
) -> Result<Option<Check>, AppError> {
    let mut found = Findings::default();
    let stored = workspace.store().exchange_rates(&RateFilter::default()).await?;
    found.count = stored.len() as u64;
    let imported = book.map(|book| Arc::clone(book.exchange())).unwrap_or_default();
    for rate in &stored {
        let known = imported.find(&rate.source, rate.currency, rate.day);
        if known.is_none_or(|known| (known.day, known.rate) != (rate.day, rate.rate)) {
            found.find(format!(
                "the rate of {} by {} for {} is not the one that was imported",
                rate.currency, rate.source, rate.day
            ));
        }
    }
    if imported.count() > stored.len() {
        found.find(format!(
            "{} exchange rates were imported, {} are in the ledger",
            imported.count(),
            stored.len()
        ));
    }
    let any = imported.count() > 0 || !stored.is_empty();
    Ok(any.then(|| found.check("exchange rates are those that were imported")))
}

/// The details that an operation leaves in the ledger.
fn made_details(
    operation: &Operation,
    applied: &scrip_engine::Applied,
) -> Result<Vec<scrip_store::OperationDetail>, AppError> {
    match operation.action {
        Action::PostUsage(_) => Ok(Vec::new()),
        _ => Ok(operation_details(operation, applied)?.1),
    }
}

async fn compare<S: LedgerStore>(
    workspace: &Workspace<S>,
    customers: &BTreeMap<CustomerCode, CustomerBook>,
) -> Result<Check, AppError> {
    let mut found = Findings::default();
    for head in workspace.store().heads().await? {
        found.count += 1;
        let rebuilt = customers.get(&head.customer).map(|book| book.chain).unwrap_or_default();
        if rebuilt != head.chain {
            found.find(format!(
                "the chain of {} ends at entry {} {}, a rebuild at entry {} {}",
                head.customer,
                head.chain.number,
                head.chain.head.short(),
                rebuilt.number,
                rebuilt.head.short()
            ));
        }
    }
    let mut missing: BTreeSet<&CustomerCode> = customers
        .iter()
        .filter(|(_, book)| {
            book.chain.number > 0 || !book.inline_events.is_empty() || !book.counters.is_empty()
        })
        .map(|(customer, _)| customer)
        .collect();
    let mut after = None;
    loop {
        let page = workspace.store().books(after.as_ref(), 500).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.customer.clone());
        for mut record in page {
            missing.remove(&record.customer);
            let Some(book) = customers.get(&record.customer) else {
                found.find(format!("the stored state of {} is of no operation", record.customer));
                continue;
            };
            let rebuilt = book_record(book)?;
            // An earlier version saved no standing beside the state.
            if record.standing.is_none() {
                record.standing.clone_from(&rebuilt.standing);
            }
            if record != rebuilt {
                found.find(format!(
                    "the stored state of {} differs from a rebuild",
                    record.customer
                ));
            }
        }
    }
    for customer in missing {
        found.find(format!("the state of {customer} is missing"));
    }
    Ok(found.check("a rebuild from the operations gives the same hashes and states"))
}

/// Compares what was kept of every close with the ledger; nothing when none was made.
async fn closes<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Option<Check>, AppError> {
    let mut found = Findings::default();
    for close in workspace.store().closes().await? {
        found.count += 1;
        if let Some(finding) = crate::periods::changed(workspace, &close).await? {
            found.find(finding);
        }
    }
    Ok((found.count > 0)
        .then(|| found.check("closed periods are as they were when they were closed")))
}

/// Why an operation lacks the approval that the rules asked for when it was recorded, if it does.
async fn unapproved<S: LedgerStore>(
    workspace: &Workspace<S>,
    book: &Book,
    operation: &Operation,
) -> Result<Option<String>, AppError> {
    if let Err(fault) = approval::check(&book.catalog, operation) {
        return Ok(Some(fault.to_string()));
    }
    let Some(given) = &operation.approval else { return Ok(None) };
    let read = |stored: Option<StoredOperation>| {
        stored.and_then(|stored| Operation::from_json(&stored.operation.body).ok())
    };
    let asked = read(workspace.store().operation(&given.request).await?);
    let decided = match approval::decision_id(&given.request) {
        Ok(id) => read(workspace.store().operation(&id).await?),
        Err(_) => None,
    };
    let backed = asked.zip(decided).is_some_and(|(a, d)| approval::is_backed(operation, &a, &d));
    let missing = ApprovalFault::NotApproved { request: given.request.clone() };
    Ok((!backed).then(|| missing.to_string()))
}

/// Compares the checkpoint that a close kept with that of the rebuild at the same operation.
async fn check_close<S: LedgerStore>(
    workspace: &Workspace<S>,
    (book, operation): (&Book, &Operation),
    findings: &mut Findings,
) -> Result<(), AppError> {
    let chains = book.customers.iter().map(|(code, customer)| (code.as_str(), customer.chain));
    let rebuilt = scrip_journal::checkpoint(chains.filter(|(_, chain)| chain.number > 0));
    let closes = workspace.store().closes().await?;
    match closes.iter().find(|close| close.operation == operation.id) {
        Some(close) if close.checkpoint == rebuilt => {}
        Some(close) => findings.find(format!(
            "the close through {} carries the checkpoint {}, a rebuild comes to {}",
            close.through,
            close.checkpoint.hash.short(),
            rebuilt.hash.short()
        )),
        None => findings.find(format!("the close of operation {} is missing", operation.id)),
    }
    Ok(())
}

async fn config<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Check, AppError> {
    let mut found = Findings::default();
    let latest = workspace.store().config_latest().await?.map_or(0, |c| c.revision);
    for revision in 1..=latest {
        found.count += 1;
        match workspace.store().config(revision).await? {
            None => found.find(format!("configuration {revision} is missing")),
            Some(config) => {
                if Hash::of(config.document.as_bytes()) != config.hash {
                    found.find(format!(
                        "configuration {revision} was changed: its text has another hash"
                    ));
                }
                stored_catalog(&config)?;
            }
        }
    }
    Ok(found.check("configurations are as they were applied"))
}

async fn files<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Check, AppError> {
    let archive = workspace.archive().await?;
    let mut found = Findings::default();
    let manifest = archive.manifest();
    found.count = (manifest.segments.len() + manifest.keys.len() + manifest.details.len()) as u64;
    for damage in archive.verify(&mut |_| Control::Continue)? {
        found.find(format!("{} {}", damage.path.display(), damage.problem));
    }
    Ok(found.check("files of the usage archive are as they were committed"))
}
