//! What posted events were charged, as a ledger keeps it: operations that take usage back are completed
//! with it before the engine applies them.

use std::collections::BTreeMap;

use scrip_catalog::Catalog;
use scrip_engine::{Applied, Detail, DetailRow, Outcome};
use scrip_units::{Amount, Date, Unit};
use serde_json::{Value, json};

/// Posted events by customer and key, with the customer's billing day then.
#[derive(Debug, Clone, Default)]
pub struct Charged(BTreeMap<(String, String), (Value, u8)>);

fn billing_day(catalog: &Catalog, customer: &str) -> u8 {
    let customers = catalog.document().customers.iter();
    let mut named = customers.filter(|one| one.code.as_str() == customer);
    named.next().map_or(1, |one| one.billing_day)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(unit: Unit, steps: i64) -> Value {
    let shown = Amount::from_steps(unit, steps).to_string();
    shown.split(' ').next().unwrap_or_default().into()
}

impl Charged {
    /// Adds what the ledger knows of the events that an operation takes back.
    pub fn complete(&self, catalog: &Catalog, operation: &mut Value) {
        let customer = text(&operation["customer"]);
        let keys: Vec<String> = match operation["op"].as_str() {
            Some("reverse_usage") => {
                operation["keys"].as_array().into_iter().flatten().map(text).collect()
            }
            Some("record_usage") => {
                let events = operation["events"].as_array().into_iter().flatten();
                events.filter_map(|event| event["supersedes"].as_str()).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        let now = billing_day(catalog, &customer);
        let known = keys.into_iter().filter_map(|key| self.0.get(&(customer.clone(), key)));
        let posted: Vec<_> = known
            .map(|(posted, then)| {
                let mut posted = posted.clone();
                if *then != now {
                    posted["billing_day"] = (*then).into();
                }
                posted
            })
            .collect();
        if !posted.is_empty() {
            operation["posted"] = json!(posted);
        }
    }

    /// Takes note of the events of an operation.
    pub fn note(
        &mut self,
        (catalog, closed): (&Catalog, Option<Date>),
        operation: &Value,
        applied: &Applied,
    ) {
        let customer = text(&operation["customer"]);
        for (place, event) in operation["events"].as_array().into_iter().flatten().enumerate() {
            let rows = applied.detail.iter().flat_map(|detail| {
                let own = detail.rows.iter().filter(|row| row.place.row as usize == place);
                own.map(move |row| (detail, row))
            });
            let rows: Vec<_> = rows.collect();
            let Some((_, first)) = rows.first() else { continue };
            let posted_as = match first.outcome {
                Outcome::Free => "free",
                Outcome::Refused(_) => "refused",
                Outcome::Drawn { .. } | Outcome::Overage { .. } => "charged",
            };
            let mut event = event.clone();
            if event["occurred_at"].is_null() {
                event["occurred_at"] = operation["at"].clone();
            }
            if let Some(members) = event.as_object_mut() {
                members.remove("supersedes");
            }
            let key = (customer.clone(), text(&event["key"]));
            let draws = rows.iter().filter(|_| posted_as == "charged");
            let draws: Vec<_> =
                draws.filter_map(|(detail, row)| draw(catalog, (detail, row), &event)).collect();
            let mut posted = json!({ "event": event, "as": posted_as, "draws": draws });
            if let Some(closed) = closed {
                posted["closed_through"] = closed.to_string().into();
            }
            let then = billing_day(catalog, &customer);
            self.0.entry(key).or_insert((posted, then));
        }
    }
}

fn draw(catalog: &Catalog, (detail, row): (&Detail, &DetailRow), event: &Value) -> Option<Value> {
    let key = &detail.rates[row.rate as usize];
    let rate = &key.rate;
    let card = catalog.card(&rate.card)?;
    let version = card.versions.iter().find(|v| v.version == rate.version)?;
    let priced = version.rates.iter().find(|own| own.code == rate.rate)?;
    let meter = catalog.meter(&event["meter"].as_str()?.parse().ok()?)?;
    let quantity_unit = catalog.unit(priced.quantity_unit.unwrap_or(meter.unit))?;
    let mut draw = json!({
        "rate": { "card": rate.card, "version": rate.version, "row": rate.rate },
        "units": number(key.unit, row.units),
    });
    if row.quantity != 0 {
        draw["quantity"] = number(quantity_unit, row.quantity);
    }
    if key.unit.code() != card.unit {
        draw["unit"] = key.unit.code().to_string().into();
    }
    match (row.outcome, key.currency) {
        (Outcome::Drawn { lot: Some(lot) }, _) => {
            draw["lot"] = detail.lots[lot as usize].0.as_str().into();
        }
        (Outcome::Overage { wallet }, Some(currency)) => {
            draw["money"] = number(currency, row.money);
            if let Some(wallet) = wallet {
                draw["overdrawn"] = detail.wallets[wallet as usize].as_str().into();
            }
        }
        _ => {}
    }
    Some(draw)
}
