//! `apply`: the one door to every change.

use std::sync::Arc;

use scrip_catalog::{Catalog, Severity, check_closed_costs, check_succession};
use scrip_journal::encoding::Encoder;
use scrip_journal::{Entry, Hash};
use scrip_rating::{Place, Refusal, Shape, UsageBatch, UsageEvent};
use scrip_units::{AmountError, CustomerCode, EventKey, HoldId, Instant, LotId, parse_steps};
use scrip_wallet::Lot;

use crate::alerts::{self, AlertFact};
use crate::book::{Book, CustomerBook};
use crate::canonical::canonical;
use crate::detail::Detail;
use crate::operation::{
    Action, ApplyConfiguration, CaptureHold, InlineEvent, OnRefusal, Operation, PostUsage,
    RecordUsage,
};
use crate::rejection::Rejection;
use crate::reversal_rejection::ReversalRejection;
use crate::schedule::{self, Cause, Due};
use crate::{
    adjustment, approval, chargeback, charges, choice, commitment, contract, convert, exchange,
    extension, grant, holds, invoicing, moves, period, refund, reversal, subscription, top_up,
    usage, write_off,
};

/// A lot as it was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotFact {
    /// The customer.
    pub customer: CustomerCode,
    /// The lot.
    pub lot: Lot,
}

/// A lot whose validity was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotChange {
    /// The customer.
    pub customer: CustomerCode,
    /// The lot.
    pub lot: LotId,
    /// Its expiry from now on.
    pub expires_at: Option<Instant>,
}

/// What fell due and was refused: it waits, and is tried again by every later operation of its
/// customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The customer.
    pub customer: CustomerCode,
    /// When it fell due.
    pub due: Instant,
    /// What it is, in words; none for everything that is due for the customer.
    pub what: Option<String>,
    /// Why it was refused.
    pub why: Rejection,
}

/// An event that was not charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedEvent {
    /// The event.
    pub place: Place,
    /// Why.
    pub refusal: Refusal,
    /// The limit that refused it, in words, if one did.
    pub limit: Option<Arc<str>>,
}

/// What happened to one customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Effect {
    pub(crate) entries: Vec<Entry>,
    pub(crate) lots: Vec<LotFact>,
    pub(crate) lot_changes: Vec<LotChange>,
    pub(crate) detail: Vec<Detail>,
    pub(crate) refused: Vec<RefusedEvent>,
    pub(crate) priced: u64,
    pub(crate) free: u64,
    pub(crate) duplicates: u64,
    pub(crate) alerts: Vec<AlertFact>,
    pub(crate) waiting: Vec<Waiting>,
}

impl Effect {
    /// Forgets changes of a lot's validity that another one followed.
    pub(crate) fn keep_last_changes(&mut self) {
        let mut seen = std::collections::HashSet::new();
        self.lot_changes.reverse();
        self.lot_changes.retain(|change| seen.insert(change.lot.clone()));
        self.lot_changes.reverse();
    }

    /// Adds what happened next.
    pub(crate) fn add(&mut self, next: Self) {
        self.entries.extend(next.entries);
        self.lots.extend(next.lots);
        self.lot_changes.extend(next.lot_changes);
        self.detail.extend(next.detail);
        self.refused.extend(next.refused);
        self.priced += next.priced;
        self.free += next.free;
        self.duplicates += next.duplicates;
        self.alerts.extend(next.alerts);
        self.waiting.extend(next.waiting);
    }
}

/// What an operation caused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The entries, in the order in which they are chained.
    pub entries: Vec<Entry>,
    /// The lots that were granted.
    pub lots: Vec<LotFact>,
    /// The lots whose validity was moved.
    pub lot_changes: Vec<LotChange>,
    /// Detail of usage.
    pub detail: Vec<Detail>,
    /// Events that were refused.
    pub refused: Vec<RefusedEvent>,
    /// Events that were priced.
    pub priced: u64,
    /// Events that cost nothing by their card.
    pub free: u64,
    /// Events that had been recorded before.
    pub duplicates: u64,
    /// Alerts that were raised.
    pub alerts: Vec<AlertFact>,
    /// What fell due and waits.
    pub waiting: Vec<Waiting>,
    /// Customers whose state changed.
    pub customers: Vec<CustomerCode>,
}

