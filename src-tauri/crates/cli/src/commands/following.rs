//! `pull` and `reconcile`: a workspace that follows a production ledger.

use std::ops::ControlFlow;

use scrip_app::Workspace;
use scrip_app::connection::Connection;
use scrip_app::following::{
    self, BriefView, CloseDifferenceView, ConfigurationApartView, Cure, OperationDifferenceView,
    OperationsApartView, PullView, ReconcileView, SideView,
};
use scrip_production::Ledger;
use scrip_production::sync::{From, Pull};
use scrip_store::{Mode, SqliteStore};

use super::password::{Reached, reach};
use super::{close, named};
use crate::args::{Args, DisconnectArgs, PullArgs};
use crate::edge::looking;
use crate::failure::Failure;
use crate::output::Output;
use crate::text::counted;

/// The production ledger that is named, or else the one that the copy is known to follow.
pub(crate) async fn production(args: &Args, out: &mut Output) -> Result<Reached, Failure> {
    if let Some(reached) = named(args, out).await? {
        return Ok(reached);
    }
    let needed = || {
        Failure::usage("name the production ledger with --database URL; the first pull keeps it")
    };
    reach(Connection::read(&args.workspace)?.ok_or_else(needed)?, None, out).await
}

pub(crate) async fn pull(args: &Args, pull: &PullArgs, out: &mut Output) -> Result<(), Failure> {
    let from = if pull.from_the_start { From::TheStart } else { From::WhereItEnded };
    let how = Pull { from, ..Pull::default() };
    let now = looking(args.actor.as_deref())?.now;
    let mut reached = production(args, out).await?;
    let bar = out.progress("Pulling");
    let tell = &mut |at: scrip_production::sync::Pulling| {
        bar.set_length(at.total + at.files_total);
        bar.set_position(at.operations + at.files);
        ControlFlow::Continue(())
    };
    let done = following::pull(&args.workspace, &reached.database, how, now, tell).await;
    bar.finish_and_clear();
    // A copy that was begun and is not whole yet goes on with the same connection.
    if let Ok(copy) = Workspace::<SqliteStore>::open(&args.workspace, Mode::ReadOnly).await
        && let Some(why) = reached.connection.keep(&copy).await?
    {
        out.note(&format!("note: the password of the address of before is not forgotten: {why}"));
    }
    let (books, view) = done?;
    show_pulled(&view, out);
    if pull.remember {
        remember(args, &mut reached, out).await?;
    }
    out.result(&view);
    close(books, out).await;
    Ok(())
}

/// Puts the password that the server took into the keychain.
async fn remember(args: &Args, reached: &mut Reached, out: &mut Output) -> Result<(), Failure> {
    let Some(password) = reached.password() else {
        out.note("note: there is no password to remember: the server asked for none");
        return Ok(());
    };
    reached.connection.remember_password(&args.workspace, &password).await?;
    out.line("The password is in the keychain of this system from now on.");
    Ok(())
}

pub(crate) async fn disconnect(
    args: &Args,
    disconnect: &DisconnectArgs,
    out: &mut Output,
) -> Result<(), Failure> {
    let Some(mut connection) = Connection::read(&args.workspace)? else {
        out.line("It is not known how this workspace reaches a production ledger.");
        return Ok(());
    };
    let place = connection.address.place().to_owned();
    if disconnect.password {
        let was = connection.keychain;
        connection.forget_password(&args.workspace).await?;
        out.line(match was {
            true => format!("The password for {place} is no longer in the keychain."),
            false => format!("No password for {place} was in the keychain."),
        });
        return Ok(());
    }
    Connection::forget(&args.workspace).await?;
    out.line(format!("How {place} is reached is forgotten; what was pulled stays."));
    Ok(())
}

/// Tells what a pull brought.
pub(crate) fn show_pulled(view: &PullView, out: &mut Output) {
    if view.made {
        out.line(format!("Made a workspace that follows {}.", view.ledger));
    }
    let (pulled, usage) = (&view.pulled, &view.usage);
    match (pulled.operations, usage.files) {
        (0, 0) => out.line(format!("Nothing new in {}.", view.ledger)),
        (0, _) => {}
        (operations, _) => out.line(format!(
            "Pulled {} with {} and {} from {}.",
            counted(operations, "operation"),
            counted(pulled.entries, "entry"),
            counted(pulled.lots, "lot"),
            view.ledger
        )),
    }
    if usage.files > 0 {
        out.line(format!(
            "Pulled {} of the usage archive with {}.",
            counted(usage.files, "file"),
            counted(usage.events, "event")
        ));
    }
    if usage.lacking > 0 {
        out.line(format!(
            "{} of usage did not come: an older version of Scrip left them in the folder where usage is \
             posted. The next import or posting run there hands them in.",
            counted(usage.lacking, "file")
        ));
    }
    out.line(format!("Checkpoint {}", view.checkpoint));
}

