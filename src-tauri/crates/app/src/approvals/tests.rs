use std::collections::BTreeMap;

use scrip_catalog::{Choice, Document, Side};
use scrip_engine::operation::Verdict;
use scrip_store::SqliteStore;
use scrip_units::{OperationId, PlanCode};
use tempfile::TempDir;

use super::*;
use crate::drafts::Draft;
use crate::operate::{Mode, operate, read_lines};
use crate::{acts, config, drafts, waiting};

pub(crate) const PRICING: &str = r#"
format = "scrip-config/1"
entity = { code = "e", name = "E", currency = "EUR", time_zone = "Europe/Berlin" }
units = [{ code = "credits", kind = "credit", scale = 2 }, { code = "tokens", kind = "usage" }]
meters = [{ code = "llm", unit = "tokens" }]
customers = [{ code = "acme" }]

[[approvals]]
code = "money"
operations = ["refund_grant"]
approvers = ["ana", "ben"]
valid_days = 7

[[approvals]]
code = "prices"
operations = ["apply_configuration"]

[[wallet_types]]
code = "standard"
unit = "credits"
versions = [{ version = 1, effective_at = "2026-01-01" }]

[[rate_cards]]
code = "list"
unit = "credits"

[[rate_cards.versions]]
version = 1
effective_at = "2026-01-01"
rates = [{ code = "any", meter = "llm", model = "per_unit", price = "3", per = "1000" }]
"#;

const BOUGHT: &str = r#"{"op":"grant_credits","id":"inv-1","at":"2026-01-05T10:00:00Z","actor":"ana","customer":"acme","wallet":"standard","units":"100","kind":"purchased","price":{"net":"90.00","currency":"EUR"}}"#;
pub(crate) const REFUND: &str = r#"{"op":"refund_grant","id":"r-1","at":"2026-01-20T00:00:00Z","actor":"ana","customer":"acme","lot":"inv-1","units":"20","reason":"bought too many"}"#;

pub(crate) fn who(name: &str) -> Edge {
    Edge { now: "2026-02-01T00:00:00Z".parse().unwrap(), actor: name.parse().unwrap() }
}

pub(crate) fn id(text: &str) -> OperationId {
    OperationId::try_new(text).unwrap()
}

pub(crate) async fn books() -> (TempDir, Workspace<SqliteStore>) {
    books_of(PRICING).await
}

pub(crate) async fn books_of(pricing: &str) -> (TempDir, Workspace<SqliteStore>) {
    let folder = TempDir::new().unwrap();
    let workspace = Workspace::create(folder.path(), "w", who("ana").now).await.unwrap();
    let file = ("pricing.toml", pricing);
    config::apply(&workspace, &who("ana"), &id("c1"), file, Mode::Commit).await.unwrap();
    let bought = read_lines("", BOUGHT).unwrap();
    operate(&workspace, &who("ana"), "", &bought, Mode::Commit).await.unwrap();
    (folder, workspace)
}

/// A draft of the next version of the card, at this price from this day on.
pub(crate) async fn draft(
    workspace: &Workspace<SqliteStore>,
    name: &str,
    price: &str,
    from: &str,
) -> Draft {
    let live = workspace.catalog().await.unwrap().document().clone();
    let mut card = live.rate_cards[0].clone();
    let version = serde_json::json!({
        "version": card.versions.len() + 1, "effective_at": from, "status": "draft",
        "rates": [{ "code": "any", "meter": "llm", "model": "per_unit", "price": price, "per": "1000" }]
    });
    card.versions.push(serde_json::from_value(version).unwrap());
    let mut draft = Draft::new(PlanCode::try_new(name).unwrap(), 1, &who("ana"));
    draft.put_card(&live, card);
    drafts::save(workspace, &who("ana"), &draft).unwrap()
}

pub(crate) async fn ask_for(
    workspace: &Workspace<SqliteStore>,
    draft: &Draft,
    by: &str,
    request: &str,
) -> RequestView {
    let operation = id(&format!("{request}-applies"));
    let ids = (&id(request), &operation);
    let given = (&draft.name, draft.saved);
    ask_for_draft(workspace, &who(by), ids, Some("dearer"), given).await.unwrap().request
}

async fn approve(
    workspace: &Workspace<SqliteStore>,
    request: &RequestView,
    by: &str,
) -> Result<(), AppError> {
    let asked = (&id(&request.id), Verdict::Approve);
    decide(workspace, &who(by), asked, Some(&request.content), None).await.map(|_| ())
}

