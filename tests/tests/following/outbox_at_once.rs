//! Several programs on one outbox: what is decided while another pushes is neither lost nor overwritten.

use std::collections::BTreeMap;
use std::sync::mpsc::{Sender, channel};

use scrip_app::operate::Mode;
use scrip_app::outbox::{self, OutboxError, PushView};
use scrip_app::workspace::Database;
use scrip_app::{AppError, Edge};
use scrip_store::LedgerStore;
use scrip_units::OperationId;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

use crate::outbox::{Desk, by, go_on, lines, renamed, times};
use crate::proxy::{self, Fate};
use crate::server::{Both, edge};
use crate::{credit, customer_of, same};

/// A push over a line that is held where a word passes, until it is let go.
struct HeldPush {
    reached: UnboundedReceiver<()>,
    let_go: Sender<()>,
    push: JoinHandle<Result<(PushView, Option<AppError>), AppError>>,
}

impl HeldPush {
    /// Begins to push, and comes back when the word is on its way.
    async fn at(both: &Both, desk: &Desk, word: &'static str) -> Self {
        let (tell, reached) = unbounded_channel();
        let (let_go, gone) = channel::<()>();
        let port = both.cluster.port();
        let mut is_held = false;
        let own = proxy::before(port, move |passing| {
            let is_word = passing.bytes.windows(word.len()).any(|part| part == word.as_bytes());
            if !passing.answers && is_word && !is_held {
                is_held = true;
                tell.send(()).unwrap();
                // Whoever lets go may just drop it.
                let _ = gone.recv();
            }
            Fate::Passes
        });
        let url = both.url.replace(&format!(":{port}/"), &format!(":{own}/"));
        let (copy, database) = (desk.copy.clone(), Database { url, ..desk.database.clone() });
        let push = tokio::spawn(async move {
            outbox::push(&copy, &database, &edge(), Mode::Commit, &mut go_on).await
        });
        let mut held = Self { reached, let_go, push };
        held.reached.recv().await.unwrap();
        held
    }

    async fn ends(self) -> (PushView, Option<AppError>) {
        drop(self.let_go);
        self.push.await.unwrap().unwrap()
    }
}

fn numbers(desk: &Desk) -> Vec<u64> {
    outbox::list(&desk.copy).unwrap().items.iter().map(|item| item.number).collect()
}

fn is_being_sent(outcome: &Result<impl Sized, AppError>) -> bool {
    matches!(outcome, Err(AppError::Outbox(OutboxError::BeingSent { number: 1 })))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_decided_while_a_push_is_held_is_neither_lost_nor_done_unasked() {
    let both = Both::of("money-wallet").await;
    let customer = customer_of(&both).await.to_string();
    let desk = Desk::of(&both).await;
    let gift = |number: u32| lines(&credit(&customer, &format!("gift-{number}")));
    desk.queue(&by("ana"), &gift(1)).await;
    desk.queue(&by("ana"), &gift(2)).await;
    desk.queue(&by("ana"), &renamed(&desk, 0, "By Ana", "names").await).await;
    let held = HeldPush::at(&both, &desk, "gift-1").await;

    // The one on its way stays as it is; the others are whoever's who decides on them.
    assert!(is_being_sent(&outbox::discard(&desk.copy, 1)));
    let none = BTreeMap::new();
    assert!(is_being_sent(&outbox::renew(&desk.copy, &by("ben"), 1, &none, None).await));
    outbox::discard(&desk.copy, 2).unwrap();
    let later = Edge { now: "2026-11-02T00:00:00Z".parse().unwrap(), ..by("ben") };
    outbox::renew(&desk.copy, &later, 3, &none, None).await.unwrap();
    assert_eq!(desk.queue(&by("ben"), &gift(4)).await.item.unwrap().number, 4);
    let second = outbox::push(&desk.copy, &desk.database, &edge(), Mode::Commit, &mut go_on).await;
    assert!(matches!(second, Err(AppError::Outbox(OutboxError::Pushing))), "{second:?}");

    let (view, stopped) = held.ends().await;
    assert!(stopped.is_none(), "{stopped:?}");
    assert_eq!(view.pushed.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 3]);
    // What was decided after the push began waits for the next.
    assert_eq!((view.waiting, numbers(&desk)), (1, vec![4]));
    assert_eq!(times(&both, "gift-2").await, "0 0");
    let names = both.store().operation(&OperationId::try_new("names").unwrap()).await.unwrap();
    assert_eq!(names.unwrap().operation.at, later.now);
    desk.pushes().await;
    assert_eq!(times(&both, "gift-4").await, "1 1");
    desk.pull().await;
    same(&both, desk.copy.store()).await;
    assert_eq!(desk.queue(&by("ana"), &gift(5)).await.item.unwrap().number, 5);
}

/// A desk with two gifts in its outbox, of which the first is being sent.
async fn pushing_two(both: &Both) -> (Desk, HeldPush) {
    let customer = customer_of(both).await.to_string();
    let desk = Desk::of(both).await;
    for number in 1..=2 {
        desk.queue(&by("ana"), &lines(&credit(&customer, &format!("gift-{number}")))).await;
    }
    let held = HeldPush::at(both, &desk, "gift-1").await;
    (desk, held)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_is_broken_off_leaves_the_outbox_to_others() {
    let both = Both::of("money-wallet").await;
    let (desk, held) = pushing_two(&both).await;
    held.push.abort();
    assert!(held.push.await.unwrap_err().is_cancelled());
    outbox::discard(&desk.copy, 1).unwrap();
    drop(held.let_go);
    assert_eq!(desk.pushes().await.pushed[0].number, 2);
    assert_eq!(times(&both, "gift-1").await, "0 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_and_cannot_be_taken_out_of_the_outbox_is_told_as_done() {
    let both = Both::of("money-wallet").await;
    let (desk, held) = pushing_two(&both).await;
    // A folder is not removed as a file is.
    let kept = std::fs::read(desk.file(1)).unwrap();
    std::fs::remove_file(desk.file(1)).unwrap();
    std::fs::create_dir(desk.file(1)).unwrap();
    let (view, stopped) = held.ends().await;
    assert_eq!((view.pushed.len(), view.pushed[0].number, view.waiting), (1, 1, 2));
    assert!(matches!(stopped, Some(AppError::File { .. })), "{stopped:?}");
    let stop = view.stopped.unwrap();
    assert!(stop.number == 1 && stop.why.contains("it is done"), "{stop:?}");
    std::fs::remove_dir(desk.file(1)).unwrap();
    std::fs::write(desk.file(1), kept).unwrap();
    let outcomes: Vec<_> =
        desk.pushes().await.pushed.iter().map(|one| one.operations[0].outcome).collect();
    assert_eq!(outcomes, ["already_applied", "applied"]);
    assert_eq!(times(&both, "gift-1").await, "1 1");
}
