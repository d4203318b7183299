//! Top-ups: units that are bought when a wallet runs low, on a day of the month, or by hand.
//!
//! Owns: whose terms hold, when a top-up is made, how much it adds and costs, and the requests that
//! wait for a payment.
//! Deliberately does not know: who drew the wallet down, and how a payment came.

use std::collections::BTreeMap;

use scrip_catalog::{Catalog, TopUp, TopUpOn};
use scrip_journal::{Account, EntryKind};
use scrip_units::{
    Amount, BillingPeriod, Date, Exact, Instant, LotId, Number, Rounding, Unit, UnitCode,
    WalletCode,
};
use scrip_wallet::{LotKind, LotTax, TaxKind};
use serde::{Deserialize, Serialize};

use crate::apply::{Effect, Waiting};
use crate::book::CustomerBook;
use crate::exchange;
use crate::grant::{self, currency, steps};
use crate::issue::{Ends, Issue, Paid, end_by_rule, issue};
use crate::operation::{
    CancelTopUp, GrantCredits, Operation, Price, ReceivePayment, SetTopUp, Tax, TopUpWallet,
};
use crate::rejection::Rejection;
use crate::rollover::fresh_lot_id;
use crate::schedule::{self, Cause, Waits};

/// What the book keeps of the top-ups of a wallet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TopUps {
    /// The customer's own terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<TopUp>,
    /// Switched off by the customer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub off: bool,
    /// Day of the month of scheduled top-ups, and when the next is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly: Option<(u8, Instant)>,
    /// How many were made or requested.
    #[serde(default)]
    pub count: u64,
    /// The one that waits for its payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// What was charged in each calendar month: first day, currency, smallest steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charged: Vec<(Date, UnitCode, i64)>,
    /// The latest instant of usage that was charged to the wallet under top-up terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn_until: Option<Instant>,
    /// Whether the scheduled one was refused by the operation in work; it is tried again by the next.
    #[serde(skip)]
    pub waits: Waits,
}

/// A top-up that waits for its payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Its id, and that of its lot.
    pub id: LotId,
    /// When it was requested.
    pub at: Instant,
    /// Units, in smallest steps.
    pub units: i64,
    /// Currency of the charge.
    pub currency: UnitCode,
    /// The charge, net, in smallest steps.
    pub charge: i64,
    /// Tax on top of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<LotTax>,
}

/// The top-ups of a customer, by wallet.
pub type TopUpsByWallet = BTreeMap<WalletCode, TopUps>;

/// What makes a top-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trigger {
    Threshold,
    Calendar,
}

/// The terms that hold for a wallet at an instant.
fn terms(
    catalog: &Catalog,
    book: &CustomerBook,
    wallet: &WalletCode,
    at: Instant,
) -> Option<TopUp> {
    let kept = book.top_ups.get(wallet);
    if kept.is_some_and(|kept| kept.off) {
        return None;
    }
    if let Some(own) = kept.and_then(|kept| kept.own.as_ref()) {
        return Some(own.clone());
    }
    let wallet = book.wallets.get(wallet)?;
    catalog.wallet_type_at(&wallet.wallet_type, at)?.top_up.clone()
}

/// Whether draws from a wallet may make a top-up.
pub(crate) fn watches(
    catalog: &Catalog,
    book: &CustomerBook,
    wallet: &WalletCode,
    at: Instant,
) -> bool {
    terms(catalog, book, wallet, at).is_some_and(|terms| terms.threshold.is_some())
}

/// Units that a wallet has for use at an instant.
fn balance(book: &CustomerBook, wallet: &WalletCode, at: Instant) -> i64 {
    let usable = |lot: &&scrip_wallet::Lot| lot.wallet == *wallet && lot.is_usable_at(at);
    book.lots.iter().filter(usable).map(|lot| lot.available).sum()
}

/// Units times a price, in smallest steps of the currency, half away from zero.
fn charge(units: (i64, Unit), price: (Number, Number), currency: Unit) -> Result<i64, Rejection> {
    let exact = || -> Result<Exact, scrip_units::ExactError> {
        let (units, unit) = units;
        let steps = Exact::ratio(i128::from(units), i128::from(unit.scale().steps_per_unit()))?;
        let money = steps.try_mul(price.0.exact()?)?.try_div(price.1.exact()?)?;
        money.try_mul(Exact::whole(currency.scale().steps_per_unit()))
    };
    let rounded = exact().map_err(|_| Rejection::Overflow)?.round(Rounding::HalfAwayFromZero);
    i64::try_from(rounded.map_err(|_| Rejection::Overflow)?).map_err(|_| Rejection::Overflow)
}

