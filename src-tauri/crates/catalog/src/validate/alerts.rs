//! Alerts: one condition each, with figures that can be met.

use scrip_units::Number;

use super::amounts::{in_steps, positive};
use super::names::{Names, unique};
use crate::document::{Alert, WalletType, WalletTypeVersion};
use crate::problem::{Problem, ProblemCode};

/// The longest time that an alert may look ahead.
const DAYS_MAX: u32 = 3_660;

/// Checks the alerts of a wallet type's version.
pub(crate) fn check(
    path: &str,
    wallet_type: &WalletType,
    version: &WalletTypeVersion,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let path = format!("{path}.alerts");
    unique(&path, "alert", version.alerts.iter().map(|alert| &alert.code), problems);
    for alert in &version.alerts {
        let path = format!("{path}[{}]", alert.code);
        conditions(&path, alert, problems);
        figures(&path, wallet_type, alert, names, problems);
    }
}

fn conditions(path: &str, alert: &Alert, problems: &mut Vec<Problem>) {
    let given = [
        alert.below.is_some(),
        alert.below_percent.is_some(),
        alert.expiring_within.is_some(),
        alert.runs_out_within.is_some(),
        alert.spike.is_some(),
    ];
    let count = given.into_iter().filter(|given| *given).count();
    if count != 1 {
        let message = format!(
            "The alert {} has {count} conditions. Give it exactly one of below, below_percent, expiring_within, runs_out_within and spike; write another alert for another condition.",
            alert.code
        );
        problems.push(Problem::error(ProblemCode::Alert, path, message));
    }
}

fn figures(
    path: &str,
    wallet_type: &WalletType,
    alert: &Alert,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let code = &alert.code;
    if let Some(below) = alert.below {
        let (path, what) = (format!("{path}.below"), format!("The balance of alert {code}"));
        positive(&path, &what, below, problems);
        in_steps(&path, &what, (below, wallet_type.unit), names, problems);
    }
    if let Some(percent) = alert.below_percent {
        let path = format!("{path}.below_percent");
        positive(&path, &format!("The percentage of alert {code}"), percent, problems);
        if percent.decimal() > (Number::ONE.decimal() * scrip_units::Decimal::ONE_HUNDRED) {
            let message = format!(
                "The alert {code} asks for less than {percent} percent, which is always so. Use 100 or less."
            );
            problems.push(Problem::error(ProblemCode::Alert, path, message));
        }
    }
    if let Some(spike) = alert.spike {
        let path = format!("{path}.spike.factor");
        positive(&path, &format!("The factor of alert {code}"), spike.factor, problems);
    }
    for (name, within) in
        [("expiring_within", alert.expiring_within), ("runs_out_within", alert.runs_out_within)]
    {
        if let Some(within) = within.filter(|within| !(1..=DAYS_MAX).contains(&within.days)) {
            let message = format!(
                "The alert {code} looks {} days ahead. Use 1 to {DAYS_MAX} days.",
                within.days
            );
            problems.push(Problem::error(
                ProblemCode::Alert,
                format!("{path}.{name}.days"),
                message,
            ));
        }
    }
}
