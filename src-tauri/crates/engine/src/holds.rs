//! Holds: units reserved for work in progress, which burn when it is done or return when it is not.
//!
//! Owns: placing, capturing, releasing and timing out of holds, and their entries.
//! Deliberately does not know: how usage is rated and posted ([`crate::usage`]); it only says which
//! hold pays first.
//!
//! A hold moves units from available to held and no money. What is captured is usage.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use scrip_catalog::{CaptureAbove, CaptureBelow};
use scrip_journal::{Account, Draft, EntryKind, Posting};
use scrip_rating::Shape;
use scrip_units::{Amount, HoldId, Instant, LotId, Unit};
use scrip_wallet::{HeldFor, HeldPart, Hold, Lot, Take, in_draw_order};

use crate::apply::Effect;
use crate::book::CustomerBook;
use crate::draft_units;
use crate::grant::{liability, positive, steps, transfer};
use crate::inactivity;
use crate::invoicing::{self, Used};
use crate::operation::{CaptureHold, Expiry, PlaceHold, ReleaseHold, Shortfall};
use crate::rejection::Rejection;
use crate::release::{Fate, carried_by, forfeit_postings, release, released_by, units_postings};
use crate::schedule::{self, Cause};
use crate::usage;

/// The lots that may be held, in draw order, and how many units are wanted of them.
struct Wanted {
    held_for: HeldFor,
    unit: Unit,
    units: i64,
    order: Vec<usize>,
    /// The wallet type whose policy applies.
    wallet_type: Option<scrip_units::WalletTypeCode>,
}

/// Places a hold. On an error the book is not to be used.
pub(crate) fn place(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    action: &PlaceHold,
) -> Result<Effect, Rejection> {
    let at = cause.operation.at;
    let mut effect = schedule::feed(cause, book, at)?;
    let id = match &action.hold {
        Some(hold) => hold.clone(),
        None => HoldId::try_new(cause.operation.id.as_str()).map_err(|_| Rejection::Overflow)?,
    };
    if book.holds.contains_key(&id) {
        return Err(Rejection::HoldExists { customer: book.customer.clone(), hold: id });
    }
    let wanted = wanted(cause, book, action)?;
    let policy = wanted.wallet_type.as_ref().and_then(|t| cause.catalog.wallet_type_at(t, at));
    let policy = policy.and_then(|version| version.holds.clone()).unwrap_or_default();
    let expires_at = match (&action.expires_at, action.time_out.or(policy.time_out)) {
        (Some(_), _) if action.time_out.is_some() => return Err(Rejection::TwoEnds { hold: id }),
        (Some(Expiry::Never(_)), _) | (None, None) => None,
        (Some(Expiry::At(when)), _) => Some(when.resolve(cause.catalog.zone())?),
        (None, Some(time_out)) => {
            let micros = time_out.in_seconds().checked_mul(1_000_000);
            let end = micros.and_then(|micros| micros.checked_add(at.micros()));
            Some(Instant::from_micros(end.ok_or(Rejection::Overflow)?)?)
        }
    };
    if expires_at.is_some_and(|end| end <= at) {
        return Err(Rejection::HoldEndsAtOnce { hold: id });
    }
    let (takes, uncovered) = from_available(book, &wanted.order, wanted.units, at);
    let held = wanted.units - uncovered;
    if uncovered > 0 && action.shortfall == Shortfall::Reject {
        return Err(not_available(&id, wanted.unit, wanted.units, held));
    }
    let (mut parts, mut postings) = (Vec::new(), Vec::new());
    for (index, units) in takes {
        let lot = &mut book.lots[index];
        lot.available -= units;
        lot.held += units;
        parts.push(HeldPart { lot: lot.id.clone(), units });
        postings.extend(units_postings(lot, Account::UnitsHeld, units)?);
    }
    let amount = Amount::from_steps(wanted.unit, held);
    let memo = format!("hold {id}: {amount}");
    effect.add(seal(cause, book, at, (EntryKind::Hold, memo), postings)?);
    let hold = Hold {
        held_for: wanted.held_for,
        unit: scrip_wallet::lot::KeptUnit(wanted.unit),
        placed_at: at,
        expires_at,
        capture_above: policy.capture_above,
        capture_below: policy.capture_below,
        placed: held,
        captured: 0,
        parts,
    };
    book.holds.insert(id, hold);
    Ok(effect)
}

