//! The demo's sales: what customers bought, were given, paid and got back.

use serde_json::{Value, json};

/// A purchase: customer, day, credits, net price, and whether it was invoiced.
const PURCHASES: &[(&str, &str, &str, &str, bool)] = &[
    ("northwind", "2026-08-03", "30000", "2550.00", true),
    ("northwind", "2026-09-07", "30000", "2550.00", true),
    ("northwind", "2026-10-05", "30000", "2475.00", true),
    ("helix", "2026-08-05", "36000", "2880.00", true),
    ("lumen", "2026-08-01", "12000", "1080.00", true),
    ("lumen", "2026-09-14", "12000", "1080.00", false),
    ("vega-games", "2026-08-12", "10000", "900.00", false),
    ("vega-games", "2026-09-21", "10000", "900.00", false),
    ("osprey", "2026-08-01", "9000", "828.00", true),
    ("osprey", "2026-10-01", "15000", "1350.00", true),
    ("quill", "2026-08-10", "20000", "1750.00", true),
    ("zephyr", "2026-08-02", "7000", "651.00", false),
    ("zephyr", "2026-09-30", "7000", "651.00", false),
    ("tandem", "2026-08-04", "3000", "297.00", false),
    ("saffron", "2026-08-15", "2500", "250.00", false),
    ("saffron", "2026-10-10", "2500", "250.00", false),
    ("atlas-maps", "2026-08-20", "3000", "297.00", false),
    ("ember", "2026-08-08", "2500", "250.00", false),
    ("ember", "2026-09-10", "2500", "250.00", false),
    ("juniper", "2026-08-18", "5000", "475.00", true),
    ("marble-arch", "2026-09-02", "1500", "153.33", false),
];

/// Lots sold with an expiry of their own rather than the wallet type's three months.
const EXPIRIES: &[(&str, &str, &str)] = &[
    ("ember", "2026-08-08", "2026-09-15"),
    ("saffron", "2026-08-15", "2026-09-20"),
    ("juniper", "2026-08-18", "2026-10-31"),
    ("quill", "2026-08-10", "2026-10-15"),
];

/// VAT of 21 percent on a price of whole cents, rounded half up.
fn vat(net: &str) -> String {
    let cents: u64 =
        net.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
    let tax = (cents * 21 + 50) / 100;
    format!("{}.{:02}", tax / 100, tax % 100)
}

/// Adds VAT to a price: what a customer pays.
fn gross(net: &str) -> String {
    let cents = |text: &str| -> u64 {
        text.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0)
    };
    let sum = cents(net) + cents(&vat(net));
    format!("{}.{:02}", sum / 100, sum % 100)
}

fn operation(op: &str, id: &str, at: &str, members: Value) -> String {
    let mut all = json!({ "op": op, "id": id, "at": at, "actor": "finance" });
    if let (Some(all), Value::Object(members)) = (all.as_object_mut(), members) {
        all.extend(members);
    }
    all.to_string()
}

/// Grants and payments, by time.
pub(super) fn opening() -> Vec<String> {
    let mut operations = Vec::new();
    let mut push = |at: String, line: String| operations.push((at, line));
    for (customer, day, credits, net, invoiced) in PURCHASES {
        let at = format!("{day}T08:00:00Z");
        let id = format!("invoice-{customer}-{day}");
        let settlement = if *invoiced { "invoiced" } else { "paid" };
        let price = json!({ "net": net, "tax": vat(net), "currency": "EUR" });
        let mut grant = json!({
            "customer": customer, "wallet": "standard", "units": credits, "kind": "purchased",
            "price": price, "settlement": settlement
        });
        let own = EXPIRIES.iter().find(|(of, on, _)| of == customer && on == day);
        if let Some((_, _, expires)) = own {
            grant["expires_at"] = (*expires).into();
        }
        push(at.clone(), operation("grant_credits", &id, &at, grant));
        // Invoices of the last month are still open at its end.
        if *invoiced && !day.starts_with("2026-10") {
            let paid_at = format!("{}25T09:00:00Z", &day[..8]);
            let payment = json!({ "customer": customer, "amount": gross(net), "currency": "EUR" });
            push(
                paid_at.clone(),
                operation(
                    "receive_payment",
                    &format!("payment-{customer}-{day}"),
                    &paid_at,
                    payment,
                ),
            );
        }
    }
    for (customer, day, credits) in [
        ("tandem", "2026-08-01", "500"),
        ("saffron", "2026-08-01", "500"),
        ("atlas-maps", "2026-08-01", "500"),
        ("ember", "2026-08-01", "500"),
        ("juniper", "2026-08-01", "500"),
        ("marble-arch", "2026-08-01", "2000"),
        ("quill", "2026-08-06", "20000"),
        ("vega-games", "2026-09-01", "1500"),
    ] {
        let at = format!("{day}T00:00:00Z");
        let grant = json!({
            "customer": customer, "wallet": "promotional", "units": credits, "kind": "promotional",
            "reason": "summer welcome"
        });
        push(at.clone(), operation("grant_credits", &format!("welcome-{customer}"), &at, grant));
    }
    for (customer, credits) in [("pollen", "900"), ("riverside", "400")] {
        let at = "2026-08-01T00:00:00Z".to_owned();
        let grant = json!({ "customer": customer, "wallet": "trial", "units": credits, "kind": "promotional" });
        push(at.clone(), operation("grant_credits", &format!("trial-{customer}"), &at, grant));
    }
    let at = "2026-08-01T00:00:00Z".to_owned();
    let migrated = json!({
        "customer": "helix", "wallet": "standard", "units": "8000", "kind": "migrated",
        "price": { "net": "640.00", "currency": "EUR" }, "expires_at": "2026-10-01",
        "reason": "balance brought over from the old billing system"
    });
    push(at.clone(), operation("grant_credits", "migrated-helix", &at, migrated));
    let at = "2026-09-16T10:00:00Z".to_owned();
    let compensation = json!({
        "customer": "lumen", "wallet": "standard", "units": "1000", "kind": "compensation",
        "price": { "net": "90.00", "currency": "EUR" }, "reason": "outage of 15 September"
    });
    push(at.clone(), operation("grant_credits", "sorry-lumen", &at, compensation));
    operations.sort();
    operations.into_iter().map(|(_, line)| line).collect()
}

/// What comes after usage was posted: expiries, a refund, a void, an invoice of overage.
pub(super) fn closing() -> Vec<String> {
    vec![
        operation(
            "refund_grant",
            "refund-juniper",
            "2026-10-30T12:00:00Z",
            json!({ "customer": "juniper", "lot": "invoice-juniper-2026-08-18", "units": "500", "fee": "5.00", "reason": "clinic closed" }),
        ),
        operation(
            "invoice_overage",
            "overage-kestrel-2026-10",
            "2026-10-31T22:00:00Z",
            json!({ "customer": "kestrel", "currency": "EUR", "reason": "pay as you go, August to October" }),
        ),
        operation(
            "expire_lots",
            "expiry-2026-10",
            "2026-11-01T00:00:00Z",
            json!({ "reason": "month end" }),
        ),
    ]
}