/// Units of the next top-up; zero when none is needed.
fn wanted(terms: &TopUp, trigger: Trigger, (balance, unit): (i64, Unit)) -> Result<i64, Rejection> {
    let amount = |number: Option<Number>| number.map(|n| steps("top_up", n, unit)).transpose();
    let threshold = match (trigger, amount(terms.threshold)?) {
        (Trigger::Calendar, _) => None,
        (Trigger::Threshold, Some(threshold)) if balance <= threshold => Some(threshold),
        (Trigger::Threshold, _) => return Ok(0),
    };
    if let Some(to) = amount(terms.bring_to)? {
        return Ok((to - balance).max(0));
    }
    let add = amount(terms.add)?.unwrap_or(0);
    let times = match threshold {
        // The whole gap in one charge, and above the threshold at the end.
        Some(threshold) if add > 0 => (threshold - balance) / add + 1,
        _ => 1,
    };
    add.checked_mul(times).ok_or(Rejection::Overflow)
}

/// Makes a top-up of a wallet if one is due, and says in words what did not become a lot at once.
pub(crate) fn make(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    wallet: &WalletCode,
    (at, trigger): (Instant, Trigger),
) -> Result<(Effect, Option<String>), Rejection> {
    let nothing = || Ok((Effect::default(), None));
    let catalog = cause.catalog;
    let Some(terms) = terms(catalog, book, wallet, at) else { return nothing() };
    if book.top_ups.get(wallet).is_some_and(|kept| kept.pending.is_some()) {
        return nothing();
    }
    let Some(wallet_type) = book.wallets.get(wallet).map(|w| w.wallet_type.clone()) else {
        return nothing();
    };
    let unit = catalog.wallet_type(&wallet_type).map(|definition| definition.unit);
    let Some(unit) = unit.and_then(|unit| catalog.unit(unit)) else { return nothing() };
    let units = wanted(&terms, trigger, (balance(book, wallet, at), unit))?;
    if units == 0 {
        return nothing();
    }
    // Usage is never refused because of a top-up: one that cannot be made is noted.
    if catalog.wallet_type_at(&wallet_type, at).is_none() {
        return nothing();
    }
    let end = match (end_by_rule(catalog, book, (&wallet_type, at)), trigger) {
        (Err(missing @ Rejection::Contract(_)), Trigger::Threshold) => {
            let note = format!("no top-up of wallet {wallet}: {missing}");
            return Ok((Effect::default(), Some(note)));
        }
        (end, _) => end?,
    };
    if end.expires_at.is_some_and(|end| end <= at) {
        let note = format!("no top-up of wallet {wallet}: its units would have ended already");
        return Ok((Effect::default(), Some(note)));
    }
    let paid = match &terms.price {
        None => None,
        Some(price) => {
            let money = currency(catalog, price.currency)?;
            let net = charge((units, unit), (price.price, price.per), money)?;
            Some(Paid::taxed((money, net), price.tax.as_ref())?)
        }
    };
    let price = paid.map(|paid| (paid.currency, paid.net));
    // A scheduled one that waits for its payment is valued at the rate of that day.
    let valued_now =
        |net: i64| trigger == Trigger::Threshold || terms.on != TopUpOn::Payment || net == 0;
    if let Some((money, _)) = price.filter(|(_, net)| valued_now(*net))
        && let Err(missing) = exchange::of_day(cause, at, money.code())
    {
        if trigger == Trigger::Calendar {
            return Err(missing);
        }
        let note = format!("no top-up of wallet {wallet}: {missing}");
        return Ok((Effect::default(), Some(note)));
    }
    let month = first_of_month(catalog.zone().day_of(at));
    if let (Some((money, net)), Some(ceiling)) = (price, terms.monthly_ceiling) {
        let ceiling = steps("monthly_ceiling", ceiling, money)?;
        let so_far = charged(book, wallet, (month, money.code()));
        if so_far.saturating_add(net) > ceiling {
            let ceiling = Amount::from_steps(money, ceiling);
            let note = format!("no top-up of wallet {wallet}: monthly ceiling of {ceiling}");
            return Ok((Effect::default(), Some(note)));
        }
    }
    let number = book.top_ups.get(wallet).map_or(0, |kept| kept.count) + 1;
    let id = fresh_lot_id(book, &format!("{wallet}/top-up-{number}"))?;
    let kept = book.top_ups.entry(wallet.clone()).or_default();
    kept.count = number;
    if let Some(paid) = &paid {
        let (money, net, gross) = (paid.currency, paid.net, paid.gross()?);
        add_charge(kept, (month, money.code()), net)?;
        if terms.on == TopUpOn::Payment && net > 0 {
            let (currency, tax) = (money.code(), paid.lot_tax());
            let pending = Pending { id, at, units, currency, charge: net, tax };
            let (units, due) = (Amount::from_steps(unit, units), Amount::from_steps(money, gross));
            let note = format!("top-up {} of {units} waits for {due}", pending.id);
            kept.pending = Some(pending);
            return Ok((Effect::default(), Some(note)));
        }
    }
    let added = Issue {
        memo: memo(wallet, (units, unit), price),
        lot: id,
        wallet: wallet.clone(),
        wallet_type,
        kind: if price.is_some() { LotKind::Purchased } else { LotKind::Promotional },
        units,
        paid,
        counter: Account::AccountsReceivable,
        priority: None,
        at,
        effective_at: at,
        ends: Ends::At(end),
        entry: EntryKind::TopUp,
    };
    Ok((issue(cause, book, added)?, None))
}

