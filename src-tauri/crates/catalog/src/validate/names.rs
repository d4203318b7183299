//! What a document defines, by code: what every check asks.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::hash::Hash;

use scrip_units::{CardCode, MeterCode, Scale, Unit, UnitCode, WalletTypeCode, Zone};

use crate::document::{Document, Meter, RateCard, UnitKind, WalletType};
use crate::problem::{Problem, ProblemCode};

/// What a unit may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Currency,
    Credit,
    Usage,
}

/// The records of a document by code; of duplicates, the first.
pub(crate) struct Names<'a> {
    units: HashMap<UnitCode, (Use, Scale)>,
    meters: HashMap<&'a MeterCode, &'a Meter>,
    wallet_types: HashMap<&'a WalletTypeCode, &'a WalletType>,
    cards: HashMap<&'a CardCode, &'a RateCard>,
    zone: Zone,
}

impl<'a> Names<'a> {
    pub(crate) fn of(document: &'a Document) -> Self {
        let mut units = HashMap::new();
        for unit in &document.units {
            let kind = match unit.kind {
                UnitKind::Credit => Use::Credit,
                UnitKind::Usage => Use::Usage,
            };
            let scale = Scale::try_new(unit.scale).unwrap_or(Scale::MAX);
            units.entry(unit.code).or_insert((kind, scale));
        }
        Self {
            units,
            meters: by(&document.meters, |m| &m.code),
            wallet_types: by(&document.wallet_types, |w| &w.code),
            cards: by(&document.rate_cards, |c| &c.code),
            zone: document.entity.time_zone,
        }
    }

    /// The zone of the entity.
    pub(crate) fn zone(&self) -> Zone {
        self.zone
    }

    fn find(&self, code: UnitCode) -> Option<(Use, Scale)> {
        let currency = || Unit::currency(code).map(|unit| (Use::Currency, unit.scale()));
        self.units.get(&code).copied().or_else(currency)
    }

    /// What a unit may be used for, if there is such a unit.
    pub(crate) fn unit(&self, code: UnitCode) -> Option<Use> {
        self.find(code).map(|(kind, _)| kind)
    }

    /// A unit's scale; unknown units are reported elsewhere and pass as the finest.
    pub(crate) fn scale(&self, code: UnitCode) -> Scale {
        self.find(code).map_or(Scale::MAX, |(_, scale)| scale)
    }

    pub(crate) fn meter(&self, code: &MeterCode) -> Option<&'a Meter> {
        self.meters.get(code).copied()
    }

    pub(crate) fn wallet_type(&self, code: &WalletTypeCode) -> Option<&'a WalletType> {
        self.wallet_types.get(code).copied()
    }

    pub(crate) fn card(&self, code: &CardCode) -> Option<&'a RateCard> {
        self.cards.get(code).copied()
    }
}

fn by<'a, K: Hash + Eq, T>(items: &'a [T], key: impl Fn(&'a T) -> &'a K) -> HashMap<&'a K, &'a T> {
    let mut map = HashMap::new();
    for item in items {
        map.entry(key(item)).or_insert(item);
    }
    map
}

/// Reports every code that a list has twice. `list` is the path of the list, `what` one of it.
pub(crate) fn unique<K: Hash + Eq + Display>(
    list: &str,
    what: &str,
    codes: impl IntoIterator<Item = K>,
    problems: &mut Vec<Problem>,
) {
    let mut seen = HashSet::new();
    let mut reported = HashSet::new();
    for code in codes {
        let path = format!("{list}[{code}]");
        if seen.contains(&code) {
            if reported.insert(path.clone()) {
                let message =
                    format!("There is more than one {what} {code}. Remove or rename one.");
                problems.push(Problem::error(ProblemCode::DuplicateCode, path, message));
            }
        } else {
            seen.insert(code);
        }
    }
}
