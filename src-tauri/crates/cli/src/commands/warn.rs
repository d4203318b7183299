//! `alerts` and `burn-rate`.

use scrip_app::burning::{self, DepletionView, RateView};
use scrip_app::query;
use scrip_store::Mode as Access;
use scrip_units::{CustomerCode, Instant, WalletCode};

use super::inspect::parse;
use super::{instant, open};
use crate::args::{Alerts, Args, BurnRate};
use crate::edge::looking;
use crate::failure::Failure;
use crate::output::Output;
use crate::text::{counted, grid};

pub(crate) async fn burn_rate(
    args: &Args,
    rate: &BurnRate,
    out: &mut Output,
) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let now = looking(args.actor.as_deref())?.now;
    let as_of = instant(&books, ("as-of", rate.as_of.as_deref()), now).await?;
    let customer: CustomerCode = parse("customer", rate.of.code())?;
    let wallet: Option<WalletCode> =
        rate.wallet.as_ref().map(|text| parse("wallet", text)).transpose()?;
    let view = burning::burn_rate(&books, &customer, wallet.as_ref(), as_of).await?;
    out.line(format!("{} as of {}", view.customer, view.as_of));
    out.line("");
    let a_day = |rate: &Option<RateView>| match rate {
        Some(rate) => rate.per_day.clone(),
        None => "-".to_owned(),
    };
    let on = |found: &Option<DepletionView>| match found {
        Some(found) => found.day.clone(),
        None => "-".to_owned(),
    };
    let rows: Vec<_> = view
        .wallets
        .iter()
        .map(|wallet| {
            vec![
                wallet.wallet.clone(),
                wallet.unit.clone(),
                wallet.available.clone(),
                a_day(&wallet.last_1),
                a_day(&wallet.last_7),
                a_day(&wallet.last_30),
                on(&wallet.expected),
                on(&wallet.earliest),
                on(&wallet.latest),
                wallet
                    .expected
                    .as_ref()
                    .map_or_else(|| "-".to_owned(), |found| found.unused.clone()),
            ]
        })
        .collect();
    let headings = [
        "Wallet",
        "Unit",
        "Available",
        "1 day",
        "7 days",
        "30 days",
        "Runs out",
        "Earliest",
        "Latest",
        "Expires unused",
    ];
    grid(out, &headings, &[2, 3, 4, 5, 9], &rows);
    out.result(&view);
    Ok(())
}

pub(crate) async fn alerts(args: &Args, alerts: &Alerts, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let since = instant(&books, ("since", alerts.since.as_deref()), Instant::MIN).await?;
    let customer: Option<CustomerCode> =
        alerts.customer.as_ref().map(|text| parse("customer", text)).transpose()?;
    if let Some(customer) = &customer {
        query::check_customer(&books, customer).await?;
    }
    let found = burning::alerts(&books, customer.as_ref(), since).await?;
    let rows: Vec<_> = found
        .iter()
        .map(|alert| {
            let figures: Vec<_> =
                alert.figures.iter().map(|(name, figure)| format!("{name} {figure}")).collect();
            vec![
                alert.at.clone(),
                alert.customer.clone(),
                alert.wallet.clone(),
                alert.code.clone(),
                figures.join(", "),
            ]
        })
        .collect();
    grid(out, &["Seen at", "Customer", "Wallet", "Alert", "Figures"], &[], &rows);
    out.line(format!("{}.", counted(found.len() as u64, "alert")));
    out.result(&serde_json::json!({ "alerts": found }));
    Ok(())
}
