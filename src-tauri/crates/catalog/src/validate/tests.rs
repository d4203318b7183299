//! Validation from the outside: a document in, its problems out.

use serde_json::{Value, json};

use super::*;
use crate::Catalog;

fn sound() -> Value {
    json!({
        "format": "scrip-config/1",
        "entity": { "code": "nl", "name": "Example BV", "currency": "EUR",
                    "time_zone": "Europe/Amsterdam" },
        "units": [
            { "code": "credits", "kind": "credit", "scale": 2 },
            { "code": "images", "kind": "credit" },
            { "code": "tokens", "kind": "usage" },
            { "code": "minutes", "kind": "usage", "scale": 1 },
        ],
        "meters": [{ "code": "llm", "unit": "tokens", "dimensions": [
            { "name": "model" },
            { "name": "type", "values": ["in", "out"] },
        ] }],
        "conversions": [{ "code": "tm", "from": "tokens", "to": "minutes", "versions": [
            { "version": 1, "effective_at": "2026-01-01", "factors": [
                { "operation": "divide", "factor": "1000" },
            ] },
        ] }],
        "wallet_types": [
            { "code": "std", "unit": "credits", "versions": [
                { "version": 1, "effective_at": "2026-01-01", "scope": [{ "meter": "llm" }] },
            ] },
            { "code": "spare", "unit": "credits", "versions": [
                { "version": 1, "effective_at": "2026-01-01" },
            ] },
            { "code": "pics", "unit": "images", "versions": [
                { "version": 1, "effective_at": "2026-01-01" },
            ] },
        ],
        "rate_cards": [{ "code": "card", "unit": "credits", "versions": [
            { "version": 1, "effective_at": "2026-01-01", "rates": [
                { "code": "any", "meter": "llm", "quantity_unit": "minutes",
                  "model": "per_unit", "price": "0.01" },
            ] },
        ] }],
        "customers": [{ "code": "acme", "country": "NL", "rate_cards": ["card"] }],
    })
}

/// A path in the JSON of a document, as `rate_cards/0/versions/0/rates`.
fn set(document: &mut Value, path: &str, value: Value) {
    let (parent, key) = path.rsplit_once('/').unwrap_or(("", path));
    let pointer = if parent.is_empty() { String::new() } else { format!("/{parent}") };
    let parent = document.pointer_mut(&pointer).unwrap();
    match parent {
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        other => other[key] = value,
    }
}

#[track_caller]
fn problems(edits: &[(&str, Value)]) -> Vec<Problem> {
    let mut value = sound();
    for (path, edit) in edits {
        set(&mut value, path, edit.clone());
    }
    let document: Document = serde_json::from_value(value).unwrap();
    validate(&document)
}

/// The problems after the edits, one a line: `code path`, with `?` before those that only warn.
#[track_caller]
pub(super) fn check(edits: &[(&str, Value)], expected: &[&str]) {
    let mark = |p: &Problem| if p.is_error() { "" } else { "?" };
    let found: Vec<String> =
        problems(edits).iter().map(|p| format!("{}{} {}", mark(p), p.code, p.path)).collect();
    assert_eq!(found, expected);
}

pub(super) const CARD: &str = "rate_cards/0/versions/0";
const RATE: &str = "rate_cards/0/versions/0/rates/0";
const AT: &str = "rate_cards[card].versions[1].rates[any]";
const WALLET: &str = "wallet_types/0/versions/0";

pub(super) fn rate(code: &str, cells: &Value) -> Value {
    json!({ "code": code, "meter": "llm", "match": cells, "model": "per_unit", "price": "1" })
}

fn version(number: u32, at: &str) -> Value {
    let mut rate = rate("any", &json!({}));
    rate["quantity_unit"] = "minutes".into();
    json!({ "version": number, "effective_at": at, "rates": [rate] })
}

#[test]
fn a_row_prices_the_same_unit_in_every_version() {
    let next = |unit: Value| {
        let mut next = version(2, "2026-02-01");
        next["rates"][0]["quantity_unit"] = unit;
        next
    };
    check(&[("rate_cards/0/versions/-", next(json!("minutes")))], &[]);
    let changed = "quantity_unit_changed rate_cards[card].versions[2].rates[any].quantity_unit";
    check(&[("rate_cards/0/versions/-", next(json!("tokens")))], &[changed]);
    // Without one it is the meter's.
    check(&[("rate_cards/0/versions/-", next(Value::Null))], &[changed]);
}

