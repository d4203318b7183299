//! Wallet types: what their policies say, and what they do to an example that the engine runs.

use scrip_app::AppError;
use scrip_app::cards::VersionState;
use scrip_app::designing::{self, WalletType};
use scrip_app::wallet_types::{self, Example, drafting, example as examples};
use scrip_units::{Number, WalletTypeCode};
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::State;

use super::charts::{ChartLook, ChartPicture, picture};
use crate::commands::parse;
use crate::desk::Desk;
use crate::edge::now;
use crate::failure::{Failure, FieldProblem};

/// How far a version has come.
#[derive(Debug, Clone, Copy, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum WalletVersionState {
    /// It may still change, and nothing is done by it.
    Draft,
    /// Published, and in force later.
    Scheduled,
    /// In force.
    Live,
    /// Another one took its place.
    Retired,
}

impl From<VersionState> for WalletVersionState {
    fn from(state: VersionState) -> Self {
        match state {
            VersionState::Draft => Self::Draft,
            VersionState::Scheduled => Self::Scheduled,
            VersionState::Live => Self::Live,
            VersionState::Retired => Self::Retired,
        }
    }
}

/// A version of a wallet type.
#[derive(Debug, Serialize, Type)]
pub struct WalletTypeVersion {
    /// Number.
    pub version: u32,
    /// When it takes effect: a day or an instant.
    pub effective_at: String,
    /// How far it has come.
    pub state: WalletVersionState,
}

/// A wallet type.
#[derive(Debug, Serialize, Type)]
pub struct WalletTypeRow {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// What it holds.
    pub unit: String,
    /// Whether that is a currency.
    pub holds_money: bool,
    /// When its lots expire, in words.
    pub expiry: String,
    /// What happens to usage beyond it, in words.
    pub beyond: String,
    /// Versions, the latest first.
    pub versions: Vec<WalletTypeVersion>,
}

impl From<wallet_types::TypeView> for WalletTypeRow {
    fn from(view: wallet_types::TypeView) -> Self {
        let version = |version: wallet_types::TypeVersionView| WalletTypeVersion {
            version: version.version,
            effective_at: version.effective_at,
            state: version.state.into(),
        };
        Self {
            code: view.code,
            name: view.name,
            unit: view.unit,
            holds_money: view.holds_money,
            expiry: view.expiry,
            beyond: view.beyond,
            versions: view.versions.into_iter().map(version).collect(),
        }
    }
}

/// What a policy says.
#[derive(Debug, Serialize, Type)]
pub struct WalletPolicy {
    /// Its code.
    pub policy: String,
    /// Its name.
    pub title: String,
    /// What it says, a sentence each.
    pub sentences: Vec<String>,
}

/// Units that the customer of an example comes by.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ExamplePurchase {
    /// The day.
    pub day: String,
    /// How: `purchased`, `promotional`.
    pub kind: String,
    /// How many.
    pub units: String,
    /// What is paid for them, net; empty for nothing.
    pub net: String,
}

/// Usage on each of some days.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ExampleUsage {
    /// First day.
    pub from: String,
    /// Last day.
    pub through: String,
    /// Units on each day.
    pub units: String,
}

/// An example, as it is typed.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct WalletExample {
    /// Currency of what is paid.
    pub currency: String,
    /// What is bought and given.
    pub purchases: Vec<ExamplePurchase>,
    /// What is used.
    pub usage: Vec<ExampleUsage>,
    /// The price of a unit that no wallet covers.
    pub overage_price: String,
    /// Whether one member of one team uses all of it.
    pub by_member: bool,
    /// The last day of the contract; empty for none.
    pub contract_through: String,
    /// Days until a top-up that waits for its payment is paid.
    pub payment_days: String,
    /// The last day that is looked at.
    pub through: String,
}

impl From<Example> for WalletExample {
    fn from(example: Example) -> Self {
        let optional = |number: Option<Number>| number.map_or_else(String::new, |n| n.to_string());
        Self {
            currency: example.currency.to_string(),
            purchases: example
                .purchases
                .into_iter()
                .map(|purchase| ExamplePurchase {
                    day: purchase.day.to_string(),
                    kind: purchase.kind.to_string(),
                    units: purchase.units.to_string(),
                    net: optional(purchase.net),
                })
                .collect(),
            usage: example
                .usage
                .into_iter()
                .map(|usage| ExampleUsage {
                    from: usage.from.to_string(),
                    through: usage.through.to_string(),
                    units: usage.units.to_string(),
                })
                .collect(),
            overage_price: example.overage_price.to_string(),
            by_member: example.by_member,
            contract_through: example.contract_through.map_or_else(String::new, |d| d.to_string()),
            payment_days: example.payment_days.to_string(),
            through: example.through.to_string(),
        }
    }
}

