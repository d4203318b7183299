//! Holds and invoices in random histories: the laws are checked after every operation, a rejection
//! leaves no trace, and a replay gives the same books.

use proptest::prelude::*;
use scrip_testkit::Ledger;
use scrip_testkit::ledger::Refused;
use serde_json::{Value, json};

/// A tier that gives back, a rollover, a soft cap with overage, another wallet whose holds are strict.
const WORLD: &str = r#"format = "scrip-config/1"
[entity]
code = "nl"
name = "Example"
currency = "EUR"
time_zone = "Europe/Amsterdam"
[[units]]
code = "credits"
kind = "credit"
scale = 1
[[units]]
code = "item"
kind = "usage"
scale = 1
[[meters]]
code = "usage"
unit = "item"
[[wallet_types]]
code = "std"
unit = "credits"
[[wallet_types.versions]]
version = 1
effective_at = "2026-01-01"
beyond = "overage"
rollover = { fraction = "0.5", expiry = { rule = "after", days = 9 } }
holds = { time_out = { days = 3 } }
[[wallet_types]]
code = "strict"
unit = "credits"
[[wallet_types.versions]]
version = 1
effective_at = "2026-01-01"
priority = 50
holds = { capture_above = "reject", capture_below = "keep" }
[[rate_cards]]
code = "list"
unit = "credits"
[[rate_cards.versions]]
version = 1
effective_at = "2026-01-01"
overage = { currency = "EUR", price = "0.37" }
[[rate_cards.versions.rates]]
code = "use"
meter = "usage"
model = "volume"
tiers = [{ up_to = "40", price = "1" }, { price = "0.7" }]
[[customers]]
code = "acme"
billing_day = 15
"#;

/// What happens: which kind of operation, on which day, with which numbers.
#[derive(Debug, Clone)]
struct Step {
    kind: u8,
    day: u32,
    one: u32,
    other: u32,
}

fn step() -> impl Strategy<Value = Step> {
    (0_u8..14, 0_u32..2, 0_u32..200, 0_u32..8).prop_map(|(kind, day, one, other)| Step {
        kind,
        day,
        one,
        other,
    })
}

fn tenths(number: u32) -> String {
    format!("{}.{}", number / 10, number % 10)
}

fn operation(index: usize, day: u32, step: &Step) -> Value {
    let at = format!("2026-{:02}-{:02}T{:02}:00:00Z", 1 + day / 28, 1 + day % 28, index % 24);
    let wallet = if step.other.is_multiple_of(3) { "strict" } else { "std" };
    let hold = format!("h{}", step.other % 2);
    let events =
        json!([{ "key": format!("e-{index}"), "meter": "usage", "quantity": tenths(step.one) }]);
    let until = format!("2026-{:02}-{:02}", 1 + (day + 6) / 28, 1 + (day + 6) % 28);
    let body = match step.kind {
        0 => json!({ "op": "grant_credits", "wallet": wallet, "units": tenths(step.one + 1),
            "kind": "purchased", "price": { "net": tenths(step.one), "currency": "EUR" },
            "expires_at": if step.other.is_multiple_of(2) { until } else { "never".to_owned() } }),
        1 | 2 => json!({ "op": "record_usage", "events": events }),
        3 => json!({ "op": "place_hold", "hold": hold, "wallet": wallet,
            "units": tenths(step.one % 80 + 1), "shortfall": "hold_available" }),
        4 => json!({ "op": "place_hold", "hold": hold,
            "usage": { "meter": "usage", "quantity": tenths(step.one % 80) },
            "expires_at": if step.other < 2 { until } else { "never".to_owned() } }),
        5 => json!({ "op": "capture_hold", "hold": hold, "units": tenths(step.one % 60) }),
        6 => json!({ "op": "capture_hold", "hold": hold, "events": events,
            "final": step.one.is_multiple_of(2) }),
        7 => json!({ "op": "release_hold", "hold": hold, "units": tenths(step.one % 30 + 1) }),
        8 => json!({ "op": "finalize_invoice", "period": at[..10], "tax": tenths(step.other) }),
        9 if step.one.is_multiple_of(2) => {
            json!({ "op": "invoice_overage", "currency": "EUR", "amount": tenths(step.one % 30 + 1) })
        }
        9 => {
            json!({ "op": "receive_payment", "currency": "EUR", "amount": tenths(step.one % 50 + 1),
            "invoice": format!("acme-2026-000{}", step.other / 3 % 2 + 1) })
        }
        10 if step.one.is_multiple_of(3) => json!({ "op": "void_invoice", "reason": "test",
            "invoice": format!("acme-2026-000{}", step.other / 3 % 2 + 1) }),
        10 => json!({ "op": "credit_note", "reason": "test", "amount": tenths(step.one % 40 + 1),
            "invoice": format!("acme-2026-000{}", step.other / 3 % 2 + 1) }),
        11 => json!({ "op": "run_schedule" }),
        // More units to hold.
        _ => json!({ "op": "grant_credits", "wallet": wallet, "units": tenths(step.one * 3 + 1),
            "kind": "promotional", "expires_at": "never" }),
    };
    let mut operation = body;
    operation["id"] = format!("op-{index}").into();
    operation["at"] = at.into();
    operation["actor"] = "ana".into();
    operation["customer"] = "acme".into();
    operation
}

proptest! {
    #![proptest_config(scrip_testkit::budget(300))]

    #[test]
    fn holds_and_invoices_keep_the_laws(steps in proptest::collection::vec(step(), 1..45)) {
        let mut ledger = Ledger::open(WORLD).unwrap();
        let mut day = 0;
        for (index, step) in steps.iter().enumerate() {
            day += step.day;
            match ledger.run(&operation(index, day, step)) {
                Ok(_) | Err(Refused::Rejected(_)) => {}
                Err(Refused::Broken(why)) => prop_assert!(false, "{}", why),
            }
        }
        let again = ledger.replay().unwrap();
        prop_assert_eq!(&again.entries, &ledger.entries);
        prop_assert_eq!(&again.book.customers, &ledger.book.customers);
    }
}