#[test]
fn a_sound_document_becomes_a_catalog() {
    check(&[], &[]);
    let document = serde_json::from_value(sound()).unwrap();
    let catalog = Catalog::try_new(document, 7).unwrap();
    assert_eq!(catalog.revision(), 7);
    assert!(catalog.card(&"card".parse().unwrap()).is_some());
    let way = catalog.conversion_path("tokens".parse().unwrap(), "minutes".parse().unwrap());
    assert_eq!(way.unwrap()[0].code.as_str(), "tm");
    assert!(
        catalog.conversion_path("minutes".parse().unwrap(), "tokens".parse().unwrap()).is_none()
    );
}

#[test]
fn an_error_stops_a_catalog_and_a_warning_does_not() {
    let catalog = |edits: &[(&str, Value)]| {
        let mut value = sound();
        edits.iter().for_each(|(path, edit)| set(&mut value, path, edit.clone()));
        Catalog::try_new(serde_json::from_value(value).unwrap(), 0)
    };
    assert!(catalog(&[("format", json!("other/9"))]).is_err());
    let steps = json!([{ "up_to": "5", "amount": "9" }, { "amount": "3" }]);
    let falling = json!({ "code": "any", "meter": "llm", "model": "stairstep", "steps": steps });
    assert!(catalog(&[(RATE, falling)]).is_ok());
}

#[test]
fn codes_are_unique_in_every_list() {
    let double = |list: &str, index: usize, expected: &str| {
        let copy = sound()[list][index].clone();
        let found = problems(&[(&format!("{list}/-"), copy)]);
        let found: Vec<_> = found.iter().filter(|p| p.code == ProblemCode::DuplicateCode).collect();
        assert_eq!(found.len(), 1, "{list}: {found:?}");
        assert_eq!(found[0].path, expected);
    };
    double("units", 0, "units[credits]");
    double("meters", 0, "meters[llm]");
    double("conversions", 0, "conversions[tm]");
    double("wallet_types", 0, "wallet_types[std]");
    double("rate_cards", 0, "rate_cards[card]");
    double("customers", 0, "customers[acme]");
    check(
        &[("meters/0/dimensions/-", json!({ "name": "model" }))],
        &["duplicate_code meters[llm].dimensions[model]"],
    );
    check(
        &[("meters/0/dimensions/1/values", json!(["in", "in", "*", ""]))],
        &[
            "bad_name meters[llm].dimensions[type].values",
            "duplicate_code meters[llm].dimensions[type].values",
            "bad_name meters[llm].dimensions[type].values",
        ],
    );
    check(
        &[("customers/0/rate_cards", json!(["card", "card"]))],
        &["duplicate_code customers[acme].rate_cards[card]"],
    );
    check(
        &[(&format!("{CARD}/rates/-"), rate("any", &json!({ "model": "a" })))],
        &[&format!("duplicate_code {AT}")],
    );
}

#[test]
fn units_are_currencies_or_defined_and_fit_their_place() {
    check(&[("entity/currency", json!("credits"))], &["not_a_currency entity.currency"]);
    check(
        &[("units/-", json!({ "code": "USD", "kind": "credit" }))],
        &["currency_code_taken units[USD].code"],
    );
    check(&[("units/0/scale", json!(10))], &["scale_out_of_range units[credits].scale"]);
    check(
        &[("wallet_types/2/unit", json!("tokens"))],
        &["wrong_unit_kind wallet_types[pics].unit"],
    );
    check(&[("wallet_types/2/unit", json!("pears"))], &["unknown_unit wallet_types[pics].unit"]);
    check(&[("wallet_types/2/unit", json!("USD"))], &[]);
    check(
        &[("meters/-", json!({ "code": "m", "unit": "bytes" }))],
        &["unknown_unit meters[m].unit"],
    );
}