fn memo(wallet: &WalletCode, (units, unit): (i64, Unit), price: Option<(Unit, i64)>) -> String {
    let units = Amount::from_steps(unit, units);
    let charged = price.map(|(money, net)| format!(" for {}", Amount::from_steps(money, net)));
    format!("top-up of wallet {wallet}: {units}{}", charged.unwrap_or_default())
}

fn first_of_month(day: Date) -> Date {
    scrip_units::Month::of(day).first_day()
}

fn charged(book: &CustomerBook, wallet: &WalletCode, key: (Date, UnitCode)) -> i64 {
    let of_wallet = book.top_ups.get(wallet).into_iter().flat_map(|kept| &kept.charged);
    let mut found = of_wallet.filter(|(month, money, _)| (*month, *money) == key);
    found.next().map_or(0, |(_, _, net)| *net)
}

fn add_charge(kept: &mut TopUps, key: (Date, UnitCode), net: i64) -> Result<(), Rejection> {
    let found = kept.charged.iter_mut().find(|(month, money, _)| (*month, *money) == key);
    match found {
        Some((_, _, sum)) => *sum = sum.checked_add(net).ok_or(Rejection::Overflow)?,
        None => kept.charged.push((key.0, key.1, net)),
    }
    Ok(())
}

/// The earliest scheduled top-up.
pub(crate) fn next(book: &CustomerBook) -> Option<Instant> {
    scheduled(book, false)
}

/// The earliest scheduled top-up that waits.
pub(crate) fn put_off(book: &CustomerBook) -> Option<Instant> {
    scheduled(book, true)
}

fn scheduled(book: &CustomerBook, waits: bool) -> Option<Instant> {
    let kept = book.top_ups.values().filter(|kept| kept.waits.0 == waits);
    kept.filter_map(|kept| kept.monthly.map(|(_, at)| at)).min()
}

/// Makes the top-ups that are due at an instant, and sets when they are due again. One that lacks
/// something - a contract, an exchange rate - waits for it.
pub(crate) fn perform(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    at: Instant,
) -> Result<Effect, Rejection> {
    let is_due = |kept: &TopUps| !kept.waits.0 && kept.monthly.is_some_and(|(_, next)| next == at);
    let wallets: Vec<WalletCode> = book
        .top_ups
        .iter()
        .filter(|(_, kept)| is_due(kept))
        .map(|(wallet, _)| wallet.clone())
        .collect();
    let mut effect = Effect::default();
    for wallet in wallets {
        match make(cause, book, &wallet, (at, Trigger::Calendar)) {
            Err(why) if schedule::may_wait(&why) => {
                let what = Some(format!("monthly top-up of wallet {wallet}"));
                let customer = book.customer.clone();
                effect.waiting.push(Waiting { customer, due: at, what, why });
                if let Some(kept) = book.top_ups.get_mut(&wallet) {
                    kept.waits = Waits(true);
                }
                continue;
            }
            made => effect.add(made?.0),
        }
        if let Some(kept) = book.top_ups.get_mut(&wallet)
            && let Some((day, next)) = &mut kept.monthly
        {
            *next = following(cause.catalog, *day, at)?;
        }
    }
    Ok(effect)
}

