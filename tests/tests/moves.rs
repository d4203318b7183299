//! Moves, refunds, adjustments and chargebacks at their edges, and in random histories: the laws are
//! checked after every operation.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use proptest::prelude::*;
use scrip_testkit::Ledger;
use scrip_testkit::ledger::Refused;
use scrip_units::format_steps;
use serde_json::{Value, json};

const WORLD: &str = r#"format = "scrip-config/1"
[entity]
code = "nl"
name = "Example"
currency = "EUR"
time_zone = "Europe/Amsterdam"
[[units]]
code = "credits"
kind = "credit"
scale = 2
[[units]]
code = "images"
kind = "credit"
[[units]]
code = "item"
kind = "usage"
scale = 2
[[meters]]
code = "usage"
unit = "item"
[[conversions]]
code = "credits-to-images"
from = "credits"
to = "images"
versions = [
  { version = 1, effective_at = "2026-01-01", factors = [{ operation = "divide", factor = "3" }] },
  { version = 2, effective_at = "2026-03-01", factors = [{ operation = "divide", factor = "4", step = "5" }] },
]
[[wallet_types]]
code = "std"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-01-01", beyond = "overage", rollover = { fraction = "0.5", expiry = { rule = "after", days = 9 } } }]
[[wallet_types]]
code = "team"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-01-01", priority = 200 }]
[[wallet_types]]
code = "pictures"
unit = "images"
versions = [{ version = 1, effective_at = "2026-01-01" }]
[[rate_cards]]
code = "list"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-01-01", overage = { currency = "EUR", price = "0.5" }, rates = [{ code = "use", meter = "usage", model = "per_unit", price = "1" }] }]
[[customers]]
code = "acme"
[[customers]]
code = "globex"
"#;

/// The operation `op` on `at`, of acme.
fn operation(op: &str, at: &str, members: &Value) -> String {
    let mut value = json!({
        "op": op, "id": format!("{op}-{at}"), "at": format!("{at}T00:00:00Z"), "actor": "ana",
        "customer": "acme",
    });
    for (name, member) in members.as_object().unwrap() {
        value[name] = member.clone();
    }
    value.to_string()
}

struct Books(Ledger);

impl Books {
    fn new() -> Self {
        Self(Ledger::open(WORLD).unwrap())
    }

    #[track_caller]
    fn ok(&mut self, op: &str, at: &str, members: &Value) {
        if let Err(error) = self.0.apply(&operation(op, at, members)) {
            panic!("{op}: {error:?}");
        }
    }

    #[track_caller]
    fn refused(&mut self, op: &str, at: &str, members: &Value, why: &str) {
        match self.0.apply(&operation(op, at, members)) {
            Err(Refused::Rejected(text)) => assert!(text.contains(why), "{text}"),
            other => panic!("{op}: {other:?}"),
        }
    }

    fn grant(&mut self, lot: &str, units: &str, net: Option<&str>, wallet: &str, until: &str) {
        let mut members = json!({
            "id": lot, "lot": lot, "units": units, "wallet": wallet, "expires_at": until,
            "kind": if net.is_some() { "purchased" } else { "promotional" },
        });
        if let Some(net) = net {
            members["price"] = json!({ "net": net, "tax": "2.10", "currency": "EUR" });
        }
        self.ok("grant_credits", "2026-01-02", &members);
    }

    fn burn(&mut self, at: &str, quantity: &str) {
        let event =
            json!({ "key": format!("{at}-{quantity}"), "meter": "usage", "quantity": quantity });
        self.ok("record_usage", at, &json!({ "events": [event] }));
    }

    /// What is available of a lot, and what it carries.
    #[track_caller]
    fn lot(&self, id: &str, available: &str, carrying: &str) {
        let lots = self.0.book.customers.values().flat_map(|customer| &customer.lots);
        let lot = lots.into_iter().find(|lot| lot.id.as_str() == id).unwrap();
        let text = |steps, unit: scrip_units::Unit| format_steps(i128::from(steps), unit.scale());
        let carried = lot.currency.map(|currency| text(lot.carrying(), currency.0));
        assert_eq!(
            (text(lot.available, lot.unit.0).as_str(), carried.as_deref().unwrap_or("0")),
            (available, carrying)
        );
    }

