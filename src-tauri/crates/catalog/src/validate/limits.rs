//! Limits: allowances of wallet types that exist, in their units, each once for a window.

use super::amounts::{in_steps, not_negative, positive};
use super::names::{Names, unique};
use super::references::payable_unit;
use crate::document::{Allowance, Beyond, Burns, Customer, Quota, WalletType, WalletTypeVersion};
use crate::problem::{Problem, ProblemCode};

/// Checks the limits of a customer.
pub(crate) fn customer(
    path: &str,
    customer: &Customer,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let code = &customer.code;
    let what = format!("member of customer {code}");
    let members = customer.members.iter().map(|member| &member.code);
    unique(&format!("{path}.members"), &what, members, problems);
    for member in &customer.members {
        let path = format!("{path}.members[{}].allowances", member.code);
        let whose = format!("member {} of customer {code}", member.code);
        allowances((&path, &whose), &member.allowances, names, problems);
    }
    let what = format!("team of customer {code}");
    let teams = customer.teams.iter().map(|team| &team.code);
    unique(&format!("{path}.teams"), &what, teams, problems);
    for team in &customer.teams {
        let path = format!("{path}.teams[{}]", team.code);
        unique(&format!("{path}.members"), "entry for member", &team.members, problems);
        let path = format!("{path}.allowances");
        let whose = format!("team {} of customer {code}", team.code);
        allowances((&path, &whose), &team.allowances, names, problems);
    }
    let list = format!("{path}.spend_limits");
    let windows = customer.spend_limits.iter().map(|l| format!("{}/{}", l.unit, l.per.as_str()));
    unique(&list, "limit for", windows, problems);
    for (row, limit) in customer.spend_limits.iter().enumerate() {
        let path = format!("{list}[{row}]");
        payable_unit(names, &format!("{path}.unit"), limit.unit, problems);
        let path = format!("{path}.amount");
        let what = format!("A spend limit of customer {code}");
        not_negative(&path, &what, limit.amount, problems);
        in_steps(&path, &what, (limit.amount, limit.unit), names, problems);
    }
    if let Some(limit) = customer.overage_limit {
        let path = format!("{path}.overage_limit");
        not_negative(&path, &format!("The overage limit of customer {code}"), limit, problems);
    }
}

fn allowances(
    (list, whose): (&str, &str),
    allowances: &[Allowance],
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let windows = allowances.iter().map(|a| format!("{}/{}", a.wallet_type, a.per.as_str()));
    unique(list, "allowance for", windows, problems);
    for (row, allowance) in allowances.iter().enumerate() {
        let path = format!("{list}[{row}]");
        let Some(wallet_type) = names.wallet_type(&allowance.wallet_type) else {
            let message = format!(
                "An allowance of {whose} names the wallet type {}, which does not exist. Define it under wallet_types, or remove the allowance.",
                allowance.wallet_type
            );
            let path = format!("{path}.wallet_type");
            problems.push(Problem::error(ProblemCode::UnknownWalletType, path, message));
            continue;
        };
        let path = format!("{path}.units");
        let what = format!("An allowance of {whose}");
        not_negative(&path, &what, allowance.units, problems);
        in_steps(&path, &what, (allowance.units, wallet_type.unit), names, problems);
    }
}

/// Checks the default allowances and the overdraft of a wallet type's version.
pub(crate) fn wallet_type(
    path: &str,
    wallet_type: &WalletType,
    version: &WalletTypeVersion,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let code = &wallet_type.code;
    let defaults = version.allowances.as_ref();
    let quotas: [(&str, Option<&Quota>); 2] = [
        ("member", defaults.and_then(|d| d.member.as_ref())),
        ("team", defaults.and_then(|d| d.team.as_ref())),
    ];
    for (whose, quota) in quotas {
        let Some(quota) = quota else { continue };
        let path = format!("{path}.allowances.{whose}.units");
        let what = format!("The allowance of each {whose} for wallet type {code}");
        not_negative(&path, &what, quota.units, problems);
        in_steps(&path, &what, (quota.units, wallet_type.unit), names, problems);
    }
    if version.burns == Burns::Invoice && version.beyond == Beyond::Overdraft {
        let message = format!(
            "Wallets of type {code} burn at invoice and may be overdrawn, but an overdraft is earned with the usage. Set burns = \"usage\", or beyond to \"overage\" or \"reject\"."
        );
        let path = format!("{path}.burns");
        problems.push(Problem::error(ProblemCode::BurnsAtInvoice, path, message));
    }
    let path = format!("{path}.overdraft_limit");
    match (version.overdraft_limit, version.beyond) {
        (Some(limit), Beyond::Overdraft) => {
            let what = format!("The overdraft limit of wallet type {code}");
            positive(&path, &what, limit, problems);
            in_steps(&path, &what, (limit, wallet_type.unit), names, problems);
        }
        (Some(_), _) => {
            let message = format!(
                "The overdraft limit of wallet type {code} has no effect, because the wallet may not be overdrawn. Set beyond = \"overdraft\", or remove the limit."
            );
            problems.push(Problem::error(ProblemCode::OverdraftLimit, path, message));
        }
        (None, Beyond::Overdraft) => {
            let message = format!(
                "Wallets of type {code} may be overdrawn, and it is not said how far. Set overdraft_limit."
            );
            problems.push(Problem::error(ProblemCode::OverdraftLimit, path, message));
        }
        (None, _) => {}
    }
}
