//! Holds: a time-out that lets a hold last for some time.

use crate::document::{WalletType, WalletTypeVersion};
use crate::problem::{Problem, ProblemCode};

/// Checks what a wallet type's version says about holds.
pub(crate) fn check(
    path: &str,
    wallet_type: &WalletType,
    version: &WalletTypeVersion,
    problems: &mut Vec<Problem>,
) {
    let time_out = version.holds.as_ref().and_then(|holds| holds.time_out);
    if time_out.is_some_and(|time_out| time_out.in_seconds() == 0) {
        let message = format!(
            "Holds on wallets of type {} time out at once. Set days, hours, minutes or seconds, or remove time_out so that they never do.",
            wallet_type.code
        );
        problems.push(Problem::error(
            ProblemCode::TimeOut,
            format!("{path}.holds.time_out"),
            message,
        ));
    }
}