fn not_available(hold: &HoldId, unit: Unit, wanted: i64, available: i64) -> Rejection {
    let text = |steps| Amount::from_steps(unit, steps).to_string();
    Rejection::NotAvailable { hold: hold.clone(), wanted: text(wanted), available: text(available) }
}

fn wanted(cause: &Cause<'_>, book: &CustomerBook, action: &PlaceHold) -> Result<Wanted, Rejection> {
    let catalog = cause.catalog;
    match (&action.wallet, action.units, &action.usage) {
        (Some(wallet), Some(units), None) => {
            let held_for = HeldFor::Wallet(wallet.clone());
            let (wallet_type, unit, order) = of_wallet(cause, book, wallet)?;
            let units = positive("units", units, unit)?;
            Ok(Wanted { held_for, unit, units, order, wallet_type: Some(wallet_type) })
        }
        (None, None, Some(expected)) => {
            let shape = shape(&expected.meter, &expected.dimensions);
            let meter = catalog
                .meter(&expected.meter)
                .ok_or_else(|| Rejection::NoSuchMeter { meter: expected.meter.clone() })?;
            let unit =
                catalog.unit(meter.unit).ok_or(Rejection::UnknownUnit { unit: meter.unit })?;
            let quantity = steps("quantity", expected.quantity, unit)?;
            if quantity < 0 {
                return Err(Rejection::Negative { what: "the expected quantity".to_owned() });
            }
            let held_for = HeldFor::Usage {
                meter: expected.meter.clone(),
                dimensions: expected.dimensions.clone(),
            };
            let estimate = usage::estimate(cause, book, &shape, quantity)?;
            Ok(Wanted {
                held_for,
                unit: estimate.unit,
                units: estimate.charge.max(0),
                order: estimate.order,
                wallet_type: estimate.wallet_type,
            })
        }
        _ => Err(Rejection::HoldOfWhat),
    }
}

fn shape(meter: &scrip_units::MeterCode, dimensions: &BTreeMap<String, String>) -> Shape {
    let dimensions = dimensions.iter().map(|(n, v)| (Arc::from(n.as_str()), Arc::from(v.as_str())));
    Shape { meter: meter.clone(), dimensions: dimensions.collect() }
}

/// A wallet's type, unit and lots in the order in which they burn.
fn of_wallet(
    cause: &Cause<'_>,
    book: &CustomerBook,
    wallet: &scrip_units::WalletCode,
) -> Result<(scrip_units::WalletTypeCode, Unit, Vec<usize>), Rejection> {
    let unknown =
        || Rejection::UnknownWallet { customer: book.customer.clone(), wallet: wallet.clone() };
    let wallet_type = book.wallets.get(wallet).ok_or_else(unknown)?.wallet_type.clone();
    let definition = cause
        .catalog
        .wallet_type(&wallet_type)
        .ok_or_else(|| Rejection::UnknownWalletType { wallet_type: wallet_type.clone() })?;
    let unit = cause
        .catalog
        .unit(definition.unit)
        .ok_or(Rejection::UnknownUnit { unit: definition.unit })?;
    let of_wallet = |(_, lot): &(usize, &Lot)| lot.wallet == *wallet;
    let mut order: Vec<usize> =
        book.lots.iter().enumerate().filter(of_wallet).map(|(index, _)| index).collect();
    let version = cause.catalog.wallet_type_at(&wallet_type, cause.operation.at);
    let keys = version.map(|version| version.draw_order.clone()).unwrap_or_default();
    in_draw_order(&book.lots, &mut order, &keys);
    Ok((wallet_type, unit, order))
}

