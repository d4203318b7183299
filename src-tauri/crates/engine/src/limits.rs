//! Limits: what members, teams and the organisation may use, and how much of it they have used.
//!
//! Owns: which limits an event counts against, and in which window.
//! Deliberately does not know: prices and lots; what an event was charged is told.
//!
//! A limit only refuses. It never moves units and never keeps any back: what one member may not use is
//! there for the others.

use std::fmt;

use scrip_catalog::{Allowance, Catalog, Customer, Quota, Team, Window};
use scrip_units::{
    BillingPeriod, Date, Exact, Instant, MemberCode, Number, Rounding, TeamCode, Unit, UnitCode,
    WalletTypeCode, format_steps,
};
use serde::{Deserialize, Serialize};

use crate::period::first_open_day;

/// Whose use is limited.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spender {
    /// A member.
    Member(MemberCode),
    /// A team.
    Team(TeamCode),
    /// The whole customer.
    Customer,
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pool {
    /// Units charged to wallets of a type.
    WalletType(WalletTypeCode),
    /// What was charged in a unit, whoever paid.
    Unit(UnitCode),
}

/// A count: whose, of what, in which window.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SpentKey {
    /// Whose.
    pub spender: Spender,
    /// Of what.
    pub pool: Pool,
    /// Kind of window.
    #[serde(rename = "per")]
    pub window: Window,
    /// First day of the window; the first day of 1970 for a lifetime.
    pub from: Date,
}

/// A limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Whose use it limits.
    pub spender: Spender,
    /// What it counts.
    pub pool: Pool,
    /// The window it counts in.
    pub window: Window,
    /// The unit of the count.
    pub unit: Unit,
    /// The most of one window, in smallest steps.
    pub most: i64,
}

/// An amount of the configuration in smallest steps; a part of a step is cut off.
fn whole_steps(number: Number, unit: Unit) -> i64 {
    let steps = number.exact().and_then(|n| n.try_mul(Exact::whole(unit.scale().steps_per_unit())));
    let steps = steps.ok().and_then(|steps| steps.round(Rounding::Down).ok());
    steps.and_then(|steps| i64::try_from(steps).ok()).unwrap_or(i64::MAX)
}

