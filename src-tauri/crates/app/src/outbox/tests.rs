use std::collections::BTreeMap;

use scrip_catalog::Document;
use scrip_engine::operation::Verdict;
use scrip_engine::{Action, Operation};
use scrip_store::sqlite::FollowRecord;
use scrip_store::{LedgerStore, SqliteStore, WriteTransaction};
use scrip_units::PlanCode;
use scrip_usage::FileLock;

use super::item::{items, path};
use super::*;
use crate::approvals::tests::{PRICING, REFUND, ask_for, books, books_of, draft, id, who};
use crate::approvals::{self, Grounds, RequestError};
use crate::drafts::{self, Draft};
use crate::error::{AppError, Code};
use crate::operate::read_lines;
use crate::waiting::waiting;
use crate::workspace::Workspace;
use crate::{Edge, acts, config};

pub(crate) type Copy = Workspace<SqliteStore>;

/// Makes a copy of a workspace: what it does from now on is for another ledger.
pub(crate) async fn follow(workspace: &Copy) {
    let mut tx = workspace.store().begin().await.unwrap();
    let text = |text: &str| text.to_owned();
    let (server, cursor) = (text("{}"), text("{}"));
    let record =
        FollowRecord { ledger: text("db/books"), server, cursor, pulled_at: Some(who("ana").now) };
    tx.set_following(&record).await.unwrap();
    tx.commit().await.unwrap();
}

/// What a pull brings when somebody has published configuration 2.
pub(crate) async fn pull_second(copy: &Copy, theirs: &Operation) {
    let mut tx = copy.store().begin().await.unwrap();
    let edge = who("ben");
    let record = crate::session::operation_record(theirs, &edge, 1).unwrap();
    tx.append(&record, &[], &[]).await.unwrap();
    let Action::ApplyConfiguration(action) = &theirs.action else { panic!("{theirs:?}") };
    let document = crate::session::document_text(&action.document).unwrap();
    let record = scrip_store::ConfigRecord {
        revision: 2,
        hash: scrip_journal::Hash::of(document.as_bytes()),
        document,
        applied_at: edge.now,
        operation: theirs.id.clone(),
    };
    tx.add_config(&record).await.unwrap();
    tx.commit().await.unwrap();
}

/// Books in which one person may do everything.
fn unruled() -> String {
    let from = PRICING.find("[[approvals]]").unwrap();
    let to = PRICING.find("[[wallet_types]]").unwrap();
    format!("{}{}", &PRICING[..from], &PRICING[to..])
}

fn operation(line: &str) -> Operation {
    read_lines("", line).unwrap().remove(0).1
}

fn hashes(preview: &acts::ActPreview) -> Vec<String> {
    preview.entries.iter().map(|entry| entry.hash.clone()).collect()
}

fn number(queued: QueuedView) -> u64 {
    queued.item.unwrap().number
}

/// As if a push were sending an item, until the lock is dropped.
fn sent(copy: &Copy, number: u64) -> FileLock {
    let folder = copy.root().join(OUTBOX_FOLDER);
    std::fs::write(folder.join("sending"), number.to_string()).unwrap();
    FileLock::take(&folder.join("push.lock")).unwrap().unwrap()
}

fn published(copy: &Copy, number: u64) -> Document {
    let items = items(copy).unwrap();
    let item = items.iter().find(|item| item.number == number).unwrap();
    (*item.documents().0.first().unwrap()).clone()
}

