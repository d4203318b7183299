//! Designing a wallet type, a plan or a conversion: each has a draft of its own, `wallets/CODE`,
//! `plans/CODE` or `conversions/CODE`, with one new version in it, which is edited as a form.

pub use scrip_catalog::{Conversion, Plan, WalletType};
use scrip_catalog::{
    ConversionVersion, Document, Effective, PlanVersion, Problem, Status, Version,
    WalletTypeVersion, validate,
};
use scrip_store::LedgerStore;
use scrip_units::{Instant, Month, OperationId, PlanCode, When};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::approvals::{self, Attachable, DecisionView, Grounds, Held};
use crate::config::ApplyView;
use crate::drafts::{self, Draft, Item};
use crate::error::AppError;
use crate::fields::{FieldFault, Fields, field_of, fields, read};
use crate::operate::Mode;
use crate::outbox::{self, QueuedView};
use crate::session::Edge;
use crate::workspace::Workspace;

/// A draft as a form.
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

/// Something that is designed: it has a code, and versions that are edited as forms.
pub trait Designed:
    Effective<Version: Clone + PartialEq + Serialize + DeserializeOwned> + Clone + PartialEq
{
    /// What the names of its drafts begin with.
    const FOLDER: &'static str;
    /// The list of the configuration that it is in.
    const LIST: &'static str;
    /// What it is called.
    const WORDS: &'static str;
    /// Its code.
    fn code(&self) -> &str;
    /// Its versions.
    fn versions_mut(&mut self) -> &mut Vec<Self::Version>;
    /// All of a document.
    fn all(document: &Document) -> &[Self];
    /// Those of a draft.
    fn drafted(draft: &Draft) -> &[Item<Self>];
    /// Puts one into a draft.
    fn put(self, draft: &mut Draft, live: &Document);
    /// A version as a draft with another number and date.
    fn again(version: &Self::Version, number: u32, effective_at: When) -> Self::Version;
}

macro_rules! designed {
    ($item:ty, $version:ident, $folder:literal, $list:ident, $words:literal, $put:ident) => {
        impl Designed for $item {
            const FOLDER: &'static str = $folder;
            const LIST: &'static str = stringify!($list);
            const WORDS: &'static str = $words;
            fn code(&self) -> &str {
                self.code.as_str()
            }
            fn versions_mut(&mut self) -> &mut Vec<$version> {
                &mut self.versions
            }
            fn all(document: &Document) -> &[Self] {
                &document.$list
            }
            fn drafted(draft: &Draft) -> &[Item<Self>] {
                &draft.$list
            }
            fn put(self, draft: &mut Draft, live: &Document) {
                draft.$put(live, self);
            }
            fn again(version: &$version, number: u32, effective_at: When) -> $version {
                let status = Status::Draft;
                $version { version: number, effective_at, status, ..version.clone() }
            }
        }
    };
}
designed!(WalletType, WalletTypeVersion, "wallets/", wallet_types, "wallet type", put_wallet_type);
designed!(Plan, PlanVersion, "plans/", plans, "plan", put_plan);
designed!(Conversion, ConversionVersion, "conversions/", conversions, "conversion", put_conversion);

const FOLDERS: [&str; 3] = [WalletType::FOLDER, Plan::FOLDER, Conversion::FOLDER];

fn name<T: Designed>(code: &str) -> Result<PlanCode, AppError> {
    let name = format!("{}{code}", T::FOLDER);
    PlanCode::try_new(&name).map_err(|e| AppError::Argument(e.to_string()))
}

/// The configuration in force with the drafts of wallet types, plans and conversions in it.
///
/// # Errors
/// The store's, or that the drafts cannot be listed.
pub async fn seen<S: LedgerStore>(workspace: &Workspace<S>) -> Result<Document, AppError> {
    let mut document = workspace.catalog().await?.document().clone();
    let own = |name: &str| FOLDERS.iter().any(|folder| name.starts_with(folder));
    for listed in drafts::list(workspace)?.into_iter().filter(|listed| own(&listed.name)) {
        // One that cannot be read is told where drafts are listed.
        if let Ok(draft) = listed.draft {
            document = draft.document(&document);
        }
    }
    Ok(document)
}

/// The first day of the next month, from which a new version may well take effect.
fn next_month(document: &Document, now: Instant) -> When {
    let today = document.entity.time_zone.day_of(now);
    When::Day(Month::of(today).next().first_day())
}

fn find<'d, T: Designed>(document: &'d Document, code: &str) -> Option<&'d T> {
    T::all(document).iter().find(|one| one.code() == code)
}

fn unknown<T: Designed>(code: &str) -> AppError {
    AppError::Argument(format!("there is no {} {code}", T::WORDS))
}

