//! The configuration document: what `scrip apply` reads and `scrip export` writes.
//!
//! Numbers that carry money or quantity are decimal strings (`"0.0015"`), so that no reader on the
//! way can turn them into floats. Dates are `2026-04-01` (the start of that day in the entity's
//! zone) or full instants.

mod reading;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use scrip_units::{
    CardCode, ConversionCode, CustomerCode, Date, EntityCode, MeterCode, Number, RateCode,
    Rounding, UnitCode, WalletTypeCode, When, Zone,
};
use serde::{Deserialize, Serialize};

/// The format a document declares in its first line.
pub const FORMAT: &str = "scrip-config/1";

/// Values of dimensions by name. A dimension that is absent, or `*`, matches anything.
pub type Cells = BTreeMap<String, String>;

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Always `scrip-config/1`.
    pub format: String,
    /// The legal entity that keeps the books.
    pub entity: Entity,
    /// Units besides the ISO 4217 currencies, which need no definition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<UnitDefinition>,
    /// What usage is measured in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meters: Vec<Meter>,
    /// Steps between units before credits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conversions: Vec<Conversion>,
    /// Product definitions of wallets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wallet_types: Vec<WalletType>,
    /// Prices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rate_cards: Vec<RateCard>,
    /// The organisations that pay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customers: Vec<Customer>,
}

/// The legal entity whose books these are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// Short code.
    pub code: EntityCode,
    /// Name as printed on reports.
    pub name: String,
    /// The currency the books are kept in (functional currency, IAS 21.8).
    pub currency: UnitCode,
    /// The zone that decides days, months and periods.
    pub time_zone: Zone,
}

/// A unit that the operator defines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitDefinition {
    /// Code; may not be an ISO 4217 currency code.
    pub code: UnitCode,
    /// Name as printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Whether customers hold it in wallets or it only measures usage.
    pub kind: UnitKind,
    /// Number of decimals, 0 to 9.
    #[serde(default)]
    pub scale: u8,
}

/// What a unit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// Held in wallets.
    Credit,
    /// Measures usage: tokens, minutes, images.
    Usage,
}

/// A named measure of usage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Meter {
    /// Code that usage events name.
    pub code: MeterCode,
    /// Name as printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Unit of an event's quantity.
    pub unit: UnitCode,
    /// How events become a quantity.
    #[serde(default)]
    pub aggregation: Aggregation,
    /// Declared dimensions, in the order they are shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<Dimension>,
}

/// How the events of a meter become a billable quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// The sum of the events' quantities.
    #[default]
    Sum,
    /// The number of events; their quantity is ignored.
    Count,
}

/// A dimension of a meter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// Name, such as `model`.
    pub name: String,
    /// The only values allowed; absent means any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
    /// Whether the ledger keeps burns apart by this dimension, so that revenue can be reported by
    /// it from the postings alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub report: bool,
}

/// Whether a version may still change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In force from its effective date and immutable.
    #[default]
    Published,
    /// Kept in the document, never used to rate.
    Draft,
}

/// A dated step between units before credits: tokens to minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// Code.
    pub code: ConversionCode,
    /// Unit converted from.
    pub from: UnitCode,
    /// Unit converted to.
    pub to: UnitCode,
    /// Versions by effective date.
    pub versions: Vec<ConversionVersion>,
}

/// One version of a conversion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversionVersion {
    /// Number, from 1.
    pub version: u32,
    /// When it takes effect.
    pub effective_at: When,
    /// Draft or published.
    #[serde(default)]
    pub status: Status,
    /// Factors; the most specific match applies.
    pub factors: Vec<Factor>,
}

/// One row of a conversion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// Which dimension values it applies to.
    #[serde(default, rename = "match", skip_serializing_if = "BTreeMap::is_empty")]
    #[serde(deserialize_with = "reading::cells")]
    pub matches: Cells,
    /// Multiply or divide by the factor.
    pub operation: FactorOperation,
    /// The factor, above zero.
    pub factor: Number,
    /// How the cumulative converted quantity is rounded; to the target unit's smallest step unless
    /// `step` says otherwise.
    #[serde(default)]
    pub rounding: Rounding,
    /// Round to multiples of this much of the target unit, such as `"1"` for whole minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Number>,
}

/// Direction of a conversion factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FactorOperation {
    /// Target = source x factor.
    Multiply,
    /// Target = source / factor.
    Divide,
}

/// The product definition of a wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WalletType {
    /// Code.
    pub code: WalletTypeCode,
    /// Name as printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What the wallet holds: a currency (money wallet) or a credit unit. Fixed for life.
    pub unit: UnitCode,
    /// Versions by effective date.
    pub versions: Vec<WalletTypeVersion>,
}

