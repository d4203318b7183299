//! The outbox of a copy: what was decided here and waits to be done at production.

use std::collections::BTreeSet;

use scrip_app::approvals::{self, AskedView};
use scrip_app::outbox::{self, ItemDetail, ItemView, OutboxView, ShownEntry, ShownPosting, Sort};
use scrip_app::{acts, closing};
use scrip_engine::Operation;
use scrip_journal::Account;
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::State;

use crate::commands::acts::{ActEntry, refused};
use crate::commands::attached::AskedGrounds;
use crate::commands::designs::{DesignKind, put_design};
use crate::commands::ledger::LedgerPosting;
use crate::commands::parse;
use crate::commands::requests::{
    AskedOperation, MergeChoice, RequestMerge, RequestVerdict, chosen,
};
use crate::desk::Desk;
use crate::edge::{edge, new_id};
use crate::failure::Failure;

/// What an item is, beside what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ItemSort {
    /// It does something.
    Act,
    /// It asks a second person.
    Request,
    /// It approves what another asked for.
    Approval,
    /// It rejects that.
    Rejection,
    /// It takes a request back.
    Withdrawal,
}

impl From<Sort> for ItemSort {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Act => Self::Act,
            Sort::Request => Self::Request,
            Sort::Approval => Self::Approval,
            Sort::Rejection => Self::Rejection,
            Sort::Withdrawal => Self::Withdrawal,
        }
    }
}

/// An item of the outbox.
#[derive(Debug, Serialize, Type)]
pub struct OutboxItem {
    /// Its place in the order in which things were decided.
    pub number: String,
    /// What it is.
    pub sort: ItemSort,
    /// When it was decided.
    pub queued_at: String,
    /// By whom.
    pub queued_by: String,
    /// The configuration under which it was looked at.
    pub revision: String,
    /// What is to be done, or is asked for.
    pub operations: Vec<AskedOperation>,
    /// The customers whom it is about.
    pub customers: Vec<String>,
    /// The request that it asks with, if it does.
    pub request: Option<String>,
    /// The name of the preview that goes with that request.
    pub preview: Option<String>,
    /// The request that it decides about, if it does.
    pub decides: Option<String>,
    /// When the last push left it here.
    pub kept_back_at: Option<String>,
    /// Why.
    pub kept_back: Option<String>,
}

/// Operations of requests themselves: what they are about is told by the others.
const OF_REQUESTS: [&str; 2] = ["request_approval", "decide_request"];

impl From<ItemView> for OutboxItem {
    fn from(view: ItemView) -> Self {
        let customers: BTreeSet<String> = view
            .operations
            .iter()
            .chain(&view.asked)
            .filter_map(|one| one.customer.clone())
            .collect();
        let of = |op: &str| view.operations.iter().find(|one| one.op == op);
        let request = of("request_approval").map(|one| one.id.clone());
        let decides = of("decide_request");
        let decides = decides.and_then(|one| one.id.strip_suffix("/decision").map(str::to_owned));
        let is_own = |one: &AskedView| !OF_REQUESTS.contains(&one.op.as_str());
        let about: Vec<_> = view.operations.into_iter().filter(is_own).chain(view.asked).collect();
        Self {
            number: view.number.to_string(),
            sort: view.sort.into(),
            queued_at: view.queued_at,
            queued_by: view.queued_by,
            revision: view.revision.to_string(),
            operations: about.into_iter().map(AskedOperation::from).collect(),
            customers: customers.into_iter().collect(),
            request,
            preview: view.preview,
            decides,
            kept_back_at: view.kept_back_at,
            kept_back: view.kept_back,
        }
    }
}

/// A file of the outbox that cannot be read.
#[derive(Debug, Serialize, Type)]
pub struct UnreadableOutboxItem {
    /// Its number.
    pub number: String,
    /// The file.
    pub file: String,
    /// Why.
    pub why: String,
}

/// What waits.
#[derive(Debug, Serialize, Type)]
pub struct Outbox {
    /// Items, in the order in which they were decided.
    pub items: Vec<OutboxItem>,
    /// Files that cannot be read; what was decided after one waits with it.
    pub unreadable: Vec<UnreadableOutboxItem>,
}

impl From<OutboxView> for Outbox {
    fn from(view: OutboxView) -> Self {
        let unreadable = view.unreadable.into_iter().map(|one| UnreadableOutboxItem {
            number: one.number.to_string(),
            file: one.file,
            why: one.why,
        });
        Self {
            items: view.items.into_iter().map(OutboxItem::from).collect(),
            unreadable: unreadable.collect(),
        }
    }
}

/// An item with what it would do now.
#[derive(Debug, Serialize, Type)]
pub struct OutboxItemInWhole {
    /// The item.
    pub item: OutboxItem,
    /// Whether it publishes a configuration, or asks for that.
    pub publishes: bool,
    /// Whether another configuration came into force since, as far as the copy knows.
    pub is_overtaken: bool,
    /// The entries that it, or what it asks for, would cause now.
    pub entries: Vec<ActEntry>,
    /// The entries that were shown when it was decided.
    pub shown: Vec<ActEntry>,
    /// Whether they are the same.
    pub as_shown: bool,
    /// What it would do now, in a word by which deciding again knows that this was looked at.
    pub now: Option<String>,
    /// Why the copy would refuse it now, if so.
    pub refused: Option<String>,
    /// The operations as they are written.
    pub texts: Vec<String>,
}

