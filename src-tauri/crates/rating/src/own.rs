//! What is agreed with one customer: its cards, versions it stays on, and its own prices.

use std::collections::BTreeSet;
use std::sync::Arc;

use scrip_catalog::{Customer, PriceOverride};
use scrip_units::{CardCode, Exact, Instant, Number, RateCode, Zone};

use crate::curve::{Curve, RatingError, Scales};
use crate::rater::PricedRate;

/// Something that holds from one instant until another.
#[derive(Debug, Clone)]
struct Span {
    from: Instant,
    until: Instant,
}

impl Span {
    fn holds(&self, at: Instant) -> bool {
        self.from <= at && at < self.until
    }
}

/// How a price departs from the card's.
#[derive(Debug, Clone)]
enum Change {
    /// Every money number of the row times this.
    Factor(Exact),
    /// This price instead, for `per` units.
    Price { price: Number, per: Number },
}

#[derive(Debug, Clone)]
struct OwnPrice {
    code: Arc<str>,
    card: CardCode,
    rate: Option<RateCode>,
    span: Span,
    change: Change,
}

/// The terms of one customer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Own {
    pub(crate) cards: Vec<CardCode>,
    versions: Vec<(CardCode, u32, Span)>,
    prices: Vec<OwnPrice>,
    /// Instants at which one of them begins or ends.
    changes: BTreeSet<Instant>,
    /// Day on which billing periods start.
    pub(crate) billing_day: u8,
}

impl Own {
    /// Reads a customer's terms; `None` when there are none, as for most.
    ///
    /// # Errors
    /// The path of the first override whose percentage cannot be kept exactly.
    pub(crate) fn of(
        customer: &Customer,
        zone: Zone,
    ) -> Result<Option<Self>, (String, RatingError)> {
        let plain = customer.rate_cards.is_empty()
            && customer.overrides.is_empty()
            && customer.card_versions.is_empty()
            && customer.billing_day == 1;
        if plain {
            return Ok(None);
        }
        // Validation has made sure that dates are in range.
        let span = |from: scrip_units::When, until: Option<scrip_units::When>| Span {
            from: from.resolve(zone).unwrap_or(Instant::MAX),
            until: until.map_or(Instant::MAX, |until| until.resolve(zone).unwrap_or(Instant::MAX)),
        };
        let versions: Vec<_> = customer
            .card_versions
            .iter()
            .map(|own| (own.card.clone(), own.version, span(own.effective_at, own.until)))
            .collect();
        let mut prices = Vec::with_capacity(customer.overrides.len());
        for own in &customer.overrides {
            let located =
                |fault| (format!("customers[{}].overrides[{}]", customer.code, own.code), fault);
            let Some(change) = change(own).map_err(located)? else { continue };
            prices.push(OwnPrice {
                code: Arc::from(own.code.as_str()),
                card: own.card.clone(),
                rate: own.rate.clone(),
                span: span(own.effective_at, own.until),
                change,
            });
        }
        let spans = versions.iter().map(|(_, _, span)| span);
        let spans = spans.chain(prices.iter().map(|price| &price.span));
        let changes = spans.flat_map(|span| [span.from, span.until]).collect();
        let (cards, billing_day) = (customer.rate_cards.clone(), customer.billing_day);
        Ok(Some(Self { cards, versions, prices, changes, billing_day }))
    }

    /// The version of a card that the customer is on at an instant, if it is agreed.
    pub(crate) fn version(&self, card: &CardCode, at: Instant) -> Option<u32> {
        let agreed = self.versions.iter().find(|(code, _, span)| code == card && span.holds(at));
        agreed.map(|(_, version, _)| *version)
    }

    /// The customer's price for a row at an instant, if one is agreed: one for the row before one
    /// for the whole card.
    ///
    /// # Errors
    /// [`RatingError::TooManyDigits`] when it cannot be kept exactly.
    pub(crate) fn price(
        &self,
        rate: &PricedRate,
        at: Instant,
    ) -> Result<Option<PricedRate>, RatingError> {
        let agreed = self.prices.iter().filter(|own| own.card == rate.card && own.span.holds(at));
        let agreed = agreed.filter(|own| own.rate.as_ref().is_none_or(|code| *code == rate.rate));
        let Some(own) = agreed.max_by_key(|own| own.rate.is_some()) else { return Ok(None) };
        own.apply(rate).map(Some)
    }

    /// Prices of rows that cannot be kept exactly, with the override's code.
    pub(crate) fn faults<'a>(
        &self,
        rates: impl Iterator<Item = &'a PricedRate>,
    ) -> Option<(String, RatingError)> {
        if self.prices.is_empty() {
            return None;
        }
        let mut rates = rates.filter(|rate| self.prices.iter().any(|own| own.card == rate.card));
        rates.find_map(|rate| {
            let of_row = |own: &&OwnPrice| {
                own.card == rate.card && own.rate.as_ref().is_none_or(|code| *code == rate.rate)
            };
            let mut faults = self.prices.iter().filter(of_row).map(|own| (own, own.apply(rate)));
            faults.find_map(|(own, applied)| Some((own.code.to_string(), applied.err()?)))
        })
    }

    /// The instants around `at` between which none of the terms changes.
    pub(crate) fn around(&self, at: Instant) -> (Instant, Instant) {
        let from = self.changes.range(..=at).next_back().copied().unwrap_or(Instant::MIN);
        let mut after = self.changes.iter().filter(|change| **change > at);
        (from, after.next().copied().unwrap_or(Instant::MAX))
    }
}

/// How a price departs; none when the override says nothing, which validation refuses.
fn change(own: &PriceOverride) -> Result<Option<Change>, RatingError> {
    if let Some(percent) = own.percent {
        let whole = Exact::whole(100);
        let factor = percent.exact()?.try_add(whole)?.try_div(whole)?;
        return Ok(Some(Change::Factor(factor)));
    }
    let per = own.per.unwrap_or(Number::ONE);
    Ok(own.price.map(|price| Change::Price { price, per }))
}

impl OwnPrice {
    fn apply(&self, rate: &PricedRate) -> Result<PricedRate, RatingError> {
        let curve = match &self.change {
            Change::Factor(factor) => rate.curve.times(*factor)?,
            Change::Price { price, per } => {
                let scales =
                    Scales { quantity: rate.quantity_unit.scale(), charge: rate.unit.scale() };
                let pricing = scrip_catalog::Pricing::PerUnit { price: *price, per: *per };
                Curve::compile(&pricing, rate.limits, scales)?
            }
        };
        Ok(PricedRate { curve, own_price: Some(Arc::clone(&self.code)), ..rate.clone() })
    }
}