    /// The money lines of the last entry, by account.
    #[track_caller]
    fn entry(&self, want: &str) {
        let entry = self.0.entries.last().unwrap();
        let money =
            |p: &&scrip_journal::Posting| p.account.class() != scrip_journal::AccountClass::Units;
        let lines = entry.body.postings.iter().filter(money);
        let lines: Vec<_> = lines
            .map(|p| format!("{} {}", p.account.number(), p.amount.to_decimal_string()))
            .collect();
        assert_eq!(lines.join(", "), want, "{}", entry.body.memo);
    }
}

#[test]
fn a_refund_of_a_wallet_takes_the_newest_lots_that_were_paid_for() {
    let mut books = Books::new();
    books.grant("old", "100", Some("10.00"), "std", "2026-06-01");
    books.grant("new", "100", Some("30.00"), "std", "2026-06-01");
    books.grant("gift", "50", None, "std", "2026-06-01");
    let units = json!({ "wallet": "std", "units": "120", "fee": "1.00" });
    books.ok("refund_grant", "2026-01-05", &units);
    books.entry("2000 30.00, 2000 2.00, 1000 -31.00, 4090 -1.00");
    books.lot("old", "80.00", "8.00");
    books.lot("gift", "50.00", "0");
    let much = json!({ "wallet": "std", "units": "80.01" });
    books.refused("refund_grant", "2026-01-06", &much, "wallet std has 80.00 credits left");
    let both = json!({ "wallet": "std", "lot": "old" });
    books.refused("refund_grant", "2026-01-06", &both, "name the lot or the wallet");
    let fee = json!({ "lot": "gift", "fee": "0.01" });
    books.refused("refund_grant", "2026-01-06", &fee, "the fee of 0.01 is more than the 0");
}

#[test]
fn nothing_is_done_about_a_lot_before_the_day_since_which_it_is_there() {
    let mut books = Books::new();
    books.grant("a", "100", Some("10.00"), "std", "2026-06-01");
    let reason = "as agreed";
    for (op, members) in [
        ("refund_grant", json!({ "lot": "a", "units": "10" })),
        ("refund_grant", json!({ "lot": "a", "units": "10", "include_used": true })),
        ("void_lot", json!({ "lot": "a" })),
        ("extend_lot", json!({ "lot": "a", "expires_at": "2026-07-01", "reason": reason })),
        ("transfer_units", json!({ "lot": "a", "to_wallet": "team" })),
        ("convert_units", json!({ "lot": "a", "to_wallet": "pictures" })),
        (
            "adjust_balance",
            json!({ "lot": "a", "units": "-5", "counter": "concession", "reason": reason,
                "approver": "eve" }),
        ),
        ("chargeback", json!({ "lot": "a", "reason": reason })),
        ("write_off", json!({ "lot": "a", "reason": reason })),
        ("credit_note", json!({ "lot": "a", "reason": reason })),
    ] {
        let why =
            "lot a is there since 2026-01-02; what is done about it cannot be dated 2026-01-01";
        books.refused(op, "2026-01-01", &members, why);
    }
    // Nor does a wallet give what was not in it yet.
    let wallet = json!({ "wallet": "std", "units": "1" });
    books.refused("refund_grant", "2026-01-01", &wallet, "");
    books.refused("void_lot", "2026-01-01", &wallet, "has 0.00 credits left");
    // What came from another lot is there since it came.
    books.ok(
        "transfer_units",
        "2026-01-10",
        &json!({ "id": "t", "lot": "a", "to_wallet": "team" }),
    );
    books.refused("void_lot", "2026-01-09", &json!({ "lot": "t" }), "there since 2026-01-10");
    books.ok("void_lot", "2026-01-10", &json!({ "lot": "t" }));
}

