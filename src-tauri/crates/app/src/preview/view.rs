//! The figures of a preview, as shells show them: amounts as decimal texts, differences with their
//! sign, percentages with one decimal.

use std::collections::{BTreeMap, BTreeSet};

use scrip_catalog::Document;
use scrip_preview::compare::spread;
use scrip_preview::{Comparison, CustomerChange, Figures, Run};
use scrip_units::{Rounding, Scale, Unit, div_round, format_steps};
use serde::{Deserialize, Serialize};

use super::Request;
use super::lines::{lines, rates};
use super::measure::steps_of;

/// Customers who move a figure that are listed, unless it is said how many.
const MOVERS_LISTED: usize = 20;

/// How exactly the baseline is what the ledger holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BacktestView {
    /// Whether every chain of the baseline ends in the very entry that the ledger's does.
    pub exact: bool,
    /// Customers whose chains were compared.
    pub chains: u64,
    /// Customers whose chains differ.
    pub differing: Vec<String>,
}

/// An operation of the ledger that is refused under a scenario.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UndoneView {
    /// The operation.
    pub operation: String,
    /// What it does.
    pub op: String,
    /// The customer.
    pub customer: Option<String>,
    /// Why it is refused.
    pub why: String,
}

/// One run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunView {
    /// `baseline`, or the scenario's name.
    pub name: String,
    /// Events priced.
    pub charged_events: u64,
    /// Events that cost nothing by their card.
    pub free_events: u64,
    /// Refused events by reason.
    pub refused_events: BTreeMap<String, u64>,
    /// How many operations of the ledger are refused.
    pub undone_count: u64,
    /// The first of them.
    pub undone: Vec<UndoneView>,
}

/// One line of the comparison: a value for each run, the baseline first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LineView {
    /// `revenue`, `cost`, `deferred`, `top_ups`, `units`.
    pub section: String,
    /// What: an account, `total`, a wallet type.
    pub what: String,
    /// Of a wallet type: `issued`, `burned`, `expired` or `left`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub movement: Option<String>,
    /// The unit.
    pub unit: String,
    /// Values, the baseline's first.
    pub values: Vec<String>,
    /// Scenario less baseline, for each scenario.
    pub differences: Vec<String>,
    /// The difference in percent of the baseline; absent where that is nothing.
    pub percent: Vec<Option<String>>,
    /// How long a bar of each value is, in thousandths of the largest of its section and unit.
    #[serde(skip)]
    pub permille: Vec<u16>,
    /// The customers behind each difference, by scenario; absent for what is not kept by customer.
    pub movers: Option<Vec<MoversView>>,
}

/// The customers who move a figure most. Those listed and the rest add up to the difference.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MoversView {
    /// Customers, the largest difference first, whichever its sign.
    pub customers: Vec<MoverLine>,
    /// How many more the scenario changes.
    pub rest_count: u64,
    /// What they add to the difference.
    pub rest: String,
}

/// A customer who moves a figure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MoverLine {
    /// Customer.
    pub customer: String,
    /// The baseline's figure.
    pub baseline: String,
    /// The scenario's.
    pub scenario: String,
    /// The difference.
    pub difference: String,
    /// In percent of the baseline.
    pub percent: Option<String>,
}

/// One row of a rate card, before and after.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RateLine {
    /// Card.
    pub card: String,
    /// Row.
    pub rate: String,
    /// Unit of the quantity.
    pub quantity_unit: String,
    /// Quantity priced, by run.
    pub quantity: Vec<String>,
    /// Unit of the charge.
    pub unit: String,
    /// Charges, by run.
    pub charged: Vec<String>,
    /// Charge for 1,000 units of quantity, rounded to six significant digits, by run; absent where
    /// nothing was priced.
    pub per_thousand: Vec<Option<String>>,
}

