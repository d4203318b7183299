//! What two ledgers differ in beside their chains: operations, the configuration, closed periods.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use scrip_journal::Hash;
use scrip_store::{CloseRecord, LedgerStore, OperationShare, StoreError};
use scrip_units::{Actor, CustomerCode, Date, Instant, OperationId};

/// Operations of each kind of difference that are shown.
const SHOWN: usize = 20;

/// An operation in few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationInBrief {
    /// What it is.
    pub kind: String,
    /// Whom it concerns, where it is one customer.
    pub customer: Option<CustomerCode>,
    /// Who caused it.
    pub actor: Actor,
    /// When it counts.
    pub at: Instant,
    /// The hash of its text.
    pub body_hash: Hash,
}

/// An operation that the ledgers do not have alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationDifference {
    /// Its id.
    pub id: OperationId,
    /// What the first ledger has under it.
    pub here: Option<OperationInBrief>,
    /// What the second ledger has under it.
    pub there: Option<OperationInBrief>,
}

/// Operations that the ledgers do not have alike.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OperationsApart {
    /// How many only the first ledger has.
    pub only_here: u64,
    /// How many only the second ledger has.
    pub only_there: u64,
    /// How many both have, with another text.
    pub other: u64,
    /// The first of each, in order of id: with another text, only here, only there.
    pub listed: Vec<OperationDifference>,
}

impl OperationsApart {
    /// How many differ.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.only_here + self.only_there + self.other
    }

    /// Whether the first ledger has nothing that the second has not.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.only_here == 0 && self.other == 0
    }
}

/// A configuration of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    /// Its number.
    pub revision: u64,
    /// The hash of its document.
    pub hash: Hash,
}

/// The configurations in force, where they are not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigurationApart {
    /// That of the first ledger.
    pub here: Option<Revision>,
    /// That of the second ledger.
    pub there: Option<Revision>,
    /// Whether the second ledger had that of the first before.
    pub is_behind: bool,
}

/// A close of periods that the ledgers do not have alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseDifference {
    /// The last day that it closed.
    pub through: Date,
    /// The operation that closed it in the first ledger.
    pub here: Option<OperationId>,
    /// The operation that closed it in the second ledger.
    pub there: Option<OperationId>,
}

/// Compares the operations of two ledgers. Each sums its own; only shares that differ are compared one by
/// one.
pub(super) async fn operations<A: LedgerStore, B: LedgerStore>(
    here: &A,
    there: &B,
) -> Result<OperationsApart, StoreError> {
    let shares = differing(&here.operation_shares().await?, &there.operation_shares().await?);
    if shares.is_empty() {
        return Ok(OperationsApart::default());
    }
    let mut mine = HashMap::new();
    for mark in here.operation_marks(&shares).await? {
        mine.insert(mark.id, mark.body_hash);
    }
    let (mut other, mut only_here, mut only_there) =
        (First::default(), First::default(), First::default());
    // An operation with another text lies in two shares, which both differ, so both are here.
    for mark in there.operation_marks(&shares).await? {
        match mine.remove(&mark.id) {
            None => only_there.add(mark.id),
            Some(hash) if hash != mark.body_hash => other.add(mark.id),
            Some(_) => {}
        }
    }
    mine.into_keys().for_each(|id| only_here.add(id));
    let mut listed = Vec::new();
    for id in [&other, &only_here, &only_there].into_iter().flat_map(|first| &first.ids) {
        let (here, there) = (in_brief(here, id).await?, in_brief(there, id).await?);
        listed.push(OperationDifference { id: id.clone(), here, there });
    }
    let [other, only_here, only_there] = [other, only_here, only_there].map(|first| first.count);
    Ok(OperationsApart { only_here, only_there, other, listed })
}

/// The shares that are not the same in both.
fn differing(mine: &[OperationShare], theirs: &[OperationShare]) -> Vec<u8> {
    let mut shares: BTreeMap<u8, [Option<&OperationShare>; 2]> = BTreeMap::new();
    for (side, list) in [mine, theirs].into_iter().enumerate() {
        for share in list {
            shares.entry(share.share).or_default()[side] = Some(share);
        }
    }
    let differ = shares.into_iter().filter(|(_, [here, there])| here != there);
    differ.map(|(share, _)| share).collect()
}

/// Ids, of which the first are kept and the rest are counted.
#[derive(Default)]
struct First {
    count: u64,
    ids: BTreeSet<OperationId>,
}

impl First {
    fn add(&mut self, id: OperationId) {
        self.count += 1;
        self.ids.insert(id);
        if self.ids.len() > SHOWN {
            self.ids.pop_last();
        }
    }
}

async fn in_brief<S: LedgerStore>(
    store: &S,
    id: &OperationId,
) -> Result<Option<OperationInBrief>, StoreError> {
    Ok(store.operation(id).await?.map(|stored| {
        let operation = stored.operation;
        OperationInBrief {
            kind: operation.kind,
            customer: operation.customer,
            actor: operation.actor,
            at: operation.at,
            body_hash: operation.body_hash,
        }
    }))
}

/// Compares the configurations in force.
pub(super) async fn configuration<A: LedgerStore, B: LedgerStore>(
    here: &A,
    there: &B,
) -> Result<Option<ConfigurationApart>, StoreError> {
    let (mine, theirs) = (here.config_latest().await?, there.config_latest().await?);
    let [mine, theirs] = [mine, theirs].map(|config| {
        config.map(|config| Revision { revision: config.revision, hash: config.hash })
    });
    if mine == theirs {
        return Ok(None);
    }
    let is_behind = match mine {
        None => true,
        Some(mine) => {
            let then = there.config(mine.revision).await?;
            then.is_some_and(|then| then.hash == mine.hash)
        }
    };
    Ok(Some(ConfigurationApart { here: mine, there: theirs, is_behind }))
}

/// Compares the closes of periods.
pub(super) async fn closes<A: LedgerStore, B: LedgerStore>(
    here: &A,
    there: &B,
) -> Result<Vec<CloseDifference>, StoreError> {
    let mut closes: BTreeMap<Date, [Option<CloseRecord>; 2]> = BTreeMap::new();
    for (side, list) in [here.closes().await?, there.closes().await?].into_iter().enumerate() {
        for close in list {
            let through = close.through;
            closes.entry(through).or_default()[side] = Some(close);
        }
    }
    let differ = closes.into_iter().filter(|(_, [here, there])| here != there);
    let differ = differ.map(|(through, sides)| {
        let [here, there] = sides.map(|close| close.map(|close| close.operation));
        CloseDifference { through, here, there }
    });
    Ok(differ.collect())
}
