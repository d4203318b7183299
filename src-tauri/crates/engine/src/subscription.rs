//! Subscriptions: what a plan grants, on its calendar.
//!
//! Owns: who is subscribed to what under which version, when each line grants next and how much.
//! Deliberately does not know: how units are issued and how they end.

use std::collections::BTreeMap;

use scrip_catalog::{
    Catalog, Earned, Effective, Every, GrantMode, PlanCharge, PlanGrant, PlanVersion, Proration,
};
use scrip_journal::{Account, Draft, EntryKind};
use scrip_units::period::{add_days, add_months_clamped};
use scrip_units::{
    Amount, Date, Exact, Instant, LotId, PlanCode, Rounding, Unit, WalletCode, WalletTypeCode,
    allocate,
};
use scrip_wallet::{LotKind, Validity};
use serde::{Deserialize, Serialize};

use crate::apply::{Effect, Waiting};
use crate::book::CustomerBook;
use crate::charges::{self, ChargeFault, NewCharge};
use crate::exchange;
use crate::grant::{currency, steps};
use crate::issue::{self, Ends, Issue, Paid, end_by};
use crate::operation::{CancelSubscription, Settlement, Subscribe};
use crate::rejection::Rejection;
use crate::release::{Fate, forfeit_postings, release, units_postings};
use crate::rollover::fresh_lot_id;
use crate::schedule::{self, Cause, Due, Waits};

/// A customer's subscription to a plan; kept when it has ended, so that its lots keep their count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Version of the plan, for the whole subscription.
    pub version: u32,
    /// The day from which periods are counted.
    pub anchor: Date,
    /// How grants are settled.
    pub settlement: Settlement,
    /// Whether it has not been cancelled.
    pub open: bool,
    /// Its lines.
    pub lines: BTreeMap<PlanCode, Line>,
}

/// A line of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Line {
    /// How many lots it has granted.
    pub count: u64,
    /// When it grants next.
    pub next: Option<Instant>,
    /// Which period of the calendar begins after that.
    pub period: i64,
    /// Whether the next grant is the first of the subscription.
    pub first: bool,
    /// Its last lot.
    pub last: Option<LotId>,
    /// What of a charge of the plan its first grant costs on top, in smallest steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<i64>,
    /// Whether its next grant was refused by the operation in work; it is tried again by the next.
    #[serde(skip)]
    pub waits: Waits,
}

/// The subscriptions of a customer, by plan.
pub type Subscriptions = BTreeMap<PlanCode, Subscription>;

/// The first instant of a period of the calendar, counted from the anchor without drift.
fn begins(
    catalog: &Catalog,
    (anchor, every): (Date, Every),
    period: i64,
) -> Result<Instant, Rejection> {
    let times = |each: u32| i64::from(each).checked_mul(period).ok_or(Rejection::Overflow);
    let day = match every {
        Every::Months(months) => add_months_clamped(anchor, times(months)?)?,
        Every::Days(days) => {
            let days = u64::try_from(times(days)?).map_err(|_| Rejection::Overflow)?;
            add_days(anchor, days)?
        }
    };
    Ok(catalog.zone().start_of_day(day)?)
}

/// The period after the one that an instant is in.
fn following(catalog: &Catalog, calendar: (Date, Every), at: Instant) -> Result<i64, Rejection> {
    let mut period = 1;
    while begins(catalog, calendar, period)? <= at {
        period += 1;
    }
    Ok(period)
}

