//! Amounts: integers counted in the smallest step of a unit.

use std::fmt;

use crate::{Scale, Unit, UnitCode};

/// Why two amounts could not be combined, or a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// The amounts are counted in different units.
    #[error("{left} and {right} cannot be combined")]
    UnitMismatch {
        /// Unit of the left amount.
        left: UnitCode,
        /// Unit of the right amount.
        right: UnitCode,
    },
    /// The result does not fit in 64 bits of smallest steps.
    #[error("the result is too large for an amount of {unit}")]
    Overflow {
        /// The unit in question.
        unit: UnitCode,
    },
    /// The text is not a plain decimal number.
    #[error(
        "{text:?} is not a decimal number: write digits, at most one '.', no spaces or separators"
    )]
    NotANumber {
        /// The text as given.
        text: String,
    },
    /// The text has more decimals than the unit.
    #[error("{text} has more decimals than the {decimals} that {what} has")]
    TooManyDecimals {
        /// The text as given.
        text: String,
        /// Decimals of the unit.
        decimals: u8,
        /// The unit or thing that limits the decimals.
        what: String,
    },
    /// The text is a number that does not fit.
    #[error("{text} is too large")]
    TooLarge {
        /// The text as given.
        text: String,
    },
}

/// Reads a plain decimal (`-12.5`) into smallest steps of `scale`; more decimals than the scale are
/// an error unless they are zeros. No exponent, no separators, no float on the way.
///
/// # Errors
/// [`AmountError::NotANumber`], [`AmountError::TooManyDecimals`] or [`AmountError::TooLarge`].
pub fn parse_steps(text: &str, scale: Scale, what: &str) -> Result<i64, AmountError> {
    let not_a_number = || AmountError::NotANumber { text: text.to_owned() };
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return Err(not_a_number()),
        None => (digits, ""),
    };
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return Err(not_a_number());
    }
    let decimals = usize::from(scale.decimals());
    if fraction.len() > decimals && fraction[decimals..].bytes().any(|b| b != b'0') {
        return Err(AmountError::TooManyDecimals {
            text: text.to_owned(),
            decimals: scale.decimals(),
            what: what.to_owned(),
        });
    }
    let kept = &fraction[..fraction.len().min(decimals)];
    let too_large = || AmountError::TooLarge { text: text.to_owned() };
    let mut steps = 0_i64;
    let padding = std::iter::repeat_n(b'0', decimals - kept.len());
    for byte in whole.bytes().chain(kept.bytes()).chain(padding) {
        let digit = i64::from(byte - b'0');
        // Built up as a negative number, so that i64::MIN can be read too.
        steps = steps.checked_mul(10).and_then(|s| s.checked_sub(digit)).ok_or_else(too_large)?;
    }
    if negative { Ok(steps) } else { steps.checked_neg().ok_or_else(too_large) }
}

/// Writes smallest steps as a plain decimal with exactly the scale's decimals: `1250` at scale 2 is
/// `12.50`.
#[must_use]
pub fn format_steps(steps: i128, scale: Scale) -> String {
    let decimals = usize::from(scale.decimals());
    let digits = steps.unsigned_abs().to_string();
    let sign = if steps < 0 { "-" } else { "" };
    if decimals == 0 {
        return format!("{sign}{digits}");
    }
    let padded = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, fraction) = padded.split_at(padded.len() - decimals);
    format!("{sign}{whole}.{fraction}")
}

/// A number of smallest steps of one unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Amount {
    unit: Unit,
    steps: i64,
}

impl Amount {
    /// `steps` smallest steps of `unit`.
    #[must_use]
    pub fn from_steps(unit: Unit, steps: i64) -> Self {
        Self { unit, steps }
    }

    /// Nothing of `unit`.
    #[must_use]
    pub fn zero(unit: Unit) -> Self {
        Self { unit, steps: 0 }
    }

    /// Reads a plain decimal such as `12.50`.
    ///
    /// # Errors
    /// As [`parse_steps`].
    pub fn parse(text: &str, unit: Unit) -> Result<Self, AmountError> {
        Ok(Self { unit, steps: parse_steps(text, unit.scale(), unit.code().as_str())? })
    }