/// Reads texts, and remembers which could not be read.
#[derive(Default)]
struct Reader(Vec<FieldProblem>);

impl Reader {
    fn read<T>(&mut self, place: String, text: &str) -> Option<T>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        let read = text.trim().parse::<T>();
        read.map_err(|e| {
            let message = e.to_string();
            self.0.push(FieldProblem { place, message, line: None, is_error: true });
        })
        .ok()
    }

    fn optional<T>(&mut self, place: String, text: &str) -> Option<T>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        if text.trim().is_empty() { None } else { self.read(place, text) }
    }
}

impl WalletExample {
    fn read(&self) -> Result<Example, Failure> {
        let mut reader = Reader::default();
        let mut purchases = Vec::new();
        for (row, purchase) in self.purchases.iter().enumerate() {
            let place = |member: &str| format!("purchases[{row}].{member}");
            let day = reader.read(place("day"), &purchase.day);
            let kind = reader.read(place("kind"), &purchase.kind);
            let units = reader.read(place("units"), &purchase.units);
            let net = reader.optional(place("net"), &purchase.net);
            if let (Some(day), Some(kind), Some(units)) = (day, kind, units) {
                purchases.push(examples::Purchase { day, kind, units, net });
            }
        }
        let mut usage = Vec::new();
        for (row, used) in self.usage.iter().enumerate() {
            let place = |member: &str| format!("usage[{row}].{member}");
            let from = reader.read(place("from"), &used.from);
            let through = reader.read(place("through"), &used.through);
            let units = reader.read(place("units"), &used.units);
            if let (Some(from), Some(through), Some(units)) = (from, through, units) {
                usage.push(examples::Usage { from, through, units });
            }
        }
        let currency = reader.read("currency".into(), &self.currency);
        let overage_price = reader.read("overage_price".into(), &self.overage_price);
        let contract_through = reader.optional("contract_through".into(), &self.contract_through);
        let payment_days = reader.read("payment_days".into(), &self.payment_days);
        let through = reader.read("through".into(), &self.through);
        match (currency, overage_price, payment_days, through) {
            (Some(currency), Some(overage_price), Some(payment_days), Some(through))
                if reader.0.is_empty() =>
            {
                Ok(Example {
                    currency,
                    purchases,
                    usage,
                    overage_price,
                    by_member: self.by_member,
                    contract_through,
                    payment_days,
                    through,
                })
            }
            _ => Err(Failure::in_places("The example cannot be read", reader.0)),
        }
    }
}

/// A version of a wallet type, to be looked at.
#[derive(Debug, Serialize, Type)]
pub struct WalletTypePage {
    /// The type.
    pub wallet_type: WalletTypeRow,
    /// The version that is shown.
    pub shown: WalletTypeVersion,
    /// The version that may still be edited, if there is a draft.
    pub draft: Option<u32>,
    /// What its policies say.
    pub policies: Vec<WalletPolicy>,
    /// An example to begin with.
    pub example: WalletExample,
}

/// Money of one currency.
#[derive(Debug, Serialize, Type)]
pub struct ExampleMoney {
    /// Amount.
    pub amount: String,
    /// Currency.
    pub currency: String,
}

/// A step of an example.
#[derive(Debug, Serialize, Type)]
pub struct ExampleStep {
    /// Its number, as in the picture.
    pub number: u32,
    /// What it is, in a word or two.
    pub kind: String,
    /// The policy whose consequence it is; empty for none.
    pub policy: String,
    /// First day.
    pub day: String,
    /// Last day.
    pub through: String,
    /// What happens.
    pub words: String,
    /// Units that come in or go out.
    pub units: String,
    /// Units that can be used afterwards.
    pub balance: String,
    /// What becomes revenue.
    pub revenue: Vec<ExampleMoney>,
    /// What is deferred afterwards.
    pub deferred: Vec<ExampleMoney>,
}

/// Revenue of an example in one currency, by what it came from.
#[derive(Debug, Serialize, Type)]
pub struct ExampleTotal {
    /// Currency.
    pub currency: String,
    /// From usage.
    pub usage: String,
    /// Breakage.
    pub breakage: String,
    /// Overage.
    pub overage: String,
    /// Still deferred.
    pub deferred: String,
}