/// One version of a wallet type's policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WalletTypeVersion {
    /// Number, from 1.
    pub version: u32,
    /// When it takes effect.
    pub effective_at: When,
    /// Draft or published.
    #[serde(default)]
    pub status: Status,
    /// Wallet priority: the lower number pays first.
    #[serde(default = "default_priority")]
    pub priority: u32,
    /// What the wallet may pay for; empty means everything priced in its unit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<Scope>,
    /// Wallet types that pay when this one cannot, in this order, although no rate names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<WalletTypeCode>,
    /// Order in which lots burn, within the wallet and among wallets of equal priority.
    #[serde(default = "default_draw_order")]
    pub draw_order: Vec<DrawKey>,
    /// When a new lot expires, unless its grant says otherwise.
    #[serde(default)]
    pub expiry: ExpiryRule,
    /// What happens to usage that no wallet covers.
    #[serde(default)]
    pub beyond: Beyond,
    /// The most overage a customer may run up in one billing period, in money; beyond it usage is
    /// rejected. Only with `beyond = "overage"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overage_limit: Option<Number>,
}

fn default_priority() -> u32 {
    100
}

/// The default draw order (DESIGN, section 6).
#[must_use]
pub fn default_draw_order() -> Vec<DrawKey> {
    vec![
        DrawKey::GrantPriority,
        DrawKey::SoonestExpiry,
        DrawKey::PromotionalFirst,
        DrawKey::LowestUnitCost,
        DrawKey::EarliestEffective,
        DrawKey::LotId,
    ]
}

/// One key of a draw order; earlier keys decide first. The lot id always breaks the last tie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DrawKey {
    /// The lower grant priority number first; grants without one last.
    GrantPriority,
    /// Lots whose wallet is limited to certain usage before lots that may pay for anything.
    ScopedFirst,
    /// The earlier expiry first; lots that never expire last.
    SoonestExpiry,
    /// Lots given away (bonus, promotional, compensation) before lots paid for.
    PromotionalFirst,
    /// Lots paid for before lots given away.
    PaidFirst,
    /// The lower cost per unit first.
    LowestUnitCost,
    /// The higher cost per unit first.
    HighestUnitCost,
    /// The earlier effective instant first.
    EarliestEffective,
    /// The later effective instant first (last in, first out).
    LatestEffective,
    /// The larger grant first.
    LargestGrant,
    /// The lot id, as text.
    LotId,
}

impl DrawKey {
    /// The name used in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GrantPriority => "grant_priority",
            Self::ScopedFirst => "scoped_first",
            Self::SoonestExpiry => "soonest_expiry",
            Self::PromotionalFirst => "promotional_first",
            Self::PaidFirst => "paid_first",
            Self::LowestUnitCost => "lowest_unit_cost",
            Self::HighestUnitCost => "highest_unit_cost",
            Self::EarliestEffective => "earliest_effective",
            Self::LatestEffective => "latest_effective",
            Self::LargestGrant => "largest_grant",
            Self::LotId => "lot_id",
        }
    }
}

/// Usage a wallet may pay for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// The meter.
    pub meter: MeterCode,
    /// Dimension values; absent means any.
    #[serde(default, rename = "match", skip_serializing_if = "BTreeMap::is_empty")]
    #[serde(deserialize_with = "reading::cells")]
    pub matches: Cells,
}

/// When a new lot expires.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum ExpiryRule {
    /// Never.
    #[default]
    Never,
    /// A calendar time after the lot becomes effective, clamped to month ends.
    After {
        /// Calendar months.
        #[serde(default)]
        months: u32,
        /// Days after that.
        #[serde(default)]
        days: u32,
    },
    /// At the end of the customer's billing period in which the lot becomes effective.
    EndOfBillingPeriod,
    /// On a fixed date: the first instant at which the lot is no longer usable.
    On {
        /// The expiry, exclusive.
        at: When,
    },
}

/// What happens to usage that no wallet covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Beyond {
    /// A hard cap: the usage is rejected whole.
    #[default]
    Reject,
    /// A soft cap: what is not covered is charged in money at the card's overage rate.
    Overage,
}

/// Prices: configuration that turns metered usage into a charge in one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateCard {
    /// Code.
    pub code: CardCode,
    /// Name as printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The unit charges are made in: a credit unit or a currency.
    pub unit: UnitCode,
    /// Who the card applies to.
    #[serde(default)]
    pub applies_to: AppliesTo,
    /// Versions by effective date.
    pub versions: Vec<RateCardVersion>,
}

/// Which customers a card applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AppliesTo {
    /// Every customer whose own cards do not price the meter.
    #[default]
    Everyone,
    /// Only customers that name the card in `rate_cards`.
    Assigned,
}

/// One version of a rate card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateCardVersion {
    /// Number, from 1.
    pub version: u32,
    /// When it takes effect.
    pub effective_at: When,
    /// Draft or published.
    #[serde(default)]
    pub status: Status,
    /// What happens to usage of a priced meter that no rate matches.
    #[serde(default)]
    pub unmatched: Unmatched,
    /// Money price of one unit of charge that no wallet covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overage: Option<OveragePrice>,
    /// The rows.
    pub rates: Vec<Rate>,
}

