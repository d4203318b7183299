//! Wallets of another unit, which pay what those of the charge's unit cannot.

use serde_json::Value;

use super::books::Books;
use super::conversions::{Converted, Factor};
use super::draw::draw_order;
use super::limits::Part;
use super::pricing;
use super::reading::{list, text};
use super::usage::{Drawn, Met, Priced};

/// Wallets of a type that holds another unit, and what a unit of the charge is worth to them.
#[derive(Debug, Clone)]
pub(super) struct Crossing {
    pub(super) wallet_type: String,
    unit: String,
    factor: Factor,
}

impl Books {
    /// The fallbacks that hold another unit, in the order of their declaration: of the types that the
    /// rate names, or of all that hold the unit of the charge and admit the usage.
    pub(super) fn crossings(&self, met: &Met<'_>) -> Vec<Crossing> {
        let configuration = &self.configuration;
        let Some(customer) = self.customers.get(met.customer) else { return Vec::new() };
        // What a price that looks back gives back is in the unit of the charge.
        if pricing::looks_back(&met.rate) {
            return Vec::new();
        }
        let claim = met.claim(configuration);
        let terms = |kind: &str| configuration.terms(kind, met.at);
        let named = list(&met.rate, "wallet_types").iter().filter_map(Value::as_str);
        let mut named: Vec<&str> = named.collect();
        if named.is_empty() {
            let types = configuration.all("wallet_types").iter();
            let types = types.filter(|kind| text(kind, "unit") == met.unit());
            let types = types.map(|kind| text(kind, "code"));
            named = types.filter(|kind| terms(kind).is_some_and(|t| claim.admits(t))).collect();
        }
        let fallbacks = named.into_iter().filter_map(terms).flat_map(|t| list(t, "fallbacks"));
        let mut found: Vec<Crossing> = Vec::new();
        for kind in fallbacks.filter_map(Value::as_str) {
            let Some(definition) = configuration.one("wallet_types", kind) else { continue };
            let unit = text(definition, "unit");
            let conversions = configuration.all("conversions").iter();
            let mut leads =
                conversions.filter(|c| text(c, "from") == met.unit() && text(c, "to") == unit);
            let factor = leads.next().map(|c| self.factor(c, &met.event["dimensions"], met.at));
            let may_pay = terms(kind).is_some_and(|t| claim.admits(t))
                && customer.wallets.values().any(|of| of == kind)
                && found.iter().all(|crossing| crossing.wallet_type != kind);
            if let Some(Ok(factor)) = factor
                && may_pay
            {
                let (wallet_type, unit) = (kind.to_owned(), unit.to_owned());
                found.push(Crossing { wallet_type, unit, factor });
            }
        }
        found
    }

    /// Draws what wallets of a type can give for units of the charge; gives how many are paid for.
    pub(super) fn cross(
        &mut self,
        priced: &mut Priced,
        met: &Met<'_>,
        (crossing, left): (&Crossing, i64),
        draws: &mut Vec<Drawn>,
    ) -> i64 {
        let have = self.stock(met, crossing).into_iter().map(|(_, units)| units).sum::<i64>();
        if have == 0 {
            return 0;
        }
        // The most whole steps of the charge that they are worth.
        let (mut paid, mut too_many) = (0, left + 1);
        while too_many - paid > 1 {
            let tried = paid + (too_many - paid) / 2;
            if self.costs_across(priced, met, crossing, tried).out <= have {
                paid = tried;
            } else {
                too_many = tried;
            }
        }
        if paid == 0 {
            return 0;
        }
        let given = self.costs_across(priced, met, crossing, paid);
        let mut wanted = given.out;
        while wanted > 0 {
            let Some((lot, _)) = self.stock(met, crossing).into_iter().next() else { break };
            let units = self.burn(met, lot, wanted);
            draws.push(Drawn { across: true, ..met.drawn(Some(lot), units) });
            wanted -= units;
        }
        let (kind, unit) = (crossing.wallet_type.clone(), crossing.unit.clone());
        priced.parts.push(Part::Crossed(kind, unit, given.out, paid));
        priced.crossed.push(given);
        paid
    }

    /// What so many units of the charge cost: the rounded cumulative amount of rate, conversion and
    /// period less what was given before, by whichever wallet of that unit.
    fn costs_across(
        &self,
        priced: &Priced,
        met: &Met<'_>,
        crossing: &Crossing,
        units: i64,
    ) -> Converted {
        let before = self.of_rate(met.customer, &priced.account);
        let before = before.into_iter().flat_map(|p| &p.crossed).chain(&priced.crossed);
        self.through(&crossing.factor, before, units, (priced.account.2, met.at))
    }

    /// Lots of a type with what they can give, in their draw order.
    fn stock(&self, met: &Met<'_>, crossing: &Crossing) -> Vec<(usize, i64)> {
        let order = self.configuration.terms(&crossing.wallet_type, met.at).map(draw_order);
        let order = order.unwrap_or_default();
        let Some(customer) = self.customers.get(met.customer) else { return Vec::new() };
        let of_type = |lot: &str| customer.wallets.get(lot) == Some(&crossing.wallet_type);
        let lots = customer.lots.iter().enumerate();
        let mut lots: Vec<_> =
            lots.filter(|(_, lot)| of_type(&lot.wallet) && lot.is_valid_at(met.at)).collect();
        lots.sort_by(|(_, a), (_, b)| self.compare_lots(&order, met.at, a, b));
        let left = |lot: &super::books::Lot| lot.available + lot.expired - lot.reinstated;
        lots.into_iter().map(|(index, lot)| (index, left(lot))).filter(|one| one.1 > 0).collect()
    }
}