#[test]
fn a_refund_of_money_takes_the_fewest_units_that_carry_it() {
    let mut books = Books::new();
    books.grant("a", "3", Some("10.00"), "std", "2026-06-01");
    books.ok("refund_grant", "2026-01-05", &json!({ "lot": "a", "amount": "5.00" }));
    // 1.50 credits carry 5.00 exactly.
    books.entry("2000 5.00, 1000 -5.00");
    books.lot("a", "1.50", "5.00");
    books.ok("refund_grant", "2026-01-06", &json!({ "lot": "a", "amount": "1.01", "fee": "0.10" }));
    // 0.33 credits carry 1.10, one hundredth less than is needed; 0.34 carry 1.13: the rest is kept.
    books.entry("2000 1.13, 1000 -1.01, 4090 -0.12");
    books.lot("a", "1.16", "3.87");
    let more = json!({ "lot": "a", "amount": "3.88" });
    books.refused("refund_grant", "2026-01-07", &more, "3.87 EUR is the most");
    let both = json!({ "lot": "a", "amount": "1", "units": "1" });
    books.refused("refund_grant", "2026-01-07", &both, "units or amount, not both");
}

#[test]
fn a_refund_of_what_was_used_reduces_revenue_and_one_after_expiry_reduces_breakage() {
    let mut books = Books::new();
    books.grant("a", "100", Some("10.00"), "team", "2026-02-01");
    books.burn("2026-01-10", "40");
    books.ok("expire_lots", "2026-02-02", &json!({}));
    books.refused("refund_grant", "2026-02-03", &json!({ "lot": "a" }), "lot a expired at");
    let units = json!({ "lot": "a", "units": "10", "include_expired": true, "with_tax": true });
    books.ok("refund_grant", "2026-02-03", &units);
    books.entry("4010 1.00, 2100 0.21, 1000 -1.21");
    let all = json!({
        "lot": "a", "include_expired": true, "include_used": true, "with_tax": true,
    });
    books.ok("refund_grant", "2026-02-04", &all);
    books.entry("4010 5.00, 4900 4.00, 2100 1.89, 1000 -10.89");
    books.refused("refund_grant", "2026-02-05", &all, "what is left of the lot must be above zero");
}

#[test]
fn a_chargeback_takes_what_was_paid_once_and_winning_it_brings_it_back() {
    let mut books = Books::new();
    books.grant("a", "100", Some("10.00"), "std", "2026-02-01");
    books.burn("2026-01-10", "40");
    let of_a = json!({ "lot": "a" });
    books.refused("chargeback", "2026-01-11", &of_a, "needs a reason");
    let disputed = json!({ "lot": "a", "reason": "disputed" });
    books.ok("chargeback", "2026-01-12", &disputed);
    books.entry("2000 6.00, 4900 4.00, 1000 -10.00");
    books.lot("a", "0.00", "0.00");
    books.refused("chargeback", "2026-01-13", &disputed, "was charged back before");
    books.refused("refund_grant", "2026-01-13", &of_a, "lot a is frozen");
    books.ok("win_chargeback", "2026-01-14", &of_a);
    books.entry("1000 10.00, 2000 -6.00, 4900 -4.00");
    books.lot("a", "60.00", "6.00");
    books.refused("win_chargeback", "2026-01-15", &of_a, "no chargeback stands");
    books.refused("chargeback", "2026-01-15", &disputed, "was charged back before");
    books.burn("2026-01-16", "60");
    books.lot("a", "0.00", "0.00");
}

#[test]
fn a_chargeback_of_a_part_freezes_the_whole_lot() {
    let mut books = Books::new();
    books.grant("a", "100", Some("10.00"), "team", "2026-02-01");
    let part = json!({ "lot": "a", "amount": "2.50", "with_tax": true, "reason": "disputed" });
    books.ok("chargeback", "2026-01-12", &part);
    books.entry("2000 2.50, 2100 0.53, 1000 -3.03");
    // 24.95 credits carry 2.495, which rounds to what was taken.
    books.lot("a", "75.05", "7.50");
    let event = json!({ "key": "k", "meter": "usage", "quantity": "1" });
    books.refused("record_usage", "2026-01-13", &json!({ "events": [event] }), "no wallet covers");
    books.refused(
        "transfer_units",
        "2026-01-13",
        &json!({ "lot": "a", "to_wallet": "std" }),
        "frozen",
    );
    let more_time = json!({ "lot": "a", "expires_at": "2026-03-01" });
    books.refused("extend_lot", "2026-01-14", &more_time, "frozen");
    // It expires with what is left; winning brings the rest back, and it expires in its turn. The 75.05
    // units that expired now carry 7.505, rounded 7.51: one step of what comes back is theirs.
    books.ok("expire_lots", "2026-02-02", &json!({}));
    let back = json!({ "lot": "a", "expires_at": "2026-03-01", "reason": "goodwill" });
    books.refused("reinstate_lot", "2026-02-02", &back, "frozen");
    books.ok("win_chargeback", "2026-02-03", &json!({ "lot": "a" }));
    books.entry("1000 3.03, 2000 -2.49, 4010 -0.01, 2100 -0.53");
    books.ok("expire_lots", "2026-02-04", &json!({}));
    books.entry("2000 2.49, 4010 -2.49");
    books.grant("gift", "5", None, "std", "2026-06-01");
    let gift = json!({ "lot": "gift", "reason": "disputed" });
    books.refused("chargeback", "2026-02-05", &gift, "nothing was paid for lot gift");
}

