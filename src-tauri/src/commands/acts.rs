//! Acts by hand on a customer's credits: the entries first, then the act or nothing.

use scrip_app::AppError;
use scrip_app::acts::{self, member_of};
use scrip_app::view::EntryView;
use scrip_engine::Operation;
use scrip_units::Date;
use scrip_wallet::LotKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use specta::Type;
use tauri::State;

use crate::commands::ledger::LedgerPosting;
use crate::commands::overview::{UnitAmount, amounts};
use crate::commands::requests::ApprovalNeed;
use crate::desk::Desk;
use crate::edge::{edge, new_id};
use crate::failure::{Failure, FieldProblem};

/// What is wanted. Amounts are decimal texts; what is absent is left to the books' rules.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Adds units to a wallet.
    Grant(GrantWanted),
    /// Pays back units that are left of a lot.
    Refund(RefundWanted),
    /// Moves units of a lot to another wallet or customer.
    Transfer(TransferWanted),
    /// Lets a lot live longer.
    Extend(ExtendWanted),
    /// Puts a lot right by hand.
    Adjust(AdjustWanted),
}

/// A grant.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct GrantWanted {
    /// The wallet type.
    pub wallet: String,
    /// How the customer comes by the units.
    pub kind: String,
    /// Units.
    pub units: String,
    /// What is paid, net of tax.
    pub price: Option<String>,
    /// Tax on top of it.
    pub tax: Option<String>,
    /// Currency of both.
    pub currency: Option<String>,
    /// Whether it is invoiced and paid later.
    pub invoiced: bool,
    /// The last day on which the units can be used; by the wallet type's rule if absent.
    pub last_day: Option<String>,
}

/// A refund.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct RefundWanted {
    /// The lot.
    pub lot: String,
    /// Units paid back; all that are left if neither units nor amount are given.
    pub units: Option<String>,
    /// Money paid back instead of units, net of tax.
    pub amount: Option<String>,
    /// Fee kept.
    pub fee: Option<String>,
    /// Whether the tax on it is paid back too.
    pub with_tax: bool,
}

/// A transfer.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct TransferWanted {
    /// The lot.
    pub lot: String,
    /// Units moved; all that are left if absent.
    pub units: Option<String>,
    /// The customer who gets them; the same if absent.
    pub to_customer: Option<String>,
    /// The wallet that gets them; the one they come from if absent.
    pub to_wallet: Option<String>,
}

/// An extension.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct ExtendWanted {
    /// The lot.
    pub lot: String,
    /// The last day on which its units can be used.
    pub last_day: String,
}

/// An adjustment.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct AdjustWanted {
    /// The lot.
    pub lot: String,
    /// Units added, or with a minus taken away.
    pub units: String,
    /// `concession`, `promotion` or `liability`: the account that stands against it.
    pub counter: String,
    /// What added units are worth.
    pub worth: Option<String>,
    /// Currency of that.
    pub currency: Option<String>,
    /// Who approved it.
    pub approver: String,
}

/// An entry that an act would cause.
#[derive(Debug, Serialize, Type)]
pub struct ActEntry {
    /// Customer.
    pub customer: String,
    /// Kind.
    pub kind: String,
    /// Accounting day.
    pub booked_on: String,
    /// In words.
    pub memo: String,
    /// Hash: what is confirmed.
    pub hash: String,
    /// Lines.
    pub postings: Vec<LedgerPosting>,
}

impl From<EntryView> for ActEntry {
    fn from(entry: EntryView) -> Self {
        Self {
            customer: entry.customer,
            kind: entry.kind.to_owned(),
            booked_on: entry.booked_on,
            memo: entry.memo,
            hash: entry.hash,
            postings: entry.postings.into_iter().map(LedgerPosting::from).collect(),
        }
    }
}

/// What an act would do.
#[derive(Debug, Serialize, Type)]
pub struct ActPreview {
    /// The operation as it is confirmed.
    pub operation: String,
    /// The entries.
    pub entries: Vec<ActEntry>,
    /// Money that is paid back.
    pub paid_back: Vec<UnitAmount>,
    /// Units that come into wallets, less those that leave them.
    pub units: Vec<UnitAmount>,
    /// The second person that it needs, if it needs one.
    pub needs: Option<ApprovalNeed>,
}

/// A wallet type that can be granted to.
#[derive(Debug, Serialize, Type)]
pub struct GrantableType {
    /// Code.
    pub wallet_type: String,
    /// Unit.
    pub unit: String,
}

/// What the forms of acts can choose from.
#[derive(Debug, Serialize, Type)]
pub struct ActChoices {
    /// Wallet types.
    pub wallet_types: Vec<GrantableType>,
    /// How customers come by units.
    pub kinds: Vec<String>,
    /// The currency of the books.
    pub currency: String,
}

/// What the forms of acts can choose from.
///
/// # Errors
/// When the configuration cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn act_choices(desk: State<'_, Desk>) -> Result<ActChoices, Failure> {
    let catalog = desk.books().await?.catalog().await?;
    let document = catalog.document();
    Ok(ActChoices {
        wallet_types: document
            .wallet_types
            .iter()
            .map(|wallet_type| GrantableType {
                wallet_type: wallet_type.code.to_string(),
                unit: wallet_type.unit.to_string(),
            })
            .collect(),
        kinds: LotKind::ALL.iter().map(|kind| kind.code().to_owned()).collect(),
        currency: document.entity.currency.to_string(),
    })
}

