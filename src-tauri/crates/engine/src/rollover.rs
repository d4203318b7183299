//! Rollover: what of a lot lives on in a new lot when its validity ends.
//!
//! Owns: how much rolls over, into which lot, what the cap cuts or forfeits, and the entries for it.
//! Deliberately does not know: what becomes of the rest, which is the expiry's.
//!
//! The terms are those of the lot: the version of the wallet type under which it was granted.

use std::collections::BTreeMap;

use scrip_catalog::{AboveCap, Catalog, Rollover};
use scrip_journal::{Account, Draft, EntryKind, Hash, Posting};
use scrip_units::{Amount, Exact, Instant, LotId, Rounding, Unit, WalletCode};
use scrip_wallet::{Lot, Validity, in_draw_order};

use crate::apply::{Effect, LotFact};
use crate::book::CustomerBook;
use crate::grant::{liability, transfer};
use crate::issue::end_by;
use crate::rejection::Rejection;
use crate::release::{Fate, STEPS, forfeit_postings, release, units_postings};
use crate::schedule::Cause;

/// The rollover that a lot has a right to, if it has one.
fn terms<'a>(catalog: &'a Catalog, lot: &Lot) -> Option<&'a Rollover> {
    let version = catalog.wallet_type_version(&lot.wallet_type, lot.wallet_type_version)?;
    let rollover = version.rollover.as_ref()?;
    let of_kind = rollover.kinds.is_empty() || rollover.kinds.contains(&lot.kind);
    (of_kind && lot.rolled < rollover.times && !lot.is_frozen()).then_some(rollover)
}

/// The earliest end of a lot of which something may roll over.
pub(crate) fn next(catalog: &Catalog, book: &CustomerBook) -> Option<Instant> {
    let lots = book.lots.iter().filter(|lot| lot.available > 0);
    lots.filter_map(|lot| lot.expires_at.filter(|_| terms(catalog, lot).is_some())).min()
}

/// When the lot ends that a lot rolls over into. `None` when it would not end later than the old one.
fn new_end(
    catalog: &Catalog,
    book: &CustomerBook,
    (lot, rollover, end): (&Lot, &Rollover, Instant),
) -> Result<Option<Validity>, Rejection> {
    let version = catalog.wallet_type_version(&lot.wallet_type, lot.wallet_type_version);
    let rule = rollover.expiry.as_ref().or_else(|| version.map(|v| &v.expiry));
    let new = match rule.map(|rule| end_by(catalog, book, (rule, end))) {
        // Without a contract there is nothing that the new lot could end with.
        Some(Err(Rejection::Contract(_))) => return Ok(None),
        Some(new) => new?,
        None => Validity::fixed(None),
    };
    Ok(if new.expires_at.is_some_and(|new| new <= end) { None } else { Some(new) })
}

/// A number of the configuration times some units, in smallest steps.
fn part(of: scrip_units::Number, times: i64) -> Result<i64, Rejection> {
    let exact = of.exact().and_then(|of| of.try_mul(Exact::whole(times)));
    let steps = exact.map_err(|_| Rejection::Overflow)?.round(Rounding::HalfAwayFromZero);
    i64::try_from(steps.map_err(|_| Rejection::Overflow)?).map_err(|_| Rejection::Overflow)
}

/// What is going on while lots of a customer roll over at one instant.
struct Roll<'a> {
    cause: &'a Cause<'a>,
    end: Instant,
    /// Lots that were there before: those that the cap may forfeit.
    before: usize,
    children: Vec<Lot>,
    postings: Vec<Posting>,
    forfeited: Vec<Posting>,
    /// Rounding steps of units that had expired before.
    steps: Vec<Posting>,
    /// Units cut by the cap, by wallet.
    cut: BTreeMap<WalletCode, (Unit, i64)>,
}

