//! Up to when usage has been posted: new prices may not reach behind it.
//!
//! It is the latest instant of an event that was priced on a day of which an operation made an entry.
//! An operation makes one entry of the usage of a service day, if anything is left in it once what the
//! events draw and give back is summed up:
//! - units and revenue, by lot and rate;
//! - units by where they were (available, expired, held) and money by where it waited, by lot;
//! - units of an overdraft and what they are booked at, by wallet and rate;
//! - money of overage, by rate. Overage units that cost less than a step move nothing.
//!
//! What the schedule does before an event, top-ups after it and the overdrafts that their lots repay
//! are entries of their own and do not count.

use std::collections::BTreeMap;

use super::books::Books;

/// What was moved, of which lot or wallet, at which rate (none for what the lot sums up), and how much.
pub(super) type Moves = BTreeMap<(&'static str, String, String), i64>;

impl Books {
    /// Notes that usage moved something.
    pub(super) fn moved(&mut self, what: &'static str, (of, rate): (&str, &str), steps: i64) {
        *self.moves.entry((what, of.to_owned(), rate.to_owned())).or_default() += steps;
    }

    /// Ends the usage of a service day whose last priced event was at an instant.
    pub(super) fn end_usage_of_day(&mut self, latest: Option<i64>) {
        if self.moves.values().any(|steps| *steps != 0) {
            self.posted_until = self.posted_until.max(latest);
        }
        self.moves.clear();
    }
}
