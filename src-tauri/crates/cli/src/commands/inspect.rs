//! `balance`, `ledger`, `verify`, `status`.

use scrip_app::query;
use scrip_app::verify as verification;
use scrip_journal::EntryKind;
use scrip_store::{EntryFilter, Mode as Access, Page};
use scrip_units::{CustomerCode, Date, LotId, OperationId, PlanCode, read_day};

use super::write::print_entries;
use super::{instant, open};
use crate::args::{Args, Balance, Ledger};
use crate::edge::looking;
use crate::failure::Failure;
use crate::output::Output;
use crate::text::{counted, grid};

/// Reads an argument; the error names it.
pub(crate) fn parse<T>(name: &str, text: &str) -> Result<T, Failure>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|e| Failure::usage(format!("--{name}: {e}")))
}

pub(crate) fn optional<T>(name: &str, text: Option<&String>) -> Result<Option<T>, Failure>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.map(|text| parse(name, text)).transpose()
}

/// Reads a date; the error names the option.
pub(crate) fn day(option: &str, text: &str) -> Result<Date, Failure> {
    read_day(text).map_err(|e| Failure::usage(format!("--{option}: {e}")))
}

pub(crate) fn optional_day(option: &str, text: Option<&String>) -> Result<Option<Date>, Failure> {
    text.map(|text| day(option, text)).transpose()
}

/// Reads the name that people give to `what`: a draft or a preview.
pub(crate) fn named(option: &str, what: &'static str, text: &str) -> Result<PlanCode, Failure> {
    let name = PlanCode::try_new(text).map_err(|error| error.called(what));
    name.map_err(|e| Failure::usage(format!("--{option}: {e}")))
}

pub(crate) async fn balance(
    args: &Args,
    balance: &Balance,
    out: &mut Output,
) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let edge = looking(args.actor.as_deref())?;
    let as_of = instant(&books, ("as-of", balance.as_of.as_deref()), edge.now).await?;
    let customer: CustomerCode = parse("customer", balance.of.code())?;
    if balance.members {
        return members(&books, &customer, as_of, out).await;
    }
    let view = query::balance(&books, &customer, as_of).await?;
    out.line(format!("{} as of {}", view.customer, view.as_of));
    out.line("");
    // Most customers hold nothing, and the column would only be zeros.
    let holds =
        view.lots.iter().any(|lot| lot.held.contains(|c: char| c.is_ascii_digit() && c != '0'));
    let held = |text: &str| holds.then(|| text.to_owned());
    let table =
        |out: &mut Output, headings: &[&str], numbers: &[usize], rows: Vec<Vec<Option<String>>>| {
            let shown: Vec<&str> =
                headings.iter().copied().filter(|h| holds || *h != "Held").collect();
            let rows: Vec<Vec<String>> =
                rows.into_iter().map(|row| row.into_iter().flatten().collect()).collect();
            let right: Vec<usize> = numbers
                .iter()
                .filter_map(|n| shown.iter().position(|heading| *heading == headings[*n]))
                .collect();
            grid(out, &shown, &right, &rows);
        };
    let rows = view.wallets.iter().map(|w| {
        let (wallet, kind) = (Some(w.wallet.clone()), Some(w.wallet_type.clone()));
        vec![wallet, kind, Some(w.available.clone()), held(&w.held), Some(w.unit.clone())]
    });
    let headings = ["Wallet", "Type", "Available", "Held", "Unit"];
    table(out, &headings, &[2, 3], rows.collect());
    out.line("");
    let rows = view.lots.iter().map(|lot| {
        vec![
            Some(lot.lot.clone()),
            Some(lot.wallet.clone()),
            Some(lot.kind.to_owned()),
            Some(lot.issued.clone()),
            Some(lot.left.clone()),
            held(&lot.held),
            Some(lot.unit.clone()),
            Some(lot.carrying.clone().unwrap_or_default()),
            Some(lot.currency.clone().unwrap_or_default()),
            Some(lot.expires_at.clone().unwrap_or_else(|| "never".to_owned())),
            Some(lot.state.replace('_', " ")),
        ]
    });
    let headings = [
        "Lot", "Wallet", "Kind", "Issued", "Left", "Held", "Unit", "Carrying", "", "Expires",
        "State",
    ];
    table(out, &headings, &[3, 4, 5, 7], rows.collect());
    for (what, sums) in [
        ("Unbilled", &view.unbilled),
        ("Receivable", &view.receivable),
        ("Deferred fees", &view.deferred_fees),
    ] {
        for (currency, amount) in sums {
            out.line(format!("{what}: {amount} {currency}"));
        }
    }
    out.result(&view);
    Ok(())
}

