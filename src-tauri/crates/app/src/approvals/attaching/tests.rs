//! Previews with requests: what is attached, that the content covers it, and which one may go.

use std::ops::ControlFlow;

use scrip_engine::Action;
use scrip_engine::operation::{Proposed, Verdict};
use scrip_preview::Timing;
use scrip_store::SqliteStore;
use tempfile::TempDir;

use super::*;
use crate::approvals::tests::{ask_for, books, draft, id, who};
use crate::approvals::{ask_for_draft, decide, renew, show};
use crate::drafts::Draft;
use crate::operate::{Mode, operate, read_lines};
use crate::outbox::tests::{follow, pull_second};
use crate::preview::{AskedDrafts, finish};
use crate::{outbox, verify, waiting};

type Books = Workspace<SqliteStore>;

const USED: &str = r#"{"op":"record_usage","id":"u-1","at":"2026-01-20T10:00:00Z","actor":"ana","customer":"acme","events":[{"key":"a-1","meter":"llm","quantity":"10000"}]}"#;

async fn do_lines(workspace: &Books, lines: &str) {
    let lines = read_lines("", lines).unwrap();
    operate(workspace, &who("ana"), "", &lines, Mode::Commit).await.unwrap();
}

/// Books with usage, and a draft that more than doubles the price.
async fn used() -> (TempDir, Books, Draft) {
    let (folder, workspace) = books().await;
    do_lines(&workspace, USED).await;
    let dearer = draft(&workspace, "dearer", "7", "2026-03-01").await;
    (folder, workspace, dearer)
}

fn code(text: &str) -> PlanCode {
    PlanCode::try_new(text).unwrap()
}

/// Runs January with these drafts, each in a scenario of its own.
async fn run(workspace: &Books, drafts: &[&str]) -> Finished {
    let asked = AskedDrafts {
        scenarios: drafts.iter().map(|name| ((*name).to_owned(), vec![code(name)])).collect(),
        timing: Timing::SinceWindow,
        from: "2026-01-01".parse().unwrap(),
        through: "2026-01-31".parse().unwrap(),
        customers: Vec::new(),
    };
    let asked = asked.request(workspace).await.unwrap();
    finish(workspace, &who("carla"), asked, &mut |_| ControlFlow::Continue(())).await.unwrap()
}

/// The same, kept under a name.
async fn keep(workspace: &Books, name: &str, drafts: &[&str]) -> PlanCode {
    let (name, finished) = (code(name), run(workspace, drafts).await);
    kept::keep(workspace, (&name, ""), &finished).unwrap();
    name
}

async fn ask(
    workspace: &Books,
    draft: &Draft,
    request: &str,
    preview: &PlanCode,
) -> Result<super::super::RequestView, AppError> {
    let operation = id(&format!("{request}-applies"));
    let (request, grounds) = (id(request), Grounds::new(Some("dearer"), Some(preview)));
    let what = (&draft.name, draft.saved);
    let asked = ask_for_draft(workspace, &who("ana"), (&request, &operation), grounds, what).await;
    asked.map(|asked| asked.request)
}

