//! Examples: some purchases and some usage by which a version of a wallet type is tried out.

use scrip_catalog::{Document, ExpiryRule, LotKind, WalletType, WalletTypeVersion};
use scrip_units::period::{add_days, add_months_clamped};
use scrip_units::{Date, Decimal, Instant, Number, Scale, UnitCode, When};
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// The longest example, in days: three years and what is left of the last month.
pub const DAYS_MAX: i64 = 1_130;

/// Units that the customer of an example comes by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purchase {
    /// The day, from its first instant on.
    pub day: Date,
    /// How.
    pub kind: LotKind,
    /// How many.
    pub units: Number,
    /// What is paid for them, net; nothing for what is given away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net: Option<Number>,
}

/// Usage on each of some days, at noon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub through: Date,
    /// Units of the wallet on each day.
    pub units: Number,
}

/// An example. Its usage is counted in units of the wallet: what usage costs is a rate card's to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Currency of what is paid, and of overage.
    pub currency: UnitCode,
    /// What is bought and given.
    pub purchases: Vec<Purchase>,
    /// What is used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usage: Vec<Usage>,
    /// The price of a unit that no wallet covers.
    pub overage_price: Number,
    /// Whether one member of one team uses all of it, so that their allowances count.
    #[serde(default)]
    pub by_member: bool,
    /// The last day of the customer's contract, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_through: Option<Date>,
    /// Days from the request of a top-up that waits for its payment until the payment comes.
    #[serde(default)]
    pub payment_days: u32,
    /// The last day that is looked at.
    pub through: Date,
}

impl Example {
    /// The first day.
    #[must_use]
    pub fn from(&self) -> Option<Date> {
        let bought = self.purchases.iter().map(|purchase| purchase.day);
        bought.chain(self.usage.iter().map(|usage| usage.from)).min()
    }

    /// Reads an example from JSON.
    ///
    /// # Errors
    /// [`AppError::Argument`] saying what is wrong and where.
    pub fn from_json(text: &str) -> Result<Self, AppError> {
        serde_json::from_str(text)
            .map_err(|e| AppError::Argument(format!("this is not an example: {e}")))
    }

    /// Refuses an example that has no beginning, or takes too long.
    pub(crate) fn days(&self) -> Result<(Date, Date), AppError> {
        let wrong = |text: String| Err(AppError::Argument(text));
        let Some(from) = self.from() else {
            return wrong("an example needs a purchase, a grant or usage".to_owned());
        };
        if self.through < from {
            let through = self.through;
            return wrong(format!("the example ends on {through}, before it begins on {from}"));
        }
        let days = self.through.signed_duration_since(from).num_days();
        if days > DAYS_MAX {
            return wrong(format!("an example takes at most {DAYS_MAX} days, not {days}"));
        }
        Ok((from, self.through))
    }