pub(crate) async fn upgrade(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let done = Workspace::<Ledger>::upgrade_in(&production(args, out).await?.database).await?;
    out.line(if done.from == done.to {
        format!("{} is up to date: format {}.", done.ledger, done.to)
    } else {
        format!("{} was brought from format {} to format {}.", done.ledger, done.from, done.to)
    });
    out.result(&done);
    Ok(())
}

pub(crate) async fn reconcile(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let books = Workspace::<SqliteStore>::open(&args.workspace, Mode::ReadOnly).await?;
    let view = following::reconcile(&books, &production(args, out).await?.database).await?;
    show(&view, out);
    out.result(&view);
    close(books.into(), out).await;
    if view.agrees { Ok(()) } else { Err(Failure::Unsound) }
}

fn show(view: &ReconcileView, out: &mut Output) {
    for (name, side) in [("here ", &view.here), ("there", &view.there)] {
        let SideView { ledger, chains, entries, checkpoint } = side;
        let (chains, entries) = (counted(*chains, "chain"), counted(*entries, "entry"));
        out.line(format!("{name}  {ledger}: {chains}, {entries}, checkpoint {checkpoint}"));
    }
    for customer in &view.customers {
        let more = customer.count.saturating_sub(customer.entries.len() as u64);
        out.line(format!(
            "{}: {} here, {} there",
            customer.customer,
            counted(customer.here, "entry"),
            counted(customer.there, "entry")
        ));
        for entry in &customer.entries {
            out.line(format!("  {}  here   {}", entry.number, told(entry.here.as_ref())));
            out.line(format!("  {}  there  {}", entry.number, told(entry.there.as_ref())));
        }
        if more > 0 {
            out.line(format!("  and {} more", counted(more, "entry")));
        }
    }
    for month in &view.months {
        out.line(format!(
            "{}  {} {}: {} {unit} here, {} {unit} there",
            month.month,
            month.number,
            month.account,
            month.here,
            month.there,
            unit = month.unit
        ));
    }
    show_operations(&view.operations, out);
    if let Some(ConfigurationApartView { here, there }) = &view.configuration {
        let [here, there] = [here, there].map(|side| match side {
            None => "none".to_owned(),
            Some(side) => format!("{} ({:.8})", side.revision, side.hash),
        });
        out.line(format!("configuration: {here} here, {there} there"));
    }
    for CloseDifferenceView { through, here, there } in &view.closes {
        let [here, there] =
            [here, there].map(|by| by.as_deref().unwrap_or("not closed").to_owned());
        out.line(format!("closed through {through}: {here} here, {there} there"));
    }
    if let Some(part) = &view.unfinished {
        out.line(format!(
            "The workspace is not whole: {} of {} operations of its pull are here.",
            part.done, part.total
        ));
    }
    out.line(verdict(view));
}

/// Whether they are the same, and what brings them together.
fn verdict(view: &ReconcileView) -> String {
    match (view.agrees, view.cure, &view.own) {
        (true, Cure::PullFromTheStart, _) => {
            "They are the same, but a plain pull does not go on with that server; \
             `scrip pull --from-the-start` does."
                .to_owned()
        }
        (true, ..) => "They are the same.".to_owned(),
        (false, Cure::PullFromTheStart, _) => {
            "The workspace is behind, and a plain pull does not go on with that server; \
             `scrip pull --from-the-start` closes the gap."
                .to_owned()
        }
        (false, Cure::Anew, Some(own)) => format!(
            "They differ: {own}. Pull into a new workspace, and enter again what only this one has."
        ),
        (false, Cure::Anew, None) => {
            "They differ, and the workspace is no copy of that ledger.".to_owned()
        }
        (false, Cure::Pull | Cure::Nothing, _) => {
            "The workspace is behind; `scrip pull` closes the gap.".to_owned()
        }
    }
}

fn show_operations(apart: &OperationsApartView, out: &mut Output) {
    let OperationsApartView { only_here, only_there, other, listed } = apart;
    let count = only_here + only_there + other;
    if count == 0 {
        return;
    }
    out.line(format!(
        "operations: {only_here} only here, {only_there} only there, {other} with another content"
    ));
    for one in listed {
        let of = one.customer.as_ref().map_or(String::new(), |of| format!(" of {of}"));
        let OperationDifferenceView { operation, what, kind, actor, at, .. } = one;
        out.line(format!("  {what:<5}  {operation}: {kind}{of} by {actor}, {at}"));
    }
    let more = count.saturating_sub(listed.len() as u64);
    if more > 0 {
        out.line(format!("  and {} more", counted(more, "operation")));
    }
}

fn told(entry: Option<&BriefView>) -> String {
    match entry {
        None => "nothing".to_owned(),
        Some(entry) => {
            format!("{} {} by {}: {}", entry.booked_on, entry.kind, entry.operation, entry.memo)
        }
    }
}
