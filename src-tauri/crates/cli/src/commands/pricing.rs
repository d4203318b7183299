//! `cards` and `drafts`.

use scrip_app::approvals;
use scrip_app::cards::VersionState;
use scrip_app::cards::sheet::{self, CardsView, ComparedSheets, Place};
use scrip_app::drafts::{self, Draft};
use scrip_app::operate::Mode;
use scrip_store::Mode as Access;
use scrip_units::{PlanCode, When};

use super::inspect::{named, optional, parse};
use super::{close, configure, open, requests};
use crate::args::{Args, CardsCommand, Compare, DraftAt, DraftName, DraftsCommand, PublishDraft};
use crate::edge::{edge, looking, new_id};
use crate::failure::Failure;
use crate::output::Output;
use crate::text::{counted, grid};

pub(crate) async fn cards(
    args: &Args,
    command: &CardsCommand,
    out: &mut Output,
) -> Result<(), Failure> {
    match command {
        CardsCommand::List => list(args, out).await,
        CardsCommand::Compare(what) => compare(args, what, out).await,
    }
}

pub(crate) async fn drafts(
    args: &Args,
    command: &DraftsCommand,
    out: &mut Output,
) -> Result<(), Failure> {
    match command {
        DraftsCommand::List => list_drafts(args, out).await,
        DraftsCommand::Check(what) => check(args, what, out).await,
        DraftsCommand::Publish(what) => publish(args, what, out).await,
        DraftsCommand::Discard(what) => discard(args, what, out).await,
    }
}

fn state(state: VersionState) -> &'static str {
    match state {
        VersionState::Draft => "draft",
        VersionState::Scheduled => "scheduled",
        VersionState::Live => "live",
        VersionState::Retired => "retired",
    }
}

async fn list(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let edge = looking(args.actor.as_deref())?;
    let view = sheet::all(&open(args, Access::ReadOnly).await?, edge.now).await?;
    grid(
        out,
        &["card", "version", "state", "takes effect", "rates", "draft"],
        &[1, 4],
        &rows(&view),
    );
    for (draft, why) in &view.unreadable {
        out.note(&format!("warning: the draft {draft} cannot be read: {why}"));
    }
    out.result(&view);
    Ok(())
}

fn rows(view: &CardsView) -> Vec<Vec<String>> {
    let drafts = view.drafts.iter().map(|draft| {
        vec![
            draft.card.clone(),
            draft.version.to_string(),
            if draft.request.is_some() { "in review" } else { "draft" }.to_owned(),
            draft.effective_at.clone(),
            draft.rows.to_string(),
            draft.draft.clone(),
        ]
    });
    let reviews = view.reviews.iter().map(|review| {
        vec![
            review.card.clone(),
            review.version.to_string(),
            "in review".to_owned(),
            review.effective_at.clone(),
            review.rows.to_string(),
            String::new(),
        ]
    });
    let versions = view.cards.iter().flat_map(|card| {
        card.versions.iter().map(|version| {
            vec![
                card.card.clone(),
                version.version.to_string(),
                state(version.state).to_owned(),
                version.effective_at.clone(),
                version.rows.to_string(),
                String::new(),
            ]
        })
    });
    let mut rows: Vec<_> = drafts.chain(reviews).chain(versions).collect();
    // Stable: a card's drafts stand before its versions, the latest first.
    rows.sort_by(|a, b| a[0].cmp(&b[0]));
    rows
}

async fn compare(args: &Args, what: &Compare, out: &mut Output) -> Result<(), Failure> {
    let now = looking(args.actor.as_deref())?.now;
    let card = parse("card", &what.card)?;
    let left = Place { card, version: what.from, draft: None };
    let draft = what.draft.as_deref().map(draft_name).transpose()?;
    let right = Place { version: what.to, draft, ..left.clone() };
    let books = open(args, Access::ReadOnly).await?;
    let view = sheet::compare(&books, (&left, &right), now).await?;
    show_compared(&view, what, out);
    out.result(&view);
    Ok(())
}

fn show_compared(view: &ComparedSheets, what: &Compare, out: &mut Output) {
    let mut rows = Vec::new();
    for row in &view.rows {
        let word = |word: &str| vec![row.code.clone(), word.to_owned()];
        match (&row.left, &row.right) {
            (None, _) => rows.push(word("new")),
            (_, None) => rows.push(word("removed")),
            (Some(left), Some(right)) => rows.extend(row.changed.iter().map(|column| {
                let text = |cells: &std::collections::BTreeMap<String, String>| {
                    cells.get(column).cloned().unwrap_or_else(|| "-".to_owned())
                };
                let percent = row.percent.as_ref().filter(|_| column == "price");
                let percent = percent.map(|percent| format!("{percent} %")).unwrap_or_default();
                vec![row.code.clone(), column.clone(), text(left), text(right), percent]
            })),
        }
    }
    if rows.is_empty() {
        let count = counted(view.rows.len() as u64, "rate");
        out.line(format!("The versions have the same rates: {count}."));
        return;
    }
    let (from, to) = (format!("version {}", what.from), format!("version {}", what.to));
    grid(out, &["rate", "what", &from, &to, "change"], &[2, 3, 4], &rows);
}

