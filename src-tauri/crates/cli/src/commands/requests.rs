//! `request`, and what `--ask` does in the place of doing.

use std::collections::BTreeMap;

use scrip_app::Edge;
use scrip_app::approvals::{self, AskedView, DecisionView, Grounds, RequestView, State};
use scrip_app::operate::OperationView;
use scrip_catalog::{Choice, Side};
use scrip_engine::Operation;
use scrip_engine::operation::Verdict;
use scrip_store::Mode as Access;
use scrip_units::{OperationId, PlanCode};

use super::inspect::{named, parse};
use super::write::{print_entries, show_noticed};
use super::{Books, attached, close, open};
use crate::args::Args;
use crate::args::requests::{Renew, RequestCommand, ShowRequest};
use crate::edge::{edge, looking, new_id};
use crate::failure::Failure;
use crate::output::Output;
use crate::text::{counted, grid};

/// The id that `--ask` gives a request.
pub(crate) fn asked_id(args: &Args) -> Result<OperationId, Failure> {
    match args.ask.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => parse("request", id),
        None => new_id(),
    }
}

/// The reason of an operation that is asked for alone.
pub(crate) fn own_reason(operations: &[(usize, Operation)]) -> Option<&str> {
    match operations {
        [(_, one)] => one.reason.as_deref(),
        _ => None,
    }
}

/// In the place of doing operations, queues them or asks a second person to approve them.
pub(crate) async fn instead(
    args: &Args,
    books: &Books,
    edge: &Edge,
    operations: (&str, &[(usize, Operation)]),
    out: &mut Output,
) -> Result<(), Failure> {
    instead_with(args, books, edge, None, operations, out).await
}

/// The same, with a kept preview for the second person.
pub(crate) async fn instead_with(
    args: &Args,
    books: &Books,
    edge: &Edge,
    preview: Option<&PlanCode>,
    operations: (&str, &[(usize, Operation)]),
    out: &mut Output,
) -> Result<(), Failure> {
    if args.queue {
        super::outbox::queue(args, books, edge, preview, operations, out).await
    } else {
        ask(args, books, edge, preview, operations, out).await
    }
}

/// The kept preview that `--preview` names, which goes with a request only.
pub(crate) fn preview_of(args: &Args, name: Option<&str>) -> Result<Option<PlanCode>, Failure> {
    if name.is_some() && args.ask.is_none() {
        return Err(Failure::usage("--preview goes with a request: add --ask"));
    }
    name.map(|name| named("preview", "preview's name", name)).transpose()
}

/// Whether operations are to be asked for or queued, and not done.
pub(crate) fn is_for_later(args: &Args) -> bool {
    args.ask.is_some() || args.queue
}

/// Asks a second person to approve operations.
async fn ask(
    args: &Args,
    books: &Books,
    edge: &Edge,
    preview: Option<&PlanCode>,
    (file, operations): (&str, &[(usize, Operation)]),
    out: &mut Output,
) -> Result<(), Failure> {
    let grounds = Grounds::new(own_reason(operations), preview);
    let id = asked_id(args)?;
    let view = approvals::ask(books, edge, (&id, grounds), file, operations).await?;
    show_changes(&view.changes, out);
    show_effects(&view.effects, out);
    let RequestView { id, content, lapses_at, preview, .. } = &view.request;
    let with = preview.as_ref().map(|name| format!(", with preview {name}"));
    out.line(format!("Asked for as request {id}{}.", with.unwrap_or_default()));
    out.line(format!("Lapses  {lapses_at}"));
    out.line(format!("Content {content}"));
    out.result(&view);
    Ok(())
}

pub(crate) fn show_effects(effects: &[OperationView], out: &mut Output) {
    for effect in effects {
        print_entries(out, &effect.entries);
        show_noticed(&effect.alerts, &effect.waiting, out);
    }
}

pub(crate) async fn run(
    args: &Args,
    command: &RequestCommand,
    out: &mut Output,
) -> Result<(), Failure> {
    let (id, verdict, content, reason) = match command {
        RequestCommand::List(what) => return list(args, what.all, out).await,
        RequestCommand::Show(what) => return show(args, what, out).await,
        RequestCommand::Renew(what) => return renew(args, what, out).await,
        RequestCommand::Approve(what) => {
            (&what.id, Verdict::Approve, Some(what.content.as_str()), what.reason.as_deref())
        }
        RequestCommand::Reject(what) => {
            (&what.id, Verdict::Reject, None, Some(what.reason.as_str()))
        }
        RequestCommand::Withdraw(what) => {
            (&what.id, Verdict::Withdraw, None, what.reason.as_deref())
        }
    };
    let id = parse("request", id)?;
    let books = open(args, Access::ReadWrite).await?;
    let edge = edge(args.actor.as_deref())?;
    if args.queue {
        let asked = (&id, verdict);
        let view = approvals::put_decision(&books, &edge, asked, content, reason).await?;
        super::outbox::show_queued(&view, None, out);
        close(books, out).await;
        return Ok(());
    }
    let view = approvals::decide(&books, &edge, (&id, verdict), content, reason).await?;
    show_effects(&view.effects, out);
    let DecisionView { request, effects, left, .. } = &view;
    left.iter().for_each(|text| out.note(&format!("warning: {text}")));
    let by = request.decided_by.as_deref().unwrap_or_default();
    let entries: usize = effects.iter().map(|effect| effect.entries.len()).sum();
    let done = match request.state {
        State::Approved => format!(
            "; {} applied, {}",
            counted(effects.len() as u64, "operation"),
            counted(entries as u64, "entry")
        ),
        _ => String::new(),
    };
    out.line(format!("Request {id} was {} by {by}{done}.", request.state));
    out.result(&view);
    close(books, out).await;
    Ok(())
}

