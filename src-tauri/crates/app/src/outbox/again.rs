//! Deciding at once on all that would do something else now than was shown: what waits behind an item that
//! moved has mostly moved with it.

use std::collections::BTreeMap;

use scrip_store::LedgerStore;
use serde::Serialize;

use super::OutboxError;
use super::item::{OutboxView, before, list};
use super::looking::{ItemDetail, Renewed, decided, keep, show};
use super::queueing::QueuedView;
use crate::error::AppError;
use crate::session::Edge;
use crate::workspace::Workspace;

/// What keeps an item from being decided again with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alone {
    /// The books would refuse it now.
    Refused,
    /// Another configuration was published than the one that it stands on.
    Overtaken,
    /// Its file cannot be read.
    Unreadable,
}

/// An item that has to be looked at by itself.
#[derive(Debug, Clone, Serialize)]
pub struct AloneView {
    /// Its number.
    pub number: u64,
    /// What keeps it back.
    pub cause: Alone,
    /// Why, in words.
    pub why: String,
}

/// What can be decided again at once.
#[derive(Debug, Clone, Serialize)]
pub struct Again {
    /// The items that would do something else now, or were kept back, in their order: each with what it would
    /// do after the ones before it.
    pub items: Vec<ItemDetail>,
    /// The first item that cannot be decided again with them. What waits behind it waits for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alone: Option<AloneView>,
}

/// Looks at what can be decided again at once. Nothing is changed.
///
/// # Errors
/// The store's, or that the folder cannot be read.
pub async fn again<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
) -> Result<Again, AppError> {
    let OutboxView { items, unreadable } = list(workspace)?;
    let mut again = Again { items: Vec::new(), alone: None };
    let damaged = unreadable.first();
    for item in items {
        let number = item.number;
        if damaged.is_some_and(|damaged| damaged.number < number) {
            break;
        }
        let seen = show(workspace, edge, number).await?;
        let why = match (&seen.refused, seen.is_overtaken) {
            (_, true) => {
                let under = seen.item.revision;
                let why = format!("configuration {under}, which it stands on, was overtaken");
                Some((Alone::Overtaken, why))
            }
            (Some(refused), false) => {
                let refused = refused.trim_end_matches('.');
                Some((Alone::Refused, format!("the books would refuse it now: {refused}")))
            }
            (None, false) => None,
        };
        if let Some((cause, why)) = why {
            again.alone = Some(AloneView { number, cause, why });
            return Ok(again);
        }
        if !seen.as_shown || seen.item.kept_back.is_some() {
            again.items.push(seen);
        }
    }
    if let Some(damaged) = damaged {
        let why = "its file cannot be read".to_owned();
        let (number, cause) = (damaged.number, Alone::Unreadable);
        again.alone = Some(AloneView { number, cause, why });
    }
    Ok(again)
}

/// Decides again on items as they were looked at ([`ItemDetail::now`]), in their order: on all of them, or on
/// none where one would do something else than that, is gone or is being sent.
///
/// # Errors
/// [`OutboxError::LookedAtOther`]; as [`super::renew`].
pub async fn renew_all<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    looked: &[(u64, String)],
) -> Result<Vec<QueuedView>, AppError> {
    let found = again(workspace, edge).await?.items;
    for (number, word) in looked {
        let seen = found.iter().find(|seen| seen.item.number == *number);
        if seen.and_then(|seen| seen.now.as_ref()) != Some(word) {
            return Err(OutboxError::LookedAtOther { number: *number }.into());
        }
    }
    // Each comes after those before it as they are decided again.
    let mut waiting = before(workspace, u64::MAX)?;
    let mut renewed = Vec::new();
    for (number, word) in looked {
        let place = waiting.iter().position(|item| item.number == *number);
        let place = place.ok_or(OutboxError::LookedAtOther { number: *number })?;
        let (was, chosen) = (waiting[place].clone(), BTreeMap::new());
        let one = decided(workspace, edge, (was, &waiting[..place]), &chosen, Some(word)).await?;
        waiting[place] = one.item.clone();
        renewed.push(one);
    }
    keep(workspace, edge, &renewed).await?;
    Ok(renewed.iter().map(Renewed::view).collect())
}
