//! Usage: rating a customer's events in order, drawing their lots, and one entry for each service
//! day.
//!
//! Works on a copy of the customer's state, so that a rejection in the middle leaves no trace.

mod crossing;
mod day;
mod draw;
mod estimate;
mod give_back;
mod lane;
mod limit;
mod reverse;
mod versions;

pub(crate) use estimate::estimate;
pub(crate) use reverse::reverse;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use scrip_catalog::{Beyond, Catalog, Customer};
use scrip_journal::entry::ReportDimensions;
use scrip_journal::{Account, Draft, EntryKind, Posting, RateRef};
use scrip_rating::{
    Counter, Place, PricedRate, Rater, Refusal, Route, Shape, UsageBatch, UsageEvent,
};
use scrip_units::{
    Amount, BillingPeriod, CardCode, Date, DayCursor, EventKey, HoldId, Instant, LotId, MemberCode,
    WalletCode,
};
use scrip_wallet::lot::KeptUnit;
use scrip_wallet::{DrawPlan, Funding, Take, plan};

use crate::apply::{Effect, RefusedEvent};
use crate::book::{CounterKey, CustomerBook, Drawn, Subject};
use crate::detail::{Detail, DetailRow, Outcome, RateKey};
use crate::draft_units;
use crate::grant::{liability, steps};
use crate::inactivity;
use crate::invoice::HeldUsage;
use crate::invoicing;
use crate::limits::{self, Limit, Part, Spender};
use crate::minimum;
use crate::operation::Operation;
use crate::overdraft::{self, Overdrawn, Reason};
use crate::period::{self, conversion_period, counting_period};
use crate::rejection::Rejection;
use crate::release::{carried_by, released_by};
use crate::schedule::{self, Cause};
use crate::usage::crossing::Crossing;
use versions::Honoured;

const NO_RATE: u32 = u32::MAX;

/// What one entry line sums up: a lot (or overage) and a rate.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    /// Units drawn from what was available.
    available: i64,
    /// Units drawn from what had expired.
    expired: i64,
    /// Units drawn from what was held.
    held: i64,
    /// Money released from the lot's liability, or overage.
    money: i64,
    /// Units that the draft invoice holds from now on: from what was available, from what had expired
    /// and from what was held for the usage. Below zero it gives them back there.
    drafted: (i64, i64, i64),
    /// Money re-tagged from breakage, because the usage happened before the expiry.
    retagged: i64,
}

/// Everything that is fixed for a shape until prices or the billing period change.
struct Lane {
    from: Instant,
    until: Instant,
    /// The billing period in which the usage occurred.
    own: BillingPeriod,
    /// The billing period in whose counters it counts.
    period: BillingPeriod,
    work: Work,
}

enum Work {
    Priced(Box<PricedLane>),
    Free,
    Refused(Refusal),
}

struct PricedLane {
    rate: Arc<PricedRate>,
    conversions: Arc<[scrip_rating::Conversion]>,
    key: u32,
    charge: usize,
    converted: Vec<usize>,
    overage: usize,
    plan: DrawPlan,
    /// What lots bought under other versions honour; nothing when every lot is priced by `rate`.
    honoured: Honoured,
    /// Wallets of other units that pay what those of the charge's unit cannot.
    crossings: Vec<Crossing>,
    /// Wallets that may pay, when a hold is captured: what is held of others stays held.
    payers: Vec<WalletCode>,
    stale: usize,
    /// Wallets whose units wait for the invoice.
    at_invoice: Vec<WalletCode>,
    /// Wallets whose draws may make a top-up.
    watched: Vec<WalletCode>,
    /// Limits of members, by their position in the batch.
    limits: HashMap<u32, Arc<[Limit]>>,
}

/// A counter that is in work.
struct Slot {
    key: CounterKey,
    counter: Counter,
    /// Draws of the charge that the book does not know yet.
    pending: Option<Pending>,
}

