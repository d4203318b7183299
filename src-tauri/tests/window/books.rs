//! Workspaces for the journeys.

use std::path::Path;

use scrip_app::operate::{Mode, operate, read_lines};
use scrip_app::template::{self, Extent, NewWorkspace};
use scrip_app::{Edge, Workspace, approvals, config, drafts};
use scrip_engine::operation::Verdict;
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

/// Adds rules to the configuration of a workspace: anybody else approves prices and the close of a month,
/// Ben Visser and the tester approve what is done to credits.
pub(crate) fn add_rules(folder: &Path) {
    const RULES: &str = r#"
[[approvals]]
code = "prices"
operations = ["apply_configuration", "close_period"]

[[approvals]]
code = "money"
operations = ["refund_grant", "transfer_units", "extend_lot", "adjust_balance"]
approvers = ["Ben_Visser", "tester"]
valid_days = 7
"#;
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        let books = Workspace::open(folder, Access::ReadWrite).await.expect("the workspace");
        let text = config::export(&books, config::Format::Toml).await.expect("a configuration");
        let id = OperationId::try_new("rules").expect("an id");
        let file = ("ruled.toml", format!("{text}{RULES}"));
        config::apply(&books, &edge(), &id, (file.0, &file.1), Mode::Commit)
            .await
            .expect("the rules are valid");
        books.close().await.expect("its ledger closes");
    });
}

