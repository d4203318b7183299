//! Holding what an event is charged against the limits of its member, its teams and the customer.

use super::*;
use crate::limits::SpentKey;

impl Run<'_> {
    /// The limits that an event counts against.
    fn limits(&self, lane: &mut PricedLane, event: &UsageEvent) -> Arc<[Limit]> {
        let Some(customer) = self.limited else { return Arc::default() };
        let limits = lane.limits.entry(event.member).or_insert_with(|| {
            let member = self.members.get(event.member as usize);
            limits::of_event(self.catalog, customer, member, event.occurred_at).into()
        });
        Arc::clone(limits)
    }

    fn limit_key(&self, limit: &Limit, period: BillingPeriod) -> SpentKey {
        limit.key(self.day, period, self.closed)
    }

    /// The first limit that the event in work would exceed.
    pub(super) fn exceeded(
        &self,
        lane: &mut PricedLane,
        period: BillingPeriod,
        event: &UsageEvent,
    ) -> Option<Limit> {
        let (unit, money) = (lane.rate.unit, self.catalog.is_currency(lane.rate.unit.code()));
        let exceeds = |limit: &&Limit| {
            let more = limit.counts(unit, money, &self.parts);
            let so_far = || self.book.spent.get(&self.limit_key(limit, period)).copied();
            more > 0 && so_far().unwrap_or(0).saturating_add(more) > limit.most
        };
        self.limits(lane, event).iter().find(exceeds).cloned()
    }

    /// Counts what the event in work was charged, or given back.
    pub(super) fn count(
        &mut self,
        lane: &mut PricedLane,
        period: BillingPeriod,
        event: &UsageEvent,
    ) {
        let (unit, money) = (lane.rate.unit, self.catalog.is_currency(lane.rate.unit.code()));
        for limit in self.limits(lane, event).iter() {
            let more = limit.counts(unit, money, &self.parts);
            if more != 0 {
                let key = self.limit_key(limit, period);
                *self.book.spent.entry(key).or_default() += more;
            }
        }
    }

    /// Counts what an event gives back, in the windows that are still counted.
    pub(super) fn uncount(
        &mut self,
        lane: &mut PricedLane,
        period: BillingPeriod,
        event: &UsageEvent,
    ) {
        let (unit, money) = (lane.rate.unit, self.catalog.is_currency(lane.rate.unit.code()));
        for limit in self.limits(lane, event).iter() {
            let more = limit.counts(unit, money, &self.parts);
            let key = self.limit_key(limit, period);
            if let Some(spent) = self.book.spent.get_mut(&key) {
                *spent = spent.saturating_add(more).max(0);
                if *spent == 0 {
                    self.book.spent.remove(&key);
                }
            }
        }
    }

    /// Notes a part of what the event in work is charged.
    pub(super) fn part(&mut self, part: impl FnOnce(&CustomerBook) -> Part) {
        if self.limited.is_some() {
            let part = part(&self.book);
            self.parts.push(part);
        }
    }
}
