//! The rater: which rate prices an event, ready to calculate.

mod conversions;
mod honoured;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use scrip_catalog::{
    Aggregation, AppliesTo, Catalog, Effective, ExchangeRule, PriceChanges, RateCardVersion,
    RoundingOn, TimeWindow, Unmatched,
};
use scrip_units::{
    BillingPeriod, CardCode, ConversionCode, CustomerCode, Date, Instant, MeterCode, Number,
    RateCode, Unit, WalletTypeCode, Zone,
};

use crate::batch::{Shape, UsageEvent};
use crate::counter::Counter;
use crate::curve::{Curve, Grain, Limits, RatingError, Scales};
use crate::exchange::ExchangeRates;
use crate::own::Own;
use crate::table::Table;

/// Why usage is not priced. Closed; the first that applies is given.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The catalog has no such meter.
    UnknownMeter,
    /// No card in force prices the meter for the customer.
    NoCard,
    /// The card in force has no row for these dimension values and says `reject`.
    NoRate,
    /// No conversion in force has a factor for these dimension values.
    NoConversion,
    /// No wallet covers it, and the wallet type's cap is hard.
    HardCap,
    /// The overage limit of the billing period is reached.
    OverageLimit,
    /// No exchange rate is known for the day.
    NoExchangeRate,
    /// No wallet covers it, and the overdraft limit is reached.
    OverdraftLimit,
    /// The allowance of the member is used up.
    MemberAllowance,
    /// An allowance of a team of the member is used up.
    TeamAllowance,
    /// A spend limit of the customer is reached.
    SpendLimit,
}

impl Refusal {
    /// The code used in files.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownMeter => "unknown_meter",
            Self::NoCard => "no_card",
            Self::NoRate => "no_rate",
            Self::NoConversion => "no_conversion",
            Self::HardCap => "hard_cap",
            Self::OverageLimit => "overage_limit",
            Self::NoExchangeRate => "no_exchange_rate",
            Self::OverdraftLimit => "overdraft_limit",
            Self::MemberAllowance => "member_allowance",
            Self::TeamAllowance => "team_allowance",
            Self::SpendLimit => "spend_limit",
        }
    }
}

/// A conversion step ready to calculate.
#[derive(Debug, Clone)]
pub struct Conversion {
    /// Code of the conversion.
    pub code: ConversionCode,
    /// Version in force.
    pub version: u32,
    /// Row of the version, from 0.
    pub row: u32,
    /// Unit converted from.
    pub from: Unit,
    /// Unit converted to.
    pub to: Unit,
    /// Cumulative source quantity to cumulative target quantity.
    pub curve: Curve,
    /// How the cumulative target quantity is rounded.
    pub grain: Grain,
    /// The factor in words, such as `/ 1000`.
    pub factor: String,
    /// The day of usage whose exchange rate it is. Such a factor is another one every day, so what
    /// it converts is counted by day.
    pub day: Option<Date>,
}

/// What a unit of charge costs in money when no wallet covers it.
#[derive(Debug, Clone)]
pub struct Overage {
    /// Currency.
    pub currency: Unit,
    /// Cumulative uncovered charge to cumulative money.
    pub curve: Curve,
}

/// A row of a rate card version, ready to calculate.
#[derive(Debug, Clone)]
pub struct PricedRate {
    /// Card.
    pub card: CardCode,
    /// Version.
    pub version: u32,
    /// Row.
    pub rate: RateCode,
    /// Unit of the charge.
    pub unit: Unit,
    /// Unit of the quantity that is priced.
    pub quantity_unit: Unit,
    /// The pricing model.
    pub curve: Curve,
    /// What bounds it over a billing period.
    pub limits: Limits,
    /// The override of the customer that it is priced by, if it is.
    pub own_price: Option<Arc<str>>,
    /// Rounding of the charge.
    pub grain: Grain,
    /// What the rounding applies to.
    pub rounding_on: RoundingOn,
    /// Wallet types named by the rate.
    pub wallet_types: Vec<WalletTypeCode>,
    /// Price of overage, if the card has one or its unit is a currency.
    pub overage: Option<Overage>,
}