/// One customer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerLine {
    /// Customer.
    pub customer: String,
    /// Revenue of the baseline.
    pub baseline: String,
    /// Revenue of the scenario.
    pub scenario: String,
    /// The difference.
    pub difference: String,
    /// In percent of the baseline.
    pub percent: Option<String>,
    /// First day without cover in the baseline.
    pub dry_before: Option<String>,
    /// First day without cover in the scenario.
    pub dry_after: Option<String>,
    /// The place of its class of change.
    #[serde(skip)]
    pub class: usize,
}

/// A class of change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SpreadLine {
    /// From this many percent on.
    pub from: Option<i32>,
    /// Below this many percent; both 0 for no change at all.
    pub until: Option<i32>,
    /// Customers.
    pub customers: u64,
    /// How long its bar is, in thousandths of the largest class.
    #[serde(skip)]
    pub permille: u16,
}

/// A customer whose units run out earlier.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DryLine {
    /// Customer.
    pub customer: String,
    /// First day without cover in the baseline.
    pub before: Option<String>,
    /// First day without cover in the scenario.
    pub after: String,
}

/// Customers under one scenario, in one currency.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SpreadView {
    /// Scenario.
    pub scenario: String,
    /// Currency.
    pub currency: String,
    /// How many customers change by how much.
    pub classes: Vec<SpreadLine>,
    /// Those who pay most more, and then those who pay most less: by difference, falling.
    pub customers: Vec<CustomerLine>,
    /// Customers in all.
    pub customer_count: u64,
}

/// A preview.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PreviewView {
    /// Entity.
    pub entity: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub through: String,
    /// How exactly the baseline is what the ledger holds.
    pub backtest: BacktestView,
    /// The runs, the baseline first.
    pub runs: Vec<RunView>,
    /// The comparison.
    pub lines: Vec<LineView>,
    /// Rows of rate cards.
    pub rates: Vec<RateLine>,
    /// Customers by scenario and currency.
    pub spreads: Vec<SpreadView>,
    /// Customers who run dry earlier, by scenario.
    pub dry_earlier: BTreeMap<String, Vec<DryLine>>,
}

pub(super) fn text(steps: i128, unit: Unit) -> String {
    format_steps(steps, unit.scale())
}

pub(super) fn difference(steps: i128, unit: Unit) -> String {
    signed(text(steps, unit), steps)
}

/// A difference in percent with one decimal, rounded half away from zero.
pub(super) fn percent(difference: i128, base: i128) -> Option<String> {
    let tenths =
        div_round(difference.checked_mul(1000)?, base.abs(), Rounding::HalfAwayFromZero).ok()?;
    let text = format_steps(tenths, Scale::try_new(1).ok()?);
    Some(if difference > 0 { format!("+{text}") } else { text })
}

fn customer_line(change: &CustomerChange, unit: Unit) -> CustomerLine {
    CustomerLine {
        customer: change.customer.to_string(),
        baseline: text(change.baseline, unit),
        scenario: text(change.scenario, unit),
        difference: difference(change.difference(), unit),
        percent: percent(change.difference(), change.baseline),
        dry_before: change.dry_on.0.map(|day| day.to_string()),
        dry_after: change.dry_on.1.map(|day| day.to_string()),
        class: 0,
    }
}

/// Both ends of a list, or all of it.
fn ends<T>(items: Vec<T>, listed: Option<usize>) -> Vec<T> {
    let Some(listed) = listed.filter(|listed| items.len() > listed * 2) else { return items };
    let tail = items.len() - listed;
    let kept = items.into_iter().enumerate();
    kept.filter(|(i, _)| *i < listed || *i >= tail).map(|(_, item)| item).collect()
}