impl Limit {
    /// The count it looks at on a day of usage, in whose counters of `period` the usage counts. When all
    /// days of the window are closed, it is the window of the first open day.
    #[must_use]
    pub fn key(&self, day: Date, period: BillingPeriod, closed: Option<Date>) -> SpentKey {
        let mut from = first_day(self.window, day, period);
        if let Some(open) = first_open_day(closed).filter(|open| day < *open) {
            let of_open = first_day(self.window, open, period);
            // The window of the usage has no open day if another one has the first.
            from = from.max(of_open);
        }
        SpentKey {
            spender: self.spender.clone(),
            pool: self.pool.clone(),
            window: self.window,
            from,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.spender {
            Spender::Member(member) => write!(f, "member {member}: ")?,
            Spender::Team(team) => write!(f, "team {team}: ")?,
            Spender::Customer => {}
        }
        let most = format_steps(i128::from(self.most), self.unit.scale());
        write!(f, "{most} {}", self.unit.code())?;
        if let Pool::WalletType(wallet_type) = &self.pool {
            write!(f, " of {wallet_type}")?;
        }
        match self.window {
            Window::Lifetime => f.write_str(" for ever"),
            window => write!(f, " per {}", window.as_str().replace('_', " ")),
        }
    }
}

/// The first day of the window that a day is in.
fn first_day(window: Window, day: Date, period: BillingPeriod) -> Date {
    use chrono::Datelike;
    let back = |days: u32| day.checked_sub_days(chrono::Days::new(days.into())).unwrap_or(day);
    match window {
        Window::Day => day,
        Window::Week => back(day.weekday().num_days_from_monday()),
        Window::Month => back(day.day0()),
        Window::BillingPeriod => period.first_day,
        Window::Lifetime => Date::default(),
    }
}

/// The limits of one spender: its own allowances, and for wallet types of which it has none the
/// default of the version in force.
fn allowances(
    catalog: &Catalog,
    at: Instant,
    (spender, own): (&Spender, &[Allowance]),
    default: impl Fn(&scrip_catalog::DefaultAllowances) -> Option<&Quota>,
) -> Vec<Limit> {
    let mut limits = Vec::new();
    for definition in &catalog.document().wallet_types {
        let Some(unit) = catalog.unit(definition.unit) else { continue };
        let mut push = |units, window| {
            let pool = Pool::WalletType(definition.code.clone());
            let most = whole_steps(units, unit);
            limits.push(Limit { spender: spender.clone(), pool, window, unit, most });
        };
        let mut has_own = false;
        for allowance in own.iter().filter(|own| own.wallet_type == definition.code) {
            has_own = true;
            push(allowance.units, allowance.per);
        }
        let version = catalog.wallet_type_at(&definition.code, at).filter(|_| !has_own);
        if let Some(quota) = version.and_then(|v| v.allowances.as_ref()).and_then(&default) {
            push(quota.units, quota.per);
        }
    }
    limits
}

/// The limits of a member alone.
#[must_use]
pub fn of_member(
    catalog: &Catalog,
    customer: &Customer,
    member: &MemberCode,
    at: Instant,
) -> Vec<Limit> {
    let named = customer.members.iter().find(|m| m.code == *member);
    let own = named.map(|m| m.allowances.as_slice()).unwrap_or_default();
    allowances(catalog, at, (&Spender::Member(member.clone()), own), |d| d.member.as_ref())
}

/// The limits of a team.
#[must_use]
pub fn of_team(catalog: &Catalog, team: &Team, at: Instant) -> Vec<Limit> {
    let spender = Spender::Team(team.code.clone());
    allowances(catalog, at, (&spender, &team.allowances), |d| d.team.as_ref())
}

/// The limits of the whole customer.
#[must_use]
pub fn of_customer(catalog: &Catalog, customer: &Customer) -> Vec<Limit> {
    let limit = |limit: &scrip_catalog::SpendLimit| {
        let unit = catalog.unit(limit.unit)?;
        Some(Limit {
            spender: Spender::Customer,
            pool: Pool::Unit(limit.unit),
            window: limit.per,
            unit,
            most: whole_steps(limit.amount, unit),
        })
    };
    customer.spend_limits.iter().filter_map(limit).collect()
}

/// The limits that an event of a member counts against, in the order in which they are asked: the
/// member's, those of its teams in the order of the configuration, the customer's.
#[must_use]
pub fn of_event(
    catalog: &Catalog,
    customer: &Customer,
    member: Option<&MemberCode>,
    at: Instant,
) -> Vec<Limit> {
    let mut limits = Vec::new();
    if let Some(member) = member {
        limits.extend(of_member(catalog, customer, member, at));
        for team in customer.teams.iter().filter(|team| team.members.contains(member)) {
            limits.extend(of_team(catalog, team, at));
        }
    }
    limits.extend(of_customer(catalog, customer));
    limits
}

/// Whether any event of a customer may count against a limit.
#[must_use]
pub fn any(catalog: &Catalog, customer: &Customer) -> bool {
    !customer.spend_limits.is_empty()
        || customer.members.iter().any(|member| !member.allowances.is_empty())
        || customer.teams.iter().any(|team| !team.allowances.is_empty())
        || catalog
            .document()
            .wallet_types
            .iter()
            .flat_map(|wallet_type| &wallet_type.versions)
            .any(|version| version.allowances.is_some())
}

/// A part of what an event was charged.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// Units of a wallet: of its lots, or of its overdraft, with the money that an overdraft costs.
    Wallet { wallet_type: WalletTypeCode, units: i64, overdraft: Option<(UnitCode, i64)> },
    /// Units of a wallet of another unit, and the units of the charge that they paid for.
    Crossed { wallet_type: WalletTypeCode, unit: UnitCode, units: i64, paid: i64 },
    /// Units that no wallet covered, and the money they cost.
    Overage { units: i64, money: (UnitCode, i64) },
}

impl Limit {
    /// How much of what an event was charged in `unit` counts against the limit.
    pub(crate) fn counts(&self, charged_in: Unit, money_wallet: bool, parts: &[Part]) -> i64 {
        let part = |part: &Part| match (&self.pool, part) {
            (Pool::WalletType(limited), Part::Wallet { wallet_type, units, .. }) => {
                if limited == wallet_type { *units } else { 0 }
            }
            (Pool::WalletType(limited), Part::Crossed { wallet_type, units, .. }) => {
                if limited == wallet_type { *units } else { 0 }
            }
            (Pool::WalletType(_), Part::Overage { .. }) => 0,
            (Pool::Unit(unit), part) if *unit == charged_in.code() => match part {
                Part::Wallet { units, .. } | Part::Crossed { paid: units, .. } => *units,
                // In a currency the units beyond the wallets are the money.
                Part::Overage { money: (_, money), .. } if money_wallet => *money,
                Part::Overage { units, .. } => *units,
            },
            (Pool::Unit(unit), Part::Wallet { overdraft: Some((currency, money)), .. })
            | (Pool::Unit(unit), Part::Overage { money: (currency, money), .. }) => {
                if unit == currency { *money } else { 0 }
            }
            (Pool::Unit(limited), Part::Crossed { unit, units, .. }) => {
                if limited == unit {
                    *units
                } else {
                    0
                }
            }
            (Pool::Unit(_), Part::Wallet { .. }) => 0,
        };
        parts.iter().map(part).sum()
    }
}