impl PricedRate {
    /// What `quantity` more costs, and the counter after it.
    ///
    /// # Errors
    /// [`RatingError`].
    pub fn charge(&self, counter: &Counter, quantity: i64) -> Result<(i64, Counter), RatingError> {
        match self.rounding_on {
            RoundingOn::Cumulative => counter.advance(&self.curve, self.grain, quantity),
            RoundingOn::Event => counter.advance_alone(&self.curve, self.grain, quantity),
        }
    }

    /// What is charged less without `quantity` of an event that was charged `charged`, and the counter
    /// after it: the last-in part of the curve. Where a maximum of the period cut charges that do not
    /// follow from the quantity alone - events priced or rounded on their own, or by several versions -
    /// an event gives back what it was charged.
    ///
    /// # Errors
    /// [`RatingError`].
    pub fn retract(
        &self,
        counter: &Counter,
        (quantity, charged): (i64, i64),
    ) -> Result<(i64, Counter), RatingError> {
        let by_itself = self.curve.maximum().is_some() && self.curve.is_per_event();
        if by_itself || counter.was_cut(&self.curve, self.rounding_on == RoundingOn::Event)? {
            return counter.retract_charged(quantity, charged);
        }
        match self.rounding_on {
            RoundingOn::Cumulative => counter.retract(&self.curve, self.grain, quantity),
            RoundingOn::Event => counter.retract_alone(&self.curve, self.grain, quantity),
        }
    }
}

/// What happens to usage of one shape.
#[derive(Debug, Clone)]
pub enum Route {
    /// It is priced.
    Priced {
        /// The rate.
        rate: Arc<PricedRate>,
        /// Conversions before it, in order.
        conversions: Arc<[Conversion]>,
    },
    /// It costs nothing, because the card says so.
    Free {
        /// The card.
        card: CardCode,
        /// Its version.
        version: u32,
    },
    /// It is not priced.
    Refused(Refusal),
}

/// What decides besides the instant which version of a card prices usage, where it is not what is so now.
#[derive(Debug, Clone, Copy, Default)]
pub struct Under<'a> {
    /// The day on which the customer's billing periods began.
    pub billing_day: Option<u8>,
    /// The card that priced it.
    pub card: Option<&'a CardCode>,
}

/// A route and the instants for which it holds, so that it need not be looked up for each event.
#[derive(Debug, Clone)]
pub struct Routing {
    /// The route.
    pub route: Route,
    /// From when, inclusive.
    pub from: Instant,
    /// Until when, exclusive.
    pub until: Instant,
}

struct MeterTable {
    table: Table,
    rates: Vec<Arc<PricedRate>>,
    /// When each rate applies.
    windows: Vec<Option<TimeWindow>>,
    /// Minutes of the day at which a window begins or ends; none when there are no windows.
    minutes: Vec<u16>,
}

impl MeterTable {
    /// The row for some usage at a day of the week and a minute of the day.
    fn find(&self, shape: &Shape, (weekday, minute): (usize, u16)) -> Option<usize> {
        let holds = |row: usize| {
            self.windows[row].as_ref().is_none_or(|window| window.holds(weekday, minute))
        };
        self.table.find_among(&shape.dimensions, holds)
    }
}

struct Version {
    from: Instant,
    version: u32,
    unmatched: Unmatched,
    meters: HashMap<MeterCode, MeterTable>,
}

struct Card {
    code: CardCode,
    price_changes: PriceChanges,
    versions: Vec<Version>,
}

impl Card {
    /// The version that counts at `at` when that of `from` does: the first one, if none was yet.
    fn in_force(&self, from: Instant, at: Instant) -> Option<&Version> {
        let began = self.versions.partition_point(|v| v.from <= from).max(1) - 1;
        self.versions.get(began).filter(|version| version.from <= at)
    }
}

/// The first override whose price cannot be kept exactly, with its path.
fn own_fault(
    own: &HashMap<CustomerCode, Own>,
    cards: &HashMap<CardCode, Card>,
) -> Option<(String, RatingError)> {
    own.iter().find_map(|(customer, own)| {
        let versions = cards.values().flat_map(|card| &card.versions);
        let rates = versions.flat_map(|v| v.meters.values()).flat_map(|meter| &meter.rates);
        let (code, fault) = own.faults(rates.map(AsRef::as_ref))?;
        Some((format!("customers[{customer}].overrides[{code}]"), fault))
    })
}

struct ConversionRows {
    from: Instant,
    version: u32,
    table: Table,
    rows: Vec<Conversion>,
    exchange: Option<ExchangeRule>,
}

