//! Who pays: the wallets that may pay for some usage, and the order in which their lots burn.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::sync::Arc;

use scrip_catalog::{Beyond, Catalog, DrawKey, Scope};
use scrip_units::{Instant, MeterCode, Number, Rounding, UnitCode, WalletCode, WalletTypeCode};

use crate::lot::{Lot, Wallet};

/// What the usage is, as far as wallets care.
#[derive(Debug, Clone, Copy)]
pub struct Funding<'a> {
    /// Unit of the charge.
    pub unit: UnitCode,
    /// The meter.
    pub meter: &'a MeterCode,
    /// Its dimension values.
    pub dimensions: &'a BTreeMap<Arc<str>, Arc<str>>,
    /// Wallet types that the rate names; empty for any.
    pub wallet_types: &'a [WalletTypeCode],
    /// When the usage occurred.
    pub at: Instant,
}

/// A wallet that may pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The wallet.
    pub wallet: WalletCode,
    /// 0 for wallets the rate names (or that are in scope), 1 and up for fallbacks in their order.
    pub depth: usize,
    /// Wallet priority.
    pub priority: u32,
    /// Whether the wallet type is limited to certain usage.
    pub scoped: bool,
    /// Its wallet type.
    pub wallet_type: WalletTypeCode,
}

/// The order of lots for one kind of usage, and what happens beyond them.
#[derive(Debug, Clone)]
pub struct DrawPlan {
    /// Positions of lots in the book's list, in burning order, whatever is left of them.
    pub lots: Vec<usize>,
    /// The wallets that may pay, in order.
    pub wallets: Vec<WalletCode>,
    /// What happens to usage that they do not cover.
    pub beyond: Beyond,
    /// The most overage in one billing period, in money.
    pub overage_limit: Option<Number>,
    /// With an overdraft: the wallet that is overdrawn, its type, and how far it may be, in its unit.
    pub overdraft: Option<(Wallet, Number)>,
}

fn in_scope(scope: &[Scope], funding: &Funding<'_>) -> bool {
    scope.is_empty()
        || scope.iter().any(|s| {
            s.meter == *funding.meter
                && s.matches.iter().all(|(name, wanted)| {
                    wanted == "*"
                        || funding.dimensions.get(name.as_str()).is_some_and(|v| **v == **wanted)
                })
        })
}

/// Why a wallet may or may not pay, in words; `None` when it may.
#[must_use]
pub fn skipped_because(
    catalog: &Catalog,
    wallet: &Wallet,
    funding: &Funding<'_>,
) -> Option<&'static str> {
    let Some(definition) = catalog.wallet_type(&wallet.wallet_type) else {
        return Some("its wallet type is not in the catalog");
    };
    if definition.unit != funding.unit {
        return Some("it holds another unit");
    }
    let Some(version) = catalog.wallet_type_at(&wallet.wallet_type, funding.at) else {
        return Some("its wallet type had no version in force");
    };
    if !in_scope(&version.scope, funding) {
        return Some("its scope does not admit this usage");
    }
    if depth(catalog, &wallet.wallet_type, funding).is_none() {
        return Some("the rate names other wallet types, and it is not a fallback of theirs");
    }
    None
}

/// 0 for a wallet type the rate names, or any when it names none; otherwise its place among the
/// fallbacks of the named types.
fn depth(catalog: &Catalog, wallet_type: &WalletTypeCode, funding: &Funding<'_>) -> Option<usize> {
    if funding.wallet_types.is_empty() || funding.wallet_types.contains(wallet_type) {
        return Some(0);
    }
    let fallbacks = funding
        .wallet_types
        .iter()
        .filter_map(|named| catalog.wallet_type_at(named, funding.at))
        .flat_map(|version| version.fallbacks.iter());
    fallbacks.enumerate().find(|(_, code)| *code == wallet_type).map(|(place, _)| place + 1)
}

