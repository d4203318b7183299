//! Drafts of wallet types, plans and conversions: begun, saved with what is wrong at each field, compared,
//! published.

use std::collections::BTreeMap;

use scrip_app::AppError;
use scrip_app::approvals::{Grounds, Held};
use scrip_app::designing::{self, Conversion, FormView, Plan, WalletType};
use scrip_app::fields::FieldFault;
use scrip_app::operate::Mode;
use scrip_app::outbox::QueuedView;
use scrip_app::plans;
use scrip_app::wallet_types::drafting;
use scrip_units::WalletTypeCode;
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::State;

use crate::commands::attached::AskedGrounds;
use crate::commands::parse;
use crate::commands::requests::id_of;
use crate::desk::{Books, Desk};
use crate::edge::{edge, new_id, now};
use crate::failure::{Failure, FieldProblem};

/// What is designed.
#[derive(Debug, Clone, Copy, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DesignKind {
    /// A wallet type.
    WalletType,
    /// A plan.
    Plan,
    /// A conversion.
    Conversion,
}

/// Calls a use case for what is designed.
macro_rules! of_kind {
    ($kind:expr, $call:ident($($argument:expr),*)) => {
        match $kind {
            DesignKind::WalletType => designing::$call::<WalletType, _>($($argument),*),
            DesignKind::Plan => designing::$call::<Plan, _>($($argument),*),
            DesignKind::Conversion => designing::$call::<Conversion, _>($($argument),*),
        }
    };
    ($kind:expr, $call:ident($($argument:expr),*).await) => {
        match $kind {
            DesignKind::WalletType => designing::$call::<WalletType, _>($($argument),*).await,
            DesignKind::Plan => designing::$call::<Plan, _>($($argument),*).await,
            DesignKind::Conversion => designing::$call::<Conversion, _>($($argument),*).await,
        }
    };
}

/// A value of a form, by the name that it has in the configuration: `expiry.months`.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct FormField {
    /// Name.
    pub name: String,
    /// Text.
    pub value: String,
}

/// A draft as a form.
#[derive(Debug, Serialize, Type)]
pub struct DraftForm {
    /// The version.
    pub version: u32,
    /// Its values; those that are absent are left out.
    pub fields: Vec<FormField>,
    /// Counts the savings; who saves sends the one he read.
    pub saved: String,
    /// What is wrong, at the name of a field; at none where it is elsewhere.
    pub problems: Vec<FieldProblem>,
}

pub(super) fn problem(fault: FieldFault) -> FieldProblem {
    FieldProblem {
        place: fault.field,
        message: fault.message,
        line: None,
        is_error: fault.is_error,
    }
}

impl From<FormView> for DraftForm {
    fn from(view: FormView) -> Self {
        Self {
            version: view.version,
            fields: view
                .fields
                .into_iter()
                .map(|(name, value)| FormField { name, value })
                .collect(),
            saved: view.saved.to_string(),
            problems: view.faults.into_iter().map(problem).collect(),
        }
    }
}

/// What can be chosen from in the form of a wallet type.
#[derive(Debug, Serialize, Type)]
pub struct WalletChoices {
    /// Units that a wallet may hold, besides currencies.
    pub units: Vec<String>,
    /// The currency of the books.
    pub currency: String,
    /// Meters.
    pub meters: Vec<MeterChoice>,
    /// Wallet types.
    pub wallet_types: Vec<String>,
    /// Keys of a draw order, with what each puts first.
    pub draw_keys: Vec<DrawKeyChoice>,
}

/// A meter.
#[derive(Debug, Serialize, Type)]
pub struct MeterChoice {
    /// Code.
    pub code: String,
    /// Names of its dimensions.
    pub dimensions: Vec<String>,
}

/// A key of a draw order.
#[derive(Debug, Serialize, Type)]
pub struct DrawKeyChoice {
    /// Code.
    pub key: String,
    /// What it puts first.
    pub words: String,
}

/// A policy that two versions see differently.
#[derive(Debug, Serialize, Type)]
pub struct WalletPolicyChange {
    /// Its name.
    pub title: String,
    /// What it said.
    pub before: Vec<String>,
    /// What it says.
    pub after: Vec<String>,
}

/// What a version says otherwise than another one.
#[derive(Debug, Serialize, Type)]
pub struct WalletComparison {
    /// The other version: the one in force, or the one before; none if there is none.
    pub version: Option<u32>,
    /// What differs.
    pub changes: Vec<WalletPolicyChange>,
}

