//! Margin: what usage earned by the ledger, and what it cost to deliver.
//!
//! Cost is no part of the books. It is found for every event that is posted, in the archive and inside
//! operations: what the event says itself, or the version of the cost card in force when the usage
//! occurred; nothing of the latter is stored, so a cost card that is corrected corrects the report. Which
//! rate card priced an event is read from its burn detail, whatever cards the customer has now.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use scrip_catalog::{Catalog, Customer};
use scrip_engine::{Action, InlineEvent, Operation, key_order};
use scrip_rating::{
    Delivery, DeliveryError, DeliverySums, Place, Routing, Shape, UsageBatch, UsageEvent,
};
use scrip_revenue::{Fact, MarginLine, Period, margin as report};
use scrip_store::{FactColumn, FactGroup, FactQuery, LedgerStore, Page};
use scrip_units::{CustomerCode, DayCursor, Instant, Month, Unit, UnitCode, parse_steps};
use scrip_usage::SegmentWindow;

use crate::detail::detail_rows;
use crate::draws::read_detail;
use crate::error::AppError;
use crate::exchange::exchange_rates_of;
use crate::reporting::{Made, header};
use crate::workspace::Workspace;

/// What margins are kept apart by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarginBy {
    /// Customer.
    Customer,
    /// Plan of the customer, as it is configured now.
    Plan,
    /// Month of the customer's sign-up.
    Cohort,
    /// Country of the customer.
    Country,
    /// A dimension of meters that the ledger keeps apart.
    Dimension(String),
    /// Rate card and version that priced the usage.
    Card,
    /// Month in which the service was delivered.
    Month,
}

impl MarginBy {
    fn heading(&self) -> (&str, &str) {
        match self {
            Self::Customer => ("customer", "Customer"),
            Self::Plan => ("plan", "Plan"),
            Self::Cohort => ("cohort", "Cohort"),
            Self::Country => ("country", "Country"),
            Self::Dimension(name) => (name, name),
            Self::Card => ("rate_card", "Rate card"),
            Self::Month => ("service_month", "Service month"),
        }
    }

    /// The name of the report's files, without ending.
    #[must_use]
    pub fn file_stem(&self) -> String {
        let by = self.heading().0.replace(['/', '.', '\\', '_'], "-");
        format!("margin-by-{by}")
    }

    fn columns(&self) -> FactGroup {
        let column = match self {
            Self::Customer | Self::Plan | Self::Cohort | Self::Country => FactColumn::Customer,
            Self::Dimension(_) => FactColumn::Dimensions,
            Self::Card => FactColumn::Rate,
            Self::Month => FactColumn::ServiceMonth,
        };
        FactGroup::of(&[column, FactColumn::ServiceMonth])
    }

    fn of_customer(&self, customer: Option<&Customer>) -> Option<String> {
        let customer = customer?;
        match self {
            Self::Plan => customer.plan.clone(),
            Self::Cohort => customer.signed_up_on.map(|day| Month::of(day).to_string()),
            Self::Country => customer.country.clone(),
            _ => Some(customer.code.to_string()),
        }
    }

    fn of_fact(&self, catalog: &Catalog, fact: &Fact) -> Option<String> {
        match self {
            Self::Customer | Self::Plan | Self::Cohort | Self::Country => {
                self.of_customer(fact.customer.as_ref().and_then(|code| catalog.customer(code)))
            }
            Self::Dimension(name) => fact.dimensions.get(name.as_str()).map(ToString::to_string),
            Self::Card => fact.rate.as_ref().map(|rate| format!("{}@{}", rate.card, rate.version)),
            Self::Month => fact.service_month.map(|month| month.to_string()),
        }
    }
}

struct Scan<'a> {
    by: &'a MarginBy,
    catalog: &'a Catalog,
    delivery: Delivery,
    period: Period,
    /// By the row of the report.
    costs: DeliverySums<Option<String>>,
    events: BTreeMap<Option<String>, u64>,
    /// Keys of events that came inside operations, by customer.
    inline: HashMap<CustomerCode, HashSet<u64>>,
    /// Keys of events that were taken back, by customer: such usage did not happen.
    reversed: HashMap<CustomerCode, HashSet<u64>>,
}

/// Where usage comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Archive,
    Operation,
}

/// The card and version that priced an event, the first of several.
type Cards = HashMap<Place, String>;