fn posting(posting: ShownPosting) -> LedgerPosting {
    let account = Account::ALL.iter().find(|account| account.code() == posting.account);
    let name = account.map_or_else(|| posting.account.clone(), |one| one.name().to_owned());
    LedgerPosting {
        number: posting.number,
        account: posting.account,
        name,
        amount: posting.amount,
        unit: posting.unit,
        wallet: None,
        lot: posting.lot,
        rate: None,
        service_day: None,
    }
}

/// An entry that was shown has no hash; its place stands for it.
fn shown((place, entry): (usize, ShownEntry)) -> ActEntry {
    ActEntry {
        customer: entry.customer,
        kind: entry.kind,
        booked_on: entry.booked_on,
        memo: entry.memo,
        hash: format!("shown {place}"),
        postings: entry.postings.into_iter().map(posting).collect(),
    }
}

impl From<ItemDetail> for OutboxItemInWhole {
    fn from(detail: ItemDetail) -> Self {
        let item = OutboxItem::from(detail.item);
        let entries = detail.effects.into_iter().flat_map(|effect| effect.entries);
        Self {
            publishes: item.operations.iter().any(|one| one.kind == "apply_configuration"),
            item,
            is_overtaken: detail.is_overtaken,
            entries: entries.map(ActEntry::from).collect(),
            shown: detail.shown.into_iter().enumerate().map(shown).collect(),
            as_shown: detail.as_shown,
            now: detail.now,
            refused: detail.refused,
            texts: detail.texts,
        }
    }
}

/// What waits in the outbox.
///
/// # Errors
/// When its folder cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn outbox(desk: State<'_, Desk>) -> Result<Outbox, Failure> {
    Ok(outbox::list(&desk.books().await?)?.into())
}

/// An item with what it would do now, as far as the copy knows.
///
/// # Errors
/// When there is none, or it cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn outbox_item(
    desk: State<'_, Desk>,
    number: String,
) -> Result<OutboxItemInWhole, Failure> {
    Ok(outbox::show(&desk.books().await?, &edge()?, parse(&number)?).await?.into())
}

/// Brings the configuration of an item together with what was published since, with what was chosen so far.
///
/// # Errors
/// When there is none, or it cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn outbox_merge(
    desk: State<'_, Desk>,
    number: String,
    choices: Vec<MergeChoice>,
) -> Result<RequestMerge, Failure> {
    let books = desk.books().await?;
    Ok(outbox::merge(&books, &edge()?, parse(&number)?, &chosen(choices)).await?.into())
}

/// Decides on an item again, as the copy knows the books now. With what was looked at, exactly that is
/// decided.
///
/// # Errors
/// When a place is still open, it is not what was looked at, or the books refuse it now.
#[tauri::command]
#[specta::specta]
pub async fn renew_outbox_item(
    desk: State<'_, Desk>,
    number: String,
    choices: Vec<MergeChoice>,
    looked: Option<String>,
) -> Result<(), Failure> {
    let books = desk.books().await?;
    let (number, chosen) = (parse(&number)?, chosen(choices));
    outbox::renew(&books, &edge()?, number, &chosen, looked.as_deref()).await?;
    Ok(())
}

/// An item that has to be looked at by itself.
#[derive(Debug, Serialize, Type)]
pub struct OutboxItemAlone {
    /// Its number.
    pub number: String,
    /// Why.
    pub why: String,
}

/// What can be decided again at once.
#[derive(Debug, Serialize, Type)]
pub struct OutboxAgain {
    /// The items that would do something else now, or were kept back, in their order.
    pub items: Vec<OutboxItemInWhole>,
    /// The first that cannot be decided again with them; what waits behind it waits for that.
    pub alone: Option<OutboxItemAlone>,
}

/// Looks at what can be decided again at once.
///
/// # Errors
/// When the outbox cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn outbox_again(desk: State<'_, Desk>) -> Result<OutboxAgain, Failure> {
    let again = outbox::again(&desk.books().await?, &edge()?).await?;
    let alone = again.alone;
    Ok(OutboxAgain {
        items: again.items.into_iter().map(OutboxItemInWhole::from).collect(),
        alone: alone.map(|one| OutboxItemAlone { number: one.number.to_string(), why: one.why }),
    })
}

/// An item as it was looked at.
#[derive(Debug, Deserialize, Type)]
pub struct LookedAt {
    /// Its number.
    pub number: String,
    /// What it would do, as it said.
    pub now: String,
}

