//! Top-ups: terms that make sense, in amounts that the wallet's unit and the currency can hold.

use super::amounts::in_steps;
use super::names::{Names, Use};
use crate::document::{WalletType, WalletTypeVersion};
use crate::problem::{Problem, ProblemCode};

/// Checks the top-up of a wallet type's version.
pub(crate) fn check(
    path: &str,
    wallet_type: &WalletType,
    version: &WalletTypeVersion,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let Some(top_up) = &version.top_up else { return };
    let (code, path) = (&wallet_type.code, format!("{path}.top_up"));
    let mut problem = |path: &str, message: String| {
        problems.push(Problem::error(ProblemCode::TopUp, path, message));
    };
    if let Some(fault) = top_up.fault() {
        problem(&path, format!("The top-up of wallet type {code} {fault}."));
    }
    if top_up.threshold.is_none() {
        problem(
            &format!("{path}.threshold"),
            format!(
                "The top-up of wallet type {code} has no threshold, so it is never made. Add one."
            ),
        );
    }
    if let Some(price) = &top_up.price
        && names.unit(price.currency) != Some(Use::Currency)
    {
        let message = format!(
            "The top-up of wallet type {code} is charged in {}, which is not an ISO 4217 currency. Use one.",
            price.currency
        );
        let path = format!("{path}.price.currency");
        problems.push(Problem::error(ProblemCode::NotACurrency, path, message));
    }
    let what = format!("The top-up of wallet type {code}");
    for (name, amount) in
        [("threshold", top_up.threshold), ("bring_to", top_up.bring_to), ("add", top_up.add)]
    {
        if let Some(amount) = amount {
            let path = format!("{path}.{name}");
            in_steps(&path, &what, (amount, wallet_type.unit), names, problems);
        }
    }
    if let (Some(ceiling), Some(price)) = (top_up.monthly_ceiling, &top_up.price) {
        let path = format!("{path}.monthly_ceiling");
        in_steps(&path, &what, (ceiling, price.currency), names, problems);
    }
}