/// Begins a draft of a new version: a copy of the one in force, or of the latest. If there is a draft
/// already, it stands.
///
/// # Errors
/// [`AppError::Argument`] for a code that there is not, [`AppError::File`], or the store's.
pub async fn begin<T: Designed, S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    code: &str,
) -> Result<u32, AppError> {
    if let Ok(draft) = drafts::load(workspace, &name::<T>(code)?) {
        return version_of::<T>(&draft).map(|(_, version)| version.number());
    }
    let catalog = workspace.catalog().await?;
    let live = catalog.document();
    let found: &T = find(live, code).ok_or_else(|| unknown::<T>(code))?;
    let latest = || found.versions().iter().max_by_key(|version| version.number());
    let base = found.at(edge.now, live.entity.time_zone).or_else(latest);
    let base = base.ok_or_else(|| unknown::<T>(code))?;
    let number = latest().map_or(0, Version::number).saturating_add(1);
    let mut changed = found.clone();
    changed.versions_mut().push(T::again(base, number, next_month(live, edge.now)));
    let mut draft = Draft::new(name::<T>(code)?, catalog.revision(), edge);
    changed.put(&mut draft, live);
    drafts::save(workspace, edge, &draft)?;
    Ok(number)
}

/// Something that does not exist yet, as a draft: made by `make` with its date.
///
/// # Errors
/// [`AppError::Argument`] when there is one with this code, [`AppError::File`], or the store's.
pub async fn begin_new<T: Designed, S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    code: &str,
    make: impl FnOnce(&Document, When) -> Result<T, AppError>,
) -> Result<u32, AppError> {
    let catalog = workspace.catalog().await?;
    let live = catalog.document();
    let taken = find::<T>(live, code).is_some();
    if taken || drafts::load(workspace, &name::<T>(code)?).is_ok() {
        let text = format!("there is a {} {code} already; use another code", T::WORDS);
        return Err(AppError::Argument(text));
    }
    let new = make(live, next_month(live, edge.now))?;
    let mut draft = Draft::new(name::<T>(code)?, catalog.revision(), edge);
    new.put(&mut draft, live);
    drafts::save(workspace, edge, &draft)?;
    Ok(1)
}

/// What a draft changes, and the version that it adds.
fn version_of<T: Designed>(draft: &Draft) -> Result<(&T, &T::Version), AppError> {
    let missing = || AppError::UnknownDraft { name: draft.name.to_string() };
    let item = T::drafted(draft).first().ok_or_else(missing)?;
    let before = item.before.as_ref().map(Effective::versions).unwrap_or_default();
    let new = item.after.versions().iter().find(|version| !before.contains(version));
    Ok((&item.after, new.ok_or_else(missing)?))
}

/// The version that the draft adds; none if there is no draft that can be read.
pub fn number<T: Designed, S: LedgerStore>(workspace: &Workspace<S>, code: &str) -> Option<u32> {
    let draft = drafts::load(workspace, &name::<T>(code).ok()?).ok()?;
    version_of::<T>(&draft).ok().map(|(_, version)| version.number())
}

/// The draft as a form.
///
/// # Errors
/// [`AppError::UnknownDraft`], or the store's.
pub async fn form<T: Designed, S: LedgerStore>(
    workspace: &Workspace<S>,
    code: &str,
) -> Result<FormView, AppError> {
    let draft = drafts::load(workspace, &name::<T>(code)?)?;
    let (_, version) = version_of::<T>(&draft)?;
    let number = version.number();
    let mut fields = fields(version);
    fields.remove("version");
    fields.remove("status");
    let faults = faults::<T, S>(workspace, &draft, (code, number), &fields).await?;
    Ok(FormView { version: number, fields, saved: draft.saved, faults })
}

/// Saves the values of a draft. What cannot be read is told at its field, and nothing is saved then;
/// what can be read and is wrong is saved and told.
///
/// # Errors
/// [`AppError::DraftConflict`] when somebody saved it meanwhile, [`AppError::UnknownDraft`], or the
/// store's.
pub async fn save<T: Designed, S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    code: &str,
    (saved, form): (u64, &Fields),
) -> Result<FormView, AppError> {
    let before = drafts::load(workspace, &name::<T>(code)?)?;
    let (item, version) = version_of::<T>(&before)?;
    let number = version.number();
    let mut given = form.clone();
    given.insert("version".into(), number.to_string());
    given.insert("status".into(), "draft".into());
    let view = |saved, faults| FormView { version: number, fields: form.clone(), saved, faults };
    let version: T::Version = match read(&given) {
        Ok(version) => version,
        Err(faults) => return Ok(view(saved, faults)),
    };
    let mut changed = item.clone();
    for one in changed.versions_mut().iter_mut().filter(|one| one.number() == number) {
        one.clone_from(&version);
    }
    let mut draft = Draft { saved, ..before.clone() };
    // What it was when the draft began to change it is remembered by the draft.
    let live = workspace.catalog().await?;
    changed.put(&mut draft, live.document());
    let kept = drafts::save(workspace, edge, &draft)?;
    let faults = faults::<T, S>(workspace, &kept, (code, number), form).await?;
    Ok(view(kept.saved, faults))
}

