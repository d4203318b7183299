//! Reconcile: compares two ledgers chain by chain and month by month, and in what no chain holds - operations
//! without entries, the configuration, closed periods. It explains each difference down to the entry and the
//! operation.

use std::collections::{BTreeMap, BTreeSet};

use scrip_journal::{Account, EntryKind, Hash};
use scrip_store::{
    CustomerHead, EntryFilter, FactQuery, LedgerStore, Page, StoreError, StoredEntry, Unfinished,
};
use scrip_units::{CustomerCode, Date, Month, OperationId, Unit};

use super::apart::{self, CloseDifference, ConfigurationApart, OperationsApart};

/// Entries of a chain that are read at once.
const PAGE: u32 = 2_000;
/// Differing entries of one customer that are shown.
const SHOWN: usize = 20;

/// One of the two ledgers, as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The ledger as people call it.
    pub ledger: String,
    /// Chains, one a customer.
    pub chains: u64,
    /// Entries in all chains.
    pub entries: u64,
    /// The proof over all chain heads.
    pub checkpoint: Hash,
}

/// An entry in few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryInBrief {
    /// The operation that caused it.
    pub operation: OperationId,
    /// What it is.
    pub kind: EntryKind,
    /// Its accounting day.
    pub booked_on: Date,
    /// One sentence for people.
    pub memo: String,
    /// Its hash.
    pub hash: Hash,
}

/// An entry that the ledgers do not have alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryDifference {
    /// Its number in the customer's chain.
    pub number: u64,
    /// What the first ledger has there.
    pub here: Option<EntryInBrief>,
    /// What the second ledger has there.
    pub there: Option<EntryInBrief>,
}

/// A customer whose chains differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The customer.
    pub customer: CustomerCode,
    /// Entries in the first ledger.
    pub here: u64,
    /// Entries in the second ledger.
    pub there: u64,
    /// Entries that differ, the first ones.
    pub entries: Vec<EntryDifference>,
    /// How many differ in all.
    pub count: u64,
}

impl Difference {
    /// Whether the first ledger has nothing that the second has not: it is only behind.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.entries.iter().all(|entry| entry.here.is_none())
    }
}

/// A month in which an account's balance differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthDifference {
    /// The accounting month.
    pub month: Month,
    /// The account.
    pub account: Account,
    /// The unit.
    pub unit: Unit,
    /// Debits less credits in the first ledger, in smallest steps.
    pub here: i128,
    /// Debits less credits in the second ledger.
    pub there: i128,
}

/// What differs between two ledgers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// The first ledger.
    pub here: Side,
    /// The second ledger.
    pub there: Side,
    /// How far the first ledger has come, where it is a copy that was to get more; then no months are
    /// compared.
    pub unfinished: Option<Unfinished>,
    /// Customers whose chains differ, in order.
    pub customers: Vec<Difference>,
    /// Monthly totals that differ.
    pub months: Vec<MonthDifference>,
    /// Operations that differ.
    pub operations: OperationsApart,
    /// The configurations in force, where they differ.
    pub configuration: Option<ConfigurationApart>,
    /// Closes of periods that differ.
    pub closes: Vec<CloseDifference>,
}

impl Reconciliation {
    /// Whether the ledgers are the same.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.unfinished.is_none()
            && self.here.checkpoint == self.there.checkpoint
            && self.customers.is_empty()
            && self.months.is_empty()
            && self.operations == OperationsApart::default()
            && self.configuration.is_none()
            && self.closes.is_empty()
    }

    /// Whether the first ledger has nothing that the second has not.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.customers.iter().all(Difference::is_behind)
            && self.operations.is_behind()
            && self.configuration.is_none_or(|configuration| configuration.is_behind)
            && self.closes.iter().all(|close| close.here.is_none())
    }

    /// What the first ledger has that the second has not alike, in words; nothing where it is only behind.
    #[must_use]
    pub fn own(&self) -> Option<String> {
        let customers = self.customers.iter().filter(|customer| !customer.is_behind()).count();
        let closes = self.closes.iter().filter(|close| close.here.is_some()).count();
        let configuration = self.configuration.filter(|configuration| !configuration.is_behind);
        let counted = [
            (
                self.operations.only_here,
                "operation that is not there",
                "operations that are not there",
            ),
            (
                self.operations.other,
                "operation with another content",
                "operations with another content",
            ),
            (
                customers as u64,
                "customer with entries of its own",
                "customers with entries of their own",
            ),
            (closes as u64, "close of its own", "closes of its own"),
        ];
        let counted = counted.into_iter().filter(|(count, ..)| *count > 0);
        let counted = counted.map(|(count, one, many)| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {many}"),
        });
        let mut own: Vec<String> = counted.collect();
        if let Some(here) = configuration.and_then(|configuration| configuration.here) {
            own.push(format!("a configuration {} of its own", here.revision));
        }
        (!own.is_empty()).then(|| format!("this workspace has {}", own.join(", ")))
    }
}

/// What a difference of amounts in a month is measured by.
type Totals = BTreeMap<(Month, Account, Unit), i128>;