/// Units that one lot after the other event paid, or that none covered.
#[derive(Clone, Copy)]
struct Pending {
    lot: Option<usize>,
    version: u32,
    forward: bool,
    units: i64,
}

struct Run<'a> {
    catalog: &'a Catalog,
    rater: &'a Rater,
    operation: &'a Operation,
    book: CustomerBook,
    billing_day: u8,
    slots: Vec<Slot>,
    slot_of: HashMap<CounterKey, usize>,
    rates: Vec<RateKey>,
    rate_of: HashMap<RateKey, u32>,
    cells: BTreeMap<(u32, u32), Cell>,
    rows: Vec<DetailRow>,
    unposted: Vec<DetailRow>,
    takes: Vec<Take>,
    last_at: Instant,
    day_events: u64,
    effect: Effect,
    /// The hold that pays before anything else.
    hold: Option<HoldId>,
    /// The next instant at which the schedule gives the customer units; none before it was asked.
    fed_until: Option<Instant>,
    /// Whether lots were added that lanes do not know.
    new_lots: bool,
    /// Whether any lot lives on with usage.
    slides: bool,
    /// What is to be said in the memo of the day.
    notes: BTreeSet<String>,
    /// The customer, if any limit may concern its usage.
    limited: Option<&'a Customer>,
    /// Cards with a minimum.
    minimums: Vec<&'a CardCode>,
    /// How many events of the day rates of theirs priced.
    minimum_uses: BTreeMap<u32, u64>,
    members: &'a [MemberCode],
    day: Date,
    /// What the event in work is charged, as far as limits ask.
    parts: Vec<Part>,
    /// The limit that refused the event in work.
    refused_by: Option<Arc<str>>,
    /// Wallets that are overdrawn by the usage of the day.
    purses: Vec<WalletCode>,
    /// The last closed day, as far as it decides in which period the event in work counts.
    closed: Option<Date>,
    /// The events of the day that are taken back; none when usage is posted.
    reversing: Option<Vec<EventKey>>,
    /// Units that came back to lots that had ended, by position of the lot.
    ended: Vec<(usize, i64)>,
}

const OVERAGE: u32 = u32::MAX;

/// Cells from here on are overdrafts of wallets, by their position in [`Run::purses`].
const PURSES: u32 = u32::MAX - 0xffff;

/// Posts a batch and returns the state after it with what it caused. Units of `hold` pay first.
pub(crate) fn post(
    catalog: &Catalog,
    rater: &Rater,
    book: &CustomerBook,
    operation: &Operation,
    batch: &UsageBatch,
    hold: Option<&HoldId>,
) -> Result<(CustomerBook, Effect), Rejection> {
    let cause = Cause { catalog, rater, operation };
    let mut run = Run::new(&cause, book, &batch.members, hold);
    let mut cursor = DayCursor::new(catalog.zone());
    let mut today: Option<Date> = None;
    let mut lanes: Vec<Option<Lane>> = batch.shapes.iter().map(|_| None).collect();
    for event in &batch.events {
        if event.place.segment != 0 && run.book.inline_events.contains_key(&event.key_order) {
            // The event came inside an operation before it came with a file.
            run.effect.duplicates += 1;
            continue;
        }
        let day = cursor.day_of(event.occurred_at)?;
        if today != Some(day) {
            if let Some(before) = today {
                run.close_day(before)?;
            }
            today = Some(day);
            run.day = day;
        }
        if run.fed_until.is_none_or(|until| until <= event.occurred_at) {
            run.feed(event.occurred_at)?;
        }
        if std::mem::take(&mut run.new_lots) {
            // Lanes know the lots there were, and when they ended.
            lanes.fill_with(|| None);
            run.slides = inactivity::any(&run.book);
        }
        let index = event.shape as usize;
        let shape = &batch.shapes[index];
        let fits = lanes[index].as_ref().is_some_and(|lane| {
            lane.from <= event.occurred_at
                && event.occurred_at < lane.until
                && lane.own.first_day <= day
                && day < lane.own.end_day
        });
        if !fits {
            lanes[index] = Some(run.lane(shape, event.occurred_at, day)?);
        }
        if let Some(lane) = lanes[index].as_mut() {
            run.event(lane, shape, event)?;
        }
    }
    if let Some(day) = today {
        run.close_day(day)?;
    }
    Ok(run.finish())
}

