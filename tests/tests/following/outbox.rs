//! The outbox: what is decided on a copy is done at production once, whatever happens on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use scrip_app::approvals;
use scrip_app::operate::{Mode, read_lines};
use scrip_app::outbox::{self, OutboxError, PushView, QueuedView};
use scrip_app::verify::verify_folder;
use scrip_app::workspace::Database;
use scrip_app::{AppError, Edge, Workspace, config, following};
use scrip_catalog::{Choice, Document, Side};
use scrip_engine::Operation;
use scrip_engine::operation::Verdict;
use scrip_production::sync::{Pull, SyncError, reconcile};
use scrip_store::{LedgerStore, Mode as Access, SqliteStore};
use scrip_units::{Actor, OperationId};
use tempfile::TempDir;

use crate::proxy::{self, Fate, Passing};
use crate::server::{Both, edge, now, options};
use crate::{credit, customer_of, run, said, same};

/// A desk with a copy of production.
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    pub(crate) database: Database,
    pub(crate) copy: Workspace<SqliteStore>,
}

impl Desk {
    pub(crate) async fn of(both: &Both) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::new(both.url.clone(), options());
        pull_into(&folder, &database).await;
        let copy = Workspace::<SqliteStore>::open(folder.path(), Access::ReadWrite).await.unwrap();
        Self { folder, database, copy }
    }

    pub(crate) async fn pull(&self) {
        pull_into(&self.folder, &self.database).await;
    }

    pub(crate) async fn queue(&self, by: &Edge, operations: &[(usize, Operation)]) -> QueuedView {
        outbox::queue(&self.copy, by, None, "", operations).await.unwrap()
    }

    pub(crate) async fn push(&self) -> (PushView, Option<AppError>) {
        outbox::push(&self.copy, &self.database, &edge(), Mode::Commit, &mut go_on).await.unwrap()
    }

    /// Pushes as far as it goes, and whether that was not to the end.
    pub(crate) async fn tried(&self) -> bool {
        let pushed =
            outbox::push(&self.copy, &self.database, &edge(), Mode::Commit, &mut go_on).await;
        !matches!(pushed, Ok((_, None)))
    }

    /// Pushes everything.
    pub(crate) async fn pushes(&self) -> PushView {
        let (view, stopped) = self.push().await;
        assert!(stopped.is_none(), "{stopped:?}");
        assert_eq!(view.waiting, 0);
        view
    }

    /// Pushes until something is in the way.
    pub(crate) async fn stops(&self) -> OutboxError {
        match self.push().await {
            (_, Some(AppError::Outbox(error))) => error,
            other => panic!("{other:?}"),
        }
    }

    /// Pushes nothing: the server is not let to be written to.
    async fn is_refused(&self) -> AppError {
        let kept = std::fs::read(self.file(1)).unwrap();
        let pushed =
            outbox::push(&self.copy, &self.database, &edge(), Mode::Commit, &mut go_on).await;
        assert_eq!(std::fs::read(self.file(1)).unwrap(), kept);
        pushed.unwrap_err()
    }

    pub(crate) fn file(&self, number: u64) -> PathBuf {
        self.folder.path().join(format!("outbox/{number:06}.json"))
    }
}

pub(crate) fn go_on(_: outbox::Pushing) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

async fn pull_into(folder: &TempDir, database: &Database) {
    let go_on = &mut |_| ControlFlow::Continue(());
    following::pull(folder.path(), database, Pull::default(), now(), go_on).await.unwrap();
}

pub(crate) fn by(name: &str) -> Edge {
    Edge { now: now(), actor: Actor::try_new(name).unwrap() }
}

pub(crate) fn lines(text: &str) -> Vec<(usize, Operation)> {
    read_lines("operations", text).unwrap()
}

