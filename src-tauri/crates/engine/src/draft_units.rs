//! Units that a draft invoice holds: rated usage of wallets that burn at invoice.
//!
//! Owns: holding units for a draft, burning them when it is final, undoing that, and returning them to
//! their lots.
//! Deliberately does not know: how usage is rated ([`crate::usage`]), the money that is charged and
//! the numbers of invoices ([`crate::invoicing`]).
//!
//! Holding moves no money: what has expired comes back into the contract liability with its units.

use std::collections::BTreeMap;
use std::sync::Arc;

use scrip_catalog::{Burns, Catalog};
use scrip_journal::{Account, EntryKind, Posting};
use scrip_units::{Amount, CardCode, Date, Instant, RateCode, UnitCode, WalletTypeCode};
use scrip_wallet::{Lot, Take};

use crate::apply::Effect;
use crate::book::{CounterKey, CustomerBook, Subject};
use crate::grant::{expiry_account, liability};
use crate::holds::burn_held;
use crate::invoice::{BurnedUsage, DraftInvoice, HeldUsage, Line, LineKey, LineOf};
use crate::rejection::Rejection;
use crate::release::{Fate, forfeit_postings, release, released_by, unearned_by};
use crate::schedule::Cause;

/// Whether units of a wallet type wait for the invoice when usage takes them at an instant.
pub(crate) fn burns_at_invoice(catalog: &Catalog, code: &WalletTypeCode, at: Instant) -> bool {
    catalog.wallet_type_at(code, at).is_some_and(|version| version.burns == Burns::Invoice)
}

impl DraftInvoice {
    /// Adds units that the draft holds.
    pub(crate) fn hold(&mut self, usage: &HeldUsage) {
        if usage.units == 0 {
            return;
        }
        match self.held.binary_search_by(|held| held.key().cmp(&usage.key())) {
            Ok(place) => self.held[place].units += usage.units,
            Err(place) => self.held.insert(place, usage.clone()),
        }
    }

    /// Takes up to so many units out that it holds of a lot for a rate, the latest day first.
    pub(crate) fn take(&mut self, units: i64, of: impl Fn(&HeldUsage) -> bool) -> i64 {
        let mut order: Vec<usize> = (0..self.held.len()).collect();
        let by_day = |place: &usize| (self.held[*place].day, self.held[*place].key());
        order.sort_by(|a, b| by_day(b).cmp(&by_day(a)));
        let mut left = units;
        for place in order {
            let held = &mut self.held[place];
            if of(held) {
                let part = left.min(held.units);
                held.units -= part;
                left -= part;
            }
        }
        self.held.retain(|held| held.units != 0);
        units - left
    }
}

/// The currency of the draft on which a lot's units stand.
pub(crate) fn currency_of(catalog: &Catalog, lot: &Lot) -> UnitCode {
    lot.currency.map_or(catalog.document().entity.currency, |currency| currency.0.code())
}

impl HeldUsage {
    /// Whether these are units of a lot for a rate, whatever its version.
    pub(crate) fn is_of(&self, lot: &Lot, card: &CardCode, rate: &RateCode) -> bool {
        let of_rate = |own: &scrip_journal::RateRef| own.card == *card && own.rate == *rate;
        self.lot == lot.id && self.rate.as_ref().is_some_and(of_rate)
    }

    fn posting(&self, lot: &Lot, account: Account, amount: Amount) -> Posting {
        let mut posting = Posting::new(account, amount).of_lot(&lot.wallet, &lot.id);
        posting.rate.clone_from(&self.rate);
        let dimensions = self.dimensions.iter();
        let dimensions =
            dimensions.map(|(name, value)| (Arc::from(name.as_str()), Arc::from(value.as_str())));
        posting.dimensions = Arc::new(dimensions.collect());
        posting.service_day = Some(self.day);
        posting
    }
}

/// Lines of postings on their way into an entry: units by rate and day, money by lot.
#[derive(Default)]
struct Lines {
    postings: Vec<Posting>,
    /// Released from the liability, and moved from breakage, by position of the lot.
    money: BTreeMap<usize, (i64, i64)>,
}

impl Lines {
    fn push(&mut self, usage: &HeldUsage, lot: &Lot, (account, units): (Account, i64)) {
        let amount = Amount::from_steps(lot.unit.0, units);
        self.postings.push(usage.posting(lot, account, amount));
    }

