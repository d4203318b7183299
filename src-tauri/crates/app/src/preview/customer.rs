//! A preview of one customer, down to its events: what each was charged before and after.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use scrip_catalog::Catalog;
use scrip_engine::{Action, InlineEvent, Operation};
use scrip_journal::RateRef;
use scrip_preview::{EventAt, Run, TracedEvent};
use scrip_store::LedgerStore;
use scrip_units::{CardCode, CustomerCode, OperationId, RateCode, Unit, parse_steps};
use scrip_usage::Archive;
use serde::Serialize;

use super::view::{difference, text};
use super::{PreviewView, Progress, Request, replay};
use crate::cards::GridRow;
use crate::cards::changes::tiers_in_words;
use crate::error::AppError;
use crate::query::steps_text;
use crate::workspace::Workspace;

/// What an event was charged in a run.
#[derive(Debug, Clone, Serialize)]
pub struct EventChargeView {
    /// Rows that priced it: `card@version/row`, each with its price in words.
    pub rates: Vec<PricedByView>,
    /// The charge.
    pub charged: String,
    /// Less the baseline's; absent for the baseline.
    pub difference: Option<String>,
    /// Money recognised for it, overage included, by currency.
    pub money: BTreeMap<String, String>,
    /// Whether a part of it was charged in money, for want of units.
    pub has_overage: bool,
    /// Why it was refused, if it was.
    pub refused: Option<String>,
}

/// A row of a rate card, and its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PricedByView {
    /// `card@version/row`.
    pub rate: String,
    /// The price in words: `3 per 1,000`.
    pub price: String,
}

/// An event before and after.
#[derive(Debug, Clone, Serialize)]
pub struct EventPriceView {
    /// The event's key.
    pub key: String,
    /// When it occurred.
    pub occurred_at: String,
    /// Meter.
    pub meter: String,
    /// Quantity, with its unit.
    pub quantity: String,
    /// Dimension values.
    pub dimensions: BTreeMap<String, String>,
    /// Whether the event was taken back: what it was charged counts below zero.
    pub is_taken_back: bool,
    /// Unit of the charges; absent where every run refused it.
    pub unit: Option<String>,
    /// The charge by run, the baseline first.
    pub runs: Vec<EventChargeView>,
}

/// Charges of the events that are not listed, in a unit.
#[derive(Debug, Clone, Serialize)]
pub struct RestView {
    /// The unit.
    pub unit: String,
    /// Charges by run, the baseline first.
    pub charged: Vec<String>,
    /// Scenario less baseline, for each scenario.
    pub differences: Vec<String>,
}

/// A preview of one customer.
#[derive(Debug, Clone, Serialize)]
pub struct CustomerPreviewView {
    /// The comparison of that customer alone.
    pub preview: PreviewView,
    /// Its events in the window, those whose charge changes most first.
    pub events: Vec<EventPriceView>,
    /// How many there are.
    pub event_count: u64,
    /// How many of them are charged otherwise in any scenario.
    pub changed_count: u64,
    /// What those that are not listed were charged.
    pub rest: Vec<RestView>,
}

/// Which events are wanted.
#[derive(Debug, Clone)]
pub struct EventsAsked {
    /// The customer.
    pub customer: CustomerCode,
    /// Those that this row priced in any run; all if absent.
    pub rate: Option<(CardCode, RateCode)>,
    /// How many are listed.
    pub listed: usize,
}

/// Runs a preview of one customer and follows its events.
///
/// # Errors
/// Those of [`super::preview`], and the archive's.
pub async fn customer<S: LedgerStore>(
    workspace: &Workspace<S>,
    request: Request,
    asked: &EventsAsked,
    progress: &mut (dyn FnMut(Progress) -> ControlFlow<()> + Send),
) -> Result<CustomerPreviewView, AppError> {
    let request = Request { customers: vec![asked.customer.clone()], ..request };
    let (preview, runs) = replay(workspace, request, true, progress).await?;
    let mut lines = lines_of(&runs, asked.rate.as_ref());
    let (event_count, changed_count) = {
        let all: BTreeSet<&EventAt> = lines.iter().map(|line| line.at).collect();
        let changed = lines.iter().filter(|line| line.change() > 0);
        (all.len() as u64, changed.map(|line| line.at).collect::<BTreeSet<_>>().len() as u64)
    };
    // Those of equal change stay in the order of their places.
    lines.sort_by_key(|line| std::cmp::Reverse(line.change()));
    let rest = rest_of(&lines.split_off(asked.listed.min(lines.len())));
    let mut facts = Facts {
        archive: workspace.archive().await?,
        catalog: crate::query::catalog(workspace).await?,
        operations: BTreeMap::new(),
    };
    let mut events = Vec::with_capacity(lines.len());
    for line in &lines {
        events.push(line.view(facts.event(workspace, line.at).await?, &runs));
    }
    Ok(CustomerPreviewView { preview, events, event_count, changed_count, rest })
}