/// What the engine made of an example.
#[derive(Debug, Serialize, Type)]
pub struct ExampleOutcome {
    /// Unit of the units.
    pub unit: String,
    /// The steps.
    pub steps: Vec<ExampleStep>,
    /// The sums.
    pub totals: Vec<ExampleTotal>,
}

impl From<wallet_types::ExampleRun> for ExampleOutcome {
    fn from(run: wallet_types::ExampleRun) -> Self {
        let money = |all: Vec<wallet_types::Money>| {
            let money =
                |m: wallet_types::Money| ExampleMoney { amount: m.amount, currency: m.currency };
            all.into_iter().map(money).collect()
        };
        let steps = run.steps.into_iter().map(|step| ExampleStep {
            number: step.number,
            kind: step.kind.words().to_owned(),
            policy: step.policy.to_owned(),
            day: step.day.to_string(),
            through: step.through.to_string(),
            words: step.words,
            units: step.units,
            balance: step.balance,
            revenue: money(step.revenue),
            deferred: money(step.deferred),
        });
        let totals = run.totals.into_iter().map(|total| ExampleTotal {
            currency: total.currency,
            usage: total.usage,
            breakage: total.breakage,
            overage: total.overage,
            deferred: total.deferred,
        });
        Self { unit: run.unit.code().to_string(), steps: steps.collect(), totals: totals.collect() }
    }
}

/// All wallet types.
///
/// # Errors
/// When the configuration cannot be read.
#[tauri::command]
#[specta::specta]
pub async fn wallet_types(desk: State<'_, Desk>) -> Result<Vec<WalletTypeRow>, Failure> {
    let document = designing::seen(&desk.books().await?).await?;
    Ok(wallet_types::types(&document, now()?).into_iter().map(WalletTypeRow::from).collect())
}

/// A version of a wallet type; the one in force if none is named.
///
/// # Errors
/// When there is no such type or version.
#[tauri::command]
#[specta::specta]
pub async fn wallet_type(
    desk: State<'_, Desk>,
    code: String,
    version: Option<u32>,
) -> Result<WalletTypePage, Failure> {
    let (books, code) = (desk.books().await?, parse::<WalletTypeCode>(&code)?);
    let document = designing::seen(&books).await?;
    let page = wallet_types::page(&document, (&code, version), now()?)?;
    let policy = |policy: wallet_types::Policy| WalletPolicy {
        policy: policy.policy.to_owned(),
        title: policy.title.to_owned(),
        sentences: policy.sentences,
    };
    let shown = page.shown;
    Ok(WalletTypePage {
        wallet_type: page.wallet_type.into(),
        shown: WalletTypeVersion {
            version: shown.version,
            effective_at: shown.effective_at,
            state: shown.state.into(),
        },
        draft: designing::number::<WalletType, _>(&books, code.as_str()),
        policies: page.policies.into_iter().map(policy).collect(),
        example: page.example.into(),
    })
}

async fn trial(
    desk: &Desk,
    (code, version): (&str, u32),
    example: &WalletExample,
) -> Result<drafting::Trial, Failure> {
    let (books, code) = (desk.books().await?, parse(code)?);
    let tried = drafting::trial(&books, (&code, version), &example.read()?).await;
    tried.map_err(|error| match error {
        AppError::Configuration { .. } => {
            let problems = Failure::from(error).problems;
            Failure::in_places(
                "The version has errors, so that nothing can be run under it",
                problems,
            )
        }
        other => other.into(),
    })
}

/// What the engine makes of an example under a version of a wallet type.
///
/// # Errors
/// When the example cannot be read, with the places; when the version is not valid.
#[tauri::command]
#[specta::specta]
pub async fn wallet_example(
    desk: State<'_, Desk>,
    code: String,
    version: u32,
    example: WalletExample,
) -> Result<ExampleOutcome, Failure> {
    Ok(trial(&desk, (&code, version), &example).await?.run.into())
}

/// The same as a picture.
///
/// # Errors
/// As [`wallet_example`].
#[tauri::command]
#[specta::specta]
pub async fn wallet_example_chart(
    desk: State<'_, Desk>,
    code: String,
    version: u32,
    example: WalletExample,
    look: ChartLook,
) -> Result<ChartPicture, Failure> {
    let trial = trial(&desk, (&code, version), &example).await?;
    let subject = (trial.subject.as_str(), trial.zone);
    picture(&wallet_types::chart(&trial.run, subject, look.into())?, look)
}
