//! Tests of the checks on windows, percentages and what is agreed with customers.

use serde_json::{Value, json};

use super::tests::{CARD, check, rate};

#[test]
fn what_is_agreed_with_a_customer_names_what_there_is_and_does_not_overlap() {
    let own = |overrides: Value, versions: Value| json!([{ "code": "acme", "overrides": overrides, "card_versions": versions }]);
    let off = |code: &str, from: &str, more: Value| {
        let mut own = json!({ "code": code, "card": "card", "effective_at": from });
        own.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        own
    };
    let percent = |code: &str, from: &str| off(code, from, json!({ "percent": "-10" }));
    let at = "customers[acme].overrides";
    let later = off("b", "2026-03-01", json!({ "percent": "-5", "until": "2026-02-01" }));
    for (overrides, want) in [
        (json!([percent("a", "2026-02-01")]), vec![]),
        (
            json!([percent("a", "2026-02-01"), percent("b", "2026-03-01")]),
            vec![format!("overlapping_terms {at}[b].effective_at")],
        ),
        (json!([later]), vec![format!("empty_validity {at}[b].until")]),
        (
            json!([off("a", "2026-02-01", json!({ "price": "1" }))]),
            vec![format!("override_price {at}[a].rate")],
        ),
        (
            json!([off("a", "2026-02-01", json!({ "price": "1", "percent": "1", "rate": "any" }))]),
            vec![format!("override_price {at}[a]")],
        ),
        (
            json!([off("a", "2026-02-01", json!({ "percent": "-101", "rate": "none" }))]),
            vec![format!("unknown_rate {at}[a].rate"), format!("negative {at}[a].percent")],
        ),
    ] {
        let want: Vec<&str> = want.iter().map(String::as_str).collect();
        check(&[("customers", own(overrides, json!([])))], &want);
    }
    let pin = |version: u32, from: &str| json!({ "card": "card", "version": version, "effective_at": from });
    let at = "customers[acme].card_versions";
    check(
        &[("customers", own(json!([]), json!([pin(9, "2026-02-01")])))],
        &[&format!("unknown_version {at}[card@9 from 2026-02-01].version")],
    );
    check(
        &[("customers", own(json!([]), json!([pin(1, "2026-02-01"), pin(1, "2026-03-01")])))],
        &[&format!("overlapping_terms {at}[card@1 from 2026-03-01].effective_at")],
    );
}

#[test]
fn rows_with_the_same_cells_may_share_the_week_and_not_overlap() {
    let timed = |code: &str, when: Value| {
        let mut row = rate(code, &json!({}));
        row["when"] = when;
        row
    };
    let path = format!("{CARD}/rates");
    let day = timed("day", json!({ "from": "06:00", "until": "22:00" }));
    let night = timed("night", json!({ "from": "22:00", "until": "06:00" }));
    let late = timed("late", json!({ "from": "21:00", "until": "23:00", "weekdays": ["fri"] }));
    // Day and night are the whole week; with one of them a part stands open.
    check(&[(&path, json!([day, night]))], &[]);
    check(&[(&path, json!([day]))], &["hole rate_cards[card].versions[1].rates"]);
    check(&[(&path, json!([day, rate("all", &json!({}))]))], &[]);
    let overlap = "ambiguous_rates rate_cards[card].versions[1].rates[late].when";
    check(&[(&path, json!([day, night, late]))], &[overlap]);
    // Nothing of the week is left to a row without a window.
    let never = "?unreachable_row rate_cards[card].versions[1].rates[all]";
    check(&[(&path, json!([day, night, rate("all", &json!({}))]))], &[never]);
}

#[test]
fn a_percentage_has_bounds_of_an_event_and_none_of_the_period() {
    let priced = |more: Value| {
        let mut row =
            json!({ "code": "fee", "meter": "llm", "model": "percentage", "percent": "3" });
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([row])
    };
    let path = format!("{CARD}/rates");
    let at = "rate_cards[card].versions[1].rates[fee]";
    check(&[(&path, priced(json!({ "at_least": "1", "at_most": "2" })))], &[]);
    let crossed = priced(json!({ "at_least": "2", "at_most": "1" }));
    check(&[(&path, crossed)], &[&format!("bounds {at}.at_least")]);
    let included = priced(json!({ "included": "10", "maximum": "5" }));
    let found =
        [format!("priced_per_event {at}.included"), format!("priced_per_event {at}.maximum")];
    check(&[(&path, included)], &[&found[0], &found[1]]);
    check(&[(&path, priced(json!({ "percent": "-1" })))], &[&format!("negative {at}.percent")]);
}

