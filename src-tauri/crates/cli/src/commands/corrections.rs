//! `refund`, `transfer`, `convert`, `adjust`, `chargeback`, `reverse`: one operation each.

use scrip_app::operate::Mode;
use scrip_store::Mode as Access;
use serde_json::{Map, Value, json};

use super::write::perform;
use super::{close, described, id_and_at, open};
use crate::args::Args;
use crate::args::corrections::{
    Adjust, ByHand, ChargeBack, Convert, Counter, Refund, Reverse, Transfer,
};
use crate::edge::edge;
use crate::failure::Failure;
use crate::output::Output;

/// Members of an operation that may be absent.
pub(super) fn members<const N: usize>(given: [(&str, Option<&String>); N]) -> Map<String, Value> {
    let given = given.into_iter();
    given.filter_map(|(name, value)| Some((name.to_owned(), value?.clone().into()))).collect()
}

pub(super) fn flags<const N: usize>(members: &mut Map<String, Value>, given: [(&str, bool); N]) {
    for (name, _) in given.into_iter().filter(|(_, given)| *given) {
        members.insert(name.to_owned(), true.into());
    }
}

/// Runs one operation and shows its entries.
pub(super) async fn one(
    args: &Args,
    (op, by_hand): (&str, &ByHand),
    mut members: Map<String, Value>,
    out: &mut Output,
) -> Result<(), Failure> {
    let books = open(args, Access::ReadWrite).await?;
    let edge = edge(args.actor.as_deref())?;
    let given = (by_hand.id.as_deref(), by_hand.at.as_deref());
    let (id, at) = id_and_at(&books, given, edge.now).await?;
    let head = [
        ("op", op.to_owned()),
        ("id", id.to_string()),
        ("at", at.to_string()),
        ("actor", edge.actor.to_string()),
        ("customer", by_hand.customer.clone()),
    ];
    members.extend(head.map(|(name, value)| (name.to_owned(), value.into())));
    if let Some(reason) = &by_hand.reason {
        members.insert("reason".to_owned(), reason.clone().into());
    }
    let operation = described(Value::Object(members))?;
    let mode = if by_hand.dry_run { Mode::DryRun } else { Mode::Commit };
    perform(args, &books, &edge, ("", &[(1, operation)]), mode, out).await?;
    close(books, out).await;
    Ok(())
}

pub(crate) async fn refund(args: &Args, refund: &Refund, out: &mut Output) -> Result<(), Failure> {
    let mut members = members([
        ("lot", refund.which.lot.as_ref()),
        ("wallet", refund.which.wallet.as_ref()),
        ("units", refund.units.as_ref()),
        ("amount", refund.amount.as_ref()),
        ("fee", refund.fee.as_ref()),
    ]);
    let given = [
        ("include_expired", refund.include_expired),
        ("include_used", refund.include_used),
        ("with_tax", refund.with_tax),
    ];
    flags(&mut members, given);
    one(args, ("refund_grant", &refund.by_hand), members, out).await
}

pub(crate) async fn transfer(
    args: &Args,
    transfer: &Transfer,
    out: &mut Output,
) -> Result<(), Failure> {
    let members = members([
        ("lot", transfer.which.lot.as_ref()),
        ("wallet", transfer.which.wallet.as_ref()),
        ("units", transfer.units.as_ref()),
        ("to_customer", transfer.to_customer.as_ref()),
        ("to_wallet", transfer.to_wallet.as_ref()),
        ("to_wallet_type", transfer.to_wallet_type.as_ref()),
    ]);
    one(args, ("transfer_units", &transfer.by_hand), members, out).await
}

pub(crate) async fn convert(
    args: &Args,
    convert: &Convert,
    out: &mut Output,
) -> Result<(), Failure> {
    let members = members([
        ("lot", convert.which.lot.as_ref()),
        ("wallet", convert.which.wallet.as_ref()),
        ("units", convert.units.as_ref()),
        ("to_wallet", Some(&convert.to_wallet)),
        ("to_wallet_type", convert.to_wallet_type.as_ref()),
    ]);
    one(args, ("convert_units", &convert.by_hand), members, out).await
}

pub(crate) async fn adjust(args: &Args, adjust: &Adjust, out: &mut Output) -> Result<(), Failure> {
    let counter = match adjust.counter {
        Counter::Concession => "concession",
        Counter::Promotion => "promotion",
        Counter::Liability => "liability",
    };
    let mut members = members([
        ("lot", adjust.which.lot.as_ref()),
        ("wallet", adjust.which.wallet.as_ref()),
        ("units", Some(&adjust.units)),
        ("counter", Some(&counter.to_owned())),
        ("approver", Some(&adjust.approver)),
    ]);
    if let Some(worth) = &adjust.worth {
        let worth = json!({ "amount": worth, "currency": adjust.currency });
        members.insert("worth".to_owned(), worth);
    }
    one(args, ("adjust_balance", &adjust.by_hand), members, out).await
}

pub(crate) async fn chargeback(
    args: &Args,
    chargeback: &ChargeBack,
    out: &mut Output,
) -> Result<(), Failure> {
    let mut members =
        members([("lot", Some(&chargeback.lot)), ("amount", chargeback.amount.as_ref())]);
    flags(&mut members, [("with_tax", chargeback.with_tax)]);
    let op = if chargeback.won { "win_chargeback" } else { "chargeback" };
    one(args, (op, &chargeback.by_hand), members, out).await
}

pub(crate) async fn reverse(
    args: &Args,
    reverse: &Reverse,
    out: &mut Output,
) -> Result<(), Failure> {
    let mut members = Map::new();
    members.insert("keys".to_owned(), json!(reverse.keys));
    one(args, ("reverse_usage", &reverse.by_hand), members, out).await
}
