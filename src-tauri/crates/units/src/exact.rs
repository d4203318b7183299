//! Exact fractions, for what has to be carried without rounding: a charge that is smaller than a
//! step, until enough of it has come together.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Rounding, RoundingError, div_round};

/// Why an exact calculation has no answer in 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExactError {
    /// Numerator or denominator would need more than 128 bits.
    #[error("the number has more digits than can be carried exactly")]
    Overflow,
    /// The denominator is zero.
    #[error("division by zero")]
    DivisionByZero,
}

/// A fraction in lowest terms with 128-bit parts. Overflow is an error, never a rounding.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Exact {
    numerator: i128,
    denominator: i128,
}

fn gcd(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Exact {
    /// Zero.
    pub const ZERO: Exact = Exact { numerator: 0, denominator: 1 };

    /// A whole number.
    #[must_use]
    pub fn whole(number: i64) -> Self {
        Self { numerator: i128::from(number), denominator: 1 }
    }

    /// `numerator / denominator`, in lowest terms.
    ///
    /// # Errors
    /// A zero denominator, or parts beyond 128 bits.
    pub fn ratio(numerator: i128, denominator: i128) -> Result<Self, ExactError> {
        if denominator == 0 {
            return Err(ExactError::DivisionByZero);
        }
        let common = gcd(numerator.unsigned_abs(), denominator.unsigned_abs());
        let common = i128::try_from(common).map_err(|_| ExactError::Overflow)?;
        let (n, d) = (numerator / common, denominator / common);
        if d > 0 {
            return Ok(Self { numerator: n, denominator: d });
        }
        match (n.checked_neg(), d.checked_neg()) {
            (Some(numerator), Some(denominator)) => Ok(Self { numerator, denominator }),
            _ => Err(ExactError::Overflow),
        }
    }

    /// The exact value of a decimal.
    ///
    /// # Errors
    /// [`ExactError::Overflow`] never happens for a valid `Decimal`; the type keeps it honest.
    pub fn from_decimal(decimal: Decimal) -> Result<Self, ExactError> {
        Self::ratio(decimal.mantissa(), 10_i128.pow(decimal.scale()))
    }

    /// The numerator in lowest terms.
    #[must_use]
    pub fn numerator(&self) -> i128 {
        self.numerator
    }

    /// The denominator in lowest terms, above zero.
    #[must_use]
    pub fn denominator(&self) -> i128 {
        self.denominator
    }

    /// The sum.
    ///
    /// # Errors
    /// [`ExactError::Overflow`].
    pub fn try_add(self, other: Self) -> Result<Self, ExactError> {
        let common = gcd(self.denominator.unsigned_abs(), other.denominator.unsigned_abs());
        let common = i128::try_from(common).map_err(|_| ExactError::Overflow)?;
        let scale_left = other.denominator / common;
        let scale_right = self.denominator / common;
        let left = self.numerator.checked_mul(scale_left).ok_or(ExactError::Overflow)?;
        let right = other.numerator.checked_mul(scale_right).ok_or(ExactError::Overflow)?;
        let numerator = left.checked_add(right).ok_or(ExactError::Overflow)?;
        let denominator = self.denominator.checked_mul(scale_left).ok_or(ExactError::Overflow)?;
        Self::ratio(numerator, denominator)
    }

    /// The difference.
    ///
    /// # Errors
    /// [`ExactError::Overflow`].
    pub fn try_sub(self, other: Self) -> Result<Self, ExactError> {
        let numerator = other.numerator.checked_neg().ok_or(ExactError::Overflow)?;
        self.try_add(Self { numerator, denominator: other.denominator })
    }

    /// The product.
    ///
    /// # Errors
    /// [`ExactError::Overflow`].
    pub fn try_mul(self, other: Self) -> Result<Self, ExactError> {
        // Reduced crosswise first, so that intermediate products stay small.
        let a = Self::ratio(self.numerator, other.denominator)?;
        let b = Self::ratio(other.numerator, self.denominator)?;
        let numerator = a.numerator.checked_mul(b.numerator).ok_or(ExactError::Overflow)?;
        let denominator = a.denominator.checked_mul(b.denominator).ok_or(ExactError::Overflow)?;
        Self::ratio(numerator, denominator)
    }

    /// The quotient.
    ///
    /// # Errors
    /// [`ExactError::Overflow`], or [`ExactError::DivisionByZero`].
    pub fn try_div(self, other: Self) -> Result<Self, ExactError> {
        self.try_mul(Self::ratio(other.denominator, other.numerator)?)
    }

    /// The nearest integer, rounded as named.
    ///
    /// # Errors
    /// [`RoundingError::Overflow`] when it does not fit.
    pub fn round(self, rounding: Rounding) -> Result<i128, RoundingError> {
        div_round(self.numerator, self.denominator, rounding)
    }
}

impl Default for Exact {
    fn default() -> Self {
        Self::ZERO
    }
}
impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            denominator => write!(f, "{}/{denominator}", self.numerator),
        }
    }
}
impl fmt::Debug for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl From<Exact> for String {
    fn from(exact: Exact) -> Self {
        exact.to_string()
    }
}
impl TryFrom<String> for Exact {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let (numerator, denominator) = text.split_once('/').unwrap_or((&text, "1"));
        let part = |part: &str| {
            part.parse::<i128>().map_err(|e| format!("{text:?} is not a fraction: {e}"))
        };
        Self::ratio(part(numerator)?, part(denominator)?).map_err(|e| e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_third_three_times_is_one() {
        let third = Exact::ratio(1, 3).unwrap();
        let one = third.try_add(third).and_then(|s| s.try_add(third)).unwrap();
        assert_eq!(one, Exact::whole(1));
    }

    #[test]
    fn the_smallest_real_price_is_exact() {
        let price: Decimal = "0.00000000013".parse().unwrap();
        let exact = Exact::from_decimal(price).unwrap();
        let total = exact.try_mul(Exact::whole(1_000_000_000_000)).unwrap();
        assert_eq!(total, Exact::whole(130));
    }

    proptest! {
        #[test]
        fn adding_and_subtracting_returns(a in any::<i32>(), b in 1_i32.., c in any::<i32>(), d in 1_i32..) {
            let x = Exact::ratio(i128::from(a), i128::from(b)).unwrap();
            let y = Exact::ratio(i128::from(c), i128::from(d)).unwrap();
            prop_assert_eq!(x.try_add(y).unwrap().try_sub(y).unwrap(), x);
            let text = String::from(x);
            prop_assert_eq!(Exact::try_from(text).unwrap(), x);
        }
    }
}
