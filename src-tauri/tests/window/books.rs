//! Workspaces for the journeys.

use std::path::Path;

use scrip_app::operate::{Mode, operate, read_lines};
use scrip_app::template::{self, Extent, NewWorkspace};
use scrip_app::{Edge, Workspace, config, drafts};
use scrip_store::Mode as Access;
use scrip_units::{Actor, Instant, OperationId};

/// Makes a workspace with a month of usage from a template.
pub(crate) fn month_of(template: &str, folder: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let edge = edge();
    let new = NewWorkspace { dir: folder, id: "window-journeys", extent: Extent::Month };
    runtime.block_on(async {
        let (workspace, _) = template::create(template, new, &edge).await.expect("a workspace");
        workspace.close().await.expect("its ledger closes");
    });
}

fn edge() -> Edge {
    Edge {
        now: "2026-11-02T09:00:00Z".parse::<Instant>().expect("an instant"),
        actor: Actor::try_new("tester").expect("an actor"),
    }
}

/// Gives a customer units, as somebody on the command line would while the window is open.
pub(crate) fn grant(folder: &Path, customer: &str, id: &str, units: &str) {
    let line = format!(
        r#"{{"op":"grant_credits","id":"{id}","at":"2026-10-31T12:00:00Z","actor":"ana","customer":"{customer}","wallet":"capacity","units":"{units}","kind":"promotional"}}"#
    );
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        let books = Workspace::open(folder, Access::ReadWrite).await.expect("the workspace");
        let operations = read_lines("test", &line).expect("an operation");
        operate(&books, &edge(), "test", &operations, Mode::Commit).await.expect("it is granted");
    });
}

/// Begins a draft that changes nothing yet.
pub(crate) fn begin_draft(folder: &Path, name: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        let books = Workspace::open(folder, Access::ReadOnly).await.expect("the workspace");
        let draft = drafts::Draft::new(name.parse().expect("a name"), 1, &edge());
        drafts::save(&books, &edge(), &draft).expect("it is saved");
    });
}

/// Makes a workspace with a card of so many rates, for two regions each.
pub(crate) fn card_of(rates: usize, folder: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let edge = edge();
    let rates: Vec<_> = (0..rates)
        .map(|n| {
            let (model, region) = (format!("model-{:04}", n / 2), ["eu", "us"][n % 2]);
            serde_json::json!({
                "code": format!("{model}-{region}"), "meter": "calls", "model": "per_unit",
                "match": { "model": model, "region": region },
                "price": format!("{}.{:03}", n / 100 + 1, n % 1000), "per": "1000",
            })
        })
        .collect();
    let document = serde_json::json!({
        "format": "scrip-config/1",
        "entity": { "code": "e", "name": "E", "currency": "EUR", "time_zone": "Europe/Amsterdam" },
        "units": [
            { "code": "credits", "kind": "credit", "scale": 3 },
            { "code": "calls", "kind": "usage" },
        ],
        "meters": [{
            "code": "calls", "unit": "calls",
            "dimensions": [{ "name": "model" }, { "name": "region" }],
        }],
        "wallet_types": [{
            "code": "standard", "unit": "credits",
            "versions": [{ "version": 1, "effective_at": "2026-01-01" }],
        }],
        "rate_cards": [{
            "code": "large", "unit": "credits",
            "versions": [{
                "version": 1, "effective_at": "2026-01-01", "unmatched": "reject", "rates": rates,
            }],
        }],
    });
    runtime.block_on(async {
        let workspace = Workspace::create(folder, "large", edge.now).await.expect("a workspace");
        let id = OperationId::try_new("prices").expect("an id");
        let file = ("large.json", document.to_string());
        config::apply(&workspace, &edge, &id, (file.0, &file.1), Mode::Commit)
            .await
            .expect("the card is valid");
        workspace.close().await.expect("its ledger closes");
    });
}