impl Applied {
    fn of(customer: &CustomerCode, effect: Effect) -> Self {
        let mut applied = Self::default();
        applied.add(customer, effect);
        applied
    }

    pub(crate) fn add(&mut self, customer: &CustomerCode, effect: Effect) {
        self.entries.extend(effect.entries);
        self.lots.extend(effect.lots);
        self.lot_changes.extend(effect.lot_changes);
        self.detail.extend(effect.detail);
        self.refused.extend(effect.refused);
        self.priced += effect.priced;
        self.free += effect.free;
        self.duplicates += effect.duplicates;
        self.alerts.extend(effect.alerts);
        self.waiting.extend(effect.waiting);
        self.customers.push(customer.clone());
    }
}

/// Applies an operation: either returns the entries it causes, with the book moved on, or a
/// rejection, with the book as it was. Whether the operation's id was seen before is the store's
/// to know.
///
/// # Errors
/// [`Rejection`].
pub fn apply(
    book: &mut Book,
    operation: &Operation,
    archived: Option<&UsageBatch>,
) -> Result<Applied, Rejection> {
    for code in operation.customers() {
        if let Some(customer) = book.customers.get_mut(code) {
            schedule::try_again(customer);
        }
    }
    if let (Some(code), Some(lot)) = (operation.customer(), operation.lot())
        && let Some(customer) = book.customers.get(code)
    {
        choice::is_there(&book.catalog, customer, (lot, operation.at))?;
    }
    let mut applied = dispatch(book, operation, archived)?;
    let catalog = Arc::clone(&book.catalog);
    for code in &applied.customers {
        if let Some(customer) = book.customers.get_mut(code) {
            applied.alerts.extend(alerts::look(&catalog, customer, operation.at));
        }
    }
    Ok(applied)
}