struct Step {
    code: ConversionCode,
    from: Unit,
    to: Unit,
    versions: Vec<ConversionRows>,
}

/// Every published version of a catalog, ready to rate.
pub struct Rater {
    cards: HashMap<CardCode, Card>,
    everyone: Vec<CardCode>,
    own: HashMap<CustomerCode, Own>,
    steps: Vec<Step>,
    meters: HashMap<MeterCode, (Unit, Aggregation)>,
    changes: BTreeSet<Instant>,
    zone: Zone,
    exchange: Arc<ExchangeRates>,
}

impl std::fmt::Debug for Rater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rater").field("cards", &self.cards.len()).finish_non_exhaustive()
    }
}

impl Rater {
    /// Prepares a catalog.
    ///
    /// # Errors
    /// The first rate, by card, version and row, whose numbers cannot be kept exactly.
    pub fn compile(catalog: &Catalog) -> Result<Self, (String, RatingError)> {
        let zone = catalog.zone();
        let mut changes = BTreeSet::new();
        let mut cards = HashMap::new();
        for card in &catalog.document().rate_cards {
            let Some(unit) = catalog.unit(card.unit) else { continue };
            let mut versions = Vec::new();
            for (from, version) in card.published(zone) {
                changes.insert(from);
                let meters =
                    rates(catalog, &card.code, unit, version).map_err(|(rate, error)| {
                        (
                            format!(
                                "rate_cards[{}].versions[{}].rates[{rate}]",
                                card.code, version.version
                            ),
                            error,
                        )
                    })?;
                versions.push(Version {
                    from,
                    version: version.version,
                    unmatched: version.unmatched,
                    meters,
                });
            }
            cards.insert(
                card.code.clone(),
                Card { code: card.code.clone(), price_changes: card.price_changes, versions },
            );
        }
        let mut steps = Vec::new();
        for conversion in &catalog.document().conversions {
            let located = |error| (format!("conversions[{}]", conversion.code), error);
            let step = conversions::step(catalog, conversion, &mut changes).map_err(located)?;
            steps.extend(step);
        }
        let document = catalog.document();
        let everyone = document.rate_cards.iter().filter(|c| c.applies_to == AppliesTo::Everyone);
        let mut own = HashMap::new();
        for customer in &document.customers {
            if let Some(terms) = Own::of(customer, zone)? {
                own.insert(customer.code.clone(), terms);
            }
        }
        if let Some(fault) = own_fault(&own, &cards) {
            return Err(fault);
        }
        let meters = document.meters.iter();
        Ok(Self {
            cards,
            everyone: everyone.map(|c| c.code.clone()).collect(),
            own,
            steps,
            meters: meters
                .filter_map(|m| Some((m.code.clone(), (catalog.unit(m.unit)?, m.aggregation))))
                .collect(),
            changes,
            zone,
            exchange: Arc::default(),
        })
    }

    /// The same rates, with these exchange rates.
    #[must_use]
    pub fn with_exchange_rates(mut self, exchange: Arc<ExchangeRates>) -> Self {
        self.exchange = exchange;
        self
    }

    /// The exchange rates that are known.
    #[must_use]
    pub fn exchange_rates(&self) -> &ExchangeRates {
        &self.exchange
    }

    /// The billable quantity of an event, in smallest steps of its meter's unit.
    #[must_use]
    pub fn quantity(&self, shape: &Shape, event: &UsageEvent) -> i64 {
        self.quantity_of(&shape.meter, event.quantity)
    }

    /// The billable quantity of an event of a meter that carries a quantity.
    #[must_use]
    pub fn quantity_of(&self, meter: &MeterCode, quantity: i64) -> i64 {
        match self.meters.get(meter) {
            Some((unit, Aggregation::Count)) => unit.scale().steps_per_unit(),
            _ => quantity,
        }
    }

    /// The same row as it was in another version of its card, if it was there.
    #[must_use]
    pub fn rate_of(&self, rate: &PricedRate, version: u32) -> Option<Arc<PricedRate>> {
        let versions = &self.cards.get(&rate.card)?.versions;
        let meters = &versions.iter().find(|v| v.version == version)?.meters;
        let mut rates = meters.values().flat_map(|meter| &meter.rates);
        rates.find(|other| other.rate == rate.rate).cloned()
    }

