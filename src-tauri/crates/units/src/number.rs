//! Decimal numbers as people write them in configuration: prices, factors, bounds.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

use crate::{Exact, ExactError};

/// Why a text is not a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not a plain decimal.
    #[error(
        "{text:?} is not a decimal number: write digits, at most one '.', no exponent or separators"
    )]
    NotANumber {
        /// The text as given.
        text: String,
    },
    /// More digits than can be kept exactly.
    #[error("{text} has more than the 28 digits that can be kept exactly")]
    TooManyDigits {
        /// The text as given.
        text: String,
    },
}

/// An exact decimal of at most 28 digits, written as text (`"0.0015"`) so that nothing on the way
/// can turn it into a float. The text's trailing zeros are kept: `1.50` stays `1.50`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Number(Decimal);

impl Number {
    /// One.
    pub const ONE: Number = Number(Decimal::ONE);
    /// Zero.
    pub const ZERO: Number = Number(Decimal::ZERO);
    /// One hundred: what a percentage is of.
    pub const HUNDRED: Number = Number(Decimal::ONE_HUNDRED);

    /// The decimal.
    #[must_use]
    pub fn decimal(self) -> Decimal {
        self.0
    }

    /// The exact value as a fraction.
    ///
    /// # Errors
    /// As [`Exact::from_decimal`].
    pub fn exact(self) -> Result<Exact, ExactError> {
        Exact::from_decimal(self.0)
    }

    /// Whether the number is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether the number is one.
    #[must_use]
    pub fn is_one(&self) -> bool {
        self.0 == Decimal::ONE
    }

    /// Whether the number is above zero.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.0 > Decimal::ZERO
    }

    /// Whether the number is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.0 < Decimal::ZERO
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self(-self.0)
    }
}

impl From<Decimal> for Number {
    fn from(decimal: Decimal) -> Self {
        Self(decimal)
    }
}
impl FromStr for Number {
    type Err = NumberError;
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(fraction) {
            return Err(NumberError::NotANumber { text: text.to_owned() });
        }
        Decimal::from_str_exact(text)
            .map(Self)
            .map_err(|_| NumberError::TooManyDigits { text: text.to_owned() })
    }
}
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl serde::Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> serde::Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number in quotes, such as \"0.0015\"")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Number, E> {
                text.parse().map_err(E::custom)
            }
        }
        d.deserialize_str(Text)
    }
}
impl schemars::JsonSchema for Number {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Number".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "An exact decimal of at most 28 digits, as text: \"0.0015\".",
            "pattern": "^-?[0-9]+(\\.[0-9]+)?$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_text_or_an_error() {
        for good in ["0.00000000013", "1.50", "-3", "0", "79228162514264337593543950335"] {
            let number: Number = good.parse().unwrap();
            assert_eq!(number.to_string(), good);
        }
        for bad in ["1e-7", "1,5", "", ".5", "5.", "+1", "0.00000000000000000000000000001", "NaN"] {
            assert!(bad.parse::<Number>().is_err(), "{bad}");
        }
    }

    #[test]
    fn floats_are_refused_in_json() {
        let error = serde_json::from_str::<Number>("0.1").unwrap_err().to_string();
        assert!(error.contains("in quotes"), "{error}");
        assert_eq!(serde_json::from_str::<Number>("\"0.10\"").unwrap().to_string(), "0.10");
    }
}