/// The first instant of the next such day of a month after an instant.
fn following(catalog: &Catalog, day: u8, at: Instant) -> Result<Instant, Rejection> {
    let zone = catalog.zone();
    Ok(zone.start_of_day(BillingPeriod::containing(zone.day_of(at), day).end_day)?)
}

/// Gives a wallet its own terms, switches its top-ups off, or goes back to those of the wallet type.
pub(crate) fn set(
    catalog: &Catalog,
    book: &mut CustomerBook,
    operation: &Operation,
    set: &SetTopUp,
) -> Result<Effect, Rejection> {
    let fault = |fault: &'static str| Err(Rejection::TopUpTerms { fault });
    let Some(wallet) = book.wallets.get(&set.wallet) else {
        let (customer, wallet) = (book.customer.clone(), set.wallet.clone());
        return Err(Rejection::UnknownWallet { customer, wallet });
    };
    if set.off && (set.top_up.is_some() || set.monthly_on.is_some()) {
        return fault("is switched off and has terms; say one of them");
    }
    if let Some(terms) = &set.top_up {
        if let Some(found) = terms.fault() {
            return fault(found);
        }
        if terms.threshold.is_none() && set.monthly_on.is_none() {
            return fault("has neither a threshold nor a day of the month; add one");
        }
        let code = &wallet.wallet_type;
        let unit = catalog.wallet_type(code).map(|definition| definition.unit);
        let unit = unit.and_then(|unit| catalog.unit(unit));
        let unit =
            unit.ok_or_else(|| Rejection::UnknownWalletType { wallet_type: code.clone() })?;
        for amount in [terms.threshold, terms.bring_to, terms.add].into_iter().flatten() {
            steps("top_up", amount, unit)?;
        }
        if let Some(price) = &terms.price {
            let money = currency(catalog, price.currency)?;
            terms.monthly_ceiling.map(|c| steps("monthly_ceiling", c, money)).transpose()?;
        }
    }
    let monthly = match set.monthly_on {
        None => None,
        Some(day) if !(1..=31).contains(&day) => {
            return fault("is made on a day that no month has; use 1 to 31");
        }
        Some(day) => Some((day, following(catalog, day, operation.at)?)),
    };
    let kept = book.top_ups.entry(set.wallet.clone()).or_default();
    kept.own.clone_from(&set.top_up);
    kept.off = set.off;
    kept.monthly = monthly;
    Ok(Effect::default())
}

/// A top-up by hand: a purchase whose price may come from the wallet's terms.
pub(crate) fn by_hand(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    top_up: &TopUpWallet,
) -> Result<Effect, Rejection> {
    let (catalog, operation) = (cause.catalog, cause.operation);
    let terms = || {
        let terms = terms(catalog, book, &top_up.wallet, operation.at)?.price?;
        let wallet = book.wallets.get(&top_up.wallet)?;
        let unit = catalog.unit(catalog.wallet_type(&wallet.wallet_type)?.unit)?;
        Some((terms, unit))
    };
    let price = match (&top_up.price, terms()) {
        (Some(price), _) => price.clone(),
        (None, None) => return Err(Rejection::PriceMissing { kind: LotKind::Purchased.code() }),
        (None, Some((terms, unit))) => {
            let money = currency(catalog, terms.currency)?;
            let units = grant::positive("units", top_up.units, unit)?;
            let net = charge((units, unit), (terms.price, terms.per), money)?;
            let paid = Paid::taxed((money, net), terms.tax.as_ref())?;
            let number = |steps: i64| {
                let text = scrip_units::format_steps(i128::from(steps), money.scale());
                text.parse::<Number>().map_err(|_| Rejection::Overflow)
            };
            let tax_kind = match paid.tax_kind {
                TaxKind::Vat => Tax::Vat,
                TaxKind::SalesTax => Tax::SalesTax,
            };
            let (net, tax) = (number(paid.net)?, number(paid.tax)?);
            Price { net, tax, tax_kind, currency: terms.currency }
        }
    };
    let grant = GrantCredits {
        customer: top_up.customer.clone(),
        wallet: Some(top_up.wallet.clone()),
        wallet_type: top_up.wallet_type.clone(),
        units: top_up.units,
        kind: LotKind::Purchased,
        lot: top_up.lot.clone(),
        price: Some(price),
        settlement: top_up.settlement,
        effective_at: None,
        expires_at: top_up.expires_at.clone(),
        priority: None,
    };
    grant::grant_as(cause, book, (&grant, EntryKind::TopUp))
}

