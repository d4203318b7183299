//! Changing wallet types: each has a draft of its own, `wallets/CODE`, with one version in it.

use scrip_catalog::{
    Document, DrawKey, Effective, Meter, Problem, Status, UnitKind, Version, WalletType,
    WalletTypeVersion, validate,
};
use scrip_store::LedgerStore;
use scrip_units::{Instant, Month, OperationId, PlanCode, UnitCode, WalletTypeCode, When, Zone};

use super::words::draw_key;
use super::{Example, ExampleRun, Policy, find, policies, run};
use crate::config::ApplyView;
use crate::drafts::{self, Draft};
use crate::error::AppError;
use crate::fields::{FieldFault, Fields, field_of, fields, read};
use crate::operate::Mode;
use crate::session::Edge;
use crate::workspace::Workspace;

/// What the names of drafts of wallet types begin with.
const FOLDER: &str = "wallets/";

/// Every key of a draw order.
const DRAW_KEYS: [DrawKey; 11] = [
    DrawKey::GrantPriority,
    DrawKey::ScopedFirst,
    DrawKey::SoonestExpiry,
    DrawKey::PromotionalFirst,
    DrawKey::PaidFirst,
    DrawKey::LowestUnitCost,
    DrawKey::HighestUnitCost,
    DrawKey::EarliestEffective,
    DrawKey::LatestEffective,
    DrawKey::LargestGrant,
    DrawKey::LotId,
];

/// The draft of a wallet type, as a form.
#[derive(Debug, Clone)]
pub struct FormView {
    /// The version.
    pub version: u32,
    /// Its values.
    pub fields: Fields,
    /// Counts the savings; who saves names the one he read.
    pub saved: u64,
    /// What is wrong with it.
    pub faults: Vec<FieldFault>,
}

/// A policy that two versions see differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyChange {
    /// Its code.
    pub policy: &'static str,
    /// Its name.
    pub title: &'static str,
    /// What it said.
    pub before: Vec<String>,
    /// What it says.
    pub after: Vec<String>,
}

fn name(code: &WalletTypeCode) -> Result<PlanCode, AppError> {
    PlanCode::try_new(&format!("{FOLDER}{code}")).map_err(|e| AppError::Argument(e.to_string()))
}

/// The drafts of wallet types, those that can be read.
fn all<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Vec<Draft>, AppError> {
    let listed = drafts::list(workspace)?.into_iter();
    let own = listed.filter(|listed| listed.name.starts_with(FOLDER));
    Ok(own.filter_map(|listed| listed.draft.ok()).collect())
}

/// The configuration in force with the drafts of wallet types in it.
///
/// # Errors
/// The store's, or that the drafts cannot be listed.
pub async fn seen<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Document, AppError> {
    let mut document = workspace.catalog().await?.document().clone();
    for draft in all(workspace)? {
        // Of a draft that stands against what was published meanwhile, its own version is shown.
        document = draft.document(&document);
    }
    Ok(document)
}

/// A version that was tried out: what is drawn, and in which zone its days are.
#[derive(Debug, Clone)]
pub struct Trial {
    /// What people call the version.
    pub subject: String,
    /// The zone of days.
    pub zone: Zone,
    /// What the engine made of the example.
    pub run: ExampleRun,
}

/// Tries a version out on an example, one of a draft too.
///
/// # Errors
/// As [`run`] and [`find`], or the store's.
pub async fn trial<S: LedgerStore>(
    workspace: &Workspace<S>,
    (code, version): (&WalletTypeCode, u32),
    example: &Example,
) -> Result<Trial, AppError> {
    let document = seen(workspace).await?;
    let (wallet_type, version) = find(&document, code, version)?;
    let run = run(&document, wallet_type, version, example)?;
    let name = if wallet_type.name.is_empty() { code.as_str() } else { &wallet_type.name };
    let subject = format!("{name}, version {}", version.version);
    Ok(Trial { subject, zone: document.entity.time_zone, run })
}

/// The first day of the next month, from which a new version may well take effect.
fn next_month(document: &Document, now: Instant) -> When {
    let today = document.entity.time_zone.day_of(now);
    When::Day(Month::of(today).next().first_day())
}

/// Begins a draft of a new version of a wallet type: a copy of the one in force, or of the latest. If
/// there is a draft already, it stands.
///
/// # Errors
/// [`AppError::Argument`] for a code that no type has, [`AppError::File`], or the store's.
pub async fn begin<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    code: &WalletTypeCode,
) -> Result<u32, AppError> {
    if let Ok(draft) = drafts::load(workspace, &name(code)?) {
        return version_of(&draft).map(|(_, version)| version.version);
    }
    let catalog = workspace.catalog().await?;
    let live = catalog.document();
    let found = catalog.wallet_type(code).ok_or_else(|| unknown(code))?;
    let base = super::first_shown(live, found, edge.now).ok_or_else(|| unknown(code))?;
    let number = found.versions.iter().map(Version::number).max().unwrap_or(0) + 1;
    let version = WalletTypeVersion {
        version: number,
        effective_at: next_month(live, edge.now),
        status: Status::Draft,
        ..base.clone()
    };
    let mut changed = found.clone();
    changed.versions.push(version);
    let mut draft = Draft::new(name(code)?, catalog.revision(), edge);
    draft.put_wallet_type(live, changed);
    drafts::save(workspace, edge, &draft)?;
    Ok(number)
}

