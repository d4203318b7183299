//! A line that falls silent: nothing comes any more, and nothing says so.

use std::ops::ControlFlow;
use std::time::Duration;

use scrip_app::operate::{Mode, operate, read_lines};
use scrip_app::workspace::Database;
use scrip_app::{AppError, Workspace};
use scrip_production::sync::{Pull, SyncError, pull};
use scrip_production::{Ledger, PostgresOptions, PostgresStore};
use scrip_store::{LedgerStore, Mode as Access, StoreError};

use crate::proxy::{self, Fate, Passing};
use crate::server::{Both, edge, now, options};
use crate::{credit, customer_of, pulled, same};

/// Long enough for a busy machine to answer, and short enough to be waited for.
pub(crate) fn impatient() -> PostgresOptions {
    let (patience, statement) = (Duration::from_secs(2), Duration::from_secs(4));
    PostgresOptions { patience, statement, ..options() }
}

/// The address of the ledger behind a line that falls silent for good once `is_last` has passed.
fn silent_after(
    both: &Both,
    mut is_last: impl FnMut(&Passing<'_>) -> bool + Send + 'static,
) -> String {
    let port = both.cluster.port();
    let mut silent = false;
    let own = proxy::before(port, move |passing| {
        if silent {
            loop {
                std::thread::park();
            }
        }
        silent = is_last(passing);
        Fate::Passes
    });
    both.url.replace(&format!(":{port}/"), &format!(":{own}/"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_is_given_up_and_goes_on_when_the_line_is_back() {
    let both = Both::of("money-wallet").await;
    let mut answered = 0;
    let url = silent_after(&both, move |passing| {
        answered += if passing.answers { passing.bytes.len() } else { 0 };
        answered > 60_000
    });
    let production = PostgresStore::open(&url, Access::ReadOnly, &impatient()).await.unwrap();
    let go_on = &mut |_| ControlFlow::Continue(());
    let page = Pull { page: 5, ..Pull::default() };
    let error = pull(&production, &both.desk, page, now(), go_on).await.unwrap_err();
    assert!(matches!(error, SyncError::Store(StoreError::NotReached { .. })), "{error:?}");
    assert!(error.to_string().contains("has not answered for 6s"), "{error}");
    let kept = both.desk.status().await.unwrap().operations;
    assert!(kept > 0);
    let rest = pulled(both.store(), &both.desk, page).await;
    assert!(rest.operations > 0);
    same(&both, &both.desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_without_an_answer_is_done_once() {
    let both = Both::of("money-wallet").await;
    let url = silent_after(&both, |passing| {
        !passing.answers && passing.bytes.windows(6).any(|word| word == b"COMMIT")
    });
    let database = Database::new(url, impatient());
    let folder = tempfile::tempdir().unwrap();
    let away = Workspace::<Ledger>::open_in(folder.path(), &database, Access::ReadWrite);
    let away = away.await.unwrap();
    let gift = credit(customer_of(&both).await.as_str(), "gift");
    let gift = read_lines("operations", &gift).unwrap();
    let error = operate(&away, &edge(), "operations", &gift, Mode::Commit).await.unwrap_err();
    assert!(matches!(error, AppError::Store(StoreError::NotReached { .. })), "{error:?}");
    // It arrived, and nobody knows; the same again waits for it, and does nothing a second time.
    let again = operate(&both.production, &edge(), "operations", &gift, Mode::Commit).await;
    assert_eq!(again.unwrap().operations[0].outcome, "already_applied");
}