    fn money(
        &mut self,
        (place, lot): (usize, &Lot),
        usage: &HeldUsage,
        (money, moved): (i64, i64),
    ) {
        if let Some(currency) = lot.currency.filter(|_| money + moved != 0) {
            let revenue = Amount::from_steps(currency.0, -(money + moved));
            self.postings.push(usage.posting(lot, Account::RevenueUsage, revenue));
        }
        let sum = self.money.entry(place).or_default();
        *sum = (sum.0 + money, sum.1 + moved);
    }

    fn finish(mut self, lots: &[Lot]) -> Vec<Posting> {
        for (place, (money, moved)) in self.money {
            let lot = &lots[place];
            let Some(currency) = lot.currency else { continue };
            for (account, steps) in
                [(liability(lot.kind), money), (expiry_account(lot.kind), moved)]
            {
                if steps != 0 {
                    let posting = Posting::new(account, Amount::from_steps(currency.0, steps));
                    self.postings.push(posting.of_lot(&lot.wallet, &lot.id));
                }
            }
        }
        self.postings
    }
}

fn place_of(book: &CustomerBook, usage: &HeldUsage) -> Result<usize, Rejection> {
    book.position(&usage.lot).ok_or_else(|| Rejection::UnknownLot {
        customer: book.customer.clone(),
        lot: usage.lot.clone(),
    })
}

/// Holds units for the draft that are captured without a rate: from a hold, and from what is
/// available above it.
pub(crate) fn capture(
    catalog: &Catalog,
    book: &mut CustomerBook,
    (place, day): (usize, Date),
    take: Take,
) -> Result<Vec<Posting>, Rejection> {
    let lot = &mut book.lots[place];
    lot.available -= take.available;
    lot.held += take.available;
    let units = take.available + take.held;
    let usage =
        HeldUsage { lot: lot.id.clone(), rate: None, dimensions: BTreeMap::new(), day, units };
    let mut postings =
        vec![usage.posting(lot, Account::UnitsHeld, Amount::from_steps(lot.unit.0, units))];
    for (account, units) in
        [(Account::UnitsAvailable, take.available), (Account::UnitsHeld, take.held)]
    {
        if units != 0 {
            let posting = Posting::new(account, Amount::from_steps(lot.unit.0, -units));
            postings.push(posting.of_lot(&lot.wallet, &lot.id));
        }
    }
    let draft = currency_of(catalog, lot);
    let period = crate::invoicing::period_of(catalog, book, day);
    crate::invoicing::change(book, (period, draft), |draft| draft.hold(&usage));
    Ok(postings)
}

/// Burns what a draft holds, the earliest day first: Dr U300 Cr U110, and the deferred revenue.
pub(crate) fn burn(
    book: &mut CustomerBook,
    mut held: Vec<HeldUsage>,
) -> Result<(Vec<Posting>, Vec<BurnedUsage>), Rejection> {
    held.sort_by(|a, b| (a.day, a.key()).cmp(&(b.day, b.key())));
    let (mut lines, mut burned) = (Lines::default(), Vec::new());
    for usage in held {
        let place = place_of(book, &usage)?;
        let lot = &mut book.lots[place];
        let released = burn_held(lot, usage.units)?;
        lines.push(&usage, lot, (Account::UnitsConsumed, usage.units));
        lines.push(&usage, lot, (Account::UnitsHeld, -usage.units));
        lines.money((place, lot), &usage, (released.money, released.retagged));
        burned.push(BurnedUsage { money: released.money + released.retagged, usage });
    }
    Ok((lines.finish(&book.lots), burned))
}

/// Undoes a burn in reverse order: the units are held again, their revenue is deferred again.
pub(crate) fn unburn(
    book: &mut CustomerBook,
    burned: &[BurnedUsage],
) -> Result<Vec<Posting>, Rejection> {
    let mut lines = Lines::default();
    let parts = burned.iter().rev().filter(|burned| burned.usage.units != 0);
    for BurnedUsage { usage, .. } in parts {
        let place = place_of(book, usage)?;
        let lot = &mut book.lots[place];
        let money = released_by(lot, -usage.units)?;
        let revenue = -unearned_by(lot, usage.units)?;
        lot.consumed -= usage.units;
        lot.held += usage.units;
        lot.released += money;
        lines.push(usage, lot, (Account::UnitsHeld, usage.units));
        lines.push(usage, lot, (Account::UnitsConsumed, -usage.units));
        lines.money((place, lot), usage, (money, revenue - money));
    }
    Ok(lines.finish(&book.lots))
}