#[test]
fn names_lead_somewhere() {
    check(
        &[("customers/0/rate_cards", json!(["other"]))],
        &["unknown_card customers[acme].rate_cards[other]"],
    );
    check(
        &[(&format!("{WALLET}/scope/0/meter"), json!("gone"))],
        &["unknown_meter wallet_types[std].versions[1].scope[0].meter"],
    );
    check(
        &[(RATE, json!({ "code": "any", "meter": "gone", "model": "per_unit", "price": "1" }))],
        &[&format!("unknown_meter {AT}.meter")],
    );
    check(
        &[(&format!("{RATE}/match"), json!({ "modell": "a", "type": "sideways" }))],
        &[
            &format!("unknown_dimension {AT}.match.modell"),
            &format!("unknown_value {AT}.match.type"),
            "hole rate_cards[card].versions[1].rates",
        ],
    );
    check(
        &[(&format!("{RATE}/wallet_types"), json!(["std", "pics", "gone"]))],
        &[
            &format!("unit_mismatch {AT}.wallet_types[pics]"),
            &format!("unknown_wallet_type {AT}.wallet_types[gone]"),
        ],
    );
}

#[test]
fn a_meter_has_at_most_64_dimensions() {
    let many = |count: usize| {
        let dimensions: Vec<Value> =
            (0..count).map(|i| json!({ "name": format!("d{i}") })).collect();
        ("meters/-", json!({ "code": "m", "unit": "tokens", "dimensions": dimensions }))
    };
    check(&[many(64)], &[]);
    check(&[many(65)], &["too_many_dimensions meters[m].dimensions"]);
}

#[test]
fn published_versions_follow_each_other() {
    let versions = |list: Value| [("rate_cards/0/versions", list)];
    check(&versions(json!([version(1, "2026-01-01"), version(2, "2026-02-01")])), &[]);
    check(&versions(json!([version(2, "2026-02-01"), version(1, "2026-01-01")])), &[]);
    check(
        &versions(json!([version(1, "2026-01-01"), version(2, "2025-12-31T23:00:00Z")])),
        &["overlapping_versions rate_cards[card].versions[2].effective_at"],
    );
    check(
        &versions(json!([version(1, "2026-02-01"), version(2, "2026-01-01")])),
        &["versions_out_of_order rate_cards[card].versions[1].effective_at"],
    );
    check(
        &versions(json!([
            version(0, "2026-01-01"),
            version(3, "2026-02-01"),
            version(3, "2026-03-01")
        ])),
        &[
            "version_number rate_cards[card].versions[0].version",
            "duplicate_code rate_cards[card].versions[3].version",
        ],
    );
    check(&versions(json!([])), &["no_published_version rate_cards[card].versions"]);
    check(
        &[(&format!("{CARD}/status"), json!("draft"))],
        &["?no_published_version rate_cards[card].versions"],
    );
    check(
        &[(&format!("{CARD}/rates"), json!([]))],
        &["no_rows rate_cards[card].versions[1].rates"],
    );
    check(
        &[("conversions/0/versions/0/factors", json!([]))],
        &[
            "no_rows conversions[tm].versions[1].factors",
            "?hole conversions[tm].versions[1].factors",
        ],
    );
}

#[test]
fn prices_are_not_negative_and_quantities_are_above_zero() {
    let priced = |pricing: Value, expected: &[&str]| {
        let mut row = json!({ "code": "any", "meter": "llm", "quantity_unit": "minutes" });
        for (key, value) in pricing.as_object().unwrap() {
            row[key] = value.clone();
        }
        let expected: Vec<String> =
            expected.iter().map(|e| e.replace(' ', &format!(" {AT}."))).collect();
        check(&[(RATE, row)], &expected.iter().map(String::as_str).collect::<Vec<_>>());
    };
    priced(json!({ "model": "per_unit", "price": "0", "per": "1000" }), &[]);
    priced(
        json!({ "model": "per_unit", "price": "-1", "per": "0" }),
        &["negative price", "not_positive per"],
    );
    priced(
        json!({ "model": "package", "price": "-1", "size": "0" }),
        &["not_positive size", "negative price"],
    );
    priced(
        json!({ "model": "per_unit", "price": "1", "included": "-0.5" }),
        &["negative included"],
    );
    priced(
        json!({ "model": "per_unit", "price": "1", "included": "0.05" }),
        &["too_many_decimals included"],
    );
    priced(json!({ "model": "per_unit", "price": "1", "rounding": { "step": "0.05" } }), &[]);
    for step in ["0", "-1", "0.005"] {
        priced(
            json!({ "model": "per_unit", "price": "1", "rounding": { "step": step } }),
            &["rounding_step rounding.step"],
        );
    }
    let overage = json!({ "currency": "credits", "price": "-1", "per": "0" });
    let at = "rate_cards[card].versions[1].overage";
    check(
        &[(&format!("{CARD}/overage"), overage)],
        &[
            &format!("not_a_currency {at}.currency"),
            &format!("negative {at}.price"),
            &format!("not_positive {at}.per"),
        ],
    );
    check(
        &[(
            "conversions/0/versions/0/factors/0",
            json!({ "operation": "multiply", "factor": "0", "step": "0.25" }),
        )],
        &[
            "not_positive conversions[tm].versions[1].factors[0].factor",
            "rounding_step conversions[tm].versions[1].factors[0].step",
        ],
    );
}

