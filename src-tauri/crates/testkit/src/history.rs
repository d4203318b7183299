//! A random history, run through the engine and the oracle side by side.

use std::fmt;

use serde_json::Value;

use crate::generate::{Known, decimal, resolve};
use crate::ledger::Refused;
use crate::oracle::{Books, Effect, compare, instant as oracle_instant};
use crate::{Ledger, laws};

/// A document or a list of sketches that a test draws. It prints as what can be read: a failure
/// prints the documents and operations themselves.
#[derive(Clone, PartialEq, Eq)]
pub struct Drawn<T>(pub T);

impl fmt::Debug for Drawn<Value> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration above")
    }
}
impl fmt::Debug for Drawn<Vec<Value>> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} operations above", self.0.len())
    }
}

/// A history that has been run.
#[derive(Debug)]
pub struct History {
    /// The engine's books.
    pub ledger: Ledger,
    /// The oracle's; none when the history has what it does not know.
    pub books: Option<Books>,
    /// What sketches are resolved with.
    pub known: Known,
    /// The document.
    pub document: Value,
    /// Every operation with whether it was accepted.
    pub operations: Vec<(Value, bool)>,
}

impl History {
    /// Begins in a world.
    ///
    /// # Errors
    /// The problems of the document.
    pub fn open(document: &Value) -> Result<Self, String> {
        let ledger = Ledger::configured(document)
            .map_err(|why| format!("{why}\n# configuration\n{document}"))?;
        let books = Some(Books::open(document)?);
        let known = Known { document: document.clone(), ..Known::default() };
        Ok(Self { ledger, books, known, document: document.clone(), operations: Vec::new() })
    }

    /// Runs sketches through the engine alone, and checks after every step that every law holds; at
    /// the end that the same operations give the same hashes.
    ///
    /// # Errors
    /// As [`History::run`].
    pub fn run_by_laws(document: &Value, sketches: &[Value]) -> Result<Self, String> {
        let mut history = Self { books: None, ..Self::open(document)? };
        for sketch in sketches {
            history.step(sketch).map_err(|why| history.told(&why))?;
        }
        laws::replays(&history.ledger).map_err(|why| history.told(&why))?;
        Ok(history)
    }

    /// Runs sketches through both, and checks after every step that they agree and that every law
    /// holds; at the end that the same operations give the same hashes.
    ///
    /// # Errors
    /// What does not hold, with the configuration and the operations as `scrip apply` and
    /// `scrip operate` take them.
    pub fn run(document: &Value, sketches: &[Value]) -> Result<Self, String> {
        let mut history = Self::open(document)?;
        for sketch in sketches {
            history.step(sketch).map_err(|why| history.told(&why))?;
        }
        laws::replays(&history.ledger).map_err(|why| history.told(&why))?;
        Ok(history)
    }

    /// Runs the steps of a fixed history through both: those of one customer, who need not be named, and
    /// those of the whole books. Every step is accepted, and after each both agree and every law holds.
    ///
    /// # Errors
    /// What does not hold, or which step is refused.
    pub fn play(document: &Value, customer: &str, steps: Vec<Value>) -> Result<Self, String> {
        let mut history = Self::open(document)?;
        for mut step in steps {
            if !matches!(step["op"].as_str(), Some("apply_configuration" | "close_period")) {
                step["customer"] = customer.into();
            }
            history.step(&step).map_err(|why| history.told(&why))?;
            if !history.operations.last().is_some_and(|(_, accepted)| *accepted) {
                return Err(format!("refused: {step}"));
            }
        }
        Ok(history)
    }

    /// What stands on an account in a unit, in its smallest steps, debit positive.
    #[must_use]
    pub fn on(&self, account: &str, unit: &str) -> i128 {
        let entries = self.ledger.entries.iter().flat_map(|entry| &entry.body.postings);
        let of = entries
            .filter(|p| p.account.code() == account && p.amount.unit().code().as_str() == unit);
        of.map(|posting| i128::from(posting.amount.steps())).sum()
    }

    /// Runs one sketch through both.
    ///
    /// # Errors
    /// What does not hold.
    pub fn step(&mut self, sketch: &Value) -> Result<(), String> {
        let id = format!("o{}", self.operations.len());
        self.look();
        let operation = resolve(sketch, &id, &self.known);
        let before = self.ledger.clone();
        let expected = self.books.as_mut().map(|books| books.apply(&operation));
        let found = self.ledger.run(&operation);
        self.operations.push((operation.clone(), found.is_ok()));
        let applied = match (found, expected) {
            (Err(Refused::Broken(why)), _) => return Err(why),
            (Ok(_), Some(Err(why))) => {
                return Err(format!("the oracle refuses the last operation: {why}"));
            }
            (Err(Refused::Rejected(why)), Some(Ok(_))) => {
                return Err(format!("the oracle accepts the last operation: {why}"));
            }
            (Err(Refused::Rejected(_)), _) => None,
            (Ok(applied), Some(Ok(effect))) => {
                same_refusals(&applied, &effect)?;
                self.same_alerts(&operation, &applied)?;
                Some(applied)
            }
            (Ok(applied), None) => Some(applied),
        };
        if let Some(applied) = applied {
            self.known.learn(&operation);
            let at = |row: usize| {
                operation["events"][row]["occurred_at"].as_str().unwrap_or_default().to_owned()
            };
            // What is held pays for what it is held for, whatever the validity of the lot.
            if operation["op"] != "capture_hold" && operation["op"] != "reverse_usage" {
                laws::spendable(&self.ledger, &applied, at)?;
            }
            match operation["op"].as_str() {
                Some("record_usage") => self.usage_twice(&operation)?,
                Some("post_usage") if applied.duplicates == 0 => {
                    self.same_by_either_way(before, &operation)?;
                }
                _ => {}
            }
        }
        self.books.as_ref().map_or(Ok(()), |books| compare(&self.ledger, books))
    }

