//! The ledger: entries in the order of recording, and the proof that they are as they were recorded.

use scrip_app::query::{self, PlacedEntry};
use scrip_app::verify::{Check, VerifyView, verify_folder_telling};
use scrip_app::view::PostingView;
use scrip_journal::{Account, EntryKind};
use scrip_store::{EntryFilter, Page};
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::State;
use tauri::ipc::Channel;

use crate::commands::parse;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::task::{Progress, Task};

/// Entries of a page: few enough to cross at once, enough for two screens.
const PAGE: u32 = 200;

/// Which entries; every condition that is given must hold.
#[derive(Debug, Default, Deserialize, Type)]
pub struct LedgerFilter {
    /// Of this customer.
    pub customer: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Booked on this day or later.
    pub booked_from: Option<String>,
    /// Booked on this day or earlier.
    pub booked_to: Option<String>,
    /// Caused by this operation.
    pub operation: Option<String>,
    /// With a posting of this wallet.
    pub wallet: Option<String>,
    /// With a posting of this lot.
    pub lot: Option<String>,
    /// That count at this instant.
    pub as_of: Option<String>,
}

impl LedgerFilter {
    fn read(&self) -> Result<EntryFilter, Failure> {
        let kind = |code: &str| {
            let kind = EntryKind::ALL.iter().find(|kind| kind.code() == code);
            kind.copied().ok_or_else(|| Failure::input(&format!("{code} is no kind of entry")))
        };
        let day = |text: &str| parse::<scrip_units::Date>(text);
        Ok(EntryFilter {
            customer: self.customer.as_deref().map(parse).transpose()?,
            booked_from: self.booked_from.as_deref().map(day).transpose()?,
            booked_before: self
                .booked_to
                .as_deref()
                .map(day)
                .transpose()?
                .and_then(|d| d.succ_opt()),
            kind: self.kind.as_deref().map(kind).transpose()?,
            operation: self.operation.as_deref().map(parse).transpose()?,
            wallet: self.wallet.as_deref().map(parse).transpose()?,
            lot: self.lot.as_deref().map(parse).transpose()?,
            effective_until: self.as_of.as_deref().map(parse).transpose()?,
        })
    }
}

/// A line of an entry.
#[derive(Debug, Serialize, Type)]
pub struct LedgerPosting {
    /// Number of the account.
    pub number: String,
    /// Code of the account.
    pub account: String,
    /// Its name.
    pub name: String,
    /// Amount, debit positive.
    pub amount: String,
    /// Unit.
    pub unit: String,
    /// Wallet.
    pub wallet: Option<String>,
    /// Lot.
    pub lot: Option<String>,
    /// Rate: `card@version/row`.
    pub rate: Option<String>,
    /// Day of the service.
    pub service_day: Option<String>,
}

impl From<PostingView> for LedgerPosting {
    fn from(posting: PostingView) -> Self {
        let account = Account::ALL.iter().find(|account| account.code() == posting.account);
        Self {
            number: posting.number.to_owned(),
            account: posting.account.to_owned(),
            name: account.map_or(posting.account, |account| account.name()).to_owned(),
            amount: posting.amount,
            unit: posting.unit,
            wallet: posting.wallet,
            lot: posting.lot,
            rate: posting.rate,
            service_day: posting.service_day,
        }
    }
}

/// An entry.
#[derive(Debug, Serialize, Type)]
pub struct LedgerEntry {
    /// Its place in the ledger, from 1.
    pub seq: String,
    /// Customer.
    pub customer: String,
    /// Number in the customer's chain.
    pub number: String,
    /// Kind.
    pub kind: String,
    /// Operation.
    pub operation: String,
    /// From when it counts.
    pub effective_at: String,
    /// Accounting day.
    pub booked_on: String,
    /// Whether its own day was closed, so that it is booked on a later one.
    pub late: bool,
    /// In words.
    pub memo: String,
    /// The hash of the entry before it in the customer's chain.
    pub previous: String,
    /// Hash.
    pub hash: String,
    /// The hash of the columnar detail that it stands for, if it has any.
    pub detail: Option<String>,
    /// Lines.
    pub postings: Vec<LedgerPosting>,
}