/// An event in a unit, with its charge in each run.
struct Line<'a> {
    at: &'a EventAt,
    unit: Option<Unit>,
    charged: Vec<i128>,
    traced: Vec<Option<&'a TracedEvent>>,
}

impl Line<'_> {
    /// The size of its largest difference.
    fn change(&self) -> u128 {
        let base = self.charged.first().copied().unwrap_or_default();
        let sizes = self.charged.iter().map(|charged| (charged - base).unsigned_abs());
        sizes.max().unwrap_or_default()
    }

    fn view(&self, fact: Fact, runs: &[Run]) -> EventPriceView {
        let base = self.charged.first().copied().unwrap_or_default();
        let number = |steps: i128| self.unit.map_or_else(|| "0".into(), |unit| text(steps, unit));
        let charge = |(place, traced): (usize, &Option<&TracedEvent>)| {
            let charged = self.charged.get(place).copied().unwrap_or_default();
            let catalog = runs.get(place).and_then(Run::catalog);
            let rates = traced.iter().flat_map(|traced| &traced.rates);
            let money = traced.iter().flat_map(|traced| &traced.money);
            EventChargeView {
                rates: rates.map(|rate| priced_by(rate, catalog)).collect(),
                charged: number(charged),
                difference: (place > 0).then(|| {
                    self.unit.map_or_else(|| "0".into(), |unit| difference(charged - base, unit))
                }),
                money: money.map(|(unit, m)| (unit.code().to_string(), text(*m, *unit))).collect(),
                has_overage: traced.is_some_and(|traced| traced.has_overage),
                refused: traced.and_then(|traced| traced.refused).map(str::to_owned),
            }
        };
        EventPriceView {
            key: fact.key,
            occurred_at: fact.occurred_at,
            meter: fact.meter,
            quantity: fact.quantity,
            dimensions: fact.dimensions,
            is_taken_back: fact.is_taken_back,
            unit: self.unit.map(|unit| unit.code().to_string()),
            runs: self.traced.iter().enumerate().map(charge).collect(),
        }
    }
}

/// A line for each event and unit in which any run charged it.
fn lines_of<'a>(runs: &'a [Run], rate: Option<&(CardCode, RateCode)>) -> Vec<Line<'a>> {
    let traces: Vec<_> = runs.iter().map(|run| run.figures.trace.as_ref()).collect();
    let places: BTreeSet<&EventAt> =
        traces.iter().flatten().flat_map(|trace| trace.events.keys()).collect();
    let mut lines = Vec::new();
    for at in places {
        let traced: Vec<_> =
            traces.iter().map(|trace| trace.and_then(|trace| trace.events.get(at))).collect();
        let is_wanted = |(card, row): &(CardCode, RateCode)| {
            let mut rates = traced.iter().flatten().flat_map(|event| &event.rates);
            rates.any(|rate| rate.card == *card && rate.rate == *row)
        };
        if !rate.is_none_or(is_wanted) {
            continue;
        }
        let units: BTreeSet<Unit> =
            traced.iter().flatten().flat_map(|event| event.charged.keys().copied()).collect();
        if units.is_empty() {
            let charged = vec![0; traced.len()];
            lines.push(Line { at, unit: None, charged, traced: traced.clone() });
        }
        for unit in units {
            let charged = |event: &Option<&TracedEvent>| {
                event.and_then(|event| event.charged.get(&unit)).copied().unwrap_or_default()
            };
            let charged = traced.iter().map(charged).collect();
            lines.push(Line { at, unit: Some(unit), charged, traced: traced.clone() });
        }
    }
    lines
}