/// Returns units that a draft held to their lots, the latest day first. Of a lot whose validity has
/// ended they expire at once, and no rate gives them back again.
pub(crate) fn give_back(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (period, mut held): (Date, Vec<HeldUsage>),
    memo: String,
) -> Result<Effect, Rejection> {
    let at = cause.operation.at;
    held.retain(|usage| usage.units != 0);
    held.sort_by(|a, b| (b.day, b.key()).cmp(&(a.day, a.key())));
    let (mut lines, mut expired, mut ended) = (Lines::default(), Vec::new(), 0_usize);
    for usage in held {
        let place = place_of(book, &usage)?;
        if let Some(rate) = &usage.rate {
            let subject = Subject::Charge { card: rate.card.clone(), rate: rate.rate.clone() };
            let lot = Some(usage.lot.clone());
            let key = CounterKey { period, subject };
            forget_draws(book, &key, usage.units, |drawn| drawn.lot == lot);
        }
        let lot = &mut book.lots[place];
        lot.held -= usage.units;
        lot.available += usage.units;
        lines.push(&usage, lot, (Account::UnitsHeld, -usage.units));
        let amount = Amount::from_steps(lot.unit.0, usage.units);
        let back = Posting::new(Account::UnitsAvailable, amount);
        lines.postings.push(back.of_lot(&lot.wallet, &lot.id));
        if lot.expires_at.is_some_and(|end| end < at) {
            ended += 1;
            let money = release(lot, usage.units, Fate::Expired)?.money;
            expired.extend(crate::release::units_postings(
                lot,
                Account::UnitsExpired,
                usage.units,
            )?);
            expired.extend(forfeit_postings(lot, money)?);
        }
    }
    let returned = lines.finish(&book.lots);
    let mut effect = crate::invoicing::seal(cause, book, (EntryKind::Release, memo), returned)?;
    let memo = format!("expiry of {ended} parts of lots that a draft held");
    effect.add(crate::invoicing::seal(cause, book, (EntryKind::Expiry, memo), expired)?);
    Ok(effect)
}

/// Forgets that a rate drew units: they cannot be given back by a lower tier any more.
pub(crate) fn forget_draws(
    book: &mut CustomerBook,
    key: &CounterKey,
    units: i64,
    of: impl Fn(&crate::book::Drawn) -> bool,
) -> i64 {
    let mut left = units;
    if let Some(draws) = book.draws.get_mut(key) {
        for drawn in draws.iter_mut().rev().filter(|drawn| of(drawn)) {
            let part = left.min(drawn.units).max(0);
            drawn.units -= part;
            left -= part;
        }
        draws.retain(|drawn| drawn.units != 0);
        if draws.is_empty() {
            book.draws.remove(key);
        }
    }
    *book.retained.entry(key.clone()).or_default() += units - left;
    units - left
}

impl BurnedUsage {
    /// The line on which it stands.
    pub(crate) fn line(&self, lot: &Lot) -> (LineKey, i64, i64) {
        let key = LineKey {
            of: LineOf::Covered,
            wallet: Some(lot.wallet.clone()),
            card: self.usage.rate.as_ref().map(|rate| rate.card.clone()),
            unit: lot.unit.0.code(),
        };
        (key, self.usage.units, self.money)
    }
}

impl CustomerBook {
    /// The lines of a draft, with what it holds as if it were made final now.
    #[must_use]
    pub fn lines_of_draft(&self, draft: &DraftInvoice) -> Vec<Line> {
        let mut lines = draft.clone();
        for burned in self.worth(draft) {
            if let Some(lot) = self.position(&burned.usage.lot).map(|place| &self.lots[place]) {
                let (key, units, money) = burned.line(lot);
                lines.add(key, units, money);
            }
        }
        lines.lines
    }

    /// What a draft holds with its worth, as if it were made final now.
    pub(crate) fn worth(&self, draft: &DraftInvoice) -> Vec<BurnedUsage> {
        if draft.held.is_empty() {
            return Vec::new();
        }
        burn(&mut self.clone(), draft.held.clone())
            .map_or_else(|_| Vec::new(), |(_, burned)| burned)
    }
}