/// Subscribes, and grants what is due by the operation's instant. Works on a copy.
pub(crate) fn subscribe(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    subscribe: &Subscribe,
) -> Result<Effect, Rejection> {
    let (catalog, at) = (cause.catalog, cause.operation.at);
    let code = || subscribe.plan.clone();
    let plan =
        catalog.plan(&subscribe.plan).ok_or_else(|| Rejection::UnknownPlan { plan: code() })?;
    let zone = catalog.zone();
    let anchor = subscribe.anchor.map_or(Ok(at), |when| when.resolve(zone))?;
    let start = at.max(anchor);
    let version = plan.at(start, zone).ok_or_else(|| Rejection::NoPlanVersion { plan: code() })?;
    let before = book.subscriptions.get(&subscribe.plan);
    if before.is_some_and(|before| before.open) {
        let customer = book.customer.clone();
        return Err(Rejection::Subscribed { customer, plan: code() });
    }
    let mut lines = before.map(|before| before.lines.clone()).unwrap_or_default();
    lines.values_mut().for_each(|line| line.next = None);
    let anchor = zone.day_of(anchor);
    for grant in &version.grants {
        let (wallet, wanted) = (wallet_of(grant)?, &grant.wallet_type);
        if let Some(other) = book.wallets.get(&wallet).filter(|w| w.wallet_type != *wanted) {
            let (exists, wanted) = (other.wallet_type.clone(), wanted.clone());
            return Err(Rejection::OtherWalletType { wallet, exists, wanted });
        }
        let line = lines.entry(grant.code.clone()).or_default();
        (line.next, line.first, line.last, line.share) = (Some(start), true, None, None);
        if let Some(every) = grant.every {
            line.period = following(catalog, (anchor, every), start)?;
        }
    }
    for charge in &version.charges {
        if charge.earned == Earned::WithGrants {
            spread(catalog, version, charge, &mut lines)?;
            continue;
        }
        let line = lines.entry(charge.code.clone()).or_default();
        (line.next, line.first, line.last, line.share) = (Some(start), true, None, None);
        if let Some(every) = charge.every {
            line.period = following(catalog, (anchor, every), start)?;
        }
    }
    for grant in &version.grants {
        let Some(line) = lines.get(&grant.code).filter(|line| line.share.is_some()) else {
            continue;
        };
        let part = first_part(catalog, (anchor, grant), (line.period, start))?;
        if given(catalog, book, (grant, start, part))?.is_none() {
            let (plan, grant) = (code().to_string(), grant.code.to_string());
            return Err(ChargeFault::NotSpread { plan, grant }.into());
        }
    }
    let subscription = Subscription {
        version: version.version,
        anchor,
        settlement: subscribe.settlement,
        open: true,
        lines,
    };
    let mut next = book.clone();
    next.subscriptions.insert(code(), subscription);
    let mut effect = schedule::run(cause, &mut next, &[Due::PlanGrant], at)?;
    // Who subscribes is told at once.
    if let Some(place) = effect.waiting.iter().position(|waiting| waiting.due == start) {
        return Err(effect.waiting.swap_remove(place).why);
    }
    *book = next;
    Ok(effect)
}

/// Spreads a charge over the first grants of its plan, in proportion to what they cost by themselves.
fn spread(
    catalog: &Catalog,
    version: &PlanVersion,
    charge: &PlanCharge,
    lines: &mut BTreeMap<PlanCode, Line>,
) -> Result<(), Rejection> {
    let money = currency(catalog, charge.price.currency)?;
    let total = steps("charge", charge.price.amount, money)?;
    let (mut codes, mut weights) = (Vec::new(), Vec::new());
    for grant in &version.grants {
        let price = grant.price.as_ref().filter(|p| p.currency == charge.price.currency);
        if let Some(price) = price.filter(|price| price.amount.is_positive()) {
            codes.push(&grant.code);
            weights.push(steps("price", price.amount, money)?);
        }
    }
    let shares = allocate(total, &weights).map_err(|_| Rejection::Overflow)?;
    for (code, share) in codes.into_iter().zip(shares) {
        if let Some(line) = lines.get_mut(code) {
            let more = line.share.unwrap_or(0).checked_add(share).ok_or(Rejection::Overflow)?;
            line.share = Some(more);
        }
    }
    Ok(())
}

fn wallet_of(grant: &PlanGrant) -> Result<WalletCode, Rejection> {
    WalletCode::try_new(grant.wallet_type.as_str()).map_err(|_| Rejection::NoWallet)
}