fn dispatch(
    book: &mut Book,
    operation: &Operation,
    archived: Option<&UsageBatch>,
) -> Result<Applied, Rejection> {
    let (catalog, rater) = (Arc::clone(&book.catalog), Arc::clone(&book.rater));
    match &operation.action {
        Action::ApplyConfiguration(action) => configure(book, action),
        Action::ClosePeriod(action) => period::close(book, operation, action),
        Action::RequestApproval(action) => {
            approval::request(operation, action)?;
            Ok(Applied::default())
        }
        Action::DecideRequest(action) => {
            approval::decide(operation, action)?;
            Ok(Applied::default())
        }
        Action::ImportExchangeRates(action) => exchange::import(book, action),
        Action::RunSchedule(_) => schedule::sweep(book, operation, Due::ALL),
        Action::ExpireLots(_) => schedule::sweep(book, operation, &[Due::Expiry]),
        Action::RecordUsage(action) => record_usage(book, operation, action),
        Action::TransferUnits(action) => moves::transfer(book, operation, action),
        Action::ReverseUsage(action) => reversal::reverse_usage(book, operation, action),
        Action::PostUsage(action) => post_usage(book, operation, action, archived),
        Action::PlaceHold(action) => {
            on_copy(book, operation, |cause, customer| holds::place(cause, customer, action))
        }
        Action::CaptureHold(action) => capture_hold(book, operation, action),
        Action::ReleaseHold(action) => {
            on_copy(book, operation, |cause, customer| holds::release_hold(cause, customer, action))
        }
        Action::FinalizeInvoice(action) => {
            on_copy(book, operation, |cause, customer| invoicing::finalize(cause, customer, action))
        }
        Action::VoidInvoice(action) => {
            on_copy(book, operation, |cause, customer| invoicing::void(cause, customer, action))
        }
        Action::DiscardDraft(action) => {
            on_copy(book, operation, |cause, customer| invoicing::discard(cause, customer, action))
        }
        Action::CreditNote(action) => on_copy(book, operation, |cause, customer| {
            invoicing::credit_note(cause, customer, action)
        }),
        Action::WriteOff(action) => on_copy(book, operation, |cause, customer| {
            write_off::write_off(cause, customer, action)
        }),
        action => {
            let Some(code) = operation.customer() else { return Ok(Applied::default()) };
            // A customer that is new is added to the book only if the operation is accepted.
            let new = !book.customers.contains_key(code);
            let customer = book.customer_mut(code)?;
            let cause = Cause { catalog: &catalog, rater: &rater, operation };
            let effect = match action {
                Action::Subscribe(action) => subscription::subscribe(&cause, customer, action),
                Action::CancelSubscription(action) => {
                    subscription::cancel(&cause, customer, action)
                }
                Action::CompleteSetup(action) => charges::complete(&cause, customer, action),
                Action::RefundCharge(action) => charges::refund(&cause, customer, action),
                Action::GrantCredits(action) => grant::grant(&cause, customer, action),
                Action::TopUp(action) => top_up::by_hand(&cause, customer, action),
                Action::SetTopUp(action) => top_up::set(&catalog, customer, operation, action),
                Action::AgreeCommitment(action) => {
                    commitment::agree(&catalog, customer, operation, action)
                }
                Action::CancelTopUp(action) => top_up::cancel(&catalog, customer, action),
                Action::ReceivePayment(action) => {
                    match (&action.top_up, &action.invoice, &action.lot) {
                        (None, Some(number), None) if write_off::stands(customer, number) => {
                            write_off::recover(&cause, customer, (number, action))
                        }
                        (None, _, None) => {
                            grant::receive_payment(&catalog, customer, operation, action)
                        }
                        (Some(id), None, None) => top_up::settle(&cause, customer, (id, action)),
                        (None, None, Some(lot)) => {
                            write_off::recover_lot(&cause, customer, (lot, action))
                        }
                        _ => Err(Rejection::PaymentForWhat),
                    }
                }
                Action::InvoiceOverage(action) => {
                    grant::invoice_overage(&catalog, customer, operation, action)
                }
                Action::RefundGrant(action) => {
                    refund::refund(&catalog, customer, operation, action)
                }
                Action::VoidLot(action) => refund::void(&catalog, customer, operation, action),
                Action::ConvertUnits(action) => {
                    convert::convert(&catalog, customer, operation, action)
                }
                Action::AdjustBalance(action) => adjustment::adjust(&cause, customer, action),
                Action::ChargeBack(action) => {
                    chargeback::chargeback(&catalog, customer, operation, action)
                }
                Action::WinChargeback(action) => {
                    chargeback::win(&catalog, customer, operation, action)
                }
                Action::ExtendLot(action) => {
                    extension::extend(&catalog, customer, operation, action)
                }
                Action::SetContractEnd(action) => {
                    contract::set_end(&catalog, customer, operation, action)
                }
                Action::ReinstateLot(action) => {
                    extension::reinstate(&catalog, &rater, customer, operation, action)
                }
                _ => Ok(Effect::default()),
            };
            if effect.is_err() && new {
                book.customers.remove(code);
            }
            effect.map(|effect| Applied::of(code, effect))
        }
    }
}