#[test]
fn a_transfer_keeps_the_terms_of_the_lot_and_refuses_what_does_not_mix() {
    let mut books = Books::new();
    books.grant("a", "3", Some("10.00"), "std", "2026-06-01");
    books.grant("b", "3", Some("10.00"), "std", "2026-05-01");
    books.ok(
        "transfer_units",
        "2026-01-05",
        &json!({ "wallet": "std", "units": "4", "to_wallet": "team" }),
    );
    books.lot("transfer_units-2026-01-05/1", "3.00", "10.00");
    books.lot("transfer_units-2026-01-05/2", "1.00", "3.33");
    books.lot("a", "2.00", "6.67");
    let same = json!({ "lot": "a", "to_wallet": "std" });
    books.refused("transfer_units", "2026-01-06", &same, "in wallet std already");
    let other = json!({ "lot": "a", "to_wallet": "pictures" });
    books.refused("transfer_units", "2026-01-06", &other, "convert them instead");
    let nobody = json!({ "lot": "a", "to_customer": "initech" });
    books.refused("transfer_units", "2026-01-06", &nobody, "there is no customer initech");
    let abroad = json!({ "id": "usd", "units": "1", "wallet": "abroad", "wallet_type": "std", "kind": "purchased", "price": { "net": "1.00", "currency": "USD" } });
    books.ok("grant_credits", "2026-01-06", &abroad);
    let mixed = json!({ "lot": "a", "to_wallet": "abroad" });
    books.refused("transfer_units", "2026-01-07", &mixed, "holds units paid in USD");
    let untaxed = json!({ "id": "free-of-tax", "units": "1", "wallet": "export", "wallet_type": "std", "kind": "purchased", "price": { "net": "1.00", "currency": "EUR" } });
    books.ok("grant_credits", "2026-01-06", &untaxed);
    let mixed = json!({ "lot": "a", "to_wallet": "export" });
    books.refused(
        "transfer_units",
        "2026-01-07",
        &mixed,
        "lot transfer_units-2026-01-07 was sold with VAT",
    );
}

#[test]
fn a_conversion_moves_what_it_can_and_leaves_what_the_rounding_leaves() {
    let mut books = Books::new();
    books.grant("a", "10", Some("10.00"), "std", "2026-06-01");
    let all = json!({ "lot": "a", "to_wallet": "pictures" });
    books.ok("convert_units", "2026-01-05", &all);
    // 10 / 3 = 3.33: 3 images, worth 9 credits.
    books.lot("convert_units-2026-01-05", "3", "9.00");
    books.lot("a", "1.00", "1.00");
    books.refused("convert_units", "2026-01-06", &all, "less than one step of images");
    books.grant("b", "45.50", Some("45.50"), "std", "2026-06-01");
    // From March an image costs 4 credits, and they are exchanged by fives.
    let some = json!({ "lot": "b", "units": "45.50", "to_wallet": "pictures" });
    books.ok("convert_units", "2026-03-02", &some);
    books.lot("convert_units-2026-03-02", "10", "40.00");
    books.lot("b", "5.50", "5.50");
    let back = json!({ "wallet": "pictures", "to_wallet": "std" });
    books.refused("convert_units", "2026-03-03", &back, "no conversion in force leads from images");
}

