//! Lanes: what is fixed for events of one shape until prices, wallet types or the billing period
//! change.

use scrip_wallet::candidates;

use super::*;
use crate::top_up;

impl Run<'_> {
    pub(super) fn lane(
        &mut self,
        shape: &Shape,
        at: Instant,
        day: Date,
    ) -> Result<Lane, Rejection> {
        let own = BillingPeriod::containing(day, self.billing_day);
        let period = counting_period(own, self.closed, self.billing_day);
        let routing = self.rater.route(&self.book.customer, shape, at);
        let mut until = self.until(routing.until, at);
        let work = match routing.route {
            Route::Free { .. } => Work::Free,
            Route::Refused(refusal) => Work::Refused(refusal),
            Route::Priced { rate, conversions } => {
                let (lane, end) = self.priced_lane(shape, at, period, (rate, conversions));
                until = until.min(end);
                Work::Priced(Box::new(lane))
            }
        };
        Ok(Lane { from: routing.from, until, own, period, work })
    }

    /// A lane also ends where a wallet type changes its policies.
    pub(super) fn until(&self, until: Instant, at: Instant) -> Instant {
        use scrip_catalog::Effective;
        let types = self.catalog.document().wallet_types.iter();
        let changes = types.flat_map(|t| t.published(self.catalog.zone())).map(|(from, _)| from);
        changes.filter(|from| *from > at).fold(until, Ord::min)
    }

    pub(super) fn priced_lane(
        &mut self,
        shape: &Shape,
        at: Instant,
        period: BillingPeriod,
        (rate, conversions): (Arc<PricedRate>, Arc<[scrip_rating::Conversion]>),
    ) -> (PricedLane, Instant) {
        let named = |subject| CounterKey { period: period.first_day, subject };
        let (card, row) = (rate.card.clone(), rate.rate.clone());
        let charge = self.slot(named(Subject::Charge { card: card.clone(), rate: row.clone() }));
        let overage = self.overage_slot(period, &rate);
        let converted = conversions.iter().map(|conversion| {
            let closed = self.closed;
            let period = conversion_period(conversion, period.first_day, closed);
            let (conversion, card, rate) = (conversion.code.clone(), card.clone(), row.clone());
            CounterKey { period, subject: Subject::Conversion { conversion, card, rate } }
        });
        let converted: Vec<_> =
            converted.collect::<Vec<_>>().into_iter().map(|key| self.slot(key)).collect();
        let key = self.rate_key(shape, &rate);
        let funding = Funding {
            unit: rate.unit.code(),
            meter: &shape.meter,
            dimensions: &shape.dimensions,
            wallet_types: &rate.wallet_types,
            at,
        };
        let mut plan = plan(self.catalog, &self.book.wallets, &self.book.lots, &funding);
        let own = self.catalog.customer(&self.book.customer).and_then(|c| c.overage_limit);
        plan.overage_limit = own.or(plan.overage_limit);
        let payers = match self.hold {
            Some(_) => candidates(self.catalog, &self.book.wallets, &funding),
            None => Vec::new(),
        };
        let payers = payers.into_iter().map(|candidate| candidate.wallet).collect();
        let at_invoice = plan.wallets.iter().filter(|wallet| {
            let wallet_type = self.book.wallets.get(*wallet).map(|w| &w.wallet_type);
            wallet_type.is_some_and(|t| draft_units::burns_at_invoice(self.catalog, t, at))
        });
        let mut at_invoice: Vec<WalletCode> = at_invoice.cloned().collect();
        let watched =
            plan.wallets.iter().filter(|w| top_up::watches(self.catalog, &self.book, w, at));
        let mut watched: Vec<WalletCode> = watched.cloned().collect();
        let (honoured, until) = self.honoured((shape, at), period, &rate, &plan.lots);
        let (crossings, end) = self.crossings((shape, at), period, &rate, &funding);
        let until = until.min(end);
        if let Some(last) = crossings.last() {
            self.beyond_crossing(last, at, &mut plan);
        }
        watched.extend(self.watched_of(&crossings, at));
        at_invoice.extend(self.at_invoice_of(&crossings, at));
        let lane = PricedLane {
            rate,
            conversions,
            key,
            charge,
            converted,
            overage,
            plan,
            honoured,
            crossings,
            payers,
            stale: 0,
            at_invoice,
            watched,
            limits: HashMap::new(),
        };
        (lane, until)
    }

    /// The counter of a rate's overage: one for each currency in which its versions charge it.
    pub(super) fn overage_slot(&mut self, period: BillingPeriod, rate: &PricedRate) -> usize {
        let currency = rate.overage.as_ref().map(|price| price.currency.code());
        let (card, rate) = (rate.card.clone(), rate.rate.clone());
        let subject = Subject::Overage { card, rate, currency };
        self.slot(CounterKey { period: period.first_day, subject })
    }

    pub(super) fn rate_key(&mut self, shape: &Shape, rate: &PricedRate) -> u32 {
        let currency = rate.overage.as_ref().map(|overage| overage.currency);
        self.rate_key_in((rate.unit, currency), shape, rate)
    }

    /// The number of a rate whose charge is paid in a unit.
    pub(super) fn rate_key_in(
        &mut self,
        (unit, currency): (scrip_units::Unit, Option<scrip_units::Unit>),
        shape: &Shape,
        rate: &PricedRate,
    ) -> u32 {
        let meter = self.catalog.meter(&shape.meter);
        let reported = meter.into_iter().flat_map(|m| m.dimensions.iter()).filter(|d| d.report);
        let dimensions: ReportDimensions = reported
            .filter_map(|d| shape.dimensions.get_key_value(d.name.as_str()))
            .map(|(name, value)| (Arc::clone(name), Arc::clone(value)))
            .collect();
        let key = RateKey {
            rate: RateRef {
                card: rate.card.clone(),
                version: rate.version,
                rate: rate.rate.clone(),
            },
            dimensions: Arc::new(dimensions),
            unit,
            currency,
        };
        self.number_of(key)
    }

    /// The number of a rate among those of the batch.
    pub(super) fn number_of(&mut self, key: RateKey) -> u32 {
        let next = u32::try_from(self.rates.len()).unwrap_or(NO_RATE - 1);
        *self.rate_of.entry(key.clone()).or_insert_with(|| {
            self.rates.push(key);
            next
        })
    }
}
