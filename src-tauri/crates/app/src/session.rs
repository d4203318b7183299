//! A session of writing: one transaction, the books it needs, and what the engine made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use scrip_catalog::{Catalog, Document};
use scrip_engine::approval::{self, ApprovalFault};
use scrip_engine::canonical::canonical;
use scrip_engine::operation::Approval;
use scrip_engine::{Action, Applied, Book, CustomerBook, Operation, Rejection, apply};
use scrip_journal::Hash;
use scrip_rating::UsageBatch;
use scrip_store::{
    AlertRecord, BookRecord, ConfigRecord, LedgerStore, LotChangeRecord, LotRecord,
    OperationDetail, OperationEvent, OperationRecord, StoredOperation, WriteTransaction,
};
use scrip_units::{Actor, Amount, CustomerCode, Date, Instant, OperationId};

use crate::draws::inline_events;
use crate::error::{AppError, First};
use crate::exchange;
use crate::periods;
use crate::workspace::Workspace;

/// When and by whom a use case is called: what the shell takes from outside.
#[derive(Debug, Clone)]
pub struct Edge {
    /// Now.
    pub now: Instant,
    /// Who calls.
    pub actor: Actor,
}

impl Edge {
    /// The same by the clock that a ledger is recorded by: where many record, one clock tells what has
    /// lapsed and when it was.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn by_the_clock_of<S: LedgerStore>(
        &self,
        store: &S,
    ) -> Result<Self, AppError> {
        let now = store.clock().await?.unwrap_or(self.now);
        Ok(Self { now, actor: self.actor.clone() })
    }
}

/// How many customers are loaded with one question.
const CUSTOMERS_AT_ONCE: usize = 1_000;

/// What became of an operation.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It was applied.
    Applied(Box<Applied>),
    /// The same operation was applied before; nothing changed.
    Already(Box<StoredOperation>),
}

/// Begins to write to a ledger, unless it is the copy of another.
pub(crate) async fn begin<S: LedgerStore>(store: &S) -> Result<S::Write, AppError> {
    its_own(store).await?;
    Ok(store.begin().await?)
}

/// As [`begin`], with nobody else beside.
pub(crate) async fn begin_alone<S: LedgerStore>(store: &S) -> Result<S::Write, AppError> {
    its_own(store).await?;
    Ok(store.begin_alone().await?)
}

async fn its_own<S: LedgerStore>(store: &S) -> Result<(), AppError> {
    match store.follows().await? {
        Some(ledger) => Err(AppError::Copy { ledger }),
        None => Ok(()),
    }
}

/// Whether an operation counts for every one after it, whoever's that is, so that nobody else may record
/// beside it: what was begun under other prices, or in a month that was open, has to be recorded before.
fn is_for_everybody(operation: &Operation) -> bool {
    matches!(
        operation.action,
        Action::ApplyConfiguration(_) | Action::ClosePeriod(_) | Action::ImportExchangeRates(_)
    )
}

/// Reads a configuration document as it is stored.
pub(crate) fn stored_document(config: &ConfigRecord) -> Result<Document, AppError> {
    serde_json::from_str(&config.document)
        .map_err(|e| AppError::stored(format!("configuration {}", config.revision), e))
}

/// The canonical text of a document.
pub(crate) fn document_text(document: &Document) -> Result<String, AppError> {
    let value = serde_json::to_value(document).map_err(|e| AppError::stored("configuration", e))?;
    Ok(canonical(&value))
}

/// The catalog of a stored configuration.
pub(crate) fn stored_catalog(config: &ConfigRecord) -> Result<Catalog, AppError> {
    Catalog::try_new(stored_document(config)?, config.revision)
        .map_err(|problems| AppError::from(Rejection::Configuration { problems }))
}

