//! What the company calls the accounts in its own books.

use super::*;

/// The company's own number and name of an account of the chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnAccount {
    /// Code of the account in the chart: `cl_purchased`.
    pub code: String,
    /// Its number in the company's general ledger, as printed on reports and journal exports.
    pub number: String,
    /// Its name there; that of the chart where it is left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}
