//! A ledger in memory: the book, the operations applied to it, and the entries they caused.

use std::collections::BTreeMap;
use std::sync::Arc;

use scrip_catalog::{Catalog, Document};
use scrip_engine::{Applied, Book, CustomerBook, Operation, apply, events_hash, key_order};
use scrip_journal::{Account, AccountClass, Entry};
use scrip_rating::{Place, Shape, UsageBatch, UsageEvent};
use scrip_units::{CustomerCode, EventKey, MemberCode, MeterCode, Month, UnitCode, parse_steps};
use serde_json::{Value, json};

use crate::charged::Charged;
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
    /// The archived usage that some of them posted, by their place.
    archived: BTreeMap<usize, UsageBatch>,
    /// What posted events were charged.
    charged: Charged,
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
        Self::of(document)
    }

    /// A ledger without customers' state, configured by a document in its JSON form.
    ///
    /// # Errors
    /// The problems of the document.
    pub fn configured(document: &Value) -> Result<Self, String> {
        Self::of(Document::from_json(&document.to_string()).map_err(|e| e.to_string())?)
    }

    fn of(document: Document) -> Result<Self, String> {
        let catalog = Catalog::try_new(document, 1).map_err(|problems| {
            let lines: Vec<_> =
                problems.iter().map(|p| format!("{}: {}", p.path, p.message)).collect();
            lines.join("\n")
        })?;
        Self::with(Arc::new(catalog))
    }

    fn with(catalog: Arc<Catalog>) -> Result<Self, String> {
        let book = Book::new(Arc::clone(&catalog)).map_err(|e| e.to_string())?;
        let (operations, archived, entries) = (Vec::new(), BTreeMap::new(), Vec::new());
        let charged = Charged::default();
        Ok(Self { catalog, book, operations, archived, charged, entries })
    }

    /// A ledger of the same configuration that holds one customer, as some store keeps it: its state
    /// and its entries.
    ///
    /// # Errors
    /// The text is not a customer's state.
    pub fn of_customer(&self, state: &str, entries: Vec<Entry>) -> Result<Self, String> {
        let customer = CustomerBook::from_json(state).map_err(|e| e.to_string())?;
        let mut ledger = Self { entries, ..self.clone() };
        ledger.book.customers = BTreeMap::from([(customer.customer.clone(), customer)]);
        Ok(ledger)
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
        let mut completed: Value =
            serde_json::from_str(operation).map_err(|e| broken(e.to_string()))?;
        self.charged.complete(&self.book.catalog, &mut completed);
        let closed = self.book.closed_through;
        let applied = self.apply_with(&completed.to_string(), None)?;
        self.charged.note((&self.book.catalog, closed), &completed, &applied);
        Ok(applied)
    }

    /// As [`Ledger::apply`]; a `post_usage` carries its events as `record_usage` does, and they are
    /// archived before they are posted.
    ///
    /// # Errors
    /// [`Refused`]; a rejection has left the book as it was.
    pub fn run(&mut self, operation: &Value) -> Result<Applied, Refused> {
        if operation["op"] != "post_usage" {
            return self.apply(&operation.to_string());
        }
        let segment = u32::try_from(self.operations.len() + 1).unwrap_or(u32::MAX);
        let batch = self.archive(operation, segment).map_err(Refused::Broken)?;
        let (events, mut operation) = (operation, operation.clone());
        operation["windows"] = json!([{
            "segment": segment, "from": "1970-01-01T00:00:00Z", "until": "9999-01-01T00:00:00Z",
        }]);
        operation["events"] = batch.events.len().into();
        operation["events_hash"] = events_hash(&batch).to_string().into();
        let closed = self.book.closed_through;
        let applied = self.apply_with(&operation.to_string(), Some(batch))?;
        self.charged.note((&self.book.catalog, closed), events, &applied);
        Ok(applied)
    }

    /// The batch that the archive gives for some events.
    fn archive(&self, operation: &Value, segment: u32) -> Result<UsageBatch, String> {
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let code = text(operation, "customer");
        let customer = CustomerCode::try_new(&code).map_err(|e| e.to_string())?;
        let mut batch = UsageBatch::empty(customer);
        for (row, event) in (0..).zip(operation["events"].as_array().into_iter().flatten()) {
            let meter = MeterCode::try_new(&text(event, "meter")).map_err(|e| e.to_string())?;
            let unit = self.book.catalog.meter(&meter).and_then(|m| self.book.catalog.unit(m.unit));
            let unit = unit.ok_or("no such meter")?;
            let dimensions = event["dimensions"].as_object().into_iter().flatten();
            let dimensions = dimensions
                .map(|(name, value)| {
                    (Arc::from(name.as_str()), Arc::from(value.as_str().unwrap_or_default()))
                })
                .collect();
            let shape = Shape { meter, dimensions };
            let index =
                batch.shapes.iter().position(|known| *known == shape).unwrap_or_else(|| {
                    batch.shapes.push(shape);
                    batch.shapes.len() - 1
                });
            let member = match event["member"].as_str() {
                None => u32::MAX,
                Some(member) => {
                    let member = MemberCode::try_new(member).map_err(|e| e.to_string())?;
                    let known = batch.members.iter().position(|known| *known == member);
                    u32::try_from(known.unwrap_or_else(|| {
                        batch.members.push(member);
                        batch.members.len() - 1
                    }))
                    .unwrap_or_default()
                }
            };
            let key = EventKey::try_new(&text(event, "key")).map_err(|e| e.to_string())?;
            let quantity = text(event, "quantity");
            batch.events.push(UsageEvent {
                occurred_at: text(event, "occurred_at").parse().map_err(|e| format!("{e}"))?,
                quantity: parse_steps(&quantity, unit.scale(), "").map_err(|e| e.to_string())?,
                shape: u32::try_from(index).unwrap_or_default(),
                place: Place { segment, row },
                key_order: key_order(&key),
                member,
            });
        }
        batch.events.sort_by_key(UsageEvent::order);
        Ok(batch)
    }

    fn apply_with(
        &mut self,
        operation: &str,
        archived: Option<UsageBatch>,
    ) -> Result<Applied, Refused> {
        let broken = |message: String| Refused::Broken(format!("{message}\n  in {operation}"));
        let read = Operation::from_json(operation).map_err(|e| broken(e.to_string()))?;
        let before = self.is_small().then(|| self.book.clone());
        let closed = self.book.closed_through;
        match apply(&mut self.book, &read, archived.as_ref()) {
            Ok(applied) => {
                if let Some(batch) = archived {
                    self.archived.insert(self.operations.len(), batch);
                }
                self.operations.push(read.to_json().map_err(|e| broken(e.to_string()))?);
                self.entries.extend(applied.entries.iter().cloned());
                laws::closed_stays_closed(closed, &applied).map_err(broken)?;
                laws::late_is_marked(closed, self.book.catalog.zone(), &applied).map_err(broken)?;
                if self.is_small() {
                    laws::check(self).map_err(broken)?;
                }
                Ok(applied)
            }
            Err(rejection) => {
                if let Some(before) = before
                    && (before.customers != self.book.customers
                        || before.closed_through != self.book.closed_through
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

    /// The operations that were accepted, each with the archived usage that it posted.
    pub fn recorded(&self) -> impl Iterator<Item = (String, Option<UsageBatch>)> {
        let all = self.operations.iter().enumerate();
        all.map(|(place, operation)| (operation.clone(), self.archived.get(&place).cloned()))
    }

    /// A second ledger from the same operations.
    ///
    /// # Errors
    /// What an operation was refused for.
    pub fn replay(&self) -> Result<Self, String> {
        let mut again = Self::with(Arc::clone(&self.catalog))?;
        for (place, operation) in self.operations.iter().enumerate() {
            let archived = self.archived.get(&place).cloned();
            again.apply_with(operation, archived).map_err(|e| format!("{e:?}"))?;
        }
        Ok(again)
    }
}
