//! The picture of an example.

use std::path::Path;

use scrip_catalog::Document;
use scrip_reports::charts::{Chart, ExampleLot, ExampleMark, Look, WalletExample};
use scrip_units::{Instant, WalletTypeCode, Zone, parse_steps};
use serde::Serialize;

use super::steps::{ExampleRun, LotLife, Step, Total};
use super::{Example, Policy, find, page, run};
use crate::charting;
use crate::error::AppError;

/// Draws what the engine made of an example of `subject`.
///
/// # Errors
/// The chart's.
pub fn chart(
    run: &ExampleRun,
    (subject, zone): (&str, Zone),
    look: Look,
) -> Result<Chart, AppError> {
    let scale = run.unit.scale();
    let steps = |text: &str| i128::from(parse_steps(text, scale, "units").unwrap_or(0));
    let after = run.through.succ_opt().unwrap_or(run.through);
    let example = WalletExample {
        subject: subject.to_owned(),
        unit: run.unit,
        zone,
        span: (zone.start_of_day(run.from)?, zone.start_of_day(after)?),
        points: run.points.clone(),
        marks: run
            .steps
            .iter()
            .map(|step| ExampleMark {
                number: step.number,
                at: step.at,
                what: step.kind.words().to_owned(),
                words: step.words.clone(),
                is_turn: step.kind.is_turn(),
            })
            .collect(),
        lots: run
            .lots
            .iter()
            .map(|lot| ExampleLot {
                lot: lot.lot.clone(),
                from: lot.from,
                until: lot.until,
                fate: ExampleLot::fate(
                    run.unit,
                    [&lot.issued, &lot.used, &lot.expired, &lot.rolled_over].map(|t| steps(t)),
                ),
            })
            .collect(),
    };
    Ok(example.chart(look)?)
}

/// A version that was tried out on an example.
#[derive(Debug, Clone, Serialize)]
pub struct TrialView {
    /// The wallet type.
    pub wallet_type: String,
    /// The version.
    pub version: u32,
    /// What it holds.
    pub unit: String,
    /// What its policies say.
    pub policies: Vec<Policy>,
    /// The example.
    pub example: Example,
    /// What happened.
    pub steps: Vec<Step>,
    /// The lots.
    pub lots: Vec<LotLife>,
    /// The sums.
    pub totals: Vec<Total>,
}

/// Tries a version of a wallet type out on an example, or on one that fits it, and draws that to a file
/// if one is named.
///
/// # Errors
/// As [`run`] and [`page`]; the operating system's.
pub fn try_out(
    document: &Document,
    (code, version): (&WalletTypeCode, Option<u32>),
    (example, now): (Option<Example>, Instant),
    picture: Option<&Path>,
) -> Result<TrialView, AppError> {
    let page = page(document, (code, version), now)?;
    let (wallet_type, version) = find(document, code, page.shown.version)?;
    let example = example.unwrap_or(page.example);
    let run = run(document, wallet_type, version, &example)?;
    if let Some(path) = picture {
        let subject = format!("{code}, version {}", version.version);
        let zone = document.entity.time_zone;
        charting::write(&chart(&run, (&subject, zone), Look::default())?, path)?;
    }
    Ok(TrialView {
        wallet_type: code.to_string(),
        version: version.version,
        unit: wallet_type.unit.to_string(),
        policies: page.policies,
        example,
        steps: run.steps,
        lots: run.lots,
        totals: run.totals,
    })
}
