//! What people do to lots by hand: `top-up`, `extend`, `contract`, `reinstate`, and the
//! plans that bring them: `subscribe`, `unsubscribe`, `complete-setup`, `refund-charge`.

use scrip_app::operate::Mode;
use scrip_store::Mode as Access;
use serde_json::{Map, Value, json};

use super::write::perform;
use super::{close, described, id_and_at, open};
use crate::args::{
    Args, ByHand, Complete, Contract, Extend, RefundCharge, Reinstate, Subscribe, TopUp,
    Unsubscribe,
};
use crate::edge::edge;
use crate::failure::Failure;
use crate::output::Output;

/// Runs one operation: its own members, and what every operation by hand may say.
pub(crate) async fn by_hand(
    args: &Args,
    op: &str,
    (mut members, hand): (Map<String, Value>, &ByHand),
    out: &mut Output,
) -> Result<(), Failure> {
    let books = open(args, Access::ReadWrite).await?;
    let edge = edge(args.actor.as_deref())?;
    let (id, at) = id_and_at(&books, (hand.id.as_deref(), hand.at.as_deref()), edge.now).await?;
    for (name, value) in [
        ("op", op),
        ("id", id.as_str()),
        ("at", at.to_string().as_str()),
        ("actor", edge.actor.as_str()),
    ] {
        members.insert(name.to_owned(), value.into());
    }
    if let Some(reason) = &hand.reason {
        members.insert("reason".to_owned(), reason.as_str().into());
    }
    let operation = described(Value::Object(members))?;
    let mode = if hand.dry_run { Mode::DryRun } else { Mode::Commit };
    perform(args, &books, &edge, ("", &[(1, operation)]), mode, out).await?;
    close(books, out).await;
    Ok(())
}

/// The members that are given, of those that are texts.
pub(crate) fn members<'a>(
    given: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
) -> Map<String, Value> {
    let given =
        given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    given.collect()
}

pub(crate) async fn top_up(args: &Args, top_up: &TopUp, out: &mut Output) -> Result<(), Failure> {
    let mut members = members([
        ("customer", Some(top_up.customer.as_str())),
        ("wallet", Some(top_up.wallet.as_str())),
        ("units", Some(top_up.units.as_str())),
        ("settlement", top_up.invoiced.then_some("invoiced")),
    ]);
    if let Some(net) = &top_up.price {
        let tax = top_up.tax.as_deref().unwrap_or("0");
        let price = json!({ "net": net, "tax": tax, "currency": top_up.currency });
        members.insert("price".to_owned(), price);
    }
    by_hand(args, "top_up", (members, &top_up.hand), out).await
}

pub(crate) async fn subscribe(
    args: &Args,
    subscribe: &Subscribe,
    out: &mut Output,
) -> Result<(), Failure> {
    let members = members([
        ("customer", Some(subscribe.customer.as_str())),
        ("plan", Some(subscribe.plan.as_str())),
        ("anchor", subscribe.anchor.as_deref()),
        ("settlement", subscribe.invoiced.then_some("invoiced")),
    ]);
    by_hand(args, "subscribe", (members, &subscribe.hand), out).await
}

pub(crate) async fn unsubscribe(
    args: &Args,
    unsubscribe: &Unsubscribe,
    out: &mut Output,
) -> Result<(), Failure> {
    let mut members = members([
        ("customer", Some(unsubscribe.customer.as_str())),
        ("plan", Some(unsubscribe.plan.as_str())),
    ]);
    members.insert("at_period_end".to_owned(), unsubscribe.at_period_end.into());
    by_hand(args, "cancel_subscription", (members, &unsubscribe.hand), out).await
}

pub(crate) async fn extend(args: &Args, extend: &Extend, out: &mut Output) -> Result<(), Failure> {
    let members = members([
        ("customer", Some(extend.customer.as_str())),
        ("lot", Some(extend.lot.as_str())),
        ("expires_at", Some(extend.expires_at.as_str())),
    ]);
    by_hand(args, "extend_lot", (members, &extend.hand), out).await
}

pub(crate) async fn complete(
    args: &Args,
    complete: &Complete,
    out: &mut Output,
) -> Result<(), Failure> {
    let members = members([
        ("customer", Some(complete.customer.as_str())),
        ("charge", Some(complete.charge.as_str())),
    ]);
    by_hand(args, "complete_setup", (members, &complete.hand), out).await
}

pub(crate) async fn refund_charge(
    args: &Args,
    refund: &RefundCharge,
    out: &mut Output,
) -> Result<(), Failure> {
    let mut members = members([
        ("customer", Some(refund.customer.as_str())),
        ("charge", Some(refund.charge.as_str())),
    ]);
    members.insert("include_earned".to_owned(), refund.include_earned.into());
    members.insert("with_tax".to_owned(), refund.with_tax.into());
    by_hand(args, "refund_charge", (members, &refund.hand), out).await
}

pub(crate) async fn contract(
    args: &Args,
    contract: &Contract,
    out: &mut Output,
) -> Result<(), Failure> {
    let members = members([
        ("customer", Some(contract.customer.as_str())),
        ("last_day", Some(contract.last_day.as_str())),
    ]);
    by_hand(args, "set_contract_end", (members, &contract.hand), out).await
}

pub(crate) async fn reinstate(
    args: &Args,
    reinstate: &Reinstate,
    out: &mut Output,
) -> Result<(), Failure> {
    let members = members([
        ("customer", Some(reinstate.customer.as_str())),
        ("lot", Some(reinstate.lot.as_str())),
        ("units", reinstate.units.as_deref()),
        ("expires_at", Some(reinstate.expires_at.as_str())),
        ("new_lot", reinstate.new_lot.as_deref()),
    ]);
    by_hand(args, "reinstate_lot", (members, &reinstate.hand), out).await
}
