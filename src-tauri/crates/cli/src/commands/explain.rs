//! `explain`.

use std::collections::BTreeMap;

use scrip_app::explain::DrawView;
use scrip_app::query::{self, ExplainView, Hypothetical};
use scrip_store::Mode as Access;
use scrip_units::{CustomerCode, EventKey};

use super::inspect::{optional, parse};
use super::{instant, open};
use crate::args::{Args, Explain};
use crate::edge::looking;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) async fn explain(
    args: &Args,
    explain: &Explain,
    out: &mut Output,
) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let customer: Option<CustomerCode> = optional("customer", explain.customer.as_ref())?;
    let view = match (&explain.key, customer, &explain.meter, &explain.quantity) {
        (Some(key), customer, _, _) => {
            let key: EventKey = parse("key", key)?;
            query::explain_event(&books, customer.as_ref(), &key).await?
        }
        (None, Some(customer), Some(meter), Some(quantity)) => {
            let edge = looking(args.actor.as_deref())?;
            let usage = Hypothetical {
                customer,
                meter: parse("meter", meter)?,
                quantity: parse("quantity", quantity)?,
                dimensions: dimensions(&explain.dimension)?,
                at: instant(&books, ("at", explain.at.as_deref()), edge.now).await?,
            };
            query::explain_hypothetical(&books, &usage).await?
        }
        _ => {
            return Err(Failure::usage(
                "--hypothetical needs --customer, --meter and --quantity".to_owned(),
            ));
        }
    };
    print(out, &view);
    out.result(&view);
    Ok(())
}

fn dimensions(texts: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let mut dimensions = BTreeMap::new();
    for text in texts {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Failure::usage(format!("--dimension: {text:?} is not of the form name=value"))
        })?;
        if dimensions.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(Failure::usage(format!("--dimension: {name} is given twice")));
        }
    }
    Ok(dimensions)
}

fn print(out: &mut Output, view: &ExplainView) {
    out.line(format!("Event      {}", view.key));
    let member = view.member.as_ref().map_or(String::new(), |m| format!(", member {m}"));
    out.line(format!("Customer   {}{member}", view.customer));
    let dimensions: Vec<_> = view.dimensions.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let of = match dimensions.is_empty() {
        true => String::new(),
        false => format!(" ({})", dimensions.join(", ")),
    };
    out.line(format!("Usage      {} of {}{of}", view.quantity, view.meter));
    match (view.source, &view.operation) {
        ("archive", _) => {
            out.line(format!("Occurred   {}, received {}", view.occurred_at, view.received_at));
            out.line(format!("Archived   segment {}, row {}", view.segment, view.row));
        }
        (_, Some(operation)) => {
            out.line(format!("Occurred   {}, received {}", view.occurred_at, view.received_at));
            out.line(format!("Operation  {operation}, event {}", view.row + 1));
        }
        _ => out.line(format!("Supposed   to occur {}; nothing is recorded", view.occurred_at)),
    }
    rating(out, view);
    for choice in &view.wallets {
        match (choice.place, choice.skipped) {
            (Some(place), _) => {
                let by = choice.converted_by.as_ref().map(|by| format!(", converted by {by}"));
                out.line(format!("Wallet {place}   {}{}", choice.wallet, by.unwrap_or_default()));
            }
            (None, skipped) => {
                out.line(format!("Skipped    {}: {}", choice.wallet, skipped.unwrap_or_default()));
            }
        }
    }
    if view.source == "archive" && !view.posted {
        out.line("Not posted yet.");
    }
    draws(out, view);
    for (currency, value) in &view.value {
        out.line(format!("Value      {value} {currency}"));
    }
    if let Some(cost) = &view.cost {
        out.line(format!(
            "Cost       {} {} by cost card {} version {}, row {}",
            cost.charge_before_rounding, cost.unit, cost.card, cost.version, cost.rate
        ));
    }
    if let Some(cost) = &view.own_cost {
        out.line(format!("Cost       {cost}, as the event says"));
    }
    if let Some(margin) = &view.margin {
        out.line(format!("Margin     {margin}"));
    }
}

fn rating(out: &mut Output, view: &ExplainView) {
    for rating in view.rating.iter().chain(&view.further_ratings) {
        for step in &rating.conversions {
            out.line(format!(
                "Converted  {} version {}, row {}: {} {} to {}",
                step.conversion, step.version, step.row, step.from, step.factor, step.to
            ));
        }
        out.line(format!(
            "Rate       {} version {}, row {}",
            rating.card, rating.version, rating.rate
        ));
        if let Some(own) = &rating.own_price {
            out.line(format!("Agreed     the customer's own price {own}"));
        }
        out.line(format!(
            "Priced     {} after {} in the billing period",
            rating.quantity, rating.quantity_before
        ));
        out.line(format!(
            "Charge     {} {} before rounding",
            rating.charge_before_rounding, rating.unit
        ));
    }
    if let Some(charge) = &view.charge {
        out.line(format!("Charged    {charge}"));
    }
    if let Some(refused) = view.refused {
        out.line(format!("Refused    {refused}"));
    }
}

fn draws(out: &mut Output, view: &ExplainView) {
    let title = if view.source == "hypothetical" { "Would be" } else { "Posted" };
    view.draws.iter().for_each(|draw| draw_line(out, (view, title), draw));
    if let Some(reversed) = &view.reversed {
        let by = reversed.superseded_by.as_ref();
        let by = by.map_or(String::new(), |key| format!(", superseded by {key}"));
        let why = reversed.reason.as_ref().map_or(String::new(), |why| format!(": {why}"));
        let (operation, at) = (&reversed.operation, &reversed.at);
        out.line(format!("Reversed   by {operation} at {at}{by}{why}"));
        reversed.draws.iter().for_each(|draw| draw_line(out, (view, "Returned"), draw));
    }
}

fn draw_line(out: &mut Output, (view, title): (&ExplainView, &str), draw: &DrawView) {
    let unit = draw.unit.clone().unwrap_or_default();
    let from = draw.lot.as_ref().map_or(String::new(), |lot| format!(" from lot {lot}"));
    let at = draw.rate.as_ref().filter(|_| !view.further_ratings.is_empty());
    let at = at.map_or(String::new(), |rate| format!(" at {rate}"));
    let money = match (&draw.money, &draw.currency) {
        (Some(money), Some(currency)) => format!(", {money} {currency}"),
        _ => String::new(),
    };
    let entry = draw.entry.map_or(String::new(), |entry| format!(", entry {entry}"));
    let reason = draw.reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
    out.line(format!(
        "{title:<10} {}{reason}: {} {unit}{from}{at}{money}{entry}",
        draw.outcome, draw.units
    ));
}
