//! Plans: lines that grant something to a wallet type that exists, at a price its kind allows.

use super::amounts::{in_steps, not_negative, positive};
use super::names::{Names, Use, unique};
use super::timeline;
use super::wallet_types::expiry;
use crate::document::{Document, Every, GrantMode, LotKind, PlanGrant};
use crate::problem::{Problem, ProblemCode};

/// Checks every plan.
pub(crate) fn check(document: &Document, names: &Names<'_>, problems: &mut Vec<Problem>) {
    unique("plans", "plan", document.plans.iter().map(|plan| &plan.code), problems);
    for plan in &document.plans {
        let path = format!("plans[{}]", plan.code);
        timeline::check(&path, &format!("plan {}", plan.code), plan, names.zone(), problems);
        for version in &plan.versions {
            let path = format!("{path}.versions[{}].grants", version.version);
            unique(&path, "grant", version.grants.iter().map(|grant| &grant.code), problems);
            for grant in &version.grants {
                line(&format!("{path}[{}]", grant.code), grant, names, problems);
            }
        }
    }
}

fn line(path: &str, grant: &PlanGrant, names: &Names<'_>, problems: &mut Vec<Problem>) {
    let what = format!("The grant {}", grant.code);
    let mut problem = |member: &str, message: String| {
        problems.push(Problem::error(ProblemCode::Plan, format!("{path}.{member}"), message));
    };
    match (grant.kind, &grant.price) {
        (LotKind::Compensation | LotKind::Migrated, _) => {
            let kind = grant.kind;
            let message = format!(
                "{what} is of kind {kind}, which no plan gives. Use purchased, allocated, bonus or promotional."
            );
            problem("kind", message);
        }
        (LotKind::Purchased | LotKind::Allocated, None) => {
            problem("price", format!("{what} is {} and has no price. Add one.", grant.kind));
        }
        (LotKind::Promotional, Some(_)) => {
            let message =
                format!("{what} is given away and has a price. Remove it, or use another kind.");
            problem("price", message);
        }
        _ => {}
    }
    if matches!(grant.every, Some(Every::Months(0) | Every::Days(0))) {
        problem("every", format!("{what} is granted every 0 months or days. Use 1 or more."));
    }
    if grant.mode == GrantMode::Reset && grant.every.is_none() {
        let message = format!(
            "{what} is granted once, so nothing is ever reset. Say how often it is granted."
        );
        problem("mode", message);
    }
    positive(&format!("{path}.units"), &what, grant.units, problems);
    let Some(wallet_type) = names.wallet_type(&grant.wallet_type) else {
        let message = format!(
            "{what} goes to wallet type {}, which does not exist. Define it under wallet_types.",
            grant.wallet_type
        );
        let path = format!("{path}.wallet_type");
        problems.push(Problem::error(ProblemCode::UnknownWalletType, path, message));
        return;
    };
    in_steps(&format!("{path}.units"), &what, (grant.units, wallet_type.unit), names, problems);
    if let Some(rule) = &grant.expiry {
        expiry(&format!("{path}.expiry"), wallet_type, rule, names.zone(), problems);
    }
    if let Some(price) = &grant.price {
        let path = format!("{path}.price");
        if names.unit(price.currency) == Some(Use::Currency) {
            in_steps(&path, &what, (price.amount, price.currency), names, problems);
            not_negative(&path, &what, price.amount, problems);
        } else {
            let message = format!(
                "{what} costs {}, which is not an ISO 4217 currency. Use one.",
                price.currency
            );
            problems.push(Problem::error(ProblemCode::NotACurrency, path, message));
        }
    }
}
