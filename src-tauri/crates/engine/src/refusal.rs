//! Refusals of usage and of configurations in words.

use scrip_catalog::Problem;
use scrip_rating::Refusal;

/// The errors of a configuration as a sentence: how many where there are several, and the first.
pub(crate) fn errors_in_words(problems: &[Problem]) -> String {
    let told = |Problem { path, message, .. }: &Problem| format!("{path}: {message}");
    match problems {
        [] => "the configuration has errors".to_owned(),
        [only] => format!("the configuration has an error: {}", told(only)),
        [first, ..] => {
            format!("the configuration has {} errors; the first: {}", problems.len(), told(first))
        }
    }
}

/// A refusal as a sentence.
#[must_use]
pub fn refusal_in_words(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::UnknownMeter => "its meter is not in the configuration",
        Refusal::NoCard => "no rate card in force prices its meter for this customer",
        Refusal::NoRate => "no rate matches its dimensions, and the card rejects such usage",
        Refusal::NoConversion => "no conversion in force leads from its meter's unit to the rate's",
        Refusal::HardCap => "no wallet covers it, and the wallet type's cap is hard",
        Refusal::OverageLimit => "the overage limit of the billing period is reached",
        Refusal::NoExchangeRate => {
            "no exchange rate was imported for its day or the seven days before"
        }
        Refusal::OverdraftLimit => "no wallet covers it, and the overdraft limit is reached",
        Refusal::MemberAllowance => "it is more than what is left of its member's allowance",
        Refusal::TeamAllowance => {
            "it is more than what is left of an allowance of its member's team"
        }
        Refusal::SpendLimit => "it is more than what is left of a spend limit of the customer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrip_catalog::{ProblemCode, Severity};

    #[test]
    fn one_error_is_told_without_a_count() {
        let problem = |place: &str| Problem {
            severity: Severity::Error,
            code: ProblemCode::UnknownUnit,
            path: place.to_owned(),
            message: "is missing".to_owned(),
        };
        let words = |places: &[&str]| {
            errors_in_words(&places.iter().copied().map(problem).collect::<Vec<_>>())
        };
        assert_eq!(
            words(&["plans[pro]"]),
            "the configuration has an error: plans[pro]: is missing"
        );
        assert_eq!(
            words(&["plans[pro]", "units[x]"]),
            "the configuration has 2 errors; the first: plans[pro]: is missing"
        );
    }
}
