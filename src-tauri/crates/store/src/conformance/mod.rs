//! The suite that every implementation of the contract must pass.
//!
//! An implementation brings a [`Harness`] in its tests and asserts that [`run`] finds no failure.

mod appending;
mod charges;
mod facts;
mod guarding;
mod histories;
mod periods;
mod records;
mod sample;
mod trail;
mod writers;

use std::fmt;

use crate::contract::LedgerStore;
use crate::error::StoreError;

/// Tables of a workspace's ledger that must refuse every change, each with a column to try it on.
pub const LEDGER_TABLES: &[(&str, &str)] = &[
    ("formats", "version"),
    ("workspace", "program_version"),
    ("days", "month"),
    ("accounts", "name"),
    ("units", "scale"),
    ("customers", "code"),
    ("wallet_types", "code"),
    ("wallets", "code"),
    ("rates", "version"),
    ("dimension_sets", "canonical"),
    ("operations", "body"),
    ("lots", "units"),
    ("lot_changes", "expires_at"),
    ("entries", "memo"),
    ("postings", "amount"),
    ("configs", "document"),
    ("imports", "summary"),
    ("segments", "info"),
    ("key_files", "info"),
    ("details", "info"),
    ("period_closes", "trial_balance"),
    ("alerts", "figures"),
    ("operation_details", "body"),
    ("operation_events", "position"),
    ("exchange_rates", "rate"),
];

/// What the suite needs of an implementation.
pub trait Harness: Sync {
    /// The implementation.
    type Store: LedgerStore;

    /// A ledger with nothing in it, not shared with any other case.
    fn fresh(&self) -> impl Future<Output = Result<Self::Store, StoreError>> + Send;

    /// The same ledger opened once more, as another program would open it.
    fn again(
        &self,
        store: &Self::Store,
    ) -> impl Future<Output = Result<Self::Store, StoreError>> + Send;

    /// Runs a statement on the ledger behind the store's back, with every privilege the program
    /// has, and gives the database's own words when it refuses.
    fn tamper(
        &self,
        store: &Self::Store,
        sql: String,
    ) -> impl Future<Output = Result<(), String>> + Send;

    /// Tables that must refuse every change, each with a column to try it on.
    fn tables(&self) -> &'static [(&'static str, &'static str)] {
        LEDGER_TABLES
    }
}

/// Why a case failed.
#[derive(Debug)]
pub struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(format!("unexpected error: {error}"))
    }
}

type Outcome = Result<(), Failure>;

/// What became of every case.
#[derive(Debug, Default)]
pub struct Report {
    /// Cases that passed.
    pub passed: Vec<&'static str>,
    /// Cases that failed, and why.
    pub failed: Vec<(&'static str, Failure)>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} cases passed, {} failed", self.passed.len(), self.failed.len())?;
        self.failed.iter().try_for_each(|(name, why)| writeln!(f, "{name}: {why}"))
    }
}

macro_rules! cases {
    ($harness:ident, $($module:ident::$case:ident),* $(,)?) => {{
        let mut report = Report::default();
        $(match $module::$case($harness).await {
            Ok(()) => report.passed.push(stringify!($case)),
            Err(failure) => report.failed.push((stringify!($case), failure)),
        })*
        report
    }};
}

/// Runs every case, each on a ledger of its own.
pub async fn run<H: Harness>(harness: &H) -> Report {
    cases!(
        harness,
        appending::a_new_ledger_is_empty,
        appending::what_was_appended_reads_back_exactly,
        appending::an_operation_is_found_by_its_id,
        appending::the_same_operation_twice_is_refused,
        appending::many_rows_keep_their_order,
        appending::entries_are_filtered,
        appending::any_page_of_entries_is_found,
        appending::lots_are_filtered,
        appending::a_lot_shows_the_expiry_in_force,
        appending::every_entry_changes_the_checkpoint,
        guarding::an_entry_that_does_not_follow_its_chain_is_refused,
        guarding::an_entry_that_was_tampered_with_is_refused,
        guarding::records_that_refer_to_nothing_are_refused,
        guarding::the_decimals_of_a_unit_never_change,
        guarding::a_rollback_leaves_nothing,
        guarding::a_failed_step_spoils_the_transaction,
        guarding::nothing_is_changed_or_removed,
        records::alerts_read_back_in_order,
        periods::a_close_reads_back_and_only_moves_forward,
        periods::nothing_is_booked_in_a_closed_period,
        records::books_are_replaced_whole,
        records::books_come_in_order_of_customer,
        records::configuration_revisions_follow_each_other,
        records::files_of_the_archive_are_kept_whole_or_not_at_all,
        records::the_manifest_reads_back,
        records::the_manifest_takes_no_number_twice,
        charges::details_of_operations_read_back,
        charges::an_event_is_kept_once_for_each_customer,
        charges::exchange_rates_read_back,
        trail::operations_are_filtered,
        facts::facts_are_the_sums_of_postings,
        facts::facts_add_up_to_zero_per_unit,
        facts::a_snapshot_is_of_one_moment,
        facts::sums_are_exact_beyond_sixty_four_bits,
        histories::sums_follow_every_history,
        writers::readers_see_what_is_committed_and_nothing_else,
        writers::a_stale_book_is_a_conflict,
        writers::two_writers_never_spend_the_same_balance,
    )
}

/// Fails unless both are equal.
fn equal<T: PartialEq + fmt::Debug>(what: &str, found: &T, expected: &T) -> Outcome {
    if found == expected {
        return Ok(());
    }
    let (found, expected) = (format!("{found:?}"), format!("{expected:?}"));
    let common = found.bytes().zip(expected.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| -> String {
        text.chars().skip(common.saturating_sub(200)).take(600).collect()
    };
    let (found, expected) = (around(&found), around(&expected));
    Err(Failure(format!("{what}: found ...{found}..., expected ...{expected}...")))
}

/// Fails unless it is so.
fn ensure(what: &str, so: bool) -> Outcome {
    if so { Ok(()) } else { Err(Failure(format!("not so: {what}"))) }
}

/// Fails unless the call was refused in the way expected.
fn refused<T>(
    what: &str,
    outcome: Result<T, StoreError>,
    expected: impl Fn(&StoreError) -> bool,
) -> Outcome {
    match outcome {
        Err(error) if expected(&error) => Ok(()),
        Err(error) => Err(Failure(format!("{what}: refused in another way: {error:?}"))),
        Ok(_) => Err(Failure(format!("{what}: not refused"))),
    }
}
