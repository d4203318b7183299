//! Chains of the configurations that ship, and what a draft of a conversion does to one.

use std::collections::BTreeMap;

use scrip_store::SqliteStore;
use scrip_units::OperationId;
use tempfile::TempDir;

use super::*;
use crate::designing;
use crate::operate::Mode;
use crate::session::Edge;
use crate::workspace::Workspace;

const PRICING: &str = r#"
format = "scrip-config/1"
entity = { code = "e", name = "E", currency = "EUR", time_zone = "Europe/Berlin" }
units = [
    { code = "tokens", kind = "usage" },
    { code = "minutes", kind = "usage", scale = 4 },
    { code = "credits", kind = "credit", scale = 2 },
]
meters = [{ code = "speech", unit = "tokens", dimensions = [{ name = "model", values = ["a", "b"] }] }]

[[conversions]]
code = "tokens-to-minutes"
from = "tokens"
to = "minutes"
versions = [{ version = 1, effective_at = "2026-01-01", factors = [
    { match = { model = "a" }, operation = "divide", factor = "1500" },
    { operation = "divide", factor = "750" },
] }]

[[wallet_types]]
code = "standard"
name = "Standard"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-01-01", beyond = "overage" }]

[[rate_cards]]
code = "list"
unit = "credits"

[[rate_cards.versions]]
version = 1
effective_at = "2026-01-01"
overage = { currency = "EUR", price = "0.035" }
rates = [
    { code = "any", meter = "speech", quantity_unit = "minutes", model = "per_unit", price = "1.5", per = "10" },
]
"#;

fn edge() -> Edge {
    Edge { now: "2026-03-10T09:00:00Z".parse().unwrap(), actor: "ana".parse().unwrap() }
}

async fn books() -> (TempDir, Workspace<SqliteStore>) {
    let folder = TempDir::new().unwrap();
    let workspace = Workspace::create(folder.path(), "w", edge().now).await.unwrap();
    let id = OperationId::try_new("c1").unwrap();
    let file = ("pricing.toml", PRICING);
    crate::config::apply(&workspace, &edge(), &id, file, Mode::Commit).await.unwrap();
    (folder, workspace)
}

/// A chain in a line: each link between its units.
fn told(chain: &Chain) -> String {
    let mut line = chain.from.clone();
    for step in &chain.steps {
        let links = step.links.iter().map(|link| format!("{} {}", link.code, link.version));
        line += &format!(" -[{}]-> {}", links.collect::<Vec<_>>().join(", "), step.to);
    }
    line
}

#[test]
fn a_chain_leads_from_tokens_over_minutes_and_credits_to_money() {
    let document = Document::from_toml(PRICING).unwrap();
    let chains = chains(&document, edge().now);
    assert_eq!(chains.len(), 1);
    assert_eq!(
        told(&chains[0]),
        "tokens -[tokens-to-minutes 1]-> minutes -[list 1]-> credits -[standard 1]-> money"
    );
    let words: Vec<_> =
        chains[0].steps.iter().flat_map(|step| &step.links).map(|link| &link.words[0]).collect();
    assert_eq!(words[0], "÷ 1,500 where model = a");
    assert_eq!(words[1], "1.5 credits for 10 minutes");
    let last = &chains[0].steps[2];
    assert_eq!(
        last.words,
        "what was paid for the lot that burns; beyond the wallets 0.035 EUR for 1 credits"
    );
}

#[test]
fn every_template_has_a_whole_chain_for_each_meter_that_it_prices() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    for template in crate::template::list().unwrap() {
        let file = format!("{folder}/{}/configuration.toml", template.name);
        let document = Document::from_toml(&std::fs::read_to_string(file).unwrap()).unwrap();
        let chains = chains(&document, edge().now);
        assert!(!chains.is_empty(), "{}", template.name);
        for chain in chains {
            let is_whole = chain.steps.iter().all(|step| !step.links.is_empty());
            assert!(is_whole, "{}: {}", template.name, told(&chain));
        }
    }
}

#[tokio::test]
async fn a_conversion_is_designed_and_its_draft_is_seen_in_the_chain() {
    let (_folder, workspace) = books().await;
    let code: ConversionCode = "tokens-to-minutes".parse().unwrap();
    let number = designing::begin::<Conversion, _>(&workspace, &edge(), code.as_str()).await;
    assert_eq!(number.unwrap(), 2);
    let form = designing::form::<Conversion, _>(&workspace, code.as_str()).await.unwrap();
    assert_eq!(form.fields["factors[0].match.model"], "a");
    assert_eq!(form.faults, []);
    let mut fields: BTreeMap<_, _> = form.fields.clone();
    fields.insert("factors[1].factor".into(), "0".into());
    let save = (form.saved, &fields);
    let wrong = designing::save::<Conversion, _>(&workspace, &edge(), code.as_str(), save).await;
    let wrong = wrong.unwrap();
    assert_eq!(wrong.faults[0].field, "factors[1].factor", "{:?}", wrong.faults);
    fields.insert("factors[1].factor".into(), "600".into());
    let save = (wrong.saved, &fields);
    let right = designing::save::<Conversion, _>(&workspace, &edge(), code.as_str(), save).await;
    let right = right.unwrap();
    assert_eq!(right.faults, []);

    let seen = designing::seen(&workspace).await.unwrap();
    let page = conversion(&seen, (&code, Some(2)), edge().now).unwrap();
    assert_eq!(page.dimensions, ["model"]);
    let example = |n: usize| page.factors[n].example.clone().unwrap();
    assert_eq!(example(0), "1,000,000 tokens become 666.6667 minutes");
    assert_eq!(example(1), "1,000,000 tokens become 1,666.6667 minutes");
    assert_eq!(page.chains[0].steps[0].links[0].version, 2, "the draft stands in the chain");
    let live = conversion(&seen, (&code, None), edge().now).unwrap();
    assert_eq!(live.shown.version, 1, "and nothing is in force yet");

    let act = (&OperationId::try_new("p1").unwrap(), Mode::Commit);
    let what = (code.as_str(), right.saved);
    designing::publish::<Conversion, _>(&workspace, &edge(), act, what).await.unwrap();
    let seen = designing::seen(&workspace).await.unwrap();
    let page = conversion(&seen, (&code, Some(2)), edge().now).unwrap();
    assert_eq!(page.shown.state, crate::cards::VersionState::Scheduled);
}

#[tokio::test]
async fn a_new_conversion_needs_two_units_that_no_other_one_connects() {
    let (_folder, workspace) = books().await;
    let begin = async |code: &str, from: &str, to: &str| {
        let code: ConversionCode = code.parse().unwrap();
        let ends = (from.parse().unwrap(), to.parse().unwrap());
        begin_new(&workspace, &edge(), (&code, ends.0, ends.1)).await.map_err(|e| e.to_string())
    };
    for (from, to, why) in [
        ("tokens", "minutes", "conversion tokens-to-minutes converts tokens to minutes"),
        ("tokens", "tokens", "tokens is both"),
        ("tokens", "pages", "there is no unit pages"),
    ] {
        let refused = begin("new", from, to).await.unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
    assert_eq!(begin("credit-in-euro", "credits", "EUR").await.unwrap(), 1);
    let form = designing::form::<Conversion, _>(&workspace, "credit-in-euro").await.unwrap();
    assert!(form.faults.iter().any(|fault| fault.field == "factors"), "{:?}", form.faults);
    let listed = conversions(&designing::seen(&workspace).await.unwrap(), edge().now);
    let codes: Vec<_> = listed.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["tokens-to-minutes", "credit-in-euro"]);
    assert!(!listed[1].between_currencies);
}
