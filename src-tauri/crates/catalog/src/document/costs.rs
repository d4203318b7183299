//! Cost cards: what delivering usage costs the company.

use scrip_units::Decimal;

use super::*;

/// What one usage event cost to deliver, as whoever delivered it says: in all, not for a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryCost {
    /// How much, as a decimal text with at most 18 decimals; not below zero.
    pub amount: Number,
    /// ISO 4217 currency.
    pub currency: UnitCode,
}

impl DeliveryCost {
    /// Decimals that an amount may have.
    pub const DECIMALS: u32 = 18;

    /// The cost of so many 10^-18 of a currency; none when there are more digits than a number has.
    #[must_use]
    pub fn of_atoms(atoms: i128, currency: UnitCode) -> Option<Self> {
        let (mut atoms, mut decimals) = (atoms, Self::DECIMALS);
        while decimals > 0 && atoms % 10 == 0 {
            (atoms, decimals) = (atoms / 10, decimals - 1);
        }
        let amount = Decimal::try_from_i128_with_scale(atoms, decimals).ok()?;
        Some(Self { amount: amount.into(), currency })
    }

    /// The amount in 10^-18 of the currency; none when it is below zero or finer than that.
    #[must_use]
    pub fn atoms(&self) -> Option<i128> {
        Self::atoms_of(self.amount)
    }

    /// An amount in 10^-18; none when it is below zero or finer than that.
    #[must_use]
    pub fn atoms_of(amount: Number) -> Option<i128> {
        let amount = amount.decimal().normalize();
        let finer = Self::DECIMALS.checked_sub(amount.scale())?;
        let atoms = amount.mantissa().checked_mul(10_i128.checked_pow(finer)?)?;
        (atoms >= 0).then_some(atoms)
    }
}

/// Which cost counts where an event brings one of its own and a row of the card matches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CostPreference {
    /// The event's own.
    #[default]
    Event,
    /// The card's.
    Card,
}

impl CostPreference {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What usage costs the company that delivers it, in one currency. It is no part of the books: nothing
/// is posted for it, and what is known better later may be put right until the day is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostCard {
    /// Code.
    pub code: CardCode,
    /// Name as printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Currency of the costs.
    pub currency: UnitCode,
    /// Versions by effective date.
    pub versions: Vec<CostVersion>,
}

/// One version of a cost card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostVersion {
    /// Number, from 1.
    pub version: u32,
    /// When it takes effect.
    pub effective_at: When,
    /// Draft or published.
    #[serde(default)]
    pub status: Status,
    /// Which cost counts where an event brings one of its own.
    #[serde(default, skip_serializing_if = "CostPreference::is_default")]
    pub prefer: CostPreference,
    /// The rows.
    pub rates: Vec<CostRate>,
}

/// One row of a cost card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostRate {
    /// Code.
    pub code: RateCode,
    /// The meter whose usage it is the cost of.
    pub meter: MeterCode,
    /// Dimension values it matches; absent or `*` means any. The most specific row wins.
    #[serde(default, rename = "match", skip_serializing_if = "BTreeMap::is_empty")]
    #[serde(deserialize_with = "reading::cells")]
    pub matches: Cells,
    /// Times of the week at which it applies; always if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<TimeWindow>,
    /// Cost of `per` units of the meter.
    pub cost: Number,
    /// How many units the cost is for.
    #[serde(default = "one", skip_serializing_if = "Number::is_one")]
    pub per: Number,
}

fn one() -> Number {
    Number::ONE
}

impl CostCard {
    /// The card that prices usage at what it costs: costs are found, matched and counted as prices are.
    #[must_use]
    pub fn as_rate_card(&self) -> RateCard {
        let rate = |rate: &CostRate| Rate {
            code: rate.code.clone(),
            meter: rate.meter.clone(),
            matches: rate.matches.clone(),
            when: rate.when.clone(),
            quantity_unit: None,
            included: None,
            maximum: None,
            minimum: None,
            rounding: ChargeRounding::default(),
            wallet_types: Vec::new(),
            pricing: Pricing::PerUnit { price: rate.cost, per: rate.per },
        };
        let version = |version: &CostVersion| RateCardVersion {
            version: version.version,
            effective_at: version.effective_at,
            status: version.status,
            unmatched: Unmatched::Forbidden,
            overage: None,
            minimum: None,
            rates: version.rates.iter().map(rate).collect(),
        };
        RateCard {
            code: self.code.clone(),
            name: self.name.clone(),
            unit: self.currency,
            applies_to: AppliesTo::Everyone,
            price_changes: PriceChanges::AtInstant,
            versions: self.versions.iter().map(version).collect(),
        }
    }
}
