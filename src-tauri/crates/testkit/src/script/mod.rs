//! The case language: worked cases as text that an accountant can read.
//!
//! ```text
//! case OM-BURN-10  Lower priority number burns first
//!   grant late  100 prio 2          # operations: see `operations`
//!   grant early 100 prio 1
//!   use 120
//!   lot early 0                     # expectations: see `expectations`
//!   lot late 80
//! ```
//!
//! A case may have several rows, each with its own ledger (`row`). Lines that configure come first
//! (see [`world`]) and make a document in the documented TOML form; every operation becomes a line
//! of JSON in the documented form and goes through the engine; every expectation is compared with
//! what the engine returned or with sums of its postings. `#` starts a comment.
//!
//! An operation that is expected to be rejected ends with `! ` and a part of the message.

mod expectations;
mod numbers;
mod operations;
pub mod table;
pub mod world;

use crate::Ledger;
use crate::script::operations::Clock;
use crate::script::world::World;
use scrip_engine::Applied;

/// A line of a script with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    number: usize,
    text: String,
}

/// A row of a case: lines that share a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct RowLines {
    title: String,
    lines: Vec<Line>,
}

/// A worked case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub id: String,
    /// What it shows.
    pub title: String,
    rows: Vec<RowLines>,
}

/// Reads the cases of a script.
///
/// # Errors
/// A line that belongs to no case.
pub fn read(text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let line = raw.split(" #").next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(heading) = line.strip_prefix("case ") {
            let (id, title) = heading.split_once(' ').unwrap_or((heading, ""));
            let case = Case {
                id: id.to_owned(),
                title: title.trim().to_owned(),
                rows: vec![RowLines::default()],
            };
            cases.push(case);
            continue;
        }
        let case =
            cases.last_mut().ok_or_else(|| format!("line {}: no case yet: {line}", index + 1))?;
        if let Some(title) = line.strip_prefix("row ") {
            case.rows.push(RowLines { title: title.to_owned(), lines: Vec::new() });
        } else if let Some(row) = case.rows.last_mut() {
            row.lines.push(Line { number: index + 1, text: line.to_owned() });
        }
    }
    Ok(cases)
}

/// A row while it runs.
pub(crate) struct Run {
    world: World,
    ledger: Option<Ledger>,
    clock: Clock,
    last: Applied,
    entries_read: usize,
}

impl Run {
    fn ledger(&self) -> Result<&Ledger, String> {
        self.ledger.as_ref().ok_or_else(|| "nothing has happened yet".to_owned())
    }

    /// The ledger, opened at the first operation.
    fn opened(&mut self) -> Result<&mut Ledger, String> {
        if self.ledger.is_none() {
            self.ledger = Some(Ledger::open(&self.world.document())?);
        }
        self.ledger.as_mut().ok_or_else(String::new)
    }

    fn line(&mut self, text: &str) -> Result<(), String> {
        if self.ledger.is_none() && self.world.read(text)? {
            return Ok(());
        }
        if expectations::expect(self, text)? || operations::operate(self, text)? {
            return Ok(());
        }
        Err("not a line of the case language".to_owned())
    }
}

impl Case {
    /// Runs all rows.
    ///
    /// # Errors
    /// The first line of each row that fails, and why.
    pub fn run(&self) -> Result<(), String> {
        let mut failures = Vec::new();
        let shared = self.rows.first().filter(|row| self.rows.len() > 1 && row.is_world());
        for row in self.rows.iter().filter(|row| !row.lines.is_empty()) {
            if shared == Some(row) {
                continue;
            }
            let mut run = Run {
                world: World::default(),
                ledger: None,
                clock: Clock::default(),
                last: Applied::default(),
                entries_read: 0,
            };
            let common = shared.map(|row| row.lines.as_slice()).unwrap_or_default();
            for line in common.iter().chain(&row.lines) {
                if let Err(why) = run.line(&line.text) {
                    let place = format!("{} {} line {}", self.id, row.title, line.number);
                    failures.push(format!("{place}: {}\n    {why}", line.text));
                    break;
                }
            }
        }
        if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
    }
}

impl RowLines {
    /// Whether the lines only configure: then they hold for every row of the case.
    fn is_world(&self) -> bool {
        let mut world = World::default();
        self.lines.iter().all(|line| matches!(world.read(&line.text), Ok(true)))
    }
}