/// What happens to usage of a priced meter that no rate matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unmatched {
    /// Holes are a validation error: rates must cover every value of every dimension.
    #[default]
    Forbidden,
    /// Such usage is rejected and listed.
    Reject,
    /// Such usage costs nothing.
    Free,
}

/// The price of overage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OveragePrice {
    /// Currency charged.
    pub currency: UnitCode,
    /// Price of `per` units of the card's unit.
    pub price: Number,
    /// How many units the price is for.
    #[serde(default = "one")]
    pub per: Number,
}

fn one() -> Number {
    Number::ONE
}

/// One row of a rate card version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Rate {
    /// Code; the same row keeps its code from version to version, and with it its tier counters.
    pub code: RateCode,
    /// The meter it prices.
    pub meter: MeterCode,
    /// Dimension values it matches; absent or `*` means any. The most specific row wins.
    #[serde(default, rename = "match", skip_serializing_if = "BTreeMap::is_empty")]
    pub matches: Cells,
    /// Unit of the quantity that is priced, after conversions; the meter's unit if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity_unit: Option<UnitCode>,
    /// Quantity that is free in each billing period, before anything is priced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub included: Option<Number>,
    /// How the charge is rounded.
    #[serde(default, skip_serializing_if = "ChargeRounding::is_default")]
    pub rounding: ChargeRounding,
    /// Wallet types that pay, before their fallbacks; empty means any wallet of the card's unit
    /// whose scope admits the usage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wallet_types: Vec<WalletTypeCode>,
    /// The pricing model and its numbers.
    #[serde(flatten)]
    pub pricing: Pricing,
}

/// The pricing models. Prices are in the card's unit, quantities in the rate's quantity unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "model", rename_all = "snake_case")]
pub enum Pricing {
    /// Quantity x price / per.
    PerUnit {
        /// Price of `per` units.
        price: Number,
        /// How many units the price is for.
        #[serde(default = "one", skip_serializing_if = "Number::is_one")]
        per: Number,
    },
    /// Whole packages of `size` units at `price` each.
    Package {
        /// Units in a package.
        size: Number,
        /// Price of a package.
        price: Number,
        /// Whether a package that is begun is charged (`up`, the default) or not (`down`).
        #[serde(default)]
        partial: PartialPackage,
    },
    /// Each unit at the price of the tier it falls in.
    Graduated {
        /// The tiers, by rising bound.
        tiers: Vec<Tier>,
    },
    /// All units at the price of the tier that the period's quantity reaches.
    Volume {
        /// The tiers, by rising bound.
        tiers: Vec<Tier>,
    },
    /// A flat amount for the tier that the period's quantity reaches.
    Stairstep {
        /// The steps, by rising bound.
        steps: Vec<Step>,
    },
}

/// What a begun package costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartialPackage {
    /// A begun package is charged whole.
    #[default]
    Up,
    /// Only full packages are charged.
    Down,
}

/// A tier of a graduated or volume rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Upper bound, inclusive; absent in the last tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Number>,
    /// Price of `per` units in this tier.
    #[serde(default)]
    pub price: Number,
    /// How many units the price is for.
    #[serde(default = "one", skip_serializing_if = "Number::is_one")]
    pub per: Number,
    /// Amount charged once when the tier is entered.
    #[serde(default, skip_serializing_if = "Number::is_zero")]
    pub flat: Number,
}

/// A step of a stairstep rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Upper bound, inclusive; absent in the last step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Number>,
    /// The amount for the whole period while the quantity is in this step.
    pub amount: Number,
}

/// How a charge is rounded.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChargeRounding {
    /// On the cumulative charge of the billing period (nothing is lost), or on each event.
    #[serde(default)]
    pub on: RoundingOn,
    /// The rounding.
    #[serde(default)]
    pub mode: Rounding,
    /// Round to multiples of this much of the card's unit; its smallest step if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Number>,
}

impl ChargeRounding {
    /// Whether nothing departs from the default.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What a charge's rounding applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoundingOn {
    /// The cumulative charge of customer, rate and billing period, less what was charged before.
    #[default]
    Cumulative,
    /// Every event on its own.
    Event,
}

/// The organisation that pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// Code that usage events and operations name.
    pub code: CustomerCode,
    /// Name as printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Cards that apply before those for everyone, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rate_cards: Vec<CardCode>,
    /// Day of the month on which billing periods start, clamped to short months.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub billing_day: u8,
    /// Plan, for reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Day of sign-up, for cohorts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub signed_up_on: Option<Date>,
    /// ISO 3166-1 alpha-2 country, for reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Free labels, for filters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

fn first() -> u8 {
    1
}

fn is_first(day: &u8) -> bool {
    *day == 1
}
