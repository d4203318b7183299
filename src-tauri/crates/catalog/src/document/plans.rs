//! Plans: the wallets and units that a subscription brings, on a calendar.

use scrip_units::PlanCode;

use super::*;

/// What customers subscribe to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Code.
    pub code: PlanCode,
    /// Name as printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Versions by effective date; a subscription keeps the one in force when it starts.
    pub versions: Vec<PlanVersion>,
}

/// One version of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanVersion {
    /// Number, from 1.
    pub version: u32,
    /// When it takes effect.
    pub effective_at: When,
    /// Draft or published.
    #[serde(default)]
    pub status: Status,
    /// What it grants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<PlanGrant>,
    /// What it charges beside the prices of its grants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<PlanCharge>,
}

/// A charge of a plan that buys no units by itself: a set-up fee, or a fee of each period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanCharge {
    /// Code of the charge, unique among the grants and charges of the version.
    pub code: PlanCode,
    /// What it costs; of a whole period if it is charged again and again.
    pub price: PlanPrice,
    /// How often it is charged; once if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Every>,
    /// Whether a first period that is not whole costs less.
    #[serde(default, skip_serializing_if = "Proration::is_default")]
    pub proration: Proration,
    /// When it becomes revenue.
    pub earned: Earned,
    /// Calendar months over which a charge that is made once becomes revenue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months: Option<u32>,
}

/// When a charge becomes revenue. Whether a fee is for a distinct service is for a person to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Earned {
    /// When the service is complete: it is distinct, and an operation says when it is done.
    OnCompletion,
    /// By the days of its period, or of its months.
    ByDay,
    /// In equal parts, one each month.
    ByMonth,
    /// With the units that the plan grants first: it is a part of what they cost.
    WithGrants,
}

/// One line of a plan: units that are granted once or again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanGrant {
    /// Code of the line, unique in the version.
    pub code: PlanCode,
    /// Wallet type; the wallet is called like it.
    pub wallet_type: WalletTypeCode,
    /// Units of a whole period.
    pub units: Number,
    /// How the customer comes by them.
    pub kind: LotKind,
    /// What a whole period of them costs; nothing if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<PlanPrice>,
    /// How often they are granted; once if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Every>,
    /// What becomes of the grant before.
    #[serde(default, skip_serializing_if = "GrantMode::is_default")]
    pub mode: GrantMode,
    /// Whether a first period that is not whole gives less.
    #[serde(default, skip_serializing_if = "Proration::is_default")]
    pub proration: Proration,
    /// When each lot ends; by the wallet type's rule if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<ExpiryRule>,
}

/// What a whole period of a line costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanPrice {
    /// Amount, net.
    pub amount: Number,
    /// ISO 4217 currency.
    pub currency: UnitCode,
    /// Tax on top of the amount; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<PriceTax>,
}

/// Tax on top of a configured price, at the rate in force; a version keeps it for life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceTax {
    /// Percent of the net price.
    pub percent: Number,
    /// Which tax.
    #[serde(default, skip_serializing_if = "PriceTaxKind::is_default")]
    pub kind: PriceTaxKind,
}

/// Which tax is charged on a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PriceTaxKind {
    /// Value added tax (account 2100).
    #[default]
    Vat,
    /// Sales tax (account 2110).
    SalesTax,
}

impl PriceTaxKind {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A calendar time: months or days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Every {
    /// Calendar months from the anchor day, clamped to the month's end.
    Months(u32),
    /// Days of the calendar.
    Days(u32),
}

/// What becomes of the grant before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantMode {
    /// It lives on until it ends.
    #[default]
    NewLot,
    /// What is left of it is taken back.
    Reset,
}

impl GrantMode {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether a first period that is not whole gives less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Proration {
    /// It gives everything.
    #[default]
    None,
    /// It gives and costs the part of the period that is left.
    FirstPeriod,
}

impl Proration {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