/// The record of a customer's state.
pub(crate) fn book_record(book: &CustomerBook) -> Result<BookRecord, AppError> {
    Ok(BookRecord {
        customer: book.customer.clone(),
        chain: book.chain,
        next_due: book.due_since(),
        state: book
            .to_json()
            .map_err(|e| AppError::stored(format!("book of {}", book.customer), e))?,
        standing: Some(
            book.standing()
                .to_json()
                .map_err(|e| AppError::stored(format!("standing of {}", book.customer), e))?,
        ),
    })
}

/// Reads a customer's state.
pub(crate) fn read_book(record: &BookRecord) -> Result<CustomerBook, AppError> {
    CustomerBook::from_json(&record.state)
        .map_err(|e| AppError::stored(format!("book of {}", record.customer), e))
}

/// The record of an operation.
pub(crate) fn operation_record(
    operation: &Operation,
    edge: &Edge,
    revision: u64,
) -> Result<OperationRecord, AppError> {
    let body = operation.to_json().map_err(|e| AppError::stored("operation", e))?;
    Ok(OperationRecord {
        id: operation.id.clone(),
        kind: operation.action.code().to_owned(),
        customer: operation.customer().cloned(),
        actor: operation.actor.clone(),
        at: operation.at,
        recorded_at: edge.now,
        config_revision: revision,
        body_hash: Hash::of(body.as_bytes()),
        body,
    })
}

pub(crate) fn lot_records(applied: &Applied, operation: &Operation) -> Vec<LotRecord> {
    let records = applied.lots.iter().map(|fact| {
        let lot = &fact.lot;
        LotRecord {
            lot: lot.id.clone(),
            customer: fact.customer.clone(),
            wallet: lot.wallet.clone(),
            wallet_type: lot.wallet_type.clone(),
            kind: lot.kind.code().to_owned(),
            unit: lot.unit.0,
            granted_on: lot.granted_on,
            effective_at: lot.effective_at,
            expires_at: lot.expires_at,
            units: lot.issued,
            consideration: lot.currency.map(|c| Amount::from_steps(c.0, lot.consideration)),
            operation: operation.id.clone(),
        }
    });
    records.collect()
}

fn lot_changes(applied: &Applied, operation: &Operation) -> Vec<LotChangeRecord> {
    let records = applied.lot_changes.iter().map(|change| LotChangeRecord {
        customer: change.customer.clone(),
        lot: change.lot.clone(),
        expires_at: change.expires_at,
        operation: operation.id.clone(),
    });
    records.collect()
}

/// How the events of an operation were charged, as the ledger keeps it: the events that were
/// recorded (a repeated one has no row), and the detail of each entry.
pub(crate) fn operation_details(
    operation: &Operation,
    applied: &Applied,
) -> Result<(Vec<OperationEvent>, Vec<OperationDetail>), AppError> {
    let mut positions = BTreeSet::new();
    let mut details = Vec::with_capacity(applied.detail.len());
    for detail in &applied.detail {
        let rows = detail.rows.iter().filter(|row| row.place.segment == 0);
        positions.extend(rows.map(|row| (detail.customer.clone(), row.place.row)));
        let body = detail
            .to_json()
            .map_err(|e| AppError::stored(format!("detail of operation {}", operation.id), e))?;
        let (customer, entry) = (detail.customer.clone(), detail.entry);
        details.push(OperationDetail { customer, entry, body });
    }
    let written = inline_events(operation);
    let events = positions.into_iter().filter_map(|(customer, position)| {
        let key = written.get(position as usize)?.key.clone();
        Some(OperationEvent { customer, key, position })
    });
    Ok((events.collect(), details))
}

/// The records of the alerts that an operation raised.
pub(crate) fn alert_records(
    applied: &Applied,
    operation: &Operation,
) -> Result<Vec<AlertRecord>, AppError> {
    let records = applied.alerts.iter().map(|alert| {
        Ok(AlertRecord {
            customer: alert.customer.clone(),
            wallet: alert.wallet.clone(),
            code: alert.code.to_string(),
            at: alert.at,
            figures: serde_json::to_string(&alert.figures)
                .map_err(|e| AppError::stored("alert", e))?,
            operation: operation.id.clone(),
        })
    });
    records.collect()
}