#[test]
fn an_adjustment_has_a_reason_an_approver_and_a_counter_account() {
    let mut books = Books::new();
    books.grant("a", "3", Some("10.00"), "std", "2026-06-01");
    books.grant("b", "3", Some("10.00"), "std", "2026-05-01");
    let down =
        json!({ "wallet": "std", "units": "-4", "counter": "concession", "approver": "bob" });
    books.refused("adjust_balance", "2026-01-05", &down, "needs a reason");
    let with = |members: &Value, more: Value| {
        let mut all = members.clone();
        for (name, member) in more.as_object().unwrap() {
            all[name] = member.clone();
        }
        all
    };
    let own = with(&down, json!({ "reason": "error", "approver": "ana" }));
    books.refused("adjust_balance", "2026-01-05", &own, "ana cannot approve what ana does");
    books.ok("adjust_balance", "2026-01-05", &with(&down, json!({ "reason": "granted twice" })));
    books.entry("2000 10.00, 4910 -10.00, 2000 3.33, 4910 -3.33");
    books.lot("a", "2.00", "6.67");
    let up = json!({ "wallet": "std", "units": "5", "counter": "concession", "approver": "bob", "reason": "outage" });
    books.refused("adjust_balance", "2026-01-06", &up, "need a worth");
    let worth = json!({ "worth": { "amount": "2.00", "currency": "EUR" } });
    books.ok("adjust_balance", "2026-01-06", &with(&up, worth.clone()));
    books.entry("4910 2.00, 2030 -2.00");
    books.ok("adjust_balance", "2026-01-07", &with(&up, json!({ "counter": "promotion" })));
    books.entry("");
    books.ok(
        "adjust_balance",
        "2026-01-08",
        &with(&with(&up, worth.clone()), json!({ "counter": "promotion" })),
    );
    books.entry("5000 2.00, 2000 -2.00");
    let within = json!({ "counter": "liability", "wallet": null, "lot": "a" });
    books.refused(
        "adjust_balance",
        "2026-01-09",
        &with(&up, json!({ "counter": "liability" })),
        "concerns one lot",
    );
    books.ok("adjust_balance", "2026-01-09", &with(&up, within));
    books.entry("2000 6.67, 2000 -6.67");
    books.lot("adjust_balance-2026-01-09", "7.00", "6.67");
    let down = json!({ "counter": "liability", "wallet": null, "lot": "adjust_balance-2026-01-09", "units": "-6" });
    books.ok("adjust_balance", "2026-01-10", &with(&up, down));
    books.lot("adjust_balance-2026-01-10", "1.00", "6.67");
    // What stands beside it in the wallet does not matter: nothing comes from elsewhere.
    let taxed = json!({
        "id": "taxed", "units": "1", "wallet": "team", "kind": "purchased",
        "price": { "net": "1.00", "tax": "0.21", "currency": "EUR" },
    });
    let untaxed = json!({
        "id": "untaxed", "units": "1", "wallet": "team", "kind": "purchased",
        "price": { "net": "1.00", "currency": "EUR" },
    });
    books.ok("grant_credits", "2026-01-10", &taxed);
    books.ok("grant_credits", "2026-01-10", &untaxed);
    let more = json!({ "counter": "liability", "wallet": null, "lot": "untaxed", "id": "more" });
    books.ok("adjust_balance", "2026-01-10", &with(&up, more));
    let last = json!({ "counter": "liability", "wallet": null, "lot": "adjust_balance-2026-01-10", "units": "-1" });
    books.refused(
        "adjust_balance",
        "2026-01-11",
        &with(&up, last),
        "would keep 6.67 EUR without units",
    );
    books.refused(
        "adjust_balance",
        "2026-01-11",
        &with(&up, json!({ "worth": worth["worth"], "units": "-1" })),
        "worth is for units added",
    );
}

/// Random operations on the lots there are, most of them sensible.
fn steps() -> impl Strategy<Value = Vec<(u8, u8, u16, u16, [bool; 4])>> {
    let step = (0_u8..14, any::<u8>(), 1_u16..2000, 1_u16..2000, any::<[bool; 4]>());
    prop::collection::vec(step, 1..40)
}

fn amount(cents: u16) -> String {
    format_steps(i128::from(cents), scrip_units::Scale::try_new(2).unwrap())
}