    /// What an operator is told of is what the oracle tells, and each condition once.
    fn same_alerts(&mut self, operation: &Value, applied: &laws::Applied) -> Result<(), String> {
        let Some(books) = &mut self.books else { return Ok(()) };
        let at = operation["at"].as_str().and_then(oracle_instant).unwrap_or_default();
        let customers: Vec<_> = applied.customers.iter().map(ToString::to_string).collect();
        books.look_after(&customers, at, laws::burned(&self.ledger));
        let mut wanted = books.take_told();
        let micros = 1_000_000;
        let told = applied.alerts.iter().map(|fact| {
            let lot = fact.figures.get("lot").cloned();
            let condition = (fact.wallet.to_string(), fact.code.to_string(), lot);
            (fact.customer.to_string(), condition, fact.at.micros() / micros)
        });
        let mut told: Vec<_> = told.collect();
        told.sort();
        wanted.sort();
        if told == wanted {
            return Ok(());
        }
        Err(format!("told of {told:?}, the oracle tells of {wanted:?}"))
    }

    /// Takes note of the lots and wallets there are.
    fn look(&mut self) {
        for (code, customer) in &self.ledger.book.customers {
            let lots = customer.lots.iter().map(|lot| lot.id.to_string()).collect();
            let wallets = customer.wallets.keys().map(ToString::to_string).collect();
            let written_off = customer.lots.iter().filter_map(|lot| {
                let lost = lot.written_off.filter(|lost| !lost.taken.won)?;
                let price = decimal(lost.taken.paid + lost.lost_tax, 2);
                Some((lot.id.to_string(), price))
            });
            self.known.written_off.insert(code.to_string(), written_off.collect());
            let pending = customer.top_ups.values().filter_map(|kept| kept.pending.as_ref());
            let requested = pending.map(|pending| {
                let tax = pending.tax.map_or(0, |tax| tax.charged);
                (pending.id.to_string(), decimal(pending.charge + tax, 2))
            });
            self.known.requested.insert(code.to_string(), requested.collect());
            self.known.lots.insert(code.to_string(), lots);
            self.known.wallets.insert(code.to_string(), wallets);
        }
    }

    /// Law 6: the same events again, in another operation, change nothing.
    fn usage_twice(&self, operation: &Value) -> Result<(), String> {
        let mut again = self.ledger.clone();
        let mut operation = operation.clone();
        operation["id"] = "again".into();
        let applied = again.run(&operation).map_err(|e| format!("{e:?}"))?;
        if !applied.entries.is_empty() || again.book.customers != self.ledger.book.customers {
            return Err("the same events a second time change something".to_owned());
        }
        Ok(())
    }

    /// Usage from the archive costs what the same usage costs inside an operation.
    fn same_by_either_way(&self, mut other: Ledger, posted: &Value) -> Result<(), String> {
        other.run(&recorded(posted)).map_err(|e| format!("{e:?}"))?;
        for (code, customer) in &self.ledger.book.customers {
            let recorded = other.book.customers.get(code);
            let same = recorded.is_some_and(|recorded| {
                recorded.lots == customer.lots
                    && recorded.counters == customer.counters
                    && recorded.unbilled == customer.unbilled
            });
            if !same {
                return Err(format!("archived usage of {code} costs other than recorded usage"));
            }
        }
        Ok(())
    }

    /// What failed, and how to see it: the configuration, and the operations one a line. Those that
    /// were refused are comments; usage from the archive is written as recorded usage.
    #[must_use]
    pub fn told(&self, why: &str) -> String {
        let lines = self.operations.iter().map(|(operation, accepted)| {
            let written = match operation["op"].as_str() {
                Some("post_usage") => recorded(operation),
                _ => operation.clone(),
            };
            if *accepted { written.to_string() } else { format!("# refused: {written}") }
        });
        format!(
            "{why}\n# configuration.json: scrip init --config configuration.json\n{}\n\
             # history.jsonl: scrip operate history.jsonl\n{}\n",
            self.document,
            lines.collect::<Vec<_>>().join("\n")
        )
    }
}

fn same_refusals(applied: &laws::Applied, effect: &Effect) -> Result<(), String> {
    let refused = applied.refused.iter();
    let refused: Vec<_> = refused.map(|r| (r.place.row as usize, r.refusal.code())).collect();
    if refused != effect.refused {
        let wanted = &effect.refused;
        return Err(format!("events refused are {refused:?}, the oracle says {wanted:?}"));
    }
    if applied.duplicates != effect.duplicates {
        let (found, wanted) = (applied.duplicates, effect.duplicates);
        return Err(format!("{found} events known, the oracle says {wanted}"));
    }
    Ok(())
}

/// The same usage inside an operation.
fn recorded(posted: &Value) -> Value {
    let mut recorded = posted.clone();
    recorded["op"] = "record_usage".into();
    recorded["on_refusal"] = "record".into();
    recorded
}
