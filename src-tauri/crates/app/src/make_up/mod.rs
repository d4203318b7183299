//! What a figure of a report is made of: the lots behind it, their entries, the usage behind an entry.
//!
//! A report adds up postings, so each of its figures is the sum of what single postings add to it. How
//! much that is, is asked of the report itself, made of nothing else: a make-up cannot disagree with its
//! report. What is not listed is counted and added up, so that a make-up always adds up to its figure.

mod events;
mod lens;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use scrip_journal::Posting;
use scrip_revenue::Fact;
use scrip_store::{
    EntryFilter, FactColumn, FactQuery, LedgerStore, LotFilter, LotRecord, Page, StoredEntry,
};
use scrip_units::{CustomerCode, LotId, Month, Unit, WalletCode, format_steps};
use serde::Serialize;

use crate::accounts;
use crate::error::AppError;
use crate::query::PlacedEntry;
use crate::reporting::{ReportKind, Window};
use crate::workspace::Workspace;

pub use events::{EventLineView, EventsView, entry_events};
use lens::Lens;

/// A figure of a report, by what stands around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellAt {
    /// Title of the table.
    pub table: String,
    /// The words that the row begins with.
    pub row: Vec<String>,
    /// Whether the row is a sum of others.
    pub is_sum: bool,
    /// Key of the column.
    pub column: String,
}

/// What a lot adds to a figure; without a lot, what belongs to none, such as overage.
#[derive(Debug, Clone, Serialize)]
pub struct PartView {
    /// Customer.
    pub customer: String,
    /// Lot.
    pub lot: Option<String>,
    /// Wallet of the lot.
    pub wallet: Option<String>,
    /// Kind of the lot.
    pub lot_kind: Option<String>,
    /// Day on which it was granted.
    pub granted_on: Option<String>,
    /// When it ends or ended.
    pub expires_at: Option<String>,
    /// What it adds.
    pub amount: String,
}

/// What a figure is made of. What is listed and the rest add up to the amount.
#[derive(Debug, Clone, Serialize)]
pub struct MakeUpView {
    /// The figure; of the customer alone when one was asked for.
    pub amount: String,
    /// Its unit; none when nothing adds to it.
    pub unit: Option<String>,
    /// What adds most to it, by size.
    pub parts: Vec<PartView>,
    /// How many parts are not listed.
    pub rest_count: u64,
    /// What they add together.
    pub rest: String,
}

/// An entry, and what it adds to a figure.
#[derive(Debug, Clone, Serialize)]
pub struct PartEntryView {
    /// The entry.
    pub entry: PlacedEntry,
    /// What it adds.
    pub amount: String,
}

/// The entries behind a part of a figure. What is listed and the rest add up to the amount.
#[derive(Debug, Clone, Serialize)]
pub struct PartEntriesView {
    /// What the part adds to the figure.
    pub amount: String,
    /// Its unit; none when nothing adds to it.
    pub unit: Option<String>,
    /// The latest of the entries, the latest first.
    pub entries: Vec<PartEntryView>,
    /// How many are not listed.
    pub rest_count: u64,
    /// What they add together.
    pub rest: String,
}

/// The lots that a figure is made of, those that add most to it first.
///
/// # Errors
/// [`AppError::Argument`] for a report that is no sum of postings, or the store's.
pub async fn make_up<S: LedgerStore>(
    workspace: &Workspace<S>,
    (kind, window): (&ReportKind, Window),
    cell: &CellAt,
    customer: Option<&CustomerCode>,
    listed: usize,
) -> Result<MakeUpView, AppError> {
    let mut lens = Lens::new((kind, window), cell, accounts::names(workspace).await?);
    let query = FactQuery {
        group: kind.columns().with(FactColumn::Customer).with(FactColumn::Lot),
        booked_from: lens.booked_from(),
        booked_before: window.before(),
        effective_until: window.effective_until,
        customer: customer.cloned(),
        classes: lens.classes(),
    };
    let mut sums: BTreeMap<(CustomerCode, Option<LotId>), i128> = BTreeMap::new();
    let mut sum = Sum::default();
    for fact in workspace.store().facts(&query).await? {
        let (Some(steps), Some(customer)) = (lens.adds(&fact)?, &fact.customer) else { continue };
        sum.add(steps)?;
        let part = sums.entry((customer.clone(), fact.lot.clone())).or_default();
        *part = part.checked_add(steps).ok_or_else(too_large)?;
    }
    let mut parts: Vec<_> = sums.into_iter().filter(|(_, steps)| *steps != 0).collect();
    parts.sort_by_key(|(_, steps)| std::cmp::Reverse(steps.unsigned_abs()));
    let rest = parts.split_off(listed.min(parts.len()));
    let text = |steps: i128| text(steps, lens.unit());
    let known = known_lots(workspace, parts.iter().map(|((customer, _), _)| customer)).await?;
    let part = |((customer, lot), steps): ((CustomerCode, Option<LotId>), i128)| {
        let found = lot.as_ref().and_then(|lot| known.get(&(customer.clone(), lot.clone())));
        PartView {
            customer: customer.to_string(),
            lot: lot.map(|lot| lot.to_string()),
            wallet: found.map(|lot| lot.wallet.to_string()),
            lot_kind: found.map(|lot| lot.kind.clone()),
            granted_on: found.map(|lot| lot.granted_on.to_string()),
            expires_at: found.and_then(|lot| lot.expires_at).map(|at| at.to_string()),
            amount: text(steps),
        }
    };
    Ok(MakeUpView {
        amount: text(sum.0),
        unit: lens.unit().map(|unit| unit.code().to_string()),
        rest_count: rest.len() as u64,
        rest: text(rest.iter().map(|(_, steps)| steps).sum()),
        parts: parts.into_iter().map(part).collect(),
    })
}

