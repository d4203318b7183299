//! Who pays, in the oracle's words: all lots that may pay are sorted for every chunk of a charge.

use std::cmp::Ordering;

use serde_json::Value;

use super::books::{Books, Customer, Lot};
use super::configuration::{Configuration, matches};
use super::fraction::Fraction;
use super::reading::{list, text};

/// Usage that somebody has to pay for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'a> {
    pub(super) configuration: &'a Configuration,
    /// The rate.
    pub(super) rate: &'a Value,
    /// Unit of the charge.
    pub(super) unit: &'a str,
    pub(super) event: &'a Value,
    /// When it occurred.
    pub(super) at: i64,
}

/// Where a wallet stands: named by the rate or a fallback, then wallet priority, then code.
type Standing = (usize, u64, String);

impl<'a> Claim<'a> {
    fn terms(&self, wallet_type: &str) -> Option<&'a Value> {
        self.configuration.terms(wallet_type, self.at)
    }

    /// Whether the scope of a version of a wallet type admits the usage.
    pub(super) fn admits(&self, terms: &Value) -> bool {
        let scope = list(terms, "scope");
        let dimensions = &self.event["dimensions"];
        let fits =
            |s: &Value| s["meter"] == self.event["meter"] && matches(&s["match"], dimensions);
        scope.is_empty() || scope.iter().any(fits)
    }

    /// 0 for a wallet type that is named, or if none is; the place among the fallbacks otherwise.
    fn depth(&self, wallet_type: &str) -> Option<usize> {
        let named = list(self.rate, "wallet_types");
        if named.is_empty() || named.iter().any(|code| code == wallet_type) {
            return Some(0);
        }
        let mut fallbacks = Vec::new();
        for code in named.iter().filter_map(Value::as_str) {
            fallbacks.extend(self.terms(code).into_iter().flat_map(|t| list(t, "fallbacks")));
        }
        fallbacks.iter().position(|code| *code == wallet_type).map(|place| place + 1)
    }

    /// None if the wallet may not pay.
    fn standing(&self, wallet: &str, wallet_type: &str) -> Option<Standing> {
        let definition = self.configuration.one("wallet_types", wallet_type)?;
        let terms = self.terms(wallet_type)?;
        if text(definition, "unit") != self.unit || !self.admits(terms) {
            return None;
        }
        let priority = terms["priority"].as_u64().unwrap_or(100);
        Some((self.depth(wallet_type)?, priority, wallet.to_owned()))
    }

    /// The wallets that may pay, in their order.
    pub(super) fn wallets(&self, customer: &Customer) -> Vec<(Standing, String)> {
        let all = customer.wallets.iter();
        let mut found: Vec<_> = all
            .filter_map(|(wallet, kind)| Some((self.standing(wallet, kind)?, kind.clone())))
            .collect();
        found.sort();
        found
    }

    /// Whether the wallet of a lot may pay.
    pub(super) fn may_pay(&self, lot: &Lot) -> bool {
        self.standing(&lot.wallet, &lot.wallet_type).is_some()
    }

    /// The version of the type of the first wallet that may pay.
    pub(super) fn first_terms(&self, customer: &Customer) -> Option<&'a Value> {
        self.wallets(customer).first().and_then(|(_, kind)| self.terms(kind))
    }

    /// The lot that pays next.
    pub(super) fn next_lot(&self, customer: &Customer) -> Option<usize> {
        let wallets = self.wallets(customer);
        let pool = |lot: &Lot| {
            let mine = wallets.iter().find(|((_, _, wallet), _)| *wallet == lot.wallet);
            mine.map(|((depth, priority, _), _)| (*depth, *priority))
        };
        let usable = |lot: &Lot| {
            lot.is_valid_at(self.at)
                && lot.available + lot.expired - lot.reinstated > 0
                && pool(lot).is_some()
        };
        let first = customer.lots.iter().filter(|lot| usable(lot)).map(pool).min()?;
        // The pool burns by the order of its first wallet.
        let leads =
            wallets.iter().find(|((depth, priority, _), _)| Some((*depth, *priority)) == first);
        let order = leads.and_then(|(_, kind)| self.terms(kind)).map(draw_order)?;
        let members = customer.lots.iter().enumerate();
        let members = members.filter(|(_, lot)| usable(lot) && pool(lot) == first);
        members
            .min_by(|(_, a), (_, b)| compare(self.configuration, &order, self.at, (a, b)))
            .map(|(index, _)| index)
    }

    /// The wallet, its type and the version that decides what happens beyond: those of the last wallet
    /// that may pay; without any, that of the first type the rate names, or of the first that holds the
    /// unit and admits the usage.
    pub(super) fn decides(&self, customer: &Customer) -> Option<(String, String, &'a Value)> {
        if let Some(((_, _, wallet), kind)) = self.wallets(customer).pop() {
            let terms = self.terms(&kind)?;
            return Some((wallet, kind, terms));
        }
        let named = list(self.rate, "wallet_types");
        let of_type = |kind: &str| Some((kind.to_owned(), kind.to_owned(), self.terms(kind)?));
        if !named.is_empty() {
            return named.iter().filter_map(Value::as_str).find_map(of_type);
        }
        let types = self.configuration.all("wallet_types").iter();
        let mut types = types
            .filter(|kind| text(kind, "unit") == self.unit)
            .filter_map(|kind| of_type(text(kind, "code")));
        types.find(|(_, _, terms)| self.admits(terms))
    }
}