    /// What happens to usage of `shape` by `customer` at `at`, and for how long that holds.
    #[must_use]
    pub fn route(&self, customer: &CustomerCode, shape: &Shape, at: Instant) -> Routing {
        let from = self.changes.range(..=at).next_back().copied().unwrap_or(Instant::MIN);
        let until = self.changes.range((std::ops::Bound::Excluded(at), std::ops::Bound::Unbounded));
        let until = until.into_iter().next().copied().unwrap_or(Instant::MAX);
        let around = self.own.get(customer).map(|own| own.around(at));
        let (from, until) = around.map_or((from, until), |own| (from.max(own.0), until.min(own.1)));
        let route = self.route_under(customer, shape, at, Under::default());
        let by_day = match &route {
            Route::Priced { conversions, .. } => conversions.iter().find_map(|c| c.day),
            Route::Refused(Refusal::NoExchangeRate) => Some(self.zone.day_of(at)),
            _ => None,
        };
        let (from, until) = match by_day {
            Some(day) => self.within(day, from, until),
            None => (from, until),
        };
        let minutes = self.minutes(customer, shape, at);
        if minutes.is_empty() {
            return Routing { route, from, until };
        }
        let next = self.zone.next_minute(at, minutes).unwrap_or(Instant::MAX);
        Routing { route, from: at, until: until.min(next) }
    }

    /// The card that prices a meter for a customer, as it is in force.
    fn version(
        &self,
        customer: &CustomerCode,
        meter: &MeterCode,
        (at, under): (Instant, Under<'_>),
    ) -> Option<(&Card, &Version, &MeterTable)> {
        let own = self.own.get(customer);
        let cards = match under.card {
            Some(card) => std::slice::from_ref(card),
            None => own.map(|own| own.cards.as_slice()).unwrap_or_default(),
        };
        let everyone = self.everyone.iter().filter(|code| !cards.contains(code));
        cards.iter().chain(everyone).filter_map(|code| self.cards.get(code)).find_map(|card| {
            let version = self.version_of(card, own, (at, under.billing_day))?;
            Some((card, version, version.meters.get(meter)?))
        })
    }

    /// The version of a card that counts for a customer with these terms.
    fn version_of<'a>(
        &self,
        card: &'a Card,
        own: Option<&Own>,
        (at, billing_day): (Instant, Option<u8>),
    ) -> Option<&'a Version> {
        match own.and_then(|own| own.version(&card.code, at)) {
            Some(number) => card.versions.iter().find(|v| v.version == number),
            None => {
                let billing_day = billing_day.or(own.map(|own| own.billing_day));
                card.in_force(self.counts_from(card, billing_day.unwrap_or(1), at), at)
            }
        }
    }

    /// The instant whose version counts at `at`.
    fn counts_from(&self, card: &Card, billing_day: u8, at: Instant) -> Instant {
        if card.price_changes == PriceChanges::AtInstant {
            return at;
        }
        let period = BillingPeriod::containing(self.zone.day_of(at), billing_day);
        self.zone.start_of_day(period.first_day).unwrap_or(at)
    }

    /// Minutes of the day at which the price of some usage may change.
    fn minutes(&self, customer: &CustomerCode, shape: &Shape, at: Instant) -> &[u16] {
        let found = self.version(customer, &shape.meter, (at, Under::default()));
        found.map_or(&[], |(_, _, meter)| &meter.minutes)
    }

    /// What happens to usage that was posted under what was so then.
    #[must_use]
    pub fn route_under(
        &self,
        customer: &CustomerCode,
        shape: &Shape,
        at: Instant,
        under: Under<'_>,
    ) -> Route {
        let Some((meter_unit, _)) = self.meters.get(&shape.meter) else {
            return Route::Refused(Refusal::UnknownMeter);
        };
        let found = self.version(customer, &shape.meter, (at, under));
        let Some((card, version, meter)) = found else {
            return Route::Refused(Refusal::NoCard);
        };
        let now = if meter.minutes.is_empty() { (0, 0) } else { self.zone.minute_of_week(at) };
        match meter.find(shape, now) {
            Some(row) => {
                let rate = &meter.rates[row];
                // `compile` has applied every override to every row: none fails here.
                let own = self.own.get(customer).and_then(|own| own.price(rate, at).ok().flatten());
                let rate = own.map_or_else(|| Arc::clone(rate), Arc::new);
                self.priced(&rate, *meter_unit, shape, at)
            }
            None if version.unmatched == Unmatched::Free => {
                Route::Free { card: card.code.clone(), version: version.version }
            }
            None => Route::Refused(Refusal::NoRate),
        }
    }

    fn priced(
        &self,
        rate: &Arc<PricedRate>,
        meter_unit: Unit,
        shape: &Shape,
        at: Instant,
    ) -> Route {
        let path = self.path(meter_unit.code(), rate.quantity_unit.code(), &mut Vec::new());
        let Some(path) = path else { return Route::Refused(Refusal::NoConversion) };
        let mut conversions = Vec::new();
        for step in path {
            match self.converted(step, shape, at) {
                Ok(conversion) => conversions.push(conversion),
                Err(refusal) => return Route::Refused(refusal),
            }
        }
        Route::Priced { rate: Arc::clone(rate), conversions: conversions.into() }
    }

    /// The part of a time in which it is one day.
    fn within(&self, day: Date, from: Instant, until: Instant) -> (Instant, Instant) {
        let start = self.zone.start_of_day(day).unwrap_or(from);
        let next = day.succ_opt().and_then(|next| self.zone.start_of_day(next).ok());
        (from.max(start), until.min(next.unwrap_or(until)))
    }
}

