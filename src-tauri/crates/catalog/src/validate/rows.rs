//! Rows: no two match the same usage equally well, none is out of reach, and together they leave
//! nothing open where the version says so.

use std::fmt::Display;

use super::coverage::{Grid, Hole};
use crate::document::Cells;
use crate::matching::fixed;
use crate::problem::{Problem, ProblemCode, Severity};

/// The rows of one version that price one meter.
pub(crate) struct Rows<'a> {
    /// How the version is called in messages: `version 2 of rate card std`.
    pub(crate) version: String,
    /// What the usage is called: `usage of meter llm`.
    pub(crate) usage: String,
    /// Path of the list: `rate_cards[std].versions[2].rates`.
    pub(crate) path: String,
    /// How bad a hole or a collision is.
    pub(crate) severity: Severity,
    pub(crate) grid: Grid,
    /// Whether usage that carries no dimension values is to have a row.
    pub(crate) blank_usage: bool,
    /// Each row's name and its cells, by position.
    pub(crate) rows: &'a [(String, &'a Cells)],
}

impl Rows<'_> {
    fn push(&self, code: ProblemCode, path: String, message: String, problems: &mut Vec<Problem>) {
        let severity = self.severity;
        problems.push(Problem { severity, code, path, message });
    }

    fn row(&self, position: usize) -> (&str, &Cells) {
        let (name, cells) = &self.rows[position];
        (name, cells)
    }

    /// Reports rows that match the same usage with the same number of named values, at the later.
    /// `lasting` are the rows that hold at all times: where another decides between two of them, it
    /// does not always.
    pub(crate) fn ambiguous(&self, lasting: Option<&Grid>, problems: &mut Vec<Problem>) {
        let mut pairs = self.grid.ambiguous();
        let more = lasting.map(Grid::ambiguous).unwrap_or_default();
        pairs.extend(more.into_iter().filter(|pair| !pairs.contains(pair)).collect::<Vec<_>>());
        for (earlier, later) in pairs {
            let ((first, left), (second, right)) = (self.row(earlier), self.row(later));
            let mut both = left.clone();
            both.extend(fixed(right).map(|(name, value)| (name.to_owned(), value.to_owned())));
            let both = listed(&both);
            let advice = if left == right || both == listed(left) {
                "Remove or change one of them.".to_owned()
            } else {
                format!("Add a row for {both}, or let one of them name more values.")
            };
            let message = format!(
                "In {}, rows {first} and {second} match {} with {both} equally well. {advice}",
                self.version, self.usage
            );
            let path = format!("{}[{second}]", self.path);
            self.push(ProblemCode::AmbiguousRates, path, message, problems);
        }
    }

    /// Reports rows that never apply.
    pub(crate) fn unreachable(&self, problems: &mut Vec<Problem>) {
        for position in self.grid.unreachable() {
            let (name, _) = self.row(position);
            let message = format!(
                "In {}, row {name} never applies: more specific rows take every value it could match. Remove it, or one of those.",
                self.version
            );
            let path = format!("{}[{name}]", self.path);
            problems.push(Problem::warning(ProblemCode::UnreachableRow, path, message));
        }
    }

    /// Reports usage that matches no row. `advice` ends the sentence "Add a row for it, ".
    pub(crate) fn hole(&self, advice: impl Display, problems: &mut Vec<Problem>) {
        let (version, usage) = (&self.version, &self.usage);
        let path = self.path.clone();
        match self.grid.hole() {
            Hole::None if !self.blank_usage || self.grid.has_catch_all() => {}
            Hole::None => {
                let message = format!(
                    "In {version}, {usage} that carries no dimension values matches no row and will be rejected. Add a row that names no values if such usage can occur."
                );
                problems.push(Problem::warning(ProblemCode::HoleWithoutValues, path, message));
            }
            Hole::Example(example) => {
                let example = if example.is_empty() { "any values".to_owned() } else { example };
                let message = format!(
                    "In {version}, {usage} with {example} matches no row. Add a row for it, {advice}."
                );
                self.push(ProblemCode::Hole, path, message, problems);
            }
            Hole::Unknown => {
                let message = format!(
                    "The rows of {version} combine too many values to check that {usage} always matches one. Add a row that names no values to be sure."
                );
                problems.push(Problem::warning(ProblemCode::Hole, path, message));
            }
        }
    }
}

fn listed(cells: &Cells) -> String {
    let cells: Vec<String> = fixed(cells).map(|(name, value)| format!("{name}={value}")).collect();
    if cells.is_empty() { "any values".to_owned() } else { cells.join(", ") }
}