/// The wallets that may pay, in order: named before fallbacks, then by wallet priority, then code.
#[must_use]
pub fn candidates(
    catalog: &Catalog,
    wallets: &BTreeMap<WalletCode, Wallet>,
    funding: &Funding<'_>,
) -> Vec<Candidate> {
    let mut found: Vec<_> = wallets
        .values()
        .filter(|wallet| skipped_because(catalog, wallet, funding).is_none())
        .filter_map(|wallet| {
            let version = catalog.wallet_type_at(&wallet.wallet_type, funding.at)?;
            Some(Candidate {
                wallet: wallet.code.clone(),
                depth: depth(catalog, &wallet.wallet_type, funding)?,
                priority: version.priority,
                scoped: !version.scope.is_empty(),
                wallet_type: wallet.wallet_type.clone(),
            })
        })
        .collect();
    found.sort_by(|a, b| (a.depth, a.priority, &a.wallet).cmp(&(b.depth, b.priority, &b.wallet)));
    found
}

/// The order in which lots burn for some usage.
///
/// Lots of a wallet that comes earlier ([`candidates`]) burn first; among wallets of the same depth
/// and priority all lots are one pool. The pool burns by the draw order of its first wallet's type.
/// What happens beyond is decided by the type of the last wallet; without any wallet, by the first
/// type that the rate names or that holds the unit and admits the usage.
#[must_use]
pub fn plan(
    catalog: &Catalog,
    wallets: &BTreeMap<WalletCode, Wallet>,
    lots: &[Lot],
    funding: &Funding<'_>,
) -> DrawPlan {
    let candidates = candidates(catalog, wallets, funding);
    let version_of = |code: &WalletTypeCode| catalog.wallet_type_at(code, funding.at);
    let (last, purse) = match candidates.last() {
        Some(candidate) => (
            version_of(&candidate.wallet_type),
            Some((candidate.wallet.clone(), &candidate.wallet_type)),
        ),
        None => match type_without_wallet(catalog, funding) {
            None => (None, None),
            Some(code) => {
                // It is made with the first overdraft, if it may pay for this.
                let version = version_of(code);
                let admits = version.is_some_and(|version| in_scope(&version.scope, funding));
                let new = WalletCode::try_new(code.as_str()).ok();
                let free = new.filter(|new| admits && !wallets.contains_key(new));
                (version, free.map(|new| (new, code)))
            }
        },
    };
    let overdraft = last.and_then(|version| version.overdraft_limit).zip(purse);
    let mut order = Vec::new();
    for pool in candidates.chunk_by(|a, b| (a.depth, a.priority) == (b.depth, b.priority)) {
        let keys =
            version_of(&pool[0].wallet_type).map(|v| v.draw_order.clone()).unwrap_or_default();
        let wallet_of = |lot: &Lot| pool.iter().find(|c| c.wallet == lot.wallet);
        let mut members: Vec<(usize, bool)> = lots
            .iter()
            .enumerate()
            .filter_map(|(index, lot)| wallet_of(lot).map(|candidate| (index, candidate.scoped)))
            .collect();
        members.sort_by(|a, b| compare((&lots[a.0], a.1), (&lots[b.0], b.1), &keys));
        order.extend(members.into_iter().map(|(index, _)| index));
    }
    DrawPlan {
        lots: order,
        wallets: candidates.iter().map(|candidate| candidate.wallet.clone()).collect(),
        beyond: last.map_or(Beyond::Overage, |v| v.beyond),
        overage_limit: last.and_then(|v| v.overage_limit),
        overdraft: overdraft.map(|(limit, (code, wallet_type))| {
            (Wallet { code, wallet_type: wallet_type.clone() }, limit)
        }),
    }
}

/// Wallets of another unit that pay what the others cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    /// Their wallet type.
    pub wallet_type: WalletTypeCode,
    /// Its unit.
    pub unit: UnitCode,
    /// The wallets, in order of their codes.
    pub wallets: Vec<WalletCode>,
    /// Positions of their lots in the book's list, in burning order, whatever is left of them.
    pub lots: Vec<usize>,
}