async fn list(args: &Args, all: bool, out: &mut Output) -> Result<(), Failure> {
    let books = open(args, Access::ReadOnly).await?;
    let edge = looking(args.actor.as_deref())?;
    let requests = approvals::list(&books, edge.now, all).await?;
    if requests.is_empty() {
        out.line("No request waits.");
    } else {
        let rows: Vec<_> = requests.iter().map(row).collect();
        grid(out, &["Request", "State", "Asked by", "For", "Decided by"], &[], &rows);
    }
    out.result(&requests);
    Ok(())
}

/// What operations are, in a few words.
pub(crate) fn what_for(operations: &[AskedView]) -> String {
    let asked = operations.iter().map(|one| match &one.customer {
        Some(customer) => format!("{} of {customer}", one.op),
        None => one.op.clone(),
    });
    let mut asked: Vec<_> = asked.take(3).collect();
    if operations.len() > asked.len() {
        asked.push(format!("{} more", operations.len() - asked.len()));
    }
    asked.join(", ")
}

fn row(request: &RequestView) -> Vec<String> {
    vec![
        request.id.clone(),
        request.state.to_string(),
        request.asked_by.clone(),
        what_for(&request.operations),
        request.decided_by.clone().unwrap_or_default(),
    ]
}

async fn show(args: &Args, what: &ShowRequest, out: &mut Output) -> Result<(), Failure> {
    let id: OperationId = parse("request", &what.id)?;
    let books = open(args, Access::ReadWrite).await?;
    let edge = looking(args.actor.as_deref())?;
    let view = approvals::show(&books, &edge, &id).await?;
    let request = &view.request;
    out.line(format!("Request  {} ({})", request.id, request.state));
    out.line(format!("Asked    by {} at {}", request.asked_by, request.asked_at));
    if let Some(reason) = &request.reason {
        out.line(format!("Reason   {reason}"));
    }
    if let (Some(by), Some(at)) = (&request.decided_by, &request.decided_at) {
        let comment = request.comment.as_ref().map(|text| format!(": {text}"));
        out.line(format!("Decided  by {by} at {at}{}", comment.unwrap_or_default()));
    } else {
        out.line(format!("Lapses   at {}", request.lapses_at));
    }
    out.line(format!("Under    configuration {}", request.revision));
    out.line(format!("Content  {}", request.content));
    for text in view.texts.iter().filter(|_| view.changes.is_empty()) {
        out.line(text);
    }
    for change in &view.changes {
        out.line(format!("  {change}"));
    }
    if let Some(attached) = &view.preview {
        attached::show(attached, out);
    }
    if !view.effects.is_empty() {
        out.line("");
        show_effects(&view.effects, out);
    }
    if let Some(refused) = &view.refused {
        out.line(format!("It would be refused now: {refused}"));
    }
    out.result(&view);
    close(books, out).await;
    Ok(())
}

/// Chooses for a place that nothing is chosen for yet.
fn choose(
    chosen: &mut BTreeMap<String, Choice>,
    path: &str,
    choice: Choice,
) -> Result<(), Failure> {
    match chosen.insert(path.to_owned(), choice) {
        None => Ok(()),
        Some(_) => Err(Failure::usage(format!(
            "{path} is chosen twice in --take and --set: choose once for each place"
        ))),
    }
}

/// What a configuration that is asked for, queued or renewed changes.
pub(crate) fn show_changes(changes: &[String], out: &mut Output) {
    for change in changes {
        out.line(format!("  {change}"));
    }
}

/// What `--take` and `--set` choose, by place.
pub(crate) fn choices(
    take: &[String],
    set: &[String],
) -> Result<BTreeMap<String, Choice>, Failure> {
    let mut chosen = BTreeMap::new();
    for text in take {
        let side = text.rsplit_once('=').and_then(|(path, side)| match side {
            "ours" => Some((path, Side::Ours)),
            "theirs" => Some((path, Side::Theirs)),
            _ => None,
        });
        let (path, side) = side.ok_or_else(|| {
            Failure::usage(format!("--take: {text:?} is neither PATH=ours nor PATH=theirs"))
        })?;
        choose(&mut chosen, path, Choice::Take(side))?;
    }
    for text in set {
        let (path, value) = text
            .rsplit_once('=')
            .ok_or_else(|| Failure::usage(format!("--set: {text:?} is not PATH=VALUE")))?;
        choose(&mut chosen, path, Choice::Set(value.to_owned()))?;
    }
    Ok(chosen)
}

async fn renew(args: &Args, what: &Renew, out: &mut Output) -> Result<(), Failure> {
    let id: OperationId = parse("request", &what.id)?;
    let chosen = choices(&what.take, &what.set)?;
    let books = open(args, Access::ReadWrite).await?;
    let edge = edge(args.actor.as_deref())?;
    let next = asked_id(args)?;
    approvals::check_choices(&books, &id, &chosen).await?;
    if args.queue {
        let view = approvals::put_renewal(&books, &edge, (&id, &next), &chosen).await?;
        super::outbox::show_queued(&view, Some(&next), out);
        close(books, out).await;
        return Ok(());
    }
    let view = approvals::renew(&books, &edge, (&id, &next), &chosen).await?;
    show_changes(&view.changes, out);
    show_effects(&view.effects, out);
    view.left.iter().for_each(|text| out.note(&format!("warning: {text}")));
    out.line(format!("Request {id} was withdrawn, and {} asked for.", view.request.id));
    out.line(format!("Content {}", view.request.content));
    out.result(&view);
    close(books, out).await;
    Ok(())
}