impl<'a> Run<'a> {
    fn new(
        cause: &Cause<'a>,
        book: &CustomerBook,
        members: &'a [MemberCode],
        hold: Option<&HoldId>,
    ) -> Self {
        let catalog = cause.catalog;
        Self {
            catalog,
            rater: cause.rater,
            operation: cause.operation,
            book: book.clone(),
            billing_day: catalog.customer(&book.customer).map_or(1, |c| c.billing_day),
            slots: Vec::new(),
            slot_of: HashMap::new(),
            rates: Vec::new(),
            rate_of: HashMap::new(),
            cells: BTreeMap::new(),
            rows: Vec::new(),
            unposted: Vec::new(),
            takes: Vec::new(),
            last_at: Instant::MIN,
            day_events: 0,
            effect: Effect::default(),
            hold: hold.cloned(),
            fed_until: None,
            new_lots: false,
            slides: inactivity::any(book),
            notes: BTreeSet::new(),
            limited: catalog.customer(&book.customer).filter(|c| limits::any(catalog, c)),
            minimums: minimum::cards(catalog),
            minimum_uses: BTreeMap::new(),
            members,
            day: Date::default(),
            closed: book.closed_through,
            parts: Vec::new(),
            refused_by: None,
            purses: Vec::new(),
            reversing: None,
            ended: Vec::new(),
        }
    }
}