/// The wallets of other units that pay when those of the charge's unit cannot: the fallbacks of the
/// wallet types that the rate names, or of all that hold the unit and admit the usage when it names
/// none, in the order in which they are declared.
#[must_use]
pub fn crossings(
    catalog: &Catalog,
    wallets: &BTreeMap<WalletCode, Wallet>,
    lots: &[Lot],
    funding: &Funding<'_>,
) -> Vec<Crossing> {
    let version_of = |code: &WalletTypeCode| catalog.wallet_type_at(code, funding.at);
    let any = catalog.document().wallet_types.iter().filter(|t| t.unit == funding.unit);
    let any = any.map(|t| &t.code).filter(|code| {
        funding.wallet_types.is_empty()
            && version_of(code).is_some_and(|version| in_scope(&version.scope, funding))
    });
    let mut found: Vec<Crossing> = Vec::new();
    for named in funding.wallet_types.iter().chain(any) {
        let fallbacks = version_of(named).map(|version| version.fallbacks.as_slice());
        for code in fallbacks.unwrap_or_default() {
            let Some(definition) = catalog.wallet_type(code) else { continue };
            let admits = version_of(code).is_some_and(|version| in_scope(&version.scope, funding));
            let known = found.iter().any(|crossing| crossing.wallet_type == *code);
            if definition.unit == funding.unit || !admits || known {
                continue;
            }
            let own = wallets.values().filter(|wallet| wallet.wallet_type == *code);
            let own: Vec<WalletCode> = own.map(|wallet| wallet.code.clone()).collect();
            let keys = version_of(code).map(|v| v.draw_order.as_slice()).unwrap_or_default();
            let mut order: Vec<usize> =
                (0..lots.len()).filter(|index| own.contains(&lots[*index].wallet)).collect();
            in_draw_order(lots, &mut order, keys);
            if !own.is_empty() {
                found.push(Crossing {
                    wallet_type: code.clone(),
                    unit: definition.unit,
                    wallets: own,
                    lots: order,
                });
            }
        }
    }
    found
}

/// The lots of one wallet that are usable at an instant and have units left, in the draw order of its
/// type: the order in which everything but usage takes units from it.
#[must_use]
pub fn wallet_order(catalog: &Catalog, wallet: &Wallet, lots: &[Lot], at: Instant) -> Vec<usize> {
    let version = catalog.wallet_type_at(&wallet.wallet_type, at);
    let keys = version.map(|v| v.draw_order.as_slice()).unwrap_or_default();
    let mut order: Vec<usize> = (0..lots.len())
        .filter(|index| {
            let lot = &lots[*index];
            lot.wallet == wallet.code && lot.available > 0 && lot.is_usable_at(at)
        })
        .collect();
    in_draw_order(lots, &mut order, keys);
    order
}

fn type_without_wallet<'a>(
    catalog: &'a Catalog,
    funding: &Funding<'a>,
) -> Option<&'a WalletTypeCode> {
    let in_force = |code: &&WalletTypeCode| catalog.wallet_type_at(code, funding.at).is_some();
    if let Some(named) = funding.wallet_types.iter().find(in_force) {
        return Some(named);
    }
    let admits = |code: &WalletTypeCode| {
        let version = catalog.wallet_type_at(code, funding.at);
        version.is_some_and(|version| in_scope(&version.scope, funding))
    };
    let mut any = catalog.document().wallet_types.iter().filter(|t| t.unit == funding.unit);
    let any = any.find(|t| funding.wallet_types.is_empty() && admits(&t.code));
    any.map(|t| &t.code)
}

/// Puts positions of lots of one wallet in the order in which they burn.
pub fn in_draw_order(lots: &[Lot], positions: &mut [usize], keys: &[DrawKey]) {
    positions.sort_by(|a, b| compare((&lots[*a], true), (&lots[*b], true), keys));
}

