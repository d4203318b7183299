//! `outbox` and `push`, and what `--queue` does in the place of doing.

use std::ops::ControlFlow;

use scrip_app::approvals::Grounds;
use scrip_app::following::{self, PullView};
use scrip_app::operate::Mode;
use scrip_app::outbox::{
    self, Alone, AloneView, ItemDetail, OutboxError, OutboxView, PushView, QueuedView, StoppedView,
    UnreadableItem,
};
use scrip_app::{AppError, Code, Edge, Workspace};
use scrip_engine::Operation;
use scrip_production::sync::Pull;
use scrip_store::{Mode as Access, SqliteStore};
use scrip_units::{OperationId, PlanCode};
use serde::Serialize;

use super::requests::{asked_id, choices, own_reason, show_changes, show_effects, what_for};
use super::write::print_entries;
use super::{Books, close, following as shown, open};
use crate::args::{Args, OutboxCommand, OutboxNumber, PushArgs, RenewItem};
use crate::edge::{edge, looking};
use crate::failure::{Failure, hint};
use crate::output::Output;
use crate::text::{counted, grid};

/// Puts operations into the outbox, or the request that a second person approve them.
pub(crate) async fn queue(
    args: &Args,
    books: &Books,
    edge: &Edge,
    preview: Option<&PlanCode>,
    (file, operations): (&str, &[(usize, Operation)]),
    out: &mut Output,
) -> Result<(), Failure> {
    let asked = match args.ask {
        Some(_) => Some(asked_id(args)?),
        None => None,
    };
    let grounds = Grounds::new(own_reason(operations), preview);
    let asking = asked.as_ref().map(|id| (id, grounds));
    let view = outbox::queue(books, edge, asking, file, operations).await?;
    show_queued(&view, asked.as_ref(), out);
    Ok(())
}

/// What was queued, and the request that is asked for with it.
pub(crate) fn show_queued(view: &QueuedView, asked: Option<&OperationId>, out: &mut Output) {
    show_changes(&view.changes, out);
    show_effects(&view.effects, out);
    match (&view.item, asked) {
        (None, _) => out.line("It is done or queued already."),
        (Some(item), None) => {
            out.line(format!("Queued as number {}; `scrip push` does it.", item.number));
        }
        (Some(item), Some(id)) => out.line(format!(
            "Queued as number {}: `scrip push` asks for it as request {id}.",
            item.number
        )),
    }
    out.result(view);
}

pub(crate) async fn run(
    args: &Args,
    command: &OutboxCommand,
    out: &mut Output,
) -> Result<(), Failure> {
    match command {
        OutboxCommand::List => list(args, out).await,
        OutboxCommand::Show(what) => show(args, what, out).await,
        OutboxCommand::Renew(what) => renew(args, what, out).await,
        OutboxCommand::Discard(what) => discard(args, what, out).await,
    }
}

async fn list(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let OutboxView { items, unreadable } = outbox::list(&books)?;
    if items.is_empty() && unreadable.is_empty() {
        out.line("Nothing waits in the outbox.");
    } else if !items.is_empty() {
        let rows = items.iter().map(|item| {
            vec![
                item.number.to_string(),
                what_for(&item.operations),
                item.queued_by.clone(),
                item.revision.to_string(),
                item.kept_back.clone().unwrap_or_default(),
            ]
        });
        let rows: Vec<_> = rows.collect();
        grid(out, &["No.", "For", "By", "Configuration", "Kept back"], &[0, 3], &rows);
    }
    for UnreadableItem { number, why, .. } in &unreadable {
        out.note(&format!(
            "warning: number {number} cannot be read, and what comes after it waits: {why}"
        ));
    }
    out.result(&items);
    close(books, out).await;
    Ok(())
}