#[test]
fn lots_that_keep_their_rates_need_rates_that_price_a_part_of_an_event() {
    let tiers = json!([{ "up_to": "10", "price": "2" }, { "price": "1" }]);
    let steps = json!([{ "up_to": "10", "amount": "2" }, { "amount": "3" }]);
    let percent = |more: Value| {
        let mut percent = json!({ "model": "percentage", "percent": "3" });
        percent.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        percent
    };
    let row = |pricing: Value| {
        let mut row = json!({ "code": "any", "meter": "llm", "quantity_unit": "minutes" });
        row.as_object_mut().unwrap().extend(pricing.as_object().unwrap().clone());
        row
    };
    let original = ("wallet_types/0/versions/0/rates", json!("original"));
    let price = format!("{CARD}/rates");
    let at = "original_rates rate_cards[card].versions[1].rates[any]";
    let problem = format!("{at}.model");
    for (pricing, refused) in [
        (json!({ "model": "volume", "tiers": tiers }), true),
        (json!({ "model": "stairstep", "steps": steps }), true),
        (percent(json!({ "fee": "0.1" })), true),
        (percent(json!({ "at_least": "0.1" })), true),
        (percent(json!({ "at_most": "0.1" })), true),
        (percent(json!({})), false),
        (json!({ "model": "graduated", "tiers": tiers }), false),
        (json!({ "model": "package", "size": "10", "price": "1" }), false),
    ] {
        let rates = (price.as_str(), json!([row(pricing)]));
        check(std::slice::from_ref(&rates), &[]);
        let want: &[&str] = if refused { &[&problem] } else { &[] };
        check(&[original.clone(), rates.clone()], want);
        // A type that cannot pay for it does not mind, a fallback of the one that is named does.
        let mut named = rates.clone();
        named.1[0]["wallet_types"] = json!(["spare"]);
        check(&[original.clone(), named.clone()], &[]);
        let fallback = ("wallet_types/1/versions/0/fallbacks", json!(["std"]));
        check(&[original.clone(), named, fallback], want);
    }
    // A version that had ended before is never met; a draft may yet be.
    let version = |number: u32, from: &str, pricing: Value| json!({ "version": number, "effective_at": from, "rates": [row(pricing)] });
    let volume = json!({ "model": "volume", "tiers": tiers });
    let unit = json!({ "model": "per_unit", "price": "1" });
    let versions = "rate_cards/0/versions";
    let ended =
        json!([version(1, "2026-01-01", volume.clone()), version(2, "2026-02-01", unit.clone())]);
    let later = json!([
        { "version": 1, "effective_at": "2026-01-01", "scope": [{ "meter": "llm" }] },
        { "version": 2, "effective_at": "2026-02-01", "scope": [{ "meter": "llm" }], "rates": "original" },
    ]);
    check(&[(versions, ended.clone()), ("wallet_types/0/versions", later)], &[]);
    check(&[(versions, ended), original.clone()], &[&problem]);
    let mut draft = version(2, "2026-02-01", volume);
    draft["status"] = "draft".into();
    check(
        &[(versions, json!([version(1, "2026-01-01", unit.clone()), draft])), original.clone()],
        &[&format!("?{}", problem.replace("versions[1]", "versions[2]"))],
    );
}

#[test]
fn a_minimum_is_above_zero_not_above_the_maximum_and_worth_money() {
    let at = "rate_cards[card].versions[1]";
    let least = |minimum: &str, maximum: Option<&str>| {
        let mut row = json!({ "code": "any", "meter": "llm", "model": "per_unit", "price": "1", "minimum": minimum });
        if let Some(maximum) = maximum {
            row["maximum"] = maximum.into();
        }
        json!([row])
    };
    let rates = format!("{CARD}/rates");
    let of_card = format!("{CARD}/minimum");
    let overage = format!("{CARD}/overage");
    let price = json!({ "currency": "EUR", "price": "1" });
    let priced = |edits: &[(&str, Value)], want: &[&str]| {
        let mut edits = edits.to_vec();
        edits.push((overage.as_str(), price.clone()));
        check(&edits, want);
    };
    priced(&[(&rates, least("5", Some("5"))), (&of_card, json!("7"))], &[]);
    priced(&[(&rates, least("5.01", Some("5")))], &[&format!("bounds {at}.rates[any].minimum")]);
    priced(&[(&rates, least("0", None))], &[&format!("not_positive {at}.rates[any].minimum")]);
    priced(&[(&of_card, json!("0.001"))], &[&format!("too_many_decimals {at}.minimum")]);
    check(&[(&rates, least("5", None))], &[&format!("minimum {at}.rates[any].minimum")]);
    check(&[(&of_card, json!("5"))], &[&format!("minimum {at}.minimum")]);
}
