//! The runs: the operations of the ledger, applied again.

use std::collections::BTreeSet;
use std::sync::Arc;

use scrip_catalog::{Catalog, Document};
use scrip_engine::{Action, Book, Operation, Rejection, SegmentWindow, apply};
use scrip_journal::Chain;
use scrip_rating::UsageBatch;
use scrip_units::{CustomerCode, Instant, OperationId, Rounding};

use crate::costs::Costs;
use crate::figures::{Cause, Figures};
use crate::scenario::{Scenario, ScenarioError};
use crate::trace::Trace;

/// Which usage, and which entries, count: whole days of the entity's zone, so that an entry of usage, which
/// is that of one service day, is inside or outside as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first instant.
    pub from: Instant,
    /// The first instant after it.
    pub until: Instant,
}

impl Window {
    /// Whether an instant is inside.
    #[must_use]
    pub fn holds(self, at: Instant) -> bool {
        self.from <= at && at < self.until
    }
}

/// An operation of the ledger, with the archived usage it posts.
#[derive(Debug, Clone)]
pub struct Event {
    /// The operation.
    pub operation: Operation,
    /// The usage, for an operation that posts archived usage.
    pub usage: Option<UsageBatch>,
}

/// An operation of the ledger that is refused in a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The operation.
    pub operation: OperationId,
    /// What it does.
    pub code: &'static str,
    /// The customer, if it concerns one.
    pub customer: Option<CustomerCode>,
    /// Why it is refused.
    pub why: String,
}

/// One run over the history.
#[derive(Debug, Clone)]
pub struct Run {
    scenario: Option<Scenario>,
    book: Option<Book>,
    /// Customers whose figures count; all if absent.
    counted: Option<Arc<BTreeSet<CustomerCode>>>,
    costs: Costs,
    /// Sums over the window.
    pub figures: Figures,
    /// Operations that the ledger holds and this run refuses, the first ones.
    pub undone: Vec<Undone>,
    /// How many those are.
    pub undone_count: u64,
}

/// Refused operations that are listed.
const UNDONE_MAX: usize = 100;

impl Run {
    /// The scenario's name; none for the baseline.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.scenario.as_ref().map(|scenario| scenario.name.as_str())
    }

    /// Where the chain of each customer ends.
    pub fn chains(&self) -> impl Iterator<Item = (&CustomerCode, Chain)> {
        let customers = self.book.iter().flat_map(|book| &book.customers);
        customers.map(|(code, customer)| (code, customer.chain))
    }

    /// The configuration in force at the end of the run.
    #[must_use]
    pub fn catalog(&self) -> Option<&Catalog> {
        self.book.as_ref().map(|book| &*book.catalog)
    }

    fn refuse(&mut self, operation: &Operation, rejection: &Rejection) {
        self.undone_count += 1;
        if self.undone.len() < UNDONE_MAX {
            self.undone.push(Undone {
                operation: operation.id.clone(),
                code: operation.action.code(),
                customer: operation.customer().cloned(),
                why: rejection.to_string(),
            });
        }
    }

    fn apply(&mut self, event: &Event, window: Window) {
        let Some(book) = &mut self.book else { return };
        let delivered = self.costs.usage(event, book);
        match apply(book, &event.operation, event.usage.as_ref()) {
            Ok(applied) => {
                let (operation, usage) = (&event.operation, event.usage.as_ref());
                let counted = self.counted.as_deref();
                let cause = Cause { operation, applied: &applied, usage, book, counted };
                self.figures.add(window, cause);
                self.costs.add(window, counted, (&delivered, &book.catalog));
            }
            Err(rejection) => self.refuse(&event.operation, &rejection),
        }
    }

    /// Puts a document of the ledger into force, with the scenario's changes.
    fn configure(
        &mut self,
        recorded: &Document,
        live: &Document,
        window: Window,
    ) -> Result<(), ScenarioError> {
        let document = match &self.scenario {
            Some(scenario) => scenario.over(recorded, live, window.from)?,
            None => recorded.clone(),
        };
        let name = self.name().unwrap_or("baseline").to_owned();
        let revision = self.book.as_ref().map_or(1, |book| book.catalog.revision() + 1);
        let catalog = match Catalog::try_new(document, revision) {
            Ok(catalog) => Arc::new(catalog),
            Err(problems) => return Err(ScenarioError::Invalid { name, problems }),
        };
        let inexact = |message: String| ScenarioError::Inexact { name: name.clone(), message };
        let costs = self.costs.configure(&catalog);
        costs.map_err(|(path, error)| inexact(format!("{path}: {error}")))?;
        let done = match &mut self.book {
            Some(book) => book.reconfigure(catalog),
            empty => Book::new(catalog).map(|book| *empty = Some(book)),
        };
        done.map_err(|e| inexact(e.to_string()))
    }

    /// Rounds what delivery cost, when all is added up.
    fn sum_up(&mut self) -> Result<(), ScenarioError> {
        let Some(book) = &self.book else { return Ok(()) };
        let name = || self.name().unwrap_or("baseline").to_owned();
        let inexact = |message: String| ScenarioError::Inexact { name: name(), message };
        let costs = self.costs.total(book).map_err(|e| inexact(e.to_string()))?;
        let rounded = costs.into_iter().map(|(unit, cost)| {
            let steps = cost.round(Rounding::HalfAwayFromZero);
            Ok((unit, steps.map_err(|e| inexact(e.to_string()))?))
        });
        self.figures.delivery = rounded.collect::<Result<_, ScenarioError>>()?;
        Ok(())
    }
}