/// A wallet type that does not exist yet, as a draft.
///
/// # Errors
/// [`AppError::Argument`] when there is one with this code, [`AppError::File`], or the store's.
pub async fn begin_new<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (code, title, unit): (&WalletTypeCode, &str, UnitCode),
) -> Result<u32, AppError> {
    let catalog = workspace.catalog().await?;
    if catalog.wallet_type(code).is_some() || drafts::load(workspace, &name(code)?).is_ok() {
        let text = format!("there is a wallet type {code} already; use another code");
        return Err(AppError::Argument(text));
    }
    if catalog.unit(unit).is_none() {
        return Err(AppError::Argument(format!("there is no unit {unit}")));
    }
    let effective_at = next_month(catalog.document(), edge.now);
    let version = serde_json::json!({
        "version": 1, "effective_at": effective_at, "status": "draft"
    });
    let version = serde_json::from_value(version).map_err(|e| AppError::stored("version", e))?;
    let wallet_type =
        WalletType { code: code.clone(), name: title.to_owned(), unit, versions: vec![version] };
    let mut draft = Draft::new(name(code)?, catalog.revision(), edge);
    draft.put_wallet_type(catalog.document(), wallet_type);
    drafts::save(workspace, edge, &draft)?;
    Ok(1)
}

fn unknown(code: &WalletTypeCode) -> AppError {
    AppError::Argument(format!("there is no wallet type {code}"))
}

/// The type of a draft, and the version that it adds.
fn version_of(draft: &Draft) -> Result<(&WalletType, &WalletTypeVersion), AppError> {
    let missing = || AppError::UnknownDraft { name: draft.name.to_string() };
    let item = draft.wallet_types.first().ok_or_else(missing)?;
    let before = item.before.as_ref().map(|before| before.versions.as_slice()).unwrap_or_default();
    let new = item.after.versions.iter().find(|version| !before.contains(version));
    Ok((&item.after, new.ok_or_else(missing)?))
}

/// The version that the draft of a wallet type adds; none if there is no draft that can be read.
pub fn number<S: LedgerStore>(workspace: &Workspace<S>, code: &WalletTypeCode) -> Option<u32> {
    let draft = drafts::load(workspace, &name(code).ok()?).ok()?;
    version_of(&draft).ok().map(|(_, version)| version.version)
}

/// The draft of a wallet type as a form.
///
/// # Errors
/// [`AppError::UnknownDraft`], or the store's.
pub async fn form<S: LedgerStore>(
    workspace: &Workspace<S>,
    code: &WalletTypeCode,
) -> Result<FormView, AppError> {
    let draft = drafts::load(workspace, &name(code)?)?;
    let (_, version) = version_of(&draft)?;
    let mut fields = fields(version);
    fields.remove("version");
    fields.remove("status");
    let faults = faults(workspace, &draft, (code, version.version), &fields).await?;
    Ok(FormView { version: version.version, fields, saved: draft.saved, faults })
}

/// Saves the values of a draft. What cannot be read is told at its field, and nothing is saved then;
/// what can be read and is wrong is saved and told.
///
/// # Errors
/// [`AppError::DraftConflict`] when somebody saved it meanwhile, [`AppError::UnknownDraft`], or the
/// store's.
pub async fn save<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    code: &WalletTypeCode,
    (saved, form): (u64, &Fields),
) -> Result<FormView, AppError> {
    let before = drafts::load(workspace, &name(code)?)?;
    let (wallet_type, version) = version_of(&before)?;
    let number = version.version;
    let mut given = form.clone();
    given.insert("version".into(), number.to_string());
    given.insert("status".into(), "draft".into());
    let view = |saved, faults| FormView { version: number, fields: form.clone(), saved, faults };
    let version: WalletTypeVersion = match read(&given) {
        Ok(version) => version,
        Err(faults) => return Ok(view(saved, faults)),
    };
    let mut changed = wallet_type.clone();
    for one in changed.versions.iter_mut().filter(|one| one.version == number) {
        one.clone_from(&version);
    }
    let mut draft = Draft { saved, ..before.clone() };
    for item in &mut draft.wallet_types {
        item.after = changed.clone();
    }
    let kept = drafts::save(workspace, edge, &draft)?;
    let faults = faults(workspace, &kept, (code, number), form).await?;
    Ok(view(kept.saved, faults))
}

