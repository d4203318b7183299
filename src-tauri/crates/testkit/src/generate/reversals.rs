//! Usage that is taken back, alone or with another event in its place.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::configuration::{Kind, move_customer};
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

/// A history in which usage is taken back, also after the customer's billing day or cards have changed.
pub fn history(kind: Kind, length: usize) -> impl Strategy<Value = Vec<Value>> {
    let steps = prop_oneof![
        20 => super::steps(kind),
        4 => sketch(reverse()).prop_map(|step| vec![step]),
        4 => sketch(supersede()).prop_map(|step| vec![step]),
        1 => move_customer().prop_map(|step| vec![step]),
    ];
    super::beginning(vec(steps, 1..length))
}
