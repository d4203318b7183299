//! When a new lot expires.

use scrip_catalog::ExpiryRule;
use scrip_units::{BillingPeriod, Instant, TimeError, Zone};

/// The instant from which a lot that becomes effective at `effective_at` is no longer usable, by
/// the wallet type's rule; none if it never expires.
///
/// Months are calendar months from the effective instant, clamped to the month's end.
///
/// # Errors
/// [`TimeError::OutOfRange`] beyond the year 9999.
pub fn expires_at(
    rule: &ExpiryRule,
    effective_at: Instant,
    billing_day: u8,
    zone: Zone,
) -> Result<Option<Instant>, TimeError> {
    match rule {
        ExpiryRule::Never => Ok(None),
        ExpiryRule::After { months, days } => {
            zone.add_calendar(effective_at, *months, *days).map(Some)
        }
        ExpiryRule::EndOfBillingPeriod => {
            let period = BillingPeriod::containing(zone.day_of(effective_at), billing_day);
            zone.start_of_day(period.end_day).map(Some)
        }
        ExpiryRule::On { at } => at.resolve(zone).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_gives_its_instant() {
        let zone: Zone = "Europe/Amsterdam".parse().unwrap();
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let effective = at("2026-01-31T10:00:00Z");
        for (rule, want) in [
            (ExpiryRule::Never, None),
            (ExpiryRule::After { months: 1, days: 0 }, Some("2026-02-28T10:00:00Z")),
            (ExpiryRule::After { months: 0, days: 90 }, Some("2026-05-01T09:00:00Z")),
            (ExpiryRule::EndOfBillingPeriod, Some("2026-02-14T23:00:00Z")),
            (ExpiryRule::On { at: "2026-04-01".parse().unwrap() }, Some("2026-03-31T22:00:00Z")),
        ] {
            let got = expires_at(&rule, effective, 15, zone).unwrap();
            assert_eq!(got, want.map(at), "{rule:?}");
        }
    }
}