impl Books {
    /// Compares two lots by a draw order, as it is at an instant.
    pub(super) fn compare_lots(&self, order: &[String], at: i64, a: &Lot, b: &Lot) -> Ordering {
        compare(&self.configuration, order, at, (a, b))
    }
}

fn compare(
    configuration: &Configuration,
    order: &[String],
    at: i64,
    (a, b): (&Lot, &Lot),
) -> Ordering {
    let scoped = |lot: &Lot| {
        let terms = configuration.terms(&lot.wallet_type, at);
        terms.is_some_and(|terms| !list(terms, "scope").is_empty())
    };
    let late = i64::MAX;
    let key = |key: &String| match key.as_str() {
        "grant_priority" => a.priority.unwrap_or(u64::MAX).cmp(&b.priority.unwrap_or(u64::MAX)),
        "soonest_expiry" => a.until.unwrap_or(late).cmp(&b.until.unwrap_or(late)),
        "promotional_first" => b.is_free().cmp(&a.is_free()),
        "paid_first" => a.is_free().cmp(&b.is_free()),
        "lowest_unit_cost" => by_cost(a, b),
        "highest_unit_cost" => by_cost(b, a),
        "earliest_effective" => a.first_from.cmp(&b.first_from),
        "latest_effective" => b.first_from.cmp(&a.first_from),
        "largest_grant" => b.issued.cmp(&a.issued),
        "scoped_first" => scoped(b).cmp(&scoped(a)),
        _ => a.id.cmp(&b.id),
    };
    order.iter().map(key).find(|o| o.is_ne()).unwrap_or_else(|| a.id.cmp(&b.id))
}

/// The draw order of a version of a wallet type.
pub(super) fn draw_order(terms: &Value) -> Vec<String> {
    const USUAL: [&str; 6] = [
        "grant_priority",
        "soonest_expiry",
        "promotional_first",
        "lowest_unit_cost",
        "earliest_effective",
        "lot_id",
    ];
    match terms["draw_order"].as_array() {
        Some(keys) => keys.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => USUAL.map(str::to_owned).to_vec(),
    }
}

/// What cost nothing is cheapest; then currencies by their code; then the cost of a unit.
fn by_cost(a: &Lot, b: &Lot) -> Ordering {
    let cost = |lot: &Lot| Fraction::new(i128::from(lot.price), i128::from(lot.issued));
    match (a.price, b.price) {
        (0, 0) => Ordering::Equal,
        (0, _) => Ordering::Less,
        (_, 0) => Ordering::Greater,
        _ => a.currency.cmp(&b.currency).then(cost(a).compare(cost(b))),
    }
}