/// Gives a customer another name, in the configuration that a desk knows.
pub(crate) async fn renamed(
    desk: &Desk,
    place: usize,
    name: &str,
    id: &str,
) -> Vec<(usize, Operation)> {
    let text = config::export(&desk.copy, config::Format::Json).await.unwrap();
    let mut document = Document::from_json(&text).unwrap();
    document.customers[place].name = name.to_owned();
    let id = OperationId::try_new(id).unwrap();
    let operation = config::operation(&edge(), &id, ("prices.json", &document.to_json()));
    vec![(1, operation.unwrap())]
}

async fn names(both: &Both) -> Vec<String> {
    let catalog = both.production.catalog().await.unwrap();
    catalog.document().customers.iter().take(2).map(|customer| customer.name.clone()).collect()
}

pub(crate) async fn times(both: &Both, id: &str) -> String {
    both.sql(&format!(
        "SELECT count(*) || ' ' || (SELECT count(*) FROM lots WHERE code = '{id}') \
         FROM operations WHERE id = '{id}'"
    ))
    .trim()
    .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_queued_changes_no_copy_and_is_done_at_production_in_its_order() {
    let both = Both::of("money-wallet").await;
    let customer = customer_of(&both).await.to_string();
    let desk = Desk::of(&both).await;
    let before = said(desk.copy.store()).await;
    let first = desk.queue(&by("ana"), &lines(&credit(&customer, "gift-1"))).await;
    assert_eq!(first.item.unwrap().number, 1);
    assert_eq!(first.effects[0].entries.len(), 1);
    // The second is about what the first will have made.
    let refund = format!(
        "{{\"op\":\"void_lot\",\"id\":\"void-1\",\"at\":\"2026-10-06T10:00:00Z\",\"actor\":\"ana\",\
         \"customer\":\"{customer}\",\"lot\":\"gift-1\",\"reason\":\"by mistake\"}}"
    );
    assert_eq!(desk.queue(&by("ana"), &lines(&refund)).await.item.unwrap().number, 2);
    assert_eq!(said(desk.copy.store()).await, before);
    let again = desk.queue(&by("ana"), &lines(&credit(&customer, "gift-1"))).await;
    assert!(again.item.is_none(), "it is queued already");

    let pushed = desk.pushes().await;
    assert_eq!(pushed.pushed.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 2]);
    assert!(outbox::list(&desk.copy).unwrap().items.is_empty());
    let behind = reconcile(desk.copy.store(), both.store()).await.unwrap();
    assert!(!behind.agrees() && behind.is_behind());
    desk.pull().await;
    same(&both, desk.copy.store()).await;
    let stored = desk.copy.store().operation(&OperationId::try_new("gift-1").unwrap()).await;
    assert_eq!(stored.unwrap().unwrap().operation.actor.as_str(), "ana");
    let verified = verify_folder(&both.production).await.unwrap();
    assert!(verified.sound, "{verified:#?}");
    let again = desk.queue(&by("ana"), &lines(&credit(&customer, "gift-1"))).await;
    assert!(again.item.is_none(), "it is done already");
}

