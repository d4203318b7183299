//! Exchange rates.

use super::*;

/// Adds published exchange rates. What is known already is skipped; another rate for the same day
/// is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportExchangeRates {
    /// Who published them, by the name that the configuration uses: `ecb`.
    pub source: String,
    /// The currency that is worth the rates.
    pub base: UnitCode,
    /// By day and currency: units of the currency for one unit of the base, as a decimal text.
    #[schemars(with = "BTreeMap<String, BTreeMap<String, String>>")]
    pub rates: BTreeMap<Date, BTreeMap<UnitCode, Number>>,
}
