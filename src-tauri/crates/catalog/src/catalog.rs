//! The catalog: a validated document with its references resolved and its dates made instants.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use scrip_units::{
    CardCode, CustomerCode, Instant, MeterCode, PlanCode, Scale, Unit, UnitCode, WalletTypeCode,
    Zone,
};

use crate::document::{
    AppliesTo, ApprovalRule, Conversion, Customer, Document, Meter, Plan, PlanVersion, RateCard,
    WalletType, WalletTypeVersion,
};
use crate::matching::conversion_paths;
use crate::problem::Problem;
use crate::validate::validate;
use crate::version::{Effective, Version};

/// A validated configuration with an index for each kind of thing.
///
/// Made by [`Catalog::try_new`] only, so whoever holds one need not check references again.
#[derive(Debug, Clone)]
pub struct Catalog {
    document: Arc<Document>,
    revision: u64,
    units: BTreeMap<UnitCode, Unit>,
    customers: HashMap<CustomerCode, usize>,
    meters: HashMap<MeterCode, usize>,
    wallet_types: HashMap<WalletTypeCode, usize>,
    cards: HashMap<CardCode, usize>,
}

impl Catalog {
    /// Validates and indexes a document. `revision` is the number under which the workspace stores
    /// it; 0 before it is stored. Warnings do not stop it; ask [`crate::validate()`] for them.
    ///
    /// # Errors
    /// Every problem of the document, warnings included, when at least one is an error.
    pub fn try_new(document: Document, revision: u64) -> Result<Self, Vec<Problem>> {
        let problems = validate(&document);
        if problems.iter().any(Problem::is_error) {
            return Err(problems);
        }
        Ok(Self::index(document, revision))
    }

    fn index(document: Document, revision: u64) -> Self {
        fn by<K: std::hash::Hash + Eq, T>(items: &[T], key: impl Fn(&T) -> K) -> HashMap<K, usize> {
            items.iter().enumerate().map(|(i, item)| (key(item), i)).collect()
        }
        let units = document
            .units
            .iter()
            .filter_map(|u| Some((u.code, Unit::new(u.code, Scale::try_new(u.scale).ok()?))))
            .collect();
        Self {
            revision,
            units,
            customers: by(&document.customers, |c| c.code.clone()),
            meters: by(&document.meters, |m| m.code.clone()),
            wallet_types: by(&document.wallet_types, |w| w.code.clone()),
            cards: by(&document.rate_cards, |c| c.code.clone()),
            document: Arc::new(document),
        }
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The revision number the workspace stores it under.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The entity's zone.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.document.entity.time_zone
    }

    /// The unit with this code: one the operator defined, or an ISO 4217 currency.
    #[must_use]
    pub fn unit(&self, code: UnitCode) -> Option<Unit> {
        self.units.get(&code).copied().or_else(|| Unit::currency(code))
    }

    /// Whether a unit is a currency rather than a unit the operator defined.
    #[must_use]
    pub fn is_currency(&self, code: UnitCode) -> bool {
        !self.units.contains_key(&code) && Unit::currency(code).is_some()
    }

    /// The entity's currency.
    #[must_use]
    pub fn functional_currency(&self) -> Option<Unit> {
        self.unit(self.document.entity.currency)
    }

    /// A customer.
    #[must_use]
    pub fn customer(&self, code: &CustomerCode) -> Option<&Customer> {
        self.customers.get(code).map(|i| &self.document.customers[*i])
    }

    /// The rule by which an operation, named by its code, needs a second person.
    #[must_use]
    pub fn approval_rule(&self, operation: &str) -> Option<&ApprovalRule> {
        let names = |rule: &&ApprovalRule| rule.operations.iter().any(|o| o.code() == operation);
        self.document.approvals.iter().find(names)
    }

    /// A meter.
    #[must_use]
    pub fn meter(&self, code: &MeterCode) -> Option<&Meter> {
        self.meters.get(code).map(|i| &self.document.meters[*i])
    }

    /// A wallet type.
    #[must_use]
    pub fn wallet_type(&self, code: &WalletTypeCode) -> Option<&WalletType> {
        self.wallet_types.get(code).map(|i| &self.document.wallet_types[*i])
    }

    /// The version of a wallet type in force at an instant.
    #[must_use]
    pub fn wallet_type_at(&self, code: &WalletTypeCode, at: Instant) -> Option<&WalletTypeVersion> {
        self.wallet_type(code)?.at(at, self.zone())
    }

    /// A version of a wallet type by its number: the terms of a lot for life.
    #[must_use]
    pub fn wallet_type_version(
        &self,
        code: &WalletTypeCode,
        number: u32,
    ) -> Option<&WalletTypeVersion> {
        self.wallet_type(code)?.versions.iter().find(|v| v.is_published() && v.version == number)
    }

    /// A plan.
    #[must_use]
    pub fn plan(&self, code: &PlanCode) -> Option<&Plan> {
        self.document.plans.iter().find(|plan| plan.code == *code)
    }

    /// A version of a plan by its number: the terms of a subscription for life.
    #[must_use]
    pub fn plan_version(&self, code: &PlanCode, number: u32) -> Option<&PlanVersion> {
        let versions = &self.plan(code)?.versions;
        versions.iter().find(|v| v.is_published() && v.version == number)
    }

    /// A rate card.
    #[must_use]
    pub fn card(&self, code: &CardCode) -> Option<&RateCard> {
        self.cards.get(code).map(|i| &self.document.rate_cards[*i])
    }

    /// The cards that may price a customer's usage, in the order they are asked: the customer's
    /// own, then those for everyone.
    pub fn cards_for(&self, customer: &CustomerCode) -> impl Iterator<Item = &RateCard> {
        let own = self.customer(customer).map(|c| c.rate_cards.as_slice()).unwrap_or_default();
        let everyone = self.document.rate_cards.iter().filter(move |card| {
            card.applies_to == AppliesTo::Everyone && !own.contains(&card.code)
        });
        own.iter().filter_map(|code| self.card(code)).chain(everyone)
    }

    /// The catalog with costs in the place of prices: who rates usage by it gets what it costs.
    #[must_use]
    pub fn costs(&self) -> Catalog {
        Self::index(self.document.costs_as_prices(), self.revision)
    }

    /// The conversions that lead from one unit to another, in order; empty when they are the same
    /// unit, none when nothing leads there. Validation keeps the way unique.
    #[must_use]
    pub fn conversion_path(&self, from: UnitCode, to: UnitCode) -> Option<Vec<&Conversion>> {
        conversion_paths(&self.document.conversions, from, to, 1).into_iter().next()
    }
}
