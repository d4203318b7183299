//! The figures of a preview, as shells show them: amounts as decimal texts, differences with their
//! sign, percentages with one decimal.

use std::collections::{BTreeMap, BTreeSet};

use scrip_catalog::Document;
use scrip_preview::compare::{class_of, spread};
use scrip_preview::figures::Sums;
use scrip_preview::{Comparison, CustomerChange, Figures, Run};
use scrip_units::{Decimal, Rounding, Scale, Unit, div_round, format_steps};
use serde::Serialize;

use super::Request;

/// How exactly the baseline is what the ledger holds.
#[derive(Debug, Clone, Serialize)]
pub struct BacktestView {
    /// Whether every chain of the baseline ends in the very entry that the ledger's does.
    pub exact: bool,
    /// Customers whose chains were compared.
    pub chains: u64,
    /// Customers whose chains differ.
    pub differing: Vec<String>,
}

/// An operation of the ledger that is refused under a scenario.
#[derive(Debug, Clone, Serialize)]
pub struct UndoneView {
    /// The operation.
    pub operation: String,
    /// What it does.
    pub op: &'static str,
    /// The customer.
    pub customer: Option<String>,
    /// Why it is refused.
    pub why: String,
}

/// One run.
#[derive(Debug, Clone, Serialize)]
pub struct RunView {
    /// `baseline`, or the scenario's name.
    pub name: String,
    /// Events priced.
    pub charged_events: u64,
    /// Events that cost nothing by their card.
    pub free_events: u64,
    /// Refused events by reason.
    pub refused_events: BTreeMap<&'static str, u64>,
    /// How many operations of the ledger are refused.
    pub undone_count: u64,
    /// The first of them.
    pub undone: Vec<UndoneView>,
}

/// One line of the comparison: a value for each run, the baseline first.
#[derive(Debug, Clone, Serialize)]
pub struct LineView {
    /// `revenue`, `cost`, `deferred`, `top_ups`, `units`.
    pub section: &'static str,
    /// What: an account, `total`, a wallet type.
    pub what: String,
    /// Of a wallet type: `issued`, `burned`, `expired` or `left`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub movement: Option<&'static str>,
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
    #[serde(skip)]
    steps: Vec<i128>,
}

/// One row of a rate card, before and after.
#[derive(Debug, Clone, Serialize)]
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
#[derive(Debug, Clone, Serialize)]
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
#[derive(Debug, Clone, Serialize)]
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
#[derive(Debug, Clone, Serialize)]
pub struct DryLine {
    /// Customer.
    pub customer: String,
    /// First day without cover in the baseline.
    pub before: Option<String>,
    /// First day without cover in the scenario.
    pub after: String,
}

/// Customers under one scenario, in one currency.
#[derive(Debug, Clone, Serialize)]
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
#[derive(Debug, Clone, Serialize)]
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

fn text(steps: i128, unit: Unit) -> String {
    format_steps(steps, unit.scale())
}

fn difference(steps: i128, unit: Unit) -> String {
    let text = text(steps, unit);
    if steps > 0 { format!("+{text}") } else { text }
}

/// A difference in percent with one decimal, rounded half away from zero.
fn percent(difference: i128, base: i128) -> Option<String> {
    let tenths =
        div_round(difference.checked_mul(1000)?, base.abs(), Rounding::HalfAwayFromZero).ok()?;
    let text = format_steps(tenths, Scale::try_new(1).ok()?);
    Some(if difference > 0 { format!("+{text}") } else { text })
}

struct Lines<'a> {
    runs: Vec<&'a Figures>,
    lines: Vec<LineView>,
}

impl Lines<'_> {
    fn push(
        &mut self,
        (section, what, movement): (&'static str, &str, Option<&'static str>),
        unit: Unit,
        of: impl Fn(&Figures) -> i128,
    ) {
        let values: Vec<i128> = self.runs.iter().map(|figures| of(figures)).collect();
        let Some((base, others)) = values.split_first() else { return };
        if values.iter().all(|value| *value == 0) {
            return;
        }
        self.lines.push(LineView {
            section,
            what: what.to_owned(),
            movement,
            unit: unit.code().to_string(),
            values: values.iter().map(|value| text(*value, unit)).collect(),
            differences: others.iter().map(|value| difference(value - base, unit)).collect(),
            percent: others.iter().map(|value| percent(value - base, *base)).collect(),
            permille: Vec::new(),
            steps: values,
        });
    }

    /// A line for each unit in which any run has a sum.
    fn sums(&mut self, section: &'static str, what: &str, of: impl Fn(&Figures) -> Sums) {
        let units: BTreeSet<Unit> =
            self.runs.iter().flat_map(|figures| of(figures).into_keys()).collect();
        for unit in units {
            self.push((section, what, None), unit, |figures| {
                of(figures).get(&unit).copied().unwrap_or_default()
            });
        }
    }
}

