//! Rollover: a part of something, some number of times, into a lot that ends later than the old one.

use scrip_units::Number;

use super::amounts::{in_steps, positive};
use super::names::{Names, unique};
use super::wallet_types::expiry;
use crate::document::{ExpiryRule, WalletType, WalletTypeVersion};
use crate::problem::{Problem, ProblemCode};

/// Checks the rollover of a wallet type's version.
pub(crate) fn check(
    path: &str,
    wallet_type: &WalletType,
    version: &WalletTypeVersion,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let Some(rollover) = &version.rollover else { return };
    let (code, path) = (&wallet_type.code, format!("{path}.rollover"));
    if !rollover.fraction.is_positive() || rollover.fraction.decimal() > Number::ONE.decimal() {
        let message = format!(
            "The rollover of wallet type {code} takes the fraction {} of what is left. Use a number above 0 and up to 1, or remove the rollover.",
            rollover.fraction
        );
        problems.push(Problem::error(ProblemCode::Rollover, format!("{path}.fraction"), message));
    }
    if rollover.times == 0 {
        let message = format!(
            "Units of wallet type {code} may roll over 0 times. Use 1 or more, or remove the rollover."
        );
        problems.push(Problem::error(ProblemCode::Rollover, format!("{path}.times"), message));
    }
    if let Some(cap) = rollover.cap {
        let (path, what) =
            (format!("{path}.cap"), format!("The rollover cap of wallet type {code}"));
        positive(&path, &what, cap, problems);
        in_steps(&path, &what, (cap, wallet_type.unit), names, problems);
    }
    unique(&format!("{path}.kinds"), "entry for", &rollover.kinds, problems);
    let slides =
        |rule: Option<&ExpiryRule>| matches!(rule, Some(ExpiryRule::AfterInactivity { .. }));
    if slides(Some(&version.expiry)) || slides(rollover.expiry.as_ref()) {
        let message = format!(
            "Lots of wallet type {code} live on for as long as they are used, so nothing of them can roll over. Remove the rollover, or use another expiry rule."
        );
        problems.push(Problem::error(ProblemCode::Rollover, path.clone(), message));
    }
    match &rollover.expiry {
        Some(rule) => {
            let zone = names.zone();
            expiry(&format!("{path}.expiry"), wallet_type, rule, zone, problems);
        }
        None if matches!(version.expiry, ExpiryRule::On { .. } | ExpiryRule::EndOfContract) => {
            let message = format!(
                "Lots of wallet type {code} all end on one date, so a lot that rolls over then would end at once. Give the rollover its own expiry."
            );
            problems.push(Problem::error(ProblemCode::Rollover, format!("{path}.expiry"), message));
        }
        None => {}
    }
}
