//! Reversals: posted events are taken back, alone or with another event in their place.
//!
//! Owns: which events may be taken back, and once only.
//! Deliberately does not know: what an event gives back and to whom ([`crate::usage`]); where the
//! ledger keeps what it was charged - the operation says it.

use scrip_rating::UsageBatch;
use scrip_units::EventKey;

use crate::apply::{Applied, Effect, commit_usage, customer_or_new, inline, key_order};
use crate::book::{Book, CustomerBook};
use crate::operation::{InlineEvent, Operation, PostedAs, PostedEvent, ReverseUsage};
use crate::rejection::Rejection;
use crate::reversal_rejection::ReversalRejection;
use crate::schedule::Cause;
use crate::usage;

/// Takes events back.
pub(crate) fn reverse_usage(
    book: &mut Book,
    operation: &Operation,
    action: &ReverseUsage,
) -> Result<Applied, Rejection> {
    if operation.reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Rejection::ReasonMissing { operation: operation.action.code() });
    }
    if action.keys.is_empty() {
        return Err(ReversalRejection::NoEvents.into());
    }
    let customer = customer_or_new(book, &action.customer)?;
    let keys: Vec<_> = action.keys.iter().enumerate().collect();
    let (next, effect) = take_back(book, operation, customer, (&keys, &action.posted))?;
    Ok(commit_usage(book, &action.customer, next, effect))
}

/// Takes back what other events supersede, before those are posted. The detail of what is taken back
/// has the rows after those of the events, in their order.
pub(crate) fn supersede(
    book: &Book,
    operation: &Operation,
    customer: CustomerBook,
    (events, posted): (&[InlineEvent], &[PostedEvent]),
) -> Result<(CustomerBook, Effect), Rejection> {
    // An event that was recorded before has taken back what it supersedes.
    let is_new = |event: &InlineEvent| !customer.inline_events.contains_key(&key_order(&event.key));
    let fresh = events.iter().enumerate().filter(|(_, event)| is_new(event));
    let keys =
        fresh.filter_map(|(row, event)| Some((events.len() + row, event.supersedes.as_ref()?)));
    let keys: Vec<_> = keys.collect();
    if keys.is_empty() {
        return Ok((customer, Effect::default()));
    }
    take_back(book, operation, customer, (&keys, posted))
}

fn take_back(
    book: &Book,
    operation: &Operation,
    mut customer: CustomerBook,
    (keys, posted): (&[(usize, &EventKey)], &[PostedEvent]),
) -> Result<(CustomerBook, Effect), Rejection> {
    let mut batch = UsageBatch::empty(customer.customer.clone());
    let mut taken = Vec::with_capacity(keys.len());
    for (row, key) in keys.iter().copied() {
        if let Some(by) = customer.reversed.get(key) {
            let (key, by) = (key.clone(), by.clone());
            return Err(ReversalRejection::AlreadyReversed { key, by }.into());
        }
        let known = posted.iter().find(|posted| posted.event.key == *key);
        let known = known.ok_or_else(|| ReversalRejection::NotPosted { key: key.clone() })?;
        if known.posted_as == PostedAs::Refused {
            return Err(ReversalRejection::WasRefused { key: key.clone() }.into());
        }
        let event = inline(book, operation, (row, &known.event), &mut batch)?;
        taken.push((event, known));
        customer.reversed.insert(key.clone(), operation.id.clone());
    }
    // The last one first.
    taken.sort_by_key(|(event, _)| std::cmp::Reverse(event.order()));
    let cause = Cause { catalog: &book.catalog, rater: &book.rater, operation };
    usage::reverse(&cause, &customer, &batch, &taken)
}
