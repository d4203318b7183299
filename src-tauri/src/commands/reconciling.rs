//! Comparing a copy with the production ledger that it follows, down to the entry.

use std::time::Duration;

use scrip_app::AppError;
use scrip_app::following::{
    self, BriefView, CloseDifferenceView, ConfigurationApartView, Cure, CustomerDifferenceView,
    MonthDifferenceView, OperationDifferenceView, OperationsApartView, ReconcileView, RevisionView,
    SideView,
};
use scrip_units::Instant;
use serde::Serialize;
use specta::Type;
use tauri::State;
use tauri::ipc::Channel;

use crate::desk::Desk;
use crate::edge::now;
use crate::failure::Failure;
use crate::task::{Progress, Task};

/// One of two ledgers.
#[derive(Debug, Serialize, Type)]
pub struct ReconciledSide {
    /// The ledger as people call it.
    pub ledger: String,
    /// Chains, one a customer.
    pub chains: String,
    /// Entries.
    pub entries: String,
    /// The proof over all chains.
    pub checkpoint: String,
}

impl From<SideView> for ReconciledSide {
    fn from(side: SideView) -> Self {
        let (chains, entries) = (side.chains.to_string(), side.entries.to_string());
        Self { ledger: side.ledger, chains, entries, checkpoint: side.checkpoint }
    }
}

/// An entry that differs, as it is in one of the ledgers.
#[derive(Debug, Serialize, Type)]
pub struct ReconciledEntry {
    /// The operation that caused it.
    pub operation: String,
    /// Its kind.
    pub kind: String,
    /// Its accounting day.
    pub booked_on: String,
    /// One sentence.
    pub memo: String,
}

impl From<BriefView> for ReconciledEntry {
    fn from(BriefView { operation, kind, booked_on, memo, hash: _ }: BriefView) -> Self {
        Self { operation, kind, booked_on, memo }
    }
}

/// An entry that the ledgers do not have alike.
#[derive(Debug, Serialize, Type)]
pub struct EntryApart {
    /// Its number in the customer's chain.
    pub number: String,
    /// What the copy has.
    pub here: Option<ReconciledEntry>,
    /// What production has.
    pub there: Option<ReconciledEntry>,
}

/// A customer whose chains differ.
#[derive(Debug, Serialize, Type)]
pub struct CustomerApart {
    /// The customer.
    pub customer: String,
    /// Whether the copy has only less.
    pub is_behind: bool,
    /// Entries here.
    pub here: String,
    /// Entries there.
    pub there: String,
    /// How many entries differ.
    pub count: String,
    /// The first of them.
    pub entries: Vec<EntryApart>,
    /// How many are not listed.
    pub more: String,
}

impl From<CustomerDifferenceView> for CustomerApart {
    fn from(view: CustomerDifferenceView) -> Self {
        let more = view.count.saturating_sub(view.entries.len() as u64);
        let entries = view.entries.into_iter().map(|entry| EntryApart {
            number: entry.number.to_string(),
            here: entry.here.map(ReconciledEntry::from),
            there: entry.there.map(ReconciledEntry::from),
        });
        Self {
            customer: view.customer,
            is_behind: view.what == "behind",
            here: view.here.to_string(),
            there: view.there.to_string(),
            count: view.count.to_string(),
            entries: entries.collect(),
            more: more.to_string(),
        }
    }
}

/// A monthly total that differs.
#[derive(Debug, Serialize, Type)]
pub struct MonthApart {
    /// The accounting month.
    pub month: String,
    /// The account, with its number.
    pub account: String,
    /// Unit of the balances.
    pub unit: String,
    /// Debits less credits here.
    pub here: String,
    /// Debits less credits there.
    pub there: String,
}

impl From<MonthDifferenceView> for MonthApart {
    fn from(view: MonthDifferenceView) -> Self {
        Self {
            month: view.month,
            account: format!("{} {}", view.number, view.account),
            unit: view.unit,
            here: view.here,
            there: view.there,
        }
    }
}

/// Which of the ledgers has an operation.
#[derive(Debug, Clone, Copy, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum OperationIn {
    /// Only the copy.
    Here,
    /// Only production.
    There,
    /// Both, with another content.
    Both,
}

/// An operation that the ledgers do not have alike.
#[derive(Debug, Serialize, Type)]
pub struct OperationApart {
    /// Its id.
    pub operation: String,
    /// Which of them has it.
    pub is_in: OperationIn,
    /// What it is.
    pub kind: String,
    /// Whom it concerns, where it is one customer.
    pub customer: Option<String>,
    /// Who caused it.
    pub actor: String,
    /// When it counts.
    pub at: String,
}

impl From<OperationDifferenceView> for OperationApart {
    fn from(view: OperationDifferenceView) -> Self {
        let OperationDifferenceView { operation, what, kind, customer, actor, at } = view;
        let is_in = match what {
            "here" => OperationIn::Here,
            "there" => OperationIn::There,
            _ => OperationIn::Both,
        };
        Self { operation, is_in, kind, customer, actor, at }
    }
}

