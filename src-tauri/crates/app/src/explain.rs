//! The explanation of an event, from the quantity used to who paid, whether it is posted, archived
//! or only supposed.

use std::collections::BTreeMap;
use std::sync::Arc;

use scrip_catalog::{Burns, Catalog};
use scrip_engine::operation::{OnRefusal, RecordUsage};
use scrip_engine::{Action, Book, CustomerBook, InlineEvent, Operation, apply};
use scrip_rating::delivery::own_in_steps;
use scrip_rating::explain::{decimal_text, explain};
use scrip_rating::{
    Delivered, Delivery, Explanation, Place, PricedRate, Rater, Route, Shape, Under, UsageEvent,
};
use scrip_store::LedgerStore;
use scrip_units::{
    Actor, Amount, CustomerCode, EventKey, Exact, Instant, LotId, MeterCode, Number, OperationId,
    Unit, parse_steps,
};
use scrip_usage::{ArchivedEvent, DetailOutcome, DetailRow};
use scrip_wallet::draw::skipped_because;
use scrip_wallet::{Funding, candidates, crossings};
use serde::Serialize;

use crate::detail::detail_rows;
use crate::draws::{EventDraws, EventSource, event_draws, read_detail};
use crate::error::AppError;
use crate::exchange::book_of_catalog;
use crate::query::{LotExchangeView, book_of, catalog, lot_exchange, steps_text};
use crate::workspace::Workspace;

/// What one lot, or overage, paid for an event.
#[derive(Debug, Clone, Serialize)]
pub struct DrawView {
    /// `drawn`, `held` (by a draft invoice, until it is final), `overage`, `free` or `refused`.
    pub outcome: &'static str,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The rate: `card@version/row`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// Wallet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wallet: Option<String>,
    /// Lot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// Units charged.
    pub units: String,
    /// Unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Money recognised or charged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub money: Option<String>,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The exchange rate of the lot's day, for a lot bought in another currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<LotExchangeView>,
    /// Entry of the customer's chain; absent when it caused no posting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
}

/// A wallet that did or did not pay.
#[derive(Debug, Clone, Serialize)]
pub struct WalletChoiceView {
    /// Wallet.
    pub wallet: String,
    /// Its place in the order, from 1; absent when it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<usize>,
    /// Why it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<&'static str>,
    /// The conversion by which a wallet of another unit pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted_by: Option<String>,
}

/// Everything about an event: where it is, how it was priced, who paid.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainView {
    /// Key.
    pub key: String,
    /// Customer.
    pub customer: String,
    /// Member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Meter.
    pub meter: String,
    /// Quantity, with its unit.
    pub quantity: String,
    /// Dimension values.
    pub dimensions: BTreeMap<String, String>,
    /// When it occurred.
    pub occurred_at: String,
    /// When it was received.
    pub received_at: String,
    /// `archive`, `operation` or `hypothetical`.
    pub source: &'static str,
    /// The operation it came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Segment of the archive; 0 for an event that came inside an operation.
    pub segment: u32,
    /// Row of the segment, or place in the operation.
    pub row: u32,
    /// Whether it is posted.
    pub posted: bool,
    /// How it was priced; absent when it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<Explanation>,
    /// How the parts were priced that further lots paid for, when lots keep the rates at which they
    /// were bought.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub further_ratings: Vec<Explanation>,
    /// What was charged, in units of the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charge: Option<String>,
    /// Revenue recognised and overage charged, by currency.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub value: BTreeMap<String, String>,
    /// What delivering it cost: the row of the cost card, and the cost as the exact charge of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Explanation>,
    /// What delivering it cost, as the event says itself; where both are known, the one that counts is
    /// given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_cost: Option<String>,
    /// The value less the cost, exactly, where both are in one currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<String>,
    /// Why it cannot be priced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<&'static str>,
    /// Wallets considered, in order, with the reason of those skipped.
    pub wallets: Vec<WalletChoiceView>,
    /// Who paid.
    pub draws: Vec<DrawView>,
    /// How it was taken back, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reversed: Option<ReversedView>,
}

/// How an event was taken back.
#[derive(Debug, Clone, Serialize)]
pub struct ReversedView {
    /// The operation that took it back.
    pub operation: String,
    /// When.
    pub at: String,
    /// Why, if the operation says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The event that stands in for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
    /// What went back, below zero.
    pub draws: Vec<DrawView>,
}