fn rest_of(lines: &[Line<'_>]) -> Vec<RestView> {
    let mut sums: BTreeMap<Unit, Vec<i128>> = BTreeMap::new();
    for line in lines {
        let Some(unit) = line.unit else { continue };
        let sums = sums.entry(unit).or_insert_with(|| vec![0; line.charged.len()]);
        sums.iter_mut().zip(&line.charged).for_each(|(sum, charged)| *sum += charged);
    }
    let rest = sums.into_iter().map(|(unit, sums)| {
        let base = sums.first().copied().unwrap_or_default();
        let differences = sums.iter().skip(1).map(|sum| difference(sum - base, unit));
        RestView {
            unit: unit.code().to_string(),
            charged: sums.iter().map(|sum| text(*sum, unit)).collect(),
            differences: differences.collect(),
        }
    });
    rest.collect()
}

fn priced_by(rate: &RateRef, catalog: Option<&Catalog>) -> PricedByView {
    let found = catalog.and_then(|catalog| {
        let card = catalog.card(&rate.card)?;
        let version = card.versions.iter().find(|version| version.version == rate.version)?;
        let row = version.rates.iter().find(|row| row.code == rate.rate)?;
        Some(price_in_words(&GridRow::of(row).ok()?))
    });
    PricedByView {
        rate: format!("{}@{}/{}", rate.card, rate.version, rate.rate),
        price: found.unwrap_or_default(),
    }
}

fn price_in_words(row: &GridRow) -> String {
    match (row.model.as_str(), row.per.as_str()) {
        _ if !row.tiers.is_empty() => tiers_in_words(&row.tiers),
        ("percentage", _) => format!("{} %", row.price),
        (_, "") => row.price.clone(),
        (_, per) => format!("{} per {per}", row.price),
    }
}

/// What an event says of itself.
struct Fact {
    key: String,
    occurred_at: String,
    meter: String,
    quantity: String,
    dimensions: BTreeMap<String, String>,
    is_taken_back: bool,
}

struct Facts {
    archive: Archive,
    catalog: std::sync::Arc<Catalog>,
    operations: BTreeMap<OperationId, Operation>,
}

impl Facts {
    async fn event<S: LedgerStore>(
        &mut self,
        workspace: &Workspace<S>,
        at: &EventAt,
    ) -> Result<Fact, AppError> {
        let Some(id) = &at.operation else {
            let event = self.archive.event(at.place)?;
            let unit = self.catalog.meter(&event.meter).and_then(|m| self.catalog.unit(m.unit));
            let quantity = unit.map_or_else(
                || event.quantity.to_string(),
                |unit| format!("{} {}", steps_text(event.quantity, unit), unit.code()),
            );
            return Ok(Fact {
                key: event.key.to_string(),
                occurred_at: event.occurred_at.to_string(),
                meter: event.meter.to_string(),
                quantity,
                dimensions: event.dimensions,
                is_taken_back: false,
            });
        };
        if !self.operations.contains_key(id) {
            let what = || format!("operation {id}");
            let stored = workspace.store().operation(id).await?;
            let stored = stored.ok_or_else(|| AppError::stored(what(), "it is missing"))?;
            let operation = Operation::from_json(&stored.operation.body)
                .map_err(|error| AppError::stored(what(), error))?;
            self.operations.insert(id.clone(), operation);
        }
        let operation = self.operations.get(id);
        let found = operation.and_then(|operation| {
            let (event, is_taken_back) = inline(operation, at.place.row as usize)?;
            Some((event, is_taken_back, operation.at))
        });
        let (event, is_taken_back, recorded) = found
            .ok_or_else(|| AppError::stored(format!("operation {id}"), "an event is missing"))?;
        let unit = self.catalog.meter(&event.meter).and_then(|m| self.catalog.unit(m.unit));
        let written = event.quantity.to_string();
        let quantity = unit.and_then(|unit| {
            let steps = parse_steps(&written, unit.scale(), unit.code().as_str()).ok()?;
            Some(format!("{} {}", steps_text(steps, unit), unit.code()))
        });
        Ok(Fact {
            key: event.key.to_string(),
            occurred_at: event.occurred_at.unwrap_or(recorded).to_string(),
            meter: event.meter.to_string(),
            quantity: quantity.unwrap_or(written),
            dimensions: event.dimensions.clone(),
            is_taken_back,
        })
    }
}

/// The event at a place of an operation, and whether it is one that the operation takes back: those come
/// in the order in which it names them, behind its own.
fn inline(operation: &Operation, row: usize) -> Option<(&InlineEvent, bool)> {
    match &operation.action {
        Action::RecordUsage(action) => match action.events.get(row) {
            Some(event) => Some((event, false)),
            None => {
                let by = action.events.get(row - action.events.len())?;
                let key = by.supersedes.as_ref()?;
                let posted = action.posted.iter().find(|posted| posted.event.key == *key)?;
                Some((&posted.event, true))
            }
        },
        Action::CaptureHold(action) => Some((action.events.get(row)?, false)),
        Action::ReverseUsage(action) => {
            let key = action.keys.get(row)?;
            let posted = action.posted.iter().find(|posted| posted.event.key == *key)?;
            Some((&posted.event, true))
        }
        _ => None,
    }
}
