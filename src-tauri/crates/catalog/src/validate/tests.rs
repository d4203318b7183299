//! Validation from the outside: a document in, its problems out.

use super::*;
use crate::Catalog;

/// The problems of the sound document with `edit` applied, one a line: `code path`.
#[track_caller]
fn check(edit: impl FnOnce(&mut serde_json::Value), expected: &[&str]) {
    let mut value = sound();
    edit(&mut value);
    let document: Document = serde_json::from_value(value).unwrap();
    let found: Vec<String> =
        validate(&document).iter().map(|p| format!("{} {}", p.code, p.path)).collect();
    assert_eq!(found, expected);
}

fn sound() -> serde_json::Value {
    serde_json::json!({
        "format": "scrip-config/1",
        "entity": { "code": "nl", "name": "Example BV", "currency": "EUR",
                    "time_zone": "Europe/Amsterdam" },
        "units": [
            { "code": "credits", "kind": "credit", "scale": 2 },
            { "code": "tokens", "kind": "usage" },
        ],
        "meters": [{ "code": "llm", "unit": "tokens", "dimensions": [{ "name": "model" }] }],
        "wallet_types": [{ "code": "std", "unit": "credits", "versions": [
            { "version": 1, "effective_at": "2026-01-01" },
        ] }],
        "rate_cards": [{ "code": "card", "unit": "credits", "versions": [
            { "version": 1, "effective_at": "2026-01-01", "rates": [
                { "code": "any", "meter": "llm", "model": "per_unit", "price": "0.01" },
            ] },
        ] }],
        "customers": [{ "code": "acme", "country": "NL", "rate_cards": ["card"] }],
    })
}

#[test]
fn a_sound_document_becomes_a_catalog() {
    check(|_| {}, &[]);
    let document = serde_json::from_value(sound()).unwrap();
    let catalog = Catalog::try_new(document, 7).unwrap();
    assert_eq!(catalog.revision(), 7);
    assert!(catalog.card(&"card".parse().unwrap()).is_some());
}

#[test]
fn names_must_lead_somewhere() {
    check(|d| d["meters"][0]["unit"] = "bytes".into(), &["unknown_unit meters[llm].unit"]);
    check(
        |d| d["customers"][0]["rate_cards"] = serde_json::json!(["other"]),
        &["unknown_card customers[acme].rate_cards[other]"],
    );
}