#[test]
fn tiers_rise_and_only_the_last_has_no_end() {
    let tiers = |tiers: Value, expected: &[&str]| {
        let row = json!({ "code": "any", "meter": "llm", "quantity_unit": "minutes",
                          "model": "graduated", "tiers": tiers });
        let expected: Vec<String> =
            expected.iter().map(|e| e.replace(' ', &format!(" {AT}."))).collect();
        check(&[(RATE, row)], &expected.iter().map(String::as_str).collect::<Vec<_>>());
    };
    tiers(json!([{ "up_to": "10", "price": "2" }, { "price": "1" }]), &[]);
    tiers(json!([]), &["tiers tiers"]);
    tiers(json!([{ "up_to": "10" }]), &["tiers tiers[0].up_to"]);
    tiers(json!([{}, {}]), &["tiers tiers[0].up_to"]);
    tiers(json!([{ "up_to": "10" }, { "up_to": "10" }, {}]), &["tiers tiers[1].up_to"]);
    tiers(json!([{ "up_to": "0" }, {}]), &["tiers tiers[0].up_to"]);
    tiers(json!([{ "up_to": "0.05" }, {}]), &["too_many_decimals tiers[0].up_to"]);
    tiers(
        json!([{ "up_to": "5", "price": "-1", "per": "-1", "flat": "-1" }, {}]),
        &["negative tiers[0].price", "not_positive tiers[0].per", "negative tiers[0].flat"],
    );
    let steps = json!([{ "up_to": "5", "amount": "9" }, { "amount": "3" }]);
    let row = json!({ "code": "any", "meter": "llm", "model": "stairstep", "steps": steps });
    check(&[(RATE, row)], &[&format!("?falling_steps {AT}.steps[1].amount")]);
}

#[test]
fn conversions_lead_one_way_only() {
    let conversion = |code: &str, from: &str, to: &str| {
        let mut conversion = sound()["conversions"][0].clone();
        conversion["code"] = json!(code);
        conversion["from"] = json!(from);
        conversion["to"] = json!(to);
        conversion
    };
    check(
        &[("conversions/-", conversion("mt", "minutes", "tokens"))],
        &["conversion_cycle conversions[mt]"],
    );
    check(
        &[("conversions/-", conversion("mm", "minutes", "minutes"))],
        &["conversion_cycle conversions[mm]"],
    );
    check(
        &[("conversions/-", conversion("tm2", "tokens", "minutes"))],
        &[
            "ambiguous_conversion conversions[tm2]",
            &format!("ambiguous_conversion {AT}.quantity_unit"),
        ],
    );
    check(
        &[
            ("conversions/-", conversion("ti", "tokens", "images")),
            ("conversions/-", conversion("im", "images", "minutes")),
        ],
        &[&format!("ambiguous_conversion {AT}.quantity_unit")],
    );
    check(
        &[(&format!("{RATE}/quantity_unit"), json!("images"))],
        &[&format!("no_conversion {AT}.quantity_unit")],
    );
    check(
        &[("conversions/0/versions/0/effective_at", json!("2026-02-01"))],
        &[&format!("?no_conversion {AT}.quantity_unit")],
    );
    let cycle = problems(&[("conversions/-", conversion("mt", "minutes", "tokens"))]);
    assert!(cycle[0].message.contains("minutes -> tokens -> minutes"), "{}", cycle[0].message);
}

