//! The rules that the repository keeps about itself, as functions over texts and metadata.
//!
//! Each module holds one rule book and proves at its foot, on small offending samples, that it can
//! fail; `tests/*.rs` run them over the real tree. It knows nothing of money: tests of what Scrip does
//! live in `tests/` and use `scrip-testkit`.

pub mod hygiene;
pub mod layering;
pub mod licences;
pub mod metadata;
pub mod migrations;
pub mod purity;
pub mod source;
pub mod tree;

use std::fmt;

/// One breach of a rule: where it is, and what is wrong in words that say how to repair it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offence {
    /// A file, a file and line (`units/src/lib.rs:12`), or a package.
    pub place: String,
    /// A sentence.
    pub what: String,
}

impl Offence {
    /// An offence at a place that is not a line.
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }

    /// An offence on a line, counted from one.
    pub fn at(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self::new(format!("{file}:{line}"), what)
    }
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Passes when there is no offence.
///
/// # Panics
/// Lists every offence, one a line, sorted by place.
#[track_caller]
pub fn assert_none(mut offences: Vec<Offence>) {
    offences.sort();
    let lines: Vec<String> = offences.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} offences:\n{}", lines.len(), lines.join("\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "2 offences:\na.rs:1: One.\nb.rs:2: Two.")]
    fn every_offence_is_listed_not_only_the_first() {
        assert_none(vec![Offence::at("b.rs", 2, "Two."), Offence::at("a.rs", 1, "One.")]);
    }
}