/// The wallet whose top-up waits under an id.
fn waiting(book: &CustomerBook, id: &LotId) -> Result<(WalletCode, Pending), Rejection> {
    let found = book.top_ups.iter().find_map(|(wallet, kept)| {
        let pending = kept.pending.as_ref().filter(|pending| pending.id == *id)?;
        Some((wallet.clone(), pending.clone()))
    });
    let unknown =
        || Rejection::UnknownTopUp { customer: book.customer.clone(), top_up: id.clone() };
    found.ok_or_else(unknown)
}

/// Grants a top-up whose payment has come.
pub(crate) fn settle(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (id, payment): (&LotId, &ReceivePayment),
) -> Result<Effect, Rejection> {
    let (wallet, pending) = waiting(book, id)?;
    let money = currency(cause.catalog, pending.currency)?;
    let paid = currency(cause.catalog, payment.currency)?;
    let amount = steps("amount", payment.amount, paid)?;
    let owed = Paid {
        currency: money,
        net: pending.charge,
        tax: pending.tax.map_or(0, |tax| tax.charged),
        tax_kind: pending.tax.map_or(TaxKind::Vat, |tax| tax.kind),
    };
    let gross = owed.gross()?;
    if (payment.currency, amount) != (pending.currency, gross) {
        return Err(Rejection::TopUpAmount {
            top_up: id.clone(),
            wanted: Amount::from_steps(money, gross).to_string(),
            paid: Amount::from_steps(paid, amount).to_string(),
        });
    }
    let Some(wallet_type) = book.wallets.get(&wallet).map(|w| w.wallet_type.clone()) else {
        return Err(Rejection::NoWallet);
    };
    let unit = cause.catalog.wallet_type(&wallet_type).map(|definition| definition.unit);
    let unit = unit.and_then(|unit| cause.catalog.unit(unit));
    let unit =
        unit.ok_or_else(|| Rejection::UnknownWalletType { wallet_type: wallet_type.clone() })?;
    let lot = fresh_lot_id(book, id.as_str())?;
    let price = Some((money, pending.charge));
    let added = Issue {
        memo: memo(&wallet, (pending.units, unit), price),
        lot,
        wallet: wallet.clone(),
        wallet_type,
        kind: LotKind::Purchased,
        units: pending.units,
        paid: Some(owed),
        counter: Account::CashClearing,
        priority: None,
        at: cause.operation.at,
        effective_at: cause.operation.at,
        ends: Ends::ByRule,
        entry: EntryKind::TopUp,
    };
    let effect = issue(cause, book, added)?;
    if let Some(kept) = book.top_ups.get_mut(&wallet) {
        kept.pending = None;
    }
    Ok(effect)
}

/// Gives up a top-up that waits. What it would have charged no longer counts towards the ceiling.
pub(crate) fn cancel(
    catalog: &Catalog,
    book: &mut CustomerBook,
    cancel: &CancelTopUp,
) -> Result<Effect, Rejection> {
    let (wallet, pending) = waiting(book, &cancel.top_up)?;
    let month = first_of_month(catalog.zone().day_of(pending.at));
    if let Some(kept) = book.top_ups.get_mut(&wallet) {
        add_charge(kept, (month, pending.currency), -pending.charge)?;
        kept.pending = None;
    }
    Ok(Effect::default())
}