/// Rolls over what may of the lots in `due`, which end at `end`. Returns the entries and new lots, and
/// what the cap has cut, in words.
pub(crate) fn perform(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    end: Instant,
    due: &[usize],
) -> Result<(Effect, String), Rejection> {
    let mut wallets: BTreeMap<WalletCode, Vec<usize>> = BTreeMap::new();
    for index in due {
        wallets.entry(book.lots[*index].wallet.clone()).or_default().push(*index);
    }
    let mut roll = Roll {
        cause,
        end,
        before: book.lots.len(),
        children: Vec::new(),
        postings: Vec::new(),
        forfeited: Vec::new(),
        steps: Vec::new(),
        cut: BTreeMap::new(),
    };
    for positions in wallets.values_mut() {
        let wallet_type = &book.lots[positions[0]].wallet_type;
        let keys = cause.catalog.wallet_type_at(wallet_type, end).map(|v| v.draw_order.clone());
        in_draw_order(&book.lots, positions, &keys.unwrap_or_default());
        for index in positions {
            roll.lot(book, *index)?;
        }
    }
    roll.finish(book)
}

impl Roll<'_> {
    /// Units in a wallet that came from rollovers and live on beyond this instant.
    fn standing(&self, book: &CustomerBook, wallet: &WalletCode) -> i64 {
        let counts = |lot: &&Lot| {
            lot.rolled > 0
                && lot.wallet == *wallet
                && lot.effective_at <= self.end
                && lot.expires_at.is_none_or(|end| self.end < end)
        };
        book.lots.iter().filter(counts).map(|lot| lot.available + lot.held).sum()
    }

    fn lot(&mut self, book: &mut CustomerBook, index: usize) -> Result<(), Rejection> {
        let catalog = self.cause.catalog;
        let lot = &book.lots[index];
        let Some(rollover) = terms(catalog, lot) else { return Ok(()) };
        let Some(validity) = new_end(catalog, book, (lot, rollover, self.end))? else {
            return Ok(());
        };
        let wanted = part(rollover.fraction, lot.available)?;
        let (wallet, unit) = (lot.wallet.clone(), lot.unit.0);
        let mut units = wanted;
        if let Some(cap) = rollover.cap {
            let cap = part(cap, unit.scale().steps_per_unit())?;
            let above = self.standing(book, &wallet) + wanted - cap;
            if above > 0 && rollover.above_cap == AboveCap::ForfeitOldest {
                self.forfeit(book, &wallet, above)?;
            }
            units = wanted.min((cap - self.standing(book, &wallet)).max(0));
        }
        if units < wanted {
            self.cut.entry(wallet).or_insert((unit, 0)).1 += wanted - units;
        }
        if units > 0 { self.roll(book, (index, units), validity) } else { Ok(()) }
    }

    /// Takes units back from the oldest rollovers of a wallet: the earliest end first.
    fn forfeit(
        &mut self,
        book: &mut CustomerBook,
        wallet: &WalletCode,
        mut units: i64,
    ) -> Result<(), Rejection> {
        let end = self.end;
        let lives = |lot: &Lot| {
            lot.rolled > 0
                && lot.effective_at <= end
                && lot.expires_at.is_none_or(|until| end < until)
        };
        let mut oldest: Vec<usize> = (0..self.before)
            .filter(|index| book.lots[*index].wallet == *wallet && lives(&book.lots[*index]))
            .collect();
        oldest.sort_by_key(|index| {
            let lot = &book.lots[*index];
            (lot.expires_at.unwrap_or(Instant::MAX), lot.effective_at, lot.id.clone())
        });
        for index in oldest {
            let lot = &mut book.lots[index];
            let taken = units.min(lot.available);
            if taken > 0 {
                let money = release(lot, taken, Fate::Voided)?.money;
                self.forfeited.extend(units_postings(lot, Account::UnitsRefunded, taken)?);
                self.forfeited.extend(forfeit_postings(lot, money)?);
                units -= taken;
            }
        }
        Ok(())
    }

    /// Moves units of a lot into a new one with their share of its carrying amount.
    fn roll(
        &mut self,
        book: &mut CustomerBook,
        (index, units): (usize, i64),
        validity: Validity,
    ) -> Result<(), Rejection> {
        let id = child_id(book, &book.lots[index])?;
        let lot = &mut book.lots[index];
        let released = release(lot, units, Fate::Transferred)?;
        self.steps.extend(forfeit_postings(lot, released.step())?);
        let money = released.carried;
        let tax = lot.split_tax(money).map_err(|_| Rejection::Overflow)?;
        let child = Lot {
            tax,
            effective_at: self.end,
            moved_on: Some(self.cause.catalog.zone().day_of(self.end)),
            expires_at: validity.expires_at,
            ends_with: validity.ends_with,
            rolled: lot.rolled + 1,
            usable_since: Some(lot.usable_since.unwrap_or(lot.effective_at)),
            ..lot.child(id, (units, money))
        };
        self.postings.extend(moved(lot, &child)?);
        self.children.push(child.clone());
        book.add_lot(child);
        Ok(())
    }

    fn finish(self, book: &mut CustomerBook) -> Result<(Effect, String), Rejection> {
        let mut effect = Effect::default();
        let mut seal = |kind, memo: String, postings: Vec<Posting>| {
            let draft = Draft {
                kind,
                operation: self.cause.operation.id.clone(),
                effective_at: self.end,
                booked_on: self.cause.catalog.zone().day_of(self.end),
                memo,
                detail: None,
                postings,
            };
            book.seal(draft).map(|entry| effect.entries.push(entry))
        };
        if !self.forfeited.is_empty() {
            let memo = "oldest rollovers forfeited: the cap is reached".to_owned();
            seal(EntryKind::Void, memo, self.forfeited)?;
        }
        if !self.postings.is_empty() {
            let memo = format!("rollover of {} lots", self.children.len());
            seal(EntryKind::Rollover, memo, self.postings)?;
        }
        if !self.steps.is_empty() {
            let memo = STEPS.to_owned();
            seal(EntryKind::Expiry, memo, self.steps)?;
        }
        let customer = book.customer.clone();
        let fact = |lot| LotFact { customer: customer.clone(), lot };
        effect.lots = self.children.into_iter().map(fact).collect();
        let cut = self.cut.into_iter().map(|(wallet, (unit, steps))| {
            let units = Amount::from_steps(unit, steps);
            format!("; the rollover cap of wallet {wallet} cut {units}")
        });
        Ok((effect, cut.collect()))
    }
}