#[test]
fn exchange_rates_convert_between_currencies_and_have_no_factors() {
    let conversion = |from: &str, to: &str, version: Value| {
        let mut version = version;
        version["version"] = json!(1);
        version["effective_at"] = json!("2026-01-01");
        json!({ "code": "fx", "from": from, "to": to, "versions": [version] })
    };
    let rates = |spread: &str| json!({ "source": "ecb", "spread_percent": spread });
    let at = "conversions[fx].versions[1]";
    let sound = conversion("USD", "EUR", json!({ "rates": rates("1.5") }));
    check(&[("conversions/-", sound)], &[]);
    check(
        &[("conversions/-", conversion("USD", "credits", json!({ "rates": rates("0") })))],
        &[&format!("not_a_currency {at}.rates")],
    );
    let factors = json!([{ "operation": "divide", "factor": "2" }]);
    let both = json!({ "rates": rates("-1"), "factors": factors });
    check(
        &[("conversions/-", conversion("USD", "EUR", both))],
        &[
            &format!("ambiguous_conversion {at}.factors"),
            &format!("negative {at}.rates.spread_percent"),
        ],
    );
    check(
        &[("conversions/-", conversion("USD", "EUR", json!({ "rates": { "source": " " } })))],
        &[&format!("bad_name {at}.rates.source")],
    );
    check(
        &[("conversions/-", conversion("USD", "EUR", json!({})))],
        &[&format!("no_rows {at}.factors")],
    );
    check(&[("entity/exchange_rates", json!(""))], &["bad_name entity.exchange_rates"]);
}

#[test]
fn factors_are_matched_like_rates() {
    let factor = |cells: Value| json!({ "operation": "divide", "factor": "9", "match": cells });
    let at = "conversions[tm].versions[1].factors";
    let factors = "conversions/0/versions/0/factors";
    check(
        &[(factors, json!([factor(json!({ "model": "a" })), factor(json!({ "model": "a" }))]))],
        &[&format!("ambiguous_rates {at}[1]"), &format!("?hole {at}")],
    );
    check(
        &[(factors, json!([factor(json!({})), factor(json!({ "colour": "red", "type": "up" }))]))],
        &[
            &format!("unknown_dimension {at}[1].match.colour"),
            &format!("unknown_value {at}[1].match.type"),
        ],
    );
}

#[test]
fn wallet_policies_do_not_contradict_themselves() {
    let at = "wallet_types[std].versions[1]";
    let policy = |key: &str, value: Value, expected: &[&str]| {
        let expected: Vec<String> =
            expected.iter().map(|e| e.replace(' ', &format!(" {at}."))).collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check(&[(&format!("{WALLET}/{key}"), value)], &expected);
    };
    policy(
        "draw_order",
        json!(["lot_id", "lot_id"]),
        &["draw_order draw_order", "?draw_order draw_order"],
    );
    policy("draw_order", json!(["paid_first", "promotional_first"]), &["draw_order draw_order"]);
    policy("draw_order", json!([]), &[]);
    policy("expiry", json!({ "rule": "after" }), &["expiry expiry"]);
    policy("alerts", json!([{ "code": "low", "below": "5" }]), &[]);
    policy("alerts", json!([{ "code": "a" }]), &["alert alerts[a]"]);
    let two = json!([{ "code": "a", "below": "5", "below_percent": "5" }]);
    policy("alerts", two, &["alert alerts[a]"]);
    let twice = json!([{ "code": "a", "below": "5" }, { "code": "a", "below": "6" }]);
    policy("alerts", twice, &["duplicate_code alerts[a]"]);
    let figures = json!([
        { "code": "a", "below": "0" },
        { "code": "b", "below_percent": "101" },
        { "code": "c", "expiring_within": { "days": 0 } },
        { "code": "d", "runs_out_within": { "days": 4000 } },
        { "code": "e", "spike": { "factor": "-1" } },
    ]);
    policy(
        "alerts",
        figures,
        &[
            "not_positive alerts[a].below",
            "alert alerts[b].below_percent",
            "alert alerts[c].expiring_within.days",
            "alert alerts[d].runs_out_within.days",
            "not_positive alerts[e].spike.factor",
        ],
    );
    policy("expiry", json!({ "rule": "after", "days": 1 }), &[]);
    policy("overage_limit", json!("5"), &["overage_limit overage_limit"]);
    policy(
        "overage_limit",
        json!("0"),
        &["not_positive overage_limit", "overage_limit overage_limit"],
    );
    policy("fallbacks", json!(["spare", "spare"]), &["duplicate_code fallbacks[spare]"]);
    policy("fallbacks", json!(["std"]), &["fallback_cycle fallbacks[std]"]);
    policy("fallbacks", json!(["gone"]), &["unknown_wallet_type fallbacks[gone]"]);
    policy("fallbacks", json!(["pics"]), &["unit_mismatch fallbacks[pics]"]);
}

