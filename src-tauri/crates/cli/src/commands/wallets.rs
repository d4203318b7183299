//! `wallets preview`.

use scrip_app::config;
use scrip_app::wallet_types::{self, Example, Money, TrialView};
use scrip_reports::format::grouped_text;
use scrip_store::Mode as Access;
use scrip_units::WalletTypeCode;

use super::inspect::parse;
use super::{open, read};
use crate::args::{Args, WalletsPreview};
use crate::edge::looking;
use crate::failure::Failure;
use crate::output::Output;
use crate::text::grid;

pub(crate) async fn preview(
    args: &Args,
    preview: &WalletsPreview,
    out: &mut Output,
) -> Result<(), Failure> {
    let document = match &preview.configuration {
        Some(path) => config::read(&path.display().to_string(), &read(path)?)?.0,
        None => open(args, Access::ReadOnly).await?.catalog().await?.document().clone(),
    };
    let code: WalletTypeCode = parse("type", &preview.wallet_type)?;
    let example = match &preview.example {
        Some(path) => Some(Example::from_json(&read(path)?)?),
        None => None,
    };
    let now = looking(args.actor.as_deref())?.now;
    let what = (&code, preview.version);
    let view = wallet_types::try_out(&document, what, (example, now), preview.out.as_deref())?;
    show(&view, out);
    if let Some(path) = &preview.out {
        out.line(format!("Wrote {}", path.display()));
    }
    out.result(&view);
    Ok(())
}

fn show(view: &TrialView, out: &mut Output) {
    out.line(format!("{}, version {}", view.wallet_type, view.version));
    out.line("");
    for policy in &view.policies {
        out.line(format!("{}: {}", policy.title, policy.sentences.join(" ")));
    }
    out.line("");
    let money = |all: &[Money]| {
        let texts = all.iter().map(|m| format!("{} {}", grouped_text(&m.amount), m.currency));
        texts.collect::<Vec<_>>().join(", ")
    };
    let rows: Vec<_> = view
        .steps
        .iter()
        .map(|step| {
            let when = match step.through == step.day {
                true => step.day.to_string(),
                false => format!("{} to {}", step.day, step.through),
            };
            vec![
                step.number.to_string(),
                when,
                grouped_text(&step.units),
                grouped_text(&step.balance),
                money(&step.revenue),
                money(&step.deferred),
                step.words.clone(),
            ]
        })
        .collect();
    let headings = ["No.", "When", &view.unit, "Balance", "Revenue", "Deferred", "What happens"];
    grid(out, &headings, &[0, 2, 3, 4, 5], &rows);
}