    /// An example that shows what a version does: a purchase, and usage of three quarters of it until
    /// it ends, or of more than it where there is no end, or where more would be bought by itself.
    ///
    /// # Errors
    /// A date beyond the year 9999.
    pub fn usual(
        document: &Document,
        wallet_type: &WalletType,
        version: &WalletTypeVersion,
        now: Instant,
    ) -> Result<Self, AppError> {
        let zone = document.entity.time_zone;
        let takes_effect = zone.day_of(version.effective_at.resolve(zone)?);
        let day = zone.day_of(now).max(takes_effect);
        let defined = document.units.iter().find(|unit| unit.code == wallet_type.unit);
        let scale = match defined {
            Some(unit) => Scale::try_new(unit.scale).unwrap_or(Scale::ZERO),
            None => {
                scrip_units::Unit::currency(wallet_type.unit).map_or(Scale::ZERO, |u| u.scale())
            }
        };
        let top_up = version.top_up.as_ref();
        let currency = match (defined, top_up.and_then(|terms| terms.price.as_ref())) {
            (None, _) => wallet_type.unit,
            (_, Some(price)) => price.currency,
            _ => document.entity.currency,
        };
        let least = top_up.and_then(|terms| terms.bring_to.or(terms.threshold));
        let least = least.map_or(Decimal::ZERO, Number::decimal);
        let units = Decimal::from(1_000).max(least);
        let days = life(&version.expiry, day, zone)?;
        let again = version.rollover.as_ref().map_or(0, |rollover| {
            let rule = rollover.expiry.as_ref().unwrap_or(&version.expiry);
            life(rule, day, zone).unwrap_or(0).saturating_mul(i64::from(rollover.times.min(4)))
        });
        let (part, of) = match (&version.expiry, top_up) {
            (_, Some(terms)) if terms.threshold.is_some() => (3, 2),
            (ExpiryRule::Never, _) => (11, 10),
            (ExpiryRule::AfterInactivity { .. }, _) => (1, 4),
            _ => (3, 4),
        };
        let used_days = match version.expiry {
            // Then nothing more is used, so that it ends.
            ExpiryRule::AfterInactivity { .. } => 60,
            _ => days.max(1),
        };
        let a_day = units
            .checked_mul(Decimal::from(part))
            .and_then(|parts| parts.checked_div(Decimal::from(of * used_days)))
            .unwrap_or(Decimal::ONE);
        let decimals = u32::from(scale.decimals().min(2));
        let a_day = a_day.trunc_with_scale(decimals).max(Decimal::new(1, decimals));
        let number = |decimal: Decimal| decimal.normalize().to_string().parse::<Number>();
        let number = |decimal| number(decimal).map_err(|e| AppError::Argument(e.to_string()));
        let ends_with_contract = |rule: &ExpiryRule| matches!(rule, ExpiryRule::EndOfContract);
        let rolls = version.rollover.as_ref().and_then(|rollover| rollover.expiry.as_ref());
        let contract = ends_with_contract(&version.expiry) || rolls.is_some_and(ends_with_contract);
        let last_day = |days: i64| -> Result<Date, AppError> {
            Ok(add_days(day, u64::try_from(days.clamp(1, DAYS_MAX)).unwrap_or(1))?)
        };
        let after = days + again + (days / 12).clamp(7, 31);
        Ok(Self {
            currency,
            purchases: vec![Purchase {
                day,
                kind: LotKind::Purchased,
                units: number(units)?,
                net: Some(number(units)?),
            }],
            usage: vec![Usage {
                from: day,
                through: last_day(used_days - 1)?,
                units: number(a_day)?,
            }],
            overage_price: overage_price(document, wallet_type).unwrap_or(Number::ONE),
            by_member: version.allowances.is_some(),
            contract_through: match contract {
                true => add_months_clamped(day, 12)?.pred_opt(),
                false => None,
            },
            payment_days: 2,
            through: last_day(after)?,
        })
    }
}

/// About how many days a lot of a day lives: an example is to reach a little beyond it.
fn life(rule: &ExpiryRule, day: Date, zone: scrip_units::Zone) -> Result<i64, AppError> {
    let until = |end: Date| end.signed_duration_since(day).num_days();
    Ok(match rule {
        ExpiryRule::Never => 365,
        ExpiryRule::After { months, days } => {
            until(add_days(add_months_clamped(day, i64::from(*months))?, u64::from(*days))?)
        }
        // Its usage takes two months.
        ExpiryRule::AfterInactivity { months, days } => {
            60 + until(add_days(add_months_clamped(day, i64::from(*months))?, u64::from(*days))?)
        }
        ExpiryRule::EndOfBillingPeriod => until(scrip_units::Month::of(day).last_day()) + 1,
        ExpiryRule::EndOfContract => until(add_months_clamped(day, 12)?),
        ExpiryRule::On { at } => match at {
            When::Day(end) => until(*end),
            When::At(end) => until(zone.day_of(*end)),
        },
    }
    .clamp(1, 1_000))
}

/// What a unit beyond the wallet costs by the first card that says so.
fn overage_price(document: &Document, wallet_type: &WalletType) -> Option<Number> {
    let cards = document.rate_cards.iter().filter(|card| card.unit == wallet_type.unit);
    let overage =
        cards.flat_map(|card| &card.versions).filter_map(|v| v.overage.as_ref()).next()?;
    let price = overage.price.decimal().checked_div(overage.per.decimal())?;
    price.normalize().to_string().parse().ok()
}
