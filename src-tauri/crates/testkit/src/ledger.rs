//! A ledger in memory: the book, the operations applied to it, and the entries they caused.

use std::collections::BTreeMap;
use std::sync::Arc;

use scrip_catalog::{Catalog, Document};
use scrip_engine::{Applied, Book, Operation, apply};
use scrip_journal::{Account, AccountClass, Entry};
use scrip_units::{Month, UnitCode};

use crate::laws;

/// Above this many lots the laws are checked on demand only: they look at every lot.
const LOTS_CHECKED_EACH_STEP: usize = 1000;

/// A book with its history.
#[derive(Debug, Clone)]
pub struct Ledger {
    catalog: Arc<Catalog>,
    /// The state.
    pub book: Book,
    /// The operations that were accepted, as they are stored.
    pub operations: Vec<String>,
    /// The entries they caused, in order.
    pub entries: Vec<Entry>,
}

/// Why an operation changed nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The engine rejected it, with this message.
    Rejected(String),
    /// A law does not hold any more, or the text is not an operation: the test has failed.
    Broken(String),
}

impl Ledger {
    /// A ledger without customers' state, configured by a document in TOML.
    ///
    /// # Errors
    /// The problems of the document.
    pub fn open(document: &str) -> Result<Self, String> {
        let document: Document =
            toml::from_str(document).map_err(|e| format!("not a document: {e}"))?;
        let catalog = Catalog::try_new(document, 1).map_err(|problems| {
            let lines: Vec<_> =
                problems.iter().map(|p| format!("{}: {}", p.path, p.message)).collect();
            lines.join("\n")
        })?;
        Self::with(Arc::new(catalog))
    }

    fn with(catalog: Arc<Catalog>) -> Result<Self, String> {
        let book = Book::new(Arc::clone(&catalog)).map_err(|e| e.to_string())?;
        Ok(Self { catalog, book, operations: Vec::new(), entries: Vec::new() })
    }

    /// The configuration.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    fn is_small(&self) -> bool {
        self.book.customers.values().map(|c| c.lots.len()).sum::<usize>() < LOTS_CHECKED_EACH_STEP
    }

    /// Applies an operation in its documented form and checks the laws.
    ///
    /// # Errors
    /// [`Refused`]; a rejection has left the book as it was.
    pub fn apply(&mut self, operation: &str) -> Result<Applied, Refused> {
        let broken = |message: String| Refused::Broken(format!("{message}\n  in {operation}"));
        let read = Operation::from_json(operation).map_err(|e| broken(e.to_string()))?;
        let before = self.is_small().then(|| self.book.clone());
        match apply(&mut self.book, &read, None) {
            Ok(applied) => {
                self.operations.push(read.to_json().map_err(|e| broken(e.to_string()))?);
                self.entries.extend(applied.entries.iter().cloned());
                if self.is_small() {
                    laws::check(self).map_err(broken)?;
                }
                Ok(applied)
            }
            Err(rejection) => {
                if let Some(before) = before
                    && (before.customers != self.book.customers
                        || before.posted_until != self.book.posted_until)
                {
                    return Err(broken(format!("a rejection left a trace: {rejection}")));
                }
                Err(Refused::Rejected(rejection.to_string()))
            }
        }
    }

    /// The balances of the money accounts, debit positive, by currency; accounts at zero are left
    /// out. A month limits them to what was booked in it.
    #[must_use]
    pub fn money(&self, month: Option<Month>) -> BTreeMap<(Account, UnitCode), i128> {
        let entries = self
            .entries
            .iter()
            .filter(|entry| month.is_none_or(|month| Month::of(entry.body.booked_on) == month));
        let mut balances: BTreeMap<_, i128> = BTreeMap::new();
        for posting in entries.flat_map(|entry| &entry.body.postings) {
            if posting.account.class() != AccountClass::Units {
                let key = (posting.account, posting.amount.unit().code());
                *balances.entry(key).or_default() += i128::from(posting.amount.steps());
            }
        }
        balances.retain(|_, balance| *balance != 0);
        balances
    }

    /// A second ledger from the same operations.
    ///
    /// # Errors
    /// What an operation was refused for.
    pub fn replay(&self) -> Result<Self, String> {
        let mut again = Self::with(Arc::clone(&self.catalog))?;
        for operation in &self.operations {
            again.apply(operation).map_err(|e| format!("{e:?}"))?;
        }
        Ok(again)
    }
}