fn spreads(runs: &[Run], listed: Option<usize>) -> Vec<SpreadView> {
    let Some((baseline, scenarios)) = runs.split_first() else { return Vec::new() };
    let mut views = Vec::new();
    for scenario in scenarios {
        let comparison = Comparison::new(baseline, scenario);
        let mut currencies: BTreeSet<Unit> = baseline.figures.revenue().into_keys().collect();
        currencies.extend(scenario.figures.revenue().into_keys());
        for currency in currencies {
            let changes = comparison.revenue_by_customer(currency);
            let spread = spread(&changes);
            let class = |s: scrip_preview::Spread| SpreadLine {
                from: s.from,
                until: s.until,
                customers: s.customers,
                permille: 0,
            };
            views.push(SpreadView {
                scenario: scenario.name().unwrap_or_default().to_owned(),
                currency: currency.code().to_string(),
                classes: spread.into_iter().map(class).collect(),
                customer_count: changes.len() as u64,
                customers: ends(changes, listed)
                    .iter()
                    .map(|change| customer_line(change, currency))
                    .collect(),
            });
        }
    }
    views
}

fn dry_earlier(runs: &[Run]) -> BTreeMap<String, Vec<DryLine>> {
    let Some((baseline, scenarios)) = runs.split_first() else { return BTreeMap::new() };
    let lines = scenarios.iter().map(|scenario| {
        let comparison = Comparison::new(baseline, scenario);
        let dry = comparison.dry_earlier().into_iter().map(|(customer, before, after)| DryLine {
            customer: customer.to_string(),
            before: before.map(|day| day.to_string()),
            after: after.to_string(),
        });
        (scenario.name().unwrap_or_default().to_owned(), dry.collect())
    });
    lines.collect()
}

impl PreviewView {
    /// The same with so many customers at either end of each list, and so many behind each figure; what
    /// these then do not list is added to the rest.
    #[must_use]
    pub fn ends(mut self, listed: usize) -> Self {
        for spread in &mut self.spreads {
            spread.customers = ends(std::mem::take(&mut spread.customers), Some(listed));
        }
        for line in &mut self.lines {
            line.movers.iter_mut().flatten().for_each(|movers| movers.shorten(listed));
        }
        self
    }
}

impl MoversView {
    fn shorten(&mut self, listed: usize) {
        let more = self.customers.split_off(listed.min(self.customers.len()));
        let decimals = |text: &str| text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let scale = u8::try_from(decimals(&self.rest)).ok().and_then(|d| Scale::try_new(d).ok());
        let Some(scale) = scale.filter(|_| !more.is_empty()) else { return };
        let added: i128 = more.iter().map(|one| steps_of(&one.difference)).sum();
        let rest = steps_of(&self.rest) + added;
        self.rest_count += more.len() as u64;
        self.rest = signed(format_steps(rest, scale), rest);
    }
}

/// A difference above zero has its sign.
fn signed(text: String, steps: i128) -> String {
    if steps > 0 { format!("+{text}") } else { text }
}

fn refused(figures: &Figures) -> BTreeMap<String, u64> {
    figures.refused_events.iter().map(|(why, count)| ((*why).to_owned(), *count)).collect()
}

pub(super) fn view(
    live: &Document,
    request: &Request,
    runs: &[Run],
    backtest: BacktestView,
) -> PreviewView {
    let run = |run: &Run| RunView {
        name: run.name().unwrap_or("baseline").to_owned(),
        charged_events: run.figures.charged_events,
        free_events: run.figures.free_events,
        refused_events: refused(&run.figures),
        undone_count: run.undone_count,
        undone: run
            .undone
            .iter()
            .map(|undone| UndoneView {
                operation: undone.operation.to_string(),
                op: undone.code.to_owned(),
                customer: undone.customer.as_ref().map(ToString::to_string),
                why: undone.why.clone(),
            })
            .collect(),
    };
    let view = PreviewView {
        entity: live.entity.name.clone(),
        from: request.from.to_string(),
        through: request.through.to_string(),
        backtest,
        runs: runs.iter().map(run).collect(),
        lines: lines(runs, request.listed.unwrap_or(MOVERS_LISTED)),
        rates: rates(runs),
        spreads: spreads(runs, request.listed),
        dry_earlier: dry_earlier(runs),
    };
    view.measured()
}
