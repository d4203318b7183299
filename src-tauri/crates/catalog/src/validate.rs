//! Validation: everything that must hold before a document may price anything.
//!
//! Each part of the document has its module, and what a document defines (`names`) is what they
//! share. All problems are reported, not only the first.

mod accounts;
mod alerts;
mod amounts;
mod approvals;
mod cells;
mod conversions;
pub(crate) mod cost_cards;
mod coverage;
mod customers;
mod gap;
mod holds;
mod limits;
mod lot_rates;
mod minimum;
pub(crate) mod names;
mod own_terms;
mod plans;
mod pricing;
mod rate_cards;
mod references;
mod rollover;
mod rows;
mod timeline;
mod top_up;
mod wallet_types;
mod windows;

use crate::document::{Document, FORMAT};
use crate::problem::{Problem, ProblemCode};

/// Everything that is wrong with a document; empty when it is sound. Only
/// [`crate::Severity::Error`] stops it from being used.
#[must_use]
pub fn validate(document: &Document) -> Vec<Problem> {
    let names = names::Names::of(document);
    let mut problems = Vec::new();
    if document.format != FORMAT {
        let message = format!(
            "The document declares the format {:?}, and this program reads {FORMAT:?}. Write format = \"{FORMAT}\".",
            document.format
        );
        problems.push(Problem::error(ProblemCode::WrongFormat, "format", message));
    }
    accounts::check(document, &mut problems);
    approvals::check(document, &mut problems);
    references::check(document, &names, &mut problems);
    conversions::check(document, &names, &mut problems);
    wallet_types::check(document, &names, &mut problems);
    rate_cards::check(document, &names, &mut problems);
    cost_cards::check(document, &names, &mut problems);
    lot_rates::check(document, &mut problems);
    minimum::check(document, &names, &mut problems);
    plans::check(document, &names, &mut problems);
    customers::check(document, &names, &mut problems);
    problems
}

#[cfg(test)]
mod cost_tests;
#[cfg(test)]
mod price_tests;
#[cfg(test)]
mod tests;
