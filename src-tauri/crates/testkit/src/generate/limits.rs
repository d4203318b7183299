//! Allowances of members and teams, and spend limits.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::decimal;

const WINDOWS: &[&str] = &["day", "week", "month", "billing_period", "lifetime"];

fn units() -> impl Strategy<Value = String> {
    prop_oneof![1_i64..500, 1_i64..10_000].prop_map(|units| decimal(units, 2))
}

fn allowances() -> impl Strategy<Value = Vec<Value>> {
    let of_type = select(vec!["w0", "w0", "w1"]);
    let one = (of_type, units(), select(WINDOWS))
        .prop_map(|(kind, units, per)| json!({ "wallet_type": kind, "units": units, "per": per }));
    // One for each wallet type and window.
    vec(one, 1..3).prop_map(|mut all| {
        all.sort_by_key(|one| (one["wallet_type"].to_string(), one["per"].to_string()));
        all.dedup_by_key(|one| (one["wallet_type"].clone(), one["per"].clone()));
        all
    })
}

/// Allowances that a version of a wallet type gives everybody.
pub(super) fn usual() -> impl Strategy<Value = Value> {
    let quota = || {
        option::of((units(), select(WINDOWS)))
            .prop_map(|quota| quota.map(|(units, per)| json!({ "units": units, "per": per })))
    };
    (quota(), quota()).prop_map(|(member, team)| match (member, team) {
        (None, None) => Value::Null,
        (Some(member), None) => json!({ "member": member }),
        (None, Some(team)) => json!({ "team": team }),
        (Some(member), Some(team)) => json!({ "member": member, "team": team }),
    })
}

/// What a customer has of limits: members to add to its record.
pub(super) fn of_customer() -> impl Strategy<Value = Value> {
    let members = option::weighted(0.3, allowances());
    let team = option::weighted(0.3, (allowances(), any::<bool>()));
    let spend = (select(vec!["credits", "credits", "EUR"]), units(), select(WINDOWS))
        .prop_map(|(unit, amount, per)| json!({ "unit": unit, "amount": amount, "per": per }));
    let limits = (option::weighted(0.2, spend), option::weighted(0.15, units()));
    (members, team, limits).prop_map(|(members, team, (spend, overage))| {
        let mut customer = json!({});
        if let Some(allowances) = members {
            customer["members"] =
                json!([{ "code": "ada", "allowances": allowances }, { "code": "ben" }]);
        }
        if let Some((allowances, both)) = team {
            let members = if both { json!(["ada", "ben"]) } else { json!(["ben"]) };
            customer["teams"] =
                json!([{ "code": "lab", "members": members, "allowances": allowances }]);
        }
        if let Some(spend) = spend {
            customer["spend_limits"] = json!([spend]);
        }
        if let Some(limit) = overage {
            customer["overage_limit"] = limit.into();
        }
        customer
    })
}
