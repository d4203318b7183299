//! Periods that close.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{minutes, time};

/// A close of a month, mostly one that is over.
pub fn close() -> impl Strategy<Value = Value> {
    let through =
        select(vec!["2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31", "2026-03-30"]);
    (through, minutes()).prop_map(|(through, at)| {
        json!({ "op": "close_period", "through": through, "at": time(at + 60 * 1440) })
    })
}
