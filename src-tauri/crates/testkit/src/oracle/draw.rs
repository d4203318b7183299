//! Who pays, in the oracle's words: all lots that may pay are sorted for every chunk of a charge.

use std::cmp::Ordering;

use super::fraction::Fraction;
use super::model::{Model, OracleLot};
use super::step::Event;
use super::world::{SmallRate, SmallWallet, SmallWorld};

/// Where a wallet type stands for some usage: depth (named, or a fallback), wallet priority,
/// position. None if it may not pay.
fn standing(
    world: &SmallWorld,
    wallet: usize,
    rate: &SmallRate,
    event: &Event,
) -> Option<(u8, u32, usize)> {
    let definition = &world.wallets[wallet];
    if definition.scope.is_some_and(|feature| event.feature != Some(feature)) {
        return None;
    }
    let depth = match rate.named {
        None => 0,
        Some(named) if named == wallet => 0,
        Some(named) if world.wallets[named].fallback == Some(wallet) => 1,
        Some(_) => return None,
    };
    Some((depth, definition.priority, wallet))
}

/// The lot that pays next.
pub(super) fn next_lot(model: &Model<'_>, rate: &SmallRate, event: &Event) -> Option<usize> {
    let standing = |lot: &OracleLot| standing(model.world, lot.wallet, rate, event);
    let pool = |lot: &OracleLot| standing(lot).map(|(depth, priority, _)| (depth, priority));
    let mut usable: Vec<usize> = (0..model.lots.len())
        .filter(|index| {
            let lot = &model.lots[*index];
            let valid = lot.from <= event.at && lot.until.is_none_or(|end| event.at < end);
            valid && lot.available + lot.expired > 0 && pool(lot).is_some()
        })
        .collect();
    usable.sort_by(|a, b| {
        let (a, b) = (&model.lots[*a], &model.lots[*b]);
        pool(a).cmp(&pool(b)).then_with(|| {
            let order = pool_order(model, rate, event, pool(a));
            by_order(model.world, order, a, b)
        })
    });
    usable.first().copied()
}

/// The draw order of a pool: that of its first wallet the customer has.
fn pool_order<'a>(
    model: &Model<'a>,
    rate: &SmallRate,
    event: &Event,
    pool: Option<(u8, u32)>,
) -> &'a [&'static str] {
    let owned = (0..model.world.wallets.len()).filter(|w| model.has_wallet(*w));
    let first = owned.filter(|wallet| {
        standing(model.world, *wallet, rate, event).map(|(depth, priority, _)| (depth, priority))
            == pool
    });
    first.min().map_or(&[], |wallet| model.world.wallets[wallet].order)
}

/// The wallet type that decides what happens beyond: that of the last wallet that may pay; without
/// any, the type the rate names, or the first whose scope admits the usage.
pub(super) fn last_type<'a>(
    model: &Model<'a>,
    rate: &SmallRate,
    event: &Event,
) -> Option<&'a SmallWallet> {
    let all = || 0..model.world.wallets.len();
    let owned = all().filter(|wallet| model.has_wallet(*wallet));
    let last = owned.filter_map(|wallet| standing(model.world, wallet, rate, event)).max();
    let decides = match (last, rate.named) {
        (Some((_, _, wallet)), _) | (None, Some(wallet)) => Some(wallet),
        (None, None) => all().find(|wallet| standing(model.world, *wallet, rate, event).is_some()),
    };
    decides.map(|wallet| &model.world.wallets[wallet])
}

fn by_order(world: &SmallWorld, order: &[&str], a: &OracleLot, b: &OracleLot) -> Ordering {
    let given = |lot: &OracleLot| matches!(lot.kind, "bonus" | "promotional" | "compensation");
    let cost = |lot: &OracleLot| Fraction::new(i128::from(lot.price), i128::from(lot.issued));
    let scoped = |lot: &OracleLot| world.wallets[lot.wallet].scope.is_some();
    let name = |lot: &OracleLot| format!("L{}", lot.number);
    let key = |key: &&str| match *key {
        "grant_priority" => a.priority.unwrap_or(u32::MAX).cmp(&b.priority.unwrap_or(u32::MAX)),
        "soonest_expiry" => a.until.unwrap_or(i64::MAX).cmp(&b.until.unwrap_or(i64::MAX)),
        "promotional_first" => given(b).cmp(&given(a)),
        "paid_first" => given(a).cmp(&given(b)),
        "lowest_unit_cost" => cost(a).compare(cost(b)),
        "highest_unit_cost" => cost(b).compare(cost(a)),
        "earliest_effective" => a.from.cmp(&b.from),
        "latest_effective" => b.from.cmp(&a.from),
        "largest_grant" => b.issued.cmp(&a.issued),
        "scoped_first" => scoped(b).cmp(&scoped(a)),
        _ => name(a).cmp(&name(b)),
    };
    order.iter().map(key).find(|o| o.is_ne()).unwrap_or_else(|| name(a).cmp(&name(b)))
}
