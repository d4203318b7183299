//! When a lot expires, and what its end moves with afterwards.

use std::collections::BTreeSet;

use scrip_catalog::ExpiryRule;
use scrip_units::period::{add_days, add_months_clamped};
use scrip_units::{BillingPeriod, Date, Instant, TimeError, Zone};
use serde::{Deserialize, Serialize};

/// What the end of a lot depends on besides its rule.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// The day of the month on which the customer's billing periods begin.
    pub billing_day: u8,
    /// The last day of the customer's contract, if it is known.
    pub contract_through: Option<Date>,
    /// The entity's zone.
    pub zone: Zone,
}

/// Why a rule gives no end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpiryError {
    /// The lot ends with a contract whose end is not known.
    #[error("the end of the customer's contract is not known")]
    NoContract,
    /// A date is out of range.
    #[error(transparent)]
    Time(#[from] TimeError),
}

/// When a lot ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first instant at which it is no longer usable, as far as is known; none if never.
    pub expires_at: Option<Instant>,
    /// What that moves with.
    pub ends_with: Option<EndsWith>,
}

impl Validity {
    /// An end that does not move.
    #[must_use]
    pub fn fixed(expires_at: Option<Instant>) -> Self {
        Self { expires_at, ends_with: None }
    }
}

/// What the end of a lot moves with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndsWith {
    /// The last day of the customer's contract.
    Contract,
    /// The last day on which the wallet was used.
    Usage(Inactivity),
}

/// How long a lot outlives the usage of its wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inactivity {
    /// Calendar months.
    pub months: u32,
    /// Days after that.
    pub days: u32,
    /// The first day whose usage counts.
    pub since: Date,
    /// The end without any usage.
    pub least: Instant,
}

impl Inactivity {
    /// The end by usage on one day alone: the first instant of the day after that day plus the time.
    fn after(months: u32, days: u32, (day, zone): (Date, Zone)) -> Result<Instant, TimeError> {
        let last = add_days(add_months_clamped(day, i64::from(months))?, u64::from(days))?;
        zone.start_of_day(add_days(last, 1)?)
    }

    /// The end by the days on which the wallet was used, whatever order they became known in: each
    /// day counts that the lot still lives on by the days before it.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] beyond the year 9999.
    pub fn end(&self, used: &BTreeSet<Date>, zone: Zone) -> Result<Instant, TimeError> {
        let mut end = self.least;
        for day in used.range(self.since..) {
            if end <= zone.start_of_day(*day)? {
                break;
            }
            end = end.max(Self::after(self.months, self.days, (*day, zone))?);
        }
        Ok(end)
    }
}

/// When a lot that becomes effective at `effective_at` ends by a rule.
///
/// Months are calendar months from the effective instant, clamped to the month's end.
///
/// # Errors
/// [`ExpiryError`].
pub fn expires_at(
    rule: &ExpiryRule,
    effective_at: Instant,
    terms: &Terms,
) -> Result<Validity, ExpiryError> {
    let zone = terms.zone;
    Ok(match rule {
        ExpiryRule::Never => Validity::fixed(None),
        ExpiryRule::After { months, days } => {
            Validity::fixed(Some(zone.add_calendar(effective_at, *months, *days)?))
        }
        ExpiryRule::EndOfBillingPeriod => {
            let period = BillingPeriod::containing(zone.day_of(effective_at), terms.billing_day);
            Validity::fixed(Some(zone.start_of_day(period.end_day)?))
        }
        ExpiryRule::EndOfContract => {
            let last = terms.contract_through.ok_or(ExpiryError::NoContract)?;
            let end = zone.start_of_day(add_days(last, 1)?)?;
            Validity { expires_at: Some(end), ends_with: Some(EndsWith::Contract) }
        }
        ExpiryRule::AfterInactivity { months, days } => {
            let since = zone.day_of(effective_at);
            let least = Inactivity::after(*months, *days, (since, zone))?;
            let usage = Inactivity { months: *months, days: *days, since, least };
            Validity { expires_at: Some(least), ends_with: Some(EndsWith::Usage(usage)) }
        }
        ExpiryRule::On { at } => Validity::fixed(Some(at.resolve(zone)?)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        Terms {
            billing_day: 15,
            contract_through: Some("2026-06-30".parse().unwrap()),
            zone: "Europe/Amsterdam".parse().unwrap(),
        }
    }

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn each_rule_gives_its_instant() {
        let effective = at("2026-01-31T10:00:00Z");
        for (rule, want) in [
            (ExpiryRule::Never, None),
            (ExpiryRule::After { months: 1, days: 0 }, Some("2026-02-28T10:00:00Z")),
            (ExpiryRule::After { months: 0, days: 90 }, Some("2026-05-01T09:00:00Z")),
            (ExpiryRule::EndOfBillingPeriod, Some("2026-02-14T23:00:00Z")),
            (ExpiryRule::EndOfContract, Some("2026-06-30T22:00:00Z")),
            (ExpiryRule::AfterInactivity { months: 1, days: 0 }, Some("2026-02-28T23:00:00Z")),
            (ExpiryRule::On { at: "2026-04-01".parse().unwrap() }, Some("2026-03-31T22:00:00Z")),
        ] {
            let got = expires_at(&rule, effective, &terms()).unwrap().expires_at;
            assert_eq!(got, want.map(at), "{rule:?}");
        }
    }

    #[test]
    fn a_lot_that_ends_with_a_contract_needs_one() {
        let terms = Terms { contract_through: None, ..terms() };
        let got = expires_at(&ExpiryRule::EndOfContract, at("2026-01-01T00:00:00Z"), &terms);
        assert_eq!(got, Err(ExpiryError::NoContract));
    }

    #[test]
    fn usage_moves_the_end_as_long_as_the_lot_lives_in_whatever_order_it_is_known() {
        let rule = ExpiryRule::AfterInactivity { months: 0, days: 30 };
        let validity = expires_at(&rule, at("2026-01-01T10:00:00Z"), &terms()).unwrap();
        let Some(EndsWith::Usage(usage)) = validity.ends_with else { panic!("it slides") };
        let end = |days: &[&str]| {
            let days = days.iter().map(|day| day.parse().unwrap()).collect();
            usage.end(&days, terms().zone).unwrap().to_string()
        };
        // Without usage, or with usage before it began, through 31 January.
        assert_eq!(end(&[]), "2026-01-31T23:00:00Z");
        assert_eq!(end(&["2025-12-31"]), "2026-01-31T23:00:00Z");
        assert_eq!(end(&["2026-01-31"]), "2026-03-02T23:00:00Z");
        // It had ended by 1 February, unless it was used before.
        assert_eq!(end(&["2026-02-01"]), "2026-01-31T23:00:00Z");
        assert_eq!(end(&["2026-02-01", "2026-01-02"]), "2026-03-03T23:00:00Z");
        assert_eq!(end(&["2026-02-01", "2026-01-01"]), "2026-01-31T23:00:00Z");
    }
}