/// Operations that the ledgers do not have alike.
#[derive(Debug, Serialize, Type)]
pub struct OperationsApart {
    /// How many differ.
    pub count: String,
    /// The first of them.
    pub listed: Vec<OperationApart>,
    /// How many are not listed.
    pub more: String,
}

impl From<OperationsApartView> for OperationsApart {
    fn from(view: OperationsApartView) -> Self {
        let count = view.only_here + view.only_there + view.other;
        let more = count.saturating_sub(view.listed.len() as u64);
        let listed = view.listed.into_iter().map(OperationApart::from).collect();
        Self { count: count.to_string(), listed, more: more.to_string() }
    }
}

/// Something of a ledger that has neither chain nor customer, as both have it.
#[derive(Debug, Serialize, Type)]
pub struct SettingApart {
    /// What it is.
    pub what: String,
    /// What the copy has; none where it has nothing.
    pub here: Option<String>,
    /// What production has.
    pub there: Option<String>,
}

fn settings(
    configuration: Option<ConfigurationApartView>,
    closes: Vec<CloseDifferenceView>,
) -> Vec<SettingApart> {
    let revision = |RevisionView { revision, hash }| format!("{revision} ({hash:.8})");
    let configuration = configuration.map(|ConfigurationApartView { here, there }| SettingApart {
        what: "Configuration in force".to_owned(),
        here: here.map(revision),
        there: there.map(revision),
    });
    let closes =
        closes.into_iter().map(|CloseDifferenceView { through, here, there }| SettingApart {
            what: format!("Closed through {through}"),
            here: here.map(|by| format!("by {by}")),
            there: there.map(|by| format!("by {by}")),
        });
    configuration.into_iter().chain(closes).collect()
}

/// What brings the copy together with production.
#[derive(Debug, Clone, Copy, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ReconciledCure {
    /// They are the same; nothing.
    Nothing,
    /// A pull.
    Pull,
    /// A pull from the start.
    PullFromTheStart,
    /// Following the ledger in a new folder.
    Anew,
}

impl From<Cure> for ReconciledCure {
    fn from(cure: Cure) -> Self {
        match cure {
            Cure::Nothing => Self::Nothing,
            Cure::Pull => Self::Pull,
            Cure::PullFromTheStart => Self::PullFromTheStart,
            Cure::Anew => Self::Anew,
        }
    }
}

/// What differs between the copy and production.
#[derive(Debug, Serialize, Type)]
pub struct Reconciled {
    /// Whether they are the same.
    pub agrees: bool,
    /// Whether the copy has nothing that production has not.
    pub is_behind: bool,
    /// What brings them together.
    pub cure: ReconciledCure,
    /// What the copy has that production has not alike, in words.
    pub own: Option<String>,
    /// When they were compared.
    pub at: String,
    /// The copy.
    pub here: ReconciledSide,
    /// Production.
    pub there: ReconciledSide,
    /// Customers that differ.
    pub customers: Vec<CustomerApart>,
    /// Monthly totals that differ.
    pub months: Vec<MonthApart>,
    /// Operations that differ.
    pub operations: OperationsApart,
    /// The configuration in force and closed periods, where they differ.
    pub settings: Vec<SettingApart>,
}

impl From<(ReconcileView, Instant)> for Reconciled {
    fn from((view, at): (ReconcileView, Instant)) -> Self {
        Self {
            agrees: view.agrees,
            is_behind: view.is_behind,
            cure: view.cure.into(),
            own: view.own,
            at: at.to_string(),
            here: view.here.into(),
            there: view.there.into(),
            customers: view.customers.into_iter().map(CustomerApart::from).collect(),
            months: view.months.into_iter().map(MonthApart::from).collect(),
            operations: view.operations.into(),
            settings: settings(view.configuration, view.closes),
        }
    }
}

/// How often somebody who wants to stop is heard while the ledgers are compared.
const HEARD: Duration = Duration::from_millis(200);

/// Compares the open copy with its production ledger, down to the entry. It changes nothing.
///
/// # Errors
/// When the ledger cannot be reached.
#[tauri::command]
#[specta::specta]
pub async fn reconcile_production(
    desk: State<'_, Desk>,
    task: String,
    progress: Channel<Progress>,
) -> Result<Reconciled, Failure> {
    let (books, database, line) = (desk.books().await?, desk.database().await?, desk.line.clone());
    let work = move |mut task: Task| async move {
        task.step("Comparing every chain, every month and every operation")?;
        // What is pulled meanwhile would show as a difference.
        let _alone = line.alone().await;
        let at = now()?;
        let comparing = following::reconcile(&books, &database);
        tokio::pin!(comparing);
        loop {
            match tokio::time::timeout(HEARD, &mut comparing).await {
                Ok(found) => return Ok(Reconciled::from((found?, at))),
                Err(_) if task.is_cancelled() => return Err(AppError::Cancelled.into()),
                Err(_) => {}
            }
        }
    };
    desk.tasks.run(task, progress, work).await
}
