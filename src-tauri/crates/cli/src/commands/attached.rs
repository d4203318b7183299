//! The preview that goes with a request, as `request show` tells it.

use scrip_app::approvals::{AttachedView, KeptHere};
use scrip_engine::operation::{
    AttachedCustomer, AttachedLine, AttachedPreview, AttachedRun, AttachedSpread,
};

use crate::output::Output;
use crate::text::{counted, grid};

pub(crate) fn show(view: &AttachedView, out: &mut Output) {
    let preview = &view.preview;
    let AttachedPreview { name, made_by, made_at, from, through, .. } = preview;
    out.line("");
    out.line(format!("Preview {name}, run by {made_by} at {made_at}"));
    let dates = if preview.as_dated { "their own dates" } else { "the first day" };
    let whom = customers(preview);
    out.line(format!("  Usage of {whom} from {from} through {through}; changes from {dates} on"));
    let chains = counted(preview.backtest.chains, "chain");
    out.line(match preview.backtest.exact {
        true => format!("  The baseline reproduced the ledger exactly: {chains}, to the hash."),
        false => format!(
            "  The baseline did NOT reproduce the ledger: {} of {chains} differed.",
            preview.backtest.differing
        ),
    });
    out.line(format!(
        "  Ledger of {}, checkpoint {}; configuration {}",
        counted(preview.entries, "entry"),
        preview.checkpoint,
        preview.revision
    ));
    if let Some(since) = view.entries_since.filter(|since| *since > 0) {
        let were = if since == 1 { "was" } else { "were" };
        out.line(format!("  Since it was run, {} {were} recorded.", counted(since, "entry")));
    }
    if view.is_reconfigured {
        out.line("  Since it was run, another configuration came into force.");
    }
    for (run, what) in [(&preview.baseline, "baseline"), (&preview.run, preview.scenario.as_str())]
    {
        out.line(format!("  {what}: {}", events(run)));
    }
    if !preview.others.is_empty() {
        out.line(format!("  It also compares {}.", preview.others.join(", ")));
    }
    out.line(format!("  Hash {}", preview.hash));
    out.line(match view.kept {
        KeptHere::Same => format!("  Kept in this workspace: `scrip previews show {name}`"),
        KeptHere::Other => format!("  This workspace keeps another preview called {name}."),
        KeptHere::Gone => "  It is not kept in this workspace.".to_owned(),
        KeptHere::Unreadable => {
            format!(
                "  What this workspace keeps as {name} cannot be read: `scrip previews show {name}`"
            )
        }
    });
    out.line("");
    let headings = ["", "Unit", "Baseline", &preview.scenario, "Difference", "%"];
    grid(out, &headings, &[2, 3, 4, 5], &preview.lines.iter().map(line).collect::<Vec<_>>());
    if preview.more_lines > 0 {
        out.line(format!("and {}", counted(preview.more_lines, "more line")));
    }
    preview.spreads.iter().for_each(|one| spread(one, &preview.scenario, out));
    if preview.more_spreads > 0 {
        out.line(format!("and customers in {}", counted(preview.more_spreads, "more currency")));
    }
    if preview.dry_earlier > 0 {
        out.line("");
        let run = if preview.dry_earlier == 1 { "runs" } else { "run" };
        out.line(format!("{} {run} dry earlier.", counted(preview.dry_earlier, "customer")));
    }
}

fn customers(preview: &AttachedPreview) -> String {
    let named: Vec<_> = preview.customers.iter().map(ToString::to_string).collect();
    let more = preview.customer_count.saturating_sub(named.len() as u64);
    match (named.is_empty(), more) {
        (true, _) => "all customers".to_owned(),
        (false, 0) => named.join(", "),
        (false, more) => format!("{} and {more} more", named.join(", ")),
    }
}

fn events(run: &AttachedRun) -> String {
    format!(
        "{} charged, {} free, {} refused, {} refused",
        counted(run.charged, "event"),
        run.free,
        run.refused,
        counted(run.undone, "operation")
    )
}

fn line(line: &AttachedLine) -> Vec<String> {
    let what = match &line.movement {
        Some(movement) => format!("{}, {movement}", line.what),
        None => line.what.clone(),
    };
    let percent = line.percent.clone().unwrap_or_default();
    let AttachedLine { unit, baseline, scenario, difference, .. } = line.clone();
    vec![what, unit, baseline, scenario, difference, percent]
}

fn spread(spread: &AttachedSpread, scenario: &str, out: &mut Output) {
    out.line("");
    let pays = |count: u64| if count == 1 { "pays" } else { "pay" };
    out.line(format!(
        "Revenue in {} of {}: {} {} more, {} {} less",
        spread.currency,
        counted(spread.customers, "customer"),
        spread.more,
        pays(spread.more),
        spread.less,
        pays(spread.less)
    ));
    let headings = ["Customer", "Baseline", scenario, "Difference", "%"];
    let row = |line: &AttachedCustomer| {
        let percent = line.percent.clone().unwrap_or_default();
        let AttachedCustomer { customer, baseline, scenario, difference, .. } = line.clone();
        vec![customer, baseline, scenario, difference, percent]
    };
    // Those who pay most less come last, as in the preview.
    let rows = spread.most_more.iter().chain(spread.most_less.iter().rev());
    let rows: Vec<_> = rows.map(row).collect();
    if !rows.is_empty() {
        grid(out, &headings, &[1, 2, 3, 4], &rows);
    }
}