/// The operation of a random step, on a lot that is there.
fn random(
    ledger: &Ledger,
    number: usize,
    (what, which, units, money, [a, b, c, d]): (u8, u8, u16, u16, [bool; 4]),
) -> Value {
    let all: Vec<_> = ledger
        .book
        .customers
        .values()
        .flat_map(|customer| customer.lots.iter().map(|lot| (&customer.customer, lot)))
        .collect();
    let chosen = all.get(usize::from(which) % all.len().max(1));
    let mut members = json!({
        "id": format!("op-{number}"), "actor": "ana", "reason": "test",
        "customer": chosen.map_or("acme", |(customer, _)| customer.as_str()),
    });
    let (units, money) = (amount(units), amount(money));
    let wallets = ["std", "team", "pictures"];
    let wallet = wallets[usize::from(which) % 3];
    let grant = all.is_empty() || what < 3;
    let op = if grant {
        "grant_credits"
    } else {
        match what {
            3..=5 => "record_usage",
            6 | 7 => "refund_grant",
            8 => "void_lot",
            9 => "transfer_units",
            10 => "convert_units",
            11 => "adjust_balance",
            12 if a => "chargeback",
            12 => "win_chargeback",
            _ => "expire_lots",
        }
    };
    members["op"] = op.into();
    if let Some((_, lot)) = chosen.filter(|_| !grant) {
        let any_lot = !matches!(op, "record_usage" | "expire_lots");
        let by_lot = any_lot && (c || matches!(op, "chargeback" | "win_chargeback"));
        if by_lot {
            members["lot"] = lot.id.as_str().into();
        } else if any_lot {
            members["wallet"] = lot.wallet.as_str().into();
        }
    }
    match op {
        "grant_credits" => {
            members["wallet"] = wallet.into();
            members["units"] =
                if wallet == "pictures" { which.max(1).to_string() } else { units }.into();
            let kinds = ["purchased", "bonus", "compensation", "promotional"];
            members["kind"] = kinds[usize::from(which) / 64].into();
            if which < 192 {
                members["price"] = json!({ "net": money, "tax": "0.07", "currency": "EUR" });
            }
            if a {
                members["expires_at"] = "2026-01-03".into();
            }
        }
        "record_usage" => {
            members["events"] =
                json!([{ "key": format!("e-{number}"), "meter": "usage", "quantity": units }]);
        }
        "refund_grant" => {
            match (a, b) {
                (true, true) => members["units"] = units.into(),
                (true, false) => members["amount"] = money.into(),
                _ => {}
            }
            members["include_expired"] = c.into();
            members["include_used"] = (d && !(a && b)).into();
            members["with_tax"] = b.into();
        }
        "void_lot" | "transfer_units" | "convert_units" if a => members["units"] = units.into(),
        "adjust_balance" => {
            members["units"] = if a { units } else { format!("-{units}") }.into();
            members["approver"] = "bob".into();
            members["counter"] = if d {
                "liability"
            } else if b {
                "promotion"
            } else {
                "concession"
            }
            .into();
            if a && !d {
                members["worth"] = json!({ "amount": money, "currency": "EUR" });
            }
        }
        "chargeback" if b => members["amount"] = money.into(),
        _ => {}
    }
    if op == "transfer_units" {
        members["to_customer"] = if b { "globex" } else { "acme" }.into();
        members["to_wallet"] = if d { "std" } else { "team" }.into();
    }
    if op == "convert_units" {
        members["to_wallet"] = "pictures".into();
    }
    members
}

proptest! {
    #![proptest_config(scrip_testkit::budget(300))]
    #[test]
    fn the_laws_hold_whatever_is_moved_and_paid_back(steps in steps()) {
        let mut ledger = Ledger::open(WORLD).unwrap();
        for (number, step) in steps.into_iter().enumerate() {
            let mut operation = random(&ledger, number, step);
            let (day, hour) = (1 + number / 10, 2 * (number % 10));
            operation["at"] = format!("2026-01-{day:02}T{hour:02}:00:00Z").into();
            match ledger.apply(&operation.to_string()) {
                Ok(_) | Err(Refused::Rejected(_)) => {}
                Err(Refused::Broken(why)) => prop_assert!(false, "{}", why),
            }
        }
        prop_assert_eq!(scrip_testkit::laws::replays(&ledger), Ok(()));
    }
}