/// Usage that did not happen.
#[derive(Debug, Clone)]
pub struct Hypothetical {
    /// Whose usage it would be.
    pub customer: CustomerCode,
    /// The meter.
    pub meter: MeterCode,
    /// Quantity in the meter's unit.
    pub quantity: Number,
    /// Dimension values.
    pub dimensions: BTreeMap<String, String>,
    /// When it would occur.
    pub at: Instant,
}

/// Explains an event, posted or not, from the archive or from an operation.
///
/// # Errors
/// [`AppError::UnknownEvent`], or the store's and the archive's.
pub async fn explain_event<S: LedgerStore>(
    workspace: &Workspace<S>,
    customer: Option<&CustomerCode>,
    key: &EventKey,
) -> Result<ExplainView, AppError> {
    let draws = event_draws(workspace, customer, key).await?;
    let catalog = catalog(workspace).await?;
    let state = book_of(workspace, &draws.event.customer).await?;
    let book = book_of_catalog(workspace, catalog).await?;
    let mut view = view(&book, &state, &draws);
    if let Some(operation) = state.reversed.get(key) {
        let of = (&draws.event, &state);
        view.reversed = Some(reversed(workspace, &book.catalog, of, (key, operation)).await?);
    }
    Ok(view)
}

async fn reversed<S: LedgerStore>(
    workspace: &Workspace<S>,
    catalog: &Catalog,
    (event, state): (&ArchivedEvent, &CustomerBook),
    (key, id): (&EventKey, &OperationId),
) -> Result<ReversedView, AppError> {
    let what = || format!("operation {id}");
    let stored = workspace.store().operation(id).await?;
    let stored = stored.ok_or_else(|| AppError::stored(what(), "it is missing"))?;
    let operation = Operation::from_json(&stored.operation.body)
        .map_err(|error| AppError::stored(what(), error))?;
    let (row, superseded_by) = match &operation.action {
        Action::RecordUsage(action) => {
            let of_key = |event: &InlineEvent| event.supersedes.as_ref() == Some(key);
            let place = action.events.iter().position(of_key);
            let by = place.map(|place| action.events[place].key.to_string());
            (place.map(|place| action.events.len() + place), by)
        }
        Action::ReverseUsage(action) => (action.keys.iter().position(|own| own == key), None),
        _ => (None, None),
    };
    let mut draws = Vec::new();
    for stored in workspace.store().operation_details(id).await? {
        let detail = read_detail(id, &stored)?;
        let rows = detail_rows(&detail).filter(|own| Some(own.row as usize) == row);
        draws.extend(rows.map(|row| draw_view(&row, event, (catalog, state))));
    }
    Ok(ReversedView {
        operation: id.to_string(),
        at: operation.at.to_string(),
        reason: operation.reason,
        superseded_by,
        draws,
    })
}

/// Explains usage that did not happen, as if it were recorded now: the engine rates and burns it on
/// a copy of the customer's book, and the copy is thrown away.
///
/// # Errors
/// [`AppError::Rejected`] for what `record_usage` refuses, or the store's.
pub async fn explain_hypothetical<S: LedgerStore>(
    workspace: &Workspace<S>,
    usage: &Hypothetical,
) -> Result<ExplainView, AppError> {
    let catalog = catalog(workspace).await?;
    explain_hypothetical_under(workspace, catalog, usage).await
}