impl Run<'_> {
    /// Does what was due by `at` (never beyond the operation's own instant) and gives the customer
    /// units.
    fn feed(&mut self, at: Instant) -> Result<(), Rejection> {
        let cause = Cause { catalog: self.catalog, rater: self.rater, operation: self.operation };
        self.settle_draws();
        let fed = schedule::feed(&cause, &mut self.book, at.min(self.operation.at))?;
        self.fed_until =
            Some(schedule::next_feed(&cause, &self.book).map_or(Instant::MAX, |next| next.0));
        self.new_lots |= !fed.entries.is_empty();
        self.effect.add(fed);
        Ok(())
    }

    /// The counter with this key, put to work.
    fn slot(&mut self, key: CounterKey) -> usize {
        if let Some(slot) = self.slot_of.get(&key) {
            return *slot;
        }
        let counter = self.book.counters.get(&key).copied().unwrap_or_default();
        let slot = self.slots.len();
        self.slots.push(Slot { key: key.clone(), counter, pending: None });
        self.slot_of.insert(key, slot);
        slot
    }

    fn event(
        &mut self,
        lane: &mut Lane,
        shape: &Shape,
        event: &UsageEvent,
    ) -> Result<(), Rejection> {
        match &mut lane.work {
            Work::Priced(priced) => {
                let quantity = self.rater.quantity(shape, event);
                self.priced(priced, lane.period, event, quantity)
            }
            Work::Free => {
                self.effect.free += 1;
                self.row(event.place, Outcome::Free, NO_RATE, (event.quantity, 0, 0, 0));
                Ok(())
            }
            Work::Refused(refusal) => {
                self.refuse(event, *refusal, event.quantity);
                Ok(())
            }
        }
    }

    fn refuse(&mut self, event: &UsageEvent, refusal: Refusal, quantity: i64) {
        self.effect.refused.push(RefusedEvent {
            place: event.place,
            refusal,
            limit: self.refused_by.take(),
        });
        self.row(event.place, Outcome::Refused(refusal), NO_RATE, (quantity, 0, 0, 0));
    }

    /// Remembers which limit refused the event.
    fn refuse_by(&mut self, limit: &Limit) -> Refusal {
        self.refused_by = Some(limit.to_string().into());
        match limit.spender {
            Spender::Member(_) => Refusal::MemberAllowance,
            Spender::Team(_) => Refusal::TeamAllowance,
            Spender::Customer => Refusal::SpendLimit,
        }
    }

    fn row(
        &mut self,
        place: Place,
        outcome: Outcome,
        rate: u32,
        (quantity, before, units, money): (i64, i64, i64, i64),
    ) {
        let row =
            DetailRow { place, outcome, rate, quantity, quantity_before: before, units, money };
        match outcome {
            Outcome::Free | Outcome::Refused(_) => self.unposted.push(row),
            Outcome::Drawn { .. } | Outcome::Overage { .. } => self.rows.push(row),
        }
    }

    fn priced(
        &mut self,
        lane: &mut PricedLane,
        period: BillingPeriod,
        event: &UsageEvent,
        quantity: i64,
    ) -> Result<(), Rejection> {
        let located = |source| Rejection::Rating { place: event.place, source };
        // Counters move only when the event is not refused.
        let mut converted = quantity;
        let mut moved: Vec<(usize, Counter)> = Vec::with_capacity(lane.converted.len() + 1);
        for (slot, conversion) in lane.converted.iter().zip(lane.conversions.iter()) {
            let counter = &self.slots[*slot].counter;
            let (out, next) =
                counter.advance(&conversion.curve, conversion.grain, converted).map_err(located)?;
            moved.push((*slot, next));
            converted = out;
        }
        if !lane.honoured.is_empty() {
            return self.priced_by_lots(lane, period, event, (converted, moved));
        }
        let before = self.slots[lane.charge].counter;
        let (mut charge, mut after) = lane.rate.charge(&before, converted).map_err(located)?;
        let figures = (converted, before.quantity);
        if charge < 0 {
            // What cannot be traced to a lot (it was charged by a version that does not look back)
            // waits in the counter until usage has caught up.
            self.settle(lane.charge);
            charge = -self.book.traced(&self.slots[lane.charge].key).min(-charge);
            after.fixed = before.fixed + charge;
        }
        self.parts.clear();
        if charge < 0 {
            self.give_back(lane, period, event, (-charge, figures))?;
            self.count(lane, period, event);
        } else if charge == 0 {
            self.row(
                event.place,
                Outcome::Drawn { lot: None },
                lane.key,
                (converted, before.quantity, 0, 0),
            );
        } else if let Err(refusal) = self.draw(lane, period, event, (charge, figures))? {
            self.refuse(event, refusal, converted);
            return Ok(());
        }
        moved.push((lane.charge, after));
        self.has_priced(event, moved);
        self.note_use(lane.key);
        Ok(())
    }

    /// Counts an event that a rate priced for the minimum of its card.
    fn note_use(&mut self, key: u32) {
        if self.minimums.contains(&&self.rates[key as usize].rate.card) {
            *self.minimum_uses.entry(key).or_default() += 1;
        }
    }

    /// Keeps the counters of an event that is priced.
    fn has_priced(&mut self, event: &UsageEvent, moved: Vec<(usize, Counter)>) {
        for (slot, counter) in moved {
            self.slots[slot].counter = counter;
        }
        self.last_at = event.occurred_at;
        self.day_events += 1;
        self.effect.priced += 1;
    }

    fn finish(mut self) -> (CustomerBook, Effect) {
        let unposted = std::mem::take(&mut self.unposted);
        if !unposted.is_empty() {
            let detail = self.detail(unposted);
            self.effect.detail.push(detail);
        }
        self.settle_draws();
        for Slot { key, counter, .. } in self.slots {
            if counter == Counter::default() {
                self.book.counters.remove(&key);
            } else {
                self.book.counters.insert(key, counter);
            }
        }
        self.book.draws.retain(|_, draws| !draws.is_empty());
        period::forget_closed(&mut self.book);
        self.effect.keep_last_changes();
        (self.book, self.effect)
    }
}