/// Splits units over what is available of lots at an instant; returns what they do not cover.
fn from_available(
    book: &CustomerBook,
    order: &[usize],
    units: i64,
    at: Instant,
) -> (Vec<(usize, i64)>, i64) {
    let (mut takes, mut left) = (Vec::new(), units);
    for index in order {
        let lot = &book.lots[*index];
        let taken = left.min(lot.available);
        if taken > 0 && lot.is_usable_at(at) {
            takes.push((*index, taken));
            left -= taken;
        }
    }
    (takes, left)
}

/// The hold that an operation names, if it can be captured or released at an instant.
fn open<'a>(book: &'a CustomerBook, id: &HoldId, at: Instant) -> Result<&'a Hold, Rejection> {
    let unknown = || Rejection::UnknownHold { customer: book.customer.clone(), hold: id.clone() };
    let hold = book.holds.get(id).ok_or_else(unknown)?;
    match hold.expires_at {
        Some(expired_at) if expired_at <= at => {
            Err(Rejection::HoldTimedOut { hold: id.clone(), expired_at })
        }
        _ => Ok(hold),
    }
}

/// Whether a capture ends its hold.
fn ends(hold: &Hold, is_final: Option<bool>) -> bool {
    is_final.unwrap_or(hold.capture_below == CaptureBelow::Release) || hold.parts.is_empty()
}

/// Checks that a hold can be captured, and does what is due before. On an error the book is not to
/// be used.
pub(crate) fn before_capture(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    action: &CaptureHold,
) -> Result<Effect, Rejection> {
    let at = cause.operation.at;
    open(book, &action.hold, at)?;
    if action.units.is_some() && !action.events.is_empty() {
        return Err(Rejection::CaptureOfWhat { hold: action.hold.clone() });
    }
    schedule::feed(cause, book, at)
}

/// Ends a hold after a capture, if the capture or the policy says so.
pub(crate) fn after_capture(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    action: &CaptureHold,
) -> Result<Effect, Rejection> {
    let hold = open(book, &action.hold, cause.operation.at)?;
    if !ends(hold, action.is_final) {
        return Ok(Effect::default());
    }
    let memo = format!("rest of hold {} released", action.hold);
    end(cause, book, (&action.hold, memo), cause.operation.at)
}

/// Burns units of a hold, and what is wanted above it as its policy says.
pub(crate) fn capture_units(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    action: &CaptureHold,
) -> Result<Effect, Rejection> {
    let at = cause.operation.at;
    let hold = open(book, &action.hold, at)?.clone();
    let unit = hold.unit.0;
    let units = action.units.map_or(Ok(hold.units()), |units| steps("units", units, unit))?;
    if units < 0 {
        return Err(Rejection::Negative { what: "the units captured".to_owned() });
    }
    let above = units - hold.units().min(units);
    let mut takes = Vec::new();
    let mut left = hold.clone();
    for part in left.take_first(units) {
        let lot = lot_of(book, &part.lot)?;
        takes.push(Take { lot, available: 0, expired: 0, held: part.units });
    }
    if above > 0 {
        let order = match (hold.capture_above, &hold.held_for) {
            (CaptureAbove::Reject, _) => return Err(above_hold(&action.hold, &hold, units)),
            (CaptureAbove::DrawDifference, HeldFor::Wallet(wallet)) => {
                of_wallet(cause, book, wallet)?.2
            }
            (CaptureAbove::DrawDifference, HeldFor::Usage { meter, dimensions }) => {
                usage::estimate(cause, book, &shape(meter, dimensions), 0)?.order
            }
        };
        let (available, uncovered) = from_available(book, &order, above, at);
        if uncovered > 0 {
            return Err(not_available(&action.hold, unit, units, units - uncovered));
        }
        let difference = available.into_iter();
        takes.extend(difference.map(|(lot, available)| Take {
            lot,
            available,
            expired: 0,
            held: 0,
        }));
    }
    let day = cause.catalog.zone().day_of(at);
    let mut postings = Vec::new();
    let mut wallets = BTreeSet::new();
    for take in takes {
        let lot = &mut book.lots[take.lot];
        wallets.insert(lot.wallet.clone());
        if draft_units::burns_at_invoice(cause.catalog, &lot.wallet_type, at) {
            let of = (take.lot, day);
            postings.extend(draft_units::capture(cause.catalog, book, of, take)?);
            continue;
        }
        let (burned, money) = burn(lot, take, day)?;
        postings.extend(burned);
        let used = Used {
            day,
            wallet: Some(lot.wallet.clone()),
            card: None,
            unit,
            units: take.held + take.available,
            currency: lot.currency.map(|currency| currency.0),
            money,
        };
        invoicing::add(cause.catalog, book, used);
    }
    left.captured += units;
    book.holds.insert(action.hold.clone(), left);
    let amount = Amount::from_steps(unit, units);
    let memo = format!("capture of hold {}: {amount}", action.hold);
    let mut effect = seal(cause, book, at, (EntryKind::Usage, memo), postings)?;
    for wallet in wallets {
        effect.add(inactivity::used(cause, book, (&wallet, day))?);
    }
    Ok(effect)
}

