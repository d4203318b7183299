//! What typed rates would do: to last month's usage, and to one event.

use std::collections::BTreeMap;

use scrip_app::cards::effect::{effect, try_event};
use scrip_app::explain::{ExplainView, Hypothetical};
use scrip_app::preview::{CustomerLine, LineView, PreviewView};
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::State;
use tauri::ipc::Channel;

use super::sheet::TypedSheet;
use crate::commands::parse;
use crate::desk::Desk;
use crate::edge::now;
use crate::failure::Failure;
use crate::task::{Progress, Task};

/// A figure with and without what is typed.
#[derive(Debug, Serialize, Type)]
pub struct EffectLine {
    /// `revenue`, `deferred`, `top_ups`, `units`.
    pub section: String,
    /// What: an account, a wallet type.
    pub what: String,
    /// Of a wallet type: `issued`, `burned`, `expired` or `left`.
    pub movement: Option<String>,
    /// Unit.
    pub unit: String,
    /// As posted.
    pub before: String,
    /// As it would be.
    pub after: String,
    /// After less before, with its sign.
    pub difference: String,
    /// The difference in per cent of what was, with its sign.
    pub percent: Option<String>,
}

/// A customer, and what would change for it.
#[derive(Debug, Serialize, Type)]
pub struct EffectCustomer {
    /// Customer.
    pub customer: String,
    /// Currency.
    pub currency: String,
    /// Change of the revenue from it, with its sign.
    pub difference: String,
    /// In per cent.
    pub percent: Option<String>,
}

/// A customer whose units run out earlier.
#[derive(Debug, Serialize, Type)]
pub struct EffectDry {
    /// Customer.
    pub customer: String,
    /// First day without cover as posted.
    pub before: Option<String>,
    /// First day without cover as it would be.
    pub after: String,
}

/// What typed rates would have done to the last month with usage.
#[derive(Debug, Serialize, Type)]
pub struct Effect {
    /// First day.
    pub from: String,
    /// Last day.
    pub through: String,
    /// Events priced as posted.
    pub events: String,
    /// Events that would be refused and were not, or the other way: as posted, and as it would be.
    pub refused: (String, String),
    /// Whether the baseline reproduces the ledger.
    pub exact: bool,
    /// The figures that change.
    pub lines: Vec<EffectLine>,
    /// Customers who run dry earlier.
    pub dry: Vec<EffectDry>,
    /// Those who pay most more, and then those who pay most less.
    pub customers: Vec<EffectCustomer>,
}

fn line(line: LineView) -> Option<EffectLine> {
    let mut values = line.values.into_iter();
    let (before, after) = (values.next()?, values.next()?);
    let difference = line.differences.into_iter().next()?;
    (before != after).then(|| EffectLine {
        section: line.section,
        what: line.what,
        movement: line.movement,
        unit: line.unit,
        before,
        after,
        difference,
        percent: line.percent.into_iter().next().flatten(),
    })
}

impl From<PreviewView> for Effect {
    fn from(view: PreviewView) -> Self {
        let refused = |run: usize| {
            let refused = view.runs.get(run).map(|run| run.refused_events.values().sum::<u64>());
            refused.unwrap_or_default().to_string()
        };
        let priced = view.runs.first().map(|run| run.charged_events + run.free_events);
        let refused = (refused(0), refused(1));
        let customers = view.spreads.into_iter().flat_map(|spread| {
            let currency = spread.currency;
            let one = move |line: CustomerLine| EffectCustomer {
                customer: line.customer,
                currency: currency.clone(),
                difference: line.difference,
                percent: line.percent,
            };
            spread.customers.into_iter().filter(|c| c.baseline != c.scenario).map(one)
        });
        let dry = view.dry_earlier.into_values().flatten();
        Self {
            from: view.from,
            through: view.through,
            events: priced.unwrap_or_default().to_string(),
            refused,
            exact: view.backtest.exact,
            lines: view.lines.into_iter().filter_map(line).collect(),
            dry: dry
                .map(|d| EffectDry { customer: d.customer, before: d.before, after: d.after })
                .collect(),
            customers: customers.collect(),
        }
    }
}

/// What typed rates would have done to the last month with usage; none when there is none yet.
///
/// # Errors
/// When a cell cannot be read, something is wrong with the rates, or it was stopped.
#[tauri::command]
#[specta::specta]
pub async fn card_effect(
    desk: State<'_, Desk>,
    typed: TypedSheet,
    task: String,
    progress: Channel<Progress>,
) -> Result<Option<Effect>, Failure> {
    let (books, now, read) = (desk.books().await?, now()?, typed.read(&desk)?);
    let work = move |mut task: Task| async move {
        let mut tell = |at: scrip_app::preview::Progress| {
            task.report("Replaying the ledger", at.operations, Some(at.total))
        };
        Ok(effect(&books, &read.typed(), now, &mut tell).await?.map(Effect::from))
    };
    desk.tasks.run(task, progress, work).await
}