/// As [`explain_hypothetical`], under another configuration than the one in force.
///
/// # Errors
/// As there.
pub async fn explain_hypothetical_under<S: LedgerStore>(
    workspace: &Workspace<S>,
    catalog: Arc<Catalog>,
    usage: &Hypothetical,
) -> Result<ExplainView, AppError> {
    let state = book_of(workspace, &usage.customer).await?;
    let mut book = book_of_catalog(workspace, Arc::clone(&catalog)).await?;
    book.posted_until = crate::usage::posted_until(workspace.store()).await?;
    book.customers.insert(usage.customer.clone(), state.clone());
    let name = "hypothetical";
    let argument = |error: &dyn std::fmt::Display| AppError::Argument(error.to_string());
    let key = EventKey::try_new(name).map_err(|e| argument(&e))?;
    let operation = Operation {
        id: OperationId::try_new(name).map_err(|e| argument(&e))?,
        at: usage.at,
        actor: Actor::try_new(name).map_err(|e| argument(&e))?,
        reason: None,
        approval: None,
        action: Action::RecordUsage(RecordUsage {
            customer: usage.customer.clone(),
            events: vec![InlineEvent {
                key: key.clone(),
                meter: usage.meter.clone(),
                quantity: usage.quantity,
                dimensions: usage.dimensions.clone(),
                member: None,
                occurred_at: None,
                delivery_cost: None,
                supersedes: None,
            }],
            on_refusal: OnRefusal::Record,
            posted: Vec::new(),
        }),
    };
    let applied = apply(&mut book, &operation, None)?;
    let unit = catalog.meter(&usage.meter).and_then(|meter| catalog.unit(meter.unit));
    let quantity = unit.map_or(Ok(0), |unit| {
        parse_steps(&usage.quantity.to_string(), unit.scale(), unit.code().as_str())
    });
    let draws = EventDraws {
        event: ArchivedEvent {
            segment: 0,
            row: 0,
            key,
            customer: usage.customer.clone(),
            member: None,
            meter: usage.meter.clone(),
            dimensions: usage.dimensions.clone(),
            quantity: quantity.map_err(|e| argument(&e))?,
            delivery_cost: None,
            occurred_at: usage.at,
            received_at: usage.at,
        },
        source: EventSource::Operation(operation.id),
        rows: applied.detail.iter().flat_map(detail_rows).collect(),
    };
    let mut view = view(&book, &state, &draws);
    view.source = name;
    view.operation = None;
    // The entry that it would have is not in the ledger.
    view.draws.iter_mut().for_each(|draw| draw.entry = None);
    view.posted = false;
    Ok(view)
}

fn view(book: &Book, state: &CustomerBook, draws: &EventDraws) -> ExplainView {
    let EventDraws { event, source, rows } = draws;
    let catalog = &book.catalog;
    let shape = shape(event);
    let unit = catalog.meter(&event.meter).and_then(|m| catalog.unit(m.unit));
    let (source, operation) = match source {
        EventSource::Archive => ("archive", None),
        EventSource::Operation(id) => ("operation", Some(id.to_string())),
    };
    let mut view = ExplainView {
        key: event.key.to_string(),
        customer: event.customer.to_string(),
        member: event.member.as_ref().map(ToString::to_string),
        meter: event.meter.to_string(),
        quantity: unit.map_or_else(
            || event.quantity.to_string(),
            |u| Amount::from_steps(u, event.quantity).to_string(),
        ),
        dimensions: event.dimensions.clone(),
        occurred_at: event.occurred_at.to_string(),
        received_at: event.received_at.to_string(),
        source,
        operation,
        segment: event.segment,
        row: event.row,
        posted: !rows.is_empty(),
        rating: None,
        further_ratings: Vec::new(),
        charge: None,
        value: value(rows, catalog),
        cost: None,
        own_cost: None,
        margin: None,
        refused: None,
        wallets: Vec::new(),
        draws: rows.iter().map(|row| draw_view(row, event, (catalog, state))).collect(),
        reversed: None,
    };
    match delivered(catalog, &shape, event) {
        (Delivered::Own(own), _) => {
            view.margin = own_in_steps(&own).and_then(|cost| margin(rows, cost));
            view.own_cost = Some(format!("{} {}", own.amount, own.currency));
        }
        (Delivered::Card(rate), quantity) => {
            if let Some((cost, exact)) = by_card(&rate, quantity) {
                view.margin = margin(rows, (exact, rate.unit));
                view.cost = Some(cost);
            }
        }
        (Delivered::Unknown, _) => {}
    }
    // What was posted is explained by the card that priced it, whatever cards the customer has now.
    let card = rows.first().and_then(|row| row.card.as_deref()?.parse().ok());
    let under = Under { billing_day: None, card: card.as_ref() };
    match book.rater.route_under(&event.customer, &shape, event.occurred_at, under) {
        Route::Free { .. } => {}
        Route::Refused(refusal) => {
            view.refused = Some(scrip_engine::refusal::refusal_in_words(refusal));
        }
        Route::Priced { rate, conversions } => {
            view.rating = match rows.first() {
                None => explain(&rate, &conversions, event.quantity, 0),
                // The first row of a posted event carries the quantity it was priced with.
                Some(row) => {
                    let rate = rate_of(book, state, (&shape, event), (&rate, row));
                    explain(&rate, &conversions, row.converted, row.quantity_before)
                }
            };
            let further = rows.windows(2).filter(|rows| begins_part(&rows[0], &rows[1]));
            let further = further.filter_map(|rows| {
                let rate = rate_of(book, state, (&shape, event), (&rate, &rows[1]));
                explain(&rate, &[], rows[1].converted, rows[1].quantity_before)
            });
            view.further_ratings = further.collect();
            if !rows.is_empty() {
                view.charge = Some(charge(rows, rate.unit, catalog));
            }
            let funding = Funding {
                unit: rate.unit.code(),
                meter: &shape.meter,
                dimensions: &shape.dimensions,
                wallet_types: &rate.wallet_types,
                at: event.occurred_at,
            };
            view.wallets = choices((catalog, &book.rater), state, (&funding, &shape));
        }
    }
    view
}