async fn list_drafts(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let mut rows = Vec::new();
    let mut found = Vec::new();
    for listed in drafts::list(&books)? {
        match listed.draft {
            Ok(draft) => {
                rows.push(vec![
                    draft.name.to_string(),
                    draft.saved_at.to_string(),
                    draft.saved_by.to_string(),
                    items(&draft),
                    draft.note.clone(),
                ]);
                found.push(draft);
            }
            Err(error) => {
                out.note(&format!("warning: the draft {} cannot be read: {error}", listed.name));
            }
        }
    }
    if rows.is_empty() {
        out.line("There are no drafts.");
    } else {
        grid(out, &["draft", "saved", "by", "changes", "note"], &[], &rows);
    }
    out.result(&found);
    Ok(())
}

/// What a draft changes: the codes of its items.
fn items(draft: &Draft) -> String {
    let cards = draft.rate_cards.iter().map(|item| item.after.code.to_string());
    let costs = draft.cost_cards.iter().map(|item| item.after.code.to_string());
    let wallets = draft.wallet_types.iter().map(|item| item.after.code.to_string());
    let conversions = draft.conversions.iter().map(|item| item.after.code.to_string());
    let plans = draft.plans.iter().map(|item| item.after.code.to_string());
    let all: Vec<_> = cards.chain(costs).chain(wallets).chain(conversions).chain(plans).collect();
    all.join(", ")
}

fn draft_name(text: &str) -> Result<PlanCode, Failure> {
    named("draft", "draft's name", text)
}

fn read(what: &DraftAt) -> Result<(PlanCode, Option<When>), Failure> {
    Ok((draft_name(&what.name)?, optional("effective", what.effective.as_ref())?))
}

async fn check(args: &Args, what: &DraftAt, out: &mut Output) -> Result<(), Failure> {
    let (name, at) = read(what)?;
    let books = open(args, Access::ReadOnly).await?;
    let draft = drafts::load(&books, &name)?;
    let view = drafts::check(&books, &draft, at).await?;
    for change in &view.changes {
        out.line(format!("  {change}"));
    }
    for problem in &view.problems {
        let word = if problem.is_error() { "error" } else { "warning" };
        out.line(format!("{word}: {problem}"));
    }
    for half in &draft.half_typed {
        out.line(format!(
            "error: version {} of rate card {} has cells that cannot be read yet",
            half.version, half.card
        ));
    }
    for conflict in &view.conflicts {
        out.line(format!("conflict: {} was published otherwise since", conflict.path));
        conflict.theirs.iter().for_each(|change| out.line(format!("  {change}")));
    }
    let errors = view.problems.iter().filter(|problem| problem.is_error()).count();
    out.line(format!(
        "{}, {}, {}.",
        counted(view.changes.len() as u64, "change"),
        counted((errors + draft.half_typed.len()) as u64, "error"),
        counted(view.conflicts.len() as u64, "conflict"),
    ));
    out.result(&view);
    Ok(())
}

async fn publish(args: &Args, what: &PublishDraft, out: &mut Output) -> Result<(), Failure> {
    let (name, at) = read(&what.what)?;
    let preview = requests::preview_of(args, what.preview.as_deref())?;
    let mode = if what.dry_run { Mode::DryRun } else { Mode::Commit };
    let books = open(args, Access::ReadWrite).await?;
    let draft = drafts::load(&books, &name)?;
    let edge = edge(args.actor.as_deref())?;
    if mode == Mode::Commit && requests::is_for_later(args) {
        let operation = approvals::publishing(&books, &edge, &new_id()?, (&draft, at)).await?;
        let operations = [(1, operation)];
        let what = ("", operations.as_slice());
        requests::instead_with(args, &books, &edge, preview.as_ref(), what, out).await?;
        close(books, out).await;
        return Ok(());
    }
    let view = drafts::publish(&books, &edge, (&new_id()?, mode), (&draft, at)).await?;
    configure::show(&view, out);
    out.result(&view);
    close(books, out).await;
    Ok(())
}

async fn discard(args: &Args, what: &DraftName, out: &mut Output) -> Result<(), Failure> {
    let name = draft_name(&what.name)?;
    drafts::discard(&open(args, Access::ReadOnly).await?, &name)?;
    out.line(format!("The draft {name} is gone."));
    out.result(&serde_json::json!({ "discarded": name.to_string() }));
    Ok(())
}