/// What is wrong with a draft, as if it were published: at its fields, or elsewhere because of it.
async fn faults<S: LedgerStore>(
    workspace: &Workspace<S>,
    draft: &Draft,
    (code, number): (&WalletTypeCode, u32),
    form: &Fields,
) -> Result<Vec<FieldFault>, AppError> {
    let catalog = workspace.catalog().await?;
    let known = validate(catalog.document());
    let checked = drafts::check(workspace, draft, None).await?;
    let new = checked.problems.into_iter().filter(|problem| !known.contains(problem));
    let mut faults: Vec<FieldFault> =
        new.map(|problem| fault(problem, (code, number), form)).collect();
    for conflict in checked.conflicts {
        faults.push(FieldFault {
            field: String::new(),
            message: format!(
                "{} was published otherwise meanwhile. Discard the draft and begin again, or publish nothing.",
                conflict.path
            ),
            is_error: true,
        });
    }
    Ok(faults)
}

fn fault(problem: Problem, (code, number): (&WalletTypeCode, u32), form: &Fields) -> FieldFault {
    let own = format!("wallet_types[{code}].versions[{number}]");
    let is_error = problem.is_error();
    match problem.path.strip_prefix(&own) {
        Some(path) => {
            FieldFault { field: field_of(form, path), message: problem.message, is_error }
        }
        None => FieldFault { field: String::new(), message: problem.message, is_error },
    }
}

/// The same for what publishing refuses: the places of its problems, as fields.
#[must_use]
pub fn faults_of(problems: &[Problem], code: &WalletTypeCode, view: &FormView) -> Vec<FieldFault> {
    let place = (code, view.version);
    problems.iter().map(|problem| fault(problem.clone(), place, &view.fields)).collect()
}

/// Throws the draft of a wallet type away.
///
/// # Errors
/// [`AppError::UnknownDraft`], or [`AppError::File`].
pub fn discard<S: LedgerStore>(
    workspace: &Workspace<S>,
    code: &WalletTypeCode,
) -> Result<(), AppError> {
    drafts::discard(workspace, &name(code)?)
}

/// Puts the draft of a wallet type into force from its date on: through the same operation as any
/// configuration.
///
/// # Errors
/// As [`drafts::publish`]; [`AppError::DraftConflict`] also when somebody saved the draft meanwhile.
pub async fn publish<S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (id, mode): (&OperationId, Mode),
    (code, saved): (&WalletTypeCode, u64),
) -> Result<ApplyView, AppError> {
    let draft = drafts::load(workspace, &name(code)?)?;
    if draft.saved != saved {
        return Err(AppError::DraftConflict { name: draft.name.to_string() });
    }
    drafts::publish(workspace, edge, (id, mode), (&draft, None)).await
}

/// What a version says otherwise than the one in force, or than the one before it if it is in force
/// itself. With the number of the version that it is compared with; none if there is no other.
///
/// # Errors
/// [`AppError::Argument`] when there is no such type or version.
pub fn compare(
    document: &Document,
    (code, number): (&WalletTypeCode, u32),
    now: Instant,
) -> Result<(Option<u32>, Vec<PolicyChange>), AppError> {
    let (found, version) = find(document, code, number)?;
    let zone = document.entity.time_zone;
    let in_force = found.at(now, zone).filter(|live| live.version != number);
    let before = found.versions.iter().filter(|one| one.is_published() && one.version < number);
    let Some(other) = in_force.or_else(|| before.max_by_key(|one| one.version)) else {
        return Ok((None, Vec::new()));
    };
    let said: Vec<Policy> = policies(document, found, other);
    let says = policies(document, found, version);
    let changes = said.into_iter().zip(says).filter(|(said, says)| said != says);
    let changes = changes.map(|(said, says)| PolicyChange {
        policy: says.policy,
        title: says.title,
        before: said.sentences,
        after: says.sentences,
    });
    Ok((Some(other.version), changes.collect()))
}

/// What can be chosen from in the form of a wallet type.
#[derive(Debug, Clone)]
pub struct Choices {
    /// Units that a wallet may hold, besides currencies.
    pub units: Vec<String>,
    /// The currency of the books.
    pub currency: String,
    /// Meters, with the names of their dimensions.
    pub meters: Vec<(String, Vec<String>)>,
    /// Wallet types, those of drafts too.
    pub wallet_types: Vec<String>,
    /// Keys of a draw order, with what each puts first.
    pub draw_keys: Vec<(&'static str, &'static str)>,
}

/// What can be chosen from.
///
/// # Errors
/// As [`seen`].
pub async fn choices<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Choices, AppError> {
    let document = seen(workspace).await?;
    let meter = |meter: &Meter| {
        let names = meter.dimensions.iter().map(|dimension| dimension.name.clone());
        (meter.code.to_string(), names.collect())
    };
    let held = document.units.iter().filter(|unit| unit.kind == UnitKind::Credit);
    Ok(Choices {
        units: held.map(|unit| unit.code.to_string()).collect(),
        currency: document.entity.currency.to_string(),
        meters: document.meters.iter().map(meter).collect(),
        wallet_types: document.wallet_types.iter().map(|one| one.code.to_string()).collect(),
        draw_keys: DRAW_KEYS.iter().map(|key| (key.as_str(), draw_key(*key))).collect(),
    })
}