impl Scan<'_> {
    /// Whether it matters which card priced an event.
    fn asks_for_cards(&self) -> bool {
        *self.by == MarginBy::Card
    }

    /// Whether any event of a batch is of the period.
    fn counts(&self, batch: &UsageBatch) -> Result<bool, AppError> {
        let mut days = DayCursor::new(self.catalog.zone());
        for event in &batch.events {
            if self.period.contains(Month::of(days.day_of(event.occurred_at)?)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Adds the usage of one customer, with the cards that priced it if that matters.
    fn add(&mut self, batch: &UsageBatch, origin: Origin, cards: &Cards) -> Result<(), AppError> {
        let zone = self.catalog.zone();
        let mut days = DayCursor::new(zone);
        let known = self.inline.get(&batch.customer).cloned().unwrap_or_default();
        let reversed = self.reversed.get(&batch.customer).cloned().unwrap_or_default();
        let of_customer = self.by.of_customer(self.catalog.customer(&batch.customer));
        let mut costs: Vec<Option<Routing>> = batch.shapes.iter().map(|_| None).collect();
        for event in &batch.events {
            if origin == Origin::Archive && known.contains(&event.key_order) {
                continue; // It came inside an operation before, and counts there.
            }
            if reversed.contains(&event.key_order) {
                continue;
            }
            let day = days.day_of(event.occurred_at)?;
            if !self.period.contains(Month::of(day)) {
                continue;
            }
            let Some(shape) = batch.shapes.get(event.shape as usize) else { continue };
            let key = match self.by {
                MarginBy::Dimension(name) => {
                    let declared = self.catalog.meter(&shape.meter).is_some_and(|meter| {
                        meter.dimensions.iter().any(|d| d.name == *name && d.report)
                    });
                    let value = shape.dimensions.get(name.as_str()).filter(|_| declared);
                    value.map(ToString::to_string)
                }
                MarginBy::Card => cards.get(&event.place).cloned(),
                MarginBy::Month => Some(Month::of(day).to_string()),
                _ => of_customer.clone(),
            };
            *self.events.entry(key.clone()).or_default() += 1;
            let slot = &mut costs[event.shape as usize];
            let own = batch.costs.get(&event.place);
            let cost = self.delivery.of(slot, (&batch.customer, shape), (event, own));
            let quantity = self.delivery.quantity(shape, event);
            self.costs.add(key, (day, quantity), cost).map_err(too_large)?;
        }
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what map_err gives")]
fn too_large(error: DeliveryError) -> AppError {
    AppError::Argument(error.to_string())
}

/// Events of an operation with their rows in it, as a batch of usage.
fn inline_batch(
    catalog: &Catalog,
    customer: &CustomerCode,
    (events, at): (&[(u32, &InlineEvent)], Instant),
) -> Result<UsageBatch, AppError> {
    let mut batch = UsageBatch::empty(customer.clone());
    for (row, event) in events {
        let Ok(shaped) = u32::try_from(batch.shapes.len()) else { break };
        let unit = catalog.meter(&event.meter).and_then(|meter| catalog.unit(meter.unit));
        let Some(unit) = unit else { continue };
        let quantity = parse_steps(&event.quantity.to_string(), unit.scale(), unit.code().as_str())
            .map_err(|e| AppError::stored("usage event", e))?;
        let dimensions =
            event.dimensions.iter().map(|(n, v)| (Arc::from(n.as_str()), Arc::from(v.as_str())));
        let shape = Shape { meter: event.meter.clone(), dimensions: dimensions.collect() };
        batch.shapes.push(shape);
        let place = Place { segment: 0, row: *row };
        batch.costs.extend(event.delivery_cost.map(|cost| (place, cost)));
        batch.events.push(UsageEvent {
            occurred_at: event.occurred_at.unwrap_or(at),
            quantity,
            shape: shaped,
            place,
            key_order: key_order(&event.key),
            member: u32::MAX,
        });
    }
    Ok(batch)
}

/// The margin report.
///
/// # Errors
/// [`AppError::Argument`] when there are no cost cards or the ledger does not keep the dimension apart,
/// or the store's and the archive's.
pub async fn margin<S: LedgerStore>(
    workspace: &Workspace<S>,
    by: &MarginBy,
    (from, to): (Month, Month),
    now: Instant,
) -> Result<Made, AppError> {
    let catalog = workspace.catalog().await?;
    let document = catalog.document();
    if let MarginBy::Dimension(name) = by {
        let kept = document.meters.iter().flat_map(|m| &m.dimensions);
        if !kept.clone().any(|d| d.name == *name && d.report) {
            return Err(AppError::Argument(format!(
                "no meter has a dimension {name} with report = true, so revenue is not kept apart by it"
            )));
        }
    }
    let mut header = header(workspace, now).await?;
    let period = Period::between(from, to)?;
    let query = FactQuery { group: by.columns(), ..FactQuery::default() };
    let mut snapshot = workspace.store().snapshot(&[query]).await?;
    header.checkpoint = snapshot.checkpoint;
    let facts = snapshot.facts.pop().unwrap_or_default();

    let source = document.entity.exchange_rates.clone();
    let into = catalog.functional_currency().zip(source);
    let located = |(path, error): (String, _)| AppError::Argument(format!("{path}: {error}"));
    let mut scan = Scan {
        by,
        catalog: &catalog,
        delivery: Delivery::compile(&catalog).map_err(located)?,
        period,
        costs: DeliverySums::new(into.clone()),
        events: BTreeMap::new(),
        inline: HashMap::new(),
        reversed: reversed(workspace).await?,
    };
    each_inline(workspace, &catalog, &mut scan).await?;
    each_archived(workspace, (from, to), &mut scan).await?;
    if document.cost_cards.is_empty() && scan.costs.own_events == 0 {
        return Err(AppError::Argument(
            "there are no cost cards, and no event of the period says what it cost, so nothing is known of what usage costs; add [[cost_cards]] to the configuration, or import usage with a delivery_cost".to_owned(),
        ));
    }
    let costed: BTreeSet<UnitCode> = scan.costs.currencies().map(|unit| unit.code()).collect();
    let exchange = match &into {
        Some((into, source)) if costed.iter().any(|c| *c != into.code()) => {
            let currencies = costed.iter().copied().chain([into.code()]).collect();
            exchange_rates_of(workspace.store(), source, currencies).await?
        }
        _ => scrip_rating::ExchangeRates::default(),
    };

    let mut lines: BTreeMap<(Option<String>, Unit), MarginLine> = BTreeMap::new();
    for (fact, [usage, overage]) in scrip_revenue::margin::usage_revenue(&facts, period)? {
        let key = (by.of_fact(&catalog, fact), fact.unit);
        let line = lines.entry(key.clone()).or_insert_with(|| MarginLine::empty(key.0, fact.unit));
        line.usage += usage;
        line.overage += overage;
    }
    for ((key, unit), cost) in scan.costs.sums(&exchange).map_err(too_large)? {
        let line = lines.entry((key.clone(), unit)).or_insert_with(|| MarginLine::empty(key, unit));
        line.cost = cost;
    }
    let mut counted = BTreeSet::new();
    for ((key, _), line) in &mut lines {
        // Events belong to no currency: they stand in the first table that has the row.
        if counted.insert(key.clone()) {
            line.events = scan.events.get(key).copied().unwrap_or(0);
        }
    }
    header.basis.push(format!(
        "Delivery cost: cost cards of configuration {} at the versions in force when the usage occurred; rounded on the total, largest remainder",
        header.config_revision
    ));
    if scan.costs.own_events > 0 {
        header.basis.push(format!(
            "Delivery cost of events that say it themselves ({}): theirs, unless the version of the cost card prefers its own",
            scan.costs.own_events
        ));
    }
    if let Some((into, source)) = &into
        && costed.iter().any(|currency| *currency != into.code())
    {
        header.basis.push(format!(
            "Delivery cost in other currencies: in {} by the rates of {source} for the day of usage",
            into.code()
        ));
    }
    let mut notes = Vec::new();
    if scan.costs.unknown > 0 {
        notes.push(format!(
            "{} events have no cost: they say none, and no row of a cost card matches them.",
            scan.costs.unknown
        ));
    }
    let lines: Vec<MarginLine> = lines.into_values().collect();
    let report = report(by.heading(), (from, to), &lines, &facts, &notes)?;
    Ok(Made { header, report })
}

/// The keys of events that were taken back, alone or by an event that supersedes them.
async fn reversed<S: LedgerStore>(
    workspace: &Workspace<S>,
) -> Result<HashMap<CustomerCode, HashSet<u64>>, AppError> {
    let mut reversed: HashMap<CustomerCode, HashSet<u64>> = HashMap::new();
    let mut after = 0;
    loop {
        let page = workspace.store().operations(Page::after(after, 2_000)).await?;
        let Some(last) = page.last() else { return Ok(reversed) };
        after = last.seq;
        let usage = page.iter().map(|stored| &stored.operation);
        for record in usage.filter(|o| matches!(o.kind.as_str(), "record_usage" | "reverse_usage"))
        {
            let operation = Operation::from_json(&record.body)
                .map_err(|e| AppError::stored(format!("operation {}", record.id), e))?;
            let (customer, keys) = match &operation.action {
                Action::ReverseUsage(action) => {
                    (&action.customer, action.keys.iter().collect::<Vec<_>>())
                }
                Action::RecordUsage(action) => {
                    let keys = action.events.iter().filter_map(|e| e.supersedes.as_ref());
                    (&action.customer, keys.collect())
                }
                _ => continue,
            };
            let of_customer = reversed.entry(customer.clone()).or_default();
            of_customer.extend(keys.into_iter().map(key_order));
        }
    }
}

/// Adds the events that came inside operations.
async fn each_inline<S: LedgerStore>(
    workspace: &Workspace<S>,
    catalog: &Catalog,
    scan: &mut Scan<'_>,
) -> Result<(), AppError> {
    let mut after = 0;
    loop {
        let page = workspace.store().operations(Page::after(after, 2_000)).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.seq;
        let usage = page.iter().map(|stored| &stored.operation);
        for record in usage.filter(|o| matches!(o.kind.as_str(), "record_usage" | "capture_hold")) {
            let operation = Operation::from_json(&record.body)
                .map_err(|e| AppError::stored(format!("operation {}", record.id), e))?;
            let (customer, events) = match &operation.action {
                Action::RecordUsage(action) => (&action.customer, &action.events),
                Action::CaptureHold(action) => (&action.customer, &action.events),
                _ => continue,
            };
            let known = scan.inline.entry(customer.clone()).or_default();
            let new = (0u32..).zip(events).filter(|(_, e)| known.insert(key_order(&e.key)));
            let new: Vec<_> = new.collect();
            let batch = inline_batch(catalog, customer, (&new, operation.at))?;
            let cards = match scan.asks_for_cards() && scan.counts(&batch)? {
                true => cards_of_operation(workspace, &operation).await?,
                false => Cards::new(),
            };
            scan.add(&batch, Origin::Operation, &cards)?;
        }
    }
}

/// Adds the events of the archive that are posted.
async fn each_archived<S: LedgerStore>(
    workspace: &Workspace<S>,
    (from, to): (Month, Month),
    scan: &mut Scan<'_>,
) -> Result<(), AppError> {
    let zone = scan.catalog.zone();
    let (from, until) = (from.instants(zone)?.start, to.instants(zone)?.end);
    let posted: BTreeMap<u32, Instant> = workspace
        .store()
        .progress()
        .await?
        .into_iter()
        .map(|p| (p.segment, p.posted_until))
        .collect();
    let archive = workspace.archive().await?;
    let windows = archive.segments().filter_map(|segment| {
        let until = until.min(*posted.get(&segment.seq)?);
        let inside = segment.first_at < until && segment.last_at >= from;
        inside.then_some(SegmentWindow { segment: segment.seq, from, until })
    });
    let windows: Vec<_> = windows.collect();
    if windows.is_empty() {
        return Ok(());
    }
    let posted = if scan.asks_for_cards() { Some(archive.posted_cards()?) } else { None };
    for batch in archive.scan(&windows)? {
        let (batch, mut cards) = (batch?, Cards::new());
        for priced in posted
            .as_ref()
            .map(|cards| cards.of(&batch.customer))
            .transpose()?
            .into_iter()
            .flatten()
        {
            cards
                .entry(priced.place)
                .or_insert_with(|| format!("{}@{}", priced.card, priced.version));
        }
        scan.add(&batch, Origin::Archive, &cards)?;
    }
    Ok(())
}

/// The cards that priced the events of an operation.
async fn cards_of_operation<S: LedgerStore>(
    workspace: &Workspace<S>,
    operation: &Operation,
) -> Result<Cards, AppError> {
    let mut cards = Cards::new();
    for stored in workspace.store().operation_details(&operation.id).await? {
        let detail = read_detail(&operation.id, &stored)?;
        for row in detail_rows(&detail).filter(|row| row.segment == 0) {
            let (place, version) = (row.place(), row.version);
            if let Some(card) = row.card {
                cards.entry(place).or_insert_with(|| format!("{card}@{version}"));
            }
        }
    }
    Ok(cards)
}
