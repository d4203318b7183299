//! Units, meters and the conversions between units.

use super::*;

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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<Factor>,
    /// Published exchange rates instead of factors, between two currencies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rates: Option<ExchangeRule>,
}

/// A conversion by published exchange rates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExchangeRule {
    /// Who publishes them, as they were imported: `ecb`.
    pub source: String,
    /// What is added to the converted amount, in percent.
    #[serde(default, skip_serializing_if = "Number::is_zero")]
    pub spread_percent: Number,
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
