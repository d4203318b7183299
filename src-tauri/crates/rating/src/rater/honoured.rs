//! The rate that a lot honours: the one that would have priced the usage when the lot was bought.

use std::sync::Arc;

use scrip_units::{CustomerCode, Instant};

use super::{PricedRate, Rater};
use crate::batch::Shape;

impl Rater {
    /// The rate that prices usage at `at` for a lot bought at `bought`, by the billing day of then, when
    /// `current` prices it for everyone else; and until when that holds.
    ///
    /// It is the row that matches the usage in the version of the same card that counted for the
    /// customer when the lot was bought, at the price that the customer had then. Windows of the week are
    /// those of the usage. `current` counts where that version has no such row, or counts another unit,
    /// or where one of the two prices an event only as a whole.
    #[must_use]
    pub fn honoured(
        &self,
        (customer, shape): (&CustomerCode, &Shape),
        current: &Arc<PricedRate>,
        bought: (Instant, Option<u8>),
        at: Instant,
    ) -> (Arc<PricedRate>, Instant) {
        let found = self.bought_at((customer, shape), current, bought, at);
        let (rate, until) = found.unwrap_or((None, Instant::MAX));
        let same = |rate: &Arc<PricedRate>| {
            (rate.version, &rate.rate, &rate.own_price)
                == (current.version, &current.rate, &current.own_price)
        };
        let fits = |rate: &Arc<PricedRate>| {
            rate.quantity_unit == current.quantity_unit && rate.curve.splits() && !same(rate)
        };
        let rate = rate.filter(|rate| current.curve.splits() && fits(rate));
        (rate.unwrap_or_else(|| Arc::clone(current)), until)
    }

    fn bought_at(
        &self,
        (customer, shape): (&CustomerCode, &Shape),
        current: &PricedRate,
        bought: (Instant, Option<u8>),
        at: Instant,
    ) -> Option<(Option<Arc<PricedRate>>, Instant)> {
        let own = self.own.get(customer);
        let card = self.cards.get(&current.card)?;
        let meter = self.version_of(card, own, bought)?.meters.get(&shape.meter)?;
        let (now, until) = if meter.minutes.is_empty() {
            ((0, 0), Instant::MAX)
        } else {
            let next = self.zone.next_minute(at, &meter.minutes);
            (self.zone.minute_of_week(at), next.unwrap_or(Instant::MAX))
        };
        let Some(row) = meter.find(shape, now) else { return Some((None, until)) };
        let rate = &meter.rates[row];
        // `compile` has applied every override to every row: none fails here.
        let agreed = own.and_then(|own| own.price(rate, bought.0).ok().flatten());
        Some((Some(agreed.map_or_else(|| Arc::clone(rate), Arc::new)), until))
    }
}