#[tokio::test]
async fn what_a_preview_found_goes_with_the_request_and_its_content_covers_it() {
    let (folder, workspace, dearer) = used().await;
    draft(&workspace, "cheaper", "2", "2026-03-01").await;
    let name = keep(&workspace, "january", &["cheaper", "dearer"]).await;
    let asked = ask(&workspace, &dearer, "q-1", &name).await.unwrap();
    assert_eq!(asked.preview.as_deref(), Some("january"));
    let shown = show(&workspace, &who("ben"), &id("q-1")).await.unwrap();
    let attached = shown.preview.unwrap();
    let preview = &attached.preview;
    assert_eq!(
        (preview.scenario.as_str(), preview.others.as_slice()),
        ("dearer", &["cheaper".to_owned()][..])
    );
    assert_eq!((preview.made_by.as_str(), preview.revision), ("carla", 1));
    assert_eq!(
        (preview.from.to_string(), preview.through.to_string()),
        ("2026-01-01".into(), "2026-01-31".into())
    );
    assert!(preview.backtest.exact && preview.backtest.chains == 1 && preview.customer_count == 0);
    assert_eq!((preview.baseline.charged, preview.run.charged, preview.run.undone), (1, 1, 0));
    let of = |what: &str| {
        let line = preview.lines.iter().find(|line| line.what == what).unwrap();
        [line.baseline.as_str(), line.scenario.as_str(), line.difference.as_str()]
    };
    assert_eq!(of("Revenue, net"), ["27.00", "63.00", "+36.00"]);
    assert_eq!(of("standard"), ["30.00", "70.00", "+40.00"]);
    let [spread] = preview.spreads.as_slice() else { panic!("{preview:?}") };
    assert_eq!((spread.customers, spread.more, spread.less), (1, 1, 0));
    assert_eq!(spread.most_more[0].customer, "acme");
    assert_eq!((attached.entries_since, attached.kept), (Some(0), KeptHere::Same));
    let file = std::fs::read(folder.path().join("previews/january.json")).unwrap();
    assert_eq!(preview.hash, Hash::of(&file));

    // The content is that of the texts, and the preview is the last of them.
    let texts: String = shown.texts.iter().map(|text| format!("{text}\n")).collect();
    assert_eq!(Hash::of(texts.as_bytes()).to_string(), asked.content);
    assert!(shown.texts.last().unwrap().contains("\"name\":\"january\""));
    let stored = workspace.store().operation(&id("q-1")).await.unwrap().unwrap();
    let mut other = Operation::from_json(&stored.operation.body).unwrap();
    let Action::RequestApproval(action) = &mut other.action else { panic!("{other:?}") };
    action.preview.as_mut().unwrap().lines[0].scenario = "0.00".to_owned();
    let swapped = scrip_engine::approval::content_of_request(action).unwrap();
    assert_ne!(swapped.to_string(), asked.content, "another figure is another content");
    action.preview = None;
    let without = scrip_engine::approval::content_of_request(action).unwrap();
    assert_ne!(without.to_string(), asked.content);

    // Its age is told, and then it is decided like any other.
    do_lines(&workspace, &USED.replace("u-1", "u-2").replace("a-1", "a-2")).await;
    kept::discard(&workspace, &name).unwrap();
    let shown = show(&workspace, &who("ben"), &id("q-1")).await.unwrap().preview.unwrap();
    assert_eq!((shown.entries_since, shown.kept), (Some(1), KeptHere::Gone));
    // What lies there and cannot be read is told apart, and keeps nobody from the request.
    std::fs::create_dir(folder.path().join("previews/january.json")).unwrap();
    let shown = show(&workspace, &who("ben"), &id("q-1")).await.unwrap().preview.unwrap();
    assert_eq!(shown.kept, KeptHere::Unreadable);
    let what = (&id("q-1"), Verdict::Approve);
    decide(&workspace, &who("ben"), what, Some(&asked.content), None).await.unwrap();
    let shown = show(&workspace, &who("ben"), &id("q-1")).await.unwrap().preview.unwrap();
    assert_eq!((shown.entries_since, shown.is_reconfigured), (None, false));
    let verified = verify::verify(&workspace).await.unwrap();
    assert!(verified.sound, "{verified:?}");
}