/// One write transaction and the books it works on.
pub struct Session<W> {
    tx: W,
    /// The books.
    pub book: Book,
    edge: Edge,
    loaded: BTreeSet<CustomerCode>,
    touched: BTreeSet<CustomerCode>,
    closes: Vec<(Date, OperationId)>,
    replaced: Vec<Arc<Catalog>>,
    unapproved: Option<ApprovalFault>,
    /// The ledger of which this one is a copy, if so: here things are tried, not done.
    copy_of: Option<String>,
}

impl<W: WriteTransaction> Session<W> {
    /// Begins a session: takes the write lock, then reads the configuration in force.
    ///
    /// # Errors
    /// [`AppError::NoConfiguration`], or the store's.
    pub async fn begin<S: LedgerStore<Write = W>>(
        workspace: &Workspace<S>,
        edge: &Edge,
    ) -> Result<Self, AppError> {
        let tx = begin(workspace.store()).await?;
        Self::with(workspace, edge, (tx, None)).await
    }

    /// Begins a session beside which nobody records.
    ///
    /// # Errors
    /// As [`Session::begin`].
    pub async fn begin_alone<S: LedgerStore<Write = W>>(
        workspace: &Workspace<S>,
        edge: &Edge,
    ) -> Result<Self, AppError> {
        let tx = begin_alone(workspace.store()).await?;
        Self::with(workspace, edge, (tx, None)).await
    }

