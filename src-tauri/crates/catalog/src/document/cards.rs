//! Rate cards: prices.

use super::*;

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
    /// When a new version begins to count for a customer. Fixed for life.
    #[serde(default, skip_serializing_if = "PriceChanges::is_default")]
    pub price_changes: PriceChanges,
    /// Versions by effective date.
    pub versions: Vec<RateCardVersion>,
}

/// When a new version of a card begins to count for a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PriceChanges {
    /// At its effective instant, also within a billing period.
    #[default]
    AtInstant,
    /// With the customer's first billing period that starts at that instant or later.
    NextPeriod,
}

impl PriceChanges {
    /// Whether it is the default.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
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
    /// The least that usage of the card is charged in a billing period in which it is used, in the
    /// card's unit; what is missing is trued up in money when the period ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Number>,
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
    /// Times of the week at which it applies; always if absent. Of rows with the same `match`, one
    /// whose window holds wins over one without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<TimeWindow>,
    /// Unit of the quantity that is priced, after conversions; the meter's unit if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity_unit: Option<UnitCode>,
    /// Quantity that is free in each billing period, before anything is priced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub included: Option<Number>,
    /// The most that the rate charges in one billing period, in the card's unit; usage beyond it is
    /// free until the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Number>,
    /// The least that the rate charges in a billing period in which it is used, in the card's unit;
    /// what is missing is trued up in money when the period ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Number>,
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
    /// A percentage of each event's quantity, plus a fee, within bounds: payments, resold purchases.
    Percentage {
        /// Percent of the quantity: `"2.9"` charges 2.90 for a quantity of 100.
        percent: Number,
        /// Fee of each event on top of it.
        #[serde(default, skip_serializing_if = "Number::is_zero")]
        fee: Number,
        /// The least that an event costs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_least: Option<Number>,
        /// The most that an event costs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<Number>,
    },
}

impl Pricing {
    /// Whether each event is priced on its own, whatever was used before in the billing period.
    #[must_use]
    pub fn is_per_event(&self) -> bool {
        matches!(self, Self::Percentage { .. })
    }
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