/// `balance --members`: limits instead of lots.
async fn members(
    books: &super::Books,
    customer: &CustomerCode,
    as_of: scrip_units::Instant,
    out: &mut Output,
) -> Result<(), Failure> {
    let views = scrip_app::limits::limits(books, customer, as_of).await?;
    let rows: Vec<_> = views
        .iter()
        .map(|limit| {
            vec![
                format!("{} {}", limit.of, limit.code),
                limit.wallet_type.clone().unwrap_or_else(|| "all".to_owned()),
                limit.per.replace('_', " "),
                limit.from.clone(),
                limit.allowance.clone(),
                limit.used.clone(),
                limit.left.clone(),
                limit.unit.clone(),
            ]
        })
        .collect();
    out.line(format!("{customer} as of {as_of}"));
    out.line("");
    let headings = ["Who", "Wallets", "Per", "From", "Allowance", "Used", "Left", "Unit"];
    grid(out, &headings, &[4, 5, 6], &rows);
    out.result(&serde_json::json!({ "customer": customer, "as_of": as_of, "limits": views }));
    Ok(())
}

pub(crate) async fn ledger(args: &Args, ledger: &Ledger, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let kind = match &ledger.kind {
        None => None,
        Some(text) => {
            Some(EntryKind::ALL.iter().copied().find(|k| k.code() == text).ok_or_else(|| {
                let kinds: Vec<_> = EntryKind::ALL.iter().map(|k| k.code()).collect();
                Failure::usage(format!(
                    "--kind: {text:?} is not a kind of entry: use one of {}",
                    kinds.join(", ")
                ))
            })?)
        }
    };
    let customer = optional::<CustomerCode>("customer", ledger.customer.as_ref())?;
    if let Some(customer) = &customer {
        query::check_customer(&books, customer).await?;
    }
    let last: Option<Date> = optional_day("to", ledger.to.as_ref())?;
    let filter = EntryFilter {
        customer,
        booked_from: optional_day("from", ledger.from.as_ref())?,
        booked_before: last.and_then(|day| day.succ_opt()),
        kind,
        operation: optional::<OperationId>("operation", ledger.operation.as_ref())?,
        lot: optional::<LotId>("lot", ledger.lot.as_ref())?,
        ..EntryFilter::default()
    };
    let (entries, next) =
        query::entries(&books, &filter, Page::after(ledger.after, ledger.limit)).await?;
    print_entries(out, &entries);
    match next {
        Some(next) => out.line(format!("There may be more: go on with --after {next}.")),
        None => out.line(format!("{}.", counted(entries.len() as u64, "entry"))),
    }
    out.result(&serde_json::json!({ "entries": entries, "next": next }));
    Ok(())
}

pub(crate) async fn verify(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let view = verification::verify_folder(&books).await?;
    for check in &view.checks {
        let verdict = if check.findings.is_empty() { "ok   " } else { "WRONG" };
        out.line(format!("{verdict}  {} ({})", check.check, check.count));
        for finding in &check.findings {
            out.line(format!("         {finding}"));
        }
    }
    if !view.checkpoint.is_empty() {
        out.line(format!("Ledger checkpoint {}", view.checkpoint));
    }
    out.result(&view);
    if view.sound { Ok(()) } else { Err(Failure::Unsound) }
}

pub(crate) async fn status(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let view = query::status(&books).await?;
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let rows = [
        ("Workspace", view.workspace.clone()),
        (
            "Entity",
            format!("{} ({}, {})", text(&view.entity), text(&view.currency), text(&view.time_zone)),
        ),
        ("Configuration", view.config_revision.to_string()),
        (
            "Ledger",
            format!(
                "{}, {}, {} to {}",
                counted(view.entries, "entry"),
                counted(view.postings, "posting"),
                text(&view.first_day),
                text(&view.last_day)
            ),
        ),
        ("Customers", format!("{} with entries, {}", view.customers, counted(view.lots, "lot"))),
        (
            "Usage",
            format!(
                "{} in {}, to {}",
                counted(view.events, "event"),
                counted(view.segments, "segment"),
                text(&view.usage_until)
            ),
        ),
        ("Posted", format!("to {}", text(&view.posted_until))),
        ("Checkpoint", view.checkpoint.clone()),
    ];
    for (name, value) in rows {
        out.line(format!("{name:<14} {value}"));
    }
    if let (Some(part), Some(ledger)) = (&view.unfinished, &view.copy_of) {
        out.line(format!(
            "Not whole      {} of {} operations of its pull from {ledger}; go on with `scrip pull`",
            part.done, part.total
        ));
    }
    out.result(&view);
    Ok(())
}
