//! A preview as it goes with a request: what an approver needs to judge, and an auditor years later.
//!
//! The figures are those that somebody's kept preview held; nothing here checks them. That it is of the
//! configuration that is asked for, and that it is of bounded size, [`crate::approval`] does.

use super::*;

/// How exactly the baseline of a preview was what the ledger held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachedBacktest {
    /// Whether every chain of the baseline ended in the very entry that the ledger's did.
    pub exact: bool,
    /// Customers whose chains were compared.
    pub chains: u64,
    /// How many of them differed.
    pub differing: u64,
}

/// What a run priced and refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachedRun {
    /// Events charged.
    pub charged: u64,
    /// Events that cost nothing.
    pub free: u64,
    /// Events refused.
    pub refused: u64,
    /// Operations of the ledger that were refused.
    pub undone: u64,
}

/// A line of the comparison. Amounts are decimal texts in the unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachedLine {
    /// `revenue`, `cost`, `deferred`, `top_ups` or `units`.
    pub section: String,
    /// An account, a sum or a wallet type.
    pub what: String,
    /// Of a wallet type: `burned` or `expired`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub movement: Option<String>,
    /// The unit.
    pub unit: String,
    /// The baseline's value.
    pub baseline: String,
    /// The scenario's.
    pub scenario: String,
    /// Scenario less baseline, with its sign.
    pub difference: String,
    /// In percent of the baseline; absent where that is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<String>,
}

/// A customer of whom revenue changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachedCustomer {
    /// Customer.
    pub customer: String,
    /// Revenue of the baseline.
    pub baseline: String,
    /// Revenue of the scenario.
    pub scenario: String,
    /// The difference, with its sign.
    pub difference: String,
    /// In percent of the baseline; absent where that is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<String>,
}

/// Revenue by customer, in a currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachedSpread {
    /// The currency.
    pub currency: String,
    /// Customers in all.
    pub customers: u64,
    /// How many pay more.
    pub more: u64,
    /// How many pay less.
    pub less: u64,
    /// Who pays most more, the largest difference first.
    pub most_more: Vec<AttachedCustomer>,
    /// Who pays most less, the largest difference first.
    pub most_less: Vec<AttachedCustomer>,
}

/// A kept preview of what is asked for, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachedPreview {
    /// Its name.
    pub name: PlanCode,
    /// BLAKE3 of its file.
    #[schemars(with = "String")]
    pub hash: Hash,
    /// When it was run.
    pub made_at: Instant,
    /// By whom.
    pub made_by: Actor,
    /// The scenario of it that is what is asked for.
    pub scenario: String,
    /// The other scenarios that it compares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// BLAKE3 of the canonical text of the configuration that the scenario makes: what is asked for.
    #[schemars(with = "String")]
    pub configuration: Hash,
    /// The configuration in force when it was run.
    pub revision: u64,
    /// Entries of the ledger that it replayed.
    pub entries: u64,
    /// The checkpoint of that ledger.
    #[schemars(with = "String")]
    pub checkpoint: Hash,
    /// First day of the window.
    #[serde(deserialize_with = "scrip_units::time::day")]
    #[schemars(with = "String")]
    pub from: Date,
    /// Last day of the window.
    #[serde(deserialize_with = "scrip_units::time::day")]
    #[schemars(with = "String")]
    pub through: Date,
    /// Whether changes counted at their own dates, and not from the first day of the window on.
    pub as_dated: bool,
    /// The customers it was run for, the first of them; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customers: Vec<CustomerCode>,
    /// How many customers it was run for; 0 for all.
    pub customer_count: u64,
    /// How exact its baseline was.
    pub backtest: AttachedBacktest,
    /// What the baseline priced and refused.
    pub baseline: AttachedRun,
    /// The same of the scenario.
    pub run: AttachedRun,
    /// The comparison.
    pub lines: Vec<AttachedLine>,
    /// Lines that are left out.
    pub more_lines: u64,
    /// Revenue by customer.
    pub spreads: Vec<AttachedSpread>,
    /// Currencies that are left out of it.
    pub more_spreads: u64,
    /// How many customers run dry earlier.
    pub dry_earlier: u64,
}