#[tokio::test]
async fn a_preview_of_something_else_goes_with_no_request_and_says_where_it_differs() {
    let (_folder, workspace, dearer) = used().await;
    let cheaper = draft(&workspace, "cheaper", "2", "2026-03-01").await;
    let name = keep(&workspace, "other", &["cheaper"]).await;
    let refused = ask(&workspace, &dearer, "q-1", &name).await.unwrap_err().to_string();
    let place = "its scenario cheaper has 2 at rate_cards[list].versions[2].rates[any].price, \
                 and what is asked for 7";
    assert!(refused.contains(place), "{refused}");
    assert!(waiting::waiting(&workspace, who("ana").now).await.unwrap().requests.is_empty());
    let unknown = ask(&workspace, &dearer, "q-1", &code("nothing")).await.unwrap_err();
    assert!(matches!(unknown, AppError::UnknownPreview { .. }), "{unknown}");

    // A draft that went on after its preview is another one, and so is one from another day on.
    let name = keep(&workspace, "mine", &["dearer"]).await;
    let listed = |draft: PlanCode| {
        let workspace = &workspace;
        async move {
            let found = attachable(workspace, &who("ana"), &draft).await.unwrap();
            found.into_iter().map(|one| one.name).collect::<Vec<_>>()
        }
    };
    assert_eq!(listed(dearer.name.clone()).await, ["mine"]);
    let mut later = dearer.clone();
    later.rate_cards[0].after.versions[1].effective_at = "2026-04-01".parse().unwrap();
    let later = drafts::save(&workspace, &who("ana"), &later).unwrap();
    let refused = ask(&workspace, &later, "q-1", &name).await.unwrap_err().to_string();
    assert!(refused.contains("versions[2].effective_at"), "{refused}");
    assert!(listed(later.name.clone()).await.is_empty());

    // Nor goes one that was run under another configuration.
    let asked = ask_for(&workspace, &cheaper, "ana", "q-2").await;
    let what = (&id("q-2"), Verdict::Approve);
    decide(&workspace, &who("ben"), what, Some(&asked.content), None).await.unwrap();
    let next = draft(&workspace, "next", "8", "2026-05-01").await;
    let refused = ask(&workspace, &next, "q-3", &name).await.unwrap_err().to_string();
    assert!(refused.contains("run under configuration 1"), "{refused}");
}

#[tokio::test]
async fn a_preview_goes_with_a_configuration_only_and_not_if_it_was_kept_before_it_was_noted() {
    let (folder, workspace, dearer) = used().await;
    let name = keep(&workspace, "january", &["dearer"]).await;
    let refund = read_lines("", crate::approvals::tests::REFUND).unwrap();
    let asking = (&id("q-1"), Grounds::new(None, Some(&name)));
    let refused = super::super::ask(&workspace, &who("ana"), asking, "", &refund).await;
    assert!(refused.unwrap_err().to_string().contains("is no configuration"));

    let path = folder.path().join("previews/january.json");
    let mut file: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    file["preview"]["scenarios"][0].as_object_mut().unwrap().remove("tested").unwrap();
    std::fs::write(&path, file.to_string()).unwrap();
    let refused = ask(&workspace, &dearer, "q-1", &name).await.unwrap_err().to_string();
    assert!(refused.contains("Run it again"), "{refused}");
    assert!(kept::open(&workspace, &name).is_ok(), "it opens as before");
}

#[tokio::test]
async fn the_ledger_takes_no_preview_of_another_configuration_and_none_without_bounds() {
    let (_folder, workspace, dearer) = used().await;
    let name = keep(&workspace, "january", &["dearer"]).await;
    ask(&workspace, &dearer, "q-1", &name).await.unwrap();
    let stored = workspace.store().operation(&id("q-1")).await.unwrap().unwrap();
    let request = Operation::from_json(&stored.operation.body).unwrap();
    let session = crate::session::Session::trial(&workspace, &who("ana")).await.unwrap();
    let refused = |change: &dyn Fn(&mut AttachedPreview)| {
        let mut request = Operation { id: id("q-2"), ..request.clone() };
        let Action::RequestApproval(action) = &mut request.action else { panic!("{request:?}") };
        change(action.preview.as_mut().unwrap());
        let mut book = session.book.clone();
        scrip_engine::apply(&mut book, &request, None).unwrap_err().to_string()
    };
    let other = refused(&|preview| preview.configuration = Hash::ZERO);
    assert!(other.contains("not of the configuration that is asked for"), "{other}");
    let long = refused(&|preview| preview.others = vec!["a name".to_owned(); 4_000]);
    assert!(long.contains("a request holds 32768"), "{long}");
    session.rollback().await.unwrap();
}