/// What is wrong with a draft, as if it were published: at its fields, or elsewhere because of it.
async fn faults<T: Designed, S: LedgerStore>(
    workspace: &Workspace<S>,
    draft: &Draft,
    (code, number): (&str, u32),
    form: &Fields,
) -> Result<Vec<FieldFault>, AppError> {
    let catalog = workspace.catalog().await?;
    let known = validate(catalog.document());
    let checked = drafts::check(workspace, draft, None).await?;
    let new = checked.problems.into_iter().filter(|problem| !known.contains(problem));
    let mut faults: Vec<FieldFault> =
        new.map(|problem| fault::<T>(problem, (code, number), form)).collect();
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

fn fault<T: Designed>(problem: Problem, (code, number): (&str, u32), form: &Fields) -> FieldFault {
    let own = format!("{}[{code}].versions[{number}]", T::LIST);
    let is_error = problem.is_error();
    let field = problem.path.strip_prefix(&own).map(|path| field_of(form, path));
    FieldFault { field: field.unwrap_or_default(), message: problem.message, is_error }
}

/// The same for what publishing refuses: the places of its problems, as fields.
#[must_use]
pub fn faults_of<T: Designed>(
    problems: &[Problem],
    code: &str,
    view: &FormView,
) -> Vec<FieldFault> {
    let place = (code, view.version);
    problems.iter().map(|problem| fault::<T>(problem.clone(), place, &view.fields)).collect()
}

/// The configuration in force with this draft in it and no other.
///
/// # Errors
/// [`AppError::UnknownDraft`], or the store's.
pub async fn alone<T: Designed, S: LedgerStore>(
    workspace: &Workspace<S>,
    code: &str,
) -> Result<Document, AppError> {
    let draft = drafts::load(workspace, &name::<T>(code)?)?;
    Ok(draft.document(workspace.catalog().await?.document()))
}

/// Throws the draft away.
///
/// # Errors
/// [`AppError::UnknownDraft`], or [`AppError::File`].
pub fn discard<T: Designed, S: LedgerStore>(
    workspace: &Workspace<S>,
    code: &str,
) -> Result<(), AppError> {
    drafts::discard(workspace, &name::<T>(code)?)
}

/// Where the draft waits as it stands: for a second person, or in the outbox.
///
/// # Errors
/// [`AppError::UnknownDraft`], or the store's.
pub async fn held<T: Designed, S: LedgerStore>(
    workspace: &Workspace<S>,
    code: &str,
    now: Instant,
) -> Result<Option<Held>, AppError> {
    let draft = drafts::load(workspace, &name::<T>(code)?)?;
    approvals::held(workspace, &approvals::proposals(workspace, now).await?, &draft)
}

/// Puts the publishing of the draft into the outbox of a copy, or the request for it.
///
/// # Errors
/// As [`outbox::put_draft`].
pub async fn put<T: Designed, S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    ids: (&OperationId, &OperationId),
    grounds: impl Into<Grounds<'_>>,
    (code, saved): (&str, u64),
) -> Result<QueuedView, AppError> {
    outbox::put_draft(workspace, edge, ids, grounds, (&name::<T>(code)?, saved)).await
}

/// The kept previews that test what the draft puts into force.
///
/// # Errors
/// As [`approvals::attachable`].
pub async fn attachable<T: Designed, S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    code: &str,
) -> Result<Vec<Attachable>, AppError> {
    approvals::attachable(workspace, edge, &name::<T>(code)?).await
}

/// Asks a second person to put the draft into force.
///
/// # Errors
/// As [`approvals::ask_for_draft`].
pub async fn ask<T: Designed, S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    ids: (&OperationId, &OperationId),
    grounds: impl Into<Grounds<'_>>,
    (code, saved): (&str, u64),
) -> Result<DecisionView, AppError> {
    approvals::ask_for_draft(workspace, edge, ids, grounds, (&name::<T>(code)?, saved)).await
}

/// Puts the draft into force from its date on: through the same operation as any configuration.
///
/// # Errors
/// As [`drafts::publish`]; [`AppError::DraftConflict`] also when somebody saved the draft meanwhile.
pub async fn publish<T: Designed, S: LedgerStore>(
    workspace: &Workspace<S>,
    edge: &Edge,
    (id, mode): (&OperationId, Mode),
    (code, saved): (&str, u64),
) -> Result<ApplyView, AppError> {
    let draft = drafts::load(workspace, &name::<T>(code)?)?;
    if draft.saved != saved {
        return Err(AppError::DraftConflict { name: draft.name.to_string() });
    }
    drafts::publish(workspace, edge, (id, mode), (&draft, None)).await
}