fn prices(document: &Document) -> Vec<(u32, String, String)> {
    let price = |version: &scrip_catalog::RateCardVersion| {
        serde_json::to_value(&version.rates[0]).unwrap()["price"].as_str().unwrap().to_owned()
    };
    let versions = document.rate_cards[0].versions.iter();
    versions.map(|v| (v.version, v.effective_at.to_string(), price(v))).collect()
}

#[tokio::test]
async fn an_act_tells_before_it_is_done_whom_it_needs_and_who_is_barred() {
    let (_folder, workspace) = books().await;
    let operation = read_lines("", REFUND).unwrap().remove(0).1;
    let preview = acts::preview(&workspace, &who("ana"), &operation).await.unwrap();
    let needs = preview.needs.unwrap();
    assert_eq!((needs.rule.as_str(), needs.anybody, needs.valid_days), ("money", false, 7));
    assert_eq!(needs.approvers, ["ben"], "nobody approves their own");
    let done = acts::confirm(&workspace, &who("ana"), &operation, &[]).await;
    assert!(done.is_err());
    assert!(!done.unwrap_err().to_string().contains("--"), "a use case knows of no command line");

    let asked = acts::ask(&workspace, &who("ana"), &id("q-1"), &operation).await.unwrap().request;
    assert_eq!(asked.reason.as_deref(), Some("bought too many"));
    let barred = |by: &'static str| {
        let workspace = &workspace;
        async move { show(workspace, &who(by), &id("q-1")).await.unwrap().barred }
    };
    let own = barred("ana").await;
    assert!(own.approve.unwrap().contains("somebody else has to"));
    assert!(own.reject.is_some() && own.withdraw.is_none() && own.renew.is_none());
    let second = barred("ben").await;
    assert!(second.approve.is_none() && second.reject.is_none());
    assert!(second.withdraw.is_some() && second.renew.is_some());
    assert!(barred("dora").await.approve.unwrap().contains("ana or ben may"));
    approve(&workspace, &asked, "ben").await.unwrap();
    let after = show(&workspace, &who("ben"), &id("q-1")).await.unwrap();
    assert!(after.barred.approve.unwrap().contains("decided by ben already"));
    let trail: Vec<_> =
        after.trail.iter().map(|row| (row.actor.as_str(), row.kind.as_str())).collect();
    let expected =
        [("ana", "request_approval"), ("ben", "decide_request"), ("ana", "refund_grant")];
    assert_eq!(trail, expected);
}

#[tokio::test]
async fn a_draft_is_in_review_while_a_request_holds_it_as_it_is_and_gone_once_it_is_approved() {
    let (_folder, workspace) = books().await;
    let first = draft(&workspace, "autumn", "4", "2026-10-01").await;
    let asked = ask_for(&workspace, &first, "ana", "q-1").await;
    let now = who("ana").now;
    let drafts_of = || async { waiting::waiting(&workspace, now).await.unwrap().drafts };
    assert_eq!(drafts_of().await[0].request.as_deref(), Some("q-1"));
    let cards = crate::cards::sheet::all(&workspace, now).await.unwrap();
    assert_eq!(cards.drafts[0].request.as_deref(), Some("q-1"));
    assert!(cards.reviews.is_empty(), "the draft stands for it");
    let ids = (&id("q-2"), &id("q-2-applies"));
    let again = (&first.name, first.saved);
    let twice = ask_for_draft(&workspace, &who("ana"), ids, Grounds::default(), again).await;
    assert!(twice.unwrap_err().to_string().contains("request q-1"));

    // Whoever goes on with it has a draft again, and the request is what it was.
    let mut more = first.clone();
    more.rate_cards[0].after.versions[1].effective_at = "2026-11-01".parse().unwrap();
    let more = drafts::save(&workspace, &who("ana"), &more).unwrap();
    assert_eq!(drafts_of().await[0].request, None);
    let cards = crate::cards::sheet::all(&workspace, now).await.unwrap();
    assert_eq!((cards.reviews[0].request.as_str(), cards.reviews[0].version), ("q-1", 2));
    let back = Draft { saved: more.saved, ..first };
    drafts::save(&workspace, &who("ana"), &back).unwrap();

    approve(&workspace, &asked, "ben").await.unwrap();
    assert!(drafts_of().await.is_empty(), "it is published");
    assert!(waiting::waiting(&workspace, now).await.unwrap().requests.is_empty());
    let live = workspace.catalog().await.unwrap();
    assert_eq!(prices(live.document())[1], (2, "2026-10-01".into(), "4".into()));
}

