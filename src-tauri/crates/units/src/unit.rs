//! Units: what an amount is counted in.
//!
//! A unit is an ISO 4217 currency or a unit the operator defines, with a fixed number of decimals
//! (its scale, 0 to 9). Currencies take their scale from ISO 4217 (JPY 0, USD 2, KWD 3).

use std::fmt;
use std::str::FromStr;

/// Number of decimals of a unit, 0 to 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scale(u8);

impl Scale {
    /// The finest scale a unit may have.
    pub const MAX: Scale = Scale(9);
    /// Whole units only.
    pub const ZERO: Scale = Scale(0);

    /// A scale of `decimals` digits.
    ///
    /// # Errors
    /// [`UnitError::Scale`] above 9.
    pub fn try_new(decimals: u8) -> Result<Self, UnitError> {
        if decimals > Self::MAX.0 { Err(UnitError::Scale { decimals }) } else { Ok(Self(decimals)) }
    }

    /// The number of decimals.
    #[must_use]
    pub fn decimals(self) -> u8 {
        self.0
    }

    /// Smallest steps in one whole unit: 10 to the power of the scale.
    #[must_use]
    pub fn steps_per_unit(self) -> i64 {
        10_i64.pow(u32::from(self.0))
    }
}

/// Why something is not a unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// The scale is above 9.
    #[error("a unit has 0 to 9 decimals, not {decimals}")]
    Scale {
        /// The number asked for.
        decimals: u8,
    },
    /// The text is not a unit code.
    #[error(
        "{text:?} is not a unit code: 1 to 31 letters, digits, '_', '-' or '.', the first a letter"
    )]
    Code {
        /// The text as given.
        text: String,
    },
}

const CODE_BYTES: usize = 31;

/// The code of a unit: `EUR`, `std_minutes`. At most 31 bytes, kept inline so that it is `Copy`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnitCode {
    length: u8,
    bytes: [u8; CODE_BYTES],
}

impl UnitCode {
    /// Reads a unit code.
    ///
    /// # Errors
    /// [`UnitError::Code`] when the text is not 1 to 31 letters, digits, `_`, `-` or `.`, the first
    /// a letter.
    pub fn try_new(text: &str) -> Result<Self, UnitError> {
        let bad = || UnitError::Code { text: text.to_owned() };
        let first = text.as_bytes().first().ok_or_else(bad)?;
        let ok = first.is_ascii_alphabetic()
            && text.len() <= CODE_BYTES
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
        if !ok {
            return Err(bad());
        }
        let mut bytes = [0; CODE_BYTES];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        let length = u8::try_from(text.len()).map_err(|_| bad())?;
        Ok(Self { length, bytes })
    }

    /// The text of the code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The bytes were checked to be ASCII when the code was made.
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl PartialOrd for UnitCode {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for UnitCode {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}
impl fmt::Display for UnitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
impl fmt::Debug for UnitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}
impl FromStr for UnitCode {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        Self::try_new(text)
    }
}
impl serde::Serialize for UnitCode {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}
impl<'de> serde::Deserialize<'de> for UnitCode {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        Self::try_new(&text).map_err(serde::de::Error::custom)
    }
}
impl schemars::JsonSchema for UnitCode {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "UnitCode".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A unit code: an ISO 4217 currency such as EUR, or a unit defined under `units`.",
            "pattern": "^[A-Za-z][A-Za-z0-9_.-]{0,30}$"
        })
    }
}

/// A unit: its code and its scale.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Unit {
    code: UnitCode,
    scale: Scale,
}

impl Unit {
    /// A unit of `code` with `scale` decimals.
    #[must_use]
    pub fn new(code: UnitCode, scale: Scale) -> Self {
        Self { code, scale }
    }

    /// The ISO 4217 currency with this code and its ISO exponent, if there is one.
    ///
    /// Codes that ISO gives no exponent (XAU, XXX) are not currencies one can keep books in.
    #[must_use]
    pub fn currency(code: UnitCode) -> Option<Self> {
        let currency = iso_currency::Currency::from_code(code.as_str())?;
        let exponent = u8::try_from(currency.exponent()?).ok()?;
        Some(Self { code, scale: Scale::try_new(exponent).ok()? })
    }

    /// The unit's code.
    #[must_use]
    pub fn code(&self) -> UnitCode {
        self.code
    }

    /// The unit's scale.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_take_their_decimals_from_iso_4217() {
        for (code, decimals) in [("JPY", 0), ("USD", 2), ("EUR", 2), ("KWD", 3)] {
            let unit = Unit::currency(UnitCode::try_new(code).unwrap()).unwrap();
            assert_eq!(unit.scale().decimals(), decimals, "{code}");
        }
        assert_eq!(Unit::currency(UnitCode::try_new("credits").unwrap()), None);
        assert_eq!(Unit::currency(UnitCode::try_new("XAU").unwrap()), None);
    }

    #[test]
    fn unit_codes_start_with_a_letter_and_stay_short() {
        assert!(UnitCode::try_new("std_minutes").is_ok());
        for bad in ["", "1st", "a b", "é", &"x".repeat(32)] {
            assert!(UnitCode::try_new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn unit_codes_sort_as_text() {
        let mut codes = ["b", "a10", "a1", "A"].map(|c| UnitCode::try_new(c).unwrap());
        codes.sort();
        assert_eq!(codes.map(|c| c.to_string()), ["A", "a1", "a10", "b"]);
    }
}
