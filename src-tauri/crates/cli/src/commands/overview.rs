//! `overview` and `customers`.

use std::collections::BTreeMap;

use scrip_app::customers::{CustomerFilter, customers as find};
use scrip_app::overview::{OverviewView, Reading, overview as look};
use scrip_store::Mode as Access;

use super::inspect::optional;
use super::{instant, open};
use crate::args::{Args, AsOf, Customers};
use crate::edge::looking;
use crate::failure::Failure;
use crate::output::Output;
use crate::text::{counted, grid};

/// Amounts by unit, in one line.
fn sums(sums: &BTreeMap<String, String>) -> String {
    let texts: Vec<_> = sums.iter().map(|(unit, amount)| format!("{amount} {unit}")).collect();
    if texts.is_empty() { "nothing".to_owned() } else { texts.join(", ") }
}

pub(crate) async fn overview(args: &Args, as_of: &AsOf, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let edge = looking(args.actor.as_deref())?;
    let as_of = match &as_of.as_of {
        Some(text) => Some(instant(&books, ("as-of", Some(text)), edge.now).await?),
        None => None,
    };
    let bar = out.progress("Reading");
    let view = look(&books, Reading { now: edge.now, as_of }, &mut |_, read, total| {
        bar.set_length(total);
        bar.set_position(read);
        std::ops::ControlFlow::Continue(())
    })
    .await;
    bar.finish_and_clear();
    let view = view?;
    show(&view, out);
    out.result(&view);
    Ok(())
}

fn show(view: &OverviewView, out: &mut Output) {
    out.line(format!("{} as of {}", view.entity, view.as_of));
    let ties = match view.ties {
        Some(true) => "; lots tie with the accounts",
        Some(false) => "; lots do NOT tie with the accounts",
        None => ", from the entries that count by then",
    };
    out.line(format!("Deferred: {}{ties}", sums(&view.deferred)));
    if view.is_behind {
        out.line(format!("Nothing is booked later than {}.", view.month));
    }
    out.line("");
    let moved = |m: &&scrip_app::overview::EarnedView| {
        [&m.usage, &m.breakage, &m.overage, &m.other, &m.contra, &m.deferred]
            .iter()
            .any(|text| text.contains(|c: char| ('1'..='9').contains(&c)))
    };
    let rows: Vec<_> = view
        .months
        .iter()
        .filter(moved)
        .map(|m| {
            [&m.month, &m.usage, &m.breakage, &m.overage, &m.other, &m.contra, &m.net, &m.deferred]
                .into_iter()
                .chain([&m.currency])
                .cloned()
                .collect()
        })
        .collect();
    let headings =
        ["Month", "Usage", "Breakage", "Overage", "Other", "Contra", "Revenue", "Deferred", ""];
    grid(out, &headings, &[1, 2, 3, 4, 5, 6, 7], &rows);
    out.line("");
    for class in &view.expiring {
        out.line(format!(
            "Expires within {} days: {} of {}, {}; releases {}",
            class.days,
            counted(class.lots, "lot"),
            counted(class.customers, "customer"),
            sums(&class.units),
            sums(&class.revenue)
        ));
    }
    out.line("");
    out.line(format!("Run dry within 30 days: {}", counted(view.runs_dry_count, "wallet")));
    let rows: Vec<_> = view
        .runs_dry
        .iter()
        .map(|dry| {
            let (customer, wallet) = (dry.customer.clone(), dry.wallet.clone());
            let (left, unused) = (dry.available.clone(), dry.unused.clone());
            vec![dry.day.clone(), customer, wallet, left, unused, dry.unit.clone()]
        })
        .collect();
    if !rows.is_empty() {
        grid(out, &["Day", "Customer", "Wallet", "Left", "Expires unused", ""], &[3, 4], &rows);
    }
    out.line(format!("Alerts in the last 30 days: {}", view.alert_count));
}

pub(crate) async fn customers(
    args: &Args,
    wanted: &Customers,
    out: &mut Output,
) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let edge = looking(args.actor.as_deref())?;
    let filter = CustomerFilter {
        search: wanted.search.clone(),
        plan: wanted.plan.clone(),
        country: wanted.country.clone(),
        tag: wanted.tag.clone(),
    };
    let after = optional("after", wanted.after.as_ref())?;
    let now = instant(&books, ("as-of", wanted.as_of.as_deref()), edge.now).await?;
    let view = find(&books, &filter, (after.as_ref(), wanted.limit), now).await?;
    let rows: Vec<_> = view
        .customers
        .iter()
        .map(|row| {
            let held: BTreeMap<String, String> = row
                .wallets
                .iter()
                .map(|wallet| {
                    (format!("{} in {}", wallet.unit, wallet.wallet), wallet.available.clone())
                })
                .collect();
            vec![
                row.customer.clone(),
                row.name.clone(),
                row.plan.clone().unwrap_or_default(),
                sums(&held),
                sums(&row.deferred),
                row.entries.to_string(),
            ]
        })
        .collect();
    grid(out, &["Customer", "Name", "Plan", "Available", "Deferred", "Entries"], &[5], &rows);
    out.line(format!("{} of {} match.", view.matching, counted(view.total, "customer")));
    if let Some(next) = &view.next {
        out.line(format!("More with --after {next}."));
    }
    out.result(&view);
    Ok(())
}