/// The lines of units that leave one lot for another, which has just been made of them.
pub(crate) fn moved(from: &Lot, to: &Lot) -> Result<Vec<Posting>, Rejection> {
    let units = Amount::from_steps(from.unit.0, to.issued);
    let mut postings: Vec<Posting> =
        units_postings(from, Account::UnitsTransferred, to.issued)?.into();
    let arrived = transfer(Account::UnitsAvailable, Account::UnitsTransferred, units)?;
    postings.extend(arrived.map(|posting| posting.of_lot(&to.wallet, &to.id)));
    if let Some(currency) = from.currency.filter(|_| to.consideration != 0) {
        let money = Amount::from_steps(currency.0, to.consideration);
        let [out, into] = transfer(liability(from.kind), liability(to.kind), money)?;
        postings.push(out.of_lot(&from.wallet, &from.id));
        postings.push(into.of_lot(&to.wallet, &to.id));
    }
    Ok(postings)
}

/// The id of the lot that a lot rolls over into: that of the first lot, with the count of rollovers.
fn child_id(book: &CustomerBook, lot: &Lot) -> Result<LotId, Rejection> {
    let count = lot.rolled + 1;
    let before = format!("/r{}", lot.rolled);
    let first = if lot.rolled > 0 { lot.id.as_str().strip_suffix(&before) } else { None };
    let first = first.unwrap_or(lot.id.as_str());
    fresh_lot_id(book, &format!("{first}/r{count}"))
}

/// A lot id made by the engine: as wished, or, when that is taken or too long, one made of its hash;
/// when that is taken too, of the hash with `#2`, `#3`, ... behind the wish.
pub(crate) fn fresh_lot_id(book: &CustomerBook, wished: &str) -> Result<LotId, Rejection> {
    let is_free = |id: &LotId| book.position(id).is_none();
    if let Some(id) = LotId::try_new(wished).ok().filter(is_free) {
        return Ok(id);
    }
    let mut text = wished.to_owned();
    for count in 2..=book.lots.len() + 2 {
        let hash = Hash::of(text.as_bytes()).to_string();
        let id =
            LotId::try_new(&format!("lot-{}", &hash[..16])).map_err(|_| Rejection::Overflow)?;
        if is_free(&id) {
            return Ok(id);
        }
        text = format!("{wished}#{count}");
    }
    Err(Rejection::Overflow)
}