async fn show(args: &Args, what: &OutboxNumber, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadWrite).await?;
    let view = outbox::show(&books, &looking(args.actor.as_deref())?, what.number).await?;
    let ItemDetail {
        item, changes, published_since, conflicts, effects, as_shown, refused, ..
    } = &view;
    out.line(format!("Number   {}", item.number));
    out.line(format!("Queued   by {} at {}", item.queued_by, item.queued_at));
    out.line(format!("Under    configuration {}", item.revision));
    if let Some(preview) = &item.preview {
        out.line(format!("Preview  {preview}"));
    }
    if let Some(why) = &item.kept_back {
        out.line(format!("Kept     {why}"));
    }
    for (title, lines) in [("It changes", changes), ("Published since", published_since)] {
        if !lines.is_empty() {
            out.line(format!("{title}:"));
            lines.iter().for_each(|line| out.line(format!("  {line}")));
        }
    }
    for conflict in conflicts {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        let (base, ours, theirs) =
            (text(&conflict.base), text(&conflict.ours), text(&conflict.theirs));
        out.line(format!(
            "Both change {}: it was {base}; ours {ours}, theirs {theirs}",
            conflict.path
        ));
    }
    for text in view.texts.iter().filter(|_| changes.is_empty()) {
        out.line(text);
    }
    if !effects.is_empty() {
        out.line("");
        show_effects(effects, out);
        if !as_shown {
            out.line("These are other entries than those that were shown when it was queued.");
        }
    }
    if let Some(refused) = refused {
        out.line(format!("It would be refused now: {refused}"));
    }
    out.result(&view);
    close(books, out).await;
    Ok(())
}

async fn renew(args: &Args, what: &RenewItem, out: &mut Output) -> Result<(), Failure> {
    let chosen = choices(&what.take, &what.set)?;
    let books = open(args, Access::ReadWrite).await?;
    let edge = edge(args.actor.as_deref())?;
    match what.number {
        Some(number) => {
            outbox::check_choices(&books, &edge, number, &chosen).await?;
            let view = outbox::renew(&books, &edge, number, &chosen, None).await?;
            show_renewed(number, &view, out);
            out.result(&view);
        }
        None => renew_all(&books, &edge, what, out).await?,
    }
    close(books, out).await;
    Ok(())
}

fn show_renewed(number: u64, view: &QueuedView, out: &mut Output) {
    let QueuedView { item, effects, changes } = view;
    show_changes(changes, out);
    show_effects(effects, out);
    let revision = item.as_ref().map(|item| item.revision).unwrap_or_default();
    out.line(format!("Number {number} stands on configuration {revision} now."));
}

/// A message as a sentence of its own.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + letters.as_str()
}

/// What to type next about an item that has to be looked at by itself.
pub(crate) fn next_of_alone(number: u64, cause: Alone) -> String {
    match cause {
        Alone::Overtaken => format!(
            "`scrip outbox show {number}` shows both, `scrip outbox renew {number}` brings them together."
        ),
        Alone::Refused => format!(
            "`scrip outbox show {number}` shows it; then `scrip outbox renew {number}` or `scrip outbox discard {number}`."
        ),
        Alone::Unreadable => format!("`scrip outbox discard {number}` takes it out."),
    }
}

/// Decides again on all that can be at once; each is exactly what is shown here.
async fn renew_all(
    books: &Books,
    edge: &Edge,
    what: &RenewItem,
    out: &mut Output,
) -> Result<(), Failure> {
    let again = outbox::again(books, edge).await?;
    if again.items.is_empty() && again.alone.is_none() {
        out.line("Nothing that waits would do something else now than was shown.");
    }
    if what.dry_run {
        for seen in &again.items {
            show_effects(&seen.effects, out);
            let number = seen.item.number;
            out.line(format!(
                "Number {number} would do this now: {}.",
                what_for(&seen.item.operations)
            ));
        }
    } else {
        let looked =
            again.items.iter().filter_map(|seen| Some((seen.item.number, seen.now.clone()?)));
        let looked: Vec<_> = looked.collect();
        let renewed = outbox::renew_all(books, edge, &looked).await?;
        for ((number, _), view) in looked.iter().zip(&renewed) {
            show_renewed(*number, view, out);
        }
    }
    out.result(&again);
    let Some(AloneView { number, cause, why }) = again.alone else { return Ok(()) };
    let alone = OutboxError::Alone { number, cause, why };
    if again.items.is_empty() {
        return Err(alone.into());
    }
    out.line(format!("{}.", sentence(&alone.to_string())));
    out.line(next_of_alone(number, cause));
    Ok(())
}

async fn discard(args: &Args, what: &OutboxNumber, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let item = outbox::discard(&books, what.number)?;
    out.line(match &item {
        Some(item) => {
            format!("Number {} is gone: {} is not done.", item.number, what_for(&item.operations))
        }
        None => format!("Number {}, which could not be read, is gone.", what.number),
    });
    out.result(&item);
    close(books, out).await;
    Ok(())
}