/// Ends a subscription. Works on a copy.
pub(crate) fn cancel(
    cause: &Cause<'_>,
    customer: &mut CustomerBook,
    cancel: &CancelSubscription,
) -> Result<Effect, Rejection> {
    let mut book = customer.clone();
    let not_subscribed = || {
        let (customer, plan) = (customer.customer.clone(), cancel.plan.clone());
        Rejection::NotSubscribed { customer, plan }
    };
    if !book.subscriptions.get(&cancel.plan).is_some_and(|found| found.open) {
        return Err(not_subscribed());
    }
    // What was due before, and is not swept yet, was due all the same.
    let before = Instant::from_micros(cause.operation.at.micros().saturating_sub(1))?;
    let mut effect = schedule::run(cause, &mut book, Due::ALL, before)?;
    let subscription = book.subscriptions.get_mut(&cancel.plan).ok_or_else(not_subscribed)?;
    subscription.open = false;
    let lines = subscription.lines.values_mut();
    let granted: Vec<LotId> = lines
        .filter_map(|line| {
            line.next = None;
            line.last.clone()
        })
        .collect();
    for id in granted.iter().filter(|_| !cancel.at_period_end) {
        let Some(index) = book.position(id) else { continue };
        // What was paid for is refunded or voided by its own operation.
        if book.lots[index].consideration == 0 {
            effect.add(take_back(cause, &mut book, (index, cause.operation.at))?);
        }
    }
    *customer = book;
    Ok(effect)
}

/// Takes back what is left of a lot that has not ended.
fn take_back(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (index, at): (usize, Instant),
) -> Result<Effect, Rejection> {
    let lot = &mut book.lots[index];
    let units = lot.available;
    if units == 0 || lot.expires_at.is_some_and(|end| end <= at) {
        return Ok(Effect::default());
    }
    let money = release(lot, units, Fate::Voided)?.money;
    let mut postings: Vec<_> = units_postings(lot, Account::UnitsRefunded, units)?.into();
    postings.extend(forfeit_postings(lot, money)?);
    let draft = Draft {
        kind: EntryKind::Void,
        operation: cause.operation.id.clone(),
        effective_at: at,
        booked_on: cause.catalog.zone().day_of(at),
        memo: format!("lot {} taken back by its plan", lot.id),
        detail: None,
        postings,
    };
    Ok(Effect { entries: vec![book.seal(draft)?], ..Effect::default() })
}

/// The earliest grant of a plan.
pub(crate) fn next(book: &CustomerBook) -> Option<Instant> {
    lines(book).filter(|line| !line.waits.0).filter_map(|line| line.next).min()
}

/// The earliest grant of a plan that waits.
pub(crate) fn put_off(book: &CustomerBook) -> Option<Instant> {
    lines(book).filter(|line| line.waits.0).filter_map(|line| line.next).min()
}

fn lines(book: &CustomerBook) -> impl Iterator<Item = &Line> {
    book.subscriptions.values().flat_map(|s| s.lines.values())
}

/// Grants what plans grant at an instant: plans and their lines in the order of their codes. A grant
/// that lacks something - a contract, an exchange rate - waits for it, with those that follow it.
pub(crate) fn perform(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    at: Instant,
) -> Result<Effect, Rejection> {
    let mut due: Vec<(PlanCode, PlanCode)> = Vec::new();
    for (plan, subscription) in &book.subscriptions {
        let lines =
            subscription.lines.iter().filter(|(_, line)| line.next == Some(at) && !line.waits.0);
        due.extend(lines.map(|(line, _)| (plan.clone(), line.clone())));
    }
    let mut effect = Effect::default();
    for (plan, code) in due {
        let Some(subscription) = book.subscriptions.get(&plan).cloned() else { continue };
        let Some(mut line) = subscription.lines.get(&code).cloned() else { continue };
        let version = cause.catalog.plan_version(&plan, subscription.version);
        let grant = version.and_then(|version| version.grants.iter().find(|g| g.code == code));
        let charge = version.and_then(|version| version.charges.iter().find(|c| c.code == code));
        if let Some(grant) = grant
            && let Err(why) = possible(cause, book, (&subscription, grant), (&line, at))
        {
            if !schedule::may_wait(&why) {
                return Err(why);
            }
            let what = Some(format!("grant {} of plan {plan}", grant.code));
            let customer = book.customer.clone();
            effect.waiting.push(Waiting { customer, due: at, what, why });
            line.waits = Waits(true);
            if let Some(kept) = book.subscriptions.get_mut(&plan) {
                kept.lines.insert(code, line);
            }
            continue;
        }
        line.next = None;
        if let Some(charge) = charge {
            let of = (&plan, charge, &subscription);
            effect.add(charge_line(cause, book, of, (&mut line, at))?);
        }
        if let Some(grant) = grant {
            let calendar = grant.every.map(|every| (subscription.anchor, every));
            let part = part_now(cause.catalog, (&subscription, grant), (&line, at))?;
            effect.add(grant_line(
                cause,
                book,
                (&plan, grant, subscription.settlement),
                (&mut line, at, part),
            )?);
            if let Some(calendar) = calendar {
                line.next = Some(begins(cause.catalog, calendar, line.period)?);
                line.period += 1;
            }
        }
        line.first = false;
        if let Some(kept) = book.subscriptions.get_mut(&plan) {
            kept.lines.insert(code, line);
        }
    }
    Ok(effect)
}