/// Compares two ledgers. What is written meanwhile to either may show as a difference.
///
/// # Errors
/// Those of the stores.
pub async fn reconcile<A: LedgerStore, B: LedgerStore>(
    here: &A,
    there: &B,
) -> Result<Reconciliation, StoreError> {
    let (mine, theirs) = (here.heads().await?, there.heads().await?);
    let mut customers = Vec::new();
    for customer in differing(&mine, &theirs) {
        customers.push(explain(here, there, customer).await?);
    }
    let operations = apart::operations(here, there).await?;
    let configuration = apart::configuration(here, there).await?;
    let closes = apart::closes(here, there).await?;
    let unfinished = here.unfinished().await?;
    let (a, b) = match &unfinished {
        None => (totals(here).await?, totals(there).await?),
        // A copy of which a part is here has no totals, and its chains say what it lacks.
        Some(_) => Default::default(),
    };
    let keys: BTreeSet<_> = a.keys().chain(b.keys()).copied().collect();
    let mut months = Vec::new();
    for key @ (month, account, unit) in keys {
        let [here, there] = [&a, &b].map(|totals| totals.get(&key).copied().unwrap_or(0));
        if here != there {
            months.push(MonthDifference { month, account, unit, here, there });
        }
    }
    let (here, there) = (side(here, &mine), side(there, &theirs));
    Ok(Reconciliation {
        here,
        there,
        unfinished,
        customers,
        months,
        operations,
        configuration,
        closes,
    })
}

fn side<S: LedgerStore>(store: &S, heads: &[CustomerHead]) -> Side {
    Side {
        ledger: store.place().to_owned(),
        chains: heads.len() as u64,
        entries: heads.iter().map(|head| head.chain.number).sum(),
        checkpoint: scrip_store::checkpoint_of(heads).hash,
    }
}

/// Customers whose heads are not the same in both.
fn differing(mine: &[CustomerHead], theirs: &[CustomerHead]) -> Vec<CustomerCode> {
    let mut heads: BTreeMap<&CustomerCode, [Option<&CustomerHead>; 2]> = BTreeMap::new();
    for (side, list) in [mine, theirs].into_iter().enumerate() {
        for head in list {
            heads.entry(&head.customer).or_default()[side] = Some(head);
        }
    }
    let differ = heads
        .into_iter()
        .filter(|(_, [here, there])| here.map(|head| head.chain) != there.map(|head| head.chain));
    differ.map(|(customer, _)| customer.clone()).collect()
}

async fn explain<A: LedgerStore, B: LedgerStore>(
    here: &A,
    there: &B,
    customer: CustomerCode,
) -> Result<Difference, StoreError> {
    let (mut a, mut b) = (Chained::of(here, &customer), Chained::of(there, &customer));
    let mut difference =
        Difference { customer: customer.clone(), here: 0, there: 0, entries: Vec::new(), count: 0 };
    loop {
        let (mine, theirs) = (a.next().await?, b.next().await?);
        difference.here += u64::from(mine.is_some());
        difference.there += u64::from(theirs.is_some());
        let number = match (&mine, &theirs) {
            (None, None) => return Ok(difference),
            (Some(entry), _) | (None, Some(entry)) => entry.entry.number,
        };
        if mine.as_ref().map(|e| e.entry.hash) == theirs.as_ref().map(|e| e.entry.hash) {
            continue;
        }
        difference.count += 1;
        if difference.entries.len() < SHOWN {
            let (here, there) = (mine.map(in_brief), theirs.map(in_brief));
            difference.entries.push(EntryDifference { number, here, there });
        }
    }
}

/// The entries of a customer, one after the other.
struct Chained<'a, S> {
    store: &'a S,
    filter: EntryFilter,
    after: u64,
    page: std::vec::IntoIter<StoredEntry>,
}

impl<'a, S: LedgerStore> Chained<'a, S> {
    fn of(store: &'a S, customer: &CustomerCode) -> Self {
        let filter = EntryFilter { customer: Some(customer.clone()), ..EntryFilter::default() };
        Self { store, filter, after: 0, page: Vec::new().into_iter() }
    }

    async fn next(&mut self) -> Result<Option<StoredEntry>, StoreError> {
        if let Some(entry) = self.page.next() {
            return Ok(Some(entry));
        }
        let page = self.store.entries(&self.filter, Page::after(self.after, PAGE)).await?;
        if let Some(last) = page.last() {
            self.after = last.seq;
        }
        self.page = page.into_iter();
        Ok(self.page.next())
    }
}

fn in_brief(stored: StoredEntry) -> EntryInBrief {
    let body = stored.entry.body;
    EntryInBrief {
        operation: body.operation,
        kind: body.kind,
        booked_on: body.booked_on,
        memo: body.memo,
        hash: stored.entry.hash,
    }
}

async fn totals<S: LedgerStore>(store: &S) -> Result<Totals, StoreError> {
    let mut totals = Totals::new();
    for fact in store.facts(&FactQuery::default()).await? {
        *totals.entry((fact.month, fact.account, fact.unit)).or_default() +=
            fact.debit - fact.credit;
    }
    Ok(totals)
}