/// All runs: the baseline, and one for each scenario.
#[derive(Debug)]
pub struct Replay {
    window: Window,
    live: Document,
    /// Customers that are replayed; all if absent.
    replayed: Option<BTreeSet<CustomerCode>>,
    runs: Vec<Run>,
    /// Scenarios that wait for the first operation that reaches into the window.
    waiting: Vec<Scenario>,
    /// The document that was recorded last.
    recorded: Option<Document>,
}

impl Replay {
    /// Prepares runs over a window. `live` is the last configuration of the ledger. Of the customers
    /// that are replayed, the figures are those of `counted`; of all that are absent, of everybody.
    #[must_use]
    pub fn new(
        window: Window,
        live: Document,
        (replayed, counted): (Option<BTreeSet<CustomerCode>>, Option<BTreeSet<CustomerCode>>),
        scenarios: Vec<Scenario>,
    ) -> Self {
        let baseline = Run {
            scenario: None,
            book: None,
            counted: counted.map(Arc::new),
            costs: Costs::new(),
            figures: Figures::default(),
            undone: Vec::new(),
            undone_count: 0,
        };
        let runs = vec![baseline];
        Self { window, live, replayed, runs, waiting: scenarios, recorded: None }
    }

    /// Keeps what each event was charged in each run. It is asked for before the first step, and for few
    /// customers: it takes memory with every event.
    pub fn trace(&mut self) {
        for run in &mut self.runs {
            run.figures.trace = Some(Trace::default());
        }
    }

    /// Whether an operation must be replayed: those of other customers need not be.
    #[must_use]
    pub fn wants(&self, operation: &Operation) -> bool {
        let Some(chosen) = &self.replayed else { return true };
        let named = operation.customers();
        named.is_empty() || named.iter().any(|customer| chosen.contains(*customer))
    }

    /// Applies the next operations of the ledger to every run, each run in a thread of its own.
    ///
    /// # Errors
    /// [`ScenarioError`] when a scenario cannot be put into force; the replay is then of no more use.
    pub fn step(&mut self, events: &[Event]) -> Result<(), ScenarioError> {
        let mut rest = events;
        while !rest.is_empty() {
            if !self.waiting.is_empty() && self.reaches(&rest[0]) {
                self.fork()?;
            }
            // Up to the next configuration, or to the fork, the runs go on by themselves.
            let stop = |event: &Event| {
                matches!(event.operation.action, Action::ApplyConfiguration(_))
                    || (!self.waiting.is_empty() && self.reaches(event))
            };
            if let Action::ApplyConfiguration(action) = &rest[0].operation.action {
                self.recorded = Some((*action.document).clone());
                for run in &mut self.runs {
                    run.configure(&action.document, &self.live, self.window)?;
                }
                rest = &rest[1..];
                continue;
            }
            let after_first = rest[1..].iter().position(stop).map_or(rest.len(), |at| at + 1);
            let (now, later) = rest.split_at(after_first);
            let window = self.window;
            std::thread::scope(|scope| {
                for run in &mut self.runs {
                    scope.spawn(move || now.iter().for_each(|event| run.apply(event, window)));
                }
            });
            rest = later;
        }
        Ok(())
    }

    /// Whether an operation can have an effect inside the window or after it.
    fn reaches(&self, event: &Event) -> bool {
        let from = self.window.from;
        let inline = |events: &[scrip_engine::InlineEvent]| {
            events.iter().any(|event| event.occurred_at.is_some_and(|at| at >= from))
        };
        let posted = |windows: &[SegmentWindow]| windows.iter().any(|window| window.until > from);
        event.operation.at >= from
            || match &event.operation.action {
                Action::PostUsage(action) => posted(&action.windows),
                Action::RecordUsage(action) => inline(&action.events),
                Action::CaptureHold(action) => inline(&action.events),
                _ => false,
            }
    }

    /// Lets every scenario go on from where the baseline is, under its own configuration.
    fn fork(&mut self) -> Result<(), ScenarioError> {
        for scenario in std::mem::take(&mut self.waiting) {
            let Some(baseline) = self.runs.first() else { break };
            let mut run = Run { scenario: Some(scenario), ..baseline.clone() };
            if let Some(recorded) = self.recorded.clone() {
                run.configure(&recorded, &self.live, self.window)?;
            }
            self.runs.push(run);
        }
        Ok(())
    }

    /// The runs, the baseline first.
    ///
    /// # Errors
    /// [`ScenarioError`] when nothing reached into the window and a scenario cannot be put into force.
    pub fn finish(mut self) -> Result<Vec<Run>, ScenarioError> {
        self.fork()?;
        self.runs.iter_mut().try_for_each(Run::sum_up)?;
        Ok(self.runs)
    }
}