/// Publishes another version 3 of the card `table`, as two people on the command line would while the window
/// is open: from the same day on, with other prices of two rates.
pub(crate) fn publish_meanwhile(folder: &Path, effective_at: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let who = |name: &str| Edge { actor: Actor::try_new(name).expect("an actor"), ..edge() };
    let id = |text: &str| OperationId::try_new(text).expect("an id");
    runtime.block_on(async {
        let books = Workspace::open(folder, Access::ReadWrite).await.expect("the workspace");
        let catalog = books.catalog().await.expect("a configuration");
        let live = catalog.document();
        let card = live.rate_cards.iter().find(|card| card.code.as_str() == "table");
        let mut value = serde_json::to_value(card.expect("the card")).expect("a value");
        let versions = value["versions"].as_array_mut().expect("versions");
        let mut next = versions.last().expect("a version").clone();
        next["version"] = (versions.len() + 1).into();
        next["effective_at"] = effective_at.into();
        next["status"] = "draft".into();
        for rate in next["rates"].as_array_mut().expect("rates") {
            match rate["code"].as_str() {
                Some("warehouse-xs") => rate["price"] = "1.25".into(),
                Some("warehouse-l") => rate["price"] = "9.00".into(),
                _ => {}
            }
        }
        versions.push(next);
        let mut draft = drafts::Draft::new("theirs".parse().expect("a name"), 2, &who("carla"));
        draft.put_card(live, serde_json::from_value(value).expect("a card"));
        let draft = drafts::save(&books, &who("carla"), &draft).expect("it is saved");
        let ids = (&id("theirs"), &id("theirs-applies"));
        let given = (&draft.name, draft.saved);
        let asked = approvals::ask_for_draft(&books, &who("carla"), ids, None, given)
            .await
            .expect("it is asked for");
        let verdict = (ids.0, Verdict::Approve);
        let content = asked.request.content.as_str();
        approvals::decide(&books, &who("dora"), verdict, Some(content), None)
            .await
            .expect("it is approved");
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

/// Makes a workspace with a configuration that names the entity and nothing else.
pub(crate) fn nothing_yet(folder: &Path) {
    let document = serde_json::json!({
        "format": "scrip-config/1",
        "entity": { "code": "new", "name": "New Company", "currency": "EUR", "time_zone": "Europe/Lisbon" },
    });
    made_of(&document, "", folder);
}

/// Makes a workspace with a wallet that is told of when less than 100 credits can be used.
pub(crate) fn watched(folder: &Path) {
    let document = serde_json::json!({
        "format": "scrip-config/1",
        "entity": { "code": "e", "name": "E", "currency": "EUR", "time_zone": "Europe/Lisbon" },
        "units": [{ "code": "credits", "kind": "credit" }],
        "wallet_types": [{
            "code": "capacity", "unit": "credits",
            "versions": [{
                "version": 1, "effective_at": "2026-01-01",
                "alerts": [{ "code": "nearly-empty", "below": "100" }],
            }],
        }],
        "customers": [{ "code": "cascade", "name": "Cascade" }],
    });
    made_of(&document, "", folder);
}

/// The code of the customer with a long name.
pub(crate) const LONG_CUSTOMER_CODE: &str = "norddeutsche-gesellschaft-fuer-spracherkennung";
const LONG_CUSTOMER: &str =
    "Norddeutsche Gesellschaft für angewandte Spracherkennung und Übersetzung mbH & Co. KG";

/// Makes a workspace in which everything is called as long as names get, with a customer who has lots of
/// every kind in several wallets, some of it held.
pub(crate) fn long_names(folder: &Path) {
    let version = |more: serde_json::Value| {
        let mut version = serde_json::json!({ "version": 1, "effective_at": "2026-01-01" });
        if let (Some(version), Some(more)) = (version.as_object_mut(), more.as_object()) {
            version.extend(more.clone());
        }
        serde_json::json!([version])
    };
    let document = serde_json::json!({
        "format": "scrip-config/1",
        "entity": {
            "code": "sita", "currency": "EUR", "time_zone": "Europe/Amsterdam",
            "name": "Société internationale de télécommunications aéronautiques et maritimes N.V.",
        },
        "units": [
            { "code": "realtime_transcription_tokens", "kind": "usage" },
            { "code": "transcribed_minutes", "kind": "usage", "scale": 4 },
            { "code": "enterprise_speech_credits", "kind": "credit", "scale": 6 },
        ],
        "meters": [{
            "code": "realtime-speech-recognition", "unit": "realtime_transcription_tokens",
            "dimensions": [{ "name": "deployment_region" }],
        }],
        "conversions": [{
            "code": "realtime-tokens-to-minutes", "from": "realtime_transcription_tokens",
            "to": "transcribed_minutes",
            "versions": version(serde_json::json!({ "factors": [
                { "match": { "deployment_region": "europe-west-3-frankfurt" }, "operation": "divide", "factor": "1500" },
                { "operation": "divide", "factor": "750" },
            ]})),
        }],
        "wallet_types": [
            {
                "code": "enterprise-committed-speech-capacity", "unit": "enterprise_speech_credits",
                "name": "Enterprise committed speech capacity, billed yearly in advance",
                "versions": version(serde_json::json!({
                    "expiry": { "rule": "after", "months": 12 }, "beyond": "overage",
                })),
            },
            {
                "code": "goodwill-and-compensation", "unit": "enterprise_speech_credits",
                "name": "Goodwill and compensation for interruptions of the service",
                "versions": version(serde_json::json!({ "priority": 10 })),
            },
        ],
        "rate_cards": [{
            "code": "enterprise-speech-by-region", "unit": "enterprise_speech_credits",
            "name": "Enterprise speech recognition, by region of the deployment",
            "versions": version(serde_json::json!({
                "unmatched": "reject", "overage": { "currency": "EUR", "price": "0.035" },
                "rates": [{
                    "code": "any", "meter": "realtime-speech-recognition",
                    "quantity_unit": "transcribed_minutes", "model": "per_unit", "price": "1",
                }],
            })),
        }],
        "plans": [{
            "code": "enterprise-committed-yearly",
            "name": "Enterprise, committed for a year and paid in advance by quarter",
            "versions": version(serde_json::json!({
                "grants": [{
                    "code": "committed-capacity-of-the-quarter", "kind": "purchased",
                    "wallet_type": "enterprise-committed-speech-capacity", "units": "250000",
                    "price": { "amount": "1234567.89", "currency": "EUR" }, "every": { "months": 3 },
                }],
            })),
        }],
        "approvals": [{
            "code": "money-that-leaves-the-company-or-changes-what-a-customer-holds",
            "operations": [
                "refund_grant", "void_lot", "extend_lot", "transfer_units", "convert_units",
                "adjust_balance", "write_off", "credit_note",
            ],
            "approvers": ["annemarie.van-den-oudenrijn", "maximilian-alexander.von-hohenberg"],
            "valid_days": 366,
        }],
        "customers": [{
            "code": LONG_CUSTOMER_CODE, "name": LONG_CUSTOMER,
            "plan": "enterprise-committed-yearly", "country": "DE",
            "tags": ["strategic-account", "quarterly-business-review", "pilot-of-realtime"],
        }],
    });
    let act = |text: &str| {
        let whose = r#""actor":"annemarie.van-den-oudenrijn","customer":"norddeutsche-gesellschaft-fuer-spracherkennung""#;
        text.replace("WHOSE", whose)
    };
    let history = act(
        r#"{"op":"grant_credits","id":"framework-agreement-2026/first-quarter","at":"2026-01-05T09:00:00Z",WHOSE,"wallet":"enterprise-committed-speech-capacity","units":"250000","kind":"purchased","price":{"net":"1234567.89","tax":"234567.90","currency":"EUR"}}
{"op":"grant_credits","id":"framework-agreement-2026/volume-bonus","at":"2026-01-05T09:01:00Z",WHOSE,"wallet":"enterprise-committed-speech-capacity","units":"25000","kind":"bonus"}
{"op":"grant_credits","id":"launch-promotion","at":"2026-02-05T09:00:00Z",WHOSE,"wallet":"enterprise-committed-speech-capacity","units":"5000","kind":"promotional","expires_at":"2026-12-15"}
{"op":"grant_credits","id":"interruption-of-12-march","at":"2026-03-15T09:00:00Z",WHOSE,"wallet":"goodwill-and-compensation","units":"1000","kind":"compensation"}
{"op":"place_hold","id":"batch-of-call-recordings","at":"2026-10-30T10:00:00Z",WHOSE,"wallet":"enterprise-committed-speech-capacity","units":"12345.678901","hold":"batch-of-call-recordings-of-october"}
{"op":"record_usage","id":"use-1","at":"2026-10-31T10:00:00Z",WHOSE,"events":[{"key":"e1","meter":"realtime-speech-recognition","quantity":"90000000","occurred_at":"2026-10-30T10:00:00Z","dimensions":{"deployment_region":"europe-west-3-frankfurt"}}]}
"#,
    );
    made_of(&document, &history, folder);
    let refund = act(
        r#"{"op":"refund_grant","id":"refund-1","at":"2026-11-01T09:00:00Z",WHOSE,"lot":"framework-agreement-2026/first-quarter","units":"1000","reason":"agreed in the quarterly business review: the pilot of realtime transcription begins a quarter later than was planned"}"#,
    );
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let who = Actor::try_new("annemarie.van-den-oudenrijn").expect("an actor");
    let asks = Edge { actor: who, ..edge() };
    runtime.block_on(async {
        let books = Workspace::open(folder, Access::ReadWrite).await.expect("the workspace");
        let operations = read_lines("", &refund).expect("an operation");
        let id = OperationId::try_new(LONG_REQUEST).expect("an id");
        let reason = operations[0].1.reason.clone();
        approvals::ask(&books, &asks, (&id, reason.as_deref().into()), "", &operations)
            .await
            .expect("it is asked for");
    });
}

/// A request with a long id.
pub(crate) const LONG_REQUEST: &str =
    "refund-agreed-in-the-quarterly-business-review-of-november-2026";

/// Makes a workspace with a configuration, and applies operations to it.
fn made_of(document: &serde_json::Value, operations: &str, folder: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let edge = edge();
    runtime.block_on(async {
        let workspace = Workspace::create(folder, "made", edge.now).await.expect("a workspace");
        let id = OperationId::try_new("configuration").expect("an id");
        let file = ("made.json", document.to_string());
        config::apply(&workspace, &edge, &id, (file.0, &file.1), Mode::Commit)
            .await
            .expect("the configuration is valid");
        if !operations.is_empty() {
            let lines = read_lines("made", operations).expect("operations");
            operate(&workspace, &edge, "made", &lines, Mode::Commit).await.expect("they apply");
        }
        workspace.close().await.expect("its ledger closes");
    });
}
