//! What is wrong with cost cards, and which prices are below cost.

use super::validate;
use crate::Severity;
use crate::document::Document;

const HEAD: &str = r#"
format = "scrip-config/1"
entity = { code = "e", name = "E", currency = "EUR", time_zone = "UTC" }
units = [{ code = "credits", kind = "credit", scale = 2 }, { code = "tokens", kind = "usage" }]

[[meters]]
code = "llm"
unit = "tokens"
dimensions = [{ name = "model", values = ["large", "small"] }, { name = "kind", values = ["in", "out"] }]

[[wallet_types]]
code = "standard"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-01-01" }]
"#;

fn prices(rates: &str) -> String {
    format!(
        "[[rate_cards]]\ncode = \"list\"\nunit = \"credits\"\nversions = [{{ version = 1, effective_at = \"2026-01-01\", overage = {{ currency = \"EUR\", price = \"0.10\" }}, rates = [{rates}] }}]\n"
    )
}

fn costs(rates: &str) -> String {
    format!(
        "[[cost_cards]]\ncode = \"cloud\"\ncurrency = \"EUR\"\nversions = [{{ version = 1, effective_at = \"2026-01-01\", rates = [{rates}] }}]\n"
    )
}

fn found(text: &str) -> Vec<String> {
    let document = Document::from_toml(&format!("{HEAD}{text}")).unwrap();
    let problems = validate(&document).into_iter();
    problems
        .map(|p| {
            let mark = if p.severity == Severity::Warning { "?" } else { "" };
            format!("{mark}{} {}", p.code.as_str(), p.path)
        })
        .collect()
}

const LARGE: &str = r#"{ code = "large", meter = "llm", match = { model = "large" }, model = "per_unit", price = "3", per = "1000" }"#;
const ANY: &str =
    r#"{ code = "any", meter = "llm", model = "per_unit", price = "1", per = "1000" }"#;

#[test]
fn a_price_below_cost_is_named_where_it_stands() {
    let both = format!("{LARGE}, {ANY}");
    // Large is 0.30 EUR a thousand, any 0.10.
    let at = "?price_below_cost rate_cards[list].versions[1].rates";
    for (rates, want) in [
        (r#"{ code = "a", meter = "llm", cost = "0.10", per = "1000" }"#, vec![]),
        (
            r#"{ code = "a", meter = "llm", cost = "0.1001", per = "1000" }"#,
            vec![format!("{at}[any]")],
        ),
        (
            r#"{ code = "a", meter = "llm", cost = "0.31", per = "1000" }"#,
            vec![format!("{at}[large]"), format!("{at}[any]")],
        ),
        // Costs tell kinds apart where prices do not: the dearest decides.
        (
            r#"{ code = "a", meter = "llm", cost = "0.05", per = "1000" }, { code = "o", meter = "llm", match = { model = "large", kind = "out" }, cost = "0.40", per = "1000" }"#,
            vec![format!("{at}[large]")],
        ),
        // A row for another model is no cost of this one.
        (
            r#"{ code = "a", meter = "llm", cost = "0", per = "1000" }, { code = "l", meter = "llm", match = { model = "large" }, cost = "0.2", per = "1000" }"#,
            vec![],
        ),
    ] {
        assert_eq!(found(&format!("{}{}", prices(&both), costs(rates))), want, "{rates}");
    }
    let tiers = r#"{ code = "any", meter = "llm", model = "graduated", tiers = [{ up_to = "1000", price = "2" }, { price = "0.001" }] }"#;
    let cost = r#"{ code = "a", meter = "llm", cost = "0.0002" }"#;
    let second = [format!("{at}[any].tiers[1]")];
    assert_eq!(found(&format!("{}{}", prices(tiers), costs(cost))), second);
}

/// Prices a token of two models as published by their providers (rows of LiteLLM 1.109.1,
/// `model_prices_and_context_window_backup.json`): resold at the same price they are not below cost, and
/// the smallest step below is.
#[test]
fn published_prices_are_compared_exactly() {
    for (cost, below) in [
        // novita/nvidia/nemotron-3-nano-30b-a3b, input: 5.0000000000000004e-08.
        ("0.000000050000000000000004", "0.00000005"),
        // fireworks_ai/accounts/fireworks/models/SSD-1B, input: 1.3e-10.
        ("0.00000000013", "0.0000000001299999"),
        // fireworks_ai/WhereIsAI/UAE-Large-V1, input: 1.6e-08.
        ("0.000000016", "0.000000015999999"),
    ] {
        let card = |price: &str| {
            let rate = format!(
                r#"{{ code = "any", meter = "llm", model = "per_unit", price = "{price}" }}"#
            );
            let cost = format!(r#"{{ code = "a", meter = "llm", cost = "{cost}" }}"#);
            // A credit is worth one euro here, so that both are in the same unit.
            found(&format!("{}{}", prices(&rate).replace("0.10", "1"), costs(&cost)))
        };
        assert_eq!(card(cost), [""; 0], "{cost}");
        assert_eq!(card(below), ["?price_below_cost rate_cards[list].versions[1].rates[any]"]);
    }
}

#[test]
fn what_is_wrong_with_costs_is_what_would_be_wrong_with_prices() {
    let any = r#"{ code = "a", meter = "llm", cost = "0.01" }"#;
    for (text, want) in [
        (
            costs(r#"{ code = "a", meter = "gpu", cost = "1" }"#),
            "unknown_meter cost_cards[cloud].versions[1].rates[a].meter",
        ),
        (
            costs(r#"{ code = "a", meter = "llm", cost = "-1" }"#),
            "negative cost_cards[cloud].versions[1].rates[a].cost",
        ),
        (
            costs(r#"{ code = "a", meter = "llm", match = { model = "huge" }, cost = "1" }"#),
            "unknown_value cost_cards[cloud].versions[1].rates[a].match.model",
        ),
        (
            costs(r#"{ code = "a", meter = "llm", match = { model = "large" }, cost = "1" }"#),
            "?hole cost_cards[cloud].versions[1].rates",
        ),
        (costs(&format!("{any}, {any}")), "duplicate_code cost_cards[cloud].versions[1].rates[a]"),
        (costs(any).replace("EUR", "credits"), "not_a_currency cost_cards[cloud].currency"),
        (
            format!("{}{}", costs(any), costs(any).replace("cloud", "other")),
            "ambiguous_cards cost_cards[other].versions[1]",
        ),
    ] {
        let found = found(&text);
        assert!(found.iter().any(|f| f == want), "{want}: {found:?}");
    }
}

#[test]
fn usage_without_values_needs_a_cost_only_where_it_has_a_price() {
    let by_model = r#"{ code = "l", meter = "llm", match = { model = "large" }, cost = "0.0001" }, { code = "s", meter = "llm", match = { model = "small" }, cost = "0.0001" }"#;
    let small = LARGE.replace("large", "small");
    let blank = "?hole_without_values cost_cards[cloud].versions[1].rates".to_owned();
    let has =
        |rates: &str| found(&format!("{}{}", prices(rates), costs(by_model))).contains(&blank);
    assert!(has(&format!("{LARGE}, {ANY}")), "any prices it");
    assert!(!has(&format!("{LARGE}, {small}")), "it is refused");
}
