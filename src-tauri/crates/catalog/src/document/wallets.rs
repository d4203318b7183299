//! Product definitions of wallets.

use super::*;

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
    /// Which version of a card prices usage that a new lot pays for; a lot keeps it for life.
    #[serde(default, skip_serializing_if = "LotRates::is_current")]
    pub rates: LotRates,
    /// When a new lot expires, unless its grant says otherwise.
    #[serde(default)]
    pub expiry: ExpiryRule,
    /// What happens to usage that no wallet covers.
    #[serde(default)]
    pub beyond: Beyond,
    /// When units that rated usage takes are burned.
    #[serde(default, skip_serializing_if = "Burns::is_at_usage")]
    pub burns: Burns,
    /// The most overage a customer may run up in one billing period, in money; beyond it usage is
    /// rejected. Only with `beyond = "overage"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overage_limit: Option<Number>,
    /// How far the wallet may be overdrawn, in its unit; beyond it usage is rejected. Only, and
    /// always, with `beyond = "overdraft"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdraft_limit: Option<Number>,
    /// What each member and each team may use, unless they have allowances of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowances: Option<DefaultAllowances>,
    /// What of a lot lives on when its validity ends; nothing if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollover: Option<Rollover>,
    /// What becomes of units that return to a lot that has ended meanwhile.
    #[serde(default, skip_serializing_if = "Restored::is_default")]
    pub restored: Restored,
    /// What becomes of holds that say nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<HoldPolicy>,
    /// When a wallet is topped up by itself; never if absent. A customer may have its own terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_up: Option<TopUp>,
    /// What an operator wants to be told of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<Alert>,
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
    /// With the customer's contract: the day after its last day. An operation says which day that is,
    /// and the lot's end moves with it.
    EndOfContract,
    /// When the wallet has not been used for a calendar time: the day after the last day of usage, or
    /// of the lot's beginning, plus that time. Each day of usage moves the lot's end.
    AfterInactivity {
        /// Calendar months.
        #[serde(default)]
        months: u32,
        /// Days after that.
        #[serde(default)]
        days: u32,
    },
    /// On a fixed date: the first instant at which the lot is no longer usable.
    On {
        /// The expiry, exclusive.
        at: When,
    },
}

/// Which version of a card prices usage that a lot pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LotRates {
    /// The one in force when the usage occurred.
    #[default]
    Current,
    /// The one in force when the lot was bought: the rate at purchase is honoured.
    Original,
}

impl LotRates {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    fn is_current(&self) -> bool {
        *self == Self::Current
    }
}

/// What becomes of units that return to a lot that has ended meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Restored {
    /// They expire at once.
    #[default]
    Expire,
    /// They expire, and the customer is given as many in a new compensation lot.
    Goodwill,
}

impl Restored {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
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
    /// The wallet is overdrawn, up to its limit; the next lot repays it first.
    Overdraft,
}

/// When units that rated usage takes are burned, and their revenue falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Burns {
    /// With the usage.
    #[default]
    Usage,
    /// When the invoice of the billing period is final; until then its draft holds them.
    Invoice,
}

impl Burns {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    fn is_at_usage(&self) -> bool {
        *self == Self::Usage
    }
}
