//! The company's own account numbers against the chart.

use scrip_catalog::{Document, Problem, ProblemCode};
use scrip_journal::{Account, AccountNames};

/// What a configuration calls the accounts of the chart.
///
/// # Errors
/// A problem for each account that the chart does not have.
pub fn account_names(document: &Document) -> Result<AccountNames, Vec<Problem>> {
    let (mut names, mut problems) = (AccountNames::default(), Vec::new());
    for own in &document.accounts {
        match own.code.parse::<Account>() {
            Ok(account) => names.set(account, &own.number, &own.name),
            Err(error) => {
                let message = format!("{error}. `scrip accounts` lists the accounts of the chart.");
                let path = format!("accounts[{}].code", own.code);
                problems.push(Problem::error(ProblemCode::UnknownAccount, path, message));
            }
        }
    }
    if problems.is_empty() { Ok(names) } else { Err(problems) }
}