#[test]
fn fallbacks_in_force_together_form_no_circle() {
    let to_spare = (&*format!("{WALLET}/fallbacks"), json!(["spare"]));
    let to_std = ("wallet_types/1/versions/0/fallbacks", json!(["std"]));
    check(&[to_spare.clone(), to_std], &["fallback_cycle wallet_types[std].versions[1].fallbacks"]);
    // One after the other they do not meet.
    let later = |fallbacks: Value| json!({ "version": 2, "effective_at": "2026-06-01", "fallbacks": fallbacks });
    check(
        &[
            to_spare,
            ("wallet_types/0/versions/-", later(json!([]))),
            ("wallet_types/1/versions/-", later(json!(["std"]))),
        ],
        &[],
    );
}

#[test]
fn overage_needs_a_price_while_a_wallet_may_run_over() {
    let soft = (&*format!("{WALLET}/beyond"), json!("overage"));
    check(std::slice::from_ref(&soft), &["no_overage_price rate_cards[card].versions[1].overage"]);
    let price = (&*format!("{CARD}/overage"), json!({ "currency": "EUR", "price": "1" }));
    check(&[soft.clone(), price], &[]);
    check(&[soft, (&format!("{RATE}/wallet_types"), json!(["spare"]))], &[]);
    // Soft only from June on, when the card has a price: the first version is never in question.
    let mut second = version(2, "2026-06-01");
    second["overage"] = json!({ "currency": "EUR", "price": "1" });
    let later = json!({ "version": 2, "effective_at": "2026-06-01", "beyond": "overage" });
    check(&[("wallet_types/0/versions/-", later), ("rate_cards/0/versions/-", second)], &[]);
}

#[test]
fn a_row_that_holds_at_times_does_not_put_others_out_of_reach() {
    let path = format!("{CARD}/rates");
    let cells = |kind: &str| json!({ "model": "a", "type": kind });
    let rows = |timed: Value| {
        let own = [rate("any", &json!({})), rate("a", &json!({ "model": "a" }))];
        json!([own[0], own[1], timed, rate("out", &cells("out"))])
    };
    let always = rate("in", &cells("in"));
    let mut by_day = always.clone();
    by_day["when"] = json!({ "from": "06:00", "until": "22:00" });
    let never = "?unreachable_row rate_cards[card].versions[1].rates[a]";
    check(&[(&path, rows(always))], &[never]);
    // At night the row of model a prices type in.
    check(&[(&path, rows(by_day.clone()))], &[]);
    // A row that decides between two others by day leaves them to collide at night.
    let crossing = |both: Value| {
        let of_type = rate("type", &json!({ "type": "in" }));
        json!([rate("any", &json!({})), rate("a", &json!({ "model": "a" })), of_type, both])
    };
    check(&[(&path, crossing(rate("in", &cells("in"))))], &[]);
    let collide = "ambiguous_rates rate_cards[card].versions[1].rates[type]";
    check(&[(&path, crossing(by_day))], &[collide]);
}

#[test]
fn rows_collide_where_the_later_stands_and_holes_show_an_example() {
    let rates = |list: Value| (format!("{CARD}/rates"), list);
    let (path, list) = rates(json!([
        rate("a", &json!({ "model": "a" })),
        rate("in", &json!({ "type": "in" })),
        rate("out", &json!({ "type": "out" })),
    ]));
    let found = problems(&[(&path, list.clone())]);
    let found: Vec<(&str, &str)> =
        found.iter().map(|p| (p.path.as_str(), p.message.as_str())).collect();
    let rates_at = "rate_cards[card].versions[1].rates";
    assert_eq!(found[0].0, format!("{rates_at}[in]"));
    assert!(found[0].1.contains("rows a and in match usage of meter llm with model=a, type=in"));
    assert_eq!(found[1].0, format!("{rates_at}[out]"));
    assert_eq!(found[2].0, rates_at);
    assert!(found[2].1.contains("carries no dimension values"), "{}", found[2].1);
    let (path, holes) = rates(json!([rate("in", &json!({ "type": "in" }))]));
    let found = problems(&[(&path, holes.clone())]);
    assert!(found[0].is_error());
    assert!(found[0].message.contains("with type=out matches no row"), "{}", found[0].message);
    for unmatched in ["reject", "free"] {
        check(&[(&path, holes.clone()), (&format!("{CARD}/unmatched"), json!(unmatched))], &[]);
    }
    // In a draft both only warn.
    let found = problems(&[(&path, list), (&format!("{CARD}/status"), json!("draft"))]);
    assert!(found.iter().all(|p| !p.is_error()), "{found:?}");
}