#[tokio::test]
async fn a_version_that_was_overtaken_is_renewed_as_the_next_one_and_its_draft_with_it() {
    let (_folder, workspace) = books().await;
    let mine = draft(&workspace, "mine", "4", "2026-12-01").await;
    let theirs = draft(&workspace, "theirs", "5", "2026-12-01").await;
    let first = ask_for(&workspace, &mine, "ana", "q-1").await;
    let second = ask_for(&workspace, &theirs, "ben", "q-2").await;
    approve(&workspace, &second, "ana").await.unwrap();
    let refused = approve(&workspace, &first, "ben").await.unwrap_err();
    assert!(refused.to_string().contains("configuration 1, and 2 is in force"), "{refused}");

    let mut chosen = BTreeMap::new();
    let view = merge(&workspace, &id("q-1"), &chosen).await.unwrap();
    assert_eq!((view.revision, view.now), (1, 2));
    assert!(view.merged.is_none() && view.conflicts.iter().all(|one| one.is_open));
    let told: Vec<_> = view.conflicts.iter().map(|one| one.what.as_str()).collect();
    let date = "rate_cards[list].versions[3].effective_at";
    let price = "rate_cards[list].versions[3].rates[any].price";
    assert_eq!(
        told,
        [
            "price of rate any, version 3, rate card list",
            "effective date of version 3, rate card list"
        ]
    );
    assert!(view.conflicts[1].conflict.needs_another, "two versions never take effect together");
    chosen.insert(price.to_owned(), Choice::Take(Side::Ours));
    chosen.insert(date.to_owned(), Choice::Take(Side::Ours));
    let view = merge(&workspace, &id("q-1"), &chosen).await.unwrap();
    assert!(view.conflicts[1].is_open && !view.conflicts[0].is_open);
    chosen.insert(date.to_owned(), Choice::Set("2027-01-01".to_owned()));
    let view = merge(&workspace, &id("q-1"), &chosen).await.unwrap();
    let merged: Vec<_> = view.merged.into_iter().flatten().map(|change| change.what).collect();
    assert_eq!(
        merged,
        [
            "effective date of version 3, rate card list",
            "price of rate any, version 3, rate card list"
        ]
    );
    assert_eq!(view.problems, Vec::<String>::new());

    let by_another = renew(&workspace, &who("ben"), (&id("q-1"), &id("q-3")), &chosen).await;
    assert!(by_another.unwrap_err().to_string().contains("alone can ask for it again"));
    let renewed = renew(&workspace, &who("ana"), (&id("q-1"), &id("q-3")), &chosen).await.unwrap();
    let waits = waiting::waiting(&workspace, who("ana").now).await.unwrap();
    assert_eq!(waits.drafts.len(), 1);
    assert_eq!(waits.drafts[0].request.as_deref(), Some("q-3"), "the draft moved with it");
    approve(&workspace, &renewed.request, "ben").await.unwrap();
    let live = workspace.catalog().await.unwrap();
    let expected = [
        (1, "2026-01-01".to_owned(), "3".to_owned()),
        (2, "2026-12-01".to_owned(), "5".to_owned()),
        (3, "2027-01-01".to_owned(), "4".to_owned()),
    ];
    assert_eq!(prices(live.document()), expected);
    assert!(drafts::list(&workspace).unwrap().is_empty());
}

#[tokio::test]
async fn what_cannot_be_put_away_after_an_approval_is_told() {
    let (folder, workspace) = books().await;
    let draft = draft(&workspace, "dearer", "4", "2026-03-01").await;
    let request = ask_for(&workspace, &draft, "ana", "please").await;
    // A folder of drafts that cannot be read.
    let drafts = folder.path().join(drafts::DRAFTS_FOLDER);
    std::fs::remove_dir_all(&drafts).unwrap();
    std::fs::write(&drafts, "").unwrap();
    let asked = (&id(&request.id), Verdict::Approve);
    let decided = decide(&workspace, &who("ben"), asked, Some(&request.content), None).await;
    let decided = decided.unwrap();
    assert_eq!(decided.request.state, State::Approved);
    let [left] = decided.left.as_slice() else { panic!("{decided:?}") };
    assert!(left.starts_with("the drafts cannot be put away"), "{left}");
}