/// The part of a period that the next grant of a line gives and costs.
fn part_now(
    catalog: &Catalog,
    (subscription, grant): (&Subscription, &PlanGrant),
    (line, at): (&Line, Instant),
) -> Result<Exact, Rejection> {
    match line.first {
        true => first_part(catalog, (subscription.anchor, grant), (line.period, at)),
        false => Ok(Exact::whole(1)),
    }
}

/// Whether a line can grant: nothing has changed yet.
fn possible(
    cause: &Cause<'_>,
    book: &CustomerBook,
    (subscription, grant): (&Subscription, &PlanGrant),
    (line, at): (&Line, Instant),
) -> Result<(), Rejection> {
    let part = part_now(cause.catalog, (subscription, grant), (line, at))?;
    let is_given = given(cause.catalog, book, (grant, at, part))?.is_some();
    if let Some(price) = grant.price.as_ref().filter(|_| is_given) {
        exchange::of_day(cause, at, price.currency)?;
    }
    Ok(())
}

/// The part of a period that the first grant of a line gives and costs.
fn first_part(
    catalog: &Catalog,
    (anchor, grant): (Date, &PlanGrant),
    (period, at): (i64, Instant),
) -> Result<Exact, Rejection> {
    match grant.every {
        Some(every) if grant.proration == Proration::FirstPeriod => {
            part_left(catalog, (anchor, every), (period, at))
        }
        _ => Ok(Exact::whole(1)),
    }
}

/// The part of a period that is left at an instant; all of it on its first day.
fn part_left(
    catalog: &Catalog,
    calendar: (Date, Every),
    (period, at): (i64, Instant),
) -> Result<Exact, Rejection> {
    let (from, until) =
        (begins(catalog, calendar, period - 1)?, begins(catalog, calendar, period)?);
    if catalog.zone().day_of(from) == catalog.zone().day_of(at) {
        return Ok(Exact::whole(1));
    }
    let micros = |from: Instant| i128::from(until.micros()) - i128::from(from.micros());
    Exact::ratio(micros(at), micros(from)).map_err(|_| Rejection::Overflow)
}

fn part_of(whole: i64, part: Exact) -> Result<i64, Rejection> {
    let steps = Exact::whole(whole).try_mul(part).map_err(|_| Rejection::Overflow)?;
    let steps = steps.round(Rounding::HalfAwayFromZero).map_err(|_| Rejection::Overflow)?;
    i64::try_from(steps).map_err(|_| Rejection::Overflow)
}