fn lines(runs: &[Run]) -> Vec<LineView> {
    use scrip_journal::{Account, AccountClass};
    let mut lines =
        Lines { runs: runs.iter().map(|run| &run.figures).collect(), lines: Vec::new() };
    let earning = |account: &&Account| {
        matches!(account.class(), AccountClass::Revenue | AccountClass::ContraRevenue)
    };
    for account in Account::ALL.iter().filter(earning) {
        lines.sums("revenue", account.name(), |f| f.credited(|a| a == *account));
    }
    lines.sums("revenue", "Revenue, net", Figures::revenue);
    lines.sums("cost", "Delivery cost", |f| f.delivery.clone());
    lines.sums("cost", "Margin of usage", Figures::margin);
    lines.sums("deferred", "Contract liabilities at the end", |f| f.deferred.clone());
    lines.sums("top_ups", "Charged by top-ups", |f| f.top_ups.clone());
    let wallets: BTreeSet<_> = runs.iter().flat_map(|run| run.figures.wallets.keys()).collect();
    for key in wallets {
        let of = |figures: &Figures| figures.wallets.get(key).cloned().unwrap_or_default();
        let what = key.0.to_string();
        lines.push(("units", &what, Some("issued")), key.1, |f| of(f).issued);
        lines.push(("units", &what, Some("burned")), key.1, |f| of(f).consumed);
        lines.push(("units", &what, Some("expired")), key.1, |f| of(f).expired);
        lines.push(("units", &what, Some("left")), key.1, |f| of(f).left);
    }
    scaled(lines.lines)
}

/// The lines with the lengths of their bars: those of a section and a unit stand on one scale.
fn scaled(mut lines: Vec<LineView>) -> Vec<LineView> {
    let mut largest: BTreeMap<(&'static str, String), u128> = BTreeMap::new();
    for line in &lines {
        let largest = largest.entry((line.section, line.unit.clone())).or_default();
        *largest = line.steps.iter().map(|steps| steps.unsigned_abs()).fold(*largest, u128::max);
    }
    for line in &mut lines {
        let whole = largest.get(&(line.section, line.unit.clone())).copied().unwrap_or_default();
        line.permille =
            line.steps.iter().map(|steps| permille(steps.unsigned_abs(), whole)).collect();
    }
    lines
}

/// A share in thousandths, rounded down.
fn permille(part: u128, whole: u128) -> u16 {
    let share = part.saturating_mul(1000).checked_div(whole).unwrap_or_default();
    u16::try_from(share).unwrap_or(1000)
}

/// A charge for 1,000 units of quantity, to six significant digits.
fn per_thousand((charged, unit): (i128, Unit), (quantity, of): (i128, Unit)) -> Option<String> {
    let number = |steps: i128, unit: Unit| {
        Decimal::try_from_i128_with_scale(steps, u32::from(unit.scale().decimals())).ok()
    };
    let price = number(charged, unit)?
        .checked_mul(Decimal::ONE_THOUSAND)?
        .checked_div(number(quantity, of)?)?;
    Some(price.round_sf(6)?.normalize().to_string())
}

fn rates(runs: &[Run]) -> Vec<RateLine> {
    let keys: BTreeSet<_> = runs.iter().flat_map(|run| run.figures.rates.keys()).collect();
    let mut lines = Vec::new();
    for key in keys {
        let of = |run: &Run| run.figures.rates.get(key).cloned().unwrap_or_default();
        let figures: Vec<_> = runs.iter().map(of).collect();
        let units: BTreeSet<Unit> =
            figures.iter().flat_map(|f| f.charged.keys().copied()).collect();
        let quantities: BTreeSet<Unit> =
            figures.iter().flat_map(|f| f.quantity.keys().copied()).collect();
        // A row has one unit of quantity and one of charge; a scenario may change them.
        for (unit, quantity) in
            units.iter().flat_map(|unit| quantities.iter().map(move |quantity| (*unit, *quantity)))
        {
            let charged =
                |f: &scrip_preview::RateFigures| f.charged.get(&unit).copied().unwrap_or_default();
            let priced = |f: &scrip_preview::RateFigures| {
                f.quantity.get(&quantity).copied().unwrap_or_default()
            };
            lines.push(RateLine {
                card: key.0.to_string(),
                rate: key.1.to_string(),
                quantity_unit: quantity.code().to_string(),
                quantity: figures.iter().map(|f| text(priced(f), quantity)).collect(),
                unit: unit.code().to_string(),
                charged: figures.iter().map(|f| text(charged(f), unit)).collect(),
                per_thousand: figures
                    .iter()
                    .map(|f| per_thousand((charged(f), unit), (priced(f), quantity)))
                    .collect(),
            });
        }
    }
    lines
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
        class: class_of(change),
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
            let largest = spread.iter().map(|s| s.customers).max().unwrap_or_default();
            let class = |s: scrip_preview::Spread| SpreadLine {
                from: s.from,
                until: s.until,
                customers: s.customers,
                permille: permille(u128::from(s.customers), u128::from(largest)),
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
        refused_events: run.figures.refused_events.clone(),
        undone_count: run.undone_count,
        undone: run
            .undone
            .iter()
            .map(|undone| UndoneView {
                operation: undone.operation.to_string(),
                op: undone.code,
                customer: undone.customer.as_ref().map(ToString::to_string),
                why: undone.why.clone(),
            })
            .collect(),
    };
    PreviewView {
        entity: live.entity.name.clone(),
        from: request.from.to_string(),
        through: request.through.to_string(),
        backtest,
        runs: runs.iter().map(run).collect(),
        lines: lines(runs),
        rates: rates(runs),
        spreads: spreads(runs, request.listed),
        dry_earlier: dry_earlier(runs),
    }
}