/// What publishing did.
#[derive(Debug, Serialize, Type)]
pub struct PublishedDraft {
    /// The revision of the configuration in force now.
    pub revision: String,
    /// What was changed.
    pub changes: Vec<String>,
    /// What is worth knowing.
    pub warnings: Vec<String>,
}

/// Begins a draft of a new version. Says its number.
///
/// # Errors
/// When there is nothing of this code, or the draft cannot be written.
#[tauri::command]
#[specta::specta]
pub async fn begin_design(
    desk: State<'_, Desk>,
    kind: DesignKind,
    code: String,
) -> Result<u32, Failure> {
    let (books, edge) = (desk.books().await?, edge()?);
    Ok(of_kind!(kind, begin(&books, &edge, &code).await)?)
}

/// Begins a draft of a wallet type that does not exist yet.
///
/// # Errors
/// When there is one with this code, or no such unit.
#[tauri::command]
#[specta::specta]
pub async fn new_wallet_type(
    desk: State<'_, Desk>,
    code: String,
    name: String,
    unit: String,
) -> Result<u32, Failure> {
    let books = desk.books().await?;
    let code: WalletTypeCode = parse(code.trim())?;
    let new = (&code, name.trim(), parse(unit.trim())?);
    Ok(drafting::begin_new(&books, &edge()?, new).await?)
}

/// Begins a draft of a plan that does not exist yet.
///
/// # Errors
/// When there is one with this code.
#[tauri::command]
#[specta::specta]
pub async fn new_plan(desk: State<'_, Desk>, code: String, name: String) -> Result<u32, Failure> {
    let books = desk.books().await?;
    Ok(plans::begin_new(&books, &edge()?, &parse(code.trim())?, name.trim()).await?)
}

/// The draft as a form.
///
/// # Errors
/// When there is none.
#[tauri::command]
#[specta::specta]
pub async fn design_form(
    desk: State<'_, Desk>,
    kind: DesignKind,
    code: String,
) -> Result<DraftForm, Failure> {
    let books = desk.books().await?;
    Ok(of_kind!(kind, form(&books, &code).await)?.into())
}

/// What can be chosen from in the form of a wallet type.
///
/// # Errors
/// When the configuration cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn wallet_choices(desk: State<'_, Desk>) -> Result<WalletChoices, Failure> {
    let choices = drafting::choices(&desk.books().await?).await?;
    let key = |(key, words): (&'static str, &'static str)| DrawKeyChoice {
        key: key.to_owned(),
        words: words.to_owned(),
    };
    let meter = |(code, dimensions): (String, Vec<String>)| MeterChoice { code, dimensions };
    Ok(WalletChoices {
        units: choices.units,
        currency: choices.currency,
        meters: choices.meters.into_iter().map(meter).collect(),
        wallet_types: choices.wallet_types,
        draw_keys: choices.draw_keys.into_iter().map(key).collect(),
    })
}

/// Saves the draft, and says what is wrong with it. What cannot be read is not saved.
///
/// # Errors
/// When there is none, or somebody else saved it meanwhile.
#[tauri::command]
#[specta::specta]
pub async fn save_design(
    desk: State<'_, Desk>,
    kind: DesignKind,
    code: String,
    saved: String,
    fields: Vec<FormField>,
) -> Result<DraftForm, Failure> {
    let (books, edge) = (desk.books().await?, edge()?);
    let fields: BTreeMap<_, _> =
        fields.into_iter().map(|field| (field.name, field.value)).collect();
    let given = (parse(&saved)?, &fields);
    Ok(of_kind!(kind, save(&books, &edge, &code, given).await)?.into())
}

/// Throws the draft away.
///
/// # Errors
/// When there is none.
#[tauri::command]
#[specta::specta]
pub async fn discard_design(
    desk: State<'_, Desk>,
    kind: DesignKind,
    code: String,
) -> Result<(), Failure> {
    let books = desk.books().await?;
    Ok(of_kind!(kind, discard(&books, &code))?)
}

/// Puts the draft into force from its date on.
///
/// # Errors
/// What is wrong with it, at its fields; the draft is then as it was.
#[tauri::command]
#[specta::specta]
pub async fn publish_design(
    desk: State<'_, Desk>,
    kind: DesignKind,
    code: String,
    saved: String,
) -> Result<PublishedDraft, Failure> {
    let (books, edge, id) = (desk.books().await?, edge()?, new_id()?);
    let (act, what) = ((&id, Mode::Commit), (code.as_str(), parse(&saved)?));
    match of_kind!(kind, publish(&books, &edge, act, what).await) {
        Ok(view) => Ok(PublishedDraft {
            revision: view.revision.to_string(),
            changes: view.changes,
            warnings: view.warnings,
        }),
        Err(error) => Err(unpublished(&books, kind, &code, error).await?),
    }
}