/// Compares two lots by a draw order; the lot id decides last.
fn compare(a: (&Lot, bool), b: (&Lot, bool), keys: &[DrawKey]) -> Ordering {
    let by_key = |key: &DrawKey| {
        let (x, y) = (a.0, b.0);
        match key {
            DrawKey::GrantPriority => {
                x.priority.map_or((1, 0), |p| (0, p)).cmp(&y.priority.map_or((1, 0), |p| (0, p)))
            }
            DrawKey::ScopedFirst => b.1.cmp(&a.1),
            DrawKey::SoonestExpiry => {
                x.expires_at.unwrap_or(Instant::MAX).cmp(&y.expires_at.unwrap_or(Instant::MAX))
            }
            DrawKey::PromotionalFirst => y.kind.is_free().cmp(&x.kind.is_free()),
            DrawKey::PaidFirst => x.kind.is_free().cmp(&y.kind.is_free()),
            DrawKey::LowestUnitCost => unit_cost(x, y),
            DrawKey::HighestUnitCost => unit_cost(y, x),
            DrawKey::EarliestEffective => since(x).cmp(&since(y)),
            DrawKey::LatestEffective => Reverse(since(x)).cmp(&Reverse(since(y))),
            DrawKey::LargestGrant => y.issued.cmp(&x.issued),
            DrawKey::LotId => x.id.cmp(&y.id),
        }
    };
    keys.iter().map(by_key).find(|o| o.is_ne()).unwrap_or_else(|| a.0.id.cmp(&b.0.id))
}

/// From when the customer has had the units: what rolled over keeps its place before what is new.
fn since(lot: &Lot) -> Instant {
    lot.usable_since.unwrap_or(lot.effective_at)
}

/// Compares consideration per unit without dividing. Lots of different currencies compare by the
/// currency's code after free ones: which of two currencies is dearer is not the wallet's to know.
fn unit_cost(a: &Lot, b: &Lot) -> Ordering {
    let free = |lot: &Lot| lot.consideration == 0;
    match (free(a), free(b)) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Less,
        (false, true) => return Ordering::Greater,
        (false, false) => {}
    }
    let currency = |lot: &Lot| lot.currency.map(|c| c.0.code());
    currency(a).cmp(&currency(b)).then_with(|| {
        let left = i128::from(a.consideration) * i128::from(b.issued);
        let right = i128::from(b.consideration) * i128::from(a.issued);
        left.cmp(&right)
    })
}

/// What one lot gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Take {
    /// Position of the lot.
    pub lot: usize,
    /// Units from what is available.
    pub available: i64,
    /// Units from what had expired before the usage arrived.
    pub expired: i64,
    /// Units from what was held for the usage.
    pub held: i64,
}

impl DrawPlan {
    /// Splits `units` over the lots at an instant and says how much they do not cover. Takes go to
    /// `takes`, which is emptied first, so that a loop over events allocates nothing.
    pub fn draw(&self, lots: &[Lot], units: i64, at: Instant, takes: &mut Vec<Take>) -> i64 {
        takes.clear();
        let mut wanted = units;
        for index in &self.lots {
            if wanted == 0 {
                break;
            }
            let lot = &lots[*index];
            if lot.drawable() == 0 || !lot.is_usable_at(at) {
                continue;
            }
            let available = wanted.min(lot.available);
            let expired = (wanted - available).min(lot.expired_late());
            if available + expired > 0 {
                takes.push(Take { lot: *index, available, expired, held: 0 });
                wanted -= available + expired;
            }
        }
        wanted
    }

    /// Forgets lots that can never be drawn again by usage at or after an instant.
    pub fn drop_dead(&mut self, lots: &[Lot], at: Instant) {
        self.lots.retain(|index| {
            let lot = &lots[*index];
            lot.drawable() > 0 && lot.expires_at.is_none_or(|end| at < end)
        });
    }

    /// The overage limit in smallest steps of the currency.
    #[must_use]
    pub fn overage_limit_steps(&self, steps_per_unit: i64) -> Option<i64> {
        Self::steps(self.overage_limit?, steps_per_unit)
    }

    /// The overdraft limit in smallest steps of the wallet's unit.
    #[must_use]
    pub fn overdraft_limit_steps(&self, steps_per_unit: i64) -> Option<i64> {
        Self::steps(self.overdraft.as_ref()?.1, steps_per_unit)
    }

    fn steps(limit: Number, steps_per_unit: i64) -> Option<i64> {
        let limit = limit.exact().ok()?;
        let steps = limit.try_mul(scrip_units::Exact::whole(steps_per_unit)).ok()?;
        i64::try_from(steps.round(Rounding::Down).ok()?).ok()
    }
}
