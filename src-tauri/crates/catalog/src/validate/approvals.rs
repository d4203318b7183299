//! Rules of approval.

use std::collections::BTreeMap;

use super::names::unique;
use crate::document::Document;
use crate::problem::{Problem, ProblemCode};

/// Days that a request may wait at the most.
const DAYS_MAX: u16 = 366;

/// Checks every rule: an operation stands in one only, so that it is plain who approves it.
pub(crate) fn check(document: &Document, problems: &mut Vec<Problem>) {
    unique("approvals", "approval rule", document.approvals.iter().map(|r| &r.code), problems);
    let mut first = BTreeMap::new();
    for rule in &document.approvals {
        let path = format!("approvals[{}]", rule.code);
        if rule.operations.is_empty() {
            let message = format!(
                "Rule {} names no operation, so it asks for nothing. Name one, or remove the rule.",
                rule.code
            );
            problems.push(Problem::error(
                ProblemCode::NoRows,
                format!("{path}.operations"),
                message,
            ));
        }
        for operation in &rule.operations {
            if let Some(other) = first.insert(*operation, &rule.code) {
                let message = format!(
                    "{} stands in rule {other} already. Name each operation once, so that it is plain who approves it.",
                    operation.code()
                );
                let path = format!("{path}.operations");
                problems.push(Problem::error(ProblemCode::DuplicateCode, path, message));
            }
        }
        if !(1..=DAYS_MAX).contains(&rule.valid_days) {
            let message =
                format!("A request waits for {} days. Say 1 to {DAYS_MAX}.", rule.valid_days);
            let path = format!("{path}.valid_days");
            problems.push(Problem::error(ProblemCode::Bounds, path, message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_stands_in_one_rule_and_a_rule_asks_for_something() {
        for (rules, expected) in [
            (r#"{ code = "a", operations = ["refund_grant"] }"#, ""),
            (r#"{ code = "a", operations = [] }"#, "no_rows approvals[a].operations"),
            (
                r#"{ code = "a", operations = ["void_lot"] }, { code = "b", operations = ["void_lot"] }"#,
                "duplicate_code approvals[b].operations",
            ),
            (
                r#"{ code = "a", operations = ["void_lot"] }, { code = "a", operations = ["write_off"] }"#,
                "duplicate_code approvals[a]",
            ),
            (
                r#"{ code = "a", operations = ["void_lot"], valid_days = 0 }"#,
                "bounds approvals[a].valid_days",
            ),
        ] {
            let text = format!(
                "format = \"scrip-config/1\"\napprovals = [{rules}]\n\
                 [entity]\ncode = \"e\"\nname = \"E\"\ncurrency = \"EUR\"\ntime_zone = \"UTC\"\n"
            );
            let mut problems = Vec::new();
            check(&Document::from_toml(&text).unwrap(), &mut problems);
            let found: Vec<_> =
                problems.iter().map(|p| format!("{} {}", p.code.as_str(), p.path)).collect();
            assert_eq!(found.join("; "), expected, "{rules}");
        }
    }
}