/// What delivering an event cost, by itself or by the cost card in force when it occurred, and the
/// quantity that the card counts.
fn delivered(catalog: &Catalog, shape: &Shape, event: &ArchivedEvent) -> (Delivered, i64) {
    let Ok(delivery) = Delivery::compile(catalog) else { return (Delivered::Unknown, 0) };
    let usage = UsageEvent {
        occurred_at: event.occurred_at,
        quantity: event.quantity,
        shape: 0,
        place: Place { segment: event.segment, row: event.row },
        key_order: 0,
        member: u32::MAX,
    };
    let own = event.delivery_cost.as_ref();
    let cost = delivery.of(&mut None, (&event.customer, shape), (&usage, own));
    (cost, delivery.quantity(shape, &usage))
}

/// What a row of a cost card makes of a quantity.
fn by_card(rate: &Arc<PricedRate>, quantity: i64) -> Option<(Explanation, Exact)> {
    let exact = Exact::ratio(rate.curve.total(quantity).ok()?, rate.curve.denominator()).ok()?;
    Some((explain(rate, &[], quantity, 0)?, exact))
}

/// What rows earned less what it cost, when all of it is in one currency.
fn margin(rows: &[DetailRow], (cost, unit): (Exact, Unit)) -> Option<String> {
    let code = unit.code();
    let mut earned = 0;
    for row in rows {
        match &row.currency {
            Some(currency) if **currency == *code.as_str() => earned += row.money,
            Some(_) if row.money != 0 => return None,
            _ => {}
        }
    }
    let margin = Exact::whole(earned).try_sub(cost).ok()?;
    Some(format!("{} {code}", decimal_text(margin, unit)?))
}

/// What was charged, with what wallets of other units gave beside it.
fn charge(rows: &[DetailRow], unit: Unit, catalog: &Catalog) -> String {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for row in rows {
        *sums.entry(&*row.unit).or_default() += row.units;
    }
    // The card's own unit first.
    let mut texts = Vec::new();
    if let Some(steps) = sums.remove(unit.code().as_str()) {
        texts.push(Amount::from_steps(unit, steps).to_string());
    }
    for (code, steps) in sums {
        let unit = code.parse().ok().and_then(|code| catalog.unit(code));
        texts.extend(unit.map(|unit| Amount::from_steps(unit, steps).to_string()));
    }
    texts.join(" and ")
}

/// Whether a row is the first of another part of the event, priced at another rate.
fn begins_part(before: &DetailRow, row: &DetailRow) -> bool {
    let rate = |row: &DetailRow| (row.card.clone(), row.version, row.rate.clone());
    row.converted != 0 || rate(before) != rate(row)
}

/// The rate that priced a row: what its lot honours, or another version of the row in force.
fn rate_of(
    book: &Book,
    state: &CustomerBook,
    (shape, event): (&Shape, &ArchivedEvent),
    (current, row): (&Arc<PricedRate>, &DetailRow),
) -> Arc<PricedRate> {
    let at = event.occurred_at;
    let lot = row.lot.as_ref().and_then(|lot| LotId::try_new(lot).ok());
    let bought = lot.and_then(|lot| {
        let lot = &state.lots[state.position(&lot)?];
        Some((lot.rates_as_of?, lot.rates_billed_on))
    });
    let honoured =
        bought.map(|at_of| book.rater.honoured((&event.customer, shape), current, at_of, at).0);
    let is_it = |rate: &Arc<PricedRate>| {
        rate.version == row.version && row.rate.as_deref() == Some(rate.rate.as_str())
    };
    honoured
        .into_iter()
        .chain([Arc::clone(current)])
        .find(is_it)
        .or_else(|| book.rater.rate_of(current, row.version))
        .unwrap_or_else(|| Arc::clone(current))
}