/// Changes a copy of a customer's state, which takes its place if nothing is refused.
fn on_copy(
    book: &mut Book,
    operation: &Operation,
    change: impl FnOnce(&Cause<'_>, &mut CustomerBook) -> Result<Effect, Rejection>,
) -> Result<Applied, Rejection> {
    let Some(code) = operation.customer() else { return Ok(Applied::default()) };
    let mut customer = customer_or_new(book, code)?;
    let cause = Cause { catalog: &book.catalog, rater: &book.rater, operation };
    let effect = change(&cause, &mut customer)?;
    book.customers.insert(code.clone(), customer);
    Ok(Applied::of(code, effect))
}

/// Burns what a hold holds: as usage that is rated, or as so many units.
fn capture_hold(
    book: &mut Book,
    operation: &Operation,
    action: &CaptureHold,
) -> Result<Applied, Rejection> {
    if let Some(event) = action.events.iter().find(|event| event.supersedes.is_some()) {
        return Err(ReversalRejection::SupersedesInCapture { key: event.key.clone() }.into());
    }
    let mut customer = customer_or_new(book, &action.customer)?;
    let cause = Cause { catalog: &book.catalog, rater: &book.rater, operation };
    let mut effect = holds::before_capture(&cause, &mut customer, action)?;
    let latest = if action.events.is_empty() {
        effect.add(holds::capture_units(&cause, &mut customer, action)?);
        None
    } else {
        let recorded = Recorded { events: &action.events, on_refusal: OnRefusal::Reject };
        let (next, usage) = rate_now(book, operation, customer, &recorded, Some(&action.hold))?;
        customer = next;
        let latest = latest_usage(&usage);
        effect.add(usage);
        latest
    };
    effect.add(holds::after_capture(&cause, &mut customer, action)?);
    book.posted_until = book.posted_until.max(latest);
    book.customers.insert(action.customer.clone(), customer);
    Ok(Applied::of(&action.customer, effect))
}

fn configure(book: &mut Book, action: &ApplyConfiguration) -> Result<Applied, Rejection> {
    let closed_until = period::closed_until(book.closed_through, book.catalog.zone());
    // What takes effect with the first open instant does not reach behind the close.
    let last_closed =
        closed_until.and_then(|open| Instant::from_micros(open.micros().saturating_sub(1)).ok());
    let frozen = book.posted_until.max(last_closed);
    let (old, new) = (book.catalog.document(), &action.document);
    let closed_costs = closed_until.map(|open| check_closed_costs(old, new, open));
    let problems: Vec<_> = check_succession(old, new, frozen)
        .into_iter()
        .chain(closed_costs.into_iter().flatten())
        .filter(|problem| problem.severity == Severity::Error)
        .collect();
    if !problems.is_empty() {
        return Err(Rejection::Configuration { problems });
    }
    let catalog = Catalog::try_new((*action.document).clone(), book.catalog.revision() + 1)
        .map_err(|problems| Rejection::Configuration { problems })?;
    book.reconfigure(Arc::new(catalog))?;
    Ok(Applied::default())
}

pub(crate) fn commit_usage(
    book: &mut Book,
    code: &CustomerCode,
    next: CustomerBook,
    effect: Effect,
) -> Applied {
    book.posted_until = book.posted_until.max(latest_usage(&effect));
    book.customers.insert(code.clone(), next);
    Applied::of(code, effect)
}

/// The latest usage that was charged. What it has caused besides, such as a top-up, has no detail and
/// keeps no version from taking effect.
fn latest_usage(effect: &Effect) -> Option<Instant> {
    let charged = effect.entries.iter().filter(|entry| entry.body.detail.is_some());
    charged.map(|entry| entry.body.effective_at).max()
}

pub(crate) fn customer_or_new(book: &Book, code: &CustomerCode) -> Result<CustomerBook, Rejection> {
    if book.catalog.customer(code).is_none() {
        return Err(Rejection::UnknownCustomer { customer: code.clone() });
    }
    Ok(book.customers.get(code).cloned().unwrap_or_else(|| book.new_customer(code)))
}

fn post_usage(
    book: &mut Book,
    operation: &Operation,
    action: &PostUsage,
    archived: Option<&UsageBatch>,
) -> Result<Applied, Rejection> {
    let empty = UsageBatch::empty(action.customer.clone());
    let batch = archived.unwrap_or(&empty);
    let (found, found_hash) = (batch.events.len() as u64, events_hash(batch));
    let pinned = action.events_hash;
    let same = found_hash == pinned
        || batch.events.iter().all(|event| event.member == u32::MAX)
            && events_hash_1(batch) == pinned;
    if batch.customer != action.customer || found != action.events || !same {
        return Err(Rejection::OtherUsage { found, found_hash });
    }
    let customer = customer_or_new(book, &action.customer)?;
    let (next, effect) =
        usage::post(&book.catalog, &book.rater, &customer, operation, batch, None)?;
    Ok(commit_usage(book, &action.customer, next, effect))
}

/// The hash of a batch's events in posting order: what a `post_usage` operation pins.
///
/// The format is in `docs/ledger-format.md`.
#[must_use]
pub fn events_hash(batch: &UsageBatch) -> Hash {
    let mut encoder = Encoder::default();
    encoder.text(if batch.costs.is_empty() { "scrip-events/2" } else { "scrip-events/3" });
    encoder.text(batch.customer.as_str());
    encoder.count(batch.shapes.len() as u64);
    for shape in &batch.shapes {
        encoder.text(shape.meter.as_str());
        encoder.count(shape.dimensions.len() as u64);
        for (name, value) in &shape.dimensions {
            encoder.text(name);
            encoder.text(value);
        }
    }
    encoder.count(batch.events.len() as u64);
    for event in &batch.events {
        for count in [
            u64::from(event.place.segment),
            u64::from(event.place.row),
            u64::from(event.shape),
            event.key_order,
        ] {
            encoder.count(count);
        }
        encoder.number(event.occurred_at.micros());
        encoder.number(event.quantity);
        let member = batch.members.get(event.member as usize);
        encoder.optional(member, |encoder, member| encoder.text(member.as_str()));
    }
    if !batch.costs.is_empty() {
        encoder.count(batch.costs.len() as u64);
    }
    for (place, cost) in &batch.costs {
        encoder.count(u64::from(place.segment));
        encoder.count(u64::from(place.row));
        encoder.text(&cost.amount.decimal().normalize().to_string());
        encoder.text(cost.currency.as_str());
    }
    Hash::of(encoder.bytes())
}

/// The hash by which operations were pinned before members counted. It says nothing of members, so it
/// proves only events that have none.
fn events_hash_1(batch: &UsageBatch) -> Hash {
    let mut encoder = Encoder::default();
    encoder.text("scrip-events/1");
    encoder.text(batch.customer.as_str());
    for shape in &batch.shapes {
        encoder.text(shape.meter.as_str());
        for (name, value) in &shape.dimensions {
            encoder.text(name);
            encoder.text(value);
        }
    }
    for event in &batch.events {
        for count in [
            u64::from(event.place.segment),
            u64::from(event.place.row),
            u64::from(event.shape),
            event.key_order,
        ] {
            encoder.count(count);
        }
        encoder.number(event.occurred_at.micros());
        encoder.number(event.quantity);
    }
    Hash::of(encoder.bytes())
}

fn first_eight(bytes: &[u8]) -> u64 {
    let hash = blake3::hash(bytes);
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_be_bytes(first)
}

/// What a batch sorts an event by and what duplicates are found by: the first eight bytes of the
/// BLAKE3 hash of its key.
#[must_use]
pub fn key_order(key: &EventKey) -> u64 {
    first_eight(key.as_str().as_bytes())
}

fn content(event: &InlineEvent) -> u64 {
    first_eight(canonical(&serde_json::to_value(event).unwrap_or_default()).as_bytes())
}

fn record_usage(
    book: &mut Book,
    operation: &Operation,
    action: &RecordUsage,
) -> Result<Applied, Rejection> {
    let customer = customer_or_new(book, &action.customer)?;
    let recorded = Recorded { events: &action.events, on_refusal: action.on_refusal };
    let superseded = (action.events.as_slice(), action.posted.as_slice());
    let (customer, mut effect) = reversal::supersede(book, operation, customer, superseded)?;
    let (next, usage) = rate_now(book, operation, customer, &recorded, None)?;
    effect.add(usage);
    Ok(commit_usage(book, &action.customer, next, effect))
}

/// Events that come inside an operation.
struct Recorded<'a> {
    events: &'a [InlineEvent],
    on_refusal: OnRefusal,
}

