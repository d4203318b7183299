//! Conversion of units: units of one wallet become units of another unit, by the configuration.
//!
//! Owns: how many units leave and how many arrive.
//! Deliberately does not know: usage, which is converted by quantity and not by lot.
//!
//! Each lot is converted by itself and exactly. The units that arrive are rounded down to a step;
//! the units that leave are the fewest that are worth them. What the rounding leaves stays in its lot.

use scrip_catalog::{Catalog, Effective, Factor, FactorOperation};
use scrip_journal::EntryKind;
use scrip_units::{Amount, Exact, Instant, Number, Rounding, Unit};

use crate::apply::Effect;
use crate::book::CustomerBook;
use crate::choice::{self, Named, picks};
use crate::moves::{
    arrive_from_elsewhere, child, child_ids, in_postings, leave, out_postings, target,
};
use crate::operation::{ConvertUnits, Operation};
use crate::rejection::Rejection;
use crate::release::{seal, seal_steps};

/// What one smallest step of a unit is worth in smallest steps of another, and the least number of
/// these that may arrive.
struct Worth {
    factor: Exact,
    step: i64,
}

/// The worth by the conversions in force that lead from one unit to the other. Units have no
/// dimensions, so only a factor that names none applies.
fn worth(catalog: &Catalog, from: Unit, to: Unit, at: Instant) -> Result<Worth, Rejection> {
    let none = || Rejection::NoConversion { from: from.code(), to: to.code() };
    let path = catalog.conversion_path(from.code(), to.code()).ok_or_else(none)?;
    if path.is_empty() {
        return Err(none());
    }
    let overflow = |_| Rejection::Overflow;
    let mut factor = Exact::whole(1);
    let mut step = 1;
    for conversion in path {
        let version = conversion.at(at, catalog.zone()).ok_or_else(none)?;
        let plain = |row: &&Factor| row.matches.values().all(|cell| cell == "*");
        let row = version.factors.iter().find(plain).ok_or_else(none)?;
        let number = row.factor.exact().map_err(overflow)?;
        factor = match row.operation {
            FactorOperation::Multiply => factor.try_mul(number),
            FactorOperation::Divide => factor.try_div(number),
        }
        .map_err(overflow)?;
        if conversion.to == to.code() {
            step = row.step.map_or(Ok(1), |step| whole_steps(step, to))?;
        }
    }
    let scales = Exact::ratio(
        i128::from(to.scale().steps_per_unit()),
        i128::from(from.scale().steps_per_unit()),
    );
    let factor = factor.try_mul(scales.map_err(overflow)?).map_err(overflow)?;
    Ok(Worth { factor, step })
}

fn whole_steps(step: Number, unit: Unit) -> Result<i64, Rejection> {
    crate::grant::positive("the step of the conversion", step, unit)
}

impl Worth {
    /// What `units` become: the units that leave, and those that arrive.
    fn exchange(&self, units: i64) -> Result<(i64, i64), Rejection> {
        let overflow = |_| Rejection::Overflow;
        let exact = self.factor.try_mul(Exact::whole(units)).map_err(overflow)?;
        let steps = exact.try_div(Exact::whole(self.step)).map_err(overflow)?;
        let steps = steps.round(Rounding::Down).map_err(|_| Rejection::Overflow)?;
        let steps = i64::try_from(steps).map_err(|_| Rejection::Overflow)?;
        let arriving = steps.checked_mul(self.step).ok_or(Rejection::Overflow)?;
        let leaving = Exact::whole(arriving).try_div(self.factor).map_err(overflow)?;
        let leaving = leaving.round(Rounding::Up).map_err(|_| Rejection::Overflow)?;
        Ok((i64::try_from(leaving).map_err(|_| Rejection::Overflow)?, arriving))
    }
}

/// Exchanges units of a lot, or of a wallet in draw order, for units of another wallet's unit.
pub(crate) fn convert(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    action: &ConvertUnits,
) -> Result<Effect, Rejection> {
    let mut next = book.clone();
    let named = Named::one(action.lot.as_ref(), action.wallet.as_ref())?;
    let picks = picks(catalog, book, named, action.units, operation.at)?;
    let Some(from) = picks.first().map(|(index, _)| book.lots[*index].unit.0) else {
        return Err(Rejection::NotPositive { what: "what is converted" });
    };
    let named_target = (&action.to_wallet, action.to_wallet_type.as_ref());
    let to = target(catalog, book, operation, named_target, None)?;
    let worth = worth(catalog, from, to.unit, operation.at)?;
    let asked = choice::sum_text(book, &picks);
    let mut exchanged = Vec::new();
    for (index, units) in picks {
        let (leaving, arriving) = worth.exchange(units)?;
        if arriving > 0 {
            exchanged.push((index, leaving, arriving));
        }
    }
    if exchanged.is_empty() {
        return Err(Rejection::TooFew { units: asked, to: to.unit.code() });
    }
    let (mut postings, mut lots, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    let sums = exchanged.iter().fold((0, 0), |sums, (_, out, new)| (sums.0 + out, sums.1 + new));
    let ids = child_ids(operation, exchanged.len())?;
    for ((index, leaving, arriving), id) in exchanged.into_iter().zip(ids) {
        let mut lot = next.lots[index].clone();
        let left = leave(&mut lot, leaving)?;
        let child = child(&lot, &left, &to, (id, arriving));
        postings.extend(out_postings(&lot, &left)?);
        postings.extend(in_postings(&child)?);
        steps.extend(left.step);
        lots.push(arrive_from_elsewhere(&mut next, child)?);
        next.lots[index] = lot;
    }
    let memo = format!(
        "{} of {} converted to {}",
        Amount::from_steps(from, sums.0),
        named.text(),
        Amount::from_steps(to.unit, sums.1)
    );
    let mut effect = seal(catalog, &mut next, operation, (EntryKind::Conversion, memo), postings)?;
    effect.add(seal_steps(catalog, &mut next, operation, steps)?);
    *book = next;
    Ok(Effect { lots, ..effect })
}
