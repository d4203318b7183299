//! A line that hands over in another order what it was given. With TLS it ends there; without it, what is
//! stored is what the server's chains prove, or nothing.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use scrip_app::workspace::Database;
use scrip_app::{Workspace, following};
use scrip_production::sync::Pull;
use scrip_store::{Mode as Access, SqliteStore};

use crate::outbox::{Desk, by, lines, times};
use crate::proxy::{self, Fate, Passing};
use crate::server::{Both, now};
use crate::silence::impatient;
use crate::{credit, customer_of, same};

/// Where a run of bytes is taken apart.
#[derive(Debug, Clone, Copy)]
enum Apart {
    /// In the middle, wherever in a message that is.
    Anywhere,
    /// Between two messages: each of them arrives whole.
    BetweenMessages,
}

impl Apart {
    fn at(self, bytes: &[u8]) -> Option<usize> {
        let middle = bytes.len() / 2;
        match self {
            Self::Anywhere => Some(middle),
            Self::BetweenMessages => boundary(bytes, middle),
        }
    }
}

/// The first end of a message from `least` on, where the run begins with a message: one byte for its kind,
/// four for the length of the rest.
fn boundary(bytes: &[u8], least: usize) -> Option<usize> {
    let mut at = 0;
    while at < least {
        bytes.get(at).filter(|kind| kind.is_ascii_alphanumeric())?;
        let length: [u8; 4] = bytes.get(at + 1..at + 5)?.try_into().unwrap();
        at += 1 + usize::try_from(u32::from_be_bytes(length)).unwrap();
    }
    (at < bytes.len()).then_some(at)
}

/// The address of the ledger behind a line that muddles one run of bytes that goes one way, the first from
/// this place on that comes apart there; and how many went that way.
fn muddling(
    both: &Both,
    answers: bool,
    mut due: Option<usize>,
    apart: Apart,
) -> (Database, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let port = both.cluster.port();
    let own = proxy::before(port, move |passing: &Passing<'_>| {
        // What is as short as this has no two parts.
        if passing.answers != answers || passing.bytes.len() < 64 {
            return Fate::Passes;
        }
        let number = counted.fetch_add(1, Ordering::SeqCst);
        if due.is_none_or(|place| number < place) {
            return Fate::Passes;
        }
        let Some(at) = apart.at(passing.bytes) else { return Fate::Passes };
        due = None;
        Fate::Swapped(at)
    });
    let url = both.url.replace(&format!(":{port}/"), &format!(":{own}/"));
    (Database::new(url, impatient()), count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_stores_what_was_written_or_nothing() {
    let both = Both::of("money-wallet").await;
    let page = Pull { page: 200, ..Pull::default() };
    let into = async |folder: &tempfile::TempDir, database: &Database| {
        let go_on = &mut |_| ControlFlow::Continue(());
        following::pull(folder.path(), database, page, now(), go_on).await.map(drop)
    };
    let (straight, count) = muddling(&both, true, None, Apart::Anywhere);
    into(&tempfile::tempdir().unwrap(), &straight).await.unwrap();
    let runs = count.load(Ordering::SeqCst);
    assert!(runs > 20, "{runs} runs of bytes");

    let mut refused = 0;
    for place in (0..runs).step_by(runs.div_ceil(10)) {
        for apart in [Apart::Anywhere, Apart::BetweenMessages] {
            let folder = tempfile::tempdir().unwrap();
            let (muddled, _) = muddling(&both, true, Some(place), apart);
            let outcome = into(&folder, &muddled).await;
            refused += usize::from(outcome.is_err());
            if outcome.is_err() {
                // What came before it stays, and the rest comes over a sound line.
                let sound = Database::new(both.url.clone(), impatient());
                into(&folder, &sound).await.unwrap_or_else(|error| {
                    panic!("run {place}, {apart:?}: after {outcome:?} {error}");
                });
            }
            let copy = Workspace::<SqliteStore>::open(folder.path(), Access::ReadOnly).await;
            same(&both, copy.unwrap().store()).await;
        }
    }
    assert!(refused > 0, "nothing was muddled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_done_once() {
    let both = Both::of("money-wallet").await;
    let customer = customer_of(&both).await.to_string();
    let mut desk = Desk::of(&both).await;
    let sound = desk.database.clone();
    desk.queue(&by("ana"), &lines(&credit(&customer, "first"))).await;
    let (straight, count) = muddling(&both, false, None, Apart::Anywhere);
    desk.database = straight;
    desk.pushes().await;
    let runs = count.load(Ordering::SeqCst);
    assert!(runs > 5, "{runs} runs of bytes");

    let mut stopped = 0;
    for place in (0..runs).step_by(runs.div_ceil(6)) {
        desk.database = sound.clone();
        desk.pull().await;
        let gift = format!("gift-{place}");
        desk.queue(&by("ana"), &lines(&credit(&customer, &gift))).await;
        (desk.database, _) = muddling(&both, false, Some(place), Apart::BetweenMessages);
        stopped += usize::from(desk.tried().await);
        desk.database = sound.clone();
        desk.pushes().await;
        assert_eq!(times(&both, &gift).await, "1 1", "run {place}");
    }
    assert!(stopped > 0, "nothing was muddled");
    desk.pull().await;
    same(&both, desk.copy.store()).await;
}