/// More was captured than is held, and the policy refuses it.
pub(crate) fn above_hold(id: &HoldId, hold: &Hold, wanted: i64) -> Rejection {
    let text = |steps| Amount::from_steps(hold.unit.0, steps).to_string();
    Rejection::AboveHold { hold: id.clone(), wanted: text(wanted), held: text(hold.units()) }
}

fn lot_of(book: &CustomerBook, lot: &LotId) -> Result<usize, Rejection> {
    let unknown = || Rejection::UnknownLot { customer: book.customer.clone(), lot: lot.clone() };
    book.position(lot).ok_or_else(unknown)
}

/// What units that leave a lot by usage move: see [`crate::usage`], which sums the same by rate.
pub(crate) struct Burned {
    /// Consideration released from the liability.
    pub(crate) money: i64,
    /// What of it, or beyond it, is moved from breakage to usage: units that were held take their
    /// place before those that have expired meanwhile.
    pub(crate) retagged: i64,
}

/// Takes held units out of a lot as usage.
pub(crate) fn burn_held(lot: &mut Lot, units: i64) -> Result<Burned, Rejection> {
    let money = released_by(lot, units)?;
    let revenue = carried_by(lot, units, money)?;
    lot.held -= units;
    lot.consumed += units;
    lot.released += money;
    Ok(Burned { money, retagged: revenue - money })
}

/// Burns units of a lot without a rate; returns the lines and the revenue.
fn burn(
    lot: &mut Lot,
    take: Take,
    day: scrip_units::Date,
) -> Result<(Vec<Posting>, i64), Rejection> {
    let burned = burn_held(lot, take.held)?;
    let money = released_by(lot, take.available)?;
    let retagged = burned.retagged + carried_by(lot, take.available, money)? - money;
    lot.available -= take.available;
    lot.consumed += take.available;
    lot.released += money;
    let money = burned.money + money;
    let mut postings = Vec::new();
    let mut push = |account, unit, steps: i64, serviced: bool| {
        if steps != 0 {
            let mut posting = Posting::new(account, Amount::from_steps(unit, steps));
            posting.service_day = serviced.then_some(day);
            postings.push(posting.of_lot(&lot.wallet, &lot.id));
        }
    };
    push(Account::UnitsConsumed, lot.unit.0, take.held + take.available, true);
    push(Account::UnitsHeld, lot.unit.0, -take.held, false);
    push(Account::UnitsAvailable, lot.unit.0, -take.available, false);
    if let Some(currency) = lot.currency {
        push(liability(lot.kind), currency.0, money, false);
        push(crate::grant::expiry_account(lot.kind), currency.0, retagged, false);
        push(Account::RevenueUsage, currency.0, -(money + retagged), true);
    }
    Ok((postings, money + retagged))
}