impl From<PlacedEntry> for LedgerEntry {
    fn from(placed: PlacedEntry) -> Self {
        let entry = placed.entry;
        Self {
            seq: placed.seq.to_string(),
            customer: entry.customer,
            number: entry.number.to_string(),
            kind: entry.kind.to_owned(),
            operation: entry.operation,
            effective_at: entry.effective_at,
            booked_on: entry.booked_on,
            late: entry.late,
            memo: entry.memo,
            previous: placed.previous,
            hash: entry.hash,
            detail: placed.detail,
            postings: entry.postings.into_iter().map(LedgerPosting::from).collect(),
        }
    }
}

/// How a list of entries falls into pages.
#[derive(Debug, Serialize, Type)]
pub struct LedgerIndex {
    /// Entries in the list. A list that one person scrolls through has fewer than four billion.
    pub count: u32,
    /// Entries of a page.
    pub page: u32,
    /// Where each page begins.
    pub starts: Vec<String>,
    /// Kinds that entries may have, for the filter.
    pub kinds: Vec<String>,
}

/// How the entries that match a filter fall into pages, so that any of them can be asked for.
///
/// # Errors
/// When the filter is wrong or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn ledger_index(
    desk: State<'_, Desk>,
    filter: LedgerFilter,
) -> Result<LedgerIndex, Failure> {
    let index = query::entry_index(&desk.books().await?, &filter.read()?, PAGE).await?;
    let count = u32::try_from(index.count)
        .map_err(|_| Failure::input(&"the list is too long to scroll through: filter it"))?;
    Ok(LedgerIndex {
        count,
        page: PAGE,
        starts: index.starts.iter().map(u64::to_string).collect(),
        kinds: EntryKind::ALL.iter().map(|kind| kind.code().to_owned()).collect(),
    })
}

/// The page of entries that begins after a place in the ledger.
///
/// # Errors
/// When the filter is wrong or the ledger cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn ledger_page(
    desk: State<'_, Desk>,
    filter: LedgerFilter,
    start: String,
) -> Result<Vec<LedgerEntry>, Failure> {
    let page = Page::after(parse(&start)?, PAGE);
    let entries = query::placed_entries(&desk.books().await?, &filter.read()?, page).await?;
    Ok(entries.into_iter().map(LedgerEntry::from).collect())
}

/// One thing that was checked.
#[derive(Debug, Serialize, Type)]
pub struct VerifyCheck {
    /// What was checked, in words.
    pub check: String,
    /// How many were checked.
    pub count: String,
    /// What was wrong; empty when nothing was.
    pub findings: Vec<String>,
}

/// The result of a verification.
#[derive(Debug, Serialize, Type)]
pub struct Verification {
    /// Whether everything holds.
    pub sound: bool,
    /// Hash over all chain heads.
    pub checkpoint: String,
    /// The checks.
    pub checks: Vec<VerifyCheck>,
}

impl From<VerifyView> for Verification {
    fn from(view: VerifyView) -> Self {
        let check = |check: Check| VerifyCheck {
            check: check.check.to_owned(),
            count: check.count.to_string(),
            findings: check.findings,
        };
        Self {
            sound: view.sound,
            checkpoint: view.checkpoint,
            checks: view.checks.into_iter().map(check).collect(),
        }
    }
}

/// Verifies the workspace: follows every chain, and rebuilds the ledger from its operations.
///
/// # Errors
/// When the files cannot be reached, or it was stopped. What does not hold is a finding, no failure.
#[tauri::command]
#[specta::specta]
pub async fn verify_ledger(
    desk: State<'_, Desk>,
    task: String,
    progress: Channel<Progress>,
) -> Result<Verification, Failure> {
    let books = desk.books().await?;
    let work = move |mut task: Task| async move {
        let mut tell = |what: &'static str, done, total| {
            task.report(what, done, Some(total).filter(|total| *total > 0))
        };
        Ok(verify_folder_telling(&books, &mut tell).await?.into())
    };
    desk.tasks.run(task, progress, work).await
}