#[tokio::test]
async fn an_act_on_a_copy_is_queued_as_it_was_looked_at_after_what_waits_before_it() {
    let (_folder, copy) = books_of(&unruled()).await;
    follow(&copy).await;
    let before = copy.store().checkpoint().await.unwrap();
    let (ana, first) = (who("ana"), operation(REFUND));
    let look = acts::preview(&copy, &ana, &first).await.unwrap();
    assert_eq!(look.paid_back["EUR"], "18.00");
    let queued = acts::put(&copy, &ana, &id("ask-1"), &first, &hashes(&look)).await.unwrap();
    assert_eq!(queued.item.as_ref().unwrap().sort, Sort::Act);
    assert_eq!(number(queued), 1);

    // The rest of the lot is what the first leaves of it.
    let rest = r#"{"op":"refund_grant","id":"r-2","at":"2026-01-21T00:00:00Z","actor":"ana","customer":"acme","lot":"inv-1"}"#;
    let look = acts::preview(&copy, &ana, &operation(rest)).await.unwrap();
    assert_eq!(look.paid_back["EUR"], "72.00");
    let other = vec!["0".repeat(64)];
    let moved = acts::put(&copy, &ana, &id("ask-2"), &operation(rest), &other).await;
    assert!(matches!(moved, Err(AppError::Moved { .. })), "{moved:?}");
    let queued = acts::put(&copy, &ana, &id("ask-2"), &operation(rest), &hashes(&look)).await;
    assert_eq!(number(queued.unwrap()), 2);
    let seen = show(&copy, &ana, 2).await.unwrap();
    assert!(seen.as_shown && !seen.is_overtaken, "{seen:?}");
    assert_eq!(seen.shown[0].postings.len(), seen.effects[0].entries[0].postings.len());
    assert_eq!(copy.store().checkpoint().await.unwrap(), before);

    // Without the first, the second pays back more: that is seen, and decided again.
    discard(&copy, 1).unwrap();
    let seen = show(&copy, &ana, 2).await.unwrap();
    assert!(!seen.as_shown && seen.refused.is_none(), "{seen:?}");
    renew(&copy, &ana, 2, &BTreeMap::new(), None).await.unwrap();
    assert!(show(&copy, &ana, 2).await.unwrap().as_shown);
}

#[tokio::test]
async fn where_a_rule_asks_for_a_second_person_the_request_is_what_is_queued() {
    let (_folder, copy) = books().await;
    follow(&copy).await;
    let (ana, refund) = (who("ana"), operation(REFUND));
    let look = acts::preview(&copy, &ana, &refund).await.unwrap();
    assert_eq!(look.needs.as_ref().unwrap().approvers, ["ben"]);
    let queued = acts::put(&copy, &ana, &id("ask-1"), &refund, &hashes(&look)).await.unwrap();
    let item = queued.item.unwrap();
    assert_eq!((item.sort, item.asked.len()), (Sort::Request, 1));
    assert_eq!(item.asked[0].customer.as_deref(), Some("acme"));
    let seen = show(&copy, &ana, 1).await.unwrap();
    assert!(seen.as_shown && seen.effects[0].entries.len() == 1, "{seen:?}");
    let [stored] = items(&copy).unwrap().try_into().unwrap();
    let Action::RequestApproval(request) = &stored.operations().next().unwrap().action else {
        panic!("{stored:?}");
    };
    let lasts = request.lapses_at.micros() - stored.queued_at.micros();
    assert_eq!(lasts, 7 * 86_400_000_000);
}