    /// The unit the amount is counted in.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// The number of smallest steps.
    #[must_use]
    pub fn steps(&self) -> i64 {
        self.steps
    }

    /// Whether the amount is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.steps == 0
    }

    /// Whether the amount is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.steps < 0
    }

    fn overflow(&self) -> AmountError {
        AmountError::Overflow { unit: self.unit.code() }
    }

    fn matching(&self, other: &Self) -> Result<(), AmountError> {
        if self.unit == other.unit {
            return Ok(());
        }
        Err(AmountError::UnitMismatch { left: self.unit.code(), right: other.unit.code() })
    }

    /// The sum.
    ///
    /// # Errors
    /// Different units, or a sum that does not fit.
    pub fn try_add(self, other: Self) -> Result<Self, AmountError> {
        self.matching(&other)?;
        let steps = self.steps.checked_add(other.steps).ok_or_else(|| self.overflow())?;
        Ok(Self { unit: self.unit, steps })
    }

    /// The difference.
    ///
    /// # Errors
    /// Different units, or a difference that does not fit.
    pub fn try_sub(self, other: Self) -> Result<Self, AmountError> {
        self.matching(&other)?;
        let steps = self.steps.checked_sub(other.steps).ok_or_else(|| self.overflow())?;
        Ok(Self { unit: self.unit, steps })
    }

    /// The amount with its sign turned.
    ///
    /// # Errors
    /// Only the smallest 64-bit number has no counterpart.
    pub fn try_neg(self) -> Result<Self, AmountError> {
        let steps = self.steps.checked_neg().ok_or_else(|| self.overflow())?;
        Ok(Self { unit: self.unit, steps })
    }

    /// The plain decimal with exactly the unit's decimals, without the unit: `12.50`.
    #[must_use]
    pub fn to_decimal_string(&self) -> String {
        format_steps(i128::from(self.steps), self.unit.scale())
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal_string(), self.unit.code())
    }
}
impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unit(code: &str, decimals: u8) -> Unit {
        Unit::new(UnitCode::try_new(code).unwrap(), Scale::try_new(decimals).unwrap())
    }

    #[test]
    fn amounts_are_read_exactly_or_not_at_all() {
        let eur = unit("EUR", 2);
        for (text, steps) in [
            ("12.50", 1250),
            ("12.5", 1250),
            ("0", 0),
            ("-0.01", -1),
            ("007", 700),
            ("1.500", 150),
            ("92233720368547758.07", i64::MAX),
            ("-92233720368547758.08", i64::MIN),
        ] {
            assert_eq!(Amount::parse(text, eur).map(|a| a.steps()), Ok(steps), "{text}");
        }
        for bad in ["", "-", "1.", ".5", "1,000", "1e3", " 1", "+1", "1.2.3", "٣"] {
            assert!(
                matches!(Amount::parse(bad, eur), Err(AmountError::NotANumber { .. })),
                "{bad}"
            );
        }
        assert!(matches!(Amount::parse("0.001", eur), Err(AmountError::TooManyDecimals { .. })));
        assert!(matches!(
            Amount::parse("92233720368547758.08", eur),
            Err(AmountError::TooLarge { .. })
        ));
    }

    #[test]
    fn amounts_of_different_units_do_not_mix() {
        let (eur, minutes) = (unit("EUR", 2), unit("minutes", 2));
        let error = Amount::zero(eur).try_add(Amount::zero(minutes)).unwrap_err();
        assert_eq!(error.to_string(), "EUR and minutes cannot be combined");
        assert!(Amount::from_steps(eur, i64::MAX).try_add(Amount::from_steps(eur, 1)).is_err());
    }

    proptest! {
        #[test]
        fn writing_and_reading_back_is_the_identity(steps in any::<i64>(), decimals in 0_u8..=9) {
            let unit = unit("u", decimals);
            let amount = Amount::from_steps(unit, steps);
            prop_assert_eq!(Amount::parse(&amount.to_decimal_string(), unit), Ok(amount));
        }
    }
}