/// Usage that is only supposed.
#[derive(Debug, Deserialize, Type)]
pub struct SupposedEvent {
    /// Whose.
    pub customer: String,
    /// Meter.
    pub meter: String,
    /// Quantity in the meter's unit.
    pub quantity: String,
    /// Dimension values.
    pub dimensions: BTreeMap<String, String>,
}

/// One thing that was found on the way from the event to the money.
#[derive(Debug, Serialize, Type)]
pub struct PriceStep {
    /// What.
    pub what: String,
    /// How much, or which.
    pub value: String,
    /// Why, where it is to be said.
    pub note: Option<String>,
}

/// How an event would be priced.
#[derive(Debug, Serialize, Type)]
pub struct PricedEvent {
    /// When it would occur: now, or when the version takes effect if that is later.
    pub at: String,
    /// Why it cannot be priced.
    pub refused: Option<String>,
    /// What would be charged, with its unit.
    pub charge: Option<String>,
    /// The steps from the quantity to the charge and to who pays.
    pub steps: Vec<PriceStep>,
}

fn step(what: &str, value: impl Into<String>, note: Option<String>) -> PriceStep {
    PriceStep { what: what.to_owned(), value: value.into(), note }
}

fn steps(view: &ExplainView) -> Vec<PriceStep> {
    let mut steps = Vec::new();
    for rating in view.rating.iter().chain(&view.further_ratings) {
        for by in &rating.conversions {
            let value = format!("{} {} to {}", by.from, by.factor, by.to);
            let note = format!("{} version {}, row {}", by.conversion, by.version, by.row);
            steps.push(step("Converted", value, Some(note)));
        }
        let value = format!("{} version {}, row {}", rating.card, rating.version, rating.rate);
        let own = rating.own_price.as_ref().map(|own| format!("the customer's own price {own}"));
        steps.push(step("Rate", value, own));
        let before = format!("after {} in the billing period", rating.quantity_before);
        steps.push(step("Priced", rating.quantity.clone(), Some(before)));
        let exact = format!("{} {}", rating.charge_before_rounding, rating.unit);
        steps.push(step("Charge", exact, Some("before rounding".to_owned())));
    }
    for choice in &view.wallets {
        match choice.place {
            Some(place) => {
                let by = choice.converted_by.as_ref().map(|by| format!("converted by {by}"));
                steps.push(step(&format!("Wallet {place}"), choice.wallet.clone(), by));
            }
            None => {
                let why = choice.skipped.map(str::to_owned);
                steps.push(step("Skipped", choice.wallet.clone(), why));
            }
        }
    }
    for draw in &view.draws {
        let unit = draw.unit.clone().unwrap_or_default();
        let money = draw.money.as_ref().zip(draw.currency.as_ref());
        let money = money.map(|(money, currency)| format!(", {money} {currency}"));
        let value = format!("{} {unit}{}", draw.units, money.unwrap_or_default());
        let from = draw.lot.as_ref().map(|lot| format!("from lot {lot}"));
        let what = match draw.outcome {
            "overage" => "Overage",
            "free" => "Free",
            "refused" => "Refused",
            "held" => "Held",
            _ => "Drawn",
        };
        steps.push(step(what, value, draw.reason.clone().or(from)));
    }
    for (currency, value) in &view.value {
        steps.push(step("Value", format!("{value} {currency}"), None));
    }
    if let Some(cost) = &view.cost {
        let value = format!("{} {}", cost.charge_before_rounding, cost.unit);
        let by = format!("{} version {}, row {}", cost.card, cost.version, cost.rate);
        steps.push(step("Cost", value, Some(by)));
    }
    if let Some(cost) = &view.own_cost {
        steps.push(step("Cost", cost.clone(), Some("as the event says".to_owned())));
    }
    if let Some(margin) = &view.margin {
        steps.push(step("Margin", margin.clone(), None));
    }
    steps
}

/// What an event would cost under what is typed, and who would pay.
///
/// # Errors
/// When a cell cannot be read, something is wrong with the rates, or the event is none.
#[tauri::command]
#[specta::specta]
pub async fn try_card_event(
    desk: State<'_, Desk>,
    typed: TypedSheet,
    event: SupposedEvent,
) -> Result<PricedEvent, Failure> {
    let read = typed.read(&desk)?;
    let usage = Hypothetical {
        customer: parse(event.customer.trim())?,
        meter: parse(event.meter.trim())?,
        quantity: parse(event.quantity.trim())?,
        dimensions: event.dimensions,
        at: now()?,
    };
    let view = try_event(&desk.books().await?, &read.typed(), usage).await?;
    Ok(PricedEvent {
        at: view.occurred_at.clone(),
        refused: view.refused.map(str::to_owned),
        charge: view.charge.clone(),
        steps: steps(&view),
    })
}