    /// Begins a session for these operations: alone where one of them counts for everybody, and with all
    /// their customers, so that two such sessions wait for each other and not both at once.
    ///
    /// # Errors
    /// As [`Session::begin`].
    pub async fn begin_for<'o, S: LedgerStore<Write = W>>(
        workspace: &Workspace<S>,
        edge: &Edge,
        operations: impl Iterator<Item = &'o Operation> + Clone + Send,
    ) -> Result<Self, AppError> {
        let store = workspace.store();
        let tx = match operations.clone().any(is_for_everybody) {
            true => begin_alone(store).await?,
            false => begin(store).await?,
        };
        let mut session = Self::with(workspace, edge, (tx, None)).await?;
        let customers: BTreeSet<_> = operations.flat_map(Operation::customers).cloned().collect();
        let customers: Vec<_> = customers.into_iter().collect();
        for part in customers.chunks(CUSTOMERS_AT_ONCE) {
            session.load(part).await?;
        }
        Ok(session)
    }

    /// Begins a session that writes to the usage archive, after whoever does so now.
    ///
    /// # Errors
    /// As [`Session::begin`].
    pub async fn on_archive<S: LedgerStore<Write = W>>(
        workspace: &Workspace<S>,
        edge: &Edge,
    ) -> Result<Self, AppError> {
        let mut tx = begin(workspace.store()).await?;
        tx.own_archive().await?;
        Self::with(workspace, edge, (tx, None)).await
    }

    /// Begins a session in which things are tried and then taken back, on a copy of another ledger too.
    /// On a copy, it cannot be committed.
    ///
    /// # Errors
    /// As [`Session::begin`].
    pub async fn trial<S: LedgerStore<Write = W>>(
        workspace: &Workspace<S>,
        edge: &Edge,
    ) -> Result<Self, AppError> {
        let store = workspace.store();
        store.whole().await?;
        let copy_of = store.follows().await?;
        Self::with(workspace, edge, (store.begin().await?, copy_of)).await
    }

    async fn with<S: LedgerStore<Write = W>>(
        workspace: &Workspace<S>,
        edge: &Edge,
        (mut tx, copy_of): (W, Option<String>),
    ) -> Result<Self, AppError> {
        let store = workspace.store();
        // Nobody changes the configuration while the write lock is held.
        let catalog = workspace.catalog_of(tx.config_revision().await?).await?;
        let mut book = exchange::book_of_catalog(workspace, catalog).await?;
        book.posted_until = crate::usage::posted_until(store).await?;
        book.close(tx.closed_through().await?);
        let (loaded, touched, closes) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        let replaced = Vec::new();
        let (edge, unapproved) = (edge.by_the_clock_of(store).await?, None);
        Ok(Self { tx, book, edge, loaded, touched, closes, replaced, unapproved, copy_of })
    }

    /// Looks up to when usage has been charged that is in no segment, because it came inside
    /// operations: before a configuration may be applied.
    ///
    /// # Errors
    /// The store's.
    pub async fn know_charged_usage<S: LedgerStore<Write = W>>(
        &mut self,
        store: &S,
    ) -> Result<(), AppError> {
        self.book.posted_until = self.book.posted_until.max(store.charged_until().await?);
        Ok(())
    }

    /// Periods that this session closed.
    pub(crate) fn closes(&self) -> &[(Date, OperationId)] {
        &self.closes
    }

    /// A configuration that this session has replaced.
    pub(crate) fn replaced(&self, revision: u64) -> Option<&Arc<Catalog>> {
        self.replaced.iter().find(|catalog| catalog.revision() == revision)
    }

    /// The transaction.
    pub fn tx(&mut self) -> &mut W {
        &mut self.tx
    }

    /// Loads customers that are not loaded yet.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(&mut self, customers: &[CustomerCode]) -> Result<(), AppError> {
        let missing: Vec<_> =
            customers.iter().filter(|c| !self.loaded.contains(*c)).cloned().collect();
        if missing.is_empty() {
            return Ok(());
        }
        for record in self.tx.books(&missing).await? {
            self.book.load(read_book(&record)?);
        }
        self.loaded.extend(missing);
        Ok(())
    }

    /// Applies an operation and appends what it causes. On an error the session can only be
    /// dropped.
    ///
    /// # Errors
    /// [`AppError::Rejected`], [`AppError::OperationConflict`], or the store's.
    pub async fn operate(
        &mut self,
        operation: &Operation,
        usage: Option<&UsageBatch>,
    ) -> Result<Outcome, AppError> {
        let revision = self.book.catalog.revision();
        let record = operation_record(operation, &self.edge, revision)?;
        // Whoever records the same just now is waited for before it is looked for.
        let customers: Vec<_> = operation.customers().into_iter().cloned().collect();
        self.load(&customers).await?;
        if customers.is_empty() {
            self.tx.claim(&operation.id).await?;
        }
        if let Some(before) = self.tx.operation(&operation.id).await? {
            return if before.operation.body_hash == record.body_hash {
                Ok(Outcome::Already(Box::new(before)))
            } else {
                Err(AppError::OperationConflict { id: operation.id.clone(), first: First::Applied })
            };
        }
        exchange::load(&mut self.tx, &mut self.book, operation).await?;
        let new_rates = match &operation.action {
            Action::ImportExchangeRates(action) => exchange::new_records(&self.book, action),
            _ => Vec::new(),
        };
        if let Err(fault) = self.approved(operation).await? {
            self.unapproved.get_or_insert(fault);
        }
        let in_force = Arc::clone(&self.book.catalog);
        let applied = apply(&mut self.book, operation, usage)?;
        self.tx.append(&record, &applied.entries, &lot_records(&applied, operation)).await?;
        self.tx.add_lot_changes(&lot_changes(&applied, operation)).await?;
        self.tx.add_exchange_rates(&operation.id, &new_rates).await?;
        // The detail of archived usage is written beside the archive, by who posts it.
        if !applied.detail.is_empty() && !matches!(operation.action, Action::PostUsage(_)) {
            let (events, details) = operation_details(operation, &applied)?;
            self.tx.add_operation_details(&operation.id, &events, &details).await?;
        }
        if let Action::ApplyConfiguration(action) = &operation.action {
            self.add_config(operation, &action.document).await?;
            self.replaced.push(in_force);
        }
        if let Action::ClosePeriod(action) = &operation.action {
            let close = periods::close_record(&mut self.tx, operation, action, revision).await?;
            self.tx.add_close(&close).await?;
            self.closes.push((action.through, operation.id.clone()));
        }
        self.tx.add_alerts(&alert_records(&applied, operation)?).await?;
        self.touched.extend(applied.customers.iter().cloned());
        Ok(Outcome::Applied(Box::new(applied)))
    }

    /// Why the first operation that lacks an approval lacks it: what was tried may be looked at, and is
    /// not committed.
    pub(crate) fn unapproved(&self) -> Option<&ApprovalFault> {
        self.unapproved.as_ref()
    }

    /// Whether an operation has the approval that it needs, and the ledger has the decision.
    async fn approved(
        &mut self,
        operation: &Operation,
    ) -> Result<Result<(), ApprovalFault>, AppError> {
        if let Err(fault) = approval::check(&self.book.catalog, operation) {
            return Ok(Err(fault));
        }
        let Some(Approval { request, .. }) = &operation.approval else { return Ok(Ok(())) };
        let missing = ApprovalFault::NotApproved { request: request.clone() };
        let Ok(decision) = approval::decision_id(request) else { return Ok(Err(missing)) };
        let asked = self.tx.operation(request).await?;
        let decided = self.tx.operation(&decision).await?;
        let (Some(asked), Some(decided)) = (asked, decided) else { return Ok(Err(missing)) };
        let read = |stored: &StoredOperation| {
            Operation::from_json(&stored.operation.body)
                .map_err(|e| AppError::stored(format!("operation {}", stored.operation.id), e))
        };
        let backed = approval::is_backed(operation, &read(&asked)?, &read(&decided)?);
        Ok(if backed { Ok(()) } else { Err(missing) })
    }

    async fn add_config(
        &mut self,
        operation: &Operation,
        document: &Document,
    ) -> Result<(), AppError> {
        let document = document_text(document)?;
        let record = ConfigRecord {
            revision: self.book.catalog.revision(),
            hash: Hash::of(document.as_bytes()),
            document,
            applied_at: operation.at,
            operation: operation.id.clone(),
        };
        Ok(self.tx.add_config(&record).await?)
    }

    /// Saves the books that changed and forgets those of customers no longer needed.
    ///
    /// # Errors
    /// The store's.
    pub async fn flush(&mut self) -> Result<(), AppError> {
        let touched = std::mem::take(&mut self.touched);
        let mut records = Vec::with_capacity(touched.len());
        for customer in &touched {
            if let Some(book) = self.book.customers.get(customer) {
                records.push(book_record(book)?);
            }
        }
        self.tx.save_books(&records).await?;
        self.loaded.clear();
        self.book.customers = BTreeMap::new();
        Ok(())
    }

    /// Commits: from here on it is durable.
    ///
    /// # Errors
    /// [`Rejection::Approval`] when an operation needs an approval and has none, [`AppError::Copy`] of a
    /// trial on a copy, or the store's; then nothing was changed.
    pub async fn commit(mut self) -> Result<(), AppError> {
        if let Some(ledger) = self.copy_of.take() {
            self.tx.rollback().await?;
            return Err(AppError::Copy { ledger });
        }
        if let Some(fault) = self.unapproved.take() {
            self.tx.rollback().await?;
            return Err(Rejection::Approval(fault).into());
        }
        self.flush().await?;
        Ok(self.tx.commit().await?)
    }

    /// Takes everything back.
    ///
    /// # Errors
    /// The store's.
    pub async fn rollback(self) -> Result<(), AppError> {
        Ok(self.tx.rollback().await?)
    }
}
