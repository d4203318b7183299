//! The configuration document: what `scrip apply` reads and `scrip export` writes.
//!
//! Numbers that carry money or quantity are decimal strings (`"0.0015"`), so that no reader on the
//! way can turn them into floats. Dates are `2026-04-01` (the start of that day in the entity's
//! zone) or full instants.

mod accounts;
mod alerts;
mod approvals;
mod cards;
mod costs;
mod customers;
mod holds;
mod limits;
mod lot_kind;
mod meters;
mod own_terms;
mod plans;
mod reading;
mod rollover;
mod top_up;
mod wallets;
mod windows;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use scrip_units::{
    Actor, AlertCode, ApprovalCode, CardCode, ConversionCode, CustomerCode, Date, EntityCode,
    MemberCode, MeterCode, Number, RateCode, Rounding, TeamCode, UnitCode, WalletTypeCode, When,
    Zone,
};
use serde::{Deserialize, Serialize};

pub use accounts::*;
pub use alerts::*;
pub use approvals::*;
pub use cards::*;
pub use costs::*;
pub use customers::*;
pub use holds::*;
pub use limits::*;
pub use lot_kind::*;
pub use meters::*;
pub use own_terms::*;
pub use plans::*;
pub use rollover::*;
pub use top_up::*;
pub use wallets::*;
pub use windows::*;

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
    /// What the company calls the accounts of the chart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<OwnAccount>,
    /// Which operations need a second person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<ApprovalRule>,
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
    /// What delivering usage costs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cost_cards: Vec<CostCard>,
    /// What customers subscribe to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<Plan>,
    /// The organisations that pay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customers: Vec<Customer>,
}

impl Document {
    /// The document with costs in the place of prices, and without what prices alone concerns: customers,
    /// wallets and plans.
    #[must_use]
    pub fn costs_as_prices(&self) -> Document {
        Document {
            format: self.format.clone(),
            entity: self.entity.clone(),
            accounts: Vec::new(),
            approvals: Vec::new(),
            units: self.units.clone(),
            meters: self.meters.clone(),
            conversions: Vec::new(),
            wallet_types: Vec::new(),
            rate_cards: self.cost_cards.iter().map(CostCard::as_rate_card).collect(),
            cost_cards: Vec::new(),
            plans: Vec::new(),
            customers: Vec::new(),
        }
    }
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
    /// Source of the exchange rates by which grants in other currencies are valued: `ecb`. Without
    /// it they are not valued in the currency of the books.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_rates: Option<String>,
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
