//! Why something cannot be queued, pushed or decided on again.

use scrip_catalog::MergeConflict;

use super::again::Alone;

/// Why something cannot be queued, pushed or renewed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboxError {
    /// There is nothing to push to.
    #[error("this workspace is no copy of another ledger: do it here, without --queue")]
    NoCopy,
    /// There is no such item.
    #[error("the outbox has no number {number}")]
    Unknown {
        /// Its number.
        number: u64,
    },
    /// The database holds another company's ledger.
    #[error(
        "number {number} of the outbox is for the ledger {expected}, and {ledger} is the ledger {found}; nothing was done"
    )]
    OtherLedger {
        /// The item.
        number: u64,
        /// Where the ledger is.
        ledger: String,
        /// Its id.
        found: String,
        /// The id of the one that the item is for.
        expected: String,
    },
    /// Another configuration was published meanwhile.
    #[error(
        "number {number} of the outbox was decided on under configuration {revision}, and {now} is in force at production: look at both with `scrip outbox show {number}`, then `scrip outbox renew {number}`"
    )]
    Stale {
        /// The item.
        number: u64,
        /// The revision it was decided on.
        revision: u64,
        /// The one in force.
        now: u64,
    },
    /// The books moved.
    #[error(
        "the books have moved since number {number} was queued; it would cause other entries now, so it was not done: look at it with `scrip outbox show {number}`, then `scrip outbox renew {number}`"
    )]
    Moved {
        /// The item.
        number: u64,
    },
    /// It is not what was looked at.
    #[error(
        "number {number} of the outbox would do something else again than what was looked at, so it was not decided again: look at it once more"
    )]
    LookedAtOther {
        /// The item.
        number: u64,
    },
    /// Nothing can be decided again at once, because this item comes first.
    #[error(
        "number {number} of the outbox has to be looked at by itself, and what comes after it waits for that: {why}"
    )]
    Alone {
        /// The item.
        number: u64,
        /// What keeps it back.
        cause: Alone,
        /// Why, in words.
        why: String,
    },
    /// A push is doing it.
    #[error(
        "number {number} is being sent to production just now, so it was not changed. Wait for the end of the push, then look what became of it"
    )]
    BeingSent {
        /// The item.
        number: u64,
    },
    /// Another push is under way.
    #[error(
        "the outbox is being pushed already, here or by another program, so this push did nothing. Wait for the end of that one, then look what is left"
    )]
    Pushing,
    /// It waits already.
    #[error("{what} waits in the outbox already, as number {number}")]
    Waits {
        /// What.
        what: String,
        /// The item.
        number: u64,
    },
    /// It is about usage in an archive that is elsewhere.
    #[error(
        "number {number} of the outbox records usage or takes it back, and the usage archive of production is not here: do it where usage is posted"
    )]
    ArchiveElsewhere {
        /// The item.
        number: u64,
    },
    /// Both changed the same.
    #[error(
        "number {number} of the outbox and what was published since change the same in {}: choose a side for each",
        places(.conflicts)
    )]
    Conflicts {
        /// The item.
        number: u64,
        /// The places.
        conflicts: Vec<MergeConflict>,
    },
}

/// How many places.
pub(crate) fn places(conflicts: &[MergeConflict]) -> String {
    match conflicts.len() {
        1 => "1 place".to_owned(),
        many => format!("{many} places"),
    }
}

impl OutboxError {
    /// Why an item stays, for whoever looks at it: what to do about it is said there.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Stale { revision, now, .. } => format!(
                "it was decided on under configuration {revision}, and {now} is in force at production"
            ),
            Self::Moved { .. } => {
                "the books have moved: it would cause other entries now than those that were shown"
                    .to_owned()
            }
            Self::OtherLedger { ledger, found, expected, .. } => {
                format!("it is for the ledger {expected}, and {ledger} is the ledger {found}")
            }
            Self::ArchiveElsewhere { .. } => {
                "it records usage or takes it back, which is done where usage is posted".to_owned()
            }
            other => other.to_string(),
        }
    }
}
