//! Limits: how much members, teams and the organisation may use.

use super::*;

/// The window that a limit counts in, in the entity's zone.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// The calendar day.
    Day,
    /// Monday to Sunday.
    Week,
    /// The calendar month.
    Month,
    /// The customer's billing period.
    BillingPeriod,
    /// For ever.
    Lifetime,
}

impl Window {
    /// The name used in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::BillingPeriod => "billing_period",
            Self::Lifetime => "lifetime",
        }
    }
}

/// So many units in each window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// The most units in one window, in the wallet type's unit.
    pub units: Number,
    /// The window.
    pub per: Window,
}

/// What every member and every team may use of a wallet type, unless they have allowances of their
/// own for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefaultAllowances {
    /// Each member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Quota>,
    /// Each team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Quota>,
}

/// What a member or a team may use of the wallets of a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// The wallet type.
    pub wallet_type: WalletTypeCode,
    /// The most units in one window, in the wallet type's unit.
    pub units: Number,
    /// The window.
    pub per: Window,
}

/// Somebody of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Code that usage events name.
    pub code: MemberCode,
    /// Name as printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What the member may use; what the wallet types say if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowances: Vec<Allowance>,
}

/// A group of members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Code.
    pub code: TeamCode,
    /// Name as printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its members; one may be in several teams.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberCode>,
    /// What the team may use together; what the wallet types say if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowances: Vec<Allowance>,
}

/// What the whole organisation may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpendLimit {
    /// A credit unit, or a currency.
    pub unit: UnitCode,
    /// The most that may be charged in it in one window.
    pub amount: Number,
    /// The window.
    pub per: Window,
}