/// Makes a charge of a plan. A charge of nothing is left out.
fn charge_line(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (plan, charge, subscription): (&PlanCode, &PlanCharge, &Subscription),
    (line, at): (&mut Line, Instant),
) -> Result<Effect, Rejection> {
    let catalog = cause.catalog;
    let today = catalog.zone().day_of(at);
    let (mut part, mut months) = (Exact::whole(1), charge.months);
    let end = match charge.every {
        Some(every) => {
            let calendar = (subscription.anchor, every);
            if line.first && charge.proration == Proration::FirstPeriod {
                part = part_left(catalog, calendar, (line.period, at))?;
            }
            let next = begins(catalog, calendar, line.period)?;
            line.next = Some(next);
            line.period += 1;
            if let Every::Months(every) = every {
                months = Some(every);
            }
            catalog.zone().day_of(next)
        }
        None => add_months_clamped(today, i64::from(charge.months.unwrap_or(0)))?,
    };
    let money = currency(catalog, charge.price.currency)?;
    let amount = part_of(steps("charge", charge.price.amount, money)?, part)?;
    if amount == 0 {
        return Ok(Effect::default());
    }
    line.count += 1;
    let (code, number) = (&charge.code, line.count);
    let new = NewCharge {
        name: format!("{plan}/{code}/{number}"),
        paid: Paid::taxed((money, amount), charge.price.tax.as_ref())?,
        once: charge.every.is_none(),
        earned: charge.earned,
        period: (today, end),
        months,
        counter: issue::counter(LotKind::Purchased, subscription.settlement),
        at,
        memo: format!("plan {plan}, {code} no. {number}: {}", Amount::from_steps(money, amount)),
    };
    charges::make(cause, book, new)
}

/// What a line of a plan gives.
struct Given {
    wallet_type: WalletTypeCode,
    unit: Unit,
    units: i64,
    end: Validity,
}

/// What a line gives at an instant; none if that is nothing, or a lot that would have ended already.
fn given(
    catalog: &Catalog,
    book: &CustomerBook,
    (grant, at, part): (&PlanGrant, Instant, Exact),
) -> Result<Option<Given>, Rejection> {
    let wallet_type = grant.wallet_type.clone();
    let unknown = || Rejection::UnknownWalletType { wallet_type: wallet_type.clone() };
    let unit = catalog.wallet_type(&wallet_type).and_then(|t| catalog.unit(t.unit));
    let unit = unit.ok_or_else(unknown)?;
    let Some(version) = catalog.wallet_type_at(&wallet_type, at) else { return Ok(None) };
    let units = part_of(steps("units", grant.units, unit)?, part)?;
    let rule = grant.expiry.as_ref().unwrap_or(&version.expiry);
    let end = end_by(catalog, book, (rule, at))?;
    let nothing = units == 0 || end.expires_at.is_some_and(|end| end <= at);
    Ok((!nothing).then_some(Given { wallet_type, unit, units, end }))
}

/// Grants a line of a plan. A grant of nothing, or of a lot that would have ended already, is left out,
/// and with it what of a charge it would cost on top.
fn grant_line(
    cause: &Cause<'_>,
    book: &mut CustomerBook,
    (plan, grant, settlement): (&PlanCode, &PlanGrant, Settlement),
    (line, at, part): (&mut Line, Instant, Exact),
) -> Result<Effect, Rejection> {
    let catalog = cause.catalog;
    let mut effect = Effect::default();
    if grant.mode == GrantMode::Reset
        && let Some(index) = line.last.as_ref().and_then(|last| book.position(last))
    {
        effect.add(take_back(cause, book, (index, at))?);
    }
    let share = line.share.take();
    let Some(Given { wallet_type, unit, units, end }) = given(catalog, book, (grant, at, part))?
    else {
        return Ok(effect);
    };
    let paid = match &grant.price {
        None => None,
        Some(price) => {
            let money = currency(catalog, price.currency)?;
            let net = part_of(steps("price", price.amount, money)?, part)?;
            let net = net.checked_add(share.unwrap_or(0)).ok_or(Rejection::Overflow)?;
            Some(Paid::taxed((money, net), price.tax.as_ref())?)
        }
    };
    line.count += 1;
    let number = line.count;
    let lot = fresh_lot_id(book, &format!("{plan}/{}/{number}", grant.code))?;
    line.last = Some(lot.clone());
    let amount = Amount::from_steps(unit, units);
    let added = Issue {
        memo: format!("plan {plan}, {} no. {number}: {amount}", grant.code),
        lot,
        wallet: wallet_of(grant)?,
        wallet_type,
        kind: grant.kind,
        units,
        paid,
        counter: issue::counter(grant.kind, settlement),
        priority: None,
        at,
        effective_at: at,
        ends: Ends::At(end),
        entry: if paid.is_some() { EntryKind::Purchase } else { EntryKind::Grant },
    };
    effect.add(issue::issue(cause, book, added)?);
    Ok(effect)
}
