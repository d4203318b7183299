//! Usage that is taken back, alone or with another event in its place.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::configuration::Kind;
use super::{sketch, usage};

/// Events taken back; one in some was taken back before.
pub fn reverse() -> impl Strategy<Value = Value> {
    vec(0_u64..60, 1..4).prop_map(|events| {
        let keys: Vec<_> = events.iter().map(|event| json!({ "$event": event })).collect();
        json!({ "op": "reverse_usage", "keys": keys, "reason": "wrong" })
    })
}

/// Usage whose first event stands in for an earlier one.
pub fn supersede() -> impl Strategy<Value = Value> {
    (usage::record(), 0_u64..60).prop_map(|(mut operation, event)| {
        operation["events"][0]["supersedes"] = json!({ "$event": event });
        operation
    })
}

/// A history in which usage is taken back. There are no commitments, which count what usage has earned,
/// and billing days do not change.
pub fn history(kind: Kind, length: usize) -> impl Strategy<Value = Vec<Value>> {
    let steps = prop_oneof![
        5 => super::steps(kind),
        1 => sketch(reverse()).prop_map(|step| vec![step]),
        1 => sketch(supersede()).prop_map(|step| vec![step]),
    ];
    super::beginning(vec(steps, 1..length)).prop_map(|mut history| {
        history.retain(|step| {
            let changes_day = step.pointer("/change/billing_day").is_some();
            step["op"] != "agree_commitment" && !changes_day
        });
        for step in &mut history {
            if let Some(version) = step.pointer_mut("/change/version") {
                without_minimums(version);
            }
        }
        history
    })
}

/// A world without minimums, which charge for usage that there was not.
pub fn world(kind: Kind) -> impl Strategy<Value = Value> {
    super::configuration::world(kind).prop_map(|mut world| {
        let cards = world["rate_cards"].as_array_mut().into_iter().flatten();
        let versions = cards.flat_map(|card| card["versions"].as_array_mut());
        versions.flatten().for_each(without_minimums);
        world
    })
}

fn without_minimums(version: &mut Value) {
    let without = |object: &mut Value| {
        if let Some(members) = object.as_object_mut() {
            members.remove("minimum");
        }
    };
    without(version);
    if let Some(Value::Array(rates)) = version.get_mut("rates") {
        rates.iter_mut().for_each(without);
    }
}