/// The entries that an act would cause; nothing is changed.
///
/// # Errors
/// When the books refuse it: the problem names the member that is refused.
#[tauri::command]
#[specta::specta]
pub async fn preview_act(
    desk: State<'_, Desk>,
    customer: String,
    act: Act,
    reason: Option<String>,
) -> Result<ActPreview, Failure> {
    let edge = edge()?;
    let (op, mut members) = members(act)?;
    members.insert("customer".to_owned(), customer.into());
    members.insert("op".to_owned(), op.into());
    members.insert("id".to_owned(), new_id()?.to_string().into());
    members.insert("at".to_owned(), edge.now.to_string().into());
    members.insert("actor".to_owned(), edge.actor.as_str().into());
    if let Some(reason) = reason {
        members.insert("reason".to_owned(), reason.into());
    }
    let operation = Operation::from_value(Value::Object(members));
    let operation = operation.map_err(|error| misread(&error.message))?;
    let books = desk.books().await?;
    let preview = acts::preview(&books, &edge, &operation).await.map_err(refused)?;
    Ok(ActPreview {
        operation: preview.operation,
        entries: preview.entries.into_iter().map(ActEntry::from).collect(),
        paid_back: amounts(preview.paid_back),
        units: amounts(preview.units),
        needs: preview.needs.map(ApprovalNeed::from),
    })
}

/// Does an act that was looked at: exactly the entries of these hashes, or nothing.
///
/// # Errors
/// When the books have moved meanwhile, or refuse it.
#[tauri::command]
#[specta::specta]
pub async fn confirm_act(
    desk: State<'_, Desk>,
    operation: String,
    hashes: Vec<String>,
) -> Result<(), Failure> {
    let operation = Operation::from_json(&operation).map_err(|e| Failure::input(&e))?;
    let books = desk.books().await?;
    acts::confirm(&books, &edge()?, &operation, &hashes).await.map_err(refused)?;
    Ok(())
}

/// The operation's code and its own members.
fn members(act: Act) -> Result<(&'static str, Map<String, Value>), Failure> {
    let texts = |given: Vec<(&str, Option<String>)>| -> Map<String, Value> {
        let given = given.into_iter();
        given.filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect()
    };
    Ok(match act {
        Act::Grant(grant) => {
            let mut members = texts(vec![
                ("wallet", Some(grant.wallet)),
                ("kind", Some(grant.kind)),
                ("units", Some(grant.units)),
                ("settlement", grant.invoiced.then(|| "invoiced".to_owned())),
                ("expires_at", grant.last_day.as_deref().map(after).transpose()?),
            ]);
            if let Some(net) = grant.price {
                let tax = grant.tax.unwrap_or_else(|| "0".to_owned());
                let price = json!({ "net": net, "tax": tax, "currency": grant.currency });
                members.insert("price".to_owned(), price);
            }
            ("grant_credits", members)
        }
        Act::Refund(refund) => {
            let mut members = texts(vec![
                ("lot", Some(refund.lot)),
                ("units", refund.units),
                ("amount", refund.amount),
                ("fee", refund.fee),
            ]);
            members.insert("with_tax".to_owned(), refund.with_tax.into());
            ("refund_grant", members)
        }
        Act::Transfer(transfer) => (
            "transfer_units",
            texts(vec![
                ("lot", Some(transfer.lot)),
                ("units", transfer.units),
                ("to_customer", transfer.to_customer),
                ("to_wallet", transfer.to_wallet),
            ]),
        ),
        Act::Extend(extend) => (
            "extend_lot",
            texts(vec![("lot", Some(extend.lot)), ("expires_at", Some(after(&extend.last_day)?))]),
        ),
        Act::Adjust(adjust) => {
            let mut members = texts(vec![
                ("lot", Some(adjust.lot)),
                ("units", Some(adjust.units)),
                ("counter", Some(adjust.counter)),
                ("approver", Some(adjust.approver)),
            ]);
            if let Some(amount) = adjust.worth {
                let worth = json!({ "amount": amount, "currency": adjust.currency });
                members.insert("worth".to_owned(), worth);
            }
            ("adjust_balance", members)
        }
    })
}

/// The day after the last one: what the books keep as the end.
fn after(last_day: &str) -> Result<String, Failure> {
    let day: Date = last_day.parse().map_err(|_| {
        let message = format!("{last_day} is not a day such as 2026-12-31");
        at("expires_at", Failure::input(&message))
    })?;
    let next = day.succ_opt().ok_or_else(|| Failure::input(&"the calendar ends there"))?;
    Ok(next.to_string())
}

/// A failure that belongs to a member of the form.
fn at(member: &str, failure: Failure) -> Failure {
    let problem = FieldProblem {
        place: member.to_owned(),
        message: failure.what.clone(),
        line: None,
        is_error: true,
    };
    Failure { problems: vec![problem], ..failure }
}

/// A refusal, at the member that it is about.
pub(super) fn refused(error: AppError) -> Failure {
    let member = match &error {
        AppError::Rejected(rejection) => member_of(rejection),
        _ => None,
    };
    let failure = Failure::from(error);
    match member {
        Some(member) => at(member, failure),
        None => failure,
    }
}

/// An operation that cannot be read: serde says the member where it can.
fn misread(message: &str) -> Failure {
    let failure = Failure::input(&message);
    let names = ["units", "amount", "fee", "approver", "to_customer", "to_wallet", "wallet"];
    match names.iter().find(|name| message.contains(&format!("`{name}`"))) {
        Some(name) => at(name, failure),
        None => failure,
    }
}
