//! Lots that keep the rates at which they were bought: an event that several of them pay for is priced
//! in parts, lot by lot in their draw order.

use serde_json::Value;

use super::books::Books;
use super::configuration::{Configuration, most_specific};
use super::counting::Counted;
use super::draw::Claim;
use super::fraction::Fraction;
use super::pricing::{self, Grain};
use super::reading::{decimal, list, one_unit, text};
use super::usage::{Account, Drawn, Met, Priced};

impl Configuration {
    /// When a lot of these terms was bought, and the billing day then, if it keeps the rates of that time.
    pub(super) fn bought(&self, terms: &Value, customer: &str, at: i64) -> Option<(i64, i64)> {
        (terms["rates"] == "original").then(|| (at, self.billing_day(customer)))
    }
}

/// Whether a part of an event has a price.
pub(super) fn splits(rate: &Value) -> bool {
    let none = |name: &str| decimal(rate, name).is_none();
    let no_fee = decimal(rate, "fee").is_none_or(|fee| fee == Fraction::ZERO);
    match text(rate, "model") {
        "volume" | "stairstep" => false,
        "percentage" => no_fee && none("at_least") && none("at_most"),
        _ => true,
    }
}

/// What of an event is not paid yet, and what was: units, and what they were to be exactly.
#[derive(Debug, Clone, Copy)]
struct Rest {
    quantity: i64,
    units: i64,
    exact: Fraction,
}

impl Rest {
    fn owed(&self) -> Fraction {
        self.exact.minus(Fraction::of(self.units))
    }
}

/// Lots that pay one after the other at one rate.
struct Stretch<'a> {
    met: Met<'a>,
    counted: Counted,
    /// What all that was left costs, and what that makes of the exact charge.
    charge: i64,
    after: Fraction,
    given: i64,
}

/// A part of an event that lots of one version paid for.
#[derive(Debug, Clone)]
pub(super) struct Portion {
    pub(super) version: Value,
    pub(super) rate: Value,
    pub(super) account: Account,
    pub(super) quantity: i64,
    pub(super) charge: i64,
    /// Whether the row counts as used.
    pub(super) used: bool,
}

impl Portion {
    /// The number of its version.
    pub(super) fn version(&self) -> i64 {
        self.version["version"].as_i64().unwrap_or_default()
    }
}

/// What lots gave, and what none covers.
pub(super) struct Spread {
    pub(super) portions: Vec<Portion>,
    pub(super) draws: Vec<Drawn>,
    pub(super) uncovered: i64,
}

impl Spread {
    /// All that the event costs.
    pub(super) fn charge(&self) -> i64 {
        self.draws.iter().map(|drawn| drawn.units).sum::<i64>() + self.uncovered
    }
}

impl Books {
    /// Whether a lot that may pay for usage keeps another rate than the one in force.
    pub(super) fn honours_others(&self, met: &Met<'_>) -> bool {
        let claim = met.claim(&self.configuration);
        let lots = self.customers.get(met.customer).map_or(&[] as &[_], |customer| &customer.lots);
        let mut may = (0..lots.len()).filter(|index| claim.may_pay(&lots[*index]));
        may.any(|index| self.honoured(met, index).is_some())
    }