/// Cuts the first connection that commits something between the commit and its answer.
fn cut_at_commit(port: u16) -> (u16, Arc<AtomicBool>) {
    let cut = Arc::new(AtomicBool::new(false));
    let was_cut = Arc::clone(&cut);
    let mut writers = BTreeSet::new();
    let holds = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
    let own = proxy::before(port, move |passing| {
        let Passing { connection, answers, bytes } = passing;
        if !answers && holds(bytes, b"INSERT INTO") {
            writers.insert(*connection);
        }
        let committed = *answers && writers.contains(connection) && holds(bytes, b"COMMIT\0");
        if committed && !cut.swap(true, Ordering::SeqCst) { Fate::Cut(0) } else { Fate::Passes }
    });
    (own, was_cut)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_on_the_way_doubles_nothing() {
    let both = Both::of("money-wallet").await;
    let customer = customer_of(&both).await.to_string();
    let mut desk = Desk::of(&both).await;
    desk.queue(&by("ana"), &lines(&credit(&customer, "gift-1"))).await;
    desk.queue(&by("ana"), &lines(&credit(&customer, "gift-2"))).await;
    let kept = std::fs::read(desk.file(1)).unwrap();

    // The connection is cut between the commit and its answer.
    let port = both.cluster.port();
    let (proxy, was_cut) = cut_at_commit(port);
    let direct = desk.database.url.clone();
    desk.database.url = direct.replace(&format!(":{port}/"), &format!(":{proxy}/"));
    assert_ne!(desk.database.url, direct);
    let (view, stopped) = desk.push().await;
    assert!(was_cut.load(Ordering::SeqCst), "{view:?} {stopped:?}");
    assert!(stopped.is_some(), "{view:?}");
    assert_eq!((view.pushed.len(), view.waiting), (0, 2));
    assert_eq!(times(&both, "gift-1").await, "1 1");
    assert!(outbox::list(&desk.copy).unwrap().items.iter().all(|item| item.kept_back.is_none()));

    desk.database.url = direct;
    let view = desk.pushes().await;
    let outcomes: Vec<_> = view.pushed.iter().map(|one| one.operations[0].outcome).collect();
    assert_eq!(outcomes, ["already_applied", "applied"]);
    // The program ended between the answer and the removal of the item.
    std::fs::write(desk.file(1), kept).unwrap();
    assert_eq!(desk.pushes().await.pushed[0].operations[0].outcome, "already_applied");
    for id in ["gift-1", "gift-2"] {
        assert_eq!(times(&both, id).await, "1 1");
    }
    desk.pull().await;
    same(&both, desk.copy.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_while_it_is_pushed_to_loses_and_doubles_nothing() {
    let filled = Both::of("money-wallet").await;
    let customer = customer_of(&filled).await.to_string();
    let mut cluster = scrip_testkit::cluster::Cluster::start().unwrap();
    let url = cluster.database().unwrap();
    let name = url.rsplit('/').next().unwrap().to_owned();
    cluster.restore(&name, &filled.cluster.dump(&filled.url).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let database = Database::new(url, options());
    pull_into(&folder, &database).await;
    let copy = Workspace::<SqliteStore>::open(folder.path(), Access::ReadWrite).await.unwrap();
    for number in 1..=6 {
        let operations = lines(&credit(&customer, &format!("gift-{number}")));
        outbox::queue(&copy, &by("ana"), None, "", &operations).await.unwrap();
    }
    // It is killed under the push, wherever that is by then: in a statement, a commit, or between two.
    let killed = std::thread::spawn({
        let own = folder.path().join("outbox/000001.json");
        move || {
            while own.exists() {
                std::thread::yield_now();
            }
            cluster.kill();
            cluster
        }
    });
    let (view, stopped) = outbox::push(&copy, &database, &edge(), Mode::Commit, &mut go_on)
        .await
        .unwrap_or_else(|error| {
            panic!("the server was there when the push began: {error}");
        });
    let mut cluster = killed.join().unwrap();
    assert!(!view.pushed.is_empty());
    assert!(stopped.is_some() || view.waiting == 0, "{view:?}");
    cluster.restart().unwrap();
    let (rest, stopped) =
        outbox::push(&copy, &database, &edge(), Mode::Commit, &mut go_on).await.unwrap();
    assert!(stopped.is_none() && rest.waiting == 0, "{rest:?} {stopped:?}");
    let count = "SET search_path = scrip; SELECT count(*) FROM lots WHERE code LIKE 'gift-%'";
    assert_eq!(cluster.sql(&name, count).unwrap().lines().last().unwrap().trim(), "6");
    pull_into(&folder, &database).await;
    let view = following::reconcile(&copy, &database).await.unwrap();
    assert!(view.agrees, "{view:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_that_publish_are_brought_together_and_neither_is_overwritten() {
    let both = Both::of("money-wallet").await;
    let (ana, ben) = (Desk::of(&both).await, Desk::of(&both).await);
    ana.queue(&by("ana"), &renamed(&ana, 0, "By Ana", "names-a").await).await;
    ben.queue(&by("ben"), &renamed(&ben, 1, "By Ben", "names-b").await).await;
    ana.pushes().await;
    let stale = ben.stops().await;
    assert_eq!(stale, OutboxError::Stale { number: 1, revision: 1, now: 2 });
    let kept = outbox::list(&ben.copy).unwrap().items;
    assert!(kept[0].kept_back.as_ref().unwrap().contains("configuration 1"), "{kept:?}");
    assert_eq!(names(&both).await[0], "By Ana");

    ben.pull().await;
    let seen = outbox::show(&ben.copy, &by("ben"), 1).await.unwrap();
    assert_eq!((seen.changes.len(), seen.published_since.len()), (1, 1), "{seen:?}");
    assert!(seen.conflicts.is_empty());
    outbox::renew(&ben.copy, &by("ben"), 1, &BTreeMap::new(), None).await.unwrap();
    ben.pushes().await;
    assert_eq!(names(&both).await, ["By Ana", "By Ben"]);

    // Both change the same now: one is chosen by a person, never by who came last.
    ana.pull().await;
    ben.pull().await;
    ana.queue(&by("ana"), &renamed(&ana, 0, "Ana again", "names-c").await).await;
    ben.queue(&by("ben"), &renamed(&ben, 0, "Ben as well", "names-d").await).await;
    ana.pushes().await;
    assert!(matches!(ben.stops().await, OutboxError::Stale { .. }));
    ben.pull().await;
    let seen = outbox::show(&ben.copy, &by("ben"), 2).await.unwrap();
    let [conflict] = seen.conflicts.as_slice() else { panic!("{seen:?}") };
    assert_eq!(conflict.theirs.as_deref(), Some("\"Ana again\""));
    let refused =
        outbox::renew(&ben.copy, &by("ben"), 2, &BTreeMap::new(), None).await.unwrap_err();
    assert!(matches!(refused, AppError::Outbox(OutboxError::Conflicts { .. })), "{refused:?}");
    let ours = BTreeMap::from([(conflict.path.clone(), Choice::Take(Side::Ours))]);
    outbox::renew(&ben.copy, &by("ben"), 2, &ours, None).await.unwrap();
    ben.pushes().await;
    assert_eq!(names(&both).await[0], "Ben as well");
    for desk in [&ana, &ben] {
        desk.pull().await;
        same(&both, desk.copy.store()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn books_that_moved_keep_an_act_back_until_somebody_looked_again() {
    let both = Both::of("money-wallet").await;
    let customer = customer_of(&both).await.to_string();
    run(&both, &credit(&customer, "gift-1")).await;
    let desk = Desk::of(&both).await;
    let taken = |id: &str, units: &str| {
        format!(
            "{{\"op\":\"adjust_balance\",\"id\":\"{id}\",\"at\":\"2026-10-07T10:00:00Z\",\"actor\":\"ana\",\
             \"customer\":\"{customer}\",\"wallet\":\"balance\",\"units\":\"{units}\",\
             \"counter\":\"concession\",\"approver\":\"eve\",\"reason\":\"as agreed\"}}"
        )
    };
    let queued = desk.queue(&by("ana"), &lines(&taken("take-1", "-20.00"))).await;
    // Somebody else takes the lot away that it was to come from.
    let lot = queued.effects[0].entries[0].postings[0].lot.clone().unwrap();
    run(
        &both,
        &format!(
            "{{\"op\":\"void_lot\",\"id\":\"void-1\",\"at\":\"2026-10-06T10:00:00Z\",\"actor\":\"ben\",\
             \"customer\":\"{customer}\",\"lot\":\"{lot}\",\"reason\":\"never paid\"}}"
        ),
    )
    .await;
    assert_eq!(desk.stops().await, OutboxError::Moved { number: 1 });
    assert_eq!(times(&both, "take-1").await, "0 0");
    let again = desk.stops().await;
    assert_eq!(again, OutboxError::Moved { number: 1 }, "nobody has looked yet");
    desk.pull().await;
    let seen = outbox::show(&desk.copy, &by("ana"), 1).await.unwrap();
    assert!(!seen.as_shown && seen.refused.is_none(), "{seen:?}");
    outbox::renew(&desk.copy, &by("ana"), 1, &BTreeMap::new(), None).await.unwrap();
    assert!(outbox::show(&desk.copy, &by("ana"), 1).await.unwrap().as_shown);
    desk.pushes().await;
    desk.pull().await;
    same(&both, desk.copy.store()).await;

    // What the books refuse now stays, with the reason, and can be given up.
    desk.queue(&by("ana"), &lines(&taken("take-2", "-1.00"))).await;
    run(&both, &taken("take-2", "-2.00")).await;
    let (view, stopped) = desk.push().await;
    assert_eq!((view.pushed.len(), view.waiting), (0, 1));
    assert!(matches!(stopped, Some(AppError::OperationConflict { .. })), "{stopped:?}");
    let kept = outbox::list(&desk.copy).unwrap().items.remove(0).kept_back.unwrap();
    assert!(kept.contains("other content"), "{kept}");
    outbox::discard(&desk.copy, 2).unwrap();
    assert!(outbox::list(&desk.copy).unwrap().items.is_empty());
    assert!(matches!(
        outbox::discard(&desk.copy, 2),
        Err(AppError::Outbox(OutboxError::Unknown { number: 2 }))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_queued_is_asked_for_at_production_and_approved_there() {
    let both = Both::of("money-wallet").await;
    let customer = customer_of(&both).await.to_string();
    let text = config::export(&both.production, config::Format::Toml).await.unwrap();
    let rules = format!(
        "{text}\n[[approvals]]\noperations = [\"grant_credits\"]\ncode = \"gifts\"\napprovers = [\"ben\"]\nvalid_days = 7\n"
    );
    let id = OperationId::try_new("rules").unwrap();
    config::apply(&both.production, &edge(), &id, ("rules.toml", &rules), Mode::Commit)
        .await
        .unwrap();
    let desk = Desk::of(&both).await;
    let operations = lines(&credit(&customer, "gift-1"));
    let refused = outbox::queue(&desk.copy, &by("ana"), None, "", &operations).await.unwrap_err();
    assert!(refused.to_string().contains("approv"), "{refused}");
    let request = OperationId::try_new("please").unwrap();
    // It lapses by the server's clock.
    let clock = both.store().clock().await.unwrap().unwrap();
    let (ana, asking) = (Edge { now: clock, ..by("ana") }, Some((&request, Some("a gift").into())));
    let queued = outbox::queue(&desk.copy, &ana, asking, "", &operations).await.unwrap();
    assert_eq!(queued.effects[0].entries.len(), 1);
    desk.pushes().await;
    assert_eq!(times(&both, "gift-1").await, "0 0");
    let waiting = approvals::list(&both.production, now(), false).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].asked_by.as_str()), (1, "ana"));
    let content = waiting[0].content.clone();
    let decision = (&request, Verdict::Approve);
    approvals::decide(&both.production, &by("ben"), decision, Some(&content), None).await.unwrap();
    assert_eq!(times(&both, "gift-1").await, "1 1");
    desk.pull().await;
    same(&both, desk.copy.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_whose_clock_is_years_off_records_the_time_of_the_server() {
    let both = Both::of("money-wallet").await;
    let customer = customer_of(&both).await.to_string();
    let desk = Desk::of(&both).await;
    let off = Edge { now: "2031-01-01T00:00:00Z".parse().unwrap(), ..by("ana") };
    outbox::queue(&desk.copy, &off, None, "", &lines(&credit(&customer, "gift-1"))).await.unwrap();
    let pushed = outbox::push(&desk.copy, &desk.database, &off, Mode::Commit, &mut go_on).await;
    let mut pushed = pushed.unwrap();
    assert!(pushed.1.take().is_none());
    let id = OperationId::try_new("gift-1").unwrap();
    let stored = both.store().operation(&id).await.unwrap().unwrap().operation;
    let seconds = "SELECT extract(epoch FROM clock_timestamp())::bigint";
    let server: i64 = both.sql(seconds).lines().last().unwrap().trim().parse().unwrap();
    let between = server - stored.recorded_at.micros() / 1_000_000;
    assert!((0..600).contains(&between), "recorded {between} s before the server's time");
    desk.pull().await;
    same(&both, desk.copy.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_companys_ledger_gets_nothing_and_a_ledger_of_its_own_has_no_outbox() {
    let (both, other) = (Both::of("money-wallet").await, Both::of("money-wallet").await);
    let customer = customer_of(&both).await.to_string();
    let mut desk = Desk::of(&both).await;
    desk.queue(&by("ana"), &lines(&credit(&customer, "gift-1"))).await;
    other.sql(
        "SET session_replication_role = replica; UPDATE workspace SET workspace_id = 'another'",
    );
    desk.database.url = other.url.clone();
    let error = desk.is_refused().await;
    assert!(matches!(error, AppError::Sync(SyncError::OtherLedger { .. })), "{error}");
    assert_eq!(times(&other, "gift-1").await, "0 0");
    let folder = tempfile::tempdir().unwrap();
    let own = Workspace::<SqliteStore>::create(folder.path(), "own", now()).await.unwrap();
    let operations = lines(&credit(&customer, "gift-1"));
    let refused = outbox::queue(&own, &by("ana"), None, "", &operations).await.unwrap_err();
    assert!(matches!(refused, AppError::Outbox(OutboxError::NoCopy)), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_production_that_was_restored_and_lacks_what_the_copy_has_is_not_written_to() {
    let both = Both::of("money-wallet").await;
    let customer = customer_of(&both).await.to_string();
    let dump = both.cluster.dump(&both.url).unwrap();
    run(&both, &credit(&customer, "lost")).await;
    let mut desk = Desk::of(&both).await;
    desk.queue(&by("ana"), &lines(&credit(&customer, "gift-1"))).await;
    let url = both.cluster.database().unwrap();
    let name = url.rsplit('/').next().unwrap().to_owned();
    both.cluster.restore(&name, &dump).unwrap();
    desk.database.url = url;
    let error = desk.is_refused().await;
    assert!(matches!(error, AppError::Sync(SyncError::ServerChanged { .. })), "{error}");
    let count = "SET search_path = scrip; SELECT count(*) FROM operations WHERE id = 'gift-1'";
    assert_eq!(both.cluster.sql(&name, count).unwrap().lines().last().unwrap().trim(), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_damaged_ends_a_push_where_it_is_and_no_earlier() {
    let both = Both::of("money-wallet").await;
    let customer = customer_of(&both).await.to_string();
    let desk = Desk::of(&both).await;
    for number in 1..=3 {
        desk.queue(&by("ana"), &lines(&credit(&customer, &format!("gift-{number}")))).await;
    }
    std::fs::write(desk.file(2), "{").unwrap();
    let (view, stopped) = desk.push().await;
    assert_eq!((view.pushed.len(), view.pushed[0].number, view.waiting), (1, 1, 2));
    assert!(matches!(stopped, Some(AppError::Stored { .. })), "{stopped:?}");
    let stop = view.stopped.unwrap();
    assert!(
        stop.number == 2 && stop.is_kept_back && stop.why.contains("cannot be read"),
        "{stop:?}"
    );
    assert_eq!(times(&both, "gift-1").await, "1 1");
    assert_eq!(times(&both, "gift-3").await, "0 0");
    outbox::discard(&desk.copy, 2).unwrap();
    assert_eq!(desk.pushes().await.pushed[0].number, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_is_queued_is_made_once_and_kept_back_when_somebody_was_first() {
    let both = Both::of("money-wallet").await;
    let customer = customer_of(&both).await.to_string();
    let (ana, ben) = (Desk::of(&both).await, Desk::of(&both).await);
    // A request lapses by the server's clock.
    let clock = both.store().clock().await.unwrap().unwrap();
    let by = |name: &str| Edge { now: clock, ..by(name) };
    for id in ["first", "second"] {
        let request = OperationId::try_new(id).unwrap();
        let (asking, gift) =
            (Some((&request, approvals::Grounds::default())), format!("gift-{id}"));
        let operations = lines(&credit(&customer, &gift));
        outbox::queue(&ana.copy, &by("ana"), asking, "", &operations).await.unwrap();
    }
    ana.pushes().await;
    for desk in [&ana, &ben] {
        desk.pull().await;
    }
    let requests = approvals::list(&ben.copy, clock, false).await.unwrap();
    for request in requests.iter().rev() {
        let (id, content) = (OperationId::try_new(&request.id).unwrap(), Some(&*request.content));
        let decision = (&id, Verdict::Approve);
        approvals::put_decision(&ben.copy, &by("ben"), decision, content, None).await.unwrap();
    }
    assert_eq!(times(&both, "gift-first").await, "0 0");
    // Ana takes the second back before Ben is connected.
    let (second, withdraw) = (OperationId::try_new("second").unwrap(), Verdict::Withdraw);
    approvals::put_decision(&ana.copy, &by("ana"), (&second, withdraw), None, None).await.unwrap();
    ana.pushes().await;
    let (view, stopped) = ben.push().await;
    let pushed: Vec<_> = view.pushed.iter().map(|one| one.number).collect();
    assert_eq!(pushed, [1], "{stopped:?}");
    assert!(matches!(stopped, Some(AppError::Request(_))), "{stopped:?}");
    let stop = view.stopped.unwrap();
    assert!(stop.is_kept_back && stop.why.contains("decided by ana already"), "{stop:?}");
    assert_eq!(times(&both, "gift-first").await, "1 1");
    assert_eq!(times(&both, "gift-second").await, "0 0");
    outbox::discard(&ben.copy, 2).unwrap();
    for desk in [&ana, &ben] {
        desk.pull().await;
        same(&both, desk.copy.store()).await;
    }
    assert!(verify_folder(&both.production).await.unwrap().sound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_is_stopped_between_two_items_leaves_the_rest_as_it_was() {
    let both = Both::of("money-wallet").await;
    let customer = customer_of(&both).await.to_string();
    let desk = Desk::of(&both).await;
    for number in 1..=3 {
        desk.queue(&by("ana"), &lines(&credit(&customer, &format!("gift-{number}")))).await;
    }
    let kept = std::fs::read(desk.file(2)).unwrap();
    let mut told = Vec::new();
    let mut tell = |at: outbox::Pushing| {
        told.push((at.number, at.done, at.total));
        if at.done == 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let pushed =
        outbox::push(&desk.copy, &desk.database, &edge(), Mode::Commit, &mut tell).await.unwrap();
    assert!(matches!(pushed.1, Some(AppError::Cancelled)), "{pushed:?}");
    assert_eq!((pushed.0.pushed.len(), pushed.0.waiting), (1, 2));
    assert!(pushed.0.stopped.is_none());
    assert_eq!(told, [(1, 0, 3), (2, 1, 3)]);
    assert_eq!(std::fs::read(desk.file(2)).unwrap(), kept);
    assert_eq!(times(&both, "gift-2").await, "0 0");
    desk.pushes().await;
    desk.pull().await;
    same(&both, desk.copy.store()).await;
}