/// Why a draft is not published: what is wrong with it, at its fields.
async fn unpublished(
    books: &Books,
    kind: DesignKind,
    code: &str,
    error: AppError,
) -> Result<Failure, Failure> {
    let AppError::Configuration { problems, .. } = error else { return Ok(error.into()) };
    let form = of_kind!(kind, form(books, code).await)?;
    let problems: Vec<_> = problems.into_iter().map(|(problem, _)| problem).collect();
    let faults = match kind {
        DesignKind::WalletType => designing::faults_of::<WalletType>(&problems, code, &form),
        DesignKind::Plan => designing::faults_of::<Plan>(&problems, code, &form),
        DesignKind::Conversion => designing::faults_of::<Conversion>(&problems, code, &form),
    };
    let problems = faults.into_iter().map(problem).collect();
    Ok(Failure::in_places("The draft cannot be published", problems))
}

/// Asks a second person to put the draft into force. Says the request.
///
/// # Errors
/// What is wrong with it, at its fields, or that it is asked for already.
#[tauri::command]
#[specta::specta]
pub async fn ask_for_design(
    desk: State<'_, Desk>,
    kind: DesignKind,
    code: String,
    saved: String,
    grounds: AskedGrounds,
) -> Result<String, Failure> {
    let (books, edge, ids) = (desk.books().await?, edge()?, (new_id()?, new_id()?));
    let (ids, what) = ((&ids.0, &ids.1), (code.as_str(), parse(&saved)?));
    let preview = grounds.preview()?;
    let grounds = grounds.with(preview.as_ref());
    match of_kind!(kind, ask(&books, &edge, ids, grounds, what).await) {
        Ok(asked) => Ok(id_of(asked)),
        Err(error) => Err(unpublished(&books, kind, &code, error).await?),
    }
}

/// Where a draft waits, as it stands.
#[derive(Debug, Serialize, Type)]
pub struct DraftHeld {
    /// The request in which it waits for a second person.
    pub request: Option<String>,
    /// The number under which it waits in the outbox.
    pub queued: Option<String>,
}

/// Where the draft waits as it stands: for a second person, in the outbox, or nowhere.
///
/// # Errors
/// When there is no draft.
#[tauri::command]
#[specta::specta]
pub async fn design_held(
    desk: State<'_, Desk>,
    kind: DesignKind,
    code: String,
) -> Result<DraftHeld, Failure> {
    let (books, now) = (desk.books().await?, now()?);
    Ok(match of_kind!(kind, held(&books, &code, now).await)? {
        Some(Held::Request(request)) => DraftHeld { request: Some(request), queued: None },
        Some(Held::Queued(number)) => DraftHeld { request: None, queued: Some(number.to_string()) },
        None => DraftHeld { request: None, queued: None },
    })
}

/// Puts the publishing of the draft into the outbox of a copy, or the request for it.
pub(super) async fn put_design(
    books: &Books,
    (kind, code): (DesignKind, &str),
    saved: u64,
    grounds: Grounds<'_>,
) -> Result<QueuedView, Failure> {
    let (edge, ids) = (edge()?, (new_id()?, new_id()?));
    let (ids, what) = ((&ids.0, &ids.1), (code, saved));
    match of_kind!(kind, put(books, &edge, ids, grounds, what).await) {
        Ok(queued) => Ok(queued),
        Err(error) => Err(unpublished(books, kind, code, error).await?),
    }
}

/// What a version of a wallet type says otherwise than the one in force.
///
/// # Errors
/// When there is no such type or version.
#[tauri::command]
#[specta::specta]
pub async fn compare_wallet_type(
    desk: State<'_, Desk>,
    code: String,
    version: u32,
) -> Result<WalletComparison, Failure> {
    let document = designing::seen(&desk.books().await?).await?;
    let (other, changes) = drafting::compare(&document, (&parse(&code)?, version), now()?)?;
    let change = |change: drafting::PolicyChange| WalletPolicyChange {
        title: change.title.to_owned(),
        before: change.before,
        after: change.after,
    };
    Ok(WalletComparison { version: other, changes: changes.into_iter().map(change).collect() })
}