/// Decides again on items as they were looked at, all of them or none.
///
/// # Errors
/// When one of them would do something else by now.
#[tauri::command]
#[specta::specta]
pub async fn renew_outbox_items(
    desk: State<'_, Desk>,
    looked: Vec<LookedAt>,
) -> Result<(), Failure> {
    let read = |one: LookedAt| Ok((parse(&one.number)?, one.now));
    let looked = looked.into_iter().map(read).collect::<Result<Vec<_>, Failure>>()?;
    outbox::renew_all(&desk.books().await?, &edge()?, &looked).await?;
    Ok(())
}

/// Takes an item out of the outbox: it is not done.
///
/// # Errors
/// When there is none, or its file cannot be removed.
#[tauri::command]
#[specta::specta]
pub async fn discard_outbox_item(desk: State<'_, Desk>, number: String) -> Result<(), Failure> {
    outbox::discard(&desk.books().await?, parse(&number)?)?;
    Ok(())
}

/// An act that was looked at.
#[derive(Debug, Deserialize, Type)]
pub struct ActToQueue {
    /// The operation.
    pub operation: String,
    /// The hashes of its entries.
    pub hashes: Vec<String>,
}

/// A draft of a rate card.
#[derive(Debug, Deserialize, Type)]
pub struct CardToQueue {
    /// Its name.
    pub draft: String,
    /// The saving that was looked at.
    pub saved: String,
    /// What a second person is told.
    pub grounds: AskedGrounds,
}

/// A draft of a wallet type, a plan or a conversion.
#[derive(Debug, Deserialize, Type)]
pub struct DesignToQueue {
    /// What it is.
    pub kind: DesignKind,
    /// Its code.
    pub code: String,
    /// The saving that was looked at.
    pub saved: String,
    /// What a second person is told.
    pub grounds: AskedGrounds,
}

/// The close of a month.
#[derive(Debug, Deserialize, Type)]
pub struct CloseToQueue {
    /// The month.
    pub month: String,
    /// Why, where not all holds that should.
    pub reason: Option<String>,
}

/// A decision about a request.
#[derive(Debug, Deserialize, Type)]
pub struct VerdictToQueue {
    /// The request.
    pub request: String,
    /// What is decided.
    pub verdict: RequestVerdict,
    /// The content that was looked at.
    pub content: String,
    /// What is said with it.
    pub comment: Option<String>,
}

/// Asking again.
#[derive(Debug, Deserialize, Type)]
pub struct RenewalToQueue {
    /// The request that was overtaken.
    pub request: String,
    /// What was chosen for the places that both changed.
    pub choices: Vec<MergeChoice>,
}

/// What is decided on a copy.
#[derive(Debug, Deserialize, Type)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ToQueue {
    /// An act on a customer.
    Act(ActToQueue),
    /// Publishing a rate card.
    Card(CardToQueue),
    /// Publishing something that is designed.
    Design(DesignToQueue),
    /// Closing a month.
    Close(CloseToQueue),
    /// A decision about a request.
    Verdict(VerdictToQueue),
    /// Asking again.
    Renewal(RenewalToQueue),
}

/// Puts what was decided on a copy into its outbox, or the request for it where a rule asks for a second
/// person. Says the item; none where the same is done or waits already.
///
/// # Errors
/// When the books refuse it, or it is not what was looked at.
#[tauri::command]
#[specta::specta]
pub async fn put_into_outbox(
    desk: State<'_, Desk>,
    decided: ToQueue,
) -> Result<Option<OutboxItem>, Failure> {
    let (books, edge, ids) = (desk.books().await?, edge()?, (new_id()?, new_id()?));
    let pair = (&ids.0, &ids.1);
    let queued = match decided {
        ToQueue::Act(act) => {
            let operation = Operation::from_json(&act.operation).map_err(|e| Failure::input(&e))?;
            acts::put(&books, &edge, pair.0, &operation, &act.hashes).await.map_err(refused)?
        }
        ToQueue::Card(card) => {
            let draft = (&parse(&card.draft)?, parse(&card.saved)?);
            let preview = card.grounds.preview()?;
            let grounds = card.grounds.with(preview.as_ref());
            outbox::put_draft(&books, &edge, pair, grounds, draft).await?
        }
        ToQueue::Design(DesignToQueue { kind, code, saved, grounds }) => {
            let preview = grounds.preview()?;
            let grounds = grounds.with(preview.as_ref());
            put_design(&books, (kind, &code), parse(&saved)?, grounds).await?
        }
        ToQueue::Close(close) => {
            let month = parse(&close.month)?;
            closing::put_close(&books, &edge, pair, month, close.reason.as_deref()).await?
        }
        ToQueue::Verdict(VerdictToQueue { request, verdict, content, comment }) => {
            let asked = (&parse(&request)?, verdict.into());
            let content = Some(content.as_str());
            approvals::put_decision(&books, &edge, asked, content, comment.as_deref()).await?
        }
        ToQueue::Renewal(RenewalToQueue { request, choices }) => {
            let ids = (&parse(&request)?, pair.0);
            approvals::put_renewal(&books, &edge, ids, &chosen(choices)).await?
        }
    };
    Ok(queued.item.map(OutboxItem::from))
}