#[tokio::test]
async fn what_moved_together_is_decided_again_together_exactly_as_it_was_looked_at() {
    let (_folder, copy) = books_of(&unruled()).await;
    follow(&copy).await;
    let ana = who("ana");
    let act = |op: &str, id: &str, more: &str| {
        operation(&format!(
            r#"{{"op":"{op}","id":"{id}","at":"2026-01-21T00:00:00Z","actor":"ana","customer":"acme",{more}}}"#
        ))
    };
    let second = r#""wallet":"standard","units":"50","kind":"purchased","price":{"net":"45.00","currency":"EUR"}"#;
    let acts = [
        act("refund_grant", "r-1", r#""lot":"inv-1","units":"20""#),
        act("grant_credits", "inv-2", second),
        act("refund_grant", "r-3", r#""lot":"inv-2","units":"10""#),
        act("refund_grant", "r-4", r#""lot":"inv-1""#),
        act("refund_grant", "r-5", r#""lot":"inv-2""#),
    ];
    for (number, act) in (1..).zip(&acts) {
        let request = id(&format!("ask-{number}"));
        let one = std::slice::from_ref(act);
        put(&copy, &ana, (&request, Grounds::default()), one, &|_| Ok(())).await.unwrap();
    }
    assert!(again(&copy, &ana).await.unwrap().items.is_empty());

    // Without what came before them, both rests are more than was shown.
    discard(&copy, 1).unwrap();
    discard(&copy, 3).unwrap();
    let seen = again(&copy, &ana).await.unwrap();
    let looked: Vec<_> =
        seen.items.iter().map(|seen| (seen.item.number, seen.now.clone().unwrap())).collect();
    assert_eq!(looked.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [4, 5]);
    assert!(seen.alone.is_none(), "{seen:?}");
    let mut other = looked.clone();
    other[1].1 = looked[0].1.clone();
    let refused = renew_all(&copy, &ana, &other).await.unwrap_err();
    assert!(
        matches!(&refused, AppError::Outbox(OutboxError::LookedAtOther { number: 5 })),
        "{refused:?}"
    );
    assert!(!show(&copy, &ana, 4).await.unwrap().as_shown, "none of them was decided again");
    let alone = renew(&copy, &ana, 4, &BTreeMap::new(), Some(&looked[1].1)).await.unwrap_err();
    assert!(matches!(&alone, AppError::Outbox(OutboxError::LookedAtOther { number: 4 })));
    // One that is being sent stays as it is, and the other with it.
    let (kept, lock) = (items(&copy).unwrap(), sent(&copy, 5));
    let busy = renew_all(&copy, &ana, &looked).await.unwrap_err();
    assert!(matches!(&busy, AppError::Outbox(OutboxError::BeingSent { number: 5 })), "{busy:?}");
    assert_eq!(items(&copy).unwrap(), kept);
    drop(lock);
    assert_eq!(renew_all(&copy, &ana, &looked).await.unwrap().len(), 2);
    for number in [4, 5] {
        assert!(show(&copy, &ana, number).await.unwrap().as_shown);
    }

    // What the books refuse now has to be looked at by itself, and what comes after it waits for that.
    discard(&copy, 2).unwrap();
    let seen = again(&copy, &ana).await.unwrap();
    assert!(seen.items.is_empty(), "{seen:?}");
    assert_eq!(seen.alone.unwrap().number, 5);
}

/// A draft of another thing than the card: a wallet type.
fn wallet_draft(copy: &Copy, live: &Document) -> Draft {
    let mut wallet_type = live.wallet_types[0].clone();
    let mut version = wallet_type.versions[0].clone();
    version.version = 2;
    version.effective_at = "2026-04-01".parse().unwrap();
    wallet_type.versions.push(version);
    let mut draft = Draft::new(PlanCode::try_new("wallets/standard").unwrap(), 1, &who("ana"));
    draft.put_wallet_type(live, wallet_type);
    drafts::save(copy, &who("ana"), &draft).unwrap()
}

#[tokio::test]
async fn a_draft_is_published_on_top_of_what_waits_and_never_carries_it_along() {
    let (_folder, copy) = books_of(&unruled()).await;
    follow(&copy).await;
    let ana = who("ana");
    let card = draft(&copy, "dearer", "4", "2026-03-01").await;
    let live = copy.catalog().await.unwrap().document().clone();
    let wallet = wallet_draft(&copy, &live);
    for (number, draft) in [(1, &card), (2, &wallet)] {
        let (request, operation) = (id(&format!("ask-{number}")), id(&format!("c-{number}")));
        let (ids, given) = ((&request, &operation), (&draft.name, draft.saved));
        let put = |ids| put_draft(&copy, &ana, ids, None, given);
        assert_eq!(self::number(put(ids).await.unwrap()), number);
        let again = put(ids).await.unwrap_err();
        assert!(
            matches!(&again, AppError::Outbox(OutboxError::Waits { number: n, .. }) if *n == number),
            "{again:?}"
        );
        // However it is asked for: the command line builds the operation first.
        let ask = approvals::publishing(&copy, &ana, &operation, (draft, None)).await.unwrap_err();
        assert!(
            ask.to_string().contains(&format!("waits in the outbox already, as number {number}")),
            "{ask}"
        );
    }
    let drafts = waiting(&copy, ana.now).await.unwrap().drafts;
    assert_eq!(drafts.iter().map(|draft| draft.queued).collect::<Vec<_>>(), [Some(1), Some(2)]);
    let versions = |document: &Document| {
        (document.rate_cards[0].versions.len(), document.wallet_types[0].versions.len())
    };
    assert_eq!(versions(&published(&copy, 1)), (2, 1));
    assert_eq!(versions(&published(&copy, 2)), (2, 2));
    let seen = show(&copy, &ana, 2).await.unwrap();
    assert_eq!((seen.changes.len(), seen.is_overtaken), (1, false), "{seen:?}");

    // The first is given up: the second stands on what will never be, and is brought together with what is.
    discard(&copy, 1).unwrap();
    let drafts = waiting(&copy, ana.now).await.unwrap().drafts;
    assert_eq!(drafts.iter().map(|draft| draft.queued).collect::<Vec<_>>(), [None, Some(2)]);
    let seen = show(&copy, &ana, 2).await.unwrap();
    assert!(seen.is_overtaken, "{seen:?}");
    let merged = merge(&copy, &ana, 2, &BTreeMap::new()).await.unwrap();
    assert_eq!((merged.ours.len(), merged.conflicts.len()), (1, 0));
    renew(&copy, &ana, 2, &BTreeMap::new(), None).await.unwrap();
    assert_eq!(versions(&published(&copy, 2)), (1, 2));
    assert!(show(&copy, &ana, 2).await.unwrap().as_shown);
    // Its draft has gone along, and the other one is a draft again.
    let drafts = waiting(&copy, ana.now).await.unwrap().drafts;
    assert_eq!(drafts.iter().map(|draft| draft.queued).collect::<Vec<_>>(), [None, Some(2)]);
}

#[tokio::test]
async fn what_was_published_under_the_number_that_an_item_waited_for_is_not_overwritten() {
    let (_folder, copy) = books_of(&unruled()).await;
    follow(&copy).await;
    let ana = who("ana");
    let renamed = |name: &str| unruled().replace("{ code = \"acme\" }", name);
    let configure = |name: &str, number: u32| {
        let file = ("prices.toml", renamed(name));
        let operation = config::operation(&ana, &id(&format!("c-{number}")), (file.0, &file.1));
        operation.unwrap()
    };
    let named = "{ code = \"acme\", name = \"Acme\" }";
    let daily = "{ code = \"acme\", name = \"Acme\", billing_day = 5 }";
    for (number, text) in [(1, named), (2, daily)] {
        let operations = [configure(text, number)];
        let request = id(&format!("ask-{number}"));
        let queued =
            put(&copy, &ana, (&request, Grounds::default()), &operations, &|_| Ok(())).await;
        queued.unwrap();
    }
    assert!(show(&copy, &ana, 2).await.unwrap().as_shown);
    // Somebody else publishes configuration 2, and the first item is given up.
    discard(&copy, 1).unwrap();
    pull_second(&copy, &configure("{ code = \"acme\", country = \"DE\" }", 9)).await;
    let seen = show(&copy, &ana, 2).await.unwrap();
    assert!(seen.is_overtaken, "{seen:?}");
    assert_eq!(seen.changes.len(), 1, "{seen:?}");
    renew(&copy, &ana, 2, &BTreeMap::new(), None).await.unwrap();
    let acme = published(&copy, 2).customers.remove(0);
    assert_eq!((acme.name.as_str(), acme.billing_day), ("", 5), "{acme:?}");
    assert_eq!(acme.country.map(|country| country.to_string()).as_deref(), Some("DE"));
}

#[tokio::test]
async fn a_decision_waits_with_what_it_approves_and_is_made_once() {
    let (_folder, copy) = books().await;
    let card = draft(&copy, "dearer", "4", "2026-03-01").await;
    let request = ask_for(&copy, &card, "ana", "please").await;
    follow(&copy).await;
    let (asked, content) = ((&id("please"), Verdict::Approve), Some(request.content.as_str()));
    let own = approvals::put_decision(&copy, &who("ana"), asked, content, None).await;
    assert!(own.unwrap_err().to_string().contains("somebody else has to"));
    let unread = approvals::put_decision(&copy, &who("ben"), asked, None, None).await;
    assert!(matches!(unread, Err(AppError::Request(RequestError::OtherContent { .. }))));
    let queued = approvals::put_decision(&copy, &who("ben"), asked, content, None).await.unwrap();
    let item = queued.item.unwrap();
    assert_eq!((item.sort, item.operations.len()), (Sort::Approval, 2));
    let again = approvals::put_decision(&copy, &who("ben"), asked, content, None).await;
    assert!(again.unwrap_err().to_string().contains("waits in the outbox already, as number 1"));
    // Nothing looks decided.
    let seen = approvals::show(&copy, &who("ben"), &id("please")).await.unwrap();
    assert_eq!(seen.request.state, approvals::State::Open);
    assert!(show(&copy, &who("ben"), 1).await.unwrap().as_shown);
}

#[tokio::test]
async fn asking_again_takes_the_old_request_back() {
    let (_folder, copy) = books().await;
    let card = draft(&copy, "dearer", "4", "2026-03-01").await;
    ask_for(&copy, &card, "ana", "please").await;
    follow(&copy).await;
    let late = Edge { now: "2026-02-20T00:00:00Z".parse().unwrap(), ..who("ana") };
    let ids = (&id("please"), &id("please-2"));
    let queued = approvals::put_renewal(&copy, &late, ids, &BTreeMap::new()).await.unwrap();
    let item = queued.item.unwrap();
    let kinds: Vec<_> = item.operations.iter().map(|one| one.op.as_str()).collect();
    assert_eq!(kinds, ["request_approval", "decide_request"]);
    assert_eq!(item.sort, Sort::Request);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named_and_the_others_are_shown() {
    let (_folder, copy) = books_of(&unruled()).await;
    follow(&copy).await;
    let (ana, refund) = (who("ana"), operation(REFUND));
    let agrees = |_: &[crate::operate::OperationView]| Ok(());
    let one = std::slice::from_ref(&refund);
    put(&copy, &ana, (&id("ask-1"), Grounds::default()), one, &agrees).await.unwrap();
    std::fs::write(path(&copy, 2), "{").unwrap();
    let rest = operation(&REFUND.replace("r-1", "r-3"));
    let one = std::slice::from_ref(&rest);
    assert_eq!(
        number(put(&copy, &ana, (&id("ask-3"), Grounds::default()), one, &agrees).await.unwrap()),
        3
    );
    let listed = list(&copy).unwrap();
    let numbers: Vec<_> = listed.items.iter().map(|item| item.number).collect();
    assert_eq!(numbers, [1, 3]);
    assert_eq!(listed.unreadable[0].number, 2);
    assert!(listed.unreadable[0].file.ends_with("000002.json"), "{listed:?}");
    assert!(discard(&copy, 2).unwrap().is_none());
    assert!(list(&copy).unwrap().unreadable.is_empty());
    let unknown = discard(&copy, 2).unwrap_err();
    assert!(matches!(unknown, AppError::Outbox(OutboxError::Unknown { number: 2 })));
}

#[tokio::test]
async fn a_number_is_never_used_twice() {
    let (_folder, copy) = books_of(&unruled()).await;
    follow(&copy).await;
    let queue = async |name: &str| {
        let one = [operation(&REFUND.replace("r-1", name))];
        let request = id(&format!("ask-{name}"));
        let ids = (&request, Grounds::default());
        number(put(&copy, &who("ana"), ids, &one, &|_| Ok(())).await.unwrap())
    };
    assert_eq!((queue("r-1").await, queue("r-2").await), (1, 2));
    discard(&copy, 2).unwrap();
    discard(&copy, 1).unwrap();
    assert_eq!(queue("r-3").await, 3);
    // An outbox of before knows its files, also those that it cannot read.
    std::fs::remove_file(copy.root().join("outbox/last")).unwrap();
    std::fs::write(path(&copy, 7), "{").unwrap();
    discard(&copy, 7).unwrap();
    assert_eq!(queue("r-4").await, 8);
    std::fs::write(copy.root().join("outbox/last"), "8 or 9").unwrap();
    let one = [operation(&REFUND.replace("r-1", "r-5"))];
    let request = id("ask-5");
    let ids = (&request, Grounds::default());
    let doubtful = put(&copy, &who("ana"), ids, &one, &|_| Ok(())).await.unwrap_err();
    assert!(doubtful.to_string().contains("outbox/last"), "{doubtful}");
}

#[tokio::test]
async fn what_is_being_sent_is_changed_by_nobody_and_nobody_waits_for_it() {
    let (_folder, copy) = books_of(&unruled()).await;
    follow(&copy).await;
    let (ana, one) = (who("ana"), [operation(REFUND)]);
    put(&copy, &ana, (&id("ask-1"), Grounds::default()), &one, &|_| Ok(())).await.unwrap();
    let kept = std::fs::read(path(&copy, 1)).unwrap();
    let lock = sent(&copy, 1);
    let busy = discard(&copy, 1).unwrap_err();
    assert_eq!(busy.code(), Code::Busy);
    assert!(busy.to_string().contains("number 1 is being sent to production just now"), "{busy}");
    let busy = renew(&copy, &ana, 1, &BTreeMap::new(), None).await.unwrap_err();
    assert!(matches!(busy, AppError::Outbox(OutboxError::BeingSent { number: 1 })), "{busy:?}");
    assert_eq!(std::fs::read(path(&copy, 1)).unwrap(), kept);
    // The push was broken off, and its number stays behind.
    drop(lock);
    renew(&copy, &ana, 1, &BTreeMap::new(), None).await.unwrap();
    discard(&copy, 1).unwrap();
}