/// Rates and burns events that come inside an operation.
fn rate_now(
    book: &Book,
    operation: &Operation,
    mut customer: CustomerBook,
    recorded: &Recorded<'_>,
    hold: Option<&HoldId>,
) -> Result<(CustomerBook, Effect), Rejection> {
    let mut batch = UsageBatch::empty(customer.customer.clone());
    let mut duplicates = 0;
    for (row, event) in recorded.events.iter().enumerate() {
        let (key, body) = (key_order(&event.key), content(event));
        match customer.inline_events.insert(key, body) {
            None => {}
            Some(before) if before == body => {
                duplicates += 1;
                continue;
            }
            Some(_) => return Err(Rejection::EventConflict { key: event.key.clone() }),
        }
        let event = inline(book, operation, (row, event), &mut batch)?;
        batch.events.push(event);
    }
    batch.events.sort_by_key(UsageEvent::order);
    let (next, mut effect) =
        usage::post(&book.catalog, &book.rater, &customer, operation, &batch, hold)?;
    if let (OnRefusal::Reject, Some(refused)) = (recorded.on_refusal, effect.refused.first()) {
        let event = recorded.events.get(refused.place.row as usize);
        let event = event.map_or_else(String::new, |e| e.key.to_string());
        let limit = refused.limit.as_ref().map(ToString::to_string);
        return Err(Rejection::Refused { event, refusal: refused.refusal, limit });
    }
    effect.duplicates += duplicates;
    Ok((next, effect))
}