#[test]
fn a_hole_in_a_version_that_is_replaced_only_warns() {
    let hole = rate("in", &json!({ "type": "in" }));
    check(
        &[(RATE, hole), ("rate_cards/0/versions/-", version(2, "2026-06-01"))],
        &["?hole rate_cards[card].versions[1].rates"],
    );
}

#[test]
fn two_cards_for_everyone_do_not_price_the_same_meter_at_the_same_time() {
    let other = |versions: Value| {
        ("rate_cards/-", json!({ "code": "other", "unit": "credits", "versions": versions }))
    };
    check(
        &[other(json!([version(1, "2027-01-01")]))],
        &["ambiguous_cards rate_cards[other].versions[1]"],
    );
    let mut draft = version(1, "2027-01-01");
    draft["status"] = json!("draft");
    check(
        &[other(json!([draft]))],
        &[
            "?no_published_version rate_cards[other].versions",
            "?ambiguous_cards rate_cards[other].versions[1]",
        ],
    );
    check(
        &[other(json!([version(1, "2027-01-01")])), ("rate_cards/0/applies_to", json!("assigned"))],
        &[],
    );
}

#[test]
fn a_charge_of_a_plan_is_earned_in_a_way_that_its_calendar_allows() {
    let plan = |charge: Value| {
        let mut all = json!({ "code": "c", "price": { "amount": "10.00", "currency": "EUR" } });
        all.as_object_mut().unwrap().extend(charge.as_object().unwrap().clone());
        let version = json!({ "version": 1, "effective_at": "2026-01-01", "charges": [all] });
        ("plans", json!([{ "code": "p", "versions": [version] }]))
    };
    let monthly = json!({ "months": 1 });
    for (charge, wrong) in [
        (json!({ "earned": "on_completion" }), None),
        (json!({ "earned": "on_completion", "every": monthly }), Some("earned")),
        (json!({ "earned": "on_completion", "months": 2 }), Some("months")),
        (json!({ "earned": "with_grants" }), Some("earned")),
        (json!({ "earned": "by_day" }), Some("months")),
        (json!({ "earned": "by_day", "months": 0 }), Some("months")),
        (json!({ "earned": "by_day", "months": 2 }), None),
        (
            json!({ "earned": "by_day", "months": 2, "proration": "first_period" }),
            Some("proration"),
        ),
        (json!({ "earned": "by_day", "every": monthly, "proration": "first_period" }), None),
        (json!({ "earned": "by_day", "every": monthly, "months": 2 }), Some("months")),
        (json!({ "earned": "by_month", "every": monthly }), None),
        (json!({ "earned": "by_month", "every": { "days": 7 } }), Some("earned")),
        (json!({ "earned": "by_day", "every": { "days": 0 } }), Some("every")),
    ] {
        let path = wrong.map(|member| format!("plan plans[p].versions[1].charges[c].{member}"));
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        check(&[plan(charge)], &path);
    }
}

#[test]
fn lots_that_live_on_with_usage_have_a_time_and_do_not_roll_over() {
    let version = "wallet_types/1/versions/0";
    let expiry = |rule: Value| (format!("{version}/expiry"), rule);
    let at = "wallet_types[spare].versions[1]";
    let idle = json!({ "rule": "after_inactivity" });
    let (path, rule) = expiry(idle);
    check(&[(&path, rule)], &[&format!("expiry {at}.expiry")]);
    let (path, rule) = expiry(json!({ "rule": "after_inactivity", "days": 30 }));
    let rollover = (format!("{version}/rollover"), json!({ "times": 1 }));
    check(&[(&path, rule.clone())], &[]);
    let rolls = [(path.as_str(), rule), (rollover.0.as_str(), rollover.1)];
    check(&rolls, &[&format!("rollover {at}.rollover")]);
}

#[test]
fn customers_have_a_real_day_and_country() {
    check(&[("customers/0/billing_day", json!(0))], &["billing_day customers[acme].billing_day"]);
    check(&[("customers/0/billing_day", json!(32))], &["billing_day customers[acme].billing_day"]);
    check(&[("customers/0/billing_day", json!(31))], &[]);
    for country in ["nl", "NLD", ""] {
        check(&[("customers/0/country", json!(country))], &["country customers[acme].country"]);
    }
}
