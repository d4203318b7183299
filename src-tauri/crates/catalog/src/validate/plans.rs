//! Plans: lines that grant something to a wallet type that exists, at a price its kind allows.

use super::amounts::{in_steps, not_negative, positive};
use super::names::{Names, Use, unique};
use super::timeline;
use super::wallet_types::expiry;
use crate::document::{
    Document, Earned, Every, GrantMode, LotKind, PlanCharge, PlanGrant, PlanPrice, PlanVersion,
    Proration,
};
use crate::problem::{Problem, ProblemCode};

/// Checks every plan.
pub(crate) fn check(document: &Document, names: &Names<'_>, problems: &mut Vec<Problem>) {
    unique("plans", "plan", document.plans.iter().map(|plan| &plan.code), problems);
    for plan in &document.plans {
        let path = format!("plans[{}]", plan.code);
        timeline::check(&path, &format!("plan {}", plan.code), plan, names.zone(), problems);
        for version in &plan.versions {
            let version_path = format!("{path}.versions[{}]", version.version);
            let path = format!("{version_path}.grants");
            unique(&path, "grant", version.grants.iter().map(|grant| &grant.code), problems);
            for grant in &version.grants {
                line(&format!("{path}[{}]", grant.code), grant, names, problems);
            }
            let path = format!("{version_path}.charges");
            let codes = version.grants.iter().map(|grant| &grant.code);
            let codes = codes.chain(version.charges.iter().map(|charge| &charge.code));
            unique(&path, "grant or charge", codes, problems);
            for charge in &version.charges {
                self::charge(
                    &format!("{path}[{}]", charge.code),
                    (version, charge),
                    names,
                    problems,
                );
            }
        }
    }
}

fn charge(
    path: &str,
    (version, charge): (&PlanVersion, &PlanCharge),
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let what = format!("The charge {}", charge.code);
    let mut problem = |member: &str, message: String| {
        problems.push(Problem::error(ProblemCode::Plan, format!("{path}.{member}"), message));
    };
    if matches!(charge.every, Some(Every::Months(0) | Every::Days(0))) {
        problem("every", format!("{what} is made every 0 months or days. Use 1 or more."));
    }
    match (charge.earned, charge.every, charge.months) {
        (Earned::OnCompletion | Earned::WithGrants, Some(_), _) => {
            let message = format!(
                "{what} is made again and again, and is earned at once. Let it be earned by_day or by_month, or charge it once."
            );
            problem("earned", message);
        }
        (Earned::OnCompletion | Earned::WithGrants, None, Some(_)) => {
            problem("months", format!("{what} is not earned over months. Remove them."));
        }
        (Earned::ByDay | Earned::ByMonth, None, None | Some(0)) => {
            let message = format!(
                "{what} is made once and earned over time. Say over how many months, 1 or more."
            );
            problem("months", message);
        }
        (Earned::ByDay | Earned::ByMonth, Some(_), Some(_)) => {
            problem("months", format!("{what} is earned over its period. Remove the months."));
        }
        (Earned::ByMonth, Some(Every::Days(_)), None) => {
            let message =
                format!("{what} is made every so many days, which have no months. Use by_day.");
            problem("earned", message);
        }
        _ => {}
    }
    if charge.every.is_none() && charge.proration == Proration::FirstPeriod {
        problem("proration", format!("{what} is made once, so it has no periods. Remove this."));
    }
    let takes_part = |grant: &PlanGrant| {
        let price = grant.price.as_ref();
        price.is_some_and(|p| p.currency == charge.price.currency && p.amount.is_positive())
    };
    if charge.earned == Earned::WithGrants && !version.grants.iter().any(takes_part) {
        let message = format!(
            "{what} is a part of what the grants cost, and none of them has a price in {}. Give one a price, or let the charge be earned otherwise.",
            charge.price.currency
        );
        problem("earned", message);
    }
    if charge.earned == Earned::WithGrants && charge.price.tax.is_some() {
        let message = format!(
            "{what} is a part of what the grants cost, and is taxed as they are. Remove its tax, and say it with the prices of the grants."
        );
        problem("price.tax", message);
    }
    positive(&format!("{path}.price"), &what, charge.price.amount, problems);
    price(path, &what, &charge.price, names, problems);
}

fn price(
    path: &str,
    what: &str,
    price: &PlanPrice,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let path = format!("{path}.price");
    if let Some(tax) = &price.tax {
        let what = format!("The tax on {}{}", what[..1].to_lowercase(), &what[1..]);
        not_negative(&format!("{path}.tax.percent"), &what, tax.percent, problems);
    }
    if names.unit(price.currency) == Some(Use::Currency) {
        in_steps(&path, what, (price.amount, price.currency), names, problems);
    } else {
        let message =
            format!("{what} costs {}, which is not an ISO 4217 currency. Use one.", price.currency);
        problems.push(Problem::error(ProblemCode::NotACurrency, path, message));
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
    if let Some(found) = &grant.price {
        not_negative(&format!("{path}.price"), &what, found.amount, problems);
        price(path, &what, found, names, problems);
    }
}