pub(crate) fn inline(
    book: &Book,
    operation: &Operation,
    (row, event): (usize, &InlineEvent),
    batch: &mut UsageBatch,
) -> Result<UsageEvent, Rejection> {
    let unknown = || Rejection::UnknownMeter { key: event.key.clone(), meter: event.meter.clone() };
    let meter = book.catalog.meter(&event.meter).ok_or_else(unknown)?;
    let unit = book.catalog.unit(meter.unit).ok_or(Rejection::UnknownUnit { unit: meter.unit })?;
    let quantity = parse_steps(&event.quantity.to_string(), unit.scale(), unit.code().as_str())
        .map_err(|source| Rejection::Amount { what: "quantity", source })?;
    if quantity < 0 {
        return Err(Rejection::Negative { what: format!("the quantity of event {}", event.key) });
    }
    if let Some(cost) = &event.delivery_cost {
        grant::currency(&book.catalog, cost.currency)?;
        if cost.amount.is_negative() {
            let what = format!("the delivery cost of event {}", event.key);
            return Err(Rejection::Negative { what });
        }
        if cost.atoms().is_none() {
            let (text, what) = (cost.amount.to_string(), "a delivery cost".to_owned());
            let source = AmountError::TooManyDecimals { text, decimals: 18, what };
            return Err(Rejection::Amount { what: "delivery_cost", source });
        }
    }
    let dimensions =
        event.dimensions.iter().map(|(n, v)| (Arc::from(n.as_str()), Arc::from(v.as_str())));
    let shape = Shape { meter: event.meter.clone(), dimensions: dimensions.collect() };
    let index = batch.shapes.iter().position(|s| *s == shape).unwrap_or_else(|| {
        batch.shapes.push(shape);
        batch.shapes.len() - 1
    });
    let number = |n: usize| u32::try_from(n).map_err(|_| Rejection::Overflow);
    let member = match &event.member {
        None => u32::MAX,
        Some(member) => {
            number(batch.members.iter().position(|m| m == member).unwrap_or_else(|| {
                batch.members.push(member.clone());
                batch.members.len() - 1
            }))?
        }
    };
    Ok(UsageEvent {
        occurred_at: event.occurred_at.unwrap_or(operation.at),
        quantity,
        shape: number(index)?,
        place: Place { segment: 0, row: number(row)? },
        key_order: key_order(&event.key),
        member,
    })
}