/// Money that the rows move, by currency.
fn value(rows: &[DetailRow], catalog: &Catalog) -> BTreeMap<String, String> {
    let mut sums: BTreeMap<&Arc<str>, i64> = BTreeMap::new();
    for row in rows {
        if let Some(currency) = &row.currency {
            *sums.entry(currency).or_default() += row.money;
        }
    }
    let texts = sums.into_iter().filter_map(|(code, steps)| {
        let unit = code.parse().ok().and_then(|code| catalog.unit(code))?;
        Some((code.to_string(), steps_text(steps, unit)))
    });
    texts.collect()
}

fn shape(event: &ArchivedEvent) -> Shape {
    let dimensions =
        event.dimensions.iter().map(|(n, v)| (Arc::from(n.as_str()), Arc::from(v.as_str())));
    Shape { meter: event.meter.clone(), dimensions: dimensions.collect() }
}

fn choices(
    (catalog, rater): (&Catalog, &Rater),
    book: &CustomerBook,
    (funding, shape): (&Funding<'_>, &Shape),
) -> Vec<WalletChoiceView> {
    let order = candidates(catalog, &book.wallets, funding);
    let mut views: Vec<_> = order
        .iter()
        .enumerate()
        .map(|(place, candidate)| WalletChoiceView {
            wallet: candidate.wallet.to_string(),
            place: Some(place + 1),
            skipped: None,
            converted_by: None,
        })
        .collect();
    let across = crossings(catalog, &book.wallets, &book.lots, funding);
    for crossing in &across {
        let conversion = rater.conversion((funding.unit, crossing.unit), shape, funding.at);
        let Some(conversion) = conversion else { continue };
        for wallet in &crossing.wallets {
            views.push(WalletChoiceView {
                wallet: wallet.to_string(),
                place: Some(views.len() + 1),
                skipped: None,
                converted_by: Some(format!(
                    "{} version {}, {}",
                    conversion.code, conversion.version, conversion.factor
                )),
            });
        }
    }
    let pays = |wallet: &scrip_units::WalletCode| across.iter().any(|c| c.wallets.contains(wallet));
    for wallet in book.wallets.values().filter(|wallet| !pays(&wallet.code)) {
        if let Some(reason) = skipped_because(catalog, wallet, funding) {
            views.push(WalletChoiceView {
                wallet: wallet.code.to_string(),
                place: None,
                skipped: Some(reason),
                converted_by: None,
            });
        }
    }
    views
}

fn draw_view(
    row: &DetailRow,
    event: &ArchivedEvent,
    (catalog, state): (&Catalog, &CustomerBook),
) -> DrawView {
    let lot = row.lot.as_ref().and_then(|lot| LotId::try_new(lot).ok());
    let lot = lot.and_then(|lot| state.position(&lot)).map(|at| &state.lots[at]);
    let waits = lot.is_some_and(|lot| {
        let version = catalog.wallet_type_at(&lot.wallet_type, event.occurred_at);
        version.is_some_and(|version| version.burns == Burns::Invoice)
    });
    let text = |steps: i64, unit: Option<&Arc<str>>| {
        let unit = unit.and_then(|code| code.parse().ok()).and_then(|code| catalog.unit(code));
        unit.map_or_else(|| steps.to_string(), |unit| steps_text(steps, unit))
    };
    DrawView {
        outcome: match row.outcome {
            DetailOutcome::Drawn if waits => "held",
            DetailOutcome::Drawn => "drawn",
            DetailOutcome::Overage => "overage",
            DetailOutcome::Free => "free",
            DetailOutcome::Rejected => "refused",
        },
        reason: row.reason.as_ref().map(ToString::to_string),
        rate: row
            .card
            .as_ref()
            .zip(row.rate.as_ref())
            .map(|(card, rate)| format!("{card}@{}/{rate}", row.version)),
        wallet: row.wallet.as_ref().map(ToString::to_string),
        lot: row.lot.as_ref().map(ToString::to_string),
        units: text(row.units, Some(&row.unit)),
        unit: Some(row.unit.to_string()).filter(|unit| !unit.is_empty()),
        money: row.currency.as_ref().map(|currency| text(row.money, Some(currency))),
        currency: row.currency.as_ref().map(ToString::to_string),
        exchange: lot.and_then(lot_exchange),
        entry: (row.entry > 0).then_some(row.entry),
    }
}