/// Gives held units back.
pub(crate) fn release_hold(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    action: &ReleaseHold,
) -> Result<Effect, Rejection> {
    let (id, at) = (&action.hold, cause.operation.at);
    let hold = open(book, id, at)?;
    let units = match action.units {
        Some(units) => positive("units", units, hold.unit.0)?,
        None => hold.units(),
    };
    if units > hold.units() {
        return Err(above_hold(id, hold, units));
    }
    let all = units == hold.units();
    let mut effect = schedule::feed(cause, book, at)?;
    if all {
        effect.add(end(cause, book, (id, format!("hold {id} released")), at)?);
        return Ok(effect);
    }
    let Some(hold) = book.holds.get_mut(id) else { return Ok(effect) };
    let parts = hold.take_last(units);
    let memo = format!("part of hold {id} released");
    effect.add(give_back(cause, book, (parts, memo), at)?);
    Ok(effect)
}

/// The earliest instant at which a hold times out.
pub(crate) fn next(book: &CustomerBook) -> Option<Instant> {
    book.holds.values().filter_map(|hold| hold.expires_at).min()
}

/// Ends every hold that times out at an instant.
pub(crate) fn time_out(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    at: Instant,
) -> Result<Effect, Rejection> {
    let due = book.holds.iter().filter(|(_, hold)| hold.expires_at == Some(at));
    let due: Vec<HoldId> = due.map(|(id, _)| id.clone()).collect();
    let mut effect = Effect::default();
    for id in due {
        effect.add(end(cause, book, (&id, format!("hold {id} timed out")), at)?);
    }
    Ok(effect)
}

/// Releases what a hold still holds and forgets the hold.
fn end(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (id, memo): (&HoldId, String),
    at: Instant,
) -> Result<Effect, Rejection> {
    let Some(mut hold) = book.holds.remove(id) else { return Ok(Effect::default()) };
    let parts = hold.take_last(hold.units());
    give_back(cause, book, (parts, memo), at)
}

/// Returns held units to their lots. Of a lot whose validity ended before, they expire at once; of
/// one that ends at this very instant they take part in what happens to the lot then.
fn give_back(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (parts, memo): (Vec<HeldPart>, String),
    at: Instant,
) -> Result<Effect, Rejection> {
    let (mut returned, mut expired) = (Vec::new(), Vec::new());
    let mut ended = 0_usize;
    for part in parts {
        let index = lot_of(book, &part.lot)?;
        let lot = &mut book.lots[index];
        lot.held -= part.units;
        lot.available += part.units;
        let units = Amount::from_steps(lot.unit.0, part.units);
        let back = transfer(Account::UnitsAvailable, Account::UnitsHeld, units)?;
        returned.extend(back.map(|posting| posting.of_lot(&lot.wallet, &lot.id)));
        if lot.expires_at.is_some_and(|end| end < at) {
            ended += 1;
            let money = release(lot, part.units, Fate::Expired)?.money;
            expired.extend(units_postings(lot, Account::UnitsExpired, part.units)?);
            expired.extend(forfeit_postings(lot, money)?);
        }
    }
    let mut effect = seal(cause, book, at, (EntryKind::Release, memo), returned)?;
    let memo = format!("expiry of {ended} lots whose units were held");
    effect.add(seal(cause, book, at, (EntryKind::Expiry, memo), expired)?);
    Ok(effect)
}

/// Seals an entry; one without lines is none.
fn seal(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    at: Instant,
    (kind, memo): (EntryKind, String),
    postings: Vec<Posting>,
) -> Result<Effect, Rejection> {
    if postings.is_empty() {
        return Ok(Effect::default());
    }
    let draft = Draft {
        kind,
        operation: cause.operation.id.clone(),
        effective_at: at,
        booked_on: cause.catalog.zone().day_of(at),
        memo,
        detail: None,
        postings,
    };
    let entry = book.seal(draft)?;
    Ok(Effect { entries: vec![entry], ..Effect::default() })
}
