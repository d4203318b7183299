//! `hold place`, `capture`, `release`, `list`.

use scrip_app::holds;
use scrip_store::Mode as Access;
use serde_json::{Map, Value, json};

use super::corrections::{members, one};
use super::inspect::parse;
use super::{close, open};
use crate::args::Args;
use crate::args::holds::{Capture, HoldCommand, ListHolds, Place, Release};
use crate::failure::Failure;
use crate::output::Output;
use crate::text::grid;

pub(crate) async fn run(
    args: &Args,
    command: &HoldCommand,
    out: &mut Output,
) -> Result<(), Failure> {
    match command {
        HoldCommand::Place(hold) => place(args, hold, out).await,
        HoldCommand::Capture(hold) => capture(args, hold, out).await,
        HoldCommand::Release(hold) => release(args, hold, out).await,
        HoldCommand::List(hold) => list(args, hold, out).await,
    }
}

async fn place(args: &Args, place: &Place, out: &mut Output) -> Result<(), Failure> {
    let mut members = members([
        ("hold", place.hold.as_ref()),
        ("wallet", place.wallet.as_ref()),
        ("units", place.units.as_ref()),
        ("expires_at", place.expires_at.as_ref()),
    ]);
    if let Some(meter) = &place.meter {
        let mut dimensions = Map::new();
        for text in &place.dimensions {
            let (name, value) = text.split_once('=').ok_or_else(|| {
                Failure::usage(format!("--dimension: {text:?} is not of the form NAME=VALUE"))
            })?;
            dimensions.insert(name.to_owned(), value.into());
        }
        let usage = json!({ "meter": meter, "quantity": place.quantity, "dimensions": dimensions });
        members.insert("usage".to_owned(), usage);
    }
    if place.or_available {
        members.insert("shortfall".to_owned(), "hold_available".into());
    }
    one(args, ("place_hold", &place.by_hand), members, out).await
}

async fn capture(args: &Args, capture: &Capture, out: &mut Output) -> Result<(), Failure> {
    let mut members = members([("hold", Some(&capture.hold)), ("units", capture.units.as_ref())]);
    if capture.is_final || capture.keep {
        members.insert("final".to_owned(), Value::Bool(capture.is_final));
    }
    one(args, ("capture_hold", &capture.by_hand), members, out).await
}

async fn release(args: &Args, release: &Release, out: &mut Output) -> Result<(), Failure> {
    let members = members([("hold", Some(&release.hold)), ("units", release.units.as_ref())]);
    one(args, ("release_hold", &release.by_hand), members, out).await
}

async fn list(args: &Args, list: &ListHolds, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let view = holds::holds(&books, &parse("customer", list.of.code())?).await?;
    if view.holds.is_empty() {
        out.line(format!("{} has no holds.", view.customer));
    } else {
        let rows: Vec<_> = view
            .holds
            .iter()
            .map(|hold| {
                vec![
                    hold.hold.clone(),
                    hold.held_for.clone(),
                    hold.held.clone(),
                    hold.captured.clone(),
                    hold.unit.clone(),
                    hold.placed_at.clone(),
                    hold.expires_at.clone().unwrap_or_else(|| "never".to_owned()),
                ]
            })
            .collect();
        let headings = ["Hold", "For", "Held", "Captured", "Unit", "Placed", "Times out"];
        grid(out, &headings, &[2, 3], &rows);
    }
    out.result(&view);
    close(books, out).await;
    Ok(())
}
