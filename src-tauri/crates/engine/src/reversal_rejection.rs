//! Why usage is not taken back.

use scrip_units::{EventKey, LotId, OperationId, UnitCode};

/// Why usage is not taken back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReversalRejection {
    /// No event is named.
    #[error("name the events to be reversed in keys")]
    NoEvents,
    /// The event was taken back before.
    #[error("event {key} was reversed by operation {by}; it is reversed once")]
    AlreadyReversed {
        /// The event.
        key: EventKey,
        /// The operation that reversed it.
        by: OperationId,
    },
    /// The event is not posted.
    #[error("event {key} is not posted yet: there is nothing to reverse before it is")]
    NotPosted {
        /// The event.
        key: EventKey,
    },
    /// The event was refused.
    #[error("event {key} was refused and charged nothing: there is nothing to reverse")]
    WasRefused {
        /// The event.
        key: EventKey,
    },
    /// The price of the event depends on all usage of a billing period that is closed.
    #[error(
        "event {key} was priced by {rate} with all usage of its billing period, which is closed: put it right with adjust_balance"
    )]
    WholePeriodClosed {
        /// The event.
        key: EventKey,
        /// The rate.
        rate: String,
    },
    /// A lot repaid the overdraft of an event whose billing period is closed.
    #[error(
        "event {key} overdrew a wallet in a closed billing period, and a lot has repaid that since: put it right with adjust_balance"
    )]
    OverdraftRepaid {
        /// The event.
        key: EventKey,
    },
    /// A wallet of another unit paid.
    #[error(
        "what event {key} would give back was paid in {unit}, which is not the unit of its charge: put it right with adjust_balance"
    )]
    OtherUnit {
        /// The event.
        key: EventKey,
        /// The unit that paid.
        unit: UnitCode,
    },
    /// The units are not consumed any more.
    #[error("what event {key} drew from lot {lot} has been returned to it already")]
    AlreadyReturned {
        /// The event.
        key: EventKey,
        /// The lot.
        lot: LotId,
    },
    /// An event of a capture cannot stand in for another.
    #[error("event {key} supersedes another: record it with record_usage, not with capture_hold")]
    SupersedesInCapture {
        /// The event.
        key: EventKey,
    },
}
