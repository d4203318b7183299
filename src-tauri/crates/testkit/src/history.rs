//! A random history, run through the engine and the oracle side by side.

use std::fmt;

use serde_json::Value;

use crate::generate::resolve;
use crate::ledger::Refused;
use crate::oracle::{Books, compare};
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
    /// The oracle's.
    pub books: Books,
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
        let books = Books::open(document)?;
        Ok(Self { ledger, books, document: document.clone(), operations: Vec::new() })
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

    /// Runs one sketch through both.
    ///
    /// # Errors
    /// What does not hold.
    pub fn step(&mut self, sketch: &Value) -> Result<(), String> {
        let id = format!("o{}", self.operations.len());
        let operation = resolve(sketch, &id, &self.books);
        let before = self.ledger.clone();
        let expected = self.books.apply(&operation);
        self.operations.push((operation.clone(), expected.is_ok()));
        let applied = match (self.ledger.run(&operation), expected) {
            (Ok(applied), Ok(effect)) => {
                let refused = applied.refused.iter();
                let refused: Vec<_> =
                    refused.map(|r| (r.place.row as usize, r.refusal.code())).collect();
                let wanted: Vec<_> = effect.refused.iter().map(|(row, why)| (*row, *why)).collect();
                if refused != wanted {
                    return Err(format!(
                        "events refused are {refused:?}, the oracle says {wanted:?}"
                    ));
                }
                if applied.duplicates != effect.duplicates {
                    let (found, wanted) = (applied.duplicates, effect.duplicates);
                    return Err(format!("{found} events known, the oracle says {wanted}"));
                }
                Some(applied)
            }
            (Err(Refused::Rejected(_)), Err(_)) => None,
            (Ok(_), Err(why)) => {
                return Err(format!("the oracle refuses the last operation: {why}"));
            }
            (Err(Refused::Rejected(why)), Ok(_)) => {
                return Err(format!("the oracle accepts the last operation: {why}"));
            }
            (Err(Refused::Broken(why)), _) => return Err(why),
        };
        if let Some(applied) = applied {
            let at = |row: usize| {
                operation["events"][row]["occurred_at"].as_str().unwrap_or_default().to_owned()
            };
            laws::spendable(&self.ledger, &applied, at)?;
            match operation["op"].as_str() {
                Some("record_usage") => self.usage_twice(&operation)?,
                Some("post_usage") if applied.duplicates == 0 => {
                    self.same_by_either_way(before, &operation)?;
                }
                _ => {}
            }
        }
        compare(&self.ledger, &self.books)
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

/// The same usage inside an operation.
fn recorded(posted: &Value) -> Value {
    let mut recorded = posted.clone();
    recorded["op"] = "record_usage".into();
    recorded["on_refusal"] = "record".into();
    recorded
}