type Located<T> = Result<T, (RateCode, RatingError)>;

fn rates(
    catalog: &Catalog,
    card: &CardCode,
    unit: Unit,
    version: &RateCardVersion,
) -> Located<HashMap<MeterCode, MeterTable>> {
    let overage = overage(catalog, unit, version);
    let mut by_meter: HashMap<MeterCode, Vec<_>> = HashMap::new();
    for rate in &version.rates {
        let located = |error| (rate.code.clone(), error);
        let meter_unit = catalog.meter(&rate.meter).map(|m| m.unit);
        let Some(quantity_unit) = rate.quantity_unit.or(meter_unit).and_then(|u| catalog.unit(u))
        else {
            continue;
        };
        let scales = Scales { quantity: quantity_unit.scale(), charge: unit.scale() };
        let limits = Limits { included: rate.included, maximum: rate.maximum };
        let priced = PricedRate {
            card: card.clone(),
            version: version.version,
            rate: rate.code.clone(),
            unit,
            quantity_unit,
            curve: Curve::compile(&rate.pricing, limits, scales).map_err(located)?,
            limits,
            own_price: None,
            grain: Grain::of(rate.rounding.mode, rate.rounding.step, unit.scale())
                .map_err(located)?,
            rounding_on: rate.rounding.on,
            wallet_types: rate.wallet_types.clone(),
            overage: overage.clone().transpose().map_err(located)?,
        };
        by_meter.entry(rate.meter.clone()).or_default().push((rate, Arc::new(priced)));
    }
    let tables = by_meter.into_iter().map(|(meter, mut rows)| {
        // Of rows with the same cells, one whose window holds wins over one without.
        rows.sort_by_key(|(rate, _)| rate.when.is_none());
        let table = Table::new(rows.iter().map(|(rate, _)| &rate.matches).enumerate());
        let windows: Vec<_> = rows.iter().map(|(rate, _)| rate.when.clone()).collect();
        let minutes: BTreeSet<u16> =
            windows.iter().flatten().flat_map(|window| [window.start(), window.end()]).collect();
        let rates = rows.into_iter().map(|(_, rate)| rate).collect();
        (meter, MeterTable { table, rates, windows, minutes: minutes.into_iter().collect() })
    });
    Ok(tables.collect())
}

/// The card's overage price; a card in a currency charges what is not covered as it is.
fn overage(
    catalog: &Catalog,
    unit: Unit,
    version: &RateCardVersion,
) -> Option<Result<Overage, RatingError>> {
    let (currency, price, per) = match &version.overage {
        Some(overage) => (catalog.unit(overage.currency)?, overage.price, overage.per),
        None if catalog.is_currency(unit.code()) => (unit, Number::ONE, Number::ONE),
        None => return None,
    };
    let scales = Scales { quantity: unit.scale(), charge: currency.scale() };
    Some(Curve::linear(price, per, scales).map(|curve| Overage { currency, curve }))
}
