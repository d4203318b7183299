//! The company's own account numbers. Whether the chart has an account, the engine checks.

use std::collections::BTreeMap;

use super::names::unique;
use crate::document::Document;
use crate::problem::{Problem, ProblemCode};

/// Characters that a number or a name may have.
const NUMBER_MAX: usize = 40;
const NAME_MAX: usize = 120;

/// Checks every own account.
pub(crate) fn check(document: &Document, problems: &mut Vec<Problem>) {
    unique("accounts", "account", document.accounts.iter().map(|a| &a.code), problems);
    let mut named: BTreeMap<&str, &str> = BTreeMap::new();
    for account in &document.accounts {
        let path = format!("accounts[{}]", account.code);
        let fits = |text: &str, most| {
            text.trim() == text && text.chars().count() <= most && !text.contains(char::is_control)
        };
        if account.number.is_empty() || !fits(&account.number, NUMBER_MAX) {
            let message = format!(
                "The number {:?} of account {} cannot be printed. Use 1 to {NUMBER_MAX} characters without a space at the ends.",
                account.number, account.code
            );
            problems.push(Problem::error(ProblemCode::BadName, format!("{path}.number"), message));
        }
        if !fits(&account.name, NAME_MAX) {
            let message = format!(
                "The name {:?} of account {} cannot be printed. Use up to {NAME_MAX} characters without a space at the ends.",
                account.name, account.code
            );
            problems.push(Problem::error(ProblemCode::BadName, format!("{path}.name"), message));
        }
        let first = *named.entry(&account.number).or_insert(&account.name);
        if first != account.name {
            let message = format!(
                "The number {} has two names, {first:?} and {:?}. Accounts may share a number, and then their name too.",
                account.number, account.name
            );
            problems.push(Problem::error(ProblemCode::BadName, format!("{path}.name"), message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(accounts: &str) -> Vec<String> {
        let text = format!(
            "format = \"scrip-config/1\"\naccounts = [{accounts}]\n\
             [entity]\ncode = \"e\"\nname = \"E\"\ncurrency = \"EUR\"\ntime_zone = \"UTC\"\n"
        );
        let document = Document::from_toml(&text).unwrap();
        let mut problems = Vec::new();
        check(&document, &mut problems);
        problems.into_iter().map(|problem| problem.path).collect()
    }

    #[test]
    fn accounts_may_share_a_number_and_then_their_name() {
        let shared = r#"{ code = "revenue_usage", number = "8400", name = "Sales" },
            { code = "revenue_overage", number = "8400", name = "Sales" }"#;
        assert_eq!(problems(&shared.replace('\n', " ")), Vec::<String>::new());
        let other = shared.replacen("Sales", "Usage", 1).replace('\n', " ");
        assert_eq!(problems(&other), ["accounts[revenue_overage].name"]);
    }

    #[test]
    fn a_number_can_be_printed() {
        assert_eq!(
            problems(r#"{ code = "a", number = "" }, { code = "b", number = " 1" }"#),
            ["accounts[a].number", "accounts[b].number"]
        );
    }

    #[test]
    fn an_account_is_called_once() {
        let twice = r#"{ code = "a", number = "1" }, { code = "a", number = "2" }"#;
        assert_eq!(problems(twice), ["accounts[a]"]);
    }
}