#[tokio::test]
async fn a_renewed_request_keeps_its_preview_while_it_asks_for_the_same() {
    let (_folder, workspace, dearer) = used().await;
    let name = keep(&workspace, "january", &["dearer"]).await;
    ask(&workspace, &dearer, "q-1", &name).await.unwrap();
    let none = BTreeMap::new();
    let ids = (&id("q-1"), &id("q-2"));
    let again = renew(&workspace, &who("ana"), ids, &none).await.unwrap();
    assert_eq!((again.request.preview.as_deref(), again.left.len()), (Some("january"), 0));

    // Something else is published, so that it would put another configuration into force.
    let mut live = workspace.catalog().await.unwrap().document().clone();
    live.wallet_types[0].name = "Standard credits".to_owned();
    let operation = crate::config::operation(&who("ben"), &id("c-2"), ("c.json", &live.to_json()));
    let asking = (&id("q-3"), Grounds::default());
    let operations = [(1, operation.unwrap())];
    let view = super::super::ask(&workspace, &who("ben"), asking, "", &operations).await.unwrap();
    let what = (&id("q-3"), Verdict::Approve);
    decide(&workspace, &who("ana"), what, Some(&view.request.content), None).await.unwrap();
    let ids = (&id("q-2"), &id("q-4"));
    let again = renew(&workspace, &who("ana"), ids, &none).await.unwrap();
    assert_eq!(again.request.preview, None);
    assert!(again.left[0].contains("preview january is of what was asked for before"));
    let verified = verify::verify(&workspace).await.unwrap();
    assert!(verified.sound, "{verified:?}");
}

#[tokio::test]
async fn a_request_in_the_outbox_carries_its_preview_until_it_asks_for_something_else() {
    let (_folder, copy, dearer) = used().await;
    follow(&copy).await;
    let name = keep(&copy, "january", &["dearer"]).await;
    let (ana, request, operation) = (who("ana"), id("q-1"), id("c-2"));
    let grounds = Grounds::new(Some("dearer"), Some(&name));
    let what = (&dearer.name, dearer.saved);
    let put = outbox::put_draft(&copy, &ana, (&request, &operation), grounds, what).await.unwrap();
    assert_eq!(put.item.unwrap().preview.as_deref(), Some("january"));
    let carried = || {
        let [item] = outbox::items(&copy).unwrap().try_into().unwrap();
        let Proposed(request) = &item.operations[0];
        let Action::RequestApproval(action) = &request.action else { panic!("{request:?}") };
        action.preview.clone()
    };
    assert_eq!(carried().unwrap().scenario, "dearer");
    let none = BTreeMap::new();
    outbox::renew(&copy, &ana, 1, &none, None).await.unwrap();
    assert!(carried().is_some(), "nothing came into force since");

    let mut live = copy.catalog().await.unwrap().document().clone();
    live.wallet_types[0].name = "Standard credits".to_owned();
    let theirs = crate::config::operation(&who("ben"), &id("c-9"), ("c.json", &live.to_json()));
    pull_second(&copy, &theirs.unwrap()).await;
    outbox::renew(&copy, &ana, 1, &none, None).await.unwrap();
    assert!(carried().is_none());
}

#[tokio::test]
async fn a_request_without_a_preview_is_written_and_hashed_as_before_there_were_any() {
    let (_folder, workspace, dearer) = used().await;
    ask_for(&workspace, &dearer, "ana", "q-1").await;
    let stored = workspace.store().operation(&id("q-1")).await.unwrap().unwrap();
    assert!(!stored.operation.body.contains("preview"), "{}", stored.operation.body);
    let request = Operation::from_json(&stored.operation.body).unwrap();
    let Action::RequestApproval(action) = &request.action else { panic!("{request:?}") };
    let mut texts = String::new();
    for Proposed(operation) in &action.operations {
        texts.push_str(&operation.to_json().unwrap());
        texts.push('\n');
    }
    let shown = show(&workspace, &who("ben"), &id("q-1")).await.unwrap();
    assert_eq!(shown.request.content, Hash::of(texts.as_bytes()).to_string());
    assert!(shown.preview.is_none());
}