/// What a push did, and what the pull after it brought.
#[derive(Serialize)]
struct PushedAndPulled<'a> {
    #[serde(flatten)]
    pushed: &'a PushView,
    #[serde(skip_serializing_if = "Option::is_none")]
    pulled: Option<PullView>,
    /// Why nothing was pulled.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_pulled: Option<String>,
}

pub(crate) async fn push(args: &Args, push: &PushArgs, out: &mut Output) -> Result<(), Failure> {
    let mode = if push.dry_run { Mode::DryRun } else { Mode::Commit };
    let database = shown::production(args, out).await?.database;
    // What is pushed is recorded under the names of those who queued it.
    let edge = looking(args.actor.as_deref())?;
    let copy = Workspace::<SqliteStore>::open(&args.workspace, Access::ReadWrite).await?;
    let (view, stopped) =
        outbox::push(&copy, &database, &edge, mode, &mut |_| ControlFlow::Continue(())).await?;
    close(copy.into(), out).await;
    show_pushed(&view, out);
    let (mut pulled, mut not_pulled) = (None, None);
    if mode == Mode::Commit {
        // What was pushed before it stopped is at production; the copy shall show it.
        let (how, go_on) = (Pull::default(), &mut |_| ControlFlow::Continue(()));
        match following::pull(&args.workspace, &database, how, edge.now, go_on).await {
            Ok((books, view)) => {
                shown::show_pulled(&view, out);
                pulled = Some(view);
                close(books, out).await;
            }
            Err(error) => not_pulled = Some(error),
        }
    }
    let why = not_pulled.as_ref().map(AppError::to_string);
    out.result(&PushedAndPulled { pushed: &view, pulled, not_pulled: why });
    match (stopped, not_pulled) {
        (None, None) => Ok(()),
        // What was pushed comes with that pull, or with the next.
        (stopped, Some(AppError::Pulling { .. })) => {
            out.note(
                "note: another program is pulling into this copy; `scrip pull` brings the rest",
            );
            stopped.map_or(Ok(()), |error| Err(ended(&view, &error)))
        }
        (Some(error), not_pulled) => {
            if let Some(error) = not_pulled {
                out.note(&format!("note: the copy was not brought up to date: {error}"));
            }
            Err(ended(&view, &error))
        }
        (None, Some(error)) => Err(Failure::Ended {
            code: error.code(),
            message: format!("the copy was not brought up to date: {error}"),
            hint: hint(&error)
                .unwrap_or_else(|| "What was pushed is done; `scrip pull` brings it.".to_owned()),
        }),
    }
}

/// Where and why a push ended before the last item, and what to type next.
fn ended(view: &PushView, error: &AppError) -> Failure {
    let code = error.code();
    let Some(StoppedView { number, why, is_kept_back, .. }) = &view.stopped else {
        let hint = "`scrip push` goes on.".to_owned();
        return Failure::Ended { code, message: error.to_string(), hint };
    };
    let message = match is_kept_back {
        true => format!("number {number} is kept back: {why}"),
        false => format!("the push ended at number {number}: {why}"),
    };
    let hint = match (is_kept_back, code) {
        (true, Code::Unsound) => format!(
            "Mend its file, or give it up with `scrip outbox discard {number}`; what comes after it waits."
        ),
        (true, _) => format!(
            "Look at it with `scrip outbox show {number}`, then `scrip outbox renew {number}` or \
             `scrip outbox discard {number}`; what comes after it waits."
        ),
        (false, _) => hint(error).unwrap_or_else(|| {
            "It is as it was: push again, and what is done already is found done.".to_owned()
        }),
    };
    Failure::Ended { code, message, hint }
}

fn show_pushed(view: &PushView, out: &mut Output) {
    for pushed in &view.pushed {
        for operation in &pushed.operations {
            print_entries(out, &operation.entries);
            let done = match (operation.outcome, view.dry_run) {
                ("already_applied", _) => "was done before",
                (_, true) => "would be done",
                (_, false) => "is done",
            };
            out.line(format!("{}  {} {} {done}.", pushed.number, operation.op, operation.id));
        }
    }
    let waiting = match view.waiting {
        0 => "nothing waits".to_owned(),
        1 => "1 waits still".to_owned(),
        count => format!("{count} wait still"),
    };
    let dry = if view.dry_run { "Dry run: nothing was changed" } else { "Pushed" };
    out.line(match view.dry_run {
        true => format!("{dry} at {}; {waiting}.", view.ledger),
        false => format!(
            "{dry} {} to {}; {waiting}.",
            counted(view.pushed.len() as u64, "item"),
            view.ledger
        ),
    });
}