/// The entries that a part of a figure is made of: of a customer and a lot, or of a customer and no lot.
///
/// # Errors
/// As [`make_up`].
pub async fn part_entries<S: LedgerStore>(
    workspace: &Workspace<S>,
    (kind, window): (&ReportKind, Window),
    cell: &CellAt,
    (customer, lot): (&CustomerCode, Option<&LotId>),
    listed: usize,
) -> Result<PartEntriesView, AppError> {
    let mut lens = Lens::new((kind, window), cell, accounts::names(workspace).await?);
    let lots = lots_of(workspace, customer).await?;
    let filter = EntryFilter {
        customer: Some(customer.clone()),
        lot: lot.cloned(),
        booked_from: lens.booked_from(),
        booked_before: window.before(),
        effective_until: window.effective_until,
        ..EntryFilter::default()
    };
    let mut found: Vec<(StoredEntry, i128)> = Vec::new();
    let mut after = 0;
    loop {
        let page = workspace.store().entries(&filter, Page::after(after, 1_000)).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for stored in page {
            let mut adds = Sum::default();
            let postings = stored.entry.body.postings.iter();
            for posting in postings.filter(|posting| posting.lot.as_ref() == lot) {
                adds.add(lens.adds(&fact(&stored, posting, &lots))?.unwrap_or(0))?;
            }
            if adds.0 != 0 {
                found.push((stored, adds.0));
            }
        }
    }
    let mut sum = Sum::default();
    found.iter().try_for_each(|(_, steps)| sum.add(*steps))?;
    found.reverse();
    let rest = found.split_off(listed.min(found.len()));
    let text = |steps: i128| text(steps, lens.unit());
    Ok(PartEntriesView {
        amount: text(sum.0),
        unit: lens.unit().map(|unit| unit.code().to_string()),
        rest_count: rest.len() as u64,
        rest: text(rest.iter().map(|(_, steps)| steps).sum()),
        entries: found
            .iter()
            .map(|(stored, steps)| PartEntryView {
                entry: PlacedEntry::from(stored),
                amount: text(*steps),
            })
            .collect(),
    })
}

#[derive(Default)]
struct Sum(i128);

impl Sum {
    fn add(&mut self, steps: i128) -> Result<(), AppError> {
        self.0 = self.0.checked_add(steps).ok_or_else(too_large)?;
        Ok(())
    }
}

fn too_large() -> AppError {
    AppError::Argument("the figure is too large to add up".to_owned())
}

fn text(steps: i128, unit: Option<Unit>) -> String {
    unit.map_or_else(|| steps.to_string(), |unit| format_steps(steps, unit.scale()))
}

/// What is known of a customer's lots and wallets.
struct Lots {
    lots: BTreeMap<LotId, LotRecord>,
    /// The lot that went to each wallet last, which says what the wallet is.
    last: BTreeMap<WalletCode, LotId>,
}

async fn lots_of<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: &CustomerCode,
) -> Result<Lots, AppError> {
    let filter = LotFilter { customer: Some(customer.clone()), ..LotFilter::default() };
    let mut lots = Lots { lots: BTreeMap::new(), last: BTreeMap::new() };
    let mut after = 0;
    loop {
        let page = workspace.store().lots(&filter, Page::after(after, 1_000)).await?;
        let Some(last) = page.last() else { return Ok(lots) };
        after = last.seq;
        for stored in page {
            lots.last.insert(stored.lot.wallet.clone(), stored.lot.lot.clone());
            lots.lots.insert(stored.lot.lot.clone(), stored.lot);
        }
    }
}

async fn known_lots<S: LedgerStore>(
    workspace: &Workspace<S>,
    customers: impl Iterator<Item = &CustomerCode>,
) -> Result<BTreeMap<(CustomerCode, LotId), LotRecord>, AppError> {
    let mut known = BTreeMap::new();
    for customer in customers.collect::<BTreeSet<_>>() {
        let lots = lots_of(workspace, customer).await?.lots;
        known.extend(lots.into_iter().map(|(lot, record)| ((customer.clone(), lot), record)));
    }
    Ok(known)
}

/// A posting as the sum of itself: what a report of it alone would be made of.
fn fact(stored: &StoredEntry, posting: &Posting, lots: &Lots) -> Fact {
    let body = &stored.entry.body;
    let lot = posting.lot.as_ref().and_then(|lot| lots.lots.get(lot));
    let of_wallet = || lots.last.get(posting.wallet.as_ref()?).and_then(|lot| lots.lots.get(lot));
    let steps = i128::from(posting.amount.steps());
    Fact {
        month: Month::of(body.booked_on),
        account: posting.account,
        unit: posting.amount.unit(),
        kind: body.kind,
        customer: Some(stored.entry.customer.clone()),
        wallet_type: lot.or_else(of_wallet).map(|lot| lot.wallet_type.clone()),
        wallet: posting.wallet.clone(),
        lot: posting.lot.clone(),
        lot_kind: lot.map(|lot| lot.kind.clone()),
        lot_month: lot.map(|lot| Month::of(lot.granted_on)),
        rate: posting.rate.clone(),
        dimensions: posting.dimensions.as_ref().clone(),
        service_month: posting.service_day.map(Month::of),
        debit: steps.max(0),
        credit: (-steps).max(0),
    }
}