    /// What an event would cost now, by the lots that are available.
    pub(super) fn would_cost(&self, met: &Met<'_>) -> Result<i64, &'static str> {
        if !self.honours_others(met) {
            return Ok(self.charge(met)?.charge);
        }
        let mut books = self.clone();
        for lot in &mut books.of(met.customer).lots {
            (lot.expired, lot.reinstated) = (0, 0);
        }
        let priced = books.unpriced(met)?;
        Ok(books.draw_by_lots(met, &priced, None)?.charge())
    }

    /// The rate that a lot keeps, if it is another one: that of the same card which would have priced the
    /// usage for the customer when the lot was bought, with times of the week as they are now.
    fn honoured<'a>(&self, met: &Met<'a>, lot: usize) -> Option<Met<'a>> {
        let bought = self.customers.get(met.customer)?.lots[lot].bought?;
        let configuration = &self.configuration;
        let version = configuration.card_version_by(&met.card, met.customer, bought)?;
        let second = configuration.zone.second_of_week(met.at);
        let rows = list(version, "rates").iter();
        let rows = rows.filter(|rate| rate["meter"] == met.event["meter"]);
        let rows = rows.filter(|rate| pricing::window_holds(rate, second));
        let (_, row) = most_specific(rows, &met.event["dimensions"])?;
        let rate = configuration.own_rate(met.customer, &met.card, row, bought.0);
        let kept = Met { version: version.clone(), rate, ..met.clone() };
        let fits = kept.rate["quantity_unit"] == met.rate["quantity_unit"];
        let whole = splits(&kept.rate) && splits(&met.rate);
        (fits && whole && !kept.same_rate(met)).then_some(kept)
    }

    /// Draws what an event costs from lots, each at the rate that it keeps, and counts the parts.
    pub(super) fn draw_by_lots(
        &mut self,
        met: &Met<'_>,
        of: &Priced,
        hold: Option<&str>,
    ) -> Result<Spread, &'static str> {
        let configuration = self.configuration.clone();
        let claim = met.claim(&configuration);
        let mut rest = Rest { quantity: of.quantity, units: 0, exact: Fraction::ZERO };
        let mut open: Option<Stretch<'_>> = None;
        let (mut draws, mut portions) = (Vec::new(), Vec::new());
        loop {
            let source = self.next_source(met, &claim, hold);
            // Beyond the lots it is priced as when it occurs.
            let terms = source.and_then(|(lot, _)| self.honoured(met, lot));
            let mut stretch = self.price_rest(
                (open.take(), &mut portions),
                terms.unwrap_or(met.clone()),
                &mut rest,
                of,
            );
            let wanted = stretch.charge - stretch.given;
            let source = source.filter(|_| wanted > 0);
            if let Some((lot, held)) = source {
                let units = match held {
                    Some(held) => self.burn_kept(&stretch.met, hold, (lot, wanted.min(held)))?,
                    None => self.burn(&stretch.met, lot, wanted),
                };
                stretch.given += units;
                draws.push(stretch.met.drawn(Some(lot), units));
            }
            let ends = source.is_none();
            open = Some(stretch);
            if ends {
                break;
            }
        }
        let Some(stretch) = open else { return Err("nothing") };
        let uncovered = stretch.charge - stretch.given;
        let last = stretch.counts(of, rest.quantity, stretch.charge, stretch.after);
        // What no lot covers is charged at the version in force.
        let used = stretch.given > 0 || uncovered == 0;
        if used {
            self.note_use(met.customer, &last);
        }
        portions.push(stretch.met.portion(&last, used));
        self.of(met.customer).priced.push(last);
        Ok(Spread { portions, draws, uncovered })
    }

    /// The lot that pays next; with how much of it, if that was held for the usage.
    fn next_source(
        &self,
        met: &Met<'_>,
        claim: &Claim<'_>,
        hold: Option<&str>,
    ) -> Option<(usize, Option<i64>)> {
        let customer = self.customers.get(met.customer)?;
        let hold = hold.and_then(|id| customer.holds.get(id));
        let mut held = hold.map_or(&[] as &[_], |hold| &hold.parts).iter();
        let held = held.find(|(lot, units)| *units > 0 && claim.may_pay(&customer.lots[*lot]));
        if let Some((lot, units)) = held {
            return Some((*lot, Some(*units)));
        }
        let only_held = hold.is_some_and(|hold| !hold.draws_difference);
        Some((claim.next_lot(customer).filter(|_| !only_held)?, None))
    }

    /// Burns units that were held of a lot.
    fn burn_kept(
        &mut self,
        met: &Met<'_>,
        hold: Option<&str>,
        (lot, units): (usize, i64),
    ) -> Result<i64, &'static str> {
        let id = hold.ok_or("no hold")?;
        self.take_held(met.customer, id, units, |held| held == lot).ok_or("no_lot")?;
        self.burn_held_by(met, lot, units)?;
        Ok(units)
    }

    /// Prices what is left at a rate, after the part that the lots before have paid for.
    fn price_rest<'a>(
        &mut self,
        (open, portions): (Option<Stretch<'a>>, &mut Vec<Portion>),
        terms: Met<'a>,
        rest: &mut Rest,
        of: &Priced,
    ) -> Stretch<'a> {
        if let Some(stretch) = open {
            if stretch.met.same_rate(&terms) || stretch.given == stretch.charge {
                return stretch;
            }
            let (part, costs) = self.paid_for(&stretch, rest);
            if part == rest.quantity {
                // A fraction of the last step is paid by the next lot at the same rate.
                return stretch;
            }
            let after = stretch.counted.exact.plus(Fraction::of(stretch.given));
            let counts = stretch.counts(of, part, stretch.given, after);
            self.note_use(terms.customer, &counts);
            portions.push(stretch.met.portion(&counts, true));
            self.of(terms.customer).priced.push(counts);
            rest.quantity -= part;
            rest.units += stretch.given;
            rest.exact = rest.exact.plus(costs);
        }
        let account = terms.account(of.account.2);
        let counted = self.counted(terms.customer, &account);
        let owing = counted.owing(rest.owed());
        let increment = self.costs(&terms, &owing, rest.quantity);
        let of_unit = one_unit(self.configuration.scale(terms.unit()));
        let grain = Grain::read(&terms.rate["rounding"], "mode", of_unit);
        let after = owing.exact.plus(increment);
        let charge = match terms.alone() {
            true => grain.round(rest.exact.plus(increment)) - rest.units,
            false => grain.round(after) - counted.charged,
        };
        Stretch { met: terms, counted, charge: charge.max(0), after, given: 0 }
    }

    /// The part of what is left that the units of a stretch have paid for, and what it costs: that whose
    /// exact price comes nearest, of two as near the larger.
    fn paid_for(&self, stretch: &Stretch<'_>, rest: &Rest) -> (i64, Fraction) {
        let counted = &stretch.counted;
        let owing = counted.owing(rest.owed());
        let costs = |part: i64| self.costs(&stretch.met, &owing, part);
        let given = Fraction::of(stretch.given);
        let worth = match stretch.met.alone() {
            true => given.minus(rest.owed()),
            false => Fraction::of(counted.charged).plus(given).minus(owing.exact),
        };
        // The largest part that costs no more than some amount.
        let most = |amount: Fraction| {
            let (mut yes, mut no) = (0, rest.quantity + 1);
            while no - yes > 1 {
                let middle = (yes + no).div_euclid(2);
                if costs(middle).compare(amount).is_le() { yes = middle } else { no = middle }
            }
            yes
        };
        let mut part = most(worth);
        if part < rest.quantity {
            let next = costs(part + 1);
            let (short, over) = (worth.minus(costs(part)), next.minus(worth));
            if short.compare(over).is_ge() {
                part = most(next);
            }
        }
        (part, costs(part))
    }
}

impl Met<'_> {
    /// What was priced at this rate.
    pub(super) fn portion(&self, priced: &Priced, used: bool) -> Portion {
        Portion {
            version: self.version.clone(),
            rate: self.rate.clone(),
            account: priced.account.clone(),
            quantity: priced.quantity,
            charge: priced.charge,
            used,
        }
    }
}

impl Stretch<'_> {
    /// What it counts for: a quantity and a charge, and what the exact charge is then.
    fn counts(&self, of: &Priced, quantity: i64, charge: i64, after: Fraction) -> Priced {
        // Rounded on its own: no fraction is carried on.
        let after = match self.met.alone() {
            true => Fraction::of(self.counted.charged + charge),
            false => after,
        };
        let exact = after.minus(self.counted.exact);
        Priced { quantity, exact, charge, ..self.met.priced(of.account.2, of.end) }
    }
}

impl Counted {
    fn owing(self, owed: Fraction) -> Self {
        Self { exact: self.exact.plus(owed), ..self }
    }
}
